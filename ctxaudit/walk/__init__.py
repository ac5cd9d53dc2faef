"""The tree on the disk: walked in the builders' order, and read where evidence asks. Nothing else reads it.

Symlinks are never followed, and nothing but a regular file is ever opened. `stream` gives every entry; `bulk` reads
each directory once, whoever asks, and hands on in bulk what is plain.
"""

from __future__ import annotations

import errno
import functools
import os
import posixpath
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ctxaudit.files import TYPES, Held, Lookup, has_repository, is_searchable, is_superuser, read_regular, target_in
from ctxaudit.ignore import DockerignorePattern, trim_space
from ctxaudit.model import Attributes, EntryType, Node, Unknown, client
from ctxaudit.values import LONGEST_PATH, and_more, record
from ctxaudit.walk.bulk import Batch, BulkWalk, Sums
from ctxaudit.walk.disk import (
    HEAD_BYTES,
    MOST_OPEN,
    Below,
    Choice,
    Columns,
    Directories,
    Directory,
    Entries,
    Everything,
    Measure,
    Reads,
    Scale,
    Selection,
    Store,
    Supposed,
    attributes_of,
    check_readable,
    decide,
    depth_first,
    full,
    includes,
    is_utf8,
    refused,
    released,
    sorted_entries,
    type_of,
)

if TYPE_CHECKING:
    from ctxaudit.repository import Repository
    from ctxaudit.repository.snapshot import Snapshot

# The walk that gives every entry, one after the other, and holds no more than the way down to it.


def walk(
    root: Path,
    selection: Selection,
    progress: Callable[[int], None] | None = None,
    *,
    attributes: bool = True,
) -> Iterator[Node]:
    """Give every entry that the selection meets, a directory before its children, names in byte order.

    progress: called with the number of entries of each directory that was read. attributes: False where names and
    types are enough; nothing is then asked about an entry but what its directory says.
    Raises TreeError for a directory that the builder would fail on. What vanishes meanwhile is passed over, as the
    builders do.
    """
    return _Walk(os.fspath(root), selection, progress, attributes).nodes()


class _Walk:
    """One pass over a tree, by descriptors of directories, so that depth costs nothing."""

    def __init__(
        self,
        top: str,
        selection: Selection,
        progress: Callable[[int], None] | None,
        attributes: bool,
    ) -> None:
        self._top = top
        self._selection = selection
        self._progress = progress
        self._attributes = attributes
        self._is_root = is_superuser()
        self._directories = Directories(top)

    def nodes(self) -> Iterator[Node]:
        try:
            for node, _ in depth_first(self._enter("", self._selection.root), self._inside):
                yield node
        finally:
            self._directories.close()

    def _inside(self, visit: tuple[Node, Choice]) -> Iterator[tuple[Node, Choice]] | None:
        node, choice = visit
        return self._enter(node.path, choice) if node.entered else None

    def _enter(self, path: str, choice: Choice) -> Iterator[tuple[Node, Choice]]:
        """Read the names of a directory; far down, where it does not stay open, also make its nodes at once."""
        try:
            held = self._directories.open(path)
            entries, _ = sorted_entries(held)  # one that is held by its path is only now opened
        except OSError as error:
            refused(self._top, path, self._selection, choice, error)
            return iter(())
        if self._progress is not None:
            self._progress(len(entries))
        nodes = self._visited(path, held, entries, choice)
        return nodes if path.count("/") < MOST_OPEN - 1 else iter(list(nodes))

    def _visited(self, path: str, held: Held, entries: Entries, choice: Choice) -> Iterator[tuple[Node, Choice]]:
        start, full = f"{path}/" if path else "", self._directories.full(path, held)
        # A directory may be listed (r) and not searched (x): the first lstat of an entry fails, the builder's, too.
        is_closed = not self._is_root and not is_searchable(held)
        for entry in released(entries):
            name = entry.name
            verdict = choice[name]
            if is_closed and (verdict.kept or (verdict.descends and entry.is_dir(follow_symlinks=False))):
                refused(self._top, path, self._selection, choice, PermissionError(errno.EACCES, "Permission denied"))
                return
            try:
                node = self._node(start + name, held, full + name, entry, verdict)
            except FileNotFoundError:
                continue
            except OSError as error:  # held by its path, it may have a longer one than the system finds
                refused(self._top, path, self._selection, choice, error)
                return
            yield node, verdict

    def _node(self, path: str, held: Held, full: str, entry: os.DirEntry[str], choice: Choice) -> Node:
        is_dir = entry.is_dir(follow_symlinks=False)
        entered = is_dir and choice.descends
        attributes, target = None, ""
        if self._attributes and (choice.permitted or entered):
            attributes = attributes_of(held, entry.name, full, entry.stat(follow_symlinks=False), self._is_root)
        kind: EntryType = "dir" if is_dir else type_of(entry, attributes)
        # BuildKit sends the raw target as it stands, also one that leads out of the context.
        if kind == "symlink" and choice.permitted and self._attributes:
            target = client().path(target_in(held, entry.name))
        if is_dir and not entered and not self._is_root:
            check_readable(self._top, path, self._selection, self._selection.reads(path, choice))
        return Node(path, kind, choice.kept, choice.permitted, entered, attributes, target)


