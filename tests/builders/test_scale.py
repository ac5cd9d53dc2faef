"""What is measured in bulk takes the bytes that it takes entry by entry, wherever in the transfer it comes."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit import audit, list_context
from ctxaudit.builders import BUILDERS
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Attributes, BuilderName, Entry, EntryType, Node
from ctxaudit.walk import Columns, Directory, DiskTree
from support import make_tree

SIZES = st.one_of(st.integers(0, 300), st.sampled_from([32_767, 32_768, 32_769, 65_536, 70_000, 8**11 - 1]))
TIMES = st.one_of(st.sampled_from([0, 1, 127, 128, 2**56 - 1, 2**56, 2**62 - 1]), st.integers(0, 2**62 - 1))
NAMES = st.one_of(st.text("ab/é", min_size=1, max_size=6), st.integers(90, 300).map(lambda length: "a/" + "x" * length))
MODES = st.sampled_from([0o644, 0o755, 0o4755, 0o1644, 0o600])
FILES = st.lists(st.tuples(NAMES, SIZES, TIMES, MODES, st.booleans()), max_size=12)


def nodes(rows: list[tuple[str, int, int, int, bool]]) -> list[Node]:
    """A file for each row, or a directory."""
    return [
        Node(
            path,
            "dir" if is_dir else "file",
            True,
            True,
            False,
            Attributes((stat.S_IFDIR if is_dir else stat.S_IFREG) | mode, size, time, 0, 1, (0, 0), (), True),
            "",
        )
        for path, size, time, mode, is_dir in rows
    ]


def columns(entries: list[Node]) -> Columns:
    result = Columns()
    for node in entries:
        assert node.attributes is not None
        length = len(os.fsencode(node.path))
        result.add_directory(node.path, length, node.attributes.mode, node.attributes.modified)
        if node.type == "file":
            result.sizes[-1] = node.attributes.size
            result.files[-1] = 1
    return result


@settings(max_examples=120, deadline=None)
@given(FILES, st.sampled_from([0, 1, 120, 127, 16_380, 2_097_150]), st.sampled_from(["buildkit", "classic"]))
def test_columns_take_what_their_entries_take(
    rows: list[tuple[str, int, int, int, bool]], before: int, name: BuilderName
) -> None:
    builder = BUILDERS[name]
    selection = builder.select(Matcher(()), None, "", False)
    one_by_one, in_bulk = builder.receiver(selection), builder.receiver(selection)
    if name == "buildkit":
        one_by_one._index = in_bulk._index = before  # type: ignore[attr-defined]
    entries = [entry for node in nodes(rows) for entry in one_by_one.receive(node)]
    measure = builder.scale.columns(columns(nodes(rows)))
    in_bulk.add(measure)
    files = [entry for entry in entries if entry.type != "dir"]
    assert in_bulk.transfer_bytes == one_by_one.transfer_bytes
    assert (measure.files, measure.content) == (len(files), sum(entry.content_bytes for entry in files))


@settings(max_examples=50, deadline=None)
@given(FILES, st.integers(0, 12), st.sampled_from(["buildkit", "classic"]))
def test_two_parts_take_what_the_whole_takes(
    rows: list[tuple[str, int, int, int, bool]], cut: int, name: BuilderName
) -> None:
    builder, whole = BUILDERS[name], columns(nodes(rows))
    selection, cut = builder.select(Matcher(()), None, "", False), min(cut, len(rows))
    at_once, in_parts = builder.receiver(selection), builder.receiver(selection)
    at_once.add(builder.scale.columns(whole))
    joined = Columns()
    for first, last in ((0, cut), (cut, len(rows))):
        in_parts.add(builder.scale.columns(whole.part(first, last)))
        joined.extend(whole.part(first, last))
    assert in_parts.transfer_bytes == at_once.transfer_bytes
    assert joined == whole


@pytest.mark.parametrize("name", ["buildkit", "classic"])
def test_what_is_no_plain_file_is_measured_too(tmp_path: Path, name: BuilderName) -> None:
    root = make_tree(tmp_path, {"a/b/file": "12345", "a/c/": None})
    (root / "a/link").symlink_to("b/" + "x" * 120)
    os.mkfifo(root / "a/fifo")
    os.utime(root / "a/c", ns=(0, -5_000_000_000))
    builder = BUILDERS[name]
    selection = builder.select(Matcher(()), None, "", False)
    one_by_one, in_bulk = builder.receiver(selection), builder.receiver(selection)
    for node in DiskTree(root).walk(selection):
        one_by_one.receive(node) if name == "buildkit" else list(one_by_one.receive(node))
    sums = _Sums(builder.scale, in_bulk)
    for node in DiskTree(root).walk(selection, sums=sums):
        in_bulk.receive(node) if name == "buildkit" else list(in_bulk.receive(node))
    assert sums.closed == ["a"]
    assert in_bulk.transfer_bytes == one_by_one.transfer_bytes


class _Sums:
    """Wants nothing but sums."""

    collects = False

    def __init__(self, scale: object, receiver: object) -> None:
        self.scales = (scale,)
        self.closed: list[str] = []
        self._scale, self._receiver = scale, receiver

    def aggregates(self, path: str) -> bool:
        self.closed.append(path)
        return True

    def add_below(self, path: str, below: dict[object, object], kept: bool) -> None:
        self._receiver.add(below[self._scale])  # type: ignore[attr-defined]

    def needs_node(self, directory: Directory) -> tuple[int, ...]:
        return ()

    def add_files(self, batch: object, kept: bool, permitted: bool) -> None:
        self._receiver.add(batch.measure(self._scale))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("seconds", "buildkit", "classic"),
    [
        pytest.param(0, 0, 0, id="1970 is no field"),
        pytest.param(1_700_000_000, 10, 0, id="today"),
        pytest.param(8**11 - 1, 10, 0, id="2242, the last that a tar's own field holds"),
        pytest.param(8**11, 10, 1024, id="a second later, with a PAX record"),
        pytest.param(9_223_372_036, 10, 1024, id="2262, the last that 64 bits of nanoseconds hold"),
        pytest.param(9_223_372_037, 11, 1024, id="a second later, below zero"),
        pytest.param(23_036_486_400, 10, 1024, id="2700, above zero again"),
        pytest.param(253_370_764_800, 11, 1024, id="9999"),
        pytest.param(-1, 11, 1024, id="before 1970"),
    ],
)
def test_what_a_date_takes(seconds: int, buildkit: int, classic: int) -> None:
    """Beside the same entry without a date: a tag and the bytes of a number, or two blocks of a tar."""
    (none,), (entry,) = (nodes([("a", 0, time, 0o644, False)]) for time in (0, seconds * 1_000_000_000))
    more = {
        name: builder.scale.node(entry).fixed - builder.scale.node(none).fixed
        for name, builder in BUILDERS.items()
        if builder.is_dockers
    }
    assert more == {"buildkit": buildkit, "classic": classic}


def fixed(entry: Node) -> int:
    return BUILDERS["buildkit"].scale.node(entry).fixed


def of_mode(mode: int, kind: EntryType = "file", **rest: Any) -> Node:
    return Node("a", kind, True, True, False, Attributes(mode, 0, 0, 0, 1, (0, 0), (), True)._replace(**rest), "")


@pytest.mark.parametrize(
    ("mode", "bits"),
    [
        pytest.param(stat.S_IFREG, 0, id="nothing, of a file that nobody may read"),
        pytest.param(stat.S_IFREG | 0o1, 1, id="one bit"),
        pytest.param(stat.S_IFREG | 0o177, 7, id="seven bits"),
        pytest.param(stat.S_IFREG | 0o200, 8, id="eight"),
        pytest.param(stat.S_IFREG | 0o777, 9, id="nine"),
        pytest.param(stat.S_ISVTX, 21, id="the sticky bit"),
        pytest.param(stat.S_ISGID, 23, id="the group's"),
        pytest.param(stat.S_ISUID, 24, id="the user's"),
        pytest.param(stat.S_IFIFO, 26, id="a fifo"),
        pytest.param(stat.S_IFBLK, 27, id="a block device"),
        pytest.param(stat.S_IFCHR, 27, id="a character device"),
        pytest.param(stat.S_IFLNK, 28, id="a link"),
        pytest.param(stat.S_IFDIR, 32, id="a directory"),
        pytest.param(stat.S_IFSOCK, 0, id="a socket, whose type is dropped"),
    ],
)
def test_what_go_makes_of_a_mode_takes_so_many_bits(mode: int, bits: int) -> None:
    """A tag, and seven bits a byte."""
    assert fixed(of_mode(mode)) - fixed(of_mode(0)) == (1 + -(-bits // 7) if bits else 0)


@pytest.mark.parametrize(
    ("device", "more"),
    [((0, 0), 0), ((1, 3), 4), ((0, 127), 2), ((128, 0), 3), ((300, 1), 5)],
)
def test_what_a_device_s_numbers_take(device: tuple[int, int], more: int) -> None:
    entry = of_mode(stat.S_IFCHR, "device", device=device)
    assert fixed(entry) - fixed(of_mode(stat.S_IFCHR, "device")) == more
    assert fixed(of_mode(stat.S_IFREG, device=device)) == fixed(of_mode(stat.S_IFREG))


@pytest.mark.parametrize(
    ("xattrs", "more"),
    [
        pytest.param((("user.a", 0),), 2 + 8 + 2, id="an empty value"),
        pytest.param((("user.a", 4),), 2 + 8 + 6, id="a short one"),
        pytest.param((("user.é", 4),), 2 + 9 + 6, id="a name that is not ASCII"),
        pytest.param((("user.a", 4), ("user.b", 4)), 32, id="two"),
        pytest.param((("com.apple.a", 4),), 0, id="one of a Mac's own is not sent"),
        pytest.param((("com.apple.a", 4), ("user.a", 4)), 16, id="beside one that is"),
    ],
)
def test_what_attributes_take(xattrs: tuple[tuple[str, int], ...], more: int) -> None:
    assert fixed(of_mode(0, xattrs=xattrs)) - fixed(of_mode(0)) == more


@pytest.mark.parametrize(
    ("size", "data", "packets"),
    [
        pytest.param(0, 0, 1, id="nothing, and the packet that ends it"),
        pytest.param(1, 2 + 1, 2, id="a byte"),
        pytest.param(127, 2 + 127, 2, id="as much as has a length of one byte"),
        pytest.param(128, 3 + 128, 2, id="a byte more"),
        pytest.param(16_383, 3 + 16_383, 2, id="as much as has one of two"),
        pytest.param(16_384, 4 + 16_384, 2, id="a byte more than that"),
        pytest.param(32_767, 4 + 32_767, 2, id="nearly a whole packet"),
        pytest.param(32_768, 4 + 32_768, 2, id="a whole one"),
        pytest.param(32_769, 4 + 32_768 + 3, 3, id="a byte more than one"),
        pytest.param(65_536, 2 * (4 + 32_768), 3, id="two"),
        pytest.param(100_000, 3 * (4 + 32_768) + 3 + 1_696, 5, id="three, and a part"),
    ],
)
def test_what_content_takes(size: int, data: int, packets: int) -> None:
    """In packets of 32 KiB at most, each with a tag and its length; the stat says the size, too."""
    measure = BUILDERS["buildkit"].scale.node(of_mode(stat.S_IFREG | 0o644, size=size))
    said = 1 + -(-size.bit_length() // 7) if size else 0
    assert measure.fixed - fixed(of_mode(stat.S_IFREG | 0o644)) == data + said
    assert (measure.files, measure.content, list(measure.packets)) == (1, size, [packets])
    (entry,) = nodes([("a", size, 0, 0o644, False)])
    assert BUILDERS["buildkit"].scale.columns(columns([entry])) == measure


@pytest.mark.parametrize(
    ("length", "bytes_more"),
    [(1, 0), (100, 99), (122, 121), (123, 123), (127, 127), (128, 129), (8_000, 8_001), (8_129, 8_130), (9_000, 9_001)],
)
def test_what_a_path_takes(length: int, bytes_more: int) -> None:
    """Its bytes, and a byte more for its own length and for that of the whole where those pass 127."""
    short, long = nodes([("a", 0, 0, 0o644, False), ("a" * length, 0, 0, 0o644, False)])
    assert fixed(long) - fixed(short) == bytes_more
    assert BUILDERS["buildkit"].scale.columns(columns([long])) == BUILDERS["buildkit"].scale.node(long)


def test_an_entry_whose_attributes_nobody_needs_has_no_size() -> None:
    for name, row in BUILDERS.items():
        if row.names_suffice:
            receiver = row.receiver(row.select(Matcher(()), None, "", False))
            (entry,) = receiver.receive(of_mode(stat.S_IFREG)._replace(attributes=None))
            assert (entry, receiver.transfer_bytes) == (Entry("a", "file", 0, 0), 2 * (name == "buildkit"))


@pytest.mark.parametrize(
    ("size", "blocks"),
    [
        pytest.param(8**11 - 1, 0, id="the last size that a tar's own field holds"),
        pytest.param(8**11, 2, id="a byte more needs a PAX record"),
    ],
)
def test_what_a_size_takes_in_the_tar(size: int, blocks: int, tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(size)  # without taking room
    padded = -(-size // 512) * 512
    assert list_context(tmp_path, builder="classic").transfer_bytes == 1024 + 512 + blocks * 512 + padded
    (target,) = audit(tmp_path, builder="classic").targets
    assert target.sent.transfer_bytes == 1024 + 512 + blocks * 512 + padded


def test_a_tree_from_far_in_the_future_is_counted_alike_in_bulk(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1", "d/b": "22", "d/c": "333"})
    for path in ("a", "d/b", "d/c", "d"):
        os.utime(tmp_path / path, (10_413_792_000, 10_413_792_000))  # in 2300
    for name in BUILDERS:
        (target,) = audit(tmp_path, builder=name).targets
        assert target.sent.transfer_bytes == list_context(tmp_path, builder=name).transfer_bytes
