"""The content digests of what a builder is sent, as BuildKit keeps them.

A tree is a sorted list of keys. The key of `/src/a.go` is its path with a NUL for each slash: `\0src\0a.go`. A
directory has two: its own, whose digest counts all that is in it, and that of its header (mode and extended
attributes) with one more NUL behind it. The context's own directory is the empty key; its header is always the same.

Source: moby/buildkit 73ed682, cache/contenthash/checksum.go, filehash.go and tarsum.go.
"""

from __future__ import annotations

import hashlib
import os
import stat
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ctxaudit.errors import TreeError
from ctxaudit.files import open_regular
from ctxaudit.ignore import DockerignorePattern, clean_path, compiled_glob, has_wildcard
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.values import LONGEST_PATH, frozen

DIRECTORY, HEADER, FILE, LINK = "directory", "header", "file", "link"
_CHUNK = 1 << 20  # bytes read at once
_DEEP = 100  # levels of directories
_MOST_LINKS = 255
_TYPES = {stat.S_IFLNK: b"2", stat.S_IFCHR: b"3", stat.S_IFBLK: b"4", stat.S_IFDIR: b"5", stat.S_IFIFO: b"6"}
_REGULAR = b"0"
_OWN_MODE = 0o040755


@frozen
class Header:
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


@frozen
class Record:
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

    def changed(self, new: Mapping[bytes, Record], gone: Iterable[bytes]) -> Records:
        """Give the records after a change: what it does not touch keeps its digest.

        gone: the keys of what is not there any more, or is *new* again; of a directory that of its header goes with it.
        """
        records, touched = dict(self._records), set[bytes]()
        for key in (b"", *gone, *new):
            records.pop(key, None)
            records.pop(key + b"\0", None)
            above = key
            while above not in touched:
                touched |= {above, above + b"\0"}
                above = above.rpartition(b"\0")[0]
        updated = Records({**records, **new})
        updated._digests = {key: digest for key, digest in self._digests.items() if key not in touched}
        return updated

    def differing(self, other: Records) -> set[bytes]:
        """Give the keys of files, links and headers whose digests differ, or that one of the two alone has."""
        mine, theirs = self._records, other._records
        differing_keys = mine.keys() ^ theirs.keys()
        # A record that `changed` kept is the same object in both, and its digest need not be asked.
        both = (key for key, record in mine.items() if key in theirs and theirs[key] is not record)
        differing_keys |= {key for key in both if self._known(key) != other._known(key)}
        return {key for key in differing_keys if (mine.get(key) or theirs[key]).kind != DIRECTORY}

    def _known(self, key: bytes) -> str:
        try:
            return self.digest(key)
        except NotKnown:
            return ""

    def get(self, key: bytes) -> Record | None:
        return self._records.get(key)

    def index(self, key: bytes) -> int:
        """Give where in the keys one stands, or the next one."""
        return bisect_left(self.keys, key)

    def digest(self, key: bytes) -> str:
        """Give the digest of one key; raises NotThere."""
        key_digest = self._digests.get(key)
        if key_digest is None:
            record = self._records.get(key)
            if record is None:
                raise NotThere(path_of(key))
            if record.kind == DIRECTORY:
                for below in reversed(self._deep):  # the deepest first
                    if below.startswith(key + b"\0") and below not in self._digests:
                        self._digests[below] = self._directory(below)
            key_digest = self._directory(key) if record.kind == DIRECTORY else record.digest()
            self._digests[key] = key_digest
        return key_digest

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
            following = _entered(current, name)
            record = self._records.get(key_of(following)) if len(following) <= LONGEST_PATH else None
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


def _entered(directory: str, name: str) -> str:
    """Give what a name leads to from a clean absolute directory, as `clean` writes it, in as few steps as names."""
    if name == "..":
        return directory.rpartition("/")[0]
    return directory.removesuffix("/") + (f"/{name}" if name not in ("", ".") else "")


def key_of(path: str) -> bytes:
    """Give the key of an absolute path; that of the root is "" here."""
    return os.fsencode(path).replace(b"/", b"\0")


def path_of(key: bytes) -> str:
    return os.fsdecode(key.replace(b"\0", b"/"))


def clean(path: str) -> str:
    """Clean an absolute path, which cannot leave the root; the root is "" here, as its key is."""
    cleaned = clean_path(f"/{path}")
    return "" if cleaned == "/" else cleaned


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def file_digest(path: str, header: Header, *, is_sent: bool = True) -> str:
    """Hash a regular file of the disk: its header, and its content where that is sent."""
    return _hashed(hashlib.sha256(header.packed()), path if is_sent else "")


