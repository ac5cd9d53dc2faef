"""Files of git that are none: git is not asked, and the audit stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree


@pytest.mark.parametrize(
    "name", [".gitignore", ".git/index", ".git/HEAD", ".git/config", ".git/packed-refs", ".git/info/exclude"]
)
def test_a_fifo_is_named_and_never_waited_for(tmp_path: Path, name: str) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . .\n", "package.json": "{}", "dist/a.js": "1"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "Dockerfile", "package.json")
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    answer = ctxaudit("-v", cwd=tmp_path)
    assert answer.returncode in (0, 1)
    assert f"what git ignores and tracks: {name} is no regular file" in answer.stdout.decode().replace("\n", " ")


def test_a_damaged_index_leaves_the_audit_as_it_is(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . .\n", "package.json": "{}", "dist/a.js": "1"})
    git(tmp_path, "init", "-q")
    (tmp_path / ".git/index").write_text("garbage")
    assert ctxaudit("ls", cwd=tmp_path).returncode == 0
    assert ctxaudit(cwd=tmp_path).returncode in (0, 1)
