"""GitHub's expressions: what `${{ … }}` gives where the file that holds it decides that.

What a run alone knows (`github.sha`, `secrets.X`, `needs.X`, `success()`) gives UNKNOWN, and what depends on it, too.
Source: docs.github.com, "Evaluate expressions in workflows and actions" and "Running variations of jobs in a workflow".
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from ctxaudit.errors import masked
from ctxaudit.values import expression, frozen, record

# Values are those of JSON, with each number a float; the keys of a mapping are in lower case, as names have no case.

UNKNOWN = object()
Names = Mapping[str, Any]  # of a context, as "matrix" or "env", to what it holds
WORK = ""  # the name, which no context has, of the Work in which all that is evaluated with these names is counted

LONGEST = 21_000  # letters of an expression that GitHub takes
_DEEPEST = 50
_MOST_TURNS = 256  # jobs that GitHub makes of a matrix at most
_DEEPEST_LEAF = 8
_PRODUCT = 4096  # combinations of which what `exclude` names is taken away
_GROWTH = 4096  # letters by which a string may become longer: as many as a path may have
_RESULT = 1 << 20  # letters of what a function gives
_SCANNED = 16  # letters that are passed over in the time in which one of an expression is read

# A quoted text may hold "}}"; one that begins another expression ends this one, so that no text is read twice.
_WRITTEN = expression(r"\$\{\{((?:'[^']*+'|[^'}$]|\}(?!\})|\$(?!\{\{))*+)\}\}")
_TOKEN = expression(
    r"\s*+(?:(?P<text>'(?:[^']|'')*+')|(?P<number>[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.]))"
    r"|(?P<name>[A-Za-z_][\w-]*+)|(?P<sign>\|\||&&|[=!<>]=|[!<>()\[\].,*]))"
)
_NUMBER = expression(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LITERALS = {"true": True, "false": False, "null": None, "NaN": math.nan}


class Open(dict[str, Any]):
    """A context that a run adds to, as `env`: what it does not hold is not known, and its names are case-sensitive."""

    def get(self, key: str, default: Any = UNKNOWN) -> Any:
        return super().get(key, default)


class _Unreadable(Exception):
    """No expression of GitHub's, or one that is too long, too deep or too much work."""


@record
class Work:
    """Counts what the expressions of one file cost: of those behind the limit nothing is known.

    left: in letters of an expression; all of them take a second.
    """

    left: int = 1_500_000

    def take(self, amount: int) -> None:
        """Count an amount; raises _Unreadable where it is more than what is left."""
        self.left -= amount
        if self.left < 0:
            raise _Unreadable


