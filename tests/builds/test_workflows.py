"""GitHub workflows: which steps build from git, which from a directory, and what is not known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ctxaudit import audit
from ctxaudit.builds.discover import discover
from ctxaudit.builds.workflows import declared, workflows
from ctxaudit.model import Location
from support import ctxaudit as command
from support import git, make_tree

BUILD = "docker/build-push-action"
FILE = ".github/workflows/ci.yml"


def workflow(*steps: str) -> str:
    """A workflow of one job; each step begins at line 5, 6 and so on."""
    lines = "\n".join(f"      - {{{step}}}" for step in steps)
    return f"on: push\njobs:\n  image:\n    steps:\n{lines}\n"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("step", "directory"),
    [
        pytest.param(f"uses: {BUILD}@v6", "", id="no inputs"),
        pytest.param(f"uses: {BUILD}@v6, with: {{push: true}}", "", id="no context"),
        pytest.param(f"uses: {BUILD}@v6, with: {{context: ''}}", "", id="an empty context"),
        pytest.param(f"uses: {BUILD}@263435318d21b8e681c14492fe198d362a7d2c83", "", id="pinned to a commit"),
        pytest.param(
            "uses: Docker/Build-Push-Action@v5, with: {context: '{{defaultContext}}:svc/api'}",
            "svc/api",
            id="a directory of the default context",
        ),
        pytest.param(f"uses: {BUILD}@v6, with: {{context: 'https://github.com/o/r.git#main'}}", "", id="a git URL"),
        pytest.param("uses: docker/bake-action@v6", "", id="bake, which builds from git since version 6"),
    ],
)
def test_a_step_that_builds_from_git(inside: Path, step: str, directory: str) -> None:
    make_tree(inside, {FILE: workflow("run: make", step)})
    (found,) = workflows(".").from_git
    assert (found.at, found.directory) == (Location(FILE, 6), directory)


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(f"uses: {BUILD}@v6, with: {{context: .}}", id="the checkout"),
        pytest.param(f"uses: {BUILD}@v6, with: {{context: ./svc}}", id="a directory of it"),
        pytest.param("uses: docker/bake-action@v5", id="bake before version 6"),
        pytest.param("uses: docker/bake-action@v6, with: {source: .}", id="bake of the checkout"),
        pytest.param("uses: actions/checkout@v4", id="another action"),
        pytest.param(f"run: echo {BUILD}@v6", id="a command that names it"),
    ],
)
def test_a_step_that_does_not(inside: Path, step: str) -> None:
    make_tree(inside, {FILE: workflow(step)})
    assert (workflows(".").from_git, workflows(".").unknowns) == ((), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            workflow(f"uses: {BUILD}@v6, with: {{context: '${{{{ matrix.dir }}}}'}}"),
            (f"what {BUILD} builds: ${{{{ matrix.dir }}}}", f"{FILE}:5"),
            id="an expression",
        ),
        pytest.param(
            workflow("uses: docker/bake-action@263435318d21b8e681c14492fe198d362a7d2c83"),
            ("whether docker/bake-action builds from git, as it does since version 6", f"{FILE}:5"),
            id="an action that is pinned to a commit",
        ),
        pytest.param(
            f"a: [\n# {BUILD}@v6",
            ("what the workflow builds: it is not YAML: did not find expected node content", f"{FILE}:3"),
            id="no YAML",
        ),
        pytest.param(
            f"# {BUILD}@v6\na: " + "[" * 1000,
            ("what the workflow builds: it is nested more than 100 deep", f"{FILE}:2"),
            id="too deep",
        ),
    ],
)
def test_what_is_not_known_is_said(inside: Path, text: str, said: tuple[str, str]) -> None:
    make_tree(inside, {FILE: text})
    assert [(unknown.what, unknown.where) for unknown in workflows(".").unknowns] == [said]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"# {BUILD}@v6\n[1, 2]", id="a list"),
        pytest.param(f"jobs: {{a: {{steps: {BUILD}@v6}}}}", id="steps that are text"),
        pytest.param(f"jobs: {{a: {{steps: [x, {{uses: [{BUILD}@v6]}}]}}}}", id="steps that are no mappings"),
        pytest.param(f"jobs: {BUILD}@v6", id="jobs that are text"),
    ],
)
def test_another_shape_declares_nothing(inside: Path, text: str) -> None:
    make_tree(inside, {FILE: text})
    assert (workflows(".").declared, workflows(".").from_git) == ((), ())


def test_a_step_of_a_directory_declares_a_build(inside: Path) -> None:
    text = """on: push
jobs:
  image:
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: svc
          file: svc/Dockerfile.ci
          target: final
          platforms: linux/arm64, linux/amd64
          build-args: |
            A=1
            B=${{ github.sha }}
            ${{ steps.meta.outputs.args }}
          build-contexts: |
            lib=./lib
            base=docker-image://alpine
      - uses: docker/build-push-action@v6
        with: {context: .}
