"""What a branch makes run again more or less often: in the text, in JSON and in the comment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cache.test_steps import repository

from support import ctxaudit, git

FIRST = "FROM node:22\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n"
WHOLE = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"
FILES: dict[str, str | bytes | None] = {
    "Dockerfile": FIRST,
    ".dockerignore": ".git\nDockerfile\n.dockerignore\n",
    "package.json": "{}",
    "package-lock.json": "{}",
    "src/a.js": "a",
}


def branch(root: Path, dockerfile: str, commits: int = 40) -> Path:
    """A repository whose main line changes the lock file in one commit of four, and a branch with a Dockerfile."""
    edits = [["src/a.js"], ["src/a.js"], ["src/a.js"], ["package-lock.json", "src/a.js"]]
    repository(root, FILES, [edits[number % 4] for number in range(commits)])
    git(root, "checkout", "-qb", "topic")
    (root / "Dockerfile").write_text(dockerfile)
    git(root, "commit", "-qam", "branch", "--allow-empty")
    return root


def said(root: Path, style: str) -> str:
    return ctxaudit(".", "--base", "main", "--format", style, cwd=root).stdout.decode()


def reruns(root: Path) -> list[tuple[str, int, int, int]]:
    (target,) = json.loads(said(root, "json"))["targets"]
    found: list[dict[str, Any]] = target["comparison"]["reruns"]
    return [(one["instruction"], one["base"], one["head"], one["commits"]) for one in found]


def test_a_branch_that_copies_the_source_first_says_what_that_re_runs(tmp_path: Path) -> None:
    root = branch(tmp_path, WHOLE)
    assert reruns(root) == [("RUN npm ci", 10, 40, 40)]
    assert "  RUN npm ci re-ran on 25% of the last 40 commits, would on 100%\n" in said(root, "text")
    title = "**Steps that re-run more or less often**"
    assert f"\n{title}\n\n- `RUN npm ci` re-ran on 25% of the last 40 commits, would on 100%\n" in said(
        root, "markdown"
    )
    assert "RUN npm ci re-ran on 25% of the last 40 commits, would on 100%" in said(root, "html")


@pytest.mark.parametrize(
    ("dockerfile", "commits"),
    [
        pytest.param(FIRST, 40, id="the same Dockerfile"),
        pytest.param(f"# a comment\n{FIRST}", 40, id="a comment"),
        pytest.param(WHOLE.replace("npm ci", "npm install"), 40, id="another command, which nothing is known of"),
        pytest.param(WHOLE, 12, id="too few commits for a share"),
    ],
)
def test_a_branch_that_changes_no_re_runs_says_nothing(tmp_path: Path, dockerfile: str, commits: int) -> None:
    assert reruns(branch(tmp_path, dockerfile, commits)) == []


def test_a_bind_mount_makes_the_same_step_run_less_often(tmp_path: Path) -> None:
    mount = "RUN --mount=type=bind,source=package.json,target=package.json npm ci"
    assert reruns(branch(tmp_path, FIRST.replace("COPY package.json package-lock.json ./\nRUN npm ci", mount))) == [
        (mount, 10, 0, 40)
    ]


def test_an_ignore_file_that_lets_in_more_re_runs_more(tmp_path: Path) -> None:
    root = branch(tmp_path, FIRST)
    git(root, "checkout", "-q", "main")
    for number in range(20):
        (root / "README.md").write_text(str(number))
        git(root, "add", "-A")
        git(root, "commit", "-qm", "docs")
    git(root, "checkout", "-qb", "other")
    (root / ".dockerignore").write_text(".git\nDockerfile\n.dockerignore\nREADME.md\n")
    git(root, "commit", "-qam", "ignore")
    assert reruns(root) == [("RUN npm run build", 60, 40, 60)]
