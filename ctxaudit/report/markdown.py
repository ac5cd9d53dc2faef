"""Markdown for a pull request and a job's summary, in the sections that `_blocks` lists.

No name of the tree stands in it but as code, and no text but ours outside of code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ctxaudit import __version__, units
from ctxaudit.model import (
    Amount,
    Audit,
    Comparison,
    EntryType,
    Finding,
    GitIgnored,
    Location,
    PathChange,
    Proposal,
    Report,
)
from ctxaudit.report import comparison, escape, printable, verdict
from ctxaudit.report.comparison import SHORT
from ctxaudit.report.layout import Layout, shortened
from ctxaudit.report.places import anchor
from ctxaudit.report.rows import groups
from ctxaudit.report.words import REACH, call, command, path_of, sentence
from ctxaudit.values import frozen

_ALIGN = {"l": ":--", "r": "--:"}
_WIDEST = 60  # characters of an instruction
_INPUTS = ("needed-input-ignored", "needed-input-not-copied")
LONGEST = 250_000  # characters of at most four bytes each: GitHub takes 1 MiB of a step's summary
_CUT = "_Shortened: the whole report is in the JSON report._"


@frozen
class Room:
    """How much is shown: rows of a table, lines of a diff, builds, 0 for all; and whether all findings are listed."""

    rows: int = 0
    diff: int = 0
    builds: int = 0
    findings: bool = True


# What is dropped where it gets too long, one after the other.
_LESS = (
    Room(findings=False),
    Room(findings=False, diff=60),
    Room(findings=False, diff=60, rows=10),
    Room(findings=False, diff=60, rows=10, builds=20),
)


def render(report: Report, layout: Layout) -> str:
    return fitted(report, layout, LONGEST)


def fitted(report: Report, layout: Layout, limit: int) -> str:
    """Give the report in at most so many characters, which must have room for its heading.

    What goes first: the list of all findings, the lines of a diff beyond 60, the rows of a table beyond 10, the builds
    beyond 20, and all but the heading.
    """
    whole = _text(_blocks(report, layout, Room(rows=layout.top)))
    if len(whole) <= limit:
        return whole
    # Never more rows than were asked for, 0 being all.
    rooms = (replace(room, rows=min(room.rows or layout.top, layout.top or room.rows)) for room in _LESS)
    shorter = (_text([*_blocks(report, layout, room), _CUT]) for room in rooms)
    return next((text for text in shorter if len(text) <= limit), _text([_heading(report, layout), _CUT]))


def unchanged(report: Report, layout: Layout) -> str:
    """Give the one line about a report that there is nothing to say of."""
    return f"Build context: {_sizes(report, layout)}, nothing to act on.\n"


def _text(blocks: Iterator[str] | Sequence[str]) -> str:
    return "\n\n".join(blocks) + "\n"


def _blocks(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    yield _heading(report, layout)
    yield from _inputs(report, layout, room)
    yield from _dropped(report, layout, room)
    yield from _budgets(report, layout)
    yield from _targets(report, layout, room)
    yield from _failures(report, room)
    yield from _shared(report, layout, room)
    yield from _errors(report, layout, room)
    if any(audit.comparison for audit in report.targets):
        yield _both_ways(report, layout)
        yield from _changes(report, layout, room)
    else:
        yield from _not_needed(report, layout, room)
    yield from _proposals(report, layout, room)
    if room.findings:
        yield from _findings(report, layout)
    yield from _withheld(report)
    yield from _unknowns(report, room)
    yield _footer(report)


def _heading(report: Report, layout: Layout) -> str:
    failed = report.failures or any(audit.gate and audit.gate.verdict == "failed" for audit in report.targets)
    return f"### Build context: {_sizes(report, layout)}{' :x:' if failed else ''}"


def _sizes(report: Report, layout: Layout) -> str:
    compared = [audit.comparison for audit in report.targets if audit.comparison]
    if compared:
        return _growth(compared, layout)
    sent, files = sum(audit.sent.bytes for audit in report.targets), sum(audit.sent.files for audit in report.targets)
    return f"{layout.size(sent)} in {units.count(files, 'file')}"


def _growth(compared: Sequence[Comparison], layout: Layout) -> str:
    base, head = (
        sum(totals.bytes for totals in side if totals)
        for side in ([one.base for one in compared], [one.head for one in compared])
    )
    return f"{layout.size(base)} → {layout.size(head)} ({layout.growth(head - base)})"


def _budgets(report: Report, layout: Layout) -> Iterator[str]:
    """Give a line for each budget that is broken or cannot be judged."""
    lines = [
        f"- {escape.code(printable.name(audit.name))}: {escape.code(verdict.sentence(budget, layout))}"
        for audit in report.targets
        for budget in verdict.budgets(audit)
        if budget.verdict != "passed"
    ]
    if lines:
        yield "\n".join(lines)


def _targets(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    shown = report.targets[: room.builds] if room.builds else report.targets
    if any(audit.comparison for audit in report.targets):
        rows = [_compared_target(audit, layout) for audit in shown]
        yield _table(("Build", "Base", "Head", "Change", "Files"), "lrrrr", rows)
    else:
        rows = [_target(audit, layout) for audit in shown]
        yield _table(("Build", "Permitted", "Sent", "Files", "Not needed"), "lrrrr", rows)
    yield from _more(len(report.targets) - len(shown))


def _failures(report: Report, room: Room) -> Iterator[str]:
    rows = [
        [escape.code(printable.name(one.name)), escape.code(str(one.declared)), escape.code(one.what)]
        for one in report.failures
    ]
    yield from _section("Not looked at", ("Build", "Declared", "Why"), "lll", rows, room)


def _shared(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    rows = [
        [
            escape.code(layout.place(one.context)),
            escape.code("; ".join(map(printable.name, one.builds))),
            layout.size(one.sent.bytes),
            layout.size(one.distinct.bytes),
        ]
        for one in report.shared
    ]
    titles = ("Context", "Builds", "Sent in all", "That differ")
    yield from _section("Sent more than once", titles, "llrr", rows, room)


def _target(audit: Audit, layout: Layout) -> list[str]:
    if not audit.seen:
        return [_build(audit), *["not looked at"] * 4]
    lost = sum(finding.bytes for finding in audit.findings if _is_waste(finding))
    sizes = [layout.size(count) for count in (audit.permitted.bytes, audit.sent.bytes)]
    return [_build(audit), *sizes, f"{audit.sent.files:,}", layout.size(lost)]


def _compared_target(audit: Audit, layout: Layout) -> list[str]:
    compared = audit.comparison
    if not audit.seen:
        return [_build(audit), *["not looked at"] * 4]
    if compared is None:
        return [_build(audit), "unknown", layout.size(audit.sent.bytes), "unknown", "unknown"]
    base, head = (layout.size(side.bytes) if side else "none" for side in (compared.base, compared.head))
    files = (compared.head.files if compared.head else 0) - (compared.base.files if compared.base else 0)
    growth = layout.growth(compared.growth)
    return [_build(audit), base, head, f"**{growth}**" if compared.growth else growth, f"{files:+,}" if files else "0"]


def _build(audit: Audit) -> str:
    name = escape.code(printable.name(audit.name))
    differs = audit.dockerfile and audit.dockerfile not in audit.name
    return f"{name} ({escape.code(printable.name(audit.dockerfile))})" if differs else name


def _is_waste(finding: Finding) -> bool:
    return bool(finding.kind) and finding.severity != "note" and finding.reach != "permitted"


def _both_ways(report: Report, layout: Layout) -> str:
    """Say what the branch adds to the context, and what it takes out of it."""
    compared = [audit.comparison for audit in report.targets if audit.comparison]
    changes = [change for one in compared for change in one.changes]
    added = [change for change in changes if not change.base]
    taken = [change for change in changes if not change.head]
    marks = [
        (sum(change.secret for change in added), "secret"),
        (sum(change.volatile for change in added), "volatile path"),
    ]
    more = "".join(f", {units.count(number, noun)}" for number, noun in marks if number)
    dropped = sum(len(one.dropped) for one in compared)
    lost = f", {units.count(dropped, 'path')} that the build reads" if dropped else ""
    return (
        f"Added: {_amount([one.head for one in added], layout)}{more}. "
        f"Taken out: {_amount([one.base for one in taken], layout)}{lost}."
    )


def _amount(amounts: Sequence[Amount | None], layout: Layout) -> str:
    files, size = (sum(getattr(one, name) for one in amounts if one) for name in ("files", "bytes"))
    return f"{layout.size(size)} in {units.count(files, 'file')}" if files else "nothing"


def _inputs(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    """What breaks a build comes first: a file that a RUN reads, and does not get."""
    rows = [
        [
            _path(audit, one.path, None, layout),
            escape.code(sentence(one)),
            _where(audit, one, layout),
        ]
        for audit in report.targets
        for one in audit.findings
        if one.rule in _INPUTS
    ]
    yield from _section("What the build reads and does not get", ("Path", "Why", "Where"), "lll", rows, room)


def _errors(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    found = [
        (audit, one)
        for audit in report.targets
        for one in audit.findings
        if one.severity == "error" and one.rule not in _INPUTS
    ]
    rows = [
        [escape.code(finding.rule), escape.code(sentence(finding)), _where(audit, finding, layout)]
        for audit, finding in found
    ]
    yield from _section("Errors", ("Rule", "What", "Where"), "lll", rows, room)


def _where(audit: Audit, finding: Finding, layout: Layout) -> str:
    return _linked(anchor(audit, finding, layout), layout)


def _line(location: Location | None, layout: Layout, text: str = "") -> str:
    return _linked(Location(layout.place(location.file), location.line), layout, text) if location else ""


def _linked(at: Location, layout: Layout, text: str = "") -> str:
    """Give a place as the repository knows it, linked where there are links and the file is inside.

    text: what stands there, to be shown instead of the place where that is linked, and else beside it.
    """
    place, said = escape.code(f"{printable.name(at.file)}:{at.line}"), escape.code(shortened(text, _WIDEST))
    if not layout.blob or at.file.startswith("../"):
        return f"{place} {said}" if text else place
    return f"[{said if text else place}]({layout.blob}{escape.uri(at.file)}#L{at.line})"


def _changes(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    found = [(audit, change) for audit in report.targets if audit.comparison for change in audit.comparison.changes]
    found.sort(key=lambda row: -abs(row[1].growth))
    rows = [_change(audit, change, layout) for audit, change in found]
    yield from _section("Largest changes", ("Size", "Change", "Path", "Why it is sent"), "rrll", rows, room)


def _change(audit: Audit, change: PathChange, layout: Layout) -> list[str]:
    lock = ":lock: " if change.secret else ""
    path = f"{lock}{_path(audit, change.path, change.type, layout)}"
    growth = "new" if change.base is None else layout.growth(change.growth)
    if change.head is None:
        by = _line(change.excluded_by, layout)
        return ["gone", growth, path, f"excluded by {by}" if by else ""]
    kind = escape.code(change.kind) if change.kind else ""
    volatile = "volatile" if change.volatile else ""
    reasons = " ".join(filter(None, [_line(change.location, layout, change.instruction), kind, volatile]))
    return [layout.size(change.head.bytes), growth, path, reasons]


def _dropped(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    found = [(audit, one) for audit in report.targets if audit.comparison for one in audit.comparison.dropped]
    rows = [
        [
            _path(audit, one.path, None, layout),
            escape.code(one.instruction),
            _line(one.location, layout),
            _line(one.by, layout),
        ]
        for audit, one in found
    ]
    titles = ("Path", "Asked for by", "Where", "Excluded by")
    yield from _section("Read by the build, and not sent any more", titles, "llll", rows, room)


def _not_needed(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    found = [
        (audit, group)
        for audit in report.targets
        for group in groups([one for one in audit.findings if _is_waste(one)])
    ]
    found.sort(key=lambda row: -row[1].bytes)
    rows = []
    for audit, group in found:
        path = _path(audit, group.first.path, group.first.type, layout)
        path += units.more(group.more)
        rows.append([layout.size(group.bytes), path, escape.code(group.reason), _where(audit, group.first, layout)])
    yield from _section("Not needed", ("Size", "Path", "Why", "Where"), "rlll", rows, room)


def _proposals(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    """Each file once, though several builds may read it."""
    seen = set()
    for audit in report.targets:
        edit = audit.proposal.edit if audit.proposal else None
        if audit.proposal and edit and edit.file not in seen:
            seen.add(edit.file)
            before, after = (side[audit.builder] for side in (audit.proposal.proof.before, audit.proposal.proof.after))
            sizes = f"{layout.size(before.bytes)} → {layout.size(after.bytes)}"
            title = f"<b>Proposed change to {escape.html_code(layout.place(edit.file))}</b>: {sizes}"
            yield _folded(
                title,
                [
                    *_diff(edit.diff, room),
                    _apply(audit),
                    *_remade(audit.proposal, room),
                    *_loaded(audit.proposal, room),
                    *_kept(audit.proposal, room),
                ],
            )


def _diff(diff: str, room: Room) -> Iterator[str]:
    lines = diff.splitlines()
    shown = lines[: room.diff] if room.diff else lines
    yield escape.block("\n".join(shown), "diff")
    yield from _more(len(lines) - len(shown), " lines")


def _apply(audit: Audit) -> str:
    return f"Apply it with {escape.code(f'{command(audit)} --write')}."


def _remade(proposal: Proposal, room: Room) -> Iterator[str]:
    rows = [
        [
            escape.code(printable.name(one.path)),
            escape.code(printable.text(one.by)) + (" when the container starts" if one.at_start else ""),
            escape.code(f"{one.where.file}:{one.where.line}"),
        ]
        for one in proposal.proof.remade
        if not one.from_checkout
    ]
    yield from _section("Excluded, because the build makes it again", ("Path", "Made by", "Where"), "lll", rows, room)
    absent = [
        [escape.code(printable.name(one.path)), escape.code(f"{one.where.file}:{one.where.line}")]
        for one in proposal.proof.remade
        if one.from_checkout
    ]
    yield from _section("Excluded, because CI builds from a checkout without it", ("Path", "Where"), "ll", absent, room)


def _loaded(proposal: Proposal, room: Room) -> Iterator[str]:
    rows = [[escape.code(printable.name(one.path)), escape.code(one.reason)] for one in proposal.proof.secrets]
    title = "Secrets that a framework loads: an image built here loses them, as one from CI does"
    yield from _section(title, ("Path", "Loaded by"), "ll", rows, room)


def _kept(proposal: Proposal, room: Room) -> Iterator[str]:
    rows = [
        [
            escape.code(printable.name(kept.path)),
            "may be used" if kept.may_be_used else "needed",
            escape.code(kept.reason),
        ]
        for kept in proposal.kept
    ]
    yield from _section("Not excluded, because the build may need it", ("Path", "Status", "Reason"), "lll", rows, room)


def _findings(report: Report, layout: Layout) -> Iterator[str]:
    found = [(audit, finding) for audit in report.targets for finding in audit.findings]
    rows = [
        [
            escape.code(finding.rule),
            finding.severity,
            _path(audit, finding.path, finding.type, layout) if finding.kind else escape.code(finding.message),
            layout.size(finding.bytes) if finding.kind else "",
            REACH.get(finding.reach, "not sent") if finding.kind else "",
        ]
        for audit, finding in found
    ]
    rows += [_git_ignored(audit, group, layout) for audit in report.targets for group in comparison.git_ignored(audit)]
    if rows:
        table = _table(("Rule", "Severity", "What", "Size", "Reach"), "lllrl", rows)
        yield _folded("The one finding" if len(rows) == 1 else f"All {len(rows):,} findings", [table])


def _git_ignored(audit: Audit, group: Sequence[GitIgnored], layout: Layout) -> list[str]:
    """A row of what has no size, as no clean checkout has it."""
    first = group[0]
    path = f"{':lock: ' * first.secret}{_path(audit, first.path, first.type, layout)}{units.more(len(group) - 1)}"
    asked = _line(first.location, layout, first.instruction)
    why = f"git-ignored by {_line(first.ignored_by, layout)}, not docker-ignored"
    return [escape.code(first.kind), "note", f"{path} ({why})", "not in this checkout", asked]


def _withheld(report: Report) -> Iterator[str]:
    lines = [
        f"- {escape.code(printable.name(audit.name))}: {line}"
        for audit in report.targets
        for line in verdict.withheld(audit)
    ]
    if lines:
        yield "\n".join(lines)


def _unknowns(report: Report, room: Room) -> Iterator[str]:
    found = [one for audit in report.targets for one in audit.unknowns]
    found += [one for audit in report.targets if audit.comparison for one in audit.comparison.unknowns]
    rows = [
        [escape.code(text) if text else "" for text in (one.what, one.where, one.settle)]
        for one in dict.fromkeys(found)
    ]
    if rows:
        shown = rows[: room.rows] if room.rows else rows
        table = _table(("Unknown", "Where", "What would settle it"), "lll", shown)
        yield _folded("What local files cannot tell", [table, *_more(len(rows) - len(shown))])


def _footer(report: Report) -> str:
    said = [f"ctxaudit {__version__}"]
    compared = next((audit.comparison for audit in report.targets if audit.comparison), None)
    base: tuple[str, ...] = ()
    if compared:
        commits = [escape.html_code(commit[:SHORT]) for commit in (compared.head_commit, compared.base_commit)]
        said.append(f"{commits[0]} against {commits[1]} (where it left {escape.html_code(compared.ref)})")
        said.append("tracked files only")
        base = ("--base", compared.ref)
    local = f". Locally: {escape.html_code(local)}" if (local := _local(report, base)) else ""
    return f"<sub>{', '.join(said)}{local}</sub>"


def _local(report: Report, base: Sequence[str]) -> str:
    """The command that gives the same report, "" where a program asked for several builds."""
    if report.asked is not None:
        return call((*report.asked, *base))
    return command(report.targets[0], *base) if len({audit.dockerfile for audit in report.targets}) == 1 else ""


def _path(audit: Audit, path: str, type_: EntryType | None, layout: Layout) -> str:
    """Give a path of the context as the repository knows it."""
    return escape.code(printable.name(layout.place(path_of(audit, path))) + "/" * (type_ == "dir"))


def _section(title: str, titles: Sequence[str], align: str, rows: Sequence[Sequence[str]], room: Room) -> Iterator[str]:
    if rows:
        shown = rows[: room.rows] if room.rows else rows
        yield f"**{title}**"
        yield _table(titles, align, shown)
        yield from _more(len(rows) - len(shown))


def _more(left: int, what: str = "") -> Iterator[str]:
    if left > 0:
        yield units.more(left, "", what)


def _table(titles: Sequence[str], align: str, rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, [_ALIGN[letter] for letter in align], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _folded(title: str, blocks: Sequence[str]) -> str:
    return "\n\n".join([f"<details><summary>{title}</summary>", *blocks, "</details>"])
