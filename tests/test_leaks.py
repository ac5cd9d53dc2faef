"""Values of the environment and of build arguments stand in no report and in no message."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit.report import FORMATS
from support import ctxaudit, make_tree

SECRET = "swordfish-4711"
COMPOSE = "services:\n  web:\n    build: {context: ., args: {TOK: '${SECRETX}'}}\n"
TARGET = "services:\n  web:\n    build: {context: ., target: '%s'}\n"
CASES = [
    pytest.param(
        {"Dockerfile": "FROM scratch\nARG SECRETX\nCOPY nope/${SECRETX} /\n"},
        [".", "--build-arg", "SECRETX"],
        "nope/${SECRETX}",
        id="a build argument in a missing source",
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch\nARG SECRETX\nENV A=x-$SECRETX\nCOPY $A /\n"},
        [".", "--build-arg", f"SECRETX={SECRET}"],
        "x-${SECRETX}",
        id="through another variable",
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch\nARG TOK\nCOPY missing-${TOK} /\n", "compose.yaml": COMPOSE},
        ["--compose", "compose.yaml"],
        "missing-${TOK}",
        id="what compose takes from the environment",
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch AS one\n", "compose.yaml": TARGET % "${SECRETX}"},
        ["--compose", "compose.yaml"],
        "${SECRETX}",
        id="a target of compose",
    ),
    pytest.param(
        {"Dockerfile": "FROM scratch AS one\n", "compose.yaml": TARGET % "${N?${SECRETX}}"},
        ["--compose", "compose.yaml"],
        "required variable N is missing a value: ${SECRETX}",
        id="the message of a variable of compose",
    ),
    pytest.param(
        {"Dockerfile": f"FROM scratch\nRUN --mount=type=bogus \\\n  export TOKEN={SECRET}\n"},
        ["."],
        "RUN --mount=type=bogus …",
        id="the lines below a mistake",
    ),
]


@pytest.mark.parametrize(("files", "arguments", "shown"), CASES)
def test_a_value_is_shown_by_its_name(tmp_path: Path, files: dict[str, str], arguments: list[str], shown: str) -> None:
    make_tree(tmp_path, dict(files))
    answers = [ctxaudit(*arguments, "--format", name, cwd=tmp_path, SECRETX=SECRET) for name in FORMATS]
    assert [name for name, one in zip(FORMATS, answers, strict=True) if SECRET in str(one.stdout + one.stderr)] == []
    text = answers[list(FORMATS).index("text")]
    assert shown in (text.stdout + text.stderr).decode()


@pytest.mark.parametrize("key", ["build-arg", "var"])
def test_verbose_names_an_argument_without_its_value(tmp_path: Path, key: str) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", "docker-bake.hcl": 'variable "TOKEN" {}\ntarget "a" {}\n'})
    bake = ["--bake", "docker-bake.hcl"] * (key == "var")
    variable = {f"CTXAUDIT_{key.upper().replace('-', '_')}": f"TOKEN={SECRET}"}
    answer = ctxaudit("-v", *bake, cwd=tmp_path, **variable)
    assert answer.stderr.decode().splitlines()[0] == f"{key} TOKEN from {next(iter(variable))}"
    make_tree(tmp_path, {"ctxaudit.toml": f'{key} = ["TOKEN={SECRET}"]\n'})
    answer = ctxaudit("-v", *bake, cwd=tmp_path)
    assert answer.stderr.decode().splitlines()[0] == f"{key} TOKEN from ctxaudit.toml:1"
