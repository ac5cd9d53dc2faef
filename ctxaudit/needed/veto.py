"""What a detector says, and what `origin.py` is asked and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ctxaudit.model import ImageUse
from ctxaudit.values import frozen

# The codes of `rules/kind.py` that have a detector; the other two need none: the sources of the instructions are
# known exactly, and the classic builder adds its own files again.
Keep = Literal[
    "bind-all",
    "scm",
    "meta",
    "embed",
    "tests",
    "workspace",
    "go-vendor",
    "zero-install",
    "wrapper",
    "env-build",
    "env-named",
    "tool-read",
]


@frozen
class Veto:
    """A path of the context that must not be excluded, and why.

    path: a file or a directory, there as the detector looked; "" for every tracked path.
    whole: everything below it is needed, not only the path itself.
    reason: one clause for people. where: "file:line".
    """

    keep: Keep
    path: str
    whole: bool
    reason: str
    where: str


def at_run(line: int) -> str:
    """Where an instruction stands; the Dockerfile's own name is not among what a build needs."""
    return f"Dockerfile:{line}"


class Maker(NamedTuple):
    """What makes a path again: a command or a copy, and its line; or a command that the container starts with."""

    title: str
    line: int
    at_start: bool = False


@frozen
class Goes:
    """The image takes nothing of the path from the host. made: by what it is made again, () if nothing uses it."""

    made: tuple[Maker, ...] = ()


@frozen
class Stays:
    """The image may take the path from the host.

    reason: one clause for people. where: "file:line", "" for none.
    inside: the directory in it that holds what is named, relative to the path; "" for the path itself.
    """

    reason: str
    where: str = ""
    inside: str = ""


class Question(NamedTuple):
    """A path of the context, and how an image uses paths of its kind.

    readers: the programs that use it by its presence, or "program word" for one with this argument.
    supplied_by: commands, "program word", that put the same into the image at another place.
    """

    path: str
    use: ImageUse
    readers: Sequence[str] = ()
    supplied_by: Sequence[str] = ()
