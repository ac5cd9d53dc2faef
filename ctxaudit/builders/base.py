"""What every builder is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Entry, Node
from ctxaudit.walk import Measure, Scale, Selection


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

    def opens(self, path: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Builder:
    """A builder's rules.

    narrows: whether it sends only what the Dockerfile uses. names_suffice: whether names and types alone decide what it
    is sent; the attributes are then asked for only where sizes are wanted.
    select: the selection for an ignore list, the paths used (None for everything), and the Dockerfile's path in the
    context ("" for outside of it); with `wide` it also says what is permitted and not used.
    scale: measures what is sent whole.
    """

    narrows: bool
    names_suffice: bool
    select: Callable[[Matcher, Matcher | None, str, bool], BuildSelection]
    receiver: Callable[[BuildSelection], Receiver]
    scale: Scale
