"""`ctxaudit ls`: what is sent, or what is not, a line each, as it is met."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ctxaudit.model import Entry, text_fields
from ctxaudit.report import NARROW, Layout, columns, printable_name, shortened_path, words

# `ctxaudit ls --tree`: each directory with all that is below it, as a size, a share and a bar.

_CELLS = 10  # of a bar
_LEAST = 12  # columns of a name
_FULL = "█"


@dataclass(slots=True)
class _Branch:
    """A directory or file, and what is below it. bytes: of all that."""

    bytes: int = 0
    is_directory: bool = False
    below: dict[str, _Branch] = field(default_factory=dict)

    def add(self, path: str, size: int, is_directory: bool) -> None:
        self.bytes += size
        here = self
        for name in path.split("/"):
            here.is_directory = True
            here = here.below.setdefault(name, _Branch())
            here.bytes += size
        here.is_directory = here.is_directory or is_directory


def lines(
    entries: Iterable[Entry],
    layout: Layout,
    *,
    depth: int | None = None,
    by_size: bool = False,
    is_sized: bool = True,
) -> Iterator[str]:
    """Give the tree, a line each with its end; below *depth* directories are only summed.

    by_size: the largest first, else in the order given. is_sized: False where nothing was measured.
    """
    root = _Branch()
    for entry in entries:
        root.add(entry.path, entry.content_bytes, entry.type == "dir")
    rows = [(0, ".", root), *_rows(root, 1, depth, by_size)]
    width = max(len(layout.size(branch.bytes)) for _, _, branch in rows)
    for level, name, branch in rows:
        left = f"{layout.size(branch.bytes):>{width}}  {_share(branch.bytes, root.bytes, layout)}" * is_sized
        slash = "/" * (branch.is_directory and level > 0)
        indent, shown = 2 * level, printable_name(name)
        if layout.shortens:
            # However deep it lies, there is room for some of its name.
            indent = min(indent, max(0, layout.width - columns(left) - _LEAST))
            shown = shortened_path(shown, layout.width - columns(left) - indent - len(slash))
        yield f"{left}{' ' * indent}{shown}{slash}\n"


def _rows(branch: _Branch, level: int, depth: int | None, by_size: bool) -> Iterator[tuple[int, str, _Branch]]:
    # Not recursive: a tree may be deeper than calls can be.
    pending = [(level, *row) for row in reversed(_ordered(branch, by_size))]
    while pending:
        at, name, child = pending.pop()
        if depth is not None and at > depth:
            continue
        yield at, name, child
        pending += [(at + 1, *row) for row in reversed(_ordered(child, by_size))]


def _ordered(branch: _Branch, by_size: bool) -> list[tuple[str, _Branch]]:
    below = list(branch.below.items())
    return sorted(below, key=lambda row: (-row[1].bytes, row[0])) if by_size else below


def _share(part: int, whole: int, layout: Layout) -> str:
    if layout.width < NARROW:
        return ""
    share = min(part / whole, 0.99 if part < whole else 1) if whole else 0
    return f"{_FULL * round(share * _CELLS):<{_CELLS}}  {share:>4.0%}  "


_Chunks = Iterator[str | bytes]


def names(entries: Iterable[Entry]) -> _Chunks:
    """A name a line, escaped where it has to be; a directory ends in "/"."""
    for entry in entries:
        yield f"{printable_name(entry.path)}{_slash(entry)}\n"


def raw(entries: Iterable[Entry]) -> _Chunks:
    """The bytes of each name and a NUL; a directory ends in "/"."""
    for entry in entries:
        yield os.fsencode(entry.path) + _slash(entry).encode() + b"\0"


def long(entries: Iterable[Entry]) -> _Chunks:
    """Type, bytes on disk, bytes that arrive, and the name."""
    for entry in entries:
        yield f"{entry.type:<8}{entry.size:>14}{entry.content_bytes:>14}  {printable_name(entry.path)}{_slash(entry)}\n"


def as_json(entries: Iterable[Entry]) -> _Chunks:
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


FORMATS: dict[str, Callable[[Iterable[Entry]], _Chunks]] = {
    "names": names,
    "raw": raw,
    "long": long,
    "json": as_json,
}
SIZED = frozenset(("long", "json", "tree"))  # the formats that show sizes


def largest_first(entries: Iterable[Entry]) -> list[Entry]:
    """Give all but the directories, which have no size of their own."""
    return sorted(
        (entry for entry in entries if entry.type != "dir"), key=lambda entry: (-entry.content_bytes, entry.path)
    )


def titled(builds: Iterable[tuple[str, str, Iterable[str | bytes]]]) -> _Chunks:
    """Give what each build lists under its name and its context, a blank line between two."""
    for number, (name, context, chunks) in enumerate(builds):
        yield f"{chr(10) * bool(number)}{words.title(name)}, context {printable_name(context)}:\n"
        yield from chunks


def _slash(entry: Entry) -> str:
    return "/" if entry.type == "dir" else ""
