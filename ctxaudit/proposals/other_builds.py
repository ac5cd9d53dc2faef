"""The other builds that may read the same ignore file: what they name must not be lost to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from ctxaudit.builds.request import BuildRequest, dockerfiles, request
from ctxaudit.dockerfile.stages import EVERYTHING, Stage
from ctxaudit.errors import CtxauditError
from ctxaudit.survey.plan import Plan, sources


def sharing(plans: Sequence[Plan]) -> Iterator[Plan]:
    """Give the other builds that read the ignore file of these plans; those that cannot be built do not count.

    These are the builds of the Dockerfiles' other stages, of other Dockerfiles, and what compose files, bake files and
    workflows beside the context declare. A stage counts where no --target says what is built. A Dockerfile further down
    counts where all that it names is there from this context: else it is built from another.
    """
    for plan in plans:
        yield from _stages(plan)
    first = plans[0]
    build = first.build
    if build.key:
        return
    known = {_identity(plan.build) for plan in plans}
    for declared in first.trees.beside.builds(build.context, build.shown) if build.snapshot is None else ():
        other = _planned(first, partial(declared.request, builder=build.builder.name))
        if other is not None and _identity(other.build) not in known:
            known.add(_identity(other.build))
            yield other
    files = {os.path.realpath(plan.build.dockerfile.name) for plan in plans if plan.build.dockerfile is not None}
    for name in dockerfiles(build.context, build.shown):
        if os.path.realpath(name) in files:
            continue
        other = _planned(first, partial(_named, build, name))
        # A Dockerfile in `services/api` mostly has that directory as its context: its paths are then not ours.
        if other is not None and (_is_at_root(build, name) or _names_what_is_there(other)):
            yield other
            yield from _stages(other)


def _identity(build: BuildRequest) -> object:
    """What decides what a build of this context needs."""
    source = build.dockerfile
    what = (source.data if source else b"", build.target, build.platform)
    return (*what, tuple(sorted(build.build_args.items())), tuple(sorted(build.build_contexts.items())))


def _named(build: BuildRequest, name: str) -> BuildRequest:
    return request(build.shown, dockerfile=name, platform=build.platform, builder=build.builder.name)


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


def _planned(plan: Plan, read: Callable[[], BuildRequest]) -> Plan | None:
    """Plan another build of the context; None where it reads another ignore file, or nothing can build it."""
    build = plan.build
    try:
        found = read()
        # `<Dockerfile>.dockerignore` replaces `.dockerignore`: such a build reads none of our lines.
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
