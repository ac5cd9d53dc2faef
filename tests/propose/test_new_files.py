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
    ],
)
def test_what_a_new_file_names_stays(name: str, added: bool, stays: bool, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", {**TREE, name: PACKS})
    git(root, "init", "-q")
    git(root, "add", ".gitignore", "Dockerfile", "package.json", "src/a.js", *([name] if added else []))
    assert lines(root) == {".git", *([] if stays else ["**/dist"])}
