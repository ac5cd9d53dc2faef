"""A build as `docker build [-f FILE] PATH` names it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, Literal

from ctxaudit.builders import BUILDERS, Builder, several
from ctxaudit.builds.context import TRUE, Context, git_url, is_context, resolved_within
from ctxaudit.dockerfile import Dockerfile, is_built_in
from ctxaudit.dockerfile.parser import parse, syntax
from ctxaudit.errors import ContentError, CtxauditError, DockerfileError, PatternError, Pieces, TreeError, by_names
from ctxaudit.files import DISK, LARGEST, Files, is_file, is_project_file, project_of
from ctxaudit.ignore.file import NAME, NO_IGNORE_FILE, IgnoreFile, UnreadFile
from ctxaudit.model import BY, DEFAULT_BUILDER, NAMED_CONTEXT, NO_FILTERS, BuilderName, Filters, Location, Unknown
from ctxaudit.values import expression, frozen

if TYPE_CHECKING:
    from ctxaudit.builds.compose.watch import Watched
    from ctxaudit.repository.snapshot import Snapshot

STDIN = "-"
_PATIENCE = 60  # seconds that a pipe may be silent: a program may be making the Dockerfile
_CHUNK = 1 << 20  # bytes; more than a stream keeps back
NO_DOCKERFILE = "failed to read dockerfile: "
_KEEP_GIT = "BUILDKIT_CONTEXT_KEEP_GIT_DIR"
PLATFORM = "linux/amd64"  # of a docker that says nothing else, on the machines that most builds run on
_NO_DIRECTORY = ("target:", "service:", "docker-image:", "oci-layout:", "github.com/", "git@")  # as a named context
_FETCH = "fetch it: git fetch --refetch --no-filter"
_UPPER, _LOWER = "Dockerfile", "dockerfile"
_PODMAN = (
    ".containerignore"  # containers/common, `containerIgnoreFile`: podman and buildah take it before `.dockerignore`
)
_ALIKE = 0.85  # of the letters of ".dockerignore", in their order: `.dockeringore` has 0.91, `.gitignore` 0.57
_VARIANT = expression(r"\.dockerignore[._-](?!txt\Z)", re.IGNORECASE)
_SLIP = 0.94  # of the letters of `Dockerfile`: `Dokerfile` has 0.947
_DIGITS = expression(r"\d+")
_NOT_LETTERS = expression(r"\.txt$|[^a-z0-9]")
_EXAMPLES = frozenset(("example", "sample", "dist", "default"))
_OTHER = (
    r"(?:Dockerfile|Containerfile)[.-](?!(?:.+\.)?[\w-]*(?:ignore|ingore|ignroe|ignor)(?:\.txt)?$)[^/]+"
    r"|[^/]+\.(?:[Dd]ocker|[Cc]ontainer)file|[Cc]ontainerfile"
)
_IS_OTHER = expression(_OTHER)
_USUAL = ("Dockerfile", "dockerfile")
_TEMPLATES = tuple(
    f"{sign}{ending}"
    for ending in (
        *("in", "j2", "jinja", "jinja2", "tmpl", "tpl", "gotmpl", "gtpl", "template", "erb", "eex", "ejs", "hbs"),
        *("handlebars", "mustache", "liquid", "m4", "twig", "jsonnet"),
    )
    for sign in ".-"
)
# Left by an editor, a merge or a patch, or a text about a Dockerfile.
_COPIES = (
    *("~", "#", ".bak", ".backup", ".orig", ".old", ".rej", ".save", ".swp", ".swo", ".tmp", ".diff", ".patch"),
    *(".md", ".markdown", ".rst", ".adoc", ".html"),
)
_FOREIGN = frozenset(("node_modules", "vendor", "target", "venv", "site-packages", "__pycache__"))
_DEEPEST, _MOST_DIRECTORIES = 3, 2000
_MOST_NAMES, _CLOSE, _MOST_NAMED = 500, 0.7, 3  # names compared with one that nothing has, how alike, those named


@frozen
class DockerfileSource:
    """A Dockerfile: its name as the user would open it, its bytes, and its path in the context, "" for outside.

    is_file: it is a file of its own. first_line: where it begins in the file that holds it.
    pieces: of one that a compose or bake file holds, () for any other: its text, and how a report shows it.
    is_quoted: an error may quote it: it is in the repository of the file that names it, or the command names it.
    fault: why the builder cannot read it, None where it can; without bytes then.
    """

    __slots__ = ("__dict__",)
    name: str
    data: bytes
    in_context: str
    is_file: bool = True
    first_line: int = 1
    fault: DockerfileError | None = None
    pieces: Pieces = ()
    is_quoted: bool = True

    def public(self, error: DockerfileError) -> DockerfileError:
        """Return an error about it without its words, where these are not for everybody."""
        if self.is_quoted:
            return error
        what = "the builder refuses it; none of its lines is shown, as it lies outside of the repository"
        return DockerfileError(what, where=error.where, fix="look at that line of it")

    @cached_property
    def parsed(self) -> Dockerfile:
        """What it says; raises DockerfileError."""
        return parse(self.data, self.name, self.first_line, self.pieces)


@frozen
class BuildRequest:
    """One build.

    name: what the report calls it. context: the directory, resolved. shown: the context as the user wrote it.
    ignore: the ignore file that the builder reads. unread: those that lie there and count for nothing.
    build_args: None for the value of one that is given when the build runs, and not known.
    build_contexts: the named contexts, name to value. key: which of them this context is, "" for the main one.
    others: further Dockerfiles beside the one that was taken by default.
    declared: where a file declares this build, None for the command line. unknowns: what is not known of it.
    arguments: those that ask ctxaudit for it, () where a program did.
    snapshot: the commit whose files are meant, None for those on the disk. fetched: the builder fetches it itself.
    filters: what the project wants to be proposed. watched: the rules of the compose service's `develop.watch`.
    beside: the same build for the other builders that read the same ignore file. apart: for those that read another
    one, the first of each file, and the others beside it. behind: for those that read what this one passes on.
    failing: the other builders that fail, each with the reason and its place. is_apart: it is one of those apart.
    credentials: of the context's URL, percent-encoded, "" for none.
    readers: the builders of other builds that read the same ignore file.
    is_guess: no file says that this is its context, and it holds nothing that the Dockerfile names.
    """

    name: str
    context: Path
    shown: str
    builder: Builder
    dockerfile: DockerfileSource | None
    ignore: IgnoreFile
    unread: tuple[UnreadFile, ...]
    target: str | None
    build_args: Mapping[str, str | None]
    build_contexts: Mapping[str, str]
    platform: str
    key: str
    others: tuple[str, ...]
    declared: Location | None = None
    unknowns: tuple[Unknown, ...] = ()
    arguments: tuple[str, ...] = ()
    snapshot: Snapshot | None = None
    filters: Filters = NO_FILTERS
    fetched: bool = False
    watched: Watched | None = None
    beside: tuple[BuildRequest, ...] = ()
    apart: tuple[BuildRequest, ...] = ()
    behind: tuple[BuildRequest, ...] = ()
    is_apart: bool = False
    credentials: str = ""
    failing: tuple[tuple[str, str, str], ...] = ()
    readers: tuple[Builder, ...] = ()
    is_guess: bool = False

    @property
    def ignore_name(self) -> str:
        """The ignore file that the builder reads, or the one that it would read if it was there."""
        return self.ignore.name or os.path.normpath(os.path.join(self.shown, self.builder.ignore_files[-1]))

    @property
    def proved(self) -> tuple[Builder, ...]:
        """The builders for which a change to the ignore file has to hold: all that are known to read it."""
        is_dockers = self.builder.is_dockers or self.ignore_name.endswith(NAME)
        dockers = [builder for builder in BUILDERS.values() if builder.is_dockers and is_dockers]
        beside = (build.builder for build in self.beside)
        return tuple(dict.fromkeys((*dockers, self.builder, *beside, *self.readers)))

    @property
    def each(self) -> tuple[BuildRequest, ...]:
        """The build once for each ignore file that its builders read, each under a name of its own."""
        named = (
            replace(build, name=build.name + BY.format(build.builder.title), is_apart=True) for build in self.apart
        )
        return (self, *named)

    def changed(self, change: Callable[[BuildRequest], BuildRequest]) -> BuildRequest:
        """The same build with a change to it, for whichever ignore file."""
        return replace(change(self), apart=tuple(map(change, self.apart)))


def request(
    path: str | os.PathLike[str],
    *,
    dockerfile: str | os.PathLike[str] | None = None,
    inline: bytes | None = None,
    target: str | None = None,
    build_args: Mapping[str, str | None] | None = None,
    build_contexts: Mapping[str, str] | None = None,
    ignore_file: str | os.PathLike[str] | None = None,
    platform: str = PLATFORM,
    builder: BuilderName = DEFAULT_BUILDER,
    at: str | None = None,
) -> BuildRequest:
    """Read what the build is made of.

    dockerfile: relative to the working directory, as for docker; "-" is standard input. inline: its bytes instead.
    ignore_file: instead of the one that the builder would read. builder: of several, with commas between their names,
    the first; the others run the same build beside it.
    at: the commit, branch or tag that stands in for its repository's directory, None for what is on the disk.

    Raises TypeError for build arguments or contexts that are not a mapping, CtxauditError for an unknown builder,
    TreeError for a context that is not a directory, DockerfileError for a Dockerfile that is named and cannot be read,
    PatternError for an ignore file that the builder refuses.
    """
    _check_mappings(build_args=build_args, build_contexts=build_contexts)
    first, *others = several(builder)
    read = partial(
        _request,
        os.fspath(path),
        dockerfile=dockerfile,
        target=target,
        build_args=build_args or {},
        build_contexts=build_contexts or {},
        ignore_file=ignore_file,
        platform=platform,
        at=at,
    )
    build = read(first, inline=inline)
    if not others and not build.unread:
        return build
    source = build.dockerfile
    # Standard input is read once.
    again = partial(read, inline=source.data if source and not source.is_file else None)
    requests, failing = _of_others(again, others, source.name if source and source.is_file else None)
    build, *apart = _by_ignore_file(_with_read((build, *requests)))
    return replace(build, apart=tuple(apart), failing=failing)


def _request(
    path: str,
    to: Builder,
    *,
    dockerfile: str | os.PathLike[str] | None,
    inline: bytes | None,
    target: str | None,
    build_args: Mapping[str, str | None],
    build_contexts: Mapping[str, str],
    ignore_file: str | os.PathLike[str] | None,
    platform: str,
    at: str | None,
) -> BuildRequest:
    keeps_git = build_args.get(_KEEP_GIT) in TRUE
    context = Context.named(path, at, keeps_git=keeps_git, fetches=to.fetches)
    if build_contexts:
        _check_named(build_contexts, None if context.fetched else context.snapshot)
    source, beside = _dockerfile(context, dockerfile, inline, to)
    ignore, unread = _ignore_file(context, source, beside, to, ignore_file, build_args)
    lacking = [file for file in unread if file.why == _WHY["not here"]]
    return BuildRequest(
        name=source.name if source else os.path.normpath(path) if not context.fetched else context.shown,
        context=Path(context.path),
        shown=context.shown,
        builder=to,
        dockerfile=source,
        ignore=ignore,
        unread=tuple(file for file in unread if file not in lacking),  # those are unknowns
        target=target,
        build_args=build_args,
        build_contexts=build_contexts,
        platform=platform,
        key="",
        others=tuple(_others(context, source)) if dockerfile is None else (),
        unknowns=(*context.unknowns, *map(_unknown_patterns, lacking)),
        snapshot=context.snapshot,
        fetched=context.fetched,
        credentials=context.credentials,
    )


def _with_read(builds: Sequence[BuildRequest]) -> Iterator[BuildRequest]:
    """Take the ignore files that one of a build's builders reads out of those that count for nothing."""
    read = {os.path.realpath(build.ignore.name) for build in builds if build.ignore.name}
    for build in builds:
        yield replace(
            build,
            unread=tuple(unread_file for unread_file in build.unread if os.path.realpath(unread_file.name) not in read),
        )


