"""What `docker compose watch` takes of a context: its own reading of the ignore file, in the loop and at the start.

Compose asks absolute paths against absolute patterns, without the state of a walk. So it differs from the build:

- A list with `*` in it (`/*` is read as `*`) loses all its other lines but the exceptions: nothing is ignored.
- An absolute `dockerfile:` is joined to the context's path, so the ignore file beside it is not found.
- The first synchronisation asks base names: `config/*.yml` ignores nothing, and `dist` ignores `src/dist`, too.
- `.git/` of its built-in list means `/.git` in the loop, and a `.git` of any depth at the start.
- The context's path becomes part of each pattern: `[`, `*` and `?` in it mean more than themselves.

Source: docker/compose f729794, pkg/watch/dockerignore.go, ephemeral.go and pkg/compose/watch.go.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypedDict

from ctxaudit.builds.compose.document import Value, as_list, as_mapping, text_of
from ctxaudit.errors import Interpolated, PatternError, by_names
from ctxaudit.files import LARGEST, read_project_file
from ctxaudit.ignore import DockerignorePattern, clean_path, join_paths, trim_space
from ctxaudit.ignore.file import NAME, Line, lines
from ctxaudit.model import Location
from ctxaudit.values import LONGEST_PATH, frozen

ALL = "*"
SUFFIX = ".dockerignore"
# What editors write beside a file that they save.
EDITORS = (
    *("**/*___jb_old___", "**/*___jb_tmp___", "**/.idea/**", "**/.#*", "**/#*#", "**/4913", "**/*~"),
    *("**/.*.swp", "**/.*.swx", "**/.*.swo", "**/.*.swn", "**/.*.kate-swp", "**/*-go-tmp-umask"),
)
_EDITOR_SIGNS = ("___jb_", ".idea/", "#", "4913", "~", ".sw", ".kate-swp", "-go-tmp-umask")
GIT = (".git/",)


_ACTIONS = ("sync", "sync+restart", "sync+exec", "restart", "rebuild")
# Of these compose monitors no path that is bind-mounted, and of these alone it copies what is there when watch starts.
_UNMOUNTED = ("sync", "sync+restart")


@frozen
class Trigger:
    """One rule of `develop.watch`.

    path: absolute, without symlinks. shown: as the user would open it. target: in the container, "" for none.
    """

    at: Location
    action: str
    path: str
    shown: str
    target: str
    ignore: tuple[str, ...]
    include: tuple[str, ...]
    initial_sync: bool

    @property
    def syncs(self) -> bool:
        return self.action.startswith("sync")

    @property
    def starts(self) -> bool:
        """Whether compose copies files for the rule when watch starts."""
        return self.initial_sync and self.action in _UNMOUNTED

    @property
    def fields(self) -> _RuleFields:
        return _RuleFields(path=self.path, target=self.target, ignore=self.ignore, include=self.include)


@frozen
class Watched:
    """What watch does for a service. dockerfile: as the file has it. sources: of its bind mounts, absolute."""

    service: str
    dockerfile: str
    sources: tuple[str, ...]
    triggers: tuple[Trigger, ...]

    def is_mounted(self, trigger: Trigger) -> bool:
        """Whether compose does not monitor the rule's path, as a bind mount shows it to the container already."""
        return trigger.action in _UNMOUNTED and is_mounted(trigger.path, self.sources)


def watched(service: str, fields: Mapping[str, Value], dockerfile: str) -> Watched | None:
    """Read the `develop.watch` of a service whose paths are absolute; None where it has no rules."""
    rules = _rules(fields)
    mounted = (source for _, source in _bind_sources(fields.get("volumes")))
    sources = tuple(os.path.realpath(source) for source in mounted if "\0" not in source)
    triggers = tuple(_trigger(value) for value in rules)
    return Watched(service, dockerfile, sources, triggers) if triggers else None


