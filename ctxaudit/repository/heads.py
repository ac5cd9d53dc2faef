"""The state of the files in which git finds the head commit of a repository, without git.

While it is the same, git gives the same answer: it need not be asked. The files are not interpreted, but for where HEAD
leads: whatever is unusual has no state, and git is asked.
Source: git 2.47, setup.c, refs/files-backend.c.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import stat
from collections.abc import Iterator
from typing import Any

from ctxaudit.files import LARGEST, read_regular, user
from ctxaudit.values import expression

_FORMAT = 2  # of marshal, which says the same of the same values
_LINK = b"gitdir: "
_SYMBOLIC = expression(rb"ref: *(refs/[^\0-\x20\x7f:?\[\\^~*]{1,1000})\n?")
_MOST_STEPS = 5  # of a reference that names another one (SYMREF_MAXDEPTH)
# What git reads to open a repository. An included file is not among it: a configuration that includes one has no state.
_SETTINGS = ("config", "config.worktree")
_INCLUDES = expression(rb"(?i)\[\s*include")
# What git refuses, or waits for, where it is of another type (`program.py`); and where it looks for the commit itself.
_OPENED = ("index", "shallow", "info/attributes", "info/grafts", "refs")
_OBJECTS = ("objects", "objects/pack")
_ELSEWHERE = ("objects/info/alternates", "reftable")


class _Unusual(Exception):
    """Something that is not read here."""


def state_of(root: str, commit: str = "") -> str:
    """Give a name of the state of a work tree's repository or a bare one, "" for one that git has to be asked about.

    commit: where its object may lie is a part of the state, so that a clone that loses it has another one.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        for part in _parts(root, commit):
            digest.update(marshal.dumps(part, _FORMAT))
    except (_Unusual, OSError, ValueError):  # a NUL, which no path holds
        return ""
    return digest.hexdigest()


def _parts(root: str, commit: str) -> Iterator[Any]:
    home, text = _home(root)
    inside = _read(os.path.join(home, "commondir"))
    common = home if inside is None else os.path.join(home, os.fsdecode(inside.removesuffix(b"\n")))
    yield os.path.abspath(home), text, inside
    # Git refuses a repository of another user.
    yield user(), [os.stat(place).st_uid for place in (root, home if text is None else f"{root}/.git", home, common)]
    for place in dict.fromkeys((home, common)):
        settings = [_read(os.path.join(place, name)) for name in _SETTINGS]
        if any(setting and _INCLUDES.search(setting) for setting in settings):
            raise _Unusual
        yield settings, [_type(os.path.join(place, name)) for name in _OPENED]
    yield from _references(home, common)
    if any(os.path.lexists(os.path.join(place, name)) for place in (home, common) for name in _ELSEWHERE):
        raise _Unusual
    for name in (*_OBJECTS, f"objects/{commit[:2]}" if commit else "objects"):
        yield _signature(os.path.join(common, name))


def _home(root: str) -> tuple[str, bytes | None]:
    """Give git's directory of a repository, and the text of the file that names it where one does."""
    entry = os.path.join(root, ".git")
    if not os.path.lexists(entry):
        return root, None
    if stat.S_ISDIR(os.lstat(entry).st_mode):
        return entry, None
    text = _read(entry) or b""
    if not text.startswith(_LINK):
        raise _Unusual
    return os.path.join(root, os.fsdecode(text.removeprefix(_LINK).removesuffix(b"\n"))), text


def _references(home: str, common: str) -> Iterator[Any]:
    """Give what is read from HEAD to the name of a commit, or until no file has the reference."""
    text = _read(os.path.join(home, "HEAD"))
    if text is None:
        raise _Unusual
    for _ in range(_MOST_STEPS):
        yield text
        if not text.startswith(b"ref:"):
            return
        match = _SYMBOLIC.fullmatch(text)
        name = os.fsdecode(match[1]) if match else ""
        # Others than branches may be of one work tree alone, as refs/bisect.
        is_usual = name.startswith("refs/heads/") or (name and home == common)
        if not is_usual or not {"", ".", ".."}.isdisjoint(name.split("/")):
            raise _Unusual
        text = _read(os.path.join(common, name))
        if text is None:
            yield name, _read(os.path.join(common, "packed-refs"))
            return
    raise _Unusual


def _read(path: str) -> bytes | None:
    """Read a whole file, None if there is no such file."""
    data = read_regular(path, LARGEST + 1)
    if (data is None and os.path.lexists(path)) or (data is not None and len(data) > LARGEST):
        raise _Unusual
    return data


def _type(path: str) -> int:
    try:
        return stat.S_IFMT(os.stat(path).st_mode)
    except FileNotFoundError:
        return 0


def _signature(path: str) -> tuple[int, ...]:
    """Give what is another for a directory as soon as an entry of it comes or goes."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return ()
    return status.st_mode, status.st_ino, status.st_mtime_ns
