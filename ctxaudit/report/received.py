"""A report that came as a file: anybody may have written it, so each value that is read has to be what it should be."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from ctxaudit.builds import only_name_builds
from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular
from ctxaudit.model import SCHEMA, Audit, Finding, Kept, PathChange, Proposal, Report

# Check a document against the JSON Schema of a report, as far as that schema goes.
#
# NOTE: `required` is not checked: version 1 only adds members, and a report of an earlier ctxaudit has fewer.

Schema = Mapping[str, Any]
_TYPES: Mapping[str, Callable[[object], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_TEXT = "#/$defs/text"
_BASE64 = "_b64"


def faults(document: object) -> Iterator[str]:
    """Give where the document is not what the schema says, lazily."""
    return _faults(document, _schema(), "")


@cache
def _schema() -> Schema:
    schema: Schema = json.loads(files("ctxaudit.report").joinpath("report-1.schema.json").read_bytes())
    return schema


def _faults(value: object, schema: Schema, where: str) -> Iterator[str]:
    schema = _resolved(schema)
    if "oneOf" in schema:
        first = [next(_faults(value, one, where), None) for one in schema["oneOf"]]
        if None not in first:
            yield max(filter(None, first), key=len)  # of the form that fits furthest
        return
    if not _is_plain(value, schema):
        yield f"{where} is not what the schema says"
    elif isinstance(value, dict):
        yield from _checked_members(value, schema, where)
    elif isinstance(value, list) and "items" in schema:
        for at, one in enumerate(value):
            yield from _faults(one, schema["items"], f"{where}[{at}]")


def _checked_members(value: Mapping[str, object], schema: Schema, where: str) -> Iterator[str]:
    """Check the members that the schema knows; bytes in base64 stand beside a string alone."""
    known: Mapping[str, Schema] = schema.get("properties", {})
    other = schema.get("additionalProperties")
    for key, one in value.items():
        place = f"{where}.{key}".removeprefix(".")
        base = known.get(key.removesuffix(_BASE64)) if key.endswith(_BASE64) else None
        if key in known:
            yield from _faults(one, known[key], place)
        elif base is not None and not _is_text(base):
            yield f"{place} stands beside what is not a string"
        elif isinstance(other, dict):
            yield from _faults(one, other, place)


def _is_plain(value: object, schema: Schema) -> bool:
    """Whether a value is of the type, and one of the values, that the schema names."""
    types = schema.get("type", ())
    return (
        (not types or any(_TYPES[name](value) for name in ([types] if isinstance(types, str) else types)))
        and value in schema.get("enum", (value,))
        and value == schema.get("const", value)
        and not (isinstance(value, int) and value < schema.get("minimum", value))
        and not (isinstance(value, str) and len(value) < schema.get("minLength", 0))
        and not (isinstance(value, str) and "pattern" in schema and not _matches(schema["pattern"], value))
    )


def _matches(pattern: str, value: str) -> bool:
    # Python's "$" also stands before a line break at the end, that of JSON Schema does not.
    return re.search(re.sub(r"\$\Z", r"\\Z", pattern), value) is not None


def _is_text(schema: Schema) -> bool:
    return schema.get("$ref") == _TEXT or any(map(_is_text, schema.get("oneOf", ())))


def _resolved(schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = _schema()["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


LARGEST = 5_000_000  # bytes of a report
_GREATEST = 2**63 - 1
_BUILDER = re.compile(r"[a-z][a-z0-9-]{0,40}")  # one that only another version knows is shown by its name
_TEXTS = (str, str | None)  # what may stand in base64 beside itself
# What JSON has in another place, has not, or what nobody reads here, by the value that it goes into.
_MOVED: Mapping[type, Callable[[dict[str, Any]], dict[str, Any]]] = {
    Report: lambda given: {**given, "baseline": None, "shared": given.get("shared_contexts", [])},
    Audit: lambda given: {**given, "requested": given.get("context_requested"), "largest": []},
    Finding: lambda given: {
        **given,
        "kind": given.get("kind") or "",
        "pattern": given.get("pattern") or "",
        "line": given.get("line") or 0,
        "identity": "",
    },
    Kept: lambda given: {**given, "may_be_used": given.get("status") == "may be used"},
    PathChange: lambda given: {**given, "kind": given.get("kind") or ""},
    Proposal: lambda given: {**given, "proof": {**_members(given.get("proof")), "after": given.get("after")}},
}


def read(file: str) -> Report:
    """Read a JSON report, as far as it is shown; raises CtxauditError if it is not one, or is too large."""
    data = read_regular(file, LARGEST + 1)
    if data is None:
        raise CtxauditError("this is not a file, or it cannot be read", where=file)
    if len(data) > LARGEST:
        raise CtxauditError(f"a report of more than {LARGEST:,} bytes is not read", where=file)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CtxauditError("this is not JSON", where=file) from error
    try:
        return _report(document)
    except _Wrong as error:
        raise CtxauditError(f"this is not a {SCHEMA}: {error}", where=file) from error


class _Argument(NamedTuple):
    argument: str


class _Named(NamedTuple):
    """A string in an array: it stands in an object, so that its bytes can stand beside it."""

    name: str


class _Wrong(ValueError):
    """A value that is not what it should be."""


def _report(document: object) -> Report:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise _Wrong("schema says something else")
    report: Report = _value(Report, document, "")
    if (fault := next(faults(document), None)) is not None:
        raise _Wrong(fault)
    for number, audit in enumerate(report.targets):
        proof = audit.proposal.proof if audit.proposal else None
        for name in {audit.builder, *(proof.before if proof else ()), *(proof.after if proof else ())}:
            if not _BUILDER.fullmatch(name):
                raise _Wrong(f"targets[{number}] has a builder of no such name as builders have")
        if proof and not (audit.builder in proof.before and audit.builder in proof.after):
            raise _Wrong(f"targets[{number}].proposal has nothing about its own builder")
    return report


def _value(hint: Any, value: object, where: str) -> Any:
    """Give the value as the model has it; raises _Wrong, with where it stands in the document."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is str and isinstance(value, dict):
        return _made(_Named, value, where).name
    if hint in (str, int, bool):
        return _plain(hint, value, where)
    if origin is Literal:
        return _word(arguments, value, where)
    if origin in (types.UnionType, Union):
        return None if value is None else _value(arguments[0], value, where)
    if origin is tuple:
        return tuple(_value(arguments[0], one, f"{where}[{at}]") for at, one in enumerate(_items(value, where)))
    if origin is dict:
        pairs = _members(value, where).items()
        return {_value(arguments[0], key, where): _value(arguments[1], one, where) for key, one in pairs}
    return _made(hint, _members(value, where), where)


