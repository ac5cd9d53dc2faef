"""The proposals of a repository as one pull request of its forge: made once, updated in place, of nobody else's branch.

Source: docs.github.com, "REST API endpoints for Git references", "Git trees", "Git commits", "repository contents" and
"pull requests"; docs.gitlab.com, "Branches", "Commits", "Repository files" and "Merge requests".
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet.branch import COMMIT, IGNORE_FILE, MARK, TITLE, Proposed
from ctxaudit.fleet.forges import KINDS, is_name
from ctxaudit.fleet.ledger import readable
from ctxaudit.fleet.objects import object_name
from ctxaudit.forge.client import Client, Limits, Refused, pages, text, whole
from ctxaudit.report import escape
from ctxaudit.repository.program import Git, scratch
from ctxaudit.values import counted, frozen, shown_size

_OURS = "Another run of `ctxaudit fleet` updates the branch and this text."  # without it the text is somebody's own
_BODY = f"""The builds of this repository are sent what they do not need. {{changes}} \
`ctxaudit explain KIND` says why what goes is not needed, and `ctxaudit --diff` shows the proposal.

{_OURS} Whoever closes this is not asked again for the same proposal.
"""


@frozen
class Content:
    """A file of a commit. object: git's name of its content, "" where there is no such file."""

    object: str
    data: bytes


@frozen
class Branch:
    """A branch as the forge has it."""

    commit: str
    message: str
    parents: tuple[str, ...]


@frozen
class Pull:
    """A pull request whose branch is that of the proposals. state: "open", "closed" or "merged". into: the branch."""

    number: int
    state: str
    into: str
    commit: str
    title: str
    body: str


class Forge(Protocol):
    """What is asked of a forge about one repository."""

    def default(self) -> str:
        """Give the branch that a pull request is for."""

    def branch(self, name: str) -> Branch | None:
        """Give a branch, None if there is none."""

    def content(self, path: str, ref: str) -> Content:
        """Give a file of a commit or branch."""

    def commit(self, name: str, before: Branch | None, parent: str, message: str, files: Mapping[str, Content]) -> None:
        """Let a branch be one commit on another, with these files; raises CtxauditError where it is not as before.

        files: by path, with what the parent has of each in place of the object that is made.
        """

    def pulls(self, branch: str) -> list[Pull]:
        """Give the pull requests of a branch, whatever their state."""

    def create(self, branch: str, into: str, title: str, body: str) -> int:
        """Open a pull request, and give its number."""

    def update(self, number: int, title: str, body: str) -> None:
        """Give an open one another text."""


def put(repository: Proposed, branch: str, *, write: bool) -> str:
    """Let a pull request hold the proposals, and say what was done; the same proposals once more change nothing.

    write: False to say what would be done. Raises CtxauditError where the branch is somebody's own, and for what only a
    ledger that others wrote holds.
    """
    if not COMMIT.fullmatch(repository.commit) or not is_name(repository.name) or repository.kind not in _FORGES:
        raise CtxauditError("the ledger names no commit or no repository", where=repository.name)
    if readable(branch) != branch:
        raise CtxauditError(f"a forge has no branch {readable(branch)}: it is not UTF-8", where=repository.name)
    if write and not KINDS[repository.kind].secret():
        raise CtxauditError(
            f"{KINDS[repository.kind].token} is not set", where=repository.name, fix="set it to a token that may write"
        )
    forge = _FORGES[repository.kind](KINDS[repository.kind].client(Limits()), repository.name)
    into = forge.default()
    if not into:
        raise CtxauditError("the forge names no main branch", where=repository.name)
    before = forge.branch(branch)
    if branch == into or (before is not None and MARK not in before.message):
        raise CtxauditError(
            f"the branch {branch} is not ctxaudit's", where=repository.name, fix="name another with --branch"
        )
    old, new = _changed(forge, repository)
    is_there = before is not None and before.parents == (repository.commit,) and _holds(forge, before.commit, new)
    existing = [pull for pull in forge.pulls(branch) if pull.into == into]
    pull = next((pull for pull in existing if pull.state == "open"), None)
    declined = next((pull for pull in existing if pull.state == "closed"), None)
    body = _BODY.format(changes=_said(repository, new))
    what = f"{counted(len(new), 'file')} on {branch}"
    if pull is None and declined is not None and _holds(forge, declined.commit, new):
        return f"{repository.name}: the same proposals were declined: #{declined.number} is closed"
    is_ours = pull is None or _OURS in pull.body
    if is_there and pull is not None and (not is_ours or (pull.title, pull.body.strip()) == (TITLE, body.strip())):
        return f"{repository.name}: #{pull.number} has the proposals already"
    if not write:
        would = "opened" if pull is None else "updated"
        return f"{repository.name}: {what}: a pull request would be {would}; --write does so"
    if not is_there:
        made = {path: Content(old[path].object, data) for path, data in new.items()}
        forge.commit(branch, before, repository.commit, f"{TITLE}\n\n{MARK}\n", made)
    if pull is None:
        return f"{repository.name}: {what}: #{forge.create(branch, into, TITLE, body)} is opened"
    if not is_ours:
        return f"{repository.name}: {what}: #{pull.number} is updated, with the text that somebody gave it"
    forge.update(pull.number, TITLE, body)
    return f"{repository.name}: {what}: #{pull.number} is updated"


