"""A Python that has imported all of ctxaudit, once, and becomes a process of its own by a fork for each command.

Such a process has what one that is started has: its status, streams, signals, working directory and variables. What is
about starting, as options of the interpreter, what it imports and how long that takes, needs a real start.

This file is both ends: the tests import it, and the interpreter that forks runs it. That one runs no command itself, so
that each begins with nothing but modules.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import types
from collections.abc import Mapping, Sequence
from os import fork, setsid
from typing import Any

COMMAND = "from ctxaudit.__main__ import run; run()"
# Variables that have had their effect when an interpreter has started, or when GitPython is imported.
_AT_THE_START = ("PYTHON", "COVERAGE_", "LANG", "LC_", "PATH", "LD_")
_NUMBER = struct.Struct("!i")  # of a process, its status, or the bytes of a request
_STREAMS = 3


class Warm:
    """One such Python. before: what it runs before it imports ctxaudit; what that changes is so in each process."""

    def __init__(self, before: str = "") -> None:
        self._variables = dict(os.environ)
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno()), before],
                env=self._variables,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def start(
        self, *arguments: str | os.PathLike[str], program: str = COMMAND, **options: Any
    ) -> subprocess.Popen[Any]:
        """Start `python -c PROGRAM ARGUMENT...`, as ctxaudit itself starts; options: those of Popen."""
        return _Started(self, ["-c", program, *map(os.fspath, arguments)], **options)

    def fits(self, variables: Mapping[str, str]) -> bool:
        """Whether an interpreter that starts with these variables would be as this one."""

        def kept(given: Mapping[str, str]) -> dict[str, str]:
            return {name: value for name, value in given.items() if name.startswith(_AT_THE_START)}

        return kept(variables) == kept(self._variables)

    def send(self, request: Mapping[str, object], files: Sequence[int]) -> None:
        text = json.dumps(request).encode()
        with self._lock:
            socket.send_fds(self._control, [_NUMBER.pack(len(text))], files)
            self._control.sendall(text)

    def close(self) -> None:
        self._control.close()
        self._process.wait()


class _Started(subprocess.Popen[Any]):
    """A process that is forked elsewhere: how it begins, and who hears of its end, differ from Popen's own."""

    def __init__(self, warm: Warm, command: list[str], **options: Any) -> None:
        self._warm = warm
        super().__init__(command, **options)

    def _execute_child(  # type: ignore[override]
        self, args: list[str], executable: object, preexec_fn: object, close_fds: bool, pass_fds: object, cwd: Any,
        env: Mapping[str, str] | None, startupinfo: object, creationflags: object, shell: object,
        p2cread: int, p2cwrite: int, c2pread: int, c2pwrite: int, errread: int, errwrite: int,
        restore_signals: object, gid: object, gids: object, uid: object, umask: object, start_new_session: bool,
        *more: object,
    ) -> None:  # fmt: skip
        assert not (executable or preexec_fn or pass_fds or shell), "this needs a real start"
        self._status, theirs = socket.socketpair()
        request = {
            "argv": args,
            "cwd": os.path.abspath(cwd or "."),
            "environment": dict(os.environ if env is None else env),
            "session": start_new_session,
        }
        streams = [given if given >= 0 else own for own, given in enumerate((p2cread, c2pwrite, errwrite))]
        with theirs:
            self._warm.send(request, [*streams, theirs.fileno()])
        started = self._status.recv(_NUMBER.size)
        self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]
        assert started, "the Python that forks has ended"
        (self.pid,) = _NUMBER.unpack(started)
        self._child_created = True

    def _try_wait(self, flags: int) -> tuple[int, int]:
        try:
            ended = self._status.recv(_NUMBER.size, socket.MSG_DONTWAIT if flags else 0)
        except BlockingIOError:
            return 0, 0
        self._status.close()
        return self.pid, *(_NUMBER.unpack(ended) if ended else (signal.SIGKILL,))

    def _internal_poll(self, _deadstate: object = None, **more: object) -> int | None:
        if self.returncode is None:
            process, status = self._try_wait(os.WNOHANG)
            if process:
                self._handle_exitstatus(status)  # type: ignore[attr-defined]
        return self.returncode


def _import_all() -> None:
    """Import what a command imports late, too; not multiprocessing, which changes how a process ends."""
    import ctxaudit

    for module in pkgutil.walk_packages(ctxaudit.__path__, "ctxaudit."):
        importlib.import_module(module.name)
    importlib.import_module("tabulate")
    importlib.import_module("ctxaudit.repository.program")._gitpython()


def _serve(control: socket.socket) -> None:
    """Fork for each request, and tell how each process has ended, until nobody asks any more.

    Returns in a process that is forked, where `_become` has said what it is.
    """
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([control, wake], [], [])
        if wake in ready:
            os.read(wake, 1 << 16)
            _reap(running)
        if control in ready:
            head, files, _, _ = socket.recv_fds(control, _NUMBER.size, _STREAMS + 1)
            if not head:  # at another end coverage would write what each fork has written
                os.kill(os.getpid(), signal.SIGKILL)
            request = json.loads(control.recv(*_NUMBER.unpack(head), socket.MSG_WAITALL))
            process = fork()
            if process == 0:
                signal.set_wakeup_fd(-1)
                for held in (control, *running.values()):
                    held.close()
                for number in (wake, woken, files.pop()):
                    os.close(number)
                _become(request, files)
                return
            *streams, status = files
            for stream in streams:
                os.close(stream)
            running[process] = socket.socket(fileno=status)
            running[process].send(_NUMBER.pack(process))


def _reap(running: dict[int, socket.socket]) -> None:
    for process in [*running]:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            with running.pop(process) as told, contextlib.suppress(OSError):
                told.send(_NUMBER.pack(status))


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Take what a process is given when it starts."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["session"]:
        setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.stdin = sys.__stdin__ = _stream(0, sys.stdin)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _stream(1, sys.stdout)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _stream(2, sys.stderr)  # type: ignore[misc]
    _, program, *arguments = request["argv"]
    sys.argv = ["-c", *arguments]
    sys.orig_argv = [sys.executable, *request["argv"]]
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.modules["__main__"].__dict__["_program"] = program


def _stream(number: int, like: Any) -> io.TextIOWrapper:
    """Open a standard stream as the interpreter does."""
    unbuffered = number > 0 and like.write_through
    raw = open(number, "wb" if number else "rb", 0 if unbuffered else -1, closefd=False)  # noqa: SIM115
    lines = not like.write_through and (number == _STREAMS - 1 or raw.isatty())
    return io.TextIOWrapper(
        raw, like.encoding, like.errors, newline="\n", line_buffering=lines, write_through=like.write_through
    )


if __name__ == "__main__":
    sys.path[0] = ""
    exec(sys.argv[2], {"__name__": "before"})
    _import_all()
    importlib.import_module("gc").freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    _module = vars(sys.modules["__main__"])
    exec(compile(_module.pop("_program"), "<string>", "exec"), _module)
