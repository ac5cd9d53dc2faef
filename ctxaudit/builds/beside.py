"""The builds of one context that compose files, bake files and workflows beside it declare."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ctxaudit.builds.declared import LARGEST_FILE, WORKFLOWS, Declared
from ctxaudit.builds.default_files import bake_files, compose_files
from ctxaudit.builds.request import BuildRequest
from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular, upwards
from ctxaudit.model import Location, Service, Services, Unknown
from ctxaudit.values import expression, frozen

if TYPE_CHECKING:
    from ctxaudit.builds.checkout import Checked

# Files that may have an image built, too, and started without a mount: by their names, or by a command in them.
_BUILDS = expression(
    r".*compose.*\.ya?ml|docker-bake.*|\.gitlab-ci\.yml|fly\.toml|render\.yaml|heroku\.yml|skaffold\.yaml|app\.json"
    r"|cloudbuild\.ya?ml|Jenkinsfile|\.circleci|\.drone\.yml|\.woodpecker.*|azure-pipelines\.yml|\.travis\.yml"
    r"|bitbucket-pipelines\.yml|captain-definition|railway\.(?:json|toml)|Procfile|Tiltfile"
)
_CALLS = expression(r"Makefile|makefile|justfile|Taskfile\.ya?ml|.*\.sh|package\.json|README.*")
_COMMAND = expression(rb"\b(?:docker|podman|nerdctl|buildah)(?: buildx| image)? (?:build|bud)\b")


@frozen
class GitStep:
    """A step that builds from git. at: its line. action: its name. directory: what it builds of the repository."""

    at: Location
    action: str
    directory: str


@frozen
class Workflows:
    """What the workflows of a repository build.

    declared: from directories, relative to the working directory. from_git: the other steps.
    unknowns: what they do not say outright.
    """

    declared: tuple[Declared, ...]
    from_git: tuple[GitStep, ...]
    unknowns: tuple[Unknown, ...]


_NO_WORKFLOWS = Workflows((), (), ())


class Beside:
    """What files beside the contexts declare. Each directory is read once, whichever context asks for it."""

    def __init__(self) -> None:
        self._found: dict[tuple[Path, str], tuple[list[Declared], dict[str, dict[str, Service]], bool]] = {}
        self._checked: dict[str, list[Checked]] = {}
        self._directories: dict[tuple[str, str], _Beside] = {}
        self._workflows: dict[str, tuple[Declared, ...]] = {}

    def builds(self, context: Path, shown: str) -> list[Declared]:
        """Give the declared builds of a context, each once; a file that cannot be read declares none.

        The files stand in the context's directory and in those above it, up to the top of its repository.
        context: without symlinks. shown: as the user wrote it.
        """
        found: dict[object, Declared] = {}
        for one in self._declared(context, shown):
            found.setdefault(one.identity, one)
        return list(found.values())

    def checked(self, build: BuildRequest) -> Location | None:
        """Say where CI runs the build straight after a checkout, with nothing but what git tracks."""
        source = build.dockerfile
        if source is None or build.key or build.snapshot is not None:
            return None
        root = _directories(build.context, build.shown)[1]
        if root not in self._checked:
            from ctxaudit.builds import workflows

            self._checked[root] = workflows.from_checkout(root)
        for one in self._checked[root]:
            file = one.dockerfile or os.path.join(one.context, "Dockerfile")
            same = os.path.realpath(one.context), os.path.realpath(file), one.target
            if same == (os.fspath(build.context), os.path.realpath(source.name), build.target):
                return one.at
        return None

    def of(self, build: BuildRequest) -> Services:
        """Give the services that build the same stage of the same Dockerfile."""
        source = build.dockerfile
        if source is None or build.key or build.snapshot is not None:
            return Services()
        key = build.context, build.shown
        if key not in self._found:
            self._found[key] = self._uses(*key)
        declared, services, alone = self._found[key]
        name = os.path.realpath(source.name)
        same = [one for one in declared if one.target == build.target and _is_of(one, name, source.data)]
        found = [services.get(one.declared.file, {}).get(one.name) for one in same]
        return Services(tuple(filter(None, found)), alone and None not in found)

    def _uses(self, context: Path, shown: str) -> tuple[list[Declared], dict[str, dict[str, Service]], bool]:
        """Give all declarations of a context, the services of each compose file, and whether no other file may
        build it.
        """
        declared = [replace(one, declared=_normal(one.declared)) for one in self._declared(context, shown)]
        directories, root = _directories(context, shown)
        found = [self._directory(directory, root) for directory in directories]
        services = {file: services for one in found for file, services in one.services.items()}
        return declared, services, not any(one.may_build for one in found)

    def _declared(self, context: Path, shown: str) -> Iterator[Declared]:
        """Give all declared builds of a context, those of the nearest directories first."""
        directories, root = _directories(context, shown)
        if root not in self._workflows:
            self._workflows[root] = workflows_of(root).declared
        beside = chain.from_iterable(self._directory(directory, root).declared for directory in directories)
        for one in (*beside, *self._workflows[root]):
            if one.context and not one.is_fetched and os.path.realpath(one.context) == os.fspath(context):
                yield one

    def _directory(self, directory: str, root: str) -> _Beside:
        key = directory, root
        if key not in self._directories:
            self._directories[key] = _Beside(directory, root)
        return self._directories[key]


class _Beside:
    """What the files of one directory declare, read when it is asked for. root: the top of its repository."""

    def __init__(self, directory: str, root: str) -> None:
        self._directory, self._root = directory, root
        self._names = _names(directory)
        self._composed = compose_files(directory, self._names)

    @functools.cached_property
    def declared(self) -> tuple[Declared, ...]:
        return tuple(_of_directory(self._composed, bake_files(self._directory, self._names), self._root))

    @functools.cached_property
    def services(self) -> dict[str, dict[str, Service]]:
        """The services of each compose file."""
        with suppress(CtxauditError):
            found = _services(self._composed) if self._composed else {}
            return {os.path.normpath(file): found for file in self._composed}
        return {}

    @functools.cached_property
    def may_build(self) -> bool:
        """Whether a file that declares nothing that is read here may have an image built."""
        taken = {os.path.basename(file) for file in self._composed}
        return any(_may_build(self._directory, name) for name in self._names if name not in taken)


def workflows_of(root: str) -> Workflows:
    """Read all workflows of a repository; what reads them is imported where there are any."""
    if not os.path.isdir(os.path.join(root, WORKFLOWS)):
        return _NO_WORKFLOWS
    from ctxaudit.builds import workflows

    return workflows.workflows(root)


def concerning(build: BuildRequest) -> Workflows:
    """Give what the workflows of its repository say of a build's main context."""
    if build.key or build.snapshot is not None or not build.builder.fetches:
        return _NO_WORKFLOWS
    top = next((place for place in upwards(build.context) if os.path.exists(place / ".git")), build.context)
    inside = os.path.relpath(build.context, top)
    found = workflows_of(os.path.normpath(os.path.join(build.shown, os.path.relpath(top, build.context))))
    steps = tuple(step for step in found.from_git if (step.directory or ".") == inside)
    return Workflows((), steps, found.unknowns if inside == "." else ())


