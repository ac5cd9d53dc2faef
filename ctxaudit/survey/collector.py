"""What is kept of a walk over one selection: totals, what was found, the largest; never a record for each file."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from ctxaudit.builders import BUILDERS
from ctxaudit.builders.base import BuildSelection
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.ignore.pattern import literal
from ctxaudit.model import Entry, Node, Totals
from ctxaudit.rules.catalogue import catalogue
from ctxaudit.rules.finder import Finder
from ctxaudit.rules.kind import Kind
from ctxaudit.rules.slips import Slips
from ctxaudit.survey.path_list import Leaves
from ctxaudit.survey.plan import Plan
from ctxaudit.walk import Batch, Below, Directory, Measure, Scale, Tree

LARGEST = 10


class Taker(Protocol):
    """Takes what is sent.

    wants_each: each entry, also of directories that are waste, and of each build.
    """

    wants_each: bool

    def add(self, entry: Entry) -> None:
        """Take an entry."""

    def add_files(self, batch: Batch) -> None:
        """Take plain files, sent whole."""

    def add_below(self, path: str, measure: Measure) -> None:
        """Take all below a directory, sent whole."""


class Each:
    """Gives each entry to a function."""

    wants_each = True

    def __init__(self, take: Callable[[Entry], None]) -> None:
        self._take = take

    def add(self, entry: Entry) -> None:
        self._take(entry)

    def add_files(self, batch: Batch) -> None:
        for name, size in zip(batch.names, batch.sizes, strict=True):
            self._take(Entry(batch.start + name, "file", size, size))

    def add_below(self, path: str, measure: Measure) -> None:
        raise AssertionError("each entry is needed")


def ignored_entries(tree: Tree) -> frozenset[str]:
    """What git lists as ignored in the tree, nothing outside of a repository."""
    return tree.repository.ignored_entries if tree.repository is not None else frozenset()


class Kinds:
    """What evidence says of the places of trees, each asked once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Tree, str], Kind | None] = {}

    def of(self, tree: Tree, node: Node) -> Kind | None:
        """Give the kind of an entry that is a candidate."""
        key = tree, node.path
        if key not in self._known:
            place = tree.place(node.path, tree.repository, node)
            self._known[key] = catalogue().kind_of(place, ignored=node.path in ignored_entries(tree))
        return self._known[key]