def filled(text: str, names: Names) -> str:
    """Give a string with what each of its expressions gives; one that is not decided stays as it is written.

    Example: with `{"matrix": {"dir": "api"}}`, "${{ matrix.dir }}:${{ github.sha }}" is "api:${{ github.sha }}".
    """

    left = _GROWTH

    def given(match: Any) -> str:
        nonlocal left
        value = _value(match[1], names) if left >= 0 else UNKNOWN
        result = match[0] if value is UNKNOWN else shown(value)
        left -= max(0, len(result) - len(match[0]))
        return result if left >= 0 else str(match[0])

    return _WRITTEN.sub(given, text) if "${{" in text and _may_take(names, len(text) // _SCANNED) else text


def evaluated(text: str, names: Names) -> Any:
    """Give the value of a string: of its own type where all of it is one expression; UNKNOWN where a part of it is."""
    whole = _WRITTEN.fullmatch(text) if _may_take(names, len(text) // _SCANNED) else None
    if whole is not None:
        return _value(whole[1], names)
    value = filled(text, names)
    return UNKNOWN if "${{" in value else value


def is_false(condition: str, names: Names) -> bool:
    """Whether the `if` of a step never holds; it may be written without `${{ }}`."""
    if not _may_take(names, len(condition) // _SCANNED):
        return False
    whole = _WRITTEN.fullmatch(condition.strip())
    value = _value(whole[1] if whole is not None else condition, names)
    return value is not UNKNOWN and not _is_true(value)


def typed(text: str) -> Any:
    """Give the value of a plain word of YAML."""
    if text in ("true", "false"):
        return text == "true"
    return float(text) if len(text) < 40 and _NUMBER.fullmatch(text) else text


def turns(matrix: Any, work: Work) -> list[dict[str, Any]] | None:
    """Give what a job's `matrix` context holds in each of its turns; None where the file does not decide them.

    matrix: what the file gives, evaluated. A variable that is not decided is UNKNOWN in each turn.
    """
    try:
        return _turns(matrix, work)
    except (_Unreadable, RecursionError):
        return None


def _turns(matrix: Any, work: Work) -> list[dict[str, Any]] | None:
    if not isinstance(matrix, dict):
        return None
    variables = {key: value for key, value in matrix.items() if key not in ("include", "exclude")}
    included, excluded = matrix.get("include") or [], matrix.get("exclude") or []
    if not all(isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in (included, excluded)):
        return None
    axes = {key: value if isinstance(value, list) else [UNKNOWN] for key, value in variables.items()}
    undecided = {key for key, values in axes.items() if _has_unknown(values)}
    rows = (*included, *excluded)
    if (
        any(key in undecided or _has_unknown(row[key]) for row in rows for key in row if key in axes)
        or math.prod(map(len, axes.values())) > _PRODUCT
    ):
        return None
    work.take(math.prod(map(len, axes.values())) * (2 + len(excluded)))
    made = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())] if axes else []
    kept = [turn for turn in made if not any(_is_part(row, turn) for row in excluded)]
    if len(kept) > _MOST_TURNS:
        return None
    work.take(len(kept) * (2 + 2 * len(included)))
    every = _with_included(kept, included)
    return every if 0 < len(every) <= _MOST_TURNS else None


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_unknown, value.values() if isinstance(value, dict) else value))
    return value is UNKNOWN


def _with_included(kept: list[dict[str, Any]], included: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add each row of `include` to the turns whose own values it does not change; where there are none, it is one."""
    full, more = [dict(turn) for turn in kept], list[dict[str, Any]]()
    for row in included:
        meets = [at for at, turn in enumerate(kept) if all(_is_same(row[key], turn[key]) for key in row if key in turn)]
        for at in meets:
            full[at] |= row
        if not meets:
            more.append(dict(row))
    return full + more


def _is_part(row: Any, turn: Any) -> bool:
    if isinstance(row, dict) and isinstance(turn, dict):
        return all(key in turn and _is_part(value, turn[key]) for key, value in row.items())
    return _is_same(row, turn)


def _is_same(value: Any, other: Any) -> bool:
    """Whether two values are the same: to Python, true is the number 1."""
    return type(value) is type(other) and bool(value == other)


def is_secret(name: str, text: str) -> bool:
    """Whether a value is a secret by its own look or by its name."""
    pair = f"{name}={text[:_GROWTH]}"
    return masked(pair) != pair


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Give the values that a value holds, each with its path and as text; none of those that lie deep in it."""
    if name.count(".") > _DEEPEST_LEAF:
        return
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, f"{name}.{key}")
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from leaves(child, f"{name}.{at}")
    elif value is not UNKNOWN:
        yield name, shown(value)


def _value(source: str, names: Names) -> Any:
    if len(source) > LONGEST or not _may_take(names, 10 + len(source)):
        return UNKNOWN
    try:
        return _Reader(source, names).whole()
    except _Unreadable:
        return UNKNOWN


def _may_take(names: Names, amount: int) -> bool:
    try:
        _work_of(names).take(amount)
    except _Unreadable:
        return False
    return True


def _work_of(names: Names) -> Work:
    return names.get(WORK) or Work()


@frozen
class _Token:
    kind: str
    text: str


_END = _Token("end", "")


