"""Who else is given what is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ctxaudit.model import Entry
from ctxaudit.walk import Batch, Measure


class Taker(Protocol):
    """Takes what is sent.

    wants_each: each entry, also of directories that are waste, and of each build.
    """

    wants_each: bool

    def add(self, entry: Entry) -> None:
        """Take an entry."""

    def add_files(self, batch: Batch) -> None:
        """Take plain files, sent whole."""

    def add_below(self, path: str, measure: Measure) -> None:
        """Take all below a directory, sent whole."""


class Each:
    """Gives each entry to a function."""

    wants_each = True

    def __init__(self, take: Callable[[Entry], None]) -> None:
        self._take = take

    def add(self, entry: Entry) -> None:
        self._take(entry)

    def add_files(self, batch: Batch) -> None:
        for name, size in zip(batch.names, batch.sizes, strict=True):
            self._take(Entry(batch.start + name, "file", size, size))

    def add_below(self, path: str, measure: Measure) -> None:
        raise AssertionError("each entry is wanted")