def content_digest(path: str) -> str:
    """Hash the content of a regular file of the disk."""
    return _hashed(hashlib.sha256(), path)


def _hashed(whole: hashlib._Hash, path: str) -> str:
    if path:
        try:
            with open(open_regular(path), "rb", buffering=0) as file:
                while chunk := file.read(_CHUNK):
                    whole.update(chunk)
        except OSError as error:
            raise TreeError(f"open {path}: {(error.strerror or str(error)).lower()}") from error
    return f"sha256:{whole.hexdigest()}"


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


# The content digest of one selector: a path, a wildcard, or a path with filters.
#
# Source: moby/buildkit 73ed682, cache/contenthash/checksum.go (Checksum, includedPaths, shouldIncludePath).


@frozen
class Selector:
    """What a step selects of a tree.

    path: absolute. wildcard: it has one. follow: a link at its end is followed.
    include, exclude: patterns below the path. required: the path without which the build fails, "" for none.
    """

    path: str
    wildcard: bool = False
    follow: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    required: str = ""

    @property
    def is_plain(self) -> bool:
        return not (self.wildcard or self.include or self.exclude)


@dataclass(slots=True)
class _FoundKey:
    """A key that was met below the selected path. included, excluded: the patterns that matched, here or above."""

    path: str
    key: bytes
    kind: str
    is_top: bool
    included: tuple[bool, ...] = ()
    excluded: tuple[bool, ...] = ()
    is_counted: bool = False


def checksum(records: Records, selector: Selector) -> str:
    """Give the digest of what a selector selects; raises NotThere where the build fails."""
    if selector.is_plain:
        return _digest(records, selector.path, selector.follow)
    prefix, found_keys = _included(records, selector)
    digests = [
        _digest(records, found_key.path, selector.follow)
        if found_key.is_top and selector.follow and found_key.kind == LINK
        else records.digest(found_key.key)
        for found_key in found_keys
    ]
    if not found_keys:
        return digest_of(b"")
    if len(found_keys) == 1 and selector.path.rpartition("/")[2] == found_keys[0].path.rpartition("/")[2]:
        return digests[0]
    whole = hashlib.sha256()
    for found_key, digest in zip(found_keys, digests, strict=True):
        whole.update(key_of(found_key.path.removeprefix(prefix)) or b"\0")
        whole.update(digest.encode())
    return f"sha256:{whole.hexdigest()}"


def selected(records: Records, selector: Selector) -> Iterator[str]:
    """Give the path of each file and link that a selector counts; raises NotThere where the build fails."""
    yield from (path_of(key).lstrip("/") for key in _keys(records, selector) if not key.endswith(b"\0"))


def entries(records: Records, selector: Selector) -> Iterator[str]:
    """Give the path of each file, link and directory that a selector counts, and of a link that it follows.

    Raises NotThere where the build fails.
    """
    yield from filter(None, (path_of(key).strip("/") for key in entry_keys(records, selector)))


def entry_keys(records: Records, selector: Selector) -> Iterator[bytes]:
    """Give the keys of what `entries` gives, of a directory that of its header, and that of the root's header, too."""
    own = key_of(clean(selector.path))
    record = records.get(own)
    if selector.is_plain and record is not None and record.kind == LINK:
        yield own
    yield from _keys(records, selector)


def _keys(records: Records, selector: Selector) -> Iterator[bytes]:
    if selector.is_plain:
        yield from _whole(records, selector.path, selector.follow)
        return
    for found_key in _included(records, selector)[1]:
        if found_key.is_top and selector.follow and found_key.kind == LINK:
            yield from _whole(records, found_key.path, selector.follow)
        else:
            yield found_key.key


def _whole(records: Records, path: str, follow: bool) -> Iterator[bytes]:
    """Give the key of a path itself, or of all below a directory and of the headers of directories."""
    key, record = records.followed(key_of(clean(path)), last=follow)
    if record is None:
        raise NotThere(path)
    if record.kind != DIRECTORY:
        yield key
        return
    start = key + b"\0"
    for below in records.keys[records.index(start) :]:
        if not below.startswith(start):
            return
        member = records.get(below)
        if member is not None and member.kind != DIRECTORY:
            yield below


def _digest(records: Records, path: str, follow: bool) -> str:
    key, _ = records.followed(key_of(clean(path)), last=follow)
    return records.digest(key)


