"""The walk that hands on in bulk what is plain: runs of files with one verdict, directories of which all is sent.

Of `node_modules`, `docs/a.md`, `docs/b.md` and `src/x.c`, with the pattern `docs/*.md`: the root gives three nodes;
`node_modules` is one finding, permitted with all below, and only added up; `docs` is entered, and its two files are
handed on together as excluded; `src` is entered, as a name in it may be a finding. Had the pattern been
`docs`, that directory would be pruned: excluded, with no exception that could bring back anything below. With `!docs/k`
behind it, `docs` would be excluded and still entered, and its node given, as its files may arrive with it.
"""

from __future__ import annotations

import marshal
import mmap
import operator
import os
import select
import struct
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

from ctxaudit.errors import CtxauditError
from ctxaudit.model import Attributes, Node
from ctxaudit.values import frozen
from ctxaudit.walk.disk import (
    Below,
    Choice,
    Directory,
    Measure,
    Other,
    Scale,
    Selection,
    Store,
    check_readable,
    depth_first,
    refused,
)

if TYPE_CHECKING:
    from ctxaudit.processes import Copy

# Directories that a walk will close, added up before it: by this process, or where that takes long by helpers.
#
# A helper costs little but pays late, so that some are started once this process has added up a good many entries. They
# take what is left from one pipe, and hand back their sums: what is said is the same, byte for byte. Each may change
# its
# working directory as it likes, which this process, part of somebody's program, may not.

ENOUGH = 20_000  # entries that this process adds up before helpers are worth it
PARTS = 64  # into which the work is divided, where there are as many directories
_TICKETS = 1000  # into which the parts go: the smallest pipe that the kernel may give holds them
_LOOK = 100  # milliseconds between two looks at how far the helpers are
_TICKET = struct.Struct("<H")
_PIECE = 65_536

Progress = Callable[[int], None]


def _add_up(store: Store, tops: list[str], scales: tuple[Scale, ...], progress: Progress | None, jobs: int) -> None:
    """Add up directories, so that the store knows all below each. Raises CtxauditError where a helper dies.

    jobs: how many helpers there may be.
    """
    parts, count = _divided(store, tops), _Count(progress)
    while parts:
        # Most trees are done by then: a fork costs some milliseconds, and more with the memory of the caller.
        if count.entries >= ENOUGH and (helpers := _worthwhile(min(jobs, len(parts)))) > 1:
            _shared(store, _ticketed(list(parts)), scales, count, helpers)
            return
        store.below(parts.popleft(), scales, count)


def _worthwhile(most: int) -> int:
    from ctxaudit.processes import processors

    return min(most, processors()) if most > 1 else 1


class _Count:
    """Counts entries, for a progress line as well."""

    def __init__(self, progress: Progress | None) -> None:
        self.entries = 0
        self._progress = progress

    def __call__(self, entries: int) -> None:
        self.entries += entries
        if self._progress is not None:
            self._progress(entries)


def _divided(store: Store, paths: list[str]) -> deque[str]:
    """Divide directories that are few: what is in one of them is known before it is asked for itself."""
    pending, small = deque(paths), list[str]()
    while pending and len(pending) + len(small) < PARTS:
        path = pending.popleft()
        inner = store.inner(path)
        pending += inner
        small += [] if inner else [path]
    return deque([*small, *pending])


