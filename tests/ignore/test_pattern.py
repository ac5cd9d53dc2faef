"""A pattern: its translation, its errors, pathspec's seam, and how far down it reaches."""

from __future__ import annotations

import pathspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.errors import PatternError
from ctxaudit.ignore import DockerignorePattern, clean_path, literal, translate, valid_utf8
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
        pytest.param("/a", "a", False, id="a slash at the start is a part of the pattern"),
        pytest.param("**/x", "x", True, id="a suffix with a slash is a name at the top"),
        pytest.param("**/x", "ax", False, id="and no part of one"),
        pytest.param("**x", "a/x", True, id="a suffix without one is a part of a name"),
        pytest.param("a/**", "a/b", True, id="a prefix"),
        pytest.param("a/**", "ab", False, id="which has its slash"),
        pytest.param("a**", "ab/c", True, id="a prefix without one"),
        pytest.param("**", "a/b", True, id="two stars alone"),
        pytest.param("**/**", "a", True, id="twice"),
        pytest.param("*.log", "x.log", True, id="an ending"),
        pytest.param("*.log", "x.logs", False, id="not within a name"),
        pytest.param("*.log", "d/x.log", False, id="nor in a directory"),
        pytest.param("*.log", ".log", True, id="a star for nothing at all"),
        pytest.param("a*a", "a", False, id="one letter is not both ends"),
        pytest.param("a*a", "aa", True, id="two are"),
        pytest.param("**/a*a", "d/a", False, id="also at any depth"),
        pytest.param("**/a*a", "d/aa", True, id="where two are, too"),
        pytest.param("**/a*a", "d/ab", False, id="and not one that ends otherwise"),
        pytest.param("**/*a", "x/ba", True, id="an ending at any depth"),
        pytest.param("**/*a", "ba/x", False, id="is not that of the directory"),
        pytest.param("**/a*", "x\n/ab", False, id="a newline at the end of a directory's name"),
        pytest.param("**/a*", "x/a\nb", True, id="one in the name itself"),
        pytest.param("a.b*", "axbc", False, id="a dot means itself"),
        pytest.param("a+*", "a+b", True, id="as a plus does"),
        pytest.param("(a)*", "(a)b", True, id="and parentheses"),
        pytest.param("a$*", "a$b", True, id="and a dollar"),
        pytest.param("a^*", "a^b", False, id="a circumflex is an anchor"),
        pytest.param("\\*", "*", True, id="a star that is escaped"),
        pytest.param("\\*", "a", False, id="matches nothing else"),
        pytest.param("a?", "a/", False, id="a question mark is no slash"),
        pytest.param("a?", "aé", True, id="but a letter of two bytes"),
        pytest.param("?", "\ufffd", True, id="or what stands for a byte"),
    ],
)
def test_a_pattern_matches_as_moby_translates_it(pattern: str, path: str, matched: bool) -> None:
    assert DockerignorePattern(pattern).matches(path) is matched


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        pytest.param("!", 'illegal exclusion pattern: "!"', id="a bare exception"),
        pytest.param("!/", 'illegal exclusion pattern: "!"', id="an exception that cleans to nothing"),
        pytest.param("[a", 'syntax error in pattern "[a"', id="a class without an end"),
        pytest.param("[]a]", 'syntax error in pattern "[]a]"', id="a class without a member"),
        pytest.param("[a-]", 'syntax error in pattern "[a-]"', id="a range without an end"),
        pytest.param("foo\\", 'syntax error in pattern "foo\\"', id="an escape of nothing"),
        pytest.param("[\udcff]", 'syntax error in pattern "[\udcff]"', id="a byte in a class that is not UTF-8"),
    ],
)
def test_what_docker_refuses_at_once_is_refused_with_its_words_and_place(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as caught:
        DockerignorePattern(pattern, file=".dockerignore", line=3)
    assert (caught.value.where, caught.value.what) == (".dockerignore:3", message)


@pytest.mark.parametrize("pattern", ["[c-a]", "\\e", "\\é", "s/\\é", "*\\µ/x", "\\\udc94", "a*[b", "\\C*"])
def test_what_docker_refuses_when_asked_is_refused_when_asked(pattern: str) -> None:
    kept = DockerignorePattern(pattern, file=".dockerignore", line=7)
    with pytest.raises(PatternError) as caught:
        kept.matches("x")
    assert (caught.value.where, caught.value.what) == (".dockerignore:7", f'syntax error in pattern "{pattern}"')


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
        pytest.param("a[^x]b", "z", True, id="or what negates a class, as if it were an anchor"),
        pytest.param("ab**c", "a", False, id="of a name that is cut"),
        pytest.param("ab**c", "abx/y", True, id="but of one that goes on"),
        pytest.param("a/b**c", "a", True, id="above its beginning"),
        pytest.param("a{1}*", "a/b", True, id="a brace is the end of what is known"),
        pytest.param("**", "a", True, id="any, by two stars alone"),
        pytest.param("a/*/c", "a/b", True, id="a glob in the midst"),
        pytest.param("a/*/c", "a/b/c", False, id="is one name"),
        pytest.param("a/**/c", "a", True, id="two stars in the midst"),
        pytest.param("a/**/*.c", "x", False, id="not above a name that differs"),
    ],
)
def test_what_a_pattern_may_match_below(pattern: str, directory: str, reaches: bool) -> None:
    assert DockerignorePattern(pattern).reaches_below(directory) is reaches


