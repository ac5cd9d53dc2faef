"""GitLab: the merge request of a job, and its notes.

Source: docs.gitlab.com, "Notes API" and "Predefined CI/CD variables".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ctxaudit.errors import CtxauditError
from ctxaudit.forge.client import Client, Limits, checked_token, pages, text, whole
from ctxaudit.forge.sticky import Comment, NoComment, Place, Run
from ctxaudit.report import escape
from ctxaudit.values import frozen

LIMIT = 65_000  # GitLab takes 1,000,000, which nobody reads
_TOKEN = "CTXAUDIT_GITLAB_TOKEN"
_IN_A_JOB = "run it in a job of GitLab CI, or add --dry-run to see the comment here"
_SET = f"a masked variable {_TOKEN}: a project access token with the scope api, as a job's own may not comment"


@frozen
class Pull:
    """A merge request, and its notes. path: below the API. me: who writes them, "" to ask."""

    client: Client
    path: str
    me: str
    limit: int = LIMIT
    right: str = _SET

    def is_current(self, head: str) -> bool:
        """Whether *head* is still the commit that it proposes."""
        return text(self.client.call("GET", self.path).body, "sha") == head

    def author(self) -> str:
        """Give the user name of whoever the token is of."""
        return self.me or text(self.client.call("GET", "user").body, "username")

    def comments(self) -> Iterator[Comment]:
        for page in pages(self.client, f"{self.path}/notes?per_page=100&sort=asc", "x-next-page"):
            yield Comment(whole(page, "id"), text(page, "author", "username"), text(page, "body"))

    def create(self, body: str) -> None:
        self.client.call("POST", f"{self.path}/notes", {"body": body})

    def update(self, comment: int, body: str) -> None:
        self.client.call("PUT", f"{self.path}/notes/{comment}", {"body": body})

    def delete(self, comment: int) -> None:
        self.client.call("DELETE", f"{self.path}/notes/{comment}")


@frozen
class Job:
    """What GitLab says of the job that runs."""

    variables: Mapping[str, str]

    def place(self) -> Place:
        """Give what is known without a request; raises NoComment where the job is about no merge request."""
        if not self._said("CI_MERGE_REQUEST_IID"):
            if not self._said("CI_JOB_ID"):
                raise CtxauditError("CI_JOB_ID is not set", fix=_IN_A_JOB)
            raise NoComment("this job is about no merge request")
        # The first is there where the pipeline runs for a merged result, which is not what the merge request proposes.
        head = self._said("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or self._said("CI_COMMIT_SHA")
        if not re.fullmatch(r"[0-9a-f]{40,64}", head):
            raise CtxauditError("CI_COMMIT_SHA is not set", fix=_IN_A_JOB)
        home = self._said("CI_MERGE_REQUEST_SOURCE_PROJECT_URL") or self._said("CI_PROJECT_URL")
        run = Run(self._number("CI_PIPELINE_ID"), self._number("CI_JOB_ID"))
        return Place(head, run, f"{home}/-/blob/{head}/" if home else "", self._said("CI_JOB_URL"))

    def thread(self, limits: Limits, author: str) -> Pull:
        """Give the merge request; raises NoComment if there is no such request, or no token for it."""
        self.place()
        token = checked_token(self._said(_TOKEN))
        if not token:
            raise NoComment(f"{_TOKEN} is not set", fix=_SET)
        base, project, number = map(self._said, ("CI_API_V4_URL", "CI_PROJECT_ID", "CI_MERGE_REQUEST_IID"))
        if not (base and project.isdecimal() and number.isdecimal()):
            raise CtxauditError("CI_API_V4_URL or CI_PROJECT_ID is not set", fix=_IN_A_JOB)
        client = Client(base, {"PRIVATE-TOKEN": token}, token, limits)
        return Pull(client, f"projects/{project}/merge_requests/{number}", author)

    def instead(self, markdown: str, reason: NoComment) -> Iterator[str]:
        """Give one line: GitLab has no summary of a job, and the report is among its artifacts."""
        yield f"No comment: {escape.line(reason.what)}.\n"

    def _said(self, name: str) -> str:
        return self.variables.get(name, "")

    def _number(self, name: str) -> int:
        return int(self._said(name)) if self._said(name).isdecimal() else 0
