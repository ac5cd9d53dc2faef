"""From a target to the build that bake makes of it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from ctxaudit.builds.bake.source import Attribute, BakeFile, Block, Expression, Scope
from ctxaudit.builds.bake.targets import DECISIVE, LINK, Place, Setting, Target, Targets
from ctxaudit.builds.bake.values import Unevaluated, Value, derived
from ctxaudit.builds.compose.document import Value as Yaml
from ctxaudit.builds.compose.document import as_build, as_list, as_mapping, pairs, text_of
from ctxaudit.builds.compose.project import NOTHING, load, shown
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.request import PLATFORM, STDIN
from ctxaudit.dockerfile import is_remote
from ctxaudit.errors import CtxauditError, by_names, interpolated_pieces, joined
from ctxaudit.ignore import clean_path, join_paths
from ctxaudit.model import Location, Unknown
from ctxaudit.processes import kill_all
from ctxaudit.values import frozen

_CWD = "cwd://"
_ELSEWHERE = (LINK, "docker-image:", "oci-layout:")
_DEFAULT = "Dockerfile"
Known: TypeAlias = dict[Place, Value]


@frozen
class Places:
    """What local paths are relative to.

    directory: the working directory of bake, relative to ours. by_file: the file that says a path, instead.
    """

    directory: str = ""
    by_file: bool = False

    def local(self, context: str, at: Location) -> str:
        """A directory relative to our working directory; anything else as it is."""
        if context.startswith(_CWD):
            return self.joined(context.removeprefix(_CWD))
        if is_remote(context) or context.startswith(_ELSEWHERE):
            return context
        return _joined(os.path.dirname(at.file) if self.by_file else self.directory, context)

    def joined(self, path: str) -> str:
        return _joined(self.directory, path)


def _joined(directory: str, path: str) -> str:
    if path.startswith("/"):
        return shown(path)
    joined = clean_path(f"{directory or '.'}/{path}")
    return f"./{joined}" if is_remote(joined) else joined


def build(target: Target, targets: Targets, places: Places) -> Declared:
    """Give the build; what is not known of it is listed, and leaves the context "" where all depends on it.

    Raises CtxauditError for what bake does not allow.
    """
    if target.doubt:
        return Declared(target.name, target.at, "", unknowns=(_unknown(target, "what it builds", target.doubt),))
    settings = targets.settings(target)
    doubts = {place: setting for place, setting in settings.items() if isinstance(setting.value, Unevaluated)}
    known: Known = {place: setting.value for place, setting in settings.items() if place not in doubts}
    for name in ("context", "dockerfile"):
        if known.get((name, "")) == STDIN:
            raise CtxauditError(f"{name} from stdin not allowed in bake", where=str(settings[name, ""].at))
    inline = known.get(("dockerfile-inline", "")) or None
    at = settings["context", ""].at if ("context", "") in settings else target.last or target.at
    context = places.local(known.get(("context", ""), "."), at)
    return Declared(
        name=target.name,
        declared=target.at,
        context="" if any((name, "") in doubts for name in DECISIVE) else context,
        dockerfile=_dockerfile(context, known.get(("dockerfile", "")), places) if inline is None else None,
        inline=None if inline is None else inline.encode("utf-8", "surrogateescape"),
        inline_line=1 if inline is None else settings["dockerfile-inline", ""].at.line,
        inline_pieces=interpolated_pieces(inline or ""),
        target=known.get(("target", "")),
        build_args={
            **_entries(known, "args"),
            **dict.fromkeys(key for name, key in doubts if name == "args" and key),
        },
        build_contexts={
            key: places.local(value, settings["contexts", key].at) for key, value in _entries(known, "contexts").items()
        },
        platform=joined(",", known.get(("platforms", ""), ())) or PLATFORM,
        unknowns=tuple(_unknown(target, ".".join(filter(None, place)), setting) for place, setting in doubts.items()),
    )


def _entries(known: Known, name: str) -> dict[str, str]:
    return {key: value for (attribute, key), value in known.items() if attribute == name}


def _dockerfile(context: str, named: str | None, places: Places) -> str | None:
    """The Dockerfile relative to the working directory, or to the root of a remote context; None for the default."""
    if not named or named == _DEFAULT:
        return None
    if named.startswith(_CWD):
        return places.joined(named.removeprefix(_CWD))
    return clean_path(named) if is_remote(context) or named.startswith("/") else join_paths(context, named)


def _unknown(target: Target, what: str, doubt: Setting) -> Unknown:
    return Unknown(
        f"{what} of target {by_names(target.name)}: {doubt.value.reason}", str(doubt.at), "--bake-print asks buildx"
    )


# Compose files as bake reads them: a target for each service, of all profiles, and a group of them all.
#
# Source: docker/buildx 461836b, bake/compose.go.

COMPOSE_ENDINGS = (".yml", ".yaml")
_SERVICE = "service:"
_TEXTS = {
    "context": "context",
    "dockerfile": "dockerfile",
    "dockerfile_inline": "dockerfile-inline",
    "target": "target",
}


@frozen
class Constant:
    """A value that is known. text_line: where its text begins."""

    what: Value
    line: int
    text_line: int

    def value(self, scope: Scope) -> Value:
        return self.what

    def words(self) -> list[str]:
        raise Unevaluated("no name where one belongs", self.line)

    def call(self) -> tuple[str, list[Expression]] | None:
        return None

    def reference(self) -> tuple[str, str, str] | None:
        return None

    def entries(self, scope: Scope) -> list[tuple[str, Expression]] | None:
        return None

    def elements(self) -> list[Expression] | None:
        return None


def read_compose(
    files: Sequence[str], directory: str, environment: Mapping[str, str], *, anywhere: bool = False
) -> BakeFile:
    """Read compose files, each over the ones before it; raises ComposeError where compose would refuse them.

    directory: what their paths are relative to; where `.env` is read. anywhere: as for `load`.
    """
    project = load(files, environment, os.path.abspath(directory), anywhere=anywhere)
    builds = {
        name.replace(".", "_"): as_build(build)
        for name, service in project.services.items()
        if (build := as_mapping(service, f"services.{name}").get("build", NOTHING)).content is not None
    }
    blocks = [
        Block("target", name, _attributes(build, project.environment), build.at) for name, build in builds.items()
    ]
    group = _attribute("targets", list(builds), Location(files[0], 1))
    return BakeFile(files[0], (Block("group", "default", {"targets": group}, group.at), *blocks), {})


def _attributes(build: Yaml, environment: Mapping[str, str]) -> dict[str, Attribute]:
    return {attribute.name: attribute for attribute in _said(as_mapping(build, "build"), environment)}


def _said(fields: Mapping[str, Yaml], environment: Mapping[str, str]) -> Iterator[Attribute]:
    for name, attribute in _TEXTS.items():
        value = fields.get(name, NOTHING)
        if value.content:
            yield _attribute(attribute, text_of(value, f"build.{name}"), value.at, value.text_line)
    args = fields.get("args", NOTHING)
    if args.content is not None:
        given = (
            (key, environment.get(key) if argument.content is None else str(argument.content))
            for key, argument in pairs(args)
        )
        yield _attribute("args", {key: text for key, text in given if text is not None}, args.at)
    extension = fields.get("x-bake", NOTHING)
    more = as_mapping(extension, "x-bake") if extension.content is not None else {}
    for name, values in (("contexts", "additional_contexts"), ("platforms", "platforms")):
        own, added = fields.get(values, NOTHING), more.get(name, NOTHING)
        at = own.at if own.content is not None else added.at
        merged = _contexts(added) | _contexts(own) if name == "contexts" else [*_list(own), *_list(added)]
        if merged:
            yield _attribute(name, merged, at)


def _contexts(value: Yaml) -> dict[str, str]:
    if value.content is None:
        return {}
    return {key: _linked(text_of(context, "a context")) for key, context in pairs(value)}


def _linked(context: str) -> str:
    for start in (_SERVICE, LINK):
        if context.startswith(start):
            return LINK + context.removeprefix(start).replace(".", "_")
    return context


def _list(value: Yaml) -> list[str]:
    if isinstance(value.content, str):
        return list(derived(value.content.split(), (value.content,)))
    return [] if value.content is None else [text_of(platform, "a platform") for platform in as_list(value, "a list")]


def _attribute(name: str, what: Value, at: Location, text_line: int = 0) -> Attribute:
    return Attribute(name, Constant(what, at.line, text_line or at.line), at)


# Builds as `docker buildx bake --print` gives them, for what is not evaluated here.

COMMAND = ("docker", "buildx", "bake", "--print", "--progress=quiet")
PRINTED = " ".join(COMMAND[:4])
_PIPE = subprocess.PIPE
_SECONDS = 60
_ERROR = "ERROR: "
_TARGET = re.compile(r"[\w.*?\[\]-]+", re.ASCII)  # a URL would make bake fetch its files from there


def ask_bake(files: Sequence[str], targets: Sequence[str], sets: Sequence[str], variables: Mapping[str, str]) -> str:
    """Give the JSON that bake prints; raises CtxauditError where there is no buildx, or where it refuses."""
    if wrong := [name for name in targets if not _TARGET.fullmatch(name)]:
        raise CtxauditError(f"failed to find target {wrong[0]}", fix="name a target, a group or a pattern of them")
    options = [*(f"--file={name}" for name in files), *(f"--set={override}" for override in sets)]
    options += [f"--var={name}={value}" for name, value in variables.items()]
    arguments = [*COMMAND, *options, "--", *targets]
    try:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=_PIPE, stderr=_PIPE, start_new_session=True
        )
    except OSError as error:
        fix = "install Docker with buildx, or omit --bake-print"
        raise CtxauditError(f"{PRINTED}: {error.strerror}", fix=fix) from error
    with process:
        try:
            output, complaint = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired as error:
            kill_all(process)  # docker starts buildx as a child of its own
            raise CtxauditError(f"{PRINTED}: no answer in {_SECONDS} s", fix="omit --bake-print") from error
    if process.returncode:
        raise CtxauditError(f"{PRINTED}: {_complaint(complaint)}", fix="fix what it names, or omit --bake-print")
    return output.decode("utf-8", "replace")


def _complaint(written: bytes) -> str:
    """The line that says what is wrong: bake's own comes last, docker's first."""
    lines = [line.strip() for line in written.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)]
    return (errors[-1:] or lines[:1] or ["it failed, and did not say why"])[0]
