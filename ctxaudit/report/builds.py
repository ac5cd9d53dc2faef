"""The table of several builds, for a terminal: a row each, and which of them are sent the same files again."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from ctxaudit import printable, units
from ctxaudit.model import Audit, Report
from ctxaudit.report import words
from ctxaudit.report.layout import NARROW, Layout

_HEAD = ("Build", "Context", "Dockerfile", "Files", "Sent", "Findings")


def is_table(report: Report) -> bool:
    """Whether the report is of several builds that files declare, or of one that fails."""
    return len([audit for audit in report.targets if audit.declared is not None]) > 1 or bool(report.failures)


def lines(report: Report, layout: Layout) -> Iterator[str]:
    rows = [_HEAD, *(_row(audit, layout) for audit in report.targets)]
    rows += [(printable.name(one.name), "", "", "", "", "not looked at") for one in report.failures]
    yield from layout.table([_narrowed(row) for row in rows] if layout.width < NARROW else rows, _align(layout))
    yield ""
    again = report.distinct
    sent = sum(audit.sent.bytes for audit in report.targets)
    once = f"; {layout.size(again.bytes)} with each shared file counted once" if report.shared else ""
    yield from _wrapped(f"{units.count(len(report.targets), 'context')}, {layout.size(sent)} sent{once}.", layout)
    yield from _shared(report, layout)
    for failure in report.failures:
        yield ""
        yield from _wrapped(f"{printable.name(failure.name)}, declared in {failure.declared}, fails:", layout)
        yield from (f"  {line}" for line in printable.text(failure.error).splitlines())


def _row(audit: Audit, layout: Layout) -> tuple[str, ...]:
    return (
        printable.name(audit.name),
        printable.name(audit.context) or "unknown",
        words.title(audit.dockerfile),
        f"{audit.sent.files:,}",
        layout.size(audit.sent.bytes),
        _found(audit),
    )


def _found(audit: Audit) -> str:
    counts = Counter(finding.severity for finding in audit.findings)
    said = [units.count(counts[severity], severity) for severity in ("error", "warning") if counts[severity]]
    return ", ".join(said) or "none"


def _narrowed(row: Sequence[str]) -> tuple[str, ...]:
    return row[0], row[4], row[5]


def _align(layout: Layout) -> str:
    return "lrl" if layout.width < NARROW else "lllrrl"


def _shared(report: Report, layout: Layout) -> Iterator[str]:
    for shared in report.shared:
        names = ", ".join(map(printable.name, shared.builds))
        yield from _wrapped(
            f"{printable.name(shared.context)} is sent {len(shared.builds)} times: {layout.size(shared.sent.bytes)}"
            f" of {layout.size(shared.distinct.bytes)} that differ ({names})",
            layout,
        )


def _wrapped(text: str, layout: Layout) -> list[str]:
    return textwrap.wrap(
        text, layout.width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    ) or [text]
