"""A build as a file declares it: what every way to declare builds comes to, before anything is read for it."""

from __future__ import annotations

import functools
import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ctxaudit.builders import builder as row
from ctxaudit.builders import several
from ctxaudit.builds import DECLARING, bake_files, compose_files, public
from ctxaudit.builds.context import DOWNLOAD, NO_CONTEXT, brought_by, out_of_reach, without_secrets
from ctxaudit.builds.request import NO_DOCKERFILE, PLATFORM, BuildRequest, foreign, request
from ctxaudit.dockerfile import is_remote
from ctxaudit.dockerfile.graph import LINKS
from ctxaudit.errors import CtxauditError, DockerfileError, PatternError, Pieces, TreeError, by_names
from ctxaudit.files import DISK, LARGEST, is_project_file, project_of, read_regular, upwards
from ctxaudit.ignore.file import NAME
from ctxaudit.model import (
    DEFAULT_BUILDER,
    NAMED_CONTEXT,
    BuilderName,
    Failure,
    Location,
    Service,
    Services,
    Unknown,
    Unseen,
)
from ctxaudit.values import LONGEST_PATH, expression, frozen, record

if TYPE_CHECKING:
    from ctxaudit.builds.compose.watch import Watched
    from ctxaudit.builds.workflows import Checked

WORKFLOWS = ".github/workflows"
_ONBUILD = expression(rb"^[ \t]*ONBUILD\s", re.IGNORECASE | re.MULTILINE)
LARGEST_FILE = 1 << 20  # bytes of a file that declares builds


