"""A ledger's last run as Parquet files, one for each table: the schema is COLUMNS, and the guide `fleet` prints it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ctxaudit import __version__
from ctxaudit.errors import CtxauditError
from ctxaudit.files import replace_file
from ctxaudit.fleet.figures import Fleet
from ctxaudit.fleet.ledger import Ledger
from ctxaudit.fleet.report import values
from ctxaudit.values import frozen

SCHEMA = "ctxaudit-fleet-parquet/1"
_MOST = (1 << 63) - 1
_ROWS = 50_000  # that are in memory at a time, and in a row group of a file


@frozen
class Column:
    """A column: its type as a key of TYPES, and in words what it says, with the unit of a number that has one."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    may_be_null: bool = False


TYPES: dict[str, Callable[[Any], Any]] = {
    "string": lambda arrow: arrow.string(),
    "int64": lambda arrow: arrow.int64(),
    "bool": lambda arrow: arrow.bool_(),
    "timestamp": lambda arrow: arrow.timestamp("ms", tz="UTC"),
    "list<string>": lambda arrow: arrow.list_(arrow.field("element", arrow.string(), nullable=False)),
}
_REPOSITORY = (
    Column("run", "int64", "`runs.run`"),
    Column("repository", "string", "`repositories.repository`"),
)
COLUMNS: dict[str, tuple[Column, ...]] = {
    "runs": (
        Column("run", "int64", "the number of the run; the other tables are of the greatest"),
        Column("started", "timestamp", "when it began"),
        Column("ended", "timestamp", "when it ended; null for one that was ended before its end", may_be_null=True),
        Column("sources", "list<string>", "what it was asked for"),
        Column("policy", "string", "the digest of its policy, empty for none"),
        Column("version", "string", "of ctxaudit"),
    ),
    "repositories": (
        Column("run", "int64", "`runs.run`"),
        Column("repository", "string", "its name, one row for each"),
        Column("commit", "string", "the commit that was looked at, empty for none"),
        Column("status", "string", "how the look ended, as above; the figures of one that was not looked at are 0"),
        Column("builds", "int64", "that were audited", "builds"),
        Column("failed_builds", "int64", "builds and files that could not be read", "builds"),
        Column("sent_files", "int64", "that all its builds are sent", "files"),
        Column("sent_bytes", "int64", "the content of those files, without `.git`", "bytes"),
        Column("sends_git", "int64", "builds that are sent `.git`", "builds"),
        Column("moved_bytes", "int64", "`sent_bytes` less those of the run compared with", "bytes", True),
        Column("moved_leaks", "int64", "the same of the secrets", "findings", True),
        Column("new", "bool", "whether the run compared with did not know it"),
        Column("proposals", "int64", "ignore files that should change", "files"),
        Column("saved_bytes", "int64", "what the proposals keep from being sent", "bytes"),
        Column("leaks_final", "int64", "secrets that get into the image", "findings"),
        Column("leaks_intermediate", "int64", "secrets that get into a stage that is not the image's", "findings"),
        Column("leaks_sent", "int64", "secrets that get to the builder", "findings"),
        Column("errors", "int64", "findings that are errors", "findings"),
        Column("warnings", "int64", "findings that are warnings", "findings"),
        Column("policy", "list<string>", "what breaks the policy, a sentence each"),
        Column("error", "string", "why it could not be looked at, else empty"),
        Column("location", "string", "its directory or URL"),
    ),
    "builds": (
        *_REPOSITORY,
        Column("commit", "string", "`repositories.commit`"),
        Column("number", "int64", "of the build in its repository, from 0"),
        Column("build", "string", "its name, as `ctxaudit --all` prints it"),
        Column("context", "string", "the directory or URL of its context"),
        Column("dockerfile", "string", "its Dockerfile, empty for none"),
        Column("ignore_file", "string", "the ignore file that it reads, empty for none"),
        Column("seen", "bool", "false where the context is elsewhere: its figures are 0"),
        Column("sends_git", "bool", "whether it is sent `.git`"),
        Column("sent_files", "int64", "that it is sent, without those of `.git`", "files"),
        Column("sent_bytes", "int64", "the content of those files", "bytes"),
        Column("unknowns", "int64", "what local files cannot tell of it", "sentences"),
    ),
    "findings": (
        *_REPOSITORY,
        Column("commit", "string", "`repositories.commit`"),
        Column("number", "int64", "of the finding in its repository, from 0; at most 1,000 are kept"),
        Column("build", "string", "`builds.build`"),
        Column("rule", "string", "as `ctxaudit explain` has it"),
        Column("kind", "string", "the same, empty where the rule has none"),
        Column("severity", "string", "error, warning or note"),
        Column("path", "string", "below the context, empty where it is of no path"),
        Column("reach", "string", "how far the path gets: permitted, sent, intermediate or final; none as in JSON"),
        Column("files", "int64", "that it is about", "files"),
        Column("bytes", "int64", "their content; 0 for `.git`, whose size depends on the clone", "bytes"),
        Column("line", "int64", "of the file that it points at, 0 for none"),
        Column("leak", "bool", "whether it is a secret that is sent"),
        Column("message", "string", "the sentence of the report, at most 2,000 characters"),
    ),
}
_OF_RUN = (
    "JOIN audits a ON a.id = t.audit JOIN seen s ON s.audit = a.id WHERE s.run = ? ORDER BY s.repository, t.number"
)
# The tables whose rows are the ledger's own, and what of them stands in the columns after those of the repository.
_KEPT = {
    "builds": (
        *("number", "name", "context", "dockerfile", "ignore_file", "seen", "sends_git"),
        *("sent_files", "sent_bytes", "unknowns"),
    ),
    "findings": (
        *("number", "build", "rule", "kind", "severity", "path", "reach", "files", "bytes", "line", "leak", "message"),
    ),
}


