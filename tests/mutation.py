"""A document with one thing wrong: what a schema must catch."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Every place of a document below its root, the first two items of a list."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from places(one, (*path, key))


def at(document: Any, path: Place) -> Any:
    for key in path:
        document = document[key]
    return document


def mutated(document: Any, path: Place, new: object) -> Any:
    """The document with another value at the place, or without it for None."""
    copied = copy.deepcopy(document)
    parent = at(copied, path[:-1])
    if new is None:
        del parent[path[-1]]
    else:
        parent[path[-1]] = new
    return copied


def wrong_values(value: object) -> list[object]:
    """Values that no reader expects in the place of this one."""
    if isinstance(value, bool):
        return ["yes", 1]
    if isinstance(value, int):
        return [str(value), 1.5, True]
    if isinstance(value, str):
        return [7, ["x"], {}]
    return ["No Word", 7, True]


def mutations(document: Any) -> Iterator[tuple[Place, object]]:
    """A wrong value for every place, and None for every member that may be missing."""
    for path in places(document):
        wrong = wrong_values(at(document, path))
        yield from ((path, new) for new in [*wrong, *([None] if isinstance(path[-1], str) else [])])
