"""Compose files to services: their documents merged, `include` and `extends` followed, variables and paths resolved.

Source: compose-go e70e961, loader/loader.go, include.go, extends.go and paths/resolve.go.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from ctxaudit.builds.compose.document import (
    ComposeError,
    Value,
    as_build,
    as_list,
    as_mapping,
    merge_service,
    merge_services,
    pairs,
    read,
    settled,
    text_of,
)
from ctxaudit.builds.declared import LARGEST_FILE
from ctxaudit.dockerfile import is_remote
from ctxaudit.errors import Interpolated, by_names, without_guesses
from ctxaudit.files import is_project_file, project_of, read_regular
from ctxaudit.model import Location
from ctxaudit.values import LONGEST_PATH, expression, frozen, record

# `${VAR}` in all its forms, and the .env files that hold values for it.
#
# Source: compose-go e70e961, template/template.go and dotenv/parser.go.

Lookup = Callable[[str, bool], "str | None"]  # of a name, and whether something stands in for it where it is not set

_DEEPEST = 50
_NAME = "[_a-zA-Z][_a-zA-Z0-9]*"
_REFERENCE = expression(
    rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME})|\{{(?P<plain>{_NAME})\}}"
    rf"|\{{(?P<name>{_NAME})(?P<colon>:?)(?P<operator>[-+?])|(?P<invalid>\{{))"
)
_BRACES = expression(r"[{}]")


class _InvalidError(ValueError):
    """What compose says of a reference that it cannot read, or that must have a value and has none."""


@record
class Room:
    """How many characters more references may come to: a file of them could ask for more than there is memory."""

    left: int = 1 << 24

    def take(self, text: str | None) -> str | None:
        self.left -= len(text or "")
        if self.left < 0:
            raise _InvalidError("its references come to too many characters")
        return text


def _interpolated(value: Value, environment: Mapping[str, str], room: Room) -> Value:
    """Give a value with every reference in its texts replaced; keys stay as they are."""
    content = value.content
    if isinstance(content, dict):
        return replace(value, content={key: _interpolated(value, environment, room) for key, value in content.items()})
    if isinstance(content, list):
        return replace(value, content=[_interpolated(value, environment, room) for value in content])
    if content is None or "$" not in content:
        return value
    unset: list[str] = []
    try:
        pieces = tuple(_pieces(content, _noting(environment, unset, room)))
    except _InvalidError as error:
        raise value.error(
            without_guesses(str(error)), "set the variable, in the environment or in .env, or write $$ for $"
        ) from error
    text, names = ("".join(each) for each in zip(*pieces, strict=True))
    text_line = value.text_line if text.count("\n") == content.count("\n") else 0
    shown = Interpolated(text, names, pieces)
    return replace(value, content=shown, unset=tuple(dict.fromkeys(unset)), text_line=text_line)


def _noting(environment: Mapping[str, str], unset: list[str], room: Room) -> Lookup:
    """Look names up, and note those that are not set and have nothing to stand in for them."""

    def lookup(name: str, has_default: bool) -> str | None:
        if name not in environment and not has_default:
            unset.append(name)
        return room.take(environment.get(name))

    return lookup


def _substituted(text: str, lookup: Lookup, depth: int = 0) -> str:
    return "".join(value for value, _ in _pieces(text, lookup, depth))


def _pieces(text: str, lookup: Lookup, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Give the text in pieces: what each comes to, and the same with `${NAME}` for a reference, whatever its operator.

    What stands between two references is a piece as well, `$$` a part of it.
    """
    if depth > _DEEPEST:
        raise _InvalidError(f"references are nested more than {_DEEPEST} deep")
    literal, at = "", 0
    while match := _REFERENCE.search(text, at):
        literal += text[at : match.start()]
        at = match.end()
        name = match["named"] or match["plain"]
        if match["escaped"]:
            literal += "$"
            continue
        yield literal, literal
        literal = ""
        if name:
            yield lookup(name, False) or "", f"${{{name}}}"
        else:
            word, at = _word(text, match)
            yield _value(match, word, lookup, depth), f"${{{match['name']}}}"
    literal += text[at:]
    yield literal, literal


