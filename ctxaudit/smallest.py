"""The fewest patterns that exclude all waste and nothing needed. Pure.

Paths that mean themselves are decided on the tree of paths, where the optimal list of exclusions and exceptions is that
of optimal routing tables (ORTC; Draves, King, Venkatachary, Zill, INFOCOM 1999): a line is a change of state on the way
down. Family patterns, which mean a name wherever it stands, come first: each is taken where it makes the list shorter,
or as short and more readable.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.ignore.pattern import DockerignorePattern, literal

State = Literal["keep", "exclude"]
Style = Literal["deny", "allow"]
MOST_EXCEPTIONS = 3  # of one family: from there on the literals are easier to read


@dataclass(slots=True)
class _Branch:
    """A directory or a leaf.

    children: by name. wants: what a leaf must be, None for what nobody minds. changes: lines below it, should it be
    kept or excluded. free: the states that cost the fewest.
    """

    path: str
    children: list[_Branch] = field(default_factory=list)
    wants: State | None = None
    changes: tuple[int, int] = (0, 0)
    free: tuple[State, ...] = ("keep", "exclude")


class _Trie:
    """The tree of paths; the optimal list of plain paths for any part of the waste that somebody else excludes."""

    def __init__(self, needed: Iterable[str], waste: Iterable[str]) -> None:
        self._by_path: dict[str, _Branch] = {"": _Branch("")}
        for leaf in needed:
            self._branch(leaf).wants = "keep"
        self._waste = {leaf: self._branch(leaf) for leaf in waste}
        # Parents first, children by name: the order of the lines.
        self._order = [self._by_path[""]]
        for branch in self._order:  # grows meanwhile
            branch.children.sort(key=lambda child: child.path)
            self._order += branch.children

    def lines(self, style: Style, covered: Collection[str] = ()) -> list[str]:
        """Give the lines; covered: waste that is excluded already."""
        for leaf, branch in self._waste.items():
            branch.wants = None if leaf in covered else "exclude"
        for branch in reversed(self._order):
            _settle(branch)
        return [*["*"] * (style == "allow"), *self._emitted("exclude" if style == "allow" else "keep")]

    def _branch(self, path: str) -> _Branch:
        for at in ancestry(path):
            if at not in self._by_path:
                self._by_path[at] = _Branch(at)
                self._by_path[at.rpartition("/")[0]].children.append(self._by_path[at])
        return self._by_path[path]

    def _emitted(self, inherited: State) -> Iterator[str]:
        """From the root down: a line wherever the state has to change, parents first."""
        states: dict[str, State] = {"": inherited}
        for branch in self._order:
            state = states[branch.path]
            if branch.path and state not in branch.free and not _may_wait(branch, state):
                state = branch.free[-1]
                line = literal(branch.path)
                if line is not None:
                    yield line if state == "exclude" else f"!{line}"
            for child in branch.children:
                states[child.path] = state


@dataclass(frozen=True, slots=True)
class Family:
    """A pattern that means more than one path, and what has to be said after it to keep what is needed.

    preferred: taken where it is as short as what it replaces, exceptions and all.
    """

    pattern: str
    covers: frozenset[str]
    exceptions: tuple[str, ...]
    preferred: bool

    @property
    def lines(self) -> tuple[str, ...]:
        return (self.pattern, *self.exceptions)


class Touch:
    """Which paths some patterns match, themselves or a directory above: only these can change their verdict."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._tests = [DockerignorePattern(pattern).matches for pattern in patterns]
        self._above = functools.lru_cache(maxsize=4096)(self.meets)

    def meets(self, path: str) -> bool:
        above = path.rpartition("/")[0]
        return any(test(path) for test in self._tests) or (above != "" and self._above(above))


def smallest(
    needed: Collection[str],
    waste: Sequence[str],
    families: Iterable[str] = (),
    *,
    style: Style = "deny",
    kept_globs: Iterable[str] = (),
    preferred: Collection[str] = (),
) -> list[str]:
    """Give the patterns, in order.

    needed, waste: leaves; a directory of waste that holds nothing needed may stand for all below it.
    families: patterns that may be used where they match nothing needed, or little. preferred: those of them that are
    taken over plain paths also where they need exceptions and save nothing, as for tomorrow's secrets.
    style: "deny" names what goes; "allow" is `*` and what stays. kept_globs: exceptions with wildcards that may be used
    at the root, as the Dockerfile's own sources.
    A leaf that no line can name is left where it is; the caller has to look.
    """
    if not waste:
        return []
    usable = list(_families(families, needed, waste, preferred))
    trie = _Trie(heads(needed, waste), waste)
    chosen = _chosen(usable, trie, style)
    lines = trie.lines(style, _covered(chosen))
    if style == "allow":
        lines = _globbed(lines, kept_globs, waste)
    return [*lines, *_in_order(chosen)]


