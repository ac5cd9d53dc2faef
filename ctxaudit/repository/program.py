"""The git program. Commits are read through GitPython, which this file alone imports, and only for them.

What git tracks and ignores in a work tree is asked without it: its import takes longer than most audits.

Git runs none of the repository's own programs here: no file system monitor, no hook, no filter, no credential helper,
no transport. It is run by the absolute path that is found first, ends when this process ends, and may take LIMIT
seconds.
"""

from __future__ import annotations

import os
import stat
import subprocess
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from ctxaudit.errors import CtxauditError
from ctxaudit.files import LARGEST, Held, hold, let_go, lock, project_of, upwards
from ctxaudit.processes import HAS_GROUPS, kill_all, read_in_time
from ctxaudit.values import expression, frozen

# A directory for the files of one question to git, of which nothing stays, also where the process is killed.


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a new temporary directory, and remove it afterwards, with those of this user's killed runs.

    A process that is alive keeps its own one locked.
    """
    import tempfile

    home, start = tempfile.gettempdir(), f"ctxaudit-{_user()}-"
    _clear(home, start)
    made, taken = _made(home, start)
    try:
        yield Path(made)
    finally:
        from shutil import rmtree

        rmtree(made, ignore_errors=True)
        let_go(taken)


_ABANDONED = 86_400.0  # seconds


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0  # on Windows, each user has a directory for temporary files


def _made(home: str, start: str) -> tuple[str, Held]:
    """Make a directory and lock it; another run may take it for a dead one's before it is locked, and remove it."""
    import tempfile

    while True:
        made = tempfile.mkdtemp(prefix=start, dir=home)
        with suppress(FileNotFoundError):
            taken = hold(made)
            with suppress(OSError):  # a file system without locks
                lock(taken, waits=True)
            if os.path.isdir(made):
                return made, taken
            let_go(taken)


def _clear(home: str, start: str) -> None:
    """Remove the directories whose processes have ended."""
    from shutil import rmtree

    for name in [name for name in os.listdir(home) if name.startswith(start)]:
        directory = os.path.join(home, name)
        with suppress(OSError):
            taken = hold(directory)
            try:
                status = os.stat(taken)
                if status.st_uid == _user() and _is_abandoned(taken, status.st_mtime):
                    rmtree(directory)
            finally:
                let_go(taken)


def _is_abandoned(taken: Held, made: float) -> bool:
    """Whether the process that made a directory has ended; where no lock tells, one of a day ago has."""
    try:
        lock(taken, waits=False)
    except BlockingIOError:
        return False
    except OSError:
        return time.time() - made > _ABANDONED
    return True


LIMIT = 60.0  # seconds for a question about what is on this machine
SHORT_LIMIT = 10.0  # seconds for one that git answers at once, or without which the audit stands
SAFE = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "credential.helper="),
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "log.showSignature=false"),  # or `git log` runs `gpg.program` for a commit with a signature
)
# GIT_ALLOW_PROTOCOL outweighs `protocol.*.allow` of a repository; GIT_NO_LAZY_FETCH is unknown to git before 2.39.4.
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# The files in .git that git opens for most questions; "" is .git itself.
_FILES = (
    "",
    "HEAD",
    "config",
    "config.worktree",
    "commondir",
    "index",
    "packed-refs",
    "shallow",
    "info/attributes",
    "info/grafts",
    "objects/info/alternates",
)
_BRANCHES = ("for-each-ref", "--count=5", "--format=%(refname:short)", "refs/heads", "refs/remotes")
_IGNORING = ".git/info/exclude"
_NOT_HERE = "not a git repository"
_NOT_ABOVE = f"{_NOT_HERE} ("  # "or any of the parent directories"; of a `.git` that leads nowhere git names the place
_OF_INDEX = expression(r"\bindex file\b|\bindex uses\b|\bindex entry\b")
# An index is made anew of the last commit; what was staged is staged no more.
_MAKE_INDEX = 'rm "$(git rev-parse --git-dir)/index" && git reset'
_TO_TRUST = " To add an exception for this directory, call: "
_PATIENCE = 5.0  # seconds for a helper that is to end
_CHUNK = 1 << 16
# The repository of a hook that runs ctxaudit, which may be another than the audited one.
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")
# How a user's shell has paths read, which no question here means.
_OF_PATHS = ("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS")
_UNSET = (*_OF_A_HOOK, *_OF_PATHS)
# A shell that becomes git, after it has started what kills git and git's own children once the pipe $1 is closed: it is
# when this process ends, however it ends.
_LEASHED = f"""
unset {" ".join(_UNSET)}
if [ -e "/dev/fd/$1" ]; then
    {{ exec </dev/null >/dev/null 2>&1; read -r _ <"/dev/fd/$1"; kill -s KILL 0; }} &
fi
shift
exec "$@"
"""


