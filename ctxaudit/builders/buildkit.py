"""BuildKit: fsutil's selection, and the bytes of its protocol.

Source: tonistiigi/fsutil 6d9dc2e, filter.go, send.go, stat.go, hardlinks.go, types/*.proto.
"""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from ctxaudit.builders.base import Builder, BuildSelection
from ctxaudit.ignore.matcher import Matcher, Trail
from ctxaudit.ignore.pattern import DockerignorePattern
from ctxaudit.model import Attributes, Entry, Node
from ctxaudit.walk import Choice, Reads, Run

CHUNK = 32_768
_FIN = 2
_GLOB_CHARACTERS = frozenset("*[]?^\\")
_GO_MODE = {
    stat.S_IFDIR: 1 << 31,
    stat.S_IFLNK: 1 << 27,
    stat.S_IFBLK: 1 << 26,
    stat.S_IFCHR: 1 << 26 | 1 << 21,
    stat.S_IFIFO: 1 << 25,
}
_GO_SPECIAL_BITS = {stat.S_ISUID: 1 << 23, stat.S_ISGID: 1 << 22, stat.S_ISVTX: 1 << 20}
_VARINT = tuple(max(1, (bits + 6) // 7) for bits in range(65))  # bytes of a number of so many bits
_NO_DATA = frozenset(("dir", "symlink", "fifo", "device"))


class State(NamedTuple):
    """The trails of both filters; included: None where everything is used."""

    excluded: Trail
    included: Trail | None


class Selection:
    """What fsutil's FilterFS lists: used, and not excluded; pruned wherever nothing below can change."""

    def __init__(self, exclude: Matcher, include: Matcher | None, dockerfile: str, wide: bool) -> None:
        self.exclude = exclude
        self.include = include
        self._wide = wide or include is None
        self._lasts = not (exclude.crosses or (include is not None and include.crosses))
        self._choices: dict[State, Choice] = {}
        self._never_read = _Prunes(exclude.exceptions), _Prunes(include.exclusions if include else ())
        root = State(exclude.root, None if include is None else include.root)
        self.root = Choice(self._child, root, kept=True, permitted=True, enters=True)

    def _child(self, parent: State, name: str) -> Choice:
        state = State(parent.excluded[name], None if parent.included is None else parent.included[name])
        found = self._choices.get(state)
        if found is None:
            found = self._choice(state)
            if self._lasts:
                self._choices[state] = found
        return found

    def _choice(self, state: State) -> Choice:
        excluded, included = state
        permitted = not excluded.excluded
        used = included is None or included.excluded
        is_used_final = included is None or included.final
        kept = permitted and used
        return Choice(
            self._child,
            state,
            kept=kept,
            permitted=permitted if self._wide else kept,
            enters=(permitted or not excluded.final) and (self._wide or used or not is_used_final),
            final=permitted and excluded.final and is_used_final and self._opens_all(state),
            lasts=self._lasts,
        )

    def _opens_all(self, state: State) -> bool:
        """Whether the content of all below a final directory arrives."""
        is_agreed = not self.exclude.may_disagree or state.excluded.matched == state.excluded.carried
        return is_agreed and (self.include is None or not self.include.exceptions)

    def opens(self, path: str) -> bool:
        """Whether the content arrives: the sender asks the stateless verdict once more before it opens a file."""
        if self.exclude.may_disagree and self.exclude.excludes(path):
            return False
        return self.include is None or not self.include.exceptions or self.include.excludes(path)

    def reads(self, path: str, choice: Choice) -> Reads:
        """fsutil prunes by literal prefixes only, and walks everything once a pattern that matters has a wildcard."""
        state: State = choice.state
        by_exclusion, by_use = self._never_read
        if state.included is not None and not state.included.excluded and by_use.prunes(path):
            return "nothing"
        return "nothing" if state.excluded.excluded and by_exclusion.prunes(path) else "all below"

    def refusal(self, path: str, full: str) -> str:
        return f"error from sender: open {full}"


class _Prunes:
    """Whether fsutil turns back at a directory that is out, for the patterns that could bring something in."""

    def __init__(self, patterns: tuple[DockerignorePattern, ...]) -> None:
        starts = [pattern.text.removesuffix("/**").removesuffix("/*") for pattern in patterns]
        self._never = any(_GLOB_CHARACTERS & set(start) for start in starts)
        self._starts = tuple(f"{start}/" for start in starts)

    def prunes(self, path: str) -> bool:
        below = f"{path}/"
        return not self._never and not any(start.startswith(below) for start in self._starts)


class Receiver:
    """Counts the packets of a cold transfer."""

    def __init__(self, selection: BuildSelection) -> None:
        self._opens = selection.opens
        self._parents: list[Node] = []
        self._first_links: dict[int, str] = {}
        self._index = 0
        self._bytes = _FIN

    @property
    def transfer_bytes(self) -> int:
        return self._bytes

    def receive(self, node: Node) -> Iterable[Entry]:
        """Give the entry, after those of its directories that were not given yet."""
        parents = self._parents
        while parents and not node.path.startswith(f"{parents[-1].path}/"):
            parents.pop()
        if not node.kept:
            if node.entered:
                parents.append(node)
            return ()
        if not parents:
            return (self._take(node),)
        taken = [self._take(one) for one in (*parents, node)]
        parents.clear()
        return taken

    def add_files(self, run: Run) -> int:
        """Take plain files; give their content bytes.

        The same arithmetic as for a node, without a call for each number: most of a large tree passes here.
        """
        found, content, varint, index = 0, 0, _VARINT, self._index
        for path, status in run:
            size, modified = status.st_size, status.st_mtime_ns
            length = len(path)
            stat_bytes = 1 + varint[length.bit_length()] + length + _mode_bytes(status.st_mode)
            if size:
                stat_bytes += 1 + varint[size.bit_length()]
            stat_bytes += 1 + varint[modified.bit_length()] if modified > 0 else _number(modified)
            found += 1 + varint[stat_bytes.bit_length()] + stat_bytes
            if 0 < size < CHUNK:
                header = 3 + varint[index.bit_length()] if index else 2
                found += 2 * header + 1 + varint[size.bit_length()] + size
            else:
                found += _data_bytes(size, index)
            content += size
            index += 1
        self._bytes += found
        self._index = index
        return content

    def _take(self, node: Node) -> Entry:
        attributes = node.attributes
        if attributes is None:  # a walk that looks at names alone
            return Entry(node.path, node.type, 0, 0)
        first = self._first_link(node, attributes) if attributes.links > 1 else None
        stat_bytes = _stat_bytes(node, attributes, first or node.target)
        self._bytes += 1 + _varint(stat_bytes) + stat_bytes
        content = 0
        if node.type not in _NO_DATA and first is None:
            content = self._content(node, attributes)
            self._bytes += _data_bytes(content, self._index)
        self._index += 1
        return Entry(node.path, node.type, 0 if node.type == "dir" else attributes.size, content)

    def _content(self, node: Node, attributes: Attributes) -> int:
        readable = node.type == "file" and attributes.readable
        return attributes.size if readable and self._opens(node.path) else 0

    def _first_link(self, node: Node, attributes: Attributes) -> str | None:
        """The path that was sent for the same inode before; device numbers are not looked at, as fsutil has it."""
        if node.type in ("dir", "symlink"):
            return None
        first = self._first_links.setdefault(attributes.inode, node.path)
        return None if first == node.path else first


def _stat_bytes(node: Node, attributes: Attributes, link: str) -> int:
    found = _text(node.path) + _mode_bytes(attributes.mode) + _number(attributes.modified)
    if node.type != "dir":
        found += _number(attributes.size)
    if link:
        found += _text(link)
    if node.type == "device":
        found += sum(map(_number, attributes.device))
    if attributes.xattrs:
        found += sum(_xattr(*xattr) for xattr in attributes.xattrs if not xattr[0].startswith("com.apple."))
    return found


def _data_bytes(size: int, index: int) -> int:
    header = 2 + _number(index)
    whole, rest = divmod(size, CHUNK)
    last = header + 1 + _varint(rest) + rest if rest else 0
    return whole * (header + 1 + _varint(CHUNK) + CHUNK) + last + header


@functools.cache
def _mode_bytes(mode: int) -> int:
    return _number(go_mode(mode))


def go_mode(mode: int) -> int:
    """The bits of Go's os.FileMode; a socket's type is cleared, as fsutil does."""
    special = sum(bit for own, bit in _GO_SPECIAL_BITS.items() if mode & own)
    return mode & 0o777 | _GO_MODE.get(stat.S_IFMT(mode), 0) | special


def _varint(number: int) -> int:
    return _VARINT[number.bit_length()] if number >= 0 else 10


def _number(number: int) -> int:
    return 1 + _varint(number) if number else 0


def _text(text: str) -> int:
    length = len(text) if text.isascii() else len(os.fsencode(text))
    return 1 + _varint(length) + length if length else 0


def _xattr(name: str, value_length: int) -> int:
    entry = _text(name) + 1 + _varint(value_length) + value_length
    return 1 + _varint(entry) + entry


BUILDKIT = Builder(True, True, Selection, Receiver)
