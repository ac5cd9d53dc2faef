"""Paths that git ignores and this disk may lack: another machine has them, and its build is sent them.

Their names and what stands beside them say what they are, so that a clean checkout proposes the same lines as one in
which somebody works.
"""

from __future__ import annotations

import functools
import itertools
import operator
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain
from typing import TYPE_CHECKING

from ctxaudit.errors import PatternError
from ctxaudit.files import LARGEST, read_regular
from ctxaudit.ignore import DockerignorePattern, has_wildcard
from ctxaudit.ignore.file import IgnoreFile, own_lines
from ctxaudit.ignore.matcher import Matcher, Touch, ancestry, places
from ctxaudit.model import EntryType, Finding
from ctxaudit.rules import kinds
from ctxaudit.rules.catalogue import NameKind, catalogue
from ctxaudit.survey.plan import Plan
from ctxaudit.values import LONGEST_PATH, expression, frozen
from ctxaudit.walk import Tree

if TYPE_CHECKING:
    from ctxaudit.proposals.ecosystems import Ecosystems
    from ctxaudit.repository import Repository
    from ctxaudit.repository.ignored import IgnoredLine, IgnoredNames

# The project's own words for what it does not keep: the lines of its `.gitignore` files, as Docker writes them.

_OTHER_CLASS = expression(r"\[(?:[!^]|.*\[:)")  # what Docker reads otherwise, or as one that may hold a slash
_WILDCARD = expression(r"\\.|[*?[]", re.DOTALL)


class ProjectNames:
    """What git ignores in a context by the `.gitignore` files that all machines share.

    prefix: of a context path, seen from the top of the work tree. names: git's own verdicts. patterns: the lines that
    Docker reads the same way, each with the line that it comes from.
    """

    def __init__(self, tree: Tree) -> None:
        repository = tree.repository
        self.prefix = ""
        self.patterns: dict[str, IgnoredLine] = {}
        self.names: IgnoredNames | None = None  # outside of any repository
        if repository is None:
            return
        from ctxaudit.repository.ignored import IgnoredNames

        inside = os.path.relpath(repository.root, repository.home)
        self.prefix = "" if inside == "." else f"{inside}/"
        self.names = IgnoredNames({at: _without_ours(data) for at, data in _files(repository, tree, self.prefix)})
        self.patterns = {
            pattern: line for line in self.names.lines() if (pattern := translated(line, self.prefix)) is not None
        }

    def ignores(self, path: str, *, is_dir: bool) -> bool:
        return self.names is not None and self.names.decides(self.prefix + path, is_dir=is_dir) is not None


def translated(line: IgnoredLine, prefix: str = "") -> str | None:
    """Give the pattern of an ignore file that means what a line of `.gitignore` does; None where none is as simple.

    prefix: of a context path, seen from the top of the work tree. A slash at the end is dropped: Docker cannot tell a
    directory from a file, so that the pattern may mean more.
    """
    text = line.text.removesuffix("/")
    is_placed = "/" in text
    text = text.removeprefix("/").removesuffix("/**")
    above = f"{line.directory}/" if line.directory else ""
    if not is_placed:
        text = f"**/{text}"
    if above.startswith(prefix):
        text = above[len(prefix) :].replace("\\", "\\\\") + text
    elif is_placed and not text.startswith("**/"):
        outer = f"{above}{text}"
        if not outer.startswith(prefix) or _WILDCARD.search(outer[: len(prefix)]):
            return None
        text = outer[len(prefix) :]
    return _as_docker_reads(text)


def _as_docker_reads(text: str) -> str | None:
    """Give a pattern in Docker's dialect; None for what it would read otherwise."""
    if not text.isprintable() or text != text.strip() or _OTHER_CLASS.search(text) or text.startswith("#"):
        return None
    try:
        pattern = DockerignorePattern(text)
    except PatternError:
        return None
    # A pattern of segments is read as both read it; "|", "{" and the like are not. To git `./a` means nothing.
    is_plain = pattern.segments is not None and not pattern.exception and not pattern.refused
    return text if is_plain and pattern.text == text and text.strip("*/") else None


