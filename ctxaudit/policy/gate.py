"""What a project asks of a report: which findings count, and whether a target stays within its budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ctxaudit.model import Audit, Budget, Gate, Report
from ctxaudit.policy.policy import Counts, Policies, Policy
from ctxaudit.values import shown_size


def selected(report: Report, policies: Policies) -> Report:
    """Drop the findings that the project does not report, and count them."""
    targets = []
    for audit in report.targets:
        findings = tuple(filter(Counts(_policy(audit, policies).wishes), audit.findings))
        withheld = replace(audit.withheld, deselected=len(audit.findings) - len(findings))
        targets.append(replace(audit, findings=findings, withheld=withheld))
    return replace(report, targets=tuple(targets))


def judged(report: Report, policies: Policies) -> Report:
    """Give each target its verdict."""
    targets = []
    for audit in report.targets:
        policy = _policy(audit, policies)
        gate = Gate(policy.fail_on, 0, tuple(_budgets(audit, policy)))
        failing = sum(gate.fails(finding.severity) for finding in audit.findings)
        targets.append(replace(audit, gate=replace(gate, failing=failing)))
    return replace(report, targets=tuple(targets))


def _policy(audit: Audit, policies: Policies) -> Policy:
    return policies.of(audit.name, audit.context)


def _budgets(audit: Audit, policy: Policy) -> Iterator[Budget]:
    if audit.context and not audit.seen:
        return  # nothing of it is sent from here, so nothing here can fix it
    sent = audit.sent if audit.seen else None
    if policy.max_size is not None:
        yield Budget("max-size", shown_size(policy.max_size), policy.max_size, sent.bytes if sent else None)
    if policy.max_files is not None:
        yield Budget("max-files", f"{policy.max_files:,}", policy.max_files, sent.files if sent else None)
    if policy.max_growth is not None:
        comparison = audit.comparison
        base = comparison.base.bytes if comparison and comparison.base else 0
        limit = policy.max_growth.of(base) if comparison else None
        yield Budget("max-growth", policy.max_growth.text, limit, comparison.growth if comparison else None)
