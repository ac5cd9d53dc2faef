"""What every builder is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import BuilderName, Entry, Node
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
    """A builder: a row of `BUILDERS`. What is not said of a builder is that it does not.

    name: what `--builder` is given. title: what a sentence calls it.
    transfer: what its own output calls the bytes of the transfer.
    select: the selection for an ignore list, the paths used (None for everything), and the Dockerfile's path in the
    context ("" for outside of it); with `wide` it also says what is permitted and not used.
    receiver: counts what arrives. scale: measures what is sent whole.
    narrows: it is sent only what the Dockerfile uses.
    names_suffice: names and types alone decide what it is sent; the attributes are read only for sizes.
    reads_apart: the Dockerfile and its ignore file are sent apart from the context, before it and from their own
    directory: links are followed in that directory only, `dockerfile` stands in for `Dockerfile`. A builder that does
    not finds the Dockerfile in the context that it is sent.
    has_own_ignore_file: `<Dockerfile>.dockerignore` beside the Dockerfile replaces `.dockerignore`.
    fetches: it fetches a context that a URL names itself, and reads no ignore file in it; for others, the client
    clones the repository, with its `.git`.
    uses_messages: patterns, used paths and names travel as messages of gRPC, which not every byte survives.
    enters_by_name: it looks below an excluded directory only where an exception starts with the directory's name.
    refuses: the states of `.dockerignore` with which the build fails.
    """

    name: BuilderName
    title: str
    transfer: str
    select: Callable[[Matcher, Matcher | None, str, bool], BuildSelection]
    receiver: Callable[[BuildSelection], Receiver]
    scale: Scale
    narrows: bool = False
    names_suffice: bool = False
    reads_apart: bool = False
    has_own_ignore_file: bool = False
    fetches: bool = False
    uses_messages: bool = False
    enters_by_name: bool = False
    refuses: frozenset[str] = frozenset()
