"""Words of a Dockerfile: quotes, escapes and variables, as BuildKit's shell lexer reads them.

NOTE: the lexer keeps its open brackets on a stack of its own: `${a:-${a:-…}}` can be ten thousand deep.
Source: moby/buildkit 73ed682, frontend/dockerfile/shell/lex.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from enum import IntEnum
from typing import NoReturn

from ctxaudit.errors import DockerfileError
from ctxaudit.values import expression, frozen, record

# Shell patterns inside `${…}`: `*` and `?` without brackets, as `${v#p}`, `${v%p}` and `${v/p/r}` use them.
#
# BuildKit translates them to Go's regexp, which is linear. Python's is not, so that a pattern is cut at its stars here,
# and each piece is found once, in an atomic group: the first place where a piece fits is as good as any later one on
# the
# same line, and `*` and `?` never match a newline.
# Source: moby/buildkit 73ed682, frontend/dockerfile/shell/lex.go, convertShellPatternToRegex.

_ESCAPABLE = "*?\\"
_SPECIAL = expression(r"[*?\\\ufeff]")
_REFERENCE = expression(r"\$(?:(?P<dollar>\$)|(?P<bare>\w+)|\{(?P<braced>\w+)\})")


class InvalidEscape(ValueError):
    """A backslash before a character that needs none; the text is Docker's."""


@frozen
class _Glob:
    """A pattern: what stands before its first star, and the rest.

    overlap: how many characters of a match can stand before the newline that `head` ends behind.
    """

    head: re.Pattern[str]
    tail: re.Pattern[str]
    overlap: int

    def at_start(self, value: str) -> int | None:
        """The end of the match that begins where *value* begins."""
        head = self.head.match(value)
        tail = head and self.tail.match(value, head.end())
        return tail.end() if tail else None

    def find(self, value: str, start: int) -> tuple[int, int] | None:
        """The leftmost match from *start* on: where it begins and ends."""
        while head := self.head.search(value, start):
            if tail := self.tail.match(value, head.end()):
                return head.start(), tail.end()
            newline = value.find("\n", head.end())
            if newline < 0:
                return None
            start = max(head.start() + 1, newline + 1 - self.overlap)
        return None


def trim_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """*value* without the shortest or longest beginning that *pattern* matches."""
    if not _SPECIAL.search(pattern):
        return value.removeprefix(pattern)
    return value[_glob(pattern, longest).at_start(value) or 0 :]


def trim_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """*value* without the shortest or longest end that *pattern*, already `backwards`, matches."""
    return trim_prefix(value[::-1], pattern, longest=longest)[::-1]


def backwards(pattern: str) -> str:
    """*pattern* for a string read from its end; an escaped character stays behind its backslash."""
    return "".join(reversed(re.findall(r"(?s)\\.|.", pattern)))


def replace_first(value: str, pattern: str, replacement: str) -> str:
    if not _SPECIAL.search(pattern):
        return value.replace(pattern, replacement, 1)
    span = _glob(pattern, longest=True).find(value, 0)
    return value[: span[0]] + replacement + value[span[1] :] if span else value


def replace_all(value: str, pattern: str, replacement: str) -> str:
    """Replace every match; `$0` in *replacement* is the match, as Go's ReplaceAllString has it."""
    write, parts, last = _template(replacement), [], 0
    for start, end in _matches(_glob(pattern, longest=True), value):
        parts.append(value[last:start])
        if end > last or start == 0:
            parts.append(write(value[start:end]))
        last = end
    return "".join(parts) + value[last:]


