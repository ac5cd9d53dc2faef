"""What TAB gives in zsh and in fish."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import ctxaudit

ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
OFFERED = [
    ("ctxaudit comp", {"completion"}),
    ("ctxaudit --max", {"--max-size", "--max-files", "--max-growth"}),
    ("ctxaudit . --fail-on ", {"error", "warning", "never"}),
    ("ctxaudit explain secret-dot", {"secret-dotenv"}),
]


def run(*command: str) -> str:
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize(("line", "offered"), OFFERED)
def test_fish_offers(tmp_path: Path, line: str, offered: set[str]) -> None:
    script = tmp_path / "ctxaudit.fish"
    script.write_bytes(ctxaudit("completion", "fish").stdout)
    said = run("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'")
    assert {row.partition("\t")[0] for row in said.splitlines()} >= offered


@pytest.mark.parametrize(("line", "offered"), OFFERED)
def test_zsh_offers(tmp_path: Path, line: str, offered: set[str]) -> None:
    """The script's function, with zsh's own words, and a `compadd` that says what it is given."""
    script = tmp_path / "ctxaudit.zsh"
    script.write_bytes(ctxaudit("completion", "zsh").stdout)
    words = line.split(" ")
    stubs = "compdef() { : }; _path_files() { : }"
    shown = "_describe() { print -rl -- ${(P)3} }; compadd() { print -rl -- ${(P)@[-1]} }"
    asked = f"words=({' '.join(map(repr, words))}); CURRENT={len(words)}; _ctxaudit_completion"
    said = run("zsh", "-f", "-c", f"{stubs}; {shown}\nsource {script}\n{asked}")
    assert {word.partition(":")[0] for word in said.split()} >= offered
