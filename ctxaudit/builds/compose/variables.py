"""`${VAR}` in all its forms, and the .env files that hold values for it.

Source: compose-go e70e961, template/template.go and dotenv/parser.go.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ctxaudit.builds.compose.document import ComposeError, Value
from ctxaudit.builds.declared import LARGEST_FILE
from ctxaudit.errors import Interpolated, without_guesses
from ctxaudit.files import read_regular
from ctxaudit.values import expression

Lookup = Callable[[str, bool], "str | None"]  # of a name, and whether something stands in for it where it is not set

_DEEPEST = 50
_NAME = "[_a-zA-Z][_a-zA-Z0-9]*"
_REFERENCE = expression(
    rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME})|\{{(?P<plain>{_NAME})\}}"
    rf"|\{{(?P<name>{_NAME})(?P<colon>:?)(?P<operator>[-+?])|(?P<invalid>\{{))"
)
_BRACES = expression(r"[{}]")


class _InvalidError(ValueError):
    """What compose says of a reference that it cannot read, or that must have a value and has none."""


@dataclass(slots=True)
class Room:
    """How many characters more references may come to: a file of them could ask for more than there is memory."""

    left: int = 1 << 24

    def take(self, text: str | None) -> str | None:
        self.left -= len(text or "")
        if self.left < 0:
            raise _InvalidError("its references come to too many characters")
        return text


def interpolated(value: Value, environment: Mapping[str, str], room: Room) -> Value:
    """Give a value with every reference in its texts replaced; keys stay as they are."""
    content = value.content
    if isinstance(content, dict):
        return replace(value, content={key: interpolated(one, environment, room) for key, one in content.items()})
    if isinstance(content, list):
        return replace(value, content=[interpolated(one, environment, room) for one in content])
    if content is None or "$" not in content:
        return value
    unset: list[str] = []
    try:
        pieces = tuple(_pieces(content, _noting(environment, unset, room)))
    except _InvalidError as error:
        raise value.error(
            without_guesses(str(error)), "set the variable, in the environment or in .env, or write $$ for $"
        ) from error
    text, names = ("".join(each) for each in zip(*pieces, strict=True))
    text_line = value.text_line if text.count("\n") == content.count("\n") else 0
    shown = Interpolated(text, names, pieces)
    return replace(value, content=shown, unset=tuple(dict.fromkeys(unset)), text_line=text_line)


def _noting(environment: Mapping[str, str], unset: list[str], room: Room) -> Lookup:
    """Look names up, and note those that are not set and have nothing to stand in for them."""

    def lookup(name: str, has_default: bool) -> str | None:
        if name not in environment and not has_default:
            unset.append(name)
        return room.take(environment.get(name))

    return lookup


def _substituted(text: str, lookup: Lookup, depth: int = 0) -> str:
    return "".join(value for value, _ in _pieces(text, lookup, depth))


def _pieces(text: str, lookup: Lookup, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Give the text in pieces: what each comes to, and the same with `${NAME}` for a reference, whatever its operator.

    What stands between two references is a piece as well, `$$` a part of it.
    """
    if depth > _DEEPEST:
        raise _InvalidError(f"references are nested more than {_DEEPEST} deep")
    literal, at = "", 0
    while match := _REFERENCE.search(text, at):
        literal += text[at : match.start()]
        at = match.end()
        name = match["named"] or match["plain"]
        if match["escaped"]:
            literal += "$"
            continue
        yield literal, literal
        literal = ""
        if name:
            yield lookup(name, False) or "", f"${{{name}}}"
        else:
            word, at = _word(text, match)
            yield _value(match, word, lookup, depth), f"${{{match['name']}}}"
    literal += text[at:]
    yield literal, literal


def _word(text: str, match: re.Match[str]) -> tuple[str, int]:
    """What stands between the operator and the brace that closes, and where the text goes on.

    Braces are counted, whatever opens them, and the character after an opening one is passed over; where none closes,
    the last brace of the line does. All as compose has it.
    """
    end = text.find("\n", match.end())
    last = text.rfind("}", match.end(), end if end >= 0 else len(text))
    if last < 0 or match["invalid"]:
        raise _InvalidError(f"invalid interpolation format: {text[match.start() : match.start() + 40]}")
    opened, passed = 1, -1
    for brace in _BRACES.finditer(text, match.end(), last + 1):
        if brace.start() == passed:
            continue
        opened += 1 if brace[0] == "{" else -1
        passed = brace.end() if brace[0] == "{" else -1
        if not opened:
            last = brace.start()
            break
    return text[match.end() : last], last + 1


