"""A report to a string. A new format is one file with `render`, and one row in `FORMATS`."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Literal

from ctxaudit.values import expression, frozen, shown_growth, shown_size

if TYPE_CHECKING:
    from ctxaudit.model import Report

# How a report may look: where it goes decides, not what it says.

Style = Literal["red", "yellow", "green", "cyan", "bold", "dim"]
NARROW = 60  # columns below which a table keeps the number and the name
_LEAST = 20  # columns of a sentence beside a path
_LABELS: dict[str, Style] = {
    **{"error": "red", "Error": "red", "warning": "yellow", "hint": "cyan", "unknown": "yellow"},
    **{"nothing to audit": "yellow"},
}
_FIX = "fix:"
_QUOTED = "    "  # before a line of a file, and the caret below it
_ENDS_IN_COMMAND = expression(r"(.*?: )((?:ctxaudit|docker|git|pipx?) .*)")
_WORDS = expression(r"\s*\S+")
_SHELL_WORDS = expression(r"""(?:'[^']*'|"[^"]*"|\S)+""")
_PAINTED = expression(r"\x1b\[\d+m")
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
        label = next((word for word in _LABELS if message.startswith(f"{word}:")), "")
        if not (self.color and label):
            return message
        lines = message.split("\n")
        style = _LABELS[label]
        return "\n".join(
            (self.paint(label, style) + lines[0][len(label) :], *(self._below(line, style) for line in lines[1:]))
        )

    def _below(self, line: str, style: Style) -> str:
        if _FIX in line:
            return line.replace(_FIX, self.paint(_FIX, "cyan"), 1) if line.lstrip().startswith(_FIX) else line
        return self.paint(line, style) if line.strip() == "^" else line

    def fold_message(self, message: str) -> str:
        """Break the sentences of an error, a warning or a hint; a command at the end of one can still be pasted."""
        return "\n".join(part for line in message.split("\n") for part in self._folded(line))

    def _folded(self, line: str) -> list[str]:
        if columns(line) <= self.width or line.startswith(_QUOTED):
            return [line]
        match = _ENDS_IN_COMMAND.match(line)
        sentence, command = match.groups() if match else (line, "")
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        typed = self.command(command, len(indent)) if command else []
        return [
            *self.wrap(sentence.rstrip(), indent),
            *(f"{'' if number else indent}{part}" for number, part in enumerate(typed)),
        ]

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
        if len(text) <= self.width and text.isascii() and text.isprintable():
            return [text.rstrip()]  # a column for each character, and room for all
        return _wrapped(text, self.width, indent)

    def command(self, command: str, first: int = 0) -> list[str]:
        """Break a command of a shell between its words, so that all of its lines can be pasted at once.

        first: the columns that stand before it already.
        """
        lines = [""]
        for word in _SHELL_WORDS.findall(command):
            line = f"{lines[-1]} {word}" if lines[-1].strip() else f"{lines[-1]}{word}"
            before = first if len(lines) == 1 else 0
            if lines[-1].strip() and before + columns(line) + 2 > self.width and before + columns(line) != self.width:
                lines[-1] += " \\"
                line = f"    {word}"
                lines.append(line)
            lines[-1] = line
        return lines

    def fitted(
        self,
        rows: Sequence[Sequence[str]],
        indent: str = "  ",
        style: Style | None = None,
        *,
        needs_sentences: bool = False,
    ) -> list[str]:
        """Set rows of a number, a path and a sentence in the width; *style* is that of the paths.

        A long sentence goes on below itself. Without room for a column of sentences each stands below its path; on a
        narrow terminal only where much is said, or the row is there for its sentence.
        """
        if not rows:
            return []
        left = len(indent) + max(columns(row[0]) for row in rows) + 2
        paths = [shortened_path(row[1], self.width - left) if self.shortens else row[1] for row in rows]
        room = self.width - left - max(map(columns, paths)) - 2
        wrapped_rows = [_wrapped(row[2], room) for row in rows]
        is_beside = (
            self.width >= NARROW
            and room >= _LEAST
            and all(columns(line) <= room for wrapped in wrapped_rows for line in wrapped)
        )
        if not is_beside:
            wrapped_rows = [[""] for _ in rows]
        cells = [
            (row[0], self.paint(path, style) if style else path, lines[0])
            for row, path, lines in zip(rows, paths, wrapped_rows, strict=True)
        ]
        most = max(map(columns, paths))
        table = self.table(cells, "rll")
        fitted_lines: list[str] = []
        for row, line, more in zip(rows, table, wrapped_rows, strict=True):
            fitted_lines.append(f"{indent}{line}".rstrip())
            fitted_lines += [f"{' ' * (left + most + 2)}{rest}" for rest in more[1:]]
            if row[2] and not is_beside and (needs_sentences or self.verbose or self.width >= NARROW):
                fitted_lines += [f"{' ' * left}{rest}" for rest in _wrapped(row[2], self.width - left)]
        return fitted_lines

    def table(self, rows: Sequence[Sequence[str]], align: str) -> list[str]:
        """Set rows in columns, two blanks apart; *align* is a letter for each column, l or r."""
        # Letters of any width are set by tabulate, whose import takes a fifth of a short run.
        if all(_is_narrow(_PAINTED.sub("", cell)) for cell in chain.from_iterable(rows)):
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


