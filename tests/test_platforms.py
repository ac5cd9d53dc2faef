"""Where Python has less than on Linux: the second ways, on a Linux whose own are hidden before ctxaudit is imported.

It is no Windows: names have slashes, and programs start as they do here. What is shown is that nothing needs a
descriptor of a directory, a fork, a lock, a group of processes, `poll`, extended attributes, or a user's number.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

# Windows' os.open opens no directory, and no function there takes a descriptor of one.
HIDING = """
import os, select, sys, stat
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in (
    "fork", "geteuid", "getuid", "killpg", "fchmod", "fchown", "fchdir", "listxattr", "getxattr", "setsid", "mkfifo",
    "sched_getaffinity", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC",
):
    delattr(os, name)
del select.poll
for known in (os.supports_dir_fd, os.supports_fd, os.supports_effective_ids):
    known.clear()

def without_descriptors(function, is_open):
    def called(path, *arguments, dir_fd=None, effective_ids=False, **options):
        if dir_fd is not None or effective_ids or (isinstance(path, int) and not is_open):
            raise NotImplementedError(f"{function.__name__} takes no descriptor here")
        if is_open and os.path.isdir(path):
            raise PermissionError(13, "Permission denied", path)
        return function(path, *arguments, **options)
    return called

for name in ("open", "access", "unlink", "readlink", "scandir", "listdir", "lstat"):
    setattr(os, name, without_descriptors(getattr(os, name), name == "open"))
own_stat, own_replace = os.stat, os.replace

def status(path, *, dir_fd=None, follow_symlinks=True):
    if dir_fd is not None:
        raise NotImplementedError("stat takes no descriptor here")
    return own_stat(path, follow_symlinks=follow_symlinks)

def replace(source, target, *, src_dir_fd=None, dst_dir_fd=None):
    if src_dir_fd is not None or dst_dir_fd is not None:
        raise NotImplementedError("replace takes no descriptor here")
    return own_replace(source, target)

os.stat, os.replace = status, replace
"""
COMMAND = f"{HIDING}\nsys.argv[0] = 'ctxaudit'\nfrom ctxaudit.__main__ import run\nrun()\n"
FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22.11.0\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node src/a.js\n",
    ".gitignore": "node_modules\n*.log\n",
    "package.json": "{}",
    "package-lock.json": "{}",
    "src/a.js": "1\n",
    "debug.log": "x\n",
    "node_modules/x/index.js": "x" * 1000,
    "deep/" + "/".join(["d"] * 120) + "/f": "f",
    "names/é": "1",
}


def without_posix(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", COMMAND, *arguments], capture_output=True, check=False)


def answer(process: subprocess.CompletedProcess[bytes]) -> tuple[int, bytes, bytes]:
    return process.returncode, process.stdout, process.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_tree(tmp_path / "app", FILES)
    (root / "link").symlink_to("src/a.js")
    (root / "loop").symlink_to("loop")
    git(root, "init", "-q")
    git(root, "add", "src", "Dockerfile", "package.json", "package-lock.json", ".gitignore")
    git(root, "commit", "-q", "-m", "x")
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("audit", "--format", "json"), id="the audit"),
        pytest.param(("audit", "--builder", "classic", "--format", "json"), id="the audit for the classic builder"),
        pytest.param(("audit", "--diff"), id="the proposal"),
        pytest.param(("audit", "--at", "HEAD", "--format", "json"), id="the audit of a commit"),
        pytest.param(("ls", "--builder", "classic"), id="the list, entry by entry"),
        pytest.param(("cache",), id="the cache, with its history"),
    ],
)
def test_the_answers_are_the_same(arguments: tuple[str, ...], root: Path) -> None:
    command, *options = arguments
    there = ctxaudit(command, root, *options)
    assert there.returncode in (0, 1)
    assert answer(without_posix(command, root, *options)) == answer(there)


@pytest.mark.parametrize("command", ["why"])
def test_one_path_is_explained(command: str, root: Path) -> None:
    there = ctxaudit(command, "src/a.js", "--context", root)
    assert there.returncode == 0
    assert answer(without_posix(command, "src/a.js", "--context", root)) == answer(there)


def test_the_ignore_file_is_written_and_nothing_else(root: Path) -> None:
    def state() -> Mapping[str, bytes]:
        return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git/" not in str(path)}

    before = state()
    proposed = json.loads(ctxaudit("audit", root, "--format", "json").stdout)["targets"][0]["proposal"]
    done = without_posix("audit", root, "--write")
    assert (done.returncode, done.stderr) == (0, b"")
    after = state()
    written = after.pop(str(root / ".dockerignore")).decode().splitlines()
    assert (written[1:-1], after) == (proposed["patterns"], before)


def test_a_link_is_not_followed_into_a_directory(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    (root / "out").symlink_to(make_tree(tmp_path / "elsewhere", {"hidden": "1"}))
    there = ctxaudit("ls", root)
    assert b"hidden" not in there.stdout
    assert answer(without_posix("ls", root)) == answer(there)
