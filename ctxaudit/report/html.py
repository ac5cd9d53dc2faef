"""The report as one HTML file: no network, readable without JavaScript, and nothing of the tree's is ever markup.

All but the map is in the page as elements. The rows of the table and of the map are data, from which the page's own
script builds elements; the policy lets no other script and no other style run.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape as escaped
from importlib.resources import files

from ctxaudit import __version__
from ctxaudit.builders import counted_builds
from ctxaudit.model import (
    SEVERITIES,
    Audit,
    Comparison,
    Failure,
    Finding,
    Report,
    SharedContext,
    Target,
    Unknown,
    Unseen,
)
from ctxaudit.report import Layout, comparison, escape, printable_name, printable_text, words
from ctxaudit.report.entries import Row, Verdict, rows
from ctxaudit.report.text import headline, needed_by_builds, one_of_each_file, shows_table, summary, unmeasured
from ctxaudit.report.words import Shared
from ctxaudit.values import counted

# HTML elements as text, in which nothing is markup by accident.

_BLOCKS = frozenset(("dd", "div", "dl", "h2", "h3", "li", "p", "section", "table", "tbody", "thead", "tr", "ul"))


class Markup(str):
    """Text that is HTML already; any other is escaped where it goes into an element."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: str) -> Markup:
    """Give `<tag attributes>content</tag>`; a trailing "_" of a keyword is dropped, any other "_" is a "-"."""
    fields = "".join(f' {key.rstrip("_").replace("_", "-")}="{escaped(text)}"' for key, text in attributes.items())
    end = "\n" if tag in _BLOCKS else ""  # where it means nothing, so that a page has lines
    return Markup(f"<{tag}{fields}>{joined(*content)}</{tag}>{end}")


def joined(*content: str) -> Markup:
    """Give the pieces one after the other, those that are not markup escaped."""
    return Markup("".join(piece if isinstance(piece, Markup) else escaped(piece, quote=False) for piece in content))


# What a line must not break in two: an arrow, and the options that a sentence of ours names.
_WHOLE = re.compile(r"(?<= )(?:-&gt;|--(?:always-ignore|cached|for-cache|mount))(?=[ .,;:=]|$)")


def prose(text: str) -> Markup:
    """Give a sentence whose options and arrows stay whole where a line ends."""
    return Markup(_WHOLE.sub(lambda match: f'<span class="whole">{match[0]}</span>', joined(text)))


_FINDINGS = 500
STATIC = 50  # rows of the table that are there without JavaScript
_UNNEEDED = ("Not needed", "Usually not needed")
_NUMBERS = frozenset(("Sent", "Files", "Change", *_UNNEEDED, "Growth", "Sent in all", "Counted once"))
_ASIDE = frozenset((*_UNNEEDED, "Files", "Context", "Ignore file"))  # what a phone has below, in each build
_DIFF_CLASSES = (("+++", "name"), ("---", "name"), ("diff ", "name"), ("@@", "hunk"), ("+", "added"), ("-", "removed"))


def render(report: Report, layout: Layout) -> str:
    page = files("ctxaudit.report").joinpath("report.html").read_text(encoding="utf-8")
    fields = {
        "title": joined(_page_title(report, layout)),
        "policy": content_policy(page),
        "body": joined(*_body(report, layout)),
        "version": joined(__version__),
    }
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: fields[match[1]], page)


