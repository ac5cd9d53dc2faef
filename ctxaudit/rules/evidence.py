"""What a kind needs to be true before it calls a path not needed; small tests that combine with & | ~.

A name alone proves little: `build/` is output beside a build.gradle with classes/ inside, and source elsewhere.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Callable, Iterator

from ctxaudit.ignore import has_wildcard
from ctxaudit.model import EntryType, Place
from ctxaudit.values import frozen

CACHEDIR_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"  # bford.info/cachedir, 43 bytes


# Directories that frameworks, site generators and packagers read whole, by these very names.
_READ_WHOLE = frozenset(
    (
        *("_data", "_includes", "_layouts", "_posts", "app", "archetypes", "assets", "blog", "config", "content"),
        *(
            "docs",
            "fixtures",
            "fonts",
            "htdocs",
            "icons",
            "images",
            "img",
            "messages",
            "migrations",
            "i18n",
            "lang",
            "layouts",
            "lib",
            "libs",
            "locale",
            "locales",
            "pages",
            "partials",
        ),
        *("plugins", "priv", "public", "resources", "schemas", "src", "static", "templates", "themes"),
        *("translations", "views", "web", "webapp", "wwwroot", "www"),
    )
)


@frozen
class Evidence:
    """A test of a place, and the words that say what was seen where it holds.

    expected: the same of a place that is not there, by what is around it: None where its content would decide.
    above: it holds of no file of so many bytes or fewer, so that most files need not be looked at.
    """

    holds: Callable[[Place], bool]
    words: str
    expected: Callable[[Place], bool | None]
    above: int = -1

    def __and__(self, other: Evidence) -> Evidence:
        words = ", ".join(filter(None, (self.words, other.words)))
        return Evidence(
            lambda place: self.holds(place) and other.holds(place),
            words,
            lambda place: _both(self.expected(place), other.expected(place)),
            max(self.above, other.above),
        )

    def __or__(self, other: Evidence) -> Evidence:
        words = f"{self.words} or {other.words}" if self.words and other.words else ""
        return Evidence(
            lambda place: self.holds(place) or other.holds(place),
            words,
            lambda place: _not(_both(_not(self.expected(place)), _not(other.expected(place)))),
            min(self.above, other.above),
        )

    def __invert__(self) -> Evidence:
        return Evidence(lambda place: not self.holds(place), "", lambda place: _not(self.expected(place)))

    def saying(self, words: str) -> Evidence:
        """Give the same test in other words, where its own would be long."""
        return Evidence(self.holds, words, self.expected, self.above)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _not(one: bool | None) -> bool | None:
    return None if one is None else not one


def _around(holds: Callable[[Place], bool], words: str) -> Evidence:
    """A test that asks nothing of the place but its path, its type, its neighbours and git."""
    return Evidence(holds, words, holds)


def _within(holds: Callable[[Place], bool], words: str, above: int = -1) -> Evidence:
    """A test that asks for the content of a file, or the names in a directory."""
    return Evidence(holds, words, lambda place: None, above)


BY_NAME = _around(lambda place: True, "")
GIT_IGNORED = _around(lambda place: place.git_ignored, "git-ignored")
UNTRACKED = _around(lambda place: not place.tracked, "not tracked by git")
TRACKED = _around(lambda place: place.tracked, "tracked by git")
# Of a place that is not there nothing is expected: what its name promises is not what has to go.
PRESENT = Evidence(lambda place: True, "", lambda place: False)
NESTED = _around(lambda place: "/" in place.path, "below the context root")
NOT_EMPTY = Evidence(lambda place: place.size > 0, "not empty", lambda place: True, above=0)
SPECIAL = _around(lambda place: place.type in ("fifo", "socket", "device"), "a FIFO, a socket or a device")
CACHE_TAG = Evidence(
    lambda place: "CACHEDIR.TAG" in place.names("") and place.head("CACHEDIR.TAG").startswith(CACHEDIR_SIGNATURE),
    "holds a valid CACHEDIR.TAG",
    lambda place: False,  # any directory may get one, so that none is expected
)
SELF_IGNORED = _within(
    lambda place: ".gitignore" in place.names("") and _live_lines(place.head(".gitignore")) == [b"*"],
    'holds a .gitignore whose only line is "*"',
)
ELF_CORE = _within(lambda place: _is_elf_core(place.head()), "an ELF core dump")


def is_type(*types: EntryType) -> Evidence:
    """The entry is of one of these types."""
    return _around(lambda place: place.type in types, "")


def beside(*globs: str) -> Evidence:
    """The directory that holds the place has an entry that matches one of the globs; "../x" asks one level higher."""
    return _around(lambda place: any(_exists(place, "..", glob) for glob in globs), f"beside {_listed(globs)}")


def beside_original(*endings: str) -> Evidence:
    """The directory that holds the place has what it is a copy of: its own name without one of the endings."""

    def holds(place: Place) -> bool:
        name = place.path.rpartition("/")[2]
        names = place.names("..")
        return any(name.endswith(ending) and name.removesuffix(ending) in names for ending in endings)

    return _around(holds, "beside what it is a copy of")


def inside(*globs: str) -> Evidence:
    """The directory has an entry that matches one of the globs; "a/*/b" asks deeper."""
    return _within(lambda place: any(_exists(place, "", glob) for glob in globs), f"holds {_listed(globs)}")


def only(*globs: str) -> Evidence:
    """The directory is not empty, and each name in it matches one of the globs."""

    def holds(place: Place) -> bool:
        names = place.names("")
        return bool(names) and all(any(fnmatch.fnmatchcase(name, glob) for glob in globs) for name in names)

    return _within(holds, f"holds only {_listed(globs)}")


def text(regex: str, words: str) -> Evidence:
    """The first 64 KiB of the file match the regular expression (bytes, multi-line)."""
    return _within(lambda place: _head_regex(regex).search(place.head()) is not None, words)


def seen(holds: Callable[[Place], bool]) -> Evidence:
    """The place passes a test that looks into it."""
    return _within(holds, "")


def reads(holds: Callable[[str], bool], words: str) -> Evidence:
    """The first 64 KiB of the file pass a test of their text."""
    return _within(lambda place: holds(place.head().decode("utf-8", "replace")), words)


def value(regex: str, may_be: Callable[[str], bool], words: str) -> Evidence:
    """The expression matches as for `text`, and one of its groups `value` passes the test."""

    def holds(place: Place) -> bool:
        found = _head_regex(regex).finditer(place.head())
        return any(may_be(one["value"].decode("utf-8", "replace")) for one in found)

    return _within(holds, words)


def inside_text(glob: str, regex: str, words: str) -> Evidence:
    """The directory has a file that matches the glob ("a/*/b" asks deeper) and whose head matches, as for `text`."""
    return _within(
        lambda place: any(_head_regex(regex).search(place.head(file)) for file in _found(place, "", glob)), words
    )


@functools.cache
def _head_regex(regex: str) -> re.Pattern[bytes]:
    """The expression, made when a file is the first to be asked: there are many, and few are."""
    return re.compile(regex.encode(), re.MULTILINE)


def magic(*signatures: str, at: int = 0, words: str = "by its first bytes") -> Evidence:
    """The file has one of these bytes (hexadecimal) at the offset."""
    wanted = tuple(bytes.fromhex(signature) for signature in signatures)
    return _within(lambda place: place.head()[at:].startswith(wanted), words)


def links_to(prefix: str) -> Evidence:
    """The entry is a symlink whose target starts so."""
    return _within(lambda place: place.type == "symlink" and place.target.startswith(prefix), f"a link to {prefix}")


def larger_than(size: int, words: str) -> Evidence:
    """The file has more bytes than that."""
    return _within(lambda place: place.size > size, words, above=size)


def named(*globs: str) -> Evidence:
    """The place's own name matches one of the globs: for a kind whose names need different evidence."""
    is_one = functools.lru_cache(maxsize=4096)(lambda name: any(fnmatch.fnmatchcase(name, glob) for glob in globs))
    return _around(lambda place: is_one(place.path.rpartition("/")[2]), "")


