"""What several builds have in common: a finding or a change of a context that they share, once, with all its builds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ctxaudit.model import (
    SEVERITIES,
    Audit,
    Comparison,
    Dropped,
    Finding,
    GitIgnored,
    PathChange,
    Reach,
    Report,
    RerunChange,
)
from ctxaudit.report import words

NAMED = 2  # builds that a sentence names, where there are more than three
_WORST_FIRST: tuple[Reach, ...] = ("final", "intermediate", "sent", "permitted", "excluded")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Shared(Generic[_T]):
    """One thing, and what is said of it in each of its builds.

    each: the build that it gets furthest in comes first. builds: their names, in the order of the report.
    """

    each: tuple[tuple[Audit, _T], ...]
    builds: tuple[str, ...]

    @property
    def audit(self) -> Audit:
        return self.each[0][0]

    @property
    def what(self) -> _T:
        return self.each[0][1]


def findings(audits: Sequence[Audit]) -> list[Shared[Finding]]:
    """Give each finding once, the worst first; its first build is one that it gets furthest in."""
    given = [(audit, audit.findings) for audit in audits]
    rows = map(_sent, _grouped(given, _finding_key, lambda one: (_severity(one), _WORST_FIRST.index(one.reach))))
    return sorted(rows, key=lambda row: (_severity(row.what), -row.what.bytes, row.what.path, row.what.rule))


def _sent(row: Shared[Finding]) -> Shared[Finding]:
    """Leave of a path the builds that are sent it, if any is: what another one is permitted is not its own finding."""
    sent = tuple((audit, one) for audit, one in row.each if one.reach in words.REACH)
    if not row.what.kind or not sent or len(sent) == len(row.each):
        return row
    names = {audit.name for audit, _ in sent}
    return Shared(sent, tuple(name for name in row.builds if name in names))


def changes(audits: Sequence[Audit]) -> list[Shared[PathChange]]:
    """Give each change of a path once, the largest first."""
    given = [(audit, compared.changes) for audit, compared in _compared(audits)]
    rows = _grouped(given, _change_key, lambda change: (-abs(change.growth),))
    return sorted(rows, key=lambda row: (-abs(row.what.growth), row.what.path))


def dropped(audits: Sequence[Audit]) -> list[Shared[Dropped]]:
    """Give what an instruction names and does not get any more, once for each instruction."""
    given = [(audit, compared.dropped) for audit, compared in _compared(audits)]
    return _grouped(given, lambda audit, one: (_place(audit, one.path), one.location), lambda one: ())


def reruns(audits: Sequence[Audit]) -> list[Shared[RerunChange]]:
    """Give what a branch makes run again more or less often, once for each instruction."""
    given = [(audit, compared.reruns) for audit, compared in _compared(audits)]
    return _grouped(given, lambda audit, one: (one.location, one.instruction), lambda one: ())


def git_ignored(audits: Sequence[Audit], of_one: Callable[[Audit], Iterable[GitIgnored]]) -> list[Shared[GitIgnored]]:
    """Give what no clean checkout has, once; *of_one* gives that of one build."""
    given = [(audit, of_one(audit)) for audit in audits]
    return _grouped(given, lambda audit, one: _place(audit, one.path), lambda one: ())


def named(builds: Sequence[str], shown_as: Callable[[str], str] = words.title) -> str:
    """Give "auth", "auth and media", or "auth, checkout and 10 more", each name fit to print."""
    shown = builds if len(builds) <= NAMED + 1 else builds[:NAMED]
    names = [shown_as(name) for name in shown]
    names += [f"{len(builds) - len(shown)} more"] if len(shown) < len(builds) else []
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def reach(row: Shared[Finding], *, is_one_of_many: bool, named: Callable[[Sequence[str]], str] = named) -> str:
    """Say how far what was found gets, and in a report of several builds in which of them; "" where it is not sent."""
    sent = [(audit, finding) for audit, finding in row.each if finding.kind and finding.reach in words.REACH]
    if not is_one_of_many:
        return words.REACH[sent[0][1].reach] if sent else ""
    levels = {audit.name: finding.reach for audit, finding in reversed(sent)}
    builds = {level: [name for name in row.builds if levels.get(name) == level] for level in _WORST_FIRST}
    return ", ".join(f"{words.REACH[level]} of {named(names)}" for level, names in builds.items() if names)


def sentence(row: Shared[Finding], report: Report) -> str:
    """Give a finding's message, how far it gets, and of which builds it is where the report has several."""
    is_one_of_many = len(report.targets) > 1
    said = reach(row, is_one_of_many=is_one_of_many)
    if not said and is_one_of_many and len(row.builds) > 1:
        said = f"in {named(row.builds)}"
    return f"{row.what.message} ({said})" if said else row.what.message


def _names(audits: Iterable[Audit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(audit.name for audit in audits))


def _grouped(
    given: Iterable[tuple[Audit, Iterable[_T]]],
    key: Callable[[Audit, _T], Hashable],
    rank: Callable[[_T], tuple[int, ...]],
) -> list[Shared[_T]]:
    """Put together what different builds have of the same key; of one build, two of a key stay apart."""
    found: dict[Hashable, list[tuple[Audit, _T]]] = {}
    for audit, ones in given:
        seen: Counter[Hashable] = Counter()
        for one in ones:
            own = key(audit, one)
            found.setdefault((own, seen[own]), []).append((audit, one))
            seen[own] += 1
    return [
        Shared(tuple(sorted(each, key=lambda pair: rank(pair[1]))), _names(audit for audit, _ in each))
        for each in found.values()
    ]


def _compared(audits: Sequence[Audit]) -> Iterator[tuple[Audit, Comparison]]:
    yield from ((audit, audit.comparison) for audit in audits if audit.comparison is not None)


def _place(audit: Audit, path: str) -> Hashable:
    """Give what is the same for all builds that have the path in their contexts."""
    return audit.context if audit.fetched else "", audit.commit, os.path.normpath(words.path_of(audit, path))


def _finding_key(audit: Audit, finding: Finding) -> Hashable:
    """Tell findings apart: those of the catalogue by their path, those of a rule by the line that they are about."""
    if finding.kind:
        return finding.rule, _place(audit, finding.path)
    return finding.rule, finding.location or _place(audit, ""), finding.path, finding.message


def _change_key(audit: Audit, change: PathChange) -> Hashable:
    return _place(audit, change.path), change.base is None, change.head is None


def _severity(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)
