"""What a line of an ignore file means to Podman, docker-py and gcloud: which of some paths it matches."""

from __future__ import annotations

import pytest

from ctxaudit.builders import BUILDERS
from ctxaudit.errors import PatternError
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.model import BuilderName

PATHS = [
    *("a", "a/b", "a/b/c", "a/b/c/d", "x", "x/a", "x/a/b", "x/y/a/b", "ab", "aab", "axb", "a.b", "ab.log", "B", "é"),
    *("a\nb", "x/a\nb", "a\n", "a$", "a+b", "a\\b", "]", "-", "^", "!", "a-", "[a]", "\\a", "a ", "\ufeffa"),
]  # fmt: skip


def line_of(builder: BuilderName, line: str) -> DockerignorePattern:
    found = BUILDERS[builder].dialect.line(line, "ignore", 3)
    assert found is not None
    return found


A = ["a", "a/b", "a/b/c", "a/b/c/d"]
ENDED = [*A, "a\n"]  # a new line at the end is no part of a name to Python
B = ["a/b", "a/b/c", "a/b/c/d"]
NO_LINES = [path for path in PATHS if "\n" not in path]


@pytest.mark.parametrize(
    ("line", "matched"),
    [
        pytest.param("a", A, id="a name, and all below"),
        pytest.param("/a/", A, id="with slashes around it"),
        pytest.param("./a", A, id="cleaned"),
        pytest.param("a/b", B, id="a path"),
        pytest.param("*/b", B, id="a star for a directory"),
        pytest.param("x/*/b", ["x/a/b"], id="in the midst"),
        pytest.param("*", [path for path in PATHS if path != "x/a\nb"], id="any name: behind a slash no new line"),
        pytest.param("**", NO_LINES, id="two stars: no new line at all"),
        pytest.param("**/b", [*B, "x/a/b", "x/y/a/b"], id="a name at any depth"),
        pytest.param("a/**", B, id="all below a directory"),
        pytest.param("x/**/b", ["x/a/b", "x/y/a/b"], id="any directories between two"),
        pytest.param("a**b", ["a/b", "a/b/c", "a/b/c/d", "ab"], id="two stars in a name, up to a slash"),
        pytest.param("a?b", ["aab", "axb", "a.b", "a\nb", "a+b", "a\\b"], id="a question mark, a letter and no slash"),
        pytest.param("a.b", ["a.b"], id="a dot means itself"),
        pytest.param("a$", ["a$"], id="as a dollar does"),
        pytest.param("a+b", ["ab", "aab"], id="a plus repeats"),
        pytest.param("(ab|x)", ["ab", "x", "x/a", "x/a/b", "x/y/a/b"], id="a bar is an alternative"),
        pytest.param(r"a\+b", ["a+b"], id="an escape"),
        pytest.param(r"a\\b", ["a\\b"], id="of a backslash"),
        pytest.param("[a-b]b", ["ab"], id="a class"),
        pytest.param("[^a]b", [], id="a circumflex negates it"),
        pytest.param("\ufeffa", A, id="a byte order mark at the start is dropped"),
        pytest.param("b|^", ["a/b"][:0], id="an anchor in the midst is never met"),
    ],
)
def test_a_line_of_podman_matches(line: str, matched: list[str]) -> None:
    pattern = line_of("podman", line)
    assert [path for path in PATHS if pattern.matches(path)] == [path for path in PATHS if path in matched]


