"""What an observer keeps is the same whether files come in bulk or one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Entry
from ctxaudit.rules.catalogue import Finder, catalogue
from ctxaudit.survey.observers import (
    LARGEST,
    Arrivals,
    ClassicLoss,
    Contents,
    Each,
    Largest,
    Observer,
    Paths,
    Undelivered,
)
from ctxaudit.walk import Batch, Below, Directory, DiskTree, Scale
from support import make_tree

BUILDKIT = BUILDERS["buildkit"]
FOUND = "node_modules"  # as if the catalogue had found it


class _Feed:
    """Gives an observer what a walk gives a collector; in bulk, or each entry alone."""

    collects = True

    def __init__(self, observer: Observer, *, in_bulk: bool) -> None:
        self.scales: tuple[Scale, ...] = (BUILDKIT.scale,)
        self._observer = observer
        self._in_bulk = in_bulk

    def may_aggregate(self, node: object) -> bool:
        return False

    def aggregates(self, path: str) -> bool:
        return self._in_bulk and path == FOUND and not self._observer.needs_each(f"{path}/")

    def needs_node(self, directory: Directory) -> list[int]:
        asked = self._observer.needs_node(directory.start, directory.names)
        return sorted(set(asked)) if self._in_bulk else list(range(len(directory.names)))

    def add_below(self, path: str, below: Below, kept: bool) -> None:
        if kept:
            self._observer.add_below(path, below[BUILDKIT.scale])

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        if not permitted:
            self._observer.omit_files(batch)
        if kept:
            self._observer.add_files(batch, batch.measure(BUILDKIT.scale), is_found(batch.start))


def is_found(path: str) -> bool:
    return path.split("/")[0] == FOUND


def watch(root: Path, observer: Observer, patterns: list[str], *, in_bulk: bool) -> None:
    """Let an observer watch what BuildKit is sent."""
    selection = BUILDKIT.select(Matcher.of(patterns), None, "", True)
    receiver = BUILDKIT.receiver(selection)
    for node in DiskTree(root).walk(selection, sums=_Feed(observer, in_bulk=in_bulk)):
        observer.see(node)
        for entry in receiver.receive(node):
            observer.add(entry, node, is_found(entry.path))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files: dict[str, str | bytes | None] = {f"src/f{number:02}.c": b"x" * (number // 2) for number in range(30)}
    files |= {f"{FOUND}/large.js": b"x" * 1000, f"{FOUND}/a/b.js": "1"}
    return make_tree(tmp_path, {**files, "logs/a.log": "1", "logs/b.txt": "22", "web/app.js": "1", "web/b.css": ""})


@pytest.mark.parametrize("in_bulk", [pytest.param(True, id="in bulk"), pytest.param(False, id="one by one")])
class TestEachObserver:
    def test_keeps_the_largest_files_the_first_of_equal_ones(self, root: Path, in_bulk: bool) -> None:
        largest = Largest()
        watch(root, largest, [], in_bulk=in_bulk)
        expected = sorted(range(30), key=lambda number: (-(number // 2), number))[:LARGEST]
        assert [entry.path for entry in largest.entries] == [f"src/f{number:02}.c" for number in expected]

    def test_keeps_the_state_of_each_file_that_is_searched(self, root: Path, in_bulk: bool) -> None:
        contents = Contents(Finder(catalogue()))
        watch(root, contents, ["logs"], in_bulk=in_bulk)
        nodes = DiskTree(root).walk(BUILDKIT.select(Matcher.of([]), None, "", True))
        states = {one.path: one.attributes.state for one in nodes if one.attributes}
        paths = [*(f"src/f{number:02}.c" for number in range(2, 30)), "web/app.js"]
        found = {path: state for path, state in contents.states.items() if not is_found(path)}
        assert found == {path: states[path] for path in paths}

    def test_gives_each_entry(self, root: Path, in_bulk: bool) -> None:
        taken: list[Entry] = []
        watch(root, Each(taken.append), ["logs"], in_bulk=in_bulk)
        files = [f"src/f{number:02}.c" for number in range(30)]
        found = [FOUND, f"{FOUND}/a", f"{FOUND}/a/b.js", f"{FOUND}/large.js"]
        assert [entry.path for entry in taken] == [*found, "src", *files, "web", "web/app.js", "web/b.css"]

    def test_says_what_arrives_of_the_paths_that_are_named(self, root: Path, in_bulk: bool) -> None:
        arrivals = Arrivals(("logs/a.log", "web", "src/f01.c", "absent", FOUND))
        watch(root, arrivals, ["**/*.log"], in_bulk=in_bulk)
        assert (arrivals.arrived, arrivals.filled) == ({"web", "src/f01.c", FOUND}, {"web", FOUND})

    def test_says_what_the_classic_builder_does_not_enter(self, root: Path, in_bulk: bool) -> None:
        patterns = ["web", "logs", "!*/app.js", "!logs/b.txt"]
        exceptions = [DockerignorePattern(text) for text in patterns if text.startswith("!")]
        loss = ClassicLoss(exceptions)
        watch(root, loss, patterns, in_bulk=in_bulk)
        assert loss.lost == ["web/app.js"]

    def test_keeps_what_is_excluded(self, root: Path, in_bulk: bool) -> None:
        paths = Paths()
        watch(root, paths, ["logs", "**/*.css"], in_bulk=in_bulk)
        assert list(paths.excluded) == ["logs", "web/b.css"]
        assert list(paths.leaves) == [*(f"src/f{number:02}.c" for number in range(30)), "web/app.js"]


def test_what_arrives_empty_is_told_from_what_may_not_be_read(root: Path) -> None:
    patterns = ["web", "!web/app.js", "web"]
    undelivered = Undelivered(BUILDKIT.select(Matcher.of(patterns), None, "", True))
    watch(root, undelivered, patterns, in_bulk=True)
    assert [entry.path for entry in undelivered.emptied] == ["web/app.js"]
    assert (undelivered.unreadable, undelivered.not_utf8) == ([], [])
