"""The fewest patterns: the worked examples, and every small tree against an exhaustive search."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.proposals.lines import FAMILIES
from ctxaudit.proposals.smallest import parent_globs, roots, smallest
from support import TESTS

EXAMPLES = json.loads((TESTS / "vectors/minimal_examples.json").read_text())
KINDS = ("**/node_modules", "**/__pycache__", "**/.venv", "**/.git", "**/.DS_Store", "**/*.pid")
NAMES = st.sampled_from(["a", "b", "c", "dist"])
LEAVES = st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), max_size=8, unique=True)


def is_valid(patterns: list[str], needed: list[str], waste: list[str]) -> bool:
    matcher = Matcher.of(patterns)
    return all(matcher.trail(path).excluded and matcher.excludes(path) for path in waste) and not any(
        matcher.trail(path).excluded or matcher.excludes(path) for path in needed
    )


@pytest.mark.parametrize("example", [pytest.param(row, id=f"{row['id']}: {row['title']}") for row in EXAMPLES])
def test_a_worked_example_is_solved_in_no_more_lines(example: dict[str, Any]) -> None:
    """Where every directory may be closed; a proposal closes only those that are not needed themselves."""
    needed, waste = example["needed"], example["waste"]
    families = [*KINDS, *FAMILIES, *parent_globs(roots(needed, waste))]
    found = [smallest(needed, waste, families, style="deny")]
    found.append(smallest(needed, waste, families, style="allow", kept_globs=["package*.json"]))
    valid = [patterns for patterns in found if is_valid(patterns, needed, waste)]
    assert valid
    assert min(map(len, valid)) <= len(example["expected"])


def is_tree(paths: list[str]) -> bool:
    """Whether no path is a directory of another."""
    return not any(other.startswith(f"{path}/") for path in paths for other in paths)


@settings(max_examples=60, deadline=None)
@given(LEAVES, st.integers(0, 255))
def test_no_list_of_plain_paths_is_shorter(leaves: list[str], bits: int) -> None:
    if not is_tree(leaves):
        return
    waste = [leaf for at, leaf in enumerate(leaves) if bits >> at & 1]
    needed = [leaf for leaf in leaves if leaf not in waste]
    found = smallest(needed, waste)
    assert is_valid(found, needed, waste)
    places = {"/".join(leaf.split("/")[:depth]) for leaf in leaves for depth in range(1, leaf.count("/") + 2)}
    lines = sorted(places) + [f"!{place}" for place in sorted(places)]
    # Lists of up to two lines are searched whole; longer ones would take too long, and ORTC is proved for them.
    for length in range(min(len(found), 3)):
        for patterns in itertools.permutations(lines, length):
            assert not is_valid(list(patterns), needed, waste), patterns


@settings(max_examples=60, deadline=None)
@given(LEAVES, st.integers(0, 255), st.sampled_from(["deny", "allow"]))
def test_with_families_the_list_is_valid_and_no_line_is_idle(leaves: list[str], bits: int, style: Any) -> None:
    if not is_tree(leaves):
        return
    waste = [leaf for at, leaf in enumerate(leaves) if bits >> at & 1]
    needed = [leaf for leaf in leaves if leaf not in waste]
    found = smallest(needed, waste, ["**/dist", "**/a", "*/b", *parent_globs(roots(needed, waste))], style=style)
    assert is_valid(found, needed, waste)
    assert len(found) <= len(smallest(needed, waste, style=style))
    for at in range(style == "allow", len(found)):  # the first line is what makes it an allow-list
        assert not is_valid(found[:at] + found[at + 1 :], needed, waste), found


@example(["c/dist/dist", "b/dist", "dist", "a/dist"], 14, set())
@settings(max_examples=60, deadline=None)
@given(LEAVES, st.integers(0, 255), st.sets(st.lists(NAMES, min_size=1, max_size=2).map("/".join), max_size=2))
def test_a_new_file_beside_a_needed_one_is_kept_unless_its_directory_may_close(
    leaves: list[str], bits: int, closable: set[str]
) -> None:
    if not is_tree(leaves):
        return
    waste = [leaf for at, leaf in enumerate(leaves) if bits >> at & 1]
    needed = [leaf for leaf in leaves if leaf not in waste]
    found = smallest(needed, waste, ["**/dist"], closable=closable)
    assert is_valid(found, needed, waste)
    beside = {f"{leaf.rpartition('/')[0]}/new".lstrip("/") for leaf in needed}
    matcher = Matcher.of(found)
    lost = {path for path in beside if matcher.excludes(path) or matcher.trail(path).excluded}
    assert [path for path in lost if closable.isdisjoint(ancestry(path))] == []


def test_only_a_directory_that_may_close_is_closed() -> None:
    needed, waste = ["p/a/x", "p/a/y"], ["p/a/b", "p/a/c", "p/a/d"]
    assert smallest(needed[:1], waste) == ["p/a", "!p/a/x"]
    assert smallest(needed[:1], waste, closable=()) == waste
    assert smallest(needed[:1], waste, closable=("p",)) == ["p/a", "!p/a/x"]


def test_what_lies_below_waste_needs_no_line() -> None:
    assert smallest(["a"], ["b", "b/c", "b/c/d"], closable=()) == ["b"]


def vocabulary(leaves: list[str]) -> list[str]:
    """What a proposal may be made of: plain paths, a name at every depth, `dir/*`, `*/name`, exceptions."""
    places = {"/".join(leaf.split("/")[:depth]) for leaf in leaves for depth in range(1, leaf.count("/") + 2)}
    names = {place.rpartition("/")[2] for place in places}
    globs = {f"**/{name}" for name in names} | {f"{place}/*" for place in places} | {f"*/{name}" for name in names}
    return sorted(places | globs) + [f"!{place}" for place in sorted(places)]


@settings(max_examples=60, deadline=None)
@given(LEAVES, st.integers(0, 255))
@example(["b/b", "c/b", "a", "b/a", "b/c", "dist/b"], 35)
def test_no_list_of_the_whole_vocabulary_is_shorter_by_more_than_a_line(leaves: list[str], bits: int) -> None:
    if not is_tree(leaves):
        return
    waste = [leaf for at, leaf in enumerate(leaves) if bits >> at & 1]
    needed = [leaf for leaf in leaves if leaf not in waste]
    lines = vocabulary(leaves)
    families = [line for line in lines if line.startswith("**/")]
    # A rival may name what lies in a directory that goes whole, so that these names are offered, too.
    offered = parent_globs(dict.fromkeys((*roots(needed, waste), *waste)))
    found = smallest(needed, waste, [*families, *offered])
    assert is_valid(found, needed, waste)
    # Lists of up to two lines are searched whole: a found list of four must not have a rival of two.
    for length in range(min(len(found) - 1, 3)):
        for patterns in itertools.permutations(lines, length):
            assert not is_valid(list(patterns), needed, waste), (patterns, found)


def test_a_directory_is_not_excluded_for_the_one_thing_in_it() -> None:
    assert smallest(["main.go"], ["bin/service"]) == ["bin/service"]


def test_nothing_to_leave_out_is_no_line() -> None:
    assert smallest(["a"], []) == []
