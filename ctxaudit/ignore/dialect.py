"""The ignore file as programs other than Docker read it: what their dialects have in common.

Each of them asks a list of patterns in order, and the last one that matches decides; whether a pattern also matches
what is below a directory is the pattern's own business. The files of `ctxaudit/builders/` say how each reads a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.matcher import Matcher, Step, Trail, ancestry
from ctxaudit.values import expression

_SPECIAL = expression(r"[*?\\\[\]{}()+]")
_FREE = expression(r"[|^\x80-\U0010ffff]")  # an alternation and an anchor free a pattern from its own start


class DialectPattern(DockerignorePattern):
    """A pattern that has a whole path for its only question: `matches` also says whether it covers what is below.

    ignores_case: the program compares without case.
    """

    __slots__ = ()

    ignores_case = False

    def _segments(self) -> tuple[str, ...] | None:
        return None

    def _test(self) -> Callable[[str], bool]:
        return self._search

    def reaches_below(self, directory: str) -> bool:
        """Whether the pattern may match something below the directory; never False where it could."""
        text, below = self.text, f"{directory}/"
        if _FREE.search(text) or (self.ignores_case and not directory.isascii()):
            return True
        start = _SPECIAL.split(text, 1)[0]
        if start != text:
            start = start[:-1]  # what stands behind it may repeat its last character, or none of it
        if self.ignores_case:
            start, below = start.lower(), below.lower()
        return below.startswith(start) or start.startswith(below)


class DialectMatcher(Matcher):
    """The patterns of one list, of which the last that matches a path decides about it."""

    is_dockers = False

    @classmethod
    def parse(cls, name: str, data: bytes) -> tuple[DockerignorePattern, ...]:
        rows = enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1)
        patterns = (cls.line(line, name, number) for number, row in rows for line in cls.lines(row))
        return tuple(pattern for pattern in patterns if pattern is not None)

    @classmethod
    def lines(cls, raw: str) -> list[str]:
        """Divide what a newline ends into what the program takes for lines."""
        return [raw]

    @classmethod
    def line(cls, raw: str, file: str = "", number: int = 0) -> DockerignorePattern | None:
        raise NotImplementedError

    def _carried(self, inherited: int, hits: int, path: str) -> int:
        """Give a bit for each pattern that matches the path; nothing is carried, as each is asked anew."""
        return sum(1 << index for index, pattern in enumerate(self.patterns) if pattern.matches(path))

    def is_uniform_below(self, trail: Trail) -> bool:
        # A match on the directory says nothing of what is below it: each path is asked anew.
        changing = self.exceptions if trail.excluded else self.exclusions
        return not any(not trail.path or pattern.reaches_below(trail.path) for pattern in changing)

    def excludes(self, path: str) -> bool:
        by = self.last_of(self._carried(0, 0, path))
        return by is not None and not by.exception

    def excludes_with_one_parent(self, path: str) -> bool:
        return self.excludes(path)

    def steps(self, path: str) -> Iterator[Step]:
        """Give every pattern that matches *path*, with the first of its parents at which it does."""
        for pattern in self.patterns:
            if pattern.matches(path):
                at = next(ancestor for ancestor in ancestry(path) if ancestor == path or pattern.matches(ancestor))
                yield Step(pattern, at, skipped=False)
