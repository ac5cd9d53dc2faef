"""One block in one file: put in, taken out, shown as a diff that git applies, and written all or nothing."""

from __future__ import annotations

import json
import os
import re
import resource
import stat
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ctxaudit import CtxauditError, parse_ignore
from ctxaudit.files import only_writer, replace_file
from ctxaudit.ignore.file import BEGIN, END, own_lines, with_block, without_block
from ctxaudit.proposals.change import unified_diff
from support import NOBODY, git, make_tree

BOM = b"\xef\xbb\xbf"
BLOCK = b"# >>> ctxaudit\nx\n# <<< ctxaudit\n"
JOINED_BLOCK = b"# >>> ctxaudit (the line above had no end)\nx\n# <<< ctxaudit\n"


# The block, in and out


@pytest.mark.parametrize(
    ("user", "written"),
    [
        pytest.param(b"", BLOCK, id="an empty file gets the block alone"),
        pytest.param(b"a\n", b"a\n" + BLOCK, id="the block comes last"),
        pytest.param(b"a", b"a\n" + JOINED_BLOCK, id="a last line without an end is ended, and that is noted"),
        pytest.param(b"a\n\n\n", b"a\n\n\n" + BLOCK, id="blank lines stay"),
        pytest.param(b"\n", b"\n" + BLOCK, id="one blank line stays"),
        pytest.param(
            b"a\r\nb\r\n",
            b"a\r\nb\r\n" + BLOCK.replace(b"\n", b"\r\n"),
            id="CRLF where the lines end so",
        ),
        pytest.param(
            b"a\r\nb",
            b"a\r\nb\r\n" + JOINED_BLOCK.replace(b"\n", b"\r\n"),
            id="CRLF also behind a last line without an end",
        ),
        pytest.param(b"a\r\nb\nc\n", b"a\r\nb\nc\n" + BLOCK, id="most lines decide on the line end"),
        pytest.param(b"a\r\nb\n", b"a\r\nb\n" + BLOCK, id="LF where neither is in the majority"),
        pytest.param(b"a\r", b"a\r\n" + JOINED_BLOCK, id="a carriage return alone is no line end"),
        pytest.param(BOM, BOM + BLOCK, id="a byte order mark stays first, and the block is still a comment"),
        pytest.param(BOM + b"a", BOM + b"a\n" + JOINED_BLOCK, id="a byte order mark and a line without an end"),
        pytest.param(b"\xff\x00\x0b\n", b"\xff\x00\x0b\n" + BLOCK, id="bytes that mean nothing stay"),
        pytest.param(b"#>>> ctxaudit\n", b"#>>> ctxaudit\n" + BLOCK, id="what only looks like a marker is the user's"),
        pytest.param(b"# >>> ctxaudit is fine\n", b"# >>> ctxaudit is fine\n" + BLOCK, id="a sentence is not a marker"),
    ],
)
def test_the_block_goes_in_and_comes_out_again(user: bytes, written: bytes) -> None:
    assert with_block(user, ["x"]) == written
    assert without_block(written) == user
    assert with_block(written, ["x"]) == written


