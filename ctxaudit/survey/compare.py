"""What a branch changes in the context: the commit at which it left against its head, from git's trees alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from ctxaudit.builds.commit import at_commit
from ctxaudit.builds.request import BuildRequest
from ctxaudit.dockerfile.stages import Use
from ctxaudit.errors import CtxauditError
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import (
    CHANGED_SINCE,
    Amount,
    Comparison,
    Dropped,
    Entry,
    GitIgnored,
    Location,
    PathChange,
    Totals,
    Unknown,
)
from ctxaudit.repository import Repository
from ctxaudit.repository.ignored import IgnoredNames
from ctxaudit.repository.snapshot import Snapshot
from ctxaudit.rules.catalogue import Finder, catalogue
from ctxaudit.rules.evidence import Kind
from ctxaudit.survey.plan import Asks, Plan, sources
from ctxaudit.survey.sizes import Seen, expected
from ctxaudit.values import frozen
from ctxaudit.walk import SnapshotTree

_NOTHING = Totals()


@frozen
class _Side:
    """What a clean checkout of one commit sends.

    entries: all that is not a directory. directories: those that hold something sent.
    kinds: of an entry that belongs to something found, the found path and its kind.
    instructions: their text as written, by line.
    """

    plan: Plan
    asks: Asks | None
    instructions: Mapping[int, str]
    totals: Totals = _NOTHING
    entries: dict[str, Entry] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    kinds: dict[str, tuple[str, Kind]] = field(default_factory=dict)


class Comparer:
    """Compares builds with the commit at which HEAD left *ref*; a repository is read once for all of its builds."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        self._snapshots: dict[tuple[Path, str], tuple[Snapshot, Snapshot]] = {}
        self._sent: dict[object, tuple[dict[str, int], dict[str, int]]] = {}

    def compare(self, build: BuildRequest) -> Comparison | Unknown:
        """Compare one build; an Unknown where it cannot be done, while the audit goes on."""
        repository = Repository.of(build.context)
        try:
            if repository is None:
                raise CtxauditError("the context is not in a git repository", fix="omit --base")
            base, head = self._sides(repository, build.snapshot.commit if build.snapshot else "HEAD")
            try:
                return self._compared(build, base, head)
            finally:
                base.close()
                head.close()
        except CtxauditError as error:
            where = error.where or build.shown
            return Unknown(f"{CHANGED_SINCE}{self.ref}: {error.said}", where, error.remedy)

    def builds(self, build: BuildRequest) -> tuple[BuildRequest | None, BuildRequest | None]:
        """Give a build that was compared as both commits have it, None where one has no such build."""
        repository = Repository.of(build.context)
        assert repository is not None
        base, head = self._sides(repository, build.snapshot.commit if build.snapshot else "HEAD")
        return at_commit(build, base), at_commit(build, head)

    def amounts(self, context: object) -> tuple[Amount | None, Amount | None]:
        """Give what the builds of a context that were compared are sent of it on both sides, each file once."""
        if context not in self._sent:
            return None, None
        base, head = self._sent[context]
        return Amount(len(base), sum(base.values())), Amount(len(head), sum(head.values()))

    def _sides(self, repository: Repository, head: str) -> tuple[Snapshot, Snapshot]:
        key = repository.home, head
        if key not in self._snapshots:
            self._snapshots[key] = repository.merge_base(self.ref, head)
        return self._snapshots[key]

    def _compared(self, build: BuildRequest, base: Snapshot, head: Snapshot) -> Comparison:
        before, after = (_side(at_commit(build, snapshot)) for snapshot in (base, head))
        if before is None and after is None:
            raise CtxauditError("git tracks neither its context nor its Dockerfile", fix="commit them")
        for side, sent in zip((before, after), self._sent.setdefault(build.context, ({}, {})), strict=True):
            for path, entry in side.entries.items() if side else ():
                sent[path] = max(sent.get(path, 0), entry.content_bytes)
        return Comparison(
            ref=self.ref,
            base_commit=base.commit,
            head_commit=head.commit,
            base=before.totals if before else None,
            head=after.totals if after else None,
            changes=tuple(
                sorted(_changes(before, after), key=lambda path_change: (-abs(path_change.growth), path_change.path))
            ),
            dropped=tuple(_dropped(before, after)),
            unknowns=tuple(_unknowns(before, after)),
            git_ignored=tuple(_git_ignored(after, head)) if after else (),
        )


def _side(build: BuildRequest | None) -> _Side | None:
    """Walk what a commit tracks, and keep what is sent of it."""
    if build is None:
        return None
    plan = Plan.of(build)
    side, finder = _Side(plan, plan.asks(), _instructions(plan)), Finder(catalogue())
    receiver = plan.build.builder.receiver(plan.selection)
    # A commit's tree is small beside a disk's, so that every entry can be kept: the two sides are compared by path.
    for node in plan.tree.walk(plan.selection) if plan.requested else ():
        finder.go_to(node.path)
        if finder.asks(node):
            kind = catalogue().kind_of(plan.tree.place(node.path, None, node))
            if kind is not None:
                finder.add(node, kind, "")
        for entry in receiver.receive(node):
            _keep(side, finder, entry)
    size = sum(entry.content_bytes for entry in side.entries.values())
    return replace(side, totals=Totals(len(side.entries), size, receiver.transfer_bytes if plan.requested else 0))


def _instructions(plan: Plan) -> dict[int, str]:
    source = plan.build.dockerfile
    if source is None or plan.needs is None:
        return {}
    instructions = source.parsed.instructions
    return {instruction.line: " ".join(instruction.shown.split()) for instruction in instructions}