def _by_ignore_file(builds: Iterable[BuildRequest]) -> list[BuildRequest]:
    """Put each build beside the first one whose builder reads the same ignore file, under whatever name."""
    groups: dict[str, list[BuildRequest]] = {}
    for build in builds:
        groups.setdefault(os.path.realpath(build.ignore_name), []).append(build)
    return [replace(first, beside=tuple(rest)) for first, *rest in groups.values()]


def _of_others(
    again: Callable[..., BuildRequest], builders: Iterable[Builder], dockerfile: str | None
) -> tuple[tuple[BuildRequest, ...], tuple[tuple[str, str, str], ...]]:
    """Read the build for other builders, too; one that fails does so beside the others.

    dockerfile: the first one's, which another builder has to be given that looks for no such name.
    """
    builds, failing = list[BuildRequest](), list[tuple[str, str, str]]()
    for builder in builders:
        try:
            build = again(builder)
            builds.append(build if build.dockerfile or dockerfile is None else again(builder, dockerfile=dockerfile))
        except CtxauditError as error:
            failing.append((builder.title, error.said, error.where or ""))
    return tuple(builds), tuple(failing)


def _unknown_patterns(file: UnreadFile) -> Unknown:
    """Give what is not known of an ignore file whose content a partial clone lacks."""
    return Unknown("what the ignore file excludes: this clone lacks its content", file.name, _FETCH)


