"""The size of each directory and file that is sent, in bounded memory: the small ones are merged, never lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ctxaudit.dockerfile.stages import Use
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import Amount, Audit, Entry, EntryType, Location, Node, SharedContext, SizeNode
from ctxaudit.rules.catalogue import Catalogue, NameKind, catalogue
from ctxaudit.survey.observers import Observer
from ctxaudit.values import entity, frozen
from ctxaudit.walk import Batch, Measure, Tree, TreePlace

if TYPE_CHECKING:
    from ctxaudit.repository.ignored import IgnoredNames
    from ctxaudit.survey.plan import Plan

# What a clean checkout does not have, and a build sends from wherever it is: git ignores it, docker does not.

_TYPES: tuple[EntryType, ...] = ("file", "dir")


@frozen
class Seen:
    """What is known of the context that is asked.

    prefix: of a context path, seen from the top of the work tree. directories: those that hold something sent.
    sends: whether a path would be sent; excludes: whether the ignore file keeps it out. uses: the instructions that ask
    for paths.
    """

    tree: Tree
    prefix: str
    directories: Sequence[str]
    sends: Callable[[str], bool]
    excludes: Callable[[str], bool]
    uses: Sequence[Use]


@frozen
class Expected:
    """A path that may be there, what it would be, and the line of git's that ignores it."""

    path: str
    type: EntryType
    is_a: NameKind
    line: Location

    @property
    def what(self) -> tuple[str, str]:
        return self.is_a.kind.name, self.path.rpartition("/")[2]


def expected(seen: Seen, ignored: IgnoredNames) -> list[Expected]:
    """Give what git ignores and a build sends, by path.

    What stands beside a path may say what it is, as a package.json of node_modules: then each such place counts. What
    the name alone says counts for the first place that would be sent, unless it has its place: where it is, where an
    instruction names it, or where the ignore file excludes it. That there is one more elsewhere is a guess.
    """
    expecteds = list(_found(seen, ignored))
    placed = {entry.what for entry in expecteds if entry.is_a.placed}
    return sorted(
        (entry for entry in expecteds if entry.is_a.placed or entry.what not in placed), key=lambda entry: entry.path
    )


def _found(seen: Seen, ignored: IgnoredNames) -> Iterator[Expected]:
    reported: set[tuple[str, str]] = set()
    has_place: set[str] = set()
    names = [name for name in dict.fromkeys(ignored.names()) if catalogue().knows_name(name)]
    for path in _paths(seen, names):
        name = path.rpartition("/")[2]
        if seen.tree.type(path) is not None:
            has_place.add(name)
            continue
        for type_, kind in kinds_at(catalogue(), seen.tree, path):
            # A note is small by nature, and its size on another machine is not known.
            if kind.kind.severity == "note":
                continue
            what = kind.kind.name, name
            if not kind.placed and (what in reported or name in has_place):
                break
            line = ignored.decides(seen.prefix + path, is_dir=type_ == "dir")
            if is_named(seen.uses, path) or (line and seen.excludes(_probe(path, type_))):
                has_place.add(name)
            if line and _is_sent(seen, path, type_):
                yield Expected(path, type_, kind, line)
                reported.update(() if kind.placed else (what,))
                break


def _paths(seen: Seen, names: Sequence[str]) -> Iterator[str]:
    """Give each place where something of these names may be, those nearest to the root first."""
    for directory in sorted(seen.directories, key=lambda path: (path.count("/"), path)) if names else ():
        for name in names:
            yield f"{directory}/{name}" if directory else name


def kinds_at(catalogue: Catalogue, tree: Tree, path: str) -> Iterator[tuple[EntryType, NameKind]]:
    """Give what a path would be that is not there, were it a file or a directory that git ignores."""
    # Nothing is there that could say what it is: each type is tried, a file first.
    for type_ in _TYPES:
        # As it lies, with no neighbour, and with any: evidence that says the same of all three asks for none.
        places = (kind(tree, _LEFT_OUT, path, type_, 0, "") for kind in (TreePlace, _Alone, _Crowded))
        name_kind = catalogue.expected(*places)
        if name_kind is not None:
            yield type_, name_kind


