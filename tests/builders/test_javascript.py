"""The expressions of JavaScript that a line of the CDK's may hold, beside Python's that mean the same.

Source: ECMA-262, 22.2.1 and annex B.1.2, for expressions with the flag i and without u.
"""

from __future__ import annotations

import re

import pytest

from ctxaudit.builders.cdk import Dialect, Pattern, Selection
from ctxaudit.errors import PatternError

# Names of one letter: all of Latin, and what JavaScript calls space or the end of a line, or has another case.
LETTERS = [char for char in map(chr, range(1, 0x250)) if char != "/"] + [
    *"\u0391\u039c\u03b1\u03bc\u1680\u1e9e\u2000\u200a\u200b\u2028\u2029\u202f\u205f\u212a\u3000\ufeff\uffff",
]
SPACE = "\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


@pytest.mark.parametrize(
    ("line", "python"),
    [
        pytest.param(r"\d", "[0-9]", id="digits"),
        pytest.param(r"\D", "[^0-9]", id="what is not a digit"),
        pytest.param(r"\w", "[0-9A-Za-z_]", id="letters of ASCII alone make words"),
        pytest.param(r"\W", "[^0-9A-Za-z_]", id="what is not of a word"),
        pytest.param(r"\s", f"[{SPACE}]", id="space, and what ends a line"),
        pytest.param(r"\S", f"[^{SPACE}]", id="what is not"),
        pytest.param("[a-c]", "[a-cA-C]", id="a range, without case"),
        pytest.param("[^a-c]", "[^a-cA-C]", id="its opposite"),
        pytest.param("[a-cf0-2]", "[a-cA-CfF0-2]", id="several members"),
        pytest.param("[a-]", "[aA-]", id="a minus at the end"),
        pytest.param("[-a]", "[aA-]", id="at the beginning"),
        pytest.param(r"[a\-c]", "[aAcC-]", id="escaped"),
        pytest.param("[+--]", "[+,-]", id="at the end of a range"),
        pytest.param("[a-c-e]", "[a-cA-CeE-]", id="behind a range"),
        pytest.param(r"[\d-f]", "[0-9fF-]", id="behind a class"),
        pytest.param(r"[f-\d]", "[0-9fF-]", id="before one"),
        pytest.param(r"[\d-\s]", f"[0-9{SPACE}-]", id="between two"),
        pytest.param(r"[\]]", r"\]", id="a bracket that is escaped"),
        pytest.param("[]", r"\b\B", id="no member"),
        pytest.param("[^]", r"(?s:.)", id="and all others"),
        pytest.param("[^^]", r"[^\^]", id="a circumflex that is not the first"),
        pytest.param(r"[\d\s]", f"[0-9{SPACE}]", id="classes in a class"),
        pytest.param(r"[^\d\s]", f"[^0-9{SPACE}]", id="and their opposite"),
        pytest.param(r"[\D]", "[^0-9]", id="the opposite of a class in a class"),
        pytest.param(r"[^\W]", "[0-9A-Za-z_]", id="and the opposite of that"),
        pytest.param(r"[\W\d]", "[^A-Za-z_]", id="beside another"),
        pytest.param(r"[\b]", r"\x08", id="a backspace, in a class alone"),
        pytest.param(r"[\t\n\v\f\r]", r"[\t\n\v\f\r]", id="control characters in a class"),
        *(pytest.param(rf"\{letter}", rf"\{letter}", id=f"the control character {letter}") for letter in "tnvfr"),
        pytest.param(r"\cA", r"\x01", id="control and a letter"),
        pytest.param(r"\cz", r"\x1a", id="the last one, in lower case"),
        pytest.param(r"[\cA]", r"\x01", id="in a class"),
        pytest.param(r"[\c1]", r"\x11", id="there with a digit, too"),
        pytest.param(r"[\c_]", r"\x1f", id="or an underscore"),
        pytest.param(r"[\c!]", r"[\\cC!]", id="and nothing else"),
        pytest.param(r"\x41", "[aA]", id="two digits in hexadecimal"),
        pytest.param(r"\xe9", "[éÉ]", id="of a letter that is not ASCII"),
        pytest.param(r"\u0041", "[aA]", id="four digits"),
        pytest.param(r"[\u0041-\x43]", "[a-cA-C]", id="in a class"),
        pytest.param(r"\101", "[aA]", id="three digits in octal"),
        pytest.param(r"[\101-\103]", "[a-cA-C]", id="also in a class"),
        pytest.param(r"\41", "!", id="two"),
        pytest.param(r"\1", r"\x01", id="one"),
        pytest.param(r"\377", "[ÿŸ]", id="the largest"),
        pytest.param(r"\8", "8", id="a digit that is not octal means itself"),
        pytest.param(r"[\9]", "9", id="also in a class"),
        pytest.param(r"\e", "[eE]", id="as any letter does"),
        pytest.param(r"\$", r"\$", id="and any mark"),
        pytest.param("k", "[kK]", id="no letter of ASCII has another case elsewhere"),
        pytest.param("\u212a", "\u212a", id="nor is one the other case of the sign of a kelvin"),
        pytest.param("\u017f", "\u017f", id="or of a long s"),
        pytest.param("\u0131", "\u0131", id="or of an i without its dot"),
        pytest.param("é", "[éÉ]", id="an accent does not matter"),
        pytest.param("ß", "ß", id="a letter that becomes two in upper case is itself alone"),
        pytest.param("µ", "[µ\u039c\u03bc]", id="three of one upper case"),
        pytest.param("ǆ", "[ǄǅǆǄ]", id="a letter of three cases"),
        pytest.param("(a)", "[aA]", id="a group"),
        pytest.param("(a|b)", "[aAbB]", id="alternatives"),
        pytest.param("(|a)b", "[bB]", id="one of a group"),
        pytest.param("[^/]", r"(?s:.)", id="what a wildcard means"),
        pytest.param("?", r"(?s:.)", id="a wildcard"),
        pytest.param("**", r"[^\n\r\u2028\u2029]", id="two stars cross no end of a line"),
    ],
)
def test_a_line_means_these_names_of_one_letter(line: str, python: str) -> None:
    pattern = Dialect.line(line)
    assert pattern is not None
    assert [char for char in LETTERS if pattern.matches(char)] == [
        char for char in LETTERS if re.fullmatch(python, char)
    ]