# A directory that evidence may ask about, and one path of it.


class _Tracking(Protocol):
    """What git says of a path."""

    def tracks(self, path: str) -> bool: ...
    def tracked_below(self, path: str) -> Iterator[str]: ...
    def ignores(self, path: str) -> bool: ...


class Tree(Lookup, Protocol):
    """A tree that can be walked, and asked about: a directory of the disk, or of a commit.

    root: its directory on this machine, also where a commit stands in for it. repository: the git repository that it
    stands in, None where git says nothing of it.
    """

    root: str

    @property
    def repository(self) -> Repository | None: ...

    def walk(
        self,
        selection: Selection,
        progress: Callable[[int], None] | None = None,
        *,
        attributes: bool = True,
        sums: Sums | None = None,
    ) -> Iterator[Node]:
        """Give every entry that the selection meets, a directory before its children, names in byte order.

        sums: takes what is plain in bulk, which is then not given; what cannot come in bulk gives every entry still.
        """

    def unknowns(self, shown: str, permits: Callable[[str], bool]) -> Iterator[Unknown]:
        """Give what is not known of the tree.

        shown: the context as the user wrote it. permits: whether the ignore file lets a path through.
        """

    def head(self, path: str, limit: int = HEAD_BYTES) -> bytes:
        """Return the first bytes of a regular file, b"" for anything else."""

    def origin(self, path: str) -> tuple[str, str]:
        """Return where a file is whatever tree holds it: the commit, "" for the disk, and its path there."""

    def place(self, path: str, repository: _Tracking | None, node: Node | None = None) -> TreePlace:
        """Return the place that evidence asks about."""


