"""Directories as they were read, each once: its plain files in columns, everything else entry by entry."""

from __future__ import annotations

import functools
import os
import stat
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ctxaudit.model import Attributes, EntryType, Node
from ctxaudit.walk.choice import Choice
from ctxaudit.walk.columns import LARGEST_PLAIN, LAST_PLAIN, ODD_LENGTH, Columns, Measure, Scale, Total
from ctxaudit.walk.disk import Directories, Entries, attributes_of, knows_xattrs, sorted_entries, type_of

MOST_HELD = 200_000  # entries whose directories are kept for whoever asks next
CHUNK = 4096  # entries that are measured at once

Below = dict[Scale, Measure]


class Other(NamedTuple):
    """An entry that is no plain file, or that nobody wanted when the directory was read.

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
    cuts: the numbers of plain files that have to be looked at, once somebody has found out. measures: of runs of files.
    """

    __slots__ = ("columns", "cuts", "measures", "names", "others", "start")

    def __init__(self, start: str, names: list[str], columns: Columns, others: list[Other]) -> None:
        self.start = start
        self.names = names
        self.columns = columns
        self.others = others
        self.cuts: tuple[int, ...] | None = None
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


class Mixed(Exception):
    """Something below a directory is not just to be added up."""


class Store:
    """The directories below one, read when they are first asked for; what passes the limit is read again.

    jobs: how many processes may add up.
    """

    def __init__(self, top: str, jobs: int = 1) -> None:
        self.top = top
        self.jobs = jobs
        self.is_root = os.geteuid() == 0
        self._directories = Directories(top)
        self._known: dict[str, Directory] = {}
        self._room = MOST_HELD
        self._below: dict[str, Below] = {}
        self._mixed: set[str] = set()
        self._listed: tuple[str, int, Entries, bool] | None = None

    def directory(self, path: str, choice: Choice, progress: Callable[[int], None] | None) -> Directory:
        """Give a directory; *choice* says which of its files somebody is sent. Raises OSError where it may not."""
        return self._known.get(path) or self._keep(path, self._read(path, choice, progress))

    def _keep(self, path: str, found: Directory) -> Directory:
        """Keep a directory for whoever asks next, while there is room."""
        if self._room > len(found):
            self._room -= len(found) + 1
            self._known[path] = found
        return found

    def names(self, path: str) -> frozenset[str]:
        """Give the names in a directory that is no symlink, none where they cannot be told. It may well be read next,
        so that what was listed is kept for that."""
        known = self._known.get(path)
        if known is not None:
            return frozenset((*known.names, *(other.name for other in known.others)))
        try:
            descriptor = self._directories.open(path)
            self._listed = path, descriptor, *sorted_entries(descriptor)
        except (OSError, ValueError):
            return frozenset()
        return frozenset(entry.name for entry in self._listed[2])

    def attributes(self, path: str) -> tuple[Attributes, str]:
        """Give what there is to say of an entry, and a symlink's target. Raises FileNotFoundError where it is gone."""
        above, _, name = path.rpartition("/")
        descriptor = self._directories.open(above)
        status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        found = attributes_of(self._directories.full(above, descriptor) + name, status, self.is_root)
        is_link = stat.S_ISLNK(status.st_mode)
        return found, os.readlink(name, dir_fd=descriptor) if is_link else ""

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

    def forget_open(self) -> None:
        """Open directories anew: those that are open are another process's."""
        self._directories = Directories(self.top)
        self._listed = None

    def close(self) -> None:
        """Close what is open; everything can still be asked for."""
        self._directories.close()

    def below(self, path: str, scales: tuple[Scale, ...], progress: Callable[[int], None] | None) -> Below | None:
        """Add up all below a directory, as it is sent whole; None where something in it has a say of its own."""
        found = self._below.get(path)
        if found is not None and all(scale in found for scale in scales):
            return found
        if path in self._mixed:
            return None
        try:
            found = self._gathered(path, scales, progress)
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
        gather = _Gather(scales)
        stack = [self._parts(path, gather, progress)]
        while stack:
            below = next(stack[-1], None)
            if below is None:
                stack.pop()
            else:
                stack.append(self._parts(below, gather, progress))
        return gather.found()

    def _parts(self, path: str, gather: _Gather, progress: Callable[[int], None] | None) -> Iterator[str]:
        """Gather the entries of one directory, and give the path of each directory in it, in its turn."""
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
            if not _adds_up(other, below):
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
        descriptor = self._directories.open(path)
        entries, is_ascii = self._entries(path, descriptor)
        if progress is not None:
            progress(len(entries))
        start = f"{path}/" if path else ""
        full = self._directories.full(path, descriptor)
        reader = _Reader(start, full, self.is_root, is_ascii and path.isascii())
        reader.take(entries, None if choice is not None and choice.final else choice)
        return Directory(start, reader.names, reader.columns(), reader.others)

    def _entries(self, path: str, descriptor: int) -> tuple[Entries, bool]:
        """The entries as they were listed for their names, where they still ask the same descriptor, or listed now."""
        listed, self._listed = self._listed, None
        if listed is not None and listed[:2] == (path, descriptor):
            return listed[2], listed[3]
        return sorted_entries(descriptor)


