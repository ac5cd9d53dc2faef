"""The table of several builds, for a terminal: a row each, and which of them are sent the same files again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ctxaudit.model import Audit, Report
from ctxaudit.report import printable, together, verdict, words
from ctxaudit.report.layout import Layout, shortened_path
from ctxaudit.values import and_more, counted

_HEAD = ("Build", "Context", "Dockerfile", "Files", "Sent", "Change", "Findings")
_UNSEEN = "not looked at"
_NAMED = 5  # builds of a context that several are sent
_ALIGN = "lllrrrl".__getitem__
_COLUMNS = ((0, 1, 2, 3, 4, 5, 6), (0, 1, 3, 4, 5, 6), (0, 3, 4, 5, 6), (0, 4, 5, 6))  # by the room that they take
_COMPARED = (*_COLUMNS, (0, 5, 6))
_CHANGE = 5  # the column that only a comparison fills


def is_table(report: Report) -> bool:
    """Whether the report is of several builds that files declare, or of one that fails."""
    return len([audit for audit in report.targets if audit.declared is not None]) > 1 or bool(report.failures)


def lines(report: Report, layout: Layout) -> Iterator[str]:
    """Give the table, then what all is and what is sent again, then what fails, and how much is not shown."""
    rows = [_HEAD, *(_row(audit, layout) for audit in report.targets)]
    rows += [(printable.name(one.name), "", "", "", "", "", _UNSEEN) for one in report.failures]
    is_compared = any(audit.comparison for audit in report.targets)
    plain = [[number for number in columns if number != _CHANGE] for columns in _COLUMNS]
    yield from _fitted(rows, layout, _COMPARED if is_compared else plain)
    yield ""
    yield from layout.wrap(headline(report, layout), "  ")
    yield from _shared(report, layout)
    for failure in report.failures:
        yield ""
        where = printable.name(str(failure.declared))
        yield from layout.wrap(f"{printable.name(failure.name)}, declared in {where}, fails:", "  ")
        yield from (
            line for text in printable.text(failure.error).splitlines() for line in layout.wrap(f"  {text}", "    ")
        )
    yield from _unknown(report, layout)


def headline(report: Report, layout: Layout) -> str:
    """Say what all builds send, how much of it is the same files again, and what of it is needed."""
    sent = sum(audit.sent.bytes for audit in report.targets)
    distinct = layout.size(report.distinct.bytes)
    once = f"; {distinct} with each shared file counted once" if distinct != layout.size(sent) else ""
    count = counted(sum(audit.seen for audit in report.targets), "context")
    rest = needed(report)
    after = f"; {layout.size(rest)} is needed" if rest is not None and rest < sent else ""
    return f"{count}, {layout.size(sent)} sent{once}{after}."


def needed(report: Report) -> int | None:
    """Give the bytes that all builds send after the proposals; None where one was not looked for."""
    rest = report.needed
    return rest.bytes if rest is not None else None


def one_of_each_file(report: Report) -> list[Audit]:
    """Give the first build of each ignore file that a proposal changes; all that read it share the proposal."""
    found: dict[str, Audit] = {}
    for audit in report.targets:
        if audit.proposal is not None and audit.proposal.edit is not None:
            found.setdefault(audit.proposal.edit.file, audit)
    return list(found.values())


def judged(report: Report, layout: Layout) -> Iterator[str]:
    """Say which budgets are broken, the same sentence once for all of its builds."""
    found: dict[str, list[str]] = {}
    for audit in report.targets:
        for line in verdict.lines(audit, layout):
            found.setdefault(line, []).append(audit.name)
    for line, names in found.items():
        label, _, rest = line.partition(": ")
        yield f"{label}: {together.named(names)}: {printable.text(rest)}"


def _fitted(rows: Sequence[Sequence[str]], layout: Layout, choices: Sequence[Sequence[int]]) -> list[str]:
    """Set the columns that there is room for; the name itself is cut last."""
    for columns in choices:
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
    unknowns = (one for audit in report.targets if audit.seen for one in audit.unknowns)
    count = sum(not words.is_of_base_image(one) for one in unknowns)
    if count and not layout.verbose:
        yield f"{count:,} unknown: -v shows all."


def _row(audit: Audit, layout: Layout) -> tuple[str, ...]:
    build = (printable.name(audit.name), printable.name(audit.context) or "unknown")
    if not audit.seen:
        return (*build, "", "", "", "", _UNSEEN)
    sent, compared = audit.sent, audit.comparison
    change = layout.growth(compared.growth) if compared else "unknown"
    return (*build, words.title(audit.dockerfile), f"{sent.files:,}", layout.size(sent.bytes), change, _found(audit))


def _found(audit: Audit) -> str:
    counts = Counter(finding.severity for finding in audit.findings)
    said = [counted(counts[severity], severity) for severity in ("error", "warning") if counts[severity]]
    return ", ".join(said) or "none"


def _shared(report: Report, layout: Layout) -> Iterator[str]:
    total = layout.size(sum(audit.sent.bytes for audit in report.targets))
    for shared in report.shared:
        sizes = [layout.size(amount.bytes) for amount in (shared.sent, shared.distinct)]
        once = f" ({sizes[1]} once)" if sizes[0] != sizes[1] else ""
        # A figure that the line above has is not said again.
        amount = f", {sizes[0]} in all{once}" if once or sizes[0] != total else ""
        names = "; ".join(map(printable.name, shared.builds[:_NAMED]))
        names += and_more(len(shared.builds) - _NAMED, "; ")
        yield from layout.wrap(
            f"{printable.name(shared.context)} is sent {len(shared.builds)} times{amount}: {names}",
            "  ",
        )
