"""A clean checkout proposes lines for what developers' machines have, and says that they are not measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22\nCOPY . .\nRUN npm ci && npm run build\n",
    "package.json": '{"scripts": {"build": "tsc"}}',
    "package-lock.json": "{}",
    ".gitignore": "node_modules\ndist\n",
    ".dockerignore": ".git\n",
}
HERE: dict[str, str | bytes | None] = {"node_modules/left-pad/package.json": "{}", "node_modules/left-pad/a.js": "1"}
SAID = "for what git ignores, without effect here, so not measured:"


def checkout(root: Path, files: dict[str, str | bytes | None]) -> Path:
    make_tree(root, FILES)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "1")
    return make_tree(root, files)


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        pytest.param({}, "**/dist, **/node_modules", id="a clean checkout"),
        pytest.param(HERE, "**/dist", id="what is here is measured"),
        pytest.param({**HERE, "dist/a.js": "1"}, "", id="all of it is here"),
    ],
)
def test_lines_for_what_is_not_here_are_marked(
    tmp_path: Path, files: dict[str, str | bytes | None], lines: str
) -> None:
    root = checkout(tmp_path / "p", files)
    text = ctxaudit(".", cwd=root, columns=200).stdout.decode()
    assert (f"Lines {SAID} {lines}.\n" in text) == (SAID in text) == bool(lines)
    diff = ctxaudit(".", "--diff", cwd=root, columns=200).stderr.decode()
    assert (f"  {SAID} {lines}\n" in diff) == (SAID in diff) == bool(lines)
    markdown = ctxaudit(".", "--format", "markdown", cwd=root).stdout.decode()
    named = ", ".join(f"`{line}`" for line in lines.split(", "))
    assert (f"For what git ignores, without effect in this checkout, so not measured: {named}.\n" in markdown) == bool(
        lines
    )
    (target,) = json.loads(ctxaudit(".", "--format", "json", cwd=root).stdout)["targets"]
    assert target["proposal"]["unmeasured"] == [line for line in lines.split(", ") if line]


def test_a_line_for_what_another_line_excludes_here_is_not_said_to_be_for_what_is_missing(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM python:3\nCOPY . .\n", "a.py": "1", ".gitignore": "*.pyc\n", ".dockerignore": "x\n"}
    root = checkout(tmp_path / "p", {**files, "vote/__pycache__/app.cpython-311.pyc": "1", "vote/app.py": "1"})
    diff = ctxaudit(".", "--diff", cwd=root, columns=200)
    assert b"+**/*.pyc\n" in diff.stdout
    assert f"  {SAID} **/*.pyc\n" in diff.stderr.decode()


def test_lines_that_the_file_has_are_nothing_to_do(tmp_path: Path) -> None:
    root = checkout(tmp_path / "p", {".gitignore": "node_modules\n"})
    ctxaudit(".", "--write", cwd=root)
    assert SAID not in ctxaudit(".", cwd=root, columns=200).stdout.decode()
    assert f"  {SAID} **/node_modules\n" in ctxaudit(".", "--check", cwd=root, columns=200).stdout.decode()
    (root / ".gitignore").write_text("node_modules\ndist\n")
    for form, name in (("text", "**/dist"), ("markdown", "`**/dist`")):
        report = ctxaudit(".", "--format", form, cwd=root, columns=200).stdout.decode()
        assert f"so not measured: {name}." in report, form


def test_a_size_that_stays_is_named_once(tmp_path: Path) -> None:
    root = checkout(tmp_path / "p", {})
    (root / "a.bin").write_bytes(b"x" * 2_000_000)
    line = ctxaudit(".", cwd=root, columns=200).stdout.decode().splitlines()[0]
    sizes = (
        "2.00MB in 6 files, all that is permitted; all of it is needed; --write adds lines for what .gitignore names."
    )
    assert line == f"Dockerfile: {sizes}"


def test_the_small_paths_that_are_counted_are_those_that_verbose_shows(tmp_path: Path) -> None:
    notes: dict[str, str | bytes | None] = {".containerignore": "x\n", "Dockerfile": "FROM scratch\nCOPY . /\n"}
    checkout(tmp_path, {".gitignore": ".DS_Store\n", **notes, ".DS_Store": "x\n"})
    (tmp_path / "package.json").unlink()
    (tmp_path / "package-lock.json").unlink()
    text = " ".join(ctxaudit(cwd=tmp_path).stdout.decode().split())
    assert "--write excludes 1 small path, which -v shows." in text
    verbose = ctxaudit("-v", cwd=tmp_path).stdout.decode()
    assert verbose.partition("\nNot needed\n")[2].partition("\n\n")[0].split()[:2] == ["2B", ".DS_Store"]
