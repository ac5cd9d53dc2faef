"""What one build asks of its tree: its ignore file's patterns, and the paths that its Dockerfile uses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, Self

from ctxaudit.builds.declared import Beside
from ctxaudit.builds.request import BuildRequest
from ctxaudit.dockerfile import Instruction
from ctxaudit.dockerfile.stages import EVERYTHING, Needs, Use, in_order, needs
from ctxaudit.errors import ContentError, CtxauditError, DockerfileError, PatternError, TreeError, excerpt
from ctxaudit.files import follow
from ctxaudit.ignore import SYNTAX_ERROR, BadPattern, compiled_glob, expand, has_wildcard, literal_part, unescaped
from ctxaudit.ignore.file import NAME, written
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Finding, Quote, Reach, Unknown
from ctxaudit.rules import Suppressions, in_dockerfile, in_ignore_file, unseen
from ctxaudit.values import expression, frozen
from ctxaudit.walk import DiskTree, SnapshotTree, Tree, decide, includes

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection
    from ctxaudit.builds.compose.watch import Watched
    from ctxaudit.survey.chain import Chain
    from ctxaudit.survey.inputs import Reasons

# How far a path gets, which instruction brings it there, and how that instruction is quoted. Pure.

_VALUED = frozenset(("ARG", "ENV", "LABEL"))  # instructions whose words hold values that nobody has to see
_BLANKS = expression(r"[ \t]+")
_QUOTED = 200  # characters of a line
_RANK: dict[Reach, int] = {"excluded": 0, "permitted": 1, "sent": 2, "intermediate": 3, "final": 4}


@frozen
class Ask:
    """An instruction that asks for a path, and how far it takes it.

    final: into the target's own layers; intermediate: into those of another stage; sent: no layer, as a mount or a
    COPY that excludes it again.
    """

    use: Use
    reach: Reach


class Asks:
    """What the instructions of a build ask of one context.

    patterns: for each use the patterns that the client includes for it alone, links followed; None for everything.
    removed: the paths that the builder removes before the first instruction.
    """

    def __init__(
        self, needs: Needs, patterns: Mapping[Use, Sequence[str] | None], removed: frozenset[str] = frozenset()
    ) -> None:
        self._removed = removed
        self._sent = {use: None if given is None else Matcher.of(given) for use, given in patterns.items()}
        self._copied = {use: None if given is None else _copied(use, given) for use, given in patterns.items()}
        self._final = {stage.index for stage in needs.stages if stage.final}
        self._excludes = {use: Matcher.of(use.exclude) for use in patterns if use.exclude}

    def of(self, path: str) -> Iterator[Ask]:
        """Give every instruction that asks for the path or for something below it, in the order of the file."""
        for use, matcher in self._sent.items():
            # A directory above the source travels as well: `COPY a/b` sends the entry of `a`.
            if matcher is None or matcher.excludes(path) or use.path.startswith(f"{path}/"):
                yield Ask(use, self._reach(use, path))

    def furthest(self, path: str) -> Ask | None:
        """Give the instruction that takes the path furthest, the first of several."""
        return max(self.of(path), key=lambda ask: _RANK[ask.reach], default=None)

    def _reach(self, use: Use, path: str) -> Reach:
        copied = self._copied[use]
        taken = copied is None or copied.excludes(path) or use.path.startswith(f"{path}/")
        # A mount is there while its RUN is, and leaves nothing in a layer.
        if use.instruction == "RUN" or path in self._removed or not taken:
            return "sent"
        if use in self._excludes and self._is_excluded(use, path):
            return "sent"
        return "final" if use.stage_index in self._final else "intermediate"

    def _is_excluded(self, use: Use, path: str) -> bool:
        """Whether COPY --exclude drops it: its patterns look below the source, which itself is never excluded."""
        # With --parents the patterns look at the whole path; else at what is below the source.
        depth = 0 if use.path == EVERYTHING or use.parents else use.path.count("/") + 1
        inside = "/".join(path.split("/")[depth:])
        return bool(inside) and self._excludes[use].excludes(inside)


def _copied(use: Use, patterns: Sequence[str]) -> Matcher:
    """What COPY takes of what is sent for it.

    A wildcard that meets a link makes the client send all that the wildcard's own beginning matches; COPY still takes
    only what the whole source matches.
    """
    own = [pattern for pattern in patterns if not (has_wildcard(pattern) and use.path.startswith(f"{pattern}/"))]
    return Matcher.of([*own, use.path])


def quoted(findings: Sequence[Finding], plan: Plan) -> list[Finding]:
    """Give the findings; those that are errors, or are about a line, with what stands there."""
    if not any(map(_is_quoted, findings)):
        return list(findings)
    ignore, source = plan.build.ignore, plan.build.dockerfile
    lines = written(ignore.data)
    instructions = _instructions(plan)
    asks = plan.asks() if instructions else None
    quoted_findings = []
    for finding in findings:
        at = finding.location
        if at is not None and _is_quoted(finding):
            if source is not None and at.file == source.name and at.line in instructions:
                instruction = instructions[at.line]
                words = [*_words(finding, plan.uses, asks.of(finding.path) if asks and finding.path else ())]
                words += _mounts(instruction, finding)
                finding = replace(finding, quote=_of_instruction(instruction, words))
            elif at.file == ignore.name and 0 < at.line <= len(lines) and lines[at.line - 1]:
                finding = replace(finding, quote=_quote(lines[at.line - 1], lines[at.line - 1]))
        quoted_findings.append(finding)
    return quoted_findings


def _is_quoted(finding: Finding) -> bool:
    return finding.quote is None and (finding.severity == "error" or not finding.kind)


def _instructions(plan: Plan) -> dict[int, Instruction]:
    """Give the Dockerfile's instructions by their lines, none where it cannot be read."""
    source = plan.build.dockerfile
    try:
        instructions = source.parsed.instructions if source and source.data else ()
    except CtxauditError:
        return {}
    return {instruction.line: instruction for instruction in instructions}


