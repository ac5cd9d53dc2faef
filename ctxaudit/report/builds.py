"""The table of several builds, for a terminal: a row each, and which of them are sent the same files again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ctxaudit import units
from ctxaudit.model import Audit, Report
from ctxaudit.report import printable, words
from ctxaudit.report.layout import Layout, shortened_path

_HEAD = ("Build", "Context", "Dockerfile", "Files", "Sent", "Findings")
_UNSEEN = "not looked at"
_NAMED = 5  # builds of a context that several are sent
_ALIGN = "lllrrl".__getitem__
_COLUMNS = ((0, 1, 2, 3, 4, 5), (0, 1, 3, 4, 5), (0, 3, 4, 5), (0, 4, 5))  # by the room that they take


def is_table(report: Report) -> bool:
    """Whether the report is of several builds that files declare, or of one that fails."""
    return len([audit for audit in report.targets if audit.declared is not None]) > 1 or bool(report.failures)


def lines(report: Report, layout: Layout) -> Iterator[str]:
    """Give the table, then what is sent again, then what fails, and how much is not shown."""
    rows = [_HEAD, *(_row(audit, layout) for audit in report.targets)]
    rows += [(printable.name(one.name), "", "", "", "", _UNSEEN) for one in report.failures]
    yield from _fitted(rows, layout)
    yield ""
    sent = sum(audit.sent.bytes for audit in report.targets)
    once = f"; {layout.size(report.distinct.bytes)} with each shared file counted once" if report.shared else ""
    count = units.count(sum(audit.seen for audit in report.targets), "context")
    yield from layout.wrap(f"{count}, {layout.size(sent)} sent{once}.", "  ")
    yield from _shared(report, layout)
    for failure in report.failures:
        yield ""
        where = printable.name(str(failure.declared))
        yield from layout.wrap(f"{printable.name(failure.name)}, declared in {where}, fails:", "  ")
        yield from (f"  {line}" for line in printable.text(failure.error).splitlines())
    yield from _unknown(report, layout)


def _fitted(rows: Sequence[Sequence[str]], layout: Layout) -> list[str]:
    """Set the columns that there is room for; the name itself is cut last."""
    for columns in _COLUMNS:
        table = layout.table([[row[number] for number in columns] for row in rows], "".join(map(_ALIGN, columns)))
        if max(map(len, table)) <= layout.width:
            return table
    room = layout.width - max(map(len, table)) + max(len(row[0]) for row in rows)
    cut = [[shortened_path(row[0], room), *(row[number] for number in columns[1:])] for row in rows]
    return layout.table(cut, "".join(map(_ALIGN, columns)))


def _unknown(report: Report, layout: Layout) -> Iterator[str]:
    for audit in report.targets:
        for unknown in audit.unknowns if not audit.seen else ():
            where = f"{printable.text(unknown.where)}: " if unknown.where else ""
            yield from layout.wrap(f"unknown: {where}{printable.text(unknown.what)}", "  ")
    count = sum(len(audit.unknowns) for audit in report.targets if audit.seen)
    if count and not layout.verbose:
        yield f"{count:,} unknown: -v shows all."


def _row(audit: Audit, layout: Layout) -> tuple[str, ...]:
    build = (printable.name(audit.name), printable.name(audit.context) or "unknown")
    if not audit.seen:
        return (*build, "", "", "", _UNSEEN)
    sent = audit.sent
    return (*build, words.title(audit.dockerfile), f"{sent.files:,}", layout.size(sent.bytes), _found(audit))


def _found(audit: Audit) -> str:
    counts = Counter(finding.severity for finding in audit.findings)
    said = [units.count(counts[severity], severity) for severity in ("error", "warning") if counts[severity]]
    return ", ".join(said) or "none"


def _shared(report: Report, layout: Layout) -> Iterator[str]:
    for shared in report.shared:
        names = "; ".join(map(printable.name, shared.builds[:_NAMED]))
        names += units.more(len(shared.builds) - _NAMED, "; ")
        yield from layout.wrap(
            f"{printable.name(shared.context)} is sent {len(shared.builds)} times: {layout.size(shared.sent.bytes)}"
            f" of {layout.size(shared.distinct.bytes)} that differ ({names})",
            "  ",
        )
