"""Go's `filepath.Clean`, `filepath.Match` and `strings.TrimSpace`, on text with surrogate escapes.

Docker's rules are written in terms of these three, and Python's namesakes differ: `str.strip` also takes U+001C to
U+001F, `posixpath.normpath` keeps two leading slashes, `fnmatch` knows neither escapes nor errors.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator

import re2

from ctxaudit.values import expression

# unicode.IsSpace of Go, as an argument of str.strip
SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_CHUNK = expression(r"(\**)((?:\\.|\\\Z|\[(?:\\.|[^]\\])*(?:\]|\\?\Z)|[^*\\[])*)", re.DOTALL)
_MEMBER = expression(r"(?:\\(.)|([^\\\-\]]))(?=.)", re.DOTALL)


class BadPattern(ValueError):
    """What Go calls `syntax error in pattern`."""


def trim(text: str) -> str:
    """Drop the white space around *text* that Go calls space."""
    return text.strip(SPACE)


def clean(path: str) -> str:
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


def join(*parts: str) -> str:
    """Join the parts that are not empty and clean the result; "" where all are empty."""
    given = [part for part in parts if part]
    return clean("/".join(given)) if given else ""


def valid_utf8(text: str) -> str:
    """Put U+FFFD for each byte that is not UTF-8, as Go reads it rune by rune."""
    if text.isascii():
        return text
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


@functools.lru_cache(maxsize=1024)
def glob(pattern: str) -> Callable[[str], bool]:
    """Compile *pattern* as Go's `Match` reads it, and give the test of a whole name.

    Raises BadPattern where Go may return ErrBadPattern.
    """
    source = "".join(("[^/]*" if star else "") + "".join(_pieces(chunk)) for star, chunk in _chunks(pattern))
    regex = re2.compile(f"^(?s:{source})$".encode(), quiet_options())
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
        matches = glob(first)
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
        if not name or re2.search(f"^(?s:{source})$", name) is None:
            return
        name = ""


def quiet_options() -> re2.Options:
    """Options of RE2 that print nothing, with room for the longest line of an ignore file."""
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = 64 << 20
    return options


def has_wildcard(name: str) -> bool:
    """Whether *name* holds an unescaped `*`, `?` or `[`."""
    return re.search(r"[*?[]", re.sub(r"\\.", "", name, flags=re.DOTALL)) is not None


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
            yield re2.escape(valid_utf8(chunk[position]))
        else:
            yield "[^/]" if char == "?" else re2.escape(valid_utf8(char))
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
