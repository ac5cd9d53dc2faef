"""What BuildKit refuses in an instruction before it knows any variable, in its own words.

Values that only the image's configuration holds (ports, signals, the times of a HEALTHCHECK) are not looked at.
Source: moby/buildkit 73ed682, frontend/dockerfile/instructions/parse.go and bflag.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from ctxaudit.dockerfile import Heredoc, Instruction, Value, words
from ctxaudit.dockerfile.words import SPACE, quoted
from ctxaudit.errors import DockerfileError
from ctxaudit.values import expression, frozen

# Heredocs: which words begin one.
#
# Source: moby/buildkit 73ed682, frontend/dockerfile/parser/parser.go, heredocFromMatch.

_HEREDOC = expression(r"[0-9]*<<(?P<chomp>-?)[\t\n\f\r ]*(?P<name>[^<]*)\Z")


def heredocs_begun_by(line: str) -> list[Heredoc]:
    """The heredocs that *line* begins, without bodies; none where its quotes do not match."""
    try:
        parts = words.split(line, keep_quotes=True, keep_escapes=True)
    except DockerfileError:
        return []
    return [heredoc for part in parts if (heredoc := read(part))]


def read(word: str) -> Heredoc | None:
    """The heredoc that *word* begins, None for any other word.

    Raises DockerfileError where its name has an open quote.
    """
    match = _HEREDOC.match(word)
    if not match or not match["name"]:
        return None
    names = words.split(match["name"], keep_quotes=False)
    if len(names) != 1:
        return None
    written = words.split(match["name"], keep_quotes=True)
    if len(written) != 1:
        raise DockerfileError(f"internal lexing of heredoc produced inconsistent results: {match['name']}")
    return Heredoc(names[0], expand=_quotes(names[0]) == _quotes(written[0]), chomp=bool(match["chomp"]))


def stands_for(word: str) -> Heredoc | None:
    """As `read`, where a name that cannot be read is a path like any other."""
    if "<<" not in word:
        return None
    try:
        return read(word)
    except DockerfileError:
        return None


def heredoc_content(heredoc: Heredoc) -> str:
    """The body as it is written to a file or handed to a shell."""
    return re.sub(r"(?m)^\t+", "", heredoc.body) if heredoc.chomp else heredoc.body


def _quotes(word: str) -> int:
    return word.count("'") + word.count('"')


# The values of `RUN --mount`.
#
# Source: moby/buildkit 73ed682, frontend/dockerfile/instructions/commands_runmount.go.

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


def mount_fault(value: str) -> str | None:
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


def read_mount(value: str, expand: Callable[[str], Value], is_open: Callable[[Value], bool] = lambda _: False) -> Mount:
    """Read one mount; raises DockerfileError without a place.

    is_open: whether the builder may put something else there than the value's text, as a base image sets a variable.
    Such a value counts as not given where its text is not valid.
    """
    given, source, shown = {"type": "bind"}, "", ""
    for field in _fields(value) or []:
        key, equals, text = field.partition("=")
        expanded = expand(text) if equals else None
        _take(given, key.lower(), expanded, field, is_open)
        source = text if _ALIASES.get(key.lower(), key.lower()) == "source" else source
        if expanded is not None and _ALIASES.get(key.lower(), key.lower()) == "target":
            shown = expanded.shown
    _refuse(given)
    return Mount(given["type"], given.get("from", ""), source, given.get("target", ""), shown)


def _fields(value: str) -> list[str] | None:
    """The comma separated fields, None where a quote stands in the wrong place."""
    fields, at = [], 0
    while True:
        match = _FIELD.match(value, at)
        if not match or not value:
            return None
        fields.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        at = match.end() + 1
        if match.end() == len(value):
            return fields
        if value[match.end()] != ",":
            return None


def _assignments(fields: list[str]) -> list[tuple[str, str]]:
    return [(key.lower(), text) for key, equals, text in (field.partition("=") for field in fields) if equals]


def _take(given: dict[str, str], key: str, value: Value | None, field: str, is_open: Callable[[Value], bool]) -> None:
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
        if is_open(value):
            return
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


def _form(source: str) -> Callable[[str], object]:
    form = expression(source)
    return lambda value: form.fullmatch(value)


_is_bool = _form("1|t|T|TRUE|true|True|0|f|F|FALSE|false|False")
_is_size = _form(r"(?i)\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?(?: ?(?:b|[kmgtp](?:i?b)?))?")
_is_sharing = _form("(?i)shared|private|locked")
_is_octal = _form("0*[0-7]{1,10}|0*[1-3][0-7]{10}")


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


_STAGE_NAME = expression("[a-z][a-z0-9-_.]*")
_NOT_A_TRIGGER = ("MAINTAINER", "FROM")
_NETWORKS = ("default", "none", "host")
_SECURITIES = ("insecure", "sandbox")

_ONCE, _MANY, _SWITCH = "once", "many", "switch"
_NO_FLAGS: Mapping[str, str] = MappingProxyType({})
_FLAGS: dict[str, Mapping[str, str]] = {
    "ADD": {
        **dict.fromkeys(("chown", "chmod", "checksum"), _ONCE),
        **dict.fromkeys(("link", "keep-git-dir", "unpack"), _SWITCH),
        "exclude": _MANY,
    },
    "COPY": {
        **dict.fromkeys(("chown", "chmod", "from"), _ONCE),
        **dict.fromkeys(("link", "parents"), _SWITCH),
        "exclude": _MANY,
    },
    "FROM": {"platform": _ONCE},
    "RUN": {**dict.fromkeys(("network", "security"), _ONCE), **dict.fromkeys(("mount", "device"), _MANY)},
    "HEALTHCHECK": dict.fromkeys(("interval", "timeout", "start-period", "start-interval", "retries"), _ONCE),
}


def flags(keyword: str, written: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The flags of an instruction, by name and value; of those it does not know, as written."""
    known = _FLAGS.get(keyword, _NO_FLAGS)
    pairs = [word.removeprefix("--").partition("=") for word in written]
    return tuple((name, _value(known.get(name, ""), equals, value)) for name, equals, value in pairs)