@pytest.mark.parametrize(
    ("found", "user", "rewritten"),
    [
        pytest.param(
            b"a\n" + BLOCK + b"mine\n", b"a\nmine\n", b"a\nmine\n" + BLOCK, id="lines below stay, the block moves down"
        ),
        pytest.param(
            b"a\n" + BLOCK + b"mine", b"a\nmine", b"a\nmine\n" + JOINED_BLOCK, id="a line below without an end"
        ),
        pytest.param(
            b"a\n" + JOINED_BLOCK + b"mine\n", b"a\nmine\n", b"a\nmine\n" + BLOCK, id="lines below do not join the last"
        ),
        pytest.param(BLOCK + b"mine\n", b"mine\n", b"mine\n" + BLOCK, id="nothing above"),
        pytest.param(JOINED_BLOCK, b"", BLOCK, id="all above was deleted, and the note means nothing"),
        pytest.param(
            b"a\nb\n" + JOINED_BLOCK, b"a\nb", b"a\nb\n" + JOINED_BLOCK, id="the note is about the last line as it is"
        ),
        pytest.param(b"a\n" + BLOCK[:-1], b"a\n", b"a\n" + BLOCK, id="an editor took the last line end"),
        pytest.param(BOM + BLOCK, BOM, BOM + BLOCK, id="an editor put a byte order mark before the block"),
        pytest.param(
            BLOCK.replace(b"\n", b"\r\n"),
            b"",
            BLOCK.replace(b"\n", b"\r\n"),
            id="git checked the block out with CRLF, and there is nothing else",
        ),
        pytest.param(
            b"a\r\n" + JOINED_BLOCK.replace(b"\n", b"\r\n"),
            b"a",
            b"a\r\n" + JOINED_BLOCK.replace(b"\n", b"\r\n"),
            id="git checked all out with CRLF, and the last line had no end",
        ),
        pytest.param(
            b"# >>> ctxaudit\nmine\n\n# x\n# <<< ctxaudit\n", b"", BLOCK, id="what stands inside the block is ours"
        ),
    ],
)
def test_a_block_that_was_touched(found: bytes, user: bytes, rewritten: bytes) -> None:
    assert without_block(found) == user
    assert with_block(found, ["x"]) == rewritten
    assert with_block(rewritten, ["x"]) == rewritten


@pytest.mark.parametrize(
    ("data", "numbers"),
    [
        pytest.param(b"", [], id="an empty file"),
        pytest.param(b"a\n# ctxaudit\nb\n", [], id="a comment that names it"),
        pytest.param(b"a\n# >>> ctxaudit\nb\n", [], id="a block without an end"),
        pytest.param(b"# >>> ctxaudit\nb\n# <<< ctxaudit\n", [1, 2, 3], id="a block alone"),
        pytest.param(b"a\n\n# >>> ctxaudit\nb\n# <<< ctxaudit\nc\n", [3, 4, 5], id="a block between other lines"),
    ],
)
def test_which_lines_are_ctxaudit_s(data: bytes, numbers: list[int]) -> None:
    assert list(own_lines(data)) == numbers


def test_a_name_that_is_not_utf_8_is_written_as_it_is() -> None:
    assert with_block(b"", ["a\udcff"]).splitlines()[1] == b"a\xff"


def test_patterns_keep_their_order() -> None:
    assert with_block(b"a\n", ["b", "!b/c", "**/d e", "é", "\udcff"]) == (
        b"a\n# >>> ctxaudit\nb\n!b/c\n**/d e\n\xc3\xa9\n\xff\n# <<< ctxaudit\n"
    )


def test_a_pattern_stands_as_its_author_wrote_it_below_its_comments() -> None:
    written, comments = {"b": "./b/", "\udcff": "\udcff "}, {"a": ["# one", "# two \udcfe"], "x": ["# never"]}
    assert with_block(b"", ["a", "b", "\udcff"], written=written, comments=comments) == (
        b"# >>> ctxaudit\n# one\n# two \xfe\na\n./b/\n\xff \n# <<< ctxaudit\n"
    )


