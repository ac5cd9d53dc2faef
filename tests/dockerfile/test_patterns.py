"""Shell patterns: against the regular expression that BuildKit makes of them, which Python runs on short texts only."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.dockerfile.words import InvalidEscape, backwards, replace_all, replace_first, trim_prefix, trim_suffix

TEXT = st.text(st.sampled_from(list("ab\n*/")), max_size=9)
PATTERN = st.lists(st.sampled_from(["a", "b", "\n", "/", "*", "?", "\\*", "\\?", "\\\\"]), max_size=6).map("".join)


def expression(pattern: str, *, longest: bool) -> str:
    """Source: shell/lex.go, convertShellPatternToRegex."""
    star = ".*" if longest else ".*?"
    kinds = {"*": star, "?": "."}
    return "".join(kinds.get(token) or re.escape(token[-1]) for token in re.findall(r"(?s)\\.|.", pattern))


@given(value=TEXT, pattern=PATTERN, longest=st.booleans())
def test_a_beginning_goes(value: str, pattern: str, longest: bool) -> None:
    match = re.match(expression(pattern, longest=longest), value)
    assert trim_prefix(value, pattern, longest=longest) == (value[match.end() :] if match else value)


@given(value=TEXT, pattern=PATTERN, longest=st.booleans())
def test_an_end_goes(value: str, pattern: str, longest: bool) -> None:
    match = re.match(expression(backwards(pattern), longest=longest), value[::-1])
    expected = value[: len(value) - match.end()] if match else value
    assert trim_suffix(value, backwards(pattern), longest=longest) == expected


@given(value=TEXT, pattern=PATTERN, replacement=TEXT)
def test_the_first_match_is_replaced(value: str, pattern: str, replacement: str) -> None:
    expected = re.sub(expression(pattern, longest=True), lambda _: replacement, value, count=1)
    assert replace_first(value, pattern, replacement) == expected


@given(value=TEXT, pattern=PATTERN.filter(lambda pattern: pattern.replace("*", "")), replacement=TEXT)
def test_every_match_is_replaced(value: str, pattern: str, replacement: str) -> None:
    """Of patterns that match something: after a match, Go finds no empty one where Python does."""
    expected = re.sub(expression(pattern, longest=True), lambda _: replacement, value)
    assert replace_all(value, pattern, replacement) == expected


@pytest.mark.parametrize(
    ("pattern", "reversed_"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("ab*", "*ba", id="character by character"),
        pytest.param("a\\*b", "b\\*a", id="an escaped one stays behind its backslash"),
        pytest.param("\\\\a", "a\\\\", id="an escaped backslash as well"),
        pytest.param("a\\", "\\a", id="a backslash that escapes nothing"),
    ],
)
def test_backwards(pattern: str, reversed_: str) -> None:
    assert backwards(pattern) == reversed_


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        pytest.param("\\a", "invalid escape '\\a'", id="a letter"),
        pytest.param("a\\", "invalid escape '\\�'", id="nothing"),
        pytest.param("\\[", "invalid escape '\\['", id="a bracket, which is text here"),
    ],
)
def test_only_three_characters_may_be_escaped(pattern: str, what: str) -> None:
    with pytest.raises(InvalidEscape) as caught:
        trim_prefix("a", pattern, longest=True)
    assert str(caught.value) == what


@pytest.mark.parametrize(
    ("value", "pattern", "replacement", "expected"),
    [
        pytest.param("a.b", ".", "-", "a-b", id="a dot is a dot"),
        pytest.param("a[b]", "[b]", "-", "a-", id="a bracket is a bracket"),
        pytest.param("a}b", "\\}", "-", "a-b", id="a brace that had to be escaped"),
        pytest.param("a/b", "\\/", "-", "a-b", id="so a slash"),
        pytest.param("aXb", "x", "-", "aXb", id="case counts"),
        pytest.param("ab", "?", "$0$0", "aabb", id="the match, twice"),
        pytest.param("ab", "b", "${0}c", "abc", id="the match in braces"),
        pytest.param("ab", "b", "$1c", "a", id="a group that is not there takes the letters with it"),
        pytest.param("ab", "b", "$$0", "a$0", id="a dollar of its own"),
    ],
)
def test_replacements_of_all(value: str, pattern: str, replacement: str, expected: str) -> None:
    assert replace_all(value, pattern, replacement) == expected
