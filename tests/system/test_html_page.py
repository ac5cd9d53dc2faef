"""The HTML report in a real Chromium: what a person sees, presses and reads, and that nothing leaves the page."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from hostile import MANY, NAMES, report_with
from playwright.sync_api import Browser, Page, sync_playwright
from twelve import twelve_services

from ctxaudit.model import Report, SizeNode
from ctxaudit.report import FORMATS, Layout, printable_name
from ctxaudit.values import shown_size
from support import ctxaudit, make_tree

COPY_ALL = "FROM scratch\nCOPY . /\n"
HOSTILE = "<img src=x onerror=alert(1)>"
TREE = {
    "Dockerfile": COPY_ALL,
    "package.json": "{}",
    ".env": "TOKEN=9f2c4e7a1b6d8f0a3c5e7d41\n",
    "node_modules/.package-lock.json": "{}",
    **{f"node_modules/{name}/index.js": "x" * length for name, length in (("a", 90_000), ("b", 40_000), ("c", 9_000))},
    "src/main.js": "x" * 30_000,
    "src/lib/one.js": "x" * 12_000,
    "src/lib/two.js": "x" * 7_000,
    "assets/logo.svg": "x" * 21_000,
    HOSTILE: "x" * 15_000,
    **{f"tiny/{number:03}": "x" for number in range(300)},
}
Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_tree(tmp_path_factory.mktemp("page") / "web", TREE)
    report = ctxaudit(".", "--format", "html", cwd=root)
    assert report.returncode == 1, report.stderr
    (root.parent / "report.html").write_bytes(report.stdout)
    return root


@pytest.fixture
def opened(browser: Browser, root: Path) -> Open:
    """Open the report; at the end, nothing left the page, no error was logged and no dialog opened."""

    @contextmanager
    def opened(file: Path = root.parent / "report.html", **options: Any) -> Iterator[Page]:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
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


def cells(page: Page) -> dict[str, dict[str, float]]:
    """Each rectangle's label up to its first comma, and its box."""
    # Asked at once, as the map may be drawn anew between two questions.
    found: list[tuple[str, dict[str, float]]] = page.locator(".cell").evaluate_all(
        "cells => cells.map(cell => [cell.getAttribute('aria-label'), cell.getBoundingClientRect().toJSON()])"
    )
    return {label.partition(",")[0]: box for label, box in found}


def paths(page: Page) -> list[str]:
    return page.locator(".entries tbody td.path").all_inner_texts()


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.tagName")


def test_rectangles_are_as_large_as_what_they_stand_for(opened: Open) -> None:
    with opened() as page:
        found = cells(page)
        whole = page.locator(".map").bounding_box()
    bytes_of = {
        "node_modules/ 139.00kB in 4 files": 139_002,
        "src/ 49.00kB in 3 files": 49_000,
        "assets/ 21.00kB in 1 file": 21_000,
        f"{HOSTILE} 15.00kB": 15_000,
    }
    total = sum(len(content) for content in TREE.values())
    assert whole is not None
    for label, size_ in bytes_of.items():
        area = found[label]["width"] * found[label]["height"]
        assert area / (whole["width"] * whole["height"]) == pytest.approx(size_ / total, rel=0.02)
    areas = sum(box["width"] * box["height"] for box in found.values())
    assert areas == pytest.approx(whole["width"] * whole["height"], rel=0.001)


def test_what_is_too_small_to_be_pointed_at_is_one_neutral_rectangle(opened: Open) -> None:
    with opened() as page:
        merged = page.locator(".cell.merged")
        label = "cells => cells.map(cell => cell.getAttribute('aria-label'))"
        assert merged.evaluate_all(label) == ["3 smaller files 55B, merged"]
        assert [name for name in cells(page) if name.startswith((".env", "Dockerfile", "package.json"))] == []


def test_the_keyboard_zooms_in_and_back_out(opened: Open) -> None:
    with opened() as page:
        page.locator(".cell[tabindex='0']").focus()
        assert focused(page).startswith("node_modules/")
        page.keyboard.press("ArrowRight")
        assert focused(page).startswith("src/")
        page.keyboard.press("Enter")
        assert page.locator(".crumbs").inner_text().split() == ["./", "src/"]
        assert [*cells(page)] == ["main.js 30.00kB", "lib/ 19.00kB in 2 files"]
        assert paths(page) == ["src/main.js", "src/lib/", "src/lib/one.js", "src/lib/two.js"]
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        assert [*cells(page)] == ["one.js 12.00kB", "two.js 7.00kB"]
        page.keyboard.press("Backspace")
        assert focused(page).startswith("lib/")
        page.keyboard.press("Backspace")
        assert (focused(page).partition(",")[0], len(cells(page))) == ("src/ 49.00kB in 3 files", 6)


