"""What a stage surely lacks at its end, as the ignore file excludes it.

    FROM node:22 AS build
    COPY . /app                         the ignore file excludes dist
    RUN apt-get update                  writes nothing below /app

    COPY --from=build /app/dist /srv    fails

A stage that is not known to lack the path may have it: only commands of these tables are known to write nothing there.
"""

from __future__ import annotations

import posixpath

from ctxaudit.dockerfile.stages import MAIN, Step
from ctxaudit.needed.brought import SYSTEM, Asked
from ctxaudit.needed.image import SOMEWHERE, below
from ctxaudit.needed.makers import Deed
from ctxaudit.needed.makers.call import bare_name
from ctxaudit.needed.project import holds_no_project
from ctxaudit.needed.shell import Command
from ctxaudit.needed.wrappers import SHELLS
from ctxaudit.values import expression, word_set

# Commands that write no file, or only among those of the system. One that runs code of the project may write any.
_APART = word_set(
    ": [ [[ true false test echo printf cd pushd popd export set unset shopt read shift exit return break continue",
    "local declare typeset readonly umask ulimit wait sleep type which command hash getopts let pwd date rmdir rm",
    "unlink chmod chown chgrp ls id whoami groups uname hostname df du stat file wc apt-key apt-mark apt-cache",
    "apt-config add-apt-repository update-alternatives update-ca-certificates ldconfig locale-gen update-locale",
    "setcap getcap arch groupadd addgroup groupmod userdel deluser passwd chpasswd nproc getent seq expr basename",
    "dirname realpath readlink sync cat grep egrep fgrep sed head tail cut tr diff jq sha256sum sha512sum sha1sum",
    "md5sum a2enmod a2dismod a2ensite a2dissite a2enconf docker-php-ext-install docker-php-ext-configure",
    "docker-php-ext-enable install-php-extensions pecl",
)
# Each makes what its words name, and nothing below it.
_MAKE_EMPTY = word_set("mkdir touch")
# Each may fill a directory that its words name.
_MAKE_HOMES = word_set("useradd adduser usermod")
# The subcommands of a program that only change the system.
_PACKAGERS = {
    **dict.fromkeys(
        ("apt", "apt-get", "aptitude", "dnf", "microdnf", "yum", "zypper", "apk"),
        word_set("install add update upgrade dist-upgrade remove purge del delete clean autoclean autoremove in ref"),
    ),
    "pacman": word_set("-S -Sy -Syu -Syyu -Su -Sc -Scc -R -Rs -Rns"),
    "gem": word_set("install update"),
    "corepack": word_set("enable prepare install"),
    "rustup": word_set("target component toolchain default update"),
}
# Directories at the top of an image that a base image has, with directories in them.
_OF_BASES = word_set("bin boot dev etc home lib lib32 lib64 media mnt opt proc root run sbin srv sys tmp usr var go")
# What base images have further down.
_IN_BASES = ("/opt/java", "/usr/src/php", "/usr/src/python")
_WORKDIRS_OF_BASES = ("/app", "/data")
# Options of package managers that install below another root.
_ELSEWHERE = expression(r"--?(?:p|prefix|root|installroot|install-dir|bindir|[rRi])(?:=.*)?")
_PROGRAMS = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/")
_CLEAR = expression(r"[^$`*?\[~{]*")
_MOST_STEPS = 20_000  # that are looked at for all places of a build


