"""What a project asks of its audits: its configuration, budgets and the findings that it knows of."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from ctxaudit.builders import build_name
from ctxaudit.errors import CtxauditError
from ctxaudit.files import is_project_file, project_of, read_regular, upwards
from ctxaudit.values import LONGEST_PATH, Growth, expression, frozen, parse_size

# What a project asks of its audits, from a file: which file, its values with their lines, and what they come to.
#
# Source of the form: https://toml.io/en/v1.0.0.

Shape = Literal["text", "number", "flag", "list"]

OWN_NAMES = ("ctxaudit.toml", ".ctxaudit.toml")
PYPROJECT = "pyproject.toml"
LIMIT = 1 << 20  # bytes of a file that is still read
DEEPEST = 100  # tables and arrays in each other
PATHS = frozenset(("file", "ignore-file", "baseline", "compose"))  # relative to the file that says them
_READ = PATHS | {"bake"}  # bake's own paths are relative to the working directory
# What a table of one target may set; the rest says what is built, or how it is shown.
OF_A_TARGET = frozenset(
    (
        "max-size",
        "max-files",
        "max-growth",
        "fail-on",
        "select",
        "ignore",
        "exclude",
        "keep",
        "always-ignore",
        "secrets",
        "for-cache",
    )
)
PATTERNS = frozenset(("exclude", "keep", "always-ignore"))
SELECTORS = frozenset(("name", "context"))
_VALUES = frozenset(("build-arg", "set", "var"))  # what they hold may be a secret
_KINDS: dict[type, str] = {str: "a string", list: "a list of lists", int: "a number", dict: "a table"}
CHOICES = {"fail-on": ("error", "warning", "never"), "secrets": ("off", "names", "content")}
PARSERS: dict[str, Callable[[str], Any]] = {"max-size": parse_size, "max-growth": Growth.parse}
_TYPES: dict[Shape, tuple[type, str]] = {
    "text": (str, "a string"),
    "number": (int, "a whole number"),
    "flag": (bool, "true or false"),
    "list": (list, "a list of strings"),
}
_AT = expression(r"\(at line (\d+), column (\d+)\)")
_HEADER = expression(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
_LONG_KEY = expression(rf"""(?<![\w.-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{DEEPEST}}}""")
_LONG_NUMBER = expression(r"(?<![0-9_])[0-9_]{4300}")


@frozen
class Value:
    """A value, and where it stands: "file:line"."""

    raw: Any
    where: str

    def __str__(self) -> str:
        return f"{self.raw} from {self.where}"


@frozen
class TargetTable:
    """What the file asks of some targets: those of this name, and of this context, None for any. where: its line."""

    name: str | None
    context: str | None
    values: Mapping[str, Value]
    where: str = field(default="", compare=False)

    def is_about(self, name: str, context: str) -> bool:
        """Whether it is about a target; the name of a build is that of its targets for all of its builders."""
        return self.name in (None, name, build_name(name)) and self.context in (None, context)


@frozen
class Settings:
    """What a file says. name: of the file, "" if there is no file. values: by key, a long option without its dashes.

    tables: the same of each command that has a table of its own.
    """

    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    targets: tuple[TargetTable, ...] = ()
    tables: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


def find(start: Path) -> str | None:
    """Give the file that counts for a context: the nearest going up to the root of its repository.

    Of several in one directory the first of OWN_NAMES counts, then pyproject.toml where it has the table. Outside of
    any repository only the context itself is looked at. Raises CtxauditError for one that leads out of the repository.
    """
    top = Path(os.path.realpath(start))
    above = upwards(top)
    root = next((number for number, place in enumerate(above) if os.path.exists(place / ".git")), 0)
    for directory in above[: root + 1]:
        for name in OWN_NAMES:
            if os.path.lexists(directory / name):
                return _own(directory / name, above[root])
        if os.path.lexists(directory / PYPROJECT) and _has_table(directory / PYPROJECT):
            return _own(directory / PYPROJECT, above[root])
    return None


def _own(path: Path, root: Path) -> str:
    """Return a file that was found as the user would open it; no error may quote one that is not the project's."""
    if os.path.isfile(path) and not is_project_file(os.path.realpath(path), os.fspath(root)):
        fix = "put the file in the place of the link, name it with --config, or use --no-config"
        raise CtxauditError("it leads out of the repository, links resolved", where=_shown(path), fix=fix)
    return _shown(path)