def _matches(glob: _Glob, value: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at <= len(value) and (span := glob.find(value, at)):
        yield span
        at = max(at + 1, span[1])


def _template(replacement: str) -> Callable[[str], str]:
    """A function from a match to its replacement; `$name` of a group that is not there is empty."""
    parts = re.split(r"(\$(?:\$|\w+|\{\w+\}))", replacement)
    names = [_REFERENCE.fullmatch(part) for part in parts]

    def write(match: str) -> str:
        return "".join(_referred(name, match) if name else part for name, part in zip(names, parts, strict=True))

    return write


def _referred(reference: re.Match[str], match: str) -> str:
    if reference["dollar"]:
        return "$"
    return match if (reference["bare"] or reference["braced"]) == "0" else ""


def _glob(pattern: str, longest: bool) -> _Glob:
    head, *pieces = _pieces(pattern)
    tail = [f"(?>.*?{piece.source})" for piece in pieces]
    if longest and pieces:
        tail[-1] = f"(?>.*{pieces[-1].source})"
    return _Glob(re.compile(head.source), re.compile("".join(tail)), head.length)


@frozen
class _Piece:
    """What stands between two stars, as a regular expression of fixed length."""

    source: str
    length: int


def _pieces(pattern: str) -> list[_Piece]:
    runs: list[list[str]] = [[]]
    for token in _tokens(pattern.removeprefix("\ufeff")):
        if token == "*":
            runs.append([])
        else:
            runs[-1].append("." if token == "?" else re.escape(token[-1]))
    return [_Piece("".join(run), len(run)) for run in runs]


def _tokens(pattern: str) -> Iterator[str]:
    """Characters, and pairs of a backslash and what it escapes."""
    at = 0
    while at < len(pattern):
        char, after = pattern[at], pattern[at + 1 : at + 2]
        at += 1
        if char != "\\":
            yield char
        elif after not in ("}", "/"):  # these two are escaped for the sake of ${…}: the backslash is not in the pattern
            if not after or after not in _ESCAPABLE:
                raise InvalidEscape(f"invalid escape '\\{after or '�'}'")
            yield char + after
            at += 1


# What Go's unicode.IsSpace holds for a space; str.isspace knows four more.
SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
# NOTE: our own limit. Linux hands no longer string to a process (MAX_ARG_STRLEN), and each `ENV a=$a$a` doubles one.
_MOST_GROWTH = 131_072

_PLAIN = expression(r"""[^$<'"\\`}/]+""")
_UNDECODED = expression("[\udc80-\udcff]")
# What means itself, as most words of most Dockerfiles do: no variable, quote, escape character or heredoc.
MEANS_ITSELF = expression("[^$<'\"\\\\`\ufeff\udc80-\udcff]*")
_HEREDOC = expression(r"<(?:<[\t\r ]*)?")
_SPECIAL_PARAMETERS = "@*#?-$!"
_MISSING = {"}": "syntax error: missing '}'", "/": "syntax error: missing '/' in ${}"}
_NO_CHARACTER = "�"  # how Go prints the end of its input


@frozen
class Expansion:
    """What became of one word, and the variables that shaped it, sorted.

    used: the names looked up. unset: those of them that are not set.
    emptied: the unset ones with nothing in their place.
    """

    text: str
    used: tuple[str, ...]
    unset: tuple[str, ...]
    emptied: tuple[str, ...]


def expand(word: str, lookup: Callable[[str], str | None], escape: str = "\\", *, quotes: bool = True) -> Expansion:
    """Expand one word, which stays one word.

    escape: the file's escape character. quotes: False where quotes are text, as in the body of a heredoc.

    Raises DockerfileError without a place; its `source` is the word.
    """
    if MEANS_ITSELF.fullmatch(word):
        return Expansion(word, (), (), ())
    lexer = _Lexer(word, lookup, escape, _Mode(quotes=quotes))
    text = lexer.run()
    names = sorted(lexer.names.items())
    return Expansion(
        text,
        tuple(name for name, _ in names),
        tuple(name for name, fate in names if fate >= _Fate.UNSET),
        tuple(name for name, fate in names if fate == _Fate.EMPTIED),
    )


def shown(line: str, lookup: Callable[[str], str | None], escape: str) -> str:
    """Expand the variables of a whole line as BuildKit names its steps: quotes, and what is not set, stay.

    Source: dockerfile2llb/convert.go, processCmdEnv.
    """
    if MEANS_ITSELF.fullmatch(line):
        return line
    mode = _Mode(keep_quotes=True, keep_unset=True)
    try:
        return _Lexer(line, lookup, escape, mode).run()
    except DockerfileError:
        return line


def split(line: str, *, keep_quotes: bool, keep_escapes: bool = False) -> list[str]:
    """Cut *line* into words as the search for heredocs does: variables stay as written, `<< X` is one word."""
    lexer = _Lexer(
        line, lambda _: None, "\\", _Mode(keep_quotes=keep_quotes, keep_escapes=keep_escapes, keep_unset=True)
    )
    lexer.run()
    return lexer.words.finished()


def decoded(text: str) -> str:
    """*text* as Go decodes it: every byte that is not UTF-8 is a replacement character."""
    return _UNDECODED.sub("�", text)


def quoted(text: str, limit: int = 80) -> str:
    """*text* in double quotes, as Go's %q has it; cut where it is too long for a message."""
    shown = text if len(text) <= limit else text[:limit] + "…"
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _hex(char)) for char in shown) + '"'


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _hex(char: str) -> str:
    if _UNDECODED.match(char):
        return f"\\x{ord(char) - 0xDC00:02x}"
    return f"\\x{ord(char):02x}" if ord(char) < 0x80 else f"\\u{ord(char):04x}"


