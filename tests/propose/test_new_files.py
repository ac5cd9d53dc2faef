"""A file that nobody has added to git yet is built into the image as any other: what it names stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import git, here, make_tree

PACKS = "require('fs').cpSync('dist', 'public', {recursive: true})\n"
TREE = {
    "Dockerfile": "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN node pack.js\n",
    ".gitignore": "dist/\n*.old.js\n/drafts/\n",
    "package.json": "{}\n",
    "src/a.js": "1\n",
    "dist/a.js": "1\n",
}


def lines(root: Path) -> set[str]:
    """The lines that are proposed."""
    return {
        line[1:] for line in here(str(root), "--diff").stdout.splitlines() if line[:1] == "+" and line[1] not in "+#"
    }


@pytest.mark.parametrize(
    ("name", "added", "stays"),
    [
        pytest.param("pack.js", True, True, id="a file that git tracks names it"),
        pytest.param("pack.js", False, True, id="a new file names it"),
        pytest.param("src/pack.js", False, True, id="a new file in a directory of the project names it"),
        pytest.param("new/pack.js", False, True, id="a file in a new directory names it"),
        pytest.param("pack.old.js", False, False, id="a file that git ignores names nothing"),
        pytest.param("drafts/pack.js", False, False, id="one in a directory that git ignores neither"),
        pytest.param("node_modules/a/pack.js", False, False, id="one of other people's neither"),
        pytest.param("svc/bin/pack.js", False, True, id="one in a directory that is only called as a build"),
        pytest.param("env/pack.js", False, False, id="one in an environment of Python neither"),
        pytest.param("clone/pack.js", False, False, id="one in another repository neither"),
    ],
)
def test_what_a_new_file_names_stays(name: str, added: bool, stays: bool, tmp_path: Path) -> None:
    beside = {"env/pyvenv.cfg": "home = /usr\n"} if name.startswith("env/") else {}
    root = make_tree(tmp_path / "app", {**TREE, name: PACKS, **beside})
    git(root, "init", "-q")
    if name.startswith("clone/"):
        git(root / "clone", "init", "-q")
    git(root, "add", ".gitignore", "Dockerfile", "package.json", "src/a.js", *([name] if added else []))
    assert {"**/dist"} & lines(root) == (set() if stays else {"**/dist"})


def test_new_files_take_no_place_of_those_that_git_tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctxaudit.needed.names.mentions._FILES", 5)
    data = {f"data{number}.json": "{}\n" for number in range(20)}
    root = make_tree(tmp_path / "app", {**TREE, "src/build/pack.js": PACKS, **data})
    git(root, "init", "-q")
    git(root, "add", ".gitignore", "Dockerfile", "package.json", "src")
    assert lines(root) == {".git"}
