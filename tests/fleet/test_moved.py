"""How a fleet moved between two runs, in each format: grown, shrunk, leaking, new, gone, and not comparable."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fleet import generated
from fleet.forked import installed
from support import ctxaudit

PLAIN, SECRET, LOST = 0, 2, 27  # kinds of generated repositories
AT = ("2026-11-02T10:00:00+00:00", "2026-11-09T10:00:00+00:00", "2026-11-16T10:00:00+00:00")


def run(home: Path, number: int, *sources: Path) -> None:
    """Look at all, and let that have been in a week of its own."""
    done = installed("fleet", *(sources or (home / "all",)), "--ledger", home / "l.sqlite", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(home / "l.sqlite")) as database:
        database.execute(
            "UPDATE runs SET started = ?, ended = ? WHERE id = ?", (*AT[number : number + 1] * 2, number + 1)
        )
        database.commit()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("moved")
    kinds = {
        "grown": PLAIN,
        "shrunk": PLAIN,
        "leaking": PLAIN,
        "cured": SECRET,
        "gone": PLAIN,
        "same": PLAIN,
        "lost": PLAIN,
    }
    for number, (name, kind) in enumerate(kinds.items()):
        generated.make_one(home / f"all/{name}.git", kind, number)
    run(home, 0)
    shutil.rmtree(home / "all/gone.git")
    shutil.rmtree(home / "all/lost.git")
    generated.make_one(home / "all/lost.git", 29, 0)  # its configuration cannot be read
    generated.make_one(home / "all/new.git", PLAIN, 4)
    plain = generated.GOOD[PLAIN]
    generated.commit(home / "all/grown.git", {**plain(0), "more": b"m" * 5_000})
    generated.commit(home / "all/shrunk.git", plain(0))
    generated.commit(home / "all/leaking.git", {**plain(2), "a.env": b"", ".env": generated.GOOD[SECRET](2)[".env"]})
    generated.commit(home / "all/cured.git", plain(3))
    run(home, 1, home / "all/new.git")  # of other sources, which nobody compares with
    run(home, 2)
    return home / "l.sqlite"


ENV = len(generated.GOOD[SECRET](0)[".env"])
MOVED = {
    **{"cured": (-ENV, -1, False), "grown": (5_000, 0, False), "leaking": (ENV, 1, False), "lost": (None, None, False)},
    **{"new": (None, None, True), "same": (0, 0, False), "shrunk": (-9, 0, False)},
}


def report(ledger: Path, style: str, *more: str) -> str:
    return ctxaudit("fleet", "report", "--ledger", ledger, "--format", style, *more).stdout.decode()


def test_json_has_each(ledger: Path) -> None:
    found = json.loads(report(ledger, "json"))
    moved = {one["repository"]: (one["moved_bytes"], one["moved_leaks"], one["new"]) for one in found["repositories"]}
    assert (found["compared"], found["gone"], moved) == (AT[0], ["gone"], MOVED)


def test_csv_has_a_line_for_each_and_for_what_is_gone(ledger: Path) -> None:
    rows = {row["repository"]: row for row in csv.DictReader(io.StringIO(report(ledger, "csv")))}
    assert {name: (row["moved_bytes"], row["moved_leaks"], row["new"]) for name, row in rows.items()} == {
        **{
            name: ("" if one[0] is None else str(one[0]), "" if one[1] is None else str(one[1]), str(int(one[2])))
            for name, one in MOVED.items()
        },
        "gone": ("", "", ""),
    }
    assert (rows["gone"]["status"], rows["gone"]["sent_bytes"]) == ("gone", "")


def test_the_text_sums_up_and_names_them(ledger: Path) -> None:
    said = report(ledger, "text")
    assert f"since {AT[0]}: +4.99kB sent by 4 repositories, +0 secrets in 2 repositories, 1 new, 1 gone\n" in said
    tables = said[said.index("Moved") : said.index("Not looked at")]
    assert [line.split() for line in tables.splitlines() if line] == [
        *(["Moved"], ["+5.00kB", "grown"], [f"-{ENV}B", "cured", "-1", "secret"]),
        *([f"+{ENV}B", "leaking", "+1", "secret"], ["-9B", "shrunk"], ["New"], ["74B", "new"], ["Gone"], ["gone"]),
    ]


def test_the_page_has_each(ledger: Path) -> None:
    said = report(ledger, "html")
    assert "<dt>Moved</dt><dd><strong>+4.99kB</strong><span>by 4 repositories, 1 new</span></dd>" in said
    assert f"compared with {AT[0]}" in said
    assert "<details><summary>1 repository gone</summary><p>gone</p>\n</details>" in said
    row = next(one for one in said.split("<tr>") if "<code>leaking</code>" in one)
    assert f'data-value="{ENV}">+{ENV}B</td>' in row and 'data-value="1">+1</td>' in row
    assert ">new</td>" in next(one for one in said.split("<tr>") if "<code>new</code>" in one)


def test_since_chooses_the_run_and_says_where_there_is_none(ledger: Path) -> None:
    said = ctxaudit("fleet", "report", "--ledger", ledger, "--since", "2026-11-01")
    assert (said.returncode, b"\nMoved" in said.stdout, said.stderr) == (
        *(0, False, b"no run of these sources began before that time: nothing is compared\n"),
    )
    found = json.loads(report(ledger, "json", "--since", "2026-11-12"))
    assert found["compared"] == AT[0]
