"""What a Windows client makes of a tree, driven on Linux.

No recorded answer of a real one stands behind it: it is what the client's source says (`model.Client`).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ctxaudit import audit, content_keys, list_context, matches
from ctxaudit.builders.base import follow_links
from ctxaudit.model import WINDOWS
from ctxaudit.walk import DiskTree
from support import make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . /\n",
    "src/a": "12345",
    "src/b": "1",
    "src/deep/c": "1" * 40_000,
    "web/x": "",
}
BUILDERS = ["buildkit", "classic"]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr("ctxaudit.model._CLIENT", WINDOWS)
    return monkeypatch


def posix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("patterns", "path", "is_excluded"),
    [
        pytest.param([r"src\a"], "src/a", True, id="a backslash parts a directory from what is in it"),
        pytest.param([r"**\*.log"], "x/y.log", True, id="behind a wildcard"),
        pytest.param([r"src\..\web"], "web/x", True, id="the path is cleaned"),
        pytest.param([r"src", r"!src\a"], "src/a", False, id="in an exception"),
        pytest.param([r"a\*"], "a*", False, id="it escapes nothing"),
        pytest.param([r"a\*"], "a/b", True, id="what would be escaped is a wildcard"),
        pytest.param(["src/a"], "src/a", True, id="a slash does so, too"),
        pytest.param(["SRC"], "src", False, id="a pattern matches in its own case"),
    ],
)
def test_patterns(windows: pytest.MonkeyPatch, patterns: list[str], path: str, is_excluded: bool) -> None:
    assert matches(patterns, path) is is_excluded


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_ignore_file_is_read_so(windows: pytest.MonkeyPatch, builder: str, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", {**FILES, ".dockerignore": "src\\deep\\*\r\n!src\\b\r\n\\web\r\n"})
    files = [one.path for one in list_context(root, builder=builder).entries if one.type == "file"]
    assert files == [".dockerignore", "Dockerfile", "src/a", "src/b"]


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_hard_link_is_sent_as_a_file(windows: pytest.MonkeyPatch, builder: str, tmp_path: Path) -> None:
    linked, copied = make_tree(tmp_path / "app", FILES), make_tree(tmp_path / "two", FILES)
    os.link(linked / "src/deep/c", linked / "src/z")
    shutil.copy2(copied / "src/deep/c", copied / "src/z")
    for root in (linked, copied):
        for path in [root, *root.rglob("*")]:
            os.utime(path, (1_600_000_000, 1_600_000_000))
    found = [list_context(root, builder=builder).transfer_bytes for root in (linked, copied)]
    posix(windows)
    assert [found[0], found[0]] == [found[1], list_context(copied, builder=builder).transfer_bytes]


@pytest.mark.parametrize("builder", BUILDERS)
def test_the_walk_in_bulk_counts_the_same(windows: pytest.MonkeyPatch, builder: str, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", FILES)
    os.link(root / "src/a", root / "web/y")
    (root / "web/l").symlink_to("..\\src\\a")
    listing, sent = list_context(root, builder=builder), audit(root, builder=builder).targets[0].sent
    files = sum(one.type != "dir" for one in listing.entries)
    assert (sent.files, sent.transfer_bytes) == (files, listing.transfer_bytes)


def test_the_keys_are_those_of_a_tree_that_anybody_may_execute(windows: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", FILES)
    for number, path in enumerate(sorted(root.rglob("*"))):
        path.chmod((0o644, 0o600, 0o664, 0o777)[number % 4] | 0o100 * path.is_dir())
    os.link(root / "src/a", root / "web/y")
    keys = content_keys(root)
    posix(windows)
    assert content_keys(root) != keys
    for path in root.rglob("*"):
        path.chmod(0o755)
    (root / "web/y").unlink()
    shutil.copy(root / "src/a", root / "web/y")
    assert content_keys(root) == keys


def test_a_link_parts_its_names_with_slashes_on_the_way(windows: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", FILES)
    (root / "l").symlink_to("src\\deep")
    assert follow_links(DiskTree(root), ["l/c"]) == ("l", "src/deep/c")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("link/c", ("link", "src/deep/c"), id="in its own case"),
        pytest.param("LINK/c", ("LINK", "src/deep/c"), id="in another, and it is asked for under that"),
        pytest.param("Src/a", ("Src/a",), id="what is no link"),
    ],
)
def test_a_link_is_followed_in_any_case(
    windows: pytest.MonkeyPatch, path: str, found: tuple[str, ...], tmp_path: Path
) -> None:
    root = make_tree(tmp_path / "app", FILES)
    (root / "link").symlink_to("src/deep")
    assert follow_links(DiskTree(root), [path]) == found
