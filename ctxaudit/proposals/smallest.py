"""The fewest patterns that exclude all that is not needed, and nothing else. Pure.

Paths that mean themselves are decided on the tree of paths, where the optimal list of exclusions and exceptions is that
of optimal routing tables (ORTC; Draves, King, Venkatachary, Zill, INFOCOM 1999): a line is a change of state on the way
down. Family patterns, which mean a name wherever it stands, come first: each is taken where it makes the list shorter,
or as short and more readable.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import field, replace
from typing import Literal

from ctxaudit.ignore import DockerignorePattern, literal
from ctxaudit.ignore.matcher import Matcher, Touch, ancestry, places
from ctxaudit.values import entity, frozen

_Decision = Literal["keep", "exclude"]
Style = Literal["deny", "allow"]
_STATES: tuple[_Decision, _Decision] = ("keep", "exclude")
_MOST_EXCEPTIONS = 3  # of one family: from there on the literals are easier to read


@entity
class _Branch:
    """A directory or a leaf.

    wants: what a leaf must be, None for what nobody minds. has_line: whether a line can name it.
    may_close: whether a directory may be excluded as a whole.
    against: children that cost a line, should it be kept or excluded. below: lines below it in each case.
    free: the states that cost the fewest. cost: lines for it and all below, should the directory above be kept or
    excluded.
    """

    path: str
    parent: _Branch | None
    has_line: bool
    may_close: bool
    children: list[_Branch] = field(default_factory=list)
    wants: _Decision | None = None
    against: list[int] = field(default_factory=lambda: [0, 0])
    below: list[int] = field(default_factory=lambda: [0, 0])
    free: tuple[_Decision, ...] = _STATES
    cost: tuple[int, int] = (0, 0)

    def settle(self) -> bool:
        """Find the states and the cost from what is known of the children; say whether they are others now."""
        before = self.free, self.cost
        self.free = self._free()
        self.cost = self._cost("keep"), self._cost("exclude")
        return before != (self.free, self.cost)

    def state(self, above: _Decision) -> _Decision:
        """The state that it gets below a directory of this state."""
        return above if not self.path or above in self.free or self._may_wait(above) else self.free[-1]

    def _free(self) -> tuple[_Decision, ...]:
        if not self.children:
            return _STATES if self.wants is None else (self.wants,)
        # To exclude a directory also excludes what is added to it tomorrow: only where that is meant.
        if not self.may_close:
            return ("keep",)
        keep, exclude = self.against
        # Both states cost the same: the choice waits for the directory above, which may save a line.
        return _STATES if keep == exclude else ("keep",) if keep < exclude else ("exclude",)

    def _cost(self, above: _Decision) -> int:
        state = self.state(above)
        return self.below[_STATES.index(state)] + (state != above and self.has_line)

    def _may_wait(self, state: _Decision) -> bool:
        """Whether one line further down does as well: no directory goes for the one thing in it that is not needed."""
        return state == "keep" and bool(self.children) and self.against[0] == 1


class _Trie:
    """The tree of paths; the optimal list of plain paths whatever part of what is not needed somebody else excludes."""

    def __init__(self, needed: Iterable[str], unneeded: Iterable[str], closable: Collection[str] | None) -> None:
        self._closable = closable
        self._root = _Branch("", None, False, closable is None)
        self._by_path = {"": self._root}
        for leaf in needed:
            self._branch(leaf).wants = "keep"
        self._unneeded = {leaf: self._branch(leaf) for leaf in unneeded}
        for branch in self._unneeded.values():
            branch.wants = "exclude"
        # Parents first, children by name: the order of the lines.
        self._order = [self._root]
        for branch in self._order:  # grows meanwhile
            branch.children.sort(key=lambda child: child.path)
            self._order += branch.children
        for branch in reversed(self._order):
            branch.settle()
            _tell(branch.parent, (), (0, 0), branch)

    def cover(self, leaves: Iterable[str]) -> None:
        """Let somebody else exclude some of what is not needed."""
        for leaf in leaves:
            self._set(leaf, None)

    def uncover(self, leaves: Iterable[str]) -> None:
        """Take that back."""
        for leaf in leaves:
            self._set(leaf, "exclude")

    def count(self, style: Style) -> int:
        """Count the lines."""
        return self._root.cost[style == "allow"] + (style == "allow")

    def lines(self, style: Style) -> list[str]:
        """Give the lines."""
        return [*["*"] * (style == "allow"), *self._emitted("exclude" if style == "allow" else "keep")]

    def _branch(self, path: str) -> _Branch:
        at, missing = path, []
        while at not in self._by_path:
            missing.append(at)
            at = at.rpartition("/")[0]
        branch = self._by_path[at]
        for at in reversed(missing):
            parent = branch
            may_close = parent.may_close or (self._closable is not None and at in self._closable)
            branch = self._by_path[at] = _Branch(at, parent, literal(at) is not None, may_close)
            parent.children.append(branch)
        return branch

    def _set(self, leaf: str, wants: _Decision | None) -> None:
        branch: _Branch | None = self._unneeded[leaf]
        assert branch is not None
        branch.wants = wants
        while branch is not None:
            free, cost = branch.free, branch.cost
            if not branch.settle():
                return
            _tell(branch.parent, free, cost, branch)
            branch = branch.parent

    def _emitted(self, inherited: _Decision) -> Iterator[str]:
        """From the root down: a line wherever the state has to change, parents first."""
        states: dict[str, _Decision] = {"": inherited}
        for branch in self._order:
            above = states[branch.path]
            state = branch.state(above)
            line = literal(branch.path) if state != above else None
            if line is not None:
                yield line if state == "exclude" else f"!{line}"
            for child in branch.children:
                states[child.path] = state


def _tell(parent: _Branch | None, free: tuple[_Decision, ...], cost: tuple[int, int], child: _Branch) -> None:
    """Let a directory know of a child; *free* and *cost* are what it knew before, () for nothing."""
    if parent is None:
        return
    for at, state in enumerate(_STATES):
        parent.against[at] += (state not in child.free) - (bool(free) and state not in free)
        parent.below[at] += child.cost[at] - cost[at]


@frozen
class _Family:
    """A pattern that means more than one path, and what has to be said after it to keep what is needed.

    cost: of its lines, without the exceptions that the project itself writes for git. preferred: taken where it is as
    short as what it replaces, exceptions and all. own: in the project's own words, and taken before others that are as
    short.
    """

    pattern: str
    covers: frozenset[str]
    exceptions: tuple[str, ...]
    cost: int
    preferred: bool
    own: bool

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.pattern, *self.exceptions)


def smallest(
    needed: Collection[str],
    unneeded: Sequence[str],
    families: Iterable[str] = (),
    *,
    style: Style = "deny",
    kept_globs: Iterable[str] = (),
    preferred: Collection[str] = (),
    own: Collection[str] = (),
    closable: Collection[str] | None = None,
    excepted: Collection[str] = (),
    may_except: Callable[[str], bool] = lambda path: True,
) -> list[str]:
    """Give the patterns, in order.

    needed, unneeded: leaves; an unneeded directory that holds nothing needed may stand for all below it.
    closable: the directories that may be excluded as a whole, with exceptions for what is needed in them, and all
    below these; None for every directory. A file that is added later to any other directory is still sent.
    families: patterns that may be used where they match nothing needed, or little. preferred: those of them that are
    taken over plain paths also where they need exceptions and save nothing, as for tomorrow's secrets. own: those of
    the project itself. excepted: needed paths that it excepts from a family of its own, in its words for
    git.
    style: "deny" names what goes; "allow" is `*` and what stays. kept_globs: exceptions with wildcards that may be used
    at the root, as the Dockerfile's own sources.
    may_except: whether an exception may name a needed path, so that a family may be used where it matches it.
    A leaf that no line can name is left where it is; the caller has to look.
    """
    if not unneeded:
        return []
    usable = [
        replace(family, preferred=family.pattern in preferred, own=family.pattern in own and family.cost == 1)
        for family in _families([*families, *own], needed, topmost(unneeded), closable, excepted, may_except)
    ]
    trie = _Trie(heads(needed, unneeded), topmost(unneeded), closable)
    chosen = _chosen(usable, trie, style)
    lines = trie.lines(style)
    if style == "allow":
        lines = _globbed(lines, kept_globs, unneeded)
    return [*lines, *_in_order(chosen)]


def topmost(paths: Iterable[str]) -> list[str]:
    """Omit each path that lies below another one."""
    distinct = dict.fromkeys(paths)
    return [path for path in distinct if distinct.keys().isdisjoint(ancestry(path)[:-1])]


def heads(needed: Iterable[str], unneeded: Iterable[str]) -> list[str]:
    """Cut each needed path below the last directory that it shares with an unneeded path: no line divides more."""
    shared = {above for leaf in unneeded for above in ancestry(leaf)[:-1]}
    cut: dict[str, str | None] = {}
    tops: dict[str, None] = {}
    for leaf in needed:
        directory = leaf.rpartition("/")[0]
        # All files of one directory share the answer: a project has a hundred times more files than directories.
        if directory not in cut:
            above = ancestry(directory) if directory else []
            cut[directory] = next((at for at in above if at not in shared), None)
        tops[cut[directory] or leaf] = None
    return list(tops)


def _families(
    patterns: Iterable[str],
    needed: Iterable[str],
    unneeded: Sequence[str],
    closable: Collection[str] | None,
    excepted: Collection[str],
    may_except: Callable[[str], bool],
) -> Iterator[_Family]:
    """The families that cover something, each with the exceptions it costs.

    None that excludes a directory in which something is needed, but for those that may close.
    """
    distinct = list(dict.fromkeys(patterns))
    may = functools.cache(may_except)
    covers: dict[int, set[str]] = defaultdict(set)
    touch = Touch(Matcher.of(distinct))
    for leaf in unneeded:
        for at in places(touch.bits(leaf)):
            covers[at].add(leaf)
    lost: dict[int, list[str]] = defaultdict(list)
    useful = sum(1 << at for at in covers)
    # More exceptions than a few are not read by anybody: such a pattern is no candidate, and counting ends.
    for leaf in needed if useful else ():
        for at in places(touch.bits(leaf) & useful):
            if len(lost[at]) <= _MOST_EXCEPTIONS and leaf not in lost[at]:
                lost[at].append(leaf)
    for at in sorted(covers):
        exceptions = [literal(leaf) for leaf in lost[at]]
        pattern = DockerignorePattern(distinct[at])
        # Also one that matches the needed path itself may match a directory above it.
        closes = any(
            not _may_close(leaf, closable) and any(map(pattern.matches, ancestry(leaf)[:-1])) for leaf in lost[at]
        )
        if len(exceptions) <= _MOST_EXCEPTIONS and None not in exceptions and not closes and all(map(may, lost[at])):
            lines = tuple(f"!{line}" for line in exceptions)
            cost = 1 + sum(leaf not in excepted for leaf in lost[at])
            yield _Family(distinct[at], frozenset(covers[at]), lines, cost, preferred=False, own=False)


def _may_close(leaf: str, closable: Collection[str] | None) -> bool:
    return closable is None or any(at in closable for at in ancestry(leaf))


def _chosen(families: Sequence[_Family], trie: _Trie, style: Style) -> list[_Family]:
    """Add the family that gains most until none gains, then drop what the others made useless."""
    chosen = _Chosen(trie, style)
    while True:
        costs = [(chosen.cost_with(family), family) for family in families if family not in chosen.families]
        # As short is good enough where the family needs no exception: it also means tomorrow's paths.
        gains = [
            (
                count,
                not family.preferred,
                family.cost,
                len(family.exceptions),
                not family.own,
                -len(family.covers),
                family.pattern,
                family,
            )
            for count, family in costs
            if count < chosen.cost() or (count == chosen.cost() and (family.preferred or family.cost == 1))
        ]
        if not gains:
            break
        chosen.add(min(gains, key=lambda gain: gain[:7])[-1])
    for family in list(chosen.families):
        if chosen.cost_without(family) < chosen.cost():
            chosen.remove(family)
    return chosen.families


class _Chosen:
    """Some families, and what they cost together with the plain paths for the rest."""

    def __init__(self, trie: _Trie, style: Style) -> None:
        self._trie = trie
        self._style = style
        self._times: Counter[str] = Counter()
        self.families: list[_Family] = []

    def cost(self) -> int:
        return sum(family.cost for family in self.families) + self._trie.count(self._style)

    def cost_with(self, family: _Family) -> int:
        self.add(family)
        cost = self.cost()
        self.remove(family)
        return cost

    def cost_without(self, family: _Family) -> int:
        families = list(self.families)
        self.remove(family)
        cost = self.cost()
        self.add(family)
        self.families = families
        return cost

    def add(self, family: _Family) -> None:
        self._trie.cover(leaf for leaf in family.covers if not self._times[leaf])
        self._times.update(family.covers)
        self.families.append(family)

    def remove(self, family: _Family) -> None:
        self._times.subtract(family.covers)
        self._trie.uncover(leaf for leaf in family.covers if not self._times[leaf])
        self.families.remove(family)


def _globbed(lines: Sequence[str], globs: Iterable[str], unneeded: Sequence[str]) -> list[str]:
    """Let a wildcard of the Dockerfile stand for the root exceptions that it matches, where all of them are needed."""
    result = list(lines)
    for glob in globs:
        matcher = Matcher.of([glob])
        kept = [line for line in result if line.startswith("!") and "/" not in line and matcher.excludes(line[1:])]
        if len(kept) > 1 and not any(map(matcher.excludes, unneeded)):
            result[result.index(kept[0])] = f"!{glob}"
            result = [line for line in result if line not in kept]
    return result


def _in_order(families: Sequence[_Family]) -> list[str]:
    """Families by name, each before its own exceptions."""
    return [line for family in sorted(families, key=lambda family: family.pattern) for line in family.lines]


def roots(needed: Iterable[str], unneeded: Iterable[str]) -> list[str]:
    """The topmost paths that are not needed and hold nothing needed, in the order met."""
    mixed: set[str] = set()
    for leaf in needed:
        while leaf and leaf not in mixed:
            mixed.add(leaf)
            leaf = leaf.rpartition("/")[0]
    return list(dict.fromkeys(next(at for at in ancestry(leaf) if at not in mixed) for leaf in unneeded))


def parent_globs(unneeded: Iterable[str]) -> list[str]:
    """Patterns such as `packages/*/dist`, for a name that stands twice or more below one directory's children."""
    counts: Counter[str] = Counter()
    for path in unneeded:
        *above, parent, name = ["", *path.split("/")]
        if not parent:
            continue
        line = literal("/".join([*above[1:], "x", name]))
        if line is not None and line.endswith(f"/{name}"):
            counts["/".join([*above[1:], "*", name])] += 1
    return [pattern for pattern, count in counts.items() if count > 1]