@pytest.mark.parametrize(
    ("key", "edge", "other"),
    [("ArrowRight", "left", "right"), ("ArrowDown", "top", "bottom")],
)
def test_an_arrow_moves_that_way_or_stays(opened: Open, key: str, edge: str, other: str) -> None:
    with opened() as page:
        found = list(cells(page).items())
        for index, (label, box) in enumerate(found):
            page.locator(".cell").nth(index).focus()
            page.keyboard.press(key)
            reached = focused(page).partition(",")[0]
            ahead = [name for name, one in found if one[edge] >= box[other] - 1]
            assert reached in ahead or (reached == label and not ahead)


def test_a_click_zooms_and_the_breadcrumb_leads_back(opened: Open) -> None:
    with opened() as page:
        page.locator(".cell").first.click()
        assert page.locator(".crumbs [aria-current]").inner_text() == "node_modules/"
        page.locator(".crumbs button").first.click()
        assert page.locator(".crumbs").inner_text().split() == ["./"]


def test_the_filter_narrows_the_map_and_the_table(opened: Open) -> None:
    with opened() as page:
        everything = page.get_by_role("status").inner_text()
        page.keyboard.press("/")
        page.keyboard.type("LIB/")
        assert paths(page) == ["src/lib/", "src/lib/one.js", "src/lib/two.js"]
        assert page.get_by_role("status").inner_text() == "3 entries, 19.00kB"
        assert [*cells(page)] == ["src/ 19.00kB in 3 files"]
        page.keyboard.press("Escape")
        assert page.get_by_role("status").inner_text() == everything
        page.get_by_placeholder("part of a path").fill("no such path")
        assert page.locator(".map").inner_text() == "Nothing to draw: no bytes match."


def test_a_verdict_can_be_left_out(opened: Open) -> None:
    with opened() as page:
        assert page.locator("fieldset label").all_text_contents() == [
            *("error31B", "warning139.00kB", "note22B", "rest85.30kB")
        ]
        page.get_by_role("checkbox", name="warning").uncheck()
        assert "node_modules/" not in paths(page)
        assert [name for name in cells(page) if name.startswith("node_modules/")] == []


def test_a_click_on_a_head_sorts_and_says_so(opened: Open) -> None:
    with opened() as page:
        sorted_by = "heads => heads.map(head => head.getAttribute('aria-sort'))"
        heads = page.locator(".entries th")
        assert heads.evaluate_all(sorted_by) == [None, "descending", None, None, None]
        page.get_by_role("button", name="Files", exact=True).click()
        assert heads.evaluate_all(sorted_by) == [None, None, "descending", None, None]
        assert paths(page)[:2] == ["tiny/", "node_modules/"]
        page.get_by_role("button", name="Path", exact=True).click()
        assert heads.evaluate_all(sorted_by) == ["ascending", None, None, None, None]
        assert paths(page)[:3] == [".env", HOSTILE, "Dockerfile"]
        page.get_by_role("button", name="Path", exact=True).click()
        assert paths(page)[:1] == ["tiny/299"]
        page.get_by_role("button", name="Verdict", exact=True).click()
        assert page.locator(".entries tbody .badge").first.inner_text() == "error"


def test_a_long_table_comes_in_pages(opened: Open) -> None:
    with opened() as page:
        assert (len(paths(page)), page.locator(".more").inner_text()) == (100, "100 of 320 shown. Show more")
        for _ in range(3):
            page.get_by_role("button", name="Show more").click()
        assert (len(paths(page)), page.locator(".more").inner_text()) == (320, "")


def test_what_is_copied_is_what_git_apply_takes(opened: Open, root: Path) -> None:
    with opened(permissions=["clipboard-read", "clipboard-write"]) as page:
        page.get_by_role("button", name="Copy").click()
        page.get_by_role("button", name="Copied").wait_for()
        text = page.evaluate("navigator.clipboard.readText()")
    subprocess.run(["git", "apply", "-"], cwd=root, input=text.encode(), check=True)
    assert ctxaudit(".", "--check", cwd=root).returncode == 0
    (root / ".dockerignore").unlink()


def test_what_may_not_be_copied_is_selected(opened: Open) -> None:
    with opened() as page:
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.get_by_role("button", name="Copy").click()
        page.get_by_role("button", name="Selected").wait_for()
        assert page.evaluate("getSelection().toString()").startswith("diff --git a/.dockerignore b/.dockerignore\n")


