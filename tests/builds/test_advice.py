"""What an error advises, in the words of the file that declares the build."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

CALLED = ".github/workflows/image.yml"
CALLING = f"jobs:\n  a:\n    uses: ./{CALLED}\n    with:\n      dir: gone\n"
WORKFLOW = "jobs:\n  b:\n    steps:\n      - {{uses: docker/build-push-action@v6, with: {{{}}}}}\n"
CI = ".github/workflows/ci.yml"


def compose(build: str) -> dict[str, str]:
    return {"compose.yaml": f"services:\n  a:\n    build: {build}\n"}


def advice(root: Path, *arguments: str) -> tuple[int, list[str]]:
    """The status, and what stands behind `fix:`, over the lines that it takes."""
    answer = ctxaudit(*arguments, cwd=root)
    said = re.findall(r"^ *fix: (.*(?:\n {4,}\S.*)*)", (answer.stdout + answer.stderr).decode(), re.MULTILINE)
    return answer.returncode, [" ".join(one.split()) for one in said]


@pytest.mark.parametrize(
    ("files", "arguments", "fix"),
    [
        pytest.param(
            {**compose("{context: app, dockerfile: app/Dockerfile}"), "app/Dockerfile": "FROM x\n"},
            ["--compose", "compose.yaml"],
            "`dockerfile` is relative to the context app: write Dockerfile",
            id="a service that names it from the project",
        ),
        pytest.param(
            {**compose("{context: app, dockerfile: D}"), "app/x": ""},
            ["--compose", "compose.yaml"],
            "`dockerfile` is relative to the context app: correct it, or make the file",
            id="a service that names none",
        ),
        pytest.param(
            {**compose("{context: app, dockerfile: ci/D}"), "ci/D": "FROM x\n", "app/x": ""},
            ["--compose", "compose.yaml"],
            "`dockerfile` is relative to the context app: correct it, or make the file",
            id="a service that names one outside of its context",
        ),
        pytest.param(
            compose("app"),
            ["--compose", "compose.yaml"],
            "correct `context` in compose.yaml, or make the directory",
            id="a service without its context",
        ),
        pytest.param(
            {
                "docker-bake.json": '{"target": {"default": {"context": "app", "dockerfile": "app/D"}}}',
                "app/D": "FROM x\n",
            },
            ["--bake", "docker-bake.json"],
            "`dockerfile` is relative to the context app: write D",
            id="a target that names it from where bake runs",
        ),
        pytest.param(
            {CI: WORKFLOW.format("context: build/front, file: D"), "build/front/D": "FROM x\n"},
            ["--all"],
            "`file` is relative to the repository, not to the context build/front: write build/front/D",
            id="a workflow that names it from the context",
        ),
        pytest.param(
            {CI: WORKFLOW.format("context: gone")},
            ["--all"],
            f"correct `context` in {CI}, or make the directory",
            id="a workflow without its context",
        ),
        pytest.param(
            {CI: CALLING, CALLED: "on: workflow_call\n" + WORKFLOW.format("context: '${{ inputs.dir }}'")},
            ["--all"],
            f"correct what is given in {CI}:5, or make the directory",
            id="a call of a workflow that gives the context",
        ),
        pytest.param(
            {CI: WORKFLOW.format("context: build/front, file: gone"), "build/front/x": ""},
            ["--all"],
            "`file` is relative to the repository, not to the context build/front: correct it, or make the file",
            id="a workflow that names none",
        ),
        pytest.param(
            {**compose("./vendor/laravel/sail/runtimes/8.4"), "composer.json": "{}"},
            ["--compose", "compose.yaml"],
            "run composer install first, which brings vendor",
            id="a context that composer brings",
        ),
        pytest.param(
            {**compose("./web/node_modules/x"), "web/package.json": "{}", "web/yarn.lock": ""},
            ["--compose", "compose.yaml"],
            "run yarn install first, which brings web/node_modules",
            id="a context that yarn brings",
        ),
        pytest.param(
            compose("./vendor/x"),
            ["--compose", "compose.yaml"],
            "run the package manager first, which brings vendor",
            id="a context of a package manager that is not known",
        ),
        pytest.param(
            {"go.mod": "module x\n"},
            ["vendor/x"],
            "run go mod vendor first, which brings vendor",
            id="on the command line",
        ),
        pytest.param(
            {"x": ""},
            ["-f", "D"],
            "name it with -f, relative to the working directory as for docker build",
            id="a Dockerfile of the command line",
        ),
        pytest.param(
            compose("."), ["-f", "compose.yaml"], "ctxaudit --compose compose.yaml", id="a compose file with -f"
        ),
        pytest.param(
            {"c/override.yml": "include: [x.yml]\n"},
            ["c/override.yml"],
            "ctxaudit --compose c/override.yml",
            id="a compose file as the context",
        ),
        pytest.param(
            {"docker-bake.hcl": 'target "a" {}\n'},
            ["-f", "docker-bake.hcl"],
            "ctxaudit --bake docker-bake.hcl",
            id="a bake file with -f",
        ),
        pytest.param(
            {"docker-bake.json": '{"target": {"a": {}}}'},
            ["ls", "-f", "docker-bake.json"],
            "ctxaudit --bake docker-bake.json",
            id="a bake file in JSON for ls",
        ),
    ],
)
def test_an_error_advises_what_helps_there(
    tmp_path: Path, files: dict[str, str | bytes | None], arguments: list[str], fix: str
) -> None:
    assert advice(make_tree(tmp_path, files), *arguments) == (2, [fix])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("build.yaml", "# syntax=example.org/frontend\nservices:\n", id="with a frontend of its own"),
        pytest.param("image.yml", "FROM scratch\nservices: x\n", id="with FROM"),
        pytest.param("Dockerfile.json", "FROM scratch\n", id="a Dockerfile of a name like that"),
    ],
)
def test_a_dockerfile_of_such_a_name_is_not_refused_as_a_compose_or_bake_file(
    tmp_path: Path, name: str, text: str
) -> None:
    answer = ctxaudit("-f", name, cwd=make_tree(tmp_path, {name: text}))
    assert b"not a Dockerfile" not in answer.stderr


@pytest.mark.parametrize(
    ("files", "tracked", "arguments", "by"),
    [
        pytest.param({"composer.json": "{}"}, [], ["--all"], "composer install", id="git ignores it"),
        pytest.param({"composer.json": "{}"}, [], ["vendor/x"], "composer install", id="on the command line"),
        pytest.param({"composer.json": "{}"}, None, ["--all"], "composer install", id="without git"),
        pytest.param({}, [], ["--all"], "a package manager", id="one that is not known"),
        pytest.param({"composer.json": "{}"}, ["vendor/x/a"], ["--all"], "", id="git tracks it"),
        pytest.param({}, None, ["--all"], "", id="neither a manifest nor git says so"),
    ],
)
def test_a_context_that_a_package_manager_brings_says_so(
    tmp_path: Path, files: dict[str, str], tracked: list[str] | None, arguments: list[str], by: str
) -> None:
    make_tree(tmp_path, {**compose("./vendor/x"), ".gitignore": "/vendor\n", **files})
    make_tree(
        tmp_path, {"vendor/x/Dockerfile": "FROM scratch\nCOPY a /\n", "vendor/x/a": "1", "vendor/x/log/b.log": ""}
    )
    if tracked is not None:
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "-f", "compose.yaml", *tracked)
    (target,) = json.loads(ctxaudit(*arguments, "--format", "json", cwd=tmp_path).stdout)["targets"]
    said = [one for one in target["unknowns"] if not one["what"].startswith("ONBUILD")]
    what = f"what other machines send: {by} brings vendor, in the version that it installs there"
    assert [(one["what"], one["where"]) for one in said] == [(what, "vendor/x")] * bool(by)
