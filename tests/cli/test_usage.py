"""What the command line refuses, and says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ctxaudit, make_tree

JUNK = {"Dockerfile": "FROM scratch\nCOPY . .\n", "node_modules/.package-lock.json": "{}"}

CONTRADICTING = {
    "a diff and a write": (("--diff", "--write"), "--diff and --write contradict each other"),
    "a write and a check": (("--check", "--write"), "--write and --check contradict each other"),
    "a diff as JSON": (("--diff", "--format", "json"), "--format json does not go with --diff"),
    "a write as SARIF": (("--write", "--format", "sarif"), "--format sarif does not go with --write"),
    "a check as JSON": (("--check", "--format", "json"), "use --output FORMAT=FILE"),
}


@pytest.mark.parametrize(("words", "said"), [pytest.param(*case, id=name) for name, case in CONTRADICTING.items()])
def test_a_contradiction_is_refused_before_anything_is_written(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    make_tree(tmp_path, JUNK)
    answer = ctxaudit(".", *words, cwd=tmp_path)
    assert (
        answer.returncode,
        said in answer.stderr.decode(),
        answer.stdout,
        (tmp_path / ".dockerignore").exists(),
    ) == (
        2,
        True,
        b"",
        False,
    )


def test_a_format_of_the_file_does_not_contradict_a_diff(tmp_path: Path) -> None:
    make_tree(tmp_path, {**JUNK, "ctxaudit.toml": 'format = "json"\n'})
    answer = ctxaudit(".", "--diff", cwd=tmp_path)
    assert (answer.returncode, answer.stdout[:4]) == (0, b"diff")
