"""Where in the repository a finding is shown, and what a build is called there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ctxaudit.model import Audit, Finding, Location
from ctxaudit.report import printable
from ctxaudit.report.layout import Layout
from ctxaudit.report.words import path_of

_NO_FILE = ("", "-")


def anchor(audit: Audit, finding: Finding, layout: Layout) -> Location:
    """Give a line of a file that is there, relative to the repository's root and inside it where any is.

    What is not needed is mostly not in the repository itself: the instruction that asks for it is, and else the ignore
    file that lets it through.
    """
    choices = [place for place in _choices(audit, finding, layout) if place is not None]
    return next((place for place in choices if not place.file.startswith("../")), choices[0])


def _choices(audit: Audit, finding: Finding, layout: Layout) -> Iterator[Location | None]:
    yield _placed(finding.location, layout)
    yield _placed(audit.declared, layout)
    yield from (_placed(Location(file, 1), layout) for file in (audit.ignore_file, audit.dockerfile))
    yield Location(layout.place(path_of(audit, finding.path)), 1)


def _placed(location: Location | None, layout: Layout) -> Location | None:
    if location is None or location.file in _NO_FILE:
        return None
    return Location(layout.place(location.file), location.line)


def identities(audits: Sequence[Audit], layout: Layout) -> list[str]:
    """Give each build a name of its own that is the same from run to run, wherever ctxaudit is started."""
    seen: Counter[str] = Counter()
    names = []
    for audit in audits:
        name = printable.name(_identity(audit, layout))
        seen[name] += 1
        names.append(f"{name} {seen[name]}" if seen[name] > 1 else name)
    return names


def _identity(audit: Audit, layout: Layout) -> str:
    if audit.declared:
        return audit.name
    if audit.dockerfile in _NO_FILE:
        return layout.place(audit.context)
    return layout.place(audit.dockerfile) + audit.name.removeprefix(audit.dockerfile)
