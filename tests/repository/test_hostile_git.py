"""Files of git that are none: git is not asked, and the audit stands."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ctxaudit.report import FORMATS
from support import NOBODY, ctxaudit, git, make_tree


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


def give_away(root: Path) -> None:
    """Make the tree somebody else's, as in a container of CI; who is not root lets git assume so."""
    if os.geteuid() == 0:
        for path in (root, *root.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def damage(name: str, data: bytes) -> Callable[[Path], None]:

    def spoil(root: Path) -> None:
        (root / name).write_bytes(data)

    return spoil


def make_index_a_fifo(root: Path) -> None:
    (root / ".git/index").unlink()
    os.mkfifo(root / ".git/index")


def leave_a_file_that_leads_nowhere(root: Path) -> None:
    shutil.rmtree(root / ".git")
    (root / ".git").write_text("gitdir: /nowhere/at/all\n")


TRUST = "fix: git config --global --add safe.directory"
MAKE_IT_WORK = "fix: make `git status` work there"
MAKE_INDEX = 'fix: rm "$(git rev-parse --git-dir)/index" && git reset'
SILENT = [
    pytest.param(give_away, ".", "detected dubious ownership", TRUST, id="somebody else's"),
    pytest.param(damage(".git/index", b"x"), ".", "git's index is damaged: ", MAKE_INDEX, id="an index"),
    pytest.param(damage(".git/index", b"DIRC" * 50), ".", "git's index is damaged: ", MAKE_INDEX, id="a corrupt index"),
    pytest.param(make_index_a_fifo, ".", ".git/index is not a regular file", MAKE_IT_WORK, id="a FIFO"),
    pytest.param(damage(".git/config", b"[x"), ".", "bad config line", MAKE_IT_WORK, id="a configuration"),
    pytest.param(damage(".git/HEAD", b""), ".", "not a git repository", MAKE_IT_WORK, id="an empty HEAD"),
    pytest.param(leave_a_file_that_leads_nowhere, ".", "not a git repository", MAKE_IT_WORK, id="a lost work tree"),
    pytest.param(damage("in/.git", b"junk"), "in", "invalid gitfile format", MAKE_IT_WORK, id="junk further down"),
]
TRACKED = {
    "Dockerfile": "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ['node','src/a.js']\n",
    "src/a.js": 'require("dotenv").config()\n',
    "package.json": "{}",
    "package-lock.json": "{}",
    ".env": "A=1\n",
    "node_modules/x/package.json": "{}",
    ".venv/pyvenv.cfg": "home = /usr\n",
    "coverage/lcov.info": "x",
    "debug.log": "x",
}


def tracked_tree(root: Path) -> Path:
    for directory in ("", "in/"):
        make_tree(root, {f"{directory}{name}": data for name, data in TRACKED.items()})
    git(root, "init", "-q")
    git(root, "add", "-f", ".")
    git(root, "commit", "-q", "-m", "one")
    return root


@pytest.mark.parametrize(("spoil", "where", "complaint", "fix"), SILENT)
def test_where_git_does_not_say_what_it_tracks_nothing_goes_that_it_may_track(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
    where: str,
    complaint: str,
    fix: str,
) -> None:
    spoil(tracked_tree(tmp_path))
    if spoil is give_away and os.geteuid() != 0:
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for action in ("--diff", "--check", "--write"):
        answer = ctxaudit(where, action, cwd=tmp_path)
        said = " ".join((answer.stdout + answer.stderr).decode().split())
        assert "that git tracks" not in said
        assert f"unknown: {where}: what git ignores and tracks" in said
        assert fix in said
        lines = re.findall(r"stays: ([^:]+?)(?: and \d more)?: git may track it, and does not say so: ", said)
        assert {".env", "node_modules", ".venv", "coverage", "debug.log"} <= set(", ".join(lines).split(", "))
        assert complaint in said
    written = tmp_path / where / ".dockerignore"
    assert not written.exists() or written.read_text().splitlines()[1:-1] == [".git"]


def test_where_git_is_silent_no_secret_is_advised_to_be_taken_from_it(tmp_path: Path) -> None:
    tracked_tree(tmp_path)
    (tmp_path / "id_rsa").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjE" * 9)
    damage(".git/index", b"x")(tmp_path)
    audit = ctxaudit(cwd=tmp_path, columns=200).stdout.decode()
    assert "stays: git may track it, and does not say so" in audit
    assert [word for word in ("git rm", "Untrack", "revoke it") if word in audit] == []


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"sarif"}))  # which describes the kinds
def test_where_git_is_silent_no_evidence_says_that_it_does_not_track(tmp_path: Path, name: str) -> None:
    tracked_tree(tmp_path)
    (tmp_path / "fast.pyx").touch()
    (tmp_path / "fast.cpython-313.so").write_bytes(b"\x7fELF")  # "beside *.pyx, not tracked by git", or git-ignored
    damage(".git/index", b"x")(tmp_path)
    said = ctxaudit("-v", "--format", name, cwd=tmp_path).stdout.decode()
    assert ("fast.cpython" in said, "not tracked by git" in said) == (True, False)


def test_what_the_block_excludes_already_stays_excluded_where_git_is_silent(tmp_path: Path) -> None:
    make_tree(tmp_path, {**TRACKED, ".gitignore": "node_modules\n.env\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    ctxaudit("--write", cwd=tmp_path)
    written = (tmp_path / ".dockerignore").read_text()
    assert "**/node_modules" in written
    damage(".git/index", b"x")(tmp_path)
    answer = ctxaudit("--check", cwd=tmp_path)
    assert answer.returncode == 0
    assert b"unknown: .: what git ignores and tracks" in answer.stderr
    ctxaudit("--write", cwd=tmp_path)
    assert (tmp_path / ".dockerignore").read_text() == written


def test_a_directory_that_is_no_repository_tracks_nothing(tmp_path: Path) -> None:
    make_tree(tmp_path, {**TRACKED, ".git/": None})
    answer = ctxaudit("--diff", cwd=tmp_path)
    assert b"+**/node_modules" in answer.stdout
    assert b"unknown: .: what git ignores and tracks: not a git repository" in answer.stderr
