"""Single files, read and replaced without surprises: this machine's, or a commit's that stands in for a directory."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from ctxaudit.errors import CtxauditError
from ctxaudit.model import EntryType
from ctxaudit.values import LONGEST_PATH, expression, frozen

# Windows has none of these flags; there, what a path names is asked before it is opened.
_OPENS_FILES_ALONE = hasattr(os, "O_NOFOLLOW") and hasattr(os, "O_NONBLOCK")  # no link, and it waits for no FIFO
_FLAGS = {name: getattr(os, name, 0) for name in ("O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_BINARY")}
_READ = os.O_RDONLY | _FLAGS["O_NOFOLLOW"] | _FLAGS["O_CLOEXEC"] | _FLAGS["O_BINARY"]
_READ_FILE, _READ_DIRECTORY = _READ | _FLAGS["O_NONBLOCK"], _READ | _FLAGS["O_DIRECTORY"]
WRITE_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS["O_CLOEXEC"] | _FLAGS["O_BINARY"]
LARGEST = 16 << 20  # bytes of a Dockerfile, an ignore file
TYPES: dict[int, EntryType] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "dir",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}
_KERNEL_LINKS = 40  # on the way to one path: more is a loop (MAXSYMLINKS)
_NEW_FILE_MODE = 0o644
_TEMPORARY = expression(r"\.ctxaudit-[0-9a-f]{16}")
_LONGEST_WAIT = 10.0  # seconds for another writer in the same directory
_BETWEEN_TRIES = 0.02  # seconds
_ABANDONED = 3600.0  # seconds after which nobody still writes a temporary file, where no lock tells
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link that leads to itself",
}


# A directory that is held: by a descriptor, which stays with it wherever it is moved to, or where the platform opens no
# directory, as Windows, by its path.

Held = int | str
_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT: a directory of Windows that leads elsewhere, as a link does
_HOLDS_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.scandir in os.supports_fd


def hold(path: str, within: Held | None = None) -> Held:
    """Hold a directory, never through a symlink; raises OSError where that is not one, or cannot be opened.

    within: a directory that is held, from which the path leads; None for the working directory.
    """
    where, descriptor = (path, None) if within is None else _entry_in(within, path)
    if _HOLDS_BY_DESCRIPTOR:
        return os.open(where, _READ_DIRECTORY, dir_fd=descriptor)
    status = os.lstat(where)
    if not stat.S_ISDIR(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), where)
    return where


def let_go(held: Held) -> None:
    """Close a directory that is held."""
    if isinstance(held, int):
        os.close(held)


def _entry_in(held: Held, path: str) -> tuple[str, int | None]:
    """Return what functions of `os` take for what is in a directory that is held: a path and its `dir_fd`."""
    return (path, held) if isinstance(held, int) else (os.path.join(held, path), None)


def status_in(held: Held, path: str) -> os.stat_result:
    """Return what `os.lstat` does of an entry of a directory that is held."""
    where, descriptor = _entry_in(held, path)
    return os.stat(where, dir_fd=descriptor, follow_symlinks=False)


def target_in(held: Held, path: str) -> str:
    """Return what a symlink in a directory that is held names."""
    where, descriptor = _entry_in(held, path)
    return os.readlink(where, dir_fd=descriptor)


def is_searchable(held: Held) -> bool:
    """Whether this process may ask about what is in a directory; one may be listed, and yet not."""
    where, descriptor = _entry_in(held, ".")
    return may(where, os.X_OK, descriptor)


def check_directory() -> None:
    """Raise CtxauditError where the working directory was removed: every name is relative to it."""
    try:
        os.getcwd()
    except OSError as error:
        raise CtxauditError("the working directory is not there any more", fix="change to another directory") from error


def is_readable_in(held: Held, path: str) -> bool:
    """Whether this process may read a file in a directory that is held."""
    where, descriptor = _entry_in(held, path)
    return may(where, os.R_OK, descriptor)


def user() -> int:
    """Return the number of the user that this process acts for, -1 on Windows, where users have none."""
    return os.geteuid() if hasattr(os, "geteuid") else -1


def is_superuser() -> bool:
    """Whether no permission keeps this process from anything; of Windows that is not known, and False."""
    return user() == 0


def may(path: str, how: int, descriptor: int | None = None) -> bool:
    """Whether this process may read or search a path (os.R_OK, os.X_OK), as the user that it acts for."""
    return os.access(path, how, dir_fd=descriptor, effective_ids=os.access in os.supports_effective_ids)


def project_of(directory: str) -> str:
    """Give the root of the repository that a directory stands in, the directory itself outside of any; no symlinks."""
    start = os.path.realpath(directory)
    roots = (place for place in upwards(Path(start)) if os.path.lexists(place / ".git"))
    return os.fspath(next(roots, start))


def upwards(directory: Path) -> list[Path]:
    """Give a directory and those above it, as far as git looks for a repository.

    Git looks at no directory of GIT_CEILING_DIRECTORIES and none above it, other than the one it starts in.
    """
    ends = _ceilings(os.environ.get("GIT_CEILING_DIRECTORIES", ""))
    if not ends:
        return [directory, *directory.parents]
    # What is above a directory without links in its path has none either.
    real = os.fspath if os.path.realpath(directory) == os.fspath(directory) else os.path.realpath
    return [directory, *takewhile(lambda place: real(place) not in ends, directory.parents)]


@cache
def _ceilings(listed: str) -> frozenset[str]:
    """Give the directories without symlinks; git asks for them once in a process, too."""
    return frozenset(os.path.realpath(ceiling) for ceiling in listed.split(os.pathsep) if os.path.isabs(ceiling))


def has_repository(directory: str | Path) -> bool:
    """Whether a directory stands in a repository, so that git can be asked."""
    return any(os.path.exists(place / ".git") for place in upwards(Path(os.path.realpath(directory))))


class Files(Protocol):
    """What may be asked of a place; a path is absolute, or relative to the working directory."""

    def type(self, path: str) -> EntryType | None:
        """The type of what is there itself, None for nothing."""

    def target(self, path: str) -> str | None:
        """The raw target of a symlink, None for anything else."""

    def names(self, path: str) -> list[str]:
        """The names in a directory, none for one that may not be read: the walk says so in the builder's words."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file, not through a symlink; None for anything else, and for what cannot be read.

        Raises CtxauditError for one that is larger than LARGEST.
        """

    def lacks(self, path: str) -> bool:
        """Whether a commit has the file, and its content is not in this clone."""

    def resolved(self, path: str) -> str:
        """The path without symlinks, as far as it is there."""


class _Disk:
    """This machine's files."""

    def type(self, path: str) -> EntryType | None:
        try:
            return TYPES[stat.S_IFMT(os.lstat(path).st_mode)]
        except (OSError, ValueError):
            return None

    def target(self, path: str) -> str | None:
        try:
            return os.readlink(path)
        except (OSError, ValueError):
            return None

    def names(self, path: str) -> list[str]:
        try:
            return os.listdir(path)
        except (OSError, ValueError):
            return []

    def read(self, path: str) -> bytes | None:
        data = read_regular(path, LARGEST + 1)
        if data is not None and len(data) > LARGEST:
            where = min(os.path.relpath(path), path, key=len)
            raise CtxauditError(f"it is larger than {LARGEST:,} bytes, the limit of what is read", where=where)
        return data

    def lacks(self, path: str) -> bool:
        return False

    def resolved(self, path: str) -> str:
        try:
            return os.path.realpath(path)
        except ValueError:  # a NUL, which no path holds
            return path