class _Fate(IntEnum):
    """What became of a variable; of several uses of one name, the worst counts."""

    SET = 0
    UNSET = 1
    EMPTIED = 2


_Names = dict[str, _Fate]


@frozen
class _Mode:
    quotes: bool = True
    keep_quotes: bool = False
    keep_escapes: bool = False
    keep_unset: bool = False


@record
class _Frame:
    """What is open: the word itself, `"`, or `${name`.

    stop: what closes it, "" for the end of the word. raw: escape characters stay.
    operator: what follows the name. pattern: of `${name/pattern/`, once it is read.
    """

    stop: str
    raw: bool
    name: str = ""
    operator: str = ""
    pattern: str = ""
    parts: list[str] = field(default_factory=list)
    length: int = 0
    names: _Names = field(default_factory=dict)


@record
class _Words:
    """The words of a line so far."""

    done: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    inside: bool = False

    def add(self, text: str, *, raw: bool) -> None:
        """raw: spaces in *text* do not end a word."""
        for run in [text] if raw else re.split(f"([{SPACE}])", text):
            if not raw and run and run in SPACE:
                self._space()
            elif run or raw:
                self.open.append(run)
                self.inside = True

    def _space(self) -> None:
        if self.inside and any(self.open):
            self.done.append("".join(self.open))
            self.open, self.inside = [], False

    def finished(self) -> list[str]:
        return [*self.done, "".join(self.open)] if any(self.open) else self.done


