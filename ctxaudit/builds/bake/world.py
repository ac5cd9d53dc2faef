"""What the names in bake files mean: variables, functions, and the attributes of other blocks."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ctxaudit.builds.bake import functions, source
from ctxaudit.builds.bake.source import Attribute, BakeFile, Block, Expression, Scope
from ctxaudit.builds.bake.values import Convert, Undeclared, Unevaluated, Value, named, optional_texts, text, texts
from ctxaudit.values import frozen

_STEPS = 200_000  # of one set of files; a thousand targets of a hundred lines each stay below it
_SIZE = 1 << 26  # characters
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
_BUILT_IN: dict[str, str] = {
    "BAKE_CMD_CONTEXT": "cwd://",
    "BAKE_LOCAL_PLATFORM": f"{sys.platform}/{_MACHINES.get(platform.machine(), platform.machine())}",
}
# What a block's attributes become. Those that decide nothing about a context are here for who refers to them.
KINDS: dict[str, Convert] = {
    "args": optional_texts,
    "context": text,
    "contexts": optional_texts,
    "dockerfile": text,
    "dockerfile-inline": text,
    "inherits": texts,
    "labels": optional_texts,
    "platforms": texts,
    "tags": texts,
    "target": text,
    "targets": texts,
}


@dataclass(slots=True)
class World:
    """All that the files declare and the environment overrides.

    A name is looked up when it is asked for: a mistake in what no build asks for stops bake, and is not seen here.
    A `validation` of a variable is not asked: it decides whether bake goes on, not what is built.
    """

    files: Sequence[BakeFile]
    environment: Mapping[str, str]
    blocks: dict[tuple[str, str], list[tuple[Block, Scope]]] = field(default_factory=dict)
    _variables: dict[str, Block] = field(init=False)
    _functions: dict[str, Block] = field(init=False)
    _attributes: dict[str, Attribute] = field(init=False)
    _known: dict[str, Value] = field(init=False)
    _asked: set[object] = field(default_factory=set)
    _steps: int = 0
    _size: int = 0

    def __post_init__(self) -> None:
        self._variables = {block.label: block for block in self.all("variable")}
        self._functions = {block.label: block for block in self.all("function")}
        self._attributes = {name: attribute for file in self.files for name, attribute in file.attributes.items()}
        self._known = dict(_BUILT_IN)

    def all(self, type_: str) -> Iterator[Block]:
        """The blocks of a type, in the order of the files."""
        return (block for file in self.files for block in file.blocks if block.type == type_)

    def step(self, size: int = 0) -> None:
        self._steps += 1
        self._size += size
        if self._steps > _STEPS:
            raise Unevaluated(f"more than {_STEPS} steps of evaluation")
        if self._size > _SIZE:
            raise Unevaluated(f"texts of more than {_SIZE} characters in all")

    def extended(self, names: Mapping[str, Value]) -> Scope:
        return Names(self, names)

    def name(self, name: str) -> Value:
        if name not in self._known:
            with self._once(name, f"the variable {name} depends on itself"):
                self._known[name] = self._variable(name)
        return self._known[name]

    def call(self, name: str, arguments: list[Value]) -> Value:
        own = self._functions.get(name)
        if own is None or name in functions.NAMES:
            made = functions.call(name, arguments)
            self.step(len(made) if isinstance(made, str | list | dict) else 0)
            return made
        with self._once((name, len(self._asked)), ""):
            return self._result(own, arguments)

    def member(self, block: str, label: str, attribute: str) -> Value:
        several = self.blocks.get((block, label), [])
        if len(several) != 1:
            raise Unevaluated(f"{block}.{label}, which is declared {len(several)} times")
        ((only, scope),) = several
        if attribute == "name":
            return label
        if attribute not in KINDS:
            raise Unevaluated(f"{block}.{label}.{attribute}")
        if attribute not in only.attributes:
            return None
        with self._once((block, label, attribute), f"{block}.{label}.{attribute} depends on itself"):
            return converted(only.attributes[attribute].expression, attribute, scope)

    @contextmanager
    def _once(self, what: object, twice: str) -> Iterator[None]:
        if what in self._asked:
            raise Unevaluated(twice)
        self._asked.add(what)
        try:
            yield
        finally:
            self._asked.discard(what)

    def _variable(self, name: str) -> Value:
        attribute, block = self._attributes.get(name), self._variables.get(name)
        if attribute is None and block is None:
            raise Undeclared(f"no file declares {name}")
        default = attribute or (block.attributes.get("default") if block else None)
        written = block.attributes.get("type") if block and not attribute else None
        type_ = source.declared(written.expression) if written else None
        value = default.expression.value(self) if default else None if type_ else ""
        value = type_.convert(value) if type_ else value
        return self._overridden(name, value, type_) if block else value

    def is_given(self, name: str) -> bool:
        """Whether a variable has its value from outside of the files."""
        return name in self.environment or f"{name}_JSON" in self.environment

    def _overridden(self, name: str, value: Value, type_: source.Type | None) -> Value:
        """What the environment says instead; as JSON under a name of its own, first where the type is declared."""
        as_json, names = f"{name}_JSON", f"${{{name}}}"
        if as_json in self.environment and as_json not in self._variables and as_json not in _BUILT_IN:
            if type_:
                return named(type_.read_json(self.environment[as_json]), names)
            if name not in self.environment:
                return named(source.inferred(value).read(self.environment[as_json]), names)
        if name not in self.environment:
            return named(value, names)
        return named((type_ or source.inferred(value)).read(self.environment[name]), names)

    def _result(self, own: Block, arguments: list[Value]) -> Value:
        if missing := [name for name in ("params", "result") if name not in own.attributes]:
            raise Unevaluated(f"the function {own.label} without {missing[0]}", own.at.line)
        names = own.attributes["params"].expression.words()
        variadic = own.attributes["variadic_params"].expression.words() if "variadic_params" in own.attributes else []
        if len(arguments) < len(names) or (len(arguments) > len(names) and not variadic):
            raise Unevaluated(f"{own.label} with {len(arguments)} arguments")
        given = dict(zip(names, arguments, strict=False)) | {
            parameter: arguments[len(names) :] for parameter in variadic
        }
        return own.attributes["result"].expression.value(self.extended(given))


@frozen
class Names:
    """A scope with names of its own in front of another."""

    outer: Scope
    own: Mapping[str, Value]

    def name(self, name: str) -> Value:
        return self.own[name] if name in self.own else self.outer.name(name)

    def call(self, name: str, arguments: list[Value]) -> Value:
        return self.outer.call(name, arguments)

    def member(self, block: str, label: str, attribute: str) -> Value:
        return self.outer.member(block, label, attribute)

    def extended(self, names: Mapping[str, Value]) -> Scope:
        return Names(self, names)

    def step(self, size: int = 0) -> None:
        self.outer.step(size)


def converted(expression: Expression, attribute: str, scope: Scope) -> Value:
    """Evaluate an attribute of a block; raises Unevaluated, also for what is nested too deep."""
    try:
        value = expression.value(scope)
    except RecursionError as error:
        raise Unevaluated("an expression that is nested too deep", expression.line) from error
    return None if value is None else KINDS[attribute](value)
