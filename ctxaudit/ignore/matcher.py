"""Both verdicts of moby/patternmatcher: the stateless one, and the walk's, which remembers the parent directory.

They disagree (a pattern that cannot change the verdict is not asked, so its match on a directory is not remembered
below it), and BuildKit uses both: the walk decides what is listed, the stateless one whether content is sent.
"""

from __future__ import annotations

import functools
import operator
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Self

from ctxaudit.ignore import (
    ANY_DEPTH,
    LINES_DEPTH,
    WILDCARD,
    DockerignorePattern,
    Refused,
    clean_path,
    has_re2,
    linear,
    segment_regex,
    segment_test,
    valid_utf8,
)
from ctxaudit.ignore.file import patterns_of
from ctxaudit.values import LONGEST_PATH, expression, frozen

# A lazy automaton over path segments: which of many patterns match a path, for one dictionary look-up a name.
#
# The patterns stand in a tree of their segments, so that ten thousand that start alike cost no more than one; a
# position is the set of branches that a path has reached. Positions are made when they are first met.

MOST_NAMES = 20_000  # remembered at once: a directory of a million files must not fill the memory
# What each name begins with that a glob matches; of ASCII alone, as bytes and not characters are compared.
_START = expression(r"[\x00-)+->@-Z^-\x7f]*")  # ASCII without * ? [ \ ]
_ENDING = expression(r"\*([^*?\[\]\\]+)")
_TOGETHER = 128  # globs of one expression: RE2 has no room for the states of thousands, and is slow without them

_Row = tuple[int, Sequence[str], int]  # a pattern's index and segments, and the number of the segment that comes next
Signature = tuple[str, ...]  # the segments of all patterns that one name matches


class _Branch:
    """A point between two segments in the tree of patterns. What is behind it is made when a path first comes here.

    ends: the patterns that match a path which comes here; live: a bit for each that may match below.
    """

    __slots__ = ("_children", "_depth", "_rows", "ends", "live")

    def __init__(self, depth: str = "") -> None:
        self._depth = depth  # `**` stands for any number of directories: its branch leads back to itself
        self._rows: list[_Row] = []
        self._children: dict[str, _Branch] = {depth: self} if depth else {}
        self.ends = self.live = 0

    def add(self, index: int, parts: Sequence[str], at: int) -> None:
        """Let a pattern go on here with its segment number *at*."""
        while self._depth and parts[at : at + 1] == (self._depth,):
            at += 1
        if at == len(parts):
            self.ends |= 1 << index
        else:
            self._rows.append((index, parts, at))
        if at < len(parts) or self._depth:
            self.live |= 1 << index

    def child(self, segment: str) -> _Branch | None:
        for index, parts, at in self._rows:
            part = parts[at]
            branch = self._children.get(part)
            if branch is None:
                branch = self._children[part] = _Branch(part if part in (ANY_DEPTH, LINES_DEPTH) else "")
            branch.add(index, parts, at + 1)
        self._rows = []
        return self._children.get(segment)


class Position:
    """What is known of a path. There is one position for each set of branches, however many paths reach it.

    hits: a bit (1 << index) for each pattern that matches the path itself; live: for each that may match below it.
    """

    __slots__ = ("_automaton", "_branches", "_children", "hits", "live")

    def __init__(self, automaton: _Automaton, branches: frozenset[_Branch], hits: int) -> None:
        self._automaton = automaton
        self._branches = branches
        self._children: dict[Signature, Position] = {}
        self.hits = hits
        self.live = 0
        for branch in branches:
            self.live |= branch.live

    def child(self, signature: Signature) -> Position:
        """Return the position of a child whose name has this signature."""
        position = self._children.get(signature)
        if position is None:
            children = (branch.child(segment) for branch in self._branches for segment in signature)
            position = self._automaton.position({child for child in children if child is not None})
            self._children[signature] = position
        return position


