"""What a peer lists of a tree, a file a line: `python peers.py NAME ROOT`, a whole process for each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

Paths = Iterator[str]


def docker_py(root: Path) -> Paths:
    """Docker's client library for Python; it adds its own exceptions for the two files of the build."""
    from docker.utils.build import exclude_paths

    lines = (root / ".dockerignore").read_text().splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    yield from exclude_paths(os.fspath(root), patterns)


def pathspec(root: Path) -> Paths:
    """The tree walk of pathspec; it decides as git does, not as Docker."""
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines((root / ".dockerignore").read_text().splitlines())
    yield from spec.match_tree_files(root, negate=True)


PEERS: dict[str, Callable[[Path], Paths]] = {
    "docker-py": docker_py,
    "pathspec": pathspec,
}

if __name__ == "__main__":
    base = Path(sys.argv[2])
    for path in PEERS[sys.argv[1]](base):
        sys.stdout.buffer.write(os.fsencode(path) + b"\n")