DISK = _Disk()


class Lookup(Protocol):
    """A tree of files, whatever holds it: the disk, a commit. A path is relative to its top, "" for the top itself.

    No answer follows a symlink; each is empty for what is not there or cannot be read.
    """

    def type(self, path: str, /) -> EntryType | None: ...
    def target(self, path: str, /) -> str | None: ...
    def names(self, path: str, /) -> frozenset[str]: ...


class _Inside(Lookup, Protocol):
    """What stands in for a directory of this machine."""

    def read(self, path: str) -> bytes | None: ...
    def lacks(self, path: str) -> bool: ...


@frozen
class Mounted:
    """This machine's files, with others in place of one directory.

    top: that directory, without symlinks above it.
    """

    top: str
    inside: _Inside

    def type(self, path: str) -> EntryType | None:
        inside = self._inside(path)
        return DISK.type(path) if inside is None else self.inside.type(inside)

    def target(self, path: str) -> str | None:
        inside = self._inside(path)
        return DISK.target(path) if inside is None else self.inside.target(inside)

    def names(self, path: str) -> list[str]:
        inside = self._inside(path)
        return DISK.names(path) if inside is None else list(self.inside.names(inside))

    def read(self, path: str) -> bytes | None:
        inside = self._inside(path)
        return DISK.read(path) if inside is None else self.inside.read(inside)

    def lacks(self, path: str) -> bool:
        inside = self._inside(path)
        return inside is not None and self.inside.lacks(inside)

    def resolved(self, path: str) -> str:
        full = os.path.abspath(path)
        target = follow(lambda step: self.target(f"/{step}"), full[1:])
        return full if target is None else f"/{target}"

    def _inside(self, path: str) -> str | None:
        """The path below the top, "" for the top itself, None outside; the directories above it are resolved."""
        full = os.path.abspath(path)
        if not _is_below(full, self.top):
            full = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
        return full.removeprefix(self.top).removeprefix("/") if _is_below(full, self.top) else None


