"""Other processes: copies of this one, where the platform makes any, and how processes are limited and ended.

No other module forks. Windows has no fork, no groups of processes and no limits; who wants a copy asks `CAN_COPY` or
`processors` first, and has a second way.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from ctxaudit.values import frozen

if TYPE_CHECKING:
    import subprocess

_WAITS_FOR_PIPES = hasattr(select, "poll")
CAN_COPY = hasattr(os, "fork") and _WAITS_FOR_PIPES
HAS_GROUPS = hasattr(os, "killpg")  # of processes, and a shell; without them git may outlive this process
_GRACE = 5  # seconds of processor time beyond the limit, where the clock has not ended it


def processors() -> int:
    """Return how many processes are worth to be copies of this one: one a processor, one where it may not be copied."""
    # A copy of a process with threads may have a lock that nobody will release; on macOS the system's own have some.
    if not CAN_COPY or not hasattr(os, "sched_getaffinity") or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0))


@frozen
class Copy:
    """A copy of this process, and the pipe from which its answer is read."""

    process: int
    answer: int

    def kill(self) -> None:
        """Kill it, with its group where it leads one."""
        for kill in (os.killpg, os.kill):
            with suppress(ProcessLookupError):
                kill(self.process, signal.SIGKILL)

    def end(self) -> int:
        """Wait for its end, and give its exit status, negative for a signal's."""
        os.close(self.answer)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def copied(work: Callable[[BinaryIO], None]) -> Copy:
    """Let a copy of this process write the answer of *work*, and end there: it closes and flushes nothing else.

    Its status is 1 where *work* raises. Only where `CAN_COPY`.
    """
    end, start = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.close(end)
            with open(start, "wb") as stream:
                work(stream)
            status = 0
        finally:
            os._exit(status)
    os.close(start)
    return Copy(process, end)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it started, which is a group of its own; without groups, that process alone."""
    with suppress(ProcessLookupError):
        if HAS_GROUPS:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def read_in_time(pipe: int, most: int, seconds: float) -> bytes | None:
    """Read what comes next through a pipe, b"" at its end; None where nothing comes for so long."""
    if _WAITS_FOR_PIPES:  # `select` knows no descriptor above 1,023
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        return os.read(pipe, most) if poll.poll(seconds * 1000) else None
    chunks = list[bytes]()

    def read() -> None:
        with suppress(OSError):  # closed meanwhile
            chunks.append(os.read(pipe, most))

    # Windows waits for no pipe; a thread that reads one ends with this process.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(seconds)
    return chunks[0] if chunks else None


def limit(seconds: float, memory: int) -> None:
    """Limit the processor time and memory of this process, as far as the platform can; 0 leaves one as it is."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    limits = {resource.RLIMIT_CPU: int(seconds) + _GRACE, resource.RLIMIT_CORE: 0, resource.RLIMIT_AS: memory}
    for kind, amount in limits.items():
        most = resource.getrlimit(kind)[1]  # a limit that this process has already may not be raised
        if amount or kind == resource.RLIMIT_CORE:
            allowed = min(amount, sys.maxsize if most == resource.RLIM_INFINITY else most)
            resource.setrlimit(kind, (allowed, allowed))
