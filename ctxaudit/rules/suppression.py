"""Comments that suppress findings in place: `# ctxaudit: ignore=RULE[,RULE] reason`."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence

from ctxaudit.dockerfile import Dockerfile
from ctxaudit.ignore.file import IgnoreFile
from ctxaudit.model import Finding, Location
from ctxaudit.rules.registry import Facts, Rule, rule
from ctxaudit.secrets.comments import has_ended, until, without_date
from ctxaudit.values import expression, frozen

_COMMENT = expression(r"\s*ctxaudit:\s*ignore\s*=\s*([^\s,]+(?:\s*,\s*[^\s,]+)*)(.*)", re.DOTALL)
_ASKING = frozenset(("COPY", "ADD", "RUN", "FROM", "ONBUILD"))


@frozen
class Suppression:
    """One comment.

    names: of rules or kinds, or globs of them. reason: as written, "" for none, and then it counts for nothing; with
    until=YYYY-MM-DD in it, nothing is silenced after that day.
    covers: the instruction or the pattern below it, None where nothing follows.
    """

    location: Location
    names: tuple[str, ...]
    reason: str
    covers: Location | None

    def suppresses(self, finding: Finding) -> bool:
        """Whether a finding is silenced."""
        if not without_date(self.reason) or self.covers is None or finding.location != self.covers:
            return False
        if has_ended(self.reason):
            return False
        return any(fnmatch.fnmatchcase(one, name) for one in (finding.rule, finding.kind) for name in self.names)


class Suppressions:
    """The comments of one build. unseen: instructions that this build does not ask, so that nothing is idle there."""

    def __init__(self, comments: Sequence[Suppression] = (), unseen: frozenset[Location] = frozenset()) -> None:
        self._comments = comments
        self._unseen = unseen

    def cover(self, finding: Finding) -> bool:
        """Whether some comment silences a finding."""
        return any(comment.suppresses(finding) for comment in self._comments)

    def idle(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Give a finding for each comment that silences none of these."""
        for comment in self._comments:
            if comment.covers not in self._unseen and not any(map(comment.suppresses, findings)):
                yield suppression_idle.finding(_why(comment), location=comment.location)


@rule("suppression-idle", "warning")
def suppression_idle(rule: Rule, facts: Facts) -> Iterator[Finding]:
    """A comment asks to ignore a finding, and no finding is there to suppress.

    `# ctxaudit: ignore=RULE reason` above an instruction of the Dockerfile, or above a pattern of the ignore file,
    silences what is found there. One that is no longer needed hides the next finding that comes along, and one that is
    misspelt or has no reason hides nothing. With until=YYYY-MM-DD in its reason it ends after that day.

    Delete it, or fix its rule's name, its place or its reason.
    """
    # Known only once all other rules have spoken: `Suppressions.idle` gives them.
    yield from ()


def in_ignore_file(ignore: IgnoreFile) -> Iterator[Suppression]:
    """Find the comments of an ignore file; each covers the next pattern."""
    if b"ctxaudit:" not in ignore.data:
        return
    lines = [pattern.line for pattern in ignore.patterns]
    for number, raw in enumerate(ignore.data.split(b"\n"), 1):
        if raw.startswith(b"#"):
            text = raw[1:].decode("utf-8", "backslashreplace")
            yield from _read(text, Location(ignore.name, number), lines)


def in_dockerfile(dockerfile: Dockerfile) -> Iterator[Suppression]:
    """Find the comments of a Dockerfile; each covers the next instruction, one inside an instruction covers none."""
    spans = [(one.line, one.end_line) for one in dockerfile.instructions]
    for number, text in dockerfile.comments:
        if not any(start < number <= end for start, end in spans):
            yield from _read(text, Location(dockerfile.name, number), [start for start, _ in spans])


def unseen(dockerfile: Dockerfile, lines: frozenset[int]) -> frozenset[Location]:
    """Give the instructions that may ask for a context and are not in these lines: another build may ask there."""
    return frozenset(
        Location(dockerfile.name, one.line)
        for one in dockerfile.instructions
        if one.keyword in _ASKING and one.line not in lines
    )


def _read(text: str, location: Location, starts: Sequence[int]) -> Iterator[Suppression]:
    match = _COMMENT.fullmatch(text)
    if match:
        names = tuple(name.strip() for name in match[1].split(","))
        covered = next((start for start in starts if start > location.line), None)
        covers = None if covered is None else Location(location.file, covered)
        yield Suppression(location, names, match[2].strip(), covers)


def _why(comment: Suppression) -> str:
    names = ", ".join(comment.names)
    if not without_date(comment.reason):
        return f"ignore={names} counts for nothing without a reason behind it"
    if comment.covers is None:
        return f"ignore={names} stands above nothing"
    if has_ended(comment.reason):
        return f"ignore={names} ended on {until(comment.reason)}"
    return f"ignore={names} suppresses nothing at line {comment.covers.line}"
