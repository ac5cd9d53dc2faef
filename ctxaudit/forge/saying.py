"""What the comment says of a report, and whether it has anything to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from ctxaudit.forge.pull import Place
from ctxaudit.forge.sticky import Text, checked_key
from ctxaudit.model import Comparison, Report
from ctxaudit.report import Layout, markdown

When = Literal["always", "changes", "findings", "never"]
_NOTABLE = 1000  # bytes


def text(report: Report, layout: Layout, place: Place, key: str, *, when: When, deletes: bool) -> Text:
    """Give the comment about the report."""
    news = _NEWS[when](report)
    linked = replace(layout, blob=place.blob)

    def fitted(room: int) -> str:
        return markdown.fitted(report, linked, room) if news else markdown.unchanged(report, layout)

    return Text(checked_key(key), fitted, place.run, place.job, place.head, news, deletes)


def effect(text: Text) -> str:
    """Say what publishing the comment would do, as far as nobody has to ask the forge."""
    if text.news:
        return "this comment would be created, or the one that is there updated"
    there = "deleted" if text.deletes else "updated to this line"
    return f"no comment would be created, as there is nothing to say; one that is there would be {there}"


def summary(report: Report, layout: Layout) -> str:
    """Give the report for a job's summary."""
    return markdown.render(report, layout)


def has_findings(report: Report) -> bool:
    """Whether anything has to be acted on: a build that fails, a gate that is not passed, a finding above a note."""
    return bool(report.failures) or any(
        (audit.gate and audit.gate.verdict != "passed") or any(one.severity != "note" for one in audit.findings)
        for audit in report.targets
    )


def has_changes(report: Report) -> bool:
    """Whether there are findings, or the branch changes what is sent by more than a trifle."""
    return has_findings(report) or any(_is_notable(audit.comparison) for audit in report.targets if audit.comparison)


_NEWS: dict[When, Callable[[Report], bool]] = {
    "always": lambda report: True,
    "changes": has_changes,
    "findings": has_findings,
    "never": lambda report: False,
}


def _is_notable(comparison: Comparison) -> bool:
    return (
        (comparison.base is None) != (comparison.head is None)
        or bool(comparison.dropped)
        or any(one.head > one.base for one in comparison.reruns)
        or any(abs(change.growth) >= _NOTABLE or change.secret for change in comparison.changes)
    )
