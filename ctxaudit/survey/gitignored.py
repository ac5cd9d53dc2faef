"""What a clean checkout does not have, and a build sends from wherever it is: git ignores it, docker does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ctxaudit.dockerfile.stages import Use
from ctxaudit.model import EntryType, Location
from ctxaudit.repository import IgnoredNames
from ctxaudit.rules.catalogue import Catalogue, NameKind, catalogue
from ctxaudit.values import frozen
from ctxaudit.walk import Tree, TreePlace

_TYPES: tuple[EntryType, ...] = ("file", "dir")


@frozen
class Seen:
    """What is known of the context that is asked.

    prefix: of a context path, seen from the top of the work tree. directories: those that hold something sent.
    sends: whether a path would be sent. uses: the instructions that ask for paths.
    """

    tree: Tree
    prefix: str
    directories: Sequence[str]
    sends: Callable[[str], bool]
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
    the name alone says counts for the first place that would be sent. What an instruction names is meant to be there.
    """
    found = list(_found(seen, ignored))
    placed = {one.what for one in found if one.is_a.placed}
    return sorted((one for one in found if one.is_a.placed or one.what not in placed), key=lambda one: one.path)


def _found(seen: Seen, ignored: IgnoredNames) -> Iterator[Expected]:
    told: set[tuple[str, str]] = set()
    names = [name for name in dict.fromkeys(ignored.names()) if catalogue().knows_name(name)]
    for path in _paths(seen, names):
        for type_, kind in kinds_at(catalogue(), seen.tree, path):
            # A note is small by nature, and its size on another machine is not known.
            if kind.kind.severity == "note":
                continue
            what = kind.kind.name, path.rpartition("/")[2]
            if what in told and not kind.placed:
                break
            if not kind.placed and is_named(seen.uses, path):
                # It is where an instruction asks for it: that there is one more elsewhere is a guess.
                told.add(what)
                break
            line = ignored.decides(seen.prefix + path, is_dir=type_ == "dir")
            if line and _is_sent(seen, path, type_):
                yield Expected(path, type_, kind, line)
                told.update(() if kind.placed else (what,))
                break


def _paths(seen: Seen, names: Sequence[str]) -> Iterator[str]:
    """Give each place where something of these names is not, those nearest to the root first."""
    for directory in sorted(seen.directories, key=lambda path: (path.count("/"), path)) if names else ():
        for name in names:
            path = f"{directory}/{name}" if directory else name
            if seen.tree.type(path) is None:
                yield path


def kinds_at(catalogue: Catalogue, tree: Tree, path: str) -> Iterator[tuple[EntryType, NameKind]]:
    """Give what a path would be that is not there, were it a file or a directory that git ignores."""
    # Nothing is there that could say what it is: each type is tried, a file first.
    for type_ in _TYPES:
        # As it lies, with no neighbour, and with any: evidence that says the same of all three asks for none.
        places = (kind(tree, _LEFT_OUT, path, type_, 0, "") for kind in (TreePlace, _Alone, _Crowded))
        found = catalogue.expected(*places)
        if found is not None:
            yield type_, found


def _is_sent(seen: Seen, path: str, type_: EntryType) -> bool:
    """Whether it would be sent, of a directory what is in it, and no instruction names it."""
    return not is_named(seen.uses, path) and seen.sends(f"{path}/x" if type_ == "dir" else path)


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
