"""`ctxaudit cache`: what each step selects, what runs again after it, and what the commits did to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ctxaudit.dockerfile.stages import ONBUILD
from ctxaudit.model import (
    CacheComparison,
    CacheReport,
    CacheStep,
    FileChange,
    PathRate,
    Rerun,
    StepRate,
    StepVerdict,
    Unknown,
    text_fields,
)
from ctxaudit.report import (
    Layout,
    columns,
    escape,
    printable_name,
    printable_text,
    shortened,
    shortened_path,
    words,
)
from ctxaudit.values import counted

SCHEMA, _WHY_SCHEMA = "ctxaudit-cache/1", "ctxaudit-cache-why/1"
_BUILDS_SCHEMA = "ctxaudit-cache-builds/1"
_MINUTE, _HOUR = 60, 3600
_STEP, _LEAST = 34, 14  # columns of an instruction in the table, at most and at least
_NAME = 1  # the column of the instruction
_DROPPED = ((), (5,), (5, 3), (5, 3, 2))  # columns of the table, where there is no room for all
_BELOW = " " * 4  # before a path that changed
_OBVIOUS = ("stage:", "image:")  # sources that the row itself names
_INDENT = " " * 15  # below the instruction
_AFTER = 6  # steps after one that are listed


def render(report: CacheReport, layout: Layout) -> str:
    """Give the report as text."""
    return "".join(f"{line}\n" for line in _lines(report, layout))


def _lines(report: CacheReport, layout: Layout) -> Iterator[str]:
    yield from _heading(report, layout)
    rows = list(_rows(report, layout))
    if not rows:
        yield ""
        yield "no step selects files of the context or of another stage"
        return
    yield ""
    head = ("line", "step", "files", "size", *(("changed by", "noise") if report.span else ()))
    yield from _fitted([head, *rows], layout)
    for step in report.steps:
        if step.files is not None and (step.broad or step.after or step.rate):
            detail = list(_detail(step, report, layout))
            yield from ("", *detail) if detail else ()
    yield from _gains(report, layout)
    yield from _unknowns(report, layout)


def _fitted(rows: Sequence[Sequence[str]], layout: Layout) -> list[str]:
    """Set the table in the width: the step is cut first, then those columns are dropped that matter least."""
    for dropped in _DROPPED:
        kept = [number for number in range(len(rows[0])) if number not in dropped]
        others = sum(max(columns(row[number]) for row in rows) + 2 for number in kept if number != _NAME)
        room = min(_STEP, layout.width - others)
        if room >= _LEAST:
            break
    cut = [
        [shortened(row[number], max(room, _LEAST)) if number == _NAME else row[number] for number in kept]
        for row in rows
    ]
    return layout.table(cut, "".join("rlrrrr"[number] for number in kept))


def _gains(report: CacheReport, layout: Layout) -> Iterator[str]:
    """Say what would run again less often, the most first."""
    of = report.span.commits if report.span else 0
    shown = report.gains[: layout.top] if layout.top else report.gains
    for number, gain in enumerate(shown):
        if not number:
            yield ""
        name = shortened(printable_text(gain.instruction), _STEP * 2)
        sentence = f"{gain.rule}: of {counted(of, 'commit')} {gain.before:,} re-run {name}, {gain.after:,} would: "
        yield from layout.wrap(sentence + printable_text(gain.advice), "  ")


def _heading(report: CacheReport, layout: Layout) -> Iterator[str]:
    ignore = printable_name(report.ignore_file) if report.ignore_file else "no ignore file"
    builder = words.builder(report.builder)
    title = f"{printable_name(report.dockerfile)}, context {printable_name(report.context)} ({builder}, {ignore})"
    yield from (layout.paint(line, "bold") for line in layout.wrap(title, "  "))
    if report.span is None:
        yield from layout.wrap(f"without a history: {printable_text(report.without_history)}", "  ")
        return
    span = report.span
    dates = f"{span.since} to {span.until}" if span.since != span.until else span.since
    yield from layout.wrap(f"{counted(span.commits, 'commit')} of {printable_name(span.of)}, {dates}", "  ")
    if span.is_cut:
        yield from layout.wrap("this clone is shallow: git fetch --unshallow gives more commits", "  ")


def _rows(report: CacheReport, layout: Layout) -> Iterator[tuple[str, ...]]:
    for step in report.steps:
        name = printable_text(step.instruction)
        commits = report.span.commits if report.span else 0
        if step.files is not None and step.bytes is not None:
            amounts = f"{step.files:,}", layout.size(step.bytes)
            yield (str(step.line), name, *amounts, *(_counts(step.rate, commits) if step.rate else ()))
        elif step.follows:
            yield (str(step.line), name, "-", "-", *(("-", "-") if report.span else ()))
        elif any(cache_input.unknown for cache_input in step.inputs):
            yield (str(step.line), name, "?", "?", *(("?", "?") if report.span else ()))


def _counts(rate: StepRate, commits: int) -> tuple[str, str]:
    noise = f"{rate.noise} ({_share(rate.noise, rate.changed)})" if rate.noise else "0"
    return f"{rate.changed} ({_share(rate.changed, commits)})", noise


def _detail(step: CacheStep, report: CacheReport, layout: Layout) -> Iterator[str]:
    """Say of one step what makes it broad, what runs after it, and what changed it."""
    rate = step.rate
    if not step.broad and not (rate and rate.changed):
        return
    instruction = shortened(printable_text(step.instruction), layout.width - 16)
    yield layout.paint(f"line {step.line}: {instruction}", "bold")
    if step.broad:
        what = "the whole context" if step.broad == "." else f"most of the context: {printable_name(step.broad)}"
        yield from layout.wrap(f"  it selects {what}", "    ")
    yield from _after(step, layout)
    if rate and rate.seconds:
        noise = f", {_time(rate.noise_seconds)} of it for noise" if rate.noise_seconds else ""
        yield from layout.wrap(f"  the commits re-ran {_time(rate.seconds)} of steps{noise}", "    ")
    if rate and rate.paths:
        yield from _paths(rate, layout)


def _after(step: CacheStep, layout: Layout) -> Iterator[str]:
    for is_sure, title in ((True, "runs again after it:"), (False, "may run again, if a stage makes other files:")):
        after = [rerun for rerun in step.after if rerun.is_sure == is_sure]
        if after:
            yield from layout.wrap(f"  {title}", "    ")
            yield from (f"    {_rerun(rerun, layout)}" for rerun in after[:_AFTER])
            if len(after) > _AFTER:
                yield f"    and {counted(len(after) - _AFTER, 'more step')}"


def _rerun(rerun: Rerun, layout: Layout) -> str:
    seconds = f" ({_time(rerun.seconds)})" if rerun.seconds is not None else ""
    room = max(20, layout.width - 16 - len(seconds))
    return f"line {rerun.line}: {shortened(printable_text(rerun.instruction), room)}{seconds}"


def _paths(rate: StepRate, layout: Layout) -> Iterator[str]:
    shown = rate.paths[: layout.top] if layout.top else rate.paths
    rows = [("changed", "commits", "alone", ""), *(_path(path_rate) for path_rate in shown)]
    others = [max(columns(row[number]) for row in rows) + 2 for number in (1, 2, 3)]
    room = layout.width - len(_BELOW) - sum(others)
    if room < _LEAST:  # what the noise is has no room
        rows, room = [(*row[:3], "") for row in rows], room + others[2]
    names = [_cut(name, max(room, _LEAST), layout) for name, *_ in rows]
    begins = (_BELOW[:2], *(_BELOW for _ in shown))
    cells = zip(begins, names, rows, strict=True)
    yield from layout.table([(f"{begin}{name}", *row[1:]) for begin, name, row in cells], "lrrl")
    if len(shown) < len(rate.paths):
        yield f"    and {counted(len(rate.paths) - len(shown), 'more path')}"


def _cut(name: str, room: int, layout: Layout) -> str:
    return shortened_path(name, room) if layout.shortens else name


def _path(rate: PathRate) -> tuple[str, str, str, str]:
    return printable_name(rate.path), f"{rate.commits:,}", f"{rate.alone:,}", rate.noise


def _unknowns(report: CacheReport, layout: Layout) -> Iterator[str]:
    inputs = (
        cache_input
        for step in report.steps
        for cache_input in step.inputs
        if not cache_input.source.startswith(_OBVIOUS)
    )
    for unknown in dict.fromkeys(cache_input.unknown for cache_input in inputs if cache_input.unknown):
        yield from layout.wrap(f"unknown: {printable_text(unknown)}", "  ")
    yield from _doubts(report.unknowns, layout)


def _doubts(unknowns: Iterable[Unknown], layout: Layout) -> Iterator[str]:
    # Nearly every build stands on an image whose triggers nobody knows.
    for doubt in (unknown for unknown in unknowns if not unknown.what.startswith(ONBUILD)):
        yield from layout.wrap(f"unknown: {printable_text(f'{doubt.where}: {doubt.what}')}", "  ")


def _share(part: int, whole: int) -> str:
    return words.share(part, whole, digits=0) if whole else "0%"


def _time(seconds: float | None) -> str:
    """Give a time as people say it: "4.2 s", "3 min 20 s", "2 h 47 min"."""
    if seconds is None:
        return ""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"
    return f"{int(seconds // _HOUR):,} h {int(seconds % _HOUR // _MINUTE)} min"


def as_json(report: CacheReport, layout: Layout) -> str:
    """Give the report as JSON, `ctxaudit-cache/1`."""
    return escape.document(fields(report))


FORMATS = {"text": render, "json": as_json}


def compared(comparison: CacheComparison, layout: Layout) -> str:
    """Give a comparison with another build as text."""
    return "".join(f"{line}\n" for line in _compared(comparison, layout))


def _compared(comparison: CacheComparison, layout: Layout) -> Iterator[str]:
    verdicts = Counter(row.verdict for row in comparison.steps)
    name = f"{printable_name(comparison.dockerfile)}, context {printable_name(comparison.context)}"
    title = layout.wrap(f"{name}, beside {printable_name(comparison.against)}", "  ")
    yield from (layout.paint(line, "bold") for line in title)
    counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in ("hit", "miss", "unknown") if verdicts[verdict])
    yield f"{counted(len(comparison.steps), 'step')}: {counts}" if counts else "no step that a cache holds"
    yield ""
    room = layout.width - 19
    because = ""
    for row in comparison.steps:
        yield f"{row.line:>4}  {row.verdict:<7}  {shortened(printable_text(row.instruction), room)}".rstrip()
        if row.because and row.because != because:
            yield from layout.wrap(f"{_INDENT}{printable_text(row.because)}", _INDENT)
        because = row.because
        yield from _changes(row, layout)
    yield from _doubts(comparison.unknowns, layout)


def _changes(step: StepVerdict, layout: Layout) -> Iterator[str]:
    rows = list(_grouped(step.changes))
    shown = rows[: layout.top] if layout.top else rows
    for row, _ in shown:
        yield from layout.wrap(f"{_INDENT}  {row}", f"{_INDENT}    ")
    if left := sum(count for _, count in rows[len(shown) :]):
        yield f"{_INDENT}  and {counted(left, 'more difference')}"


def _grouped(changes: Sequence[FileChange]) -> Iterator[tuple[str, int]]:
    """Give a row for each difference, and how many it stands for: of a new directory, one that went and `.git` one."""
    whole = {
        (file_change.path, file_change.change)
        for file_change in changes
        if file_change.kind == "dir" and file_change.change in ("new", "gone")
    }
    groups: dict[tuple[str, str], list[FileChange]] = {}
    for file_change in changes:
        parts = file_change.path.split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        top = next((path for path in above if (path, file_change.change) in whole), None)
        in_git = next((path for path in above[:-1] if path.endswith(".git")), None)
        key = (
            (top, file_change.change)
            if top is not None
            else (in_git, "")
            if in_git
            else (file_change.path, file_change.change)
        )
        groups.setdefault(key, []).append(file_change)
    for (path, change), file_changes in groups.items():
        files = sum(file_change.kind != "dir" for file_change in file_changes)
        if len(file_changes) == 1 or (change and not files):
            yield _change(file_changes[0]), len(file_changes)
        elif change:
            yield f"{printable_name(path)}/: {change}, {counted(files, 'file')}", len(file_changes)
        else:
            yield f"{printable_name(path)}/: {counted(len(file_changes), 'difference')}", len(file_changes)


def _change(change: FileChange) -> str:
    name = printable_name(change.path) + "/" * (change.kind == "dir")
    if change.change == "name":
        return f"{printable_name(change.before)} is now {name}"
    values = (
        f" {printable_name(change.before)} → {printable_name(change.after)}" if change.before or change.after else ""
    )
    return f"{name}: {change.change}{values}"


def _compared_as_json(comparison: CacheComparison, layout: Layout) -> str:
    """Give a comparison with another build as JSON, `ctxaudit-cache-why/1`."""
    return escape.document(_compared_fields(comparison))


def _compared_fields(comparison: CacheComparison) -> dict[str, Any]:
    """Give the members of the JSON document of a comparison."""
    return {
        "schema": _WHY_SCHEMA,
        **text_fields("dockerfile", comparison.dockerfile),
        **text_fields("context", comparison.context),
        "builder": comparison.builder,
        **text_fields("against", comparison.against),
        "steps": [
            {
                "line": row.line,
                "stage": row.stage,
                **text_fields("instruction", row.instruction),
                "verdict": row.verdict,
                "because": row.because or None,
                "changes": [
                    {
                        **text_fields("path", change.path),
                        "change": change.change,
                        "type": change.kind,
                        **text_fields("before", change.before),
                        **text_fields("after", change.after),
                    }
                    for change in row.changes
                ],
            }
            for row in comparison.steps
        ],
        "unknowns": _unknown_fields(comparison.unknowns),
    }


WHY_FORMATS = {"text": compared, "json": _compared_as_json}

_Answers = Sequence[tuple[str, CacheReport | CacheComparison]]


def each(answers: _Answers, layout: Layout) -> str:
    """Give the answers for several builds as text, each under the name of its build."""
    return "\n".join(
        f"{layout.paint(words.title(name), 'bold')}:\n"
        + (
            compared(cache_comparison, layout)
            if isinstance(cache_comparison, CacheComparison)
            else render(cache_comparison, layout)
        )
        for name, cache_comparison in answers
    )


def _each_as_json(answers: _Answers, layout: Layout) -> str:
    """Give the answers for several builds as one JSON document, `ctxaudit-cache-builds/1`."""
    builds = [
        {
            **text_fields("name", name),
            **(
                _compared_fields(cache_comparison)
                if isinstance(cache_comparison, CacheComparison)
                else fields(cache_comparison)
            ),
        }
        for name, cache_comparison in answers
    ]
    return escape.document({"schema": _BUILDS_SCHEMA, "builds": builds})


EACH_FORMATS = {"text": each, "json": _each_as_json}


def fields(report: CacheReport) -> dict[str, Any]:
    """Give the members of the JSON document."""
    return {
        "schema": SCHEMA,
        **text_fields("dockerfile", report.dockerfile),
        **text_fields("context", report.context),
        "builder": report.builder,
        **text_fields("ignore_file", report.ignore_file),
        "commits": report.span
        and {
            **text_fields("of", report.span.of),
            "count": report.span.commits,
            "since": report.span.since,
            "until": report.span.until,
            "shallow": report.span.is_cut,
        },
        "without_history": report.without_history or None,
        "steps": [_step(step) for step in report.steps],
        "gains": [
            {
                "rule": gain.rule,
                "line": gain.line,
                **text_fields("instruction", gain.instruction),
                "before": gain.before,
                "after": gain.after,
                **text_fields("advice", gain.advice),
            }
            for gain in report.gains
        ],
        "unknowns": _unknown_fields(report.unknowns),
    }


def _unknown_fields(unknowns: Iterable[Unknown]) -> list[dict[str, str]]:
    return [
        {
            **text_fields("what", unknown.what),
            **text_fields("where", unknown.where),
            **text_fields("settle", unknown.settle),
        }
        for unknown in unknowns
    ]


def _step(step: CacheStep) -> dict[str, Any]:
    rate = step.rate
    return {
        "line": step.line,
        "stage": step.stage,
        **text_fields("instruction", step.instruction),
        "inputs": [
            {
                **text_fields("source", cache_input.source),
                "selectors": [text_fields("path", path) for path in cache_input.selectors],
                "digests": list(cache_input.digests),
                "key": cache_input.key or None,
                "unknown": cache_input.unknown or None,
            }
            for cache_input in step.inputs
        ],
        "files": step.files,
        "bytes": step.bytes,
        "broad": text_fields("path", step.broad) if step.broad else None,
        "follows": list(step.follows),
        "seconds": step.seconds,
        "runs_after": [
            {
                "line": rerun.line,
                "stage": rerun.stage,
                **text_fields("instruction", rerun.instruction),
                "sure": rerun.is_sure,
                "seconds": rerun.seconds,
            }
            for rerun in step.after
        ],
        "history": rate
        and {
            "changed": rate.changed,
            "noise": rate.noise,
            "reruns": rate.reruns,
            "seconds": rate.seconds,
            "noise_seconds": rate.noise_seconds,
            "paths": [
                {
                    **text_fields("path", path_rate.path),
                    "commits": path_rate.commits,
                    "alone": path_rate.alone,
                    "noise": path_rate.noise or None,
                }
                for path_rate in rate.paths
            ],
        },
    }
