"""One run over fifty generated repositories, which all tests of this folder look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet import generated
from support import installed

COUNT = 50


@pytest.fixture(scope="session")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fleet") / "all"
    generated.make(root, COUNT)
    return root


@pytest.fixture(scope="session")
def ledger(repositories: Path) -> Iterator[Path]:
    """The ledger of an undisturbed run, which no test writes."""
    file = repositories.parent / "ledger.sqlite"
    done = installed("fleet", repositories, "--ledger", file, "--jobs", "2")
    assert (done.returncode, done.stderr.split(b":")[0][:16]) == (0, b"looked at 50 in "), done.stderr
    yield file
