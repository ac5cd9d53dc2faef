"""`ctxaudit ls`: what is sent, or what is not, a line each, as it is met."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator

from ctxaudit.model import Entry, text_fields
from ctxaudit.report import printable, words

Chunks = Iterator[str | bytes]


def names(entries: Iterable[Entry]) -> Chunks:
    """A name a line, escaped where it has to be; a directory ends in "/"."""
    for entry in entries:
        yield f"{printable.name(entry.path)}{_slash(entry)}\n"


def raw(entries: Iterable[Entry]) -> Chunks:
    """The bytes of each name and a NUL; a directory ends in "/"."""
    for entry in entries:
        yield os.fsencode(entry.path) + _slash(entry).encode() + b"\0"


def long(entries: Iterable[Entry]) -> Chunks:
    """Type, bytes on disk, bytes that arrive, and the name."""
    for entry in entries:
        yield f"{entry.type:<8}{entry.size:>14}{entry.content_bytes:>14}  {printable.name(entry.path)}{_slash(entry)}\n"


def as_json(entries: Iterable[Entry]) -> Chunks:
    """One array of objects."""
    yield "["
    separator = "\n  "
    for entry in entries:
        fields = {
            **text_fields("path", entry.path),
            "type": entry.type,
            "size": entry.size,
            "content_bytes": entry.content_bytes,
        }
        yield separator + json.dumps(fields, ensure_ascii=False).replace("##[", "##\\u005b")
        separator = ",\n  "
    yield "\n]\n" if separator.startswith(",") else "]\n"


FORMATS: dict[str, Callable[[Iterable[Entry]], Chunks]] = {
    "names": names,
    "raw": raw,
    "long": long,
    "json": as_json,
}
SIZED = frozenset(("long", "json", "tree"))  # the formats that show sizes


def largest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Give all but the directories, which have no size of their own."""
    return sorted((one for one in entries if one.type != "dir"), key=lambda one: (-one.content_bytes, one.path))


def titled(builds: Iterable[tuple[str, str, Iterable[str | bytes]]]) -> Chunks:
    """Give what each build lists under its name and its context, a blank line between two."""
    for number, (name, context, chunks) in enumerate(builds):
        yield f"{chr(10) * bool(number)}{words.title(name)}, context {printable.name(context)}:\n"
        yield from chunks


def _slash(entry: Entry) -> str:
    return "/" if entry.type == "dir" else ""
