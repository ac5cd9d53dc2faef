"""HTML elements as text, in which nothing is markup by accident."""

from __future__ import annotations

from html import escape

_BLOCKS = frozenset(("dd", "div", "dl", "h2", "h3", "li", "p", "section", "table", "tbody", "thead", "tr", "ul"))


class Markup(str):
    """Text that is HTML already; any other is escaped where it goes into an element."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: str) -> Markup:
    """Give `<tag attributes>content</tag>`; a trailing "_" of a keyword is dropped, any other "_" is a "-"."""
    fields = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(text)}"' for key, text in attributes.items())
    end = "\n" if tag in _BLOCKS else ""  # where it means nothing, so that a page has lines
    return Markup(f"<{tag}{fields}>{joined(*content)}</{tag}>{end}")


def joined(*content: str) -> Markup:
    """Give the pieces one after the other, those that are not markup escaped."""
    return Markup("".join(piece if isinstance(piece, Markup) else escape(piece, quote=False) for piece in content))
