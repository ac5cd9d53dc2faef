"""A YAML file to values that know their line; this file alone imports yaml.

The events of PyYAML's SafeLoader are put together here, without recursion, as compose's own library does it: plain
words mean what YAML 1.2 says (`on` is text), a key that comes twice is an error, `<<` merges, `!reset` and `!override`
are kept for the merge of files. Nothing is ever constructed but text, lists and mappings.
Source: compose-go e70e961, loader/reset.go, and go-yaml's resolve.go.
"""

from __future__ import annotations

import json
import math
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from ctxaudit.builds.context import like_file
from ctxaudit.builds.declared import LARGEST_FILE
from ctxaudit.errors import CtxauditError, Interpolated, without_guesses
from ctxaudit.files import read_project_file
from ctxaudit.model import Location, Mount, Service, Start
from ctxaudit.values import expression, frozen, record

if TYPE_CHECKING:
    import yaml

DEEPEST = 100
_MOST_VALUES = 100_000  # with each alias counted as what it stands for; compose-go's own limit on nodes

_Tag = Literal["", "reset", "override"]
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
    tag: _Tag = ""
    size: int = 1
    plain: bool = False
    text_line: int = 0
    unset: tuple[str, ...] = ()

    def error(self, what: str, fix: str) -> ComposeError:
        return ComposeError(what, where=str(self.at), fix=fix)


def read(path: str, is_core: bool = False) -> list[Value]:
    """Read the documents of a YAML file that are mappings; an empty one is omitted.

    path: as the user would open it. is_core: plain words mean what YAML's core schema says, as GitHub reads them, and
    not what Go says. Raises ComposeError with the place of what is wrong.
    """
    data = read_project_file(path, LARGEST_FILE + 1)
    if data is None:
        raise ComposeError(
            f"open {path}: no such file, or not a readable regular file",
            fix=like_file(path) or "name a compose file that can be read",
        )
    if len(data) > LARGEST_FILE:
        raise ComposeError(f"it is larger than {LARGEST_FILE} bytes", where=path, fix="name a compose file")
    documents = [value for value in _documents(data, path, is_core) if value.content is not None]
    for value in documents:
        if not isinstance(value.content, dict):
            raise value.error("top-level object must be a mapping", "begin with `services:`")
    return documents


def _documents(data: bytes, path: str, is_core: bool) -> Iterator[Value]:
    import yaml

    composer = _Composer(path, _resolved_by_core if is_core else _resolved)
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


@record
class _Open:
    """A list or mapping whose end is not read yet."""

    at: Location
    tag: _Tag
    anchor: str | None
    is_mapping: bool
    values: list[Value]
    size: int = 1


class _Composer:
    """Takes events in order."""

    def __init__(self, path: str, resolved: Callable[[str], str | None]) -> None:
        self._path = path
        self._resolved = resolved
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
        if parent.size > _MOST_VALUES:
            what = f"it holds more than {_MOST_VALUES} values, aliases counted as what they stand for"
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
        content = self._resolved(event.value) if plain else event.value
        text_line = at.line + 1 if event.style == "|" else 0
        return Value(content, at, _TAGS.get(event.tag, ""), plain=plain, text_line=text_line)

    def _location(self, event: yaml.Event) -> Location:
        return Location(self._path, event.start_mark.line + 1 if event.start_mark else 1)


_TAGS: dict[str | None, _Tag] = {"!reset": "reset", "!override": "override"}


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
    if not digits or len(digits) > 40:
        return text
    if _INTEGER.fullmatch(digits):
        integer = _integer(digits)
        if -(1 << 63) <= integer < 1 << 64:
            return str(integer)
    number = float(digits) if _FLOAT.fullmatch(digits) else math.inf
    return text if math.isinf(number) else _printed(number)


