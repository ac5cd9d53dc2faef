"""What the execution says of a layout, and what ctxaudit says."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from layouts.executor import Build, Outcome, copied, on_host
from layouts.rows import Layout
from support import git, make_tree

_OWN = ".dockerignore"  # ctxaudit writes it; no program of an image reads it


UNKNOWN = "it is of no kind of the catalogue"


class Thing(NamedTuple):
    """One git-ignored path of a layout.

    is_needed: the build or the start differ without it. is_sent: ctxaudit leaves it, or a part of it, in the context.
    reason: why, as its report says.
    """

    path: str
    is_needed: bool
    is_sent: bool
    reason: str = ""

    @property
    def is_kept_needlessly(self) -> bool:
        return self.is_sent and not self.is_needed


class Judgement(NamedTuple):
    """before, after: what the image gives with all of the context, and with what ctxaudit sends of it."""

    before: Outcome
    after: Outcome
    things: tuple[Thing, ...]

    @property
    def holds(self) -> bool:
        """Whether the image is the same, and whatever is kept needlessly has a reason."""
        return self.after == self.before and all(one.reason for one in self.things if one.is_kept_needlessly)


def judge(layout: Layout, place: Path, standins: Path) -> Judgement:
    """Make a layout, execute it with and without each git-ignored path, and ask ctxaudit."""
    project = make_tree(place / "host/home/project", {**layout.files, "Dockerfile": layout.dockerfile})
    (project / ".gitignore").write_text(layout.ignored)
    git(project, "init", "-q")
    git(project, "add", "-A")
    on_host(layout.host, place / "host", project, standins)
    paths = sorted(_files(project))
    execution = _Execution(layout, project, place, standins)
    before = execution.outcome(paths)
    things = _ignored(project)
    needed = {one: execution.outcome([path for path in paths if not _lies(path, one)]) != before for one in things}
    report = _Report(project)
    _ctxaudit(project, ".", "--write")
    sent = _sent(project)
    after = execution.outcome([path for path in paths if path in sent])
    found = (Thing(one, needed[one], any(_lies(path, one) for path in sent), report.reason(one)) for one in things)
    return Judgement(before, after, tuple(found))


class _Execution:
    def __init__(self, layout: Layout, project: Path, place: Path, standins: Path) -> None:
        self._layout, self._project, self._place, self._standins = layout, project, place, standins
        self._known: dict[tuple[str, ...], Outcome] = {}

    def outcome(self, paths: list[str]) -> Outcome:
        """Build and start the layout with these files of its context, each choice of files once."""
        chosen = tuple(paths)
        if chosen not in self._known:
            self._known[chosen] = self._executed(paths)
        return self._known[chosen]

    def _executed(self, paths: list[str]) -> Outcome:
        place = self._place / "execution"
        place.mkdir()
        try:
            context = copied(self._project, place / "context", paths)
            mounts = {at: self._project / source for at, source in self._layout.mounts}
            return Build(self._layout.dockerfile, context, place, self._standins).outcome(self._layout.service, mounts)
        finally:
            shutil.rmtree(place)


def _files(project: Path) -> Iterator[str]:
    for directory, directories, names in os.walk(project):
        directories[:] = [name for name in directories if name != ".git"]
        links = [name for name in directories if os.path.islink(os.path.join(directory, name))]
        yield from (os.path.relpath(os.path.join(directory, name), project) for name in (*names, *links))


def _ignored(project: Path) -> list[str]:
    """Give the topmost paths that git ignores."""
    command = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"]
    listed = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout
    found = [one.rstrip("/") for one in listed.split("\0") if one]
    return sorted(one for one in found if not any(_lies(one, top) for top in found if top != one))


def _lies(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")


class _Report:
    """What ctxaudit reports before it writes anything."""

    def __init__(self, project: Path) -> None:
        targets = json.loads(_ctxaudit(project, ".", "--format", "json"))["targets"]
        self._kept = {kept["path"]: kept["reason"] for one in targets for kept in one["proposal"]["kept"]}
        self._found = {finding["path"] for one in targets for finding in one["findings"]}

    def reason(self, path: str) -> str:
        """Why a path stays; what is of no kind of the catalogue stays as any other file does."""
        kept = (reason for at, reason in self._kept.items() if _lies(at, path) or _lies(path, at))
        is_found = any(_lies(at, path) or _lies(path, at) for at in self._found)
        return next(kept, "" if is_found else UNKNOWN).partition("; add")[0]


def _sent(project: Path) -> set[str]:
    return {path for path in _ctxaudit(project, "ls", "-0").split("\0") if path and not path.endswith("/")} - {_OWN}


def _ctxaudit(project: Path, *arguments: str) -> str:
    """Run ctxaudit in this process, with its rules as a test has set them."""
    from ctxaudit.__main__ import main

    output = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.chdir(project), contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        main(arguments)
    output.flush()
    return output.buffer.getvalue().decode()  # type: ignore[attr-defined]