@pytest.mark.parametrize(
    ("line", "matched"),
    [
        pytest.param("a", ENDED, id="a name, and all below"),
        pytest.param("/a/", ENDED, id="with slashes around it"),
        pytest.param("A", ENDED, id="without case"),
        pytest.param("É", ["é"], id="of any letter"),
        pytest.param("a/b", B, id="a path"),
        pytest.param("*/b", B, id="a star for a directory"),
        pytest.param("**/b", [*B, "x/a/b", "x/y/a/b", "B"], id="a name at any depth, and all below one at the second"),
        pytest.param("**", [*NO_LINES, "a\n", "x/a\nb"], id="two stars: a new line at the end alone"),
        pytest.param("a/**", ["a/b", "a/b/c", "a/b/c/d"], id="all below a directory"),
        pytest.param("a**b", ["a/b", "ab"], id="two stars in a name, up to a slash"),
        pytest.param("a?b", ["aab", "axb", "a.b", "a\nb", "a+b", "a\\b"], id="a question mark, a letter and no slash"),
        pytest.param("a.b", ["a.b"], id="a dot means itself"),
        pytest.param("a+b", ["a+b"], id="as every other mark does"),
        pytest.param("a\\b", ["a\\b"], id="and a backslash"),
        pytest.param("a$", ["a$"], id="and a dollar"),
        pytest.param("[a-b]b", ["ab"], id="a class"),
        pytest.param(
            "[!a]",
            ["x", "B", "é", "]", "-", "^", "!", "x/a", "x/a/b", "x/y/a/b", "x/a\nb"],
            id="its opposite",
        ),
        pytest.param("[^a]", ["^", *ENDED], id="a circumflex is a member"),
        pytest.param("[]a]", ["]", *ENDED], id="a bracket that comes first, too"),
        pytest.param(
            "[!]a]",
            ["x", "B", "é", "-", "^", "!", "x/a", "x/a/b", "x/y/a/b", "x/a\nb"],
            id="also behind an exclamation mark",
        ),
        pytest.param("[a-]", ["-", *ENDED], id="a minus at the end"),
        pytest.param("[-a]", ["-", *ENDED], id="at the beginning"),
        pytest.param("[+--]", ["-"], id="at the end of a range"),
        pytest.param("[a-b-]", ["-", "B", *ENDED], id="behind one"),
        pytest.param("[\\a]", ENDED, id="a backslash in a class"),
        pytest.param("[!]", [], id="a class of nothing is literal"),
        pytest.param("[]", [], id="without a mark, too"),
        pytest.param("[a", [], id="or one that is not closed"),
        pytest.param("x/a", ["x/a", "x/a/b"], id="of a path all below"),
    ],
)
def test_a_line_of_docker_py_matches(line: str, matched: list[str]) -> None:
    pattern = line_of("docker-py", line)
    assert [path for path in PATHS if pattern.matches(path)] == [path for path in PATHS if path in matched]


@pytest.mark.parametrize(
    ("line", "matched"),
    [
        pytest.param("a", ["a", "x/a"], id="a name at any depth"),
        pytest.param("a/", ["a", "x/a"], id="a directory"),
        pytest.param("/a", ["a"], id="a slash at the start means the root"),
        pytest.param("a/b", ["a/b", "x/a/b", "x/y/a/b"], id="several names, also at any depth"),
        pytest.param("/a/b", ["a/b"], id="or at the root"),
        pytest.param("a/*", ["a/b", "x/a/b", "x/y/a/b"], id="a star for the last name"),
        pytest.param(
            "*/b", ["a/b", "x/a/b"], id="a star for the first one is at the root, or below a name of one letter"
        ),
        pytest.param("*/a", ["a", "x/a"], id="and before the first name, where nothing stands"),
        pytest.param("a/**", A, id="all below a directory at the root, and itself"),
        pytest.param("**/b", ["a/b", "x/a/b", "x/y/a/b"], id="any directories above"),
        pytest.param("/**/b", ["a/b", "x/a/b", "x/y/a/b"], id="from the root"),
        pytest.param("x/**/b", ["x/a/b", "x/y/a/b"], id="any directories between"),
        pytest.param("x/**/**/b", ["x/a/b", "x/y/a/b"], id="two stars twice are two stars"),
        pytest.param("a?b", ["aab", "axb", "a.b", "a\nb", "x/a\nb", "a+b", "a\\b"], id="a question mark"),
        pytest.param("[a-b]b", ["ab"], id="a class"),
        pytest.param("[!a]b", [], id="its opposite"),
        pytest.param("a\\ ", ["a "], id="a space that is escaped"),
        pytest.param("a  ", ["a", "x/a"], id="spaces that are not"),
        pytest.param(r"a\\b", ["a\\b"], id="two backslashes are one"),
        pytest.param(r"\[a]", ["a", "x/a"], id="an escape means nothing"),
        pytest.param(r"a\b", ["ab"], id="it is dropped"),
        pytest.param("a.b", ["a.b"], id="a dot means itself"),
        pytest.param("b", ["a/b", "x/a/b", "x/y/a/b"], id="in its own case"),
    ],
)
def test_a_line_of_gcloud_matches(line: str, matched: list[str]) -> None:
    pattern = line_of("gcloud", line)
    assert [path for path in PATHS if pattern.matches(path)] == [path for path in PATHS if path in matched]


