"""The size of each directory and file that is sent, in bounded memory: the small ones are merged, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ctxaudit.model import Entry, EntryType, SizeNode

LIMIT = 20_000


@dataclass(slots=True, eq=False)
class _Branch:
    """An entry that arrived. merged, merged_bytes: files below it that have no branch of their own any more."""

    path: str
    type: EntryType
    parent: _Branch | None
    files: int = 0
    bytes: int = 0
    merged: int = 0
    merged_bytes: int = 0
    is_merged: bool = False

    @property
    def rank(self) -> tuple[int, str]:
        """The largest first, and a directory before what is in it."""
        return -self.bytes, self.path


class Sizes:
    """Takes the entries as they arrive, and keeps the *limit* largest directories and files."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._root = _Branch("", "dir", None)
        self._open = [self._root]
        self._closed: list[_Branch] = []

    def add(self, entry: Entry) -> None:
        """Take the next entry."""
        while len(self._open) > 1 and not entry.path.startswith(f"{self._open[-1].path}/"):
            self._close()
        self._open_parents(entry.path)
        branch = _Branch(entry.path, entry.type, self._open[-1])
        if entry.type != "dir":
            branch.files, branch.bytes = 1, entry.content_bytes
        self._open.append(branch)

    def nodes(self) -> tuple[SizeNode, ...]:
        """Give the root, then all that was kept, the largest first, then what was merged, a node for each directory.

        Call it once, after the last entry.
        """
        while len(self._open) > 1:
            self._close()
        self._merge()
        branches = [self._root, *self._closed]
        numbers = {branch: number for number, branch in enumerate(branches)}
        kept = (
            SizeNode(one.path, numbers.get(one.parent, -1) if one.parent else -1, one.type, one.files, one.bytes)
            for one in branches
        )
        return (*kept, *_merged(branches))

    def _open_parents(self, path: str) -> None:
        """Open the directories above that did not arrive: the classic builder gets none above what `!` brings back."""
        start = len(self._open[-1].path)
        while (end := path.find("/", start + 1)) >= 0:
            self._open.append(_Branch(path[:end], "dir", self._open[-1]))
            start = end

    def _close(self) -> None:
        branch = self._open.pop()
        self._open[-1].files += branch.files
        self._open[-1].bytes += branch.bytes
        self._closed.append(branch)
        # Merging sorts, so that it waits until there is as much to drop as to keep.
        if len(self._closed) > 2 * self._limit:
            self._merge()

    def _merge(self) -> None:
        """Keep the largest of what is closed: it grows no more, so that what is small now is small in the end, too."""
        self._closed.sort(key=lambda branch: branch.rank)
        small = self._closed[self._limit :]
        del self._closed[self._limit :]
        # All are marked before any is added: a merged parent of a merged branch takes nothing.
        for branch in small:
            branch.is_merged = True
        for branch in small:
            if branch.parent is not None and not branch.parent.is_merged:
                branch.parent.merged += branch.files
                branch.parent.merged_bytes += branch.bytes


def _merged(branches: list[_Branch]) -> Iterator[SizeNode]:
    for number, branch in enumerate(branches):
        if branch.merged:
            yield SizeNode(branch.path, number, None, branch.merged, branch.merged_bytes)
