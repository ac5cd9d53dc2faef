"""GitLab's code quality report: an array, empty where there is nothing to say.

Source: docs.gitlab.com, Code Quality, "Code Quality report format".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from ctxaudit.model import Audit, Failure, Location, Report, Severity
from ctxaudit.policy.fingerprint import fingerprints
from ctxaudit.report import escape
from ctxaudit.report.layout import Layout
from ctxaudit.report.places import anchor, identities
from ctxaudit.report.words import sentence

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "note": "info"}


def render(report: Report, layout: Layout) -> str:
    names = identities(report.targets, layout)
    rows = [_failure(failure, layout) for failure in report.failures]
    rows += [row for name, audit in zip(names, report.targets, strict=True) for row in _rows(name, audit, layout)]
    return escape.document(rows)


def _failure(failure: Failure, layout: Layout) -> dict[str, Any]:
    at = Location(layout.place(failure.declared.file), failure.declared.line)
    fingerprint = hashlib.sha256(f"not looked at {failure.name} {at.file}".encode("utf-8", "surrogateescape"))
    return {
        "description": escape.line(f"{failure.name} could not be looked at: {failure.what}"),
        "check_name": "not-looked-at",
        "fingerprint": fingerprint.hexdigest()[:32],
        "severity": "blocker",
        "location": _place(at),
    }


def _rows(target: str, audit: Audit, layout: Layout) -> Iterator[dict[str, Any]]:
    # GitLab shows the first of equal fingerprints only.
    for finding, fingerprint in zip(audit.findings, fingerprints(target, audit.findings), strict=True):
        at = anchor(audit, finding, layout)
        yield {
            "description": escape.line(sentence(finding)),
            "check_name": finding.rule,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": _place(at),
        }


def _place(at: Location) -> dict[str, Any]:
    path = at.file.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return {"path": path, "lines": {"begin": at.line}}
