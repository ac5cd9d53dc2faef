"""What the project's own files say about one path, found fast among many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ctxaudit.needed.embed import embedded
from ctxaudit.needed.matches import UNKNOWN, lies
from ctxaudit.needed.names import Mention
from ctxaudit.needed.project import Project


class Families(NamedTuple):
    """The programs for which a file is written. compiled: those that read what it names when they build."""

    programs: frozenset[str]
    compiled: frozenset[str] = frozenset()


_NODE = Families(frozenset(("node", "bun", "deno")))
_BY_ENDING = {
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "json"), _NODE),
    **dict.fromkeys(("py", "pyi", "ini", "cfg"), Families(frozenset(("python",)))),
    **dict.fromkeys(("rb", "ru", "erb"), Families(frozenset(("ruby",)))),
    **dict.fromkeys(("php", "twig"), Families(frozenset(("php",)))),
    "go": Families(frozenset(("go",)), frozenset(("go",))),
    "xml": Families(frozenset(("java",)), frozenset(("java",))),
    **dict.fromkeys(("csproj", "fsproj"), Families(frozenset(("dotnet",)), frozenset(("dotnet",)))),
    "rs": Families(frozenset(("cargo",)), frozenset(("cargo",))),
    **dict.fromkeys(
        ("java", "kt", "kts", "scala", "groovy", "clj"), Families(frozenset(("java",)), frozenset(("java",)))
    ),
    **dict.fromkeys(("cs", "fs", "vb"), Families(frozenset(("dotnet",)), frozenset(("dotnet",)))),
    **dict.fromkeys(("ex", "exs"), Families(frozenset(("elixir",)), frozenset(("elixir",)))),
    "swift": Families(frozenset(("swift",)), frozenset(("swift",))),
    "dart": Families(frozenset(("dart",)), frozenset(("dart",))),
}
_ANY = Families(frozenset())


def families(mention: Mention) -> Families:
    """Give the programs that read the file of a mention."""
    name = mention.where.rpartition(":")[0].rpartition("/")[2]
    return _BY_ENDING.get(name.rpartition(".")[2].lower(), _ANY)


class Mentioned:
    """The mentions of a project, by the paths that they may mean."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._exact: dict[str, list[Mention]] | None = None
        self._above: dict[str, list[Mention]] = defaultdict(list)
        self._loose: dict[str, list[Mention]] = defaultdict(list)

    def of(self, path: str) -> Iterator[Mention]:
        """Give what names the path, something in it, or a directory above it; what lies in it names nothing."""
        if self._exact is None:
            self._exact = self._index()
        yield from (one for one in self._found(self._exact, path) if not one.where.startswith(f"{path}/"))

    def _found(self, exact: dict[str, list[Mention]], path: str) -> Iterator[Mention]:
        yield from self._above.get(path, ())
        at = path
        while at:
            yield from exact.get(at, ())
            at = at.rpartition("/")[0]
        for part in {"", *path.split("/")}:
            for mention in self._loose.get(part, ()):
                if not mention.path.startswith("/") and lies(mention.path, path):
                    yield mention

    def in_image(self, paths: Sequence[str]) -> Iterator[Mention]:
        """Give what names one of these paths of the image; one whose directory is not known is not meant."""
        self._exact = self._index() if self._exact is None else self._exact
        for path in paths:
            for part in {"", *path.split("/")} if UNKNOWN not in path else ():
                for mention in self._loose.get(part, ()):
                    if mention.path.startswith("/") and lies(mention.path, path):
                        yield mention

    def _index(self) -> dict[str, list[Mention]]:
        """Index by the whole path, by each directory above it, and of a glob by a segment without a wildcard."""
        exact: dict[str, list[Mention]] = defaultdict(list)
        for mention in (*self._project.mentions, *embedded(self._project)):
            if mention.path.startswith("/") or "*" in mention.path:
                parts = [part for part in mention.path.split("/") if part and "*" not in part]
                for part in parts or [""]:
                    self._loose[part].append(mention)
                continue
            exact[mention.path].append(mention)
            above = mention.path.rpartition("/")[0]
            while above:
                self._above[above].append(mention)
                above = above.rpartition("/")[0]
        return exact