def content_policy(page: str) -> str:
    """Give the content security policy, which names the page's own style and script by their hashes."""
    inside = dict(re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL))
    hashes = {
        tag: f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for tag, text in inside.items()
    }
    return (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _page_title(report: Report, layout: Layout) -> str:
    if len(report.targets) == 1:
        return f"{words.project(report.targets[0], layout)}: {layout.size(report.sent.bytes)}"
    if not report.targets:
        return headline(report, layout).rstrip(".")
    return f"{_project(report)}: {_builds(report)}"


def _project(report: Report) -> str:
    """Give what people call several builds: the directory that holds their contexts."""
    contexts = [os.path.abspath(audit.context) for audit in report.audits if not audit.fetched]
    shared = os.path.basename(os.path.commonpath(contexts)) if contexts else ""
    return printable_name(shared) or _builds(report)


def _builds(report: Report) -> str:
    return counted_builds([target.name for target in report.targets])


def _body(report: Report, layout: Layout) -> Iterator[Markup]:
    """What there is to say of several builds, once for all of them, and then what is each one's own."""
    if len(report.targets) > 1:
        yield element("section", element("h2", _project(report)), class_="build")
    yield _overview(report, layout)
    yield _failures(report.failures)
    is_table = shows_table(report)
    if is_table:
        yield from _in_common(report, layout)
        yield _by_hand(report, "h2", "overview")
    yield _shared(report.shared, layout)
    section = _folded if is_table else _target
    yield from (section(number, audit, report, layout) for number, audit in enumerate(report.targets, 1))


def _overview(report: Report, layout: Layout) -> Markup:
    """A row for each build, where there are several."""
    if len(report.targets) < 2:
        return Markup()
    is_compared = any(audit.comparison for audit in report.targets)
    change = ["Change"] * is_compared
    unneeded = words.unneeded_heading(report.targets)
    head = ("Build", "Sent", *change, unneeded, "Files", "Findings", "Context", "Ignore file")
    cells = [_build(number, audit, is_compared, layout) for number, audit in enumerate(report.targets, 1)]
    paragraph = element("p", headline(report, layout), class_="headline") if shows_table(report) else ""
    return element("nav", paragraph, _wide(_table(head, cells)), class_="overview", aria_label="Builds")


def _build(number: int, audit: Target, is_compared: bool, layout: Layout) -> tuple[str, ...]:
    build = element("a", words.title(audit.name), href=f"#build-{number}")
    places = (printable_name(audit.context), words.ignore_file(audit))
    if isinstance(audit, Unseen):
        return (build, *[""] * (3 + is_compared), "not looked at", places[0], "")
    growth = [layout.growth(audit.comparison.growth) if audit.comparison else "unknown"] * is_compared
    figures = (*growth, layout.size(words.unneeded(audit)), f"{audit.sent.files:,}")
    return (build, layout.size(audit.sent.bytes), *figures, _counts(audit.findings), *places)


def _in_common(report: Report, layout: Layout) -> Iterator[Markup]:
    """The findings, the proposal and the changes of all builds, each once."""
    shareds = words.findings(report.targets)
    items = [_shared_finding(shared, report, layout) for shared in shareds if shared.what.severity != "note"][
        :_FINDINGS
    ]
    if items:
        yield element("section", element("h2", "Findings"), element("ul", *items, class_="findings"), class_="overview")
    edits = [audit.proposal.edit for audit in one_of_each_file(report) if audit.proposal and audit.proposal.edit]
    if edits:
        rest = needed_by_builds(report)
        after = f"{layout.size(rest)} of all that is sent is needed." if rest is not None else ""
        parts = [element("h2", "Proposal"), element("p", after), _diff("".join(edit.diff for edit in edits))]
        if command := words.report_command(report, "--write"):
            parts.append(element("p", "To apply it: ", element("code", command), class_="hint"))
        proposals = [audit.proposal for audit in one_of_each_file(report) if audit.proposal]
        parts += [element("p", f"Lines {line}.", class_="hint") for line in unmeasured(*proposals, is_new=True)]
        yield element("section", *parts, _for_cache(report.targets, layout), class_="overview")
    elif line := _for_cache(report.targets, layout):
        yield element("section", line, class_="overview")
    yield from _common_changes(report, layout)


def _shared_finding(shared: Shared[Finding], report: Report, layout: Layout) -> Markup:
    """A finding with its path from where the user stands, and its builds."""
    path = printable_name(os.path.normpath(words.path_of(shared.audit, shared.what.path))) if shared.what.path else ""
    reach = words.reach(shared, is_one_of_many=True) or words.within(shared)
    return _item(
        shared.what, path, [shared.what.rule, reach, *_place_and_reason(shared.what, shared.audit, layout)], layout
    )


def _common_changes(report: Report, layout: Layout) -> Iterator[Markup]:
    first = next((audit.comparison for audit in report.targets if audit.comparison), None)
    if first is None:
        return
    parts = [element("h2", comparison.title(first)), element("p", prose(comparison.grown(report, layout)))]
    rows = comparison.shared_rows(report, layout)
    if rows:
        parts.append(element("div", _table(("Growth", "Path", "What"), rows[:_FINDINGS]), class_="changes"))
    parts += [element("p", comparison.sentence(dropped.what)) for dropped in words.dropped(report.targets)]
    parts += [element("p", comparison.rerun(rerun.what)) for rerun in words.reruns(report.targets)]
    yield element("section", *parts, class_="overview")


def _folded(number: int, audit: Target, report: Report, layout: Layout) -> Markup:
    """One of many builds: what is its own, to be opened."""
    title = element("summary", element("h2", words.title(audit.name)))
    parts = [element("p", "Not looked at.", class_="facts")]
    if isinstance(audit, Audit):
        parts = [_facts(audit), _figures(audit, layout), _budgets(audit, layout)]
        parts += [_notes(audit, layout), _entries(audit, layout)]
    return element("details", title, *parts, _unknowns(audit.unknowns), class_="build", id=f"build-{number}")


def _notes(audit: Target, layout: Layout) -> Markup:
    """The notes, folded as they are on the page of one build."""
    notes = [finding for finding in audit.findings if finding.severity == "note"]
    if not notes:
        return Markup()
    more = f"And {len(notes) - _FINDINGS:,} more, in the JSON report." if len(notes) > _FINDINGS else ""
    shown = element("ul", *(_finding(finding, audit, layout) for finding in notes[:_FINDINGS]), class_="findings")
    folded = element("details", element("summary", counted(len(notes), "note")), shown)
    return element("section", element("h3", "Notes"), folded, element("p", more, class_="hint") if more else "")


def _failures(failures: Sequence[Failure]) -> Markup:
    if not failures:
        return Markup()
    cells = [
        (printable_name(failure.name), printable_name(str(failure.declared)), printable_name(failure.why))
        for failure in failures
    ]
    table = _wide(_table(("Build", "Declared", "Why"), cells), "Builds that were not looked at")
    return element("section", element("h2", "Not looked at"), table, class_="overview")


def _shared(shared: Sequence[SharedContext], layout: Layout) -> Markup:
    if not shared:
        return Markup()
    cells = [
        (
            printable_name(shared_context.context),
            words.named(shared_context.builds, printable_name),
            layout.size(shared_context.sent.bytes),
            layout.size(shared_context.distinct.bytes),
        )
        for shared_context in shared
    ]
    table = _wide(_table(("Context", "Builds", "Sent in all", "Counted once"), cells), "Contexts of several builds")
    return element("section", element("h2", "Sent more than once"), table, class_="overview")


def _counts(findings: Iterable[Finding]) -> str:
    """Give "2 errors, 1 note"."""
    severities = [finding.severity for finding in findings]
    counts = [counted(severities.count(severity), severity) for severity in SEVERITIES if severity in severities]
    return ", ".join(counts) or "none"


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> Markup:
    aside = {*_ASIDE, "Sent"} if "Change" in head else _ASIDE
    named = ([word for word, among in (("number", _NUMBERS), ("aside", aside)) if title in among] for title in head)
    classes = [{"class_": " ".join(names)} if names else {} for names in named]
    rows = (zip(row, classes, strict=True) for row in body)
    heads = (element("th", title, scope="col", **extra) for title, extra in zip(head, classes, strict=True))
    return element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *(element("tr", *(element("td", cell, **extra) for cell, extra in row)) for row in rows)),
    )


