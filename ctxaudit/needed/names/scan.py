"""Whether source may name one of some paths, by one expression over its bytes: most files name none of them.

A word of source names a path, something in it or a directory above it only if the first segment of the word without a
wildcard matches a segment of the path: what stands before that segment comes from the place of the file itself, and
what lies in a path names nothing of it. The expression looks for such a segment. It may find one where none is, which
costs time; it must not miss one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import re2

_Search = Callable[[bytes], Any]

MOST = 4000  # names in one expression; with more of them every file is read

# What stands before a segment, and behind it.
_BEGIN = r"(?:^|[^A-Za-z0-9_-]|%[sdv]|\)s|\$-)"
_BEGIN_OF_MARK = r"(?:^|[^A-Za-z0-9_.+-]|%[sdv]|\)s|\$[A-Za-z0-9_]+)"  # of `.env`
_END = r"(?:$|[^A-Za-z0-9_-])"
_BEFORE_NEXT = r"[./\\]+"  # a module is `a.b`
_AWAY = r"(?:$|[^A-Za-z0-9_./\\-]|[/\\][^\s\"'`]*\.\.)"  # the word ends, or leaves what it named
_NO_NEXT = r"(?:$|[^A-Za-z0-9_.-])"
# What a wildcard or the value of a variable begins with, and ends with.
_OPENS = r"[*$#{%@`]"
_CLOSES = r"(?:[*}@)`]|%[sdv]|\)s|\$[A-Za-z0-9_]+)"
_ROOT = rf"(?:(?:^|[^A-Za-z0-9_.-])[/\\]+|{_CLOSES}[/\\]+)"
_INSIDE = rf"{_CLOSES}[/\\]+"
# Functions whose argument lies below a directory that the source does not write.
_DIRECTORIES_OF_CALLS = {
    "storage": r"(?i:storage_path)",
    "public": r"(?i:public_path)",
    "resources": r"(?i:resource_path|classpathresource|getresource)",
    "database": r"(?i:database_path)",
    "app": r"(?i:app_path)",
    "config": r"(?i:config_path)",
}
_H2 = b"jdbc:h2:"


class Step(NamedTuple):
    """A segment of a path, and the one behind it; "" at the end."""

    segment: str
    behind: str


class Names(NamedTuple):
    """The segments of paths that are asked about.

    steps: of the paths in the context. roots, inner: the first and the other segments of their places in an image.
    """

    steps: frozenset[Step] = frozenset()
    roots: frozenset[Step] = frozenset()
    inner: frozenset[Step] = frozenset()

    @classmethod
    def of(cls, paths: Iterable[str], places: Iterable[str] = ()) -> Names:
        """Give the names of some paths of the context, and of some absolute ones of the image."""
        images = [list(_steps(place)) for place in places]
        return cls(
            frozenset(step for path in paths for step in _steps(path)),
            frozenset(steps[0] for steps in images if steps),
            frozenset(step for steps in images for step in steps[1:]),
        )

    @property
    def total(self) -> int:
        return sum(map(len, self))

    def includes(self, other: Names) -> bool:
        return all(one <= own for own, one in zip(self, other, strict=True))

    def plus(self, other: Names) -> Names:
        return Names(*(own | one for own, one in zip(self, other, strict=True)))

    def minus(self, other: Names) -> Names:
        return Names(*(own - one for own, one in zip(self, other, strict=True)))


def _steps(path: str) -> Iterator[Step]:
    parts = [part for part in path.split("/") if part]
    return map(Step, parts, [*parts[1:], ""])


class Scan:
    """What may name one of these. None stands for every path: then all does."""

    def __init__(self, names: Names | None) -> None:
        self._search = _search(names)
        calls = _calls(names) if names is not None else []
        self._calls = _compiled(calls) if calls else None
        self._names_one = functools.lru_cache(maxsize=16_384)(self._searched)
        self._every_import = names is None or any(step.segment.endswith("so") for step in names.steps)

    def file(self, path: str, head: bytes) -> bool:
        """Whether a file may."""
        if self._every_import and path.endswith((".py", ".pyw")):
            return True
        return self._search is None or bool(self._search(head)) or self._has_calls(head)

    def has_calls(self, code: str) -> bool:
        """Whether a call in the code, or before a literal in it, may give a literal another directory."""
        return self._has_calls(code.encode(errors="replace"))

    def _has_calls(self, code: bytes) -> bool:
        return _H2 in code or (self._calls is not None and bool(self._calls(code)))

    def word(self, text: str, before: str | None = None) -> bool:
        """Whether a literal may, with the code before it; None for code without such a call."""
        # NOTE: kept, as the files of a project repeat their literals.
        if self._names_one(text):
            return True
        return before is not None and self.has_calls(f"{before}{text}")

    def _searched(self, text: str) -> bool:
        return self._search is None or bool(self._search(f'"{text}"'.encode(errors="replace")))

    def imports(self, text: str) -> bool:
        """Whether an import may."""
        return self._every_import or self.word(text)


def _search(names: Names | None) -> _Search | None:
    if names is None or names.total > MOST:
        return None
    parts = [part for one, behind in _encoded(names.steps) for part in _of_step(one, behind)]
    for lead, steps in ((_ROOT, names.roots), (_INSIDE, names.inner)):
        parts += [f"{lead}(?:{part})" for one, behind in _encoded(steps) for part in _behind_a_slash(one, behind)]
    return _compiled(dict.fromkeys(parts))


def _encoded(steps: Iterable[Step]) -> list[tuple[bytes, bytes]]:
    return sorted((one.encode("utf-8", "surrogateescape"), to.encode("utf-8", "surrogateescape")) for one, to in steps)


def _of_step(one: bytes, behind: bytes) -> Iterator[str]:
    begin = _BEGIN if _is_of_word(one[0]) else _BEGIN_OF_MARK
    for stem in filter(None, dict.fromkeys((one, one.removesuffix(b".py")))):
        yield f"{begin}{_exactly(stem)}{_follow(stem, behind)}"
    if len(one) > 1:
        yield f"{begin}{_beginning(one)}{_OPENS}"
    yield from _with_wildcard(one)


def _behind_a_slash(one: bytes, behind: bytes) -> Iterator[str]:
    yield f"{_exactly(one)}{_follow(one, behind)}"
    if len(one) > 1:
        yield f"{_beginning(one)}{_OPENS}"
    yield from _with_wildcard(one)


def _follow(one: bytes, behind: bytes) -> str:
    """An expression for what comes behind a segment: nothing of another path, where the path goes on."""
    if not behind:
        return _end(one)
    wild = f"{_beginning(behind)}{_OPENS}" if len(behind) > 1 else _NO_NEXT
    return f"(?:{_AWAY}|{_BEFORE_NEXT}(?:{_NO_NEXT}|{_exactly(behind)}|{wild}))"


def _with_wildcard(one: bytes) -> Iterator[str]:
    """Give the segments that begin with a wildcard and match this one: `*st`, `${a}s*`."""
    if len(one) > 1:
        yield f"{_CLOSES}{_ending(one)}{_end(one)}"
    yield f"{_CLOSES}[{_exactly(bytes(sorted(set(one))))}]+{_OPENS}"


def _beginning(one: bytes) -> str:
    """An expression for each true beginning of a name: `d(?:i(?:s)?)?` of dist."""
    found = ""
    for byte in reversed(one[1:-1]):
        found = f"(?:{_exactly(bytes([byte]))}{found})?"
    return f"{_exactly(one[:1])}{found}"


def _ending(one: bytes) -> str:
    """An expression for each true ending of a name: `(?:(?:i)?s)?t` of dist."""
    found = ""
    for byte in one[1:-1]:
        found = f"(?:{found}{_exactly(bytes([byte]))})?"
    return f"{found}{_exactly(one[-1:])}"


def _end(one: bytes) -> str:
    return _END if _is_of_word(one[-1]) else ""


def _is_of_word(byte: int) -> bool:
    return (chr(byte).isalnum() and byte < 128) or byte == ord("_")


def _exactly(text: bytes) -> str:
    return "".join(chr(byte) if _is_of_word(byte) else f"\\x{{{byte:02x}}}" for byte in text)


def _calls(names: Names) -> list[str]:
    segments = {step.segment for step in names.steps}
    return [call for one, call in _DIRECTORIES_OF_CALLS.items() if one in segments]


def _compiled(parts: Iterable[str]) -> _Search | None:
    """Give the search for one of these; None if they are too many."""
    options = re2.Options()
    options.encoding, options.log_errors = re2.Options.Encoding.LATIN1, False
    try:
        search: _Search = re2.compile("|".join(parts).encode() or rb"[^\x00-\xff]", options).search
    except re2.error:
        return None
    return search


EVERYTHING = Scan(None)
