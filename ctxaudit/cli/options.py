"""The options that several commands share, and what they come to."""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click
from click.core import ParameterSource

from ctxaudit.builders import BUILDERS, several
from ctxaudit.builds import FLAGS, VALUED, public
from ctxaudit.cli import COMMANDS, terminal_width, wants_color
from ctxaudit.cli.configured import files
from ctxaudit.errors import CtxauditError, OutOfReach, by_names
from ctxaudit.files import has_repository, read_regular
from ctxaudit.model import BY, DEFAULT_BUILDER, NO_FILTERS, Filters, Unknown
from ctxaudit.values import and_more, expression, frozen

if TYPE_CHECKING:
    from ctxaudit.builds.bake import Given
    from ctxaudit.builds.declared import Declared
    from ctxaudit.builds.request import BuildRequest
    from ctxaudit.model import BuilderName, Failure, Location, Report
    from ctxaudit.proposals.change import Changes
    from ctxaudit.report import Layout

_DAY = 86_400.0  # seconds
# A line on a terminal's stderr while a long walk goes on; nothing anywhere else.

AFTER = 0.5  # seconds before the first line: a short walk stays silent
_EVERY = 0.1
STEP = 200  # entries between two looks at the clock


class Seconds(click.FloatRange):
    """A number of seconds, at most a day: beyond that, and for no number, the clocks of the system fail."""

    def __init__(self, least: float) -> None:
        super().__init__(least, _DAY)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        seconds = super().convert(value, param, ctx)
        return seconds if seconds == seconds else self.fail(f"{value} is not a number of seconds", param, ctx)


class Ref(click.types.StringParamType):
    """The name of a commit, which is not empty, as a script's variable that is not set gives it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value or self.fail("it is empty: name a commit, a branch or a tag.", param, ctx)


def progress_on(stream: TextIO) -> AbstractContextManager[Callable[[int], None] | None]:
    """Give what counts entries and shows their number on a terminal; None for a stream that nobody looks at."""
    if not stream.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        return nullcontext()
    return _Progress(stream)


class _Progress:
    """Counts entries, and rewrites one line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._count = self._look = 0
        self._start = time.monotonic()
        self._next = self._start + AFTER
        self._drawn = False

    def __enter__(self) -> Callable[[int], None]:
        return self._advance

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _advance(self, entries: int) -> None:
        self._count += entries
        if self._count < self._look:
            return
        self._look = self._count + STEP
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY
            self._drawn = True
            rate = self._count / (now - self._start)
            self._stream.write(f"\rScanning {self._count:,} entries, {rate:,.0f} a second\x1b[K")
            self._stream.flush()


Command = TypeVar("Command", bound=Callable[..., Any])


