"""`ctxaudit verify` beside real engines: Debian's docker (its classic builder, its BuildKit) and buildah.

Debian's docker is of 2022 and decides some exceptions as docker did then: `verify` says so, and nothing else may
differ.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine import Engine, engine
from verified import Row, asked_about, builds_of_samples, is_explained, random_builds, shown, started

from support import ctxaudit, git, make_tree

TREES = 30
ENGINES = ["docker", "classic", "buildah"]
# What fails in the engine, as it would without ctxaudit: the COPY of a file that is excluded or elsewhere, and what
# only a client of 2022 cannot follow.
_FAILS = ("no items matching glob", "docker adds a Dockerfile from outside", "before all of the context is sent")
FILES = {
    "Dockerfile": 'FROM scratch\nCOPY . /app/\nCMD ["/app/run"]\n',
    "src/a.py": "print()\n",
    "package.json": "{}",
    "node_modules/x/index.js": "x\n",
    "debug.log": "x\n",
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine(tmp_path_factory.mktemp("engine")) as found:
        yield found


@pytest.fixture
def home(tmp_path: Path, real: Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for temporary files, in which nothing may be left."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("DOCKER_HOST", real.host)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trees")


def check(rows: list[Row], real: Engine, home: Path) -> None:
    wrong = [row for row in rows if not is_explained(row) and not any(part in row.failure for part in _FAILS)]
    assert [shown(row) for row in wrong] == []
    assert (real.left(), list((home / "tmp").iterdir())) == ([], [])


@pytest.mark.parametrize("name", ENGINES)
def test_random_builds_are_what_the_engine_is_sent(name: str, real: Engine, home: Path, trees: Path) -> None:
    row, asked = started(name)
    rows = list(asked_about(random_builds(trees, TREES, row), row, asked))
    check(rows, real, home)
    assert sum(one.found is not None and one.found.is_same for one in rows) >= 0.9 * TREES


@pytest.mark.parametrize("name", ENGINES)
def test_the_samples_are_what_the_engine_is_sent(
    name: str, real: Engine, home: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = samples / "sample_repos/.made"
    monkeypatch.chdir(made)
    row, asked = started(name)
    rows = list(asked_about(builds_of_samples(made, row, 1 if name == "buildah" else 2), row, asked))
    check(rows, real, home)
    assert sum(one.found is not None for one in rows) >= 0.8 * len(rows)


@pytest.mark.parametrize("name", ENGINES)
def test_what_the_command_line_says_of_the_build_is_said_to_the_engine(name: str, real: Engine, home: Path) -> None:
    text = (
        "ARG D=none\nFROM scratch AS first\nARG D\nARG TARGETARCH\nCOPY $D bin/$TARGETARCH /x/\n"
        "FROM scratch\nCOPY web /web/\n"
    )
    files: dict[str, str | bytes | None] = {"Dockerfile": text, "src/a": "a", "bin/arm64/b": "b", "web/c": "c"}
    options = ("--build-arg", "D=src", "--platform", "linux/arm64", "--target", "first")
    answer = ctxaudit("verify", make_tree(home / "app", files), "--engine", name, *options)
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert (b"files 4 = 4," if name == "classic" else b"files 2 = 2,") in answer.stdout
    check([], real, home)


@pytest.mark.parametrize("name", ["docker", "buildah"])
def test_a_proposal_takes_nothing_else_out_of_the_image(name: str, real: Engine, home: Path) -> None:
    root = make_tree(home / "app", FILES)
    git(root, "init", "-q")
    git(root, "add", "src", "Dockerfile", "package.json")
    before = sorted((path, path.read_bytes()) for path in root.rglob("*") if path.is_file())
    answer = ctxaudit("verify", root, "--engine", name, "--after-proposal", "--format", "json")
    found = json.loads(answer.stdout)
    assert (answer.returncode, answer.stderr, found["same"]) == (0, b"", True)
    assert (found["files"]["said"] > 10, found["after_proposal"]["files"]["said"]) == (True, 5)
    gone = {path.rpartition("/")[2] for path in found["image"]["removed"]}
    assert gone > {".git", "HEAD"}
    assert not gone & {"src", "a.py", "Dockerfile", "package.json"}
    assert [found["image"][key] for key in ("unexplained", "added", "changed")] == [[], [], []]
    assert sorted((path, path.read_bytes()) for path in root.rglob("*") if path.is_file()) == before
    check([], real, home)


@pytest.mark.parametrize("name", ENGINES)
def test_the_dockerfile_itself_is_built_where_that_is_asked(name: str, real: Engine, home: Path) -> None:
    root = make_tree(home / "app", FILES)
    answer = ctxaudit("verify", root, "--engine", name, "--build")
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert b"builds the Dockerfile itself\n  files 5 = 5, bytes " in answer.stdout
    check([], real, home)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_is_ended_leaves_nothing_behind(name: str, number: signal.Signals, real: Engine, home: Path) -> None:
    root = make_tree(home / "app", FILES)
    with (root / "large").open("wb") as file:
        file.truncate(300_000_000)  # no engine is sent that much in the time below
    command = [sys.executable, "-m", "ctxaudit", "verify", os.fspath(root), "--engine", name]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not list((home / "tmp").glob("*/*")):
        time.sleep(0.01)
    time.sleep(0.1)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode != 0
    # What a killed run leaves, the next one removes.
    small = make_tree(home / "small", {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "a\n"})
    assert ctxaudit("verify", small, "--engine", name).returncode == 0
    check([], real, home)


def test_an_engine_that_does_not_run_is_not_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/none")
    answer = ctxaudit("verify", make_tree(home / "app", FILES), "--engine", "docker")
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert answer.stderr.startswith(b"error: no engine answers: docker's engine does not answer\n")


def test_the_programs_are_there() -> None:
    assert [name for name in ("docker", "buildah") if shutil.which(name) is None] == []
