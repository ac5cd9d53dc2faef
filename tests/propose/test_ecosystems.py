"""The lines for what git ignores and this disk lacks: only for what the project can make, where no line says it yet."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path

import pytest

from ctxaudit.proposals.ecosystems import MADE_BY, SHOWN_BY, Ecosystems
from ctxaudit.rules import kinds
from support import git, here, make_tree

ALL_LANGUAGES = (
    ".gradle/\nnode_modules/\n/target\n__pycache__/\n.venv\n.next\n.terraform\n.dart_tool\n.vs\n_opam\n.zig-cache\n"
    ".mypy_cache\n.phpunit.cache\n.stack-work\nelm-stuff\n.idea\n.DS_Store\n"
)
ANYWHERE = ("**/.DS_Store", "**/.idea", ".git")


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        pytest.param(
            {"Cargo.toml": "[package]\nname = 'a'\n", "src/main.rs": "fn main() {}\n"}, ("target",), id="a crate"
        ),
        pytest.param(
            {"app.py": "print()\n"}, ("**/.mypy_cache", "**/.venv", "**/__pycache__"), id="a script in Python"
        ),
        pytest.param({"package.json": "{}"}, ("**/.next", "**/node_modules"), id="a package of npm"),
        pytest.param({"infra/main.tf": "", "a.txt": ""}, ("**/.terraform",), id="Terraform beside a text"),
        pytest.param({"a.txt": ""}, (), id="a text alone"),
        pytest.param(
            {"web/package.json": "{}", "api/a.kt": ""},
            ("**/.gradle", "**/.next", "**/node_modules"),
            id="two ecosystems further down",
        ),
        pytest.param(
            {"package.json": "{}", ".dockerignore": "node_modules\n"},
            ("**/.next",),
            id="one that the user's line means",
        ),
    ],
)
def test_a_generated_gitignore_brings_the_lines_of_the_project_alone(
    tmp_path: Path, files: dict[str, str], lines: tuple[str, ...]
) -> None:
    make_tree(tmp_path, {**files, "Dockerfile": "FROM scratch\nCOPY . /\n", ".gitignore": ALL_LANGUAGES})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    target = json.loads(here(str(tmp_path), "--format", "json").stdout)["targets"][0]
    assert sorted(target["proposal"]["patterns"]) == sorted((*lines, *ANYWHERE))


def test_a_directory_that_the_users_line_excludes_is_expected_nowhere_else(tmp_path: Path) -> None:
    files = {
        ".gitignore": "logs\n",
        ".dockerignore": "logs\n",
        "src/a.txt": "a",
        "Dockerfile": "FROM scratch\nCOPY . /\n",
    }
    make_tree(tmp_path, files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    make_tree(tmp_path, {"logs/a.log": "x\n"})
    target = json.loads(here(str(tmp_path), "--format", "json").stdout)["targets"][0]
    assert target["proposal"]["patterns"] == [".git"]


def test_every_row_names_a_kind_and_an_ecosystem_that_is_there() -> None:
    assert MADE_BY.keys() <= {kind.name for kind in kinds.ALL}
    assert {one for made_by in MADE_BY.values() for one in made_by} == SHOWN_BY.keys()


def test_a_kind_may_be_made_where_a_name_matches_a_glob() -> None:
    globs = set(chain.from_iterable(SHOWN_BY.values()))
    names = {glob.replace("*", part) for glob in globs for part in ("", "a", "b.c")} | {"a.txt", "Makefile", "pom"}
    for name in names:
        shown = {own for own, shown_by in SHOWN_BY.items() if any(fnmatchcase(name, glob) for glob in shown_by)}
        ecosystems = Ecosystems([name])
        assert [kind for kind in MADE_BY if ecosystems.may_make(kind) != bool(shown & {*MADE_BY[kind]})] == []
