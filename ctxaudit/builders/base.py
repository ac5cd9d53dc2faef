"""What the file of every builder has: beside a `Scale`, these two."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ctxaudit.model import Entry, Node
from ctxaudit.walk import Measure, Selection


class Receiver(Protocol):
    """Takes the nodes of a walk in order, and gives the entries as they arrive."""

    def receive(self, node: Node) -> Iterable[Entry]: ...

    def add(self, measure: Measure) -> None:
        """Take entries that are all sent, below directories that are, as the builder's scale measured them."""

    @property
    def transfer_bytes(self) -> int:
        """Bytes of the whole transfer, had the walk ended here."""


class BuildSelection(Selection, Protocol):
    """A selection that also knows whether the content of a file it lists arrives."""

    def content_sent(self, path: str) -> bool: ...
