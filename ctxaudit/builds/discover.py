"""Every build that the files of a tree declare, each once. A new way to declare builds is a row in `WAYS`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ctxaudit.builds import bake, bare, compose, elsewhere, workflows
from ctxaudit.builds.compose.builds import ALL_PROFILES
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.default_files import bake_files, compose_files
from ctxaudit.builds.request import is_dockerfile
from ctxaudit.errors import CtxauditError
from ctxaudit.model import Failure, Location
from ctxaudit.repository import Repository
from ctxaudit.values import frozen

_PASSED_OVER = frozenset((".git", ".jj", ".hg", ".svn", "node_modules", "vendor", "venv", ".venv", "site-packages"))


@frozen
class Way:
    """A way to declare builds.

    files: of a directory, and the names in it, the files that belong together.
    declared: the builds of such files, below a root; raises CtxauditError.
    """

    files: Callable[[str, Sequence[str]], Iterable[tuple[str, ...]]]
    declared: Callable[[tuple[str, ...], str], Iterable[Declared]]


def _compose_files(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    found = compose_files(directory, names)
    return [found] if found else []


def _bake_files(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    found = bake_files(directory, names)
    return [found] if found else []


def _workflows(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    if not os.path.normpath(directory).endswith(workflows.DIRECTORY):
        return []
    paths = (os.path.normpath(os.path.join(directory, name)) for name in names)
    return [(path,) for path in paths if workflows.is_building(path)]


def _dockerfiles(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    return [(os.path.normpath(os.path.join(directory, name)),) for name in names if is_dockerfile(name)]


# In their order: of builds that are the same, the first one's name counts.
WAYS = (
    Way(_compose_files, lambda files, _: compose.declared(files, profiles=(ALL_PROFILES,))),
    Way(_bake_files, bake.every),
    Way(_workflows, lambda files, _: workflows.declared_in(files[0])),
    Way(elsewhere.units, lambda files, _: elsewhere.of_unit(files[0])),
    Way(elsewhere.cloud_builds, lambda files, root: elsewhere.of_cloud_build(files[0], root)),
    Way(_dockerfiles, lambda files, root: (bare.declared(files[0], root),)),
)


def discover(root: str) -> tuple[list[Declared], list[Failure]]:
    """Give the builds of a tree, and what could not be read.

    root: relative to the working directory. What git ignores, and other people's code, is passed over. A Dockerfile
    counts by itself only where no other file declares a build of it.
    """
    tree = _Tree(root)
    builds: dict[object, Declared] = {}
    taken: set[str] = set()
    failed: set[str] = set()
    for way, group in tree.files():
        # buildx bake reads compose files, too: one that cannot be read is named once, and the rest is tried without it.
        files = tuple(file for file in group if file not in failed)
        if not files or os.path.realpath(files[0]) in taken:
            continue
        try:
            for one in way.declared(files, root):
                builds.setdefault(one.identity, one)
                taken.update(one.dockerfiles)
        except CtxauditError as error:
            failed.update(files)
            tree.failures.append(Failure(files[0], Location(files[0], 1), str(error)))
    # One that another file declares has a row of its own.
    return list(builds.values()), [one for one in tree.failures if os.path.realpath(one.name) not in taken]


class _Tree:
    """The tree below a root; failures: the directories that could not be read."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._repository = Repository.of(Path(root))
        self.failures: list[Failure] = []

    def files(self) -> list[tuple[Way, tuple[str, ...]]]:
        """Give the files that declare builds, with their way, in the order of the ways."""
        found: list[tuple[int, tuple[str, ...]]] = []
        try:
            for directory, names in self._directories():
                for number, way in enumerate(WAYS):
                    groups = way.files(os.path.join(self._root, directory), names)
                    found += [(number, files) for files in groups if not self._is_ignored(directory, files[0])]
        finally:
            if self._repository is not None:
                self._repository.close()
        return [(WAYS[number], files) for number, files in sorted(found, key=lambda one: one[0])]

    def _directories(self) -> Iterator[tuple[str, list[str]]]:
        """Give each directory, relative to the root, and the names of the files in it; links are not followed."""
        pending = [""]
        while pending:
            directory = pending.pop()
            entries = self._entries(directory)
            yield directory, [entry.name for entry in entries if _is_file(entry)]
            self._name_unreadable(directory, entries)
            inner = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
            pending += [os.path.join(directory, name) for name in reversed(inner) if self._is_entered(directory, name)]

    def _entries(self, directory: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(os.path.join(self._root, directory)) as scan:
                return sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            where = os.path.normpath(os.path.join(self._root, directory))
            self.failures.append(Failure(where, Location(where, 1), f"open {where}: {error.strerror}"))
            return []

    def _name_unreadable(self, directory: str, entries: Sequence[os.DirEntry[str]]) -> None:
        """Note each Dockerfile that is a link to nothing, or no file at all."""
        for entry in entries:
            is_named = is_dockerfile(entry.name) and not _is_file(entry) and not os.path.isdir(entry.path)
            if is_named and not self._is_ignored(directory, entry.name):
                where = os.path.normpath(os.path.join(self._root, directory, entry.name))
                what = "a link that leads to no file" if entry.is_symlink() else "not a regular file"
                self.failures.append(Failure(where, Location(where, 1), f"open {where}: {what}"))

    def _is_entered(self, directory: str, name: str) -> bool:
        return name not in _PASSED_OVER and not self._is_ignored(directory, name)

    def _is_ignored(self, directory: str, name: str) -> bool:
        path = os.path.join(directory, os.path.basename(name))
        return self._repository is not None and self._repository.ignores(path)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a regular file, links followed; a link that leads to itself is not."""
    try:
        return entry.is_file()
    except OSError:
        return False