def _value(kind: str, equals: str, value: str) -> str:
    return value.lower() if kind == _SWITCH and equals else "true" if kind == _SWITCH else value


def check(instruction: Instruction, written_flags: Sequence[str]) -> None:
    """Raise DockerfileError, without a place, for what BuildKit refuses."""
    if instruction.keyword not in _CHECKS:
        word = re.split(r"[\t\v\f\r ]", instruction.text, maxsplit=1)[0]
        raise DockerfileError(f"unknown instruction: {word}", source=word, fix=_meant(word.upper(), _CHECKS))
    for part in _CHECKS[instruction.keyword]:
        if part is _flags:
            if written_flags:
                _check_flags(instruction.keyword, written_flags)
        elif fault := part(instruction):
            raise DockerfileError(fault)


def _meant(word: str, names: Sequence[str] | Mapping[str, object]) -> str | None:
    close = get_close_matches(word, list(names), n=1)
    return f"did you mean {close[0]}?" if close else None


def _check_flags(keyword: str, written: Sequence[str]) -> None:
    known, seen = _FLAGS.get(keyword, _NO_FLAGS), set[str]()
    for word in written:
        name, equals, value = word.partition("=")
        kind = known.get(name.removeprefix("--"))
        if kind is None:
            fix = _meant(name, [f"--{flag}" for flag in known])
            raise DockerfileError(f"unknown flag: {name}", source=name, fix=fix)
        if name in seen and kind != _MANY:
            raise DockerfileError(f"duplicate flag specified: {name}", source=name)
        seen.add(name)
        if fault := _value_fault(kind, name, equals, value):
            raise DockerfileError(fault, source=name)


