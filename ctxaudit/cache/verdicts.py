"""Which steps of a second build a builder takes from its cache, and which it runs again.

A step hits where its definition, the step before it and the content that it reads were all there before. BuildKit
knows one more way: a stage that ran again and made the same files lets the steps that copy from it hit. What a stage
makes is not known here, so that such a step is unknown.

Source: moby/buildkit 73ed682, solver/llbsolver/ops/file.go and exec.go (CacheMap), frontend/dockerfile/dockerfile2llb.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from ctxaudit.builds.request import PLATFORM, request
from ctxaudit.cache.contexts import Transfer, transfers
from ctxaudit.cache.keys import keys_of, steps_of
from ctxaudit.cache.records import Records
from ctxaudit.dockerfile.graph import SCRATCH
from ctxaudit.dockerfile.stages import Stage, Step
from ctxaudit.model import Location
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.values import frozen

Said: TypeAlias = Literal["hit", "miss", "unknown"]
Key: TypeAlias = "tuple[Any, ...]"

_RUNS = ("ADD", "COPY", "RUN", "WORKDIR")  # the instructions that are steps of a build
_LINKABLE = ("ADD", "COPY")
_NOTHING: Key = ()  # what `FROM scratch` starts with
_MISSED = "it, what it reads or a step before it changed"


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
    """One of the two builds: what its steps are, and what they read. sent: the records of each context, by key."""

    plan: Plan
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
        before = Build(old, {key: one.records() for key, one in kept.items()})
        after = Build(new, {key: _records(one, kept.get(key), before, key, warm=warm) for key, one in sent.items()})
        return tuple(_compared(before, after))


def _records(sent: Transfer, kept: Transfer | None, before: Build, key: str, *, warm: bool) -> Records:
    return sent.records_after(kept, before.sent[key]) if warm and kept is not None else sent.records()


def _compared(before: Build, after: Build) -> Iterator[Verdict]:
    old = list(_Walk(before).steps())
    cached, known = {one.key for one in old}, {one.own for one in old}
    file = after.plan.build.dockerfile
    for one in _Walk(after).steps():
        at = Location(file.name if file else "", one.step.line)
        if one.key in cached:
            yield Verdict(one.step.shown, at, one.step.stage, "hit")
        elif one.doubt and one.own in known:
            yield Verdict(one.step.shown, at, one.step.stage, "unknown", one.doubt)
        else:
            yield Verdict(one.step.shown, at, one.step.stage, "miss", _MISSED)


class _Keyed(NamedTuple):
    """A step and its key. own: the key without what stands before it and without what a stage made.

    doubt: why a stage that ran again may have made the same, "" where no stage counts.
    """

    step: Step
    key: Key
    own: Key
    doubt: str


@dataclass(slots=True)
class _Stage:
    """What a stage has come to. key: of its last step. doubt: why files alone do not decide a step in it."""

    key: Key
    platform: str = ""
    user: str = ""
    shell: tuple[str, ...] = ()
    doubt: str = ""


@dataclass(slots=True)
class _Walk:
    """The keys of the steps of one build."""

    build: Build
    stages: dict[int, _Stage] = field(default_factory=dict)

    def steps(self) -> Iterator[_Keyed]:
        """Give each step with its key."""
        for step in steps_of(self.build.plan):
            stage = self._stage(step.stage)
            if step.keyword == "USER":
                stage.user = " ".join(step.args)
            elif step.keyword == "SHELL":
                stage.shell = step.args
            elif step.keyword in _RUNS and not (step.keyword == "WORKDIR" and step.workdir == "/"):
                yield self._step(step, stage)

    def _step(self, step: Step, stage: _Stage) -> _Keyed:
        is_linked = step.keyword in _LINKABLE and ("link", "true") in step.flags and not dict(step.flags).get("chmod")
        contents, made = self._inputs(step)
        own: Key = (_definition(step, stage), contents)
        doubt = f"{', '.join(made)} may make the same files again" if made else ""
        # A linked copy stands on nothing; the stage stands on it and on what was there before.
        key: Key = (_NOTHING if is_linked else stage.key, *own, tuple(made.values()))
        found = _Keyed(step, key, own, doubt if is_linked else stage.doubt or doubt)
        stage.doubt = stage.doubt or doubt
        stage.key = (stage.key, key) if is_linked and stage.key != _NOTHING else key
        return found

    def _inputs(self, step: Step) -> tuple[Key, dict[str, Key]]:
        """Give the contents that a step reads, and of each stage that it reads the key."""
        names = {f"stage:{one.name or f'stage-{one.index}'}": one.index for one in self._all()}
        contents: list[object] = []
        made: dict[str, Key] = {}
        for key in keys_of(self.build.plan.build, step, self.build.sent):
            if key.source in names:
                made[key.source.partition(":")[2]] = self._stage(names[key.source]).key
                contents.append(key.selectors)
            else:
                contents.append(key.content or key.source)
        return tuple(contents), made

    def _all(self) -> tuple[Stage, ...]:
        return self.build.plan.needs.stages if self.build.plan.needs else ()

    def _stage(self, index: int) -> _Stage:
        if index not in self.stages:
            stage = self._all()[index]
            below = None if stage.parent is None else self._stage(stage.parent)
            self.stages[index] = (
                _Stage(_NOTHING if stage.base == SCRATCH else ("FROM", stage.base, stage.platform), stage.platform)
                if below is None
                else _Stage(below.key, below.platform, below.user, below.shell, below.doubt)
            )
        return self.stages[index]


def _definition(step: Step, stage: _Stage) -> Key:
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
