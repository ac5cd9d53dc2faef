"""Regular expressions in the syntax of RE2, matched in linear time, where google-re2 is not installed.

Source: google/re2, doc/syntax.txt and re2/parse.cc (the flags LikePerl); Russ Cox, "Regular Expression Matching Can Be
Simple And Fast". A position is the set of the instructions that a string has reached; it is made when it is first met,
and kept with what each character makes of it. Nothing is tried twice, so no expression takes longer than its length
times that of the text.

Only whether something matches is answered, not where. `\\p{Greek}` and other scripts are refused, as Python has no
table of them; general categories (`\\pL`) are known.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ctxaudit.ignore import Refused
from ctxaudit.values import frozen

_LAST, _LAST_BYTE = sys.maxunicode, 0xFF
_MOST_REPEATS = 1000
_MOST_INSTRUCTIONS = 700_000  # what RE2 has room for in 64 MB
_DEEPEST = 1000  # groups in each other
_MOST_KEPT = 50_000  # characters of positions
_BEGIN, _NEWLINE, _WORD, _OTHER = range(4)  # what stands before a position; the end of the text is as the beginning
_NUMBER = re.compile(r"\{(0|[1-9][0-9]{0,8})(?:(,)(0|[1-9][0-9]{0,8})?)?\}")
_CAPTURE = re.compile(r"\(\?P?<(\w+)>", re.ASCII)
_FLAGS = re.compile(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_POSIX_NAME = re.compile(r"\[:(.*?):\]", re.DOTALL)
_CATEGORY = re.compile(r"\\([pP])(?:\{(\^?)(\w+)\}|(\w))", re.ASCII)
_HEX = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_CONTROLS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_ASSERTIONS = {"A": "begin text", "z": "end text", "b": "boundary", "B": "no boundary"}

_Ranges = tuple[tuple[int, int], ...]


def _of(text: str) -> _Ranges:
    """Give the ranges of pairs of characters: `09AZ`."""
    return tuple((ord(low), ord(high)) for low, high in zip(text[::2], text[1::2], strict=True))


_PERL = {"d": _of("09"), "s": _of("\t\n\f\r  "), "w": _of("09AZ__az")}
_POSIX = {
    "alnum": _of("09AZaz"),
    "alpha": _of("AZaz"),
    "ascii": ((0, 127),),
    "blank": _of("\t\t  "),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _of("09"),
    "graph": _of("!~"),
    "lower": _of("az"),
    "print": _of(" ~"),
    "punct": _of("!/:@[`{~"),
    "space": _of("\t\r  "),
    "upper": _of("AZ"),
    "word": _of("09AZ__az"),
    "xdigit": _of("09AFaf"),
}


class Node(NamedTuple):
    """A part of an expression.

    kind: "set" with ranges, "assert" with a word, "join" and "either" with parts, "repeat" with a part and bounds.
    repeats: by how much a repetition in it multiplies what is inside, at most.
    """

    kind: str
    ranges: _Ranges = ()
    word: str = ""
    parts: tuple[Node, ...] = ()
    least: int = 0
    most: int | None = None
    repeats: int = 1


@frozen
class _Flags:
    fold: bool = False
    lines: bool = False
    dot_all: bool = False


class _Level:
    """What is read of a group: its alternatives, the last of which is open. flags: those outside of it."""

    def __init__(self, flags: _Flags) -> None:
        self.flags = flags
        self.alternatives: list[list[Node]] = [[]]

    def node(self) -> Node:
        joined = [_joined("join", parts) for parts in self.alternatives]
        return joined[0] if len(joined) == 1 else _joined("either", joined)


def _joined(kind: str, parts: Iterable[Node]) -> Node:
    inside = tuple(parts)
    return Node(kind, parts=inside, repeats=max((node.repeats for node in inside), default=1))


class _Parser:
    """Reads an expression as RE2 does."""

    def __init__(self, source: str, highest: int) -> None:
        self._source = source
        self._highest = highest
        self._at = 0
        self._flags = _Flags()
        self._levels = [_Level(self._flags)]
        self._names: set[str] = set()
        self._after_repeat = False

    def parsed(self) -> Node:
        while self._at < len(self._source):
            char = self._source[self._at]
            repeated = self._after_repeat
            self._after_repeat = False
            if char in "*+?" or (char == "{" and _NUMBER.match(self._source, self._at)):
                self._repeat(char, repeated)
            else:
                self._one(char)
        if len(self._levels) > 1:
            raise Refused("missing closing )")
        return self._levels[0].node()

    def _one(self, char: str) -> None:
        if char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self._at += 1
            self._levels[-1].alternatives.append([])
        elif char == "[":
            self._push(Node("set", _Class(self).read()))
        elif char == "\\":
            self._escaped()
        else:
            self._at += 1
            self._plain(char)

    def _plain(self, char: str) -> None:
        if char == "^":
            self._push(Node("assert", word="begin line" if self._flags.lines else "begin text"))
        elif char == "$":
            self._push(Node("assert", word="end line" if self._flags.lines else "end text"))
        elif char == ".":
            self._push(Node("set", ((0, self._highest),) if self._flags.dot_all else _without("\n", self._highest)))
        else:
            self._push(Node("set", self.folded(((ord(char), ord(char)),))))

    def _push(self, node: Node) -> None:
        self._levels[-1].alternatives[-1].append(node)

    def _repeat(self, char: str, repeated: bool) -> None:
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(char, (0, None))
        match = _NUMBER.match(self._source, self._at)
        if match:
            least = int(match[1])
            most = int(match[3]) if match[3] else None if match[2] else least
        self._at = match.end() if match else self._at + 1
        self._at += self._source.startswith("?", self._at)  # as few as there may be: the same for a yes or a no
        parts = self._levels[-1].alternatives[-1]
        if repeated or not parts:
            raise Refused("bad repetition operator" if repeated else "no argument for repetition operator")
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            raise Refused("bad repetition operator")
        inner = parts.pop()
        repeats = inner.repeats * (max(1, least if most is None else most) if match else 1)
        if repeats > _MOST_REPEATS:
            raise Refused("bad repetition operator")
        parts.append(Node("repeat", parts=(inner,), least=least, most=most, repeats=repeats))
        self._after_repeat = True

    def _open(self) -> None:
        if len(self._levels) > _DEEPEST:
            raise Refused("expression nests too deeply")
        outside = self._flags
        if not self._source.startswith("(?", self._at):
            self._at += 1
        elif named := _CAPTURE.match(self._source, self._at):
            if named[1] in self._names:
                raise Refused("duplicate name of a group")
            self._names.add(named[1])
            self._at = named.end()
        else:
            match = _FLAGS.match(self._source, self._at)
            if match is None:
                raise Refused("invalid perl operator")
            self._at = match.end()
            self._flags = _changed(outside, match[1], match[2] or "")
            if match[3] == ")":
                return
        self._levels.append(_Level(outside))

    def _close(self) -> None:
        if len(self._levels) == 1:
            raise Refused("unexpected )")
        self._at += 1
        level = self._levels.pop()
        self._flags = level.flags
        self._push(level.node())

    def _escaped(self) -> None:
        letter = self._source[self._at + 1 : self._at + 2]
        if letter == "Q":
            quoted = self._source[self._at + 2 :].partition(r"\E")[0]
            for char in quoted:
                self._push(Node("set", self.folded(((ord(char), ord(char)),))))
            self._at += len(quoted) + 4  # with `\Q` and `\E`, or beyond the end without one
        elif letter and letter in _ASSERTIONS:
            self._at += 2
            self._push(Node("assert", word=_ASSERTIONS[letter]))
        else:
            ranges = self.group()
            if ranges is None:
                code = self.escape()
                ranges = self.folded(((code, code),))
            self._push(Node("set", ranges))

    def group(self) -> _Ranges | None:
        """Read a class of Perl's or a category of Unicode's, None for any other escape."""
        letter = self._source[self._at + 1 : self._at + 2]
        if letter and letter.lower() in _PERL:
            self._at += 2
            ranges = self.folded(_PERL[letter.lower()])
            return ranges if letter.islower() else self.inverted(ranges)
        if letter not in ("p", "P"):
            return None
        match = _CATEGORY.match(self._source, self._at)
        ranges = _category(match[3] or match[4]) if match else ()
        if match is None or not ranges:
            raise Refused("invalid character class range")
        self._at = match.end()
        ranges = self.folded(ranges)
        return self.inverted(ranges) if (match[1] == "P") != bool(match[2]) else ranges

    def escape(self) -> int:
        """Read the escape of one character."""
        start = self._at + 1
        letter = self._source[start : start + 1]
        if not letter:
            raise Refused("trailing \\")
        match = _HEX.match(self._source, start) or _OCTAL.match(self._source, start)
        self._at = match.end() if match else start + 1
        if match:
            digits = (match[1] or match[2]) if letter == "x" else match[0]
            code = int(digits, 16 if letter == "x" else 8)
        elif letter in _CONTROLS:
            code = _CONTROLS[letter]
        elif letter.isascii() and not letter.isalnum():
            code = ord(letter)
        else:
            raise Refused("invalid escape sequence")
        if code > self._highest:
            raise Refused("invalid escape sequence")
        return code

    def folded(self, ranges: _Ranges) -> _Ranges:
        """Add what is equal without case, where that is meant."""
        if not self._flags.fold:
            return ranges
        more = [(ord(char), ord(char)) for same in _orbits() if any(map(_Set(ranges).has, same)) for char in same]
        return _normal([*ranges, *more])

    def inverted(self, ranges: _Ranges) -> _Ranges:
        return _inverted(ranges, self._highest)


class _Class:
    """Reads a class in brackets."""

    def __init__(self, parser: _Parser) -> None:
        self._parser = parser

    def read(self) -> _Ranges:
        parser = self._parser
        parser._at += 1
        negated = self._starts("^")
        parser._at += negated
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._starts("]"):
            if parser._at >= len(parser._source):
                raise Refused("missing closing ]")
            first = False
            ranges += self._member()
        parser._at += 1
        return parser.inverted(_normal(ranges)) if negated else _normal(ranges)

    def _starts(self, text: str) -> bool:
        return self._parser._source.startswith(text, self._parser._at)

    def _member(self) -> _Ranges:
        parser = self._parser
        match = _POSIX_NAME.match(parser._source, parser._at)
        if match:
            return self._posix(match)
        if self._starts("\\"):
            group = parser.group()
            if group is not None:
                return group
        low = high = self._char()
        if self._starts("-") and not self._starts("-]"):
            parser._at += 1
            high = self._char()
        if high < low:
            raise Refused("invalid character class range")
        return parser.folded(((low, high),))

    def _posix(self, match: re.Match[str]) -> _Ranges:
        name = match[1].removeprefix("^")
        if name not in _POSIX:
            raise Refused("invalid character class range")
        self._parser._at = match.end()
        ranges = self._parser.folded(_POSIX[name])
        return self._parser.inverted(ranges) if match[1].startswith("^") else ranges

    def _char(self) -> int:
        parser = self._parser
        if parser._at >= len(parser._source):
            raise Refused("missing closing ]")
        if self._starts("\\"):
            return parser.escape()
        parser._at += 1
        return ord(parser._source[parser._at - 1])


def _changed(flags: _Flags, on: str, off: str) -> _Flags:
    values = {"i": flags.fold, "m": flags.lines, "s": flags.dot_all}
    values |= dict.fromkeys(on, True) | dict.fromkeys(off[1:], False)
    return _Flags(values["i"], values["m"], values["s"])


def _normal(ranges: Iterable[tuple[int, int]]) -> _Ranges:
    """Give the same ranges in order, joined where they touch."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def _inverted(ranges: Iterable[tuple[int, int]], highest: int) -> _Ranges:
    gaps, start = [], 0
    for low, high in _normal(ranges):
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    return (*gaps, (start, highest)) if start <= highest else tuple(gaps)