def _words(finding: Finding, uses: Iterable[Use], asks: Iterable[Ask]) -> Iterator[str]:
    """Give the words of the instruction that the finding may be about, the likeliest first."""
    line = finding.location.line if finding.location else 0
    yield from (ask.use.source for ask in asks if ask.use.line == line)
    yield from (use.source for use in uses if use.line == line and _is_named(use, finding.message))
    yield from (finding.path, finding.path.rpartition("/")[2])


def _is_named(use: Use, message: str) -> bool:
    return bool(use.source) and message.startswith(
        (f"{use.instruction} {use.source} ", f"{use.instruction} {use.source}:")
    )


def _mounts(instruction: Instruction, finding: Finding) -> Iterator[str]:
    """Give the mounts of a RUN, those of a tmpfs alone where the finding is about that."""
    for mount in (instruction.trigger or instruction).every("mount"):
        if "tmpfs" in mount or "tmpfs" not in finding.message:
            yield f"--mount={mount}"


def _of_instruction(instruction: Instruction, words: Iterable[str]) -> Quote | None:
    """Quote an instruction, one of several lines up to the word that is marked: what follows may hold a password."""
    inner = instruction.trigger or instruction
    text = instruction.shown if instruction.end_line == instruction.line else _BLANKS.sub(" ", instruction.shown)
    if inner.keyword in _VALUED or (inner.keyword == "RUN" and _holds_secret(instruction.text)):
        return None
    places = (re.search(rf"(?<![^\s=,\"'\[]){re.escape(word)}(?![^\s,\"'\]])", text) for word in words if word)
    match = next(filter(None, places), None) or re.match(r"\S*", text)
    assert match is not None  # the last expression matches ""
    if instruction.end_line > instruction.line:
        text = f"{text[: match.end()]} …" if text[match.end() :].strip() else text
    return _quote(text, match[0], match.start())


def _holds_secret(text: str) -> bool:
    from ctxaudit.secrets.search import search

    return bool(search("Dockerfile", text.encode("utf-8", "surrogateescape"), b""))


def _quote(line: str, marked: str, column: int = 0) -> Quote:
    text, place = excerpt(line, column, _QUOTED)
    return Quote(text, place, max(1, min(len(marked), len(text) - place)))


