"""Rules about what the Dockerfile asks for and what becomes of it, what runs again for nothing, and layers.

Sources of the last two: docs.docker.com/build/cache/invalidation, docs.docker.com/build/cache/optimize, and the best
practices in docs.docker.com/build/building/best-practices.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from heapq import nsmallest

from ctxaudit.dockerfile.stages import Use
from ctxaudit.ignore import literal
from ctxaudit.model import Finding, Location
from ctxaudit.rules.registry import Difference, Facts, Rule, Runs, SourceFact, rule
from ctxaudit.values import and_more, counted

_NAMED = 3  # paths of a difference
MOST = 500  # names that are compared with one
LONGEST = 100  # characters of a name that may be a slip of the pen
CLOSE = 0.8  # of `difflib`'s ratio: a letter of five
_FEW = 50  # files of which the same time says nothing
_SHOWN = 3
_LONGEST = 60  # characters of an instruction


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
    """Builders make different things of one ignore file.

    An exception with a wildcard brings back files for BuildKit, and the classic builder loses them: it looks below an
    excluded directory only where an exception starts with its very name. Name the directory, or the files, without a
    wildcard before them. It is fine where only BuildKit builds it.

    With `--builders` each other builder is compared with the first: what it takes and the first does not may be a
    secret that one of them lets in, what it lacks may fail its build. Podman reads `**.md`, `a+b` and `(x)` otherwise,
    docker-py and the AWS CDK compare without case. Write each pattern as all of them read it: names and `*`.
    """
    if facts.sent.lost_by_classic:
        first, rest = facts.sent.lost_by_classic[0], len(facts.sent.lost_by_classic) - 1
        others = f" and {counted(rest, 'other path')}" if rest else ""
        trail = facts.ignore.matcher.trail(first)
        where = Location(trail.by.file, trail.by.line) if trail.by else None
        yield rule.finding(f"the classic builder is not sent {first}{others}", path=first, location=where)
    for one in facts.sent.differs:
        yield from _differs(rule, facts, one)


def _differs(rule: Rule, facts: Facts, one: Difference) -> Iterator[Finding]:
    if one.fails:
        yield rule.finding(f"{one.title} fails: {one.fails}", severity="error")
    own = facts.builder.title
    for paths, said in (
        (one.more, f"takes {{}} that {own} does not"),
        (one.fewer, f"does not take {{}} that {own} does"),
    ):
        if paths:
            shown = ", ".join(paths[:_NAMED]) + and_more(len(paths) - _NAMED)
            yield rule.finding(
                f"{one.title} {said.format(counted(len(paths), 'path'))}: {shown}",
                path=paths[0],
                files=len(paths),
            )


@rule("cache-self-busting", "note")
def cache_self_busting(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A copy of the whole context carries files that only the builder or CI reads: an edit of one re-runs what follows.

    To BuildKit the Dockerfile and the ignore file are files like others: a comment in one changes what `COPY . .`
    selects, and every RUN after it runs again. So do compose and bake files, `.github` and its like.

    Name them in the ignore file: `ctxaudit --for-cache --diff` proposes the lines. It is fine where the image needs
    them, or where nothing that takes time runs after the copy.
    """
    for one in facts.layers.busters:
        named = f"{', '.join(one.own[:_SHOWN])}{and_more(len(one.own) - _SHOWN)}"
        runs = "it" if [line for line, _ in one.runs] == [one.line] else _runs(one.runs)
        yield rule.finding(
            f"{_short(one.instruction)} carries {named}: an edit of one re-runs {runs}",
            location=Location(facts.dockerfile.name, one.line),
        )


