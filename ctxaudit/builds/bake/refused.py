"""What buildx refuses in any of its files, whichever targets are asked for.

Source: docker/buildx 461836b, bake/bake.go (Target, Group) and bake/hclparser; hashicorp/hcl, hclsyntax.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from ctxaudit.builds.bake.source import Attribute, BakeFile, Block, Expression, Scope
from ctxaudit.builds.bake.targets import Targets
from ctxaudit.builds.bake.values import Undeclared, Unevaluated
from ctxaudit.builds.bake.world import World
from ctxaudit.errors import CtxauditError
from ctxaudit.model import Location

_ATTRIBUTES: dict[str, frozenset[str]] = {
    "target": frozenset(
        (
            *("annotations", "args", "attest", "cache-from", "cache-to", "call", "context", "contexts", "description"),
            *("dockerfile", "dockerfile-inline", "entitlements", "extra-hosts", "inherits", "labels", "matrix", "name"),
            *("network", "no-cache", "no-cache-filter", "output", "platforms", "policy", "pull", "resources", "secret"),
            *("shm-size", "ssh", "tags", "target", "ulimits"),
        )
    ),
    "group": frozenset(("description", "matrix", "name", "targets")),
}


def attributes(files: Sequence[BakeFile]) -> None:
    """Raise CtxauditError for an attribute that a target or a group does not have."""
    for block in (block for file in files for block in file.blocks if block.type in _ATTRIBUTES):
        known = _ATTRIBUTES[block.type]
        for name, attribute in block.attributes.items():
            if name not in known:
                close = get_close_matches(name, known, 1)
                fix = f'did you mean "{close[0]}"?' if close else f"delete it; a {block.type} has: {_listed(known)}"
                raise CtxauditError(
                    f'an argument named "{name}" is not expected here', where=str(attribute.at), fix=fix
                )


def _listed(known: frozenset[str]) -> str:
    return ", ".join(sorted(known))


def variables(world: World, targets: Targets) -> None:
    """Raise CtxauditError where an expression names a variable that no file declares, needed or not."""
    for target in targets.targets.values():
        if target.doubt and isinstance(target.doubt.value, Undeclared):
            raise _undeclared(target.doubt.value, target.doubt.at)
    for attribute, scope in _expressions(world):
        for one in _parts(attribute.expression, scope):
            try:
                one.value(scope)
            except Undeclared as error:
                raise _undeclared(error, Location(attribute.at.file, error.line or one.line)) from error
            except (Unevaluated, RecursionError):
                continue


def _undeclared(error: Undeclared, at: Location) -> CtxauditError:
    fix = f'declare it: variable "{error.name}" {{}}'
    return CtxauditError(f'there is no variable named "{error.name}"', where=str(at), fix=fix)


def _parts(expression: Expression, scope: Scope) -> Iterator[Expression]:
    """Give what a map or a list holds one by one, so that what is not evaluated here hides nothing behind it."""
    try:
        entries = expression.entries(scope)
    except Unevaluated:
        entries = None
    inner = [value for _, value in entries] if entries is not None else expression.elements()
    if inner is None:
        yield expression
    for one in inner or ():
        yield from _parts(one, scope)


def _expressions(world: World) -> Iterator[tuple[Attribute, Scope]]:
    """Give what bake evaluates, each with what its names mean: targets once for each turn of their matrix."""
    for file in world.files:
        yield from ((one, world) for one in file.attributes.values())
    for block in world.all("variable"):
        yield from ((one, world) for name, one in block.attributes.items() if name == "default")
    for block in world.all("group"):
        yield from ((one, world) for one in block.attributes.values())
    for block in world.all("target"):
        yield from ((one, world) for name, one in block.attributes.items() if name == "matrix")
    for several in world.blocks.values():
        for block, scope in several:
            yield from ((one, scope) for one in _evaluated(block))


def _evaluated(block: Block) -> Iterator[Attribute]:
    return (one for name, one in block.attributes.items() if name != "matrix")
