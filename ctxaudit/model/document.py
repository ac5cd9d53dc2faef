"""The JSON report: one rule, by which a report becomes a document and a document a report.

The schema beside this file says which members an object has, and in which order. A member is the field or the property
of the same name, and each is written by its type:

- a string that is not UTF-8 is escaped, and stands beside itself as base64 of its bytes under `<key>_b64`: a finding
  about `a\\xff` has `"path": "a\\\\xff", "path_b64": "Yf8="`;
- a tuple is an array; a string in it that may not be UTF-8 is an object with one member, where its bytes have a place;
- None is null, and so is an empty value where the schema allows null and the field knows no None.

What is otherwise is a row of `_ROWS`. A property is written and not read. A document may come from anybody: each value
that is read has to be what it should be.
"""

from __future__ import annotations

import base64
import dataclasses
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from ctxaudit.model import (
    SCHEMA,
    SEVERITIES,
    Amount,
    Audit,
    BuilderName,
    Entry,
    Finding,
    Kept,
    Proof,
    Proposal,
    Report,
    Target,
    Totals,
    Unseen,
    text_fields,
)
from ctxaudit.model.schema import Schema, faults, report_schema, resolved
from ctxaudit.values import frozen


class Wrong(ValueError):
    """A value of a document that is not what it should be, and where it stands."""


def written(report: Report) -> dict[str, Any]:
    """Give the document: plain values, integers for bytes, None for what there is none of."""
    document: dict[str, Any] = _whole().write(report, None)
    return document


