"""The tree of a commit, for whoever asks as of a tree on the disk."""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ctxaudit.model import Attributes, EntryType, Node
from ctxaudit.repository import SUBMODULE, SYMLINK, Snapshot, TreeEntry
from ctxaudit.walk import HEAD_BYTES, Selection, Tracking, Tree, TreePlace

# A checkout dates its files itself; every date from 2006 to 2043 takes the same bytes on BuildKit's wire.
_MODIFIED = 1_700_000_000_000_000_000
_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*size (\d{1,18})\n?")
_POINTER_BYTES = range(100, 1025)


class SnapshotTree(Tree):
    """What a commit tracks below one of its directories, as a clean checkout would hold it.

    A file of Git LFS has the size that its pointer states; a submodule is an empty directory.

    submodules: their paths. pointers: the paths of the LFS files that were met.
    """

    def __init__(self, snapshot: Snapshot, context: Path) -> None:
        super().__init__(context)
        self._snapshot = snapshot
        inside = snapshot.inside(context)
        self._prefix = f"{inside}/" if inside else ""
        self._children: dict[str, dict[str, TreeEntry | None]] = defaultdict(dict)
        self.submodules: list[str] = []
        self.pointers: set[str] = set()
        for entry in snapshot.entries.values():
            if entry.path.startswith(self._prefix):
                self._add(entry.path.removeprefix(self._prefix), entry)

    def _add(self, path: str, entry: TreeEntry | None) -> None:
        """Add an entry, and the directories above it that are not there yet."""
        if entry is not None and entry.mode == SUBMODULE:
            self.submodules.append(path)
            entry = None
        while path:
            parent, _, name = path.rpartition("/")
            is_known = parent in self._children
            self._children[parent][name] = entry
            path, entry = ("" if is_known else parent), None

    def walk(self, selection: Selection, progress: Callable[[int], None] | None = None) -> Iterator[Node]:
        """Give every entry that the selection meets, a directory before its children, names in byte order."""
        stack = [self._visited("", selection, selection.root)]
        while stack:
            for node, state in stack[-1]:
                yield node
                if node.entered:
                    stack.append(self._visited(node.path, selection, state))
                    break
            else:
                stack.pop()

    def _visited(self, directory: str, selection: Selection, state: Any) -> Iterator[tuple[Node, Any]]:
        for name in sorted(self._children.get(directory, ()), key=os.fsencode):
            path = f"{directory}/{name}" if directory else name
            kind = _type(self._children[directory][name])
            choice = selection.step(path, kind == "dir", state)
            needed = choice.permitted or choice.enters
            target = (self.target(path) or "") if kind == "symlink" and choice.kept else ""
            attributes = self._attributes(path) if needed else None
            yield Node(path, kind, choice.kept, choice.permitted, choice.enters, attributes, target), choice.state

    def _attributes(self, path: str) -> Attributes:
        entry = self._entry(path)
        mode = stat.S_IFDIR | 0o755 if entry is None else entry.mode | 0o777 * (entry.mode == SYMLINK)
        return Attributes(mode, self._size(path, entry), _MODIFIED, 0, 1, (0, 0), (), True)

    def _size(self, path: str, entry: TreeEntry | None) -> int:
        if entry is None:
            return 0
        if entry.size in _POINTER_BYTES and entry.mode != SYMLINK and self._snapshot.uses_lfs:
            pointer = _POINTER.fullmatch(self._snapshot.blob(entry))
            if pointer:
                self.pointers.add(path)
                return int(pointer[1])
        return entry.size

    def _entry(self, path: str) -> TreeEntry | None:
        parent, _, name = path.rpartition("/")
        return self._children.get(parent, {}).get(name)

    def _names(self, path: str) -> frozenset[str]:
        return frozenset(self._children.get(path, ()))

    def head(self, path: str, limit: int = HEAD_BYTES) -> bytes:
        """The first bytes of a regular file, b"" for anything else."""
        entry = self._entry(path)
        return self._snapshot.blob(entry, limit) if entry is not None and entry.mode != SYMLINK else b""

    def target(self, path: str) -> str | None:
        """The raw target of a symlink, None for anything else."""
        entry = self._entry(path)
        return os.fsdecode(self._snapshot.blob(entry)) if entry is not None and entry.mode == SYMLINK else None

    def type(self, path: str) -> EntryType | None:
        """The type of an entry, None where there is none."""
        parent, _, name = path.rpartition("/")
        siblings = self._children.get(parent, {})
        return _type(siblings[name]) if name in siblings else None

    def place(self, path: str, repository: Tracking | None, node: Node | None = None) -> TreePlace:
        """Give the place that evidence asks about: all there is is tracked."""
        size = node.attributes.size if node and node.attributes else 0
        return TreePlace(self, self, path, self.type(path) or "file", size, self.target(path) or "")

    def tracks(self, path: str) -> bool:
        """Whether the commit holds the path."""
        return self.type(path) is not None

    def ignores(self, path: str) -> bool:
        """Whether git leaves the path out: what a commit holds, never."""
        return False


def _type(entry: TreeEntry | None) -> EntryType:
    if entry is None:
        return "dir"
    return "symlink" if entry.mode == SYMLINK else "file"
