"""What a project wants to be proposed: what stays whatever is found, what goes whatever is found."""

from __future__ import annotations

import json
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.__main__ import main
from support import here, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . /\nCOPY named.dat /\n",
    ".dockerignore": "Dockerfile\n.dockerignore\n",
    "named.dat": "1",
    "other.dat": "22",
    "src/main.py": "1",
    "src/__pycache__/main.cpython-311.pyc": b"\xa7\r\r\n" + bytes(99),
    "app.log": "333",
    "logs/b.log": "4444",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "p", FILES)


def proposal(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    with chdir(root):
        main(["--format=json", *arguments])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["targets"][0]["proposal"]
    return found


def kept(found: dict[str, Any]) -> dict[str, str]:
    return {one["path"]: one["reason"] for one in found["kept"]}


def test_without_wishes_both_go(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(proposal(capsys, root)["patterns"]) == {"logs", "**/*.log", "**/__pycache__"}


@pytest.mark.parametrize(
    ("options", "patterns", "stays"),
    [
        pytest.param(["--keep=app.log"], {"logs", "**/__pycache__"}, {"app.log"}, id="one file"),
        pytest.param(["--keep=logs"], {"*.log", "**/__pycache__"}, {"logs"}, id="a directory"),
        pytest.param(["--keep=**/*.log"], {"**/__pycache__"}, {"app.log", "logs"}, id="a pattern"),
        pytest.param(
            ["--keep=src/__pycache__/*.pyc"], {"logs", "**/*.log"}, {"src/__pycache__"}, id="all that is below"
        ),
    ],
)
def test_what_is_to_be_kept_is_not_proposed(
    root: Path, capsys: pytest.CaptureFixture[str], options: list[str], patterns: set[str], stays: set[str]
) -> None:
    found = proposal(capsys, root, *options)
    assert (set(found["patterns"]), set(kept(found)) & stays) == (patterns, stays)
    assert all(kept(found)[path].startswith("it is asked for: keep ") for path in stays)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--exclude=**/*.log", "--exclude=logs"], id="excluded"),
        pytest.param(["--ignore=log-*"], id="ignored"),
    ],
)
def test_what_does_not_count_is_not_proposed(
    root: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert proposal(capsys, root, *options)["patterns"] == ["**/__pycache__"]


def test_what_is_not_selected_is_only_not_reported(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A change for the selected kinds alone would take the lines for all others out of the block."""
    assert proposal(capsys, root, "--select=*py*") == proposal(capsys, root)
    assert here(str(root), "--write").status == 0
    written = (root / ".dockerignore").read_bytes()
    assert here(str(root), "--select=*py*", "--write").status == 0
    assert (root / ".dockerignore").read_bytes() == written


def test_what_is_suppressed_is_not_proposed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    comment = "# ctxaudit: ignore=*log* they are part of the image\n"
    make_tree(root, {"Dockerfile": f"FROM scratch\n{comment}COPY . /\n"})
    assert proposal(capsys, root)["patterns"] == ["**/__pycache__"]


def test_what_is_always_ignored_is_proposed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = proposal(capsys, root, "--always-ignore=other.dat", "--always-ignore=nowhere")
    assert found["patterns"][:2] == ["other.dat", "nowhere"]
    assert set(found["patterns"][2:]) == {"logs", "**/*.log", "**/__pycache__"}
    before, after = found["proof"]["before"]["buildkit"], found["after"]["buildkit"]
    assert (before["files"], after["files"], found["proof"]["dropped"]) == (6, 2, 0)


def test_a_line_that_the_user_has_is_not_written_twice(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_tree(root, {".dockerignore": "Dockerfile\n.dockerignore\nother.dat\n"})
    assert "other.dat" not in proposal(capsys, root, "--always-ignore=other.dat")["patterns"]


@pytest.mark.parametrize("ignore_file", [None, "", "Dockerfile\n", "/Dockerfile\n"])
@pytest.mark.parametrize("line", ["other.dat", "a b", "*.none"])
def test_a_line_is_proposed_whatever_the_ignore_file_holds(
    root: Path, capsys: pytest.CaptureFixture[str], ignore_file: str | None, line: str
) -> None:
    (root / ".dockerignore").unlink()
    make_tree(root, {} if ignore_file is None else {".dockerignore": ignore_file})
    assert line in proposal(capsys, root, f"--always-ignore={line}")["patterns"]


def test_a_line_that_would_lose_what_is_named_is_refused(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = proposal(capsys, root, "--always-ignore=*.dat")
    assert "*.dat" not in found["patterns"]
    assert kept(found)["*.dat"] == "it would exclude what an instruction names: named.dat"


def test_written_lines_are_written_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_tree(root, {".git/HEAD": "", "ctxaudit.toml": 'always-ignore = ["other.dat"]\nkeep = ["app.log"]\n'})
    with chdir(root):
        assert main(["--check"]) == 1
        assert main(["--write"]) == 0
        first = (root / ".dockerignore").read_text()
        assert main(["--write"]) == 0
        assert main(["--check"]) == 0
    assert (root / ".dockerignore").read_text() == first
    assert {"other.dat", "logs"} <= set(first.splitlines())
    assert {"app.log", "**/*.log"} & set(first.splitlines()) == set()
    capsys.readouterr()


def test_a_table_wishes_for_one_target(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_tree(root, {"ctxaudit.toml": '[[target]]\ncontext = "."\nkeep = ["**/*.log"]\n'})
    assert proposal(capsys, root)["patterns"] == ["**/__pycache__"]


@pytest.mark.parametrize("pattern", ["[", "!", "", "a\\nb"])
def test_a_pattern_that_docker_refuses_is_an_error(
    root: Path, capsys: pytest.CaptureFixture[str], pattern: str
) -> None:
    make_tree(root, {"ctxaudit.toml": f'top = 1\nkeep = ["{pattern}"]\n'})
    with chdir(root):
        assert main([]) == 2
    assert capsys.readouterr().err.startswith('error: ctxaudit.toml:2: "keep"')
