"""Dockerfiles that no other file declares a build of: what `docker build` would take them for."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import EVERYTHING, needs
from ctxaudit.errors import DockerfileError
from ctxaudit.files import DISK
from ctxaudit.model import Location, Unknown
from ctxaudit.requests.declared import Declared

_WILDCARDS = "*?[\\"


def declared(path: str, root: str) -> Declared:
    """Give the build of a Dockerfile.

    path, root: relative to the working directory. Its context is the first directory, from its own up to *root*, that
    holds all that it names; its own where none does, or where it names nothing.
    """
    own = os.path.dirname(path) or "."
    named = tuple(_named(path))
    context = next((place for place in _upwards(own, root) if named and _holds(place, named)), own)
    what = f"the context that this Dockerfile is built from: {context} is taken, as no file says it"
    doubt = Unknown(what, path, f"docker build -f {path} CONTEXT: say it in a compose file")
    is_sure = os.path.realpath(own) == os.path.realpath(root)
    return Declared(path, Location(path, 1), context, path, unknowns=() if is_sure else (doubt,))


def _named(path: str) -> Iterator[str]:
    """The paths that it names below its context, up to their first wildcard."""
    data = DISK.read(DISK.resolved(path))
    try:
        uses = needs(parse(data, path)).uses if data else ()
    except DockerfileError:
        return  # who audits the build says so
    for use in uses:
        if not use.context and use.path != EVERYTHING:
            start = min((use.path.find(char) for char in _WILDCARDS if char in use.path), default=-1)
            yield use.path if start < 0 else os.path.dirname(use.path[:start])


def _upwards(own: str, root: str) -> Iterator[str]:
    """Give a directory and those above it, up to *root*."""
    steps = os.path.relpath(os.path.realpath(own), os.path.realpath(root)).count("/") + 1
    is_root = os.path.realpath(own) == os.path.realpath(root)
    yield from (os.path.normpath(os.path.join(own, *[".."] * up)) for up in range(1 if is_root else steps + 1))


def _holds(context: str, named: tuple[str, ...]) -> bool:
    return all(os.path.lexists(os.path.join(context, path)) for path in named)