class _Automaton:
    """The patterns of one list by their index, each as its segments."""

    def __init__(self, patterns: Iterable[tuple[int, Sequence[str]]]) -> None:
        root = _Branch()
        segments: set[str] = set()
        for index, parts in patterns:
            segments.update(parts)
            root.add(index, parts, 0)
        self.signatures = _Signatures(segments)
        self._positions: dict[tuple[frozenset[_Branch], int], Position] = {}
        self.root = self.position({root})

    def position(self, reached: set[_Branch]) -> Position:
        """Give the position of a path that reached these branches."""
        hits = 0
        for branch in reached:
            hits |= branch.ends
        # Hits come from what was reached, not from what `**` may skip: `a/**` matches below `a`, and not `a` itself.
        key = (frozenset(_with_skipped(reached)), hits)
        position = self._positions.get(key)
        if position is None:
            position = self._positions[key] = Position(self, *key)
        return position


class _Signatures:
    """Which of some segments match a name: `*.log` and `a*` of `*.log`, `a*`, `b` for `a.log`. Each is found once.

    Most patterns of an ignore file are names or `*` and an ending, which two look-ups in dictionaries decide; only what
    else there is and begins as the name does asks RE2, and of thousands of such segments one expression for many first.
    """

    def __init__(self, segments: set[str]) -> None:
        self._known: dict[str, Signature] = {}
        globs = {segment for segment in segments if WILDCARD.search(segment)} - {ANY_DEPTH, LINES_DEPTH}
        self._names = segments - globs
        self._always = tuple(segment for segment in (ANY_DEPTH, "*") if segment in segments)
        self._endings = {match[1]: glob for glob in globs if (match := _ENDING.fullmatch(glob))}
        self._lengths = sorted({len(ending) for ending in self._endings})
        others: dict[str, list[str]] = {}
        for glob in sorted(globs - {"*"} - set(self._endings.values())):
            start = _START.match(glob)
            others.setdefault(start[0] if start else "", []).append(glob)
        self._others = {
            start: [tuple(of_start[at : at + _TOGETHER]) for at in range(0, len(of_start), _TOGETHER)]
            for start, of_start in others.items()
        }
        self._start_lengths = sorted({len(start) for start in self._others})

    def of(self, name: str) -> Signature:
        """Return the segments that match a name."""
        signature = self._known.get(name)
        if signature is None:
            if len(self._known) >= MOST_NAMES:
                self._known.clear()
            signature = self._known[name] = (*self._always, *self._matching(name))
        return signature

    def _matching(self, name: str) -> Iterator[str]:
        # Go compiles `**` in the midst of a pattern to `(.*/)?`, and RE2's dot does not match a newline.
        if "\n" not in name:
            yield LINES_DEPTH
        if name in self._names:
            yield name
        for length in self._lengths:
            glob = self._endings.get(name[-length:])
            if glob is not None:
                yield glob
        for length in self._start_lengths:
            for globs in self._others.get(name[:length], ()) if length <= len(name) else ():
                if len(globs) == 1 or _any_of(globs)(name):  # compiled here: of thousands few are ever asked
                    yield from (glob for glob in globs if segment_test(glob)(name))


def _with_skipped(reached: set[_Branch]) -> set[_Branch]:
    """Add the branches behind `**` that stands for no directory at all."""
    pending, branches = list(reached), set(reached)
    while pending:
        branch = pending.pop()
        for segment in (ANY_DEPTH, LINES_DEPTH):
            behind = branch.child(segment)
            if behind is not None and behind not in branches:
                branches.add(behind)
                pending.append(behind)
    return branches


@functools.lru_cache(maxsize=1024)
def _any_of(globs: tuple[str, ...]) -> Callable[[str], Any]:
    """Test a name against some globs at once, always true where that cannot be had."""
    if not has_re2():  # of many at once, each position of the automaton costs more than asking them one by one
        return lambda name: True
    try:
        search = linear("|".join(map(segment_regex, globs))).search
    except Refused:  # too large
        return lambda name: True
    return lambda name: search(valid_utf8(name).encode())


