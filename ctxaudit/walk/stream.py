"""The walk that gives every entry, one after the other, and holds no more than the way down to it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ctxaudit.model import EntryType, Node
from ctxaudit.walk.choice import Choice, Selection
from ctxaudit.walk.disk import (
    DIRECTORY,
    LONG,
    MOST_OPEN,
    Entries,
    attributes_of,
    check_readable,
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


class _Level(NamedTuple):
    """A directory on the way down. descriptor: None where it is closed already, its nodes all made."""

    descriptor: int | None
    nodes: Iterator[tuple[Node, Choice]]

    def close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)


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
        self._levels: list[_Level] = []

    def nodes(self) -> Iterator[Node]:
        levels = self._levels
        try:
            self._enter("", self._selection.root)
            while levels:
                for node, choice in levels[-1].nodes:
                    yield node
                    if node.entered:
                        self._enter(node.path, choice)
                        break
                else:
                    levels.pop().close()
        finally:
            for level in levels:
                level.close()

    def _enter(self, path: str, choice: Choice) -> None:
        """Read the names of a directory; far down also make its nodes at once, and close it."""
        try:
            descriptor = self._open(path)
        except OSError as error:
            refused(self._top, path, self._selection, choice, error)
            return
        entries, _ = sorted_entries(descriptor)
        if entries and not self._is_root and not is_searchable(descriptor):
            os.close(descriptor)
            refused(self._top, path, self._selection, choice, PermissionError(errno.EACCES, "Permission denied"))
            return
        if self._progress is not None:
            self._progress(len(entries))
        if len(self._levels) < MOST_OPEN:
            self._levels.append(_Level(descriptor, self._visited(path, descriptor, entries, choice)))
            return
        try:
            self._levels.append(_Level(None, iter(list(self._visited(path, descriptor, entries, choice)))))
        finally:
            os.close(descriptor)

    def _open(self, path: str) -> int:
        """Open a directory by its name in the one above, or by its path from the last that is still open."""
        if not self._levels:
            return os.open(self._top, DIRECTORY)
        depth = min(len(self._levels), MOST_OPEN)
        return os.open("/".join(path.split("/")[depth - 1 :]), DIRECTORY, dir_fd=self._levels[depth - 1].descriptor)

    def _visited(self, path: str, descriptor: int, entries: Entries, choice: Choice) -> Iterator[tuple[Node, Choice]]:
        start = f"{path}/" if path else ""
        full = f"{self._top}/{start}" if len(path) < LONG else f"/proc/self/fd/{descriptor}/"
        for entry in released(entries):
            name = entry.name
            verdict = choice[name]
            try:
                node = self._node(start + name, full + name, entry, verdict)
            except FileNotFoundError:
                continue
            yield node, verdict

    def _node(self, path: str, full: str, entry: os.DirEntry[str], choice: Choice) -> Node:
        is_dir = entry.is_dir(follow_symlinks=False)
        entered = is_dir and choice.enters
        attributes, target = None, ""
        if self._attributes and (choice.permitted or entered):
            attributes = attributes_of(full, entry.stat(follow_symlinks=False), self._is_root)
        kind: EntryType = "dir" if is_dir else type_of(entry, attributes)
        if kind == "symlink" and choice.permitted and self._attributes:
            target = os.readlink(full)
        if is_dir and not entered and not self._is_root:
            check_readable(self._top, path, self._selection, self._selection.reads(path, choice))
        return Node(path, kind, choice.kept, choice.permitted, entered, attributes, target)