def _made(kind: Any, given: dict[str, Any], where: str) -> Any:
    """Make a value of its members; one that may be absent in the model may be here, as /1 only adds members."""
    given = _MOVED.get(kind, dict)(given)
    values = {}
    for name, (hint, optional) in _fields(kind).items():
        place = f"{where}.{name}".removeprefix(".")
        if name in given and (kind, name) in _READERS:
            values[name] = _READERS[kind, name](given[name], place)
        elif f"{name}_b64" in given and hint in _TEXTS:
            values[name] = _decoded(given[f"{name}_b64"], place)
        elif name in given or not optional:
            values[name] = _value(hint, given.get(name), place)
    return kind(**values)


def _asked(value: object, where: str) -> tuple[str, ...] | None:
    """The arguments that a reader may run: they name builds, or the report is refused."""
    if value is None:
        return None
    members = [_members(one, f"{where}[{at}]") for at, one in enumerate(_items(value, where))]
    words = tuple(_made(_Argument, one, f"{where}[{at}]").argument for at, one in enumerate(members))
    if not only_name_builds(words):
        raise _Wrong(f"{where} does more than name a build")
    return words


# What JSON has in another form.
_READERS: Mapping[tuple[type, str], Callable[[object, str], object]] = {
    (Report, "asked"): _asked,
    (Audit, "asked"): lambda value, where: _asked(value, where) or (),
}


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """The type of each member, and whether it may be absent."""
    hints = get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        return {one.name: (hints[one.name], one.default is not dataclasses.MISSING) for one in dataclasses.fields(kind)}
    return {name: (hints[name], False) for name in kind._fields}


def _plain(hint: type, value: object, where: str) -> object:
    if type(value) is not hint:
        raise _Wrong(f"{where} is not of type {hint.__name__}")
    if isinstance(value, int) and abs(value) > _GREATEST:
        raise _Wrong(f"{where} is too great")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _Wrong(f"{where} is not a string") from error
    return value


def _word(words: tuple[object, ...], value: object, where: str) -> object:
    if not isinstance(value, str) or value not in words:
        raise _Wrong(f"{where} is not one of {', '.join(map(str, words))}")
    return value


def _items(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _Wrong(f"{where} is not an array")
    return value


def _members(value: object, where: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(f"{where} is not an object")
    return value


def _decoded(value: object, where: str) -> str:
    """The name as the file system has it, of the base64 that stands beside a string that is not UTF-8."""
    try:
        return base64.b64decode(str(value), validate=True).decode("utf-8", "surrogateescape")
    except ValueError as error:
        raise _Wrong(f"{where}_b64 is not base64") from error
