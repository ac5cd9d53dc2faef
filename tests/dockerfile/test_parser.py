"""A Dockerfile's text to its instructions."""

from __future__ import annotations

import pytest

from ctxaudit.dockerfile import Dockerfile, Heredoc, Instruction
from ctxaudit.dockerfile.parser import parse, trigger
from ctxaudit.errors import DockerfileError


def after_from(text: str) -> Instruction:
    """The first instruction after a FROM on line 1."""
    return parse(f"FROM scratch\n{text}".encode("utf-8", "surrogateescape")).instructions[1]


def refusal(data: bytes, name: str = "Dockerfile") -> DockerfileError:
    with pytest.raises(DockerfileError) as caught:
        parse(data, name)
    return caught.value


@pytest.mark.parametrize(
    ("text", "directives", "escape"),
    [
        pytest.param("FROM a", {}, "\\", id="none"),
        pytest.param("# escape=`\nFROM a", {"escape": ("`", 1)}, "`", id="the escape character"),
        pytest.param("#escape=\\\nFROM a", {"escape": ("\\", 1)}, "\\", id="the default, said"),
        pytest.param("# Escape = `  \nFROM a", {"escape": ("`", 1)}, "`", id="any case, spaces around"),
        pytest.param("   # escape=`\nFROM a", {"escape": ("`", 1)}, "`", id="indented"),
        pytest.param(
            "# syntax=a/b:1 x\n# check=skip=all\n# escape=`\nFROM a",
            {"syntax": ("a/b:1 x", 1), "check": ("skip=all", 2), "escape": ("`", 3)},
            "`",
            id="all three, each with its line",
        ),
        pytest.param("# a comment\n# escape=`\nFROM a", {}, "\\", id="a comment ends them"),
        pytest.param("\n# escape=`\nFROM a", {}, "\\", id="a blank line ends them"),
        pytest.param("# other=1\n# escape=`\nFROM a", {}, "\\", id="an unknown directive ends them"),
        pytest.param("FROM a\n# escape=`", {}, "\\", id="an instruction ends them"),
        pytest.param("# escape=`\r\nFROM a\r\n", {"escape": ("`", 1)}, "`", id="with carriage returns"),
        pytest.param("\ufeff# escape=`\nFROM a", {"escape": ("`", 1)}, "`", id="behind a byte order mark"),
        pytest.param("#!/x\n# syntax=a\nFROM a", {"syntax": ("a", 2)}, "\\", id="syntax stands behind a #! line too"),
        pytest.param("#!/x\n# escape=`\nFROM a", {}, "\\", id="escape does not"),
        pytest.param(" # syntax=a\nFROM a", {}, "\\", id="syntax does not stand behind spaces"),
        pytest.param("#!/x\n# syntax=a\n# syntax=b\nFROM a", {"syntax": ("a", 2)}, "\\", id="the first syntax counts"),
    ],
)
def test_directives(text: str, directives: dict[str, tuple[str, int]], escape: str) -> None:
    dockerfile = parse(text.encode())
    assert (dockerfile.directives, dockerfile.escape) == (directives, escape)


