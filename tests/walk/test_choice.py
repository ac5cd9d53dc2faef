"""Whether a builder includes one path, decided on the way down to it."""

from __future__ import annotations

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.walk import decide, includes

BOTH = ("buildkit", "classic")


@pytest.mark.parametrize(
    ("patterns", "path", "builders"),
    [
        pytest.param([], "a/b", BOTH, id="no pattern excludes nothing"),
        pytest.param(["a"], "a/b", (), id="a directory that is excluded takes what is in it along"),
        pytest.param(
            ["a", "!a/b"], "a/b", BOTH, id="an exception that starts with the directory's name brings it back"
        ),
        pytest.param(["a", "!*/b"], "a/b", ("buildkit",), id="the classic builder looks for the directory's own name"),
        pytest.param(["a", "!**/b"], "a/x/b", ("buildkit",), id="nor does it follow an exception of any depth"),
        pytest.param(["a", "!a/x/b"], "a/x/b", BOTH, id="an exception opens each directory on the way"),
        pytest.param(["a", "!a/x/b"], "a/x/c", (), id="and nothing else in them"),
        pytest.param(
            ["**/*.log", "!logs"], "logs/a.log", (), id="an exception is not asked about what is not excluded"
        ),
        pytest.param(["*", "!a/b", "a"], "a/b", BOTH, id="an exclusion is not asked again about what is excluded"),
        pytest.param(["x"], "nothing/of/the/kind", BOTH, id="a path need not be there"),
    ],
)
def test_who_includes_a_path(patterns: list[str], path: str, builders: tuple[str, ...]) -> None:
    selections = {name: row.select(Matcher.of(patterns), None, "", False) for name, row in BUILDERS.items()}
    assert tuple(name for name in BOTH if includes(selections[name], path)) == builders


@pytest.mark.parametrize(
    ("patterns", "path", "stopped"),
    [
        pytest.param(["a"], "a", "", id="at the path itself nobody turns back"),
        pytest.param(["a"], "a/b/c", "a", id="the topmost directory that is not entered"),
        pytest.param(["a/b"], "a/b/c", "a/b", id="which may lie further down"),
        pytest.param(["a", "!a/b"], "a/b/c", "", id="none where an exception lies ahead"),
    ],
)
def test_where_a_builder_turns_back(patterns: list[str], path: str, stopped: str) -> None:
    assert decide(BUILDERS["classic"].select(Matcher.of(patterns), None, "", False), path)[1] == stopped


@pytest.mark.parametrize(
    ("patterns", "is_constant"),
    [
        pytest.param([], True, id="no pattern"),
        pytest.param(["!a", "!**/b"], True, id="exceptions alone, which bring back what nothing excluded"),
        pytest.param(["x"], False, id="a pattern that excludes"),
    ],
)
def test_one_choice_is_enough_where_no_pattern_excludes(patterns: list[str], is_constant: bool) -> None:
    for name in BOTH:
        root = BUILDERS[name].select(Matcher.of(patterns), None, "Dockerfile", True).root
        assert (root["a"]["b"] is root, root.uniform_below) == (is_constant, is_constant)
        assert (root["a"]["b"].kept, root["a"]["b"].permitted, root["a"]["b"].content_sent) == (True, True, True)


def test_below_what_nothing_changes_one_choice_is_enough() -> None:
    root = BUILDERS["buildkit"].select(Matcher.of(["a/*.log"]), None, "", False).root
    assert (root["b"]["c"] is root["b"], root["a"].uniform_below, root["a"]["x.log"].kept) == (True, False, False)


def test_a_use_narrows_what_buildkit_includes() -> None:
    selection = BUILDERS["buildkit"].select(Matcher.of(["**/*.log"]), Matcher.of(["src"]), "", False)
    paths = ("src/a.c", "src/a.log", "docs/a.md", "src")
    assert [path for path in paths if includes(selection, path)] == ["src/a.c", "src"]
