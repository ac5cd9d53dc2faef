"""Entries that are no plain file, against what a running BuildKit did with them; and the tar's long names."""

from __future__ import annotations

import io
import os
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ctxaudit import audit, list_context
from ctxaudit.errors import PatternError
from ctxaudit.model import BuilderName
from support import make_tree, rows

SPECIAL = {row["id"]: row for row in rows("special_cases")}
PLAIN: dict[str, str | bytes | None] = {"drop.txt": "12345", "keep.txt": "12345", "sub/drop.txt": "12345"}


def hard_links(root: Path) -> None:
    make_tree(root, {"a.bin": b"x" * 5000})
    os.link(root / "a.bin", root / "b.bin")
    os.link(root / "a.bin", root / "c.bin")


def hard_links_first_ignored(root: Path) -> None:
    hard_links(root)
    make_tree(root, {".dockerignore": "a.bin\n"})


def unix_socket(root: Path) -> None:
    make_tree(root, PLAIN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(root / "s.sock"))
    (root / "s.sock").chmod(0o755)


def fifo(root: Path) -> None:
    make_tree(root, PLAIN)
    os.mkfifo(root / "pipe")
    (root / "pipe").chmod(0o644)


def character_device(root: Path) -> None:
    make_tree(root, PLAIN)
    os.mknod(root / "null0", 0o020644, os.makedev(1, 3))


def sparse(root: Path) -> None:
    make_tree(root, PLAIN)
    with (root / "big.sparse").open("wb") as file:
        file.truncate(300_000)


def setuid_and_sticky(root: Path) -> None:
    make_tree(root, PLAIN)
    (root / "keep.txt").chmod(0o4755)
    (root / "sub").chmod(0o1777)


