"""`ctxaudit ls --tree`: each directory with all that is below it, as a size, a share and a bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ctxaudit.model import Entry
from ctxaudit.report import printable
from ctxaudit.report.layout import NARROW, Layout

_CELLS = 10  # of a bar
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
        yield f"{left}{'  ' * level}{printable.name(name)}{slash}\n"


def _rows(branch: _Branch, level: int, depth: int | None, by_size: bool) -> Iterator[tuple[int, str, _Branch]]:
    # Not recursive: a tree may be deeper than calls can be.
    pending = [(level, *row) for row in reversed(_ordered(branch, by_size))]
    while pending:
        at, name, one = pending.pop()
        if depth is not None and at > depth:
            continue
        yield at, name, one
        pending += [(at + 1, *row) for row in reversed(_ordered(one, by_size))]


def _ordered(branch: _Branch, by_size: bool) -> list[tuple[str, _Branch]]:
    below = list(branch.below.items())
    return sorted(below, key=lambda row: (-row[1].bytes, row[0])) if by_size else below


def _share(part: int, whole: int, layout: Layout) -> str:
    if layout.width < NARROW:
        return ""
    share = min(part / whole, 0.99 if part < whole else 1) if whole else 0
    return f"{_FULL * round(share * _CELLS):<{_CELLS}}  {share:>4.0%}  "