@frozen
class Declared:
    """One build that a file declares.

    name: what the file calls it. declared: where it does. context: a directory relative to the working directory,
    a URL as it is written, "" where it is not known.
    dockerfile: relative to the working directory as well, None for the default one in the context.
    inline: the Dockerfile's bytes where the declaration itself holds them. inline_line: the line where they begin.
    inline_pieces: the same in pieces, each as it is and as a report shows it; () where no variable is part of it.
    build_contexts: name to value, local directories relative to the working directory.
    unknowns: what the file says and cannot be evaluated here. named: the arguments that name it in that file, () where
    what it says has to be said to ctxaudit itself. watched: the rules of its `develop.watch`, None for none.
    builder: who runs the build as the file says, of several one behind the other, None for who is asked.
    ignore_file: the one that this builder is given, None for the one that it finds.
    may_build: of a job that calls a file which is not here, the directory and Dockerfile that it gives, "" for none.
    given: where the context is written that a call of the file gives it, None for one that stands in the file itself.
    is_guess: no file says which context it is, and none of the directories holds what its Dockerfile names.
    """

    name: str
    declared: Location
    context: str
    dockerfile: str | None = None
    inline: bytes | None = None
    inline_line: int = 1
    inline_pieces: Pieces = ()
    target: str | None = None
    build_args: Mapping[str, str | None] = field(default_factory=dict)
    build_contexts: Mapping[str, str] = field(default_factory=dict)
    platform: str = PLATFORM
    unknowns: tuple[Unknown, ...] = ()
    named: tuple[str, ...] = ()
    watched: Watched | None = None
    builder: BuilderName | None = None
    ignore_file: str | None = None
    may_build: tuple[str, str] | None = None
    given: Location | None = None
    is_guess: bool = False

    def __post_init__(self) -> None:
        paths = {"the context": self.context, "the Dockerfile": self.dockerfile or ""}
        paths["the ignore file"] = self.ignore_file or ""
        paths |= {f"the context {by_names(name)}": value for name, value in self.build_contexts.items()}
        for what, path in paths.items():
            if "\0" in path:
                raise CtxauditError(f"{what} holds a NUL, which no path does", where=str(self.declared))
            # Whoever looks for it asks for each directory on the way by all names before it.
            if len(path) > LONGEST_PATH:
                raise CtxauditError(f"{what} has more than {LONGEST_PATH:,} letters", where=str(self.declared))

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that ask ctxaudit for this build; of a build argument the name alone, as it may be a secret."""
        return self.named or tuple(self._arguments())

    def _arguments(self) -> Iterator[str]:
        yield public("", self.context)
        if self.dockerfile and self.dockerfile != os.path.normpath(os.path.join(self.context, "Dockerfile")):
            yield from ("-f", self.dockerfile)
        if self.target:
            yield from ("--target", by_names(self.target))
        for key in self.build_args:
            yield from ("--build-arg", key)
        for key, value in self.build_contexts.items():
            yield from ("--build-context", public("", f"{by_names(key)}={by_names(value)}"))
        if self.platform != PLATFORM:
            yield from ("--platform", by_names(self.platform))
        if self.builder is not None:
            yield from ("--builders" if "," in self.builder else "--builder", self.builder)
        if self.ignore_file is not None:
            yield from ("--ignore-file", self.ignore_file)

    def builder_of(self, builder: BuilderName) -> BuilderName:
        """Give who runs the build: the one that is asked, else the one that the file's program is."""
        return builder if builder != DEFAULT_BUILDER or self.builder is None else self.builder

    def request(self, *, builder: BuilderName = DEFAULT_BUILDER, ignore_file: str | None = None) -> BuildRequest:
        """Read what the build is made of; raises as `request` does, with what helps in the file that declares it."""
        runs = self.builder_of(builder)
        try:
            build = self._read(runs, ignore_file)
        except (DockerfileError, TreeError) as error:
            raise self.helped(error) from error
        if runs == self.builder:  # each of several reads what the one before it passes on
            build = replace(build, apart=(), behind=build.apart)
        return build.changed(self._named)

    def _named(self, build: BuildRequest) -> BuildRequest:
        """Give the build with what the file says of it."""
        source = build.dockerfile
        if source is not None and not self._is_beside:
            source = replace(source, is_quoted=False)
        if source is not None and self.inline is not None:
            source = replace(source, name=self.declared.file, first_line=self.inline_line, pieces=self.inline_pieces)
        return replace(
            build,
            name=self.name,
            dockerfile=source,
            declared=self.declared,
            unknowns=(*self.unknowns, *build.unknowns),
            arguments=self.arguments,
            others=(),
            watched=self.watched,
            is_guess=self.is_guess,
        )

    def _read(self, builder: BuilderName, ignore_file: str | None) -> BuildRequest:
        if not self._has_own_dockerfile:
            raise foreign(self.dockerfile or "")
        if ignore_file is None and builder == self.builder and self.ignore_file is not None:
            ignore_file = self._own_ignore_file(self.ignore_file)
        return request(
            self.context,
            dockerfile=self.dockerfile,
            inline=self.inline,
            target=self.target,
            build_args=self.build_args,
            build_contexts=self.build_contexts,
            ignore_file=ignore_file,
            platform=self.platform,
            builder=builder,
        )

    def _own_ignore_file(self, name: str) -> str:
        """Return the ignore file; raises PatternError for one that is not there, or not the project's."""
        place = DISK.resolved(name)
        is_own = is_project_file(place, *map(project_of, self._directories))
        if not is_own or DISK.type(place) != "file":
            why = "no such file, or not a regular file" if is_own else "it leads out of the context and the repository"
            raise PatternError(
                f"open {name}: {why}", where=str(self.declared), fix="correct it there, or make the file"
            )
        return name

    @property
    def _directories(self) -> tuple[str, str]:
        """Where the project is: the context, and the directory of the file that declares the build."""
        return self.context, os.path.dirname(self.declared.file) or os.curdir

    @property
    def _has_own_dockerfile(self) -> bool:
        """Whether the Dockerfile is the project's: in the repository of the context, or of the file that names it."""
        if self.dockerfile is None or (self.is_fetched and not os.path.isabs(self.dockerfile)):
            return True
        place = DISK.resolved(self.dockerfile)
        is_missing = DISK.type(place) is None and not self._is_bare  # which is said with what helps
        return is_missing or is_project_file(place, *map(project_of, self._directories))

    @property
    def _is_beside(self) -> bool:
        """Whether the Dockerfile is in the repository of the file that declares the build, or of what is fetched."""
        if self.inline is not None or self.is_fetched:
            return True
        place = DISK.resolved(self.dockerfile or os.path.join(self.context, "Dockerfile"))
        return is_project_file(place, project_of(os.path.dirname(self.declared.file) or os.curdir))

    def helped(self, error: CtxauditError) -> CtxauditError:
        """Give an error with what helps in the file that declares the build."""
        fix = self._fix(error)
        if fix is None:
            return error
        return type(error)(error.what, where=error.where, source=error.source, column=error.column, fix=fix)

    def _fix(self, error: CtxauditError) -> str | None:
        """Give what helps where a Dockerfile or a context is not there, or an argument has no value; else None."""
        if error.what.startswith(NO_DOCKERFILE):
            return self._dockerfile_fix()
        if name := error.argument:
            alone = f"audit the build alone: ctxaudit {shlex.join(self._arguments())} --build-arg {name}=…"
            return alone if self._is_bare else f"give {name} a value in {self.declared.file}, or {alone}"
        is_context = error.what.startswith(NO_CONTEXT) and not (self._is_bare or brought_by(self.context))
        place = f"what is given in {self.given}" if self.given else f"`context` in {self.declared.file}"
        return f"correct {place}, or make the directory" if is_context else None

    @property
    def _is_bare(self) -> bool:
        """Whether no file but the Dockerfile itself declares it."""
        return self.dockerfile == self.declared.file

    def _dockerfile_fix(self) -> str:
        if self._is_bare or self.dockerfile is None:
            return "make it a readable regular file"
        directory, context = os.path.dirname(self.declared.file), os.path.normpath(self.context)
        if os.path.normpath(directory).endswith(WORKFLOWS):
            sentence = f"`file` is relative to the repository, not to the context {context}"
            meant = shown = os.path.join(context, self.dockerfile)
        elif self.declared.file.endswith(".build"):
            return (
                "`File` is relative to the unit's working directory, then to its context: correct it, or make the file"
            )
        else:
            sentence = f"`dockerfile` is relative to the context {context}"
            meant = os.path.join(directory, os.path.relpath(self.dockerfile, context))
            shown = os.path.relpath(meant, context)
        is_meant = os.path.isfile(meant) and not shown.startswith("../")
        return (
            f"{sentence}: write {os.path.normpath(shown)}" if is_meant else f"{sentence}: correct it, or make the file"
        )

    @property
    def identity(self) -> object:
        """What makes two builds the same, whatever they are called."""
        if not self.context:
            return self.name, self.declared
        return (
            os.path.realpath(self.context) if os.path.isdir(self.context) else self.context,
            self.inline if self.inline is not None else self.dockerfiles,
            (self.target, self.platform, self.builder, self.ignore_file),
            tuple(sorted(self.build_args.items())),
            tuple(sorted(self.build_contexts.items())),
        )

    @property
    def dockerfiles(self) -> tuple[str, ...]:
        """The Dockerfile without symlinks; () for a build that has no file, or of which no context is known."""
        if not self.context or self.inline is not None:
            return ()
        named = self.dockerfile or os.path.join(self.context, "Dockerfile")
        # BuildKit takes `dockerfile` for it, which is the same file for two names then.
        directory, name = os.path.split(named)
        lower = os.path.join(directory, name.lower())
        is_lower = name == "Dockerfile" and not os.path.lexists(named) and os.path.isfile(lower)
        return (os.path.realpath(lower if is_lower else named),)

    def ignore_files(self, builder: BuilderName) -> tuple[str, ...]:
        """The ignore files that its builders may read, without symlinks, where no more of it can be read."""
        if not self.context:
            return ()
        if self.ignore_file is not None and self.builder_of(builder) == self.builder:
            return (os.path.realpath(self.ignore_file),)
        paths = dict[str, None]()
        for reads in several(self.builder_of(builder)):
            general = (os.path.realpath(os.path.join(self.context, name)) for name in reads.ignore_files)
            own = [f"{dockerfile}{suffix}" for dockerfile in self.dockerfiles for suffix in reads.own_suffixes]
            paths |= dict.fromkeys(own if any(map(os.path.isfile, own)) else (*general, *own))
        return tuple(paths)

    @property
    def is_fetched(self) -> bool:
        """Whether the builder fetches the context itself."""
        return is_remote(self.context) and not os.path.isdir(self.context)

    @property
    def unseen(self) -> tuple[Unknown, ...]:
        """Why its context cannot be looked at; () for one that can be."""
        if not self.context:
            return self.unknowns
        why = out_of_reach(self.context)
        return (Unknown(f"what is sent: {why}", str(self.declared), DOWNLOAD), *self.unknowns) if why else ()

    def unseen_target(self, *, builder: BuilderName = DEFAULT_BUILDER) -> Unseen:
        """What is said of a build whose context cannot be looked at."""
        name = row(self.builder_of(builder)).name
        return Unseen(
            self.name,
            without_secrets(self.context),
            name,
            self.unseen,
            declared=self.declared,
            arguments=self.arguments,
        )


