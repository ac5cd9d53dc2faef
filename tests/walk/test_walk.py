"""The walk: its order, its pruning, what it may not read, and what it never opens."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit import CtxauditError, audit, list_context
from ctxaudit.auditor import stream_context
from ctxaudit.builders import BUILDERS
from ctxaudit.builds.request import request
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import BuilderName
from ctxaudit.walk import DiskTree, Everything, decide, disk, walk
from support import Answer, as_nobody, make_tree, walk_files

NAMES = st.sampled_from(["a", "b", "a.md", "c", "é"])
FILES = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), max_size=12)
SEGMENTS = st.sampled_from(["a", "b", "c", "*", "**", "?", "a*", "*.md", "**b", "[ab]", "[^a]"])
LINES = st.builds(
    lambda exception, segments: "!" * exception + "/".join(segments),
    st.booleans(),
    st.lists(SEGMENTS, min_size=1, max_size=3),
)


def build(root: Path, paths: list[str], lines: list[str]) -> Path:
    for path in paths:
        with_parents = root / path
        try:
            with_parents.parent.mkdir(parents=True, exist_ok=True)
            with_parents.write_text("x")
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue  # a file stands where this one wants a directory: any tree will do
    (root / ".dockerignore").write_text("\n".join(lines) + "\n")
    return root


@contextlib.contextmanager
def with_few_descriptors() -> Iterator[None]:
    """Run with as few open files as a Mac lets a process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@settings(max_examples=80, deadline=None)
