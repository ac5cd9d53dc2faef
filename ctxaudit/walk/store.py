"""Directories as they were read, each once, and what is below one added up."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from ctxaudit.model import Attributes, Node
from ctxaudit.walk.choice import Choice
from ctxaudit.walk.columns import LAST_PLAIN, Columns, Measure, Scale, Total
from ctxaudit.walk.directory import Directory, Other, is_utf8, read
from ctxaudit.walk.disk import Directories, Entries, attributes_of, depth_first, sorted_entries

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
        descriptor = self._directories.open(path)
        listed, self._listed = self._listed, None
        # What was listed for its names serves, as long as its entries still ask the same descriptor.
        is_listed = listed is not None and listed[:2] == (path, descriptor)
        entries, is_ascii = listed[2:] if listed is not None and is_listed else sorted_entries(descriptor)
        if progress is not None:
            progress(len(entries))
        start, full = f"{path}/" if path else "", self._directories.full(path, descriptor)
        chosen = None if choice is not None and choice.uniform_below else choice
        is_all_ascii = is_ascii and path.isascii()
        return read(start, full, entries, chosen, is_root=self.is_root, is_ascii=is_all_ascii)