def with_triggers(builds: Iterable[Declared]) -> list[Declared]:
    """Add to each build what it does not show of a build that it links to: an ONBUILD there is run here."""
    every = list(builds)
    triggers = {build.name: at for build in every if (at := _trigger(build))}
    return [replace(build, unknowns=(*build.unknowns, *_triggered(build, triggers))) for build in every]


def _trigger(build: Declared) -> str:
    """Give where the Dockerfile of a build has an ONBUILD, "" where it has none or cannot be read."""
    data = build.inline
    for path in build.dockerfiles:
        data = read_regular(path, LARGEST)
    match = _ONBUILD.search(data or b"")
    if not data or not match:
        return ""
    line = data.count(b"\n", 0, match.start()) + 1
    if build.inline is not None:
        return f"{build.declared.file}:{line + build.inline_line - 1}"
    return f"{build.dockerfile or os.path.normpath(os.path.join(build.context, 'Dockerfile'))}:{line}"


def _triggered(build: Declared, triggers: Mapping[str, str]) -> Iterator[Unknown]:
    for value in build.build_contexts.values():
        name = value.partition(":")[2]
        if value.startswith(LINKS) and name in triggers:
            what = f"ONBUILD of {by_names(value)}, which runs in this build"
            yield Unknown(what, triggers[name], "copy it into this Dockerfile")


