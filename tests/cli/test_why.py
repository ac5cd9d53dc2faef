"""`ctxaudit why` of more than one file: a directory, a glob, an instruction, all builds; and its other formats."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n",
    "package.json": "{}",
    "package-lock.json": "{}",
    ".dockerignore": "*.md\n.git\n",
    ".env": "PASSWORD=hunter2hunter\n",
    "a.md": "1",
    "b.md": "22",
    "src/a.js": "1" * 300,
    "src/b.js": "1" * 20,
    "node_modules/.package-lock.json": "{}",
}
NO_PATTERN = "  no pattern of .dockerignore matches it or a directory above it"
ASKS = "  Dockerfile:4  COPY .  stage 0: into the final image"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "p", FILES)


def why(project: Path, *words: str) -> list[str]:
    return ctxaudit("why", *words, cwd=project).stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param(
            [".env"],
            [
                ".env is sent",
                NO_PATTERN,
                ASKS,
                "  a secret (secret-dotenv): looks like it holds secrets; proposed, not in the",
                "    file yet: .env",
            ],
            id="a secret is called one",
        ),
        pytest.param(
            ["node_modules/.package-lock.json"],
            [
                "node_modules/.package-lock.json is sent",
                NO_PATTERN,
                ASKS,
                "  not needed (node-modules): installed by a package manager; proposed, not in",
                "    the file yet: node_modules",
            ],
            id="what lies in a directory that is not needed is not needed",
        ),
        pytest.param(
            ["src"],
            [
                "src is sent",
                NO_PATTERN,
                ASKS,
                "  below it 320B in 2 files sent, 0 files not",
                "  300B  src/a.js",
                "   20B  src/b.js",
            ],
            id="a directory has what is below it",
        ),
        pytest.param(
            ["*.md"],
            ["*.md: 2 paths matched: 0B in 0 files sent, 2 not", "  not sent: a.md", "  not sent: b.md"],
            id="a glob has what it matches",
        ),
        pytest.param(
            ["*.md", "--top", "1"],
            ["*.md: 2 paths matched: 0B in 0 files sent, 2 not", "  not sent: a.md", "  and 1 more not sent"],
            id="the paths beyond the top are counted",
        ),
        pytest.param(
            ["Dockerfile:2"],
            ["Dockerfile:2 COPY package.json takes 2B in 1 file", "  2B  package.json"],
            id="a line of the Dockerfile has what it takes",
        ),
    ],
)
def test_why(project: Path, words: list[str], lines: list[str]) -> None:
    assert why(project, *words) == lines


def test_a_line_that_takes_nothing_is_an_error_with_those_that_do(project: Path) -> None:
    answer = ctxaudit("why", "Dockerfile:3", cwd=project)
    assert (answer.returncode, answer.stderr.decode().splitlines()) == (
        2,
        [
            "error: Dockerfile: no instruction that uses the context begins in line 3",
            "  fix: those that do are in line 2, 4",
        ],
    )


@pytest.mark.parametrize("path", ["p/.env", "{}/p/.env"], ids=["from the working directory", "absolute"])
def test_a_path_that_the_context_lacks_is_looked_for_where_it_is_typed(project: Path, path: str) -> None:
    shown = path.format(project.parent)
    assert why(project.parent, "-C", "p", shown)[0] == ".env is sent"


def test_a_file_that_is_called_like_a_glob_is_a_file(project: Path) -> None:
    (project / "[a]").write_text("1")
    assert why(project, "[a]")[0] == "[a] is sent"


def test_all_builds_with_the_same_answer_are_one(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        f"{name}/Dockerfile": f"FROM scratch\nCOPY {name} /\n" for name in ("a", "b", "c")
    }
    build = "    build:\n      context: .\n      dockerfile: {0}/Dockerfile\n"
    services = "".join(f"  {name}:\n{build.format(name)}" for name in ("a", "b", "c"))
    make_tree(tmp_path, {**files, "compose.yaml": f"services:\n{services}", "a/x": "1"})
    ignored = "  no pattern of an ignore file matches it or a directory above it"
    assert why(tmp_path, "a/x", "--all") == [
        *("in a:", "a/x is sent", ignored, ""),
        *("in b, c:", "a/x is permitted, and not sent", ignored, "  no instruction asks for it"),
    ]


def test_the_markdown_is_the_text_as_code(project: Path) -> None:
    text = why(project, "a.md")
    assert why(project, "a.md", "--format", "markdown") == ["```text", *text, "```"]


def test_the_json_holds_the_answer(project: Path) -> None:
    git(project, "init", "-q")
    (answer,) = json.loads(os.linesep.join(why(project, ".env", "--format", "json")))
    assert (answer["path"], answer["sent"], answer["decided_by"]) == (".env", True, None)
    assert [(one["rule"], one["severity"]) for one in answer["findings"]] == [("secret-dotenv", "error")]


OWN = "hint: x/a has a Dockerfile of its own: ctxaudit why b/c -C x/a, or for all builds ctxaudit why "


@pytest.mark.parametrize(
    ("words", "hints"),
    [
        pytest.param(["x/a/b/c"], [f"{OWN}x/a/b/c --all"], id="a file further down"),
        pytest.param(["a/b/c", "-C", "x"], [f"{OWN}a/b/c -C x --all"], id="of a context below"),
        pytest.param(["x/d"], [], id="a file of no other context"),
        pytest.param(["b/c", "-C", "x/a"], [], id="a file of the context that is asked about"),
        pytest.param(["x/a/b/c", "--all"], [], id="in every build"),
    ],
)
def test_a_path_in_the_context_of_another_build_has_a_hint(tmp_path: Path, words: list[str], hints: list[str]) -> None:
    make_tree(tmp_path, {"x/a/Dockerfile": "FROM scratch\nCOPY . /\n", "x/a/b/c": "1", "x/d": "1"})
    assert ctxaudit("why", *words, cwd=tmp_path).stderr.decode().splitlines() == hints