class DiskTree:
    """A directory of the disk. Raises nothing for what cannot be read, but `target`: PermissionError, as lstat does.

    jobs: how many processes may add up what is in it, on the first walk: what that leaves to others is little.
    """

    def __init__(self, root: Path, jobs: int = 1) -> None:
        self.root = os.fspath(root)
        self._store = Store(self.root)
        self.names = functools.lru_cache(maxsize=512)(self._store.names)
        self._jobs = jobs

    def walk(
        self,
        selection: Selection,
        progress: Callable[[int], None] | None = None,
        *,
        attributes: bool = True,
        sums: Sums | None = None,
    ) -> Iterator[Node]:
        """Give every entry that the selection meets, as `walk` does; with *sums*, those that have no part in any."""
        if sums is not None:
            jobs, self._jobs = self._jobs, 1
            return BulkWalk(self._store, selection, sums, progress).nodes(jobs)
        return walk(Path(self.root), selection, progress, attributes=attributes)

    @functools.cached_property
    def repository(self) -> Repository | None:
        """The git repository that the directory stands in."""
        if not has_repository(self.root):
            return None
        from ctxaudit.repository import Repository

        return Repository.of(Path(self.root))

    def unknowns(self, shown: str, permits: Callable[[str], bool]) -> Iterator[Unknown]:
        """Give nothing: all can be looked at."""
        return iter(())

    def head(self, path: str, limit: int = HEAD_BYTES) -> bytes:
        """The first bytes of a regular file, b"" for anything else."""
        return read_regular(full(self.root, path), limit) or b""

    def origin(self, path: str) -> tuple[str, str]:
        """Where a file is whatever tree holds it."""
        return "", full(self.root, path)

    def target(self, path: str) -> str | None:
        """The raw target of a symlink, None for anything else. Raises PermissionError as lstat does."""
        here = client()
        try:
            return here.path(os.readlink(full(self.root, self._in_its_case(path) if here.ignores_case else path)))
        except PermissionError:
            raise
        # Only PermissionError is the caller's business: fsutil's FollowLinks fails on it, and on nothing else.
        except (OSError, ValueError):  # no file can have a name with a NUL
            return None

    def _in_its_case(self, path: str) -> str:
        """Return a path as the disk has it, whatever the case of its names; what is not there stays as it is."""
        if len(path) > LONGEST_PATH:
            return path
        prefix, rest = "", path.split("/")[::-1]
        while rest and (names := self.names(prefix)):
            name = rest.pop()
            own = (
                name
                if name in names
                else next((sibling for sibling in sorted(names) if sibling.lower() == name.lower()), name)
            )
            prefix = f"{prefix}/{own}" if prefix else own
        return "/".join(filter(None, (prefix, *reversed(rest))))

    def type(self, path: str) -> EntryType | None:
        """The type of an entry, None if there is no entry."""
        try:
            return TYPES[stat.S_IFMT(os.lstat(full(self.root, path)).st_mode)]
        except (OSError, ValueError):
            return None

    def place(self, path: str, repository: _Tracking | None, node: Node | None = None) -> TreePlace:
        """Give the place that evidence asks about."""
        if node is None:
            status = os.lstat(full(self.root, path))
            kind = TYPES[stat.S_IFMT(status.st_mode)]
            size = 0 if kind == "dir" else status.st_size
            return TreePlace(self, repository, path, kind, size, self.target(path) or "")
        size = node.attributes.size if node.attributes and node.type != "dir" else 0
        return TreePlace(self, repository, path, node.type, size, node.target)


@record
class TreePlace:
    """One path of a tree, as evidence sees it; `model.Place`. size: 0 for a directory."""

    tree: Tree
    repository: _Tracking | None
    path: str
    type: EntryType
    size: int
    target: str
    _names: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def tracked(self) -> bool:
        return self.repository is not None and self.repository.tracks(self.path)

    @property
    def git_ignored(self) -> bool:
        return self.ignores(self.path)

    def ignores(self, path: str) -> bool:
        return self.repository is not None and self.repository.ignores(path)

    def tracked_below(self, path: str) -> Iterator[str]:
        return iter(()) if self.repository is None else self.repository.tracked_below(path)

    def names(self, where: str) -> frozenset[str]:
        if where not in self._names:
            inside = self._inside(where)
            self._names[where] = frozenset() if inside is None else self.tree.names(inside)
        return self._names[where]

    def head(self, where: str = "") -> bytes:
        inside = self._inside(where)
        return b"" if inside is None else self.tree.head(inside)

    def _inside(self, where: str) -> str | None:
        if not where:
            return self.path
        joined = posixpath.normpath(f"{self.path}/{where}")
        if joined == ".":
            return ""
        return None if joined.startswith("..") else joined


__all__ = [
    "HEAD_BYTES",
    "Batch",
    "Below",
    "Choice",
    "Columns",
    "Directory",
    "DiskTree",
    "Everything",
    "Measure",
    "Reads",
    "Scale",
    "Selection",
    "Sums",
    "Supposed",
    "Tree",
    "TreePlace",
    "decide",
    "includes",
    "is_utf8",
    "walk",
]


# The paths that a pattern of an ignore file itself matches, found in the tree without a walk.