def _without(char: str, highest: int) -> _Ranges:
    return _inverted(((ord(char), ord(char)),), highest)


@functools.cache
def _orbits() -> tuple[frozenset[str], ...]:
    """Give the sets of characters that are equal without case, as simple folding has it."""
    orbits: dict[str, set[str]] = {}
    for char in map(chr, range(_LAST + 1)):
        folded = char.casefold() if len(char.casefold()) == 1 else char.lower()
        if folded != char or char.upper() != char:
            orbits.setdefault(folded if len(folded) == 1 else char, set()).add(char)
    return tuple(frozenset(same) for same in orbits.values() if len(same) > 1)


@functools.cache
def _category(name: str) -> _Ranges:
    """Give the characters of a general category (`L`, `Lu`), () where there is no such category."""
    if name == "Any":
        return ((0, _LAST),)
    members = (code for code in range(_LAST + 1) if unicodedata.category(chr(code)).startswith(name))
    return _normal((code, code) for code in members) if name != "Cn" and name[:1].isupper() else ()


class _Set:
    """The characters of some ranges."""

    __slots__ = ("_ranges",)

    def __init__(self, ranges: _Ranges) -> None:
        self._ranges = ranges

    def has(self, char: str) -> bool:
        code = ord(char)
        return any(low <= code <= high for low, high in self._ranges)


