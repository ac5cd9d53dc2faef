"""What commands do: each by its row in the table of makers, and what it runs further by theirs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from ctxaudit.errors import masked
from ctxaudit.needed.makers import bundlers, compiled, dotnet, packages, python, runtimes, scripts, system
from ctxaudit.needed.makers.call import (
    NOTHING,
    OPAQUE,
    Call,
    ImageFiles,
    Maker,
    Outcome,
    Settings,
    bare_name,
    joined,
    tools_of,
)
from ctxaudit.needed.shell import UNREADABLE, Choice, Command, in_one_line
from ctxaudit.needed.wrappers import FOUND, FOUND_BY_FIND, SHELLS
from ctxaudit.values import frozen, record

# The table of all tools, and how a program is found in it.

ROWS: dict[str, Maker] = {
    **system.SYSTEM_ROWS,
    **system.PLACE_ROWS,
    **scripts.ROWS,
    **packages.ROWS,
    **bundlers.ROWS,
    **python.ROWS,
    **runtimes.PHP_ROWS,
    **runtimes.RUBY_ROWS,
    **compiled.ROWS,
    **dotnet.ROWS,
    **runtimes.JVM_ROWS,
    **system.SITE_ROWS,
}
# Files of a project that only start a tool of their name.
_STARTERS = frozenset(
    [
        "gradlew",
        "mvnw",
        "rails",
        "rake",
        "bundle",
        "artisan",
        "console",
        "manage.py",
        "sbt",
        "lein",
        "setup.py",
        "flutterw",
    ]
)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Directories of programs that an installation fills.
_INSTALLED = ("/node_modules/.bin/", "/vendor/bin/", "/.venv/bin/", "/venv/bin/", "/.local/bin/", "/go/bin/")


def _maker_of(call: Call) -> Outcome:
    """What a command does, with what its wrapper does first."""
    outcome = _own(call)
    return joined([python.uv_run(call), outcome]) if "uv" in call.command.wrappers else outcome


def _own(call: Call) -> Outcome:
    """What a command does, by the row of its program."""
    written = call.command.words[0]
    name = bare_name(call.program)
    if any(mark in written for mark in "$`"):
        return OPAQUE
    if {"--help", "--version"} & set(call.words):
        return NOTHING
    if name in SHELLS and (starter := _started(call)):
        return starter
    if "/" in written:
        return _by_path(call, written, name)
    if row := ROWS.get(name):
        return row(call)
    for directory in (call.env("PATH") or _PATH).split(":"):
        if directory and call.text(f"{directory}/{written}") is not None:
            return scripts.run_file(call, f"{directory}/{written}", call.words)
    return OPAQUE


def _started(call: Call) -> Outcome | None:
    """What `sh gradlew build` does, None for any other script."""
    script = posixpath.basename(call.words[0]) if call.words else ""
    return ROWS[script](call.inside(call.command.cwd, call.words)) if script in ("gradlew", "mvnw", "sbt") else None


def _by_path(call: Call, written: str, name: str) -> Outcome:
    """A program by its path: one of the project, or one that an installation has put there."""
    row = ROWS.get(name)
    is_project = call.text(written) is not None and name not in _STARTERS
    is_installed = posixpath.dirname(written) in _PATH.split(":") or any(mark in f"/{written}" for mark in _INSTALLED)
    if is_project or row is None:
        return scripts.run_file(call, written, call.words)
    if is_installed or name in _STARTERS or posixpath.dirname(written).endswith(("/bin", "/sbin")):
        return row(call)
    return OPAQUE


_DEEPEST = 5
_MOST = 3000
_TITLE = 80
_WRAPPED = {
    "npx": "npx",
    "poetry": "poetry run",
    "uv": "uv run",
    "pdm": "pdm run",
    "pipenv": "pipenv run",
    "bundle": "bundle exec",
    "conda": "conda run",
    "pixi": "pixi run",
    "hatch": "hatch run",
    "rye": "rye run",
    "pnpm": "pnpm exec",
    "yarn": "yarn exec",
    "bun": "bunx",
    "uvx": "uvx",
}
_FETCH = frozenset(("curl", "wget", "fetch", "aria2c"))


@frozen
class Deed:
    """What one command does to the image.

    command: as it is run, directly or by a script that was followed.
    makes: absolute paths that it makes anew; a segment may hold `*`, and the segment `**` is any depth.
    A directory stands for all below it.
    removes: absolute paths that are gone afterwards, written the same.
    tools: the names of programs that run. opaque: it may read anything.
    title: the outermost command as the Dockerfile has it. line: of the Dockerfile's instruction.
    installs: programs and packages that it adds, "*" where nobody knows.
    options: those that count as given, whatever form they have; ANY where words of it are not known.
    takes: absolute paths that it reads as they are, whatever was made in them before.
    """

    command: Command
    makes: tuple[str, ...]
    tools: frozenset[str]
    opaque: bool
    title: str
    line: int
    installs: frozenset[str] = frozenset()
    removes: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    takes: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The title as a report has it: without the values of secrets, and no longer than a line."""
        return _shown(self.title)


def deeds(commands: Iterable[Command], files: ImageFiles, settings: Settings | None = None) -> Iterator[Deed]:
    """Give a deed for each command, followed by those of what it runs, at most five steps deep.

    settings: what earlier commands of the stage configured; this adds what these do.
    """
    follower = _Follower(files, {} if settings is None else settings)
    for command in commands:
        follower.visit(_Step(command, _title(command), command.line))
    yield from follower.finished()


_Choices = tuple[tuple[int, Choice], ...]
_Way = tuple[tuple[object, ...], ...]


