"""A fleet's run whose processes are forks of one that has imported all, where a run starts two interpreters for each.

What a run is about, as what is kept and said, is the same. That its own processes start, and what becomes of a run when
they are killed, is tested by `support.installed` and `killed.start`.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import support

# `worker._own` starts an interpreter; here it forks, and gives what `Keeper` uses of a Popen.
FORKED = """
import multiprocessing, os, sys, tempfile
import concurrent.futures.process, multiprocessing.connection, multiprocessing.popen_fork
from contextlib import suppress
from types import SimpleNamespace
from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import worker

def own(argument, stdin):
    assert not argument
    jobs, asking = os.pipe()
    answering, answers = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.setsid()
            os.chdir("/")
            os.dup2(jobs, 0), os.dup2(answers, 1)
            os.closerange(3, 1024)
            sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)
            worker.serve()
        finally:
            os._exit(0)
    os.close(jobs), os.close(answers)
    return SimpleNamespace(
        stdin=open(asking, "wb"), stdout=open(answering, "rb"),
        kill=lambda: os.kill(process, 9), wait=lambda: os.waitpid(process, 0),
    )

with suppress(CtxauditError):
    worker._warm()  # as each of its workers does, once for all of them
worker._warm = lambda: None
tempfile.tempdir = None
worker._own = own
get_context = multiprocessing.get_context
multiprocessing.get_context = lambda method: get_context("fork" if method == "spawn" else method)
"""


def installed(*arguments: str | Path, **more: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the command as `support.installed` does, with forks in place of starts."""
    return support.installed(*arguments, before=FORKED, **more)
