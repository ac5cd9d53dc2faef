"""One file, read without surprises."""

from __future__ import annotations

import os
import stat
from contextlib import suppress


def read_regular(full: str, limit: int = -1) -> bytes | None:
    """Read a regular file, never a FIFO, a device or through a symlink; None for what is none or cannot be read."""
    try:
        descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with open(descriptor, "rb") as file, suppress(OSError):
        return file.read(limit)
    return None
