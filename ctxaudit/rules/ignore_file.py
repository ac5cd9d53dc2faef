"""Rules about the ignore file and what the builder makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctxaudit.ignore import valid_utf8
from ctxaudit.model import Finding, Location
from ctxaudit.rules.registry import Facts, Rule, rule

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@rule("inactive-ignore-file", "warning")
def inactive_ignore_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An ignore file lies there and the builder does not read it.

    BuildKit reads `<Dockerfile>.dockerignore` beside the Dockerfile, or else `.dockerignore` at the context root, never
    both; the classic builder reads only the latter. A directory, a broken link or a link that leaves the context counts
    as no ignore file at all, without a word from Docker.

    Docker does not read podman's `.containerignore` either, nor `.dockerignore.prod` or `web.dockerignore`: the file of
    `Dockerfile.web` is `Dockerfile.web.dockerignore`. Such a name is a note where the builder reads an ignore file.

    It is fine where another build reads the file.
    """
    for unread in facts.ignore.unread:
        finding = rule.finding(f"{unread.name} is not read: {unread.why}", location=Location(unread.name, 1))
        yield finding.as_note() if unread.elsewhere and facts.ignore.file.name else finding


@rule("ignore-file-encoding", "error")
def ignore_file_encoding(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The ignore file is UTF-16, so that none of its patterns matches what it says.

    Docker reads the file as bytes. Some editors and shells on Windows write UTF-16 by default: save it as UTF-8.
    """
    if facts.ignore.file.data.startswith(_UTF_16):
        yield rule.finding(f"{facts.ignore.file.name} is UTF-16, which Docker does not read", location=_first(facts))


@rule("empty-ignore-file", "note")
def empty_ignore_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The ignore file holds no pattern, only comments or nothing.

    Everything is permitted, as without the file. Beside a Dockerfile it still counts, and keeps `.dockerignore` from
    being read.

    It is fine where the context is small and made for the build.
    """
    if facts.ignore.file.name and not facts.ignore.matcher.patterns:
        yield rule.finding(f"{facts.ignore.file.name} holds no pattern", location=_first(facts))


@rule("pattern-breaks-transfer", "error", of_patterns=True)
def pattern_breaks_transfer(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A pattern holds a control character, and BuildKit cannot send it to its client.

    The patterns travel as a gRPC header; a tab, a carriage return or a NUL in it fails the build with `header key
    "exclude-patterns" contains value with non-printable ASCII characters`, unless some pattern of the list is not
    ASCII, which makes BuildKit escape them all.
    """
    patterns = facts.ignore.matcher.patterns
    if not facts.builder.uses_messages or not all(pattern.text.isascii() for pattern in patterns):
        return
    for pattern in patterns:
        if re.search(r"[^\x20-\x7e]", pattern.text):
            yield rule.finding(
                f"the pattern {pattern.text!r} holds a control character, with which BuildKit fails",
                location=Location(pattern.file, pattern.line),
            )


@rule("pattern-not-utf8", "warning", of_patterns=True)
def pattern_not_utf8(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A pattern holds bytes that are not UTF-8, and matches no file of that name.

    BuildKit hands the patterns to its client as JSON, in which such bytes become U+FFFD. Only a wildcard in their place
    matches the name. The classic builder compares the bytes.

    Save the ignore file as UTF-8, as the names on the disk most likely are.
    """
    if not facts.builder.uses_messages:
        return
    for pattern in facts.ignore.matcher.patterns:
        if valid_utf8(pattern.text) != pattern.text and pattern.kind != "regexp":
            yield rule.finding(
                f"the pattern {pattern.written} is not UTF-8, and matches no file of that name",
                location=Location(pattern.file, pattern.line),
            )


@rule("sent-empty", "error")
def sent_empty(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A file is sent, and arrives empty.

    BuildKit decides twice: the walk, which remembers what matched the parent directory, lists the file; the sender then
    asks all patterns again, without that memory, and refuses the content. The build goes on with 0 bytes and no error.
    It happens where a pattern is repeated below the exception that undoes it.

    Delete the later pattern, or move the exception to the end of the file.
    """
    for entry in facts.sent.emptied:
        steps = [step for step in facts.ignore.matcher.steps(entry.path) if step.skipped and not step.pattern.exception]
        where = Location(steps[-1].pattern.file, steps[-1].pattern.line) if steps else _first(facts)
        yield rule.finding(
            f"{entry.path} is sent with 0 of its {entry.size:,} bytes", path=entry.path, files=1, location=where
        )


@rule("file-unreadable", "error")
def file_unreadable(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A file may not be read, and BuildKit sends it empty, without an error.

    Make it readable for whoever builds, or exclude it. The classic builder fails instead.
    """
    for entry in facts.sent.unreadable:
        yield rule.finding(
            f"{entry.path} may not be read, and arrives with 0 of its {entry.size:,} bytes", path=entry.path, files=1
        )


@rule("name-not-utf8", "warning")
def name_not_utf8(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A name that is sent is not UTF-8, and some clients of BuildKit fail on it.

    Clients older than buildx 0.18 end the build with `grpc: error while marshaling: string field contains invalid
    UTF-8`; later ones send the name as it is. Rename the file, or exclude its directory. The classic builder sends it.
    """
    if facts.builder.uses_messages:
        for path in facts.sent.not_utf8:
            yield rule.finding(
                f"{path} is not a UTF-8 name, with which clients older than buildx 0.18 fail", path=path, files=1
            )


def _first(facts: Facts) -> Location | None:
    return Location(facts.ignore.file.name, 1) if facts.ignore.file.name else None
