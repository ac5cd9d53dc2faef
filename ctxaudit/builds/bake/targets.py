"""Targets among each other: groups, what is inherited, what is linked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fractions import Fraction
from itertools import chain, product
from math import prod
from typing import TypeAlias

from ctxaudit.builds.bake.source import Attribute, BakeFile, Block, Expression, Scope
from ctxaudit.builds.bake.values import Undeclared, Unevaluated, Value, boolean, mapping, sequence, text
from ctxaudit.builds.bake.world import World, converted
from ctxaudit.errors import CtxauditError, Interpolated, by_names
from ctxaudit.ignore import BadPattern, compiled_glob
from ctxaudit.model import Location
from ctxaudit.values import frozen

LINK = "target:"
# Without these nothing can be said of a build; without an argument, a named context or a platform, most of it can.
DECISIVE = ("context", "dockerfile", "dockerfile-inline", "target")

# An attribute, and the key in it for a map.
Place: TypeAlias = "tuple[str, str]"
_APPENDED: Place = ("platforms", "+")  # what the command line adds to those of the file


@frozen
class Setting:
    """What an attribute is set to, an Unevaluated where that is not known, and where."""

    value: Value | Unevaluated
    at: Location


Settings: TypeAlias = Mapping[Place, Setting]


@dataclass(slots=True)
class Target:
    """A target by itself, before it inherits: its blocks merged in their order.

    at: of its first block. last: of its last one. doubt: why nothing of it is known.
    """

    name: str
    at: Location
    last: Location | None = None
    settings: dict[Place, Setting] = field(default_factory=dict)
    inherits: list[str] = field(default_factory=list)
    doubt: Setting | None = None


@frozen
class Targets:
    """All targets by name, in their order, and the groups: names of targets and groups.

    overrides: by target, what the command line says instead.
    """

    targets: Mapping[str, Target]
    groups: Mapping[str, Setting]
    overrides: Mapping[str, Mapping[Place, Setting]] = field(default_factory=dict)

    def every(self) -> list[str]:
        """The names of all groups and of the target `default`; without these, of all targets."""
        return [*self.groups, *({"default"} & set(self.targets))] or list(self.targets)

    def expanded(self, pattern: str) -> list[str]:
        """The names of targets, not of groups, that a pattern means; raises CtxauditError where it means none."""
        if pattern in self.targets:
            return [pattern]
        try:
            matches = compiled_glob(pattern)
        except BadPattern as error:
            raise CtxauditError(f"could not match targets with '{pattern}'") from error
        names = [name for name in self.targets if matches(name)]
        if not names:
            raise CtxauditError(f"could not find any target matching '{pattern}'")
        return names

    def chosen(self, names: Sequence[str]) -> list[Target]:
        """The targets of these names and groups, each once, and those that they link to, after them.

        Without names: the group or the target `default`, or else all.
        Raises CtxauditError for a name that there is not, and for links in a ring.
        """
        if not names:
            names = ["default"] if {"default"} & {*self.targets, *self.groups} else list(self.targets)
        targets: dict[str, Target] = {}
        for name in names:
            for label in self._matching(name.replace(".", "_")):
                at = self.groups[label].at if label in self.groups else None
                targets.update((member, self._target(member, at)) for member in self._members(label, {}))
        return list(self._linked(targets).values())

    def settings(self, target: Target) -> Settings:
        """What a target comes to: each of those that it inherits from in their order, and its own words last.

        One that inherits from itself adds nothing the second time, as for bake.
        """
        return self._settings(target, {})

    def _settings(self, target: Target, met: dict[str, Settings]) -> Settings:
        if target.name in met:
            return met[target.name]
        met[target.name] = {(name, ""): target.doubt for name in DECISIVE} if target.doubt else {}
        if target.doubt:
            return met[target.name]
        merged: dict[Place, Setting] = {}
        for name in target.inherits:
            merged.update(self._settings(self._target(name, target.at), met))
        merged.update(target.settings)
        merged.update(self.overrides.get(target.name, {}))
        if added := merged.pop(_APPENDED, None):
            before = merged.get(("platforms", ""))
            several: Value = before.value if before and isinstance(before.value, list) else []
            several = [*several, *(added.value if isinstance(added.value, list) else [])]
            merged["platforms", ""] = Setting(several, added.at)
        met[target.name] = {
            place: setting for place, setting in merged.items() if place[0] != "contexts" or setting.value != ""
        }
        return met[target.name]

    def _target(self, name: str, at: Location | None = None) -> Target:
        if name not in self.targets and name in self.groups and isinstance(self.groups[name].value, Unevaluated):
            return Target(name, self.groups[name].at, doubt=self.groups[name])
        if name not in self.targets:
            fix = f"name one of {', '.join(map(by_names, list(self.targets)[:10]))}" if self.targets else "declare it"
            raise CtxauditError(f"failed to find target {by_names(name)}", where=str(at) if at else None, fix=fix)
        return self.targets[name]

    def _members(self, name: str, met: dict[str, list[str]]) -> list[str]:
        """The targets below a name. A group within itself stands for the target of that name, as for bake."""
        if name not in self.groups:
            return [name]
        if name not in met:
            met[name] = []
            members = self.groups[name].value
            below = (
                [self._members(member, met) or [member] for member in members]
                if isinstance(members, list)
                else [[name]]
            )
            met[name] = list(dict.fromkeys(target for several in below for target in several))
        return met[name]

    def _matching(self, pattern: str) -> list[str]:
        if not any(letter in pattern for letter in "*?[]"):
            return [pattern]
        try:
            matches = compiled_glob(pattern)
        except BadPattern as error:
            raise CtxauditError(f"{pattern} is not a pattern") from error
        names = [name for name in (*self.groups, *self.targets) if matches(name)]
        if not names:
            raise CtxauditError(f'could not find any target matching "{pattern}"')
        return names

    def _linked(self, targets: dict[str, Target]) -> dict[str, Target]:
        """Add the targets that named contexts link to, and theirs."""
        state: dict[str, bool] = {}
        for name in list(targets):
            pending = [(name, iter(self._links(targets[name])))]
            state.setdefault(name, False)
            while pending:
                at, links = pending[-1]
                link = next(links, None)
                if link is None:
                    state[at] = True
                    pending.pop()
                elif link not in state:
                    targets.setdefault(link, self._target(link, targets[at].at))
                    state[link] = False
                    pending.append((link, iter(self._links(targets[link]))))
                elif not state[link]:
                    raise self._ring(at, link)
        return targets

    def _links(self, target: Target) -> list[str]:
        places = self.settings(target).items()
        values = [setting.value for place, setting in places if place[0] == "contexts"]
        return [value.removeprefix(LINK) for value in values if isinstance(value, str) and value.startswith(LINK)]

    def _ring(self, name: str, link: str) -> CtxauditError:
        at, to = by_names(self.targets[name].name), by_names(link)
        what = f"target {at} cannot link to itself" if name == link else f"infinite loop from {at} to {to}"
        return CtxauditError(
            what, where=str(self.targets[name].at), fix="take one of the target: links out of contexts"
        )


# From blocks to targets: names, matrices, several blocks of one name.

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_REFERENCE = re.compile(r"\$\{([\w-]+)")
_SINGLE = ("context", "dockerfile", "dockerfile-inline", "target", "platforms")
_MAPS = ("args", "contexts")
_LARGEST_MATRIX = 4096


def read_blocks(world: World) -> Targets:
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
    blocks: dict[str, list[Block]] = {}
    for block in world.all("target"):
        _check_name(block.label, block.at)
        blocks.setdefault(block.label, []).append(block)
    return blocks


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
            (key, _set(Attribute("context", expression, Location(attribute.at.file, expression.line)), scope))
            for key, expression in written
        ]
    yield from (((attribute.name, key), setting) for key, setting in pairs if setting.value is not None)


# `--set`: what the command line says instead of the files, as `docker buildx bake` takes it.
#
# Source: docker/buildx 461836b, bake/bake.go, newOverrides and AddOverrides.

_AT = Location("--set", 1)
_SINGLE_OVERRIDES = ("context", "dockerfile", "target")
# What bake takes besides, and nothing of a context depends on.
_OTHERS = frozenset(
    (
        *("annotations", "attest", "cache-from", "cache-to", "call", "entitlements", "extra-hosts", "labels", "load"),
        *("network", "no-cache", "no-cache-filter", "output", "policy", "pull", "push", "resources", "secret"),
        *("secrets", "shm-size", "ssh", "tags", "ulimits"),
    )
)


def read_overrides(
    overrides: Iterable[str], targets: Targets, environment: Mapping[str, str]
) -> dict[str, dict[Place, Setting]]:
    """Give by target what is set; raises CtxauditError for what bake refuses.

    overrides: each PATTERN.KEY=VALUE. environment: where an argument without a value takes it.
    """
    settings: dict[str, dict[Place, Setting]] = {}
    for override in overrides:
        key, given, value = override.partition("=")
        pattern, _, rest = key.removesuffix("+").partition(".")
        attribute, _, name = rest.partition(".")
        _check(override, key, attribute, name, bool(given))
        if attribute == "args" and not given:
            if name not in environment:
                continue
            value = environment[name]
        shown = Interpolated(value, f"${{{key.removesuffix('+')}}}")
        for target in targets.expanded(pattern):
            _add_setting(settings.setdefault(target, {}), attribute, name, shown, key.endswith("+"))
    return settings


def _check(whole: str, key: str, attribute: str, name: str, is_given: bool) -> None:
    if not attribute:
        raise _error(f"invalid override key {key}, expected target.name")
    if not is_given and attribute != "args":
        raise _error(f"invalid override {whole}, expected target.name=value")
    if attribute in _MAPS and not name:
        raise _error(f"invalid key {key}, {attribute} requires name")
    if attribute not in (*_SINGLE_OVERRIDES, *_MAPS, "platform") and attribute not in _OTHERS:
        raise _error(f"unknown key: {attribute}")


def _error(what: str) -> CtxauditError:
    return CtxauditError(what, where="--set", fix="write TARGET.KEY=VALUE, as for docker buildx bake")


def _add_setting(settings: dict[Place, Setting], attribute: str, name: str, value: str, appends: bool) -> None:
    if attribute in _SINGLE_OVERRIDES or attribute in _MAPS:
        settings[attribute, name if attribute in _MAPS else ""] = Setting(value, _AT)
    elif attribute == "platform":
        before = [setting for place in (_APPENDED, ("platforms", "")) if (setting := settings.pop(place, None))]
        several: Value = before[0].value if before else []
        settings[_APPENDED if appends else ("platforms", "")] = Setting([*several, value], _AT)


# What buildx refuses in any of its files, whichever targets are asked for.
#
# Source: docker/buildx 461836b, bake/bake.go (Target, Group) and bake/hclparser; hashicorp/hcl, hclsyntax.

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


# What a value must be: anything else is refused. Lists of what may also be an object are not here.
_KINDS: dict[str, tuple[type, ...]] = (
    dict.fromkeys(
        ("context", "dockerfile", "dockerfile-inline", "target", "network", "description"), (str, bool, Fraction)
    )
    | dict.fromkeys(("inherits", "tags", "platforms", "no-cache-filter", "targets"), (list,))
    | dict.fromkeys(("args", "labels", "contexts"), (dict,))
    | dict.fromkeys(("no-cache", "pull"), (bool, str))
)
_REQUIRED = {str: "string", list: "list of string", dict: "map of string", bool: "bool"}


def refuse_kinds(world: World) -> None:
    """Raise CtxauditError where an attribute is of another kind than it has to be, asked for or not."""
    groups = ((attribute, world) for block in world.all("group") for attribute in block.attributes.values())
    targets = (
        (attribute, scope)
        for several in world.blocks.values()
        for block, scope in several
        for attribute in _evaluated(block)
    )
    for attribute, scope in chain[tuple[Attribute, Scope]](groups, targets):
        kinds = _KINDS.get(attribute.name, ())
        try:
            value = attribute.expression.value(scope) if kinds else None
        except (Unevaluated, RecursionError):
            continue
        if value is not None and (not isinstance(value, kinds) or (kinds[0] is bool and not _is_bool(value))):
            what = f"unsuitable value of {attribute.name}: {_REQUIRED[kinds[0]]} required"
            raise CtxauditError(what, where=str(attribute.at))


def _is_bool(value: Value) -> bool:
    try:
        boolean(value)
    except Unevaluated:
        return False
    return True


def refuse_attributes(files: Sequence[BakeFile]) -> None:
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


def refuse_variables(world: World, targets: Targets) -> None:
    """Raise CtxauditError where an expression names a variable that no file declares, needed or not."""
    for target in targets.targets.values():
        if target.doubt and isinstance(target.doubt.value, Undeclared):
            raise _undeclared(target.doubt.value, target.doubt.at)
    for attribute, scope in _expressions(world):
        for expression in _parts(attribute.expression, scope):
            try:
                expression.value(scope)
            except Undeclared as error:
                raise _undeclared(error, Location(attribute.at.file, error.line or expression.line)) from error
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
    for part in inner or ():
        yield from _parts(part, scope)


def _expressions(world: World) -> Iterator[tuple[Attribute, Scope]]:
    """Give what bake evaluates, each with what its names mean: targets once for each turn of their matrix."""
    for file in world.files:
        yield from ((attribute, world) for attribute in file.attributes.values())
    for block in world.all("variable"):
        yield from ((attribute, world) for name, attribute in block.attributes.items() if name == "default")
    for block in world.all("group"):
        yield from ((attribute, world) for attribute in block.attributes.values())
    for block in world.all("target"):
        yield from ((attribute, world) for name, attribute in block.attributes.items() if name == "matrix")
    for several in world.blocks.values():
        for block, scope in several:
            yield from ((attribute, scope) for attribute in _evaluated(block))


def _evaluated(block: Block) -> Iterator[Attribute]:
    return (attribute for name, attribute in block.attributes.items() if name != "matrix")
