"""What a secret looks like: vendors' formats, login files, names with values. Given bytes; reads nothing itself."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

from ctxaudit.values import expression

if TYPE_CHECKING:
    import datetime

# The shape of a row of the table of formats, and the checks that a format brings along.

Tier = Literal["certain", "likely"]
Check = Callable[[bytes], bool]

ALNUM = "[0-9A-Za-z]"
WORD = "[0-9A-Za-z_-]"
HEX = "[0-9a-f]"
_RUN_OF_ONE = expression(rb"([0-9A-Za-z])\1{7}")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Row(NamedTuple):
    """One format of a secret.

    kind: kebab-case, with "secret-" before it. keywords: bytes that every match holds, which are looked for first; none
    for a format that its name alone tells. expression: of the whole value. words: what it is, in a sentence.
    opens: what someone can do who has it. source: the vendor's page. rotate: where it is revoked.
    check: a checksum, or another test of the value. name: words of the variable's name that have to be there.
    """

    kind: str
    keywords: tuple[str, ...]
    expression: str
    words: str
    opens: str
    source: str
    rotate: str
    tier: Tier = "certain"
    check: Check | None = None
    name: tuple[str, ...] = ()
    folds: bool = False


def is_varied(value: bytes) -> bool:
    """Whether the value is not a run of few characters, as a placeholder is, and holds no long run of one."""
    return len(set(value[-24:])) >= min(8, len(value) // 2) and not (len(value) < 100 and _RUN_OF_ONE.search(value))


def ends_with_crc32(value: bytes) -> bool:
    """Whether the last six characters are the base62 CRC32 of what stands between the prefix and them."""
    body, checksum = value[:-6].rpartition(b"_")[2], value[-6:]
    number, digits = binascii.crc32(body), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return checksum == digits.rjust(6, "0").encode()


def decoded(value: bytes) -> bytes:
    """Decode base64 of either alphabet, b"" for what is not base64."""
    try:
        return base64.b64decode(
            value.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(value) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        return b""


def is_private_jwt(value: bytes) -> bool:
    """Whether a JSON Web Token is signed and does not carry a role that everyone may have."""
    header, payload, signature = value.split(b".")[:3]
    claims = decoded(payload)
    if not (decoded(header).startswith(b"{") and claims.startswith(b"{") and is_varied(signature)):
        return False
    # The token of jwt.io's front page, and Supabase's anonymous role, are made to be read by everyone.
    return b'"John Doe"' not in claims and b'"role":"anon"' not in claims.replace(b" ", b"")


# What a search finds.


class Span(NamedTuple):
    """A secret in a file's bytes, while the file is searched: nothing of it leaves the search but its place.

    value: the bytes by which it is known again. mild: it stands in a documenting part of the file.
    """

    kind: str
    tier: Tier
    start: int
    end: int
    value: bytes
    mild: bool = False


class Secret(NamedTuple):
    """A secret in a file: what it is, how sure that is, and its line.

    mild: it stands in a test, a sample or documentation. identity: a keyed hash by which a later run knows it again.
    silenced: a comment on its line, or on the one above, says with a reason to ignore it. name: what stands before the
    value, as `DB_PASSWORD=` or `npmAuthToken `; "" for anything else than a name.
    """

    kind: str
    tier: Tier
    line: int
    mild: bool
    identity: str
    silenced: bool = False
    name: str = ""


# Comments: documentation in source code, and what says which secret to ignore, and until when.
#
# The latter is written `ctxaudit: ignore=KIND reason until=YYYY-MM-DD`.

_COMMENT = expression(
    rb"(?:#|//|--|;|<!--|/\*|%|')[^\n]{0,200}?ctxaudit:\s{0,4}ignore\s{0,4}=\s{0,4}([\w*?,-]{1,200})([^\n]{0,400})"
)
# A line of a comment that tools make documentation of: JavaDoc and its kin, Rust, C#, Swift, R.
_DOCUMENTING = expression(rb"[ \t]*(?:\*(?!/)|/\*\*|///|//!|#')(?:[ \t]|$)")
# Python's tokens, as far as strings go: a quote in a comment or in another string opens nothing.
_PYTHON = expression(
    rb"#[^\n]*|(?:^[ \t]*(?P<document>(?:(?:EXAMPLES|DOCUMENTATION|RETURN|__doc__)[ \t]*=[ \t]*)?[rRuUbB]{0,2}))?"
    rb"(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')",
    re.DOTALL | re.MULTILINE,
)
_SAMPLE_LINES = 3
_MOST_PYTHON = 1 << 18  # bytes of a module whose docstrings are looked for
_UNTIL = expression(r"\buntil=(\d{4}-\d\d-\d\d)\b")


def until(reason: str) -> datetime.date | None:
    """Return the last day of a suppression, None where its reason names none, or no day that there is."""
    match = _UNTIL.search(reason)
    if match is None:
        return None
    import datetime

    try:
        return datetime.date.fromisoformat(match[1])
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
    matches = _PYTHON.finditer(data, 0, _MOST_PYTHON)
    return tuple(
        match.span() for match in matches if match["document"] is not None and not _is_within(data, match.start())
    )


def _is_within(data: bytes, at: int) -> bool:
    """Whether the string goes on with what the line above begins: a list, a call, an assignment."""
    return data[max(0, at - 200) : at].rstrip()[-1:] in (b"(", b"[", b"{", b",", b"=", b"+", b"%", b"|", b"\\")


def is_silenced(data: bytes, at: int, kind: str) -> bool:
    """Whether a comment on the line, or on the line above it, says with a reason to ignore the kind."""
    if b"ctxaudit:" not in data:
        return False
    start = data.rfind(b"\n", 0, max(0, data.rfind(b"\n", 0, at))) + 1
    end = data.find(b"\n", at)
    for match in _COMMENT.finditer(data, max(start, at - 2_000), min(len(data) if end < 0 else end, at + 2_000)):
        names, reason = match[1].decode("latin-1").split(","), match[2].decode("latin-1")
        if without_date(reason) and not has_ended(reason) and any(fnmatch.fnmatchcase(kind, name) for name in names):
            return True
    return False