# The paths that instructions name, found in the tree.

MOST = 1000  # matches of one wildcard that are looked at


@frozen
class NamedSource:
    """A source that an instruction names outright.

    paths: what is there for it, links followed; more than one only for a wildcard. wildcard: whether it is one.
    names: those that it means by name. `*.jar` means each jar; `target/*` means target, and no file in it; `*` nothing.
    directory: of a wildcard that matches nothing the directory before it, "" for the root, and for others.
    """

    use: Use
    paths: tuple[str, ...]
    wildcard: bool
    names: tuple[str, ...]
    directory: str = ""


def sources(tree: Tree, uses: tuple[Use, ...]) -> Iterator[NamedSource]:
    """Find each source that has to be there and whose text is known; one that stands for everything, or holds an unset
    variable, is omitted."""
    for use in uses:
        # COPY reads `**` as `*` (path.Match), the client as any depth (patternmatcher): no list means both.
        if use.path == EVERYTHING or use.unset or not use.needed or "**" in use.path:
            continue
        paths = _there(tree, use.path)
        named = literal_start(use.path)
        names = paths if named == use.path else _there(tree, named) if named else ()
        is_wild = has_wildcard(use.path)
        yield NamedSource(use, paths, is_wild, names, _above_wildcard(use.path) if is_wild and not paths else "")


def _there(tree: Tree, path: str) -> tuple[str, ...]:
    """Give what is there for a source, links followed."""
    if not has_wildcard(path):
        target = resolved(tree, unescaped(path))
        return () if target is None else (target,)
    return tuple(path for path, _ in zip(expanded(tree, path), range(MOST), strict=False))


def _above_wildcard(path: str) -> str:
    return unescaped("/".join(takewhile(lambda segment: not has_wildcard(segment), path.split("/"))))


def is_let_in(plan: Plan, path: str) -> bool:
    """Whether the ignore file lets a file through, or of a directory something in it; an empty one itself."""
    waiting = [path]
    while waiting:
        at = waiting.pop()
        choice, turned_back = decide(plan.permitted, at)
        names = plan.tree.names(at) if plan.tree.type(at) == "dir" else ()
        if turned_back or (names and not choice.descends):
            continue
        if choice.kept and not names:
            return True
        waiting += [f"{at}/{name}" for name in names]
    return False


def literal_start(path: str) -> str:
    """Omit the last segments that hold nothing but wildcards, and dots: they match whatever lies there."""
    segments = path.split("/")
    while segments and has_wildcard(segments[-1]) and not literal_part(segments[-1]).strip("."):
        segments.pop()
    return "/".join(segments)


# What an image may use of the context though no COPY names it: the words of the instructions that run something, and
# what Node's manifest says that it starts. A build that runs in the image makes its output again.
_RUNS = frozenset(("CMD", "ENTRYPOINT", "HEALTHCHECK", "RUN"))
_PATH_WORD = expression(r"[\w@+~.-]+(?:/[\w@+~.-]+)*")
_BUILDS = expression(r"\b(?:build|make|compile|bundle|package|publish|webpack|tsc|vite|msbuild|mvnw?|gradlew?)\b")
_STARTED = expression(r"\b(?:npm|yarn|pnpm|bun)[\"',\s]{1,8}(?:run[\"',\s]{1,8})?start\b|\bnode[\"',\s]{1,8}\.")
_MOST_WORDS = 10_000


def mentioned(plan: Plan) -> frozenset[str]:
    """Return the paths at the root of the tree that the words of instructions mention, with those above and below."""
    runs = [instruction.trigger or instruction for instruction in _instructions(plan).values()]
    is_built = any(instruction.keyword == "RUN" and _BUILDS.search(instruction.text) for instruction in runs)
    texts = [instruction.text for instruction in runs if instruction.keyword in _RUNS and not is_built]
    if any(map(_STARTED.search, texts)):
        texts += _started(plan.tree)
    names = plan.tree.names("") if texts else frozenset()
    paths = set[str]()
    for word in islice(chain.from_iterable(map(_PATH_WORD.findall, texts)), _MOST_WORDS):
        parts = word.split("/")
        for at, part in enumerate(parts):
            if part in names:
                paths.update("/".join(parts[at:end]) for end in range(at + 1, len(parts) + 1))
    starts = (literal_start(use.path.partition("**")[0].rstrip("/")) for use in plan.uses if "**" in use.path)
    return frozenset(paths.union(filter(None, starts)))


