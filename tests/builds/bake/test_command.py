"""`ctxaudit --bake`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from support import ctxaudit, make_tree

FILES: dict[str, str | bytes | None] = {
    "docker-bake.hcl": 'target "api" {\n  context = "api"\n}\ntarget "web" {\n  context = "web-${V}"\n}\n'
    'variable "V" { default = "1" }\ntarget "now" {\n  context = timestamp()\n}\n',
    "api/Dockerfile": "FROM scratch\nCOPY a /\n",
    "api/a": "1",
    "api/b": "22",
    "web-1/Dockerfile": "FROM scratch\nCOPY . /\n",
    "web-2/Dockerfile": "FROM scratch\nCOPY . /\n",
    "web-2/c": "333",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "project", FILES)


def test_each_build_is_a_target_of_the_report(project: Path) -> None:
    answer = ctxaudit("--bake", "docker-bake.hcl", "--format", "json", cwd=project, V="2")
    targets = json.loads(answer.stdout)["targets"]
    assert [
        (one["name"], one["declared"]["line"], one["context"], one["dockerfile"], one["sent"]["files"])
        for one in targets
    ] == [
        ("api", 1, "api", "api/Dockerfile", 1),
        ("web", 4, "web-2", "web-2/Dockerfile", 2),
        ("now", 8, "", "", 0),
    ]
    assert targets[2]["unknowns"] == [
        {
            "what": "context of target now: the function timestamp is not evaluated here",
            "where": "docker-bake.hcl:9",
            "settle": "--bake-print asks buildx",
        }
    ]
    assert answer.returncode == 0


def test_a_build_that_cannot_be_told_is_said_and_has_no_figures(project: Path) -> None:
    answer = ctxaudit("--bake", "docker-bake.hcl", "--bake-target", "now", cwd=project)
    assert answer.stdout.decode() == (
        "now: not looked at, as its context is unknown.\n"
        "unknown: docker-bake.hcl:9: context of target now: the function timestamp is not\n"
        "  evaluated here\n"
    )


def test_the_proposals_of_all_builds_are_shown(project: Path) -> None:
    make_tree(project / "web-1", {"node_modules/x/package.json": "{}", "package.json": "{}"})
    answer = ctxaudit("--bake", "docker-bake.hcl", "--diff", cwd=project)
    assert "+++ b/web-1/.dockerignore" in answer.stdout.decode()
    doubt = "unknown: docker-bake.hcl:9: context of target now: the function timestamp is not evaluated here\n"
    assert answer.stderr.decode().endswith(doubt)


def test_a_budget_of_a_build_that_cannot_be_told_is_unknown(project: Path) -> None:
    answer = ctxaudit("--bake", "docker-bake.hcl", "--bake-target", "now", "--max-size", "1MB", cwd=project)
    assert answer.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(("--bake-target", "x"), "name the bake file with --bake FILE.", id="a target and no file"),
        pytest.param(("--bake", "b.json", "-f", "D"), "omit -f", id="a Dockerfile besides"),
        pytest.param(("--bake", "b.json", "api"), "omit api", id="a context besides"),
        pytest.param(("--bake", "b.json"), "error: open b.json: no such file", id="a file that there is not"),
        pytest.param(
            ("--bake", "docker-bake.hcl", "--bake-target", "x"), "error: failed to find target x", id="no target"
        ),
    ],
)
def test_what_is_asked_wrongly_is_status_2(project: Path, arguments: tuple[str, ...], error: str) -> None:
    answer = ctxaudit(*arguments, cwd=project)
    assert (answer.returncode, answer.stdout, error in answer.stderr.decode()) == (2, b"", True)


def docker(root: Path, script: str) -> dict[str, str]:
    """An environment with this docker, and no other."""
    make_tree(root / "bin", {"docker": f"#!{sys.executable}\nimport sys\n{script}\n"})
    (root / "bin/docker").chmod(0o755)
    return {"PATH": str(root / "bin")}


def test_buildx_is_asked_where_that_is_wanted(project: Path, tmp_path: Path) -> None:
    printed = {"target": {"now": {"context": "api", "dockerfile": "Dockerfile", "args": {"A": "$${x}"}}}}
    script = f"open('asked', 'w').write(repr(sys.argv[1:]))\nprint({json.dumps(printed)!r})"
    answer = ctxaudit(
        *("--bake", "docker-bake.hcl", "--bake-target", "now", "--bake-print", "--format", "json"),
        *("--set", "now.target=t", "--var", "V=2"),
        cwd=project,
        **docker(tmp_path, script),
    )
    (target,) = json.loads(answer.stdout)["targets"]
    assert (target["name"], target["context"], target["declared"]["file"]) == (
        "now",
        "api",
        "docker buildx bake --print",
    )
    asked = ["buildx", "bake", "--print", "--progress=quiet", "--file=docker-bake.hcl"]
    asked += ["--set=now.target=t", "--var=V=2", "--", "now"]
    assert (project / "asked").read_text() == repr(asked)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param("sys.exit('#1 reading\\nERROR: failed to find target x')", "failed to find target x", id="bake"),
        pytest.param("sys.exit('docker: unknown command\\n\\nRun help')", "docker: unknown command", id="docker"),
        pytest.param("sys.exit(1)", "it failed, and did not say why", id="nobody"),
        pytest.param("print('<')", "not JSON: expecting value", id="no JSON"),
    ],
)
def test_what_buildx_complains_of_is_one_line(project: Path, tmp_path: Path, script: str, error: str) -> None:
    answer = ctxaudit("--bake", "docker-bake.hcl", "--bake-print", cwd=project, **docker(tmp_path, script))
    assert (answer.returncode, error in answer.stderr.decode().splitlines()[0]) == (2, True)


def test_without_docker_that_is_said(project: Path) -> None:
    answer = ctxaudit("--bake", "docker-bake.hcl", "--bake-print", cwd=project, PATH=os.fspath(project))
    assert answer.stderr.decode().startswith("error: docker buildx bake --print: No such file or directory\n")


def test_a_target_that_is_a_url_is_not_handed_on(project: Path, tmp_path: Path) -> None:
    answer = ctxaudit(
        *("--bake", "docker-bake.hcl", "--bake-print", "--bake-target", "https://example.org/x.git"),
        cwd=project,
        **docker(tmp_path, "open('asked', 'w')"),
    )
    assert (answer.returncode, (project / "asked").exists()) == (2, False)
