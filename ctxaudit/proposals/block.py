"""The lines that our block already has, whoever wrote them: other machines may need those that this one does not."""

from __future__ import annotations

import functools
import itertools
import operator
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.file import IgnoreFile, own_lines
from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.proposals.headings import HEADINGS
from ctxaudit.proposals.smallest import Touch, places
from ctxaudit.values import expression, frozen

_ANY_NAME = "\u4e41\u4e41\u4e41"  # a name that only a wildcard matches
_ANY_CHARACTER = "\u4e41"
_MOST_SAMPLES = 64
_TOKEN = expression(r"\\.|\[(?:\\.|[^]\\])*\]|[*?]|[^*?\[\\]+", re.DOTALL)


@frozen
class Block:
    """A block as it stands in the file.

    written: the line of each pattern, as it was typed. comments: those above a pattern.
    """

    patterns: tuple[DockerignorePattern, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, data: bytes) -> Block:
        """Read the block of an ignore file; an empty one where the file has none."""
        numbers = own_lines(data)
        if not numbers:
            return cls()
        patterns = {one.line: one for one in IgnoreFile.read(name, data).patterns if one.line in numbers}
        written: dict[str, str] = {}
        comments: dict[str, tuple[str, ...]] = {}
        above: list[str] = []
        for number, line in enumerate(data.split(b"\n")[numbers.start : numbers.stop - 2], numbers.start + 1):
            text = line.decode("utf-8", "surrogateescape").removesuffix("\r")
            if number in patterns:
                written[patterns[number].written] = text
                comments[patterns[number].written] = tuple(above)
                above = []
            elif text.startswith("#") and text not in HEADINGS:
                above.append(text)
        return cls(tuple(patterns.values()), written, comments)


def without(lines: Sequence[str], path: str, dialects: Iterable[type[Matcher]] = (Matcher,)) -> list[str]:
    """Take out the last line that excludes a path, and the exceptions that were about this line alone.

    dialects: how the builders read the lines; for one of them at least some line excludes the path.
    """
    patterns = [DockerignorePattern(line) for line in lines]
    exclusions = [at for at, one in enumerate(patterns) if not one.exception]
    read = {at: [dialect.line(lines[at]) for dialect in dialects] for at in exclusions}
    # The last match decides, so that the last one is to blame.
    matching = (at for at, each in read.items() if any(one and any(map(one.matches, ancestry(path))) for one in each))
    at = max(matching, default=exclusions[-1])
    others = Matcher([one for one in patterns if not one.exception and one is not patterns[at]])

    def stays(number: int) -> bool:
        one = patterns[number]
        is_about_it = number > at and one.exception and may_meet(one, patterns[at])
        return number != at and not (is_about_it and not any(map(others.excludes, _samples(one.text))))

    return [line for number, line in enumerate(lines) if stays(number)]


def merged(block: Sequence[str], lines: Sequence[str], *, allow: bool) -> list[str]:
    """Put new lines below those that stay; an allow-list's exceptions stand above what is excluded again."""
    if not allow:
        return [*block, *lines]
    # `*` first, then what it opens, then what is excluded again: any other order undoes one of them.
    both = dict.fromkeys(["*", *lines, *block])
    return sorted(both, key=lambda line: line != "*" and 1 + (not line.startswith("!")))


def without_repeats(user: Sequence[DockerignorePattern], lines: Sequence[str]) -> list[str]:
    """Take out each line whose every path another line excludes, the user's own or one of these."""
    patterns = [*user, *map(DockerignorePattern, lines)]
    touch, same = Touch(Matcher(patterns)), defaultdict[str, int](int)
    for at, one in enumerate(patterns):
        same[one.text] |= 1 << at
    there = dict.fromkeys(range(len(patterns)))
    for at in reversed(range(len(user), len(patterns))):
        # Of thousands of lines few match what another one does.
        near = places(_matching(touch, patterns[at].text) | same[patterns[at].text])
        if is_repeated(patterns, at, [number for number in near if number in there]):
            del there[at]
    return [patterns[at].written for at in there if at >= len(user)]


def is_repeated(patterns: Sequence[DockerignorePattern], at: int, others: Iterable[int] | None = None) -> bool:
    """Whether another line excludes all that one does, on any disk; others: which may, all that is left of them."""
    one = patterns[at]
    if one.exception:
        return False
    near = range(len(patterns)) if others is None else others
    covering = [number for number in near if number != at and _covers(patterns[number], one)]
    if any(number > at for number in covering):
        return True
    return any(not _disturbed(patterns, number, at) for number in reversed(covering))


def _disturbed(patterns: Sequence[DockerignorePattern], first: int, last: int) -> bool:
    """Whether an exception between two lines may take back what the second one excludes."""
    return any(other.exception and may_meet(other, patterns[last]) for other in patterns[first + 1 : last])


def _matching(touch: Touch, text: str) -> int:
    """Give a bit for each line that matches all that a pattern may match: of another text, no other one covers it."""
    samples = _samples(text)
    return functools.reduce(operator.and_, map(touch.bits, samples)) if samples else 0


def _covers(wide: DockerignorePattern, narrow: DockerignorePattern) -> bool:
    """Whether an exclusion excludes all that another one does, on any disk."""
    if wide.exception:
        return False
    if wide.text == narrow.text:
        return True
    if wide.segments is None or narrow.segments is None:
        return False
    samples = _samples(narrow.text)
    return bool(samples) and all(_matches(wide, sample) for sample in samples)


def may_meet(one: DockerignorePattern, other: DockerignorePattern) -> bool:
    """Whether two patterns may be about the same path; True where that is not known."""
    if one.segments is None or other.segments is None:
        return True
    pairs = ((one, _samples(other.text)), (other, _samples(one.text)))
    return any(not samples or any(_matches(pattern, sample) for sample in samples) for pattern, samples in pairs)


def _matches(pattern: DockerignorePattern, path: str) -> bool:
    return any(map(pattern.matches, ancestry(path)))


@functools.lru_cache(maxsize=4096)
def _samples(text: str) -> tuple[str, ...]:
    """Paths that a pattern matches, one for each way to read its wildcards; none where there are too many."""
    choices = [list(_readings(segment)) for segment in text.split("/")]
    paths = itertools.islice(itertools.product(*choices), _MOST_SAMPLES + 1)
    found = ["/".join(filter(None, path)) for path in paths]
    return tuple(dict.fromkeys(filter(None, found))) if len(found) <= _MOST_SAMPLES else ()


def _readings(segment: str) -> Iterator[str]:
    """The names, or directories, that one segment of a pattern may stand for."""
    if segment == "**":
        yield from ("", _ANY_NAME, f"{_ANY_NAME}/{_ANY_NAME}")
        return
    parts = [list(_characters(token)) for token in _TOKEN.findall(segment)]
    yield from ("".join(names) for names in itertools.islice(itertools.product(*parts), _MOST_SAMPLES + 1))


def _characters(token: str) -> Iterator[str]:
    if token == "*":
        yield from ("", _ANY_NAME)
    elif token == "?":
        yield _ANY_CHARACTER
    elif token.startswith("["):
        yield from sorted(set(re.sub(r"\\(.)|-", r"\1", token[1:-1].removeprefix("^"))) or {_ANY_CHARACTER})
        if token.startswith("[^"):
            yield _ANY_CHARACTER
    else:
        yield token.removeprefix("\\") if len(token) == 2 and token.startswith("\\") else token
