"""What nobody would write: long, deep, wide, and not text.

Nothing is timed: a slip of the order of growth is minutes, not seconds, and is felt.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import Needs, needs
from ctxaudit.dockerfile.words import expand
from ctxaudit.errors import DockerfileError

MANY = 1_000


def asked(text: str) -> Needs:
    return needs(parse(text.encode("utf-8", "surrogateescape")))


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        pytest.param("FROM scratch\n" + "COPY a b\n" * MANY, MANY, id="instructions"),
        pytest.param("FROM alpine\n" + "COPY a$U b\n" * MANY, MANY, id="variables that the image may set"),
        pytest.param("FROM scratch AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\n" for i in range(MANY)), 0, id="stages"),
        pytest.param(
            "FROM scratch AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\nENV A{i}=$U\n" for i in range(MANY // 2)),
            0,
            id="stages that add a variable each",
        ),
        pytest.param(
            "".join(f"FROM scratch AS s{i}\nCOPY {f'--from=s{i - 1} ' if i else ''}a b\n" for i in range(MANY // 2)),
            1,
            id="stages that copy from the one before",
        ),
        pytest.param("FROM scratch\n" + "COPY --from=img a b\n" * MANY, 0, id="copies from images"),
        pytest.param("FROM scratch\n" + "RUN --mount=target=/x,source=a b\n" * MANY, MANY, id="mounts"),
        pytest.param("FROM scratch AS a\n" + "ONBUILD COPY b c\n" * MANY + "FROM a\n", MANY, id="triggers"),
        pytest.param("FROM scratch\n" + "COPY <<A <<B /x\n$b\nA\nb\nB\n" * MANY, 0, id="heredocs"),
        pytest.param("FROM scratch\nCOPY " + "a " * 16_000 + "b", 16_000, id="sources on a line"),
        pytest.param("FROM scratch\nCOPY " + "$a " * 8_000 + "b", 8_000, id="variables on a line"),
        pytest.param("FROM scratch\nRUN a \\\n" + "b \\\n" * 30_000 + "c", 0, id="lines of an instruction"),
        pytest.param("# c\n" * 30_000 + "FROM scratch", 0, id="comments"),
        pytest.param("\n" * 60_000 + "FROM scratch", 0, id="blank lines"),
        pytest.param("FROM scratch\nCOPY a\x00b \udcff /x", 2, id="bytes that are no text"),
        pytest.param("FROM scratch\nCOPY --exclude=a " + "--exclude=b " * 5_000 + "a b", 1, id="flags"),
        pytest.param("FROM scratch\nRUN " + "\\ " * 30_000 + "b", 0, id="escape characters"),
        pytest.param('FROM scratch\nCOPY ["a", ' + "9" * 60_000 + "]", 1, id="a number in JSON"),
        pytest.param("# syntax=" + "a " * 30_000 + "\nFROM scratch", 0, id="a directive"),
    ],
)
def test_much_is_read(text: str, uses: int) -> None:
    assert len(asked(text).uses) == uses


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("FROM scratch\nCOPY " + "a" * 70_000 + " b", "dockerfile line greater than", id="a line"),
        pytest.param("FROM scratch\n" + "ONBUILD " * 8_000 + "RUN a", "Chaining ONBUILD", id="triggers of triggers"),
        pytest.param("FROM scratch\nRUN <<E\n" + "a\n" * 100_000, "unterminated heredoc", id="an open heredoc"),
        pytest.param("FROM scratch\nCOPY " + "[" * 30_000, "COPY requires at least two", id="brackets"),
        pytest.param("FROM scratch\nCOPY " + "[" * 30_000 + "]" * 30_000, "COPY requires at least two", id="deep JSON"),
        pytest.param(
            "FROM scratch\nENV A=0123456789\n" + f"ENV A={'$A' * 10}\n" * 50, "failed to process", id="doubling"
        ),
        pytest.param("FROM " + "a." * 30_000 + "/", "failed to parse stage name", id="an image's name"),
        pytest.param("FROM --platform=" + "a-" * 30_000 + " b", "failed to parse platform", id="a platform"),
        pytest.param(
            f"FROM scratch\nRUN --mount=type=tmpfs,target=/x,size={'1' * 60_000}! a", "invalid value", id="a size"
        ),
        pytest.param(f"FROM scratch\nRUN --mount={',a=b' * 10_000} a", "invalid field", id="fields"),
        pytest.param(f'FROM scratch\nCOPY ["git@a:{"?" * 50_000}\\n", "/x", "${{"]', "failed to process", id="queries"),
    ],
)
def test_too_much_is_refused(text: str, what: str) -> None:
    with pytest.raises(DockerfileError) as caught:
        asked(text)
    assert caught.value.what.startswith(what)
    assert len(str(caught.value)) < 150_000


@pytest.mark.parametrize(
    ("word", "length"),
    [
        pytest.param("${a:-" * 13_000 + "x" + "}" * 13_000, 1, id="defaults of one name"),
        pytest.param("".join(f"${{a{i}:-" for i in range(10_000)) + "x" + "}" * 10_000, 1, id="defaults of many names"),
        pytest.param("${a:-x" * 10_000 + "}" * 10_000, 10_000, id="defaults that add something"),
        pytest.param('"${a:-' * 10_000 + "x" + '}"' * 10_000, 1, id="defaults in quotes"),
        pytest.param("${long#" * 5_001 + "x" + "}" * 5_001, 60_000, id="patterns in patterns"),
        pytest.param("${long/x/" * 5_000 + "y" + "}" * 5_000, 60_000, id="replacements in replacements"),
    ],
)
def test_deep_words(word: str, length: int) -> None:
    assert len(expand(word, {"long": "a" * 60_000}.get).text) == length


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("${a:-" * 13_000, id="braces"),
        pytest.param('"${a:-' * 13_000, id="braces in quotes"),
        pytest.param("${a/" * 13_000, id="patterns"),
        pytest.param("$b" * 30_000, id="long values"),
    ],
)
def test_deep_words_that_are_refused(word: str) -> None:
    with pytest.raises(DockerfileError):
        expand(word, {"b": "b" * 10_000}.get)


@pytest.mark.parametrize(
    ("word", "length"),
    [
        pytest.param("${a%%*a*a*a*a*a*b}", 64_000, id="stars that never fit"),
        pytest.param("${a#a*b}", 64_000, id="one star that never fits"),
        pytest.param("${a//a*b/x}", 64_000, id="everywhere"),
        pytest.param("${a//a/xx}", 128_000, id="a replacement of every character"),
        pytest.param("${a##" + "*a" * 20_000 + "}", 0, id="thousands of stars"),
        pytest.param("${a%%" + "?a" * 10_000 + "b*}", 64_000, id="thousands of question marks"),
        pytest.param("${n/*b/x}", 64_000, id="a line each"),
    ],
)
def test_patterns_are_linear(word: str, length: int) -> None:
    assert len(expand(word, {"a": "a" * 64_000, "n": "a\n" * 32_000}.get).text) == length


LINE = st.sampled_from(
    [
        b"FROM scratch",
        b"FROM a AS b",
        b"COPY --from=0 a b",
        b"COPY <<E a b",
        b"E",
        b"RUN --mount=source=a,target=/b c",
        b"ENV a=b c",
        b"ARG a",
        b"ONBUILD COPY a b",
        b"# escape=`",
        b"\\",
        b'COPY ["a", "b"]',
        b"",
    ]
)
ALMOST = st.lists(LINE | st.binary(max_size=12) | st.text(max_size=8).map(lambda text: text.encode()), max_size=12).map(
    b"\n".join
)


@given(data=st.binary() | ALMOST | ALMOST.map(lambda data: b"FROM scratch\n" + data))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = needs(parse(data))
    except DockerfileError as error:
        assert error.what
    else:
        assert (found.follow_paths == ()) is not found.requested
        assert all(use.path not in ("", ".") for use in found.uses)


@given(data=ALMOST)
def test_lines_are_in_their_order(data: bytes) -> None:
    try:
        found = parse(data).instructions
    except DockerfileError as error:
        assert error.where is not None
    else:
        ends = [end for instruction in found for end in (instruction.line, instruction.end_line)]
        assert ends == sorted(ends)
        assert ends[-1] <= data.count(b"\n") + 1
