"""Small sentences of the report: a share, figures of several builds, and what a list does not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.report import words
from planted import PASSWORD, github, pem
from support import ctxaudit, git, make_tree


@pytest.mark.parametrize(
    ("part", "whole", "digits", "said"),
    [
        pytest.param(199, 200, 0, "99%", id="nearly all"),
        pytest.param(200, 200, 0, "100%", id="all"),
        pytest.param(1, 400, 0, "1%", id="nearly nothing"),
        pytest.param(0, 7, 0, "0%", id="nothing"),
        pytest.param(1, 3, 0, "33%", id="a third"),
        pytest.param(1999, 2000, 1, "99.9%", id="nearly all, with a digit"),
        pytest.param(0, 7, 1, "0.0%", id="nothing, with a digit"),
    ],
)
def test_a_share_is_not_rounded_to_all_or_to_nothing(part: int, whole: int, digits: int, said: str) -> None:
    assert words.share(part, whole, digits) == said


@pytest.mark.parametrize(
    ("builds", "said"),
    [
        pytest.param("a", "dropped", id="one"),
        pytest.param("ab", "dropped, for both builds", id="two"),
        pytest.param("abc", "dropped, for all 3 builds together", id="three"),
    ],
)
def test_the_figures_of_several_builds_say_so(tmp_path: Path, builds: str, said: str) -> None:
    services = "".join(f"  {name}: {{build: .}}\n" for name in builds)
    make_tree(tmp_path, {"compose.yaml": f"services:\n{services}", "Dockerfile": "FROM scratch\nCOPY . /\n"})
    lines = ctxaudit("--compose", "compose.yaml", "--diff", cwd=tmp_path).stderr.decode().splitlines()
    (dropped,) = (line for line in lines if "dropped" in line)
    assert dropped.partition("needed files ")[2] == said


def test_the_steps_that_are_not_shown_are_counted(tmp_path: Path) -> None:
    kinds = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK")
    held = "\n".join((*map(pem, kinds), f"GITHUB_TOKEN={github()}", f"DB_PASSWORD={PASSWORD}", f"API_TOKEN={PASSWORD}"))
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a.conf": held})
    lines = ctxaudit(cwd=tmp_path, columns=200).stdout.decode().splitlines()
    rotated = [line.split(None, 1)[1] for line in lines if line.startswith("Rotate:")]
    assert (len(rotated), rotated[-1]) == (6, "2 more, which --format json lists")


def test_files_that_its_own_lines_exclude_though_they_are_needed_are_counted(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "r", {"Dockerfile": "FROM a\nCOPY . /\n", ".gitignore": ".env\n.env.*\n", "a": "1"})
    make_tree(root, {".env": "A=1\n", ".env.local": "A=1\n"})
    git(root, "init", "-q")
    git(root, "add", "-A")
    assert ctxaudit(".", "--write", cwd=root).returncode == 0
    make_tree(root, {".envoy.yaml": "a: 1\n", ".envrc.example": "1\n"})
    git(root, "add", "-A")
    said = " ".join(ctxaudit(".", cwd=root).stdout.decode().split())
    assert "is needed: the lines of ctxaudit exclude 2 files of it, which --write brings back." in said
    assert ctxaudit(".", "--check", cwd=root).returncode == 1