@pytest.mark.parametrize(
    ("found", "user"),
    [
        pytest.param(b"a", b"a", id="there was none"),
        pytest.param(b"a\n" + JOINED_BLOCK, b"a", id="there was one"),
    ],
)
def test_no_patterns_mean_no_block(found: bytes, user: bytes) -> None:
    assert with_block(found, []) == user


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            b"a\n# >>> ctxaudit\nx\n",
            ".dockerignore:2: ctxaudit's lines do not make one block: nothing closes this one\n"
            "    # >>> ctxaudit\n"
            "    ^\n"
            '  fix: write "# <<< ctxaudit" below its last pattern, or delete this line',
            id="a block without an end",
        ),
        pytest.param(
            b"a\nx\n# <<< ctxaudit",
            ".dockerignore:3: ctxaudit's lines do not make one block: nothing opens this one\n"
            "    # <<< ctxaudit\n"
            "    ^\n"
            '  fix: write "# >>> ctxaudit" above its first pattern, or delete this line',
            id="an end without a block",
        ),
        pytest.param(
            b"\xef\xbb\xbf# <<< ctxaudit\r\nx\r\n# >>> ctxaudit\r\n",
            ".dockerignore:1: ctxaudit's lines do not make one block: nothing opens this one\n"
            "    # <<< ctxaudit\n"
            "    ^\n"
            '  fix: write "# >>> ctxaudit" above its first pattern, or delete this line',
            id="the markers the wrong way round, behind a byte order mark, with CRLF",
        ),
        pytest.param(
            JOINED_BLOCK + BLOCK,
            ".dockerignore:4: ctxaudit's lines do not make one block: this is a second one\n"
            "    # >>> ctxaudit\n"
            "    ^\n"
            '  fix: delete one of the two, from "# >>> ctxaudit" to "# <<< ctxaudit"',
            id="two blocks",
        ),
        pytest.param(
            b"# >>> ctxaudit (the line above had no end)\n" + BLOCK,
            ".dockerignore:1: ctxaudit's lines do not make one block: nothing closes this one\n"
            "    # >>> ctxaudit (the line above had no end)\n"
            "    ^\n"
            '  fix: write "# <<< ctxaudit" below its last pattern, or delete this line',
            id="a block inside a block",
        ),
        pytest.param(
            BLOCK + b"# <<< ctxaudit\n",
            ".dockerignore:4: ctxaudit's lines do not make one block: nothing opens this one\n"
            "    # <<< ctxaudit\n"
            "    ^\n"
            '  fix: write "# >>> ctxaudit" above its first pattern, or delete this line',
            id="two ends",
        ),
    ],
)
def test_markers_that_make_no_block_are_refused(data: bytes, message: str) -> None:
    for refused in (lambda: without_block(data), lambda: with_block(data, ["x"]), lambda: with_block(data, [])):
        with pytest.raises(CtxauditError) as caught:
            refused()
        assert str(caught.value) == message


def test_the_error_names_the_file_that_it_was_told() -> None:
    with pytest.raises(CtxauditError) as caught:
        with_block(b"# >>> ctxaudit\n", ["x"], "web/app.Dockerfile.dockerignore")
    assert caught.value.where == "web/app.Dockerfile.dockerignore:1"


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("", id="nothing"),
        pytest.param("!", id="an exception of nothing"),
        pytest.param("#x", id="a comment"),
        pytest.param(" x", id="space before"),
        pytest.param("x ", id="space behind"),
        pytest.param("! x", id="space behind the exclamation mark"),
        pytest.param("\u3000x", id="wide space before"),
        pytest.param("x\u00a0", id="space that does not break behind"),
        pytest.param("a\nb", id="a line feed"),
        pytest.param("a\rb", id="a carriage return"),
        pytest.param("a\tb", id="a tab"),
        pytest.param("a\x1bb", id="an escape"),
        pytest.param("a\x7fb", id="a delete"),
        pytest.param("a\u0085b", id="a control character above ASCII"),
        pytest.param("/x", id="a slash before"),
        pytest.param("x/", id="a slash behind"),
        pytest.param("a//b", id="two slashes"),
        pytest.param("./x", id="a dot for the directory"),
        pytest.param("a/../b", id="two dots for the parent"),
        pytest.param("\udcc2\udc85", id="bytes that make another character together"),
        pytest.param("\ud800", id="half of a pair"),
    ],
)
def test_a_pattern_that_docker_would_not_read_back_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"no line of an ignore file|surrogates not allowed"):
        with_block(b"a\n", ["x", pattern])


@given(st.text(st.characters() | st.sampled_from("!#/. \t\xa0\udc80\udcff\ufeff"), max_size=6))
@example("\ufeffx")
@example("!#x")
@example("!!x")
def test_a_pattern_is_read_back_as_itself_or_refused(pattern: str) -> None:
    try:
        written = with_block(b"", [pattern])
    except ValueError:
        return
    assert parse_ignore(written) == [pattern]


