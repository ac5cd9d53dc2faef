"""What a fleet is said to be: text, JSON, CSV; the page is in `page.py`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence

from ctxaudit.fleet.figures import REACHES, Fleet, Row
from ctxaudit.report import Layout, escape, printable_text, unheeded
from ctxaudit.values import and_more, counted

SCHEMA = "ctxaudit-fleet/1"
# What a spreadsheet takes for the start of a formula, also after blanks and, in East Asia, in full width, and GitHub's
# runner for that of a command; a quote before it makes it a text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "::", *"\uff1d\uff0b\uff0d\uff20")
_REACH_WORDS = {"final": "in the image", "intermediate": "in a stage", "sent": "sent"}
COLUMNS = (
    *("repository", "commit", "status", "builds", "failed_builds", "sent_files", "sent_bytes", "sends_git"),
    *(
        "moved_bytes",
        "moved_leaks",
        "new",
        "proposals",
        "saved_bytes",
        *(f"leaks_{reach}" for reach in REACHES),
        "errors",
        "warnings",
        "policy",
        "error",
        "location",
    ),
)


def text(fleet: Fleet, layout: Layout) -> str:
    """Say it for a terminal: sums, then tables of what matters most."""
    lines = [*_head(fleet, layout)]
    for title, rows in _tables(fleet, layout):
        shown = rows[: layout.top] if layout.top else rows
        lines += ["", layout.paint(title, "bold"), *(f"  {line}".rstrip() for line in layout.table(shown, "rll"))]
        if len(rows) > len(shown):
            lines.append(f"  {and_more(len(rows) - len(shown), '').strip()}")
    return unheeded("\n".join(lines) + "\n")


def _head(fleet: Fleet, layout: Layout) -> Iterator[str]:
    rows = fleet.rows
    total, saved = sum(row.sent_bytes for row in rows), sum(row.saved_bytes for row in rows)
    builds = sum(row.builds for row in rows)
    yield f"{repositories(len(rows))}, {counted(builds, 'build')}: {layout.size(total)} sent"
    git = sum(row.sends_git for row in rows)
    if git:
        are = "is" if git == 1 else "are"
        yield f"{git:,} of the builds {are} sent .git, which is not counted: how large it is depends on the clone"
    changed = [row.changes for row in rows if row.changes]
    less = f", {layout.size(saved)} less" if saved else ""
    yield f"{counted(sum(changed), 'proposal')} for {repositories(len(changed))}{less}"
    leaks = [sum(row.leaks[number] for row in rows) for number, _ in enumerate(REACHES)]
    secrets = ", ".join(
        f"{count:,} {_REACH_WORDS[reach]}" for reach, count in zip(REACHES, leaks, strict=True) if count
    )
    yield f"secrets: {secrets or 'none in an image or a stage'}"
    if fleet.unsearched:
        unsearched = f"the files of {repositories(len(fleet.unsearched))}"
        yield f"by name alone in {unsearched}: which secrets their contents hold is not known without --content"
    yield "only the files of each head commit are audited: a working copy may also have files that git does not track"
    if fleet.passed_over:
        yield f"passed over, as their commits are older: {repositories(len(fleet.passed_over))}"
    if fleet.has_policy:
        yield f"policy: {f'broken by {repositories(len(fleet.broken))}' if fleet.broken else 'kept by all'}"
    if fleet.compared:
        yield f"since {escape.line(fleet.compared)}: {_movement(fleet, layout)}"
    if fleet.ended is None:
        yield "the run was ended before its end: the same command goes on"


def _movement(fleet: Fleet, layout: Layout) -> str:
    moved = [row.moved for row in fleet.rows if row.moved is not None]
    parts = [f"{layout.growth(sum(moved))} sent by {repositories(sum(map(bool, moved)))}"]
    more = [row.moved_leaks for row in fleet.rows if row.moved_leaks]
    parts += [f"{more_secrets(sum(more))} in {repositories(len(more))}"] if more else []
    new = sum(row.is_new for row in fleet.rows)
    parts += [f"{new:,} new"] if new else []
    parts += [f"{len(fleet.gone):,} gone"] if fleet.gone else []
    return ", ".join(parts)


def more_secrets(number: int) -> str:
    """Say how many more, or fewer."""
    return f"{number:+,} {'secret' if abs(number) == 1 else 'secrets'}"


def repositories(number: int) -> str:
    """Say how many."""
    return f"{number:,} {'repository' if number == 1 else 'repositories'}"


def _tables(fleet: Fleet, layout: Layout) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Give the tables that have rows: a number, a repository, a remark."""

    def table(title: str, rows: Sequence[Row], number: Callable[[Row], str], remark: Callable[[Row], str]) -> Iterator[
        tuple[str, list[tuple[str, str, str]]]
    ]:  # fmt: skip
        if rows:
            shown = ((number(row), row.name, remark(row)) for row in rows)
            yield (
                title,
                [(escape.line(figure), escape.line(name), escape.line(rest)) for figure, name, rest in shown],
            )

    def by(value: Callable[[Row], int], rows: Sequence[Row] = fleet.rows) -> list[Row]:
        return sorted((row for row in rows if value(row)), key=lambda row: (-value(row), row.name))

    yield from table("Secrets", by(lambda row: sum(row.leaks)), lambda row: f"{sum(row.leaks):,}", _leaks)
    yield from table("Policy", fleet.broken, lambda row: f"{len(row.broken):,}", lambda row: row.broken[0])
    yield from table(
        "Sent", by(lambda row: row.sent_bytes), lambda row: layout.size(row.sent_bytes),
        lambda row: f"{layout.size(row.saved_bytes)} less with the proposal" if row.saved_bytes else "",
    )  # fmt: skip
    moved = by(lambda row: abs(row.moved or 0) or abs(row.moved_leaks or 0))
    yield from table("Moved", moved, lambda row: layout.growth(row.moved or 0), _secrets_moved)
    new = [row for row in fleet.rows if row.is_new]
    yield from table("New", new, lambda row: layout.size(row.sent_bytes), lambda row: "")
    if fleet.gone:
        yield "Gone", [("", escape.line(name), "") for name in fleet.gone]
    yield from table("Not looked at", fleet.unread, lambda row: row.status, lambda row: row.error)
    failed = by(lambda row: row.failed)
    yield from table(
        "Builds that could not be looked at", failed, lambda row: f"{row.failed:,}", lambda row: row.failure
    )


