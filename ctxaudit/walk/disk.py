"""Directories of the disk: opened from one another, so that depth costs nothing, read in the order of their bytes."""

from __future__ import annotations

import errno
import functools
import operator
import os
import stat
import weakref
from array import array
from collections.abc import Callable, Iterator, MutableSequence
from contextlib import suppress
from dataclasses import field
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from ctxaudit.errors import TreeError
from ctxaudit.files import TYPES, Held, entry_in, hold, let_go, may
from ctxaudit.ignore.matcher import MOST_NAMES, ancestry
from ctxaudit.model import Attributes, EntryType, Node, client
from ctxaudit.values import record

# What a selection says of each entry on the way down.

Reads = Literal["nothing", "itself", "all below"]


class Choice(dict[str, "Choice"]):
    """What a selection says of one entry: `choice[name]` is what it says of a child, found once and then looked up.

    kept: sent. permitted: by the ignore file alone, where anybody asks for it; always where kept.
    descends: should it be a directory, its children matter to the selection.
    content_sent: should it be a file that is kept, its content arrives.
    uniform_below: all below it has the same verdicts, also about the content.
    state: what the selection needs for the children. cacheable: it is the same for every path of that state.
    """

    __slots__ = ("_child", "cacheable", "content_sent", "descends", "kept", "permitted", "state", "uniform_below")

    def __init__(
        self,
        child: Callable[[Any, str], Choice],
        state: Any,
        *,
        kept: bool,
        permitted: bool,
        descends: bool,
        content_sent: bool = True,
        uniform_below: bool = False,
        cacheable: bool = True,
    ) -> None:
        super().__init__()
        self._child = child
        self.state = state
        self.kept = kept
        self.permitted = permitted
        self.descends = descends
        self.content_sent = content_sent
        self.uniform_below = uniform_below
        self.cacheable = cacheable

    def __missing__(self, name: str) -> Choice:
        # A dictionary, so that a name seen before costs one look-up in C: this is asked for every entry of a tree.
        found = self._child(self.state, name)
        # The verdict of a pattern that only RE2 can decide is one path's alone, and must not be looked up again.
        if found.cacheable:
            if len(self) >= MOST_NAMES:
                self.clear()
            self[name] = found
        return found

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class Selection(Protocol):
    """Which entries a builder is sent, decided on the way down.

    root: what it says of the context root, which is always entered.
    """

    root: Choice

    def reads(self, path: str, choice: Choice) -> Reads:
        """How far the builder reads a directory: it fails where it may not."""

    def refusal(self, path: str, full: str) -> str:
        """What the builder says about a directory that it may not read."""


class Everything:
    """A selection's verdicts about the whole tree, also where it would not look."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self.root = self._choice((selection.root, True))

    def _child(self, state: tuple[Choice, bool], name: str) -> Choice:
        choice, reached = state
        return self._choice((choice[name], reached and choice.descends))

    def _choice(self, state: tuple[Choice, bool]) -> Choice:
        choice, reached = state
        return Choice(
            self._child,
            state,
            kept=choice.kept and reached,
            permitted=choice.permitted and reached,
            descends=True,
            content_sent=choice.content_sent,
            # `reached` depends on the way down, so that one choice does not stand for many paths.
            cacheable=False,
        )

    def reads(self, path: str, choice: Choice) -> Reads:
        return self._selection.reads(path, choice.state[0])

    def refusal(self, path: str, full: str) -> str:
        return self._selection.refusal(path, full)


class Supposed:
    """A selection's verdicts where no builder reads: what may not be read is passed over."""

    def __init__(self, selection: Selection) -> None:
        self.root = selection.root

    def reads(self, path: str, choice: Choice) -> Reads:
        return "nothing"

    def refusal(self, path: str, full: str) -> str:
        return f"open {full}"