@frozen
class _Step:
    """A command on its way. choices: of all that led here, each with the step that it belongs to."""

    command: Command
    title: str
    line: int
    depth: int = 0
    doubtful: bool = False
    choices: _Choices = ()
    way: _Way = ()


@record
class _Pending:
    deed: Deed
    makes: tuple[str, ...]
    removes: tuple[str, ...]
    choices: _Choices


class _Follower:
    def __init__(self, files: ImageFiles, settings: Settings) -> None:
        self.files = files
        self.settings = settings
        self.pending: list[_Pending] = []
        self.last = ""
        self.steps = 0

    def visit(self, step: _Step) -> None:
        """Add the deed of a command and those of what it runs."""
        if len(self.pending) >= _MOST:
            return
        command = step.command
        doubtful = step.doubtful or not (command.sure or command.choices)
        choices = (*step.choices, *((step.depth << 40 | self._parent(step), choice) for choice in command.choices))
        outcome = self._outcome(step)
        if not (doubtful or choices):
            self.settings |= outcome.settings
        self._add(step, outcome, None if doubtful else choices)
        self.last = command.program
        self.steps += 1
        number = self.steps
        way = (*step.way, (command.words, command.cwd, command.file))
        for following in outcome.runs:
            self.visit(
                replace(
                    step,
                    command=following,
                    depth=step.depth + 1,
                    doubtful=doubtful,
                    choices=choices,
                    way=(*way, (number,)),
                )
            )

    def _parent(self, step: _Step) -> int:
        """A number for the script that a command stands in."""
        last = step.way[-1][0] if step.way else step.line
        return last if isinstance(last, int) else 0

    def _outcome(self, step: _Step) -> Outcome:
        command = step.command
        is_cycle = (command.words, command.cwd, command.file) in step.way
        if step.depth > _DEEPEST or is_cycle or command.words[0] == UNREADABLE or len(self.pending) == _MOST - 1:
            return OPAQUE
        is_piped = not command.words[1:] and self.last in _FETCH and command.program in ("sh", "bash", "ash", "dash")
        if is_piped or (self.last in _FETCH and command.program in ("sh", "bash") and command.words[1] in ("-s", "-")):
            return Outcome(installs=frozenset("*"))
        return _maker_of(Call(command, self.files, self.settings))

    def _add(self, step: _Step, outcome: Outcome, choices: _Choices | None) -> None:
        command = step.command
        written = tuple(path for path in command.redirects if path not in command.appended)
        call = Call(command, self.files, self.settings)
        makes = tuple(path for path in dict.fromkeys((*outcome.makes, *call.at(*written))) if _is_apart(call, path))
        is_sure = choices == ()
        deed = Deed(
            command=command,
            makes=makes if is_sure else (),
            tools=outcome.tools | tools_of(command),
            opaque=outcome.opaque,
            title=step.title,
            line=step.line,
            installs=outcome.installs,
            removes=outcome.removes if is_sure else (),
            options=outcome.options,
            takes=outcome.takes,
        )
        self.pending.append(_Pending(deed, makes, outcome.removes, choices or ()))

    def finished(self) -> Iterator[Deed]:
        """The deeds, where a path that every branch of a condition makes counts as made."""
        made = _made_in_all([(pending.choices, pending.makes) for pending in self.pending if pending.choices])
        gone = _made_in_all(
            [(pending.choices, (*pending.makes, *pending.removes)) for pending in self.pending if pending.choices]
        )
        for pending in self.pending:
            if not pending.choices:
                yield pending.deed
                continue
            makes = tuple(path for path in pending.makes if path in made or path in gone)
            yield replace(pending.deed, makes=makes, removes=tuple(path for path in pending.removes if path in gone))


def _is_apart(call: Call, path: str) -> bool:
    """Whether a path is not the project itself: a tool that writes among the sources makes no directory anew."""
    here = call.command.cwd or ""
    return path != "/" and not (f"{here}/".startswith(f"{path}/") and call.files.names(path))


def _made_in_all(rows: list[tuple[_Choices, tuple[str, ...]]]) -> frozenset[str]:
    """The paths that some condition makes whichever of its branches runs; inner conditions are looked at first."""
    level = [(choices, path) for choices, makes in rows for path in makes]
    sure: set[str] = set()
    for depth in range(max((len(choices) for choices, _ in rows), default=0), 0, -1):
        branches: dict[tuple[_Choices, int, int, str], set[int]] = {}
        counts: dict[tuple[_Choices, int, int, str], int] = {}
        for choices, path in level:
            if len(choices) == depth:
                where, choice = choices[-1]
                key = (choices[:-1], where, choice.number, path)
                branches.setdefault(key, set()).add(choice.branch)
                counts[key] = choice.branches
        complete = [key for key, numbers in branches.items() if len(numbers) == counts[key]]
        sure.update(path for outer, _, _, path in complete if not outer)
        level += [(outer, path) for outer, _, _, path in complete if outer]
    return frozenset(sure)


def _title(command: Command) -> str:
    """A command as it is written, in one line."""
    wrapped = [_WRAPPED[name] for name in command.wrappers if name in _WRAPPED]
    if command.words == (":",) and command.redirects:
        return f"> {command.redirects[0]}"
    words = (word.replace(FOUND_BY_FIND, "{}").replace(FOUND, "{}") for word in command.words)
    return " ".join((*wrapped, in_one_line(words)))


@lru_cache(maxsize=4096)  # each path that is asked about is followed through all of them
def _shown(title: str) -> str:
    text = masked(title)
    return text if len(text) <= _TITLE else f"{text[: _TITLE - 1]}…"
