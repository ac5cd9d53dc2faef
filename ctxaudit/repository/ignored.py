"""What `.gitignore` files exclude, whatever the disk holds: git's own answer is about the files on it.

Source: git 2.39.5, `dir.c` (`parse_path_pattern`, `match_pathname`) and `wildmatch.c`. A line is bytes to git, as here:
a letter stands for each.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ctxaudit.errors import CtxauditError
from ctxaudit.files import LARGEST
from ctxaudit.ignore import escape, linear
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import Location
from ctxaudit.values import expression

if TYPE_CHECKING:
    from ctxaudit.repository.snapshot import Snapshot

FILE = ".gitignore"
_WILD = expression(r"[*?\[\\]")
_NAMED = r"\[:[^\]]{0,100}:\]"  # a longer one is the name of no class
_RANGE = r"(?:-(?:\\.|[^\]\\]))?"
_PART = expression(
    rf"(?P<stars>\*+)(?P<slash>/)?|\[(?P<negated>[!^])?+(?P<members>(?>{_NAMED}|(?:\\.|[^\\]){_RANGE})"
    rf"(?>{_NAMED}|(?:\\.|[^\]\\]){_RANGE})*+)\]|\\(?P<escaped>.)|(?P<broken>[\[\\])|.",
    re.DOTALL,
)
_MEMBER = expression(r"\[:(?P<name>[^\]]*):\]|(?P<first>\\.|.)(?:-(?P<last>\\.|[^\]\\]))?", re.DOTALL)
_RANGE_OF = "\\x{:02x}-\\x{:02x}"
_TOGETHER = 64  # lines that one expression asks first: most paths are in none of them
_LONGEST, _MOST_TOGETHER = 4096, 1 << 16  # letters of a line that means something, of the expression of several
_CLASSES = {
    "alnum": b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "alpha": b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "blank": b" \t",
    "cntrl": bytes((*range(32), 127)),
    "digit": b"0123456789",
    "graph": bytes(range(33, 127)),
    "lower": b"abcdefghijklmnopqrstuvwxyz",
    "print": bytes(range(32, 127)),
    "punct": b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "space": b" \t\n\r",  # of git's own table, which lacks two of C's
    "upper": b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "xdigit": b"0123456789ABCDEFabcdef",
}


class _Line(NamedTuple):
    """A line that is a pattern. source: its expression, for "d" and the path of a directory, or "f" and another one."""

    number: int
    text: str
    leaves_out: bool
    source: str


class IgnoredLine(NamedTuple):
    """A line that is about paths: the directory of its file, and what it says, without "!"; its number in the file."""

    directory: str
    text: str
    number: int = 0


class IgnoredNames:
    """`.gitignore` files by their directories; paths are relative to the top of the work tree."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._lines = {directory: tuple(_lines(data)) for directory, data in files.items()}
        self._decides = functools.lru_cache(maxsize=65_536)(self._decided)

    @classmethod
    def of(cls, snapshot: Snapshot) -> IgnoredNames:
        """Read those of a commit."""
        files = (path for path in snapshot.entries if os.path.basename(path) == FILE)
        return cls({os.path.dirname(path): whole(snapshot.read(path, LARGEST + 1) or b"", path) for path in files})

    def lines(self) -> Iterator[IgnoredLine]:
        """Give the lines that exclude something, file by file."""
        return self._all(leaves_out=True)

    def taken_back(self) -> Iterator[IgnoredLine]:
        """Give the lines that begin with "!", file by file: what they mean is kept, unless another line says more."""
        return self._all(leaves_out=False)

    def _all(self, *, leaves_out: bool) -> Iterator[IgnoredLine]:
        for directory, lines in self._lines.items():
            for line in (line for line in lines if line.leaves_out is leaves_out):
                text = line.text.encode("latin-1").decode("utf-8", "surrogateescape")
                yield IgnoredLine(directory, text.removeprefix("!"), line.number)

    def names(self) -> Iterator[str]:
        """Give the names that lines exclude, without those that have a wildcard."""
        for lines in self._lines.values():
            for line in lines:
                name = line.text.rstrip("/").rpartition("/")[2]
                if line.leaves_out and name and not _WILD.search(name):
                    yield name

    def decides(self, path: str, *, is_dir: bool) -> Location | None:
        """Give the line that excludes a path, None if no line does; below an excluded directory all is excluded."""
        *above, last = ancestry(path)
        locations = (
            self._decides(ancestor, is_dir) for ancestor, is_dir in (*((at, True) for at in above), (last, is_dir))
        )
        return next(filter(None, locations), None)

    def _decided(self, path: str, is_dir: bool) -> Location | None:
        """Ask about the path itself: the nearest file with a line that matches decides, by its last one."""
        above = path
        while above:
            above = os.path.dirname(above)
            below = path[len(above) :].lstrip("/")
            line = _last_that_matches(self._lines.get(above, ()), os.fsencode(f"{'d' if is_dir else 'f'}{below}"))
            if line is not None:
                return Location(os.path.join(above, FILE), line.number) if line.leaves_out else None
        return None


