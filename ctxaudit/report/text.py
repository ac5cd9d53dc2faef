"""The report for a terminal: what is sent, what of it is not needed, and why."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from ctxaudit.builders import counted_builds
from ctxaudit.errors import excerpt
from ctxaudit.model import (
    NOTHING_WITHHELD,
    Audit,
    BuilderName,
    EditPart,
    Finding,
    Loaded,
    Location,
    Proposal,
    Quote,
    Reach,
    Remade,
    Report,
    Target,
    Totals,
    Unseen,
)
from ctxaudit.report import (
    NARROW,
    Layout,
    Style,
    columns,
    printable_name,
    printable_text,
    shortened_path,
    unheeded,
    words,
)
from ctxaudit.report.words import OVER, Group, Shared, groups
from ctxaudit.rules.kinds import OF_PROJECT
from ctxaudit.values import and_more, counted, frozen, shown_size

# The table of several builds, for a terminal: a row each, and which of them are sent the same files again.

_HEAD = ("Build", "Context", "Dockerfile", "Files", "Sent", "Change", "Findings")
_UNSEEN = "not looked at"
_WITH_ITSELF = "counting the ignore file"  # of a sum that it makes larger than what is sent now
_NAMED = 5  # builds of a context that several are sent
_ALIGN = "lllrrrl".__getitem__
_COLUMNS = ((0, 1, 2, 3, 4, 5, 6), (0, 1, 3, 4, 5, 6), (0, 3, 4, 5, 6), (0, 4, 5, 6))  # by the room that they take
_COMPARED = (*_COLUMNS, (0, 5, 6))
_DOCKERFILE = 2  # the column that says nothing new where each build is called by it
_CHANGE = 5  # the column that only a comparison fills


def shows_table(report: Report) -> bool:
    """Whether the report is of several builds that files declare, or of one that fails."""
    return len([audit for audit in report.targets if audit.declared is not None]) > 1 or bool(report.failures)


def _build_lines(report: Report, layout: Layout) -> Iterator[str]:
    """Give the table, then what all is and what is sent again, then what fails, and how much is not shown."""
    rows = [_HEAD, *(_build_row(audit, layout) for audit in report.targets)]
    shown = {(audit.name, audit.declared) for audit in report.targets}
    failed = (failure for failure in report.failures if (failure.name, failure.declared) not in shown)
    rows += [(printable_name(failure.name), "", "", "", "", "", _UNSEEN) for failure in failed]
    is_compared = any(audit.comparison for audit in report.targets)
    dropped = {_CHANGE} if not is_compared else set()
    if all(row[0] == row[_DOCKERFILE] for row in rows[1:]):
        dropped.add(_DOCKERFILE)
    choices = _COMPARED if is_compared else _COLUMNS
    yield from _fitted(rows, layout, [[number for number in choice if number not in dropped] for choice in choices])
    yield ""
    yield from layout.wrap(headline(report, layout), "  ")
    yield from _shared(report, layout)
    for failure in report.failures:
        yield ""
        comma = "," * (failure.title != failure.name)
        yield from layout.wrap(f"{printable_name(failure.title)}{comma} fails:", "  ")
        yield from (
            line for text in printable_text(failure.error).splitlines() for line in layout.wrap(f"  {text}", "    ")
        )
    yield from _unknown(report, layout)


def headline(report: Report, layout: Layout) -> str:
    """Say what all builds send, how much of it is the same files again, and what of it is needed."""
    sent = report.sent.bytes
    distinct = layout.size(report.distinct.bytes)
    once = f"; {distinct} sent with each shared file counted once" if distinct != layout.size(sent) else ""
    names = [audit.name for audit in report.audits]
    if report.failures and not names:
        return "No build could be looked at."
    rest = needed_by_builds(report)
    after = f", {layout.size(rest)} of it is needed" if rest is not None and rest < sent else ""
    return f"{counted_builds(names)}, {layout.size(sent)} sent{after}{once}."


def needed_by_builds(report: Report) -> int | None:
    """Give the bytes that all builds send after the proposals; None where one was not looked for."""
    rest = report.needed
    return rest.bytes if rest is not None else None


def one_of_each_file(report: Report) -> list[Target]:
    """Give the first build of each ignore file that a proposal changes; all that read it share the proposal."""
    by_file: dict[str, Target] = {}
    for audit in report.targets:
        if audit.proposal is not None and audit.proposal.edit is not None:
            by_file.setdefault(audit.proposal.edit.file, audit)
    return list(by_file.values())


def judged(report: Report, layout: Layout) -> Iterator[str]:
    """Say which budgets are broken, the same sentence once for all of its builds."""
    by_line: dict[str, list[str]] = {}
    for audit in report.targets:
        for line in words.budget_lines(audit, layout):
            by_line.setdefault(line, []).append(audit.name)
    for line, names in by_line.items():
        label, _, rest = line.partition(": ")
        yield f"{label}: {words.named(names)}: {printable_text(rest)}"


def _fitted(rows: Sequence[Sequence[str]], layout: Layout, choices: Sequence[Sequence[int]]) -> list[str]:
    """Set the columns that there is room for; the name itself is cut last."""
    for shown in choices:
        table = layout.table([[row[number] for number in shown] for row in rows], "".join(map(_ALIGN, shown)))
        if max(map(columns, table)) <= layout.width:
            return table
    room = layout.width - max(map(columns, table)) + max(columns(row[0]) for row in rows)
    cut = [[shortened_path(row[0], room), *(row[number] for number in shown[1:])] for row in rows]
    return layout.table(cut, "".join(map(_ALIGN, shown)))


def _unknown(report: Report, layout: Layout) -> Iterator[str]:
    for target in report.targets:
        for unknown in target.unknowns if isinstance(target, Unseen) else ():
            where = f"{printable_text(unknown.where)}: " if unknown.where else ""
            yield from layout.wrap(f"unknown: {where}{printable_text(unknown.what)}", "  ")
    unknowns = (unknown for audit in report.audits for unknown in audit.unknowns)
    count = sum(not words.is_of_base_image(unknown) for unknown in unknowns)
    if count and not layout.verbose:
        yield from layout.wrap(f"{counted(count, 'thing')} that local files cannot tell: -v shows all.", "  ")


def _build_row(audit: Target, layout: Layout) -> tuple[str, ...]:
    build = (printable_name(audit.name), printable_name(audit.context) or "unknown")
    if isinstance(audit, Unseen):
        return (*build, "", "", "", "", _UNSEEN)
    sent, compared = audit.sent, audit.comparison
    change = layout.growth(compared.growth) if compared else "unknown"
    return (*build, words.title(audit.dockerfile), f"{sent.files:,}", layout.size(sent.bytes), change, _found(audit))


def _found(audit: Target) -> str:
    counts = Counter(finding.severity for finding in audit.findings)
    parts = [counted(counts[severity], severity) for severity in ("error", "warning") if counts[severity]]
    return ", ".join(parts) or "none"


def _shared(report: Report, layout: Layout) -> Iterator[str]:
    total = layout.size(report.sent.bytes)
    figures = [total, layout.size(report.distinct.bytes)]
    for shared in report.shared:
        sizes = [layout.size(amount.bytes) for amount in (shared.sent, shared.distinct)]
        once = f" ({sizes[1]} once)" if sizes[0] != sizes[1] else ""
        # Figures that the line above has are not said again.
        amount = f", {sizes[0]} in all{once}" if sizes != figures and (once or sizes[0] != total) else ""
        names = "; ".join(map(printable_name, shared.builds[:_NAMED]))
        names += and_more(len(shared.builds) - _NAMED, "; ")
        yield from layout.wrap(
            f"{printable_name(shared.context)} is sent {len(shared.builds)} times{amount}: {names}",
            "  ",
        )


# What is proposed, and its proof, in a few lines.

_MOST_REMADE = 10
_MOST_KEPT = 6  # paths that stay for the same reason
_MOST_UNMEASURED = 6
# What follows where a secret goes that a framework loads: git has no such file, so that CI builds without it already.
WITHOUT = "images built here will lack it, as images that CI builds from a checkout already do"
MOUNT = "RUN --mount=type=secret"  # what the reason of a login that a command reads ends with


def summary(name: str, proposal: Proposal, *, changed: bool, written: bool, lost: Sequence[Finding] = ()) -> list[str]:
    """Say what changes, what each builder is then sent, that nothing needed is lost, and what stays and why.

    lost: what the builds need and the user's own lines exclude, before the change and after it.
    """
    changes = list(_edit_parts(proposal, written=written)) if changed else ["nothing to change"]
    lines = [f"{printable_name(name)}: {'; '.join(changes)}."]
    if not changed and lost:
        what = "ctxaudit proposes no line, and your own lines exclude what the build needs"
        lines = [f"{printable_name(name)}: {what}:"]
    lines += [f"  error: {finding.location}: {printable_text(finding.message)}" for finding in lost]
    proof = proposal.proof
    for builder, before in proof.before.items():
        new = f" -> {_proposed_amount(proof.after[builder])}" if changed else ""
        lines.append(f"  {words.builder(builder)}: {_proposed_amount(before)}{new}")
    shared = _together(proof.builds)
    beside = ", beside what the errors name" if lost else ""
    lines.append(f"  {proof.dropped} of {proof.needed:,} needed files dropped{shared}{beside}")
    if measured := max(len(proposal.patterns) - proof.retained - len(proposal.unmeasured), 0):
        lines.append(f"  {_necessity(measured, proof.idle, is_all=measured == len(proposal.patterns))}")
    if proof.retained:
        retained = counted(proof.retained, "line")
        lines.append(f"  {retained} of the block kept for other machines, without effect here (--prune removes them)")
    lines += [f"  {line}" for line in loaded(proof.secrets)]
    lines += [f"  {line}" for line in unmeasured(proposal)]
    lines += [f"  secret: {printable_name(secret.path)}: {secret.reason}" for secret in proof.secrets]
    lines += [f"  {line}" for line in _basis(proposal)]
    return lines


# What an edit does to the ignore file, before it is written and after.
_EDIT_PARTS: dict[EditPart, tuple[str, str]] = {
    "added": ("ctxaudit proposes {change}", "ctxaudit {change}"),
    "removed": ("{removed} of ctxaudit's block may go", "{removed} of ctxaudit's block removed"),
    "moved": ("ctxaudit's block moves to the end of the file", "ctxaudit's block moved to the end of the file"),
    "rewritten": (
        "ctxaudit's block is to be written anew, with the same lines",
        "ctxaudit's block is written anew, with the same lines",
    ),
    "gone": ("ctxaudit's block may go", "ctxaudit's block is gone"),
    "own": ("your own lines can be tidied", "your own lines are tidied"),
}


def _edit_parts(proposal: Proposal, *, written: bool) -> Iterator[str]:
    """Say what differs: a block that is only moved has the lines that it had."""
    if proposal.edit is None:
        return
    shown = {"removed": counted(proposal.edit.removed, "line"), "change": _change_of_block(proposal, written=written)}
    yield from (_EDIT_PARTS[part][written].format(**shown) for part in proposal.edit.parts)


def _change_of_block(proposal: Proposal, *, written: bool) -> str:
    """Say how many lines a block gets and loses, and how many it has where not all of them are new."""
    added, removed = (proposal.edit.added, proposal.edit.removed) if proposal.edit else (0, 0)
    block = counted(len(proposal.patterns), "line")
    if added == len(proposal.patterns) and not removed:
        return f"wrote {block}" if written else block
    verbs = ("added", "removed") if written else ("to add", "to remove")
    amounts = zip(verbs, (added, removed), strict=True)
    changes = " and ".join(f"{verb} {counted(lines, 'line')}" for verb, lines in amounts if lines)
    return f"{changes}; its block {'now' if written else 'then'} has {block}"


def loaded(secrets: Sequence[Loaded]) -> Iterator[str]:
    """Say how many secrets go although the build loads them, and what follows from that."""
    by_command = sum(MOUNT in secret.reason for secret in secrets)
    if by_framework := len(secrets) - by_command:
        what = counted(by_framework, "secret")
        yield f"{what} excluded although a framework loads it: {WITHOUT}"
    if by_command:
        what = counted(by_command, "secret")
        yield f"{what} excluded although a command of the build reads it: give it to that RUN by a mount instead"


def clean(name: str, proposal: Proposal, builder: BuilderName) -> str:
    """Say in one line that there is nothing to change, and what is sent."""
    shared = _together(proposal.proof.builds)
    return f"{printable_name(name)}: nothing to change, {_proposed_amount(proposal.proof.after[builder])}{shared}."


def _together(builds: int) -> str:
    """Give behind a figure that it is of several builds, "" for one."""
    return "" if builds < 2 else ", for both builds" if builds == 2 else f", for all {builds} builds together"


def _proposed_amount(totals: Totals) -> str:
    return f"{shown_size(totals.bytes)} in {counted(totals.files, 'file')}"


def unmeasured(*proposals: Proposal, is_new: bool = False) -> Iterator[str]:
    """Say which lines exclude nothing that is sent from here, so that nobody can say here how much that is."""
    idle, unsent = unmeasured_lines(proposals, is_new=is_new)
    # Of a path that another line excludes, too, as `**/*.pyc` in `**/__pycache__`, it may well be here.
    if idle:
        yield f"for what git ignores, without effect here, so not measured: {_named(idle)}"
    if unsent:
        yield f"for what git ignores and no build is sent from here, so not measured: {_named(unsent)}"


def unmeasured_lines(proposals: Sequence[Proposal], *, is_new: bool) -> tuple[list[str], list[str]]:
    """Give the lines that exclude nothing more here, and those for what is here and not sent.

    is_new: without those that the file has already.
    """
    lines: list[tuple[str, bool]] = []
    for proposal in proposals:
        new = _new_lines(proposal) if is_new else frozenset(proposal.unmeasured)
        lines += [(line, line in proposal.unsent) for line in proposal.unmeasured if line in new]
    idle, unsent = (list(dict.fromkeys(line for line, is_here in lines if is_here == at)) for at in (False, True))
    return idle, unsent


def _new_lines(proposal: Proposal) -> frozenset[str]:
    """Give the lines that a diff adds, without comments and empty ones."""
    diff = proposal.edit.diff if proposal.edit else ""
    _, _, hunks = diff.partition("\n@@ ")  # below the names of the files
    lines = (line[1:].strip() for line in hunks.split("\n")[1:] if line.startswith("+"))
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _named(lines: Sequence[str]) -> str:
    return printable_text(f"{', '.join(lines[:_MOST_UNMEASURED])}{and_more(len(lines) - _MOST_UNMEASURED)}")


def _basis(proposal: Proposal) -> Iterator[str]:
    """Say what the proof rests on: what is named, what is made again or removed by which line, what stays and why."""
    proof = proposal.proof
    named = f"that instructions name ({_named(proof.names)})"
    groups = ((proof.named, named), (proof.may_be_used, "that the image may use"))
    amounts = [f"{counted(number, 'path')} {which}" for number, which in groups if number]
    stay = "stays" if proof.named + proof.may_be_used == 1 else "stay"
    stays = f"{' and '.join(amounts)} {stay}; " if amounts else ""
    # The user's own lines may exclude one: that is the user's decision.
    is_known = proof.in_git and not proof.unknowns
    tracked = f"ctxaudit excludes nothing {'else ' * bool(proof.for_cache)}that git tracks" if is_known else ""
    if stays or tracked:
        yield f"{stays}{tracked}".removesuffix("; ")
    if proof.for_cache:
        gone = _named(proof.for_cache)
        yield f"for the cache, no longer in the context or in an image that copies all of it: {gone}"
    for title, why in (("made again", (False, False)), ("removed", (False, True)), ("not needed", (True, False))):
        if rows := list(remade([row for row in proof.remade if (row.from_checkout, row.removed) == why])):
            yield f"{title}: {'; '.join(rows[:_MOST_REMADE])}{and_more(len(rows) - _MOST_REMADE, '; ')}"
    together: dict[tuple[str, str], list[str]] = {}
    for kept in proposal.kept:
        together.setdefault((words.status(kept), kept.reason), []).append(printable_name(kept.path))
    for (status, reason), paths in together.items():
        yield f"{status}: {', '.join(paths[:_MOST_KEPT])}{and_more(len(paths) - _MOST_KEPT)}: {reason}"


def remade(rows: Sequence[Remade]) -> Iterator[str]:
    """Say of each command or copy what it makes again or removes: `node_modules: npm ci, Dockerfile:4`."""
    paths: dict[tuple[str, Location, bool], list[str]] = {}
    for row in rows:
        paths.setdefault((row.by, row.where, row.at_start), []).append(row.path)
    for (by, where, at_start), made_paths in paths.items():
        more = and_more(len(made_paths) - 1)
        when = ", when the container starts" if at_start else ""
        yield f"{printable_name(made_paths[0])}{more}: {printable_text(by)}, {where.file}:{where.line}{when}"


def _necessity(lines: int, idle: int, *, is_all: bool) -> str:
    """Say whether each of the lines that were measured is needed, and what for."""
    if idle:
        return f"{idle} of {counted(lines, 'line')} not needed: the same is sent without"
    which = "the line" if lines == 1 else f"each of the {counted(lines, 'line')}"
    which += "" if is_all else " that was measured" if lines == 1 else " that were measured"
    return f"{which} is needed: without it, the builder is sent more, or lacks something that it needs"


_QUOTED = "    "  # before a line of a file
_REACH: dict[Reach, str] = {"final": "final image", "intermediate": "intermediate stage", "sent": "no layer"}
_STYLES: dict[str, Style] = {"error": "red", "warning": "yellow", "note": "dim"}


def render(report: Report, layout: Layout) -> str:
    is_table = shows_table(report)
    sections: list[Iterable[str]] = [_table_of_builds(report, layout)] if is_table else []
    if layout.verbose or not is_table:
        sections += [_target(audit, layout, is_row=is_table) for audit in report.targets]
    if report.baseline is not None and report.baseline.stale:
        sections.append(layout.wrap(printable_text(words.stale(report.baseline))))
    texts = ("\n".join(lines).rstrip("\n") for lines in (*sections, _next(report, layout)))
    return unheeded("\n".join(f"{text}\n" for text in texts if text))


def _table_of_builds(report: Report, layout: Layout) -> Iterator[str]:
    """The table; below it what is not needed, what changes, what is wrong and what breaks a budget, each once."""
    yield from _build_lines(report, layout)
    shareds = [finding for finding in words.findings(report.targets) if _shown(finding.what, layout)]
    sized = [shared for shared in shareds if shared.what.kind and shared.what.reach != "permitted"]
    worded = [shared for shared in shareds if shared.what.severity == "error" or not shared.what.kind]
    yield ""
    reasons = {id(shared): words.stays_in_all(shared) for shared in shareds}
    pairs = [(shared.audit, shared.what) for shared in words.findings(report.targets)]
    goes = _shared_rows([shared for shared in sized if words.is_unneeded(shared.what)])
    heading = words.unneeded_heading(report.targets)
    yield from _section(heading, _sorted(goes), layout, notes=_notes_that_go(pairs, layout))
    stay = [(shared, words.reason(shared.audit, shared.what)) for shared in sized]
    rows = [_staying_row(shared, reason) for shared, reason in stay if reason]
    yield from _section("Stays", _sorted(rows), layout, needs_reasons=True, notes=_notes_that_stay(pairs, layout))
    if report.compared is not None:
        from ctxaudit.report import comparison

        yield from comparison.of_all(report, layout)
    sentences = [(shared, _said(shared.audit, shared.what, words.shared_sentence(shared, report))) for shared in worded]
    yield from _sentences(
        [(shared.what, words.staying(sentence, reasons[id(shared)])) for shared, sentence in sentences], layout
    )
    for line in judged(report, layout):
        label, _, rest = line.partition(":")
        yield from layout.wrap(f"{layout.paint(label, 'red')}:{rest}" if label == OVER else line, "  ")
    yield from (line for text in words.withheld(report.targets) for line in layout.wrap(text))
    yield from _for_cache(report.targets, layout)


def _shared_rows(shareds: Sequence[Shared[Finding]]) -> Iterator[_Row]:
    """Give a row of each directory, and of the files of a kind: the path to type, and the builds that are sent it."""
    shared = {id(shared_finding.what): shared_finding for shared_finding in shareds}
    places = {
        id(shared_finding.what): _from_here(shared_finding.audit, shared_finding.what.path)
        for shared_finding in shareds
    }
    for group in groups([shared_finding.what for shared_finding in shareds], lambda finding: places[id(finding)]):
        builds = dict.fromkeys(chain.from_iterable(shared[id(finding)].builds for finding in group.findings))
        end = "/" * (group.first.type == "dir") + and_more(group.more)
        shown = f"{places[id(group.first)]}{end}"
        yield _Row(group.bytes, shown, f"{words.what(group.first)}; sent by {words.named(tuple(builds))}", shown)


def _staying_row(shared: Shared[Finding], reason: str) -> _Row:
    shown = f"{_from_here(shared.audit, shared.what.path)}{'/' * (shared.what.type == 'dir')}"
    clause = printable_text(reason).partition("; ")[0]
    return _Row(shared.what.bytes - shared.what.unneeded.bytes, shown, clause, shown)


def _from_here(audit: Target, path: str) -> str:
    """Give a path of the context as the user types it where they stand, fit to print."""
    return printable_name(os.path.normpath(words.path_of(audit, path)))


def _said(audit: Target, finding: Finding, sentence: str) -> str:
    """Give a sentence that begins with the finding's path with that path as the user types it."""
    rest = sentence.removeprefix(finding.path)
    is_about_it = bool(finding.path) and rest != sentence and rest[:1] in (" ", "/", ":", ",")
    return f"{os.path.normpath(words.path_of(audit, finding.path))}{rest}" if is_about_it else sentence


