"""How a report may look: where it goes decides, not what it says."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from itertools import chain
from typing import Literal

from ctxaudit.values import frozen, shown_growth, shown_size

Style = Literal["red", "yellow", "green", "cyan", "bold", "dim"]
NARROW = 60  # columns below which a table keeps the number and the name
_LEAST = 10  # columns of a sentence that is worth showing
_LABELS: dict[str, Style] = {
    **{"error": "red", "Error": "red", "warning": "yellow", "hint": "cyan", "unknown": "yellow"},
    **{"nothing to audit": "yellow"},
}
_FIX = "fix:"
_CODES: dict[Style, str] = {"red": "31", "yellow": "33", "green": "32", "cyan": "36", "bold": "1", "dim": "2"}


@frozen
class Layout:
    """width: columns. color: ANSI colours. top: rows of a table, 0 for all. bytes: exact counts. verbose: notes, too.

    shortens: whether a path that is too long may be shortened (a terminal), or must stay whole (a pipe).
    directory: the working directory; root: that of its repository, "" for none known. Both absolute.
    blob: the address of a file of the repository, but for its path, for links to lines; "" for none.
    """

    width: int = 80
    color: bool = False
    top: int = 10
    bytes: bool = False
    verbose: bool = False
    shortens: bool = False
    directory: str = "/"
    root: str = ""
    blob: str = ""

    def place(self, file: str) -> str:
        """Give a file as the repository knows it: relative to its root; it starts with ".." outside of it."""
        return os.path.relpath(os.path.join(self.directory, file), self.root or self.directory)

    def size(self, count: int) -> str:
        return f"{count}B" if self.bytes else shown_size(count)

    def growth(self, difference: int) -> str:
        return f"{difference:+}B" if self.bytes and difference else shown_growth(difference)

    def paint(self, text: str, style: Style) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.color else text

    def paint_message(self, message: str) -> str:
        """Paint what an error, a warning or a hint begins with, its caret, and how to fix it."""
        label = next((one for one in _LABELS if message.startswith(f"{one}:")), "")
        if not (self.color and label):
            return message
        lines = message.split("\n")
        style = _LABELS[label]
        return "\n".join(
            (self.paint(label, style) + lines[0][len(label) :], *(self._below(one, style) for one in lines[1:]))
        )

    def _below(self, line: str, style: Style) -> str:
        if _FIX in line:
            return line.replace(_FIX, self.paint(_FIX, "cyan"), 1) if line.lstrip().startswith(_FIX) else line
        return self.paint(line, style) if line.strip() == "^" else line

    def paint_diff(self, diff: str) -> str:
        """Paint what a diff adds and takes out, and its places."""
        if not self.color:
            return diff
        lines = diff.split("\n")
        return "\n".join(self.paint(line, style) if (style := _diff_style(line)) else line for line in lines)

    def wrap(self, text: str, indent: str = "") -> list[str]:
        """Break a sentence into lines of at most *width* columns; *indent* begins all lines but the first.

        Names and addresses stay whole, so that they can be copied: a line that holds one may be longer.
        """
        lines = textwrap.wrap(
            text, self.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
        return lines or [text]

    def fitted(self, rows: Sequence[Sequence[str]], align: str, indent: str = "  ") -> list[str]:
        """Set rows of a number, a path and a sentence in the width: the sentence is cut first, then the path."""
        if not rows:
            return []
        left = len(indent) + max(len(row[0]) for row in rows) + 2
        paths = [shortened_path(row[1], self.width - left) if self.shortens else row[1] for row in rows]
        room = self.width - left - max(map(len, paths)) - 2
        said = [shortened(row[2], room) if room > _LEAST else "" for row in rows]
        table = self.table([(row[0], *rest) for row, *rest in zip(rows, paths, said, strict=True)], align)
        return [f"{indent}{line}".rstrip() for line in table]

    def table(self, rows: Sequence[Sequence[str]], align: str) -> list[str]:
        """Set rows in columns, two blanks apart; *align* is a letter for each column, l or r."""
        # Letters of any width are set by tabulate, whose import takes a fifth of a short run.
        if all(map(_is_narrow, chain.from_iterable(rows))):
            return _columns(rows, align)
        from tabulate import tabulate

        names = {"l": "left", "r": "right"}
        return tabulate(
            rows,
            tablefmt="plain",
            colalign=[names[letter] for letter in align[: len(rows[0])]],
            disable_numparse=True,
            preserve_whitespace=True,
        ).splitlines()


def _diff_style(line: str) -> Style | None:
    starts: dict[str, Style] = {"+++": "bold", "---": "bold", "diff ": "bold", "@@": "cyan", "+": "green", "-": "red"}
    return next((style for start, style in starts.items() if line.startswith(start)), None)


def _is_narrow(cell: str) -> bool:
    """Whether each character is one column wide."""
    return cell.replace("…", "").isascii() and cell.isprintable()


def _columns(rows: Sequence[Sequence[str]], align: str) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned: list[str] = []
    for row in rows:
        cells = zip(row, widths, align, strict=False)
        padded = (cell.rjust(width) if letter == "r" else cell.ljust(width) for cell, width, letter in cells)
        aligned.append("  ".join(padded).rstrip())
    return aligned


def shortened(text: str, width: int) -> str:
    """Cut a sentence at a word's end."""
    if len(text) <= width:
        return text
    cut = text[: max(0, width - 1)]
    return (cut.rpartition(" ")[0] or cut).rstrip(",;:") + "…"


def shortened_path(path: str, width: int) -> str:
    """Cut a path in its middle, so that its first directory and its name stay."""
    if len(path) <= width or width < 9:
        return path
    tail = (width - 1) * 2 // 3
    return f"{path[: width - 1 - tail]}…{path[-tail:]}"
