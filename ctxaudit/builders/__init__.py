"""What each builder is sent. A new builder is one file with a `Selection`, a `Receiver` and a `Scale`, and one row."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Container, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ctxaudit.errors import CtxauditError
from ctxaudit.model import BY, NAMED_CONTEXT, BuilderName, client
from ctxaudit.values import counted, frozen

Beside = Callable[[str], bytes | None]

if TYPE_CHECKING:
    from ctxaudit.builders.base import BuildSelection, Receiver
    from ctxaudit.ignore.file import IgnoreFile
    from ctxaudit.ignore.matcher import Matcher
    from ctxaudit.walk import Scale


@frozen
class Builder:
    """A row of `BUILDERS`. What is not said of a builder is that it does not.

    name: what `--builder` is given. title: what a sentence calls it.
    transfer: what its own output calls the bytes of the transfer, "" where nothing is transferred; said instead then.
    module: its file in this folder, imported when it is asked: the command line needs the names alone.
    narrows: it is sent only what the Dockerfile uses.
    names_suffice: names and types alone decide what it is sent; the attributes are read only for sizes.
    reads_apart: the Dockerfile and its ignore file are read apart from the context, before it and from their own
    directory. A builder that does not finds the Dockerfile in the context that it is sent.
    follows_inside: links are then followed in that directory only, and `dockerfile` stands in for `Dockerfile`.
    dockerfiles: the names that it looks for at the context root, in this order.
    may_lack_dockerfile: it also takes a directory without one, from which something else makes the image.
    tries_context: a Dockerfile that is named, and not there from the working directory, is looked for in the context.
    own_suffixes: what the name of an ignore file beside the Dockerfile has after the Dockerfile's own; the first that
    is there replaces those at the context root. ignore_files: the names that are read there, the first that is there.
    fetches: it fetches a context that a URL names itself, and reads no ignore file in it; for others, the client
    clones the repository, with its `.git`.
    reads_here: its client cleans the lines of the ignore file; a daemon, which is a Linux, does so for BuildKit.
    sent_always: what its client sends though the ignore file excludes it, and its daemon then removes before a COPY.
    uses_messages: patterns, used paths and names travel as messages of gRPC, which not every byte survives.
    mounts_raw: a bind mount of the context shows the directory as it stands, whatever the ignore file excludes.
    enters_by_name: it looks below an excluded directory only where an exception starts with the directory's name.
    needs_directory: a wildcard that matches nothing fails the build where the directory before it is not sent.
    needs_match: an instruction fails of which no source matches anything.
    asks_types: what it takes also depends on whether something is a directory.
    makes_ignore_file: its file has `made`, which gives the ignore file that it makes if it finds none, and `parse`,
    as a file may include another one.
    refuses: the states of an ignore file with which the build fails.
    is_dockers: it is one of Docker's own, for which every proposal to `.dockerignore` is proved.
    declared_by: the programs whose files declare builds that it runs.
    mistaken_for: the names under which people look for it, beside its own.
    commands: those that build by it, as people paste them, with a variable before that it depends on.
    engines: the programs that `ctxaudit verify` asks about it: as `--engine` names them, and the class that asks.
    """

    name: BuilderName
    title: str
    transfer: str
    module: str
    said: str = ""
    dockerfiles: tuple[str, ...] = ("Dockerfile",)
    own_suffixes: tuple[str, ...] = ()
    ignore_files: tuple[str, ...] = (".dockerignore",)
    narrows: bool = False
    names_suffice: bool = False
    reads_apart: bool = False
    follows_inside: bool = False
    may_lack_dockerfile: bool = False
    tries_context: bool = False
    fetches: bool = False
    reads_here: bool = False
    sent_always: tuple[str, ...] = ()
    uses_messages: bool = False
    mounts_raw: bool = False
    enters_by_name: bool = False
    needs_directory: bool = False
    needs_match: bool = False
    asks_types: bool = False
    makes_ignore_file: bool = False
    refuses: frozenset[str] = frozenset()
    is_dockers: bool = False
    declared_by: tuple[str, ...] = ()
    mistaken_for: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    engines: tuple[tuple[str, str], ...] = ()

    @property
    def has_own_ignore_file(self) -> bool:
        """Whether an ignore file beside the Dockerfile replaces those at the context root."""
        return bool(self.own_suffixes)

    @property
    def dialect(self) -> type[Matcher]:
        """How it reads an ignore file."""
        return _loaded(self.module).dialect

    def read(self, name: str, data: bytes, beside: Beside | None = None) -> IgnoreFile:
        """Compile an ignore file; raises PatternError where the builder fails.

        beside: reads a file of the same directory, for one that is included; None for those on the disk.
        """
        from ctxaudit.ignore.file import IgnoreFile

        if not self.makes_ignore_file:
            lines = client().path(data.decode("latin-1")).encode("latin-1") if self.reads_here else data
            return IgnoreFile(name, data, self.dialect.parse(name, lines))
        beside = beside or (lambda other: _read(os.path.join(os.path.dirname(name), other)))
        return IgnoreFile(name, data, _loaded(self.module).file.parse(name, data, beside))

    def made(self, names: frozenset[str]) -> bytes:
        """Give the ignore file that it makes for a directory of these names, b"" where it makes none."""
        data: bytes = _loaded(self.module).file.made(names) if self.makes_ignore_file else b""
        return data

    def select(
        self,
        exclude: Matcher,
        include: Matcher | None,
        dockerfile: str,
        wide: bool,
        kind: Callable[[str], str | None] | None = None,
    ) -> BuildSelection:
        """Give the selection for an ignore list.

        include: the paths used, None for everything. dockerfile: its path in the context, "" for outside of it.
        wide: the selection also says what is permitted and not used. kind: gives the type of a path, None where that
        is not known.
        """
        lines = self.dialect.translated(exclude)
        if self.asks_types:
            typed: BuildSelection = _loaded(self.module).file.Selection(lines, include, dockerfile, wide, kind)
            return typed
        selection: BuildSelection = _loaded(self.module).file.Selection(lines, include, dockerfile, wide)
        return selection

    def receiver(self, selection: BuildSelection) -> Receiver:
        """Give what counts the entries that arrive."""
        receiver: Receiver = _loaded(self.module).file.Receiver(selection)
        return receiver

    @property
    def scale(self) -> Scale:
        """What measures the entries that are sent whole."""
        return _loaded(self.module).scale


def _read(path: str) -> bytes | None:
    from ctxaudit.files import LARGEST, read_project_file

    return read_project_file(path, LARGEST)


@frozen
class _Loaded:
    """The file of a builder, how it reads an ignore file, and what measures the entries that it is sent whole."""

    file: Any
    dialect: type[Matcher]
    scale: Scale


@cache
def _loaded(module: str) -> _Loaded:
    from ctxaudit.ignore.matcher import Matcher

    file = import_module(f"{__name__}.{module}")
    # The file of a builder that reads patterns as Docker does says nothing of it.
    return _Loaded(file, getattr(file, "Dialect", Matcher), file.Scale())


_ROWS = (
    Builder(
        name="buildkit",
        title="BuildKit",
        transfer="transferring context",
        module="buildkit",
        narrows=True,
        names_suffice=True,
        reads_apart=True,
        follows_inside=True,
        own_suffixes=(".dockerignore",),
        fetches=True,
        uses_messages=True,
        needs_directory=True,
        is_dockers=True,
        mistaken_for=("docker", "buildx", "moby", "default", "docker-container", "compose"),
        commands=(
            *("docker build", "docker image build", "docker builder build", "docker buildx build", "docker buildx b"),
            "nerdctl build",
        ),
        engines=(("buildx", "docker.Buildx"), ("docker", "docker.BuildKit"), ("buildkitd", "buildkitd.Buildkitd")),
    ),
    Builder(
        name="classic",
        title="the classic builder",
        transfer="build context tar",
        module="classic",
        reads_here=True,
        sent_always=(".dockerignore",),
        enters_by_name=True,
        needs_match=True,
        refuses=frozenset(("a directory", "unreadable", "special")),
        is_dockers=True,
        mistaken_for=("legacy",),
        commands=tuple(f"DOCKER_BUILDKIT=0 docker {words}" for words in ("build", "image build", "builder build")),
        engines=(("classic", "docker.Classic"),),
    ),
    Builder(
        name="podman",
        title="Podman",
        transfer="",
        said="read in place, nothing is transferred",
        module="podman",
        dockerfiles=("Containerfile", "Dockerfile"),
        own_suffixes=(".dockerignore", ".containerignore"),
        ignore_files=(".containerignore", ".dockerignore"),
        narrows=True,
        reads_apart=True,
        tries_context=True,
        names_suffice=True,
        mounts_raw=True,
        declared_by=("Quadlet", "podman kube play"),
        mistaken_for=("buildah",),
        commands=("podman build", "podman image build", "podman buildx build", "buildah build", "buildah bud"),
        enters_by_name=True,
        needs_match=True,
        refuses=frozenset(("a directory", "unreadable", "special")),
        engines=(("podman", "buildah.Buildah"), ("buildah", "buildah.Buildah")),
    ),
    Builder(
        name="docker-py",
        title="docker-py",
        transfer="build context tar",
        module="docker_py",
        sent_always=(".dockerignore",),
        enters_by_name=True,
        needs_match=True,
        refuses=frozenset(("a directory", "unreadable", "special")),
    ),
    Builder(
        name="cdk",
        title="the AWS CDK",
        transfer="",
        said="{files} change the asset's hash",
        module="cdk",
        declared_by=("CDK",),
        names_suffice=True,
        enters_by_name=True,
        refuses=frozenset(("a directory", "unreadable", "special")),
    ),
    Builder(
        name="gcloud",
        title="gcloud",
        transfer="",
        said="uploaded as a compressed archive",
        module="gcloud",
        ignore_files=(".gcloudignore",),
        may_lack_dockerfile=True,
        names_suffice=True,
        enters_by_name=True,
        asks_types=True,
        makes_ignore_file=True,
        declared_by=("Cloud Build",),
        mistaken_for=("cloudbuild", "cloud-build", "google"),
    ),
)
BUILDERS: dict[BuilderName, Builder] = {row.name: row for row in _ROWS}


_BY = tuple(BY.format(row.title) for row in _ROWS)


def build_name(name: str) -> str:
    """Give the name of a build, without the builder that the name of a target may have behind it."""
    return next((name.replace(by, "", 1) for by in _BY if by in name), name)


def number_of_builds(names: Sequence[str]) -> int:
    """Count builds by the names of targets: neither another builder of one nor a named context that one uses counts."""
    known = frozenset(names)
    return sum(
        name.rpartition(NAMED_CONTEXT)[0] not in known for name in names if not is_of_another_builder(name, known)
    )


def is_of_another_builder(name: str, known: Container[str]) -> bool:
    """Whether a target is a build for another builder, where the targets of these names have the build itself."""
    return build_name(name) != name and build_name(name) in known


def counted_builds(names: Sequence[str]) -> str:
    """Say how many builds there are, and by how many builders where one is audited for several."""
    builders = Counter(map(build_name, set(names))).values()
    most, up_to = max(builders, default=1), "up to " * (len(set(builders)) > 1)
    return counted(number_of_builds(names), "build") + (f" by {up_to}{most} builders" if most > 1 else "")


def declared_by(program: str) -> BuilderName:
    """Return the name of the builder that runs what a program's file declares."""
    return next(name for name, row in BUILDERS.items() if program in row.declared_by)


def builder(name: BuilderName) -> Builder:
    """Return the row of a builder, of several names with commas the first one's.

    Raises CtxauditError, which names those there are, for any other name.
    """
    return several(name)[0]


def several(names: str) -> tuple[Builder, ...]:
    """Return the rows of builders whose names stand with commas between them, each once; raises as `builder`."""
    listed = [name.strip() for name in names.split(",")]
    for name in listed:
        if name not in BUILDERS:
            *most, last = BUILDERS
            meant = next((row.name for row in BUILDERS.values() if name in row.mistaken_for), None)
            fix = f"write {meant}" if meant else f"it is {', '.join(most)} or {last}"
            raise CtxauditError(f"there is no builder {name!r}", fix=fix)
    return tuple(BUILDERS[name] for name in dict.fromkeys(listed))