def resolved(fields: Mapping[str, Value], absolute: Callable[[str], str]) -> dict[str, Value]:
    """Return a service's fields with the paths that watch looks at made absolute by *absolute*."""
    changed = dict(fields)
    develop = fields["develop"]
    if develop.content is not None and develop.tag != "reset":
        rules = [_with_path(value, absolute) for value in _rules(fields)]
        content = dict(as_mapping(develop, "develop"))
        if "watch" in content and content["watch"].content is not None:
            content["watch"] = replace(content["watch"], content=list(rules))
        changed["develop"] = replace(develop, content=content)
    volumes = fields.get("volumes")
    if volumes is not None and isinstance(volumes.content, list):
        paths = {id(value): absolute(source) for value, source in _bind_sources(volumes)}
        entries = [_mounted(value, paths.get(id(value), "")) for value in volumes.content]
        changed["volumes"] = replace(volumes, content=list(entries))
    return changed


def _rules(fields: Mapping[str, Value]) -> list[Value]:
    develop = fields.get("develop")
    if develop is None or develop.content is None or develop.tag == "reset":
        return []
    rules = as_mapping(develop, "develop").get("watch")
    return [] if rules is None or rules.content is None else as_list(rules, "a list of rules")


def _with_path(rule: Value, absolute: Callable[[str], str]) -> Value:
    fields = dict(as_mapping(rule, "a rule of watch"))
    if "path" in fields and fields["path"].tag != "reset":
        text = text_of(fields["path"], "path")
        path = absolute(text)
        path = Interpolated(path, absolute(text.names)) if isinstance(text, Interpolated) else path
        fields["path"] = replace(fields["path"], content=path)
    return replace(rule, content=fields)


def _trigger(value: Value) -> Trigger:
    fields = as_mapping(value, "a rule of watch")
    named = {key: text_of(fields[key], key) for key in ("path", "action", "target") if key in fields}
    for key in ("path", "action"):
        if not named.get(key):
            raise value.error(f"a rule of watch has no {key}", f"write its {key}")
    if named["action"] not in _ACTIONS:
        raise fields["action"].error(
            f"there is no action {by_names(named['action'])!r}", f"it is one of {', '.join(_ACTIONS)}"
        )
    if "\0" in named["path"]:
        raise fields["path"].error("the path holds a NUL, which no path does", "correct the path")
    if len(named["path"]) > LONGEST_PATH:
        raise fields["path"].error(f"the path has more than {LONGEST_PATH:,} letters", "correct the path")
    return Trigger(
        at=value.at,
        action=named["action"],
        path=os.path.realpath(named["path"]),
        shown=os.path.relpath(by_names(named["path"])),
        target=named.get("target", ""),
        ignore=_texts(fields.get("ignore")),
        include=_texts(fields.get("include")),
        initial_sync=_is_true(fields.get("initial_sync")) or _is_true(fields.get("x-initialSync")),
    )


def _texts(value: Value | None) -> tuple[str, ...]:
    if value is None or value.content is None:
        return ()
    entries = value.content if isinstance(value.content, list) else [value]
    return tuple(text_of(value, "a pattern") for value in entries)


def _is_true(value: Value | None) -> bool:
    return value is not None and value.content == "true"


def _bind_sources(volumes: Value | None) -> Iterator[tuple[Value, str]]:
    """Give the volumes that are bind mounts, each with its source as it stands."""
    for value in volumes.content if volumes is not None and isinstance(volumes.content, list) else ():
        if isinstance(value.content, dict):
            source, kind = value.content.get("source"), value.content.get("type")
            if source is not None and kind is not None and kind.content == "bind" and isinstance(source.content, str):
                yield value, source.content
        elif isinstance(value.content, str) and value.content.startswith((".", "/", "~")) and ":" in value.content:
            yield value, value.content.partition(":")[0]


def _mounted(volume: Value, source: str) -> Value:
    """Return a volume with another source, "" for the one that it has."""
    if not source:
        return volume
    if isinstance(volume.content, dict):
        own = volume.content["source"]
        return replace(volume, content={**volume.content, "source": replace(own, content=source)})
    return replace(volume, content=f"{source}:{str(volume.content).partition(':')[2]}")


class _RuleFields(TypedDict, total=False):
    """A rule of `develop.watch`, as the compose file has it; path: relative to the context."""

    path: str
    target: str
    ignore: Sequence[str]
    include: Sequence[str]


