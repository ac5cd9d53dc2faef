"""No line is wider than asked for, no reason is cut, and what is to be typed can be pasted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ctxaudit.report import Layout, columns
from support import ctxaudit, git, make_tree

WIDE = "构建产物目录"
FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22 AS build\nCOPY . /app\nFROM scratch\nCOPY --from=build /app /app\n",
    "package.json": '{"scripts": {"build": "tsc"}}',
    f"{WIDE}/coverage/lcov.info": "TN:\n" * 90,
    f"{WIDE}/tsconfig.tsbuildinfo": '{"fileNames": []}' * 9,
    "🚀 rocket/.env": "TOKEN=ghp_" + "0123456789abcdefghijABCDEFGHIJ012345" + "\n",
    "🚀 rocket/日本語の名前.log": "x" * 999,
    ".gitignore": "dist\n",
    "dist/app.js": "x" * 500,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_tree(tmp_path_factory.mktemp("wide"), FILES)
    git(root, "init", "-q")
    git(root, "add", "package.json", "Dockerfile")
    return root


@pytest.mark.parametrize("width", [44, 80, 120])
@pytest.mark.parametrize("words", [["-v"], [], ["ls", "--tree", "--depth", "2"], ["why", "dist"]], ids=" ".join)
def test_no_line_is_wider_than_the_terminal(project: Path, width: int, words: list[str]) -> None:
    lines = ctxaudit(*words, cwd=project, columns=width).stdout.decode().splitlines()
    assert [line for line in lines if columns(line) > width] == []


@pytest.mark.parametrize("width", [44, 80, 120])
def test_every_reason_is_whole_where_much_is_said(project: Path, width: int) -> None:
    said = ctxaudit("-v", cwd=project, columns=width).stdout.decode()
    assert "…" not in said
    assert "JavaScript build output, git-ignored; line 2, final image" in " ".join(said.split())


@pytest.mark.parametrize("width", [44, 80, 120])
def test_the_figure_that_docker_prints_stays(project: Path, width: int) -> None:
    assert "transferring context: " in ctxaudit(cwd=project, columns=width).stdout.decode()


@pytest.mark.parametrize(
    ("string", "width"),
    [
        pytest.param("abc…", 4, id="letters of ASCII"),
        pytest.param("構建", 4, id="two columns each"),
        pytest.param("🚀", 2, id="a picture"),
        pytest.param("e\u0301", 1, id="an accent takes none"),
        pytest.param("\x1b[31mab\x1b[0m", 2, id="a colour takes none"),
    ],
)
def test_the_columns_of_a_string(string: str, width: int) -> None:
    assert columns(string) == width


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        pytest.param(
            80, ["  1B  a/  one two three four five six seven", "  2B  b"], id="the sentence fits beside the path"
        ),
        pytest.param(60, ["  1B  a/  one two three four five six seven", "  2B  b"], id="it still fits"),
        pytest.param(34, ["  1B  a/", "  2B  b"], id="a narrow terminal keeps number and name"),
    ],
)
def test_rows_of_a_table(width: int, lines: list[str]) -> None:
    rows = [("1B", "a/", "one two three four five six seven"), ("2B", "b", "")]
    assert Layout(width=width).fitted(rows) == lines


def test_a_long_sentence_goes_on_below_itself() -> None:
    rows = [("1B", "a" * 30, "one two three four five six seven")]
    left = " " * 38
    assert Layout(width=62).fitted(rows) == [f"  1B  {'a' * 30}  one two three four five", f"{left}six seven"]


def test_a_sentence_without_room_beside_the_path_stands_below_it() -> None:
    rows = [("1B", "a" * 50, "one two three")]
    assert Layout(width=62).fitted(rows) == [f"  1B  {'a' * 50}", "      one two three"]


def test_a_command_of_several_lines_is_one_for_a_shell(tmp_path: Path) -> None:
    command = "printf '%s\\n' 'a b' \"c d\" " + " ".join(f"path-{number}" for number in range(20))
    lines = Layout(width=44).command(command, 9)
    assert len(lines) > 2
    assert max(map(len, lines)) <= 44
    broken, whole = (
        subprocess.run(["sh", "-c", text], capture_output=True, check=True).stdout
        for text in ("\n".join(lines), command)
    )
    assert broken == whole


def test_the_command_that_untracks_fits(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nNOT-A-KEY\n-----END PRIVATE KEY-----\n"
    names = [f"certs/server-{number}.key" for number in range(4)]
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", **dict.fromkeys(names, key)})
    git(root, "init", "-q")
    git(root, "add", "-A")
    lines = ctxaudit(cwd=root, columns=60).stdout.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("Untrack:"))
    assert lines[at:] == [
        "Untrack: git rm --cached -- certs/server-0.key \\",
        "    certs/server-1.key certs/server-2.key certs/server-3.key",
    ]
