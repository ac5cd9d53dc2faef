"""The ignore file: which one applies, its patterns, and both verdicts of the builders. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, Protocol

import pathspec.util
from pathspec.pattern import Pattern, RegexPattern

from ctxaudit.errors import PatternError
from ctxaudit.model import client
from ctxaudit.values import expression

try:
    import re2
except ImportError:  # there is no wheel of it for musl
    re2 = None

# Expressions that are matched in linear time: by RE2, or by an automaton of ours where that is not installed.

_TO_ESCAPE = expression(r"[\x00-/:-@\[-^`{-\x7f]")  # of ASCII what is neither a letter, a digit nor "_"


class Refused(ValueError):
    """An expression that RE2 does not take."""


class Linear(Protocol):
    """The part of a compiled expression that is used: something true where some part of the bytes matches."""

    def search(self, data: bytes, /) -> Any: ...


def has_re2() -> bool:
    """Whether google-re2 is installed."""
    return re2 is not None


def linear(source: str, *, bytewise: bool = False) -> Linear:
    """Compile an expression in the syntax of RE2; raises Refused where that does not take it.

    bytewise: each byte of what is searched is a character, else it is UTF-8.
    """
    if re2 is None:
        from ctxaudit.ignore.regular import Expression

        return Expression(source, bytewise=bytewise)
    options = _bytewise_options() if bytewise else _options()
    try:
        compiled: Linear = re2.compile(source.encode("latin-1" if bytewise else "utf-8"), options)
    except re2.error as error:
        raise Refused(str(error)) from error
    return compiled


def escape(text: str) -> str:
    """Give the expression of RE2 that means a string itself."""
    return _TO_ESCAPE.sub(lambda match: "\\x00" if match[0] == "\0" else f"\\{match[0]}", text)


def _options() -> Any:
    """Options of RE2 that print nothing, with room for the longest line of an ignore file."""
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = 64 << 20
    return options


@functools.cache
def _bytewise_options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.never_capture = True
    options.max_mem = 64 << 20
    return options


# Go's `filepath.Clean`, `filepath.Match` and `strings.TrimSpace`, on text with surrogate escapes.
#
# Docker's rules are written in terms of these three, and Python's namesakes differ: `str.strip` also takes U+001C to
# U+001F, `posixpath.normpath` keeps two leading slashes, `fnmatch` knows neither escapes nor errors.

# unicode.IsSpace of Go, as an argument of str.strip
SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_CHUNK = expression(r"(\**)((?:\\.|\\\Z|\[(?:\\.|[^]\\])*(?:\]|\\?\Z)|[^*\\[])*)", re.DOTALL)
_MEMBER = expression(r"(?:\\(.)|([^\\\-\]]))(?=.)", re.DOTALL)


class BadPattern(ValueError):
    """What Go calls `syntax error in pattern`."""


def trim_space(text: str) -> str:
    """Drop the white space around *text* that Go calls space."""
    return text.strip(SPACE)


def clean_path(path: str) -> str:
    """Give the shortest path that means the same, without looking at a disk; "." for the empty one."""
    rooted = path.startswith("/")
    kept: list[str] = []
    for part in path.split("/"):
        # `..` takes a wildcard along: `**/../x` is `x`, as Go cleans text and not paths.
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part not in ("", ".", "..") or (part == ".." and not rooted):
            kept.append(part)
    return ("/" if rooted else "") + "/".join(kept) or "."


def join_paths(*parts: str) -> str:
    """Join the parts that are not empty and clean the result; "" where all are empty."""
    given = [part for part in parts if part]
    return clean_path("/".join(given)) if given else ""


def valid_utf8(text: str) -> str:
    """Put U+FFFD for each byte that is not UTF-8, as Go reads it rune by rune."""
    if text.isascii():
        return text
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


@functools.lru_cache(maxsize=1024)
def compiled_glob(pattern: str) -> Callable[[str], bool]:
    """Compile *pattern* as Go's `Match` reads it, and give the test of a whole name.

    Raises BadPattern where Go may return ErrBadPattern.
    """
    source = "".join(("[^/]*" if star else "") + "".join(_pieces(chunk)) for star, chunk in _chunks(pattern))
    regex = linear(f"^(?s:{source})$")
    return lambda name: regex.search(valid_utf8(name).encode()) is not None


def expand(
    pattern: str, names: Callable[[str], Iterable[str]], is_dir: Callable[[str], bool], directory: str = ""
) -> Iterator[str]:
    """Give the paths that match as COPY matches them: `filepath.Match`, segment by segment; none for a bad pattern.

    names: of what is in a directory, "" for the root. Of `*/a?.go`, with `x/ab.go` and `x/y/ab.go`, it is `x/ab.go`:
    no wildcard matches a "/", and a symlink to a directory is not entered.
    """
    first, _, rest = pattern.partition("/")
    try:
        matches = compiled_glob(first)
    except BadPattern:
        return
    for name in sorted(filter(matches, names(directory))):
        path = f"{directory}/{name}" if directory else name
        if not rest:
            yield path
        elif is_dir(path):
            yield from expand(rest, names, is_dir, path)


def check_syntax(pattern: str) -> None:
    """Raise BadPattern exactly where `filepath.Match(pattern, ".")` returns ErrBadPattern.

    It reads the pattern up to the first chunk that "." does not match, so that a mistake behind a `*` mostly passes.
    """
    if "[" not in pattern and "\\" not in pattern:
        return
    name = "."
    for star, chunk in _chunks(pattern):
        if star and not chunk:
            return
        source = "".join(_pieces(chunk))
        if not name or linear(f"^(?s:{source})$").search(name.encode()) is None:
            return
        name = ""


def has_wildcard(name: str) -> bool:
    """Whether *name* holds an unescaped `*`, `?` or `[`."""
    if "*" not in name and "?" not in name and "[" not in name:
        return False
    return "\\" not in name or re.search(r"[*?[]", re.sub(r"\\.", "", name, flags=re.DOTALL)) is not None


def literal_part(name: str) -> str:
    """Drop the wildcards of a name, and its escapes: what is left stands in every name that it matches."""
    return re.sub(r"\\(.)|\[(?:\\.|[^]\\])*\]?|[*?]", r"\1", name, flags=re.DOTALL)


def unescaped(name: str) -> str:
    """Drop the escapes of a name without wildcards."""
    return re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL)


def _chunks(pattern: str) -> Iterator[tuple[bool, str]]:
    position = 0
    while position < len(pattern):
        match = _CHUNK.match(pattern, position)
        assert match is not None
        yield bool(match[1]), match[2]
        position = match.end()


def _pieces(chunk: str) -> Iterator[str]:
    position = 0
    while position < len(chunk):
        char = chunk[position]
        if char == "[":
            regex, position = _class(chunk, position + 1)
            yield regex
            continue
        if char == "\\":
            position += 1
            if position == len(chunk):
                raise BadPattern(chunk)
            yield escape(valid_utf8(chunk[position]))
        else:
            yield "[^/]" if char == "?" else escape(valid_utf8(char))
        position += 1


def _class(chunk: str, position: int) -> tuple[str, int]:
    negated = chunk.startswith("^", position)
    position += negated
    ranges: list[str] = []
    count = 0
    while not (count and chunk.startswith("]", position)):
        low, position = _member(chunk, position)
        high = low
        if chunk[position] == "-":
            high, position = _member(chunk, position + 1)
        if low <= high:
            ranges.append(f"\\x{{{ord(low):x}}}-\\x{{{ord(high):x}}}")
        count += 1
    if not ranges:  # every range runs backwards: Go accepts it, and it holds nothing
        return (".", position + 1) if negated else ("[^\\x00-\\x{10FFFF}]", position + 1)
    return f"[{'^' * negated}{''.join(ranges)}]", position + 1


def _member(chunk: str, position: int) -> tuple[str, int]:
    match = _MEMBER.match(chunk, position)
    if match is None:
        raise BadPattern(chunk)
    char = match[1] or match[2]
    if "\ud800" <= char <= "\udfff":
        raise BadPattern(chunk)
    return char, match.end()


# One pattern of an ignore file, translated as moby/patternmatcher translates it, quirks and all.
#
# Source: moby/patternmatcher 5a6d842, `New` and `Pattern.compile`, on a "/" system.

Kind = Literal["exact", "prefix", "suffix", "regexp"]

SYNTAX_ERROR = "syntax error in pattern"
BARE_EXCEPTION = 'illegal exclusion pattern: "!"'

_TOKEN = expression(r"\*\*/?|\\.|.", re.DOTALL)
# NOTE: moby means to escape | { } too, but its bitmap of 8 x 8 bits drops all above "?"; neither do we.
_REGEX = {"*": "[^/]*", "?": "[^/]", **{char: "\\" + char for char in ".+()$"}}
_SPECIAL = expression(r"[*?\[\]\\/|{}^\ufffd\ud800-\udfff]")
_MAKES_REGEXP = frozenset("*?[]\\")
# Without these, a text in ASCII is aligned, and without those, it has nothing special: no expression has to tell.
_UNALIGNED = frozenset("[]\\|{}^")
_SPECIALS = _UNALIGNED | frozenset("*?/")
# Escapes of ASCII punctuation (Go refuses those of other letters), classes of plain members and of ranges that cannot
# hold "/", and nothing else that could reach across a "/" or mean other bytes.
_ALIGNED = expression(
    r"(?:\\(?=[\x00-\x7f])[^\w\s/]|\[(?:[A-Za-z0-9_](?:-[A-Za-z0-9_])?|[!#$%&'()+,.:;=@~])+\]"
    r"|[^\\\[\]|{}^\ufeff\ufffd\ud800-\udfff])*",
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
        return _star_test(text) or self._search

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
            segment == LINES_DEPTH or ("**" not in segment and _is_aligned(segment)) for segment in segments
        )
        # RE2 refuses `[c-a]`, which filepath.Match accepts: Docker fails when it asks, not when it reads.
        may_be_refused = is_aligned and "[" in self.text  # a class that runs backwards
        return tuple(segments) if is_aligned and not (may_be_refused and self.refused) else None


def literal(path: str) -> str | None:
    """Give the line of an ignore file that means this one path to every builder; None where no line can.

    A control character or a byte that is not UTF-8 cannot be written. Once something is escaped the line becomes a
    regular expression, in which | { } and ^ need an escape too.
    """
    if not path.isprintable():
        return None
    line = path
    if re.search(r"[*?\[\]\\]|^[!#]|^\s|\s$", path):
        line = re.sub(r"[*?\[\]\\|{}^]|^[!#]", r"\\\g<0>", path)
        line = re.sub(r"^\s|\s$", r"[\g<0>]", line)
    return line


@functools.lru_cache(maxsize=_MOST_KEPT)
def translate(text: str) -> tuple[Kind, str]:
    """Give a cleaned pattern's match type and the regular expression that means the same."""
    if _MAKES_REGEXP.isdisjoint(text):
        return "exact", f"^{_quoted(text)}$"
    kind, regex = _translated(text)
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
    for match in _TOKEN.finditer(valid_utf8(text).removeprefix("\ufeff")):
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
        if token[0] in _MAKES_REGEXP:
            kind = "regexp"
    return kind, "".join(parts) + "$"