def below(*globs: str) -> Evidence:
    """A directory above the place has a name that matches one of the globs."""

    is_one = functools.lru_cache(maxsize=4096)(lambda name: any(fnmatch.fnmatchcase(name, glob) for glob in globs))
    return _around(lambda place: any(map(is_one, place.path.split("/")[:-1])), f"below {_listed(globs)}")


SQLITE = magic("53514c69746520666f726d6174203300", words="a SQLite database")


def read_whole(path: str, *, is_dir: bool) -> str:
    """Return the topmost directory of a path that tools read whole, "" for none: no name in it is named anywhere."""
    names = path.split("/")
    above = names if is_dir else names[:-1]
    depth = next((at for at, name in enumerate(above, 1) if name.lower() in _READ_WHOLE), 0)
    return "/".join(names[:depth])


def _exists(place: Place, where: str, glob: str) -> bool:
    return next(_found(place, where, glob), None) is not None


def _found(place: Place, where: str, glob: str) -> Iterator[str]:
    """Give the entries that match, relative to the place; at most 64 of one directory."""
    while glob.startswith("../"):
        where, glob = f"{where}/..", glob[3:]
    first, _, rest = glob.partition("/")
    for name in _matching(place.names(where), first):
        entry = f"{where}/{name}".lstrip("/")
        if rest:
            yield from _found(place, entry, rest)
        else:
            yield entry


# NOTE: kept, as each of a hundred thousand files of one directory may ask for the same neighbour.
@functools.lru_cache(maxsize=256)
def _matching(names: frozenset[str], glob: str) -> tuple[str, ...]:
    if glob in names:
        return (glob,)
    return tuple(sorted(fnmatch.filter(names, glob))[:64]) if has_wildcard(glob) else ()


def _listed(globs: tuple[str, ...]) -> str:
    return " or ".join(globs)


def _live_lines(content: bytes) -> list[bytes]:
    lines = (line.strip() for line in content.splitlines())
    return [line for line in lines if line and not line.startswith(b"#")]


def _is_elf_core(head: bytes) -> bool:
    # e_type at offset 16 in the file's own byte order, 4 is ET_CORE; EI_DATA at offset 5, 2 is big-endian.
    order = "big" if head[5:6] == b"\x02" else "little"
    return head.startswith(b"\x7fELF") and int.from_bytes(head[16:18], order) == 4  # type: ignore[arg-type]
