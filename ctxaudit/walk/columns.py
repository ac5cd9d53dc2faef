"""Plain entries in columns: a large tree holds little else, and adds up without an object for each."""

from __future__ import annotations

from array import array
from collections.abc import MutableSequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ctxaudit.model import Node

ODD_LENGTH = 100  # bytes of a path from which a tar may have to say it otherwise
LARGEST_PLAIN = 8**11  # bytes of a file that a tar's header still holds
LAST_PLAIN = 2**62  # nanoseconds: a time that every builder says in its usual way ends in 2116


Numbers = MutableSequence[int]


@dataclass(slots=True)
class Columns:
    """Plain files and directories in the order of the walk.

    A plain file has one link, no extended attribute, a name of valid UTF-8, a time from 1970 on, and may be read.
    lengths: of the paths, in bytes. sizes: 0 for a directory. modified: nanoseconds. modes: st_mode.
    files: 1 for a file, 0 for a directory. odd: the paths that are long or hold more than ASCII, by number.
    """

    lengths: Numbers = field(default_factory=list)
    sizes: Numbers = field(default_factory=list)
    modified: Numbers = field(default_factory=list)
    modes: Numbers = field(default_factory=list)
    files: bytearray = field(default_factory=bytearray)
    odd: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sizes)

    def packed(self) -> Columns:
        """Give the same in a quarter of the room."""
        # Lists are faster to fill, arrays smaller to keep: 8 + 4 + 8 + 2 bytes for an entry, and no object.
        numbers = array("I", self.lengths), array("q", self.sizes), array("q", self.modified), array("H", self.modes)
        return Columns(*numbers, self.files, self.odd)

    def part(self, first: int, last: int) -> Columns:
        """Give some of the entries, numbered anew."""
        if first == 0 and last == len(self):
            return self
        odd = {at - first: path for at, path in self.odd.items() if first <= at < last} if self.odd else {}
        return Columns(
            self.lengths[first:last],
            self.sizes[first:last],
            self.modified[first:last],
            self.modes[first:last],
            self.files[first:last],
            odd,
        )

    def extend(self, other: Columns) -> None:
        """Add another's entries."""
        if other.odd:
            before = len(self)
            self.odd.update((before + at, path) for at, path in other.odd.items())
        self.lengths.extend(other.lengths)
        self.sizes.extend(other.sizes)
        self.modified.extend(other.modified)
        self.modes.extend(other.modes)
        self.files += other.files

    def add_directory(self, path: str, length: int, mode: int, modified: int) -> None:
        """Add a directory; *length* is that of its path in bytes."""
        # A tar holds 100 bytes of ASCII for a name; a longer or other one needs the path itself to be measured.
        if length >= ODD_LENGTH or not path.isascii():
            self.odd[len(self)] = path
        self.lengths.append(length)
        self.sizes.append(0)
        self.modified.append(modified)
        self.modes.append(mode)
        self.files.append(0)


NO_PACKETS = array("I")


class Measure(NamedTuple):
    """What entries that are sent add up to for one builder.

    files, content: as in Totals. fixed: bytes of the transfer, whatever came before them. packets: of each entry, in
    order, those that also say its number, where a builder has such.
    """

    files: int
    content: int
    fixed: int
    packets: array[int] = NO_PACKETS


class Total:
    """Adds measures up."""

    def __init__(self) -> None:
        self.files = self.content = self.fixed = 0
        self.packets = array("I")

    def add(self, measure: Measure) -> None:
        self.files += measure.files
        self.content += measure.content
        self.fixed += measure.fixed
        self.packets.extend(measure.packets)

    def measure(self) -> Measure:
        return Measure(self.files, self.content, self.fixed, self.packets)


class Scale(Protocol):
    """Measures entries as one builder takes them; all are sent, with what is in them."""

    def columns(self, columns: Columns) -> Measure:
        """Measure plain entries."""

    def node(self, node: Node) -> Measure:
        """Measure one entry that is not a hard link and may be read."""
