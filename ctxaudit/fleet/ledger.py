"""The ledger: one SQLite file with what each look at a repository found, by commit, policy and version.

One transaction for each repository: a run that is killed leaves what was whole, and the next one goes on after it.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from ctxaudit import __version__
from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import OLDER, TRIED_AGAIN, UNCHANGED, Job
from ctxaudit.values import frozen

VERSION = 1
_FILE = "file://"
_SCHEMA = """
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, sources TEXT NOT NULL, policy TEXT NOT NULL,
  version TEXT NOT NULL);
CREATE TABLE repositories (
  name TEXT PRIMARY KEY, kind TEXT NOT NULL, location TEXT NOT NULL, etag TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE audits (
  id INTEGER PRIMARY KEY, repository TEXT NOT NULL, "commit" TEXT NOT NULL, policy TEXT NOT NULL, version TEXT NOT NULL,
  status TEXT NOT NULL, error TEXT NOT NULL, fix TEXT NOT NULL, seconds REAL NOT NULL,
  content INTEGER NOT NULL, requests INTEGER NOT NULL,
  UNIQUE (repository, "commit", policy, version));
CREATE TABLE seen (
  run INTEGER NOT NULL REFERENCES runs, repository TEXT NOT NULL, audit INTEGER REFERENCES audits, status TEXT NOT NULL,
  PRIMARY KEY (run, repository)) WITHOUT ROWID;
CREATE TABLE builds (
  audit INTEGER NOT NULL REFERENCES audits ON DELETE CASCADE, number INTEGER NOT NULL, name TEXT NOT NULL,
  context TEXT NOT NULL, dockerfile TEXT NOT NULL, ignore_file TEXT NOT NULL, seen INTEGER NOT NULL,
  sends_git INTEGER NOT NULL, sent_files INTEGER NOT NULL,
  sent_bytes INTEGER NOT NULL, unknowns INTEGER NOT NULL, PRIMARY KEY (audit, number)) WITHOUT ROWID;
CREATE TABLE findings (
  audit INTEGER NOT NULL REFERENCES audits ON DELETE CASCADE, number INTEGER NOT NULL, build TEXT NOT NULL,
  rule TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL, path TEXT NOT NULL, reach TEXT NOT NULL,
  files INTEGER NOT NULL, bytes INTEGER NOT NULL, line INTEGER NOT NULL, leak INTEGER NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (audit, number)) WITHOUT ROWID;
CREATE TABLE changes (
  audit INTEGER NOT NULL REFERENCES audits ON DELETE CASCADE, number INTEGER NOT NULL, file TEXT NOT NULL,
  diff TEXT NOT NULL, saved_bytes INTEGER NOT NULL, PRIMARY KEY (audit, number)) WITHOUT ROWID;
CREATE TABLE failures (
  audit INTEGER NOT NULL REFERENCES audits ON DELETE CASCADE, number INTEGER NOT NULL, name TEXT NOT NULL,
  error TEXT NOT NULL, PRIMARY KEY (audit, number)) WITHOUT ROWID;
CREATE TABLE violations (
  audit INTEGER NOT NULL REFERENCES audits ON DELETE CASCADE, number INTEGER NOT NULL, key TEXT NOT NULL,
  build TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (audit, number)) WITHOUT ROWID;
CREATE INDEX seen_audit ON seen (audit);
"""
_LARGEST = 65 << 20  # bytes of a row: more than an answer of a worker has
_STORED = {"TEXT": "'text'", "INTEGER": "'integer'", "REAL": "'real', 'integer'"}  # by the type of a column
_OR_NULL = ", 'null'"
# What an answer holds of each, and the table that keeps it.
MEMBERS: dict[str, tuple[str, ...]] = {
    "builds": (
        *("name", "context", "dockerfile", "ignore_file", "seen", "sends_git"),
        *("sent_files", "sent_bytes", "unknowns"),
    ),
    "findings": (*("build", "rule", "kind", "severity", "path", "reach", "files", "bytes", "line", "leak", "message"),),
    "changes": ("file", "diff", "saved_bytes"),
    "failures": ("name", "error"),
    "violations": ("key", "build", "message"),
}


@contextmanager
def opened(file: str, *, must_exist: bool = False) -> Iterator[Ledger]:
    """Give an open ledger, and close it; raises CtxauditError for what SQLite says of it, as where no space is left."""
    book = Ledger(file, must_exist=must_exist)
    try:
        yield book
    except sqlite3.Error as error:
        fix = "give it room, or name another file with --ledger; the same command goes on"
        raise CtxauditError(f"the ledger cannot be read or written: {error}", where=file, fix=fix) from error
    finally:
        book.close()


class Ledger:
    """An open ledger; raises CtxauditError where the file is not one. Anybody may have written it."""

    def __init__(self, file: str, *, must_exist: bool = False) -> None:
        if must_exist and not os.path.isfile(file):
            raise CtxauditError("there is no ledger", where=file, fix="ctxaudit fleet SOURCE writes one")
        self.file = file
        self.is_new = not os.path.lexists(file)
        if os.path.exists(file) and not os.path.isfile(file):  # SQLite would leave its journal beside a device
            raise CtxauditError(
                "it is not a ledger: not a regular file", where=file, fix="name another file with --ledger"
            )
        try:
            self._open(file)
        except (sqlite3.Error, UnicodeDecodeError) as error:  # which SQLite's own words may be
            reason = "its schema is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise CtxauditError(
                f"it is not a ledger: {reason}", where=file, fix="name another file with --ledger"
            ) from error

    def _open(self, file: str) -> None:
        # By its whole path, as "" and ":memory:" are no files for SQLite.
        self.database = sqlite3.connect(os.path.abspath(file), isolation_level=None, timeout=30)
        self.database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
        self.database.row_factory = sqlite3.Row
        for setting in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self.database.execute(f"PRAGMA {setting}")
        with self._transaction():
            (version,) = self.database.execute("PRAGMA user_version").fetchone()
            if not version and not self.database.execute("SELECT 1 FROM sqlite_master").fetchone():
                for statement in _SCHEMA.split(";")[:-1]:
                    self.database.execute(statement)
                self.database.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise CtxauditError(
                    f"it is a ledger of version {version}, and this ctxaudit reads version {VERSION}"
                    if version
                    else "it is a database of something else",
                    where=file,
                    fix="name another file with --ledger",
                )
        if _objects(self.database) != _expected() or not all(map(self._is_typed, _expected())):
            raise CtxauditError(
                "its tables are not those of a ledger", where=file, fix="name another file with --ledger"
            )

    def _is_typed(self, made: _Object) -> bool:
        """Whether each value of a table has the type of its column: SQLite itself takes any."""
        if made.type != "table":
            return True
        columns = self.database.execute('SELECT name, type, "notnull" FROM pragma_table_info(?)', (made.name,))
        wrong = [
            f'typeof("{name}") NOT IN ({_STORED[kind]}{"" if is_needed else _OR_NULL})'
            for name, kind, is_needed in columns
        ]
        query = f"SELECT 1 FROM {made.name} WHERE {' OR '.join(wrong)} LIMIT 1"
        return self.database.execute(query).fetchone() is None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    @contextmanager
    def only_run(self) -> Iterator[None]:
        """Keep any other run away from the ledger; raises CtxauditError where there is one.

        SQLite locks a file beside it, as it can on each platform: the ledger itself is read meanwhile.
        """
        file = f"{self.file}.lock"
        if os.path.lexists(file) and not stat.S_ISREG(os.lstat(file).st_mode):
            raise CtxauditError("it cannot be opened: not a regular file", where=file, fix="move it away")
        with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as held:
            try:
                held.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise CtxauditError(f"it cannot be opened: {error}", where=file, fix="move it away") from error
                fix = "wait for its end"
                raise CtxauditError("another run writes this ledger", where=self.file, fix=fix) from error
            yield

    def begin(self, sources: str, policy: str) -> int:
        """Give the number of a run: of the last one if it was ended before its end, and asked for the same."""
        last = self.database.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        request = (readable(sources), policy, __version__)
        if last is not None and last["ended"] is None and request == (last["sources"], last["policy"], last["version"]):
            return int(last["id"])
        with self._transaction():
            row = self.database.execute(
                "INSERT INTO runs (started, sources, policy, version) VALUES (?, ?, ?, ?)", (_now(), *request)
            )
        return int(row.lastrowid or 0)

    def end(self, run: int) -> None:
        """Note that a run has looked at all."""
        self.database.execute("UPDATE runs SET ended = ? WHERE id = ?", (_now(), run))

    def done(self, run: int) -> set[str]:
        """Give the repositories that a run has looked at to the end."""
        rows = self.database.execute("SELECT repository, status FROM seen WHERE run = ?", (run,))
        return {row[0] for row in rows if row[1] not in TRIED_AGAIN}

    def known(self, repository: str, policy: str, *, content: bool = False) -> tuple[str, str]:
        """Give the last commit that this version has an answer for by this policy, and the forge's ETag of it.

        content: an answer of which the content of the files was not searched does not do.
        """
        marks = ", ".join(f"?{number}" for number, _ in enumerate(TRIED_AGAIN, 5))
        row = self.database.execute(
            'SELECT a."commit", r.etag FROM seen s JOIN audits a ON a.id = s.audit JOIN repositories r ON r.name = ?1'
            " WHERE s.repository = ?1 AND a.policy = ?2 AND a.version = ?3 AND a.content >= ?4"
            f" AND a.status NOT IN ({marks})"
            " ORDER BY s.run DESC LIMIT 1",
            (repository, policy, __version__, content, *sorted(TRIED_AGAIN)),
        ).fetchone()
        return (row[0], row[1]) if row else ("", "")

    def keep(self, run: int, job: Job, policy: str, answer: Mapping[str, Any], seconds: float) -> None:
        """Keep an answer, whole or not at all; one that says that nothing changed keeps what is there."""
        with self._transaction():
            self.database.execute(
                "INSERT OR REPLACE INTO repositories VALUES (?, ?, ?, ?)",
                (job.name, job.kind, _kept_path(job.location), answer.get("etag") or ""),
            )
            audit = self._standing(job.name, policy, answer)
            if audit is None and answer["status"] != OLDER:  # it says nothing about the commit
                audit = self._audit(job, policy, answer, seconds)
            row = (run, job.name, audit, answer["status"])
            self.database.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", row)
            # What stopped an earlier look of the same run, before that was ended, is no answer any more.
            self.database.execute(
                f"DELETE FROM audits WHERE repository = ? AND status IN ({', '.join('?' * len(TRIED_AGAIN))})"
                " AND id NOT IN (SELECT audit FROM seen WHERE repository = ? AND audit NOT NULL)",
                (job.name, *sorted(TRIED_AGAIN), job.name),
            )

    def _standing(self, repository: str, policy: str, answer: Mapping[str, Any]) -> int | None:
        """Give the audit that still counts for what did not change, or is older than what was asked for."""
        row = None
        if answer["status"] == UNCHANGED:
            query = 'SELECT id FROM audits WHERE repository = ? AND "commit" = ? AND policy = ? AND version = ?'
            row = self.database.execute(query, (repository, answer["commit"], policy, __version__)).fetchone()
        elif answer["status"] == OLDER:
            query = (
                "SELECT s.audit FROM seen s JOIN audits a ON a.id = s.audit WHERE s.repository = ?"
                f" AND a.status NOT IN ({', '.join('?' * len(TRIED_AGAIN))}) ORDER BY s.run DESC LIMIT 1"
            )
            row = self.database.execute(query, (repository, *sorted(TRIED_AGAIN))).fetchone()
        return int(row[0]) if row else None

    def _audit(self, job: Job, policy: str, answer: Mapping[str, Any], seconds: float) -> int:
        key = (job.name, answer["commit"], policy, __version__)
        where = 'repository = ? AND "commit" = ? AND policy = ? AND version = ?'
        how = (answer.get("content", True), answer.get("requests", 0))
        values = (answer["status"], answer["error"], answer["fix"], round(seconds, 3), *how)
        row = self.database.execute(f"SELECT id FROM audits WHERE {where}", key).fetchone()
        if row is None:
            made = self.database.execute(
                'INSERT INTO audits (repository, "commit", policy, version, status, error, fix, seconds,'
                " content, requests) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, *values),
            )
            audit = int(made.lastrowid or 0)
        else:
            audit = int(row[0])
            self.database.execute(
                "UPDATE audits SET status = ?, error = ?, fix = ?, seconds = ?, content = ?, requests = ? WHERE id = ?",
                (*values, audit),
            )
        for table, columns in MEMBERS.items():
            self.database.execute(f"DELETE FROM {table} WHERE audit = ?", (audit,))
            marks = ", ".join("?" * (len(columns) + 2))
            rows = enumerate(answer.get(table, ()))
            self.database.executemany(
                f"INSERT INTO {table} VALUES ({marks})",
                ((audit, number, *(_fit(member[column]) for column in columns)) for number, member in rows),
            )
        return audit

    def close(self) -> None:
        """Close the file."""
        self.database.close()


def readable(text: str) -> str:
    """Return a string that UTF-8 has: half a surrogate pair, which stands for a byte that is not, becomes an escape."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _fit(value: Any) -> Any:
    """Fit a value for SQLite."""
    if isinstance(value, str):
        return readable(value)
    return min(value, (1 << 63) - 1) if isinstance(value, int) else value


@frozen
class _Object:
    """What a database has: a table, an index, or what no ledger has, as a view or a trigger."""

    type: str
    name: str
    table: str
    sql: str | None


def _objects(database: sqlite3.Connection) -> set[_Object]:
    return {_Object(*row) for row in database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")}


@cache
def _expected() -> set[_Object]:
    """What a new ledger has."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(_SCHEMA)
        return _objects(made)


def _kept_path(path: str) -> str:
    """Keep a path that is not UTF-8 as a URL; `path_of` gives it back."""
    return path if readable(path) == path else f"{_FILE}{quote(os.fsencode(path))}"


def path_of(location: str) -> str:
    """Give the directory that a ledger has for a local repository."""
    return os.fsdecode(unquote_to_bytes(location.removeprefix(_FILE))) if location.startswith(_FILE) else location


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