def _without_ours(data: bytes) -> bytes:
    """Omit our own lines of a file that is git's and Docker's: they are not the project's."""
    numbers = own_lines(data)
    return b"\n".join(line for number, line in enumerate(data.split(b"\n"), 1) if number not in numbers)


def _files(repository: Repository, tree: Tree, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Give the files that git reads for a context, by their directories: those above, its own, and tracked ones."""
    from ctxaudit.repository.ignored import FILE, whole

    directories = ["", *prefix.split("/")[:-1]]
    for depth in range(len(directories) - 1):
        above = "/".join(directories[1 : depth + 1])
        path = os.path.join(repository.home, above, FILE)
        yield above, whole(read_regular(path, LARGEST + 1) or b"", os.path.relpath(path))
    for path in dict.fromkeys([FILE, *repository.tracked_named(FILE)]):
        yield os.path.dirname(prefix + path), whole(tree.head(path, LARGEST + 1), path)


_NEW = "a name that no line of .gitignore means but for all names"
_MayBe = tuple[EntryType, NameKind]
_MOST_DIRECTORIES = 2000
_MOST_NAMES = 500
# Endings of files that hold anything, `**/*.json` say: only what is in one tells a secret.
_OF_ANYTHING = expression(r"\*\.(?:json|ya?ml|toml|xml|txt|ini|properties|conf|cfg|env|py|js|sh|asc|config)$")
_TOKEN = expression(r"\\(.)|\[\^?(?:\\)?(.)(?:\\.|[^]\\])*\]|([*?])", re.DOTALL)


@frozen
class Expected:
    """A path that may be there. placed: whether what stands beside it says so, and not its name alone."""

    finding: Finding
    placed: bool


class Expectations:
    """Finds them for the builds of one context.

    directories: those that hold something needed, with which all machines agree.
    """

    def __init__(self, plans: Sequence[Plan], directories: Sequence[str], names: ProjectNames) -> None:
        self._plans = plans
        self._tree: Tree = plans[0].tree
        self._catalogue = catalogue()
        self._directories = sorted({"", *directories}, key=lambda path: (path.count("/"), path))[:_MOST_DIRECTORIES]
        self._names = names
        # Where git ignores any name, that it ignores this one says nothing of what it is.
        self._directories = [
            directory
            for directory in self._directories
            if not names.ignores(f"{directory}/{_NEW}".lstrip("/"), is_dir=False)
        ]
        self._last_names = frozenset(pattern.rpartition("/")[2] for pattern in names.patterns)

    def all(self) -> Iterator[Expected]:
        """Give each path once, those of the catalogue's own names first."""
        patterns = list(self._names.patterns)[:_MOST_NAMES]
        names = dict.fromkeys(chain.from_iterable(_spellings(pattern.rpartition("/")[2]) for pattern in patterns))
        own = [name for name in names if self._catalogue.knows_name(name)]
        seen: set[str] = set()
        for expected in chain(
            chain.from_iterable(map(self._of_name, own)), chain.from_iterable(map(self._of, patterns))
        ):
            if expected.finding.path not in seen:
                seen.add(expected.finding.path)
                yield expected

    def _of_name(self, name: str) -> Iterator[Expected]:
        """Give each place where neighbours say what the name means; of what it means by itself the first place."""
        from ctxaudit.survey.sizes import kinds_at

        first: Expected | None = None
        is_placed = is_known = False
        for directory in self._directories:
            path = f"{directory}/{name}" if directory else name
            is_here = name in self._tree.names(directory)
            is_known = is_known or is_here or self._has_its_place(path)
            if is_here:
                continue
            may_be = list(kinds_at(self._catalogue, self._tree, path))
            if (first is not None or is_known) and not any(kind.placed for _, kind in may_be):
                continue
            sent = self._first_sent(path, may_be)
            if sent is not None and is_known and not sent[1].placed:
                continue
            if sent is None or _OF_ANYTHING.search(sent[1].pattern):
                continue
            type_, kind = sent
            if not kind.placed and not self._ecosystems.may_make(kind.kind.name):
                continue
            if kind.placed:
                is_placed = True
                yield Expected(_finding(path, type_, kind), True)
            first = first or Expected(_finding(path, type_, kind), False)
        if first is not None and not is_placed:
            yield first

    def _has_its_place(self, path: str) -> bool:
        """Whether an instruction asks for the path, or the user's own line excludes it: one elsewhere is a guess."""
        from ctxaudit.survey.sizes import is_named

        return any(is_named(plan.uses, path) or plan.matcher.excludes(path) for plan in self._plans)

    @functools.cached_property
    def _ecosystems(self) -> Ecosystems:
        from ctxaudit.proposals.ecosystems import Ecosystems

        return Ecosystems(chain.from_iterable(map(self._tree.names, self._directories)))

    def _of(self, pattern: str) -> Iterator[Expected]:
        """Give a path that the pattern means, where its name alone says what it is."""
        parent, _, last = pattern.rpartition("/")
        directory = "" if parent == "**" else parent.removesuffix("/**")
        if has_wildcard(directory) or self._catalogue.knows_name(last):
            return
        # The shortest name first: of `*.log` `.log` is nobody's file, `x.log` is; of `.env*` `.env` is the one.
        for star in ("", "x"):
            name = sample(last, star)
            path = f"{directory}/{name}" if directory else name
            known = self._at(path) if name and name not in self._tree.names(directory) else None
            if has_wildcard(last) and known is not None and self._says_otherwise(known[1]):
                return
            if known is not None and self._is_expected(known[1]):
                yield Expected(_finding(path, *known), False)
                return

    def _is_expected(self, kind: NameKind) -> bool:
        return not kind.placed and _is_known_by_name(kind) and self._ecosystems.may_make(kind.kind.name)

    def _says_otherwise(self, kind: NameKind) -> bool:
        """Whether git also ignores the directory of such files: Python writes bytecode into `__pycache__` alone."""
        return kind.kind.name == "python-bytecode" and "__pycache__" in self._last_names

    def _at(self, path: str) -> _MayBe | None:
        """What a path would be that git ignores and a build is sent."""
        from ctxaudit.survey.sizes import kinds_at

        return self._first_sent(path, kinds_at(self._catalogue, self._tree, path))

    def _first_sent(self, path: str, may_be: Iterable[_MayBe]) -> _MayBe | None:
        for type_, kind in may_be:
            if self._names.ignores(path, is_dir=type_ == "dir") and self._is_sent(path, type_):
                return type_, kind
        return None

    def _is_sent(self, path: str, type_: EntryType) -> bool:
        probe = f"{path}/x" if type_ == "dir" else path
        return any(plan.sends(probe) for plan in self._plans)


def _spellings(name: str) -> list[str]:
    """Give a name, and for one with classes such as `[Bb]in` what it is called on most machines."""
    return [name, sample(name).lower()] if "[" in name else [name]


def sample(pattern: str, star: str = "x") -> str:
    """Give a path that a pattern with wildcards matches; *star* stands for each `*`."""
    return _TOKEN.sub(lambda match: match[1] or match[2] or (star if match[3] == "*" else "x"), pattern)


def _is_known_by_name(kind: NameKind) -> bool:
    """Whether all files of such a name are of the kind, or may be secrets; a program or a database may be needed."""
    is_made_anew = kind.kind.name in ("tsbuildinfo", "python-bytecode", "python-egg-info")
    may_be_used = kind.kind.category in ("build output", "big files", "databases", "dependencies")
    # For a secret the safe side is to exclude; for what may be used it is to keep.
    may_be_secret = kind.kind.severity == "error" and not _OF_ANYTHING.search(kind.pattern)
    return may_be_secret or (kind.certain and (is_made_anew or not may_be_used))


def _finding(path: str, type_: EntryType, kind: NameKind) -> Finding:
    return Finding(
        rule=kind.kind.name,
        kind=kind.kind.name,
        severity=kind.kind.severity,
        path=path,
        type=type_,
        files=0,
        bytes=0,
        reach="sent",
        location=None,
        message=f"{path} is git-ignored",
        evidence=kind.kind.evidence.words,
        pattern=kind.pattern,
    )


# What lines of `.gitignore` with "!" keep in git, on this disk or not: no line of an ignore file may close it.
#
#     /data/*
#     !/data/keep.json
#
# The first line is a line to propose; the second one says that what is committed later is needed.

_NO_NAME = (
    "\n"  # stands for a wildcard: no line of an ignore file can name such a path, so that none is closed around it
)


@frozen
class TakenBack:
    """A path that a line takes back.

    path: of the context; for a line with a wildcard one that it means, and that no line of an ignore file can name.
    is_name: whether it is the path that the line writes. where: "file:line". written: the line.
    """

    path: str
    is_name: bool
    where: str
    written: str


def taken_back(names: ProjectNames) -> Iterator[TakenBack]:
    """Give what git does not ignore, as one of the lines says so."""
    if names.names is None:
        return
    opened = dict.fromkeys(path for line in names.names.lines() if (path := _opened(line, names.prefix)))
    anywhere = [DockerignorePattern(pattern) for pattern in names.patterns if pattern.startswith("**/")]
    for line in names.names.taken_back():
        pattern = translated(line, names.prefix)
        if pattern is None:
            continue
        is_name = "/" not in line.text.removesuffix("/")
        name = pattern.replace("**/", "", 1) if is_name else pattern
        places = [name]
        if is_name and pattern.startswith("**/") and not any(pattern.matches(_path(name)) for pattern in anywhere):
            # What another name anywhere excludes is taken back anywhere, and the root stands for all places.
            places = [f"{directory}/{name}" for directory in opened]
        for path in dict.fromkeys(map(_path, places)):
            # A directory counts if git sees what is in it.
            probe = f"{path}/{_NO_NAME}" if line.text.endswith("/") else path
            if not names.ignores(probe, is_dir=False):
                where = f"{os.path.join(line.directory, '.gitignore')}:{line.number}"
                yield TakenBack(path, _NO_NAME not in path, where, f"!{line.text}")


def _opened(line: IgnoredLine, prefix: str) -> str:
    """The directory whose entries a line excludes one by one, so that another can take one back; "" for none."""
    start = next((line.text.removesuffix(end) for end in ("/**", "/*") if line.text.endswith(end)), "")
    path = translated(line._replace(text=f"/{start.lstrip('/')}"), prefix) if start else None
    return path if path and not has_wildcard(path) else ""


def _path(pattern: str) -> str:
    """A path that the pattern means."""
    path = sample(pattern, _NO_NAME)
    if has_wildcard(pattern) and _NO_NAME not in path:
        path = f"{path.rpartition('/')[0]}/{_NO_NAME}".lstrip("/")
    return path


# A long block in groups, each below a short comment that says what it excludes.

LONG = 10  # lines that are read without headings
_OTHER = "other"
_SECRETS = "secrets"  # the last, so that nothing below brings one back
_ORDER = [
    *(category for category in dict.fromkeys(kind.category for kind in kinds.ALL) if category != _SECRETS),
    _OTHER,
    _SECRETS,
]
_HEADINGS = frozenset(f"# {category}" for category in _ORDER)


def grouped(lines: Sequence[str], *, for_cache: bool) -> list[str]:
    """Put the lines of a category together, each with the exceptions to it; in the order given where they are few.

    for_cache: whether `--for-cache` was asked for, which the headings of its groups say from then on.
    """
    if "*" in lines or (len(lines) <= LONG and not (for_cache and any(map(_is_for_cache, lines)))):
        return list(lines)
    units: list[list[str]] = []
    for line in lines:
        if units and line.startswith("!"):
            units[-1].append(line)
        else:
            units.append([line])
    if len(lines) <= LONG:
        units.sort(key=lambda unit: _ORDER.index(_category(unit[0])) if _is_for_cache(unit[0]) else -1)
    else:
        units.sort(key=lambda unit: _ORDER.index(_heading(unit[0], for_cache=for_cache)))
    return [line for unit in units for line in unit]


def headings(lines: Sequence[str], *, for_cache: bool) -> dict[str, str]:
    """Give the comment above the first line of each group; none for few lines, or for lines in another order."""
    if list(lines) != grouped(lines, for_cache=for_cache):
        return {}
    first_lines: dict[str, str] = {}
    for line in lines:
        # What only the builder or CI reads stands below a heading however few lines there are.
        if not line.startswith("!") and (len(lines) > LONG or (for_cache and _is_for_cache(line))):
            first_lines.setdefault(f"# {_heading(line, for_cache=for_cache)}", line)
    return {line: heading for heading, line in first_lines.items()}


def _heading(line: str, *, for_cache: bool) -> str:
    """Give the group of a line; one of `--for-cache` would ask for more of it the next time."""
    return _OTHER if _is_for_cache(line) and not for_cache else _category(line)


def _is_for_cache(line: str) -> bool:
    return not line.startswith("!") and _category(line) in kinds.NOT_PROPOSED


@functools.lru_cache(maxsize=4096)
def _category(line: str) -> str:
    """What a line is about, by its name alone: the same on every machine."""
    by_text = next((kind.category for kind in kinds.ALL if line in kind.patterns), None)
    paths = [sample(line.removeprefix("**/"), star) for star in ("x", "")]
    by_path = (kind.category for path in paths if (kind := catalogue(for_cache=True).named(path)))
    return by_text or next(by_path, _OTHER)


# The lines that our block already has, whoever wrote them: other machines may need those that this one does not.

_ANY_NAME = "\u4e41\u4e41\u4e41"  # a name that only a wildcard matches
_ANY_CHARACTER = "\u4e41"
_MOST_SAMPLES = 64
_DEEPEST_SAMPLE = 64  # names; each line is held against each other one
_BLOCK_TOKEN = expression(r"\\.|\[(?:\\.|[^]\\])*\]|[*?]|[^*?\[\\]+", re.DOTALL)


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
        # What stands around it is the builder's to read, and may be no pattern of Docker's.
        lines = (line if at in numbers else b"" for at, line in enumerate(data.split(b"\n"), 1))
        patterns = {pattern.line: pattern for pattern in IgnoreFile.read(name, b"\n".join(lines)).patterns}
        written: dict[str, str] = {}
        comments: dict[str, tuple[str, ...]] = {}
        above: list[str] = []
        for number, line in enumerate(data.split(b"\n")[numbers.start : numbers.stop - 2], numbers.start + 1):
            text = line.decode("utf-8", "surrogateescape").removesuffix("\r")
            if number in patterns:
                written[patterns[number].written] = text
                comments[patterns[number].written] = tuple(above)
                above = []
            elif text.startswith("#") and text not in _HEADINGS:
                above.append(text)
        return cls(tuple(patterns.values()), written, comments)


def without(lines: Sequence[str], path: str, dialects: Iterable[type[Matcher]] = (Matcher,)) -> list[str]:
    """Take out the last line that excludes a path, and the exceptions that were about this line alone.

    dialects: how the builders read the lines; for one of them at least some line excludes the path.
    """
    patterns = [DockerignorePattern(line) for line in lines]
    exclusions = [at for at, pattern in enumerate(patterns) if not pattern.exception]
    read = {at: [dialect.line(lines[at]) for dialect in dialects] for at in exclusions}
    # The last match decides, so that the last one is to blame.
    matching = (
        at
        for at, each in read.items()
        if any(pattern and any(map(pattern.matches, ancestry(path))) for pattern in each)
    )
    at = max(matching, default=exclusions[-1])
    others = Matcher([pattern for pattern in patterns if not pattern.exception and pattern is not patterns[at]])

    def stays(number: int) -> bool:
        pattern = patterns[number]
        is_about_it = number > at and pattern.exception and may_meet(pattern, patterns[at])
        return number != at and not (is_about_it and not any(map(others.excludes, _samples(pattern.text))))

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
    repeats = Repeats([*user, *map(DockerignorePattern, lines)])
    for at in reversed(range(len(user), len(repeats.patterns))):
        if repeats.has(at):
            repeats.remove(at)
    return [repeats.patterns[at].written for at in repeats.there if at >= len(user)]


class Repeats:
    """Which of some lines exclude what another one does, on any disk. there: those that are left, by their places."""

    def __init__(self, patterns: Sequence[DockerignorePattern]) -> None:
        self.patterns = patterns
        self.there = dict.fromkeys(range(len(patterns)))
        self._touch = Touch(Matcher(patterns))
        self._same = defaultdict[str, int](int)
        for at, pattern in enumerate(patterns):
            self._same[pattern.text] |= 1 << at

    def remove(self, at: int) -> None:
        del self.there[at]

    def has(self, at: int) -> bool:
        """Whether another line that is left excludes all that one does."""
        pattern = self.patterns[at]
        if pattern.exception:
            return False
        # Of thousands of lines few match what another one does.
        near = places(_matching(self._touch, pattern.text) | self._same[pattern.text])
        covering = [
            number
            for number in near
            if number in self.there and number != at and covers(self.patterns[number], pattern)
        ]
        if any(number > at for number in covering):
            return True
        return any(not is_disturbed(self.patterns, number, at) for number in reversed(covering))


def is_disturbed(patterns: Sequence[DockerignorePattern], first: int, last: int) -> bool:
    """Whether an exception between two lines may take back what the second one excludes."""
    return any(other.exception and may_meet(other, patterns[last]) for other in patterns[first + 1 : last])


def _matching(touch: Touch, text: str) -> int:
    """Give a bit for each line that matches all that a pattern may match: of another text, no other one covers it."""
    samples = _samples(text)
    return functools.reduce(operator.and_, map(touch.bits, samples)) if samples else 0


def covers(wide: DockerignorePattern, narrow: DockerignorePattern) -> bool:
    """Whether an exclusion excludes all that another one does, on any disk."""
    if wide.exception:
        return False
    if wide.text == narrow.text:
        return True
    if wide.segments is None or narrow.segments is None:
        return False
    samples = _samples(narrow.text)
    return bool(samples) and all(_matches(wide, sample) for sample in samples)


def may_meet(first: DockerignorePattern, other: DockerignorePattern) -> bool:
    """Whether two patterns may be about the same path; True where that is not known."""
    if first.segments is None or other.segments is None:
        return True
    pairs = ((first, _samples(other.text)), (other, _samples(first.text)))
    return any(not samples or any(_matches(pattern, sample) for sample in samples) for pattern, samples in pairs)


def _matches(pattern: DockerignorePattern, path: str) -> bool:
    return any(map(pattern.matches, ancestry(path)))


@functools.lru_cache(maxsize=4096)
def _samples(text: str) -> tuple[str, ...]:
    """Paths that a pattern matches, one for each way to read its wildcards; none where there are too many, or deep."""
    if len(text) > LONGEST_PATH or text.count("/") >= _DEEPEST_SAMPLE:
        return ()
    choices = [list(_readings(segment)) for segment in text.split("/")]
    paths = itertools.islice(itertools.product(*choices), _MOST_SAMPLES + 1)
    joined = ["/".join(filter(None, path)) for path in paths]
    return tuple(dict.fromkeys(filter(None, joined))) if len(joined) <= _MOST_SAMPLES else ()


def _readings(segment: str) -> Iterator[str]:
    """The names, or directories, that one segment of a pattern may stand for."""
    if segment == "**":
        yield from ("", _ANY_NAME, f"{_ANY_NAME}/{_ANY_NAME}")
        return
    parts = [list(_characters(token)) for token in _BLOCK_TOKEN.findall(segment)]
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
