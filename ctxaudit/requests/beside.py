"""The builds of one context that compose files, bake files and workflows beside it declare."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ctxaudit.errors import CtxauditError
from ctxaudit.requests import bake, compose, workflows
from ctxaudit.requests.compose.builds import ALL_PROFILES
from ctxaudit.requests.declared import Declared


def beside(context: Path, shown: str) -> list[Declared]:
    """Give them, each once; a file that cannot be read declares none.

    The files stand in the context's directory and in those above it, up to the top of its repository.
    context: without symlinks. shown: as the user wrote it.
    """
    found: dict[object, Declared] = {}
    for one in _declared(context, shown):
        if one.context and not one.is_fetched and os.path.realpath(one.context) == os.fspath(context):
            found.setdefault(one.identity, one)
    return list(found.values())


def _declared(context: Path, shown: str) -> Iterator[Declared]:
    places = (context, *context.parents)
    top = next((at for at, place in enumerate(places) if os.path.exists(place / ".git")), 0)
    root = os.path.normpath(os.path.join(shown, *[".."] * top))
    for up in range(top + 1):
        directory = os.path.normpath(os.path.join(shown, *[".."] * up))
        yield from _of_directory(directory, root)
    yield from workflows.declared(root)


def _of_directory(directory: str, root: str) -> Iterator[Declared]:
    try:
        names = os.listdir(directory)
    except OSError:
        return
    composed, baked = compose.default_files(directory, names), bake.default_files(directory, names)
    with suppress(CtxauditError):
        yield from compose.declared(composed, profiles=(ALL_PROFILES,)) if composed else ()
    with suppress(CtxauditError):
        yield from bake.every(baked, root) if baked else ()
