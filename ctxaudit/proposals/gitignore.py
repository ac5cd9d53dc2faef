"""The project's own words for what it does not keep: the lines of its `.gitignore` files, as Docker writes them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from ctxaudit.errors import PatternError
from ctxaudit.files import LARGEST, read_regular
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.file import own_lines
from ctxaudit.repository import FILE, IgnoredLine, IgnoredNames, Repository, whole
from ctxaudit.values import expression
from ctxaudit.walk import Tree

_OTHER_CLASS = expression(r"\[(?:[!^]|.*\[:)")  # what Docker reads otherwise, or as one that may hold a slash
_WILDCARD = expression(r"\\.|[*?[]", re.DOTALL)


class ProjectNames:
    """What git ignores in a context by the `.gitignore` files that all machines share.

    prefix: of a context path, seen from the top of the work tree. names: git's own verdicts. patterns: the lines that
    Docker reads the same way, each with the line that it comes from.
    """

    def __init__(self, tree: Tree) -> None:
        repository = tree.repository
        self.prefix = ""
        files: dict[str, bytes] = {}
        if repository is not None:
            inside = os.path.relpath(repository.root, repository.home)
            self.prefix = "" if inside == "." else f"{inside}/"
            files = {at: _without_ours(data) for at, data in _files(repository, tree, self.prefix)}
        self.names = IgnoredNames(files)
        self.patterns = {
            pattern: line for line in self.names.lines() if (pattern := translated(line, self.prefix)) is not None
        }

    def ignores(self, path: str, *, is_dir: bool) -> bool:
        return self.names.decides(self.prefix + path, is_dir=is_dir) is not None


def translated(line: IgnoredLine, prefix: str = "") -> str | None:
    """Give the pattern of an ignore file that means what a line of `.gitignore` does; None where none is as simple.

    prefix: of a context path, seen from the top of the work tree. A slash at the end is dropped: Docker cannot tell a
    directory from a file, so that the pattern may mean more.
    """
    text = line.text.removesuffix("/")
    is_placed = "/" in text
    text = text.removeprefix("/").removesuffix("/**")
    above = f"{line.directory}/" if line.directory else ""
    if not is_placed:
        text = f"**/{text}"
    if above.startswith(prefix):
        text = above[len(prefix) :].replace("\\", "\\\\") + text
    elif is_placed and not text.startswith("**/"):
        outer = f"{above}{text}"
        if not outer.startswith(prefix) or _WILDCARD.search(outer[: len(prefix)]):
            return None
        text = outer[len(prefix) :]
    return _as_docker_reads(text)


def _as_docker_reads(text: str) -> str | None:
    """Give a pattern in Docker's dialect; None for what it would read otherwise."""
    if not text.isprintable() or text != text.strip() or _OTHER_CLASS.search(text) or text.startswith("#"):
        return None
    try:
        pattern = DockerignorePattern(text)
    except PatternError:
        return None
    # A pattern of segments is read as both read it; "|", "{" and the like are not.
    is_plain = pattern.segments is not None and not pattern.exception and not pattern.refused
    return pattern.text if is_plain and pattern.text.strip("*/") else None


def _without_ours(data: bytes) -> bytes:
    """Omit our own lines of a file that is git's and Docker's: they are not the project's."""
    numbers = own_lines(data)
    return b"\n".join(line for number, line in enumerate(data.split(b"\n"), 1) if number not in numbers)


def _files(repository: Repository, tree: Tree, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Give the files that git reads for a context, by their directories: those above, its own, and tracked ones."""
    directories = ["", *prefix.split("/")[:-1]]
    for depth in range(len(directories) - 1):
        above = "/".join(directories[1 : depth + 1])
        path = os.path.join(repository.home, above, FILE)
        yield above, whole(read_regular(path, LARGEST + 1) or b"", os.path.relpath(path))
    for path in dict.fromkeys([FILE, *repository.tracked_named(FILE)]):
        yield os.path.dirname(prefix + path), whole(tree.head(path, LARGEST + 1), path)
