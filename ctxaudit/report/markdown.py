"""Markdown for a pull request and a job's summary, in the sections that `_blocks` lists.

No name of the tree stands in it but as code, and no text but ours outside of code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from ctxaudit import __version__
from ctxaudit.builders import counted_builds, number_of_builds
from ctxaudit.model import (
    REACHES,
    EntryType,
    Finding,
    GitIgnored,
    Location,
    PathChange,
    Proposal,
    Quote,
    Reach,
    Report,
    Target,
    Unknown,
    Unseen,
)
from ctxaudit.report import Layout, comparison, escape, printable_name, printable_text, shortened, unheeded, words
from ctxaudit.report.comparison import SHORT, changed_builds
from ctxaudit.report.escape import anchor
from ctxaudit.report.text import WITHOUT, needed_by_builds, one_of_each_file, unmeasured_lines
from ctxaudit.report.words import REACH, Shared, call, command, groups, path_of
from ctxaudit.values import and_more, counted, frozen

_ALIGN = {"l": ":--", "r": "--:"}
_ENTERED: dict[Reach, str] = {"final": "an image", "intermediate": "an intermediate stage"}
_WIDEST = 60  # characters of an instruction
_PLAIN = ("Build", "Permitted", "Sent", "Files")
_COMPARED = ("Build", "Base", "Head", "Change", "Files")
_RESULTS = {"failed": "**Fails**", "unknown": "**Not judged**", "passed": "Passes"}
_Proposals = Sequence[tuple[Target, Proposal]]
_INPUTS = ("needed-input-ignored", "needed-input-not-copied")
LONGEST = 250_000  # characters of at most four bytes each: GitHub takes 1 MiB of a step's summary
_RERUNS = 5  # steps that are named
_ADVICE = ("cache-", "layer-")  # rules that are no news on a pull request
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
    return unheeded("\n\n".join(blocks) + "\n")


def _blocks(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    yield _heading(report, layout)
    yield from opening(report, layout)
    yield from _brought(report, layout)
    yield from _inputs(report, layout, room)
    yield from _dropped(report, layout, room)
    yield from _reruns(report)
    yield from _budgets(report, layout)
    yield from _targets(report, layout, room)
    yield from _failures(report, room)
    yield from _shared(report, layout, room)
    yield from _errors(report, layout, room)
    if any(audit.comparison for audit in report.targets):
        yield from _changes(report, layout, room)
    else:
        yield from _not_needed(report, layout, room)
    yield from _proposals(report, layout, room)
    yield from _by_hand(report)
    if room.findings:
        yield from _findings(report, layout)
    yield from _withheld(report)
    yield from _unknowns(report, room)
    yield _footer(report)


def _brought(report: Report, layout: Layout) -> Iterator[str]:
    """Say which secrets the branch brings into an image."""
    brought: dict[tuple[str, str, Quote | None], Finding] = {}
    for audit in report.targets:
        changed = (
            [path_change for path_change in audit.comparison.changes if path_change.head] if audit.comparison else []
        )
        for finding in audit.findings:
            is_brought = any(f"{finding.path}/".startswith(f"{path_change.path}/") for path_change in changed)
            if is_brought and finding.severity != "note" and _is_secret(finding):
                line = f":{finding.line}" if finding.line else ""
                place = printable_name(layout.place(path_of(audit, finding.path))) + line
                # Of several builds the one that it gets furthest in.
                known = brought.setdefault((place, finding.rule, finding.quote), finding)
                if REACHES.index(finding.reach) < REACHES.index(known.reach):
                    brought[place, finding.rule, finding.quote] = finding
    if brought:
        lines = [_secret_line(place, finding) for (place, _, _), finding in brought.items()]
        shown = lines[:10]
        more = and_more(len(lines) - len(shown), "- ") if len(lines) > len(shown) else ""
        amount = "a secret" if len(lines) == 1 else counted(len(lines), "secret")
        title = f":lock: **This branch makes {amount} reach an image**"
        yield "\n".join((title, "", *shown, *([more] if more else [])))


def _secret_line(place: str, finding: Finding) -> str:
    where = f", {REACH[finding.reach]}" if words.gets_somewhere(finding) else ""
    return f"- {escape.code(place)}: {escape.code(finding.rule)}{where}"


def _is_secret(finding: Finding) -> bool:
    """Whether it is about a secret that gets into a layer."""
    return finding.reach in REACH and finding.rule.startswith("secret-")


def _heading(report: Report, layout: Layout) -> str:
    failed = report.failures or any(audit.gate and audit.gate.verdict == "failed" for audit in report.targets)
    return f"### Build context: {_sizes(report, layout)}{' :x:' if failed else ''}"


def _sizes(report: Report, layout: Layout) -> str:
    if report.compared is not None:
        base, head = report.compared
        return f"{layout.size(base.bytes)} → {layout.size(head.bytes)} ({layout.growth(head.bytes - base.bytes)})"
    if report.failures and not report.audits:
        return "not looked at"
    return f"{layout.size(report.sent.bytes)} in {counted(report.sent.files, 'file')}"


def opening(report: Report, layout: Layout) -> Iterator[str]:
    """Give the result in one sentence: the verdict, what the branch changes, the limits, the secrets, the way out."""
    verdicts = {audit.gate.verdict for audit in report.targets if audit.gate}
    result = next((word for verdict_, word in _RESULTS.items() if verdict_ in verdicts), "")
    if report.failures:
        result = f"{counted(len(report.failures), 'build')} could not be looked at"
    parts = [result, *_needed(report, layout), *_grown(report, layout), *_limits(report), *_leaks(report)]
    parts += _way_out(report)
    if sentence := "; ".join(filter(None, parts)):
        yield f"{sentence}."


def _needed(report: Report, layout: Layout) -> Iterator[str]:
    """Say what of all that is sent is needed, as the proposal below says; a branch has its change for that."""
    rest, sent = needed_by_builds(report), report.sent.bytes
    if report.compared is None and rest is not None and rest < sent:
        yield f"{layout.size(rest)} of it is needed"


def _grown(report: Report, layout: Layout) -> Iterator[str]:
    """Say what the branch does to all builds together, each file of a shared context counted once."""
    if report.compared is None:
        return
    base, head = report.compared
    changed, among = changed_builds(report)
    among = f" in {among}" if among else ""
    growth = f"the branch adds {layout.growth(head.bytes - base.bytes)}{among}"
    yield growth.replace("adds +", "adds ").replace("adds -", "removes ") if changed else "nothing that is sent changes"
    lost = len(words.dropped(report.targets))
    if lost:
        yield f"{counted(lost, 'path')} that the build reads {'is' if lost == 1 else 'are'} not sent any more"


def _limits(report: Report) -> Iterator[str]:
    broken = {budget.name: budget.given for audit in report.targets for budget in words.broken(audit)}
    yield from (f"over {escape.prose(name)} ({escape.prose(given)})" for name, given in broken.items())


def _leaks(report: Report) -> Iterator[str]:
    """Count the secrets by how far they get, as the tables list them, and say where no branch adds one."""
    shareds = [finding for finding in words.findings(report.targets) if words.is_leak(finding.what)]
    compared = [target.comparison for target in report.targets if target.comparison]
    changed = tuple(f"{change.path}/" for build_comparison in compared for change in build_comparison.changes)
    is_old = len(compared) == len(report.targets)
    is_old = is_old and not any(f"{shared.what.path}/".startswith(changed) for shared in shareds)
    counts = Counter(shared.what.reach for shared in shareds)
    clauses = [
        f"{counted(counts[reach], 'secret')} {'enters' if counts[reach] == 1 else 'enter'} {where}"
        for reach, where in _ENTERED.items()
        if counts[reach]
    ]
    if clauses:
        yield f"{' and '.join(clauses)}{', as before' * is_old}"


def _way_out(report: Report) -> Iterator[str]:
    """Say that a fix follows, or how many of the secrets stay in spite of it, and what git tracks of them."""
    is_changed = any(audit.proposal and audit.proposal.edit for audit in report.targets)
    if not is_changed and not any(step for _, step in words.steps(report)):
        if words.is_done(report) and any(audit.proposal.kept for audit in report.targets if audit.proposal):
            yield "nothing to do, as what was found stays for a reason"
        return
    shareds = [row for row in words.findings(report.targets) if words.is_leak(row.what)]
    left = [row for row in shareds if any(finding.stays is not None for _, finding in row.each)]
    if not left:
        yield "the fix is below" if is_changed else "what no ignore file fixes is below"
        return
    tracked = sum(map(words.is_to_untrack, left))
    which = _of_them(len(left), len(shareds))
    clause = f"the change below leaves {which} in place" if is_changed else f"no ignore file takes {which} out"
    yield f"{clause}{f': revoke and untrack {_of_them(tracked, len(left))}' if tracked else ''}"


def _of_them(number: int, whole: int) -> str:
    return f"{number:,} of them" if number < whole else "it" if whole == 1 else "them"


def _budgets(report: Report, layout: Layout) -> Iterator[str]:
    """Give a line for each budget that is broken or cannot be judged, once for the builds of which it is the same."""
    by_sentence: dict[str, list[str]] = {}
    for audit in report.targets:
        for budget in words.budgets(audit):
            if budget.verdict != "passed":
                by_sentence.setdefault(words.budget_sentence(budget, audit, layout), []).append(audit.name)
    lines = [f"- {_named(names)}: {escape.prose(sentence)}" for sentence, names in by_sentence.items()]
    if lines:
        yield "\n".join(("**Budgets**", "", *lines))  # a list of its own, as it may follow another one


def _targets(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    """Give a row for the builds of one context with the same figures, but for those that do not change."""
    is_compared = any(audit.comparison for audit in report.targets)
    cells = _compared_target if is_compared else _target
    same = [audit for audit in report.targets if len(report.targets) > 1 and _is_unchanged(audit)]
    rows: dict[tuple[str, ...], list[Target]] = {}
    for audit in report.targets:
        if audit not in same:
            alone = audit.name if isinstance(audit, Unseen) else ""
            rows.setdefault((audit.context, alone, *cells(audit, layout)), []).append(audit)
    table_rows = [[_builds(audits), *figures] for (_, _, *figures), audits in rows.items()]
    shown = table_rows[: room.builds] if room.builds else table_rows
    if shown:
        plain = (*_PLAIN, words.unneeded_heading(report.targets))
        yield _table(_COMPARED if is_compared else plain, "lrrrr", shown)
    yield from _more(len(table_rows) - len(shown))
    if same:
        names = [audit.name for audit in same]
        yield f"{counted_builds(names)} unchanged: {_named(names)}."


def _is_unchanged(audit: Target) -> bool:
    return audit.comparison is not None and not (audit.comparison.changes or audit.comparison.dropped)


def _builds(audits: Sequence[Target]) -> str:
    """Name the builds of a row; the Dockerfile of one alone, where its name does not say it."""
    return (
        _build(audits[0])
        if len(audits) == 1
        else ", ".join(escape.code(printable_name(audit.name)) for audit in audits)
    )


def _named(builds: Sequence[str]) -> str:
    """Name builds as a sentence does."""
    return words.named(builds, lambda name: escape.code(words.title(name)))


def _failures(report: Report, room: Room) -> Iterator[str]:
    rows = [
        [
            escape.code(printable_name(failure.name)),
            escape.code(str(failure.declared)),
            escape.prose(failure.why, failure.declared.file),
        ]
        for failure in report.failures
    ]
    yield from _section("Not looked at", ("Build", "Declared", "Why"), "lll", rows, room)


def _shared(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    rows = [
        [
            escape.code(layout.place(shared_context.context)),
            _named(shared_context.builds),
            layout.size(shared_context.sent.bytes),
            layout.size(shared_context.distinct.bytes),
        ]
        for shared_context in report.shared
    ]
    titles = ("Context", "Builds", "Sent in all", "Counted once")
    yield from _section("Sent more than once", titles, "llrr", rows, room)


def _target(audit: Target, layout: Layout) -> list[str]:
    if isinstance(audit, Unseen):
        return ["not looked at"] * 4
    sizes = [layout.size(count) for count in (audit.permitted.bytes, audit.sent.bytes)]
    return [*sizes, f"{audit.sent.files:,}", layout.size(words.unneeded(audit))]


def _compared_target(audit: Target, layout: Layout) -> list[str]:
    compared = audit.comparison
    if isinstance(audit, Unseen):
        return ["not looked at"] * 4
    if compared is None:
        return ["unknown", layout.size(audit.sent.bytes), "unknown", "unknown"]
    base, head = (layout.size(side.bytes) if side else "none" for side in (compared.base, compared.head))
    files = (compared.head.files if compared.head else 0) - (compared.base.files if compared.base else 0)
    growth = layout.growth(compared.growth)
    return [base, head, f"**{growth}**" if compared.growth else growth, f"{files:+,}" if files else "0"]


def _build(audit: Target) -> str:
    name = escape.code(printable_name(audit.name))
    differs = audit.dockerfile and audit.dockerfile not in audit.name
    return f"{name} ({escape.code(printable_name(audit.dockerfile))})" if differs else name


def _inputs(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    """What breaks a build comes first: a file that a RUN reads, and does not get."""
    rows = [
        [
            _path(finding.audit, finding.what.path, None, layout),
            _said(finding, report),
            _where(finding.audit, finding.what, layout),
        ]
        for finding in words.findings(report.targets)
        if finding.what.rule in _INPUTS
    ]
    yield from _section("What the build reads and does not get", ("Path", "Why", "Where"), "lll", rows, room)


def _errors(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    shareds = [finding for finding in words.findings(report.targets) if finding.what.severity == "error"]
    rows = [
        [escape.code(shared.what.rule), _said(shared, report, layout), _where(shared.audit, shared.what, layout)]
        for shared in shareds
        if shared.what.rule not in _INPUTS
    ]
    yield from _section("Errors", ("Rule", "What", "Where"), "lll", rows, room)


def _said(shared: Shared[Finding], report: Report, layout: Layout | None = None) -> str:
    """Give what is found, and how far it gets in which builds."""
    finding, where = shared.what, words.of_builds(shared, report, _named)
    place, message = finding.location.file if finding.location else "", words.with_line(finding)
    end = f" ({where})" if where else ""
    if layout is None or not finding.kind or not finding.message.startswith(finding.path):
        return f"{escape.prose(message, finding.path, place)}{end}"
    rest = message[len(finding.path) :]
    # The line of a file belongs to its name: two spans of code side by side would be read as one.
    line, blank, after = rest.partition(" ")
    shown = escape.prose(f"{blank}{after}", finding.path, place)
    return f"{_path(shared.audit, finding.path, finding.type, layout, line)}{shown}{end}"


def _where(audit: Target, finding: Finding, layout: Layout) -> str:
    return _linked(anchor(audit, finding, layout), layout)


def _line(location: Location | None, layout: Layout, text: str = "") -> str:
    return _linked(Location(layout.place(location.file), location.line), layout, text) if location else ""


def _linked(at: Location, layout: Layout, text: str = "") -> str:
    """Give a place as the repository knows it, linked where there are links and the file is inside.

    text: what stands there, to be shown instead of the place where that is linked, and else beside it.
    """
    place, code = escape.code(f"{printable_name(at.file)}:{at.line}"), escape.code(shortened(text, _WIDEST))
    if not layout.blob or at.file.startswith("../"):
        return f"{place} {code}" if text else place
    return f"[{code if text else place}]({layout.blob}{escape.uri(at.file)}#L{at.line})"


def _changes(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    is_one_of_many = len(report.targets) > 1
    rows = [_change(change, layout, is_one_of_many) for change in words.changes(report.targets)]
    yield from _section("Largest changes", ("Size", "Change", "Path", "Why it is sent"), "rrll", rows, room)


def _change(shared: Shared[PathChange], layout: Layout, is_one_of_many: bool) -> list[str]:
    audit, change = shared.audit, shared.what
    builds = f"in {_named(shared.builds)}" if is_one_of_many else ""
    lock = ":lock: " if change.secret else ""
    path = f"{lock}{_path(audit, change.path, change.type, layout)}"
    growth = "new" if change.base is None else layout.growth(change.growth)
    if change.head is None:
        by = _line(change.excluded_by, layout)
        return ["gone", growth, path, " ".join(filter(None, [f"excluded by {by}" if by else "", builds]))]
    kind = escape.code(change.kind) if change.kind else ""
    reasons = ", ".join(filter(None, [_line(change.location, layout, change.instruction), kind, builds]))
    return [layout.size(change.head.bytes), growth, path, reasons]


def _dropped(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    rows = [
        [
            _path(dropped.audit, dropped.what.path, None, layout),
            escape.code(dropped.what.instruction),
            _line(dropped.what.location, layout),
            _line(dropped.what.by, layout),
        ]
        for dropped in words.dropped(report.targets)
    ]
    titles = ("Path", "Asked for by", "Where", "Excluded by")
    yield from _section("Read by the build, and not sent any more", titles, "llll", rows, room)


def _reruns(report: Report) -> Iterator[str]:
    """Say what the branch makes run again more or less often, a line each."""
    changes = words.reruns(report.targets)
    lines = [
        f"- {escape.prose(comparison.rerun(change.what), comparison.step(change.what))}" for change in changes[:_RERUNS]
    ]
    if len(changes) > _RERUNS:
        lines.append(f"- and {counted(len(changes) - _RERUNS, 'more step')}")
    if lines:
        yield "\n".join(("**Steps that re-run more or less often**", "", *lines))


def _not_needed(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    shared = {
        id(finding.what): finding for finding in words.findings(report.targets) if words.is_warned_of(finding.what)
    }
    grouped = groups(
        [shared_finding.what for shared_finding in shared.values()], lambda finding: _place(shared[id(finding)], layout)
    )
    rows = []
    for group in grouped:
        first = shared[id(group.first)]
        path = _path(first.audit, group.first.path, group.first.type, layout)
        more = and_more(group.more)
        named = dict.fromkeys(name for finding in group.findings for name in shared[id(finding)].builds)
        builds = f"; in {_named(tuple(named))}" if len(report.targets) > 1 else ""
        why = escape.prose(group.reason) + builds
        rows.append([layout.size(group.bytes), path + more, why, _where(first.audit, group.first, layout)])
    yield from _section(words.unneeded_heading(report.targets), ("Size", "Path", "Why", "Where"), "rlll", rows, room)


def _place(shared: Shared[Finding], layout: Layout) -> str:
    return layout.place(path_of(shared.audit, shared.what.path))


def _proposals(report: Report, layout: Layout, room: Room) -> Iterator[str]:
    """Give all changes in one diff, each file once, though several builds may read it."""
    audits = one_of_each_file(report)
    edits = [audit.proposal.edit for audit in audits if audit.proposal and audit.proposal.edit]
    line = words.for_cache(report.targets, layout)
    for_cache = [f"Cache: {escape.prose(line, words.FOR_CACHE)}"] if line else []
    if not edits:
        yield from for_cache if report.compared is None else ()
        all_proposals = [(audit, audit.proposal) for audit in report.targets if audit.proposal]
        if reasons := list(_kept(all_proposals, layout, room)):
            yield _folded("What stays, and why", reasons[1:])
        return
    before = report.sent.bytes
    after = needed_by_builds(report)
    names = [target.name for target in report.targets]
    among = f" over {'all ' * (number_of_builds(names) > 1)}{counted_builds(names)}" if len(names) > 1 else ""
    sizes = "" if after is None else f": {layout.size(before)} → {layout.size(after)}{among}"
    what = escape.html_code(layout.place(edits[0].file)) if len(edits) == 1 else f"{len(edits)} ignore files"
    title = f"<b>Proposed change to {what}</b>{sizes}"
    proposals = [(audit, audit.proposal) for audit in audits if audit.proposal]
    blocks = [*_diff("".join(edit.diff for edit in edits), room), *_apply(report, audits, layout)]
    idle, unsent = unmeasured_lines([proposal for _, proposal in proposals], is_new=True)
    if idle:
        named = ", ".join(map(escape.code, idle))
        blocks.append(f"For what git ignores, without effect in this checkout, so not measured: {named}.")
    if unsent:
        named = ", ".join(map(escape.code, unsent))
        blocks.append(f"For what git ignores and no build is sent from here, so not measured: {named}.")
    blocks += [*_remade(proposals, layout, room), *_loaded(proposals, layout, room), *_kept(proposals, layout, room)]
    yield _folded(title, [*blocks, *for_cache])


def _diff(diff: str, room: Room) -> Iterator[str]:
    lines = diff.splitlines()
    shown = lines[: room.diff] if room.diff else lines
    yield escape.block("\n".join(shown), "diff")
    yield from _more(len(lines) - len(shown), " lines")


def _apply(report: Report, audits: Sequence[Target], layout: Layout) -> Iterator[str]:
    commands = [words.report_command(report, "--write")]
    if not commands[0]:  # a program asked for several builds
        commands = [command(audit, "--write") for audit in audits]
    yield f"Apply it with {', '.join(map(escape.code, commands))}."


def _by_hand(report: Report) -> Iterator[str]:
    """Give the steps that no diff shows."""
    for about, steps in words.steps_beside(report).items():
        yield "\n".join((f"**{about}**", "", *(f"- {title}: {_step(step)}" for title, step in steps)))


def _remade(proposals: _Proposals, layout: Layout, room: Room) -> Iterator[str]:
    for is_removed, (title, by) in enumerate((("makes it again", "Made by"), ("removes it", "Removed by"))):
        rows = [
            [
                _path(audit, remade.path, None, layout),
                escape.code(printable_text(remade.by)) + (" when the container starts" if remade.at_start else ""),
                escape.code(f"{remade.where.file}:{remade.where.line}"),
            ]
            for audit, proposal in proposals
            for remade in proposal.proof.remade
            if not remade.from_checkout and remade.removed == is_removed
        ]
        head = ("Path", by, "Where")
        yield from _section(f"Excluded, because the build {title}", head, "lll", _once(rows), room)
    absent = [
        [_path(audit, remade.path, None, layout), escape.code(f"{remade.where.file}:{remade.where.line}")]
        for audit, proposal in proposals
        for remade in proposal.proof.remade
        if remade.from_checkout
    ]
    yield from _section(
        "Excluded, because CI builds from a checkout without it", ("Path", "Where"), "ll", _once(absent), room
    )


def _loaded(proposals: _Proposals, layout: Layout, room: Room) -> Iterator[str]:
    rows = [
        [_path(audit, secret.path, None, layout), escape.prose(secret.reason, secret.path)]
        for audit, proposal in proposals
        for secret in proposal.proof.secrets
    ]
    title = f"Secrets that the build loads: {WITHOUT.replace(' it,', ' them,')}"
    yield from _section(title, ("Path", "Loaded by"), "ll", _once(rows), room)


def _kept(proposals: _Proposals, layout: Layout, room: Room) -> Iterator[str]:
    rows = [
        [
            _path(audit, kept.path, None, layout),
            words.status(kept),
            escape.prose(kept.reason, kept.path),
        ]
        for audit, proposal in proposals
        for kept in proposal.kept
    ]
    yield from _section("Not excluded", ("Path", "Status", "Reason"), "lll", _once(rows), room)


def _once(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Give what builds that share a context have in common once."""
    return list(map(list, dict.fromkeys(map(tuple, rows))))