@record
class Failures:
    """The builds and files that cannot be read.

    builder: of all builds.
    readers: the ignore files that they read or may read, without symlinks, each with the name of who does.
    """

    builder: BuilderName = DEFAULT_BUILDER
    found: list[Failure] = field(default_factory=list)
    readers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_files(cls, failures: Iterable[Failure], builder: BuilderName) -> Failures:
        """Begin with files that declare builds; such a build may read the ignore file of the file's own directory."""
        begun = cls(builder, list(failures))
        for failure in begun.found:
            place = failure.name if os.path.isdir(failure.name) else os.path.dirname(failure.name)
            normal = os.path.normpath(place)
            top = os.path.join(place, "..", "..") if normal.endswith(WORKFLOWS) else place
            begun.readers.setdefault(os.path.realpath(os.path.join(top, NAME)), failure.name)
        return begun

    @contextmanager
    def alone(self, declared: Declared) -> Iterator[None]:
        """Let a build fail alone."""
        try:
            yield
        except CtxauditError as error:
            self.found.append(Failure(declared.name, declared.declared, str(declared.helped(error))))
            for name in declared.ignore_files(self.builder):
                self.readers.setdefault(name, declared.name)

    def reader(self, ignore_file: str) -> str:
        """Give the build or file that reads an ignore file and cannot be read itself, "" if there is none."""
        return self.readers.get(os.path.realpath(ignore_file), "")


def unreached(build: BuildRequest, keys: Iterable[str]) -> Iterator[Unseen]:
    """Give what is said of those of these named contexts that only the builder sees."""
    for key in keys:
        context = build.build_contexts[key]
        if why := out_of_reach(context):
            doubt = Unknown(f"what is sent: {why}", str(build.declared or ""), DOWNLOAD)
            name = f"{build.name}{NAMED_CONTEXT}{by_names(key)}"
            shown = without_secrets(context)
            yield Unseen(name, shown, build.builder.name, (doubt,), declared=build.declared, arguments=build.arguments)


# The builds of one context that compose files, bake files and workflows beside it declare.

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


