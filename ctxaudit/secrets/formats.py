"""Find what a vendor's format tells."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator

from ctxaudit.secrets.found import Span
from ctxaudit.secrets.names import words_of
from ctxaudit.secrets.passes import candidates, compiled
from ctxaudit.secrets.row import Row
from ctxaudit.secrets.vendors import BY_NAME, BY_VALUE

_BEFORE, _BEHIND = 400, 3_100  # bytes around a keyword that are looked at
_LETTERS = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_ENCODED = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/"
_SAFE = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"
_RUN, _SHORTEST_RUN = 40, 8  # characters of base64 above a match
_CLASSES = (re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"), re.compile(rb"[0-9]"))
_ESCAPED = re.compile(rb"\\[nrt]\Z|%[0-9A-F]{2}\Z")
# Keywords that stand in ordinary words get a longer first look, or most of the time goes there.
_FIRST_LOOK = {
    "pat": "pat[0-9A-Za-z]{14}[.][0-9a-f]{16}",
    "cio": "cio[0-9A-Za-z]{32}",
    "SK": "SK[0-9a-f]{32}",
    "re_": "re_[0-9A-Za-z]{6,12}_[0-9A-Za-z]{16}",
    "sl.": "sl[.][0-9A-Za-z_.-]{90}",
    "st.": "st[.][0-9a-f]{24}[.]",
    "0/": "0/[0-9]{9}",
    "1/1": "1/1[0-9]{9}",
    "2/1": "2/1[0-9]{9}",
    "t1.": "t1[.][0-9A-Za-z_-]{1,200}[.=]",
    "dose": "dose[0-9a-f]{32}",
    "dapi": "dapi[0-9a-f]{32}",
    "token-": "token-[a-z0-9]{5}:",
    "sdk-": "sdk-[0-9a-f]{8}-",
    "api-": "api-[0-9a-f]{8}-",
    "key-": "key-[0-9a-f]{32}",
    "-us": "-us[0-9]",
    "md-": "md-[0-9A-Za-z_-]{22}",
    "fw_": "fw_[0-9A-Za-z]{22}",
    "sig=": "sig=[0-9A-Za-z%+/=]{40}",
    "secret_": "secret_[0-9A-Za-z]{43}",
    "pk_": "pk_[0-9]{5}",
    "00D": "00D[0-9A-Za-z]{12,15}!",
    "EAA": "EAA[A-Z][0-9A-Za-z]{80}",
    "EAAA": "EAAA[0-9A-Za-z_+=-]{56}",
    "AQE": "AQE[mn]",
    "oy2": "oy2[a-z0-9]{43}",
    "ASIA": "ASIA[A-Z2-7]{16}",
    "hf_": "hf_[0-9A-Za-z]{34}",
    "slk_": "slk_[0-9a-f]{64}",
    "AAAAAAAAA": "A{18}[0-9A-Za-z%]{60}",
    "A3-": "A3-[A-Z0-9]{6}-",
    "eyJ": "eyJ[0-9A-Za-z_-]{10,400}[.]eyJ",
}


def formats(data: bytes) -> Iterator[Span]:
    """Find the values whose own form says which vendor's they are."""
    index = _by_keyword()
    for hit in candidates(compiled(_keywords()), data):
        start, end = hit.start(), hit.end()
        for keyword, row in index[data[start : start + 2]]:
            if data.startswith(keyword, start, end):
                yield from _in_window(row, keyword, data, start)


def named(name: str, value: bytes) -> Row | None:
    """Return the row of a value that its name tells, None where neither fits any."""
    words = words_of(name)
    for row in BY_NAME:
        fits = any(word in words for word in row.name) and _expression(row).fullmatch(value)
        if fits and (row.check is None or row.check(value)):
            return row
    return None


def _in_window(row: Row, keyword: bytes, data: bytes, at: int) -> Iterator[Span]:
    expression = _expression(row)
    found = expression.match(data, at, at + _BEHIND) or _around(expression, data, at)
    if found is None or (row.check is not None and not row.check(found[0])):
        return
    if _stands_alone(data, found.start(), found.end()):
        yield Span(row.kind, row.tier, found.start(), found.end(), found[0])


def _around(expression: re.Pattern[bytes], data: bytes, at: int) -> re.Match[bytes] | None:
    """The match that holds the keyword, of a format that does not begin with it."""
    found = expression.finditer(data, max(0, at - _BEFORE), at + _BEHIND)
    return next((one for one in found if one.start() <= at < one.end()), None)


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    """Whether neither end goes on as the same word."""
    if end < len(data) and data[end] in _LETTERS and data[end - 1] in _LETTERS:
        return False
    before = data[start - 1] if start else 32
    if before in b"+/_-" and _is_within(data, start):
        return False
    return before not in _LETTERS or before == 95 or _ESCAPED.search(data[max(0, start - 3) : start]) is not None


def _is_within(data: bytes, start: int) -> bool:
    """Whether it stands within a longer value of base64, as a font or a checksum, and not at the end of a path."""
    above, sign = data[max(0, start - _RUN) : start], data[start - 1]
    run = above[len(above.rstrip(_ENCODED if sign in b"+/" else _SAFE)) :]
    if sign == ord("/"):
        return len(run) == _RUN
    return len(run) >= _SHORTEST_RUN and all(one.search(run) for one in _CLASSES)


@functools.cache
def _keywords() -> str:
    """One expression for all keywords, the longer ones first."""
    keywords = sorted({word for row in BY_VALUE for word in row.keywords}, key=lambda word: (-len(word), word))
    return "|".join(_FIRST_LOOK.get(word, re.escape(word)) for word in keywords)


@functools.cache
def _by_keyword() -> dict[bytes, list[tuple[bytes, Row]]]:
    """The keywords and their rows, by their first two bytes."""
    found: dict[bytes, list[tuple[bytes, Row]]] = defaultdict(list)
    for row in BY_VALUE:
        for word in row.keywords:
            found[word.encode()[:2]].append((word.encode(), row))
    return found


@functools.cache
def _expression(row: Row) -> re.Pattern[bytes]:
    """The expression, compiled when a file is the first to hold its keyword: there are many, and few are met."""
    return re.compile(row.expression.encode())
