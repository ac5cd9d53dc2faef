"""One repository: its head commit, the tree of it, and what the audit of all its builds says, as values of JSON."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctxaudit.auditor import audit_declared
from ctxaudit.builders import build_name, is_of_another_builder
from ctxaudit.builds.discover import discover
from ctxaudit.builds.request import BuildRequest
from ctxaudit.errors import CtxauditError
from ctxaudit.files import edited
from ctxaudit.fleet import AUDITED, EMPTY, FAILED, NO_BUILDS, OLDER, UNCHANGED, UNREACHABLE, Job, answer, policy
from ctxaudit.fleet.objects import Contents
from ctxaudit.fleet.tree import MOST_CONTENT, files_of, make
from ctxaudit.model import NO_FILTERS, REACHES, Audit, Finding, Report, Target, Totals, Unseen
from ctxaudit.policy.policy import with_filters
from ctxaudit.report.words import goes, is_leak
from ctxaudit.repository.fetch import Remote
from ctxaudit.repository.heads import state_of
from ctxaudit.repository.program import Git, scratch
from ctxaudit.repository.snapshot import Snapshot, whole
from ctxaudit.values import frozen

if TYPE_CHECKING:
    from ctxaudit.fleet import forges
    from ctxaudit.forge.client import Client

GIT = ".git"
SENT = frozenset(("sent", "intermediate", "final"))
_NONE = "git knows no commit"
_MOST_FINDINGS = 1_000  # of one repository that are kept; the counts are of all
_LONGEST = 2_000  # letters of a message that are kept


@frozen
class Head:
    """The head commit of a repository: its name, and where git has it."""

    commit: str
    git: Git

    @property
    def time(self) -> float:
        return float(self.git.run("log", "-1", "--format=%ct", self.commit, "--") or 0)


def examined(job: Job) -> dict[str, Any]:
    """Look at a repository; what cannot be done is a row as well, and never an error."""
    try:
        return WAYS[job.kind](job)
    except CtxauditError as error:
        return answer(UNREACHABLE if job.kind != "local" else FAILED, error=error.said[:_LONGEST], fix=error.remedy)


def _local(job: Job) -> dict[str, Any]:
    before = state_of(job.location)
    git = Git.at(Path(job.location))
    try:
        head = Head(git.commit("HEAD"), git)
    except CtxauditError as error:
        if _NONE not in error.what:
            raise
        return answer(EMPTY)
    # Of files that changed while git was asked nobody knows which of them it has read.
    is_still = before and before == state_of(job.location)
    etag = f"{head.commit} {state_of(job.location, head.commit)}" if is_still else ""
    return {**_looked_at(job, head), "etag": etag}


def _of_url(job: Job) -> dict[str, Any]:
    """Ask for the head first: a commit that is known is not fetched."""
    remote = Remote(job.location, job.location, limit=job.seconds)
    commit = remote.head()
    if not commit:
        return answer(EMPTY)
    if commit == job.known:
        return answer(UNCHANGED, commit=commit)
    git, commit = remote.fetched("")
    return _looked_at(job, Head(commit, git))


def _of_forge(job: Job) -> dict[str, Any]:
    """Ask the forge for the head, which costs one request; what the ledger does not know is read."""
    from ctxaudit.fleet import forges

    client = forges.client(job)
    head = forges.head(job, client)
    if not head.commit:
        return answer(EMPTY, requests=client.asked)
    if head.commit == job.known:
        return answer(UNCHANGED, commit=head.commit, etag=head.etag)
    if job.since and head.time < job.since:
        return answer(OLDER, commit=head.commit)
    return {**_of_head(job, client, head), "etag": head.etag, "requests": client.asked}


def _of_head(job: Job, client: Client, head: forges.Head) -> dict[str, Any]:
    """Audit a commit by its forge's API, or where that does not do, fetched without its history and large files."""
    from ctxaudit.fleet import forges, objects

    secret = forges.secret(job)
    try:
        listed = None
        # Without a token GitHub answers 60 requests an hour.
        if head.tree and secret:
            with suppress(objects.NotEnough):
                listed = objects.listed(client, head)
                if not job.content:
                    return _checked_out(job, listed, searches=False)
        remote = Remote(job.location, job.location, secret, limit=job.seconds, largest=MOST_CONTENT)
        return _checked_out(job, objects.fetched(remote, client, head, listed))
    except objects.Unread as unread:
        raise unread.error from unread