def _changed(forge: Forge, repository: Proposed) -> tuple[dict[str, Content], dict[str, bytes]]:
    """Give the files that the proposals change, as the commit has them and as they should be; only ignore files may."""
    if others := [file for file in repository.files if not file.endswith(IGNORE_FILE)]:
        raise CtxauditError(
            f"the ledger proposes a change of {others[0]}, which is not an ignore file", where=repository.name
        )
    old = {file: forge.content(file, repository.commit) for file in repository.files}
    with scratch() as directory:
        git = Git.bare(directory)
        git.run("init", "--bare", "--quiet", "--template=")
        rows = [
            f"100644 {git.run('hash-object', '-w', '--stdin', stdin=blob.data).decode().strip()}\t{file}\0"
            for file, blob in old.items()
            if blob.object
        ]
        git.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(rows)))
        for diff in repository.diffs:
            git.run("apply", "--cached", "--whitespace=nowarn", stdin=os.fsencode(diff))
        listed = os.fsdecode(git.run("ls-files", "-z")).split("\0")[:-1]
        if not set(listed) <= set(repository.files):
            raise CtxauditError("the ledger proposes a change of another file than it names", where=repository.name)
        return old, {file: git.run("cat-file", "blob", f":{file}") for file in listed}


def _holds(forge: Forge, ref: str, files: Mapping[str, bytes]) -> bool:
    return all(forge.content(path, ref).data == data for path, data in files.items())


def _said(repository: Proposed, files: Mapping[str, bytes]) -> str:
    """Say what the change is, in Markdown: names of the repository are code."""
    names = ", ".join(map(escape.code, sorted(files)))
    saved = (
        f" Of the files of this commit, {shown_size(repository.saved)} less would be sent." if repository.saved else ""
    )
    return f"This changes {names}, on the commit {repository.commit[:12]}.{saved}"


def _content(body: Any, key: str) -> Content:
    """Read a file; raises CtxauditError for what is not all of it, as of one that is too large for the API."""
    name = text(body, key)
    try:
        data = base64.b64decode(text(body, "content"))
    except ValueError as error:  # no base64, or letters beyond ASCII
        raise CtxauditError("the forge's answer is not a file") from error
    if object_name("blob", data, like=name) != name:
        raise CtxauditError("the forge gives another content than that of the object", where=text(body, "path") or None)
    return Content(name, data)


def _named(body: Any, *names: str) -> str:
    """Give the name of an object; raises CtxauditError if it has no name, so that nothing is built upon another."""
    name = text(body, *names)
    if not COMMIT.fullmatch(name):
        raise CtxauditError("the forge names no object", where=".".join(names))
    return name


def _check_unmoved(forge: Forge, name: str, before: Branch | None) -> None:
    """Raise CtxauditError where a branch is not as it was, before it is replaced: the API itself compares nothing."""
    if before is not None and forge.branch(name) != before:
        raise CtxauditError(f"the branch {name} moved meanwhile", fix="the same command goes on")


