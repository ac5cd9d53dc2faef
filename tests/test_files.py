"""Where a path leads whose symlinks are followed, and the paths that a pattern of COPY means."""

from __future__ import annotations

import posixpath
from pathlib import Path

import pytest

from ctxaudit.files import follow
from ctxaudit.ignore import expand
from ctxaudit.walk import DiskTree
from support import make_tree

LINKS = {
    "app": "src",
    "src/main": "/bin/run",
    "up": "../../..",
    "src/back": "../lib",
    "a": "b",
    "b": "a",
    "deep/1": "2/x",
    "deep/2": "../src",
}


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        pytest.param("lib/x", "lib/x", id="a path without links is itself"),
        pytest.param("app/x", "src/x", id="a link on the way is followed"),
        pytest.param("app/main", "bin/run", id="an absolute target begins at the top"),
        pytest.param("up/lib", "lib", id="two dots end at the top"),
        pytest.param("app/back/x", "lib/x", id="two dots are those of the place that was reached"),
        pytest.param("deep/1", "src/x", id="a target may lead through another link"),
        pytest.param("a", None, id="a loop leads nowhere"),
        pytest.param("none/x", "none/x", id="what is not there is no link"),
        pytest.param("", "", id="the top is itself"),
    ],
)
def test_links_are_followed(path: str, leads_to: str | None) -> None:
    assert follow(LINKS.get, path) == leads_to


@pytest.mark.parametrize(
    "path", ["", ".", "..", "/", "a/..", "../..", "./a/./b//c", "a/../../b", "x" * 5_000 + "/../a/b"]
)
def test_a_path_without_links_is_cleaned(path: str) -> None:
    assert follow({}.get, path) == posixpath.normpath(f"/{path}").lstrip("/")


def test_what_is_longer_than_a_path_may_be_is_no_link() -> None:
    asked = list[str]()
    assert follow(lambda path: asked.append(path), "a/" * 30_000) == "/".join(["a"] * 30_000)  # type: ignore[func-returns-value]
    assert (len(asked), max(map(len, asked))) == (2_048, 4_095)


def test_forty_links_are_followed_and_no_more() -> None:
    chain = {f"l{number}": f"l{number + 1}" for number in range(50)}
    assert follow(chain.get, "l10") == "l50"
    assert follow(chain.get, "l9") is None
    assert follow(chain.get, "l0", most_links=255) == "l50"


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        pytest.param("*.go", ["a.go", "b.go"], id="a wildcard matches names of one directory"),
        pytest.param("x/*.go", ["x/ab.go"], id="a segment without a wildcard is one directory"),
        pytest.param("*/a?.go", ["x/ab.go"], id="no wildcard matches a slash"),
        pytest.param("**/ab.go", ["x/ab.go"], id="two stars are one star"),
        pytest.param("[a-b].go", ["a.go", "b.go"], id="a class matches one character"),
        pytest.param("link/*", [], id="a link to a directory is not entered"),
        pytest.param("[a", [], id="a pattern that Go refuses matches nothing"),
        pytest.param("no/*", [], id="what is not there holds nothing"),
    ],
)
def test_a_pattern_of_copy_is_expanded(tmp_path: Path, pattern: str, paths: list[str]) -> None:
    make_tree(tmp_path, {"a.go": "", "b.go": "", "x/ab.go": "", "x/y/ab.go": ""})
    (tmp_path / "link").symlink_to("x")
    tree = DiskTree(tmp_path)
    assert list(expand(pattern, tree.names, lambda path: tree.type(path) == "dir")) == paths
