"""Directories of the disk: opened from one another, so that depth costs nothing, read in the order of their bytes."""

from __future__ import annotations

import errno
import functools
import operator
import os
import stat
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from ctxaudit.errors import TreeError
from ctxaudit.files import READ_DIRECTORY, TYPES
from ctxaudit.model import Attributes, EntryType
from ctxaudit.walk.choice import Choice, Reads, Selection

HEAD_BYTES = 65_536
MOST_OPEN = 100  # directories: below, one is opened by its path from the last that stays open, as descriptors are few
LONG = 500  # characters of a path from which the kernel is faster over the descriptor's own link

_DEVICES = frozenset((stat.S_IFCHR, stat.S_IFBLK))
_NO_DEVICE = (0, 0)
_list_xattrs = functools.partial(os.listxattr, follow_symlinks=False) if hasattr(os, "listxattr") else None
_name = operator.attrgetter("name")

Entries = list[os.DirEntry[str]]
_T = TypeVar("_T")


class Directories:
    """Opens directories below *top*; those on the way to the last one stay open, up to a limit.

    moves: this process may work in each of them, so that the kernel finds what is in it without the way there. Then
    *top* has to be absolute.
    """

    def __init__(self, top: str, *, moves: bool = False) -> None:
        self.top = top
        self._moves = moves
        self._open: list[tuple[str, int]] = []
        weakref.finalize(self, _close, self._open)

    def open(self, path: str) -> int:
        """Give a descriptor of a directory, never a symlink; it is closed when another one is opened, or with all."""
        start = f"{path}/" if path else ""
        if not path:
            self.close()
        # A descriptor of the parent makes the kernel resolve one name in place of the whole path.
        while self._open and not start.startswith(self._open[-1][0]):
            os.close(self._open.pop()[1])
        if self._open and self._open[-1][0] == start:
            return self._open[-1][1]
        if self._open:
            above, descriptor = self._open[-1]
            found = os.open(path[len(above) :], READ_DIRECTORY, dir_fd=descriptor)
        else:
            found = os.open(full(self.top, path), READ_DIRECTORY)
        # A process may have 1,024 descriptors, and may be part of a program that needs some itself.
        if len(self._open) > MOST_OPEN:
            os.close(self._open.pop()[1])
        self._open.append((start, found))
        return found

    def close(self) -> None:
        _close(self._open)

    def full(self, path: str, descriptor: int) -> str:
        """How the kernel finds what is in an open directory, until another is asked for; with a slash at the end."""
        if self._moves:
            os.fchdir(descriptor)
            return "./"
        return f"{full(self.top, path)}/" if len(path) < LONG else f"/proc/self/fd/{descriptor}/"


def _close(opened: list[tuple[str, int]]) -> None:
    while opened:
        os.close(opened.pop()[1])


def sorted_entries(descriptor: int) -> tuple[Entries, bool]:
    """The entries of a directory in the order of their names' bytes, and whether all of them are ASCII."""
    # fsutil and go-archive sort by bytes (filepath.WalkDir); code points sort the same where all is ASCII.
    with os.scandir(descriptor) as scan:
        entries = list(scan)
    entries.sort(key=_name)
    is_ascii = "".join(map(_name, entries)).isascii()
    if not is_ascii:
        entries.sort(key=lambda entry: os.fsencode(entry.name))
    return entries, is_ascii


def released(entries: Entries) -> Iterator[os.DirEntry[str]]:
    """Give the entries and let go of each: it remembers what was asked about it, which adds up in a large directory."""
    entries.reverse()
    while entries:
        yield entries.pop()


