"""What git says of the tree, through GitPython; this file alone imports it, and only where it is asked.

Git runs none of the repository's own programs here: no file system monitor, no transport.
"""

from __future__ import annotations

import bisect
import functools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

    def close(self) -> None:
        """End the helper process."""
        checker, self._checker = self._checker, None
        if checker is not None:
            checker.proc.communicate()

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


_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


def _field(stream: Any) -> bytes:
    """Read up to the next NUL; each answer is short, and a buffered stream makes it cheap."""
    field = bytearray()
    while (byte := stream.read(1)) != b"\0":
        if not byte:
            raise EOFError
        field += byte
    return bytes(field)
