"""The project's own files: what git tracks of a context, and the text of it.

What lies there by chance, as what git ignores, is never asked: two machines give the same answers.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ctxaudit.ignore import expand
from ctxaudit.needed.names import Mentions, Sources
from ctxaudit.needed.paths import FOREIGN, Files
from ctxaudit.needed.whole import WholeFiles

_MOST_FILES = 200_000
_MOST_READ = 20_000  # without git, where what lies there is all that can be asked
_LARGEST = 1024 * 1024  # bytes of a source that are searched for paths
_T = TypeVar("_T")
_NOTHING: frozenset[str] = frozenset()


class Project:
    """The tracked files of one context; paths are relative to its root, "" for the root.

    tracked: None if git does not say; then all files count but those in directories of other people's code.
    sources: what contexts that overlap share. root: the context's own place, which tells its files from theirs.
    """

    def __init__(
        self, tree: Files, tracked: Iterable[str] | None, sources: Sources | None = None, root: str = ""
    ) -> None:
        self._tree = tree
        self._whole = WholeFiles(tree)
        self._root = root
        self.sources = sources or Sources()
        self._tracked = tracked
        self._of_text: dict[tuple[Any, str], Any] = {}
        self._of_tree: dict[tuple[Any, Files], Any] = {}
        self.text = functools.lru_cache(maxsize=512)(self._text)

    def paths(self) -> frozenset[str]:
        return self._files

    def holds(self, path: str) -> bool:
        """Whether a path is one of the files."""
        return path in self._files

    def children(self, directory: str) -> frozenset[str]:
        """Give the names in a directory that lead to tracked files."""
        return self._children.get(directory, _NOTHING)

    def named(self, name: str) -> tuple[str, ...]:
        """Give the tracked files that have this name, wherever they lie."""
        return self._by_name.get(name, ())

    def with_ending(self, ending: str) -> tuple[str, ...]:
        """Give the tracked files whose names have this ending behind their last dot, by their paths."""
        return self._by_ending.get(ending, ())

    def is_dir(self, path: str) -> bool:
        return not path or path in self._children

    def matching(self, pattern: str, directory: str = "") -> Iterator[str]:
        """Give the tracked files and directories that match as COPY matches."""
        return expand(pattern, self.children, self.is_dir, directory)

    def of_text(self, read: Callable[[str, str], _T | None], path: str) -> _T | None:
        """Give what *read* makes of a file's path and content, once for all builds; None if it is not text."""
        key = read, path
        if key not in self._of_text:
            text = self.text(path)
            self._of_text[key] = None if text is None else read(path, text)
        found: _T | None = self._of_text[key]
        return found

    def once(self, tree: Files, read: Callable[[Files], _T]) -> _T:
        """Give what *read* makes of a tree, once for all builds of the context."""
        key = read, tree
        if key not in self._of_tree:
            self._of_tree[key] = read(tree)
        found: _T = self._of_tree[key]
        return found

    def place(self, path: str) -> str:
        """Give what tells a file from those of other contexts."""
        return f"{self._root}/{path}"

    def head(self, path: str) -> bytes:
        """Give what a file begins with."""
        return self._tree.head(path, _LARGEST)

    @functools.cached_property
    def mentions(self) -> Mentions:
        """What the tracked files name."""
        return Mentions(self, self.sources)

    def _text(self, path: str) -> str | None:
        """The text of a tracked file, None for anything else: a program of the project is not its script."""
        data = self._whole.read(path) if self.holds(path) else b"\0"
        return None if b"\0" in data else data.decode("utf-8", "replace")

    @functools.cached_property
    def _files(self) -> frozenset[str]:
        found = self._walked() if self._tracked is None else self._tracked
        return frozenset(path for path, _ in zip(found, range(_MOST_FILES), strict=False))

    @functools.cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._files):
            found[path.rpartition("/")[2]].append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    @functools.cached_property
    def _by_ending(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._files):
            found[path.rpartition(".")[2]].append(path)
        return {ending: tuple(paths) for ending, paths in found.items()}

    @functools.cached_property
    def _children(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for path in self._files:
            while path:
                path, _, name = path.rpartition("/")
                if name in found[path]:
                    break
                found[path].add(name)
        return {path: frozenset(names) for path, names in found.items()}

    def _walked(self) -> Iterator[str]:
        pending = [""]
        looked = 0
        for directory in pending:  # grows meanwhile
            for name in sorted(self._tree.names(directory)):
                looked += 1
                path = f"{directory}/{name}" if directory else name
                kind = self._tree.type(path)
                if kind == "dir" and name not in FOREIGN:
                    pending.append(path)
                elif kind in ("file", "symlink"):
                    yield path
            if looked > _MOST_READ:
                return
