"""Which commands may write a file of the project, at a place where another one reads it.

Every command may, but those that are known not to: what installs packages, makes directories, changes owners; what a
tool makes by its row in the table of makers is known, too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from ctxaudit.needed.image import below
from ctxaudit.needed.makers import Deed
from ctxaudit.needed.makers.readers import bare_name
from ctxaudit.needed.matches import covers
from ctxaudit.needed.shell import UNREADABLE, Command
from ctxaudit.values import expression


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def may_write(deed: Deed, place: str, before: Deed | None = None) -> bool:
    """Whether a command may put a file at a place of the image.

    before: the command that runs before it in the same instruction, which a pipe may join to it.
    """
    command = deed.command
    if any(covers(made, place) for made in deed.makes) or any(_is_at(command, one, place) for one in command.redirects):
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
    "curl": re.compile(r"-[a-zA-Z]*J|--remote-header-name|-K|--config"),
    "wget": re.compile(r"-[a-zA-Z]*[rmi]\b|--(?:mirror|recursive|input-file|content-disposition)\b"),
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