def _wide(table: Markup, name: str = "Table of the builds") -> Markup:
    """A table that may be wider than a phone, and is then moved by itself."""
    return element("div", table, class_="wide", tabindex="0", role="group", aria_label=name)


def _target(number: int, audit: Target, report: Report, layout: Layout) -> Markup:
    name = words.project(audit, layout) if len(report.targets) == 1 else words.title(audit.name)
    title = element("h2", name, id=f"build-{number}")
    if isinstance(audit, Unseen):
        paragraph = element("p", "Not looked at.", class_="facts")
        markup = _findings(audit, layout) if audit.findings else Markup()
        return element("section", title, paragraph, markup, _unknowns(audit.unknowns), class_="build")
    parts = [
        title,
        _facts(audit),
        _figures(audit, layout),
        _budgets(audit, layout),
        _findings(audit, layout),
        _proposal(audit, report, layout),
        _by_hand(report, "h3", "proposal") if len(report.targets) == 1 else "",
        _comparison(audit.comparison, layout),
        _entries(audit, layout),
        _unknowns(audit.unknowns),
    ]
    return element("section", *parts, class_="build")


def _facts(audit: Target) -> Markup:
    ignore = element("code", printable_name(audit.ignore_file)) if audit.ignore_file else words.no_ignore_file(audit)
    dockerfile = element("code", words.title(audit.dockerfile))
    context = element("code", printable_name(audit.context))
    pieces = ["context ", context, ", ", dockerfile, ", ", ignore, f", {words.builder(audit.builder)}"]
    if audit.declared is not None:
        pieces += [", declared at ", element("code", printable_text(str(audit.declared)))]
    return element("p", *pieces, class_="facts")


