"""What git says of the tree, through GitPython; this file alone imports it, and only where it is asked.

Git runs none of the repository's own programs here: no file system monitor, no transport.
"""

from __future__ import annotations

import bisect
import functools
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ctxaudit.errors import CtxauditError

if TYPE_CHECKING:
    import git

_SAFE = ("-c", "core.fsmonitor=false", "-c", "protocol.allow=never")


class Repository:
    """The repository that a context stands in; paths are relative to the context root.

    trouble: why git could not be asked, "" while it could; every answer is then False.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.trouble = ""
        self._checker: Any = None
        self._reader: Any = None

    @classmethod
    def of(cls, root: Path) -> Repository | None:
        """Find the repository of a directory, None outside of any; git itself is only started by a question."""
        top = Path(os.path.realpath(root))
        inside = any((directory / ".git").exists() for directory in (top, *top.parents))
        return cls(top) if inside else None

    def tracks(self, path: str) -> bool:
        """Whether the index holds the path, or something below it."""
        return next(self.tracked_below(path), None) is not None

    def tracked_below(self, path: str) -> Iterator[str]:
        """Give what the index holds of a path: itself, or the files below it."""
        wanted = os.fsencode(path)
        tracked = self._tracked
        at = bisect.bisect_left(tracked, wanted)
        if at < len(tracked) and tracked[at] == wanted:
            yield path
        below = wanted + b"/"
        for at in range(bisect.bisect_left(tracked, below), len(tracked)):
            if not tracked[at].startswith(below):
                return
            yield os.fsdecode(tracked[at])

    def ignores(self, path: str) -> bool:
        """Whether git's ignore rules leave the path out, and nothing of it is tracked."""
        return not self.tracks(path) and self._is_ignored(path)

    @property
    def home(self) -> Path:
        """The directory that holds `.git`."""
        return next(place for place in (self.root, *self.root.parents) if (place / ".git").exists())

    def merge_base(self, ref: str, head: str = "HEAD") -> tuple[Snapshot, Snapshot]:
        """Give the commit at which *head* left *ref*, and that of *head*.

        Raises CtxauditError where either cannot be told: no repository, no such commit, a shallow clone.
        """
        ours, other = self._commit(head), self._commit(ref)
        bases = self._asked("merge-base", ours, other, allowed=(0, 1)).split()
        if not bases:
            shallow = self._asked("rev-parse", "--is-shallow-repository").strip() == b"true"
            raise CtxauditError(
                f"{head} and {ref} have no commit in common" + " in this shallow clone" * shallow,
                fix="fetch more history: git fetch --unshallow" if shallow else "name another commit",
            )
        return self.snapshot(os.fsdecode(bases[0])), self.snapshot(ours)

    def snapshot(self, ref: str) -> Snapshot:
        """Give what a commit tracks; raises CtxauditError where git cannot tell."""
        commit = self._commit(ref)
        top = os.fsdecode(self._asked("rev-parse", "--show-toplevel").removesuffix(b"\n"))
        listed = self._asked("ls-tree", "-r", "-l", "-z", "--full-tree", commit)
        entries = (_tree_entry(row) for row in listed.split(b"\0")[:-1])
        return Snapshot(self, commit, Path(os.path.realpath(top)), {entry.path: entry for entry in entries})

    def _commit(self, ref: str) -> str:
        try:
            found = self._asked("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except CtxauditError as error:
            if self.trouble:
                raise
            raise CtxauditError(f"git knows no commit {ref}", fix=f"fetch it: git fetch origin {ref}") from error
        return os.fsdecode(found.strip())

    def blob(self, entry: TreeEntry, limit: int = -1) -> bytes:
        """Give the first bytes of an object, -1 for all; raises CtxauditError where a partial clone lacks it."""
        if self._reader is None:
            self._reader = self._run("cat-file", "--batch", as_process=True, istream=subprocess.PIPE)
        stream = self._reader.proc.stdout
        self._reader.proc.stdin.write(entry.object.encode() + b"\n")
        self._reader.proc.stdin.flush()
        size = stream.readline().split()[-1]
        if not size.isdigit():
            self.close()
            raise CtxauditError(
                f"git lacks the content of {entry.path}", fix="fetch it: this clone has only a part of the objects"
            )
        left = int(size) + 1
        content = stream.read(min(int(size), limit) if limit >= 0 else int(size))
        left -= len(content)
        while left > 0 and (dropped := stream.read(min(left, 1 << 20))):
            left -= len(dropped)
        return bytes(content)

    def _asked(self, *arguments: str, allowed: tuple[int, ...] = (0,)) -> bytes:
        """Run git to its end; raises CtxauditError with git's own words."""
        status, output, error = self._run(*arguments, with_extended_output=True, with_exceptions=False) or (1, b"", b"")
        if status not in allowed:
            said = " ".join(os.fsdecode(error).split()) if error else f"git {arguments[0]} failed"
            raise CtxauditError(self.trouble or said, fix="make git itself answer there")
        return bytes(output)

    def close(self) -> None:
        """End the helper processes."""
        helpers, self._checker, self._reader = (self._checker, self._reader), None, None
        for helper in helpers:
            if helper is not None:
                helper.proc.communicate()

    @functools.cached_property
    def _git(self) -> tuple[git.Git, tuple[str, ...]] | None:
        try:
            import git
        except ImportError:  # GitPython raises it where there is no git program
            self.trouble = "there is no git program"
            return None
        try:
            with git.Repo(self.root, search_parent_directories=True) as found:
                places = (f"--git-dir={found.git_dir}", f"--work-tree={found.working_tree_dir}")
                found.git.rev_parse("--git-dir")  # where git refuses the owner of the files, it says so here
        except (git.GitError, ValueError, OSError) as error:
            self.trouble = " ".join(str(getattr(error, "stderr", "") or error).split()) or type(error).__name__
            return None
        return git.Git(os.fspath(self.root)), ("git", *places, *_SAFE)

    @functools.cached_property
    def _tracked(self) -> list[bytes]:
        return sorted(self._run("ls-files", "-z").split(b"\0")[:-1])

    def _run(self, *arguments: str, **options: Any) -> Any:
        if self._git is None:
            return b""
        program, base = self._git
        return program.execute(
            [*base, *arguments], stdout_as_string=False, strip_newline_in_stdout=False, env=_ENVIRONMENT, **options
        )

    def _is_ignored(self, path: str) -> bool:
        """Ask one long-lived `git check-ignore`; it dies on a path inside a submodule, which is then not ignored.

        The "./" keeps a name that starts with ":" from being pathspec magic.
        """
        if self._git is None:
            return False
        if self._checker is None:
            self._checker = self._run(
                "check-ignore", "--stdin", "-z", "-v", "-n", as_process=True, istream=subprocess.PIPE
            )
        try:
            self._checker.proc.stdin.write(b"./" + os.fsencode(path) + b"\0")
            self._checker.proc.stdin.flush()
            _, _, pattern, _ = (_field(self._checker.proc.stdout) for _ in range(4))
        except (EOFError, BrokenPipeError):
            self.close()
            return False
        return pattern != b"" and not pattern.startswith(b"!")


class TreeEntry(NamedTuple):
    """A row of a commit's tree: its path from the top of the repository, git's mode, its object and its bytes."""

    path: str
    mode: int
    object: str
    size: int


class Snapshot:
    """What a commit tracks, read from git's objects: nothing is checked out, no filter is run.

    top: the working tree's directory. entries: files, links and submodules by their path from the top.
    """

    def __init__(self, repository: Repository, commit: str, top: Path, entries: dict[str, TreeEntry]) -> None:
        self._repository = repository
        self.commit = commit
        self.top = top
        self.entries = entries

    def inside(self, path: str | os.PathLike[str]) -> str | None:
        """Give a place on this machine relative to the top, "" for the top itself; None outside of it."""
        full = Path(os.path.abspath(path))
        full = Path(os.path.realpath(full.parent)) / full.name if full != self.top else full
        if not full.is_relative_to(self.top):
            return None
        inside = os.fspath(full.relative_to(self.top))
        return "" if inside == "." else inside

    def blob(self, entry: TreeEntry, limit: int = -1) -> bytes:
        """Give the first bytes of an entry, -1 for all; raises CtxauditError where a partial clone lacks it."""
        return self._repository.blob(entry, limit)

    def close(self) -> None:
        """End git's helper process; the next question starts another."""
        self._repository.close()

    def read(self, path: str) -> bytes | None:
        """Give a file's content, links inside the repository followed; None for what is no file."""
        for _ in range(_LINKS):
            entry = self.entries.get(path)
            if entry is None or entry.mode == SUBMODULE:
                return None
            if entry.mode != SYMLINK:
                return self.blob(entry)
            path = os.path.normpath(os.path.join(os.path.dirname(path), os.fsdecode(self.blob(entry))))
        return None

    @functools.cached_property
    def uses_lfs(self) -> bool:
        """Whether attributes of the commit hand files to Git LFS."""
        attributes = (entry for entry in self.entries.values() if os.path.basename(entry.path) == ".gitattributes")
        return any(b"filter=lfs" in self.blob(entry) for entry in attributes if entry.mode not in (SYMLINK, SUBMODULE))


SYMLINK, SUBMODULE = 0o120000, 0o160000
_LINKS = 40
_ROW = re.compile(rb"(\d+) \w+ (\w+) +(\d+|-)\t(.*)", re.DOTALL)


def _tree_entry(row: bytes) -> TreeEntry:
    mode, name, size, path = _ROW.fullmatch(row).groups()  # type: ignore[union-attr]
    return TreeEntry(os.fsdecode(path), int(mode, 8), name.decode(), 0 if size == b"-" else int(size))


_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


def _field(stream: Any) -> bytes:
    """Read up to the next NUL; each answer is short, and a buffered stream makes it cheap."""
    field = bytearray()
    while (byte := stream.read(1)) != b"\0":
        if not byte:
            raise EOFError
        field += byte
    return bytes(field)
