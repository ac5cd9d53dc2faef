"""What an engine is asked, and what it answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from ctxaudit.builders import Builder
from ctxaudit.builds.request import BuildRequest
from ctxaudit.errors import CtxauditError
from ctxaudit.model import Entry
from ctxaudit.survey.plan import Plan
from ctxaudit.values import frozen

_FRONTEND = "BUILDKIT_SYNTAX"


class NoEngine(CtxauditError):
    """An engine that is not there, or does not answer."""


@frozen
class Question:
    """One build that an engine is to look at.

    plan: of the build. home: a directory for the files of the question. real: build the Dockerfile itself.
    own_ignore_file: what stands beside the Dockerfile as its ignore file; None for the one that the engine finds.
    with_image: also give the files of the image.
    """

    plan: Plan
    home: Path
    real: bool = False
    own_ignore_file: bytes | None = None
    with_image: bool = False

    @property
    def build(self) -> BuildRequest:
        return self.plan.build

    @property
    def build_args(self) -> Iterator[tuple[str, str]]:
        """Give the build arguments with a value; a stand-in has no frontend, which an engine would pull and run."""
        for name, value in self.build.build_args.items():
            if value is not None and (self.real or name != _FRONTEND):
                yield name, value


def _always(path: str) -> bool:
    return True


@frozen
class Answer:
    """What the engine was sent.

    entries: in the order sent. bytes: of the transfer, None for an engine that reads the context in its place.
    requested: it asked for the context. image: of each path in the image its type and mode, and its content's hash or
    its target; None where nobody asked, or the build failed.
    failure: why the build failed after it was sent all that, "" if it did not.
    shows: whether a path would be among the entries; of a directory above what is copied, and of a link that leads to
    it, nothing is seen.
    """

    entries: Sequence[Entry]
    bytes: int | None
    requested: bool
    image: dict[str, tuple[str, str]] | None = None
    failure: str = ""
    shows: Callable[[str], bool] = _always


class Asked(Protocol):
    """An engine that answers.

    version: its own, and its client's where that is another program's. age: what programs of this age do otherwise, ""
    for those that follow today's rules.
    """

    version: str
    age: str

    def ask(self, question: Question) -> Answer:
        """Build, and say what was sent; raises CtxauditError where the engine does not get so far."""


@frozen
class Engine:
    """An engine of a builder. name: as `--engine` has it. place: the file and the class that ask it."""

    name: str
    builder: Builder
    place: str


def file_at(home: Path, name: str, data: bytes) -> Path:
    """Write a file of the question, which nobody else may read."""
    path = home / name
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    return path