def all_of(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Give one decorator for several options, in the order in which they are written."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


# The options that name a build, as `docker build` has them.
build_options = all_of(
    click.option(
        "-f",
        "--file",
        "dockerfile",
        metavar="FILE",
        shell_complete=files,
        help="The Dockerfile, relative to here; - is stdin.",
    ),
    click.option("--target", metavar="STAGE", help="Stop at this stage."),
    click.option("--build-arg", "build_args", metavar="KEY[=VALUE]", multiple=True, help="As docker build."),
    click.option("--build-context", "build_contexts", metavar="NAME=PATH", multiple=True, help="As docker build."),
    click.option("--platform", default="linux/amd64", show_default=True, help="As docker build."),
    click.option(
        "--at",
        metavar="REF",
        type=Ref(),
        help="What git has at this commit, instead of the files on the disk.",
    ),
    click.option(
        "--ignore-file", metavar="FILE", shell_complete=files, help="Instead of the one that the builder reads."
    ),
    click.option(
        "--builder",
        type=click.Choice(list(BUILDERS)),
        default=DEFAULT_BUILDER,
        show_default=True,
        help="The builder that is sent the context; classic is DOCKER_BUILDKIT=0.",
    ),
    click.option(
        "--builders",
        metavar="NAME,NAME",
        multiple=True,
        help="Several that run the build: the first is audited, the others are compared with it.",
    ),
)


def _build_of(path: str, options: dict[str, Any]) -> BuildRequest:
    """Read the build that the options name."""
    from ctxaudit.builds.request import request

    options["build_args"] = _build_args_of(options["build_args"])
    options["build_contexts"] = dict(_pair(pair) for pair in options["build_contexts"])
    return request(path, **options)


def _build_args_of(pairs: Sequence[str]) -> dict[str, str]:
    """Give the build args; one without a value is taken from the environment, and is omitted if it is not set."""
    return {
        key: value if given else os.environ[key]
        for key, given, value in (pair.partition("=") for pair in pairs)
        if given or key in os.environ
    }


def _pair(text: str) -> tuple[str, str]:
    key, given, value = text.partition("=")
    if not (given and key and value):
        raise click.UsageError(f"--build-context {text}: write NAME=PATH")
    return key, value


def layout_of(**options: Any) -> Layout:
    from ctxaudit.report import Layout

    terminal = sys.stdout.isatty()
    directory, root = os.getcwd(), ""  # of its repository
    if has_repository(directory):
        from ctxaudit.repository import Repository

        root = os.fspath(Repository(Path(os.path.realpath(directory))).home)
    choice = click.get_current_context().meta.get("ctxaudit.color", "auto")
    color = wants_color(choice, terminal)
    return Layout(width=terminal_width(), color=color, shortens=terminal, directory=directory, root=root, **options)


# The arguments that ask for the same builds again, wherever the options came from.

_GIVEN = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)  # a configuration file says it again by itself
# What the command line says of builds that files declare, beside what names them.
_BESIDE = frozenset(
    (
        *("--build-arg", "--ignore-file", "--builder", "--builders", "--set", "--var"),
        *("--keep", "--always-ignore", "--for-cache"),
    )
)


def _arguments_of(ctx: click.Context, path: str, *, declared: bool) -> tuple[str, ...]:
    """Give the arguments that name all builds; *declared*: files declare them."""
    if declared and ctx.get_parameter_source("path") not in _GIVEN:
        return tuple(_options(ctx, VALUED | FLAGS))
    # Neither an option nor a command's name is taken for a path.
    shown = f"./{path}" if path.startswith("-") or path in COMMANDS else public("", path)
    return (shown, *_options(ctx, VALUED | FLAGS))


def beside(ctx: click.Context) -> tuple[str, ...]:
    """Give those that say more of each build that a file declares."""
    return tuple(_options(ctx, _BESIDE))


def _options(ctx: click.Context, names: frozenset[str]) -> Iterator[str]:
    for option in ctx.command.params:
        name = option.opts[0]
        if name in names and ctx.get_parameter_source(option.name or "") in _GIVEN:
            yield from _words(name, ctx.params[option.name or ""])


def _words(name: str, value: Any) -> Iterator[str]:
    if name in FLAGS:
        yield from [name] * bool(value)
    else:
        for text in (value,) if isinstance(value, str) else value or ():
            yield from (name, public(name, text))


# The builds that the command line asks about: the one that it names, or those that files declare.

T = TypeVar("T")

# What the files say, so that the command line must not: the parameter, and how the user writes it.
_SAID_THERE = {
    "dockerfile": "-f",
    "target": "--target",
    "build_contexts": "--build-context",
    "platform": "--platform",
    "at": "--at",
}
# What begins such a file by its ending; with `# syntax=` or FROM another program may read it as a Dockerfile.
_DECLARING = {
    **dict.fromkeys((".yaml", ".yml"), ("--compose", "compose")),
    **dict.fromkeys((".hcl", ".json"), ("--bake", "bake")),
}
_IS_DECLARING = {
    "--compose": expression(rb"^(?:services|include)\s*:", re.MULTILINE),
    "--bake": expression(rb"^\s*(?:target|group)\s+\"|\"(?:target|group)\"\s*:", re.MULTILINE),
}
_IS_BUILT = expression(rb"\A\s*#\s*syntax\s*=|^FROM\s", re.MULTILINE)
_HEAD = 1 << 16  # bytes
NAMED = 5  # Dockerfiles or builds in a hint
_SAID_THERE_OF_ALL = {**_SAID_THERE, "build_args": "--build-arg", "ignore_file": "--ignore-file"}


