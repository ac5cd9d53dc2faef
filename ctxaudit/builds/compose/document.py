"""A YAML file to values that know their line; this file alone imports yaml.

The events of PyYAML's SafeLoader are put together here, without recursion, as compose's own library does it: plain
words mean what YAML 1.2 says (`on` is text), a key that comes twice is an error, `<<` merges, `!reset` and `!override`
are kept for the merge of files. Nothing is ever constructed but text, lists and mappings.
Source: compose-go e70e961, loader/reset.go, and go-yaml's resolve.go.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from ctxaudit.builds.declared import LARGEST_FILE
from ctxaudit.errors import CtxauditError, without_guesses
from ctxaudit.files import read_project_file
from ctxaudit.model import Location
from ctxaudit.values import expression, frozen

if TYPE_CHECKING:
    import yaml

DEEPEST = 100
MOST_VALUES = 100_000  # with each alias counted as what it stands for; compose-go's own limit on nodes

Tag = Literal["", "reset", "override"]
Content: TypeAlias = "str | list[Value] | dict[str, Value] | None"


class ComposeError(CtxauditError):
    """A compose file that cannot be read, or that compose refuses."""


@frozen
class Value:
    """A value of a YAML file; nobody changes its content once it is made.

    content: text as compose would print it, None for null. at: where it begins, for a value of a mapping its key.
    tag: what the merge does with it. size: how many values it holds, itself counted.
    plain: no quotes mark it as text. text_line: where its text begins if it stands in the file line for line, else 0.
    unset: variables that were taken as blank in it.
    """

    content: Content
    at: Location
    tag: Tag = ""
    size: int = 1
    plain: bool = False
    text_line: int = 0
    unset: tuple[str, ...] = ()

    def error(self, what: str, fix: str) -> ComposeError:
        return ComposeError(what, where=str(self.at), fix=fix)


def read(path: str) -> list[Value]:
    """Read the documents of a YAML file that are mappings; an empty one is omitted.

    path: as the user would open it. Raises ComposeError with the place of what is wrong.
    """
    data = read_project_file(path, LARGEST_FILE + 1)
    if data is None:
        raise ComposeError(
            f"open {path}: no such file, or not a readable regular file", fix="name a compose file that can be read"
        )
    if len(data) > LARGEST_FILE:
        raise ComposeError(f"it is larger than {LARGEST_FILE} bytes", where=path, fix="name a compose file")
    documents = [value for value in _documents(data, path) if value.content is not None]
    for value in documents:
        if not isinstance(value.content, dict):
            raise value.error("top-level object must be a mapping", "begin with `services:`")
    return documents


def _documents(data: bytes, path: str) -> Iterator[Value]:
    import yaml

    composer = _Composer(path)
    try:
        for event in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            document = composer.take(event)
            if document is not None:
                yield document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else path
        problem = error.problem or error.context
        # From 0.2.6 on libyaml looks a thousand brackets ahead, and refuses them before their events come.
        what = _TOO_DEEP if problem == "exceeded maximum nesting depth" else f"it is not YAML: {problem}"
        raise ComposeError(what, where=where, fix=_FIX) from error
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise ComposeError(f"it is not YAML: {what}", where=path, fix=_FIX) from error


_TOO_DEEP = f"it is nested more than {DEEPEST} deep"
_FIX = "fix the file; `docker compose config` reports the same error"


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end is not read yet."""

    at: Location
    tag: Tag
    anchor: str | None
    is_mapping: bool
    values: list[Value]
    size: int = 1


