"""What git says of names that it would take for more than a name, and how far up a repository is looked for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ctxaudit.files import project_of
from ctxaudit.repository import Repository
from support import git, make_tree


@pytest.mark.parametrize("name", [":x", ":(glob)a", ":/", "-v", "!a", "a b", "é", "[a]", "*"])
def test_a_name_is_only_a_name(name: str, tmp_path: Path) -> None:
    line = "".join(f"\\{char}" if char in "!*[]" else char for char in name).removesuffix("/")
    make_tree(tmp_path, {".gitignore": f"/{line}\n", f"{name.rstrip('/')}": "1", "other": "1"})
    git(tmp_path, "init", "-q")
    repository = Repository.of(tmp_path)
    assert repository is not None
    said = repository.ignores(name.rstrip("/")), repository.ignores("other"), repository.trouble
    repository.close()
    assert said == (True, False, "")


@pytest.mark.parametrize(
    ("ceilings", "start", "is_found"),
    [
        pytest.param("", "r/a/b", True, id="no ceiling"),
        pytest.param("{0}/r", "r/a/b", False, id="the repository itself"),
        pytest.param("{0}/r", "r", True, id="where it starts"),
        pytest.param("{0}", "r/a/b", True, id="above the repository"),
        pytest.param("{0}/r/a", "r/a/b", False, id="below the repository"),
        pytest.param("{0}/r/a/b", "r/a/b", True, id="a ceiling is no end for what starts in it"),
        pytest.param("{0}/x:{0}/r/a", "r/a/b", False, id="one of several"),
        pytest.param("{0}/link", "r/a/b", False, id="through a link"),
        pytest.param("{0}/r/", "r/a/b", False, id="with a slash at the end"),
        pytest.param("r", "r/a/b", True, id="a relative one is none"),
        pytest.param("{0}/r/a", "link/a/b", False, id="of a directory that is reached through a link"),
        pytest.param("{0}/r/a/b", "link/a/b", True, id="of one in it that is reached through a link"),
    ],
)
def test_a_repository_is_looked_for_as_far_as_git_does(
    ceilings: str, start: str, is_found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(tmp_path, {"r/a/b/": None})
    git(tmp_path / "r", "init", "-q")
    (tmp_path / "link").symlink_to("r")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", ceilings.format(tmp_path))
    asked = subprocess.run(["git", "rev-parse"], cwd=tmp_path / start, capture_output=True, check=False)
    found = Repository.of(tmp_path / start) is not None, project_of(os.fspath(tmp_path / start))
    top = os.fspath(tmp_path / "r") if is_found else os.path.realpath(tmp_path / start)
    assert (asked.returncode == 0, *found) == (is_found, is_found, top)


@pytest.mark.parametrize(
    ("tracked", "ignored"),
    [
        pytest.param([], {"a", "d"}, id="all that is in it"),
        pytest.param(["out/x/a"], {"d"}, id="but what is tracked"),
    ],
)
def test_a_directory_that_git_ignores_whole_is_a_context_like_others(
    tracked: list[str], ignored: set[str], tmp_path: Path
) -> None:
    make_tree(tmp_path, {".gitignore": "/out\n", "out/x/a": "1", "out/x/d/b": "1"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", ".gitignore", *tracked)
    repository = Repository.of(tmp_path / "out/x")
    assert repository is not None
    said = repository.ignored_entries, repository.trouble
    repository.close()
    assert said == (ignored, "")


@pytest.mark.parametrize("variable", ["", "LITERAL", "GLOB", "NOGLOB", "ICASE"])
@pytest.mark.parametrize("name", ["a", ":(top)a", ":/", ":!b", "-z", "*", "[ab]", "a b/é", "\\", "\udcff"])
def test_of_a_directory_is_tracked_what_is_in_it(
    name: str, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = name.rstrip("/")
    make_tree(
        tmp_path, {f"{name}/x/1": "1", f"{name}/2": "2", f"{name}.txt": "3", f"{name}2/4": "4", "B/5": "", "b/6": ""}
    )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--all")
    if variable:
        monkeypatch.setenv(f"GIT_{variable}_PATHSPECS", "1")
    repository = Repository.of(tmp_path / name)
    assert repository is not None
    assert (list(repository.files()), repository.trouble) == (["2", "x/1"], "")


def test_of_a_submodule_without_its_files_nothing_is_tracked(tmp_path: Path) -> None:
    make_tree(tmp_path, {"r/a": "1"})
    git(tmp_path / "r", "init", "-q")
    git(tmp_path / "r", "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    make_tree(tmp_path, {"r/sub/": None})
    repository = Repository.of(tmp_path / "r/sub")
    assert repository is not None
    assert (list(repository.files()), repository.trouble) == ([], "")