def columns(text: str) -> int:
    """Give how many columns of a terminal a string takes; colours take none."""
    plain = _PAINTED.sub("", text) if "\x1b" in text else text
    if _is_narrow(plain):
        return len(plain)
    from wcwidth import wcswidth

    width = int(wcswidth(plain))
    return width if width >= 0 else len(plain)


def _is_narrow(cell: str) -> bool:
    """Whether each character is one column wide."""
    return cell.replace("…", "").isascii() and cell.isprintable()


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Break a string between its words; the blanks that it begins with stay."""
    lines = [""]
    for word in _WORDS.findall(text):
        line = f"{lines[-1]}{word}"
        if lines[-1].strip() and columns(line) > width:
            line = f"{indent}{word.lstrip()}"
            lines.append(line)
        lines[-1] = line
    return [line.replace("\n", " ") for line in lines]


def _columns(rows: Sequence[Sequence[str]], align: str) -> list[str]:
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    aligned: list[str] = []
    for row in rows:
        cells = zip(row, widths, align, strict=False)
        padded = (_padded(cell, width, letter) for cell, width, letter in cells)
        aligned.append("  ".join(padded).rstrip())
    return aligned


def _padded(cell: str, width: int, letter: str) -> str:
    blanks = " " * (width - columns(cell))
    return f"{blanks}{cell}" if letter == "r" else f"{cell}{blanks}"


def shortened(text: str, width: int) -> str:
    """Cut a sentence at a word's end."""
    if columns(text) <= width:
        return text
    cut = _begin(text, max(0, width - 1))
    return (cut.rpartition(" ")[0] or cut).rstrip(",;:") + "…"


def shortened_path(path: str, width: int) -> str:
    """Cut a path in its middle, so that its first directory and its name stay."""
    if columns(path) <= width or width < 9:
        return path
    tail = (width - 1) * 2 // 3
    return f"{_begin(path, width - 1 - tail)}…{_begin(path[::-1], tail)[::-1]}"


def _begin(text: str, width: int) -> str:
    """Give the begin of a string that fits in so many columns."""
    begin = text[:width]
    while columns(begin) > width:
        begin = begin[:-1]
    return begin


# Names of a hostile tree, made fit to print.

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_NO_COMMAND = "##\\x5b"
_BEGINS = expression(r"^([^\S\n]*)::", re.MULTILINE)
_HIDDEN = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))


def printable_name(path: str) -> str:
    """Give a path as it is, or in double quotes with escapes where it holds what a terminal would act on or hide.

    A byte that is not UTF-8 is shown as \\xNN; control, format and bidirectional characters as \\xNN or \\uNNNN.
    """
    is_command = "##[" in path or path.lstrip().startswith("::")
    if path.isprintable() and not path.startswith('"') and not is_command:
        return path
    escaped = "".join(map(_escaped, path)).replace("##[", _NO_COMMAND)
    changed = is_command or (escaped != path and any(_is_hidden(char) for char in path))
    return f'"{escaped}"' if changed or path.startswith('"') else path


def printable_text(message: str) -> str:
    """Give a message of several lines with nothing left that a terminal, or GitHub's runner anywhere, would act on."""
    if not message.replace("\n", "").isprintable():  # what is hidden is never printable
        message = re.sub(r"[^\n -~]", lambda match: _hex(match[0]) if _is_hidden(match[0]) else match[0], message)
    return message.replace("##[", _NO_COMMAND)


def printable_log(message: str) -> str:
    """Give a message for a log, of which the runner of GitHub takes no line for its command."""
    return unheeded(printable_text(message))


def unheeded(lines: str) -> str:
    """Give lines of which the runner takes none for its command; where one was broken, a word may begin the next.

    Source: actions/runner, src/Runner.Common/ActionCommand.cs: "::" behind blanks begins one, "##[" one anywhere.
    """
    return _BEGINS.sub(r"\1\\x3a:", lines)


def verbatim(data: bytes) -> bytes:
    """Give lines that must not change, as those of a patch, with the runner's commands stopped around them.

    Source: docs.github.com, "Workflow commands for GitHub Actions", Stopping and starting workflow commands.
    """
    if not (b"##[" in data or _BEGINS.search(data.decode("utf-8", "replace"))):
        return data
    token = os.urandom(16).hex()
    return b"::stop-commands::%s\n%s\n::%s::\n" % (token.encode(), data.removesuffix(b"\n"), token.encode())


def _escaped(char: str) -> str:
    return _ESCAPES.get(char) or (_hex(char) if _is_hidden(char) else char)


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN


def _hex(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


@frozen
class Format:
    """A row of `FORMATS`.

    module: its file in this folder, imported when it is asked for: the command line only wants the names.
    proposes: whether it shows the proposal, which takes as long again as the audit.
    sizes: whether it shows the size of each directory and file.
    """

    module: str
    proposes: bool = False
    sizes: bool = False

    def render(self, report: Report, layout: Layout) -> str:
        return str(import_module(f"{__name__}.{self.module}").render(report, layout))


FORMATS: dict[str, Format] = {
    "text": Format("text", proposes=True),
    "json": Format("json", proposes=True),
    "html": Format("html", proposes=True, sizes=True),
    "markdown": Format("markdown", proposes=True),
    "sarif": Format("sarif", proposes=True),
    "github": Format("github"),
    "gitlab": Format("gitlab"),
}
