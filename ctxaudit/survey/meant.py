"""What an exception with a wildcard means below one directory, for the builder that does not look there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ctxaudit.builders import Builder
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.ignore.pattern import ANY_DEPTH, LINES_DEPTH, DockerignorePattern, segment_test
from ctxaudit.walk import Tree, decide

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
