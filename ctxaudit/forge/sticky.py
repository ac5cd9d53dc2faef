"""The one comment of ours in a thread: found, made, changed, or left alone.

It starts with a marker, which names its key, and ends with a trailer, which names the run that wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, Protocol

from ctxaudit.errors import CtxauditError
from ctxaudit.forge.client import Limits, Refused
from ctxaudit.model import Comparison, Report
from ctxaudit.report import Layout, markdown
from ctxaudit.values import frozen

_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRAILER = re.compile(
    r"\s*(?:\[The run\]\([^()\s]*\)\s*)?<!-- ctxaudit:run (\d{1,20})/(\d{1,20}) [0-9a-f]{7,64} -->\s*\Z"
)
_DENIED = 403
_GONE = 404
_TOO_LONG = 422


class NoComment(CtxauditError):
    """There is nothing to comment on, or no right to: the report goes where the job can write."""


class Run(NamedTuple):
    """A run of continuous integration; a later one is greater."""

    number: int
    attempt: int


_NEVER = Run(-1, -1)


@frozen
class Comment:
    """A comment as the forge has it. author: as the forge's thread names us."""

    id: int
    author: str
    body: str


class Thread(Protocol):
    """A pull request, and its comments. limit: of a comment, in characters. right: what gives the right to comment."""

    @property
    def limit(self) -> int: ...

    @property
    def right(self) -> str: ...

    def is_current(self, head: str) -> bool:
        """Whether *head* is still the commit that is proposed."""

    def author(self) -> str:
        """Who we are, as the authors of comments are named."""

    def comments(self) -> Iterator[Comment]:
        """All of them, through all pages."""

    def create(self, body: str) -> None: ...
    def update(self, comment: int, body: str) -> None: ...
    def delete(self, comment: int) -> None: ...


@frozen
class Text:
    """What a comment is to say, made to fit a number of characters.

    fitted: the Markdown in at most so many characters. run, job, head: who says it, where to look, and of which commit.
    news: whether it says anything; without, no comment is made, and one that is there is changed, or deleted.
    """

    key: str
    fitted: Callable[[int], str]
    run: Run
    job: str
    head: str
    news: bool
    deletes: bool

    @property
    def marker(self) -> str:
        return f"<!-- ctxaudit:report v1 key={self.key} -->"

    def body(self, limit: int) -> str:
        """Give the whole comment, marker and trailer, in at most so many characters."""
        link = f"\n[The run]({self.job})\n" if self.job else ""
        run = f"{self.run.number}/{self.run.attempt} {self.head}".rstrip()
        trailer = f"{link}<!-- ctxaudit:run {run} -->"
        room = limit - len(self.marker) - len(trailer) - 2
        return f"{self.marker}\n{self.fitted(room)}{trailer}\n"


def _checked_key(key: str) -> str:
    """Give a key that a marker can hold; raises CtxauditError for any other."""
    if not _KEY.fullmatch(key):
        raise CtxauditError(f"the key {key!r} is not made of 1 to 64 letters, digits, dots, dashes and underscores")
    return key


def publish(thread: Thread, text: Text) -> str:
    """Make the thread hold the text once, and give what was done, in a few words.

    Raises NoComment where the token may only read. Where the forge finds it too long, it is tried once more at half.
    """
    try:
        if not thread.is_current(text.head):
            return "left alone: there are newer commits"
        return _fitting(thread, text)
    except Refused as error:
        if error.status != _DENIED:
            raise
        reason = f"the token may only read, as it is for forks and Dependabot ({error.what})"
        raise NoComment(reason, fix=thread.right) from error


