"""One pattern of an ignore file, translated as moby/patternmatcher translates it, quirks and all.

Source: moby/patternmatcher 5a6d842, `New` and `Pattern.compile`, on a "/" system.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Literal

import pathspec.util
import re2
from pathspec.pattern import Pattern, RegexPattern

from ctxaudit.errors import PatternError
from ctxaudit.ignore import go_path
from ctxaudit.values import expression

Kind = Literal["exact", "prefix", "suffix", "regexp"]

SYNTAX_ERROR = "syntax error in pattern"
BARE_EXCEPTION = 'illegal exclusion pattern: "!"'

_TOKEN = expression(r"\*\*/?|\\.|.", re.DOTALL)
# NOTE: moby means to escape | { } too, but its bitmap of 8 x 8 bits drops all above "?"; neither do we.
_REGEX = {"*": "[^/]*", "?": "[^/]", **{char: "\\" + char for char in ".+()$"}}
_SPECIAL = expression(r"[*?\[\]\\/|{}^\ufffd\ud800-\udfff]")
_MAKES_REGEXP = frozenset("*?[]")
# Escapes of ASCII punctuation (Go refuses those of other letters), classes of plain members that cannot hold "/", and
# nothing else that could reach across a "/" or mean other bytes.
_ALIGNED = expression(
    r"(?:\\[^\w\s/\x80-\U0010ffff]|\[[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*\]|[^\\\[\]|{}^\ufeff\ufffd\ud800-\udfff])*",
    re.ASCII,
)
# Segments that stand for directories: of any names, or, in a pattern that Go compiles, of names without a newline.
ANY_DEPTH, LINES_DEPTH = "**", "**/"
_UNCOMPILED = object()
_MOST_KEPT = 16_384  # patterns: more than a large ignore file has, whose lines a proposal asks again in ten lists
WILDCARD = expression(r"[*?\[\]\\]")  # what a segment holds that is more than its own text


class DockerignorePattern(RegexPattern):
    """A pattern as `patternmatcher.New` keeps it, on pathspec's own seam, compiled by RE2.

    `include` follows pathspec: True for a pattern that excludes from the context, False for a `!` exception, None for
    an empty one. A pattern that Go compiles only when it is asked, and then refuses (`[c-a]`, `\\e`), is kept, and
    raises when it is asked: whether Docker fails depends on the order of evaluation.

    segments: what the names of a path must be, one after the other, for an automaton; None for a pattern that is not
    made of segments (`a**b`, `**foo`, a class that may hold "/", an alternation) or is refused: only RE2 can tell.
    raw: the line as it stands in the file, which another program may read otherwise.
    """

    __slots__ = ("_regex", "_source", "exception", "file", "kind", "line", "matches", "raw", "segments", "text")

    def __init__(
        self, pattern: str, include: bool | None = None, *, file: str = "", line: int = 0, raw: str | None = None
    ) -> None:
        self.file = file
        self.line = line
        self.raw = pattern if raw is None else raw
        self.text, self.exception = self._read(pattern)
        self.kind, self._source = self._translated()
        self._regex: Any = _UNCOMPILED
        Pattern.__init__(self, (not self.exception) if self.text else None)
        self.pattern = pattern
        self.segments = self._segments()
        self.matches: Callable[[str], bool] = self._test()

    @property
    def where(self) -> str | None:
        """The pattern's place as "file:line", None where it did not come from a file."""
        return f"{self.file}:{self.line}" if self.file else None

    @property
    def regex(self) -> Any:  # type: ignore[override]
        """The compiled regular expression, None for one that Docker refuses; made when it is first needed."""
        if self._regex is _UNCOMPILED:
            self._regex = _compiled(self._source)
        return self._regex

    @property
    def refused(self) -> bool:
        """Whether Docker fails where it asks the pattern."""
        return self.kind == "regexp" and self.regex is None

    @property
    def written(self) -> str:
        """The cleaned pattern with its "!"."""
        return "!" * self.exception + self.text

    @classmethod
    def pattern_to_regex(cls, pattern: Any) -> tuple[Any, bool | None]:
        """Give the regular expression (of RE2, unanchored search) and pathspec's include flag of a pattern."""
        text, exception = _cleaned(pattern, None)
        return (translate(text)[1], not exception) if text else (None, None)

    def match_file(self, file: Any) -> Any:
        """Give something true where *file* itself matches, None elsewhere; parents are the matcher's work."""
        return self.matches(file) or None

    def reaches_below(self, directory: str) -> bool:
        """Whether the pattern may match something below the directory.

        Never False where it could; True without need only for a pattern without segments.
        """
        if self.segments is None:
            return _start_reaches(self.text, f"{directory}/")
        names = directory.split("/")
        for segment, name in zip(self.segments, names, strict=False):
            if segment in (ANY_DEPTH, LINES_DEPTH):
                return True
            if not segment_test(segment)(name):
                return False
        return len(self.segments) > len(names)

    def _read(self, pattern: str) -> tuple[str, bool]:
        """Give the cleaned pattern without its "!", and whether it had one."""
        return _cleaned(pattern, self.where)

    def _translated(self) -> tuple[Kind, str]:
        """Give the match type, and the regular expression that means the same."""
        return translate(self.text)

    def _test(self) -> Callable[[str], bool]:
        text = self.text
        if self.kind == "exact":
            return text.__eq__
        if self.kind == "prefix":
            start = text[:-2]
            return lambda path: path.startswith(start)
        if self.kind == "suffix":
            return _suffix_test(text[2:])
        return _ending_test(text) or self._search

    def _search(self, path: str) -> bool:
        regex = self.regex
        if regex is None:
            raise PatternError(
                f'{SYNTAX_ERROR} "{self.text}"',
                where=self.where,
                fix="the build fails as soon as this pattern is asked: fix the class or the escape",
            )
        return regex.search(_encoded(path)) is not None

    def _segments(self) -> tuple[str, ...] | None:
        first, *rest = self.text.split("/")
        if self.kind == "exact":
            return (first, *rest)
        if self.kind == "suffix":
            return (ANY_DEPTH, *rest) if first == "**" else None
        if self.kind == "prefix":
            return (first, *rest[:-1], ANY_DEPTH) if rest[-1:] == ["**"] else None
        segments = [LINES_DEPTH if segment == "**" else segment for segment in (first, *rest)]
        is_aligned = all(
            segment == LINES_DEPTH or ("**" not in segment and _ALIGNED.fullmatch(segment)) for segment in segments
        )
        # RE2 refuses `[c-a]`, which filepath.Match accepts: Docker fails when it asks, not when it reads.
        may_be_refused = is_aligned and "[" in self.text  # a class that runs backwards
        return tuple(segments) if is_aligned and not (may_be_refused and self.refused) else None


