"""The state of the files in which git finds the head commit: the same one is the same answer of git's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ctxaudit.repository.heads import state_of
from support import git, make_tree

WHO = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
Repository = Callable[[Path], Path]


def clone(home: Path, *options: str) -> Path:
    """Make a repository with two commits, and branches `main` and `other` of one each."""
    make_tree(home, {"a": "1"})
    git(home, "init", "-q", "-b", "main", *options)
    git(home, "add", "a")
    git(home, "commit", "-q", "-m", "1")
    git(home, "branch", "other")
    git(home, "commit", "-q", "--allow-empty", "-m", "2")
    return home


def bare(home: Path) -> Path:
    git(clone(home.with_suffix(".tree")), "clone", "-q", "--bare", "--no-local", ".", os.fspath(home))
    return home


def packed(home: Path) -> Path:
    git(clone(home), "pack-refs", "--all")
    git(home, "gc", "-q")
    return home


def detached(home: Path) -> Path:
    git(clone(home), "checkout", "-q", "--detach", "other")
    return home


def linked(home: Path) -> Path:
    """A work tree of another repository, whose `.git` is a file."""
    git(clone(home.with_suffix(".main")), "worktree", "add", "-q", os.fspath(home), "other")
    return home


def submodule(home: Path) -> Path:
    above = clone(home.with_suffix(".above"))
    inner = clone(home.with_suffix(".inner"))
    git(above, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", os.fspath(inner), "sub")
    return above / "sub"


def symbolic(home: Path) -> Path:
    git(clone(home), "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    git(home, "symbolic-ref", "HEAD", "refs/heads/alias")
    return home


def sha256(home: Path) -> Path:
    return clone(home, "--object-format=sha256")


KINDS = [
    pytest.param(clone, id="a clone"),
    pytest.param(bare, id="a bare mirror"),
    pytest.param(packed, id="packed references"),
    pytest.param(detached, id="a detached HEAD"),
    pytest.param(linked, id="a linked work tree"),
    pytest.param(submodule, id="a submodule"),
    pytest.param(symbolic, id="a branch that names another"),
    pytest.param(sha256, id="objects by SHA-256"),
]


def said(home: Path, *arguments: str) -> str:
    environment = {**os.environ, **dict.fromkeys(WHO, "a@example.org"), "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", *arguments], cwd=home, env=environment, check=True, capture_output=True)
    return done.stdout.decode().strip()


def head(home: Path) -> str:
    return said(home, "rev-parse", "HEAD")


def in_head(text: str) -> Callable[[Path], int]:
    return lambda home: (home / ".git/HEAD").write_text(text)


def with_a_directory_for_the_branch(home: Path) -> None:
    (home / ".git/refs/heads/main").unlink()
    (home / ".git/refs/heads/main").mkdir()


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_is_the_same_until_the_commit_is_another(kind: Repository, tmp_path: Path) -> None:
    home = kind(tmp_path / "r")
    before = state_of(os.fspath(home), head(home))
    git(home, "log", "-1")
    git(home, "branch", "beside", "HEAD")
    assert before and state_of(os.fspath(home), head(home)) == before
    commit = said(home, "commit-tree", said(home, "rev-parse", "HEAD^{tree}"), "-m", "3", "-p", "HEAD")
    git(home, "update-ref", "HEAD", commit)
    assert head(home) == commit
    assert state_of(os.fspath(home), commit) != before


def lose_the_commit(home: Path) -> None:
    commit = head(home)
    (home / ".git/objects" / commit[:2] / commit[2:]).unlink()


def move_packed(home: Path) -> None:
    file = home / ".git/packed-refs"
    rows = file.read_text().splitlines()
    other = next(row.split()[0] for row in rows if row.endswith("heads/other"))
    file.write_text("\n".join(row if "heads/main" not in row else f"{other} refs/heads/main" for row in rows) + "\n")


def replace_by(make: Callable[[Path], object], name: str) -> Callable[[Path], None]:
    def change(home: Path) -> None:
        (home / name).rename(home / "taken")
        make(home / name)

    return change


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        pytest.param(clone, lambda home: git(home, "checkout", "-q", "other"), id="another branch"),
        pytest.param(clone, lambda home: git(home, "checkout", "-q", "--detach"), id="no branch"),
        pytest.param(clone, lambda home: git(home, "reset", "-q", "--hard", "other"), id="the branch put back"),
        pytest.param(clone, lambda home: git(home, "symbolic-ref", "HEAD", "refs/heads/none"), id="a branch to be"),
        pytest.param(clone, lambda home: git(home, "update-ref", "-d", "refs/heads/main"), id="the branch is gone"),
        pytest.param(clone, lambda home: (home / ".git/config").write_text("["), id="a faulty configuration"),
        pytest.param(clone, lambda home: git(home, "config", "x.y", "z"), id="another configuration"),
        pytest.param(clone, lose_the_commit, id="the commit's object is lost"),
        pytest.param(packed, lambda home: shutil.rmtree(home / ".git/objects/pack"), id="the packs are lost"),
        pytest.param(packed, move_packed, id="a packed branch moved"),
        pytest.param(packed, lambda home: git(home, "commit", "-q", "--allow-empty", "-m", "3"), id="no longer packed"),
        pytest.param(linked, lambda home: git(home, "checkout", "-q", "--detach", "main"), id="a linked tree's HEAD"),
        pytest.param(
            symbolic, lambda home: git(home, "symbolic-ref", "refs/heads/alias", "refs/heads/other"), id="an alias"
        ),
        pytest.param(clone, replace_by(os.mkfifo, ".git/index"), id="an index that is a FIFO"),
        pytest.param(clone, lambda home: os.chown(home, 65534, 65534), id="another owner"),
    ],
)
def test_the_state_is_another_after(kind: Repository, change: Callable[[Path], object], tmp_path: Path) -> None:
    home = kind(tmp_path / "r")
    commit = head(home)
    before = state_of(os.fspath(home), commit)
    change(home)
    assert before and state_of(os.fspath(home), commit) != before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(replace_by(os.mkfifo, ".git/HEAD"), id="a HEAD that is a FIFO"),
        pytest.param(
            replace_by(lambda file: file.symlink_to("refs/heads/main"), ".git/HEAD"), id="a HEAD that is a link"
        ),
        pytest.param(replace_by(Path.mkdir, ".git/HEAD"), id="a HEAD that is a directory"),
        pytest.param(replace_by(lambda file: file.symlink_to("taken"), ".git"), id="a .git that is a link"),
        pytest.param(replace_by(lambda file: file.write_text("taken"), ".git"), id="a .git that is another file"),
        pytest.param(lambda home: git(home, "config", "include.path", "x"), id="a configuration that includes another"),
        pytest.param(lambda home: git(home, "symbolic-ref", "refs/heads/main", "refs/heads/main"), id="a loop"),
        pytest.param(in_head("ref: refs/heads/../x\n"), id="a way out"),
        pytest.param(in_head("ref: refs/heads/a b\n"), id="no name"),
        pytest.param(in_head("ref: refs/heads/a\0b\n"), id="a NUL"),
        pytest.param(lambda home: (home / ".git/HEAD").write_bytes(b"x" * (17 << 20)), id="a large HEAD"),
        pytest.param(
            lambda home: (home / ".git/refs/heads/main").unlink() or (home / ".git/refs/heads/main").mkdir(),
            id="a directory",
        ),
        pytest.param(lambda home: make_tree(home, {".git/objects/info/alternates": "/x\n"}), id="objects elsewhere"),
        pytest.param(lambda home: make_tree(home, {".git/reftable/tables.list": "x\n"}), id="tables of references"),
        pytest.param(lambda home: shutil.rmtree(home / ".git"), id="no repository"),
    ],
)
def test_git_is_asked_about(change: Callable[[Path], object], tmp_path: Path) -> None:
    home = clone(tmp_path / "r")
    change(home)
    assert state_of(os.fspath(home)) == ""
