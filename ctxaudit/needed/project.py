"""The project's own files: what git tracks of a context, and the text of it.

What lies there by chance, as what git ignores, is never asked: two machines give the same answers.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from ctxaudit.errors import CtxauditError
from ctxaudit.ignore import expand
from ctxaudit.needed import FOREIGN, Files, Paths
from ctxaudit.needed.names import Mentions, Sources
from ctxaudit.values import frozen

# The project's files read whole, up to a limit: the end of a manifest counts as much as its beginning.

LARGEST = 64_000_000  # bytes of one file
ALL = 256_000_000  # bytes of those that are larger than their head
_HEAD = 65_536  # bytes: most programs have a NUL by then
_FIX = "make it smaller, or exclude it in the ignore file and in git"


class WholeFiles:
    """Reads manifests and scripts of one tree."""

    def __init__(self, tree: Files) -> None:
        self._tree = tree
        self._sizes: dict[str, int] = {}

    def read(self, path: str) -> bytes:
        """Return the bytes of a regular file, b"" for anything else, and the head of what is not text.

        Raises CtxauditError for one that is larger than LARGEST, and where large ones together are larger than ALL.
        """
        head = self._tree.head(path, _HEAD)
        if len(head) < _HEAD or b"\0" in head:
            return head
        data = self._tree.head(path, LARGEST + 1)
        if b"\0" in data:
            return data[:LARGEST]
        if len(data) > LARGEST:
            raise CtxauditError(f"it is larger than {LARGEST:,} bytes, the limit of what is read", where=path, fix=_FIX)
        self._sizes[path] = len(data)
        if sum(self._sizes.values()) > ALL:
            what = f"with it, what is read of manifests is more than {ALL:,} bytes, the limit"
            raise CtxauditError(what, where=path, fix=_FIX)
        return data


_MOST_FILES = 200_000
_MOST_READ = 20_000  # without git, where what lies there is all that can be asked
_LARGEST = 1024 * 1024  # bytes of a source that are searched for paths
_T = TypeVar("_T")
_NOTHING: frozenset[str] = frozenset()


class Project:
    """The tracked files of one context; paths are relative to its root, "" for the root.

    tracked: None if git does not say; then all files count but those in directories of other people's code.
    sources: what contexts that overlap share. root: the context's own place, which tells its files from theirs.
    may_be_new: whether a path that git does not track, a directory or not, may be the project's own or hold such files.
    """

    def __init__(
        self,
        tree: Files,
        tracked: Iterable[str] | None,
        sources: Sources | None = None,
        root: str = "",
        may_be_new: Callable[[str, bool], bool] = lambda path, is_dir: False,
    ) -> None:
        self._tree = tree
        self._whole = WholeFiles(tree)
        self._paths = Paths(tree)
        self._root = root
        self.sources = sources or Sources()
        self._tracked = tracked
        self._may_be_new = may_be_new
        self._of_text: dict[tuple[Any, str], Any] = {}
        self._of_tree: dict[tuple[Any, Files], Any] = {}
        self.text = functools.lru_cache(maxsize=512)(self._text)

    def paths(self) -> frozenset[str]:
        return self._files

    def new(self) -> frozenset[str]:
        """Give the files that git does not track yet: one that was just written names what the image reads, too."""
        return frozenset(self._walked(self._may_be_new)) - self._files if self._tracked is not None else frozenset()

    def holds(self, path: str) -> bool:
        """Whether a path is one of the files."""
        return path in self._files

    def children(self, directory: str) -> frozenset[str]:
        """Give the names in a directory that lead to tracked files."""
        return self._children.get(directory, _NOTHING)

    def named(self, name: str) -> tuple[str, ...]:
        """Give the tracked files that have this name, wherever they lie."""
        return self._by_name.get(name, ())

    def with_ending(self, ending: str) -> tuple[str, ...]:
        """Give the tracked files whose names have this ending behind their last dot, by their paths."""
        return self._by_ending.get(ending, ())

    def is_dir(self, path: str) -> bool:
        return not path or path in self._children

    def is_link(self, path: str) -> bool:
        return self._tree.type(path) == "symlink"

    def matching(self, pattern: str, directory: str = "") -> Iterator[str]:
        """Give the tracked files and directories that match as COPY matches."""
        return expand(pattern, self.children, self.is_dir, directory)

    def found(self, directory: str, pattern: str) -> list[str]:
        """Give what lies here of a path or a glob that a manifest in a directory writes, tracked or not."""
        return self._paths.find(directory, pattern)

    def of_text(self, read: Callable[[str, str], _T | None], path: str) -> _T | None:
        """Give what *read* makes of a file's path and content, once for all builds; None if it is not text."""
        key = read, path
        if key not in self._of_text:
            text = self.text(path)
            self._of_text[key] = None if text is None else read(path, text)
        answer: _T | None = self._of_text[key]
        return answer

    def once(self, tree: Files, read: Callable[[Files], _T]) -> _T:
        """Give what *read* makes of a tree, once for all builds of the context."""
        key = read, tree
        if key not in self._of_tree:
            self._of_tree[key] = read(tree)
        answer: _T = self._of_tree[key]
        return answer

    def place(self, path: str) -> str:
        """Give what tells a file from those of other contexts."""
        return f"{self._root}/{path}"

    def head(self, path: str) -> bytes:
        """Give what a file begins with."""
        return self._tree.head(path, _LARGEST)

    @functools.cached_property
    def mentions(self) -> Mentions:
        """What the files name."""
        return Mentions(self, self.sources)

    def _text(self, path: str) -> str | None:
        """The text of a tracked file, None for anything else: a program of the project is not its script."""
        data = self._whole.read(path) if self.holds(path) else b"\0"
        return None if b"\0" in data else data.decode("utf-8", "replace")

    @functools.cached_property
    def _files(self) -> frozenset[str]:
        listed = self._walked(lambda path, is_dir: True) if self._tracked is None else self._tracked
        return frozenset(path for path, _ in zip(listed, range(_MOST_FILES), strict=False))

    @functools.cached_property
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        by_name: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._files):
            by_name[path.rpartition("/")[2]].append(path)
        return {name: tuple(paths) for name, paths in by_name.items()}

    @functools.cached_property
    def _by_ending(self) -> dict[str, tuple[str, ...]]:
        by_ending: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._files):
            by_ending[path.rpartition(".")[2]].append(path)
        return {ending: tuple(paths) for ending, paths in by_ending.items()}

    @functools.cached_property
    def _children(self) -> dict[str, frozenset[str]]:
        below: dict[str, set[str]] = defaultdict(set)
        for path in self._files:
            while path:
                path, _, name = path.rpartition("/")
                if name in below[path]:
                    break
                below[path].add(name)
        return {path: frozenset(names) for path, names in below.items()}

    def _walked(self, counts: Callable[[str, bool], bool]) -> Iterator[str]:
        """Give the files that lie here, those nearest to the root first; counts: of a path, and whether a directory."""
        pending = [""]
        looked = 0
        for directory in pending:  # grows meanwhile
            for name in sorted(self._tree.names(directory)):
                looked += 1
                path = f"{directory}/{name}" if directory else name
                kind = self._tree.type(path)
                if kind == "dir" and name not in FOREIGN and counts(path, True):
                    pending.append(path)
                elif kind in ("file", "symlink") and counts(path, False):
                    yield path
            if looked > _MOST_READ:
                return


