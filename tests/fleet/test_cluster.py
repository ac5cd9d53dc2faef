"""A fleet on a Dask cluster, where Dask is not installed; `tests/system/test_fleet.py` has one."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from support import ctxaudit


@pytest.mark.skipif(find_spec("distributed") is not None, reason="the extra fleet is installed")
def test_without_dask_the_extra_is_named(repositories: Path, tmp_path: Path) -> None:
    done = ctxaudit("fleet", repositories, "--ledger", tmp_path / "l", "--scheduler", "tcp://127.0.0.1:1")
    assert (done.returncode, b"pip install 'docker-ctxaudit[fleet]'" in done.stderr) == (2, True), done.stderr