WAYS: dict[str, Callable[[Job], dict[str, Any]]] = {
    "local": _local,
    "url": _of_url,
    "github": _of_forge,
    "gitlab": _of_forge,
}


def _looked_at(job: Job, head: Head) -> dict[str, Any]:
    if head.commit == job.known:
        return answer(UNCHANGED, commit=head.commit)
    if job.since and head.time < job.since:
        return answer(OLDER, commit=head.commit)
    try:
        snapshot = whole(head.git, head.commit)
    except CtxauditError as error:
        return _failed(error, head.commit)
    return _checked_out(job, snapshot)


def _checked_out(job: Job, snapshot: Snapshot, *, searches: bool = True) -> dict[str, Any]:
    """Audit a clean checkout of a commit. searches: for secrets in the content of its files, too."""
    try:
        with scratch() as directory:
            tree = make(files_of(snapshot), directory)
            files = [path for path in snapshot.entries if snapshot.type(path) is not None]
            with edited(Contents(tree, snapshot)):
                outcome = audited(tree, job, files, searches=searches)
            snapshot.close()
            return {**outcome, "commit": snapshot.commit, "content": searches}
    except CtxauditError as error:
        return _failed(error, snapshot.commit)


def _failed(error: CtxauditError, commit: str) -> dict[str, Any]:
    return answer(FAILED, commit=commit, error=error.said[:_LONGEST], fix=error.remedy)


def audited(tree: Path, job: Job, files: Sequence[str], *, searches: bool = True) -> dict[str, Any]:
    """Audit all builds of a tree; the working directory is the tree meanwhile.

    files: the paths of the repository. searches: for secrets in the content of its files, too.
    """
    before = os.getcwd()
    os.chdir(tree)
    try:
        own = policy.own_values()
        declared, unread = discover(".")
        if not declared and not unread:
            return answer(NO_BUILDS, violations=_violations(job, Report(()), files, own))
        prepare = partial(_prepared, searches=searches)
        unseen = NO_FILTERS if searches else replace(NO_FILTERS, secrets="names")
        report = audit_declared(
            declared,
            unnamed=policy.own_builders(own),
            prepare=prepare,
            filters=lambda *_: unseen,
            unread=unread,
            propose=True,
            silences=False,
        )
        report = replace(report, targets=tuple(map(_without_git, report.targets)))
    finally:
        os.chdir(before)
    return answer(
        AUDITED,
        builds=[_build(audit, unsearched=not searches) for audit in report.targets],
        findings=list(_findings(report)),
        changes=list(_changes(report)),
        failures=[{"name": failure.name, "error": _short(failure.error, tree)} for failure in report.failures],
        violations=_violations(job, report, files, own),
    )


def _prepared(build: BuildRequest, *, searches: bool) -> BuildRequest:
    """Take over the patterns of what the project keeps from being proposed; nothing else of its file counts here."""
    kept = policy.own_values().get("keep")
    patterns = tuple(pattern for pattern in kept if isinstance(pattern, str)) if isinstance(kept, list) else ()
    filters = replace(build.filters, keep=patterns) if patterns else build.filters
    return with_filters(build, filters if searches else replace(filters, secrets="names"))


