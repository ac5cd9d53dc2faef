"""A command of docker's, pasted behind `ctxaudit`."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ctxaudit, make_tree

PROJECT = {"Dockerfile": "FROM scratch AS base\nCOPY a /\nFROM base\nCOPY b /\n", "a": "1", "b": "22", "out/keep": ""}

PASTED = {
    "a name": (["-t", "shop:1", "."], ["."]),
    "a name, in one word": (["-tshop:1", "--tag=shop:2", "."], ["."]),
    "flags": (["--no-cache", "--pull", "--push", "--load", "."], ["."]),
    "flags with a value": (["--pull=true", "--load=false", "--rm=0", "."], ["."]),
    "letters together": (["-Dt", "shop:1", "."], ["."]),
    "what is given to the builder": (
        ["--secret", "id=npm,src=.npmrc", "--ssh", "default", "--build-arg", "A=1", "."],
        ["--build-arg", "A=1", "."],
    ),
    "caches and labels": (["--cache-from", "type=gha", "--cache-to=type=gha,mode=max", "--label", "a=b", "."], ["."]),
    "attestations": (["--provenance=false", "--sbom", "true", "--attest", "type=sbom", "."], ["."]),
    "limits of the classic builder": (["-m", "2g", "-c", "2", "--cpuset-cpus", "0,1", "--squash", "."], ["."]),
    "an exporter": (["--output", "type=local,dest=out", "-o", "dest=x,type=tar", "."], ["."]),
    "a directory for the result": (["-o", "out", "."], ["."]),
    "the result to standard output": (["--output", "-", "."], ["."]),
    "the program, too": (["docker", "build", "-t", "x", "."], ["."]),
    "the builder of buildx": (["docker", "buildx", "build", "--platform", "linux/arm64", "."], ["."]),
    "another name of the command": (["docker", "image", "build", ".", "--progress", "plain"], ["."]),
    "a superuser's": (["sudo", "docker", "build", "--network=host", "."], ["."]),
    "with the time that it takes": (["time", "docker", "build", "."], ["."]),
    "with a variable": (["DOCKER_BUILDKIT=1", "docker", "build", "."], ["."]),
    "by the classic builder": (
        ["sudo", "env", "DOCKER_BUILDKIT=0", "docker", "build", "-t", "x", "."],
        ["--builder", "classic", "."],
    ),
    "by podman": (
        ["podman", "build", "--layers=false", "--jobs", "2", "--squash-all", "-t", "x", "."],
        ["--builder", "podman", "."],
    ),
    "with podman's format of an image": (
        ["podman", "build", "--format", "docker", "--format=oci", "-t", "x", "."],
        ["--builder", "podman", "."],
    ),
    "with the format of an image and of a report": (
        ["podman", "build", "--format=docker", "--format", "markdown", "."],
        ["--builder", "podman", "--format", "markdown", "."],
    ),
    "by buildah": (["buildah", "bud", "-t", "x", "."], ["--builder", "podman", "."]),
    "by podman, another builder asked": (["podman", "build", "--builder", "buildkit", "."], ["."]),
    "by nerdctl": (["nerdctl", "build", "-t", "x", "."], ["."]),
    "after the name of a command": (["audit", "docker", "build", "-t", "x", "."], ["."]),
    "what is built": (
        ["docker", "build", "--target", "base", "-f", "Dockerfile", "-t", "x", "."],
        ["--target", "base", "-f", "Dockerfile", "."],
    ),
    "of a list": (["ls", "docker", "build", "-t", "x", "--target", "base", "."], ["ls", "--target", "base", "."]),
    "of a path": (["why", "-t", "x", "--no-cache", "b"], ["why", "b"]),
}


@pytest.mark.parametrize(("pasted", "meant"), [pytest.param(*case, id=name) for name, case in PASTED.items()])
def test_a_build_command_is_the_build_that_it_names(tmp_path: Path, pasted: list[str], meant: list[str]) -> None:
    make_tree(tmp_path, PROJECT)
    answer, plain = ctxaudit(*pasted, cwd=tmp_path), ctxaudit(*meant, cwd=tmp_path)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, plain.stdout, plain.stderr)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Dockerfile", "a", "b", "out"]


REFUSED = {
    "a report without its format": (["-o", "report.json", "."], "--output report.json: write json=report.json."),
    "a report in Markdown without its format": (["-o", "a.md", "."], "--output a.md: write markdown=a.md."),
    "a format without its file": (["--output", "html", "."], "write FORMAT=FILE"),
    "compose builds": (
        ["docker", "compose", "build"],
        "docker compose builds what a file declares: ctxaudit --compose",
    ),
    "the older compose builds": (["docker-compose", "build"], "ctxaudit --compose FILE"),
    "podman's compose builds": (["podman-compose", "build"], "podman-compose builds what a file declares: ctxaudit"),
    "a container is started": (
        ["docker", "run", "--rm", "-it", "-v", ".:/app", "node:22"],
        "docker run builds nothing: write ctxaudit PATH, as for docker build.",
    ),
    "an image is pushed": (
        ["podman", "push", "shop"],
        "podman push builds nothing: write ctxaudit PATH, as for podman build.",
    ),
    "bake builds": (["docker", "buildx", "bake", "app"], "ctxaudit --bake FILE"),
    "bake builds by its short name": (["docker", "bake"], "docker bake builds what a file declares: ctxaudit --bake"),
    "no option of docker's": (["--no-cash", "."], "No such option '--no-cash'"),
    "a value of a flag that is none": (["--pull=never", "."], "Option '--pull' does not take a value"),
}


@pytest.mark.parametrize(("words", "said"), [pytest.param(*case, id=name) for name, case in REFUSED.items()])
def test_what_means_nothing_is_refused(tmp_path: Path, words: list[str], said: str) -> None:
    make_tree(tmp_path, PROJECT)
    answer = ctxaudit(*words, cwd=tmp_path)
    assert (answer.returncode, answer.stdout, said in " ".join(answer.stderr.decode().split())) == (2, b"", True)


def test_a_report_goes_to_the_file_that_a_form_of_our_own_names(tmp_path: Path) -> None:
    make_tree(tmp_path, PROJECT)
    assert ctxaudit("docker", "build", "-o", "json=report.json", ".", cwd=tmp_path).returncode == 0
    assert (tmp_path / "report.json").read_bytes().startswith(b"{")


@pytest.mark.parametrize("name", ["docker", "docker-compose", "podman-compose", "build", "sudo", "time", "a=b"])
def test_a_directory_may_be_called_as_a_word_of_a_command(tmp_path: Path, name: str) -> None:
    make_tree(tmp_path, {f"{name}/Dockerfile": "FROM scratch\nCOPY . /\n"})
    answer = ctxaudit(name, "--no-cache", "-f", f"{name}/Dockerfile", cwd=tmp_path)
    assert (answer.returncode, answer.stdout.decode().partition(",")[0]) == (0, f"{name}/Dockerfile: 22B in 1 file")


@pytest.mark.parametrize("name", ["build", "buildx", "image", "builder", "docker", "docker-compose"])
def test_a_directory_that_is_called_so_and_missing_is_an_error(tmp_path: Path, name: str) -> None:
    answer = ctxaudit(name, "--check", cwd=make_tree(tmp_path, PROJECT))
    assert (answer.returncode, f'path "{name}" not found' in answer.stderr.decode()) == (2, True)


@pytest.mark.parametrize("name", ["build", "image", "docker-compose"])
def test_a_path_of_another_context_may_be_called_so(tmp_path: Path, name: str) -> None:
    make_tree(tmp_path, {"web/Dockerfile": "FROM scratch\nCOPY . /\n", f"web/{name}": "1"})
    answer = ctxaudit("why", name, "--context", "web", cwd=tmp_path)
    assert (answer.returncode, answer.stdout.decode().splitlines()[0]) == (0, f"{name} is sent")


@pytest.mark.parametrize("command", ["audit", "ls", "why"])
def test_help_shows_no_option_that_changes_nothing(command: str) -> None:
    said = ctxaudit(command, "--help").stdout.decode()
    assert not [one for one in ("--no-cache", "--tag", "--iidfile", "--metadata-file") if one in said]
