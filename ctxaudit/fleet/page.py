"""The page of a fleet: figures, and a table of all repositories that its script sorts and filters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

from ctxaudit import __version__
from ctxaudit.fleet.figures import REACHES, Fleet, Row
from ctxaudit.fleet.report import more_secrets, repositories
from ctxaudit.report import Layout, escape
from ctxaudit.report.html import Markup, content_policy, element, joined

_NUMBER, _TEXT = "bytes", "path"  # the classes of a cell
_COLUMNS = (
    ("Repository", _TEXT),
    ("Sent", _NUMBER),
    ("Files", _NUMBER),
    ("Moved", _NUMBER),
    ("Secrets moved", _NUMBER),
    ("Saved", _NUMBER),
    ("Builds", _NUMBER),
    (".git sent", _NUMBER),
    ("Secrets: image", _NUMBER),
    ("stage", _NUMBER),
    ("sent", _NUMBER),
    ("Errors", _NUMBER),
    ("Policy", _TEXT),
    ("Status", _TEXT),
)


def page(fleet: Fleet, layout: Layout) -> str:
    """Give the page, which is one file."""
    own = files("ctxaudit.fleet").joinpath("page.html").read_text(encoding="utf-8")
    style = files("ctxaudit.report").joinpath("report.html").read_text(encoding="utf-8")
    shared = style.partition("<style>")[2].partition("</style>")[0]
    whole = own.replace("{{ style }}", shared.rstrip("\n"))
    fields = {
        "policy": content_policy(whole),
        "body": joined(*_body(fleet, layout)),
        "version": joined(__version__),
    }
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: fields[match[1]], whole)


def _body(fleet: Fleet, layout: Layout) -> Iterator[Markup]:
    yield element("dl", *_figures(fleet, layout), class_="figures")
    facts = [f"run of {escape.line(fleet.started)}"]
    facts += ["ended before its end"] if fleet.ended is None else []
    facts += [f"compared with {escape.line(fleet.compared)}"] if fleet.compared else []
    facts += [f"secrets by name alone in {repositories(len(fleet.unsearched))}"] if fleet.unsearched else []
    yield element("p", ", ".join(facts), class_="facts")
    if fleet.gone:
        names = escape.line(", ".join(fleet.gone))
        yield element("details", element("summary", f"{repositories(len(fleet.gone))} gone"), element("p", names))
    hint = element("span", class_="hint", role="status")
    search = element("label", "Filter ", Markup('<input type="search" autocomplete="off" spellcheck="false">'))
    filtered = element("div", search, hint, class_="filter")
    heads = (element("th", name, class_=kind, scope="col") for name, kind in _COLUMNS)
    rows = (element("tr", *_cells(row, layout)) for row in fleet.rows)
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *rows))
    more = element("p", Markup('<button type="button"></button>'), class_="more", hidden="hidden")
    part = element("section", filtered, element("div", table, class_="entries wide"), more)
    yield element("div", part, class_="build")


def _figures(fleet: Fleet, layout: Layout) -> Iterator[Markup]:
    rows = fleet.rows
    leaks = sum(sum(row.leaks) for row in rows)
    figures = [
        ("Repositories", f"{len(rows):,}", f"{len(fleet.unread):,} not looked at"),
        ("Sent", layout.size(sum(row.sent_bytes for row in rows)), f"{sum(row.builds for row in rows):,} builds"),
        ("Secrets", f"{leaks:,}", f"in {repositories(sum(bool(sum(row.leaks)) for row in rows))}"),
        (
            "Proposals",
            f"{sum(row.changes for row in rows):,}",
            f"{sum(row.sends_git for row in rows):,} builds send .git",
        ),
    ]
    figures += [("Policy", f"{len(fleet.broken):,}", "repositories break it")] if fleet.has_policy else []
    moved = [row.moved for row in rows if row.moved is not None]
    leaked = sum(row.moved_leaks or 0 for row in rows)
    new = sum(row.is_new for row in rows)
    notes = [f"by {repositories(sum(map(bool, moved)))}", *([f"{new:,} new"] if new else [])]
    notes += [more_secrets(leaked)] if leaked else []
    figures += [("Moved", layout.growth(sum(moved)), ", ".join(notes))] if fleet.compared else []
    for name, value, note in figures:
        yield element("div", element("dt", name), element("dd", element("strong", value), element("span", note)))


def _cells(row: Row, layout: Layout) -> Iterator[Markup]:
    """Give the cells in the order of _COLUMNS; what comes of a repository is text, and no address is a link."""
    yield element("td", element("code", escape.line(row.name)), class_=_TEXT, title=escape.line(row.commit))
    sizes = (row.sent_bytes, layout.size(row.sent_bytes)), (row.sent_files, f"{row.sent_files:,}")
    moved = (row.moved or 0, "" if row.moved is None else layout.growth(row.moved))
    moved = (moved[0], "new") if row.is_new else moved
    leaks = (
        row.moved_leaks or 0,
        "" if row.moved_leaks is None else f"{row.moved_leaks:+,}" if row.moved_leaks else "0",
    )
    counts = (row.builds, row.sends_git, *row.leaks, row.errors)
    numbers = [
        *sizes,
        moved,
        leaks,
        (row.saved_bytes, layout.size(row.saved_bytes)),
        *((count, f"{count:,}") for count in counts),
    ]
    assert len(numbers) == len(_COLUMNS) - 3 and len(row.leaks) == len(REACHES)
    for value, shown in numbers:
        yield element("td", shown, class_=_NUMBER, data_value=str(value))
    yield element("td", escape.line("; ".join(row.broken)), class_=_TEXT)
    yield element("td", escape.line(": ".join(filter(None, (row.status, row.error)))), class_=_TEXT)
