"""Bake's functions that write values out, and read tables.

Source: zclconf/go-cty, cty/function/stdlib/format.go, json.go and csv.go.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from ctxaudit.builds.bake.values import (
    LONGEST_TEXT,
    Refused,
    Unevaluated,
    Value,
    integer,
    mapping,
    number,
    number_text,
    text,
)

_VERB = re.compile(r"%([^a-zA-Z%]*)([a-zA-Z%]?)")
_FLAGS = re.compile(r"([+-]?0?\d{0,3})(?:\.(\d{1,2}))?")
_PLAIN = re.compile(r"[ -~]*")
_ESCAPED = re.compile("[<>&\u2028\u2029]")
_FIELD = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
_ROW = f"{_FIELD}(?:,{_FIELD})*"
_TABLE = re.compile(f"{_ROW}(?:\n{_ROW})*")
_ITEMS = 1 << 16


def _format(template: Value, *values: Value) -> str:
    given = list(values)

    def filled(found: re.Match[str]) -> str:
        if found[2] == "%":
            return "%"
        flags = _FLAGS.fullmatch(found[1])
        verb = _VERBS.get(found[2])
        if verb is None or flags is None or not given:
            raise Unevaluated(f"{found[0]} in a format")
        return verb(given.pop(0), flags[1], flags[2])

    made = _VERB.sub(filled, text(template))
    if given:
        raise Unevaluated("more arguments than the format asks for")
    return made


def _padded(written: str, flags: str) -> str:
    return f"%{flags.lstrip('+').removeprefix('0')}s" % written


def _string(value: Value, flags: str, places: str | None) -> str:
    if places is not None or flags.startswith("+"):
        raise Unevaluated("a string that is cut by a format")
    return _padded(text(value), flags)


def _any(value: Value, flags: str, places: str | None) -> str:
    return _string(encoded(value) if value is None or isinstance(value, list | dict) else value, flags, places)


def _quoted(value: Value, flags: str, places: str | None) -> str:
    written = encoded(text(value))
    if not _PLAIN.fullmatch(written) or "\\u" in written:
        raise Unevaluated("a string that is quoted by a format")
    return _string(written, flags, places)


def _whole(verb: str) -> Callable[[Value, str, str | None], str]:
    def write(value: Value, flags: str, places: str | None) -> str:
        if places is not None:
            raise Unevaluated("a whole number with decimal places")
        return f"%{flags}{verb}" % integer(value)

    return write


def _decimal(value: Value, flags: str, places: str | None) -> str:
    """Write with decimal places, the last one rounded as bake does it where that is known."""
    exact, count = number(value), int(places or 6)
    scaled = abs(exact) * 10**count
    is_binary = exact.denominator & (exact.denominator - 1) == 0
    if (scaled.denominator == 2 and not is_binary) or (exact < 0 and not round(scaled)):
        raise Unevaluated("a number that is rounded by a format")
    digits = str(round(scaled)).rjust(count + 1, "0")
    sign = "-" if exact < 0 else "+" if flags.startswith("+") else ""
    if flags.lstrip("+").startswith(("0", "-0")):
        raise Unevaluated("a number that is filled with zeros")
    return _padded(sign + (f"{digits[:-count]}.{digits[-count:]}" if count else digits), flags)


_VERBS: dict[str, Callable[[Value, str, str | None], str]] = {
    "s": _string,
    "v": _any,
    "t": _string,
    "q": _quoted,
    "d": _whole("d"),
    "x": _whole("x"),
    "X": _whole("X"),
    "o": _whole("o"),
    "f": _decimal,
}


def _format_list(template: Value, *values: Value) -> list[Value]:
    lengths = {len(one) for one in values if isinstance(one, list)}
    if len(lengths) > 1:
        raise Refused("lists of different lengths")
    count = next(iter(lengths), 1)
    rows = ([one[at] if isinstance(one, list) else one for one in values] for at in range(count))
    return list(_limited(_format(template, *row) for row in rows))


def _limited(pieces: Iterable[str]) -> Iterator[str]:
    """Give the pieces on, unless they come to more than any build needs."""
    whole = 0
    for piece in pieces:
        whole += len(piece)
        if whole > LONGEST_TEXT:
            raise Unevaluated(f"texts of more than {LONGEST_TEXT} characters")
        yield piece


def encoded(value: Value) -> str:
    """Write JSON as bake does: keys in order, and what means something to HTML escaped."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        pairs = (f"{_literal(key)}:{encoded(one)}" for key, one in mapping(value).items())
        return "{" + ",".join(_limited(pairs)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_limited(map(encoded, value))) + "]"
    if isinstance(value, Fraction):
        return number_text(value)
    return text(value) if isinstance(value, bool) else _literal(value)


def _literal(written: str) -> str:
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(written, ensure_ascii=False))


def _decoded_table(value: Value) -> list[Value]:
    written = text(value).replace("\r\n", "\n")
    if not _TABLE.fullmatch(written):
        raise Unevaluated("a table with a stray quote or line end")
    rows = [row for row in csv.reader(written.splitlines(keepends=True), strict=True) if row]
    if not rows or len(set(rows[0])) < len(rows[0]) or any(len(row) != len(rows[0]) for row in rows):
        raise Refused("a table without a header, or with rows of another length")
    if len(rows) * len(rows[0]) > _ITEMS:
        raise Unevaluated("a table that is too large")
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "csvdecode": _decoded_table,
    "format": _format,
    "formatlist": _format_list,
    "jsonencode": encoded,
}
