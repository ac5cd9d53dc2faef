"""`--for-cache`: what only the builder or CI reads is proposed to go, with the same proof, and never by default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ctxaudit.rules.kinds import FOR_CACHE
from support import ctxaudit, git, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm run build\n",
    ".dockerignore": ".git\n",
    "compose.yaml": "services:\n  a:\n    build: .\n",
    ".github/workflows/ci.yml": "on: push\n",
    "src/a.js": "a",
}
BLOCK = (
    ".git\n# >>> ctxaudit\n# docker\n.dockerignore\nDockerfile\ncompose.yaml\n"
    "# continuous integration\n.github\n# <<< ctxaudit\n"
)


def project(root: Path, **files: str) -> Path:
    git(make_tree(root, {**FILES, **files}), "init", "-q")
    git(root, "add", "-A")
    return root


def test_nothing_of_it_is_proposed_by_default(tmp_path: Path) -> None:
    assert ctxaudit("--diff", cwd=project(tmp_path)).stdout == b""


def test_the_lines_stand_in_groups_of_their_own_and_stay(tmp_path: Path) -> None:
    root = project(tmp_path)
    said = ctxaudit("--write", "--for-cache", cwd=root, columns=200).stdout.decode()
    assert (root / ".dockerignore").read_text() == BLOCK
    assert "  0 of 1 needed file dropped\n" in said
    assert "no other file that git tracks is excluded\n" in said
    gone = ".dockerignore, .github, Dockerfile, compose.yaml"
    assert f"  for the cache, no longer in the context or in an image that copies all of it: {gone}\n" in said
    assert ctxaudit("--check", "--for-cache", cwd=root).returncode == 0


def test_the_configuration_asks_for_it_as_well(tmp_path: Path) -> None:
    root = project(tmp_path, **{"ctxaudit.toml": "for-cache = true\n"})
    ctxaudit("--write", cwd=root)
    assert (root / ".dockerignore").read_text() == BLOCK


def test_the_report_names_what_goes(tmp_path: Path) -> None:
    said = ctxaudit("--for-cache", "--format", "json", cwd=project(tmp_path)).stdout
    (target,) = json.loads(said)["targets"]
    gone = [one["name"] for one in target["proposal"]["proof"]["for_cache"]]
    assert gone == [".dockerignore", ".github", "Dockerfile", "compose.yaml"]


@pytest.mark.parametrize(
    ("dockerfile", "stays"),
    [
        pytest.param("COPY . .\nCOPY compose.yaml /\n", "compose.yaml", id="an instruction names it"),
        pytest.param("COPY . .\nRUN cat Dockerfile\n", "Dockerfile", id="a command reads it"),
        pytest.param("COPY . .\nRUN sh -c 'wc -l < compose.yaml'\n", "compose.yaml", id="a shell reads it"),
        pytest.param("COPY . .\nCOPY .github/ /g/\n", ".github", id="a directory that is copied"),
    ],
)
def test_what_the_build_needs_stays(tmp_path: Path, dockerfile: str, stays: str) -> None:
    root = project(tmp_path, Dockerfile=f"FROM node:22\nWORKDIR /app\n{dockerfile}")
    lines = ctxaudit("--diff", "--for-cache", cwd=root).stdout.decode().splitlines()
    assert f"+{stays}" not in lines and any(line.startswith("+") for line in lines)


PEOPLES: dict[str, str] = {
    "package.json": '{"scripts": {"build": "tsc"}}',
    "tsconfig.json": "{}",
    "README.md": "# A",
    "CHANGELOG.md": "1",
    "docs/index.md": "# A",
    "docs/img/a.png": "png",
    "tests/test_a.py": "",
    "web/__tests__/a.test.js": "",
    "pkg/a_test.go": "package a",
    "LICENSE": "MIT",
    "prompts/a.md": "You are",
}


def added(root: Path, *words: str) -> list[str]:
    lines = ctxaudit("--diff", *words, cwd=root).stdout.decode().splitlines()
    return [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]


def test_documentation_and_tests_stand_in_groups_of_their_own(tmp_path: Path) -> None:
    root = project(tmp_path, **PEOPLES)
    assert added(root) == []
    assert added(root, "--for-cache") == [
        "# >>> ctxaudit",
        *("# docker", ".dockerignore", "Dockerfile", "compose.yaml"),
        *("# continuous integration", ".github"),
        *("# documentation", "CHANGELOG.md", "README.md", "docs"),
        *("# tests", "tests", "pkg/a_test.go", "web/__tests__"),
        "# <<< ctxaudit",
    ]
    said = ctxaudit("--write", "--for-cache", cwd=root, columns=200).stdout.decode()
    assert "  0 of 5 needed files dropped\n" in said  # the source, two settings, a prompt, the license
    assert ctxaudit("--check", "--for-cache", cwd=root).returncode == 0
    assert added(root, "--for-cache") == []


def test_the_report_names_what_an_image_lacks_then(tmp_path: Path) -> None:
    said = ctxaudit("--for-cache", "--format", "json", cwd=project(tmp_path, **PEOPLES)).stdout
    (target,) = json.loads(said)["targets"]
    gone = [one["name"] for one in target["proposal"]["proof"]["for_cache"]]
    assert {"README.md", "docs", "tests", "web/__tests__"} <= {*gone} and "LICENSE" not in gone


def test_no_audit_without_it_finds_these_kinds(tmp_path: Path) -> None:
    said = ctxaudit("--format", "json", cwd=project(tmp_path, **PEOPLES)).stdout
    assert not FOR_CACHE & {one["kind"] for one in json.loads(said)["targets"][0]["findings"]}


@pytest.mark.parametrize(
    ("files", "stays"),
    [
        pytest.param({"pyproject.toml": "[project]\nname = 'a'\nreadme = 'README.md'\n"}, "README.md", id="metadata"),
        pytest.param({"setup.py": "setup(long_description=open('README.md').read())\n"}, "README.md", id="setup.py"),
        pytest.param({"Dockerfile": "FROM x\nCOPY . .\nRUN pytest\n"}, "tests", id="a RUN runs tests"),
        pytest.param({"Dockerfile": "FROM x\nCOPY . .\nRUN mkdocs build\n"}, "docs", id="a RUN renders documentation"),
        pytest.param({"Dockerfile": "FROM x\nCOPY . .\nRUN ls docs/img\n"}, "docs", id="a RUN names a directory"),
        pytest.param({"Dockerfile": "FROM x\nCOPY . .\nCMD serve docs\n"}, "docs", id="the container serves it"),
        pytest.param({"src/a.js": "fs.readFileSync('docs/index.md')\n"}, "docs", id="source names a file in it"),
        pytest.param({"ctxaudit.toml": "keep = ['docs']\n"}, "docs", id="the project keeps it"),
        pytest.param({".dockerignore": ".git\n!docs\n"}, "docs", id="an exception keeps it"),
    ],
)
def test_documentation_and_tests_stay_where_anything_speaks_for_them(
    tmp_path: Path, files: dict[str, str], stays: str
) -> None:
    lines = added(project(tmp_path, **{**PEOPLES, **files}), "--for-cache")
    assert lines and stays not in lines


def test_a_build_of_its_own_asks_for_itself_alone(tmp_path: Path) -> None:
    builds = {f"{one}/{path}": text for one in "ab" for path, text in {**FILES, **PEOPLES}.items()}
    make_tree(tmp_path, {**builds, "ctxaudit.toml": '[[target]]\ncontext = "a"\nfor-cache = true\n'})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    ctxaudit("--all", "--write", cwd=tmp_path)
    blocks = {one: (tmp_path / one / ".dockerignore").read_text() for one in "ab"}
    assert ("README.md" in blocks["a"], "README.md" in blocks["b"]) == (True, False)


def test_an_ordinary_audit_says_in_one_line_what_that_would_save(tmp_path: Path) -> None:
    root = project(tmp_path, **PEOPLES)
    said = " ".join(ctxaudit(cwd=root).stdout.decode().split())
    what = "excludes 4 files (95B), documentation and tests; an edit re-runs what follows Dockerfile:3."
    assert f"Cache: --for-cache {what}" in said
    assert b"Cache:" not in ctxaudit("--for-cache", cwd=root).stdout
    ctxaudit("--for-cache", "--write", cwd=root)
    assert b"Cache:" not in ctxaudit(cwd=root).stdout


def test_nothing_is_said_where_no_step_runs_again(tmp_path: Path) -> None:
    assert b"Cache:" not in ctxaudit(cwd=project(tmp_path, Dockerfile="FROM scratch\nCOPY . /\n")).stdout


def test_a_new_ignore_file_excludes_itself_and_changes_no_more(tmp_path: Path) -> None:
    root = project(tmp_path)
    (root / ".dockerignore").unlink()
    ctxaudit("--write", "--for-cache", cwd=root)
    assert ".dockerignore" in (root / ".dockerignore").read_text().splitlines()
    assert ctxaudit("--check", "--for-cache", cwd=root).returncode == 0
    assert not {b".dockerignore", b"Dockerfile", b"compose.yaml"} & {*ctxaudit("ls", cwd=root).stdout.split()}
