"""Words: quotes, escapes and variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.dockerfile.words import Expansion, decoded, expand, quoted, split
from ctxaudit.errors import DockerfileError

VARIABLES = {
    "v": "value",
    "w": "w w",
    "empty": "",
    "path": "/usr/lib/lib.so.1",
    "star": "a*b",
    "lines": "one\ntwo\nthree",
    "ref": "$0-$v",
}


def text(word: str, escape: str = "\\", *, quotes: bool = True) -> str:
    return expand(word, VARIABLES.get, escape, quotes=quotes).text


def refusal(word: str, escape: str = "\\") -> str:
    with pytest.raises(DockerfileError) as caught:
        expand(word, VARIABLES.get, escape)
    return caught.value.what.removeprefix(f"failed to process {quoted(word)}: ")


QUOTING = [
    pytest.param("a", "\\", "a", id="plain"),
    pytest.param("'a $v'", "\\", "a $v", id="nothing happens in single quotes"),
    pytest.param("'a\\b'", "\\", "a\\b", id="nothing is escaped in single quotes"),
    pytest.param('"a $v"', "\\", "a value", id="variables expand in double quotes"),
    pytest.param('"it\'s"', "\\", "it's", id="a single quote in double quotes"),
    pytest.param("a\"b\"'c'd", "\\", "abcd", id="quotes in the middle of a word"),
    pytest.param("\\*.txt", "\\", "*.txt", id="the escape character is eaten"),
    pytest.param("\\\\*.txt", "\\", "\\*.txt", id="once"),
    pytest.param("\\$v", "\\", "$v", id="an escaped variable"),
    pytest.param("a\\", "\\", "a", id="at the end it escapes nothing"),
    pytest.param('"a\\b"', "\\", "a\\b", id="in double quotes it stays before most characters"),
    pytest.param('"\\"\\$\\\\"', "\\", '"$\\', id="and goes before three"),
    pytest.param("`*", "`", "*", id="the other escape character"),
    pytest.param("c\\*d", "`", "c\\*d", id="a backslash is text then"),
    pytest.param("`$v", "`", "$v", id="a variable behind the other escape character"),
    pytest.param('"`"`\\"', "`", '"`\\', id="the other escape character in double quotes"),
    pytest.param("$v`b", "\\", "value`b", id="a backtick is text before"),
    pytest.param("a b", "\\", "a b", id="a space is text"),
    pytest.param("<<EOF", "\\", "<<EOF", id="so is a heredoc"),
    pytest.param("\ufeffa\ufeff", "\\", "a\ufeff", id="a byte order mark in front goes"),
    pytest.param("a\udcffb", "\\", "a�b", id="a byte that is not UTF-8 is replaced"),
    pytest.param("a\x00b", "\\", "a\x00b", id="a NUL is text"),
    pytest.param("日本", "\\", "日本", id="letters of any kind"),
]


@pytest.mark.parametrize(("word", "escape", "result"), QUOTING)
def test_quotes_and_escapes(word: str, escape: str, result: str) -> None:
    assert text(word, escape) == result


VARIABLE_FORMS = [
    pytest.param("$v", "value", id="bare"),
    pytest.param("${v}", "value", id="in braces"),
    pytest.param("a$v-b", "avalue-b", id="up to the first other character"),
    pytest.param("$vb", "", id="a longer name is another name"),
    pytest.param("$u", "", id="unset"),
    pytest.param("$w", "w w", id="a space in a value divides no words"),
    pytest.param("$", "$", id="a dollar alone"),
    pytest.param("$.", "$.", id="a dollar before what is no name"),
    pytest.param("$1a", "a", id="a number is a name of its own"),
    pytest.param("$$v", "v", id="special parameters are unset"),
    pytest.param("${v:-d}", "value", id="a default for what is set"),
    pytest.param("${u:-d}", "d", id="a default for what is unset"),
    pytest.param("${empty:-d}", "d", id="a default for what is empty"),
    pytest.param("${empty-d}", "", id="no default for what is empty, without the colon"),
    pytest.param("${u-d}", "d", id="a default without the colon"),
    pytest.param("${v:+a}", "a", id="an alternative for what is set"),
    pytest.param("${u:+a}", "", id="none for what is unset"),
    pytest.param("${empty:+a}", "", id="none for what is empty"),
    pytest.param("${empty+a}", "a", id="one for what is empty, without the colon"),
    pytest.param("${u+a}", "", id="none for what is unset, without the colon"),
    pytest.param("${v:?e}", "value", id="what must be set is"),
    pytest.param("${empty?e}", "", id="empty is set"),
    pytest.param("${u:-${v}}", "value", id="a variable in a default"),
    pytest.param("${u:-${empty:-${v:+x}}}", "x", id="three deep"),
    pytest.param('${u:-"a}b"}', "a}b", id="a quoted brace"),
    pytest.param("${u:-a\\}b}", "a}b", id="an escaped brace"),
    pytest.param("${u:-'$v'}", "$v", id="single quotes in a default"),
    pytest.param("${path#/*/}", "lib/lib.so.1", id="without the shortest beginning"),
    pytest.param("${path##*/}", "lib.so.1", id="without the longest beginning"),
    pytest.param("${path%.*}", "/usr/lib/lib.so", id="without the shortest end"),
    pytest.param("${path%%.*}", "/usr/lib/lib", id="without the longest end"),
    pytest.param("${path#x}", "/usr/lib/lib.so.1", id="a beginning that is not there"),
    pytest.param("${path%x}", "/usr/lib/lib.so.1", id="an end that is not there"),
    pytest.param("${path##*}", "", id="all of it"),
    pytest.param("${path#*}", "/usr/lib/lib.so.1", id="the shortest of anything is nothing"),
    pytest.param("${path%%*}", "", id="all of it, from the end"),
    pytest.param("${path#?usr}", "/lib/lib.so.1", id="a question mark is one character"),
    pytest.param("${star%\\*b}", "a", id="an escaped star is a star"),
    pytest.param("${star#a*}", "*b", id="a star is not"),
    pytest.param("${path#$u}", "/usr/lib/lib.so.1", id="a pattern of an unset variable"),
    pytest.param('${v#"\\va"}', "value", id="an escape in the quotes of a pattern stands twice"),
    pytest.param('${v#"v\'a"}', "value", id="a quoted pattern"),
    pytest.param("${u#a}", "", id="nothing goes from nothing"),
    pytest.param("${path/lib/x}", "/usr/x/lib.so.1", id="replace the first"),
    pytest.param("${path//lib/x}", "/usr/x/x.so.1", id="replace all"),
    pytest.param("${path/l*b/x}", "/usr/x.so.1", id="as long as it goes"),
    pytest.param("${path//\\//:}", ":usr:lib:lib.so.1", id="an escaped slash"),
    pytest.param("${path/lib/}", "/usr//lib.so.1", id="by nothing"),
    pytest.param("${path/nope/x}", "/usr/lib/lib.so.1", id="what is not there"),
    pytest.param("${v///x}", "xvxaxlxuxex", id="the empty pattern is everywhere"),
    pytest.param("${v//*/x}", "x", id="and a star is not, at the end of a match"),
    pytest.param("${v//u/[$ref]}", "val[u-]e", id="Go reads references in what replaces all"),
    pytest.param("${v//u/\\$$}", "val\\$e", id="two dollars are one there"),
    pytest.param("${v//u/\\${0\\}\\$\\{}", "val\\${0\\}\\$\\{e", id="what is no reference stays, with its escapes"),
    pytest.param("${v/u/$ref}", "val$0-$ve", id="but not in what replaces one"),
    pytest.param("${lines/o*e/x}", "x\ntwo\nthree", id="a star stays on its line"),
    pytest.param("${lines//t*/x}", "one\nx\nx", id="on each of them"),
    pytest.param("${lines#*e\n}", "two\nthree", id="a newline of the pattern's own"),
    pytest.param("${lines/*w/x}", "one\nxo\nthree", id="a match begins on a later line"),
    pytest.param("${lines%%*e}", "one\ntwo\n", id="from the end too"),
    pytest.param("${u/*/x}", "x", id="nothing can be replaced as well"),
]


@pytest.mark.parametrize(("word", "result"), VARIABLE_FORMS)
def test_variables(word: str, result: str) -> None:
    assert text(word) == result


@pytest.mark.parametrize(
    ("word", "result"),
    [
        pytest.param("${u:-`}}", "}", id="a default"),
        pytest.param("${v:+a`b}", "ab", id="an alternative"),
        pytest.param("${v-`$v}", "value", id="a default that is not used"),
        pytest.param("${v#va}", "lue", id="a beginning"),
        pytest.param("${v%e}", "valu", id="an end"),
        pytest.param("${star#a\\*}", "b", id="patterns keep the backslash"),
        pytest.param("${path/lib/a`}b}", "/usr/a`}b/lib.so.1", id="the escape character stays in a replacement"),
        pytest.param("${v:?`}}", "value", id="a message"),
    ],
)
def test_variables_with_a_backtick(word: str, result: str) -> None:
    assert text(word, "`") == result


def test_a_backtick_does_not_escape_the_slash_of_a_pattern() -> None:
    assert text("${path/`/usr/x}", "`") == "/usr/lib/lib.so.1"


REFUSED = [
    pytest.param("'a", "unexpected end of statement while looking for matching single-quote", id="a single quote"),
    pytest.param('"a', "unexpected end of statement while looking for matching double-quote", id="a double quote"),
    pytest.param("${v", "unsupported modifier (�) in substitution", id="a name that does not end"),
    pytest.param("${", "syntax error: missing '}'", id="a brace alone"),
    pytest.param("${v:-a", "syntax error: missing '}'", id="a default that does not end"),
    pytest.param("${v:-${u:-'a", "syntax error: missing '}'", id="the outermost brace is missed"),
    pytest.param("${v/a", "syntax error: missing '/' in ${}", id="a pattern that does not end"),
    pytest.param("${v/a/b", "syntax error: missing '}'", id="a replacement that does not end"),
    pytest.param("${}", "syntax error: bad substitution", id="no name"),
    pytest.param("${{v}}", "syntax error: bad substitution", id="two braces"),
    pytest.param("${:-a}", "syntax error: bad substitution", id="no name before a colon"),
    pytest.param("${v=a}", "unsupported modifier (=) in substitution", id="an assignment"),
    pytest.param("${v:=a}", "unsupported modifier (:=) in substitution", id="an assignment with a colon"),
    pytest.param("${v:1}", "unsupported modifier (:1) in substitution", id="a part of it"),
    pytest.param("${v:#a}", "unsupported modifier (:#) in substitution", id="a pattern with a colon"),
    pytest.param("${v^^}", "unsupported modifier (^) in substitution", id="upper case"),
    pytest.param("${u:?}", "u: is not allowed to be unset", id="unset"),
    pytest.param("${empty:?}", "empty: is not allowed to be empty", id="empty"),
    pytest.param("${u?say $v}", "u: say value", id="a message of one's own"),
    pytest.param(
        "${v#\\a}", "invalid pattern (\\a) in substitution: invalid escape '\\a'", id="an escape in a pattern"
    ),
    pytest.param(
        "${v//a\\b/}", "invalid pattern (a\\b) in substitution: invalid escape '\\b'", id="one to be replaced"
    ),
    pytest.param("${v%\\a}", "invalid pattern (\\a) in substitution: invalid escape '\\a'", id="one at the end"),
]


@pytest.mark.parametrize(("word", "what"), REFUSED)
def test_refused(word: str, what: str) -> None:
    assert refusal(word) == what


@pytest.mark.parametrize(
    ("word", "expansion"),
    [
        pytest.param("a", Expansion("a", (), (), ()), id="none"),
        pytest.param("$v$u", Expansion("value", ("u", "v"), ("u",), ("u",)), id="a set one and an unset one"),
        pytest.param("'$u'", Expansion("$u", (), (), ()), id="none in single quotes"),
        pytest.param('"$u"', Expansion("", ("u",), ("u",), ("u",)), id="one in double quotes"),
        pytest.param("${u:-d}", Expansion("d", ("u",), ("u",), ()), id="a default stands in its place"),
        pytest.param("${u:-}", Expansion("", ("u",), ("u",), ("u",)), id="an empty default does not"),
        pytest.param("${u:-$x}", Expansion("", ("u", "x"), ("u", "x"), ("u", "x")), id="nor does another unset one"),
        pytest.param("${u:-$v}", Expansion("value", ("u", "v"), ("u",), ()), id="a set one does"),
        pytest.param("${v:-$x}", Expansion("value", ("v",), (), ()), id="a default that is not used had no say"),
        pytest.param("${u:+$x}", Expansion("", ("u",), ("u",), ("u",)), id="an alternative that is not used neither"),
        pytest.param("${v:+$x}", Expansion("", ("v", "x"), ("x",), ("x",)), id="one that is used had"),
        pytest.param(
            "${x:-$u$v}${u:-$v}", Expansion("valuevalue", ("u", "v", "x"), ("u", "x"), ("u",)), id="of several brackets"
        ),
        pytest.param("$u${u:-d}", Expansion("d", ("u",), ("u",), ("u",)), id="of two uses the worst counts"),
        pytest.param("${u/*/x}", Expansion("x", ("u",), ("u",), ()), id="something was put in its place"),
        pytest.param("${v#$u}", Expansion("value", ("u", "v"), ("u",), ("u",)), id="a pattern has a say"),
        pytest.param("${v/a/$u}", Expansion("vlue", ("u", "v"), ("u",), ("u",)), id="so has a replacement"),
    ],
)
def test_the_variables_that_had_a_say(word: str, expansion: Expansion) -> None:
    assert expand(word, VARIABLES.get) == expansion


def test_quotes_are_text_in_a_heredoc() -> None:
    assert text("'$v' \"${v}\" \\$v", quotes=False) == "'value' \"value\" $v"


def test_an_error_holds_the_word_and_the_place_in_it() -> None:
    with pytest.raises(DockerfileError) as caught:
        expand("a${}", VARIABLES.get)
    assert (caught.value.source, caught.value.column, caught.value.where) == ("a${}", 2, None)


def test_a_value_that_must_be_given_is_asked_for() -> None:
    with pytest.raises(DockerfileError) as caught:
        expand("${u:?}", VARIABLES.get)
    assert caught.value.fix == "give it a value: --build-arg u=…, with an ARG for it"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("COPY  a\tb", ["COPY", "a", "b"], id="spaces of any kind"),
        pytest.param("a 'b c' \"d e\"", ["a", "'b c'", '"d e"'], id="quotes stay around their words"),
        pytest.param("a\\ b c", ["a\\ b", "c"], id="an escaped space stays in its word"),
        pytest.param("<< EOF b", ["<< EOF", "b"], id="a heredoc's name belongs to it"),
        pytest.param("$a ${b} c", ["$a", "${b}", "c"], id="variables stay as written"),
        pytest.param("${a:-b c} d", ["${a:-b", "c}", "d"], id="a space in a variable divides"),
        pytest.param('"" a', ['""', "a"], id="an empty word in quotes"),
        pytest.param("x${a:-y}z", ["${a:-y}z"], id="what stands before a modifier is lost"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_lines_are_cut_for_heredocs(line: str, words: list[str]) -> None:
    assert split(line, keep_quotes=True, keep_escapes=True) == words


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        pytest.param('a"b\\c\n', '"a\\"b\\\\c\\n"', id="escapes"),
        pytest.param("a\x00\ufeff\udcff日", '"a\\x00\\ufeff\\xff日"', id="what cannot be seen"),
        pytest.param("a" * 81, '"' + "a" * 80 + '…"', id="what is too long"),
    ],
)
def test_quoted_as_go_quotes(given: str, shown: str) -> None:
    assert quoted(given) == shown


ANYTHING = st.text(st.sampled_from(list("${}:-+?#%/'\"\\`<* ab_1é\n\x00\ufeff\udcff")) | st.characters(), max_size=40)


@given(word=ANYTHING, escape=st.sampled_from("\\`"), quotes=st.booleans(), value=st.none() | st.text())
def test_any_word_expands_or_is_refused(word: str, escape: str, quotes: bool, value: str | None) -> None:
    try:
        found = expand(word, lambda _: value, escape, quotes=quotes)
    except DockerfileError as error:
        assert error.source == word
    else:
        assert set(found.emptied) <= set(found.unset) <= set(found.used)


@given(word=ANYTHING)
def test_single_quotes_protect_any_word(word: str) -> None:
    plain = word.replace("'", "")
    assert expand(f"'{plain}'", lambda _: None).text == decoded(plain)


@given(line=ANYTHING)
def test_any_line_is_cut_or_refused(line: str) -> None:
    try:
        assert all(split(line, keep_quotes=True, keep_escapes=True))
    except DockerfileError as error:
        assert error.what.startswith("failed to process")