def literal(path: str) -> str | None:
    """Give the line of an ignore file that means this one path to every builder; None where no line can.

    A control character or a byte that is not UTF-8 cannot be written. Once something is escaped the line becomes a
    regular expression, in which | { } and ^ need an escape too.
    """
    if not path.isprintable() or path != go_path.valid_utf8(path):
        return None
    line = path
    if re.search(r"[*?\[\]\\]|^[!#]|^\s|\s$", path):
        line = re.sub(r"[*?\[\]\\|{}^]|^[!#]", r"\\\g<0>", path)
        line = re.sub(r"^\s|\s$", r"[\g<0>]", line)
    return line


@functools.lru_cache(maxsize=_MOST_KEPT)
def translate(text: str) -> tuple[Kind, str]:
    """Give a cleaned pattern's match type and the regular expression that means the same."""
    kind, regex = _translated(text)
    if kind == "exact":
        return kind, f"^{_quoted(text)}$"
    if kind == "prefix":
        return kind, f"^{_quoted(text[:-2])}"
    if kind == "suffix":
        suffix = text[2:]
        return kind, f"(?:^|/){_quoted(suffix[1:])}$" if suffix.startswith("/") else f"{_quoted(suffix)}$"
    return kind, regex


def _translated(text: str) -> tuple[Kind, str]:
    kind: Kind = "exact"
    parts = ["^"]
    # Go's text/scanner drops a byte order mark at the start, and reads a byte that is not UTF-8 as U+FFFD.
    for match in _TOKEN.finditer(go_path.valid_utf8(text).removeprefix("\ufeff")):
        token = match[0]
        if token.startswith("**"):
            at_end = match.end() == len(match.string)
            if at_end and kind == "exact":
                kind = "prefix"
            else:
                parts.append(".*" if at_end else "(.*/)?")
                kind = "regexp"
            if match.start() == 0:
                kind = "suffix"
            continue
        parts.append(_REGEX.get(token, token))
        if token in _MAKES_REGEXP or len(token) == 2:
            kind = "regexp"
    return kind, "".join(parts) + "$"