def _word(text: str, match: re.Match[str]) -> tuple[str, int]:
    """What stands between the operator and the brace that closes, and where the text goes on.

    Braces are counted, whatever opens them, and the character after an opening one is passed over; where none closes,
    the last brace of the line does. All as compose has it.
    """
    end = text.find("\n", match.end())
    last = text.rfind("}", match.end(), end if end >= 0 else len(text))
    if last < 0 or match["invalid"]:
        raise _InvalidError(f"invalid interpolation format: {text[match.start() : match.start() + 40]}")
    opened, passed = 1, -1
    for brace in _BRACES.finditer(text, match.end(), last + 1):
        if brace.start() == passed:
            continue
        opened += 1 if brace[0] == "{" else -1
        passed = brace.end() if brace[0] == "{" else -1
        if not opened:
            last = brace.start()
            break
    return text[match.end() : last], last + 1


def _value(match: re.Match[str], word: str, lookup: Lookup, depth: int) -> str:
    operator, value = match["operator"], lookup(match["name"], True)
    is_given = value is not None and (value != "" or not match["colon"])
    if is_given == (operator != "+"):
        return value or ""
    if operator == "?":  # compose says the word with its own references replaced, whose values are not for a log
        raise _InvalidError(f"required variable {match['name']} is missing a value" + (f": {word}" if word else ""))
    return _substituted(word, lookup, depth + 1)


def _environment_of(files: Sequence[str], outer: Mapping[str, str]) -> dict[str, str]:
    """Give *outer* and what .env files add to it; a later file outdoes an earlier one, and *outer* both.

    Raises ComposeError for a file that cannot be read, with the line of what is wrong in it, and never with a value.
    """
    variables: dict[str, str] = {}
    for file in files:
        data = read_regular(os.path.realpath(file), LARGEST_FILE + 1)
        if data is None or len(data) > LARGEST_FILE:
            raise ComposeError(f"couldn't read env file: {file}", fix="make it a readable regular file of that name")
        text = data.decode("utf-8-sig", "surrogateescape")
        _DotEnv(text, file, outer, variables).read()
    return {**variables, **outer}