@pytest.mark.parametrize(
    ("builder", "line", "text", "exception", "written"),
    [
        pytest.param("podman", "!a", "a", True, "!a", id="Podman: an exception"),
        pytest.param("podman", "!/a/", "a", True, "!a", id="with slashes around its path"),
        pytest.param("podman", " a ", "a", False, "a", id="white space around a line"),
        pytest.param("podman", "! a", " a", True, "! a", id="and not behind the mark"),
        pytest.param("podman", "a/../b", "b", False, "b", id="a path is cleaned"),
        pytest.param("podman", "!./a/b/../c", "a/c", True, "!a/c", id="also in an exception"),
        pytest.param("podman", "!a/../b", "b", False, "b", id="whose mark is a part of the first name"),
        pytest.param("podman", " #a", "#a", False, "#a", id="a mark of a comment that is not the first letter"),
        pytest.param("docker-py", "! a", "a", True, "!a", id="docker-py: an exception"),
        pytest.param("docker-py", "\t!!a", "!a", True, "!!a", id="one mark is taken"),
        pytest.param("docker-py", "//a/./b/", "a/b", False, "a/b", id="a path is cleaned"),
        pytest.param("docker-py", "a/../b", "b", False, "b", id="two dots take a name along"),
        pytest.param("docker-py", "a/../../b/c/../d", "b/d", False, "b/d", id="and are dropped at the root"),
        pytest.param("gcloud", "!a/", "a", True, "!a/", id="gcloud: an exception for directories"),
        pytest.param("gcloud", "!!a", "!a", True, "!!a", id="one mark is taken"),
        pytest.param("gcloud", " a", " a", False, " a", id="spaces at the start stay"),
        pytest.param("gcloud", "a /", "a", False, "a/", id="those before the last slash do not"),
        pytest.param("gcloud", r"a\ \ /", "a  ", False, "a  /", id="unless they are escaped"),
        pytest.param("gcloud", r"a\\\b", r"a\b", False, r"a\b", id="of three backslashes one"),
    ],
)
def test_a_line_is_read_as(builder: BuilderName, line: str, text: str, exception: bool, written: str) -> None:
    found = line_of(builder, line)
    assert (found.text, found.exception, found.written) == (text, exception, written)
    assert (found.where, found.raw, found.refused) == ("ignore:3", line, False)


@pytest.mark.parametrize(
    ("builder", "lines"),
    [
        pytest.param("podman", ("", " ", "/", "//", "#a", "# "), id="Podman"),
        pytest.param("docker-py", ("", " \t", "#a", " #a", "/", "a/..", ".", "!", "! /"), id="docker-py"),
        pytest.param("gcloud", ("", "#a", " ", "/", "a\\", r"a\\\  ".rstrip(" "), "!", "!/"), id="gcloud"),
    ],
)
def test_these_lines_are_no_patterns(builder: BuilderName, lines: tuple[str, ...]) -> None:
    assert {line: BUILDERS[builder].dialect.line(line) for line in lines} == dict.fromkeys(lines)


