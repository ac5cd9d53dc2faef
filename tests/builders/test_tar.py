"""The bytes of the classic builder's tar, entry by entry: listed, and added up in bulk.

A header is a block; content is padded to blocks; what a USTAR field cannot hold takes two blocks more, a PAX header
and its records. The fields: names of 100 bytes, or a prefix of 155 beside them, eleven octal digits of size and time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ctxaudit import audit, list_context

BLOCK = 512
PAX = 2 * BLOCK
TOO_MUCH = 8**11  # for eleven octal digits
Make = Callable[[Path], None]


def file(name: str, size: int = 0, modified: int = 0) -> Make:
    def make(root: Path) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.truncate(path, size)
        os.utime(path, ns=(0, modified * 10**9))

    return make


def link(target: str) -> Make:
    return lambda root: (root / "l").symlink_to(target)


def hard_links(root: Path) -> None:
    (root / "a").write_bytes(b"x" * 600)
    (root / "b").hardlink_to(root / "a")


@pytest.mark.parametrize(
    ("make", "length"),
    [
        pytest.param(file("f"), BLOCK, id="an empty file is its header"),
        pytest.param(file("f", 1), 2 * BLOCK, id="a byte takes a block"),
        pytest.param(file("f", 512), 2 * BLOCK, id="a full block"),
        pytest.param(file("f", 513), 3 * BLOCK, id="a byte more"),
        pytest.param(file("f" * 100), BLOCK, id="a name of 100 bytes"),
        pytest.param(file("f" * 101), BLOCK + PAX, id="a name of 101 bytes that cannot be split"),
        pytest.param(file("d" * 50 + "/" + "f" * 50), 2 * BLOCK, id="a name of 101 bytes that is split"),
        pytest.param(file("d" * 100 + "/f"), BLOCK + PAX + BLOCK, id="a directory of 101 bytes with its slash"),
        pytest.param(file("d" * 99 + "/" + "f" * 100), 2 * BLOCK, id="a name behind the slash of 100 bytes"),
        pytest.param(file("d" * 99 + "/" + "f" * 101), 2 * BLOCK + PAX, id="a name behind the slash of 101 bytes"),
        pytest.param(file("d" * 155 + "/f"), BLOCK + PAX + BLOCK, id="a prefix of 155 bytes"),
        pytest.param(file("d" * 156 + "/f"), 2 * (BLOCK + PAX), id="a prefix of 156 bytes"),
        pytest.param(file("é"), BLOCK + PAX, id="a name that is not ASCII"),
        pytest.param(
            file("/".join(letter * 200 for letter in "abc")), 3 * (BLOCK + PAX) + BLOCK, id="records of two blocks"
        ),
        pytest.param(file("f", modified=-1), BLOCK + PAX, id="a time before 1970"),
        pytest.param(file("f", modified=TOO_MUCH - 1), BLOCK, id="the latest time in octal digits"),
        pytest.param(file("f", modified=TOO_MUCH), BLOCK + PAX, id="a second later"),
        pytest.param(file("f", TOO_MUCH - 512), TOO_MUCH, id="the largest size in octal digits, less a block"),
        pytest.param(file("f", TOO_MUCH), BLOCK + PAX + TOO_MUCH, id="8 GiB"),
        pytest.param(link("t" * 100), BLOCK, id="a target of 100 bytes"),
        pytest.param(link("t" * 101), BLOCK + PAX, id="a target of 101 bytes"),
        pytest.param(link("é"), BLOCK + PAX, id="a target that is not ASCII"),
        pytest.param(hard_links, BLOCK + 2 * BLOCK + BLOCK, id="a second name of one file has no content"),
    ],
)
def test_an_entry_takes_as_many_bytes(make: Make, length: int, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(b"FROM scratch\n")
    empty = list_context(tmp_path, builder="classic").transfer_bytes
    make(tmp_path)
    (target,) = audit(tmp_path, builder="classic").targets
    assert list_context(tmp_path, builder="classic").transfer_bytes - empty == length
    assert target.sent.transfer_bytes - empty == length
