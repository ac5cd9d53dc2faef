"""`--for-cache`: what only the builder or CI reads is proposed to go, with the same proof, and never by default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm run build\n",
    ".dockerignore": ".git\n",
    "compose.yaml": "services:\n  a:\n    build: .\n",
    ".github/workflows/ci.yml": "on: push\n",
    "src/a.js": "a",
}
BLOCK = ".git\n# >>> ctxaudit\n# continuous integration\n.github\n# docker\nDockerfile\ncompose.yaml\n# <<< ctxaudit\n"


def project(root: Path, **files: str) -> Path:
    git(make_tree(root, {**FILES, **files}), "init", "-q")
    git(root, "add", "-A")
    return root


def test_nothing_of_it_is_proposed_by_default(tmp_path: Path) -> None:
    assert ctxaudit("--diff", cwd=project(tmp_path)).stdout == b""


def test_the_lines_stand_in_groups_of_their_own_and_stay(tmp_path: Path) -> None:
    root = project(tmp_path)
    said = ctxaudit("--write", "--for-cache", cwd=root).stdout.decode()
    assert (root / ".dockerignore").read_text() == BLOCK
    assert "  0 of 2 needed files dropped\n" in said
    assert "no other file that git tracks is excluded\n" in said
    gone = "no longer in the context or in an image that copies all of it: .github, Dockerfile, compose.yaml"
    assert f"  for the cache, {gone}\n" in said
    assert ctxaudit("--check", "--for-cache", cwd=root).returncode == 0


def test_the_configuration_asks_for_it_as_well(tmp_path: Path) -> None:
    root = project(tmp_path, **{"ctxaudit.toml": "for-cache = true\n"})
    ctxaudit("--write", cwd=root)
    assert (root / ".dockerignore").read_text() == BLOCK


def test_the_report_names_what_goes(tmp_path: Path) -> None:
    said = ctxaudit("--for-cache", "--format", "json", cwd=project(tmp_path)).stdout
    (target,) = json.loads(said)["targets"]
    gone = [one["name"] for one in target["proposal"]["proof"]["for_cache"]]
    assert gone == [".github", "Dockerfile", "compose.yaml"]


@pytest.mark.parametrize(
    ("dockerfile", "stays"),
    [
        pytest.param("COPY . .\nCOPY compose.yaml /\n", "compose.yaml", id="an instruction names it"),
        pytest.param("COPY . .\nRUN cat Dockerfile\n", "Dockerfile", id="a command reads it"),
        pytest.param("COPY . .\nRUN sh -c 'wc -l < compose.yaml'\n", "compose.yaml", id="a shell reads it"),
        pytest.param("COPY . .\nCOPY .github/ /g/\n", ".github", id="a directory that is copied"),
    ],
)
def test_what_the_build_needs_stays(tmp_path: Path, dockerfile: str, stays: str) -> None:
    root = project(tmp_path, Dockerfile=f"FROM node:22\nWORKDIR /app\n{dockerfile}")
    lines = ctxaudit("--diff", "--for-cache", cwd=root).stdout.decode().splitlines()
    assert f"+{stays}" not in lines and any(line.startswith("+") for line in lines)
