"""What a build asks for: the paths its reachable stages use, and what local files cannot tell about them.

Source: moby/buildkit 73ed682, frontend/dockerfile/dockerfile2llb/convert.go (dispatch, normalizeContextPaths),
convert_copy.go and convert_runmount.go.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from ctxaudit.dockerfile import (
    SCAN_CONTEXT,
    BuildArgs,
    Dockerfile,
    Instruction,
    InvalidReference,
    Platform,
    Scope,
    Value,
    child_scope,
    git_fault,
    global_scope,
    is_git,
    is_http_url,
    is_known_frontend,
    is_remote,
    left_by,
    parse_platform,
    parser,
    root_scope,
    words,
)
from ctxaudit.dockerfile.checks import Mount, heredoc_content, read_mount, stands_for
from ctxaudit.dockerfile.graph import LINKS, SCRATCH, Command, Contexts, Graph, StageState, lineage
from ctxaudit.dockerfile.words import quoted
from ctxaudit.errors import DockerfileError, Interpolated, by_names, masked, without_login
from ctxaudit.model import Unknown
from ctxaudit.values import frozen, record

__all__ = ["EVERYTHING", "MAIN", "OUTSIDE", "Needs", "Stage", "Step", "Unknown", "Use", "in_order", "needs"]

EVERYTHING = "/"
ONBUILD = "ONBUILD of "  # an image: what begins to say that its instructions are not known
# Where a COPY or ADD takes its sources from, if from no stage: the main context; an image, a named context or a URL.
MAIN, OUTSIDE = -1, -2
_MOST_VARIABLES = 200
_USUAL = "linux/amd64"  # the platform of most builds, normalised


@frozen
class Use:
    """One path of a context that one instruction asks for.

    path: relative as BuildKit normalises it, wildcards kept; "/" for everything. source: as written.
    line: of an ONBUILD for what it leaves to a later stage. stage: its name, or its index.
    instruction: COPY, ADD or RUN; FROM where the target itself is a named context.
    unset: variables that expanded to nothing because they are not set, and those of `unknown`. arguments: those of
    them that an ARG declares without a value, which the command line gives.
    unknown: build arguments whose value is not known; the path is then a directory that is sure to hold the source.
    context: "" for the main context, else the named context's key.
    needed: the build fails where the path is not in the context; False for what a tmpfs mount or a git source puts
    among the paths and nobody reads, for what a stage on top of the context may have made, and for a path that is
    guessed.
    shown: the path as a report shows it: a build argument by its name; "" for the path itself.
    """

    path: str
    source: str
    line: int
    instruction: str
    stage: str
    stage_index: int
    unset: tuple[str, ...]
    exclude: tuple[str, ...]
    parents: bool
    context: str
    needed: bool = True
    unknown: tuple[str, ...] = ()
    shown: str = ""
    arguments: tuple[str, ...] = ()


@frozen
class Stage:
    """A stage of the file. One that a named context replaces is not reachable: nothing in it counts.

    name: lower case, "" for none. base: the expanded FROM.
    final: its files end up in the target, which it is or which is built on it.
    parent: the index of the stage that it is built on, None for an image.
    """

    index: int
    name: str
    base: str
    line: int
    reachable: bool
    final: bool
    platform: str
    parent: int | None = None


@frozen
class Bind:
    """A bind mount of a RUN: what it shows, as `Step.origin` and `Step.sources` have it, and where."""

    origin: int
    source: str
    target: str


@frozen
class Read:
    """One path whose content is part of the cache key of a COPY, an ADD or a RUN with a bind mount.

    source: "context", "named:KEY", "stage:NAME", "image:NAME", "remote:URL", or "inline:NAME" for a heredoc.
    path: absolute, wildcards kept. copied: of a COPY or ADD, where wildcards count; a mount's are plain characters.
    include: with `--parents`, the pattern below the path. exclude: as written.
    document: the content of a heredoc; None for all else.
    unclear: a variable without a known value is part of the path.
    shown: the source as a report shows it: a build argument by its name. address: of a remote one, with its value.
    """

    source: str
    path: str
    copied: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    document: str | None = None
    unclear: bool = False
    shown: str = ""
    address: str = ""


@frozen
class Step:
    """One instruction of a reachable stage that brings, makes or starts something.

    keyword: COPY, ADD, RUN, WORKDIR, SHELL, VOLUME, CMD, ENTRYPOINT, HEALTHCHECK, ENV or USER.
    args: as `Instruction` has them, unexpanded.
    text: of RUN, CMD, ENTRYPOINT and HEALTHCHECK what stands behind the keyword and its flags, heredoc bodies below it.
    workdir: absolute, None where the base image decides. env: what ENV and ARG have set so far, values that are known.
    origin: of COPY and ADD a stage's index, MAIN or OUTSIDE. sources: expanded, relative to the root, "/" for all.
    target: where they go, absolute or None as `workdir`; into: it is a directory, and the sources keep their names.
    exclude: the patterns of what is not copied.
    covers: absolute directories that are mounts of a cache or of tmpfs while a RUN runs.
    binds: the mounts that show files of the main context, of a stage or of an image.
    secrets: absolute paths at which a RUN sees a secret, if the builder is given it.
    unclear: a variable without a known value is part of the working directory, of a source or of the target.
    shown: the whole instruction as BuildKit names the step. written: as it stands in the file, on one line.
    flags: of a COPY or ADD expanded, of a RUN as written.
    reads: what its cache key counts, in the order of the instruction.
    """

    keyword: str
    line: int
    stage: int
    args: tuple[str, ...]
    text: str
    workdir: str | None
    env: Mapping[str, str]
    origin: int = MAIN
    sources: tuple[str, ...] = ()
    target: str | None = None
    into: bool = False
    parents: bool = False
    exclude: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    binds: tuple[Bind, ...] = ()
    secrets: tuple[str, ...] = ()
    unclear: bool = False
    shown: str = ""
    written: str = ""
    flags: tuple[tuple[str, str], ...] = ()
    reads: tuple[Read, ...] = ()


@frozen
class Needs:
    """What one build asks for.

    requested: the target's result depends on the main context; without that nothing of it is sent.
    follow_paths: None for everything; () only where nothing is requested.
    transfers: a named context's key, and the paths of one transfer of it, None for everything; each is sent once for
    each distinct set of paths that a stage on it, or an instruction that names it, comes to.
    uses: of the main context and of named ones, by stage and instruction.
    runs: line, text with heredoc bodies and stage index of every reachable RUN.
    foreign: a frontend that is not Docker's may read the file otherwise.
    steps: what the reachable stages do, by stage and then in order. target: the index of the stage that is built.
    """

    requested: bool
    follow_paths: tuple[str, ...] | None
    uses: tuple[Use, ...]
    stages: tuple[Stage, ...]
    unknowns: tuple[Unknown, ...]
    runs: tuple[tuple[int, str, int], ...]
    foreign: bool = False
    steps: tuple[Step, ...] = ()
    target: int = 0
    transfers: tuple[tuple[str, tuple[str, ...] | None], ...] = ()


def needs(
    dockerfile: Dockerfile,
    *,
    target: str | None = None,
    build_args: BuildArgs | None = None,
    platform: str = _USUAL,
    build_contexts: Mapping[str, str] | None = None,
) -> Needs:
    """Find what a build of *target* asks for.

    platform: as `docker build` takes it; of several, the first is looked at. build_contexts: key to value.

    Raises DockerfileError for what BuildKit refuses before it transfers anything.
    """
    given = dict(build_args or {})
    built_for = _USUAL if platform == _USUAL else str(_platform(platform))
    arguments = Scope(dockerfile.escape)
    # Only an ARG or a variable of a FROM asks for what is set above the first stage.
    if any("$" in instruction.text or "ARG" in instruction.text.upper() for instruction in dockerfile.instructions):
        last = [instruction for instruction in dockerfile.instructions if instruction.keyword == "FROM"][-1]
        stage = target or (last.args[2].lower() if len(last.args) == 3 else "")
        shows_platform = not isinstance(platform, Interpolated)
        arguments = global_scope(dockerfile.escape, stage, _platform(platform), given, shows_platform=shows_platform)
        _declare_globals(dockerfile, arguments, given)
    graph = Graph(dockerfile, arguments, Contexts(build_contexts or {}, built_for))
    goal = graph.target(target) if target else graph.stages[-1]
    reached = graph.resolve(goal)
    walk = _Walk(graph, arguments, given, built_for)
    if "syntax" in dockerfile.directives or "BUILDKIT_SYNTAX" in given:
        walk.doubt_frontend()
    if "," in platform:
        walk.doubt_platforms(platform)
    for state in graph.stages:
        if state in reached and not state.dispatched:
            walk.dispatch(state)
    return walk.answer(goal, reached)


def in_order(paths: Iterable[str]) -> tuple[str, ...] | None:
    """Give the paths as BuildKit asks its client for them: each once, in byte order; None for everything.

    The order counts, as the client follows each link once.
    """
    distinct = set(paths)
    return None if EVERYTHING in distinct else tuple(sorted(distinct, key=os.fsencode))


def _platform(names: str) -> Platform:
    try:
        return parse_platform(names.partition(",")[0], by_names(names).partition(",")[0])
    except InvalidReference as error:
        raise DockerfileError(f"failed to parse target platform {by_names(names)}: {error}") from error


def _declare_globals(dockerfile: Dockerfile, arguments: Scope, build_args: BuildArgs) -> None:
    for instruction in dockerfile.instructions:
        if instruction.keyword == "FROM":
            return
        arguments.interpolations = instruction.interpolations
        try:
            arguments.declare(instruction.args, build_args, arguments)
        except DockerfileError as error:
            raise parser.located(error, instruction, dockerfile.name) from error


@record
class _Ground:
    """What a stage has come to, instruction by instruction.

    workdir: None where the base image decides. root: what is below it all, a named context perhaps.
    asks: what its result depends on: None for the main context, and what is named contexts.
    unclear: a variable without a known value is part of the working directory.
    """

    state: StageState
    scope: Scope
    workdir: str | None
    platform: str
    root: StageState
    asks: set[StageState | None] = field(default_factory=set)
    unclear: bool = False


@record
class _Walk:
    """One pass over the reachable stages, in the order of the file."""

    graph: Graph
    arguments: Scope
    build_args: BuildArgs
    platform: str
    grounds: dict[StageState, _Ground] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    unknowns: dict[Unknown, None] = field(default_factory=dict)
    runs: list[tuple[int, str, int]] = field(default_factory=list)
    paths: dict[StageState, list[str]] = field(default_factory=dict)
    foreign: bool = False
    steps: list[Step] = field(default_factory=list)

    def doubt(self, what: str, where: str, settle: str) -> None:
        self.unknowns[Unknown(without_login(what), where, without_login(settle))] = None

    def doubt_frontend(self) -> None:
        """Note a frontend that is not Docker's."""
        written = self.graph.dockerfile.directives.get("syntax")
        given = self.build_args.get("BUILDKIT_SYNTAX")
        frontend = given if given is not None else written[0] if written else None
        if frontend is not None and not is_known_frontend(frontend):
            shown, where = "${BUILDKIT_SYNTAX}", "--build-arg BUILDKIT_SYNTAX"
            if given is None and written:
                shown, where = masked(frontend), f"{self.graph.dockerfile.name}:{written[1]}"
            self.foreign = True
            self.doubt(f"the frontend {shown} may read this file otherwise", where, "a build with that frontend")

    def doubt_platforms(self, platforms: str) -> None:
        """Note that of several platforms the first alone is looked at."""
        first = self.platform if not isinstance(platforms, Interpolated) else "the first one"
        what = f"only {first} of {by_names(platforms)} is looked at"
        self.doubt(what, self.graph.dockerfile.name, "an audit for each platform")

    def dispatch(self, state: StageState) -> None:
        """Take the instructions of *state* one by one."""
        ground = self.ground(state)
        state.dispatched = True
        if _is_unclear(state.base_name):
            self._doubt_variables(self.arguments, state.start, state.start.args[0], state.base_name)
        for command in state.commands:
            take = _TAKERS.get(command.instruction.keyword)
            ground.scope.interpolations = command.instruction.interpolations
            try:
                take(self, ground, command) if take else None
            except DockerfileError as error:
                raise self.graph.located(error, command.instruction) from error

    def ground(self, state: StageState) -> _Ground:
        """What *state* has come to so far; where it begins, if it has not."""
        if state not in self.grounds:
            self.grounds[state] = self._child(state, state.base) if state.base else self._root(state)
        return self.grounds[state]

    def _child(self, state: StageState, base: StageState) -> _Ground:
        below = self.ground(base)
        scope, asks = child_scope(below.scope), set(below.asks)
        return _Ground(state, scope, below.workdir, below.platform, below.root, asks, below.unclear)

    def _root(self, state: StageState) -> _Ground:
        image = self._image(state)
        is_scratch = state.base_name.text == SCRATCH and not state.replaced
        platform = self.platform if is_scratch else state.platform or self.platform
        scope = root_scope(self.arguments, image.shown if image.text else "")
        return _Ground(state, scope, None if image.text else "/", platform, state, {state} if state.context else set())

    def _image(self, state: StageState) -> Value:
        """The image that *state* is built on, "" where everything about its base is known."""
        if state.context:
            image = self.graph.contexts.image(state.context)
            return Value(image, public=by_names(image))
        return Value("") if state.base_name.text == SCRATCH else state.base_name

    def answer(self, goal: StageState, reached: set[StageState]) -> Needs:
        ground = self.ground(goal)
        if ground.root.context:
            self.use(ground, goal.start, goal.start.args[0], Value(EVERYTHING), ground.root)
        scans = ground.scope.scans
        if scans and (scans in ("1", "t", "T", "TRUE", "true", "True") or ground.state.shown in scans.split(",")):
            what = f"{SCAN_CONTEXT} makes an SBOM scan read the whole context"
            self.doubt(what, self._where(ground.state.start), "whether the build has --sbom")
        self._doubt_triggers(reached)
        follow_paths = in_order(use.path for use in self.uses if not use.context)
        final = set(lineage(goal))
        is_asked = None in ground.asks
        return Needs(
            is_asked,
            follow_paths if is_asked else (),
            tuple(self.uses),
            tuple(
                Stage(
                    state.index,
                    state.name,
                    state.base_name.text,
                    state.start.line,
                    reachable=state in reached and not state.replaced,
                    final=state in final and not state.replaced,
                    platform=self.ground(state).platform,
                    parent=state.base.index if state.base else None,
                )
                for state in self.graph.stages
            ),
            tuple(self.unknowns),
            tuple(self.runs),
            self.foreign,
            tuple(self.steps),
            goal.index,
            tuple(
                dict.fromkeys((root.context, in_order(self.paths[root])) for root in self.paths if root in ground.asks)
            ),
        )

    def _doubt_triggers(self, reached: set[StageState]) -> None:
        images: dict[str, Instruction] = {}
        for state in self.graph.stages:
            if state.base or state.replaced or state not in reached:
                continue
            image = self._image(state)
            # Whoever knows the other build says what it leaves.
            if image.text and not image.text.startswith(LINKS) and not left_by(image.text):
                images.setdefault(image.shown, state.start)
        for shown, start in images.items():
            self.doubt(f"{ONBUILD}{shown}", self._where(start), _inspected(shown, "OnBuild"))

    def _where(self, instruction: Instruction) -> str:
        return f"{self.graph.dockerfile.name}:{instruction.line}"

    def use(
        self,
        ground: _Ground,
        instruction: Instruction,
        written: str,
        value: Value,
        root: StageState | None = None,
        needed: bool = True,
    ) -> None:
        """Note a path of the main context, or of the named one that *root* stands for."""
        state, written = ground.state, instruction.public(written)
        if root is not None:
            self.paths.setdefault(root, []).append(_clean(value.text))
        self.uses.append(
            Use(
                _clean(value.text),
                written,
                instruction.line,
                instruction.keyword,
                state.start.public(state.name) or str(state.index),
                state.index,
                tuple(sorted(value.emptied | value.unknown)),
                instruction.every("exclude"),
                instruction.flag("parents") == "true",
                root.context if root else "",
                needed and not value.guessed,
                tuple(sorted(value.unknown)),
                "" if value.public is None else _clean(value.public),
                tuple(sorted(filter(ground.scope.is_open, value.emptied))),
            )
        )
        if _is_unclear(value):
            self._doubt_variables(ground.scope, instruction, written, value)

    def _doubt_variables(self, scope: Scope, instruction: Instruction, written: str, value: Value) -> None:
        where, used = (
            self._where(instruction),
            f"{instruction.public(instruction.keyword)} {instruction.public(written)}",
        )
        for name in sorted(value.guessed):
            what = f"{name} of {used} is the builder's own, and not known here: {value.shown} is taken"
            self.doubt(what, where, f"--build-arg {name}=…")
        for name in sorted(value.unknown):
            self.doubt(f"ARG {name} of {used}: its value is an expression", where, f"--build-arg {name}=…")
        for name in sorted(value.unset):
            if name in value.emptied and scope.is_open(name):
                self.doubt(f"ARG {name} of {used} has no value", where, f"--build-arg {name}=…")
            elif scope.image:
                what = f"{name} of {used} is not set here, {scope.image} may set it"
                self.doubt(what, where, _inspected(scope.image, "Env"))

    def take_copy(self, ground: _Ground, command: Command) -> None:
        """COPY and ADD: the paths they take, of the main context, a stage or a named context."""
        instruction, scope = command.instruction, ground.scope
        sources = [word for word in instruction.args[:-1] if not stands_for(word)]
        flags = {name: scope.expand(instruction.flag(name)).text for name in ("chown", "chmod", "checksum")}
        expanded = [(word, scope.expand_source(word)) for word in sources]
        target = scope.expand(instruction.args[-1])
        documents = tuple(_documents(scope, instruction)) if instruction.heredocs else ()
        self._note_copy(ground, command, [value for _, value in expanded], target, flags, documents)
        if command.sources:
            self._copy_from(ground, command, expanded)
        else:
            if flags["checksum"] and len(expanded) != 1:
                raise DockerfileError("checksum can't be specified for multiple sources")
            if flags["checksum"] and not is_remote(expanded[0][1].text):
                raise DockerfileError("checksum requires HTTP(S) or Git sources", source=expanded[0][1].text)
            self._copy_from_main(ground, instruction, expanded)

    def _note_copy(
        self,
        ground: _Ground,
        command: Command,
        values: Sequence[Value],
        to: Value,
        flags: Mapping[str, str],
        documents: Sequence[Read],
    ) -> None:
        """Note where a COPY or ADD puts its sources; of a remote one nothing is known."""
        sources, target = [value.text for value in values], to.text
        is_outside = any(is_remote(source) for source in sources)
        origin = _index(command.sources[0]) if command.sources else OUTSIDE if is_outside else MAIN
        self.steps.append(
            replace(
                self._step(ground, command.instruction),
                origin=origin,
                sources=tuple(_clean(source) for source in sources),
                target=_joined(ground.workdir, target or "."),
                into=len(sources) > 1 or target.endswith(("/", "/.")) or target in ("", "."),
                parents=command.instruction.flag("parents") == "true",
                exclude=command.instruction.every("exclude"),
                unclear=ground.unclear or any(map(_is_unclear, (*values, to))),
                flags=tuple((name, flags.get(name, value)) for name, value in command.instruction.flags),
                reads=(*self._copied(ground.scope, command, values), *documents),
            )
        )

    def _copied(self, scope: Scope, command: Command, values: Sequence[Value]) -> Iterator[Read]:
        """Give what a COPY or ADD reads; of what comes from elsewhere, only that it does."""
        instruction = command.instruction
        exclude = instruction.every("exclude")
        for value in values:
            if is_remote(value.text):
                yield Read(f"remote:{masked(value.shown)}", EVERYTHING, address=value.text)
                continue
            path = value.text
            include: tuple[str, ...] = ()
            if instruction.flag("parents") == "true":
                # The part before "/./" is not kept: it says where to look.
                above, pivot, below = value.text.partition("/./")
                path, include = above if pivot else EVERYTHING, (_clean(below if pivot else above).lstrip("/"),)
            source = self._source(command.sources[0]) if command.sources else "context"
            yield Read(
                source, _absolute(path), True, include, exclude, unclear=_is_unknown(scope, value), shown=value.shown
            )

    def _source(self, source: StageState) -> str:
        """Say where a stage's files come from: from a named context, too, where nothing in it has changed them."""
        root = self.ground(source).root
        if root.context and _is_untouched(source):
            return f"named:{root.context}"
        return f"stage:{source.shown}" if source.index >= 0 else f"image:{source.base_name.shown}"

    def _step(self, ground: _Ground, instruction: Instruction, bodies: str = "") -> Step:
        args, scope = instruction.args[instruction.keyword == "HEALTHCHECK" :], ground.scope
        # What is set by now: of an ENV what it sets itself; of very much nothing, as each step holds its own.
        own = {word.partition("=")[0] for word in args} if instruction.keyword == "ENV" else scope.names()
        values = ((name, scope.text(name)) for name in own) if len(own) <= _MOST_VARIABLES else ()
        line = f"{instruction.keyword}{instruction.text[len(instruction.keyword) :]}"
        return Step(
            keyword=instruction.keyword,
            line=instruction.line,
            stage=ground.state.index,
            args=instruction.args,
            text=(json.dumps(args) if instruction.json else "\n".join(args)) + bodies,
            workdir=ground.workdir,
            env={name: value for name, value in values if value is not None},
            unclear=ground.unclear,
            shown=words.shown(line, scope.text, self.graph.dockerfile.escape),
            written=" ".join(instruction.text.split()),
        )

    def take_start(self, ground: _Ground, command: Command) -> None:
        """CMD, ENTRYPOINT, HEALTHCHECK: what the container runs."""
        self.steps.append(self._step(ground, command.instruction))

    def _copy_from(self, ground: _Ground, command: Command, expanded: Sequence[tuple[str, Value]]) -> None:
        instruction, (source,) = command.instruction, command.sources
        if not source.dispatched:
            origin, stage = instruction.flag("from"), ground.state.shown
            raise DockerfileError(
                f"cannot copy from stage {quoted(origin)}, it needs to be defined before current stage {quoted(stage)}",
                source=origin,
            )
        below = self.ground(source)
        for written, value in expanded:
            if is_remote(value.text):
                _refuse_remote(instruction, written, value.text)
            ground.asks |= below.asks
            if below.root.context:
                self.use(ground, instruction, written, value, below.root, _is_untouched(source))

    def _copy_from_main(self, ground: _Ground, instruction: Instruction, expanded: Sequence[tuple[str, Value]]) -> None:
        for written, value in expanded:
            is_http = is_repository = False
            if is_remote(value.text):
                _refuse_remote(instruction, written, value.text)
                is_http, is_repository = is_http_url(value.text), is_git(value.text)
            if not is_http:
                # BuildKit puts ssh and git sources among the paths too, where they match nothing.
                self.use(ground, instruction, written, value, needed=not is_repository)
            if not (is_http or is_repository):
                ground.asks.add(None)

    def take_run(self, ground: _Ground, command: Command) -> None:
        instruction, scope = command.instruction, ground.scope
        is_open = functools.partial(_is_unknown, scope)
        mounts = [read_mount(value, scope.expand, is_open) for value in instruction.every("mount")]
        bodies = "".join(f"\n{heredoc.body}{heredoc.name}" for heredoc in instruction.heredocs)
        self.runs.append((instruction.line, instruction.text + bodies, ground.state.index))
        if ground.root.context:
            self.use(ground, instruction, "", Value(EVERYTHING), ground.root)
        for mount, source in zip(mounts, command.sources, strict=True):
            self._mount(ground, instruction, mount, source)
        self.steps.append(
            replace(
                self._step(ground, instruction, bodies),
                covers=tuple(_targets(ground.workdir, mounts, "cache", "tmpfs")),
                secrets=tuple(_targets(ground.workdir, mounts, "secret")),
                binds=tuple(
                    Bind(
                        _index(source) if mount.origin else MAIN, _clean(ground.scope.expand(mount.source).text), target
                    )
                    for mount, source in zip(mounts, command.sources, strict=True)
                    for target in _targets(ground.workdir, [mount], "bind")
                ),
                flags=instruction.flags,
                reads=tuple(
                    Read(
                        self._source(source) if mount.origin else "context",
                        _absolute(ground.scope.expand(mount.source).text),
                        copied=False,
                        unclear=_is_unknown(scope, scope.expand(mount.source)),
                    )
                    for mount, source in zip(mounts, command.sources, strict=True)
                    if mount.type == "bind"
                ),
            )
        )

    def _mount(self, ground: _Ground, instruction: Instruction, mount: Mount, source: StageState) -> None:
        is_from_main = not mount.origin and mount.type != "cache"
        if not is_from_main and not source.dispatched:
            raise DockerfileError(
                f"cannot mount from stage {quoted(mount.origin or SCRATCH)} to {quoted(mount.shown)}, "
                "stage needs to be defined before current command",
                source=mount.origin or None,
            )
        value = ground.scope.expand_source(mount.source)
        if mount.type == "ssh" and value.text:
            raise DockerfileError("ssh does not support source", source=mount.source)
        if mount.type in ("secret", "ssh"):
            return
        _refuse_root(mount.target, ground.workdir)
        below = None if is_from_main else self.ground(source)
        is_read = mount.type != "tmpfs"
        if below is None or below.root.context:
            needed = is_read and (below is None or _is_untouched(source))
            self.use(ground, instruction, mount.source, value, below.root if below else None, needed)
        if is_read:
            ground.asks |= below.asks if below else {None}

    def take_env(self, ground: _Ground, command: Command) -> None:
        ground.scope.set_env(command.instruction.args)
        self.steps.append(self._step(ground, command.instruction))

    def take_arg(self, ground: _Ground, command: Command) -> None:
        ground.scope.declare(command.instruction.args, self.build_args, self.arguments)

    def take_workdir(self, ground: _Ground, command: Command) -> None:
        value = ground.scope.expand(command.instruction.args[0])
        ground.unclear = _is_unclear(value) or (ground.unclear and not value.text.startswith("/"))
        ground.workdir = _joined(ground.workdir, value.text)
        self.steps.append(self._step(ground, command.instruction))

    def take_shell(self, ground: _Ground, command: Command) -> None:
        self.steps.append(self._step(ground, command.instruction))

    def take_label(self, ground: _Ground, command: Command) -> None:
        for word in command.instruction.args:
            name, _, value = word.partition("=")
            ground.scope.expand(name)
            ground.scope.expand(value)

    def take_words(self, ground: _Ground, command: Command) -> None:
        """An instruction that says nothing about paths, but whose variables must be right."""
        for word in command.instruction.args:
            ground.scope.expand(word)

    def take_user(self, ground: _Ground, command: Command) -> None:
        ground.scope.expand(command.instruction.args[0])
        self.steps.append(self._step(ground, command.instruction))

    def take_volume(self, ground: _Ground, command: Command) -> None:
        if not all(ground.scope.expand(word).text for word in command.instruction.args):
            raise DockerfileError("VOLUME specified can not be an empty string")
        self.steps.append(self._step(ground, command.instruction))


