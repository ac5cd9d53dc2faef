"""What holds of every format, whatever the names of the tree."""

from __future__ import annotations

import unicodedata

import pyte
import pytest
from hostile import ALLOWED, MANY, NAMES, report_with

from ctxaudit.report import FORMATS, Layout, printable_name, printable_text


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_is_written_that_a_terminal_acts_on_or_hides(format_: str, name: str) -> None:
    text = FORMATS[format_].render(report_with(name), Layout())
    allowed = ALLOWED.get(format_, "\n")
    assert [char for char in text if not char.isprintable() and char not in allowed] == []
    assert text.encode().decode() == text


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_report_is_the_same_text(format_: str) -> None:
    first, second = (FORMATS[format_].render(report_with("a"), Layout()) for _ in range(2))
    assert first == second


def shown(text: str) -> tuple[list[str], list[object]]:
    """Return the lines that a terminal shows of a text, and what else the text did to it."""
    lines = text.split("\n")
    screen = pyte.Screen(max(map(len, lines)) * 2 + 1, len(lines) + 1)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    cells = [cell for row in screen.buffer.values() for cell in row.values()]
    styled = {cell._replace(data=" ") for cell in cells} - {screen.default_char}
    return [line.rstrip() for line in screen.display[: len(lines)]], [screen.title, screen.icon_name, *styled]


def test_there_are_200_names() -> None:
    assert len(MANY) >= 200


def test_a_terminal_shows_the_report_and_does_nothing_else() -> None:
    for name in MANY[::3]:  # of four forms of each part, one or two
        text = FORMATS["text"].render(report_with(name), Layout())
        lines, done = shown(text)
        assert (lines, done) == ([line.rstrip() for line in text.split("\n")], ["", ""]), ascii(name)


def test_every_letter_is_shown_as_it_is_or_escaped() -> None:
    """The quick way takes what is printable as it is, the slow way goes by the category of each letter."""
    letters = {chr(code) for code in range(0x18000)} - set('\n\r\t"\\')
    hidden = {letter for letter in letters if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")}
    assert {letter for letter in letters if printable_text(letter) != letter} == hidden
    assert {letter for letter in letters if printable_name(letter) != letter} == hidden
