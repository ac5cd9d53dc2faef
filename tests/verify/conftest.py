from __future__ import annotations

from pathlib import Path

import pytest
from scripted import FILES

from support import make_tree


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any engine."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    return make_tree(tmp_path / "app", FILES)
