"""The tree on the disk: walked once, in the builders' order, and read where evidence asks. Nothing else reads it.

Symlinks are never followed, and nothing but a regular file is ever opened.
"""

from __future__ import annotations

import functools
import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from ctxaudit.errors import TreeError
from ctxaudit.files import TYPES, read_regular
from ctxaudit.model import Attributes, EntryType, Node

HEAD_BYTES = 65_536
Reads = Literal["nothing", "itself", "all below"]


class Choice(NamedTuple):
    """What a selection says of one entry.

    kept: sent. permitted: by the ignore file alone, where anybody wants to know; always where kept.
    enters: a directory whose children matter to the selection.
    state: what the selection wants back for the children.
    """

    kept: bool
    permitted: bool
    enters: bool
    state: Any


class Tracking(Protocol):
    """What git says of a path."""

    def tracks(self, path: str) -> bool: ...
    def ignores(self, path: str) -> bool: ...


class Selection(Protocol):
    """Which entries a builder is sent, decided on the way down."""

    root: Any

    def step(self, path: str, is_dir: bool, parent: Any) -> Choice: ...

    def reads(self, path: str, choice: Choice) -> Reads:
        """How far the builder reads a directory: it fails where it may not."""

    def refusal(self, path: str, full: str) -> str:
        """What the builder says about a directory that it may not read."""


