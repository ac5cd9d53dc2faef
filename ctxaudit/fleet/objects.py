"""What a forge says of a commit: its tree with sizes in one request, and of the contents what the audit asks for.

An audit reads all files through `ctxaudit.files`. Here the files of the checkout have their sizes and nothing in them;
what is read of one is fetched at that moment. Source: docs.github.com, "REST API endpoints for Git trees" and "Git
blobs"; docs.gitlab.com, "Repository files".
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import quote

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet.forges import Head
from ctxaudit.fleet.tree import DEEPEST, MOST_CONTENT, git_mode
from ctxaudit.forge.client import Client, Spent, text
from ctxaudit.repository.fetch import Remote
from ctxaudit.repository.program import Git
from ctxaudit.repository.snapshot import Blobs, BlobSource, Snapshot, TreeEntry, mode_of

_ATTRIBUTES = ".gitattributes"
_LARGEST = 16 << 20  # bytes of a content that is asked of the API, which sends four for each three
_SOURCES = 3  # files of one suffix after whose contents those of all others are expected to be asked for
_MOST_READ = 64 << 20  # bytes of a file: more than any reader takes
# What lets a checkout make another file of what git stores, of another size; macros of attributes spell it out as well.
_REWRITES = (b"eol=crlf", b"filter=lfs")
_NO_SIZE = 1 << 63  # bytes, and more: no file has them
_OBJECT = re.compile(r"[0-9a-f]{40}")
_MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "160000": "commit", "040000": "tree"}


class NotEnough(Exception):
    """The API does not answer what the audit asks, or not in so many requests: the commit has to be fetched."""


class Unread(Exception):
    """A content that the audit asks for cannot be had. error: why; no build's own failure."""

    def __init__(self, error: CtxauditError) -> None:
        super().__init__(error.what)
        self.error = error


def listed(client: Client, head: Head) -> Snapshot:
    """Give the tree of a commit of GitHub, whose contents are read when they are asked for.

    Raises NotEnough where it has files that a checkout may write otherwise, and where the list is cut off or not the
    tree: git names a tree by what it holds, so that the name of the root tells, as with a path that is not UTF-8.
    """
    if head.tree == object_name("tree", b""):
        return Snapshot(head.commit, Path("/"), {})
    body = client.call("GET", f"{head.place}/git/trees/{head.tree}?recursive=1").body
    rows = body.get("tree") if isinstance(body, dict) else None
    if not isinstance(rows, list) or body.get("truncated") is not False:
        raise NotEnough
    source = _ForgeBlobs(client, head.place)
    entries = dict(_entries(rows, source))
    if _root(entries) != head.tree:
        raise NotEnough
    files = frozenset(path for path, entry in entries.items() if stat.S_ISREG(entry.mode))
    snapshot = Snapshot(head.commit, Path("/"), entries, absent=files)
    if sum(stat.S_ISLNK(entry.mode) for entry in entries.values()) > client.left or _rewrites(snapshot):
        raise NotEnough
    return snapshot


def _rewrites(snapshot: Snapshot) -> bool:
    """Whether a checkout may write files of another size than git stores."""
    attributes = [entry for path, entry in snapshot.entries.items() if os.path.basename(path) == _ATTRIBUTES]
    return any(
        word in tree_entry.source.read(tree_entry.object)
        for tree_entry in attributes
        if stat.S_ISREG(tree_entry.mode)
        for word in _REWRITES
    )


class _ForgeBlobs:
    """The contents of files as the API of GitHub gives them, each asked for once.

    Raises NotEnough for one request too many, Unread where the forge does not answer.
    """

    def __init__(self, client: Client, place: str) -> None:
        self._client = client
        self._place = place
        self._known: dict[str, bytes] = {}

    def read(self, key: str, limit: int = -1) -> bytes:
        if key not in self._known:
            self._known[key] = self._asked(key)
        return self._known[key] if limit < 0 else self._known[key][:limit]

    def expect(self, number: int) -> None:
        """Raise NotEnough where so many more contents could not be asked for."""
        if number > self._client.left:
            raise NotEnough

    def _asked(self, key: str) -> bytes:
        try:
            body = self._client.call("GET", f"{self._place}/git/blobs/{key}").body
            data = base64.b64decode(text(body, "content"))
        except Spent as error:
            raise NotEnough from error
        except CtxauditError as error:
            raise Unread(error) from error
        except ValueError:  # no base64, or letters beyond ASCII
            data = b""
        if object_name("blob", data) != key:
            raise Unread(CtxauditError("the forge gives another content than that of the object", where=key))
        return data


class _TooLarge:
    """The contents of files that are not asked of the API."""

    def read(self, key: str, limit: int = -1) -> bytes:
        raise NotEnough


class _Brought:
    """The contents of large files, each fetched when it is asked for."""

    def __init__(self, remote: Remote, git: Git) -> None:
        self._remote = remote
        self._git = git

    def read(self, key: str, limit: int = -1) -> bytes:
        try:
            self._remote.bring(self._git, [key])
            blobs = Blobs(self._git)
            data = blobs.read(key, limit)
        except CtxauditError as error:
            raise Unread(error) from error
        blobs.close()
        return data


