"""A context directory: on the disk, or as a commit has it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ctxaudit.errors import TreeError
from ctxaudit.files import DISK, Files, Mounted, is_file
from ctxaudit.repository import Snapshot


@dataclass(frozen=True, slots=True)
class Context:
    """A context directory.

    path: without symlinks. shown: as the user wrote it. files: where it and all else of the build is read.
    snapshot: the commit that it is of, None for the disk.
    """

    path: str
    shown: str
    files: Files
    snapshot: Snapshot | None

    @classmethod
    def of(cls, shown: str, snapshot: Snapshot | None) -> Context:
        """Find a directory; raises TreeError in docker's words for what is none.

        snapshot: what stands in for its repository's directory.
        """
        files = _files(snapshot)
        path = files.resolved(shown)
        kind = files.type(path)
        if kind is None or kind == "symlink":
            raise TreeError(
                f'unable to prepare context: path "{shown}" not found',
                fix="name the directory that `docker build` is given",
            )
        if kind != "dir":
            raise TreeError(
                f'unable to prepare context: "{shown}" is not a directory',
                fix="name the context directory, and a Dockerfile with -f",
            )
        is_inside = snapshot is not None and snapshot.inside(path) is not None
        return cls(path, shown, files, snapshot if is_inside else None)

    def called(self, name: str) -> str:
        """What the user would call a path of the context."""
        return os.path.normpath(os.path.join(self.shown, name))

    def has_file(self, name: str) -> bool:
        """Whether a regular file is there, symlinks followed."""
        return is_file(self.files, os.path.join(self.path, name))


def is_context(shown: str, snapshot: Snapshot | None) -> bool:
    """Whether a directory is there."""
    files = _files(snapshot)
    return files.type(files.resolved(shown)) == "dir"


def _files(snapshot: Snapshot | None) -> Files:
    return DISK if snapshot is None else Mounted(os.fspath(snapshot.top), snapshot)
