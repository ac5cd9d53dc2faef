"""What git says of names that it would take for more than a name."""

from __future__ import annotations

from pathlib import Path

import pytest

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
