"""`docker-ctxaudit`: as a program of its own, and as docker runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ctxaudit import __version__
from support import make_tree

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
    command = [sys.executable, "-c", "from ctxaudit.plugin import run; run()", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


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