def _cleaned(pattern: str, where: str | None) -> tuple[str, bool]:
    """Read one pattern as `New` does: trimmed, cleaned, its "!" taken off, its syntax checked."""
    trimmed = go_path.trim(pattern)
    if not trimmed:
        return "", False
    text = go_path.clean(trimmed)
    exception = text.startswith("!")
    # patternmatcher.New, with its own words; `! ` and `!/` are cleaned to it, too.
    if text == "!":
        raise PatternError(
            BARE_EXCEPTION, where=where, source=pattern, fix='write a path after the "!", or delete the line'
        )
    text = text[exception:]
    try:
        go_path.check_syntax(text)
    except go_path.BadPattern as error:
        raise PatternError(
            f'{SYNTAX_ERROR} "{text}"',
            where=where,
            source=pattern,
            fix='close the "[", give the class a member, or escape the last character',
        ) from error
    return text, exception


@functools.lru_cache(maxsize=_MOST_KEPT)
def _compiled(source: str) -> Any:
    # Go refuses "any byte" (\C), which C++ RE2 takes.
    if re.search(r"(?<!\\)(?:\\\\)*\\C", source):
        return None
    try:
        return re2.compile(source.encode(), go_path.quiet_options())
    except re2.error:
        return None


def _quoted(text: str) -> str:
    return str(re2.escape(go_path.valid_utf8(text)))


def _encoded(path: str) -> bytes:
    return path.encode() if path.isascii() else go_path.valid_utf8(path).encode()


def _suffix_test(suffix: str) -> Callable[[str], bool]:
    if not suffix.startswith("/"):
        return lambda path: path.endswith(suffix)
    name = suffix[1:]
    return lambda path: path.endswith(suffix) or path == name


def _ending_test(text: str) -> Callable[[str], bool] | None:
    """A test without RE2 for the two commonest shapes of all, `*.log` and `**/*.log`."""
    ending = text.removeprefix("**/").removeprefix("*")
    if len(ending) == len(text.removeprefix("**/")) or _SPECIAL.search(ending):
        return None
    if not text.startswith("**/"):
        return lambda path: path.endswith(ending) and "/" not in path
    # the dots of `(.*/)?` do not cross a newline
    newline = re.compile("\n[^/]*/").search
    return lambda path: path.endswith(ending) and not ("\n" in path and newline(path))


def segment_regex(segment: str) -> str:
    """Give the regular expression that one segment of `segments` means."""
    return _translated(segment)[1]


@functools.lru_cache(maxsize=4096)
def segment_test(segment: str) -> Callable[[str], bool]:
    """Give the test of a name that one of `segments` means, other than those that mean directories."""
    if not WILDCARD.search(segment):
        return segment.__eq__
    search = re2.compile(segment_regex(segment).encode(), go_path.quiet_options()).search
    return lambda name: search(_encoded(name)) is not None


def _start_reaches(text: str, directory: str) -> bool:
    """Compare the characters before the first special one: below it, anything may match."""
    # An alternation or an anchor inside frees the pattern from its own start.
    if re.search(r"[|^]", text):
        return True
    start = re.split(r"[*?\\\[\]{}]", text, maxsplit=1)[0]
    return directory.startswith(start) or start.startswith(directory)


pathspec.util.register_pattern("dockerignore", DockerignorePattern, override=True)
