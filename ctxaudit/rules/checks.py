"""The rules about a build: its context, its Dockerfile, its inputs, its secrets, its ignore file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from heapq import nsmallest

from ctxaudit.dockerfile.stages import Use
from ctxaudit.errors import without_login
from ctxaudit.ignore import literal, valid_utf8
from ctxaudit.model import Finding, Location
from ctxaudit.rules import Difference, Facts, InputFact, Rule, Runs, SourceFact, rule
from ctxaudit.values import and_more, counted

# Rules about where the context comes from.


@rule("git-context", "note", of="fetched")
def git_context(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The context is a git URL, which BuildKit fetches itself.

    No ignore file applies, whatever the repository holds; the client sends nothing. `.git` is excluded, unless the
    build argument `BUILDKIT_CONTEXT_KEEP_GIT_DIR=1` or `?keep-git-dir=true` keeps it. Only what git tracks is there.

    It is fine where that is meant.
    """
    git = "kept" if facts.tree.exists(".git") else "excluded"
    yield rule.finding(f"BuildKit fetches {facts.fetched} itself: no ignore file applies, .git is {git}")


@rule("workflow-builds-from-git", "warning", of="from_git")
def workflow_builds_from_git(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A GitHub workflow builds this context from git, not from the files that were checked out.

    `docker/build-push-action` without `context:` hands BuildKit the repository's URL: no ignore file is read, `.git` is
    absent, and so is what an earlier step made. `docker/bake-action` does so from version 6 on without `source: .`.

    Write `context: .` to build the files of the checkout, with their ignore file. It is fine where git's own are meant.
    """
    for at, action in facts.from_git:
        yield rule.finding(f"{action} builds from git: no ignore file is read, .git is absent", location=at)


# Rules about what the Dockerfile asks for and what becomes of it, what runs again for nothing, and layers.
#
# Sources of the last two: docs.docker.com/build/cache/invalidation, docs.docker.com/build/cache/optimize, and the best
# practices in docs.docker.com/build/building/best-practices.

_NAMED = 3  # paths of a difference
_MOST_COMPARED = 500  # names that are compared with one
LONGEST = 100  # characters of a name that may be a slip of the pen
_CLOSE = 0.8  # of `difflib`'s ratio: a letter of five
_FEW = 50  # files of which the same time says nothing
_SHOWN = 3
_LONGEST = 60  # characters of an instruction


@rule("copy-source-ignored", "error", of="dockerfile.sources")
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


@rule("dockerfile-not-sent", "error", of="dockerfile.lost")
def dockerfile_not_sent(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The builder is not sent its own Dockerfile, and fails with `Cannot locate specified Dockerfile`.

    The client adds an exception for a Dockerfile that the patterns exclude. Where one of the exceptions already matches
    it, the classic one adds none; yet it looks below an excluded directory only if an exception starts with its name.

    Write an exception with the Dockerfile's path.
    """
    line = literal(facts.dockerfile.lost)
    yield rule.finding(
        f"Cannot locate specified Dockerfile: {facts.dockerfile.lost}: {facts.builder.title} does not look below "
        f"{facts.dockerfile.lost.partition('/')[0]}/",
        path=facts.dockerfile.lost,
        pattern=f"!{line}" if line else "",
    )


@rule("copy-source-missing", "error", of="dockerfile.sources")
def copy_source_missing(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An instruction names a source that is not in the tree, and the build fails with `not found`.

    It is a warning where git ignores the source, or a script of the project makes a file of its name (a Makefile, the
    configuration of goreleaser), and no path of a similar name is there: no checkout has it, and it has to be made
    before the build. It is one, too, where no file says what the context is and no directory has any of the sources.

    A wildcard may match nothing. For BuildKit the directory before it has to be in the context, and is sent only with
    something in it that is used; the classic builder and Podman need a match for one source of each instruction.
    """
    for source in facts.dockerfile.sources:
        # Of a path that BuildKit cannot ask for, `source-breaks-transfer` says why the build fails.
        if not source.present and source.use not in facts.dockerfile.unasked:
            shown = without_login(source.use.shown or source.missing)
            # A name beside one that holds a build argument's value is nearly that value.
            similar = _similar(facts, shown) if shown == source.missing else ""
            made = f"; {source.made}: it has to be made before the build" if source.made and not similar else ""
            guess = "; no file says which context this Dockerfile is built from" if source.is_guess and not made else ""
            is_empty = facts.tree.exists(source.missing)
            what = "nothing in it matches, so that it is not sent" if is_empty else "not found"
            yield rule.finding(
                f'{_said(source.use)}: "/{shown}": {what}{made or similar}{guess}',
                path=shown,
                location=_line(facts, source.use),
                severity="warning" if made or guess else None,
            )


def _similar(facts: Facts, path: str) -> str:
    """Return a question for the one path that is there and that a slip makes of this one, "" if there is none."""
    done: list[str] = []
    for name in path.split("/"):
        names = facts.tree.names("/".join(done))
        if name not in names:
            close = get_close_matches(name, nsmallest(_MOST_COMPARED, names), 1, _CLOSE) if len(name) <= LONGEST else []
            cased = [candidate for candidate in names if candidate.casefold() == name.casefold()]
            name = next(iter(cased or close), "")
        if not name:
            return ""
        done.append(name)
    similar = "/".join(done)
    if similar != path and facts.tree.git_ignores(path) and not facts.tree.git_ignores(similar):
        return ""  # git is told of this very name
    # `COPY package.json package-lock.json ./` without the lock file: nobody meant the other one twice.
    is_asked_for = any(source.use.path == similar for source in facts.dockerfile.sources)
    return f"; did you mean {similar}?" if similar != path and not is_asked_for else ""


@rule("source-breaks-transfer", "error", of="dockerfile.unasked")
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


@rule("whole-context-by-accident", "warning", of="dockerfile.whole")
def whole_context_by_accident(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An instruction asks for the whole context without saying so.

    A variable that is not set leaves an empty source, which means everything; so does a tmpfs mount, beside an
    instruction that needs the context; and a wildcard that meets a symlink, as BuildKit then asks for all that the
    wildcard matches.

    Set the variable (an ARG without a default by `--build-arg`), write `from=scratch` in the tmpfs mount, or the names
    instead of the wildcard. A bind mount without a source, as `RUN --mount=type=bind,target=.`, says that it means the
    whole context.
    """
    for use, why in facts.dockerfile.whole:
        yield rule.finding(f"{_said(use)} asks for the whole context: {why}", location=_line(facts, use))


@rule("builders-differ", "warning")
def builders_differ(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """Builders take different files of one context.

    An exception with a wildcard brings back files for BuildKit, and the classic builder loses them: it looks below an
    excluded directory only where an exception starts with its very name. Name the directory, or the files, without a
    wildcard before them. It is fine where only BuildKit builds it.

    With `--builders` each other builder is compared with the first: what it takes and the first does not may be a
    secret that one of them lets in, what it lacks may fail its build. Podman reads `**.md`, `a+b` and `(x)` otherwise,
    docker-py and the AWS CDK compare without case. Write each pattern as all of them read it: names and `*`. Where they
    read different ignore files, as podman does with a `.containerignore`, write the same lines into both.
    """
    if facts.sent.lost_by_classic:
        first, rest = facts.sent.lost_by_classic[0], len(facts.sent.lost_by_classic) - 1
        others = f" and {counted(rest, 'other path')}" if rest else ""
        trail = facts.ignore.matcher.trail(first)
        where = Location(trail.by.file, trail.by.line) if trail.by else None
        yield rule.finding(f"the classic builder is not sent {first}{others}", path=first, location=where)
    for difference in facts.sent.differs:
        yield from _differs(rule, facts, difference)


def _differs(rule: Rule, facts: Facts, difference: Difference) -> Iterator[Finding]:
    if difference.fails:
        yield rule.finding(f"{difference.title} fails: {difference.fails}", severity="error")
    own = facts.builder.title
    for paths, template in (
        (difference.more, f"takes {{}} that {own} does not"),
        (difference.fewer, f"does not take {{}} that {own} does"),
    ):
        if paths:
            shown = ", ".join(paths[:_NAMED]) + and_more(len(paths) - _NAMED)
            yield rule.finding(
                f"{difference.title} {template.format(counted(len(paths), 'path'))}: {shown}",
                path=paths[0],
                files=len(paths),
            )


@rule("cache-self-busting", "note", of="layers.busters")
def cache_self_busting(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A copy of the whole context carries files that only the builder or CI reads: an edit of one re-runs what follows.

    To BuildKit the Dockerfile and the ignore file are files like others: a comment in one changes what `COPY . .`
    selects, and every RUN after it runs again. So do compose and bake files, `.github` and its like, and `.git` most of
    all: each commit, fetch and checkout changes files in it.

    Name them in the ignore file: `ctxaudit --for-cache --diff` proposes the lines. It is fine where the image needs
    them, or where nothing that takes time runs after the copy.
    """
    for fact in facts.layers.busters:
        own = (*([".git"] if fact.has_git else []), *fact.own)
        named = f"{', '.join(own[:_SHOWN])}{and_more(len(own) - _SHOWN)}"
        edited = "any of them" if len(own) > 1 else "it"
        if fact.has_git:
            edited = fact.own[0] if len(fact.own) == 1 else "any of the others"
        edits = [f"an edit of {edited}"] if fact.own else []
        when = " and ".join([*(["each commit"] if fact.has_git else []), *edits])
        verb = "re-run" if fact.has_git and fact.own else "re-runs"
        runs = "it" if [line for line, _ in fact.runs] == [fact.line] else _runs(fact.runs)
        yield rule.finding(
            f"{_short(fact.instruction)} carries {named}: {when} {verb} {runs}",
            location=Location(facts.dockerfile.name, fact.line),
        )


@rule("cache-dependencies-after-source", "note", of="layers.installs")
def cache_dependencies_after_source(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """Dependencies are installed after the source is copied: each edit of the source installs all of them again.

    The installation reads the manifest and the lock file alone. Copied first, they change in few commits, and the
    installation is taken from the cache in all others. The finding names the lines to write above the copy of the
    source, with what has to go along of the lines between; `--parents` needs the frontend 1.20
    (`# syntax=docker/dockerfile:1.20`). Where they only download (`go mod download`), the command itself stays behind
    the source; `gradle dependencies` brings plugins and what is known of each module, not its files. `ctxaudit cache`
    says how often that is.

    Nothing is reported where the installation may read more than that: scripts of the package, local dependencies,
    patches, a command between that nobody knows. It is fine where dependencies are few, or kept in a cache mount.
    """
    for fact in facts.layers.installs:
        newer = "; --parents needs the frontend 1.20" if any(" --parents " in line for line in fact.lines) else ""
        lines = ", ".join(f"`{line}`" for line in fact.lines)
        yield rule.finding(
            f"{_short(fact.command)} runs again after each change of what {_short(fact.copy)} in line {fact.copy_line} "
            f"selects; write above that line: {lines}; {fact.rest}{newer}",
            location=Location(facts.dockerfile.name, fact.line),
        )


@rule("cache-modes", "note", of="stamps.modes")
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


@rule("cache-same-mtime", "note", of="stamps.same")
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
        when = _when(stamps.time // 10**9)
        yield rule.finding(
            f"{stamps.same:,} of {stamps.files:,} files have the time {when}: a builder that keeps the context "
            "sees no change of the same size",
            files=stamps.same,
        )


def _when(seconds: int) -> str:
    """Give a time as people read it; outside of the years 1 to 9999 as `date` takes it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(sep=" ").replace("+00:00", " UTC")
    except (ValueError, OverflowError, OSError):
        return f"@{seconds}"


@rule("cache-arg-order", "note", of="layers.arguments")
def cache_arg_order(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An ARG that differs in each build stands above steps that do not need it, and re-runs them.

    From its line on, an ARG is in the environment of each RUN, used or not: another `--build-arg` value re-runs them
    all. A COPY does not care. An ARG before the first FROM counts only where a stage declares it again.

    Move the ARG below them, right above the first instruction that uses it. It is fine where nobody sets it, or where a
    program that they run reads it from its environment.
    """
    for fact in facts.layers.arguments:
        yield rule.finding(
            f"ARG {fact.name} stands above {_runs(fact.runs)}, which {_does(fact.runs)} not name it: another value "
            f"re-runs {'them' if len(fact.runs) > 1 else 'it'}",
            location=Location(facts.dockerfile.name, fact.line),
        )


@rule("cache-volatile-file", "note", elsewhere=True)
def cache_volatile_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A small file that most commits change is below a copy of the whole context: it alone re-runs all that follows.

    A changelog, a version or a list that a tool writes anew with each commit changes what `COPY . .` selects. It takes
    a history to see that: `ctxaudit cache` reports it, no audit does.

    Name the file in the ignore file where no step needs it, or copy it last. It is fine where it is the program itself.
    """
    yield from ()


@rule("layer-cache-mount", "note", of="layers.caches")
def layer_cache_mount(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A package manager runs without a cache mount: each time the step runs, it downloads or compiles everything.

    A cache mount keeps what was downloaded or compiled from one run of the step to the next, and out of the image.
    Source: docs.docker.com/build/cache/optimize, "Use cache mounts".

    It is fine where a machine builds once and is thrown away, as many CI runners do.
    """
    for fact in facts.layers.caches:
        yield rule.finding(
            f"{_short(fact.command)} starts from nothing each time it runs; `{fact.instead}` keeps what it had",
            location=Location(facts.dockerfile.name, fact.line),
        )


@rule("layer-download", "note", of="layers.downloads")
def layer_download(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A RUN downloads a file: BuildKit neither knows when the file changes nor checks what it gets.

    `ADD --checksum` downloads it without a program in the image, refuses any other content, and is taken from the cache
    for as long as the checksum is the same. Source: docs.docker.com/build/building/best-practices, "ADD or COPY".

    It is fine where the address needs credentials, or the file is unpacked and removed in the same RUN.
    """
    for fact in facts.layers.downloads:
        yield rule.finding(
            f"{fact.target} is downloaded by a RUN; `ADD --checksum=sha256:… {fact.url} {fact.target}` checks it",
            location=Location(facts.dockerfile.name, fact.line),
        )


@rule("layer-bind-mount", "note", of="layers.binds")
def layer_bind_mount(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A COPY puts a file below /tmp that one RUN reads and nothing else: a bind mount shows it to that RUN alone.

    The file then makes no layer and is not in the image. Source: docs.docker.com/build/building/best-practices, "ADD or
    COPY", which has the same pair of lines.

    It is fine where someone looks for the file in the image.
    """
    for fact in facts.layers.binds:
        yield rule.finding(
            f"{_short(fact.copy)} is for {_short(fact.command)} in line {fact.run} alone; "
            f"`{fact.instead}` needs no COPY",
            location=Location(facts.dockerfile.name, fact.line),
        )


@rule("layer-several-stages", "note", of="layers.toolchains")
def layer_several_stages(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The image is built on a toolchain, and starts only what the toolchain built: the compiler goes along.

    A second stage that begins with a small image and takes the built file by `COPY --from` leaves the compiler, the
    source and what was downloaded behind. Source: docs.docker.com/build/building/multi-stage.

    It is fine where the image is for development, or the program runs the toolchain.
    """
    for fact in facts.layers.toolchains:
        yield rule.finding(
            f"the image starts {fact.starts}, and holds all of {fact.base} with it; a second stage with "
            f"`COPY --from=build {fact.built} …` holds that alone",
            location=Location(facts.dockerfile.name, fact.line),
        )


def _why(source: SourceFact) -> str:
    if source.by is None:
        instead = f"; name {source.behind} itself" if source.behind else ""
        return f"BuildKit follows each symlink once, and an earlier source went through its link{instead}"
    back = f"; {source.exception!r} at the end of the ignore file brings it back" if source.exception else ""
    return f"excluded by {source.by.where} {source.by.written!r}{back}"


def _said(use: Use) -> str:
    return f"{use.instruction} {without_login(use.source)}".strip()


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


# Rules about what the build reads and does not get.


@rule("needed-input-ignored", "warning", of="dockerfile.inputs")
def needed_input_ignored(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A command of a RUN, or a COPY out of a stage, reads a file that the ignore file excludes.

    A COPY of its directory, as `COPY . .`, does not fail without it; the RUN does, or goes on with other versions.
    `npm ci` needs package-lock.json, `pip install -r` the requirements, `go build` what a source embeds. The usual
    cause is a line such as `*.json`, `*.md` or `*.txt`. It is an error where the RUN is sure to fail, as `COPY --from`
    is where no command of the stage may make what it names.

    The pattern that is named with the finding is the shortest exception that brings the file back for every builder.
    Where the build is meant to do without the file, take it out of the command or of the manifest that names it.
    """
    for lost in facts.dockerfile.inputs:
        if lost.by is not None:
            back = f"; {lost.exception!r} at the end of the ignore file brings it back" if lost.exception else ""
            message = f"{_reads(lost)}, which {lost.by.where} {lost.by.written!r} excludes{back}"
            yield _finding(rule, facts, lost, message)


@rule("needed-input-not-copied", "warning", of="dockerfile.inputs")
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


# Rules about secrets in what declares a build, which `ctxaudit/survey/collector.py` applies.


@rule("secret-in-dockerfile", "error", elsewhere=True)
def secret_in_dockerfile(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An instruction of the Dockerfile holds a secret in plain text.

    ENV, LABEL, CMD and HEALTHCHECK keep it in the image's configuration; RUN, ARG and heredocs keep it in the image's
    history, a layer or the provenance: `docker history` shows it to whoever has the image.

    Give it to the step that needs it by `RUN --mount=type=secret,id=NAME,env=NAME`, or to the container when it starts,
    and revoke the one that was written down.
    """
    yield from ()


@rule("secret-in-build-file", "error", elsewhere=True)
def secret_in_build_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The compose or bake file that declares the build holds a secret in plain text.

    A build argument stands in the history of every later RUN, and in the image's provenance. A value of `environment:`
    is in no build, and there for whoever has the repository. Where the file itself is sent, a finding of its content
    says how far it gets. In a file for tests or examples it is a note.

    Write `secrets:` below `build:` (compose) or `secret = ["id=NAME,env=NAME"]` (bake), and read it by
    `RUN --mount=type=secret,id=NAME`.
    """
    yield from ()


@rule("secret-in-context-url", "error", elsewhere=True)
def secret_in_context_url(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The URL of a context holds a password or a token.

    The command line that it is on stands in the shell's history, in the list of processes and in the log of the build.

    BuildKit fetches a private repository with `docker build --secret id=GIT_AUTH_TOKEN URL`, or by SSH with
    `--ssh default`. Revoke the one that was written down.
    """
    yield from ()


@rule("secret-argument", "note", elsewhere=True)
def secret_argument(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An ARG or ENV has a name that means a secret, and no secret as its value here.

    Whatever the build is given for it stays in the image's history or configuration. BuildKit says the same as
    SecretsUsedInArgOrEnv.

    It is fine where the value is the path of a file, or nothing secret. Else give it by `RUN --mount=type=secret`.
    """
    yield from ()


@rule("secret-mount-copied", "warning", elsewhere=True)
def secret_mount_copied(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A RUN mounts a secret, and copies it into the layer.

    The mount keeps the secret out of the image; a copy of it brings it back, for everyone who has the image.

    Read the secret where it is mounted, or mount it where the program looks for it: `target=/root/.npmrc`.
    """
    yield from ()


# Rules about the ignore file and what the builder makes of it.

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@rule("inactive-ignore-file", "warning", of="ignore.unread")
def inactive_ignore_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """An ignore file lies there and the builder does not read it.

    BuildKit reads `<Dockerfile>.dockerignore` beside the Dockerfile, or else `.dockerignore` at the context root, never
    both; the classic builder reads only the latter. A directory, a broken link or a link that leaves the context counts
    as no ignore file at all, without a word from Docker.

    Docker does not read podman's `.containerignore` either, nor `.dockerignore.prod` or `web.dockerignore`: the file of
    `Dockerfile.web` is `Dockerfile.web.dockerignore`. Such a name is a note where the builder reads an ignore file.

    With `--all`, each build says so of the ignore file at the root where no build has the root as its context.

    It is fine where another build reads the file.
    """
    for unread in facts.ignore.unread:
        finding = rule.finding(f"{unread.name} is not read: {unread.why}", location=Location(unread.name, 1))
        yield finding.as_note() if unread.elsewhere and facts.ignore.file.name else finding


@rule("ignore-file-encoding", "error", of="ignore.file.data")
def ignore_file_encoding(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The ignore file is UTF-16, so that none of its patterns matches what it says.

    Docker reads the file as bytes. Some editors and shells on Windows write UTF-16 by default: save it as UTF-8.
    """
    if facts.ignore.file.data.startswith(_UTF_16):
        yield rule.finding(f"{facts.ignore.file.name} is UTF-16, which Docker does not read", location=_first(facts))


@rule("empty-ignore-file", "note", of="ignore.file.name")
def empty_ignore_file(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """The ignore file holds no pattern, only comments or nothing.

    Everything is permitted, as without the file. Beside a Dockerfile it still counts, and keeps `.dockerignore` from
    being read.

    It is fine where the context is small and made for the build.
    """
    if not facts.ignore.matcher.patterns:
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


@rule("sent-empty", "error", of="sent.emptied")
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


@rule("file-unreadable", "error", of="sent.unreadable")
def file_unreadable(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A file may not be read, and BuildKit sends it empty, without an error.

    Make it readable for whoever builds, or exclude it. The classic builder fails instead.
    """
    for entry in facts.sent.unreadable:
        yield rule.finding(
            f"{entry.path} may not be read, and arrives with 0 of its {entry.size:,} bytes", path=entry.path, files=1
        )


@rule("name-not-utf8", "warning", of="sent.not_utf8")
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