def _figures(audit: Audit, layout: Layout) -> Markup:
    sent = audit.sent
    transfer = words.transferred(audit, layout.size(sent.transfer_bytes))
    note = transfer if audit.requested else "no instruction needs the context"
    figures = [_figure("Sent", layout.size(sent.bytes), counted(sent.files, "file"), note)]
    if audit.proposal is not None and audit.proposal.proof.builds == 1:
        after = audit.proposal.proof.after[audit.builder]
        amount, less = layout.size(after.bytes), sent.bytes - after.bytes
        change = f"{words.share(less, sent.bytes)} less" if less > 0 else "all of it"
        change = f"{layout.size(-less)} more" if less < 0 else change
        figures.append(_figure("Needed", amount, counted(after.files, "file"), change))
    permitted = audit.permitted
    if permitted != sent:
        note = "by the ignore file"
        figures.append(_figure("Permitted", layout.size(permitted.bytes), counted(permitted.files, "file"), note))
    figures.append(_figure("Findings", f"{len(audit.findings):,}", _counts(audit.findings) if audit.findings else ""))
    return joined(element("dl", *figures, class_="figures"), _bar(audit))


def _figure(name: str, value: str, *notes: str) -> Markup:
    spans = [element("span", note) for note in notes if note]
    return element("div", element("dt", name), element("dd", element("strong", value), *spans))


def _bar(audit: Target) -> Markup:
    """How much of what is sent now stays."""
    if audit.proposal is None or audit.proposal.proof.builds != 1 or not audit.sent.bytes:
        return Markup()
    share = min(audit.proposal.proof.after[audit.builder].bytes / audit.sent.bytes, 1)
    rects = [
        element("rect", width="100", height="2", class_="goes"),
        element("rect", width=f"{max(100 * share, 0.3):.2f}", height="2", class_="stays"),
    ]
    amount = words.share(round(share * 1_000_000), 1_000_000)
    sentence = f"{'less than ' * (0 < share < 0.001)}{amount} of the bytes are needed"
    bar = element("svg", *rects, class_="bar", viewBox="0 0 100 2", preserveAspectRatio="none", aria_hidden="true")
    return joined(bar, element("p", sentence, class_="hint"))


def _budgets(audit: Target, layout: Layout) -> Markup:
    items = [
        element("li", printable_text(words.budget_sentence(budget, audit, layout)), class_=budget.verdict)
        for budget in words.budgets(audit)
    ]
    return element("ul", *items, class_="budgets") if items else Markup()


