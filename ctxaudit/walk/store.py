"""Directories as they were read, each once, and what is below one added up."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import compress
from typing import NamedTuple

from ctxaudit.files import Held, entry_in, is_superuser
from ctxaudit.model import Attributes, EntryType, Node, client
from ctxaudit.walk.disk import (
    LARGEST_PLAIN,
    LAST_PLAIN,
    ODD_LENGTH,
    Choice,
    Columns,
    Directories,
    Entries,
    Measure,
    Scale,
    Total,
    attributes_of,
    depth_first,
    has_xattrs,
    sorted_entries,
    type_of,
)

# What one directory holds: its plain files in columns, everything else entry by entry.

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
        self._client = client()
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
                (not self._client.knows_inodes or max([status[stat.ST_NLINK] for status in stats]) == 1)
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
            modes = list(map(self._client.mode, modes)) if self._client.executable else modes
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
            target = self._client.path(os.readlink(self._full + name)) if kind == "symlink" else ""
        except FileNotFoundError:
            return
        self.others.append(Other(at, name, kind, attributes, target))


def is_utf8(text: str) -> bool:
    """Whether a path is text."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


CHUNK = 4096  # entries that are measured at once
Below = dict[Scale, Measure]
MOST_HELD = 250_000  # entries whose directories are kept for whoever asks next


class Gather:
    """Adds up directories for some scales, a chunk at a time."""

    def __init__(self, scales: tuple[Scale, ...]) -> None:
        self._totals = {scale: Total() for scale in scales}
        self._columns = Columns()

    def files(self, columns: Columns, first: int, last: int) -> None:
        """Add plain files: those numbered from *first* to before *last*."""
        if first < last:
            self._columns.extend(columns.part(first, last))
            if len(self._columns) >= CHUNK:
                self._measure()

    def other(self, other: Other, path: str) -> None:
        """Add an entry that is not a plain file, and adds up."""
        attributes = other.attributes
        assert attributes is not None
        if other.type == "dir" and not attributes.xattrs and 0 <= attributes.modified < LAST_PLAIN:
            length = len(path) if path.isascii() else len(os.fsencode(path))
            self._columns.add_directory(path, length, attributes.mode, attributes.modified)
            return
        self._measure()
        node = Node(path, other.type, True, True, other.type == "dir", attributes, other.target)
        for scale, total in self._totals.items():
            total.add(scale.node(node))

    def takes(self, below: Below) -> bool:
        """Add a directory that was added up before, where it was for all scales."""
        if not all(scale in below for scale in self._totals):
            return False
        self._measure()
        for scale, total in self._totals.items():
            total.add(below[scale])
        return True

    def found(self) -> Below:
        """What all add up to."""
        self._measure()
        return {scale: total.measure() for scale, total in self._totals.items()}

    def _measure(self) -> None:
        if len(self._columns):
            for scale, total in self._totals.items():
                total.add(scale.columns(self._columns))
            self._columns = Columns()


def adds_up(other: Other, path: str) -> bool:
    """Whether an entry has nothing to say but its size: no hard link, readable, its name text."""
    attributes = other.attributes
    if attributes is None or not attributes.readable or not is_utf8(path):
        return False
    return other.type in ("dir", "symlink") or attributes.links == 1


class Mixed(Exception):
    """Something below a directory is not just to be added up."""


