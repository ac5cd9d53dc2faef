"""Names of things outside the context: images, platforms, git repositories, frontends.

Sources: distribution/reference (normalize.go, regexp.go) and containerd/platforms as vendored in moby/buildkit 73ed682,
and its frontend/dockerfile/dfgitutil/git_ref.go.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from ctxaudit.values import expression, frozen

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
    _refuse(name, rest.partition(":")[0])
    match = _IMAGE.fullmatch(f"{domain}/{rest}")
    if not match:
        raise InvalidReference("invalid reference format")
    if len(match[2]) > _LONGEST_NAME:
        raise InvalidReference(f"repository name must not be more than {_LONGEST_NAME} characters")
    path = rest if domain == "docker.io" else f"{domain}/{rest}"
    path = path.removeprefix("library/") if path.count("/") == 1 else path
    return path.removesuffix(":latest")


def _refuse(name: str, repository: str) -> None:
    if _HEX_ID.fullmatch(name):
        raise InvalidReference(f"invalid repository name ({name}), cannot specify 64-byte hexadecimal strings")
    if repository.lower() != repository:
        raise InvalidReference(f"invalid reference format: repository name ({repository}) must be lowercase")


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


def platform(specifier: str, shown: str = "") -> Platform:
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


def is_http(source: str) -> bool:
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
    return is_http(source) or is_git(source) or source.startswith("github.com/")


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