def _entries(audit: Target, layout: Layout) -> Markup:
    """The table of the largest, and the data of all, from which the script makes the map and the whole table."""
    entries, nodes = rows(audit, _FINDINGS)
    if len(entries) < 2:
        return Markup()
    largest = sorted(entries[1:], key=lambda row: -row.bytes)[:STATIC]
    heading = words.unneeded_heading([audit])
    titles = {"path": "Path", "bytes": "Size", "files": "Files", "unneeded": heading, "verdict": "Verdict"}
    head = element("tr", *(element("th", title, scope="col", class_=key) for key, title in titles.items()))
    body = [_entry(row, layout) for row in largest]
    more = f"The {len(largest)} largest of {len(entries) - 1:,} entries." if len(largest) < len(entries) - 1 else ""
    return element(
        "section",
        element("h3", "What is sent"),
        element("p", "The map, the filter and sorting need JavaScript.", class_="hint unscripted"),
        # It scrolls, and has no button in it until the map is drawn: the keyboard reaches it by itself.
        element(
            "div", element("table", element("thead", head), element("tbody", *body)), class_="entries", tabindex="0"
        ),
        element("p", more, class_="more"),
        _island(entries, nodes, audit, layout),
        class_="explorer",
    )


def _entry(row: Row, layout: Layout) -> Markup:
    cells = {
        "path": element("code", row.path),
        "bytes": layout.size(row.bytes),
        "files": f"{row.files:,}",
        "unneeded": layout.size(row.unneeded) if row.unneeded else "",
        "verdict": joined(_badge(row.verdict.word), " ", element("span", row.verdict.says, class_="says")),
    }
    return element("tr", *(element("td", cell, class_=key) for key, cell in cells.items()))


def _badge(word: str) -> Markup:
    return element("span", word, class_=f"badge {word}")


def _island(entries: Sequence[Row], nodes: int, audit: Target, layout: Layout) -> Markup:
    """The rows as columns, for the script; a verdict is an index into `verdicts`."""
    verdicts: dict[Verdict, int] = {}
    columns = {
        "names": [row.name for row in entries],
        "parents": [row.parent for row in entries],
        "files": [row.files for row in entries],
        "bytes": [row.bytes for row in entries],
        "unneeded": [row.unneeded for row in entries],
        "verdict": [verdicts.setdefault(row.verdict, len(verdicts)) for row in entries],
    }
    titles = {"context": printable_name(audit.context), "heading": words.unneeded_heading([audit])}
    data = {**titles, "exact": layout.bytes, "nodes": nodes, "verdicts": list(verdicts), **columns}
    return element("script", Markup(escape.script(data)), type="application/json")


def _proposal(audit: Target, report: Report, layout: Layout) -> Markup:
    if audit.proposal is None:
        return Markup()
    edit = audit.proposal.edit
    name = edit.file if edit else audit.ignore_file or ".dockerignore"
    lines = summary(name, audit.proposal, changed=edit is not None, written=False)
    parts = [
        element("h3", "Proposal"),
        element("ul", *(element("li", prose(printable_text(line.strip()))) for line in lines)),
    ]
    if edit is not None:
        parts.append(_diff(edit.diff))
        command = words.report_command(report, "--write") or words.command(audit, "--write")
        parts.append(element("p", "To apply it: ", element("code", command), class_="hint"))
    parts.append(_for_cache([audit], layout))
    return element("section", *parts, class_="proposal")


def _for_cache(audits: Sequence[Target], layout: Layout) -> Markup:
    line = words.for_cache(audits, layout)
    return element("p", prose(f"Cache: {line}"), class_="hint") if line else Markup()


def _by_hand(report: Report, tag: str, class_: str) -> Markup:
    """The steps that no diff shows."""
    parts = []
    for about, steps in words.steps_beside(report).items():
        items = (element("li", f"{title}: ", _step(printable_text(step))) for title, step in steps)
        parts += [element(tag, about), element("ul", *items)]
    return element("section", *parts, class_=class_) if parts else Markup()


def _step(step: str) -> str:
    return element("code", step) if step.startswith(words.TYPED) else step


def _diff(diff: str) -> Markup:
    """The change, to be copied where the page holds it as it is: what is escaped would not apply."""
    shown = "\t".join(map(printable_text, diff.split("\t")))
    lines = [_diff_line(line) for line in shown.split("\n")[:-1]]
    button = element("button", "Copy", class_="copy", type="button", hidden="")
    return element("div", button if shown == diff else "", element("pre", element("code", *lines)), class_="diff")


def _diff_line(line: str) -> Markup:
    kind = next((name for start, name in _DIFF_CLASSES if line.startswith(start)), "same")
    return element("span", f"{line}\n", class_=kind)


