"""The benchmarks measure what they say: the same trees every time, and tools that list the same files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import PROJECT, walk_files

BENCHMARKS = PROJECT / "tests/benchmarks"


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)


def test_a_tree_is_the_same_every_time(tmp_path: Path) -> None:
    import trees

    made = [trees.make(tmp_path / name, trees.modules(2)) for name in ("a", "b")]
    listed = [sorted((path, (root / path).lstat().st_size) for path in walk_files(root)) for root in made]
    files = [path for path, _ in listed[0] if (made[0] / path).is_file()]
    assert listed[0] == listed[1]
    assert len(files) == 2 * 74 + 2


def test_the_cache_is_measured_on_what_it_says(tmp_path: Path) -> None:
    import build_cache

    ours, theirs = build_cache.hashing(build_cache.content(tmp_path / "content", 3_000_000))
    assert min(ours, theirs) > 0
    root = build_cache.repository(tmp_path / "repository", 300)
    listed = subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=root, capture_output=True, check=True).stdout
    assert (int(listed), len(list(walk_files(root / "m0")))) == (build_cache.COMMITS + 1, 100)
    assert build_cache.history(root) > 0


def test_a_hundred_thousand_files_are_promised_and_made() -> None:
    import trees

    counts = {name: sum(len(names) for _, names in tree()) for name, tree in trees.TREES.items()}
    assert counts == {"10k": 9_990, "100k": 100_044, "1m": 1_000_440, "deep": 90_000, "flat": 200_000}


def test_the_table_has_a_row_for_each_tool_and_compares_the_lists(tmp_path: Path) -> None:
    import trees

    trees.make(tmp_path / "10k", trees.modules(2))
    only = ["--only", "du -s", "--only", "ctxaudit ls", "--only", "pathspec"]
    command = [sys.executable, BENCHMARKS / "run.py", "10k", "--at", tmp_path, "--rounds", "1", *only]
    said = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines()[2:]]
    assert [(row[0], row[-1]) for row in rows] == [("du -s", ""), ("ctxaudit ls", "2"), ("pathspec", "2")]


def test_a_proposal_is_counted_and_its_cost_measured(tmp_path: Path) -> None:
    less = ["--only", "clean", "--packages", "1", "--rounds", "1"]
    command = [sys.executable, BENCHMARKS / "proposals.py", "--at", tmp_path, *less]
    said = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines() if "|" in line]
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["clean"] == by_name["all"]
    assert int(by_name["clean"][0]) > 30
    assert [by_name["clean"][at] for at in (1, 2, 4)] == ["0", "0", "0"]
    assert {"audit", "--diff"} <= by_name.keys()


def test_what_is_written_for_projects_leaves_the_junk_out_and_nothing_else(tmp_path: Path) -> None:
    import proposed
    from projects import PROJECTS

    found = proposed.outcomes(tmp_path, PROJECTS)
    assert len(found) >= 20
    assert {name: one.dropped + one.lost for name, one in found.items() if one.dropped or one.lost} == {}
    assert proposed.files_left_out(found.values()) >= 0.97
    assert proposed.bytes_left_out(found.values()) >= 0.97
    assert sum(len(one.lines) for one in found.values()) / len(found) <= 12
    measured = [re.split(r" *\| *", line)[1:-1] for line in proposed.table(found).splitlines()[2:]]
    guide, readme = ((PROJECT / file).read_text() for file in ("ctxaudit/guides/speed.md", "README.md"))
    assert [row for row in measured if f"| {' | '.join(row)} |\n" not in guide] == []
    short = [(*row[:2], *row[2].replace(" %", "%").split(" / "), row[5]) for row in measured]
    assert [row for row in short if f"|{'|'.join(row)}|\n" not in readme] == []


def test_a_line_for_one_json_file_is_not_one_for_all(tmp_path: Path) -> None:
    import proposed
    from projects import PROJECTS

    lines = proposed.outcomes(tmp_path, ["C++, CMake"])["C++, CMake"].lines
    assert "**/compile_commands.json" in lines
    assert "**/*.json" not in lines
    assert set(PROJECTS["C++, CMake"].tracked).isdisjoint(lines)


def test_the_house_is_measured_in_every_row() -> None:
    command = [sys.executable, BENCHMARKS / "house.py", "--rounds", "1", "--folder", "walk"]
    said = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines() if "|" in line]
    by_name = {row[0]: row[1] for row in rows[2:]}
    assert {"loose modules", "public names at module level", "comments per 100 lines", "- walk/"} <= by_name.keys()
    assert 300 < int(by_name["functions run for the simplest audit"]) <= 500
    assert 30 < int(by_name["modules imported for it"]) <= 60
    assert said.splitlines()[-1].count(" > ") + 1 == int(by_name["longest chain of imports"]) <= 16
