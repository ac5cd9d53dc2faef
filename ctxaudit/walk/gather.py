"""Directories of which nothing is wanted but what they add up to."""

from __future__ import annotations

import os

from ctxaudit.model import Node
from ctxaudit.walk.columns import LAST_PLAIN, Columns, Measure, Scale, Total
from ctxaudit.walk.directory import Other, is_utf8

CHUNK = 4096  # entries that are measured at once

Below = dict[Scale, Measure]


class Gather:
    """Adds up directories for some scales, a chunk at a time."""

    def __init__(self, scales: tuple[Scale, ...]) -> None:
        self._totals = {scale: Total() for scale in scales}
        self._columns = Columns()

    def files(self, columns: Columns, first: int, last: int) -> None:
        """Add plain files: those numbered from *first* to before *last*."""
        if first < last:
            self._columns.extend(columns.part(first, last))
            if len(self._columns) >= CHUNK:
                self._measure()

    def other(self, other: Other, path: str) -> None:
        """Add an entry that is no plain file, and adds up."""
        attributes = other.attributes
        assert attributes is not None
        if other.type == "dir" and not attributes.xattrs and 0 <= attributes.modified < LAST_PLAIN:
            length = len(path) if path.isascii() else len(os.fsencode(path))
            self._columns.add_directory(path, length, attributes.mode, attributes.modified)
            return
        self._measure()
        node = Node(path, other.type, True, True, other.type == "dir", attributes, other.target)
        for scale, total in self._totals.items():
            total.add(scale.node(node))

    def takes(self, below: Below) -> bool:
        """Add a directory that was added up before, where it was for all scales."""
        if not all(scale in below for scale in self._totals):
            return False
        self._measure()
        for scale, total in self._totals.items():
            total.add(below[scale])
        return True

    def found(self) -> Below:
        """What all add up to."""
        self._measure()
        return {scale: total.measure() for scale, total in self._totals.items()}

    def _measure(self) -> None:
        if len(self._columns):
            for scale, total in self._totals.items():
                total.add(scale.columns(self._columns))
            self._columns = Columns()


def adds_up(other: Other, path: str) -> bool:
    """Whether an entry has nothing to say but its size: no hard link, readable, its name text."""
    attributes = other.attributes
    if attributes is None or not attributes.readable or not is_utf8(path):
        return False
    return other.type in ("dir", "symlink") or attributes.links == 1
