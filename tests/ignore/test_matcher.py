"""Both verdicts, what a verdict knows, and when nothing below can change."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.errors import PatternError
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.dialect import DialectPattern
from ctxaudit.ignore.file import IgnoreFile
from ctxaudit.ignore.matcher import Matcher, ancestry, matches

NAMES = st.sampled_from(["a", "b", "ab", "c.md", "x|y"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
STRANGE_NAMES = st.sampled_from(
    ["a", "b", "ab", "c.md", "x|y", "a\nb", "é", "\udcff", "\ufffd", "\ufeffa", "**", "*", "a{1}", "[a"]
)
STRANGE_PATHS = st.lists(STRANGE_NAMES, min_size=1, max_size=4).map("/".join)
SEGMENTS = st.sampled_from(["a", "b", "ab", "*", "**", "?", "a*", "*.md", "**b", "a**", "[ab]", "[^a]", "x|y*", "c.md"])
PATTERNS = st.builds(
    lambda exception, segments: "!" * exception + "/".join(segments),
    st.booleans(),
    st.lists(SEGMENTS, min_size=1, max_size=3),
)
STRANGE_PATTERNS = st.builds(
    lambda exception, segments: "!" * exception + "/".join(segments),
    st.booleans(),
    st.lists(
        SEGMENTS
        | STRANGE_NAMES
        | st.sampled_from(
            ["***", "*b", "*\nb", "a{1}*", r"\*", r"\d", r"\é", "[c-a]", "[a-c]*", "?b", "\ufeffa*", "*\udcff", "b^*"]
        ),
        min_size=1,
        max_size=4,
    ),
)


@pytest.mark.parametrize(
    ("patterns", "path", "stateless", "walked"),
    [
        pytest.param(["**/*.md", "!docs"], "docs/a.md", False, True, id="an exception for a directory that was in"),
        pytest.param(["**/*.log", "!logs/**"], "logs/a.log", False, False, id="an exception for the file itself"),
        pytest.param(["**", "!src"], "src/b/c", False, False, id="an exception for a directory that was out"),
        pytest.param(["a", "!a/b", "a"], "a/b", True, False, id="an exclusion repeated after its exception"),
        pytest.param(["*", "!src/keep", "src/**"], "src/keep", True, True, id="a later exclusion of the file itself"),
    ],
)
def test_the_two_verdicts(patterns: list[str], path: str, stateless: bool, walked: bool) -> None:
    matcher = Matcher.of(patterns)
    assert (matcher.excludes(path), matcher.trail(path).excluded) == (stateless, walked)


@pytest.mark.parametrize(
    ("patterns", "may_disagree"),
    [
        pytest.param([], False, id="no pattern"),
        pytest.param(["a", "b"], False, id="exclusions alone"),
        pytest.param(["!a", "!b"], False, id="exceptions alone"),
        pytest.param(["a", "!a/b"], False, id="an exception at the end"),
        pytest.param(["a", "!a/b", "a"], True, id="an exclusion behind an exception"),
        pytest.param(["!a", "b"], True, id="whatever stands first"),
    ],
)
def test_when_the_two_verdicts_may_disagree_about_what_is_included(patterns: list[str], may_disagree: bool) -> None:
    assert Matcher.of(patterns).may_disagree is may_disagree


def test_a_verdict_knows_the_pattern_its_file_and_its_line() -> None:
    matcher = Matcher(IgnoreFile.read(".dockerignore", b"*\n!src\nsrc/tmp\n").patterns)
    by = [matcher.trail(path).by for path in ("a", "src/x", "src/tmp/x")]
    assert [pattern and (pattern.where, pattern.written) for pattern in by] == [
        (".dockerignore:1", "*"),
        (".dockerignore:2", "!src"),
        (".dockerignore:3", "src/tmp"),
    ]


def test_the_steps_say_what_was_not_asked() -> None:
    matcher = Matcher.of(["a", "!a/b", "a"])
    assert [(step.pattern.written, step.at, step.skipped) for step in matcher.steps("a/b")] == [
        ("a", "a", False),
        ("!a/b", "a/b", False),
        ("a", "a", True),
    ]


@pytest.mark.parametrize(
    ("patterns", "directory", "is_final"),
    [
        pytest.param([], "a", True, id="no pattern changes anything"),
        pytest.param(["a"], "a", True, id="an excluded directory"),
        pytest.param(["a"], "b", True, id="one that no pattern is about"),
        pytest.param(["x", "a/b"], "a", False, id="one in which something is excluded"),
        pytest.param(["x", "a/b"], "a/c", True, id="its other directories"),
        pytest.param(["a", "!a/b"], "a", False, id="an excluded one with an exception below it"),
        pytest.param(["a", "!c/b"], "a", True, id="an excluded one with an exception elsewhere"),
        pytest.param(["**/x"], "a", False, id="any, where a name is excluded at every depth"),
        pytest.param(["a/**"], "a", False, id="one whose content alone is excluded"),
        pytest.param(["a/**"], "a/b", True, id="and what is in it"),
        pytest.param(["a", "ab**c"], "b", True, id="one that a pattern without segments does not reach"),
        pytest.param(["a", "b**c"], "b", False, id="one that it may reach"),
    ],
)
def test_the_directories_below_which_the_verdict_stays(patterns: list[str], directory: str, is_final: bool) -> None:
    assert Matcher.of(patterns).trail(directory).uniform_below is is_final


def test_buildkit_gets_a_pattern_that_is_not_utf_8_as_json_holds_it() -> None:
    plain, strange = Matcher.of(["a", "!b"]), Matcher(IgnoreFile.read("x", b"a\xff\n!b\xfe*\n").patterns)
    assert plain.as_json is plain
    assert [(one.written, one.where) for one in strange.as_json.patterns] == [("a\ufffd", "x:1"), ("!b\ufffd*", "x:2")]


@pytest.mark.parametrize(
    ("patterns", "path", "is_excluded"),
    [
        pytest.param(["a"], "a/b/c", True, id="of one name the top directory"),
        pytest.param(["b"], "a/b/c", False, id="and no other directory"),
        pytest.param(["a/b"], "a/b/c", True, id="of two names the one two levels down"),
        pytest.param(["*/b"], "a/b/c/d", True, id="also by a glob"),
        pytest.param(["**/c"], "a/b/c/d", False, id="two stars count as one name"),
        pytest.param(["a", "!a/b"], "a/b/c", False, id="an exception asks its own parent"),
        pytest.param(["a", "!a/b", "a/b/c"], "a/b/c", True, id="the last one decides"),
        pytest.param(["a/b/c"], "a/b/c", True, id="the path itself"),
        pytest.param(["a/b/c"], "a/b", False, id="no parent is asked for a pattern that is deeper"),
    ],
)
def test_the_deprecated_verdict_asks_one_parent(patterns: list[str], path: str, is_excluded: bool) -> None:
    assert Matcher.of(patterns).excludes_with_one_parent(path) is is_excluded


def test_a_pattern_that_came_from_no_file_has_no_place() -> None:
    (pattern,) = Matcher.of(["a"]).patterns
    assert (pattern.file, pattern.line, pattern.where) == ("", 0, None)


class Cased(DialectPattern):
    ignores_case = True


@pytest.mark.parametrize(
    ("pattern", "directory", "plain", "cased"),
    [
        pytest.param("ab/c", "ab", True, True, id="a parent"),
        pytest.param("ab/c", "AB", False, True, id="a parent in other letters"),
        pytest.param("ab/c", "b", False, False, id="another directory"),
        pytest.param("ab*/c", "ax", True, True, id="one that differs in a letter which the star may take back"),
        pytest.param("ab*/c", "bx", False, False, id="one that differs before"),
        pytest.param("a*/c", "b", True, True, id="any, as a star may take back the letter before it"),
        pytest.param("ab?/c", "aé", True, True, id="what its start may reach"),
        pytest.param("a|b", "z", True, True, id="any, by an alternation"),
        pytest.param("é/c", "z", True, True, id="any, by letters that are not ASCII"),
        pytest.param("ab/c", "é", False, True, id="any in letters that have no known case"),
    ],
)
def test_how_far_a_pattern_of_another_dialect_reaches(pattern: str, directory: str, plain: bool, cased: bool) -> None:
    assert (DialectPattern(pattern).reaches_below(directory), Cased(pattern).reaches_below(directory)) == (plain, cased)


def test_the_context_root_is_never_excluded() -> None:
    assert [matches(["*", "."], path) for path in (".", "./", "a/..", "a")] == [False, False, False, True]


@settings(max_examples=200, deadline=None)
@given(st.lists(PATTERNS, max_size=6), PATHS)
def test_below_a_final_directory_the_verdict_stays(patterns: list[str], path: str) -> None:
    try:
        matcher = Matcher.of(patterns)
    except PatternError:
        return
    *parents, _ = ancestry(path)
    for parent in parents:
        trail = matcher.trail(parent)
        if trail.uniform_below:
            assert matcher.trail(path).excluded is trail.excluded


@settings(max_examples=200, deadline=None)
@given(st.lists(PATTERNS, max_size=6), PATHS)
def test_the_verdicts_agree_where_they_are_said_to(patterns: list[str], path: str) -> None:
    try:
        matcher = Matcher.of(patterns)
    except PatternError:
        return
    if not matcher.may_disagree and not matcher.trail(path).excluded:
        assert not matcher.excludes(path)


def by_regex(patterns: list[str]) -> Matcher:
    """The same list, each pattern asked by RE2 about the whole path."""
    compiled = [DockerignorePattern(pattern) for pattern in patterns]
    for pattern in compiled:
        pattern.segments = None
    return Matcher(compiled)


def said(matcher: Matcher, path: str) -> tuple[object, ...]:
    try:
        trail = matcher.trail(path)
    except PatternError as error:
        return (str(error),)
    return trail.excluded, trail.by and trail.by.written, trail.carried, trail.content_excluded


@settings(max_examples=300, deadline=None)
@given(st.lists(STRANGE_PATTERNS, max_size=5), st.lists(STRANGE_PATHS, min_size=1, max_size=4))
def test_the_automaton_and_the_regular_expressions_say_the_same(patterns: list[str], paths: list[str]) -> None:
    try:
        automaton, regex = Matcher.of(patterns), by_regex(patterns)
    except PatternError:
        return
    for path in paths:
        assert said(automaton, path) == said(regex, path)


@settings(max_examples=200, deadline=None)
@given(st.lists(STRANGE_PATTERNS, max_size=5), STRANGE_PATHS)
def test_what_the_regular_expressions_call_final_the_automaton_does(patterns: list[str], path: str) -> None:
    """The automaton knows more: it also sees that a wildcard leads nowhere."""
    try:
        automaton, regex = Matcher.of(patterns).trail(path), by_regex(patterns).trail(path)
    except PatternError:
        return
    assert automaton.uniform_below or not regex.uniform_below


@pytest.mark.parametrize(
    ("pattern", "is_aligned"),
    [
        *(
            (pattern, True)
            for pattern in ("a", "a/b", "**", "**/a", "a/**", "*.md", "**/[ab]?/*", r"\*a", "c++", "a|b")
        ),
        *(
            (pattern, False)
            for pattern in ("**a", "a**", "a**b", "***", "[^a]", "a|b*", "a{1}*", r"\d", "[c-a]", r"s/\é", "\\\udc94")
        ),
    ],
)
def test_only_what_is_made_of_segments_goes_through_the_automaton(pattern: str, is_aligned: bool) -> None:
    assert (DockerignorePattern(pattern).segments is not None) is is_aligned


def test_a_state_is_found_again_whatever_the_path() -> None:
    matcher = Matcher.of(["**/node_modules", "docs/*.md", "!docs/keep.md"])
    assert matcher.trail("a/b/c") is matcher.trail("x")
    assert matcher.trail("a/node_modules/b/c") is matcher.trail("node_modules/x")
    assert matcher.trail("docs/keep.md") is not matcher.trail("docs/a.md")


def test_ten_thousand_patterns_share_their_way() -> None:
    matcher = Matcher.of([f"**/name{number}" for number in range(10_000)])
    assert [matcher.trail(f"a/b/name{number}/c").excluded for number in (0, 9_999, 10_000)] == [True, True, False]


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        pytest.param(
            "**/a/" * 12_000 + "b", "a/" * 200 + "b", id="a sixty thousand characters long chain of two stars"
        ),
        pytest.param("*a" * 30_000, "a" * 255, id="stars and letters in one name"),
        pytest.param("**/*/*/*/*/*/a", "x/" * 200 + "b", id="any of five levels"),
    ],
)
def test_a_hostile_pattern_takes_no_longer_than_its_length(pattern: str, path: str) -> None:
    assert not Matcher.of([pattern]).trail(path).excluded


def test_a_pattern_takes_no_more_room_than_a_path_goes_into_it() -> None:
    lines = ["/".join([f"n{number}", *["a"] * 3_000]) for number in range(20)]
    tracemalloc.start()
    matcher = Matcher.of(lines)
    below = matcher.trail("n7/a/a")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (matcher.excludes(lines[7]), matcher.excludes("n7/a"), below.excluded) == (True, False, False)
    assert not below.uniform_below
    assert peak < 8_000_000
