"""The values of bake's language, and what becomes of them: text, numbers, booleans.

A value is one of None, a bool, a str, a Fraction, a list or a dict with str keys, as JSON has them. HCL's lists,
tuples and sets are all lists here, its maps and objects dicts.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import product
from math import prod
from typing import Any, TypeAlias

from ctxaudit.errors import Interpolated, by_names, short_names

# A recursive alias cannot be written so that mypy narrows it; the functions below say what they take.
Value: TypeAlias = Any

LONGEST_TEXT = 1 << 20  # characters
LONGEST_LIST = 1 << 16
_BITS = 512  # of a number in bake; beyond them it rounds
_MAYBE_NUMBER = re.compile(r"\d|[iI][nN][fF]|[nN][aA][nN]")
_LONGEST_NUMBER = 150  # characters of a literal, well within those bits
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class _InterpolatedNumber(Fraction):
    """A number that variables are part of. names: as a report shows it."""

    names: str = ""

    @classmethod
    def of(cls, value: Fraction, names: str) -> _InterpolatedNumber:
        made = cls(value)
        made.names = short_names(names)
        return made


class Unevaluated(Exception):
    """What is not evaluated here, and why; bake may refuse it or know better.

    reason: one clause. line: of the file that is read, None where the reader above knows it better.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


class Refused(Unevaluated):
    """What bake refuses for certain, so that `try` goes on to its next argument."""


class Undeclared(Refused):
    """A variable that no file declares. name: what it is called."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason, line)
        self.name = reason.rpartition(" ")[2]


def kind(value: Value) -> str:
    """The kind's name as bake's own messages have it."""
    return _KINDS[base_type(value)]


def base_type(value: Value) -> type:
    """Give the type of a value, the same for one that variables are part of."""
    type_: type = type(value)
    return _BASES.get(type_, type_)


def text(value: Value) -> str:
    """Convert to a string, as a template does."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        written = number_text(value)
        return Interpolated(written, value.names) if isinstance(value, _InterpolatedNumber) else written
    raise Refused(f"a {kind(value)} where a string belongs")


def number(value: Value) -> Fraction:
    """Convert to a number; a string is read as one."""
    if isinstance(value, Interpolated):
        return _InterpolatedNumber.of(parse_number(value), value.names)
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, Fraction):
        return value
    raise Refused(f"a {kind(value)} where a number belongs")


def integer(value: Value) -> int:
    """Convert to a whole number."""
    fraction = number(value)
    if fraction.denominator != 1:
        raise Unevaluated("a fraction where a whole number belongs")
    return fraction.numerator