def _findings(audit: Target, layout: Layout) -> Markup:
    """The findings by severity; the notes are folded."""
    findings = audit.findings[:_FINDINGS]
    plain = [_finding(finding, audit, layout) for finding in findings if finding.severity != "note"]
    notes = [_finding(finding, audit, layout) for finding in findings if finding.severity == "note"]
    parts = [element("h3", "Findings")]
    if not findings:
        parts.append(element("p", "None."))
    if plain:
        parts.append(element("ul", *plain, class_="findings"))
    if notes:
        title = element("summary", counted(len(notes), "note"))
        parts.append(element("details", title, element("ul", *notes, class_="findings")))
    parts += [element("p", line, class_="hint") for line in words.withheld([audit])]
    if len(findings) < len(audit.findings):
        parts.append(
            element("p", f"And {len(audit.findings) - len(findings):,} more, in the JSON report.", class_="hint")
        )
    return element("section", *parts)


def _finding(finding: Finding, audit: Target, layout: Layout) -> Markup:
    remarks = [finding.rule]
    if finding.kind or words.gets_somewhere(finding):
        remarks.append(words.REACH.get(finding.reach, "permitted, not sent"))
    path = printable_name(finding.path) if finding.path else ""
    return _item(finding, path, [*remarks, *_place_and_reason(finding, audit, layout)], layout)


def _item(finding: Finding, path: str, remarks: Sequence[str], layout: Layout) -> Markup:
    slash = "/" * (finding.type == "dir") or f":{finding.line}" * bool(finding.kind and finding.line)
    in_files = f" in {counted(finding.files, 'file')}" if finding.type == "dir" else ""
    of_file = "a file of " if finding.line else ""
    size = f"{of_file}{layout.size(finding.bytes)}{in_files}" if finding.kind else ""
    message = printable_text(words.because(finding) if finding.kind else finding.message)
    return element(
        "li",
        _badge(finding.severity),
        element("code", f"{path}{slash}", class_="path") if path else "",
        element("span", size, class_="size"),
        element("p", message) if message else "",
        element("p", prose(" · ".join(filter(None, remarks))), class_="hint"),
    )


def _place_and_reason(finding: Finding, audit: Target, layout: Layout) -> Iterator[str]:
    if finding.location is not None:
        yield printable_text(str(finding.location))
    reason = words.reason(audit, finding)
    if reason and finding.severity != "note":
        some = f"{layout.size(finding.stays.bytes)} of it " if finding.stays not in (None, finding.amount) else ""
        yield f"{some}stays: {printable_text(reason)}"


def _comparison(compared: Comparison | None, layout: Layout) -> Markup:
    if compared is None:
        return Markup()
    parts = [element("h3", comparison.title(compared)), element("p", prose(comparison.totals(compared, layout)))]
    if compared.changes:
        shown = [comparison.row(change, layout) for change in compared.changes[:_FINDINGS]]
        parts.append(element("div", _table(("Growth", "Path", "What"), shown), class_="changes"))
    if len(compared.changes) > _FINDINGS:
        parts.append(
            element("p", f"And {len(compared.changes) - _FINDINGS:,} more, in the JSON report.", class_="hint")
        )
    parts += [element("p", comparison.sentence(dropped)) for dropped in compared.dropped]
    parts += [element("p", comparison.rerun(rerun_change)) for rerun_change in compared.reruns]
    parts += [element("p", f"unknown: {printable_text(unknown.what)}") for unknown in compared.unknowns]
    return element("section", *parts)


def _unknowns(unknowns: Sequence[Unknown]) -> Markup:
    if not unknowns:
        return Markup()
    return element("section", element("h3", "Unknown"), element("ul", *map(_unknown, unknowns), class_="findings"))


def _unknown(unknown: Unknown) -> Markup:
    where = f" ({printable_text(unknown.where)})" if unknown.where else ""
    settle = element("p", "To settle it: ", _step(printable_text(unknown.settle)), class_="hint")
    return element("li", element("p", printable_text(unknown.what) + where), settle if unknown.settle else "")
