"""Builds as bake files declare them: `docker-bake.json`, and `docker-bake.hcl` with the extra `bake`.

Everything is evaluated here, nothing is run: what would take running stays unknown. Source: docker/buildx bake/.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular
from ctxaudit.requests.bake import blocks, hcl, jsonfile, printing
from ctxaudit.requests.bake.builds import build
from ctxaudit.requests.bake.source import BakeFile
from ctxaudit.requests.bake.world import World
from ctxaudit.requests.declared import Declared

# In bake's own order: a later file has the last word. It reads compose files before them.
FILES = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")
_LARGEST = 1 << 20  # bytes; the largest that projects have are a fiftieth of it


def declared(
    files: Sequence[str], *, targets: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> tuple[Declared, ...]:
    """Read the builds of these targets and groups, and the targets that they link to.

    files: relative to the working directory, a later one has the last word.
    targets: names or patterns; without any the group or target `default`, or else all.
    environment: overrides variables, that of the process unless it is given.

    A build that cannot be told has "" for its context, and says why in its unknowns.
    Raises CtxauditError for a file that cannot be read, and for what bake refuses.
    """
    read = tuple(_parsed(_read(name), name) for name in files)
    return _evaluated(read, targets, os.environ if environment is None else environment, _named(files))


def printed(files: Sequence[str], *, targets: Sequence[str] = ()) -> tuple[Declared, ...]:
    """Ask `docker buildx bake --print` for the same; raises CtxauditError where it does not answer."""
    read = (jsonfile.read(printing.ask(files, targets), printing.NAME),)
    return _evaluated(read, (), {}, (*_named(files), "--bake-print"))


def _named(files: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for file in files for word in ("--bake", file))


def _evaluated(
    files: Sequence[BakeFile], targets: Sequence[str], environment: Mapping[str, str], named: tuple[str, ...]
) -> tuple[Declared, ...]:
    """*named*: the arguments that name the files."""
    try:
        found = blocks.read(World(files, environment))
        builds = (build(one, found) for one in found.chosen(targets))
        return tuple(replace(one, named=(*named, "--bake-target", one.name)) for one in builds)
    except RecursionError as error:
        raise CtxauditError("not evaluated: groups or inherits are nested too deep", where=files[0].name) from error


def _read(name: str) -> str:
    data = read_regular(os.path.realpath(name), _LARGEST + 1)
    if data is None:
        raise CtxauditError(f"open {name}: no such file, or not a readable regular file", fix="name it with --bake")
    if len(data) > _LARGEST:
        raise CtxauditError(f"larger than {_LARGEST} bytes", where=name, fix="name a bake file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CtxauditError("not UTF-8", where=f"{name}:{line}", fix="save it as UTF-8") from error


def _parsed(written: str, name: str) -> BakeFile:
    """Read by the name's ending; another name may be either, as for bake."""
    return (
        jsonfile.read(written, name) if name.endswith(".json") or _is_json(name, written) else hcl.read(written, name)
    )


def _is_json(name: str, written: str) -> bool:
    return not name.endswith(".hcl") and written.lstrip().startswith("{")
