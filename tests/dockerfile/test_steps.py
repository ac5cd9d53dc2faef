"""What the reachable stages do, step by step."""

from __future__ import annotations

import pytest

from ctxaudit.dockerfile.parser import parse
from ctxaudit.dockerfile.stages import MAIN, OUTSIDE, Bind, Step, needs

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _steps(text: str) -> tuple[Step, ...]:
    return needs(parse(text.encode(), "Dockerfile")).steps


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "FROM scratch\nWORKDIR /a\nCOPY . .\n", (MAIN, ("/",), "/a", True), id="a dot goes into the directory"
        ),
        pytest.param(
            "FROM scratch\nCOPY a/x b/y /d\n", (MAIN, ("a/x", "b/y"), "/d", True), id="several sources need a directory"
        ),
        pytest.param("FROM scratch\nCOPY a /b\n", (MAIN, ("a",), "/b", False), id="one source may become the target"),
        pytest.param("FROM node\nCOPY a b\n", (MAIN, ("a",), None, False), id="the image's directory is not known"),
        pytest.param("FROM scratch AS s\nFROM scratch\nCOPY --from=s /a/ /b/\n", (0, ("a",), "/b", True), id="a stage"),
        pytest.param("FROM scratch\nCOPY --from=busybox /a /b\n", (OUTSIDE, ("a",), "/b", False), id="an image"),
        pytest.param(
            "FROM scratch\nADD https://x.example/a /b\n",
            (OUTSIDE, ("https:/x.example/a",), "/b", False),
            id="a URL is not in the context",
        ),
        pytest.param(
            "FROM scratch\nARG D=dist\nENV O=/o\nCOPY $D $O\n",
            (MAIN, ("dist",), "/o", False),
            id="variables are expanded",
        ),
    ],
)
def test_a_copy_says_where_it_takes_from_and_where_it_puts(
    text: str, told: tuple[int, tuple[str, ...], str | None, bool]
) -> None:
    step = next(step for step in _steps(text) if step.keyword in ("COPY", "ADD"))
    assert (step.origin, step.sources, step.target, step.into) == told


@pytest.mark.parametrize(
    ("text", "keyword", "told"),
    [
        pytest.param("RUN a && b\n", "RUN", "a && b", id="the shell form"),
        pytest.param('RUN ["a", "b c"]\n', "RUN", '["a", "b c"]', id="the JSON form"),
        pytest.param("RUN <<E\na\nE\n", "RUN", "<<E\na\nE", id="a heredoc stands below"),
        pytest.param("HEALTHCHECK --retries=3 CMD curl x\n", "HEALTHCHECK", "curl x", id="a check without its CMD"),
        pytest.param('ENTRYPOINT ["a"]\n', "ENTRYPOINT", '["a"]', id="what starts"),
    ],
)
def test_the_text_is_what_stands_behind_the_keyword(text: str, keyword: str, told: str) -> None:
    (step,) = (step for step in _steps(f"FROM scratch\n{text}") if step.keyword == keyword)
    assert step.text == told


def test_a_run_says_what_covers_the_tree_and_what_it_shows_while_it_runs() -> None:
    _, step = _steps(
        "FROM scratch\nWORKDIR /a\n"
        "RUN --mount=type=cache,target=node_modules --mount=type=tmpfs,target=/t "
        "--mount=type=bind,source=src,target=/s x\n"
    )
    assert (step.covers, step.binds) == (("/a/node_modules", "/t"), (Bind(MAIN, "src", "/s"),))


def test_a_stage_goes_on_with_what_its_parent_set() -> None:
    found = needs(parse(b"FROM scratch AS b\nWORKDIR /w\nENV A=1\nFROM b\nARG C=3\nENV B=$A$C\nRUN x\n", "Dockerfile"))
    assert [(stage.index, stage.parent) for stage in found.stages] == [(0, None), (1, 0)]
    assert (found.target, found.steps[-1].workdir) == (1, "/w")
    assert found.steps[-1].env == {"PATH": _PATH, "A": "1", "C": "3", "B": "13"}