def decide(selection: Selection, path: str) -> tuple[Choice, str]:
    """Walk down to one path; return the choice, and the directory at which the builder turned back, "" for none.

    Of `web` and `!web/a` both builders include `web/a`: the exception starts with the directory's name. Of `web` and
    `!*/a` BuildKit includes it still, and the classic builder turns back at `web`.
    """
    choice = selection.root
    for at in ancestry(path):
        choice = choice[at.rpartition("/")[2]]
        if at != path and not choice.descends:
            return choice, at
    return choice, ""


def includes(selection: Selection, path: str) -> bool:
    """Whether a builder includes a path, be it there or not."""
    # No builder keeps a directory that it does not enter, so that a path below one is not included either.
    return decide(selection, path)[0].kept


# Plain entries in columns: a large tree holds little else, and adds up without an object for each.

ODD_LENGTH = 100  # bytes of a path from which a tar may have to say it otherwise
LARGEST_PLAIN = 8**11  # bytes of a file that a tar's header still holds
LAST_PLAIN = 2**62  # nanoseconds: a time that every builder says in its usual way ends in 2116


Numbers = MutableSequence[int]


@record
class Columns:
    """Plain files and directories in the order of the walk.

    A plain file has one link, no extended attribute, a name of valid UTF-8, a time from 1970 on, and may be read.
    lengths: of the paths, in bytes. sizes: 0 for a directory. modified: nanoseconds. modes: st_mode.
    files: 1 for a file, 0 for a directory. odd: the paths that are long or hold more than ASCII, by number.
    """

    lengths: Numbers = field(default_factory=list)
    sizes: Numbers = field(default_factory=list)
    modified: Numbers = field(default_factory=list)
    modes: Numbers = field(default_factory=list)
    files: bytearray = field(default_factory=bytearray)
    odd: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sizes)

    def packed(self) -> Columns:
        """Give the same in a quarter of the room."""
        # Lists are faster to fill, arrays smaller to keep: 8 + 4 + 8 + 2 bytes for an entry, and no object.
        numbers = array("I", self.lengths), array("q", self.sizes), array("q", self.modified), array("H", self.modes)
        return Columns(*numbers, self.files, self.odd)

    def part(self, first: int, last: int) -> Columns:
        """Give some of the entries, numbered anew."""
        if first == 0 and last == len(self):
            return self
        odd = {at - first: path for at, path in self.odd.items() if first <= at < last} if self.odd else {}
        return Columns(
            self.lengths[first:last],
            self.sizes[first:last],
            self.modified[first:last],
            self.modes[first:last],
            self.files[first:last],
            odd,
        )

    def extend(self, other: Columns) -> None:
        """Add another's entries."""
        if other.odd:
            before = len(self)
            self.odd.update((before + at, path) for at, path in other.odd.items())
        self.lengths.extend(other.lengths)
        self.sizes.extend(other.sizes)
        self.modified.extend(other.modified)
        self.modes.extend(other.modes)
        self.files += other.files

    def add_directory(self, path: str, length: int, mode: int, modified: int) -> None:
        """Add a directory; *length* is that of its path in bytes."""
        # A tar holds 100 bytes of ASCII for a name; a longer or other one needs the path itself to be measured.
        if length >= ODD_LENGTH or not path.isascii():
            self.odd[len(self)] = path
        self.lengths.append(length)
        self.sizes.append(0)
        self.modified.append(modified)
        self.modes.append(mode)
        self.files.append(0)


NO_PACKETS = array("I")


class Measure(NamedTuple):
    """What entries that are sent add up to for one builder.

    files, content: as in Totals. fixed: bytes of the transfer, whatever came before them. packets: of each entry, in
    order, those that also say its number, where a builder has such.
    """

    files: int
    content: int
    fixed: int
    packets: array[int] = NO_PACKETS


class Total:
    """Adds measures up."""

    def __init__(self) -> None:
        self.files = self.content = self.fixed = 0
        self.packets = array("I")

    def add(self, measure: Measure) -> None:
        self.files += measure.files
        self.content += measure.content
        self.fixed += measure.fixed
        self.packets.extend(measure.packets)

    def measure(self) -> Measure:
        return Measure(self.files, self.content, self.fixed, self.packets)


