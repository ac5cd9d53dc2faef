"""The action, the examples of the guide and the hooks: valid, without what zizmor finds, and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from forge_server import HEAD, TOKEN, Forge, served

from support import PROJECT, git, make_tree

GUIDE = (PROJECT / "ctxaudit/guides/ci.md").read_text()
EXAMPLE = re.compile(r"^<!-- file: (\S+) -->\n```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(EXAMPLE.findall(GUIDE))
SHORT = dict(EXAMPLE.findall((PROJECT / "README.md").read_text()))
ACTION = yaml.safe_load((PROJECT / "action.yml").read_text())
WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}")
SCHEMAS = {
    ".github/workflows/build-context.yml": "vendor.github-workflows",
    ".github/workflows/build-context-comment.yml": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
}
SAMPLE = {"Dockerfile": "FROM scratch\nCOPY . /\n", "main.py": "pass\n", ".dockerignore": ".git\n"}


def run(*command: str, cwd: Path = PROJECT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this virtual environment."""
    program = Path(sys.executable).parent / command[0]
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [os.fspath(program), *command[1:]],
        cwd=cwd,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "examples", dict(EXAMPLES))


def test_the_guide_has_every_example() -> None:
    assert list(EXAMPLES) == [*SCHEMAS, ".pre-commit-config.yaml"]


def test_the_examples_name_the_project_in_one_way_which_is_said_once() -> None:
    """As nothing is published, what stands for its place must be the same everywhere, and be told."""
    place = re.compile(r"OWNER/ctxaudit(?:@|\n    rev: \")0{40}\b")
    assert [len(place.findall(text)) for text in EXAMPLES.values()] == [1] * len(EXAMPLES)
    assert [text.count("OWNER") for text in EXAMPLES.values()] == [1] * len(EXAMPLES)
    assert [name for name, text in EXAMPLES.items() if "docker-ctxaudit" in text] == []
    assert GUIDE.count("`OWNER` is whoever hosts the repository") == 1


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_an_example_is_valid(examples: Path, name: str, schema: str) -> None:
    checked = run("check-jsonschema", "--builtin-schema", schema, os.fspath(examples / name))
    assert (checked.returncode, checked.stdout) == (0, "ok -- validation done\n")


def test_the_short_example_of_the_readme_is_valid_and_zizmor_finds_nothing(tmp_path: Path) -> None:
    ((name, text),) = SHORT.items()
    file = os.fspath(make_tree(tmp_path, {name: text}) / name)
    checked = run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", file)
    found = run("zizmor", "--offline", "--no-progress", "--format", "json", file)
    assert (checked.returncode, found.returncode, json.loads(found.stdout)) == (0, 0, [])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def test_a_workflow_of_the_project_is_valid(workflow: Path) -> None:
    checked = run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", os.fspath(workflow))
    assert (checked.returncode, checked.stdout) == (0, "ok -- validation done\n")


def test_the_action_is_valid() -> None:
    checked = run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    assert (checked.returncode, checked.stdout) == (0, "ok -- validation done\n")


def test_zizmor_finds_nothing(examples: Path) -> None:
    names = [os.fspath(examples / name) for name in SCHEMAS if name.startswith(".github/")]
    names += [os.fspath(path) for path in (PROJECT / "action.yml", *WORKFLOWS)]
    found = run("zizmor", "--offline", "--no-progress", "--format", "json", *names)
    assert (found.returncode, json.loads(found.stdout)) == (0, [])


def test_whatever_is_used_is_pinned_and_no_input_stands_in_a_script() -> None:
    steps = ACTION["runs"]["steps"]
    assert [step["uses"] for step in steps if "uses" in step and not PINNED.fullmatch(step["uses"])] == []
    assert [step["name"] for step in steps if "${{" in step.get("run", "")] == []


def test_every_input_and_output_of_the_action_is_used() -> None:
    text = json.dumps(ACTION["runs"])
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []
    assert list(ACTION["outputs"]) == ["bytes", "delta-bytes", "result", "report"]


