"""Mutators: a real file with a few of its bytes, words, lines or values changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

# What parsers stumble over: ends, quotes, escapes, controls, names of other levels, numbers out of range.
ODD = (
    *("", " ", "\t", "\0", "\r", "\x1b[31m", "\x7f", "\ufeff", "é", "\U0001f433", "\u202e", "\udcff", "\u2028"),
    *("*", "**", "?", "[", "[!a-", "]", "[^]", "\\", "\\\\", "/", "//", ".", "..", "../..", "./", "!", "#", "~"),
    *("$", "$$", "${", "${A", "${A:-", "${A:?}", "$(", "%", "%s", "{", "}", "{}", "[]", "[[]]", '"', "'", "`", '"""'),
    *(
        "0",
        "-1",
        "1e999",
        "9" * 30,
        "0x",
        "nan",
        "null",
        "~",
        "true",
        "yes",
        "2026-02-30",
        "<<",
        "*a",
        "&a",
        "!!binary",
    ),
    *(
        "::error::x",
        "##[error]x",
        "<script>",
        "|",
        "||",
        "&&",
        ";",
        ">",
        "<<EOF",
        "--",
        "-",
        "=",
        ":",
        ",",
        "@",
        "a" * 300,
    ),
)
_WORD = re.compile(rb"[\w.-]+|[^\w\s]")


def mutated(random: Random, seeds: Sequence[bytes]) -> bytes:
    """Return one of the seeds after one to four mutations; one is the most likely count."""
    data = random.choice(seeds)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        data = random.choice(_MUTATORS)(random, data, random.choice(seeds))
    return data


def odd(random: Random) -> bytes:
    """Return an odd piece of text as bytes, of which some are not UTF-8."""
    return random.choice(ODD).encode("utf-8", "surrogateescape")


def mutated_json(random: Random, document: Any) -> Any:
    """Return a copy of a JSON value with one to three of its values changed, mostly to one of the same type."""
    copy = json.loads(json.dumps(document))
    for _ in range(random.choice((1, 1, 2, 3))):
        holder, key = random.choice(list(_places(copy)) or [({"": copy}, "")])
        if random.random() < 0.02:
            del holder[key]
        else:
            holder[key] = _replacement(random, holder[key])
    return copy


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return each member of each object and array, as its holder and its key."""
    found, pending = [], [value]
    for holder in pending:  # grows meanwhile
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        found += [(holder, key) for key in keys]
        pending += [holder[key] for key in keys if isinstance(holder[key], dict | list)]
    return found


def _replacement(random: Random, value: Any) -> Any:
    if random.random() < 0.05:
        return random.choice((None, True, -1, 1.5, "x", [], {}, [[]], {"a": 1}, 2**70))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return random.choice((0, 1, value + 1, 2**31, 2**53, 2**63 - 1))
    if isinstance(value, str):
        at = random.randrange(len(value) + 1)
        return value[:at] + random.choice(ODD) + value[at:]
    if isinstance(value, list):
        return random.choice((value + value[:1], value[:-1], value[::-1], value * 3))
    return {**value, random.choice(ODD): 1} if isinstance(value, dict) else value


def _byte(random: Random, data: bytes, _: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + bytes([random.randrange(256)]) + data[at + random.randrange(2) :]


def _insert(random: Random, data: bytes, _: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + odd(random) + data[at:]


def _word(random: Random, data: bytes, other: bytes) -> bytes:
    """Replace a word by an odd one, or by a word of another file of the kind."""
    words = list(_WORD.finditer(data))
    if not words:
        return odd(random)
    place = random.choice(words)
    others = _WORD.findall(other)
    word = random.choice(others) if others and random.random() < 0.6 else odd(random)
    return data[: place.start()] + word + data[place.end() :]


def _lines(change: Callable[[Random, list[bytes], int, list[bytes]], None]) -> Callable[[Random, bytes, bytes], bytes]:
    def mutate(random: Random, data: bytes, other: bytes) -> bytes:
        lines = data.split(b"\n")
        change(random, lines, random.randrange(len(lines)), other.split(b"\n"))
        return b"\n".join(lines)

    return mutate


def _drop(_: Random, lines: list[bytes], at: int, __: list[bytes]) -> None:
    del lines[at]


def _double(random: Random, lines: list[bytes], at: int, _: list[bytes]) -> None:
    lines[at:at] = [lines[at]] * random.choice((1, 1, 2, 50))


def _move(random: Random, lines: list[bytes], at: int, _: list[bytes]) -> None:
    lines.insert(random.randrange(len(lines)), lines.pop(at))


def _splice(random: Random, lines: list[bytes], at: int, others: list[bytes]) -> None:
    start = random.randrange(len(others))
    lines[at:at] = others[start : start + random.choice((1, 1, 2, 5))]


def _indent(random: Random, lines: list[bytes], at: int, _: list[bytes]) -> None:
    lines[at] = random.choice((b"  ", b"\t", b" ")) + lines[at]


def _join(_: Random, lines: list[bytes], at: int, __: list[bytes]) -> None:
    lines[at : at + 2] = [b" ".join(lines[at : at + 2])]


def _cut(random: Random, data: bytes, _: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _repeat(random: Random, data: bytes, _: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    end = start + random.choice((1, 2, 8, 40))
    return data[:end] + data[start:end] * random.choice((1, 2, 30, 300)) + data[end:]


def _endings(random: Random, data: bytes, _: bytes) -> bytes:
    return data.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n\n", b" \n", b"\\\n")))


_MUTATORS: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    *(_byte, _insert, _word, _word, _word, _cut, _repeat, _endings),
    *map(_lines, (_drop, _double, _move, _move, _splice, _splice, _indent, _join)),
)
