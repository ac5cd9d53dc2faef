"""What a commit tracks, read from git's objects: nothing is checked out, nothing is run."""

from __future__ import annotations

import functools
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from ctxaudit.errors import CtxauditError
from ctxaudit.model import EntryType
from ctxaudit.repository.attributes import FILE, adds_carriage_returns, attributes, rewriting
from ctxaudit.repository.blobs import Blobs, Source, WithCarriageReturns, pointed_bytes
from ctxaudit.repository.program import Git
from ctxaudit.values import expression

_SYMLINK, SUBMODULE = 0o120000, 0o160000
FILE_MODE = stat.S_IFREG | 0o644
_ROW = expression(rb"(\d+) \w+ (\w+)(?: +(\d+|-|BAD))?\t(.*)", re.DOTALL)
_REFUSED = frozenset(("", ".", "..", ".git"))


class TreeEntry(NamedTuple):
    """A file, a link or a submodule of a commit.

    mode: st_mode as a checkout has it, SUBMODULE for a submodule whose files are not known.
    size: bytes as a checkout writes them. object: what it is called in *source*.
    """

    mode: int
    size: int
    object: str
    source: Source


@dataclass(frozen=True)
class Snapshot:
    """What a checkout of a commit would hold, by git's defaults.

    top: the directory that the work tree is, or would be. entries: by their path from the top.
    pointers: the files of Git LFS that count with the size their pointer states.
    rewritten: by what else a checkout does to files, those that count as git stores them.
    missing: the submodules whose files are not known, and why. grafted: the files of some are in place.
    absent: the files whose content is not here, as in a partial clone; their size is 0.
    """

    commit: str
    top: Path
    entries: Mapping[str, TreeEntry]
    pointers: frozenset[str] = frozenset()
    rewritten: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    grafted: bool = False
    absent: frozenset[str] = frozenset()

    @classmethod
    def of(cls, git: Git, commit: str, *, lfs: bool = True) -> Snapshot:
        """Read a commit's tree; raises CtxauditError where git cannot tell.

        lfs: a checkout fetches what Git LFS holds.
        """
        blobs = Blobs(git)
        entries, absent = _entries(git, commit, blobs)
        said = _attributes(git, commit, entries, absent)
        pointers = set()
        rewritten: dict[str, list[str]] = {}
        for path, values in said.items():
            entry = entries[path]
            if path in absent:
                continue
            size = pointed_bytes(entry.size, blobs, entry.object) if lfs and values.get("filter") == "lfs" else None
            if size is not None:
                entries[path] = entry._replace(size=size)
                pointers.add(path)
            elif adds_carriage_returns(values):
                entries[path] = _converted(entry, WithCarriageReturns(blobs, values.get("text") == "auto"))
            if other := rewriting(values):
                rewritten.setdefault(other, []).append(path)
        top = Path(os.path.realpath(git.top))
        what = {how: tuple(paths) for how, paths in rewritten.items()}
        return cls(commit, top, entries, frozenset(pointers), what, absent=absent)

    def inside(self, path: str | os.PathLike[str]) -> str | None:
        """Give a place on this machine relative to the top, "" for the top itself; None outside of it."""
        full = Path(os.path.abspath(path))
        full = Path(os.path.realpath(full.parent)) / full.name if full != self.top else full
        if not full.is_relative_to(self.top):
            return None
        inside = os.fspath(full.relative_to(self.top))
        return "" if inside == "." else inside

    def names(self, path: str) -> frozenset[str]:
        """The names in a directory, none for what is not a directory."""
        return frozenset(self._children.get(path, ()))

    def type(self, path: str) -> EntryType | None:
        """The type of what is there, None for nothing."""
        entry = self.entries.get(path)
        if entry is None or entry.mode == SUBMODULE:
            return "dir" if path in self._children or entry is not None else None
        return "symlink" if stat.S_ISLNK(entry.mode) else "file"

    def target(self, path: str) -> str | None:
        """The raw target of a symlink, None for anything else, and where its content is not here."""
        is_link = self.type(path) == "symlink" and not self.lacks(path)
        return os.fsdecode(self._content(path)) if is_link else None

    def read(self, path: str, limit: int = -1) -> bytes | None:
        """Give the first bytes of a file, -1 for all; None for what is not a file, or has no content here."""
        return self._content(path, limit) if self.type(path) == "file" and not self.lacks(path) else None

    def lacks(self, path: str) -> bool:
        """Whether the commit has the path, and its content is not here."""
        return path in self.absent

    def close(self) -> None:
        """End git's helper processes; the next question starts others."""
        for blobs in {id(entry.source): entry.source for entry in self.entries.values()}.values():
            if isinstance(blobs, Blobs):
                blobs.close()

    @property
    def submodules(self) -> list[str]:
        """The paths of those whose files are not known."""
        return [path for path, entry in self.entries.items() if entry.mode == SUBMODULE]

    def at(self, top: Path) -> Snapshot:
        """Take another directory for the work tree's."""
        return replace(self, top=top)

    def without(self, path: str, why: str) -> Snapshot:
        """Say why a submodule's files are not known."""
        return replace(self, missing={**self.missing, path: why})

    def with_entries(self, added: Iterable[tuple[str, TreeEntry]]) -> Snapshot:
        """Put more files in place."""
        return replace(self, entries={**self.entries, **dict(added)})

    def with_files(self, path: str, other: Snapshot) -> Snapshot:
        """Put another commit's files at a path of this one."""
        added = {f"{path}/{name}": entry for name, entry in other.entries.items()}
        kept = {name: entry for name, entry in self.entries.items() if name != path}
        return replace(
            self,
            grafted=True,
            entries={**kept, **added},
            pointers=self.pointers | {f"{path}/{name}" for name in other.pointers},
            absent=self.absent | {f"{path}/{name}" for name in other.absent},
            rewritten={
                how: (*self.rewritten.get(how, ()), *(f"{path}/{name}" for name in other.rewritten.get(how, ())))
                for how in {**self.rewritten, **other.rewritten}
            },
        )

    def _content(self, path: str, limit: int = -1) -> bytes:
        entry = self.entries[path]
        return entry.source.read(entry.object, limit)

    @functools.cached_property
    def _children(self) -> dict[str, set[str]]:
        children: dict[str, set[str]] = {"": set()}
        for entry in self.entries:
            path = entry
            while path:
                parent, _, name = path.rpartition("/")
                is_known = parent in children
                children.setdefault(parent, set()).add(name)
                path = "" if is_known else parent
        return children


