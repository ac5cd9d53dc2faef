"""What a branch changes in the context, in words, and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit import units
from ctxaudit.model import Audit, Comparison, Dropped, GitIgnored, PathChange, Totals
from ctxaudit.report import printable
from ctxaudit.report.layout import Layout

SHORT = 7  # of a commit's name
NAMED = 3  # paths of one kind


def lines(comparison: Comparison, audit: Audit, layout: Layout) -> Iterator[str]:
    """Give the section: both totals, the largest changes, what the build reads and does not get any more.

    Where notes are shown, also what no clean checkout has.
    """
    yield layout.paint(title(comparison), "bold")
    yield f"  {totals(comparison, layout)}"
    shown = comparison.changes[: layout.top] if layout.top else comparison.changes
    if shown:
        yield from (f"  {line}".rstrip() for line in layout.table([row(one, layout) for one in shown], "rll"))
    if len(shown) < len(comparison.changes):
        yield units.more(len(comparison.changes) - len(shown), "  ", " (--top 0 shows all)")
    for dropped in comparison.dropped:
        yield f"  {sentence(dropped)}"
    yield from (f"  {_unseen(group)}" for group in git_ignored(audit) if layout.verbose)
    for unknown in comparison.unknowns:
        yield f"  unknown: {printable.text(unknown.what)}"
    yield ""


def git_ignored(audit: Audit) -> list[list[GitIgnored]]:
    """Give what git ignores and docker does not, by kind, but for what was found there with its size."""
    found = {finding.path for finding in audit.findings}
    groups: dict[str, list[GitIgnored]] = {}
    for one in audit.comparison.git_ignored if audit.comparison else ():
        if one.path not in found:
            groups.setdefault(one.kind, []).append(one)
    return list(groups.values())


def _unseen(group: list[GitIgnored]) -> str:
    paths = ", ".join(f"{printable.name(one.path)}{'/' * (one.type == 'dir')}" for one in group[:NAMED])
    paths += units.more(len(group) - NAMED)
    return f"{paths}: {group[0].kind}, git-ignored, not docker-ignored, not in a clean checkout"


def title(comparison: Comparison) -> str:
    return f"Since {printable.text(comparison.ref)} ({comparison.base_commit[:SHORT]}), tracked files only"


def totals(comparison: Comparison, layout: Layout) -> str:
    """Give both totals, and the growth."""
    before, after = _amount(comparison.base, layout), _amount(comparison.head, layout)
    return f"{before} -> {after} ({layout.growth(comparison.growth)})"


def _amount(amount: Totals | None, layout: Layout) -> str:
    return f"{layout.size(amount.bytes)} in {units.count(amount.files, 'file')}" if amount else "no such build"


def row(change: PathChange, layout: Layout) -> tuple[str, str, str]:
    """Give the growth, the path, and what happened there."""
    slash = "/" * (change.type == "dir")
    marks = [word for word, holds in (("secret", change.secret), ("volatile", change.volatile)) if holds]
    return layout.growth(change.growth), f"{printable.name(change.path)}{slash}", ", ".join([_how(change), *marks])


def _how(change: PathChange) -> str:
    if change.head is None:
        by = f", excluded by {printable.text(str(change.excluded_by))}" if change.excluded_by else ""
        return f"gone{by}"
    at = f", {printable.text(str(change.location))}" if change.location else ""
    return f"{'new' if change.base is None else 'changed'}{at}"


def sentence(dropped: Dropped) -> str:
    """Say what an instruction needs and does not get any more."""
    by = f": {dropped.by} excludes it" if dropped.by else ""
    return printable.text(
        f"{dropped.location}: {dropped.instruction} needs {dropped.path}, which is not sent any more{by}"
    )
