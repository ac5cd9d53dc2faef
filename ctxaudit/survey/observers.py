"""What watches a walk over one selection: each observer keeps one thing, never a record for each file."""

from __future__ import annotations

import heapq
import stat
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import Entry, Node
from ctxaudit.survey.path_list import PathList
from ctxaudit.walk import Batch, Measure, is_utf8

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection

LARGEST = 10
_CHECKED_OUT = frozenset((stat.S_IFREG | 0o644, stat.S_IFREG | 0o755))  # with the usual umask
_CANDIDATES = 8
_ENOUGH = 2000  # files


class Observer:
    """Watches a walk, in its order; every method does nothing unless a kind of observer says otherwise.

    Of a directory `a` with `a/x.txt`, `a/y.txt` and a symlink `a/z`, an observer gets `see` and `add` of `a`, then
    `add_files` with both files, then `see` and `add` of `a/z`. Of a directory that is one finding, as `node_modules`,
    it gets `see` and `add`, then `add_below` for everything in it, unless an observer needs each entry.

    is_of_one_build: it watches one build, so that what another build's walk kept does not do.
    """

    is_of_one_build = False

    def needs_each(self, start: str) -> bool:
        """Whether entries whose paths start so, those of a directory that is sent whole, have to come one by one."""
        return False

    def may_need_each(self, path: str) -> bool:
        """Whether `needs_each` is likely to say so once the walk is there; a wrong guess costs time alone."""
        return self.needs_each(f"{path}/")

    def needs_node(self, start: str, names: Sequence[str]) -> Iterable[int]:
        """Give the numbers of the plain files of a directory that have to come one by one."""
        return ()

    def see(self, node: Node) -> None:
        """Take a node, be it sent or not, before what arrives with it."""

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        """Take an entry that arrives with a node. is_found: it belongs to a finding."""

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        """Take plain files that arrive."""

    def add_below(self, path: str, measure: Measure) -> None:
        """Take all below a directory, of which everything arrives."""

    def omit_files(self, batch: Batch) -> None:
        """Take plain files that the ignore file excludes."""


class Each(Observer):
    """Gives each entry that arrives to a function, also those of directories that are a finding."""

    is_of_one_build = True

    def __init__(self, take: Callable[[Entry], None]) -> None:
        self._take = take

    def needs_each(self, start: str) -> bool:
        return True

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        self._take(entry)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        for name, size in zip(batch.names, batch.sizes, strict=True):
            self._take(Entry(batch.start + name, "file", size, size))


class Largest(Observer):
    """Keeps the largest files that arrive and are in no finding: of equal sizes the first ones by name."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str, Entry]] = []

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The largest first."""
        return tuple(entry for *_, entry in sorted(self._heap, key=lambda row: (-row[0], str(row[1]))))

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        if entry.type != "dir" and not is_found:
            self._push(entry)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        # Most directories of a large tree hold nothing as large as the tenth so far: one comparison is enough.
        if is_found or (len(self._heap) == LARGEST and max(batch.sizes) < self._heap[0][0]):
            return
        for name, size in zip(batch.names, batch.sizes, strict=True):
            self._push(Entry(batch.start + name, "file", size, size))

    def _push(self, entry: Entry) -> None:
        if len(self._heap) < LARGEST:
            heapq.heappush(self._heap, (entry.content_bytes, _Backwards(entry.path), entry))
        elif entry.content_bytes >= self._heap[0][0]:
            heapq.heappushpop(self._heap, (entry.content_bytes, _Backwards(entry.path), entry))


class _Backwards(str):
    """A string that sorts from z to a, so that of equal sizes the first path stays on the heap."""

    def __lt__(self, other: str) -> bool:
        return str(self) > str(other)


class Undelivered(Observer):
    """Keeps what is sent and does not arrive as it is.

    emptied: files without their content, as the two verdicts of BuildKit disagree about them. unreadable: files that
    may not be read. not_utf8: paths that a message of gRPC cannot hold.
    """

    def __init__(self, selection: BuildSelection) -> None:
        self._selection = selection
        self.emptied: list[Entry] = []
        self.unreadable: list[Entry] = []
        self.not_utf8: list[str] = []

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        # Plain files never come here for one of the three: a column holds readable files of valid names alone, and the
        # walk gives those whose content is not sent one by one.
        if not is_utf8(entry.path):
            self.not_utf8.append(entry.path)
        if entry.type != "file" or not entry.size or entry.content_bytes:
            return
        if not self._selection.content_sent(entry.path):
            self.emptied.append(entry)
        elif node.attributes is not None and not node.attributes.readable:
            self.unreadable.append(entry)


