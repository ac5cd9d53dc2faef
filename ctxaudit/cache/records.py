"""The content digests of what a builder is sent, as BuildKit keeps them.

A tree is a sorted list of keys. The key of `/src/a.go` is its path with a NUL for each slash: `\\0src\\0a.go`. A
directory has two: its own, whose digest counts all that is in it, and that of its header (mode and extended
attributes) with one more NUL behind it. The context's own directory is the empty key; its header is always the same.

Source: moby/buildkit 73ed682, cache/contenthash/checksum.go, filehash.go and tarsum.go.
"""

from __future__ import annotations

import hashlib
import os
import stat
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ctxaudit.errors import TreeError
from ctxaudit.files import READ_FILE
from ctxaudit.ignore import clean_path

DIRECTORY, HEADER, FILE, LINK = "directory", "header", "file", "link"
_CHUNK = 1 << 20  # bytes read at once
_DEEP = 100  # levels of directories
_MOST_LINKS = 255
_TYPES = {stat.S_IFLNK: b"2", stat.S_IFCHR: b"3", stat.S_IFBLK: b"4", stat.S_IFDIR: b"5", stat.S_IFIFO: b"6"}
_REGULAR = b"0"
_OWN_MODE = 0o040755


class Header(NamedTuple):
    """What counts of one entry beside its content; its name and its times do not, and owners are sent as 0.

    mode: st_mode. size: 0 for all but regular files. link: the target as it is written. device: (major, minor).
    xattrs: name and value, in the order of their names.
    """

    mode: int
    size: int
    link: bytes = b""
    device: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[bytes, bytes], ...] = ()

    def packed(self) -> bytes:
        kind = stat.S_IFMT(self.mode)
        mode = 0o777 if kind == stat.S_IFLNK else stat.S_IMODE(self.mode)
        fields = (
            (b"name", b""),
            (b"mode", b"%d" % mode),
            (b"uid", b"0"),
            (b"gid", b"0"),
            (b"size", b"%d" % self.size),
            (b"typeflag", _TYPES.get(kind, _REGULAR)),
            (b"linkname", self.link),
            (b"uname", b""),
            (b"gname", b""),
            (b"devmajor", b"%d" % self.device[0]),
            (b"devminor", b"%d" % self.device[1]),
            *self.xattrs,
        )
        return b"".join(name + value for name, value in fields)


class Record(NamedTuple):
    """One key of a tree. digest: computed when it is first asked for. link: the target of a symlink."""

    kind: str
    digest: Callable[[], str]
    link: str = ""


class NotThere(Exception):
    """A path that the builder was not sent: the build fails there."""


class NotKnown(Exception):
    """Why the content of a path is not known: a clone lacks it, or a checkout makes another file of it."""


