"""Sizes and counts as people read them."""

from __future__ import annotations

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


def growth(difference: int) -> str:
    """Give a change of size with its sign: "+1.23kB", "-812B", "0B"."""
    return f"{'+' if difference > 0 else '-' * (difference < 0)}{size(abs(difference))}"
