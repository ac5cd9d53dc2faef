"""What stands between a copy of the source and an installation behind it, and what of it has to be above the copy, too.

A lock file is installed by `pnpm` where `corepack enable` ran before it, in the environment and as the user of then. Of
`COPY . .`, `ENV CI=1`, `RUN corepack enable`, `RUN pnpm install` the two lines in the middle go along.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Literal, NamedTuple, TypeAlias

from ctxaudit.dockerfile import Instruction
from ctxaudit.dockerfile.stages import MAIN, OUTSIDE, Step
from ctxaudit.ignore import has_wildcard
from ctxaudit.needed.shell import Command
from ctxaudit.survey.installs import Folder, Lines
from ctxaudit.values import expression, frozen

_NOTHING = frozenset(("CMD", "ENTRYPOINT", "HEALTHCHECK", "EXPOSE", "LABEL", "STOPSIGNAL", "MAINTAINER", "WORKDIR"))
_SETTING = frozenset(("ENV", "ARG", "USER"))
# What a RUN may have beside its command: a secret is given to an installation, a directory of the context is not known.
_MOUNT = expression(r"(?:.*,)?type=(?:secret|ssh|tmpfs)(?:,.*)?")
_AS_ANOTHER = expression(r"\b(?:sudo|doas|gosu|su-exec|setpriv|runuser|su)\s")
_QUIET = frozenset(("echo", "printf", "true", ":", "ls", "pwd", "set", "cd", "export", "date", "env"))
_VERSION = ("--version", "-v", "-V", "version")
_TASKS = frozenset(("make", "gmake", "just", "task", "rake", "invoke", "mage"))  # whose words are the project's own
_PARTS = expression(r"[\s=:\"']+")
# Programs that change files which are named to them; those of the first line change no content that anyone reads.
_IN_PLACE = frozenset(("chmod", "dos2unix"))
_FILES = frozenset(("mkdir", "touch", "chown", "cp", "mv", "rm", *_IN_PLACE))
_PIP = r"install (?!.*(?:^| )(?:-r|-e|-c|--requirement|--editable|--constraint))"
# What sets the machine up, whatever the project is: a program, and how its arguments begin.
_MACHINE = {
    program: expression(pattern)
    for programs, pattern in (
        ("apt-get apt apk yum dnf microdnf zypper corepack rustup pipx useradd adduser groupadd addgroup", ""),
        ("update-ca-certificates locale-gen dpkg-reconfigure", ""),
        ("npm pnpm yarn", r"(?:config |set |cache clean|store prune|(?:.* )?(?:-g|--global)\b|global )"),
        ("pip pip3", rf"cache purge|{_PIP}"),
        ("python python3", rf"-m (?:venv |pip {_PIP})"),
        ("uv", r"(?:python|tool|venv)\b"),
        ("poetry", r"(?:config|self)\b"),
        ("bundle bundler", r"config\b"),
        ("gem", r"(?:install|update)\b"),
        ("composer", r"(?:config|self-update|global|clear-?cache)\b"),
        ("go", r"(?:env\b|install .*@)"),
        ("cargo", r"install (?!.*--path)"),
        ("mix", r"local\."),
        ("dotnet", r"(?:workload|tool install (?:.* )?(?:-g|--global|--tool-path))\b"),
        ("git", r"config\b"),
    )
    for program in programs.split()
}
_LOCAL = expression(r"\.(?:/.*)?|.*\.(?:whl|tgz|gz|zip|deb|rpm|apk|gem)")
_BARE = expression(r"[\w@%+=:,./*~^-]+")  # a word that needs no quotes here

_Role: TypeAlias = Literal["nothing", "machine", "own"]
_Ran: TypeAlias = Callable[[Step], tuple[Command, ...]]


def is_apart(command: Command) -> bool:
    """Whether a command does nothing, or sets the machine up, whatever the project is."""
    return _is_quiet(command) or _is_machine(command)


def _is_quiet(command: Command) -> bool:
    is_question = command.words[1:] in [(word,) for word in _VERSION] and command.program not in _TASKS
    return command.program in _QUIET or is_question


def _is_machine(command: Command) -> bool:
    pattern = _MACHINE.get(command.program)
    words = command.words[1:]
    return pattern is not None and bool(pattern.match(" ".join(words))) and not any(map(_LOCAL.fullmatch, words))


def is_of_another(step: Step) -> bool:
    """Whether a RUN may run a command as another user than the image's."""
    return bool(_AS_ANOTHER.search(step.text))