def read(document: object) -> Report:
    """Give the report that a document holds; raises Wrong.

    What later versions add is passed over; what an earlier one has not yet is as empty as the model allows.
    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise Wrong("schema says something else")
    report: Report = _whole().read(document, "")
    if (fault := next(faults(document), None)) is not None:
        raise Wrong(fault)
    return report


def _form(schema: Schema) -> tuple[Schema, bool]:
    """Give what a schema has beside null, and whether it has null."""
    schema = resolved(schema)
    if "oneOf" not in schema:
        return schema, "null" in schema.get("type", ())
    (form,) = (alternative for alternative in schema["oneOf"] if alternative != {"type": "null"})
    return resolved(form), True


# How one value is written and read. `write` takes the value that it belongs to, too; `read` says where it stands.


@frozen
class _Codec:
    write: Callable[[Any, Any], Any]
    read: Callable[[Any, str], Any]


class _Row(NamedTuple):
    """A member that is not the field of its name.

    field: the one that it is, "" for none. written: makes it, of the value and the one that this belongs to; hint: the
    type of what that gives, None for what is plain. read: gives the field.
    """

    field: str = ""
    written: Callable[[Any, Any], object] | None = None
    hint: Any = None
    read: Callable[[object], object] | None = None


def _totals(report: Report, _: object) -> dict[str, object]:
    permitted, sent = ([getattr(audit, name) for audit in report.audits] for name in ("permitted", "sent"))
    severities = [finding.severity for audit in report.targets for finding in audit.findings]
    return {
        "permitted": _added_up(permitted),
        "sent": _added_up(sent),
        "needed": _amount(report.needed) if report.needed else None,
        "distinct": _amount(report.distinct),
        "findings": {severity: severities.count(severity) for severity in SEVERITIES},
    }


def _added_up(totals: list[Totals]) -> dict[str, int]:
    return {name: sum(getattr(total, name) for total in totals) for name in ("files", "bytes", "transfer_bytes")}


def _amount(amount: Amount) -> dict[str, int]:
    return {"files": amount.files, "bytes": amount.bytes}


_ROWS: Mapping[tuple[type, str], _Row] = {
    (Report, "schema"): _Row(written=lambda report, _: SCHEMA),
    (Report, "shared_contexts"): _Row("shared"),
    (Report, "totals"): _Row(written=_totals),
    (Audit, "seen"): _Row(written=lambda *_: True),
    (Audit, "context_requested"): _Row("requested"),
    # Nobody who reads a report asks for it, and JSON has a part of it alone.
    (Audit, "largest"): _Row("largest", read=lambda _: ()),
    # Of a build that was not looked at the figures are zeros, as `seen` says.
    (Unseen, "seen"): _Row(written=lambda *_: False),
    (Unseen, "permitted"): _Row(written=lambda *_: _added_up([])),
    (Unseen, "sent"): _Row(written=lambda *_: _added_up([])),
    (Unseen, "context_requested"): _Row(written=lambda *_: True),
    (Unseen, "largest"): _Row(written=lambda *_: []),
    (Entry, "bytes"): _Row("content_bytes"),
    (Finding, "status"): _Row(
        written=lambda finding, target: target.status(finding) if isinstance(target, Audit) else None
    ),
    (Kept, "status"): _Row(
        "may_be_used",
        written=lambda kept, _: "may be used" if kept.may_be_used else "needed",
        read=lambda status: status == "may be used",
    ),
    (Proposal, "after"): _Row(written=lambda proposal, _: proposal.proof.after, hint=dict[BuilderName, Totals]),
}
# Of a proof the proposal has a member, beside it.
_ELSEWHERE: Mapping[type, Mapping[str, Schema]] = {Proof: {"after": {"$ref": "#/$defs/by_builder"}}}
_MOVED: Mapping[type, Callable[[dict[str, Any]], dict[str, Any]]] = {
    Proposal: lambda given: {**given, "proof": {**_members(given.get("proof")), "after": given.get("after")}},
}


@cache
def _whole() -> _Codec:
    return _codec(Report, report_schema())


def _codec(hint: Any, schema: Schema) -> _Codec:
    """Give how values of a type are written and read, as the schema has them."""
    if hint == Target:
        return _of_targets(schema)
    schema, nullable = _form(schema)
    optional = get_origin(hint) in (types.UnionType, Union)
    if optional:
        hint = get_args(hint)[0]
    codec = _of_type(hint, schema)
    if not (nullable or optional):
        return codec
    empty = None if optional else hint()

    def write(value: Any, above: Any) -> Any:
        return None if value == empty else codec.write(value, above)

    def read(value: Any, where: str) -> Any:
        return empty if value is None else codec.read(value, where)

    return _Codec(write, read)


def _of_targets(schema: Schema) -> _Codec:
    """Give how a target is written and read: `seen` says which of the two it is."""
    audit, unseen = (_codec(kind, schema) for kind in (Audit, Unseen))
    return _Codec(
        lambda value, above: (audit if isinstance(value, Audit) else unseen).write(value, above),
        lambda value, where: (unseen if _members(value, where).get("seen") is False else audit).read(value, where),
    )


def _of_type(hint: Any, schema: Schema) -> _Codec:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        item = _codec(arguments[0], schema["items"])
        return _Codec(
            lambda values, above: [item.write(value, above) for value in values],
            lambda values, where: tuple(
                item.read(value, f"{where}[{at}]") for at, value in enumerate(_items(values, where))
            ),
        )
    if origin is dict:
        item = _codec(arguments[1], schema["additionalProperties"])
        return _Codec(
            lambda values, above: {key: item.write(value, above) for key, value in values.items()},
            lambda values, where: {
                _plain(str, key, where): item.read(member, where) for key, member in _members(values, where).items()
            },
        )
    if origin is Literal:
        return _Codec(_as_it_is, lambda value, where: _word(arguments, value, where))
    if hint is str and "properties" in schema:
        (name,) = schema["properties"]
        return _Codec(
            lambda value, _: text_fields(name, value),
            lambda value, where: _text(_members(value, where), name, f"{where}.{name}"),
        )
    if "properties" in schema:
        return _of_class(hint, schema["properties"])
    return _Codec(_as_it_is, lambda value, where: _plain(hint, value, where))


def _as_it_is(value: Any, _: Any) -> Any:
    return value


def _of_class(kind: Any, members: Mapping[str, Schema]) -> _Codec:
    """Give how a value with fields is written and read: each member with its field, codec and row."""
    hints, optional = _fields(kind)
    fields: list[tuple[str, str, _Codec, _Row]] = []
    for name, schema in (*members.items(), *_ELSEWHERE.get(kind, {}).items()):
        row = _ROWS.get((kind, name), _Row(name))
        hint = row.hint or (hints.get(row.field) if row.written is None else None)
        fields.append((name, row.field, _PLAIN if hint is None else _codec(hint, schema), row))

    def write(value: Any, above: Any) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for name, field, codec, row in fields:
            if name in members:
                own = row.written(value, above) if row.written else getattr(value, field)
                member = codec.write(own, value)
                if isinstance(member, str):
                    document.update(text_fields(name, member))
                else:
                    document[name] = member
        return document

    def read(value: Any, where: str) -> Any:
        given = _MOVED.get(kind, dict)(_members(value, where))
        values: dict[str, Any] = {}
        for name, field, codec, row in fields:
            place = f"{where}.{name}".removeprefix(".")
            if field not in hints:
                continue
            if row.read is not None:
                values[field] = row.read(given.get(name))
            elif f"{name}_b64" in given and hints[field] in _TEXTS:
                values[field] = _text(given, name, place)
            elif name in given or field not in optional:
                values[field] = codec.read(given.get(name), place)
        return kind(**values)

    return _Codec(write, read)


def _fields(kind: Any) -> tuple[dict[str, Any], set[str]]:
    """Give the type of each field, and those that may be absent."""
    hints = get_type_hints(kind)
    if not dataclasses.is_dataclass(kind):
        return hints, set()
    fields = dataclasses.fields(kind)
    return hints, {field.name for field in fields if field.default is not dataclasses.MISSING}


# A plain value of a document.

_GREATEST = 2**63 - 1
_TEXTS = (str, str | None)  # what may stand in base64 beside itself


def _plain(hint: type, value: object, where: str) -> Any:
    if type(value) is not hint:
        raise Wrong(f"{where} is not of type {hint.__name__}")
    if isinstance(value, int) and abs(value) > _GREATEST:
        raise Wrong(f"{where} is too great")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Wrong(f"{where} is not a string") from error
    return value


_PLAIN = _Codec(_as_it_is, lambda value, where: value)


def _text(given: Mapping[str, object], name: str, where: str) -> str:
    """Give a string, as the file system has it where its bytes stand in base64 beside it."""
    if f"{name}_b64" not in given:
        text: str = _plain(str, given.get(name), where)
        return text
    try:
        return base64.b64decode(str(given[f"{name}_b64"]), validate=True).decode("utf-8", "surrogateescape")
    except ValueError as error:
        raise Wrong(f"{where}_b64 is not base64") from error


def _word(words: tuple[object, ...], value: object, where: str) -> object:
    if not isinstance(value, str) or value not in words:
        raise Wrong(f"{where} is not one of {', '.join(map(str, words))}")
    return value


def _items(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise Wrong(f"{where} is not an array")
    return value


def _members(value: object, where: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong(f"{where} is not an object")
    return value