"""
    make_tree(inside, {FILE: text})
    first, second = declared(".")
    assert (first.name, first.declared, first.context) == ("ci.yml:image#1", Location(FILE, 5), "svc")
    assert (first.dockerfile, first.target, first.platform) == ("svc/Dockerfile.ci", "final", "linux/arm64")
    assert first.build_args == {"A": "1", "B": None}
    assert first.build_contexts == {"lib": "lib", "base": "docker-image://alpine"}
    assert [(unknown.what, unknown.where) for unknown in first.unknowns] == [
        ("the input build-args, an expression", f"{FILE}:11")
    ]
    assert (second.name, second.declared) == ("ci.yml:image#2", Location(FILE, 18))
    assert (second.context, second.dockerfile) == (".", "Dockerfile")


def test_the_finding_stands_at_the_step_of_this_context_alone(inside: Path) -> None:
    step = f"uses: {BUILD}@v6, with: {{context: '{{{{defaultContext}}}}:svc'}}"
    make_tree(
        inside, {FILE: workflow(step), "svc/Dockerfile": "FROM scratch\nCOPY . /\n", "Dockerfile": "FROM scratch\n"}
    )
    git(inside, "init", "-q")
    assert [
        (finding.location, finding.severity)
        for finding in audit("svc").targets[0].findings
        if finding.rule == "workflow-builds-from-git"
    ] == [(Location(FILE, 5), "warning")]
    assert "workflow-builds-from-git" not in {finding.rule for finding in audit(".").targets[0].findings}


def test_the_report_says_it(inside: Path) -> None:
    make_tree(inside, {FILE: workflow(f"uses: {BUILD}@v6"), "Dockerfile": "FROM scratch\nCOPY . /\n"})
    shown = " ".join(command(cwd=inside).stdout.decode().split())
    assert (
        f"warning[workflow-builds-from-git] {FILE}:5: {BUILD} builds from git: no ignore file is read, .git is absent"
        in shown
    )


def test_a_workflow_that_is_a_fifo_does_not_hang(inside: Path) -> None:
    make_tree(inside, {".github/workflows/": None})
    os.mkfifo(inside / FILE)
    assert workflows(".").from_git == ()


def test_all_builds_of_a_tree_hold_those_of_its_workflows_once(inside: Path) -> None:
    dockerfile = "FROM scratch\n"
    text = workflow(f"uses: {BUILD}@v6, with: {{context: svc}}")
    make_tree(inside, {FILE: text, "svc/Dockerfile": dockerfile, "Dockerfile": dockerfile})
    builds, failures = discover(".")
    assert [(build.name, build.context) for build in builds] == [("ci.yml:image", "svc"), ("Dockerfile", ".")]
    assert failures == []


CHECKOUT = "uses: actions/checkout@v5"
INTO = f"{CHECKOUT}, with: {{path: app}}"
OTHER = f"{CHECKOUT}, with: {{repository: o/r, path: other}}"


@pytest.mark.parametrize(
    ("steps", "inputs", "context", "file"),
    [
        pytest.param([], "context: ./svc", "svc", "svc/Dockerfile", id="no checkout that is seen"),
        pytest.param([CHECKOUT], "context: ./svc", "svc", "svc/Dockerfile", id="a checkout into the workspace"),
        pytest.param([INTO], "context: ./app", ".", "Dockerfile", id="a checkout into a directory"),
        pytest.param([INTO], "context: app/svc/", "svc", "svc/Dockerfile", id="a directory of that checkout"),
        pytest.param([INTO], "context: app, file: app/ci/D", ".", "ci/D", id="a Dockerfile of that checkout"),
        pytest.param([CHECKOUT, OTHER], "context: svc", "svc", "svc/Dockerfile", id="this repository beside another"),
        pytest.param(
            [f"{CHECKOUT}, with: {{repository: '${{{{ github.repository }}}}', path: app}}"],
            "context: app",
            ".",
            "Dockerfile",
            id="this repository by its expression",
        ),
        pytest.param(
            [INTO], "context: '${{ github.workspace }}/app'", ".", "Dockerfile", id="the workspace by its expression"
        ),
    ],
)
def test_paths_are_those_of_the_checkout(inside: Path, steps: list[str], inputs: str, context: str, file: str) -> None:
    make_tree(inside, {FILE: workflow(*steps, f"uses: {BUILD}@v6, with: {{{inputs}}}")})
    assert [(build.context, build.dockerfile, build.unknowns) for build in declared(".")] == [(context, file, ())]


@pytest.mark.parametrize(
    ("steps", "inputs", "said"),
    [
        pytest.param(
            [],
            "context: ., file: '${{ matrix.file }}'",
            f"which Dockerfile {BUILD} builds: ${{{{ matrix.file }}}}",
            id="a Dockerfile that is an expression",
        ),
        pytest.param(
            [], "context: 'svc/${{ matrix.dir }}'", f"what {BUILD} builds: svc/${{{{ matrix.dir }}}}", id="a context"
        ),
        pytest.param(
            [CHECKOUT, OTHER],
            "context: other/svc",
            f"what {BUILD} builds: context other/svc is not in the checkout of this repository",
            id="a context of another repository",
        ),
        pytest.param(
            [CHECKOUT, OTHER],
            "context: ., file: other/D",
            f"what {BUILD} builds: file other/D is not in the checkout of this repository",
            id="a Dockerfile of another repository",
        ),
        pytest.param(
            [INTO],
            "context: .",
            f"what {BUILD} builds: context . is not in the checkout of this repository",
            id="the workspace above the checkout",
        ),
    ],
)
def test_a_build_that_cannot_be_told_is_declared_without_a_context(
    inside: Path, steps: list[str], inputs: str, said: str
) -> None:
    make_tree(inside, {FILE: workflow(*steps, f"uses: {BUILD}@v6, with: {{{inputs}}}"), "Dockerfile": "FROM scratch\n"})
    builds, failures = discover(".")
    assert [(build.name, build.context) for build in builds] == [("ci.yml:image", ""), ("Dockerfile", ".")]
    assert ([unknown.what for unknown in builds[0].unknowns], failures) == ([said], [])
    answer = command("--all", cwd=inside)
    assert (answer.returncode, f"unknown: {FILE}" in answer.stdout.decode()) == (0, True)