def _started(tree: Tree) -> Iterator[str]:
    """Give what the manifest of a project of Node starts with."""
    import json

    try:
        manifest = json.loads(tree.head("package.json", _LARGEST_MANIFEST))
    except (ValueError, RecursionError):
        return
    if isinstance(manifest, dict):
        scripts = manifest.get("scripts")
        started = scripts.get("start") if isinstance(scripts, dict) else None
        yield from (entry for entry in (manifest.get("main"), started) if isinstance(entry, str))


_LARGEST_MANIFEST = 1 << 20  # bytes


def means(pattern: str, path: str) -> bool:
    """Whether a source with wildcards means the path by its name, be it there or not."""
    parts, names = pattern.split("/"), path.split("/")
    # `*` in the last place means whatever lies there; it asks for no one name.
    if literal_start(pattern) != pattern or len(parts) != len(names):
        return False
    try:
        return all(compiled_glob(part)(name) for part, name in zip(parts, names, strict=True))
    except BadPattern:
        return False


def resolved(tree: Tree, path: str) -> str | None:
    """Follow the links of a path inside the context; None where nothing is there."""
    target = follow(tree.target, path)
    return target if target and tree.type(target) is not None else None


def expanded(tree: Tree, pattern: str) -> Iterator[str]:
    """Give the paths that match as COPY matches them, links followed."""
    matches = expand(pattern, tree.names, lambda path: tree.type(path) == "dir")
    return (resolved(tree, path) or path for path in matches)


_WILD = expression(r"[*?\[\]\\]")
_CONTROL, _NUL = expression(r"[^\x20-\x7e]"), expression("\0")


class Trees:
    """The tree of each context: one for all who ask, so that each of its directories is read once.

    Git's helper processes end with it. jobs: how many processes may add up what is in one. beside: the builds that
    files beside the contexts declare.
    """

    def __init__(self, jobs: int = 1) -> None:
        self.jobs = jobs
        self._trees: dict[tuple[str, str], Tree] = {}
        self._matchers: dict[tuple[object, ...], Matcher] = {}
        self._needs: dict[tuple[object, ...], tuple[Needs | None, tuple[Unknown, ...]]] = {}
        self.beside = Beside()

    def of(self, build: BuildRequest) -> Tree:
        """Give the tree of a build's context."""
        snapshot = build.snapshot
        key = os.fspath(build.context), snapshot.commit if snapshot else ""
        if key not in self._trees:
            self._trees[key] = SnapshotTree(snapshot, build.context) if snapshot else DiskTree(build.context, self.jobs)
        return self._trees[key]

    def matcher(self, build: BuildRequest) -> Matcher:
        """Give the matcher of a build's ignore file, in its builder's dialect; it remembers what it was asked."""
        dialect, patterns = build.builder.dialect, build.ignore.patterns
        key = (
            dialect,
            *(
                (pattern.file, pattern.line, pattern.exception, pattern.text, pattern.raw, type(pattern))
                for pattern in patterns
            ),
        )
        if key not in self._matchers:
            self._matchers[key] = dialect.of_lines(patterns)
        return self._matchers[key]

    @cached_property
    def reasons(self) -> Reasons:
        """What has to stay, and why; imported when something is found that might go."""
        from ctxaudit.survey.inputs import Reasons

        return Reasons(self.beside)

    def needs(self, build: BuildRequest) -> tuple[Needs | None, tuple[Unknown, ...]]:
        """Give what a build's Dockerfile uses, None where it is not known, and why."""
        source = build.dockerfile
        key = (
            source and (source.name, source.data, source.first_line, str(source.fault)),
            *(build.shown, build.builder.reads_apart, build.target, build.platform),
            *(tuple(sorted(build.build_args.items())), tuple(sorted(build.build_contexts.items()))),
        )
        if key not in self._needs:
            self._needs[key] = _needs(build)
        return self._needs[key]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for tree in self._trees.values():
            if tree.repository is not None:
                tree.repository.close()