_CORE_NUMBER = expression(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_CORE_BASES = {"0x": 16, "0o": 8}


def _resolved_by_core(text: str) -> str | None:
    """What a plain word means by YAML's core schema, as GitHub prints it: 010 is 10, and 1_0 is text."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 40 or text[:1] not in "+-.0123456789":
        return text
    with suppress(KeyError, ValueError):
        return text if "_" in text else str(int(text[2:], _CORE_BASES[text[:2]]))
    number = float(text) if _CORE_NUMBER.fullmatch(text) else math.inf
    return text if math.isinf(number) else f"{number:.15G}"


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


# Two services to one, as compose merges files, includes and `extends`; only what decides builds is looked at.
#
# Source: compose-go e70e961, override/merge.go and override/uncity.go.

_Merge = Callable[[Value, Value], Value]


def merge_services(base: Value, over: Value) -> Value:
    """Merge the services of two files by name: what stands in *over* wins."""
    return _merged(base, over, {}, merge_service)


def merge_service(base: Value, over: Value) -> Value:
    """Merge one service into another: `build` and what it holds is merged, lists are joined, the rest is replaced."""
    return _merged(base, over, {"build": _merge_build})


def _merge_build(base: Value, over: Value) -> Value:
    special = {"args": _merge_args, "additional_contexts": _merge_contexts, "labels": _merge_args}
    return _merged(as_build(base), as_build(over), special)


def _merge(base: Value, over: Value) -> Value:
    if over.content is None:
        return base
    if isinstance(base.content, dict) and isinstance(over.content, dict):
        return _merged(base, over, {})
    if isinstance(base.content, list) and isinstance(over.content, list):
        return replace(over, content=[*base.content, *over.content])
    if isinstance(base.content, (dict, list)):
        raise over.error("cannot override a list or mapping by something else", "write the same form in both files")
    return over


def _merged(base: Value, over: Value, special: Mapping[str, _Merge], otherwise: _Merge = _merge) -> Value:
    """Merge key by key; what `!reset` or `!override` marks in *over* takes the place of what was there."""
    if over.content is None:
        return base
    result = dict(as_mapping(base, "this")) if base.content is not None else {}
    for key, value in as_mapping(over, "this").items():
        old = result.get(key)
        is_new = old is None or old.tag == "reset" or value.tag
        result[key] = value if old is None or is_new else special.get(key, otherwise)(old, value)
    return replace(over, content=dict(result))


def _merge_contexts(base: Value, over: Value) -> Value:
    content = {key: value for key, value in pairs(base) if not _is_reset(over, key)}
    return replace(over, content={**content, **{key: value for key, value in pairs(over) if value.tag != "reset"}})


def _merge_args(base: Value, over: Value) -> Value:
    """Merge to a list, in which no `!reset` of a later file finds its name any more."""
    is_list = isinstance(base.content, list)
    kept = {key: value for key, value in pairs(base) if is_list or not _is_reset(over, key)}
    merged = {**kept, **{key: value for key, value in pairs(over) if value.tag != "reset"}}
    return replace(over, content=[_assignment(key, value) for key, value in merged.items()])


def _is_reset(over: Value, key: str) -> bool:
    return isinstance(over.content, dict) and key in over.content and over.content[key].tag == "reset"


def _assignment(key: str, value: Value) -> Value:
    return replace(value, content=key if value.content is None else f"{key}={value.content}")


def settled(value: Value) -> Value:
    """Carry `!reset` and `!override` out: where the value is merged into something else they mean nothing any more."""
    content = value.content
    if isinstance(content, dict):
        content = {key: settled(value) for key, value in content.items() if value.tag != "reset"}
    elif isinstance(content, list):
        content = [settled(value) for value in content]
    return replace(value, content=content, tag="")


def pairs(value: Value) -> Iterator[tuple[str, Value]]:
    """Give the names and values of a mapping, or of a list of NAME=VALUE; a name without a value has null.

    Raises ComposeError for what is neither.
    """
    if isinstance(value.content, dict):
        for key, member in value.content.items():
            if isinstance(member.content, (list, dict)):
                raise member.error(f"{key} must be a string, number, boolean or null", "write one value")
            yield key, member
        return
    for member in as_list(value, "a mapping or a list of NAME=VALUE"):
        entry = text_of(member, "an entry of the list")
        key, given, text = entry.partition("=")
        if isinstance(entry, Interpolated):
            shown_key, _, shown = entry.names.partition("=")
            key, text = Interpolated(key, shown_key), Interpolated(text, shown)
        yield key, replace(member, content=text if given else None)


def as_build(value: Value) -> Value:
    """Give the long form of `build`."""
    if isinstance(value.content, str):
        return replace(value, content={"context": value})
    if isinstance(value.content, list):
        raise value.error("build must be a path or a mapping", "write `build: .`, or `context: .` below it")
    return value


def as_list(value: Value, what: str) -> list[Value]:
    if not isinstance(value.content, list):
        raise value.error(f"it must be {what}", f"write {what}")
    return value.content


def as_mapping(value: Value, what: str) -> dict[str, Value]:
    if not isinstance(value.content, dict):
        raise value.error(f"{what} must be a mapping", "write `key: value` lines below it")
    return value.content


def text_of(value: Value, what: str) -> str:
    if not isinstance(value.content, str):
        raise value.error(f"{what} must be a string", "write one value")
    return value.content


# How the services of compose files use their images: what they start, and what they mount over it.
#
# Variables stay as they are written, and nothing is merged: what any of the files starts counts.

_KEYWORDS = {"entrypoint": "ENTRYPOINT", "command": "CMD"}


def services(files: Sequence[str]) -> dict[str, Service]:
    """Give the services by name. Raises ComposeError for a file that cannot be read."""
    services_by_name: dict[str, Service] = {}
    for file in files:
        for document in read(file):
            for name, value in _fields(_fields(document).get("services")).items():
                service, fields = services_by_name.get(name, Service()), _fields(value)
                services_by_name[name] = Service(
                    (*service.started, *_started(fields)),
                    (*service.mounts, *_mounts(fields.get("volumes"))),
                    _text(fields.get("working_dir")) or service.workdir,
                )
    return services_by_name


def _started(fields: dict[str, Value]) -> Iterator[Start]:
    for key, keyword in _KEYWORDS.items():
        if key in fields and (text := _command(fields[key])):
            yield Start(keyword, text, fields[key].at)
    test = _fields(fields.get("healthcheck")).get("test")
    if test is not None and (text := _command(test)):
        yield Start("HEALTHCHECK", text, test.at)


def _command(value: Value) -> str:
    """A command as an instruction has it: the shell form, or the JSON form of a list."""
    if not isinstance(value.content, list):
        return _text(value).replace("$$", "$")
    words = [_text(word).replace("$$", "$") for word in value.content]
    if words[:1] == ["CMD-SHELL"]:
        return " ".join(words[1:])
    return json.dumps(words[1:] if words[:1] in (["CMD"], ["NONE"]) else words) if words else ""


def _mounts(value: Value | None) -> Iterator[Mount]:
    for volume in value.content if value is not None and isinstance(value.content, list) else ():
        if fields := _fields(volume):
            target, is_bind = _text(fields.get("target")), _text(fields.get("type")) == "bind"
        else:
            source, _, rest = _text(volume).partition(":")
            target, is_bind = (rest.partition(":")[0], source.startswith((".", "/", "~"))) if rest else (source, False)
        if target.startswith("/") and "$" not in target:
            yield Mount(posixpath.normpath(target), is_bind and volume.tag != "reset")


def _fields(value: Value | None) -> dict[str, Value]:
    return value.content if value is not None and isinstance(value.content, dict) else {}


def _text(value: Value | None) -> str:
    return value.content if value is not None and isinstance(value.content, str) else ""
