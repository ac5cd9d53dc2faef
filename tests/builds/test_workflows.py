"""GitHub workflows: which steps build from git, which from a directory, and what is not known."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ctxaudit import audit
from ctxaudit.builds.compose import document
from ctxaudit.builds.discover import discover
from ctxaudit.builds.workflows import declared, from_checkout, workflows
from ctxaudit.model import Location
from support import ctxaudit as command
from support import git, make_tree, processor_limit

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


CALLED = ".github/workflows/image.yml"
ELSEWHERE = "acme/ci/.github/workflows/{}.yml@v2"
_INPUTS = "inputs: {dir: {type: string, default: svc}, file: {type: string}}"


def called(*steps: str, on: str = f"workflow_call: {{{_INPUTS}}}") -> str:
    """A workflow that others call: the context and the Dockerfile are those of its inputs."""
    build = f"uses: {BUILD}@v6, with: {{context: '${{{{ inputs.dir }}}}', file: '${{{{ inputs.file }}}}'}}"
    return workflow(*(steps or (build,))).replace("on: push", f"on: {{{on}}}")


def _typed(inputs: str) -> str:
    return f"workflow_call: {{inputs: {{{inputs}}}}}"


def calling(*inputs: str, uses: str = f"./{CALLED}") -> str:
    """A workflow of a job for each of the inputs, with which it calls another workflow."""
    jobs = "\n".join(f"  {chr(97 + at)}: {{uses: {uses}, with: {{{text}}}}}" for at, text in enumerate(inputs))
    return f"on: push\njobs:\n{jobs}\n"


def _step(inputs: str) -> str:
    return f"uses: {BUILD}@v6, with: {{{inputs}}}"


@pytest.mark.parametrize(
    ("text", "callers", "builds"),
    [
        pytest.param(
            called(),
            calling("dir: ./api, file: api/D", "dir: web, file: web/Dockerfile"),
            [("ci.yml:a/image", "api", "api/D"), ("ci.yml:b/image", "web", "web/Dockerfile")],
            id="two calls",
        ),
        pytest.param(called(), calling("file: ''"), [("ci.yml:a/image", "svc", "svc/Dockerfile")], id="a default"),
        pytest.param(
            called(), calling("DIR: api"), [("ci.yml:a/image", "api", "api/Dockerfile")], id="a name in other letters"
        ),
        pytest.param(
            called(_step("context: 'apps/${{ inputs.dir }}', target: '${{inputs.file}}'")),
            calling("dir: web"),
            [("ci.yml:a/image", "apps/web", "apps/web/Dockerfile")],
            id="a part of a path",
        ),
        pytest.param(
            called(),
            calling("dir: '${{ github.workspace }}/api'"),
            [("ci.yml:a/image", "api", "api/Dockerfile")],
            id="the workspace in a call",
        ),
        pytest.param(
            called(_step("context: api")), calling(""), [("ci.yml:a/image", "api", "api/Dockerfile")], id="no input"
        ),
        pytest.param(
            called(CHECKOUT + ", with: {path: '${{ inputs.file }}'}", _step("context: app/web")),
            calling("file: app"),
            [("ci.yml:a/image", "web", "web/Dockerfile")],
            id="the place of the checkout",
        ),
        pytest.param(
            called(on=f"push: {{}}, workflow_call: {{{_INPUTS}}}").replace("${{ inputs.file }}", ""),
            calling("dir: api"),
            [("image.yml:image", "", None), ("ci.yml:a/image", "api", "api/Dockerfile")],
            id="one that another event starts, too",
        ),
        pytest.param(
            called(), calling("dir: '${{ matrix.dir }}'"), [("ci.yml:a/image", "", None)], id="an expression in a call"
        ),
        pytest.param(
            called(_step("context: \"${{ inputs.dir || 'api' }}\"")),
            calling("dir: web"),
            [("ci.yml:a/image", "web", "web/Dockerfile")],
            id="an input or a value for an empty one",
        ),
        pytest.param(
            called(_step("context: \"${{ inputs.dir || 'api' }}\"")),
            calling("dir: '${{ github.ref }}'"),
            [("ci.yml:a/image", "", None)],
            id="an expression of an input that is not known",
        ),
        pytest.param(
            called(
                _step("context: '${{ inputs.dir }}'") + ", if: inputs.dir",
                on=_typed("dir: {type: string, default: false}"),
            ),
            calling(""),
            [("ci.yml:a/image", "false", "false/Dockerfile")],
            id="a text that looks like a boolean",
        ),
        pytest.param(
            called(_step("context: svc") + ", if: inputs.on", on=_typed("on: {type: boolean}")),
            calling("'on': '${{ false }}'"),
            [],
            id="a boolean that an expression gives",
        ),
        pytest.param(
            called(
                _step("context: '${{ inputs.on }}/${{ inputs.n }}'"),
                on=_typed("on: {type: boolean}, n: {type: number}"),
            ),
            calling("dir: api"),
            [("ci.yml:a/image", "false/0", "false/0/Dockerfile")],
            id="a boolean and a number without a value",
        ),
        pytest.param(
            called(_step("context: svc")).replace("    steps:", "    if: inputs.dir == 'api'\n    steps:"),
            calling("dir: api", "dir: web"),
            [("ci.yml:a/image", "svc", "svc/Dockerfile")],
            id="a job that an input turns off",
        ),
        pytest.param(
            called(),
            calling("dir: api").replace("{uses", "{if: false, uses"),
            [("image.yml:image", "", None)],
            id="a call that never runs",
        ),
        pytest.param(called(), calling("dir: api", uses="./other.yml"), [("image.yml:image", "", None)], id="no call"),
        pytest.param(called(), "jobs: [", [("image.yml:image", "", None)], id="a caller that is not YAML"),
        pytest.param(
            called(_step("context: svc")).replace(f"on: {{workflow_call: {{{_INPUTS}}}}}", "on: workflow_call"),
            calling(""),
            [("ci.yml:a/image", "svc", "svc/Dockerfile")],
            id="without inputs",
        ),
        pytest.param(
            called(_step("context: svc")).replace(f"on: {{workflow_call: {{{_INPUTS}}}}}", "on: [workflow_call]"),
            calling(""),
            [("ci.yml:a/image", "svc", "svc/Dockerfile")],
            id="in a list of events",
        ),
    ],
)
def test_a_workflow_that_others_here_call_builds_what_they_give_it(
    inside: Path, text: str, callers: str, builds: list[tuple[str, str, str | None]]
) -> None:
    make_tree(inside, {CALLED: text, FILE: callers})
    found = declared(".")
    assert [(build.name, build.context, build.dockerfile) for build in found] == builds
    assert [bool(build.unknowns) for build in found] == [not context for _, context, _ in builds]


def test_what_a_call_leaves_unknown_stands_at_the_call(inside: Path) -> None:
    make_tree(inside, {CALLED: called(), FILE: calling("dir: api", "dir: '${{ matrix.dir }}'")})
    (unknown,) = workflows(".").unknowns
    assert (unknown.what, unknown.where) == (f"what {BUILD} builds: ${{{{ matrix.dir }}}}", f"{FILE}:4")


def test_a_call_without_a_context_builds_from_git(inside: Path) -> None:
    make_tree(inside, {CALLED: called().replace("default: svc", "default: ''"), FILE: calling("file: a/D")})
    assert [(step.at, step.directory) for step in workflows(".").from_git] == [(Location(CALLED, 1), "")]


def test_the_file_of_a_caller_is_parsed_once_for_all_that_it_calls(
    inside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, parsed = document.read, Counter[str]()
    monkeypatch.setattr(document, "read", lambda path, **more: parsed.update([path]) or read(path, **more))
    for at in range(20):
        following = f"jobs:\n  next: {{uses: ./.github/workflows/w{at + 1}.yml, with: {{dir: api}}}}"
        make_tree(inside, {f".github/workflows/w{at}.yml": called().replace("jobs:", following)})
    assert len(workflows(".").declared) == 20
    discover(".")
    assert max(parsed.values()) == 4  # each time for what it calls, and for what it builds


def test_of_more_calls_than_are_looked_at_the_rest_is_unknown(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctxaudit.builds.workflows._MOST_STEPS", 3)
    make_tree(inside, {CALLED: called(), FILE: calling("dir: a", "dir: b", "dir: c", "dir: d")})
    found = workflows(".")
    said = "what more calls of this workflow build: more than 3 steps are called"
    assert [build.context for build in found.declared] == ["a", "b", "c", ""]
    assert [unknown.what for unknown in found.unknowns] == [said]
    builds, _ = discover(".")
    assert [[unknown.what for unknown in build.unknowns] for build in builds[3:]] == [[said]]


def turning(matrix: str, *steps: str, more: str = "") -> str:
    """A workflow of one job with a matrix."""
    return workflow(*steps).replace("    steps:", f"    strategy: {{matrix: {matrix}}}\n{more}    steps:")


_DIR = "context: './${{ matrix.dir }}'"
_APPS = "{app: [{name: api, path: svc/api}, {name: web, path: web, file: ci/D}]}"


@pytest.mark.parametrize(
    ("text", "builds"),
    [
        pytest.param(
            turning("{dir: [api, web]}", _step(_DIR)),
            [("ci.yml:image (api)", "api", "api/Dockerfile"), ("ci.yml:image (web)", "web", "web/Dockerfile")],
            id="a variable",
        ),
        pytest.param(
            turning("{dir: [api], os: [a, b]}", _step(_DIR)),
            [("ci.yml:image", "api", "api/Dockerfile")],
            id="turns that build the same",
        ),
        pytest.param(
            turning("{os: [a, b], dir: [api, web]}", _step(_DIR)),
            [("ci.yml:image (api)", "api", "api/Dockerfile"), ("ci.yml:image (web)", "web", "web/Dockerfile")],
            id="a variable that decides nothing",
        ),
        pytest.param(
            turning(_APPS, _step("context: '${{ matrix.app.path }}', file: '${{ matrix.app.file }}'")),
            [("ci.yml:image (api)", "svc/api", "svc/api/Dockerfile"), ("ci.yml:image (web)", "web", "ci/D")],
            id="a variable of mappings, one of which has no Dockerfile",
        ),
        pytest.param(
            turning(
                "{include: [{n: a, dir: x}, {n: b, dir: x, file: D}]}", _step(_DIR + ", file: '${{ matrix.file }}'")
            ),
            [("ci.yml:image (a)", "x", "x/Dockerfile"), ("ci.yml:image (b)", "x", "D")],
            id="rows",
        ),
        pytest.param(
            turning("{include: [{port: 1, dir: svc/x, name: x}, {port: 2, dir: svc/y, name: y}]}", _step(_DIR)),
            [(f"ci.yml:image ({name})", f"svc/{name}", f"svc/{name}/Dockerfile") for name in "xy"],
            id="rows that have a name behind a number and a path",
        ),
        pytest.param(
            turning("{os: [a, b], dir: [x, y]}", _step("context: '${{ matrix.os }}/${{ matrix.dir }}'")),
            [(f"ci.yml:image ({a}, {b})", f"{a}/{b}", f"{a}/{b}/Dockerfile") for a in "ab" for b in "xy"],
            id="two variables",
        ),
        pytest.param(
            turning("{include: [{password: hunter2Q, dir: x}, {password: other3Q, dir: y}]}", _step(_DIR)),
            [("ci.yml:image (x)", "x", "x/Dockerfile"), ("ci.yml:image (y)", "y", "y/Dockerfile")],
            id="rows that a password tells apart, too",
        ),
        pytest.param(
            turning(
                '{include: [{n: "a\\nb", dir: "x\\e"}, {n: "c\\0d", dir: "y\\e"}]}',
                _step("context: ., target: '${{ matrix.n }}'"),
            ),
            [("ci.yml:image (1)", ".", "Dockerfile"), ("ci.yml:image (2)", ".", "Dockerfile")],
            id="rows of which no value can be part of a name",
        ),
        pytest.param(
            turning("{dir: [api, web]}", _step(_DIR), _step("context: lib")),
            [
                ("ci.yml:image#1 (api)", "api", "api/Dockerfile"),
                ("ci.yml:image#1 (web)", "web", "web/Dockerfile"),
                ("ci.yml:image#2", "lib", "lib/Dockerfile"),
            ],
            id="a step beside one that is the same in each turn",
        ),
        pytest.param(
            turning("{dir: [api, web]}", _step(_DIR) + ", if: \"matrix.dir != 'web'\""),
            [("ci.yml:image", "api", "api/Dockerfile")],
            id="a step that does not run in each turn",
        ),
        *(
            pytest.param(
                turning(f"{{v: [{written}]}}", _step("context: 'x/${{ matrix.v }}'")),
                [("ci.yml:image", f"x/{value}", f"x/{value}/Dockerfile")],
                id=f"the plain word {written}",
            )
            for written, value in (
                ("3.10", "3.1"),
                ("'3.10'", "3.10"),
                ("1_25", "1_25"),
                ("010", "10"),
                ("0x1F", "31"),
                ("0b11", "0b11"),
                ("1e3", "1000"),
                ("20240101", "20240101"),
                ("True", "true"),
                ("2024-01-01", "2024-01-01"),
            )
        ),
        pytest.param(
            workflow(_step("context: 2024_01")),
            [("ci.yml:image", "2024_01", "2024_01/Dockerfile")],
            id="a plain word of a step that is a number to Go alone",
        ),
        pytest.param(workflow(_step("context: svc") + ", if: false"), [], id="a step that never runs"),
        pytest.param(
            workflow(_step("context: svc")).replace("    steps:", "    if: ${{ false }}\n    steps:"),
            [],
            id="a job that never runs",
        ),
        pytest.param(
            workflow(_step("context: '${{ env.DIR }}/x'")).replace("jobs:", "env: {DIR: svc}\njobs:"),
            [("ci.yml:image", "svc/x", "svc/x/Dockerfile")],
            id="a variable of the workflow",
        ),
        pytest.param(
            turning(
                "{dir: [api]}", _step("context: '${{ env.DIR }}'"), more="    env: {DIR: 'svc/${{ matrix.dir }}'}\n"
            ),
            [("ci.yml:image", "svc/api", "svc/api/Dockerfile")],
            id="a variable of the job, by its matrix",
        ),
        pytest.param(
            workflow(_step("context: '${{ env.DIR }}'") + ", env: {DIR: svc}"),
            [("ci.yml:image", "svc", "svc/Dockerfile")],
            id="a variable of the step",
        ),
        pytest.param(
            workflow("run: 'echo DIR=x >> $GITHUB_ENV'", _step("context: '${{ env.DIR }}'")).replace(
                "jobs:", "env: {DIR: svc}\njobs:"
            ),
            [("ci.yml:image", "", None)],
            id="a variable that a script sets",
        ),
        *(
            pytest.param(
                workflow(f"run: '{script}'", _step("context: '${{ env.DIR }}'")).replace(
                    "jobs:", "env: {DIR: svc}\njobs:"
                ),
                [("ci.yml:image", *(("svc", "svc/Dockerfile") if is_known else ("", None)))],
                id=f"variables that are set by {script}",
            )
            for script, is_known in (
                ("cat ci/.env >> $GITHUB_ENV", False),
                ('echo "$NAME=x" >> $GITHUB_ENV', False),
                ("grep = x | tee -a $GITHUB_ENV", False),
                ('echo "SHA=$X" >> "$GITHUB_ENV"', True),
                ("if a; then echo SHA=x >> $GITHUB_ENV; fi", True),
                ('"SHA=x" >> $env:GITHUB_ENV', True),
            )
        ),
        pytest.param(
            turning("'${{ fromJSON(needs.plan.outputs.matrix) }}'", _step(_DIR)),
            [("ci.yml:image", "", None)],
            id="a matrix that another job makes",
        ),
        pytest.param(
            turning("{dir: '${{ fromJSON(needs.plan.outputs.dirs) }}', os: [a, b]}", _step(_DIR)),
            [("ci.yml:image", "", None)],
            id="a variable that another job makes",
        ),
        pytest.param(
            turning("{dir: [api]}", f"{CHECKOUT}, with: {{path: '${{{{ matrix.dir }}}}'}}", _step("context: api/svc")),
            [("ci.yml:image", "svc", "svc/Dockerfile")],
            id="the place of the checkout",
        ),
        pytest.param(
            turning("{dir: [api, web]}", "").replace("    steps:\n      - {}\n", "") + f"    uses: ./{CALLED}\n"
            "    with: {dir: '${{ matrix.dir }}'}\n",
            [
                ("ci.yml:image (api)/image", "api", "api/Dockerfile"),
                ("ci.yml:image (web)/image", "web", "web/Dockerfile"),
            ],
            id="a job that calls a workflow in each turn",
        ),
    ],
)
def test_a_job_builds_in_each_turn_of_its_matrix(
    inside: Path, text: str, builds: list[tuple[str, str, str | None]]
) -> None:
    make_tree(inside, {FILE: text, CALLED: called()})
    found = [build for build in declared(".") if not build.name.startswith("image.yml")]
    assert [(build.name, build.context, build.dockerfile) for build in found] == builds
    assert [bool(build.unknowns) for build in found] == [not context for _, context, _ in builds]


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param("context: '${{ env.PASSWORD }}'", id="context"),
        pytest.param("context: ., file: '${{ env.PASSWORD }}/D'", id="Dockerfile"),
        pytest.param("context: ., target: '${{ env.PASSWORD }}'", id="target"),
        pytest.param("context: ., platforms: '${{ env.PASSWORD }}'", id="platform"),
        pytest.param("context: ., build-args: 'A=${{ env.PASSWORD }}'", id="argument"),
        pytest.param("context: ., build-contexts: 'a=${{ env.PASSWORD }}'", id="further context"),
        pytest.param("context: '${{ matrix.x }}/${{ matrix.dir }}'", id="one by its look"),
        pytest.param("context: '${{ fromJSON(matrix.json).token }}'", id="one within JSON"),
    ],
)
def test_what_looks_like_a_secret_is_not_evaluated(inside: Path, inputs: str) -> None:
    token = f"ghp_{'16C7e42F292c6912E7710c838347Ae178B4a'}"
    matrix = f'{{x: [{token}], dir: [a, b], json: [\'{{"token": "hunter2Q"}}\']}}'
    make_tree(
        inside, {FILE: f"env: {{PASSWORD: hunter2Q}}\n{turning(matrix, _step(inputs))}", "Dockerfile": "FROM a\n"}
    )
    assert not any(secret in str(workflows(".")) for secret in ("hunter2Q", token))
    answer = command("--all", "--format", "json", cwd=inside)
    assert not any(secret in (answer.stdout + answer.stderr).decode() for secret in ("hunter2Q", token))


def test_an_input_that_looks_like_a_secret_is_not_evaluated(inside: Path) -> None:
    inputs = "inputs: {password: {type: string}}"
    text = called(_step("context: '${{ inputs.password }}/${{ github.sha }}'"), inputs)
    make_tree(inside, {FILE: calling("password: hunter2Q"), CALLED: text})
    assert "hunter2Q" not in str(workflows("."))


def test_an_argument_is_known_where_all_turns_give_the_same(inside: Path) -> None:
    step = """uses: docker/build-push-action@v6
        with:
          context: .
          platforms: ${{ matrix.platform }}
          build-args: |
            A=${{ matrix.base }}
            B=${{ matrix.version }}"""
    matrix = "{base: [x], version: [1, 2], platform: [linux/amd64, linux/arm64]}"
    make_tree(inside, {FILE: turning(matrix, "XX").replace("{XX}", step)})
    (build,) = declared(".")
    assert (build.name, build.build_args, build.platform) == ("ci.yml:image", {"A": "x", "B": None}, "linux/amd64")
    assert build.unknowns == ()


@pytest.mark.parametrize(
    ("dockerfile", "builds"),
    [
        pytest.param(
            "ARG V\nFROM base-${V}\n",
            [("ci.yml:image (a)", {"V": "1"}), ("ci.yml:image (b)", {"V": "2"})],
            id="a stage",
        ),
        pytest.param(
            "FROM scratch\nARG V\nCOPY \\\n  v-$V /\n",
            [("ci.yml:image (a)", {"V": "1"}), ("ci.yml:image (b)", {"V": "2"})],
            id="a source",
        ),
        pytest.param("ARG V\nFROM node:${V}\n", [("ci.yml:image", {"V": None})], id="a tag"),
        pytest.param("ARG V\nFROM node\nRUN make V=$V\n", [("ci.yml:image", {"V": None})], id="a command"),
    ],
)
def test_an_argument_that_decides_what_is_sent_is_a_build_for_each_value(
    inside: Path, dockerfile: str, builds: list[tuple[str, dict[str, str | None]]]
) -> None:
    step = _step("context: ., build-args: '${{ matrix.arguments }}'")
    text = turning("{include: [{n: a, arguments: V=1}, {n: b, arguments: V=2}]}", step)
    make_tree(inside, {FILE: text, "Dockerfile": dockerfile})
    assert [(build.name, build.build_args) for build in declared(".")] == builds


def test_a_call_of_another_repository_is_named_for_each_turn(inside: Path) -> None:
    job = f"    uses: {ELSEWHERE.format('ci')}\n    with: {{context: '${{{{ matrix.dir }}}}'}}\n"
    text = turning("{dir: [api, web]}", "").replace("    steps:\n      - {}\n", "") + job
    make_tree(inside, {FILE: text, "web/Dockerfile": "FROM scratch\n"})
    builds, _ = discover(".")
    assert [build.name for build in builds] == ["ci.yml:image (api)", "web/Dockerfile"]
    assert [unknown.what for unknown in builds[0].unknowns] == [
        f"what {ELSEWHERE.format('ci')} builds with context=api, as its file is not here"
    ]


def test_all_builds_of_a_tree_hold_those_of_a_matrix(inside: Path) -> None:
    dockerfile = "FROM scratch\nCOPY . /\n"
    text = turning("{dir: [api, web]}", CHECKOUT, _step(_DIR))
    make_tree(inside, {FILE: text, "api/Dockerfile": dockerfile, "web/Dockerfile": dockerfile})
    git(inside, "init", "-q")
    answer = command("--all", cwd=inside)
    assert (answer.returncode, answer.stderr.decode()) == (0, "")
    assert [build.name for build in discover(".")[0]] == ["ci.yml:image (api)", "ci.yml:image (web)"]


_MANY = f"[{', '.join(map(str, range(256)))}]"
_OFTEN = "${{ matrix.dir }}" * 50_000
_SETS = f"run: 'GITHUB_ENV {'y ' * 200_000}'"
_VARIABLES = "env:\n" + "".join(f"  V{n}: x\n" for n in range(40_000))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            turning(f"{{dir: {_MANY}}}", f'run: "{_OFTEN}"', _step(_DIR)),
            id="a long script in each turn",
        ),
        pytest.param(
            turning(f"{{dir: {_MANY}}}", CHECKOUT, f"run: docker build {'a ' * 400_000}", _step(_DIR)),
            id="a long command in each turn",
        ),
        pytest.param(
            workflow(_step("context: svc"), "run: 'GITHUB_ENV " + "y " * 200_000 + "'").replace(
                "jobs:", f"{_VARIABLES}jobs:"
            ),
            id="many variables, and a script that may set them",
        ),
        pytest.param(
            f"{_VARIABLES}{turning(f'{{dir: {_MANY}}}', _step(_DIR))}",
            id="many variables in each turn",
        ),
        pytest.param(
            turning(f"{{dir: {_MANY}, more: [[{'a, ' * 80_000}b]]}}", _step(_DIR)),
            id="a long value in each turn",
        ),
        pytest.param(
            workflow(_step('context: &x "' + "${{ github.sha }}" * 20_000 + '"'), *[_step("context: *x")] * 6_000),
            id="a long text in many steps",
        ),
    ],
)
def test_a_large_workflow_is_read_soon(inside: Path, text: str) -> None:
    make_tree(inside, {FILE: text})
    with processor_limit(6):
        found = workflows(".")
    assert all(len(unknown.what) < 500 for unknown in found.unknowns)


def test_of_more_turns_than_are_looked_at_the_rest_is_unknown(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctxaudit.builds.workflows._MOST_STEPS", 1)
    make_tree(inside, {FILE: turning("{dir: [a, b, c]}", _step(_DIR))})
    found = workflows(".")
    said = "what more combinations of the matrix of ci.yml:image build: more than 1 steps are taken"
    assert sorted(build.context for build in found.declared) == ["", "a", "b"]
    assert [unknown.what for unknown in found.unknowns] == [said]


@pytest.mark.parametrize(
    ("name", "inputs", "said"),
    [
        pytest.param("docker-build", "", "", id="by its name"),
        pytest.param("publish-image", "push: 'true'", "", id="an image that is published"),
        pytest.param(
            "ci", "context: web, dockerfile: web/D", " with context=web and dockerfile=web/D", id="by its inputs"
        ),
        pytest.param("ci", "docker_file: web/D", " with docker_file=web/D", id="a Dockerfile alone"),
        pytest.param("release", "build-context: '${{ matrix.x }}'", " with build-context=${{ matrix.x }}", id="any"),
    ],
)
def test_a_workflow_of_another_repository_is_named_as_unknown(inside: Path, name: str, inputs: str, said: str) -> None:
    uses = ELSEWHERE.format(name)
    make_tree(inside, {FILE: calling(inputs, uses=uses), "web/D": "FROM scratch\n"})
    builds, failures = discover(".")
    assert [(build.name, build.context) for build in builds] == [("ci.yml:a", "")]
    what = f"what {uses} builds{said}, as its file is not here"
    assert ([(unknown.what, unknown.where) for unknown in builds[0].unknowns], failures) == ([(what, f"{FILE}:3")], [])
    answer = command("--all", cwd=inside)
    assert (answer.returncode, what in " ".join(answer.stdout.decode().split())) == (0, True)


@pytest.mark.parametrize(
    ("inputs", "is_row", "is_of_root"),
    [
        pytest.param("context: web", False, False, id="the context of a build here"),
        pytest.param("context: ./web/", False, False, id="the same, spelt otherwise"),
        pytest.param("context: api", True, False, id="a context that no build here has"),
        pytest.param("context: ., dockerfile: web/D", True, True, id="the root"),
        pytest.param("dockerfile: web/D", False, True, id="no context"),
        pytest.param("context: web, dockerfile: deploy/D", True, False, id="another Dockerfile for a context"),
        pytest.param("context: web, dockerfile: web/Dockerfile", False, False, id="its Dockerfile from the root"),
        pytest.param("context: web, dockerfile: ./Dockerfile", False, False, id="its Dockerfile from the context"),
        pytest.param("context: '${{ matrix.x }}'", False, True, id="one that is not known"),
    ],
)
def test_what_another_repository_builds_is_a_row_where_no_build_here_has_its_context(
    inside: Path, inputs: str, is_row: bool, is_of_root: bool
) -> None:
    (inside / "ctxaudit.toml").write_text('max-size = "1MB"\n')
    files = {FILE: calling(inputs, uses=ELSEWHERE.format("ci")), "web/Dockerfile": "FROM scratch\n", "api/a": "1"}
    make_tree(inside, files)
    names = ["ci.yml:a", "web/Dockerfile"] if is_row else ["web/Dockerfile"]
    assert [build.name for build in discover(".")[0]] == names
    assert command("--all", "-q", cwd=inside).returncode == (2 if is_row else 0)
    assert len(workflows(".").unknowns) == is_of_root


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        pytest.param("lint", "path: web", id="another purpose"),
        pytest.param("docker-lint", "", id="a linter of Dockerfiles"),
        pytest.param("scan-images", "", id="a scanner of images"),
        pytest.param("release", "contexts: a, dockerfiles-changed: 'no'", id="other inputs"),
    ],
)
def test_a_workflow_of_another_repository_that_builds_no_image_is_not(inside: Path, name: str, inputs: str) -> None:
    make_tree(inside, {FILE: calling(inputs, uses=ELSEWHERE.format(name))})
    assert (declared("."), workflows(".").unknowns) == ((), ())


COUNTED = """
import sys
count = 0
def hook(event, args):
    global count
    count += event == "open" and str(args[0]).endswith("ci.yml")
