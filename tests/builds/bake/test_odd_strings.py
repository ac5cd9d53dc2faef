"""Strings that no path and no text can be: a NUL, half of a surrogate pair, bytes that are not UTF-8."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import ctxaudit, make_tree, processor_limit

LONG = "x/" * 50_000
NUL = "a\0b"
HALF = "FROM scratch\nCOPY \udcff /\n"
DOCKERFILE = {"Dockerfile": "FROM scratch\nCOPY . /\n"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        pytest.param(
            "docker-bake.json",
            {"target": {"a": {"context": NUL}}},
            "docker-bake.json:1: the context",
            id="bake's context",
        ),
        pytest.param(
            "docker-bake.json",
            {"target": {"a": {"dockerfile": NUL}}},
            "docker-bake.json:1: the Dockerfile",
            id="bake's Dockerfile",
        ),
        pytest.param(
            "docker-bake.json",
            {"target": {"a": {"contexts": {"x": NUL}}}},
            "docker-bake.json:1: the context x",
            id="another context of bake's",
        ),
        pytest.param(
            "compose.yaml", {"services": {"a": {"build": NUL}}}, "compose.yaml:1: the context", id="compose's context"
        ),
    ],
)
@pytest.mark.parametrize("arguments", [["--diff"], ["--format", "json"], ["-v"]], ids=" ".join)
def test_a_path_with_a_nul_is_refused(tmp_path: Path, name: str, text: object, said: str, arguments: list[str]) -> None:
    root = make_tree(tmp_path, {**DOCKERFILE, name: json.dumps(text)})
    answer = ctxaudit(f"--{'compose' if name == 'compose.yaml' else 'bake'}", name, *arguments, cwd=root)
    expected = f"error: {said} holds a NUL, which no path does"
    assert (answer.returncode, answer.stderr.decode().splitlines()[0]) == (2, expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param({"services": {"a": {"build": LONG}}}, "the context has", id="a context"),
        pytest.param({"services": {"a": {"build": {"dockerfile": LONG}}}}, "the Dockerfile has", id="a Dockerfile"),
        pytest.param(
            {"include": [LONG], "services": {"a": {"build": "."}}}, "the path has", id="a file that is included"
        ),
        pytest.param(
            {"services": {"a": {"build": ".", "extends": {"file": LONG, "service": "b"}}}},
            "the path has",
            id="a file that is extended",
        ),
        pytest.param(
            {"services": {"a": {"build": ".", "develop": {"watch": [{"path": LONG, "action": "sync"}]}}}},
            "the path has",
            id="a path that is watched",
        ),
    ],
)
def test_a_path_that_is_longer_than_any_is_refused_at_once(tmp_path: Path, text: object, said: str) -> None:
    root = make_tree(tmp_path, {**DOCKERFILE, "compose.yaml": json.dumps(text)})
    with processor_limit(3):
        answer = ctxaudit("--compose", "compose.yaml", cwd=root)
    expected = f"error: compose.yaml:1: {said} more than 4,096 letters"
    assert (answer.returncode, answer.stderr.decode().splitlines()[0]) == (2, expected)


def test_half_of_a_surrogate_pair_is_read_as_go_reads_it(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"docker-bake.json": json.dumps({"target": {"a": {"dockerfile-inline": HALF}}})})
    answer = ctxaudit("--bake", "docker-bake.json", cwd=root)
    assert (answer.returncode, "COPY \ufffd: " in answer.stdout.decode()) == (1, True), answer


def test_bytes_of_the_environment_reach_an_inline_dockerfile(tmp_path: Path) -> None:
    bake = 'variable "V" {}\ntarget "a" {\n  dockerfile-inline = "FROM scratch\\nCOPY ${V} /\\n"\n}\n'
    answer = ctxaudit("--bake", "docker-bake.hcl", cwd=make_tree(tmp_path, {"docker-bake.hcl": bake}), V="x\udcff")
    assert (answer.returncode, b"Traceback" in answer.stderr) == (1, False), answer
