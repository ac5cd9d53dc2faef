"""docker-py (the `docker` package of Python): its own port of Docker's patterns, and the bytes of Python's tar.

Source: docker/docker-py afc6d1e, `exclude_paths`, `PatternMatcher`, `create_archive` (docker/utils/build.py),
docker/utils/fnmatch.py, `build` (docker/api/build.py); CPython 3.11, Lib/tarfile.py, `create_pax_header`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from ctxaudit.builders.base import BuildSelection, PathSelection
from ctxaudit.errors import PatternError, TreeError
from ctxaudit.ignore import DockerignorePattern, Kind, escape
from ctxaudit.ignore.dialect import DialectMatcher, DialectPattern
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Attributes, Entry, Node
from ctxaudit.values import expression
from ctxaudit.walk import Columns, Measure

BLOCK, RECORD, _TRAILER = 512, 10_240, 1024
_LONGEST = 100  # bytes of a name that a header holds
_OCTAL_11 = 8**11
_BINARY = 21  # bytes of the record that says that names are not UTF-8
# A "]" may stand first in a class; only "!" negates.
_TOKEN = expression(r"(?s)\*\*/?|\[(!?\]?[^\]]*)\]|.")


class Pattern(DialectPattern):
    """A pattern of docker-py: one that matches without case, and one parent directory of as many names."""

    __slots__ = ()

    ignores_case = True

    def _read(self, pattern: str) -> tuple[str, bool]:
        exception = pattern.startswith("!")
        return "/".join(_normalized(pattern[exception:].strip())), exception

    def _translated(self) -> tuple[Kind, str]:
        text = self.text.lower()
        pieces = (_piece(text, match, self.where) for match in _TOKEN.finditer(text))
        return "regexp", f"^{''.join(pieces)}\\n?\\z"  # Python's `$` also matches before a newline at the end

    def _test(self) -> Callable[[str], bool]:
        depth = self.text.count("/") + 1

        def matches(path: str) -> bool:
            if self._search(path.lower()):
                return True
            above = path.split("/")[:-1]
            return depth <= len(above) and self._search("/".join(above[:depth]).lower())

        return matches


def _normalized(text: str) -> list[str]:
    """Drop what a path does not need; a ".." takes the name before it along, and is dropped at the root."""
    names: list[str] = []
    for name in text.split("/"):
        if name == "..":
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return names


def _piece(text: str, match: re.Match[str], where: str | None) -> str:
    token, members = match[0], match[1]
    if token.startswith("**"):
        return ".*" if match.end() == len(text) else "(.*/)?"
    if members and members != "!":
        return _class(members, text, where)
    return {"*": "[^/]*", "?": "[^/]"}.get(token) or escape(token)


def _class(members: str, text: str, where: str | None) -> str:
    """Give a class as Python reads it, a backslash being a member."""
    negated = members.startswith("!")
    members = members[negated:]
    ranges, at = [], 0
    while at < len(members):
        low = high = members[at]
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            high = members[at + 2]
            at += 2
        if low > high:
            raise PatternError(
                f'bad character range in pattern "{text}"',
                where=where,
                fix="docker-py fails here: turn the range around",
            )
        ranges.append(f"\\x{{{ord(low):x}}}-\\x{{{ord(high):x}}}")
        at += 1
    return f"[{'^' * negated}{''.join(ranges)}]"


class Dialect(DialectMatcher):
    """The lines of an ignore file as docker-py reads them: without white space around them, before all else."""

    pattern = Pattern

    @classmethod
    def parse(cls, name: str, data: bytes) -> tuple[DockerignorePattern, ...]:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise PatternError(
                f"{error}", where=name, fix="docker-py reads the file as UTF-8, and fails here: save it as UTF-8"
            ) from error
        return super().parse(name, data)

    @classmethod
    def lines(cls, raw: str) -> list[str]:
        return raw.splitlines()  # which also divides at what Python calls a line, as a form feed

    @classmethod
    def line(cls, raw: str, file: str = "", number: int = 0) -> DockerignorePattern | None:
        text = raw.strip()
        if not text or text.startswith("#"):
            return None
        pattern = Pattern(text, file=file, line=number, raw=raw)
        return pattern if pattern.text else None


class Selection(PathSelection):
    """What goes into the tar: the ignore file and the Dockerfile in any case."""

    def __init__(self, exclude: Matcher, include: Matcher | None, dockerfile: str, wide: bool) -> None:
        own = [f"!{name}" for name in (dockerfile, ".dockerignore") if name]
        super().__init__(exclude.extended(own), None, wide)
        self._starts = tuple(pattern.text for pattern in self.exclude.exceptions)

    def enters(self, path: str) -> bool:
        return any(start.startswith(path) for start in self._starts)


class Receiver:
    """Counts the blocks of the tar."""

    def __init__(self, selection: BuildSelection) -> None:
        self._first_links: dict[int, str] = {}
        self._bytes = 0

    @property
    def transfer_bytes(self) -> int:
        return -(-(self._bytes + _TRAILER) // RECORD) * RECORD

    def receive(self, node: Node) -> Iterator[Entry]:
        """Give the entry; a socket is omitted, and the directories above a re-included file have no entry."""
        if not node.kept or node.type == "socket":
            return
        attributes = node.attributes
        assert attributes is not None
        if not attributes.readable:
            raise TreeError(
                f"Can not read file in context: {node.path}",
                where=node.path,
                fix="docker-py fails here too: make it readable, or exclude it in .dockerignore",
            )
        first = self._first_link(node, attributes) if attributes.links > 1 and node.type == "file" else None
        content = attributes.size if node.type == "file" and first is None else 0
        self._bytes += _header_bytes(node, attributes, first or node.target, content) + _padded(content)
        yield Entry(node.path, node.type, 0 if node.type == "dir" else attributes.size, content)

    def add(self, measure: Measure) -> None:
        self._bytes += measure.fixed

    def _first_link(self, node: Node, attributes: Attributes) -> str | None:
        first = self._first_links.setdefault(attributes.inode, node.path)
        return None if first == node.path else first


def _header_bytes(node: Node, attributes: Attributes, link: str, content: int) -> int:
    return _headers(node.path + "/" * (node.type == "dir"), link, attributes.modified, content)


def _headers(name: str, link: str, modified: int, content: int) -> int:
    """The bytes of an entry's header, with those of the records that do not fit into it."""
    texts = [("path", name), ("linkpath", link)]
    fields = [(key, os.fsencode(text)) for key, text in texts if not text.isascii() or len(text) > _LONGEST]
    if content >= _OCTAL_11:
        fields.append(("size", str(content).encode()))
    fields.append(("mtime", _time(modified).encode()))
    records = sum(_record(key, value) for key, value in fields if value)
    if any(_is_binary(value) for _, value in fields):
        records += _BINARY
    return BLOCK + (BLOCK + _padded(records) if records else 0)