@frozen
class WatchListing:
    """What one rule takes of a context; paths are relative to the context, in the order of the walk.

    loop_synced: files and directories whose change the rule takes while watch runs.
    loop_ignored: path to who ignores it: "ignore-file", "editor", "git", "rule".
    initial_synced: files that are copied when watch starts, if the rule asks for `initial_sync`.
    """

    loop_synced: tuple[str, ...]
    loop_ignored: Mapping[str, Sequence[str]]
    initial_synced: tuple[str, ...]


class PathList:
    """A list of patterns as compose reads it: all of them absolute, below one directory.

    signs: strings of which one is part of whatever the list matches, () where that is not known.
    Raises PatternError for a list that compose refuses.
    """

    def __init__(self, directory: str, patterns: Sequence[str], signs: Sequence[str] = ()) -> None:
        self._directory, self._signs = directory, signs
        read = [number for number, pattern in enumerate(patterns) if trim_space(pattern)]
        if ALL in patterns:
            read = [number for number in read if patterns[number].startswith("!")]
        self._numbers = read
        self.patterns = [DockerignorePattern(_absolute(directory, patterns[number])) for number in read]
        self._known = {"": self._matching("")}

    def matches(self, path: str) -> bool:
        """Whether the list matches a path or a directory above it; a relative path lies below the list's directory.

        Raises PatternError for a pattern that compose refuses when it asks it.
        """
        return self.deciding(path) is not None

    def deciding(self, path: str) -> int | None:
        """Return which of the patterns, as given, makes the list match, counted from 0; None where it does not match.

        Raises PatternError as `matches` does.
        """
        path = join_paths(self._directory, path) if not path.startswith("/") else path
        if not self.patterns or (self._signs and not any(sign in path for sign in self._signs)):
            return None
        decided = None
        above = self._above(path.rpartition("/")[0])
        for number, pattern in zip(self._numbers, self.patterns, strict=True):
            if pattern.exception is (decided is not None) and (pattern.matches(path) or above & 1):
                decided = None if pattern.exception else number
            above >>= 1
        return decided

    def _above(self, directory: str) -> int:
        """Give a bit for each pattern that matches the directory or one above it, "" above all of them."""
        unknown = []
        while directory not in self._known:
            unknown.append(directory)
            directory = directory.rpartition("/")[0]
        bits = self._known[directory]
        for folder in reversed(unknown):
            bits |= self._matching(folder)
            self._known[folder] = bits
        return bits

    def _matching(self, directory: str) -> int:
        bits = 0
        for index, pattern in enumerate(self.patterns):
            if not pattern.refused and pattern.matches(directory):
                bits |= 1 << index
        return bits


class Common:
    """The lists that all rules of a service ask, each path once. context: absolute; patterns: of its ignore file."""

    def __init__(self, context: str, patterns: Sequence[str]) -> None:
        self.lists = {
            "ignore-file": PathList(context, patterns),
            "editor": PathList("/", EDITORS, _EDITOR_SIGNS),
            "git": PathList("/", GIT, (".git",)),
        }
        self.ignores = lru_cache(maxsize=None)(self._ignores)

    def _ignores(self, path: str) -> bool:
        return any(patterns.matches(path) for patterns in self.lists.values())