class Trail:
    """The walk's verdict about one path, and what its children inherit: `trail.child(name)` is a child's.

    Of `a`, `!a/b` and `a/b/c`, the trail of `a` is excluded and carries the first pattern; that of `a/b` carries the
    first two, and is not excluded; that of `a/b/c` carries all three. A pattern that cannot change the verdict is not
    asked: of `x` and `!x` alone, the exception is not carried where `x` did not match.

    excluded: the verdict. by: the deciding pattern, None if no pattern matches.
    carried: a bit for each pattern (1 << index) that matched here or on a parent, and was asked there.
    matched: a bit for each that matched, asked or not; of the patterns that have segments.
    path: "" where all patterns have segments, as one trail then stands for many paths.
    position: None where there is no pattern.
    """

    __slots__ = ("_children", "_matcher", "by", "carried", "excluded", "matched", "path", "position")

    def __init__(
        self, matcher: Matcher, position: Position | None, carried: int = 0, matched: int = 0, path: str = ""
    ) -> None:
        self._children: dict[str, Trail] = {}
        self._matcher = matcher
        self.position = position
        self.carried = carried
        self.matched = matched
        self.path = path
        self.by = matcher.patterns[carried.bit_length() - 1] if carried else None
        self.excluded = self.by is not None and not self.by.exception

    @property
    def uniform_below(self) -> bool:
        """Whether every entry below a directory has its verdict."""
        return self._matcher.is_uniform_below(self)

    @property
    def content_excluded(self) -> bool:
        """The stateless verdict about the same path."""
        if self.path:
            return self._matcher.excludes(self.path)
        by = self._matcher.last_of(self.matched)
        return by is not None and not by.exception

    def child(self, name: str) -> Trail:
        """Return the trail of the entry *name* of a directory. Raises PatternError where Go fails at match time."""
        trail = self._children.get(name)
        if trail is None:
            trail = self._matcher.child(self, name)
            if not trail.path:  # else it is one path's alone, and nobody asks for it twice
                if len(self._children) >= MOST_NAMES:
                    self._children.clear()
                self._children[name] = trail
        return trail


