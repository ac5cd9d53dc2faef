"""What the files of the builders share: what each one has, and the symlinks of the used paths followed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from ctxaudit.files import Lookup
from ctxaudit.ignore import BadPattern, clean_path, compiled_glob, has_wildcard
from ctxaudit.ignore.matcher import Matcher, Trail
from ctxaudit.model import Entry, Node, client
from ctxaudit.values import LONGEST_PATH
from ctxaudit.walk import Choice, Columns, Measure, Reads, Selection

# What the file of every builder has: beside a `Scale`, a selection and a receiver.
#
# `PathSelection`, `Reader` and `NoBytes` are those of a builder that reads the directory itself, in its own dialect.


class Receiver(Protocol):
    """Takes the nodes of a walk in order, and gives the entries as they arrive."""

    def receive(self, node: Node) -> Iterable[Entry]: ...

    def add(self, measure: Measure) -> None:
        """Take entries that are all sent, below directories that are, as the builder's scale measured them."""

    @property
    def transfer_bytes(self) -> int:
        """Bytes of the whole transfer, had the walk ended here."""


class BuildSelection(Selection, Protocol):
    """A selection that also knows whether the content of a file it lists arrives."""

    def content_sent(self, path: str) -> bool: ...


class _PathState(NamedTuple):
    """The path of an entry, its trail by the ignore file, and that by the paths used, None where all is used."""

    path: str
    excluded: Trail
    included: Trail | None


class PathSelection:
    """What a program takes that asks its patterns about each path, and looks below what they exclude by the name."""

    def __init__(self, exclude: Matcher, include: Matcher | None, wide: bool) -> None:
        self.exclude, self.include = exclude, include
        self._wide = wide or include is None
        root = _PathState("", exclude.root, None if include is None else include.root)
        self.root = Choice(self._child, root, kept=True, permitted=True, descends=True)

    def enters(self, path: str) -> bool:
        """Whether the program looks below a directory that is excluded."""
        return False

    def takes(self, path: str) -> bool | None:
        """What decides about an entry before the patterns do; None where they do."""
        return None

    def refusal(self, path: str, full: str) -> str:
        """What the program says about a directory that it may not read."""
        return f"open {full}"

    def content_sent(self, path: str) -> bool:
        return True

    def reads(self, path: str, choice: Choice) -> Reads:
        """The program reads the directories that it enters, and no other."""
        return "itself" if choice.descends else "nothing"

    def _child(self, parent: _PathState, name: str) -> Choice:
        path = f"{parent.path}/{name}" if parent.path else name
        excluded = parent.excluded.child(name)
        included = None if parent.included is None else parent.included.child(name)
        taken = self.takes(path)
        permitted = not excluded.excluded if taken is None else taken
        used = included is None or included.excluded
        is_use_uniform = included is None or included.uniform_below
        kept = permitted and used
        return Choice(
            self._child,
            _PathState(path, excluded, included),
            kept=kept,
            permitted=permitted if self._wide else kept,
            descends=(permitted or self.enters(path)) and (used or not is_use_uniform),
            uniform_below=permitted and excluded.uniform_below and is_use_uniform,
            # The path decides, which is one entry's alone.
            cacheable=False,
        )


class Reader:
    """Gives what a program reads of a directory in its place: no bytes travel.

    A socket is passed over. The directories above an entry are there with it, as a copy makes them.
    """

    transfer_bytes = 0

    def __init__(self, selection: BuildSelection) -> None:
        self._parents: list[Node] = []

    def receive(self, node: Node) -> Iterable[Entry]:
        """Give the entry, after those of its directories that were not given yet."""
        parents = self._parents
        while parents and not node.path.startswith(f"{parents[-1].path}/"):
            parents.pop()
        if not node.kept or node.type == "socket":
            if node.entered:
                parents.append(node)
            return ()
        taken = [_entry_of(current) for current in (*parents, node)]
        parents.clear()
        return taken

    def add(self, measure: Measure) -> None:
        """Take entries that were measured: they have no bytes of a transfer."""