class NoRepository(CtxauditError):
    """Git says that a directory stands in none, and no index says that it did: nothing is tracked."""


class Ended(CtxauditError):
    """Git has ended before it answered."""


class _TookLonger(CtxauditError):
    """Git is killed, as an answer took too long."""


def leashed(command: Sequence[str], end: int) -> list[str]:
    """Give a command that is killed once the pipe *end* is closed; without groups of processes, the command alone."""
    return ["/bin/sh", "-c", _LEASHED, "sh", str(end), *command] if HAS_GROUPS else list(command)


def inherited(end: int) -> tuple[int, ...]:
    """Give the files that stay open in such a command, where it has a leash."""
    return (end,) if HAS_GROUPS else ()


killed: list[int] = []  # the signals by which somebody else ended a git of this process: what it said is not whole
_OF_SOMEBODY = (-9, -15)  # SIGKILL and SIGTERM, as `Popen.returncode` gives them
_DIED = expression(rb"died of signal (9|15)\b")  # as git says it of its own children


def _note_end(process: subprocess.Popen[bytes], complaint: bytes = b"") -> None:
    if process.returncode in _OF_SOMEBODY:
        killed.append(-process.returncode)
    elif process.returncode and (died := _DIED.search(complaint)):
        killed.append(int(died[1]))


@frozen
class Child:
    """A git that runs, in a process group of its own.

    leash: an open file; once it is closed in every process, whatever still runs of the group is killed.
    """

    process: subprocess.Popen[bytes]
    leash: int

    def answer(self, stdin: bytes | None = None, limit: float | None = None) -> tuple[bytes, bytes]:
        """Give what git prints on its two streams when it has ended; raises TimeoutExpired after *limit* seconds."""
        try:
            return self.process.communicate(stdin, timeout=limit)
        except BaseException:
            self.kill()
            raise
        finally:
            os.close(self.leash)

    def kill(self) -> None:
        """End git, and git's own children as well; without groups one of them may still hold the pipes."""
        kill_all(self.process)
        with suppress(subprocess.TimeoutExpired):
            self.process.communicate(timeout=_PATIENCE)
        self.process.wait()


