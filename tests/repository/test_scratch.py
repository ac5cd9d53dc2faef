"""Temporary directories for git: removed also where their process was killed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ctxaudit.repository.program import scratch
from support import make_tree

FOREVER = """
import sys, time
from ctxaudit.repository.program import scratch
with scratch() as directory:
    (directory / "index").write_text("x")
    print(directory, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_nothing_stays(home: Path) -> None:
    with scratch() as directory:
        make_tree(directory, {"index": "x"})
    assert os.listdir(home) == []


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_one_uses_stays(home: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", FOREVER], stdout=subprocess.PIPE) for _ in range(2)]
    made = [Path(os.fsdecode(child.stdout.readline().rstrip())) for child in children if child.stdout]
    make_tree(home, {f"ctxaudit-{os.getuid()}-file": "x", "ctxaudit-other/": None})
    (home / f"ctxaudit-{os.getuid()}-link").symlink_to("ctxaudit-other")
    children[0].kill()
    children[0].communicate()
    assert made[0].is_dir()
    with scratch() as directory:
        there = sorted(path.name for path in home.iterdir())
    assert there == sorted(
        [
            directory.name,
            made[1].name,
            "ctxaudit-other",
            f"ctxaudit-{os.getuid()}-file",
            f"ctxaudit-{os.getuid()}-link",
        ]
    )
    children[1].kill()
    children[1].communicate()


def test_without_locks_what_a_killed_process_left_goes_after_a_day(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(held: object, *, waits: bool) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("ctxaudit.repository.program.lock", no_locks)
    old, new = (home / f"ctxaudit-{os.getuid()}-{name}" for name in ("old", "new"))
    for left, age in ((old, 100_000), (new, 1000)):
        (left / "x").mkdir(parents=True)
        os.utime(left, (time.time() - age,) * 2)
    with scratch():
        pass
    assert os.listdir(home) == [new.name]
