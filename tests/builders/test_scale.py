"""What is measured in bulk takes the bytes that it takes entry by entry, wherever in the transfer it comes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit import audit, list_context
from ctxaudit.builders import BUILDERS
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Attributes, BuilderName, Node
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
