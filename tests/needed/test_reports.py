"""A report that lies in the context names nothing: the next run answers as the one that wrote it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import ctxaudit, git, make_tree

TREE: dict[str, str | bytes | None] = {
    "Dockerfile": 'FROM node\nCOPY . .\nCMD ["node", "x.js"]\n',
    "package.json": '{"name": "a", "scripts": {"build": "tsc"}}',
    "dist/app.js": "1",
    "logs/a.log": "1",
    ".env": "PASSWORD=hunter2hunter2\n",
    ".gitignore": "dist/\nlogs/\n.git/\n",
    ".dockerignore": ".git\n",
}


def answer(root: Path) -> tuple[list[Any], list[Any], Any]:
    """Return what is found, what stays and what is proposed, without the sizes of all that is sent."""
    (target,) = json.loads(ctxaudit("--format", "json", cwd=root).stdout)["targets"]
    return target["findings"], target["proposal"]["kept"], target["proposal"]["patterns"]


@pytest.mark.parametrize(
    ("format_", "name"),
    [
        *((format_, f"report.{format_}") for format_ in ("json", "sarif", "gitlab", "markdown", "html", "text")),
        *((format_, "report.json") for format_ in ("sarif", "gitlab")),
        ("json", "context.json"),
        ("json", "report.yaml"),
    ],
)
def test_a_report_in_the_context_changes_no_answer(tmp_path: Path, format_: str, name: str) -> None:
    root = make_tree(tmp_path, dict(TREE))
    git(root, "init", "-q")
    git(root, "add", "package.json", "Dockerfile", ".gitignore", ".dockerignore")
    before = answer(root)
    (root / name).parent.mkdir(exist_ok=True)
    ctxaudit("--output", f"{format_}={name}", cwd=root)
    git(root, "add", "-f", name)
    assert (root / name).stat().st_size > 0
    assert answer(root) == before


def test_a_baseline_in_the_context_changes_no_answer(tmp_path: Path) -> None:
    root = make_tree(tmp_path, dict(TREE))
    git(root, "init", "-q")
    git(root, "add", "package.json", "Dockerfile", ".gitignore", ".dockerignore")
    before = answer(root)
    ctxaudit("--baseline", "baseline.json", "--update-baseline", cwd=root)
    git(root, "add", "-f", "baseline.json")
    assert answer(root) == before


def test_a_file_that_only_mentions_a_report_still_names_a_path(tmp_path: Path) -> None:
    text = '{"a": {"schema": "ctxaudit-report/1"}, "files": "dist/app.js"}'
    root = make_tree(tmp_path, {**TREE, "config.json": text})
    git(root, "init", "-q")
    git(root, "add", "package.json", "Dockerfile", ".gitignore", ".dockerignore", "config.json")
    assert [one["path"] for one in answer(root)[1]] == ["dist"]
