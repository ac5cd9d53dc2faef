"""Builds that the units of podman's Quadlet declare.

Source: podman c6580b4, pkg/systemd/quadlet/quadlet.go (`ConvertBuild`, `handleSetWorkingDirectory`),
pkg/systemd/parser/unitfile.go, cmd/quadlet/main.go (`loadUnitDropins`), cmd/podman/common/build.go (`ParseBuildOpts`).
A unit runs `podman build --file File --ignorefile IgnoreFile ... CONTEXT` in a working directory, from which podman
takes each relative path; it looks for the Containerfile in the context, too. No variable is evaluated: a build whose
paths hold one is not listed.
"""

from __future__ import annotations

import glob
import os
import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ctxaudit.builders import declared_by
from ctxaudit.builds.declared import LARGEST_FILE, Declared
from ctxaudit.builds.request import PLATFORM
from ctxaudit.files import read_project_file
from ctxaudit.model import Location, Unknown
from ctxaudit.values import expression, frozen

_UNIT = ".build"
_URL = expression(r"https?|git://|.*github\.com/.")
_VARIABLE = expression(r"[$%]")
_SECTION = expression(r"\[([^]]*)\][ \t]*")
_FLAGS = {"IgnoreFile": "--ignorefile", "Target": "--target", "File": "--file"}
_OPTIONS = frozenset((*_FLAGS.values(), "--build-arg", "--build-context", "--platform"))


@frozen
class _Key:
    """One key of a unit. line: the number of the one where it ends."""

    section: str
    name: str
    value: str
    line: int


def units(directory: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Give the `.build` units of a directory."""
    paths = (
        os.path.normpath(os.path.join(directory, name)) for name in names if name.endswith(_UNIT) and name != _UNIT
    )
    return [(path,) for path in paths if b"[Build]" in (read_project_file(path, LARGEST_FILE) or b"")]


def of_unit(path: str) -> Iterator[Declared]:
    """Give the build of a unit, none where Quadlet makes no service of it, or its paths are not known here."""
    keys = [key for file in (path, *_drop_ins(path)) for key in _keys(file)]
    options = _options(keys)
    file, ignore_file = _last(options["--file"]), _last(options["--ignorefile"])
    start, named = _directories(keys, os.path.dirname(path) or os.curdir)
    context = os.path.join(start, named) if named else os.path.dirname(file) if os.path.isabs(file) else start
    paths = (file, ignore_file, context, _last(options["--target"]), *options["--build-context"])
    if not context or any(map(_VARIABLE.search, paths)) or any(map(_URL.match, (file, named))):
        return
    places = [os.path.normpath(os.path.join(place, file)) for place in (start, context) if place]
    lines = [key.line for key in keys if key.section == "Build" and key.name in ("File", "SetWorkingDirectory")]
    is_lost = bool(ignore_file) and not start and not os.path.isabs(ignore_file)
    yield Declared(
        name=os.path.basename(path),
        declared=Location(path, lines[0] if lines else 1),
        context=os.path.normpath(context),
        dockerfile=next(filter(os.path.isfile, places), places[0]) if file else None,
        target=_last(options["--target"]) or None,
        build_args=_pairs(options["--build-arg"]),
        build_contexts={key: _place(start, value) for key, value in _pairs(options["--build-context"]).items()},
        platform=_last(options["--platform"]) or PLATFORM,
        ignore_file=os.path.normpath(os.path.join(start, ignore_file)) if ignore_file and not is_lost else None,
        unknowns=(Unknown(f"what {ignore_file} excludes: the unit has no working directory", path, _SET),) * is_lost,
        builder=declared_by("Quadlet"),
    )


_SET = "set SetWorkingDirectory, or WorkingDirectory in the section [Service]"


def _directories(keys: Sequence[_Key], directory: str) -> tuple[str, str]:
    """Give the working directory of a unit's service, and what the unit names as the context; "" for neither.

    directory: the unit's own.
    """
    setting, file = _value(keys, "SetWorkingDirectory"), _value(keys, "File")
    own = _value(keys, "WorkingDirectory", "Service")
    places = {"file": os.path.dirname(os.path.join(directory, file)) if file else "", "unit": directory}
    named = "" if setting.lower() in places else setting
    if not setting or os.path.isabs(named):
        return own, named
    # A WorkingDirectory of the service is not changed, and a relative context is then dropped.
    return (own, "") if own else (places.get(setting.lower(), directory), named)


def _options(keys: Sequence[_Key]) -> defaultdict[str, list[str]]:
    """Give the options of the command that Quadlet writes, each with its values in order."""
    words = [word for name, flag in _FLAGS.items() if (value := _value(keys, name)) for word in (flag, value)]
    for argument in (word for value in _values(keys, "BuildArg") for word in _split(value)):
        words += ("--build-arg", argument)
    words += [word for value in _values(keys, "PodmanArgs") for word in _split(value)]
    options = defaultdict[str, list[str]](list)
    rest = iter(words)
    for word in rest:
        flag, given, value = word.partition("=")
        flag = "--file" if flag == "-f" else flag
        if flag in _OPTIONS:
            options[flag].append(value if given else next(rest, ""))
    return options


def _split(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:  # a quotation without an end; podman drops the value
        return []


def _pairs(values: Sequence[str]) -> dict[str, str]:
    pairs = (value.partition("=") for value in values)
    return {key: value for key, given, value in pairs if given}


def _place(start: str, value: str) -> str:
    return value if "://" in value else os.path.normpath(os.path.join(start, value))


def _last(values: Sequence[str]) -> str:
    return values[-1] if values else ""


def _values(keys: Sequence[_Key], name: str, section: str = "Build") -> list[str]:
    """Give all values of a key; an empty one takes back those before it."""
    values = list[str]()
    for key in keys:
        if (key.section, key.name) == (section, name):
            if key.value:
                values.append(key.value)
            else:
                values.clear()
    return values


def _value(keys: Sequence[_Key], name: str, section: str = "Build") -> str:
    """Give the value of a key that counts, the last one, without quotation marks around it; "" for none."""
    value = _last([key.value for key in keys if (key.section, key.name) == (section, name)])
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _drop_ins(path: str) -> list[str]:
    """Give the files that add to a unit, in their order: `x-y.build.d/*.conf`, `x-.build.d/`, `build.d/` beside it.

    Of files with one name the one of the most particular directory counts.
    """
    directory, name = os.path.split(path)
    parts = name.removesuffix(_UNIT).split("-")
    starts = [f"{'-'.join(parts[:count])}-{_UNIT}.d" for count in range(len(parts) - 1, 0, -1)]
    files = dict[str, str]()
    for place in (f"{name}.d", *starts, f"{_UNIT[1:]}.d"):
        for file in glob.glob(os.path.join(glob.escape(os.path.join(directory, place)), "*.conf")):
            files.setdefault(os.path.basename(file), file)
    return [files[base] for base in sorted(files)]


def _keys(path: str) -> Iterator[_Key]:
    """Read the keys of a unit; a backslash joins a line with the next, but for comments between them."""
    section = joined = ""
    text = (read_project_file(path, LARGEST_FILE) or b"").decode("utf-8", "replace")
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        if line[:1] in ("", "#", ";"):
            continue
        if line.endswith("\\"):
            joined += line[:-1]
            continue
        line, joined = joined + line, ""
        if match := _SECTION.fullmatch(line):
            section = match[1]
        elif "=" in line:
            name, _, value = line.partition("=")
            yield _Key(section, name.rstrip(), value.strip(), number)
