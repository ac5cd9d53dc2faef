"""What `docker compose watch` takes of a context: its own answers, and where it cannot answer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import ctxaudit
from support import for_each, rows


@for_each(rows("watch"))
def test_a_rule_takes_what_compose_recorded(tmp_path: Path, row: dict[str, Any]) -> None:
    root = plant(tmp_path / row["context_name"], {**dict.fromkeys(row["files"], "x"), **row["ignore_files"]})
    dockerfile = row["dockerfile"].replace("{context}", os.fspath(root))
    found = ctxaudit.watch_listing(root, dockerfile=dockerfile, rule=row["rule"], mounts=row["mounts"])
    assert set(found.loop_synced) == set(row["loop_synced"])
    assert dict(found.loop_ignored) == row["loop_ignored"]
    assert set(found.initial_synced) == set(row["initial_synced"])


def test_a_pattern_that_compose_refuses_is_an_error(tmp_path: Path) -> None:
    plant(tmp_path, {"a": "x"})
    with pytest.raises(ctxaudit.PatternError, match=r"syntax error in pattern"):
        ctxaudit.watch_listing(tmp_path, rule={"path": ".", "ignore": ["a["]})


def test_a_pattern_that_compose_refuses_when_it_asks_stops_the_sync_of_what_it_is_asked_about(tmp_path: Path) -> None:
    plant(tmp_path, {"a": "x", ".dockerignore": "[c-a]\n"})
    found = ctxaudit.watch_listing(tmp_path, rule={"path": "."})
    assert (found.loop_synced, found.loop_ignored) == ((), {})
    assert found.initial_synced == (".dockerignore", "a")


@pytest.mark.parametrize(
    "name", [pytest.param(".dockerignore", id="in place of the ignore file"), pytest.param("a", id="among the files")]
)
def test_a_pipe_is_never_read(tmp_path: Path, name: str) -> None:
    plant(tmp_path, {"b": "x"})
    os.mkfifo(tmp_path / name)
    assert "b" in ctxaudit.watch_listing(tmp_path, rule={"path": "."}).loop_synced


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