@pytest.mark.parametrize(
    ("text", "instruction", "lines"),
    [
        pytest.param("RUN a", "RUN a", (2, 2), id="one line"),
        pytest.param("RUN a \\\n  b\n", "RUN a   b", (2, 3), id="spaces in front of the next line stay"),
        pytest.param("RUN a\\\nb", "RUN ab", (2, 3), id="without a space the words join"),
        pytest.param("RUN a \\ \t\nb", "RUN a b", (2, 3), id="spaces behind the escape character"),
        pytest.param("RUN a \\\\\n", "RUN a \\\\", (2, 2), id="an escaped escape character ends the line"),
        pytest.param("RUN a \\\\\\\n", "RUN a \\\\\\", (2, 2), id="so do three of them"),
        pytest.param("RUN a `\n", "RUN a `", (2, 2), id="the other escape character is text"),
        pytest.param("RUN a \\\n", "RUN a", (2, 2), id="a continuation at the end of the file"),
        pytest.param("RUN a \\\r\n b\r\n", "RUN a  b", (2, 3), id="with carriage returns"),
        pytest.param("RUN a \\\n# c\n  # d\n b", "RUN a  b", (2, 5), id="comments inside are dropped"),
        pytest.param("RUN a \\\n\n \t\n b", "RUN a  b", (2, 5), id="blank lines inside are dropped"),
        pytest.param("RUN a \\\n# c \\\n b", "RUN a  b", (2, 4), id="a comment continues nothing of its own"),
        pytest.param("RUN a \\\n b # c", "RUN a  b # c", (2, 3), id="a comment behind text is text"),
        pytest.param("\\\nRUN a", "RUN a", (2, 3), id="an escape character alone on the first line"),
        pytest.param("# c\n\nRUN a", "RUN a", (4, 4), id="comments and blank lines before it"),
        pytest.param("\u2003RUN a", "RUN a", (2, 2), id="the white space of Unicode in front"),
    ],
)
def test_continuation(text: str, instruction: str, lines: tuple[int, int]) -> None:
    found = after_from(text)
    assert (found.text, (found.line, found.end_line)) == (instruction, lines)


def test_continuation_with_a_backtick() -> None:
    found = parse(b"# escape=`\nFROM a\nRUN a `\n b\\\n").instructions
    assert [instruction.text for instruction in found] == ["FROM a", "RUN a  b\\"]


def test_comments_are_kept_with_their_lines() -> None:
    text = b"# escape=`\n#one\nFROM a\n  # two \nRUN a `\n# three\n b\nRUN <<E\n# text\nE\n#"
    assert parse(text).comments == ((2, "one"), (4, "two"), (6, "three"), (11, ""))


@pytest.mark.parametrize(
    ("text", "heredocs", "end"),
    [
        pytest.param("RUN <<EOF\na\nb\nEOF", [Heredoc("EOF", True, False, "a\nb\n")], 5, id="one"),
        pytest.param(
            "RUN <<'EOF'\n$a\nEOF", [Heredoc("EOF", False, False, "$a\n")], 4, id="a quoted name expands nothing"
        ),
        pytest.param('RUN <<"E"OF\nEOF', [Heredoc("EOF", False, False)], 3, id="a half quoted name neither"),
        pytest.param("RUN <<-EOF\n\ta\n\tEOF", [Heredoc("EOF", True, True, "\ta\n")], 4, id="tabs before the end"),
        pytest.param("RUN << EOF\nEOF", [Heredoc("EOF", True, False)], 3, id="a space before the name"),
        pytest.param("RUN a <<- b", [], 1 + 1, id="a dash without a name right behind it begins none"),
        pytest.param("RUN a <<-", [], 2, id="nor does a dash at the end"),
        pytest.param("RUN 3<<EOF\nEOF", [Heredoc("EOF", True, False)], 3, id="a file descriptor"),
        pytest.param(
            "COPY <<A <<-B /x\n1\nA\n\t2\n\tB\n",
            [Heredoc("A", True, False, "1\n"), Heredoc("B", True, True, "\t2\n")],
            6,
            id="several on a line",
        ),
        pytest.param("ADD <<EOF /x\nEOF", [Heredoc("EOF", True, False)], 3, id="ADD too"),
        pytest.param(
            "RUN <<EOF\r\na\r\nEOF\r\n", [Heredoc("EOF", True, False, "a\r\n")], 4, id="with carriage returns"
        ),
        pytest.param(
            "RUN <<EOF\n# a\n\nRUN b \\\nEOF", [Heredoc("EOF", True, False, "# a\n\nRUN b \\\n")], 6, id="raw"
        ),
        pytest.param("RUN <<EOF\n EOF\nEOF", [Heredoc("EOF", True, False, " EOF\n")], 4, id="a space is not the end"),
        pytest.param("RUN cat <<'E F'\nE F", [Heredoc("E F", False, False)], 3, id="a name with a space"),
        pytest.param("ONBUILD COPY <<E /x\na\nE", [Heredoc("E", True, False, "a\n")], 4, id="in a trigger"),
        pytest.param("RUN a<<EOF", [], 2, id="in the middle of a word it is none"),
        pytest.param("RUN <<<EOF", [], 2, id="three are none"),
        pytest.param('RUN echo "<<EOF', [], 2, id="where a quote is open, nothing is"),
        pytest.param('RUN ["cat", "<<EOF"]', [], 2, id="none in the JSON form"),
        pytest.param("ENV a=<<EOF", [], 2, id="none in other instructions"),
        pytest.param("RUN cat <<E${A:-y}", [], 2, id="BuildKit forgets what stands before a modifier"),
    ],
)
def test_heredocs(text: str, heredocs: list[Heredoc], end: int) -> None:
    found = after_from(text)
    assert (list(found.heredocs), found.end_line) == (heredocs, end)


