"""The string literals of source: which they are, and what stands around each. Comments hold none.

NOTE: each expression takes what it begins, or fails once a line, so that no text costs more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_AROUND = 160
_BLOCK = r"/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
_SLASHES = r"//[^\n]*"
_HASH = r"#[^\n]*"
_DASHES = r"--[^\n]*"
_XML = r"<!--(?:[^-]|-(?!->))*+(?:-->|\Z)"
_TRIPLE = r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*+(?:"""|\Z)' + r"|'''(?:[^'\\]|\\[\s\S]|'(?!''))*+(?:'''|\Z)"
_ESCAPE = r"\\[\s\S]"
_CHARACTER = r"'(?:[^'\\\n]|\\[^\n]{1,9}?)'"
_DOUBLE = r'"(?P<double>(?:[^"\\\n]|\\.)*+)"'
_SINGLE = r"'(?P<single>(?:[^'\\\n]|\\.)*+)'"
_TICKS = r"`(?P<ticks>(?:[^`\\]|\\[\s\S])*+)`"


def _lexer(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join((*parts, _ESCAPE)))


_SCRIPT = _lexer(_SLASHES, _BLOCK, _DOUBLE, _SINGLE, _TICKS)
_MARKUP = _lexer(_XML, _SLASHES, _BLOCK, _DOUBLE, _SINGLE, _TICKS)
_COMPILED = _lexer(_SLASHES, _BLOCK, _DOUBLE, _CHARACTER, _TICKS)
_PYTHON = _lexer(_HASH, _TRIPLE, _DOUBLE, _SINGLE)
_HASHED = _lexer(_HASH, _DOUBLE, _SINGLE)
_PHP = _lexer(_HASH, _SLASHES, _BLOCK, _DOUBLE, _SINGLE)
_LUA = _lexer(_DASHES, _DOUBLE, _SINGLE)
_DOCUMENT = _lexer(_XML, _DOUBLE, _SINGLE)
_LANGUAGES = (
    (_SCRIPT, "js jsx ts tsx mjs cjs mts cts json json5 jsonc prisma dart groovy gradle qml"),
    (_MARKUP, "vue svelte astro ejs hbs"),
    (_COMPILED, "java kt kts scala go rs c h cc cpp cxx hpp cs fs vb swift m mm zig d"),
    (_PYTHON, "py pyw pyi bzl star"),
    (_HASHED, "rb ru erb ex exs pl pm r R jl nim cr tcl"),
    (_PHP, "php phtml"),
    (_LUA, "lua hs elm"),
    (_DOCUMENT, "html htm xhtml xml config cshtml jsp twig csproj fsproj vbproj props targets"),
)
LEXERS = {ending: lexer for lexer, endings in _LANGUAGES for ending in endings.split()}


class Literal(NamedTuple):
    """A string as it is written, without its quotes, where it begins, and the code around it."""

    text: str
    begin: int
    end: int
    before: str
    after: str


def groups(code: str, lexer: re.Pattern[str]) -> Iterator[list[Literal]]:
    """Give the string literals of source, in order: those together that only a comma or a slash parts."""
    group: list[Literal] = []
    for found in lexer.finditer(code):
        if found.lastgroup is None:
            continue
        begin, end = found.span()
        if group and code[group[-1].end : begin].strip() not in (",", "/"):
            yield group
            group = []
        before = code[max(begin - _AROUND, 0) : begin]
        group.append(Literal(found[found.lastgroup], begin, end, before, code[end : end + 24]))
    if group:
        yield group
