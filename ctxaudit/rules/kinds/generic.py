"""What needs no name: asked last, of every entry."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ctxaudit.model import Place
from ctxaudit.rules.evidence import (
    CACHE_TAG,
    GIT_IGNORED,
    SELF_IGNORED,
    SPECIAL,
    UNTRACKED,
    inside,
    larger_than,
    read_whole,
    seen,
)
from ctxaudit.rules.kind import Kind

CATEGORY = "recognized by content"

_HUGE = 50 * 1024 * 1024
# NOTE: a directory is asked before what is below it: one of these inside has to be told on its own.
_SECRET_INSIDE = inside(
    ".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "id_*", "*.json", "*.tfstate"
)


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# What a build may read without naming it: source, settings, locks, certificates, packages.
_CODE = _words(
    "bash c cc cjs clj cljs cmake cpp cs css cts cu cxx dart edn ejs erb erl ex exs fs gql go graphql groovy h hbs hh",
    "hpp hrl hs htm html java jl js jsx kt kts less lua m mjs mk ml mli mm mts nim php pl pm proto pug py pyi r R rb",
    "rs sass scala scss sh sol sql svelte swift thrift ts tsx twig vb vue zig",
    "lock mod sum work cer crt p7b pem apk deb gem nupkg rpm tgz whl",
)
_SETTINGS = _words("cfg conf env gradle ini json properties toml xml yaml yml")
_BUILD_FILES = ("Makefile", "Gemfile*", "Procfile", "Rakefile", "Dockerfile*", "package.json", "pom.xml", "*.*proj")
# Files that keep a directory in git, and are no input.
_KEEPERS = ("/.gitkeep", "/.keep", "/.gitignore")
_OTHERS_OWN = frozenset((".git", "node_modules", "bower_components", "__pycache__", "site-packages", "target"))
_MOST_DIRECTORIES = 200


def _may_be_read(place: Place) -> bool:
    """Whether a build may read it, or something in it, without naming it; what is too much to look at may be."""
    if place.type != "dir":
        name = place.path.rpartition("/")[2]
        return name.startswith(".") or _is_read(name, settings=True)
    settings = place.path.rpartition("/")[2].startswith(".")
    pending = [""]
    for where in pending:  # grows meanwhile
        for name in place.names(where):
            if _is_read(name, settings=settings):
                return True
            path = f"{where}/{name}".lstrip("/")
            if name not in _OTHERS_OWN and "." not in name[1:] and place.names(path):
                pending.append(path)
        if len(pending) > _MOST_DIRECTORIES:
            return True
    return False


def _is_read(name: str, *, settings: bool) -> bool:
    ending = name.rpartition(".")[2]
    endings = _CODE | _SETTINGS if settings else _CODE
    return ending in endings or any(fnmatchcase(name, glob) for glob in _BUILD_FILES)


def _is_beside_inputs(place: Place) -> bool:
    """Whether a tool that reads a whole directory may read it: one with tracked files in it, or one of a known name.

    Next.js serves all of `public/`, so that `public/pdfs` needs no name anywhere. In the context root itself, where
    every project keeps its leftovers, a neighbour says nothing.
    """
    top, slash, _ = place.path.partition("/")
    if read_whole(place.path, is_dir=place.type == "dir"):
        return True
    return bool(slash) and any(not path.endswith(_KEEPERS) for path in place.tracked_below(top))


GIT_IGNORED_ENTRY = Kind(
    "git-ignored",
    CATEGORY,
    ("**",),
    (GIT_IGNORED & ~seen(_is_beside_inputs) & ~seen(_may_be_read)).saying(
        "git ignores it, and no instruction names it"
    ),
    "note",
    ("size", "cache"),
    "A file or a directory that git ignores and no other row is about: a clean checkout does not have it, so that an "
    "image from CI is built without it. What may be source or settings is not meant, nor what lies in a directory that "
    "holds tracked files, or that tools read whole, such as public.",
    "the .gitignore of the project itself",
    keep=(
        *("copy", "directory", "scm", "meta", "embed", "tests", "workspace"),
        *("go-vendor", "zero-install", "wrapper", "env-named"),
    ),
    use="name",
)
KINDS = (
    Kind(
        "cachedir-tag",
        CATEGORY,
        ("**",),
        CACHE_TAG,
        "warning",
        ("size", "cache"),
        "A tool marked the directory as its cache, which it can make again. It is fine where the build is meant to "
        "start with a warm cache.",
        "bford.info/cachedir",
        types=("dir",),
        use="name",
    ),
    Kind(
        "self-ignored-dir",
        CATEGORY,
        ("**",),
        SELF_IGNORED & UNTRACKED & ~_SECRET_INSIDE,
        "note",
        ("size",),
        "A tool made the directory with a .gitignore that ignores all of it: a clean clone does not have it.",
        "virtualenv, pytest, mypy, ruff, tox write such a .gitignore",
        types=("dir",),
        use="name",
    ),
    Kind(
        "special-file",
        CATEGORY,
        ("**",),
        SPECIAL,
        "warning",
        ("correctness",),
        "No file that can be copied: a socket arrives as an empty file or not at all, and a FIFO or a device has no "
        "place in an image's sources.",
        "moby/buildkit; moby's archive code",
        types=("fifo", "socket", "device"),
    ),
    Kind(
        "huge-file",
        CATEGORY,
        ("**",),
        larger_than(_HUGE, "larger than 50 MiB"),
        "warning",
        ("size",),
        "One file that makes most of the transfer. It is fine where the image needs it; then a COPY that names it is "
        "cached apart from the code.",
        "the limit that code hosts warn at",
        keep=("copy", "embed", "directory"),
        types=("file",),
        use="name",
    ),
    GIT_IGNORED_ENTRY,
)
