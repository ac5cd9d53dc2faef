"""Where in the image a word leads: an absolute path, or a pattern where a part of it is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ctxaudit.values import expression

LONGEST = 4096
# What the shell replaces: a variable, the output of a command.
UNKNOWN = expression(r"\$\{[^{}]*\}|\$\w+|\$[@*#?!$-]|\$\(.*\)|`[^`]*`", re.DOTALL)
_CHOICE = expression(r"\{[^{}]*,[^{}]*\}|\[[^\[\]/]*\]|\?")
_BRACES = expression(r"(?<!\$)\{([^{}]*,[^{}]*)\}")
_MOST_WORDS = 32
_STARS = expression(r"\*{2,}")
_H2 = expression(r"\bjdbc:h2:(?:file:)?((?:[.~/]|(?!mem:|tcp:|ssl:|zip:)\w)[\w./$-]{0,400})")
_MARK = "\0"


def listed(*lines: str) -> frozenset[str]:
    """Give the words of some lines."""
    return frozenset(" ".join(lines).split())


def place(written: str, cwd: str | None) -> str | None:
    """Give the absolute image path of a word, None where it cannot be a path.

    A segment may hold `*`, and a segment `**` is any depth: a variable that is not known is such a segment, and what
    is relative to a directory that is not known lies anywhere. A pattern of the shell becomes one that matches more.
    """
    if not written or len(written) > LONGEST or _MARK in written or "\n" in written:
        return None
    word = UNKNOWN.sub(_MARK, written)
    word = _CHOICE.sub("*", word).replace("\\", "")
    parts = [] if word.startswith("/") else ["**"] if cwd is None or word[:1] in (_MARK, "~") else _split(cwd)
    rest = word.partition("/")[2] if word.startswith("~") else word
    for part in rest.split("/"):
        _enter(parts, part)
    return "/" + "/".join(parts)


def h2_files(text: str) -> Iterator[str]:
    """Give the names of the files of H2 databases: the engine adds an ending to the path in their URL."""
    yield from (f"{found[1]}.*" for found in _H2.finditer(text))


def alternatives(word: str) -> list[str]:
    """Write out `{a,b}` as a shell does; a word with too many of them stays as it is."""
    words = [word]
    while found := next(filter(None, map(_BRACES.search, words)), None):
        if len(words) > _MOST_WORDS:
            return [word]
        at = words.index(found.string)
        words[at : at + 1] = [
            f"{found.string[: found.start()]}{one}{found.string[found.end() :]}" for one in found[1].split(",")
        ]
    return words


def alone(path: str) -> str:
    """Give the name of a path itself, without what lies in it."""
    return f"{path.rstrip('/')}/."


def holds(path: str, cwd: str | None) -> bool:
    """Whether an absolute path is the directory *cwd*, or lies above it."""
    return cwd is not None and f"{cwd.rstrip('/')}/".startswith(f"{path.rstrip('/')}/")


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _enter(parts: list[str], part: str) -> None:
    if part in ("", "."):
        return
    if part == "..":
        if parts and parts[-1] != "**":
            parts.pop()
        return
    segment = "**" if part in (_MARK, "**") else _STARS.sub("*", part.replace(_MARK, "*"))
    if segment != "**" or not parts or parts[-1] != "**":
        parts.append(segment)
