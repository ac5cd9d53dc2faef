"""The ignore file's bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.errors import PatternError
from ctxaudit.ignore.file import NO_IGNORE_FILE, IgnoreFile, Line, lines, parse_ignore, written


@pytest.mark.parametrize(
    ("data", "patterns"),
    [
        pytest.param(b"\xef\xbb\xbf# c\na", ["a"], id="a byte order mark goes before the comment test"),
        pytest.param(b"a\n\xef\xbb\xbfb", ["a", "\ufeffb"], id="a byte order mark on a later line stays"),
        pytest.param(b"  #x", ["#x"], id="an indented comment is a pattern"),
        pytest.param(b"a\r\nb\r", ["a", "b"], id="one carriage return goes"),
        pytest.param(b"a\rb", ["a\rb"], id="a carriage return inside stays"),
        pytest.param("\u00a0a\u2003".encode(), ["a"], id="the white space of Unicode goes"),
        pytest.param(b"\x1ca", ["\x1ca"], id="what only Python calls white space stays"),
        pytest.param(b"! docs", ["!docs"], id="white space after an exception's mark goes"),
        pytest.param(b"!!a", ["!!a"], id="one exception's mark is taken"),
        pytest.param(b"//a/./b/../c/", ["a/c"], id="a path is cleaned"),
        pytest.param(b"/!a", ["!a"], id="a slash hides an exception until it is cleaned away"),
        pytest.param(b"**/../x", ["x"], id="two dots eat a wildcard"),
        pytest.param(b"!", ["!"], id="a bare exception is only refused later"),
        pytest.param(b"\xff", ["\udcff"], id="a byte that is not UTF-8 stays"),
        pytest.param(b"x" * 65535, ["x" * 65535], id="the longest line"),
        pytest.param(b"", [], id="an empty file"),
        pytest.param(b"\n\n", [], id="empty lines"),
        pytest.param(b"a", ["a"], id="a line without an end"),
        pytest.param(b"a\n\nb\n", ["a", "b"], id="an empty line between"),
        pytest.param(b"#a\n##\na#", ["a#"], id="comments, and a mark further on"),
        pytest.param(b"a\r\r\nb", ["a", "b"], id="two carriage returns are white space in the end"),
        pytest.param(b"\xef\xbb\xbf\xef\xbb\xbfa", ["\ufeffa"], id="one byte order mark is dropped"),
        pytest.param(b"/", ["/"], id="a slash alone stays"),
        pytest.param(b"!/a/", ["!a"], id="slashes behind the mark of an exception"),
        pytest.param(b"! ", ["!"], id="a bare exception with white space"),
        pytest.param(b"!\t/..", ["!/"], id="one that is cleaned to a slash"),
        pytest.param(b".", ["."], id="a dot"),
        pytest.param(b"a/..", ["."], id="what comes to it"),
    ],
)
def test_lines_become_patterns(data: bytes, patterns: list[str]) -> None:
    assert parse_ignore(data) == patterns


def test_the_lines_as_they_are_written() -> None:
    assert written(b"\xef\xbb\xbfa\r\n\n # c\n!b \nc\xff\r") == ("a", "", "# c", "!b", "c\udcff")


def test_a_line_knows_its_number_and_how_it_stands() -> None:
    found = list(lines(b"\xef\xbb\xbfa\r\n# c\n\n ! b/ \n\xff"))
    assert found == [Line(1, "a", "\ufeffa\r"), Line(4, "!b", " ! b/ "), Line(5, "\udcff", "\udcff")]
    (pattern,) = IgnoreFile.read("x", b" ! b/ \n").patterns
    assert (pattern.raw, pattern.written, pattern.line) == (" ! b/ ", "!b", 1)


def test_a_line_of_64_KiB_is_refused_with_its_place() -> None:
    with pytest.raises(PatternError) as caught:
        parse_ignore(b"a\n#" + b"x" * 65535)
    assert (caught.value.what, caught.value.where, caught.value.fix) == (
        "bufio.Scanner: token too long",
        ".dockerignore:2",
        "Docker reads lines of less than 65,536 bytes: shorten this one (65,536 bytes)",
    )
    with pytest.raises(PatternError) as caught:
        IgnoreFile.read("web/ignore", b"x" * 65536)
    assert caught.value.where == "web/ignore:1"


def test_where_no_ignore_file_applies_there_is_nothing_in_it() -> None:
    assert IgnoreFile("", b"", ()) == NO_IGNORE_FILE


def test_a_string_is_not_the_bytes_of_a_file() -> None:
    with pytest.raises(TypeError, match="an ignore file is bytes, not str: read it with open"):
        parse_ignore("a")  # type: ignore[arg-type]


def test_a_pattern_knows_its_file_and_line() -> None:
    file = IgnoreFile.read("docker/app.dockerignore", b"# c\n\n*.log\n!a.log\n")
    assert [(pattern.where, pattern.written) for pattern in file.patterns] == [
        ("docker/app.dockerignore:3", "*.log"),
        ("docker/app.dockerignore:4", "!a.log"),
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    found = list(lines(data))
    assert all(isinstance(line, Line) and line.pattern for line in found)
    assert [line.number for line in found] == sorted({line.number for line in found})