def _has_table(path: Path) -> bool:
    """Whether a pyproject.toml sets anything here; one that is not TOML and mentions it is left to `load` to refuse."""
    data = read_regular(os.path.realpath(path), LIMIT) or b""
    if b"ctxaudit" not in data:
        return False
    try:
        tool = table_of(os.fspath(path), data.decode("utf-8-sig", "replace")).get("tool")
    except CtxauditError:
        return b"tool.ctxaudit" in data
    return isinstance(tool, dict) and "ctxaudit" in tool


def load(
    name: str,
    keys: Mapping[str, Shape],
    tables: Mapping[str, Mapping[str, Shape]],
    command_line_only: Collection[str] = (),
) -> Settings:
    """Read a file. *keys*: what it may set, and the shape of each; *tables*: the same of commands' own tables.

    command_line_only: the options that no file sets.
    Raises CtxauditError with file and line for what cannot be read, an unknown key, a value of the wrong type,
    and a path that leaves the repository of the file.
    """
    text = _text(name)
    table, above = table_of(name, text), ("tool", "ctxaudit") if os.path.basename(name) == PYPROJECT else ()
    lines = _Lines(name, text)
    for step in above:
        table = table.get(step, {})
        if not isinstance(table, dict):
            raise CtxauditError(f'"{".".join(above)}" is not a table', where=lines.of(above))
    reader = _Reader(lines, keys, os.path.dirname(name), command_line_only)
    own = {command: table.pop(command) for command in tables if isinstance(table.get(command), dict)}
    targets = table.pop("target") if _is_tables(table.get("target")) else []
    return Settings(
        name,
        reader.values(table, above),
        tuple(reader.target(target, (*above, "target", number)) for number, target in enumerate(targets)),
        {command: reader.own(values, (*above, command), tables[command]) for command, values in own.items()},
    )


