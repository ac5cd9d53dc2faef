"""Paths and names as Go's `path/filepath` reads them."""

from __future__ import annotations

import pytest

from ctxaudit.ignore import (
    BadPattern,
    check_syntax,
    clean_path,
    compiled_glob,
    has_wildcard,
    join_paths,
    literal_part,
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
    ],
)
def test_the_wildcards_of_a_name_and_what_is_literal_in_it(name: str, is_wild: bool, literal: str) -> None:
    assert (has_wildcard(name), literal_part(name)) == (is_wild, literal)


@pytest.mark.parametrize(("name", "plain"), [("a", "a"), ("\\a\\*", "a*"), ("\\\\", "\\"), ("\\\n", "\n")])
def test_escapes_are_dropped(name: str, plain: str) -> None:
    assert unescaped(name) == plain
