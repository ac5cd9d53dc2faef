"""The files of a commit as a clean checkout of its own, for the audit of one repository.

Its `.git` has an index with all files and nothing else, so that all of them are tracked; how large a real one would be
depends on the clone. Links are made last, so that nothing is written through one.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ctxaudit.errors import CtxauditError
from ctxaudit.files import WRITE_NEW
from ctxaudit.repository.program import SAFE, Git, program
from ctxaudit.repository.snapshot import SUBMODULE, Snapshot, TreeEntry
from ctxaudit.values import frozen, shown_size

NAME = "tree"
# Of a larger file only the start is written, and the rest is a hole: the search for secrets reads no more of one.
MOST_CONTENT = 1 << 20  # bytes
DEEPEST = 256  # directories within each other
_MOST_ENTRIES = 500_000
_MOST_WRITTEN = 8 << 30  # bytes: many names of one content are small in git, and large on the disk
_OBJECT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REFUSED = frozenset(("", ".", "..", ".git"))


@frozen
class File:
    """An entry of a tree that is to be made.

    mode: as of st_mode, SUBMODULE for a submodule. content: the start of a file, or the target of a link.
    object: git's name of it, "" where the index need not have it.
    """

    path: str
    mode: int
    size: int
    content: bytes
    object: str = ""


def files_of(snapshot: Snapshot) -> Iterator[File]:
    """Give the entries of a commit with what is written of each."""
    for path, entry in snapshot.entries.items():
        yield File(path, entry.mode, entry.size, _content(snapshot, path, entry), entry.object)


def make(files: Iterable[File], directory: Path) -> Path:
    """Make a tree in an empty directory, and return it; raises CtxauditError for what this machine cannot hold."""
    tree = directory / NAME
    tree.mkdir()
    links, tracked = list[File](), list[File]()
    written = 0
    for number, file in enumerate(files):
        _check(file.path)
        written += len(file.content)
        if written > _MOST_WRITTEN:
            most = shown_size(_MOST_WRITTEN)
            raise CtxauditError(f"its files have more than {most} of content to search, the limit of a fleet's audit")
        if number >= _MOST_ENTRIES:
            raise CtxauditError(f"it has more than {_MOST_ENTRIES:,} files, the limit of a fleet's audit")
        tracked.append(file)
        if stat.S_ISLNK(file.mode):
            links.append(file)
        else:
            _placed(tree, file, _directory if file.mode == SUBMODULE else _file)
    for link in links:
        _placed(tree, link, _link)
    _track(tree, tracked)
    return tree


def _content(snapshot: Snapshot, path: str, entry: TreeEntry) -> bytes:
    if entry.mode == SUBMODULE or snapshot.lacks(path) or path in snapshot.pointers:
        return b""
    if stat.S_ISLNK(entry.mode):
        return os.fsencode(snapshot.target(path) or "")
    return snapshot.read(path, min(entry.size, MOST_CONTENT)) or b""


def _check(path: str) -> None:
    steps = path.split("/")
    if not _REFUSED.isdisjoint(steps) or "\0" in path:
        raise CtxauditError(f"git itself refuses the path {path!r}")
    if len(steps) > DEEPEST:
        raise CtxauditError(f"it has more than {DEEPEST} directories within each other, the limit of a fleet's audit")


def _placed(tree: Path, file: File, put: object) -> None:
    full = os.path.join(tree, file.path)
    try:
        os.makedirs(os.path.dirname(full), exist_ok=True)
        assert callable(put)
        put(full, file)
    except OSError as error:
        raise CtxauditError(f"{file.path} cannot be checked out: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # of a link's target
        raise CtxauditError(f"{file.path} cannot be checked out: a NUL") from error


def _directory(full: str, file: File) -> None:
    os.makedirs(full, exist_ok=True)


def _file(full: str, file: File) -> None:
    with open(os.open(full, WRITE_NEW, 0o600), "wb") as stream:
        stream.write(file.content[: file.size])
        stream.truncate(file.size)
    os.chmod(full, stat.S_IMODE(file.mode))


def _link(full: str, file: File) -> None:
    os.symlink(file.content, os.fsencode(full))


def _track(directory: Path, files: Iterable[File]) -> None:
    """Make the repository of the tree, and let its index have the files."""
    home = directory / ".git"
    git = Git(directory, (program(), f"--git-dir={home}", f"--work-tree={directory}", *SAFE), home, directory)
    git.run("-c", "init.defaultBranch=main", "init", "--quiet", "--template=")
    rows = (f"{git_mode(file.mode)} {file.object}\t{file.path}\0" for file in files if _OBJECT.fullmatch(file.object))
    git.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(rows)))


def git_mode(mode: int) -> str:
    """Give a mode as git writes it."""
    if mode == SUBMODULE:
        return "160000"
    if stat.S_ISLNK(mode):
        return "120000"
    return "100755" if mode & 0o100 else "100644"
