"""The tree on the disk: walked once, in the builders' order, and read where evidence asks. Nothing else reads it.

Symlinks are never followed, and nothing but a regular file is ever opened.
"""

from __future__ import annotations

import functools
import operator
import os
import posixpath
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from ctxaudit.errors import TreeError
from ctxaudit.files import TYPES, read_regular
from ctxaudit.ignore.automaton import MOST_NAMES
from ctxaudit.model import Attributes, EntryType, Node, Unknown

HEAD_BYTES = 65_536
_DEVICES = frozenset((stat.S_IFCHR, stat.S_IFBLK))
_NO_DEVICE = (0, 0)
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_list_xattrs = getattr(os, "listxattr", None)
_name = operator.attrgetter("name")

MOST_OPEN = 100  # directories: below, one is read whole and closed, as descriptors are few
MOST_SUMMED = 1000  # files that are held at once for their sums
LONG = 500  # characters of a path from which the kernel is faster over the descriptor's own link

Reads = Literal["nothing", "itself", "all below"]


class Choice(dict[str, "Choice"]):
    """What a selection says of one entry: `choice[name]` is what it says of a child, found once and then looked up.

    kept: sent. permitted: by the ignore file alone, where anybody wants to know; always where kept.
    enters: should it be a directory, its children matter to the selection.
    final: all below it has the same verdicts, also about the content.
    state: what the selection wants back for the children. lasts: it is the same for every path of that state.
    """

    __slots__ = ("_child", "enters", "final", "kept", "lasts", "permitted", "state")

    def __init__(
        self,
        child: Callable[[Any, str], Choice],
        state: Any,
        *,
        kept: bool,
        permitted: bool,
        enters: bool,
        final: bool = False,
        lasts: bool = True,
    ) -> None:
        super().__init__()
        self._child = child
        self.state = state
        self.kept = kept
        self.permitted = permitted
        self.enters = enters
        self.final = final
        self.lasts = lasts

    def __missing__(self, name: str) -> Choice:
        found = self._child(self.state, name)
        if found.lasts:
            if len(self) >= MOST_NAMES:
                self.clear()
            self[name] = found
        return found


class Tracking(Protocol):
    """What git says of a path."""

    def tracks(self, path: str) -> bool: ...
    def ignores(self, path: str) -> bool: ...


class Selection(Protocol):
    """Which entries a builder is sent, decided on the way down.

    root: what it says of the context root, which is always entered.
    """

    root: Choice

    def reads(self, path: str, choice: Choice) -> Reads:
        """How far the builder reads a directory: it fails where it may not."""

    def refusal(self, path: str, full: str) -> str:
        """What the builder says about a directory that it may not read."""


Run = list[tuple[str, os.stat_result]]  # the paths of plain files, and what lstat says of them


class Sums(Protocol):
    """Who wants of some directories only what their files add up to.

    A plain file has a name of ASCII characters, one link and no extended attribute, and may be read.
    """

    def suffice(self, start: str) -> bool:
        """Whether that is so of the directory whose entries' paths start so."""

    def add_files(self, run: Run, kept: bool) -> None:
        """Take plain files that all are permitted, in the order of the walk."""


