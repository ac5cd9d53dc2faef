"""What real engines say of many builds: those of `random_builds.py`, and the samples."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from random_builds import grow

from ctxaudit.builds.discover import discover
from ctxaudit.builds.request import BuildRequest, request
from ctxaudit.errors import CtxauditError
from ctxaudit.model import Verification
from ctxaudit.report import Layout
from ctxaudit.report.verify import FORMATS
from ctxaudit.verify import ENGINES, Asked, Engine, choose, verify


class Row(NamedTuple):
    """One build asked about. failure: why the engine fails it, "" where it was sent its context."""

    name: str
    found: Verification | None
    failure: str = ""


def shown(row: Row) -> str:
    """Return what differs, for a failing test."""
    return f"{row.name}: {row.failure}" if row.found is None else FORMATS["text"](row.found, Layout())


def asked_about(builds: Sequence[BuildRequest], engine: Engine, asked: Asked) -> Iterator[Row]:
    for build in builds:
        try:
            yield Row(build.name, verify(build, engine, asked))
        except CtxauditError as error:
            yield Row(build.name, None, error.what)


def random_builds(home: Path, count: int, engine: Engine) -> list[BuildRequest]:
    """Make so many builds, the first seeds first, and read them as the engine's builder does."""
    places = [home / str(seed) for seed in range(count)]
    return [
        request(place if place.exists() else grow(place, seed), builder=engine.builder.name)
        for seed, place in enumerate(places)
    ]


def builds_of_samples(made: Path, engine: Engine, most: int) -> list[BuildRequest]:
    """Read the builds of the samples, at most so many of each.

    One that is fetched or made elsewhere is no engine's, nor is one that another builder runs.
    """
    found = []
    for sample in sorted(path for path in made.iterdir() if path.is_dir()):
        declared, _ = discover(os.fspath(sample))
        builds = [
            one
            for one in declared
            if not (one.unseen or "://" in one.context) and one.builder_of(engine.builder.name) == engine.builder.name
        ]
        found += [one.request(builder=engine.builder.name) for one in builds[:most]]
    return found


def is_explained(row: Row) -> bool:
    """Whether all is the same, or the engine's age explains what is not."""
    return row.found is not None and (row.found.is_same or bool(row.found.notes))


def started(name: str) -> tuple[Engine, Asked]:
    return choose([ENGINES[name]])
