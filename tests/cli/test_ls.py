"""`ctxaudit ls` with sizes: the tree, its bars, its depth, and what comes first."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support import ctxaudit, make_tree

BAR = "█"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files: dict[str, str | bytes | None] = {
        "a/small": "1" * 100,
        "a/b/large": "1" * 700,
        "z": "1" * 200,
        "empty/": None,
    }
    return make_tree(tmp_path, files)


def ls(project: Path, *words: str, columns: int = 80) -> list[str]:
    return ctxaudit("ls", *words, cwd=project, columns=columns).stdout.decode().splitlines()


def test_the_tree_has_sums_shares_and_bars(project: Path) -> None:
    assert ls(project, "--tree", "--sort", "size") == [
        f"1.00kB  {BAR * 10}  100%  .",
        f"  800B  {BAR * 8}     80%    a/",
        f"  700B  {BAR * 7}      70%      b/",
        f"  700B  {BAR * 7}      70%        large",
        f"  100B  {BAR * 1}            10%      small",
        f"  200B  {BAR * 2}           20%    z",
        f"    0B  {'':10}    0%    empty/",
    ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param(["--depth", "1"], [".", "a/", "empty/", "z"], id="the first level"),
        pytest.param(["--depth", "0"], ["."], id="the sum alone"),
        pytest.param(["--depth", "1", "--sort", "size"], [".", "a/", "z", "empty/"], id="the largest first"),
    ],
)
def test_what_is_deeper_is_only_summed(project: Path, words: list[str], names: list[str]) -> None:
    assert [line.split()[-1] for line in ls(project, "--tree", *words)] == names


def deep(root: Path, levels: int) -> None:
    here = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_a_tree_may_be_deeper_than_calls_can_be(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM a\nCOPY . .\n"})
    deep(tmp_path, 1400)
    try:
        found = ls(tmp_path, "--tree", columns=44)
        assert [line.split()[-1] for line in found] == [".", "Dockerfile", *["d/"] * 1400]
        again = ctxaudit("cache", "why", "--against", ".", cwd=tmp_path)
        assert (again.returncode, again.stderr, again.stdout.splitlines()[-3]) == (0, b"", b"1 step: 1 hit")
    finally:  # pytest removes old directories with a function that calls itself
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


@pytest.mark.parametrize(
    ("builder", "name", "line"),
    [
        pytest.param("cdk", ".dockerignore", "(" * 3000 + "a" + ")" * 3000, id="groups, to the CDK"),
        pytest.param("gcloud", ".gcloudignore", "**/" * 3000 + "a.txt", id="stars, to gcloud"),
    ],
)
def test_a_pattern_may_be_deeper_than_calls_can_be(tmp_path: Path, builder: str, name: str, line: str) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM a\nCOPY . .\n", "a.txt": "1", name: f"{line}\n"})
    found = ctxaudit("ls", "--builder", builder, cwd=tmp_path)
    assert found.returncode in (0, 2) and b"Traceback" not in found.stderr
    assert b"a.txt" not in found.stdout


def test_a_narrow_tree_has_no_bars(project: Path) -> None:
    assert ls(project, "--tree", "--depth", "1", columns=44)[:2] == ["1.00kB  .", "  800B    a/"]


def test_names_come_by_size_without_directories(project: Path) -> None:
    assert ls(project, "--sort", "size") == ["a/b/large", "z", "a/small"]


def test_what_is_not_sent_has_no_sizes(project: Path) -> None:
    (project / ".dockerignore").write_text("z\n")
    assert ls(project, "--excluded", "--tree") == [".", "  z"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--depth", "1"], "--depth goes with --tree.", id="a depth of names"),
        pytest.param(["--all", "-0"], "--format raw has no place for a build's name", id="raw names of several builds"),
        pytest.param(["--excluded", "--sort", "size"], "what is not sent is not measured.", id="what has no sizes"),
    ],
)
def test_what_means_nothing_is_refused(project: Path, words: list[str], said: str) -> None:
    answer = ctxaudit("ls", *words, cwd=project)
    assert (answer.returncode, said in answer.stderr.decode()) == (2, True)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param([], ["a", "b", "Dockerfile", "big", "c"], id="names"),
        pytest.param(["--sort", "size"], ["a", "b", "big", "Dockerfile", "c"], id="by size"),
        pytest.param(["--tree", "--depth", "0"], [" 1B  ██████████  100%  .", "78B  ██████████  100%  ."], id="trees"),
    ],
)
def test_every_build_is_listed_under_its_name(tmp_path: Path, words: list[str], lines: list[str]) -> None:
    make_tree(tmp_path, {"one/Dockerfile": "FROM scratch\nCOPY a b /\n", "one/a": "1", "one/b": ""})
    make_tree(tmp_path, {"two/Dockerfile": "FROM scratch\nCOPY . /\n", "two/c": "1", "two/big": "2" * 55})
    listed = [line for line in ls(tmp_path, "--all", *words) if line]
    assert [line for line in listed if line.endswith(":")] == [
        f"{name}/Dockerfile, context {name}:" for name in ("one", "two")
    ]
    assert [line.strip() for line in listed if not line.endswith(":")] == [line.strip() for line in lines]
