"""The bytes of a tar's headers: the longest name whose records take one block more, beside what else has a record.

Those of docker-py are what CPython 3.11's tarfile makes of such an entry; a record is "<its length> key=value\\n".
"""

from __future__ import annotations

import stat

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.model import Attributes, BuilderName, EntryType, Node
from ctxaudit.walk import Columns

SECOND = 1_000_000_000
TOO_MUCH = 8**11  # for eleven octal digits


def node(
    path: str, target: str = "", size: int = 0, time: int = 0, xattr: int = 0, key: str = "security.capability"
) -> Node:
    kind: EntryType = "symlink" if target else "file"
    mode = (stat.S_IFLNK if target else stat.S_IFREG) | 0o644
    xattrs = ((key, xattr),) if xattr else ()
    return Node(path, kind, True, True, False, Attributes(mode, size, time, 0, 1, (0, 0), xattrs, True), target)


def blocks(builder: BuilderName, entry: Node) -> int:
    assert entry.attributes is not None
    content = -(-entry.attributes.size // 512) * (not entry.target)
    return BUILDERS[builder].scale.node(entry).fixed // 512 - content


@pytest.mark.parametrize(
    ("rest", "options", "longest"),
    [
        pytest.param("", {}, 489, id="its time"),
        pytest.param("é", {}, 488, id="a letter of two bytes"),
        pytest.param("\udcff", {}, 468, id="a byte that is not UTF-8, with a record that says so"),
        pytest.param("", {"target": "t" * 100}, 489, id="a target that fits into its field"),
        pytest.param("", {"target": "t" * 101}, 374, id="one that does not"),
        pytest.param("", {"target": "é"}, 474, id="one that is not ASCII"),
        pytest.param("", {"target": "\udcff"}, 454, id="one that is not UTF-8"),
        pytest.param("", {"time": 1_700_000_000 * SECOND}, 480, id="a later time"),
        pytest.param("", {"time": 1_700_000_000 * SECOND + SECOND // 4}, 479, id="a part of a second"),
        pytest.param("", {"time": 1_700_000_000_123_456_789}, 474, id="as much of it as a float has"),
        pytest.param("", {"time": -SECOND // 2}, 502, id="a time that is rounded to 1970"),
        pytest.param("", {"time": -SECOND}, 490, id="a time before"),
        pytest.param("", {"time": (TOO_MUCH - 1) * SECOND}, 480, id="the last that is a part of a second"),
        pytest.param("", {"time": (TOO_MUCH - 1) * SECOND + SECOND // 2}, 502, id="half a second later"),
        pytest.param("", {"time": TOO_MUCH * SECOND}, 482, id="a second later"),
        pytest.param("", {"size": TOO_MUCH - 1}, 489, id="the largest size in eleven octal digits"),
        pytest.param("", {"size": TOO_MUCH}, 470, id="a byte more"),
    ],
)
def test_the_longest_name_of_docker_py(rest: str, options: dict[str, int], longest: int) -> None:
    def names(length: int) -> Node:
        return node("b" * (length - len(rest)) + rest, **options)  # type: ignore[arg-type]

    assert [blocks("docker-py", names(length)) for length in (101, longest, longest + 1)] == [3, 3, 4]


@pytest.mark.parametrize(
    ("options", "longest"),
    [
        pytest.param({}, 502, id="nothing"),
        pytest.param({"target": "t" * 101}, 387, id="a target of 101 bytes"),
        pytest.param({"target": "é"}, 487, id="one that is not ASCII"),
        pytest.param({"time": -SECOND}, 490, id="a time before 1970"),
        pytest.param({"time": TOO_MUCH * SECOND}, 482, id="one that is too late"),
        pytest.param({"size": TOO_MUCH}, 483, id="a size that is too large"),
        pytest.param({"xattr": 20}, 445, id="capabilities"),
        pytest.param({"xattr": 20, "key": "user.x"}, 502, id="no other attribute"),
    ],
)
def test_the_longest_name_of_the_classic_builder(options: dict[str, int], longest: int) -> None:
    lengths = (101, longest, longest + 1)
    assert [blocks("classic", node("b" * length, **options)) for length in lengths] == [3, 3, 4]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        pytest.param("b" * 100, 0, id="a name that fits"),
        pytest.param("b" * 101, 2, id="one that does not"),
        pytest.param("d" * 155 + "/" + "b" * 100, 0, id="one that is split"),
        pytest.param("d" * 156 + "/" + "b" * 99, 2, id="before which too much stands"),
        pytest.param("d" * 155 + "/" + "b" * 101, 2, id="or behind"),
        pytest.param("/" + "b" * 100, 2, id="where nothing stands before it"),
        pytest.param("d" * 98 + "/é", 2, id="none that is not ASCII"),
        pytest.param("c/" * 70 + "b" * 90, 0, id="at the last slash that can be"),
    ],
)
def test_which_names_need_a_record_beside_nothing_else(name: str, more: int) -> None:
    assert blocks("classic", node(name)) == 1 + more
    assert blocks("classic", node(name, time=-SECOND)) == 3


def in_bulk(builder: BuilderName, path: str, size: int, time: int, is_file: bool) -> int:
    columns = Columns()
    columns.add_directory(path, len(path), stat.S_IFREG, time)
    columns.sizes[0], columns.files[0] = size, is_file
    return BUILDERS[builder].scale.columns(columns).fixed // 512


@pytest.mark.parametrize("builder", ["classic", "docker-py"])
@pytest.mark.parametrize("length", [1, 99, 100, 101, 488, 489, 490, 501, 502, 503])
def test_a_directory_has_a_slash_more(builder: BuilderName, length: int) -> None:
    path = "b" * length
    entry = node(path)
    assert entry.attributes is not None
    directory = entry._replace(type="dir", attributes=entry.attributes._replace(mode=stat.S_IFDIR | 0o755))
    whole = BUILDERS[builder].scale.node(directory)
    assert (whole.files, whole.content, whole.fixed) == (0, 0, 512 * blocks(builder, node("b" * (length + 1))))
    assert in_bulk(builder, path, 0, 0, False) == blocks(builder, node("b" * (length + 1)))
    assert in_bulk(builder, path, 0, 0, True) == blocks(builder, entry)
    assert in_bulk(builder, path, 513, 0, True) == blocks(builder, entry) + 2
    assert BUILDERS[builder].scale.node(entry._replace(type="socket"))[:3] == (0, 0, 0)