# The options that name compose and bake files, and which of their builds are meant.
declared_options = all_of(
    click.option("--compose", metavar="FILE", multiple=True, help="The builds of a compose file."),
    click.option("--service", metavar="NAME", multiple=True, help="Of a compose file: only this service."),
    click.option("--bake", metavar="FILE", multiple=True, help="The builds of a bake file."),
    click.option("--bake-target", metavar="NAME", multiple=True, help="Of a bake file: this target or group."),
    click.option("--set", "sets", metavar="TARGET.KEY=VALUE", multiple=True, help="As docker buildx bake."),
    click.option("--var", "variables", metavar="NAME=VALUE", multiple=True, help="As docker buildx bake."),
    click.option("--bake-print", is_flag=True, help="Ask docker buildx bake --print what they are."),
)


@frozen
class Blind:
    """Builds that files declare, where the command names no Dockerfile.

    names: of those that have the directory as their context, or where none has it, of all below it.
    doubts: why there may be more that have it, where none is known to.
    """

    names: tuple[str, ...]
    is_context: bool = False
    doubts: tuple[Unknown, ...] = ()


@frozen
class Builds:
    """What is asked about.

    single: the build that the command line names, None where files declare them, or where it is *unreached*.
    url: the context of one that is.
    arguments: those that name all. root: the directory of which all builds are meant, None for those named.
    """

    __slots__ = ("__dict__",)

    single: BuildRequest | None
    declared: Sequence[Declared]
    failures: Sequence[Failure]
    builder: BuilderName
    ignore_file: str | None
    arguments: tuple[str, ...]
    filters: Callable[[str, str], Filters] = lambda name, context: NO_FILTERS
    unreached: CtxauditError | None = None
    url: str = ""
    root: str | None = None

    def prepare(self, build: BuildRequest) -> BuildRequest:
        """Give a build with what the project asks of it."""
        from ctxaudit.policy.policy import with_filters

        return with_filters(build, self.filters)

    def requests(self) -> list[BuildRequest]:
        """Read those whose ignore file stands on this machine, each an error where it cannot be."""
        if self.single is not None:
            return [self.single]
        return [
            self.prepare(build.request(builder=self.builder, ignore_file=self.ignore_file))
            for build in self.changeable()
        ]

    def changeable(self) -> list[Declared]:
        return [build for build in self.declared if not (build.unseen or build.is_fetched)]

    def changes(self, **needs: Any) -> Changes:
        """Propose a change to each ignore file; of builds that files declare, one that fails leaves the others."""
        from ctxaudit.proposals.change import changes, declared_changes

        if self.single is not None:
            return replace(changes([self.single], **needs), unbuilt=tuple(self._unbuilt()))
        return declared_changes(
            self.changeable(),
            builder=self.builder,
            ignore_file=self.ignore_file,
            prepare=self.prepare,
            unread=self.failures,
            **needs,
        )

    def unseen(self) -> Iterator[str]:
        """What there is to say of builds whose context cannot be looked at."""
        if self.unreached is not None:
            yield f"nothing to audit: {self.unreached.said}"
        doubts = (doubt for build in self.declared for doubt in build.unseen)
        yield from (f"unknown: {doubt.where}: {doubt.what}" for doubt in doubts)
        fetched = (build.name for build in self.declared if build.is_fetched and not build.unseen)
        yield from (f"{name}: the builder fetches its context itself: no ignore file applies" for name in fetched)

    def audited(self, progress: Callable[[int], None] | None, **needs: Any) -> Report:
        """Audit all of them; of those that files declare, one that fails leaves the others."""
        from ctxaudit.auditor import audit_builds, audit_declared

        if self.single is not None or len(self.declared) == 1:
            needs["propose"] = self.blind is None  # the figures of one build say what is needed, in every format
        if self.single is not None:
            return replace(audit_builds(self.single, progress, **needs), arguments=self.arguments)
        if self.unreached is not None:
            return self._nothing(self.unreached)
        report = audit_declared(
            self.declared,
            progress,
            builder=self.builder,
            ignore_file=self.ignore_file,
            prepare=self.prepare,
            filters=self.filters,
            unread=self.failures,
            root=self.root,
            **needs,
        )
        return replace(report, arguments=self.arguments)

    def _nothing(self, error: CtxauditError) -> Report:
        from ctxaudit.builders import builder
        from ctxaudit.builds.context import without_secrets
        from ctxaudit.model import Report, Unknown, Unseen
        from ctxaudit.survey.collector import findings_of_url

        name = without_secrets(self.url)
        why = (Unknown(error.said, "", error.remedy),)
        findings = findings_of_url(self.url, self.filters(name, name))
        return Report((Unseen(name, name, builder(self.builder).name, why, findings),))

    def failed(self) -> Iterator[str]:
        """Say why the build cannot be looked at, where that is an error."""
        if self.unreached is not None and not isinstance(self.unreached, OutOfReach):
            yield f"error: {self.unreached}"

    def targets(self) -> Iterator[tuple[str, str]]:
        """Give the name and the context of all that files declare, where nothing narrows them."""
        for build in self.declared:
            yield build.name, build.context
            others = several(build.builder_of(self.builder))[1:]
            yield from ((build.name + BY.format(builder.title), build.context) for builder in others)
            yield from (
                (f"{build.name}, context {by_names(key)}", value) for key, value in build.build_contexts.items()
            )
        yield from ((failure.name, failure.name) for failure in self.failures)

    @cached_property
    def blind(self) -> Blind | None:
        """Give the builds that files declare where the command names no Dockerfile; None for none."""
        return None if self.single is None else blind_of(self.single)

    def _unbuilt(self) -> Iterator[str]:
        """Say that the build that the command line names has no Dockerfile, and what else could have been meant."""
        single = self.single
        if single is not None and single.dockerfile is None and not single.builder.may_lack_dockerfile:
            fix = "name it with -f, or name the directory that has it"
            yield f"error: {single.shown}: there is no Dockerfile, so that no build is checked\n  fix: {fix}"
            yield from self.hints()

    def hints(self) -> Iterator[str]:
        """What else could have been meant."""
        if self.single is None:
            return
        shown = self.single.shown
        is_searched = self.single.dockerfile is None and os.path.isdir(shown) and self.single.snapshot is None
        hint, builds = _declared_in(shown) if is_searched else ("", ())
        taken = {os.path.realpath(path) for build in builds for path in build.dockerfiles}
        there = "is there, too" if self.single.dockerfile is not None else "is not read without -f"
        for file in self.single.others:
            if os.path.realpath(file) not in taken:  # the context of one that is declared is not this directory
                yield f"hint: {file.removeprefix(f'{os.path.normpath(shown)}/')} {there}: ctxaudit {shown} -f {file}"
        yield from _of_other_contexts(self.single)
        if is_searched:
            yield from [hint] if hint else []
            yield from _misnamed(self.single)
            below = list(_further_down(self.single, builds))
            yield from below if builds or below else _further_up(shown)


