"""An organisation of GitHub or a group of GitLab: its repositories by pages, and the head of each by one request.

A head is asked for with the ETag of the last answer; only of a repository that changed more is read.
Source: docs.github.com, "REST API endpoints for repositories" and "commits"; docs.gitlab.com, "Groups", "Commits".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import LONGEST, Job
from ctxaudit.forge.client import Client, Limits, Refused, checked_token, pages, text
from ctxaudit.values import frozen

_SOURCE = re.compile(r"(github|gitlab):([\w.-]+(?:/[\w.-]+)*)", re.ASCII)
_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ETAG = re.compile(r'(?:W/)?"[!#-~]{0,200}"')  # source: RFC 9110, section 8.8.3
MOST_REQUESTS = 15  # of one repository
_STEPS = frozenset((".", ".."))
_SHOWN = 100  # characters of a name that an error quotes


@frozen
class Kind:
    """How a forge is asked.

    api, server, token: the variables that name them; with what they are where the first two are not set.
    user: whom git calls the owner of a token. header: what the token is sent in, and what stands before it.
    lists: the paths of a list of repositories, the second where the first is not there. path: of one repository.
    name: the member of a list's row with its name. commits: what follows a repository's path. time, tree: of a commit,
    the second () where a tree is listed without sizes. empty: the status of a repository without commits.
    """

    api: tuple[str, str]
    server: tuple[str, str]
    token: str
    user: str
    header: tuple[str, str]
    headers: Mapping[str, str]
    lists: tuple[str, ...]
    following: str
    path: str
    name: str
    commit: str
    commits: str
    time: tuple[str, ...]
    tree: tuple[str, ...]
    empty: int

    def base(self) -> str:
        """Give the address of the API."""
        return os.environ.get(self.api[0]) or self.api[1]

    def home(self) -> str:
        """Give the address that repositories are fetched below; an API of one's own has its own, not the public one."""
        named = os.environ.get(self.server[0])
        if not named and self.base().rstrip("/") != self.api[1]:
            named = "{0.scheme}://{0.netloc}".format(urlsplit(self.base()))
        return (named or self.server[1]).rstrip("/")

    def secret(self) -> str:
        """Give the token, "" for none."""
        return checked_token(os.environ.get(self.token, ""))

    def client(self, limits: Limits) -> Client:
        """Make the client; without a token it sees what is public."""
        secret = self.secret()
        name, start = self.header
        return Client(self.base(), {**self.headers, **({name: f"{start}{secret}"} if secret else {})}, secret, limits)


