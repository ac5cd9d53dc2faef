"""The `.git` directory that BuildKit keeps in a git context where it is asked to.

Source: buildkit 73ed682, source/git/source.go, `checkout`.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ctxaudit.repository.program import SAFE, Git, program
from ctxaudit.repository.snapshot import FILE_MODE, TreeEntry
from ctxaudit.values import frozen

_ALONE = {"GIT_ALLOW_PROTOCOL": "file", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@frozen
class _Disk:
    """Files of the cache; the key is a path."""

    def read(self, key: str, limit: int = -1) -> bytes:
        with open(key, "rb") as file:
            return file.read(limit)


def make_kept(git: Git, commit: str, ref: str, url: str) -> Path:
    """Give a directory whose `.git` is as a shallow fetch of one commit leaves it, beside the repository that holds it.

    It is made whole or not at all; the caller lets no other process make it meanwhile.
    ref: what names the commit in *git*. url: what `origin` says.
    """
    directory = git.git_dir / "kept" / commit
    if not directory.exists():
        _make(git, commit, ref, url, directory)
    return directory


def kept(directory: Path) -> Iterator[tuple[str, TreeEntry]]:
    """Give the files of `.git` in a directory that `make_kept` has made."""
    for folder, _, names in os.walk(directory / ".git"):
        for name in names:
            full = os.path.join(folder, name)
            status = os.lstat(full)
            if stat.S_ISREG(status.st_mode):
                mode = stat.S_IFREG | 0o755 if status.st_mode & 0o100 else FILE_MODE
                yield os.path.relpath(full, directory), TreeEntry(mode, status.st_size, full, _Disk())


def _make(git: Git, commit: str, ref: str, url: str, directory: Path) -> None:
    made = directory.with_suffix(".new")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    home = made / ".git"
    own = Git(made, (program(), f"--git-dir={home}", f"--work-tree={made}", *SAFE), home, made)
    for arguments in (
        ("-c", "init.defaultBranch=master", "init", "--quiet"),
        ("remote", "add", "origin", f"file://{git.git_dir}"),
        ("fetch", "--quiet", "-u", "--depth=1", "--no-write-fetch-head", "--", "origin", f"{ref}:refs/heads/fetched"),
        ("read-tree", commit),
        ("update-ref", "--no-deref", "HEAD", commit),
        ("remote", "set-url", "origin", url),
        ("reflog", "expire", "--all", "--expire=now"),
    ):
        own.run(*arguments, environment=_ALONE)
    os.rename(made, directory)
