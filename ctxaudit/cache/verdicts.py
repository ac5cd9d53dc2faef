"""Which steps of a second build a builder takes from its cache, and which it runs again.

A step hits where its definition, the step before it and the content that it reads were all there before. BuildKit
knows one more way: a stage that ran again and made the same files lets the steps that copy from it hit, and so does
another image or address that holds the same ones. That is not known here, so that such a step is unknown.

Source: moby/buildkit 73ed682, solver/llbsolver/ops/file.go and exec.go (CacheMap), frontend/dockerfile/dockerfile2llb.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ctxaudit.builds.request import PLATFORM, request
from ctxaudit.cache.keys import NOT_THERE, Transfer, inputs_of, keys_of, steps_of, transfers
from ctxaudit.cache.records import Records, Selector
from ctxaudit.dockerfile import is_git
from ctxaudit.dockerfile.graph import SCRATCH
from ctxaudit.dockerfile.stages import Read, Stage, Step
from ctxaudit.model import Location
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.values import frozen

Said: TypeAlias = Literal["hit", "miss", "unknown"]

_RUNS = ("ADD", "COPY", "RUN", "WORKDIR")  # the instructions that are steps of a build
UNASKED = "WORKDIR"  # a step that people do not ask about
_LINKABLE = ("ADD", "COPY")
_NOTHING = ""  # what `FROM scratch` starts with
BEFORE = "a step before it runs again"
_PLACE = "another base image or other steps stood before it"
FILES = "the files that it selects differ"
INSTRUCTION = "the instruction differs, or what ARG and ENV set before it"
_CONTEXTS = ("context", "named:")  # sources whose content is known, or else in doubt
_ELSEWHERE = ("image:", "remote:")
_MADE_AGAIN = "{} may make the same files again"
_THE_SAME = "another image or address may hold the same files"


@frozen
class Verdict:
    """What becomes of one step of the second build.

    step: the instruction as BuildKit names it. at: its file and line. stage: the stage's index.
    because: why it is a miss or unknown, "" for a hit.
    """

    step: str
    at: Location
    stage: int
    verdict: Said
    because: str = ""


@frozen
class Build:
    """One of the two builds: what its steps are, and what they read.

    transfers, sent: what the builder is sent of each context, and the records of that, by the context's key.
    """

    plan: Plan
    transfers: Mapping[str, Transfer]
    sent: Mapping[str, Records]


def cache_verdicts(
    first: str | os.PathLike[str],
    second: str | os.PathLike[str],
    *,
    dockerfile: str | None = None,
    target: str | None = None,
    warm: bool = False,
    build_args: tuple[Mapping[str, str] | None, Mapping[str, str] | None] = (None, None),
    build_contexts: tuple[Mapping[str, str] | None, Mapping[str, str] | None] = (None, None),
    platform: str = PLATFORM,
) -> tuple[Verdict, ...]:
    """Say of each step of the second build whether a builder that has the cache of the first one runs it again.

    first, second: the context directories. dockerfile: relative to each of them.
    warm: the builder also kept the context of the first build, and asks only for files whose size, time, mode or
    link changed: another content of the same size and time goes unseen, and so does a directory's mode.
    build_args, build_contexts: of the first and of the second build.
    Steps are COPY, ADD, RUN and WORKDIR of the stages that the target reaches, in the order of the file.
    Raises CtxauditError where one of the builds would fail.
    """
    with Trees() as trees:
        builds = []
        for path, arguments, contexts in zip((first, second), build_args, build_contexts, strict=True):
            build = request(
                path,
                dockerfile=None if dockerfile is None else os.path.join(path, dockerfile),
                target=target,
                build_args=arguments,
                build_contexts=contexts,
                platform=platform,
            )
            plan = Plan.of(build, trees=trees)
            builds.append((plan, transfers(build, plan, trees)))
        (old, kept), (new, sent) = builds
        before = Build(old, kept, {key: transfer.records() for key, transfer in kept.items()})
        records = {key: _records(transfer, kept.get(key), before, key, warm=warm) for key, transfer in sent.items()}
        after = Build(new, sent, records)
        file = after.plan.build.dockerfile
        old_keys, new_keys = step_keys(before, "the first build"), step_keys(after, "the second build")
        return tuple(
            Verdict(step_key.name, Location(file.name if file else "", step_key.line), step_key.stage, verdict, because)
            for step_key, verdict, because in compared(old_keys, new_keys)
        )


def _records(sent: Transfer, kept: Transfer | None, before: Build, key: str, *, warm: bool) -> Records:
    return sent.records_after(kept, before.sent[key]) if warm and kept is not None else sent.records()


@frozen
class StepKey:
    """A step and its key: hashes that two builds have in common where they agree on all that counts.

    line, stage: as of a Step. name: as BuildKit names it. written: as it stands in the file.
    definition: of the instruction and what it is given. own: of that and of the files that it reads, without what a
    stage made. key: of that and of all before it.
    before, result: the key of its stage before and behind it. is_linked: what stands before it does not count.
    made: of each stage, image and address that counts, why another one may be the same, and the key of this one.
    blind: why its own files are not known, "" where they are. behind: the same of a step before it.
    fails: it does not come to run, as a source is not there.
    """

    line: int
    stage: int
    name: str
    written: str
    definition: str
    own: str
    key: str
    before: str = ""
    result: str = ""
    is_linked: bool = False
    made: tuple[tuple[str, str], ...] = ()
    blind: str = ""
    behind: str = ""
    fails: bool = False


def step_keys(build: Build, label: str, lacking: dict[str, Step] | None = None) -> list[StepKey]:
    """Give the keys of a build's steps. label: names the build, so that what is unknown is equal to nothing.

    lacking: takes each source that is not there and its step, which then has a key of its own; without it, one raises.
    """
    return list(_Walk(build, label, lacking).steps())


def selected_of(build: Build, key: StepKey) -> Iterator[tuple[str, Sequence[Selector]]]:
    """Give the key of each context that a step reads, and what it selects there; nothing of what is not known."""
    for step in steps_of(build.plan):
        if (step.line, step.stage, step.shown) != (key.line, key.stage, key.name):
            continue
        for step_input in inputs_of(step, build.sent):
            if not step_input.unknown and step_input.source.startswith(_CONTEXTS):
                yield step_input.source.partition(":")[2], step_input.selectors


def compared(before: Sequence[StepKey], after: Sequence[StepKey]) -> Iterator[tuple[StepKey, Said, str]]:
    """Say of each step of the second build what becomes of it, and why, "" for a hit."""
    cached, known = {step_key.key for step_key in before}, {step_key.own for step_key in before}
    definitions = {step_key.definition: "" for step_key in before}
    definitions |= {step_key.definition: step_key.blind for step_key in before if step_key.blind}
    behind = {step_key.own: step_key.behind for step_key in before if step_key.behind}
    sure: set[int] = set()  # the stages in which a step is certain to run again
    same = {key for step_key in before for _, key in step_key.made}  # of stages that did not run again, and of images
    runs_again = False
    for step_key in after:
        if step_key.key in cached:
            same |= {step_key.result} if step_key.before in same or not step_key.is_linked else set()
            yield step_key, "hit", ""
            continue
        if step_key.definition not in definitions:
            sure.add(step_key.stage)
            yield step_key, "miss", INSTRUCTION
        elif step_key.own not in known:
            blind = step_key.blind or definitions[step_key.definition]
            sure |= set() if blind else {step_key.stage}
            yield (step_key, "unknown", blind) if blind else (step_key, "miss", FILES)
        elif (
            doubt := ""
            if step_key.stage in sure and not step_key.is_linked
            else _doubt(step_key, same) or behind.get(step_key.own, "")
        ):
            yield step_key, "unknown", doubt
        else:
            yield step_key, "miss", BEFORE if runs_again else _PLACE
        runs_again = True


def _doubt(step: StepKey, same: Set[str]) -> str:
    """Say why a step may hit although what it stands on is another one, "" where it cannot."""
    return step.behind or ", ".join(dict.fromkeys(why for why, key in step.made if key not in same))


@dataclass(slots=True)
class _Stage:
    """What a stage has come to. key: of its last step. made, behind, fails: as of a StepKey, of the steps so far."""

    key: str
    platform: str = ""
    user: str = ""
    shell: tuple[str, ...] = ()
    made: tuple[tuple[str, str], ...] = ()
    behind: str = ""
    fails: bool = False


@frozen
class _Inputs:
    """What a step reads. contents: of files that are known. made, blind, fails: as of a StepKey, of this step alone."""

    contents: tuple[object, ...]
    made: tuple[tuple[str, str], ...]
    blind: str
    fails: bool


@dataclass(slots=True)
class _Walk:
    """The keys of the steps of one build."""

    build: Build
    label: str
    lacking: dict[str, Step] | None = None
    stages: dict[int, _Stage] = field(default_factory=dict)

    def steps(self) -> Iterator[StepKey]:
        """Give each step with its key."""
        for step in steps_of(self.build.plan):
            stage = self._stage(step.stage)
            if step.keyword == "USER":
                stage.user = " ".join(step.args)
            elif step.keyword == "SHELL":
                stage.shell = step.args
            elif step.keyword in _RUNS and not (step.keyword == "WORKDIR" and step.workdir == "/"):
                yield self._step(step, stage)

    def _step(self, step: Step, stage: _Stage) -> StepKey:
        is_linked = step.keyword in _LINKABLE and ("link", "true") in step.flags and not dict(step.flags).get("chmod")
        inputs = self._inputs(step)
        definition = _hashed(_definition(step, stage))
        own = _hashed(definition, inputs.contents)
        # A linked copy stands on nothing; the stage stands on it and on what was there before.
        key = _hashed(_NOTHING if is_linked else stage.key, own, tuple(key for _, key in inputs.made))
        before, made, behind = stage.key, (*stage.made, *inputs.made), stage.behind
        stage.key = _hashed(stage.key, key) if is_linked and stage.key != _NOTHING else key
        stage.made, stage.behind, stage.fails = made, behind or inputs.blind, stage.fails or inputs.fails
        return StepKey(
            step.line,
            step.stage,
            step.shown,
            step.written,
            definition,
            own,
            key,
            before,
            stage.key,
            is_linked,
            inputs.made if is_linked else made,
            inputs.blind,
            "" if is_linked else behind,
            stage.fails,
        )

    def _inputs(self, step: Step) -> _Inputs:
        names = {f"stage:{stage.name or f'stage-{stage.index}'}": stage.index for stage in self._all()}
        contents: list[object] = []
        made: list[tuple[str, str]] = []
        fails = False
        blind = ""
        gone: list[str] | None = None if self.lacking is None else []
        for key in keys_of(self.build.plan.build, step, self.build.sent, gone):
            if key.unknown == NOT_THERE:
                contents.append(("not there", self.label, key.selectors))
                fails = True
            elif key.source in names:
                stage = self._stage(names[key.source])
                made.append((_MADE_AGAIN.format(key.source.partition(":")[2]), stage.key))
                contents.append(key.selectors)
                fails = fails or stage.fails
            elif key.source.startswith(_ELSEWHERE):
                made.append((_THE_SAME, _hashed(key.source, *(read.address for read in step.reads))))
                contents.append(key.selectors)
            elif key.unknown and key.source.startswith(_CONTEXTS):
                blind = blind or key.unknown
                contents.append(("unknown", self.label, key.selectors))
            else:
                contents.append(key.content or key.source)
        if self.lacking is not None and gone:
            self.lacking.update(dict.fromkeys(gone, step))
        return _Inputs(tuple(contents), tuple(made), blind, fails)

    def _all(self) -> tuple[Stage, ...]:
        return self.build.plan.needs.stages if self.build.plan.needs else ()

    def _stage(self, index: int) -> _Stage:
        if index not in self.stages:
            stage = self._all()[index]
            below = None if stage.parent is None else self._stage(stage.parent)
            self.stages[index] = (
                _Stage(
                    _NOTHING if stage.base == SCRATCH else _hashed("FROM", stage.base, stage.platform), stage.platform
                )
                if below is None
                else replace(below)
            )
        return self.stages[index]


def _hashed(*parts: object) -> str:
    """Hash values that are strings, numbers or tuples of them."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _definition(step: Step, stage: _Stage) -> tuple[object, ...]:
    """Give what counts of an instruction beside the content that it reads.

    Of a source the last name counts; where it lies does not. A RUN's environment counts whole.
    """
    if step.keyword == "WORKDIR":
        return step.keyword, step.workdir
    if step.keyword == "RUN":
        environment = tuple(sorted(step.env.items()))
        flags = tuple((name, _counted(value) if name == "mount" else value) for name, value in step.flags)
        return (
            step.keyword,
            step.text,
            step.args,
            environment,
            step.workdir,
            stage.platform,
            stage.user,
            stage.shell,
            flags,
        )
    sources = tuple((_last_name(read), read.include, read.exclude, read.document) for read in step.reads)
    ignored = ("from", "link", "parents", "exclude")
    flags = tuple(sorted(flag for flag in step.flags if flag[0] not in ignored))
    return step.keyword, sources, step.target, step.into, flags


def _last_name(read: Read) -> str:
    """Give the name of a source, of an address that of the file that is fetched; a repository has none."""
    if not read.address:
        return read.path.rpartition("/")[2]
    return "" if is_git(read.address) else read.address.partition("?")[0].rpartition("/")[2]


def _counted(mount: str) -> str:
    """Give what counts of a mount: not the source, whose content does, and not which cache an `id` names.

    Source: exec.go, checkShouldClearCacheOpts: a cache with an id or a sharing of its own is any such cache.
    """
    fields = [option.partition("=") for option in mount.split(",")]
    given = {name.lower(): value for name, _, value in fields}
    kept = ["=".join((name.lower(), value)) for name, _, value in fields if name.lower() not in _NOT_COUNTED]
    is_own = given.get("id") not in (None, _target(given)) or given.get("sharing", "shared") != "shared"
    return ",".join([*kept, "a cache of its own"] if is_own else kept)


def _target(given: Mapping[str, str]) -> str | None:
    return given.get("target") or given.get("dst") or given.get("destination")


_NOT_COUNTED = ("source", "src", "from", "id", "sharing")
