"""No line of any output is a command to GitHub's runner: no name, no pattern, no key and no source line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ctxaudit.report import FORMATS
from support import ctxaudit, git, make_tree

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


def test_a_line_that_is_broken_before_a_name_is_no_command(tmp_path: Path) -> None:
    compose = '{"services": {"a": {"build": "\\n::stop-commands::x/a"}, "b": {"build": "%s ::error::x"}}}' % ("y" * 50)
    answer = ctxaudit("--compose", "compose.yaml", cwd=make_tree(tmp_path, {"compose.yaml": compose}))
    shown = answer.stdout + answer.stderr
    assert (b"stop-commands" in shown, COMMAND.findall(shown.decode())) == (True, [])


DIFFED = {"Dockerfile": COPY_ALL, ".dockerignore": "::error::x\n!::error::x\n", ".env": SECRET}


def test_the_markdown_of_a_diff_is_no_command(tmp_path: Path) -> None:
    answer = ctxaudit("--format", "markdown", cwd=make_tree(tmp_path, dict(DIFFED)))
    assert (b"error::x" in answer.stdout, COMMAND.findall(answer.stdout.decode())) == (True, [])


@pytest.mark.parametrize("line", ["::error::x\n!::error::x", "x##[error]y\n!x##[error]y"])
def test_a_diff_stops_the_commands_of_the_runner_and_still_applies(tmp_path: Path, line: str) -> None:
    root = make_tree(tmp_path, {**DIFFED, ".dockerignore": f"{line}\n"})
    plain = ctxaudit("--diff", cwd=root, GITHUB_ACTIONS="").stdout
    held = ctxaudit("--diff", cwd=root, GITHUB_ACTIONS="true").stdout
    first, *lines, last = held.decode().splitlines()
    assert last == f"::{first.removeprefix('::stop-commands::')}::" != "::::"
    assert (lines, re.fullmatch(r"::stop-commands::[0-9a-f]{32}", first) is not None) == (
        plain.decode().splitlines(),
        True,
    )
    (root / "a.patch").write_bytes(held)
    git(root, "apply", "a.patch")
    assert (root / ".dockerignore").read_text() == f"{line}\n# >>> ctxaudit\n**/.env\n# <<< ctxaudit\n"


def test_a_diff_without_such_a_line_stays_as_it_is(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {**DIFFED, ".dockerignore": "a::b\n"})
    assert ctxaudit("--diff", cwd=root, GITHUB_ACTIONS="true").stdout.startswith(b"diff --git ")


@pytest.mark.parametrize(
    "arguments",
    [["explain"], ["--format"], ["--builder"], ["--max-size"], ["--select"], ["--target"], ["--base"], ["why"], []],
    ids=" ".join,
)
@pytest.mark.parametrize("word", ["##[error]x", "::error::x", "\n::error::x"])
def test_what_is_wrong_with_an_argument_is_no_command(tmp_path: Path, arguments: list[str], word: str) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL})
    answer = ctxaudit(*arguments, word, cwd=tmp_path)
    said = (answer.stdout + answer.stderr).decode()
    assert [line for line in said.splitlines() if line.lstrip().startswith("::") or "##[" in line] == []
