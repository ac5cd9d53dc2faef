"""The types that a variable may be declared with, and what a string of the environment becomes in them."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from fractions import Fraction

from ctxaudit.builds.bake.source import Expression
from ctxaudit.builds.bake.values import (
    Unevaluated,
    Value,
    boolean,
    kind,
    mapping,
    number,
    parse_number,
    plain,
    same,
    sequence,
    text,
)
from ctxaudit.values import frozen

# As Go's strconv.ParseBool has them.
_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}


@frozen
class Type:
    """A type: its name, and for a list, a set or a map that of its elements; any other is not understood further."""

    name: str
    of: Type | None = None

    def convert(self, value: Value) -> Value:
        """Make a value of the type; null is of every type."""
        if value is None:
            return None
        return _CONVERT.get(self.name, _unknown)(value, self.of or ANY)

    def read(self, written: str) -> Value:
        """Read what the environment holds: a string, or the elements with commas between them."""
        if self.name in _PRIMITIVE:
            return _PRIMITIVE[self.name](written)
        element = _PRIMITIVE.get((self.of or ANY).name)
        if element is None or self.name not in ("list", "set", "map"):
            raise Unevaluated(f"an environment variable of type {self.name}")
        fields = _fields(written, ",")
        if self.name == "map":
            pairs = [_fields(field, ":") for field in fields]
            if any(len(pair) != 2 for pair in pairs):
                raise Unevaluated("an environment variable that is not a map")
            return {key: element(one) for key, one in pairs}
        return self.convert([element(field) for field in fields])

    def read_json(self, written: str) -> Value:
        """Read what the environment holds under the name that ends in _JSON."""
        try:
            return self.convert(plain(json.loads(written)))
        except (ValueError, RecursionError) as error:
            raise Unevaluated("an environment variable that is not JSON") from error


ANY = Type("any")


def declared(written: Expression) -> Type:
    """Read the type of a variable."""
    call = written.call()
    if call is None:
        return Type(written.words()[0])
    name, arguments = call
    return Type(name, declared(arguments[0])) if name in ("list", "set", "map") and len(arguments) == 1 else Type(name)


def inferred(default: Value) -> Type:
    """The type of a variable that declares none."""
    return Type(kind(default)) if kind(default) in _PRIMITIVE else ANY if default is None else Type("a default")


def _fields(written: str, separator: str) -> list[str]:
    try:
        rows = list(csv.reader([written], delimiter=separator, strict=True))
    except csv.Error as error:
        raise Unevaluated("an environment variable that is not CSV") from error
    if len(rows) != 1:
        raise Unevaluated("an environment variable that is not CSV")
    return rows[0]


def _unknown(value: Value, of: Type) -> Value:
    raise Unevaluated("a type that is not evaluated here")


def _set(value: Value, of: Type) -> list[Value]:
    found: list[Value] = []
    for one in _list(value, of):
        if not any(same(one, other) for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.encode() if isinstance(one, str) else one)


def _list(value: Value, of: Type) -> list[Value]:
    return [of.convert(one) for one in sequence(value)]


def _map(value: Value, of: Type) -> dict[str, Value]:
    return {key: of.convert(one) for key, one in mapping(value).items()}


def _read_boolean(written: str) -> bool:
    if written not in _BOOLEANS:
        raise Unevaluated("an environment variable that is not a bool")
    return _BOOLEANS[written]


def _read_number(written: str) -> Fraction:
    try:
        found = float(written) if written.isascii() and "_" not in written and written == written.strip() else math.nan
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise Unevaluated("an environment variable that is not a number")
    return parse_number(repr(found))


_CONVERT: dict[str, Callable[[Value, Type], Value]] = {
    "any": lambda value, of: value,
    "string": lambda value, of: text(value),
    "number": lambda value, of: number(value),
    "bool": lambda value, of: boolean(value),
    "list": _list,
    "set": _set,
    "map": _map,
}
_PRIMITIVE: dict[str, Callable[[str], Value]] = {
    "string": str,
    "any": str,
    "number": _read_number,
    "bool": _read_boolean,
}
