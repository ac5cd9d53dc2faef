"""`docker-bake.json`: the same language, with its blocks as objects and a template in every string."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeAlias

from ctxaudit.builds.bake import template
from ctxaudit.builds.bake.hcl import expression
from ctxaudit.builds.bake.source import BLOCKS, Attribute, BakeFile, Block, Expression, Scope
from ctxaudit.builds.bake.values import Unevaluated, Value, parse_number, text, unescaped
from ctxaudit.errors import CtxauditError
from ctxaudit.model import Location
from ctxaudit.values import frozen

_TOKEN = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_COMMENT = "//"


@frozen
class Json:
    """A value and its line. what: a leaf as JSON writes it, a list, or the members of an object in their order."""

    line: int
    what: Leaf | list[Json] | tuple[tuple[str, Json], ...]

    @property
    def text_line(self) -> int:
        return self.line

    def value(self, scope: Scope) -> Value:
        scope.step()
        if isinstance(self.what, tuple):
            return {key: one.value(scope) for key, one in self.entries(scope) or ()}
        if isinstance(self.what, list):
            return [one.value(scope) for one in self.what]
        if self.what.startswith('"'):
            return template.render(template.split(self._string(), self.line, expression), scope)
        return _WORDS[self.what] if self.what in _WORDS else parse_number(self.what)

    def words(self) -> list[str]:
        several = self.what if isinstance(self.what, list) else [self]
        found = [one._string() for one in several]
        if wrong := [one for one in found if not _WORD.fullmatch(one)]:
            raise Unevaluated(f"{wrong[0][:40]!r} where a name belongs", self.line)
        return found

    def call(self) -> tuple[str, list[Expression]] | None:
        return None if _WORD.fullmatch(self._string()) else expression(self._string(), self.line).call()

    def reference(self) -> tuple[str, str, str] | None:
        return None

    def entries(self, scope: Scope) -> list[tuple[str, Expression]] | None:
        if not isinstance(self.what, tuple):
            return None
        return [
            (text(template.render(template.split(key, one.line, expression), scope)), one) for key, one in self.what
        ]

    def elements(self) -> list[Expression] | None:
        return list(self.what) if isinstance(self.what, list) else None

    def _string(self) -> str:
        if not isinstance(self.what, str) or not self.what.startswith('"'):
            raise Unevaluated("no string where one belongs", self.line)
        return unescaped(json.loads(self.what))

    def members(self) -> Iterator[tuple[str, Json]]:
        """The members of the object, or of each of a list of objects."""
        for one in self.what if isinstance(self.what, list) else [self]:
            yield from ((key, member) for key, member in (one.what if isinstance(one.what, tuple) else ()))


Leaf: TypeAlias = str
_WORDS: dict[str, Value] = {"null": None, "true": True, "false": False}


def read(written: str, name: str) -> BakeFile:
    """Read a file of JSON; raises CtxauditError for anything else."""
    try:
        json.loads(written)
        members = list(_positioned(written).members())
    except json.JSONDecodeError as error:
        source = written.split("\n")[error.lineno - 1]
        what = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise CtxauditError(what, where=f"{name}:{error.lineno}", source=source, column=error.colno - 1) from error
    except (RecursionError, ValueError) as error:
        raise CtxauditError("not read: it is nested too deep, or a number is too long", where=name) from error
    return BakeFile(
        name,
        tuple(block for key, one in members if key in BLOCKS for block in _blocks(key, one, name)),
        {key: Attribute(key, one, Location(name, one.line)) for key, one in members if key not in (*BLOCKS, _COMMENT)},
    )


def _blocks(kind: str, labelled: Json, name: str) -> Iterator[Block]:
    for label, body in labelled.members():
        for one in body.what if isinstance(body.what, list) else [body]:
            at = Location(name, one.line)
            attributes = {
                key: Attribute(key, member, Location(name, member.line))
                for key, member in one.members()
                if key != _COMMENT
            }
            yield Block(kind, label, attributes, at)


def _positioned(written: str) -> Json:
    """Read what is known to be JSON once more, for the lines."""
    tokens = _tokens(written)
    return _value(*next(tokens), tokens)


def _tokens(written: str) -> Iterator[tuple[str, int]]:
    line, at = 1, 0
    for found in _TOKEN.finditer(written):
        line += written.count("\n", at, found.start())
        at = found.start()
        if found[0] not in ",:":
            yield found[0], line


def _value(token: str, line: int, tokens: Iterator[tuple[str, int]]) -> Json:
    if token == "[":
        return Json(line, [_value(*one, tokens) for one in _until("]", tokens)])
    if token == "{":
        keys = _until("}", tokens)
        return Json(line, tuple((unescaped(json.loads(key)), _value(*next(tokens), tokens)) for key, _ in keys))
    return Json(line, token)


def _until(end: str, tokens: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for token, line in tokens:
        if token == end:
            return
        yield token, line
