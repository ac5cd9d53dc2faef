"""The process that looks at repositories: one child for each, with limits, of which only an answer comes back.

`python -m ctxaudit.fleet.worker` reads a job a line, and writes an answer a line; it ends with its owner. An executor's
own process or thread starts one and keeps it (`answered`), so that what a repository does to its child ends the child.
Where no process can be copied, as on Windows, `answered` starts one for each job: the answers are the same, later.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import select
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any, BinaryIO

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import FAILED, STOPPED, Job, answer
from ctxaudit.processes import CAN_COPY, copied, kill_all, limit
from ctxaudit.values import expression, shown_size

_CHUNK = 1 << 16
_LARGEST = 64 << 20  # bytes of an answer
_TRIES = 2  # of a repository whose process is killed by somebody else
# What git, the shell and libraries say where the limit of memory ends them.
_NO_MEMORY = expression(r"(?i)cannot allocate memory|out of memory|can't start new thread|error while loading shared")
_KEPT = threading.local()


class Gone(Exception):
    """The process that looks at repositories has ended."""


def answered(text: str) -> str:
    """Answer a job, as JSON both; what an executor calls, in a process or a thread of its own."""
    if not CAN_COPY:
        return _started(text)
    for _ in range(_TRIES):
        with suppress(Gone):
            return _keeper().ask(text)
        _KEPT.keeper = None
    return json.dumps(answer(STOPPED, error="the process that looks at it was killed twice"))


class Keeper:
    """A worker process as its owner has it."""

    def __init__(self) -> None:
        self._process = _own("", subprocess.PIPE)

    def ask(self, text: str) -> str:
        """Send a job, and wait for its answer; raises Gone where the process ends before it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(text.encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError as error:
            raise Gone from error
        if not line.endswith(b"\n"):
            self.close()
            raise Gone
        return line.decode()

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                assert stream is not None
                stream.close()
        self._process.kill()
        self._process.wait()


def _own(argument: str, stdin: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "ctxaudit.fleet.worker", *filter(None, [argument])]
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, start_new_session=True, cwd="/")


def _keeper() -> Keeper:
    keeper: Keeper | None = getattr(_KEPT, "keeper", None)
    if keeper is None:
        keeper = _KEPT.keeper = Keeper()
    return keeper


def close() -> None:
    """End the worker of this thread."""
    keeper: Keeper | None = getattr(_KEPT, "keeper", None)
    if keeper is not None:
        keeper.close()
        _KEPT.keeper = None


def follow() -> None:
    """Be a process of an executor: leave Ctrl-C to the run, and end with it, however it ends."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def end() -> None:
        assert parent is not None
        wait([parent.sentinel])
        os._exit(1)

    if parent is not None:
        threading.Thread(target=end, daemon=True).start()


def serve() -> None:
    """Answer jobs until the owner ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(CtxauditError):  # as where there is no git: each answer says so
        _warm()
    gc.freeze()
    for line in sys.stdin.buffer:
        start = time.monotonic()
        reply = {**_alone(Job.of(line.decode())), "seconds": time.monotonic() - start}
        try:
            sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            os._exit(0)  # its owner has ended; nothing is left to flush


def _warm() -> None:
    """Audit a build of one file, so that each child has all modules from the first."""
    from ctxaudit.fleet.examine import audited
    from ctxaudit.fleet.tree import File, make
    from ctxaudit.repository.program import scratch

    text = b"FROM scratch\nCOPY . /\n"
    with scratch() as directory:
        file = File("Dockerfile", stat.S_IFREG | 0o644, len(text), text)
        audited(make([file], directory), Job("", "local", ""), ["Dockerfile"])


def _alone(job: Job) -> dict[str, Any]:
    """Look at a repository in a child of its own, which has as long and as much as the job says."""
    child = copied(lambda stream: _look(job, stream))
    data, is_late = _received(child.answer, job.seconds)
    child.kill()
    return _found(job, data, is_late, child.end())


