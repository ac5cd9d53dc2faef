"""What a project makes before its image is built: what its own scripts write under the name of a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, pairwise

from ctxaudit.values import any_glob, expression
from ctxaudit.walk import Tree

_NEXT_COMMAND = expression(r"[;&|]+")
# What a name stands behind that is written: `go build -o app`, `jar > app`, `binary: app` of goreleaser.
_BEFORE = frozenset(
    ("-o", "-O", "-out", "--out", "--output", "--output-file", "--out-file", "--output-document", ">", "binary:")
)
_COPIES = frozenset(("cp", "mv", "install", "ln"))
_PHONY = ".PHONY"
_OF_MAKE = ("*[Mm]akefile", "*.mk")
_NAMES = (*_OF_MAKE, "[Jj]ustfile", "Taskfile.y*ml", ".goreleaser.y*ml", "goreleaser.y*ml", "*.sh")
_DIRECTORIES = ("", "hack", "scripts", "script", "build", "ci", ".ci", "bin", "tools")
_MOST_FILES, _MOST_BYTES = 20, 1 << 18  # files of one directory, bytes of one file


def scripts(tree: Tree) -> dict[str, str]:
    """Return the text of the scripts by which a project makes files, by path."""
    return {file: tree.head(file, _MOST_BYTES).decode("utf-8", "replace") for file in _files(tree)}


def maker(texts: Mapping[str, str], path: str) -> str:
    """Return the line of a script of the project that makes a file of this name, "" if none is seen to.

    The directory is not compared: what `${DIST}/app` means is known when the script runs.
    """
    name = path.rpartition("/")[2]
    for file, text in texts.items():
        lines = text.splitlines() if name in text else []
        # A target of make is a file, unless it is said to be none.
        phony = (line.split() for line in lines if line.startswith(_PHONY))
        has_targets = any_glob(_OF_MAKE, file) and not any(name in words for words in phony)
        for number, line in enumerate(lines, 1):
            if name in line and not line.lstrip().startswith("#"):
                outputs = (*_outputs(line), *(_targets(line) if has_targets else ()))
                if any(output.strip("\"'").rpartition("/")[2] == name for output in outputs):
                    return f"{file}:{number}"
    return ""


def _outputs(line: str) -> Iterator[str]:
    """Give what the commands of a line write."""
    for command in _NEXT_COMMAND.split(line):
        words = command.rstrip("\\ \t").lstrip("@ \t").split()
        if words and words[0] in _COPIES:
            yield words[-1]
        yield from (word for before, word in pairwise(words) if before in _BEFORE)
        for word in words:
            option, sign, value = word.partition("=")
            if sign and option in _BEFORE:
                yield value
            elif ">" in word and ">>" not in word:
                yield word.partition(">")[2]


def _targets(line: str) -> Iterator[str]:
    """Give the targets of make in a line, as of `app: main.c`; none of `NAME := value`."""
    targets, sign, rest = line.partition(":")
    if sign and line[0] not in " \t." and "=" not in targets and not rest.startswith("="):
        yield from targets.split()


def _files(tree: Tree) -> Iterator[str]:
    for directory in _DIRECTORIES:
        is_there = not directory or tree.type(directory) == "dir"
        names = (name for name in sorted(tree.names(directory)) if any_glob(_NAMES, name)) if is_there else ()
        paths = (f"{directory}/{name}".lstrip("/") for name in names)
        yield from islice((path for path in paths if tree.type(path) == "file"), _MOST_FILES)
