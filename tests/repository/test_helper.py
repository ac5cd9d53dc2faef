"""Git's helper process belongs to the process that started it."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ctxaudit.repository import Repository
from ctxaudit.repository.program import Git
from ctxaudit.repository.snapshot import Snapshot
from support import git, make_tree


def of_a_work_tree(root: Path) -> Repository:
    repository = Repository.of(root)
    assert repository is not None and repository.ignores("x")
    return repository


def of_a_commit(root: Path) -> Snapshot:
    found = Git.of(root)
    snapshot = Snapshot.of(found, found.commit("HEAD"))
    assert snapshot.read(".gitignore") == b"x\n"
    return snapshot


@pytest.mark.parametrize("asked", [of_a_work_tree, of_a_commit])
def test_a_forked_process_does_not_wait_for_the_first_one_s_helper(
    asked: Callable[[Path], Repository | Snapshot], tmp_path: Path
) -> None:
    """It would wait for ever: the helper ends once the first process, too, lets go of what it reads."""
    git(make_tree(tmp_path, {".gitignore": "x\n"}), "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    held = asked(tmp_path)
    child = os.fork()
    if child == 0:
        del held
        gc.collect()
        os._exit(7)
    deadline = time.monotonic() + 20
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    if ended == (0, 0):
        os.kill(child, 9)
    assert os.waitstatus_to_exitcode(ended[1]) == 7 and ended[0] == child
    held.close()
