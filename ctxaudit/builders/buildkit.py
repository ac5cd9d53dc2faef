"""BuildKit: fsutil's selection, and the bytes of its protocol.

Source: tonistiigi/fsutil 6d9dc2e, filter.go, send.go, stat.go, hardlinks.go, types/*.proto.
"""

from __future__ import annotations

import functools
import operator
import os
import stat
from array import array
from collections.abc import Iterable
from dataclasses import field
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.matcher import Matcher, Trail
from ctxaudit.model import Attributes, Entry, Node
from ctxaudit.values import record
from ctxaudit.walk import Choice, Columns, Measure, Reads

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection

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
_NUMBERS = tuple(1 + count if bits else 0 for bits, count in enumerate(_VARINT))  # with its tag; 0 is not said
_NEGATIVE = 11  # bytes of any number below 0, with its tag
# The numbers of entries whose varints take as many bytes.
_SAME_HEADER = ((0, 1), *((1 << 7 * bits if bits else 1, 1 << 7 * bits + 7) for bits in range(5)))
_NO_DATA = frozenset(("dir", "symlink", "fifo", "device"))


class _FilterState(NamedTuple):
    """The trails of both filters; included: None where everything is used."""

    excluded: Trail
    included: Trail | None


class Selection:
    """What fsutil's FilterFS lists: used, and not excluded; pruned wherever nothing below can change."""

    def __init__(self, exclude: Matcher, include: Matcher | None, dockerfile: str, wide: bool) -> None:
        self.exclude = exclude = exclude.as_json
        self.include = include = None if include is None else include.as_json
        self._wide = wide or include is None
        self._cacheable = not (exclude.not_segment_aligned or (include is not None and include.not_segment_aligned))
        self._choices: dict[_FilterState, Choice] = {}
        root = _FilterState(exclude.root, None if include is None else include.root)
        # With no pattern that excludes, and everything used, there is nothing to decide anywhere below.
        is_all = include is None and not exclude.exclusions
        self.root = Choice(self._child, root, kept=True, permitted=True, descends=True, uniform_below=is_all)

    def _child(self, parent: _FilterState, name: str) -> Choice:
        state = _FilterState(
            parent.excluded.child(name), None if parent.included is None else parent.included.child(name)
        )
        choice = self._choices.get(state)
        if choice is None:
            choice = self._choice(state)
            if self._cacheable:
                self._choices[state] = choice
        return choice

    def _choice(self, state: _FilterState) -> Choice:
        excluded, included = state
        permitted = not excluded.excluded
        used = included is None or included.excluded
        is_use_uniform = included is None or included.uniform_below
        # Below such a directory the second verdict has to be one and the same as well.
        is_agreed = not self.exclude.may_disagree or excluded.matched == excluded.carried
        all_content_sent = is_agreed and (self.include is None or not self.include.exceptions)
        kept = permitted and used
        return Choice(
            self._child,
            state,
            kept=kept,
            permitted=permitted if self._wide else kept,
            descends=(permitted or not excluded.uniform_below) and (used or not is_use_uniform),
            content_sent=not kept or self._content_sent(state),
            uniform_below=permitted and excluded.uniform_below and is_use_uniform and all_content_sent,
            cacheable=self._cacheable,
        )

    def _content_sent(self, state: _FilterState) -> bool:
        """Whether the content of a file that is kept arrives; `content_sent`, where the way down is known."""
        if self.exclude.may_disagree and state.excluded.content_excluded:
            return False
        is_certain = state.included is None or self.include is None or not self.include.exceptions
        return is_certain or (state.included is not None and state.included.content_excluded)

    def content_sent(self, path: str) -> bool:
        """Whether the content arrives: the sender asks the stateless verdict once more before it opens a file."""
        if self.exclude.may_disagree and self.exclude.excludes(path):
            return False
        return self.include is None or not self.include.exceptions or self.include.excludes(path)

    def reads(self, path: str, choice: Choice) -> Reads:
        """fsutil prunes by literal prefixes only, and walks everything once a pattern that matters has a wildcard."""
        state: _FilterState = choice.state
        by_exclusion, by_use = self._never_read
        if state.included is not None and not state.included.excluded and by_use.prunes(path):
            return "nothing"
        return "nothing" if state.excluded.excluded and by_exclusion.prunes(path) else "all below"

    @functools.cached_property
    def _never_read(self) -> tuple[_Prunes, _Prunes]:
        """By the ignore file, and by what is used."""
        return _Prunes(self.exclude.exceptions), _Prunes(self.include.exclusions if self.include else ())

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


@record
class Receiver:
    """Counts the packets of a cold transfer."""

    _selection: BuildSelection
    _parents: list[Node] = field(default_factory=list)
    _first_links: dict[int, str] = field(default_factory=dict)
    _index: int = 0
    transfer_bytes: int = _FIN

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
        taken = [self._take(current) for current in (*parents, node)]
        parents.clear()
        return taken

    def add(self, measure: Measure) -> None:
        """Take entries that were measured; each of their packets also says the entry's number."""
        start, packets = self._index, measure.packets
        self._index += len(packets)
        self.transfer_bytes += measure.fixed
        for first, last in _SAME_HEADER:
            low, high = max(first, start), min(last, self._index)
            if low < high:
                # A header says the packet's type and the number of its entry.
                self.transfer_bytes += sum(packets[low - start : high - start]) * (2 + _NUMBERS[low.bit_length()])

    def _take(self, node: Node) -> Entry:
        attributes = node.attributes
        if attributes is None:  # a walk that looks at names alone
            return Entry(node.path, node.type, 0, 0)
        first = self._first_link(node, attributes) if attributes.links > 1 else None
        self.transfer_bytes += _sized(_stat_bytes(node, attributes, first or node.target))
        content = 0
        if node.type not in _NO_DATA and first is None:
            is_read = node.type == "file" and attributes.readable and self._selection.content_sent(node.path)
            content = attributes.size if is_read else 0
            fixed, packets = _data(content)
            self.transfer_bytes += fixed + packets * (2 + _NUMBERS[self._index.bit_length()])
        self._index += 1
        return Entry(node.path, node.type, 0 if node.type == "dir" else attributes.size, content)

    def _first_link(self, node: Node, attributes: Attributes) -> str | None:
        """The path that was sent for the same inode before; device numbers are not looked at, as fsutil has it."""
        if node.type in ("dir", "symlink"):
            return None
        first = self._first_links.setdefault(attributes.inode, node.path)
        return None if first == node.path else first