def _keep(side: _Side, finder: Finder, entry: Entry) -> None:
    if entry.type == "dir":
        return
    side.entries[entry.path] = entry
    side.directories.update(ancestry(entry.path)[:-1])
    kind = finder.kind_of(entry.path)
    if kind is not None:
        side.kinds[entry.path] = kind


def _changes(before: _Side | None, after: _Side | None) -> Iterator[PathChange]:
    if after is not None:
        yield from _one_sided(after, before, _added)
    if before is not None:
        yield from _one_sided(before, after, _removed)
    if before is not None and after is not None:
        for path, entry in after.entries.items():
            old = before.entries.get(path)
            # Equal sizes count as unchanged: this is about how much is sent, not about what it says.
            if old is not None and old.content_bytes != entry.content_bytes:
                yield _row(after, path, [entry], _amount([old]), _amount([entry]), None)


def _added(side: _Side, other: _Side | None, path: str, entries: list[Entry]) -> PathChange:
    return _row(side, path, entries, None, _amount(entries), None)


def _removed(side: _Side, other: _Side | None, path: str, entries: list[Entry]) -> PathChange:
    return _row(side, path, entries, _amount(entries), None, _excluder(other, entries[0].path))


def _one_sided(
    side: _Side, other: _Side | None, row: Callable[[_Side, _Side | None, str, list[Entry]], PathChange]
) -> Iterator[PathChange]:
    """Give a row for each topmost directory or file that only one side sends; what was found has rows of its own."""
    groups: dict[str, list[Entry]] = {}
    there = (other.entries.keys(), other.directories) if other else ((), ())
    for path, entry in side.entries.items():
        # One row for a directory that is new as a whole: a branch may add ten thousand files.
        if path not in there[0]:
            start = side.kinds[path][0] if path in side.kinds else ""
            above = (at for at in ancestry(path)[:-1] if at not in there[1])
            groups.setdefault(start or next(above, path), []).append(entry)
    for path, entries in groups.items():
        yield row(side, other, path, entries)


def _row(
    side: _Side, path: str, entries: list[Entry], base: Amount | None, head: Amount | None, by: Location | None
) -> PathChange:
    kind = side.kinds[entries[0].path][1] if entries[0].path in side.kinds else None
    location = _location(side, path)
    return PathChange(
        path=path,
        type=entries[0].type if entries[0].path == path else "dir",
        base=base,
        head=head,
        location=location,
        kind=kind.name if kind else "",
        secret=kind is not None and "secret" in kind.harm,
        volatile=kind is not None and "cache" in kind.harm,
        excluded_by=by,
        instruction=side.instructions.get(location.line, "") if location else "",
    )


def _amount(entries: Sequence[Entry]) -> Amount:
    return Amount(len(entries), sum(entry.content_bytes for entry in entries))


def _location(side: _Side, path: str) -> Location | None:
    ask, source = side.asks.furthest(path) if side.asks else None, side.plan.build.dockerfile
    return Location(source.name, ask.use.line) if ask and source else None


def _excluder(side: _Side | None, path: str) -> Location | None:
    """The pattern at head that excludes what is still there."""
    if side is None or side.plan.tree.type(path) is None:
        return None
    trail = side.plan.matcher.trail(path)
    if not trail.by or not (trail.excluded or side.plan.matcher.excludes(path)):
        return None
    return Location(trail.by.file, trail.by.line)


def _dropped(before: _Side | None, after: _Side | None) -> Iterator[Dropped]:
    """Give what head's instructions name, has, and does not send, unless base was no better."""
    known = {path for path, _ in _lost(before)} if before else set()
    droppeds = dict(_lost(after)) if after else {}
    for path, dropped in sorted(droppeds.items()):
        # What base lacks as well is not this branch's doing.
        if path not in known:
            yield dropped


def _lost(side: _Side) -> Iterator[tuple[str, Dropped]]:
    source = side.plan.build.dockerfile
    for named in sources(side.plan.tree, side.plan.uses):
        if source is None or any(_arrives(side, path) for path in named.paths):
            continue
        for path in named.paths:
            by = _excluder(side, path) or _excluder(side, f"{path}/{min(side.plan.tree.names(path), default='')}")
            yield path, Dropped(path, Location(source.name, named.use.line), _text(named.use), by)


def _arrives(side: _Side, path: str) -> bool:
    """Whether a file is sent with its content, or something in the directory is; one without files has none to lose."""
    entry = side.entries.get(path)
    if entry is not None:
        return entry.type != "file" or not entry.size or bool(entry.content_bytes)
    is_empty = side.plan.tree.type(path) == "dir" and not side.plan.tree.names(path)
    return is_empty or path in side.directories


def _git_ignored(side: _Side, snapshot: Snapshot) -> Iterator[GitIgnored]:
    plan, inside = side.plan, snapshot.inside(side.plan.build.context)
    if not plan.requested:
        return

    prefix = f"{inside}/" if inside else ""
    seen = Seen(plan.tree, prefix, ("", *side.directories), plan.sends, plan.matcher.excludes, plan.uses)
    for entry in expected(seen, IgnoredNames.of(snapshot)):
        at, kind = _location(side, entry.path), entry.is_a.kind
        yield GitIgnored(
            path=entry.path,
            type=entry.type,
            kind=kind.name,
            secret="secret" in kind.harm,
            ignored_by=replace(entry.line, file=os.path.relpath(snapshot.top / entry.line.file)),
            location=at,
            instruction=side.instructions.get(at.line, "") if at else "",
            pattern=entry.is_a.pattern,
        )


def _text(use: Use) -> str:
    return f"{use.instruction} {use.source}".strip()


def _unknowns(before: _Side | None, after: _Side | None) -> Iterator[Unknown]:
    side = after or before
    assert side is not None and isinstance(side.plan.tree, SnapshotTree)
    yield from side.plan.tree.unknowns(side.plan.build.shown, side.plan.permits_path)