def failing(report: Report, layout: Layout) -> Iterator[str]:
    """Give the findings that fail a build, each once with its builds."""
    failed = (finding for finding in words.findings(report.targets) if any(map(_fails, finding.each)))
    sentences = (
        (shared.what, _said(shared.audit, shared.what, words.shared_sentence(shared, report))) for shared in failed
    )
    yield from _sentences(sentences, layout)


def _fails(pair: tuple[Target, Finding]) -> bool:
    audit, finding = pair
    return audit.gate is not None and audit.gate.fails(finding.severity)


def _target(audit: Target, layout: Layout, *, is_row: bool) -> Iterator[str]:
    """Say all of one build; of a row of the table, what is said of all builds is not said again."""
    if isinstance(audit, Unseen):
        yield from _unseen(audit, layout)
        return
    flagged = [finding for finding in audit.findings if finding.kind and _shown(finding, layout)]
    unsent = [finding for finding in flagged if finding.reach == "permitted"]
    sized = [finding for finding in flagged if finding.reach != "permitted"]
    kindless = [finding for finding in audit.findings if not finding.kind and _shown(finding, layout)]
    secret = [finding for finding in sized if finding.severity == "error"]
    if not flagged and not kindless:
        yield from _clean(audit, layout)
    else:
        yield from _head(audit, layout)
        yield from _totals(audit, layout)
        pairs = [(audit, finding) for finding in audit.findings]
        goes = _rows(audit, [finding for finding in sized if words.is_unneeded(finding)])
        yield from _section(words.unneeded_heading([audit]), goes, layout, notes=_notes_that_go(pairs, layout))
        notes = _notes_that_stay(pairs, layout)
        yield from _section("Stays", _stay(audit, sized), layout, needs_reasons=True, notes=notes)
        yield from _section("Permitted, and not sent by this build", _rows(audit, unsent), layout)
    if layout.verbose or sized:
        yield from _section("Largest of the rest", _largest(audit, layout), layout)
    if audit.comparison is not None:
        from ctxaudit.report import comparison

        yield from comparison.lines(audit.comparison, audit, layout)
    if secret or kindless:
        sentences = [
            (finding, words.staying(_said(audit, finding, words.sentence(finding)), words.stays(audit, finding)))
            for finding in (*secret, *kindless)
        ]
        yield from _sentences(sentences, layout)
    if audit.gate is not None and audit.gate.budgets:
        yield from _budgets(audit, layout)
    yield from _remarks(audit, layout)
    if not is_row and audit.proposal is not None and audit.proposal.for_cache:
        yield from _for_cache([audit], layout)
    yield from _hidden_notes(audit, layout)


