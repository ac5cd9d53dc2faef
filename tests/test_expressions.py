"""A late expression answers as the compiled one does, and is compiled when it is first asked."""

from __future__ import annotations

import re

import pytest

from ctxaudit.values import expression


def test_a_late_expression_answers_as_the_compiled_one() -> None:
    late, compiled = expression(r"(?P<name>a+)b", re.IGNORECASE), re.compile(r"(?P<name>a+)b", re.IGNORECASE)
    for text in ("AAb", "b", "xaab"):
        assert bool(late.match(text)) == bool(compiled.match(text))
        assert late.findall(text) == compiled.findall(text)
        assert late.sub(r"<\g<name>>", text) == compiled.sub(r"<\g<name>>", text)
    assert (late.pattern, late.flags, late.groups) == (compiled.pattern, compiled.flags, compiled.groups)


def test_an_expression_of_bytes_is_one_of_bytes() -> None:
    assert expression(rb"\d+").findall(b"1 22") == [b"1", b"22"]


def test_an_expression_is_compiled_when_it_is_asked() -> None:
    wrong = expression("(")
    with pytest.raises(re.error):
        wrong.match("")
