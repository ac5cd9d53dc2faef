"""Heavy documents."""

from __future__ import annotations

from ctxaudit.rules.evidence import larger_than
from ctxaudit.rules.kind import Kind

CATEGORY = "documentation"

_MIB = 1024 * 1024

KINDS = (
    Kind(
        "docs-media",
        CATEGORY,
        (
            "docs/**/*.gif",
            "docs/**/*.mp4",
            "docs/**/*.webm",
            "docs/**/*.mov",
            "doc/**/*.gif",
            "doc/**/*.mp4",
            "doc/**/*.webm",
            "doc/**/*.mov",
        ),
        larger_than(_MIB, "larger than 1 MiB"),
        "note",
        ("size",),
        "A film or an animation of the documentation. It is needed where the build renders the documentation.",
        "docker init excludes docs; measured on public repositories",
        keep=("copy", "embed", "meta"),
        types=("file",),
    ),
)