def test_what_follows_a_heredoc_is_read_on() -> None:
    found = parse(b"FROM a\nRUN <<E\nCOPY x y\nE\nUSER b\n").instructions
    assert [(instruction.keyword, instruction.line) for instruction in found] == [("FROM", 1), ("RUN", 2), ("USER", 5)]


@pytest.mark.parametrize(
    ("text", "args", "json"),
    [
        pytest.param('COPY ["a b", "c"]', ("a b", "c"), True, id="an array"),
        pytest.param('COPY [ "a" ,"b" ]', ("a", "b"), True, id="spaces inside"),
        pytest.param('COPY ["\\u00e9", "\\ud83d\\ude00"]', ("é", "😀"), True, id="escapes"),
        pytest.param('COPY ["\\ud800", "b"]', ("�", "b"), True, id="half a surrogate pair is replaced"),
        pytest.param("COPY ['a', 'b']", ("['a',", "'b']"), False, id="single quotes are no JSON"),
        pytest.param('COPY ["a", "b"', ('["a",', '"b"'), False, id="an open bracket"),
        pytest.param('COPY ["a", "b"] c', ('["a",', '"b"]', "c"), False, id="something behind it"),
        pytest.param('COPY ["a" "b"]', ('["a"', '"b"]'), False, id="a missing comma"),
        pytest.param('COPY ["a", NaN]', ('["a",', "NaN]"), False, id="what only Python takes for JSON"),
        pytest.param('COPY ["a", 1e999]', ('["a",', "1e999]"), False, id="a number that Go cannot hold"),
        pytest.param("COPY a\tb \v c", ("a", "b", "c"), False, id="words"),
        pytest.param("COPY a\u00a0b c", ("a\u00a0b", "c"), False, id="a space of Unicode divides no words"),
        pytest.param('COPY "a b" c', ('"a', 'b"', "c"), False, id="quotes divide like anything else"),
        pytest.param('RUN ["a", "b"]', ("a", "b"), True, id="RUN takes an array"),
        pytest.param("RUN [ -f a ]  &&  b", ("[ -f a ]  &&  b",), False, id="the shell form is one element"),
        pytest.param("RUN", (), False, id="RUN with nothing"),
        pytest.param('VOLUME ["/a"]', ("/a",), True, id="VOLUME takes an array"),
        pytest.param('HEALTHCHECK CMD ["a"]', ("CMD", "a"), True, id="HEALTHCHECK has it behind CMD"),
        pytest.param("HEALTHCHECK CMD a  b", ("CMD", "a  b"), False, id="or a shell form"),
        pytest.param("WORKDIR /a b", ("/a b",), False, id="WORKDIR takes all of the line"),
        pytest.param("ENV a=1 b=\"x y\" c='z' d=\\ e", ("a=1", 'b="x y"', "c='z'", "d=\\ e"), False, id="ENV"),
        pytest.param("ENV a  b c ", ("a=b c",), False, id="the old form of ENV"),
        pytest.param('ENV "a b"=c', ('"a b"=c',), False, id="a quoted name"),
        pytest.param("LABEL a=b c=d", ("a=b", "c=d"), False, id="LABEL"),
        pytest.param("ARG a b=1", ("a", "b=1"), False, id="ARG"),
        pytest.param('ENV a="b\\" c" d=e', ('a="b\\" c"', "d=e"), False, id="an escaped quote does not close"),
        pytest.param("ENV a='b\\' c=d", ("a='b\\'", "c=d"), False, id="nothing is escaped in single quotes"),
        pytest.param("ENV a=b\\", ("a=b",), False, id="an escape character at the end escapes nothing"),
    ],
)
def test_arguments(text: str, args: tuple[str, ...], json: bool) -> None:
    found = after_from(text)
    assert (found.args, found.json) == (args, json)