@rule("cache-dependencies-after-source", "note")
def cache_dependencies_after_source(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """Dependencies are installed after the source is copied: each edit of the source installs all of them again.

    The installation reads the manifest and the lock file alone. Copied first, they change in few commits, and the
    installation is taken from the cache in all others. The finding names the lines to write above the copy of the
    source; `--parents` needs the frontend 1.20 (`# syntax=docker/dockerfile:1.20`). `ctxaudit cache` says how often
    that is.

    Nothing is reported where the installation may read more than that: scripts of the package, local dependencies,
    patches. It is fine where dependencies are few, or kept in a cache mount.
    """
    for one in facts.layers.installs:
        after = f", and behind it `RUN {one.after}`" if one.after else ""
        lines = ", ".join(f"`{line}`" for line in one.lines)
        yield rule.finding(
            f"{_short(one.command)} runs again after each change of what {_short(one.copy)} in line {one.copy_line} "
            f"selects; write above that line: {lines}{after}",
            location=Location(facts.dockerfile.name, one.line),
        )


@rule("cache-modes", "note")
def cache_modes(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """Tracked files have modes that a clean checkout has not: their steps never hit a cache that CI filled.

    BuildKit's key counts the permission bits of each file, and git keeps only whether a file is executable: a checkout
    writes 0644 and 0755 with the usual umask of 022. With a umask of 002 the same files are 0664, and every COPY of
    them is another one; `COPY --chmod` does not change that.

    Set git's modes: `git ls-files -z | xargs -0 chmod u=rwX,go=rX`. It is fine where no two machines share a cache.
    """
    for mode, files, path in facts.stamps.modes:
        others = f" and {counted(files - 1, 'other file')}" if files > 1 else ""
        expected = 0o755 if mode & 0o100 else 0o644
        yield rule.finding(
            f"{path}{others}: mode {mode:04o}, a clean checkout has {expected:04o}: no COPY of it hits its cache",
            path=path,
            files=files,
        )


@rule("cache-same-mtime", "note")
def cache_same_mtime(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """Most files have one and the same time: a builder that keeps the context sends none whose size is the same.

    BuildKit keeps what it was sent, and next time asks only for files whose size, time, mode or link differ. Where a
    tool gives all files one time, as `git archive`, `touch` or an unpacked archive does, a file with another content of
    the same size is not sent anew: the build uses the old one, even with --no-cache.

    Let the files keep the time of their last change, or remove what the builder keeps: `docker builder prune --filter
    type=source.local`. It is fine where each build starts with a builder of its own.
    """
    stamps = facts.stamps
    if stamps.same >= _FEW and stamps.same * 2 > stamps.files:
        when = datetime.fromtimestamp(stamps.time // 10**9, UTC).isoformat(sep=" ").removesuffix("+00:00")
        yield rule.finding(
            f"{stamps.same:,} of {stamps.files:,} files have the time {when} UTC: a builder that keeps the context "
            "sees no change of the same size",
            files=stamps.same,
        )


@rule("cache-arg-order", "note")
def cache_arg_order(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An ARG that differs in each build stands above steps that do not need it, and re-runs them.

    From its line on, an ARG is in the environment of each RUN, used or not: another `--build-arg` value re-runs them
    all. A COPY does not care. An ARG before the first FROM counts only where a stage declares it again.

    Move the ARG below them, right above the first instruction that uses it. It is fine where nobody sets it.
    """
    for one in facts.layers.arguments:
        yield rule.finding(
            f"ARG {one.name} stands above {_runs(one.runs)}, which {_does(one.runs)} not use it: another value re-runs "
            f"{'them' if len(one.runs) > 1 else 'it'}",
            location=Location(facts.dockerfile.name, one.line),
        )


@rule("cache-volatile-file", "note")
def cache_volatile_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A small file that most commits change is below a copy of the whole context: it alone re-runs all that follows.

    A changelog, a version or a list that a tool writes anew with each commit changes what `COPY . .` selects. It takes
    a history to see that: `ctxaudit cache` reports it, no audit does.

    Name the file in the ignore file where no step needs it, or copy it last. It is fine where it is the program itself.
    """
    yield from ()


@rule("layer-cache-mount", "note")
def layer_cache_mount(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A package manager runs without a cache mount: each time the step runs, it downloads or compiles everything.

    A cache mount keeps what was downloaded or compiled from one run of the step to the next, and out of the image.
    Source: docs.docker.com/build/cache/optimize, "Use cache mounts".

    It is fine where a machine builds once and is thrown away, as many CI runners do.
    """
    for one in facts.layers.caches:
        yield rule.finding(
            f"{_short(one.command)} starts from nothing each time it runs; `{one.instead}` keeps what it had",
            location=Location(facts.dockerfile.name, one.line),
        )


@rule("layer-download", "note")
def layer_download(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A RUN downloads a file: BuildKit neither knows when the file changes nor checks what it gets.

    `ADD --checksum` downloads it without a program in the image, refuses any other content, and is taken from the cache
    for as long as the checksum is the same. Source: docs.docker.com/build/building/best-practices, "ADD or COPY".

    It is fine where the address needs credentials, or the file is unpacked and removed in the same RUN.
    """
    for one in facts.layers.downloads:
        yield rule.finding(
            f"{one.target} is downloaded by a RUN; `ADD --checksum=sha256:… {one.url} {one.target}` checks it",
            location=Location(facts.dockerfile.name, one.line),
        )


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


def _runs(runs: Runs) -> str:
    """Name a few steps."""
    shown = ", ".join(f"line {line}" for line, _ in runs[:_SHOWN])
    return f"{_short(runs[0][1])} (line {runs[0][0]})" if len(runs) == 1 else f"{shown}{and_more(len(runs) - _SHOWN)}"


def _short(instruction: str) -> str:
    return instruction if len(instruction) <= _LONGEST else f"{instruction[: _LONGEST - 1]}…"


def _does(runs: Runs) -> str:
    return "do" if len(runs) > 1 else "does"