def link_to(target: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        make_tree(root, PLAIN)
        (root / ".dockerignore").symlink_to(target)

    return make


def link_inside(target: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        make_tree(root, {**PLAIN, "ig.txt": "drop.txt\n"})
        (root / ".dockerignore").symlink_to(target)

    return make


def link_outside(root: Path) -> None:
    make_tree(root, PLAIN)
    (root.parent / "sp_outside.txt").write_text("drop.txt\n")
    (root / ".dockerignore").symlink_to("../../sp_outside.txt")


def ignoring(patterns: bytes, **files: str) -> Callable[[Path], None]:
    return lambda root: void(make_tree(root, {**PLAIN, **files, ".dockerignore": patterns}))


def void(value: object) -> None:
    assert value is not None


MAKERS: dict[str, Callable[[Path], None]] = {
    "ignore_symlink_rel": link_inside("ig.txt"),
    "ignore_symlink_abs": link_inside("/ig.txt"),
    "ignore_symlink_outside": link_outside,
    "ignore_is_dir": lambda root: void(make_tree(root, {**PLAIN, ".dockerignore/x": "12345"})),
    "ignore_broken_symlink": link_to("nowhere"),
    "ignore_in_subdir": lambda root: void(make_tree(root, {**PLAIN, "sub/.dockerignore": "*\n"})),
    "hardlinks": hard_links,
    "hardlinks_first_ignored": hard_links_first_ignored,
    "socket": unix_socket,
    "fifo": fifo,
    "chardev": character_device,
    "sparse": sparse,
    "setuid_sticky": setuid_and_sticky,
    "dot_pattern": ignoring(b".\n"),
    "slash_pattern": ignoring(b"/\n"),
    "only_negation": ignoring(b"!drop.txt\n"),
    "trailing_slash_file": ignoring(b"drop.txt/\n"),
    "tab_and_nonascii": ignoring("drop.txt\na\tb\né\n".encode()),
    "percent_ascii": ignoring(b"drop.txt\na%41\n", aA="12345"),
    "percent_nonascii": ignoring("drop.txt\na%41\na+b\né\n".encode(), **{"aA": "12345", "a b": "12345"}),
    "emptied_file": ignoring(b"vendor\n!vendor/keep\nvendor\n", **{"vendor/keep/a.txt": "12345"}),
}


@pytest.mark.parametrize("case", MAKERS)
def test_buildkit_is_sent(case: str, tmp_path: Path) -> None:
    row = SPECIAL[case]
    root = tmp_path / "context"
    MAKERS[case](root)
    listing = list_context(root)
    assert [entry.path for entry in listing.entries] == [entry["path"] for entry in row["sent"]]
    assert [entry.size for entry in listing.entries if entry.type == "file"] == sizes(row)
    assert listing.transfer_bytes == row["transferred_bytes"]


NOT_UTF8 = "caf\udce9"  # as Latin-1 has it


@pytest.mark.parametrize(
    ("pattern", "builder", "is_sent"),
    [
        pytest.param("caf\udce9", "buildkit", True, id="BuildKit's JSON changes the bytes of a pattern"),
        pytest.param("**/caf\udce9", "buildkit", True, id="also behind two stars"),
        pytest.param("caf\udce9*", "buildkit", False, id="a regular expression takes what it became for any byte"),
        pytest.param("caf?", "buildkit", False, id="a wildcard in its place matches"),
        pytest.param("caf\udce9", "classic", False, id="the classic builder compares the bytes"),
    ],
)
def test_a_pattern_that_is_not_utf8(pattern: str, builder: BuilderName, is_sent: bool, tmp_path: Path) -> None:
    make_tree(tmp_path, {NOT_UTF8: "1", ".dockerignore": f"{pattern}\n"})
    assert (NOT_UTF8 in {entry.path for entry in list_context(tmp_path, builder=builder).entries}) is is_sent
    (target,) = audit(tmp_path, builder=builder).targets
    assert target.sent.files == 1 + is_sent
    said = {finding.rule for finding in target.findings}
    assert ("pattern-not-utf8" in said) is (is_sent and builder == "buildkit")


@pytest.mark.parametrize(
    ("dockerfile", "rules"),
    [
        pytest.param('COPY ["a\\tb", "/"]', ["source-breaks-transfer"], id="a tab in a source"),
        pytest.param("COPY a/\0b /", ["source-breaks-transfer"], id="a NUL in a source"),
        pytest.param(
            'COPY ["no\\tfile", "none", "/x/"]',
            ["copy-source-missing", "source-breaks-transfer"],
            id="a tab beside a gap",
        ),
        pytest.param('COPY ["a\\tb", "/"]\nCOPY é /', [], id="beside a source that is not ASCII all are escaped"),
        pytest.param("COPY a\0 é /x/", ["source-breaks-transfer"], id="escaped, a NUL still names no file"),
        pytest.param('COPY ["a\\tb", ".", "/x/"]', [], id="beside the whole context no path is named"),
    ],
)
def test_a_control_character_in_a_source(dockerfile: str, rules: list[str], tmp_path: Path) -> None:
    make_tree(tmp_path, {"a\tb": "1", "é": "1", "Dockerfile": f"FROM scratch\n{dockerfile}\n"})
    (target,) = audit(tmp_path).targets
    assert sorted(finding.rule for finding in target.findings if finding.severity == "error") == rules


def test_a_source_that_is_a_pattern_which_go_refuses(tmp_path: Path) -> None:
    make_tree(tmp_path, {"sé": "1", "Dockerfile": "FROM scratch\nCOPY s\\\\é /\n"})
    with pytest.raises(PatternError, match="syntax error in pattern"):
        audit(tmp_path)


def sizes(row: dict[str, Any]) -> list[int]:
    return [entry["size"] for entry in row["sent"] if entry["type"] == "file" and not entry["path"].endswith(".sock")]


def test_the_context_may_be_a_link(tmp_path: Path) -> None:
    make_tree(tmp_path / "real", PLAIN)
    (tmp_path / "link").symlink_to("real")
    assert list_context(tmp_path / "link").transfer_bytes == SPECIAL["context_is_symlink"]["transferred_bytes"]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        pytest.param("a" * 99, tarfile.PAX_FORMAT, id="a name that fits"),
        pytest.param("a" * 101, tarfile.PAX_FORMAT, id="a name that is too long for USTAR"),
        pytest.param("d" * 60 + "/" + "f" * 60, tarfile.USTAR_FORMAT, id="a path that USTAR splits"),
        pytest.param(f"{'d' * 50}/{'e' * 95}/{'f' * 90}", tarfile.USTAR_FORMAT, id="a path of 238 that USTAR splits"),
        pytest.param("é.txt", tarfile.PAX_FORMAT, id="a name that is not ASCII"),
        pytest.param("d" * 98 + "/" + "é" * 40, tarfile.PAX_FORMAT, id="a long path that is not ASCII"),
    ],
)
def test_the_tar_has_the_bytes_of_go_s(path: str, form: int, tmp_path: Path) -> None:
    """Go splits a name where USTAR can hold it, and writes a PAX record where not; Python's writers do one each."""
    make_tree(tmp_path / "c", {path: "x" * 700})
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for entry in list_context(tmp_path / "c", builder="classic").entries:
            info = tarfile.TarInfo(entry.path)
            info.type = tarfile.DIRTYPE if entry.type == "dir" else tarfile.REGTYPE
            info.size = entry.content_bytes
            tar.addfile(info, io.BytesIO(b"x" * info.size))
        end = tar.offset
    assert list_context(tmp_path / "c", builder="classic").transfer_bytes == end + 1024


def test_a_link_to_a_long_target_takes_two_blocks_more_in_the_tar(tmp_path: Path) -> None:
    make_tree(tmp_path / "c", {})
    (tmp_path / "c/link").symlink_to("t" * 101)
    assert list_context(tmp_path / "c", builder="classic").transfer_bytes == 512 * 3 + 1024


def test_a_hard_link_has_no_data_in_the_tar(tmp_path: Path) -> None:
    hard_links(tmp_path / "c")
    assert list_context(tmp_path / "c", builder="classic").transfer_bytes == 512 * 3 + 5120 + 1024


def test_a_socket_is_not_in_the_tar(tmp_path: Path) -> None:
    unix_socket(tmp_path / "c")
    assert "s.sock" not in [entry.path for entry in list_context(tmp_path / "c", builder="classic").entries]


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="extended attributes are Linux's")
def test_an_extended_attribute_is_counted(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "c", {"a": "1"})
    before = list_context(root).transfer_bytes
    os.setxattr(root / "a", "user.origin", b"here")
    # a map entry: tag and length, then key (1 + 1 + 11) and value (1 + 1 + 4); the lengths around it stay one byte
    assert list_context(root).transfer_bytes == before + 2 + 13 + 6