def _check_named(contexts: Mapping[str, str], snapshot: Snapshot | None) -> None:
    for key, value in contexts.items():
        if "://" not in value and not value.startswith(_NO_DIRECTORY) and not is_context(value, snapshot):
            raise TreeError(
                f"failed to get build context {by_names(key)}: {by_names(value)} is not a directory",
                fix="name a directory, or docker-image://NAME for an image",
            )


def _check_mappings(**values: object) -> None:
    for name, value in values.items():
        if value is not None and not isinstance(value, Mapping):
            raise TypeError(f"{name} is a mapping of names to values, not {type(value).__name__}")


def named_contexts(build: BuildRequest, keys: Iterable[str]) -> Iterator[BuildRequest]:
    """Give a request for each of these named contexts that is a directory, with the ignore file at its own root."""
    for key in keys:
        value = build.build_contexts[key]
        if is_context(value, build.snapshot):
            url = git_url(value)
            context = Context.of(value, build.snapshot) if url is None else Context.at_url(url)
            ignore, unread = _ignore_file(context, None, context.path, build.builder)
            lacking = [file for file in unread if file.why == _WHY["not here"]]
            yield replace(
                build,
                name=f"{build.name}{NAMED_CONTEXT}{by_names(key)}",
                context=Path(context.path),
                shown=context.shown,
                ignore=ignore,
                unread=unread,
                key=key,
                unknowns=(*context.unknowns, *map(_unknown_patterns, lacking)),
                snapshot=context.snapshot,
                fetched=context.fetched,
            )


