"""What the project's own files say about one path, found fast among many."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Literal

from ctxaudit.ignore.matcher import ancestry
from ctxaudit.needed.embed import embedded
from ctxaudit.needed.manifests import READERS, built_with, is_read_first, readers
from ctxaudit.needed.names import Mention, Names
from ctxaudit.needed.project import Project
from ctxaudit.values import frozen, glob_test, word_set

# How a path that something names, or makes, lies to another one.

Lies = Literal["", "same", "above", "below"]
# Stands for a directory that is not known; see `image.SOMEWHERE`.
UNKNOWN = "\N{HORIZONTAL ELLIPSIS}"
_ALONE = "/."
_MOST = 64  # segments


def lies(named: str, path: str) -> Lies:
    """Say where a named path lies, seen from *path*: "above" it, "below" it, the "same", or "" for elsewhere.

    named: a segment may hold `*`, and a segment `**` is any depth; one that ends in "/." is above nothing.
    """
    alone = named.endswith(_ALONE)
    pattern, segments = _split(named.removesuffix(_ALONE)), _split(path)
    if len(pattern) > _MOST or len(segments) > _MOST:
        return ""
    relation = _lies(pattern, segments)
    if not relation and segments[:1] == (UNKNOWN,) and pattern[:1] != (UNKNOWN,):
        relation = next(filter(None, (_lies(pattern[at:], segments[1:]) for at in range(len(pattern)))), "")
    return "" if alone and relation == "above" else relation


def may_lie_in(named: str, path: str) -> bool:
    """Whether what a pattern of a known directory means may lie in *path*: `/src/*/a-*.jar` in /src/target.

    A wildcard matches no hidden name. A pattern that begins with `**` lies in a directory that nobody knows.
    """
    pattern, segments = _split(named), _split(path)
    if named.endswith(_ALONE) or len(pattern) > _MOST or len(segments) > _MOST or pattern[:1] == ("**",):
        return False
    return _reaches(pattern, segments)


def _reaches(pattern: Sequence[str], segments: Sequence[str]) -> bool:
    if not segments or not pattern:
        return bool(pattern)
    first, name = pattern[0], segments[0]
    is_met = first == name or (glob_test(first)(name) and not (name.startswith(".") and first.startswith("*")))
    if first == "**":
        return _reaches(pattern[1:], segments) or (is_met and _reaches(pattern, segments[1:]))
    return is_met and _reaches(pattern[1:], segments[1:])


def covers(made: str, path: str) -> bool:
    """Whether a place that is made is *path*, or a directory that holds it."""
    return _lies(_split(made), _split(path)) in ("same", "above")


@functools.lru_cache(maxsize=16_384)
def _split(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def _lies(pattern: Sequence[str], segments: Sequence[str]) -> Lies:
    """Match segment by segment; what `**` alone has met is nowhere, as it may as well lie elsewhere.

    So is what lies below a name that `*` alone has met: `*/a.sql` says nothing of any one directory.
    """
    if not pattern:
        return "above" if segments else "same"
    if not segments:
        return "same" if all(segment == "**" for segment in pattern) else "below"
    first = pattern[0]
    if first != "**":
        if first != segments[0] and not glob_test(first)(segments[0]):
            return ""
        relation = _lies(pattern[1:], segments[1:])
        return "" if first == "*" and relation == "below" and len(segments) == 1 else relation
    rest = [segment for segment in pattern if segment != "**"][:1]
    if not rest:
        return "above"
    is_met = glob_test(rest[0])
    lying: list[Lies] = [_lies(pattern[1:], segments[at:]) for at in range(len(segments)) if is_met(segments[at])]
    return next((lie for lie in ("same", "above", "below") if lie in lying), "")


@frozen
class Families:
    """The programs for which a file is written. compiled: those that read what it names when they build."""

    programs: frozenset[str]
    compiled: frozenset[str] = frozenset()


_NODE = Families(frozenset(("node", "bun", "deno")))
_C = Families(frozenset(), word_set("gcc g++ cc c++ clang clang++ cmake meson ninja make gmake"))
_BY_ENDING = {
    **dict.fromkeys(("c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx", "cmake"), _C),
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "json"), _NODE),
    **dict.fromkeys(("css", "scss", "sass", "less", "pcss", "styl"), _NODE),
    **dict.fromkeys(("py", "pyi", "ini", "cfg"), Families(frozenset(("python",)))),
    **dict.fromkeys(("rb", "ru", "erb"), Families(frozenset(("ruby",)))),
    **dict.fromkeys(("php", "twig"), Families(frozenset(("php",)))),
    "go": Families(frozenset(("go",)), frozenset(("go",))),
    "xml": Families(frozenset(("java",)), frozenset(("java",))),
    **dict.fromkeys(("csproj", "fsproj"), Families(frozenset(("dotnet",)), frozenset(("dotnet",)))),
    "rs": Families(frozenset(("cargo",)), frozenset(("cargo",))),
    **dict.fromkeys(
        ("java", "kt", "kts", "scala", "sbt", "groovy", "clj"),
        Families(frozenset(("java",)), frozenset(("java",))),
    ),
    **dict.fromkeys(("cs", "fs", "vb"), Families(frozenset(("dotnet",)), frozenset(("dotnet",)))),
    **dict.fromkeys(("ex", "exs"), Families(frozenset(("elixir",)), frozenset(("elixir",)))),
    "swift": Families(frozenset(("swift",)), frozenset(("swift",))),
    "dart": Families(frozenset(("dart",)), frozenset(("dart",))),
}
_FLUTTER = frozenset(("flutter", "dart"))
_BY_NAME = {"pubspec.yaml": Families(_FLUTTER, _FLUTTER), "CMakeLists.txt": _C}
# What these name is packed as it is, and never made by the command that packs it, wherever it lies.
PACKED_AS_IT_IS = ("pubspec.yaml",)
_ANY = Families(frozenset())
# The programs of all of them, and the compilers.
PROGRAMS = frozenset(chain.from_iterable(family.programs for family in (*_BY_ENDING.values(), *_BY_NAME.values())))
COMPILERS = frozenset(chain.from_iterable(family.compiled for family in (*_BY_ENDING.values(), *_BY_NAME.values())))


def families(mention: Mention) -> Families:
    """Give the programs that read the file of a mention."""
    name = mention.where.rpartition(":")[0].rpartition("/")[2]
    return _BY_NAME.get(name) or _BY_ENDING.get(name.rpartition(".")[2].lower(), _ANY)


_SETTINGS = word_set("json ini cfg xml csproj fsproj cmake")  # which may be given to a build or a container otherwise


def is_source(file: str) -> bool:
    """Whether a file is source of a language."""
    ending = file.rpartition(".")[2].lower()
    return ending in _BY_ENDING and ending not in _SETTINGS


class Mentioned:
    """The mentions of a project, by the paths that they may mean."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._for = functools.lru_cache(maxsize=256)(self._named_for)
        self._embedded: tuple[Mention, ...] | None = None
        self._asked = -1
        self._order: dict[Mention, int] = {}
        self._exact: dict[str, list[Mention]] = {}
        self._above: dict[str, list[Mention]] = {}
        self._loose: dict[str, list[Mention]] = {}

    def expect(self, paths: Iterable[str], places: Iterable[str]) -> None:
        """Prepare for questions about these paths of the context and of the image, so that files are read once."""
        self._project.sources.ask(Names.of(paths, (place for place in places if UNKNOWN not in place)))

    def of(self, path: str) -> Iterator[Mention]:
        """Give what names the path, something in it, or a directory above it; what lies in it names nothing."""
        self.expect([path], ())
        self._renew()
        yield from self._once(mention for mention in self._found(path) if not mention.where.startswith(f"{path}/"))

    def in_image(self, paths: Sequence[str]) -> Iterator[Mention]:
        """Give what names one of these paths of the image; one whose directory is not known is not meant."""
        self.expect((), paths)
        self._renew()
        for path in paths:
            yield from self._once(self._found_in_image(path) if UNKNOWN not in path else ())

    def built_with(self, programs: frozenset[str]) -> tuple[Mention, ...]:
        """Give what manifests name that one of the programs reads before it makes anything at the same place."""
        return self._for(programs & READERS) if not READERS.isdisjoint(programs) else ()

    def _named_for(self, programs: frozenset[str]) -> tuple[Mention, ...]:
        return tuple(mention for mention in self._manifests if is_read_first(mention) and readers(mention) & programs)

    @functools.cached_property
    def _manifests(self) -> tuple[Mention, ...]:
        return tuple(dict.fromkeys(built_with(self._project)))

    def _found(self, path: str) -> Iterator[Mention]:
        yield from self._above.get(path, ())
        for at in reversed(ancestry(path)):
            yield from self._exact.get(at, ())
        for part in ("", *dict.fromkeys(path.split("/"))):
            for mention in self._loose.get(part, ()):
                if not mention.path.startswith("/") and lies(mention.path, path):
                    yield mention

    def _found_in_image(self, path: str) -> Iterator[Mention]:
        for part in ("", *dict.fromkeys(path.split("/")[1:])):
            for mention in self._loose.get(part, ()):
                if mention.path.startswith("/") and lies(mention.path, path):
                    yield mention

    def _once(self, mentions: Iterable[Mention]) -> Iterator[Mention]:
        """Give one mention of each path, of files nearest to the root, and one of each test."""
        best: dict[tuple[str, str], Mention] = {}
        for mention in mentions:
            key = mention.path, mention.where.rpartition(":")[0] if mention.is_of_tests else ""
            known = best.get(key)
            if known is None or self._order[mention] < self._order[known]:
                best[key] = mention
        yield from best.values()

    def _renew(self) -> None:
        """Index by the whole path, by each directory above it, and of a glob by a segment without a wildcard."""
        if self._asked == self._project.sources.asked:
            return
        self._asked = self._project.sources.asked
        if self._embedded is None:
            self._embedded = tuple(embedded(self._project))
        self._order = {}
        self._exact, self._above, self._loose = defaultdict(list), defaultdict(list), defaultdict(list)
        # Of several mentions of a path the first counts: a manifest also says which programs read it.
        for mention in (*self._manifests, *self._project.mentions.all(), *self._embedded):
            self._order.setdefault(mention, len(self._order))
            if mention.path.startswith("/") or "*" in mention.path:
                parts = [part for part in mention.path.split("/") if part and "*" not in part]
                for part in parts or [""]:
                    self._loose[part].append(mention)
                continue
            self._exact[mention.path].append(mention)
            for above in ancestry(mention.path)[:-1]:
                self._above[above].append(mention)
