"""Targets among each other: groups, what is inherited, what is linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ctxaudit.builds.bake.values import Unevaluated, Value
from ctxaudit.errors import CtxauditError, by_names
from ctxaudit.ignore import BadPattern, compiled_glob
from ctxaudit.model import Location
from ctxaudit.values import frozen

LINK = "target:"
# Without these nothing can be said of a build; without an argument, a named context or a platform, most of it can.
DECISIVE = ("context", "dockerfile", "dockerfile-inline", "target")

# An attribute, and the key in it for a map.
Place: TypeAlias = "tuple[str, str]"
APPENDED: Place = ("platforms", "+")  # what the command line adds to those of the file


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
        found: dict[str, Target] = {}
        for name in names:
            for one in self._matching(name.replace(".", "_")):
                at = self.groups[one].at if one in self.groups else None
                found.update((member, self._target(member, at)) for member in self._members(one, {}))
        return list(self._linked(found).values())

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
        if added := merged.pop(APPENDED, None):
            before = merged.get(("platforms", ""))
            several: Value = before.value if before and isinstance(before.value, list) else []
            several = [*several, *(added.value if isinstance(added.value, list) else [])]
            merged["platforms", ""] = Setting(several, added.at)
        met[target.name] = {place: one for place, one in merged.items() if place[0] != "contexts" or one.value != ""}
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
            below = [self._members(one, met) or [one] for one in members] if isinstance(members, list) else [[name]]
            met[name] = list(dict.fromkeys(one for several in below for one in several))
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

    def _linked(self, found: dict[str, Target]) -> dict[str, Target]:
        """Add the targets that named contexts link to, and theirs."""
        state: dict[str, bool] = {}
        for name in list(found):
            pending = [(name, iter(self._links(found[name])))]
            state.setdefault(name, False)
            while pending:
                at, links = pending[-1]
                link = next(links, None)
                if link is None:
                    state[at] = True
                    pending.pop()
                elif link not in state:
                    found.setdefault(link, self._target(link, found[at].at))
                    state[link] = False
                    pending.append((link, iter(self._links(found[link]))))
                elif not state[link]:
                    raise self._ring(at, link)
        return found

    def _links(self, target: Target) -> list[str]:
        places = self.settings(target).items()
        values = [one.value for place, one in places if place[0] == "contexts"]
        return [one.removeprefix(LINK) for one in values if isinstance(one, str) and one.startswith(LINK)]

    def _ring(self, name: str, link: str) -> CtxauditError:
        at, to = by_names(self.targets[name].name), by_names(link)
        what = f"target {at} cannot link to itself" if name == link else f"infinite loop from {at} to {to}"
        return CtxauditError(
            what, where=str(self.targets[name].at), fix="take one of the target: links out of contexts"
        )
