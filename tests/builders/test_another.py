"""A builder is one file and one row of `BUILDERS`: every command and format takes one that they have not met."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.report import FORMATS
from support import PROJECT, ctxaudit, git, make_tree, ran

# The row of `added/another.py`.
ADDED = f"""
import ctxaudit.builders as builders
builders.__path__.append({os.fspath(Path(__file__).parent / "added")!r})
builders.BUILDERS["another"] = builders.Builder("another", "Another", "moving bytes", "another")
"""
NAMED = rf"""["'](?:{"|".join(BUILDERS)})["']"""
COMPOSE = "services:\n  web:\n    build: .\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files: dict[str, str | bytes | None] = {
        "Dockerfile": "FROM scratch\nCOPY a /\n",
        "compose.yaml": COMPOSE,
        ".gitignore": "*.log\n",
        "a": "12345",
        "b": "123",
        "x.log": "1",
    }
    root = make_tree(tmp_path / "project", files)
    git(root, "init", "-q")
    git(root, "add", "-A")
    return root


def another(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100"}
    return ran(
        *arguments, "--builder", "another", before=ADDED, cwd=root, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_it(root: Path, name: str) -> None:
    answer = another(root, "--format", name, "--fail-on", "never")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout


def test_the_report_says_what_it_is_sent(root: Path) -> None:
    (target,) = json.loads(another(root, "--format", "json", "--fail-on", "never").stdout)["targets"]
    assert target["builder"] == "another"
    sent = {path for path in another(root, "ls").stdout.split() if not path.startswith(".git/")}
    assert sent == {".gitignore", "Dockerfile", "a", "b", "compose.yaml", "x.log"}  # BuildKit would be sent a alone
    assert set(target["proposal"]["after"]) == {"buildkit", "classic", "another"}
    text = another(root, "--fail-on", "never").stdout
    assert "Another" in text and "moving bytes" in text


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(("ls",), 0, "b\n", id="ls"),
        pytest.param(("why", "b"), 0, "b", id="why"),
        pytest.param(("--diff",), 0, "+**/*.log", id="a diff"),
        pytest.param(("--write",), 0, ".dockerignore", id="a written file"),
        pytest.param(("--check",), 1, "", id="a check"),
        pytest.param(("--all", "--fail-on", "never"), 0, "Another", id="all builds"),
        pytest.param(("--compose", "compose.yaml", "--fail-on", "never"), 0, "Another", id="a compose file"),
        pytest.param(("--at", "HEAD"), 2, "HEAD", id="a commit that is not there"),
    ],
)
def test_every_command_takes_it(root: Path, arguments: tuple[str, ...], status: int, said: str) -> None:
    answer = another(root, *arguments)
    assert answer.returncode == status, answer.stderr
    assert said in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr


def test_no_other_file_names_a_builder() -> None:
    """The row says what is special about a builder; a comparison with its name elsewhere would be forgotten."""
    outside = [
        file
        for file in sorted((PROJECT / "ctxaudit").rglob("*.py"))
        if file.parent.name != "builders" and re.search(NAMED, file.read_text())
    ]
    assert [file.relative_to(PROJECT).as_posix() for file in outside] == ["ctxaudit/model/__init__.py"]
    assert len(re.findall(NAMED, outside[0].read_text())) == 1  # the default


COMMANDS = [
    pytest.param(("ls",), 0, "a\n", id="ls"),
    pytest.param(("ls", "--excluded"), 0, "", id="what is not sent"),
    *(pytest.param(("ls", "--format", name), 0, "a", id=f"ls as {name}") for name in ("raw", "long", "tree", "json")),
    pytest.param(("why", "a"), 0, "a is sent", id="why"),
    *(pytest.param(("why", "a", "--format", name), 0, "a", id=f"why as {name}") for name in ("markdown", "json")),
    pytest.param(("cache",), 0, "COPY . /", id="the cache"),
    pytest.param(("cache", "--format", "json"), 0, "COPY . /", id="the cache as JSON"),
    pytest.param(("--diff",), 0, "+**/*.log", id="a diff"),
    pytest.param(("--check",), 1, "", id="a check"),
    pytest.param(("--all", "--fail-on", "never"), 0, "web", id="all builds"),
    pytest.param(("--compose", "compose.yaml", "--fail-on", "never"), 0, "web", id="a compose file"),
    *(pytest.param(("--format", name, "--fail-on", "never"), 0, "", id=f"as {name}") for name in FORMATS),
]


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize(("arguments", "status", "said"), COMMANDS)
def test_every_command_and_format_takes_every_builder(
    root: Path, builder: str, arguments: tuple[str, ...], status: int, said: str
) -> None:
    (root / ".gitignore").unlink()  # gcloud would not upload x.log
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    answer = ctxaudit(*arguments, "--builder", builder, cwd=root)
    assert answer.returncode == status, answer.stderr
    assert said in (answer.stdout + answer.stderr).decode()


@pytest.mark.parametrize("builder", BUILDERS)
def test_what_is_written_for_a_builder_holds_for_it(root: Path, builder: str) -> None:
    (root / ".gitignore").unlink()
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    written = ctxaudit("--write", "--builder", builder, cwd=root)
    assert written.returncode == 0, written.stderr
    assert ctxaudit("--check", "--builder", builder, cwd=root).returncode == 0
    assert b"x.log" not in ctxaudit("ls", "--builder", builder, cwd=root).stdout.splitlines()
