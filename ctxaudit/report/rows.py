"""The rows of a table of findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from ctxaudit.model import Finding
from ctxaudit.values import frozen


@frozen
class Group:
    """Findings that share a row: the first, how many more there are, the bytes of all that are not needed."""

    first: Finding
    more: int
    bytes: int

    @property
    def reason(self) -> str:
        return f"{self.first.kind}: {self.first.evidence}" if self.first.evidence else self.first.kind


def groups(findings: Sequence[Finding], place: Callable[[Finding], str] = lambda finding: finding.path) -> list[Group]:
    """Give a row for each directory; files of one kind share a row, as nobody reads a hundred lines of *.pyc.

    place: what tells a directory apart from others, where the findings are of several contexts.
    """
    found: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.kind, place(finding) if finding.type == "dir" else ""].append(finding)
    rows = [
        Group(group[0], len(group) - 1, sum(finding.unneeded.bytes for finding in group)) for group in found.values()
    ]
    return sorted(rows, key=lambda row: (-row.bytes, row.first.path))