def _findings(report: Report, layout: Layout) -> Iterator[str]:
    """Give all findings, each with its builds, but for notes about what is not sent and about the Dockerfile's form."""
    is_one_of_many = len(report.targets) > 1
    shareds = words.findings(report.targets)
    shown = [
        shared
        for shared in shareds
        if not (shared.what.severity == "note" and (shared.what.rule.startswith(_ADVICE) or _is_unsent(shared.what)))
    ]
    rows = [_found(group, layout, is_one_of_many) for group in words.of_one_kind(shown)]
    unseen = words.git_ignored(report.targets, lambda audit: chain.from_iterable(comparison.git_ignored(audit)))
    by_kind: dict[str, list[Shared[GitIgnored]]] = {}
    for row in unseen:
        by_kind.setdefault(row.what.kind, []).append(row)
    rows += [_git_ignored(group, layout) for group in by_kind.values()]
    if rows:
        table = _table(("Rule", "Severity", "What", "Size", "Reach"), "lllrl", rows)
        left = len(shareds) - len(shown)
        title = counted(len(shown) + len(by_kind), "finding")
        rest = f", and {counted(left, 'note')} not listed" if left else ""
        yield _folded(f"{title}{rest}", [table])


def _found(group: Sequence[Shared[Finding]], layout: Layout, is_one_of_many: bool) -> list[str]:
    """A row of one finding, or of several files of one kind that get equally far."""
    first = group[0]
    whole = Shared(
        tuple(chain.from_iterable(row.each for row in group)),
        tuple(dict.fromkeys(chain.from_iterable(row.builds for row in group))),
    )
    at = first.what.location.file if first.what.location else ""
    what = escape.prose(first.what.message, first.what.path, at)
    if first.what.kind:
        what = _path(first.audit, first.what.path, first.what.type, layout) + and_more(len(group) - 1)
    size = layout.size(sum(row.what.bytes for row in group)) if first.what.kind else ""
    return [escape.code(first.what.rule), first.what.severity, what, size, _reach(whole, is_one_of_many)]