def boolean(value: Value) -> bool:
    """Convert to a boolean; of strings, only the four that bake takes."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise Refused(f"a {kind(value)} where a bool belongs")


def sequence(value: Value) -> list[Value]:
    """Give the elements of a list."""
    if isinstance(value, list):
        return value
    raise Unevaluated(f"a {kind(value)} where a list belongs")


def mapping(value: Value) -> dict[str, Value]:
    """Give the entries of a map in bake's order, which is that of the keys' bytes."""
    if isinstance(value, dict):
        return {key: value[key] for key in sorted(value, key=str.encode)}
    raise Unevaluated(f"a {kind(value)} where a map belongs")


def same(left: Value, right: Value) -> bool:
    """Compare as `==` does: values of two kinds differ.

    Lists and maps are not compared, as bake tells a list from a tuple and a map from an object.
    """
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        raise Unevaluated("a comparison of lists or maps")
    return base_type(left) is base_type(right) and bool(left == right)


def parse_number(written: str) -> Fraction:
    """Read a decimal number."""
    try:
        decimal = Decimal(written) if len(written) <= _LONGEST_NUMBER and written.isascii() else None
    except ArithmeticError:
        decimal = None
    if written and not _MAYBE_NUMBER.search(written):
        raise Refused(f"{by_names(written)[:40]!r} where a number belongs")
    if decimal is None or not decimal.is_finite() or "_" in written or written != written.strip():
        raise Unevaluated(f"{by_names(written)[:40]!r} where a number belongs")
    if abs(decimal.adjusted()) > _LONGEST_NUMBER:
        raise Unevaluated("a number beyond the precision of bake")
    return Fraction(decimal)


def number_text(value: Fraction) -> str:
    """Write a number without an exponent, as bake does."""
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        raise Unevaluated("a number without an end")
    digits = value.denominator.bit_length()
    whole = str(abs(value.numerator) * 10**digits // value.denominator).rjust(digits + 1, "0")
    return ("-" if value < 0 else "") + f"{whole[:-digits]}.{whole[-digits:].rstrip('0')}"


def named(value: Value, names: str) -> Value:
    """Give the value of a variable with how a report shows it: a string, a number, or what a list or a map holds."""
    return _named(value, names, {})


def _named(value: Value, names: str, done: dict[int, Value]) -> Value:
    """Name a value. done: by identity, as a list may hold one list many times, at every depth."""
    if isinstance(value, Interpolated | _InterpolatedNumber | bool) or value is None:
        return value
    if isinstance(value, str):
        return Interpolated(value, names)
    if isinstance(value, Fraction):
        return _InterpolatedNumber.of(value, names)
    if id(value) not in done:
        within = names.removesuffix("}")
        if isinstance(value, list):
            made: Value = [_named(member, f"{within}[{index}]}}", done) for index, member in enumerate(value)]
        else:
            made = {key: _named(member, f"{within}.{by_names(key)}}}", done) for key, member in value.items()}
        done[id(value)] = made
    return done[id(value)]


def derived(result: Value, arguments: Iterable[Value]) -> Value:
    """Give what was made of values: with the names of the variables among them, unless one of them is the result."""
    leaves = list(_leaves(list(arguments), set()))
    names = dict.fromkeys(leaf.names for leaf in leaves if isinstance(leaf, Interpolated | _InterpolatedNumber))
    if not names:
        return result
    literal = frozenset(leaf for leaf in leaves if not isinstance(leaf, Interpolated | _InterpolatedNumber))
    return _made(result, "".join(names), literal, {})


def _made(result: Value, names: str, literal: frozenset[Value], done: dict[int, Value]) -> Value:
    if not isinstance(result, list | dict):
        return result if result in literal else named(result, names)
    if id(result) not in done:
        if isinstance(result, list):
            made: Value = [_made(member, names, literal, done) for member in result]
        else:
            entries = result.items()
            made = {_made(key, names, literal, done): _made(member, names, literal, done) for key, member in entries}
        done[id(result)] = made
    return done[id(result)]


def _leaves(value: Value, seen: set[int]) -> Iterator[Value]:
    """Give the strings and numbers of a value, keys too, those of a list that is held many times once."""
    if isinstance(value, str | Fraction):
        yield value
    elif isinstance(value, list | dict) and id(value) not in seen:
        seen.add(id(value))
        for member in value if isinstance(value, list) else [*value, *value.values()]:
            yield from _leaves(member, seen)


def computed(result: Fraction, *operands: Fraction) -> Fraction:
    """Give the result of arithmetic where bake's own rounding cannot have changed it."""
    if any(operand.denominator & (operand.denominator - 1) for operand in (result, *operands)):
        raise Unevaluated("arithmetic that bake rounds")
    if max(abs(result.numerator), result.denominator).bit_length() > _BITS:
        raise Unevaluated("a number beyond the precision of bake")
    return result


