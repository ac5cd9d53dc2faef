"""A commit's files are those of a checkout, to the byte, and nothing is checked out."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.errors import CtxauditError
from ctxaudit.repository.program import Git
from ctxaudit.repository.snapshot import Snapshot
from support import git, make_tree, walk_files

Held = dict[str, tuple[int, bytes]]
LINES = "a\nb\r\nc\n"
ATTRIBUTES = st.lists(
    st.builds(
        " ".join,
        st.tuples(
            st.sampled_from(["*", "*.bat", "d/*", "a", "[attr]win"]),
            st.sampled_from(["", "text", "-text", "text=auto", "binary", "crlf", "-crlf", "crlf=input", "!text"]),
            st.sampled_from(["", "eol=crlf", "eol=lf", "-eol", "win"]),
        ),
    ),
    max_size=4,
)
CONTENT = st.lists(
    st.sampled_from([b"a", b"\n", b"\r\n", b"\r", b"\0", b"\x01", b"\x1a", b"x" * 128, b"\xff"]), max_size=8
)
NAMES = st.sampled_from(["a", "b.bat", "d/c", "d/e.bat", "é", "d/.gitattributes"])


def committed(root: Path) -> Snapshot:
    """Commit all that is there; give the commit."""
    git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "--allow-empty", "-m", "c")
    found = Git.of(root)
    return Snapshot.of(found, found.commit("HEAD"))


def held(snapshot: Snapshot) -> Held:
    """What a commit says of each file and link: its mode and its content; the sizes agree with it."""
    found = {}
    for path, entry in snapshot.entries.items():
        content = snapshot.read(path)
        target = snapshot.target(path)
        data = os.fsencode(target) if content is None and target is not None else content
        assert data is not None and len(data) == entry.size, path
        found[path] = entry.mode, data
    return found


def checked_out(root: Path, into: Path) -> Held:
    """What a checkout has."""
    git(root, "clone", "-q", "-c", "core.autocrlf=false", ".", str(into))
    found = {}
    for path in walk_files(into):
        full = into / path
        mode = full.lstat().st_mode
        if not path.startswith(".git/") and not stat.S_ISDIR(mode):
            found[path] = mode, os.readlink(os.fsencode(full)) if full.is_symlink() else full.read_bytes()
    return found


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, CONTENT.map(b"".join), max_size=4), ATTRIBUTES)
def test_every_file_has_the_bytes_that_a_checkout_writes(files: dict[str, bytes], lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = make_tree(Path(folder) / "r", {".gitattributes": "\n".join(lines) + "\n", **files})
        git(root, "init", "-q")
        git(root, "config", "core.safecrlf", "false")
        assert held(committed(root)) == checked_out(root, Path(folder) / "clone")


def test_modes_and_links_are_those_of_a_checkout(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "r", {"run": "#!", "d/é": "x", b"bad\xff".decode(errors="surrogateescape"): "y"})
    (root / "run").chmod(0o755)
    (root / "d/up").symlink_to("../../../etc/passwd")
    assert held(committed(root)) == checked_out(root, tmp_path / "clone")


@pytest.mark.parametrize(
    ("attribute", "how"),
    [
        pytest.param("filter=crypt", "filter=crypt", id="a filter is not run"),
        pytest.param("ident", "ident", id="an expanded Id is not counted"),
        pytest.param("working-tree-encoding=UTF-16", "working-tree-encoding=UTF-16", id="another encoding is not made"),
    ],
)
def test_what_else_a_checkout_rewrites_is_named(tmp_path: Path, attribute: str, how: str) -> None:
    root = make_tree(tmp_path, {"a": "$Id$".encode("utf-16"), ".gitattributes": f"a {attribute}\n"})
    git(root, "init", "-q")
    git(root, "config", "filter.crypt.smudge", f"touch {tmp_path}/ran")
    snapshot = committed(root)
    assert snapshot.rewritten == {how: ("a",)}
    assert sorted(os.listdir(root)) == [".git", ".gitattributes", "a"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param(".git", r"git itself refuses the path '\.git'", id="a name that no checkout writes"),
        pytest.param("..", r"git itself refuses the path '\.\.'", id="a name that leaves"),
    ],
)
def test_a_tree_that_cannot_be_checked_out_is_an_error(tmp_path: Path, name: str, said: str) -> None:
    found, tree = tree_of(tmp_path, name)
    with pytest.raises(CtxauditError, match=said):
        Snapshot.of(found, tree)


def tree_of(root: Path, name: str, object_: str = "") -> tuple[Git, str]:
    """Write a tree of one file by hand; without an object, with the content "x"."""
    committed(make_tree(root, {"a": "x"}))
    found = Git.of(root)
    object_ = object_ or found.run("rev-parse", "HEAD:a").decode().strip()
    tree = f"100644 {name}\0".encode() + bytes.fromhex(object_)
    hashed = found.run("hash-object", "-w", "--literally", "-t", "tree", "--stdin", stdin=tree)
    return found, hashed.decode().strip()


def test_an_object_that_is_lost_is_absent(tmp_path: Path) -> None:
    found = Snapshot.of(*tree_of(tmp_path, "b", "1" * 40))
    assert (found.absent, found.entries["b"].size, found.type("b"), found.read("b")) == ({"b"}, 0, "file", None)
