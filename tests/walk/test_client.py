"""What a Windows client makes of a tree, driven on Linux.

No recorded answer of a real one stands behind it: it is what the client's source says (`model.Client`).
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from ctxaudit import audit, content_keys, list_context, matches
from ctxaudit.builders.base import follow_links
from ctxaudit.model import WINDOWS
from ctxaudit.walk import DiskTree
from ctxaudit.walk.disk import Store
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
        pytest.param([r"\web"], "web", False, id="one at the start is a root that no path has"),
        pytest.param([r"\*"], "web", False, id="also before a wildcard"),
        pytest.param(["*", r"!\web"], "web", True, id="and in an exception"),
        pytest.param([r".\web"], "web", True, id="behind a dot it is cleaned away"),
        pytest.param([r"src\\a"], "src/a", True, id="two of them are one"),
        pytest.param([r"src\."], "src/a", True, id="a dot at the end is cleaned away"),
        pytest.param(["web\\"], "web/x", True, id="one at the end is cleaned away"),
        pytest.param([r"..\web"], "web", False, id="what leads upwards matches nothing"),
        pytest.param([r"C:\web"], "web", False, id="a volume is part of the name"),
        pytest.param([r"**\a"], "src/a", True, id="two stars match directories"),
        pytest.param([r"**\a"], "a", True, id="and none"),
        pytest.param([r"**\a"], "src/ba", False, id="no part of a name"),
        pytest.param([r"src\**"], "src/deep/c", True, id="two stars at the end match all below"),
        pytest.param([r"src\**"], "src", False, id="not the directory itself"),
        pytest.param([r"src\**\c"], "src/deep/c", True, id="two stars in the middle"),
        pytest.param([r"s*\a"], "src/a", True, id="a star before it"),
        pytest.param(["s*a"], "src/a", False, id="a star does not cross it"),
        pytest.param(["src?a"], "src/a", False, id="a question mark neither"),
        pytest.param([r"sr[bc]\a"], "src/a", True, id="a class"),
        pytest.param([r"sr[^b]\a"], "src/a", True, id="a negated class"),
        pytest.param([r"src[\]a"], "src/a", True, id="a class that has it, as it escapes nothing"),
        pytest.param([r"a\[b]"], "a/b", True, id="a class behind it"),
        pytest.param([r"a\?"], "a/b", True, id="a question mark behind it"),
        pytest.param([r"src\a", r"src\b"], "src/b", True, id="of several lines the second"),
        pytest.param(["src", r"!src\deep", r"src\deep\c"], "src/deep/c", True, id="the last one decides"),
    ],
)
def test_patterns(windows: pytest.MonkeyPatch, patterns: list[str], path: str, is_excluded: bool) -> None:
    assert matches(patterns, path) is is_excluded


ALL = (".dockerignore", "Dockerfile", "src/a", "src/b", "src/deep/c", "web/x")


@pytest.mark.parametrize(
    ("lines", "lost", "lost_by_classic"),
    [
        pytest.param("src\\deep\\*\r\n!src\\b\r\n", {"src/deep/c"}, {"src/deep/c"}, id="lines of Windows"),
        pytest.param("\\web\r\n", set(), {"web/x"}, id="one at the start: a daemon on Linux leaves it"),
        pytest.param("/web\n", {"web/x"}, {"web/x"}, id="a slash at the start is taken off by both"),
        pytest.param("/\\web\n", set(), {"web/x"}, id="the slash alone is taken off by the daemon"),
        pytest.param("*\n!\\web\n!.dockerignore\n!Dockerfile\n", {*ALL[2:]}, {*ALL[2:5]}, id="in an exception"),
        pytest.param("src\\..\\web\n", {"web/x"}, {"web/x"}, id="the client cleans what the daemon leaves"),
        pytest.param("web\\\n", {"web/x"}, {"web/x"}, id="one at the end"),
        pytest.param("#\\web\n", set(), set(), id="a comment"),
    ],
)
@pytest.mark.parametrize("builder", BUILDERS)
def test_an_ignore_file_is_read_so(
    windows: pytest.MonkeyPatch, builder: str, lines: str, lost: set[str], lost_by_classic: set[str], tmp_path: Path
) -> None:
    root = make_tree(tmp_path / "app", {**FILES, ".dockerignore": lines})
    files = {one.path for one in list_context(root, builder=builder).entries if one.type == "file"}
    assert files == {*ALL} - (lost_by_classic if builder == "classic" else lost)


@pytest.mark.parametrize(
    ("mode", "sent"),
    [(0o644, 0o755), (0o600, 0o755), (0o444, 0o555), (0o777, 0o755), (0o4755, 0o755), (0o1777, 0o755), (0o555, 0o555)],
)
@pytest.mark.parametrize("kind", [stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK])
def test_a_mode_says_who_may_write_and_all_may_execute(mode: int, sent: int, kind: int) -> None:
    assert WINDOWS.mode(kind | mode) == kind | sent


def test_modes_are_such_in_columns_too(windows: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", {"a": "1", "b": "1"})
    (root / "b").chmod(0o444)
    assert list(Store(os.fspath(root)).directory("", None, None).columns.modes) == [0o100755, 0o100555]
    posix(windows)
    assert list(Store(os.fspath(root)).directory("", None, None).columns.modes) == [0o100644, 0o100444]


@pytest.mark.parametrize(("length", "member"), [(1, 2), (20, 2), (200, 3)])
def test_a_link_has_no_size_of_its_own(windows: pytest.MonkeyPatch, length: int, member: int, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", FILES)
    (root / "link").symlink_to("x" * length)
    sent = list_context(root).transfer_bytes
    posix(windows)
    assert list_context(root).transfer_bytes - sent == member  # its number, and seven bits of the size a byte


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
    ("target", "leads"),
    [
        pytest.param("deep", "src/deep", id="a name"),
        pytest.param(r"..\web", "web", id="upwards"),
        pytest.param(r"..\..\..\web", "web", id="out of the context"),
        pytest.param(r".\deep\.", "src/deep", id="cleaned"),
        pytest.param(r"\web", "src/web", id="a root without a volume is no root"),
        pytest.param("/web", "src/web", id="with a slash, too"),
        pytest.param(r"\..\web", "web", id="and leads upwards"),
        pytest.param(r"C:\web", "web", id="a volume is the context's root"),
        pytest.param("d:/web", "web", id="in any spelling"),
        pytest.param(r"C:web", "src/C:web", id="a volume's working directory is not known"),
        pytest.param(r"\\host\share\web", "host/share/web", id="a share of another machine"),
        pytest.param(r"\\host", "src/host", id="no share"),
    ],
)
def test_where_a_link_leads(windows: pytest.MonkeyPatch, target: str, leads: str, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", FILES)
    (root / "src/l").symlink_to(target)
    assert follow_links(DiskTree(root), ["src/l"]) == tuple(sorted(("src/l", leads)))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("link/c", ("link", "src/deep/c"), id="in its own case"),
        pytest.param("LINK/c", ("LINK", "src/deep/c"), id="in another, and it is asked for under that"),
        pytest.param("Src/a", ("Src/a",), id="what is no link"),
        pytest.param("SRC/L/c", ("SRC/L", "SRC/deep/c"), id="in a directory, too"),
        pytest.param("src/NOTHING/c", ("src/NOTHING/c",), id="what is not there"),
    ],
)
def test_a_link_is_followed_in_any_case(
    windows: pytest.MonkeyPatch, path: str, found: tuple[str, ...], tmp_path: Path
) -> None:
    root = make_tree(tmp_path / "app", FILES)
    (root / "link").symlink_to("src/deep")
    (root / "src/l").symlink_to("deep")
    assert follow_links(DiskTree(root), [path]) == found