_WRITES = frozenset(("ADD", "COPY", "RUN", "WORKDIR"))
_TAKERS: dict[str, Callable[[_Walk, _Ground, Command], None]] = {
    "ADD": _Walk.take_copy,
    "ARG": _Walk.take_arg,
    "CMD": _Walk.take_start,
    "COPY": _Walk.take_copy,
    "ENTRYPOINT": _Walk.take_start,
    "ENV": _Walk.take_env,
    "EXPOSE": _Walk.take_words,
    "HEALTHCHECK": _Walk.take_start,
    "LABEL": _Walk.take_label,
    "RUN": _Walk.take_run,
    "SHELL": _Walk.take_shell,
    "STOPSIGNAL": _Walk.take_words,
    "USER": _Walk.take_user,
    "VOLUME": _Walk.take_volume,
    "WORKDIR": _Walk.take_workdir,
}


def _is_unclear(value: Value) -> bool:
    """Whether a variable without a known value is part of it."""
    return bool(value.unset or value.unknown or value.guessed)


def _is_unknown(scope: Scope, value: Value) -> bool:
    """Whether the builder may put something else there; what is not set is empty, unless an image may set it."""
    return bool(value.unknown or value.guessed or (value.unset and scope.image))


def _index(source: StageState) -> int:
    """The index of a stage of the file; OUTSIDE for an image or a named context."""
    return OUTSIDE if source.index < 0 or source.context or source.replaced else source.index