@given(FILES, st.lists(LINES, max_size=5))
def test_pruning_changes_no_verdict(paths: list[str], lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = build(Path(folder), paths, lines)
        selection = BUILDERS["buildkit"].select(Matcher(request(root).ignore.patterns), None, "", False)
        pruned = {node.path for node in walk(root, selection) if node.kept}
        whole = {node.path for node in walk(root, Everything(selection)) if node.kept}
    assert pruned == whole


@settings(max_examples=80, deadline=None)
@given(FILES, st.lists(LINES, max_size=6), st.lists(LINES, min_size=1, max_size=3))
def test_a_choice_knows_whether_the_content_arrives(paths: list[str], lines: list[str], used: list[str]) -> None:
    selection = BUILDERS["buildkit"].select(Matcher.of(lines), Matcher.of(used), "", True)
    for path in paths:
        choice, _ = decide(selection, path)
        assert not choice.kept or choice.content_sent is selection.content_sent(path), path


@settings(max_examples=50, deadline=None)
@given(FILES, st.lists(LINES, max_size=5), st.sampled_from(["buildkit", "classic"]))
def test_what_is_sent_and_what_is_not_are_a_partition(paths: list[str], lines: list[str], builder: BuilderName) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = build(Path(folder), paths, lines)
        asked = request(root, builder=builder)
        sent = [entry.path for entry in stream_context(asked)]
        rest = [entry.path for entry in stream_context(asked, excluded=True)]
        everything = sorted(walk_files(root))
    assert sorted(sent + rest) == everything


def test_entries_come_in_the_order_of_their_bytes_a_directory_before_its_own(tmp_path: Path) -> None:
    make_tree(tmp_path, {"b/x": "", "b.txt": "", "a": "", "é": "", "B": "", "\udcff": "", "\U0001f600": ""})
    assert [entry.path for entry in list_context(tmp_path).entries] == [
        "B", "a", "b", "b/x", "b.txt", "é", "\U0001f600", "\udcff",
    ]  # fmt: skip


def test_links_are_not_followed_and_loops_end(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a/x": "1"})
    (tmp_path / "a/up").symlink_to("..")
    (tmp_path / "self").symlink_to("self")
    assert [(entry.path, entry.type) for entry in list_context(tmp_path).entries] == [
        ("a", "dir"),
        ("a/up", "symlink"),
        ("a/x", "file"),
        ("self", "symlink"),
    ]


@pytest.mark.parametrize(
    ("when", "seen"),
    [
        pytest.param("a", ["a", "a/x", "c"], id="before it is looked at"),
        pytest.param("b", ["a", "a/x", "b", "c"], id="before it is read"),
    ],
)
def test_a_directory_that_vanishes_during_the_walk_is_passed_over(tmp_path: Path, when: str, seen: list[str]) -> None:
    make_tree(tmp_path, {"a/x": "1", "b/x": "1", "c": "1"})
    found = []
    for node in DiskTree(tmp_path).walk(BUILDERS["buildkit"].select(Matcher(()), None, "", False)):
        found.append(node.path)
        if node.path == when:
            (tmp_path / "b/x").unlink()
            (tmp_path / "b").rmdir()
    assert found == seen


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that anybody may read, which pytest's own is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def closed(public: Path) -> Path:
    root = make_tree(public / "c", {"open/x": "1", "shut/deep/x": "1", "Dockerfile": "FROM scratch\nCOPY . /\n"})
    (root / "shut").chmod(0)
    return root


def ask(root: Path, ignore: str, *options: str) -> Answer:
    (root / ".dockerignore").write_text(ignore)
    return as_nobody("ls", os.fspath(root), *options)


@pytest.mark.parametrize(
    ("ignore", "builder", "status", "words"),
    [
        pytest.param("", "buildkit", 2, "error from sender: open", id="BuildKit fails on it"),
        pytest.param("shut\n", "buildkit", 0, "", id="BuildKit does not look where nothing can come back"),
        pytest.param("shut\n!open/*\n", "buildkit", 0, "", id="nor where no exception starts so"),
        pytest.param("shut\n!shut/deep\n", "buildkit", 2, "error from sender: open", id="it looks for an exception"),
        pytest.param("shut\n!**/*.go\n", "buildkit", 2, "error from sender", id="and everywhere for a wildcard's"),
        pytest.param("shut/*\n", "buildkit", 2, "error from sender: open", id="only what is inside is excluded"),
        pytest.param("", "classic", 2, "error checking context: can't stat", id="the classic builder fails on it"),
        pytest.param("shut\n", "classic", 2, "error checking context: can't stat", id="even where it is excluded"),
    ],
)
def test_a_directory_that_may_not_be_read(closed: Path, ignore: str, builder: str, status: int, words: str) -> None:
    answer = ask(closed, ignore, "--builder", builder)
    assert (answer.status, words in answer.stderr) == (status, True)


@pytest.mark.parametrize("options", [["ls"], ["ls", "--long"], []], ids=["names", "sizes", "the audit"])
def test_a_directory_that_may_be_listed_and_not_searched(public: Path, options: list[str]) -> None:
    root = make_tree(public / "c", {"listed/x": "1", "Dockerfile": "FROM scratch\nCOPY . /\n"})
    (root / "listed").chmod(0o744)
    answer = as_nobody(*options, os.fspath(root))
    assert (answer.status, "listed/x" in answer.stdout) == (2, False)
    assert f"error from sender: open {root}/listed: permission denied\n" in answer.stderr


@pytest.mark.parametrize("options", [["ls"], ["ls", "--long"], []], ids=["names", "sizes", "the audit"])
def test_one_that_may_not_be_searched_is_no_trouble_where_nothing_of_it_is_sent(
    public: Path, options: list[str]
) -> None:
    root = make_tree(public / "c", {"listed/x": "1", "listed/y/z": "1", "Dockerfile": "FROM scratch\nCOPY . /\n"})
    (root / "listed/l").symlink_to("y")
    (root / ".dockerignore").write_text("listed/*\n!listed/l/z\n")  # a link has nothing below it
    (root / "listed").chmod(0o744)
    answer = as_nobody(*options, os.fspath(root), *(["--fail-on", "never"] if not options else []))
    assert (answer.status, answer.stderr) == (0, "")


@pytest.mark.parametrize(
    "exception",
    [
        pytest.param("**/*.go", id="as an exception may match in it"),
        pytest.param("o*/x", id="as one has a wildcard, though it matches elsewhere"),
    ],
)
def test_one_deep_inside_what_only_the_builder_walks_is_found(closed: Path, exception: str) -> None:
    (closed / "shut").chmod(0o755)
    (closed / "shut/deep").chmod(0)
    answer = ask(closed, f"shut\n!{exception}\n")
    assert (answer.status, "shut/deep" in answer.stderr) == (2, True)


def test_an_unreadable_file_arrives_empty_at_buildkit_and_stops_the_classic_builder(public: Path) -> None:
    root = make_tree(public / "c", {"secret": "12345", "Dockerfile": "FROM scratch\nCOPY . /\n"})
    (root / "secret").chmod(0)
    said = as_nobody(os.fspath(root))
    classic = as_nobody("ls", "--builder", "classic", os.fspath(root))
    sentence = "secret may not be read, and arrives with 0 of its 5"
    assert (said.status, sentence in " ".join(said.stdout.split())) == (1, True)
    assert (classic.status, "no permission to read from 'secret'" in classic.stderr) == (2, True)


def test_a_fifo_is_never_opened(tmp_path: Path) -> None:
    """A reader of a FIFO without a writer would hang."""
    for name in (".env", "CACHEDIR.TAG", "core", "id_rsa", "dump.sql", ".gitignore"):
        os.mkfifo(tmp_path / name)
    assert len(list_context(tmp_path).entries) == 6


@pytest.mark.parametrize(("name", "depth"), [("d", 300), ("directory", 150)], ids=["deep", "deep with a long path"])
def test_depth_takes_no_descriptors_and_no_recursion(tmp_path: Path, name: str, depth: int) -> None:
    deep = tmp_path / "/".join([name] * depth)
    deep.mkdir(parents=True)
    (deep / "file").symlink_to("target")
    for level in range(depth):  # what comes behind a directory is asked after all that is in it
        (tmp_path / "/".join([name] * level) / "z").write_text("1")
    with with_few_descriptors():
        entries = list_context(tmp_path).entries
        (target,) = audit(tmp_path).targets
    assert [entry.type for entry in entries] == ["dir"] * depth + ["symlink"] + ["file"] * depth
    assert (entries[depth].path.count("/"), entries[depth].size) == (depth, len("target"))
    assert [entry.path.count("/") for entry in entries[depth + 1 :]] == [*reversed(range(depth))]
    assert (target.sent.files, target.sent.bytes) == (depth + 1, depth)


def test_the_context_root_must_be_readable(public: Path) -> None:
    root = make_tree(public / "c", {"x": "1"})
    root.chmod(0)
    assert as_nobody("ls", os.fspath(root)).status == 2


def test_a_path_that_is_no_directory_is_refused_with_docker_s_words(tmp_path: Path) -> None:
    make_tree(tmp_path, {"file": ""})
    for name, words in (("nope", "not found"), ("file", "is not a directory"), ("a\0b", "not found")):
        with pytest.raises(CtxauditError) as caught:
            list_context(f"{tmp_path}/{name}")
        assert "unable to prepare context" in str(caught.value)
        assert words in str(caught.value)


def test_only_the_directories_on_the_way_to_what_is_used_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand files would do no more than these: what is not on the way is never opened."""
    make_tree(tmp_path, {f"other{number}/deep/x": "" for number in range(50)})
    make_tree(tmp_path, {"src/a/x": "", "src/b/deep/x": "", "lib/one/x": "", "lib/two/x": ""})
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY src/a lib/one/x /\n"})
    read: list[int] = []
    for entry in stream_context(request(tmp_path), progress=read.append):
        assert entry.path.partition("/")[0] in ("src", "lib")
    # the root, src, src/a, lib, lib/one; not src/b, not lib/two, none of the fifty others
    assert sorted(read) == [1, 1, 2, 2, 53]


def test_a_wildcard_reads_only_what_it_may_match(tmp_path: Path) -> None:
    make_tree(tmp_path, {f"pkg{number}/deep/er/x": "" for number in range(20)})
    make_tree(tmp_path, {f"pkg{number}/package.json": "" for number in range(20)})
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY pkg*/package.json /\n"})
    read: list[int] = []
    entries = list(stream_context(request(tmp_path), progress=read.append))
    assert (len(entries), len(read)) == (40, 1 + 20)


def test_an_ignore_file_that_may_not_be_read_is_empty_for_buildkit_and_said(public: Path) -> None:
    root = make_tree(public / "c", {"a": "1", ".dockerignore": "a\n", "Dockerfile": "FROM scratch\nCOPY . /\n"})
    (root / ".dockerignore").chmod(0)
    said = as_nobody(os.fspath(root))
    classic = as_nobody("ls", "--builder", "classic", os.fspath(root))
    assert ".dockerignore is not read: it may not be read, and BuildKit takes it as empty" in " ".join(
        said.stdout.split()
    )
    assert as_nobody("ls", os.fspath(root)).stdout.split() == [".dockerignore", "Dockerfile", "a"]
    assert (classic.status, "error reading .dockerignore" in classic.stderr) == (2, True)


def test_a_file_system_without_attributes_says_nothing_of_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(full: str) -> list[str]:
        if full == "mounted":
            raise OSError(errno.ENOTSUP, "Operation not supported")
        return ["user.a"] if full == "tagged" else []

    monkeypatch.setattr(disk, "_list_xattrs", listed)
    monkeypatch.setattr(disk, "_measured", lambda full, names: iter([(name, 1) for name in names]))
    answers = [disk.has_xattrs(files) for files in (["mounted", "plain"], ["mounted", "tagged"], ["plain"])]
    assert answers == [False, True, False]