PIECES = st.sampled_from(
    [b"a", b"!b", b"# c", b" d ", b"", b"\xff", BOM, b"\r", b"\r\n", b"\n", b"# >>> ctxaudit ", b"# <<< ctxaudit."]
)
FILES = st.lists(PIECES, max_size=12).map(b"".join) | st.binary(max_size=40)
PATTERNS = st.lists(st.sampled_from(["a", "**/b", "!c", "d e", "é", "\udcff"]), max_size=4)


@settings(max_examples=200)
@given(FILES, PATTERNS)
def test_adding_and_removing_gives_back_the_same_bytes(user: bytes, patterns: list[str]) -> None:
    written = with_block(user, patterns)
    assert written.startswith(user)
    assert without_block(written) == user
    assert with_block(written, []) == user


@settings(max_examples=200)
@given(FILES, PATTERNS, PATTERNS, FILES)
def test_writing_again_changes_nothing(above: bytes, first: list[str], second: list[str], below: bytes) -> None:
    written = with_block(with_block(above, first), second)
    assert written == with_block(above, second)
    touched = with_block(with_block(above, ["x"]) + below, second)
    assert with_block(touched, second) == touched


@settings(max_examples=200)
@given(FILES.map(lambda data: data + b"\n"), PATTERNS, FILES)
def test_everything_outside_the_block_is_kept(above: bytes, patterns: list[str], below: bytes) -> None:
    found = above + BLOCK + below
    assert without_block(found) == above + below
    assert with_block(found, patterns).startswith(above + below)


@given(FILES, PATTERNS)
def test_docker_reads_the_users_patterns_and_then_ours(user: bytes, patterns: list[str]) -> None:
    assert parse_ignore(with_block(user, patterns)) == [*parse_ignore(user), *patterns]


# The diff


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    git(root, "config", "core.autocrlf", "false")
    return root


def applied(root: Path, name: str, old: bytes | None, diff: bytes) -> bytes:
    """What git makes of the file."""
    (root / name).unlink(missing_ok=True)
    if old is not None:
        make_tree(root, {name: old})
    make_tree(root, {"change.diff": diff})
    git(root, "apply", "change.diff")
    return (root / name).read_bytes()


def git_diff(root: Path, name: str, old: bytes | None, new: bytes) -> bytes:
    """What git itself says of the change, without the hashes and without what it repeats of an earlier line."""
    (root / name).unlink(missing_ok=True)
    git(root, "rm", "-q", "--cached", "--ignore-unmatch", ":(literal)" + name)
    if old is not None:
        make_tree(root, {name: old})
        git(root, "add", ":(literal)" + name)
    make_tree(root, {name: new})
    git(root, "add", "-N", ":(literal)" + name)
    said = subprocess.run(["git", "diff", "--", ":(literal)" + name], cwd=root, check=True, capture_output=True).stdout
    return re.sub(rb"^(@@ .* @@) .*$", rb"\1", re.sub(rb"^index .*\n", b"", said, flags=re.M), flags=re.M)


