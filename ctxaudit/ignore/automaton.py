"""A lazy automaton over path segments: which of many patterns match a path, for one dictionary look-up a name.

The patterns stand in a tree of their segments, so that ten thousand that start alike cost no more than one; a position
is the set of branches that a path has reached. Positions are made when they are first met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import re2

from ctxaudit.ignore import go_path
from ctxaudit.ignore.pattern import ANY_DEPTH, LINES_DEPTH, WILDCARD, segment_regex, segment_test
from ctxaudit.values import expression

MOST_NAMES = 20_000  # remembered at once: a directory of a million files must not fill the memory
# What each name begins with that a glob matches; of ASCII alone, as bytes and not characters are compared.
_START = expression(r"[^*?\[\]\\\x80-\U0010ffff]*")
_ENDING = expression(r"\*([^*?\[\]\\]+)")

Signature = tuple[str, ...]  # the segments of all patterns that one name matches


class _Branch:
    """A point between two segments in the tree of patterns.

    ends: the patterns that match a path which comes here; through: those that may match below.
    """

    __slots__ = ("below", "children", "ends", "through")

    def __init__(self) -> None:
        self.children: dict[str, _Branch] = {}
        self.ends: list[int] = []
        self.through: list[int] = []
        self.below: int | None = None

    def child(self, segment: str) -> _Branch:
        found = self.children.get(segment)
        if found is None:
            found = self.children[segment] = _Branch()
            # `**` stands for any number of directories: its branch leads back to itself.
            if segment in (ANY_DEPTH, LINES_DEPTH):
                found.children[segment] = found
        return found

    def live(self) -> int:
        if self.below is None:
            self.below = _bits(self.through)
        return self.below


class Position:
    """What is known of a path. There is one position for each set of branches, however many paths reach it.

    hits: a bit (1 << index) for each pattern that matches the path itself; live: for each that may match below it.
    """

    __slots__ = ("_automaton", "_branches", "_children", "hits", "live")

    def __init__(self, automaton: Automaton, branches: frozenset[_Branch], hits: int) -> None:
        self._automaton = automaton
        self._branches = branches
        self._children: dict[Signature, Position] = {}
        self.hits = hits
        self.live = 0
        for branch in branches:
            self.live |= branch.live()

    def child(self, signature: Signature) -> Position:
        """Return the position of a child whose name has this signature."""
        found = self._children.get(signature)
        if found is None:
            children = (branch.children.get(segment) for branch in self._branches for segment in signature)
            found = self._automaton.position({child for child in children if child is not None})
            self._children[signature] = found
        return found


class Automaton:
    """The patterns of one list by their index, each as its segments."""

    def __init__(self, patterns: Iterable[tuple[int, Sequence[str]]]) -> None:
        root = _Branch()
        segments: set[str] = set()
        for index, parts in patterns:
            segments.update(parts)
            branch = root
            for part in parts:
                branch.through.append(index)
                branch = branch.child(part)
            branch.ends.append(index)
            if parts[-1] in (ANY_DEPTH, LINES_DEPTH):
                branch.through.append(index)
        self.signatures = Signatures(segments)
        self._positions: dict[tuple[frozenset[_Branch], int], Position] = {}
        self.root = self.position({root})

    def position(self, reached: set[_Branch]) -> Position:
        """Give the position of a path that reached these branches."""
        hits = 0
        for branch in reached:
            if branch.ends:
                hits |= _bits(branch.ends)
        # Hits come from what was reached, not from what `**` may skip: `a/**` matches below `a`, and not `a` itself.
        key = (frozenset(_with_skipped(reached)), hits)
        found = self._positions.get(key)
        if found is None:
            found = self._positions[key] = Position(self, *key)
        return found


class Signatures:
    """Which of some segments match a name: `*.log` and `a*` of `*.log`, `a*`, `b` for `a.log`. Each is found once.

    Most patterns of an ignore file are names or `*` and an ending, which two look-ups in dictionaries decide; only what
    else there is asks RE2, and of thousands of such segments one expression first that holds them all.
    """

    def __init__(self, segments: set[str]) -> None:
        self._known: dict[str, Signature] = {}
        globs = {segment for segment in segments if WILDCARD.search(segment)} - {ANY_DEPTH, LINES_DEPTH}
        self._names = segments - globs
        self._always = tuple(segment for segment in (ANY_DEPTH, "*") if segment in segments)
        self._endings = {match[1]: glob for glob in globs if (match := _ENDING.fullmatch(glob))}
        self._lengths = sorted({len(ending) for ending in self._endings})
        others = sorted(globs - {"*"} - set(self._endings.values()))
        self._others: dict[str, list[tuple[str, Callable[[str], bool]]]] = {}
        for glob in others:
            start = _START.match(glob)
            self._others.setdefault(start[0] if start else "", []).append((glob, segment_test(glob)))
        self._start_lengths = sorted({len(start) for start in self._others})
        self._any_other = _any_of(others)

    def of(self, name: str) -> Signature:
        """Return the segments that match a name."""
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= MOST_NAMES:
                self._known.clear()
            found = self._known[name] = (*self._always, *self._matching(name))
        return found

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
        if self._any_other(name):
            for length in self._start_lengths:
                for glob, matches in self._others.get(name[:length], ()) if length <= len(name) else ():
                    if matches(name):
                        yield glob


def _with_skipped(reached: set[_Branch]) -> set[_Branch]:
    """Add the branches behind `**` that stands for no directory at all."""
    pending, found = list(reached), set(reached)
    while pending:
        branch = pending.pop()
        for segment in (ANY_DEPTH, LINES_DEPTH):
            behind = branch.children.get(segment)
            if behind is not None and behind not in found:
                found.add(behind)
                pending.append(behind)
    return found


def _any_of(globs: Sequence[str]) -> Callable[[str], Any]:
    """Test a name against all globs at once, True where that cannot be had."""
    if not globs:
        return lambda name: False
    try:
        search = re2.compile("|".join(map(segment_regex, globs)).encode(), go_path.quiet_options()).search
    except re2.error:  # too large
        return lambda name: True
    return lambda name: search(go_path.valid_utf8(name).encode())


def _bits(indexes: Iterable[int]) -> int:
    bits = 0
    for index in indexes:
        bits |= 1 << index
    return bits
