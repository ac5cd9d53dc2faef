"""What needs no name: asked last, of every entry."""

from __future__ import annotations

from ctxaudit.rules.evidence import CACHE_TAG, SELF_IGNORED, SPECIAL, UNTRACKED, inside, larger_than
from ctxaudit.rules.kind import Kind

CATEGORY = "told by content"

_HUGE = 50 * 1024 * 1024
# NOTE: a directory is asked before what is below it: one of these inside has to be told on its own.
_SECRET_INSIDE = inside(
    ".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "id_*", "*.json", "*.tfstate"
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
        "A tool made the directory and told git to ignore all of it: a clean clone does not have it.",
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
        keep=("copy", "embed"),
        types=("file",),
        use="name",
    ),
)
