"""A tree of the disk and one of a commit, asked the same: what is at a path, and what the walk gives."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Attributes, Node, Unknown
from ctxaudit.repository.program import Git
from ctxaudit.repository.snapshot import SUBMODULE, Snapshot, TreeEntry
from ctxaudit.walk import DiskTree, SnapshotTree, Tree, TreePlace
from support import git, make_tree

FILES: dict[str, str | bytes | None] = {
    "app/a": "12345",
    "app/d/b": "1",
    "app/d/e/c": "22",
    "app/d/e/k.log": "",
    "app/ä": "333",
    "other": "4",
}
PATHS = ["", "a", "d", "d/b", "d/e", "d/e/c", "l", "ä", "nothing", "a/b", "other", "d/"]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_tree(tmp_path_factory.mktemp("tree") / "r", FILES)
    (root / "app/l").symlink_to("d/e")
    (root / "app/d/b").chmod(0o755)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "c")
    return root


def snapshot_of(root: Path) -> Snapshot:
    found = Git.of(root)
    return Snapshot.of(found, found.commit("HEAD"))


@pytest.fixture(scope="module")
def commit(repository: Path) -> Snapshot:
    return snapshot_of(repository)


@pytest.fixture(params=["of the disk", "of a commit"])
def tree(request: pytest.FixtureRequest, repository: Path, commit: Snapshot) -> Tree:
    return DiskTree(repository / "app") if "disk" in request.param else SnapshotTree(commit, repository / "app")


def test_what_is_at_a_path(tree: Tree) -> None:
    assert {path: tree.type(path) for path in PATHS} == {
        **{
            "": "dir",
            "a": "file",
            "d": "dir",
            "d/b": "file",
            "d/e": "dir",
            "d/e/c": "file",
            "l": "symlink",
            "ä": "file",
        },
        **{"nothing": None, "a/b": None, "other": None, "d/": "dir"},
    }


def test_the_names_in_a_directory(tree: Tree) -> None:
    names = {"": {"a", "d", "l", "ä"}, "d": {"b", "e"}, "d/e": {"c", "k.log"}}
    assert {path: tree.names(path) for path in PATHS if path != "d/"} == {
        path: frozenset(names.get(path, ())) for path in PATHS if path != "d/"
    }


def test_where_a_link_leads(tree: Tree) -> None:
    assert {path: tree.target(path) for path in PATHS} == {**dict.fromkeys(PATHS), "l": "d/e"}


def test_how_a_file_begins(tree: Tree) -> None:
    assert [tree.head("a"), tree.head("a", 2), tree.head("a", 9)] == [b"12345", b"12", b"12345"]
    assert [tree.head(path) for path in ("l", "d", "nothing", "d/e/k.log")] == [b""] * 4


SIZES = {"a": 5, "d/b": 1, "d/e/c": 2, "d/e/k.log": 0, "l": 3, "ä": 3}


@pytest.mark.parametrize(
    ("patterns", "kept", "permitted", "entered"),
    [
        pytest.param([], ["a", "d", "d/b", "d/e", "d/e/c", "d/e/k.log", "l", "ä"], None, ["d", "d/e"], id="no pattern"),
        pytest.param(["d/e"], ["a", "d", "d/b", "l", "ä"], None, ["d"], id="a directory is excluded"),
        pytest.param(["*", "!d/e/c"], ["d/e/c"], None, ["d", "d/e"], id="a file is included again"),
        pytest.param(["**/*.log", "l"], ["a", "d", "d/b", "d/e", "d/e/c", "ä"], None, ["d", "d/e"], id="a link is not"),
    ],
)
def test_the_walk_gives_what_a_selection_meets(
    tree: Tree, patterns: list[str], kept: list[str], permitted: list[str] | None, entered: list[str]
) -> None:
    nodes = {node.path: node for node in tree.walk(BUILDERS["buildkit"].select(Matcher.of(patterns), None, "", False))}
    assert [path for path, node in nodes.items() if node.kept] == kept
    assert [path for path, node in nodes.items() if node.permitted] == (permitted or kept)
    assert [path for path, node in nodes.items() if node.entered] == entered
    known = {path: node.attributes for path, node in nodes.items() if node.attributes is not None}
    assert sorted(known) == sorted({*kept, *entered})
    assert {path: one.size for path, one in known.items() if path in SIZES} == {
        path: size for path, size in SIZES.items() if path in known
    }
    modes = {path: stat.S_IMODE(one.mode) for path, one in known.items() if path != "l"}
    assert modes == {path: 0o755 if path in ("d", "d/b", "d/e") else 0o644 for path in modes}
    assert {path: node.target for path, node in nodes.items() if node.target} == ({"l": "d/e"} if "l" in kept else {})


def test_a_commit_says_the_same_of_all_that_it_holds(repository: Path, commit: Snapshot) -> None:
    selection = BUILDERS["classic"].select(Matcher(()), None, "", False)
    nodes = {node.path: node for node in SnapshotTree(commit, repository / "app").walk(selection)}
    time = 1_700_000_000_000_000_000
    assert nodes["a"].attributes == Attributes(0o100644, 5, time, 0, 1, (0, 0), (), True)
    assert nodes["d"].attributes == Attributes(0o040755, 0, time, 0, 1, (0, 0), (), True)
    assert nodes["l"] == Node(
        "l", "symlink", True, True, False, Attributes(0o120777, 3, time, 0, 1, (0, 0), (), True), "d/e"
    )


PLACES = {"a": ("file", 5, ""), "d": ("dir", 0, ""), "l": ("symlink", 3, "d/e"), "d/e/c": ("file", 2, "")}


def test_the_place_that_evidence_asks_about(tree: Tree) -> None:
    selection = BUILDERS["buildkit"].select(Matcher(()), None, "", False)
    nodes = {node.path: node for node in tree.walk(selection)}
    places = {path: tree.place(path, None, nodes[path]) for path in PLACES}
    assert {path: (one.type, one.size, one.target) for path, one in places.items()} == PLACES
    assert [one.path for one in places.values()] == list(PLACES)


def test_a_place_of_the_disk_that_no_walk_has_met(repository: Path) -> None:
    tree = DiskTree(repository / "app")
    places = {path: tree.place(path, None) for path in PLACES}
    assert {path: (one.type, one.size, one.target) for path, one in places.items()} == PLACES
    with pytest.raises(FileNotFoundError):
        tree.place("nothing", None)
    bare = Node("a", "file", True, True, False, None, "")
    assert tree.place("a", None, bare).size == 0


def test_a_place_asks_about_what_is_around_it(tree: Tree) -> None:
    place = tree.place("d/e", None, Node("d/e", "dir", True, True, True, None, ""))
    around = {"": {"c", "k.log"}, "..": {"b", "e"}, "../..": {"a", "d", "l", "ä"}, "../../..": set(), "c": set()}
    assert {where: place.names(where) for where in around} == {where: frozenset(one) for where, one in around.items()}
    assert place.names("..") is place.names("..")
    heads = {"c": b"22", "../b": b"1", "../../a": b"12345", "../../../other": b"", "": b"", "./c": b"22", "x": b""}
    assert {where: place.head(where) for where in heads} == heads


class _Git:
    """What git says: it tracks `d`, and ignores what ends in `.log`."""

    def tracks(self, path: str) -> bool:
        return path == "d"

    def tracked_below(self, path: str) -> list[str]:
        return [f"{path}/b"]

    def ignores(self, path: str) -> bool:
        return path.endswith(".log")


def test_a_place_asks_git(repository: Path) -> None:
    tree = DiskTree(repository / "app")

    def said(path: str, known: object) -> tuple[bool, bool, bool, list[str]]:
        place = TreePlace(tree, known, path, "file", 0, "")  # type: ignore[arg-type]
        return place.tracked, place.git_ignored, place.ignores("x.log"), list(place.tracked_below("d"))

    assert said("d", _Git()) == (True, False, True, ["d/b"])
    assert said("d/e/k.log", _Git()) == (False, True, True, ["d/b"])
    assert said("d", None) == (False, False, False, [])


def test_all_that_a_commit_holds_is_tracked(repository: Path, commit: Snapshot) -> None:
    tree = SnapshotTree(commit, repository / "app")
    place = tree.place("d/e", tree)
    assert (place.tracked, place.git_ignored, place.ignores("d/e/k.log"), place.type) == (True, False, False, "dir")
    assert [tree.tracks(path) for path in ("a", "d", "l", "nothing", "other")] == [True, True, True, False, False]
    below = {path: list(place.tracked_below(path)) for path in ("d", "d/e", "d/e/c", "d/", "e", "nothing")}
    assert below == {
        **{"d": ["d/b", "d/e/c", "d/e/k.log"], "d/e": ["d/e/c", "d/e/k.log"], "d/e/c": ["d/e/c"]},
        **{"d/": [], "e": [], "nothing": []},
    }
    assert tree.place("nothing", tree).type == "file"


def test_where_a_file_is_whatever_tree_holds_it(repository: Path, commit: Snapshot) -> None:
    assert DiskTree(repository / "app").origin("d/b") == ("", f"{repository}/app/d/b")
    assert DiskTree(repository / "app").origin("") == ("", f"{repository}/app")
    for root, path in ((repository, "app/d/b"), (repository / "app", "d/b"), (repository / "app/d", "b")):
        assert SnapshotTree(commit, root).origin(path) == (f"{repository}@{commit.commit}", "app/d/b")


def test_the_repository_that_a_tree_stands_in(repository: Path, commit: Snapshot, tmp_path: Path) -> None:
    tree = DiskTree(repository / "app")
    assert (tree.repository is not None, tree.repository is tree.repository) == (True, True)
    assert (DiskTree(tmp_path).repository, SnapshotTree(commit, repository).repository) == (None, None)


def test_all_of_the_disk_is_known(repository: Path) -> None:
    assert list(DiskTree(repository).unknowns("shown", lambda path: True)) == []


FETCH = "fetch it: git fetch --refetch --no-filter"


@pytest.mark.parametrize(
    ("lacking", "unknowns", "doubtful"),
    [
        pytest.param({}, [], {}, id="nothing"),
        pytest.param(
            {"absent": frozenset(("app/a",))},
            [("how large a is: this clone lacks the content, and 0 is counted", FETCH)],
            {"a": "this clone lacks the content of a file"},
            id="one file's content",
        ),
        pytest.param(
            {"absent": frozenset(("app/ä", "app/d/b", "app/a", "other", "app/d/e/k.log"))},
            [("how large a is, and 2 more: this clone lacks the content, and 0 is counted", FETCH)],
            dict.fromkeys(("a", "d/b", "d/e/k.log", "ä"), "this clone lacks the content of a file"),
            id="that of several, one of which is not permitted",
        ),
        pytest.param(
            {"absent": frozenset(("app/d/e/k.log", "other"))},
            [],
            {"d/e/k.log": "this clone lacks the content of a file"},
            id="that of what is not permitted, or outside of the context",
        ),
        pytest.param(
            {"absent": frozenset(("x/.gitattributes",))},
            [("what a checkout does to files: this clone lacks the .gitattributes", FETCH)],
            {},
            id="the attributes, wherever they are",
        ),
        pytest.param(
            {"pointers": frozenset(("app/a", "app/d/b", "other"))},
            [
                (
                    "whether a checkout fetches from Git LFS: 2 counted with the size its pointer states",
                    "fetch them wherever the context is built",
                )
            ],
            dict.fromkeys(("a", "d/b"), "Git LFS holds the content of a file"),
            id="what Git LFS holds",
        ),
        pytest.param(
            {"rewritten": {"ident": ("app/d/b", "app/a"), "filter=x": ("app/ä",), "filter=y": ("other",)}},
            [
                ("what ident makes of a on a checkout, and of 1 more: counted as git stores it", "check it out"),
                ("what filter=x makes of ä on a checkout: counted as git stores it", "check it out"),
            ],
            {
                **dict.fromkeys(("a", "d/b"), "ident rewrites a file on a checkout"),
                "ä": "filter=x rewrites a file on a checkout",
            },
            id="what a filter makes of files",
        ),
        pytest.param(
            {"submodules": ("app/s", "app/q", "r"), "missing": {"app/s": "it was not fetched"}},
            [
                (
                    "what the submodules hold: q, s (it was not fetched)",
                    "audit each of them, or fetch their commits: git submodule update --init",
                )
            ],
            dict.fromkeys(("q", "s"), "the files of a submodule are not known"),
            id="the files of submodules",
        ),
    ],
)
def test_what_a_commit_does_not_tell(
    lacking: dict[str, object],
    unknowns: list[tuple[str, str]],
    doubtful: dict[str, str],
    repository: Path,
    commit: Snapshot,
) -> None:
    submodules = {path: TreeEntry(SUBMODULE, 0, "", None) for path in lacking.pop("submodules", ())}  # type: ignore[arg-type,attr-defined]
    tree = SnapshotTree(replace(commit, entries={**commit.entries, **submodules}, **lacking), repository / "app")  # type: ignore[arg-type]
    said = tree.unknowns("shown", lambda path: not path.endswith(".log"))
    assert list(said) == [Unknown(what, "shown", settle) for what, settle in unknowns]
    assert tree.doubtful() == doubtful
