"""The operators of bake's language."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

from ctxaudit.builds.bake.values import (
    Refused,
    Unevaluated,
    Value,
    boolean,
    computed,
    integer,
    kind,
    number,
    same,
    text,
)
from ctxaudit.errors import by_names


def arithmetic(combine: Callable[[Fraction, Fraction], Fraction]) -> Callable[[Value, Value], Value]:
    """An operator on two numbers, its result exact or not given."""

    def apply(left: Value, right: Value) -> Value:
        one, other = number(left), number(right)
        try:
            return computed(combine(one, other), one, other)
        except ZeroDivisionError as error:
            raise Unevaluated("a division by zero") from error

    return apply


def comparison(compare: Callable[[Fraction, Fraction], bool]) -> Callable[[Value, Value], Value]:
    return lambda left, right: compare(number(left), number(right))


def remainder(left: Fraction, right: Fraction) -> Fraction:
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
    "%": arithmetic(remainder),
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
