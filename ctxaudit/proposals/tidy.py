"""Tidying hand-written lines of an ignore file, as far as it is proved to lose nothing and to let nothing in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ctxaudit.builders import BUILDERS
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import BuilderName
from ctxaudit.proposals import Ground
from ctxaudit.proposals.block import is_repeated, may_meet
from ctxaudit.proposals.claims import Inquiry, claims
from ctxaudit.proposals.proof import Check
from ctxaudit.survey.plan import Plan
from ctxaudit.walk import includes

# The rules whose replacement lines are certain; what is a guess, or a matter of order, is left to the writer.
TIDIED = frozenset(
    (
        *("unanchored-pattern", "inline-comment", "indented-comment", "slash-comment", "duplicate-pattern"),
        *("redundant-pattern", "dead-exception", "pattern-matches-nothing", "watch-syncs-ignored"),
    )
)

# Those of them that ask this disk: what no file is called today may be the name of one tomorrow.
OF_THIS_DISK = frozenset(("redundant-pattern", "dead-exception", "pattern-matches-nothing"))

Replacements = Mapping[int, tuple[str, ...]]


def tidied(grounds: Sequence[Ground], others: Sequence[Plan], name: str, data: bytes) -> bytes:
    """Give the user's lines with what the rules would write in their place; comments stay above the line that follows.

    data: the file without our block, as all grounds have it. A change that loses something needed, or lets in what the
    file excludes, is not made; the others are.
    """
    replacements = _replacements(grounds, name)
    wanted = _Wanted(grounds, others, name)
    if wanted.holds(new := rewritten(data, replacements)):
        return new
    kept: dict[int, tuple[str, ...]] = {}
    for line, replacement in replacements.items():
        if wanted.holds(rewritten(data, {**kept, line: replacement})):
            kept[line] = replacement
    return rewritten(data, kept)


def rewritten(data: bytes, replacements: Replacements) -> bytes:
    """Put other lines in the place of some, by their number; each ends as the old one did, and all else stays."""
    lines = data.split(b"\n")
    result: list[bytes] = []
    for number, line in enumerate(lines, 1):
        if number not in replacements:
            result.append(line)
            continue
        start = b"\xef\xbb\xbf" * (number == 1 and line.startswith(b"\xef\xbb\xbf"))
        end = b"\r" * line.endswith(b"\r")
        new = [text.encode("utf-8", "surrogateescape") + end for text in replacements[number]]
        result += [start + new[0], *new[1:]] if new else [start] if start else []
    return b"\n".join(result)


class _Wanted:
    """What other lines have to keep: all that is needed, and out of the context what is out of it for a builder."""

    def __init__(self, grounds: Sequence[Ground], others: Sequence[Plan], name: str) -> None:
        self._plan = grounds[0].plan
        self._name = name
        self._claimed = claims(Inquiry(grounds, others))
        excluded = dict.fromkeys(path for ground in grounds for path in ground.survey.excluded)
        names = [builder.name for builder in self._plan.build.proved]
        self._out = {name: list(self._outside(name, self._plan.matcher, excluded)) for name in names}

    def holds(self, data: bytes) -> bool:
        builder = self._plan.build.builder
        base = builder.dialect.of_lines(builder.read(self._name, data).patterns)
        dropped = Check(self._plan, self._claimed, (), base).dropped(())
        return next(dropped, None) is None and all(
            len(paths) == sum(1 for _ in self._outside(name, base, paths)) for name, paths in self._out.items()
        )

    def _outside(self, builder: BuilderName, matcher: Matcher, paths: Iterable[str]) -> Iterator[str]:
        """Give the paths that a builder is not sent; the content of one that it is sent may still be refused."""
        selection = BUILDERS[builder].select(matcher, None, "", False)
        # A tidied file must exclude exactly as much as before, by each builder's own walk.
        return (path for path in paths if not includes(selection, path))


def _replacements(grounds: Sequence[Ground], name: str) -> Replacements:
    """The lines to write, by number; what only one of several builds finds is not certain."""
    first, *rest = (dict(_replacements_of(ground, name)) for ground in grounds)
    return {
        line: replacement
        for line, replacement in first.items()
        if all(other.get(line) == replacement for other in rest)
    }


def _replacements_of(ground: Ground, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    for finding in ground.survey.findings():
        at = finding.location
        if finding.rule not in TIDIED or finding.replacement is None or at is None or at.file != name:
            continue
        # What matches nothing here may match on another disk; a line goes only where no disk can need it.
        is_deletion = finding.rule in OF_THIS_DISK and not finding.replacement
        if not is_deletion or _is_idle_anywhere(ground.plan.matcher.patterns, at.line):
            yield at.line, finding.replacement


def _is_idle_anywhere(patterns: Sequence[DockerignorePattern], line: int) -> bool:
    """Whether a line changes nothing on any disk, as the other lines say."""
    at = next((at for at, pattern in enumerate(patterns) if pattern.line == line), None)
    if at is None:
        return False
    if patterns[at].exception:
        return not any(may_meet(other, patterns[at]) for other in patterns[:at] if not other.exception)
    return is_repeated(patterns, at)