def depth_first(top: Iterator[_T], inside: Callable[[_T], Iterator[_T] | None]) -> Iterator[_T]:
    """Give each item of *top*, and after it what is inside of it, None for nothing: `a`, `a/b`, `a/b/c`, `a/d`, `e`.

    A stack of iterators takes the place of recursion: a tree may be deeper than Python's stack. An item is given before
    *inside* is called with it, so that whoever takes it can still decide what that gives.
    """
    levels = [top]
    while levels:
        for item in levels[-1]:
            yield item
            below = inside(item)
            if below is not None:
                levels.append(below)
                break
        else:
            levels.pop()


def attributes_of(full: str, status: os.stat_result, is_root: bool) -> Attributes:
    """What there is to say of an entry, *full* its whole path."""
    mode = status.st_mode
    kind = stat.S_IFMT(mode)
    return Attributes(
        mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ino,
        status.st_nlink,
        (os.major(status.st_rdev), os.minor(status.st_rdev)) if kind in _DEVICES else _NO_DEVICE,
        xattrs(full),
        is_root or kind != stat.S_IFREG or _is_readable(full, mode),
    )


def type_of(entry: os.DirEntry[str], attributes: Attributes | None) -> EntryType:
    """The type of what is not a directory."""
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_symlink():
        return "symlink"
    mode = entry.stat(follow_symlinks=False).st_mode if attributes is None else attributes.mode
    return TYPES[stat.S_IFMT(mode)]


def _is_readable(full: str, mode: int) -> bool:
    # An access list may still deny a file that all may read; that is not looked for.
    return mode & 0o444 == 0o444 or os.access(full, os.R_OK, effective_ids=True)


def xattrs(full: str) -> tuple[tuple[str, int], ...]:
    """The extended attributes: of each its name, and the length of its value."""
    if _list_xattrs is None:
        return ()
    try:
        names = _list_xattrs(full)
    except OSError:
        return ()
    return tuple(_measured(full, names)) if names else ()


def has_xattrs(fulls: list[str]) -> bool:
    """Whether one of these has extended attributes, as far as the platform and the file system know of such.

    Raises OSError where one cannot be asked.
    """
    if _list_xattrs is None:
        return False
    try:
        return any(map(_list_xattrs, fulls))
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return any(map(xattrs, fulls))  # a file of another file system may be mounted among them


def _measured(full: str, names: list[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        with suppress(OSError):
            yield name, len(os.getxattr(full, name, follow_symlinks=False))


def is_searchable(descriptor: int) -> bool:
    """Whether this process may ask about what is in a directory; one may be listed, and yet not."""
    return os.access(".", os.X_OK, dir_fd=descriptor, effective_ids=True)


def check_readable(top: str, path: str, selection: Selection, reads: Reads) -> None:
    """Look into a directory that only the builder reads: it fails on the first one that it may not read."""
    # An unreadable directory fails the build even where everything in it is excluded, if the builder looks in.
    pending = [path] if reads != "nothing" else []
    while pending:
        at = pending.pop()
        try:
            with os.scandir(full(top, at)) as scan:
                below = [f"{at}/{entry.name}" for entry in scan if entry.is_dir(follow_symlinks=False)]
        except PermissionError as error:
            raise unreadable(top, at, selection, error) from error
        except OSError:
            continue
        if reads == "all below":
            pending += sorted(below, reverse=True)


def refused(top: str, path: str, selection: Selection, choice: Choice, error: OSError) -> None:
    """Pass over a directory that cannot be opened, where the builder would not notice; else raise TreeError."""
    # Gone, or replaced by a file, since it was listed: the builders pass over both.
    if isinstance(error, (FileNotFoundError, NotADirectoryError)) or selection.reads(path, choice) == "nothing":
        return
    raise unreadable(top, path, selection, error) from error


def unreadable(top: str, path: str, selection: Selection, error: OSError) -> TreeError:
    return TreeError(
        f"{selection.refusal(path, full(top, path))}: {(error.strerror or str(error)).lower()}",
        where=path or top,
        fix="the builder fails here too: make it readable, or exclude it in the ignore file",
    )


def full(top: str, path: str) -> str:
    return f"{top}/{path}" if path else top