class _Lexer:
    """One pass over one word: what is open, and where it stands."""

    def __init__(self, word: str, lookup: Callable[[str], str | None], escape: str, mode: _Mode) -> None:
        self.source = word
        # Go's text/scanner drops a byte order mark in front.
        self.word = decoded(word).removeprefix("\ufeff")
        self.lookup, self.escape, self.mode = lookup, escape, mode
        self.at = 0
        self.stack = [_Frame(stop="", raw=mode.keep_escapes)]
        self.words = _Words()

    @property
    def names(self) -> _Names:
        return self.stack[0].names

    def run(self) -> str:
        while self.at < len(self.word):
            self._step(self.word[self.at])
        if self.stack[-1].stop:
            self._fail("unexpected end of statement while looking for matching double-quote")
        return "".join(self.stack[0].parts)

    def _step(self, char: str) -> None:
        stop = self.stack[-1].stop
        if char == stop:
            self._close()
        elif char == "$":
            self._dollar()
        elif char == self.escape:
            self._escape_in_quotes() if stop == '"' else self._escape()
        elif stop != '"' and char in _OPENERS and (char == "<" or self.mode.quotes):
            _OPENERS[char](self)
        else:
            self._plain()

    def _plain(self) -> None:
        run = _PLAIN.match(self.word, self.at)
        end = run.end() if run else self.at + 1
        self._emit(self.word[self.at : end], raw=False)
        self.at = end

    def _escape(self) -> None:
        """The escape character is gone after this, what it escapes stands for itself; at the end it escapes nothing."""
        if self.stack[-1].raw:
            self._emit(self.escape, raw=True)
        self._emit(self.word[self.at + 1 : self.at + 2], raw=True)
        self.at += 2

    def _escape_in_quotes(self) -> None:
        following = self.word[self.at + 1 : self.at + 2]
        if self.stack[-1].raw:
            self._emit(self.escape, raw=True)
        escaped = following in ('"', "$", self.escape)
        # Before anything else it is text, after a raw one as well: BuildKit writes it twice there.
        self._emit(following if escaped else self.escape, raw=True) if following else None
        self.at += 1 + escaped

    def _single_quote(self) -> None:
        end = self.word.find("'", self.at + 1)
        if end < 0:
            self.at = len(self.word)
            self._fail("unexpected end of statement while looking for matching single-quote")
        inner = self.word[self.at + 1 : end]
        self._emit(f"'{inner}'" if self.mode.keep_quotes else inner, raw=True)
        self.at = end + 1

    def _double_quote(self) -> None:
        self._open(_Frame(stop='"', raw=self.stack[-1].raw, parts=['"'] if self.mode.keep_quotes else []))
        self.at += 1

    def _heredoc(self) -> None:
        run = _HEREDOC.match(self.word, self.at)
        end = run.end() if run else self.at
        self._emit(self.word[self.at : end], raw=True)
        self.at = end

    def _dollar(self) -> None:
        self.at += 1
        if self.word[self.at : self.at + 1] == "{":
            self.at += 1
            self._brace()
            return
        name = self._name()
        self._emit(self._value(name, f"${name}") if name else "$", raw=False)

    def _brace(self) -> None:
        following = self.word[self.at : self.at + 1]
        if not following:
            self._fail(_MISSING["}"])
        if following in "{}:":
            self._fail("syntax error: bad substitution")
        name = self._name()
        operator = self._next()
        if operator == "}":
            self._emit(self._value(name, f"${{{name}}}"), raw=False)
        elif operator == "/":
            self._open_replacement(name)
        else:
            self._open_modifier(name, operator)

    def _open_modifier(self, name: str, operator: str) -> None:
        if operator == ":":
            operator += self._next()
        if (operator not in _MODIFIERS and not operator.startswith(":")) or operator in (":#", ":%"):
            self._fail(f"unsupported modifier ({operator}) in substitution")
        self._open(_Frame(stop="}", raw=operator in ("#", "%"), name=name, operator=operator))

    def _open_replacement(self, name: str) -> None:
        every = self.word[self.at : self.at + 1] == "/"
        self.at += every
        self._open(_Frame(stop="/", raw=True, name=name, operator="//" if every else "/"))

    def _open(self, frame: _Frame) -> None:
        if frame.stop != '"':
            # BuildKit shares one buffer between the words of all levels: what the outer word has so far is lost.
            self.words.open = []
        self.stack.append(frame)

    def _close(self) -> None:
        frame = self.stack.pop()
        self.at += 1
        text = "".join(frame.parts)
        if frame.stop == '"':
            self._inherit(frame.names)
            self._emit(f'{text}"' if self.mode.keep_quotes else text, raw=True)
        elif frame.stop == "/":
            self.stack.append(_Frame("}", True, frame.name, frame.operator, pattern=text, names=frame.names))
        else:
            self._emit(self._substituted(frame, text), raw=False)

    def _substituted(self, frame: _Frame, word: str) -> str:
        value = self.lookup(frame.name)
        if value is None and self.mode.keep_unset:
            middle = f"/{frame.pattern}/" if "/" in frame.operator else frame.operator
            return f"${{{frame.name}{middle}{word}}}"
        filled = value is not None and (value != "" or not frame.operator.startswith(":"))
        text, word_counts = _MODIFIERS.get(frame.operator, _unsupported)(self, frame, _Operand(value, filled, word))
        if word_counts:
            self._inherit(frame.names)
        self._record(frame.name, value, text)
        return text

    def _value(self, name: str, written: str) -> str:
        value = self.lookup(name)
        if value is None and self.mode.keep_unset:
            return written
        self._record(name, value, value or "")
        return value or ""

    def _record(self, name: str, value: str | None, text: str) -> None:
        fate = _Fate.SET if value is not None else _Fate.UNSET if text else _Fate.EMPTIED
        names = self.stack[-1].names
        names[name] = max(fate, names.get(name, fate))

    def _inherit(self, names: _Names) -> None:
        """Give a closed bracket's names to the one around it; the smaller into the larger, as nesting can be deep."""
        frame = self.stack[-1]
        small, frame.names = sorted((names, frame.names), key=len)
        for name, fate in small.items():
            frame.names[name] = max(fate, frame.names.get(name, fate))

    def _emit(self, text: str, *, raw: bool) -> None:
        frame = self.stack[-1]
        frame.parts.append(text)
        frame.length += len(text)
        if frame.length > len(self.word) + _MOST_GROWTH:
            self._fail(f"the expansion is over {_MOST_GROWTH} characters longer than the word")
        if self.mode.keep_unset and len(self.stack) == 1:
            self.words.add(text, raw=raw)

    def _name(self) -> str:
        """A variable's name: digits alone, one special parameter, or letters, digits and underscores."""
        start = self.at
        first = self.word[start : start + 1]
        if first and first in _SPECIAL_PARAMETERS:
            self.at += 1
            return first
        belongs = str.isdecimal if first.isdecimal() else _is_name
        while self.at < len(self.word) and belongs(self.word[self.at]):
            self.at += 1
        return self.word[start : self.at]

    def _next(self) -> str:
        char = self.word[self.at : self.at + 1]
        self.at += len(char)
        return char or _NO_CHARACTER

    def _fail(self, message: str, cause: Exception | None = None, argument: str = "") -> NoReturn:
        """At the end of the word, the outermost `${` is what BuildKit misses, whatever went wrong within."""
        braces = [frame.stop for frame in self.stack if frame.stop in _MISSING]
        if braces and self.at >= len(self.word):
            message = _MISSING[braces[0]]
        what = f"failed to process {quoted(self.source)}: {message}"
        fix = f"give it a value: --build-arg {argument}=…, with an ARG for it" if argument else None
        column = max(self.at - 1, 0)
        raise DockerfileError(what, source=self.source, column=column, fix=fix, argument=argument) from cause


