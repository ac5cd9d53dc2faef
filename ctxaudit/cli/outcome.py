"""What a command answers. Only `__main__` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ctxaudit.values import frozen

FAILED = 2  # the exit status where the question could not be answered, or not all of the answer be delivered


@frozen
class Outcome:
    """What a command answers: pieces for stdout, made while they are written, the exit status, lines for stderr."""

    output: Iterable[str | bytes]
    status: int = 0
    hints: Sequence[str] = ()
