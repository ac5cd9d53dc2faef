"""How large the HTML report of 100,000 files is, and how soon a browser shows it; and that of 1,000 repositories.

The limits are 5 MB and 2 s, and for the repositories 3 MB and 100 ms of processor time for sorting. Exit status: 1
where one is broken. `python tests/benchmarks/html_page.py` prints all, `--fleet` that of the repositories alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, sync_playwright

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)  # for this folder has a fleet.py as well

from ctxaudit.fleet.report import FORMATS
from ctxaudit.report import Layout
from fleet import made_up

FILES = 100_000
LARGEST_BYTES = 5_000_000
LONGEST_SECONDS = 2.0
ROUNDS = 5
REPOSITORIES = 1_000
LARGEST_FLEET = 3_000_000
LONGEST_SORT = 100.0  # milliseconds
# Click on a head, and give the milliseconds until the page is laid out anew.
CLICKED = """(head) => {
    const start = performance.now();
    head.click();
    document.body.getBoundingClientRect();
    return performance.now() - start;
}"""
# Until the map and the table are there and two frames have been painted.
SHOWN = """() => new Promise((done) => {
    const look = () => document.querySelector(".cell") && document.querySelectorAll("tbody tr").length > 50
        ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))
        : requestAnimationFrame(look);
    look();
})"""


def make_tree(root: Path) -> None:
    """Files of many sizes (sparse, so that they cost nothing) as a package manager lays them out, 40 a directory."""
    for number in range(FILES):
        package, file = divmod(number, 40)
        directory = root / f"node_modules/package-{package % 2000:04}/lib/part-{package // 2000}"
        if file == 0:
            directory.mkdir(parents=True)
        path = directory / f"some-module-name-{file:02}.js"
        path.touch()
        os.truncate(path, 100 + number * 7919 % 50_021)
    (root / "node_modules/.package-lock.json").write_text("{}")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")


def shown_after(browser: Browser, page_file: Path) -> float:
    """Seconds from the start of the navigation."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(page_file.as_uri(), wait_until="commit")
    milliseconds = page.evaluate(SHOWN)
    page.close()
    return float(milliseconds) / 1000


def filtered_after(browser: Browser, page_file: Path) -> float:
    """Seconds that one letter in the filter takes."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(page_file.as_uri())
    page.locator(".cell").first.wait_for()
    start = time.perf_counter()
    page.get_by_placeholder("part of a path").fill("7")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    seconds = time.perf_counter() - start
    page.close()
    return seconds


def fleet_page(browser: Browser, file: Path) -> bool:
    """Print how large the page of a fleet is, and how long it sorts; give whether both are within the limits."""
    file.write_text(FORMATS["html"](made_up.fleet(REPOSITORIES), Layout()))
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(file.as_uri())
    asked = page.context.new_cdp_session(page)
    asked.send("Performance.enable", {"timeDomain": "threadTicks"})
    heads = page.locator("thead button").element_handles() * 2 * ROUNDS
    before = busy(asked)
    times = sorted(float(page.evaluate(CLICKED, head)) for head in heads)
    processor = (busy(asked) - before) / len(times)
    page.close()
    size, middle = file.stat().st_size, times[len(times) // 2]
    sys.stdout.write(
        f"{REPOSITORIES:,} repositories: {size:,} bytes (limit {LARGEST_FLEET:,}); sorted and painted in "
        f"{processor:.0f} ms of processor time (limit {LONGEST_SORT:g}); "
        f"by the clock laid out in {middle:.0f} ms, the median of {len(times)}\n"
    )
    return size <= LARGEST_FLEET and processor <= LONGEST_SORT


def busy(asked: CDPSession) -> float:
    """Milliseconds of processor time that the page's thread has taken."""
    values = {one["name"]: one["value"] for one in asked.send("Performance.getMetrics")["metrics"]}
    return float(values["TaskDuration"]) * 1000


def report_page(browser: Browser, folder: Path) -> bool:
    """Print how large the page of a report is, and how soon it is shown; give whether both are within the limits."""
    root, file = folder / "context", folder / "report.html"
    make_tree(root)
    start = time.perf_counter()
    command = [sys.executable, "-m", "ctxaudit", ".", "--format", "html"]
    file.write_bytes(subprocess.run(command, cwd=root, capture_output=True, check=True).stdout)
    audit = time.perf_counter() - start
    shown = sorted(shown_after(browser, file) for _ in range(ROUNDS))[ROUNDS // 2]
    filtered = filtered_after(browser, file)
    size = file.stat().st_size
    sys.stdout.write(
        f"{FILES:,} files: report made in {audit:.1f} s, {size:,} bytes (limit {LARGEST_BYTES:,}); "
        f"shown after {shown:.2f} s, the median of {ROUNDS} (limit {LONGEST_SECONDS} s); "
        f"filtered after {filtered:.2f} s\n"
    )
    return size <= LARGEST_BYTES and shown <= LONGEST_SECONDS


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        kept = [fleet_page(browser, Path(folder) / "fleet.html")]
        if "--fleet" not in sys.argv[1:]:
            kept.append(report_page(browser, Path(folder)))
        browser.close()
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
