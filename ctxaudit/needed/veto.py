"""What a detector says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
]


@dataclass(frozen=True, slots=True)
class Veto:
    """A path of the context that must not be left out, and why.

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
