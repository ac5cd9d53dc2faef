"""Comments that say which secret to ignore, and until when: `ctxaudit: ignore=KIND reason until=YYYY-MM-DD`."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

_COMMENT = re.compile(
    rb"(?:#|//|--|;|<!--|/\*|%|')[^\n]{0,200}?ctxaudit:\s{0,4}ignore\s{0,4}=\s{0,4}([\w*?,-]{1,200})([^\n]{0,400})"
)
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
