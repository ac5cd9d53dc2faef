"""What slips through a name that is written as for git: the same name, further down, sent."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Iterator, Sequence

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.model import Entry, Node
from ctxaudit.rules import Slip
from ctxaudit.survey.observers import Observer
from ctxaudit.values import expression
from ctxaudit.walk import Batch, Measure

MOST_NAMES = 20_000  # that are remembered
_ENDING = expression(r"\*\.\w+")


class Slips(Observer):
    """Looks for what arrives, and whether it belongs to a finding.

    A pattern counts that is one name, is not an exception, and does not say that it means the root (`/name`).
    own_lines: the numbers of our lines, which mean what they say: the proposal weighed what lies further down.
    """

    def __init__(
        self, patterns: Sequence[DockerignorePattern], written: Sequence[str], own_lines: Container[int] = ()
    ) -> None:
        wanted = [
            pattern
            for pattern in patterns
            if pattern.line
            and pattern.line not in own_lines
            and "/" not in pattern.text
            and "**" not in pattern.text
            and not written[pattern.line - 1].startswith(("/", "./", "!"))
        ]
        covered = {pattern.text for pattern in patterns if not pattern.exception}
        # `*` and `*.*` mean nearly every name, and what `**/name` covers already does not slip through.
        wanted = [one for one in wanted if one.text.strip("*.") and f"**/{one.text}" not in covered and not one.refused]
        self._exact = {pattern.text: pattern for pattern in wanted if pattern.kind == "exact"}
        self._by_ending = {pattern.text[1:]: pattern for pattern in wanted if _ENDING.fullmatch(pattern.text)}
        self._others = [one for one in wanted if one.kind != "exact" and not _ENDING.fullmatch(one.text)]
        self._by_text = {pattern.text: pattern for pattern in wanted}
        self._by_name = functools.lru_cache(maxsize=MOST_NAMES)(self._pattern)
        self._found: dict[str, dict[str, int]] = {}
        self._unneeded: set[str] = set()
        self._open: tuple[str, str] | None = None

    @property
    def any(self) -> bool:
        """Whether there is a pattern to look for."""
        return bool(self._by_text)

    def needs_each(self, start: str) -> bool:
        # Below something that slipped through no name is looked at: all of it counts for the topmost.
        return not self._is_below(start)

    def may_need_each(self, path: str) -> bool:
        above, _, name = path.rpartition("/")
        return not self.needs_node(above, [name])

    def needs_node(self, start: str, names: Sequence[str]) -> list[int]:
        """Return the numbers of the names that slip through."""
        if not self._by_text or not start or self._is_below(start):
            return []
        return [number for number, found in enumerate(map(self._by_name, names)) if found]

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
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
            self._unneeded.update([pattern.text] if is_found else [])
            self._open = (pattern.text, f"{path}/") if entry.type == "dir" else None

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        self._count(batch.start, measure)

    def add_below(self, path: str, measure: Measure) -> None:
        self._count(f"{path}/", measure)

    def _count(self, start: str, measure: Measure) -> None:
        """Count content below what slipped through, nothing elsewhere."""
        if self._open is not None and start.startswith(self._open[1]):
            self._found[self._open[0]][self._open[1][:-1]] += measure.content

    def _is_below(self, start: str) -> bool:
        """Whether paths that start so are below something that slipped through."""
        return self._open is not None and start.startswith(self._open[1])

    def all(self, has_to_stay: Callable[[str], bool]) -> Iterator[Slip]:
        """Give a row for each pattern that something slipped through, other than what is meant to."""
        for text, found in self._found.items():
            stays = sorted(filter(has_to_stay, found))
            sizes = sorted((-found[path], path) for path in found.keys() - set(stays))
            if sizes:
                total = -sum(size for size, _ in sizes)
                first = stays[0] if stays else ""
                yield Slip(self._by_text[text], len(sizes), total, sizes[0][1], text in self._unneeded, first)

    def _pattern(self, name: str) -> DockerignorePattern | None:
        found = self._exact.get(name) or self._by_ending.get(f".{name.rpartition('.')[2]}" if "." in name else "")
        return found or next((pattern for pattern in self._others if pattern.matches(name)), None)
