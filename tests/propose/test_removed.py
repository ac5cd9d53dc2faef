"""The proof tells what the build makes again from what it only removes, in every format that has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

MADE = "dist: npm run build, Dockerfile:4"
REMOVED = "dist: rm -rf dist, Dockerfile:4"


@pytest.mark.parametrize(
    ("command", "line", "title"),
    [
        pytest.param("npm run build", f"made again: {MADE}", "Excluded, because the build makes it again", id="made"),
        pytest.param("rm -rf dist", f"removed: {REMOVED}", "Excluded, because the build removes it", id="removed"),
    ],
)
def test_what_a_command_removes_is_not_made_again(tmp_path: Path, command: str, line: str, title: str) -> None:
    package = '{"scripts": {"build": "vite build"}}'
    dockerfile = f"FROM node:22\nWORKDIR /app\nCOPY . .\nRUN {command}\nCMD node server.js\n"
    files = {"Dockerfile": dockerfile, "package.json": package, "server.js": "1\n", ".gitignore": "dist\n"}
    make_tree(tmp_path, files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    make_tree(tmp_path, {"dist/a.js": "1\n"})
    assert f"  {line}" in ctxaudit("--diff", cwd=tmp_path).stderr.decode().splitlines()
    shown = ctxaudit("--format", "markdown", cwd=tmp_path).stdout.decode()
    assert [part for part in shown.split("**") if part.startswith("Excluded, because")] == [title]
    (target,) = json.loads(ctxaudit("--format", "json", cwd=tmp_path).stdout)["targets"]
    (row,) = target["proposal"]["proof"]["remade"]
    assert row["removed"] == (command != "npm run build")