def test_it_is_dark_where_the_system_is_and_light_elsewhere(opened: Open) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        with opened(color_scheme=scheme) as page:
            colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours == {"light": "rgb(246, 247, 249)", "dark": "rgb(15, 19, 24)"}


@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_nothing_scrolls_sideways_at_360_pixels(opened: Open, scripted: bool) -> None:
    with opened(viewport={"width": 360, "height": 740}, java_script_enabled=scripted) as page:
        wide = page.locator("body *").evaluate_all(
            "all => all.filter(one => one.getBoundingClientRect().right > 360.5).map(one => one.outerHTML)"
        )
        assert (page.evaluate("document.documentElement.scrollWidth"), wide) == (360, [])


@pytest.mark.parametrize("base", [(), ("--base", "main")], ids=["as it is", "compared"])
def test_no_table_of_several_builds_is_cut_at_360_pixels(opened: Open, tmp_path: Path, base: tuple[str, ...]) -> None:
    file = tmp_path / "report.html"
    words = ("--all", *base, "--output", f"html={file}", "--fail-on", "never")
    assert ctxaudit(*words, cwd=twelve_services(tmp_path / "shop")).returncode == 0
    with opened(file, viewport={"width": 360, "height": 740}) as page:
        cut = page.locator(".wide").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
        shown = page.locator("nav th:visible").all_inner_texts()
    assert (cut, shown) == ([0, 0], ["Build", "Change" if base else "Sent", "Findings"])


def test_without_javascript_all_but_the_map_can_be_read(opened: Open) -> None:
    with opened(java_script_enabled=False) as page:
        assert (page.locator(".cell").count(), len(paths(page))) == (0, 50)
        assert page.get_by_text("The map, the filter and sorting need JavaScript.").is_visible()
        assert page.get_by_text("The 50 largest of 320 entries.").is_visible()
        assert page.locator(".added:visible").all_inner_texts()[1:-1] == ["+**/node_modules\n", "+**/.env\n"]
        assert not page.locator(".copy").is_visible()
        page.get_by_text("1 note", exact=True).click()
        assert page.locator(".findings code").all_inner_texts() == [".env:1", "node_modules/", "Dockerfile"]


def test_a_name_that_is_markup_stays_text(opened: Open) -> None:
    with opened() as page:
        assert (page.locator("img").count(), HOSTILE in paths(page)) == (0, True)
        page.get_by_role("button", name=HOSTILE).hover()
        assert page.locator(".detail").inner_text() == f"{HOSTILE} 15.00kB, rest"