def _dockerfile(
    context: Context, named: str | os.PathLike[str] | None, inline: bytes | None, builder: Builder
) -> tuple[DockerfileSource | None, str]:
    """Give the Dockerfile and its own directory; None where none is named and none is there.

    Source: docker/buildx 461836b, `handleLowercaseDockerfile`; docker/cli 28f7560, `getDockerfileRelPath`.
    """
    if inline is not None:
        return DockerfileSource(STDIN, inline, "", is_file=False), context.path
    if named == STDIN:
        return DockerfileSource(STDIN, _standard_input(), "", is_file=False), context.path
    name = os.path.normpath(context.called(_default(context, builder)) if named is None else os.fspath(named))
    if named is not None and builder.tries_context and _is_in_context(context, name):
        name = context.called(name)
    directory = os.path.normpath(context.place(os.path.dirname(name) or ".") or context.path)
    if named is None or builder.follows_inside:
        name = os.path.normpath(os.path.join(os.path.dirname(name), _spelled(context.files, directory, name)))
    inside = Path(directory) / os.path.basename(name)
    place: str | None = os.fspath(inside)
    kind = context.files.type(os.fspath(inside))
    if named is None and kind is None:
        return None, context.path
    if kind != "file" or context.fetched:  # a link may lead elsewhere
        place = _place(context, directory, name, builder)
        if named is None and not _is_own(context, directory, place):
            raise foreign(name)
    data = None if place is None else context.files.read(place)
    if data is None and builder.follows_inside and not context.fetched:
        data = read_within(context.files, directory, os.path.basename(name))
    fault = None if data is not None else _unread(context, directory, name)
    if fault is not None and named is not None and not isinstance(fault, ContentError):
        raise fault
    in_context = os.fspath(inside.relative_to(context.path)) if inside.is_relative_to(context.path) else ""
    return DockerfileSource(name, data or b"", in_context, fault=fault), directory


def _is_in_context(context: Context, name: str) -> bool:
    """Whether a Dockerfile is not there from the working directory, and is in the context, which no link leaves.

    Source: containers/buildah 5b1b18e, imagebuildah/build.go, `BuildDockerfiles`.
    """
    if os.path.isabs(name) or context.fetched or context.files.type(os.path.abspath(name)) is not None:
        return False
    place = context.files.resolved(os.path.join(context.path, name))
    return context.files.type(place) is not None and _is_own(context, context.path, place)


def _default(context: Context, builder: Builder) -> str:
    """The name of the Dockerfile that the builder looks for."""
    *first, last = builder.dockerfiles
    return next((name for name in first if context.has_file(name)), last)


def _standard_input() -> bytes:
    """Read the Dockerfile that is piped in; raises DockerfileError where nobody would end it, or it has no end."""
    stream = sys.stdin
    if stream is None or stream.isatty():
        which = "closed" if stream is None else "a terminal"
        what = f"the Dockerfile is to come from standard input, which is {which}"
        raise DockerfileError(what, fix="name a file" if stream is None else "name a file, or pipe one in")
    data = b""
    while len(data) <= LARGEST and (chunk := _piped(stream.buffer)):
        data += chunk
    if len(data) > LARGEST:
        what = f"it is larger than {LARGEST:,} bytes, the limit of what is read"
        raise DockerfileError(what, where="standard input", fix="pipe a Dockerfile in")
    return data


def _piped(stream: BinaryIO) -> bytes:
    """Give what comes next, b"" at the end; raises DockerfileError where nothing comes."""
    try:
        pipe = stream.fileno()
    except (OSError, ValueError):  # what is no file of the system never waits
        return stream.read(_CHUNK)
    from ctxaudit.processes import read_in_time

    data = read_in_time(pipe, _CHUNK, _PATIENCE)
    if data is None:
        what = f"the Dockerfile is to come from standard input, where nothing came for {_PATIENCE} seconds"
        raise DockerfileError(what, fix="close the pipe behind it, or name a file")
    return data


