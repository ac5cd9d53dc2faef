"""What a pattern itself matches in a tree, or that nobody knows without a walk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.walk import MOST, DiskTree, Tree, matched
from support import make_tree, walk_files

FILES: dict[str, str | bytes | None] = {
    "a.log": "", "b.log": "", "src/a.log": "", "src/deep/a.log": "", "!odd/#x": "", "sp ace/ x": "",
    "a|b": "", "[x]/y": "", "docs/a.md": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param("src", ("src",), id="a name"),
        pytest.param("src/a.log", ("src/a.log",), id="a path"),
        pytest.param("*.log", ("a.log", "b.log"), id="a wildcard in the root alone"),
        pytest.param("*/a.log", ("src/a.log",), id="a wildcard for a directory"),
        pytest.param("!*/deep", ("src/deep",), id="an exception"),
        pytest.param("nowhere", (), id="a name that is not there"),
        pytest.param("src/nowhere/x", (), id="a path through a directory that is not there"),
        pytest.param("a.log/x", (), id="a path through a file"),
        pytest.param("!!odd/\\#x", ("!odd/#x",), id="names that start with a special character"),
        pytest.param("a|b", ("a|b",), id="a bar that means itself"),
        pytest.param("\\[x\\]/*", ("[x]/y",), id="an escape"),
        pytest.param(".", (), id="the root, which is never left out"),
        pytest.param("../x", (), id="a path out of the context"),
        pytest.param("../a**b", (), id="one whose names are no segments"),
        pytest.param("../a|b*", None, id="but for an alternation, which may reach anywhere"),
        pytest.param("link/a.log", (), id="no link is followed"),
        pytest.param("link", ("link",), id="a link itself"),
        pytest.param("**/a.log", None, id="two stars reach where nobody looks"),
        pytest.param("src**", None, id="two stars that are glued"),
        pytest.param("a|b*", None, id="an alternation reaches anywhere"),
        pytest.param("[c-a]", None, id="a pattern that Docker refuses"),
        pytest.param("sp ace/ x", None, id="a space that Docker would trim from a pattern of its own"),
    ],
)
def test_what_a_pattern_matches(tmp_path: Path, pattern: str, expected: tuple[str, ...] | None) -> None:
    make_tree(tmp_path, FILES)
    (tmp_path / "link").symlink_to("src")
    assert matched(DiskTree(tmp_path), DockerignorePattern(pattern)) == expected


def test_an_empty_directory_may_be_one_that_is_not_to_be_listed(tmp_path: Path) -> None:
    make_tree(tmp_path, {"empty/": None})
    assert matched(DiskTree(tmp_path), DockerignorePattern("empty/x")) is None


def test_more_than_can_be_looked_at_is_not_known(tmp_path: Path) -> None:
    for number in range(MOST + 1):
        (tmp_path / f"{number}.log").touch()
    assert matched(DiskTree(tmp_path), DockerignorePattern("*.log")) is None
    os.unlink(tmp_path / "0.log")
    assert len(matched(DiskTree(tmp_path), DockerignorePattern("*.log")) or ()) == MOST


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return DiskTree(make_tree(tmp_path_factory.mktemp("tree"), FILES))


@settings(max_examples=80, deadline=None)
@example(pattern=["!", "/", "[a-b]", "|"])
@given(pattern=st.lists(st.sampled_from(["a", "b", "*", "?", ".log", "src", "/", "deep", "[a-b]", "docs", "!", "|"])))
def test_it_is_what_matching_every_path_gives(tree: Tree, pattern: list[str]) -> None:
    text = "".join(pattern).strip("/") or "x"
    if text == "!":
        text = "x"
    compiled = DockerignorePattern(text)
    found = matched(tree, compiled)
    assert found is None or set(found) == {path for path in walk_files(Path(tree.root)) if compiled.matches(path)}
