"""A context: a directory on the disk, the same as a commit has it, or what a git URL names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from ctxaudit.builds import with_public_fragment
from ctxaudit.dockerfile import is_http_url, is_remote
from ctxaudit.errors import CtxauditError, OutOfReach, TreeError
from ctxaudit.files import DISK, Files, Mounted, follow, is_file
from ctxaudit.ignore import clean_path
from ctxaudit.model import Unknown
from ctxaudit.values import expression, frozen

if TYPE_CHECKING:
    from ctxaudit.repository.snapshot import Snapshot

# Which contexts BuildKit takes for git URLs, and what they say.
#
# Source: buildkit 73ed682, frontend/dockerfile/dfgitutil/git_ref.go, util/gitutil/git_url.go, util/sshutil/scpurl.go.

_PROTOCOL = expression(r"[a-zA-Z0-9]+://")
_SCP = expression(r"(?P<remote>[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:.*?)(?:\?(?P<query>.*?))?(?:#(?P<fragment>.*))?")
_FETCHED = frozenset(("http", "https", "ssh", "git"))
_SHORT = "github.com/"
_HIDDEN = "xxxxx"
TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
_VALUED = {"ref", "tag", "branch", "subdir", "checksum", "commit", "mtime"}
_SWITCHES = {"keep-git-dir", "submodules", "fetch-by-commit"}


@frozen
class GitUrl:
    """A git URL as a context.

    remote: for git, without ref and credentials. secret: the URL's own "user:password", percent-encoded, "" for none.
    shown: as the user wrote it, with the credentials hidden. ref: "" for the default branch. subdir: "" for the top.
    checksum: how the commit has to start.
    """

    remote: str
    shown: str
    secret: str = ""
    ref: str = ""
    subdir: str = ""
    checksum: str = ""
    keeps_git: bool = False
    submodules: bool = True


def git_url(text: str) -> GitUrl | None:
    """Read a context that is a git URL; None for any other; raises CtxauditError where BuildKit refuses it."""
    if text.startswith(_SHORT):
        return _from_url(f"https://{text}", text)
    if protocol := _PROTOCOL.match(text):
        scheme = protocol[0].lower().removesuffix("://")
        return _from_url(text, text) if scheme in _FETCHED else None
    match = _SCP.fullmatch(text)
    if match is None:
        return None
    context = GitUrl(match["remote"], with_public_fragment(text))
    return _asked(context, match["fragment"] or "", match["query"] or "")


def without_secrets(url: str) -> str:
    """Give a URL with its credentials hidden, and without its query, which may be a signature."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0]
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host if host == parts.netloc else f"{_HIDDEN}@{host}", query="").geturl()


def _from_url(url: str, text: str) -> GitUrl | None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise CtxauditError(f"invalid context: {error}") from error
    if parts.scheme in ("http", "https") and not unquote(parts.path).endswith(".git") and url == text:
        return None
    user, _, host = parts.netloc.rpartition("@")
    kept = user.partition(":")[0] if parts.scheme == "ssh" else ""
    remote = parts._replace(netloc=f"{kept}@{host}" if kept else host, query="", fragment="").geturl()
    context = GitUrl(remote, _shown(text, user, kept), "" if kept else user)
    return _asked(context, unquote(parts.fragment), parts.query)


def _shown(text: str, user: str, kept: str) -> str:
    shown = with_public_fragment(text)
    if not user or user == kept:
        return shown
    return shown.replace(f"{user}@", f"{kept or _HIDDEN}@", 1)


def _asked(context: GitUrl, fragment: str, query: str) -> GitUrl:
    ref, _, subdir = fragment.partition(":")
    context = _queried(replace(context, ref=ref, subdir=_cleaned(subdir)), query)
    if context.ref.startswith("-") or context.remote.startswith("-"):
        raise CtxauditError(
            f'invalid git ref "{context.ref or context.remote}"', fix="a ref does not start with a dash"
        )
    return context


