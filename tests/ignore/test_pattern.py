"""A pattern: its translation, its errors, pathspec's seam, and how far down it reaches."""

from __future__ import annotations

import pathspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.errors import PatternError
from ctxaudit.ignore import DockerignorePattern, clean_path, literal, valid_utf8
from ctxaudit.ignore.matcher import Matcher, ancestry

ALPHABET = "ab*?[]^-!\\/.|{}1é\n"
NAMES = st.text("ab.1é|", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PATTERNS = st.text(ALPHABET, min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    [
        pytest.param("**foo", "barfoo", True, id="two stars glued to a name are a suffix"),
        pytest.param("**foo*", "barfoo1", False, id="a suffix with a star is a regular expression again"),
        pytest.param("a**b", "axb", False, id="two stars inside a name cross directories only at a slash"),
        pytest.param("a**b", "ax/b", True, id="two stars inside a name eat up to a slash"),
        pytest.param("a/**", "a", False, id="two stars after a slash need a child"),
        pytest.param("[!a]", "a", True, id="a class with ! is no negation"),
        pytest.param("x[^a]y", "x/y", True, id="a negated class matches a slash"),
        pytest.param("[*]", "*", False, id="a star in a class breaks the class"),
        pytest.param("\\d", "5", True, id="a letter's escape is a class of Perl"),
        pytest.param("foo|bar*", "fooXYZ", True, id="a bar in a regular expression is an alternation"),
        pytest.param("foo|bar", "foo|bar", True, id="a bar in an exact pattern is a bar"),
        pytest.param("a{1}*", "a1", True, id="braces are a quantifier"),
        pytest.param("a/**/b", "a/x\nz/b", False, id="two stars do not cross a newline"),
        pytest.param("**/*.log", "a\nb/x.log", False, id="nor before an ending"),
        pytest.param("**/*.log", "a/b/c\nd/x.log", False, id="nor further down"),
        pytest.param("**/*.log", "a/x\ny.log", True, id="a star does, in the name itself"),
        pytest.param("**/*.log", "a\nb.log", True, id="also at the top"),
        pytest.param("**/app*", "web/app.ts", True, id="a name with a star at its end, at any depth"),
        pytest.param("**/app*", "app/web.ts", False, id="and not the directory above"),
        pytest.param("**/app*", "a\nb/app.ts", False, id="no newline before a start"),
        pytest.param("app*.ts", "app.ts", True, id="a star for nothing"),
        pytest.param("app*p.ts", "app.ts", False, id="the two ends do not overlap"),
        pytest.param("app*.ts", "app/x.ts", False, id="a star in a name crosses no slash"),
        pytest.param("\ufeffapp*", "\ufeffapp.ts", False, id="a byte order mark in front is dropped"),
        pytest.param("**/x.log", "a\nb/x.log", True, id="a suffix is compared as text"),
        pytest.param("*", "\udcff", True, id="a star matches a byte that is not UTF-8"),
        pytest.param("\udcff", "\udcff", True, id="a byte that is not UTF-8 matches itself"),
        pytest.param("?\udcff", "a\udcfe", True, id="in a regular expression such bytes are all alike"),
        pytest.param("A", "a", False, id="case counts"),
        pytest.param("\ufeffa*", "ab", True, id="a byte order mark at the start is dropped"),
        pytest.param("a\ufeff*", "ab", False, id="one further on is not"),
    ],
)
def test_a_pattern_matches_as_moby_translates_it(pattern: str, path: str, matched: bool) -> None:
    assert DockerignorePattern(pattern).matches(path) is matched


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        pytest.param("!", 'illegal exclusion pattern: "!"', id="a bare exception"),
        pytest.param("!/", 'illegal exclusion pattern: "!"', id="an exception that cleans to nothing"),
        pytest.param("[a", "syntax error in pattern", id="a class without an end"),
        pytest.param("[]a]", "syntax error in pattern", id="a class without a member"),
        pytest.param("[a-]", "syntax error in pattern", id="a range without an end"),
        pytest.param("foo\\", "syntax error in pattern", id="an escape of nothing"),
        pytest.param("[\udcff]", "syntax error in pattern", id="a byte in a class that is not UTF-8"),
    ],
)
def test_what_docker_refuses_at_once_is_refused_with_its_words_and_place(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        DockerignorePattern(pattern, file=".dockerignore", line=3)
    assert (caught.value.where, message in caught.value.what) == (".dockerignore:3", True)


@pytest.mark.parametrize("pattern", ["[c-a]", "\\e", "\\é", "s/\\é", "*\\µ/x", "\\\udc94", "a*[b", "\\C*"])
def test_what_docker_refuses_when_asked_is_refused_when_asked(pattern: str) -> None:
    kept = DockerignorePattern(pattern, file=".dockerignore", line=7)
    with pytest.raises(PatternError) as caught:
        kept.matches("x")
    assert caught.value.where == ".dockerignore:7"


def test_whether_docker_asks_depends_on_what_stands_above() -> None:
    assert Matcher.of(["*", "[c-a]"]).excludes("a")
    with pytest.raises(PatternError):
        Matcher.of(["[c-a]", "*"]).excludes("a")


def test_pathspec_takes_the_class_by_its_registered_name() -> None:
    spec = pathspec.PathSpec.from_lines("dockerignore", ["*.log", "!keep.log", "docs/**"], backend="simple")
    names = ["a.log", "keep.log", "b/a.log", "docs/a", "docs"]
    assert [name for name in names if spec.match_file(name)] == ["a.log", "docs/a"]


@given(PATTERNS, PATHS)
def test_pathspec_s_own_search_and_the_fast_test_agree(pattern: str, path: str) -> None:
    try:
        compiled = DockerignorePattern(pattern)
    except PatternError:
        return
    if compiled.regex is not None and compiled.include is not None:
        found = compiled.regex.search(valid_utf8(path).encode()) is not None
        assert compiled.matches(path) is found


@given(PATTERNS, PATHS)
def test_a_pattern_that_does_not_reach_below_matches_nothing_there(pattern: str, path: str) -> None:
    try:
        compiled = DockerignorePattern(pattern)
    except PatternError:
        return
    if compiled.regex is None or compiled.include is None or not compiled.matches(path):
        return
    assert all(compiled.reaches_below(parent) for parent in ancestry(path)[:-1])


@pytest.mark.parametrize(
    ("pattern", "directory", "reaches"),
    [
        pytest.param("a/b", "a", True, id="a parent"),
        pytest.param("a/b", "b", False, id="another directory"),
        pytest.param("a/b", "a/b", False, id="what it matches itself"),
        pytest.param("a/b/c", "a/b", True, id="a parent two levels down"),
        pytest.param("a/b/c", "a/x", False, id="one that differs in its second name"),
        pytest.param("*.d/b", "x.d", True, id="a parent that a glob matches"),
        pytest.param("*.d/b", "x.e", False, id="one that it does not"),
        pytest.param("**/b", "x/y", True, id="any directory, by two stars"),
        pytest.param("a/**", "a/x/y", True, id="any below one"),
        pytest.param("a/**", "b", False, id="not beside it"),
        pytest.param("ab**c", "ab", True, id="one that begins as a pattern without segments does"),
        pytest.param("ab**c", "b", False, id="not one that begins otherwise"),
        pytest.param("a[^x]b|c", "z", True, id="anywhere, by an alternation"),
    ],
)
def test_what_a_pattern_may_match_below(pattern: str, directory: str, reaches: bool) -> None:
    assert DockerignorePattern(pattern).reaches_below(directory) is reaches


@given(
    st.lists(
        st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name and name not in (".", "..")),
        min_size=1,
        max_size=3,
    )
)
def test_a_literal_line_means_its_path_and_no_other(parts: list[str]) -> None:
    path = "/".join(parts)
    line = literal(path)
    if line is None:
        return
    from ctxaudit import matches, parse_ignore

    patterns = parse_ignore(line.encode())
    others = [path + "x", "x" + path, path[:-1], path.upper(), path.replace("a", "b")]
    assert len(patterns) == 1
    assert matches(patterns, path)
    assert not any(
        matches(patterns, other)
        for other in others
        if other and clean_path(other) != path and not other.startswith(path + "/")
    )
