"""Builds as bake files declare them: `docker-bake.json` and `docker-bake.hcl`.

Everything is evaluated here, nothing is run: what would take running stays unknown. Source: docker/buildx bake/.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from ctxaudit.builds.bake import hcl
from ctxaudit.builds.bake.builds import COMPOSE_ENDINGS, PRINTED, Places, ask_bake, build, read_compose
from ctxaudit.builds.bake.source import BakeFile
from ctxaudit.builds.bake.targets import read_blocks, read_overrides, refuse_attributes, refuse_kinds, refuse_variables
from ctxaudit.builds.bake.world import World
from ctxaudit.builds.context import TRUE, like_file, without_secrets
from ctxaudit.builds.declared import Declared, with_triggers
from ctxaudit.dockerfile import is_remote
from ctxaudit.errors import CtxauditError, by_names
from ctxaudit.files import read_project_file
from ctxaudit.values import frozen

_LARGEST = 1 << 20  # bytes; the largest that projects have are a fiftieth of it


@frozen
class Given:
    """The arguments that bake gets beside its files.

    targets: names or patterns; without any the group or target `default`, or else all. sets: as `--set`.
    variables: as `--var`. environment: overrides variables, too; that of the process unless it is given.
    anywhere: whether what compose files name may lie outside of their repository: the user named them.
    """

    targets: Sequence[str] = ()
    sets: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    anywhere: bool = False

    @property
    def known(self) -> dict[str, str]:
        """The values that override those of the files' variables."""
        is_asked = self.environment.get("BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP") not in TRUE
        return {**(self.environment if is_asked else {}), **self.variables}


def declared(files: Sequence[str], given: Given | None = None) -> tuple[Declared, ...]:
    """Read the builds of these targets and groups, and the targets that they link to.

    files: relative to the working directory, a later one overrides an earlier one.

    A build that is not known has "" for its context, and says why in its unknowns.
    Raises CtxauditError for a file that cannot be read, and for what bake refuses.
    """
    given = given or Given()
    by_file = given.environment.get("BUILDX_BAKE_FILE_RELATIVE_PATHS", "").strip() in TRUE
    return _evaluated(_parsed(files, "", by_file, given), given, Places(by_file=by_file), _named(files))


def every(files: Sequence[str], root: str = "") -> tuple[Declared, ...]:
    """Read the builds of all groups, as bake would make them in the directory of the files, or in *root*.

    Of these directories the one counts from which more of the contexts and Dockerfiles are there; of two that are
    equal, that of the files.
    """
    directory = os.path.dirname(files[0])
    beside = _every(files, directory)
    if os.path.realpath(directory or ".") == os.path.realpath(root or "."):
        return beside
    own = [name for name in files if not name.lower().endswith(COMPOSE_ENDINGS)]  # what `bake -f` would name
    above = _every(own, os.path.normpath(root or ".")) if own else ()
    return above if _there(above) > _there(beside) else beside


def _every(files: Sequence[str], directory: str) -> tuple[Declared, ...]:
    given = Given()
    named = _named(files) if os.path.normpath(directory or ".") == "." else ()  # from elsewhere, paths mean others
    return _evaluated(_parsed(files, directory, False, given), given, Places(directory), named, is_every=True)


def _there(builds: Sequence[Declared]) -> int:
    """Count the contexts and Dockerfiles that are there."""
    contexts = sum(os.path.isdir(declaration.context) for declaration in builds)
    return contexts + sum(os.path.isfile(path) for declaration in builds for path in declaration.dockerfiles)


def printed(files: Sequence[str], given: Given) -> tuple[Declared, ...]:
    """Ask `docker buildx bake --print` for the same; raises CtxauditError where it does not answer."""
    document = ask_bake(files, given.targets, given.sets, given.variables)
    read = [hcl.read_json(document, PRINTED)]
    return _evaluated(read, Given(environment={}), Places(), (*_named(files), "--bake-print"), is_checked=False)


def _named(files: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for file in files for word in ("--bake", file))


def _evaluated(
    files: Sequence[BakeFile],
    given: Given,
    places: Places,
    named: tuple[str, ...],
    *,
    is_every: bool = False,
    is_checked: bool = True,
) -> tuple[Declared, ...]:
    """*named*: the arguments that name the files, () where a build is not named by them.

    is_checked: whether what bake refuses is looked for; what bake itself printed may be newer than this package.
    """
    try:
        world = World(files, given.known)
        if is_checked:
            refuse_attributes(files)
        targets = read_blocks(world)
        if is_checked:
            refuse_variables(world, targets)
            refuse_kinds(world)
        targets = replace(targets, overrides=read_overrides(given.sets, targets, given.known))
        chosen = targets.chosen(targets.every() if is_every else given.targets)
        builds = with_triggers(build(target, targets, places) for target in chosen)
        return tuple(_shown(declaration, named) for declaration in builds)
    except RecursionError as error:
        raise CtxauditError("not evaluated: groups or inherits are nested too deep", where=files[0].name) from error


def _shown(build: Declared, named: tuple[str, ...]) -> Declared:
    name = by_names(build.name)
    return replace(build, name=name, named=(*named, "--bake-target", name) if named else ())


def _parsed(files: Sequence[str], directory: str, by_file: bool, given: Given) -> list[BakeFile]:
    """Read the files, those of compose before all others, as bake does."""
    compose = [name for name in files if name.lower().endswith(COMPOSE_ENDINGS)]
    base = os.path.dirname(compose[0]) if compose and by_file else directory
    bake_files = [read_compose(compose, base, given.known, anywhere=given.anywhere)] if compose else []
    return bake_files + [_one(_read(name), name) for name in files if name not in compose]


def _read(name: str) -> str:
    if is_remote(name):
        what = f"{without_secrets(name)}: a bake file that is not on this machine is not read"
        raise CtxauditError(what, fix="clone the repository, and run ctxaudit there: bake takes `.` for the repository")
    data = read_project_file(name, _LARGEST + 1)
    if data is None:
        what = f"open {name}: no such file, or not a readable regular file"
        raise CtxauditError(what, fix=like_file(name) or "name it with --bake")
    if len(data) > _LARGEST:
        raise CtxauditError(f"larger than {_LARGEST} bytes", where=name, fix="name a bake file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CtxauditError("not UTF-8", where=f"{name}:{line}", fix="save it as UTF-8") from error


def _one(written: str, name: str) -> BakeFile:
    """Read by the name's ending; another name may be either, as for bake."""
    return (
        hcl.read_json(written, name) if name.endswith(".json") or _is_json(name, written) else hcl.read(written, name)
    )


def _is_json(name: str, written: str) -> bool:
    return not name.endswith(".hcl") and written.lstrip().startswith("{")
