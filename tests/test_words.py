"""Messages, documentation and names are in plain words: those of git's and Docker's documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from support import PROJECT

PACKAGE = PROJECT / "ctxaudit"
SCHEMA = PACKAGE / "model/report-1.schema.json"
PAGES = (
    *(PROJECT / name for name in ("README.md", "action.yml", ".pre-commit-hooks.yaml", "sample_repos/README.md")),
    *(PROJECT / ".github" / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "LAYOUTS.md", "SECURITY.md")),
    *sorted((PACKAGE / "guides").glob("*.md")),
    *(SCHEMA, PACKAGE / "report/report.html"),
)

# What not to write, and what to write instead.
TABLE = {
    r"\bmend(s|ed|ing)?\b": "fix; replacement, for the lines",
    r"\b(leav(e|es|ing)|left)\b([^.;:,]{0,40}? )?\b(out|away)\b": "omit; exclude",
    r"\btold\b": "given, requested; known",
    r"(?<!\bthere )\b(is|are) none\b|\bwhere there is none\b": "is not a …; None if …",
    r"(?<!\bthere )\b(is|are) no (?!more\b|longer\b)": "is not a …",
    r"\b(wast(e|es)|wanted)\b": "not needed; needed",
    r"\b(has|have|had) a say\b|\blast word\b": "matches; the deciding pattern",
    r"\b(foreseen|foresees?)\b": "git-ignored only; expected; likely",
    r"\bin (its|their) turn\b|\ball the same\b|\bas the case may be\b": "then; still",
    r"\ba text\b": "a string",
}
FORBIDDEN = re.compile("|".join(f"(?:{pattern})" for pattern in TABLE), re.IGNORECASE)
NAMES = re.compile(r"(?:^|_)(?:mend|mends|mended|waste|wanted|unwanted|told|foreseen|foresees|wish|wishes)(?:_|$)")
VAGUE = {"one", "found", "said", "asked"}  # as variables, which are to say what they hold
_FUNCTIONS = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@cache
def sources() -> list[tuple[Path, list[ast.AST]]]:
    """Give all nodes of each file of the package."""
    trees = [(path.relative_to(PACKAGE), ast.parse(path.read_text())) for path in sorted(PACKAGE.rglob("*.py"))]
    return [(path, list(ast.walk(tree))) for path, tree in trees]


def docstrings(nodes: list[ast.AST]) -> set[int]:
    """Give the docstrings by identity of their node."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            expression = node.body[0]
            assert isinstance(expression, ast.Expr)
            found.add(id(expression.value))
    return found


def strings() -> Iterator[tuple[str, str]]:
    """Give what has to be plain: messages and docstrings."""
    for path, nodes in sources():
        documentation = docstrings(nodes)
        for node in nodes:
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if id(node) in documentation or " " in node.value:
                yield f"{path}:{node.lineno}", node.value


def names() -> Iterator[tuple[str, str]]:
    """Give the names of functions, classes, parameters and variables."""
    for path, nodes in sources():
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield f"{path}:{node.lineno}", node.name
            elif isinstance(node, ast.arg):
                yield f"{path}:{node.lineno}", node.arg
            elif isinstance(node, ast.Name):
                yield f"{path}:{node.lineno}", node.id


def inside_functions(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """Give each node inside of a function once: what lies in a function of a function, with the outer one."""
    walked: set[int] = set()
    for function in nodes:
        if isinstance(function, _FUNCTIONS) and id(function) not in walked:
            inside = list(ast.walk(function))
            walked |= {id(node) for node in inside if isinstance(node, _FUNCTIONS)}
            yield from inside


def variables() -> Iterator[tuple[str, str]]:
    """Give the names of parameters and of variables in functions; those of a class are its fields."""
    for path, nodes in sources():
        for node in inside_functions(nodes):
            if isinstance(node, ast.arg):
                yield f"{path}:{node.lineno}", node.arg
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield f"{path}:{node.lineno}", node.id


def faults(string: str) -> list[str]:
    return [match[0] for match in FORBIDDEN.finditer(re.sub(r"\s+", " ", string))]


def test_what_users_read_is_in_plain_words() -> None:
    assert [(at, found) for at, string in strings() if (found := faults(string))] == []


def test_names_are_in_plain_words() -> None:
    assert [(at, name) for at, name in names() if NAMES.search(name.lower())] == []
    assert sorted({(at, name) for at, name in variables() if name in VAGUE}) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_a_page_is_in_plain_words(page: Path) -> None:
    lines = enumerate(page.read_text().splitlines(), 1)
    assert [(number, found) for number, line in lines if (found := faults(line))] == []


@pytest.mark.parametrize(
    ("string", "found"),
    [
        pytest.param("mend the file", ["mend"], id="a word of the table"),
        pytest.param("leave\n    --at away", ["leave --at away"], id="over a line break, and with words between"),
        pytest.param("it is no table", ["is no "], id="is no for is not a"),
        pytest.param("there is no such path", [], id="there is no stays"),
        pytest.param("it is no longer sent", [], id="no longer stays"),
        pytest.param("recommend an amendment", [], id="parts of other words stay"),
    ],
)
def test_the_table_finds(string: str, found: list[str]) -> None:
    assert faults(string) == found
