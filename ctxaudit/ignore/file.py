"""The ignore file's bytes to patterns, and which file applies.

Source: moby/patternmatcher 5a6d842, `ignorefile.ReadAll`; buildkit 73ed682, `dockerIgnorePatterns`; docker/cli 28f7560,
`ReadDockerignore`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ctxaudit.errors import PatternError
from ctxaudit.ignore import go_path
from ctxaudit.ignore.pattern import DockerignorePattern
from ctxaudit.values import frozen

NAME = ".dockerignore"
LINE_LIMIT = 65_536  # bufio.MaxScanTokenSize
LINE_TOO_LONG = "bufio.Scanner: token too long"
_BOM = b"\xef\xbb\xbf"


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
    found = lines(data, name)
    return tuple(DockerignorePattern(one.pattern, file=name, line=one.number, raw=one.raw) for one in found)


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
        if len(raw) >= LINE_LIMIT:
            raise PatternError(
                LINE_TOO_LONG,
                where=f"{name}:{number}",
                fix=f"Docker reads lines of less than {LINE_LIMIT:,} bytes: shorten this one ({len(raw):,} bytes)",
            )
        # bufio.ScanLines drops one carriage return; a second one stays part of the pattern.
        text = raw.removesuffix(b"\r")
        text = text.removeprefix(_BOM) if number == 1 else text
        pattern = "" if text.startswith(b"#") else _cleaned(text.decode("utf-8", "surrogateescape"))
        if pattern:
            yield Line(number, pattern, raw.decode("utf-8", "surrogateescape"))


def written(data: bytes) -> tuple[str, ...]:
    """Give every line of an ignore file as it is written, without white space around it."""
    lines = (raw.removeprefix(_BOM).decode("utf-8", "surrogateescape") for raw in _raw_lines(data))
    return tuple(map(go_path.trim, lines))


def _raw_lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []


def _cleaned(line: str) -> str:
    text = go_path.trim(line)
    exception = text.startswith("!")
    # Only one "!" is taken off: `!!a` is an exception for the name `!a`.
    if exception:
        text = go_path.trim(text[1:])
    if text:
        text = go_path.clean(text)
        # `/!a` becomes `!a` here, and `New` then reads an exception: so does Docker.
        text = text[1:] if text.startswith("/") and len(text) > 1 else text
    return "!" * exception + text
