"""The way through, once, in order: a request, its tree, what the builder is sent, what of that is not wanted."""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ctxaudit.builders import BUILDERS
from ctxaudit.builders.base import BuildSelection, Receiver
from ctxaudit.builders.follow import follow_links
from ctxaudit.errors import CtxauditError, TreeError
from ctxaudit.ignore import go_path
from ctxaudit.ignore.file import NAME
from ctxaudit.ignore.matcher import Matcher, Step, ancestry
from ctxaudit.ignore.pattern import DockerignorePattern, literal
from ctxaudit.model import (
    SEVERITIES,
    Audit,
    BuilderName,
    Entry,
    Explanation,
    Finding,
    Listing,
    Location,
    Node,
    Report,
    Say,
    Totals,
    Unknown,
)
from ctxaudit.repository import Repository
from ctxaudit.requests.dockerfile import BuildRequest, request
from ctxaudit.rules.catalogue import Catalogue
from ctxaudit.rules.finder import Finder
from ctxaudit.rules.registry import Facts, rules
from ctxaudit.walk import Choice, Everything, Tree, walk

LARGEST = 10
Progress = Callable[[int], None]


def audit(
    path: str | os.PathLike[str] = ".",
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    builder: BuilderName = "buildkit",
    progress: Progress | None = None,
) -> Report:
    """Say of one build what is sent, and what of that is not wanted.

    path: the context directory. dockerfile: relative to the working directory, as for docker.
    progress: called with the number of entries of each directory read.
    Raises CtxauditError where the builder would fail before it is sent anything.
    """
    build = request(path, dockerfile=dockerfile, target=target, build_args=build_args, builder=builder)
    return Report((audit_build(build, progress),))


def list_context(
    path: str | os.PathLike[str],
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    builder: BuilderName = "buildkit",
    permitted: bool = False,
    used: Sequence[str] | None = None,
) -> Listing:
    """List what one build sends.

    permitted: what the ignore file lets through, whatever is used. used: these paths instead of the Dockerfile's.
    Raises CtxauditError where the builder would fail.
    """
    build = request(path, dockerfile=dockerfile, target=target, build_args=build_args, builder=builder)
    plan = Plan.of(build, used=used)
    receiver = plan.receiver()
    entries = tuple(entry for node in walk(build.context, plan.selection) for entry in receiver.receive(node))
    return Listing(entries, receiver.transfer_bytes, True, plan.follow_paths, plan.unknowns)


def stream_context(
    build: BuildRequest, *, permitted: bool = False, excluded: bool = False, progress: Progress | None = None
) -> Iterator[Entry]:
    """Give the entries that are sent as they are met, or with `excluded` all others of the tree, at the end."""
    plan = Plan.of(build)
    receiver = plan.receiver()
    if not excluded:
        for node in walk(build.context, plan.selection, progress):
            yield from receiver.receive(node)
        return
    lost: list[Entry] = []
    given: set[str] = set()
    for node in walk(build.context, Everything(plan.selection), progress):
        given.update(entry.path for entry in receiver.receive(node))
        if not node.kept or node.path not in given:
            lost.append(Entry(node.path, node.type, _size(node), 0))
    yield from (entry for entry in lost if entry.path not in given)


