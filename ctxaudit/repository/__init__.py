"""Git: what it says of a work tree, and the files of a commit. `program.py` alone runs it.

`fetch.py` is imported only where a context is fetched, `program.py` and `snapshot.py` where git is asked.
"""

from __future__ import annotations

import bisect
import functools
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from ctxaudit.errors import CtxauditError
from ctxaudit.files import LARGEST, has_repository, upwards
from ctxaudit.ignore import Linear, linear
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import Location
from ctxaudit.values import expression

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


# What `.gitignore` files exclude, whatever the disk holds: git's own answer is about the files on it.

FILE = ".gitignore"
# How pathspec's expressions end, which match all that is below as well: a name, a directory, all in a directory.
_ENDS = {"(?:(?P<ps_d>/)|$)": "/?$", "(?P<ps_d>/)": "/$", "": ".+$"}
_WILD = expression(r"[*?\[\\]")


class _Line(NamedTuple):
    """A line that is a pattern. matches: in linear time, as a line of a stranger may be slow for any other engine."""

    number: int
    text: str
    leaves_out: bool
    matches: Linear


class IgnoredLine(NamedTuple):
    """A line that is about paths: the directory of its file, and what it says, without "!"; its number in the file."""

    directory: str
    text: str
    number: int = 0


class IgnoredNames:
    """`.gitignore` files by their directories; paths are relative to the top of the work tree."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._lines = {directory: tuple(_lines(data)) for directory, data in files.items()}
        self._decides = functools.lru_cache(maxsize=65_536)(self._decided)

    @classmethod
    def of(cls, snapshot: Snapshot) -> IgnoredNames:
        """Read those of a commit."""
        files = (path for path in snapshot.entries if os.path.basename(path) == FILE)
        return cls({os.path.dirname(path): whole(snapshot.read(path, LARGEST + 1) or b"", path) for path in files})

    def lines(self) -> Iterator[IgnoredLine]:
        """Give the lines that exclude something, file by file."""
        return self._all(leaves_out=True)

    def taken_back(self) -> Iterator[IgnoredLine]:
        """Give the lines that begin with "!", file by file: what they mean is kept, unless another line says more."""
        return self._all(leaves_out=False)

    def _all(self, *, leaves_out: bool) -> Iterator[IgnoredLine]:
        for directory, lines in self._lines.items():
            for line in (line for line in lines if line.leaves_out is leaves_out):
                text = line.text.encode("latin-1").decode("utf-8", "surrogateescape")
                yield IgnoredLine(directory, text.removeprefix("!"), line.number)

    def names(self) -> Iterator[str]:
        """Give the names that lines exclude, without those that have a wildcard."""
        for lines in self._lines.values():
            for line in lines:
                name = line.text.rstrip("/").rpartition("/")[2]
                if line.leaves_out and name and not _WILD.search(name):
                    yield name

    def decides(self, path: str, *, is_dir: bool) -> Location | None:
        """Give the line that excludes a path, None if no line does; below an excluded directory all is excluded."""
        *above, last = ancestry(path)
        locations = (
            self._decides(ancestor, is_dir) for ancestor, is_dir in (*((at, True) for at in above), (last, is_dir))
        )
        return next(filter(None, locations), None)

    def _decided(self, path: str, is_dir: bool) -> Location | None:
        """Ask about the path itself: the nearest file with a line that matches decides, by its last one."""
        above = path
        while above:
            above = os.path.dirname(above)
            below = os.fsencode(path[len(above) :].lstrip("/") + "/" * is_dir)
            for line in reversed(self._lines.get(above, ())):
                if line.matches.search(below):
                    return Location(os.path.join(above, FILE), line.number) if line.leaves_out else None
        return None


def whole(data: bytes, path: str) -> bytes:
    """Return what was read of a file; raises CtxauditError where that is more than the limit."""
    if len(data) > LARGEST:
        what = f"it is larger than {LARGEST:,} bytes, the limit of what is read"
        raise CtxauditError(what, where=path, fix="make it smaller: git reads each line of it for each path")
    return data


def _lines(data: bytes) -> Iterator[_Line]:
    """The lines that mean something; git passes the others over, too."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        text = re.sub(r"(?<!\\) +$", "", line.decode("latin-1").removesuffix("\r"))  # a letter for each byte
        try:
            pattern = GitIgnoreSpecPattern(text)
            if pattern.include is not None and pattern.regex is not None:
                yield _Line(number, text, pattern.include, linear(_exactly(pattern.regex.pattern), bytewise=True))
        except (ValueError, re.error):  # Refused is a ValueError
            continue


def _exactly(source: str) -> str:
    """Give the expression that matches the path itself, a directory with a slash at its end."""
    end = next(end for end in _ENDS if source.endswith(end))
    return f"^(?:{source.removesuffix(end)}){_ENDS[end]}" if end or source != "." else "^.+$"


__all__ = ["Repository"]
