"""Which kind of the catalogue a place is."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import field
from operator import itemgetter
from typing import get_args

from ctxaudit.ignore import DockerignorePattern, has_wildcard
from ctxaudit.model import EntryType, Finding, Location, Node, Place, Reach, Severity
from ctxaudit.rules import kinds
from ctxaudit.rules.evidence import Kind
from ctxaudit.rules.kinds import LAST, OPEN
from ctxaudit.values import any_glob, counted, expression, frozen, glob_test, record, shown_size

_Row = tuple[int, Kind, str]  # the kind's place in the table, the kind, one of its patterns
# Made when a name first meets it: an audit meets few of the hundreds of patterns.
_pattern = functools.cache(DockerignorePattern)
_WILDCARD = expression(r"\[[^]]*\]|[*?]")


@frozen
class NameKind:
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
        self._by_glob: dict[str, list[_Row]] = defaultdict(list)
        self._always: list[_Row] = []
        self._last = kinds.LAST if kinds.LAST in rows else None
        for order, kind in enumerate(row for row in rows if row is not self._last):
            for text in kind.patterns:
                self._add(text, (order, kind, text))
        literal = {glob: re.split(r"[]*?[]", glob) for glob in self._by_glob}
        self._starts = tuple(parts[0] for parts in literal.values() if parts[0])
        self._ends = tuple(parts[-1] for parts in literal.values() if not parts[0] and parts[-1])
        self._open_globs = [glob for glob, parts in literal.items() if not (parts[0] or parts[-1])]
        self._named = functools.lru_cache(maxsize=16_384)(self._rows_of_name)
        self._floor = functools.lru_cache(maxsize=16_384)(self._floor_of_name)

    def kind_of(self, place: Place, *, ignored: bool = True) -> Kind | None:
        """Give the first kind whose name test and evidence hold.

        ignored: also ask the last row, which is about each entry that git lists as ignored.
        """
        name = place.path.rpartition("/")[2]
        for _, kind, text in self._rows(place.path, place.type):
            if _pattern(text).matches(place.path):
                if any_glob(kind.unless, name):
                    ignored = False  # a name that another row excepts is not for the last one either
                elif kind.evidence.holds(place):
                    return kind
        return self._last if ignored and self._last and self._last.evidence.holds(place) else None

    def knows_name(self, name: str) -> bool:
        """Whether some kind is known by this very name."""
        return name in self._by_name

    def named(self, path: str) -> Kind | None:
        """Give the kind that names the path best, whatever is there: `Thumbs.db` comes before `*.db`."""
        rows = {(order, text): kind for type_ in get_args(EntryType) for order, kind, text in self._rows(path, type_)}
        by_name = {at: kind for at, kind in rows.items() if _names(at[1], path)}
        return by_name[min(by_name, key=lambda at: (*_vagueness(at[1]), at))] if by_name else None

    def expected(self, place: Place, alone: Place, crowded: Place) -> NameKind | None:
        """Give the kind that a place would be which is not there, by its name and its neighbours.

        alone, crowded: the same place without neighbours, and with any that may be asked for. A kind that neighbours
        speak for comes before one that its name alone makes; where they could speak, and do not, the place has no kind.
        """
        name_kinds = []
        name = place.path.rpartition("/")[2]
        for _, kind, text in self._rows(place.path, place.type):
            pattern = _pattern(text)
            is_named = pattern.text.rpartition("/")[2].strip("*") and pattern.matches(place.path)
            if is_named and not any_glob(kind.unless, name):
                is_expected = kind.evidence.expected(place)
                if is_expected is False:
                    continue
                by_itself = kind.evidence.expected(alone)
                if is_expected is not by_itself or is_expected is kind.evidence.expected(crowded):
                    name_kinds.append(NameKind(kind, pattern.text, is_expected is not by_itself, is_expected is True))
        return next((name_kind for name_kind in name_kinds if name_kind.placed), name_kinds[0] if name_kinds else None)

    def is_candidate(self, path: str, type_: EntryType) -> bool:
        """Whether any kind may be about a path of this type, before anything is read."""
        return bool(self._rows(path, type_))

    def candidate_files(self, start: str, names: Sequence[str], sizes: Sequence[int]) -> tuple[int, ...]:
        """Give the numbers of the plain files that any kind may be about, of the directory whose paths start so."""
        below = self._by_parent.get(start[:-1].rpartition("/")[2], ())
        least = min((kind.evidence.above for _, kind, _ in below if "file" in kind.types), default=float("inf"))
        floor = self._floor
        files = enumerate(zip(names, sizes, strict=True))
        return tuple([number for number, (name, size) in files if size > least or size > floor(name, "file")])

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
            self._by_glob[last].append(row)

    def _rows(self, path: str, type_: EntryType) -> list[_Row]:
        """The rows whose pattern may match, in the order of the table."""
        parent, name = f"/{path}".rsplit("/", 2)[-2:]
        named = self._named(name, type_)
        below = [row for row in self._by_parent.get(parent, ()) if type_ in row[1].types]
        return sorted([*named, *below], key=itemgetter(0)) if below else named

    def _rows_of_name(self, name: str, type_: EntryType) -> list[_Row]:
        rows = [*self._by_name.get(name, ()), *self._by_suffix.get(name.rpartition(".")[2], ()), *self._always]
        # Few names begin or end as a glob does, so that most are not compared with each of them.
        if name.startswith(self._starts) or name.endswith(self._ends) or any_glob(self._open_globs, name):
            rows += [row for glob, own in self._by_glob.items() if glob_test(glob)(name) for row in own]
        return sorted((row for row in rows if type_ in row[1].types), key=itemgetter(0))

    def _floor_of_name(self, name: str, type_: EntryType) -> float:
        """The size up to which none of the rows of a name holds of a file."""
        return min((kind.evidence.above for _, kind, _ in self._named(name, type_)), default=float("inf"))


def _names(text: str, path: str) -> bool:
    """Whether a pattern matches a path, and is not made of wildcards alone."""
    return bool(text.strip("*/")) and _pattern(text).matches(path)


def _vagueness(text: str) -> tuple[int, int]:
    """The fewer characters a pattern writes out, and the more wildcards it has, the less it says of a path."""
    written = len(_WILDCARD.sub("", text))
    return -written, len(text) - written


_CATALOGUES: dict[bool, Catalogue] = {}


def catalogue(*, for_cache: bool = False) -> Catalogue:
    """The one catalogue, which remembers the names that it was asked about.

    for_cache: with the kinds that are found where a project asks for the cache's sake.
    """
    if for_cache not in _CATALOGUES:
        chosen = [kind for kind in kinds.ALL if for_cache or kind.name not in kinds.FOR_CACHE]
        _CATALOGUES[for_cache] = Catalogue(chosen)
    return _CATALOGUES[for_cache]


@functools.cache
def catalogue_for_cache() -> Catalogue:
    """The kinds alone that are found for the cache's sake."""
    return Catalogue([kind for kind in kinds.ALL if kind.name in kinds.FOR_CACHE])


