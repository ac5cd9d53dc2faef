"""A directory for the files of one question to git, of which nothing stays, also where the process is killed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a new temporary directory, and remove it afterwards, with those of this user's killed runs.

    A process that is alive keeps its own one locked.
    """
    import tempfile

    home, start = tempfile.gettempdir(), f"ctxaudit-{os.getuid()}-"
    _clear(home, start)
    made, lock = _made(home, start)
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def _made(home: str, start: str) -> tuple[str, int]:
    """Make a directory and lock it; another run may take it for a dead one's before it is locked, and remove it."""
    import tempfile

    while True:
        made = tempfile.mkdtemp(prefix=start, dir=home)
        with suppress(FileNotFoundError):
            lock = _opened(made)
            with suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.isdir(made):
                return made, lock
            os.close(lock)


def _clear(home: str, start: str) -> None:
    """Remove the directories whose processes have ended."""
    for name in [name for name in os.listdir(home) if name.startswith(start)]:
        directory = os.path.join(home, name)
        with suppress(OSError):
            lock = _opened(directory)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.getuid():
                    shutil.rmtree(directory)
            finally:
                os.close(lock)


def _opened(directory: str) -> int:
    return os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
