"""What each step of a build selects, what runs again after it, and what the commits of a repository did to it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ctxaudit.builds.request import BuildRequest
from ctxaudit.cache.gains import gains
from ctxaudit.cache.history import COMMITS, History, Noise
from ctxaudit.cache.keys import StepInput, Transfer, inputs_of, keys_of, not_there, steps_of, transfers
from ctxaudit.cache.records import NotThere, Records, selected
from ctxaudit.cache.timings import Timings
from ctxaudit.dockerfile.stages import EVERYTHING, Step, Use
from ctxaudit.errors import CtxauditError, by_names, masked
from ctxaudit.ignore import has_wildcard
from ctxaudit.model import CacheInput, CacheReport, CacheStep, PathRate, Rerun, Span, StepRate
from ctxaudit.survey.plan import Asks, Plan, Trees

_SHOWN = ("ADD", "COPY", "RUN")
_STEPS = (*_SHOWN, "WORKDIR")
_COPIES = ("ADD", "COPY")
_EACH_COMMIT = (".git/index", ".git/logs/HEAD")  # what git itself changes with each commit


def cache_report(
    build: BuildRequest,
    *,
    commits: int = COMMITS,
    timings: Timings | None = None,
    hashed: bool = False,
    trees: Trees | None = None,
) -> CacheReport:
    """Say of each step of a build what it selects, and what the last commits did to it.

    commits: at most so many, 0 for none. timings: of earlier builds. hashed: with the content keys, which takes
    reading all that is selected. Raises CtxauditError where the builder would fail.
    """
    with trees or Trees() as shared:
        cache = Cache.of(build, shared)
        history, why = _history(build, commits)
        changed = cache.changed(history) if history else {}
        noise = Noise()
        rates = cache.rates(changed, noise, timings) if history else {}
        return CacheReport(
            dockerfile=build.dockerfile.name if build.dockerfile else "",
            context=build.shown,
            builder=build.builder.name,
            ignore_file=build.ignore.name,
            steps=tuple(cache.rows(rates, timings, hashed=hashed)),
            span=history.span if history else None,
            without_history=why,
            unknowns=cache.plan.unknowns,
            gains=tuple(gains(cache, history, changed, noise)) if history else (),
        )


def _history(build: BuildRequest, commits: int) -> tuple[History | None, str]:
    if not commits:
        return None, "no commits were asked for"
    try:
        ref = build.snapshot.commit if build.snapshot else "HEAD"
        history = History.of(build.context, number=commits, ref=ref)
    except CtxauditError as error:
        return None, error.said
    return replace(history, span=replace(history.span, of=_short(history.span))), ""


def _short(span: Span) -> str:
    return span.of[:12] if len(span.of) >= 40 else span.of


@dataclass(slots=True)
class _Depends:
    """What a step, or a stage so far, depends on: steps by their number. sure: each re-run of them re-runs it."""

    sure: frozenset[int] = frozenset()
    may: frozenset[int] = frozenset()


@dataclass(slots=True)
class Cache:
    """The steps of one build, and what each depends on.

    steps: COPY, ADD, RUN and WORKDIR. sent: the records of each context, by its key.
    depends: of each step, by its number; without the step itself.
    """

    build: BuildRequest
    plan: Plan
    contexts: Mapping[str, Transfer]
    sent: Mapping[str, Records]
    steps: tuple[Step, ...]
    depends: list[_Depends] = field(default_factory=list)
    follows: list[tuple[str, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, build: BuildRequest, trees: Trees) -> Cache:
        """Plan a build, and walk what its builder is sent; raises CtxauditError where it would fail."""
        plan = Plan.of(build, trees=trees)
        contexts = transfers(build, plan, trees)
        sent = {key: transfer.records() for key, transfer in contexts.items()}
        steps = tuple(step for step in steps_of(plan) if step.keyword in _STEPS)
        cache = cls(build, plan, contexts, sent, steps)
        cache._resolve()
        return cache

    def _resolve(self) -> None:
        """Find what each step depends on: what stands before it, and the stages that it takes files from."""
        stages = self.plan.needs.stages if self.plan.needs else ()
        names = {f"stage:{stage.name or f'stage-{stage.index}'}": stage.index for stage in stages}
        states: dict[int, _Depends] = {}

        def state(index: int) -> _Depends:
            if index not in states:
                parent = stages[index].parent
                above = _Depends() if parent is None else state(parent)
                states[index] = _Depends(above.sure, above.may)
            return states[index]

        for number, step in enumerate(self.steps):
            here = state(step.stage)
            taken = dict.fromkeys(names[read.source] for read in step.reads if read.source in names)
            may = frozenset().union(*(state(origin).sure | state(origin).may for origin in taken))
            own = _Depends(frozenset(), may) if _is_linked(step) else _Depends(here.sure, here.may | may)
            self.depends.append(own)
            self.follows.append(tuple(stages[origin].name or str(origin) for origin in taken))
            here.sure, here.may = here.sure | {number}, here.may | own.may

    def rows(self, rates: Mapping[int, StepRate], timings: Timings | None, *, hashed: bool) -> Iterator[CacheStep]:
        """Give a row for each step that people write as one."""
        for number, step in enumerate(self.steps):
            if step.keyword not in _SHOWN:
                continue
            files, size = self._amount(step)
            yield CacheStep(
                line=step.line,
                stage=self._stage(step),
                instruction=shown(step),
                inputs=tuple(self._inputs(step, hashed=hashed)),
                files=files,
                bytes=size,
                broad=self.broad(number),
                follows=self.follows[number],
                after=tuple(self._after(number, timings)),
                rate=rates.get(number),
                seconds=timings.of(self._stage(step), step) if timings else None,
            )

    def _stage(self, step: Step) -> str:
        stages = self.plan.needs.stages if self.plan.needs else ()
        return stages[step.stage].name or str(step.stage)

    def _inputs(self, step: Step, *, hashed: bool) -> Iterator[CacheInput]:
        keys = list(keys_of(self.build, step, self.sent)) if hashed else []
        for number, step_input in enumerate(inputs_of(step, self.sent)):
            names = {read.path: read.shown for read in step.reads if read.shown}
            shown = tuple(by_names(names.get(selector.path, selector.path)) for selector in step_input.selectors)
            if keys:
                key = keys[number]
                yield CacheInput(by_names(step_input.source), shown, key.digests, key.key, key.unknown)
            else:
                yield CacheInput(by_names(step_input.source), shown, unknown=step_input.unknown)

    def _amount(self, step: Step) -> tuple[int | None, int | None]:
        """Count what a step selects of the contexts; None where it selects nothing there, or that is not known."""
        inputs = [step_input for step_input in inputs_of(step, self.sent) if _context(step_input.source) is not None]
        if not inputs or any(step_input.unknown for step_input in inputs):
            return None, None
        paths = {(_context(step_input.source), path) for step_input in inputs for path in self._paths(step, step_input)}
        sizes = (self.contexts[key or ""].size(path) for key, path in paths)
        return len(paths), sum(sizes)

    def _paths(self, step: Step, step_input: StepInput) -> Iterator[str]:
        try:
            for selector in step_input.selectors:
                yield from selected(step_input.records, selector)
        except NotThere as error:
            raise not_there(self.build, step, error) from error

    def broad(self, number: int) -> str:
        """Give the directory by which a step selects the whole of a context or most of its files, "" for none."""
        step = self.steps[number]
        for read in step.reads:
            key = _context(read.source)
            if key is None or key not in self.contexts or read.unclear or read.include or read.document is not None:
                continue
            if read.path == EVERYTHING:
                return "."
            if has_wildcard(read.path):
                return by_names(read.shown or read.path) if self._matches_most(key, step) else ""
            if self.contexts[key].holds_most(read.path.removeprefix("/")):
                return f"{read.path.strip('/')}/"
        return ""

    def _matches_most(self, key: str, step: Step) -> bool:
        files, _ = self._amount(step)
        return files is not None and self.contexts[key].is_most(files)

    def _after(self, number: int, timings: Timings | None) -> Iterator[Rerun]:
        for other, depends in enumerate(self.depends):
            step = self.steps[other]
            if step.keyword not in _SHOWN or other == number:
                continue
            if number in depends.sure or number in depends.may:
                seconds = timings.of(self._stage(step), step) if timings else None
                yield Rerun(step.line, self._stage(step), shown(step), number in depends.sure, seconds)

    def rates(
        self, changed: Mapping[int, Mapping[int, set[str]]], noise: Noise, timings: Timings | None
    ) -> dict[int, StepRate]:
        """Give what the commits did to each step. changed: as of `changed`."""
        own = {number: set(by_commit) for number, by_commit in changed.items()}
        return {
            number: self._rate(number, changed.get(number, {}), own, noise, timings)
            for number in range(len(self.steps))
        }

    def changed(self, history: History) -> dict[int, dict[int, set[str]]]:
        """Give for each step and commit the paths that the commit changed of what the step selects."""
        paths: dict[int, dict[int, set[str]]] = {}
        for key, transfer in self.contexts.items():
            selects = _Selects(transfer.plan, self.steps)
            directory = os.path.realpath(transfer.plan.tree.root)
            always = tuple(path for path in _EACH_COMMIT if path in transfer.paths)
            commits = dict(history.below(directory))
            for commit in range(len(history.commits)) if always else commits:
                for path in (*commits.get(commit, ()), *always):
                    for number in selects.of(path):
                        shown = f"{key}: {path}" if key else path
                        paths.setdefault(number, {}).setdefault(commit, set()).add(shown)
        return paths

    def _rate(
        self,
        number: int,
        by_commit: Mapping[int, set[str]],
        own: Mapping[int, set[int]],
        noise: Noise,
        timings: Timings | None,
    ) -> StepRate:
        noisy = {commit for commit, paths in by_commit.items() if all(map(noise.of, paths))}
        before = (own.get(other, set()) for other in self.depends[number].sure)
        reruns = own.get(number, set()).union(*before)
        each = self._seconds(number, timings) if timings else None
        return StepRate(
            changed=len(by_commit),
            noise=len(noisy),
            reruns=len(reruns),
            paths=tuple(_path_rates(by_commit, self._below(number), noise)),
            seconds=None if each is None else each * len(by_commit),
            noise_seconds=None if each is None else each * len(noisy),
        )

    def _seconds(self, number: int, timings: Timings) -> float:
        """Add up a step and what is sure to run after it."""
        after = (other for other, depends in enumerate(self.depends) if number in depends.sure)
        steps = (self.steps[index] for index in (number, *after))
        return sum(timings.of(self._stage(step), step) or 0.0 for step in steps)

    def _below(self, number: int) -> str:
        """The one directory that a step selects, with a slash; "" for several and for the whole."""
        reads = [read for read in self.steps[number].reads if _context(read.source) is not None]
        return f"{reads[0].path.strip('/')}/".lstrip("/") if len(reads) == 1 and not reads[0].include else ""


class _Selects:
    """Which steps select a path of a context, there now or not."""

    def __init__(self, plan: Plan, steps: Sequence[Step]) -> None:
        self._plan = plan
        self._asks: Asks | None = plan.asks()
        self._steps = {(step.line, step.stage): number for number, step in enumerate(steps)}
        self._read = {(step.line, step.stage): {read.path for read in step.reads} for step in steps}
        self._known: dict[str, tuple[int, ...]] = {}

    def of(self, path: str) -> tuple[int, ...]:
        """Give the numbers of the steps."""
        if path not in self._known:
            self._known[path] = tuple(dict.fromkeys(self._found(path))) if self._plan.permits_path(path) else ()
        return self._known[path]

    def _found(self, path: str) -> Iterator[int]:
        for ask in self._asks.of(path) if self._asks else ():
            place = ask.use.line, ask.use.stage_index
            if place in self._steps and self._counts(ask.use, ask.reach != "sent"):
                yield self._steps[place]

    def _counts(self, use: Use, is_taken: bool) -> bool:
        """Whether the use's content is part of the key: a copy's is, and a bind mount's, no other mount's."""
        if use.instruction in _COPIES:
            return is_taken
        path = use.path if use.path == EVERYTHING else f"/{use.path}"
        return path in self._read[use.line, use.stage_index]


def shown(step: Step) -> str:
    """Give an instruction as written, on one line, without what looks like a secret."""
    return masked(step.written)


def _is_linked(step: Step) -> bool:
    flags = dict(step.flags)
    return step.keyword in _COPIES and flags.get("link") == "true" and not flags.get("chmod")


def _context(source: str) -> str | None:
    """Give the key of the context that a source is, None for what is not one."""
    kind, _, name = source.partition(":")
    return "" if kind == "context" else name if kind == "named" else None


def _path_rates(by_commit: Mapping[int, set[str]], below: str, noise: Noise) -> Iterator[PathRate]:
    """Group the paths by the directory below what the step selects, the most often changed first."""
    commits, alone = Counter[str](), Counter[str]()
    kinds: dict[str, set[str]] = {}
    for paths in by_commit.values():
        groups = {path: _group(path, below) for path in paths}
        named = set(groups.values())
        commits.update(named)
        alone.update(named if len(named) == 1 else ())
        for path, group in groups.items():
            kinds.setdefault(group, set()).add(noise.of(path))
    for group, count in sorted(commits.items(), key=lambda row: (-row[1], row[0])):
        (kind, *others) = kinds[group]
        yield PathRate(group, count, alone[group], "" if others else kind)


def _group(path: str, below: str) -> str:
    prefix = below if path.startswith(below) else ""
    first, slash, _ = path.removeprefix(prefix).partition("/")
    return f"{prefix}{first}{slash}"
