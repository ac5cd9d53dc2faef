"""What is kept of a walk: totals, findings and the largest files, never a record for each file."""

from __future__ import annotations

import functools
import heapq
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from ctxaudit.builders import BUILDERS
from ctxaudit.builders.base import Builder
from ctxaudit.ignore.file import NAME, written
from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.ignore.pattern import DockerignorePattern, literal
from ctxaudit.leaves import Leaves
from ctxaudit.matched import matched
from ctxaudit.model import Entry, Finding, Location, Node, Reach, Totals, Unknown
from ctxaudit.plan import Plan, decide
from ctxaudit.repository import Repository
from ctxaudit.requests.workflows import concerning
from ctxaudit.rules.catalogue import Catalogue
from ctxaudit.rules.finder import Finder
from ctxaudit.rules.registry import Facts, SourceFact, rules
from ctxaudit.rules.slips import Slips
from ctxaudit.sources import Source, sources
from ctxaudit.walk import Run
from ctxaudit.write import own_lines

LARGEST = 10
SHORT = 500  # patterns of a list, each of which is looked for in the tree


class _Tally:
    """Counts what one receiver gives."""

    def __init__(self) -> None:
        self.files = self.bytes = 0

    def add(self, entry: Entry) -> None:
        if entry.type != "dir":
            self.files += 1
            self.bytes += entry.content_bytes

    def add_files(self, files: int, content_bytes: int) -> None:
        self.files += files
        self.bytes += content_bytes


