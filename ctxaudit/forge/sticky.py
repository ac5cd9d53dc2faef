"""The one comment of ours in a thread: found, made, changed, or left alone.

It starts with a marker, which names its key, and ends with a trailer, which names the run that wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from ctxaudit.errors import CtxauditError
from ctxaudit.forge.client import Refused
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


NEVER = Run(-1, -1)


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


def checked_key(key: str) -> str:
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
    found = [one for one in thread.comments() if one.author == me and one.body.startswith(marker)]
    return sorted(found, key=lambda one: one.id)


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
    newest = max(own, key=lambda one: _run(one.body))
    wanted = newest.body if _run(newest.body) > text.run else body
    done = "unchanged"
    if not _same(first.body, wanted):
        done = _updated(thread, first, wanted)
    for one in extra:
        _gone(thread, one)
    return "left to a newer run" if wanted is not body else done


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
    if any(_run(one.body) > run for one in own):
        return "left to a newer run"
    for one in own:
        _gone(thread, one)
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
    return Run(int(match[1]), int(match[2])) if match else NEVER


def _same(one: str, other: str) -> bool:
    """Whether two comments say the same, whoever wrote them; a forge may change the ends of lines."""
    first, second = (_TRAILER.sub("", text.replace("\r\n", "\n")) for text in (one, other))
    return first == second
