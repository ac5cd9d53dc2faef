"""Which kind of the catalogue a place is."""

from __future__ import annotations

import fnmatch
import functools
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from ctxaudit.ignore import DockerignorePattern, has_wildcard
from ctxaudit.model import EntryType, Place
from ctxaudit.rules import kinds
from ctxaudit.rules.kind import Kind

_Row = tuple[int, Kind, DockerignorePattern]


class NameKind(NamedTuple):
    """A kind that a place would be.

    placed: what is beside it says so as well. certain: nothing in it could say otherwise.
    """

    kind: Kind
    pattern: str
    placed: bool
    certain: bool


class Catalogue:
    """The kinds, indexed by the end of their patterns: most names of a tree are nobody's business."""

    def __init__(self, rows: Sequence[Kind] = kinds.ALL) -> None:
        self._by_name: dict[str, list[_Row]] = defaultdict(list)
        self._by_suffix: dict[str, list[_Row]] = defaultdict(list)
        self._by_parent: dict[str, list[_Row]] = defaultdict(list)
        self._by_glob: list[tuple[str, _Row]] = []
        self._always: list[_Row] = []
        self._last = kinds.LAST if kinds.LAST in rows else None
        for order, kind in enumerate(row for row in rows if row is not self._last):
            for text in kind.patterns:
                self._add(text, (order, kind, DockerignorePattern(text)))
        self._any_glob = re.compile("|".join(fnmatch.translate(glob) for glob, _ in self._by_glob) or "(?!)")
        self._named = functools.lru_cache(maxsize=16_384)(self._rows_of_name)
        self._floor = functools.lru_cache(maxsize=16_384)(self._floor_of_name)

    def kind_of(self, place: Place, *, ignored: bool = True) -> Kind | None:
        """Give the first kind whose name test and evidence hold.

        ignored: also ask the last row, which is about each entry that git lists as ignored.
        """
        name = place.path.rpartition("/")[2]
        for _, kind, pattern in self._rows(place.path, place.type):
            if pattern.matches(place.path):
                if any(fnmatch.fnmatchcase(name, glob) for glob in kind.unless):
                    ignored = False  # a name that another row excepts is not for the last one either
                elif kind.evidence.holds(place):
                    return kind
        return self._last if ignored and self._last and self._last.evidence.holds(place) else None

    def knows_name(self, name: str) -> bool:
        """Whether some kind is known by this very name."""
        return name in self._by_name

    def expected(self, place: Place, alone: Place, crowded: Place) -> NameKind | None:
        """Give the kind that a place would be which is not there, by its name and its neighbours.

        alone, crowded: the same place without neighbours, and with any that may be asked for. A kind that neighbours
        speak for comes before one that its name alone makes; where they could speak, and do not, the place has no kind.
        """
        found = []
        name = place.path.rpartition("/")[2]
        for _, kind, pattern in self._rows(place.path, place.type):
            is_named = pattern.text.rpartition("/")[2].strip("*") and pattern.matches(place.path)
            if is_named and not any(fnmatch.fnmatchcase(name, glob) for glob in kind.unless):
                said = kind.evidence.expected(place)
                if said is False:
                    continue
                by_itself = kind.evidence.expected(alone)
                if said is not by_itself or said is kind.evidence.expected(crowded):
                    found.append(NameKind(kind, pattern.text, said is not by_itself, said is True))
        return next((one for one in found if one.placed), found[0] if found else None)

    def is_candidate(self, path: str, type_: EntryType) -> bool:
        """Whether any kind may be about a path of this type, before anything is read."""
        return bool(self._rows(path, type_))

    def is_candidate_file(self, start: str, name: str, size: int) -> bool:
        """The same of a plain file of so many bytes in the directory whose paths start so."""
        if size > self._floor(name, "file"):
            return True
        below = self._by_parent.get(start[:-1].rpartition("/")[2], ()) if self._by_parent else ()
        return any("file" in kind.types for _, kind, _ in below)

    def _add(self, text: str, row: _Row) -> None:
        parent, last = f"/{text}".rsplit("/", 2)[-2:]
        if last == "**":
            self._always.append(row)
        elif last == "*" and not has_wildcard(parent):
            self._by_parent[parent].append(row)
        elif not has_wildcard(last) and "\\" not in last:
            self._by_name[last].append(row)
        elif last.startswith("*.") and not has_wildcard(last[2:]) and "." not in last[2:]:
            self._by_suffix[last[2:]].append(row)
        else:
            self._by_glob.append((last, row))

    def _rows(self, path: str, type_: EntryType) -> list[_Row]:
        """The rows whose pattern may match, in the order of the table."""
        parent, name = f"/{path}".rsplit("/", 2)[-2:]
        named = self._named(name, type_)
        below = [row for row in self._by_parent.get(parent, ()) if type_ in row[1].types]
        return sorted([*named, *below], key=_order) if below else named

    def _rows_of_name(self, name: str, type_: EntryType) -> list[_Row]:
        rows = [*self._by_name.get(name, ()), *self._by_suffix.get(name.rpartition(".")[2], ()), *self._always]
        if self._any_glob.match(name):
            rows += [row for glob, row in self._by_glob if fnmatch.fnmatchcase(name, glob)]
        return sorted((row for row in rows if type_ in row[1].types), key=_order)

    def _floor_of_name(self, name: str, type_: EntryType) -> float:
        """The size up to which none of the rows of a name holds of a file."""
        return min((kind.evidence.above for _, kind, _ in self._named(name, type_)), default=float("inf"))


@functools.cache
def catalogue() -> Catalogue:
    """The one catalogue, which remembers the names that it was asked about."""
    return Catalogue()


def _order(row: _Row) -> int:
    return row[0]
