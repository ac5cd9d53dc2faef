"""Rules about exceptions, by what the walk makes of them at the paths that they match."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import nsmallest

from ctxaudit.ignore.pattern import DockerignorePattern
from ctxaudit.model import Finding, Location
from ctxaudit.rules.registry import Facts, Rule, rule
from ctxaudit.units import count

MOST = 1000  # names in a directory that are looked at


@rule("powerless-exception", "warning")
def powerless_exception(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception names a directory, and brings back nothing of what is left out in it.

    The builders ask an exception only about a path that is excluded. Of `**/*.log` and `!logs` the directory `logs` is
    not excluded itself, so that the exception is not asked there, and below it `!logs` matches nothing: every log stays
    out. Docker's documentation does not say so, and BuildKit and the classic builder agree about it.

    `!logs/**` matches what is below, and brings all of it back. It is fine where nothing in there is wanted: delete it.
    """
    for pattern in hand_written_exceptions(facts):
        lost = next(_left_out_below(facts, pattern), None)
        if lost is not None:
            path, by = lost
            said = f"{pattern.written} does not bring back {path}: {pattern.text} itself is not excluded, and line "
            mended = f"{pattern.written}/**"
            yield rule.finding(
                f"{said}{by.line}, {by.written}, still leaves it out; write {mended}",
                path=path,
                location=Location(pattern.file, pattern.line),
                mend=(mended,),
            )


@rule("kept-secret", "warning")
def kept_secret(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception brings back a secret.

    Somebody wanted the file in the context, or a wider exception took it along; ctxaudit changes neither. A secret that
    a build needs belongs into `RUN --mount=type=secret`, which leaves it out of the context and of every layer.

    It is fine where the file only looks like a secret, as a key for tests does.
    """
    kept: dict[tuple[Location, str], list[Finding]] = defaultdict(list)
    for secret in facts.secrets:
        by = facts.matcher.trail(secret.path).by
        if by is not None and by.exception and by.line:
            kept[Location(by.file, by.line), by.written].append(secret)
    for (location, written), (first, *others) in kept.items():
        more = f" and {count(len(others), 'other secret')}" if others else ""
        said = f"{written} keeps {first.path}{more}"
        yield rule.finding(said, path=first.path, files=1 + len(others), location=location)


def hand_written_exceptions(facts: Facts) -> Iterator[DockerignorePattern]:
    """Give the user's exceptions."""
    return (one for one in facts.matcher.exceptions if one.line and one.line not in facts.own_lines)


def decides(facts: Facts, pattern: DockerignorePattern, paths: tuple[str, ...]) -> bool:
    """Whether the walk asks the pattern at one of the paths that it matches, so that it changes the verdict there."""
    return any(
        step.pattern is pattern and step.at == path and not step.skipped
        for path in paths
        for step in facts.matcher.steps(path)
    )


def _left_out_below(facts: Facts, pattern: DockerignorePattern) -> Iterator[tuple[str, DockerignorePattern]]:
    """What directly below the exception's own directories an earlier line leaves out, with that line."""
    paths = facts.matched(pattern) or ()
    if decides(facts, pattern, paths) or any(facts.matcher.trail(path).excluded for path in paths):
        return
    for path in paths:
        for name in nsmallest(MOST, facts.names_in(path)):
            trail = facts.matcher.trail(f"{path}/{name}")
            if trail.excluded and trail.by is not None and trail.by.line < pattern.line:
                yield f"{path}/{name}", trail.by