class _Program:
    """The instructions of an expression: sets, assertions, and where each leads."""

    def __init__(self) -> None:
        self.sets: list[_Ranges | None] = []
        self.words: list[str] = []
        self.leads: list[tuple[int, ...]] = []

    def add(self, *leads: int, ranges: _Ranges | None = None, word: str = "") -> int:
        if len(self.leads) >= _MOST_INSTRUCTIONS:
            raise Refused("pattern too large")
        self.sets.append(ranges)
        self.words.append(word)
        self.leads.append(leads)
        return len(self.leads) - 1

    def made(self, node: Node, after: int) -> int:
        """Add the instructions of a node that lead to *after*; return where they begin."""
        if node.kind == "set":
            return self.add(after, ranges=node.ranges)
        if node.kind == "assert":
            return self.add(after, word=node.word)
        if node.kind == "either":
            return self.add(*(self.made(part, after) for part in node.parts))
        if node.kind == "join":
            for part in reversed(node.parts):
                after = self.made(part, after)
            return after
        return self._repeated(node, after)

    def _repeated(self, node: Node, after: int) -> int:
        (inner,) = node.parts
        if node.most is None:
            loop = self.add()
            self.leads[loop] = (self.made(inner, loop), after)
            start = loop
        else:
            start = after
            for _ in range(node.most - node.least):
                start = self.add(self.made(inner, start), after)
        for _ in range(node.least):
            start = self.made(inner, start)
        return start


