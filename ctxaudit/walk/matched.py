"""The paths that a pattern of an ignore file itself matches, found in the tree without a walk."""

from __future__ import annotations

from ctxaudit.ignore import DockerignorePattern, trim_space
from ctxaudit.walk import Tree

MOST = 1000  # paths of one pattern that are looked at


def matched(tree: Tree, pattern: DockerignorePattern) -> tuple[str, ...] | None:
    """Find what the pattern matches, segment by segment; what only lies below a match is omitted.

    None where that is not known: `**` reaches where nobody looks, a directory may not be listed, there are too many.
    """
    segments = pattern.text.split("/")
    if "|" in pattern.text and pattern.segments is None:  # it divides the whole text, not a segment
        return None
    # The walk never meets such a path: the pattern matches nothing anywhere.
    if not {"", ".", ".."}.isdisjoint(segments):
        return ()
    odd = pattern.segments is None or any(trim_space(one) != one for one in segments)
    if odd or "**" in pattern.text:
        return None
    paths = [""]
    for depth in range(1, len(segments) + 1):
        # As an exception, so that a name which starts with "!" stays one.
        found = _below(tree, paths, DockerignorePattern("!" + "/".join(segments[:depth])))
        if found is None:
            return None
        paths = found
    return tuple(sorted(paths))


def _below(tree: Tree, parents: list[str], start: DockerignorePattern) -> list[str] | None:
    """The entries of some directories that the first segments of a pattern match."""
    found: list[str] = []
    for parent in parents:
        if parent and tree.type(parent) != "dir":
            continue
        if start.kind == "exact" and tree.type(start.text) is not None:
            found.append(start.text)
            continue
        names = tree.names(parent)
        if not names:  # empty, or not to be listed
            return None
        found += filter(start.matches, (f"{parent}/{name}" if parent else name for name in names))
        if len(found) > MOST:
            return None
    return found
