"""What a build left behind to be compared with: a saved report, or a cache that BuildKit exported.

Anybody may have written it: its size and depth are bounded, and each value has to be what it should be.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ctxaudit import __version__
from ctxaudit.cache.sides import Fact, Side
from ctxaudit.cache.verdicts import StepKey
from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular
from ctxaudit.model import text_fields
from ctxaudit.values import frozen

SCHEMA = "ctxaudit-cache-keys/1"
_SCHEMAS = "ctxaudit-cache-keys/"
_CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0"
INLINE = "moby.buildkit.cache.v0"
LARGEST = 256 << 20  # bytes of a saved report, or of the records of a cache
_LARGEST_INDEX = 4 << 20
_MOST = 1_000_000  # entries of a list
_LONGEST = 1 << 16  # characters of a string
_DEEPEST = 4  # indexes in indexes
_MOST_INDEXES = 1_000
_HASH = re.compile(r"[0-9a-f]{64}")
_LONE = re.compile(r"[\ud800-\udfff]")  # half of a surrogate pair
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_TYPES = ("file", "dir", "symlink", "fifo", "device", "socket")


class _Wrong(ValueError):
    """A value that is not what it should be, and where it stands."""


def document(side: Side) -> dict[str, Any]:
    """Give what is saved of a build: the keys of its steps, and of each file its name, mode and hashes."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "steps": [
            {
                "line": step_key.line,
                "stage": step_key.stage,
                "definition": step_key.definition,
                "own": step_key.own,
                "key": step_key.key,
            }
            for step_key in side.keys
        ],
        "contexts": [
            {**text_fields("name", name), "entries": [_entry(path, fact) for path, fact in tree.items()]}
            for name, tree in side.trees.items()
        ],
    }


def _entry(path: str, fact: Fact) -> dict[str, Any]:
    return {
        **text_fields("path", path),
        "type": fact.kind,
        "mode": fact.mode,
        "digest": fact.digest,
        **text_fields("target", fact.target),
        "xattrs": fact.xattrs,
        "content": fact.content(),
    }


def read(file: str) -> Side | Exported:
    """Read a saved report, or the JSON of an exported cache; raises CtxauditError for what is neither."""
    data = read_regular(file, LARGEST + 1)
    if data is None:
        raise CtxauditError("this is not a file, or it cannot be read", where=file)
    if len(data) > LARGEST:
        raise CtxauditError(f"a file of more than {LARGEST:,} bytes is not read", where=file)
    try:
        saved = _json(data)
        if saved.get("schema") == SCHEMA:
            return _side(saved, file)
        if str(saved.get("schema", "")).startswith(_SCHEMAS):
            raise _Wrong("another version of ctxaudit saved it, in another form")
        if INLINE in saved:
            return _exported({"records": _inline(saved[INLINE])}, file)
        if "records" in saved:
            return _exported(saved, file)
        raise _Wrong("it has neither the schema of a saved report nor the records of a cache")
    except _Wrong as error:
        fix = "write one with: ctxaudit cache --save FILE"
        raise CtxauditError(f"this is not a saved report or an exported cache: {error}", where=file, fix=fix) from error


def _json(data: bytes) -> dict[str, Any]:
    return _members(_loaded(data), "it")


