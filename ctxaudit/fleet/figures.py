"""What a ledger says of the repositories of its last run, and of how they moved since the run before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ctxaudit.builders import is_of_another_builder, number_of_builds
from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import AUDITED, EMPTY, NO_BUILDS, OLDER
from ctxaudit.fleet.ledger import Ledger
from ctxaudit.values import frozen

REACHES = ("final", "intermediate", "sent")  # how far a secret gets, the worst first
_LOOKED_AT = frozenset((AUDITED, NO_BUILDS, EMPTY))


@frozen
class Before:
    """What the builds of a repository were sent at an earlier run, and the secrets in it."""

    sent_bytes: int
    leaks: int


@frozen
class Row:
    """One repository.

    status, error: how the look ended. builds: that were audited; failed: those that could not be; failure: why the
    first could not. sent_files, sent_bytes: what all builds are sent. before: the same at the run that is compared,
    None where that did not look at it; is_new: that did not know it.
    sends_git: builds that are sent `.git`, whose size depends on the clone and is in no figure.
    changes: ignore files with a proposal; saved_bytes: what these would save. leaks: secrets by reach, as REACHES.
    errors, warnings: findings. broken: sentences on what breaks the policy.
    """

    name: str
    location: str
    commit: str
    status: str
    error: str
    builds: int
    failed: int
    failure: str
    sent_files: int
    sent_bytes: int
    sends_git: int
    before: Before | None
    is_new: bool
    changes: int
    saved_bytes: int
    leaks: tuple[int, ...]
    errors: int
    warnings: int
    broken: tuple[str, ...]

    @property
    def is_looked_at(self) -> bool:
        """Whether its figures say something."""
        return self.status in _LOOKED_AT

    @property
    def moved(self) -> int | None:
        """Bytes that are sent more than before, None where nothing is compared."""
        return None if self.before is None or not self.is_looked_at else self.sent_bytes - self.before.sent_bytes

    @property
    def moved_leaks(self) -> int | None:
        """Secrets that are sent more than before, None where nothing is compared."""
        return None if self.before is None or not self.is_looked_at else sum(self.leaks) - self.before.leaks


@frozen
class Fleet:
    """The repositories of a run.

    ended: None for one that was ended before its end. compared: when the earlier one began, None for a first run.
    gone: the repositories that the earlier one knew and this one does not. unsearched: those of which the content of
    the files was not searched for secrets.
    """

    started: str
    ended: str | None
    version: str
    compared: str | None
    has_policy: bool
    rows: tuple[Row, ...]
    gone: tuple[str, ...]
    unsearched: tuple[str, ...] = ()

    @property
    def broken(self) -> list[Row]:
        """Those that break the policy; one that could not be looked at may break anything."""
        return [row for row in self.rows if row.broken]

    @property
    def unread(self) -> list[Row]:
        """Those that could not be looked at."""
        return [row for row in self.rows if not row.is_looked_at and row.status != OLDER]

    @property
    def passed_over(self) -> list[Row]:
        """Those whose commits are older than what was asked for, and that no run has looked at."""
        return [row for row in self.rows if row.status == OLDER]


def fleet(ledger: Ledger, since: float | None = None) -> Fleet:
    """Read the last run; raises CtxauditError for a ledger without one.

    since: compare with the last run of the same sources that began before then, None for the one before.
    """
    database = ledger.database
    run = database.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    if run is None:
        raise CtxauditError("no run is in this ledger", where=ledger.file, fix="ctxaudit fleet SOURCE")
    other = _compared(database, run, since)
    before = _before(database, other["id"]) if other else None
    rows = tuple(_rows(database, run, before))
    return Fleet(
        run["started"],
        run["ended"],
        run["version"],
        other["started"] if other else None,
        bool(run["policy"]),
        rows,
        tuple(sorted((before or {}).keys() - {row.name for row in rows})) if run["ended"] else (),
        tuple(row[0] for row in database.execute(_UNSEARCHED, (run["id"],))),
    )


def _compared(database: sqlite3.Connection, run: sqlite3.Row, since: float | None) -> sqlite3.Row | None:
    moment = "9999" if since is None else datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds")
    earlier: sqlite3.Row | None = database.execute(
        "SELECT * FROM runs WHERE id < ? AND ended IS NOT NULL AND sources = ? AND started <= ?"
        " ORDER BY id DESC LIMIT 1",
        (run["id"], run["sources"], moment),
    ).fetchone()
    return earlier


def _before(database: sqlite3.Connection, run: int) -> dict[str, Before | None]:
    """Give the repositories of a run, with what their builds were sent, None for one that was not looked at."""
    builds = _grouped(database, run, _QUESTIONS["builds"])
    query = (
        "SELECT s.repository, a.status, a.id, (SELECT count(*) FROM findings t WHERE t.audit = a.id AND leak)"
        " FROM seen s LEFT JOIN audits a ON a.id = s.audit WHERE s.run = ?"
    )
    return {
        name: Before(_sent(builds.get(audit, ()))[1], leaks) if status in _LOOKED_AT else None
        for name, status, audit, leaks in database.execute(query, (run,))
    }


def _rows(database: sqlite3.Connection, run: sqlite3.Row, before: Mapping[str, Before | None] | None) -> Iterator[Row]:
    parts = {name: _grouped(database, run["id"], sql) for name, sql in _QUESTIONS.items()}
    query = (
        'SELECT s.repository, r.location, a.id, a."commit", a.status, a.error, s.status AS seen'
        " FROM seen s JOIN repositories r ON r.name = s.repository LEFT JOIN audits a ON a.id = s.audit"
        " WHERE s.run = ? ORDER BY s.repository"
    )
    for entry in database.execute(query, (run["id"],)).fetchall():
        targets = parts["builds"].get(entry["id"], ())
        sent_files, sent_bytes = _sent(targets)
        leaks = {row[1]: row[2] for row in parts["leaks"].get(entry["id"], ())}
        severities = {row[1]: row[2] for row in parts["severities"].get(entry["id"], ())}
        status = entry["status"] or entry["seen"]
        yield Row(
            entry["repository"],
            entry["location"],
            entry["commit"] or "",
            status,
            entry["error"] or "",
            number_of_builds([name for _, name, *_ in targets]),
            *_failed(parts["failures"].get(entry["id"], ())),
            sent_files,
            sent_bytes,
            number_of_builds([name for _, name, sends_git, *_ in targets if sends_git]),
            (before or {}).get(entry["repository"]),
            before is not None and entry["repository"] not in before,
            _sums(parts["changes"], entry["id"])[0],
            _sums(parts["changes"], entry["id"])[1],
            tuple(leaks.get(reach, 0) for reach in REACHES),
            severities.get("error", 0),
            severities.get("warning", 0),
            tuple(_broken(parts["violations"].get(entry["id"], ()), status, bool(run["policy"]))),
        )


def _sent(targets: Sequence[tuple[Any, ...]]) -> tuple[int, int]:
    """Add up the files and the bytes that builds are sent, each by the first of its builders."""
    names = {name for _, name, *_ in targets}
    own = [target for target in targets if not is_of_another_builder(target[1], names)]
    return sum(target[3] for target in own), sum(target[4] for target in own)


def _failed(failures: Sequence[tuple[Any, ...]]) -> tuple[int, str]:
    """Count what could not be looked at, and say why of the first one, in one line."""
    first = next((f"{name}: {error.partition(chr(10))[0]}" for _, name, error in failures), "")
    return len(failures), first


_UNSEARCHED = (
    "SELECT s.repository FROM seen s JOIN audits a ON a.id = s.audit WHERE s.run = ? AND NOT a.content"
    " ORDER BY s.repository"
)
_OF_RUN = "JOIN seen s ON s.audit = t.audit WHERE s.run = ?"
_QUESTIONS = {
    # SQLite's own sums end at 64 bits, and the report with them.
    "builds": f"SELECT t.audit, name, sends_git, sent_files, sent_bytes FROM builds t {_OF_RUN}",
    "failures": f"SELECT t.audit, name, error FROM failures t {_OF_RUN} ORDER BY t.audit, t.number",
    "changes": f"SELECT t.audit, 1, saved_bytes FROM changes t {_OF_RUN}",
    "leaks": f"SELECT t.audit, reach, count(*) FROM findings t {_OF_RUN} AND leak GROUP BY t.audit, reach",
    "severities": f"SELECT t.audit, severity, count(*) FROM findings t {_OF_RUN} GROUP BY t.audit, severity",
    "violations": f"SELECT t.audit, key, build, message FROM violations t {_OF_RUN} ORDER BY t.audit, t.number",
}


def _grouped(database: sqlite3.Connection, run: int, query: str) -> dict[int, list[tuple[Any, ...]]]:
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for row in database.execute(query, (run,)):
        groups.setdefault(row[0], []).append(tuple(row))
    return groups


def _sums(rows: Mapping[int, list[tuple[Any, ...]]], audit: int | None) -> tuple[int, ...]:
    """Give the sum of each column after that of the audit."""
    audit_rows = rows.get(audit or 0)
    return tuple(map(sum, list(zip(*audit_rows, strict=True))[1:])) if audit_rows else (0, 0, 0, 0)


def _broken(rows: list[tuple[Any, ...]] | tuple[()], status: str, has_policy: bool) -> Iterator[str]:
    if has_policy and status not in _LOOKED_AT and status != OLDER:
        yield "it could not be looked at, so that nothing is known to hold"
    for _, key, build, message in rows:
        yield f"{key}: {f'{build}: ' if build else ''}{message}"
