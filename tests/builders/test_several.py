"""Several builders of one build, and builds of several builders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support import ctxaudit as run
from support import make_tree

COPIES_ALL = "FROM scratch\nCOPY . /\n"


def report(root: Path, *options: str) -> dict[str, Any]:
    """The JSON report of a run that fails by no finding."""
    answer = run(*options, "--format", "json", "--fail-on", "never", cwd=root)
    assert answer.returncode == 0, answer.stderr
    document: dict[str, Any] = json.loads(answer.stdout)
    return document


def test_all_builds_below_a_directory_are_asked_of_several_builders(tmp_path: Path) -> None:
    make_tree(tmp_path, {"web/Dockerfile": COPIES_ALL, "web/a": "1", ".containerignore": "a\n"})
    (target,) = report(tmp_path, "--all", "--builders", "buildkit,podman")["targets"]
    said = [one["message"] for one in target["findings"] if one["rule"] == "inactive-ignore-file"]
    assert said == [".containerignore is not read: no build that is declared here has . as its context"]


@pytest.mark.parametrize("name", [".dockerignore", ".containerignore"])
def test_a_build_that_cannot_be_read_keeps_its_builders_ignore_files_from_a_line(name: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"Dockerfile": COPIES_ALL, "a.Dockerfile": "FROM\n", "x.log": "1"}
    make_tree(tmp_path, {**files, ".dockerignore": "", name: ""})
    builders = "buildkit,podman" if name == ".dockerignore" else "podman,buildkit"
    answer = run("--all", "--builders", builders, "--diff", cwd=tmp_path)
    assert answer.stdout == b""
    assert f"{name}: no line is proposed, as a.Dockerfile, which reads this file" in answer.stderr.decode()


def test_a_proposal_is_proved_for_the_builders_of_all_builds_that_read_the_file(tmp_path: Path) -> None:
    unit = "[Build]\nImageTag=localhost/a\nSetWorkingDirectory=unit\nFile=Dockerfile\n"
    files: dict[str, str | bytes | None] = {"compose.yaml": "services: {a: {build: .}}\n", "a.build": unit}
    make_tree(tmp_path, {"Dockerfile": COPIES_ALL, ".env": "TOKEN=x", ".dockerignore": "*.tmp\n", **files})
    targets = report(tmp_path, "--all")["targets"]
    assert [one["builder"] for one in targets] == ["buildkit", "podman"]
    for one in targets:
        assert set(one["proposal"]["after"]) == {"buildkit", "classic", "podman"}
    answer = run("--all", "--write", cwd=tmp_path)
    assert (answer.returncode, b"  Podman: " in answer.stdout) == (0, True)
    assert run("--all", "--check", cwd=tmp_path).returncode == 0