@frozen
class Git:
    """One repository.

    directory: where git is run. base: the command that every question starts with. git_dir: its own directory.
    top: the work tree, or of a bare repository its own directory. direct: without GitPython.
    """

    directory: Path
    base: tuple[str, ...]
    git_dir: Path
    top: Path
    direct: bool = False

    @classmethod
    def of(cls, root: Path, *, direct: bool = False) -> Git:
        """Find the repository that a directory stands in; raises CtxauditError, in one line, where git cannot tell.

        A directory that is a bare repository counts only where it stands in no work tree: there, whoever wrote the tree
        may have made it.
        """
        root = Path(os.path.abspath(root))
        _check_files(root)
        for opened in (cls._work_tree, cls._bare):
            for top in upwards(root):
                if git := opened(root, top, direct):
                    return git
        raise CtxauditError(f"{_NOT_HERE}: {root}")

    @classmethod
    def tracking(cls, root: Path) -> tuple[Git, list[bytes]]:
        """Find the repository as `of` does, without GitPython, and give what its index holds of the directory.

        Git finds its own directory where it lists the files: one question in place of two. The paths are relative to
        the directory, in no order; raises CtxauditError as `of` does, and where git cannot list them.
        """
        root = Path(os.path.abspath(root))
        _check_files(root)
        for top in (place for place in upwards(root) if os.path.lexists(place / ".git")):
            tree, git_dir = f"--work-tree={os.fspath(top)}", top / ".git"
            within = () if root == top else (os.path.relpath(root, top),)
            asking = cls(top, (program(), "--literal-pathspecs", tree, *SAFE), git_dir, top, direct=True)
            listed = asking._answered("ls-files", "-z", "--", *within)
            if listed is not None:
                below = b"".join(os.fsencode(path) + b"/" for path in within)
                git = cls(root, (program(), f"--git-dir={git_dir}", tree, *SAFE), git_dir, top, direct=True)
                return git, [path.removeprefix(below) for path in listed.split(b"\0") if path.startswith(below)]
        for top in upwards(root):
            if bare := cls._bare(root, top, direct=True):
                return bare, bare.run("ls-files", "-z").split(b"\0")
        has_index = any(os.path.lexists(top / ".git/index") for top in upwards(root))
        raise (CtxauditError if has_index else NoRepository)(f"{_NOT_HERE}: {root}")

    @classmethod
    def at(cls, root: Path) -> Git:
        """Open the repository that a directory is itself, a work tree's or bare, whatever it stands in.

        Raises CtxauditError, in one line, where it is not one.
        """
        home = root / ".git" if os.path.lexists(root / ".git") else root
        _check_regular([home / name for name in _FILES], root, allows_directory=(home,))
        if git := cls._work_tree(root, root) or cls._bare(root, root):
            return git
        raise CtxauditError(f"{_NOT_HERE}: {root}")

    @classmethod
    def _work_tree(cls, root: Path, top: Path, direct: bool = False) -> Git | None:
        git_dir = cls._found(top, direct) if os.path.lexists(top / ".git") else None
        if git_dir is None:
            return None
        tree = f"--work-tree={os.fspath(top)}"
        return cls(root, (program(), f"--git-dir={git_dir}", tree, *SAFE), git_dir, top, direct)

    @classmethod
    def _bare(cls, root: Path, top: Path, direct: bool = False) -> Git | None:
        is_bare = (top / "HEAD").is_file() and (top / "objects").is_dir()
        if not is_bare or not cls._found(top, direct, "safe.bareRepository=all"):
            return None
        return cls(root, (program(), f"--git-dir={top}", *SAFE), top, top, direct)

    @classmethod
    def bare(cls, git_dir: Path, *settings: str) -> Git:
        """A git directory without its work tree."""
        return cls(git_dir, (program(), f"--git-dir={git_dir}", *SAFE, *settings), git_dir, git_dir)

    @classmethod
    def _found(cls, top: Path, direct: bool, *settings: str) -> Path | None:
        """Let git find its directory in *top* itself, None for no repository."""
        options = [part for setting in settings for part in ("-c", setting)]
        asking = cls(top, (program(), *SAFE, *options), top, top, direct)
        answer = asking._answered("rev-parse", "--absolute-git-dir")
        return None if answer is None else Path(os.fsdecode(answer.removesuffix(b"\n")))

    def _answered(self, *arguments: str) -> bytes | None:
        """Give what git prints that has to find its directory in this one, None where it finds none.

        Git refuses an owner that it does not trust only where it has to find the directory.
        """
        environment = {"GIT_CEILING_DIRECTORIES": os.fspath(self.directory.parent)}
        try:
            return self.run(*arguments, environment=environment, limit=SHORT_LIMIT)
        except CtxauditError as error:
            if _NOT_ABOVE in error.what:
                return None
            raise

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        allowed: tuple[int, ...] = (0,),
        limit: float = LIMIT,
    ) -> bytes:
        """Give what git prints.

        allowed: exit statuses. limit: seconds.
        Raises CtxauditError with git's complaint in one line, or where it takes longer.
        """
        command = next(word for word in arguments if not word.startswith("-") and "=" not in word)
        try:
            child = self.start(*arguments, environment=environment)
        except ValueError as error:  # a NUL, which no argument holds
            raise CtxauditError(f"git {command}: {error}") from error
        try:
            output, complaint = child.answer(stdin, limit)
        except subprocess.TimeoutExpired as error:
            raise _TookLonger(f"git {command} took longer than {limit:g} seconds") from error
        _note_end(child.process, complaint)
        if child.process.returncode not in allowed:
            raise _failed(_line(complaint) or f"git {command} failed")
        return output

    def commit(self, ref: str) -> str:
        """Give the name of the commit that *ref* means; raises CtxauditError where git knows none."""
        try:
            revision = f"{ref}^{{commit}}"
            name = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", revision, limit=SHORT_LIMIT)
        except _TookLonger:
            raise
        except CtxauditError as error:
            raise CtxauditError(f"git knows no commit {ref}", fix=_to_have(ref, self)) from error
        return os.fsdecode(name.strip())

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Child:
        """Start git with pipes at both ends; raises ValueError for a NUL in an argument."""
        end, leash = os.pipe()
        # Git enters the directory itself: GitPython expands "$" and "~" in a path, and stays where it may not enter.
        command = (self.base[0], "-C", os.fspath(self.directory), *self.base[1:], *arguments)
        variables = {**_ENVIRONMENT, "PATH": _path(), **(environment or {})}
        started = _started if self.direct or not HAS_GROUPS else _started_by_gitpython
        try:
            return Child(started(leashed(command, end), variables, end), leash)
        except BaseException:
            os.close(leash)
            raise
        finally:
            os.close(end)


