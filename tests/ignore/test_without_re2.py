"""Where google-re2 is not installed, as on Alpine: the same answers, in linear time, from the automaton of ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.ignore import Linear, Refused, linear, regular
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


# A sixth of the rows: each of them is asked with RE2, too, and the ways differ in the expressions alone.
SOME = """
sys.path.insert(0, "tests")
import pytest, support
every = support.rows
support.rows = lambda name: every(name)[:: 1 if name == "special_cases" else 6]
class Some:
    def pytest_collection_modifyitems(self, items):
        recorded = [item for item in items if {"part", "family"} & {*item.fixturenames}]
        items[:] = [*recorded, *[item for item in items if item not in recorded][::6]]
sys.exit(pytest.main(['-p', 'no:cacheprovider', *sys.argv[1:]], plugins=[Some()]))
"""


@pytest.mark.usefixtures("covered_elsewhere")
def test_recorded_rows_are_answered_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    """In one process, whose start takes long, in a directory with a short name for sockets: others may be removed."""
    run = without_re2(
        SOME,
        "--basetemp",
        str(tmp_path_factory.getbasetemp() / "re2"),
        *(str(PROJECT / tests) for tests in RECORDED),
    )
    assert run.returncode == 0, run.stdout.decode()[-3000:]
    passed = re.search(rb"(\d+) passed", run.stdout)
    assert passed is not None
    assert int(passed[1]) > 90


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


POSIX = [
    *("alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph"),
    *("lower", "print", "punct", "space", "upper", "word", "xdigit"),
]
# All of Latin, and what is equal without case to a letter of ASCII, or has more than 16 bits.
CHARACTERS = [
    *map(chr, range(0x250)),
    *"\u017f\u1e9e\u2028\u212a\u0391\u03b1\u0431\u0660\u3042\uffff\U0001f600\U00010428",
]


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param((r"\d", r"\D", r"\s", r"\S", r"\w", r"\W"), id="classes of Perl"),
        pytest.param([f"[[:{name}:]]" for name in POSIX], id="classes of POSIX"),
        pytest.param(
            ("[[:^alpha:]]", "[[:^word:]]", "[^[:alpha:]]", "[[:digit:]_[:blank:]]"),
            id="and their opposites",
        ),
        pytest.param((".", "(?s).", "(?s-s).", "(?s:.)", "(?-s:.)"), id="a dot"),
        pytest.param(("[]a]", "[^]a]", "[a-]", "[-a]", "[ab-]", "[a-b-c]", r"[\-a]", r"[\]]"), id="what means itself"),
        pytest.param(("[a-c]", "[^a-c]", "[c-e0-2b-d]", "[a-cd-f]", "[^a-cd-f]", "[a-z&&b]"), id="ranges"),
        pytest.param((r"[\d]", r"[\D]", r"[^\D]", r"[\pL]", r"[^\PL]", r"[\w-]"), id="a class in another"),
        pytest.param((r"[\x00-\x{10FFFF}]", r"[^\x00-\x{10FFFF}]", r"[^\x01-\x{10FFFE}]"), id="all, and nothing"),
        pytest.param((r"\a", r"\f", r"\n", r"\r", r"\t", r"\v", r"[\a\f\n]"), id="control characters"),
        pytest.param((r"\x41", r"\x{41}", r"\x{1F600}", r"[\x41-\x{43}]", r"\x4a", r"\xE9"), id="hexadecimal digits"),
        pytest.param((r"\0", r"\07", r"\08", r"\012", r"\101", r"\177", r"\377", r"\1", r"\10"), id="octal digits"),
        pytest.param(
            [f"\\{chr(code)}" for code in range(33, 127) if not chr(code).isalnum()],
            id="marks that are escaped",
        ),
        pytest.param(
            (r"\pL", r"\PL", r"\p{L}", r"\p{Lu}", r"\p{^L}", r"\P{^L}", r"\p{Any}", r"\pN", r"\p{Zs}"),
            id="categories",
        ),
        pytest.param(
            ("(?i)k", "(?i)s", "(?i)[k-s]", "(?i)[^k]", "(?i)é", "(?i)ß", "(?i)i", "(?i)µ"),
            id="without case",
        ),
        pytest.param(
            ("(?i)[[:lower:]]", "(?i)[[:^upper:]]", r"(?i)\p{Lu}", r"(?i)\PL", r"(?i)\x41", r"(?i)\QB"),
            id="a class, too",
        ),
        pytest.param(
            ("(?i:k)", "(?i)(?-i)k", "(?i)(?-i:k)", "(?:(?i)a)", "(?:(?i)a|k)", "(?:(?i)1|k)"),
            id="in a group",
        ),
    ],
)  # fmt: skip
def test_both_mean_the_same_characters(sources: Iterable[str]) -> None:
    whole = [f"^(?:{source})$" for source in sources]
    assert {source: ours(source, CHARACTERS) for source in whole} == {
        source: theirs(source, CHARACTERS) for source in whole
    }


@pytest.mark.parametrize(
    ("sources", "texts"),
    [
        pytest.param(("^a", "a$", "^a$", r"\Aa", r"a\z", "^$"), ("", "a", "b\na", "a\nb", "ab"), id="the ends"),
        pytest.param(
            ("(?m)^a", "(?m)a$", "(?m)^$", r"(?m)\Aa", r"(?m)a\z", "(?m:^a)b", "(?m)(?-m)^a"),
            ("", "a", "b\na", "a\nb", "ab", "c\nab", "c\n\nd", "\n"),
            id="the ends of lines",
        ),
        pytest.param(
            (r"\ba", r"a\b", r"\ba\b", r"\Ba", r"a\B", r"a\Bb", r"^\b", r"\b$"),
            ("", "a", "ab", "ba", "bab", " a ", "_a_", "0a", "a0", "a-a", "Za", "az"),
            id="the ends of words",
        ),
        pytest.param(
            ("^a{2}$", "^a{2,}$", "^a{2,3}$", "^a{0}$", "^a{0,1}$", "^a{1}b$", "^a{0,0}b$", "^a*b$", "^a+$", "^a?$"),
            ("", "a", "aa", "aaa", "aaaa", "b", "ab", "aab"),
            id="repetitions",
        ),
        pytest.param(
            ("^a*?$", "^a+?$", "^a??$", "^a{2}?$", "^a{1,2}?b$", "(?U)^a+$", "(?U)^a*?b$"),
            ("", "a", "aa", "b", "ab", "aab", "aaab", "a?"),
            id="as few as there may be",
        ),
        pytest.param(
            ("^a{$", "^a{2$", "^a{x}$", "^a{,2}$", "^a{02}$", "^{a$", "^a}$", "^a]$", "^a{ 2}$", "^a{2,x}$"),
            ("a", "aa", "a{", "a{2", "a{x}", "a{,2}", "a{02}", "{a", "a}", "a]", "a{ 2}", "a{2,x}"),
            id="a brace that means itself",
        ),
        pytest.param(
            ("^a|b$", "^(?:a|bc)$", "^(a|)$", "^(|a)b$", "^()$", "|", "^(?:a|b|cd)+$", "^((a)|(b))*$", "^(ab){2}$"),
            ("", "a", "b", "bc", "ab", "cb", "ac", "cd", "acdb", "abab", "x"),
            id="groups and alternatives",
        ),
        pytest.param(
            (r"^\Qa.b\E.$", r"^\Qa*", r"^\Q\E$", r"^\Qab\E{2}$", r"^a\Q+\E$", r"^\E", r"\Q[\E]", "^(?P<n>a)(?<m>b)$"),
            ("", "a.b", "a.bc", "axbc", "a*", "aa", "abb", "abab", "a+", "[]", "ab"),
            id="what is quoted, and names of groups",
        ),
        pytest.param(
            ("(?i)aB", "(?i:a)B", "(?i)a(?-i)B", "((?i)a)B", "(?i)a(?-i:B)c", "(?is)a.B", "(?i-s)a.B", "(?ims)^a.B$"),
            ("aB", "Ab", "AB", "ab", "A\nB", "aBC", "ABC", "abc", "a\nb", "\na\nb\n"),
            id="flags hold to the end of their group",
        ),
    ],
)  # fmt: skip
def test_both_match_the_same(sources: tuple[str, ...], texts: tuple[str, ...]) -> None:
    assert {source: ours(source, [*texts]) for source in sources} == {
        source: theirs(source, [*texts]) for source in sources
    }


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        pytest.param(
            ("()", "(?:)", "(?)", "(?i)", "(?-i)", "(a)b"),
            ("(", ")", "(a", "a)", "(a))", "((a)"),
            id="groups",
        ),
        pytest.param(
            ("(?i-s:a)", "(?imsU)", "(?i-ms)", "(?P<a>b)", "(?<a_1>b)"),
            (
                "(?", "(?i", "(?z)", "(?-)", "(?i-)", "(?i:a",
                "(?P<>a)", "(?P<a-b>c)", "(?P<a", "(?P=a)", "(?=a)", "(?#a)",
            ),
            id="what stands behind a question mark in a group",
        ),
        pytest.param(
            ("a*?", "(a*)*", "^*", r"\b+", "(^)*", "(|a)*", "a|b*", r"\pL*", r"\Qa\E*"),
            ("*", "+", "?", "{1}", "a**", "a+*", "a{1}{1}", "a*{2}", "a**?", "a*??", "|*", "(*)", "a|*"),
            id="what is repeated",
        ),
        pytest.param(
            ("a{1000}", "a{0,1000}", "a{1000,}", "a{1000}b{1000}", "(a{2}){500}", "((a{10}){10}){10}", "(a{1000})*"),
            ("a{1001}", "a{0,1001}", "a{1001,}", "a{2,1}", "(a{2}){501}", "(a{1000}){2}", "((a{10}){10}){11}"),
            id="how often",
        ),
        pytest.param(
            ("(a{1000}){1}", "(a{1000}){0}", "(a{1000})?", "(a{1000}|b){1}", "(a{500}){1,2}", "(a{500}){2,}"),
            ("(a{1000}|b){2}", "(a{501}){1,2}", "(a{501}){2,}", "(a{2}b{501}){2}", "(b{501}a{2}){2}"),
            id="and how often in all",
        ),
        pytest.param(
            ("[]]", "[^]]", "[a-a]", "[-]", "[--a]", r"[\-]", r"[\d-z]", "[[:alpha:]]", "[[a]", "[:a:]"),
            (
                "[", "[a", "[]", "[^]", "[^", "[a-",
                "[b-a]", r"[a-\d]", "[[:x:]]", "[[:alpha:]", r"[\y]", r"[a-\x{110000}]",
            ),
            id="classes",
        ),
        pytest.param(
            (r"\x{0}", r"\x{10FFFF}", r"\x00", r"\01", r"\11", r"\A", r"\z", r"\B", r"\_"),
            ("\\", r"\1", r"\8", r"\9", r"\y", r"\Z", r"\G", r"\x", r"\x4", r"\x{}", r"\x{g}", r"\x{110000}", r"\é"),
            id="escapes",
        ),
        pytest.param(
            (r"\pL", r"\p{Lu}", r"\p{^Lu}", r"\p{Any}"),
            (r"\p", r"\P", r"\p{", r"\p{x}", r"\pX", r"\pl", r"\p{lu}", r"\p{Cn}", r"[\p]"),
            id="categories",
        ),
    ],
)  # fmt: skip
def test_both_refuse_the_same(taken: tuple[str, ...], refused: tuple[str, ...]) -> None:
    expected: dict[str, list[bool] | None] = {**{source: [] for source in taken}, **dict.fromkeys(refused)}
    assert {source: theirs(source, []) for source in expected} == expected
    assert {source: ours(source, []) for source in expected} == expected


@pytest.mark.parametrize(
    ("ranges", "joined"),
    [
        pytest.param([], (), id="nothing"),
        pytest.param([(3, 4), (1, 2)], ((1, 4),), id="neighbours"),
        pytest.param([(1, 2), (4, 5)], ((1, 2), (4, 5)), id="two with a gap"),
        pytest.param([(1, 9), (2, 3), (9, 12)], ((1, 12),), id="those that overlap"),
    ],
)
def test_ranges_are_joined_where_they_touch(ranges: list[tuple[int, int]], joined: tuple[tuple[int, int], ...]) -> None:
    assert regular._normal(ranges) == joined


BYTES = [*(bytes((code,)) for code in range(256)), "é".encode()]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("\xe9", [b"\xe9"], id="a letter is its byte"),
        pytest.param("[\xe9-\xff]", BYTES[0xE9:256], id="a range of bytes"),
        pytest.param("(?s).", BYTES[:256], id="a dot is one byte"),
        pytest.param("[^\x01-\xff]", [b"\0"], id="the last byte is 255"),
        pytest.param(r"\xFF", [b"\xff"], id="which has an escape"),
        pytest.param(r"\x{100}", None, id="and there is none behind it"),
    ],
)
def test_bytes_are_searched(source: str, expected: list[bytes] | None) -> None:
    def found(compiled: Callable[..., Linear]) -> list[bytes] | None:
        try:
            search = compiled(f"^{source}$", bytewise=True).search
        except Refused:
            return None
        return [one for one in BYTES if search(one)]

    assert (found(linear), found(Expression)) == (expected, expected)


@pytest.mark.parametrize("bytewise", [False, True])
def test_nothing_is_printed_of_what_is_refused(bytewise: bool, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Refused):
        linear("(", bytewise=bytewise)
    assert capfd.readouterr() == ("", "")


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regular, "_MOST_KEPT", 10)
    expression = Expression("^(?:[a-z]|[^a-z])*$")
    for char in CHARACTERS:
        assert expression.search(char.encode()) is not None
        assert sum(len(position.after) for position in expression._positions.values()) <= 11


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