def _value(match: re.Match[str], word: str, lookup: Lookup, depth: int) -> str:
    operator, value = match["operator"], lookup(match["name"], True)
    is_given = value is not None and (value != "" or not match["colon"])
    if is_given == (operator != "+"):
        return value or ""
    if operator == "?":  # compose says the word with its own references replaced, whose values are not for a log
        raise _InvalidError(f"required variable {match['name']} is missing a value" + (f": {word}" if word else ""))
    return _substituted(word, lookup, depth + 1)


def environment_of(files: Sequence[str], outer: Mapping[str, str]) -> dict[str, str]:
    """Give *outer* and what .env files add to it; a later file outdoes an earlier one, and *outer* both.

    Raises ComposeError for a file that cannot be read, with the line of what is wrong in it, and never with a value.
    """
    found: dict[str, str] = {}
    for file in files:
        data = read_regular(os.path.realpath(file), LARGEST_FILE + 1)
        if data is None or len(data) > LARGEST_FILE:
            raise ComposeError(f"couldn't read env file: {file}", fix="make it a readable regular file of that name")
        text = data.decode("utf-8-sig", "surrogateescape")
        _DotEnv(text, file, outer, found).read()
    return {**found, **outer}


_SPACE = "\t\v\f\r \x85\xa0"
_SPACES = expression(f"[{_SPACE}]*")
_BLANK = expression(rf"(?:[{_SPACE}\n]|#[^\n]*)*")
_EXPORT = expression(rf"export[{_SPACE}]+")
_KEY = expression(rf"(?P<key>[\w.\-\[\]{_SPACE}]*)(?P<end>[=:\n]|\Z)")
_QUOTED = {quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in "\"'"}
_ESCAPE = expression(r"\\(?:([abcfnrtv$\"\\])|0(\d{0,3}))")
_ESCAPED = dict(zip('abfnrtv"\\', '\a\b\f\n\r\t\v"\\', strict=True)) | {"$": "$$"}


@dataclass(slots=True)
class _DotEnv:
    """A reader of one .env file, into what was found in others before it."""

    text: str
    file: str
    outer: Mapping[str, str]
    found: dict[str, str]
    at: int = 0
    room: Room = field(default_factory=Room)

    def read(self) -> None:
        """Read to the end; a name without a value stands for the value that it has already."""
        while self._skip(_BLANK) is not None and self.at < len(self.text):
            self._skip(_EXPORT)
            key = self._skip(_KEY)
            name = key["key"].rstrip(_SPACE) if key else ""
            if key is None or not name or " " in name:
                raise self._error("it is not NAME=VALUE")
            value = self._value() if key["end"] in ("=", ":") else self._known(name)
            if value is not None:
                self.found[name] = value

    def _known(self, name: str) -> str | None:
        return self.outer.get(name, self.found.get(name))

    def _referred(self, name: str, _: bool) -> str | None:
        return self.room.take(self._known(name))

    def _skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match

    def _value(self) -> str:
        """Read a value: in double quotes with escapes and references, in single ones as it is, else the line."""
        self._skip(_SPACES)
        quote = self.text[self.at : self.at + 1]
        if quote in _QUOTED:
            match = self._skip(_QUOTED[quote])
            if match is None:
                raise self._error("unterminated quoted value")
            inner = match[1].replace(f"\\{quote}", quote)
            return self._expanded(_ESCAPE.sub(_unescaped, inner)) if quote == '"' else inner
        end = self.text.find("\n", self.at)
        line = self.text[self.at : end if end >= 0 else len(self.text)]
        self.at += len(line)
        return self._expanded(line.partition(" #")[0].rstrip())

    def _expanded(self, text: str) -> str:
        try:
            return _substituted(text, self._referred)
        except _InvalidError as error:
            what = "invalid interpolation format" if self.room.left >= 0 else str(error)
            raise self._error(what) from error

    def _error(self, what: str) -> ComposeError:
        line = self.text.count("\n", 0, self.at) + 1
        return ComposeError(what, where=f"{self.file}:{line}", fix="write NAME=VALUE, one a line")


def _unescaped(match: re.Match[str]) -> str:
    letter, octal = match[1], match[2]
    if letter:
        return _ESCAPED.get(letter, match[0])
    return chr(int(octal, 8)) if len(octal) == 3 and octal.isdigit() and max(octal) < "8" else match[0]