def _is_sent(seen: Seen, path: str, type_: EntryType) -> bool:
    """Whether it would be sent, of a directory what is in it, and no instruction names it."""
    return not is_named(seen.uses, path) and seen.sends(_probe(path, type_))


def _probe(path: str, type_: EntryType) -> str:
    """What is sent or not: the file itself, of a directory what is in it."""
    return f"{path}/x" if type_ == "dir" else path


def is_named(uses: Iterable[Use], path: str) -> bool:
    """Whether an instruction names the path, or what is below it."""
    return any(f"{use.path}/".startswith(f"{path}/") for use in uses)


class _LeftOut:
    """What git says of what it ignores."""

    def tracks(self, path: str) -> bool:
        return False

    def tracked_below(self, path: str) -> Iterator[str]:
        return iter(())

    def ignores(self, path: str) -> bool:
        return True


_LEFT_OUT = _LeftOut()


class _Alone(TreePlace):
    """A place without neighbours."""

    def names(self, where: str) -> frozenset[str]:
        return frozenset()

    def head(self, where: str = "") -> bytes:
        return b""


class _Crowded(_Alone):
    """A place that has any neighbour that may be asked for."""

    def names(self, where: str) -> frozenset[str]:
        return _ANY


class _AnyName(frozenset[str]):
    """Holds every name, and is like no other set: what was found in one is remembered."""

    def __contains__(self, name: object) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


_ANY = _AnyName()


# What several builds are sent of one context, each file counted once.

_Sides = tuple[Amount | None, Amount | None]


class _Union(Observer):
    """Takes what each of several builds is sent of one context; what arrives whole in one of them counts whole."""

    def __init__(self) -> None:
        self._bytes: dict[str, dict[str, int]] = {}
        self._below: dict[str, Amount] = {}

    def add(self, entry: Entry, node: Node, is_found: bool) -> None:
        if entry.type != "dir":
            above, _, name = entry.path.rpartition("/")
            known = self._bytes.setdefault(above, {})
            known[name] = max(known.get(name, 0), entry.content_bytes)

    def add_files(self, batch: Batch, measure: Measure, is_found: bool) -> None:
        self._bytes.setdefault(batch.start[:-1], {}).update(zip(batch.names, batch.sizes, strict=True))

    def add_below(self, path: str, measure: Measure) -> None:
        self._below[path] = Amount(measure.files, measure.content)

    def amount(self) -> Amount:
        """Give all of it, each file once."""
        # What is below a directory that arrived whole in one build is counted with it, also where another build was
        # sent only a part of it.
        tops = [path for path in self._below if self._below.keys().isdisjoint(ancestry(path)[:-1])]
        whole = set(tops)
        rest = [known for path, known in self._bytes.items() if whole.isdisjoint(ancestry(path))]
        return Amount(
            sum(self._below[path].files for path in tops) + sum(map(len, rest)),
            sum(self._below[path].bytes for path in tops) + sum(sum(known.values()) for known in rest),
        )


