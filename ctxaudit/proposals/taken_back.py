"""What lines of `.gitignore` with "!" keep in git, on this disk or not: no line of an ignore file may close it.

    /data/*
    !/data/keep.json

The first line is a line to propose; the second one says that what is committed later is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from ctxaudit.ignore import DockerignorePattern, has_wildcard
from ctxaudit.proposals.expected import sample
from ctxaudit.proposals.gitignore import ProjectNames, translated
from ctxaudit.repository import FILE, IgnoredLine

_NO_NAME = (
    "\n"  # stands for a wildcard: no line of an ignore file can name such a path, so that none is closed around it
)


class TakenBack(NamedTuple):
    """A path that a line takes back.

    path: of the context; for a line with a wildcard one that it means, and that no line of an ignore file can name.
    is_name: whether it is the path that the line writes. where: "file:line". written: the line.
    """

    path: str
    is_name: bool
    where: str
    written: str


def taken_back(names: ProjectNames) -> Iterator[TakenBack]:
    """Give what git does not ignore, as one of the lines says so."""
    opened = dict.fromkeys(path for line in names.names.lines() if (path := _opened(line, names.prefix)))
    anywhere = [DockerignorePattern(pattern) for pattern in names.patterns if pattern.startswith("**/")]
    for line in names.names.taken_back():
        pattern = translated(line, names.prefix)
        if pattern is None:
            continue
        is_name = "/" not in line.text.removesuffix("/")
        name = pattern.replace("**/", "", 1) if is_name else pattern
        places = [name]
        if is_name and pattern.startswith("**/") and not any(one.matches(_path(name)) for one in anywhere):
            # What another name anywhere excludes is taken back anywhere, and the root stands for all places.
            places = [f"{directory}/{name}" for directory in opened]
        for path in dict.fromkeys(map(_path, places)):
            # A directory counts if git sees what is in it.
            asked = f"{path}/{_NO_NAME}" if line.text.endswith("/") else path
            if not names.ignores(asked, is_dir=False):
                where = f"{os.path.join(line.directory, FILE)}:{line.number}"
                yield TakenBack(path, _NO_NAME not in path, where, f"!{line.text}")


def _opened(line: IgnoredLine, prefix: str) -> str:
    """The directory whose entries a line excludes one by one, so that another can take one back; "" for none."""
    start = next((line.text.removesuffix(end) for end in ("/**", "/*") if line.text.endswith(end)), "")
    path = translated(line._replace(text=f"/{start.lstrip('/')}"), prefix) if start else None
    return path if path and not has_wildcard(path) else ""


def _path(pattern: str) -> str:
    """A path that the pattern means."""
    path = sample(pattern, _NO_NAME)
    if has_wildcard(pattern) and _NO_NAME not in path:
        path = f"{path.rpartition('/')[0]}/{_NO_NAME}".lstrip("/")
    return path