def _cleaned(pattern: str, where: str | None) -> tuple[str, bool]:
    """Read one pattern as `New` does: trimmed, cleaned, its "!" taken off, its syntax checked."""
    trimmed = trim_space(pattern)
    if not trimmed:
        return "", False
    text = clean_path(client().path(trimmed))
    exception = text.startswith("!")
    # patternmatcher.New, with its own words; `! ` and `!/` are cleaned to it, too.
    if text == "!":
        raise PatternError(
            BARE_EXCEPTION, where=where, source=pattern, fix='write a path after the "!", or delete the line'
        )
    text = text[exception:]
    try:
        check_syntax(text)
    except BadPattern as error:
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
        return linear(source)
    except Refused:
        return None


def _quoted(text: str) -> str:
    return escape(valid_utf8(text))


def _encoded(path: str) -> bytes:
    return path.encode() if path.isascii() else valid_utf8(path).encode()


def _suffix_test(suffix: str) -> Callable[[str], bool]:
    if not suffix.startswith("/"):
        return lambda path: path.endswith(suffix)
    name = suffix[1:]
    return lambda path: path.endswith(suffix) or path == name


def _is_special(text: str) -> bool:
    if text.isascii():
        return not _SPECIALS.isdisjoint(text)
    return _SPECIAL.search(text) is not None


