"""What a reader is given and what it answers."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal

from ctxaudit.needed.makers.call import Call
from ctxaudit.values import frozen

MOST = 2000  # files that are read for one command


@frozen
class Input:
    """A file of the image that a command reads.

    places: absolute paths, one of which is enough.
    because: what names it, as "pyproject.toml:4 names it as readme"; "" for the command itself.
    manifest: the absolute path of the file that names it, "" for the command itself.
    fails: the command is sure to fail without it.
    optional: the command does without it, so that a Dockerfile may omit it on purpose.
    glob: the name pattern that the end of the place is, "" for one name.
    directory: what of a directory is enough: a file in it, or its being there; "" where the place is a file.
    """

    places: tuple[str, ...]
    because: str = ""
    manifest: str = ""
    fails: bool = True
    optional: bool = False
    glob: str = ""
    directory: Literal["", "a file", "itself"] = ""


Reader = Callable[[Call], Iterator[Input]]


def one(
    call: Call, *names: str, base: str | None = None, fails: bool = True, optional: bool = False
) -> Iterator[Input]:
    """Give an input that any of these names is enough for, nothing if its directory is not known."""
    if places := call.at(*names, base=base):
        yield Input(places, fails=fails, optional=optional)


def each(call: Call, names: Iterable[str], *, base: str | None = None, fails: bool = True) -> Iterator[Input]:
    """Give an input for each name that is the path of a file without a wildcard."""
    for name in names:
        if not set(name) & set("*?[{") and "://" not in name:
            yield from one(call, name, base=base, fails=fails)


def upward(
    call: Call, *names: str, base: str | None = None, fails: bool = True, optional: bool = False
) -> Iterator[Input]:
    """Give an input that is looked for in a directory and in those above it."""
    start = call.place(base or ".")
    if start is not None:
        folders = list(_ancestors(start))
        yield from one(call, *(f"{at}/{name}" for at in folders for name in names), fails=fails, optional=optional)


def named(
    call: Call, manifest: str, where: str, role: str, path: str, *, fails: bool, optional: bool = False
) -> Iterator[Input]:
    """Give an input that a manifest names, relative to its own directory."""
    folder = posixpath.dirname(manifest)
    place = call.place(path, base=folder)
    if place is not None and not set(path) & set("*?[{"):
        yield Input((place,), f"{where} names it as {role}", manifest, fails=fails, optional=optional)


def relaxed(inputs: Iterable[Input]) -> Iterator[Input]:
    """Give the same inputs, without which a command is not sure to fail."""
    return (replace(entry, fails=False) for entry in inputs)


def is_true(value: str) -> bool:
    """Whether a variable is set to a word that tools take for true."""
    return value.lower() in ("1", "true", "yes", "on", "y", "t")


def _ancestors(directory: str) -> Iterator[str]:
    yield directory
    while directory != "/":
        directory = posixpath.dirname(directory)
        yield directory