_SPACE = "\t\v\f\r \x85\xa0"
_SPACES = expression(f"[{_SPACE}]*")
_BLANK = expression(rf"(?:[{_SPACE}\n]|#[^\n]*)*")
_EXPORT = expression(rf"export[{_SPACE}]+")
_KEY = expression(rf"(?P<key>[\w.\-\[\]{_SPACE}]*)(?P<end>[=:\n]|\Z)")
_QUOTED = {quote: expression(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in "\"'"}
_ESCAPE = expression(r"\\(?:([abcfnrtv$\"\\])|0(\d{0,3}))")
_ESCAPED = dict(zip('abfnrtv"\\', '\a\b\f\n\r\t\v"\\', strict=True)) | {"$": "$$"}


@record
class _DotEnv:
    """A reader of one .env file, into what was found in others before it."""

    text: str
    file: str
    outer: Mapping[str, str]
    found: dict[str, str]
    at: int = 0
    room: Room = field(default_factory=Room)

    def read(self) -> None:
        """Read to the end; a name without a value stands for the value that it has already."""
        while self._skip(_BLANK) is not None and self.at < len(self.text):
            self._skip(_EXPORT)
            key = self._skip(_KEY)
            name = key["key"].rstrip(_SPACE) if key else ""
            if key is None or not name or " " in name:
                raise self._error("it is not NAME=VALUE")
            value = self._value() if key["end"] in ("=", ":") else self._known(name)
            if value is not None:
                self.found[name] = value

    def _known(self, name: str) -> str | None:
        return self.outer.get(name, self.found.get(name))

    def _referred(self, name: str, _: bool) -> str | None:
        return self.room.take(self._known(name))

    def _skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match

    def _value(self) -> str:
        """Read a value: in double quotes with escapes and references, in single ones as it is, else the line."""
        self._skip(_SPACES)
        quote = self.text[self.at : self.at + 1]
        if quote in _QUOTED:
            match = self._skip(_QUOTED[quote])
            if match is None:
                raise self._error("unterminated quoted value")
            inner = match[1].replace(f"\\{quote}", quote)
            return self._expanded(_ESCAPE.sub(_unescaped, inner)) if quote == '"' else inner
        end = self.text.find("\n", self.at)
        line = self.text[self.at : end if end >= 0 else len(self.text)]
        self.at += len(line)
        return self._expanded(line.partition(" #")[0].rstrip())

    def _expanded(self, text: str) -> str:
        try:
            return _substituted(text, self._referred)
        except _InvalidError as error:
            what = "invalid interpolation format" if self.room.left >= 0 else str(error)
            raise self._error(what) from error

    def _error(self, what: str) -> ComposeError:
        line = self.text.count("\n", 0, self.at) + 1
        return ComposeError(what, where=f"{self.file}:{line}", fix="write NAME=VALUE, one a line")


def _unescaped(match: re.Match[str]) -> str:
    letter, octal = match[1], match[2]
    if letter:
        return _ESCAPED.get(letter, match[0])
    return chr(int(octal, 8)) if len(octal) == 3 and octal.isdigit() and max(octal) < "8" else match[0]


_MOST_SERVICES = 10_000  # of one file
_MOST_FILES = 1000
_REMOTE = ("service:", "https://", "http://", "git://", "ssh://", "github.com/", "git@")
_SERVICE_KEYS = ("build", "extends", "platform", "profiles")
_WATCH_KEYS = ("develop", "volumes")  # of a service that watch looks at; what the volumes of others say never matters
# Keys of `build` that no service has; source: compose-go e70e961, schema/compose-spec.json.
_BUILD_KEYS = (
    *("context", "dockerfile", "dockerfile_inline", "target", "args", "additional_contexts", "platforms"),
    *("cache_from", "cache_to", "entitlements", "network", "no_cache", "no_cache_filter", "provenance", "pull"),
    *("sbom", "ssh", "tags"),
)
NOTHING = Value(None, Location("", 0))
_NO_SERVICES = Value({}, Location("", 0))


@frozen
class Project:
    """What compose files come to.

    services: name to its merged and settled value, paths absolute. environment: what variables were taken from.
    """

    services: Mapping[str, Value]
    environment: Mapping[str, str]


def load(
    files: Sequence[str], outer: Mapping[str, str], directory: str | None = None, *, anywhere: bool = False
) -> Project:
    """Read compose files, each over the ones before it.

    files: as the user would open them. outer: the process environment. directory: the project's, None for that of the
    first file. anywhere: whether what they include, extend or read variables from may lie outside of their repository.
    Raises ComposeError where compose would refuse them.
    """
    directory = directory or os.path.dirname(os.path.abspath(files[0]))
    loader = _Loader(
        () if anywhere else {project_of(os.path.dirname(file) or os.curdir) for file in (*files, directory)}
    )
    env_files = _env_files(directory, outer)
    if not outer.get("COMPOSE_ENV_FILES"):
        for file in env_files:
            loader.check(file, Value(shown(file), Location(shown(file), 1)))
    environment = _environment_of(env_files, outer)
    name = outer.get("COMPOSE_PROJECT_NAME") or loader.name(files, environment) or os.path.basename(directory)
    environment["COMPOSE_PROJECT_NAME"] = "".join(re.findall(r"[a-z0-9_-]", name.lower())).lstrip("_-")
    services = loader.services(files, _Scope(directory, environment))
    return Project(as_mapping(services, "services"), environment)


def is_verbatim(context: str) -> bool:
    """Whether compose takes a context for something else than a directory; a directory called so needs a "./"."""
    return "://" in context or context.startswith(_REMOTE)


def _env_files(directory: str, outer: Mapping[str, str]) -> list[str]:
    if outer.get("COMPOSE_ENV_FILES"):
        return outer["COMPOSE_ENV_FILES"].split(",")
    default = os.path.join(directory, ".env")
    disabled = outer.get("COMPOSE_DISABLE_ENV_FILE", "").lower() in ("1", "t", "true")
    return [] if disabled or not os.path.exists(default) or os.path.isdir(default) else [default]


@frozen
class _Scope:
    """What relative paths and variables of some files mean.

    includers: the files that led here, outermost first. sources: the files that services of these were extended from.
    """

    directory: str
    environment: Mapping[str, str]
    includers: tuple[str, ...] = ()
    sources: dict[str, _Extender] = field(default_factory=dict)


class _Loader:
    """Reads files and what they include; each file is parsed once."""

    def __init__(self, projects: Iterable[str] = ()) -> None:
        """projects: the directories that hold what may be read, none for everything."""
        self._projects = tuple(projects)
        self._documents: dict[str, list[Value]] = {}
        self._count = 0
        self.room = Room()

    def check(self, path: str, named: Value) -> None:
        """Raise for a file that is not the project's: a stranger may have named it, and an error may quote it."""
        if self._projects and not is_project_file(os.path.realpath(path), *self._projects):
            what = f"{by_names(text_of(named, 'a path'))} leads out of the repository"
            raise named.error(what, "put a copy in its place, or name the compose file in the command")

    def local(self, directory: str, value: Value) -> str:
        """Give the absolute path of a file that is included, extended from or read for variables."""
        path, written = _local(directory, value), text_of(value, "a path")
        self.check(path, value)
        if isinstance(written, Interpolated) and not os.path.exists(path):
            raise value.error(f"open {by_names(written)}: no such file", "correct the variable, or make the file")
        return path

    def name(self, files: Sequence[str], environment: Mapping[str, str]) -> str:
        """Give the last `name` of the files, "" if there is no such key."""
        documents = [as_mapping(document, "a compose file") for file in files for document in self.read(file)]
        names = [document["name"] for document in documents if document.get("name", NOTHING).content]
        return text_of(_interpolated(names[-1], environment, self.room), "name") if names else ""

    def services(self, files: Sequence[str], scope: _Scope) -> Value:
        """Give the services of one model: files, and all that they include."""
        services = _NO_SERVICES
        for file in files:
            self._count += 1
            if self._count > _MOST_FILES:
                raise ComposeError(f"more than {_MOST_FILES} files are included", where=file, fix="include fewer")
            for document in self.read(file):
                value = self._with_includes(document, file, scope)
                services = merge_services(services, _Extender(self, file, value, scope).extended())
        return _resolved(_with_default_context(settled(services)), scope.directory)

    def read(self, file: str) -> list[Value]:
        if file not in self._documents:
            self._documents[file] = read(file)
            for document in self._documents[file]:
                services = as_mapping(document, "a compose file").get("services", NOTHING).content
                if isinstance(services, dict) and len(services) > _MOST_SERVICES:
                    what = f"it has {len(services):,} services, more than the limit of {_MOST_SERVICES:,}"
                    raise ComposeError(what, where=file, fix="divide the file")
        return self._documents[file]

    def _with_includes(self, document: Value, file: str, scope: _Scope) -> Value:
        services = _services(document, scope.environment, self.room)
        includes = as_mapping(document, "a compose file").get("include", NOTHING)
        if includes.content is None:
            return services
        inside = replace(scope, includers=(*scope.includers, os.path.abspath(file)))
        for include in as_list(_interpolated(includes, scope.environment, self.room), "a list of files"):
            services = merge_services(self._included(include, inside), services)
        return services

    def _included(self, include: Value, scope: _Scope) -> Value:
        fields = {"path": include} if isinstance(include.content, str) else as_mapping(include, "an entry of include")
        paths = [self.local(scope.directory, path) for path in _entries(fields.get("path", NOTHING))]
        if not paths:
            raise include.error("include has no path", "name the file to include")
        if paths[0] in scope.includers or len(scope.includers) > _DEEPEST:
            chain = " includes ".join(shown(path) for path in (*scope.includers, paths[0]))
            raise include.error(f"include cycle detected: {chain}", "take one include out of the circle")
        where = _entries(fields.get("project_directory", NOTHING))
        directory = _local(scope.directory, where[0]) if where else os.path.dirname(paths[0])
        named = [self.local(scope.directory, name) for name in _entries(fields.get("env_file", NOTHING))]
        files = [file for file in named or _env_files(directory, {}) if file != os.devnull]
        for file in files:
            self.check(file, replace(include, content=shown(file)))
        environment = _environment_of([shown(file) for file in files], scope.environment)
        return self.services([shown(path) for path in paths], _Scope(directory, environment, scope.includers))


@frozen
class _Extender:
    """Carries out the `extends` of one document's services."""

    loader: _Loader
    file: str
    services: Value
    scope: _Scope
    done: dict[str, Value] = field(default_factory=dict)

    def extended(self) -> Value:
        names = as_mapping(self.services, "services")
        return replace(self.services, content={name: self._service(name, ()) for name in names})

    def _service(self, name: str, chain: tuple[tuple[str, str], ...]) -> Value:
        """Give a service with all that it extends; chain: the file and name of each that led here."""
        if name not in self.done:
            self.done[name] = self._merged(name, chain)
        return self.done[name]

    def _merged(self, name: str, chain: tuple[tuple[str, str], ...]) -> Value:
        service = as_mapping(self.services, "services")[name]
        fields = as_mapping(service, f"services.{name}")
        extends = fields.get("extends", NOTHING)
        if extends.content is None:
            return service
        here = (*chain, (self.file, name))
        if here[-1] in chain or len(chain) > _DEEPEST:
            circle = " extends ".join(f"{name} in {file}" for file, name in here)
            raise extends.error(f"Circular reference: {circle}", "take one extends out of the circle")
        base = settled(self._base(name, extends, here))
        own = {key: value for key, value in fields.items() if key != "extends"}
        return merge_service(base, replace(service, content=own))

    def _base(self, name: str, extends: Value, chain: tuple[tuple[str, str], ...]) -> Value:
        fields = {"service": extends} if isinstance(extends.content, str) else as_mapping(extends, "extends")
        service = text_of(fields.get("service", extends), f"extends.{name}.service")
        file = fields.get("file", NOTHING)
        source = self if file.content is None else self._source(file)
        if service not in as_mapping(source.services, "services"):
            missing = f'service "{by_names(service)}" not found in {source.file}'
            what = f'cannot extend service "{name}" in {self.file}: {missing}'
            raise extends.error(what, "name a service of that file")
        return source._service(service, chain)

    def _source(self, file: Value) -> _Extender:
        """The services of another file; what it includes counts for nothing, and its paths are its own."""
        path = self.loader.local(self.scope.directory, file)
        if path not in self.scope.sources:
            services = _NO_SERVICES
            for document in self.loader.read(shown(path)):
                services = merge_services(services, _services(document, self.scope.environment, self.loader.room))
            scope = replace(self.scope, directory=os.path.dirname(path))
            resolved = _resolved(services, scope.directory)
            self.scope.sources[path] = _Extender(self.loader, shown(path), resolved, scope)
        return self.scope.sources[path]


def _services(document: Value, environment: Mapping[str, str], room: Room) -> Value:
    """Give the document's services with what decides builds, variables replaced."""
    services = as_mapping(document, "a compose file").get("services", NOTHING)
    if services.content is None:
        return _NO_SERVICES
    values = {}
    for name, service in as_mapping(services, "services").items():
        content = {} if service.content is None else as_mapping(service, f"services.{name}")
        _refuse_build_keys(name, content)
        keys = (*_SERVICE_KEYS, *_WATCH_KEYS) if "develop" in content else _SERVICE_KEYS
        kept = {key: _interpolated(content[key], environment, room) for key in keys if key in content}
        values[name] = replace(service, content=kept)
    return replace(services, content=values)


def _refuse_build_keys(name: str, service: Mapping[str, Value]) -> None:
    """Raise as compose does for a key beside `build` that belongs below it."""
    wrong = [key for key in _BUILD_KEYS if key in service and service[key].tag != "reset"]
    if wrong:
        first = min(wrong, key=lambda key: service[key].at.line)
        named = ", ".join(f"'{key}'" for key in wrong)
        what = f"services.{name} additional properties {named} not allowed"
        raise service[first].error(what, f"write {', '.join(wrong)} below `build`, beside its `context`")


def _with_default_context(services: Value) -> Value:
    return _with_builds(services, lambda build: {"context": replace(build, content="."), **as_mapping(build, "build")})


def _resolved(services: Value, directory: str) -> Value:
    """Make the paths of contexts, and those that watch looks at, absolute."""

    def resolve(build: Value) -> dict[str, Value]:
        fields = dict(as_mapping(build, "build"))
        if "context" in fields:
            fields["context"] = _resolved_context(fields["context"], directory)
        named = fields.get("additional_contexts")
        if named is not None and named.content is not None:
            contexts = {key: _resolved_context(value, directory) for key, value in pairs(named)}
            fields["additional_contexts"] = replace(named, content=dict(contexts))
        return fields

    return _with_watch(_with_builds(services, resolve), directory)


def _with_watch(services: Value, directory: str) -> Value:
    content = {}
    for name, service in as_mapping(services, "services").items():
        fields = as_mapping(service, f"services.{name}")
        if "develop" in fields:
            from ctxaudit.builds.compose.watch import resolved

            service = replace(service, content=resolved(fields, lambda path: _absolute(directory, path)))
        content[name] = service
    return replace(services, content=dict(content))


def _with_builds(services: Value, change: Callable[[Value], dict[str, Value]]) -> Value:
    content = {}
    for name, service in as_mapping(services, "services").items():
        fields = dict(as_mapping(service, f"services.{name}"))
        if fields.get("build", NOTHING).content is not None and fields["build"].tag != "reset":
            build = as_build(fields["build"])
            fields["build"] = replace(build, content=dict(change(build)))
        content[name] = replace(service, content=dict(fields))
    return replace(services, content=dict(content))


def _resolved_context(value: Value, directory: str) -> Value:
    if value.tag == "reset":
        return value
    text = text_of(value, "a context")
    return value if is_verbatim(text) else replace(value, content=_absolute(directory, text))


def _absolute(directory: str, path: str) -> str:
    if path.startswith("~"):
        path = os.path.join(os.path.expanduser("~"), path[1:].lstrip("/"))
    return os.path.normpath(os.path.join(directory, path))


def _local(directory: str, value: Value) -> str:
    """The absolute path of a file that is included or extended from."""
    path = text_of(value, "a path")
    if "\0" in path:
        raise value.error("the path holds a NUL, which no path does", "correct the path")
    if len(path) > LONGEST_PATH:
        raise value.error(f"the path has more than {LONGEST_PATH:,} letters", "correct the path")
    if is_verbatim(path):
        what = f"{by_names(path)} is not on this machine"
        raise value.error(what, "audit what `docker compose config` prints instead")
    return _absolute(directory, path)


def _entries(value: Value) -> list[Value]:
    """The entries of a list, or the one that stands for a list."""
    if value.content is None:
        return []
    return value.content if isinstance(value.content, list) else [value]


def shown(path: str) -> str:
    """Give a path as the user would open it, relative to the working directory where that is shorter."""
    if not os.path.isabs(path):
        return path
    relative = os.path.relpath(path)
    return min(f"./{relative}" if is_remote(relative) else relative, path, key=len)
