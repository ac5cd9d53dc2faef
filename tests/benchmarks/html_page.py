"""How large the HTML report of 100,000 files is, and how soon a browser shows it.

The limits are 5 MB and 2 s. Exit status: 1 where one is broken. `python tests/benchmarks/html_page.py` prints both.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FILES = 100_000
LARGEST_BYTES = 5_000_000
LONGEST_SECONDS = 2.0
ROUNDS = 5
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


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root, file = Path(folder) / "context", Path(folder) / "report.html"
        make_tree(root)
        start = time.perf_counter()
        command = [sys.executable, "-m", "ctxaudit", ".", "--format", "html"]
        file.write_bytes(subprocess.run(command, cwd=root, capture_output=True, check=True).stdout)
        audit = time.perf_counter() - start
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shown = sorted(shown_after(browser, file) for _ in range(ROUNDS))[ROUNDS // 2]
        filtered = filtered_after(browser, file)
        browser.close()
        size = file.stat().st_size
    sys.stdout.write(
        f"{FILES:,} files: report made in {audit:.1f} s, {size:,} bytes (limit {LARGEST_BYTES:,}); "
        f"shown after {shown:.2f} s, the median of {ROUNDS} (limit {LONGEST_SECONDS} s); "
        f"filtered after {filtered:.2f} s\n"
    )
    return int(size > LARGEST_BYTES or shown > LONGEST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
