"""Compose files as bake reads them: a target for each service, of all profiles, and a group of them all.

Source: docker/buildx 461836b, bake/compose.go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from ctxaudit.builds.bake.source import Attribute, BakeFile, Block, Expression, Scope
from ctxaudit.builds.bake.targets import LINK
from ctxaudit.builds.bake.values import Unevaluated, Value, derived
from ctxaudit.builds.compose.document import Value as Yaml
from ctxaudit.builds.compose.merge import as_build, as_list, as_mapping, pairs, text_of
from ctxaudit.builds.compose.project import NOTHING, load
from ctxaudit.model import Location
from ctxaudit.values import frozen

ENDINGS = (".yml", ".yaml")
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


def read(files: Sequence[str], directory: str, environment: Mapping[str, str], *, anywhere: bool = False) -> BakeFile:
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
    return {one.name: one for one in _said(as_mapping(build, "build"), environment)}


def _said(fields: Mapping[str, Yaml], environment: Mapping[str, str]) -> Iterator[Attribute]:
    for name, attribute in _TEXTS.items():
        value = fields.get(name, NOTHING)
        if value.content:
            yield _attribute(attribute, text_of(value, f"build.{name}"), value.at, value.text_line)
    args = fields.get("args", NOTHING)
    if args.content is not None:
        given = ((key, environment.get(key) if one.content is None else str(one.content)) for key, one in pairs(args))
        yield _attribute("args", {key: text for key, text in given if text is not None}, args.at)
    extension = fields.get("x-bake", NOTHING)
    more = as_mapping(extension, "x-bake") if extension.content is not None else {}
    for name, values in (("contexts", "additional_contexts"), ("platforms", "platforms")):
        own, added = fields.get(values, NOTHING), more.get(name, NOTHING)
        at = own.at if own.content is not None else added.at
        found = _contexts(added) | _contexts(own) if name == "contexts" else [*_list(own), *_list(added)]
        if found:
            yield _attribute(name, found, at)


def _contexts(value: Yaml) -> dict[str, str]:
    if value.content is None:
        return {}
    return {key: _linked(text_of(one, "a context")) for key, one in pairs(value)}


def _linked(context: str) -> str:
    for start in (_SERVICE, LINK):
        if context.startswith(start):
            return LINK + context.removeprefix(start).replace(".", "_")
    return context


def _list(value: Yaml) -> list[str]:
    if isinstance(value.content, str):
        return list(derived(value.content.split(), (value.content,)))
    return [] if value.content is None else [text_of(one, "a platform") for one in as_list(value, "a list")]


def _attribute(name: str, what: Value, at: Location, text_line: int = 0) -> Attribute:
    return Attribute(name, Constant(what, at.line, text_line or at.line), at)
