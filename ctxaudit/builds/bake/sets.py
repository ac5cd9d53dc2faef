"""Bake's functions of sets; a set is a list in its order here.

Source: zclconf/go-cty, cty/function/stdlib/set.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from itertools import product
from math import prod

from ctxaudit.builds.bake.values import LONGEST_LIST, Unevaluated, Value, base_type, same, sequence, text

Combine = Callable[["set[Value]", "set[Value]"], "set[Value]"]


def _unified(*lists: Value) -> list[list[Value]]:
    """The elements of lists, all of one kind: numbers among strings are strings."""
    several = [sequence(one) for one in lists]
    kinds = {base_type(element) for elements in several for element in elements}
    if not kinds <= {str, Fraction}:
        raise Unevaluated("a set of other than strings and numbers")
    return [list(map(text, elements)) for elements in several] if len(kinds) > 1 else several


def _ordered(elements: set[Value]) -> list[Value]:
    return sorted(elements, key=lambda one: one.encode() if isinstance(one, str) else one)


def _combined(combine: Combine) -> Callable[..., Value]:
    def apply(first: Value, *rest: Value) -> Value:
        return _ordered(reduce(combine, map(set, _unified(first, *rest))))

    return apply


def _subtract(first: Value, second: Value) -> Value:
    return _combined(set.difference)(first, second)


def _has(elements: Value, wanted: Value) -> bool:
    (unified,) = _unified(elements)
    return any(same(one, wanted) for one in unified)


def _product(first: Value, second: Value, *rest: Value) -> Value:
    several: Sequence[list[Value]] = [_unified(one)[0] for one in (first, second, *rest)]
    if prod(map(len, several)) > LONGEST_LIST:
        raise Unevaluated(f"a product of more than {LONGEST_LIST} elements")
    return [list(one) for one in product(*several)]


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "sethaselement": _has,
    "setintersection": _combined(set.intersection),
    "setproduct": _product,
    "setsubtract": _subtract,
    "setsymmetricdifference": _combined(set.symmetric_difference),
    "setunion": _combined(set.union),
}