class _Composer:
    """Takes events in order."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open: list[_Open] = []
        self._anchors: dict[str, Value] = {}

    def take(self, event: yaml.Event) -> Value | None:
        """Take the next event; give the document that it ends."""
        import yaml

        match event:
            case yaml.DocumentStartEvent():
                self._anchors = {}
            case yaml.CollectionStartEvent():
                self._begin(event, isinstance(event, yaml.MappingStartEvent))
            case yaml.CollectionEndEvent():
                closed = self._open.pop()
                content = _mapping(closed.values) if closed.is_mapping else _without_resets(closed.values)
                return self._add(Value(content, closed.at, closed.tag, closed.size), closed.anchor)
            case yaml.ScalarEvent():
                return self._add(self._scalar(event), event.anchor)
            case yaml.AliasEvent():
                return self._add(self._named(str(event.anchor), self._location(event)), None)
        return None

    def _begin(self, event: yaml.CollectionStartEvent, is_mapping: bool) -> None:
        at = self._location(event)
        if len(self._open) >= DEEPEST:
            raise ComposeError(_TOO_DEEP, where=str(at), fix=_FIX)
        self._open.append(_Open(at, _TAGS.get(event.tag, ""), event.anchor, is_mapping, []))

    def _add(self, value: Value, anchor: str | None) -> Value | None:
        if anchor:
            self._anchors[anchor] = value
        if not self._open:
            return value
        parent = self._open[-1]
        parent.values.append(value)
        parent.size += value.size
        if parent.size > MOST_VALUES:
            what = f"it holds more than {MOST_VALUES} values, aliases counted as what they stand for"
            raise value.error(what, "write fewer aliases of aliases")
        return None

    def _named(self, anchor: str, at: Location) -> Value:
        """What an alias stands for."""
        if anchor in self._anchors:
            return self._anchors[anchor]
        inside = any(value.anchor == anchor for value in self._open)
        shown = without_guesses(anchor)  # what begins with an asterisk may be a password that lacks its quotes
        what = f"anchor {shown!r} value contains itself" if inside else f"unknown anchor {shown!r} referenced"
        raise ComposeError(what, where=str(at), fix=_FIX)

    def _scalar(self, event: yaml.ScalarEvent) -> Value:
        at, plain = self._location(event), event.implicit[0]
        content = _resolved(event.value) if plain else event.value
        text_line = at.line + 1 if event.style == "|" else 0
        return Value(content, at, _TAGS.get(event.tag, ""), plain=plain, text_line=text_line)

    def _location(self, event: yaml.Event) -> Location:
        return Location(self._path, event.start_mark.line + 1 if event.start_mark else 1)


_TAGS: dict[str | None, Tag] = {"!reset": "reset", "!override": "override"}


def _without_resets(values: list[Value]) -> list[Value]:
    return [value for value in values if value.tag != "reset"]


def _mapping(values: list[Value]) -> dict[str, Value]:
    """Pair keys and values; what is merged in by `<<` gives way to what stands here, and the first of several wins."""
    own: dict[str, Value] = {}
    lines: dict[str, int] = {}
    merged: list[dict[str, Value]] = []
    for key, value in zip(values[::2], values[1::2], strict=True):
        name = _key(key)
        if name in lines:
            raise key.error(f'mapping key "{name}" already defined at line {lines[name]}', "delete one of the two")
        lines[name] = key.at.line
        if name == "<<" and key.plain:
            merged = _sources(value)
        else:
            own[name] = replace(value, at=key.at)
    for source in merged:
        for name, value in source.items():
            if name not in own:
                own[name] = value
            elif own[name].tag == "reset":
                own[name] = replace(value, tag="override")  # compose drops the reset before it merges this in
    return own


def _key(key: Value) -> str:
    """The key's text; compose knows no other keys, so that `1:` is an error and `on:` is a key."""
    if not isinstance(key.content, str) or (key.plain and _NUMBER_OR_BOOLEAN.fullmatch(key.content)):
        raise key.error("Non-string key", "put the key in quotes")
    return key.content


def _sources(value: Value) -> list[dict[str, Value]]:
    sources = value.content if isinstance(value.content, list) else [value]
    maps = [source.content for source in sources if isinstance(source.content, dict)]
    if len(maps) < len(sources):
        raise value.error("map merge requires map or sequence of maps as the value", "name an anchor of a mapping")
    return maps


_NUMBER_OR_BOOLEAN = expression(r"true|false|[-+]?\d+|[-+]?(\.\d+|\d+\.\d*)([eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+")
_INTEGER = expression(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9][0-9]*|0)")
_FLOAT = expression(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), "true"),
    **dict.fromkeys(("false", "False", "FALSE"), "false"),
}


def _resolved(text: str) -> str | None:
    """What a plain word means, as Go prints it: 3.10 is the number 3.1, 010 is 8, TRUE is true, ~ is null."""
    if text in _WORDS:
        return _WORDS[text]
    digits = text.replace("_", "") if text[:1] in "+-.0123456789" else ""
    if len(digits) > 40:
        return text
    if _INTEGER.fullmatch(digits):
        integer = _integer(digits)
        if -(1 << 63) <= integer < 1 << 64:
            return str(integer)
    number = float(digits) if _FLOAT.fullmatch(digits) else math.inf
    return text if math.isinf(number) else _printed(number)


def _integer(digits: str) -> int:
    sign, digits = (-1, digits[1:]) if digits[0] == "-" else (1, digits.lstrip("+"))
    legacy_octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    return sign * (int(digits, 8) if legacy_octal else int(digits, 0))


def _printed(number: float) -> str:
    """Print as Go's %v: the shortest digits that give the number again, with an exponent from 1e+06 on."""
    shortest = repr(number).removesuffix(".0")
    if abs(number) < 1e6:
        return shortest
    digits = shortest.partition("e")[0].strip("-").replace(".", "").rstrip("0")
    return f"{number:.{len(digits) - 1}e}"