@pytest.mark.parametrize(
    ("text", "flags", "args"),
    [
        pytest.param("COPY --from=a b c", (("from", "a"),), ("b", "c"), id="a value"),
        pytest.param(
            "COPY --link=True --parents=FALSE b c", (("link", "true"), ("parents", "false")), ("b", "c"), id="on, off"
        ),
        pytest.param(
            "COPY --exclude=a --exclude=*.b --chown=1:1 --chmod=755 b c",
            (("exclude", "a"), ("exclude", "*.b"), ("chown", "1:1"), ("chmod", "755")),
            ("b", "c"),
            id="repeated",
        ),
        pytest.param('COPY --chown="a b" c d', (("chown", "a b"),), ("c", "d"), id="quotes go"),
        pytest.param("COPY --chown=a\\ b c d", (("chown", "a b"),), ("c", "d"), id="escapes go"),
        pytest.param("COPY -- --a b", (), ("--a", "b"), id="two dashes end them"),
        pytest.param("COPY a --b", (), ("a", "--b"), id="behind a word they are words"),
        pytest.param('COPY --link ["a b", "c"]', (("link", "true"),), ("a b", "c"), id="in front of JSON"),
        pytest.param(
            "ADD --checksum=sha256:x --keep-git-dir --unpack=false a b",
            (("checksum", "sha256:x"), ("keep-git-dir", "true"), ("unpack", "false")),
            ("a", "b"),
            id="those of ADD",
        ),
        pytest.param(
            "RUN --mount=type=bind,target=/x --mount=type=ssh --network=none --security=insecure --device=x ls",
            (
                ("mount", "type=bind,target=/x"),
                ("mount", "type=ssh"),
                ("network", "none"),
                ("security", "insecure"),
                ("device", "x"),
            ),
            ("ls",),
            id="those of RUN",
        ),
        pytest.param("FROM --platform=$BUILDPLATFORM a", (("platform", "$BUILDPLATFORM"),), ("a",), id="that of FROM"),
        pytest.param("HEALTHCHECK --interval=3s CMD x", (("interval", "3s"),), ("CMD", "x"), id="those of HEALTHCHECK"),
        pytest.param("ARG --a b", (("a", ""),), ("b",), id="ARG drops any"),
        pytest.param("COPY --chown=é a b", (("chown", "Ã©"),), ("a", "b"), id="BuildKit reads them byte by byte"),
    ],
)
def test_flags(text: str, flags: tuple[tuple[str, str], ...], args: tuple[str, ...]) -> None:
    found = after_from(text)
    assert (found.flags, found.args) == (flags, args)


def test_a_trigger_is_an_instruction_of_its_own() -> None:
    inner = Instruction("COPY", 2, 2, "COPY --from=a b c", (("from", "a"),), ("b", "c"), False, (), None)
    found = after_from("onbuild COPY --from=a b c")
    assert (found.keyword, found.args, found.trigger) == ("ONBUILD", ("COPY", "b", "c"), inner)


