"""A fleet with what a machine with Python and git alone has not: a Dask cluster, pyarrow, a real Chromium."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from pyarrow.parquet import read_schema, read_table

from ctxaudit.fleet import parquet
from ctxaudit.fleet.figures import REACHES
from ctxaudit.fleet.report import FORMATS
from ctxaudit.report import Layout
from fleet import generated, killed, made_up
from support import ctxaudit, installed

Open = Callable[..., AbstractContextManager[Page]]
COUNT = 1_000  # repositories of the page
ARROW = {"timestamp": "timestamp[ms, tz=UTC]", "list<string>": "list<element: string not null>"}


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fleet") / "all"
    generated.make(root, 50)
    return root


@pytest.fixture(scope="module")
def ledger(repositories: Path) -> Path:
    """The ledger of an undisturbed run by two processes."""
    file = repositories.parent / "ledger.sqlite"
    done = installed("fleet", repositories, "--ledger", file, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    return file


def test_a_cluster_keeps_the_same_ledger(repositories: Path, ledger: Path, tmp_path: Path) -> None:
    with killed.cluster() as (address, _):
        done = installed("fleet", repositories, "--ledger", tmp_path / "l.sqlite", "--scheduler", address)
    assert done.returncode == 0, done.stderr
    assert killed.kept(tmp_path / "l.sqlite") == killed.kept(ledger)


def test_a_run_on_a_cluster_that_is_killed_goes_on_to_the_same_ledger(
    repositories: Path, ledger: Path, tmp_path: Path
) -> None:
    met = killed.disturbed(repositories, tmp_path / "killed.sqlite", 1, 2, random.Random(23), on_cluster=True)
    assert sum(met) and killed.kept(tmp_path / "killed.sqlite") == killed.kept(ledger)


def test_a_scheduler_that_is_not_there_is_named(repositories: Path, tmp_path: Path) -> None:
    done = installed("fleet", repositories, "--ledger", tmp_path / "l", "--scheduler", "no-address")
    assert (done.returncode, b"the scheduler does not answer" in done.stderr) == (2, True), done.stderr


def test_the_files_of_parquet_have_the_documented_schema_and_the_rows_of_the_ledger(
    ledger: Path, tmp_path: Path
) -> None:
    arguments = ("fleet", "report", "--ledger", ledger, "--format", "json")
    done = ctxaudit(*arguments, "--parquet", tmp_path / "p")
    assert done.stdout == ctxaudit(*arguments).stdout
    files = {path.stem: path for path in (tmp_path / "p").iterdir()}
    assert files.keys() == parquet.COLUMNS.keys()
    for name, columns in parquet.COLUMNS.items():
        fields = list(read_schema(files[name]))
        assert [(one.name, str(one.type), one.nullable) for one in fields] == [
            (one.name, ARROW.get(one.type, one.type), one.may_be_null) for one in columns
        ]
        assert [one.metadata[b"meaning"].decode() for one in fields] == [one.meaning for one in columns]
    tables = {name: read_table(file).to_pylist() for name, file in files.items()}
    report = json.loads(done.stdout)
    assert tables["repositories"] == [{"run": 1, **row} for row in report["repositories"]]
    kept = killed.kept(ledger)
    assert {name: len(tables[name]) for name in ("builds", "findings")} == {
        name: len(kept[name]) for name in ("builds", "findings")
    }
    sent = [sum(row["sent_bytes"] for row in tables[name]) for name in ("builds", "repositories")]
    assert sent[0] == sent[1]
    leaks = sum(row[f"leaks_{reach}"] for row in tables["repositories"] for reach in REACHES)
    assert sum(row["leak"] for row in tables["findings"]) == leaks > 0
    assert [(row["run"], row["version"], row["ended"] >= row["started"]) for row in tables["runs"]] == [
        (1, report["version"], True)
    ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Open:
    """Open the page of a thousand repositories, without a network; nothing may leave it, and no error is logged."""
    file = tmp_path / "fleet.html"
    file.write_text(FORMATS["html"](made_up.fleet(COUNT), Layout()))

    @contextmanager
    def opened(**options: Any) -> Iterator[Page]:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, "offline": True, **options})
        trouble: list[str] = []
        page = context.new_page()
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("dialog", lambda dialog: trouble.append(dialog.message))
        page.on("request", lambda request: None if request.url == file.as_uri() else trouble.append(request.url))
        page.goto(file.as_uri())
        yield page
        context.close()
        assert trouble == []

    return opened


def column(page: Page, number: int) -> list[str]:
    """Give the cells of a column that are shown."""
    found: list[str] = page.locator(f".entries tbody td:nth-child({number + 1})").evaluate_all(
        "cells => cells.map(cell => cell.dataset.value ?? cell.textContent)"
    )
    return found


def test_a_page_of_a_thousand_repositories_shows_the_first_and_has_all(opened: Open) -> None:
    with opened() as page:
        assert (page.locator(".entries tbody tr").count(), page.get_by_role("status").inner_text()) == (
            100,
            "1,000 of 1,000",
        )
        for _ in range(9):
            page.get_by_role("button", name="Show").click()
        assert len(set(column(page, 0))) == COUNT
        assert not page.locator(".more").is_visible()


SORTED = "heads => heads.map(head => head.getAttribute('aria-sort'))"


def test_each_head_sorts_both_ways_and_says_so(opened: Open) -> None:
    with opened() as page:
        heads = page.locator(".entries thead th")
        for number, name in enumerate(heads.all_inner_texts()):
            orders = []
            for direction in ("first", "second"):
                heads.nth(number).get_by_role("button").click()
                marked = heads.evaluate_all(SORTED)
                assert [at for at, one in enumerate(marked) if one] == [number], (name, direction)
                orders.append((marked[number], column(page, number)))
            (one, shown), (other, turned) = orders
            assert {one, other} == {"ascending", "descending"}, name
            is_number = page.locator(".entries tbody tr td").nth(number).get_attribute("data-value") is not None
            if is_number:
                values, turned_values = list(map(int, shown)), list(map(int, turned))
                assert values == sorted(values, reverse=True) and turned_values == sorted(turned_values), name
            else:
                assert shown[0] != turned[0] or len(set(shown + turned)) == 1, name


def test_the_filter_shows_the_rows_that_have_every_word(opened: Open) -> None:
    with opened() as page:
        page.get_by_role("searchbox", name="Filter").fill("group3 FAILED")
        names = [row.name for row in made_up.fleet(COUNT).rows if row.status == "failed" and "group3" in row.name]
        assert (column(page, 0), page.get_by_role("status").inner_text()) == (names, f"{len(names)} of 1,000")
        page.get_by_role("searchbox", name="Filter").fill("no such repository")
        assert (column(page, 0), page.get_by_role("status").inner_text()) == ([], "0 of 1,000")


def test_the_page_says_how_it_moved(opened: Open) -> None:
    with opened() as page:
        assert "compared with 2026-11-22T10:00:00+00:00" in page.locator(".facts").inner_text()
        rows = made_up.fleet(COUNT).rows
        moved, leaks = ([value for row in rows if (value := getattr(row, name))] for name in ("moved", "moved_leaks"))
        said = f"by {len(moved)} repositories, {sum(row.is_new for row in rows)} new, {sum(leaks):+} secrets"
        shown = page.locator(".figures div").filter(has_text="Moved").inner_text()
        assert shown.split("\n") == ["Moved", Layout().growth(sum(moved)), said]
        page.get_by_text("1 repository gone").click()
        assert page.get_by_text("group0/gone", exact=True).is_visible()


def test_a_hostile_name_is_text(opened: Open) -> None:
    with opened() as page:
        page.get_by_role("searchbox", name="Filter").fill("alert(9)")
        assert [name.startswith("<script>alert(9)</script>") for name in column(page, 0)] == [True]
        assert page.locator("script").count() == 1


AXE = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "360 pixels": {"viewport": {"width": 360, "height": 740}},
}


@pytest.mark.parametrize("options", AXE.values(), ids=AXE)
def test_axe_finds_no_violation(opened: Open, options: dict[str, Any]) -> None:
    with opened(**options) as page:
        page.get_by_role("button", name="Sent").first.click()
        found = Axe().run(page).response["violations"]
    assert [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]] == []


def test_the_page_itself_does_not_scroll_sideways_at_360_pixels(opened: Open) -> None:
    with opened(viewport={"width": 360, "height": 740}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_javascript_every_row_can_be_read(opened: Open) -> None:
    with opened(java_script_enabled=False) as page:
        assert page.locator(".entries tbody tr").count() == COUNT
        assert not page.locator(".filter").is_visible()