# What is known of the images that stages begin with, by their names.
#
# Source: the Dockerfiles of Docker's official images (docker-library), as of 2026-11.

__all__ = ["Base", "base_of", "holds_no_project", "served_by", "workdir_of"]


@frozen
class Base:
    """An official image: the programs that it runs, its working directory, and what it serves.

    serves: the directory that its server hands out, "" without one.
    """

    programs: frozenset[str] = frozenset()
    workdir: str = "/"
    serves: str = ""


def _base(programs: str = "", workdir: str = "/", serves: str = "") -> Base:
    return Base(frozenset(programs.split()), workdir, serves)


_PLAIN = _base()
_BASES: dict[str, Base] = {
    **dict.fromkeys(
        [
            "scratch",
            "alpine",
            "debian",
            "ubuntu",
            "busybox",
            "fedora",
            "rockylinux",
            "almalinux",
            "archlinux",
            "centos",
        ],
        _PLAIN,
    ),
    **dict.fromkeys(
        ["openjdk", "eclipse-temurin", "amazoncorretto", "ibmjava", "sapmachine", "maven", "gradle"], _base("java")
    ),
    **dict.fromkeys(["python", "pypy"], _base("python")),
    **dict.fromkeys(
        ["rust", "swift", "gcc", "elixir", "erlang", "haskell", "clojure", "julia", "r-base", "perl"], _PLAIN
    ),
    "node": _base("node npm yarn"),
    "ruby": _base("ruby bundle"),
    "golang": _base("go", "/go"),
    "php": _base("php", "/var/www/html"),
    "composer": _base("php composer", "/app"),
    "nginx": _base("nginx", "/", "/usr/share/nginx/html"),
    "httpd": _base("httpd", "/usr/local/apache2", "/usr/local/apache2/htdocs"),
    "caddy": _base("caddy", "/srv", "/usr/share/caddy"),
    "tomcat": _base("java", "/usr/local/tomcat"),
    "redis": _base("", "/data"),
}
# Variants of the php image with a server in front of it.
_PHP_SERVER = Base(frozenset(("php", "httpd")), "/var/www/html", "/var/www/html")


