"""A directory for the files of one question to git, of which nothing stays, also where the process is killed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ctxaudit.files import READ_DIRECTORY, lock


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a new temporary directory, and remove it afterwards, with those of this user's killed runs.

    A process that is alive keeps its own one locked.
    """
    import tempfile

    home, start = tempfile.gettempdir(), f"ctxaudit-{os.getuid()}-"
    _clear(home, start)
    made, taken = _made(home, start)
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(taken)


def _made(home: str, start: str) -> tuple[str, int]:
    """Make a directory and lock it; another run may take it for a dead one's before it is locked, and remove it."""
    import tempfile

    while True:
        made = tempfile.mkdtemp(prefix=start, dir=home)
        with suppress(FileNotFoundError):
            taken = _opened(made)
            with suppress(OSError):  # a file system without locks
                lock(taken, waits=True)
            if os.path.isdir(made):
                return made, taken
            os.close(taken)


def _clear(home: str, start: str) -> None:
    """Remove the directories whose processes have ended."""
    for name in [name for name in os.listdir(home) if name.startswith(start)]:
        directory = os.path.join(home, name)
        with suppress(OSError):
            taken = _opened(directory)
            try:
                lock(taken, waits=False)
                if os.fstat(taken).st_uid == os.getuid():
                    shutil.rmtree(directory)
            finally:
                os.close(taken)


def _opened(directory: str) -> int:
    return os.open(directory, READ_DIRECTORY)