def test_the_hooks_and_their_example_are_valid(examples: Path) -> None:
    assert run("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml").returncode == 0
    assert run("pre-commit", "validate-config", os.fspath(examples / ".pre-commit-config.yaml")).returncode == 0


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project as it stands, committed in a repository of its own."""
    root = tmp_path_factory.mktemp("clone") / "ctxaudit"
    left = shutil.ignore_patterns(".git", ".venv*", ".*_cache", "__pycache__", "sample_repos", "tests")
    shutil.copytree(PROJECT, root, ignore=left)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "all")
    return root


@pytest.fixture
def branch(tmp_path: Path) -> Path:
    """A repository whose branch adds a secret; its base is fetched, as a checkout of a pull request has it."""
    root = make_tree(tmp_path / "branch", dict(SAMPLE))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    make_tree(root, {".env": "PASSWORD=hunter2hunter2\n"})
    git(root, "add", "-fA")
    git(root, "commit", "-qm", "head")
    return root


def test_the_hooks_run_from_a_local_clone(clone: Path, branch: Path, tmp_path: Path) -> None:
    home = {"PRE_COMMIT_HOME": os.fspath(tmp_path / "home")}
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, capture_output=True, text=True, check=True)
    hooks = [{"id": "ctxaudit"}, {"id": "ctxaudit-fix"}]
    config = {"repos": [{"repo": os.fspath(clone), "rev": head.stdout.strip(), "hooks": hooks}]}
    make_tree(
        branch, {".pre-commit-config.yaml": json.dumps(config), ".gitignore": "*.pyc\n", "__pycache__/a.pyc": "x"}
    )
    git(branch, "add", "-A")
    runs = [run("pre-commit", "run", "--all-files", cwd=branch, **home) for _ in range(2)]
    ignore = branch / ".dockerignore"
    ignore.write_text(f".env\n{ignore.read_text()}")
    runs.append(run("pre-commit", "run", "--all-files", cwd=branch, **home))
    assert [one.returncode for one in runs] == [1, 1, 0], runs
    assert [re.findall(r"(Passed|Failed)$", one.stdout, re.MULTILINE) for one in runs] == [
        ["Failed", "Failed"],
        ["Failed", "Passed"],  # what git tracks is not proposed to go, and a secret that is sent is an error
        ["Passed", "Passed"],
    ]
    assert ["error[secret-dotenv] Dockerfile:2: .env is 24B" in one.stdout for one in runs] == [True, True, False]
    assert "__pycache__\n" in ignore.read_text()


def outputs(text: str) -> dict[str, str]:
    """What a file of outputs says; each value stands between delimiters of its own."""
    found = re.findall(r"^(\S+)<<([0-9a-f]{32})\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    assert len({end for _, end, _ in found}) == len(found)
    return {name: value for name, _, value in found}


def step(name: str, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one step of the action as a runner does."""
    (script,) = (one["run"] for one in ACTION["runs"]["steps"] if one["name"] == name)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def inputs_of(name: str) -> set[str]:
    """The variables that a step gets."""
    (found,) = (one["env"] for one in ACTION["runs"]["steps"] if one["name"] == name)
    return set(found)


