"""The report for a terminal: what is sent, what of it is not needed, and why."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from ctxaudit.errors import excerpt
from ctxaudit.model import NOTHING_WITHHELD, Audit, Finding, Location, Quote, Reach, Report, Totals
from ctxaudit.report import builds, next_step, printable, titles, together, verdict, words
from ctxaudit.report.layout import NARROW, Layout, Style, shortened, shortened_path
from ctxaudit.report.proposal import unmeasured
from ctxaudit.report.rows import Group, groups
from ctxaudit.report.together import Shared
from ctxaudit.report.verdict import OVER
from ctxaudit.values import and_more, counted, frozen

_QUOTED = "    "  # before a line of a file
_REACH: dict[Reach, str] = {"final": "final image", "intermediate": "intermediate stage", "sent": "no layer"}
_STYLES: dict[str, Style] = {"error": "red", "warning": "yellow", "note": "dim"}


def render(report: Report, layout: Layout) -> str:
    is_table = builds.is_table(report)
    sections: list[Iterable[str]] = [_table_of_builds(report, layout)] if is_table else []
    if layout.verbose or not is_table:
        sections += [_target(audit, layout) for audit in report.targets]
    if report.baseline is not None and report.baseline.stale:
        sections.append(layout.wrap(printable.text(verdict.stale(report.baseline))))
    texts = ("\n".join(lines).rstrip("\n") for lines in (*sections, _next(report, layout)))
    return printable.unheeded("\n".join(f"{text}\n" for text in texts if text))


def _table_of_builds(report: Report, layout: Layout) -> Iterator[str]:
    """The table; below it what is not needed, what changes, what is wrong and what breaks a budget, each once."""
    yield from builds.lines(report, layout)
    found = [one for one in together.findings(report.targets) if _shown(one.what, layout)]
    sized = [one for one in found if one.what.kind and one.what.reach != "permitted"]
    said = [one for one in found if one.what.severity == "error" or not one.what.kind]
    yield ""
    reasons = {id(one): verdict.stays_in_all(one) for one in found}
    goes = [_shared_row(one, one.what.unneeded.bytes) for one in sized if verdict.is_unneeded(one.what)]
    yield from _section("Not needed", _sorted(goes), layout)
    stay = [(one, verdict.reason(one.audit, one.what)) for one in sized]
    rows = [_shared_row(one, one.what.bytes - one.what.unneeded.bytes, reason) for one, reason in stay if reason]
    yield from _section("Stays", _sorted(rows), layout)
    if report.compared is not None:
        from ctxaudit.report import comparison

        yield from comparison.of_all(report, layout)
    sentences = [(one, _said(one.audit, one.what, together.sentence(one, report))) for one in said]
    yield from _sentences([(one.what, _staying(said, reasons[id(one)])) for one, said in sentences], layout)
    for line in builds.judged(report, layout):
        label, _, rest = line.partition(":")
        yield from layout.wrap(f"{layout.paint(label, 'red')}:{rest}" if label == OVER else line, "  ")
    yield from (line for text in verdict.withheld(report.targets) for line in layout.wrap(text))


def _shared_row(one: Shared[Finding], size: int, reason: str = "") -> _Row:
    """A row of what several builds are sent: the path from where the user stands, and the builds."""
    path = _from_here(one.audit, one.what.path)
    named = f"{titles.what(one.what)}; in {together.named(one.builds)}"
    reason = printable.text(reason)
    shown = f"{path}{'/' * (one.what.type == 'dir')}"
    return _Row(size, shown, reason.partition("; ")[0] or named, shown)


def _from_here(audit: Audit, path: str) -> str:
    """Give a path of the context as the user types it where they stand, fit to print."""
    return printable.name(os.path.normpath(words.path_of(audit, path)))


def _said(audit: Audit, finding: Finding, sentence: str) -> str:
    """Give a sentence that begins with the finding's path with that path as the user types it."""
    rest = sentence.removeprefix(finding.path)
    is_about_it = bool(finding.path) and rest != sentence and rest[:1] in (" ", "/", ":", ",")
    return f"{os.path.normpath(words.path_of(audit, finding.path))}{rest}" if is_about_it else sentence


