"""What a command answers. Only `__main__` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command answers: pieces for stdout, made while they are written, the exit status, hints for stderr."""

    output: Iterable[str | bytes]
    status: int = 0
    hints: Sequence[str] = ()
