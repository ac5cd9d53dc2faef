"""What `.gitignore` files exclude, whatever the disk holds: git's own answer is about the files on it."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import re2
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from ctxaudit.errors import CtxauditError
from ctxaudit.files import LARGEST
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.model import Location
from ctxaudit.values import expression

if TYPE_CHECKING:
    from ctxaudit.repository.snapshot import Snapshot

FILE = ".gitignore"
# How pathspec's expressions end, which match all that is below as well: a name, a directory, all in a directory.
_ENDS = {"(?:(?P<ps_d>/)|$)": "/?$", "(?P<ps_d>/)": "/$", "": ".+$"}
_WILD = expression(r"[*?\[\\]")


class _Line(NamedTuple):
    """A line that is a pattern. matches: RE2's, as the lines of a stranger may be slow for any other engine."""

    number: int
    text: str
    leaves_out: bool
    matches: Any


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
            for line in (one for one in lines if one.leaves_out is leaves_out):
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
        found = (self._decides(one, is_dir) for one, is_dir in (*((at, True) for at in above), (last, is_dir)))
        return next(filter(None, found), None)

    def _decided(self, path: str, is_dir: bool) -> Location | None:
        """Ask about the path itself: the nearest file with a line that matches decides, by its last one."""
        above = path
        while above:
            above = os.path.dirname(above)
            asked = os.fsencode(path[len(above) :].lstrip("/") + "/" * is_dir)
            for line in reversed(self._lines.get(above, ())):
                if line.matches.match(asked):
                    return Location(os.path.join(above, FILE), line.number) if line.leaves_out else None
        return None


def whole(data: bytes, path: str) -> bytes:
    """Return what was read of a file; raises CtxauditError where that is more than the limit."""
    if len(data) > LARGEST:
        what = f"it is larger than {LARGEST:,} bytes, the limit of what is read"
        raise CtxauditError(what, where=path, fix="make it smaller: git reads each line of it for each path")
    return data


def _lines(data: bytes) -> Iterator[_Line]:
    """The lines that mean something; git passes the others over, too."""
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        text = re.sub(r"(?<!\\) +$", "", line.decode("latin-1").removesuffix("\r"))  # a letter for each byte
        try:
            pattern = GitIgnoreSpecPattern(text)
            if pattern.include is not None and pattern.regex is not None:
                source = _exactly(pattern.regex.pattern).encode("latin-1")
                yield _Line(number, text, pattern.include, re2.compile(source, _bytewise()))
        except (ValueError, re.error, re2.error):
            continue


def _exactly(source: str) -> str:
    """Give the expression that matches the path itself, a directory with a slash at its end."""
    end = next(end for end in _ENDS if source.endswith(end))
    return f"^(?:{source.removesuffix(end)}){_ENDS[end]}" if end or source != "." else "^.+$"


@functools.cache
def _bytewise() -> Any:
    """Git compares bytes; what RE2 has to say of a line goes nowhere."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return options
