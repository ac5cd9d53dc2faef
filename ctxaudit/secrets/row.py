"""The shape of a row of the table of formats, and the checks that a format brings along."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from typing import Literal, NamedTuple

Tier = Literal["certain", "likely"]
Check = Callable[[bytes], bool]

ALNUM = "[0-9A-Za-z]"
WORD = "[0-9A-Za-z_-]"
HEX = "[0-9a-f]"
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
    """Whether the value is not a run of few characters, as a placeholder is."""
    return len(set(value[-24:])) >= min(8, len(value) // 2)


def ends_with_crc32(value: bytes) -> bool:
    """Whether the last six characters are the base62 CRC32 of what stands between the prefix and them."""
    body, checksum = value[:-6].rpartition(b"_")[2], value[-6:]
    number, digits = zlib.crc32(body), ""
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
