"""GitHub: the pull request of a job, its comments, and the job's summary.

Source: docs.github.com, "REST API endpoints for issue comments" and "Variables".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ctxaudit.errors import CtxauditError
from ctxaudit.files import append, read_regular
from ctxaudit.forge.client import Client, Limits, Refused, checked_token, pages, text, whole
from ctxaudit.forge.sticky import Comment, NoComment, Place, Run
from ctxaudit.report import escape
from ctxaudit.values import frozen

# GitHub takes 65,536; source: its answer 422 "body is too long (maximum is 65536 characters)".
LIMIT = 65_000
_ACTIONS = "github-actions[bot]"  # who a job's own token is, which may not ask
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_IN_A_JOB = "run it in a job of GitHub Actions, or add --dry-run to see the comment here"
_EVENT_BYTES = 32 * 2**20


@frozen
class Job:
    """What GitHub says of the job that runs: its variables, and the event that started it."""

    variables: Mapping[str, str]
    event: Mapping[str, Any]

    @property
    def repository(self) -> str:
        name = self.variables.get("GITHUB_REPOSITORY", "")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII):
            raise CtxauditError("GITHUB_REPOSITORY is not set", fix=_IN_A_JOB)
        return name

    @property
    def earlier(self) -> Mapping[str, Any] | None:
        """The run that made the report, where this one follows it (`workflow_run`), for the sake of forks."""
        run = self.event.get("workflow_run")
        return run if isinstance(run, dict) else None

    def place(self) -> Place:
        """Give what is known without a request; raises NoComment where the job is about no pull request."""
        server = self.variables.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
        head, run = self._head(), self._run()
        home = f"{server}/{self.repository}"
        job = f"{home}/actions/runs/{run.number}" if run.number else ""
        return Place(head, run, f"{home}/blob/{head}/", job)

    def thread(self, limits: Limits, author: str) -> Pull:
        """Find the pull request; raises NoComment if there is no such request, or no token for it."""
        head = self.place().head
        token = checked_token(self.variables.get("GITHUB_TOKEN", ""))
        if not token:
            raise NoComment("GITHUB_TOKEN is not set", fix="env: {GITHUB_TOKEN: ${{ github.token }}}")
        base = self.variables.get("GITHUB_API_URL") or "https://api.github.com"
        client = Client(base, {**_HEADERS, "Authorization": f"Bearer {token}"}, token, limits)
        named = self.earlier is None
        number = whole(self.event, "pull_request", "number") if named else _proposing(client, self, head)
        return Pull(client, self.repository, number, author)

    def instead(self, markdown: str, reason: NoComment) -> Iterator[str]:
        """Add the report to the job's summary; the log gets one notice."""
        summary = self.variables.get("GITHUB_STEP_SUMMARY")
        if summary:
            append(Path(summary), f"{markdown}\n".encode("utf-8", "backslashreplace"))
        yield escape.command("notice", {"title": "ctxaudit"}, f"No comment: {reason.what}.")

    def _head(self) -> str:
        if self.earlier is None:
            head = text(self.event, "pull_request", "head", "sha")
        else:
            head = text(self.earlier, "head_sha") if text(self.earlier, "event") == "pull_request" else ""
        if not re.fullmatch(r"[0-9a-f]{40,64}", head):
            raise NoComment("this job is about no pull request")
        return head

    def _run(self) -> Run:
        if self.earlier is not None:
            return Run(whole(self.earlier, "id"), whole(self.earlier, "run_attempt"))
        number, attempt = (self.variables.get(name, "") for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"))
        return Run(int(number) if number.isdecimal() else 0, int(attempt) if attempt.isdecimal() else 0)


def job_of(variables: Mapping[str, str]) -> Job:
    """Read the event that started the job."""
    name = variables.get("GITHUB_EVENT_PATH", "")
    data = read_regular(name, _EVENT_BYTES) if name else None
    try:
        event = json.loads(data or b"")
    except (ValueError, RecursionError) as error:
        raise CtxauditError("GITHUB_EVENT_PATH names no event", where=name or None, fix=_IN_A_JOB) from error
    return Job(variables, event if isinstance(event, dict) else {})


@frozen
class Pull:
    """A pull request, and its comments. me: who writes them, "" to ask."""

    client: Client
    repository: str
    number: int
    me: str
    limit: int = LIMIT
    right: str = "permissions: pull-requests: write"

    def is_current(self, head: str) -> bool:
        """Whether *head* is still the commit that it proposes."""
        reply = self.client.call("GET", f"repos/{self.repository}/pulls/{self.number}")
        return text(reply.body, "head", "sha") == head

    def author(self) -> str:
        """Give the login of whoever the token is of; a job's own token may not ask, and is the Actions' own."""
        if self.me:
            return self.me
        try:
            return text(self.client.call("GET", "user").body, "login")
        except Refused as error:
            if error.status != 403:
                raise
            return _ACTIONS

    def comments(self) -> Iterator[Comment]:
        for page in pages(self.client, f"{self._comments}?per_page=100"):
            yield Comment(whole(page, "id"), text(page, "user", "login"), text(page, "body"))

    def create(self, body: str) -> None:
        self.client.call("POST", self._comments, {"body": body})

    def update(self, comment: int, body: str) -> None:
        self.client.call("PATCH", f"repos/{self.repository}/issues/comments/{comment}", {"body": body})

    def delete(self, comment: int) -> None:
        self.client.call("DELETE", f"repos/{self.repository}/issues/comments/{comment}")

    @property
    def _comments(self) -> str:
        return f"repos/{self.repository}/issues/{self.number}/comments"


def _proposing(client: Client, job: Job, head: str) -> int:
    """Ask which open pull request proposes the commit: the event names none where it comes from a fork.

    What the report says of it counts for nothing: a fork could name any.
    """
    owner, branch = text(job.earlier, "head_repository", "owner", "login"), text(job.earlier, "head_branch")
    query = f"state=open&per_page=100&head={quote(f'{owner}:{branch}', safe='')}"
    numbers = [
        whole(page, "number")
        for page in pages(client, f"repos/{job.repository}/pulls?{query}")
        if text(page, "head", "sha") == head
    ]
    if not numbers:
        raise NoComment("no open pull request proposes the commit that was audited")
    return min(numbers)
