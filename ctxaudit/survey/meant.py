"""What builders make of one ignore file, each its own: below a directory, or of the whole tree."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ctxaudit.builders import BUILDERS, Builder
from ctxaudit.errors import CtxauditError
from ctxaudit.ignore import ANY_DEPTH, LINES_DEPTH, DockerignorePattern, segment_test
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.rules import Difference
from ctxaudit.survey.plan import Plan
from ctxaudit.walk import Supposed, Tree, decide

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection

MOST = 10_000  # entries that are looked at


def first_kept(tree: Tree, matcher: Matcher, directory: str, builders: Iterable[Builder]) -> str:
    """Give the first path below a directory that some builder permits and is not a directory, "" for none."""
    selections = (one.select(matcher, None, "", False) for one in builders)
    return next(filter(None, (_first_kept(tree, selection, directory) for selection in selections)), "")


def _first_kept(tree: Tree, selection: BuildSelection, directory: str) -> str:
    choice, _ = decide(selection, directory)
    pending = [(directory, choice)] if choice.descends else []
    looked = 0
    while pending and looked < MOST:
        parent, choice = pending.pop()
        below = []
        for name in sorted(tree.names(parent)):
            path, child = f"{parent}/{name}", choice[name]
            is_dir = tree.type(path) == "dir"
            looked += 1
            if child.kept and not is_dir:
                return path
            if is_dir and child.descends:
                below.append((path, child))
        # The first name by bytes is entered first, so that two machines give the same example.
        pending += reversed(below)
    return ""


def rest_below(pattern: DockerignorePattern, directory: str) -> str:
    """Give what of a pattern is left below a directory that its first segments match, "" where that is not known.

    Of `*/app*` below `conf` it is `app*`; of `**/*.go` below any directory the whole.
    """
    segments = pattern.segments
    if segments is None:
        return ""
    texts = pattern.text.split("/")
    for at, name in enumerate(directory.split("/")):
        # From `**` on, the pattern means the same below any directory.
        if at >= len(segments) or segments[at] in (ANY_DEPTH, LINES_DEPTH):
            return "/".join(texts[at:])
        if not segment_test(segments[at])(name):
            return ""
    return "/".join(texts[directory.count("/") + 1 :])


def differences(plan: Plan) -> Iterator[Difference]:
    """Say for each other builder of a build what it takes otherwise, whatever the Dockerfile uses."""
    for title, why in plan.build.failing:
        yield Difference(title, fails=why)
    # The Dockerfile and the ignore files are sent by some in any case: that is no difference anybody made.
    source = plan.build.dockerfile
    own = {source.in_context if source else "", *(name for row in BUILDERS.values() for name in row.ignore_files)}
    own |= {f"{source.in_context}{suffix}" for row in BUILDERS.values() for suffix in row.own_suffixes if source}
    taken = _taken(plan) - own
    for build in plan.build.beside:
        try:
            other = _taken(Plan.of(build, trees=plan.trees)) - own
        except CtxauditError as error:
            yield Difference(build.builder.title, fails=error.what)
            continue
        if other != taken:
            yield Difference(build.builder.title, _in_order(other - taken), _in_order(taken - other))


def _taken(plan: Plan) -> set[str]:
    """The paths that are permitted, directories aside."""
    nodes = plan.tree.walk(Supposed(plan.permitted), attributes=False)
    return {node.path for node in nodes if node.kept and node.type not in ("dir", "socket")}


def _in_order(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=os.fsencode))