def _ticketed(parts: list[str]) -> list[list[str]]:
    """Put neighbours together, so that there is a ticket for all."""
    size = -(-len(parts) // _TICKETS)
    return [parts[first : first + size] for first in range(0, len(parts), size)]


class _Work(NamedTuple):
    """What the helpers share. counts: how many entries each has met."""

    store: Store
    parts: list[list[str]]
    scales: tuple[Scale, ...]
    tickets: int
    counts: memoryview


def _shared(store: Store, parts: list[list[str]], scales: tuple[Scale, ...], count: _Count, helpers: int) -> None:
    """Let helpers add up the parts."""
    tickets, out = os.pipe()
    os.write(out, b"".join(map(_TICKET.pack, range(len(parts)))))
    os.close(out)
    work = _Work(store, parts, scales, tickets, memoryview(mmap.mmap(-1, 8 * helpers)).cast("Q"))
    started: list[Copy] = []
    try:
        started.extend(_started(work, number) for number in range(helpers))
        answers = _answers(started, work.counts, count)
    except BaseException:
        for helper in started:
            helper.kill()
        raise
    finally:
        os.close(tickets)
        ends = [helper.end() for helper in started]
    for message, status in zip(answers, ends, strict=True):
        _take(store, scales, message, status)


def _started(work: _Work, number: int) -> Copy:
    from ctxaudit.processes import copied

    def help_out(stream: BinaryIO) -> None:
        marshal.dump(_added_up(work, number), stream)

    return copied(help_out)


def _added_up(work: _Work, number: int) -> tuple[Any, list[str], str]:
    """The sums of the parts that nobody else took, what is mixed, and what went wrong."""

    def progress(entries: int) -> None:
        work.counts[number] += entries

    try:
        work.store.work_alone()
        sums = {path: work.store.below(path, work.scales, progress) for path in _taken(work.parts, work.tickets)}
    except Exception as error:  # noqa: BLE001 (the first process says so)
        return [], [], f"{type(error).__name__}: {error}"
    answers = [(path, _packed(below, work.scales)) for path, below in sums.items() if below is not None]
    return answers, work.store.mixed(), ""


def _taken(parts: list[list[str]], tickets: int) -> Iterator[str]:
    """Give the parts whose tickets nobody else has taken."""
    while ticket := os.read(tickets, _TICKET.size):
        yield from parts[_TICKET.unpack(ticket)[0]]


def _packed(below: dict[Scale, Measure], scales: tuple[Scale, ...]) -> list[tuple[int, int, int, bytes]]:
    measures = (below[scale] for scale in scales)
    return [(measure.files, measure.content, measure.fixed, measure.packets.tobytes()) for measure in measures]


def _measure(files: int, content: int, fixed: int, packets: bytes) -> Measure:
    return Measure(files, content, fixed, array("I", packets))


def _answers(helpers: list[Copy], counts: memoryview, count: _Count) -> list[bytes]:
    """Read what each helper says, and count meanwhile what they meet."""
    answers = {helper.answer: bytearray() for helper in helpers}
    poll, pending, counted = select.poll(), set(answers), 0
    for results in answers:
        poll.register(results, select.POLLIN)
    while pending:
        for results, _ in poll.poll(_LOOK):
            piece = os.read(results, _PIECE)
            answers[results] += piece
            if not piece:
                poll.unregister(results)
                pending.remove(results)
        counted, before = sum(counts), counted
        count(counted - before)
    return list(map(bytes, answers.values()))


def _take(store: Store, scales: tuple[Scale, ...], answers: bytes, status: int) -> None:
    """Let the store know what a helper found."""
    if status:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        raise CtxauditError(f"a process that helps to add up directories {how}", fix="keep to one with --jobs 1")
    sums, mixed, trouble = marshal.loads(answers)
    if trouble:
        raise CtxauditError(f"a process that helps to add up directories failed: {trouble}", fix="report this")
    for path, measures in sums:
        rows = zip(scales, measures, strict=True)
        store.know(path, {scale: _measure(*numbers) for scale, numbers in rows})
    store.know_mixed(mixed)


_flags = operator.attrgetter("kept", "permitted", "content_sent")


@frozen
class Batch:
    """Plain files of one directory that follow one another: those numbered from *first* to before *last*."""

    directory: Directory
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def start(self) -> str:
        """How the paths begin: the directory's path with its slash, "" for the root."""
        return self.directory.start

    @property
    def names(self) -> Sequence[str]:
        return self.directory.names[self.first : self.last]

    @property
    def sizes(self) -> Sequence[int]:
        return self.directory.columns.sizes[self.first : self.last]

    def measure(self, scale: Scale) -> Measure:
        """Measure the files; the directory remembers what each run of them comes to."""
        known, key = self.directory.measures, (self.first, self.last, scale)
        if key not in known:
            known[key] = scale.columns(self.directory.columns.part(self.first, self.last))
        return known[key]

    def nodes(self, kept: bool, permitted: bool) -> Iterator[Node]:
        """Give each file as a node of its own."""
        columns = self.directory.columns
        for number in range(self.first, self.last):
            size, modified, state = columns.sizes[number], columns.modified[number], columns.states[number]
            attributes = Attributes(columns.modes[number], size, modified, 0, 1, (0, 0), (), readable=True, state=state)
            path = self.start + self.directory.names[number]
            yield Node(path, "file", kept, permitted, False, attributes if permitted else None, "")


class Sums(Protocol):
    """Takes what is plain of a walk in bulk.

    scales: how directories that are aggregated are measured. collects: it also takes what the ignore file excludes.
    """

    scales: tuple[Scale, ...]
    collects: bool

    def may_aggregate(self, node: Node) -> bool:
        """Whether the directory of a node is likely to be aggregated; `aggregates` decides once the walk is there."""

    def aggregates(self, path: str) -> bool:
        """Whether to aggregate the sizes of a directory whose entries nobody needs one by one.

        Its node was given, and all below it is permitted, and kept or not, as it is itself.
        """

    def add_below(self, path: str, below: Below, kept: bool) -> None:
        """Take all below such a directory."""

    def needs_node(self, directory: Directory) -> Sequence[int]:
        """Return the numbers of the plain files of a directory that need a node, in order."""

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        """Take plain files; content and all where they are kept."""


@frozen
class BulkWalk:
    """Gives what needs a node, in the order of the walk, and hands the rest to *sums* in the same order."""

    _store: Store
    _selection: Selection
    _sums: Sums
    _progress: Progress | None

    def nodes(self, jobs: int = 1) -> Iterator[Node]:
        """Walk; raises TreeError as the plain walk does.

        jobs: how many processes may add up directories ahead of the walk; they are forked from this one.
        """
        # A fork is cheap as long as this process holds little: so before the walk, and never during it.
        if jobs > 1 and (tops := list(self._likely_aggregated())):
            _add_up(self._store, tops, self._sums.scales, self._progress, jobs)
        try:
            for node, _ in depth_first(self._visited("", self._selection.root), self._inside):
                yield node
        finally:
            self._store.close()

    def _inside(self, visit: tuple[Node, Choice]) -> Iterator[tuple[Node, Choice]] | None:
        """Visit what is in a directory, unless all of it was added up, or nothing in it matters."""
        node, choice = visit
        return self._visited(node.path, choice) if node.entered and not self._aggregated(node, choice) else None

    def _likely_aggregated(self) -> Iterator[str]:
        """Give the directories that are likely to be aggregated, as far as what is on the way to them has room."""
        pending = deque([("", self._selection.root)])
        while pending:
            # Breadth first: what is large and a finding, as node_modules, mostly lies near the root.
            path, choice = pending.popleft()
            directory = self._store.read_ahead(path, choice, self._progress)
            if directory is None:
                continue
            for other in directory.others:
                at, verdict = directory.start + other.name, choice[other.name]
                if other.type != "dir" or not verdict.descends:
                    continue
                is_likely = verdict.uniform_below and self._sums.may_aggregate(
                    self._node(other, at, verdict, other.attributes)
                )
                self._store.read_ahead(at, verdict, self._progress)  # now, as its names were just listed
                if is_likely:
                    yield at
                else:
                    pending.append((at, verdict))

    def _aggregated(self, node: Node, choice: Choice) -> bool:
        """Aggregate all below a directory, where nobody needs its entries one by one; whether that was done."""
        # A directory may be aggregated only where the verdict is one and the same for it and for all below: of `a` and
        # `!a/b`, `a` is not uniform, as something in it has another verdict.
        if not choice.uniform_below or choice.kept is not node.kept or not self._sums.aggregates(node.path):
            return False
        below = self._store.below(node.path, self._sums.scales, self._progress)
        if below is not None:
            self._sums.add_below(node.path, below, choice.kept)
        return below is not None

    def _visited(self, path: str, choice: Choice) -> Iterator[tuple[Node, Choice]]:
        try:
            directory = self._store.directory(path, choice, self._progress)
        except OSError as error:
            refused(self._store.top, path, self._selection, choice, error)
            return
        at = 0
        for number, other in _stops(directory, self._sums.needs_node(directory)):
            yield from self._files(directory, at, number, choice)
            at = number
            if other is None:
                verdict = choice[directory.names[number]]
                alone = Batch(directory, number, number + 1)
                yield from ((node, verdict) for node in alone.nodes(verdict.kept, verdict.permitted))
                at = number + 1
            else:
                yield from self._other(directory, other, choice)
        yield from self._files(directory, at, len(directory.names), choice)

    def _files(self, directory: Directory, first: int, last: int, choice: Choice) -> Iterator[tuple[Node, Choice]]:
        """Hand on plain files, those together that have one verdict."""
        if first == last:
            return
        # No pattern can decide otherwise below: not one name has to be looked up.
        if choice.uniform_below:
            self._sums.add_files(Batch(directory, first, last), choice.kept, choice.permitted)
            return
        verdicts = list(map(choice.__getitem__, directory.names[first:last]))
        # Most directories hold files of one verdict; grouping costs only where they differ.
        if len(set(map(_flags, set(verdicts)))) == 1:
            yield from self._alike(directory, first, last, verdicts[0], choice)
            return
        at = first
        for _, group in groupby(verdicts, key=_flags):
            alike = list(group)
            yield from self._alike(directory, at, at + len(alike), alike[0], choice)
            at += len(alike)

    def _alike(
        self, directory: Directory, first: int, last: int, verdict: Choice, above: Choice
    ) -> Iterator[tuple[Node, Choice]]:
        """Hand on files with one verdict; one by one where that is not all there is to say of them.

        The directories above a file that is sent arrive with it, if they are not there yet.
        """
        batch = Batch(directory, first, last)
        # A kept file whose content is refused, or whose directory is excluded, says more than a column holds.
        is_plain = not verdict.kept or (verdict.content_sent and above.kept)
        if is_plain and (above.permitted or not verdict.permitted):
            self._sums.add_files(batch, verdict.kept, verdict.permitted)
        else:
            yield from ((node, verdict) for node in batch.nodes(verdict.kept, verdict.permitted))

    def _other(self, directory: Directory, other: Other, choice: Choice) -> Iterator[tuple[Node, Choice]]:
        path, verdict = directory.start + other.name, choice[other.name]
        is_dir = other.type == "dir"
        if not (is_dir or verdict.permitted or self._sums.collects):
            return
        entered = is_dir and verdict.descends
        attributes, target = other.attributes, other.target
        if not (verdict.permitted or entered):
            attributes = None
        elif attributes is None:
            try:
                attributes, target = self._store.attributes(path)
            except FileNotFoundError:
                return
        # Root may read every directory, so that there is nothing to check for it.
        if is_dir and not entered and not self._store.is_root:
            check_readable(self._store.top, path, self._selection, self._selection.reads(path, verdict))
        yield self._node(other, path, verdict, attributes, target), verdict

    def _node(self, other: Other, path: str, verdict: Choice, attributes: Attributes | None, target: str = "") -> Node:
        entered, permitted = other.type == "dir" and verdict.descends, verdict.permitted
        shown = target if permitted else ""
        return Node(path, other.type, verdict.kept, permitted, entered, attributes, shown)


def _stops(directory: Directory, cuts: Sequence[int]) -> Iterator[tuple[int, Other | None]]:
    """The other entries, and the plain files that need a node (None), each with the number of files before it."""
    others = iter(directory.others)
    pending = next(others, None)
    for cut in cuts:
        while pending is not None and pending.at <= cut:
            yield pending.at, pending
            pending = next(others, None)
        yield cut, None
    while pending is not None:
        yield pending.at, pending
        pending = next(others, None)
