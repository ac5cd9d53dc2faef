"""Whatever stops ctxaudit, and however many of it write: a file is the old one or the new one, and nothing is left."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from killed import SIGNALS, WRITERS

from support import ctxaudit, make_tree, ran, started

SCRIPT = f"""
import runpy, sys
sys.path.insert(0, {os.fspath(Path(__file__).parent)!r})
runpy.run_path({os.fspath(Path(__file__).with_name("killed.py"))!r}, run_name="__main__")
"""


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
@pytest.mark.parametrize("writer", WRITERS)
def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_left(writer: str) -> None:
    """A moment for each signal; `python tests/killed.py` takes 200 of each."""
    said = ran("--moments", "1", "--writer", writer, program=SCRIPT, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count(f"| {writer} |") == len(SIGNALS)


@pytest.mark.usefixtures("unmeasured")
def test_of_several_that_write_at_once_each_says_whether_it_did(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "Dockerfile": "FROM scratch\nCOPY . /\n",
        "node_modules/.package-lock.json": "{}",
        ".dockerignore": "*.log\n",
    }
    alone, root = make_tree(tmp_path / "alone", files), make_tree(tmp_path / "r", files)
    assert ctxaudit(".", "--write", cwd=alone).returncode == 0
    for _ in range(3):
        make_tree(root, {".dockerignore": "*.log\n"})
        runs = [
            started(".", "--write", cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        said = [(*run.communicate(), run.returncode) for run in runs]
        assert (root / ".dockerignore").read_bytes() == (alone / ".dockerignore").read_bytes()
        assert 0 in [status for _, _, status in said]
        for _, complaint, status in said:
            changed = "error: .dockerignore: it changed while it was looked at" in complaint
            assert (status, changed) in ((0, False), (2, True))
        assert sorted(os.listdir(root)) == [".dockerignore", "Dockerfile", "node_modules"]