def failing(report: Report, layout: Layout) -> Iterator[str]:
    """Give the findings that fail a build, each said once."""
    found: dict[Finding, str] = {}
    for audit in report.targets:
        for finding in audit.findings:
            if audit.gate and audit.gate.fails(finding.severity):
                found.setdefault(finding, _said(audit, finding, words.sentence(finding)))
    yield from _sentences(found.items(), layout)


def _target(audit: Audit, layout: Layout) -> Iterator[str]:
    if not audit.seen and audit.name == audit.context:  # of the command line
        yield from layout.wrap(f"nothing to audit: {printable.text(audit.unknowns[0].what)}", "  ")
        return
    flagged = [finding for finding in audit.findings if finding.kind and _shown(finding, layout)]
    unsent = [finding for finding in flagged if finding.reach == "permitted"]
    sized = [finding for finding in flagged if finding.reach != "permitted"]
    said = [finding for finding in audit.findings if not finding.kind and _shown(finding, layout)]
    secret = [finding for finding in sized if finding.severity == "error"]
    if not flagged and not said:
        yield from _clean(audit, layout)
    else:
        yield from _head(audit, layout)
        yield from _totals(audit, layout)
        yield from _section("Not needed", _rows(audit, [one for one in sized if verdict.is_unneeded(one)]), layout)
        yield from _section("Stays", _stay(audit, sized), layout)
        yield from _section("Permitted, and not sent by this build", _rows(audit, unsent), layout)
    if layout.verbose or sized:
        yield from _section("Largest of the rest", _largest(audit, layout), layout)
    if audit.comparison is not None:
        from ctxaudit.report import comparison

        yield from comparison.lines(audit.comparison, audit, layout)
    sentences = [
        (one, _staying(_said(audit, one, words.sentence(one)), verdict.stays(audit, one))) for one in (*secret, *said)
    ]
    yield from _sentences(sentences, layout)
    for line in verdict.lines(audit, layout):
        label, _, rest = line.partition(":")
        yield from layout.wrap(f"{layout.paint(label, 'red' if label == OVER else 'dim')}:{rest}", "  ")
    yield from _remarks(audit, layout)


def _next(report: Report, layout: Layout) -> Iterator[str]:
    """The commands that go on from here, each on a line of its own to be copied; none that would change nothing."""
    steps = [(f"{title}:", command) for title, command in next_step.steps(report) if command]
    if steps:
        width = max(len(title) for title, _ in steps)
        yield from (f"{title:{width}} {layout.paint(command, 'cyan')}" for title, command in steps)
        return
    flagged = any(finding.kind and _shown(finding, layout) for audit in report.targets for finding in audit.findings)
    if flagged and next_step.is_done(report.targets):
        yield from layout.wrap("Nothing to do: what was found stays for the reasons above.")


def _shown(finding: Finding, layout: Layout) -> bool:
    return layout.verbose or finding.severity != "note"


def _clean(audit: Audit, layout: Layout) -> Iterator[str]:
    sent, permitted = (_amount(totals, layout) for totals in (audit.sent, audit.permitted))
    if not audit.seen:
        why = "only the builder sees its context" if audit.context else "its context is unknown"
        said = f"not looked at, as {why}."
    elif not audit.requested:
        said = f"no instruction needs the context ({permitted} permitted)."
    else:
        rest = "" if audit.sent == audit.permitted else f" sent of {permitted} permitted"
        said = "; ".join(filter(None, (f"{sent}{rest or ', all that is permitted'}", words.instead(audit))))
        said = f"{said}; {_left(audit, layout)}."
    yield from layout.wrap(f"{words.title(audit.name)}: {said}")