# Findings of the catalogue, collected while the tree passes by.

HEAVY = 1_000_000  # bytes from which a note is a warning: small by nature, until it is not


@record
class FoundPath:
    """files, bytes: what is kept below it. arrives: at least a directory of it is kept."""

    kind: Kind
    path: str
    type: EntryType
    pattern: str
    files: int = 0
    bytes: int = 0
    arrives: bool = False


@record
class Finder:
    """Takes the walk's nodes in order. A directory that is not needed is one finding, and nothing below it is asked.

    Below one that is a mere note the errors are still looked for: a note must not hide a secret. The last row of the
    catalogue, and those of what git does not know, hide nothing: what another row finds below is another finding.
    _ignored: paths that git lists as ignored, each of which the last row is asked about.
    """

    _catalogue: Catalogue
    _ignored: Container[str] = ()
    found: list[FoundPath] = field(default_factory=list)  # in the order of the walk
    _open: list[FoundPath] = field(default_factory=list)

    def asks_in(self, start: str) -> bool:
        """Whether anything is asked of paths that start so."""
        found_path = self._holding(start)
        return found_path is None or found_path.kind.severity == "note"

    def go_to(self, path: str) -> None:
        """Go on to the next path of the walk: what was found above it stays open, the rest is behind."""
        while self._open and not path.startswith(f"{self._open[-1].path}/"):
            self._open.pop()

    def asks(self, node: Node) -> bool:
        """Whether evidence has to be asked about the node that the walk is at."""
        asks = not self._open or self._open[-1].kind.severity == "note"
        if not (asks and node.permitted):
            return False
        return node.path in self._ignored or self._catalogue.is_candidate(node.path, node.type)

    def add(self, node: Node, kind: Kind, pattern: str) -> None:
        """Take what evidence said of a node that it was asked about; *pattern* would exclude it."""
        is_inside = bool(self._open) and not (self._open[-1].kind.name in OPEN and kind is not LAST)
        if not is_inside or kind.severity == "error":
            self._open.append(FoundPath(kind, node.path, node.type, pattern))
            self.found.append(self._open[-1])

    def count(self, start: str, files: int, content_bytes: int) -> bool:
        """Count entries that are kept, and say whether they belong to a finding.

        start: how their paths begin, up to a slash; of one entry its own path with a slash.
        """
        found_path = self._holding(start)
        if found_path is None:
            return False
        found_path.files += files
        found_path.bytes += content_bytes
        found_path.arrives = True
        return True

    def kind_of(self, path: str) -> tuple[str, Kind] | None:
        """Give the path and the kind of what an entry belongs to, None for nothing that was found."""
        found_path = self._holding(f"{path}/")
        return (found_path.path, found_path.kind) if found_path else None

    def _holding(self, start: str) -> FoundPath | None:
        """The innermost of what was found that holds the paths that start so."""
        for found_path in reversed(self._open):
            if start.startswith(f"{found_path.path}/"):
                return found_path
        return None