class _Position:
    """The instructions that a string has reached, before assertions are asked, and what stands before it."""

    __slots__ = ("after", "before", "reached")

    def __init__(self, reached: frozenset[int], before: int) -> None:
        self.reached = reached
        self.before = before
        self.after: dict[str, _Position | bool] = {}


class Expression:
    """A compiled expression, searched anywhere in a string. bytewise: each byte is a character."""

    def __init__(self, source: str, *, bytewise: bool = False) -> None:
        self._encoding = "latin-1" if bytewise else "utf-8"
        self._program = _Program()
        try:
            node = _Parser(source, _LAST_BYTE if bytewise else _LAST).parsed()
            self._match = self._program.add()
            self._start = self._program.made(node, self._match)
        except RecursionError as error:
            raise Refused("expression nests too deeply") from error
        self._positions: dict[tuple[frozenset[int], int], _Position] = {}
        self._kept = 0

    def search(self, data: bytes) -> Expression | None:
        """Give something true where some part of the text matches, None elsewhere."""
        return self if self._matches(data.decode(self._encoding)) else None

    def _matches(self, text: str) -> bool:
        position = self._position(frozenset((self._start,)), _BEGIN)
        for char in text:
            following = position.after.get(char)
            if following is None:
                following = self._following(position, char)
            if following is True:
                return True
            assert isinstance(following, _Position)
            position = following
        return self._match in self._closed(position, _BEGIN)

    def _position(self, reached: frozenset[int], before: int) -> _Position:
        position = self._positions.get((reached, before))
        if position is None:
            position = self._positions[reached, before] = _Position(reached, before)
        return position

    def _following(self, position: _Position, char: str) -> _Position | bool:
        if self._kept > _MOST_KEPT:
            self._positions.clear()
            self._kept = 0
        here = _kind_of(char)
        closed = self._closed(position, here)
        successor: _Position | bool = True
        if self._match not in closed:
            reached = {self._start}
            for at in closed:
                ranges = self._program.sets[at]
                if ranges is not None and _Set(ranges).has(char):
                    reached.update(self._program.leads[at])
            successor = self._position(frozenset(reached), here)
        position.after[char] = successor
        self._kept += 1
        return successor

    def _closed(self, position: _Position, following: int) -> set[int]:
        """Give the instructions that are reached without a character more."""
        holds = frozenset(_holding(position.before, following))
        reached, pending = set[int](), list(position.reached)
        while pending:
            at = pending.pop()
            if at in reached or (self._program.words[at] and self._program.words[at] not in holds):
                continue
            reached.add(at)
            if self._program.sets[at] is None:
                pending += self._program.leads[at]
        return reached


def _kind_of(char: str) -> int:
    if char == "\n":
        return _NEWLINE
    return _WORD if char.isascii() and (char.isalnum() or char == "_") else _OTHER


def _holding(before: int, following: int) -> Iterator[str]:
    """Give the assertions that hold between two characters."""
    yield "boundary" if (before == _WORD) != (following == _WORD) else "no boundary"
    for kind, name in ((before, "begin"), (following, "end")):
        if kind == _BEGIN:
            yield f"{name} text"
        if kind in (_BEGIN, _NEWLINE):
            yield f"{name} line"