def _left(audit: Audit, layout: Layout) -> str:
    """What a change to the ignore file would still exclude, of what is not shown."""
    small = sum(verdict.goes(audit, finding) for finding in audit.findings)
    if not small and audit.withheld != NOTHING_WITHHELD:
        return "nothing is found beside what is counted below"
    if not small and (audit.proposal is None or audit.proposal.edit is None):
        return "nothing to exclude"
    left = "--write adds lines for what .gitignore names"
    if audit.proposal is not None and not audit.proposal.unmeasured:
        left = "--write changes the ignore file"
    if small:
        left = f"--write excludes {counted(small, 'small path')}, which -v shows"
    if audit.proposal is None or audit.proposal.proof.builds > 1:
        return left
    after = audit.proposal.proof.after[audit.builder]
    return left if after.bytes > audit.sent.bytes else f"{_amount(after, layout)} is needed: {left}"


def _amount(totals: Totals, layout: Layout) -> str:
    return f"{layout.size(totals.bytes)} in {counted(totals.files, 'file')}"


def _head(audit: Audit, layout: Layout) -> Iterator[str]:
    ignore = words.ignore_file(audit)
    title = words.title(audit.dockerfile)
    if audit.declared is not None:
        title = f"{printable.name(audit.name)}: {title}"
    builder = words.builder(audit.builder)
    if layout.width < NARROW:
        yield from layout.wrap(f"{title} ({ignore})")
    else:
        at = f" at {audit.commit[:12]}" if audit.commit else ""
        yield from layout.wrap(f"{title}, context {printable.name(audit.context)}{at} ({builder}, {ignore})")
    yield ""


def _totals(audit: Audit, layout: Layout) -> Iterator[str]:
    """The figures: of one build also what is needed, as the builder is sent it after the proposal.

    Not where that is more than what is sent now: where the ignore file itself, which is sent, too, outweighs the rest.
    """
    sent = audit.sent
    is_told = layout.width >= NARROW and not words.is_fetched(audit)
    transfer = words.transferred(audit, layout.size(sent.transfer_bytes)) if is_told else ""
    rows = [
        ("permitted", layout.size(audit.permitted.bytes), f"{audit.permitted.files:,} files", ""),
        ("sent", layout.size(sent.bytes), f"{sent.files:,} files", transfer),
    ]
    if audit.proposal is not None and audit.proposal.proof.builds == 1:
        after = audit.proposal.proof.after[audit.builder]
        less = sent.bytes - after.bytes
        share = f"-{words.share(less, sent.bytes)}" if less > 0 else ""
        if less >= 0:
            rows.append(("needed", layout.size(after.bytes), f"{after.files:,} files", share))
    yield from (f"  {line}".rstrip() for line in layout.table(rows, "lrrl"))
    yield ""


@frozen
class _Row:
    """path: as the user types it. short: the same from the context's root, for where that is too long."""

    bytes: int
    path: str
    reason: str
    short: str


def _rows(audit: Audit, findings: Sequence[Finding]) -> list[_Row]:
    return [_row(audit, group) for group in groups(findings)]


def _row(audit: Audit, group: Group) -> _Row:
    end = "/" * (group.first.type == "dir") + and_more(group.more)
    return _row_of(audit, group.first.path, end, group.bytes, _what(audit, group.first))


def _row_of(audit: Audit, path: str, end: str, size: int, reason: str) -> _Row:
    return _Row(size, f"{_from_here(audit, path)}{end}", reason, f"{printable.name(path)}{end}")


def _what(audit: Audit, finding: Finding) -> str:
    """Say what it is, which line brings it, and how far it gets: "Go binary, git-ignored; line 5, final image"."""
    at = finding.location
    place = "" if at is None else f"line {at.line}" if at.file == audit.dockerfile else printable.text(str(at))
    brought = ", ".join(filter(None, (place, _REACH.get(finding.reach, ""))))
    return "; ".join(filter(None, (printable.text(titles.what(finding)), brought)))


def _stay(audit: Audit, findings: Sequence[Finding]) -> list[_Row]:
    """What of it no change to the ignore file takes out, with the reason."""
    found = [(one, verdict.reason(audit, one)) for one in findings]
    rows = [
        _row_of(
            audit,
            one.path,
            "/" * (one.type == "dir"),
            one.bytes - one.unneeded.bytes,
            printable.text(reason.partition("; ")[0]),
        )
        for one, reason in found
        if reason
    ]
    return _sorted(rows)