def _targets(workdir: str | None, mounts: Sequence[Mount], *types: str) -> Iterator[str]:
    """Give where the mounts of these types stand, as far as that is known."""
    for mount in mounts:
        target = _joined(workdir, mount.target) if mount.type in types and mount.target else None
        if target is not None:
            yield target


def _is_untouched(state: StageState) -> bool:
    """Whether nothing on top of a named context can have made a file."""
    stages = [stage_state for stage_state in lineage(state) if stage_state.index >= 0 and not stage_state.replaced]
    return not any(command.instruction.keyword in _WRITES for stage_state in stages for command in stage_state.commands)


def _inspected(image: str, member: str) -> str:
    """Say what shows a member of an image's configuration."""
    if image.startswith(LINKS):
        return f"look at the Dockerfile of {image}"
    return f"docker image inspect --format '{{{{.Config.{member}}}}}' {image.removeprefix('docker-image://')}"


def _documents(scope: Scope, instruction: Instruction) -> Iterator[Read]:
    """Give the heredocs that become files; raises DockerfileError for what is wrong in one, as the build fails."""
    bodies = {heredoc.name: heredoc for heredoc in instruction.heredocs}
    for word in instruction.args[:-1]:
        begun = stands_for(word)
        if begun and begun.name in bodies:
            content = heredoc_content(bodies[begun.name])
            document = scope.body(content) if begun.expand else content
            yield Read(f"inline:{begun.name}", f"/{begun.name}", document=document)


def _absolute(path: str) -> str:
    clean = _clean(path)
    return clean if clean == EVERYTHING else f"/{clean}"


def _refuse_remote(instruction: Instruction, written: str, source: str) -> None:
    if fault := git_fault(source):
        raise DockerfileError(fault, source=written)
    if instruction.keyword == "COPY" and is_git(source):
        raise DockerfileError("source can't be a git ref for COPY", source=written, fix="use ADD")
    if instruction.keyword == "COPY" and is_http_url(source):
        raise DockerfileError("source can't be a URL for COPY", source=written, fix="use ADD")


def _refuse_root(target: str, workdir: str | None) -> None:
    path = target if target.startswith("/") else _joined(workdir, target)
    if path == "/":
        raise DockerfileError('invalid mount target "/"', fix="write target=PATH")


def _joined(workdir: str | None, path: str) -> str | None:
    """A path relative to the working directory, None where that is not known."""
    if not path.startswith("/") and workdir is None:
        return None
    return _absolute(path if path.startswith("/") else f"{workdir}/{path}")


def _clean(source: str) -> str:
    """A path of a context as BuildKit normalises it: relative to the root, which it cannot leave; the root is "/"."""
    parts: list[str] = []
    for part in source.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or EVERYTHING
