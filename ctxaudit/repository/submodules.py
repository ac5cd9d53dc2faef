"""The files of submodules, put at their places in the commit that names them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from ctxaudit.errors import CtxauditError
from ctxaudit.repository.blobs import Fixed
from ctxaudit.repository.program import Git
from ctxaudit.repository.snapshot import FILE_MODE, Snapshot, TreeEntry
from ctxaudit.values import expression, frozen

_DEEPEST, _MOST = 8, 200  # submodules within submodules, and all of them: more is no project
_KEY = expression(r"submodule\.(.*)\.(path|url|update)", re.DOTALL)


class Submodule(NamedTuple):
    """A submodule as a commit has it; url: "" where `.gitmodules` does not tell."""

    path: str
    name: str
    url: str
    commit: str


class Homes(Protocol):
    """Where the repositories of one commit's submodules are."""

    def open(self, submodule: Submodule) -> tuple[Git, Homes]:
        """Give the repository that holds the submodule's commit, and where its own submodules are.

        Raises CtxauditError where it cannot be had.
        """

    def link(self, submodule: Submodule, path: str) -> str | None:
        """The content of the `.git` file that stands in the submodule at *path*, None where it is not known."""


def with_submodules(snapshot: Snapshot, git: Git, homes: Homes, *, lfs: bool = True) -> Snapshot:
    """Put the files of all submodules in place; of one that cannot be had, why, stands in `missing`."""
    return _Graft(snapshot, lfs).grown(git, snapshot, homes, "", 0)


def checked_out(path: str, ref: str) -> Snapshot:
    """Give a commit of the repository that a path stands in, with the submodules whose commits are there.

    path: it need not be there now. Raises CtxauditError where git cannot tell.
    """
    git = Git.of(_nearest(os.path.realpath(path)))
    snapshot = Snapshot.of(git, git.commit(ref))
    common = git.run("rev-parse", "--path-format=absolute", "--git-common-dir")
    return with_submodules(snapshot, git, LocalHomes(Path(os.fsdecode(common.removesuffix(b"\n"))) / "modules"))


class _Graft:
    def __init__(self, whole: Snapshot, lfs: bool) -> None:
        self._whole = whole
        self._lfs = lfs
        self._count = 0

    def grown(self, git: Git, snapshot: Snapshot, homes: Homes, start: str, depth: int) -> Snapshot:
        for submodule in _submodules(git, snapshot):
            path = f"{start}{submodule.path}"
            try:
                self._check(path, depth)
                home, below = homes.open(submodule)
                inner = Snapshot.of(home, submodule.commit, lfs=self._lfs)
            except CtxauditError as error:
                self._whole = self._whole.without(path, error.what)
                continue
            link = homes.link(submodule, path)
            self._whole = self._whole.with_files(path, inner if link is None else _linked(inner, link))
            self.grown(home, inner, below, f"{path}/", depth + 1)
        return self._whole

    def _check(self, path: str, depth: int) -> None:
        self._count += 1
        if depth >= _DEEPEST or self._count > _MOST:
            raise CtxauditError(f"more than {_MOST} submodules, or deeper than {_DEEPEST}")


@frozen
class LocalHomes:
    """The submodules that a clone has.

    directory: where git keeps them. place: the same, seen from the top of the work tree.
    """

    directory: Path
    place: str = ".git/modules"

    def open(self, submodule: Submodule) -> tuple[Git, Homes]:
        home = self.directory / submodule.name
        steps = submodule.name.split("/")
        if ".." in steps or not all(steps) or not (home / "HEAD").is_file():
            raise CtxauditError("it is not here")
        git = Git.bare(home)
        git.run("cat-file", "-e", f"{submodule.commit}^{{commit}}")
        return git, LocalHomes(home / "modules", f"{self.place}/{submodule.name}/modules")

    def link(self, submodule: Submodule, path: str) -> str | None:
        return f"gitdir: {os.path.relpath(f'{self.place}/{submodule.name}', path)}\n"


def _nearest(path: str) -> Path:
    """The path, or the directory above it that is there."""
    return next(place for place in (Path(path), *Path(path).parents) if place.is_dir())


def _submodules(git: Git, snapshot: Snapshot) -> Iterator[Submodule]:
    """Join what the tree and `.gitmodules` say; `update = none` leaves a submodule empty."""
    said = _configured(git, snapshot) if snapshot.submodules else {}
    by_path = {values["path"]: (name, values) for name, values in said.items() if "path" in values}
    for path in snapshot.submodules:
        name, values = by_path.get(path, ("", {}))
        if values.get("update") != "none":
            yield Submodule(path, name, values.get("url", ""), snapshot.entries[path].object)


def _configured(git: Git, snapshot: Snapshot) -> dict[str, dict[str, str]]:
    if snapshot.type(".gitmodules") != "file" or snapshot.lacks(".gitmodules"):
        return {}
    found: dict[str, dict[str, str]] = {}
    listed = git.run("config", "--blob", f"{snapshot.commit}:.gitmodules", "-z", "--list")
    for line in os.fsdecode(listed).split("\0")[:-1]:
        key, _, value = line.partition("\n")
        if match := _KEY.fullmatch(key):
            found.setdefault(match[1], {})[match[2]] = value
    return found


def _linked(snapshot: Snapshot, link: str) -> Snapshot:
    entry = TreeEntry(FILE_MODE, len(os.fsencode(link)), link, Fixed())
    return snapshot.with_entries([(".git", entry)])
