"""The variables of a stage: ENV and ARG, and the doubts about them.

Source: moby/buildkit 73ed682, frontend/dockerfile/dockerfile2llb: convert.go (dispatchArg, dispatchEnv, buildMetaArgs)
and platform.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ctxaudit.dockerfile import words
from ctxaudit.dockerfile.instruction import Interpolations
from ctxaudit.dockerfile.references import Platform, is_remote
from ctxaudit.errors import DockerfileError, by_names
from ctxaudit.values import frozen

BUILDER = Platform("linux", "", "amd64", "")  # that most builds run on
BuildArgs: TypeAlias = "Mapping[str, str | None]"  # None for one that is given, with a value that is not known
SCAN_CONTEXT = "BUILDKIT_SBOM_SCAN_CONTEXT"
# These never reach the environment: they say what an SBOM scanner looks at.
_NOT_IN_ENVIRONMENT = frozenset((SCAN_CONTEXT, "BUILDKIT_SBOM_SCAN_STAGE"))
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


_MARK = "\ufdd0"  # a character that no text holds


@frozen
class Value:
    """A string, and the variables in it that are not set.

    emptied: those of them with nothing in their place. guessed: the variables that the builder sets, and nobody here
    knows to what.
    emptied: those of them with nothing in their place.
    unknown: build arguments behind it whose value is not known; the text is then made with their defaults.
    public: the text as a report shows it: build arguments by name, as a value may be a secret; None for the text.
    """

    text: str
    unset: frozenset[str] = frozenset()
    emptied: frozenset[str] = frozenset()
    guessed: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    public: str | None = None

    @property
    def shown(self) -> str:
        return self.text if self.public is None else self.public


@dataclass(slots=True)
class Scope:
    """What is set at one point of a stage; the stage it is built on is looked into where it says nothing itself.

    image: the base image, whose ENV is not known, "" if there is no image.
    env: what ENV set. own: what ENV and ARG set, the last writer wins. open: an ARG that has no value.
    scans: whether ARG asks for an SBOM scan of the context, as written.
    interpolations: of the instruction that is looked at.
    """

    escape: str
    parent: Scope | None = None
    image: str = ""
    scans: str = ""
    env: dict[str, Value] = field(default_factory=dict)
    own: dict[str, Value] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    interpolations: Interpolations | None = None

    def get(self, name: str) -> Value | None:
        """NOTE: a stage starts from the environment of its base's image, so that there ENV goes before ARG."""
        if name in self.own:
            return self.own[name]
        argument = None
        for scope in self._ancestors():
            if name in scope.env:
                return scope.env[name]
            argument = argument or scope.own.get(name)
        return argument

    def names(self) -> set[str]:
        """Give the names of all that is set."""
        return set(self.own).union(*((*scope.env, *scope.own) for scope in self._ancestors()))

    def is_open(self, name: str) -> bool:
        return name in self.open or any(name in scope.open for scope in self._ancestors())

    def _ancestors(self) -> Iterator[Scope]:
        scope = self.parent
        while scope:
            yield scope
            scope = scope.parent

    def expand(self, word: str, *, quotes: bool = True) -> Value:
        """Expand one word; raises DockerfileError without a place."""
        expansion = self._expanded(word, self.escape, quotes=quotes)
        behind = [value for name in expansion.used if (value := self.get(name))]
        public = self._public(word, quotes=quotes) if any(value.public is not None for value in behind) else None
        return Value(
            expansion.text,
            self._open_names(expansion.unset).union(*(value.unset for value in behind)),
            self._open_names(expansion.emptied).union(*(value.emptied for value in behind)),
            frozenset().union(*(value.guessed for value in behind)),
            frozenset[str]().union(*(value.unknown for value in behind)),
            self._named(expansion.text, public),
        )

    def _named(self, text: str, public: str | None) -> str | None:
        """Put the names of the variables of a compose or bake file in as well; None where no variable is part of it."""
        if self.interpolations is None:
            return public
        shown = text if public is None else public
        named = self.interpolations.public(shown)
        return public if named == shown else named

    def _open_names(self, names: Sequence[str]) -> frozenset[str]:
        return frozenset(names if self.interpolations is None else map(self.interpolations.public, names))

    def body(self, body: str) -> str:
        """Expand a heredoc's body; raises where its variables cannot be."""
        return self._expanded(body, "\\", quotes=False).text

    def _expanded(self, word: str, escape: str, *, quotes: bool) -> words.Expansion:
        try:
            return words.expand(word, self.text, escape, quotes=quotes)
        except DockerfileError as error:
            words.expand(word, self._shown, escape, quotes=quotes)  # raises the same without the values
            raise DockerfileError(f"failed to process {words.quoted(word)}", source=word) from error

    def _public(self, word: str, *, quotes: bool) -> str:
        try:
            return words.expand(word, self._shown, self.escape, quotes=quotes).text
        except DockerfileError:  # what removes a part of a value may not do for its name
            return word

    def _shown(self, name: str) -> str | None:
        value = self.get(name)
        return value.shown if value else None

    def expand_source(self, word: str) -> Value:
        """Expand a source; one that an unknown value is part of ends at the directory that is sure to hold it."""
        value = self.expand(word)
        if not value.unknown or is_remote(value.text):
            return value
        known, marked, _ = words.expand(word, self._marked, self.escape).text.partition(_MARK)
        return replace(value, text=known.rpartition("/")[0] if marked else value.text)

    def _marked(self, name: str) -> str | None:
        value = self.get(name)
        return _MARK if value and value.unknown else self.text(name)

    def text(self, name: str) -> str | None:
        value = self.get(name)
        return value.text if value else None

    def set_env(self, assignments: Sequence[str]) -> None:
        """Take one ENV: all its values are expanded before any of them is set."""
        pairs = [word.partition("=") for word in assignments]
        found = [(self.expand(name).text, self.expand(value)) for name, _, value in pairs]
        self.env.update(found)
        self.own.update(found)

    def declare(self, assignments: Sequence[str], build_args: BuildArgs, inherited: Scope) -> None:
        """Take one ARG: the build argument, else the default, else what *inherited*, the global scope, has."""
        for word in assignments:
            name, equals, default = word.partition("=")
            given = build_args.get(name)
            value = (
                _given(name, given) if given is not None else self.expand(default) if equals else inherited.get(name)
            )
            if given is None and name in build_args:
                value = replace(value or Value(""), unknown=frozenset((name,)))
            if value is None:
                self.open.add(name)
            elif name not in _NOT_IN_ENVIRONMENT or self is inherited:
                self.own[name] = value
            if value and name == SCAN_CONTEXT:
                self.scans = value.text


