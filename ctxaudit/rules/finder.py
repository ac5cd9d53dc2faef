"""Findings of the catalogue, collected while the tree passes by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ctxaudit.model import Entry, EntryType, Finding, Location, Node, Place, Reach, Severity
from ctxaudit.rules.catalogue import Catalogue
from ctxaudit.rules.kind import Kind
from ctxaudit.units import count, size

HEAVY = 1_000_000  # bytes from which a note is a warning: small by nature, until it is not


@dataclass(slots=True)
class _Amount:
    files: int = 0
    bytes: int = 0

    def add(self, entry: Entry) -> None:
        if entry.type != "dir":
            self.files += 1
            self.bytes += entry.content_bytes


@dataclass(slots=True)
class _Found:
    """permitted, sent: what is below it. any_sent: at least a directory of it is sent."""

    kind: Kind
    path: str
    type: EntryType
    pattern: str
    permitted: _Amount = field(default_factory=_Amount)
    sent: _Amount = field(default_factory=_Amount)
    any_sent: bool = False

    @property
    def amount(self) -> _Amount:
        return self.sent if self.any_sent else self.permitted


class Finder:
    """Takes the walk's nodes in order. A directory that is waste is one finding, and nothing below it is asked.

    Below one that is a mere note the errors are still looked for: a note must not hide a secret.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._found: list[_Found] = []
        self._open: list[_Found] = []

    def wants(self, node: Node) -> bool:
        """Whether evidence has to be asked about the node."""
        while self._open and not node.path.startswith(f"{self._open[-1].path}/"):
            self._open.pop()
        return self._asks_below and node.permitted and self._catalogue.is_candidate(node.path, node.type)

    def ask(self, node: Node, place: Place, pattern: str) -> None:
        """Decide a node that is wanted; *pattern* is what would leave it out."""
        kind = self._catalogue.kind_of(place)
        if kind is not None and (not self._open or kind.severity == "error"):
            self._open.append(_Found(kind, node.path, node.type, pattern))
            self._found.append(self._open[-1])

    def closes(self, start: str) -> bool:
        """Whether all below a directory whose entries' paths start so belongs to one finding, and nothing is asked."""
        return bool(self._open) and start.startswith(f"{self._open[-1].path}/") and not self._asks_below

    @property
    def _asks_below(self) -> bool:
        return not self._open or self._open[-1].kind.severity == "note"

    def add_files(self, files: int, content_bytes: int, *, sent: bool) -> None:
        """Count files of a directory that `closes`."""
        found = self._open[-1]
        amount = found.sent if sent else found.permitted
        amount.files += files
        amount.bytes += content_bytes
        found.any_sent = found.any_sent or sent

    def count_permitted(self, entry: Entry) -> bool:
        """Count an entry that the ignore file lets through, and say whether it belongs to a finding."""
        found = self._of(entry)
        if found is not None:
            found.permitted.add(entry)
        return found is not None

    def count_sent(self, entry: Entry) -> bool:
        """Count an entry that is sent, and say whether it belongs to a finding."""
        found = self._of(entry)
        if found is None:
            return False
        found.sent.add(entry)
        found.any_sent = True
        return True

    def kind_of(self, entry: Entry) -> tuple[str, Kind] | None:
        """Give the path and the kind of what an entry belongs to, None for nothing that was found."""
        found = self._of(entry)
        return (found.path, found.kind) if found else None

    def _of(self, entry: Entry) -> _Found | None:
        for found in reversed(self._open):
            if entry.path == found.path or entry.path.startswith(f"{found.path}/"):
                return found
        return None

    def findings(self, furthest: Callable[[str], tuple[Reach, Location | None]]) -> Iterator[Finding]:
        """Give what was found, in the order of the walk; *furthest* says how far a path that is sent gets, and by what.

        What is permitted and not sent is a note: this build does not carry it.
        """
        for found in self._found:
            reach, location = furthest(found.path) if found.any_sent else ("permitted", None)
            yield Finding(
                rule=found.kind.name,
                kind=found.kind.name,
                severity=_severity(found),
                path=found.path,
                type=found.type,
                files=found.amount.files,
                bytes=found.amount.bytes,
                reach=reach,
                location=location,
                message=_message(found),
                evidence=found.kind.evidence.words,
                pattern=found.pattern,
            )


def _severity(found: _Found) -> Severity:
    if not found.any_sent:
        return "note"
    return "warning" if found.kind.severity == "note" and found.sent.bytes >= HEAVY else found.kind.severity


def _message(found: _Found) -> str:
    slash = "/" * (found.type == "dir")
    in_files = f" in {count(found.amount.files, 'file')}" if found.type == "dir" else ""
    verb = "is" if found.any_sent else "is permitted, not sent, and"
    reason = found.kind.evidence.words or found.kind.category
    return f"{found.path}{slash} {verb} {size(found.amount.bytes)}{in_files}: {reason}"