def _started(text: str) -> str:
    """Answer a job as `_alone` does, where no process can be copied: by one that is started for it."""
    start, job = time.monotonic(), Job.of(text)
    end, leash = os.pipe()
    data, is_late = b"", False
    with _own("alone", end) as process:
        os.close(end)
        with suppress(OSError), open(leash, "wb") as owner:  # once that is closed, the process ends
            owner.write(text.encode() + b"\n")
            owner.flush()
            try:
                data, _ = process.communicate(timeout=job.seconds)
            except subprocess.TimeoutExpired:
                is_late = True
                kill_all(process)
    return json.dumps({**_found(job, data, is_late, process.returncode), "seconds": time.monotonic() - start})


def _found(job: Job, data: bytes, is_late: bool, status: int) -> dict[str, Any]:
    """Read what a process says of a repository. status: how it ended, negative for a signal."""
    if is_late:
        _clear()
        return answer(STOPPED, error=f"it took longer than {job.seconds:g} seconds", fix="allow more with --time")
    try:
        outcome: dict[str, Any] = json.loads(data)
    except ValueError:
        _clear()
        how = f"was ended by signal {-status}" if status < 0 else "ended"
        return answer(STOPPED, error=f"its process {how}")
    return outcome


def _received(end: int, seconds: float) -> tuple[bytes, bool]:
    """Give what comes through a pipe until it is closed, and whether that took too long; ends where the owner does."""
    until = time.monotonic() + seconds
    received = bytearray()
    poll = select.poll()
    poll.register(end, select.POLLIN)
    poll.register(0, 0)  # whose other end is closed as soon as the owner has ended
    while (left := until - time.monotonic()) > 0 and len(received) < _LARGEST:
        ready = dict(poll.poll(left * 1000))
        if ready.get(0, 0) & (select.POLLHUP | select.POLLERR):
            return b"", False
        if end in ready:
            data = os.read(end, _CHUNK)
            if not data:
                return bytes(received), False
            received += data
    return b"", True


def _clear() -> None:
    """Remove what a killed child has left in the temporary directory."""
    from ctxaudit.repository.program import scratch

    with scratch():
        pass


def _look(job: Job, stream: BinaryIO) -> None:
    """Be the process that looks at one repository, and write the answer."""
    if CAN_COPY:
        os.setsid()  # one that was started leads a session already
    limit(job.seconds, job.memory)
    with open(os.devnull, "r+b", 0) as null:
        for number in (0, 1, 2):
            os.dup2(null.fileno(), number)
    stream.write(json.dumps(_examined(job)).encode())


def _look_alone() -> None:
    """Be the process that was started for one job: read it, and answer until the owner ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    owner = open(os.dup(0), "rb", 0)  # noqa: SIM115 a thread reads it until this process ends
    job = Job.of(owner.readline().decode())

    def end() -> None:
        owner.read()
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()
    with open(os.dup(1), "wb") as stream:
        _look(job, stream)
    os._exit(0)  # the thread waits for the owner


def _examined(job: Job) -> dict[str, Any]:
    from ctxaudit.fleet.examine import examined

    more = answer(
        STOPPED, error=f"it needs more than {shown_size(job.memory)} of memory", fix="allow more with --memory"
    )
    from ctxaudit.repository import program

    program.killed.clear()
    try:
        outcome = examined(job)
        if program.killed:  # a person or the system ended it, whatever the repository is
            return answer(STOPPED, error=f"git was ended by signal {program.killed[0]}")
        return more if outcome["status"] == FAILED and _NO_MEMORY.search(outcome["error"]) else outcome
    except MemoryError:
        return more
    except Exception as error:  # noqa: BLE001 a fault of ours is a row of the ledger, and the run goes on
        is_short = getattr(error, "errno", None) == errno.ENOMEM or _NO_MEMORY.search(str(error))
        return more if is_short else answer(FAILED, error=f"ctxaudit failed: {type(error).__name__}")


if __name__ == "__main__":
    (_look_alone if sys.argv[1:] else serve)()
