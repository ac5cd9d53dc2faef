"""How far a Dockerfile takes a path, and by which of its instructions."""

from __future__ import annotations

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import EVERYTHING, needs
from ctxaudit.survey.plan import Asks

Asked = list[tuple[int, str]]  # the line of each instruction, and how far it takes the path


def asks(text: str, **options: str) -> Asks:
    """As for a tree without links, where a use includes its own path and nothing else."""
    found = needs(parse(text.encode()), **options)
    return Asks(
        found,
        {use: None if use.path == EVERYTHING else (use.path,) for use in found.uses if not use.context},
    )


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        pytest.param("FROM scratch\nCOPY a /", "a", [(2, "final")], id="a COPY in the target"),
        pytest.param("FROM scratch\nADD a /", "a", [(2, "final")], id="an ADD in the target"),
        pytest.param("FROM scratch\nCOPY . /", "a/b", [(2, "final")], id="everything"),
        pytest.param("FROM scratch\nCOPY a /", "a/b/c", [(2, "final")], id="what lies below a source"),
        pytest.param("FROM scratch\nCOPY a/b /", "a", [(2, "final")], id="a directory that holds a source"),
        pytest.param("FROM scratch\nCOPY a /", "ab", [], id="a name that only begins alike"),
        pytest.param("FROM scratch\nCOPY a /", "b/a", [], id="the same name elsewhere"),
        pytest.param("FROM scratch\nCOPY *.txt /", "a.txt", [(2, "final")], id="what a wildcard matches"),
        pytest.param("FROM scratch\nCOPY *.txt /", "a/b.txt", [], id="a star stays in its directory"),
        pytest.param("FROM scratch AS b\nCOPY a /\nFROM b", "a", [(2, "final")], id="a stage the target is built on"),
        pytest.param(
            "FROM scratch AS b\nCOPY a /\nFROM scratch\nCOPY --from=b / /", "a", [(2, "intermediate")], id="copied from"
        ),
        pytest.param(
            "FROM scratch AS b\nCOPY a /\nFROM scratch\nRUN --mount=from=b,target=/m x",
            "a",
            [(2, "intermediate")],
            id="mounted from",
        ),
        pytest.param("FROM scratch AS b\nCOPY a /\nFROM scratch", "a", [], id="a stage that is not reached"),
        pytest.param("FROM scratch\nRUN --mount=source=a,target=/m x", "a", [(2, "sent")], id="a bind mount"),
        pytest.param("FROM scratch\nRUN --mount=target=/m x", "a", [(2, "sent")], id="a bind mount of everything"),
        pytest.param("FROM scratch\nRUN --mount=type=cache,source=a,target=/m x", "a", [], id="a cache mount"),
        pytest.param("FROM scratch\nCOPY --exclude=*.md d /", "d/a.md", [(2, "sent")], id="what COPY excludes again"),
        pytest.param("FROM scratch\nCOPY --exclude=*.md d /", "d/a.txt", [(2, "final")], id="but not the rest"),
        pytest.param("FROM scratch\nCOPY --exclude=*.md d /", "d/e/a.md", [(2, "final")], id="one star, one level"),
        pytest.param("FROM scratch\nCOPY --exclude=**/*.md d /", "d/e/a.md", [(2, "sent")], id="two stars, any depth"),
        pytest.param("FROM scratch\nCOPY --exclude=e d /", "d/e/f", [(2, "sent")], id="below what is excluded"),
        pytest.param("FROM scratch\nCOPY --exclude=*.md . /", "a.md", [(2, "sent")], id="of everything"),
        pytest.param("FROM scratch\nADD --exclude=*.md . /", "a.md", [(2, "sent")], id="ADD excludes as well"),
        pytest.param(
            "FROM scratch\nCOPY --exclude=*.a --exclude=*.b . /", "x.b", [(2, "sent")], id="the second of two"
        ),
        pytest.param(
            "FROM scratch\nCOPY a /\nCOPY . /x/", "a", [(2, "final"), (3, "final")], id="two instructions in order"
        ),
        pytest.param(
            "FROM scratch AS b\nONBUILD COPY a /\nFROM b", "a", [(2, "final")], id="a trigger of the base stage"
        ),
        pytest.param("FROM scratch\nCOPY --from=img a /", "a", [], id="an image's file of that name"),
        pytest.param("FROM scratch\nCOPY <<a /\na", "a", [], id="a heredoc of that name"),
    ],
)
def test_every_instruction_that_asks(text: str, path: str, expected: Asked) -> None:
    assert [(ask.use.line, ask.reach) for ask in asks(text).of(path)] == expected


STAGES = "FROM scratch AS one\nCOPY a /\nFROM scratch AS two\nRUN --mount=source=a,target=/m x\nCOPY --from=one / /\n"


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        pytest.param(STAGES, "", (2, "intermediate"), id="another stage's layer is further than a mount"),
        pytest.param(STAGES, "one", (2, "final"), id="the same COPY is final where its stage is the target"),
        pytest.param(STAGES + "COPY a /\n", "", (6, "final"), id="the target's own layer is the furthest"),
        pytest.param(STAGES + "COPY a /\nCOPY . /\n", "", (6, "final"), id="the first of several"),
        pytest.param(
            "FROM scratch\nCOPY --exclude=a . /\nCOPY a /", "", (3, "final"), id="excluded here, copied there"
        ),
        pytest.param("FROM scratch\nCOPY b /", "", None, id="nobody"),
    ],
)
def test_the_furthest(text: str, target: str, expected: tuple[int, str] | None) -> None:
    ask = asks(text, target=target).furthest("a")
    assert (ask and (ask.use.line, ask.reach)) == expected


@pytest.mark.parametrize(
    ("fragment", "path", "expected"),
    [
        pytest.param("COPY --exclude=*.md README.md /", "README.md", "final", id="a source is never excluded"),
        pytest.param("COPY --exclude=**/*.md *.md /", "a.md", "final", id="nor is what a wildcard matches"),
        pytest.param("COPY --parents --exclude=*.md docs /", "docs/a.md", "final", id="--parents starts at the root"),
        pytest.param("COPY --parents --exclude=docs/*.md docs /", "docs/a.md", "sent", id="so its patterns do"),
        pytest.param("COPY --exclude=*.mp3 dir* /", "dir3/a.mp3", "sent", id="below each match of a wildcard"),
    ],
)
def test_exclude_looks_below_the_source(fragment: str, path: str, expected: str) -> None:
    """As tonistiigi/fsutil 6d9dc2e copies, run with these sources and patterns."""
    assert [ask.reach for ask in asks(f"FROM scratch\n{fragment}").of(path)] == [expected]