def findings_of(
    permitted: Sequence[FoundPath],
    sent: Sequence[FoundPath],
    furthest: Callable[[str], tuple[Reach, Location | None]],
    *,
    git_says: bool = True,
) -> Iterator[Finding]:
    """Give what was found, in the order of the walk; *furthest* says how far a path that is sent gets, and by what.

    git_says: whether git says what it tracks, so that evidence may.
    permitted, sent: found among what the ignore file lets through, and among what of it is used; what is not used is
    a note, as this build does not carry it.
    """
    arrived = {found_path.path: found_path for found_path in sent if found_path.arrives}
    for found_path in permitted:
        found_path = arrived.get(found_path.path, found_path)
        is_sent = found_path.path in arrived
        reach, location = furthest(found_path.path) if is_sent else ("permitted", None)
        severity: Severity = found_path.kind.severity if is_sent else "note"
        if is_sent and severity == "note" and found_path.bytes >= HEAVY:
            severity = "warning"
        test = found_path.kind.evidence
        evidence = test.words if git_says or test.without_git is None else test.without_git
        yield Finding(
            rule=found_path.kind.name,
            kind=found_path.kind.name,
            severity=severity,
            path=found_path.path,
            type=found_path.type,
            files=found_path.files,
            bytes=found_path.bytes,
            reach=reach,
            location=location,
            message=_message(found_path, is_sent, evidence or found_path.kind.category),
            evidence=evidence,
            pattern=found_path.pattern,
        )


def _message(found_path: FoundPath, is_sent: bool, reason: str) -> str:
    slash = "/" * (found_path.type == "dir")
    in_files = f" in {counted(found_path.files, 'file')}" if found_path.type == "dir" else ""
    verb = "is" if is_sent else "is permitted, not sent, and"
    return f"{found_path.path}{slash} {verb} {shown_size(found_path.bytes)}{in_files}: {reason}"