def need() -> None:
    """Raise CtxauditError where pyarrow is not installed."""
    try:
        import pyarrow.parquet  # noqa: F401 what `write` imports
    except ImportError as error:
        fix = "pip install 'docker-ctxaudit[parquet]'"
        raise CtxauditError("pyarrow is not installed", where="--parquet", fix=fix) from error


def write(ledger: Ledger, fleet: Fleet, directory: str) -> list[str]:
    """Replace the files of a directory, each whole or not at all, and give their names; `runs` is the last one.

    Makes the directory where its parent is there. Raises CtxauditError where a file cannot be written.
    """
    top = Path(directory)
    try:
        top.mkdir(exist_ok=True)
    except OSError as error:
        raise CtxauditError(f"it cannot be made: {(error.strerror or '').lower()}", where=directory) from error
    database = ledger.database
    (run,) = database.execute("SELECT max(id) FROM runs").fetchone()
    tables: dict[str, Iterable[Sequence[Any]]] = {
        name: database.execute(_question(name, columns), (run,)) for name, columns in _KEPT.items()
    }
    tables["repositories"] = ((run, *values(row)) for row in fleet.rows)
    tables["runs"] = (_run(row) for row in database.execute("SELECT * FROM runs ORDER BY id"))
    for name, rows in tables.items():
        replace_file(top / f"{name}.parquet", _file(COLUMNS[name], rows), top)
    return [f"{name}.parquet" for name in tables]


def _question(table: str, columns: Iterable[str]) -> str:
    named = ", ".join(f"t.{name}" for name in columns)
    return f'SELECT s.run, s.repository, a."commit", {named} FROM {table} t {_OF_RUN}'


def _run(row: Mapping[str, Any]) -> tuple[Any, ...]:
    ended = None if row["ended"] is None else _moment(row, "ended")
    sources = row["sources"].split("\0")
    return row["id"], _moment(row, "started"), ended, sources, row["policy"], row["version"]


def _moment(row: Mapping[str, Any], member: str) -> datetime:
    try:
        return datetime.fromisoformat(row[member])
    except ValueError as error:
        raise CtxauditError(f"run {row['id']} has no time in {member}", where="the ledger") from error


def _file(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """Give the bytes of a Parquet file; its fields carry the meaning and the unit, too."""
    import pyarrow as arrow
    from pyarrow.parquet import ParquetWriter

    fields = [
        arrow.field(
            *(column.name, TYPES[column.type](arrow)),
            nullable=column.may_be_null,
            metadata={"meaning": column.meaning, **({"unit": column.unit} if column.unit else {})},
        )
        for column in columns
    ]
    schema = arrow.schema(fields, {"schema": SCHEMA, "version": __version__})
    data = io.BytesIO()
    with ParquetWriter(data, schema) as writer:
        for part in _parts(rows):
            cells = zip(*part, strict=True)
            arrays = [_array(arrow, field, list(cell)) for field, cell in zip(fields, cells, strict=True)]
            writer.write_batch(arrow.record_batch(arrays, schema=schema))
    return data.getvalue()


def _array(arrow: Any, field: Any, cells: list[Any]) -> Any:
    """Give a column; SQLite has 0 and 1 for what is false and true."""
    return arrow.array(list(map(bool if field.type == arrow.bool_() else fitted, cells)), field.type)


def fitted(value: Any) -> Any:
    """Fit a number into 64 bits: what a fleet's builds are sent together may be more."""
    return min(max(value, -_MOST - 1), _MOST) if isinstance(value, int) else value


def _parts(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    part = list[Sequence[Any]]()
    for row in rows:
        part.append(row)
        if len(part) == _ROWS:
            yield part
            part = []
    if part:
        yield part