class Pass:
    """Takes the nodes and sums of a walk, in order.

    wanted: paths of which it is asked whether they arrive; arrived: those that do, filled: those below which something
    does. collect: keeps leaves, each path that is sent, is no
    directory and in no finding, and excluded, what the ignore file leaves out, a directory for all below it.
    """

    def __init__(
        self,
        plan: Plan,
        selection: BuildSelection,
        kinds: Kinds,
        *,
        wanted: frozenset[str] = frozenset(),
        slips: Slips | None = None,
        collect: bool = False,
        takers: Sequence[Taker] = (),
    ) -> None:
        self.collects = collect
        self.leaves, self.excluded = Leaves(), Leaves()
        self.emptied: list[Entry] = []
        self.unreadable: list[Entry] = []
        self.not_utf8: list[str] = []
        self.arrived: set[str] = set()
        self.filled: set[str] = set()
        self.classic = _ClassicLoss(plan)
        ignored = ignored_entries(plan.tree)
        self.finder = Finder(catalogue(), ignored)
        self._ignored_in = _by_directory(ignored)
        self.slips = slips
        self._plan = plan
        self._kinds = kinds
        self._selection = selection
        self._scale = plan.build.builder.scale
        scales = [self._scale, *(builder.scale for builder in BUILDERS.values() if collect)]
        self.scales: tuple[Scale, ...] = tuple(dict.fromkeys(scales))
        self._receiver = plan.receiver(selection)
        self._files = self._bytes = 0
        self._wanted = wanted
        self._wanted_in = _by_directory(wanted)
        self._takers = takers
        self._heap: list[tuple[int, str, Entry]] = []

    @property
    def totals(self) -> Totals:
        transfer = 0 if self._plan.is_fetched else self._receiver.transfer_bytes
        return Totals(self._files, self._bytes, transfer)

    @property
    def largest(self) -> tuple[Entry, ...]:
        """The largest files that are sent and in no finding, the largest first."""
        return tuple(entry for *_, entry in sorted(self._heap, key=lambda row: (-row[0], str(row[1]))))

    def see(self, node: Node) -> None:
        """Take the next node."""
        if self.collects and not node.permitted and not node.entered:
            self.excluded.add(node.path)
        if self.finder.wants(node):
            kind = self._kinds.of(self._plan.tree, node)
            if kind is not None:
                self.finder.add(node, kind, literal(node.path) or "")
        self.classic.see(node)
        for entry in self._receiver.receive(node):
            self._count(entry, node)

    def foresees(self, node: Node) -> bool:
        """Whether a directory of this node will most likely close: it is waste, and nobody asks about what is in it."""
        start, name = node.path.rpartition("/")[0], node.path.rpartition("/")[2]
        if self.slips is not None and self.slips.any and not self.slips.cuts(start, [name]):
            return False
        if any(taker.wants_each for taker in self._takers) or any(
            one.startswith(f"{node.path}/") for one in self._wanted
        ):
            return False
        kind = self._kinds.of(self._plan.tree, node) if catalogue().is_candidate(node.path, "dir") else None
        return kind is not None and kind.severity != "note"

    def closes(self, path: str) -> bool:
        """Whether nothing is wanted of a directory but what it adds up to: all of it is one finding's."""
        start = f"{path}/"
        return (
            not any(taker.wants_each for taker in self._takers)
            and not self.finder.asks_in(start)
            and not self.classic.holds(start)
            and (self.slips is None or not self.slips.any or self.slips.holds(start))
            and not any(one.startswith(start) for one in self._wanted)
        )

    def add_below(self, path: str, below: Below, kept: bool) -> None:
        """Take all below such a directory."""
        if kept:
            measure = below[self._scale]
            self._add(f"{path}/", measure)
            for taker in self._takers:
                taker.add_below(path, measure)

    def cuts(self, directory: Directory) -> Sequence[int]:
        """The numbers of the plain files of a directory that are looked at one by one."""
        start, names = directory.start, directory.names
        if directory.cuts is None:
            asks, sizes = catalogue().is_candidate_file, directory.columns.sizes
            files = enumerate(zip(names, sizes, strict=True))
            directory.cuts = tuple(number for number, (name, size) in files if asks(start, name, size))
        found = directory.cuts if self.finder.asks_in(start) else ()
        if found is directory.cuts and start in self._ignored_in:
            found = (*found, *(names.index(name) for name in self._ignored_in[start] if name in names))
        wanted = [names.index(name) for name in self._wanted_in.get(start, ()) if name in names]
        slipping = self.slips.cuts(start, names) if self.slips is not None else []
        return sorted({*found, *wanted, *slipping}) if wanted or slipping or found is not directory.cuts else found

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        """Take plain files with one verdict, none of them looked at one by one."""
        if not permitted:
            for name in batch.names if self.collects else ():
                self.excluded.add(batch.start + name)
        if not kept:
            return
        belongs = self._add(batch.start, batch.measure(self._scale))
        for taker in self._takers:
            taker.add_files(batch)
        if self.classic.holds(batch.start):
            self.classic.lost += [batch.start + name for name in batch.names]
        if not belongs:
            self._keep_largest(batch)
            if self.collects:
                self.leaves.add_files(batch.start[:-1], batch.names)

    def _add(self, start: str, measure: Measure) -> bool:
        """Count what was measured, and say whether it belongs to a finding."""
        self._files += measure.files
        self._bytes += measure.content
        self._receiver.add(measure)
        if self.slips is not None:
            self.slips.add(start, measure.content)
        if self._wanted and measure.fixed:
            self.filled.update(path for path in ancestry(start[:-1]) if path in self._wanted)
        return self.finder.add_files(start, measure.files, measure.content)

    def _count(self, entry: Entry, node: Node) -> None:
        for taker in self._takers:
            taker.add(entry)
        if not entry.path.isascii() and any("\ud800" <= char <= "\udfff" for char in entry.path):
            self.not_utf8.append(entry.path)
        if self._wanted:
            self.filled.update(path for path in ancestry(entry.path)[:-1] if path in self._wanted)
            self.arrived.update({entry.path} & self._wanted)
        belongs = self.finder.count(entry)
        if self.slips is not None and self.slips.any:
            self.slips.see(entry, belongs)
        if entry.type != "dir":
            self._count_leaf(entry, node, belongs)

    def _count_leaf(self, entry: Entry, node: Node, belongs: bool) -> None:
        self._files += 1
        self._bytes += entry.content_bytes
        if entry.size and not entry.content_bytes and entry.type == "file":
            self._note_empty(entry, node)
        if not belongs:
            self._push(entry)
            if self.collects:
                self.leaves.add(entry.path)

    def _keep_largest(self, batch: Batch) -> None:
        if len(self._heap) == LARGEST and max(batch.sizes) < self._heap[0][0]:
            return
        for name, size in zip(batch.names, batch.sizes, strict=True):
            self._push(Entry(batch.start + name, "file", size, size))

    def _push(self, entry: Entry) -> None:
        if len(self._heap) < LARGEST:
            heapq.heappush(self._heap, (entry.content_bytes, _Backwards(entry.path), entry))
        elif entry.content_bytes >= self._heap[0][0]:
            heapq.heappushpop(self._heap, (entry.content_bytes, _Backwards(entry.path), entry))

    def _note_empty(self, entry: Entry, node: Node) -> None:
        if not self._selection.opens(entry.path):
            self.emptied.append(entry)
        elif node.attributes is not None and not node.attributes.readable:
            self.unreadable.append(entry)


def _by_directory(paths: Iterable[str]) -> dict[str, list[str]]:
    """The names in each directory, by how their paths start."""
    found: dict[str, list[str]] = {}
    for path in paths:
        above, slash, name = path.rpartition("/")
        found.setdefault(above + slash, []).append(name)
    return found


class _ClassicLoss:
    """Collects what BuildKit is sent and the classic builder is not: it does not enter the directory above."""

    def __init__(self, plan: Plan) -> None:
        exceptions = () if plan.build.builder.enters_by_name else plan.matcher.exceptions
        self._starts = tuple(f"{pattern.text}/" for pattern in exceptions)
        self._closed = ""
        self.lost: list[str] = []

    def holds(self, start: str) -> bool:
        """Whether what has a path that starts so is lost."""
        return bool(self._closed) and start.startswith(self._closed)

    def see(self, node: Node) -> None:
        if not self._starts:
            return
        if self._closed and not node.path.startswith(self._closed):
            self._closed = ""
        if node.permitted and self._closed and node.type != "dir":
            self.lost.append(node.path)
        if node.entered and not node.permitted and not self._closed:
            below = f"{node.path}/"
            self._closed = "" if any(start.startswith(below) for start in self._starts) else below


class _Backwards(str):
    """Text that sorts from z to a, so that of equal sizes the first path stays on the heap."""

    def __lt__(self, other: str) -> bool:
        return str(self) > str(other)
