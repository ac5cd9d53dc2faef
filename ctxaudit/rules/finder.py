"""Findings of the catalogue, collected while the tree passes by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ctxaudit.model import Entry, EntryType, Finding, Node, Place, Severity
from ctxaudit.rules.catalogue import Catalogue
from ctxaudit.rules.kind import Kind
from ctxaudit.units import count, size

HEAVY = 1_000_000  # bytes from which a note is a warning: small by nature, until it is not


@dataclass(slots=True)
class _Found:
    kind: Kind
    path: str
    type: EntryType
    pattern: str
    files: int = 0
    bytes: int = 0


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
        inside_note = not self._open or self._open[-1].kind.severity == "note"
        return inside_note and node.kept and self._catalogue.is_candidate(node.path, node.type)

    def ask(self, node: Node, place: Place, pattern: str) -> None:
        """Decide a node that is wanted; *pattern* is what would leave it out."""
        kind = self._catalogue.kind_of(place)
        if kind is not None and (not self._open or kind.severity == "error"):
            self._open.append(_Found(kind, node.path, node.type, pattern))
            self._found.append(self._open[-1])

    def count(self, entry: Entry) -> bool:
        """Count an entry that is sent for the innermost finding it belongs to, and say whether there is one."""
        for found in reversed(self._open):
            if entry.path == found.path or entry.path.startswith(f"{found.path}/"):
                if entry.type != "dir":
                    found.files += 1
                    found.bytes += entry.content_bytes
                return True
        return False

    def findings(self) -> Iterator[Finding]:
        """Give what was found, in the order of the walk."""
        for found in self._found:
            yield Finding(
                rule=found.kind.name,
                kind=found.kind.name,
                severity=_severity(found),
                path=found.path,
                type=found.type,
                files=found.files,
                bytes=found.bytes,
                reach="sent",
                location=None,
                message=_message(found),
                evidence=found.kind.evidence.words,
                pattern=found.pattern,
            )


def _severity(found: _Found) -> Severity:
    return "warning" if found.kind.severity == "note" and found.bytes >= HEAVY else found.kind.severity


def _message(found: _Found) -> str:
    slash = "/" * (found.type == "dir")
    amount = f"{size(found.bytes)} in {count(found.files, 'file')}" if found.type == "dir" else size(found.bytes)
    reason = found.kind.evidence.words or found.kind.category
    return f"{found.path}{slash} is {amount}: {reason}"