def _next(report: Report, layout: Layout) -> Iterator[str]:
    """The commands that go on from here, each on a line of its own to be copied; none that would change nothing."""
    steps = [(f"{title}:", command) for title, command in words.steps(report) if command]
    if steps:
        width = max(len(title) for title, _ in steps)
        for title, command in steps:
            yield from _step(f"{title:{width}} ", command, layout)
        return
    findings = [finding for audit in report.targets for finding in audit.findings if finding.reach in words.REACH]
    flagged = any(finding.kind and _shown(finding, layout) for finding in findings)
    if flagged and words.is_done(report):
        yield from layout.wrap("Nothing to do: what was found stays for the reasons above.")


def _step(title: str, command: str, layout: Layout) -> Iterator[str]:
    """Give a step and what to type, or to write by hand."""
    is_typed = command.startswith(words.TYPED)
    lines = layout.command(command, len(title)) if is_typed else layout.wrap(f"{title}{command}", "    ")
    first = lines[0] if is_typed else lines[0][len(title) :]
    yield f"{title}{layout.paint(first, 'cyan')}"
    yield from (layout.paint(line, "cyan") for line in lines[1:])


def _budgets(audit: Target, layout: Layout) -> Iterator[str]:
    for line in words.budget_lines(audit, layout):
        label, _, rest = line.partition(":")
        yield from layout.wrap(f"{layout.paint(label, 'red' if label == OVER else 'dim')}:{rest}", "  ")