def whole(data: bytes, path: str) -> bytes:
    """Return what was read of a file; raises CtxauditError where that is more than the limit."""
    if len(data) > LARGEST:
        what = f"it is larger than {LARGEST:,} bytes, the limit of what is read"
        raise CtxauditError(what, where=path, fix="make it smaller: git reads each line of it for each path")
    return data


def _last_that_matches(lines: Sequence[_Line], path: bytes) -> _Line | None:
    for end in range(len(lines), 0, -_TOGETHER):
        some = lines[max(end - _TOGETHER, 0) : end]
        if _search(tuple(line.source for line in some))(path):
            return next((line for line in reversed(some) if _search((line.source,))(path)), None)
    return None


@functools.lru_cache(maxsize=4096)
def _search(sources: tuple[str, ...]) -> Callable[[bytes], Any]:
    """Give the search for what one of the expressions matches, in linear time, as a stranger's may take for ever."""
    source = "|".join(sources)
    if len(sources) > 1 and len(source) > _MOST_TOGETHER:
        return lambda _: True  # each is asked for itself
    return linear(f"(?s){source}", bytewise=True).search  # which takes all that _LONGEST letters are translated to


def _lines(data: bytes) -> Iterator[_Line]:
    """Give the lines that may match something."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        text = _trimmed(line.removesuffix(b"\r")).decode("latin-1")
        source = _translated(text.removeprefix("!")) if text[:1] not in ("", "#") else None
        if source is not None:
            yield _Line(number, text, not text.startswith("!"), source)


def _trimmed(line: bytes) -> bytes:
    r"""Drop the blanks at the end but for one behind a backslash: `a\ `, and not `a\\ `."""
    bare = line.rstrip(b" ")
    is_escaped = (len(bare) - len(bare.rstrip(b"\\"))) % 2 == 1
    return line[: len(bare) + is_escaped]


def _translated(text: str) -> str | None:
    """Give the expression of RE2 that a pattern means; None for one that matches nothing.

    `/b*/` is `^db[^/]*$`: of directories at the root; `a` is `^[df](?:.*/)?a$`: of whatever has this name.
    """
    pattern = text.removesuffix("/")
    is_rooted = "/" in pattern
    pattern = pattern.removeprefix("/")
    # git compares the text before the first wildcard for itself: two stars behind it stand at a beginning.
    wild = _WILD.search(pattern)
    literal = pattern[: wild.start() if wild else None]
    if not pattern or len(pattern) > _LONGEST:
        return None
    parts = list(_parts(pattern[len(literal) :], crosses=is_rooted))
    if None in parts:
        return None
    begin = f"{'d' if text.endswith('/') else '[df]'}{'' if is_rooted else '(?:.*/)?'}"
    return f"^{begin}{escape(literal)}{''.join(filter(None, parts))}$"


def _parts(pattern: str, *, crosses: bool) -> Iterator[str | None]:
    """Give the expressions of the parts of a pattern, None for one that nothing meets. crosses: `**` may hold "/"."""
    for match in _PART.finditer(pattern):
        if match["stars"]:
            is_behind_a_slash = match.start() == 0 or pattern[match.start() - 1] == "/"
            is_before_one = match["slash"] or pattern[match.end() : match.end() + 2] in ("", "\\/")
            deep, here = ("(?:.*/)?", "[^/]*/") if match["slash"] else (".*", "[^/]*")
            is_deep = crosses and len(match["stars"]) > 1 and is_behind_a_slash and is_before_one
            yield deep if is_deep else here
        elif match["members"]:
            yield _class(match["members"], is_negated=match["negated"] is not None)
        elif match["broken"]:
            yield None
            return
        else:
            yield "[^/]" if match[0] == "?" else escape(match["escaped"] or match[0])


@functools.lru_cache(maxsize=1024)
def _class(members: str, *, is_negated: bool) -> str | None:
    """Give the expression of a class, which never holds a slash; None for one that nothing meets."""
    held = set[int]()
    for match in _MEMBER.finditer(members):
        if match["name"] is not None:
            if match["name"] not in _CLASSES:
                return None
            held.update(_CLASSES[match["name"]])
        else:
            first = ord(match["first"][-1])
            held.update([first], range(first, ord((match["last"] or "\0")[-1]) + 1))  # of `z-a` the z
    held = (set(range(256)) - held if is_negated else held) - {ord("/")}
    return f"[{''.join(_ranges(sorted(held)))}]" if held else None


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    """Give the ranges of a class that hold these bytes."""
    for _, group in itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield _RANGE_OF.format(run[0], run[-1])
