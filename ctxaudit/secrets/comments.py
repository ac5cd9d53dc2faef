"""Comments: documentation in source code, and what says which secret to ignore, and until when.

The latter is written `ctxaudit: ignore=KIND reason until=YYYY-MM-DD`.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

_COMMENT = re.compile(
    rb"(?:#|//|--|;|<!--|/\*|%|')[^\n]{0,200}?ctxaudit:\s{0,4}ignore\s{0,4}=\s{0,4}([\w*?,-]{1,200})([^\n]{0,400})"
)
# A line of a comment that tools make documentation of: JavaDoc and its kin, Rust, C#, Swift, R.
_DOCUMENTING = re.compile(rb"[ \t]*(?:\*(?!/)|/\*\*|///|//!|#')(?:[ \t]|$)")
# Python's tokens, as far as strings go: a quote in a comment or in another string opens nothing.
_PYTHON = re.compile(
    rb"#[^\n]*|(?:^[ \t]*(?P<document>(?:(?:EXAMPLES|DOCUMENTATION|RETURN|__doc__)[ \t]*=[ \t]*)?[rRuUbB]{0,2}))?"
    rb"(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')",
    re.DOTALL | re.MULTILINE,
)
_SAMPLE_LINES = 3
_MOST_PYTHON = 1 << 18  # bytes of a module whose docstrings are looked for
_UNTIL = re.compile(r"\buntil=(\d{4}-\d\d-\d\d)\b")


def until(reason: str) -> datetime.date | None:
    """Return the last day of a suppression, None where its reason names none, or no day that there is."""
    found = _UNTIL.search(reason)
    if found is None:
        return None
    import datetime

    try:
        return datetime.date.fromisoformat(found[1])
    except ValueError:
        return None


def has_ended(reason: str) -> bool:
    """Whether the last day that a reason names is over."""
    last = until(reason)
    return last is not None and last < type(last).today()


def without_date(reason: str) -> str:
    """Return the reason alone."""
    return _UNTIL.sub("", reason).strip(" -*/>\r")


def is_documented(path: str, data: bytes, at: int) -> bool:
    """Whether it stands in a docstring or a documenting comment, which shows how something is called."""
    if path.endswith((".py", ".pyi", ".pyx")):
        return any(start <= at < end for start, end in _docstrings(data))
    return _DOCUMENTING.match(data, data.rfind(b"\n", 0, at) + 1) is not None


@functools.lru_cache(maxsize=1)
def is_commented_out(data: bytes) -> bool:
    """Whether each of several lines is a comment, as in a sample of which somebody takes what they need."""
    lines = [line.lstrip() for line in data.split(b"\n") if line.strip()]
    return len(lines) >= _SAMPLE_LINES and all(line.startswith((b"#", b";", b"//")) for line in lines)


@functools.lru_cache(maxsize=1)
def _docstrings(data: bytes) -> tuple[tuple[int, int], ...]:
    """Give where the strings stand that are statements, or that a tool reads as documentation."""
    found = _PYTHON.finditer(data, 0, _MOST_PYTHON)
    return tuple(one.span() for one in found if one["document"] is not None)


def is_silenced(data: bytes, at: int, kind: str) -> bool:
    """Whether a comment on the line, or on the line above it, says with a reason to ignore the kind."""
    if b"ctxaudit:" not in data:
        return False
    start = data.rfind(b"\n", 0, max(0, data.rfind(b"\n", 0, at))) + 1
    end = data.find(b"\n", at)
    for found in _COMMENT.finditer(data, max(start, at - 2_000), min(len(data) if end < 0 else end, at + 2_000)):
        names, reason = found[1].decode("latin-1").split(","), found[2].decode("latin-1")
        if without_date(reason) and not has_ended(reason) and any(fnmatch.fnmatchcase(kind, name) for name in names):
            return True
    return False
