"""Expressions that pass over a whole file, over RE2 where it is installed, else over `re`.

They stay linear in `re`, too: no repetition is unbounded, and none stands before what has to be found.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from itertools import islice
from typing import Protocol, cast

try:
    import re2
except ImportError:  # an install without it is slower, and finds the same
    re2 = None

MOST_CANDIDATES = 4_000  # in one file


class Match(Protocol):
    """The part of a match that is used."""

    def start(self) -> int: ...
    def end(self) -> int: ...


class Pattern(Protocol):
    """The part of a compiled expression that is used."""

    def finditer(self, data: bytes) -> Iterator[Match]: ...
    def search(self, data: bytes) -> Match | None: ...


@functools.cache
def compiled(expression: str, *, folds: bool = False) -> Pattern:
    """Compile an expression over bytes. folds: upper and lower case are the same."""
    if re2 is None:
        return cast(Pattern, re.compile(expression.encode(), re.IGNORECASE if folds else 0))
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.case_sensitive = not folds
    options.log_errors = False
    return cast(Pattern, re2.compile(expression.encode(), options))


def candidates(pattern: Pattern, data: bytes) -> Iterator[Match]:
    """Give the first matches, so that a hostile file costs no more than any other."""
    return islice(pattern.finditer(data), MOST_CANDIDATES)
