"""Shell patterns inside `${…}`: `*` and `?` without brackets, as `${v#p}`, `${v%p}` and `${v/p/r}` use them.

BuildKit translates them to Go's regexp, which is linear. Python's is not, so that a pattern is cut at its stars here,
and each piece is found once, in an atomic group: the first place where a piece fits is as good as any later one on the
same line, and `*` and `?` never match a newline.
Source: moby/buildkit 73ed682, frontend/dockerfile/shell/lex.go, convertShellPatternToRegex.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ctxaudit.values import expression, frozen

_ESCAPABLE = "*?\\"
_SPECIAL = expression(r"[*?\\\ufeff]")
_REFERENCE = expression(r"\$(?:(?P<dollar>\$)|(?P<bare>\w+)|\{(?P<braced>\w+)\})")


class InvalidEscape(ValueError):
    """A backslash before a character that needs none; the text is Docker's."""


@frozen
class _Glob:
    """A pattern: what stands before its first star, and the rest.

    overlap: how many characters of a match can stand before the newline that `head` ends behind.
    """

    head: re.Pattern[str]
    tail: re.Pattern[str]
    overlap: int

    def at_start(self, value: str) -> int | None:
        """The end of the match that begins where *value* begins."""
        head = self.head.match(value)
        tail = head and self.tail.match(value, head.end())
        return tail.end() if tail else None

    def find(self, value: str, start: int) -> tuple[int, int] | None:
        """The leftmost match from *start* on: where it begins and ends."""
        while head := self.head.search(value, start):
            if tail := self.tail.match(value, head.end()):
                return head.start(), tail.end()
            newline = value.find("\n", head.end())
            if newline < 0:
                return None
            start = max(head.start() + 1, newline + 1 - self.overlap)
        return None


def trim_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """*value* without the shortest or longest beginning that *pattern* matches."""
    if not _SPECIAL.search(pattern):
        return value.removeprefix(pattern)
    return value[_glob(pattern, longest).at_start(value) or 0 :]


def trim_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """*value* without the shortest or longest end that *pattern*, already `backwards`, matches."""
    return trim_prefix(value[::-1], pattern, longest=longest)[::-1]


def backwards(pattern: str) -> str:
    """*pattern* for a string read from its end; an escaped character stays behind its backslash."""
    return "".join(reversed(re.findall(r"(?s)\\.|.", pattern)))


def replace_first(value: str, pattern: str, replacement: str) -> str:
    if not _SPECIAL.search(pattern):
        return value.replace(pattern, replacement, 1)
    found = _glob(pattern, longest=True).find(value, 0)
    return value[: found[0]] + replacement + value[found[1] :] if found else value


def replace_all(value: str, pattern: str, replacement: str) -> str:
    """Replace every match; `$0` in *replacement* is the match, as Go's ReplaceAllString has it."""
    write, parts, last = _template(replacement), [], 0
    for start, end in _matches(_glob(pattern, longest=True), value):
        parts.append(value[last:start])
        if end > last or start == 0:
            parts.append(write(value[start:end]))
        last = end
    return "".join(parts) + value[last:]


def _matches(glob: _Glob, value: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at <= len(value) and (found := glob.find(value, at)):
        yield found
        at = max(at + 1, found[1])


def _template(replacement: str) -> Callable[[str], str]:
    """A function from a match to its replacement; `$name` of a group that is not there is empty."""
    parts = re.split(r"(\$(?:\$|\w+|\{\w+\}))", replacement)
    names = [_REFERENCE.fullmatch(part) for part in parts]

    def write(match: str) -> str:
        return "".join(_referred(name, match) if name else part for name, part in zip(names, parts, strict=True))

    return write


def _referred(reference: re.Match[str], match: str) -> str:
    if reference["dollar"]:
        return "$"
    return match if (reference["bare"] or reference["braced"]) == "0" else ""


def _glob(pattern: str, longest: bool) -> _Glob:
    head, *pieces = _pieces(pattern)
    tail = [f"(?>.*?{piece.source})" for piece in pieces]
    if longest and pieces:
        tail[-1] = f"(?>.*{pieces[-1].source})"
    return _Glob(re.compile(head.source), re.compile("".join(tail)), head.length)


@frozen
class _Piece:
    """What stands between two stars, as a regular expression of fixed length."""

    source: str
    length: int


def _pieces(pattern: str) -> list[_Piece]:
    runs: list[list[str]] = [[]]
    for token in _tokens(pattern.removeprefix("\ufeff")):
        if token == "*":
            runs.append([])
        else:
            runs[-1].append("." if token == "?" else re.escape(token[-1]))
    return [_Piece("".join(run), len(run)) for run in runs]


def _tokens(pattern: str) -> Iterator[str]:
    """Characters, and pairs of a backslash and what it escapes."""
    at = 0
    while at < len(pattern):
        char, after = pattern[at], pattern[at + 1 : at + 2]
        at += 1
        if char != "\\":
            yield char
        elif after not in ("}", "/"):  # these two are escaped for the sake of ${…}: the backslash is not in the pattern
            if not after or after not in _ESCAPABLE:
                raise InvalidEscape(f"invalid escape '\\{after or '�'}'")
            yield char + after
            at += 1