class Contents(Mapping[str, bytes]):
    """What stands in for the files of a checkout that have nothing in them, by their place on the disk.

    It is what a checkout of the whole commit would have (`fleet/tree.py`): of a large file the start, then zeros.
    """

    def __init__(self, tree: Path, snapshot: Snapshot) -> None:
        self._top = os.path.realpath(tree)
        self._snapshot = snapshot
        self._suffixes = Counter(os.path.splitext(path)[1] for path in snapshot.absent)
        self._read: dict[str, set[str]] = {}

    def __getitem__(self, path: str) -> bytes:
        try:
            place = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        except ValueError as error:  # a NUL, which no path holds
            raise KeyError(path) from error
        inside = place.removeprefix(f"{self._top}/")
        if inside not in self._snapshot.absent:
            raise KeyError(path)
        entry = self._snapshot.entries[inside]
        self._foresee(inside, entry.source)
        return entry.source.read(entry.object)[:MOST_CONTENT].ljust(min(entry.size, _MOST_READ), b"\0")

    def _foresee(self, path: str, source: BlobSource) -> None:
        """Let the audit end early where it begins to read more source than the API gives."""
        suffix = os.path.splitext(path)[1]
        read = self._read.setdefault(suffix, set())
        read.add(path)
        if suffix and len(read) >= _SOURCES and isinstance(source, _ForgeBlobs):
            source.expect(self._suffixes[suffix] - len(read))

    def __iter__(self) -> Iterator[str]:
        return (f"{self._top}/{path}" for path in self._snapshot.absent)

    def __len__(self) -> int:
        return len(self._snapshot.absent)


def fetched(remote: Remote, client: Client, head: Head, known: Snapshot | None) -> Snapshot:
    """Fetch a commit of a forge without its history and without what is large, and give its tree.

    known: the tree as the forge lists it, with all sizes. Where that is not at hand, the forge is asked for the size of
    each large file, and a file whose size it does not say is fetched as well.
    """
    git, commit = remote.fetched(head.commit)
    snapshot = Snapshot.of(git, commit)
    if not snapshot.absent:
        return snapshot
    if known is not None:
        sizes = {path: known.entries[path].size for path in snapshot.absent}
    elif _rewrites(snapshot):
        sizes = {}
    else:
        sizes = dict((_of_directories if head.tree else _of_files)(client, head, git, snapshot.absent))
    if not sizes.keys() >= snapshot.absent:
        snapshot.close()
        remote.bring(git, {snapshot.entries[path].object for path in snapshot.absent})
        return Snapshot.of(git, commit)
    source = _Brought(remote, git)
    large = {path: snapshot.entries[path]._replace(size=sizes[path], source=source) for path in snapshot.absent}
    return replace(snapshot, entries={**snapshot.entries, **large})


def _of_directories(client: Client, head: Head, git: Git, paths: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Ask GitHub for the directories of files: the list of one has sizes, and is not cut off."""
    directories = sorted({os.path.dirname(path) for path in paths})
    if len(directories) > client.left:
        return
    for directory in directories:
        tree = git.run("rev-parse", f"{head.commit}:{directory}").decode().strip()
        body = client.call("GET", f"{head.place}/git/trees/{tree}").body
        rows = body.get("tree") if isinstance(body, dict) else None
        for row in rows if isinstance(rows, list) else []:
            path, size = os.path.join(directory, text(row, "path")), row.get("size") if isinstance(row, dict) else None
            if path in paths and _is_size(size):
                yield path, size


def _of_files(client: Client, head: Head, git: Git, paths: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Ask GitLab for files: its lists have no sizes."""
    if len(paths) > client.left:
        return
    for path in sorted(paths):
        name = quote(os.fsencode(path), safe="")
        reply = client.call("HEAD", f"{head.place}/repository/files/{name}?ref={head.commit}")
        header = reply.headers.get("x-gitlab-size", "")
        if header.isdecimal() and len(header) < len(str(_NO_SIZE)):
            yield path, int(header)


def _entries(rows: list[Any], source: BlobSource) -> Iterator[tuple[str, TreeEntry]]:
    """Give the files, links and submodules of a list; raises NotEnough for a row that is not one of these."""
    for row in rows:
        path, mode, key = (text(row, name) for name in ("path", "mode", "sha"))
        size = row.get("size", 0) if isinstance(row, dict) else None
        is_known = _OBJECT.fullmatch(key) and _MODES.get(mode) == text(row, "type")
        # A name of many directories is one of as many strings here, of which each is as long.
        if not path or path.count("/") >= DEEPEST or not is_known or not _is_size(size):
            raise NotEnough
        if mode != "040000":
            yield path, TreeEntry(mode_of(int(mode, 8)), size, key, source if size <= _LARGEST else _TooLarge())


def _is_size(value: object) -> TypeGuard[int]:
    """Whether a file may be as large."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _NO_SIZE


def _root(entries: Mapping[str, TreeEntry]) -> str:
    """Name the tree that holds these entries and no others, "" where one of them has a name that git cannot have."""
    directories: dict[str, list[tuple[bytes, bytes]]] = {"": []}

    def put(path: str, mode: str, key: str) -> None:
        directory, _, name = path.rpartition("/")
        row = f"{mode} {name}\0".encode() + bytes.fromhex(key)
        # Git sorts a directory as if a slash ended its name.
        order = name.encode() + (b"/" if mode == "40000" else b"")
        directories.setdefault(directory, []).append((order, row))

    try:
        for path, entry in entries.items():
            put(path, git_mode(entry.mode), entry.object)
            while path := path.rpartition("/")[0]:
                directories.setdefault(path, [])
        for directory in sorted(directories, key=lambda folder: folder.count("/") + bool(folder), reverse=True):
            key = object_name("tree", b"".join(row for _, row in sorted(directories[directory])))
            if directory:
                put(directory, "40000", key)
    except UnicodeEncodeError:  # half a character
        return ""
    return key


def object_name(kind: str, data: bytes, *, like: str = "") -> str:
    """Give git's name of an object. like: another one of its repository, which says how it names them."""
    named = f"{kind} {len(data)}\0".encode() + data
    return (hashlib.sha256(named) if len(like) == 64 else hashlib.sha1(named, usedforsecurity=False)).hexdigest()