class Survey:
    """Takes the nodes of a wide walk in order.

    leaves: with `collect`, every permitted path that is no directory and in no finding. excluded: what the ignore file
    leaves out, a directory for all below it. takers: are given each entry that is sent.
    """

    def __init__(self, plan: Plan, collect: bool = False, takers: Sequence[Callable[[Entry], None]] = ()) -> None:
        self._plan = plan
        self._collect = collect
        self._takers = takers
        self.leaves, self.excluded = Leaves(), Leaves()
        self._sent = plan.receiver(plan.selection)
        self._permitted = plan.receiver(plan.permitted) if plan.narrows else self._sent
        self._sent_tally, self._permitted_tally = _Tally(), _Tally()
        self._finder = Finder(Catalogue())
        self._repository = Repository.of(plan.build.context) if plan.build.snapshot is None else None
        self._sources = tuple(sources(plan.tree, plan.uses))
        self._wanted = {path for source in self._sources for path in source.paths}
        self._arrived: Counter[str] = Counter()
        self._heap: list[tuple[int, str, Entry]] = []
        self._emptied: list[Entry] = []
        self._unreadable: list[Entry] = []
        self._not_utf8: list[str] = []
        self._classic = _ClassicLoss(plan)
        self._workflows = concerning(plan.build)
        self._written = written(plan.build.ignore.data)
        self._slips = Slips(plan.build.ignore.patterns, self._written)

    def see(self, node: Node) -> None:
        """Take the next node."""
        if self._collect and not node.permitted and not node.entered:
            self.excluded.add(node.path)
        if self._finder.wants(node):
            place = self._plan.tree.place(node.path, self._repository, node)
            self._finder.ask(node, place, literal(node.path) or "")
        self._classic.see(node)
        if self._plan.narrows:
            for entry in self._permitted.receive(node._replace(kept=node.permitted)):
                self._permitted_tally.add(entry)
                self._keep_leaf(entry, self._finder.count_permitted(entry))
        if self._plan.requested:
            for entry in self._sent.receive(node):
                self._count_sent(entry, node)

    def suffice(self, start: str) -> bool:
        """Whether nothing is wanted of the files in a directory but their sums: all of it is one finding's."""
        return (
            not self._takers
            and self._finder.closes(start)
            and not self._classic.watches
            and not self._slips.any
            and not any(path.startswith(start) for path in self._wanted)
            and start.isascii()
        )

    def add_files(self, run: Run, kept: bool) -> None:
        """Take plain files of such a directory."""
        if self._plan.narrows:
            self._permitted_tally.add_files(len(run), content := self._permitted.add_files(run))
            self._finder.add_files(len(run), content, sent=False)
        if self._plan.requested and kept:
            self._sent_tally.add_files(len(run), content := self._sent.add_files(run))
            self._finder.add_files(len(run), content, sent=True)

    @property
    def sent(self) -> Totals:
        transfer = self._sent.transfer_bytes if self._plan.requested and not self._plan.is_fetched else 0
        return Totals(self._sent_tally.files, self._sent_tally.bytes, transfer)

    @property
    def permitted(self) -> Totals:
        tally = self._permitted_tally if self._plan.narrows else self._sent_tally
        transfer = 0 if self._plan.is_fetched else self._permitted.transfer_bytes
        return Totals(tally.files, tally.bytes, transfer)

    @property
    def largest(self) -> tuple[Entry, ...]:
        """The largest files that are sent and in no finding, the largest first."""
        return tuple(entry for *_, entry in sorted(self._heap, key=lambda row: (-row[0], str(row[1]))))

    def findings(self) -> Iterator[Finding]:
        """Give all findings, once the walk is over."""
        found = tuple(self._finder.findings(self._furthest()))
        yield from found
        facts = self._facts(tuple(finding for finding in found if finding.severity == "error"))
        for rule in rules():
            yield from rule.check(facts)

    def close(self) -> None:
        """End git's helper process."""
        if self._repository is not None:
            self._repository.close()

    def unknowns(self) -> Iterator[Unknown]:
        """Give what git and the workflows could not tell, and end git's helper process."""
        self.close()
        yield from self._workflows.unknowns
        if self._repository is not None and self._repository.trouble:
            yield Unknown(
                f"what git ignores and tracks: {self._repository.trouble}",
                self._plan.build.shown,
                "make `git status` work there (git's safe.directory, or an installed git)",
            )

    def _count_sent(self, entry: Entry, node: Node) -> None:
        self._sent_tally.add(entry)
        for take in self._takers:
            take(entry)
        if not entry.path.isascii() and any("\ud800" <= char <= "\udfff" for char in entry.path):
            self._not_utf8.append(entry.path)
        if self._wanted:
            self._arrived.update(path for path in ancestry(entry.path) if path in self._wanted)
        belongs = self._finder.count_sent(entry)
        if self._slips.any:
            self._slips.see(entry, belongs)
        if not self._plan.narrows:
            self._keep_leaf(entry, belongs)
        if entry.type == "dir":
            return
        if entry.size and not entry.content_bytes and entry.type == "file":
            self._note_empty(entry, node)
        if not belongs and (len(self._heap) < LARGEST or entry.content_bytes >= self._heap[0][0]):
            row = (entry.content_bytes, _Backwards(entry.path), entry)
            heapq.heappush(self._heap, row) if len(self._heap) < LARGEST else heapq.heappushpop(self._heap, row)

    def _keep_leaf(self, entry: Entry, belongs: bool) -> None:
        if self._collect and entry.type != "dir" and not belongs:
            self.leaves.add(entry.path)

    def _note_empty(self, entry: Entry, node: Node) -> None:
        if not self._plan.selection.opens(entry.path):
            self._emptied.append(entry)
        elif node.attributes is not None and not node.attributes.readable:
            self._unreadable.append(entry)

    def tracks(self, path: str) -> bool:
        """Whether git tracks a path, or something below it."""
        return self._repository is not None and self._repository.tracks(path)

    def tracked_below(self, path: str) -> Iterator[str]:
        """Give what git tracks of a path: itself, or the files below it."""
        return self._repository.tracked_below(path) if self._repository is not None else iter(())

    def git_ignores(self, path: str) -> bool:
        """Whether git's ignore rules leave a path out, and nothing of it is tracked."""
        return self._repository is not None and self._repository.ignores(path)

    def _furthest(self) -> Callable[[str], tuple[Reach, Location | None]]:
        asks = self._plan.asks()
        name = self._plan.build.dockerfile.name if self._plan.build.dockerfile else ""

        def furthest(path: str) -> tuple[Reach, Location | None]:
            ask = asks.furthest(path) if asks else None
            return (ask.reach, Location(name, ask.use.line)) if ask else ("sent", None)

        return furthest

    def _facts(self, secrets: tuple[Finding, ...]) -> Facts:
        build = self._plan.build
        is_short = len(self._plan.matcher.patterns) <= SHORT
        return Facts(
            builder=build.builder,
            fetched=build.shown if self._plan.is_fetched else "",
            from_git=tuple((step.at, step.action) for step in self._workflows.from_git),
            ignore=build.ignore,
            ignore_name=build.ignore.name or os.path.normpath(os.path.join(build.shown, NAME)),
            unread=build.unread,
            matcher=self._plan.matcher,
            emptied=tuple(self._emptied),
            unreadable=tuple(self._unreadable),
            not_utf8=tuple(self._not_utf8),
            dockerfile=build.dockerfile.name if build.dockerfile else "",
            sources=tuple(map(self._source_fact, self._sources)),
            whole=tuple(self._plan.whole()) if build.builder == "buildkit" else (),
            lost_by_classic=tuple(self._classic.lost),
            matched=functools.partial(matched, self._plan.tree) if is_short else _not_known,
            names_in=self._plan.tree.names,
            secrets=secrets,
            slips=tuple(self._slips.all(self._has_to_stay)),
            exists=lambda path: self._plan.tree.type(path) is not None,
            written=self._written,
            own_lines=own_lines(build.ignore.data),
        )

    def _has_to_stay(self, path: str) -> bool:
        """Whether git tracks a path that is sent, an instruction names it, or an exception is about this very path."""
        named = any(one == path or one.startswith(f"{path}/") for one in self._wanted)
        excepted = any(not one.refused and one.matches(path) for one in self._plan.matcher.exceptions)
        return named or excepted or self.tracks(path)

    def _source_fact(self, source: Source) -> SourceFact:
        sent = any(self._has_arrived(path) for path in source.paths)
        present = bool(source.paths) or source.wildcard
        if sent or not source.paths:
            return SourceFact(source.use, present, sent or not source.paths, None, "")
        lost = self._first_lost(source.paths[0])
        by = self._plan.matcher.trail(lost).by
        return SourceFact(source.use, present, False, by, self._mend(source, lost) if by else "")

    def _mend(self, source: Source, lost: str) -> str:
        """The shortest exception at the end of the list that keeps a source for every builder, "" where none does."""
        line = literal(source.paths[0])
        texts = [f"!{line}", f"!{line}/*", f"!{line}/**"] if line else []
        for text in [f"!{source.use.path}", *texts] if source.wildcard else texts:
            mended = Matcher([*self._plan.matcher.patterns, DockerignorePattern(text)])
            kept = all(_keeps(builder, mended, lost) for builder in BUILDERS.values())
            if kept and not mended.excludes(lost):
                return text
        return ""

    def _has_arrived(self, path: str) -> bool:
        """Whether the file, or something in the directory, is sent; a directory that is empty has nothing to lose."""
        if self._arrived[path] > 1:
            return True
        is_dir = self._plan.tree.type(path) == "dir"
        return self._arrived[path] == 1 and (not is_dir or not self._plan.tree.names(path))

    def _first_lost(self, path: str) -> str:
        """The path itself, or of a directory that is sent empty the first name in it."""
        if self._plan.matcher.trail(path).excluded:
            return path
        return f"{path}/{min(self._plan.tree.names(path), default='')}"