def heads(needed: Iterable[str], waste: Iterable[str]) -> list[str]:
    """Cut each needed path below the last directory that it shares with waste: no line has to tell more apart."""
    shared = {above for leaf in waste for above in ancestry(leaf)[:-1]}
    found: dict[str, None] = {}
    for leaf in needed:
        at = leaf.find("/")
        while at >= 0 and leaf[:at] in shared:
            at = leaf.find("/", at + 1)
        found[leaf if at < 0 else leaf[:at]] = None
    return list(found)


def _families(
    patterns: Iterable[str], needed: Iterable[str], waste: Sequence[str], preferred: Collection[str]
) -> Iterator[Family]:
    """The families that cover something, each with the exceptions it costs."""
    covers: dict[str, frozenset[str]] = {}
    for pattern in dict.fromkeys(patterns):
        matcher = Matcher.of([pattern])
        covers[pattern] = frozenset(leaf for leaf in waste if matcher.excludes(leaf))
    useful = [pattern for pattern, covered in covers.items() if covered]
    touched = list(filter(Touch(useful).meets, needed)) if useful else []
    for pattern in useful:
        lost = list(islice(filter(Matcher.of([pattern]).excludes, touched), MOST_EXCEPTIONS + 1))
        exceptions = [literal(leaf) for leaf in lost]
        if len(lost) <= MOST_EXCEPTIONS and None not in exceptions:
            yield Family(pattern, covers[pattern], tuple(f"!{line}" for line in exceptions), pattern in preferred)


def _chosen(families: Sequence[Family], trie: _Trie, style: Style) -> list[Family]:
    """Add the family that gains most until none gains, then drop what the others made useless."""

    def cost(some: Sequence[Family]) -> int:
        return sum(len(family.lines) for family in some) + len(trie.lines(style, _covered(some)))

    chosen: list[Family] = []
    best = cost([])
    while True:
        costs = [(cost([*chosen, one]), one) for one in families if one not in chosen]
        # As short is good enough where the family needs no exception: it also means tomorrow's paths.
        gains = [
            (count, not one.preferred, len(one.exceptions), -len(one.covers), one.pattern, one)
            for count, one in costs
            if count < best or (count == best and (one.preferred or not one.exceptions))
        ]
        if not gains:
            break
        best, *_, one = min(gains, key=lambda gain: gain[:5])
        chosen.append(one)
    for one in list(chosen):
        rest = [other for other in chosen if other is not one]
        if cost(rest) < best:
            chosen, best = rest, cost(rest)
    return chosen


def _covered(families: Iterable[Family]) -> frozenset[str]:
    return frozenset().union(*(family.covers for family in families))


def _settle(branch: _Branch) -> None:
    """The states that cost the fewest lines below a branch, once its children's are known."""
    if not branch.children:
        branch.free = ("keep", "exclude") if branch.wants is None else (branch.wants,)
        return
    keep = sum("keep" not in child.free for child in branch.children)
    exclude = sum("exclude" not in child.free for child in branch.children)
    branch.changes = (keep, exclude)
    branch.free = ("keep", "exclude") if keep == exclude else ("keep",) if keep < exclude else ("exclude",)


def _may_wait(branch: _Branch, state: State) -> bool:
    """Whether one line further down does as well: a directory is not excluded for the one thing that is waste in it."""
    return state == "keep" and bool(branch.children) and branch.changes[0] == 1


def _globbed(lines: Sequence[str], globs: Iterable[str], waste: Sequence[str]) -> list[str]:
    """Let a wildcard of the Dockerfile stand for the root exceptions that it matches, where it keeps no waste."""
    result = list(lines)
    for glob in globs:
        matcher = Matcher.of([glob])
        kept = [line for line in result if line.startswith("!") and "/" not in line and matcher.excludes(line[1:])]
        if len(kept) > 1 and not any(map(matcher.excludes, waste)):
            result[result.index(kept[0])] = f"!{glob}"
            result = [line for line in result if line not in kept]
    return result


def _in_order(families: Sequence[Family]) -> list[str]:
    """Families by name, each before its own exceptions."""
    return [line for family in sorted(families, key=lambda one: one.pattern) for line in family.lines]


def roots(needed: Iterable[str], waste: Iterable[str]) -> list[str]:
    """The topmost paths of waste that hold nothing needed, in the order met."""
    mixed = {above for leaf in needed for above in ancestry(leaf)}
    return list(dict.fromkeys(next(at for at in ancestry(leaf) if at not in mixed) for leaf in waste))


def parent_globs(waste_roots: Iterable[str]) -> list[str]:
    """Patterns such as `packages/*/dist`, for a name that stands twice or more below one directory's children."""
    counts: Counter[str] = Counter()
    for path in waste_roots:
        *above, parent, name = ["", *path.split("/")]
        if not parent:
            continue
        line = literal("/".join([*above[1:], "x", name]))
        if line is not None and line.endswith(f"/{name}"):
            counts["/".join([*above[1:], "*", name])] += 1
    return [pattern for pattern, count in counts.items() if count > 1]
