"""What a Dockerfile asks for: text in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from ctxaudit.dockerfile import words
from ctxaudit.errors import DockerfileError, by_names, masked
from ctxaudit.values import expression, frozen, record

# What a Dockerfile holds: its instructions, and where they stand.


@frozen
class Heredoc:
    """A document inside an instruction.

    expand: variables in it are expanded, as no part of its name was quoted. chomp: `<<-`, leading tabs go.
    body: as written, tabs and line ends included.
    """

    name: str
    expand: bool
    chomp: bool
    body: str = ""


_PLAIN = expression(r"[\w./:@%+=,~-]+")
_LONGEST_QUOTE = 120  # characters that a message quotes
_SUGGESTION = "did you mean "


@frozen
class Interpolations:
    """What a compose or bake file puts into an instruction of a Dockerfile that it holds.

    shown: the lines of the instruction as a report shows them. values: each value, and what stands in its place.
    """

    shown: str
    values: tuple[tuple[str, str], ...]

    def public(self, text: str) -> str:
        """Return a part of the instruction as a report shows it, by the names of the variables."""
        if not text or re.search(rf"(?<!\w){re.escape(text)}(?!\w)", self.shown):
            return text
        named = self._named(text)
        return self._names if self._has_rest(named) else named

    def error(self, error: DockerfileError) -> DockerfileError:
        """Return an error about the instruction without the values."""
        what = self._named(error.what)
        if self._has_rest(what):
            what = f"the builder refuses what is made of {self._names}"
        fix: str | None = self._named(error.fix or "")
        kept = fix and not self._has_rest(fix) and not fix.startswith(_SUGGESTION)  # what is close to a value says it
        source = None if error.source is None else self.public(error.source)
        argument = self._named(error.argument) if kept else ""
        fix = fix if kept else None
        return DockerfileError(what, where=error.where, source=source, column=error.column, fix=fix, argument=argument)

    @property
    def _names(self) -> str:
        return "".join(dict.fromkeys(name for _, name in self.values))

    def _named(self, text: str) -> str:
        for value, name in sorted(self.values, key=lambda pair: -len(pair[0])):
            text = re.sub(re.escape(value), lambda _, name=name: name, text, flags=re.IGNORECASE)  # type: ignore[misc]
        return text

    def _has_rest(self, named: str) -> bool:
        """Whether a part of a value is left: of one with blanks a word, of one with quotes what is not escaped.

        A value that is long may have been cut, and one with a "-" names no variable up to its end.
        """
        names = "|".join(re.escape(name) for _, name in self.values)
        bare = re.sub(names, " ", named.casefold(), flags=re.IGNORECASE)
        return any(part in bare for value, _ in self.values for part in _parts(value.casefold(), "…" in bare))


def _parts(value: str, is_cut: bool) -> Iterator[str]:
    """Give what a word or a message may hold of a value."""
    runs = re.findall(r"\w+", value)
    yield from runs if not _PLAIN.fullmatch(value) else (run for run in runs if len(run) > 2 and run != value)
    if is_cut:
        yield from (f"{value[:end]}…" for end in range(1, min(len(value), _LONGEST_QUOTE) + 1))


@frozen
class Instruction:
    """One instruction, its lines counted from 1.

    keyword: upper case; as written where there is no such instruction, which only a trigger can hold.
    text: as written, continuation lines joined, without heredoc bodies.
    flags: in order, without dashes; of a flag that is on or off the value is "true" or "false".
    args: elements of the JSON form, else words, unexpanded and with their quotes. The shell form of RUN, CMD and
    ENTRYPOINT, and the rest of WORKDIR, USER and their like, is one element; ENV, LABEL and ARG give name=value.
    trigger: what an ONBUILD holds.
    interpolations: what a compose or bake file put into it; None for nothing.
    """

    keyword: str
    line: int
    end_line: int
    text: str
    flags: tuple[tuple[str, str], ...]
    args: tuple[str, ...]
    json: bool
    heredocs: tuple[Heredoc, ...]
    trigger: Instruction | None
    interpolations: Interpolations | None = None

    @property
    def shown(self) -> str:
        """The text as a report shows it."""
        return self.text if self.interpolations is None else self.interpolations.shown

    def public(self, text: str) -> str:
        """Return a part of the instruction as a report shows it."""
        return text if self.interpolations is None else self.interpolations.public(text)

    def flag(self, name: str) -> str:
        """The value of a flag that stands once, "" where it does not."""
        return dict(self.flags).get(name, "")

    def every(self, name: str) -> tuple[str, ...]:
        """The values of a flag that may stand more than once."""
        return tuple(value for flag, value in self.flags if flag == name)


@frozen
class Dockerfile:
    """A Dockerfile as BuildKit reads it.

    directives: `syntax`, `escape` and `check`, each with its value and line.
    comments: line and text without "#", of every comment that is not a directive, those inside an instruction too.
    """

    name: str
    directives: Mapping[str, tuple[str, int]]
    escape: str
    instructions: tuple[Instruction, ...]
    comments: tuple[tuple[int, str], ...]

    def instruction_at(self, line: int) -> Instruction | None:
        """Return the instruction that a line belongs to, None for a comment between two."""
        return next((own for own in self.instructions if own.line <= line <= own.end_line), None)


# What the ONBUILD images among Docker's official ones leave to the stages that are built on them.
#
# Source: the files `onbuild/Dockerfile` of docker-library/node, python, ruby and golang, as they stood before those
# variants were removed. What another image leaves is not known.

_NAME = expression(r"(?:docker\.io/)?(?:library/)?(node|python|ruby|golang):(?:[\w.]+-)*onbuild")
_COMMON = "WORKDIR /usr/src/app\n"
_LEFT = {
    "node": (
        f'{_COMMON}CMD [ "npm", "start" ]\nARG NODE_ENV\nENV NODE_ENV $NODE_ENV\nCOPY package.json /usr/src/app/\n'
        "RUN npm install && npm cache clean --force\nCOPY . /usr/src/app\n"
    ),
    "python": (
        f"{_COMMON}COPY requirements.txt /usr/src/app/\nRUN pip install --no-cache-dir -r requirements.txt\n"
        "COPY . /usr/src/app\n"
    ),
    "ruby": (
        f"{_COMMON}COPY Gemfile /usr/src/app/\nCOPY Gemfile.lock /usr/src/app/\nRUN bundle install\n"
        "COPY . /usr/src/app\n"
    ),
    "golang": (
        'WORKDIR /go/src/app\nCMD ["go-wrapper", "run"]\nCOPY . /go/src/app\nRUN go-wrapper download\n'
        "RUN go-wrapper install\n"
    ),
}


def left_by(image: str) -> str:
    """Give the instructions that an image leaves, with the directory and the command that it sets; "" for unknown."""
    match = _NAME.fullmatch(image)
    return _LEFT[match[1]] if match else ""


# Names of things outside the context: images, platforms, git repositories, frontends.
#
# Sources: distribution/reference (normalize.go, regexp.go) and containerd/platforms as vendored in moby/buildkit
# 73ed682,
# and its frontend/dockerfile/dfgitutil/git_ref.go.

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_TAG = "[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}"
_DIGEST = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_IMAGE = expression(rf"(?:({_HOST})/)?({_COMPONENT}(?:/{_COMPONENT})*)(?::({_TAG}))?(?:@({_DIGEST}))?")
_HEX_ID = expression("[a-f0-9]{64}")
_LONGEST_NAME = 255

_FRONTENDS = frozenset(("docker/dockerfile", "docker/dockerfile-upstream"))

_SCHEME = expression("([a-zA-Z0-9]+)://")
_SCP = expression(r"[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:[^\n]*\Z")
_GIT_QUERY = frozenset(
    ("ref", "tag", "branch", "subdir", "checksum", "commit", "keep-git-dir", "submodules", "mtime", "fetch-by-commit")
)
_GIT_SWITCHES = frozenset(("submodules", "keep-git-dir", "fetch-by-commit"))


class InvalidReference(ValueError):
    """A name that Docker refuses; the text is Docker's."""


