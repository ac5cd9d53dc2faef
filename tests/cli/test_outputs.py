"""`--format` and `--output`: which reports are made, and where they go."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ctxaudit.report import FORMATS
from support import as_nobody, ctxaudit, git, let_everyone_in, make_tree

ALL = list(FORMATS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "p", {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x"})


def left(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_each_file_holds_what_its_format_prints(project: Path, tmp_path: Path) -> None:
    options = [f"--output={name}={tmp_path / name}" for name in ALL]
    answer = ctxaudit("p", *options, cwd=tmp_path)
    assert answer.stdout == ctxaudit("p", cwd=tmp_path).stdout
    assert {name: (tmp_path / name).read_bytes() for name in ALL} == {
        name: ctxaudit("p", "--format", name, cwd=tmp_path).stdout for name in ALL
    }
    assert (answer.returncode, answer.stderr) == (0, b"")


def test_a_report_replaces_the_file_and_leaves_its_mode_and_its_link(project: Path, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "old").chmod(0o600)
    (tmp_path / "link").symlink_to("old")
    assert ctxaudit("p", "--output", "json=link", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "old").read_bytes())["schema"] == "ctxaudit-report/1"
    assert ((tmp_path / "old").stat().st_mode & 0o777, os.readlink(tmp_path / "link")) == (0o600, "old")


@pytest.mark.parametrize(
    ("file", "why"),
    [
        pytest.param("no/such/x", "it cannot be written: no such file or directory", id="in no directory"),
        pytest.param("p", "it is a directory, no regular file", id="a directory"),
        pytest.param("p/a/x", "it cannot be written: not a directory", id="below a file"),
        pytest.param("pipe", "it is a FIFO, no regular file", id="a FIFO"),
        pytest.param("loop", "it is a link that leads to itself, no regular file", id="a link to itself"),
        pytest.param("n" * 300, "it cannot be written: file name too long", id="a name that is too long"),
    ],
)
def test_a_file_that_cannot_be_written_costs_no_other_report(
    project: Path, tmp_path: Path, file: str, why: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    before = left(tmp_path)
    answer = ctxaudit("p", "--format", "json", "--output", f"json={file}", "--output", "text=good", cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stderr.decode().startswith(f"error: {file}: {why}")
    assert answer.stdout == ctxaudit("p", "--format", "json", cwd=tmp_path).stdout
    assert (tmp_path / "good").read_bytes() == ctxaudit("p", cwd=tmp_path).stdout
    assert left(tmp_path) == sorted([*before, "good"])


def test_a_directory_that_may_not_be_written_is_said(project: Path, tmp_path: Path) -> None:
    let_everyone_in(tmp_path)
    answer = as_nobody(str(project), "--output", f"json={tmp_path / 'x'}")
    assert (answer.status, "permission denied" in answer.stderr, "sent" in answer.stdout) == (2, True, True)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        pytest.param(["--output", "json"], "write FORMAT=FILE", id="no file"),
        pytest.param(["--output", "json="], "write FORMAT=FILE", id="an empty file"),
        pytest.param(["--output", "pdf=x"], "FORMAT is one of text, json", id="no such format"),
        pytest.param(["--output", "json=-"], "what goes to standard output is --format json", id="standard output"),
        pytest.param(["--output", "json=x", "--output", "text=./x"], "two --output name the same", id="one file twice"),
        pytest.param(["--output", "json=x", "--write"], "not with --write", id="with what changes the ignore file"),
        pytest.param(["--format", "pdf"], "is not one of", id="a format that is none"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(project: Path, options: list[str], why: str) -> None:
    answer = ctxaudit(".", *options, cwd=project)
    assert (answer.returncode, answer.stdout, why in " ".join(answer.stderr.decode().split())) == (2, b"", True)
    assert left(project) == ["Dockerfile", "a"]


def test_a_check_writes_reports_and_keeps_its_answer(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a.log": "x", "node_modules/x/index.js": "x"})
    alone = ctxaudit(".", "--check", cwd=tmp_path)
    answer = ctxaudit(".", "--check", "--output", "json=../report.json", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (alone.returncode, alone.stdout) == (1, alone.stdout)
    (target,) = json.loads((tmp_path / "../report.json").read_bytes())["targets"]
    assert target["proposal"]["patterns"]


SOURCES = {
    "Dockerfile": "FROM scratch\nCOPY a /\n",
    "web.Dockerfile": "FROM scratch\n",
    ".dockerignore": "b\n",
    "a": "tracked, and no report",
}


@pytest.mark.parametrize("arguments", [["--output", "json={}"], ["cache", "--save", "{}"]], ids=["audit", "cache"])
@pytest.mark.parametrize("name", list(SOURCES))
def test_no_report_replaces_a_file_of_the_project(tmp_path: Path, name: str, arguments: list[str]) -> None:
    root = make_tree(tmp_path, dict(SOURCES))
    git(root, "init", "-q")
    git(root, "add", "a")
    answer = ctxaudit(*(word.format(name) for word in arguments), cwd=root)
    assert answer.returncode == 2
    assert f"{name}: it is a file of the project, which a report would replace" in answer.stderr.decode()
    assert {path: (root / path).read_text() for path in SOURCES} == SOURCES


@pytest.mark.parametrize("name", ["json", "html", "markdown", "sarif"])
def test_a_report_that_git_tracks_is_replaced_by_the_next(tmp_path: Path, name: str) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"})
    git(root, "init", "-q")
    assert ctxaudit("--output", f"{name}=report", cwd=root).returncode == 0
    git(root, "add", "report")
    assert ctxaudit("--output", f"{name}=report", cwd=root).returncode == 0
