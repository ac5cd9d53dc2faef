"""The tree of a commit, for whoever asks as of a tree on the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ctxaudit.model import Attributes, EntryType, Node, Unknown
from ctxaudit.values import and_more
from ctxaudit.walk import HEAD_BYTES, Choice, Selection, Sums, Tracking, TreePlace
from ctxaudit.walk.disk import depth_first

if TYPE_CHECKING:
    from ctxaudit.repository.snapshot import Snapshot

# A checkout dates its files itself; every date from 2006 to 2043 takes the same bytes on BuildKit's wire.
_FETCH = "fetch it: git fetch --refetch --no-filter"
_MODIFIED = 1_700_000_000_000_000_000


class SnapshotTree:
    """What a commit tracks below one of its directories, as a clean checkout would hold it."""

    repository = None  # all there is, is tracked: there is nothing to ask git

    def __init__(self, snapshot: Snapshot, context: Path) -> None:
        self.root = os.fspath(context)
        self._snapshot = snapshot
        inside = snapshot.inside(context)
        self._prefix = f"{inside}/" if inside else ""

    def walk(
        self,
        selection: Selection,
        progress: Callable[[int], None] | None = None,
        *,
        attributes: bool = True,
        sums: Sums | None = None,
    ) -> Iterator[Node]:
        """Give every entry that the selection meets, a directory before its children, names in byte order."""
        visited = depth_first(
            self._visited("", selection.root),
            lambda visit: self._visited(visit[0].path, visit[1]) if visit[0].entered else None,
        )
        return (node for node, _ in visited)

    def _visited(self, directory: str, above: Choice) -> Iterator[tuple[Node, Choice]]:
        for name in sorted(self.names(directory), key=os.fsencode):
            path = f"{directory}/{name}" if directory else name
            kind, choice = self.type(path), above[name]
            assert kind is not None
            entered = kind == "dir" and choice.descends
            target = (self.target(path) or "") if kind == "symlink" and choice.permitted else ""
            attributes = self._attributes(path, kind) if choice.permitted or entered else None
            yield Node(path, kind, choice.kept, choice.permitted, entered, attributes, target), choice

    def _attributes(self, path: str, kind: EntryType) -> Attributes:
        # git stores no mode of a directory: 0o755 is what a umask of 022 leaves of a checkout.
        mode, size = stat.S_IFDIR | 0o755, 0
        if kind != "dir":
            mode, size, *_ = self._snapshot.entries[self._prefix + path]
        return Attributes(mode, size, _MODIFIED, 0, 1, (0, 0), (), True)

    def names(self, path: str) -> frozenset[str]:
        """Return the names in a directory, none for anything else."""
        return self._snapshot.names(self._whole(path))

    def head(self, path: str, limit: int = HEAD_BYTES) -> bytes:
        """The first bytes of a regular file, b"" for anything else."""
        return self._snapshot.read(self._whole(path), limit) or b""

    def target(self, path: str) -> str | None:
        """The raw target of a symlink, None for anything else."""
        return self._snapshot.target(self._whole(path))

    def type(self, path: str) -> EntryType | None:
        """The type of an entry, None if there is no entry."""
        return self._snapshot.type(self._whole(path))

    def _whole(self, path: str) -> str:
        return f"{self._prefix}{path}".removesuffix("/")

    def place(self, path: str, repository: Tracking | None, node: Node | None = None) -> TreePlace:
        """Give the place that evidence asks about: all there is is tracked."""
        size = node.attributes.size if node and node.attributes else 0
        return TreePlace(self, self, path, self.type(path) or "file", size, self.target(path) or "")

    def tracks(self, path: str) -> bool:
        """Whether the commit holds the path."""
        return self.type(path) is not None

    def tracked_below(self, path: str) -> Iterator[str]:
        """Give what the commit holds of a path: itself, or the files below it."""
        return (one for one in self._below(self._snapshot.entries) if f"{one}/".startswith(f"{path}/"))

    def ignores(self, path: str) -> bool:
        """Whether git ignores the path: what a commit holds, never."""
        return False

    def unknowns(self, shown: str, permits: Callable[[str], bool]) -> Iterator[Unknown]:
        """Give what the commit's objects do not tell of a checkout.

        shown: the context as the user wrote it. permits: whether the ignore file lets a path through.
        """
        snapshot = self._snapshot
        absent = list(filter(permits, self._below(snapshot.absent)))
        if absent:
            which = f"how large {absent[0]} is{and_more(len(absent) - 1, ', ')}"
            yield Unknown(f"{which}: this clone lacks the content, and 0 is counted", shown, _FETCH)
        if any(os.path.basename(path) == ".gitattributes" for path in snapshot.absent):
            yield Unknown("what a checkout does to files: this clone lacks the .gitattributes", shown, _FETCH)
        submodules = self._below(snapshot.submodules)
        if submodules:
            settle = "audit each of them, or fetch their commits: git submodule update --init"
            yield Unknown(f"what the submodules hold: {', '.join(map(self._why, submodules))}", shown, settle)
        pointers = self._below(snapshot.pointers)
        if pointers:
            what = f"whether a checkout fetches from Git LFS: {len(pointers)} counted with the size its pointer states"
            yield Unknown(what, shown, "fetch them wherever the context is built")
        for how, paths in snapshot.rewritten.items():
            if below := self._below(paths):
                others = f", and of {len(below) - 1:,} more" if len(below) > 1 else ""
                what = f"what {how} makes of {below[0]} on a checkout{others}"
                yield Unknown(f"{what}: counted as git stores it", shown, "check it out")

    def doubtful(self) -> dict[str, str]:
        """Give the paths whose content on a checkout the objects here do not tell, and why."""
        snapshot = self._snapshot
        found = dict.fromkeys(self._below(snapshot.absent), "this clone lacks the content of a file")
        found |= dict.fromkeys(self._below(snapshot.pointers), "Git LFS holds the content of a file")
        found |= dict.fromkeys(self._below(snapshot.submodules), "the files of a submodule are not known")
        for how, paths in snapshot.rewritten.items():
            found |= dict.fromkeys(self._below(paths), f"{how} rewrites a file on a checkout")
        return found

    def _why(self, path: str) -> str:
        why = self._snapshot.missing.get(self._prefix + path)
        return f"{path} ({why})" if why else path

    def _below(self, paths: Iterable[str]) -> list[str]:
        return sorted(path.removeprefix(self._prefix) for path in paths if path.startswith(self._prefix))
