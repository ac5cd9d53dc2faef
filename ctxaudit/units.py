"""Sizes and counts as people read them."""

from __future__ import annotations

import re
from fractions import Fraction

from ctxaudit.expressions import expression
from ctxaudit.values import frozen

_SIZE = expression(r"(\d{1,18}(?:\.\d{1,9})?) ?(?:([kmgtpe])(i?)b?|b?)", re.IGNORECASE | re.ASCII)
_SHARE = expression(r"(\d{1,9}(?:\.\d{1,9})?) ?%", re.ASCII)
_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def size(count: int) -> str:
    """Give bytes as BuildKit prints them: SI, two decimals, no space; `1000.00kB` for 999,999, as it does too.

    Source: tonistiigi/units, `fmt.Sprintf("%.2f", units.Bytes(n))`.
    """
    if count < 1000:
        return f"{count}B"
    power = min((len(str(count)) - 1) // 3, len(_UNITS))
    return f"{count / 1000**power:.2f}{_UNITS[power - 1]}"


def count(number: int, noun: str) -> str:
    """Give "1 file" or "2,345 files"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def more(number: int, before: str = " ", after: str = "") -> str:
    """Give " and 2,345 more" for what a list does not show, "" for nothing; between *before* and *after*."""
    return f"{before}and {number:,} more{after}" if number > 0 else ""


def growth(difference: int) -> str:
    """Give a change of size with its sign: "+1.23kB", "-812B", "0B"."""
    return f"{'+' if difference > 0 else '-' * (difference < 0)}{size(abs(difference))}"


def parse_size(text: str) -> int:
    """Give the bytes that a string names, a part of a byte dropped; raises ValueError.

    `100MB`, `1.5gb` and `512k` are decimal, `64MiB` is binary, a number alone is bytes.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a size: write 100MB (decimal), 64MiB (binary) or bytes")
    number, letter, binary = match.groups()
    power = " kmgtpe".index((letter or " ").lower())
    return int(Fraction(number) * (1024 if binary else 1000) ** power)


@frozen
class Growth:
    """How much something may grow: bytes, or a share of what it was. text: as written."""

    text: str
    bytes: int = 0
    share: Fraction | None = None

    @classmethod
    def parse(cls, text: str) -> Growth:
        """Read `5MB` or `10%`; raises ValueError."""
        share = _SHARE.fullmatch(text.strip())
        if share is not None:
            return cls(text, share=Fraction(share[1]) / 100)
        try:
            return cls(text, bytes=parse_size(text))
        except ValueError as error:
            raise ValueError(f"{text!r} is not a growth limit: write a size, as 5MB, or a share, as 10%") from error

    def of(self, base: int) -> int:
        """Give the bytes that something of *base* bytes may grow by."""
        return self.bytes if self.share is None else int(base * self.share)
