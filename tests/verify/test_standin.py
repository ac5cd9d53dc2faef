"""What an engine builds in place of a Dockerfile: all that reads the context; nothing runs, is pulled or fetched."""

from __future__ import annotations

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import needs
from ctxaudit.verify.standin import apart, stand_in

NONE = "/.ctxaudit-none* /.ctxaudit/"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        pytest.param(
            'FROM python:3.13\nRUN pip install x\nCOPY . /app\nCMD ["run"]\n',
            'FROM scratch\nCOPY [".", "/app"]\n',
            id="an image is not pulled, nothing runs",
        ),
        pytest.param(
            "# syntax=docker/dockerfile:1\nFROM scratch\nCOPY a /\n",
            'FROM scratch\nCOPY ["a", "/"]\n',
            id="no frontend is pulled",
        ),
        pytest.param(
            "ARG D=src\nFROM scratch\nARG D\nENV E=$D\nWORKDIR /w\nCOPY $D ${E}/x ./\n",
            'ARG D=src\nFROM scratch\nARG D\nENV E=$D\nWORKDIR /w\nCOPY ["$D", "${E}/x", "./"]\n',
            id="variables are the engine's to expand",
        ),
        pytest.param(
            "FROM scratch\nCOPY --chown=app --chmod=644 --link --exclude=*.md docs /d/\n",
            'FROM scratch\nCOPY ["docs", "/d/"]\n',
            id="options that change nothing of what is sent are omitted",
        ),
        pytest.param(
            "FROM node AS web\nCOPY web /w/\nFROM nginx\nCOPY --from=web /w/out /html\nCOPY conf /etc/\n",
            f'FROM scratch AS web\nCOPY ["web", "/w/"]\nFROM scratch\nCOPY --from=0 {NONE}\nCOPY ["conf", "/etc/"]\n',
            id="a stage that is needed stays needed",
        ),
        pytest.param(
            "FROM node AS base\nCOPY a /\nFROM base\nCOPY b /\n",
            'FROM scratch AS base\nCOPY ["a", "/"]\nFROM base\nCOPY ["b", "/"]\n',
            id="a stage that is built on another one",
        ),
        pytest.param(
            "FROM node AS unused\nCOPY a /\nFROM scratch\nCOPY b /\n",
            'FROM scratch AS unused\nFROM scratch\nCOPY ["b", "/"]\n',
            id="a stage that nothing needs asks for nothing",
        ),
        pytest.param(
            "FROM x\nCOPY --from=nginx:1 /etc /etc\nCOPY a /\n",
            'FROM scratch\nCOPY ["a", "/"]\n',
            id="another image is not pulled for its files",
        ),
        pytest.param(
            "FROM x\nADD https://example.com/a.tar git@example.com:a/b.git one.tar /\n",
            'FROM scratch\nCOPY ["one.tar", "/"]\n',
            id="nothing is fetched, and no archive unpacked",
        ),
        pytest.param(
            "FROM x\nCOPY <<EOF real /d/\nhello\nEOF\n",
            'FROM scratch\nCOPY ["real", "/d/"]\n',
            id="what stands in the Dockerfile itself is not in the context",
        ),
        pytest.param(
            "FROM x\nRUN --mount=type=bind,source=pkg,target=/p --mount=type=cache,target=/c make\n",
            'FROM scratch\nCOPY ["pkg", "/.ctxaudit/1/"]\n',
            id="a bind mount reads the context",
        ),
        pytest.param(
            "FROM x\nRUN --mount=target=/p make\n", 'FROM scratch\nCOPY ["/", "/.ctxaudit/1/"]\n', id="and all of it"
        ),
        pytest.param(
            "FROM x\nCOPY a /\nRUN --mount=type=tmpfs,target=/t make\n",
            'FROM scratch\nCOPY ["a", "/"]\nCOPY ["/", "/.ctxaudit/1/"]\n',
            id="a tmpfs mount names the root, as BuildKit has it",
        ),
        pytest.param(
            "FROM x\nRUN --mount=type=tmpfs,target=/t make\n",
            "FROM scratch\n",
            id="a tmpfs mount alone does not ask for the context",
        ),
        pytest.param(
            "FROM a AS one\nCOPY a /\nFROM b\nRUN --mount=from=one,target=/p make\n",
            f'FROM scratch AS one\nCOPY ["a", "/"]\nFROM scratch\nCOPY --from=0 {NONE}\n',
            id="a mount of a stage needs the stage",
        ),
        pytest.param(
            "FROM a AS one\nONBUILD COPY late /\nFROM one\n",
            'FROM scratch AS one\nONBUILD COPY ["late", "/"]\nFROM one\n',
            id="what a stage leaves to those built on it",
        ),
        pytest.param(
            "# escape=`\nFROM x\nCOPY a`*b `\n  c /\n",
            '# escape=`\nFROM scratch\nCOPY ["a`*b", "c", "/"]\n',
            id="another escape character stays",
        ),
        pytest.param(
            'FROM x\nCOPY ["a b", "é", "/d/"]\n', 'FROM scratch\nCOPY ["a b", "é", "/d/"]\n', id="names with spaces"
        ),
    ],
)
def test_the_stand_in_reads_the_same(text: str, made: str) -> None:
    dockerfile = parse(text.encode(), "Dockerfile")
    assert stand_in(dockerfile, needs(dockerfile)).decode() == made


def test_a_builder_that_transfers_nothing_copies_each_source_apart() -> None:
    text = "FROM a AS one\nARG D=d\nCOPY src $D/x /o/\nRUN --mount=target=/p make\n"
    text += "FROM b\nCOPY --from=one /o /o\nADD y* /\n"
    dockerfile = parse(text.encode(), "Dockerfile")
    made, sources = apart(dockerfile, needs(dockerfile))
    assert sources == ["src", "d/x", "y*"]
    assert made.decode() == (
        'FROM scratch AS one\nARG D=d\nCOPY ["src", "/.ctxaudit/0/"]\nCOPY ["$D/x", "/.ctxaudit/1/"]\n'
        'FROM scratch\nCOPY ["y*", "/.ctxaudit/2/"]\n'
        "FROM scratch AS ctxaudit-all\nCOPY --from=0 /.ctxaudit/ /.ctxaudit/\nCOPY --from=1 /.ctxaudit/ /.ctxaudit/\n"
    )