class Scale(Protocol):
    """Measures entries as one builder takes them; all are sent, with what is in them."""

    def columns(self, columns: Columns) -> Measure:
        """Measure plain entries."""

    def node(self, node: Node) -> Measure:
        """Measure one entry that is not a hard link and may be read."""


HEAD_BYTES = 65_536
MOST_OPEN = 100  # directories: below, one is opened by its path from the last that stays open, as descriptors are few
LONG = 500  # characters of a path from which the kernel is faster over the descriptor's own link

_DEVICES = frozenset((stat.S_IFCHR, stat.S_IFBLK))
_NO_DEVICE = (0, 0)
_list_xattrs = functools.partial(os.listxattr, follow_symlinks=False) if hasattr(os, "listxattr") else None
_name = operator.attrgetter("name")

Entries = list[os.DirEntry[str]]
_T = TypeVar("_T")


class Directories:
    """Opens directories below *top*; those on the way to the last one stay open, up to a limit.

    moves: this process may work in each of them, so that the kernel finds what is in it without the way there. Then
    *top* has to be absolute.
    """

    def __init__(self, top: str, *, moves: bool = False) -> None:
        self.top = top
        self._moves = moves
        self._open: list[tuple[str, Held]] = []
        weakref.finalize(self, _close, self._open)

    def open(self, path: str) -> Held:
        """Hold a directory, never a symlink; it is let go of when another one is opened, or with all."""
        start = f"{path}/" if path else ""
        if not path:
            self.close()
        # A descriptor of the parent makes the kernel resolve one name in place of the whole path.
        while self._open and not start.startswith(self._open[-1][0]):
            let_go(self._open.pop()[1])
        if self._open and self._open[-1][0] == start:
            return self._open[-1][1]
        if self._open:
            above, held = self._open[-1]
            found = hold(path[len(above) :], held)
        else:
            found = hold(full(self.top, path))
        # A process may have 1,024 descriptors, and may be part of a program that needs some itself.
        if len(self._open) > MOST_OPEN:
            let_go(self._open.pop()[1])
        self._open.append((start, found))
        return found

    def close(self) -> None:
        _close(self._open)

    def full(self, path: str, held: Held) -> str:
        """How the kernel finds what is in a held directory, until another is asked for; with a slash at the end."""
        if self._moves:
            os.chdir(held)
            return "./"
        is_short = len(path) < LONG or not isinstance(held, int)
        return f"{full(self.top, path)}/" if is_short else f"/proc/self/fd/{held}/"


def _close(opened: list[tuple[str, Held]]) -> None:
    while opened:
        let_go(opened.pop()[1])


def sorted_entries(held: Held) -> tuple[Entries, bool]:
    """The entries of a directory in the order of their names' bytes, and whether all of them are ASCII."""
    # fsutil and go-archive sort by bytes (filepath.WalkDir); code points sort the same where all is ASCII.
    with os.scandir(held) as scan:
        entries = list(scan)
    entries.sort(key=_name)
    is_ascii = "".join(map(_name, entries)).isascii()
    if not is_ascii:
        entries.sort(key=lambda entry: os.fsencode(entry.name))
    return entries, is_ascii


def released(entries: Entries) -> Iterator[os.DirEntry[str]]:
    """Give the entries and let go of each: it remembers what was asked about it, which adds up in a large directory."""
    entries.reverse()
    while entries:
        yield entries.pop()


def depth_first(top: Iterator[_T], inside: Callable[[_T], Iterator[_T] | None]) -> Iterator[_T]:
    """Give each item of *top*, and after it what is inside of it, None for nothing: `a`, `a/b`, `a/b/c`, `a/d`, `e`.

    A stack of iterators takes the place of recursion: a tree may be deeper than Python's stack. An item is given before
    *inside* is called with it, so that whoever takes it can still decide what that gives.
    """
    levels = [top]
    while levels:
        for item in levels[-1]:
            yield item
            below = inside(item)
            if below is not None:
                levels.append(below)
                break
        else:
            levels.pop()