class Place(NamedTuple):
    """Where an installation runs.

    cwd: its directory. own: absolute paths of the files that are copied for it. folder: what of the context lies there.
    """

    cwd: str
    own: Collection[str]
    folder: Folder

    def files(self, text: str, cwd: str) -> bool:
        """Whether words name a file that the copy brings."""
        return any(map(self.folder.has, self._paths(_PARTS.split(text), cwd)))

    def reads(self, text: str, cwd: str) -> bool:
        """Whether words name such a file, or by a path with a slash a directory below the installation's."""
        paths = self._paths((word for word in _PARTS.split(text) if "/" in word), cwd)
        return self.files(text, cwd) or any(path[:1] != "." and self.folder.has(path, "dir") for path in paths)

    def _paths(self, words: Iterable[str], cwd: str) -> Iterator[str]:
        return (posixpath.relpath(posixpath.join(cwd, word), self.cwd) for word in words if word)

    def role(self, command: Command) -> _Role | None:
        """Say what a command before the installation is to it; None where that is not known."""
        is_plain = command.sure and not (command.file or command.wrappers or command.redirects or command.inputs)
        if not is_plain or command.stdin is not None or command.cwd is None:
            return None
        is_own = "/" in command.words[0] and self.reads(command.words[0], command.cwd)
        if _is_quiet(command) and not is_own:
            return "nothing"
        is_fed = self.reads(" ".join(command.words[1:]), command.cwd)
        if command.program not in _FILES:
            return "machine" if _is_machine(command) and not is_fed and not is_own else None
        if command.program in ("cp", "mv") and is_fed:  # maybe to where the installation looks
            return None
        words = (f"/{word}" if word.startswith("~") else word for word in command.words[1:] if not word.startswith("-"))
        named = [posixpath.join(command.cwd, word) for word in words]
        paths = [posixpath.normpath(path) for path in named]
        if any(path in self.own for path in paths):
            return "own" if command.program in _IN_PLACE and command.cwd == self.cwd else None
        if command.program != "mkdir" and any(map(self._holds, paths)):
            return None
        is_far = all(not path.startswith(f"{self.cwd}/") for path in paths)
        return "machine" if command.program == "rm" and is_far else "nothing"

    def _holds(self, path: str) -> bool:
        """Whether a path is, holds or may mean what is copied for the installation."""
        start = path
        while has_wildcard(start):
            start = posixpath.dirname(start)
        above, inside = f"{start.rstrip('/')}/", f"{self.cwd.rstrip('/')}/"
        return inside.startswith(above) or (start != path and above.startswith(inside))


@frozen
class Between:
    """What goes along. above: whole instructions. within: commands in front of the installation's own."""

    above: tuple[str, ...]
    within: tuple[str, ...]


def between(
    instructions: Sequence[Instruction],
    steps: Sequence[Step],
    copy: Step,
    place: Place,
    done: Collection[int],
    ran: _Ran,
) -> Between | None:
    """Give what goes along of the instructions behind a copy; None where that is not known.

    instructions: those between the copy and the installation. steps: of the stage. done: the commands that are
    installations themselves, by their identity.
    """
    by_line = {(step.line, step.keyword): step for step in steps}
    above: list[str] = []
    within: list[str] = []
    for instruction in instructions:
        step = by_line.get((instruction.line, instruction.keyword))
        if instruction.heredocs:
            return None
        if instruction.keyword == "ENV" and place.files(instruction.shown.partition(" ")[2], place.cwd):
            return None
        if instruction.keyword in _SETTING or (step is not None and _is_copied_along(step, copy)):
            above.append(" ".join(instruction.shown.split()))
        elif instruction.keyword == "RUN" and step is not None:
            commands = [command for command in ran(step) if id(command) not in done]
            roles = {place.role(command) for command in commands}
            if None in roles or {"own", "machine"} <= roles:
                return None
            if "machine" in roles:
                above.append(" ".join(instruction.shown.split()))
            if "own" in roles:
                within += [shown for command in commands if place.role(command) == "own" for shown in _joined(command)]
        elif instruction.keyword not in _NOTHING:
            return None
    return Between(tuple(above), tuple(within))


def _is_copied_along(step: Step, copy: Step) -> bool:
    """Whether a COPY of something else, not of a stage, lands at the same place above the copy."""
    is_fixed = step.args[-1:] != () and (step.args[-1].startswith("/") or step.workdir == copy.workdir)
    return step.keyword in ("COPY", "ADD") and step.origin in (MAIN, OUTSIDE) and is_fixed


def around(commands: Sequence[Command], command: Command, place: Place) -> tuple[list[str], list[str]] | None:
    """Give what goes along of the commands in front of an installation in the same RUN, and what cleans up behind it.

    None where it is not known what stands in front.
    """
    at = next(number for number, other in enumerate(commands) if other is command)
    first, last = ([(command, place.role(command)) for command in part] for part in (commands[:at], commands[at + 1 :]))
    if any(role is None or (role != "nothing" and not list(_joined(command))) for command, role in first):
        return None
    cleaning = takewhile(lambda pair: pair[1] in ("nothing", "machine"), last)
    shown = (
        [words for command, role in part if role != "nothing" for words in _joined(command)]
        for part in (first, cleaning)
    )
    return next(shown), next(shown)


def _joined(command: Command) -> Iterator[str]:
    if not any("$" in word or "`" in word for word in command.words):
        yield " ".join(word if _BARE.fullmatch(word) else shlex.quote(word) for word in command.words)


def installation(
    step: Step, command: Command, lines: Lines, cd: str, first: Sequence[str], last: Sequence[str]
) -> str | None:
    """Give the RUN line, None where it cannot be written so.

    cd: the directory to change to, "" for none. first, last: commands in front of the installation and behind it.
    """
    mounts = [value for name, value in step.flags if name == "mount"]
    given = {name: value for name, value in command.env.items() if step.env.get(name) != value}
    is_plain = all(map(_MOUNT.fullmatch, mounts)) and not any("$" in value or "`" in value for value in given.values())
    if not is_plain or is_of_another(step):
        return None
    flags = [f"--{name}={value}" for name, value in step.flags]
    shown = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in given.items()), lines.command])
    parts = [*([f"cd {cd}"] if cd else []), *first, lines.within.format(shown), *last]
    return " ".join(["RUN", *flags, " && ".join(parts)])
