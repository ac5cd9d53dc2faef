"""What slips through a name that is written as for git: the same name, further down, sent."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ctxaudit.ignore.pattern import DockerignorePattern
from ctxaudit.model import Entry

MOST_NAMES = 20_000  # that are remembered
_ENDING = re.compile(r"\*\.\w+")


@dataclass(frozen=True, slots=True)
class Slip:
    """What is sent although a pattern of its name stands in the ignore file.

    places: paths below the root whose name matches, without those that have to stay. bytes: content of them and of all
    below. largest: the path of most bytes. is_waste: some finding is about one of them. stays: the first of those that
    have to stay, "" for none.
    """

    pattern: DockerignorePattern
    places: int
    bytes: int
    largest: str
    is_waste: bool
    stays: str


class Slips:
    """Takes the entries that are sent, in order, and whether each belongs to a finding.

    A pattern counts that is one name, is not an exception, and does not say that it means the root (`/name`).
    """

    def __init__(self, patterns: Sequence[DockerignorePattern], written: Sequence[str]) -> None:
        wanted = [
            pattern
            for pattern in patterns
            if pattern.line
            and "/" not in pattern.text
            and "**" not in pattern.text
            and not written[pattern.line - 1].startswith(("/", "./", "!"))
        ]
        covered = {pattern.text for pattern in patterns if not pattern.exception}
        wanted = [one for one in wanted if one.text.strip("*.") and f"**/{one.text}" not in covered and not one.refused]
        self._exact = {pattern.text: pattern for pattern in wanted if pattern.kind == "exact"}
        self._by_ending = {pattern.text[1:]: pattern for pattern in wanted if _ENDING.fullmatch(pattern.text)}
        self._others = [one for one in wanted if one.kind != "exact" and not _ENDING.fullmatch(one.text)]
        self._by_text = {pattern.text: pattern for pattern in wanted}
        self._by_name = functools.lru_cache(maxsize=MOST_NAMES)(self._pattern)
        self._found: dict[str, dict[str, int]] = {}
        self._waste: set[str] = set()
        self._open: tuple[str, str] | None = None

    @property
    def any(self) -> bool:
        """Whether there is a pattern to look for."""
        return bool(self._by_text)

    def holds(self, start: str) -> bool:
        """Whether paths that start so are below something that slipped through."""
        return self._open is not None and start.startswith(self._open[1])

    def add(self, start: str, content_bytes: int) -> None:
        """Count content below what slipped through, nothing elsewhere."""
        if self._open is not None and start.startswith(self._open[1]):
            self._found[self._open[0]][self._open[1][:-1]] += content_bytes

    def cuts(self, start: str, names: Sequence[str]) -> list[int]:
        """The numbers of the names that slip through."""
        if not self._by_text or not start or self.holds(start):
            return []
        return [number for number, found in enumerate(map(self._by_name, names)) if found]

    def see(self, entry: Entry, belongs: bool) -> None:
        path = entry.path
        if self._open is not None and not path.startswith(self._open[1]):
            self._open = None
        if self._open is not None:
            text, top = self._open
            self._found[text][top[:-1]] += entry.content_bytes
            return
        above, _, name = path.rpartition("/")
        pattern = self._by_name(name) if above else None
        if pattern is not None:
            self._found.setdefault(pattern.text, {})[path] = entry.content_bytes
            self._waste.update([pattern.text] if belongs else [])
            self._open = (pattern.text, f"{path}/") if entry.type == "dir" else None

    def all(self, has_to_stay: Callable[[str], bool]) -> Iterator[Slip]:
        """Give a row for each pattern that something slipped through, other than what is meant to."""
        for text, found in self._found.items():
            stays = sorted(filter(has_to_stay, found))
            sizes = sorted((-found[path], path) for path in found.keys() - set(stays))
            if sizes:
                total = -sum(size for size, _ in sizes)
                first = stays[0] if stays else ""
                yield Slip(self._by_text[text], len(sizes), total, sizes[0][1], text in self._waste, first)

    def _pattern(self, name: str) -> DockerignorePattern | None:
        found = self._exact.get(name) or self._by_ending.get(f".{name.rpartition('.')[2]}" if "." in name else "")
        return found or next((pattern for pattern in self._others if pattern.matches(name)), None)
