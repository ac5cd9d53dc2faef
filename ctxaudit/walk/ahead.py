"""Directories that a walk will close, added up before it: by this process, or where that takes long by two.

A second process costs little but pays late, so that it is started once this one has added up a good many entries. Both
take what is left from one pipe, and the second hands back its sums: what is said is the same, byte for byte.
"""

from __future__ import annotations

import marshal
import os
import struct
import sys
import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ctxaudit.errors import CtxauditError
from ctxaudit.walk.columns import Measure, Scale
from ctxaudit.walk.store import Store

ENOUGH = 20_000  # entries that one process adds up before it is worth to have two
PARTS = 64  # into which the work is divided, where there are as many directories
TICKETS = 1000  # into which the parts go: the smallest pipe that the kernel may give holds them
_TICKET = struct.Struct("<H")

Progress = Callable[[int], None]


def add_up(store: Store, paths: Iterable[str], scales: tuple[Scale, ...], progress: Progress | None) -> None:
    """Add up directories, so that the store knows all below each. Raises CtxauditError where the second dies."""
    parts = _divided(store, list(paths))
    count = _Count(progress)
    while parts:
        if count.entries >= ENOUGH and len(parts) > 1 and may_help():
            _both(store, _ticketed(list(parts)), scales, count)
            return
        store.below(parts.popleft(), scales, count)


def may_help() -> bool:
    """Whether there is a second processor, and this process may be forked."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


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


def _both(store: Store, parts: list[list[str]], scales: tuple[Scale, ...], count: _Count) -> None:
    tickets, out = os.pipe()
    os.write(out, b"".join(map(_TICKET.pack, range(len(parts)))))
    os.close(out)
    results, answer = os.pipe()
    child = os.fork()
    if child == 0:
        _help(store, parts, scales, tickets, answer)
    try:
        os.close(answer)
        for path in _taken(parts, tickets):
            store.below(path, scales, count)
        told = _read_all(results)
    except BaseException:
        os.kill(child, 9)
        raise
    finally:
        os.close(tickets)
        os.close(results)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    _take(store, scales, count, told, status)


def _help(store: Store, parts: list[list[str]], scales: tuple[Scale, ...], tickets: int, answer: int) -> None:
    """What the second process does; it ends here, and nothing of what it was forked from is closed or written."""
    status = 1
    try:
        store.forget_open()
        count = _Count(None)
        try:
            found = {path: store.below(path, scales, count) for path in _taken(parts, tickets)}
            told: Any = [(path, _packed(below, scales)) for path, below in found.items() if below is not None]
            message = (told, store.mixed(), count.entries, "")
        except Exception as error:  # noqa: BLE001 (the first process says so)
            message = ([], [], 0, f"{type(error).__name__}: {error}")
        with os.fdopen(answer, "wb") as stream:
            marshal.dump(message, stream)
        status = 0
    finally:
        os._exit(status)


def _taken(parts: list[list[str]], tickets: int) -> Iterator[str]:
    """Give the parts whose tickets nobody else has taken."""
    while ticket := os.read(tickets, _TICKET.size):
        yield from parts[_TICKET.unpack(ticket)[0]]


def _packed(below: dict[Scale, Measure], scales: tuple[Scale, ...]) -> list[tuple[int, int, int, bytes]]:
    measures = (below[scale] for scale in scales)
    return [(one.files, one.content, one.fixed, one.packets.tobytes()) for one in measures]


def _measure(files: int, content: int, fixed: int, packets: bytes) -> Measure:
    return Measure(files, content, fixed, array("I", packets))


def _take(store: Store, scales: tuple[Scale, ...], count: _Count, told: bytes, status: int) -> None:
    if status:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        raise CtxauditError(f"the process that helps to add up directories {how}", fix="keep to one with --jobs 1")
    found, mixed, entries, trouble = marshal.loads(told)
    if trouble:
        raise CtxauditError(f"the process that helps to add up directories failed: {trouble}", fix="report this")
    for path, measures in found:
        rows = zip(scales, measures, strict=True)
        store.know(path, {scale: _measure(*numbers) for scale, numbers in rows})
    store.know_mixed(mixed)
    count(entries)


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        return stream.read()