def _unseen(target: Unseen, layout: Layout) -> Iterator[str]:
    """Say why a build was not looked at, and what is wrong with what declares it."""
    if target.name == target.context:  # of the command line
        yield from layout.wrap(f"nothing to audit: {printable_text(target.unknowns[0].what)}", "  ")
    else:
        why = "only the builder sees its context" if target.context else "its context is unknown"
        yield from layout.wrap(f"{words.title(target.name)}: not looked at, as {why}.")
    shown = [finding for finding in target.findings if _shown(finding, layout)]
    yield from _sentences([(finding, words.sentence(finding)) for finding in shown], layout)
    if target.name != target.context:
        yield from _budgets(target, layout)
        yield from _remarks(target, layout)
        yield from _hidden_notes(target, layout)


def _shown(finding: Finding, layout: Layout) -> bool:
    return layout.verbose or finding.severity != "note"


def _clean(audit: Audit, layout: Layout) -> Iterator[str]:
    sent, permitted = (_amount(totals, layout) for totals in (audit.sent, audit.permitted))
    if not audit.requested:
        sentence = f"no instruction needs the context ({permitted} permitted)."
    else:
        rest = "" if audit.sent == audit.permitted else f" sent of {permitted} permitted"
        sentence = "; ".join(filter(None, (f"{sent}{rest or ', all that is permitted'}", words.instead(audit))))
        sentence = f"{sentence}; {_left(audit, layout)}."
    yield from layout.wrap(f"{words.title(audit.name)}: {sentence}")


