"""gcloud (`gcloud builds submit`, `gcloud run deploy --source`): what is uploaded; docker's own rules come later.

Source: Google Cloud SDK, googlecloudsdk/command_lib/util/gcloudignore.py and glob.py.

A link is uploaded as what it leads to, which is counted as the link alone here.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from ctxaudit.builders.base import NoBytes, PathSelection, Reader
from ctxaudit.errors import PatternError
from ctxaudit.ignore import DockerignorePattern, Kind
from ctxaudit.ignore.dialect import DialectMatcher, DialectPattern
from ctxaudit.ignore.matcher import Matcher, Step, Trail, ancestry
from ctxaudit.values import expression

NAME, _GIT_FILE = ".gcloudignore", ".gitignore"
_OWN = (NAME, ".git", _GIT_FILE)
_INCLUDE = "!include:"
_TOKEN = expression(r"(?s)\\.|.")
_ODD_BACKSLASHES = expression(r"(?<!\\)\\(?:\\\\)*$")


def made(names: frozenset[str]) -> bytes:
    """Give the ignore file that gcloud makes for a directory that has no own one, b"" if it makes none.

    names: what is in the directory.
    """
    if not names & {".git", _GIT_FILE}:
        return b""
    lines = [*_OWN, f"#!include:{_GIT_FILE}"] if _GIT_FILE in names else [*_OWN]
    return "".join(f"{line}\n" for line in lines).encode()


class Pattern(DialectPattern):
    """A pattern of gcloud: names from right to left, each as Python's fnmatch has it; an escape means nothing.

    only_directories: it ends in "/".
    """

    __slots__ = ("_known", "only_directories")

    def _read(self, pattern: str) -> tuple[str, bool]:
        exception = pattern.startswith("!")
        text = pattern[exception:]
        self.only_directories = text.endswith("/")
        text = _without_spaces(text.removesuffix("/"))
        if _ODD_BACKSLASHES.search(text):
            return "", False
        return re.sub(r"\\([^\\])", r"\1", text).replace("\\\\", "\\"), exception

    def _translated(self) -> tuple[Kind, str]:
        return "regexp", "["  # it is no regular expression

    @property
    def refused(self) -> bool:
        return False

    @property
    def written(self) -> str:
        return super().written + "/" * self.only_directories

    def _test(self) -> Callable[[str], bool]:
        # Several `**` in a row mean what one does.
        parts = tuple(
            part
            for part, above in itertools.pairwise((*self.text.split("/")[::-1], ""))
            if part != "**" or above != "**"
        )[::-1]
        return lambda path: _Match(path).holds(parts, path.count("/") + 1)

    def reaches_below(self, directory: str) -> bool:
        return True


class _Match:
    """One path, asked of the parts of a pattern from the right; each question is answered once."""

    def __init__(self, path: str) -> None:
        self._names = path.split("/")
        self.holds = functools.cache(self._holds)

    def _holds(self, parts: tuple[str, ...], left: int | None) -> bool:
        """Whether the parts match the first *left* names; None where even the empty path before them is used up."""
        while parts and left is not None:
            *rest, part = parts
            if part == "**":
                # It matches from the root on: an empty part at the start stands for that.
                anchored = tuple(rest) if rest[:1] == [""] else ("", *rest)
                return any(self.holds(anchored, count) for count in range(left + 1))
            above = "/".join(self._names[: left - 1]) if left else ""
            # NOTE: below a directory of one letter gcloud lets `*` match still.
            if part == "*" and not rest and len(above) > 1:
                return False
            if not fnmatchcase(self._names[left - 1] if left else "", part):
                return False
            parts, left = tuple(rest), left - 1 if left else None
        return not parts


def _without_spaces(line: str) -> str:
    """Drop the spaces at the end that are not escaped, and the backslash of those that are."""
    tokens = _TOKEN.findall(line)
    while tokens and tokens[-1] == " ":
        tokens.pop()
    return "".join(tokens).replace("\\ ", " ")


class Dialect(DialectMatcher):
    """The lines of `.gcloudignore`: nothing below an excluded directory comes back."""

    pattern = Pattern

    @classmethod
    def lines(cls, raw: str) -> list[str]:
        return raw.splitlines()

    @classmethod
    def line(cls, raw: str, file: str = "", number: int = 0) -> DockerignorePattern | None:
        if raw.startswith("#"):
            return None
        pattern = Pattern(raw, file=file, line=number, raw=raw)
        return pattern if pattern.text else None

    def _carried(self, inherited: int, hits: int, path: str) -> int:
        above = self.last_of(inherited)
        return inherited if above is not None and not above.exception else super()._carried(inherited, hits, path)

    def is_uniform_below(self, trail: Trail) -> bool:
        return trail.excluded or not self.exclusions

    def excludes(self, path: str) -> bool:
        return self.trail(path).excluded

    def steps(self, path: str) -> Iterator[Step]:
        """Give every pattern that matches *path* or a directory above it."""
        for pattern in self.patterns:
            at = next(filter(pattern.matches, ancestry(path)), None)
            if at is not None:
                yield Step(pattern, at, skipped=False)


def parse(name: str, data: bytes, beside: Callable[[str], bytes | None]) -> tuple[DockerignorePattern, ...]:
    """Compile an ignore file with those that it includes, once; raises PatternError where gcloud fails.

    beside: reads a file of the same directory.
    """
    patterns: list[DockerignorePattern] = []
    for number, row in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        for line in Dialect.lines(row):
            directive = line[1:].lstrip() if line.startswith("#") else ""
            if directive.startswith(_INCLUDE):
                patterns += _included(name, number, directive.removeprefix(_INCLUDE), beside)
            elif pattern := Dialect.line(line, name, number if name else 0):
                patterns.append(pattern)
    return tuple(patterns)


def _included(
    name: str, number: int, other: str, beside: Callable[[str], bytes | None]
) -> tuple[DockerignorePattern, ...]:
    where = f"{name}:{number}" if name else None
    if "/" in other:
        raise PatternError(
            "May only include files in the same directory.", where=where, source=other, fix="name a file beside it"
        )
    data = beside(other)
    if data is None:
        raise PatternError(f"Could not read ignore file [{other}]", where=where, fix="make the file, or drop the line")
    return Dialect.parse(os.path.normpath(os.path.join(os.path.dirname(name), other)), data)


class Selection(PathSelection):
    """What is uploaded."""

    def __init__(
        self,
        exclude: Matcher,
        include: Matcher | None,
        dockerfile: str,
        wide: bool,
        kind: Callable[[str], str | None] | None = None,
    ) -> None:
        super().__init__(exclude, None, wide)
        self._kind = kind
        self._lines = tuple((pattern, getattr(pattern, "only_directories", False)) for pattern in exclude.patterns)
        self._doubtful = tuple(pattern for pattern, is_narrow in self._lines if is_narrow)

    def takes(self, path: str) -> bool | None:
        """Decide about a file whose name stands in a line that ends in "/"."""
        if (
            self._kind is None
            or not any(pattern.matches(path) for pattern in self._doubtful)
            or self._kind(path) == "dir"
        ):
            return None
        by = next((line for line, is_narrow in reversed(self._lines) if not is_narrow and line.matches(path)), None)
        return by is None or by.exception


Receiver = Reader
Scale = NoBytes