class Store:
    """The directories below one, read when they are first asked for; what passes the limit is read again."""

    def __init__(self, top: str) -> None:
        self.top = top
        self.is_root = is_superuser()
        self._directories = Directories(top)
        self._known: dict[str, Directory] = {}
        self._room = MOST_HELD
        self._below: dict[str, Below] = {}
        self._mixed: set[str] = set()
        self._listed: tuple[str, Held, Entries, bool] | None = None

    def directory(self, path: str, choice: Choice, progress: Callable[[int], None] | None) -> Directory:
        """Give a directory; *choice* says which of its files somebody is sent. Raises OSError where it may not."""
        return self._known.get(path) or self._keep(path, self._read(path, choice, progress))

    def _keep(self, path: str, found: Directory) -> Directory:
        """Keep a directory for whoever asks next, while there is room."""
        # A directory of a million files stays out: reading it again costs less than the memory.
        if self._room > len(found):
            found.columns = found.columns.packed()
            self._room -= len(found) + 1
            self._known[path] = found
        return found

    def names(self, path: str) -> frozenset[str]:
        """Give the names in a directory, never a symlink; none where they are not known. It may well be read next,
        so that what was listed is kept for that."""
        known = self._known.get(path)
        if known is not None:
            return frozenset((*known.names, *(other.name for other in known.others)))
        try:
            held = self._directories.open(path)
            self._listed = path, held, *sorted_entries(held)
        except (OSError, ValueError):
            return frozenset()
        return frozenset(entry.name for entry in self._listed[2])

    def attributes(self, path: str) -> tuple[Attributes, str]:
        """Give what there is to say of an entry, and a symlink's target. Raises FileNotFoundError where it is gone."""
        above, _, name = path.rpartition("/")
        held = self._directories.open(above)
        where, descriptor = entry_in(held, name)
        status = os.stat(where, dir_fd=descriptor, follow_symlinks=False)
        found = attributes_of(self._directories.full(above, held) + name, status, self.is_root)
        is_link = stat.S_ISLNK(status.st_mode)
        return found, client().path(os.readlink(where, dir_fd=descriptor)) if is_link else ""

    def inner(self, path: str) -> list[str]:
        """Give the directories in one of which all is sent."""
        try:
            found = self._known.get(path) or self._keep(path, self._read(path, None, None))
        except OSError:
            return []
        return [found.start + other.name for other in found.others if other.type == "dir"]

    @property
    def has_room(self) -> bool:
        """Whether a directory that is read now is kept, unless it is large."""
        return self._room > MOST_HELD // 4

    def holds(self, path: str) -> bool:
        """Whether a directory need not be read again."""
        return path in self._known

    def know(self, path: str, below: Below) -> None:
        """Take what somebody else added up."""
        self._below[path] = below

    def know_mixed(self, paths: Iterable[str]) -> None:
        """Take directories that somebody else found to be mixed."""
        self._mixed.update(paths)

    def mixed(self) -> list[str]:
        """Give the directories that are known to be mixed."""
        return list(self._mixed)

    def work_alone(self) -> None:
        """Go on in a process of its own, which may change its working directory: what is open is another's."""
        self._directories = Directories(self.top, moves=os.path.isabs(self.top))
        self._listed = None

    def close(self) -> None:
        """Close what is open; everything can still be asked for."""
        self._directories.close()

    def below(self, path: str, scales: tuple[Scale, ...], progress: Callable[[int], None] | None) -> Below | None:
        """Add up all below a directory, as it is sent whole; None where something in it is decided by itself."""
        found = self._below.get(path)
        if found is not None and all(scale in found for scale in scales):
            return found
        if path in self._mixed:
            return None
        try:
            found = self._gathered(path, scales, progress)
        # One hard link or unreadable file below is enough: its bytes depend on what else is sent.
        except Mixed as mixed:
            self._mix(path, str(mixed))
            return None
        self._below[path] = {**self._below.get(path, {}), **found}
        return self._below[path]

    def _mix(self, top: str, path: str) -> None:
        """Remember that a directory is mixed, and all above it up to *top*."""
        while path not in self._mixed:
            self._mixed.add(path)
            if path == top:
                return
            path = path.rpartition("/")[0]

    def _gathered(self, path: str, scales: tuple[Scale, ...], progress: Callable[[int], None] | None) -> Below:
        gather = Gather(scales)
        parts = depth_first(iter((path,)), lambda below: self._parts(below, gather, progress))
        deque(parts, maxlen=0)  # the work is done on the way
        return gather.found()

    def _parts(self, path: str, gather: Gather, progress: Callable[[int], None] | None) -> Iterator[str]:
        """Gather the entries of one directory, and give the path of each directory in it, then."""
        try:
            directory = self._known.get(path) or self._read(path, None, progress)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise Mixed(path) from error
        at = 0
        for other in directory.others:
            gather.files(directory.columns, at, other.at)
            at = other.at
            below = directory.start + other.name
            if not adds_up(other, below):
                raise Mixed(path)
            gather.other(other, below)
            if other.type == "dir":
                known = self._below.get(below)
                if known is not None and gather.takes(known):
                    continue
                yield below
        gather.files(directory.columns, at, len(directory.names))

    def _read(self, path: str, choice: Choice | None, progress: Callable[[int], None] | None) -> Directory:
        """Read a directory. choice: None where all of it is sent. Raises OSError."""
        held = self._directories.open(path)
        listed, self._listed = self._listed, None
        # What was listed for its names serves, as long as its entries are still asked in the same place.
        is_listed = listed is not None and listed[:2] == (path, held)
        entries, is_ascii = listed[2:] if listed is not None and is_listed else sorted_entries(held)
        if progress is not None:
            progress(len(entries))
        start, full = f"{path}/" if path else "", self._directories.full(path, held)
        chosen = None if choice is not None and choice.uniform_below else choice
        is_all_ascii = is_ascii and path.isascii()
        return read(start, full, entries, chosen, is_root=self.is_root, is_ascii=is_all_ascii)
