"""What a project asks of a report: which findings count, and whether a target stays within its budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ctxaudit.model import Audit, Budget, Gate, Report
from ctxaudit.policy.policy import Counts, Policies, Policy
from ctxaudit.units import size


def selected(report: Report, policies: Policies) -> Report:
    """Drop the findings that the project does not report, and count them."""
    return replace(report, targets=tuple(_selected(audit, _policy(audit, policies)) for audit in report.targets))


def judged(report: Report, policies: Policies) -> Report:
    """Give each target its verdict."""
    targets = (replace(audit, gate=_gate(audit, _policy(audit, policies))) for audit in report.targets)
    return replace(report, targets=tuple(targets))


def _policy(audit: Audit, policies: Policies) -> Policy:
    return policies.of(audit.name, audit.context)


def _selected(audit: Audit, policy: Policy) -> Audit:
    findings = tuple(filter(Counts(policy.wishes), audit.findings))
    return replace(
        audit,
        findings=findings,
        withheld=replace(audit.withheld, deselected=len(audit.findings) - len(findings)),
    )


def _gate(audit: Audit, policy: Policy) -> Gate:
    gate = Gate(policy.fail_on, 0, tuple(_budgets(audit, policy)))
    return replace(gate, failing=sum(gate.fails(finding.severity) for finding in audit.findings))


def _budgets(audit: Audit, policy: Policy) -> Iterator[Budget]:
    if audit.context and not audit.seen:
        return  # nothing of it is sent from here, so nothing here can fix it
    sent = audit.sent if audit.seen else None
    if policy.max_size is not None:
        yield Budget("max-size", size(policy.max_size), policy.max_size, sent.bytes if sent else None)
    if policy.max_files is not None:
        yield Budget("max-files", f"{policy.max_files:,}", policy.max_files, sent.files if sent else None)
    if policy.max_growth is not None:
        comparison = audit.comparison
        base = comparison.base.bytes if comparison and comparison.base else 0
        limit = policy.max_growth.of(base) if comparison else None
        yield Budget("max-growth", policy.max_growth.text, limit, comparison.growth if comparison else None)
