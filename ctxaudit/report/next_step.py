"""The commands that go on from an audit: those that change something in this case, and no other."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator

from ctxaudit.model import Audit, Finding
from ctxaudit.report import printable, verdict, words

# What the reason of a finding that stays advises, see `ctxaudit/proposals/claims.py`.
_UNTRACK, _MOUNT, _EXCLUDE = "git rm --cached", "--mount=type=secret", "--always-ignore"


def steps(audit: Audit) -> Iterator[tuple[str, str]]:
    """Give what each step does, and its command; nothing of a commit, whose files cannot be changed."""
    proposal = audit.proposal
    if audit.commit is not None or proposal is None:
        return
    if proposal.edit is not None:
        yield "Preview", words.command(audit, "--diff")
        yield "Apply", words.command(audit, "--write")
    if proposal.tidies:
        yield "Tidy", words.command(audit, "--rewrite", "--write")
    elif lines := [str(one.location) for one in _shown(audit) if one.replacement is not None and one.location]:
        yield "Edit", f"{', '.join(lines)} by hand: --rewrite changes only what is proved to lose nothing"
    tracked = [one for one in _shown(audit) if _UNTRACK in verdict.stays(audit, one)]
    if tracked:
        yield "Untrack", _git(audit, "rm", "--cached", "--", *(one.path for one in tracked))
    for finding in _shown(audit):
        if _MOUNT in verdict.stays(audit, finding):
            yield "Mount", f"{_mount(finding)}, instead of the file in {finding.location or 'the context'}"
    used = [one.pattern for one in _shown(audit) if one.pattern and _is_only_used(audit, one)]
    if used:
        asked = (word for pattern in dict.fromkeys(used) for word in ("--always-ignore", pattern))
        yield "Exclude", words.command(audit, *asked, "--write")


def is_done(audit: Audit) -> bool:
    """Whether all that was found stays for a reason, and nothing is an error."""
    return (
        audit.proposal is not None
        and all(finding.kind and verdict.stays(audit, finding) for finding in _shown(audit))
        and all(finding.severity != "error" for finding in audit.findings)
    )


def _shown(audit: Audit) -> list[Finding]:
    return [finding for finding in audit.findings if finding.severity != "note"]


def _is_only_used(audit: Audit, finding: Finding) -> bool:
    """Whether nothing but a use that nobody can rule out keeps the path."""
    reason = verdict.stays(audit, finding)
    return _EXCLUDE in reason and _UNTRACK not in reason


def _git(audit: Audit, *arguments: str) -> str:
    """Give a command of git's that takes paths of the context, wherever it is typed."""
    there = [] if os.path.normpath(audit.context) == "." else ["-C", audit.context]
    return " ".join(("git", *(shlex.quote(printable.name(word)) for word in (*there, *arguments))))


def _mount(finding: Finding) -> str:
    name = os.path.basename(finding.path).lstrip(".") or "secret"
    return f"RUN --mount=type=secret,id={shlex.quote(printable.name(name))}"