def test_a_trigger_is_read_anew_with_the_default_escape_character() -> None:
    onbuild = parse(b"# escape=`\nFROM a\nONBUILD COPY --chown=a`b c d\n").instructions[1]
    assert onbuild.trigger is not None
    assert (onbuild.trigger.flags, trigger(onbuild, "f").flags) == ((("chown", "ab"),), (("chown", "a`b"),))


def test_a_trigger_keeps_its_heredoc_and_its_line() -> None:
    onbuild = after_from("ONBUILD COPY <<E /x\nbody\nE\n")
    found = trigger(onbuild, "f")
    assert (found.heredocs, found.line, found.end_line) == ((Heredoc("E", True, False, "body\n"),), 2, 4)


def test_a_trigger_that_is_no_instruction_fails_only_where_it_is_used() -> None:
    onbuild = after_from("ONBUILD FOO a")
    with pytest.raises(DockerfileError) as caught:
        trigger(onbuild, "f")
    assert (caught.value.what, caught.value.where) == ("unknown instruction: FOO", "f:2")


def test_a_trigger_of_several_instructions_is_none() -> None:
    onbuild = Instruction("ONBUILD", 4, 6, "ONBUILD USER a", (), (), False, (Heredoc("USER b", True, False),), None)
    with pytest.raises(DockerfileError, match="onbuild trigger should be a single expression"):
        trigger(onbuild, "f")


