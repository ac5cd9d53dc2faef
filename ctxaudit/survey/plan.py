"""What one build asks of its tree: its ignore file's patterns, and the paths that its Dockerfile uses."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Self

from ctxaudit.builds.declared import Beside
from ctxaudit.builds.request import BuildRequest
from ctxaudit.dockerfile.stages import EVERYTHING, Needs, Use, in_order, needs
from ctxaudit.errors import ContentError, DockerfileError, PatternError, TreeError
from ctxaudit.ignore import SYNTAX_ERROR
from ctxaudit.ignore.file import NAME
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Unknown
from ctxaudit.rules import Suppressions, in_dockerfile, in_ignore_file, unseen
from ctxaudit.survey.reach import Asks
from ctxaudit.values import expression, frozen
from ctxaudit.walk import DiskTree, SnapshotTree, Tree, includes

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection, Receiver
    from ctxaudit.survey.reasons import Reasons

_CONTROL, _NUL = expression(r"[^\x20-\x7e]"), expression("\0")


class Trees:
    """The tree of each context: one for all who ask, so that each of its directories is read once.

    Git's helper processes end with it. jobs: how many processes may add up what is in one.
    """

    def __init__(self, jobs: int = 1) -> None:
        self.jobs = jobs
        self._trees: dict[tuple[str, str], Tree] = {}
        self._matchers: dict[tuple[object, ...], Matcher] = {}
        self._needs: dict[tuple[object, ...], tuple[Needs | None, tuple[Unknown, ...]]] = {}

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
        key = dialect, *((one.file, one.line, one.exception, one.text, one.raw, type(one)) for one in patterns)
        if key not in self._matchers:
            self._matchers[key] = dialect.of_lines(patterns)
        return self._matchers[key]

    @cached_property
    def reasons(self) -> Reasons:
        """What has to stay, and why; imported when something is found that might go."""
        from ctxaudit.survey.reasons import Reasons

        return Reasons(self.beside)

    @cached_property
    def beside(self) -> Beside:
        """The builds that files beside the contexts declare."""
        return Beside()

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
        found, unknowns = (None, ()) if permitted or used is not None else trees.needs(build)
        asked = [tuple(used)] if used is not None else _asked(build, found)
        tree, matcher = trees.of(build), trees.matcher(build)
        # The client follows links in the unfiltered tree, before the ignore file: an excluded link still leads on.
        followed_each = [None if paths is None else followed(tree, paths) for paths in asked]
        uses = _uses(build, found) if found else ()
        used_by_all = (path for paths in asked for path in paths or ())
        include = _include(followed_each, uses)
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
                select(matcher, _include([one], uses), inside, wide) for one in followed_each if len(asked) > 1
            ),
            requested=bool(build.key) or found is None or _is_requested(build, found),
            follow_paths=asked[0] if len(asked) == 1 else None if None in asked else in_order(used_by_all),
            uses=uses,
            needs=found,
            unknowns=(*build.unknowns, *tree.unknowns(build.shown, partial(includes, let_in)), *unknowns),
        )

    @property
    def narrows(self) -> bool:
        """Whether less may be sent than is permitted."""
        return self.follow_paths is not None or not self.requested

    @property
    def permits(self) -> tuple[object, ...]:
        """What two builds have in common that are permitted the same."""
        build = self.build
        # The classic builder adds exceptions for the Dockerfile, so that two Dockerfiles permit differently.
        own = build.dockerfile.in_context if build.dockerfile and not build.builder.reads_apart else ""
        return self.tree, self.matcher, build.builder, own

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

    def receiver(self, selection: BuildSelection) -> Receiver:
        """Give a new receiver of what a selection lets through."""
        return self.build.builder.receiver(selection)

    def asks(self) -> Asks | None:
        """Give the instructions that ask for paths, None where that is unknown."""
        if self.needs is None:
            return None
        return Asks(
            self.needs,
            {use: None if use.path == EVERYTHING else followed(self.tree, (use.path,)) for use in self.uses},
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

    def suppressions(self) -> Suppressions:
        """Give the comments that silence findings of this build."""
        build, source = self.build, self.build.dockerfile
        comments = list(in_ignore_file(build.ignore))
        if source is None or b"ctxaudit:" not in source.data or self.needs is None:
            return Suppressions(comments)
        dockerfile = source.parsed()
        comments += in_dockerfile(dockerfile)
        return Suppressions(comments, unseen(dockerfile, frozenset(use.line for use in self.uses)))

    def unasked(self) -> Iterator[Use]:
        """Give the uses whose path the client cannot be asked for: it travels as a header of ASCII text."""
        if not self.build.builder.uses_messages:
            return iter(())
        paths = self.follow_paths or ()
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
                names = ", ".join(use.unset)
                yield use, f"{names} is not set, and an empty source means everything; set it in this stage"
            elif not use.needed and use.instruction == "RUN" and not use.source and not use.context:
                yield (
                    use,
                    "a tmpfs mount without a source makes BuildKit send all of it; add from=scratch to it",
                )


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
        found = needs(
            build.dockerfile.parsed(),
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
            Unknown(f"what the build uses: {error.what}", error.where or "", error.fix or "fix the Dockerfile"),
        )
    return found, found.unknowns


def _uses(build: BuildRequest, found: Needs) -> tuple[Use, ...]:
    """What instructions use of this context, past its ignore file."""
    uses = (use for use in found.uses if use.context == build.key)
    return tuple(use for use in uses if not (build.builder.mounts_raw and use.instruction == "RUN"))


def _is_requested(build: BuildRequest, found: Needs) -> bool:
    if build.builder.mounts_raw:
        return bool(_uses(build, found))
    return found.requested or not build.builder.narrows


def _asked(build: BuildRequest, found: Needs | None) -> list[tuple[str, ...] | None]:
    """The paths that the builder asks its client for, None for everything; for each transfer of the context."""
    if found is None or not build.builder.narrows:
        return [None]
    if build.builder.mounts_raw:
        return [in_order(use.path for use in _uses(build, found))]
    # The main context is requested once; a named one is, for each group of instructions, requested anew.
    if not build.key:
        return [found.follow_paths]
    return [paths for key, paths in found.transfers if key == build.key]


def _include(asked: Sequence[tuple[str, ...] | None], uses: Sequence[Use]) -> Matcher | None:
    """What the client includes for these transfers, links followed; None for everything."""
    # Used paths become patterns of patternmatcher as they stand: `[b].txt` is a class, `!x` an exception.
    patterns = [pattern for paths in asked for pattern in paths or ()]
    try:
        include = None if None in asked else Matcher.of(patterns)
    except PatternError as error:
        raise _without_values(error, uses) from error
    return include if include and include.patterns else None


def _without_values(error: PatternError, uses: Sequence[Use]) -> PatternError:
    """Return the error with build arguments by name, for a source that holds any."""
    shown = next((use.shown for use in uses if use.shown and f'"{use.path}"' in error.what), "")
    if not shown:
        return error
    return PatternError(f'{SYNTAX_ERROR} "{shown}"', where=error.where, source=shown, fix=error.fix)
