"""What a bake file holds, whichever way it is written: blocks, attributes, expressions."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Protocol, TypeAlias

from ctxaudit.builds.bake.values import (
    Refused,
    Unevaluated,
    Value,
    boolean,
    bounded,
    kind,
    mapping,
    normalized,
    number,
    parse_number,
    plain,
    same,
    sequence,
    text,
)
from ctxaudit.model import Location
from ctxaudit.values import frozen


class Scope(Protocol):
    """What the names in an expression mean."""

    def name(self, name: str) -> Value: ...
    def call(self, name: str, arguments: list[Value]) -> Value: ...
    def member(self, block: str, label: str, attribute: str) -> Value:
        """The value of an attribute of another block."""

    def extended(self, names: Mapping[str, Value]) -> Scope:
        """This scope, with more names in front of it."""

    def step(self, size: int = 0) -> None:
        """Count one step, and the characters or elements of what it makes; raises Unevaluated past the limits."""


class Expression(Protocol):
    """An expression as it is written, not yet evaluated."""

    @property
    def line(self) -> int: ...

    @property
    def text_line(self) -> int:
        """Where the text of a string begins: below the opening of a heredoc."""

    def value(self, scope: Scope) -> Value:
        """Evaluate; raises Unevaluated."""

    def words(self) -> list[str]:
        """The bare words of a list of them, or the one that stands alone; raises Unevaluated for anything else."""

    def call(self) -> tuple[str, list[Expression]] | None:
        """A function's name and its arguments, where the expression is a call: types are written so."""

    def reference(self) -> tuple[str, str, str] | None:
        """The type, the name and the attribute of a block, where the expression is nothing but these."""

    def entries(self, scope: Scope) -> list[tuple[str, Expression]] | None:
        """The keys and values of a map that is written out, None for anything else; raises Unevaluated for a key."""

    def elements(self) -> list[Expression] | None:
        """The elements of a list that is written out, None for anything else."""


@frozen
class Attribute:
    """A name and its expression. at: where it stands."""

    name: str
    expression: Expression
    at: Location


@frozen
class Block:
    """A block of a type, with the label that names it."""

    type: str
    label: str
    attributes: Mapping[str, Attribute]
    at: Location


@frozen
class BakeFile:
    """One file: its blocks in their order, and its attributes outside of any block."""

    name: str
    blocks: tuple[Block, ...]
    attributes: Mapping[str, Attribute]


BLOCKS = ("variable", "function", "group", "target")


# The types that a variable may be declared with, and what a string of the environment becomes in them.

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
        return _CONVERT.get(self.name, _unknown)(value, self.of or _ANY)

    def read(self, written: str) -> Value:
        """Read what the environment holds: a string, or the elements with commas between them."""
        if self.name in _PRIMITIVE:
            return _PRIMITIVE[self.name](written)
        element = _PRIMITIVE.get((self.of or _ANY).name)
        if element is None or self.name not in ("list", "set", "map"):
            raise Unevaluated(f"an environment variable of type {self.name}")
        fields = _fields(written, ",")
        if self.name == "map":
            pairs = [_fields(field, ":") for field in fields]
            if any(len(pair) != 2 for pair in pairs):
                raise Unevaluated("an environment variable that is not a map")
            return {key: element(entry) for key, entry in pairs}
        return self.convert([element(field) for field in fields])

    def read_json(self, written: str) -> Value:
        """Read what the environment holds under the name that ends in _JSON."""
        try:
            return self.convert(plain(json.loads(written)))
        except (ValueError, RecursionError) as error:
            raise Unevaluated("an environment variable that is not JSON") from error


_ANY = Type("any")


def declared(written: Expression) -> Type:
    """Read the type of a variable."""
    call = written.call()
    if call is None:
        if written.elements() is not None:
            raise Refused("a list where a type belongs")
        return Type(written.words()[0])
    name, arguments = call
    return Type(name, declared(arguments[0])) if name in ("list", "set", "map") and len(arguments) == 1 else Type(name)


def inferred(default: Value) -> Type:
    """The type of a variable that declares none."""
    return Type(kind(default)) if kind(default) in _PRIMITIVE else _ANY if default is None else Type("a default")


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
    members: list[Value] = []
    for member in _list(value, of):
        if not any(same(member, other) for other in members):
            members.append(member)
    return sorted(members, key=lambda element: element.encode() if isinstance(element, str) else element)


def _list(value: Value, of: Type) -> list[Value]:
    return [of.convert(member) for member in sequence(value)]


def _map(value: Value, of: Type) -> dict[str, Value]:
    return {key: of.convert(member) for key, member in mapping(value).items()}


def _read_boolean(written: str) -> bool:
    if written not in _BOOLEANS:
        raise Unevaluated("an environment variable that is not a bool")
    return _BOOLEANS[written]


def _read_number(written: str) -> Fraction:
    try:
        parsed = float(written) if written.isascii() and "_" not in written and written == written.strip() else math.nan
    except ValueError:
        parsed = math.nan
    if not math.isfinite(parsed):
        raise Unevaluated("an environment variable that is not a number")
    return parse_number(repr(parsed))


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


