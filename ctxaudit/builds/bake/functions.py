"""The functions of bake that are plainly evaluated: a row for each in FUNCTIONS.

What is not here stays unknown: what tells the time, makes a random value or asks the machine, and what is too rare.
"""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import inspect
import json
import math
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any
from urllib.parse import quote_plus

from ctxaudit.builds.bake.values import (
    BINARY,
    LONGEST_LIST,
    LONGEST_TEXT,
    NETWORK_FUNCTIONS,
    SET_FUNCTIONS,
    UNARY,
    Refused,
    Unevaluated,
    Value,
    base_type,
    boolean,
    bounded,
    derived,
    element,
    integer,
    mapping,
    number,
    number_text,
    plain,
    same,
    sequence,
    text,
    texts,
)
from ctxaudit.ignore import clean_path

# Bake's functions that write values out, and read tables.
#
# Source: zclconf/go-cty, cty/function/stdlib/format.go, json.go and csv.go.

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

    def filled(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        flags = _FLAGS.fullmatch(match[1])
        verb = _VERBS.get(match[2])
        if verb is None or flags is None or not given:
            raise Unevaluated(f"{match[0]} in a format")
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
    lengths = {len(value) for value in values if isinstance(value, list)}
    if len(lengths) > 1:
        raise Refused("lists of different lengths")
    count = next(iter(lengths), 1)
    rows = ([value[at] if isinstance(value, list) else value for value in values] for at in range(count))
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
        pairs = (f"{_literal(key)}:{encoded(member)}" for key, member in mapping(value).items())
        return "{" + ",".join(_limited(pairs)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_limited(map(encoded, value))) + "]"
    if isinstance(value, Fraction):
        return number_text(value)
    return text(value) if isinstance(value, bool) else _literal(value)


def _literal(written: str) -> str:
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(written, ensure_ascii=False))


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


_FORMAT_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "csvdecode": _decoded_table,
    "format": _format,
    "formatlist": _format_list,
    "jsonencode": encoded,
}


# As Go's unicode.IsSpace.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_GROUP = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))?", re.ASCII)
_NOT_A_NAME = re.compile(r"[^a-zA-Z0-9_-]")
_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "oid": uuid.NAMESPACE_OID,
    "url": uuid.NAMESPACE_URL,
    "x500": uuid.NAMESPACE_X500,
}
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RANGE = 1024  # bake's own limit


def call(name: str, arguments: list[Value]) -> Value:
    """Call a function of bake's library; raises Unevaluated for one that is not evaluated here."""
    function = FUNCTIONS.get(name)
    if function is None:
        kind = Unevaluated if name in NAMES else Refused
        raise kind(f"the function {name} is not evaluated here")
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise Unevaluated(f"{name} with {len(arguments)} arguments") from error
    return derived(bounded(function(*arguments)), arguments)


def _per_letter(change: Callable[[str], str], value: Value) -> str:
    whole = text(value)
    if whole.isascii():
        return change(whole)
    letters = [change(letter) for letter in whole]
    if any(len(letter) != 1 for letter in letters):
        raise Unevaluated("a letter that becomes several")
    return "".join(letters)


def _letters(value: Value) -> str:
    """A string whose characters and graphemes are the same."""
    letters = text(value)
    if not letters.isascii() or "\r\n" in letters:
        raise Unevaluated("the length of a string that is not ASCII")
    return letters


def _substr(value: Value, offset: Value, length: Value) -> str:
    letters, start, size = _letters(value), integer(offset), integer(length)
    start = max(len(letters) + start, 0) if start < 0 else start
    return letters[start:] if size < 0 else letters[start : start + size]


def _title(value: Value) -> str:
    return re.sub(r"(?<!\w)[a-z]", lambda match: match[0].upper(), _letters(value), flags=re.ASCII)


def _split(separator: Value, value: Value) -> list[Value]:
    return list(text(value).split(text(separator)) if separator else text(value))


def _join(separator: Value, *lists: Value) -> str:
    parts = [part for strings in lists for part in texts(strings)]
    if sum(map(len, parts)) + len(parts) * len(text(separator)) > 2 * LONGEST_LIST * 16:
        raise Unevaluated("a string that is too long")
    return text(separator).join(parts)


def _replace(value: Value, old: Value, new: Value) -> str:
    whole = text(value)
    if (whole.count(text(old)) + 1) * len(text(new)) > LONGEST_LIST * 16:
        raise Unevaluated("a string that is too long")
    return whole.replace(text(old), text(new))


def _compiled(pattern: Value) -> Any:
    try:
        import re2
    except ImportError as error:  # what a group matched is RE2's alone to say
        raise Unevaluated("a regular expression: google-re2, which reads it, is not installed") from error

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text(pattern), options)
    except re2.error as error:
        raise Unevaluated("a pattern that is not valid") from error