def _spelled(files: Files, directory: str, name: str) -> str:
    """The Dockerfile's own name: `dockerfile` where only that is there."""
    base, names = os.path.basename(name), files.names(directory)
    return _LOWER if base == _UPPER and _UPPER not in names and _LOWER in names else base


def foreign(name: str) -> DockerfileError:
    """Say that a Dockerfile that nobody named in the command is not the project's, so that no line of it is shown."""
    return DockerfileError(
        f"{NO_DOCKERFILE}open {name}: it leads out of the context and the repository",
        fix="name the file behind it with -f, or put a copy in its place",
    )


def _place(context: Context, directory: str, name: str, builder: Builder) -> str | None:
    """Where the builder finds a Dockerfile, None for a loop of links."""
    if not builder.follows_inside or context.fetched:
        return context.place(name)
    return resolved_within(context.files, directory, os.path.basename(name))


def _is_own(context: Context, root: str, place: str | None) -> bool:
    """Whether what stands at a place is the project's, or nothing: in *root* or its repository, but not in `.git`."""
    if place is None or context.files.type(place) is None:
        return True
    top = project_of(root) if context.snapshot is None else os.fspath(context.snapshot.top)
    return is_project_file(place, root, top)


def read_within(files: Files, directory: str, base: str) -> bytes | None:
    """Read a Dockerfile that BuildKit is sent from its directory; `dockerfile` stands in for `Dockerfile`."""
    for name in (base, _LOWER) if base == _UPPER else (base,):
        place = resolved_within(files, directory, name)
        data = None if place is None else files.read(place)
        if data is not None:
            return data
    return None


def _unread(context: Context, directory: str, name: str) -> DockerfileError:
    """Say why a Dockerfile cannot be read."""
    place = os.path.join(directory, os.path.basename(name))
    if context.files.lacks(context.files.resolved(place)):
        return ContentError(f"this clone lacks the content of {name}", fix=_FETCH)
    if context.files.type(place) == "symlink" and is_file(context.files, place):
        return DockerfileError(
            f"{NO_DOCKERFILE}open {name}: it is a link that leaves its directory",
            fix="BuildKit does not follow it: name the file behind it with -f, or put a copy in its place",
        )
    return DockerfileError(
        f"{NO_DOCKERFILE}open {name}: no such file, or not a readable regular file",
        fix=_instead(context, directory, name),
    )


def _instead(context: Context, directory: str, name: str) -> str:
    """Say which Dockerfile could be meant by a name that nothing has: one of a like name, of the context, or any."""
    base, files = os.path.basename(name), context.files
    names = [
        name for name in files.names(directory)[:_MOST_NAMES] if files.type(os.path.join(directory, name)) == "file"
    ]
    close = [name for name in names if name.lower() == base.lower()] or get_close_matches(
        base, sorted(names), 1, _CLOSE
    )
    there = [os.path.normpath(os.path.join(os.path.dirname(name), match)) for match in close[:1]]
    if not there and is_file(files, os.path.join(context.path, name)):
        there = [os.path.normpath(os.path.join(context.shown, name))]
    if there:
        return f"did you mean -f {there[0]}? it is relative to the working directory, as for docker build"
    if context.snapshot is None and (
        paths := list(islice(dockerfiles(Path(context.path), context.shown), _MOST_NAMED + 1))
    ):
        there_is = f"{', '.join(paths[:_MOST_NAMED])}{' and more' * (len(paths) > _MOST_NAMED)}"
        return f"name it with -f, relative to the working directory as for docker build; there is {there_is}"
    return "name it with -f, relative to the working directory as for docker build"


def is_external(data: bytes, build_args: Mapping[str, str | None]) -> bool:
    """Whether another program reads the Dockerfile, which BuildKit runs for that."""
    named = build_args.get("BUILDKIT_SYNTAX") or syntax(data)
    return bool(named) and not is_built_in(named)


def _ignore_file(
    context: Context,
    source: DockerfileSource | None,
    beside: str,
    builder: Builder,
    named: str | os.PathLike[str] | None = None,
    build_args: Mapping[str, str | None] = MappingProxyType({}),
) -> tuple[IgnoreFile, tuple[UnreadFile, ...]]:
    """Choose as the builder does: one beside the Dockerfile replaces those at the context root."""
    if named is not None:
        return _named_ignore_file(os.fspath(named), builder), ()
    if context.fetched and builder.fetches:
        return NO_IGNORE_FILE, tuple(_useless(context, source))
    unread = list(_misplaced(context, source, beside, builder))
    if source is not None and source.is_file:
        own = _own_ignore_file(context, source, beside, builder, build_args, unread)
        if own is not None:
            return own, tuple(unread)
    for at, name in enumerate(builder.ignore_files):
        general = context.called(name)
        found_file = _found(context, context.path, name, builder, builder.reads_apart)
        if found_file.state in builder.refuses:
            raise _refused(found_file, general, builder)
        if found_file.state not in _NOTHING or (found_file.state != "absent" and name == builder.ignore_files[-1]):
            passed = (context.called(other) for other in builder.ignore_files[at + 1 :] if context.has_file(other))
            unread += [UnreadFile(other, f"{builder.title} reads {general}", elsewhere=True) for other in passed]
            return _taken(general, found_file, unread, builder, _beside_in(context)), tuple(unread)
    if not builder.makes_ignore_file:
        return NO_IGNORE_FILE, tuple(unread)
    return made_ignore_file(context.files, context.path, builder), tuple(unread)


