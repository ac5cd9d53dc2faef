"""What there is to say of one file that is open in an editor: what is wrong in it, what its lines do, how to fix it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import chdir
from dataclasses import replace

import click

from ctxaudit.auditor import explain_instruction, stream_context
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.request import BuildRequest, is_dockerfile
from ctxaudit.cli.audit import Question
from ctxaudit.cli.options import Builds
from ctxaudit.errors import CtxauditError
from ctxaudit.files import edited, project_of
from ctxaudit.model import SEVERITIES, Edit, Entry, Failure, Finding, Location, Report, Severity, Target
from ctxaudit.report import Layout, printable_log, printable_text, words
from ctxaudit.report.escape import anchor
from ctxaudit.survey.plan import Plan
from ctxaudit.values import and_more, counted, frozen, shown_size

_IGNORE = ("dockerignore", "containerignore")
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+): (?P<what>.*)", re.DOTALL)
_NAMED = 3  # findings in the sentence about an ignore file, builds in one about a line


@frozen
class Problem:
    """What is wrong in a line, the first being 1.

    replacement: the lines to write in its place, () to delete it; None where that is not the way. fixes: the edit of
    the ignore file helps.
    """

    line: int
    severity: Severity
    rule: str
    message: str
    replacement: tuple[str, ...] | None = None
    fixes: bool = False


@frozen
class Look:
    """One look at a document.

    problems: by line. edits: to the ignore files of the builds that read the document, each with the sentence that
    says what it gives; files are absolute.
    """

    problems: tuple[Problem, ...] = ()
    edits: tuple[tuple[str, Edit], ...] = ()


def look(document: str, texts: Mapping[str, bytes]) -> Look:
    """Audit the builds that read a document.

    document: a Dockerfile, an ignore file or a compose file, absolute and without symlinks. texts: of the documents
    that are open, by such paths. Every error is a problem of its line, of the first one where none is known. There is
    nothing to say of a device or the like, and of a document in a directory that is not there.
    """
    if not _can_be_judged(document):
        return Look()
    with chdir(_root(document)), edited(texts):
        try:
            question = _question(document)
            builds = _reading(question.builds, document)
            return _look(question.answered(builds), document) if builds is not None else Look()
        except (CtxauditError, click.UsageError) as error:
            return Look((_of_error(str(error), document, Location("", 1)),))


def describe(document: str, texts: Mapping[str, bytes], line: int) -> str:
    """Say what one line of a document does, a paragraph for each build; "" where there is nothing to say."""
    if not _can_be_judged(document):
        return ""
    with chdir(_root(document)), edited(texts):
        try:
            builds = _reading(_question(document).builds, document)
            effects = [(build, _effect(build, document, line)) for build in (builds.requests() if builds else ())]
        except (CtxauditError, click.UsageError):
            return ""  # the problem of that line says so
        paragraphs = [f"{printable_text(build.name)}: {effect}" for build, effect in effects if effect]
        alone = [effect for _, effect in effects if effect]
        shown = alone if len(effects) == 1 else paragraphs
        return "\n\n".join([*shown[:_NAMED], *([and_more(len(shown) - _NAMED, "")] if shown[_NAMED:] else [])])


def _can_be_judged(document: str) -> bool:
    """Whether it is a file, or one that is not saved yet: a link to /dev/null asks for no builds below /dev."""
    return os.path.isfile(document) or (not os.path.lexists(document) and os.path.isdir(os.path.dirname(document)))


def _root(document: str) -> str:
    """The repository of a document, its directory outside of any."""
    return project_of(os.path.dirname(document))


def _is_ignore_file(document: str) -> bool:
    return os.path.basename(document).lower().endswith(_IGNORE)


def _question(document: str) -> Question:
    """Ask for all builds that are declared in the repository; where there are none, for that of the directory."""
    try:
        return Question.of(["--all", "."])
    except CtxauditError:
        directory = os.path.dirname(document)
        return Question.of([directory])


def _reading(builds: Builds, document: str) -> Builds | None:
    """Give those of the builds that read a document, or would if it were named well; None for none."""
    if builds.single is not None:
        return builds
    declarations = [
        declared
        for declared in builds.declared
        if not declared.unseen and _is_reading(declared, document, builds.builder)
    ]
    failed = [failure for failure in builds.failures if os.path.realpath(failure.name) == document]
    if declarations or failed:
        return replace(builds, declared=declarations, failures=failed)
    if _is_ignore_file(document):
        return Question.of([os.path.dirname(document)]).builds
    if is_dockerfile(os.path.basename(document)):
        return Question.of(["-f", document, os.path.dirname(document)]).builds
    return None


def _is_reading(build: Declared, document: str, builder: str) -> bool:
    if os.path.realpath(build.declared.file) == document or document in build.dockerfiles:
        return True
    is_at_root = _is_ignore_file(document) and os.path.realpath(build.context) == os.path.dirname(document)
    return is_at_root or document in build.ignore_files(builder)


def _look(report: Report, document: str) -> Look:
    layout = Layout(width=120, directory=os.getcwd(), root=os.getcwd())
    problems = [_of_failure(failure, document) for failure in report.failures]
    for row in words.findings(report.targets):
        at = anchor(row.audit, row.what, layout)
        if os.path.realpath(at.file) == document:
            problems.append(_problem(row.what, at.line, words.shared_sentence(row, report)))
    problems += _of_ignore_file(report.targets, document) if _is_ignore_file(document) else ()
    order = sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, SEVERITIES.index(problem.severity)))
    return Look(tuple(order), tuple(_edits(report.targets)))


def _problem(finding: Finding, line: int, message: str) -> Problem:
    return Problem(
        line, finding.severity, finding.rule, printable_text(message), finding.replacement, words.is_unneeded(finding)
    )


def _of_failure(failure: Failure, document: str) -> Problem:
    return _of_error(failure.error, document, failure.declared)


def _of_error(error: str, document: str, declared: Location) -> Problem:
    """Give an error at its line of the document; at the line that declares the build if it is about another file."""
    match = _PLACE.fullmatch(error)
    if match and os.path.realpath(match["file"]) == document:
        return Problem(int(match["line"]), "error", "not-readable", printable_log(match["what"]))
    is_there = os.path.realpath(declared.file) == document
    return Problem(declared.line if is_there else 1, "error", "not-readable", printable_log(error))


def _of_ignore_file(audits: Sequence[Target], document: str) -> Iterator[Problem]:
    """Say in the first line of an ignore file what it still lets through that is not needed."""
    for audit in audits:
        if os.path.realpath(audit.ignore_file or os.path.join(audit.context, ".dockerignore")) != document:
            continue
        findings = [
            finding
            for finding in audit.findings
            if words.is_unneeded(finding) and finding.severity != "note" and words.goes(audit, finding)
        ]
        if findings:
            names = ", ".join(finding.path for finding in findings[:_NAMED]) + and_more(len(findings) - _NAMED)
            size = shown_size(sum(finding.unneeded.bytes for finding in findings))
            worst = min((finding.severity for finding in findings), key=SEVERITIES.index)
            message = f"{printable_text(audit.name)} is sent {size} that is not needed: {printable_text(names)}"
            yield Problem(1, worst, "not-needed", message, fixes=True)


def _edits(audits: Iterable[Target]) -> Iterator[tuple[str, Edit]]:
    seen = set[str]()
    for audit in audits:
        edit = audit.proposal.edit if audit.proposal else None
        if audit.proposal is None or edit is None or edit.file in seen:
            continue
        seen.add(edit.file)
        proof = audit.proposal.proof
        builder = audit.builder if audit.builder in proof.before else next(iter(proof.before), audit.builder)
        sizes = [shown_size(totals[builder].bytes) for totals in (proof.before, proof.after) if builder in totals]
        title = f"Exclude what is not needed from {edit.file}" + (f": {' to '.join(sizes)}" if len(sizes) == 2 else "")
        yield printable_text(title), replace(edit, file=os.path.abspath(edit.file))


def _effect(build: BuildRequest, document: str, line: int) -> str:
    """Say what a line of the ignore file excludes, or what an instruction takes; "" for any other line."""
    if os.path.realpath(build.ignore.name) == document:
        return _excluded(build, line)
    source = build.dockerfile
    if source is None or not source.is_file or os.path.realpath(source.name) != document:
        return ""
    try:
        question = explain_instruction(build, line)
    except CtxauditError:
        return ""  # a line that takes nothing of the context
    size = shown_size(sum(entry.content_bytes for entry in question.sent))
    return f"takes {counted(len(question.sent), 'file')} of the context, {size}"


def _excluded(build: BuildRequest, line: int) -> str:
    line_pattern = next((pattern for pattern in build.ignore.patterns if pattern.line == line), None)
    if line_pattern is None:
        return ""
    matcher = Plan.of(build).matcher
    entries = stream_context(build, permitted=True, excluded=not line_pattern.exception)
    by = ((entry, matcher.trail(entry.path).by) for entry in entries if entry.type != "dir")
    sizes = [_size_on_disk(build, entry) for entry, pattern in by if pattern is not None and pattern.line == line]
    did = "includes" if line_pattern.exception else "excludes"
    return f"{did} {counted(len(sizes), 'file')}, {shown_size(sum(sizes))}"


def _size_on_disk(build: BuildRequest, entry: Entry) -> int:
    """The size of an entry; what is not sent is not measured by the walk."""
    try:
        return entry.size or os.lstat(build.context / entry.path).st_size
    except OSError:
        return 0
