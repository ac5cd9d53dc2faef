"""Builds as compose files declare them, and as `docker compose build` makes them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ctxaudit.builds.compose.document import ComposeError, Value, as_list, as_mapping, pairs, text_of
from ctxaudit.builds.compose.project import NOTHING, Project, is_verbatim, load, shown
from ctxaudit.builds.declared import Declared, with_triggers
from ctxaudit.builds.request import PLATFORM
from ctxaudit.errors import Interpolated, by_names, interpolated_pieces, joined
from ctxaudit.model import Unknown
from ctxaudit.values import frozen

if TYPE_CHECKING:
    from ctxaudit.builds.compose.watch import Watched

# The services of a project to the builds that `docker compose build` makes of them.
#
# Source: compose-go e70e961, loader/normalize.go, validate.go; compose f729794, build.go, build_bake.go, options.go.

ALL_PROFILES = "*"
_SERVICE = "service:"
_CONTEXT_FIELDS = ("context", "dockerfile", "dockerfile_inline", "target", "args", "additional_contexts", "platforms")
_IMAGE_FIELDS = (
    *("cache_from", "cache_to", "entitlements", "extra_hosts", "isolation", "labels", "network", "no_cache"),
    *("no_cache_filter", "privileged", "provenance", "pull", "sbom", "secrets", "shm_size", "ssh", "tags", "ulimits"),
)


def builds(project: Project, files: Sequence[str], named: Sequence[str], profiles: Sequence[str]) -> list[Declared]:
    """Give the builds of the services *named*, or of all that are in no profile or in one of *profiles*.

    A service whose image is another's named context is built as well. Raises ComposeError where compose refuses.
    """
    services = {name: _Service.of(name, value, project.environment) for name, value in project.services.items()}
    active = [name for name, service in services.items() if service.is_active(profiles)]
    for name in active:
        services[name].check({other: services[other] for other in active})
    missing = next((name for name in named if name not in services), None)
    if missing is not None:
        there = ", ".join(name for name, service in services.items() if service.build) or "none"
        raise ComposeError(f"no such service: {missing}", where=files[0], fix=f"name one that is built: {there}")
    reached = dict.fromkeys(named or active)
    pending = list(reached)
    while pending:
        service = services.get(pending.pop())
        new = [name for _, name, _ in (service.references() if service else ()) if name not in reached]
        reached.update(dict.fromkeys(new))
        pending += new
    arguments = tuple(word for file in files for word in ("--compose", file))
    built = (service.declared() for name, service in services.items() if name in reached and service.build)
    return [replace(trigger, named=(*arguments, "--service", trigger.name)) for trigger in with_triggers(built)]


@frozen
class _Service:
    """A service, merged; build: its `build` section, None where it has none."""

    name: str
    fields: Mapping[str, Value]
    build: Value | None
    environment: Mapping[str, str]

    @classmethod
    def of(cls, name: str, value: Value, environment: Mapping[str, str]) -> _Service:
        fields = as_mapping(value, f"services.{name}")
        build = fields.get("build")
        if build is not None and build.content is None:
            raise build.error(f"services.{name}.build must be a string or a mapping", "write `build: .`, or delete it")
        return cls(name, fields, build, environment)

    def is_active(self, profiles: Sequence[str]) -> bool:
        own = {text_of(name, "a profile") for name in _list(self.fields.get("profiles", NOTHING), "a list of profiles")}
        return not own or ALL_PROFILES in profiles or bool(own & set(profiles))

    def check(self, active: Mapping[str, _Service]) -> None:
        """Raise where compose does: for Dockerfiles in two places, and named contexts that no service builds."""
        for key, other, value in self.references():
            kind = "unknown" if other not in active else "" if active[other].build else "non-buildable"
            if kind:
                what = f'service "{self.name}" declares {kind} service "{by_names(other)}" as additional contexts {key}'
                raise value.error(what, "name an active service with a build, or an image as docker-image://NAME")
        if self._text("dockerfile") and self._text("dockerfile_inline"):
            what = f'service "{self.name}" declares mutualy exclusive dockerfile and dockerfile_inline'
            raise self._field("dockerfile_inline").error(what, "keep one; `!reset null` takes one of another file away")

    def references(self) -> Iterator[tuple[str, str, Value]]:
        """Give the named contexts that are another service's image: their name, the service, the value."""
        for key, value in self._contexts().items():
            text = text_of(value, "a context")
            if text.startswith(_SERVICE):
                yield key, text.removeprefix(_SERVICE), value

    def declared(self) -> Declared:
        build, context = self.build or NOTHING, shown(self._text("context"))
        inline = self._field("dockerfile_inline")
        return Declared(
            name=self.name,
            declared=build.at,
            context=context,
            dockerfile=None if self._text("dockerfile_inline") else _dockerfile(context, self._text("dockerfile")),
            inline=self._text("dockerfile_inline").encode("utf-8", "surrogateescape") or None,
            inline_line=inline.text_line or inline.at.line,
            inline_pieces=interpolated_pieces(self._text("dockerfile_inline")),
            target=self._text("target") or None,
            build_args=self._args(),
            build_contexts={key: shown(text_of(value, "a context")) for key, value in self._contexts().items()},
            platform=self._platform(),
            unknowns=tuple(self._unknowns()),
            watched=self._watched(),
        )

    def _watched(self) -> Watched | None:
        if "develop" not in self.fields:
            return None
        from ctxaudit.builds.compose.watch import watched

        return watched(self.name, self.fields, self._text("dockerfile") or "Dockerfile")

    def _field(self, name: str) -> Value:
        return as_mapping(self.build, "build").get(name, NOTHING) if self.build else NOTHING

    def _text(self, name: str) -> str:
        value = self._field(name)
        return "" if value.content is None else text_of(value, f"build.{name}")

    def _contexts(self) -> Mapping[str, Value]:
        named = self._field("additional_contexts")
        return {} if named.content is None else as_mapping(named, "additional_contexts")

    def _args(self) -> dict[str, str]:
        """The build args; one without a value is taken from the environment, and is omitted if it is not set."""
        args = self._field("args")
        given = {key: value.content for key, value in pairs(args)} if args.content is not None else {}
        known = {key: self.environment.get(key) if text is None else str(text) for key, text in given.items()}
        return {key: text for key, text in known.items() if text is not None}

    def _platform(self) -> str:
        several = [text_of(value, "a platform") for value in _list(self._field("platforms"), "a list of platforms")]
        own = self.fields.get("platform", NOTHING)
        platform = text_of(own, "platform") if own.content else _default_platform(self.environment)
        if several and platform and platform not in several:
            what = f'service "{self.name}" build configuration does not support platform: {by_names(platform)}'
            raise self._field("platforms").error(what, f"add {by_names(platform)} to build.platforms")
        return joined(",", several) or platform or PLATFORM

    def _unknowns(self) -> Iterator[Unknown]:
        fields = as_mapping(self.build, "build") if self.build else {}
        for key, value in fields.items():
            if key in _CONTEXT_FIELDS:
                for name, at in dict(_unset(value)).items():
                    yield Unknown(f"{name}, a variable that is not set and is taken as blank", at, f"set {name}")
            elif key not in _IMAGE_FIELDS and not key.startswith("x-"):
                yield Unknown(f"build.{key}, which compose may refuse", str(value.at), "look at its spelling")


