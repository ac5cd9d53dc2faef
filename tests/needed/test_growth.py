"""No expression that reads the project's files takes more than time in proportion to their length."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import ctxaudit.needed
from ctxaudit.needed.scm_sources import asked
from support import processor_limit

_PIECES = (
    "\n", " ", "\n ", "\r\n", "a", "a.", "a/", "1.", "//", "/*", "# ", "'", '"', "`", "'a',", "a(", "(", "[", "{", "${",
    "<!--",
    "<profiles>", "git ", "'git' '-a'", "from ", "import ", "include 'a',\n", "- ", "a: ", "a, ", "=> ", "packages:\n",
    "- a\n", "generator a {", "path: path.join(__dirname, ", "'a': [", '"references": [', '//go:embed "', "a b ", "../",
)  # fmt: skip
# What a command's words hold, not a file: names and lines that are short.
_OF_WORDS = frozenset(("UNKNOWN", "_KEYWORD"))
_LOOKS = frozenset(("search", "finditer", "findall", "sub", "split"))
_FLAGS = {"MULTILINE": re.MULTILINE, "DOTALL": re.DOTALL, "IGNORECASE": re.IGNORECASE}
_MODULES = sorted(
    module.name for module in pkgutil.walk_packages(ctxaudit.needed.__path__, f"{ctxaudit.needed.__name__}.")
)


def _looking(name: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Give the expressions of a module that are looked for in a string, not held against one from its beginning."""
    module = importlib.import_module(name)
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LOOKS:
            where = node.func.value
            if isinstance(where, ast.Name) and where.id == "re" and isinstance(node.args[0], ast.Constant):
                flags = sum(flag for word, flag in _FLAGS.items() if word in ast.unparse(node))
                yield f"line {node.lineno}", re.compile(str(node.args[0].value), flags)
            elif isinstance(where, ast.Name) and isinstance(found := getattr(module, where.id, None), re.Pattern):
                yield where.id, found
    rows = getattr(module, "_ROWS", ())
    yield from (
        (f"_ROWS: {row.globs}", row.regex) for row in rows if isinstance(getattr(row, "regex", None), re.Pattern)
    )


def _seconds(expression: re.Pattern[str], text: str) -> float:
    begin = time.process_time()
    for _ in expression.finditer(text):
        pass
    return time.process_time() - begin


def _is_slow(expression: re.Pattern[str], text: str) -> bool:
    """Whether a search takes what no linear one takes, again when it is repeated."""
    return _seconds(expression, text) > 0.1 and _seconds(expression, text) > 0.1


@pytest.mark.parametrize("name", _MODULES)
def test_an_expression_takes_time_in_proportion_to_the_length_of_a_file(name: str) -> None:
    slow = {
        (what, piece)
        for what, expression in dict(_looking(name)).items()
        if what not in _OF_WORDS
        for piece in _PIECES
        for length in (1024, 4096, 16_384)
        if _is_slow(expression, piece * (length // len(piece)))
    }
    assert slow == set()


@pytest.mark.parametrize("piece", _PIECES)
def test_a_source_that_asks_git_is_read_in_proportion_to_its_length(piece: str) -> None:
    with processor_limit(2):
        asked("a.py", "git " + piece * (65_536 // len(piece)))
