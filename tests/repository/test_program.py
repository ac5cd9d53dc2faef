"""Which git program is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ctxaudit, git, make_tree


@pytest.mark.parametrize("path", [".:/usr/bin:/bin", "bin:/usr/bin:/bin", ":/usr/bin:/bin", "/usr/bin:/bin:."])
def test_a_git_program_of_the_audited_tree_is_never_run(path: str, tmp_path: Path) -> None:
    program = "#!/bin/sh\necho ran > ran\nexit 1\n"
    files: dict[str, str | bytes | None] = {
        "Dockerfile": "FROM scratch\nCOPY . .\n",
        ".gitignore": "dist\n",
        "dist/a.js": "1",
    }
    make_tree(tmp_path, {**files, "package.json": "{}", "git": program, "bin/git": program})
    git(tmp_path, "init", "-q")
    for name in ("git", "bin/git"):
        (tmp_path / name).chmod(0o755)
    said = ctxaudit(".", "-v", cwd=tmp_path, PATH=path)
    assert said.returncode in (0, 1)
    assert not (tmp_path / "ran").exists()
    assert b"what git ignores and tracks" not in said.stdout


def test_without_a_git_program_the_audit_says_what_it_does_not_know(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . .\n", "package.json": "{}", "dist/a.js": "1"})
    git(tmp_path, "init", "-q")
    said = ctxaudit(".", "-v", cwd=tmp_path, PATH="nowhere")
    assert said.returncode in (0, 1)
    assert "there is no git program" in " ".join(said.stdout.decode().split())
