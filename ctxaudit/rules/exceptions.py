"""Rules about exceptions, by what the walk makes of them at the paths that they match."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import nsmallest
from itertools import islice

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.model import Finding, Location
from ctxaudit.needed import FOREIGN
from ctxaudit.rules.registry import Facts, Rule, rule
from ctxaudit.values import counted

MOST = 1000  # names in a directory that are looked at
MOST_DIRECTORIES = 2000
MOST_LOST = 1000  # files that a finding counts


@rule("powerless-exception", "warning", of_patterns=True)
def powerless_exception(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception names a directory, and brings back nothing of what is excluded in it.

    The builders ask an exception only about a path that is excluded. Of `**/*.log` and `!logs` the directory `logs` is
    not excluded itself, so that the exception is not asked there, and below it `!logs` matches nothing: every log stays
    out. Docker's documentation does not say so, and BuildKit and the classic builder agree about it.

    `!logs/**` matches what is below, and brings all of it back. If nothing in there is needed, delete it.
    """
    for pattern in hand_written_exceptions(facts):
        lost = next(_left_out_below(facts, pattern), None)
        if lost is not None:
            path, by = lost
            said = f"{pattern.written} does not bring back {path}: {pattern.text} itself is not excluded, and line "
            replacement = f"{pattern.written}/**"
            yield rule.finding(
                f"{said}{by.line}, {by.written}, still excludes it; write {replacement}",
                path=path,
                location=Location(pattern.file, pattern.line),
                replacement=(replacement,),
            )


@rule("shallow-exception", "warning", of_patterns=True)
def shallow_exception(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception with a wildcard reaches the context root alone, and files of such a name further down stay excluded.

    `*` does not match a slash: of `*` and `!*package.json`, `apps/web/package.json` stays excluded. `!**/package.json`
    brings it back. Only files that git tracks count; outside of a repository all do.

    It is fine where only those at the root are meant: write `!/*package.json`, which says so and means the same.
    """
    for pattern in hand_written_exceptions(facts):
        is_of_root = "/" in facts.ignore.written[pattern.line - 1] or "/" in pattern.text
        if is_of_root or not pattern.text.startswith("*") or pattern.text.startswith("**"):
            continue
        lost = list(islice(_excluded_further_down(facts, pattern), MOST_LOST))
        if lost:
            name = pattern.text.lstrip("*")
            is_name = not name.startswith(".") and all(path.rpartition("/")[2] == name for path in lost)
            replacement = f"!**/{name if is_name else pattern.text}"
            others = f" and {counted(len(lost) - 1, 'other file')} stay" if lost[1:] else " stays"
            yield rule.finding(
                f"{pattern.written} reaches the context root alone, and {lost[0]}{others} excluded",
                path=lost[0],
                files=len(lost),
                location=Location(pattern.file, pattern.line),
                replacement=(replacement,),
            )


def _excluded_further_down(facts: Facts, pattern: DockerignorePattern) -> Iterator[str]:
    """Give the project's own files below the root that have a name which the exception matches, breadth first."""
    is_in_git = any(map(facts.tree.is_tracked, facts.tree.names("")))
    pending = [name for name in sorted(facts.tree.names("")) if name not in FOREIGN]
    for path in pending:  # grows meanwhile
        for name in nsmallest(MOST, facts.tree.names(path)):
            below = f"{path}/{name}"
            if facts.tree.names(below):
                if name not in FOREIGN and len(pending) < MOST_DIRECTORIES:
                    pending.append(below)
            elif pattern.matches(name) and (not is_in_git or facts.tree.is_tracked(below)):
                trail = facts.ignore.matcher.trail(below)
                if trail.excluded and trail.by is not None and trail.by.line < pattern.line:
                    yield below


@rule("kept-secret", "warning", of_patterns=True)
def kept_secret(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception brings back a secret.

    Somebody needed the file in the context, or a wider exception took it along; ctxaudit changes neither. A secret that
    a build needs belongs into `RUN --mount=type=secret`, which keeps it out of the context and of every layer. An
    exception of ctxaudit's own block has a reason, which the report gives with the secret.

    It is fine where the file only looks like a secret, as a key for tests does.
    """
    kept: dict[tuple[Location, str], list[Finding]] = defaultdict(list)
    for secret in facts.secrets:
        by = facts.ignore.matcher.trail(secret.path).by
        if by is not None and by.exception and by.line and by.line not in facts.ignore.own_lines:
            kept[Location(by.file, by.line), by.written].append(secret)
    for (location, written), (first, *others) in kept.items():
        more = f" and {counted(len(others), 'other secret')}" if others else ""
        said = f"{written} keeps {first.path}{more}"
        yield rule.finding(said, path=first.path, files=1 + len(others), location=location)


def hand_written_exceptions(facts: Facts) -> Iterator[DockerignorePattern]:
    """Give the user's exceptions."""
    return (one for one in facts.ignore.matcher.exceptions if one.line and one.line not in facts.ignore.own_lines)


def decides(facts: Facts, pattern: DockerignorePattern, paths: tuple[str, ...]) -> bool:
    """Whether the walk asks the pattern at one of the paths that it matches, so that it changes the verdict there."""
    return any(
        step.pattern is pattern and step.at == path and not step.skipped
        for path in paths
        for step in facts.ignore.matcher.steps(path)
    )


def _left_out_below(facts: Facts, pattern: DockerignorePattern) -> Iterator[tuple[str, DockerignorePattern]]:
    """What directly below the exception's own directories an earlier line excludes, with that line."""
    paths = facts.ignore.matched(pattern) or ()
    if decides(facts, pattern, paths) or any(facts.ignore.matcher.trail(path).excluded for path in paths):
        return
    for path in paths:
        for name in nsmallest(MOST, facts.tree.names(path)):
            trail = facts.ignore.matcher.trail(f"{path}/{name}")
            if trail.excluded and trail.by is not None and trail.by.line < pattern.line:
                yield f"{path}/{name}", trail.by
