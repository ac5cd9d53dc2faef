"""The programs of the engines: found at absolute places, run in the root directory, ended with this process.

Nothing of the audited repository is run: the working directory is the root, and the programs are those of PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from ctxaudit.errors import CtxauditError, masked
from ctxaudit.repository.program import Child, inherited, leashed
from ctxaudit.values import frozen
from ctxaudit.verify.values import NoEngine

LIMIT = 600.0  # seconds of a build
SHORT_LIMIT = 20.0  # seconds of a question that is answered at once
_SAID = 400  # characters of what a program says that an error shows
_SHORTEST = 4  # characters of a value that a program's words are searched for
# What would make a program another one's, or read another's settings.
_LEFT_OUT = ("DOCKER_", "BUILDX_", "BUILDKIT_", "BUILDAH_", "COMPOSE_", "STORAGE_")


@frozen
class Said:
    """What a program printed, and its status."""

    output: bytes
    errors: bytes
    status: int

    @property
    def last(self) -> str:
        """The end of what it complains of, in one line, however long."""
        text = (self.errors.strip() or self.output.strip()).decode("utf-8", "replace").rpartition("\n")[2]
        return " ".join(text.split())


def shown(text: str, values: Iterable[tuple[str, str]]) -> str:
    """Return the words of a program without secrets, cut to what an error shows.

    values: what is shown by a name in its place, as it is or as programs quote it, before anything is cut.
    """
    forms = sorted({(form, name) for name, value in values for form in _quoted(value)}, key=lambda pair: -len(pair[0]))
    for form, name in forms:
        text = text.replace(form, f"${{{name}}}")
    text = masked(text)
    return text if len(text) <= _SAID else f"{text[:_SAID]}…"


def _quoted(value: str) -> Iterator[str]:
    """Give a value, and each line of it, as a program may repeat it: quoted as Go, JSON or a URL does, in one line."""
    for line in {value, *value.splitlines()}:
        for form in (line, json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1], quote(line)):
            joined = " ".join(form.split())
            if len(joined) >= _SHORTEST:
                yield joined


def programs(name: str) -> Iterator[str]:
    """Give the absolute paths of a program, the first of PATH first; a directory of a relative name is passed over."""
    seen = set()
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = shutil.which(name, path=directory) if os.path.isabs(directory) else None
        if path is not None and os.path.realpath(path) not in seen:
            seen.add(os.path.realpath(path))
            yield path


def program(name: str) -> str:
    """Return the first of them; raises NoEngine."""
    path = next(programs(name), None)
    if path is None:
        raise NoEngine(f"there is no {name}")
    return path


def run(command: Sequence[str], environment: Mapping[str, str], limit: float = LIMIT) -> Said:
    """Run a program to its end; raises CtxauditError where it takes longer."""
    child = _started(command, environment, subprocess.PIPE)
    try:
        output, errors = child.answer(limit=limit)
    except subprocess.TimeoutExpired as error:
        name = os.path.basename(command[0])
        raise CtxauditError(f"{name} took longer than {limit:g} seconds") from error
    return Said(output, errors, child.process.returncode)


@contextmanager
def running(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program beside this one, and end it with all that it started."""
    with log.open("ab") as file:
        child = _started(command, environment, file)
    try:
        yield child.process
    finally:
        child.kill()
        os.close(child.leash)


def _started(command: Sequence[str], environment: Mapping[str, str], output: IO[bytes] | int) -> Child:
    path = os.pathsep.join(filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    end, leash = os.pipe()
    try:
        process = subprocess.Popen(
            leashed(command, end),
            cwd="/",
            env={**kept, "PATH": path, "LC_ALL": "C", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=inherited(end),
        )
    except BaseException:
        os.close(leash)
        raise
    finally:
        os.close(end)
    return Child(process, leash)
