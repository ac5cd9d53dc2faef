"""Values that look like secrets, put together at run time: no literal of the tests is one."""

from __future__ import annotations

import base64
import functools
import random
import re
import string
import zlib
from typing import Any

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def alnum(length: int, seed: int = 1) -> str:
    """Return letters and digits, the same for the same seed."""
    chance = random.Random(seed)
    return "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(length))


def hexadecimal(length: int, seed: int = 1) -> str:
    """Return hexadecimal digits, the same for the same seed."""
    chance = random.Random(seed)
    return "".join(chance.choice("0123456789abcdef") for _ in range(length))


def with_checksum(prefix: str, seed: int = 1) -> str:
    """Return a token whose end is the CRC32 of its body, as GitHub and npm make them."""
    body, number, digits = alnum(30, seed), zlib.crc32(alnum(30, seed).encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return prefix + body + digits.rjust(6, "0")


def github(seed: int = 1) -> str:
    """Return a token of GitHub's form."""
    return with_checksum("gh" + "p_", seed)


def pem(kind: str = "PRIVATE KEY", seed: int = 1) -> str:
    """Return a private key's block of this kind, of random bytes."""
    body = base64.b64encode(random.Random(seed).randbytes(900)).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    dashes = "-" * 5
    return f"{dashes}BEGIN {kind}{dashes}\n{lines}\n{dashes}END {kind}{dashes}\n"


def encoded(text: str) -> str:
    """Return a text as base64."""
    return base64.b64encode(text.encode()).decode()


def made_from(expression: str, seed: int = 1) -> str:
    """Return a random value that matches an expression of the table: literals, classes, groups and counts."""
    chance = random.Random(seed)
    return "".join(_made(_parsed(expression), chance))


@functools.cache
def _parsed(expression: str) -> Any:
    return re._parser.parse(expression)  # type: ignore[attr-defined]


def _made(parsed: Any, chance: random.Random) -> list[str]:
    made: list[str] = []
    for code, value in parsed:
        match str(code):
            case "LITERAL":
                made.append(chr(value))
            case "IN":
                made.append(chance.choice(_members(repr(value), tuple(value))))
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = value
                for _ in range(chance.randint(least, min(most, least + 40))):
                    made += _made(inner, chance)
            case "SUBPATTERN":
                made += _made(value[-1], chance)
            case "BRANCH":
                made += _made(chance.choice(value[1]), chance)
            case other:
                raise AssertionError(other)
    return made


@functools.cache
def _members(shown: str, value: Any) -> list[str]:
    return [char for char in map(chr, range(32, 127)) if _is_in(value, char)]


def _is_in(members: Any, char: str) -> bool:
    def holds(code: Any, value: Any) -> bool:
        match str(code):
            case "LITERAL":
                return ord(char) == int(value)
            case "RANGE":
                return bool(value[0] <= ord(char) <= value[1])
            case _:
                return {"CATEGORY_DIGIT": char.isdigit(), "CATEGORY_NOT_SPACE": not char.isspace()}[str(value)]

    return any(holds(code, value) for code, value in members)


PASSWORD = "Kestrel" + "4821!"
TOKEN = alnum(24)
