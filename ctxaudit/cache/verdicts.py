"""Which steps of a second build a builder takes from its cache, and which it runs again.

A step hits where its definition, the step before it and the content that it reads were all there before. BuildKit
knows one more way: a stage that ran again and made the same files lets the steps that copy from it hit. What a stage
makes is not known here, so that such a step is unknown.

Source: moby/buildkit 73ed682, solver/llbsolver/ops/file.go and exec.go (CacheMap), frontend/dockerfile/dockerfile2llb.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from ctxaudit.builds.request import PLATFORM, request
from ctxaudit.cache.keys import NOT_THERE, Transfer, keys_of, steps_of, transfers
from ctxaudit.cache.records import Records
from ctxaudit.dockerfile.graph import SCRATCH
from ctxaudit.dockerfile.stages import Stage, Step
from ctxaudit.model import Location
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.values import frozen

Said: TypeAlias = Literal["hit", "miss", "unknown"]

_RUNS = ("ADD", "COPY", "RUN", "WORKDIR")  # the instructions that are steps of a build
_LINKABLE = ("ADD", "COPY")
_NOTHING = ""  # what `FROM scratch` starts with
BEFORE = "a step before it runs again"
_PLACE = "another base image or other steps stood before it"
FILES = "the files that it selects differ"
INSTRUCTION = "the instruction differs, or what ARG and ENV set before it"
_CONTEXTS = ("context", "named:")  # sources whose content is known, or else in doubt


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
        before = Build(old, kept, {key: one.records() for key, one in kept.items()})
        records = {key: _records(one, kept.get(key), before, key, warm=warm) for key, one in sent.items()}
        after = Build(new, sent, records)
        file = after.plan.build.dockerfile
        old_keys, new_keys = step_keys(before, "the first build"), step_keys(after, "the second build")
        return tuple(
            Verdict(one.name, Location(file.name if file else "", one.line), one.stage, verdict, because)
            for one, verdict, because in compared(old_keys, new_keys)
        )


def _records(sent: Transfer, kept: Transfer | None, before: Build, key: str, *, warm: bool) -> Records:
    return sent.records_after(kept, before.sent[key]) if warm and kept is not None else sent.records()


class StepKey(NamedTuple):
    """A step and its key: hashes that two builds have in common where they agree on all that counts.

    line, stage: as of a Step. name: as BuildKit names it. written: as it stands in the file.
    definition: of the instruction and what it is given. own: of that and of the files that it reads, without what a
    stage made. key: of that and of all before it.
    doubt: why a stage that ran again may have made the same, "" where no stage counts. blind: why its own files are
    not known, "" where they are.
    """

    line: int
    stage: int
    name: str
    written: str
    definition: str
    own: str
    key: str
    doubt: str = ""
    blind: str = ""


def step_keys(build: Build, label: str, lacking: dict[str, Step] | None = None) -> list[StepKey]:
    """Give the keys of a build's steps. label: names the build, so that what is unknown is equal to nothing.

    lacking: takes each source that is not there and its step, which then has a key of its own; without it, one raises.
    """
    return list(_Walk(build, label, lacking).steps())


def compared(before: Sequence[StepKey], after: Sequence[StepKey]) -> Iterator[tuple[StepKey, Said, str]]:
    """Say of each step of the second build what becomes of it, and why, "" for a hit."""
    cached, known = {one.key for one in before}, {one.own for one in before}
    definitions = {one.definition: "" for one in before}
    definitions |= {one.definition: one.blind for one in before if one.blind}
    doubts = {one.own: one.doubt for one in before if one.doubt}
    sure: set[int] = set()  # the stages in which a step is certain to run again
    runs_again = False
    for one in after:
        if one.key in cached:
            yield one, "hit", ""
            continue
        if one.definition not in definitions:
            sure.add(one.stage)
            yield one, "miss", INSTRUCTION
        elif one.own not in known:
            blind = one.blind or definitions[one.definition]
            sure |= set() if blind else {one.stage}
            yield (one, "unknown", blind) if blind else (one, "miss", FILES)
        elif doubt := one.doubt or ("" if one.stage in sure else doubts.get(one.own, "")):
            yield one, "unknown", doubt
        else:
            yield one, "miss", BEFORE if runs_again else _PLACE
        runs_again = True


@dataclass(slots=True)
class _Stage:
    """What a stage has come to. key: of its last step. doubt: why files alone do not decide a step in it."""

    key: str
    platform: str = ""
    user: str = ""
    shell: tuple[str, ...] = ()
    doubt: str = ""


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
        contents, made, blind = self._inputs(step)
        definition = _hashed(_definition(step, stage))
        own = _hashed(definition, contents)
        doubt = f"{', '.join(made)} may make the same files again" if made else ""
        # A linked copy stands on nothing; the stage stands on it and on what was there before.
        key = _hashed(_NOTHING if is_linked else stage.key, own, tuple(made.values()))
        shown = doubt if is_linked else stage.doubt or doubt
        found = StepKey(step.line, step.stage, step.shown, step.written, definition, own, key, shown, blind)
        stage.doubt = stage.doubt or doubt or blind
        stage.key = _hashed(stage.key, key) if is_linked and stage.key != _NOTHING else key
        return found

    def _inputs(self, step: Step) -> tuple[tuple[object, ...], dict[str, str], str]:
        """Give the contents that a step reads, of each stage that it reads the key, and why some are not known."""
        names = {f"stage:{one.name or f'stage-{one.index}'}": one.index for one in self._all()}
        contents: list[object] = []
        made: dict[str, str] = {}
        blind = ""
        gone: list[str] | None = None if self.lacking is None else []
        for key in keys_of(self.build.plan.build, step, self.build.sent, gone):
            if key.unknown == NOT_THERE:
                contents.append(("not there", self.label, key.selectors))
            elif key.source in names:
                made[key.source.partition(":")[2]] = self._stage(names[key.source]).key
                contents.append(key.selectors)
            elif key.unknown and key.source.startswith(_CONTEXTS):
                blind = blind or key.unknown
                contents.append(("unknown", self.label, key.selectors))
            else:
                contents.append(key.content or key.source)
        if self.lacking is not None and gone:
            self.lacking.update(dict.fromkeys(gone, step))
        return tuple(contents), made, blind

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
                else _Stage(below.key, below.platform, below.user, below.shell, below.doubt)
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
    sources = tuple((one.path.rpartition("/")[2], one.include, one.exclude, one.document is None) for one in step.reads)
    ignored = ("from", "link", "parents", "exclude")
    flags = tuple(sorted(flag for flag in step.flags if flag[0] not in ignored))
    return step.keyword, sources, step.target, step.into, flags


def _counted(mount: str) -> str:
    """Give what counts of a mount: not the source, whose content does, and not which cache an `id` names.

    Source: exec.go, checkShouldClearCacheOpts: a cache with an id or a sharing of its own is any such cache.
    """
    fields = [one.partition("=") for one in mount.split(",")]
    given = {name.lower(): value for name, _, value in fields}
    kept = ["=".join((name.lower(), value)) for name, _, value in fields if name.lower() not in _NOT_COUNTED]
    is_own = given.get("id") not in (None, _target(given)) or given.get("sharing", "shared") != "shared"
    return ",".join([*kept, "a cache of its own"] if is_own else kept)


def _target(given: Mapping[str, str]) -> str | None:
    return given.get("target") or given.get("dst") or given.get("destination")


_NOT_COUNTED = ("source", "src", "from", "id", "sharing")
