"""GitLab's code quality report: an array, empty where there is nothing to say.

Source: docs.gitlab.com, Code Quality, "Code Quality report format".
"""

from __future__ import annotations

import hashlib
from typing import Any

from ctxaudit.model import Budget, Failure, Finding, Location, Report, Severity, Target
from ctxaudit.policy.baseline import fingerprints
from ctxaudit.report import Layout, escape, words
from ctxaudit.report.escape import anchor, anchor_of_build, identities
from ctxaudit.report.words import Shared

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "note": "info"}


def render(report: Report, layout: Layout) -> str:
    names = identities(report.targets, layout)
    rows = [_failure(failure, layout) for failure in report.failures]
    shared = {
        (id(audit), id(finding)): whole for whole in words.findings(report.targets) for audit, finding in whole.each
    }
    seen: set[int] = set()
    for name, audit in zip(names, report.targets, strict=True):
        rows += [_budget(name, audit, *row, layout) for row in words.not_held(audit)]
        for finding, fingerprint in zip(audit.findings, fingerprints(name, audit.findings), strict=True):
            shared_finding = shared.get(
                (id(audit), id(finding))
            )  # None in a build that is permitted what another one is sent
            if shared_finding is not None and id(shared_finding) not in seen:
                seen.add(id(shared_finding))
                rows.append(_row(shared_finding, audit, finding, fingerprint, report, layout))
    return escape.document(rows)


def _failure(failure: Failure, layout: Layout) -> dict[str, Any]:
    at = Location(layout.place(failure.declared.file), failure.declared.line)
    fingerprint = hashlib.sha256(f"not looked at {failure.name} {at.file}".encode("utf-8", "surrogateescape"))
    return {
        "description": escape.line(f"{failure.name} could not be looked at: {failure.why}"),
        "check_name": "not-looked-at",
        "fingerprint": fingerprint.hexdigest()[:32],
        "severity": "blocker",
        "location": _place(at),
    }


def _budget(name: str, audit: Target, budget: Budget, severity: Severity, layout: Layout) -> dict[str, Any]:
    fingerprint = hashlib.sha256(f"{budget.name} {name}".encode("utf-8", "surrogateescape"))
    return {
        "description": escape.line(words.budget_sentence(budget, audit, layout)),
        "check_name": budget.name,
        "fingerprint": fingerprint.hexdigest()[:32],
        "severity": _SEVERITIES[severity],
        "location": _place(anchor_of_build(audit, layout)),
    }


def _row(
    shared: Shared[Finding], audit: Target, finding: Finding, fingerprint: str, report: Report, layout: Layout
) -> dict[str, Any]:
    """Give a finding by the name that it has in its first build; GitLab shows the first of equal names only."""
    return {
        "description": escape.line(words.whole_sentence(shared, report)),
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[shared.what.severity],
        "location": _place(anchor(audit, finding, layout)),
    }


def _place(at: Location) -> dict[str, Any]:
    path = at.file.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return {"path": path, "lines": {"begin": at.line}}
