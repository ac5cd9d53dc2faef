"""A forge on loopback, a branch that changes a context, and the command in a job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from forge_server import HEAD, TOKEN, Forge, Kind, served

from support import ctxaudit, git, in_process, make_tree

Serve = Callable[[Forge], Forge]
LAUNCHER = ("-m", "ctxaudit")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a forge until the test ends."""
    running = []

    def start(forge: Forge) -> Forge:
        context = served(forge)
        running.append(context)
        return context.__enter__()

    yield start
    for context in running:
        context.__exit__(None, None, None)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again after a tenth of the time, in rows that are about whether it is tried again."""
    monkeypatch.setattr("ctxaudit.forge.client._FIRST_PAUSE", 0.05)


@pytest.fixture(scope="session")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository at the head of a branch that adds a large file and a secret, and excludes what a COPY names."""
    root = make_tree(
        tmp_path_factory.mktemp("branch"),
        {
            "Dockerfile": "FROM scratch\nCOPY src /src\nCOPY config.yml /\nCOPY . /all\n",
            "src/main.py": "pass\n",
            "config.yml": "a: 1\n",
        },
    )
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    git(root, "checkout", "-qb", "feature")
    make_tree(
        root,
        {"data/train.bin": b"x" * 25_000, ".env": "PASSWORD=hunter2hunter2\n", ".dockerignore": "config.yml\n.git\n"},
    )
    git(root, "add", "-fA")
    git(root, "commit", "-qm", "head")
    return root


@pytest.fixture(scope="session")
def report(branch: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The JSON report about that branch."""
    file = tmp_path_factory.mktemp("report") / "ctxaudit.json"
    ctxaudit(".", "--base", "main", "--max-size", "20kB", "--output", f"json={file}", cwd=branch)
    return file


@dataclass
class Answer:
    status: int
    stdout: str
    stderr: str
    summary: str

    @property
    def all(self) -> str:
        return self.stdout + self.stderr + self.summary


@dataclass
class Job:
    """A job of continuous integration that runs the command; `variables` win over its own.

    launcher: what the interpreter is given before the command's arguments.
    """

    forge: Forge
    report: Path
    folder: Path
    kind: Kind = "github"
    event: dict[str, object] = field(default_factory=lambda: {"pull_request": {"number": 7, "head": {"sha": HEAD}}})
    variables: dict[str, str] = field(default_factory=dict)
    launcher: tuple[str, ...] = LAUNCHER

    def run(self, *arguments: str, run: int = 100) -> Answer:
        """Run the command in this process, or as the launcher starts it."""
        if self.launcher == LAUNCHER:
            done = in_process(*self._command(*arguments), cwd=self.folder, environment=self._environment(run))
            return self._answer(done.returncode, done.stdout, done.stderr)
        process = self.start(*arguments, run=run)
        stdout, stderr = process.communicate(timeout=120)
        return self._answer(process.returncode, stdout, stderr)

    def start(self, *arguments: str, run: int = 100) -> subprocess.Popen[bytes]:
        """Start the command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, *self.launcher, *self._command(*arguments)],
            cwd=self.folder,
            env=self._environment(run),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _answer(self, status: int, stdout: bytes, stderr: bytes) -> Answer:
        summary = self.folder / "summary.md"
        answer = Answer(status, stdout.decode(), stderr.decode(), summary.read_text() if summary.exists() else "")
        assert "Traceback" not in answer.stderr
        assert TOKEN not in answer.all
        assert TOKEN not in " ".join(self._command())
        assert [one.path for one in self.forge.log if TOKEN in one.path or TOKEN in one.body] == []
        return answer

    def _command(self, *arguments: str) -> list[str]:
        return ["comment", self.kind, "--report", os.fspath(self.report), "--timeout", "1", *arguments]

    def _environment(self, run: int) -> dict[str, str]:
        return {**_outside(), **self._own(run), **self.variables}

    def _own(self, run: int) -> dict[str, str]:
        event = self.folder / "event.json"
        event.write_text(json.dumps(self.event))
        if self.kind == "gitlab":
            return {
                "CI_API_V4_URL": self.forge.url,
                "CI_COMMIT_SHA": HEAD,
                "CI_JOB_ID": "1",
                "CI_JOB_URL": "https://gitlab.test/g/p/-/jobs/1",
                "CI_MERGE_REQUEST_IID": "7",
                "CI_PIPELINE_ID": str(run),
                "CI_PROJECT_ID": "5",
                "CI_PROJECT_URL": "https://gitlab.test/g/p",
                "CTXAUDIT_GITLAB_TOKEN": TOKEN,
            }
        return {
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_EVENT_PATH": os.fspath(event),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": str(run),
            "GITHUB_STEP_SUMMARY": os.fspath(self.folder / "summary.md"),
            "GITHUB_TOKEN": TOKEN,
        }


@pytest.fixture
def job(serve: Serve, report: Path, tmp_path: Path) -> Callable[..., Job]:
    """Give a job on a forge."""

    def start(forge: Forge | None = None, **options: object) -> Job:
        return Job(serve(forge or Forge()), report, tmp_path, **options)  # type: ignore[arg-type]

    return start


def _outside() -> dict[str, str]:
    """The environment without what a runner of continuous integration, or a proxy of this machine's, puts there."""
    own = ("GITHUB_", "CI_", "CTXAUDIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**{name: value for name, value in kept.items() if "proxy" not in name.lower()}, "NO_COLOR": "1"}
