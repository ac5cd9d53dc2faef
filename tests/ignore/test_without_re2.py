"""Where google-re2 is not installed, as on Alpine: the same answers, in linear time, from the automaton of ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.ignore import Refused
from ctxaudit.ignore.regular import Expression
from support import PROJECT, processor_limit

# Hides the module from every import of the process, as if it were not installed.
HIDDEN = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("re2", "_re2"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
"""
RECORDED = [
    "tests/ignore/test_recorded.py",
    "tests/ignore/test_go_path.py",
    "tests/builders/test_recorded.py",
    "tests/builders/test_special.py",
    "tests/builders/test_dialects.py",
    "tests/builds/test_watch.py",
    "tests/cache/test_recorded.py",
    "tests/survey/test_gitignored.py::test_two_lines_decide_as_git_decides",
]


def without_re2(program: str, *arguments: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", HIDDEN + program, *arguments]
    # Options of this run, as --cov, are not those of the one in the child.
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return subprocess.run(command, cwd=cwd, capture_output=True, timeout=600, check=False, env=environment)


# A quarter of the rows: each of them is asked with RE2, too, and the ways differ in the expressions alone.
A_QUARTER = """
import pytest
class Quarter:
    def pytest_collection_modifyitems(self, items):
        items[:] = items[::4]
sys.exit(pytest.main(['-p', 'no:cacheprovider', *sys.argv[1:]], plugins=[Quarter()]))
"""


def test_recorded_rows_are_answered_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    """In one process, whose start takes long, in a directory with a short name for sockets: others may be removed."""
    run = without_re2(
        A_QUARTER,
        "--basetemp",
        str(tmp_path_factory.getbasetemp() / "re2"),
        *(str(PROJECT / tests) for tests in RECORDED),
    )
    assert run.returncode == 0, run.stdout.decode()[-3000:]
    passed = re.search(rb"(\d+) passed", run.stdout)
    assert passed is not None
    assert int(passed[1]) > 400


def test_an_audit_prints_the_same_and_finds_the_same_secrets(samples: Path) -> None:
    made = samples / "sample_repos/.made"
    program = "from ctxaudit.__main__ import run; sys.argv[0] = 'ctxaudit'; run()"
    plain = subprocess.run(
        [sys.executable, "-m", "ctxaudit", "secrets"], cwd=made, capture_output=True, timeout=120, check=False
    )
    hidden = without_re2(program, "secrets", cwd=made)
    assert (hidden.returncode, hidden.stdout, hidden.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert b"secret" in plain.stdout


# The pieces of expressions: of what Docker's translation makes, and of what it leaves as a user wrote it.
PIECES = st.sampled_from(
    [
        *("a", "b", "A", "k", "/", ".", "*", "+", "?", "|", "(", ")", "(?:", "(?i)", "(?s:", "(?m)", "(?P<n>", "(?"),
        *("(?-", "[", "[^", "]", "-", "^", "$", "{2}", "{1,}", "{0,2}", "{", "}", ",", "0", "\\", "\\d", "\\W", "\\s"),
        *("\\pL", "\\PL", "\\p{^Nd}", "\\Q", "\\E", "\\A", "\\z", "\\b", "[:alpha:]", "[[:^digit:]]", "[:x:]", "\\x41"),
        *(
            "\\x{61}",
            "\\x{110000}",
            "\\x",
            "\\101",
            "\\1",
            "\\_",
            "\\.",
            "\\é",
            "é",
            "ß",
            "s",
            "{1001}",
            "{30}",
            "{02}",
        ),
        *("{02}", "\\y", "\n", "[^/]*", "(.*/)?", "(/.*)?$", "[^/]", "[\\x{61}-\\x{7a}]"),
    ]
)
TEXTS = st.text("ab/\nAk\u212aé10_ s\u017f.-ß", max_size=8)
QUIET = re2.Options()
QUIET.log_errors = False
QUIET.max_mem = 64 << 20


def theirs(source: str, texts: list[str]) -> list[bool] | None:
    try:
        search = re2.compile(source.encode(), QUIET).search
    except re2.error:
        return None
    return [search(text.encode()) is not None for text in texts]


def ours(source: str, texts: list[str]) -> list[bool] | None:
    try:
        found = Expression(source)
    except Refused:
        return None
    return [found.search(text.encode()) is not None for text in texts]


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=9).map("".join), st.lists(TEXTS, min_size=4, max_size=8))
def test_both_take_the_same_expressions_and_match_the_same(source: str, texts: list[str]) -> None:
    assert ours(source, texts) == theirs(source, texts)


def test_no_position_is_within_a_letter_as_in_go() -> None:
    # RE2 for C++ asks `\\B` between the bytes of a letter, too.
    assert (ours(r"\B", ["a\xe9a"]), theirs(r"\B", ["a\xe9a"])) == ([False], [True])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("^(a*)*b$", "a" * 50_000, id="a repetition of a repetition"),
        pytest.param("^(a|aa)+$", "a" * 50_000 + "b", id="alternatives that begin alike"),
        pytest.param("^.*.*.*.*.*.*x$", "ab" * 25_000, id="six wildcards"),
        pytest.param("^(.*/)?(.*/)?(.*/)?(.*/)?c$", "a/" * 25_000, id="four times any depth"),
        pytest.param("^(?:a?){200}a{200}$", "a" * 199, id="two hundred that may be there"),
        pytest.param("^[^/]*a[^/]*a[^/]*a[^/]*a[^/]*b$", "a" * 50_000, id="a glob of many stars"),
    ],
)
def test_no_expression_takes_more_than_its_length_times_the_text(source: str, text: str) -> None:
    with processor_limit(2):
        assert ours(source, [text]) == [False]


def test_an_expression_that_is_too_large_is_refused() -> None:
    assert (ours("(?:a{1000}" + "b" * 10 + "){1000}", []), ours("a{1000}" * 800, [])) == (None, None)
