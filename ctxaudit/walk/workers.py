"""Directories that a walk will close, added up before it: by this process, or where that takes long by helpers.

A helper costs little but pays late, so that some are started once this process has added up a good many entries. They
take what is left from one pipe, and hand back their sums: what is said is the same, byte for byte. Each may change its
working directory as it likes, which this process, part of somebody's program, may not.
"""

from __future__ import annotations

import marshal
import mmap
import os
import select
import signal
import struct
import sys
import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, NoReturn

from ctxaudit.errors import CtxauditError
from ctxaudit.walk.columns import Measure, Scale
from ctxaudit.walk.store import Store

ENOUGH = 20_000  # entries that this process adds up before helpers are worth it
PARTS = 64  # into which the work is divided, where there are as many directories
TICKETS = 1000  # into which the parts go: the smallest pipe that the kernel may give holds them
LOOK = 100  # milliseconds between two looks at how far the helpers are
_TICKET = struct.Struct("<H")
_PIECE = 65_536

Progress = Callable[[int], None]


def add_up(store: Store, paths: Iterable[str], scales: tuple[Scale, ...], progress: Progress | None, jobs: int) -> None:
    """Add up directories, so that the store knows all below each. Raises CtxauditError where a helper dies.

    jobs: how many helpers may be forked.
    """
    tops = list(paths)
    if not tops:
        return
    parts, count = _divided(store, tops), _Count(progress)
    while parts:
        helpers = min(jobs, len(parts), processors())
        # Most trees are done by then: a fork costs some milliseconds, and more with the memory of the caller.
        if count.entries >= ENOUGH and helpers > 1:
            _shared(store, _ticketed(list(parts)), scales, count, helpers)
            return
        store.below(parts.popleft(), scales, count)


def processors() -> int:
    """Return how many processes are worth to be forked: one for each processor, one where this one may not be."""
    # A fork of a process with threads may copy a lock that nobody will release.
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


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
    size = -(-len(parts) // TICKETS)
    return [parts[first : first + size] for first in range(0, len(parts), size)]


class _Helper(NamedTuple):
    """A forked process, and the pipe from which its sums are read."""

    process: int
    results: int

    def end(self) -> int:
        """Wait for its end, and give its exit status, negative for a signal's."""
        os.close(self.results)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


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
    started: list[_Helper] = []
    try:
        started.extend(_started(work, number) for number in range(helpers))
        told = _told(started, work.counts, count)
    except BaseException:
        for helper in started:
            os.kill(helper.process, signal.SIGKILL)
        raise
    finally:
        os.close(tickets)
        ends = [helper.end() for helper in started]
    for message, status in zip(told, ends, strict=True):
        _take(store, scales, message, status)


def _started(work: _Work, number: int) -> _Helper:
    results, answer = os.pipe()
    process = os.fork()
    if process == 0:
        _help(work, number, answer)
    os.close(answer)
    return _Helper(process, results)


def _help(work: _Work, number: int, answer: int) -> NoReturn:
    """What a helper does; it ends here, and nothing of what it was forked from is closed or written."""
    status = 1
    try:
        with os.fdopen(answer, "wb") as stream:
            marshal.dump(_added_up(work, number), stream)
        status = 0
    finally:
        os._exit(status)


def _added_up(work: _Work, number: int) -> tuple[Any, list[str], str]:
    """The sums of the parts that nobody else took, what is mixed, and what went wrong."""

    def progress(entries: int) -> None:
        work.counts[number] += entries

    try:
        work.store.work_alone()
        found = {path: work.store.below(path, work.scales, progress) for path in _taken(work.parts, work.tickets)}
    except Exception as error:  # noqa: BLE001 (the first process says so)
        return [], [], f"{type(error).__name__}: {error}"
    told = [(path, _packed(below, work.scales)) for path, below in found.items() if below is not None]
    return told, work.store.mixed(), ""


def _taken(parts: list[list[str]], tickets: int) -> Iterator[str]:
    """Give the parts whose tickets nobody else has taken."""
    while ticket := os.read(tickets, _TICKET.size):
        yield from parts[_TICKET.unpack(ticket)[0]]


def _packed(below: dict[Scale, Measure], scales: tuple[Scale, ...]) -> list[tuple[int, int, int, bytes]]:
    measures = (below[scale] for scale in scales)
    return [(one.files, one.content, one.fixed, one.packets.tobytes()) for one in measures]


def _measure(files: int, content: int, fixed: int, packets: bytes) -> Measure:
    return Measure(files, content, fixed, array("I", packets))


def _told(helpers: list[_Helper], counts: memoryview, count: _Count) -> list[bytes]:
    """Read what each helper says, and count meanwhile what they meet."""
    told = {helper.results: bytearray() for helper in helpers}
    poll, pending, counted = select.poll(), set(told), 0
    for results in told:
        poll.register(results, select.POLLIN)
    while pending:
        for results, _ in poll.poll(LOOK):
            piece = os.read(results, _PIECE)
            told[results] += piece
            if not piece:
                poll.unregister(results)
                pending.remove(results)
        counted, before = sum(counts), counted
        count(counted - before)
    return list(map(bytes, told.values()))


def _take(store: Store, scales: tuple[Scale, ...], told: bytes, status: int) -> None:
    """Let the store know what a helper found."""
    if status:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        raise CtxauditError(f"a process that helps to add up directories {how}", fix="keep to one with --jobs 1")
    found, mixed, trouble = marshal.loads(told)
    if trouble:
        raise CtxauditError(f"a process that helps to add up directories failed: {trouble}", fix="report this")
    for path, measures in found:
        rows = zip(scales, measures, strict=True)
        store.know(path, {scale: _measure(*numbers) for scale, numbers in rows})
    store.know_mixed(mixed)
