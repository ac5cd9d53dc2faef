"""Workflow commands, which GitHub shows as annotations: the worst findings, and one line for all the rest."""

from __future__ import annotations

from ctxaudit import units
from ctxaudit.model import SEVERITIES, Audit, Failure, Finding, Report
from ctxaudit.report import escape
from ctxaudit.report.layout import Layout
from ctxaudit.report.places import anchor
from ctxaudit.report.words import sentence

SHOWN = 9  # a step shows ten of each kind, and the last line is one of them
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, layout: Layout) -> str:
    found = [
        (audit, finding)
        for audit in report.targets
        for finding in audit.findings
        if finding.severity != "note" or layout.verbose
    ]
    found.sort(key=lambda row: (SEVERITIES.index(row[1].severity), -row[1].bytes))
    lines = [_failure(one, layout) for one in report.failures]
    lines += [_annotation(audit, finding, layout) for audit, finding in found]
    return "".join(lines[:SHOWN]) + _summary(report, len(lines[SHOWN:]), layout)


def _failure(failure: Failure, layout: Layout) -> str:
    at = failure.declared
    properties = {"file": layout.place(at.file), "line": at.line, "title": "not looked at"}
    return escape.command("error", properties, f"{failure.name} could not be looked at: {failure.what}")


def _annotation(audit: Audit, finding: Finding, layout: Layout) -> str:
    at = anchor(audit, finding, layout)
    properties = {"file": at.file, "line": at.line, "title": finding.rule}
    return escape.command(_COMMANDS[finding.severity], properties, sentence(finding))


def _summary(report: Report, left: int, layout: Layout) -> str:
    sent, files = sum(audit.sent.bytes for audit in report.targets), sum(audit.sent.files for audit in report.targets)
    said = f"{layout.size(sent)} in {units.count(files, 'file')} sent{units.more(left, ', ')}"
    return escape.command("notice", {"title": "ctxaudit"}, said)
