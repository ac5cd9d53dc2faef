"""Paths and names as Go's `path/filepath` reads them."""

from __future__ import annotations

import pytest

from ctxaudit.ignore import (
    BadPattern,
    check_syntax,
    clean_path,
    compiled_glob,
    escape,
    expand,
    has_wildcard,
    join_paths,
    linear,
    literal_part,
    trim_space,
    unescaped,
    valid_utf8,
)


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [
        ("", "."),
        (".", "."),
        ("./a", "a"),
        ("a//b/", "a/b"),
        ("a/./b", "a/b"),
        ("a/../b", "b"),
        ("..", ".."),
        ("../../a", "../../a"),
        ("a/../../b", "../b"),
        ("/", "/"),
        ("/..", "/"),
        ("/../a", "/a"),
        ("//a", "/a"),
        ("a/..", "."),
        ("...", "..."),
        ("/a/../..", "/"),
        ("a/../../../b", "../../b"),
        ("../a/../b", "../b"),
        ("**/../x", "x"),
        ("a/b/../../c/.", "c"),
        (" /a", " /a"),
    ],
)
def test_a_path_is_cleaned(path: str, cleaned: str) -> None:
    assert clean_path(path) == cleaned


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        ((), ""),
        (("", ""), ""),
        (("a", "b"), "a/b"),
        (("", "a"), "a"),
        (("a", ""), "a"),
        (("a", "../b"), "b"),
        (("/", "a"), "/a"),
        ((".",), "."),
        (("a", "", "b", "./c"), "a/b/c"),
        ((), ""),
    ],
)
def test_parts_are_joined(parts: tuple[str, ...], joined: str) -> None:
    assert join_paths(*parts) == joined


def test_each_byte_that_is_not_utf_8_is_one_rune() -> None:
    assert [valid_utf8(text) for text in ("a", "é", "a\udcff\udcfeé")] == ["a", "é", "a\ufffd\ufffdé"]


@pytest.mark.parametrize(
    ("pattern", "name", "is_match"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("*", "ab", True),
        ("*", "a/b", False),
        ("a*c", "abbc", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c]", "b", True),
        ("[a-c]", "d", False),
        ("[^a-c]", "d", True),
        ("[^a-c]", "a", False),
        ("[c-a]", "b", False),
        ("[^c-a]", "b", True),
        ("[c-a]x", "bx", False),
        ("[^c-a]x", "bx", True),
        ("[^c-a]x", "by", False),
        ("[]a]", "]", None),
        ("[\ud800]", "a", None),
        ("[\udfff]", "a", None),
        ("[\ue000]", "\ue000", True),
        ("[", "[", None),
        ("[a", "a", None),
        ("[a-]", "a", None),
        ("\\*", "*", True),
        ("\\*", "a", False),
        ("\\", "\\", None),
        ("é?", "éa", True),
        ("?", "\udcff", True),
        ("a.b", "axb", False),
        ("a+", "aa", False),
        ("*", "a\nb", True),
        ("", "", True),
        ("", "a", False),
        ("a*", "a", True),
        ("*a", "ba", True),
        ("*a", "ab", False),
        ("**", "ab", True),
        ("a**c", "abc", True),
        ("*a*", "bab", True),
        ("a\\*c", "a*c", True),
        ("a\\*c", "abc", False),
        ("\\a", "a", True),
        ("\\\\", "\\", True),
        ("\\é", "é", True),
        ("?", "", False),
        ("??", "ab", True),
        ("??", "a", False),
        ("?", "\n", True),
        ("[ab]", "b", True),
        ("[ab]", "c", False),
        ("[^ab]", "c", True),
        ("[^ab]", "/", True),
        ("[a^]", "^", True),
        ("[a-cx-z]", "y", True),
        ("[a-cx-z]", "m", False),
        ("[a-a]", "a", True),
        ("[\\]]", "]", True),
        ("[\\-]", "-", True),
        ("[\\a-c]", "b", True),
        ("[a-\\c]", "b", True),
        ("[a\\-c]", "-", True),
        ("[a\\-c]", "b", False),
        ("[a[]", "[", True),
        ("[*]", "*", True),
        ("[*]", "a", False),
        ("[a]b", "ab", True),
        ("[c-ab]", "b", True),
        ("[!a]", "!", True),
        ("[é-ü]", "ö", True),
        ("[\u20ac-\U0001f600]", "\u3042", True),
        ("[-a]", "-", None),
        ("[^]", "a", None),
        ("[^", "a", None),
        ("[a-b", "a", None),
        ("[\\", "a", None),
        ("[\\a", "a", None),
        ("[--a]", "-", None),
        ("a[]", "a", None),
        ("a\\", "a", None),
        ("*[a", "a", None),
        ("a-b", "a-b", True),
        ("(a|b){1}$^+.", "(a|b){1}$^+.", True),
        ("\0", "\0", True),
    ],
)
def test_a_name_matches_as_filepath_match_says(pattern: str, name: str, is_match: bool | None) -> None:
    if is_match is None:
        with pytest.raises(BadPattern):
            compiled_glob(pattern)
    else:
        assert compiled_glob(pattern)(name) is is_match


