"""No line of any output is a command to GitHub's runner: no name, no pattern, no key and no source line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ctxaudit.report import FORMATS
from support import ctxaudit, make_tree

# Source: actions/runner, src/Runner.Common/ActionCommand.cs.
COMMAND = re.compile(r"^\s*::[^\s:].*?::|##\[[^\]]+\]", re.MULTILINE)
COPY_ALL = "FROM scratch\nCOPY . .\n"
SECRET = "DB_PASSWORD=s3cr3t-not-real\n"
NAMES = ["##[error]x", "::warning::x", "::stop-commands::y", " ::add-mask::z"]
TREE = {"Dockerfile": COPY_ALL, **{f"{name}/.env": SECRET for name in NAMES}, **{f"{name}.txt": "1" for name in NAMES}}


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"github"}))
def test_a_name_is_no_command_in_a_report(tmp_path: Path, name: str) -> None:
    answer = ctxaudit("--format", name, cwd=make_tree(tmp_path, dict(TREE)))
    assert answer.returncode == 1
    assert COMMAND.findall((answer.stdout + answer.stderr).decode()) == []


def test_commands_of_the_github_format_are_its_own(tmp_path: Path) -> None:
    answer = ctxaudit("--format", "github", cwd=make_tree(tmp_path, dict(TREE)))
    lines = answer.stdout.decode().splitlines()
    assert [line for line in lines if not re.match(r"::(error|warning|notice) ", line) or "##[" in line] == []


@pytest.mark.parametrize("arguments", [[], ["--long"], ["--tree"], ["--format", "json"]], ids=" ".join)
def test_a_name_is_no_command_in_a_list(tmp_path: Path, arguments: list[str]) -> None:
    answer = ctxaudit("ls", *arguments, cwd=make_tree(tmp_path, dict(TREE)))
    assert (answer.returncode, COMMAND.findall(answer.stdout.decode())) == (0, [])


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param({".dockerignore": "::stop-commands::x[\n"}, "stop-commands", id="a pattern"),
        pytest.param({"Dockerfile": "FROM scratch\n  ::set-output name=a::b\n"}, "set-output", id="an instruction"),
        pytest.param({"ctxaudit.toml": '"##[stop-commands]x" = 1\n'}, "stop-commands", id="a key"),
    ],
)
def test_what_an_error_quotes_is_no_command(tmp_path: Path, files: dict[str, str], said: str) -> None:
    answer = ctxaudit(cwd=make_tree(tmp_path, {"Dockerfile": COPY_ALL, **files}))
    shown = answer.stderr.decode()
    assert (answer.returncode, said in shown, COMMAND.findall(shown)) == (2, True, [])