def _without_git(audit: Target) -> Target:
    """Count the files of the commit alone: how large `.git` is depends on the clone, and this one is made here."""
    if isinstance(audit, Unseen):
        return audit
    own = [finding for finding in audit.findings if finding.path == GIT and finding.reach in SENT]
    files, size = sum(finding.files for finding in own), sum(finding.bytes for finding in own)
    sent = replace(audit.sent, files=audit.sent.files - files, bytes=audit.sent.bytes - size)
    message = "the build is sent .git; how large it is depends on the clone"
    findings = (
        replace(finding, files=0, bytes=0, message=message) if finding in own else finding for finding in audit.findings
    )
    return replace(audit, sent=sent, findings=tuple(findings))


def _build(audit: Target, *, unsearched: bool) -> dict[str, Any]:
    sent = audit.sent if isinstance(audit, Audit) else Totals()
    return {
        "name": audit.name,
        "context": audit.context,
        "dockerfile": audit.dockerfile,
        "ignore_file": audit.ignore_file,
        "seen": isinstance(audit, Audit),
        "sends_git": any(finding.path == GIT and finding.reach in SENT for finding in audit.findings),
        "sent_files": sent.files,
        "sent_bytes": sent.bytes,
        "unknowns": len(audit.unknowns) + unsearched,  # which secrets its files hold
    }


def _findings(report: Report) -> Iterator[dict[str, Any]]:
    for audit, reported in _once(report.targets)[:_MOST_FINDINGS]:
        yield {
            "build": audit.name,
            "rule": reported.rule,
            "kind": reported.kind,
            "severity": reported.severity,
            "path": reported.path,
            "reach": reported.reach,
            "files": reported.files,
            "bytes": reported.bytes,
            "line": reported.line,
            "leak": is_leak(reported),
            "message": _said(reported),
        }


def _once(targets: Sequence[Target]) -> list[tuple[Target, Finding]]:
    """Give each finding with its target; one that several builders of a build have once, as far as it gets."""
    names = {audit.name for audit in targets}
    rows, places = list[tuple[Target, Finding]](), dict[object, int]()
    for audit in sorted(targets, key=lambda audit: is_of_another_builder(audit.name, names)):
        for finding in audit.findings:
            what = (finding.rule, finding.kind, finding.path, finding.line, "" if finding.path else finding.message)
            key = build_name(audit.name), audit.context, *what
            if key not in places or not is_of_another_builder(audit.name, names):
                places[key] = len(rows)
                rows.append((audit, finding))
            elif REACHES.index(finding.reach) < REACHES.index(rows[places[key]][1].reach):
                rows[places[key]] = audit, finding
    return rows


def _said(finding: Finding) -> str:
    return finding.message[:_LONGEST]


def _changes(report: Report) -> Iterator[dict[str, Any]]:
    """Give each ignore file that should change, once: several builds may read it.

    What it saves is what the commit's own files come to: of what is sent, which counts once for each build.
    """
    seen, names = set[str](), {audit.name for audit in report.targets}
    counted = [target for target in report.targets if not is_of_another_builder(target.name, names)]
    for audit in report.targets:
        proposal = audit.proposal
        if proposal is None or proposal.edit is None or proposal.edit.file in seen:
            continue
        seen.add(proposal.edit.file)
        own = audit.context, audit.proposed_file
        readers = [target for target in counted if (target.context, target.proposed_file) == own]
        gone = [finding for each in readers for finding in each.findings if finding.path != GIT and goes(each, finding)]
        saved = sum(finding.bytes - (finding.stays.bytes if finding.stays else 0) for finding in gone)
        yield {"file": proposal.edit.file, "diff": proposal.edit.diff, "saved_bytes": saved}


def _violations(job: Job, report: Report, files: Sequence[str], own: Mapping[str, Any]) -> list[dict[str, str]]:
    if not job.policy:
        return []
    demands = policy.tightened(policy.parsed(job.policy).of(job.name), own)
    return [
        {"key": key, "build": build, "message": message[:_LONGEST]}
        for key, build, message in policy.violations(demands, report, files)
    ]


def _short(text: str, tree: Path) -> str:
    return text.replace(f"{tree}/", "")[:_LONGEST]