@pytest.mark.parametrize(
    ("pattern", "is_refused"),
    [
        pytest.param("a", False, id="nothing special"),
        pytest.param("[", True, id="an open class"),
        pytest.param("*[", True, id="one behind a star"),
        pytest.param("a[", True, id="one behind a letter"),
        pytest.param("a*[", False, id="behind a star that a dot does not reach it is not read"),
        pytest.param(".*[", True, id="behind a star that a dot reaches it is"),
        pytest.param(".*.*[", False, id="a dot is used up by one letter"),
        pytest.param("\\", True, id="an escape at the end"),
        pytest.param("[a]", False, id="a class"),
        pytest.param("[.][", True, id="one that a dot matches"),
        pytest.param("[a][", True, id="also one that it does not, as both are of one part"),
        pytest.param("[a]*[", False, id="but for a star between them"),
        pytest.param("[.]*[", True, id="unless a dot reaches it"),
        pytest.param("?*[", True, id="by a wildcard, too"),
        pytest.param("*.*[", True, id="behind a star"),
        pytest.param(".*?*[", False, id="and nothing is left for a second one"),
        pytest.param("*a*[", False, id="not where the part before it has another letter"),
        pytest.param(".a*[", False, id="or one more"),
        pytest.param("*", False, id="a star at the end ends it"),
        pytest.param("[a]*", False, id="behind a class, too"),
        pytest.param(".*\\", True, id="an escape behind a star that a dot reaches"),
        pytest.param("\\.*[", True, id="a dot that is escaped"),
        pytest.param("\\a*[", False, id="another letter that is"),
    ],
)
def test_the_syntax_is_read_as_far_as_a_dot_matches(pattern: str, is_refused: bool) -> None:
    try:
        check_syntax(pattern)
    except BadPattern:
        assert is_refused
    else:
        assert not is_refused


@pytest.mark.parametrize(
    ("name", "is_wild", "literal"),
    [
        ("a.b", False, "a.b"),
        ("a*", True, "a"),
        ("?a", True, "a"),
        ("a[bc]d", True, "ad"),
        ("a[^b]", True, "a"),
        ("a[\\]b]c", True, "ac"),
        ("a[b", True, "a"),
        ("a\\*", False, "a*"),
        ("a\\\\*", True, "a\\"),
        ("a\\\nb", False, "a\nb"),
        ("", False, ""),
        ("\\[a", False, "[a"),
        ("\\?*", True, "?"),
        ("\\a\\*b", False, "a*b"),
        ("a[", True, "a"),
        ("a]b", False, "a]b"),
        ("[a][b]c", True, "c"),
    ],
)
def test_the_wildcards_of_a_name_and_what_is_literal_in_it(name: str, is_wild: bool, literal: str) -> None:
    assert (has_wildcard(name), literal_part(name)) == (is_wild, literal)


@pytest.mark.parametrize(("name", "plain"), [("a", "a"), ("\\a\\*", "a*"), ("\\\\", "\\"), ("\\\n", "\n")])
def test_escapes_are_dropped(name: str, plain: str) -> None:
    assert unescaped(name) == plain


def test_an_escaped_string_means_itself() -> None:
    chars = [*map(chr, range(256)), "\u20ac", "\U0001f600"]
    for char in chars:
        search = linear(f"^(?s:{escape(char)})$").search
        assert [other for other in chars if search(other.encode())] == [char]
    assert escape("a_1é.\0-") == "a_1é\\.\\x00\\-"


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [
        pytest.param(" \t\n\v\f\ra b\x85\xa0", "a b", id="the white space of Latin"),
        pytest.param("\u1680\u2000\u200aa\u2028\u2029\u202f\u205f\u3000", "a", id="that of Unicode"),
        pytest.param("\x1ca\x1f", "\x1ca\x1f", id="what only Python calls so stays"),
        pytest.param("\u200ba\ufeff", "\u200ba\ufeff", id="and what has no width"),
    ],
)
def test_white_space_is_trimmed(text: str, trimmed: str) -> None:
    assert trim_space(text) == trimmed


DIRECTORIES = {"": ["x", "b", "link", "a.go"], "x": ["ab.go", "y", "a"], "x/y": ["ab.go"], "link": ["c.go"], "b": []}


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        pytest.param("*", ["a.go", "b", "link", "x"], id="the names at the top, sorted"),
        pytest.param("x", ["x"], id="a name"),
        pytest.param("nothing", [], id="one that is not there"),
        pytest.param("*/a?.go", ["x/ab.go"], id="a wildcard matches no slash"),
        pytest.param("x/*", ["x/a", "x/ab.go", "x/y"], id="what is in a directory"),
        pytest.param("*/*/*", ["x/y/ab.go"], id="each segment its own level"),
        pytest.param("link/*", [], id="no link is entered"),
        pytest.param("[", [], id="a bad pattern"),
        pytest.param("*/[", [], id="one further down"),
        pytest.param("a.go/*", [], id="a file holds nothing"),
    ],
)
def test_a_copy_finds_these_paths(pattern: str, paths: list[str]) -> None:
    found = expand(pattern, lambda path: DIRECTORIES[path], lambda path: path in DIRECTORIES and path != "link")
    assert list(found) == paths
