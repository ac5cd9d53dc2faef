"""Templates: text with `${expressions}` and `%{directives}` in it, as parts in a row, and their rendering."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeAlias

from ctxaudit.builds.bake.source import Expression, Scope
from ctxaudit.builds.bake.values import Unevaluated, Value, boolean, bounded, mapping, normalized, sequence, text
from ctxaudit.values import frozen

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
        pairs = ((Fraction(index), one) for index, one in enumerate(sequence(collection)))
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
    while found := _OPENING.search(written, at):
        literal += written[at : found.start()]
        if len(found[0]) == 3:
            literal, at = literal + found[0][1:], found.end()
            continue
        end = _closing(written, found.end())
        parts += [normalized(literal)] if literal else []
        literal, at = "", end + 1
        inside, place = written[found.end() : end], line + written.count("\n", 0, found.start())
        parts.append(parse(inside, place) if found[0] == "${" else _read(inside, place, parse))
    literal += written[at:]
    return [*parts, normalized(literal)] if literal else parts


def _closing(written: str, at: int) -> int:
    """Find the brace that closes an expression, strings and templates in it passed over."""
    stack = ["}"]
    while stack:
        found = (_IN_STRING if stack[-1] == '"' else _INSIDE).search(written, at)
        if found is None or len(stack) > _DEEPEST:
            raise Unevaluated("a template without its end")
        at = found.end()
        if found[0] == stack[-1]:
            stack.pop()
        elif found[0] in _NESTED:
            stack.append(_NESTED[found[0]])
    return at - 1


def _read(inside: str, line: int, parse: Parse) -> Part:
    inside = inside.strip()
    found = _WORD.fullmatch(inside)
    if found is None:
        raise Unevaluated("a template directive that is not valid", line)
    word, rest = found.groups()
    if word == "if":
        return If(parse(rest, line))
    if word == "for" and (loop := _FOR.fullmatch(inside)):
        return For(tuple(filter(None, loop.groups()[:2])), parse(loop[3], line))
    return Else() if word == "else" else End()
