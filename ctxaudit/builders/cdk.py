"""The AWS CDK's DockerImageAsset: what is staged, each file of which counts in the hash that names the image.

Source: aws-cdk-lib 2.276.0, aws-ecr-assets/lib/image-asset.ts, core/lib/fs/ignore.ts (`DockerIgnoreStrategy`), copy.ts,
utils.ts (`walkDirectory`); @balena/dockerignore 1.0.2, ignore.js; ECMA-262, annex B.1.2.
"""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Callable, Iterable, Iterator

from ctxaudit.builders.base import NoBytes, PathSelection, Reader
from ctxaudit.ignore import SPACE, DockerignorePattern, Kind, clean_path, valid_utf8
from ctxaudit.ignore.dialect import DialectMatcher, DialectPattern
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Entry, Node
from ctxaudit.values import expression

OUTPUT = "cdk.out"  # of the cdk command, unless it is given another
# What String.prototype.trim drops.
_SPACE = SPACE.replace("\x85", "") + "\ufeff"
_TOKEN = expression(r"(?s)\*\*/?|\\.|.")
_REGEX = {"*": "[^/]*", "?": "[^/]", ".": r"\.", "$": r"\$", "\\": "\\\\"}
_NEGATIVE = expression(rf"[{_SPACE}]*(/?!)(.*)")
_REFUSED = "["  # no engine takes it
_LAST_UNIT = 0xFFFF
_WORD = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
_LETTERS = _WORD[10:-1]
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_LINE_ENDS = "\n\r\u2028\u2029"
_MOST_REPEATS = 1000  # RE2 takes no more
_DEEPEST = 200  # groups in each other


class Pattern(DialectPattern):
    """A pattern of @balena/dockerignore: a regular expression of JavaScript, without case."""

    __slots__ = ()

    ignores_case = True

    def _read(self, pattern: str) -> tuple[str, bool]:
        text = pattern.strip(_SPACE)
        negative = text.startswith("!")
        text = text[1:].strip(_SPACE) if negative else text
        if text:
            text = clean_path(text)
            text = text[1:] if len(text) > 1 and text.startswith("/") else text
        text = f"{'!' * negative}{text}".strip(_SPACE)
        if not text:
            return "", False
        text = clean_path(text)
        return text.removeprefix("!"), text.startswith("!")

    def _translated(self) -> tuple[Kind, str]:
        pieces = []
        for match in _TOKEN.finditer(self.text):
            token = match[0]
            if token.startswith("**"):
                pieces.append(".*" if match.end() == len(match.string) else "(.*/)?")
            else:
                pieces.append(_REGEX.get(token, token))
        try:
            return "regexp", _Expression(f"^{''.join(pieces)}$").translated()
        except _Refused:
            return "regexp", _REFUSED

    def _test(self) -> Callable[[str], bool]:
        names = self.text.split("/")
        any_depth, least = "**" in names, sum(name != "**" for name in names)

        def matches(path: str) -> bool:
            if self._search(_units(path)):
                return True
            above = path.split("/")[:-1]
            # With `**` each parent is asked that has names enough, without only the one of as many names.
            depths = range(least, len(above) + 1) if any_depth else range(len(names), len(names) + 1)
            parents = ("/".join(above[:depth]) for depth in depths if above and depth <= len(above))
            return any(self._search(_units(parent)) for parent in parents)

        return matches


class Dialect(DialectMatcher):
    """The lines of an ignore file as the CDK reads them: a comment begins in the first column."""

    pattern = Pattern

    @classmethod
    def lines(cls, raw: str) -> list[str]:
        return [valid_utf8(raw)]

    @classmethod
    def line(cls, raw: str, file: str = "", number: int = 0) -> DockerignorePattern | None:
        if raw.startswith("#") or not raw.strip(_SPACE):
            return None
        pattern = Pattern(raw, file=file, line=number, raw=raw)
        return pattern if pattern.text else None


class Selection(PathSelection):
    """What is staged: the ignore file and a Dockerfile at the root in any case, and never the CDK's own output."""

    def __init__(self, exclude: Matcher, include: Matcher | None, dockerfile: str, wide: bool) -> None:
        own = ("!.dockerignore", f"!{posixpath.basename(dockerfile) or 'Dockerfile'}", OUTPUT)
        super().__init__(exclude.extended(own), None, wide)

    @functools.cached_property
    def _opened(self) -> Matcher:
        """The lines with the directories of each exception, in its place: those that are entered."""
        lines = (directory for pattern in self.exclude.patterns for directory in _with_directories(pattern.raw))
        return Dialect(()).extended(lines)

    def enters(self, path: str) -> bool:
        return not self._opened.excludes(path)