def _of_other_contexts(build: BuildRequest) -> Iterator[str]:
    """Name the first declared build of the Dockerfile, where all have another directory as their context."""
    from ctxaudit.builds.declared import Beside

    for other in Beside().of_other_contexts(build)[:1]:
        command = shlex.join(("ctxaudit", *other.arguments))
        context = os.path.normpath(other.context)
        yield f"hint: {other.declared.file} declares a build of this Dockerfile with the context {context}: {command}"


def blind_of(build: BuildRequest) -> Blind | None:
    """Give the builds that files declare below a context of which the command names no Dockerfile; None for none.

    A file that cannot be read may declare one, too. What they read is not looked at here, so that no audit proposes
    an ignore file.
    """
    if build.dockerfile is not None or build.snapshot is not None:
        return None
    if build.builder.may_lack_dockerfile:
        return None  # the directory itself is what it is sent
    shown, context = build.shown, os.fspath(build.context)
    if not os.path.isdir(shown):
        return None
    from ctxaudit.builds.declared import Beside
    from ctxaudit.builds.discover import discover

    declared, failures = discover(shown)
    builds = [other for other in declared if not other.is_fetched and not other.unseen]
    here = tuple(other.name for other in builds if os.path.realpath(other.context) == context)
    if here:
        return Blind(here, is_context=True)
    unread = dict.fromkeys([*(failure.name for failure in failures), *Beside().unread(build.context, shown)])
    doubts = [Unknown("it cannot be read", file, f"fix {file}") for file in unread]
    doubts += (doubt for other in declared if not other.context for doubt in other.unknowns[:1])
    names = tuple(other.name for other in builds)
    return Blind(names, doubts=tuple(doubts)) if names or doubts else None