def _is_unsent(finding: Finding) -> bool:
    return bool(finding.kind) and finding.reach not in REACH


def _reach(shared: Shared[Finding], is_one_of_many: bool) -> str:
    if not shared.what.kind and not words.gets_somewhere(shared.what):
        return words.within(shared, _named) if is_one_of_many else ""
    reach = words.reach(shared, is_one_of_many=is_one_of_many, named=_named)
    return reach or f"not sent{f', in {_named(shared.builds)}' if is_one_of_many else ''}"


def _git_ignored(group: Sequence[Shared[GitIgnored]], layout: Layout) -> list[str]:
    """A row of what has no size, as no clean checkout has it."""
    audit, first = group[0].audit, group[0].what
    more = and_more(len(group) - 1)
    path = f"{':lock: ' * first.secret}{_path(audit, first.path, first.type, layout)}{more}"
    instruction = _line(first.location, layout, first.instruction)
    why = f"git-ignored by {_line(first.ignored_by, layout)}, not docker-ignored"
    return [escape.code(first.kind), "note", f"{path} ({why})", "not in this checkout", instruction]


def _withheld(report: Report) -> Iterator[str]:
    if lines := [f"- {line}" for line in words.withheld(report.targets)]:
        yield "\n".join(lines)


def _unknowns(report: Report, room: Room) -> Iterator[str]:
    unknowns = [
        unknown for audit in report.targets for unknown in audit.unknowns if not words.is_of_base_image(unknown)
    ]
    unknowns += [unknown for audit in report.targets if audit.comparison for unknown in audit.comparison.unknowns]
    alike: dict[str, list[Unknown]] = {}
    for unknown in dict.fromkeys(unknowns):
        alike.setdefault(unknown.what, []).append(unknown)
    rows = [
        [
            escape.prose(what, *(unknown.where for unknown in ones)),
            words.named([unknown.where for unknown in ones if unknown.where] or [""], _code),
            _step(ones[0].settle, ones[0].where),
        ]
        for what, ones in alike.items()
    ]
    if rows:
        shown = rows[: room.rows] if room.rows else rows
        table = _table(("Unknown", "Where", "What would settle it"), "lll", shown)
        yield _folded("What local files cannot tell", [table, *_more(len(rows) - len(shown))])