class Server(BaseHTTPRequestHandler):
    """Keeps what is asked of it."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_: object) -> None: ...


INTRUDER = """async (address) => {
    const added = (tag, fields) => new Promise((done) => {
        document.body.append(Object.assign(document.createElement(tag), fields, { onload: done, onerror: done }));
        setTimeout(done, 300);
    });
    await added("img", { src: `${address}/image` });
    await added("script", { src: `${address}/script` });
    await added("script", { textContent: "window.owned = 1" });
    await added("iframe", { src: `${address}/frame` });
    await fetch(`${address}/fetch`).catch(() => {});
    return window.owned;
}"""


def test_the_policy_stops_what_should_not_be_there(browser: Browser, root: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        for file, asked in (("report.html", []), ("bare.html", ["/fetch", "/frame", "/image", "/script"])):
            Server.asked.clear()
            page = browser.new_page()
            (root.parent / "bare.html").write_text("<!doctype html><title>a</title><body>")
            page.goto((root.parent / file).as_uri())
            owned = page.evaluate(INTRUDER, address)
            assert (owned, sorted(Server.asked)) == (1 if asked else None, asked)
            page.close()
        server.shutdown()


def test_sizes_are_written_as_everywhere_else(opened: Open) -> None:
    counts = [0, 999, 1000, 1125, 1135, 1375, 1625, 1875, 2125, 999_994, 999_999, 1_000_000, 18_625_000, 12_345_678]
    counts += [number * 1_117 for number in range(1, 3000)] + [number * 125 for number in range(8, 3000)]
    with opened() as page:
        assert page.evaluate("counts => counts.map(count => size(count))", counts) == list(map(shown_size, counts))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_print_leaves_out_what_paper_cannot_do(opened: Open, scheme: str) -> None:
    with opened(color_scheme=scheme) as page:
        page.emulate_media(media="print")
        colours = "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        assert page.evaluate(colours) == ["rgb(28, 33, 40)", "rgb(255, 255, 255)"]
        hidden = [".map", ".filter", ".crumbs", ".copy", ".keys"]
        assert [one for one in hidden if page.locator(one).is_visible()] == []
        assert page.locator(".entries tbody tr:visible").count() == 50
        assert page.pdf()[:5] == b"%PDF-"


AXE = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "360 pixels": {"viewport": {"width": 360, "height": 740}},
}


@pytest.mark.parametrize("options", AXE.values(), ids=AXE)
def test_axe_finds_no_violation(opened: Open, options: dict[str, Any]) -> None:
    with opened(**options) as page:
        page.locator("details").evaluate("notes => notes.open = true")
        found = Axe().run(page).response["violations"]
        page.locator(".explorer").first.scroll_into_view_if_needed()  # the map is drawn when it comes near
        page.locator(".cell").first.click()
        found += Axe().run(page).response["violations"]
    assert [(one["id"], node["html"]) for one in found for node in one["nodes"]] == []


def test_of_several_builds_each_map_is_drawn_when_it_comes_near(opened: Open, root: Path) -> None:
    tree = {"Dockerfile": "FROM scratch\nCOPY --from=other . /\nCOPY . /\n", "other/a": "x" * 500, "b": "1"}
    make_tree(root.parent / "two", tree)
    file = root.parent / "two.html"
    command = [".", "--build-context", "other=other", "--output", f"html={file}"]
    assert ctxaudit(*command, cwd=root.parent / "two").returncode == 0
    with opened(file, viewport={"width": 1200, "height": 300}) as page:
        assert page.locator(".overview a").all_inner_texts() == ["Dockerfile", "Dockerfile, context other"]
        assert page.locator("h2").all_inner_texts() == ["two", "Dockerfile", "Dockerfile, context other"]
        maps = page.locator(".explorer")
        # Two frames: the page has looked by then at what is near. The last map lies more than a screen of 900 pixels
        # further down, so that it does not depend on fonts, nor on when the browser gets the size of its window.
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert (maps.count(), maps.last.locator(".cell").count()) == (2, 0)
        page.get_by_role("link", name="context other").click()
        for one in maps.all():  # the link leads to the last, and the first is near then
            one.locator(".cell").first.wait_for()
        assert [(one["id"]) for one in Axe().run(page).response["violations"]] == []


# What the page is made of: the names of its elements and their attributes, but for a diff's line, which a name cuts in
# two, and for what may be copied, which is only offered where it can be.
SKELETON = """() => [...document.querySelectorAll('*')]
    .filter(one => !['BR', 'BUTTON'].includes(one.tagName) && !(one.tagName === 'SPAN' && one.closest('pre')))
    .map(one => [one.tagName, ...[...one.attributes].map(attribute => attribute.name).sort()].join(' '))"""


def page_of(name: str, count: int = 1) -> str:
    """The page of a report in which the name stands wherever a name can stand, on the map as well."""
    nodes = (SizeNode("", -1, "dir", 1, 9), SizeNode(name, 0, "dir", 1, 9), SizeNode(name, 1, None, 1, 9))
    report = report_with(name)
    targets = tuple(replace(audit, sizes=nodes) for audit in report.targets[:count])
    return FORMATS["html"].render(Report(targets, report.baseline, report.failures, report.shared), Layout())


def drawn(page: Page) -> tuple[str, object]:
    """Open every section, and return the label of the one cell of the map, and what the page is made of."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator(".explorer").first.scroll_into_view_if_needed()
    return page.locator(".cell").first.get_attribute("aria-label") or "", page.evaluate(SKELETON)


def test_200_hostile_names_are_text_in_a_browser(opened: Open, tmp_path: Path) -> None:
    """No element, attribute, script, request or dialog comes of one."""
    file = tmp_path / "report.html"
    file.write_text(page_of("name"))
    with opened(file, viewport={"width": 1200, "height": 6000}) as page:
        harmless = drawn(page)[1]
        for name in dict.fromkeys([*NAMES.values(), *MANY]):
            shown = printable_name(name)
            file.write_text(page_of(name))
            page.goto(file.as_uri())
            label, skeleton = drawn(page)
            title, text = page.evaluate("[document.querySelector('title').textContent, document.body.textContent]")
            assert (shown in title, shown in text, skeleton) == (True, True, harmless), ascii(name)
            assert label.startswith(printable_name(name.rpartition("/")[2])), (ascii(name), label)
