"""Source is searched for what it serves only where a word of it says that it may serve something."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from hypothesis import given
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
def test_whatever_an_expression_matches_has_such_a_word(expression: Any) -> None:
    @given(texts(expression))
    def has_a_word(text: str) -> None:
        assert served._has_stem(text)

    has_a_word()