def _code(text: str) -> str:
    return escape.code(text) if text else ""


def _step(step: str, *names: str) -> str:
    return escape.code(step) if step.startswith(words.TYPED) else escape.prose(step, *names)


def _footer(report: Report) -> str:
    parts = [f"ctxaudit {__version__}"]
    compared = next((audit.comparison for audit in report.targets if audit.comparison), None)
    base: tuple[str, ...] = ()
    if compared:
        commits = [escape.html_code(commit[:SHORT]) for commit in (compared.head_commit, compared.base_commit)]
        parts.append(f"{commits[0]} against {commits[1]} (where it left {escape.html_code(compared.ref)})")
        parts.append("tracked files only")
        base = ("--base", compared.ref)
    local = f". Locally: {escape.html_code(local)}" if (local := _local(report, base)) else ""
    return f"<sub>{', '.join(parts)}{local}</sub>"


def _local(report: Report, base: Sequence[str]) -> str:
    """The command that gives the same report, "" where a program asked for several builds."""
    if report.arguments is not None:
        return call((*report.arguments, *base))
    return command(report.targets[0], *base) if len({audit.dockerfile for audit in report.targets}) == 1 else ""


def _path(audit: Target, path: str, type_: EntryType | None, layout: Layout, line: str = "") -> str:
    """Give a path of the context as the repository knows it; *line*: what a message has behind it, as ":3" or "/"."""
    end = line or "/" * (type_ == "dir")
    return escape.code(printable_name(layout.place(path_of(audit, path))) + end)


def _section(title: str, titles: Sequence[str], align: str, rows: Sequence[Sequence[str]], room: Room) -> Iterator[str]:
    if rows:
        shown = rows[: room.rows] if room.rows else rows
        yield f"**{title}**"
        yield _table(titles, align, shown)
        yield from _more(len(rows) - len(shown))


def _more(left: int, what: str = "") -> Iterator[str]:
    if left > 0:
        yield and_more(left, "", what)


def _table(titles: Sequence[str], align: str, rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, [_ALIGN[letter] for letter in align], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _folded(title: str, blocks: Sequence[str]) -> str:
    return "\n\n".join([f"<details><summary>{title}</summary>", *blocks, "</details>"])
