"""The files of a context as they lie there, asked one by one: nothing is listed that no command asks for."""

from __future__ import annotations

import functools
from collections.abc import Callable

from ctxaudit.needed.paths import Files
from ctxaudit.needed.project import Project


class OnDisk(Project):
    """Every file of a tree, or only those that the ignore file permits.

    permits: whether the ignore file permits a path.
    """

    def __init__(self, tree: Files, permits: Callable[[str], bool] = lambda path: True) -> None:
        super().__init__(tree, ())
        self._permits = permits
        self._listed = functools.lru_cache(maxsize=4096)(self._list)

    def holds(self, path: str) -> bool:
        return self._tree.type(path) in ("file", "symlink") and self._permits(path)

    def is_dir(self, path: str) -> bool:
        return not path or self._tree.type(path) == "dir"

    def children(self, directory: str) -> frozenset[str]:
        """Give the names in a directory; a directory that is excluded counts, as an exception may keep files in it."""
        return self._listed(directory)

    def _list(self, directory: str) -> frozenset[str]:
        start = f"{directory}/" if directory else ""
        names = self._tree.names(directory)
        return frozenset(
            name for name in names if self._permits(start + name) or self._tree.type(start + name) == "dir"
        )