def _sorted(rows: Iterable[_Row]) -> list[_Row]:
    return sorted(rows, key=lambda row: (-row.bytes, row.path))


def _largest(audit: Audit, layout: Layout) -> list[_Row]:
    return [_row_of(audit, entry.path, "", entry.content_bytes, "") for entry in audit.largest[:3]]


def _section(title: str, rows: Sequence[_Row], layout: Layout) -> Iterator[str]:
    if not rows:
        return
    shown = rows[: layout.top] if layout.top else rows
    yield layout.paint(title, "bold")
    yield from _table(shown, layout)
    if len(shown) < len(rows):
        yield and_more(len(rows) - len(shown), "  ", " (--top 0 shows all)")
    yield ""


def _table(rows: Sequence[_Row], layout: Layout) -> Iterator[str]:
    sizes = [layout.size(row.bytes) for row in rows]
    left = max(map(len, sizes)) + 4
    fits = all(len(row.path) <= layout.width - left for row in rows)
    names = [row.path if fits else row.short for row in rows]
    paths = [shortened_path(name, layout.width - left) if layout.shortens else name for name in names]
    room = layout.width - left - max(map(len, paths)) - 2
    reasons = [shortened(row.reason, room) if layout.width >= NARROW and room > 10 else "" for row in rows]
    painted = [layout.paint(path, "bold") for path in paths]
    for line in layout.table(list(zip(sizes, painted, reasons, strict=True)), "rll"):
        yield f"  {line}".rstrip()


def _staying(sentence: str, reason: str) -> str:
    return f"{sentence}; stays: {reason}" if reason else sentence


def _sentences(found: Iterable[tuple[Finding, str]], layout: Layout) -> Iterator[str]:
    """Give what is said of each finding, and below it the line that it is about; of several, below the first."""
    quoted: set[tuple[Location | None, Quote]] = set()
    for finding, sentence in found:
        at = finding.location
        where = f"{at}: " if at and not finding.message.startswith(at.file) else ""
        label = f"{finding.severity}[{finding.rule}]"
        first, *rest = layout.wrap(f"{label} {printable.text(f'{where}{sentence}')}", "  ")
        yield first.replace(label, layout.paint(label, _STYLES[finding.severity]), 1)
        yield from rest
        if finding.quote is not None and (at, finding.quote) not in quoted:
            quoted.add((at, finding.quote))
            yield from _quote(finding.quote, _STYLES[finding.severity], layout)


def _quote(quote: Quote, style: Style, layout: Layout) -> Iterator[str]:
    """Give a line of a file, and carets below what is marked of it."""
    room = layout.width - len(_QUOTED)
    line, column = excerpt(printable.text(quote.text), quote.column, room)
    yield f"{_QUOTED}{line}"
    carets = "^" * max(1, min(quote.width, room - column))
    yield f"{_QUOTED}{' ' * column}{layout.paint(carets, style)}"


def _remarks(audit: Audit, layout: Layout) -> Iterator[str]:
    if words.is_fetched(audit):
        yield from layout.wrap("fetched by the builder itself: the client sends nothing.")
    if audit.dockerfile == "-":
        yield from layout.wrap("assumed: a Dockerfile from standard input has no ignore file of its own.")
    hidden = [] if layout.verbose else [one for one in audit.unknowns if words.is_of_base_image(one)]
    for unknown in (one for one in audit.unknowns if one not in hidden):
        where = f"{printable.text(unknown.where)}: " if unknown.where else ""
        settle = f"; to settle it: {printable.text(unknown.settle)}" if layout.verbose else ""
        yield from layout.wrap(f"unknown: {where}{printable.text(unknown.what)}{settle}", "  ")
    for line in unmeasured(audit.proposal) if audit.proposal and layout.width >= NARROW else ():
        yield from layout.wrap(f"Lines {line}.", "  ")
    for line in verdict.withheld([audit]):
        yield from layout.wrap(line)
    notes = len(hidden) + sum(not _shown(finding, layout) for finding in audit.findings)
    if notes:
        yield from layout.wrap(f"{counted(notes, 'note')} not shown: -v shows all.")