def _declared_in(directory: str) -> tuple[str, Sequence[Declared]]:
    """Give the hint that names the files of a directory that declare builds, and these; "" without any."""
    flag, files, builds = _declaring(directory)
    if builds:
        return f"hint: {files[0]} declares builds: ctxaudit {' '.join(f'{flag} {file}' for file in files)}", builds
    if (other := _elsewhere(directory)) is not None:
        return f"hint: {other[0]} declares builds: ctxaudit --all {directory}", other[1]
    return "", ()


def _declaring(directory: str) -> tuple[str, Sequence[str], Sequence[Declared]]:
    """Give the flag, the files and the builds that they declare; bake's paths are those of where it runs."""
    from ctxaudit.builds import bake, bake_files, compose, compose_files

    names = os.listdir(directory)
    baking = bake_files(directory, names) if os.path.normpath(directory) == "." else ()
    files = baking or compose_files(directory, names)
    try:
        builds = bake.declared(files) if baking else compose.declared(files, profiles=("*",)) if files else ()
    except CtxauditError:
        return "", (), ()  # the command would say no more
    return "--bake" if baking else "--compose", files, builds


def _elsewhere(directory: str) -> tuple[str, Sequence[Declared]] | None:
    """Give the first file of another tool than Docker's in a directory that declares builds, and these."""
    from ctxaudit.builds.discover import OF_OTHER_TOOLS

    names = sorted(name for name in os.listdir(directory) if os.path.isfile(os.path.join(directory, name)))
    for way in OF_OTHER_TOOLS:
        for found_files in way.files("" if os.path.normpath(directory) == "." else directory, names):
            try:
                declareds = list(way.declared(found_files, directory))
            except CtxauditError:
                continue  # the command would say no more
            if declareds:
                return found_files[0], declareds
    return None


def _misnamed(build: BuildRequest) -> Iterator[str]:
    """Name a file that is nearly called as docker's default: with other capitals, or with `.txt` behind."""
    for name in sorted(os.listdir(build.context)):
        file = os.path.normpath(os.path.join(build.shown, name))
        is_meant = name.lower().removesuffix(".txt") == "dockerfile" and file not in build.others
        if is_meant and os.path.isfile(file):
            yield f"hint: docker looks for Dockerfile: rename {file}, or name it: ctxaudit {build.shown} -f {file}"


def _further_down(build: BuildRequest, builds: Sequence[Declared]) -> Iterator[str]:
    """Name the Dockerfiles below a directory that has none of its own, but those of the builds that are declared."""
    from ctxaudit.builds.request import dockerfiles, is_dockerfile

    known = {
        os.path.realpath(file) for file in (*build.others, *(path for build in builds for path in build.dockerfiles))
    }
    there = [
        dockerfile
        for dockerfile in dockerfiles(build.context, build.shown)
        if is_dockerfile(os.path.basename(dockerfile))
    ]
    undeclared = [file for file in there if os.path.realpath(file) not in known]
    if undeclared:
        more = and_more(len(undeclared) - NAMED)
        where = build.shown if os.path.normpath(build.shown) != "." else "this directory"
        listed = f"{', '.join(undeclared[:NAMED])}{more}"
        hint = f"there is {listed}, too" if builds else f"{where} has no Dockerfile; below it: {listed}"
        yield f"hint: {hint}: ctxaudit --all {build.shown}"


