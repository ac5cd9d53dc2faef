"""What would run again less often: each change that a rule names, applied to the commits of a repository."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ctxaudit.builds.request import BuildRequest
from ctxaudit.cache.history import History, Noise
from ctxaudit.dockerfile.stages import Step
from ctxaudit.errors import CtxauditError, masked
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import CacheGain, Location, RerunChange
from ctxaudit.rules import BusterFact, InstallFact
from ctxaudit.survey.layers import layer_facts
from ctxaudit.survey.plan import Trees

if TYPE_CHECKING:
    from ctxaudit.cache.steps import Cache

_Changed: TypeAlias = Mapping[int, Mapping[int, set[str]]]  # of each step and commit the paths
_NOTABLE = 20  # a change of one commit in so many is said
_ENOUGH = 20  # commits from which a share says something
_FEW = 10  # commits that say nothing of most
# What people read and test with: the kind that `--for-cache` finds, and what the history calls it.
_OF_PEOPLE = {"docs-text": "documentation", "test-files": "tests"}
_SMALL = 64_000  # bytes of a file that is named alone


def gains(cache: Cache, history: History, changed: _Changed, noise: Noise) -> Iterator[CacheGain]:
    """Give what is certain and gains something, the most first. changed: what the history changed of each step."""
    facts = layer_facts(cache.plan)
    cache_gains = [
        *_installs(cache, history, changed, facts.installs),
        *_busters(cache, changed, facts.busters),
        *_volatile(cache, history, changed),
        *_of_people(cache, changed, noise),
    ]
    yield from sorted(
        (cache_gain for cache_gain in cache_gains if cache_gain.after < cache_gain.before),
        key=lambda cache_gain: (cache_gain.after - cache_gain.before, cache_gain.line),
    )


def rerun_changes(before: BuildRequest, after: BuildRequest, base: str) -> Iterator[RerunChange]:
    """Give each RUN that a branch makes run again more or less often.

    before, after: the build as both commits have it. base: the commit at which the branch left; its last commits count.
    Nothing without enough of them.
    """
    from ctxaudit.cache.steps import Cache

    try:
        history = History.of(before.context, ref=base)
    except CtxauditError:  # no commit before it: nothing has run again yet
        return
    commits = len(history.commits)
    with Trees() as trees:
        old, new = (Cache.of(build, trees) for build in (before, after))
        counts = {_name(old, step): len(reruns) for step, reruns in _all_reruns(old, history)}
        for step, reruns in _all_reruns(new, history):
            known = counts.get(_name(new, step))
            if known is not None and abs(len(reruns) - known) * _NOTABLE >= commits >= _ENOUGH:
                file = after.dockerfile.name if after.dockerfile else ""
                yield RerunChange(Location(file, step.line), masked(step.written), known, len(reruns), commits)


def _all_reruns(cache: Cache, history: History) -> Iterator[tuple[Step, set[int]]]:
    changed = cache.changed(history)
    for number, step in enumerate(cache.steps):
        if step.keyword == "RUN":
            yield step, _reruns(cache, changed, number)


def _name(cache: Cache, step: Step) -> tuple[str, str]:
    """What a step is known by at both commits: its stage, and its words without its mounts."""
    stages = cache.plan.needs.stages if cache.plan.needs else ()
    return stages[step.stage].name or str(step.stage), step.text


def _installs(cache: Cache, history: History, changed: _Changed, facts: Sequence[InstallFact]) -> Iterator[CacheGain]:
    """Count the commits that change what an installation reads: copied first, it runs again at those alone."""
    for fact in facts:
        number = _number(cache, fact.line)
        copy = _number(cache, fact.copy_line)
        if number is None or copy is None:
            continue
        others = cache.depends[number].sure - {copy}
        own = _touching(cache, history, Matcher.of(fact.files).excludes)
        own |= {commit for other in others for commit in changed.get(other, {})}
        before = _reruns(cache, changed, number)
        title = f"{fact.part} {fact.command}".lstrip()
        yield CacheGain(
            "cache-dependencies-after-source", fact.line, title, len(before), len(own & before), _lines(fact)
        )


def _lines(fact: InstallFact) -> str:
    return f"above line {fact.copy_line} write {', '.join(f'`{line}`' for line in fact.lines)}; {fact.rest}"


def _busters(cache: Cache, changed: _Changed, facts: Sequence[BusterFact]) -> Iterator[CacheGain]:
    """Count the commits that change nothing but what the builder or CI alone reads."""
    for fact in facts:
        number = _number(cache, fact.line)
        if number is not None and fact.own:
            own = Matcher.of(fact.own)
            yield _without(cache, changed, number, own.excludes, "cache-self-busting", _named(", ".join(fact.own)))


def _volatile(cache: Cache, history: History, changed: _Changed) -> Iterator[CacheGain]:
    """Find the small file that most commits change, below a broad copy."""
    for number, by_commit in changed.items():
        counts = Counter(path for paths in by_commit.values() for path in paths)
        sizes = cache.contexts[""].paths if "" in cache.contexts else {}
        for path, count in counts.items():
            node = sizes[path][0] if path in sizes else None
            is_small = node is not None and node.attributes is not None and node.attributes.size <= _SMALL
            if is_small and count * 2 > max(_FEW, len(history.commits)) and cache.broad(number):
                yield _without(cache, changed, number, {path}.__contains__, "cache-volatile-file", _named(path))


def _of_people(cache: Cache, changed: _Changed, noise: Noise) -> Iterator[CacheGain]:
    """Count the commits that change nothing but documentation, or tests, below a broad copy."""
    for number in changed:
        for kind, what in _OF_PEOPLE.items() if cache.broad(number) else ():
            advice = f"`ctxaudit --for-cache --diff` names what of the {what} no step reads"
            yield _without(cache, changed, number, partial(noise.is_one, what), kind, advice)


def _named(paths: str) -> str:
    return f"name to the ignore file what no step needs of {paths}"


def _without(
    cache: Cache,
    changed: _Changed,
    number: int,
    is_own: Callable[[str], bool],
    rule: str,
    advice: str,
) -> CacheGain:
    """Count the commits that still change a step once some paths are excluded."""
    kept = {commit for commit, paths in changed.get(number, {}).items() if not all(map(is_own, paths))}
    step = cache.steps[number]
    return CacheGain(rule, step.line, masked(step.written), len(changed.get(number, {})), len(kept), advice)


def _touching(cache: Cache, history: History, is_read: Callable[[str], bool]) -> set[int]:
    directory = os.path.realpath(cache.plan.tree.root)
    return {commit for commit, paths in history.below(directory) if any(map(is_read, paths))}


def _reruns(cache: Cache, changed: _Changed, number: int) -> set[int]:
    before = (set(changed.get(other, ())) for other in cache.depends[number].sure)
    return set(changed.get(number, ())).union(*before)


def _number(cache: Cache, line: int) -> int | None:
    steps: Iterator[tuple[int, Step]] = enumerate(cache.steps)
    return next((number for number, step in steps if step.line == line), None)