def _time(modified: int) -> str:
    """What a record says of a time: all of it, as tarfile keeps the fraction; "" where the header holds it."""
    # As os.stat makes a float of it, to the last bit.
    seconds = modified // 1_000_000_000 + 1e-9 * (modified % 1_000_000_000)
    if 0 <= seconds <= _OCTAL_11 - 1:
        return str(seconds)
    return "" if 0 <= int(seconds) < _OCTAL_11 else str(int(seconds))


def _record(key: str, value: bytes) -> int:
    """The length of "<length> key=value\\n", which counts itself."""
    bare = len(key) + len(value) + 3
    length = bare + len(str(bare))
    return bare + len(str(length))


def _is_binary(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return True
    return False


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


class Scale:
    """Measures what is sent whole."""

    def columns(self, columns: Columns) -> Measure:
        fixed = 0
        for at, (size, modified) in enumerate(zip(columns.sizes, columns.modified, strict=True)):
            name = columns.odd.get(at, "") + "/" * (at in columns.odd and not columns.files[at])
            fixed += _headers(name, "", modified, size) + _padded(size)
        return Measure(sum(columns.files), sum(columns.sizes), fixed)

    def node(self, node: Node) -> Measure:
        """Measure one entry that is not a hard link and may be read."""
        if node.type == "socket":
            return Measure(0, 0, 0)
        assert node.attributes is not None
        content = node.attributes.size if node.type == "file" else 0
        fixed = _header_bytes(node, node.attributes, node.target, content) + _padded(content)
        return Measure(int(node.type != "dir"), content, fixed)