NAMES = [
    pytest.param(".dockerignore", id="a plain name"),
    pytest.param("a b/app Dockerfile.dockerignore", id="spaces"),
    pytest.param('o"d', id="a quote"),
    pytest.param("back\\slash", id="a backslash"),
    pytest.param("\x01\a\b\t\n\v\f\r\x7f", id="control characters"),
    pytest.param("é", id="not ASCII"),
    pytest.param("\udcff x", id="not UTF-8, and a space"),
    pytest.param("b/b/.dockerignore", id="the name of git's own prefix"),
    pytest.param("*[a]?", id="wildcards"),
]
CHANGES = [
    pytest.param(b"a\nb\n", b"a\nb\nc\n", id="lines more"),
    pytest.param(b"1\n2\n3\n4\n5\n", b"1\n2\n3\n4\n5\n" + BLOCK, id="three lines of what is around"),
    pytest.param(b"a", b"a\n" + JOINED_BLOCK, id="no end at the end before"),
    pytest.param(b"a\n", b"a", id="no end at the end after"),
    pytest.param(b"a", b"b", id="no end at either end"),
    pytest.param(b"a\r\nb\r\n", with_block(b"a\r\nb\r\n", ["x"]), id="CRLF"),
    pytest.param(b"a\rb\x0bc\x0cd\x1ee\n", b"a\rb\x0bc\x0cd\x1ee\nf\n", id="what only Python takes for a line end"),
    pytest.param(b"\xff\xfe\n", b"\xff\xfe\n\xfd\n", id="not UTF-8"),
    pytest.param(b"-- a\n++ b\n@@ c\n", b"-- a\n++ b\n", id="lines that look like a diff"),
    pytest.param(BLOCK, b"", id="a file that becomes empty"),
    pytest.param(b"", BLOCK, id="a file that was empty"),
    pytest.param(None, BLOCK, id="a new file"),
    pytest.param(None, b"a", id="a new file without an end"),
    pytest.param(None, b"", id="a new file with nothing in it"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_git_applies_the_diff_and_would_have_said_the_same(
    repository: Path, name: str, old: bytes | None, new: bytes
) -> None:
    diff = unified_diff(name, old, new)
    assert applied(repository, name, old, diff) == new
    assert diff == git_diff(repository, name, old, new)


@pytest.mark.parametrize(
    ("name", "old", "new", "diff"),
    [
        pytest.param(".dockerignore", b"a\n", b"a\n", b"", id="nothing for no change"),
        pytest.param(".dockerignore", b"", b"", b"", id="nothing for an empty file that stays"),
        pytest.param(
            ".dockerignore",
            b"a",
            b"a\r\nb\r\n",
            b"diff --git a/.dockerignore b/.dockerignore\n"
            b"--- a/.dockerignore\n"
            b"+++ b/.dockerignore\n"
            b"@@ -1 +1,2 @@\n"
            b"-a\n"
            b"\\ No newline at end of file\n"
            b"+a\r\n"
            b"+b\r\n",
            id="carriage returns and a missing end",
        ),
        pytest.param(
            "é x",
            None,
            b"a",
            b'diff --git "a/\\303\\251 x" "b/\\303\\251 x"\n'
            b"new file mode 100644\n"
            b"--- /dev/null\n"
            b'+++ "b/\\303\\251 x"\t\n'
            b"@@ -0,0 +1 @@\n"
            b"+a\n"
            b"\\ No newline at end of file\n",
            id="a new file with a name that is quoted",
        ),
    ],
)
def test_the_diff_as_it_stands(name: str, old: bytes | None, new: bytes, diff: bytes) -> None:
    assert unified_diff(name, old, new) == diff


@settings(max_examples=60, deadline=None)
@given(FILES, FILES)
def test_git_applies_any_diff(repository: Path, old: bytes, new: bytes) -> None:
    diff = unified_diff(".dockerignore", old, new)
    assert (diff == b"") == (old == new)
    assert (applied(repository, ".dockerignore", old, diff) if diff else old) == new


# The file


def contents(root: Path) -> dict[str, str]:
    """What stands in a directory: each name, and its bytes or where it leads."""
    return {
        path.name: f"-> {path.readlink()}" if path.is_symlink() else path.read_text() if path.is_file() else "other"
        for path in root.iterdir()
    }


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_the_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    make_tree(tmp_path, {".dockerignore": "old", "b": "b"})
    replace_file(tmp_path / ".dockerignore", b"new", tmp_path)
    assert contents(tmp_path) == {".dockerignore": "new", "b": "b"}


def test_another_name_of_the_old_file_keeps_the_old_bytes(tmp_path: Path) -> None:
    """It is a new file that takes the name: nobody who has the old one open sees half of a change."""
    make_tree(tmp_path, {"f": "old"})
    (tmp_path / "g").hardlink_to(tmp_path / "f")
    replace_file(tmp_path / "f", b"new", tmp_path)
    assert contents(tmp_path) == {"f": "new", "g": "old"}


@pytest.mark.parametrize("bits", [0o600, 0o644, 0o664, 0o444, 0o777])
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_the_mode_stays(tmp_path: Path, bits: int, mask: int) -> None:
    make_tree(tmp_path, {"f": "old"})
    (tmp_path / "f").chmod(bits)
    with_umask(mask, lambda: replace_file(tmp_path / "f", b"new", tmp_path))
    assert (mode(tmp_path / "f"), (tmp_path / "f").read_bytes()) == (oct(bits), b"new")


@pytest.mark.parametrize(("mask", "expected"), [(0o022, "0o644"), (0o002, "0o644"), (0o077, "0o600")])
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path, mask: int, expected: str) -> None:
    with_umask(mask, lambda: replace_file(tmp_path / "f", b"new", tmp_path))
    assert (mode(tmp_path / "f"), contents(tmp_path)) == (expected, {"f": "new"})


def with_umask(mask: int, action: Callable[[], None]) -> None:
    before = os.umask(mask)
    try:
        action()
    finally:
        os.umask(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_stays(tmp_path: Path) -> None:
    """As with a tool in a container that works as root on somebody's checkout."""
    make_tree(tmp_path, {"f": "old"})
    os.chown(tmp_path / "f", NOBODY, NOBODY)
    (tmp_path / "f").chmod(0o640)
    replace_file(tmp_path / "f", b"new", tmp_path)
    status = (tmp_path / "f").stat()
    assert (status.st_uid, status.st_gid, mode(tmp_path / "f")) == (NOBODY, NOBODY, "0o640")


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        pytest.param("f", "sub/real", id="a link to a file"),
        pytest.param("f", "again", id="a link to a link"),
        pytest.param("way/real", "", id="a parent directory that is a link"),
        pytest.param("f", "{root}/sub/real", id="an absolute link"),
        pytest.param("f", "../c/sub/real", id="a link that goes out and comes back"),
    ],
)
def test_a_link_inside_stays_and_what_it_leads_to_is_replaced(tmp_path: Path, link: str, leads_to: str) -> None:
    root = make_tree(tmp_path / "c", {"sub/real": "old"})
    (root / "again").symlink_to("sub/real")
    (root / "way").symlink_to("sub")
    if leads_to:
        (root / link).symlink_to(leads_to.format(root=root))
    before = {path.name: path.readlink() for path in root.iterdir() if path.is_symlink()}
    replace_file(root / link, b"new", root)
    assert {path.name: path.readlink() for path in root.iterdir() if path.is_symlink()} == before
    assert contents(root / "sub") == {"real": "new"}