class Everything:
    """A selection's verdicts about the whole tree, also where it would not look."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self.root = self._choice((selection.root, True))

    def _child(self, state: tuple[Choice, bool], name: str) -> Choice:
        choice, reached = state
        return self._choice((choice[name], reached and choice.enters))

    def _choice(self, state: tuple[Choice, bool]) -> Choice:
        choice, reached = state
        return Choice(
            self._child,
            state,
            kept=choice.kept and reached,
            permitted=choice.permitted and reached,
            enters=True,
            lasts=False,
        )

    def reads(self, path: str, choice: Choice) -> Reads:
        return self._selection.reads(path, choice.state[0])

    def refusal(self, path: str, full: str) -> str:
        return self._selection.refusal(path, full)


def walk(
    root: Path,
    selection: Selection,
    progress: Callable[[int], None] | None = None,
    *,
    attributes: bool = True,
    sums: Sums | None = None,
) -> Iterator[Node]:
    """Give every entry that the selection meets, a directory before its children, names in byte order.

    progress: called with the number of entries of each directory that was read. attributes: False where names and
    types are enough; nothing is then asked about an entry but what its directory says. sums: takes the plain files of
    the directories that it wants no nodes of.
    Raises TreeError for a directory that the builder would fail on. What vanishes meanwhile is passed over, as the
    builders do.
    """
    return _Walk(os.fspath(root), selection, progress, attributes, sums).nodes()


class _Level(NamedTuple):
    """A directory on the way down. descriptor: None where it is closed already, its nodes all made."""

    descriptor: int | None
    nodes: Iterator[tuple[Node, Choice]]

    def close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)


class _Walk:
    """One pass over a tree, by descriptors of directories, so that depth costs nothing."""

    def __init__(
        self,
        top: str,
        selection: Selection,
        progress: Callable[[int], None] | None,
        attributes: bool,
        sums: Sums | None,
    ) -> None:
        self._sums = sums
        self._top = top
        self._selection = selection
        self._progress = progress
        self._attributes = attributes
        self._is_root = os.geteuid() == 0
        self._levels: list[_Level] = []

    def nodes(self) -> Iterator[Node]:
        levels = self._levels
        try:
            self._enter("", self._selection.root)
            while levels:
                for node, choice in levels[-1].nodes:
                    yield node
                    if node.entered:
                        self._enter(node.path, choice)
                        break
                else:
                    levels.pop().close()
        finally:
            for level in levels:
                level.close()

    def _enter(self, path: str, choice: Choice) -> None:
        """Read the names of a directory; far down also make its nodes at once, and close it."""
        try:
            descriptor = self._open(path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            if self._selection.reads(path, choice) == "nothing":
                return
            raise _unreadable(self._top, path, self._selection, error) from error
        entries = _sorted_entries(descriptor)
        if self._progress is not None:
            self._progress(len(entries))
        if len(self._levels) < MOST_OPEN:
            self._levels.append(_Level(descriptor, self._visited(path, descriptor, entries, choice, self._sums)))
            return
        try:
            self._levels.append(_Level(None, iter(list(self._visited(path, descriptor, entries, choice, None)))))
        finally:
            os.close(descriptor)

    def _open(self, path: str) -> int:
        """Open a directory by its name in the one above, or by its path from the last that is still open."""
        if not self._levels:
            return os.open(self._top, _DIRECTORY)
        depth = min(len(self._levels), MOST_OPEN)
        return os.open("/".join(path.split("/")[depth - 1 :]), _DIRECTORY, dir_fd=self._levels[depth - 1].descriptor)

    def _visited(
        self, path: str, descriptor: int, entries: list[os.DirEntry[str]], choice: Choice, sums: Sums | None
    ) -> Iterator[tuple[Node, Choice]]:
        start = f"{path}/" if path else ""
        full = f"{self._top}/{start}" if len(path) < LONG else f"/proc/self/fd/{descriptor}/"
        is_summed = sums is not None and choice.final and sums.suffice(start)
        rest = _released(entries)
        for entry in self._special(start, full, rest, choice.kept, sums) if sums and is_summed else rest:
            name = entry.name
            verdict = choice[name]
            try:
                node = self._node(start + name, full + name, entry, verdict)
            except FileNotFoundError:
                continue
            yield node, verdict

    def _special(
        self, start: str, full: str, entries: Iterator[os.DirEntry[str]], kept: bool, sums: Sums
    ) -> Iterator[os.DirEntry[str]]:
        """Hand the plain files to the sums, and give the other entries, each in its turn."""
        run: Run = []
        for entry in entries:
            status = self._plain(full, entry) if entry.is_file(follow_symlinks=False) else None
            if status is not None:
                run.append((start + entry.name, status))
            if run and (status is None or len(run) >= MOST_SUMMED):
                sums.add_files(run, kept)
                run = []
            if status is None:
                yield entry
        if run:
            sums.add_files(run, kept)

    def _plain(self, full: str, entry: os.DirEntry[str]) -> os.stat_result | None:
        """What lstat says of a file, None where there is more to say."""
        name = entry.name
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        is_plain = status.st_nlink == 1 and name.isascii() and (self._is_root or status.st_mode & 0o444 == 0o444)
        return status if is_plain and not _xattrs(full + name) else None

    def _node(self, path: str, full: str, entry: os.DirEntry[str], choice: Choice) -> Node:
        is_dir = entry.is_dir(follow_symlinks=False)
        entered = is_dir and choice.enters
        attributes, target = None, ""
        if self._attributes and (choice.permitted or entered):
            attributes = self._attributes_of(full, entry)
        kind: EntryType = "dir" if is_dir else _type(entry, attributes)
        if kind == "symlink" and choice.kept and self._attributes:
            target = os.readlink(full)
        if is_dir and not entered and not self._is_root:
            _check_readable(self._top, path, self._selection, self._selection.reads(path, choice))
        return Node(path, kind, choice.kept, choice.permitted, entered, attributes, target)

    def _attributes_of(self, full: str, entry: os.DirEntry[str]) -> Attributes:
        status = entry.stat(follow_symlinks=False)
        mode = status.st_mode
        kind = stat.S_IFMT(mode)
        return Attributes(
            mode,
            status.st_size,
            status.st_mtime_ns,
            status.st_ino,
            status.st_nlink,
            (os.major(status.st_rdev), os.minor(status.st_rdev)) if kind in _DEVICES else _NO_DEVICE,
            _xattrs(full),
            self._is_root or kind != stat.S_IFREG or _is_readable(full, mode),
        )


def _sorted_entries(descriptor: int) -> list[os.DirEntry[str]]:
    """The entries of a directory in the order of their names' bytes."""
    with os.scandir(descriptor) as scan:
        entries = list(scan)
    entries.sort(key=_name)
    if not "".join(map(_name, entries)).isascii():
        entries.sort(key=lambda entry: os.fsencode(entry.name))
    return entries


