"""Where a project ends, and how large its files may be."""

from __future__ import annotations

import os

LARGEST = 16 << 20  # bytes of a Dockerfile, an ignore file


def project_of(directory: str) -> str:
    """Give the root of the repository that a directory stands in, the directory itself outside of any; no symlinks."""
    top = os.path.realpath(directory)
    while not os.path.lexists(os.path.join(top, ".git")):
        if top == "/":
            return os.path.realpath(directory)
        top = os.path.dirname(top)
    return top