class _Reader:
    """Divides the entries of one directory."""

    def __init__(self, start: str, full: str, is_root: bool, is_ascii: bool) -> None:
        self._start = start
        self._full = full
        self._is_root = is_root
        self._is_ascii = is_ascii
        self.names: list[str] = []
        self.others: list[Other] = []
        self._sizes, self._modified, self._modes = array("q"), array("q"), array("H")
        self._has_xattrs = functools.partial(os.listxattr, follow_symlinks=False) if knows_xattrs(full) else _none

    def take(self, entries: Entries, choice: Choice | None) -> None:
        # One loop, and nothing called for a plain file but the kernel: most of a large tree passes here.
        full, names, all_readable, is_ascii = self._full, self.names, self._is_root, self._is_ascii
        sizes, modified, modes = self._sizes.append, self._modified.append, self._modes.append
        entries.reverse()
        while entries:
            entry = entries.pop()  # and let go of it: it remembers what was asked, which adds up in a large directory
            name = entry.name
            if choice is not None and not (verdict := choice[name]).permitted:
                is_dir = entry.is_dir(follow_symlinks=False)
                if not (is_dir and verdict.enters):
                    self.others.append(Other(len(names), name, "dir" if is_dir else type_of(entry, None), None, ""))
                    continue
            try:
                status = entry.stat(follow_symlinks=False)
                if (
                    entry.is_file(follow_symlinks=False)
                    and status.st_nlink == 1
                    and (all_readable or status.st_mode & 0o444 == 0o444)
                    and 0 <= (time := status.st_mtime_ns) < LAST_PLAIN
                    and (size := status.st_size) < LARGEST_PLAIN
                    and (is_ascii or _is_utf8(name))
                    and not self._has_xattrs(full + name)
                ):
                    names.append(name)
                    sizes(size)
                    modified(time)
                    modes(status.st_mode)
                else:
                    self.others.append(self._other(entry, status))
            except FileNotFoundError:
                continue
            except OSError:  # of the extended attributes; else it is raised again
                self.others.append(self._other(entry, entry.stat(follow_symlinks=False)))

    def _other(self, entry: os.DirEntry[str], status: os.stat_result) -> Other:
        name = entry.name
        attributes = attributes_of(self._full + name, status, self._is_root)
        is_dir = entry.is_dir(follow_symlinks=False)
        kind: EntryType = "dir" if is_dir else type_of(entry, attributes)
        target = os.readlink(self._full + name) if kind == "symlink" else ""
        return Other(len(self.names), name, kind, attributes, target)

    def columns(self) -> Columns:
        start, names = self._start, self.names
        if self._is_ascii:
            before = len(start)
            lengths = array("I", [before + length for length in map(len, names)])
            is_odd = names and before + max(map(len, names)) >= ODD_LENGTH
            odd = {at: start + name for at, name in enumerate(names) if lengths[at] >= ODD_LENGTH} if is_odd else {}
        else:
            lengths = array("I", [len(os.fsencode(start + name)) for name in names])
            odd = {at: start + name for at, name in enumerate(names)}
        return Columns(lengths, self._sizes, self._modified, self._modes, bytearray(b"\1" * len(names)), odd)


class _Gather:
    """Adds up directories for some scales, a chunk at a time."""

    def __init__(self, scales: tuple[Scale, ...]) -> None:
        self._totals = {scale: Total() for scale in scales}
        self._columns = Columns()

    def files(self, columns: Columns, first: int, last: int) -> None:
        if first < last:
            self._columns.extend(columns, first, last)
            if len(self._columns) >= CHUNK:
                self._measure()

    def other(self, other: Other, path: str) -> None:
        """Add an entry that is no plain file."""
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
        self._measure()
        return {scale: total.measure() for scale, total in self._totals.items()}

    def _measure(self) -> None:
        if len(self._columns):
            for scale, total in self._totals.items():
                total.add(scale.columns(self._columns))
            self._columns = Columns()


def _adds_up(other: Other, path: str) -> bool:
    """Whether an entry has nothing to say but its size: no hard link, readable, its name text."""
    attributes = other.attributes
    if attributes is None or not attributes.readable or not _is_utf8(path):
        return False
    return other.type in ("dir", "symlink") or attributes.links == 1


def _none(path: str) -> list[str]:
    return []


def _is_utf8(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)
