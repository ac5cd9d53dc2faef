"""Git's helper process belongs to the process that started it."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

from ctxaudit.repository import Repository
from support import git, make_tree


def test_a_forked_process_does_not_wait_for_the_first_one_s_helper(tmp_path: Path) -> None:
    """It would wait for ever: the helper ends once the first process, too, lets go of what it reads."""
    git(make_tree(tmp_path, {".gitignore": "x\n"}), "init", "-q")
    repository = Repository.of(tmp_path)
    assert repository is not None and repository.ignores("x")
    child = os.fork()
    if child == 0:
        del repository
        gc.collect()
        os._exit(7)
    deadline = time.monotonic() + 20
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    if ended == (0, 0):
        os.kill(child, 9)
    assert os.waitstatus_to_exitcode(ended[1]) == 7 and ended[0] == child
    assert not repository.ignores("y")
    repository.close()