def _secrets_moved(row: Row) -> str:
    return more_secrets(row.moved_leaks) if row.moved_leaks else ""


def _leaks(row: Row) -> str:
    return ", ".join(
        f"{count:,} {_REACH_WORDS[reach]}" for reach, count in zip(REACHES, row.leaks, strict=True) if count
    )


def values(row: Row) -> tuple[object, ...]:
    """Give what a row has in each of COLUMNS."""
    return (
        *(row.name, row.commit, row.status, row.builds, row.failed, row.sent_files, row.sent_bytes, row.sends_git),
        *(
            row.moved,
            row.moved_leaks,
            row.is_new,
            row.changes,
            row.saved_bytes,
            *row.leaks,
            row.errors,
            row.warnings,
            list(row.broken),
            row.error,
            row.location,
        ),
    )


def json(fleet: Fleet, layout: Layout) -> str:
    """Give it as JSON, by the schema SCHEMA: a member of each repository for each of COLUMNS."""
    members = {
        "schema": SCHEMA,
        "version": fleet.version,
        "started": fleet.started,
        "ended": fleet.ended,
        "unsearched": list(fleet.unsearched),
        "compared": fleet.compared,
        "repositories": [dict(zip(COLUMNS, values(row), strict=True)) for row in fleet.rows],
        "gone": list(fleet.gone),
    }
    return escape.document(members)


def table(fleet: Fleet, layout: Layout) -> str:
    """Give it as CSV, a line for each repository, also a gone one; nothing in it is a formula of a spreadsheet."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in fleet.rows:
        writer.writerow([_cell(value) for value in values(row)])
    for name in fleet.gone:
        writer.writerow([_cell({"repository": name, "status": "gone"}.get(column)) for column in COLUMNS])
    return stream.getvalue()


def _cell(value: object) -> str | int:
    if value is None or isinstance(value, int):
        return "" if value is None else int(value)
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    shown = escape.line(printable_text(text))
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


def html(fleet: Fleet, layout: Layout) -> str:
    """Give it as a page of one file."""
    from ctxaudit.fleet.page import page

    return page(fleet, layout)


FORMATS: dict[str, Callable[[Fleet, Layout], str]] = {"text": text, "json": json, "html": html, "csv": table}