def made_ignore_file(files: Files, root: str, builder: Builder) -> IgnoreFile:
    """Give the ignore file that a builder makes for a directory without one, in whose name no file is there."""
    data = builder.made(frozenset(files.names(root)))
    patterns = builder.read("", data, lambda other: files.read(os.path.join(root, other))).patterns if data else ()
    return replace(NO_IGNORE_FILE, patterns=patterns) if patterns else NO_IGNORE_FILE


def _beside_in(context: Context) -> Callable[[str], bytes | None]:
    return lambda other: context.files.read(os.path.join(context.path, other))


def _own_ignore_file(
    context: Context,
    source: DockerfileSource,
    beside: str,
    builder: Builder,
    build_args: Mapping[str, str | None],
    unread: list[UnreadFile],
) -> IgnoreFile | None:
    """Read the ignore file beside the Dockerfile, None where those at the context root count; note what is not read."""
    taken: IgnoreFile | None = None
    for suffix in builder.own_suffixes or (NAME,):
        specific = f"{source.name}{suffix}"
        found_file = _found(context, beside, os.path.basename(specific), builder, builder.follows_inside)
        if found_file.state == "absent":
            continue
        if builder.own_suffixes and found_file.state in builder.refuses:
            raise _refused(found_file, specific, builder)
        # A frontend of `# syntax=` asks for the file, and takes an empty one for none.
        is_passed_over = not found_file.data and found_file.state != "not here" and is_external(source.data, build_args)
        if taken is not None:
            unread.append(UnreadFile(specific, f"{taken.name} beside it replaces it"))
        elif is_passed_over and found_file.state in ("read", "unreadable") and builder.own_suffixes:
            unread.append(UnreadFile(specific, "it is empty, which a frontend of `# syntax=` takes for no ignore file"))
        elif found_file.state in ("read", "unreadable", "not here", "foreign") and builder.own_suffixes:
            general = (name for name in builder.ignore_files if context.files.type(os.path.join(context.path, name)))
            replaced = f"{specific} beside the Dockerfile replaces it"
            unread += [UnreadFile(context.called(name), replaced) for name in general]
            taken = _taken(specific, found_file, unread, builder)
        else:
            reads = f"{builder.title} reads only {' and '.join(builder.ignore_files)}"
            unread.append(UnreadFile(specific, _WHY[found_file.state] if builder.own_suffixes else reads))
    return taken


def _refused(file: _FoundFile, name: str, builder: Builder) -> PatternError:
    """Say that the builder fails on an ignore file that it cannot read."""
    return PatternError(
        f"error reading {os.path.basename(name)}: {file.state}",
        where=name,
        fix=f"{builder.title} fails here: make it a readable regular file",
    )


_FileState = Literal[
    "read",
    "absent",
    "a directory",
    "a dangling link",
    "a link out of the context",
    "unreadable",
    "special",
    "not here",
    "foreign",
]


@frozen
class _FoundFile:
    state: _FileState
    data: bytes = b""


_NOTHING: frozenset[_FileState] = frozenset(("absent", "a dangling link", "a link out of the context"))
_WHY: dict[_FileState, str] = {
    "a directory": "it is a directory, which BuildKit takes for no ignore file",
    "a dangling link": "it is a dangling link, which the builder takes for no ignore file",
    "a link out of the context": "it is a link that leaves its directory, which BuildKit does not follow",
    "unreadable": "it may not be read, and BuildKit takes it as empty",
    "special": "it is not a regular file, and the builder reads no ignore file from it",
    "not here": "its content is not in this clone",
    "foreign": "it leads out of the context and the repository",
}


def _taken(
    name: str,
    file: _FoundFile,
    unread: list[UnreadFile],
    builder: Builder,
    beside: Callable[[str], bytes | None] | None = None,
) -> IgnoreFile:
    if file.state == "read":
        return builder.read(name, file.data, beside)
    if file.state == "foreign":
        raise PatternError(f"error reading {NAME}: {_WHY['foreign']}", where=name, fix="put a copy in its place")
    unread.append(UnreadFile(name, _WHY[file.state]))
    return NO_IGNORE_FILE


