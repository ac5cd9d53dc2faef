"""What a branch changes in the context, in words, and for a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from ctxaudit.builders import counted_builds, number_of_builds
from ctxaudit.model import Comparison, Dropped, GitIgnored, PathChange, Report, RerunChange, Target, Totals
from ctxaudit.report import Layout, printable_name, printable_text, shortened, words
from ctxaudit.report.words import Shared
from ctxaudit.values import and_more, counted

SHORT = 7  # of a commit's name
NAMED = 3  # paths of one kind
_LONGEST_STEP = 60  # characters of an instruction


def lines(comparison: Comparison, audit: Target, layout: Layout) -> Iterator[str]:
    """Give the section: both totals, the largest changes, what the build reads and does not get any more.

    Where notes are shown, also what no clean checkout has.
    """
    yield from (layout.paint(line, "bold") for line in layout.wrap(title(comparison), "  "))
    yield from layout.wrap(f"  {totals(comparison, layout)}", "    ")
    shown = comparison.changes[: layout.top] if layout.top else comparison.changes
    yield from layout.fitted([row(path_change, layout, _from_here(audit, path_change.path)) for path_change in shown])
    if len(shown) < len(comparison.changes):
        yield and_more(len(comparison.changes) - len(shown), "  ", " (--top 0 shows all)")
    for dropped in comparison.dropped:
        yield from layout.wrap(f"  {sentence(dropped)}", "    ")
    for rerun_change in comparison.reruns:
        yield from layout.wrap(f"  {rerun(rerun_change)}", "    ")
    remarks = [_unseen(group) for group in git_ignored(audit) if layout.verbose]
    remarks += [f"unknown: {printable_text(unknown.what)}" for unknown in comparison.unknowns]
    yield from (line for remark in remarks for line in layout.wrap(f"  {remark}", "    "))
    yield ""


def of_all(report: Report, layout: Layout) -> Iterator[str]:
    """Give the section of several builds: all that changes, each path of a context that they share once."""
    first = next((audit.comparison for audit in report.targets if audit.comparison), None)
    compared = report.compared
    if first is None or compared is None:
        return
    yield from (layout.paint(line, "bold") for line in layout.wrap(title(first), "  "))
    yield from layout.wrap(f"  {grown(report, layout)}", "    ")
    rows = shared_rows(report, layout)
    shown = rows[: layout.top] if layout.top else rows
    yield from layout.fitted(shown)
    if len(shown) < len(rows):
        yield f"  and {len(rows) - len(shown):,} more (--top 0 shows all)"
    for dropped in words.dropped(report.targets):
        yield from layout.wrap(f"  {sentence(dropped.what)}", "    ")
    for rerun_change in words.reruns(report.targets):
        yield from layout.wrap(f"  {rerun(rerun_change.what)}", "    ")
    unknowns = (unknown.what for audit in report.targets if audit.comparison for unknown in audit.comparison.unknowns)
    remarks = [f"  unknown: {printable_text(unknown)}" for unknown in dict.fromkeys(unknowns)]
    yield from (line for remark in remarks for line in layout.wrap(remark, "    "))
    yield ""


def shared_rows(report: Report, layout: Layout) -> list[tuple[str, str, str]]:
    """Give a row for each change, its path from where the user stands, with its builds."""
    return [row(change.what, layout, _path(change), change.builds) for change in words.changes(report.targets)]


def grown(report: Report, layout: Layout) -> str:
    """Say what all builds send at both ends, each shared file once, and how many of them change."""
    assert report.compared is not None
    base, head = report.compared
    changed, among = changed_builds(report)
    among = f" in {among}" if among and changed else ""
    growth = layout.growth(head.bytes - base.bytes)
    return f"{layout.size(base.bytes)} -> {layout.size(head.bytes)} ({growth}{among})"


def changed_builds(report: Report) -> tuple[int, str]:
    """Count the builds that change, and say of how many, "" where there is one target only."""
    compared = [audit for audit in report.targets if audit.comparison is not None]
    names = [audit.name for audit in compared]
    changed = number_of_builds([audit.name for audit in compared if audit.comparison and audit.comparison.changes])
    return changed, f"{changed:,} of {counted_builds(names)}" if len(names) > 1 else ""


def _path(change: Shared[PathChange]) -> str:
    return _from_here(change.audit, change.what.path)


def _from_here(audit: Target, path: str) -> str:
    return os.path.normpath(words.path_of(audit, path))


def git_ignored(audit: Target) -> list[list[GitIgnored]]:
    """Give what git ignores and docker does not, by kind, but for what was found there with its size."""
    paths = {finding.path for finding in audit.findings}
    groups: dict[str, list[GitIgnored]] = {}
    for ignored in audit.comparison.git_ignored if audit.comparison else ():
        if ignored.path not in paths:
            groups.setdefault(ignored.kind, []).append(ignored)
    return list(groups.values())


def _unseen(group: list[GitIgnored]) -> str:
    paths = ", ".join(f"{printable_name(ignored.path)}{'/' * (ignored.type == 'dir')}" for ignored in group[:NAMED])
    paths += and_more(len(group) - NAMED)
    return f"{paths}: {group[0].kind}, git-ignored, not docker-ignored, not in a clean checkout"


def title(comparison: Comparison) -> str:
    return f"Since {printable_text(comparison.ref)} ({comparison.base_commit[:SHORT]}), tracked files only"


def totals(comparison: Comparison, layout: Layout) -> str:
    """Give both totals, and the growth."""
    before, after = _amount(comparison.base, layout), _amount(comparison.head, layout)
    return f"{before} -> {after} ({layout.growth(comparison.growth)})"


def _amount(amount: Totals | None, layout: Layout) -> str:
    return f"{layout.size(amount.bytes)} in {counted(amount.files, 'file')}" if amount else "no such build"


def row(
    change: PathChange, layout: Layout, path: str | None = None, builds: Sequence[str] = ()
) -> tuple[str, str, str]:
    """Give the growth, the path, and what happened there; with *builds*, in which of several."""
    slash = "/" * (change.type == "dir")
    what = [_how(change), *(["secret"] if change.secret else []), *([f"in {words.named(builds)}"] if builds else [])]
    return layout.growth(change.growth), f"{printable_name(path or change.path)}{slash}", ", ".join(what)


def _how(change: PathChange) -> str:
    if change.head is None:
        by = f", excluded by {printable_text(str(change.excluded_by))}" if change.excluded_by else ""
        return f"gone{by}"
    at = f", {printable_text(str(change.location))}" if change.location else ""
    return f"{'new' if change.base is None else 'changed'}{at}"


def rerun(change: RerunChange) -> str:
    """Say how often a step ran again, and would as the branch has it."""
    base, head = (words.share(again, change.commits, digits=0) for again in (change.base, change.head))
    return f"{step(change)} re-ran on {base} of the last {counted(change.commits, 'commit')}, would on {head}"


def step(change: RerunChange) -> str:
    """Name a step on one line."""
    return printable_text(shortened(change.instruction, _LONGEST_STEP))


def sentence(dropped: Dropped) -> str:
    """Say what an instruction needs and does not get any more."""
    by = f": {dropped.by} excludes it" if dropped.by else ""
    return printable_text(
        f"{dropped.location}: {dropped.instruction} needs {dropped.path}, which is not sent any more{by}"
    )