def _with_directories(line: str) -> Iterator[str]:
    yield line
    match = _NEGATIVE.match(line)
    name = posixpath.dirname(match[2].rstrip("/") or match[2]) if match else ""
    while match and name not in ("", "/", "."):
        yield match[1] + name
        name = posixpath.dirname(name.rstrip("/"))


class Receiver(Reader):
    """Gives what is staged: files, directories and links, and nothing else."""

    def receive(self, node: Node) -> Iterable[Entry]:
        return super().receive(node) if node.type in ("file", "dir", "symlink") else ()


Scale = NoBytes


@functools.lru_cache(maxsize=4096)
def _units(path: str) -> str:
    """Give a path as JavaScript compares it without case: each of its UTF-16 code units in upper case."""
    if path.isascii():
        return path.upper()
    data = valid_utf8(path).encode("utf-16-le")
    return "".join(map(_canonical, (int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2))))


@functools.cache
def _canonical(unit: int) -> str:
    """Give the one code unit that stands for all that are equal without case.

    Source: ECMA-262, Canonicalize. Half of a surrogate pair stands in a plane where no name is, as RE2 takes none.
    """
    if 0xD800 <= unit <= 0xDFFF:
        return chr(0x100000 + unit)
    upper = chr(unit).upper()
    if len(upper) != 1 or ord(upper) > _LAST_UNIT or (unit >= 128 and ord(upper) < 128):
        return chr(unit)
    return upper


class _Refused(ValueError):
    """JavaScript does not take the expression."""


_Set = frozenset[str]


