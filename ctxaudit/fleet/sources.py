"""Which repositories are meant: those of a directory, those that a file names, and those of a forge's organisation."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from ctxaudit.builds.context import like
from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular
from ctxaudit.fleet import LONGEST, Job, forges

_DEEPEST = 4  # directories below a source: host/group/subgroup/repository
_LARGEST = 16 << 20  # bytes of a file of names
_OWNED = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_URL = re.compile(r"(?:https?|ssh|git)://[^\s/]\S*|[\w-]+@[\w.-]+:(?!:)\S+", re.ASCII)
_HOST = re.compile(r"^(?:\w+://)?(?:[^@/]*@)?[^/:]+(?::\d+)?[/:]")
_SECRET = re.compile(r"^(?:https?://[^/@]*@|\w+://[^/@]*:[^/@]*@)")  # a user alone is how ssh logs in
_FIX = "write one repository on each line, as https://HOST/OWNER/NAME or OWNER/NAME"
_STEPS = frozenset((".", ".."))


def jobs(sources: Sequence[str], home: str) -> list[Job]:
    """Give the repositories of all sources, by name, each once.

    home: the address that `owner/name` stands below. Raises CtxauditError for a source that names none, and where
    two different repositories have one name.
    """
    repositories: dict[str, Job] = {}
    for source in sources:
        for job in _of(source, home):
            other = repositories.setdefault(job.name, job)
            if other.location != job.location:
                what = f"{job.name} is the name of two repositories: {other.location} and {job.location}"
                raise CtxauditError(what, where=source, fix="name the directory above both")
    return [repositories[name] for name in sorted(repositories)]


def _of(source: str, home: str) -> list[Job]:
    if os.path.isdir(source):
        repositories = list(_below(source))
    elif (data := read_regular(source, _LARGEST + 1)) is not None:
        repositories = list(_listed(source, data, home))
    elif forges.is_named(source):
        repositories = list(forges.jobs(source))
    elif _URL.fullmatch(source):
        repositories = [_named(source, source, home)]
    else:
        raise CtxauditError("no such directory or file of names", where=source, fix=_meant(source))
    if not repositories:
        raise CtxauditError("it holds no repository", where=source, fix="name a directory of clones or bare mirrors")
    return repositories


def _meant(source: str) -> str:
    """Name the command or the path that is nearly called so, or else the guide."""
    if get_close_matches(source, ("report",), 1, 0.8):
        return "did you mean ctxaudit fleet report?"
    return like(source, os.path.lexists) or "ctxaudit guide fleet"


def _below(source: str) -> Iterator[Job]:
    """Give the clones and bare mirrors of a directory, links not followed; below one no other is looked for."""
    top = os.path.realpath(source)
    if is_repository(top):
        yield Job(_plain(os.path.basename(top)), "local", top)
        return
    pending = [("", 0)]
    while pending:
        directory, depth = pending.pop()
        for name in _directories(os.path.join(top, directory), source):
            path = os.path.join(directory, name)
            full = os.path.join(top, path)
            if is_repository(full):
                yield Job(_plain(path), "local", full)
            elif depth + 1 < _DEEPEST:
                pending.append((path, depth + 1))


def is_repository(directory: str) -> bool:
    """Whether a directory is a clone or a bare repository."""
    place = Path(directory)
    is_bare = (place / "HEAD").is_file() and (place / "objects").is_dir() and (place / "refs").is_dir()
    return is_bare or os.path.lexists(place / ".git")


def _directories(directory: str, source: str) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError as error:
        raise CtxauditError(f"open {directory}: {error.strerror}", where=source) from error


def _listed(file: str, data: bytes, home: str) -> Iterator[Job]:
    if len(data) > _LARGEST:
        raise CtxauditError(f"it is larger than {_LARGEST:,} bytes, the limit of a file of names", where=file)
    for number, line in enumerate(data.decode("utf-8-sig", "surrogateescape").splitlines(), 1):
        text = line.partition(" #")[0].strip()
        if text and not text.startswith("#"):
            yield _named(text, f"{file}:{number}", home)


def _named(text: str, where: str, home: str) -> Job:
    """Read a line: a URL, or `owner/name`; a secret in a URL would be kept in the ledger, and is refused."""
    if len(text) > LONGEST:
        raise CtxauditError(f"a line of more than {LONGEST:,} characters", where=where)
    if _SECRET.match(text):
        raise CtxauditError(
            "a URL with credentials", where=where, fix="leave them to git's own configuration, or clone it"
        )
    if _URL.fullmatch(text):
        return Job(_plain(_HOST.sub("", text)), "url", text)
    if _OWNED.fullmatch(text) and _STEPS.isdisjoint(text.split("/")):
        place = f"{home.rstrip('/')}/{text.removesuffix('.git')}.git"
        return Job(_plain(text), forges.kind_of(place), place)
    raise CtxauditError(f"{text!r} is neither a URL of git's nor owner/name", where=where, fix=_FIX)


def _plain(path: str) -> str:
    return path.strip("/").removesuffix("/.git").removesuffix(".git") or path