def test_the_steps_of_the_action_audit_comment_and_fail(clone: Path, branch: Path, tmp_path: Path) -> None:
    event = {"pull_request": {"number": 7, "head": {"sha": HEAD}}}
    folder = make_tree(tmp_path / "runner", {"output": "", "summary.md": "", "event.json": json.dumps(event)})
    runner = {
        "RUNNER_TEMP": os.fspath(folder),
        "GITHUB_ACTION_PATH": os.fspath(clone),
        "GITHUB_EVENT_PATH": os.fspath(folder / "event.json"),
        "GITHUB_OUTPUT": os.fspath(folder / "output"),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_STEP_SUMMARY": os.fspath(folder / "summary.md"),
    }
    asked = {
        "AUDITED": ".",
        "ANNOTATIONS": "true",
        "SUMMARY": "true",
        "CTXAUDIT_ALL": "",
        "CTXAUDIT_FILE": "",
        "CTXAUDIT_BASE": "origin/main",
        "CTXAUDIT_FAIL_ON": "",
        "CTXAUDIT_MAX_SIZE": "1kB",
        "CTXAUDIT_MAX_GROWTH": "10%",
    }
    assert inputs_of("Audit") == set(asked)
    assert step("Install ctxaudit", branch, runner).returncode == 0
    audit = step("Audit", branch, {**runner, **asked})
    assert (audit.returncode, audit.stderr) == (0, "")
    assert audit.stdout.startswith("::error file=Dockerfile,line=2,title=")
    given = outputs((folder / "output").read_text())
    size = sum(len((branch / name).read_bytes()) for name in (*SAMPLE, ".env"))
    assert given == {
        "status": "1",
        "result": "failed",
        "bytes": str(size),
        "delta-bytes": "24",
        "report": given["report"],
        "sarif": given["report"].replace(".json", ".sarif"),
    }
    assert Path(given["report"]).parent.parent == folder
    assert json.loads(Path(given["report"]).read_text())["targets"][0]["gate"]["verdict"] == "failed"
    assert json.loads(Path(given["sarif"]).read_text())["version"] == "2.1.0"
    assert (folder / "summary.md").read_text().startswith("### Build context: ")
    with served(Forge()) as forge:
        commenting = {"CTXAUDIT_COMMENT_KEY": "k", "GITHUB_TOKEN": TOKEN, "REPORT": given["report"], "SUMMARY": "true"}
        assert inputs_of("Comment") == set(commenting)
        comment = step("Comment", branch, {**runner, **commenting, "GITHUB_API_URL": forge.url})
    assert comment.stdout == "comment created\n"
    assert forge.ours[0].startswith("<!-- ctxaudit:report v1 key=k -->\n### Build context: ")
    assert step("Result", branch, {"STATUS": given["status"]}).returncode == 1
    files = [path.read_text() for path in folder.iterdir() if path.is_file()]
    assert [text for text in (audit.stdout, comment.stdout, comment.stderr, *files) if TOKEN in text] == []


# Each is imported, or run, by a step that takes it from the workspace.
TRAPS = (
    *("venv", "json", "os", "secrets", "sitecustomize", "usercustomize", "pip", "ctxaudit", "click", "re2", "yaml"),
    *("tempfile", "subprocess", "tomllib", "hmac", "random", "typing", "jinja2", "git", "google", "pkg_resources"),
    *("setup", "conftest", "http", "ssl", "urllib", "jsonschema", "hatchling", "ensurepip", "encodings"),
)
PROGRAMS = ("git", "python", "python3", "pip", "ctxaudit", "docker", "ssh", "curl", "mktemp", "cat", "node", "env")


