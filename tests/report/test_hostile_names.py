"""What holds of every format, whatever the names of the tree."""

from __future__ import annotations

import pytest
from hostile import NAMES, report_with

from ctxaudit.report import FORMATS
from ctxaudit.report.layout import Layout


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_is_written_that_a_terminal_acts_on_or_hides(format_: str, name: str) -> None:
    text = FORMATS[format_].render(report_with(name), Layout())
    assert [char for char in text if not char.isprintable() and char != "\n"] == []
    assert text.encode().decode() == text


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_report_is_the_same_text(format_: str) -> None:
    first, second = (FORMATS[format_].render(report_with("a"), Layout()) for _ in range(2))
    assert first == second
