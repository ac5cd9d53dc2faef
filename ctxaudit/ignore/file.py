"""The ignore file's bytes to patterns, and which file applies.

Source: moby/patternmatcher 5a6d842, `ignorefile.ReadAll`; buildkit 73ed682, `dockerIgnorePatterns`; docker/cli 28f7560,
`ReadDockerignore`.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ctxaudit.errors import CtxauditError, PatternError
from ctxaudit.ignore import DockerignorePattern, clean_path, trim_space
from ctxaudit.values import frozen

# One block in one ignore file.
#
# The block stands at the end of an ignore file, between two comments. Where the user's last line had no end, the
# block's
# first line says so: taking the block out gives the file back byte for byte.

BEGIN = "# >>> ctxaudit"
END = "# <<< ctxaudit"

_JOINED = " (the line above had no end)"
_BOM = b"\xef\xbb\xbf"
_BEGIN_LINE = BEGIN.encode()
_BEGIN_JOINED_LINE = (BEGIN + _JOINED).encode()
_END_LINE = END.encode()
_NAME = b"ctxaudit"  # in every marker
# What is wrong with a marker, and how to fix it.
_STRAY = ("nothing opens this one", f'write "{BEGIN}" above its first pattern, or delete this line')
_OPEN = ("nothing closes this one", f'write "{END}" below its last pattern, or delete this line')
_SECOND = ("this is a second one", f'delete one of the two, from "{BEGIN}" to "{END}"')

_NOTHING: Mapping[str, Any] = {}


def without_block(data: bytes, name: str = ".dockerignore") -> bytes:
    """Give the ignore file as it stood before our block; lines written below the block stay, after those above it.

    name: of the file, for the error.
    Raises CtxauditError, with file and line, where the markers do not make one block.
    """
    if _NAME not in data:  # most files have no marker: nothing has to be cut into lines
        return data
    pieces = _pieces(data)
    block = _block(pieces, name)
    if block is None:
        return data
    above, begin, below = pieces[: block.start], pieces[block.start], pieces[block.stop :]
    # The block gave the user's last line its end; with lines below the block, that end is theirs.
    if _text(begin) == _BEGIN_JOINED_LINE and not below:
        above[-1] = above[-1].removesuffix(_line_end(begin))
    return b"".join([*above, *below])


def own_lines(data: bytes) -> range:
    """Give the numbers of the lines of our block, markers included; none where there is no whole one."""
    if _NAME not in data:
        return range(0)
    try:
        block = _block(_pieces(data), "")
    except CtxauditError:
        return range(0)
    return range(block.start, block.stop) if block else range(0)


def with_block(
    data: bytes,
    patterns: Sequence[str],
    name: str = ".dockerignore",
    *,
    written: Mapping[str, str] = _NOTHING,
    comments: Mapping[str, Sequence[str]] = _NOTHING,
) -> bytes:
    """Give the ignore file with one block, of these patterns in this order, at its end; without one for no patterns.

    written: the lines to write for some patterns, as their author typed them. comments: the lines above some.
    The block's line ends are those of most of the user's lines, or of the old block where the user has no whole line.
    Raises ValueError for a pattern that Docker would not read back as itself, CtxauditError as `without_block` does.
    """
    user = without_block(data, name)
    lines = [line for pattern in patterns for line in _written(pattern, written, comments)]
    if not lines:
        return user
    end = _line_end(user if b"\n" in user else data)
    joined = user not in (b"", _BOM) and not user.endswith(b"\n")
    begin = _BEGIN_JOINED_LINE if joined else _BEGIN_LINE
    return user + end * joined + b"".join(line + end for line in (begin, *lines, _END_LINE))


def without_blank_end(data: bytes, name: str = ".dockerignore") -> tuple[bytes, bytes]:
    """Give the ignore file up to the end of our block, and the blank lines below it; all of it where others are there.

    Raises CtxauditError as `without_block` does.
    """
    pieces = _pieces(data) if _NAME in data else []
    block = _block(pieces, name)
    blank = b"".join(pieces[block.stop :] if block else [])
    return (data, b"") if blank.strip() else (data.removesuffix(blank), blank)


def _pieces(data: bytes) -> list[bytes]:
    """Give the byte order mark, b"" if the file has none, and then the lines: line 3 is at index 3."""
    bom = _BOM * data.startswith(_BOM)
    # After each line feed and nowhere else, as git and Docker cut; bytes.splitlines also cuts at a carriage return.
    return [bom, *io.BytesIO(data[len(bom) :]).readlines()]


def _text(line: bytes) -> bytes:
    return line.rstrip(b"\r\n")


def _line_end(data: bytes) -> bytes:
    return b"\r\n" if 2 * data.count(b"\r\n") > data.count(b"\n") else b"\n"


def _block(pieces: list[bytes], name: str) -> slice | None:
    """Find the block, markers included."""
    markers = (_BEGIN_LINE, _BEGIN_JOINED_LINE, _END_LINE)
    positions = [at for at, piece in enumerate(pieces) if _text(piece) in markers]
    match ["<" if _text(pieces[at]) == _END_LINE else ">" for at in positions]:
        case []:
            return None
        case [">", "<"]:
            return slice(positions[0], positions[1] + 1)
        case ["<", *_]:
            raise _no_block(pieces, name, positions[0], *_STRAY)
        case [">"] | [">", ">", *_]:
            raise _no_block(pieces, name, positions[0], *_OPEN)
        case [_, _, "<", *_]:
            raise _no_block(pieces, name, positions[2], *_STRAY)
        case _:
            raise _no_block(pieces, name, positions[2], *_SECOND)


def _no_block(pieces: list[bytes], name: str, at: int, what: str, fix: str) -> CtxauditError:
    return CtxauditError(
        f"ctxaudit's lines do not make one block: {what}",
        where=f"{name}:{at}",
        source=_text(pieces[at]).decode(),
        fix=fix,
    )


def _written(pattern: str, written: Mapping[str, str], comments: Mapping[str, Sequence[str]]) -> Iterator[bytes]:
    for comment in comments.get(pattern, ()):
        yield comment.encode("utf-8", "surrogateescape")
    yield written[pattern].encode("utf-8", "surrogateescape") if pattern in written else _line(pattern)


def _line(pattern: str) -> bytes:
    """Give the pattern's line; raises ValueError where Docker would read another pattern there, or none."""
    path = pattern.removeprefix("!")
    line = pattern.encode("utf-8", "surrogateescape")
    if (
        pattern.startswith("#")
        or path != path.strip()
        or not {"", ".", ".."}.isdisjoint(path.split("/"))
        or any(unicodedata.category(char) == "Cc" for char in path)
        or line.decode("utf-8", "surrogateescape") != pattern
    ):
        raise ValueError(f"no line of an ignore file means {pattern!r}")
    return line