def _queried(context: GitUrl, query: str) -> GitUrl:
    """Read `?ref=` and its kin; what is unknown, empty, there twice or contradicts the fragment is an error."""
    parameters = {key: _one(key, values) for key, values in parse_qs(query, keep_blank_values=True).items()}
    subdir = _cleaned(parameters.get("subdir", ""))
    checksum = parameters.get("checksum", parameters.get("commit", ""))
    if checksum and not re.fullmatch("[a-fA-F0-9]+", checksum):
        raise CtxauditError(f"invalid checksum {checksum} for Git URL, expected hex commit hash")
    if (mtime := parameters.get("mtime", "commit")) not in ("checkout", "commit"):
        raise CtxauditError(f'invalid mtime value: "{mtime}" (must be "checkout" or "commit")')
    ref = _agreed("ref", context.ref, parameters.get("ref", ""), *_named(parameters))
    return replace(
        context,
        ref=checksum if _switch(parameters, "fetch-by-commit", False) and checksum else ref,
        subdir=_agreed("subdir", context.subdir, subdir),
        checksum=checksum.lower(),
        keeps_git=_switch(parameters, "keep-git-dir", False),
        submodules=_switch(parameters, "submodules", True),
    )


def _one(key: str, values: list[str]) -> str:
    if key not in _VALUED | _SWITCHES:
        raise CtxauditError(f'unexpected query "{key}"', fix=f"BuildKit knows {', '.join(sorted(_VALUED | _SWITCHES))}")
    if len(values) > 1:
        raise CtxauditError(f'query "{key}" has multiple values')
    if not values[0] and key in _VALUED:
        raise CtxauditError(f'query "{key}" has no value')
    return values[0]


def _named(parameters: Mapping[str, str]) -> list[str]:
    """The full names of a tag and a branch."""
    if "tag" in parameters and "branch" in parameters:
        raise CtxauditError("branch conflicts with tag")
    starts = (("tag", "refs/tags/"), ("branch", "refs/heads/"))
    return [start + parameters[key].removeprefix(start) for key, start in starts if key in parameters]


def _agreed(what: str, *values: str) -> str:
    distinct = list(dict.fromkeys(filter(None, values)))
    if len(distinct) > 1:
        raise CtxauditError(f'{what} conflicts: "{distinct[0]}" vs "{distinct[1]}"')
    return distinct[0] if distinct else ""


def _switch(parameters: Mapping[str, str], key: str, default: bool) -> bool:
    value = parameters.get(key)
    if value is None:
        return default
    if value not in TRUE | _FALSE | {""}:
        raise CtxauditError(f'invalid {key} value: "{value}"')
    return value not in _FALSE


def _cleaned(subdir: str) -> str:
    return clean_path(f"/{subdir}").removeprefix("/")


NO_CONTEXT = "unable to prepare context: "
_MOST_LINKS = 255  # containerd/continuity, fs.RootPath, by which BuildKit finds the Dockerfile
# The manifest beside a directory that a package manager brings, and the command that brings it.
_BROUGHT = {
    "vendor": {
        "composer.json": "composer install",
        "go.mod": "go mod vendor",
        "Gemfile": "bundle install",
        "Cargo.toml": "cargo vendor",
    },
    "node_modules": {
        "package-lock.json": "npm ci",
        "yarn.lock": "yarn install",
        "pnpm-lock.yaml": "pnpm install",
        "package.json": "npm install",
    },
    "bower_components": {"bower.json": "bower install"},
    "deps": {"mix.exs": "mix deps.get"},
    "Pods": {"Podfile": "pod install"},
    "Carthage": {"Cartfile": "carthage bootstrap"},
    "elm-stuff": {"elm.json": "elm make"},
    ".terraform": {"main.tf": "terraform init"},
}
_SURE = ("vendor", "node_modules", "bower_components")  # also where no manifest stands beside them
_SMALL = "the .git file that git leaves in each submodule, some 100 bytes"
DOWNLOAD = "download it, and audit the directory"
_KEPT = "how large .git is, which the builder's own git makes"