@frozen
class Plan:
    """What a build asks of its tree.

    trees: those that others ask, too. matcher: the ignore file's patterns. selection: what is sent; permitted: what
    the ignore file lets through. parts: what each transfer of it sends, of a named context that has several.
    requested: some instruction needs the context. follow_paths: what is used, None for everything.
    uses: of this context. needs: None without a Dockerfile that could be read.
    """

    build: BuildRequest
    trees: Trees
    tree: Tree
    matcher: Matcher
    selection: BuildSelection
    permitted: BuildSelection
    parts: tuple[BuildSelection, ...]
    requested: bool
    follow_paths: tuple[str, ...] | None
    uses: tuple[Use, ...]
    needs: Needs | None
    unknowns: tuple[Unknown, ...]

    @classmethod
    def of(
        cls,
        build: BuildRequest,
        *,
        used: Sequence[str] | None = None,
        permitted: bool = False,
        wide: bool = False,
        trees: Trees | None = None,
    ) -> Plan:
        """Decide what is used.

        used: these paths instead of the Dockerfile's. permitted: all that the ignore file lets through counts as used.
        wide: the selection also says what is permitted and not used. trees: those that others ask, too.
        Raises DockerfileError, PatternError or TreeError where the builder would fail.
        """
        trees = trees or Trees()
        build_needs, unknowns = (None, ()) if permitted or used is not None else trees.needs(build)
        # A builder that mounts raw shows a mount the directory itself, past the ignore file.
        uses = tuple(
            use
            for use in (build_needs.uses if build_needs else ())
            if use.context == build.key and not (build.builder.mounts_raw and use.instruction == "RUN")
        )
        transfers = [tuple(used)] if used is not None else _asked(build, build_needs, uses)
        tree, matcher = trees.of(build), trees.matcher(build)
        # The client follows links in the unfiltered tree, before the ignore file: an excluded link still leads on.
        reached = [None if paths is None else followed(tree, _matched(build, tree, paths)) for paths in transfers]
        used_by_all = (path for paths in transfers for path in paths or ())
        file = build.dockerfile.name if build.dockerfile else ""
        include = _include(reached, uses, file)
        inside = build.dockerfile.in_context if build.dockerfile and not build.key else ""
        select = partial(build.builder.select, kind=tree.type)
        let_in = select(matcher, None, inside, wide)
        return cls(
            build=build,
            trees=trees,
            tree=tree,
            matcher=matcher,
            selection=select(matcher, include, inside, wide),
            permitted=let_in,
            parts=tuple(
                select(matcher, _include([part], uses, file), inside, wide) for part in reached if len(transfers) > 1
            ),
            requested=bool(build.key) or build_needs is None or _is_requested(build, build_needs, uses),
            follow_paths=transfers[0] if len(transfers) == 1 else None if None in transfers else in_order(used_by_all),
            uses=uses,
            needs=build_needs,
            unknowns=(*build.unknowns, *tree.unknowns(build.shown, partial(includes, let_in)), *unknowns),
        )

    @property
    def permits(self) -> tuple[object, ...]:
        """What two builds have in common that are permitted the same."""
        build = self.build
        # The classic builder adds exceptions for the Dockerfile, so that two Dockerfiles permit differently.
        own = build.dockerfile.in_context if build.dockerfile and not build.builder.reads_apart else ""
        return self.tree, self.matcher, build.builder, own, build.filters.for_cache

    def permits_path(self, path: str) -> bool:
        """Whether the ignore file lets a path through."""
        return includes(self.permitted, path)

    def sends(self, path: str) -> bool:
        """Whether the builder is sent a path: the ignore file permits it, and an instruction uses it."""
        return self.requested and includes(self.selection, path)

    @property
    def is_fetched(self) -> bool:
        """Whether the builder fetches the context itself, so that nothing is transferred."""
        return self.build.fetched and self.build.builder.fetches

    @property
    def watched(self) -> Watched | None:
        """The rules of `develop.watch` for the main context on the disk, None where there are none."""
        build = self.build
        return None if build.key or build.snapshot is not None or self.is_fetched else build.watched

    def asks(self) -> Asks | None:
        """Give the instructions that ask for paths, None where that is unknown."""
        if self.needs is None:
            return None
        return Asks(
            self.needs,
            {
                use: None
                if use.path == EVERYTHING
                else followed(self.tree, _matched(self.build, self.tree, (use.path,)))
                for use in self.uses
            },
            self.removed(),
        )

    def removed(self) -> frozenset[str]:
        """The paths that the classic builder is sent and removes before the first instruction.

        Source: moby/moby b985e23, `removeDockerfile`.
        """
        source, build = self.build.dockerfile, self.build
        if build.builder.reads_apart or build.key or not build.ignore.name:
            return frozenset()
        own = (NAME, source.in_context if source else "")
        return frozenset(path for path in own if path and self.matcher.excludes(path))

    def chain(self, path: str) -> Chain | None:
        """Follow a path through the stages, None where nothing copies it, or the Dockerfile may mean something else."""
        if self.needs is None or self.needs.foreign or self.build.key or path in self.removed():
            return None
        from ctxaudit.survey.chain import chain_of

        return chain_of(self.needs, path, is_dir=self.tree.type(path) == "dir")

    def suppressions(self) -> Suppressions:
        """Give the comments that silence findings of this build."""
        build, source = self.build, self.build.dockerfile
        comments = list(in_ignore_file(build.ignore)) if b"ctxaudit:" in build.ignore.data else []
        if source is None or b"ctxaudit:" not in source.data or self.needs is None:
            return Suppressions(comments)
        dockerfile, lines = source.parsed, frozenset(use.line for use in self.uses)
        # What is not about a named context is said of the main one.
        comments += (
            comment
            for comment in in_dockerfile(dockerfile)
            if not build.key or (comment.covers is not None and comment.covers.line in lines)
        )
        return Suppressions(comments, unseen(dockerfile, lines))

    def unasked(self) -> Iterator[Use]:
        """Give the uses whose path the client cannot be asked for: it travels as a header of ASCII text."""
        paths = self.follow_paths
        if not paths or not self.build.builder.uses_messages:
            return iter(())
        # With one path beyond ASCII, BuildKit escapes all of them, and only a NUL still breaks (`encodeOpts`).
        breaking = _CONTROL if all(map(str.isascii, paths)) else _NUL
        return (use for use in self.uses if use.path in paths and breaking.search(use.path))

    def whole(self) -> Iterator[tuple[Use, str]]:
        """Give the uses that ask for the whole context without saying so; why, and how to fix it."""
        for use in self.uses if self.build.builder.uses_messages else ():
            if use.path != EVERYTHING:
                include = followed(self.tree, (use.path,))
                if include is None:
                    yield use, "it is a symlink to the context root; write `.` if that is meant"
                # FollowLinks keeps the pattern up to a wildcard that meets a link: `*/c1` becomes `*`, which is
                # everything.
                elif {"*", "**"} & set(include) - {use.path}:
                    yield use, "its wildcard meets a symlink, so that all it matches is sent; write the names instead"
            elif use.unset and not use.unknown:
                names, given = ", ".join(use.unset), " ".join(f"--build-arg {name}=…" for name in use.arguments)
                is_declared = set(use.arguments) == set(use.unset)
                what = "has no value" if is_declared else "is not set"
                fix = f"give it one with {given}" if is_declared else "set it in this stage"
                yield use, f"{names} {what}, and an empty source means everything; {fix}"
            elif not use.needed and use.instruction == "RUN" and not use.source and not use.context:
                yield (
                    use,
                    "a tmpfs mount without a source makes BuildKit send all of it; add from=scratch to it",
                )