def _left(audit: Target, layout: Layout) -> str:
    """What a change to the ignore file would still exclude, of what is not shown."""
    small = sum(words.goes(audit, finding) for finding in audit.findings if words.is_unneeded(finding))
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
    after = _amount(audit.proposal.proof.after[audit.builder], layout)
    if not small and after == _amount(audit.sent, layout):
        return f"all of it is needed; {left}"
    counted_in = f", {_WITH_ITSELF}" if words.ignore_file_outweighs(audit) else ""
    lacking = audit.proposal.proof.after[audit.builder].files - audit.sent.files
    if lacking > 0 and audit.proposal.edit is not None and audit.proposal.edit.removed:
        left = f"the lines of ctxaudit exclude {counted(lacking, 'file')} of it, which --write brings back"
    return f"{after} is needed{counted_in}: {left}"


def _amount(totals: Totals, layout: Layout) -> str:
    return f"{layout.size(totals.bytes)} in {counted(totals.files, 'file')}"


def _head(audit: Audit, layout: Layout) -> Iterator[str]:
    """Name the Dockerfile and the ignore file; beside the context by their place in it, so that it is said once."""
    is_wide = layout.width >= NARROW
    inside = replace(audit, dockerfile=_in(audit, audit.dockerfile), ignore_file=_in(audit, audit.ignore_file))
    shown = inside if is_wide else audit
    title, ignore = words.title(shown.dockerfile), words.ignore_file(shown)
    if audit.declared is not None:
        title = f"{printable_name(audit.name)}: {title}"
    at = f" at {audit.commit[:12]}" if audit.commit else ""
    context = f", context {printable_name(audit.context)}{at}" if is_wide else ""
    builder = f"{words.builder(audit.builder)}, " if is_wide else ""
    yield from layout.wrap(f"{title}{context} ({builder}{ignore})")
    yield ""


