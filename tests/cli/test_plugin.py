"""`docker-ctxaudit`: as a program of its own, and as docker runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ctxaudit import __version__
from support import make_tree, ran

TREE: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . /\n",
    "a": "1",
    "ctxaudit/Dockerfile": "FROM scratch\nCOPY b /\n",
    "ctxaudit/b": "",
}


def plugin(*arguments: str, cwd: Path, by_docker: bool) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80"}
    if by_docker:
        environment["DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"] = "docker"
    program = "from ctxaudit.plugin import run; run()"
    return ran(*arguments, program=program, cwd=cwd, env=environment, capture_output=True, text=True)


def test_docker_is_answered_what_it_is(tmp_path: Path) -> None:
    answer = plugin("docker-cli-plugin-metadata", cwd=tmp_path, by_docker=False)
    said = json.loads(answer.stdout)
    assert (said["SchemaVersion"], said["Vendor"], said["Version"]) == ("0.1.0", "ctxaudit", __version__)
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "by_docker", "start"),
    [
        pytest.param(("ctxaudit", "ls"), True, "Dockerfile\na\n", id="docker's word is omitted"),
        pytest.param(("ctxaudit", "ls", "ctxaudit"), True, "b\n", id="the same word again is a directory"),
        pytest.param(("--debug", "ctxaudit", "ls"), True, "Dockerfile\na\n", id="docker's own options are omitted"),
        pytest.param(("help", "ctxaudit", "ls"), True, "Usage: ctxaudit ls ", id="docker help ctxaudit ls"),
        pytest.param(("ls", "ctxaudit"), False, "b\n", id="alone it is ctxaudit by another name"),
        pytest.param(("ctxaudit", "--format", "json"), False, '{\n  "schema": ', id="alone the word is a directory"),
    ],
)
def test_the_words_that_are_not_docker_s_are_the_command(
    tmp_path: Path, arguments: tuple[str, ...], by_docker: bool, start: str
) -> None:
    answer = plugin(*arguments, cwd=make_tree(tmp_path, TREE), by_docker=by_docker)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith(start)


BUILT = {"Dockerfile": "FROM scratch\nCOPY . /\n", "node_modules/x/i.js": "x" * 2000, "package.json": "{}"}
LOST = {"Dockerfile": "FROM scratch\nCOPY package.json /\n", "package.json": "{}", ".dockerignore": "*.json\n"}
LIMIT = "CTXAUDIT_HOOK_SECONDS"


@pytest.mark.parametrize(
    ("tree", "words", "error", "said"),
    [
        pytest.param(
            *(BUILT, "docker build -t x .", ""),
            "ctxaudit: 2.02kB was sent, 2.00kB of it is not needed: docker ctxaudit",
            id="after a build it says what was not needed",
        ),
        pytest.param(*(LOST, "docker build .", ""), "", id="with nothing to say it says nothing"),
        pytest.param(
            *(LOST, "docker build .", "COPY failed"),
            "Dockerfile:2: COPY package.json is not in the context: excluded by .dockerignore:1 '*.json';"
            " '!package.json' at the end of the ignore file brings it back",
            id="after a failed build it says why the COPY found nothing",
        ),
        pytest.param(*(BUILT, "docker build .", "no daemon"), "", id="it says nothing of an error of another kind"),
        pytest.param(*(BUILT, "docker build -", ""), "", id="a context that came on standard input"),
        pytest.param(*(BUILT, "docker build -f -", ""), "", id="a Dockerfile that came on standard input"),
        pytest.param(*(BUILT, "docker build nowhere", ""), "", id="a context that is not there"),
        pytest.param(*(BUILT, "docker build --what .", ""), "", id="an option that ctxaudit does not know"),
        pytest.param(*({"Dockerfile": "COPY x .\n"}, "docker build .", "x"), "", id="a Dockerfile that docker refuses"),
    ],
)  # fmt: skip
def test_docker_is_given_one_line_after_a_build(
    tmp_path: Path, tree: dict[str, str | bytes | None], words: str, error: str, said: str
) -> None:
    answer = hooked(words, error, cwd=make_tree(tmp_path, tree), seconds="60")
    assert (json.loads(answer.stdout)["Template"] if answer.stdout else "") == said
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("{{.Name}}", "{ {.Name}}", id="two braces"),
        pytest.param("{{{.Name}}}", "{ { {.Name}}}", id="three braces"),
        pytest.param("a\u202eb", "a\\\\u202eb", id="a letter that turns the line around"),
    ],
)
def test_a_name_is_no_template_of_docker_s_and_no_command_of_the_terminal(
    tmp_path: Path, name: str, shown: str
) -> None:
    tree = {"Dockerfile": f'FROM scratch\nCOPY ["{name}", "/"]\n', name: "", ".dockerignore": "*\n"}
    answer = hooked("docker build .", "x", cwd=make_tree(tmp_path, tree), seconds="60")
    assert shown in answer.stdout
    assert "{{" not in answer.stdout


@pytest.mark.parametrize("asked", ["", "no JSON", "[]", '{"RootCmd": 7}', '{"RootCmd": ""}'])
def test_a_question_that_cannot_be_read_is_not_answered(tmp_path: Path, asked: str) -> None:
    answer = hooked("docker build .", "", cwd=make_tree(tmp_path, BUILT), seconds="60", asked=asked)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_a_hint_that_takes_too_long_is_not_given(tmp_path: Path) -> None:
    answer = hooked("docker build .", "", cwd=make_tree(tmp_path, BUILT), seconds="0.01")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def hooked(
    words: str, error: str, *, cwd: Path, seconds: str, asked: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Ask as docker does, from a process whose command line is the one of docker."""
    question = json.dumps({"RootCmd": "build", "Flags": {}, "CommandError": error}) if asked is None else asked
    run = f'"{sys.executable}" -c "from ctxaudit.plugin import run; run()" ctxaudit docker-cli-plugin-hooks "$ASKED"; :'
    environment = {**os.environ, "ASKED": question, LIMIT: seconds, "COLUMNS": "80"}
    command = ["sh", "-c", run, *words.split()]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(["exp"], ["explain", ":0"], id="the name of a command"),
        pytest.param(["explain", "python-venv-"], ["python-venv-other-name", ":4"], id="the name of a kind"),
        pytest.param(["ls", ""], [":16"], id="a directory"),
        pytest.param(["audit", "--ignore-file", ""], [":0"], id="a file"),
    ],
)
def test_docker_s_shell_completes_the_words_of_ctxaudit(tmp_path: Path, words: list[str], expected: list[str]) -> None:
    answer = plugin("__complete", "ctxaudit", *words, cwd=tmp_path, by_docker=True)
    assert [line.partition("\t")[0] for line in answer.stdout.splitlines()] == expected
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("words", ["--write .", "--output json=made .", "--output=json=made .", "-f x --write ."])
def test_a_hint_writes_nothing_whatever_docker_was_given(tmp_path: Path, words: str) -> None:
    """Docker asks for a hint after a command that it refuses, too."""
    root = make_tree(tmp_path, BUILT)
    answer = hooked(f"docker build {words}", "unknown flag", cwd=root, seconds="60")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert sorted(path.name for path in root.iterdir()) == ["Dockerfile", "node_modules", "package.json"]
