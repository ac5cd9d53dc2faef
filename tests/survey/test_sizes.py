"""The sizes of what is sent: kept for the largest, merged for the rest, and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.auditor import audit_builds
from ctxaudit.builds.request import request
from ctxaudit.model import Entry, SizeNode
from ctxaudit.survey.sizes import Sizes
from support import make_tree


def sizes_of(entries: list[Entry], limit: int) -> tuple[SizeNode, ...]:
    sizes = Sizes(limit)
    for entry in entries:
        sizes.add(entry)
    return sizes.nodes()


def file(path: str, size: int) -> Entry:
    return Entry(path, "file", size, size)


A_FEW = [file("a", 5), Entry("b", "dir", 0, 0), file("b/c", 7), file("b/d", 2), file("e", 1)]


@pytest.mark.parametrize(
    ("entries", "limit", "nodes"),
    [
        pytest.param([], 9, [("", -1, "dir", 0, 0)], id="nothing is sent"),
        pytest.param(
            A_FEW,
            9,
            [
                ("", -1, "dir", 4, 15),
                ("b", 0, "dir", 2, 9),
                ("b/c", 1, "file", 1, 7),
                ("a", 0, "file", 1, 5),
                ("b/d", 1, "file", 1, 2),
                ("e", 0, "file", 1, 1),
            ],
            id="the largest first, and a directory before what is in it",
        ),
        pytest.param(
            A_FEW,
            2,
            [
                ("", -1, "dir", 4, 15),
                ("b", 0, "dir", 2, 9),
                ("b/c", 1, "file", 1, 7),
                ("", 0, None, 2, 6),
                ("b", 1, None, 1, 2),
            ],
            id="what is small is merged in its directory",
        ),
        pytest.param(
            [Entry("d", "dir", 0, 0), file("d/x", 2), file("d/y", 3), file("z", 9)],
            1,
            [("", -1, "dir", 3, 14), ("z", 0, "file", 1, 9), ("", 0, None, 2, 5)],
            id="a small directory is merged with all below it",
        ),
        pytest.param(
            [file("a/b/c", 3), file("a/d", 1)],
            9,
            [
                ("", -1, "dir", 2, 4),
                ("a", 0, "dir", 2, 4),
                ("a/b", 1, "dir", 1, 3),
                ("a/b/c", 2, "file", 1, 3),
                ("a/d", 1, "file", 1, 1),
            ],
            id="directories that did not arrive are there all the same",
        ),
        pytest.param(
            [file("a", 1), file("a.b", 1), Entry("a0", "dir", 0, 0), Entry("a0/l", "symlink", 9, 0)],
            9,
            [
                ("", -1, "dir", 3, 2),
                ("a", 0, "file", 1, 1),
                ("a.b", 0, "file", 1, 1),
                ("a0", 0, "dir", 1, 0),
                ("a0/l", 3, "symlink", 1, 0),
            ],
            id="names that start alike stay apart",
        ),
    ],
)
def test_sizes(entries: list[Entry], limit: int, nodes: list[tuple[str, int, str | None, int, int]]) -> None:
    assert list(map(tuple, sizes_of(entries, limit))) == nodes


PATHS = st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map("/".join)


@settings(deadline=None)
@given(st.dictionaries(PATHS, st.integers(0, 9)), st.integers(0, 12))
def test_whatever_the_limit_the_sums_hold(files: dict[str, int], limit: int) -> None:
    """Memory is bounded by merging early, which must give what merging at the end would."""
    leaves = {path: size for path, size in files.items() if not any(one.startswith(f"{path}/") for one in files)}
    entries = [file(path, leaves[path]) for path in sorted(leaves, key=lambda path: path.split("/"))]
    nodes, whole = sizes_of(entries, limit), sizes_of(entries, 1000)
    assert nodes[: limit + 1] == whole[: limit + 1]
    assert (nodes[0].files, nodes[0].bytes) == (len(leaves), sum(leaves.values()))
    for index, node in enumerate(nodes):
        below = [one for one in nodes if one.parent == index]
        if node.type == "dir":
            assert (node.files, node.bytes) == (sum(one.files for one in below), sum(one.bytes for one in below))


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_an_audit_gives_the_sizes_that_its_totals_sum_up(tmp_path: Path, builder: str) -> None:
    files = {"Dockerfile": "FROM scratch\nCOPY . /\n", "a/b/c": "123", "a/d": "4", ".dockerignore": "a\n!a/b/c\n"}
    (target,) = audit_builds(request(make_tree(tmp_path, files), builder=builder), sizes=True).targets
    assert target.sizes is not None
    assert (target.sizes[0].files, target.sizes[0].bytes) == (target.sent.files, target.sent.bytes)
    assert {(node.path, node.bytes) for node in target.sizes} >= {("a", 3), ("a/b", 3), ("a/b/c", 3)}
    assert audit_builds(request(tmp_path)).targets[0].sizes is None
