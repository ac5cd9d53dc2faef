"""What a bake file holds, whichever way it is written: blocks, attributes, expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ctxaudit.builds.bake.values import Value
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