@record
class Beside:
    """What files beside the contexts declare. Each directory is read once, whichever context asks for it."""

    _found: dict[tuple[Path, str], tuple[list[Declared], dict[str, dict[str, Service]], bool]] = field(
        default_factory=dict
    )
    _checked: dict[str, list[Checked]] = field(default_factory=dict)
    _directories: dict[tuple[str, str], _Beside] = field(default_factory=dict)
    _workflows: dict[str, Workflows] = field(default_factory=dict)

    def builds(self, context: Path, shown: str) -> list[Declared]:
        """Give the declared builds of a context, each once; a file that cannot be read declares none.

        The files stand in the context's directory and in those above it, up to the top of its repository.
        context: without symlinks. shown: as the user wrote it.
        """
        declarations: dict[object, Declared] = {}
        for build in self._declared(context, shown):
            declarations.setdefault(build.identity, build)
        return list(declarations.values())

    def unread(self, context: Path, shown: str) -> list[str]:
        """Give the files that may declare builds of a context and cannot be read, where `builds` looks for them."""
        directories, root = _directories(context, shown)
        return [file for directory in directories for file in self._directory(directory, root).unread]

    def checked(self, build: BuildRequest) -> Location | None:
        """Say where CI runs the build straight after a checkout, with nothing but what git tracks."""
        source = build.dockerfile
        if source is None or build.key or build.snapshot is not None:
            return None
        root = _directories(build.context, build.shown)[1]
        if root not in self._checked:
            from ctxaudit.builds import workflows

            self._checked[root] = workflows.from_checkout(root)
        for ci_build in self._checked[root]:
            file = ci_build.dockerfile or os.path.join(ci_build.context, "Dockerfile")
            same = os.path.realpath(ci_build.context), os.path.realpath(file), ci_build.target
            if same == (os.fspath(build.context), os.path.realpath(source.name), build.target):
                return ci_build.at
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
        same = [entry for entry in declared if entry.target == build.target and _is_of(entry, name, source.data)]
        matching = [services.get(entry.declared.file, {}).get(entry.name) for entry in same]
        return Services(tuple(filter(None, matching)), alone and None not in matching)

    def _uses(self, context: Path, shown: str) -> tuple[list[Declared], dict[str, dict[str, Service]], bool]:
        """Give all declarations of a context, the services of each compose file, and whether no other file may
        build it.
        """
        declared = [replace(build, declared=_normal(build.declared)) for build in self._declared(context, shown)]
        directories, root = _directories(context, shown)
        besides = [self._directory(directory, root) for directory in directories]
        services = {file: services for beside in besides for file, services in beside.services.items()}
        return declared, services, not any(beside.may_build for beside in besides)

    def _declared(self, context: Path, shown: str) -> Iterator[Declared]:
        """Give all declared builds of a context, those of the nearest directories first."""
        for build in self._every(context, shown):
            if os.path.realpath(build.context) == os.fspath(context):
                yield build

    def _every(self, context: Path, shown: str) -> Iterator[Declared]:
        """Give the builds of any local context that files beside a context and above it declare."""
        directories, root = _directories(context, shown)
        declaring = [directory for directory in directories if DECLARING.intersection(DISK.names(directory))]
        beside = chain.from_iterable(self._directory(directory, root).declared for directory in declaring)
        for build in (*beside, *self._workflows_of(root).declared):
            if build.context and not build.is_fetched:
                yield build

    def of_other_contexts(self, build: BuildRequest) -> list[Declared]:
        """Give the declared builds of a build's Dockerfile; none where one of them has its context."""
        source = build.dockerfile
        if source is None or build.snapshot is not None:
            return []
        name = os.path.realpath(source.name)
        same = [entry for entry in self._every(build.context, build.shown) if name in entry.dockerfiles]
        has_context = any(os.path.realpath(entry.context) == os.fspath(build.context) for entry in same)
        return [] if has_context else same

    def concerning(self, build: BuildRequest) -> Workflows:
        """Give what the workflows of its repository say of a build's main context."""
        if build.key or build.snapshot is not None or not build.builder.fetches:
            return _NO_WORKFLOWS
        directories, root = _directories(build.context, build.shown)
        inside = os.path.relpath(build.context, [build.context, *build.context.parents][len(directories) - 1])
        read = self._workflows_of(root)
        steps = tuple(step for step in read.from_git if (step.directory or ".") == inside)
        return Workflows((), steps, read.unknowns if inside == "." else ())

    def _workflows_of(self, root: str) -> Workflows:
        """Read all workflows of a repository; what reads them is imported where there are any."""
        if root not in self._workflows:
            self._workflows[root] = _NO_WORKFLOWS
            if os.path.isdir(os.path.join(root, WORKFLOWS)):
                from ctxaudit.builds import workflows

                self._workflows[root] = workflows.workflows(root)
        return self._workflows[root]

    def _directory(self, directory: str, root: str) -> _Beside:
        key = directory, root
        if key not in self._directories:
            self._directories[key] = _Beside(directory, root)
        return self._directories[key]


