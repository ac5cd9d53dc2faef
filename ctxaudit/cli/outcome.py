"""What a command answers. Only `__main__` writes it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ctxaudit.values import frozen

FAILED = 2  # the exit status where the question could not be answered, or not all of the answer be delivered


@frozen
class Outcome:
    """What a command answers: pieces for stdout, made while they are written, the exit status, lines for stderr.

    live: somebody waits for each piece, so that none is held back.
    """

    output: Iterable[str | bytes]
    status: int = 0
    hints: Sequence[str] = ()
    live: bool = False


def wants_color(asked: str, terminal: bool) -> bool:
    """Whether to colour a stream: as --color says, and else as the environment does.

    Source: https://no-color.org, https://force-color.org and https://bixense.com/clicolors.
    """
    if asked != "auto":
        return asked == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and os.environ.get("TERM") != "dumb"