@frozen
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

    not_segment_aligned: whether some pattern has no segments, so that a trail is one path's alone.
    exceptions: those that start with "!".
    may_disagree: whether the two verdicts can differ about a path that the walk includes.
    is_dockers: the patterns mean what moby/patternmatcher makes of them; else another program's dialect.
    pattern: what a line of this dialect becomes.
    """

    is_dockers = True
    pattern: type[DockerignorePattern] = DockerignorePattern

    def __init__(self, patterns: Sequence[DockerignorePattern]) -> None:
        self.patterns = tuple(pattern for pattern in patterns if pattern.text)
        self.exceptions = tuple(pattern for pattern in self.patterns if pattern.exception)
        self.exclusions = tuple(pattern for pattern in self.patterns if not pattern.exception)
        first = next((index for index, pattern in enumerate(self.patterns) if pattern.exception), len(self.patterns))
        self.may_disagree = any(not pattern.exception for pattern in self.patterns[first:])
        numbered = tuple(enumerate(self.patterns))
        self._excluding = sum(1 << index for index, pattern in numbered if not pattern.exception)
        self._crossing = sum(1 << index for index, pattern in numbered if pattern.segments is None)
        self.not_segment_aligned = self._crossing != 0
        self._trails: dict[tuple[Position, int, int], Trail] = {}

    @classmethod
    def parse(cls, name: str, data: bytes) -> tuple[DockerignorePattern, ...]:
        """Compile the patterns of an ignore file in this dialect; raises PatternError where its program fails."""
        return patterns_of(name, data)

    @classmethod
    def line(cls, raw: str, file: str = "", number: int = 0) -> DockerignorePattern | None:
        """Compile a line as it stands in an ignore file; None for one that is not a pattern."""
        pattern = next(iter(cls.parse(file, os.fsencode(raw))), None)
        if pattern is not None:
            pattern.line = number
        return pattern

    @classmethod
    def translated(cls, other: Matcher) -> Self:
        """Give the same lines as the program of this dialect reads them; raises PatternError where it fails."""
        if type(other) is cls:
            return other
        matcher = other._translations.get(cls)
        if matcher is None:
            matcher = other._translations[cls] = cls.of_lines(other.patterns)
        assert isinstance(matcher, cls)
        return matcher

    @classmethod
    def of_lines(cls, patterns: Iterable[DockerignorePattern]) -> Self:
        """Give the matcher of lines, each read anew that was read in another dialect."""
        read = (
            pattern if type(pattern) is cls.pattern else cls.line(pattern.raw, pattern.file, pattern.line)
            for pattern in patterns
        )
        return cls([pattern for pattern in read if pattern is not None])

    def extended(self, lines: Iterable[str]) -> Self:
        """Give the same patterns with more lines at their end."""
        added = map(DockerignorePattern, lines) if self.is_dockers else map(self.line, lines)
        return type(self)([*self.patterns, *(pattern for pattern in added if pattern is not None)])

    @functools.cached_property
    def _above(self) -> Callable[[str], int]:
        return functools.lru_cache(maxsize=1024)(self._matching)

    @functools.cached_property
    def _translations(self) -> dict[type[Matcher], Matcher]:
        return {}

    @functools.cached_property
    def as_json(self) -> Matcher:
        """The patterns as BuildKit's client gets them: in JSON, which holds U+FFFD for a byte that is not UTF-8."""
        if all(valid_utf8(pattern.text) == pattern.text for pattern in self.patterns):
            return self
        texts = ((pattern, valid_utf8(pattern.written)) for pattern in self.patterns)
        return Matcher([DockerignorePattern(text, file=pattern.file, line=pattern.line) for pattern, text in texts])

    @functools.cached_property
    def _automaton(self) -> _Automaton:
        return _Automaton(
            (at, pattern.segments) for at, pattern in enumerate(self.patterns) if pattern.segments is not None
        )

    @functools.cached_property
    def root(self) -> Trail:
        """The trail of the context root."""
        return Trail(self, self._automaton.root if self.patterns else None)

    def child(self, parent: Trail, name: str) -> Trail:
        """Decide about the entry *name* of a directory, as the walk does; `Trail.child` remembers it.

        Source: `MatchesUsingParentResults`. Raises PatternError where Go fails at match time.
        """
        if parent.position is None:  # nothing decides: every path has the trail of the root
            return parent
        position = parent.position.child(self._automaton.signatures.of(name))
        matched = parent.matched | position.hits
        if self._crossing:
            path = f"{parent.path}/{name}" if parent.path else name
            return Trail(self, position, self._carried(parent.carried, position.hits, path), matched, path)
        key = position, self._carried(parent.carried, position.hits, ""), matched
        trail = self._trails.get(key)
        if trail is None:
            trail = self._trails[key] = Trail(self, *key)
        return trail

    def _carried(self, inherited: int, hits: int, path: str) -> int:
        """Ask the patterns in order, but none that cannot change the verdict so far."""
        excluded, carried = False, 0
        for at in places(inherited | hits | self._crossing):
            pattern, bit = self.patterns[at], 1 << at
            # An exception is asked about an excluded path alone, an exclusion about an included one: what is not asked
            # here is not carried, so that `**/*.log` and `!logs` leave `logs/a.log` excluded.
            if inherited & bit or (pattern.exception is excluded and (hits & bit or pattern.matches(path))):
                carried |= bit
                excluded = not pattern.exception
        return carried

    def last_of(self, bits: int) -> DockerignorePattern | None:
        """Give the last of the patterns that have a bit: the deciding one."""
        return self.patterns[bits.bit_length() - 1] if bits else None

    def is_uniform_below(self, trail: Trail) -> bool:
        """Whether every entry below a directory has its verdict.

        Matches are only ever added on the way down, so an excluded directory is lost unless an exception may still
        match below it, and an included one is safe unless an exclusion may.
        """
        # Only a pattern of the other kind changes a verdict, and one that is carried has matched already.
        undecided = ~trail.carried & (~self._excluding if trail.excluded else self._excluding)
        if trail.position is not None and trail.position.live & undecided:
            return False
        undecided &= self._crossing
        crossing = (self.patterns[at] for at in places(undecided))
        return not any(not trail.path or pattern.reaches_below(trail.path) for pattern in crossing)

    @classmethod
    def of(cls, patterns: Sequence[str]) -> Matcher:
        """Compile patterns that came from no file."""
        return cls([DockerignorePattern(pattern) for pattern in patterns])

    def trail(self, path: str) -> Trail:
        """Give the walk's verdict about *path*, walked down from the root."""
        trail = self.root
        for name in path.split("/"):
            trail = trail.child(name)
        return trail

    def excludes(self, path: str) -> bool:
        """Give the stateless verdict: the patterns in order, each against the path and every parent.

        Source: `MatchesOrParentMatches`.
        """
        if not self.exclusions:
            return False
        # All patterns that match on the way down are in one number: the last of them decides.
        if not self._crossing:
            return self.trail(path).content_excluded
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
        for name in path.split("/"):
            trails.append(trails[-1].child(name))
        hits = [trail.position.hits if trail.position else 0 for trail in trails[1:]]
        met = functools.reduce(operator.or_, hits, self._crossing)
        for index in places(met):  # of many lines few match, and asking one compiles it
            pattern, bit = self.patterns[index], 1 << index
            for at, trail, hit in zip(ancestry(path), trails[1:], hits, strict=True):
                if hit & bit or (self._crossing & bit and pattern.matches(at)):
                    yield Step(pattern, at, not trail.carried & bit)