def test_a_link_to_what_is_not_there_yet_stays_too(tmp_path: Path) -> None:
    (tmp_path / "f").symlink_to("real")
    replace_file(tmp_path / "f", b"new", tmp_path)
    assert contents(tmp_path) == {"f": "-> real", "real": "new"}


def test_a_root_that_is_a_link_holds_its_files(tmp_path: Path) -> None:
    make_tree(tmp_path / "real", {"f": "old"})
    (tmp_path / "root").symlink_to("real")
    replace_file(tmp_path / "root/f", b"new", tmp_path / "root")
    assert contents(tmp_path / "real") == {"f": "new"}


@pytest.mark.parametrize(
    ("path", "at"),
    [
        pytest.param("out", "outside/f", id="a link to a file outside"),
        pytest.param("there", "outside/f", id="an absolute link to a file outside"),
        pytest.param("twice", "outside/f", id="a link to a link that leaves"),
        pytest.param("way/f", "outside/f", id="a parent directory that leaves"),
        pytest.param("way/new", "outside/new", id="a new file below a parent directory that leaves"),
        pytest.param("../outside/f", "outside/f", id="a path that never was inside"),
        pytest.param("../c2/f", "c2/f", id="a directory whose name begins like the root's"),
        pytest.param("none", "outside/none", id="a link to what is not there outside"),
    ],
)
def test_what_leaves_the_root_is_refused(tmp_path: Path, path: str, at: str) -> None:
    root = make_tree(tmp_path / "c", {"g": "old"})
    make_tree(tmp_path, {"outside/f": "keep", "c2/f": "keep"})
    links = {
        "out": "../outside/f",
        "there": os.fspath(tmp_path / "outside/f"),
        "twice": "out",
        "way": "../outside",
        "none": "../outside/none",
    }
    for name, leads_to in links.items():
        (root / name).symlink_to(leads_to)
    with pytest.raises(CtxauditError) as caught:
        replace_file(root / path, b"new", root)
    assert str(caught.value) == (
        f"{root / path}: it lies out of the context, at {tmp_path.resolve() / at}\n"
        "  fix: write that file by hand, or put a regular file of the context in the link's place"
    )
    assert contents(tmp_path / "outside") == contents(tmp_path / "c2") == {"f": "keep"}
    assert contents(root) == {"g": "old", **{name: f"-> {leads_to}" for name, leads_to in links.items()}}