def _is_of(one: Declared, name: str, data: bytes) -> bool:
    if one.inline is not None:
        return one.inline == data
    return os.path.realpath(one.dockerfile or os.path.join(one.context, "Dockerfile")) == name


def _normal(at: Location) -> Location:
    return replace(at, file=os.path.normpath(at.file))


def _may_build(directory: str, name: str) -> bool:
    """Whether a file that declares nothing that is read here may have the image built."""
    if _BUILDS.fullmatch(name):
        return True
    path = os.path.join(directory, name)
    if name == ".github":
        return any(
            _calls_docker(os.path.join(path, "workflows", one)) for one in _names(os.path.join(path, "workflows"))
        )
    return _CALLS.fullmatch(name) is not None and _calls_docker(path)


def _calls_docker(path: str) -> bool:
    return _COMMAND.search(read_regular(path, LARGEST_FILE) or b"") is not None


def _directories(context: Path, shown: str) -> tuple[list[str], str]:
    """The directory of a context and those above it, up to the top of its repository, which is given, too."""
    top = next((at for at, place in enumerate(upwards(context)) if os.path.exists(place / ".git")), 0)
    found = [os.path.normpath(os.path.join(shown, *[".."] * up)) for up in range(top + 1)]
    return found, found[-1]


def _names(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _of_directory(composed: Sequence[str], baked: Sequence[str], root: str) -> Iterator[Declared]:
    with suppress(CtxauditError):
        yield from _composed(composed) if composed else ()
    with suppress(CtxauditError):
        yield from _baked(baked, root) if baked else ()


def _composed(files: Sequence[str]) -> tuple[Declared, ...]:
    from ctxaudit.builds import compose
    from ctxaudit.builds.compose.builds import ALL_PROFILES

    return compose.declared(files, profiles=(ALL_PROFILES,))


def _services(files: Sequence[str]) -> dict[str, Service]:
    from ctxaudit.builds.compose.services import services

    return services(files)


def _baked(files: Sequence[str], root: str) -> tuple[Declared, ...]:
    from ctxaudit.builds import bake

    return bake.every(files, root)
