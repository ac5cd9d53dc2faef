"""Rows of a report that no run has found: as many as one likes, some with hostile texts."""

from __future__ import annotations

from ctxaudit.fleet.figures import Before, Fleet, Row

_HOSTILE = "<script>alert({})</script>\x1b[31m\u202e{{{{ body }}}}"
_STATUSES = ("audited", "audited", "audited", "no builds", "failed", "stopped")


def row(number: int) -> Row:
    """Give a repository: of ten in a row, the last has hostile texts; sizes grow with the number, and move by some."""
    name = _HOSTILE.format(number) if number % 10 == 9 else f"group{number % 7}/repository-{number:04}"
    status = _STATUSES[number % len(_STATUSES)]
    error = "git knows no object" if status == "failed" else ""
    sent = number * 997 if status == "audited" else 0
    broken = (f"max-size: {name}: more than it may",) if number % 4 == 1 else ()
    before = None if number % 5 == 4 else Before(sent - number % 3 * 100, number % 7)
    return Row(
        *(name, f"/srv/{name}", f"{number:040x}", status, error, number % 4, number % 2),
        *(f"{name}: it cannot be read" if number % 2 else "", number, sent),
        *(
            number % 2,
            before,
            number % 20 == 19,
            number % 3,
            sent // 2,
            (number % 3, number % 5, 0),
            number % 6,
            2,
            broken,
        ),
    )


def fleet(count: int) -> Fleet:
    """Give a run over so many, compared with one a week before."""
    times = ("2026-11-29T10:00:00+00:00", "2026-11-29T10:02:00+00:00", "2026-11-22T10:00:00+00:00")
    return Fleet(times[0], times[1], "0.1.0", times[2], True, tuple(map(row, range(count))), ("group0/gone",))
