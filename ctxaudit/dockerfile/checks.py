"""What BuildKit refuses in an instruction before it knows any variable, in its own words.

Values that only the image's configuration holds (ports, signals, the times of a HEALTHCHECK) are not looked at.
Source: moby/buildkit 73ed682, frontend/dockerfile/instructions/parse.go and bflag.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from ctxaudit.dockerfile import heredocs, mounts
from ctxaudit.dockerfile.instruction import Instruction
from ctxaudit.dockerfile.words import SPACE, quoted
from ctxaudit.errors import DockerfileError
from ctxaudit.values import expression

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
    if heredocs.stands_for(instruction.args[-1]):
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
    if not all(map(mounts.is_csv, instruction.every("device"))):
        return "failed to parse csv devices"
    for value in instruction.every("mount"):
        if fault := mounts.fault(value):
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
