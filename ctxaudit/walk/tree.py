"""A directory that evidence may ask about, and one path of it."""

from __future__ import annotations

import functools
import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from ctxaudit.files import TYPES, Lookup, read_regular
from ctxaudit.model import EntryType, Node, Unknown
from ctxaudit.repository import Repository
from ctxaudit.walk.bulk import Sums, summed
from ctxaudit.walk.choice import Selection
from ctxaudit.walk.disk import HEAD_BYTES, full
from ctxaudit.walk.store import Store
from ctxaudit.walk.stream import walk


class Tracking(Protocol):
    """What git says of a path."""

    def tracks(self, path: str) -> bool: ...
    def tracked_below(self, path: str) -> Iterator[str]: ...
    def ignores(self, path: str) -> bool: ...


class Tree(Lookup, Protocol):
    """A tree that can be walked, and asked about: a directory of the disk, or of a commit.

    root: its directory on this machine, also where a commit stands in for it. repository: the git repository that it
    stands in, None where git says nothing of it.
    """

    root: str

    @property
    def repository(self) -> Repository | None: ...

    def walk(
        self,
        selection: Selection,
        progress: Callable[[int], None] | None = None,
        *,
        attributes: bool = True,
        sums: Sums | None = None,
    ) -> Iterator[Node]:
        """Give every entry that the selection meets, a directory before its children, names in byte order.

        sums: takes what is plain in bulk, which is then not given; what cannot come in bulk gives every entry still.
        """

    def unknowns(self, shown: str, permits: Callable[[str], bool]) -> Iterator[Unknown]:
        """Give what is not known of the tree.

        shown: the context as the user wrote it. permits: whether the ignore file lets a path through.
        """

    def head(self, path: str, limit: int = HEAD_BYTES) -> bytes:
        """Return the first bytes of a regular file, b"" for anything else."""

    def place(self, path: str, repository: Tracking | None, node: Node | None = None) -> TreePlace:
        """Return the place that evidence asks about."""


class DiskTree:
    """A directory of the disk. Raises nothing for what cannot be read, but `target`: PermissionError, as lstat does.

    jobs: how many processes may add up what is in it, on the first walk: what that leaves to others is little.
    """

    def __init__(self, root: Path, jobs: int = 1) -> None:
        self.root = os.fspath(root)
        self.names = functools.lru_cache(maxsize=512)(self._names)
        self._store = Store(self.root)
        self._jobs = jobs

    def walk(
        self,
        selection: Selection,
        progress: Callable[[int], None] | None = None,
        *,
        attributes: bool = True,
        sums: Sums | None = None,
    ) -> Iterator[Node]:
        """Give every entry that the selection meets, as `walk` does; with *sums*, those that have no part in any."""
        if sums is not None:
            jobs, self._jobs = self._jobs, 1
            return summed(self._store, selection, sums, progress, jobs)
        return walk(Path(self.root), selection, progress, attributes=attributes)

    @functools.cached_property
    def repository(self) -> Repository | None:
        """The git repository that the directory stands in."""
        return Repository.of(Path(self.root))

    def unknowns(self, shown: str, permits: Callable[[str], bool]) -> Iterator[Unknown]:
        """Give nothing: all can be looked at."""
        return iter(())

    def _names(self, path: str) -> frozenset[str]:
        """The names in a directory, not through a symlink."""
        return self._store.names(path)

    def head(self, path: str, limit: int = HEAD_BYTES) -> bytes:
        """The first bytes of a regular file, b"" for anything else."""
        return read_regular(full(self.root, path), limit) or b""

    def target(self, path: str) -> str | None:
        """The raw target of a symlink, None for anything else. Raises PermissionError as lstat does."""
        try:
            return os.readlink(full(self.root, path))
        except PermissionError:
            raise
        # Only PermissionError is the caller's business: fsutil's FollowLinks fails on it, and on nothing else.
        except (OSError, ValueError):  # no file can have a name with a NUL
            return None

    def type(self, path: str) -> EntryType | None:
        """The type of an entry, None if there is no entry."""
        try:
            return TYPES[stat.S_IFMT(os.lstat(full(self.root, path)).st_mode)]
        except (OSError, ValueError):
            return None

    def place(self, path: str, repository: Tracking | None, node: Node | None = None) -> TreePlace:
        """Give the place that evidence asks about."""
        if node is None:
            status = os.lstat(full(self.root, path))
            kind = TYPES[stat.S_IFMT(status.st_mode)]
            return TreePlace(self, repository, path, kind, status.st_size, self.target(path) or "")
        size = node.attributes.size if node.attributes else 0
        return TreePlace(self, repository, path, node.type, size, node.target)


class TreePlace:
    """One path of a tree, as evidence sees it; `model.Place`."""

    def __init__(
        self, tree: Tree, repository: Tracking | None, path: str, kind: EntryType, size: int, target: str
    ) -> None:
        self.tree = tree
        self.repository = repository
        self.path = path
        self.type = kind
        self.size = 0 if kind == "dir" else size
        self.target = target
        self._names: dict[str, frozenset[str]] = {}

    @property
    def tracked(self) -> bool:
        return self.repository is not None and self.repository.tracks(self.path)

    @property
    def git_ignored(self) -> bool:
        return self.repository is not None and self.repository.ignores(self.path)

    def tracked_below(self, path: str) -> Iterator[str]:
        return iter(()) if self.repository is None else self.repository.tracked_below(path)

    def names(self, where: str) -> frozenset[str]:
        if where not in self._names:
            inside = self._inside(where)
            self._names[where] = frozenset() if inside is None else self.tree.names(inside)
        return self._names[where]

    def head(self, where: str = "") -> bytes:
        inside = self._inside(where)
        return b"" if inside is None else self.tree.head(inside)

    def _inside(self, where: str) -> str | None:
        if not where:
            return self.path
        joined = posixpath.normpath(f"{self.path}/{where}")
        if joined == ".":
            return ""
        return None if joined.startswith("..") else joined
