"""What is kept of a walk over one selection: its totals, its findings, and what its observers keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ctxaudit.ignore import literal
from ctxaudit.model import Node, Totals
from ctxaudit.rules.catalogue import Finder, catalogue
from ctxaudit.rules.evidence import Kind
from ctxaudit.survey.contents import Contents
from ctxaudit.survey.observers import (
    Arrivals,
    ClassicLoss,
    Largest,
    Observer,
    Paths,
    Stamps,
    Undelivered,
    names_by_directory,
)
from ctxaudit.survey.plan import Plan
from ctxaudit.survey.slips import Slips
from ctxaudit.walk import Batch, Below, Directory, Measure, Scale, Tree

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection, Receiver


class Counter:
    """Adds up what a receiver gives; nothing has to come one by one."""

    collects = False

    def __init__(self, receiver: Receiver, scale: Scale) -> None:
        self.scales: tuple[Scale, ...] = (scale,)
        self._receiver = receiver
        self._scale = scale
        self._files = self._bytes = 0

    @property
    def totals(self) -> Totals:
        return Totals(self._files, self._bytes, self._receiver.transfer_bytes)

    def see(self, node: Node) -> None:
        """Take the next node."""
        for entry in self._receiver.receive(node):
            self._files += entry.type != "dir"
            self._bytes += entry.content_bytes

    def may_aggregate(self, node: Node) -> bool:
        return False

    def aggregates(self, path: str) -> bool:
        return True

    def add_below(self, path: str, below: Below, kept: bool) -> None:
        if kept:
            self._count(below[self._scale])

    def needs_node(self, directory: Directory) -> Sequence[int]:
        return ()

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        if kept:
            self._count(batch.measure(self._scale))

    def _count(self, measure: Measure) -> None:
        self._files += measure.files
        self._bytes += measure.content
        self._receiver.add(measure)


def ignored_entries(tree: Tree) -> frozenset[str]:
    """Return what git lists as ignored in the tree, nothing outside of a repository."""
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


class Collector(Counter):
    """Counts what a walk over one selection lets through, finds what the catalogue knows, and informs observers.

    used: paths that instructions name; named: those that they mean by name. searches: content is searched for
    secrets. collect: with the paths that a proposal asks for. Where nobody needs a part for this build it stays None,
    so that the walk asks the others alone.
    """

    def __init__(
        self,
        plan: Plan,
        selection: BuildSelection,
        kinds: Kinds,
        *,
        used: frozenset[str] = frozenset(),
        searches: bool = False,
        named: frozenset[str] = frozenset(),
        slips: Slips | None = None,
        collect: bool = False,
        observers: Sequence[Observer] = (),
    ) -> None:
        super().__init__(plan.receiver(selection), plan.build.builder.scale)
        # A proposal is proved for every builder, so that what is below a directory is measured for all at once.
        scales = (builder.scale for builder in plan.build.proved)
        self.scales = tuple(dict.fromkeys((self._scale, *scales))) if collect else (self._scale,)
        self.collects = collect
        ignored = ignored_entries(plan.tree)
        self.finder = Finder(catalogue(), ignored)
        self.largest = Largest()
        self.undelivered = Undelivered(selection)
        self.arrivals = Arrivals(used) if used else None
        self.slips = slips if slips is not None and slips.any else None
        exceptions = () if plan.build.builder.enters_by_name else plan.matcher.exceptions
        self.classic = ClassicLoss(exceptions) if exceptions else None
        repository = plan.tree.repository
        self.stamps = Stamps(repository.tracks) if repository is not None else None
        self.paths = Paths() if collect else None
        self.contents = Contents(self.finder, named) if searches else None
        own = (
            self.contents,
            self.undelivered,
            self.arrivals,
            self.slips,
            self.classic,
            self.largest,
            self.paths,
            self.stamps,
        )
        self._observers = [observer for observer in (*observers, *own) if observer is not None]
        self._tree = plan.tree
        self._kinds = kinds
        self._ignored_in = names_by_directory(ignored)

    def see(self, node: Node) -> None:
        """Take the next node."""
        self.finder.go_to(node.path)
        if self.finder.asks(node):
            kind = self._kinds.of(self._tree, node)
            if kind is not None:
                self.finder.add(node, kind, literal(node.path) or "")
        for observer in self._observers:
            observer.see(node)
        for entry in self._receiver.receive(node):
            self._files += entry.type != "dir"
            self._bytes += entry.content_bytes
            is_found = self.finder.count(entry)
            for observer in self._observers:
                observer.add(entry, node, is_found)

    def may_aggregate(self, node: Node) -> bool:
        """Whether a directory of this node will most likely close: it is a finding, and nobody needs what is in it."""
        # What is guessed here is only read ahead; `aggregates` decides once the walk is there.
        if any(observer.may_need_each(node.path) for observer in self._observers):
            return False
        kind = self._kinds.of(self._tree, node) if catalogue().is_candidate(node.path, "dir") else None
        return kind is not None and kind.severity != "note"

    def aggregates(self, path: str) -> bool:
        """Whether nobody needs of a directory anything but what it adds up to: all of it is one finding's."""
        start = f"{path}/"
        return not self.finder.asks_in(start) and not any(one.needs_each(start) for one in self._observers)

    def add_below(self, path: str, below: Below, kept: bool) -> None:
        """Take all below such a directory."""
        if kept:
            measure = below[self._scale]
            self._count(measure)
            self.finder.add_files(f"{path}/", measure.files, measure.content)
            for observer in self._observers:
                observer.add_below(path, measure)

    def needs_node(self, directory: Directory) -> Sequence[int]:
        """Return the numbers of the plain files of a directory that come one by one: any of them may be a finding."""
        start, names = directory.start, directory.names
        # Asked once for each directory, whoever walks: the answer depends on names and sizes alone.
        if directory.candidates is None:
            asks, sizes = catalogue().is_candidate_file, directory.columns.sizes
            files = enumerate(zip(names, sizes, strict=True))
            directory.candidates = tuple(number for number, (name, size) in files if asks(start, name, size))
        found = set[int]()
        if self.finder.asks_in(start):
            found.update(directory.candidates)
            found.update(names.index(name) for name in self._ignored_in.get(start, ()) if name in names)
        for observer in self._observers:
            found.update(observer.needs_node(start, names))
        return sorted(found)

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        """Take plain files with one verdict, none of which comes one by one."""
        if not permitted:
            for observer in self._observers:
                observer.omit_files(batch)
        if kept:
            measure = batch.measure(self._scale)
            self._count(measure)
            is_found = self.finder.add_files(batch.start, measure.files, measure.content)
            for observer in self._observers:
                observer.add_files(batch, measure, is_found)