def _in(audit: Target, name: str) -> str:
    """Give a file in the context by its path there, and any other one as one that is not."""
    context = os.path.normpath(audit.context)
    if audit.fetched or context == "." or name in ("", "-"):
        return name
    inside = name.removeprefix(f"{context}/")
    return inside if inside != name or name.startswith((os.sep, os.pardir)) else f"./{name}"


def _totals(audit: Audit, layout: Layout) -> Iterator[str]:
    """The figures: of one build also what is needed, as the builder is sent it after the proposal.

    That is more than what is sent now where the ignore file, which is sent, too, outweighs what it excludes.
    """
    sent = audit.sent
    is_wide = layout.width >= NARROW
    transfer = "" if words.is_fetched(audit) else words.transferred(audit, layout.size(sent.transfer_bytes))
    figures: list[tuple[str, Totals, str, str]] = [
        ("permitted", audit.permitted, "", ""),
        ("sent", sent, "", transfer),
    ]
    if audit.proposal is not None and audit.proposal.proof.builds == 1:
        after = audit.proposal.proof.after[audit.builder]
        why = _WITH_ITSELF * words.ignore_file_outweighs(audit)
        figures.append(("needed", after, _change(audit, after, layout), why))
    rows = [
        (
            title,
            layout.size(totals.bytes),
            counted(totals.files, "file"),
            ", ".join(filter(None, (change, remark * is_wide))),
        )
        for title, totals, change, remark in figures
    ]
    for (*_, note), line in zip(figures, layout.table(rows, "lrrl"), strict=True):
        yield f"  {line}".rstrip()
        # A narrow terminal has what is said of a figure below it.
        yield from layout.wrap(f"  {note}", "    ") if note and not is_wide else ()
    yield ""