class _Expression:
    """A regular expression of JavaScript, without case and without the flag u, and what RE2 makes the same of.

    Look-around, names and lazy repetition cannot occur: no "?" of a pattern is left as it is.
    """

    def __init__(self, source: str) -> None:
        data = source.encode("utf-16-le", "surrogatepass")
        self._units = [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]
        self._text = "".join(map(chr, self._units))
        self._at = 0
        self._depth = 0
        self._groups = self._text.count("(")

    def translated(self) -> str:
        translation = self._alternatives()
        if self._at < len(self._text):
            raise _Refused("unmatched ')'")
        return translation

    def _alternatives(self) -> str:
        alternatives, parts = [], list[str]()
        while self._at < len(self._text) and self._text[self._at] != ")":
            if self._text[self._at] == "|":
                self._at += 1
                alternatives.append("".join(parts))
                parts = []
            else:
                parts.append(self._term())
        return "|".join([*alternatives, "".join(parts)])

    def _term(self) -> str:
        char = self._text[self._at]
        if char in "^$":
            self._at += 1
            return self._assertion(r"\A" if char == "^" else r"\z")
        if self._text.startswith((r"\b", r"\B"), self._at):
            self._at += 2
            return self._assertion(self._text[self._at - 2 : self._at])
        if char in "*+?" or (char == "{" and _REPEAT.match(self._text, self._at)):
            raise _Refused("nothing to repeat")
        atom = self._atom(char)
        return atom + self._quantifier()

    def _assertion(self, source: str) -> str:
        if self._quantifier():
            raise _Refused("nothing to repeat")
        return source

    def _quantifier(self) -> str:
        char = self._text[self._at : self._at + 1]
        if char and char in "*+?":
            self._at += 1
            return char
        match = _REPEAT.match(self._text, self._at)
        if not match:
            return ""
        self._at = match.end()
        low, high = int(match[1]), int(match[3]) if match[3] else None
        if max(low, high or 0) > _MOST_REPEATS or (high is not None and high < low):
            raise _Refused("numbers out of order")
        return match[0]

    def _atom(self, char: str) -> str:
        self._at += 1
        if char == "(":
            self._depth += 1
            if self._depth > _DEEPEST:
                raise _Refused("too many groups in each other")
            inside = self._alternatives()
            self._depth -= 1
            if self._text[self._at : self._at + 1] != ")":
                raise _Refused("unterminated group")
            self._at += 1
            return f"(?:{inside})"
        if char == ".":
            return _class(_canonical_set(_LINE_ENDS), negated=True)
        if char == "[":
            return self._class()
        if char == "\\":
            return _class(*self._escape(in_class=False))
        return _class(frozenset((_canonical(ord(char)),)), negated=False)

    def _class(self) -> str:
        negated = self._text.startswith("^", self._at)
        self._at += negated
        members: set[str] = set()
        while not self._text.startswith("]", self._at):
            low = self._member()
            if self._text.startswith("-", self._at) and not self._text.startswith("]", self._at + 1):
                self._at += 1
                high = self._member()
                members |= _range(low, high)
            else:
                members |= low if isinstance(low, frozenset) else {_canonical(low)}
        self._at += 1
        return _class(frozenset(members), negated)

    def _member(self) -> int | _Set:
        """Give a member of a class: a code unit, or the set that an escape means."""
        if self._at >= len(self._text):
            raise _Refused("unterminated class")
        char = self._text[self._at]
        self._at += 1
        if char != "\\":
            return ord(char)
        start = self._at
        members, negated = self._escape(in_class=True)
        if self._text[start] in "dDwWsS":
            return _complement(members) if negated else members
        return self._unit

    def _escape(self, in_class: bool) -> tuple[_Set, bool]:
        """Read what follows a backslash: the set that it means, and whether all others are meant.

        `_unit` is then the one code unit that it means.
        """
        if self._at >= len(self._text):
            raise _Refused("\\ at end of pattern")
        char = self._text[self._at]
        self._at += 1
        if char in "dDwWsS":
            return _SETS[char.lower()], char.isupper()
        self._unit = self._escaped_unit(char, in_class)
        return frozenset((_canonical(self._unit),)), False

    def _escaped_unit(self, char: str, in_class: bool) -> int:
        if char == "b" and in_class:
            return 8
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char == "c":
            return self._control(in_class)
        for letter, digits in (("x", 2), ("u", 4)):
            match = _HEX[digits].match(self._text, self._at) if char == letter else None
            if match:
                self._at = match.end()
                return int(match[0], 16)
        if char.isascii() and char.isdigit():
            return self._number(in_class)
        return ord(char)

    def _control(self, in_class: bool) -> int:
        letter = self._text[self._at : self._at + 1]
        letters = _WORD if in_class else _LETTERS
        if not letter or letter not in letters:
            self._at -= 1  # the backslash means itself, and the letter stands behind it
            return ord("\\")
        self._at += 1
        return ord(letter) % 32

    def _number(self, in_class: bool) -> int:
        """Read digits: a group that is matched again, which RE2 cannot do, or an octal number, or the digit itself."""
        self._at -= 1
        match = _DIGITS.match(self._text, self._at)
        if match and not in_class and 0 < int(match[0]) <= self._groups and match[0][0] != "0":
            raise _Refused("a group that is matched again")
        octal = _OCTAL.match(self._text, self._at)
        if octal:
            self._at = octal.end()
            return int(octal[0], 8)
        self._at += 1
        return ord(self._text[self._at - 1])


_REPEAT = expression(r"\{(\d+)(,(\d*))?\}")
_DIGITS = expression(r"[0-9]+")
_OCTAL = expression(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_HEX = {digits: expression(f"[0-9A-Fa-f]{{{digits}}}") for digits in (2, 4)}


def _canonical_set(members: Iterable[str]) -> _Set:
    return frozenset(_canonical(ord(member)) for member in members)


_SETS = {"d": _canonical_set("0123456789"), "w": _canonical_set(_WORD), "s": _canonical_set(_SPACE)}


def _range(low: int | _Set, high: int | _Set) -> _Set:
    """Give the code units from one to another; of a set, a "-" is a member like the others."""
    if isinstance(low, int) and isinstance(high, int):
        if low > high:
            raise _Refused("range out of order in character class")
        return frozenset(map(_canonical, range(low, high + 1)))
    ends = (frozenset((_canonical(end),)) if isinstance(end, int) else end for end in (low, high))
    return frozenset("-").union(*ends)


def _complement(members: _Set) -> _Set:
    return frozenset(map(_canonical, range(_LAST_UNIT + 1))) - members


def _class(members: _Set, negated: bool) -> str:
    """Give a class of RE2."""
    ranges: list[list[int]] = []
    for code in sorted(map(ord, members)):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    if not ranges:
        return r"[\x00-\x{10FFFF}]" if negated else r"[^\x00-\x{10FFFF}]"
    return f"[{'^' * negated}{''.join(map(_from_to, *zip(*ranges, strict=True)))}]"


def _from_to(low: int, high: int) -> str:
    return f"\\x{{{low:x}}}-\\x{{{high:x}}}"
