"""The classic builder (DOCKER_BUILDKIT=0): go-archive's selection, and the bytes of its tar.

Source: docker/cli 28f7560, `ValidateContextDirectory`, `TrimBuildFilesFromExcludes`; moby/go-archive ae9e219,
`Tarballer.Do`; Go's archive/tar.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING, NamedTuple

from ctxaudit.errors import PatternError, TreeError
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.matcher import Matcher, Trail
from ctxaudit.model import Attributes, Entry, Node
from ctxaudit.values import record
from ctxaudit.walk import Choice, Columns, Measure, Reads

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection

BLOCK = 512
_TRAILER = 1024
_NAME = 100
_PREFIX = 155
_OCTAL_11 = 8**11  # sizes and times from here on need a PAX record


class _TarState(NamedTuple):
    """What is known of an entry.

    trail, user: its trails in the tar, and by the user's patterns alone. met: the check before the tar meets it.
    starts: what is left, below it, of the exceptions that start with its path.
    """

    trail: Trail
    user: Trail
    met: bool
    starts: tuple[str, ...]


class Selection:
    """What goes into the tar: all that is not excluded, with the ignore file and the Dockerfile in any case."""

    def __init__(self, exclude: Matcher, include: Matcher | None, dockerfile: str, wide: bool) -> None:
        self.exclude = _with_build_files(exclude, dockerfile)
        self._cacheable = not self.exclude.not_segment_aligned
        self._choices: dict[_TarState, Choice] = {}
        starts = tuple(f"{pattern.text}/" for pattern in self.exclude.exceptions)
        root = _TarState(self.exclude.root, exclude.root, True, starts)
        # With no pattern that excludes, there is nothing to decide anywhere below.
        is_all = not exclude.exclusions
        self.root = Choice(self._child, (root, True), kept=True, permitted=True, descends=True, uniform_below=is_all)

    def _child(self, parent: tuple[_TarState, bool], name: str) -> Choice:
        above, is_checked = parent
        start = f"{name}/"
        starts = tuple(rest.removeprefix(start) for rest in above.starts if rest.startswith(start))
        state = _TarState(above.trail.child(name), above.user.child(name), is_checked, starts)
        choice = self._choices.get(state)
        if choice is None:
            choice = self._choice(state)
            if self._cacheable:
                self._choices[state] = choice
        return choice

    def _choice(self, state: _TarState) -> Choice:
        excluded = state.trail.excluded
        return Choice(
            self._child,
            (state, state.met and not state.user.content_excluded),
            kept=not excluded,
            permitted=not excluded,
            descends=not excluded or bool(state.starts),
            uniform_below=not excluded and state.trail.uniform_below,
            cacheable=self._cacheable,
        )

    def content_sent(self, path: str) -> bool:
        return True

    def reads(self, path: str, choice: Choice) -> Reads:
        """The check before the tar reads a directory before it asks whether it is excluded."""
        state: _TarState = choice.state[0]
        return "itself" if state.met else "nothing"

    def refusal(self, path: str, full: str) -> str:
        return f"error checking context: can't stat '{full}'"


@record
class Receiver:
    """Counts the blocks of the tar."""

    _selection: BuildSelection
    _first_links: dict[int, str] = field(default_factory=dict)
    transfer_bytes: int = _TRAILER

    def receive(self, node: Node) -> Iterator[Entry]:
        """Give the entry; a socket is omitted, and the directories above a re-included file have no entry."""
        if not node.kept or node.type == "socket":
            return
        assert node.attributes is not None
        if not node.attributes.readable:
            raise TreeError(
                f"error checking context: no permission to read from '{node.path}'",
                where=node.path,
                fix="the classic builder fails here too: make it readable, or exclude it in .dockerignore",
            )
        first = self._first_link(node, node.attributes)
        content = node.attributes.size if node.type == "file" and first is None else 0
        self.transfer_bytes += _header_bytes(node, node.attributes, first or node.target, content) + _padded(content)
        yield Entry(node.path, node.type, 0 if node.type == "dir" else node.attributes.size, content)

    def add(self, measure: Measure) -> None:
        self.transfer_bytes += measure.fixed

    def _first_link(self, node: Node, attributes: Attributes) -> str | None:
        if attributes.links < 2 or node.type == "dir":
            return None
        first = self._first_links.setdefault(attributes.inode, node.path)
        return None if first == node.path else first


def _with_build_files(exclude: Matcher, dockerfile: str) -> Matcher:
    """Add an exception for each of the two files that the patterns would exclude."""
    if not exclude.exclusions:
        return exclude
    patterns = list(exclude.patterns)
    for name in filter(None, (".dockerignore", dockerfile)):
        try:
            lost = Matcher(patterns).excludes_with_one_parent(name)
        except PatternError:
            lost = False  # docker/cli passes over this error; the walk meets it again
        if lost:
            patterns.append(DockerignorePattern(f"!{name}"))
    return Matcher(patterns)


def _header_bytes(node: Node, attributes: Attributes, link: str, content: int) -> int:
    name = os.fsencode(node.path) + b"/" * (node.type == "dir")
    records = _pax_records(name, os.fsencode(link), attributes, content)
    return BLOCK + (BLOCK + _padded(sum(records.values())) if records else 0)


def _pax_records(name: bytes, link: bytes, attributes: Attributes, content: int) -> dict[str, int]:
    """The length of each PAX record that the header needs; a long name that USTAR can split needs one only when
    something else does."""
    records = {}
    if not link.isascii() or len(link) > _NAME:
        records["linkpath"] = _record("linkpath", len(link))
    if content >= _OCTAL_11:
        records["size"] = _record("size", len(str(content)))
    seconds = attributes.modified // 1_000_000_000
    if not 0 <= seconds < _OCTAL_11:
        records["mtime"] = _record("mtime", len(str(seconds)))
    for key, length in attributes.xattrs:
        if key == "security.capability":
            records[key] = _record(f"SCHILY.xattr.{key}", length)
    return _path_records(name, records)


def _path_records(name: bytes, records: dict[str, int]) -> dict[str, int]:
    """Add the record of a name that does not fit beside the others."""
    needs_path = not name.isascii() or len(name) > _NAME
    if needs_path and (records or not _splits(name)):
        records["path"] = _record("path", len(name))
    return records


def _splits(name: bytes) -> bool:
    """Whether USTAR can hold the name in its prefix and name fields."""
    if not name.isascii():
        return False
    limit = _PREFIX + 1 if len(name) > _PREFIX + 1 else len(name) - name.endswith(b"/")
    at = name[:limit].rfind(b"/")
    return 0 < at <= _PREFIX and 0 < len(name) - at - 1 <= _NAME


def _record(key: str, length: int) -> int:
    """The length of "<length> key=value\\n", which counts itself."""
    bare = len(key) + length + 3
    total = bare + len(str(bare))
    return bare + len(str(total))


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


class Scale:
    """Measures what is sent whole."""

    def columns(self, columns: Columns) -> Measure:
        """Most entries need one block, and what they hold; those that are odd may need more to say their names."""
        blocks = len(columns) + sum([-(-size // BLOCK) for size in columns.sizes])
        more = sum(self._odd_bytes(columns, at, path) for at, path in columns.odd.items())
        return Measure(sum(columns.files), sum(columns.sizes), blocks * BLOCK + more)

    def _odd_bytes(self, columns: Columns, at: int, path: str) -> int:
        name = os.fsencode(path) + b"/" * (not columns.files[at])
        records = _path_records(name, {})
        return BLOCK + _padded(sum(records.values())) if records else 0

    def node(self, node: Node) -> Measure:
        """Measure one entry that is not a hard link and may be read."""
        if node.type == "socket":
            return Measure(0, 0, 0)
        assert node.attributes is not None
        content = node.attributes.size if node.type == "file" else 0
        fixed = _header_bytes(node, node.attributes, node.target, content) + _padded(content)
        return Measure(int(node.type != "dir"), content, fixed)