class _Reader:
    """Checks tables against the keys."""

    def __init__(
        self, lines: _Lines, keys: Mapping[str, Shape], directory: str, command_line_only: Collection[str]
    ) -> None:
        self._lines = lines
        self._keys = keys
        self._directory = directory
        self._command_line_only = command_line_only

    def values(self, table: Mapping[str, Any], above: tuple[str | int, ...]) -> dict[str, Value]:
        return {key: self._value(key, raw, (*above, key), self._keys) for key, raw in table.items()}

    def own(
        self, table: Mapping[str, Any], above: tuple[str | int, ...], keys: Mapping[str, Shape]
    ) -> dict[str, Value]:
        """Check the table of one command."""
        return {key: self._value(key, raw, (*above, key), keys) for key, raw in table.items()}

    def target(self, table: Mapping[str, Any], above: tuple[str | int, ...]) -> TargetTable:
        allowed: dict[str, Shape] = {key: shape for key, shape in self._keys.items() if key in OF_A_TARGET}
        shapes: dict[str, Shape] = {**allowed, **dict.fromkeys(SELECTORS, "text")}
        values = {key: self._value(key, raw, (*above, key), shapes) for key, raw in table.items()}
        chosen = {key: values.pop(key).raw for key in SELECTORS if key in values}
        if not chosen:
            raise CtxauditError(
                "a table of a target names none", where=self._lines.of(above), fix="give it a name, or a context"
            )
        _check_path("context", chosen.get("context", ""), self._lines.of(above))
        context = os.path.realpath(os.path.join(self._directory, chosen["context"])) if "context" in chosen else None
        return TargetTable(chosen.get("name"), context, values, self._lines.of(above))

    def _value(self, key: str, raw: Any, path: tuple[str | int, ...], shapes: Mapping[str, Shape]) -> Value:
        where = self._lines.of(path)
        raw = str(raw) if key in PARSERS and _fits(raw, "number") else raw
        if key not in shapes and key in self._command_line_only:
            raise CtxauditError(
                f'"{key}" is for the command line alone', where=where, fix=f"delete it, and give --{key} in the command"
            )
        if key in _TABLES_MEANT and isinstance(raw, dict):
            raise CtxauditError(f"[{key}] is not a table of this file", where=where, fix=_TABLES_MEANT[key])
        if key not in shapes:
            raise CtxauditError(f'unknown key "{key}"', where=where, fix=_suggestion(key, shapes))
        if not _fits(raw, shapes[key]):
            raise CtxauditError(f'"{key}" is {_TYPES[shapes[key]][1]}, not {_said(raw, key)}', where=where)
        if "" in (raw if isinstance(raw, list) else [raw]):
            raise CtxauditError(f'"{key}" is empty', where=where, fix="give it a value, or delete it")
        if raw not in CHOICES.get(key, (raw,)):
            raise CtxauditError(f'"{key}" is one of {", ".join(CHOICES[key])}, not {_said(raw)}', where=where)
        try:
            parsed(key, raw)
        except ValueError as error:
            raise CtxauditError(f'"{key}": {error}', where=where) from error
        if key in PATTERNS:
            _check_patterns(key, raw, where)
        raw = self._placed(raw) if key in PATHS else raw
        self._check_paths(key, raw, where)
        return Value(raw, where)

    def _check_paths(self, key: str, raw: Any, where: str) -> None:
        """Refuse what lies outside the repository: the file may be a stranger's, and what is read may be quoted."""
        for path in _paths(key, raw):
            _check_path(key, path, where)
            if not is_project_file(os.path.realpath(path), project_of(self._directory or os.curdir)):
                raise CtxauditError(
                    f'"{key}": {path} is outside the repository, links resolved',
                    where=where,
                    fix=f"name a file of the repository, or give --{key} in the command",
                )

    def _placed(self, raw: Any) -> Any:
        """Make paths relative to the file relative to the working directory."""
        if isinstance(raw, list):
            return [self._placed(path) for path in raw]
        return raw if raw == "-" else os.path.normpath(os.path.join(self._directory, raw))


def _check_path(key: str, path: str, where: str) -> None:
    """Refuse what no path is, before it is looked for."""
    if "\0" in path:
        raise CtxauditError(f'"{key}" holds a NUL, which no path does', where=where)
    if len(path) > LONGEST_PATH:
        raise CtxauditError(f'"{key}" has more than {LONGEST_PATH:,} letters', where=where)