def _stat_bytes(node: Node, attributes: Attributes, link: str) -> int:
    # Go has nanoseconds in 64 bits: a time after 2262 wraps around.
    modified = (attributes.modified + (1 << 63)) % (1 << 64) - (1 << 63)
    size = _sized(len(os.fsencode(node.path))) + _mode_bytes(attributes.mode)
    size += _NUMBERS[modified.bit_length()] if modified >= 0 else _NEGATIVE
    if node.type != "dir":
        size += _NUMBERS[attributes.size.bit_length()]
    if link:
        size += _sized(len(os.fsencode(link)))
    if node.type == "device":
        size += sum(_NUMBERS[number.bit_length()] for number in attributes.device)
    if attributes.xattrs:
        size += sum(_xattr(*xattr) for xattr in attributes.xattrs if not xattr[0].startswith("com.apple."))
    return size


def _data(size: int) -> tuple[int, int]:
    """The bytes of a file's data packets without their headers, and how many there are; the last one is empty."""
    whole, rest = divmod(size, CHUNK)
    last = _sized(rest) if rest else 0
    return whole * _sized(CHUNK) + last, whole + (rest > 0) + 1


def _sized(length: int) -> int:
    """The bytes of a field that is so long: its tag, the length and the content."""
    return 1 + _VARINT[length.bit_length()] + length


def _xattr(name: str, value_length: int) -> int:
    return _sized(_sized(len(os.fsencode(name))) + _sized(value_length))


@functools.cache
def _mode_bytes(mode: int) -> int:
    """The bytes that say the bits of Go's os.FileMode; of the 65,536 modes that there may be, a tree has a few."""
    special = sum(bit for own, bit in _GO_SPECIAL_BITS.items() if mode & own)
    # A socket's type is cleared, as fsutil does.
    return _NUMBERS[(mode & 0o777 | _GO_MODE.get(stat.S_IFMT(mode), 0) | special).bit_length()]


# Bytes that say a text of so many, below 8,192: a tag, the length in one byte or from 128 on in two, the text.
_TEXTS = (*range(2, 130), *range(131, 8195))
_YEAR_1972 = 1 << 56  # nanoseconds: from here on, every time takes as many bytes
_TIME = _NUMBERS[57]


class Scale:
    """Measures what is sent whole. The same arithmetic as for one entry, in passes over columns: most of a large
    tree passes here."""

    def columns(self, columns: Columns) -> Measure:
        if not columns.sizes or max(columns.lengths) >= len(_TEXTS) - 64:
            return self._one_by_one(columns)
        sizes = list(map(_NUMBERS.__getitem__, map(int.bit_length, columns.sizes)))
        stats = map(operator.add, map(_TEXTS.__getitem__, columns.lengths), map(_mode_bytes, columns.modes))
        times: Iterable[int] = repeat(_TIME)
        if min(columns.modified) < _YEAR_1972:
            times = map(_NUMBERS.__getitem__, map(int.bit_length, columns.modified))
        stats = map(operator.add, map(operator.add, stats, sizes), times)
        content, packets = sum(columns.sizes), array("I", map(operator.add, columns.files, map(bool, columns.sizes)))
        # What a small file's one packet of data says of its size takes the bytes that its stat takes to say it.
        fixed = sum(map(_TEXTS.__getitem__, stats)) + sum(sizes) + content
        if max(columns.sizes) >= CHUNK:
            fixed += self._large(columns, sizes, packets)
        return Measure(sum(columns.files), content, fixed, packets)

    def _one_by_one(self, columns: Columns) -> Measure:
        fixed, packets = 0, array("I")
        rows = zip(columns.lengths, columns.sizes, columns.modified, columns.modes, columns.files, strict=True)
        for length, size, modified, mode, is_file in rows:
            numbers = _mode_bytes(mode) + _NUMBERS[size.bit_length()] + _NUMBERS[modified.bit_length()]
            data, count = _data(size) if is_file else (0, 0)
            fixed += _sized(_sized(length) + numbers) + data
            packets.append(count)
        return Measure(sum(columns.files), sum(columns.sizes), fixed, packets)

    def _large(self, columns: Columns, sizes: list[int], packets: array[int]) -> int:
        """Count the packets of files that need more than one, and give what they take beyond those of small ones."""
        more = 0
        for at, size in enumerate(columns.sizes):
            if size >= CHUNK:
                data, packets[at] = _data(size)
                more += data - sizes[at] - size
        return more

    def node(self, node: Node) -> Measure:
        """Measure one entry that is not a hard link and may be read."""
        attributes = node.attributes
        assert attributes is not None
        fixed = _sized(_stat_bytes(node, attributes, node.target))
        if node.type in _NO_DATA:
            return Measure(int(node.type != "dir"), 0, fixed, array("I", (0,)))
        content = attributes.size if node.type == "file" else 0
        data, packets = _data(content)
        return Measure(1, content, fixed + data, array("I", (packets,)))
