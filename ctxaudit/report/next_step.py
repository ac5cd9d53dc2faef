"""The commands that go on from a report: those that change something in this case, and no other."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence

from ctxaudit.model import Audit, Finding, Report
from ctxaudit.report import printable, together, verdict, words
from ctxaudit.report.together import Shared

# What the reason of a finding that stays advises, see `ctxaudit/proposals/claims.py`.
_UNTRACK, _MOUNT, _EXCLUDE = "git rm --cached", "--mount=type=secret", "--always-ignore"


def steps(report: Report) -> Iterator[tuple[str, str]]:
    """Give what each step does, and its command; nothing of a commit, whose files cannot be changed."""
    audits = [audit for audit in report.targets if audit.proposal is not None and audit.commit is None]
    shown = _shown(audits)
    proposals = [audit.proposal for audit in audits if audit.proposal is not None]
    if any(proposal.edit is not None for proposal in proposals):
        yield from ((title, command(report, *words)) for title, *words in (("Preview", "--diff"), ("Apply", "--write")))
    if any(proposal.tidies for proposal in proposals):
        yield "Tidy", command(report, "--rewrite", "--write")
    elif lines := [str(one.what.location) for one in shown if one.what.replacement is not None and one.what.location]:
        yield "Edit", f"{', '.join(lines)} by hand: --rewrite changes only what is proved to lose nothing"
    yield from (("Untrack", line) for line in _untracking(shown))
    for one in shown:
        if _MOUNT in verdict.stays_in_all(one):
            yield "Mount", f"{_mount(one.what)}, instead of the file in {one.what.location or 'the context'}"
    reasons = dict.fromkeys(one.reason for proposal in proposals for one in proposal.proof.secrets)
    yield from (("Mount", f"RUN{one.partition(': RUN')[2]}") for one in reasons if f": RUN {_MOUNT}" in one)
    used = [one.what.pattern for one in shown if one.what.pattern and _is_only_used(one)]
    if used:
        asked = (word for pattern in dict.fromkeys(used) for word in ("--always-ignore", pattern))
        yield "Exclude", command(report, *asked, "--write")


def command(report: Report, *more: str) -> str:
    """Give the command that does something to all builds of a report; "" where a program asked for several."""
    if report.asked is not None:
        return words.call((*report.asked, *more))
    return words.command(report.targets[0], *more) if len(report.targets) == 1 else ""


def is_done(audits: Sequence[Audit]) -> bool:
    """Whether all that was found stays for a reason, and nothing is an error."""
    return all(audit.proposal is not None for audit in audits) and all(
        one.what.kind and one.what.severity != "error" and verdict.stays_in_all(one) for one in _shown(audits)
    )


def _shown(audits: Sequence[Audit]) -> list[Shared[Finding]]:
    return [one for one in together.findings(audits) if one.what.severity != "note"]


def _untracking(shown: Sequence[Shared[Finding]]) -> Iterator[str]:
    """Give git's command for each context."""
    found: dict[str, list[str]] = {}
    for one in shown:
        if _UNTRACK in verdict.stays_in_all(one):
            found.setdefault(os.path.normpath(one.audit.context), []).append(one.what.path)
    yield from (_git(context, "rm", "--cached", "--", *paths) for context, paths in found.items())


def _is_only_used(one: Shared[Finding]) -> bool:
    """Whether nothing but a use that nobody can rule out keeps the path."""
    reason = verdict.stays_in_all(one)
    return _EXCLUDE in reason and _UNTRACK not in reason


def _git(context: str, *arguments: str) -> str:
    """Give a command of git's that takes paths of the context, wherever it is typed."""
    there = [] if context == "." else ["-C", context]
    return " ".join(("git", *(shlex.quote(printable.name(word)) for word in (*there, *arguments))))


def _mount(finding: Finding) -> str:
    name = os.path.basename(finding.path).lstrip(".") or "secret"
    return f"RUN --mount=type=secret,id={shlex.quote(printable.name(name))}"