@pytest.mark.parametrize(
    ("builder", "line", "what"),
    [
        pytest.param("podman", "!", 'illegal exclusion pattern: "!"', id="Podman: an exception of nothing"),
        pytest.param("podman", "!/", 'illegal exclusion pattern: "!"', id="or of a slash"),
        pytest.param("podman", "[a", 'syntax error in pattern "[a"', id="a class that is not closed"),
        pytest.param("podman", "![", 'syntax error in pattern "["', id="in an exception"),
        pytest.param("docker-py", "[b-a]", 'bad character range in pattern "[b-a]"', id="docker-py: a range backwards"),
        pytest.param("docker-py", "x[!Z-A]", 'bad character range in pattern "x[!z-a]"', id="in any class"),
    ],
)
def test_a_line_is_refused(builder: BuilderName, line: str, what: str) -> None:
    with pytest.raises(PatternError) as caught:
        line_of(builder, line).matches("x")
    assert (caught.value.what, caught.value.where) == (what, "ignore:3")


@pytest.mark.parametrize(
    ("builder", "data", "patterns"),
    [
        pytest.param("podman", b"a\r\nb\x0cc\n", [("a", 1), ("b\x0cc", 2)], id="Podman: a line ends with a newline"),
        pytest.param("docker-py", b"a\r\nb\x0cc\n", [("a", 1), ("b", 2), ("c", 2)], id="docker-py: or a form feed"),
        pytest.param("cdk", b"a\r\nb\xffc\n", [("a", 1), ("b\ufffdc", 2)], id="the AWS CDK: in UTF-8"),
        pytest.param("gcloud", b"a\r\nb\xffc\n#!x\nd", [("a", 1), ("b\udcffc", 2), ("d", 4)], id="gcloud: in bytes"),
    ],
)
def test_a_file_has_these_lines(builder: BuilderName, data: bytes, patterns: list[tuple[str, int]]) -> None:
    file = BUILDERS[builder].read("ignore", data, lambda name: None)
    assert [(one.text, one.line) for one in file.patterns] == patterns
    assert {one.file for one in file.patterns} == {"ignore"}


@pytest.mark.parametrize(
    ("data", "patterns"),
    [
        pytest.param(
            b"a\n#!include:x\nb",
            [("a", "d/i:1"), ("y", "d/x:1"), ("z", "d/x:2"), ("b", "d/i:3")],
            id="in place",
        ),
        pytest.param(b"#  !include:x\n", [("y", "d/x:1"), ("z", "d/x:2")], id="behind spaces"),
        pytest.param(b" #!include:x\n", [(" #!include:x", "d/i:1")], id="not where the line has some before"),
        pytest.param(b"#include:x\n", [], id="nor without the mark"),
    ],
)
def test_a_file_that_gcloud_includes(data: bytes, patterns: list[tuple[str, str]]) -> None:
    files = {"x": b"y\nz\n#!include:x\n"}
    file = BUILDERS["gcloud"].read("d/i", data, files.get)
    assert [(one.text, one.where) for one in file.patterns] == patterns
    unnamed = BUILDERS["gcloud"].read("", data, files.get).patterns
    assert [one.text for one in unnamed] == [text for text, _ in patterns]
    assert {(one.file, one.line) for one, (_, where) in zip(unnamed, patterns, strict=True) if where[:3] == "d/i"} <= {
        ("", 0)
    }


@pytest.mark.parametrize(
    ("names", "made"),
    [
        pytest.param({"a"}, b"", id="nothing without git"),
        pytest.param({".git"}, b".gcloudignore\n.git\n.gitignore\n", id="what is git's own"),
        pytest.param(
            {".gitignore"}, b".gcloudignore\n.git\n.gitignore\n#!include:.gitignore\n", id="what git ignores, too"
        ),
    ],
)
def test_the_file_that_gcloud_makes(names: set[str], made: bytes) -> None:
    assert BUILDERS["gcloud"].made(frozenset(names)) == made
    assert BUILDERS["buildkit"].made(frozenset(names)) == b""