KINDS = {
    "github": Kind(
        ("GITHUB_API_URL", "https://api.github.com"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        "GITHUB_TOKEN",
        "x-access-token",
        ("Authorization", "Bearer "),
        {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
        ("orgs/{0}/repos?per_page=100", "users/{0}/repos?per_page=100"),
        "link",
        "repos/{0}",
        "full_name",
        "sha",
        "commits?per_page=1",
        ("commit", "committer", "date"),
        ("commit", "tree", "sha"),
        409,
    ),
    "gitlab": Kind(
        ("CI_API_V4_URL", "https://gitlab.com/api/v4"),
        ("CI_SERVER_URL", "https://gitlab.com"),
        "CTXAUDIT_GITLAB_TOKEN",
        "oauth2",
        ("PRIVATE-TOKEN", ""),
        {},
        ("groups/{0}/projects?include_subgroups=true&with_shared=false&order_by=id&per_page=100",),
        "page",
        "projects/{0}",
        "path_with_namespace",
        "id",
        "repository/commits?per_page=1",
        ("committed_date",),
        (),
        404,
    ),
}


def is_named(source: str) -> bool:
    """Whether a source is an organisation or a group of a forge."""
    return _SOURCE.fullmatch(source) is not None


def is_name(name: str) -> bool:
    """Whether a repository may have this name, and its address no steps."""
    return len(name) <= LONGEST and _NAME.fullmatch(name) is not None and _STEPS.isdisjoint(name.split("/"))


def jobs(source: str) -> Iterator[Job]:
    """Give the repositories of an organisation, a user or a group, archived ones and forks among them."""
    match = _SOURCE.fullmatch(source)
    assert match is not None
    kind = KINDS[match[1]]
    for row in _listed(kind, quote(match[2], safe="")):
        name = text(row, kind.name)
        if not is_name(name):
            raise CtxauditError(f"the forge lists a repository without a valid name: {name[:_SHOWN]!r}", where=source)
        yield Job(name, match[1], f"{kind.home()}/{name}.git")


def kind_of(url: str) -> str:
    """Say how a repository is read that has only a name: by GitHub's API with a token for it, else by its URL."""
    kind = KINDS["github"]
    return "github" if kind.secret() and url.startswith(f"{kind.home()}/") else "url"


def _listed(kind: Kind, owner: str) -> Iterator[Any]:
    client = kind.client(Limits())
    *others, last = (template.format(owner) for template in kind.lists)
    for path in others:
        try:
            yield from pages(client, path, kind.following)
        except Refused as error:
            if error.status != 404:
                raise
        else:
            return
    yield from pages(client, last, kind.following)


@frozen
class Head:
    """The head commit as the forge says it.

    commit: "" for none. etag: of the answer, for the next question. place: the repository below the API, by the name
    that it has now. tree: of the commit, "" where the forge does not list its sizes.
    """

    commit: str
    etag: str = ""
    time: float = 0
    place: str = ""
    tree: str = ""


def client(job: Job) -> Client:
    """Make the client for one repository: all that is asked about it is counted, and has an end."""
    return KINDS[job.kind].client(Limits(min(30, job.seconds), job.seconds / 2, MOST_REQUESTS))


def head(job: Job, client: Client) -> Head:
    """Ask for the head of a repository, which costs one request; raises Refused where the forge does not say it.

    The ETag that a ledger keeps has the commit before it: another policy may know an older one.
    """
    kind = KINDS[job.kind]
    commit, _, etag = job.etag.partition(" ")
    known_etag = etag if commit and commit == job.known and _ETAG.fullmatch(etag) else ""
    path = f"{kind.path.format(quote(job.name, safe='/' if job.kind == 'github' else ''))}/{kind.commits}"
    try:
        reply = client.call("GET", path, etag=known_etag)
    except Refused as error:
        if error.status == kind.empty and (job.kind == "github" or _is_empty(client, job)):
            return Head("")
        raise
    if reply.status == 304:
        return Head(job.known, job.etag)
    rows = reply.body
    if rows == []:
        return Head("")
    first = rows[0] if isinstance(rows, list) else None
    tip, tree = text(first, kind.commit), text(first, *kind.tree)
    if not _COMMIT.fullmatch(tip):
        raise CtxauditError("the forge names no commit", where=job.name)
    header = reply.headers.get("etag", "")
    etag = f"{tip} {header if _ETAG.fullmatch(header) else ''}"
    place = reply.url.partition("?")[0].removesuffix(f"/{kind.commits.partition('?')[0]}")
    return Head(tip, etag, _seconds(text(first, *kind.time)), place, tree if _COMMIT.fullmatch(tree) else "")


def secret(job: Job) -> str:
    """Give git's credentials for a repository of a forge: its token, for the forge's own host, "" for none."""
    kind = KINDS[job.kind]
    token = kind.secret()
    return f"{kind.user}:{quote(token, safe='')}" if token and job.location.startswith(f"{kind.home()}/") else ""


def _is_empty(client: Client, job: Job) -> bool:
    """Whether GitLab has the project, and nothing in it: its list of commits is not there then, either."""
    body = client.call("GET", f"projects/{quote(job.name, safe='')}").body
    return isinstance(body, dict) and body.get("empty_repo") is True


def _seconds(timestamp: str) -> float:
    try:
        return datetime.fromisoformat(timestamp).timestamp()
    except (ValueError, OverflowError):
        return 0.0
