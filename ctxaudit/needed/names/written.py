"""A path as a file of the project writes it, and what it may be in the context."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from ctxaudit.needed.names.places import LONGEST, UNKNOWN
from ctxaudit.values import expression

# What a written path is relative to: the file's own directory; that, its package or the context root; or nobody knows.
# One of the image is absolute, or relative to a directory that a process is started in.
Base = Literal["file", "project", "anywhere"]

_INTERPOLATED = expression(r"\$\{[^{}]*\}|#\{[^{}]*\}|\{[^{}]*\}|%\([^()]*\)s|%[sdv]|\$\w+|@[A-Z_]+@")
_STARS = expression(r"\*{2,}")
_MARK = "\0"


class Written(NamedTuple):
    """A path as it is written. how: a clause that says what the file does with it.

    is_read: the code around it reads or serves a path, so that a directory is named with all that lies in it.
    """

    word: str
    offset: int
    how: str
    base: Base = "project"
    is_read: bool = True


def candidates(written: Written, folder: str, package: str) -> Iterator[str]:
    """Give the context paths that a written one may mean; "/" begins one that is a path of the image.

    folder, package: the directory of the file, and the nearest one above it that has a manifest.
    """
    word = written.word
    if len(word) > LONGEST or _MARK in word or "\n" in word or not any(map(str.isalnum, word)):
        return  # of wildcards alone nobody knows what they mean
    word = UNKNOWN.sub(_MARK, _INTERPOLATED.sub(_MARK, word)).replace("\\\\", "/").replace("\\", "/")
    if word.startswith("/"):
        yield from _cleaned([], word, "/")
        return
    if word.startswith((_MARK, "~")):
        word = word.lstrip(_MARK + "~").lstrip("/")
        if written.base != "anywhere":
            yield from _cleaned(["**"], word)
            return
    if written.base == "anywhere":
        yield from _cleaned(["**"], re.sub(r"^(?:\.{0,2}/)+", "", word))
        return
    bases = (folder,) if written.base == "file" else (folder, package, "")
    for base in dict.fromkeys(bases):
        yield from _cleaned(base.split("/") if base else [], word)


def _cleaned(parts: list[str], word: str, root: str = "") -> Iterator[str]:
    """Give the path, unless it escapes, or is the root or all that lies there."""
    for part in word.split("/"):
        if part == "..":
            if not parts:
                return
            if parts[-1] != "**":
                parts.pop()
        elif part not in ("", "."):
            segment = "**" if part in (_MARK, "**") else _STARS.sub("*", part.replace(_MARK, "*"))
            if segment != "**" or parts[-1:] != ["**"]:
                parts.append(segment)
    if any(set(part) - set("*") for part in parts):
        yield root + "/".join(parts)


Reader = Callable[[str], Iterator[Written]]