def _released(entries: list[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    """Give the entries and let go of each: it remembers what was asked about it, which adds up in a large directory."""
    entries.reverse()
    while entries:
        yield entries.pop()


def _type(entry: os.DirEntry[str], attributes: Attributes | None) -> EntryType:
    """The type of what is no directory."""
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_symlink():
        return "symlink"
    mode = entry.stat(follow_symlinks=False).st_mode if attributes is None else attributes.mode
    return TYPES[stat.S_IFMT(mode)]


def _is_readable(full: str, mode: int) -> bool:
    # An access list may still deny a file that all may read; that is not looked for.
    return mode & 0o444 == 0o444 or os.access(full, os.R_OK, effective_ids=True)


def _xattrs(full: str) -> tuple[tuple[str, int], ...]:
    if _list_xattrs is None:
        return ()
    try:
        names = _list_xattrs(full, follow_symlinks=False)
    except OSError:
        return ()
    return tuple(_measured(full, names)) if names else ()


def _measured(full: str, names: list[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        with suppress(OSError):
            yield name, len(os.getxattr(full, name, follow_symlinks=False))


def _check_readable(top: str, path: str, selection: Selection, reads: Reads) -> None:
    """Look into a directory that only the builder reads: it fails on the first one that it may not read."""
    pending = [path] if reads != "nothing" else []
    while pending:
        at = pending.pop()
        try:
            with os.scandir(_full(top, at)) as scan:
                below = [f"{at}/{entry.name}" for entry in scan if entry.is_dir(follow_symlinks=False)]
        except PermissionError as error:
            raise _unreadable(top, at, selection, error) from error
        except OSError:
            continue
        if reads == "all below":
            pending += sorted(below, reverse=True)


def _unreadable(top: str, path: str, selection: Selection, error: OSError) -> TreeError:
    return TreeError(
        f"{selection.refusal(path, _full(top, path))}: {(error.strerror or str(error)).lower()}",
        where=path or top,
        fix="the builder fails here too: make it readable, or exclude it in the ignore file",
    )


def _full(top: str, path: str) -> str:
    return f"{top}/{path}" if path else top


def plain_node(path: str, status: os.stat_result) -> Node:
    """The node of a plain file that is sent."""
    attributes = Attributes(
        status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino, 1, _NO_DEVICE, (), readable=True
    )
    return Node(path, "file", True, True, False, attributes, "")


class Tree:
    """A directory that evidence may ask about; answers are empty for what cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = os.fspath(root)
        self.names = functools.lru_cache(maxsize=512)(self._names)

    def walk(
        self,
        selection: Selection,
        progress: Callable[[int], None] | None = None,
        *,
        attributes: bool = True,
        sums: Sums | None = None,
    ) -> Iterator[Node]:
        """Give every entry that the selection meets, as `walk` does."""
        return walk(Path(self.root), selection, progress, attributes=attributes, sums=sums)

    def unknowns(self, shown: str) -> Iterator[Unknown]:
        """Give what cannot be told of the tree; *shown* is the context as the user wrote it."""
        return iter(())

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