def _entries(git: Git, commit: str, blobs: Blobs) -> tuple[dict[str, TreeEntry], frozenset[str]]:
    """Give the entries of a commit, and the paths of those whose content is not here."""
    listing = ("ls-tree", "-r", "-z", "--full-tree")
    try:
        return dict(_rows(git.run(*listing, "-l", commit), commit, blobs)), frozenset()
    except CtxauditError:
        # Git ends at the first object that a partial clone lacks.
        absent = _absent(git, commit)
    without = dict(_rows(git.run(*listing, commit), commit, blobs))
    files = {path: entry for path, entry in without.items() if entry.mode != SUBMODULE}
    sizes = _sizes(git, {entry.object for entry in files.values()} - absent)
    found = {path: entry._replace(size=sizes.get(entry.object, 0)) for path, entry in files.items()}
    return {**without, **found}, frozenset(path for path, entry in files.items() if entry.object not in sizes)


def _absent(git: Git, commit: str) -> set[str]:
    """The names of the objects of a commit's tree that are not here."""
    listed = git.run("rev-list", "--objects", "--missing=print", "--no-object-names", f"{commit}^{{tree}}")
    return {line[1:].decode() for line in listed.split(b"\n") if line.startswith(b"?")}


def _sizes(git: Git, objects: set[str]) -> dict[str, int]:
    asked = "".join(f"{name}\n" for name in sorted(objects)).encode()
    said = git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked) if objects else b""
    rows = (line.split() for line in said.decode().splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def _rows(listed: bytes, commit: str, blobs: Blobs) -> Iterator[tuple[str, TreeEntry]]:
    for row in listed.split(b"\0")[:-1]:
        match = _ROW.fullmatch(row)
        assert match is not None
        mode, key, size, path = match.groups()
        name = os.fsdecode(path)
        if not _REFUSED.isdisjoint(name.split("/")):
            raise CtxauditError(f"git itself refuses the path {name!r} of commit {commit}")
        if size == b"BAD":
            raise CtxauditError(f"git lacks the content of {name}", fix="fetch it: git fsck says what is lost")
        yield name, TreeEntry(_mode(int(mode, 8)), int(size) if size not in (None, b"-") else 0, key.decode(), blobs)


def _mode(mode: int) -> int:
    """What a checkout makes of a mode, with the usual umask."""
    if mode == SUBMODULE:
        return SUBMODULE
    if mode == _SYMLINK:
        return stat.S_IFLNK | 0o777
    return stat.S_IFREG | 0o755 if mode & 0o100 else FILE_MODE


def _attributes(
    git: Git, commit: str, entries: Mapping[str, TreeEntry], absent: frozenset[str]
) -> dict[str, dict[str, str]]:
    files = [path for path in entries if os.path.basename(path) == FILE]
    if not files or not absent.isdisjoint(files):
        return {}
    return attributes(git, commit, (path for path, entry in entries.items() if stat.S_ISREG(entry.mode)))


def _converted(entry: TreeEntry, source: Source) -> TreeEntry:
    return entry._replace(size=len(source.read(entry.object)), source=source)