def follow(target: Callable[[str], str | None], path: str, most_links: int = _KERNEL_LINKS) -> str | None:
    """Follow the symlinks of a path, and give where it leads; None for a loop.

    target: gives the raw target of a symlink, None for anything else, also for what is not there.
    Paths are relative to a top that ".." and absolute targets do not leave: of `a/b`, with `a` a link to `/c` and `c/b`
    one to `../../d`, it is `d`. Only BuildKit's client follows links otherwise (`builders/base.py`).
    """
    pending, names, length, links = path.split("/")[::-1], list[str](), 0, 0
    while pending:
        name = pending.pop()
        if name in ("", "."):
            continue
        if name == "..":
            length -= len(names.pop()) + 1 if names else 0
            continue
        names.append(name)
        length += len(name) + 1
        link = target("/".join(names)) if length <= LONGEST_PATH else None
        if link is None:
            continue
        length -= len(names.pop()) + 1
        links += 1
        if links > most_links:
            return None
        pending += link.split("/")[::-1]
        if link.startswith("/"):
            names, length = [], 0
    return "/".join(names)


def is_file(files: Files, path: str) -> bool:
    """Whether a regular file is there, symlinks followed."""
    return files.type(files.resolved(path)) == "file"


def lock(held: Held, *, waits: bool) -> None:
    """Lock an open file, or a directory that is held, until it is closed.

    waits: until another process lets go of it, on a system without locks for nobody; BlockingIOError else. Raises
    OSError where there are no locks.
    """
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        fcntl = None  # type: ignore[assignment]
    if fcntl is None or isinstance(held, str):
        if waits:
            return
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
    fcntl.flock(held, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)


_EDITED: ContextVar[Mapping[str, bytes]] = ContextVar("edited", default=MappingProxyType({}))


@contextmanager
def edited(texts: Mapping[str, bytes]) -> Iterator[None]:
    """Let texts stand in for what the disk has, in what this context reads: those that an editor has not saved.

    texts: by path, absolute and without symlinks; a mapping may look for one when it is asked. A file that is not on
    the disk stays absent; sizes are the disk's.
    """
    token = _EDITED.set(texts)
    try:
        yield
    finally:
        _EDITED.reset(token)