class GitHub:
    """A repository of GitHub."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._home = f"repos/{name}"
        self._owner = name.partition("/")[0]

    def default(self) -> str:
        body = self._client.call("GET", self._home).body
        # The name that it has now: GitHub answers a write to an old one by a redirect, which says nothing of the write.
        if is_name(text(body, "full_name")):
            self._home = f"repos/{text(body, 'full_name')}"
            self._owner = text(body, "full_name").partition("/")[0]
        return text(body, "default_branch")

    def branch(self, name: str) -> Branch | None:
        reference = _or_none(self._client, f"{self._home}/git/ref/heads/{quote(name)}")
        if reference is None:
            return None
        commit = _named(reference, "object", "sha")
        body = self._client.call("GET", f"{self._home}/git/commits/{commit}").body
        parents = tuple(text(parent, "sha") for parent in _items(body, "parents"))
        return Branch(commit, text(body, "message"), parents)

    def content(self, path: str, ref: str) -> Content:
        body = _or_none(self._client, f"{self._home}/contents/{_path(path, '/')}?ref={ref}")
        if body is None:
            return Content("", b"")
        if text(body, "type") != "file":
            raise CtxauditError(f"{path} is not a regular file")
        return _content(body, "sha")

    def commit(self, name: str, before: Branch | None, parent: str, message: str, files: Mapping[str, Content]) -> None:
        base = self._client.call("GET", f"{self._home}/git/commits/{parent}").body
        rows = []
        for path, made in files.items():
            content = {"content": base64.b64encode(made.data).decode(), "encoding": "base64"}
            blob = self._client.call("POST", f"{self._home}/git/blobs", content).body
            rows.append({"path": path, "mode": "100644", "type": "blob", "sha": _named(blob, "sha")})
        # Without a base, the tree would have these files alone.
        tree = {"base_tree": _named(base, "tree", "sha"), "tree": rows}
        fields = {"message": message, "tree": _named(self._sent("trees", tree), "sha"), "parents": [parent]}
        commit = _named(self._sent("commits", fields), "sha")
        _check_unmoved(self, name, before)
        if before is None:
            self._sent("refs", {"ref": f"refs/heads/{name}", "sha": commit})
        else:
            self._client.call("PATCH", f"{self._home}/git/refs/heads/{quote(name)}", {"sha": commit, "force": True})

    def _sent(self, what: str, payload: object) -> Any:
        return self._client.call("POST", f"{self._home}/git/{what}", payload).body

    def pulls(self, branch: str) -> list[Pull]:
        head = quote(f"{self._owner}:{branch}", safe="")
        return [
            Pull(
                whole(page, "number"),
                "merged" if text(page, "merged_at") else text(page, "state"),
                text(page, "base", "ref"),
                text(page, "head", "sha"),
                text(page, "title"),
                text(page, "body"),
            )
            for page in pages(self._client, f"{self._home}/pulls?state=all&per_page=100&head={head}")
            if text(page, "head", "ref") == branch
        ]

    def create(self, branch: str, into: str, title: str, body: str) -> int:
        fields = {"title": title, "body": body, "head": branch, "base": into}
        return whole(self._client.call("POST", f"{self._home}/pulls", fields).body, "number")

    def update(self, number: int, title: str, body: str) -> None:
        self._client.call("PATCH", f"{self._home}/pulls/{number}", {"title": title, "body": body})


class GitLab:
    """A project of GitLab."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._home = f"projects/{quote(name, safe='')}"

    def default(self) -> str:
        return text(self._client.call("GET", self._home).body, "default_branch")

    def branch(self, name: str) -> Branch | None:
        body = _or_none(self._client, f"{self._home}/repository/branches/{quote(name, safe='')}")
        if body is None:
            return None
        parents = tuple(map(str, _items(body, "commit", "parent_ids")))
        return Branch(text(body, "commit", "id"), text(body, "commit", "message"), parents)

    def content(self, path: str, ref: str) -> Content:
        body = _or_none(self._client, f"{self._home}/repository/files/{_path(path, '')}?ref={ref}")
        return Content("", b"") if body is None else _content(body, "blob_id")

    def commit(self, name: str, before: Branch | None, parent: str, message: str, files: Mapping[str, Content]) -> None:
        actions = [
            {
                "action": "update" if made.object else "create",
                "file_path": path,
                "content": base64.b64encode(made.data).decode(),
                "encoding": "base64",
            }
            for path, made in files.items()
        ]
        fields = {
            "branch": name,
            "start_sha": parent,
            "commit_message": message,
            "actions": actions,
            "force": before is not None,
        }
        _check_unmoved(self, name, before)
        _named(self._client.call("POST", f"{self._home}/repository/commits", fields).body, "id")

    def pulls(self, branch: str) -> list[Pull]:
        path = f"{self._home}/merge_requests?state=all&per_page=100&source_branch={quote(branch, safe='')}"
        return [
            Pull(
                whole(page, "iid"),
                {"opened": "open"}.get(text(page, "state"), text(page, "state")),
                text(page, "target_branch"),
                text(page, "sha"),
                text(page, "title"),
                text(page, "description"),
            )
            for page in pages(self._client, path, "page")
            if isinstance(page, dict) and page.get("source_project_id") == page.get("target_project_id")
        ]

    def create(self, branch: str, into: str, title: str, body: str) -> int:
        fields = {"source_branch": branch, "target_branch": into, "title": title, "description": body}
        made = self._client.call("POST", f"{self._home}/merge_requests", {**fields, "remove_source_branch": True}).body
        return whole(made, "iid")

    def update(self, number: int, title: str, body: str) -> None:
        self._client.call("PUT", f"{self._home}/merge_requests/{number}", {"title": title, "description": body})


_FORGES: dict[str, type[GitHub | GitLab]] = {"github": GitHub, "gitlab": GitLab}


def _or_none(client: Client, path: str) -> Any:
    """Give an answer, None where the forge has no such thing; what is not JSON says nothing of that."""
    try:
        return client.call("GET", path).body or {}
    except Refused as error:
        if error.status != 404:
            raise
        return None


def _items(value: Any, *names: str) -> list[Any]:
    """Give a list inside of a JSON value, an empty one if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _path(path: str, safe: str) -> str:
    return quote(os.fsencode(path), safe=safe)