MOST = 1000  # paths of one pattern that are looked at


def matched(tree: Tree, pattern: DockerignorePattern) -> tuple[str, ...] | None:
    """Find what the pattern matches, segment by segment; what only lies below a match is omitted.

    None where that is not known: `**` reaches where nobody looks, a directory may not be listed, there are too many.
    """
    segments = pattern.text.split("/")
    if "|" in pattern.text and pattern.segments is None:  # it divides the whole text, not a segment
        return None
    # The walk never meets such a path: the pattern matches nothing anywhere.
    if not {"", ".", ".."}.isdisjoint(segments):
        return ()
    odd = pattern.segments is None or any(trim_space(segment) != segment for segment in segments)
    if odd or "**" in pattern.text:
        return None
    paths = [""]
    for depth in range(1, len(segments) + 1):
        # As an exception, so that a name which starts with "!" stays one.
        matches = _below(tree, paths, DockerignorePattern("!" + "/".join(segments[:depth])))
        if not matches:
            return None if matches is None else ()
        paths = matches
    return tuple(sorted(paths))


def _below(tree: Tree, parents: list[str], start: DockerignorePattern) -> list[str] | None:
    """The entries of some directories that the first segments of a pattern match."""
    entries: list[str] = []
    for parent in parents:
        if parent and tree.type(parent) != "dir":
            continue
        if start.kind == "exact" and tree.type(start.text) is not None:
            entries.append(start.text)
            continue
        names = tree.names(parent)
        if not names:  # empty, or not to be listed
            return None
        entries += filter(start.matches, (f"{parent}/{name}" if parent else name for name in names))
        if len(entries) > MOST:
            return None
    return entries


# The tree of a commit, for whoever asks as of a tree on the disk.

# A checkout dates its files itself; every date from 2006 to 2043 takes the same bytes on BuildKit's wire.
_FETCH = "fetch it: git fetch --refetch --no-filter"
_MODIFIED = 1_700_000_000_000_000_000