def _change(audit: Audit, after: Totals, layout: Layout) -> str:
    less = audit.sent.bytes - after.bytes
    if less < 0:
        return f"+{layout.size(-less)}"
    return f"-{words.share(less, audit.sent.bytes)}" if less else ""


@frozen
class _Row:
    """path: as the user types it. short: the same from the context's root, for where that is too long."""

    bytes: int
    path: str
    reason: str
    short: str


def _rows(audit: Target, findings: Sequence[Finding]) -> list[_Row]:
    return [_row(audit, group) for group in groups(findings)]


def _row(audit: Target, group: Group) -> _Row:
    end = "/" * (group.first.type == "dir") + and_more(group.more)
    return _row_of(audit, group.first.path, end, group.bytes, _what(audit, group))


def _row_of(audit: Target, path: str, end: str, size: int, reason: str) -> _Row:
    return _Row(size, f"{_from_here(audit, path)}{end}", reason, f"{printable_name(path)}{end}")


def _what(audit: Target, group: Group) -> str:
    """Say what it is, which line brings it, and how far it gets: "Go binary, git-ignored; line 5, final image".

    Of several files these are the line and the reach of the one that gets furthest.
    """
    furthest, at = group.furthest, group.furthest.location
    place = "" if at is None else f"line {at.line}" if at.file == audit.dockerfile else printable_text(str(at))
    brought = ", ".join(filter(None, (place, _REACH.get(furthest.reach, ""))))
    return "; ".join(filter(None, (printable_text(words.what(group.first)), brought)))


def _stay(audit: Target, findings: Sequence[Finding]) -> list[_Row]:
    """What of it no change to the ignore file takes out, with the reason."""
    reasons = [(finding, words.reason(audit, finding)) for finding in findings]
    rows = [
        _row_of(
            audit,
            finding.path,
            "/" * (finding.type == "dir"),
            finding.bytes - finding.unneeded.bytes,
            printable_text(reason.partition("; ")[0]),
        )
        for finding, reason in reasons
        if reason
    ]
    return _sorted(rows)


def _sorted(rows: Iterable[_Row]) -> list[_Row]:
    return sorted(rows, key=lambda row: (-row.bytes, row.path))


def _largest(audit: Audit, layout: Layout) -> list[_Row]:
    return [_row_of(audit, entry.path, "", entry.content_bytes, "") for entry in audit.largest[:3]]


def _notes_that_go(pairs: Iterable[tuple[Target, Finding]], layout: Layout) -> list[int]:
    """Give the bytes of each note that has no row, and of which the proposal excludes something."""
    return [
        finding.unneeded.bytes
        for audit, finding in pairs
        if not _shown(finding, layout) and words.is_counted(audit, finding)
    ]