def familiar(name: str) -> str:
    """An image's name in its shortest form: no `docker.io/library/`, no `:latest`.

    Raises InvalidReference.
    """
    domain, rest = _domain(name)
    if _HEX_ID.fullmatch(name):
        raise InvalidReference(f"invalid repository name ({name}), cannot specify 64-byte hexadecimal strings")
    repository = rest.partition(":")[0]
    if repository.lower() != repository:
        raise InvalidReference(f"invalid reference format: repository name ({repository}) must be lowercase")
    match = _IMAGE.fullmatch(f"{domain}/{rest}")
    if not match:
        raise InvalidReference("invalid reference format")
    if len(match[2]) > _LONGEST_NAME:
        raise InvalidReference(f"repository name must not be more than {_LONGEST_NAME} characters")
    path = rest if domain == "docker.io" else f"{domain}/{rest}"
    path = path.removeprefix("library/") if path.count("/") == 1 else path
    return path.removesuffix(":latest")


def _domain(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if not slash or not (first == "localhost" or set(first) & {".", ":"} or first.lower() != first):
        first, rest = "docker.io", name
    if first in ("docker.io", "index.docker.io"):
        return "docker.io", rest if "/" in rest else f"library/{rest}"
    return first, rest


def is_built_in(syntax: str) -> bool:
    """Whether a `# syntax=` names the frontend inside BuildKit, for which no image is run."""
    return syntax.strip().partition(" ")[0] == "dockerfile.v0"


def is_known_frontend(syntax: str) -> bool:
    """Whether a `# syntax=` names Docker's own frontend, which reads a Dockerfile as this package does."""
    if is_built_in(syntax):
        return True
    try:
        return re.split("[:@]", familiar(syntax.strip().partition(" ")[0]))[0] in _FRONTENDS
    except InvalidReference:
        return False


@frozen
class Platform:
    """What `--platform` names, normalised."""

    os: str
    os_version: str
    architecture: str
    variant: str

    def __str__(self) -> str:
        version = f"({self.os_version})" if self.os_version else ""
        return "/".join(part for part in (self.os + version, self.architecture, self.variant) if part)


_OS = expression(r"([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)(?:\+[A-Za-z0-9_.%-]+)*\))?")
_SPECIFIER = expression("[A-Za-z0-9_.-]+")
_SYSTEM = expression(
    "aix|android|darwin|dragonfly|freebsd|hurd|illumos|ios|js|linux|nacl|netbsd|openbsd|plan9|solaris|windows|zos"
)
_ARCHITECTURE = expression(
    "386|amd64(p32)?|arm(64)?(be)?|ppc(64(le)?)?|loong64|mips(64(p32)?)?(le)?|riscv(64)?|s390x?|sparc(64)?|wasm"
)
_ALIASES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}
_FIXED = {"i386": ("386", ""), "armhf": ("arm", "v7"), "armel": ("arm", "v6")}
_VARIANTS = {
    ("amd64", "v1"): "",
    ("arm64", "8"): "",
    ("arm64", "v8"): "",
    ("arm64", "v8.0"): "",
    ("arm64", "9"): "v9",
    ("arm64", "9.0"): "v9",
    ("arm64", "v9.0"): "v9",
    ("arm", ""): "v7",
    ("arm", "5"): "v5",
    ("arm", "6"): "v6",
    ("arm", "7"): "v7",
    ("arm", "8"): "v8",
}