def base_of(image: str) -> Base | None:
    """Give what is known of an image by its name, None for any that is not official.

    A name that a variable is part of, and one of another registry or namespace, may be anything.
    """
    name = image.removeprefix("docker.io/").removeprefix("library/").partition("@")[0]
    name, _, tag = name.partition(":")
    if "$" in image or "onbuild" in tag:
        return None
    if name == "php" and "apache" in tag:
        return _PHP_SERVER
    return _BASES.get(name)


# Images beside Docker's official ones that hold a runtime and no project.
_RUNTIMES = (
    "ghcr.io/astral-sh/uv",
    "oven/bun",
    "denoland/deno",
    "mcr.microsoft.com/dotnet/sdk",
    "mcr.microsoft.com/dotnet/aspnet",
    "mcr.microsoft.com/dotnet/runtime",
    "mcr.microsoft.com/playwright",
)
_MIRRORS = ("public.ecr.aws/docker/library/", "mirror.gcr.io/library/", "mirror.gcr.io/")


def holds_no_project(image: str) -> bool:
    """Whether an image is known to hold no files of a project where a build puts its own."""
    short = next((image.removeprefix(mirror) for mirror in _MIRRORS if image.startswith(mirror)), image)
    name = short.removeprefix("docker.io/").partition("@")[0]
    is_runtime = name.rpartition(":")[0] in _RUNTIMES or name in _RUNTIMES
    return "$" not in image and (base_of(short) is not None or is_runtime)


def workdir_of(image: str) -> str | None:
    """The working directory of an image, None if it is not known."""
    base = base_of(image)
    return base.workdir if base else None


def served_by(base: Base, project: Project) -> str:
    """The directory that an image's server hands out, "" for none; of PHP a project with `public/` serves that."""
    if "php" in base.programs and "public/index.php" in project.paths() and "index.php" not in project.paths():
        return f"{base.serves}/public" if base.serves else ""
    return base.serves


# The files of a context as they lie there, asked one by one: nothing is listed that no command asks for.


class OnDisk(Project):
    """Every file of a tree, or only those that the ignore file permits.

    permits: whether the ignore file permits a path.
    """

    def __init__(self, tree: Files, permits: Callable[[str], bool] = lambda path: True) -> None:
        super().__init__(tree, ())
        self._permits = permits
        self._listed = functools.lru_cache(maxsize=4096)(self._list)

    def holds(self, path: str) -> bool:
        return self._tree.type(path) in ("file", "symlink") and self._permits(path)

    def is_dir(self, path: str) -> bool:
        return not path or self._tree.type(path) == "dir"

    def children(self, directory: str) -> frozenset[str]:
        """Give the names in a directory; a directory that is excluded counts, as an exception may keep files in it."""
        return self._listed(directory)

    def _list(self, directory: str) -> frozenset[str]:
        start = f"{directory}/" if directory else ""
        names = self._tree.names(directory)
        return frozenset(
            name for name in names if self._permits(start + name) or self._tree.type(start + name) == "dir"
        )
