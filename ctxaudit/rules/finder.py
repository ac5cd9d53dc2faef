"""Findings of the catalogue, collected while the tree passes by."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

from ctxaudit.model import Entry, EntryType, Finding, Location, Node, Reach, Severity
from ctxaudit.rules.catalogue import Catalogue
from ctxaudit.rules.kind import Kind
from ctxaudit.rules.kinds import LAST
from ctxaudit.values import counted, shown_size

HEAVY = 1_000_000  # bytes from which a note is a warning: small by nature, until it is not


@dataclass(slots=True)
class Found:
    """files, bytes: what is kept below it. arrives: at least a directory of it is kept."""

    kind: Kind
    path: str
    type: EntryType
    pattern: str
    files: int = 0
    bytes: int = 0
    arrives: bool = False

    def add(self, files: int, content_bytes: int) -> None:
        self.files += files
        self.bytes += content_bytes
        self.arrives = True


class Finder:
    """Takes the walk's nodes in order. A directory that is not needed is one finding, and nothing below it is asked.

    Below one that is a mere note the errors are still looked for: a note must not hide a secret. The last row of the
    catalogue hides nothing: what another row finds below it is another finding.
    ignored: paths that git lists as ignored, each of which the last row is asked about.
    """

    def __init__(self, catalogue: Catalogue, ignored: Container[str] = ()) -> None:
        self._catalogue = catalogue
        self._ignored = ignored
        self._found: list[Found] = []
        self._open: list[Found] = []

    @property
    def found(self) -> Sequence[Found]:
        """What was found, in the order of the walk."""
        return self._found

    def asks_in(self, start: str) -> bool:
        """Whether anything is asked of paths that start so."""
        found = self._holding(start)
        return found is None or found.kind.severity == "note"

    def go_to(self, path: str) -> None:
        """Go on to the next path of the walk: what was found above it stays open, the rest is behind."""
        while self._open and not path.startswith(f"{self._open[-1].path}/"):
            self._open.pop()

    def asks(self, node: Node) -> bool:
        """Whether evidence has to be asked about the node that the walk is at."""
        asks = not self._open or self._open[-1].kind.severity == "note"
        if not (asks and node.permitted):
            return False
        return node.path in self._ignored or self._catalogue.is_candidate(node.path, node.type)

    def add(self, node: Node, kind: Kind, pattern: str) -> None:
        """Take what evidence said of a node that it was asked about; *pattern* would exclude it."""
        if not self._open or kind.severity == "error" or (self._open[-1].kind is LAST and kind is not LAST):
            self._open.append(Found(kind, node.path, node.type, pattern))
            self._found.append(self._open[-1])

    def count(self, entry: Entry) -> bool:
        """Count an entry that is kept, and say whether it belongs to a finding."""
        found = self._of(entry)
        if found is None:
            return False
        found.add(int(entry.type != "dir"), entry.content_bytes)
        return True

    def add_files(self, start: str, files: int, content_bytes: int) -> bool:
        """Count entries that are kept, whose paths start so, and say whether they belong to a finding."""
        found = self._holding(start)
        if found is None:
            return False
        found.add(files, content_bytes)
        return True

    def kind_of(self, entry: Entry) -> tuple[str, Kind] | None:
        """Give the path and the kind of what an entry belongs to, None for nothing that was found."""
        found = self._of(entry)
        return (found.path, found.kind) if found else None

    def _of(self, entry: Entry) -> Found | None:
        for found in reversed(self._open):
            if entry.path == found.path or entry.path.startswith(f"{found.path}/"):
                return found
        return None

    def _holding(self, start: str) -> Found | None:
        """The innermost of what was found that holds the paths that start so."""
        return next((one for one in reversed(self._open) if start.startswith(f"{one.path}/")), None)


def findings_of(
    permitted: Sequence[Found], sent: Sequence[Found], furthest: Callable[[str], tuple[Reach, Location | None]]
) -> Iterator[Finding]:
    """Give what was found, in the order of the walk; *furthest* says how far a path that is sent gets, and by what.

    permitted, sent: found among what the ignore file lets through, and among what of it is used; what is not used is
    a note, as this build does not carry it.
    """
    arrived = {found.path: found for found in sent if found.arrives}
    for one in permitted:
        found = arrived.get(one.path, one)
        is_sent = one.path in arrived
        reach, location = furthest(one.path) if is_sent else ("permitted", None)
        severity: Severity = found.kind.severity if is_sent else "note"
        if is_sent and severity == "note" and found.bytes >= HEAVY:
            severity = "warning"
        yield Finding(
            rule=found.kind.name,
            kind=found.kind.name,
            severity=severity,
            path=found.path,
            type=found.type,
            files=found.files,
            bytes=found.bytes,
            reach=reach,
            location=location,
            message=_message(found, is_sent),
            evidence=found.kind.evidence.words,
            pattern=found.pattern,
        )


def _message(found: Found, is_sent: bool) -> str:
    slash = "/" * (found.type == "dir")
    in_files = f" in {counted(found.files, 'file')}" if found.type == "dir" else ""
    verb = "is" if is_sent else "is permitted, not sent, and"
    reason = found.kind.evidence.words or found.kind.category
    return f"{found.path}{slash} {verb} {shown_size(found.bytes)}{in_files}: {reason}"