def _further_up(shown: str) -> Iterator[str]:
    """Name the Dockerfile of the closest directory above, in the same repository, that has one."""
    from ctxaudit.builds.request import is_dockerfile

    above = [shown]
    while not os.path.lexists(os.path.join(above[-1], ".git")):
        if os.path.realpath(above[-1]) == os.sep:
            return
        above.append(os.path.normpath(os.path.join(above[-1], os.pardir)))
    where = shown if os.path.normpath(shown) != "." else "this directory"
    for directory in above[1:]:
        names = sorted(os.listdir(directory)) if os.access(directory, os.R_OK) else []
        if buildable := [
            name for name in names if is_dockerfile(name) and os.path.isfile(os.path.join(directory, name))
        ]:
            file = os.path.normpath(os.path.join(directory, buildable[0]))
            yield f"hint: {where} has no Dockerfile; above it: {file}: ctxaudit {directory}"
            return


def builds_of(path: str, options: dict[str, Any]) -> Builds:
    """Read what the options name, and take those out that no single build has."""
    every = options.pop("every", False)
    compose, services, bake = options.pop("compose"), options.pop("service"), options.pop("bake")
    targets, printed = options.pop("bake_target"), options.pop("bake_print")
    sets, variables = options.pop("sets"), options.pop("variables")
    if services and not compose:
        raise click.UsageError("name the compose file with --compose FILE.")
    if (targets or printed or sets or variables) and not bake:
        raise click.UsageError("name the bake file with --bake FILE.")
    context = click.get_current_context()
    if builders := named_builders(context, options.pop("builders")):
        options["builder"] = ",".join(builders)
    builder, ignore_file = options["builder"], options["ignore_file"]
    ways = [flag for flag, given in (("--all", every), ("--compose", compose), ("--bake", bake)) if given]
    words = _arguments_of(context, path, declared=bool(ways))
    if not ways:
        _refuse_declaring(path, options["dockerfile"])
        try:
            single = _build_of(path, options).changed(lambda build: replace(build, arguments=words))
        except OutOfReach as error:
            return Builds(None, (), (), builder, ignore_file, (), unreached=error, url=path)
        return Builds(single, (), (), builder, ignore_file, words)
    _refuse(ways, path)
    declared: Sequence[Declared]
    failures: Sequence[Failure] = ()
    if every:
        from ctxaudit.builds.discover import discover

        declared, failures = discover(path)
    elif compose:
        declared = _of_compose(compose, services, options)
    else:
        from ctxaudit.builds.bake import Given

        declared = _of_bake(
            bake,
            Given(targets, sets, dict(map(_variable, variables)), anywhere=_is_given(context, "bake")),
            printed,
            options,
        )
    if not declared and not failures:
        where = path if every else (*compose, *bake)[0]
        if services:
            raise _not_built(services, where, _of_compose(compose, (), options))
        raise CtxauditError("no file declares a build", where=where, fix="name a directory, and a Dockerfile with -f")
    more = beside(context)
    declared = [replace(declaration, named=(*declaration.arguments, *more)) for declaration in declared]
    return Builds(None, declared, failures, builder, ignore_file, words, root=path if every else None)


def named_builders(context: click.Context, builders: tuple[str, ...]) -> tuple[str, ...]:
    """Give the builders of --builders; none where a command names its own, and a file those of the project."""
    if not _is_given(context, "builder"):
        return builders
    if _is_given(context, "builders"):
        raise click.UsageError("--builder names the one builder, --builders several: give one of the two.")
    return ()


