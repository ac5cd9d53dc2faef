"""The walk that gives every entry, one after the other, and holds no more than the way down to it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ctxaudit.model import EntryType, Node
from ctxaudit.walk.choice import Choice, Selection
from ctxaudit.walk.disk import (
    MOST_OPEN,
    Directories,
    Entries,
    attributes_of,
    check_readable,
    depth_first,
    is_searchable,
    refused,
    released,
    sorted_entries,
    type_of,
)


def walk(
    root: Path,
    selection: Selection,
    progress: Callable[[int], None] | None = None,
    *,
    attributes: bool = True,
) -> Iterator[Node]:
    """Give every entry that the selection meets, a directory before its children, names in byte order.

    progress: called with the number of entries of each directory that was read. attributes: False where names and
    types are enough; nothing is then asked about an entry but what its directory says.
    Raises TreeError for a directory that the builder would fail on. What vanishes meanwhile is passed over, as the
    builders do.
    """
    return _Walk(os.fspath(root), selection, progress, attributes).nodes()


class _Walk:
    """One pass over a tree, by descriptors of directories, so that depth costs nothing."""

    def __init__(
        self,
        top: str,
        selection: Selection,
        progress: Callable[[int], None] | None,
        attributes: bool,
    ) -> None:
        self._top = top
        self._selection = selection
        self._progress = progress
        self._attributes = attributes
        self._is_root = os.geteuid() == 0
        self._directories = Directories(top)

    def nodes(self) -> Iterator[Node]:
        try:
            for node, _ in depth_first(self._enter("", self._selection.root), self._inside):
                yield node
        finally:
            self._directories.close()

    def _inside(self, visit: tuple[Node, Choice]) -> Iterator[tuple[Node, Choice]] | None:
        node, choice = visit
        return self._enter(node.path, choice) if node.entered else None

    def _enter(self, path: str, choice: Choice) -> Iterator[tuple[Node, Choice]]:
        """Read the names of a directory; far down, where it does not stay open, also make its nodes at once."""
        try:
            descriptor = self._directories.open(path)
        except OSError as error:
            refused(self._top, path, self._selection, choice, error)
            return iter(())
        entries, _ = sorted_entries(descriptor)
        if self._progress is not None:
            self._progress(len(entries))
        nodes = self._visited(path, descriptor, entries, choice)
        return nodes if path.count("/") < MOST_OPEN - 1 else iter(list(nodes))

    def _visited(self, path: str, descriptor: int, entries: Entries, choice: Choice) -> Iterator[tuple[Node, Choice]]:
        start, full = f"{path}/" if path else "", self._directories.full(path, descriptor)
        # A directory may be listed (r) and not searched (x): the first lstat of an entry fails, the builder's, too.
        is_closed = not self._is_root and not is_searchable(descriptor)
        for entry in released(entries):
            name = entry.name
            verdict = choice[name]
            if is_closed and (verdict.kept or (verdict.descends and entry.is_dir(follow_symlinks=False))):
                refused(self._top, path, self._selection, choice, PermissionError(errno.EACCES, "Permission denied"))
                return
            try:
                node = self._node(start + name, full + name, entry, verdict)
            except FileNotFoundError:
                continue
            yield node, verdict

    def _node(self, path: str, full: str, entry: os.DirEntry[str], choice: Choice) -> Node:
        is_dir = entry.is_dir(follow_symlinks=False)
        entered = is_dir and choice.descends
        attributes, target = None, ""
        if self._attributes and (choice.permitted or entered):
            attributes = attributes_of(full, entry.stat(follow_symlinks=False), self._is_root)
        kind: EntryType = "dir" if is_dir else type_of(entry, attributes)
        # BuildKit sends the raw target as it stands, also one that leads out of the context.
        if kind == "symlink" and choice.permitted and self._attributes:
            target = os.readlink(full)
        if is_dir and not entered and not self._is_root:
            check_readable(self._top, path, self._selection, self._selection.reads(path, choice))
        return Node(path, kind, choice.kept, choice.permitted, entered, attributes, target)