@pytest.mark.parametrize(
    ("patterns", "path", "kind", "taken"),
    [
        pytest.param(["a/"], "a", "dir", None, id="a directory: the patterns decide"),
        pytest.param(["a/"], "a", "file", True, id="a file whose name stands in a line for directories"),
        pytest.param(["a/"], "b", "file", None, id="one whose name does not"),
        pytest.param(["a", "a/"], "a", "file", False, id="one that another line excludes"),
        pytest.param(["a", "!a", "a/"], "a", "file", True, id="and another one includes"),
        pytest.param(["!a", "a", "a/"], "a", "file", False, id="the last of those decides"),
        pytest.param(["a", "!a/"], "a", "file", False, id="an exception for directories is not about it"),
        pytest.param(["a"], "a", "file", None, id="without a line for directories the patterns decide"),
    ],
)
def test_what_gcloud_takes_of_a_line_for_directories(
    patterns: list[str], path: str, kind: str, taken: bool | None
) -> None:
    row = BUILDERS["gcloud"]
    exclude = row.dialect(()).extended(patterns)
    assert row.select(exclude, None, "", False, lambda name: kind).takes(path) is taken  # type: ignore[attr-defined]
    assert row.select(exclude, None, "", False).takes(path) is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("builder", "patterns", "path", "excluded", "steps"),
    [
        pytest.param("podman", ["a", "!a/b"], "a/b/c", False, [("a", "a"), ("!a/b", "a/b")], id="Podman: the last one"),
        pytest.param("podman", ["a/b/c", "a"], "a/b/c", True, [("a/b/c", "a/b/c"), ("a", "a")], id="in their order"),
        pytest.param("podman", ["x"], "a/b", False, [], id="nothing without a match"),
        pytest.param(
            "gcloud",
            ["a", "!a/b"],
            "a/b/c",
            True,
            [("a", "a"), ("!a/b", "a/b")],
            id="gcloud: the first above",
        ),
        pytest.param("gcloud", ["!a", "a/b"], "a/b/c", True, [("!a", "a"), ("a/b", "a/b")], id="below an exception"),
        pytest.param(
            "gcloud",
            ["a/b", "!a/b"],
            "a/b",
            False,
            [("a/b", "a/b"), ("!a/b", "a/b")],
            id="of one path the last",
        ),
        pytest.param("gcloud", ["c"], "c/c/c", True, [("c", "c")], id="at the first directory that matches"),
    ],
)
def test_which_lines_match_a_path_and_where(
    builder: BuilderName, patterns: list[str], path: str, excluded: bool, steps: list[tuple[str, str]]
) -> None:
    matcher = BUILDERS[builder].dialect(()).extended(patterns)
    assert [(one.pattern.written, one.at, one.skipped) for one in matcher.steps(path)] == [
        (*one, False) for one in steps
    ]
    assert (matcher.excludes(path), matcher.excludes_with_one_parent(path)) == (excluded, excluded)
    assert matcher.trail(path).excluded is excluded


@pytest.mark.parametrize(
    ("builder", "line", "directory", "reaches"),
    [
        pytest.param("podman", "a/b", "A", False, id="Podman: a directory of other letters"),
        pytest.param("podman", "a/b", "a", True, id="and one of the same"),
        pytest.param("docker-py", "a/b", "A", True, id="docker-py: whatever their case"),
        pytest.param("docker-py", "a/b", "x", False, id="and no other"),
        pytest.param("cdk", "a/b", "A", True, id="the AWS CDK, too"),
        pytest.param("cdk", "a/b", "x", False, id="and no other there"),
        pytest.param("gcloud", "a/b", "x", True, id="gcloud: any"),
    ],
)
def test_a_line_may_match_below(builder: BuilderName, line: str, directory: str, reaches: bool) -> None:
    assert line_of(builder, line).reaches_below(directory) is reaches