def _matched(build: BuildRequest, tree: Tree, paths: Sequence[str]) -> Sequence[str]:
    """Replace each wildcard by what it matches, for a builder that reads the directory itself.

    BuildKit asks its client for the wildcard, and a link that matches widens it; Podman looks, and follows each match.
    """
    if build.builder.uses_messages:
        return paths
    replaced: list[str] = []
    for path in paths:
        matches = []
        if has_wildcard(path) and "**" not in path:  # Podman reads `**` as any depth, as the pattern does
            matches = [*expand(path, tree.names, lambda candidate: tree.type(candidate) == "dir")]
        replaced += [_WILD.sub(r"\\\g<0>", match) for match in matches] or [path]
    return replaced


def followed(tree: Tree, paths: Sequence[str]) -> tuple[str, ...] | None:
    """Follow the links of used paths; None where they come to everything. Raises TreeError where it may not look."""
    from ctxaudit.builders.base import follow_links

    try:
        return follow_links(tree, paths)
    except PermissionError as error:
        raise TreeError(
            f"lstat {error.filename}: permission denied",
            where=os.path.relpath(error.filename, tree.root),
            fix="the builder fails here too: make the directory above it readable",
        ) from error


def _needs(build: BuildRequest) -> tuple[Needs | None, tuple[Unknown, ...]]:
    if build.dockerfile is None:
        what = "what the build uses: there is no Dockerfile, so that everything permitted counts as used"
        return None, (Unknown(what, build.shown, "name the Dockerfile with -f"),)
    try:
        if build.dockerfile.fault is not None:
            raise build.dockerfile.fault
        build_needs = needs(
            build.dockerfile.parsed,
            target=build.target,
            build_args=build.build_args,
            platform=build.platform,
            build_contexts=build.build_contexts,
        )
    except DockerfileError as raised:
        error = build.dockerfile.public(raised)
        if build.builder.reads_apart and not isinstance(raised, ContentError):
            raise error from raised
        # It is sent its context before it reads the Dockerfile.
        # What is uncertain is said, and everything counts as used: the safe side for what leaks.
        return None, (
            Unknown(f"what the build uses: {error.said}", error.where or "", error.remedy or "fix the Dockerfile"),
        )
    return build_needs, build_needs.unknowns