def _refuse_declaring(*paths: str | None) -> None:
    """Refuse a compose or bake file where a Dockerfile or a context belongs, with the option that reads it."""
    for path in filter(None, paths):
        flag, kind = next((pair for ending, pair in _DECLARING.items() if path.lower().endswith(ending)), ("", ""))
        head = read_regular(os.path.realpath(path), _HEAD) if flag else None
        if head is not None and _IS_DECLARING[flag].search(head) and not _IS_BUILT.search(head):
            raise CtxauditError(f"{path} is a {kind} file, not a Dockerfile", fix=f"ctxaudit {flag} {path}")


def refuse_several(options: dict[str, Any], command: str) -> None:
    """Refuse several builders on the command line of a command that asks one of them."""
    names = [name.strip() for word in options["builders"] for name in word.split(",") if name.strip()]
    if len(names) > 1 and _is_given(click.get_current_context(), "builders"):
        each = " and ".join(f"--builder {name}" for name in names)
        raise click.UsageError(f"--builders compares audits; {command} asks one builder: write {each}, one at a time.")


def one_build(path: str, options: dict[str, Any]) -> BuildRequest:
    """Read the build that a command is about, which can be only one."""
    builds = _named(path, options)
    if builds.single is None and len(builds.declared) != 1:
        raise click.UsageError(f"name one build, with --service or --bake-target. There are: {_names(builds)}.")
    return _only(builds)


@frozen
class Each:
    """The builds that a command answers for, each by itself.

    builds: those that can be read. unseen: lines about those whose context cannot be looked at. failures: those that
    cannot be read. is_several: files declare more than one.
    """

    builds: tuple[BuildRequest, ...]
    unseen: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    is_several: bool = False

    def answers(self, ask: Callable[[BuildRequest], T]) -> tuple[list[tuple[str, T]], list[Failure]]:
        """Give the answer for each build by its name, and those that have none; for one build alone, raise."""
        if not self.is_several:
            return [(build.name, ask(build)) for build in self.builds], []
        answered, failures = list[tuple[str, T]](), list(self.failures)
        for build in self.builds:
            try:
                answered.append((build.name, ask(build)))
            except CtxauditError as error:
                failures.append(_failure(build.name, build.declared, error))
        return answered, failures


def each_build(path: str, options: dict[str, Any]) -> Each:
    """Read each build that a command answers for; of several, one that cannot be read leaves the others."""
    return each_of(_named(path, options))


def each_of(builds: Builds) -> Each:
    """Read each of these builds; of several, one that cannot be read leaves the others."""
    if builds.single is not None or len(builds.declared) == 1:
        return Each((_only(builds),))
    requests, failures = list[Any](), list(builds.failures)
    for build in builds.changeable():
        try:
            requests.append(builds.prepare(build.request(builder=builds.builder, ignore_file=builds.ignore_file)))
        except CtxauditError as error:
            failures.append(_failure(build.name, build.declared, error))
    return Each(tuple(requests), tuple(builds.unseen()), tuple(failures), is_several=True)


def _failure(name: str, declared: Location | None, error: CtxauditError) -> Failure:
    from ctxaudit.model import Failure

    assert declared is not None  # files declare each of several builds
    return Failure(name, declared, str(error))


def failed(failures: Iterable[Failure]) -> list[str]:
    """Give the lines about builds and files that cannot be read."""
    return [f"error: {failure.sentence}" for failure in failures]


def _named(path: str, options: dict[str, Any]) -> Builds:
    """Read what the options name; of a service not what it needs, too."""
    names = (*options["service"], *options["bake_target"])
    return only_named(builds_of(path, options), names)


def only_named(builds: Builds, names: Sequence[str]) -> Builds:
    """Give the builds of these names, all where none has one; raises CtxauditError where they cannot be looked at."""
    if builds.unreached is not None:
        raise builds.unreached
    asked_for = [build for build in builds.declared if build.name in names]
    return replace(builds, declared=asked_for or builds.declared)


def _only(builds: Builds) -> BuildRequest:
    if builds.single is not None:
        return builds.single
    (only,) = builds.declared
    for unknown in only.unseen[:1]:
        raise CtxauditError(f"{only.name} cannot be looked at: {unknown.what}", where=unknown.where, fix=unknown.settle)
    return builds.prepare(only.request(builder=builds.builder, ignore_file=builds.ignore_file))


