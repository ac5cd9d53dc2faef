"""Why a step of a build would run again, beside the cache of another build."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ctxaudit.builds.request import BuildRequest
from ctxaudit.cache import saved
from ctxaudit.cache.keys import keys_of
from ctxaudit.cache.sides import Side, again, changes, side_of
from ctxaudit.cache.verdicts import BEFORE, FILES, UNASKED, Build, Said, StepKey, compared
from ctxaudit.dockerfile.stages import Step
from ctxaudit.errors import DockerfileError, masked
from ctxaudit.model import CacheComparison, StepVerdict
from ctxaudit.survey.plan import Trees

_NO_STEP = "the exported cache has no step that follows on this"
_UNSEEN = "an exported cache does not tell what the instruction was"
_ALIKE = "if the instruction is the same: an exported cache tells only of its files and of what stands before it"
_NO_CONTENT = "the exported cache does not know the files that it selects"


def why(build: BuildRequest, against: str, trees: Trees | None = None) -> CacheComparison:
    """Compare a build with what *against* names: a directory, a file, or else a commit.

    A directory is an exported cache, or another context. Raises CtxauditError for anything else.
    """
    with trees or Trees() as shared:
        after, now = side_of(build, shared, "this build")
        stages = now.plan.needs.stages if now.plan.needs else ()
        other = _other(build, against, shared)
        rows = compared(other.keys, after.keys) if isinstance(other, Side) else _beside_cache(other, now, after)
        return CacheComparison(
            dockerfile=build.dockerfile.name if build.dockerfile else "",
            context=build.shown,
            builder=build.builder.name,
            against=other.name,
            steps=tuple(
                StepVerdict(
                    line=key.line,
                    stage=stages[key.stage].name or str(key.stage),
                    instruction=masked(key.written),
                    verdict=verdict,
                    because=because,
                    changes=changes(other, after, now, key) if isinstance(other, Side) and because == FILES else (),
                )
                for key, verdict, because in rows
                if not key.written.upper().startswith(UNASKED)
            ),
            unknowns=(*(other.lacking if isinstance(other, Side) else ()), *now.plan.unknowns),
        )


def save(build: BuildRequest) -> dict[str, object]:
    """Give what is saved of a build, for a later one to be compared with."""
    with Trees() as trees:
        return saved.document(side_of(build, trees, "")[0])


def _other(build: BuildRequest, against: str, trees: Trees) -> Side | saved.Exported:
    if os.path.isdir(against):
        if os.path.lexists(os.path.join(against, "index.json")) and os.path.isdir(os.path.join(against, "blobs")):
            return saved.read_directory(against)
        return _side(build, trees, against, path=against)
    if os.path.lexists(against):
        return saved.read(against)
    return _side(build, trees, against, at=against)


def _side(build: BuildRequest, trees: Trees, name: str, *, path: str | None = None, at: str | None = None) -> Side:
    """Read the same build of another commit or directory; an error in its Dockerfile names that."""
    try:
        return side_of(again(build, at=at, path=path), trees, name, may_lack=True)[0]
    except DockerfileError as error:
        error.what = f"{error.what}, in {name}"
        raise


def _beside_cache(cache: saved.Exported, now: Build, after: Side) -> Iterator[tuple[StepKey, Said, str]]:
    """Follow the records of a cache from step to step, as far as the files tell them apart."""
    steps = {(step.line, step.stage, step.shown): step for step in (now.plan.needs.steps if now.plan.needs else ())}
    stages = now.plan.needs.stages if now.plan.needs else ()
    # None: the start of a stage, about which an exported cache tells nothing here.
    reached: dict[int, frozenset[int] | None] = {}

    def state(index: int) -> frozenset[int] | None:
        if index not in reached:
            parent = stages[index].parent
            reached[index] = None if parent is None else state(parent)
        return reached[index]

    for key in after.keys:
        step = steps[key.line, key.stage, key.name]
        before = state(key.stage)
        records, verdict, because = _followed(cache, now, step, before)
        reached[key.stage] = records
        yield key, verdict, because


def _followed(
    cache: saved.Exported, now: Build, step: Step, before: frozenset[int] | None
) -> tuple[frozenset[int] | None, Said, str]:
    """Give the records that a step may be, and what becomes of it."""
    if before is not None and not before:
        return before, "miss", BEFORE
    keys = list(keys_of(now.plan.build, step, now.sent))
    known = [content_key.key for content_key in keys if content_key.key]
    if any(not cache.knows(key) for key in known):
        return frozenset(), "miss", _NO_CONTENT
    is_linked = step.keyword in ("COPY", "ADD") and ("link", "true") in step.flags
    records = None if before is None or is_linked else cache.following(before)
    for key in known:
        users = cache.users(key)
        records = users if records is None else records & users
    if records is None:
        return None, "unknown", _UNSEEN
    if not records:
        return records, "miss", _NO_STEP
    is_whole = bool(known) and len(known) == len(keys) and step.keyword in ("COPY", "ADD")
    # A linked copy is merged with what was there before.
    reached = records | cache.following(records) if is_linked else records
    return reached, *(("hit", _ALIKE) if is_whole else ("unknown", _UNSEEN))