def parse_platform(specifier: str, shown: str = "") -> Platform:
    """Return the platform that *specifier* names; a part that it omits is that of linux/amd64.

    shown: the specifier as an error names it, "" for itself.
    Raises InvalidReference.
    """
    first, *rest = specifier.split("/", 3)
    match = _OS.fullmatch(first)
    if not match or len(rest) > 2 or not all(map(_SPECIFIER.fullmatch, rest)):
        raise InvalidReference(f'"{shown or specifier}": cannot parse platform specifier')
    system = {"macos": "darwin"}.get(match[1].lower(), match[1].lower())
    if not rest:
        return _of_one_word(specifier, system, shown or specifier)
    return Platform(system, match[2] or "", *_architecture(*rest))


def _of_one_word(specifier: str, system: str, shown: str) -> Platform:
    if _SYSTEM.fullmatch(system):
        return Platform(system, "", "amd64", "")
    architecture, variant = _architecture(specifier)
    if not _ARCHITECTURE.fullmatch(architecture):
        raise InvalidReference(f'"{shown}": unknown operating system or architecture')
    return Platform("linux", "", architecture, variant)


def _architecture(name: str, variant: str = "") -> tuple[str, str]:
    name, variant = name.lower(), variant.lower()
    if name in _FIXED:
        return _FIXED[name]
    name = _ALIASES.get(name, name)
    return name, _VARIANTS.get((name, variant), variant)