def open_regular(full: str) -> int:
    """Open a regular file, never a FIFO, a device or through a symlink.

    Raises OSError for those and for what cannot be opened, ValueError for a NUL.
    """
    if _OPENS_FILES_ALONE or stat.S_ISREG(os.lstat(full).st_mode):
        descriptor = os.open(full, _READ_FILE)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file", full)


_PAGE = 1 << 16  # bytes


def read_regular(full: str, limit: int = -1) -> bytes | None:
    """Read a regular file as `open_regular` opens it, None where it does not; of none that the kernel makes up."""
    texts = _EDITED.get()
    if texts and (text := texts.get(os.path.abspath(full))) is not None:
        return text if limit < 0 else text[:limit]
    try:
        descriptor = open_regular(full)
    except (OSError, ValueError):
        return None
    status = os.fstat(descriptor)
    if status.st_dev in _kernel_devices():
        os.close(descriptor)
        return None
    # Python takes memory for all that is asked for, before it reads: a megabyte for each small file costs more than the
    # reading. Some file systems tell no size, so that a page is asked for in any case.
    size = min(limit, max(status.st_size, _PAGE))
    with open(descriptor, "rb") as file, suppress(OSError):
        return file.read(size)
    return None


def is_project_file(place: str, *projects: str) -> bool:
    """Whether a path without symlinks lies in one of these directories, and not in git's own: it holds credentials."""
    return any(
        _is_below(place, project) and ".git" not in place[len(project) :].split("/")
        for project in filter(None, projects)
    )


def read_project_file(path: str, limit: int) -> bytes | None:
    """Read a regular file, symlinks followed as long as they stay in its repository; None for any other."""
    try:
        place = os.path.realpath(path)
        own = is_project_file(place, project_of(os.path.dirname(path) or os.curdir))
    except ValueError:  # a NUL, which no path holds
        return None
    return read_regular(place, limit) if own else None


@cache
def _kernel_devices() -> frozenset[int]:
    """The file systems whose regular files the kernel makes up: /proc/self/environ holds every variable."""
    devices = set()
    for directory in ("/proc", "/sys"):
        with suppress(OSError):
            devices.add(os.stat(directory).st_dev)
    return frozenset(devices - {os.stat("/").st_dev})


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top.removesuffix('/')}/")


def append(path: Path, data: bytes) -> None:
    """Add to the end of a file, which need not be there; raises CtxauditError where that is not possible."""
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise CtxauditError(f"it cannot be written: {error.strerror}", where=str(path)) from error


def replace_file(path: Path, data: bytes, root: Path) -> None:
    """Replace one file, all or nothing, as `Target.replace` does in the context that `only_writer` gives."""
    with only_writer(path, root) as target:
        target.replace(data)


@frozen
class Target:
    """A file that no other ctxaudit writes for now.

    where: the file in messages. name: the file in *directory*, a held one, which may be moved or replaced meanwhile.
    """

    where: str
    name: str
    directory: Held

    def replace(self, data: bytes, check: Callable[[], None] = lambda: None) -> None:
        """Put the bytes in the file's place, all or nothing; its mode and owner stay, and so does a link to it.

        check: called when the new file is whole and not yet in its place; what it raises leaves the old one.
        Raises CtxauditError, with the file as it was, for what is not a regular file, and where it cannot be written.
        """
        with _as_error(self.where):
            old = _status(self.name, self.directory, self.where)
            with _temporary_name(self.directory) as temporary:
                _write(temporary, data, old, self.directory)
                check()
                source, descriptor = _entry_in(self.directory, temporary)
                target, _ = _entry_in(self.directory, self.name)
                os.replace(source, target, src_dir_fd=descriptor, dst_dir_fd=descriptor)
            self._sync()

    def remove(self) -> None:
        """Remove the file; raises CtxauditError where that is not possible."""
        with _as_error(self.where):
            _unlink(self.name, self.directory)
            self._sync()

    def _sync(self) -> None:
        # The file is as it shall be by now; some file systems cannot sync a directory.
        if isinstance(self.directory, int):
            with suppress(OSError):
                os.fsync(self.directory)


