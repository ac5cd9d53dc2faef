"""What stands at a place of the image when a command runs: a file of the context, nothing, or nobody knows.

    FROM node:22
    WORKDIR /app
    COPY package.json .        brings /app/package.json
    RUN apt-get update         writes no file of the project
    RUN npm ci                 finds no /app/package-lock.json: no COPY brings it, and nothing before may have made it

Whatever may have put a file there makes the answer unknown: a base image that is not an official one, a copy out of
another image, a command that is not known to write elsewhere.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Literal

from ctxaudit.dockerfile.stages import EVERYTHING, MAIN, OUTSIDE, Step
from ctxaudit.ignore import has_wildcard
from ctxaudit.needed.image import SOMEWHERE, Image, below, joined
from ctxaudit.needed.makers import Deed
from ctxaudit.needed.makers.call import bare_name
from ctxaudit.needed.mentioned import covers
from ctxaudit.needed.project import holds_no_project
from ctxaudit.needed.shell import UNREADABLE, Command
from ctxaudit.values import expression, frozen

# Which commands may write a file of the project, at a place where another one reads it.
#
# Every command may, but those that are known not to: what installs packages, makes directories, changes owners; what a
# tool makes by its row in the table of makers is known, too.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _may_write(deed: Deed, place: str, before: Deed | None = None) -> bool:
    """Whether a command may put a file at a place of the image.

    before: the command that runs before it in the same instruction, which a pipe may join to it.
    """
    command = deed.command
    if any(covers(made, place) for made in deed.makes) or any(
        _is_at(command, redirect, place) for redirect in command.redirects
    ):
        return True
    if command.words[0] == UNREADABLE:
        return True
    name = bare_name(command.program)
    if name in _RULES:
        return deed.opaque or _RULES[name](command, place)
    if name in _QUIET:
        return False
    if name in _SHELLS and _is_installer(before):
        return False
    if _is_script(name, command):
        return deed.opaque or command.words[1:2] in ((), ("-",), ("-s",))
    # What a tool makes that has no row here, or where, may not be known: by its configuration.
    return deed.opaque or not command.sure or name not in _MAKERS or not deed.makes


def _is_script(name: str, command: Command) -> bool:
    """Whether the command only runs others, which have deeds of their own."""
    return name in _RUNNERS or name in _SHELLS or "/" in command.words[0]


def _is_at(command: Command, written: str, place: str) -> bool:
    """Whether a path as written may be a place, or a directory that holds it."""
    known = re.split(r"[$`*?\[~]", written)[0]
    is_whole = known == written
    start = known if is_whole else known.rpartition("/")[0]
    if not start.startswith("/"):
        if command.cwd is None or written.startswith("~"):
            return command.cwd is None
        start = f"{command.cwd}/{start}"
    path = "/" + posixpath.normpath(start).lstrip("/")
    return below(place, path) is not None


def _operands(command: Command, place: str) -> bool:
    """Whether a word of the command names the place, or a directory that holds it."""
    words = [word for word in command.words[1:] if not word.startswith("-")]
    return any(_is_at(command, word, place) for word in words)


def _here_or_operands(command: Command, place: str) -> bool:
    return _is_at(command, ".", place) or _operands(command, place)


# Options with which a file has a name that the command does not show.
_UNNAMED = {
    "curl": expression(r"-[a-zA-Z]*J|--remote-header-name|-K|--config"),
    "wget": expression(r"-[a-zA-Z]*[rmi]\b|--(?:mirror|recursive|input-file|content-disposition)\b"),
}


def _download(command: Command, place: str) -> bool:
    """curl and wget: a file of this name, or one whose name is not known."""
    name = posixpath.basename(place)
    words = [word for word in command.words[1:] if not word.startswith("-")]
    unknown = _UNNAMED[command.program]
    if any(map(unknown.match, command.words[1:])):
        return True
    if any(posixpath.basename(word.split("?")[0]) == name for word in words):
        return True
    return any("$" in word and "://" not in word and _is_at(command, word, place) for word in words)


_GIT_QUIET = _words("config init lfs --version version status log rev-parse describe tag")


def _git(command: Command, place: str) -> bool:
    words = [word for word in command.words[1:] if not word.startswith("-")]
    if words[:1] == ["clone"]:
        return len(words) < 3 or _operands(command, place)
    return bool(words) and words[0] not in _GIT_QUIET


def _names(names: str, *makers: str) -> Callable[[Command, str], bool]:
    """A tool that writes files of these names, and any with one of these subcommands.

    A command that only installs for the whole image writes none.
    """
    own = frozenset(names.split())

    def may(command: Command, place: str) -> bool:
        if any(word in makers for word in command.words[1:]):
            return True
        is_global = any(word in ("-g", "--global", "--location=global", "global") for word in command.words[1:])
        return posixpath.basename(place) in own and not is_global

    return may


def _npm(names: str) -> Callable[[Command, str], bool]:
    return _names(names, "init", "create", "pack", "import", "deploy", "x")


_RULES: dict[str, Callable[[Command, str], bool]] = {
    **dict.fromkeys(["cp", "mv", "ln", "install", "rsync"], _operands),
    **dict.fromkeys(["tar", "bsdtar", "unzip", "7z"], _here_or_operands),
    **dict.fromkeys(["tee", "touch", "truncate"], _operands),
    **dict.fromkeys(["curl", "wget"], _download),
    "git": _git,
    "npm": _npm("package.json package-lock.json npm-shrinkwrap.json .npmrc"),
    "pnpm": _npm("package.json pnpm-lock.yaml pnpm-workspace.yaml .npmrc"),
    "yarn": _npm("package.json yarn.lock .yarnrc.yml"),
    "bun": _npm("package.json bun.lock bun.lockb"),
    "pip": _names("", "download", "wheel"),
    "uv": _names("pyproject.toml uv.lock requirements.txt", "init", "export", "compile", "build"),
    "poetry": _names("pyproject.toml poetry.lock poetry.toml", "new", "init", "export", "build"),
    "pipenv": _names("Pipfile Pipfile.lock", "run"),
    "pdm": _names("pyproject.toml pdm.lock", "init", "export", "import", "run"),
    "bundle": _names("Gemfile Gemfile.lock", "init", "gem", "exec", "add"),
    "cargo": _names("Cargo.lock", "init", "new", "generate", "run", "add", "vendor"),
    "go": _names("go.mod go.sum go.work go.work.sum", "generate", "run", "vendor", "work", "init"),
    "mvn": _names("", "generate", "wrapper", "wrapper:wrapper", "archetype:generate"),
    "mvnw": _names("", "generate", "wrapper", "wrapper:wrapper"),
    "gradle": _names("", "init", "wrapper"),
    "gradlew": _names("", "init", "wrapper"),
    "dotnet": _names("packages.lock.json", "new", "run", "add", "sln", "tool"),
    "composer": _names("composer.json composer.lock", "create-project", "init", "require", "exec", "run-script"),
    "mix": _names("mix.lock", "new", "run"),
    "dart": _names("pubspec.lock", "create", "run"),
    "flutter": _names("pubspec.lock", "create", "run"),
    "turbo": _names("", "prune", "gen", "generate"),
    "find": lambda command, place: any(word.startswith(("-exec", "-ok", "-fprint")) for word in command.words),
    "awk": lambda command, place: any(">" in word for word in command.words),
}
_QUIET = _words(
    ": [ [[ true false test echo printf cd pushd popd export set unset shopt read shift exit return break continue "
    "local declare typeset readonly alias umask ulimit trap wait sleep kill type which command hash getopts let pwd "
    "date env mkdir rmdir rm unlink chmod chown chgrp ls id whoami groups uname hostname df du stat file wc useradd "
    "adduser groupadd addgroup usermod groupmod deluser userdel passwd chpasswd locale-gen update-locale "
    "dpkg-reconfigure debconf-set-selections apt-key apt-mark apt-cache apt-config add-apt-repository "
    "update-alternatives update-ca-certificates ldconfig setcap getcap a2enmod a2dismod a2ensite a2dissite a2enconf "
    "docker-php-ext-install docker-php-ext-configure docker-php-ext-enable docker-php-source install-php-extensions "
    "pecl phpize pear gpg gpgconf arch nproc getent seq expr basename dirname realpath readlink sync fc-cache setfacl "
    "apt-get apt aptitude yum dnf microdnf zypper apk pacman dpkg rpm gem nvm fnm n volta asdf mise rbenv pyenv sdk "
    "rustup corepack cat grep egrep fgrep sed head tail sort uniq cut tr diff less jq yq sha256sum sha512sum sha1sum "
    "md5sum base64 strip envsubst timeout conda mamba micromamba virtualenv ssh-keyscan setpriv "
    "pytest eslint prettier jest vitest ruff mypy flake8 black"
)
_SHELLS = _words("sh bash ash dash zsh python")
_RUNNERS = _words(". source make gmake just run-s run-p npm-run-all concurrently")
# Tools that write where their row in the table of makers says.
_MAKERS = _words(
    "tsc vue-tsc vite webpack rollup esbuild tsup parcel next nuxt ng nest gatsby react-scripts vue-cli-service "
    "svelte-kit astro prisma manage.py compileall"
)
# What scripts of these places install for the whole image; they write no file of a project.
_INSTALLERS = expression(
    r"https?://(?:deb\.nodesource\.com|rpm\.nodesource\.com|install\.python-poetry\.org|sh\.rustup\.rs|astral\.sh/uv"
    r"|bun\.sh/install|get\.pnpm\.io|deno\.land/(?:x/)?install|bootstrap\.pypa\.io|raw\.githubusercontent\.com/nvm-sh/nvm"
    r"|dl\.yarnpkg\.com|packages\.microsoft\.com|download\.docker\.com|cli\.github\.com|apt\.llvm\.org)"
)


def _is_installer(before: Deed | None) -> bool:
    """Whether the command before fetches the script of a known installer."""
    if before is None or before.command.program not in ("curl", "wget"):
        return False
    addresses = [word for word in before.command.words if "://" in word]
    return bool(addresses) and all(map(_INSTALLERS.match, addresses))


__all__ = ["SYSTEM", "Asked", "Brought", "Fate"]

_DEEPEST = 6  # copies out of copies
_ARCHIVES = expression(r"\.(?:tar(?:\.\w+)?|t[gx]z|tbz2?|zip)\Z")


# Directories in which a base image has files of its own.
SYSTEM = _words(
    "/bin /boot /dev /etc /lib /lib32 /lib64 /proc /run /sbin /sys /usr/bin /usr/include /usr/lib /usr/libexec "
    "/usr/local/apache2 /usr/local/bin /usr/local/etc /usr/local/include /usr/local/lib /usr/local/share "
    "/usr/local/tomcat /usr/sbin /usr/share /var/cache /var/lib /var/log /var/run"
)
_MOST_MATCHES = 1000
_MOST_COMMANDS = 100_000  # that are looked at for all places of a build


@frozen
class Fate:
    """What became of a place.

    state: "there": a permitted file of the context; "excluded": a COPY would bring it, the ignore file excludes it;
    "missing": no COPY brings it, and nothing else does; "unknown".
    path: of what is excluded or missing, the context path of the file or directory that belongs there.
    """

    state: Literal["there", "excluded", "missing", "unknown"]
    path: str = ""


class Asked:
    """What is asked of the places in one build's stages.

    image: its stages, over all files of the context. done: what the commands of a step do.
    arrives: whether a path of the context is there and the ignore file permits it, or something in it.
    """

    _left: int  # commands or steps that are still looked at, for all places

    def __init__(
        self, image: Image, done: Callable[[int, int], tuple[Deed, ...]], arrives: Callable[[str], bool]
    ) -> None:
        self._image = image
        self._done = done
        self._arrives = arrives

    def _exists(self, path: str) -> bool:
        return self._image.project.holds(path) or bool(path and self._image.project.is_dir(path))


class Brought(Asked):
    """Answers for one build."""

    _left = _MOST_COMMANDS

    def fate(self, stage: int, number: int, deed: int, place: str, glob: str = "") -> Fate:
        """Say what stands at a place when a command of a step runs.

        deed: the number of the command in its step. glob: the pattern that the end of *place* is, "" for a name.
        """
        if place.startswith(SOMEWHERE) or any(below(place, directory) is not None for directory in SYSTEM):
            return Fate("unknown")
        origins = list(dict.fromkeys(self._origins(stage, number, place, glob)))
        if any(map(self._arrives, origins)):
            return Fate("there")
        if self.may_be_made(stage, number, deed, place):
            return Fate("unknown")
        lost = next(filter(self._exists, origins), "")
        if lost:
            return Fate("excluded", lost)
        files = (file for path in self._counterparts(stage, number, place) for file in self._matching(path, glob))
        return Fate("missing", next(filter(self._exists, files), ""))

    def may_be_made(self, stage: int, number: int, deed: int, place: str) -> bool:
        """Whether something other than a COPY of the context may have put a file there by then."""
        step = self._image.steps[stage][number]
        binds = (bind.target for bind in step.binds if bind.origin != MAIN)
        if step.unclear or any(below(place, mount) is not None for mount in (*step.covers, *step.secrets, *binds)):
            return True
        return self._is_written(stage, number, deed, place) or self._may_stand(stage, number, place, 0)

    def _origins(self, stage: int, number: int, place: str, glob: str) -> Iterator[str]:
        if not glob:
            yield from self._image.origins(stage, number, place)
            return
        folder = _without(place, glob)
        for top in self._image.origins(stage, number, folder):
            yield from self._matching(posixpath.join(top, glob), glob)

    def _matching(self, path: str, glob: str) -> Iterator[str]:
        """The files that a pattern matches, the path itself without a wildcard."""
        if not glob:
            yield path
            return
        folder, _, name = path.rpartition("/")
        if has_wildcard(folder):
            return
        files = self._image.project.matching(name, folder)
        yield from (file for file, _ in zip(files, range(_MOST_MATCHES), strict=False))

    def _is_written(self, stage: int, number: int, deed: int, place: str) -> bool:
        deeds = self._done(stage, number)[:deed]
        self._left -= len(deeds)
        if self._left < 0:
            return True
        return any(_may_write(deed, place, deeds[at - 1] if at else None) for at, deed in enumerate(deeds))

    def _may_stand(self, stage: int, number: int, place: str, depth: int) -> bool:
        """Whether anything but a COPY of the context may have put a file there before a step."""
        image = self._image
        if depth > _DEEPEST or not holds_no_project(image.base(stage)):
            return True
        for ancestor in image.lineage(stage):
            for at, step in enumerate(image.steps[ancestor][: number if ancestor == stage else None]):
                if step.keyword == "RUN" and self._is_written(ancestor, at, len(self._done(ancestor, at)), place):
                    return True
                if step.keyword in ("COPY", "ADD") and self._is_put(step, place, depth):
                    return True
        return False

    def _is_put(self, step: Step, place: str, depth: int) -> bool:
        rest = below(place, self._image.landing(step))
        if rest is None:
            return step.unclear
        if step.unclear or step.origin == OUTSIDE or any(word.startswith("<<") for word in step.args):
            return True
        if step.origin == MAIN:
            return step.keyword == "ADD" and any(map(_ARCHIVES.search, step.sources))
        end = len(self._image.steps[step.origin])
        names = [rest] if rest else [""]
        # A source that is a file keeps its name in a directory; one that is a directory gives its content.
        places = {joined(source, name) for source in step.sources for name in (*names, "")}
        if step.parents or any(map(has_wildcard, step.sources)):
            return True
        return any(self._may_stand(step.origin, end, place, depth + 1) for place in places)

    def _counterparts(self, stage: int, number: int, place: str) -> Iterator[str]:
        """The context paths that belong at a place, by where the copies of the stage put their sources.

        `COPY web/package.json /app/` shows that /app/package-lock.json is web/package-lock.json; without any copy the
        working directory stands for the root of the context.
        """
        image, is_copied = self._image, False
        steps = [
            step
            for ancestor in image.lineage(stage)
            for step in image.steps[ancestor][: number if ancestor == stage else None]
        ]
        for step in steps:
            if step.keyword not in ("COPY", "ADD") or step.origin != MAIN:
                continue
            for source in step.sources:
                top, folder = self._pair(step, source)
                rest = below(place, folder)
                if rest is not None:
                    is_copied = True
                    yield posixpath.join(top, rest)
        rest = below(place, image.workdir(image.steps[stage][number]))
        if not is_copied and rest:
            yield rest

    def _pair(self, step: Step, source: str) -> tuple[str, str]:
        """A directory of the context, and the directory of the image that a copy makes of it."""
        target = self._image.landing(step)
        if source == EVERYTHING:
            return "", target
        is_dir = not has_wildcard(source) and self._image.project.is_dir(source)
        top = source if is_dir else posixpath.dirname(source)
        folder = target if is_dir or step.into else posixpath.dirname(target)
        while is_dir and top and posixpath.basename(top) == posixpath.basename(folder):
            top, folder = posixpath.dirname(top), posixpath.dirname(folder)
        return top, folder


def _without(place: str, glob: str) -> str:
    """The directory of a place that ends with a pattern."""
    return place[: -len(posixpath.normpath(glob))].rstrip("/") or "/"
