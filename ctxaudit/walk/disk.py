"""Directories of the disk: opened from one another, so that depth costs nothing, read in the order of their bytes.

Each is read once, whoever asks, and what is below one is added up.
"""

from __future__ import annotations

import errno
import functools
import operator
import os
import stat
import weakref
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, MutableSequence
from contextlib import suppress
from dataclasses import field
from itertools import compress
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from ctxaudit.errors import TreeError
from ctxaudit.files import TYPES, Held, hold, is_readable_in, is_superuser, let_go, status_in, target_in
from ctxaudit.ignore.matcher import MOST_NAMES, ancestry
from ctxaudit.model import Attributes, Client, EntryType, Node, client
from ctxaudit.values import record

# What a selection says of each entry on the way down.

Reads = Literal["nothing", "itself", "all below"]


class Choice(dict[str, "Choice"]):
    """What a selection says of one entry: `choice[name]` is what it says of a child, found once and then looked up.

    kept: sent. permitted: by the ignore file alone, where anybody asks for it; always where kept.
    descends: should it be a directory, its children matter to the selection.
    content_sent: should it be a file that is kept, its content arrives.
    uniform_below: all below it has the same verdicts, also about the content: it is its own child.
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
        if self.uniform_below:
            return self
        # A dictionary, so that a name seen before costs one look-up in C: this is asked for every entry of a tree.
        choice = self._child(self.state, name)
        # The verdict of a pattern that only RE2 can decide is one path's alone, and must not be looked up again.
        if choice.cacheable:
            if len(self) >= MOST_NAMES:
                self.clear()
            self[name] = choice
        return choice

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

_ODD_LENGTH = 100  # bytes of a path from which a tar may have to say it otherwise
_LARGEST_PLAIN = 8**11  # bytes of a file that a tar's header still holds
_LAST_PLAIN = 2**62  # nanoseconds: a time that every builder says in its usual way ends in 2116


_Numbers = MutableSequence[int]


@record
class Columns:
    """Plain files and directories in the order of the walk.

    A plain file has one link, no extended attribute, a name of valid UTF-8, a time from 1970 on, and may be read.
    lengths: of the paths, in bytes. sizes: 0 for a directory. modified: nanoseconds. modes: st_mode.
    states: as of Attributes, 0 for a directory. files: 1 for a file, 0 for a directory. odd: the paths that are long
    or hold more than ASCII, by number.
    """

    lengths: _Numbers = field(default_factory=list)
    sizes: _Numbers = field(default_factory=list)
    modified: _Numbers = field(default_factory=list)
    modes: _Numbers = field(default_factory=list)
    states: _Numbers = field(default_factory=list)
    files: bytearray = field(default_factory=bytearray)
    odd: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sizes)

    def packed(self) -> Columns:
        """Give the same in a quarter of the room."""
        # Lists are faster to fill, arrays smaller to keep: 4 + 8 + 8 + 2 + 8 bytes for an entry, and no object.
        return Columns(
            array("I", self.lengths),
            array("q", self.sizes),
            array("q", self.modified),
            array("H", self.modes),
            array("q", self.states),
            self.files,
            self.odd,
        )

    def part(self, first: int, last: int) -> Columns:
        """Give some of the entries, numbered anew."""
        if first == 0 and last == len(self.sizes):
            return self
        odd = {at - first: path for at, path in self.odd.items() if first <= at < last} if self.odd else {}
        return Columns(
            self.lengths[first:last],
            self.sizes[first:last],
            self.modified[first:last],
            self.modes[first:last],
            self.states[first:last],
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
        self.states.extend(other.states)
        self.files += other.files

    def add_directory(self, path: str, length: int, mode: int, modified: int) -> None:
        """Add a directory; *length* is that of its path in bytes."""
        # A tar holds 100 bytes of ASCII for a name; a longer or other one needs the path itself to be measured.
        if length >= _ODD_LENGTH or not path.isascii():
            self.odd[len(self)] = path
        self.lengths.append(length)
        self.sizes.append(0)
        self.modified.append(modified)
        self.modes.append(mode)
        self.states.append(0)
        self.files.append(0)


_NO_PACKETS = array("I")


class Measure(NamedTuple):
    """What entries that are sent add up to for one builder.

    files, content: as in Totals. fixed: bytes of the transfer, whatever came before them. packets: of each entry, in
    order, those that also say its number, where a builder has such.
    """

    files: int
    content: int
    fixed: int
    packets: array[int] = _NO_PACKETS


class _Total:
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
_HAS_LINKS = os.path.isdir("/proc/self/fd")  # of descriptors; macOS has none

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
            handle = hold(path[len(above) :], held)
        else:
            handle = hold(full(self.top, path))
        # A process may have 1,024 descriptors, and may be part of a program that needs some itself.
        if len(self._open) > MOST_OPEN:
            let_go(self._open.pop()[1])
        self._open.append((start, handle))
        return handle

    def close(self) -> None:
        _close(self._open)

    def full(self, path: str, held: Held) -> str:
        """How the kernel finds what is in a held directory, until another is asked for; with a slash at the end."""
        if self._moves:
            os.chdir(held)
            return "./"
        is_named = len(path) < LONG or not isinstance(held, int) or not _HAS_LINKS
        return f"{full(self.top, path)}/" if is_named else f"/proc/self/fd/{held}/"


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


def attributes_of(held: Held, name: str, full: str, status: os.stat_result, is_root: bool) -> Attributes:
    """What there is to say of an entry of a held directory. full: how the kernel finds it."""
    mode, here = status.st_mode, client()
    kind = stat.S_IFMT(mode)
    return Attributes(
        here.mode(mode),
        0 if kind == stat.S_IFLNK and not here.measures_links else status.st_size,
        status.st_mtime_ns,
        status.st_ino,
        status.st_nlink if here.knows_inodes else 1,
        (os.major(status.st_rdev), os.minor(status.st_rdev)) if kind in _DEVICES else _NO_DEVICE,
        xattrs(full),
        # An access list may still deny a file that all may read; that is not looked for.
        is_root or kind != stat.S_IFREG or mode & 0o444 == 0o444 or is_readable_in(held, name),
        _state(status),
    )


def _state(status: os.stat_result) -> int:
    # The kernel sets ctime at each change, also where a program puts the time of modification back; Windows never does.
    return hash((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))


def type_of(entry: os.DirEntry[str], attributes: Attributes | None) -> EntryType:
    """The type of what is not a directory."""
    if entry.is_file(follow_symlinks=False):
        return "file"
    if entry.is_symlink():
        return "symlink"
    mode = entry.stat(follow_symlinks=False).st_mode if attributes is None else attributes.mode
    return TYPES[stat.S_IFMT(mode)]


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


# What one directory holds: its plain files in columns, everything else entry by entry.

PART = 1000  # entries that are looked at together: each remembers what was asked, which adds up


class Other(NamedTuple):
    """An entry that is not a plain file, or that nobody asked for when the directory was read.

    at: how many of the plain files come before it. attributes: None where nobody was to be sent or to enter it.
    """

    at: int
    name: str
    type: EntryType
    attributes: Attributes | None
    target: str


@record
class Directory:
    """What a directory holds.

    start: how the paths in it begin. names, columns: of its plain files. others: the rest, in order.
    candidates: by the catalogue that was asked, the numbers of plain files that may be a finding.
    measures: of runs of files.
    """

    start: str
    names: list[str]
    columns: Columns
    others: list[Other]
    candidates: dict[object, tuple[int, ...]] = field(default_factory=dict)
    measures: dict[tuple[int, int, Scale], Measure] = field(default_factory=dict)


@record
class _Reader:
    """Divides the entries of a held directory.

    Nothing is called for each plain file but the kernel: most of a large tree passes here.
    start: how the paths in it begin. full: how the kernel finds them. is_ascii: whether start and all names are.
    """

    _held: Held
    _start: str
    _full: str
    _is_root: bool
    _is_ascii: bool
    _client: Client = field(default_factory=client)
    names: list[str] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)
    columns: Columns = field(default_factory=Columns)

    def take(self, part: Entries, choice: Choice | None) -> None:
        """Take some entries: files together where all are plain, and else one by one.

        choice: which files somebody is sent, None for all. Raises OSError where an entry may not be asked about.
        """
        flags = [entry.is_file(follow_symlinks=False) for entry in part]
        if choice is not None:
            flags = [is_file and choice[entry.name].permitted for is_file, entry in zip(flags, part, strict=True)]
        files = part if all(flags) else list(compress(part, flags))
        before = len(self.names)
        are_plain = not files or self._takes_all(files)
        if are_plain and files is part:
            return
        at = before
        for entry, is_plain in zip(part, flags, strict=True):
            if is_plain and (are_plain or self._takes_all([entry])):
                at += 1
            else:
                self._take_other(entry, at, choice)

    def _takes_all(self, files: Entries) -> bool:
        """Add files, at least one, where all of them are plain."""
        readable = 0 if self._is_root else 0o444  # the bits of a mode that let this process read, whoever it is
        try:
            stats = [entry.stat(follow_symlinks=False) for entry in files]
            names = [entry.name for entry in files]
            modes = [status[stat.ST_MODE] for status in stats]
            sizes = [status[stat.ST_SIZE] for status in stats]
            modified = [status.st_mtime_ns for status in stats]
            is_plain = (
                (not self._client.knows_inodes or max([status[stat.ST_NLINK] for status in stats]) == 1)
                and all(mode & readable == readable for mode in set(modes))
                and min(modified) >= 0
                and max(modified) < _LAST_PLAIN
                and max(sizes) < _LARGEST_PLAIN
                and (self._is_ascii or all(map(is_utf8, names)))
                and not has_xattrs([self._full + name for name in names])
            )
        # One odd file makes this return False for all: the caller then asks them one by one.
        except OSError:  # one is gone, or may not be asked
            return False
        if is_plain:
            if self._is_ascii:
                lengths = list(map(len(self._start).__add__, map(len, names)))
            else:
                lengths = [len(os.fsencode(self._start + name)) for name in names]
            modes = list(map(self._client.mode, modes)) if self._client.executable else modes
            states = list(map(_state, stats))
            self._add(names, Columns(lengths, sizes, modified, modes, states, bytearray(b"\1" * len(names))))
        return is_plain

    def _add(self, names: list[str], columns: Columns) -> None:
        lengths = columns.lengths
        if not self._is_ascii or max(lengths) >= _ODD_LENGTH:
            is_odd = [not self._is_ascii or length >= _ODD_LENGTH for length in lengths]
            columns.odd.update((at, self._start + names[at]) for at in compress(range(len(names)), is_odd))
        if self.names:
            self.names += names
            self.columns.extend(columns)
        else:
            self.names, self.columns = names, columns

    def _take_other(self, entry: os.DirEntry[str], at: int, choice: Choice | None) -> None:
        """Add an entry by itself, unless it is gone."""
        name, is_dir = entry.name, entry.is_dir(follow_symlinks=False)
        try:
            if choice is not None and not (verdict := choice[name]).permitted and not (is_dir and verdict.descends):
                self.others.append(Other(at, name, "dir" if is_dir else type_of(entry, None), None, ""))
                return
            status = entry.stat(follow_symlinks=False)
            attributes = attributes_of(self._held, name, self._full + name, status, self._is_root)
            kind: EntryType = "dir" if is_dir else type_of(entry, attributes)
            target = self._client.path(target_in(self._held, name)) if kind == "symlink" else ""
        except FileNotFoundError:
            return
        self.others.append(Other(at, name, kind, attributes, target))


def is_utf8(text: str) -> bool:
    """Whether a path is text."""
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


CHUNK = 4096  # entries that are measured at once
Below = dict[Scale, Measure]
_MOST_HELD = 250_000  # entries whose directories are kept for whoever asks next


class _Gather:
    """Adds up directories for some scales, a chunk at a time."""

    def __init__(self, scales: tuple[Scale, ...]) -> None:
        self._totals = {scale: _Total() for scale in scales}
        self._columns = Columns()

    def files(self, columns: Columns, first: int, last: int) -> None:
        """Add plain files: those numbered from *first* to before *last*."""
        if first < last:
            self._columns.extend(columns.part(first, last))
            if len(self._columns) >= CHUNK:
                self._measure()

    def other(self, other: Other, path: str) -> None:
        """Add an entry that is not a plain file, and adds up."""
        attributes = other.attributes
        assert attributes is not None
        if other.type == "dir" and not attributes.xattrs and 0 <= attributes.modified < _LAST_PLAIN:
            length = len(path) if path.isascii() else len(os.fsencode(path))
            self._columns.add_directory(path, length, attributes.mode, attributes.modified)
            return
        self._measure()
        node = Node(path, other.type, True, True, other.type == "dir", attributes, other.target)
        for scale, total in self._totals.items():
            total.add(scale.node(node))

    def takes(self, below: Below) -> bool:
        """Add a directory that was added up before, where it was for all scales."""
        if not all(scale in below for scale in self._totals):
            return False
        self._measure()
        for scale, total in self._totals.items():
            total.add(below[scale])
        return True

    def found(self) -> Below:
        """What all add up to."""
        self._measure()
        return {scale: total.measure() for scale, total in self._totals.items()}

    def _measure(self) -> None:
        if len(self._columns):
            for scale, total in self._totals.items():
                total.add(scale.columns(self._columns))
            self._columns = Columns()


def adds_up(other: Other, path: str) -> bool:
    """Whether an entry has nothing to say but its size: no hard link, readable, its name text."""
    attributes = other.attributes
    if attributes is None or not attributes.readable or not is_utf8(path):
        return False
    return other.type in ("dir", "symlink") or attributes.links == 1


class _Mixed(Exception):
    """Something below a directory is not just to be added up."""


class Store:
    """The directories below one, read when they are first asked for; what passes the limit is read again."""

    def __init__(self, top: str) -> None:
        self.top = top
        self.is_root = is_superuser()
        self._directories = Directories(top)
        self._known: dict[str, Directory] = {}
        self._room = _MOST_HELD
        self._below: dict[str, Below] = {}
        self._mixed: set[str] = set()
        self._listed: tuple[str, Held, Entries, bool] | None = None

    def directory(self, path: str, choice: Choice | None, progress: Callable[[int], None] | None) -> Directory:
        """Give a directory, and keep it for whoever asks next, while there is room.

        choice: says which of its files somebody is sent, None for all. Raises OSError where it may not.
        """
        directory = self._known.get(path)
        if directory is None:
            directory = self._read(path, choice, progress)
            entries = len(directory.names) + len(directory.others)
            # A directory of a million files stays out: reading it again costs less than the memory.
            if self._room > entries:
                directory.columns = directory.columns.packed()
                self._room -= entries + 1
                self._known[path] = directory
        return directory

    def names(self, path: str) -> frozenset[str]:
        """Give the names in a directory, never a symlink; none where they are not known. It may well be read next,
        so that what was listed is kept for that."""
        known = self._known.get(path)
        if known is not None:
            return frozenset((*known.names, *(other.name for other in known.others)))
        try:
            held = self._directories.open(path)
            self._listed = path, held, *sorted_entries(held)
        except (OSError, ValueError):
            return frozenset()
        return frozenset(entry.name for entry in self._listed[2])

    def attributes(self, path: str) -> tuple[Attributes, str]:
        """Give what there is to say of an entry, and a symlink's target. Raises FileNotFoundError where it is gone."""
        above, _, name = path.rpartition("/")
        held = self._directories.open(above)
        status = status_in(held, name)
        attributes = attributes_of(held, name, self._directories.full(above, held) + name, status, self.is_root)
        is_link = stat.S_ISLNK(status.st_mode)
        return attributes, client().path(target_in(held, name)) if is_link else ""

    def inner(self, path: str) -> list[str]:
        """Give the directories in one of which all is sent."""
        try:
            directory = self.directory(path, None, None)
        except OSError:
            return []
        return [directory.start + other.name for other in directory.others if other.type == "dir"]

    def read_ahead(self, path: str, choice: Choice, progress: Callable[[int], None] | None) -> Directory | None:
        """Give a directory while there is room to keep it, None else; the walk says what is wrong with one."""
        if path not in self._known and self._room <= _MOST_HELD // 4:
            return None
        # What cannot be read is reported once, by the walk itself, where the builder would meet it.
        with suppress(OSError):
            return self.directory(path, choice, progress)
        return None

    def know(self, path: str, below: Below) -> None:
        """Take what somebody else added up."""
        self._below[path] = below

    def know_mixed(self, paths: Iterable[str]) -> None:
        """Take directories that somebody else found to be mixed."""
        self._mixed.update(paths)

    def mixed(self) -> list[str]:
        """Give the directories that are known to be mixed."""
        return list(self._mixed)

    def work_alone(self) -> None:
        """Go on in a process of its own, which may change its working directory: what is open is another's."""
        self._directories = Directories(self.top, moves=os.path.isabs(self.top))
        self._listed = None

    def close(self) -> None:
        """Close what is open; everything can still be asked for."""
        self._directories.close()

    def below(self, path: str, scales: tuple[Scale, ...], progress: Callable[[int], None] | None) -> Below | None:
        """Add up all below a directory, as it is sent whole; None where something in it is decided by itself."""
        measures = self._below.get(path)
        if measures is not None and all(scale in measures for scale in scales):
            return measures
        if path in self._mixed:
            return None
        try:
            measures = self._gathered(path, scales, progress)
        # One hard link or unreadable file below is enough: its bytes depend on what else is sent.
        except _Mixed as mixed:
            self._mix(path, str(mixed))
            return None
        self._below[path] = {**self._below.get(path, {}), **measures}
        return self._below[path]

    def _mix(self, top: str, path: str) -> None:
        """Remember that a directory is mixed, and all above it up to *top*."""
        while path not in self._mixed:
            self._mixed.add(path)
            if path == top:
                return
            path = path.rpartition("/")[0]

    def _gathered(self, path: str, scales: tuple[Scale, ...], progress: Callable[[int], None] | None) -> Below:
        gather = _Gather(scales)
        parts = depth_first(iter((path,)), lambda below: self._parts(below, gather, progress))
        deque(parts, maxlen=0)  # the work is done on the way
        return gather.found()

    def _parts(self, path: str, gather: _Gather, progress: Callable[[int], None] | None) -> Iterator[str]:
        """Gather the entries of one directory, and give the path of each directory in it, then."""
        try:
            directory = self._known.get(path) or self._read(path, None, progress)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise _Mixed(path) from error
        at = 0
        for other in directory.others:
            gather.files(directory.columns, at, other.at)
            at = other.at
            below = directory.start + other.name
            if not adds_up(other, below):
                raise _Mixed(path)
            gather.other(other, below)
            if other.type == "dir":
                known = self._below.get(below)
                if known is not None and gather.takes(known):
                    continue
                yield below
        gather.files(directory.columns, at, len(directory.names))

    def _read(self, path: str, choice: Choice | None, progress: Callable[[int], None] | None) -> Directory:
        """Read a directory. choice: None where all of it is sent. Raises OSError."""
        held = self._directories.open(path)
        listed, self._listed = self._listed, None
        # What was listed for its names serves, as long as its entries are still asked in the same place.
        is_listed = listed is not None and listed[:2] == (path, held)
        entries, is_ascii = listed[2:] if listed is not None and is_listed else sorted_entries(held)
        if progress is not None:
            progress(len(entries))
        start, full = f"{path}/" if path else "", self._directories.full(path, held)
        chosen = None if choice is not None and choice.uniform_below else choice
        reader = _Reader(held, start, full, self.is_root, is_ascii and path.isascii())
        while entries:
            # A DirEntry keeps what it was asked, its stat for one: those that were read must not pile up.
            part = entries[:PART]
            del entries[:PART]
            reader.take(part, chosen)
        return Directory(start, reader.names, reader.columns, reader.others)
