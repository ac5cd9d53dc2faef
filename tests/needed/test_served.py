"""Source is searched for what it serves only where a word of it says that it may serve something."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.needed.names import served


def texts(expression: Any) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(expression.pattern, expression._flags), alphabet=string.printable)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(served._SITE, id="a call that serves or sends"),
        pytest.param(served._ALIAS, id="a plugin that is imported"),
        pytest.param(served._PLUGIN, id="a plugin that is named"),
        pytest.param(served._ANY_SITE, id="any of them"),
    ],
)
def test_whatever_an_expression_matches_lies_in_a_line_with_such_a_word(expression: Any) -> None:
    @settings(max_examples=50)
    @given(st.lists(st.one_of(texts(expression), st.text(string.printable + "İß", max_size=9)), max_size=4))
    def lies_in_a_line(parts: list[str]) -> None:
        code = "\n".join(parts)
        lines = served._lines_with_stem(code)
        found = [match.span() for match in expression.finditer(code)]
        assert [match.span() for line in lines for match in expression.finditer(code, *line)] == found

    lies_in_a_line()