def _found(context: Context, root: str, name: str, builder: Builder, inside: bool) -> _FoundFile:
    """Look at an ignore file as the builder reaches it. inside: it follows links inside *root* only."""
    files = context.files
    path = os.path.join(root, name)
    if files.type(path) is None:
        return _FoundFile("absent")
    resolved = resolved_within(files, root, name) if inside else files.resolved(path)
    kind = None if resolved is None else files.type(resolved)
    if resolved is None or kind in (None, "symlink"):
        is_there = files.type(files.resolved(path)) not in (None, "symlink")
        return _FoundFile("a link out of the context" if is_there else "a dangling link")
    if not _is_own(context, root, resolved):
        return _FoundFile("foreign")
    if kind == "dir":
        return _FoundFile("a directory")
    if kind != "file":
        return _FoundFile("special")
    if files.lacks(resolved):
        return _FoundFile("not here")
    data = files.read(resolved)
    return _FoundFile("unreadable") if data is None else _FoundFile("read", data)


def _useless(context: Context, source: DockerfileSource | None) -> Iterator[UnreadFile]:
    """The ignore files of a context that BuildKit fetches."""
    for name in filter(None, (NAME, source.in_context and f"{source.in_context}{NAME}" if source else "")):
        if context.has_file(name):
            yield UnreadFile(name, "BuildKit reads no ignore file in a context that it fetches itself")


def _misplaced(
    context: Context, source: DockerfileSource | None, beside: str, builder: Builder
) -> Iterator[UnreadFile]:
    """Find the files whose name or place is nearly that of an ignore file, each with the name that is read."""
    own = f"{source.name}{NAME}" if source is not None and source.is_file and builder.has_own_ignore_file else ""
    names = sorted(context.files.names(context.path))
    for name in names:
        # Whatever is looked for here has a "g", as "ignore" and its slips have; most names have none.
        if "g" not in name.lower() or (name in builder.ignore_files and name != NAME):
            continue
        if name == _PODMAN:
            yield _podmans(context.called(name), context.called(builder.ignore_files[0]), builder)
        elif beside == context.path and _is_podmans_own(name, source, builder):
            yield _podmans(context.called(name), own or context.called(NAME), builder)
        elif name.lower() == NAME and name != NAME:
            yield UnreadFile(context.called(name), f"its name is not {NAME}")
        elif meant := _meant(name, source, builder, names):
            yield UnreadFile(context.called(name), f"its name is not {meant}", elsewhere=True)
        elif _is_variant(name, source):
            yield UnreadFile(
                context.called(name), f"{builder.title} reads {own or context.called(NAME)}", elsewhere=True
            )
    if source is not None and beside != context.path:
        yield from _beside(context, source, beside, builder, own)


def _is_podmans_own(name: str, source: DockerfileSource | None, builder: Builder) -> bool:
    """Whether podman would read the file for this Dockerfile, and the builder does not."""
    if source is None or not source.is_file or _PODMAN in builder.own_suffixes:
        return False
    return name == f"{os.path.basename(source.name)}{_PODMAN}"


def _podmans(name: str, reads: str, builder: Builder) -> UnreadFile:
    reader = "docker" if builder.is_dockers else builder.title
    return UnreadFile(name, f"podman reads it, {reader} reads {reads}", elsewhere=True)


def _beside(
    context: Context, source: DockerfileSource, beside: str, builder: Builder, own: str
) -> Iterator[UnreadFile]:
    """Find the files of a Dockerfile's own directory, outside the context root, that look like its ignore file."""
    reads = f"{builder.title} reads {own or context.called(NAME)}"
    names = sorted(context.files.names(beside))
    for name in names:
        where = os.path.normpath(os.path.join(os.path.dirname(source.name), name))
        if name == NAME:
            why = f"it stands beside the Dockerfile, not at the context root {context.shown}; {reads}"
            yield UnreadFile(where, why)
        elif _is_podmans_own(name, source, builder):
            yield _podmans(where, own or context.called(NAME), builder)
        elif builder.has_own_ignore_file and (meant := _meant(name, source, builder, names)) not in ("", NAME):
            yield UnreadFile(where, f"its name is not {meant}", elsewhere=True)
        elif _is_variant(name, source):
            yield UnreadFile(where, reads, elsewhere=True)
    moved = f"{os.path.basename(source.name)}{NAME}"
    is_others = context.has_file(os.path.basename(source.name))
    if own and context.has_file(moved) and not is_others:
        yield UnreadFile(context.called(moved), f"it does not stand beside {source.name}; {reads}", elsewhere=True)