class _Lines:
    """Finds the line of a key, which the parser does not tell."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._at: dict[tuple[str | int, ...], int] = {}
        table: tuple[str | int, ...] = ()
        counts: dict[tuple[str, ...], int] = {}
        for number, line in enumerate(text.splitlines(), 1):
            header = _HEADER.match(line)
            if header:
                path = _dotted(header[2])
                table = path
                if header[1] == "[[":
                    counts[path] = counts.get(path, -1) + 1
                    table = (*path, counts[path])
                self._note(table, number)
            elif "=" in line:
                self._note((*table, *_dotted(line.partition("=")[0])), number)

    def _note(self, path: tuple[str | int, ...], number: int) -> None:
        for end in range(1, len(path) + 1):
            self._at.setdefault(path[:end], number)

    def of(self, path: tuple[str | int, ...]) -> str:
        """Give "file:line", the line of the nearest table above where the key itself is written in another way."""
        known = (path[:end] for end in range(len(path), 0, -1) if path[:end] in self._at)
        return f"{self._name}:{self._at.get(next(known, ()), 1)}"


def _dotted(text: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in text.split("."))


def _text(name: str) -> str:
    if os.path.isdir(name):
        raise CtxauditError("it is a directory, where a configuration file was looked for", where=name)
    data = read_regular(os.path.realpath(name), LIMIT + 1)
    if data is None:
        raise CtxauditError(
            "no such file, or not a readable regular file",
            where=name,
            fix="name a file that can be read, or use --no-config",
        )
    if len(data) > LIMIT:
        raise CtxauditError(f"it is larger than {LIMIT:,} bytes, which no configuration is", where=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CtxauditError("it is not UTF-8, as TOML has to be", where=f"{name}:{line}") from error


def table_of(name: str, text: str) -> dict[str, Any]:
    """Parse TOML in little time; raises CtxauditError, with the line where it is known. name: of its file."""
    import tomllib

    _check_size(name, text)
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message, at = str(error) or "nested too deeply", _AT.search(str(error))
        where = f"{name}:{at[1]}" if at else name
        raise CtxauditError(f"it is not TOML: {_AT.sub('', message).strip().lower()}", where=where) from error
    _check_depth(name, table)
    return table


def _paths(key: str, raw: Any) -> Iterator[str]:
    """Give the paths on this machine that a value makes ctxaudit read."""
    values = raw if isinstance(raw, list) else [raw]
    if key in _READ:
        yield from (path for path in values if path != "-")
    if key == "build-context":
        named = (pair.partition("=")[2] for pair in values)
        yield from (path for path in named if os.path.isdir(path))


def _check_size(name: str, text: str) -> None:
    """Refuse what makes the parser slow or fail: it copies the start of a key for each part of it."""
    for pattern, what in (
        (_LONG_KEY, f"a key has more than {DEEPEST} parts"),
        (_LONG_NUMBER, "a number is beyond 64 bits"),
    ):
        if match := pattern.search(text):
            raise CtxauditError(what, where=f"{name}:{text.count(chr(10), 0, match.start()) + 1}")


def _check_depth(name: str, table: dict[str, Any]) -> None:
    level: list[Any] = [table]
    for _ in range(DEEPEST + 1):
        level = [inner for value in level for inner in _inner(value)]
    if level:
        raise CtxauditError(f"tables and arrays are nested deeper than {DEEPEST}", where=name)


def _inner(value: Any) -> Iterator[Any]:
    members = value.values() if isinstance(value, dict) else value
    yield from (member for member in members if isinstance(member, dict | list))


def _is_tables(raw: Any) -> bool:
    return isinstance(raw, list) and all(isinstance(table, dict) for table in raw)


def _fits(raw: Any, shape: Shape) -> bool:
    if shape == "list":
        return isinstance(raw, list) and all(isinstance(entry, str) for entry in raw)
    if shape == "number":
        return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 1 << 63
    return isinstance(raw, _TYPES[shape][0])


def _check_patterns(key: str, patterns: Sequence[str], where: str) -> None:
    from ctxaudit.ignore import DockerignorePattern

    for pattern in patterns:
        try:
            if "\n" in pattern or not DockerignorePattern(pattern).text:
                raise CtxauditError("it is not a line of an ignore file")
        except CtxauditError as error:
            raise CtxauditError(f'"{key}": {pattern!r}: {error.what}', where=where, fix=error.fix) from error


def _said(raw: Any, key: str = "") -> str:
    text = repr(raw) if key not in _VALUES else _KINDS.get(type(raw), "something else")
    return text if len(text) <= 60 else f"{text[:59]}…"


# Tables that newcomers write, and what is meant by them.
_TABLES_MEANT = {
    "target": "write [[target]], a table for each build",
    "tool": "write the keys of [tool.ctxaudit] without it, which is for pyproject.toml",
}


def _suggestion(key: str, known: Mapping[str, Shape]) -> str:
    close = get_close_matches(key.replace("_", "-"), known, 1)
    return f'did you mean "{close[0]}"?' if close else f"the keys are {', '.join(sorted(known))}"


def _shown(path: Path) -> str:
    """The path as the user would open it, from the working directory where that is shorter."""
    return min(os.path.relpath(path, os.path.realpath(os.curdir)), os.fspath(path), key=len)


def parsed(key: str, raw: Any) -> Any:
    """Give the value that a key's text stands for; raises ValueError."""
    if key in PARSERS:
        return PARSERS[key](raw)
    return tuple(raw) if isinstance(raw, list) else raw
