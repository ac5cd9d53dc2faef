"""The content digest of one selector: a path, a wildcard, or a path with filters.

Source: moby/buildkit 73ed682, cache/contenthash/checksum.go (Checksum, includedPaths, shouldIncludePath).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ctxaudit.cache.records import DIRECTORY, HEADER, LINK, NotThere, Records, clean, digest_of, key_of, path_of
from ctxaudit.ignore import DockerignorePattern, compiled_glob, has_wildcard
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.values import frozen


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
class _Found:
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
    prefix, found = _included(records, selector)
    digests = [
        _digest(records, one.path, selector.follow)
        if one.is_top and selector.follow and one.kind == LINK
        else records.digest(one.key)
        for one in found
    ]
    if not found:
        return digest_of(b"")
    if len(found) == 1 and selector.path.rpartition("/")[2] == found[0].path.rpartition("/")[2]:
        return digests[0]
    whole = hashlib.sha256()
    for one, digest in zip(found, digests, strict=True):
        whole.update(key_of(one.path.removeprefix(prefix)) or b"\0")
        whole.update(digest.encode())
    return f"sha256:{whole.hexdigest()}"


def selected(records: Records, selector: Selector) -> Iterator[str]:
    """Give the path of each file and link that a selector counts; raises NotThere where the build fails."""
    yield from (path_of(key).lstrip("/") for key in _keys(records, selector) if not key.endswith(b"\0"))


def entries(records: Records, selector: Selector) -> Iterator[str]:
    """Give the path of each file, link and directory that a selector counts, and of a link that it follows.

    Raises NotThere where the build fails.
    """
    own = key_of(clean(selector.path))
    record = records.get(own)
    if selector.is_plain and record is not None and record.kind == LINK:
        yield path_of(own).strip("/")
    yield from filter(None, (path_of(key).strip("/") for key in _keys(records, selector)))


def _keys(records: Records, selector: Selector) -> Iterator[bytes]:
    if selector.is_plain:
        yield from _whole(records, selector.path, selector.follow)
        return
    for one in _included(records, selector)[1]:
        if one.is_top and selector.follow and one.kind == LINK:
            yield from _whole(records, one.path, selector.follow)
        else:
            yield one.key


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
        found = records.get(below)
        if found is not None and found.kind != DIRECTORY:
            yield below


def _digest(records: Records, path: str, follow: bool) -> str:
    key, _ = records.followed(key_of(clean(path)), last=follow)
    return records.digest(key)


def _included(records: Records, selector: Selector) -> tuple[str, list[_Found]]:
    """Give the part before the wildcard, and what is counted: files, links, and headers of directories."""
    path = clean(selector.path)
    include, exclude = _Filter.of(selector.include), _Filter.of(selector.exclude)
    prefix, keys = _start(records, selector, path)
    matches = compiled_glob(path) if selector.wildcard and path else None
    above: list[_Found] = []
    counted: list[_Found] = []
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
        one = _Found(name, key, record.kind, parent is None)
        is_included = _takes(one, candidate, parent, include, exclude)
        if is_included and record.kind != DIRECTORY:
            for directory in above:
                if not directory.is_counted:
                    counted.append(directory)
                    directory.is_counted = True
            counted.append(one)
            one.is_counted = True
        if record.kind == HEADER:
            above.append(one)
    if selector.required and not any(one.path.startswith(selector.required) for one in counted):
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
        return "", ((path_of(one), one) for one in records.keys)
    return prefix, iter(()) if record is None else _below(records, prefix, key)


def _below(records: Records, prefix: str, key: bytes) -> Iterator[tuple[str, bytes]]:
    resolved = path_of(key)
    for one in (key, *records.keys[records.index(key + b"\0") :]):
        path = path_of(one)
        yield prefix + path.removeprefix(resolved) if path.startswith(resolved) else path, one


def _takes(
    one: _Found, candidate: str, parent: _Found | None, include: _Filter | None, exclude: _Filter | None
) -> bool:
    if include is not None:
        one.included, matched = include.step(candidate, parent.included if parent else ())
        if not matched:
            return False
    if exclude is not None:
        one.excluded, matched = exclude.step(candidate, parent.excluded if parent else ())
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
        return cls([one for one in map(DockerignorePattern, patterns) if one.text])

    def step(self, path: str, parent: tuple[bool, ...]) -> tuple[tuple[bool, ...], bool]:
        """Give which patterns match a path or a parent of it, and whether the last of them selects it."""
        found, matched = [False] * len(self._patterns), False
        for at, pattern in enumerate(self._patterns):
            met = bool(parent) and parent[at]
            if not met:
                if pattern.exception != matched:
                    continue
                met = pattern.matches(path) or (not parent and self._meets_above(pattern, path))
            found[at] = met
            if met:
                matched = not pattern.exception
        return tuple(found), matched

    def _meets_above(self, pattern: DockerignorePattern, path: str) -> bool:
        return any(map(pattern.matches, ancestry(path)[:-1]))
