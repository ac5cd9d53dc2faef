"""What came of the budgets, and of the findings that are not reported, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from ctxaudit.model import Audit, Baseline, Budget, Finding
from ctxaudit.report.layout import Layout
from ctxaudit.report.together import Shared
from ctxaudit.report.words import REACH
from ctxaudit.rules.kinds import OF_PROJECT, SECRETS
from ctxaudit.values import and_more, counted

_GROWTH = "max-growth"
_FILES = "max-files"
OVER = "over budget"  # what a sentence about one that is broken begins with
NAMED = 3  # of the findings that are gone


def budgets(audit: Audit) -> tuple[Budget, ...]:
    """Give what was judged."""
    return audit.gate.budgets if audit.gate else ()


def broken(audit: Audit) -> list[Budget]:
    """Give the budgets that more is sent than they allow."""
    return [budget for budget in budgets(audit) if budget.verdict == "failed"]


def is_leak(finding: Finding) -> bool:
    """Whether it is a secret, and nothing that may only hold one, that gets into an image or a stage on the way."""
    by_content = not finding.kind and finding.rule.startswith("secret-")
    is_secret = by_content or finding.kind in SECRETS
    return is_secret and finding.reach in ("final", "intermediate") and finding.severity == "error"


def lines(audit: Audit, layout: Layout) -> Iterator[str]:
    """Give a sentence for each budget, those that hold only where much is said."""
    for budget in budgets(audit):
        if budget.verdict != "passed" or layout.verbose:
            yield sentence(budget, layout)


def sentence(budget: Budget, layout: Layout) -> str:
    """Say fact, value and limit of one budget."""
    if budget.limit is None or budget.actual is None:
        return f"budget unknown: {budget.name} is {budget.asked}, and there is nothing to compare with"
    asked = f"{budget.name} is {budget.asked}"
    fact = f"{_said(budget, budget.actual, layout)} {'more than at the base' if budget.name == _GROWTH else 'sent'}"
    if budget.verdict == "passed":
        return f"within budget: {fact}, {asked}"
    return f"{OVER}: {fact}, {asked}: {_said(budget, budget.actual - budget.limit, layout)} too much"


def is_unneeded(finding: Finding) -> bool:
    """Whether something that was found is sent and would not be after the proposal, or nobody looked for one."""
    return bool(finding.kind) and finding.reach in REACH and finding.stays != finding.amount


def goes(audit: Audit, finding: Finding) -> bool:
    """Whether it is known that a change to the ignore file takes out what was found, or a part of it."""
    return audit.proposal is not None and audit.proposal.edit is not None and not stays(audit, finding)


def stays(audit: Audit, finding: Finding) -> str:
    """Say why a change to the ignore file takes out nothing of what was found, "" where it does, or nobody asked."""
    if finding.stays != finding.amount and finding.reach in REACH:
        return ""
    return reason(audit, finding)


def reason(audit: Audit, finding: Finding) -> str:
    """Say why what was found stays, or some of it; "" where nobody asked, or nothing of it does."""
    if audit.proposal is None or not finding.kind or (finding.reach in REACH and finding.stays is None):
        return ""
    if finding.kind in OF_PROJECT:
        return "no line is proposed for what the project has on purpose"
    kept = audit.proposal.kept_of(finding.path)
    if not kept:
        return "no line is proposed for it" if finding.stays is not None else ""
    # Of several Dockerfiles the build's own comes first, and what keeps the path itself before what keeps some of it.
    own = f" of {audit.dockerfile} "
    reasons = dict.fromkeys(chain.from_iterable(one.reason.split("; ") for one in kept))
    return "; ".join(sorted(reasons, key=lambda one: own not in one))


def stays_in_all(one: Shared[Finding]) -> str:
    """Say why no change to an ignore file takes out anything of it in any of its builds."""
    reasons = [stays(audit, finding) for audit, finding in one.each]
    return reasons[0] if all(reasons) else ""


def withheld(audits: Sequence[Audit]) -> Iterator[str]:
    """Say how many findings of the builds are not reported, and why."""
    lost = [audit.withheld for audit in audits]
    suppressed, secrets = sum(one.suppressed for one in lost), sum(one.secrets for one in lost)
    if suppressed:
        among = f", {counted(secrets, 'secret')} among them" if secrets else ""
        yield f"{counted(suppressed, 'finding')} suppressed by comments{among}."
    if deselected := sum(one.deselected for one in lost):
        yield f"{counted(deselected, 'finding')} not reported because of select, ignore or exclude."
    if known := sum(one.known for one in lost):
        yield f"{counted(known, 'finding')} known from the baseline."


def stale(baseline: Baseline) -> str:
    """Say what a baseline holds and is found no more."""
    names = sorted({known.path or known.rule for known in baseline.stale})
    shown = ", ".join(names[:NAMED]) + and_more(len(names) - NAMED)
    gone = f"{counted(len(baseline.stale), 'finding')} of {baseline.file} gone: {shown}"
    return f"{gone}; --update-baseline takes them out."


def _said(budget: Budget, number: int, layout: Layout) -> str:
    return counted(number, "file") if budget.name == _FILES else layout.size(number)
