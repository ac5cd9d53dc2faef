"""Files of git that are none: git is not asked, and the audit stands."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree


def make_socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


def link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


KINDS = [
    pytest.param(os.mkfifo, id="a FIFO"),
    pytest.param(make_socket, id="a socket"),
    pytest.param(link_to_a_device, id="a device without end"),
    pytest.param(Path.mkdir, id="a directory"),
]
FILES = [
    ".git/HEAD",
    ".git/config",
    ".git/index",
    ".git/packed-refs",
    ".git/objects/info/alternates",
    ".gitignore",
    ".git/info/exclude",
    ".git/info/attributes",
    ".git/shallow",
]
MAY_BE_A_DIRECTORY = (".gitignore", ".git/info/exclude")  # git reads none, and goes on


def hostile(root: Path, name: str, make: Callable[[Path], None]) -> Path:
    make_tree(root, {"Dockerfile": "FROM scratch\nCOPY . .\n", "package.json": "{}", "dist/a.js": "1"})
    make_tree(root, {"web/package.json": "{}", "web/dist/a.js": "1"})
    git(root, "init", "-q")
    git(root, "add", "Dockerfile", "package.json", "web/package.json")
    git(root, "commit", "-q", "-m", "one")
    (root / name).unlink(missing_ok=True)
    make(root / name)
    return root


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("make", KINDS)
def test_what_is_no_file_of_git_is_named_and_never_waited_for(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    answer = ctxaudit("-v", cwd=hostile(tmp_path, name, make))
    assert answer.returncode in (0, 1)
    said = f"what git ignores and tracks: {name} is not a regular file" in " ".join(answer.stdout.decode().split())
    assert said is not (make is Path.mkdir and name in MAY_BE_A_DIRECTORY)


@pytest.mark.parametrize("name", [".git/HEAD", ".git/config", ".git/packed-refs", ".git/objects/info/alternates"])
@pytest.mark.parametrize("make", KINDS)
def test_no_commit_is_read_where_git_would_wait(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    root = hostile(tmp_path, name, make)
    at, base = (ctxaudit(option, "HEAD", cwd=root) for option in ("--at", "--base"))
    assert (at.returncode, at.stdout) == (2, b"")
    assert f"{name} is not a regular file" in at.stderr.decode()
    assert base.returncode in (0, 1)  # the audit stands
    shown = " ".join(base.stdout.decode().split())
    assert f"unknown: .: what changed since HEAD: {name} is not a regular file" in shown


def test_a_gitignore_further_down_that_git_waits_for_costs_the_limit_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctxaudit.repository.program.SHORT_LIMIT", 0.3)
    answer = ctxaudit("-v", cwd=hostile(tmp_path, "web/.gitignore", os.mkfifo))
    assert answer.returncode in (0, 1)
    said = " ".join(answer.stdout.decode().split())
    assert "what git ignores and tracks: git ls-files took longer than 0.3 seconds" in said


@pytest.mark.parametrize("make", KINDS[:3])
def test_what_stands_for_the_whole_of_git_is_named(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . .\n", "package.json": "{}", "dist/a.js": "1"})
    make(tmp_path / ".git")
    answer = ctxaudit("-v", cwd=tmp_path)
    assert answer.returncode in (0, 1)
    assert "what git ignores and tracks: .git is not a regular file" in " ".join(answer.stdout.decode().split())


def test_a_damaged_index_leaves_the_audit_as_it_is(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . .\n", "package.json": "{}", "dist/a.js": "1"})
    git(tmp_path, "init", "-q")
    (tmp_path / ".git/index").write_text("garbage")
    assert ctxaudit("ls", cwd=tmp_path).returncode == 0
    assert ctxaudit(cwd=tmp_path).returncode in (0, 1)