def _included(records: Records, selector: Selector) -> tuple[str, list[_FoundKey]]:
    """Give the part before the wildcard, and what is counted: files, links, and headers of directories."""
    path = clean(selector.path)
    include, exclude = _Filter.of(selector.include), _Filter.of(selector.exclude)
    prefix, keys = _start(records, selector, path)
    matches = compiled_glob(path) if selector.wildcard and path else None
    above: list[_FoundKey] = []
    counted: list[_FoundKey] = []
    matched = ""  # the directory that the wildcard met last: all in it is selected
    for shown, key in keys:
        while above and not shown.startswith(f"{above[-1].path}/"):
            above.pop()
        record = records.get(key)
        assert record is not None
        name = shown
        if key.endswith(b"\0"):
            name = shown[:-1]
            if name == path and selector.path.endswith("/"):
                continue  # the header of the root itself
        if matches is not None and not (matched and name.startswith(f"{matched}/")):
            if not matches(name):
                continue
            matched = name
        if matches is None and not f"{name}/".startswith(f"{path}/"):
            break
        top = matched if selector.wildcard else path
        candidate = f"{name}/".removeprefix(f"{top}/").removesuffix("/")
        parent = above[-1] if above else None
        found_key = _FoundKey(name, key, record.kind, parent is None)
        is_included = _takes(found_key, candidate, parent, include, exclude)
        if is_included and record.kind != DIRECTORY:
            for directory in above:
                if not directory.is_counted:
                    counted.append(directory)
                    directory.is_counted = True
            counted.append(found_key)
            found_key.is_counted = True
        if record.kind == HEADER:
            above.append(found_key)
    if selector.required and not any(found_key.path.startswith(selector.required) for found_key in counted):
        raise NotThere(selector.required)
    return prefix, counted


def _start(records: Records, selector: Selector, path: str) -> tuple[str, Iterator[tuple[str, bytes]]]:
    """Give the part of the path without wildcards, and each key from there on with its path as the selector has it."""
    prefix = path
    if selector.wildcard:
        parts = path.split("/")
        plain = next((at for at, part in enumerate(parts) if has_wildcard(part)), len(parts))
        prefix = "/".join(parts[:plain])
        key, record = records.followed(key_of(prefix), last=plain < len(parts))
    else:
        key, record = records.followed(key_of(prefix), last=False)
    if not prefix:
        return "", ((path_of(key), key) for key in records.keys)
    return prefix, iter(()) if record is None else _below(records, prefix, key)


def _below(records: Records, prefix: str, key: bytes) -> Iterator[tuple[str, bytes]]:
    resolved = path_of(key)
    for entry_key in (key, *records.keys[records.index(key + b"\0") :]):
        path = path_of(entry_key)
        yield prefix + path.removeprefix(resolved) if path.startswith(resolved) else path, entry_key


def _takes(
    found_key: _FoundKey, candidate: str, parent: _FoundKey | None, include: _Filter | None, exclude: _Filter | None
) -> bool:
    if include is not None:
        found_key.included, matched = include.step(candidate, parent.included if parent else ())
        if not matched:
            return False
    if exclude is not None:
        found_key.excluded, matched = exclude.step(candidate, parent.excluded if parent else ())
        if matched:
            return False
    return True


class _Filter:
    """Patterns that are asked on the way down, each once it has matched on a parent no more.

    Source: moby/patternmatcher, MatchesUsingParentResults.
    """

    def __init__(self, patterns: Sequence[DockerignorePattern]) -> None:
        self._patterns = patterns

    @classmethod
    def of(cls, patterns: Sequence[str]) -> _Filter | None:
        if not patterns:
            return None
        return cls([pattern for pattern in map(DockerignorePattern, patterns) if pattern.text])

    def step(self, path: str, parent: tuple[bool, ...]) -> tuple[tuple[bool, ...], bool]:
        """Give which patterns match a path or a parent of it, and whether the last of them selects it."""
        matches, matched = [False] * len(self._patterns), False
        for at, pattern in enumerate(self._patterns):
            met = bool(parent) and parent[at]
            if not met:
                if pattern.exception != matched:
                    continue
                met = pattern.matches(path) or (not parent and self._meets_above(pattern, path))
            matches[at] = met
            if met:
                matched = not pattern.exception
        return tuple(matches), matched

    def _meets_above(self, pattern: DockerignorePattern, path: str) -> bool:
        return any(map(pattern.matches, ancestry(path)[:-1]))
