"""What a branch changes in the context, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit import printable, units
from ctxaudit.model import Comparison, Dropped, PathChange, Totals
from ctxaudit.report.layout import Layout

SHORT = 7  # of a commit's name


def lines(comparison: Comparison, layout: Layout) -> Iterator[str]:
    """Give the section: both totals, the largest changes, what the build reads and does not get any more."""
    title = f"Since {printable.text(comparison.ref)} ({comparison.base_commit[:SHORT]}), tracked files only"
    yield layout.paint(title, "bold")
    before, after = _amount(comparison.base, layout), _amount(comparison.head, layout)
    yield f"  {before} -> {after} ({layout.growth(comparison.growth)})"
    shown = comparison.changes[: layout.top] if layout.top else comparison.changes
    if shown:
        yield from (f"  {line}".rstrip() for line in layout.table([_row(one, layout) for one in shown], "rll"))
    if len(shown) < len(comparison.changes):
        yield f"  and {len(comparison.changes) - len(shown):,} more (--top 0 shows all)"
    for dropped in comparison.dropped:
        yield f"  {_sentence(dropped)}"
    for unknown in comparison.unknowns:
        yield f"  unknown: {printable.text(unknown.what)}"
    yield ""


def _amount(totals: Totals | None, layout: Layout) -> str:
    return f"{layout.size(totals.bytes)} in {units.count(totals.files, 'file')}" if totals else "no such build"


def _row(change: PathChange, layout: Layout) -> tuple[str, str, str]:
    slash = "/" * (change.type == "dir")
    marks = [word for word, holds in (("secret", change.secret), ("volatile", change.volatile)) if holds]
    return layout.growth(change.growth), f"{printable.name(change.path)}{slash}", ", ".join([_how(change), *marks])


def _how(change: PathChange) -> str:
    if change.head is None:
        by = f", excluded by {printable.text(str(change.excluded_by))}" if change.excluded_by else ""
        return f"gone{by}"
    at = f", {printable.text(str(change.location))}" if change.location else ""
    return f"{'new' if change.base is None else 'changed'}{at}"


def _sentence(dropped: Dropped) -> str:
    by = f": {dropped.by} excludes it" if dropped.by else ""
    return printable.text(
        f"{dropped.location}: {dropped.instruction} needs {dropped.path}, which is not sent any more{by}"
    )
