"""`docker-bake.hcl`, parsed by python-hcl2 and evaluated here: python-hcl2 itself evaluates nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from ctxaudit.builds.bake import source
from ctxaudit.builds.bake.source import BLOCKS, Attribute, BakeFile, Block, Expression, Scope, render, split
from ctxaudit.builds.bake.values import (
    BINARY,
    UNARY,
    Refused,
    Unevaluated,
    Value,
    boolean,
    bounded,
    derived,
    element,
    kind,
    normalized,
    parse_number,
    text,
    unescaped,
)
from ctxaudit.errors import CtxauditError, by_names
from ctxaudit.model import Location
from ctxaudit.values import frozen

if TYPE_CHECKING:
    from lark import Token, Tree

    Syntax = Tree[Token]

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_HEREDOC = re.compile(r"<<-?[^\n]*\n((?:.*\n)*?)[^\S\n]*[\w.-]+\r?\n\Z")
_INDENT = re.compile(r"\s*")
_DECIDES = {"||": True, "&&": False}
_LITERALS: dict[str, Value] = {"null": None, "true": True, "false": False}


def read(written: str, name: str) -> BakeFile:
    """Read a file of HCL; raises CtxauditError for what is not HCL."""
    try:
        tree = _parsed(written)
    except Unevaluated as error:
        where = f"{name}:{error.line}" if error.line else name
        fix = "fix it; if buildx accepts it, use --bake-print to let buildx evaluate it"
        raise CtxauditError(f"not HCL: {error.reason}", where=where, fix=fix) from error
    body = _trees(tree)[0]
    blocks = [block for tree in _trees(body) if tree.data == "block" if (block := _block(tree, name))]
    return BakeFile(name, tuple(blocks), _attributes(body, name))


def expression(written: str, line: int) -> Expression:
    """Parse one expression that stands in another file or in a heredoc, at this line of it."""
    try:
        tree = _parsed(f"_ = (\n{written}\n)")
    except Unevaluated as error:
        raise Unevaluated(error.reason, line) from error
    return _Hcl(_trees(_trees(_trees(tree)[0])[0])[-1], line - 2)


def _parsed(written: str) -> Syntax:
    from hcl2 import parses_to_tree
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        return parses_to_tree(written)
    except UnexpectedInput as error:
        raise Unevaluated("it cannot be read from here on", max(error.line, 1)) from error
    except (LarkError, RecursionError) as error:
        raise Unevaluated("it cannot be read") from error


def _trees(tree: Syntax) -> list[Syntax]:
    """The children that are neither punctuation, nor a line end, nor a comment."""
    return [child for child in tree.children if not isinstance(child, str) and child.data != "new_line_or_comment"]


def _word(tree: Syntax) -> str:
    return str(tree.children[0])


def _block(tree: Syntax, name: str) -> Block | None:
    kind_, *labels = [_label(label) for label in _trees(tree)[:-1]]
    at = Location(name, tree.meta.line)
    if kind_ not in BLOCKS:
        return None
    if len(labels) != 1:
        raise CtxauditError(f"a {kind_} has one name, not {len(labels)}", where=str(at))
    body = _trees(tree)[-1]
    if kind_ in ("target", "group"):
        _refuse_blocks(body, name)
    return Block(kind_, labels[0], _attributes(body, name), at)


def _refuse_blocks(body: Syntax, name: str) -> None:
    for inner in (tree for tree in _trees(body) if tree.data == "block"):
        kind_ = _label(_trees(inner)[0])
        what = f"blocks of type {kind_!r} are not expected here"
        raise CtxauditError(what, where=f"{name}:{inner.meta.line}", fix=f"write {kind_} = {{ … }}")


def _label(tree: Syntax) -> str:
    return "".join(str(_word(part)) for part in _trees(tree)) if tree.data == "string" else _word(tree)


def _attributes(body: Syntax, name: str) -> dict[str, Attribute]:
    attributes: dict[str, Attribute] = {}
    for key, value in (_trees(tree) for tree in _trees(body) if tree.data == "attribute"):
        word, at = _word(key), Location(name, key.meta.line or 0)
        if word in attributes:
            what = f'the argument "{word}" was already set at {attributes[word].at}; each argument may be set only once'
            raise CtxauditError(what, where=str(at), fix="delete one of them")
        attributes[word] = Attribute(word, _Hcl(value, 0), at)
    return attributes


@frozen
class _Hcl:
    """An expression. offset: what its own lines lack to be those of its file."""

    tree: Syntax
    offset: int

    @property
    def line(self) -> int:
        return int(self.tree.meta.line) + self.offset

    @property
    def text_line(self) -> int:
        return self.line + self._plain().tree.data.startswith("heredoc")

    def value(self, scope: Scope) -> Value:
        scope.step()
        rule = _RULES.get(self.tree.data)
        if rule is None:
            raise Unevaluated(f"{self.tree.data} is not evaluated here", self.line)
        try:
            return bounded(rule(self, scope))
        except Unevaluated as error:
            raise type(error)(error.reason, error.line or self.line) from error

    def words(self) -> list[str]:
        plain = self._plain()
        return [hcl._name() for hcl in (plain._parts() if plain.tree.data == "tuple" else [plain])]

    def call(self) -> tuple[str, list[Expression]] | None:
        plain = self._plain()
        if plain.tree.data != "function_call":
            return None
        name, *arguments = _trees(plain.tree)
        return _word(name), [plain._of(tree) for given in arguments for tree in _trees(given)]

    def reference(self) -> tuple[str, str, str] | None:
        plain = self._plain()
        if plain.tree.data != "get_attr_expr_term":
            return None
        of, step = plain._parts()
        block = of._reference()
        return (*block, _word(_trees(step.tree)[0])) if block else None

    def entries(self, scope: Scope) -> list[tuple[str, Expression]] | None:
        plain = self._plain()
        if plain.tree.data != "object":
            return None
        pairs = (_trees(tree) for tree in _trees(plain.tree))
        return [(_key(plain._of(key), scope), plain._of(value)) for key, value in pairs]

    def elements(self) -> list[Expression] | None:
        plain = self._plain()
        return list(plain._parts()) if plain.tree.data == "tuple" else None

    def _of(self, tree: Syntax) -> _Hcl:
        return _Hcl(tree, self.offset)

    def _parts(self) -> list[_Hcl]:
        return [self._of(tree) for tree in _trees(self.tree)]

    def _plain(self) -> _Hcl:
        """What stands inside of wrapping and parentheses."""
        tree = self.tree
        while tree.data == "expr_term":
            (tree,) = _trees(tree)
        return replace(self, tree=tree)

    def _reference(self) -> tuple[str, str] | None:
        """The type and the name of a block, where this is `target.NAME`."""
        plain = self._plain()
        if plain.tree.data != "get_attr_expr_term":
            return None
        of, step = plain._parts()
        root = of._plain().tree
        is_block = root.data == "identifier" and _word(root) in ("target", "group")
        return (_word(root), _word(_trees(step.tree)[0])) if is_block else None

    def _name(self) -> str:
        plain = self._plain()
        if plain.tree.data not in ("identifier", "literal_value"):
            raise Unevaluated("no name where one belongs", self.line)
        return _word(plain.tree)


def _key(key: _Hcl, scope: Scope) -> str:
    """The key of an entry: a bare word stands for itself."""
    (inner,) = key.tree.children
    if isinstance(inner, str) or inner.data == "keyword":
        return str(inner) if isinstance(inner, str) else _word(inner)
    bare = _trees(inner)[0] if inner.data == "expr_term" and len(inner.children) == 1 else inner
    return _word(bare) if bare.data == "identifier" else text(key._of(inner).value(scope))


def _wrapped(node: _Hcl, scope: Scope) -> Value:
    return node._plain().value(scope)


def _literal(node: _Hcl, scope: Scope) -> Value:
    return _LITERALS[_word(node.tree)]


def _number(node: _Hcl, scope: Scope) -> Value:
    return parse_number(_word(node.tree))


def _identifier(node: _Hcl, scope: Scope) -> Value:
    return scope.name(_word(node.tree))


def _string(node: _Hcl, scope: Scope) -> Value:
    return source.render([_part(node, tree) for tree in _trees(node.tree)], scope)


def _part(node: _Hcl, tree: Syntax) -> source.Part:
    """One part of a quoted template."""
    (child,) = tree.children
    if isinstance(child, str):
        return normalized(
            _unescaped(str(child).removeprefix("$" if child.startswith("$${") else "%" * child.startswith("%%{")))
        )
    inner = [node._of(tree) for tree in _trees(child)]
    if any(str(token) == "~" for token in child.children if isinstance(token, str)):
        raise Unevaluated("a strip marker (~)")
    match child.data:
        case "interpolation":
            return inner[0]
        case "template_if_start":
            return source.If(inner[0])
        case "template_for_start":
            return source.For(tuple(hcl._name() for hcl in inner[:-1]), inner[-1])
        case "template_else":
            return source.Else()
    return source.End()


def _unescaped(written: str) -> str:
    return _ESCAPE.sub(_escape, written)


def _escape(match: re.Match[str]) -> str:
    if code := match[1] or match[2]:
        if int(code, 16) > 0x10FFFF or 0xD800 <= int(code, 16) < 0xE000:
            raise Unevaluated(f"{match[0]} is not a character")
        return chr(int(code, 16))
    if match[3] not in _ESCAPES:
        raise Unevaluated(f"{match[0]!r} is not an escape sequence")
    return _ESCAPES[match[3]]


def _heredoc(node: _Hcl, scope: Scope) -> Value:
    written = _word(node.tree)
    match = _HEREDOC.fullmatch(written)
    if match is None:
        raise Unevaluated("a heredoc that cannot be read")
    body = match[1]
    if written.startswith("<<-"):
        lines = body.splitlines(keepends=True)
        indents = [len(_INDENT.match(line)[0]) for line in lines if line.strip()]  # type: ignore[index]
        body = "".join(line if not line.strip() else line[min(indents) :] for line in lines)
    return source.render(source.split(body, node.text_line, expression), scope)


def _tuple(node: _Hcl, scope: Scope) -> Value:
    return [hcl.value(scope) for hcl in node._parts()]


def _object(node: _Hcl, scope: Scope) -> Value:
    return {key: member.value(scope) for key, member in node.entries(scope) or ()}


def _conditional(node: _Hcl, scope: Scope) -> Value:
    condition, *branches = node._parts()
    chosen, other = branches if boolean(condition.value(scope)) else reversed(branches)
    value = chosen.value(scope)
    if isinstance(value, bool | Fraction) and kind(other.value(scope)) == "string":
        return text(value)  # both branches are of one kind in the end
    return value


def _binary(node: _Hcl, scope: Scope) -> Value:
    left, term = _trees(node.tree)
    operator, right = _trees(term)
    first = node._of(left).value(scope)
    if _word(operator) in _DECIDES and boolean(first) is _DECIDES[_word(operator)]:
        return boolean(first)
    second = node._of(right).value(scope)
    return derived(BINARY[_word(operator)](first, second), (first, second))


def _unary(node: _Hcl, scope: Scope) -> Value:
    value = node._parts()[0].value(scope)
    return derived(UNARY[_word(node.tree)](value), (value,))


def _call(node: _Hcl, scope: Scope) -> Value:
    name, *given = _trees(node.tree)
    if len(given) > 1 or (given and given[0].data != "arguments"):
        raise Unevaluated("a function of a namespace")
    if _word(name) in _LAZY and given and str(given[0].children[-1]) != "...":
        return _LAZY[_word(name)](node._of(given[0])._parts(), scope)
    arguments = [hcl.value(scope) for part in given for hcl in node._of(part)._parts()]
    if given and str(given[0].children[-1]) == "...":
        if not isinstance(arguments[-1], list):
            raise Unevaluated("no list before ...")
        arguments[-1:] = arguments[-1]
    return scope.call(_word(name), arguments)


def _try(arguments: list[_Hcl], scope: Scope) -> Value:
    """Give the first argument that bake evaluates; one of which that is not known leaves the rest unknown, too."""
    for hcl in arguments:
        with suppress(Refused):
            return hcl.value(scope)
    raise Refused("try without a value")


def _can(arguments: list[_Hcl], scope: Scope) -> Value:
    if len(arguments) != 1:
        raise Refused(f"can with {len(arguments)} arguments")
    try:
        arguments[0].value(scope)
    except Refused:
        return False
    return True


def _convert(arguments: list[_Hcl], scope: Scope) -> Value:
    if len(arguments) != 2:
        raise Refused(f"convert with {len(arguments)} arguments")
    return source.declared(arguments[1]).convert(arguments[0].value(scope))


_LAZY: dict[str, Callable[[list[_Hcl], Scope], Value]] = {"try": _try, "can": _can, "convert": _convert}


def _index(node: _Hcl, scope: Scope) -> Value:
    of, at = _trees(node.tree)
    return element(node._of(of).value(scope), _index_value(node, at, scope))


def _index_value(node: _Hcl, at: Syntax, scope: Scope) -> Value:
    if at.data == "short_index":
        return parse_number(str(at.children[-1]))
    return node._of(_trees(at)[0]).value(scope)


def _get(node: _Hcl, scope: Scope) -> Value:
    of, step = node._parts()
    attribute = _word(_trees(step.tree)[0])
    if reference := of._reference():
        return scope.member(*reference, attribute)
    return element(of.value(scope), attribute)


def _splat(node: _Hcl, scope: Scope) -> Value:
    of, splat = node._parts()
    value = of.value(scope)
    several = [] if value is None else value if isinstance(value, list) else [value]
    for step in _trees(splat.tree):
        steps = _word(_trees(step)[0]) if step.data == "get_attr" else _index_value(node, step, scope)
        several = [element(member, steps) for member in several]
    return several


def _for(node: _Hcl) -> tuple[tuple[str, ...], _Hcl, list[_Hcl], _Hcl | None]:
    """The names, the collection, what each turn gives, and the condition."""
    intro, *rest = node._parts()
    *names, collection = intro._parts()
    condition = rest.pop()._parts()[0] if rest[-1].tree.data == "for_cond" else None
    return tuple(hcl._name() for hcl in names), collection, rest, condition


def _turns(node: _Hcl, scope: Scope) -> Iterator[list[Value]]:
    names, collection, gives, condition = _for(node)
    for turn in source.iterations(names, collection.value(scope)):
        inner = scope.extended(turn)
        if condition is None or boolean(condition.value(inner)):
            yield [hcl.value(inner) for hcl in gives]


def _for_tuple(node: _Hcl, scope: Scope) -> Value:
    return [value for (value,) in _turns(node, scope)]


def _for_object(node: _Hcl, scope: Scope) -> Value:
    entries: dict[str, list[Value]] = {}
    for key, value in _turns(node, scope):
        entries.setdefault(text(key), []).append(value)
    if any(str(child) == "..." for child in node.tree.children if isinstance(child, str)):
        return entries
    if twice := [key for key, values in entries.items() if len(values) > 1]:
        raise Unevaluated(f"the key {by_names(twice[0])!r} twice")
    return {key: values[0] for key, values in entries.items()}


_RULES: dict[str, Callable[[_Hcl, Scope], Value]] = {
    "expr_term": _wrapped,
    "literal_value": _literal,
    "int_lit": _number,
    "float_lit": _number,
    "identifier": _identifier,
    "string": _string,
    "heredoc_template": _heredoc,
    "heredoc_template_trim": _heredoc,
    "tuple": _tuple,
    "object": _object,
    "conditional": _conditional,
    "binary_op": _binary,
    "unary_op": _unary,
    "function_call": _call,
    "index_expr_term": _index,
    "get_attr_expr_term": _get,
    "attr_splat_expr_term": _splat,
    "full_splat_expr_term": _splat,
    "for_tuple_expr": _for_tuple,
    "for_object_expr": _for_object,
}


# `docker-bake.json`: the same language, with its blocks as objects and a template in every string.

_TOKEN = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+')
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_COMMENT = "//"


@frozen
class _Json:
    """A value and its line. what: a leaf as JSON writes it, a list, or the members of an object in their order."""

    line: int
    what: _Leaf | list[_Json] | tuple[tuple[str, _Json], ...]

    @property
    def text_line(self) -> int:
        return self.line

    def value(self, scope: Scope) -> Value:
        scope.step()
        if isinstance(self.what, tuple):
            return {key: member.value(scope) for key, member in self.entries(scope) or ()}
        if isinstance(self.what, list):
            return [member.value(scope) for member in self.what]
        if self.what.startswith('"'):
            return render(split(self._string(), self.line, expression), scope)
        return _WORDS[self.what] if self.what in _WORDS else parse_number(self.what)

    def words(self) -> list[str]:
        several = self.what if isinstance(self.what, list) else [self]
        names = [node._string() for node in several]
        if wrong := [name for name in names if not _WORD.fullmatch(name)]:
            raise Unevaluated(f"{wrong[0][:40]!r} where a name belongs", self.line)
        return names

    def call(self) -> tuple[str, list[Expression]] | None:
        return None if _WORD.fullmatch(self._string()) else expression(self._string(), self.line).call()

    def reference(self) -> tuple[str, str, str] | None:
        return None

    def entries(self, scope: Scope) -> list[tuple[str, Expression]] | None:
        if not isinstance(self.what, tuple):
            return None
        return [(text(render(split(key, member.line, expression), scope)), member) for key, member in self.what]

    def elements(self) -> list[Expression] | None:
        return list(self.what) if isinstance(self.what, list) else None

    def _string(self) -> str:
        if not isinstance(self.what, str) or not self.what.startswith('"'):
            raise Unevaluated("no string where one belongs", self.line)
        return unescaped(json.loads(self.what))

    def members(self) -> Iterator[tuple[str, _Json]]:
        """The members of the object, or of each of a list of objects."""
        for body in self.what if isinstance(self.what, list) else [self]:
            yield from ((key, member) for key, member in (body.what if isinstance(body.what, tuple) else ()))


_Leaf: TypeAlias = str
_WORDS: dict[str, Value] = {"null": None, "true": True, "false": False}


def read_json(written: str, name: str) -> BakeFile:
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
        tuple(block for key, member in members if key in BLOCKS for block in _blocks(key, member, name)),
        {
            key: Attribute(key, member, Location(name, member.line))
            for key, member in members
            if key not in (*BLOCKS, _COMMENT)
        },
    )


def _blocks(kind: str, labelled: _Json, name: str) -> Iterator[Block]:
    for label, body in labelled.members():
        for definition in body.what if isinstance(body.what, list) else [body]:
            at = Location(name, definition.line)
            attributes = {
                key: Attribute(key, member, Location(name, member.line))
                for key, member in definition.members()
                if key != _COMMENT
            }
            yield Block(kind, label, attributes, at)


def _positioned(written: str) -> _Json:
    """Read what is known to be JSON once more, for the lines."""
    tokens = _tokens(written)
    return _value(*next(tokens), tokens)


def _tokens(written: str) -> Iterator[tuple[str, int]]:
    line, at = 1, 0
    for match in _TOKEN.finditer(written):
        line += written.count("\n", at, match.start())
        at = match.start()
        if match[0] not in ",:":
            yield match[0], line


def _value(token: str, line: int, tokens: Iterator[tuple[str, int]]) -> _Json:
    if token == "[":
        return _Json(line, [_value(*pair, tokens) for pair in _until("]", tokens)])
    if token == "{":
        keys = _until("}", tokens)
        return _Json(line, tuple((unescaped(json.loads(key)), _value(*next(tokens), tokens)) for key, _ in keys))
    return _Json(line, token)


def _until(end: str, tokens: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for token, line in tokens:
        if token == end:
            return
        yield token, line