def _loaded(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _Wrong("it is not JSON") from error


def _inline(value: object) -> object:
    """Give the records in an image's configuration, as `--cache-to type=inline` puts them there."""
    try:
        data = base64.b64decode(value if isinstance(value, str) else "", validate=True)
    except ValueError as error:
        raise _Wrong(f"{INLINE} is not base64") from error
    return _loaded(data)


def _side(report: Mapping[str, Any], name: str) -> Side:
    keys = tuple(_key(_members(step, "steps"), at) for at, step in enumerate(_items(report.get("steps"), "steps")))
    trees = {}
    for context in _items(report.get("contexts"), "contexts"):
        members = _members(context, "contexts")
        entries = _items(members.get("entries"), "entries")
        trees[_text(members, "name")] = dict(_fact(_members(entry, "entries")) for entry in entries)
    return Side(name, keys, trees)


def _key(step: Mapping[str, Any], at: int) -> StepKey:
    definition, own, key = (str(step.get(name)) for name in ("definition", "own", "key"))
    if not all(map(_HASH.fullmatch, (definition, own, key))):
        raise _Wrong(f"steps[{at}] has no hashes")
    return StepKey(_number(step, "line"), _number(step, "stage"), "", "", definition, own, key)


def _fact(entry: Mapping[str, Any]) -> tuple[str, Fact]:
    path, target = _text(entry, "path"), _text(entry, "target")
    parts = path.split("/")
    if not path or path.startswith("/") or "\0" in path or {"", ".", ".."} & set(parts):
        raise _Wrong("a path is not one of a context")
    kind, mode = entry.get("type"), _number(entry, "mode")
    if kind not in _TYPES or mode > 0o7777:
        raise _Wrong("a type or a mode is not valid")
    digest, xattrs, content = (_hash(entry.get(name)) for name in ("digest", "xattrs", "content"))
    return path, Fact(kind, mode, digest, target, xattrs, lambda: content)


def _hash(value: object) -> str:
    if value == "":
        return ""
    if not isinstance(value, str) or not (_HASH.fullmatch(value) or _DIGEST.fullmatch(value)):
        raise _Wrong("a hash is not valid")
    return value


def _number(members: Mapping[str, Any], name: str) -> int:
    value = members.get(name)
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise _Wrong(f"{name} is not a number of its kind")
    return value


def _text(members: Mapping[str, Any], name: str) -> str:
    value, raw = members.get(name), members.get(f"{name}_b64")
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise _Wrong(f"{name} is not a string, or too long")
    if raw is None:
        if _LONE.search(value):
            raise _Wrong(f"{name} is not text")
        return value
    try:
        return base64.b64decode(str(raw)[: 2 * _LONGEST], validate=True).decode("utf-8", "surrogateescape")
    except ValueError as error:
        raise _Wrong(f"{name}_b64 is not base64") from error


def _items(value: object, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise _Wrong(f"{where} is not a list, or too long")
    return value


def _members(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(f"{where} is not an object")
    return value


@frozen
class _Record:
    """A record of an exported cache: its digest, and the records that it stands on, alternatives of each input."""

    digest: str
    links: tuple[tuple[int, ...], ...]


class Exported:
    """A cache that a builder exported: which contents it knows, and which steps follow which.

    Source: moby/buildkit 73ed682, cache/remotecache/v1/spec.go.
    """

    def __init__(self, name: str, records: Sequence[_Record]) -> None:
        self.name = name
        self._by_digest: dict[str, set[int]] = {}
        self._users: dict[int, set[int]] = {}
        for number, record in enumerate(records):
            if not record.links:
                self._by_digest.setdefault(record.digest, set()).add(number)
            for alternatives in record.links:
                for link in alternatives:
                    self._users.setdefault(link, set()).add(number)

    def knows(self, key: str) -> bool:
        """Whether the content of this key is in it."""
        return key in self._by_digest

    def users(self, key: str) -> frozenset[int]:
        """Give the records of the steps that read this content."""
        return frozenset().union(*(self._users.get(record, ()) for record in self._by_digest.get(key, ())))

    def following(self, records: frozenset[int]) -> frozenset[int]:
        """Give the records that stand on one of these."""
        return frozenset().union(*(self._users.get(record, ()) for record in records))


def read_directory(directory: str) -> Exported:
    """Read what `--cache-to type=local` wrote; raises CtxauditError for what is not that."""
    try:
        index = read_regular(os.path.join(directory, "index.json"), _LARGEST_INDEX)
        if index is None:
            raise _Wrong("it has no index.json")
        for config in _configs(directory, _json(index), 0, set()):
            return _exported(config, directory)
        raise _Wrong(f"it names no {_CACHE_CONFIG}")
    except _Wrong as error:
        raise CtxauditError(f"this is not an exported cache: {error}", where=directory) from error


def _configs(directory: str, index: Mapping[str, Any], depth: int, seen: set[str]) -> Iterator[dict[str, Any]]:
    """Find the records in an index, or in an index or a manifest that it names; each is read once.

    seen: the digests of those that were read.
    """
    if depth >= _DEEPEST:
        raise _Wrong("its indexes are too deep")
    own = [] if index.get("config") is None else [index["config"]]
    for entry in [*_items(index.get("manifests", []), "manifests"), *own]:
        descriptor = _members(entry, "a descriptor")
        kind, digest = descriptor.get("mediaType"), _digest(descriptor.get("digest"))
        if digest in seen:
            continue
        seen.add(digest)
        if kind == _CACHE_CONFIG:
            yield _json(_blob(directory, digest, LARGEST))
        elif isinstance(kind, str) and kind.endswith(("index.v1+json", "manifest.v1+json", "manifest.list.v2+json")):
            if len(seen) > _MOST_INDEXES:
                raise _Wrong(f"it has more than {_MOST_INDEXES:,} indexes")
            yield from _configs(directory, _json(_blob(directory, digest, _LARGEST_INDEX)), depth + 1, seen)


def _digest(value: object) -> str:
    match = _DIGEST.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _Wrong("a digest is not valid")
    return match[1]


def _blob(directory: str, digest: str, limit: int) -> bytes:
    data = read_regular(os.path.join(directory, "blobs", "sha256", digest), limit + 1)
    if data is None or len(data) > limit:
        raise _Wrong(f"a blob is not there, or larger than {limit:,} bytes")
    if hashlib.sha256(data).hexdigest() != digest:
        raise _Wrong("a blob is not what its name says")
    return data


def _exported(config: Mapping[str, Any], name: str) -> Exported:
    rows = _items(config.get("records"), "records")
    return Exported(name, [_record(_members(row, "records"), len(rows)) for row in rows])


def _record(row: Mapping[str, Any], number: int) -> _Record:
    digest = row.get("digest")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise _Wrong("a record has no digest")
    inputs = _items(row.get("inputs", []), "inputs")
    links = tuple(tuple(_link(link, number) for link in _items(each, "inputs")) for each in inputs)
    return _Record(digest, links)


def _link(link: object, number: int) -> int:
    """Give the record that a link leads to; the first one is often not written, as it is 0."""
    at = _members(link, "a link").get("link", 0)
    if type(at) is not int or not 0 <= at < number:
        raise _Wrong("a link leads to no record")
    return at