class Lacking(Asked):
    """Answers for one build."""

    _left = _MOST_STEPS

    def path(self, stage: int, place: str) -> str:
        """Give the context path that a copy would bring to a place of a stage; "" if the stage may have the place."""
        image = self._image
        self._left -= sum(len(image.steps[ancestor]) for ancestor in image.lineage(stage))
        if self._left < 0 or not holds_no_project(image.base(stage)) or _may_be_of_base(place):
            return ""
        origins = list(dict.fromkeys(image.origins(stage, len(image.steps[stage]), place)))
        steps = (
            (number, step) for ancestor in image.lineage(stage) for number, step in enumerate(image.steps[ancestor])
        )
        if any(map(self._arrives, origins)) or any(self._may_bring(step, number, place) for number, step in steps):
            return ""
        return next(filter(self._exists, origins), "")

    def _may_bring(self, step: Step, number: int, place: str) -> bool:
        """Whether an instruction may make a place other than by a copy of the same path of the context."""
        # Buildah makes the directory of a volume in the image, BuildKit does not.
        if step.unclear or step.keyword == "VOLUME" or below(step.workdir or "/", place) is not None:
            return True
        if step.keyword in ("COPY", "ADD"):
            return self._may_copy(step, place)
        if step.keyword == "SHELL":
            return not step.args or posixpath.basename(step.args[0]) not in SHELLS
        if step.keyword != "RUN":
            return False
        mounts = (*step.covers, *step.secrets, *(bind.target for bind in step.binds))
        return any(_is_around(mount, place) for mount in mounts) or not all(
            _writes_elsewhere(deed, place) for deed in self._done(step.stage, number)
        )

    def _may_copy(self, step: Step, place: str) -> bool:
        """Whether a copy may bring a place, or something in it, that is not the same path of the context."""
        target = self._image.landing(step)
        if target.startswith(SOMEWHERE) or step.exclude or _lies_in(target, place):
            return True
        return below(place, target) is not None and (
            step.origin != MAIN
            or step.parents
            or any(word.startswith("<<") for word in step.args)
            or step.keyword == "ADD"
        )


def _may_be_of_base(place: str) -> bool:
    """Whether a base image of a language or a system may have a place."""
    names = place.strip("/").split("/")
    if place.startswith(SOMEWHERE) or (names[0] in _OF_BASES and (len(names) < 3 or names[-1].startswith("."))):
        return True
    return place in _WORKDIRS_OF_BASES or any(below(place, top) is not None for top in (*SYSTEM, *_IN_BASES))


def _writes_elsewhere(deed: Deed, place: str) -> bool:
    """Whether a command is known to write neither a place nor anything in it."""
    command, program = deed.command, deed.command.words[0]
    name = posixpath.basename(place)
    if deed.opaque or any(name in word for word in command.words[1:]):
        return False
    if any(_is_around(made, place) for made in deed.makes):
        return False
    if any(_may_make(command, file, place) for file in command.redirects):
        return False
    if "/" in program and not program.startswith(_PROGRAMS):
        return False
    if command.program in _MAKE_EMPTY:
        return not any(_may_make(command, word, place) for word in command.words[1:] if not word.startswith("-"))
    if command.program in _MAKE_HOMES:
        homes = (word for word in command.words[1:] if "/" in word or "$" in word)
        return not any(_may_make(command, word, place, is_filled=True) for word in homes)
    return command.program in _APART or _changes_system(command)


def _changes_system(command: Command) -> bool:
    """Whether a package manager installs or removes packages by their names, where the system has them."""
    subcommands, words = _PACKAGERS.get(bare_name(command.program), frozenset()), command.words[1:]
    first = next((word for word in words if word in subcommands or not word.startswith("-")), "")
    return first in subcommands and not any("/" in word or _ELSEWHERE.fullmatch(word) for word in words)


def _may_make(command: Command, written: str, place: str, *, is_filled: bool = False) -> bool:
    """Whether what a command makes by a name may be a place, or lie in it.

    written: the name as it stands in the command. is_filled: what has the name may hold the place.
    """
    known = _CLEAR.match(written)
    start = known[0] if known else ""
    is_clear = start == written
    if not start or (command.cwd is None and not start.startswith("/")):
        return True
    path = posixpath.normpath(posixpath.join(command.cwd or "/", start if is_clear else posixpath.dirname(start)))
    return _lies_in(path, place) if is_clear and not is_filled else _is_around(path, place)


def _lies_in(path: str, place: str) -> bool:
    return below(path, place) is not None


def _is_around(path: str, place: str) -> bool:
    """Whether a path is a place, lies in it, or holds it."""
    return _lies_in(path, place) or _lies_in(place, path)