_OPENERS: dict[str, Callable[[_Lexer], None]] = {
    "'": _Lexer._single_quote,
    '"': _Lexer._double_quote,
    "<": _Lexer._heredoc,
}


def _is_name(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()


@frozen
class _Operand:
    """value: of the variable. filled: set, and not empty where the operator has a colon. word: the rest, expanded."""

    value: str | None
    filled: bool
    word: str


_Modified = tuple[str, bool]  # the text, and whether the word had a say in it


def _default(_: _Lexer, __: _Frame, given: _Operand) -> _Modified:
    return ((given.value or "") if given.filled else given.word), not given.filled


def _alternative(_: _Lexer, __: _Frame, given: _Operand) -> _Modified:
    return (given.word if given.filled else ""), given.filled


def _required(lexer: _Lexer, frame: _Frame, given: _Operand) -> _Modified:
    if not given.filled:
        reason = given.word or f"is not allowed to be {'unset' if given.value is None else 'empty'}"
        lexer._fail(f"{frame.name}: {reason}", argument=frame.name)
    return given.value or "", False


def _without_prefix(lexer: _Lexer, _: _Frame, given: _Operand) -> _Modified:
    longest = given.word.startswith("#")
    return _matched(lexer, trim_prefix, given.value, given.word[longest:], longest), True


def _without_suffix(lexer: _Lexer, _: _Frame, given: _Operand) -> _Modified:
    longest = given.word.startswith("%")
    return _matched(lexer, trim_suffix, given.value, backwards(given.word[longest:]), longest), True


def _matched(lexer: _Lexer, trim: Callable[..., str], value: str | None, pattern: str, longest: bool) -> str:
    try:
        return trim(value or "", pattern, longest=longest)
    except InvalidEscape as error:
        lexer._fail(f"invalid pattern ({pattern}) in substitution: {error}", cause=error)


def _replaced(lexer: _Lexer, frame: _Frame, given: _Operand) -> _Modified:
    replace = replace_all if frame.operator == "//" else replace_first
    try:
        return replace(given.value or "", frame.pattern, given.word), True
    except InvalidEscape as error:
        lexer._fail(f"invalid pattern ({frame.pattern}) in substitution: {error}", cause=error)


def _unsupported(lexer: _Lexer, frame: _Frame, _: _Operand) -> _Modified:
    lexer._fail(f"unsupported modifier ({frame.operator}) in substitution")


_MODIFIERS: dict[str, Callable[[_Lexer, _Frame, _Operand], _Modified]] = {
    "-": _default,
    ":-": _default,
    "+": _alternative,
    ":+": _alternative,
    "?": _required,
    ":?": _required,
    "#": _without_prefix,
    "%": _without_suffix,
    "/": _replaced,
    "//": _replaced,
}