class Records:
    """What a builder was sent of one context, by key."""

    def __init__(self, records: Mapping[bytes, Record]) -> None:
        # Of a context of which nothing is sent the builder hashes the directory that it made itself.
        header = b"" if records else Header(_OWN_MODE, 0).packed()
        root = {b"": Record(DIRECTORY, str), b"\0": Record(HEADER, lambda: digest_of(header))}
        self._records = {**root, **records}
        self.keys = sorted(self._records)
        self._digests: dict[bytes, str] = {}
        # Directories at which a digest of what is above stops, so that no tree is too deep for it.
        deep = (key for key in self.keys if key and not key.count(b"\0") % _DEEP)
        self._deep = [key for key in deep if self._records[key].kind == DIRECTORY]

    def get(self, key: bytes) -> Record | None:
        return self._records.get(key)

    def index(self, key: bytes) -> int:
        """Give where in the keys one stands, or the next one."""
        return bisect_left(self.keys, key)

    def digest(self, key: bytes) -> str:
        """Give the digest of one key; raises NotThere."""
        found = self._digests.get(key)
        if found is None:
            record = self._records.get(key)
            if record is None:
                raise NotThere(path_of(key))
            if record.kind == DIRECTORY:
                for below in reversed(self._deep):  # the deepest first
                    if below.startswith(key + b"\0") and below not in self._digests:
                        self._digests[below] = self._directory(below)
            found = self._directory(key) if record.kind == DIRECTORY else record.digest()
            self._digests[key] = found
        return found

    def _directory(self, key: bytes) -> str:
        """Count the header and everything directly in a directory, in the order of the keys.

        What is in a directory of it is passed over by a jump past the key with 0xff behind it, so that a name which
        begins with this byte is counted here a second time, as BuildKit does.
        """
        whole, start = hashlib.sha256(), key + b"\0"
        at = self.index(start)
        while at < len(self.keys) and self.keys[at].startswith(start):
            below = self.keys[at]
            whole.update(below.removeprefix(key))
            whole.update(self.digest(below).encode())
            is_directory = self._records[below].kind == DIRECTORY
            at = self.index(below + b"\0\xff") if is_directory else at + 1
        return f"sha256:{whole.hexdigest()}"

    def followed(self, key: bytes, *, last: bool) -> tuple[bytes, Record | None]:
        """Follow the links on the way to a key, and with *last* a link at its end, too; never out of the root."""
        record = self._records.get(key)
        if (record is not None and not (last and record.kind == LINK)) or not key:
            return key, record
        current, rest, walked = "/", path_of(key), 0
        is_header = rest.endswith("/")
        rest = rest.removesuffix("/")
        while rest:
            name, _, rest = rest.partition("/")
            following = clean(f"{current}/{name}")
            record = self._records.get(key_of(following))
            if record is None or record.kind != LINK:
                current = following
                continue
            if not last and not rest:
                current = following
                break
            walked += 1
            if walked > _MOST_LINKS:
                raise NotThere(path_of(key))
            rest = f"{record.link}/{rest}"
            current = "/" if record.link.startswith("/") else current
        if is_header:
            current += "/"
            record = self._records.get(key_of(current))
        return key_of(current), record


def key_of(path: str) -> bytes:
    """Give the key of an absolute path; that of the root is "" here."""
    return os.fsencode(path).replace(b"/", b"\0")


def path_of(key: bytes) -> str:
    return os.fsdecode(key.replace(b"\0", b"/"))


def clean(path: str) -> str:
    """Clean an absolute path, which cannot leave the root; the root is "" here, as its key is."""
    found = clean_path(f"/{path}")
    return "" if found == "/" else found


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def file_digest(path: str, header: Header, *, is_sent: bool = True) -> str:
    """Hash a regular file of the disk: its header, and its content where that is sent."""
    return _hashed(hashlib.sha256(header.packed()), path if is_sent else "")


def content_digest(path: str) -> str:
    """Hash the content of a regular file of the disk."""
    return _hashed(hashlib.sha256(), path)


def _hashed(found: hashlib._Hash, path: str) -> str:
    if path:
        try:
            descriptor = os.open(path, READ_FILE)
            with open(descriptor, "rb", buffering=0) as file:
                while chunk := file.read(_CHUNK):
                    found.update(chunk)
        except OSError as error:
            raise TreeError(f"open {path}: {(error.strerror or str(error)).lower()}") from error
    return f"sha256:{found.hexdigest()}"


def xattrs_of(path: str) -> Iterator[tuple[bytes, bytes]]:
    """Give the extended attributes that count, in the order of their names."""
    try:
        names = sorted(map(os.fsencode, os.listxattr(path, follow_symlinks=False)))
    except (OSError, AttributeError):  # no such file system, or no such system
        return
    for name in names:
        is_counted = not name.startswith((b"security.", b"system.", b"com.apple.")) or name == b"security.capability"
        if is_counted:
            try:
                yield name, os.getxattr(path, name, follow_symlinks=False)
            except OSError:  # gone, or not for this user: the client sends none then either
                continue
