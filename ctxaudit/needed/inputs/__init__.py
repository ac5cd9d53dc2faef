"""What a command of a RUN reads of the project: one table of readers.

A reader answers what is certain alone: what a command may read, or reads of a file that a variable names, does not
count.
Sources: the documentation of each tool, and what it prints where the file is missing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ctxaudit.needed.inputs import compiled, interpreted
from ctxaudit.needed.inputs.values import Input, Reader, each
from ctxaudit.needed.makers import Deed, ImageFiles
from ctxaudit.needed.makers.call import Call, bare_name

__all__ = ["READERS", "Input", "inputs_of"]

READERS: dict[str, Reader] = {
    **interpreted.SCRIPT_READERS,
    **interpreted.JAVASCRIPT_READERS,
    **interpreted.PYTHON_READERS,
    **compiled.GO_READERS,
    **compiled.COMPILED_READERS,
}
# Files of a project whose own name is a row of the table.
_STARTERS = frozenset(("gradlew", "mvnw"))
# Directories that an installation fills with programs.
_INSTALLED = ("/node_modules/.bin/", "/vendor/bin/", "/.venv/bin/", "/venv/bin/", "/.local/bin/", "/go/bin/")


def inputs_of(deed: Deed, files: ImageFiles) -> Iterator[Input]:
    """Give what a command reads that is sure to run, as far as that is certain.

    files: the project's files in the image before its step, those that the ignore file permits.
    """
    command = deed.command
    if not command.sure or command.cwd is None or {"--help", "--version"} & set(command.words):
        return
    call = Call(command, files, {})
    yield from each(call, command.inputs)
    written = command.words[0]
    if "/" in written:
        yield from _by_path(call, written)
    elif reader := READERS.get(bare_name(command.program)):
        yield from reader(call)


def _by_path(call: Call, written: str) -> Iterator[Input]:
    """A program by its path: one of the project, or one that an installation has put somewhere."""
    place = call.place(written)
    if place is None:
        return
    if not any(mark in place for mark in _INSTALLED):
        yield from interpreted.by_path(call)
    name = posixpath.basename(written)
    if name in _STARTERS or posixpath.dirname(place).endswith("/bin"):
        reader = READERS.get(bare_name(name))
        yield from reader(call) if reader else ()
