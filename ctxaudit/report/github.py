"""Workflow commands, which GitHub shows as annotations: the worst findings, and one line for all the rest."""

from __future__ import annotations

from ctxaudit.model import Budget, Failure, Finding, Report, Severity, Target
from ctxaudit.report import Layout, escape, words
from ctxaudit.report.escape import anchor, anchor_of_build
from ctxaudit.report.words import Shared
from ctxaudit.values import and_more, counted

SHOWN = 9  # a step shows ten of each kind, and the last line is one of them
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, layout: Layout) -> str:
    shareds = [
        finding for finding in words.findings(report.targets) if finding.what.severity != "note" or layout.verbose
    ]
    lines = [_failure(failure, layout) for failure in report.failures]
    errors = [shared for shared in shareds if shared.what.severity == "error"]
    lines += [_annotation(shared, report, layout) for shared in errors]  # no budget takes the place of a secret
    lines += dict.fromkeys(_budget(audit, *row, layout) for audit in report.targets for row in words.not_held(audit))
    lines += [_annotation(shared, report, layout) for shared in shareds if shared.what.severity != "error"]
    return "".join(lines[:SHOWN]) + _summary(report, len(lines[SHOWN:]), layout)


def _failure(failure: Failure, layout: Layout) -> str:
    at = failure.declared
    properties = {"file": layout.place(at.file), "line": at.line, "title": "not looked at"}
    return escape.command("error", properties, f"{failure.name} could not be looked at: {failure.why}")


def _budget(audit: Target, budget: Budget, severity: Severity, layout: Layout) -> str:
    at = anchor_of_build(audit, layout)
    properties = {"file": at.file, "line": at.line, "title": budget.name}
    return escape.command(_COMMANDS[severity], properties, words.budget_sentence(budget, audit, layout))


def _annotation(shared: Shared[Finding], report: Report, layout: Layout) -> str:
    """Annotate the line of the build that the finding gets furthest in, and name the others."""
    at = anchor(shared.audit, shared.what, layout)
    properties = {"file": at.file, "line": at.line, "title": shared.what.rule}
    return escape.command(_COMMANDS[shared.what.severity], properties, words.whole_sentence(shared, report))


def _summary(report: Report, left: int, layout: Layout) -> str:
    message = f"{layout.size(report.sent.bytes)} in {counted(report.sent.files, 'file')} sent{and_more(left, ', ')}"
    return escape.command("notice", {"title": "ctxaudit"}, message)