sys.addaudithook(hook)
from ctxaudit.__main__ import main
main(sys.argv[1:])
sys.stderr.write(str(count))
"""


def test_the_workflows_are_read_once_for_all_contexts(inside: Path) -> None:
    counts = list[int]()
    for number in (2, 9):
        steps = (f"uses: {BUILD}@v6, with: {{context: a{each}}}" for each in range(number))
        contexts = {f"a{each}/Dockerfile": "FROM scratch\nCOPY . /\n" for each in range(number)}
        root = make_tree(inside / str(number), {**contexts, FILE: workflow(*steps)})
        git(root, "init", "-q")
        command_line = [sys.executable, "-c", COUNTED, "--all"]
        answer = subprocess.run(command_line, cwd=root, capture_output=True, check=True)
        assert answer.stdout.decode().count("/Dockerfile") == number
        counts.append(int(answer.stderr))
    assert counts[1] - counts[0] == 9 - 2  # each build looks for secrets in the file that declares it


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {FILE: workflow(_step("context: 'https://u:swordfish-4711@h.invalid/r.git#${{ github.ref }}'"))},
            id="an address with an expression",
        ),
        pytest.param(
            {
                FILE: calling("dir: password=swordfish-4711"),
                CALLED: called(_step("context: '${{ inputs.dir }}/${{ github.sha }}'")),
            },
            id="the input of a workflow here",
        ),
        pytest.param(
            {FILE: calling("password-context: swordfish-4711", uses=ELSEWHERE.format("ci"))},
            id="the input of a workflow of another repository",
        ),
    ],
)
def test_what_is_unknown_is_said_without_a_password(inside: Path, files: dict[str, str]) -> None:
    make_tree(inside, dict(files))
    answers = [command("--all", "--format", name, cwd=inside) for name in ("text", "json", "markdown", "html", "sarif")]
    every = b"".join(answer.stdout + answer.stderr for answer in [*answers, command("--all", "-v", cwd=inside)])
    assert (b"swordfish" in every, b"unknown" in every) == (False, True), every


_MADE = "run: make, if: matrix.made"


@pytest.mark.parametrize(
    ("text", "contexts"),
    [
        pytest.param(turning("{dir: [a, b]}", CHECKOUT, _step(_DIR)), ["a", "b"], id="in each turn"),
        pytest.param(
            turning("{made: [false]}", CHECKOUT, _MADE, _step("context: .")), ["."], id="a step that never runs"
        ),
        pytest.param(
            turning("{made: [true, false]}", CHECKOUT, _MADE, _step("context: .")),
            [],
            id="a step that runs in another turn",
        ),
        pytest.param(
            turning("{made: [true, false]}", CHECKOUT, _MADE, "run: docker build ."),
            [],
            id="a step that runs before a script in another turn",
        ),
        pytest.param(
            turning("{made: [true, false]}", CHECKOUT, _step("context: ."), _MADE, _step("context: .")),
            ["."],
            id="a step behind a build",
        ),
        pytest.param(workflow(CHECKOUT, "run: docker build ."), ["."], id="a script"),
        pytest.param(
            workflow(CHECKOUT, "run: docker build .").replace(
                "jobs:", "defaults: {run: {working-directory: svc}}\njobs:"
            ),
            [],
            id="a script in the directory of the workflow's defaults",
        ),
        pytest.param(
            turning(
                "{dir: [svc]}", CHECKOUT, "run: docker build .", more="    defaults: {run: {working-directory: svc}}\n"
            ),
            [],
            id="a script in the directory of the job's defaults",
        ),
        pytest.param(
            workflow(CHECKOUT, "run: docker build .").replace("    steps:", "    if: false\n    steps:"),
            [],
            id="a job that never runs",
        ),
    ],
)
def test_builds_straight_after_a_checkout(inside: Path, text: str, contexts: list[str]) -> None:
    make_tree(inside, {FILE: text})
    assert [build.context for build in from_checkout(".")] == contexts