def make_directory(path: Path) -> None:
    path.mkdir()


def make_device(path: Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(make_directory, "a directory", id="a directory"),
        pytest.param(os.mkfifo, "a FIFO", id="a FIFO"),
        pytest.param(
            make_device,
            "a device",
            id="a device",
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices"),
        ),
        pytest.param(lambda path: path.symlink_to(path.name), "a link that leads to itself", id="a link to itself"),
    ],
)
@pytest.mark.parametrize("through", ["f", "link"])
def test_what_is_no_regular_file_is_refused(
    tmp_path: Path, make: Callable[[Path], None], kind: str, through: str
) -> None:
    try:
        make(tmp_path / "f")
    except PermissionError:
        pytest.skip("this machine makes no such file")
    (tmp_path / "link").symlink_to("f")
    before = os.lstat(tmp_path / "f")
    with pytest.raises(CtxauditError) as caught:
        replace_file(tmp_path / through, b"new", tmp_path)
    assert str(caught.value) == f"{tmp_path / through}: it is {kind}, no regular file\n  fix: move it away"
    after = os.lstat(tmp_path / "f")  # its time of access may be another: the link was read
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (before.st_ino, before.st_mode, before.st_mtime_ns)
    assert sorted(os.listdir(tmp_path)) == ["f", "link"]


# Several writers


def test_what_a_killed_writer_left_is_removed_and_what_looks_like_it_stays(tmp_path: Path) -> None:
    ours, other = f".ctxaudit-{'0a' * 8}", f".ctxaudit-{'0a' * 9}"
    make_tree(tmp_path, {"f": "old", ours: "half of a fi", other: "x", ".ctxaudit-": "x", f"d/{ours}": "x"})
    (tmp_path / f".ctxaudit-{'0' * 16}").symlink_to("f")
    replace_file(tmp_path / "f", b"new", tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".ctxaudit-", f".ctxaudit-{'0' * 16}", other, "d", "f"]
    assert os.listdir(tmp_path / "d") == [ours]


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    """Each adds a line to what it has read: none is lost."""
    make_tree(tmp_path, {"f": ""})
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            for round_ in range(20):
                with only_writer(tmp_path / "f", tmp_path) as target:
                    target.replace((tmp_path / "f").read_bytes() + f"{number} {round_}\n".encode())
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    lines = (tmp_path / "f").read_text().splitlines()
    assert sorted(lines) == sorted(f"{number} {round_}" for number in range(4) for round_ in range(20))
    assert os.listdir(tmp_path) == ["f"]