def _fitting(thread: Thread, text: Text) -> str:
    try:
        return _published(thread, text, text.body(thread.limit))
    except Refused as error:
        if error.status != _TOO_LONG:
            raise
        return _published(thread, text, text.body(thread.limit // 2))


def _published(thread: Thread, text: Text, body: str) -> str:
    me = thread.author()
    own = _own(thread, me, text.marker)
    if not own:
        return _created(thread, me, text, body) if text.news else "not made: there is nothing to say"
    if not text.news and text.deletes:
        return _deleted(thread, own, text.run)
    return _settled(thread, own, body, text)


def _own(thread: Thread, me: str, marker: str) -> list[Comment]:
    """Those of ours, the oldest first: somebody else may quote a marker, and we may have quoted one in our text."""
    ours = [comment for comment in thread.comments() if comment.author == me and comment.body.startswith(marker)]
    return sorted(ours, key=lambda comment: comment.id)


def _created(thread: Thread, me: str, text: Text, body: str) -> str:
    """Make the comment, and look again: another run may have made one at the same time."""
    thread.create(body)
    own = _own(thread, me, text.marker)
    if len(own) > 1:
        _settled(thread, own, body, text)
    return "created"


def _settled(thread: Thread, own: Sequence[Comment], body: str, text: Text) -> str:
    """Make the oldest of ours say what the newest run says, and delete the others."""
    first, *extra = own
    newest = max(own, key=lambda comment: _run(comment.body))
    current = newest.body if _run(newest.body) > text.run else body
    done = "unchanged"
    if not _same(first.body, current):
        done = _updated(thread, first, current)
    for comment in extra:
        _gone(thread, comment)
    return "left to a newer run" if current is not body else done


def _updated(thread: Thread, comment: Comment, body: str) -> str:
    """Change the comment; one that somebody deleted meanwhile is made again."""
    try:
        thread.update(comment.id, body)
    except Refused as error:
        if error.status != _GONE:
            raise
        thread.create(body)
    return "updated"


def _deleted(thread: Thread, own: Sequence[Comment], run: Run) -> str:
    if any(_run(comment.body) > run for comment in own):
        return "left to a newer run"
    for comment in own:
        _gone(thread, comment)
    return "deleted"


def _gone(thread: Thread, comment: Comment) -> None:
    """Delete the comment, unless somebody has."""
    try:
        thread.delete(comment.id)
    except Refused as error:
        if error.status != _GONE:
            raise


def _run(body: str) -> Run:
    match = _TRAILER.search(body)
    return Run(int(match[1]), int(match[2])) if match else _NEVER


def _same(comment: str, other: str) -> bool:
    """Whether two comments say the same, whoever wrote them; a forge may change the ends of lines."""
    first, second = (_TRAILER.sub("", text.replace("\r\n", "\n")) for text in (comment, other))
    return first == second


# What both forges give: the pull request that a job is about, and what is done where there is no comment on it.


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


# What the comment says of a report, and whether it has anything to say.

When = Literal["always", "changes", "findings", "never"]
_NOTABLE = 1000  # bytes


def text(report: Report, layout: Layout, place: Place, key: str, *, when: When, deletes: bool) -> Text:
    """Give the comment about the report."""
    news = _NEWS[when](report)
    linked = replace(layout, blob=place.blob)

    def fitted(room: int) -> str:
        return markdown.fitted(report, linked, room) if news else markdown.unchanged(report, layout)

    return Text(_checked_key(key), fitted, place.run, place.job, place.head, news, deletes)


def effect(text: Text) -> str:
    """Say what publishing the comment would do, as far as nobody has to ask the forge."""
    if text.news:
        return "this comment would be created, or the one that is there updated"
    there = "deleted" if text.deletes else "updated to this line"
    return f"no comment would be created, as there is nothing to say; one that is there would be {there}"


def summary(report: Report, layout: Layout) -> str:
    """Give the report for a job's summary."""
    return markdown.render(report, layout)


def has_findings(report: Report) -> bool:
    """Whether anything has to be acted on: a build that fails, a gate that is not passed, a finding above a note."""
    return bool(report.failures) or any(
        (audit.gate and audit.gate.verdict != "passed") or any(finding.severity != "note" for finding in audit.findings)
        for audit in report.targets
    )


def _has_changes(report: Report) -> bool:
    """Whether there are findings, or the branch changes what is sent by more than a trifle."""
    return has_findings(report) or any(_is_notable(audit.comparison) for audit in report.targets if audit.comparison)


_NEWS: dict[When, Callable[[Report], bool]] = {
    "always": lambda report: True,
    "changes": _has_changes,
    "findings": has_findings,
    "never": lambda report: False,
}


def _is_notable(comparison: Comparison) -> bool:
    return (
        (comparison.base is None) != (comparison.head is None)
        or bool(comparison.dropped)
        or any(rerun_change.head > rerun_change.base for rerun_change in comparison.reruns)
        or any(abs(change.growth) >= _NOTABLE or change.secret for change in comparison.changes)
    )