def like_file(shown: str) -> str:
    """Name the file that is meant by a name that no file has; no link, as that may lead out of the project."""
    return like(shown, lambda path: DISK.type(path) == "file")


def _instead_of_a_file(shown: str) -> str:
    """Say what is meant by a file in the place of a context: a Dockerfile, or a file of which steps take something."""
    from ctxaudit.builds.request import is_dockerfile

    directory = os.path.dirname(shown) or "."
    if is_dockerfile(os.path.basename(shown)):
        return f"name the directory, and a Dockerfile with -f: {directory} -f {shown}"
    return f"name the directory that is built; which steps take the file: ctxaudit why {shown}"


@frozen
class Context:
    """A context directory.

    path: without symlinks. shown: as the user wrote it. files: where it and all else of the build is read.
    snapshot: the commit that it is of, None for the disk. fetched: the builder fetches it itself.
    unknowns: what is not known of it. credentials: "user:password" of the URL, "" for none.
    """

    path: str
    shown: str
    files: Files
    snapshot: Snapshot | None
    fetched: bool = False
    unknowns: tuple[Unknown, ...] = ()
    credentials: str = ""

    @classmethod
    def named(cls, shown: str, at: str | None, *, keeps_git: bool = False, fetches: bool = True) -> Context:
        """Find what the user names; raises OutOfReach for what only the builder sees.

        at: the commit that stands in for the repository's directory. keeps_git: the builder is asked to keep `.git`.
        fetches: the builder fetches a URL itself; else docker's client clones the repository, with its `.git`.
        """
        if at is not None:
            if is_remote(shown):
                raise CtxauditError("a git URL names its own commit", fix="omit --at, and write URL#REF")
            from ctxaudit.repository.snapshot import checked_out

            return cls.of(shown, checked_out(shown, at))
        if not os.path.isdir(shown):  # as buildx, a directory of that name comes first
            if why := out_of_reach(shown):
                raise OutOfReach(why, where=without_secrets(shown), fix=DOWNLOAD)
            if url := git_url(shown):
                # Source: docker/cli 28f7560, internal/git/gitutils.go.
                cloned = url if fetches else replace(url, ref=url.ref or "master")
                return cls.at_url(cloned, keeps_git or not fetches)
        return cls.of(shown, None)

    @classmethod
    def at_url(cls, url: GitUrl, keeps_git: bool = False) -> Context:
        """Fetch a git URL; raises CtxauditError where it cannot be had."""
        from ctxaudit.repository.fetch import Remote

        remote = Remote(url.remote, url.shown, url.secret)
        keeps_git = (keeps_git or url.keeps_git) and not url.subdir  # of a directory, BuildKit keeps none
        snapshot = remote.snapshot(url.ref, url.checksum, submodules=url.submodules, keeps_git=keeps_git)
        if snapshot.type(url.subdir) != "dir":
            raise TreeError(f'invalid subdir "{url.subdir}"', where=url.shown, fix="name a directory of the commit")
        path = os.path.normpath(snapshot.top / url.subdir)
        reasons = [_SMALL] * snapshot.grafted + [_KEPT] * keeps_git
        unknowns = tuple(Unknown(what, url.shown, "ask the builder") for what in reasons)
        return cls(path, url.shown, Mounted(os.fspath(snapshot.top), snapshot), snapshot, True, unknowns, url.secret)

    @classmethod
    def of(cls, shown: str, snapshot: Snapshot | None) -> Context:
        """Find a directory; raises TreeError in docker's words for anything else.

        snapshot: what stands in for its repository's directory.
        """
        files = _files(snapshot)
        path = files.resolved(shown)
        kind = files.type(path)
        if kind is None or kind == "symlink":
            raise TreeError(
                f'{NO_CONTEXT}path "{shown}" not found',
                fix=brought_by(shown)
                or ("" if snapshot else like(shown, os.path.isdir))
                or "name the directory that `docker build` is given",
            )
        if kind != "dir":
            raise TreeError(f'{NO_CONTEXT}"{shown}" is not a directory', fix=_instead_of_a_file(shown))
        is_inside = snapshot is not None and snapshot.inside(path) is not None
        return cls(path, shown, files, snapshot if is_inside else None)

    def called(self, name: str) -> str:
        """What the user would call a path of the context; in one that is fetched, it has no other name."""
        if self.fetched:
            return name
        return os.path.normpath(os.path.join(self.shown, name))

    def place(self, named: str) -> str | None:
        """Where a Dockerfile stands that the user names, None for a loop of links.

        It is relative to the working directory, or to a context that is fetched, whose links do not leave it.
        """
        if self.fetched and not os.path.isabs(named):
            return resolved_within(self.files, self.path, clean_path(f"/{named}")[1:])
        return self.files.resolved(named)

    def has_file(self, name: str) -> bool:
        """Whether a regular file is there, symlinks followed."""
        return is_file(self.files, os.path.join(self.path, name))


