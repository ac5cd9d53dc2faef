"""What a build asks for, against the recorded answers of a running BuildKit (`data/narrow.jsonl`, no trees in it)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import Needs, needs
from ctxaudit.errors import DockerfileError

_LINES = (Path(__file__).parent / "data" / "narrow.jsonl").read_text(encoding="utf-8").splitlines()
ROWS: list[dict[str, Any]] = [json.loads(line) for line in _LINES]
REFUSED = [row for row in ROWS if row["build_error"] and not row["context_requested"]]
BUILT = [row for row in ROWS if row not in REFUSED]


def asked(row: dict[str, Any]) -> Needs:
    return needs(
        parse(row["dockerfile"].encode(), row["dockerfile_name"]),
        target=row["target"],
        build_args=row["args"],
        build_contexts={name: f"./{name}" for name in row["named_contexts"]},
    )


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in BUILT])
def test_a_build_asks_for_what_buildkit_asked_for(row: dict[str, Any]) -> None:
    found = asked(row)
    recorded = row["follow_paths"]
    paths = () if not row["context_requested"] else None if recorded is None else tuple(recorded)
    assert (found.requested, found.follow_paths) == (row["context_requested"], paths)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in REFUSED])
def test_a_build_is_refused_in_buildkit_s_words(row: dict[str, Any]) -> None:
    with pytest.raises(DockerfileError) as caught:
        asked(row)
    words = row["build_error"].removeprefix("failed to solve: ").partition(" (did you mean")[0]
    assert caught.value.what == words


def test_every_recorded_row_is_looked_at() -> None:
    assert (len(ROWS), len(BUILT), len(REFUSED)) == (194, 190, 4)
