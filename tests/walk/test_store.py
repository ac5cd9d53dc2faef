"""What is kept of a directory that was read: plain files in columns, the rest one by one, and what all adds up to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.errors import TreeError
from ctxaudit.files import hold, let_go
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Attributes, EntryType, Node
from ctxaudit.walk import Batch, Choice, Columns, DiskTree, Everything, Measure, Supposed, bulk, disk, is_utf8
from ctxaudit.walk.disk import Directories, Other, Store, adds_up, depth_first, released, sorted_entries
from support import make_tree

SECOND = 1_000_000_000
TIME = 1_600_000_000
LONG = "n" * 96


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Plain files, a directory, a link, a fifo and names that are not ASCII."""
    root = make_tree(tmp_path / "c", {"a": "1", "b/x": "22", "b/y/z": "333", "d": "4444", "é": "5", "\udcff": "6"})
    (root / "l").symlink_to("b/x")
    os.mkfifo(root / "p")
    (root / "d").chmod(0o755)
    for path in (root, *root.rglob("*")):
        os.utime(path, (TIME, TIME), follow_symlinks=False)
    return root


def select(patterns: list[str]) -> Choice:
    return BUILDERS["buildkit"].select(Matcher.of(patterns), None, "", False).root


def test_a_directory_that_is_sent_whole(root: Path) -> None:
    counted: list[int] = []
    found = Store(os.fspath(root)).directory("", None, counted.append)
    assert (found.start, found.names, counted) == ("", ["a", "d", "é"], [7])
    columns = found.columns
    assert (list(columns.lengths), list(columns.sizes), list(columns.files)) == ([1, 1, 2], [1, 4, 1], [1, 1, 1])
    assert list(columns.modified) == [TIME * SECOND] * 3
    assert list(columns.modes) == [stat.S_IFREG | mode for mode in (0o644, 0o755, 0o644)]
    assert columns.odd == {0: "a", 1: "d", 2: "é"}
    others = [(one.at, one.name, one.type, one.target) for one in found.others]
    assert others == [(1, "b", "dir", ""), (2, "l", "symlink", "b/x"), (2, "p", "fifo", ""), (3, "\udcff", "file", "")]
    assert all(one.attributes is not None for one in found.others)


def test_a_directory_further_down(root: Path) -> None:
    make_tree(root, {f"b/{LONG}": "", f"b/{LONG}xx": ""})
    found = Store(os.fspath(root)).directory("b", None, None)
    assert (found.start, found.names) == ("b/", [LONG, LONG + "xx", "x"])
    assert (list(found.columns.lengths), found.columns.odd) == ([98, 100, 3], {1: f"b/{LONG}xx"})


@pytest.mark.parametrize(
    ("patterns", "names", "others"),
    [
        pytest.param([], ["a", "d", "é"], {"b": True, "l": True, "p": True, "\udcff": True}, id="no pattern"),
        pytest.param(
            ["a", "b", "l"], ["d", "é"], {"a": False, "b": False, "l": False, "p": True, "\udcff": True}, id="some"
        ),
        pytest.param(
            ["*", "!d", "!b/x"],
            ["d"],
            {"a": False, "b": True, "l": False, "p": False, "é": False, "\udcff": False},
            id="most, and one has an exception below",
        ),
    ],
)
def test_only_what_somebody_is_sent_is_asked_about(
    root: Path, patterns: list[str], names: list[str], others: dict[str, bool]
) -> None:
    found = Store(os.fspath(root)).directory("", select(patterns), None)
    assert (found.names, {one.name: one.attributes is not None for one in found.others}) == (names, others)
    types = {"a": "file", "b": "dir", "l": "symlink", "p": "fifo", "é": "file", "\udcff": "file"}
    assert {one.name: one.type for one in found.others} == {name: types[name] for name in others}


