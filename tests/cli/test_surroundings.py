"""Broken surroundings end in a status and one sentence."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import make_tree

pytestmark = pytest.mark.usefixtures("unmeasured")


def _gone() -> None:
    os.mkdir("gone")
    os.chdir("gone")
    os.rmdir("../gone")


def _fill(stream: int) -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), stream)


@pytest.mark.parametrize(
    ("before", "arguments", "status", "said"),
    [
        pytest.param(lambda: os.close(1), ["."], 0, "", id="standard output is closed"),
        pytest.param(lambda: os.close(2), ["."], 0, "", id="standard error is closed"),
        pytest.param(lambda: os.close(2), ["nowhere"], 2, "", id="an error, and standard error is closed"),
        pytest.param(
            lambda: os.close(0),
            [".", "-f", "-"],
            2,
            "error: the Dockerfile is to come from standard input, which is closed\n  fix: name a file\n",
            id="standard input is closed and holds the Dockerfile",
        ),
        pytest.param(
            lambda: os.close(0),
            ["lsp"],
            2,
            "error: stdin is closed, over which an editor speaks\n  fix: let an editor start it\n",
            id="standard input is closed and an editor would speak over it",
        ),
        pytest.param(
            lambda: _fill(1),
            ["."],
            2,
            "error: the output cannot be written: no space is left\n",
            id="standard output is full",
        ),
        pytest.param(
            lambda: _fill(2),
            ["nowhere"],
            2,
            "",
            id="an error, and standard error is full",
        ),
        pytest.param(
            lambda: _fill(2),
            ["--wrong"],
            2,
            "",
            id="bad usage, and standard error is full",
        ),
        pytest.param(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8)), ["."], 0, "", id="few descriptors"),
        pytest.param(
            lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)), ["."], 0, "", id="no file may be written"
        ),
        pytest.param(
            _gone,
            ["."],
            2,
            "error: the working directory is not there any more\n  fix: change to another directory\n",
            id="the working directory is gone",
        ),
    ],
)
def test_broken_surroundings_end_in_one_sentence(
    tmp_path: Path, before: Callable[[], None], arguments: list[str], status: int, said: str
) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . .\n"})
    answer = subprocess.run(
        [sys.executable, "-I", "-m", "ctxaudit", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,
    )
    assert (answer.returncode, answer.stderr) == (status, said)


def test_a_dockerfile_from_a_terminal_is_refused(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1"})
    above, below = os.openpty()
    answer = subprocess.run(
        [sys.executable, "-I", "-m", "ctxaudit", "-f", "-"], cwd=tmp_path, stdin=below, capture_output=True, timeout=60
    )
    os.close(above)
    os.close(below)
    said = ["error: the Dockerfile is to come from standard input, which is a terminal"]
    assert (answer.returncode, answer.stdout, answer.stderr.decode().split("\n")[:1]) == (2, b"", said)


def test_a_pipe_without_an_end_is_read_up_to_a_limit(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1"})
    with open("/dev/zero", "rb") as endless:
        answer = subprocess.run(
            [sys.executable, "-I", "-m", "ctxaudit", "-f", "-"], cwd=tmp_path, stdin=endless, capture_output=True
        )
    said = "error: standard input: it is larger than 16,777,216 bytes, the limit of what is read"
    assert (answer.returncode, answer.stdout, answer.stderr.decode().split("\n")[0]) == (2, b"", said)


def test_a_pipe_that_stays_silent_is_refused(tmp_path: Path) -> None:
    """After a second here, and after a minute elsewhere."""
    make_tree(tmp_path, {"a": "1"})
    program = (
        "import sys; from ctxaudit import __main__ as command; from ctxaudit.builds import request; "
        "request._PATIENCE = 1; sys.exit(command.main())"
    )
    silent, writing = os.pipe()
    answer = subprocess.run(
        [sys.executable, "-I", "-c", program, "-f", "-"], cwd=tmp_path, stdin=silent, capture_output=True, timeout=60
    )
    os.close(silent)
    os.close(writing)
    said = "error: the Dockerfile is to come from standard input, where nothing came for 1 seconds"
    assert (answer.returncode, answer.stdout, answer.stderr.decode().split("\n")[0]) == (2, b"", said)


def test_a_program_that_is_asked_has_its_streams_where_ours_are_closed(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"})
    make_tree(
        tmp_path, {"bin/buildah": "#!/bin/sh\ncase $1 in --version) echo buildah version 1.2.3;; *) exit 1;; esac\n"}
    )
    (tmp_path / "bin/buildah").chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "ctxaudit", "verify", ".", "--engine", "buildah"], cwd=tmp_path, check=False,
        env={**os.environ, "PATH": os.fspath(tmp_path / "bin")}, stderr=subprocess.PIPE, preexec_fn=lambda: os.close(0),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, b"error: buildah fails: \n")


def test_a_fleet_without_git_is_a_row(tmp_path: Path) -> None:
    make_tree(tmp_path, {"all/one/.git/HEAD": "ref: refs/heads/main\n"})
    command = [sys.executable, "-m", "ctxaudit", "fleet", "all", "--ledger", "l", "--jobs", "1"]
    environment = {**os.environ, "PATH": os.fspath(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr, b"there is no git program" in done.stdout) == (0, False, True)