def global_scope(
    escape: str, target: str, platform: Platform, build_args: BuildArgs, *, shows_platform: bool = True
) -> Scope:
    """The scope before the first FROM: the platform's arguments, which a build argument overrides.

    shows_platform: whether a report may show its name.
    The builder's own platform is not known where another one than the usual is built for; it is guessed.
    """
    own = {"TARGETSTAGE": Value(target or "default", public=_with_name("TARGETSTAGE", by_names(target) == target))}
    for name, text in _platform_arguments("TARGET", platform):
        own[name] = Value(text, public=_with_name(name, shows_platform))
    is_guessed = platform != BUILDER
    for name, text in _platform_arguments("BUILD", BUILDER):
        own[name] = Value(text, guessed=frozenset((name,)) if is_guessed else frozenset())
    given = {name: value for name, value in build_args.items() if value is not None}
    return Scope(escape, own=own | {name: _given(name, given[name]) for name in own if name in given})


def _with_name(name: str, is_shown: bool) -> str | None:
    return None if is_shown else f"${{{name}}}"


def _given(name: str, value: str) -> Value:
    """A build argument, whose value no report shows."""
    return Value(value, public=f"${{{name}}}")


def _platform_arguments(side: str, platform: Platform) -> Iterator[tuple[str, str]]:
    yield f"{side}PLATFORM", str(platform)
    yield f"{side}OS", platform.os
    yield f"{side}OSVERSION", platform.os_version
    yield f"{side}ARCH", platform.architecture
    yield f"{side}VARIANT", platform.variant


def root_scope(arguments: Scope, image: str) -> Scope:
    """The scope of a stage that is built on no other one. PATH is always set, by the base image or by BuildKit."""
    path = Value(_PATH, frozenset(("PATH",)) if image else frozenset())
    return Scope(arguments.escape, image=image, scans=arguments.scans, env={"PATH": path}, own={"PATH": path})


def child_scope(base: Scope) -> Scope:
    says_something = base.env or base.own or base.open
    return Scope(base.escape, base if says_something else base.parent, base.image, base.scans)
