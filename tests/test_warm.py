"""A process that is forked has what one that starts has, and its end is told as that one's is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import make_tree, ran, started

# All that a process is given, or decides once from what it is given.
STATE = """
import gc, json, locale, os, resource, signal, sys, tempfile, threading, time
streams = [sys.stdin, sys.stdout, sys.stderr]
open_files = [number for number in range(3, 50) if os.path.exists(f"/dev/fd/{number}")]
state = {
    "arguments": sys.argv,
    "place": os.getcwd(),
    "path": sys.path[0],
    "variables": {name: value for name, value in os.environ.items() if name != "LC_CTYPE"},
    "files": len(open_files),
    "leads": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()],
    "signals": {name.name: str(signal.getsignal(name)) for name in signal.valid_signals() if isinstance(name, signal.Signals)},
    "blocked": [*signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "wakened by": signal.set_wakeup_fd(-1),
    "streams": [[stream.encoding, stream.errors, stream.line_buffering, stream.isatty(), stream.write_through] for stream in streams],
    "mask": os.umask(0),
    "limits": [resource.getrlimit(kind) for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_CORE)],
    "collected": gc.isenabled(),
    "threads": threading.active_count(),
    "temporary": [tempfile.tempdir, tempfile.gettempdir()],
    "zone": time.tzname,
    "locale": locale.setlocale(locale.LC_CTYPE),
    "main": __name__,
    "used": time.process_time() < 5,
}
print(json.dumps(state))
"""  # noqa: E501


@pytest.fixture(autouse=True)
def _alike(unmeasured: None) -> None:
    """What measures coverage takes signals and files."""


@pytest.mark.parametrize("leads", [False, True], ids=["in our session", "in one of its own"])
def test_it_has_what_a_process_has_that_starts(tmp_path: Path, leads: bool) -> None:
    environment = {**os.environ, "TZ": "Asia/Tokyo", "TMPDIR": os.fspath(tmp_path), "ODD": "\udcff"}
    given: dict[str, Any] = {"cwd": tmp_path, "env": environment, "stdin": subprocess.DEVNULL}
    given |= {"start_new_session": leads, "stdout": subprocess.PIPE}
    real = subprocess.run([sys.executable, "-c", STATE, "a", "b c"], check=True, **given)
    assert json.loads(ran("a", "b c", program=STATE, **given).stdout) == json.loads(real.stdout)


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import sys; sys.exit(3)", id="a status"),
        pytest.param("import sys; sys.exit('a reason')", id="a reason"),
        pytest.param("print('held back', end='')", id="the end of the program"),
        pytest.param("import os; print('lost', end=''); os._exit(4)", id="an end without a flush"),
        pytest.param("import atexit; atexit.register(print, 'last')", id="what is done at the end"),
        pytest.param("import os; os.kill(os.getpid(), 9)", id="SIGKILL"),
        pytest.param("import os; os.kill(os.getpid(), 15)", id="SIGTERM"),
        pytest.param("import threading; threading.Timer(0.01, print, ['late']).start()", id="a thread is waited for"),
    ],
)
def test_its_end_is_that_of_a_process_that_starts(program: str) -> None:
    real = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    done = ran(program=program, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (real.returncode, real.stdout, real.stderr)


@pytest.mark.parametrize("program", ["1 / 0", "import os, signal; os.kill(os.getpid(), signal.SIGINT)"])
def test_an_exception_ends_it_with_a_traceback(program: str) -> None:
    real = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    done = ran(program=program, capture_output=True)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (real.returncode, real.stderr.splitlines()[-1])


def test_it_is_talked_to_waited_for_and_ended() -> None:
    echo = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with started(program=echo, **pipes) as first, started(program=echo, **pipes) as second:
        assert first.stdin is not None and first.stdout is not None
        first.stdin.write("a\n")
        first.stdin.flush()
        assert (first.stdout.readline(), first.poll()) == ("a\n", None)
        with pytest.raises(subprocess.TimeoutExpired):
            first.wait(0.01)
        second.send_signal(signal.SIGTERM)
        assert (second.wait(30), second.poll()) == (-signal.SIGTERM, -signal.SIGTERM)
        assert first.communicate("b\n", timeout=30) == ("b\n", None)
        assert first.returncode == 0


def test_a_process_that_is_left_ends_with_its_pipe_and_none_has_another_s_files() -> None:
    wait = "import sys; sys.stdin.read()"
    with (
        started(program=wait, stdin=subprocess.PIPE) as first,
        started(program="import time; time.sleep(60)", stdin=subprocess.DEVNULL) as second,
    ):
        assert first.stdin is not None
        first.stdin.close()
        assert first.wait(30) == 0
        second.kill()


def test_a_variable_that_an_interpreter_reads_when_it_starts_starts_one(tmp_path: Path) -> None:
    make_tree(tmp_path, {"sitecustomize.py": "import builtins\nbuiltins.marked = True\n"})
    done = ran(program="print(marked)", env={**os.environ, "PYTHONPATH": os.fspath(tmp_path)}, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"True\n")


def test_what_is_run_before_is_run_once() -> None:
    before = "import os, sys\nassert 'ctxaudit' not in sys.modules\nos.started_by = os.getpid()"
    said = {ran(program="import os; print(os.started_by)", before=before, capture_output=True).stdout for _ in range(2)}
    assert len(said) == 1 and said != {b""}