class SnapshotTree:
    """What a commit tracks below one of its directories, as a clean checkout would hold it."""

    repository = None  # all there is, is tracked: there is nothing to ask git

    def __init__(self, snapshot: Snapshot, context: Path) -> None:
        self.root = os.fspath(context)
        self._snapshot = snapshot
        inside = snapshot.inside(context)
        self._prefix = f"{inside}/" if inside else ""

    def walk(
        self,
        selection: Selection,
        progress: Callable[[int], None] | None = None,
        *,
        attributes: bool = True,
        sums: Sums | None = None,
    ) -> Iterator[Node]:
        """Give every entry that the selection meets, a directory before its children, names in byte order."""
        visited = depth_first(
            self._visited("", selection.root),
            lambda visit: self._visited(visit[0].path, visit[1]) if visit[0].entered else None,
        )
        return (node for node, _ in visited)

    def _visited(self, directory: str, above: Choice) -> Iterator[tuple[Node, Choice]]:
        for name in sorted(self.names(directory), key=os.fsencode):
            path = f"{directory}/{name}" if directory else name
            kind, choice = self.type(path), above[name]
            assert kind is not None
            entered = kind == "dir" and choice.descends
            target = (self.target(path) or "") if kind == "symlink" and choice.permitted else ""
            attributes = self._attributes(path, kind) if choice.permitted or entered else None
            yield Node(path, kind, choice.kept, choice.permitted, entered, attributes, target), choice

    def _attributes(self, path: str, kind: EntryType) -> Attributes:
        # git stores no mode of a directory: 0o755 is what a umask of 022 leaves of a checkout.
        mode, size = stat.S_IFDIR | 0o755, 0
        if kind != "dir":
            mode, size, *_ = self._snapshot.entries[self._prefix + path]
        return Attributes(mode, size, _MODIFIED, 0, 1, (0, 0), (), True)

    def names(self, path: str) -> frozenset[str]:
        """Return the names in a directory, none for anything else."""
        return self._snapshot.names(self._whole(path))

    def head(self, path: str, limit: int = HEAD_BYTES) -> bytes:
        """The first bytes of a regular file, b"" for anything else."""
        return self._snapshot.read(self._whole(path), limit) or b""

    def origin(self, path: str) -> tuple[str, str]:
        """Where a file is whatever tree of the commit holds it."""
        return f"{self._snapshot.top}@{self._snapshot.commit}", self._whole(path)

    def target(self, path: str) -> str | None:
        """The raw target of a symlink, None for anything else."""
        return self._snapshot.target(self._whole(path))

    def type(self, path: str) -> EntryType | None:
        """The type of an entry, None if there is no entry."""
        return self._snapshot.type(self._whole(path))

    def _whole(self, path: str) -> str:
        return f"{self._prefix}{path}".removesuffix("/")

    def place(self, path: str, repository: _Tracking | None, node: Node | None = None) -> TreePlace:
        """Give the place that evidence asks about: all there is is tracked."""
        kind = self.type(path) or "file"
        size = node.attributes.size if node and node.attributes and kind != "dir" else 0
        return TreePlace(self, self, path, kind, size, self.target(path) or "")

    def tracks(self, path: str) -> bool:
        """Whether the commit holds the path."""
        return self.type(path) is not None

    def tracked_below(self, path: str) -> Iterator[str]:
        """Give what the commit holds of a path: itself, or the files below it."""
        return (entry for entry in self._below(self._snapshot.entries) if f"{entry}/".startswith(f"{path}/"))

    def ignores(self, path: str) -> bool:
        """Whether git ignores the path: what a commit holds, never."""
        return False

    def unknowns(self, shown: str, permits: Callable[[str], bool]) -> Iterator[Unknown]:
        """Give what the commit's objects do not tell of a checkout.

        shown: the context as the user wrote it. permits: whether the ignore file lets a path through.
        """
        snapshot = self._snapshot
        absent = list(filter(permits, self._below(snapshot.absent)))
        if absent:
            which = f"how large {absent[0]} is{and_more(len(absent) - 1, ', ')}"
            yield Unknown(f"{which}: this clone lacks the content, and 0 is counted", shown, _FETCH)
        if any(os.path.basename(path) == ".gitattributes" for path in snapshot.absent):
            yield Unknown("what a checkout does to files: this clone lacks the .gitattributes", shown, _FETCH)
        submodules = self._below(snapshot.submodules)
        if submodules:
            settle = "audit each of them, or fetch their commits: git submodule update --init"
            yield Unknown(f"what the submodules hold: {', '.join(map(self._why, submodules))}", shown, settle)
        pointers = self._below(snapshot.pointers)
        if pointers:
            what = f"whether a checkout fetches from Git LFS: {len(pointers)} counted with the size its pointer states"
            yield Unknown(what, shown, "fetch them wherever the context is built")
        for how, paths in snapshot.rewritten.items():
            if below := self._below(paths):
                others = f", and of {len(below) - 1:,} more" if len(below) > 1 else ""
                what = f"what {how} makes of {below[0]} on a checkout{others}"
                yield Unknown(f"{what}: counted as git stores it", shown, "check it out")

    def doubtful(self) -> dict[str, str]:
        """Give the paths whose content on a checkout the objects here do not tell, and why."""
        snapshot = self._snapshot
        reasons = dict.fromkeys(self._below(snapshot.absent), "this clone lacks the content of a file")
        reasons |= dict.fromkeys(self._below(snapshot.pointers), "Git LFS holds the content of a file")
        reasons |= dict.fromkeys(self._below(snapshot.submodules), "the files of a submodule are not known")
        for how, paths in snapshot.rewritten.items():
            reasons |= dict.fromkeys(self._below(paths), f"{how} rewrites a file on a checkout")
        return reasons

    def _why(self, path: str) -> str:
        why = self._snapshot.missing.get(self._prefix + path)
        return f"{path} ({why})" if why else path

    def _below(self, paths: Iterable[str]) -> list[str]:
        return sorted(path.removeprefix(self._prefix) for path in paths if path.startswith(self._prefix))