def _notes_that_stay(pairs: Iterable[tuple[Target, Finding]], layout: Layout) -> list[int]:
    """Give the bytes of each note that has no row and stays for a reason, but for what the project has on purpose."""
    return [
        finding.bytes - finding.unneeded.bytes
        for audit, finding in pairs
        if not _shown(finding, layout) and finding.kind not in OF_PROJECT and finding.reach in words.REACH
        if words.reason(audit, finding)
    ]


def _section(
    title: str, rows: Sequence[_Row], layout: Layout, *, needs_reasons: bool = False, notes: Sequence[int] = ()
) -> Iterator[str]:
    """Give a table; notes: the bytes of what belongs to it and is shown by -v alone, so that its sum can be checked."""
    if not rows and not notes:
        return
    shown = rows[: layout.top] if layout.top else rows
    yield layout.paint(title, "bold")
    yield from _table(shown, layout, needs_reasons) if shown else ()
    if len(shown) < len(rows):
        yield and_more(len(rows) - len(shown), "  ", " (--top 0 shows all)")
    if notes:
        yield f"  {'and ' * bool(rows)}{counted(len(notes), 'note')}, {layout.size(sum(notes))} (-v)"
    yield ""


def _table(rows: Sequence[_Row], layout: Layout, needs_reasons: bool) -> Iterator[str]:
    sizes = [layout.size(row.bytes) for row in rows]
    left = max(map(len, sizes)) + 4
    fits = all(columns(row.path) <= layout.width - left for row in rows)
    cells = [(size, row.path if fits else row.short, row.reason) for size, row in zip(sizes, rows, strict=True)]
    yield from layout.fitted(cells, style="bold", needs_sentences=needs_reasons)


def _sentences(sentences: Iterable[tuple[Finding, str]], layout: Layout) -> Iterator[str]:
    """Give what is said of each finding, and below it the line that it is about; of several, below the first.

    What is said of equal lines in several places is said once, but for a verbose report.
    """
    alike: dict[Hashable, tuple[Finding, str, list[str]]] = {}
    for finding, sentence in sentences:
        at = finding.location
        is_placed = at is not None and not finding.message.startswith(at.file)
        own = () if is_placed and not layout.verbose else (len(alike),)
        key = (finding.severity, finding.rule, sentence, finding.quote, *own)
        alike.setdefault(key, (finding, sentence, []))[2].extend([str(at)] * is_placed)
    quoted: set[tuple[Location | None, Quote]] = set()
    for finding, sentence, places in alike.values():
        at = finding.location
        where = f"{words.named(tuple(dict.fromkeys(places)), str)}: " if places else ""
        label = f"{finding.severity}[{finding.rule}]"
        first, *rest = layout.wrap(f"{label} {printable_text(f'{where}{sentence}')}", "  ")
        yield first.replace(label, layout.paint(label, _STYLES[finding.severity]), 1)
        yield from rest
        if finding.quote is not None and (at, finding.quote) not in quoted:
            quoted.add((at, finding.quote))
            yield from _quote(finding.quote, _STYLES[finding.severity], layout)


def _quote(quote: Quote, style: Style, layout: Layout) -> Iterator[str]:
    """Give a line of a file, and carets below what is marked of it."""
    room = layout.width - len(_QUOTED)
    line, column = excerpt(printable_text(quote.text), quote.column, room)
    yield f"{_QUOTED}{line}"
    carets = "^" * max(1, min(quote.width, room - column))
    yield f"{_QUOTED}{' ' * column}{layout.paint(carets, style)}"


def _for_cache(audits: Sequence[Target], layout: Layout) -> Iterator[str]:
    if line := words.for_cache(audits, layout):
        yield from layout.wrap(f"Cache: {line}", "  ")


def _remarks(audit: Target, layout: Layout) -> Iterator[str]:
    if words.is_fetched(audit):
        yield from layout.wrap("fetched by the builder itself: the client sends nothing.")
    if audit.dockerfile == "-":
        yield from layout.wrap("assumed: a Dockerfile from standard input has no ignore file of its own.")
    for unknown in (unknown for unknown in audit.unknowns if layout.verbose or not words.is_of_base_image(unknown)):
        where = f"{printable_text(unknown.where)}: " if unknown.where else ""
        settle = f"; to settle it: {printable_text(unknown.settle)}" if layout.verbose else ""
        yield from layout.wrap(f"unknown: {where}{printable_text(unknown.what)}{settle}", "  ")
    if audit.proposal is not None and audit.proposal.unmeasured and layout.width >= NARROW:
        for line in unmeasured(audit.proposal, is_new=True):
            yield from layout.wrap(f"Lines {line}.", "  ")
    if audit.withheld != NOTHING_WITHHELD:
        for line in words.withheld([audit]):
            yield from layout.wrap(line)


def _hidden_notes(audit: Target, layout: Layout) -> Iterator[str]:
    if notes := sum(not _shown(finding, layout) for finding in audit.findings):
        yield from layout.wrap(f"{counted(notes, 'note')} not shown: -v shows all.")
