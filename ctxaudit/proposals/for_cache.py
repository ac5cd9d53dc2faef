"""What `--for-cache` would exclude, too: looked for where nobody asks for it, so that a report says how much that is.

Of a context with `Dockerfile`, `README.md`, `docs/a.md` and `app.js`, of which `COPY . .` takes all before a RUN: the
Dockerfile is a finding of each audit, `README.md` and `docs` are looked for here. What stays for a reason is not
counted, and neither is what the proposal excludes anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ctxaudit.ignore import literal
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import CacheGroup, EntryType, Finding, Node
from ctxaudit.rules.catalogue import FoundPath, catalogue_for_cache, findings_of
from ctxaudit.rules.kinds import ALL
from ctxaudit.survey.collector import Counter
from ctxaudit.survey.plan import Plan
from ctxaudit.walk import Batch, Directory

if TYPE_CHECKING:
    from ctxaudit.proposals.claims import Ground


def for_people(ground: Ground) -> Iterator[Finding]:
    """Give documentation and tests among what is in no finding: an audit finds them only where it is asked to."""
    found_paths = list(_found(ground))
    yield from findings_of(found_paths, found_paths, lambda path: ("sent", None))


def _found(ground: Ground) -> Iterator[FoundPath]:
    catalogue, tree = catalogue_for_cache(), ground.plan.tree
    inside = {"": False}  # whether a directory is, or lies in, one that was found

    def found(path: str, type_: EntryType) -> Iterator[FoundPath]:
        if catalogue.is_candidate(path, type_) and (kind := catalogue.kind_of(tree.place(path, tree.repository))):
            yield FoundPath(kind, path, type_, literal(path) or "", arrives=True)

    for directory, names in ground.survey.leaves.by_directory():
        for path in ancestry(directory) if directory not in inside else ():
            if path not in inside:
                here = () if inside[path.rpartition("/")[0]] else tuple(found(path, "dir"))
                inside[path] = bool(here) or inside[path.rpartition("/")[0]]
                yield from here
        for name in names if not inside[directory] else ():
            yield from found(f"{directory}/{name}".lstrip("/"), "file")


def sizes_below(plans: Iterable[Plan], paths: Iterable[str]) -> dict[str, int]:
    """Give the size of each file that one of the builds is sent, at one of the paths or below it."""
    tops, sizes = frozenset(paths), dict[str, int]()
    known = set[object]()
    for plan in plans if tops else ():
        key = plan.tree, plan.matcher, plan.follow_paths
        if key not in known:
            known.add(key)
            counter = _Sizes(plan, tops, sizes)
            for node in plan.tree.walk(plan.selection, sums=counter):
                counter.see(node)
    return sizes


class _Sizes(Counter):
    """Takes the sizes of what is sent at some paths, and below them."""

    def __init__(self, plan: Plan, tops: frozenset[str], sizes: dict[str, int]) -> None:
        super().__init__(plan.build.builder.receiver(plan.selection), plan.build.builder.scale)
        self._tops, self._sizes = tops, sizes
        self._above = {at for path in tops for at in ancestry(path)[:-1]}

    def see(self, node: Node) -> None:
        for entry in self._receiver.receive(node):
            if entry.type != "dir" and self._is_inside(entry.path):
                self._sizes[entry.path] = entry.content_bytes

    def aggregates(self, path: str) -> bool:
        return path not in self._above and not self._is_inside(path)

    def needs_node(self, directory: Directory) -> Sequence[int]:
        start = directory.start
        if self._is_inside(start.removesuffix("/")):
            return range(len(directory.names))
        is_above = not start or start.removesuffix("/") in self._above
        return [at for at, name in enumerate(directory.names) if is_above and f"{start}{name}" in self._tops]

    def add_files(self, batch: Batch, kept: bool, permitted: bool) -> None:
        """Pass over what is at none of the paths."""

    def _is_inside(self, path: str) -> bool:
        return any(at in self._tops for at in ancestry(path))


def grouped_sizes(gone: Mapping[str, str], sizes: Mapping[str, int]) -> tuple[CacheGroup, ...]:
    """Add the sizes up by the group that the path they lie at or below is of, in the order of the catalogue."""
    groups: dict[str, list[int]] = {kind.category: [] for kind in ALL}
    for path, size in sizes.items():
        groups[next(gone[at] for at in ancestry(path) if at in gone)].append(size)
    return tuple(CacheGroup(group, len(sizes), sum(sizes)) for group, sizes in groups.items() if sizes)
