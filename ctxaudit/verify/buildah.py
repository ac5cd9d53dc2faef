"""Buildah and Podman, which read the context in its place: what each COPY takes is looked at in what they build.

The build has a storage of its own, in the directory of the question, and goes with it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from ctxaudit.dockerfile.stages import EVERYTHING
from ctxaudit.errors import CtxauditError
from ctxaudit.ignore import expand, has_wildcard, unescaped
from ctxaudit.model import Entry, EntryType
from ctxaudit.survey.plan import Plan, resolved
from ctxaudit.verify.program import SHORT_LIMIT, program, run, shown
from ctxaudit.verify.standin import APART, apart
from ctxaudit.verify.values import Answer, NoEngine, Question, file_at
from ctxaudit.walk import Tree

_TYPES: dict[int, EntryType] = {
    stat.S_IFDIR: "dir",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class Buildah:
    """One of the two programs."""

    age = ""

    def __init__(self, name: str) -> None:
        self._program = program(name)
        self._keeps_state = name != "buildah"  # podman does, of the containers that it would run
        outcome = run([self._program, "--version"], {}, SHORT_LIMIT)
        match = re.search(r"\d+\.\d+\S*", outcome.output.decode("utf-8", "replace"))
        if outcome.status or not match:
            raise NoEngine(f"{name} does not start: {shown(outcome.last, ())}")
        self.version = match[0]

    @classmethod
    def start(cls, name: str) -> Buildah:
        return cls(name)

    def ask(self, question: Question) -> Answer:
        source = question.build.dockerfile
        assert source is not None and question.plan.needs is not None
        real = self._build(question, source.data, "real") if question.real else None
        text, sources = apart(source.parsed, question.plan.needs)
        if not sources:
            return Answer((), None, False, _files_of(real) if real and question.with_image else None)
        out = self._build(question, text, "out")
        places = [_Place(question.plan, path) for path in sources]
        entries = dict(_entries(out / APART.strip("/"), places))
        image = _files_of(real or out) if question.with_image else None
        shows = partial(_shows, question.plan.tree, places)
        return Answer(list(entries.values()), None, True, image, shows=shows)

    def _build(self, question: Question, text: bytes, name: str) -> Path:
        home, out = question.home, question.home / name
        file, ignore_file = file_at(home, "Dockerfile", text), _ignore_file(question)
        storage = ["--storage-driver=vfs", f"--root={home / 'root'}", f"--runroot={home / 'run'}"]
        storage += [f"--tmpdir={home / 'state'}"] if self._keeps_state else []
        build = ["build", "--isolation=chroot", "--no-cache", "--layers=false", f"--output=type=local,dest={out}"]
        build += [f"--file={file}", *(f"--ignorefile={ignore_file}" for _ in (1,) if ignore_file), *_named(question)]
        environment = {"TMPDIR": os.fspath(home), "HOME": os.fspath(home)}
        outcome = run([self._program, *storage, *build, os.fspath(question.build.context)], environment)
        if outcome.status:
            raise CtxauditError(f"{os.path.basename(self._program)} fails: {outcome.last}")
        return out


def _named(question: Question) -> Iterator[str]:
    build = question.build
    if question.real:
        yield from (f"--target={build.target}" for _ in (1,) if build.target)
    else:
        yield from ("--pull=never", f"--platform={build.platform}")
    yield from (f"--build-arg={name}={value}" for name, value in question.build_args)


def _ignore_file(question: Question) -> Path | None:
    """The ignore file that stands in for the engine's choice, None where it finds its own."""
    if question.own_ignore_file is None:
        return None
    return file_at(question.home, "ignore", question.own_ignore_file)


class _Place:
    """What a source means in the tree: each match, and where its links lead."""

    def __init__(self, plan: Plan, source: str) -> None:
        self._tree = tree = plan.tree
        self._plan = plan
        self._all = source == EVERYTHING
        self._matches = (
            [] if self._all else [(match, resolved(tree, match) or match) for match in _matches(tree, source)]
        )

    def origins(self, path: str) -> list[str]:
        """Give the paths of the context that a path in the copy comes from.

        A wildcard puts several directories into one: of those that may have had the path, the ones that are sent count.
        """
        candidates = list(self._candidates(path))
        return (
            [candidate for candidate in candidates if self._plan.sends(candidate)] or candidates
            if len(candidates) > 1
            else candidates
        )

    def shows(self, path: str) -> bool:
        """Whether the path lies in what is copied whole."""
        return self._all or any(path.startswith(f"{there}/") for _, there in self._matches)

    def _candidates(self, path: str) -> Iterator[str]:
        if self._all:
            yield path
            return
        for match, there in self._matches:
            if self._tree.type(there) != "dir":
                if match.rpartition("/")[2] == path:
                    yield there
            elif self._tree.type(f"{there}/{path}") is not None:
                yield f"{there}/{path}"


def _shows(tree: Tree, places: Sequence[_Place], path: str) -> bool:
    """Whether the copy shows a path as itself: no directory above a source does it, and no link that leads to one."""
    return tree.type(path) not in ("dir", "symlink") or any(place.shows(path) for place in places)


def _matches(tree: Tree, source: str) -> Sequence[str]:
    if not has_wildcard(source):
        return [unescaped(source)]
    return list(expand(source, tree.names, lambda path: tree.type(path) == "dir"))


def _entries(root: Path, places: Sequence[_Place]) -> Iterator[tuple[str, Entry]]:
    """Give what was copied by its path in the context."""
    for number, place in enumerate(places):
        there = os.fspath(root / str(number))
        for entry in _walk(there):
            for origin in place.origins(entry.path):
                yield origin, entry._replace(path=origin)


def _walk(root: str) -> Iterator[Entry]:
    for directory, names, files in os.walk(root):
        for name in (*names, *files):
            full = os.path.join(directory, name)
            status = os.lstat(full)
            kind = _TYPES.get(stat.S_IFMT(status.st_mode), "file")
            yield Entry(os.path.relpath(full, root), kind, status.st_size, status.st_size if kind == "file" else 0)


def _files_of(root: Path) -> dict[str, tuple[str, str]]:
    """Give the files of an image that was exported as a directory."""
    files = {}
    for entry in _walk(os.fspath(root)):
        full = root / entry.path
        mode = f"{entry.type} {stat.S_IMODE(os.lstat(full).st_mode):o}"
        files[entry.path] = mode, _content(full, entry)
    return files


def _content(full: Path, entry: Entry) -> str:
    if entry.type == "file" and stat.S_ISREG(os.lstat(full).st_mode):
        try:
            with full.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            what = f"{entry.path} of the image cannot be read: {error.strerror}"
            raise CtxauditError(what, fix="run it as root, or ask another engine") from error
    return os.readlink(full) if entry.type == "symlink" else ""