def _is_requested(build: BuildRequest, build_needs: Needs, uses: Sequence[Use]) -> bool:
    if build.builder.mounts_raw:
        return bool(uses)
    return build_needs.requested or not build.builder.narrows


def _asked(build: BuildRequest, build_needs: Needs | None, uses: Sequence[Use]) -> list[tuple[str, ...] | None]:
    """The paths that the builder asks its client for, None for everything; for each transfer of the context."""
    if build_needs is None or not build.builder.narrows:
        return [None]
    if build.builder.mounts_raw:
        return [in_order(use.path for use in uses)]
    # The main context is requested once; a named one is, for each group of instructions, requested anew.
    if not build.key:
        return [build_needs.follow_paths]
    return [paths for key, paths in build_needs.transfers if key == build.key]


def _include(transfers: Sequence[tuple[str, ...] | None], uses: Sequence[Use], file: str) -> Matcher | None:
    """What the client includes for these transfers, links followed; None for everything.

    file: the Dockerfile's name.
    """
    # Used paths become patterns of patternmatcher as they stand: `[b].txt` is a class, `!x` an exception.
    patterns = [pattern for paths in transfers for pattern in paths or ()]
    try:
        include = None if None in transfers else Matcher.of(patterns)
    except PatternError as error:
        raise _of_source(error, uses, file) from error
    return include if include and include.patterns else None


def _of_source(error: PatternError, uses: Sequence[Use], file: str) -> PatternError:
    """Return the error at the line of its source, with build arguments by name for one that holds any."""
    use = next((use for use in uses if f'"{use.path}"' in error.what), None)
    if use is None:
        return error
    where = f"{file}:{use.line}" if file else error.where
    if not use.shown:
        return PatternError(error.what, where=where, source=error.source, column=error.column, fix=error.fix)
    return PatternError(f'{SYNTAX_ERROR} "{use.shown}"', where=where, source=use.shown, fix=error.fix)