def bounded(value: Value) -> Value:
    """Give the value, unless it is longer than any build needs."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise Unevaluated(f"a string of more than {LONGEST_TEXT} characters")
    if isinstance(value, list | dict) and len(value) > LONGEST_LIST:
        raise Unevaluated(f"a list of more than {LONGEST_LIST} elements")
    return value


def normalized(written: str) -> str:
    """Compose the characters of a literal, as bake does."""
    return written if written.isascii() else unicodedata.normalize("NFC", written)


def texts(value: Value) -> list[str]:
    """Convert to a list of strings."""
    return [text(member) for member in sequence(value)]


def optional_texts(value: Value) -> dict[str, str | None]:
    """Convert to a map of strings, in which null stays null."""
    return {key: None if member is None else text(member) for key, member in mapping(value).items()}


def unescaped(read: str) -> str:
    """Return a string of JSON as Go reads it: half of a surrogate pair becomes U+FFFD.

    Source: encoding/json, Unmarshal: "invalid UTF-16 surrogate pairs are not treated as an error".
    """
    return _SURROGATE.sub("\ufffd", read)


def plain(value: object) -> Value:
    """Take over what JSON has, numbers made exact."""
    if isinstance(value, str):
        return unescaped(value)
    if isinstance(value, bool | Fraction) or value is None:
        return value
    if isinstance(value, int | float):
        return parse_number(repr(value))
    if isinstance(value, Mapping):
        return {unescaped(str(key)): plain(member) for key, member in value.items()}
    if isinstance(value, Sequence):
        return [plain(member) for member in value]
    raise Unevaluated(f"a {type(value).__name__}")


_SURROGATE = re.compile("[\ud800-\udfff]")
_BASES: dict[type, type] = {Interpolated: str, _InterpolatedNumber: Fraction}
_KINDS = {type(None): "null", bool: "bool", str: "string", Fraction: "number", list: "list", dict: "map"}
Convert: TypeAlias = Callable[[Value], Value]


# The operators of bake's language.


def arithmetic(combine: Callable[[Fraction, Fraction], Fraction]) -> Callable[[Value, Value], Value]:
    """An operator on two numbers, its result exact or not given."""

    def apply(left: Value, right: Value) -> Value:
        first, other = number(left), number(right)
        try:
            return computed(combine(first, other), first, other)
        except ZeroDivisionError as error:
            raise Unevaluated("a division by zero") from error

    return apply


def comparison(compare: Callable[[Fraction, Fraction], bool]) -> Callable[[Value, Value], Value]:
    return lambda left, right: compare(number(left), number(right))


def _remainder(left: Fraction, right: Fraction) -> Fraction:
    """What is left of a division that rounds towards zero."""
    return left - right * int(left / right)


def element(of: Value, at: Value) -> Value:
    """One element of a list, or one entry of a map."""
    if isinstance(of, dict):
        if text(at) not in of:
            raise Refused(f"no entry {by_names(text(at))[:40]!r}")
        return of[text(at)]
    if not isinstance(of, list):
        raise Refused(f"an element of a {kind(of)}")
    index = integer(at)
    if not 0 <= index < len(of):
        raise Refused(f"no element {by_names(text(at))} in a list of {len(of)}")
    return of[index]


BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "+": arithmetic(operator.add),
    "-": arithmetic(operator.sub),
    "*": arithmetic(operator.mul),
    "/": arithmetic(operator.truediv),
    "%": arithmetic(_remainder),
    "<": comparison(operator.lt),
    "<=": comparison(operator.le),
    ">": comparison(operator.gt),
    ">=": comparison(operator.ge),
    "==": same,
    "!=": lambda left, right: not same(left, right),
    "&&": lambda left, right: boolean(left) & boolean(right),
    "||": lambda left, right: boolean(left) | boolean(right),
}
UNARY: dict[str, Callable[[Value], Value]] = {
    "-": lambda value: -number(value),
    "!": lambda value: not boolean(value),
}


# Bake's functions of sets; a set is a list in its order here.
#
# Source: zclconf/go-cty, cty/function/stdlib/set.go.

_Combine = Callable[["set[Value]", "set[Value]"], "set[Value]"]


def _unified(*lists: Value) -> list[list[Value]]:
    """The elements of lists, all of one kind: numbers among strings are strings."""
    several = [sequence(collection) for collection in lists]
    kinds = {base_type(element) for elements in several for element in elements}
    if not kinds <= {str, Fraction}:
        raise Unevaluated("a set of other than strings and numbers")
    return [list(map(text, elements)) for elements in several] if len(kinds) > 1 else several


def _ordered(elements: set[Value]) -> list[Value]:
    return sorted(elements, key=lambda member: member.encode() if isinstance(member, str) else member)


def _combined(combine: _Combine) -> Callable[..., Value]:
    def apply(first: Value, *rest: Value) -> Value:
        return _ordered(reduce(combine, map(set, _unified(first, *rest))))

    return apply


def _subtract(first: Value, second: Value) -> Value:
    return _combined(set.difference)(first, second)


def _has(elements: Value, sought: Value) -> bool:
    (unified,) = _unified(elements)
    return any(same(member, sought) for member in unified)


def _product(first: Value, second: Value, *rest: Value) -> Value:
    several: Sequence[list[Value]] = [_unified(factor)[0] for factor in (first, second, *rest)]
    if prod(map(len, several)) > LONGEST_LIST:
        raise Unevaluated(f"a product of more than {LONGEST_LIST} elements")
    return [list(combination) for combination in product(*several)]


SET_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "sethaselement": _has,
    "setintersection": _combined(set.intersection),
    "setproduct": _product,
    "setsubtract": _subtract,
    "setsymmetricdifference": _combined(set.symmetric_difference),
    "setunion": _combined(set.union),
}


# Bake's functions of network addresses.
#
# Source: hashicorp/go-cty-funcs cidr/, over apparentlymart/go-cidr.

_PREFIX = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}")
_MOST = 128  # networks of one call
_Network: TypeAlias = "IPv4Network | IPv6Network"


def _network(value: Value) -> _Network:
    written = text(value)
    try:
        network = ip_network(written, strict=False) if _PREFIX.fullmatch(written) else None
    except ValueError:
        network = None
    if network is None:
        raise Refused("no network where one belongs")
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        raise Unevaluated("a network of mapped addresses")
    return network


def _host(prefix: Value, number: Value) -> str:
    network, at = _network(prefix), integer(number)
    if not -network.num_addresses <= at < network.num_addresses:
        raise Refused(f"a network without a host {at}")
    return str(network[at])


def _subnet(prefix: Value, bits: Value, number: Value) -> str:
    network, more, at = _network(prefix), integer(bits), integer(number)
    length = network.prefixlen + more
    if more < 0 or at < 0:
        raise Unevaluated("a network of a negative number")
    if length > network.max_prefixlen or at >> more:
        raise Refused(f"a network without a subnet {at} of {more} bits")
    return _written(network, int(network.network_address) + (at << (network.max_prefixlen - length)), length)


def _subnets(prefix: Value, *bits: Value) -> list[Value]:
    """Networks one after the other, each where the one before it ends or at the next place that it fits."""
    network, subnets = _network(prefix), list[Value]()
    last = int(network.network_address) - 1
    for more in map(integer, bits[:_MOST]):
        length = network.prefixlen + more
        if not 1 <= more <= network.max_prefixlen - network.prefixlen:
            raise Refused("a subnet that is not valid")
        size = 1 << (network.max_prefixlen - length)
        start = (last // size + 1) * size
        last = start + size - 1
        if last > int(network.broadcast_address):
            raise Refused("more subnets than there is room for")
        subnets.append(_written(network, start, length))
    if len(bits) > _MOST:
        raise Unevaluated(f"more than {_MOST} subnets")
    return subnets


def _written(network: _Network, start: int, length: int) -> str:
    return f"{type(network.network_address)(start)}/{length}"


NETWORK_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "cidrhost": _host,
    "cidrnetmask": lambda prefix: str(_network(prefix).netmask),
    "cidrsubnet": _subnet,
    "cidrsubnets": _subnets,
}