def _not_known(pattern: DockerignorePattern) -> None:
    """What a pattern of a list matches that is too long to be looked for."""


class _ClassicLoss:
    """Collects what BuildKit is sent and the classic builder is not: it does not enter the directory above."""

    def __init__(self, plan: Plan) -> None:
        exceptions = plan.matcher.exceptions if plan.build.builder == "buildkit" else ()
        self._starts = tuple(f"{pattern.text}/" for pattern in exceptions)
        self._closed = ""
        self.lost: list[str] = []

    @property
    def watches(self) -> bool:
        """Whether a file may be lost here."""
        return bool(self._closed)

    def see(self, node: Node) -> None:
        if not self._starts:
            return
        if self._closed and not node.path.startswith(self._closed):
            self._closed = ""
        if node.permitted and self._closed and node.type != "dir":
            self.lost.append(node.path)
        if node.entered and not node.permitted and not self._closed:
            below = f"{node.path}/"
            self._closed = "" if any(start.startswith(below) for start in self._starts) else below


class _Backwards(str):
    """Text that sorts from z to a, so that of equal sizes the first path stays on the heap."""

    def __lt__(self, other: str) -> bool:
        return str(self) > str(other)


def _keeps(builder: Builder, matcher: Matcher, path: str) -> bool:
    choice, stopped = decide(builder.select(matcher, None, "", False), path)
    return choice.kept and not stopped
