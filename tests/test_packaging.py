"""What is published: the distributions, the workflows that make them, and the image."""

from __future__ import annotations

import email
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

import ctxaudit
from support import PROJECT, here

PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (PROJECT / ".github/workflows").glob("*.yml")}
ACTION = (PROJECT / "action.yml").read_text()
GUIDE = (PROJECT / "ctxaudit/guides/ci.md").read_text()
PINNED = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}")
CONTAINER = ".github/image/Dockerfile"


def tracked(folder: str) -> set[str]:
    """The files that git has in a folder, and those that are to be added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", folder]
    listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {name for name in listed if (PROJECT / name).is_file()}


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_the_package_and_the_guides_and_nothing_else(wheel: Path) -> None:
    names = names_in(wheel)
    assert {name for name in names if name.startswith("ctxaudit/")} == tracked("ctxaudit")
    about = {name.partition("/")[2] for name in names if not name.startswith("ctxaudit/")}
    assert about == {
        *("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "data/share/man/man1/ctxaudit.1")
    }
    assert "ctxaudit/guides/rules.md" in names


def test_the_source_distribution_has_what_the_wheel_is_built_of(distributions: Path) -> None:
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    beside = {"pyproject.toml", "README.md", "LICENSE", ".ci/build_hook.py", ".gitignore", "PKG-INFO"}
    assert names == tracked("ctxaudit") | beside


def test_the_version_is_the_same_everywhere(wheel: Path) -> None:
    assert PYPROJECT["project"]["version"] == ctxaudit.__version__
    assert wheel.name == f"docker_ctxaudit-{ctxaudit.__version__}-py3-none-any.whl"


def test_the_wheel_says_what_it_is_and_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("/METADATA"))
        said = email.message_from_bytes(archive.read(name))
    assert (said["Name"], said["Requires-Python"], said["License-Expression"]) == ("docker-ctxaudit", ">=3.11", "MIT")
    assert said["Description-Content-Type"] == "text/markdown"
    needed = [one for one in said.get_all("Requires-Dist", []) if "extra ==" not in one]
    assert sorted(re.split(r"[<>=]", one)[0] for one in needed) == sorted(
        re.split(r"[<>=]", one)[0].lower() for one in PYPROJECT["project"]["dependencies"]
    )
    extras = {"bench", "browser", "ci", "fleet", "lsp", "parquet", "test", "watch"}
    assert set(said.get_all("Provides-Extra", [])) == extras


def test_the_wheel_has_two_commands_of_which_one_is_called_as_the_distribution(wheel: Path) -> None:
    """`uvx docker-ctxaudit` and `pipx run docker-ctxaudit` run the command of that name."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("/entry_points.txt"))
        said = archive.read(name).decode()
    assert said.split() == [
        *("[console_scripts]", "ctxaudit", "=", "ctxaudit.__main__:run"),
        *("docker-ctxaudit", "=", "ctxaudit.plugin:run"),
    ]


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_a_workflow_uses_only_what_is_pinned_and_gets_no_right_that_it_does_not_name(name: str) -> None:
    workflow = WORKFLOWS[name]
    assert [step["uses"] for step in steps(workflow) if "uses" in step and not PINNED.fullmatch(step["uses"])] == []
    assert workflow["permissions"] == {}
    rights = {job: sorted(found["permissions"].items()) for job, found in workflow["jobs"].items()}
    publish = {"publish": [("id-token", "write")]} if name == "release" else {}
    assert rights == {**{job: [("contents", "read")] for job in rights}, **publish}


def test_one_commit_of_an_action_is_used_everywhere() -> None:
    texts = [ACTION, GUIDE, *(path.read_text() for path in (PROJECT / ".github/workflows").glob("*.yml"))]
    pins: dict[str, set[str]] = {}
    for name, commit in re.findall(r"uses: (?!OWNER)([\w./-]+)@([0-9a-f]{40})", "\n".join(texts)):
        pins.setdefault(name, set()).add(commit)
    assert [name for name, commits in pins.items() if len(commits) > 1] == []


def test_continuous_integration_runs_everything_and_a_release_is_what_was_tested() -> None:
    runs = {name: "\n".join(step.get("run", "") for step in steps(found)) for name, found in WORKFLOWS.items()}
    assert set(runs) == {"ci", "release"}
    assert [name for name, text in runs.items() if ".ci/run" not in text or ".ci/package dist" not in text] == []
    assert f"docker build --tag ctxaudit --file {CONTAINER} ." in runs["ci"]
    publish = WORKFLOWS["release"]["jobs"]["publish"]
    assert (publish["needs"], publish["environment"]) == ("build", "pypi")
    assert publish["steps"][-1]["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert publish["steps"][-1]["with"] == {"attestations": True}


def test_the_context_of_the_image_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    # The tables of the search for secrets hold what begins one.
    answer = here(".", "--file", CONTAINER, "--check", "--fail-on", "warning", "--ignore", "secret-token-value")
    assert (answer.status, answer.stderr) == (0, "")
    assert answer.stdout.startswith(".github/image/Dockerfile.dockerignore: nothing to change.\n")


def test_the_image_is_built_of_what_the_wheel_is_built_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wheel: Path
) -> None:
    """Build the wheel of nothing but what is sent, which holds what the project's own wheel holds."""
    monkeypatch.chdir(PROJECT)
    sent = here("ls", ".", "--file", CONTAINER).stdout.splitlines()
    files = {name for name in sent if not name.endswith("/")}
    assert files == tracked("ctxaudit") | {"pyproject.toml", "README.md", "LICENSE", ".ci/build_hook.py"}
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, tmp_path / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert names_in(next((tmp_path / "dist").glob("*.whl"))) == names_in(wheel)
