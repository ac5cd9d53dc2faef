"""What a commit tracks, read from git's objects: nothing is checked out, nothing is run."""

from __future__ import annotations

import functools
import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from ctxaudit.errors import CtxauditError
from ctxaudit.model import EntryType
from ctxaudit.repository.program import Ended, Git, Helper, scratch
from ctxaudit.values import expression, frozen

# What `.gitattributes` of a commit say of its files, and so what a checkout does to them.

FILE = ".gitattributes"
_ASKED = ("text", "crlf", "eol", "filter", "ident", "working-tree-encoding")


def attributes(git: Git, commit: str, paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """Give what the attributes of a commit say of paths: path to name to value, without what is unspecified.

    Git reads them from an index of its own in a temporary directory; a machine's own attributes do not count.
    """
    by_path: dict[str, dict[str, str]] = defaultdict(dict)
    with scratch() as directory:
        environment = {"GIT_INDEX_FILE": os.fspath(directory / "index"), "GIT_ATTR_NOSYSTEM": "1"}
        git.run("read-tree", commit, environment=environment)
        output = git.run(
            "-c",
            "core.attributesFile=/dev/null",
            "check-attr",
            "--cached",
            "--stdin",
            "-z",
            *_ASKED,
            stdin=b"".join(os.fsencode(path) + b"\0" for path in paths),
            environment=environment,
        )
    fields = output.split(b"\0")
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        if value != b"unspecified":
            by_path[os.fsdecode(path)][name.decode()] = os.fsdecode(value)
    return by_path


def _adds_carriage_returns(values: dict[str, str]) -> bool:
    """Whether a checkout ends lines with CR LF; source: git, convert.c, `convert_attrs`."""
    return values.get("eol") == "crlf" and values.get("text", values.get("crlf")) != "unset"


def _rewriting(values: dict[str, str]) -> str:
    """Name what else a checkout does to a file, "" for nothing."""
    driver = values.get("filter", "unset")
    if driver not in ("unset", "set", "lfs"):
        return f"filter={driver}"
    if values.get("ident") == "set":
        return "ident"
    encoding = values.get("working-tree-encoding", "unset")
    return "" if encoding in ("unset", "set") else f"working-tree-encoding={encoding}"


# The contents of git's blobs, and what a checkout makes of them.

_POINTER = expression(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*size (\d{1,18})\n?")
_POINTER_BYTES = range(100, 1025)
_LONE_LF = expression(rb"(?<!\r)\n")
_LONE_CR = expression(rb"\r(?!\n)")
_NOT_PRINTABLE = bytes({*range(32), 127} - {*b"\b\t\n\r\x1b\f"})
_PRINTABLE = bytes({*range(256)} - {*_NOT_PRINTABLE} - {*b"\r\n"})
_END_OF_FILE = b"\x1a"


class BlobSource(Protocol):
    """Where contents come from; *key* is what an entry is called there."""

    def read(self, key: str, limit: int = -1) -> bytes:
        """Give the first bytes, -1 for all."""


class Blobs:
    """One repository's objects, read by one long-lived `git cat-file` that ends when nobody can ask any more."""

    def __init__(self, git: Git) -> None:
        self._helper = Helper(git, "cat-file", "--batch")

    def read(self, key: str, limit: int = -1) -> bytes:
        """Read the first bytes of an object; raises CtxauditError where a partial clone lacks it."""
        helper = self._helper
        try:
            helper.ask(key.encode() + b"\n")
            fields = helper.until(b"\n").split()[-1:]
        except Ended:
            fields = []
        if not fields or not fields[0].isdigit():
            helper.close()
            raise CtxauditError(
                f"git lacks the object {key}", fix="fetch it: this clone has only a part of the objects"
            )
        size = int(fields[0])
        content = helper.take(min(size, limit) if limit >= 0 else size)
        helper.drop(size + 1 - len(content))
        return content

    def close(self) -> None:
        """End the helper process; the next question starts another."""
        self._helper.close()


@frozen
class _WithCarriageReturns:
    """Blobs whose lines a checkout ends with CR LF.

    guesses: only where git takes the content for text (`text=auto`).
    """

    blobs: Blobs
    guesses: bool

    def read(self, key: str, limit: int = -1) -> bytes:
        """Source: git, convert.c, `will_convert_lf_to_crlf`."""
        content = self.blobs.read(key)
        if not self.guesses or (b"\r" not in content and not _is_binary(content)):
            content = _LONE_LF.sub(b"\r\n", content)
        return content if limit < 0 else content[:limit]


@frozen
class _Fixed:
    """Content that stands in no object: the key itself."""

    def read(self, key: str, limit: int = -1) -> bytes:
        content = key.encode("utf-8", "surrogateescape")
        return content if limit < 0 else content[:limit]


def _pointed_bytes(size: int, blobs: Blobs, key: str) -> int | None:
    """Give the size that a pointer of Git LFS states, None for anything else."""
    pointer = _POINTER.fullmatch(blobs.read(key)) if size in _POINTER_BYTES else None
    return int(pointer[1]) if pointer else None


def _is_binary(content: bytes) -> bool:
    """Source: git, convert.c, `gather_stats` and `convert_is_binary`."""
    if _LONE_CR.search(content) or b"\0" in content:
        return True
    odd = len(content) - len(content.translate(None, _NOT_PRINTABLE)) - content.endswith(_END_OF_FILE)
    plain = len(content) - len(content.translate(None, _PRINTABLE))
    return plain >> 7 < odd


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
    source: BlobSource


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
        values_by_path = _attributes(git, commit, entries, absent)
        pointers = set()
        rewritten: dict[str, list[str]] = {}
        for path, values in values_by_path.items():
            entry = entries[path]
            if path in absent:
                continue
            size = _pointed_bytes(entry.size, blobs, entry.object) if lfs and values.get("filter") == "lfs" else None
            if size is not None:
                entries[path] = entry._replace(size=size)
                pointers.add(path)
            elif _adds_carriage_returns(values):
                entries[path] = _converted(entry, _WithCarriageReturns(blobs, values.get("text") == "auto"))
            if other := _rewriting(values):
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
    tree_entries = {path: entry._replace(size=sizes.get(entry.object, 0)) for path, entry in files.items()}
    return {**without, **tree_entries}, frozenset(path for path, entry in files.items() if entry.object not in sizes)


def _absent(git: Git, commit: str) -> set[str]:
    """The names of the objects of a commit's tree that are not here."""
    listed = git.run("rev-list", "--objects", "--missing=print", "--no-object-names", f"{commit}^{{tree}}")
    return {line[1:].decode() for line in listed.split(b"\n") if line.startswith(b"?")}


def _sizes(git: Git, objects: set[str]) -> dict[str, int]:
    names = "".join(f"{name}\n" for name in sorted(objects)).encode()
    output = git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=names) if objects else b""
    rows = (line.split() for line in output.decode().splitlines())
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
        yield name, TreeEntry(mode_of(int(mode, 8)), int(size) if size not in (None, b"-") else 0, key.decode(), blobs)


def mode_of(mode: int) -> int:
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


def _converted(entry: TreeEntry, source: BlobSource) -> TreeEntry:
    return entry._replace(size=len(source.read(entry.object)), source=source)


# The files of submodules, put at their places in the commit that names them.

_DEEPEST, _MOST = 8, 200  # submodules within submodules, and all of them: more is no project
_KEY = expression(r"submodule\.(.*)\.(path|url|update)", re.DOTALL)


@frozen
class Submodule:
    """A submodule as a commit has it; url: "" where `.gitmodules` does not tell."""

    path: str
    name: str
    url: str
    commit: str


class Homes(Protocol):
    """Where the repositories of one commit's submodules are."""

    def open(self, submodule: Submodule) -> tuple[Git, Homes]:
        """Give the repository that holds the submodule's commit, and where its own submodules are.

        Raises CtxauditError where it cannot be had.
        """

    def link(self, submodule: Submodule, path: str) -> str | None:
        """The content of the `.git` file that stands in the submodule at *path*, None where it is not known."""


def with_submodules(snapshot: Snapshot, git: Git, homes: Homes, *, lfs: bool = True) -> Snapshot:
    """Put the files of all submodules in place; of one that cannot be had, why, stands in `missing`."""
    return _Graft(snapshot, lfs).grown(git, snapshot, homes, "", 0)


def checked_out(path: str, ref: str) -> Snapshot:
    """Give a commit of the repository that a path stands in, with the submodules whose commits are there.

    path: it need not be there now. Raises CtxauditError where git cannot tell.
    """
    git = Git.of(_nearest(os.path.realpath(path)))
    return whole(git, git.commit(ref))


def whole(git: Git, commit: str) -> Snapshot:
    """Give a commit of a repository, with the submodules whose commits are there."""
    snapshot = Snapshot.of(git, commit)
    common = git.run("rev-parse", "--path-format=absolute", "--git-common-dir")
    return with_submodules(snapshot, git, _LocalHomes(Path(os.fsdecode(common.removesuffix(b"\n"))) / "modules"))


class _Graft:
    def __init__(self, whole: Snapshot, lfs: bool) -> None:
        self._whole = whole
        self._lfs = lfs
        self._count = 0

    def grown(self, git: Git, snapshot: Snapshot, homes: Homes, start: str, depth: int) -> Snapshot:
        for submodule in _submodules(git, snapshot):
            path = f"{start}{submodule.path}"
            try:
                self._check(path, depth)
                home, below = homes.open(submodule)
                inner = Snapshot.of(home, submodule.commit, lfs=self._lfs)
            except CtxauditError as error:
                self._whole = self._whole.without(path, error.what)
                continue
            link = homes.link(submodule, path)
            self._whole = self._whole.with_files(path, inner if link is None else _linked(inner, link))
            self.grown(home, inner, below, f"{path}/", depth + 1)
        return self._whole

    def _check(self, path: str, depth: int) -> None:
        self._count += 1
        if depth >= _DEEPEST or self._count > _MOST:
            raise CtxauditError(f"more than {_MOST} submodules, or deeper than {_DEEPEST}")


@frozen
class _LocalHomes:
    """The submodules that a clone has.

    directory: where git keeps them. place: the same, seen from the top of the work tree.
    """

    directory: Path
    place: str = ".git/modules"

    def open(self, submodule: Submodule) -> tuple[Git, Homes]:
        home = self.directory / submodule.name
        steps = submodule.name.split("/")
        if ".." in steps or not all(steps) or not (home / "HEAD").is_file():
            raise CtxauditError("it is not here")
        git = Git.bare(home)
        git.run("cat-file", "-e", f"{submodule.commit}^{{commit}}")
        return git, _LocalHomes(home / "modules", f"{self.place}/{submodule.name}/modules")

    def link(self, submodule: Submodule, path: str) -> str | None:
        return f"gitdir: {os.path.relpath(f'{self.place}/{submodule.name}', path)}\n"


def _nearest(path: str) -> Path:
    """The path, or the directory above it that is there."""
    return next(place for place in (Path(path), *Path(path).parents) if place.is_dir())


def _submodules(git: Git, snapshot: Snapshot) -> Iterator[Submodule]:
    """Join what the tree and `.gitmodules` say; `update = none` leaves a submodule empty."""
    sections = _configured(git, snapshot) if snapshot.submodules else {}
    by_path = {values["path"]: (name, values) for name, values in sections.items() if "path" in values}
    for path in snapshot.submodules:
        name, values = by_path.get(path, ("", {}))
        if values.get("update") != "none":
            yield Submodule(path, name, values.get("url", ""), snapshot.entries[path].object)


def _configured(git: Git, snapshot: Snapshot) -> dict[str, dict[str, str]]:
    if snapshot.type(".gitmodules") != "file" or snapshot.lacks(".gitmodules"):
        return {}
    sections: dict[str, dict[str, str]] = {}
    listed = git.run("config", "--blob", f"{snapshot.commit}:.gitmodules", "-z", "--list")
    for line in os.fsdecode(listed).split("\0")[:-1]:
        key, _, value = line.partition("\n")
        if match := _KEY.fullmatch(key):
            sections.setdefault(match[1], {})[match[2]] = value
    return sections


def _linked(snapshot: Snapshot, link: str) -> Snapshot:
    entry = TreeEntry(FILE_MODE, len(os.fsencode(link)), link, _Fixed())
    return snapshot.with_entries([(".git", entry)])