def _regex_replace(value: Value, pattern: Value, template: Value) -> str:
    written = text(template)

    def filled(match: re.Match[str]) -> str:
        if not match[0]:
            raise Unevaluated("a pattern that matches nothing")
        return _GROUP.sub(lambda group: _group(match, group), written)

    return str(_compiled(pattern).sub(filled, text(value)))


def _group(match: re.Match[str], reference: re.Match[str]) -> str:
    """What `$1`, `${name}` and `$$` stand for; a group that there is not is empty."""
    if reference[0] in ("$", "$$"):
        return "$"
    name = reference[2] or reference[3]
    try:
        return match[int(name) if name.isdigit() else name] or ""
    except (IndexError, KeyError):
        return ""


def _matched(match: re.Match[str]) -> Value:
    named = match.groupdict()
    return named or list(match.groups()) or match[0]


def _regex(pattern: Value, value: Value) -> Value:
    match = _compiled(pattern).search(text(value))
    if match is None:
        raise Refused("a pattern that does not match")
    return _matched(match)


def _coalesce(*values: Value) -> Value:
    candidates = [value for value in values if value is not None]
    if not candidates:
        raise Unevaluated("coalesce of nothing")
    kinds = {base_type(value) for value in candidates}
    return candidates[0] if len(kinds) == 1 else text(candidates[0])


def _coalesce_list(*lists: Value) -> Value:
    return next((elements for elements in lists if elements), None) or _coalesce(None)


def _merge(*maps: Value) -> dict[str, Value]:
    return {key: value for entries in maps if entries is not None for key, value in mapping(entries).items()}


def _flatten(value: Value) -> list[Value]:
    flat: list[Value] = []
    pending = [iter(sequence(value))]
    while pending:
        for member in pending[-1]:
            if isinstance(member, list):
                pending.append(iter(member))
                break
            flat.append(member)
            bounded(flat)
        else:
            pending.pop()
    return flat


def _distinct(value: Value) -> list[Value]:
    members: list[Value] = []
    for member in sequence(value):
        if not any(same(member, other) for other in members):
            members.append(member)
    return members


def _element(value: Value, index: Value) -> Value:
    elements = sequence(value)
    if not elements:
        raise Unevaluated("an element that there is not")
    return elements[integer(index) % len(elements)]


def _index_of(value: Value, sought: Value) -> Fraction:
    for index, member in enumerate(sequence(value)):
        if same(member, sought):
            return Fraction(index)
    raise Unevaluated("indexof of what is not there")


def _has_index(value: Value, key: Value) -> bool:
    return 0 <= integer(key) < len(sequence(value))


def _slice(value: Value, start: Value, end: Value) -> list[Value]:
    elements = sequence(value)
    if not 0 <= integer(start) <= integer(end) <= len(elements):
        raise Unevaluated("a slice beyond its list")
    return elements[integer(start) : integer(end)]


def _chunks(value: Value, size: Value) -> list[Value]:
    elements, width = sequence(value), integer(size)
    if width < 0:
        raise Unevaluated("chunks of a negative size")
    return [elements[at : at + width] for at in range(0, len(elements), width)] if width else [elements]


def _range(*numbers: Value) -> list[Value]:
    given = [number(argument) for argument in numbers]
    if not 1 <= len(given) <= 3:
        raise Unevaluated(f"range with {len(given)} arguments")
    start, end = (Fraction(0), given[0]) if len(given) == 1 else (given[0], given[1])
    step = given[2] if len(given) == 3 else Fraction(1 if end >= start else -1)
    if not step or (end - start) * step < 0 or abs((end - start) / step) > _RANGE:
        raise Unevaluated("a range that bake refuses")
    return [start + step * turn for turn in range(math.ceil((end - start) / step))]


def _parse_int(value: Value, base: Value) -> Fraction:
    written, radix = text(value), integer(base)
    if len(written) > 100 or not re.fullmatch(r"-?[0-9a-zA-Z]+", written) or not 2 <= radix <= 36:
        raise Unevaluated("parseint of a string that is not a number")
    try:
        return Fraction(int(written, radix))
    except ValueError as error:
        raise Unevaluated("parseint of a string that is not a number") from error


def _pow(base: Value, exponent: Value) -> Fraction:
    whole_base, power = integer(base), integer(exponent)
    if not 0 <= power <= 64 or abs(whole_base) > 256:
        raise Unevaluated("a power that is too large")
    return Fraction(whole_base**power)