def _entry_of(node: Node) -> Entry:
    """Give an entry with all its content, none for what is not a file."""
    size = node.attributes.size if node.attributes else 0
    return Entry(node.path, node.type, 0 if node.type == "dir" else size, size if node.type == "file" else 0)


class NoBytes:
    """Measures what is taken whole, without a transfer: in place of its bytes stand the entries."""

    def columns(self, columns: Columns) -> Measure:
        return Measure(sum(columns.files), sum(columns.sizes), len(columns))

    def node(self, node: Node) -> Measure:
        """Measure one entry that is not a hard link and may be read."""
        entry = _entry_of(node)
        return Measure(int(node.type not in ("dir", "socket")), entry.content_bytes, int(node.type != "socket"))


# From the paths a build uses to the patterns that BuildKit's client includes, symlinks followed.
#
# Source: tonistiigi/fsutil 6d9dc2e, followlinks.go.


def follow_links(tree: Lookup, paths: Iterable[str]) -> tuple[str, ...] | None:
    """Give the include patterns in byte order, None where they come to everything.

    Absolute and escaping targets are taken from the context root; loops end. The paths are followed in their order,
    each to its end before the next one, and a link only once: of `lib/x` and `lib/y` behind the link `lib`, the second
    is lost. BuildKit gives its client the used paths sorted.

    With `app -> src` and `src/main -> /bin/run`, the path `app/main` becomes `app`, `bin/run`, `src/main`: each link on
    the way, and where the last one leads. With `up -> ..` in the root, the path `up` becomes everything, as ".." is cut
    off at the root, and the root is the whole context. With the same `app`, the path `a*` becomes `a*` and `src`.
    """
    resolved: set[str] = set()
    pending = [clean_path(client().path(f"./{path}")) for path in reversed(tuple(paths))]
    while pending:
        pending += reversed(_follow(tree, pending.pop(), resolved))
    return _without_nested(sorted(resolved, key=os.fsencode))


def _follow(tree: Lookup, path: str, resolved: set[str]) -> list[str]:
    """Walk the components up to the first link; give what to follow instead. path: cleaned."""
    whole = path.removeprefix("/") or "."
    current, targets = whole, None
    for slash in re.finditer("/", whole[:LONGEST_PATH]):
        current = whole[: slash.start()]
        targets = _targets(tree, current)
        if targets is not None:
            break
    else:
        current, targets = whole, _targets(tree, whole)
    if current in resolved:
        return []
    resolved.add(current)
    return [clean_path(f"{target}/{whole[len(current) + 1 :]}") for target in targets or ()]


def _targets(tree: Lookup, path: str) -> list[str] | None:
    """The targets behind a component, None if it is neither a link nor a wildcard that matches one."""
    parent, _, name = path.rpartition("/")
    if not has_wildcard(name):
        target = _target(tree, path)
        return None if target is None else [target]
    try:
        matches = compiled_glob(name)
    except BadPattern:
        return None
    children = sorted(filter(matches, tree.names(parent)), key=os.fsencode)  # as Go lists a directory
    targets = (_target(tree, f"{parent}/{child}" if parent else child) for child in children)
    return [target for target in targets if target is not None] or None


def _target(tree: Lookup, path: str) -> str | None:
    """The link's target from the context root, cleaned; ".." stops at the root."""
    if path in (".", "/"):
        return None
    link = tree.target(path)
    if link is None:
        return None
    absolute = client().from_root(link)
    if absolute is not None:
        return clean_path(absolute)
    parent = path.rpartition("/")[0]
    return clean_path(f"/{clean_path(f'{parent}/{link}' if parent else link)}")


def _without_nested(paths: list[str]) -> tuple[str, ...] | None:
    kept: list[str] = []
    last = ""
    for path in paths:
        if path == ".":
            return None
        if not path.startswith(f"{last}/"):
            kept.append(path)
            last = path
    return tuple(kept)