@contextmanager
def only_writer(path: Path, root: Path) -> Iterator[Target]:
    """Give a file to one ctxaudit at a time: what is read of it in here is what `replace` replaces.

    root: the directory that what is written has to lie in, links followed.
    Removes what a killed ctxaudit left in the file's directory; without locks, after an hour. An editor knows no lock:
    see `check` of `replace`.
    Raises CtxauditError for a file that lies elsewhere, and where another process keeps the directory locked.
    """
    target = Path(os.path.realpath(path))
    if not target.is_relative_to(os.path.realpath(root)):
        raise CtxauditError(
            f"it lies out of the context, at {target}",
            where=str(path),
            fix="write that file by hand, or put a regular file of the context in the link's place",
        )
    with _as_error(str(path)):
        directory = hold(os.fspath(target.parent))
    try:
        _clear(directory, 0 if _locked(directory, str(path)) else _ABANDONED)
        yield Target(str(path), target.name, directory)
    finally:
        let_go(directory)


@contextmanager
def _as_error(where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CtxauditError(
            f"it cannot be written: {(error.strerror or str(error)).lower()}; it was not changed",
            where=where,
            fix="let its directory be there, writable, and with room for a second copy",
        ) from error


def _locked(directory: Held, where: str) -> bool:
    """Lock a directory until it is closed; False where the file system knows no locks."""
    deadline = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            lock(directory, waits=False)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise CtxauditError(
                    f"another process has locked its directory for more than {_LONGEST_WAIT:g} seconds",
                    where=where,
                    fix="wait until that process ends, and run ctxaudit again",
                ) from error
        except OSError:
            return False
        else:
            return True
        time.sleep(_BETWEEN_TRIES)


def _clear(directory: Held, age: float) -> None:
    """Remove the temporary files of a directory that are so many seconds old.

    Of a locked one, all of them: the process that made one would hold the lock.
    """
    until = time.time() - age
    with suppress(OSError):
        for name in filter(_TEMPORARY.fullmatch, os.listdir(directory)):
            with suppress(OSError):
                status = status_in(directory, name)
                if stat.S_ISREG(status.st_mode) and (not age or status.st_mtime < until):
                    _unlink(name, directory)


def _unlink(name: str, directory: Held) -> None:
    path, descriptor = _entry_in(directory, name)
    os.unlink(path, dir_fd=descriptor)


def _status(name: str, directory: Held, where: str) -> os.stat_result | None:
    """Look at the old file, None if there is no file; raises CtxauditError for what is not a regular file."""
    try:
        old = status_in(directory, name)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(old.st_mode):
        kind = _KINDS[stat.S_IFMT(old.st_mode)]
        raise CtxauditError(f"it is {kind}, no regular file", where=where, fix="move it away")
    return old


@contextmanager
def _temporary_name(directory: Held) -> Iterator[str]:
    """Give a name that is free in the directory, and is free again afterwards."""
    name = f".ctxaudit-{os.urandom(8).hex()}"
    try:
        yield name
    finally:
        with suppress(FileNotFoundError):
            _unlink(name, directory)


def _write(name: str, data: bytes, old: os.stat_result | None, directory: Held) -> None:
    """Write a file that was not there to the disk, with the old one's mode and, where this user may, its owner."""
    mode = stat.S_IMODE(old.st_mode) if old else _NEW_FILE_MODE
    path, parent = _entry_in(directory, name)
    descriptor = os.open(path, WRITE_NEW, mode, dir_fd=parent)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if old and hasattr(os, "fchmod"):  # of Windows' permissions a mode says nothing
            with suppress(PermissionError):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, mode)
        os.fsync(descriptor)
