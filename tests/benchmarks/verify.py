"""What ctxaudit says beside what real engines are sent, of random builds and of the samples: a table for the guide.

Debian's docker (its engine is started here, and ended), buildah, and what else of `ctxaudit verify` is on this machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from engine import DAEMON, engine  # noqa: E402
from verified import Row, asked_about, builds_of_samples, is_explained, random_builds, shown, started  # noqa: E402

from ctxaudit.verify import ENGINES  # noqa: E402
from ctxaudit.verify.values import NoEngine  # noqa: E402

HEAD = ("`--engine`", "version", "random builds", "samples", "otherwise, and why")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=300, help="random builds (default: 300)")
    parser.add_argument("--engine", action="append", choices=[*ENGINES], help="this one alone; may be repeated")
    parser.add_argument("--verbose", action="store_true", help="also print what differs, or fails")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        if os.path.exists(DAEMON):
            os.environ["DOCKER_HOST"] = stack.enter_context(engine(Path(home) / "engine")).host
        for row in chain((HEAD, ("---",) * len(HEAD)), _rows(Path(home), options)):
            sys.stdout.write(f"| {' | '.join(row)} |\n")
            sys.stdout.flush()


def _rows(home: Path, options: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    made = home / "made"
    subprocess.run([sys.executable, TESTS.parent / "sample_repos/make.py", made], check=True, capture_output=True)
    os.chdir(made)
    for name in options.engine or ENGINES:
        try:
            row, asked = started(name)
        except NoEngine as error:
            yield f"`{name}`", "", "", "", f"not asked: {error.what.partition(': ')[2]}"
            continue
        found = [list(asked_about(builds, row, asked)) for builds in _builds(home, made, options.trees, name)]
        said = dict.fromkeys(note for rows in found for note in _otherwise(rows))
        for one in (one for rows in found for one in rows if options.verbose and not _is_same(one)):
            sys.stdout.write(shown(one))
        yield f"`{name}`", asked.version, _share(found[0]), _share(found[1]), "; ".join(said)


def _builds(home: Path, made: Path, trees: int, name: str) -> Iterator[list]:  # type: ignore[type-arg]
    row = ENGINES[name]
    yield random_builds(home / "trees", trees, row)
    yield builds_of_samples(made, row, 4)


def _share(rows: list[Row]) -> str:
    asked = [row for row in rows if row.found is not None]
    return f"{sum(map(_is_same, asked))} of {len(asked)}"


def _is_same(row: Row) -> bool:
    return row.found is not None and row.found.is_same


def _otherwise(rows: list[Row]) -> Iterator[str]:
    """Say why some are not the same, and how many could not be asked about."""
    for row in rows:
        if row.found is not None and not row.found.is_same:
            yield from row.found.notes if is_explained(row) else (f"not explained: {row.name}",)
    if failing := sum(row.found is None for row in rows):
        yield f"{failing} that the engine fails before it can be compared"


if __name__ == "__main__":
    main()