def _default_platform(environment: Mapping[str, str]) -> str:
    name = "DOCKER_DEFAULT_PLATFORM"
    return Interpolated(environment[name], f"${{{name}}}") if environment.get(name) else ""


def _unset(value: Value) -> Iterator[tuple[str, str]]:
    """Give the variables that are not set, and where."""
    content = value.content
    yield from ((name, str(value.at)) for name in value.unset)
    for child in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _unset(child)


def _list(value: Value, what: str) -> list[Value]:
    return [] if value.content is None else as_list(value, what)


def _dockerfile(context: str, name: str) -> str | None:
    """Where the Dockerfile is: relative to a context that is a directory, and as it is written for any other."""
    if is_verbatim(context):
        return name or None
    if not name and not os.path.exists(os.path.join(context, "Dockerfile")):
        name = "dockerfile" if os.path.exists(os.path.join(context, "dockerfile")) else ""
    return os.path.normpath(os.path.join(context, name or "Dockerfile"))


def declared(
    files: Sequence[str],
    *,
    services: Sequence[str] = (),
    profiles: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    anywhere: bool = False,
) -> tuple[Declared, ...]:
    """Give the builds of compose files, in the order of their services.

    files: relative to the working directory, each over the ones before it. services: only these, and what they need.
    profiles: the active ones, None for those of COMPOSE_PROFILES. environment: None for the process's own.
    anywhere: whether what the files name may lie outside of their repository, as for docker: the user named them.
    Raises ComposeError, with file and line, where compose would refuse them.
    """
    project = load(files, os.environ if environment is None else environment, anywhere=anywhere)
    if profiles is None:
        profiles = [name.strip() for name in project.environment.get("COMPOSE_PROFILES", "").split(",")]
    return tuple(builds(project, files, services, profiles))