def _meant(name: str, source: DockerfileSource | None, builder: Builder, names: Sequence[str]) -> str:
    """Return the ignore file that a name means by a slip, "" for none: `Dockerfile.ignore`, `.dockeringore`.

    names: those of its directory.
    """
    base = os.path.basename(source.name) if source is not None and source.is_file else ""
    if base and builder.has_own_ignore_file and _is_slip(name, base, names):
        return f"{base}{NAME}"
    rest = name[len(base) :] if base and name.lower().startswith(base.lower()) else ""
    if rest[:1] in (".", "-", "_") and name != f"{base}{NAME}":
        is_own = _NOT_LETTERS.sub("", rest.lower()) == "ignore" or _is_alike(rest)
        return "" if not is_own else f"{base}{NAME}" if builder.has_own_ignore_file else NAME
    return NAME if _is_alike(name) else ""


def _is_slip(name: str, base: str, names: Sequence[str]) -> bool:
    """Whether a name is `WORD.dockerignore` where no file is called so, and the word is nearly the Dockerfile's."""
    word, suffix = name[: -len(NAME)], name[-len(NAME) :]
    if suffix.lower() != NAME or word in ("", *names) or name == f"{base}{NAME}":
        return False
    if word.lower() == base.lower():
        return True
    if _DIGITS.findall(word) != _DIGITS.findall(base) or abs(len(word) - len(base)) > 1:
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word.lower(), base.lower()).ratio() >= _SLIP


def _is_alike(name: str) -> bool:
    letters, meant = _NOT_LETTERS.sub("", name.lower()), NAME[1:]
    # Most names end here, so that the comparison is imported for few builds.
    if not letters.startswith("do") or "g" not in letters or len(letters) > len(meant) + 3 or name == NAME:
        return False
    if _is_template(name) or _is_copy(name) or _VARIANT.match(name):
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, letters, meant).ratio() >= _ALIKE


def _is_variant(name: str, source: DockerfileSource | None) -> bool:
    """Whether a name is `.dockerignore.WORD` or `WORD.dockerignore`, and means this Dockerfile.

    Any word means `Dockerfile`; `Dockerfile.web` and `web.Dockerfile` have the word `web`. A template does not count.
    """
    start, middle, end = name.lower().partition(NAME)
    word = start or end.lstrip("-._")
    if not middle or bool(start) == bool(end) or _is_template(name) or _is_copy(name) or word in _EXAMPLES:
        return False
    base = os.path.basename(source.name).lower() if source is not None and source.is_file else _LOWER
    own = re.sub(r"^(?:docker|container)file[.-]|[.-](?:docker|container)file$", "", base)
    is_plain = own in (_LOWER, "containerfile")
    return word not in (base, "") and (word.strip(".") == own or (is_plain and bool(end)))


def _named_ignore_file(name: str, builder: Builder) -> IgnoreFile:
    data = DISK.read(DISK.resolved(name))
    if data is None:
        raise PatternError(
            f"open {name}: no such file, or not a readable regular file", fix="name it with --ignore-file"
        )
    return builder.read(name, data)


def _others(context: Context, source: DockerfileSource | None) -> Iterator[str]:
    """The Dockerfiles that the builder does not take by default, beside the one it does."""
    taken = os.path.basename(source.name) if source else ""
    for name in sorted(context.files.names(context.path)):
        if name != taken and _IS_OTHER.fullmatch(name) and is_dockerfile(name) and context.has_file(name):
            yield context.called(name)


def dockerfiles(context: Path, shown: str) -> Iterator[str]:
    """Give the Dockerfiles of a context as the user would open them: those at its root, then those further down.

    Hidden directories, and those of other people's code, are not looked into, nor is anything below three levels.
    A template counts: the Dockerfile that is made from it is built from the same context.
    """
    pending = [""]
    for directory in pending:  # grows meanwhile
        for name in sorted(DISK.names(os.path.join(context, directory))):
            path = f"{directory}/{name}" if directory else name
            if _is_called(name) and not _is_copy(name) and os.path.isfile(context / path):
                yield os.path.normpath(os.path.join(shown, path))
                continue
            is_own = not (name.startswith(".") or name in _FOREIGN or os.path.islink(context / path))
            has_room = path.count("/") < _DEEPEST and len(pending) < _MOST_DIRECTORIES
            if is_own and has_room and os.path.isdir(context / path):
                pending.append(path)


def is_dockerfile(name: str) -> bool:
    """Whether a file of that name is taken for a Dockerfile; a template or a copy of one is not built as it stands."""
    return _is_called(name) and not (_is_copy(name) or _is_template(name))


def _is_template(name: str) -> bool:
    return name[1:].lower().endswith(_TEMPLATES)


def _is_copy(name: str) -> bool:
    return name.startswith(("#", "~", ".#")) or name[1:].lower().endswith(_COPIES)


def _is_called(name: str) -> bool:
    return name in _USUAL or _IS_OTHER.fullmatch(name) is not None
