"""The git program, run through GitPython; this file alone imports it, and only where git is asked.

Git runs none of the repository's own programs here: no file system monitor, no hook, no filter, no transport.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctxaudit.errors import CtxauditError
from ctxaudit.files import LARGEST, project_of

SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

_FILES = ("HEAD", "config", "index", "packed-refs", "objects/info/alternates")  # in .git


@dataclass(frozen=True, slots=True)
class Git:
    """One repository.

    directory: where git is run. base: the command that every question starts with. git_dir: its own directory.
    top: the work tree, or of a bare repository its own directory.
    """

    directory: Path
    base: tuple[str, ...]
    git_dir: Path
    top: Path

    @classmethod
    def of(cls, root: Path) -> Git:
        """Find the repository that a directory stands in; raises CtxauditError, in one line, where git cannot tell."""
        _check_files(root)
        git = _gitpython()
        try:
            with git.Repo(root, search_parent_directories=True) as repository:
                git_dir, top = Path(repository.git_dir), repository.working_tree_dir
        except (git.GitError, ValueError, OSError) as error:
            raise CtxauditError(_said(error)) from error
        tree = () if top is None else (f"--work-tree={os.fspath(top)}",)
        found = cls(root, (_program(), f"--git-dir={git_dir}", *tree, *SAFE), git_dir, Path(top or git_dir))
        found._check_owner()
        return found

    @classmethod
    def bare(cls, git_dir: Path) -> Git:
        """A git directory without its work tree."""
        return cls(git_dir, (_program(), f"--git-dir={git_dir}", *SAFE), git_dir, git_dir)

    def _check_owner(self) -> None:
        """Raise CtxauditError where git refuses the owner of the files: it looks only where it has to find them."""
        process = self._started((self.base[0], *SAFE, "rev-parse", "--git-dir"))
        _, complaint = process.communicate()
        if process.returncode:
            raise CtxauditError(_line(complaint) or "git rev-parse failed")

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        allowed: tuple[int, ...] = (0,),
        limit: float | None = None,
    ) -> bytes:
        """Give what git prints.

        allowed: exit statuses. limit: seconds.
        Raises CtxauditError with git's complaint in one line, or where it takes longer.
        """
        try:
            process = self.start(*arguments, environment=environment)
        except ValueError as error:  # a NUL, which no argument holds
            raise CtxauditError(f"git {arguments[0]}: {error}") from error
        try:
            output, complaint = process.communicate(stdin, timeout=limit)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)  # git's own children as well
            process.communicate()
            raise CtxauditError(f"git {arguments[0]} took longer than {limit:g} seconds") from error
        if process.returncode not in allowed:
            raise CtxauditError(_line(complaint) or f"git {arguments[0]} failed")
        return bytes(output)

    def commit(self, ref: str) -> str:
        """Give the name of the commit that *ref* means; raises CtxauditError where git knows none."""
        try:
            found = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except CtxauditError as error:
            raise CtxauditError(f"git knows no commit {ref}", fix=f"fetch it: git fetch origin {ref}") from error
        return os.fsdecode(found.strip())

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start git with pipes at both ends."""
        return self._started((*self.base, *arguments), environment)

    def _started(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        handle: Any = (
            _gitpython()
            .Git(os.fspath(self.directory))
            .execute(
                list(command),
                as_process=True,
                istream=subprocess.PIPE,
                env={**_ENVIRONMENT, "PATH": _path(), **(environment or {})},
                start_new_session=True,
            )
        )
        process: subprocess.Popen[bytes] = handle.proc
        handle.proc = None  # or the process ends with GitPython's handle
        return process


def _check_files(root: Path) -> None:
    """Raise CtxauditError where a file that git reads is such that git would wait for it, or read it for ever."""
    top = Path(project_of(os.fspath(root)))
    above = [place for place in (root, *root.parents) if place.is_relative_to(top)]
    ignoring = [*(place / ".gitignore" for place in above), top / ".git/info/exclude"]
    for file in (*ignoring, *(top / ".git" / name for name in _FILES)):
        with suppress(OSError):
            status = file.stat()
            name = os.path.relpath(file, top)
            if not stat.S_ISREG(status.st_mode) and not (stat.S_ISDIR(status.st_mode) and file in ignoring):
                raise CtxauditError(f"{name} is no regular file")
            if file in ignoring and status.st_size > LARGEST:
                raise CtxauditError(f"{name} is larger than {LARGEST:,} bytes, the limit of what is read")


def ended(process: subprocess.Popen[bytes], owner: int) -> None:
    """Let a helper process end; one that a forked process has from the first is the first one's, which it waits for."""
    if os.getpid() == owner:
        process.communicate()


def _path() -> str:
    """PATH without what is relative: in the audited tree that would be its own programs."""
    return os.pathsep.join(filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep)))


def _program() -> str:
    """The git program's own path."""
    found = shutil.which("git", path=_path())
    if found is None:
        raise CtxauditError("there is no git program", fix="install git")
    return found


def _gitpython() -> Any:
    """GitPython, which runs a git program as soon as it is imported."""
    with _set("GIT_PYTHON_GIT_EXECUTABLE", _program()):
        try:
            import git
        except ImportError as error:
            raise CtxauditError("there is no git program", fix="install git") from error
    return git


@contextmanager
def _set(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _said(error: Exception) -> str:
    return _line(str(getattr(error, "stderr", "") or error)) or type(error).__name__


def _line(complaint: str | bytes) -> str:
    text = complaint.decode(errors="replace") if isinstance(complaint, bytes) else complaint
    return " ".join(text.split())