class Everything:
    """A selection's verdicts about the whole tree, also where it would not look."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self.root = (selection.root, True)

    def step(self, path: str, is_dir: bool, parent: Any) -> Choice:
        state, reached = parent
        choice = self._selection.step(path, is_dir, state)
        return Choice(
            choice.kept and reached, choice.permitted and reached, is_dir, (choice.state, reached and choice.enters)
        )

    def reads(self, path: str, choice: Choice) -> Reads:
        return self._selection.reads(path, choice._replace(state=choice.state[0]))

    def refusal(self, path: str, full: str) -> str:
        return self._selection.refusal(path, full)


def walk(root: Path, selection: Selection, progress: Callable[[int], None] | None = None) -> Iterator[Node]:
    """Give every entry that the selection meets, a directory before its children, names in byte order.

    progress: called with the number of entries of each directory that was read.
    Raises TreeError for a directory that the builder would fail on. What vanishes meanwhile is passed over, as the
    builders do.
    """
    top = os.fspath(root)
    stack = [_children(top, "", selection, Choice(True, True, True, selection.root), progress)]
    while stack:
        for node, choice in stack[-1]:
            yield node
            if node.entered:
                stack.append(_children(top, node.path, selection, choice, progress))
                break
        else:
            stack.pop()


def _children(
    top: str, path: str, selection: Selection, choice: Choice, progress: Callable[[int], None] | None
) -> Iterator[tuple[Node, Choice]]:
    """Read one directory whole, then give its entries, so that no descriptor stays open on the way down."""
    try:
        descriptor = os.open(_full(top, path), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return iter(())
    except OSError as error:
        if selection.reads(path, choice) == "nothing":
            return iter(())
        raise _unreadable(top, path, selection, error) from error
    try:
        with os.scandir(descriptor) as scan:
            entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
        if progress is not None:
            progress(len(entries))
        found = [_visit(top, path, entry, selection, choice.state) for entry in entries]
    finally:
        os.close(descriptor)
    return (pair for pair in found if pair is not None)


def _visit(
    top: str, parent: str, entry: os.DirEntry[str], selection: Selection, state: Any
) -> tuple[Node, Choice] | None:
    path = f"{parent}/{entry.name}" if parent else entry.name
    is_dir = entry.is_dir(follow_symlinks=False)
    choice = selection.step(path, is_dir, state)
    attributes, target = None, ""
    try:
        if choice.permitted or choice.enters:
            attributes = _attributes(_full(top, path), entry.stat(follow_symlinks=False))
        kind = _type(entry, attributes)
        if kind == "symlink" and choice.kept:
            target = os.readlink(_full(top, path))
    except FileNotFoundError:
        return None
    if is_dir and not choice.enters and os.geteuid():
        _check_readable(top, path, selection, selection.reads(path, choice))
    return Node(path, kind, choice.kept, choice.permitted, choice.enters, attributes, target), choice


def _type(entry: os.DirEntry[str], attributes: Attributes | None) -> EntryType:
    if attributes is not None:
        return TYPES[stat.S_IFMT(attributes.mode)]
    if entry.is_dir(follow_symlinks=False):
        return "dir"
    if entry.is_symlink():
        return "symlink"
    if entry.is_file(follow_symlinks=False):
        return "file"
    return TYPES[stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)]


def _attributes(full: str, status: os.stat_result) -> Attributes:
    mode = status.st_mode
    is_device = stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
    return Attributes(
        mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ino,
        status.st_nlink,
        (os.major(status.st_rdev), os.minor(status.st_rdev)) if is_device else (0, 0),
        _xattrs(full),
        not stat.S_ISREG(mode) or _is_readable(full, mode),
    )


def _is_readable(full: str, mode: int) -> bool:
    # An access list may still deny a file that all may read; that is not looked for.
    return os.geteuid() == 0 or mode & 0o444 == 0o444 or os.access(full, os.R_OK, effective_ids=True)


def _xattrs(full: str) -> tuple[tuple[str, int], ...]:
    if not hasattr(os, "listxattr"):
        return ()
    found = []
    with suppress(OSError):
        for name in os.listxattr(full, follow_symlinks=False):
            with suppress(OSError):
                found.append((name, len(os.getxattr(full, name, follow_symlinks=False))))
    return tuple(found)


def _check_readable(top: str, path: str, selection: Selection, reads: Reads) -> None:
    """Look into a directory that only the builder reads: it fails on the first one that it may not read."""

    def refuse(error: OSError) -> None:
        if isinstance(error, PermissionError):
            raise _unreadable(top, os.path.relpath(error.filename, top), selection, error) from error

    if reads != "nothing":
        for _ in os.walk(_full(top, path), onerror=refuse):
            if reads == "itself":
                break


def _unreadable(top: str, path: str, selection: Selection, error: OSError) -> TreeError:
    return TreeError(
        f"{selection.refusal(path, _full(top, path))}: {(error.strerror or str(error)).lower()}",
        where=path or top,
        fix="the builder fails here too: make it readable, or exclude it in the ignore file",
    )


def _full(top: str, path: str) -> str:
    return f"{top}/{path}" if path else top


class Tree:
    """A directory that evidence may ask about; answers are empty for what cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = os.fspath(root)
        self.names = functools.lru_cache(maxsize=512)(self._names)

    def walk(self, selection: Selection, progress: Callable[[int], None] | None = None) -> Iterator[Node]:
        """Give every entry that the selection meets, as `walk` does."""
        return walk(Path(self.root), selection, progress)

    def _names(self, path: str) -> frozenset[str]:
        """The names in a directory that is no symlink."""
        try:
            descriptor = os.open(_full(self.root, path), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return frozenset()
        try:
            return frozenset(os.listdir(descriptor))
        except OSError:
            return frozenset()
        finally:
            os.close(descriptor)

    def head(self, path: str, limit: int = HEAD_BYTES) -> bytes:
        """The first bytes of a regular file, b"" for anything else."""
        return read_regular(_full(self.root, path), limit) or b""

    def target(self, path: str) -> str | None:
        """The raw target of a symlink, None for anything else. Raises PermissionError as lstat does."""
        try:
            return os.readlink(_full(self.root, path))
        except PermissionError:
            raise
        except OSError:
            return None

    def type(self, path: str) -> EntryType | None:
        """The type of an entry, None where there is none."""
        try:
            return TYPES[stat.S_IFMT(os.lstat(_full(self.root, path)).st_mode)]
        except (OSError, ValueError):
            return None

    def place(self, path: str, repository: Tracking | None, node: Node | None = None) -> TreePlace:
        """Give the place that evidence asks about."""
        if node is None:
            status = os.lstat(_full(self.root, path))
            kind = TYPES[stat.S_IFMT(status.st_mode)]
            return TreePlace(self, repository, path, kind, status.st_size, self.target(path) or "")
        size = node.attributes.size if node.attributes else 0
        return TreePlace(self, repository, path, node.type, size, node.target)


class TreePlace:
    """One path of a tree, as evidence sees it; `model.Place`."""

    def __init__(
        self, tree: Tree, repository: Tracking | None, path: str, kind: EntryType, size: int, target: str
    ) -> None:
        self.tree = tree
        self.repository = repository
        self.path = path
        self.type = kind
        self.size = 0 if kind == "dir" else size
        self.target = target

    @property
    def tracked(self) -> bool:
        return self.repository is not None and self.repository.tracks(self.path)

    @property
    def git_ignored(self) -> bool:
        return self.repository is not None and self.repository.ignores(self.path)

    def names(self, where: str) -> frozenset[str]:
        inside = self._inside(where)
        return frozenset() if inside is None else self.tree.names(inside)

    def head(self, where: str = "") -> bytes:
        inside = self._inside(where)
        return b"" if inside is None else self.tree.head(inside)

    def _inside(self, where: str) -> str | None:
        joined = posixpath.normpath(f"{self.path}/{where}")
        if joined == ".":
            return ""
        return None if joined.startswith("..") else joined