@pytest.mark.parametrize(
    ("data", "what", "where"),
    [
        pytest.param(b"", "the Dockerfile cannot be empty", 1, id="nothing"),
        pytest.param(b"\n \n", "file with no instructions", 2, id="blank lines"),
        pytest.param(b"# only\n# comments\n", "file with no instructions", 2, id="comments"),
        pytest.param(b"FROM a\nFOO b\n", "unknown instruction: FOO", 2, id="an unknown instruction"),
        pytest.param(
            "FROM a\nENTRYPO\u0131NT b\n".encode(), "unknown instruction: ENTRYPO\u0131NT", 2, id="a dotless i"
        ),
        pytest.param(b"# syntax=a\n# syntax=b\nFROM a", "only one syntax parser directive can be used", 2, id="syntax"),
        pytest.param(b"# escape=`\n# Escape=`\nFROM a", "only one escape parser directive can be used", 2, id="escape"),
        pytest.param(b"# check=a\n# check=b\nFROM a", "only one check parser directive can be used", 2, id="check"),
        pytest.param(b"# escape=x\nFROM a", "invalid escape token 'x' does not match ` or \\", 1, id="an odd escape"),
        pytest.param(b"FROM a\n\nRUN <<EOF\na\n", "unterminated heredoc", 3, id="an open heredoc"),
        pytest.param(b"FROM a\nRUN <<-E\n E\n", "unterminated heredoc", 2, id="spaces are no tabs"),
        pytest.param(b"RUN a", "no build stage in current context", 1, id="no stage yet"),
        pytest.param(b"ARG a\n", "dockerfile contains no stages to build", 1, id="arguments alone"),
        pytest.param(
            b"FROM a\nCOPY b",
            "COPY requires at least two arguments, but only one was provided. Destination could not be determined",
            2,
            id="COPY of one word",
        ),
        pytest.param(
            b'FROM a\nADD ["b"]',
            "ADD requires at least two arguments, but only one was provided. Destination could not be determined",
            2,
            id="ADD of one element",
        ),
        pytest.param(b"FROM a b", "FROM requires either one or three arguments", 1, id="FROM of two words"),
        pytest.param(b"FROM", "FROM requires either one or three arguments", 1, id="FROM of none"),
        pytest.param(
            b"FROM a AS 1b",
            'invalid name for build stage: "1b", name can\'t start with a number or contain symbols',
            1,
            id="a stage's name",
        ),
        pytest.param(b"FROM a\nENV b", "ENV must have two arguments", 2, id="ENV of one word"),
        pytest.param(
            b"FROM a\nENV b=c d",
            'Syntax error - can\'t find = in "d". Must be of the form: name=value',
            2,
            id="ENV of mixed forms",
        ),
        pytest.param(b"FROM a\nENV =c", "ENV names can not be blank", 2, id="ENV without a name"),
        pytest.param(b"ARG =c\nFROM a", "ARG names can not be blank", 1, id="ARG without a name"),
        pytest.param(b"FROM a\nARG", "ARG requires at least one argument", 2, id="ARG of nothing"),
        pytest.param(b"FROM a\nLABEL", "LABEL requires at least one argument", 2, id="LABEL of nothing"),
        pytest.param(b"FROM a\nWORKDIR", "WORKDIR requires exactly one argument", 2, id="WORKDIR of nothing"),
        pytest.param(b'FROM a\nVOLUME [""]', "VOLUME specified can not be an empty string", 2, id="an empty VOLUME"),
        pytest.param(b"FROM a\nSHELL sh", "SHELL requires the arguments to be in JSON form", 2, id="SHELL of words"),
        pytest.param(b"FROM a\nHEALTHCHECK FOO", 'Unknown type "FOO" in HEALTHCHECK (try CMD)', 2, id="HEALTHCHECK"),
        pytest.param(b"FROM a\nHEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD", 2, id="HEALTHCHECK CMD"),
        pytest.param(b"FROM a\nHEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments", 2, id="HEALTHCHECK NONE"),
        pytest.param(
            b"FROM a\nCOPY [1, 2]",
            "when using JSON array syntax, arrays must be comprised of strings only",
            2,
            id="JSON of numbers",
        ),
        pytest.param(b"FROM a\nONBUILD", "ONBUILD requires at least one argument", 2, id="ONBUILD of nothing"),
        pytest.param(b"FROM a\nONBUILD FROM b", "FROM isn't allowed as an ONBUILD trigger", 2, id="ONBUILD FROM"),
        pytest.param(
            b"FROM a\nONBUILD onbuild RUN b",
            "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
            2,
            id="ONBUILD ONBUILD",
        ),
        pytest.param(b"FROM a\nCOPY --foo=1 b c", "unknown flag: --foo", 2, id="an unknown flag"),
        pytest.param(b"FROM a\nCOPY --from b c", "missing a value on flag: --from", 2, id="a flag without its value"),
        pytest.param(b"FROM a\nCOPY --link= b c", "missing a value on flag: --link", 2, id="a switch with nothing"),
        pytest.param(
            b"FROM a\nCOPY --link=maybe b c",
            "expecting boolean value for flag --link, not: maybe",
            2,
            id="neither on nor off",
        ),
        pytest.param(b"FROM a\nCOPY --from=b --from=c d e", "duplicate flag specified: --from", 2, id="a flag twice"),
        pytest.param(b"FROM a\nUSER --b c", "unknown flag: --b", 2, id="a flag where there are none"),
        pytest.param(b"FROM a\nRUN --network=x y", 'invalid network mode "x"', 2, id="a network"),
        pytest.param(b"FROM a\nRUN --security=x y", 'security "x" is not valid', 2, id="a security mode"),
        pytest.param(b"FROM a\nRUN --mount= y", "failed to parse csv mounts", 2, id="an empty mount"),
        pytest.param(b"FROM a\nRUN --device= y", "failed to parse csv devices", 2, id="an empty device"),
        pytest.param(
            b"FROM a\nRUN --mount=from=$b,target=/x y",
            "'from' doesn't support variable expansion, define alias stage instead",
            2,
            id="a variable in a mount's stage",
        ),
        pytest.param(
            b"FROM a\nCOPY b <<EOF\nEOF", "COPY cannot accept a heredoc as a destination", 2, id="into a heredoc"
        ),
        pytest.param(
            b"FROM a\nRUN b \\\n# c\n\n d \\\nFOO\nFOO", "unknown instruction: FOO", 7, id="behind a continuation"
        ),
        pytest.param(b"FROM a\r\nFOO\r\n", "unknown instruction: FOO", 2, id="with carriage returns"),
        pytest.param(
            b"FROM a\nRUN " + b"b" * 65532,
            "dockerfile line greater than max allowed size of 65535",
            2,
            id="a huge line",
        ),
        pytest.param(b"FOO\nFROM a\nENV b", "ENV must have two arguments", 3, id="every line is cut up first"),
    ],
)
def test_refused(data: bytes, what: str, where: int) -> None:
    error = refusal(data, "app.Dockerfile")
    assert (error.what, error.where) == (what, f"app.Dockerfile:{where}")


