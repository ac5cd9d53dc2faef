"""Both verdicts of moby/patternmatcher: the stateless one, and the walk's, which remembers the parent directory.

They disagree (a pattern that cannot change the verdict is not asked, so its match on a directory is not remembered
below it), and BuildKit uses both: the walk decides what is listed, the stateless one whether content is sent.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ctxaudit.ignore import go_path
from ctxaudit.ignore.pattern import DockerignorePattern


@dataclass(frozen=True, slots=True)
class Trail:
    """The walk's verdict about one path, and what its children inherit.

    excluded: the verdict.
    by: the pattern that had the last word, None where none matched.
    carried: a bit for each pattern (1 << index) that matched here or on a parent, and was asked there.
    """

    excluded: bool = False
    by: DockerignorePattern | None = None
    carried: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One pattern's say about a path.

    at: the path that it matched, the asked one or a parent directory of it.
    skipped: True where it would have matched `at`, and the walk did not ask.
    """

    pattern: DockerignorePattern
    at: str
    skipped: bool


class Matcher:
    """The patterns of one list, in order.

    exceptions: those that start with "!".
    may_disagree: whether the two verdicts can differ about a path that the walk includes.
    """

    def __init__(self, patterns: Sequence[DockerignorePattern]) -> None:
        self.patterns = tuple(pattern for pattern in patterns if pattern.text)
        self.exceptions = tuple(pattern for pattern in self.patterns if pattern.exception)
        self.exclusions = tuple(pattern for pattern in self.patterns if not pattern.exception)
        self.root = Trail()
        self._above = functools.lru_cache(maxsize=1024)(self._matching)
        first = next((index for index, pattern in enumerate(self.patterns) if pattern.exception), len(self.patterns))
        self.may_disagree = any(not pattern.exception for pattern in self.patterns[first:])

    @classmethod
    def of(cls, patterns: Sequence[str]) -> Matcher:
        """Compile patterns that came from no file."""
        return cls([DockerignorePattern(pattern) for pattern in patterns])

    def step(self, path: str, parent: Trail) -> Trail:
        """Give the walk's verdict about *path*, whose directory has the trail *parent*.

        Source: `MatchesUsingParentResults`. Raises PatternError where Go fails at match time.
        """
        excluded = False
        by: DockerignorePattern | None = None
        carried, inherited, bit = 0, parent.carried, 1
        for pattern in self.patterns:
            if inherited & bit or (pattern.exception is excluded and pattern.matches(path)):
                carried |= bit
                excluded = not pattern.exception
                by = pattern
            bit <<= 1
        return Trail(excluded, by, carried)

    def trail(self, path: str) -> Trail:
        """Give the walk's verdict about *path*, walked down from the root."""
        trail = self.root
        for at in ancestry(path):
            trail = self.step(at, trail)
        return trail

    def excludes(self, path: str) -> bool:
        """Give the stateless verdict: the patterns in order, each against the path and every parent.

        Source: `MatchesOrParentMatches`.
        """
        excluded = False
        above = self._above(path.rpartition("/")[0])
        for pattern in self.patterns:
            if pattern.exception is excluded and (pattern.matches(path) or above & 1):
                excluded = not pattern.exception
            above >>= 1
        return excluded

    def _matching(self, directory: str) -> int:
        """Give a bit for each pattern that matches the directory or one above it; errors are passed over, as in Go."""
        if not directory:
            return 0
        bits = self._above(directory.rpartition("/")[0])
        for index, pattern in enumerate(self.patterns):
            if not pattern.refused and pattern.matches(directory):
                bits |= 1 << index
        return bits

    def excludes_with_one_parent(self, path: str) -> bool:
        """Give the verdict of the deprecated `Matches`: each pattern also asks the one parent of its own depth."""
        excluded = False
        parents = ancestry(path)[:-1]
        for pattern in self.patterns:
            depth = pattern.text.count("/") + 1
            if pattern.exception is excluded and (
                pattern.matches(path) or (depth <= len(parents) and pattern.matches(parents[depth - 1]))
            ):
                excluded = not pattern.exception
        return excluded

    def steps(self, path: str) -> Iterator[Step]:
        """Give every pattern that matches *path* or a parent of it, in the order of the file."""
        trails = [self.root]
        for at in ancestry(path):
            trails.append(self.step(at, trails[-1]))
        for index, pattern in enumerate(self.patterns):
            for at, trail in zip(ancestry(path), trails[1:], strict=True):
                if pattern.matches(at):
                    yield Step(pattern, at, not trail.carried >> index & 1)

    def final_below(self, path: str, trail: Trail) -> bool:
        """Whether every entry below the directory *path* has its verdict.

        Matches are only ever added on the way down, so an excluded directory is lost unless an exception may still
        match below it, and an included one is safe unless an exclusion may.
        """
        undecided = self.exceptions if trail.excluded else self.exclusions
        parts = path.split("/")
        return not any(pattern.reaches_below(parts) for pattern in undecided)


def ancestry(path: str) -> list[str]:
    """Give the path's parents from the top, and the path itself."""
    parts = path.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def matches(patterns: Sequence[str], path: str) -> bool:
    """Say whether *patterns* exclude *path*: Docker's stateless verdict.

    patterns: as `parse_ignore` gives them. path: relative to the context root; "." is never excluded.
    Raises PatternError where Docker fails.
    """
    cleaned = go_path.clean(path)
    return cleaned != "." and Matcher.of(patterns).excludes(cleaned)
