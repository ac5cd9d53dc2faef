"""The paths that instructions name, found in the tree."""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit.dockerfile.stages import EVERYTHING, Use
from ctxaudit.files import follow
from ctxaudit.ignore import BadPattern, compiled_glob, expand, has_wildcard, literal_part, unescaped
from ctxaudit.values import frozen
from ctxaudit.walk import Tree

MOST = 1000  # matches of one wildcard that are looked at


@frozen
class Source:
    """A source that an instruction names outright.

    paths: what is there for it, links followed; more than one only for a wildcard. wildcard: whether it is one.
    names: those that it means by name. `*.jar` means each jar; `target/*` means target, and no file in it; `*` nothing.
    """

    use: Use
    paths: tuple[str, ...]
    wildcard: bool
    names: tuple[str, ...]


def sources(tree: Tree, uses: tuple[Use, ...]) -> Iterator[Source]:
    """Find each source that has to be there and whose text is known; one that stands for everything, or holds an unset
    variable, is omitted."""
    for use in uses:
        # COPY reads `**` as `*` (path.Match), the client as any depth (patternmatcher): no list means both.
        if use.path == EVERYTHING or use.unset or not use.needed or "**" in use.path:
            continue
        paths = _there(tree, use.path)
        named = literal_start(use.path)
        names = paths if named == use.path else _there(tree, named) if named else ()
        yield Source(use, paths, has_wildcard(use.path), names)


def _there(tree: Tree, path: str) -> tuple[str, ...]:
    """Give what is there for a source, links followed."""
    if not has_wildcard(path):
        found = resolved(tree, unescaped(path))
        return () if found is None else (found,)
    return tuple(path for path, _ in zip(expanded(tree, path), range(MOST), strict=False))


def literal_start(path: str) -> str:
    """Omit the last segments that hold nothing but wildcards, and dots: they match whatever lies there."""
    segments = path.split("/")
    while segments and has_wildcard(segments[-1]) and not literal_part(segments[-1]).strip("."):
        segments.pop()
    return "/".join(segments)


def means(pattern: str, path: str) -> bool:
    """Whether a source with wildcards means the path by its name, be it there or not."""
    parts, names = pattern.split("/"), path.split("/")
    # `*` in the last place means whatever lies there; it is no wish for one name.
    if literal_start(pattern) != pattern or len(parts) != len(names):
        return False
    try:
        return all(compiled_glob(part)(name) for part, name in zip(parts, names, strict=True))
    except BadPattern:
        return False


def resolved(tree: Tree, path: str) -> str | None:
    """Follow the links of a path inside the context; None where nothing is there."""
    found = follow(tree.target, path)
    return found if found and tree.type(found) is not None else None


def expanded(tree: Tree, pattern: str) -> Iterator[str]:
    """Give the paths that match as COPY matches them, links followed."""
    found = expand(pattern, tree.names, lambda path: tree.type(path) == "dir")
    return (resolved(tree, path) or path for path in found)
