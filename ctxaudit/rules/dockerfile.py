"""Rules about what the Dockerfile asks for, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from heapq import nsmallest

from ctxaudit.dockerfile.stages import Use
from ctxaudit.ignore.pattern import literal
from ctxaudit.model import Finding, Location
from ctxaudit.rules.registry import Facts, Rule, SourceFact, rule
from ctxaudit.units import count

MOST = 500  # names that are compared with one
LONGEST = 100  # characters of a name that may be a slip of the pen
CLOSE = 0.8  # of `difflib`'s ratio: a letter of five


@rule("copy-source-ignored", "error")
def copy_source_ignored(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An instruction names a source, and the ignore file excludes all of it.

    The build fails with `not found`, or, where the source is a directory or a wildcard, copies nothing and goes on.
    BuildKit's own check is silent as soon as the ignore file holds one "!", about wildcards and about mounts.

    BuildKit follows each symlink once: of two sources behind one link, the second in byte order is lost. Name the path
    behind the link instead.

    The pattern that is named with the finding is the shortest exception that brings the source back for every builder.
    """
    for source in facts.dockerfile.sources:
        if source.present and not source.sent:
            yield rule.finding(
                f"{_said(source.use)} is not in the context: {_why(source)}",
                path=source.use.path,
                location=_line(facts, source.use),
                pattern=source.exception,
            )


@rule("dockerfile-not-sent", "error")
def dockerfile_not_sent(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The builder is not sent its own Dockerfile, and fails with `Cannot locate specified Dockerfile`.

    The client adds an exception for a Dockerfile that the patterns exclude. Where one of the exceptions already matches
    it, the classic one adds none; yet it looks below an excluded directory only if an exception starts with its name.

    Write an exception with the Dockerfile's path.
    """
    if facts.dockerfile.lost:
        line = literal(facts.dockerfile.lost)
        yield rule.finding(
            f"Cannot locate specified Dockerfile: {facts.dockerfile.lost}: {facts.builder.title} does not look below "
            f"{facts.dockerfile.lost.partition('/')[0]}/",
            path=facts.dockerfile.lost,
            pattern=f"!{line}" if line else "",
        )


@rule("copy-source-missing", "error")
def copy_source_missing(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An instruction names a source that is not in the tree, and the build fails with `not found`.

    It is fine where something else puts the file there before the build, as goreleaser or a script does.
    """
    for source in facts.dockerfile.sources:
        if not source.present:
            shown = source.use.shown or source.use.path
            # A name beside one that holds a build argument's value is nearly that value.
            similar = _similar(facts, shown) if shown == source.use.path else ""
            yield rule.finding(
                f'{_said(source.use)}: "/{shown}": not found{similar}',
                path=shown,
                location=_line(facts, source.use),
            )


def _similar(facts: Facts, path: str) -> str:
    """Return a question for the one path that is there and that a slip makes of this one, "" if there is none."""
    done: list[str] = []
    for name in path.split("/"):
        names = facts.tree.names("/".join(done))
        if name not in names:
            close = get_close_matches(name, nsmallest(MOST, names), 1, CLOSE) if len(name) <= LONGEST else []
            cased = [one for one in names if one.casefold() == name.casefold()]
            name = next(iter(cased or close), "")
        if not name:
            return ""
        done.append(name)
    found = "/".join(done)
    return f"; do you mean {found}?" if found != path else ""


@rule("source-breaks-transfer", "error")
def source_breaks_transfer(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A source holds a control character, and BuildKit cannot ask its client for it.

    The used paths travel as a gRPC header; a control character in one fails the build with `header key "followpaths"
    contains value with non-printable ASCII characters`, unless some used path is not ASCII, which makes BuildKit escape
    them all. No file can have a name with a NUL.

    Rename the file, or copy its directory.
    """
    for use in facts.dockerfile.unasked:
        yield rule.finding(
            f"{_said(use)} holds a control character, with which BuildKit fails", location=_line(facts, use)
        )


@rule("whole-context-by-accident", "warning")
def whole_context_by_accident(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An instruction asks for the whole context without saying so.

    A variable that is not set leaves an empty source, which means everything; so does a tmpfs mount, beside an
    instruction that needs the context; and a wildcard that meets a symlink, as BuildKit then asks for all that the
    wildcard matches.

    Set the variable, write `from=scratch` in the tmpfs mount, or the names instead of the wildcard. A bind mount
    without a source, as `RUN --mount=type=bind,target=.`, says that it means the whole context.
    """
    for use, why in facts.dockerfile.whole:
        yield rule.finding(f"{_said(use)} asks for the whole context: {why}", location=_line(facts, use))


@rule("builders-differ", "warning")
def builders_differ(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An exception with a wildcard brings back files for BuildKit, and the classic builder loses them.

    The classic builder looks below an excluded directory only where an exception starts with its very name. Name the
    directory, or the files, without a wildcard before them.

    It is fine where only BuildKit builds it.
    """
    if facts.sent.lost_by_classic:
        first, more = facts.sent.lost_by_classic[0], len(facts.sent.lost_by_classic) - 1
        others = f" and {count(more, 'other path')}" if more else ""
        trail = facts.ignore.matcher.trail(first)
        where = Location(trail.by.file, trail.by.line) if trail.by else None
        yield rule.finding(f"the classic builder is not sent {first}{others}", path=first, location=where)


def _why(source: SourceFact) -> str:
    if source.by is None:
        instead = f"; name {source.behind} itself" if source.behind else ""
        return f"BuildKit follows each symlink once, and an earlier source went through its link{instead}"
    back = f"; {source.exception!r} at the end of the ignore file brings it back" if source.exception else ""
    return f"excluded by {source.by.where} {source.by.written!r}{back}"


def _said(use: Use) -> str:
    return f"{use.instruction} {use.source}".strip()


def _line(facts: Facts, use: Use) -> Location:
    return Location(facts.dockerfile.name, use.line)
