"""What one directory holds: its plain files in columns, everything else entry by entry."""

from __future__ import annotations

import os
import stat
from itertools import compress
from typing import NamedTuple

from ctxaudit.model import Attributes, EntryType
from ctxaudit.walk.choice import Choice
from ctxaudit.walk.columns import LARGEST_PLAIN, LAST_PLAIN, ODD_LENGTH, Columns, Measure, Scale
from ctxaudit.walk.disk import Entries, attributes_of, has_xattrs, type_of

PART = 1000  # entries that are looked at together: each remembers what was asked, which adds up


class Other(NamedTuple):
    """An entry that is not a plain file, or that nobody asked for when the directory was read.

    at: how many of the plain files come before it. attributes: None where nobody was to be sent or to enter it.
    """

    at: int
    name: str
    type: EntryType
    attributes: Attributes | None
    target: str


class Directory:
    """What a directory holds.

    start: how the paths in it begin. names, columns: of its plain files. others: the rest, in order.
    candidates: the numbers of plain files that may be a finding, None until that is known. measures: of runs of files.
    """

    __slots__ = ("candidates", "columns", "measures", "names", "others", "start")

    def __init__(self, start: str, names: list[str], columns: Columns, others: list[Other]) -> None:
        self.start = start
        self.names = names
        self.columns = columns
        self.others = others
        self.candidates: tuple[int, ...] | None = None
        self.measures: dict[tuple[int, int, Scale], Measure] = {}

    def __len__(self) -> int:
        return len(self.names) + len(self.others)

    def __bool__(self) -> bool:
        return True  # also where nothing is in it

    def measure(self, first: int, last: int, scale: Scale) -> Measure:
        """Measure a run of plain files."""
        key = first, last, scale
        found = self.measures.get(key)
        if found is None:
            found = self.measures[key] = scale.columns(self.columns.part(first, last))
        return found

    def attributes(self, number: int) -> Attributes:
        """Give what there is to say of a plain file."""
        columns = self.columns
        size, modified = columns.sizes[number], columns.modified[number]
        return Attributes(columns.modes[number], size, modified, 0, 1, (0, 0), (), readable=True)


def read(start: str, full: str, entries: Entries, choice: Choice | None, *, is_root: bool, is_ascii: bool) -> Directory:
    """Divide the entries of a directory, and empty their list.

    start: how the paths in it begin. full: how the kernel finds them. choice: which files somebody is sent, None for
    all. is_ascii: whether start and all names are. Raises OSError where an entry may not be asked about.
    """
    reader = _Reader(start, full, is_root, is_ascii)
    while entries:
        # A DirEntry keeps what it was asked, its stat for one: those that were read must not pile up.
        part = entries[:PART]
        del entries[:PART]
        reader.take(part, choice)
    return Directory(start, reader.names, reader.columns, reader.others)


class _Reader:
    """Takes entries. Nothing is called for each plain file but the kernel: most of a large tree passes here."""

    def __init__(self, start: str, full: str, is_root: bool, is_ascii: bool) -> None:
        self._start = start
        self._full = full
        self._is_ascii = is_ascii
        self._is_root = is_root
        self._readable = 0 if is_root else 0o444  # the bits of a mode that let this process read, whoever it is
        self.names: list[str] = []
        self.others: list[Other] = []
        self.columns = Columns()

    def take(self, part: Entries, choice: Choice | None) -> None:
        """Take some entries: files together where all are plain, and else one by one."""
        flags = [entry.is_file(follow_symlinks=False) for entry in part]
        if choice is not None:
            flags = [is_file and choice[entry.name].permitted for is_file, entry in zip(flags, part, strict=True)]
        files = part if all(flags) else list(compress(part, flags))
        before = len(self.names)
        are_plain = not files or self._takes_all(files)
        if are_plain and files is part:
            return
        at = before
        for entry, is_plain in zip(part, flags, strict=True):
            if is_plain and (are_plain or self._takes_all([entry])):
                at += 1
            else:
                self._take_other(entry, at, choice)

    def _takes_all(self, files: Entries) -> bool:
        """Add files, at least one, where all of them are plain."""
        try:
            stats = [entry.stat(follow_symlinks=False) for entry in files]
            names = [entry.name for entry in files]
            modes = [status[stat.ST_MODE] for status in stats]
            sizes = [status[stat.ST_SIZE] for status in stats]
            modified = [status.st_mtime_ns for status in stats]
            is_plain = (
                max([status[stat.ST_NLINK] for status in stats]) == 1
                and all(mode & self._readable == self._readable for mode in set(modes))
                and min(modified) >= 0
                and max(modified) < LAST_PLAIN
                and max(sizes) < LARGEST_PLAIN
                and (self._is_ascii or all(map(is_utf8, names)))
                and not has_xattrs([self._full + name for name in names])
            )
        # One odd file makes this return False for all: the caller then asks them one by one.
        except OSError:  # one is gone, or may not be asked
            return False
        if is_plain:
            if self._is_ascii:
                lengths = list(map(len(self._start).__add__, map(len, names)))
            else:
                lengths = [len(os.fsencode(self._start + name)) for name in names]
            self._add(names, Columns(lengths, sizes, modified, modes, bytearray(b"\1" * len(names))))
        return is_plain

    def _add(self, names: list[str], columns: Columns) -> None:
        lengths = columns.lengths
        if not self._is_ascii or max(lengths) >= ODD_LENGTH:
            is_odd = [not self._is_ascii or length >= ODD_LENGTH for length in lengths]
            columns.odd.update((at, self._start + names[at]) for at in compress(range(len(names)), is_odd))
        if self.names:
            self.names += names
            self.columns.extend(columns)
        else:
            self.names, self.columns = names, columns

    def _take_other(self, entry: os.DirEntry[str], at: int, choice: Choice | None) -> None:
        """Add an entry by itself, unless it is gone."""
        name, is_dir = entry.name, entry.is_dir(follow_symlinks=False)
        try:
            if choice is not None and not (verdict := choice[name]).permitted and not (is_dir and verdict.descends):
                self.others.append(Other(at, name, "dir" if is_dir else type_of(entry, None), None, ""))
                return
            attributes = attributes_of(self._full + name, entry.stat(follow_symlinks=False), self._is_root)
            kind: EntryType = "dir" if is_dir else type_of(entry, attributes)
            target = os.readlink(self._full + name) if kind == "symlink" else ""
        except FileNotFoundError:
            return
        self.others.append(Other(at, name, kind, attributes, target))


def is_utf8(text: str) -> bool:
    """Whether a path is text."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)
