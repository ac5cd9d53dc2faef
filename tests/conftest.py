"""Fixtures that several tests share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import PROJECT


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All samples, made whole, in a directory that holds them as `sample_repos/.made`."""
    home = tmp_path_factory.mktemp("readme")
    destination = home / "sample_repos/.made"
    destination.parent.mkdir()
    subprocess.run([sys.executable, PROJECT / "sample_repos/make.py", destination], check=True, capture_output=True)
    return home
