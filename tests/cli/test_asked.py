"""What a report tells to run asks for the same builds again, and does nothing else."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hostile import NAMES

from ctxaudit.builds import only_name_builds, public
from ctxaudit.report import printable_name, words
from support import ctxaudit, make_tree

SECRET = "hunter2hunter2"
FILES = {
    "app/Dockerfile": "FROM scratch\nCOPY . /\n",
    "app/Dockerfile.dev": "FROM scratch AS base\nCOPY main.py /\nFROM scratch AS dev\nCOPY --from=lib . /lib\n",
    "app/main.py": "pass\n",
    "app/other.ignore": "main.py\n",
    "lib/a": "12345",
    "ls/Dockerfile": "FROM scratch\nCOPY . /\n",
    "my app/Dockerfile": "FROM scratch\nCOPY . /\n",
    "ctxaudit.toml": 'compose = ["compose.yaml"]\n',
    "compose.yaml": "services:\n  one:\n    build: app\n  two:\n    build: lib\n",
    "docker-bake.json": '{"target": {"default": {"context": "app", "dockerfile": "Dockerfile.dev", "target": "base"}}}',
    "lib/Dockerfile": "FROM scratch\nCOPY a /\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree(tmp_path_factory.mktemp("project"), dict(FILES))


def reported(project: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    said = ctxaudit(*arguments, "--format", "json", cwd=project, **environment)
    assert said.stderr == b""
    assert SECRET not in said.stdout.decode()
    return json.loads(said.stdout)


def asked(value: dict[str, Any]) -> list[str]:
    return [one["argument"] for one in value["arguments"]]


PLAIN = ("--no-config",)
DEV = ("app", "-f", "app/Dockerfile.dev", "--target", "dev", "--build-context", "lib=lib")
ONE = [
    pytest.param(("app",), {}, ["app"], id="a context"),
    pytest.param(("my app",), {}, ["my app"], id="a name with a blank"),
    pytest.param(("./ls",), {}, ["./ls"], id="a directory that is called as a command"),
    pytest.param(("audit", "ls"), {}, ["./ls"], id="the same after the command's name"),
    pytest.param(DEV, {}, list(DEV), id="a file, a stage and a named context"),
    pytest.param(("app", "--file=app/Dockerfile.dev"), {}, ["app", "-f", "app/Dockerfile.dev"], id="a long option"),
    pytest.param(
        ("app",), {"CTXAUDIT_FILE": "app/Dockerfile.dev"}, ["app", "-f", "app/Dockerfile.dev"], id="a variable"
    ),
    pytest.param(("app", "--build-arg", f"T={SECRET}"), {}, ["app", "--build-arg", "T"], id="no value of an argument"),
    pytest.param(
        ("app", "--builder", "classic", "--ignore-file", "app/other.ignore", "--top", "3", "-v"),
        {},
        ["app", "--ignore-file", "app/other.ignore", "--builder", "classic"],
        id="the builder and its ignore file, but not how much is shown",
    ),
    pytest.param(
        ("app", "--keep", "*.bin", "--always-ignore", "*.log", "--exclude", "x"),
        {},
        ["app", "--keep", "*.bin", "--always-ignore", "*.log"],
        id="what changes a proposal, but not what is reported",
    ),
]


@pytest.mark.parametrize(("arguments", "environment", "wanted"), ONE)
def test_one_build_is_asked_for_as_it_was(
    project: Path, arguments: tuple[str, ...], environment: dict[str, str], wanted: list[str]
) -> None:
    report = reported(project, *arguments, *PLAIN, **environment)
    assert [asked(report), *map(asked, report["targets"])] == [wanted] * (1 + len(report["targets"]))


BAKE = ("--bake", "docker-bake.json")
MANY = [
    pytest.param(
        ("--compose", "compose.yaml"),
        ["--compose", "compose.yaml"],
        [["--compose", "compose.yaml", "--service", name] for name in ("one", "two")],
        id="of compose",
    ),
    pytest.param(BAKE, list(BAKE), [[*BAKE, "--bake-target", "default"]], id="of bake"),
    pytest.param(
        (*BAKE, "--builder", "classic", "--build-arg", f"T={SECRET}"),
        [*("--build-arg", "T"), *("--builder", "classic"), *BAKE],
        [[*BAKE, "--bake-target", "default", "--build-arg", "T", "--builder", "classic"]],
        id="with what is said beside",
    ),
    pytest.param(
        ("--compose", "compose.yaml", "--keep", "*.bin"),
        ["--compose", "compose.yaml", "--keep", "*.bin"],
        [["--compose", "compose.yaml", "--service", name, "--keep", "*.bin"] for name in ("one", "two")],
        id="with what changes a proposal",
    ),
    pytest.param(
        ("--all", "lib"),
        ["lib", "--all"],
        [["lib"]],
        id="all below a directory",
    ),
]


@pytest.mark.parametrize(("arguments", "all_", "each"), MANY)
def test_builds_that_files_declare_are_asked_for_together_and_one_by_one(
    project: Path, arguments: tuple[str, ...], all_: list[str], each: list[list[str]]
) -> None:
    report = reported(project, *arguments, *PLAIN)
    assert asked(report) == all_
    assert [asked(target) for target in report["targets"]] == each


@pytest.mark.parametrize(("arguments", "all_", "each"), MANY)
def test_what_is_told_gives_the_same_figures(
    project: Path, arguments: tuple[str, ...], all_: list[str], each: list[list[str]]
) -> None:
    report = reported(project, *arguments, *PLAIN)
    assert reported(project, *all_, *PLAIN, T=SECRET)["targets"] == report["targets"]
    for target, words_ in zip(report["targets"], each, strict=True):
        (again,) = reported(project, *words_, *PLAIN, T=SECRET)["targets"]
        assert (again["sent"], again["permitted"]) == (target["sent"], target["permitted"])


def test_what_a_configuration_says_is_not_said_again(project: Path) -> None:
    report = reported(project)
    assert (asked(report), len(report["targets"])) == ([], 2)
    markdown = ctxaudit("--format", "markdown", cwd=project).stdout.decode()
    assert markdown.endswith("Locally: <code>ctxaudit</code></sub>\n")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_shell_takes_a_hostile_name_for_one_argument(name: str) -> None:
    for word in (name, f"$({name})", f"; {name}"):
        assert shlex.split(words.call((word,))) == ["ctxaudit", printable_name(word)]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        pytest.param([], True, id="nothing"),
        pytest.param(["a b; c"], True, id="a path, whatever it is called"),
        pytest.param(["--all", "--bake", "x", "--bake-print"], True, id="options that name builds"),
        pytest.param(["--target", "--write"], True, id="a value that looks like an option"),
        pytest.param(["--write"], False, id="an option that writes"),
        pytest.param([".", "--output", "json=x"], False, id="an option that writes a file"),
        pytest.param([".", "--output=json=x"], False, id="the same in one word"),
        pytest.param(["comment", "github"], False, id="two words"),
        pytest.param([".", "-f"], False, id="an option without its value"),
        pytest.param(["--"], False, id="the end of options"),
    ],
)
def test_arguments_only_name_builds(arguments: list[str], wanted: bool) -> None:
    assert only_name_builds(arguments) is wanted


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("https://u:p@h.test/r.git#x", "https://h.test/r.git#x", id="a user and a password"),
        pytest.param("lib=HTTPS://token@h.test/r.git", "lib=HTTPS://h.test/r.git", id="a token in a named context"),
        pytest.param("ssh://git@h.test/r.git", "ssh://git@h.test/r.git", id="the user of ssh, which is no secret"),
        pytest.param("a@b/c", "a@b/c", id="a path"),
    ],
)
def test_credentials_of_a_url_are_not_told(value: str, shown: str) -> None:
    assert public("--build-context", value) == shown