class Helper:
    """A git that answers question after question, started by the first one, until nobody can ask any more."""

    def __init__(self, git: Git, *arguments: str, limit: float = LIMIT) -> None:
        self._git = git
        self._arguments = arguments
        self._limit = limit
        self._child: Child | None = None
        self._end: Callable[[], object] = bool
        self._read = bytearray()

    def ask(self, question: bytes) -> None:
        """Send a question; raises Ended where git has."""
        if self._child is None:
            self._child = self._git.start(*self._arguments)
            self._end = weakref.finalize(self, _ended, self._child, os.getpid())
        stream = self._child.process.stdin
        assert stream is not None
        try:
            stream.write(question)
            stream.flush()
        except OSError as error:  # BrokenPipeError, or EINVAL on Windows
            raise self._stopped() from error

    def until(self, end: bytes) -> bytes:
        """Give the answer up to the next *end*, one byte that it does not hold; raises as `take` does."""
        start = 0
        while (at := self._read.find(end, start)) < 0:
            start = len(self._read)
            self._read += self._more()
        data = bytes(self._read[:at])
        del self._read[: at + 1]
        return data

    def take(self, size: int) -> bytes:
        """Give the next bytes of the answer; raises Ended where git ends before them, _TookLonger where it waits."""
        data = bytearray(self._read[:size])
        del self._read[:size]
        while len(data) < size:
            data += self._more()
        self._read[:0] = data[size:]
        return bytes(data[:size])

    def drop(self, size: int) -> None:
        """Skip the next bytes of the answer; raises as `take` does."""
        while size > 0:
            size -= len(self.take(min(size, _CHUNK)))

    def close(self) -> None:
        """End git; the next question starts another."""
        self._end()
        self._child = None
        self._read.clear()

    def _more(self) -> bytes:
        assert self._child is not None and self._child.process.stdout is not None
        data = read_in_time(self._child.process.stdout.fileno(), _CHUNK, self._limit)
        if data is None:
            self._child.kill()
            self.close()
            raise _TookLonger(f"git {self._arguments[0]} took longer than {self._limit:g} seconds")
        if not data:
            raise self._stopped()
        return data

    def _stopped(self) -> Ended:
        child = self._child
        self.close()
        if child is not None:
            _note_end(child.process)
        return Ended(f"git {self._arguments[0]} ended before it answered")


def _ended(child: Child, owner: int) -> None:
    """Let a helper end; one that a forked process has from the first is the first one's, which it waits for."""
    if os.getpid() == owner:
        with suppress(subprocess.TimeoutExpired, ValueError):  # it was slow, or is killed and read already
            child.answer(limit=_PATIENCE)


def _check_files(root: Path) -> None:
    """Raise CtxauditError where a file that git reads is such that git would wait for it, or read it for ever."""
    top = Path(project_of(os.fspath(root)))
    _check_regular([top / ".git" / name for name in _FILES], top, allows_directory=(top / ".git",))
    check_ignoring([place for place in (root, *root.parents) if place.is_relative_to(top)], top)
    _check_ignoring_file(top / _IGNORING, top)


