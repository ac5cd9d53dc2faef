"""The JSON Schema of a report, and a document beside it, as far as that schema goes.

NOTE: `required` is not checked: version 1 only adds members, and a report of an earlier ctxaudit has fewer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Schema = Mapping[str, Any]


def schema_text() -> bytes:
    """Return the schema as it is published."""
    return files("ctxaudit.model").joinpath("report-1.schema.json").read_bytes()


@cache
def report_schema() -> Schema:
    schema: Schema = json.loads(schema_text())
    return schema


def resolved(schema: Schema) -> Schema:
    """Give what a schema refers to."""
    while "$ref" in schema:
        schema = report_schema()["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


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
    return _faults(document, report_schema(), "")


def _faults(value: object, schema: Schema, where: str) -> Iterator[str]:
    schema = resolved(schema)
    if "oneOf" in schema:
        first = [next(_faults(value, form, where), None) for form in schema["oneOf"]]
        if None not in first:
            yield max(filter(None, first), key=len)  # of the form that fits furthest
        return
    if not _is_plain(value, schema):
        yield f"{where} is not what the schema says"
    elif isinstance(value, dict):
        yield from _checked_members(value, schema, where)
    elif isinstance(value, list) and "items" in schema:
        for at, member in enumerate(value):
            yield from _faults(member, schema["items"], f"{where}[{at}]")


def _checked_members(value: Mapping[str, object], schema: Schema, where: str) -> Iterator[str]:
    """Check the members that the schema knows; bytes in base64 stand beside a string alone."""
    known: Mapping[str, Schema] = schema.get("properties", {})
    other = schema.get("additionalProperties")
    for key, member in value.items():
        place = f"{where}.{key}".removeprefix(".")
        base = known.get(key.removesuffix(_BASE64)) if key.endswith(_BASE64) else None
        if key in known:
            yield from _faults(member, known[key], place)
        elif base is not None and not _is_text(base):
            yield f"{place} stands beside what is not a string"
        elif isinstance(other, dict):
            yield from _faults(member, other, place)


def _is_plain(value: object, schema: Schema) -> bool:
    """Whether a value is of the type, and one of the values, that the schema names."""
    types = schema.get("type", ())
    return (
        (not types or any(_TYPES[name](value) for name in ([types] if isinstance(types, str) else types)))
        and value in schema.get("enum", (value,))
        and value == schema.get("const", value)
        and not (isinstance(value, int) and value < schema.get("minimum", value))
        and not (isinstance(value, str) and len(value) < schema.get("minLength", 0))
        and not (isinstance(value, list) and len(value) < schema.get("minItems", 0))
        and not (isinstance(value, str) and "pattern" in schema and not _matches(schema["pattern"], value))
    )


def _matches(pattern: str, value: str) -> bool:
    # Python's "$" also stands before a line break at the end, that of JSON Schema does not.
    return re.search(re.sub(r"\$\Z", r"\\Z", pattern), value) is not None


def _is_text(schema: Schema) -> bool:
    return schema.get("$ref") == _TEXT or any(map(_is_text, schema.get("oneOf", ())))