def _names(builds: Builds) -> str:
    return ", ".join(build.name for build in builds.declared) or "none"


def _not_built(services: Sequence[str], where: str, built: Sequence[Declared]) -> CtxauditError:
    what = f"{', '.join(services)} {'is' if len(services) == 1 else 'are'} not built"
    there = ", ".join(build.name for build in built)
    return CtxauditError(what, where=where, fix=f"name one that is built: {there}" if there else None)


def _of_compose(files: Sequence[str], services: Sequence[str], options: dict[str, Any]) -> list[Declared]:
    from ctxaudit.builds.compose import declared

    if wrong := next((file for file in files if file.lower().endswith(".hcl")), ""):
        raise CtxauditError(f"{wrong} is a bake file, not a compose file", fix=f"ctxaudit --bake {wrong}")
    anywhere = _is_given(click.get_current_context(), "compose")
    return _with_build_args(declared(files, services=services, anywhere=anywhere), options)


def _of_bake(files: Sequence[str], given: Given, printed: bool, options: dict[str, Any]) -> list[Declared]:
    from ctxaudit.builds import bake

    read = bake.printed if printed else bake.declared
    return _with_build_args(read(files, given), options)


# What an earlier report, or saved keys, hold. A report as text, or as commands for GitHub, has no such mark.
_MADE_HERE = (b'"schema": "ctxaudit-', b"<h1>Build context report</h1>", b"<sub>ctxaudit ", b'"name": "ctxaudit"')


def replace_report(file: str, data: bytes) -> None:
    """Write a report to a file, all or nothing.

    Raises CtxauditError where it cannot be written, and for a file of the project, whose content would be lost: a
    Dockerfile, an ignore file, and what git tracks, but for an earlier report.
    """
    from ctxaudit.files import replace_file

    path = Path(os.path.realpath(file))
    if os.path.isfile(path) and os.path.getsize(path) and _is_source(path):
        raise CtxauditError(
            "it is a file of the project, which a report would replace", where=file, fix="name another file"
        )
    replace_file(Path(file), data, path.parent)


def _is_source(path: Path) -> bool:
    from ctxaudit.builds.request import is_dockerfile
    from ctxaudit.repository import Repository

    if is_dockerfile(path.name) or path.name.endswith((".dockerignore", ".containerignore")):
        return True
    repository = Repository.of(path.parent)
    if repository is None or not repository.tracks(path.name):
        return False
    content = read_regular(os.fspath(path)) or b""
    return not any(mark in content for mark in _MADE_HERE)


def _variable(pair: str) -> tuple[str, str]:
    """Read a variable; one without a value is that of the environment, as a report names it."""
    name, given, value = pair.partition("=")
    if not name or not (given or name in os.environ):
        raise click.UsageError(f"--var {pair}: write NAME=VALUE")
    return name, value if given else os.environ[name]


def _with_build_args(builds: Sequence[Declared], options: dict[str, Any]) -> list[Declared]:
    given = _build_args_of(options["build_args"])
    return [replace(build, build_args={**build.build_args, **given}) for build in builds]


def _refuse(ways: Sequence[str], path: str) -> None:
    """Refuse what the files say already, and two ways at once."""
    context = click.get_current_context()
    names = _SAID_THERE if ways[0] != "--all" else _SAID_THERE_OF_ALL
    given = [flag for name, flag in names.items() if _is_given(context, name)]
    if "--at" in given:
        why = f"{ways[0]} finds builds in the files of this disk, not in those of a commit"
        instead = "write -f FILE --at REF for one build, or check the commit out: git worktree add --detach DIR REF"
        raise click.UsageError(f"{why}: {instead}.")
    if ways[0] != "--all" and _is_given(context, "context" if "context" in context.params else "path"):
        given.append(path)
    for flag in (*ways[1:], *given):
        raise click.UsageError(f"with {ways[0]} the files say what is built: omit {flag}.")


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
