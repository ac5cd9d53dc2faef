"""Rules about what the build reads and does not get."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit.model import Finding, Location
from ctxaudit.rules.registry import Facts, InputFact, Rule, rule


@rule("needed-input-ignored", "warning")
def needed_input_ignored(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A command of a RUN reads a file that the ignore file excludes.

    A COPY of its directory, as `COPY . .`, does not fail without it; the RUN does, or goes on with other versions.
    `npm ci` needs package-lock.json, `pip install -r` the requirements, `go build` what a source embeds. The usual
    cause is a line such as `*.json`, `*.md` or `*.txt`. It is an error where the RUN is sure to fail.

    The pattern that is named with the finding is the shortest exception that brings the file back for every builder.
    Where the build is meant to do without the file, take it out of the command or of the manifest that names it.
    """
    for lost in facts.dockerfile.inputs:
        if lost.by is not None:
            back = f"; {lost.exception!r} at the end of the ignore file brings it back" if lost.exception else ""
            said = f"{_reads(lost)}, which {lost.by.where} {lost.by.written!r} excludes{back}"
            yield _finding(rule, facts, lost, said)


@rule("needed-input-not-copied", "warning")
def needed_input_not_copied(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A command of a RUN reads a file that no COPY brings before.

    The file is in the context, and the stage copies others: `COPY package.json .` does not bring package-lock.json,
    which `npm ci` needs. It is an error where the RUN is sure to fail.

    Copy the file before the RUN, or mount it: `RUN --mount=type=bind,source=FILE,target=FILE`. What a base image, an
    archive or an earlier command may have put there is never reported.
    """
    for lost in facts.dockerfile.inputs:
        if lost.by is None:
            yield _finding(rule, facts, lost, f"{_reads(lost)}, which no COPY brings before")


def _finding(rule: Rule, facts: Facts, lost: InputFact, message: str) -> Finding:
    return rule.finding(
        message,
        path=lost.path,
        location=Location(facts.dockerfile.name, lost.line),
        pattern=lost.exception,
        severity="error" if lost.fails else None,
    )


def _reads(lost: InputFact) -> str:
    named = f" ({lost.because})" if lost.because else ""
    return f"{lost.command} {'fails without' if lost.fails else 'reads'} {lost.path}{named}"