def test_the_longest_line_is_read() -> None:
    assert len(after_from("RUN " + "b" * 65531).args[0]) == 65531


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        pytest.param(
            b"FROM a\nFROMM b\n",
            "Dockerfile:2: unknown instruction: FROMM\n    FROMM b\n    ^\n  fix: did you mean FROM?",
            id="a misspelt instruction",
        ),
        pytest.param(
            b"FROM a\nCOPY \\\n  --form=b c d\n",
            "Dockerfile:3: unknown flag: --form\n      --form=b c d\n      ^\n  fix: did you mean --from?",
            id="the line of the flag, and a caret below it",
        ),
        pytest.param(
            b"FROM a\nRUN b <<EOF\n",
            "Dockerfile:2: unterminated heredoc\n    RUN b <<EOF\n          ^\n"
            "  fix: end it with a line that holds EOF and nothing else",
            id="a heredoc that does not end",
        ),
    ],
)
def test_errors_show_where(data: bytes, shown: str) -> None:
    assert str(refusal(data)) == shown


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# syntax=example.com/other\nFOO", id="a comment"),
        pytest.param("// syntax=example.com/other\nFOO", id="two slashes"),
        pytest.param('{"syntax": "example.com/other"}', id="JSON"),
    ],
)
def test_an_error_names_the_frontend_that_reads_the_file(text: str) -> None:
    assert (
        refusal(text.encode()).fix
        == "none here: the frontend example.com/other reads this file, and may read it otherwise"
    )


@pytest.mark.parametrize(
    "text", [pytest.param('{"syntax": 1}', id="no text"), pytest.param("{" * 100_000, id="no JSON, and deep")]
)
def test_json_that_names_no_frontend_is_a_wrong_instruction(text: str) -> None:
    error = refusal(text.encode())
    assert error.fix is None or "frontend" not in error.fix


def test_a_whole_file() -> None:
    text = b"\xef\xbb\xbf# syntax=docker/dockerfile:1\nFROM a AS B\n\n# why\ncopy b \\\n  c\n"
    assert parse(text, "f") == Dockerfile(
        "f",
        {"syntax": ("docker/dockerfile:1", 1)},
        "\\",
        (
            Instruction("FROM", 2, 2, "FROM a AS B", (), ("a", "AS", "B"), False, (), None),
            Instruction("COPY", 5, 6, "copy b   c", (), ("b", "c"), False, (), None),
        ),
        ((4, "why"),),
    )


def test_a_file_inside_another_counts_the_lines_of_that_one() -> None:
    moved = parse(b"# syntax=docker/dockerfile:1\nFROM a\n# why\nONBUILD COPY b \\\n  c\n", "f", 11)
    assert moved.directives == {"syntax": ("docker/dockerfile:1", 11)}
    assert moved.comments == ((13, "why"),)
    assert [(found.line, found.end_line) for found in moved.instructions] == [(12, 12), (14, 15)]
    trigger = moved.instructions[1].trigger
    assert trigger is not None and (trigger.line, trigger.end_line) == (14, 15)
