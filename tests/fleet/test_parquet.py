"""The columns of `--parquet`, without pyarrow; `tests/system/test_fleet.py` has the files."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import ledger, parquet, report
from support import ctxaudit


def test_the_columns_of_a_repository_are_those_of_the_report() -> None:
    assert [one.name for one in parquet.COLUMNS["repositories"]] == ["run", *report.COLUMNS]


@pytest.mark.parametrize("table", ["builds", "findings"])
def test_every_column_of_the_ledger_is_there(table: str) -> None:
    own = ["number", *("build" if table == "builds" and one == "name" else one for one in ledger.MEMBERS[table])]
    assert [one.name for one in parquet.COLUMNS[table]] == ["run", "repository", "commit", *own]


@pytest.mark.parametrize("member", ["started", "ended"])
@pytest.mark.parametrize("moment", ["", "x", "2026", "99999-01-01T00:00:00", "\x1b[31m"])
def test_a_moment_that_is_none_is_named(member: str, moment: str) -> None:
    row = dict.fromkeys(("started", "ended"), "2026-01-01T00:00:00+00:00") | {member: moment}
    with pytest.raises(CtxauditError, match=f"run 1 has no time in {member}"):
        parquet._run({**row, "id": 1, "sources": "x", "policy": "", "version": "1"})


def test_a_number_beyond_64_bits_is_the_greatest_there_is() -> None:
    most = (1 << 63) - 1
    assert [parquet.fitted(one) for one in (1 << 70, -(1 << 70), most, True, "x", None)] == [
        *(most, -most - 1, most, True, "x", None),
    ]


@pytest.mark.skipif(find_spec("pyarrow") is not None, reason="the extra parquet is installed")
def test_without_pyarrow_the_extra_is_named_before_anything_is_looked_at(ledger: Path, tmp_path: Path) -> None:
    done = ctxaudit("fleet", "report", "--ledger", ledger, "--parquet", tmp_path / "p")
    assert (done.returncode, done.stdout, (tmp_path / "p").exists()) == (2, b"", False)
    assert done.stderr.decode().splitlines() == [
        "error: --parquet: pyarrow is not installed",
        "  fix: pip install 'docker-ctxaudit[parquet]'",
    ]