@pytest.fixture
def trapped(branch: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A workspace full of what would run where a step takes it for its own, and the file that such a one makes."""
    ran = tmp_path / "ran"
    module = f"import pathlib\npathlib.Path({os.fspath(ran)!r}).touch()\n"
    backend = '[build-system]\nrequires = []\nbuild-backend = "venv"\nbackend-path = ["."]\n'
    make_tree(branch, {f"{name}.py": module for name in TRAPS} | {"trap.pth": module})
    make_tree(branch, dict.fromkeys(PROGRAMS, f"#!/bin/sh\ntouch {ran}\n"))
    make_tree(branch, {".bashrc": f"touch {ran}\n", "pyvenv.cfg": "home = .\n", "pyproject.toml": backend})
    make_tree(branch, dict.fromkeys(("pip.conf", ".pip/pip.conf"), "[global]\nindex-url = http://127.0.0.1:1/\n"))
    make_tree(branch, {"setup.cfg": "[global]\nindex-url = http://127.0.0.1:1/\n", ".gitattributes": "* filter=trap\n"})
    make_tree(branch, {"requirements.txt": "-e .\n", ".python-version": "9.9\n", ".netrc": "machine h login u\n"})
    hooks = ("post-checkout", "pre-commit", "post-index-change", "reference-transaction", "fsmonitor-watchman")
    make_tree(branch, {f".git/hooks/{name}": f"#!/bin/sh\ntouch {ran}\n" for name in hooks})
    keys = (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "diff.external",
        "filter.trap.clean",
        "filter.trap.smudge",
    )
    for key in (*keys, "credential.helper", "core.editor", "uploadpack.packObjectsHook", "filter.trap.process"):
        git(branch, "config", key, f"touch {ran}")
    for name in (*PROGRAMS, *(f".git/hooks/{name}" for name in hooks)):
        (branch / name).chmod(0o755)
    ran.unlink(missing_ok=True)
    return branch, ran


@pytest.fixture
def runner(clone: Path, tmp_path: Path) -> dict[str, str]:
    """The variables of a job whose own ones lead into the workspace, too."""
    event = {"pull_request": {"number": 7, "head": {"sha": HEAD}}}
    folder = make_tree(tmp_path / "runner", {"output": "", "summary.md": "", "event.json": json.dumps(event)})
    return {
        "RUNNER_TEMP": os.fspath(folder),
        "GITHUB_ACTION_PATH": os.fspath(clone),
        "GITHUB_EVENT_PATH": os.fspath(folder / "event.json"),
        "GITHUB_OUTPUT": os.fspath(folder / "output"),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_STEP_SUMMARY": os.fspath(folder / "summary.md"),
        "PYTHONPATH": ".",
        "PATH": f"{os.environ['PATH']}:.",
    }


def test_the_steps_of_the_action_run_nothing_of_the_checkout(
    trapped: tuple[Path, Path], runner: dict[str, str]
) -> None:
    workspace, ran = trapped
    installed = step("Install ctxaudit", workspace, runner)
    asked = {**dict.fromkeys(inputs_of("Audit"), ""), "AUDITED": ".", "SUMMARY": "true", "ANNOTATIONS": "true"}
    # The workspace comes first: what a step looks for by its name is a trap.
    audit = step("Audit", workspace, {**runner, **asked, "PATH": f".:{os.environ['PATH']}"})
    given = outputs(Path(runner["GITHUB_OUTPUT"]).read_text())
    with served(Forge()) as forge:
        inputs = {"CTXAUDIT_COMMENT_KEY": "", "GITHUB_TOKEN": TOKEN, "REPORT": given["report"], "SUMMARY": ""}
        assert inputs_of("Comment") == set(inputs)
        variables = {**runner, **inputs, "GITHUB_API_URL": forge.url, "PATH": f".:{os.environ['PATH']}"}
        comment = step("Comment", workspace, variables)
    result = step("Result", workspace, {**runner, "STATUS": given["status"]})
    statuses = [one.returncode for one in (installed, audit, comment, result)]
    assert (statuses, given["result"], ran.exists()) == ([0, 0, 0, 1], "failed", False), (audit, comment)
    assert (comment.stdout, len(forge.ours)) == ("comment created\n", 1)


@pytest.fixture(scope="module")
def installed(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of a runner in which the action is installed."""
    folder = tmp_path_factory.mktemp("installed")
    variables = {"RUNNER_TEMP": os.fspath(folder), "GITHUB_ACTION_PATH": os.fspath(clone)}
    assert step("Install ctxaudit", folder, variables).returncode == 0
    return folder


HOSTILE = (
    *("$(touch {})", "`touch {}`", '"; touch {}; "', "'; touch {}; '", "a\ntouch {}", "a\n::set-output name=x::y"),
    *("--output=text={}", "--config={}", "-v", "$'\\ntouch {}'", "x[$(touch {})]", "../../..", "a\rtouch {}"),
)


@pytest.mark.parametrize("value", HOSTILE)
def test_an_input_of_the_action_is_no_command(
    installed: Path, branch: Path, runner: dict[str, str], tmp_path: Path, value: str
) -> None:
    """A value reaches the script of a step by a variable alone, and stays one word."""
    given, ran = value.replace("{}", os.fspath(tmp_path / "ran")), tmp_path / "ran"
    variables = {**runner, "RUNNER_TEMP": os.fspath(installed)}
    usual = {"SUMMARY": "true", "ANNOTATIONS": "true"}
    for name in ("Audit", "Comment"):
        answer = step(name, branch, {**variables, **dict.fromkeys(inputs_of(name), given), **usual})
        lines = (answer.stdout + answer.stderr).splitlines()
        assert (ran.exists(), [line for line in lines if line.startswith("::set-output")]) == (False, []), name
    said = outputs(Path(runner["GITHUB_OUTPUT"]).read_text())
    assert set(said) <= {"status", "result", "bytes", "delta-bytes", "report", "sarif"}