class Touch:
    """Which paths some patterns match, themselves or a directory above: only these can change their verdict."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._crossing = [
            (1 << at, pattern) for at, pattern in enumerate(self._matcher.patterns) if pattern.segments is None
        ]
        self._trail = functools.lru_cache(maxsize=4096)(self._trail_of)

    def bits(self, path: str) -> int:
        """A bit for each pattern (1 << its place) that matches the path or a directory above."""
        above, _, name = path.rpartition("/")
        mask = self._trail(above).child(name).matched
        for bit, pattern in self._crossing:
            if any(map(pattern.matches, ancestry(path))):
                mask |= bit
        return mask

    def meets(self, path: str) -> bool:
        return self.bits(path) != 0

    def _trail_of(self, directory: str) -> Trail:
        return self._matcher.trail(directory) if directory else self._matcher.root


def places(bits: int) -> Iterator[int]:
    """The places of the bits that are set, from the lowest."""
    while bits:
        bit = bits & -bits
        yield bit.bit_length() - 1
        bits ^= bit


def ancestry(path: str) -> list[str]:
    """Give the path's parents from the top, and the path itself."""
    parts = path.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def named(pattern: DockerignorePattern, most: int = LONGEST_PATH) -> list[str]:
    """Give the path that a plain pattern names, and its parents, from the top: the first *most* that a path may be.

    Anybody may write a line of thirty thousand names, whose parents together have a billion characters.
    """
    text = pattern.text
    possible = text if len(text) <= LONGEST_PATH else text[:LONGEST_PATH].rpartition("/")[0]
    return ancestry("/".join(possible.split("/", most)[:most]))


def matches(patterns: Sequence[str], path: str | os.PathLike[str]) -> bool:
    """Say whether *patterns* exclude *path*: Docker's stateless verdict.

    patterns: as `parse_ignore` gives them. path: relative to the context root; "." is never excluded.
    Raises PatternError where Docker fails, TypeError for one string, whose characters are not patterns.
    """
    if isinstance(patterns, str | bytes):
        raise TypeError(f"patterns are a list of strings, not {type(patterns).__name__}: write [{patterns!r}]")
    cleaned = clean_path(os.fspath(path))
    return cleaned != "." and Matcher.of(patterns).excludes(cleaned)
