"""How a path that something names, or makes, lies to another one."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

Lies = Literal["", "same", "above", "below"]
# Stands for a directory that is not known; see `image.SOMEWHERE`.
UNKNOWN = "\N{HORIZONTAL ELLIPSIS}"
_ALONE = "/."
_MOST = 64  # segments


def lies(named: str, path: str) -> Lies:
    """Say where a named path lies, seen from *path*: "above" it, "below" it, the "same", or "" for elsewhere.

    named: a segment may hold `*`, and a segment `**` is any depth; one that ends in "/." is above nothing.
    """
    alone = named.endswith(_ALONE)
    pattern, segments = _split(named.removesuffix(_ALONE)), _split(path)
    if len(pattern) > _MOST or len(segments) > _MOST:
        return ""
    found = _lies(pattern, segments)
    if not found and segments[:1] == [UNKNOWN] and pattern[:1] != [UNKNOWN]:
        found = next(filter(None, (_lies(pattern[at:], segments[1:]) for at in range(len(pattern)))), "")
    return "" if alone and found == "above" else found


def covers(made: str, path: str) -> bool:
    """Whether a place that is made is *path*, or a directory that holds it."""
    return _lies(_split(made), _split(path)) in ("same", "above")


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _lies(pattern: Sequence[str], segments: Sequence[str]) -> Lies:
    """Match segment by segment; what `**` alone has met is nowhere, as it may as well lie elsewhere.

    So is what lies below a name that `*` alone has met: `*/a.sql` says nothing of any one directory.
    """
    if not pattern:
        return "above" if segments else "same"
    if not segments:
        return "same" if all(one == "**" for one in pattern) else "below"
    first = pattern[0]
    if first != "**":
        if first != segments[0] and not fnmatchcase(segments[0], first):
            return ""
        found = _lies(pattern[1:], segments[1:])
        return "" if first == "*" and found == "below" and len(segments) == 1 else found
    rest = [one for one in pattern if one != "**"][:1]
    if not rest:
        return "above"
    lying: list[Lies] = [
        _lies(pattern[1:], segments[at:]) for at in range(len(segments)) if fnmatchcase(segments[at], rest[0])
    ]
    return next((lie for lie in ("same", "above", "below") if lie in lying), "")