def _decoded(value: Value) -> str:
    try:
        return base64.b64decode(text(value), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Unevaluated("base64decode of a string that is not base64") from error


def _json(value: Value) -> Value:
    try:
        return plain(json.loads(text(value)))
    except json.JSONDecodeError as error:
        raise Refused("jsondecode of a string that is not JSON") from error
    except (ValueError, RecursionError) as error:
        raise Unevaluated("jsondecode of what is too deep or too long") from error


def _hash(name: str) -> Callable[[Value], Value]:
    return lambda value: hashlib.new(name, text(value).encode(), usedforsecurity=False).hexdigest()


def _fold(operator: str) -> Callable[..., Value]:
    return lambda left, right: BINARY[operator](left, right)


def _uuid(namespace: Value, name: Value) -> str:
    written = text(namespace)
    if written not in _NAMESPACES and not _UUID.fullmatch(written):
        raise Unevaluated("a namespace that is not a UUID")
    return str(uuid.uuid5(_NAMESPACES.get(written) or uuid.UUID(written), text(name)))


def _basename(value: Value) -> str:
    return text(value).rstrip("/").rpartition("/")[2] or ("/" if value else ".")


def _dirname(value: Value) -> str:
    head, slash, _ = text(value).rpartition("/")
    return clean_path(head + slash)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    **_FORMAT_FUNCTIONS,
    **NETWORK_FUNCTIONS,
    **SET_FUNCTIONS,
    # numbers
    "absolute": lambda value: abs(number(value)),
    "add": _fold("+"),
    "ceil": lambda value: Fraction(math.ceil(number(value))),
    "divide": _fold("/"),
    "floor": lambda value: Fraction(math.floor(number(value))),
    "int": lambda value: Fraction(int(number(value))),
    "max": lambda first, *rest: max(map(number, (first, *rest))),
    "min": lambda first, *rest: min(map(number, (first, *rest))),
    "modulo": _fold("%"),
    "multiply": _fold("*"),
    "negate": UNARY["-"],
    "parseint": _parse_int,
    "pow": _pow,
    "signum": lambda value: Fraction((integer(value) > 0) - (integer(value) < 0)),
    "subtract": _fold("-"),
    # booleans
    "and": _fold("&&"),
    "equal": _fold("=="),
    "greaterthan": _fold(">"),
    "greaterthanorequalto": _fold(">="),
    "lessthan": _fold("<"),
    "lessthanorequalto": _fold("<="),
    "not": UNARY["!"],
    "notequal": _fold("!="),
    "or": lambda left, right: boolean(left) | boolean(right),
    # texts
    "base64decode": _decoded,
    "base64encode": lambda value: base64.b64encode(text(value).encode()).decode(),
    "basename": _basename,
    "chomp": lambda value: text(value).rstrip("\r\n"),
    "dirname": _dirname,
    "indent": lambda spaces, value: _replace(value, "\n", "\n" + " " * min(integer(spaces), LONGEST_LIST)),
    "join": _join,
    "lower": lambda value: _per_letter(str.lower, value),
    "md5": _hash("md5"),
    "regex": _regex,
    "regex_replace": _regex_replace,
    "regexall": lambda pattern, value: [_matched(match) for match in _compiled(pattern).finditer(text(value))],
    "replace": _replace,
    "reverse": lambda value: _letters(value)[::-1],
    "sanitize": lambda value: _NOT_A_NAME.sub("_", text(value)),
    "sha1": _hash("sha1"),
    "sha256": _hash("sha256"),
    "sha512": _hash("sha512"),
    "split": _split,
    "strlen": lambda value: Fraction(len(_letters(value))),
    "substr": _substr,
    "title": _title,
    "trim": lambda value, letters: text(value).strip(text(letters)),
    "trimprefix": lambda value, prefix: text(value).removeprefix(text(prefix)),
    "trimspace": lambda value: text(value).strip(_SPACE),
    "trimsuffix": lambda value, suffix: text(value).removesuffix(text(suffix)),
    "upper": lambda value: _per_letter(str.upper, value),
    "uuidv5": _uuid,
    "urlencode": lambda value: quote_plus(text(value)),
    # lists and maps
    "chunklist": _chunks,
    "coalesce": _coalesce,
    "coalescelist": _coalesce_list,
    "compact": lambda value: [string for string in texts(value) if string],
    "concat": lambda *lists: [member for part in lists for member in sequence(part)],
    "contains": lambda value, sought: any(same(member, sought) for member in sequence(value)),
    "distinct": _distinct,
    "element": _element,
    "flatten": _flatten,
    "hasindex": _has_index,
    "index": lambda value, key: element(sequence(value), key),  # a map where it is typed, none where it is written out
    "indexof": _index_of,
    "jsondecode": _json,
    "keys": lambda value: list(mapping(value)),
    "length": lambda value: Fraction(len(sequence(value))),  # a map where it is typed, none where it is written out
    "lookup": lambda value, key, default: mapping(value).get(text(key), default),
    "merge": _merge,
    "range": _range,
    "reverselist": lambda value: sequence(value)[::-1],
    "slice": _slice,
    "sort": lambda value: sorted(texts(value), key=str.encode),
    "values": lambda value: list(mapping(value).values()),
    "zipmap": lambda keys, values: dict(zip(texts(keys), sequence(values), strict=False)),
}

# Bake's own, that a block of the same name does not replace.
NAMES = frozenset(
    (
        *FUNCTIONS,
        *("bcrypt", "byteslen", "bytesslice", "can", "convert", "formatdate", "formattimestamp", "homedir", "log"),
        *("rsadecrypt", "semvercmp", "timeadd", "timestamp", "try", "unixtimestampparse", "uuidv4"),
    )
)