def _is_aligned(segment: str) -> bool:
    is_plain = segment.isascii() and _UNALIGNED.isdisjoint(segment)
    return is_plain or _ALIGNED.fullmatch(segment) is not None


def _star_test(text: str) -> Callable[[str], bool] | None:
    """A test without RE2 for the commonest shape, a name with one star: `*.log`, `**/*.log`, `**/Dockerfile*`."""
    name = text.removeprefix("**/")
    start, star, end = name.partition("*")
    if not star or text.startswith("\ufeff") or _is_special(start + end):
        return None
    least = len(start) + len(end)
    if name == text:
        return lambda path: path.startswith(start) and path.endswith(end) and "/" not in path and len(path) >= least
    # the dots of `(.*/)?` do not cross a newline
    newline = re.compile("\n[^/]*/").search
    if not start:
        return lambda path: path.endswith(end) and not ("\n" in path and newline(path))

    def matches(path: str) -> bool:
        name = path.rpartition("/")[2]
        fits = name.startswith(start) and name.endswith(end) and len(name) >= least
        return fits and not ("\n" in path and newline(path))

    return matches


def segment_regex(segment: str) -> str:
    """Give the regular expression that one segment of `segments` means."""
    return _translated(segment)[1]


@functools.lru_cache(maxsize=_MOST_KEPT)
def segment_test(segment: str) -> Callable[[str], bool]:
    """Give the test of a name that one of `segments` means, other than those that mean directories."""
    if not WILDCARD.search(segment):
        return segment.__eq__
    search = linear(segment_regex(segment)).search
    return lambda name: search(_encoded(name)) is not None


def _start_reaches(text: str, directory: str) -> bool:
    """Compare the characters before the first special one: below it, anything may match."""
    # An alternation or an anchor inside frees the pattern from its own start.
    if re.search(r"[|^]", text):
        return True
    start = re.split(r"[*?\\\[\]{}]", text, maxsplit=1)[0]
    return directory.startswith(start) or start.startswith(directory)


pathspec.util.register_pattern("dockerignore", DockerignorePattern, override=True)
