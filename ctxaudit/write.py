"""One block in one file, all or nothing.

The block stands at the end of an ignore file, between two comments. Where the user's last line had no end, the block's
first line says so: taking the block out gives the file back byte for byte.
"""

from __future__ import annotations

import difflib
import io
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ctxaudit.errors import CtxauditError

BEGIN = "# >>> ctxaudit"
END = "# <<< ctxaudit"

_JOINED = " (the line above had no end)"
_BOM = b"\xef\xbb\xbf"
_BEGIN_LINE = BEGIN.encode()
_BEGIN_JOINED_LINE = (BEGIN + _JOINED).encode()
_END_LINE = END.encode()
# What is wrong with a marker, and how to mend it.
_STRAY = ("nothing opens this one", f'write "{BEGIN}" above its first pattern, or delete this line')
_OPEN = ("nothing closes this one", f'write "{END}" below its last pattern, or delete this line')
_SECOND = ("this is a second one", f'delete one of the two, from "{BEGIN}" to "{END}"')

_NOTHING: Mapping[str, Any] = {}
_NEW_FILE_MODE = 0o644
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link that leads to itself",
}
# Source: git v2.39, quote.c, `cq_lookup`.
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def append(path: Path, data: bytes) -> None:
    """Add to the end of a file, which need not be there; raises CtxauditError where that is not possible."""
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise CtxauditError(f"it cannot be written: {error.strerror}", where=str(path)) from error


def without_block(data: bytes, name: str = ".dockerignore") -> bytes:
    """Give the ignore file as it stood before our block; lines written below the block stay, after those above it.

    name: of the file, for the error.
    Raises CtxauditError, with file and line, where the markers do not make one block.
    """
    pieces = _pieces(data)
    block = _block(pieces, name)
    if block is None:
        return data
    above, begin, below = pieces[: block.start], pieces[block.start], pieces[block.stop :]
    if _text(begin) == _BEGIN_JOINED_LINE and not below:
        above[-1] = above[-1].removesuffix(_line_end(begin))
    return b"".join([*above, *below])


def own_lines(data: bytes) -> range:
    """Give the numbers of the lines of our block, markers included; none where there is no whole one."""
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


def unified_diff(name: str, old: bytes | None, new: bytes) -> bytes:
    """Give the change as `git apply` takes it; b"" where there is none.

    name: relative to where the diff is applied, "/"-separated. old: None for a file that is not there.
    """
    if old == new:
        return b""
    before, after = (_quoted(f"{side}/{name}") for side in "ab")
    head = b"diff --git %s %s\n" % (before, after)
    if old is None:
        head, before = head + b"new file mode 100644\n", b"/dev/null"
    # As git ends a name that holds a space.
    before, after = (label + b"\t" * (b" " in label) for label in (before, after))
    lines = difflib.diff_bytes(difflib.unified_diff, _lines(old or b""), _lines(new), before, after, lineterm=b"\n")
    return head + b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in lines
    )


def replace_file(path: Path, data: bytes, root: Path) -> None:
    """Put the bytes in the file's place, all or nothing; its mode and owner stay, and so does a link that leads to it.

    root: the directory that what is written has to lie in, links followed.
    Raises CtxauditError, with the file as it was, for one that lies elsewhere, for what is no regular file, and where
    it cannot be written.
    """
    target = Path(os.path.realpath(path))
    if not target.is_relative_to(os.path.realpath(root)):
        raise CtxauditError(
            f"it lies out of the context, at {target}",
            where=str(path),
            fix="write that file by hand, or put a regular file of the context in the link's place",
        )
    try:
        _replace(target, data, str(path))
    except OSError as error:
        raise CtxauditError(
            f"it cannot be written: {(error.strerror or str(error)).lower()}; nothing was changed",
            where=str(path),
            fix="let its directory be there, writable, and with room for a second copy",
        ) from error


def _pieces(data: bytes) -> list[bytes]:
    """Give the byte order mark, b"" where there is none, and then the lines: line 3 is at index 3."""
    bom = _BOM * data.startswith(_BOM)
    return [bom, *_lines(data[len(bom) :])]


def _lines(data: bytes) -> list[bytes]:
    """Cut after each line feed and nowhere else, as git and Docker do."""
    return io.BytesIO(data).readlines()


def _text(line: bytes) -> bytes:
    return line.rstrip(b"\r\n")


def _line_end(data: bytes) -> bytes:
    return b"\r\n" if 2 * data.count(b"\r\n") > data.count(b"\n") else b"\n"


def _block(pieces: list[bytes], name: str) -> slice | None:
    """Find the block, markers included."""
    markers = (_BEGIN_LINE, _BEGIN_JOINED_LINE, _END_LINE)
    found = [at for at, piece in enumerate(pieces) if _text(piece) in markers]
    match ["<" if _text(pieces[at]) == _END_LINE else ">" for at in found]:
        case []:
            return None
        case [">", "<"]:
            return slice(found[0], found[1] + 1)
        case ["<", *_]:
            raise _no_block(pieces, name, found[0], *_STRAY)
        case [">"] | [">", ">", *_]:
            raise _no_block(pieces, name, found[0], *_OPEN)
        case [_, _, "<", *_]:
            raise _no_block(pieces, name, found[2], *_STRAY)
        case _:
            raise _no_block(pieces, name, found[2], *_SECOND)


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


def _quoted(name: str) -> bytes:
    """Quote a name as git does where it holds a control character, a quote, a backslash or a byte above ASCII."""
    raw = name.encode("utf-8", "surrogateescape")
    if all(32 <= byte < 127 and byte not in b'"\\' for byte in raw):
        return raw
    return b'"' + b"".join(map(_escaped, raw)) + b'"'


def _escaped(byte: int) -> bytes:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}".encode()
    return bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte


def _replace(target: Path, data: bytes, where: str) -> None:
    # All in the one directory that was opened: it may be moved or replaced meanwhile.
    directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        old = _status(target.name, directory, where)
        with _temporary_name(directory) as temporary:
            _write(temporary, data, old, directory)
            os.replace(temporary, target.name, src_dir_fd=directory, dst_dir_fd=directory)
        # The new file is whole and in its place by now; some file systems cannot sync a directory.
        with suppress(OSError):
            os.fsync(directory)
    finally:
        os.close(directory)


def _status(name: str, directory: int, where: str) -> os.stat_result | None:
    """Look at the old file, None where there is none; raises CtxauditError for what is no regular file."""
    try:
        old = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(old.st_mode):
        kind = _KINDS[stat.S_IFMT(old.st_mode)]
        raise CtxauditError(f"it is {kind}, no regular file", where=where, fix="move it away")
    return old


@contextmanager
def _temporary_name(directory: int) -> Iterator[str]:
    """Give a name that is free in the directory, and is free again afterwards."""
    name = f".ctxaudit-{os.urandom(8).hex()}"
    try:
        yield name
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=directory)


def _write(name: str, data: bytes, old: os.stat_result | None, directory: int) -> None:
    """Write a file that was not there to the disk, with the old one's mode and, where this user may, its owner."""
    mode = stat.S_IMODE(old.st_mode) if old else _NEW_FILE_MODE
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode, dir_fd=directory)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if old:
            with suppress(PermissionError):
                os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, mode)
        os.fsync(descriptor)