def _value_fault(kind: str, name: str, equals: str, value: str) -> str | None:
    if kind != _SWITCH:
        return None if equals else f"missing a value on flag: {name}"
    if equals and not value:
        return f"missing a value on flag: {name}"
    if value.lower() not in ("true", "false", ""):
        return f"expecting boolean value for flag {name}, not: {value}"
    return None


def _flags(_: Instruction) -> str | None:
    """Stands in the table where BuildKit checks the flags."""
    return None


def _one(instruction: Instruction) -> str | None:
    if len(instruction.args) != 1:
        return f"{instruction.keyword} requires exactly one argument"
    return None


def _some(instruction: Instruction) -> str | None:
    return None if instruction.args else f"{instruction.keyword} requires at least one argument"


def _two(instruction: Instruction) -> str | None:
    if len(instruction.args) >= 2:
        return None
    return (
        f"{instruction.keyword} requires at least two arguments, but only one was provided. "
        "Destination could not be determined"
    )


def _destination(instruction: Instruction) -> str | None:
    if stands_for(instruction.args[-1]):
        return f"{instruction.keyword} cannot accept a heredoc as a destination"
    return None


def _names(instruction: Instruction) -> str | None:
    if any(word.startswith("=") for word in instruction.args):
        return f"{instruction.keyword} names can not be blank"
    return None


def _stage(instruction: Instruction) -> str | None:
    args = instruction.args
    if len(args) == 3 and args[1].lower() == "as":
        if not _STAGE_NAME.fullmatch(args[2].lower()):
            return f"invalid name for build stage: {quoted(args[2])}, name can't start with a number or contain symbols"
    elif len(args) != 1:
        return "FROM requires either one or three arguments"
    return None


def _trigger(instruction: Instruction) -> str | None:
    keyword = instruction.args[0].strip(SPACE).upper()
    if keyword == "ONBUILD":
        return "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
    return f"{keyword} isn't allowed as an ONBUILD trigger" if keyword in _NOT_A_TRIGGER else None


def _run(instruction: Instruction) -> str | None:
    if not all(map(is_csv, instruction.every("device"))):
        return "failed to parse csv devices"
    for value in instruction.every("mount"):
        if fault := mount_fault(value):
            return fault
    network, security = instruction.flag("network"), instruction.flag("security")
    given = dict(instruction.flags)
    if "network" in given and network not in _NETWORKS:
        return f"invalid network mode {quoted(network)}"
    return f"security {quoted(security)} is not valid" if "security" in given and security not in _SECURITIES else None


def _healthcheck(instruction: Instruction) -> str | None:
    kind, *command = instruction.args
    if kind.upper() == "NONE":
        return "HEALTHCHECK NONE takes no arguments" if command else None
    if kind.upper() != "CMD":
        return f"Unknown type {quoted(kind.upper())} in HEALTHCHECK (try CMD)"
    return None if command else "Missing command after HEALTHCHECK CMD"


def _volumes(instruction: Instruction) -> str | None:
    if not all(volume.strip(SPACE) for volume in instruction.args):
        return "VOLUME specified can not be an empty string"
    return None


def _json(instruction: Instruction) -> str | None:
    return None if instruction.json else "SHELL requires the arguments to be in JSON form"


_CHECKS: dict[str, tuple[Callable[[Instruction], str | None], ...]] = {
    "ADD": (_two, _flags, _destination),
    "ARG": (_some, _names),
    "CMD": (_flags,),
    "COPY": (_two, _flags, _destination),
    "ENTRYPOINT": (_flags,),
    "ENV": (_flags, _some, _names),
    "EXPOSE": (_some, _flags),
    "FROM": (_stage, _flags),
    "HEALTHCHECK": (_some, _flags, _healthcheck),
    "LABEL": (_flags, _some, _names),
    "MAINTAINER": (_one, _flags),
    "ONBUILD": (_some, _flags, _trigger),
    "RUN": (_flags, _run),
    "SHELL": (_flags, _some, _json),
    "STOPSIGNAL": (_one,),
    "USER": (_one, _flags),
    "VOLUME": (_some, _flags, _volumes),
    "WORKDIR": (_one, _flags),
}