NAME = ".dockerignore"
_LINE_LIMIT = 65_536  # bufio.MaxScanTokenSize
_LINE_TOO_LONG = "bufio.Scanner: token too long"


@frozen
class Line:
    """A line that is a pattern: its 1-based number, the pattern cleaned as Docker cleans it, the line as it stands."""

    number: int
    pattern: str
    raw: str


@frozen
class IgnoreFile:
    """The ignore file that a build reads.

    name: as the user would open it, "" where none applies.
    data: its bytes, b"" where none applies or the builder reads it as empty.
    patterns: its patterns, each with its file and line.
    """

    name: str
    data: bytes
    patterns: tuple[DockerignorePattern, ...]

    @classmethod
    def read(cls, name: str, data: bytes) -> IgnoreFile:
        """Compile the file's patterns; raises PatternError with file, line and Docker's own words."""
        return cls(name, data, patterns_of(name, data))


@frozen
class UnreadFile:
    """An ignore file that is there and that the builder does not read, and why.

    elsewhere: another program or another build may read it, so that it matters only where the builder reads none.
    """

    name: str
    why: str
    elsewhere: bool = False


NO_IGNORE_FILE = IgnoreFile("", b"", ())


def patterns_of(name: str, data: bytes) -> tuple[DockerignorePattern, ...]:
    """Compile the patterns of an ignore file as Docker reads it; raises PatternError as `IgnoreFile.read`."""
    pattern_lines = lines(data, name)
    return tuple(DockerignorePattern(line.pattern, file=name, line=line.number, raw=line.raw) for line in pattern_lines)


def parse_ignore(data: bytes) -> list[str]:
    """Give the patterns of an ignore file, cleaned, in order, as Docker reads them; none is compiled yet.

    Raises PatternError for a line of 64 KiB or more, TypeError for what is not bytes.
    """
    if not isinstance(data, bytes):
        raise TypeError(f"an ignore file is bytes, not {type(data).__name__}: read it with open(name, 'rb')")
    return [line.pattern for line in lines(data)]


def lines(data: bytes, name: str = NAME) -> Iterator[Line]:
    """Give the lines that are patterns.

    - A byte order mark is dropped from the first line, before anything else.
    - A line whose first byte is "#" is a comment; one with space before it is a pattern.
    - White space goes from both ends, also after a leading "!".
    - The rest is cleaned as a path, and loses one leading "/".
    """
    for number, raw in enumerate(_raw_lines(data), 1):
        if len(raw) >= _LINE_LIMIT:
            raise PatternError(
                _LINE_TOO_LONG,
                where=f"{name}:{number}",
                fix=f"Docker reads lines of less than {_LINE_LIMIT:,} bytes: shorten this one ({len(raw):,} bytes)",
            )
        text = raw.removeprefix(_BOM) if number == 1 else raw
        pattern = "" if text.startswith(b"#") else _cleaned(text.decode("utf-8", "surrogateescape"))
        if pattern:
            yield Line(number, pattern, raw.decode("utf-8", "surrogateescape"))


def written(data: bytes) -> tuple[str, ...]:
    """Give every line of an ignore file as it is written, without white space around it."""
    lines = (raw.removeprefix(_BOM).decode("utf-8", "surrogateescape") for raw in _raw_lines(data))
    return tuple(map(trim_space, lines))


def _raw_lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []


def _cleaned(line: str) -> str:
    text = trim_space(line)
    exception = text.startswith("!")
    # Only one "!" is taken off: `!!a` is an exception for the name `!a`.
    if exception:
        text = trim_space(text[1:])
    if text:
        text = clean_path(text)
        # `/!a` becomes `!a` here, and `New` then reads an exception: so does Docker.
        text = text[1:] if text.startswith("/") and len(text) > 1 else text
    return "!" * exception + text