def test_a_directory_that_stays_locked_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctxaudit.files._LONGEST_WAIT", 0.1)
    make_tree(tmp_path, {"f": "old"})
    with only_writer(tmp_path / "f", tmp_path), pytest.raises(CtxauditError) as caught:
        replace_file(tmp_path / "f", b"new", tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'f'}: another process has locked its directory for more than 0.1 seconds\n"
        "  fix: wait until that process ends, and run ctxaudit again"
    )
    assert contents(tmp_path) == {"f": "old"}


# What goes wrong, in a child that may do less

FIX = "\n  fix: let its directory be there, writable, and with room for a second copy"


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that another user reaches: pytest's own is closed to others."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def in_child(prepare: Callable[[], Any], action: Callable[[], None]) -> list[str]:
    """What the action raises in a fork that has prepared itself: the error's text and its cause's class."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        with os.fdopen(read) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        answer: list[str] = json.loads(said)
        return answer
    try:
        prepare()
        try:
            action()
            raised = []
        except CtxauditError as error:
            raised = [str(error), type(error.__cause__).__name__]
        os.write(write, json.dumps(raised).encode())
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(0)


def become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


@pytest.mark.parametrize(
    "files",
    [pytest.param({"f": "old"}, id="an old file"), pytest.param({}, id="a new file")],
)
def test_a_directory_that_may_not_be_written_loses_nothing(open_directory: Path, files: dict[str, Any]) -> None:
    root = make_tree(open_directory / "c", files)
    root.chmod(0o555)
    said = in_child(become_nobody, lambda: replace_file(root / "f", b"new", root))
    root.chmod(0o755)
    assert said == [
        f"{root / 'f'}: it cannot be written: permission denied; it was not changed{FIX}",
        "PermissionError",
    ]
    assert contents(root) == files


def test_another_users_file_is_replaced_where_the_directory_allows_it(open_directory: Path) -> None:
    root = make_tree(open_directory / "c", {"f": "old"})
    (root / "f").chmod(0o640)
    root.chmod(0o777)
    assert in_child(become_nobody, lambda: replace_file(root / "f", b"new", root)) == []
    assert (contents(root), mode(root / "f")) == ({"f": "new"}, "0o640")


@pytest.mark.parametrize("files", [pytest.param({"f": "old"}, id="an old file"), pytest.param({}, id="a new file")])
def test_a_full_disk_loses_nothing(tmp_path: Path, files: dict[str, Any]) -> None:
    make_tree(tmp_path, files)
    said = in_child(
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
        lambda: replace_file(tmp_path / "f", b"x" * 100_000, tmp_path),
    )
    assert said == [f"{tmp_path / 'f'}: it cannot be written: file too large; it was not changed{FIX}", "OSError"]
    assert contents(tmp_path) == files


def test_a_failure_of_another_kind_loses_nothing(tmp_path: Path) -> None:
    make_tree(tmp_path, {"f": "old"})
    with pytest.raises(TypeError):
        replace_file(tmp_path / "f", "text", tmp_path)  # type: ignore[arg-type]
    assert contents(tmp_path) == {"f": "old"}


@pytest.mark.parametrize(
    ("path", "reason", "cause"),
    [
        pytest.param("none/f", "no such file or directory", "FileNotFoundError", id="a directory that is not there"),
        pytest.param("g/f", "not a directory", "NotADirectoryError", id="a file where the directory should be"),
        pytest.param("n" * 300, "file name too long", "OSError", id="a name that the disk cannot hold"),
    ],
)
def test_a_place_that_cannot_be_is_an_error_with_its_cause(tmp_path: Path, path: str, reason: str, cause: str) -> None:
    make_tree(tmp_path, {"g": "old"})
    with pytest.raises(CtxauditError) as caught:
        replace_file(tmp_path / path, b"new", tmp_path)
    assert str(caught.value) == f"{tmp_path / path}: it cannot be written: {reason}; it was not changed{FIX}"
    assert type(caught.value.__cause__).__name__ == cause
    assert contents(tmp_path) == {"g": "old"}


def test_the_markers_are_comments_to_docker() -> None:
    assert parse_ignore(f"{BEGIN}\n{END}\n".encode()) == []
