"""Which contexts BuildKit takes for git URLs, and what they say.

Source: buildkit 73ed682, frontend/dockerfile/dfgitutil/git_ref.go, util/gitutil/git_url.go, util/sshutil/scpurl.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

from ctxaudit.errors import CtxauditError
from ctxaudit.ignore import clean_path
from ctxaudit.values import expression, frozen

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
    found = GitUrl(match["remote"], text)
    return _asked(found, match["fragment"] or "", match["query"] or "")


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
    found = GitUrl(remote, _shown(text, user, kept), "" if kept else user)
    return _asked(found, unquote(parts.fragment), parts.query)


def _shown(text: str, user: str, kept: str) -> str:
    if not user or user == kept:
        return text
    return text.replace(f"{user}@", f"{kept or _HIDDEN}@", 1)


def _asked(found: GitUrl, fragment: str, query: str) -> GitUrl:
    ref, _, subdir = fragment.partition(":")
    found = _queried(replace(found, ref=ref, subdir=_cleaned(subdir)), query)
    if found.ref.startswith("-") or found.remote.startswith("-"):
        raise CtxauditError(f'invalid git ref "{found.ref or found.remote}"', fix="a ref does not start with a dash")
    return found


def _queried(found: GitUrl, query: str) -> GitUrl:
    """Read `?ref=` and its kin; what is unknown, empty, there twice or contradicts the fragment is an error."""
    asked = {key: _one(key, values) for key, values in parse_qs(query, keep_blank_values=True).items()}
    subdir = _cleaned(asked.get("subdir", ""))
    checksum = asked.get("checksum", asked.get("commit", ""))
    if checksum and not re.fullmatch("[a-fA-F0-9]+", checksum):
        raise CtxauditError(f"invalid checksum {checksum} for Git URL, expected hex commit hash")
    if (mtime := asked.get("mtime", "commit")) not in ("checkout", "commit"):
        raise CtxauditError(f'invalid mtime value: "{mtime}" (must be "checkout" or "commit")')
    ref = _agreed("ref", found.ref, asked.get("ref", ""), *_named(asked))
    return replace(
        found,
        ref=checksum if _switch(asked, "fetch-by-commit", False) and checksum else ref,
        subdir=_agreed("subdir", found.subdir, subdir),
        checksum=checksum.lower(),
        keeps_git=_switch(asked, "keep-git-dir", False),
        submodules=_switch(asked, "submodules", True),
    )


def _one(key: str, values: list[str]) -> str:
    if key not in _VALUED | _SWITCHES:
        raise CtxauditError(f'unexpected query "{key}"', fix=f"BuildKit knows {', '.join(sorted(_VALUED | _SWITCHES))}")
    if len(values) > 1:
        raise CtxauditError(f'query "{key}" has multiple values')
    if not values[0] and key in _VALUED:
        raise CtxauditError(f'query "{key}" has no value')
    return values[0]


def _named(asked: Mapping[str, str]) -> list[str]:
    """The full names of a tag and a branch."""
    if "tag" in asked and "branch" in asked:
        raise CtxauditError("branch conflicts with tag")
    starts = (("tag", "refs/tags/"), ("branch", "refs/heads/"))
    return [start + asked[key].removeprefix(start) for key, start in starts if key in asked]


def _agreed(what: str, *values: str) -> str:
    said = list(dict.fromkeys(filter(None, values)))
    if len(said) > 1:
        raise CtxauditError(f'{what} conflicts: "{said[0]}" vs "{said[1]}"')
    return said[0] if said else ""


def _switch(asked: Mapping[str, str], key: str, default: bool) -> bool:
    value = asked.get(key)
    if value is None:
        return default
    if value not in TRUE | _FALSE | {""}:
        raise CtxauditError(f'invalid {key} value: "{value}"')
    return value not in _FALSE


def _cleaned(subdir: str) -> str:
    return clean_path(f"/{subdir}").removeprefix("/")