def _size(node: Node) -> int:
    return node.attributes.size if node.attributes and node.type != "dir" else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build asks of its tree.

    matcher: the ignore file's patterns. selection: both filters. follow_paths: what is used, None for everything.
    """

    build: BuildRequest
    matcher: Matcher
    selection: BuildSelection
    follow_paths: tuple[str, ...] | None
    unknowns: tuple[Unknown, ...]

    @classmethod
    def of(cls, build: BuildRequest, *, used: Sequence[str] | None = None, wide: bool = False) -> Plan:
        """Decide what is used; `wide` walks what is permitted and not used, too."""
        matcher = Matcher(build.ignore.patterns)
        follow = None if used is None else _followed(build.context, used)
        include = Matcher.of(follow) if follow else None
        inside = build.dockerfile.in_context if build.dockerfile else ""
        selection = BUILDERS[build.builder].select(matcher, include, inside, wide)
        return cls(build, matcher, selection, follow, tuple(_unknowns(build)))

    def receiver(self) -> Receiver:
        """Give a new receiver of what is selected."""
        return BUILDERS[self.build.builder].receiver(self.selection)


def audit_build(build: BuildRequest, progress: Progress | None = None) -> Audit:
    """Walk the tree of one build, once, and say what was found."""
    plan = Plan.of(build)
    survey = _Survey(plan)
    for node in walk(build.context, plan.selection, progress):
        survey.see(node)
    return Audit(
        name=build.name,
        context=build.shown,
        dockerfile=build.dockerfile.name if build.dockerfile else "",
        builder=build.builder,
        ignore_file=build.ignore.name,
        permitted=survey.totals,
        sent=survey.totals,
        findings=tuple(sorted(survey.findings(), key=_rank)),
        largest=survey.largest,
        unknowns=(*plan.unknowns, *survey.unknowns()),
    )


def explain_path(build: BuildRequest, path: str) -> Explanation:
    """Say why one path of the context is sent or not; it need not exist.

    path: relative to the context root.
    """
    cleaned = go_path.clean(f"/{path}")[1:]
    if not cleaned:
        raise CtxauditError("the context root itself is always sent", fix="name a path below it")
    plan = Plan.of(build)
    tree = Tree(build.context)
    choice, stopped = _decide(plan.selection, tree, cleaned)
    says = tuple(_say(step) for step in plan.matcher.steps(cleaned))
    sent = choice.kept and not stopped
    by = plan.matcher.trail(cleaned).by
    return Explanation(
        path=cleaned,
        type=tree.type(cleaned),
        builder=build.builder,
        ignore_file=build.ignore.name,
        sent=sent,
        emptied=sent and tree.type(cleaned) == "file" and not plan.selection.opens(cleaned),
        stopped=stopped,
        says=says,
        last=next((say for say in says if by is not None and say.location == _location(by)), None),
    )


def _decide(selection: BuildSelection, tree: Tree, path: str) -> tuple[Choice, str]:
    """Walk down to one path; give the choice, and the directory at which the builder turned back."""
    choice = Choice(True, True, True, selection.root)
    for at in ancestry(path):
        choice = selection.step(at, at != path or tree.type(at) == "dir", choice.state)
        if at != path and not choice.enters:
            return choice, at
    return choice, ""


def _say(step: Step) -> Say:
    effect: Literal["excludes", "keeps"] = "keeps" if step.pattern.exception else "excludes"
    return Say(_location(step.pattern), step.pattern.written, step.at, effect, step.skipped)


def _location(pattern: DockerignorePattern) -> Location | None:
    return Location(pattern.file, pattern.line) if pattern.file else None


class _Survey:
    """What is kept of a walk: totals, findings and the largest files, never a record for each file."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._receiver = plan.receiver()
        self._finder = Finder(Catalogue())
        self._tree = Tree(plan.build.context)
        self._repository = Repository.of(plan.build.context)
        self._files = self._bytes = 0
        self._heap: list[tuple[int, str, Entry]] = []
        self._emptied: list[Entry] = []
        self._unreadable: list[Entry] = []
        self._not_utf8: list[str] = []

    def see(self, node: Node) -> None:
        if self._finder.wants(node):
            place = self._tree.place(node.path, self._repository, node)
            self._finder.ask(node, place, literal(node.path) or "")
        for entry in self._receiver.receive(node):
            self._count(entry, node)

    @property
    def totals(self) -> Totals:
        return Totals(self._files, self._bytes, self._receiver.transfer_bytes)

    @property
    def largest(self) -> tuple[Entry, ...]:
        return tuple(entry for *_, entry in sorted(self._heap, key=lambda row: (-row[0], row[1])))

    def findings(self) -> Iterator[Finding]:
        yield from self._finder.findings()
        facts = self._facts()
        for rule in rules():
            yield from rule.check(facts)

    def unknowns(self) -> Iterator[Unknown]:
        if self._repository is not None:
            self._repository.close()
            if self._repository.trouble:
                yield Unknown(
                    f"what git ignores and tracks: {self._repository.trouble}",
                    self._plan.build.shown,
                    "make `git status` work there (git's safe.directory, or an installed git)",
                )

    def _count(self, entry: Entry, node: Node) -> None:
        if not entry.path.isascii() and any("\ud800" <= char <= "\udfff" for char in entry.path):
            self._not_utf8.append(entry.path)
        if entry.type == "dir":
            self._finder.count(entry)
            return
        self._files += 1
        self._bytes += entry.content_bytes
        if entry.size and not entry.content_bytes and entry.type == "file":
            self._note_empty(entry, node)
        if not self._finder.count(entry):
            row = (entry.content_bytes, _Backwards(entry.path), entry)
            heapq.heappush(self._heap, row) if len(self._heap) < LARGEST else heapq.heappushpop(self._heap, row)

    def _note_empty(self, entry: Entry, node: Node) -> None:
        if not self._plan.selection.opens(entry.path):
            self._emptied.append(entry)
        elif node.attributes is not None and not node.attributes.readable:
            self._unreadable.append(entry)

    def _facts(self) -> Facts:
        build = self._plan.build
        return Facts(
            builder=build.builder,
            ignore=build.ignore,
            ignore_name=build.ignore.name or os.path.normpath(os.path.join(build.shown, NAME)),
            unread=build.unread,
            matcher=self._plan.matcher,
            emptied=tuple(self._emptied),
            unreadable=tuple(self._unreadable),
            not_utf8=tuple(self._not_utf8),
        )


class _Backwards(str):
    """Text that sorts from z to a, so that of equal sizes the first path stays on the heap."""

    def __lt__(self, other: str) -> bool:
        return str(self) > str(other)


def _rank(finding: Finding) -> tuple[int, int, str, str]:
    return SEVERITIES.index(finding.severity), -finding.bytes, finding.path, finding.rule


def _followed(context: Path, used: Sequence[str]) -> tuple[str, ...] | None:
    try:
        return follow_links(Tree(context), used)
    except PermissionError as error:
        raise TreeError(
            f"lstat {error.filename}: permission denied",
            where=os.path.relpath(error.filename, context),
            fix="the builder fails here too: make the directory above it readable",
        ) from error


def _unknowns(build: BuildRequest) -> Iterator[Unknown]:
    if build.dockerfile is None:
        yield Unknown(
            "what the build uses: there is no Dockerfile, so that everything permitted counts as used",
            build.shown,
            "name the Dockerfile with -f",
        )