class _Reader:
    """Evaluates while it reads: nothing that an expression calls has an effect."""

    def __init__(self, source: str, names: Names) -> None:
        self._names = names
        self._work = _work_of(names)
        self._tokens = list(_tokens(source))
        self._work.take(2 * len(self._tokens))
        self._at = 0
        self._depth = 0

    def whole(self) -> Any:
        value = self._either()
        if self._next is not _END:
            raise _Unreadable
        return value

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _take(self, *signs: str) -> str:
        """Take the next token where it is one of the signs."""
        token = self._next
        if token.kind != "sign" or token.text not in signs:
            return ""
        self._at += 1
        return token.text

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise _Unreadable

    def _either(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unreadable
        value = self._both()
        while self._take("||"):
            other = self._both()
            if value is not UNKNOWN and not _is_true(value):
                value = other
        self._depth -= 1
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            if value is not UNKNOWN and _is_true(value):
                value = other
        return value

    def _compared(self) -> Any:
        return self._chain(_EQUALITIES, lambda: self._chain(_ORDERS, self._single))

    def _chain(self, comparisons: _Comparisons, operand: Callable[[], Any]) -> Any:
        """Read operands between these signs; the first two are compared first."""
        value = operand()
        while sign := self._take(*comparisons):
            other = operand()
            self._work.take(_size(value) + _size(other))
            value = UNKNOWN if UNKNOWN in (value, other) else comparisons[sign](value, other)
        return value

    def _single(self) -> Any:
        negations = 0
        while self._take("!"):
            negations += 1
        value = self._primary()
        if not negations or value is UNKNOWN:
            return value
        return _is_true(value) == (negations % 2 == 0)

    def _primary(self) -> Any:
        token = self._next
        self._at += 1
        if token.kind == "text":
            return token.text[1:-1].replace("''", "'")
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "name":
            return self._named(token.text)
        if token.text != "(":
            raise _Unreadable
        value = self._either()
        self._expect(")")
        return self._part(value)

    def _named(self, name: str) -> Any:
        if self._take("("):
            return self._part(self._called(name.lower()))
        if name in _LITERALS:
            return _LITERALS[name]
        return self._part(self._names.get(name.lower(), UNKNOWN))

    def _called(self, name: str) -> Any:
        arguments = list[Any]()
        while not self._take(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._either())
        function = _FUNCTIONS.get(name)
        if function is None or any(argument is UNKNOWN for argument in arguments):
            return UNKNOWN
        # As often as a list has values, it is compared with the other argument, or that one is put between them.
        times = 1 + max((len(argument) for argument in arguments if isinstance(argument, list)), default=0)
        self._work.take(times * sum(map(_size, arguments)))
        try:
            return function(*arguments)
        except (TypeError, ValueError, IndexError, RecursionError):
            return UNKNOWN

    def _part(self, value: Any) -> Any:
        """Take what follows a value: `.name`, `['name']` or `[0]`; what a value does not hold is null."""
        while sign := self._take(".", "["):
            key: Any = self._next.text
            if sign == ".":
                is_filter = self._next.text == "*"
                if self._next.kind != "name" and not is_filter:
                    raise _Unreadable
                self._at += 1
                value = UNKNOWN if is_filter else value
            else:
                key = self._either()
                self._expect("]")
            value = UNKNOWN if UNKNOWN in (value, key) else _held(value, key)
            # What looks like a secret goes into no path, name or message.
            value = UNKNOWN if isinstance(value, str) and is_secret(shown(key), value) else value
        return value


def _tokens(source: str) -> Iterator[_Token]:
    at, end = 0, len(source.rstrip())
    while at < end:
        match = _TOKEN.match(source, at, end)
        if match is None or match.lastgroup is None:
            raise _Unreadable
        yield _Token(match.lastgroup, match[match.lastgroup])
        at = match.end()


def _size(value: Any) -> int:
    """Give what it costs to compare a value, to take it apart or to print it."""
    if isinstance(value, list):
        return 1 + sum(len(child) // 2 if isinstance(child, str) else 1 for child in value)
    return 1 + len(value) // 2 if isinstance(value, str) else 1


def _held(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        return value.get(shown(key) if isinstance(value, Open) else shown(key).lower())
    place = _number(key) if isinstance(value, list) else math.nan
    return value[int(place)] if 0 <= place < len(value) else None


def _is_true(value: Any) -> bool:
    """Whether a value counts as true: all but false, 0, "", null and NaN."""
    return isinstance(value, dict | list) or (value == value and value not in (None, False, 0, ""))


def shown(value: Any) -> str:
    """Give a value as GitHub prints it."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, float):
        value += 0.0  # there is no -0
        return f"{value:.15g}".replace("inf", "Infinity").replace("nan", "NaN")
    return value if isinstance(value, str) else "Object" if isinstance(value, dict) else "Array"


_BASES = {"0x": 16, "0o": 8}
_COUNTED = expression(
    r"(?:0x[0-9a-fA-F]{1,250}|0o[0-7]{1,300}|[-+]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?))?"
)


def _number(value: Any) -> float:
    """Give the number that a value counts as where it is compared with one of another type."""
    if value is None or isinstance(value, bool | float):
        return float(value or 0)
    if not isinstance(value, str):
        return math.nan
    text = value.strip()
    if _COUNTED.fullmatch(text) is None:
        return math.nan
    return float(int(text, _BASES[text[:2]])) if text[:2] in _BASES else float(text or 0)


def _equal(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return _number(left) == _number(right)
    if isinstance(left, dict | list):
        return left is right
    return bool(left.lower() == right.lower() if isinstance(left, str) else left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def of(left: Any, right: Any) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left.lower(), right.lower())
        return compare(_number(left), _number(right))

    return of


_Comparisons = dict[str, Callable[[Any, Any], bool]]
_EQUALITIES: _Comparisons = {"==": _equal, "!=": lambda left, right: not _equal(left, right)}
_ORDERS: _Comparisons = {
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
}


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(_equal(value, what) for value in where)
    return _are_single(where, what) and shown(what).lower() in shown(where).lower()


def _starts(text: Any, start: Any) -> bool:
    return _are_single(text, start) and shown(text).lower().startswith(shown(start).lower())


def _ends(text: Any, end: Any) -> bool:
    return _are_single(text, end) and shown(text).lower().endswith(shown(end).lower())


def _are_single(*values: Any) -> bool:
    return not any(isinstance(value, dict | list) for value in values)


_PLACE = expression(r"\{\{|\}\}|\{(\d{1,3})\}|[{}]")


def _formatted(pattern: Any, *values: Any) -> str:
    left = _RESULT

    def given(match: Any) -> str:
        nonlocal left
        if match[0] in ("{", "}"):
            raise ValueError  # GitHub refuses it
        result = shown(values[int(match[1])]) if match[1] else match[0][0]
        left -= len(result)
        if left < 0:
            raise ValueError
        return result

    return _PLACE.sub(given, shown(pattern))


def _joined(values: Any, between: Any = ",") -> str:
    if isinstance(values, list):
        texts, separator = list(map(shown, values)), shown(between)
        if len(separator) * len(texts) + sum(map(len, texts)) > _RESULT:
            raise ValueError
        return separator.join(texts)
    return shown(values) if _are_single(values) else ""


def _from_json(text: Any) -> Any:
    def lowered(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        return {key.lower(): value for key, value in pairs}

    def refuse(word: str) -> None:
        raise ValueError(word)

    return json.loads(shown(text), object_pairs_hook=lowered, parse_int=float, parse_constant=refuse)


def _chosen(*arguments: Any) -> Any:
    """Give the value behind the first condition that holds, else the last one."""
    *pairs, otherwise = arguments
    if len(pairs) < 2 or len(pairs) % 2 or not all(isinstance(condition, bool) for condition in pairs[::2]):
        raise ValueError  # GitHub refuses it
    return next((value for condition, value in zip(pairs[::2], pairs[1::2], strict=True) if condition), otherwise)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": _contains,
    "startswith": _starts,
    "endswith": _ends,
    "format": _formatted,
    "join": _joined,
    "fromjson": _from_json,
    "case": _chosen,
}