@pytest.mark.parametrize("part", [1, 2, 3, 1000])
def test_a_directory_is_read_in_parts(root: Path, part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Store(os.fspath(root)).directory("", None, None)
    monkeypatch.setattr(disk, "PART", part)
    found = Store(os.fspath(root)).directory("", None, None)
    assert (found.names, found.others, found.columns) == (whole.names, whole.others, whole.columns)


@pytest.mark.parametrize(
    ("change", "is_plain"),
    [
        pytest.param(lambda path: path.chmod(0o600), True, id="root reads what its owner alone may"),
        pytest.param(lambda path: os.utime(path, ns=(0, 0)), True, id="a time of 1970"),
        pytest.param(lambda path: os.utime(path, ns=(0, -1)), False, id="a time before"),
        pytest.param(lambda path: os.utime(path, ns=(0, 2**62 - 1)), True, id="the last time that is plain"),
        pytest.param(lambda path: os.utime(path, ns=(0, 2**62)), False, id="one later"),
        pytest.param(lambda path: os.truncate(path, 8**11 - 1), True, id="the largest size that is plain"),
        pytest.param(lambda path: os.truncate(path, 8**11), False, id="a byte more"),
        pytest.param(lambda path: os.link(path, path.with_name("z")), False, id="a second name"),
        pytest.param(
            lambda path: os.setxattr(path, "user.a", b"1"),
            False,
            marks=pytest.mark.skipif(not hasattr(os, "setxattr"), reason="extended attributes are Linux's"),
            id="an attribute",
        ),
    ],
)
@pytest.mark.skipif(os.geteuid() != 0, reason="root may read whatever it is")
def test_which_file_is_plain(change: object, is_plain: bool, tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1", "b": "2", "c": "3"})
    change(tmp_path / "b")  # type: ignore[operator]
    found = Store(os.fspath(tmp_path)).directory("", None, None)
    assert ("b" in found.names, {"a", "c"} <= set(found.names)) == (is_plain, True)
    assert found.names == sorted(found.names)


@pytest.mark.parametrize(
    ("mode", "is_plain"),
    [(0o644, True), (0o444, True), (0o777, True), (0o640, False), (0o604, False), (0o044, False), (0o333, False)],
)
def test_a_file_is_plain_where_anybody_may_read_it(mode: int, is_plain: bool, tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1"})
    (tmp_path / "a").chmod(mode)
    store = Store(os.fspath(tmp_path))
    store.is_root = False
    found = store.directory("", None, None)
    assert (found.names, [one.name for one in found.others]) == ((["a"], []) if is_plain else ([], ["a"]))


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="extended attributes are Linux's")
def test_an_attribute_has_a_name_and_a_length(root: Path) -> None:
    os.setxattr(root / "d", "user.a", b"123")
    assert Store(os.fspath(root)).attributes("d")[0].xattrs == (("user.a", 3),)
    assert Store(os.fspath(root)).directory("", None, None).names == ["a", "é"]


@pytest.mark.parametrize("place", [".", "/"])
def test_a_helper_works_in_each_directory(root: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)  # and back again, in the end
    store = Store(os.fspath(root))
    store.names("b")
    store.work_alone()
    found = store.directory("b", None, None)
    assert (found.start, found.names, [one.name for one in found.others]) == ("b/", ["x"], ["y"])
    assert os.path.samefile(".", root / "b")
    assert store.attributes("b/y/z")[0].size == 3
    monkeypatch.chdir(root)
    relative = Store(".")
    relative.work_alone()
    assert (relative.directory("b", None, None).names, os.path.samefile(".", root)) == (["x"], True)


def test_what_there_is_to_say_of_an_entry(root: Path) -> None:
    store = Store(os.fspath(root))
    status = os.lstat(root / "d")
    found, target = store.attributes("d")
    assert (found[:8], target) == (
        (stat.S_IFREG | 0o755, 4, TIME * SECOND, status.st_ino, 1, (0, 0), (), True),
        "",
    )
    link, target = store.attributes("l")
    assert (stat.S_ISLNK(link.mode), link.size, target) == (True, 3, "b/x")
    assert store.attributes("b/x")[0].size == 2
    with pytest.raises(FileNotFoundError):
        store.attributes("b/nothing")
    directory = store.directory("", None, None)
    number = directory.names.index("d")
    (node,) = Batch(directory, number, number + 1).nodes(True, True)
    plain = node.attributes
    assert plain is not None
    assert (plain.mode, plain.size, plain.modified, plain.state) == (found.mode, 4, TIME * SECOND, found.state)
    assert (plain.inode, plain.links, plain.device, plain.xattrs, plain.readable) == (0, 1, (0, 0), (), True)


def test_the_state_of_a_file_changes_with_it(root: Path) -> None:
    def state() -> int:
        return Store(os.fspath(root)).attributes("d")[0].state

    before = state()
    assert state() == before
    (root / "d").write_text("5555")
    os.utime(root / "d", (TIME, TIME))
    assert state() != before


def holds(store: Store, path: str) -> bool:
    """Whether a directory need not be read again."""
    return path in store._known


def test_the_names_of_a_directory_serve_when_it_is_read_next(root: Path) -> None:
    store, names = Store(os.fspath(root)), frozenset(("a", "b", "d", "l", "p", "é", "\udcff"))
    assert (store.names(""), store.names("b"), store.names("b/y")) == (names, {"x", "y"}, {"z"})
    assert [store.names(path) for path in ("nothing", "a", "l", "a\0b")] == [frozenset()] * 4
    assert store.names("b") == {"x", "y"}
    make_tree(root, {"b/new": ""})
    assert store.directory("b", None, None).names == ["x"]  # as it was listed
    assert (store.names("b"), holds(store, "b"), holds(store, "")) == ({"x", "y"}, True, False)
    assert (store.inner(""), store.inner("b"), store.inner("b/y"), store.inner("nothing")) == (["b"], ["b/y"], [], [])
    with pytest.raises(FileNotFoundError):
        store.directory("nothing", None, None)
    store.close()
    assert store.names("b/y") == {"z"}


def test_as_many_entries_are_kept_as_there_is_room_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_MOST_HELD", 10)
    store = Store(os.fspath(root))
    assert holds(store, "") is False
    first = store.read_ahead("", select([]), None)
    assert (first is not None, holds(store, ""), store.directory("", None, None) is first) == (True, True, True)
    assert store.read_ahead("", select([]), None) is first
    assert (store.read_ahead("b", select([]), None), holds(store, "b")) == (None, False)  # there is no room for more
    store.directory("b", None, None)  # two entries, where there is room for one, and the directory itself
    assert (holds(store, "b"), store._room) == (False, 2)
    store.directory("b/y", None, None)
    assert (holds(store, "b/y"), store._room) == (True, 0)
    (root / "e").mkdir()
    store.directory("e", None, None)
    assert holds(store, "e") is False


def test_what_cannot_be_read_ahead_is_left_to_the_walk(root: Path) -> None:
    assert Store(os.fspath(root)).read_ahead("nothing", select([]), None) is None


FILES, BLOCKS = BUILDERS["podman"].scale, BUILDERS["classic"].scale


def test_what_is_below_a_directory_adds_up(root: Path) -> None:
    (root / "\udcff").unlink()
    counted: list[int] = []
    store = Store(os.fspath(root))
    assert store.below("", (FILES,), counted.append) == {FILES: Measure(7, 11, 9)}
    both = {FILES: Measure(2, 5, 3), BLOCKS: Measure(2, 5, 512 * 5)}
    assert store.below("b", (FILES, BLOCKS), counted.append) == both
    assert counted == [6, 2, 1, 2, 1]
    assert [store.below("b", (scale,), counted.append) for scale in (FILES, BLOCKS)] == [both, both]
    assert store.below("b/y", (FILES,), counted.append) == {FILES: Measure(1, 3, 1)}
    assert counted == [6, 2, 1, 2, 1, 1]
    assert store.below("gone", (FILES,), None) == {FILES: Measure(0, 0, 0)}
    assert (store.below("a", (FILES,), None), store.mixed()) == ({FILES: Measure(0, 0, 0)}, [])
    assert store.below("", (FILES, BLOCKS), counted.append) is not None
    assert counted == [6, 2, 1, 2, 1, 1, 6]  # what is below `b` is known


def test_what_was_added_up_elsewhere_is_taken(root: Path) -> None:
    (root / "\udcff").unlink()
    store, counted = Store(os.fspath(root)), list[int]()
    store.know("b", {FILES: Measure(100, 1000, 7)})
    assert store.below("", (FILES,), counted.append) == {FILES: Measure(105, 1006, 13)}
    assert store.below("", (FILES, BLOCKS), counted.append) != {FILES: Measure(105, 1006, 13)}
    store.know_mixed(["b/y"])
    assert (store.below("b/y", (FILES,), None), store.mixed()) == (None, ["b/y"])


@pytest.mark.parametrize("odd", ["a link more", "a name that is not UTF-8"])
def test_what_does_not_add_up_is_remembered_up_to_the_top(odd: str, root: Path) -> None:
    (root / "\udcff").unlink()
    if odd == "a link more":
        os.link(root / "b/y/z", root / "b/y/k")
    else:
        make_tree(root, {"b/y/\udcff": ""})
    store, counted = Store(os.fspath(root)), list[int]()
    assert (store.below("b", (FILES,), None), sorted(store.mixed())) == (None, ["b", "b/y"])
    assert (store.below("b/y", (FILES,), counted.append), counted) == (None, [])
    store = Store(os.fspath(root))
    assert (store.below("", (FILES,), None), sorted(store.mixed())) == (None, ["", "b", "b/y"])


@pytest.mark.parametrize("chunk", [1, 2, 4096])
def test_what_adds_up_is_measured_in_chunks(root: Path, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "\udcff").unlink()
    scales = tuple(BUILDERS[name].scale for name in BUILDERS)
    whole = Store(os.fspath(root)).below("", scales, None)
    monkeypatch.setattr(disk, "CHUNK", chunk)
    measured: list[int] = []

    class Counting(type(FILES)):  # type: ignore[misc]
        def columns(self, columns: Columns) -> Measure:
            measured.append(len(columns))
            return super().columns(columns)  # type: ignore[no-any-return]

    assert Store(os.fspath(root)).below("", scales, None) == whole
    Store(os.fspath(root)).below("", (Counting(),), None)
    assert max(measured) <= chunk + 2
    assert sum(measured) == 7  # the fifo and the link are measured alone


def attributes(links: int = 1, readable: bool = True) -> Attributes:
    return Attributes(stat.S_IFREG | 0o644, 1, 0, 5, links, (0, 0), (), readable)


@pytest.mark.parametrize(
    ("kind", "known", "path", "is_so"),
    [
        pytest.param("file", attributes(), "a", True, id="a file"),
        pytest.param("file", attributes(links=2), "a", False, id="one of two names"),
        pytest.param("file", attributes(readable=False), "a", False, id="one that may not be read"),
        pytest.param("file", None, "a", False, id="one that nobody looked at"),
        pytest.param("file", attributes(), "\udcff", False, id="one whose name is not UTF-8"),
        pytest.param("file", attributes(), "é", True, id="or not ASCII"),
        pytest.param("dir", attributes(links=9), "a", True, id="a directory has many links"),
        pytest.param("symlink", attributes(links=2), "a", True, id="a link may have two names"),
        pytest.param("fifo", attributes(links=2), "a", False, id="and nothing else"),
    ],
)
def test_what_adds_up(kind: EntryType, known: Attributes | None, path: str, is_so: bool) -> None:
    assert adds_up(Other(0, path, kind, known, ""), path) is is_so


@pytest.mark.parametrize(
    ("text", "is_so"), [("a", True), ("é\ud7ff\ue000", True), ("\ud800", False), ("a\udfff", False)]
)
def test_what_is_utf_8(text: str, is_so: bool) -> None:
    assert is_utf8(text) is is_so


def columns(*paths: str) -> Columns:
    found = Columns()
    for number, path in enumerate(paths):
        found.add_directory(path, len(os.fsencode(path)), 0o40755 + number, number)
        found.sizes[-1], found.states[-1], found.files[-1] = number * 10, number * 100, number % 2
    return found


ODD = "n" * 100


def test_columns_are_cut_joined_and_packed() -> None:
    paths = ["a", ODD, "b", "é", "n" * 99]
    whole = columns(*paths)
    assert (len(whole), whole.odd) == (5, {1: ODD, 3: "é"})
    assert whole.part(0, 5) is whole
    assert (whole.part(1, 5).odd, whole.part(2, 3).odd, whole.part(0, 4).odd) == (
        *({0: ODD, 2: "é"}, {}, {1: ODD, 3: "é"}),
    )
    for first, last in ((0, 4), (1, 3), (2, 2), (1, 5)):
        part = whole.part(first, last)
        for name in ("lengths", "sizes", "modified", "modes", "states", "files"):
            assert list(getattr(part, name)) == list(getattr(whole, name))[first:last]
    for cut in range(6):
        joined = Columns()
        joined.extend(whole.part(0, cut))
        joined.extend(whole.part(cut, 5))
        assert joined == whole
    packed = whole.packed()
    assert [getattr(packed, name).typecode for name in ("lengths", "sizes", "modified", "modes", "states")] == [
        *"IqqHq"
    ]
    for name in ("lengths", "sizes", "modified", "modes", "states", "files", "odd"):
        own = getattr(packed, name)
        assert (own if name == "odd" else list(own)) == (whole.odd if name == "odd" else list(getattr(whole, name)))


def test_a_batch_is_a_run_of_files(root: Path) -> None:
    make_tree(root, {"b/a": "1", "b/z": "4444"})
    os.utime(root / "b/a", (TIME, TIME))
    directory = Store(os.fspath(root)).directory("b", None, None)
    batch = Batch(directory, 1, 3)
    assert (len(batch), batch.start, list(batch.names), list(batch.sizes)) == (2, "b/", ["x", "z"], [2, 4])
    assert (batch.measure(FILES), batch.measure(FILES) is batch.measure(FILES)) == (Measure(2, 6, 2), True)
    assert (Batch(directory, 0, 1).measure(FILES), Batch(directory, 0, 3).measure(FILES)) == (
        Measure(1, 1, 1),
        Measure(3, 7, 3),
    )
    (x, z) = batch.nodes(True, True)
    assert (x, z[:5], z[6]) == (
        Node("b/x", "file", True, True, False, x.attributes, ""),
        ("b/z", "file", True, True, False),
        "",
    )
    assert (x.attributes is not None and x.attributes.size, z.attributes and z.attributes.size) == (2, 4)
    assert [node[2:6] for node in batch.nodes(False, False)] == [(False, False, False, None)] * 2


def test_directories_are_opened_from_one_another(root: Path) -> None:
    held = Directories(os.fspath(root))
    try:
        top, inner = held.open(""), held.open("b")
        assert (held.open("b"), sorted(os.listdir(inner)), held.full("b", inner)) == (inner, ["x", "y"], f"{root}/b/")
        assert [start for start, _ in held._open] == ["", "b/"]
        assert os.listdir(held.open("b/y")) == ["z"]
        assert (held.open("b"), [start for start, _ in held._open]) == (inner, ["", "b/"])
        assert (held.full("", top), [start for start, _ in held._open]) == (f"{root}/", ["", "b/"])
        held.open("")
        assert [start for start, _ in held._open] == [""]
        with pytest.raises(OSError, match="Not a directory"):
            held.open("l")
        assert sorted(os.listdir(held.open("b"))) == ["x", "y"]
    finally:
        held.close()
    assert held._open == []


def test_a_deep_directory_is_named_by_its_descriptor(root: Path) -> None:
    held = Directories(os.fspath(root))
    descriptor = held.open("b")
    try:
        assert held.full("n" * 499, descriptor) == f"{root}/{'n' * 499}/"
        assert held.full("n" * 500, descriptor) == f"/proc/self/fd/{descriptor}/"
    finally:
        held.close()


def test_entries_are_sorted_by_their_bytes(tmp_path: Path) -> None:
    make_tree(tmp_path, {"b": "", "a": "", "A": ""})
    held = hold(os.fspath(tmp_path))
    try:
        entries, is_ascii = sorted_entries(held)
        assert ([entry.name for entry in entries], is_ascii) == (["A", "a", "b"], True)
        make_tree(tmp_path, {"\U0001f600": "", "\udcff": "", "\uffff": ""})
        entries, is_ascii = sorted_entries(held)
        assert ([entry.name for entry in entries], is_ascii) == (
            ["A", "a", "b", "\uffff", "\U0001f600", "\udcff"],
            False,
        )
        assert ([entry.name for entry in released(entries)], entries) == (
            ["A", "a", "b", "\uffff", "\U0001f600", "\udcff"],
            [],
        )
    finally:
        let_go(held)


def test_items_come_before_what_is_inside_of_them() -> None:
    inside = {"a": ["a/b", "a/d"], "a/b": ["a/b/c"], "a/d": []}
    asked: list[str] = []

    def of(path: str) -> object:
        asked.append(path)
        return iter(inside[path]) if path in inside else None

    found = depth_first(iter(("a", "e")), of)  # type: ignore[arg-type]
    assert (next(found), asked) == ("a", [])
    assert ([*found], asked) == (["a/b", "a/b/c", "a/d", "e"], ["a", "a/b", "a/b/c", "a/d", "e"])


@pytest.mark.parametrize(
    ("parts", "tickets"),
    [
        pytest.param(5, [[0, 1], [2, 3], [4]], id="more than there are tickets"),
        pytest.param(3, [[0], [1], [2]], id="as many"),
        pytest.param(2, [[0], [1]], id="fewer"),
        pytest.param(7, [[0, 1, 2], [3, 4, 5], [6]], id="twice as many, and one"),
    ],
)
def test_neighbours_share_a_ticket(parts: int, tickets: list[list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_TICKETS", 3)
    assert bulk._ticketed(list(map(str, range(parts)))) == [[str(one) for one in part] for part in tickets]


@pytest.mark.parametrize(
    ("most", "parts"),
    [
        pytest.param(64, ["b/y", "c"], id="down to those that hold no other"),
        pytest.param(2, ["b", "c"], id="no further than there are enough"),
        pytest.param(1, ["b", "c"], id="or were enough before"),
        pytest.param(3, ["c", "b/y"], id="those that are left come last"),
    ],
)
def test_directories_are_divided(most: int, parts: list[str], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(root, {"c/x": ""})
    monkeypatch.setattr(bulk, "PARTS", most)
    assert sorted(bulk._divided(Store(os.fspath(root)), ["b", "c"])) == sorted(parts)


def test_what_is_supposed_is_read_nowhere(root: Path) -> None:
    selection = BUILDERS["classic"].select(Matcher.of(["b"]), None, "", False)
    supposed, everything = Supposed(selection), Everything(selection)
    choice = supposed.root["b"]
    assert (supposed.root is selection.root, supposed.reads("b", choice), supposed.refusal("b", "/c/b")) == (
        *(True, "nothing", "open /c/b"),
    )
    below = everything.root["b"]["x"]
    said = [
        (one.kept, one.permitted, one.descends, one.cacheable) for one in (everything.root, everything.root["a"], below)
    ]
    assert said == [(True, True, True, False), (True, True, True, False), (False, False, True, False)]
    assert (everything.reads("b", everything.root["b"]), everything.refusal("b", "/c/b")) == (
        "itself",
        "error checking context: can't stat '/c/b'",
    )
    late = BUILDERS["classic"].select(Matcher.of(["*", "!*/x"]), None, "", False)
    assert Everything(late).root["b"]["x"].kept is False  # the classic builder never comes there


def test_a_choice_remembers_what_it_said_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "MOST_NAMES", 3)
    asked: list[str] = []

    def child(state: bool, name: str) -> Choice:
        asked.append(name)
        return Choice(child, state, kept=True, permitted=True, descends=True, cacheable=state)

    known, unknown = (Choice(child, state, kept=True, permitted=True, descends=True) for state in (True, False))
    assert (known["a"] is known["a"], asked) == (True, ["a"])
    assert (unknown["b"] is unknown["b"], asked, len(unknown)) == (False, ["a", "b", "b"], 0)
    for name in "cde":
        known[name]
    assert len(known) == 1
    assert (known == known["a"], known == unknown, len({known, unknown})) == (False, False, 2)
    assert (known.content_sent, known.uniform_below, known.cacheable) == (True, False, True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(PermissionError(13, "Permission denied"), "permission denied", id="it may not be read"),
        pytest.param(OSError(36, "File name too long"), "file name too long", id="it has too long a path"),
        pytest.param(OSError("Strange"), "strange", id="what has no number"),
        pytest.param(FileNotFoundError(2, "No such file"), None, id="it is gone"),
        pytest.param(NotADirectoryError(20, "Not a directory"), None, id="it is a file now"),
    ],
)
def test_a_directory_that_cannot_be_opened(error: OSError, words: str | None) -> None:
    def told(patterns: list[str], path: str) -> tuple[str, str | None, str | None] | None:
        selection = BUILDERS["buildkit"].select(Matcher.of(patterns), None, "", False)
        try:
            disk.refused("/c", path, selection, selection.root["a"], error)
        except TreeError as found:
            return found.what, found.where, found.fix
        return None

    fix = "the builder fails here too: make it readable, or exclude it in the ignore file"
    assert told([], "a") == (words and (f"error from sender: open /c/a: {words}", "a", fix))
    assert told([], "") == (words and (f"error from sender: open /c: {words}", "/c", fix))
    assert told(["a"], "a") is None  # BuildKit does not look there


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_has_two_numbers(tmp_path: Path) -> None:
    os.mknod(tmp_path / "c", stat.S_IFCHR | 0o644, os.makedev(1, 3))
    os.mknod(tmp_path / "b", stat.S_IFBLK | 0o644, os.makedev(7, 0))
    make_tree(tmp_path, {"f": "1"})
    store = Store(os.fspath(tmp_path))
    assert {name: store.attributes(name)[0].device for name in "bcf"} == {"b": (7, 0), "c": (1, 3), "f": (0, 0)}
    assert [(one.name, one.type) for one in store.directory("", None, None).others] == [
        ("b", "device"),
        ("c", "device"),
    ]


def test_a_system_without_attributes_has_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "_list_xattrs", None)
    assert (disk.xattrs(f"{root}/a"), disk.has_xattrs([f"{root}/a"])) == ((), False)


def test_a_directory_with_an_old_date_is_measured_alone(root: Path) -> None:
    before = Store(os.fspath(root)).below("b", (BLOCKS,), None)
    os.utime(root / "b/y", ns=(0, -5 * SECOND))
    assert before == {BLOCKS: Measure(2, 5, 5 * 512)}
    assert Store(os.fspath(root)).below("b", (BLOCKS,), None) == {BLOCKS: Measure(2, 5, 7 * 512)}


@pytest.mark.parametrize("attributes", [True, False])
def test_a_walk_that_needs_no_attributes_asks_for_none(attributes: bool, root: Path) -> None:
    counted: list[int] = []
    selection = BUILDERS["buildkit"].select(Matcher.of(["d"]), None, "", False)
    nodes = {node.path: node for node in DiskTree(root).walk(selection, counted.append, attributes=attributes)}
    assert (list(nodes), counted) == (["a", "b", "b/x", "b/y", "b/y/z", "d", "l", "p", "é", "\udcff"], [7, 2, 1])
    known = {path for path, node in nodes.items() if node.attributes is not None}
    assert known == (set(nodes) - {"d"} if attributes else set())
    assert nodes["l"].target == ("b/x" if attributes else "")
    types = {path: node.type for path, node in nodes.items() if node.type != "file"}
    assert types == {"b": "dir", "b/y": "dir", "l": "symlink", "p": "fifo"}