class _Beside:
    """What the files of one directory declare, read when it is asked for. root: the top of its repository."""

    def __init__(self, directory: str, root: str) -> None:
        self._directory, self._root = directory, root
        self._names = DISK.names(directory)
        self._composed = compose_files(directory, self._names)

    @property
    def declared(self) -> tuple[Declared, ...]:
        return self._read[0]

    @property
    def unread(self) -> tuple[str, ...]:
        """The first of the files that belong together and cannot be read."""
        return self._read[1]

    @functools.cached_property
    def _read(self) -> tuple[tuple[Declared, ...], tuple[str, ...]]:
        declarations, unread = list[Declared](), dict[str, None]()
        baked = bake_files(self._directory, self._names)
        for files, read in ((self._composed, _composed), (baked, functools.partial(_baked, root=self._root))):
            try:
                declarations += read(files) if files else ()
            except CtxauditError:
                unread[os.path.normpath(files[0])] = None
        return tuple(declarations), tuple(unread)

    @functools.cached_property
    def services(self) -> dict[str, dict[str, Service]]:
        """The services of each compose file."""
        with suppress(CtxauditError):
            by_name = _services(self._composed) if self._composed else {}
            return {os.path.normpath(file): by_name for file in self._composed}
        return {}

    @functools.cached_property
    def may_build(self) -> bool:
        """Whether a file that declares nothing that is read here may have an image built."""
        taken = {os.path.basename(file) for file in self._composed}
        return any(_may_build(self._directory, name) for name in self._names if name not in taken)


def _is_of(build: Declared, name: str, data: bytes) -> bool:
    if build.inline is not None:
        return build.inline == data
    return os.path.realpath(build.dockerfile or os.path.join(build.context, "Dockerfile")) == name


def _normal(at: Location) -> Location:
    return replace(at, file=os.path.normpath(at.file))


def _may_build(directory: str, name: str) -> bool:
    """Whether a file that declares nothing that is read here may have the image built."""
    if _BUILDS.fullmatch(name):
        return True
    path = os.path.join(directory, name)
    if name == ".github":
        workflows = os.path.join(path, "workflows")
        return any(_calls_docker(os.path.join(workflows, name)) for name in DISK.names(workflows))
    return _CALLS.fullmatch(name) is not None and _calls_docker(path)


def _calls_docker(path: str) -> bool:
    return _COMMAND.search(read_regular(path, LARGEST_FILE) or b"") is not None


def _directories(context: Path, shown: str) -> tuple[list[str], str]:
    """The directory of a context and those above it, up to the top of its repository, which is given, too."""
    top = next((at for at, place in enumerate(upwards(context)) if os.path.exists(place / ".git")), 0)
    directories = [os.path.normpath(os.path.join(shown, *[".."] * up)) for up in range(top + 1)]
    return directories, directories[-1]


def _composed(files: Sequence[str]) -> tuple[Declared, ...]:
    from ctxaudit.builds import compose
    from ctxaudit.builds.compose import ALL_PROFILES

    return compose.declared(files, profiles=(ALL_PROFILES,))


def _services(files: Sequence[str]) -> dict[str, Service]:
    from ctxaudit.builds.compose.document import services

    return services(files)


def _baked(files: Sequence[str], root: str) -> tuple[Declared, ...]:
    from ctxaudit.builds import bake

    return bake.every(files, root)
