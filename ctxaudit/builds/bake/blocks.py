"""From blocks to targets: names, matrices, several blocks of one name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod

from ctxaudit.builds.bake.source import Attribute, Block, Scope
from ctxaudit.builds.bake.targets import Setting, Target, Targets
from ctxaudit.builds.bake.values import Unevaluated, Value, mapping, sequence, text
from ctxaudit.builds.bake.world import World, converted
from ctxaudit.errors import CtxauditError, by_names
from ctxaudit.model import Location

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_REFERENCE = re.compile(r"\$\{([\w-]+)")
_SINGLE = ("context", "dockerfile", "dockerfile-inline", "target", "platforms")
_MAPS = ("args", "contexts")
_LARGEST_MATRIX = 4096


def read(world: World) -> Targets:
    """Work out all targets and groups; raises CtxauditError where bake refuses what is declared."""
    targets: dict[str, Target] = {}
    groups = {block.label: _group(block, world) for block in world.all("group")}
    named: list[tuple[str, Block, Scope]] = []
    for label, blocks in _by_label(world).items():
        made: list[str] = []
        for block in blocks:
            try:
                turns = list(_turns(block, world))
            except Unevaluated as error:
                targets[label] = Target(label, block.at, doubt=_doubt(error, block.at))
                continue
            made += [name for name, _ in turns]
            named += [(name, block, scope) for name, scope in turns]
        if set(made) != {label} and label not in targets:
            groups.setdefault(label, Setting(list(dict.fromkeys(made)), blocks[0].at))
    for name, block, scope in named:
        world.blocks.setdefault(("target", name), []).append((block, scope))
    for name, block, scope in named:
        _add(targets.setdefault(name, Target(name, block.at)), block, scope, world)
    return Targets(targets, groups)


def _by_label(world: World) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for block in world.all("target"):
        _check_name(block.label, block.at)
        found.setdefault(block.label, []).append(block)
    return found


def _check_name(name: str, at: Location) -> None:
    if not _NAME.fullmatch(name):
        raise CtxauditError(f'invalid name {by_names(name)!r}: only "{_NAME.pattern}" are allowed', where=str(at))


def _group(block: Block, world: World) -> Setting:
    for name in ("matrix", "name"):
        if name in block.attributes:
            raise CtxauditError(f"{name} is not supported for groups", where=str(block.attributes[name].at))
    _check_name(block.label, block.at)
    if "targets" not in block.attributes:
        raise CtxauditError(f"the group {block.label} has no targets", where=str(block.at))
    return _set(block.attributes["targets"], world)


def _set(attribute: Attribute, scope: Scope) -> Setting:
    try:
        value = converted(attribute.expression, attribute.name, scope)
        return Setting(value, Location(attribute.at.file, attribute.expression.text_line))
    except Unevaluated as error:
        return _doubt(error, attribute.at)


def _doubt(error: Unevaluated, at: Location) -> Setting:
    return Setting(error, Location(at.file, error.line or at.line))


def _turns(block: Block, world: World) -> Iterator[tuple[str, Scope]]:
    """The names that a block makes targets of, and what the names of its matrix mean in each."""
    matrix, name = block.attributes.get("matrix"), block.attributes.get("name")
    if matrix is None:
        if name is not None:
            raise CtxauditError("name requires matrix", where=str(name.at))
        yield block.label, world
        return
    seen: set[str] = set()
    for values in _combinations(matrix, world):
        scope = world.extended(values)
        made = _shown(text(name.expression.value(scope)), world) if name else block.label
        _check_name(made, name.at if name else block.at)
        if made in seen:
            raise CtxauditError(f'duplicate name "{by_names(made)}"', where=str(name.at if name else block.at))
        seen.add(made)
        yield made, scope


def _shown(name: str, world: World) -> str:
    """Give the name that bake is asked for: a report shows it as it is, unless a value of no file is part of it."""
    return name if any(map(world.is_given, _REFERENCE.findall(by_names(name)))) else str(name)


def _combinations(matrix: Attribute, world: World) -> Iterator[dict[str, Value]]:
    axes = {key: sequence(values) for key, values in mapping(matrix.expression.value(world)).items()}
    if prod(map(len, axes.values())) > _LARGEST_MATRIX:
        raise CtxauditError(f"a matrix of more than {_LARGEST_MATRIX} targets", where=str(matrix.at))
    return (dict(zip(axes, values, strict=True)) for values in product(*axes.values()))


def _add(target: Target, block: Block, scope: Scope, world: World) -> None:
    """Let one more block of the same name speak; null says nothing."""
    target.last = block.at
    for name in _SINGLE:
        if name in block.attributes and (setting := _set(block.attributes[name], scope)).value is not None:
            target.settings[name, ""] = replace(setting, at=_origin(block.attributes[name], world) or setting.at)
    for name in _MAPS:
        if name in block.attributes:
            target.settings.update(_entries(block.attributes[name], scope))
    if "inherits" in block.attributes:
        setting = _set(block.attributes["inherits"], scope)
        if isinstance(setting.value, Unevaluated):
            target.doubt = setting
        else:
            target.inherits += setting.value or []


def _origin(attribute: Attribute, world: World) -> Location | None:
    """Where the context of another target is written, if the attribute is nothing but that."""
    kind, name, of = attribute.expression.reference() or ("", "", "")
    blocks = (
        world.blocks.get(("target", name), []) if (attribute.name, kind, of) == ("context", "target", "context") else []
    )
    return next((block.attributes[of].at if of in block.attributes else block.at for block, _ in blocks), None)


def _entries(attribute: Attribute, scope: Scope) -> Iterator[tuple[tuple[str, str], Setting]]:
    """The entries of a map one by one, where it is written out, so that one that is not known leaves the others."""
    try:
        written = attribute.expression.entries(scope)
    except Unevaluated as error:
        written = None
        yield (attribute.name, ""), _doubt(error, attribute.at)
        return
    if written is None:
        whole = _set(attribute, scope)
        if isinstance(whole.value, Unevaluated):
            yield (attribute.name, ""), whole
            return
        pairs = [(key, Setting(value, attribute.at)) for key, value in (whole.value or {}).items()]
    else:
        pairs = [
            (key, _set(Attribute("context", one, Location(attribute.at.file, one.line)), scope)) for key, one in written
        ]
    yield from (((attribute.name, key), one) for key, one in pairs if one.value is not None)
