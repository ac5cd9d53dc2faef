"""Git: what it says of a work tree, and the files of a commit. `program.py` alone runs it.

`fetch.py` is imported only where a context is fetched, `program.py` and `snapshot.py` where git is asked, `ignored.py`
where the lines of `.gitignore` are read.
"""

from __future__ import annotations

import bisect
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ctxaudit.errors import CtxauditError
from ctxaudit.files import has_repository, upwards

if TYPE_CHECKING:
    from ctxaudit.repository.program import Git, Helper
    from ctxaudit.repository.snapshot import Snapshot

# What git says of a work tree: what it tracks, what it ignores, where a branch left another.

_IGNORED = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")


class Repository:
    """The repository that a context stands in; paths are relative to the context root.

    trouble: why git could not be asked, "" while it could; every answer is then False. fix: what helps, where git says.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.trouble = self.fix = self._silence = ""
        self._answers: dict[str, bool] = {}
        self._regular: set[Path] = set()

    @classmethod
    def of(cls, root: Path) -> Repository | None:
        """Find the repository of a directory, None outside of any; git itself is only started by a question."""
        return cls(Path(os.path.realpath(root))) if has_repository(root) else None

    def tracks(self, path: str) -> bool:
        """Whether the index holds the path, or something below it."""
        return next(self.tracked_below(path), None) is not None

    @property
    def silence(self) -> str:
        """Why git does not say what it tracks, so that it may be any file; "" where it does."""
        _ = self._found
        return self._silence

    def tracked_below(self, path: str) -> Iterator[str]:
        """Give what the index holds of a path: itself, or the files below it."""
        encoded = os.fsencode(path)
        tracked = self._tracked
        at = bisect.bisect_left(tracked, encoded)
        if at < len(tracked) and tracked[at] == encoded:
            yield path
        below = encoded + b"/"
        for at in range(bisect.bisect_left(tracked, below), len(tracked)):
            if not tracked[at].startswith(below):
                return
            yield os.fsdecode(tracked[at])

    def files(self) -> Iterator[str]:
        """Give what the index holds of the context, by path."""
        return map(os.fsdecode, self._tracked)

    def tracked_named(self, name: str) -> Iterator[str]:
        """Give the paths of this name that the index holds."""
        encoded = os.fsencode(name)
        yield from (os.fsdecode(path) for path in self._tracked if path.rpartition(b"/")[2] == encoded)

    def ignores(self, path: str) -> bool:
        """Whether git's ignore rules exclude the path, and nothing of it is tracked."""
        if path not in self._answers:
            self._answers[path] = not self.tracks(path) and self._is_ignored(path)
        return self._answers[path]

    @functools.cached_property
    def ignored_entries(self) -> frozenset[str]:
        """What is there, git ignores and does not track: a directory for all that is in it.

        Nothing where git cannot say so in time: its own files may be such as never end.
        """
        from ctxaudit.repository.program import SHORT_LIMIT

        # Inside a directory that it ignores whole, git 2.39 ends in "directory entry not superset of prefix".
        if not self._tracked and self._is_ignored("."):
            return frozenset(os.listdir(self.root))
        try:
            listed = self._git.run(*_IGNORED, limit=SHORT_LIMIT).split(b"\0") if self._git else []
        except CtxauditError as error:
            self.trouble = error.what
            return frozenset()
        return frozenset(os.fsdecode(path).rstrip("/") for path in listed) - {"", "."}

    @property
    def home(self) -> Path:
        """The directory that holds `.git`."""
        return next(place for place in upwards(self.root) if os.path.exists(place / ".git"))

    def merge_base(self, ref: str, head: str = "HEAD") -> tuple[Snapshot, Snapshot]:
        """Give the commit at which *head* left *ref*, and that of *head*.

        Raises CtxauditError where either is not known: no repository, no such commit, a shallow clone.
        """
        from ctxaudit.repository.program import Git
        from ctxaudit.repository.snapshot import Snapshot

        git = Git.of(self.root)
        ours, other = git.commit(head), git.commit(ref)
        bases = git.run("merge-base", ours, other, allowed=(0, 1)).split()
        if not bases:
            shallow = git.run("rev-parse", "--is-shallow-repository").strip() == b"true"
            raise CtxauditError(
                f"{head} and {ref} have no commit in common" + " in this shallow clone" * shallow,
                fix="fetch more history: git fetch --unshallow" if shallow else "name another commit",
            )
        return Snapshot.of(git, os.fsdecode(bases[0])), Snapshot.of(git, ours)

    def close(self) -> None:
        """End the helper process."""
        if checker := self.__dict__.get("_checker"):
            checker.close()

    @functools.cached_property
    def _found(self) -> tuple[Git | None, list[bytes]]:
        """The repository, and what its index holds, by path; None and nothing where git cannot say so."""
        from ctxaudit.repository.program import Git, NoRepository

        try:
            git, tracked = Git.tracking(self.root)
        except CtxauditError as error:  # a damaged index, too: what is sent does not depend on it
            self.trouble, self.fix = error.what, error.fix or ""
            if not isinstance(error, NoRepository):
                self._silence = error.what.removeprefix("fatal: ").partition(" in repository at ")[0]
            return None, []
        return git, sorted(filter(None, tracked))

    @property
    def _git(self) -> Git | None:
        return self._found[0]

    @property
    def _tracked(self) -> list[bytes]:
        return self._found[1]

    @functools.cached_property
    def _checker(self) -> Helper | None:
        from ctxaudit.repository.program import SHORT_LIMIT, Helper

        git = self._git
        return Helper(git, "check-ignore", "--stdin", "-z", "-v", "-n", limit=SHORT_LIMIT) if git else None

    def _is_ignored(self, path: str) -> bool:
        """Ask one long-lived `git check-ignore`; it dies on a path inside a submodule, which is then not ignored.

        The "./" keeps a name that starts with ":" from being pathspec magic.
        """
        if self.trouble or self._checker is None:
            return False
        from ctxaudit.repository.program import Ended

        try:
            self._check_way(path)
            self._checker.ask(b"./" + os.fsencode(path) + b"\0")
            _, _, pattern, _ = (self._checker.until(b"\0") for _ in range(4))
        except Ended:
            return False
        except CtxauditError as error:
            self.trouble = error.what
            return False
        return pattern != b"" and not pattern.startswith(b"!")

    def _check_way(self, path: str) -> None:
        """Raise CtxauditError where git would wait for the `.gitignore` of a directory on the way to a path."""
        from ctxaudit.repository.program import check_ignoring

        way = [place for place in (self.root / path).parents if place.is_relative_to(self.root)]
        new = [place for place in way if place not in self._regular]
        check_ignoring(new, self.root)
        self._regular.update(new)


__all__ = ["Repository"]