def like(shown: str, is_meant: Callable[[str], bool]) -> str:
    """Name what is meant beside a path that is not there, and has nearly the same name; "" for none."""
    parent, name = os.path.split(shown.rstrip("/ "))
    if not os.path.isdir(parent or "."):
        return ""
    from difflib import get_close_matches

    names = DISK.names(parent or ".")
    there = {name.lower(): name for name in names if is_meant(os.path.join(parent, name))}
    close = get_close_matches(name.strip().lower() or ".", there, 1, 0.8)
    return f"did you mean {os.path.join(parent, there[close[0]])}?" if close else ""


@frozen
class _Bringer:
    """What brings a directory: the command, "" for one that is not known, and the topmost directory that it brings."""

    command: str
    directory: str


def bringer(shown: str) -> _Bringer | None:
    """Give the package manager that brings a directory, or would, None where none does."""
    parts = os.path.normpath(shown).split("/")
    for at, name in enumerate(parts):
        commands = _BROUGHT.get(name, {})
        parent = "/".join(parts[:at]) or ("/" if shown.startswith("/") else ".")
        install = next((command for file, command in commands.items() if os.path.isfile(f"{parent}/{file}")), "")
        if install or name in _SURE:
            return _Bringer(install, "/".join(parts[: at + 1]))
    return None


def brought_by(shown: str) -> str:
    """Say what to run for a directory that is not there, "" where no package manager brings it."""
    manager = bringer(shown)
    return f"run {manager.command or 'the package manager'} first, which brings {manager.directory}" if manager else ""


def resolved_within(files: Files, root: str, name: str) -> str | None:
    """Follow links with *root* as the top of the file system; None for a loop."""
    target = follow(lambda step: files.target(os.path.join(root, step)), name, _MOST_LINKS)
    return None if target is None else os.path.join(root, target)


def out_of_reach(shown: str) -> str | None:
    """Say why only the builder sees a context, None for one that can be looked at."""
    if os.path.isdir(shown):
        return None
    if shown == "-":
        return "the context is an archive from standard input, sent as it is"
    if is_http_url(shown) and not _is_git(shown):
        return f"the builder downloads {without_secrets(shown)} itself, and ctxaudit does not"
    return None


def _is_git(shown: str) -> bool:
    try:
        return git_url(shown) is not None
    except CtxauditError:
        return True  # and whoever reads it is told what is wrong with it


def is_context(shown: str, snapshot: Snapshot | None) -> bool:
    """Whether a directory is there, or a git URL is meant."""
    if git_url(shown) is not None:
        return True
    files = _files(snapshot)
    return files.type(files.resolved(shown)) == "dir"


def _files(snapshot: Snapshot | None) -> Files:
    return DISK if snapshot is None else Mounted(os.fspath(snapshot.top), snapshot)