# Templates: text with `${expressions}` and `%{directives}` in it, as parts in a row, and their rendering.

_OPENING = re.compile(r"\$\$\{|%%\{|\$\{|%\{")
_INSIDE = re.compile(r'["{}]')
_IN_STRING = re.compile(r'\\.|"|\$\$\{|%%\{|\$\{|%\{', re.DOTALL)
_FOR = re.compile(r"for\s+([\w-]+)(?:\s*,\s*([\w-]+))?\s+in\b(.*)", re.DOTALL)
_WORD = re.compile(r"(if\b|else\b|endif\b|for\b|endfor\b)(.*)", re.DOTALL)
_NESTED = {'"': '"', "{": "}", "${": "}", "%{": "}"}
_DEEPEST = 50


@frozen
class If:
    condition: Expression


@frozen
class For:
    names: tuple[str, ...]
    collection: Expression


@frozen
class Else:
    """What stands between the two branches of an If."""


@frozen
class End:
    """The end of an If or a For."""


Part: TypeAlias = "str | Expression | If | For | Else | End"
Parse = Callable[[str, int], Expression]


def render(parts: list[Part], scope: Scope) -> Value:
    """Give the value: a string, or whatever the single expression gives that is all there is."""
    if len(parts) == 1 and not isinstance(parts[0], str | If | For | Else | End):
        return parts[0].value(scope)
    return _joined(parts, scope)


def _joined(parts: list[Part], scope: Scope) -> str:
    whole: str = ""
    at = 0
    while at < len(parts):
        scope.step()
        part, end = parts[at], at
        if isinstance(part, If | For):
            middle, end = _extent(parts, at)
            piece = _directive(part, parts[at + 1 : middle], parts[middle + 1 : end], scope)
        elif isinstance(part, Else | End):
            raise Unevaluated("a template directive without its beginning")
        else:
            piece = part if isinstance(part, str) else text(part.value(scope))
        scope.step(len(piece))
        whole = bounded(whole + piece)
        at = end + 1
    return whole


def _directive(part: If | For, first: list[Part], second: list[Part], scope: Scope) -> str:
    if isinstance(part, If):
        return _joined(first if boolean(part.condition.value(scope)) else second, scope)
    whole = ""
    for names in iterations(part.names, part.collection.value(scope)):
        whole = bounded(whole + _joined(first, scope.extended(names)))
    return whole


def iterations(names: tuple[str, ...], collection: Value) -> Iterator[dict[str, Value]]:
    """Give what the names of a `for` mean, turn by turn: the value, or the key or index before it."""
    if isinstance(collection, dict):
        pairs: Iterator[tuple[Value, Value]] = iter(mapping(collection).items())
    else:
        pairs = ((Fraction(index), member) for index, member in enumerate(sequence(collection)))
    for pair in pairs:
        yield dict(zip(names, pair[-len(names) :], strict=True))


def _extent(parts: list[Part], start: int) -> tuple[int, int]:
    """Find the Else, or the End in its place, and the End of the directive that begins here."""
    depth, middle = 0, None
    for at in range(start, len(parts)):
        part = parts[at]
        depth += isinstance(part, If | For) - isinstance(part, End)
        if depth == 1 and isinstance(part, Else):
            middle = at
        if depth == 0:
            return middle or at, at
    raise Unevaluated("a template directive without its end")


def split(written: str, line: int, parse: Parse) -> list[Part]:
    """Split the content of a heredoc or of a JSON string, in which a backslash means nothing.

    line: where it begins. parse: makes an expression of a string and its line.
    """
    parts: list[Part] = []
    literal, at = "", 0
    while match := _OPENING.search(written, at):
        literal += written[at : match.start()]
        if len(match[0]) == 3:
            literal, at = literal + match[0][1:], match.end()
            continue
        end = _closing(written, match.end())
        parts += [normalized(literal)] if literal else []
        literal, at = "", end + 1
        inside, place = written[match.end() : end], line + written.count("\n", 0, match.start())
        parts.append(parse(inside, place) if match[0] == "${" else _read(inside, place, parse))
    literal += written[at:]
    return [*parts, normalized(literal)] if literal else parts


def _closing(written: str, at: int) -> int:
    """Find the brace that closes an expression, strings and templates in it passed over."""
    stack = ["}"]
    while stack:
        match = (_IN_STRING if stack[-1] == '"' else _INSIDE).search(written, at)
        if match is None or len(stack) > _DEEPEST:
            raise Unevaluated("a template without its end")
        at = match.end()
        if match[0] == stack[-1]:
            stack.pop()
        elif match[0] in _NESTED:
            stack.append(_NESTED[match[0]])
    return at - 1


def _read(inside: str, line: int, parse: Parse) -> Part:
    inside = inside.strip()
    match = _WORD.fullmatch(inside)
    if match is None:
        raise Unevaluated("a template directive that is not valid", line)
    word, rest = match.groups()
    if word == "if":
        return If(parse(rest, line))
    if word == "for" and (loop := _FOR.fullmatch(inside)):
        return For(tuple(filter(None, loop.groups()[:2])), parse(loop[3], line))
    return Else() if word == "else" else End()
