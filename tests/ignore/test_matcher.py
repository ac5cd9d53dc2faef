"""Both verdicts, what a verdict knows, and when nothing below can change."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.builders import BUILDERS
from ctxaudit.errors import PatternError
from ctxaudit.ignore import DockerignorePattern, matcher, segment_test
from ctxaudit.ignore.dialect import DialectPattern
from ctxaudit.ignore.file import IgnoreFile
from ctxaudit.ignore.matcher import Matcher, Touch, ancestry, matches, named, places

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
        )
        | st.sampled_from(["[!a]*", "*[._b-c]?", "[,-a]"]),
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
        pytest.param(["**/**/**"], "a", True, True, id="two stars again and again"),
        pytest.param(["**/**/a"], "a", True, True, id="before a name"),
        pytest.param(["a/**/**/b"], "a/b", True, True, id="between two"),
        pytest.param(["\x01"], "\x01", True, True, id="a control character is a name like others"),
        pytest.param(["\x01/a"], "a", False, False, id="and a directory"),
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
        ("[!a-c]", True),
        ("*[._]*", True),
        ("[!-a]", False),  # a range that holds "/"
    ],
)
def test_only_what_is_made_of_segments_goes_through_the_automaton(pattern: str, is_aligned: bool) -> None:
    assert (DockerignorePattern(pattern).segments is not None) is is_aligned


def test_a_state_is_found_again_whatever_the_path() -> None:
    matcher = Matcher.of(["**/node_modules", "docs/*.md", "!docs/keep.md"])
    assert matcher.trail("a/b/c") is matcher.trail("x")
    assert matcher.trail("a/node_modules/b/c") is matcher.trail("node_modules/x")
    assert matcher.trail("docs/keep.md") is not matcher.trail("docs/a.md")


def test_of_ten_thousand_globs_few_are_asked_one_by_one() -> None:
    matcher = Matcher.of([f"*a{number}z*/x" for number in range(10_000)])
    before = segment_test.cache_info().misses
    assert [matcher.trail(f"ca{number}zb/x").excluded for number in (0, 9_999, 10_000)] == [True, True, False]
    assert segment_test.cache_info().misses - before < 1_000


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


@pytest.mark.parametrize(("path", "parents"), [("a", ["a"]), ("a/b/c", ["a", "a/b", "a/b/c"]), ("", [""])])
def test_a_path_and_its_parents(path: str, parents: list[str]) -> None:
    assert ancestry(path) == parents


@pytest.mark.parametrize(("bits", "found"), [(0, []), (1, [0]), (0b1011, [0, 1, 3]), (1 << 70, [70])])
def test_the_places_of_bits(bits: int, found: list[int]) -> None:
    assert list(places(bits)) == found


@pytest.mark.parametrize(
    ("text", "most", "paths"),
    [
        pytest.param("a/b/c", 9, ["a", "a/b", "a/b/c"], id="each name"),
        pytest.param("a/b/c", 3, ["a", "a/b", "a/b/c"], id="as many as asked for"),
        pytest.param("a/b/c", 2, ["a", "a/b"], id="fewer"),
        pytest.param("a" * 4096, 9, ["a" * 4096], id="as long as a path may be"),
        pytest.param("a/" + "b" * 4094, 9, ["a", "a/" + "b" * 4094], id="in two names"),
        pytest.param("a/" + "b" * 4095, 9, ["a"], id="a letter more"),
        pytest.param("a/b/" + "c" * 4095, 9, ["a", "a/b"], id="behind two names"),
    ],
)
def test_the_paths_that_a_plain_pattern_names(text: str, most: int, paths: list[str]) -> None:
    assert named(DockerignorePattern(text), most) == paths


@pytest.mark.parametrize(
    ("patterns", "path", "touched"),
    [
        pytest.param(["a", "b", "a/c"], "a", [0], id="a path itself"),
        pytest.param(["a", "b", "a/c"], "a/c", [0, 2], id="a directory above, too"),
        pytest.param(["a", "b", "a/c"], "x/a", [], id="no other"),
        pytest.param(["a", "!a", "*"], "a/x", [0, 1, 2], id="whatever it decides"),
        pytest.param(["x", "b**c", "**/c"], "b/c", [1, 2], id="one without segments"),
        pytest.param(["b**c"], "b/c/d", [0], id="also below"),
        pytest.param(["b**c"], "b", [], id="and not above"),
    ],
)
def test_which_patterns_touch_a_path(patterns: list[str], path: str, touched: list[int]) -> None:
    touch = Touch(Matcher.of(patterns))
    assert (list(places(touch.bits(path))), touch.meets(path)) == (touched, bool(touched))


def test_the_lines_of_another_dialect_are_read_anew() -> None:
    docker, podman = Matcher(IgnoreFile.read("x", b"**foo\n\n a \n!b\n").patterns), BUILDERS["podman"].dialect
    translated = podman.translated(docker)
    rows = [(one.written, one.where, type(one) is podman.pattern) for one in translated.patterns]
    assert rows == [("**foo", "x:1", True), ("a", "x:3", True), ("!b", "x:4", True)]
    assert (podman.translated(docker) is translated, podman.translated(translated) is translated) == (True, True)
    assert (Matcher.translated(docker) is docker, podman.translated(docker).excludes("barfoo")) == (True, False)
    back = Matcher.translated(translated)
    assert [(one.written, one.where, type(one)) for one in back.patterns] == [
        ("**foo", "x:1", DockerignorePattern),
        ("a", "x:3", DockerignorePattern),
        ("!b", "x:4", DockerignorePattern),
    ]


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        pytest.param(" a/ ", "a", id="a pattern"),
        pytest.param("! a", "!a", id="an exception"),
        pytest.param("#a", None, id="a comment"),
        pytest.param("", None, id="nothing"),
        pytest.param("\udcff", "\udcff", id="a byte that is not UTF-8"),
    ],
)
def test_a_line_as_it_stands_in_a_file(raw: str, written: str | None) -> None:
    found = Matcher.line(raw, "x", 7)
    assert (found and (found.written, found.where)) == (written and (written, "x:7"))


def test_more_lines_stand_behind_the_others() -> None:
    for name, lines in (("buildkit", ["a", "!b", "/c"]), ("podman", ["a", "!b", "c"])):
        dialect = BUILDERS[name].dialect
        extended = dialect(()).extended(["a"]).extended(["!b", "/c"])
        assert [one.written for one in extended.patterns] == lines
        assert (type(extended), {type(one) for one in extended.patterns}) == (dialect, {dialect.pattern})


def test_a_matcher_keeps_patterns_that_mean_something() -> None:
    found = Matcher.of(["a", "", "!b", " ", "c"])
    said = ([one.text for one in found.patterns], [one.text for one in found.exceptions], len(found.exclusions))
    assert (*said, found.not_segment_aligned) == (["a", "b", "c"], ["b"], 2, False)
    assert Matcher.of(["a**b"]).not_segment_aligned


@pytest.mark.parametrize(
    ("patterns", "directory", "is_final"),
    [
        pytest.param(["a", "b**c"], "a", True, id="an exclusion changes nothing of what is excluded"),
        pytest.param(["a", "!b**c"], "a", True, id="nor does an exception that reaches elsewhere"),
        pytest.param(["a", "!a**c"], "a", False, id="one that reaches it may"),
        pytest.param(["x", "!a**c"], "a", True, id="none of what is included"),
        pytest.param(["a**b"], "", False, id="nothing is known of the root"),
    ],
)
def test_the_verdict_stays_for_patterns_without_segments(patterns: list[str], directory: str, is_final: bool) -> None:
    found = Matcher.of(patterns)
    assert (found.trail(directory) if directory else found.root).uniform_below is is_final


@pytest.mark.parametrize(
    ("patterns", "path", "by", "carried", "content_excluded"),
    [
        pytest.param([], "a", None, [], False, id="no pattern"),
        pytest.param(["x"], "a", None, [], False, id="none that matches"),
        pytest.param(["a"], "a/b", "a", [0], True, id="a directory above"),
        pytest.param(["a", "!a/b"], "a/b", "!a/b", [0, 1], False, id="an exception"),
        pytest.param(["a", "!a/b", "a/b/c"], "a/b/c", "a/b/c", [0, 1, 2], True, id="an exclusion below it"),
        pytest.param(["!a", "x"], "a", None, [], False, id="an exception of what is included is not asked"),
        pytest.param(["a", "a/b"], "a/b", "a", [0], True, id="nor an exclusion of what is excluded"),
        pytest.param(["a", "!a/b", "a"], "a/b", "!a/b", [0, 1], True, id="which the stateless verdict asks"),
        pytest.param(["a**b", "!a/b"], "a/b", "!a/b", [0, 1], False, id="without segments"),
        pytest.param(["a**b", "!a/b", "a**b"], "a/b", "a**b", [0, 1, 2], True, id="the last one"),
    ],
)
def test_what_a_verdict_knows(
    patterns: list[str], path: str, by: str | None, carried: list[int], content_excluded: bool
) -> None:
    trail = Matcher.of(patterns).trail(path)
    said = (trail.by and trail.by.written, list(places(trail.carried)), trail.content_excluded)
    assert said == (by, carried, content_excluded)
    assert trail.excluded is (by is not None and not by.startswith("!"))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matcher, "MOST_NAMES", 5)
    found = Matcher.of(["*.x", "a"])
    for number in range(20):
        assert found.trail(f"{number}.x").excluded
        assert len(found.root._children) <= 5
        assert len(found._automaton.signatures._known) <= 5
    assert found.trail("19.x") is found.root.child("19.x")


@pytest.mark.parametrize("patterns", ["a", b"a"])
def test_one_string_is_no_list_of_patterns(patterns: str | bytes) -> None:
    with pytest.raises(TypeError, match="patterns are a list of strings"):
        matches(patterns, "a")  # type: ignore[arg-type]
