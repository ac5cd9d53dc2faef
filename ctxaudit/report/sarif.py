"""SARIF 2.1.0 for code scanning: a run for each build, so that two builds do not overwrite each other.

The limits are those of GitHub's receiver, which refuses the whole file beyond them.
Source: docs.github.com, "SARIF support for code scanning" and "SARIF results exceed one or more limits".
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ctxaudit import __version__
from ctxaudit.builders import counted_builds
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import SEVERITIES, Audit, Edit, Finding, Report, Severity, Target, Unknown
from ctxaudit.policy.baseline import fingerprints
from ctxaudit.report import Layout, escape, explain, printable_name, words
from ctxaudit.report.escape import anchor, identities
from ctxaudit.report.text import one_of_each_file
from ctxaudit.report.words import Shared
from ctxaudit.rules import Rule
from ctxaudit.rules.evidence import Kind
from ctxaudit.values import counted

RUNS = 20  # of one file
RESULTS = 25_000  # of one run
_RELATED = 20  # places of other builds that a result names
BYTES = 10_000_000  # of the file, compressed by gzip
_Owned = dict[tuple[int, int], Shared[Finding]]
_Proposed = dict[str, tuple[dict[str, Any], Matcher]]  # by the ignore file
_ROOT = "%SRCROOT%"
_FIRST_SENTENCE = re.compile(r".*?[^\s.]\.(?= [A-Z`])")  # `COPY . .` ends none
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# What Docker's documentation says of a rule's subject, by rule or by category; of all others, how an ignore file works.
_DOCS = "https://docs.docker.com"
_IGNORE_FILES = f"{_DOCS}/build/concepts/context/#dockerignore-files"
_GIT_CONTEXTS = f"{_DOCS}/build/concepts/context/#git-repositories"
_PAGES = {
    "secrets": f"{_DOCS}/build/building/secrets/",
    "copy-source-ignored": f"{_DOCS}/reference/build-checks/copy-ignored-file/",
    "copy-source-missing": f"{_DOCS}/reference/dockerfile/#copy",
    "needed-input-not-copied": f"{_DOCS}/reference/dockerfile/#copy",
    "git-context": _GIT_CONTEXTS,
    "workflow-builds-from-git": _GIT_CONTEXTS,
}
# GitHub calls 7.0 high, 4.0 medium, and less low; a rule without a number is no matter of security.
_SECURITY: dict[Severity, str] = {"error": "8.0", "warning": "5.0", "note": "2.0"}


def render(report: Report, layout: Layout) -> str:
    return fitted(report, layout, RESULTS, BYTES)


def fitted(report: Report, layout: Layout, results: int, size: int) -> str:
    """Give the report with at most so many results of each run, and fewer where it would be too large.

    size: of the file in bytes, compressed by gzip.
    """
    document = _document(report, layout, results)
    while results > 1 and len(document) > size and len(gzip.compress(document.encode(), mtime=0)) > size:
        results //= 2
        document = _document(report, layout, results)
    return document


def _document(report: Report, layout: Layout, limit: int) -> str:
    """Give the file with so many results of each run."""
    names = identities(report.targets, layout)
    ranked = sorted(range(len(names)), key=lambda at: _worst(report.targets[at]))
    taken = sorted(ranked[: RUNS - bool(report.failures)])
    rows, proposed = _owned([report.targets[at] for at in taken]), _proposed(report, layout)
    runs = [_run(names[at], report.targets[at], rows, proposed, report, layout, limit) for at in taken]
    runs += [_failed(report)] if report.failures else []
    if len(taken) < len(names):
        omitted = [target.name for at, target in enumerate(report.targets) if at not in taken]
        left = f"{counted_builds(omitted)} omitted, as a file may hold {RUNS}; audit them apart"
        runs[-1]["invocations"][0]["toolExecutionNotifications"].append(_notification("warning", left))
    return escape.document({"$schema": _SCHEMA, "version": "2.1.0", "runs": runs})


def _owned(audits: Sequence[Target]) -> _Owned:
    """Give what is said of each finding by its build and itself: of several builds that have it, the first alone."""
    order = {id(audit): number for number, audit in enumerate(audits)}
    rows: _Owned = {}
    for row in words.findings(audits):
        audit, finding = min(row.each, key=lambda pair: order[id(pair[0])])
        rows[id(audit), id(finding)] = row
    return rows


def _worst(audit: Target) -> int:
    return min((SEVERITIES.index(finding.severity) for finding in audit.findings), default=len(SEVERITIES))


def _run(
    name: str, audit: Target, rows: _Owned, proposed: _Proposed, report: Report, layout: Layout, limit: int
) -> dict[str, Any]:
    """Give a run of the findings that no run before has."""
    findings = [finding for finding in audit.findings if (id(audit), id(finding)) in rows]
    shown = findings[:limit]  # the worst come first
    rules = sorted({finding.rule for finding in shown})
    notes = [
        _notification(level, words.budget_sentence(budget, audit, layout)) for budget, level in words.not_held(audit)
    ]
    notes += [_notification("note", _unknown(unknown)) for unknown in audit.unknowns]
    if len(shown) < len(findings):
        left = counted(len(findings) - len(shown), "finding")
        notes.append(_notification("warning", f"{left} omitted, the least severe, as code scanning takes no more"))
    return {
        **_frame(name, rules, notes),
        "results": list(
            _results(name, audit, [rows[id(audit), id(finding)] for finding in shown], rules, proposed, report, layout)
        ),
        "properties": {"permitted": asdict(audit.permitted), "sent": asdict(audit.sent)}
        if isinstance(audit, Audit)
        else {},
    }


def _frame(name: str, rules: Sequence[str], notes: Sequence[dict[str, Any]], successful: bool = True) -> dict[str, Any]:
    """Give what a run has beside its results."""
    return {
        "tool": {
            "driver": {"name": "ctxaudit", "semanticVersion": __version__, "rules": [_rule(rule) for rule in rules]}
        },
        "automationDetails": {"id": f"ctxaudit/{name}/"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": successful, "toolExecutionNotifications": notes}],
    }


def _failed(report: Report) -> dict[str, Any]:
    """Give a run for the builds that could not be looked at: one under their own names would close their alerts."""
    sentences = (
        f"{failure.title}{',' * (failure.title != failure.name)} could not be looked at: {failure.why}"
        for failure in report.failures
    )
    return {
        **_frame("not looked at", (), [_notification("error", sentence) for sentence in sentences], False),
        "results": [],
        "properties": {},
    }


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": escape.sarif(text)}}


def _unknown(unknown: Unknown) -> str:
    where = f"{unknown.where}: " if unknown.where else ""
    return f"unknown: {where}{unknown.what}; to settle it: {unknown.settle}"


def _rule(name: str) -> dict[str, Any]:
    topic = explain.find(name)
    text, markdown, tags = _text(topic), _markdown(topic), _tags(topic)
    descriptor: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": _first_sentence(text)},
        "fullDescription": {"text": text},
        "helpUri": _page(topic),
        "help": {"text": explain.render(name, Layout(width=100)), "markdown": markdown},
        "defaultConfiguration": {"level": topic.severity},
        "properties": {"tags": tags},
    }
    if "security" in tags:
        descriptor["properties"]["security-severity"] = _SECURITY[topic.severity]
    return descriptor


def _page(topic: Rule | Kind) -> str:
    subject = topic.category if isinstance(topic, Kind) else "secrets" if _is_of_secrets(topic) else topic.name
    return _PAGES.get(subject, _IGNORE_FILES)


def _text(topic: Rule | Kind) -> str:
    """Give its first paragraph, on one line."""
    return " ".join((topic.why if isinstance(topic, Kind) else topic.text.partition("\n\n")[0]).split())


def _first_sentence(text: str) -> str:
    match = _FIRST_SENTENCE.match(text)
    return match[0] if match else text


def _markdown(topic: Rule | Kind) -> str:
    if isinstance(topic, Rule):
        return topic.text
    rows = [f"- {title}: {escape.code(value)}" for title, value in explain.fields(topic).items()]
    return "\n".join([topic.why, "", *rows])


def _is_of_secrets(rule: Rule) -> bool:
    return rule.name.startswith("secret-")


def _tags(topic: Rule | Kind) -> list[str]:
    if isinstance(topic, Rule):
        return ["build-context", *(("security",) if _is_of_secrets(topic) else ())]
    return ["build-context", *(("security",) if topic.category == "secrets" else ()), *topic.harm]


def _results(
    name: str,
    audit: Target,
    shown: Sequence[Shared[Finding]],
    rules: Sequence[str],
    proposed: _Proposed,
    report: Report,
    layout: Layout,
) -> Iterator[dict[str, Any]]:
    index = {rule: at for at, rule in enumerate(rules)}
    own = [next(finding for owner, finding in row.each if owner is audit) for row in shown]
    for row, finding, fingerprint in zip(shown, own, fingerprints(name, own), strict=True):
        others = [(owner, finding) for owner, finding in row.each if owner is not audit]
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "ruleIndex": index[finding.rule],
            "level": finding.severity,
            "message": {"text": escape.sarif(words.whole_sentence(row, report))},
            "locations": [_location(audit, finding, layout)],
            "partialFingerprints": {"ctxauditFinding/v1": fingerprint},
            "properties": {"bytes": finding.bytes, "files": finding.files, "reach": finding.reach},
        }
        if finding.line:
            result["properties"]["line"] = finding.line  # in the file that the logical location names
        if others:
            result["relatedLocations"] = [_location(*other, layout) for other in others[:_RELATED]]
            result["properties"]["builds"] = [printable_name(build) for build in row.builds]
        if finding.kind and (changes := _changes(row, proposed)):
            result["fixes"] = [{"description": {"text": "Exclude what is not needed."}, "artifactChanges": changes}]
        yield result


def _location(audit: Target, finding: Finding, layout: Layout) -> dict[str, Any]:
    at = anchor(audit, finding, layout)
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(at.file), "region": {"startLine": at.line}}
    }
    if finding.path:
        location["logicalLocations"] = [{"fullyQualifiedName": printable_name(finding.path), "kind": "resource"}]
    return location


def _artifact(file: str) -> dict[str, str]:
    return {"uri": escape.uri(file), "uriBaseId": _ROOT}


def _proposed(report: Report, layout: Layout) -> _Proposed:
    """Give the change to each ignore file, and what it excludes; it takes out all that it takes out at once."""
    proposed: _Proposed = {}
    for audit in one_of_each_file(report):
        edit = audit.proposal.edit if audit.proposal else None
        if audit.proposal and edit and _is_utf8(edit.text):
            change = {
                "artifactLocation": _artifact(layout.place(edit.file)),
                "replacements": [{"deletedRegion": _region(edit), "insertedContent": {"text": edit.text}}],
            }
            proposed[edit.file] = change, Matcher.of(audit.proposal.patterns)
    return proposed


def _changes(row: Shared[Finding], proposed: _Proposed) -> list[dict[str, Any]]:
    """Give the changes to the ignore files of all builds that have a finding."""
    places = ((audit.proposed_file, finding.path) for audit, finding in row.each if audit.proposed_file in proposed)
    files = dict.fromkeys(file for file, path in places if proposed[file][1].excludes(path))
    return [proposed[file][0] for file in files]


def _region(edit: Edit) -> dict[str, int]:
    return {
        "startLine": edit.start.line,
        "startColumn": edit.start.column,
        "endLine": edit.end.line,
        "endColumn": edit.end.column,
    }


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
