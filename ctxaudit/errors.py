"""CtxauditError: what could not be answered, where, and how to fix it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import SupportsIndex, TypeAlias

from ctxaudit.expressions import expression

# What stands before a value that may be a secret: a name with its sign, a user in an address (not a host before its
# port), a scheme of a header.
_SECRET = expression(
    r"""((?i:(?<![\w-])[\w-]*(?:passw(?:or)?d|passphrase|secret|token|(?:api|private|access)_?key|credentials?))
            ["']?[ ]*[=:][ ]*["']?
    |"default"[ ]*:[ ]*"|://[^\s/@:]*:(?!\d{1,5}\b(?![^\s"']*@))|(?i:\b(?:bearer|basic)[ ]+))
     ((?<=")(?!\$)(?:[^"\\]|\\.)+|[^\s"'$@…][^\s"'@]*)""",
    re.VERBOSE,
)


Pieces: TypeAlias = "tuple[tuple[str, str], ...]"  # of a string, in order: as it is, and as a report shows it
_MOST_PIECES = 1000  # of a string that is joined again and again
MASK = "****"  # of one width, so that nobody learns how long a value is


class Interpolated(str):
    """A string that variables are part of.

    names: the string as a report shows it, with `${NAME}` for each value, as a value may be a secret.
    pieces: the string in pieces, each as it is and as a report shows it; one piece where the parts are not known.
    """

    names: str
    pieces: Pieces

    def __new__(cls, text: str, names: str, pieces: Pieces = ()) -> Interpolated:
        made = super().__new__(cls, text)
        made.names = short_names(names)
        made.pieces = pieces if 0 < len(pieces) <= _MOST_PIECES else ((text, made.names),)
        return made

    def __getnewargs__(self) -> tuple[str, str, Pieces]:  # type: ignore[override]
        return str(self), self.names, self.pieces

    def __add__(self, other: str) -> Interpolated:
        pieces = (*self.pieces, *(interpolated_pieces(other) or ((other, other),)))
        return Interpolated(super().__add__(other), self.names + by_names(other), pieces)

    def __radd__(self, other: str) -> Interpolated:
        pieces = (*(interpolated_pieces(other) or ((other, other),)), *self.pieces)
        return Interpolated(f"{other}{self}", by_names(other) + self.names, pieces)

    def removeprefix(self, prefix: str, /) -> Interpolated:
        return Interpolated(super().removeprefix(prefix), self.names.removeprefix(prefix))

    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> Interpolated:
        return Interpolated(super().replace(old, new, count), self.names.replace(old, new, count))


def short_names(names: str, width: int = 4096) -> str:
    """Cut names that no reader needs whole: joined again and again they double, even where the values are empty."""
    return names if len(names) <= width else names[: width - 1] + "…"


def by_names(text: str) -> str:
    """Return the string as a report shows it."""
    return text.names if isinstance(text, Interpolated) else text


def interpolated_pieces(text: str) -> Pieces:
    """Return the pieces of a string that variables are part of; () for any other."""
    return text.pieces if isinstance(text, Interpolated) else ()


def joined(separator: str, parts: Iterable[str]) -> str:
    """Join strings; what variables are part of stays to be seen."""
    several = list(parts)
    whole = separator.join(several)
    if not any(isinstance(one, Interpolated) for one in several):
        return whole
    return Interpolated(whole, separator.join(map(by_names, several)))


class CtxauditError(Exception):
    """A question that could not be answered; the base of every error raised on purpose.

    what: one clause, lower case, without a full stop; Docker's own words stand inside where Docker has them.
    where: "file:line", a path, or None.
    source: the offending line as it stands in the file, printed below the message.
    column: 0-based place of the caret below `source`.
    fix: what the reader can do about it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        source: str | None = None,
        column: int = 0,
        fix: str | None = None,
    ) -> None:
        super().__init__(what, where, source, column, fix)
        self.what = what
        self.where = where
        self.source = source
        self.column = column
        self.fix = fix

    def __str__(self) -> str:
        what = masked(self.what)
        lines = [f"{self.where}: {what}" if self.where else what]
        if self.source is not None:
            line, column = excerpt(self.source, self.column)
            lines += [f"    {line}", f"    {' ' * column}^"]
        if self.fix is not None:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


class OutOfReach(CtxauditError):
    """A context that only the builder sees: nothing can be said of it, and nothing is wrong.

    what: why, in a clause. where: the context.
    """


class PatternError(CtxauditError):
    """A pattern that Docker refuses: `syntax error in pattern`, `illegal exclusion pattern: "!"`."""


class DockerfileError(CtxauditError):
    """A Dockerfile that BuildKit refuses, or a stage that it does not find."""


class ContentError(DockerfileError):
    """A Dockerfile whose content a partial clone lacks."""


class TreeError(CtxauditError):
    """A directory that is not there, is not a directory, or cannot be read where the builder has to read it."""


def masked(text: str) -> str:
    """Return the text with `****` for what looks like a secret's value, however long that is."""
    return _SECRET.sub(lambda match: match[1] + MASK, text)


def excerpt(line: str, column: int, width: int = 120) -> tuple[str, int]:
    """Return what of a line fits in *width*, masked, and the place of the caret in it.

    column: the place of the caret in the line, which is cut at its end and, where the caret is further on, at its
    beginning.
    """
    shown, place = masked(line), column
    for match in _SECRET.finditer(line):
        if match.start(2) < column:
            # A caret inside a value stands below the first star of its mask.
            place += len(MASK) - len(match[2]) if match.end(2) <= column else match.start(2) - column
    cut = max(0, place - width * 2 // 3) if len(shown) > width else 0
    if cut:
        shown, place = "…" + shown[cut + 1 :], place - cut
    return shown if len(shown) <= width else shown[: width - 1] + "…", place
