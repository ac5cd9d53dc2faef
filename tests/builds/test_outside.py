"""Files of a tree that lead to what is not its project's: no line of theirs is shown, and no device is read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

SECRET = "swordfish-4711"
OUTSIDE = {
    "private.txt": f"{SECRET}[\n",
    "proj/a": "1",
    "proj/node_modules/x/package.json": "{}",
    "proj/package.json": "{}",
}
COPY_ALL = "FROM scratch\nCOPY . .\n"
TARGETS = [
    pytest.param("../private.txt", id="to a file beside the repository"),
    pytest.param("/proc/self/environ", id="to the environment"),
    pytest.param("/dev/zero", id="to endless zeros"),
    pytest.param(".git/config", id="to git's own configuration"),
]
READERS = [
    pytest.param([], id="the audit"),
    pytest.param(["--builder", "classic"], id="the classic builder"),
    pytest.param(["--diff"], id="a proposal"),
    pytest.param(["--builder", "classic", "--diff", "--rewrite"], id="a proposal for the classic builder"),
    pytest.param(["--all", "--format", "markdown"], id="every build"),
    pytest.param(["--format", "json"], id="a report"),
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("arguments", READERS)
@pytest.mark.parametrize(
    "name", ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore", "compose.yaml", "docker-bake.hcl"]
)
def test_no_line_of_a_file_outside_is_shown(tmp_path: Path, name: str, target: str, arguments: list[str]) -> None:
    proj = make_tree(tmp_path, {**OUTSIDE, "proj/Dockerfile": COPY_ALL}) / "proj"
    git(proj, "init", "-q")
    git(proj, "config", "http.extraheader", f"AUTHORIZATION {SECRET}")
    (proj / name).unlink(missing_ok=True)
    (proj / name).symlink_to(target)
    answer = ctxaudit(".", *arguments, cwd=proj, DEPLOY_TOKEN=SECRET)
    assert SECRET.encode() not in answer.stdout + answer.stderr
    assert b"Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("link", "target", "arguments", "said"),
    [
        pytest.param(
            "Dockerfile",
            "../private.txt",
            ["--builder", "classic"],
            "failed to read dockerfile: open Dockerfile: it leads out of the context and the repository\n"
            "  fix: name the file behind it with -f, or put a copy in its place\n",
            id="a Dockerfile",
        ),
        pytest.param(
            ".dockerignore",
            "../private.txt",
            ["--builder", "classic"],
            ".dockerignore: error reading .dockerignore: it leads out of the context and the repository\n"
            "  fix: put a copy in its place\n",
            id="an ignore file",
        ),
        pytest.param(
            ".dockerignore",
            ".git/config",
            [],
            ".dockerignore: error reading .dockerignore: it leads out of the context and the repository\n"
            "  fix: put a copy in its place\n",
            id="an ignore file in git's own directory",
        ),
        pytest.param(
            "compose.yaml",
            "../private.txt",
            ["--compose", "compose.yaml"],
            "open compose.yaml: no such file, or not a readable regular file\n"
            "  fix: name a compose file that can be read\n",
            id="a compose file",
        ),
    ],
)
def test_what_leads_out_of_the_repository_is_refused(
    tmp_path: Path, link: str, target: str, arguments: list[str], said: str
) -> None:
    proj = make_tree(tmp_path, {**OUTSIDE, "proj/Dockerfile": COPY_ALL}) / "proj"
    git(proj, "init", "-q")
    (proj / link).unlink(missing_ok=True)
    (proj / link).symlink_to(target)
    answer = ctxaudit(*arguments, cwd=proj)
    assert (answer.returncode, answer.stdout, answer.stderr.decode()) == (2, b"", f"error: {said}")


def test_a_link_inside_the_repository_is_followed(tmp_path: Path) -> None:
    make_tree(tmp_path, {"shared/ignore": "b\n", "proj/Dockerfile": COPY_ALL, "proj/a": "1", "proj/b": "1"})
    git(tmp_path, "init", "-q")
    (tmp_path / "proj/.dockerignore").symlink_to("../shared/ignore")
    answer = ctxaudit("ls", "--builder", "classic", cwd=tmp_path / "proj")
    assert (answer.returncode, answer.stdout) == (0, b".dockerignore\nDockerfile\na\n")


@pytest.mark.parametrize("builder", ["buildkit", "podman", "classic"])
def test_the_ignore_file_of_a_dockerfile_that_the_command_names_counts_and_links_nowhere(
    tmp_path: Path, builder: str
) -> None:
    """Docker reads it beside the Dockerfile wherever that is; a line of it is quoted, none of what it links to."""
    proj = make_tree(tmp_path, {**OUTSIDE, "other/x.Dockerfile": COPY_ALL}) / "proj"
    arguments = ["-f", "../other/x.Dockerfile", "--builder", builder]
    own = tmp_path / "other/x.Dockerfile.dockerignore"
    own.write_text("a[\n")
    said = ctxaudit(*arguments, cwd=proj).stderr.decode()
    own_counts = builder != "classic"
    assert ('other/x.Dockerfile.dockerignore:1: syntax error in pattern "a["\n    a[\n' in said) == own_counts
    own.unlink()
    own.symlink_to("../private.txt")
    answer = ctxaudit(*arguments, "--format", "json", cwd=proj)
    assert SECRET.encode() not in answer.stdout + answer.stderr


@pytest.mark.parametrize("name", ["secret", "token", "my-password"])
def test_a_line_of_a_file_is_not_taken_for_a_secret(tmp_path: Path, name: str) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, name: "a\nb[\n"})
    said = ctxaudit("--ignore-file", name, cwd=tmp_path).stderr.decode()
    assert said.startswith(f'error: {name}:2: syntax error in pattern "b["')


def test_a_dockerfile_named_in_the_command_may_be_anywhere(tmp_path: Path) -> None:
    make_tree(
        tmp_path, {"x.Dockerfile": "FROM scratch\nCOPY a .\n", "proj/.git/HEAD": "", "proj/a": "1", "proj/b": "1"}
    )
    assert ctxaudit("ls", "-f", "../x.Dockerfile", cwd=tmp_path / "proj").stdout == b"a\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param(
            "Dockerfile",
            "failed to read dockerfile: open Dockerfile: it leads out of the context and the repository\n"
            "  fix: make it a readable regular file",
            id="a Dockerfile",
        ),
        pytest.param(
            "compose.yaml",
            "open compose.yaml: no such file, or not a readable regular file\n"
            "  fix: name a compose file that can be read",
            id="a compose file",
        ),
        pytest.param(
            "docker-bake.hcl",
            "open docker-bake.hcl: no such file, or not a readable regular file\n  fix: name it with --bake",
            id="a bake file",
        ),
    ],
)
@pytest.mark.parametrize(
    "target", ["../private.txt", "../none", ".."], ids=["to a file", "to nothing", "to a directory"]
)
def test_what_is_outside_changes_nothing_of_what_is_said(tmp_path: Path, name: str, said: str, target: str) -> None:
    proj = make_tree(tmp_path, OUTSIDE) / "proj"
    git(proj, "init", "-q")
    (proj / name).symlink_to(target)
    report = json.loads(ctxaudit("--all", ".", "--format", "json", cwd=proj).stdout)
    assert report["targets"] == []
    assert report["failures"] == [{"name": name, "declared": {"file": name, "line": 1}, "error": said}]


@pytest.mark.parametrize(
    "dockerfile", ["../../private.txt", "/proc/self/environ", "link"], ids=["above", "the environment", "a link"]
)
def test_a_declared_dockerfile_outside_is_refused(tmp_path: Path, dockerfile: str) -> None:
    compose = f"services:\n  web:\n    build: {{context: ., dockerfile: {dockerfile}}}\n"
    make_tree(tmp_path, {"private.txt": SECRET, "repo/.git/HEAD": "", "repo/proj/compose.yaml": compose})
    (tmp_path / "repo/proj/link").symlink_to("../../private.txt")
    answer = ctxaudit("--compose", "compose.yaml", cwd=tmp_path / "repo/proj", DEPLOY_TOKEN=SECRET)
    assert (answer.returncode, SECRET.encode() in answer.stdout + answer.stderr) == (2, False)
    assert "it leads out of the context and the repository" in " ".join(
        (answer.stdout + answer.stderr).decode().split()
    )


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore", "Dockerfile.dockerignore"])
@pytest.mark.parametrize("arguments", [[], ["--diff"], ["ls"]], ids=["audit", "proposal", "list"])
def test_a_file_larger_than_the_limit_is_refused_by_its_size(tmp_path: Path, name: str, arguments: list[str]) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "a": "1"})
    (tmp_path / name).touch()
    os.truncate(tmp_path / name, 4 << 30)
    answer = ctxaudit(*arguments, cwd=tmp_path)
    assert (answer.returncode, answer.stdout, answer.stderr.decode()) == (
        2,
        b"",
        f"error: {name}: it is larger than 16,777,216 bytes, the limit of what is read\n",
    )


def test_a_compose_file_of_too_many_services_is_refused(tmp_path: Path) -> None:
    services = "".join(f"  s{number}: {{build: .}}\n" for number in range(10_001))
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "compose.yaml": f"services:\n{services}"})
    answer = ctxaudit("--compose", "compose.yaml", cwd=tmp_path)
    assert (answer.returncode, answer.stderr.decode()) == (
        2,
        "error: compose.yaml: it has 10,001 services, more than the limit of 10,000\n  fix: divide the file\n",
    )


LEADING = [
    pytest.param("include: [{file}]\n{web}", id="an include"),
    pytest.param("include:\n  - path: base.yaml\n    env_file: {file}\n{web}", id="the variables of an include"),
    pytest.param("{web}    extends: {{file: {file}, service: a}}\n", id="a base"),
]
OUTSIDE_FILES = [
    pytest.param("../../private.yaml", id="above the repository"),
    pytest.param("link", id="a link"),
    pytest.param("/proc/self/environ", id="the environment"),
    pytest.param("../.git/config", id="git's own configuration"),
]
WEB = "services:\n  web:\n    build: .\n"


def leading(root: Path, compose: str, file: str) -> Path:
    files = {
        "private.yaml": f"services:\n  a:\n    build: {{context: ., target: {SECRET}}}\nX: [\n",
        "repo/.git/HEAD": "",
        "repo/.git/config": SECRET,
        "repo/proj/Dockerfile": COPY_ALL,
        "repo/proj/base.yaml": "services: {}\n",
        "repo/proj/compose.yaml": compose.format(file=file, web=WEB),
        "repo/proj/ctxaudit.toml": 'compose = ["compose.yaml"]\n',
    }
    proj = make_tree(root, files) / "repo/proj"
    (proj / "link").symlink_to("../../private.yaml")
    return proj


@pytest.mark.parametrize("file", OUTSIDE_FILES)
@pytest.mark.parametrize("compose", LEADING)
@pytest.mark.parametrize("arguments", [[], ["--no-config", "--all"]], ids=["configured", "found"])
def test_a_compose_file_that_nobody_named_leads_to_nothing_outside(
    tmp_path: Path, compose: str, file: str, arguments: list[str]
) -> None:
    proj = leading(tmp_path, compose, file)
    answer = ctxaudit(*arguments, cwd=proj, columns=200, DEPLOY_TOKEN=SECRET)
    line = next(n for n, text in enumerate((proj / "compose.yaml").read_text().split("\n"), 1) if file in text)
    said = (answer.stdout + answer.stderr).decode()
    assert (answer.returncode, SECRET in said) == (2, False)
    assert f"compose.yaml:{line}: {file} leads out of the repository" in said


def test_the_variables_of_a_compose_file_that_nobody_named_are_in_its_repository(tmp_path: Path) -> None:
    proj = leading(tmp_path, "{web}", "")
    (proj / ".env").symlink_to("/proc/self/environ")
    answer = ctxaudit(cwd=proj, DEPLOY_TOKEN=SECRET)
    assert (answer.returncode, SECRET.encode() in answer.stdout + answer.stderr) == (2, False)
    assert answer.stderr.startswith(b"error: .env:1: .env leads out of the repository\n")


def test_a_compose_file_that_the_command_names_may_include_what_is_anywhere(tmp_path: Path) -> None:
    other = "services:\n  a:\n    build: ../repo/proj\n"
    make_tree(tmp_path, {"other/x.yaml": other, "repo/.git/HEAD": "", "repo/proj/Dockerfile": COPY_ALL})
    proj = make_tree(tmp_path / "repo/proj", {"compose.yaml": "include: [../../other/x.yaml]\n"})
    answer = ctxaudit("--compose", "compose.yaml", cwd=proj)
    assert (answer.returncode, answer.stdout.startswith(b"a: ")) == (0, True)


@pytest.mark.parametrize("text", [f"machine h login {SECRET}\n", f"FROM scratch\nEVN {SECRET}\n"])
@pytest.mark.parametrize("way", ["compose.yaml", "docker-bake.json"])
def test_no_error_quotes_a_dockerfile_of_a_context_outside(tmp_path: Path, way: str, text: str) -> None:
    """A compose file may name the directory of another repository; a hostile one names a home, and a file in it."""
    declared = {
        "compose.yaml": "services: {w: {build: {context: ../home, dockerfile: .netrc}}}\n",
        "docker-bake.json": '{"target": {"default": {"context": "../home", "dockerfile": "../home/.netrc"}}}',
    }[way]
    proj = make_tree(tmp_path, {"home/.netrc": text, f"proj/{way}": declared}) / "proj"
    git(proj, "init", "-q")
    answer = ctxaudit("--all", "-v", cwd=proj, columns=400)
    said = "the builder refuses it; none of its lines is shown, as it lies outside of the repository"
    assert (SECRET.encode() in answer.stdout + answer.stderr, said in answer.stdout.decode()) == (False, True), answer


@pytest.mark.parametrize("name", ["ctxaudit.toml", ".ctxaudit.toml", "pyproject.toml"])
def test_a_configuration_that_is_found_and_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    text = f"[tool.ctxaudit]\n{SECRET} = 1\n" if name == "pyproject.toml" else f"{SECRET} = 1\n"
    proj = make_tree(tmp_path, {"private.txt": text, "proj/Dockerfile": COPY_ALL}) / "proj"
    git(proj, "init", "-q")
    (proj / name).symlink_to("../private.txt")
    answer = ctxaudit(cwd=proj)
    said = f"error: {name}: it leads out of the repository, links resolved\n".encode()
    assert (answer.returncode, SECRET.encode() in answer.stderr, answer.stderr[: len(said)]) == (2, False, said)