NAMES = [
    *("a", "aa", "aaa", "ab", "abab", "b", "ba", "c", "ac", "bc", "abc", "a b", "a-b", "a1", "1a", "aé", "a_", "cA"),
    *(
        "a{",
        "a{1",
        "a{,2}",
        "a{x}",
        "{",
        "}",
        "]",
        "x4",
        "u004",
        "\\",
        "\\c1",
        "a\x01",
        "a\x02",
        " 0",
        "a.b",
        "axb",
        "$",
    ),
    *("a\nb", "a\rb", "a\x85b", "\U0001f600", "a\U0001f600", "^", "a^b", "\\a", "aB1", "9", "x", "x4g", "u00e", "a$"),
]


@pytest.mark.parametrize(
    ("line", "matched"),
    [
        pytest.param("a+", ["a", "aa", "aaa"], id="a plus"),
        pytest.param("a{2}", ["aa"], id="a number"),
        pytest.param("a{2,}", ["aa", "aaa"], id="a number and more"),
        pytest.param("a{1,2}", ["a", "aa"], id="two numbers"),
        pytest.param("a{0}b", ["b"], id="none"),
        pytest.param("a{0,1}b", ["ab", "b"], id="none or one"),
        pytest.param("(ab){2}", ["abab"], id="of a group"),
        pytest.param("(ab)+", ["ab", "abab"], id="a plus behind one"),
        pytest.param("[ab]{2}", ["aa", "ab", "ba"], id="of a class"),
        pytest.param(r"\w{2}", ["aa", "ab", "ba", "ac", "bc", "a1", "1a", "a_", "cA", "x4"], id="of an escape"),
        pytest.param("a{", ["a{"], id="a brace alone"),
        pytest.param("a{1", ["a{1"], id="one that is not closed"),
        pytest.param("a{,2}", ["a{,2}"], id="without a least"),
        pytest.param("a{x}", ["a{x}"], id="without a number"),
        pytest.param("{", ["{"], id="one at the beginning"),
        pytest.param("}", ["}"], id="its end"),
        pytest.param("]", ["]"], id="the end of a class"),
        pytest.param("(a|b)c", ["ac", "bc"], id="alternatives in a group"),
        pytest.param("(a|(b|a)b)c", ["ac", "abc"], id="and in one of those"),
        pytest.param("ab|c", ["ab", "abab", "abc", "aB1", "c", "ac", "bc"], id="the ends are of one each"),
        pytest.param(r"a\b.b", ["a.b"], id="the end of a word"),
        pytest.param(r"a\Bb", ["ab"], id="within one"),
        pytest.param(r"a\bb", [], id="and not at its end"),
        pytest.param(r"\ba\b", ["a"], id="both ends"),
        pytest.param(r"a\b?b", ["a b", "a-b", "a.b", "a\nb", "a\rb", "a\x85b", "a^b"], id="before what is no letter"),
        pytest.param("(^a)b", ["ab"], id="a beginning in a group"),
        pytest.param("a^b", [], id="in the midst it never is"),
        pytest.param(r"a\^b", ["a^b"], id="unless it is escaped"),
        pytest.param("$", ["$"], id="a dollar means itself"),
        pytest.param("a$", ["a$"], id="also at the end"),
        pytest.param("a.b", ["a.b"], id="as a dot does"),
        pytest.param(r"\x4", ["x4"], id="too few digits in hexadecimal"),
        pytest.param(r"\x4g", ["x4g"], id="or other letters"),
        pytest.param(r"\u004", ["u004"], id="or three of four"),
        pytest.param(r"\u00e", ["u00e"], id="in hexadecimal, too"),
        pytest.param(r"\c1", ["\\c1"], id="control and a digit mean themselves"),
        pytest.param(r"(a)\2", ["a\x02"], id="a number above those of the groups is octal"),
        pytest.param(r"(a)\01", ["a\x01"], id="so is one that begins with 0"),
        pytest.param(r"(a)[\1]", ["a\x01"], id="and one in a class"),
        pytest.param(r"\400", [" 0"], id="no octal number is larger than 377"),
        pytest.param("\\", ["\\"], id="a backslash at the end means itself"),
        pytest.param(r"\\a", ["\\a"], id="as two of them do"),
        pytest.param("a**b", ["ab"], id="two stars within a name"),
        pytest.param(
            "??[^0-9]",
            ["aaa", "abc", "a b", "a-b", "a.b", "axb", "a\nb", "a\rb", "a\x85b", "a^b", "x4g", "a\U0001f600"],
            id="a letter of two code units",
        ),
    ],
)  # fmt: skip
def test_a_line_means_these_names(line: str, matched: list[str]) -> None:
    pattern = Dialect.line(line)
    assert pattern is not None
    assert sorted(one for one in NAMES if pattern.matches(one)) == sorted(matched)


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        pytest.param(("()", "(a)", "((a)b)"), ("(", ")", "(a", "a)", "((a)", "(a))"), id="groups"),
        pytest.param(("[]", "[^]", "[a]", "]"), ("[", "[a", "[^", "[^a", "[a-", r"[\]"), id="classes"),
        pytest.param(("[a-a]", "[A-z]", r"[\x41-\x41]"), ("[b-a]", r"[\x42-\x41]", r"[b-\a]", "[a-A]"), id="ranges"),
        pytest.param(("a+", "(a)+", "[a]+", r"\d+"), ("+", "a++", "(+)", "a|+", "a{2}+", "a+{2}"), id="a plus"),
        pytest.param(
            ("a{2}", "a{0}", "a{2,2}", "{", "{a}"), ("{2}", "({2})", "a|{2}", "a{3,2}", "a{2}{2}"),
            id="numbers",
        ),
        pytest.param(("a{1000}", "a{1,1000}", "a{1000,}"), ("a{1001}", "a{1,1001}", "a{1001,}"), id="large numbers"),
        pytest.param(("^a", r"\ba", r"\Ba"), ("^+", r"\b+", r"\B{2}", "(^)^+"), id="what takes no place"),
        pytest.param(
            (r"\1", r"(a)\2", r"(a)\0", r"(a)[\1]"), (r"(a)\1", r"\1(a)", r"(a)(b)\2", r"(a)\1b"),
            id="groups again",
        ),
        pytest.param(("(" * 200 + "a" + ")" * 200,), ("(" * 201 + "a" + ")" * 201,), id="groups in each other"),
        pytest.param(("(a)" * 201,), (), id="which are not those that follow one another"),
    ],
)  # fmt: skip
def test_a_line_that_javascript_refuses_fails_when_it_is_asked(
    taken: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    lines = {line: Dialect.line(line) for line in (*taken, *refused)}
    assert {line: pattern.refused for line, pattern in lines.items() if pattern is not None} == {
        **dict.fromkeys(taken, False),
        **dict.fromkeys(refused, True),
    }
    for line in refused:
        pattern = lines[line]
        assert pattern is not None
        with pytest.raises(PatternError, match="syntax error in pattern"):
            pattern.matches("x")


@pytest.mark.parametrize(
    ("line", "matched"),
    [
        pytest.param("a", ["a", "a/b", "a/b/c", "a/b/c/d"], id="of one name the directory at the root"),
        pytest.param("b", [], id="and no other"),
        pytest.param("a/b", ["a/b", "a/b/c", "a/b/c/d"], id="of two names the one below"),
        pytest.param("*/b", ["a/b", "a/b/c", "a/b/c/d", "x/b/c"], id="also by a wildcard"),
        pytest.param("**/b", ["a/b", "a/b/c", "a/b/c/d", "x/b/c"], id="with two stars each that has names enough"),
        pytest.param("**/b/c", ["a/b/c", "a/b/c/d", "x/b/c"], id="of two names"),
        pytest.param("**/c", ["a/b/c", "a/b/c/d", "x/b/c"], id="further down"),
        pytest.param("a/**", ["a/b", "a/b/c", "a/b/c/d"], id="all below one"),
        pytest.param("a/**/d", ["a/b/c/d"], id="at any depth"),
        pytest.param("A/B", ["a/b", "a/b/c", "a/b/c/d"], id="without case"),
    ],
)
def test_a_line_means_these_paths(line: str, matched: list[str]) -> None:
    pattern, paths = Dialect.line(line), ["a", "a/b", "a/b/c", "a/b/c/d", "x/b/c", "xa"]
    assert pattern is not None
    assert [path for path in paths if pattern.matches(path)] == [one for one in paths if one in matched]


@pytest.mark.parametrize(
    ("line", "text", "exception"),
    [
        pytest.param("  a\t", "a", False, id="white space around it"),
        pytest.param("\ufeffa\u00a0", "a", False, id="what JavaScript calls so"),
        pytest.param("a\x85", "a\x85", False, id="and nothing else"),
        pytest.param("! a", "a", True, id="behind the mark of an exception"),
        pytest.param("!!a", "!a", True, id="one mark is taken"),
        pytest.param("/a/", "a", False, id="slashes around it"),
        pytest.param("/", "/", False, id="one alone"),
        pytest.param("./a//b/../c", "a/c", False, id="it is cleaned"),
        pytest.param("!/a", "a", True, id="also behind the mark"),
        pytest.param("/!a", "a", True, id="a slash hides a mark until it is cleaned away"),
    ],
)
def test_a_line_is_cleaned(line: str, text: str, exception: bool) -> None:
    pattern = Dialect.line(line, ".dockerignore", 3)
    assert pattern is not None
    said = (pattern.text, pattern.exception, pattern.where, pattern.raw)
    assert said == (text, exception, ".dockerignore:3", line)


@pytest.mark.parametrize("line", ["", "  ", "\ufeff", "#a", "!", "! ", "# "])
def test_a_line_that_is_no_pattern(line: str) -> None:
    assert Dialect.line(line) is None


def test_a_pattern_of_nothing_means_nothing() -> None:
    assert [(one.text, one.exception, one.include) for one in (Pattern(""), Pattern(" \t"))] == [("", False, None)] * 2


@pytest.mark.parametrize(
    ("lines", "entered"),
    [
        pytest.param(["*"], [], id="nothing where all is excluded"),
        pytest.param(["*", "!a/b/c"], ["a", "a/b", "a/b/c"], id="each directory above an exception"),
        pytest.param(["*", "! a/b/c/"], ["a", "a/b", "a/b/c"], id="which has spaces and a slash around it"),
        pytest.param(["*", "/!a/b"], ["a", "a/b", "a/b/c"], id="or a slash before its mark"),
        pytest.param(["*", "!/a/b"], ["a", "a/b", "a/b/c"], id="or behind it"),
        pytest.param(["*", "!**/b"], ["a", "a/b", "a/b/c", "x", "x/b", "y"], id="any, above two stars"),
        pytest.param(["*", "!*/b"], ["a", "a/b", "a/b/c", "x", "x/b", "y"], id="also above one star"),
        pytest.param(["!a/b", "*"], [], id="not where a later line excludes it"),
        pytest.param(["*", "!a"], ["a", "a/b", "a/b/c"], id="the exception itself, and all below"),
    ],
)
def test_these_directories_are_entered(lines: list[str], entered: list[str]) -> None:
    selection = Selection(Dialect(()).extended(lines), None, "Dockerfile", False)
    assert [one for one in ("a", "a/b", "a/b/c", "x", "x/b", "y") if selection.enters(one)] == entered


@pytest.mark.parametrize(
    ("dockerfile", "kept"),
    [
        pytest.param("", {".dockerignore", "Dockerfile"}, id="as Docker names it"),
        pytest.param("app.Dockerfile", {".dockerignore", "app.Dockerfile"}, id="of another name"),
        pytest.param("docker/app", {".dockerignore", "app"}, id="in another directory, and then one of its name"),
    ],
)
def test_the_dockerfile_and_the_ignore_file_are_staged_in_any_case(dockerfile: str, kept: set[str]) -> None:
    root = Selection(Dialect(()).extended(["*"]), None, dockerfile, False).root
    names = (".dockerignore", "Dockerfile", "app.Dockerfile", "app", "cdk.out", "x")
    assert {name for name in names if root[name].kept} == kept
