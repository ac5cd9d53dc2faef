"""What both forges give: the pull request that a job is about, and what is done where there is no comment on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ctxaudit.forge.client import Limits
from ctxaudit.forge.sticky import NoComment, Run, Thread
from ctxaudit.values import frozen


@frozen
class Place:
    """What the job's environment says without a request.

    head: the commit that was audited, as the pull request has it. run: the one that made the report.
    blob: the address of a file at the head, but for its path. job: that of the run, for people; "" for unknown.
    """

    head: str
    run: Run
    blob: str
    job: str


NOWHERE = Place("", Run(0, 0), "", "")  # of what is shown outside of a job


class Job(Protocol):
    """A job of continuous integration."""

    def place(self) -> Place:
        """Give what is known without a request; raises NoComment where the job is about no pull request."""

    def thread(self, limits: Limits, author: str) -> Thread:
        """Find the pull request; raises NoComment if there is no such request, or no token for it.

        author: who the token is of, "" to ask.
        """

    def instead(self, markdown: str, reason: NoComment) -> Iterator[str]:
        """Put the report where the job may write, and give the lines that its log gets."""