class Together:
    """Follows the builds of contexts that more than one of them is sent."""

    def __init__(self, plans: Iterable[Plan]) -> None:
        counts = Counter(plan.build.context for plan in plans if plan.requested)
        self._unions: dict[object, _Union] = {context: _Union() for context, count in counts.items() if count > 1}
        self._audits: dict[object, list[Audit]] = {context: [] for context in self._unions}

    def observers(self, plan: Plan) -> list[Observer]:
        """Give what watches what this build is sent."""
        union = self._unions.get(plan.build.context)
        return [union] if union is not None and plan.requested else []

    def add(self, plans: Sequence[Plan], audits: Sequence[Audit]) -> None:
        """Take what was said of builds, of each its audit."""
        for plan, audit in zip(plans, audits, strict=True):
            if plan.requested and plan.build.context in self._audits:
                self._audits[plan.build.context].append(audit)

    def contexts(self, compared: Callable[[object], _Sides] = lambda context: (None, None)) -> Iterator[SharedContext]:
        """Give the contexts that more than one build was sent, in the order met.

        compared: gives what is sent of a context at the base and at the head of a comparison, each file once.
        """
        for context, audits in self._audits.items():
            if len(audits) > 1:
                yield SharedContext(
                    audits[0].context,
                    tuple(audit.name for audit in audits),
                    Amount(sum(audit.sent.files for audit in audits), sum(audit.sent.bytes for audit in audits)),
                    self._unions[context].amount(),
                    *compared(context),
                )


LIMIT = 20_000


@entity
class _Branch:
    """An entry that arrived. merged, merged_bytes: files below it that have no branch of their own any more."""

    path: str
    type: EntryType
    parent: _Branch | None
    files: int = 0
    bytes: int = 0
    merged: int = 0
    merged_bytes: int = 0
    is_merged: bool = False

    @property
    def rank(self) -> tuple[int, str]:
        """The largest first, and a directory before what is in it."""
        return -self.bytes, self.path


class Sizes:
    """Takes the entries as they arrive, and keeps the *limit* largest directories and files."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._root = _Branch("", "dir", None)
        self._open = [self._root]
        self._closed: list[_Branch] = []

    def add(self, entry: Entry) -> None:
        """Take the next entry."""
        while len(self._open) > 1 and not entry.path.startswith(f"{self._open[-1].path}/"):
            self._close()
        self._open_parents(entry.path)
        branch = _Branch(entry.path, entry.type, self._open[-1])
        if entry.type != "dir":
            branch.files, branch.bytes = 1, entry.content_bytes
        self._open.append(branch)

    def nodes(self) -> tuple[SizeNode, ...]:
        """Give the root, then all that was kept, the largest first, then what was merged, a node for each directory.

        Call it once, after the last entry.
        """
        while len(self._open) > 1:
            self._close()
        self._merge()
        branches = [self._root, *self._closed]
        numbers = {branch: number for number, branch in enumerate(branches)}
        kept = (
            SizeNode(
                branch.path,
                numbers.get(branch.parent, -1) if branch.parent else -1,
                branch.type,
                branch.files,
                branch.bytes,
            )
            for branch in branches
        )
        return (*kept, *_merged(branches))

    def _open_parents(self, path: str) -> None:
        """Open the directories above that did not arrive: the classic builder gets none above what `!` brings back."""
        start = len(self._open[-1].path)
        while (end := path.find("/", start + 1)) >= 0:
            self._open.append(_Branch(path[:end], "dir", self._open[-1]))
            start = end

    def _close(self) -> None:
        branch = self._open.pop()
        self._open[-1].files += branch.files
        self._open[-1].bytes += branch.bytes
        self._closed.append(branch)
        # Merging sorts, so that it waits until there is as much to drop as to keep.
        if len(self._closed) > 2 * self._limit:
            self._merge()

    def _merge(self) -> None:
        """Keep the largest of what is closed: it grows no more, so that what is small now is small in the end, too."""
        self._closed.sort(key=lambda branch: branch.rank)
        small = self._closed[self._limit :]
        del self._closed[self._limit :]
        # All are marked before any is added: a merged parent of a merged branch takes nothing.
        for branch in small:
            branch.is_merged = True
        for branch in small:
            if branch.parent is not None and not branch.parent.is_merged:
                branch.parent.merged += branch.files
                branch.parent.merged_bytes += branch.bytes


def _merged(branches: list[_Branch]) -> Iterator[SizeNode]:
    for number, branch in enumerate(branches):
        if branch.merged:
            yield SizeNode(branch.path, number, None, branch.merged, branch.merged_bytes)
