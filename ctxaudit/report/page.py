"""A guide, as a terminal shows it; a pipe gets the Markdown as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctxaudit.report.layout import Layout

_MARKER = re.compile(r"^<!-- .* -->\n", re.MULTILINE)  # for those who make the guide
_FENCE = re.compile(r"(^```.*?^```$\n)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"- |\d+\. ")


def render(text: str, layout: Layout) -> str:
    """Give the text of a guide; in a terminal paragraphs are as wide as that, code and tables stay as they are."""
    pieces = _FENCE.split(_MARKER.sub("", text))
    return "".join(piece if number % 2 else _prose(piece, layout) for number, piece in enumerate(pieces))


def _prose(text: str, layout: Layout) -> str:
    lines = _filled(text.splitlines(), layout) if layout.shortens else text.splitlines()
    return "".join(f"{layout.paint(line, 'bold') if line.startswith('#') else line}\n" for line in lines)


def _filled(lines: list[str], layout: Layout) -> Iterator[str]:
    """Fill paragraphs and the items of lists."""
    paragraph: list[str] = []
    for line in lines:
        is_kept = not line or line.startswith(("#", "|"))
        if paragraph and (is_kept or _ITEM.match(line)):
            yield from _paragraph(paragraph, layout)
            paragraph = []
        if is_kept:
            yield line
        else:
            paragraph.append(line)
    yield from _paragraph(paragraph, layout) if paragraph else ()


def _paragraph(lines: list[str], layout: Layout) -> list[str]:
    bullet = _ITEM.match(lines[0])
    indent = " " * len(bullet[0]) if bullet else ""
    text = " ".join(line.strip() for line in lines)
    return layout.wrap(text, indent)