def attributes_of(full: str, status: os.stat_result, is_root: bool) -> Attributes:
    """What there is to say of an entry, *full* its whole path."""
    mode, here = status.st_mode, client()
    kind = stat.S_IFMT(mode)
    return Attributes(
        here.mode(mode),
        status.st_size,
        status.st_mtime_ns,
        status.st_ino,
        status.st_nlink if here.knows_inodes else 1,
        (os.major(status.st_rdev), os.minor(status.st_rdev)) if kind in _DEVICES else _NO_DEVICE,
        xattrs(full),
        is_root or kind != stat.S_IFREG or _is_readable(full, mode),
    )


def type_of(entry: os.DirEntry[str], attributes: Attributes | None) -> EntryType:
    """The type of what is not a directory."""
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_symlink():
        return "symlink"
    mode = entry.stat(follow_symlinks=False).st_mode if attributes is None else attributes.mode
    return TYPES[stat.S_IFMT(mode)]


def _is_readable(full: str, mode: int) -> bool:
    # An access list may still deny a file that all may read; that is not looked for.
    return mode & 0o444 == 0o444 or may(full, os.R_OK)


def xattrs(full: str) -> tuple[tuple[str, int], ...]:
    """The extended attributes: of each its name, and the length of its value."""
    if _list_xattrs is None or not client().knows_inodes:
        return ()
    try:
        names = _list_xattrs(full)
    except OSError:
        return ()
    return tuple(_measured(full, names)) if names else ()


def has_xattrs(fulls: list[str]) -> bool:
    """Whether one of these has extended attributes, as far as the platform and the file system know of such.

    Raises OSError where one cannot be asked.
    """
    if _list_xattrs is None or not client().knows_inodes:
        return False
    try:
        return any(map(_list_xattrs, fulls))
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return any(map(xattrs, fulls))  # a file of another file system may be mounted among them


def _measured(full: str, names: list[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        with suppress(OSError):
            yield name, len(os.getxattr(full, name, follow_symlinks=False))


def is_searchable(held: Held) -> bool:
    """Whether this process may ask about what is in a directory; one may be listed, and yet not."""
    path, descriptor = entry_in(held, ".")
    return may(path, os.X_OK, descriptor)


def check_readable(top: str, path: str, selection: Selection, reads: Reads) -> None:
    """Look into a directory that only the builder reads: it fails on the first one that it may not read."""
    # An unreadable directory fails the build even where everything in it is excluded, if the builder looks in.
    pending = [path] if reads != "nothing" else []
    while pending:
        at = pending.pop()
        try:
            with os.scandir(full(top, at)) as scan:
                below = [f"{at}/{entry.name}" for entry in scan if entry.is_dir(follow_symlinks=False)]
        except PermissionError as error:
            raise unreadable(top, at, selection, error) from error
        except OSError:
            continue
        if reads == "all below":
            pending += sorted(below, reverse=True)


def refused(top: str, path: str, selection: Selection, choice: Choice, error: OSError) -> None:
    """Pass over a directory that cannot be opened, where the builder would not notice; else raise TreeError."""
    # Gone, or replaced by a file, since it was listed: the builders pass over both.
    if isinstance(error, (FileNotFoundError, NotADirectoryError)) or selection.reads(path, choice) == "nothing":
        return
    raise unreadable(top, path, selection, error) from error


def unreadable(top: str, path: str, selection: Selection, error: OSError) -> TreeError:
    return TreeError(
        f"{selection.refusal(path, full(top, path))}: {(error.strerror or str(error)).lower()}",
        where=path or top,
        fix="the builder fails here too: make it readable, or exclude it in the ignore file",
    )


def full(top: str, path: str) -> str:
    return f"{top}/{path}" if path else top
