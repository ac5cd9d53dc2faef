"""`--set`: what the command line says instead of the files, as `docker buildx bake` takes it.

Source: docker/buildx 461836b, bake/bake.go, newOverrides and AddOverrides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ctxaudit.builds.bake.targets import APPENDED, Place, Setting, Targets
from ctxaudit.builds.bake.values import Value
from ctxaudit.errors import CtxauditError, Interpolated
from ctxaudit.model import Location

_AT = Location("--set", 1)
_SINGLE = ("context", "dockerfile", "target")
_MAPS = ("args", "contexts")
# What bake takes besides, and nothing of a context depends on.
_OTHERS = frozenset(
    (
        *("annotations", "attest", "cache-from", "cache-to", "call", "entitlements", "extra-hosts", "labels", "load"),
        *("network", "no-cache", "no-cache-filter", "output", "policy", "pull", "push", "resources", "secret"),
        *("secrets", "shm-size", "ssh", "tags", "ulimits"),
    )
)


def read(said: Iterable[str], targets: Targets, environment: Mapping[str, str]) -> dict[str, dict[Place, Setting]]:
    """Give by target what is set; raises CtxauditError for what bake refuses.

    said: each PATTERN.KEY=VALUE. environment: where an argument without a value takes it.
    """
    found: dict[str, dict[Place, Setting]] = {}
    for one in said:
        key, given, value = one.partition("=")
        pattern, _, rest = key.removesuffix("+").partition(".")
        attribute, _, name = rest.partition(".")
        _check(one, key, attribute, name, bool(given))
        if attribute == "args" and not given:
            if name not in environment:
                continue
            value = environment[name]
        shown = Interpolated(value, f"${{{key.removesuffix('+')}}}")
        for target in targets.expanded(pattern):
            _add(found.setdefault(target, {}), attribute, name, shown, key.endswith("+"))
    return found


def _check(whole: str, key: str, attribute: str, name: str, is_given: bool) -> None:
    if not attribute:
        raise _error(f"invalid override key {key}, expected target.name")
    if not is_given and attribute != "args":
        raise _error(f"invalid override {whole}, expected target.name=value")
    if attribute in _MAPS and not name:
        raise _error(f"invalid key {key}, {attribute} requires name")
    if attribute not in (*_SINGLE, *_MAPS, "platform") and attribute not in _OTHERS:
        raise _error(f"unknown key: {attribute}")


def _error(what: str) -> CtxauditError:
    return CtxauditError(what, where="--set", fix="write TARGET.KEY=VALUE, as for docker buildx bake")


def _add(settings: dict[Place, Setting], attribute: str, name: str, value: str, appends: bool) -> None:
    if attribute in _SINGLE or attribute in _MAPS:
        settings[attribute, name if attribute in _MAPS else ""] = Setting(value, _AT)
    elif attribute == "platform":
        before = [one for place in (APPENDED, ("platforms", "")) if (one := settings.pop(place, None))]
        several: Value = before[0].value if before else []
        settings[APPENDED if appends else ("platforms", "")] = Setting([*several, value], _AT)