@pytest.mark.parametrize(
    ("pattern", "kind", "regex", "segments"),
    [
        pytest.param("a/b", "exact", "^a\\/b$", ("a", "b"), id="a path"),
        pytest.param("a.b|c", "exact", "^a\\.b\\|c$", ("a.b|c",), id="whatever it has to escape"),
        pytest.param("a/**", "prefix", "^a\\/", ("a", "**"), id="all below a directory"),
        pytest.param("a**", "prefix", "^a", None, id="all that begins so"),
        pytest.param("**/a", "suffix", "(?:^|/)a$", ("**", "a"), id="a name at any depth"),
        pytest.param("**a", "suffix", "a$", None, id="all that ends so"),
        pytest.param("**/a/b", "suffix", "(?:^|/)a\\/b$", ("**", "a", "b"), id="a path at any depth"),
        pytest.param("**", "suffix", "$", ("**",), id="everything"),
        pytest.param("*.a", "regexp", "^[^/]*\\.a$", ("*.a",), id="a star"),
        pytest.param("a/?", "regexp", "^a/[^/]$", ("a", "?"), id="a question mark"),
        pytest.param("a/**/b", "regexp", "^a/(.*/)?b$", ("a", "**/", "b"), id="two stars in the midst"),
        pytest.param("**/*.a", "regexp", "^(.*/)?[^/]*\\.a$", ("**/", "*.a"), id="before a star"),
        pytest.param("*/**", "regexp", "^[^/]*/.*$", ("*", "**/"), id="behind one"),
        pytest.param("[a-c]", "regexp", "^[a-c]$", ("[a-c]",), id="a class"),
        pytest.param("\\*", "regexp", "^\\*$", ("\\*",), id="an escape"),
        pytest.param("a|b*", "regexp", "^a|b[^/]*$", None, id="an alternation"),
        pytest.param("a**b", "regexp", "^a(.*/)?b$", None, id="two stars within a name"),
        pytest.param("\ufeffa*", "regexp", "^a[^/]*$", None, id="a byte order mark"),
        pytest.param("\udcff*", "regexp", "^\ufffd[^/]*$", None, id="a byte that is not UTF-8"),
    ],
)
def test_what_a_pattern_becomes(pattern: str, kind: str, regex: str, segments: tuple[str, ...] | None) -> None:
    found = DockerignorePattern(pattern)
    assert (found.kind, translate(pattern), found.segments) == (kind, (kind, regex), segments)
    assert DockerignorePattern.pattern_to_regex(f"!{pattern}") == (regex, False)
    assert DockerignorePattern.pattern_to_regex(pattern) == (regex, True)
    assert not found.refused


@pytest.mark.parametrize(
    ("pattern", "matched", "other"),
    [
        pytest.param("a/b", "a/b", "a", id="a path"),
        pytest.param("a/**", "a/b", "b", id="all below a directory"),
        pytest.param("**/a", "x/a", "x/b", id="a name at any depth"),
        pytest.param("*.log", "a.log", "a.md", id="an ending"),
        pytest.param("a*", "ab", "b", id="a start"),
        pytest.param("a*.ts", "ab.ts", "ab.js", id="both"),
        pytest.param("**/*.log", "x/a.log", "x/a.md", id="an ending at any depth"),
        pytest.param("**/a*", "x/ab", "x/b", id="a start at any depth"),
    ],
)
def test_the_commonest_patterns_are_compared_without_an_expression(
    pattern: str, matched: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = DockerignorePattern(pattern)
    monkeypatch.setattr("ctxaudit.ignore._compiled", lambda source: pytest.fail(source))
    assert (found.matches(matched), found.matches(other)) == (True, False)


def test_an_empty_pattern_means_nothing() -> None:
    found = DockerignorePattern("  ")
    assert (found.text, found.include, found.exception, DockerignorePattern.pattern_to_regex("")) == (
        *("", None, False),
        (None, None),
    )


def test_a_pattern_says_how_it_stands_in_its_file() -> None:
    found = DockerignorePattern("!a//b", file="web/.dockerignore", line=2, raw=" ! a//b")
    said = (found.written, found.text, found.where, found.raw, found.pattern, found.include)
    assert said == ("!a/b", "a/b", "web/.dockerignore:2", " ! a//b", "!a//b", False)
    bare = DockerignorePattern("a")
    assert (bare.written, bare.where, bare.raw, bare.include) == ("a", None, "a", True)
    assert (bare.match_file("a"), bare.match_file("b")) == (True, None)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("a/b.c", "a/b.c", id="nothing special"),
        pytest.param("a*b", r"a\*b", id="a star"),
        pytest.param("a?[b]", r"a\?\[b\]", id="other wildcards"),
        pytest.param("a\\b", r"a\\b", id="a backslash"),
        pytest.param("a|b", "a|b", id="a bar alone"),
        pytest.param("a|b*", r"a\|b\*", id="beside a star"),
        pytest.param("a{1}^*", r"a\{1\}\^\*", id="braces and a circumflex"),
        pytest.param("!a", r"\!a", id="an exclamation mark at the start"),
        pytest.param("a!", "a!", id="and elsewhere"),
        pytest.param("#a", r"\#a", id="the mark of a comment"),
        pytest.param("a/#b", "a/#b", id="which is none further on"),
        pytest.param(" a ", "[ ]a[ ]", id="spaces around it"),
        pytest.param("a b", "a b", id="and within"),
        pytest.param(" a|", r"[ ]a\|", id="a space and a bar"),
        pytest.param("é", "é", id="a letter that is not ASCII"),
        pytest.param("a\nb", None, id="a control character"),
        pytest.param("a\udcff", None, id="a byte that is not UTF-8"),
    ],
)
def test_the_line_that_means_one_path(path: str, line: str | None) -> None:
    assert literal(path) == line


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
