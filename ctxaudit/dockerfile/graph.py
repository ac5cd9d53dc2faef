"""Which stages there are, what each is built from and copies from, and which of them the target reaches.

Source: moby/buildkit 73ed682, frontend/dockerfile/dockerfile2llb/convert.go (buildDispatchStates to resolveStages).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from difflib import get_close_matches

from ctxaudit.dockerfile import (
    Dockerfile,
    Instruction,
    InvalidReference,
    Scope,
    Value,
    familiar,
    left_by,
    parse_platform,
    parser,
    words,
)
from ctxaudit.dockerfile.checks import written_origin
from ctxaudit.errors import DockerfileError, Interpolated, by_names
from ctxaudit.values import entity, expression, frozen

SCRATCH = "scratch"
# A stage of these names is never replaced by a named context.
_RESERVED = ("scratch", "context")
_INDEX = expression("[+-]?[0-9]{1,19}")
LINKS = ("target:", "service:")  # a build of the same file, whose image no registry has
_WITH_OWN_CONFIG = ("docker-image://", "oci-layout://", *LINKS)


@frozen
class Command:
    """An instruction, and what it copies from or mounts, in order; nothing for the main context."""

    instruction: Instruction
    sources: tuple[StageState, ...] = ()


@entity
class StageState:
    """A stage, or an image or named context that an instruction copies from.

    index: of the stage in the file, -1 for what is not a stage. base_name: the expanded FROM.
    start: the FROM, or the instruction that copies. platform: "" for the target's.
    replaced: a named context of the stage's name stands in its place.
    context: the key of the named context it comes from, "" for none.
    dispatched: what it holds is known, so that others can copy from it.
    """

    index: int
    name: str
    base_name: Value
    start: Instruction
    platform: str = ""
    base: StageState | None = None
    replaced: bool = False
    context: str = ""
    commands: list[Command] = field(default_factory=list)
    needs: dict[StageState, Instruction] = field(default_factory=dict)
    triggered: bool = False
    dispatched: bool = False

    @property
    def shown(self) -> str:
        """As Docker names it in its messages."""
        return self.start.public(self.name) or f"stage-{self.index}"


class Contexts:
    """The named contexts of a build, found by the shortest name of an image, first with its platform."""

    def __init__(self, given: Mapping[str, str], target_platform: str) -> None:
        self.given, self.platform = given, target_platform
        self.keys = {_normalised(key): key for key in given}

    def find(self, name: str, platform_name: str) -> str:
        """The key of the context that stands for an image of this name, "" for none; raises InvalidReference."""
        short = familiar(name)
        return self.keys.get(f"{short}::{platform_name or self.platform}") or self.keys.get(short, "")

    def image(self, key: str) -> str:
        """The image behind a named context, whose ENV and ONBUILD are not known; "" for plain files."""
        value = self.given[key]
        return value if value.startswith(_WITH_OWN_CONFIG) and value != "docker-image://scratch" else ""


def _normalised(key: str) -> str:
    name, colons, suffix = key.partition("::")
    try:
        return familiar(name) + colons + suffix
    except InvalidReference as error:
        reason = "invalid reference format" if isinstance(key, Interpolated) else error
        raise DockerfileError(f"invalid context name {by_names(key)}: {reason}") from error


class Graph:
    """The states of a build; what copies from an image adds one."""

    def __init__(self, dockerfile: Dockerfile, arguments: Scope, contexts: Contexts) -> None:
        self.dockerfile, self.contexts = dockerfile, contexts
        self.states: list[StageState] = []
        self.by_name: dict[str, StageState] = {}
        for instruction in dockerfile.instructions:
            if instruction.keyword == "FROM":
                self._begin(len(self.states), instruction, arguments)
            elif self.states:  # above the first FROM there are global arguments alone
                self.states[-1].commands.append(Command(instruction))
        self.stages = tuple(self.states)

    def located(self, error: DockerfileError, instruction: Instruction) -> DockerfileError:
        return parser.located(error, instruction, self.dockerfile.name)

    def target(self, name: str) -> StageState:
        """The stage to build. A number is a name like any other here."""
        if name.lower() in self.by_name:
            return self.by_name[name.lower()]
        raise DockerfileError(
            f"target stage {words.quoted(by_names(name))} could not be found",
            where=self.dockerfile.name,
            fix=self._named_stages(name.lower()),
        )

    def _named_stages(self, name: str) -> str:
        """Say which stages a target may be: those that have a name."""
        names = list(self.by_name)
        close = get_close_matches(name, names, n=1)
        if close:
            return f"did you mean {close[0]}?"
        last = "" if self.stages[-1].name else "; the last stage has no name and is built without --target"
        return (
            f"name one of {', '.join(names)}{last}"
            if names
            else "no stage has a name: omit --target, or write FROM … AS NAME"
        )

    def resolve(self, target: StageState) -> set[StageState]:
        """Link every command to its sources, triggers too, and give what *target* reaches."""
        for state in self.stages:
            # Only a flag names what an instruction copies from or mounts.
            state.commands = [
                self._command(state, command.instruction) if command.instruction.flags else command
                for command in state.commands
            ]
        done: set[StageState] = set()
        for state in self.states:
            if state.needs and (closing := _circle(state, done)):
                error = DockerfileError(f"circular dependency detected on stage: {state.shown}")
                raise self.located(error, closing)
        while True:
            reached = reachable(target)
            self._resolve_bases(reached)
            if not self._pull_triggers(reached):
                return reached

    def _begin(self, index: int, start: Instruction, arguments: Scope) -> None:
        """Add the stage that a FROM begins.

        NOTE: FROM finds a stage by its exact name, COPY --from in any case.
        """
        name = start.args[2].lower() if len(start.args) == 3 else ""
        arguments.interpolations = start.interpolations
        try:
            state = StageState(index, name, _base_name(start, arguments), start)
            if start.flags:
                state.platform = _platform(start, arguments)
            if name and name not in _RESERVED:
                state.context = self._replacement(name, state.platform)
        except DockerfileError as error:
            raise self.located(error, start) from error
        state.replaced = bool(state.context)
        self.states.append(state)
        if not state.replaced:
            state.base = self.by_name.get(state.base_name.text)
        if state.name:
            self.by_name[state.name] = state

    def _replacement(self, name: str, platform_name: str) -> str:
        try:
            return self.contexts.find(name, platform_name)
        except InvalidReference as error:
            raise DockerfileError(f"invalid context name {name}: {error}", source=name) from error

    def _command(self, state: StageState, instruction: Instruction) -> Command:
        try:
            sources = tuple(self._sources(instruction))
        except DockerfileError as error:
            raise self.located(error, instruction) from error
        for source in sources:
            state.needs[source] = instruction
            if source.index < 0:
                self.states.append(source)
        return Command(instruction, sources)

    def _sources(self, instruction: Instruction) -> Iterator[StageState]:
        if instruction.keyword == "COPY" and (origin := instruction.flag("from")):
            yield self._copied(origin, instruction)
        if instruction.keyword == "RUN":
            for value in instruction.every("mount"):
                yield self._named(written_origin(value) or SCRATCH, instruction)

    def _copied(self, origin: str, instruction: Instruction) -> StageState:
        if words.expand(origin, lambda _: None, self.dockerfile.escape).text != origin:
            raise DockerfileError(
                "variable expansion is not supported for --from, "
                "define a new stage with FROM using ARG from global scope as a workaround",
                source=origin,
            )
        if not _INDEX.fullmatch(origin) or abs(int(origin)) >= 2**63:
            return self._named(origin, instruction)
        if not 0 <= int(origin) < len(self.states):
            raise DockerfileError(f"invalid stage index {int(origin)}", source=origin)
        return self.states[int(origin)]

    def _named(self, name: str, instruction: Instruction) -> StageState:
        return self.by_name.get(name.lower()) or StageState(-1, "", Value(name), instruction)

    def _resolve_bases(self, reached: set[StageState]) -> None:
        for state in (state for state in self.states if state.base is None):
            if state.base_name.text != SCRATCH or state.replaced:
                key = self._base_context(state)  # also where it is not reached: a name that is no reference fails
                state.context = state.context or (key if state in reached else "")
            state.dispatched = state.dispatched or state.index < 0 or (state in reached and state.replaced)

    def _base_context(self, state: StageState) -> str:
        name = state.base_name.text
        try:
            return self.contexts.find(name, state.platform)
        except InvalidReference as error:
            if state.base_name.unknown:
                return ""
            argument = min(state.base_name.unset, default="")
            fix = f"give it a value: --build-arg {argument}=…" if argument else None
            reason = str(error) if state.base_name.public is None else "invalid reference format"
            what = f"failed to parse stage name {words.quoted(state.base_name.shown)}: {reason}"
            written = state.start.args[0] if state.index >= 0 else name
            fault = DockerfileError(what, source=written, fix=fix, argument=argument)
            raise self.located(fault, state.start) from error

    def _pull_triggers(self, reached: set[StageState]) -> bool:
        """Put the ONBUILD instructions of each base in front; whether that links anything new."""
        linked = False
        for state in [state for state in self.stages if state in reached and state.base and not state.triggered]:
            state.triggered = True
            triggers = [self._trigger(state, command.instruction) for command in _onbuilds(state.base)]
            state.commands[:0] = triggers
            linked = linked or any(command.sources for command in triggers)
        for state in [state for state in self.stages if state in reached and not state.base and not state.triggered]:
            state.triggered = True
            text = left_by(state.base_name.text)
            if text and not (state.context or state.replaced or state.base_name.unset):
                state.commands[:0] = self._left(state, text)
        return linked

    def _left(self, state: StageState, text: str) -> Iterator[Command]:
        """Give what a known image leaves to the stages on it, as if it stood at the FROM."""
        start = state.start
        for instruction in parser.parse(f"FROM {SCRATCH}\n{text}".encode()).instructions[1:]:
            yield self._command(state, replace(instruction, line=start.line, end_line=start.end_line))

    def _trigger(self, state: StageState, onbuild: Instruction) -> Command:
        return self._command(state, parser.trigger(onbuild, self.dockerfile.name))


def reachable(target: StageState) -> set[StageState]:
    """*target*, what it is built on, what its instructions copy from, and so on."""
    stage_states, waiting = {target}, [target]
    while waiting:
        state = waiting.pop()
        for other in (*state.needs, *((state.base,) if state.base else ())):
            if other not in stage_states:
                stage_states.add(other)
                waiting.append(other)
    return stage_states


def lineage(state: StageState) -> Iterator[StageState]:
    """*state*, what it is built on, and so on."""
    current: StageState | None = state
    while current:
        yield current
        current = current.base


def _onbuilds(base: StageState | None) -> list[Command]:
    return [command for command in base.commands if command.instruction.keyword == "ONBUILD"] if base else []


def _circle(start: StageState, done: set[StageState]) -> Instruction | None:
    """The instruction that leads a chain of copies from *start* back onto itself.

    done: the states that need no second look.
    """
    if start in done:
        return None
    path, waiting = {start}, [(start, iter(start.needs))]
    while waiting:
        state, rest = waiting[-1]
        following = next(rest, None)
        if following in path:
            return state.needs[following]
        if following is None:
            waiting.pop()
            path.discard(state)
            done.add(state)
        elif following not in done:
            path.add(following)
            waiting.append((following, iter(following.needs)))
    return None


def _base_name(start: Instruction, arguments: Scope) -> Value:
    name = arguments.expand(start.args[0])
    if name.unknown and not _is_reference(name.text):
        return replace(name, text=start.args[0])
    if not name.text:
        argument = min(name.unset, default="")
        fix = f"give it a value: --build-arg {argument}=…" if argument else None
        what = f"base name ({start.args[0]}) should not be blank"
        raise DockerfileError(what, source=start.args[0], fix=fix, argument=argument)
    return name


def _is_reference(name: str) -> bool:
    try:
        return bool(familiar(name))
    except InvalidReference:
        return False


def _platform(start: Instruction, arguments: Scope) -> str:
    written = start.flag("platform")
    if not written:
        return ""
    value = arguments.expand(written)
    expanded = value.text
    if not expanded and value.unknown:
        return ""
    if not expanded:
        raise DockerfileError(f"empty platform value from expression {written}", source=written)
    try:
        return str(parse_platform(expanded, value.shown))
    except InvalidReference as error:
        raise DockerfileError(f"failed to parse platform {written}: {error}", source=written) from error