class Arrivals(Observer):
    """Says of the paths that instructions name whether they arrive, and whether anything below them does."""

    def __init__(self, named: Iterable[str]) -> None:
        self._named = frozenset(named)
        self._names = names_by_directory(self._named)
        self.arrived: set[str] = set()
        self.filled: set[str] = set()

    def needs_each(self, start: str) -> bool:
        return any(path.startswith(start) for path in self._named)

    def needs_node(self, start: str, names: Sequence[str]) -> Iterable[int]:
        return (names.index(name) for name in self._names.get(start, ()) if name in names)

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        self.filled.update(self._named.intersection(ancestry(entry.path)[:-1]))
        if entry.path in self._named:
            self.arrived.add(entry.path)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        self.filled.update(self._named.intersection(ancestry(batch.start[:-1])))

    def add_below(self, path: str, measure: Measure) -> None:
        if measure.fixed:  # bytes of the transfer: 0 where nothing is below
            self.filled.update(self._named.intersection(ancestry(path)))


class ClassicLoss(Observer):
    """Collects what BuildKit is sent and the classic builder is not: it does not enter the directory above.

    Of `web` and `!*/app.js`, BuildKit walks into `web` and finds `web/app.js`. The classic builder enters an excluded
    directory only where an exception starts with its name, as `!web/app.js` does.
    Source: moby/go-archive ae9e219, `Tarballer.Do`.
    """

    def __init__(self, exceptions: Iterable[DockerignorePattern]) -> None:
        self._starts = tuple(f"{pattern.text}/" for pattern in exceptions)
        self._closed = ""
        self.lost: list[str] = []

    def needs_each(self, start: str) -> bool:
        return self._is_lost(start)

    def see(self, node: Node) -> None:
        if self._closed and not node.path.startswith(self._closed):
            self._closed = ""
        if node.permitted and self._closed and node.type != "dir":
            self.lost.append(node.path)
        if node.entered and not node.permitted and not self._closed:
            below = f"{node.path}/"
            # Below it the walk goes on for BuildKit; whether the classic builder would have entered is decided here,
            # once.
            self._closed = "" if any(start.startswith(below) for start in self._starts) else below

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        if self._is_lost(batch.start):
            self.lost += [batch.start + name for name in batch.names]

    def _is_lost(self, start: str) -> bool:
        return bool(self._closed) and start.startswith(self._closed)


class Stamps(Observer):
    """Keeps of what arrives and is in no finding the modes that no checkout has, and the time that most files have.

    tracks: whether git tracks a path; it is asked for files of an odd mode alone.
    """

    def __init__(self, tracks: Callable[[str], bool]) -> None:
        self._tracks = tracks
        self.modes: dict[int, tuple[int, str]] = {}
        self.files = 0
        # Of each time that may be that of most files a lower bound of how many have it (Misra and Gries, 1982).
        self.times: dict[int, int] | None = {}

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        if entry.type == "file" and node.attributes is not None and not is_found:
            self._take_mode(entry.path, stat.S_IMODE(node.attributes.mode))
            self._take_times((node.attributes.modified,))

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        if is_found:
            return
        columns = batch.directory.columns
        modes = columns.modes[batch.first : batch.last]
        if not _CHECKED_OUT.issuperset(modes):
            for name, mode in zip(batch.names, modes, strict=True):
                self._take_mode(batch.start + name, stat.S_IMODE(mode))
        self._take_times(columns.modified[batch.first : batch.last])

    def _take_mode(self, path: str, mode: int) -> None:
        if mode | stat.S_IFREG not in _CHECKED_OUT and self._tracks(path):
            count, first = self.modes.get(mode, (0, path))
            self.modes[mode] = count + 1, first

    def _take_times(self, times: Sequence[int]) -> None:
        self.files += len(times)
        if self.times is None:
            return
        for time, count in Counter(times).items():
            if time in self.times or len(self.times) < _CANDIDATES:
                self.times[time] = self.times.get(time, 0) + count
            else:
                least = min(count, *self.times.values())
                self.times = {one: known - least for one, known in self.times.items() if known > least}
                if count > least:
                    self.times[time] = count - least
        if self.files > _ENOUGH and max(self.times.values(), default=0) * 5 < self.files:
            self.times = None  # most files of the rest may have one; it is not worth to go on


class Paths(Observer):
    """Keeps the paths that a proposal asks for.

    leaves: what arrives, is not a directory and in no finding. excluded: what the ignore file excludes, a directory for
    all below it.
    """

    def __init__(self) -> None:
        self.leaves, self.excluded = PathList(), PathList()

    def see(self, node: Node) -> None:
        if not node.permitted and not node.entered:
            self.excluded.add(node.path)

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        if entry.type != "dir" and not is_found:
            self.leaves.add(entry.path)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        if not is_found:
            self.leaves.add_files(batch.start[:-1], batch.names)

    def omit_files(self, batch: Batch) -> None:
        self.excluded.add_files(batch.start[:-1], batch.names)


def names_by_directory(paths: Iterable[str]) -> dict[str, list[str]]:
    """Give the names in each directory, by how their paths start."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        above, slash, name = path.rpartition("/")
        found[above + slash].append(name)
    return found
