"""The values of `RUN --mount`.

Source: moby/buildkit 73ed682, frontend/dockerfile/instructions/commands_runmount.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ctxaudit.dockerfile.scope import Value
from ctxaudit.dockerfile.words import quoted
from ctxaudit.errors import DockerfileError
from ctxaudit.values import expression, frozen

_TYPES = frozenset(("bind", "cache", "tmpfs", "secret", "ssh"))
_FIELD = expression(r'"((?:[^"]|"")*)"|([^",]*)')


@frozen
class Mount:
    """A mount of a RUN; what is not given is "".

    origin: its `from`. source: as written, all else expanded. shown: the target as an error names it.
    """

    type: str
    origin: str
    source: str
    target: str
    shown: str


def fault(value: str) -> str | None:
    """What BuildKit refuses before it knows any variable, in its words."""
    fields = _fields(value)
    if fields is None:
        return "failed to parse csv mounts"
    for key, origin in _assignments(fields):
        if key == "from" and "$" in origin[:-1]:
            return "'from' doesn't support variable expansion, define alias stage instead"
    return None


def is_csv(value: str) -> bool:
    return _fields(value) is not None


def written_origin(value: str) -> str:
    """The stage, context or image that a mount names, as written."""
    return dict(_assignments(_fields(value) or [])).get("from", "")


def mount(value: str, expand: Callable[[str], Value]) -> Mount:
    """Read one mount; raises DockerfileError without a place."""
    given, source, shown = {"type": "bind"}, "", ""
    for field in _fields(value) or []:
        key, equals, text = field.partition("=")
        expanded = expand(text) if equals else None
        _take(given, key.lower(), expanded, field)
        source = text if _ALIASES.get(key.lower(), key.lower()) == "source" else source
        if expanded is not None and _ALIASES.get(key.lower(), key.lower()) == "target":
            shown = expanded.shown
    _refuse(given)
    return Mount(given["type"], given.get("from", ""), source, given.get("target", ""), shown)


def _fields(value: str) -> list[str] | None:
    """The comma separated fields, None where a quote stands in the wrong place."""
    found, at = [], 0
    while True:
        match = _FIELD.match(value, at)
        if not match or not value:
            return None
        found.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        at = match.end() + 1
        if match.end() == len(value):
            return found
        if value[match.end()] != ",":
            return None


def _assignments(fields: list[str]) -> list[tuple[str, str]]:
    return [(key.lower(), text) for key, equals, text in (field.partition("=") for field in fields) if equals]


def _take(given: dict[str, str], key: str, value: Value | None, field: str) -> None:
    name = _ALIASES.get(key, key)
    if value is None:
        if name not in _SWITCHES:
            raise DockerfileError(f"invalid field '{field}' must be a key=value pair")
        value = Value("true")
    if name not in _VALID:
        raise DockerfileError(f"unexpected key '{key}' in '{field}'")
    if given["type"] not in _ONLY_FOR.get(name, _TYPES):
        raise DockerfileError(f"unexpected key '{key}' for mount type '{given['type']}'")
    if not _VALID[name](value.text):
        what = _INVALID.get(name, "invalid value for {key}: {value}").format(
            key=key, value=value.shown, quoted=quoted(value.shown)
        )
        raise DockerfileError(what, fix=f"one of {', '.join(sorted(_TYPES))}" if name == "type" else None)
    given[name] = value.text.lower() if name == "type" else value.text


def _refuse(given: dict[str, str]) -> None:
    for key in ("mode", "uid", "gid"):
        if key in given and given["type"] not in ("secret", "ssh", "cache"):
            raise DockerfileError(f"{key} not allowed for {quoted(given['type'])} type mounts")
    if given["type"] == "secret":
        _refuse_secret(given)
    if "sharing" in given and given["type"] != "cache":
        raise DockerfileError(f"invalid cache sharing set for {given['type']} mount")


def _refuse_secret(given: dict[str, str]) -> None:
    if given.get("from"):
        raise DockerfileError("secret mount should not have a from")
    if "sharing" in given:
        raise DockerfileError("secret mount should not define sharing")
    if not any(given.get(key) for key in ("source", "target", "id")):
        raise DockerfileError("invalid secret mount. one of source, target required")
    if given.get("source") and given.get("id"):
        raise DockerfileError("both source and id can't be set")


def _is_anything(_: str) -> bool:
    return True


def _is_type(value: str) -> bool:
    return value.lower() in _TYPES


_is_bool = expression("1|t|T|TRUE|true|True|0|f|F|FALSE|false|False").fullmatch
_is_size = expression(r"(?i)\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?(?: ?(?:b|[kmgtp](?:i?b)?))?").fullmatch
_is_sharing = expression("(?i)shared|private|locked").fullmatch
_is_octal = expression("0*[0-7]{1,10}|0*[1-3][0-7]{10}").fullmatch


def _is_number(value: str) -> bool:
    return re.fullmatch("0*[0-9]{1,10}", value) is not None and int(value) < 2**32


_VALID: dict[str, Callable[[str], object]] = {
    "type": _is_type,
    "from": _is_anything,
    "source": _is_anything,
    "target": _is_anything,
    "readonly": _is_bool,
    "readwrite": _is_bool,
    "required": _is_bool,
    "size": _is_size,
    "id": _is_anything,
    "sharing": _is_sharing,
    "mode": _is_octal,
    "uid": _is_number,
    "gid": _is_number,
    "env": _is_anything,
}
_ALIASES = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"}
_SWITCHES = frozenset(("readonly", "readwrite", "required"))
# It is the type that stands before the key that decides here.
_ONLY_FOR = {"required": frozenset(("secret", "ssh")), "size": frozenset(("tmpfs",))}
_INVALID = {
    "type": "unsupported mount type {quoted}",
    "sharing": 'unsupported sharing value "{value}"',
    **dict.fromkeys(("mode", "uid", "gid"), "invalid value {value} for {key}"),
}
