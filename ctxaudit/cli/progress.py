"""A line on a terminal's stderr while a long walk goes on; nothing anywhere else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

AFTER = 0.5  # seconds before the first line: a short walk stays silent
EVERY = 0.1
STEP = 200  # entries between two looks at the clock


class Progress:
    """Counts entries, and rewrites one line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._count = self._look = 0
        self._start = time.monotonic()
        self._next = self._start + AFTER
        self._drawn = False

    def __enter__(self) -> Callable[[int], None] | None:
        if not self._stream.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
            return None
        return self._advance

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _advance(self, entries: int) -> None:
        self._count += entries
        if self._count < self._look:
            return
        self._look = self._count + STEP
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY
            self._drawn = True
            rate = self._count / (now - self._start)
            self._stream.write(f"\rScanning {self._count:,} entries, {rate:,.0f} a second\x1b[K")
            self._stream.flush()