class Rule:
    """One rule of `develop.watch` and the lists that it asks.

    path: absolute. common: what it asks with the other rules of its service.
    """

    def __init__(self, path: str, common: Common, fields: _RuleFields) -> None:
        self.path = path
        include = fields.get("include") or ()
        self._include = PathList(path, include) if include else None
        self._common, self._own = common, PathList(path, fields.get("ignore") or ())

    @property
    def lists(self) -> dict[str, PathList]:
        """The lists that ignore something, by the name of who made each, in the order that compose asks them."""
        return {**self._common.lists, "rule": self._own}

    def ignored_by(self, path: str) -> list[str]:
        """Return the names of the lists that ignore an absolute path, [] where a list cannot be asked."""
        try:
            return [name for name, patterns in self.lists.items() if patterns.matches(path)]
        except PatternError:
            return []

    def takes(self, path: str) -> bool:
        """Whether the rule takes a change of an absolute path while watch runs; False where a pattern is refused."""
        try:
            return (
                is_below(self.path, path)
                and (self._include is None or self._include.matches(path))
                and not self._common.ignores(path)
                and not self._own.matches(path)
            )
        except PatternError:
            return False

    def includes(self, path: str) -> bool:
        """Whether the rule's `include` lets an absolute path through; raises PatternError."""
        return self._include is None or self._include.matches(path)

    def ignoring(self, path: str) -> tuple[str, int] | None:
        """Return the list that ignores a path or a base name, and which of its patterns does; raises PatternError."""
        for name, patterns in self.lists.items():
            number = patterns.deciding(path)
            if number is not None:
                return name, number
        return None

    def not_starting(self, name: str) -> tuple[str, int] | None:
        """Return why the first synchronisation omits what has this base name; an error counts as no match."""
        try:
            return self.ignoring(name)
        except PatternError:
            return None

    def starts_with(self, name: str) -> bool:
        """Whether the first synchronisation takes what has this base name."""
        return self.not_starting(name) is None


def ignore_file(context: str, dockerfile: str) -> str | None:
    """Return the ignore file that watch reads, None if there is none; also an absolute *dockerfile* is joined."""
    for name in (f"{dockerfile}{SUFFIX}", NAME):
        path = join_paths(context, name)
        if os.path.lexists(path):
            return path
    return None


def ignore_patterns(context: str, dockerfile: str) -> list[str]:
    return [line.pattern for line in ignore_lines(context, dockerfile)]


def ignore_lines(context: str, dockerfile: str) -> list[Line]:
    file = ignore_file(context, dockerfile)
    return list(lines(read_project_file(file, LARGEST) or b"")) if file else []


def is_below(directory: str, path: str) -> bool:
    """Whether an absolute path is the directory or lies below it."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def watch_listing(
    root: str | os.PathLike[str], *, dockerfile: str = "Dockerfile", rule: _RuleFields, mounts: Sequence[str] = ()
) -> WatchListing:
    """List what one rule of `develop.watch` takes of a context, as `docker compose watch` decides it.

    root: the context. dockerfile: as the compose file has it, relative to the context. rule: a mapping with "path",
    "ignore" and "include" as in the compose file, its path relative to the context. mounts: sources of the service's
    bind mounts, relative to the context; they count at the start. Compose does not monitor a path of a rule with the
    action sync or sync+restart that is mounted: such a rule takes nothing while watch runs.
    Raises PatternError where compose refuses a pattern.
    """
    context = os.path.realpath(root)
    path = join_paths(context, rule.get("path", "."))
    sources = [join_paths(context, source) for source in mounts]
    full_rule = Rule(path, Common(context, ignore_patterns(context, dockerfile)), rule)
    paths = list(_walk(context))
    return WatchListing(
        tuple(_relative(context, entry) for entry in paths if full_rule.takes(entry)),
        {_relative(context, entry): names for entry in paths if (names := full_rule.ignored_by(entry))},
        tuple(_relative(context, file) for file in _first_files(path, full_rule, sources)),
    )


def is_mounted(path: str, sources: Iterable[str]) -> bool:
    return any(is_below(source, path) for source in sources)


def _first_files(path: str, rule: Rule, sources: Sequence[str]) -> Iterator[str]:
    if not os.path.isdir(path):
        if os.path.isfile(path) and rule.starts_with(os.path.basename(path)):
            yield path
        return
    pending = [path]
    while pending:
        directory = pending.pop()
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            if not rule.starts_with(entry.name) or is_mounted(entry.path, sources):
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                yield entry.path


def _walk(context: str) -> Iterator[str]:
    for directory, names, files in os.walk(context):
        names.sort()
        yield from (os.path.join(directory, name) for name in sorted([*names, *files]))


def _relative(context: str, path: str) -> str:
    return os.path.relpath(path, context)


def _absolute(directory: str, pattern: str) -> str:
    cleaned = clean_path(trim_space(pattern))
    exception = cleaned.startswith("!")
    text = cleaned[exception:]
    return "!" * exception + (text if text.startswith("/") else join_paths(directory, text))