def is_http_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def is_git(source: str) -> bool:
    """Whether COPY and ADD take *source* for a git repository, which the builder fetches itself."""
    if source.startswith(("./", "../", "github.com/")):
        return False
    scheme = _SCHEME.match(source)
    if not scheme:
        return _SCP.match(source) is not None
    kind = scheme[1].lower()
    return kind in ("git", "ssh") or (kind in ("http", "https") and _path(source).endswith(".git"))


def is_remote(source: str) -> bool:
    """Whether the builder fetches a context itself, or a source may have a `--checksum`.

    In both places `github.com/…` is a repository; a source is a path else.
    """
    return source.startswith("github.com/") or (":" in source and (is_http_url(source) or is_git(source)))


def git_fault(source: str) -> str | None:
    """What is wrong with the query of a git source, in Docker's words; also of `github.com/…`, which is else a path."""
    if not source.startswith("github.com/") and not is_git(source):
        return None
    query = source.partition("#")[0].partition("?")[2]
    for key, values in parse_qs(query, keep_blank_values=True).items():
        if len(values) > 1:
            return f'query "{key}" has multiple values'
        if not values[0] and key not in _GIT_SWITCHES:
            return f'query "{key}" has no value'
        if key not in _GIT_QUERY:
            return f'unexpected query "{key}"'
    return None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # a bracket in the host
        return ""


# The variables of a stage: ENV and ARG, and the doubts about them.
#
# Source: moby/buildkit 73ed682, frontend/dockerfile/dockerfile2llb: convert.go (dispatchArg, dispatchEnv,
# buildMetaArgs)
# and platform.go.

_BUILDER = Platform("linux", "", "amd64", "")  # that most builds run on
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


@record
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
        if self.interpolations is None and words.MEANS_ITSELF.fullmatch(word):
            return Value(word)
        expansion = self._expanded(word, self.escape, quotes=quotes)
        if not expansion.used and self.interpolations is None:
            return Value(expansion.text)
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
        expanded = ((self.expand(name).text, self.expand(value)) for name, _, value in pairs)
        variables = [(name, _unless_secret(name, value)) for name, value in expanded]
        self.env.update(variables)
        self.own.update(variables)

    def declare(self, assignments: Sequence[str], build_args: BuildArgs, inherited: Scope) -> None:
        """Take one ARG: the build argument, else the default, else what *inherited*, the global scope, has."""
        for word in assignments:
            name, equals, default = word.partition("=")
            given = build_args.get(name)
            value = (
                _given(name, given)
                if given is not None
                else _unless_secret(name, self.expand(default))
                if equals
                else inherited.get(name)
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
    own = {"TARGETSTAGE": Value(target or "default", public=None if by_names(target) == target else "${TARGETSTAGE}")}
    for name, text in _platform_arguments("TARGET", platform):
        own[name] = Value(text, public=None if shows_platform else f"${{{name}}}")
    is_guessed = platform != _BUILDER
    for name, text in _platform_arguments("BUILD", _BUILDER):
        own[name] = Value(text, guessed=frozenset((name,)) if is_guessed else frozenset())
    given = {name: value for name, value in build_args.items() if value is not None}
    return Scope(escape, own=own | {name: _given(name, given[name]) for name in own if name in given})


def _given(name: str, value: str) -> Value:
    """A build argument, whose value no report shows."""
    return Value(value, public=f"${{{name}}}")


def _unless_secret(name: str, value: Value) -> Value:
    """Return a value that the Dockerfile gives; one that looks like a secret is shown by its name."""
    assignment = f"{name}={value.text[:_LONGEST_SHOWN]}"
    is_secret = value.public is None and len(value.text) >= _SHORTEST_SECRET and masked(assignment) != assignment
    return replace(value, public=f"${{{name}}}") if is_secret else value


_SHORTEST_SECRET, _LONGEST_SHOWN = 4, 4096  # characters: what is longer is no path, and no secret that a line holds


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
