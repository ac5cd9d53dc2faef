"""The other builds that may read the same ignore file: what they name must not be lost to them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from ctxaudit.dockerfile.stages import EVERYTHING, Stage
from ctxaudit.errors import CtxauditError
from ctxaudit.plan import Plan
from ctxaudit.requests.dockerfile import BuildRequest, dockerfiles, request
from ctxaudit.sources import sources


def sharing(plan: Plan) -> Iterator[Plan]:
    """Give the builds of the Dockerfile's other stages, and of other Dockerfiles; those that cannot be built are none.

    A stage counts where no --target says what is built. A Dockerfile further down counts where all that it names is
    there from this context: else it is built from another.
    """
    yield from _stages(plan)
    build = plan.build
    for name in dockerfiles(build.context, build.shown) if not build.key else ():
        if build.dockerfile is not None and os.path.realpath(name) == os.path.realpath(build.dockerfile.name):
            continue
        other = _planned(plan, name)
        if other is not None and (_is_at_root(build, name) or _names_what_is_there(other)):
            yield other
            yield from _stages(other)


def _stages(plan: Plan) -> Iterator[Plan]:
    stages = plan.needs.stages if plan.needs and plan.build.target is None else ()
    for stage in stages:
        if not stage.reachable and not _is_base(stage, stages):
            try:
                yield Plan.of(replace(plan.build, target=stage.name or str(stage.index)), wide=True, trees=plan.trees)
            except CtxauditError:
                continue  # nobody can build it


def _is_base(stage: Stage, stages: tuple[Stage, ...]) -> bool:
    return stage.name != "" and any(other.base.lower() == stage.name for other in stages)


def _planned(plan: Plan, name: str) -> Plan | None:
    """Plan another Dockerfile's build; None where it reads another ignore file, or nothing can build it."""
    build = plan.build
    try:
        found = request(build.shown, dockerfile=name, platform=build.platform, builder=build.builder)
        if os.path.realpath(found.ignore.name or ".") != os.path.realpath(_general(build)):
            return None
        return Plan.of(replace(found, ignore=build.ignore), wide=True, trees=plan.trees)
    except CtxauditError:
        return None


def _general(build: BuildRequest) -> str:
    return build.ignore.name or "."


def _is_at_root(build: BuildRequest, name: str) -> bool:
    return os.path.realpath(os.path.dirname(name) or ".") == os.fspath(build.context)


def _names_what_is_there(plan: Plan) -> bool:
    named = list(sources(plan.tree, plan.uses))
    is_narrow = all(use.path != EVERYTHING for use in plan.uses)
    return bool(named) and is_narrow and all(source.paths for source in named)
