"""The bytes of a tar's headers: the longest name whose records take one block more, beside what else has a record.

Those of docker-py are what CPython 3.11's tarfile makes of such an entry; a record is "<its length> key=value\\n".
"""

from __future__ import annotations

import stat

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.errors import TreeError
from ctxaudit.ignore.matcher import Matcher
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
        pytest.param("d" * 101 + "/b", 0, id="before a name of one letter"),
        pytest.param("d/" + "b" * 100, 0, id="behind one"),
        pytest.param("d/" + "b" * 101, 2, id="unless the rest is too long"),
        pytest.param("d" * 120 + "/" + "e" * 60 + "/b", 0, id="at the first of two, where the second is too late"),
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


KINDS: dict[EntryType, int] = {
    **{"file": stat.S_IFREG, "dir": stat.S_IFDIR, "symlink": stat.S_IFLNK, "fifo": stat.S_IFIFO},
    **{"device": stat.S_IFCHR, "socket": stat.S_IFSOCK},
}


def of_kind(kind: EntryType, path: str = "a", links: int = 1, inode: int = 7, size: int = 600) -> Node:
    known = Attributes(KINDS[kind] | 0o644, size, 0, inode, links, (1, 3), (), True)
    return Node(path, kind, True, True, False, known, "t" if kind == "symlink" else "")


@pytest.mark.parametrize(
    ("builder", "counted"),
    [
        pytest.param(
            "buildkit",
            {"file": 1, "dir": 0, "symlink": 1, "fifo": 1, "device": 1, "socket": 1},
            id="BuildKit",
        ),
        *(
            pytest.param(name, {"file": 1, "dir": 0, "symlink": 1, "fifo": 1, "device": 1, "socket": 0}, id=name)
            for name in ("classic", "podman", "docker-py", "cdk", "gcloud")
        ),
    ],
)
def test_what_counts_as_a_file_and_has_content(builder: BuilderName, counted: dict[EntryType, int]) -> None:
    scale = BUILDERS[builder].scale
    measures = {kind: scale.node(of_kind(kind)) for kind in KINDS}
    assert {kind: one.files for kind, one in measures.items()} == counted
    assert {kind: one.content for kind, one in measures.items()} == {kind: 600 * (kind == "file") for kind in KINDS}


@pytest.mark.parametrize(
    ("builder", "entries", "contents"),
    [
        *(
            pytest.param(name, [("file", "a", 2, 7), ("file", "b", 2, 7)], [600, 0], id=f"{name}: a second name")
            for name in ("buildkit", "classic", "docker-py")
        ),
        *(
            pytest.param(name, [("file", "a", 1, 7), ("file", "b", 1, 7)], [600, 600], id=f"{name}: another disk's")
            for name in ("buildkit", "classic", "docker-py")
        ),
        *(
            pytest.param(
                name, [("dir", "a", 2, 7), ("file", "b", 2, 7)], [0, 600], id=f"{name}: a directory is no name"
            )
            for name in ("buildkit", "classic", "docker-py")
        ),
        pytest.param("buildkit", [("symlink", "a", 2, 7), ("file", "b", 2, 7)], [0, 600], id="BuildKit: nor is a link"),
        *(
            pytest.param(
                name,
                [("dir", "a", 2, 7), ("file", "b", 2, 7), ("file", "c", 2, 7)],
                [0, 600, 600],
                id=f"{name}: where nothing is sent, each name counts",
            )
            for name in ("podman", "cdk", "gcloud")
        ),
        *(
            pytest.param(name, [("file", "a", 2, 7), ("file", "b", 2, 8)], [600, 600], id=f"{name}: two files")
            for name in ("buildkit", "classic", "docker-py")
        ),
    ],
)
def test_a_file_of_two_names_is_sent_once(
    builder: BuilderName, entries: list[tuple[EntryType, str, int, int]], contents: list[int]
) -> None:
    row = BUILDERS[builder]
    receiver = row.receiver(row.select(Matcher(()), None, "", False))
    found = [one for entry in entries for one in receiver.receive(of_kind(*entry))]
    assert [one.content_bytes for one in found] == contents
    assert [(one.path, one.type, one.size) for one in found] == [
        (path, kind, 0 if kind == "dir" else 600) for kind, path, _, _ in entries
    ]


@pytest.mark.parametrize(
    ("builder", "what"),
    [
        pytest.param("classic", "error checking context: no permission to read from 'a'", id="the classic builder"),
        pytest.param("docker-py", "Can not read file in context: a", id="docker-py"),
    ],
)
def test_a_file_that_may_not_be_read_fails_the_build(builder: BuilderName, what: str) -> None:
    row, entry = BUILDERS[builder], of_kind("file")
    receiver = row.receiver(row.select(Matcher(()), None, "", False))
    assert entry.attributes is not None
    with pytest.raises(TreeError) as caught:
        list(receiver.receive(entry._replace(attributes=entry.attributes._replace(readable=False))))
    assert (caught.value.what, caught.value.where) == (what, "a")
    assert list(receiver.receive(entry._replace(kept=False))) == []
    assert list(receiver.receive(of_kind("socket"))) == []


@pytest.mark.parametrize("builder", BUILDERS)
def test_the_directories_above_come_with_what_is_kept(builder: BuilderName) -> None:
    row = BUILDERS[builder]
    receiver = row.receiver(row.select(Matcher(()), None, "", False))

    def given(path: str, kind: EntryType, kept: bool, entered: bool = False) -> list[str]:
        return [one.path for one in receiver.receive(of_kind(kind, path)._replace(kept=kept, entered=entered))]

    brought = builder not in ("classic", "docker-py")
    assert given("d", "dir", False, True) == []
    assert given("d/e", "dir", False, True) == []
    assert given("d/e/x", "file", True) == (["d", "d/e"] if brought else []) + ["d/e/x"]
    assert given("d/e/y", "file", True) == ["d/e/y"]
    assert given("f", "dir", False, True) == []
    assert given("f/x", "file", False) == []
    assert given("fx", "file", True) == ["fx"]
    assert given("g", "dir", False) == []
    assert given("g/x", "file", True) == ["g/x"]
