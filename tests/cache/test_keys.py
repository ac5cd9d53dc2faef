"""Content keys: what changes them, what does not, and what is not known."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ctxaudit
from support import git, make_tree

FILES: dict[str, str | bytes | None] = {"src/a.go": "a", "src/sub/b.go": "b", "docs/c.md": "c", "top.txt": "t"}
SELECTED = {"src": "src/", "src/*.go": "src/a.go", "--parents src/sub": "src/sub/", "top.txt": "top.txt"}


def other_owner(path: Path) -> None:
    """Give a file to someone else; without the right to, to another group of this user's."""
    groups = [group for group in os.getgroups() if group != path.stat().st_gid]
    if os.geteuid() == 0:
        os.chown(path, 1234, 1234)
    elif groups:
        os.chown(path, -1, groups[0])


EDITS = {
    "content": lambda path: path.write_text(path.read_text() + "!"),
    "mode": lambda path: path.chmod(0o600),
    "name": lambda path: path.rename(path.with_name(f"x-{path.name}")),
    "time": lambda path: os.utime(path, (1, 1)),
    "owner": lambda path: other_owner(path),
}
# What BuildKit does not count: its client sends owner 0, and the key holds no time.
IGNORED = ("time", "owner")


def keys(root: Path) -> list[str]:
    return [one.key for one in ctxaudit.content_keys(root)]


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(sorted(SELECTED)), st.sampled_from(sorted(FILES)), st.sampled_from(sorted(EDITS)))
def test_an_edit_changes_a_key_exactly_where_the_step_selects_the_file(source: str, path: str, edit: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = make_tree(Path(folder), {"Dockerfile": f"FROM scratch\nCOPY {source} /x/\n", **FILES})
        before = keys(root)
        EDITS[edit](root / path)
        is_gone = edit == "name" and source == path
        if is_gone:  # the build fails
            with pytest.raises(ctxaudit.CtxauditError, match="not found"):
                keys(root)
            return
        # A file alone counts by its content and its mode; within what is selected its name counts, too.
        selects = path.startswith(SELECTED[source]) and edit not in IGNORED
        assert (keys(root) != before) == selects


@pytest.mark.parametrize(
    ("dockerfile", "source", "unknown"),
    [
        pytest.param("FROM a AS b\nFROM c\nCOPY --from=b /x /\n", "stage:b", "the steps of b make", id="a stage"),
        pytest.param("FROM c\nCOPY --from=alpine:3 /x /\n", "image:alpine:3", "the image alpine:3", id="an image"),
        pytest.param("FROM c\nADD https://e.org/x /\n", "remote:https://e.org/x", "when the build runs", id="a URL"),
        pytest.param("FROM c\nCOPY $X/a /\n", "context", "no value that is known here", id="what an image may set"),
    ],
)
def test_what_files_do_not_tell_is_unknown(tmp_path: Path, dockerfile: str, source: str, unknown: str) -> None:
    (found,) = ctxaudit.content_keys(make_tree(tmp_path, {"Dockerfile": dockerfile, **FILES}))
    assert (found.source, found.key, found.digests, unknown in found.unknown) == (source, "", (), True)


def test_a_source_that_is_not_sent_is_an_error_with_its_line(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY top.txt gone /\n", **FILES})
    with pytest.raises(ctxaudit.CtxauditError) as failed:
        ctxaudit.content_keys(tmp_path)
    assert str(failed.value) == f'{tmp_path}/Dockerfile:2: failed to calculate checksum: "/gone": not found'


def test_a_step_says_why_it_runs_again(tmp_path: Path) -> None:
    dockerfile = "FROM scratch AS a\nCOPY src /s/\nFROM scratch\nCOPY --from=a /s /t/\nCOPY top.txt /\n"
    first = make_tree(tmp_path / "1", {"Dockerfile": dockerfile, **FILES})
    second = make_tree(tmp_path / "2", {"Dockerfile": dockerfile, **FILES, "src/a.go": "other"})
    found = ctxaudit.cache_verdicts(first, second)
    assert [(one.step, one.verdict, one.because) for one in found] == [
        ("COPY src /s/", "miss", "the files that it selects differ"),
        ("COPY --from=a /s /t/", "unknown", "a may make the same files again"),
        ("COPY top.txt /", "unknown", "a may make the same files again"),
    ]


def test_the_keys_of_a_commit_are_those_of_its_checkout(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY . /\nCOPY src /s/\nCOPY link run.sh /l/\nCOPY --parents src/*.go /p/\n"
    root = make_tree(tmp_path / "r", {"Dockerfile": dockerfile, **FILES, ".dockerignore": ".git\n", "run.sh": "#!"})
    make_tree(root, {"\u00fc.txt": "u", "crlf.txt": "a\nb\n", ".gitattributes": "crlf.txt text eol=crlf\n"})
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("top.txt")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "1")
    git(tmp_path, "clone", "-q", str(root), "clone")
    make_tree(root, {"src/a.go": "not committed", "new": ""})
    assert [one.key for one in ctxaudit.content_keys(root, at="HEAD")] == keys(tmp_path / "clone")
    assert "" not in keys(tmp_path / "clone") and keys(root) != keys(tmp_path / "clone")


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"


@pytest.mark.parametrize(
    ("attribute", "content"),
    [
        pytest.param("filter=lfs", POINTER, id="what Git LFS holds"),
        pytest.param("ident", "$Id$\n", id="ident"),
        pytest.param("filter=other", "a", id="another filter"),
    ],
)
def test_what_a_checkout_makes_another_file_of_is_unknown(tmp_path: Path, attribute: str, content: str) -> None:
    files = {**FILES, "src/a.go": content, ".gitattributes": f"*.go {attribute}\n"}
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY src /s/\nCOPY top.txt /\n", **files})
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "1")
    made, plain = ctxaudit.content_keys(root, at="HEAD")
    assert (made.key, bool(made.unknown), bool(plain.key)) == ("", True, True)