def check_ignoring(directories: Sequence[Path], top: Path) -> None:
    """Raise CtxauditError where git would wait for the `.gitignore` of a directory, or read it for ever."""
    for directory in directories:
        _check_ignoring_file(directory / ".gitignore", top)


def _check_ignoring_file(file: Path, top: Path) -> None:
    _check_regular([file], top, allows_directory=(file,))
    with suppress(OSError):
        if file.stat().st_size > LARGEST and file.is_file():
            what = f"{os.path.relpath(file, top)} is larger than {LARGEST:,} bytes, the limit of what is read"
            raise CtxauditError(what)


def _check_regular(files: Sequence[Path], top: Path, *, allows_directory: Sequence[Path]) -> None:
    for file in files:
        with suppress(OSError):
            mode = file.stat().st_mode
            if not stat.S_ISREG(mode) and not (stat.S_ISDIR(mode) and file in allows_directory):
                raise CtxauditError(f"{os.path.relpath(file, top)} is not a regular file")


def _path() -> str:
    """PATH without what is relative: in the audited tree that would be its own programs."""
    return os.pathsep.join(filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep)))


def program() -> str:
    """The absolute path of the git program, found once for each PATH."""
    path = _which(_path())
    if path is None:
        raise CtxauditError("there is no git program", fix="install git")
    return path


@cache
def _which(path: str) -> str | None:
    if os.name == "nt":  # where a program's file has an ending
        from shutil import which

        return which("git", path=path)
    files = (os.path.join(directory, "git") for directory in path.split(os.pathsep) if directory)
    return next((file for file in files if os.access(file, os.X_OK) and not os.path.isdir(file)), None)


def _started(command: list[str], variables: Mapping[str, str], end: int) -> subprocess.Popen[bytes]:
    """Start a command as GitPython does, in the root directory; the file *end* stays open in it."""
    own = {name: value for name, value in os.environ.items() if name not in _UNSET}
    return subprocess.Popen(
        command,
        cwd="/",
        env={**own, "LANGUAGE": "C", **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=inherited(end),
    )


def _started_by_gitpython(command: list[str], variables: Mapping[str, str], end: int) -> subprocess.Popen[bytes]:
    handle: Any = (
        _gitpython()
        .Git("/")
        .execute(
            command,
            as_process=True,
            istream=subprocess.PIPE,
            env=variables,
            start_new_session=True,
            pass_fds=inherited(end),
        )
    )
    process: subprocess.Popen[bytes] = handle.proc
    handle.proc = None  # or the process ends with GitPython's handle
    return process


def _gitpython() -> Any:
    """GitPython, which asks the git program for its version as soon as it is imported."""
    with _set({**_ENVIRONMENT, "GIT_PYTHON_GIT_EXECUTABLE": program()}):
        try:
            import git
        except ImportError as error:
            raise CtxauditError("there is no git program", fix="install git") from error
    return git


@contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _failed(complaint: str) -> CtxauditError:
    """Give git's complaint as an error, with the command that git itself names as what helps."""
    what, _, command = complaint.partition(_TO_TRUST)
    if not command and _OF_INDEX.search(complaint):
        what, command = f"git's index is damaged: {complaint}", _MAKE_INDEX
    return CtxauditError(what, fix=command)


def _line(complaint: str | bytes) -> str:
    text = complaint.decode(errors="replace") if isinstance(complaint, bytes) else complaint
    return " ".join(text.split())


def _to_have(ref: str, git: Git) -> str:
    """Say how to have a commit: one that counts from another cannot be fetched by its name."""
    name, mark, _ = next((ref.partition(sign) for sign in ("~", "^", "@{", ":") if sign in ref), (ref, "", ""))
    if ref.startswith("-"):
        name, mark = "HEAD", ref
    if mark:
        return f"name a commit that git log {name or 'HEAD'} lists; in a shallow clone: git fetch --unshallow"
    return f"fetch it: git fetch origin {ref.removeprefix('origin/')}{_branches(git)}"


def _branches(git: Git) -> str:
    """Name a few branches that are here, as a clause; "" without any, or where git does not say."""
    try:
        names = git.run(*_BRANCHES, limit=SHORT_LIMIT).decode("utf-8", "replace").splitlines()
    except CtxauditError:
        return ""
    return f"; branches here: {', '.join(names)}" if names else ""
