"""A private buildkitd: started for one question, with a root of its own that goes with it.

Buildctl speaks to it through a socket that reads along. What the builder asks its client for travels inside of that
connection, in a stream of its own.

Source: moby/buildkit 73ed682, cmd/buildkitd/main.go, cmd/buildctl/build.go.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ctxaudit.errors import CtxauditError
from ctxaudit.files import is_superuser
from ctxaudit.verify.docker import answered, files_of, read_rawjson, written
from ctxaudit.verify.program import SHORT_LIMIT, program, run, running, shown
from ctxaudit.verify.values import Answer, NoEngine, Question, file_at
from ctxaudit.verify.wire import Wire

_STARTS = 30.0  # seconds
_LONGEST = 2000  # bytes of its log that an error shows


class Buildkitd:
    """The programs."""

    age = ""

    def __init__(self) -> None:
        self._daemon, self._client = program("buildkitd"), program("buildctl")
        rootless = () if is_superuser() else (program("rootlesskit"),)
        self._command = (
            *rootless,
            self._daemon,
            *(("--rootless", "--oci-worker-no-process-sandbox") if rootless else ()),
        )
        outcome = run([self._daemon, "--version"], {}, SHORT_LIMIT)
        match = re.search(r"\bv?(\d+\.\d+\S*)", outcome.output.decode("utf-8", "replace"))
        if outcome.status or not match:
            raise NoEngine(f"buildkitd does not start: {shown(outcome.last, ())}")
        self.version = match[1]

    @classmethod
    def start(cls, name: str) -> Buildkitd:
        return cls()

    def ask(self, question: Question) -> Answer:
        home, image, build = question.home, question.home / "image.tar", question.build
        file = written(question, home / "file")
        wire = Wire(os.fspath(home / "b"), home / "s")
        arguments = [self._client, f"--addr=unix://{home / 's'}", "build", "--frontend=dockerfile.v0", "--no-cache"]
        arguments += ["--progress=rawjson", f"--local=context={build.context}", f"--local=dockerfile={file.parent}"]
        arguments += [f"--opt={option}" for option in _options(question)] + [f"--output=type=tar,dest={image}"]
        with self._started(home), wire:
            outcome = run(arguments, {"HOME": os.fspath(home)})
        words = wire.words()
        read_rawjson(outcome.errors, words)
        return answered(wire.transfers, words, outcome, files_of(image) if question.with_image else None)

    @contextmanager
    def _started(self, home: Path) -> Iterator[None]:
        """Start the daemon, and end it."""
        socket, log = home / "b", file_at(home, "log", b"")
        options = [
            f"--root={home / 'root'}",
            f"--addr=unix://{socket}",
            f"--config={file_at(home, 'config.toml', b'')}",
        ]
        options += ["--oci-worker-snapshotter=native", "--containerd-worker=false"]
        with running([*self._command, *options], log, {"HOME": os.fspath(home)}) as process:
            end = time.monotonic() + _STARTS
            while not socket.exists():
                if process.poll() is not None or time.monotonic() > end:
                    line = log.read_bytes()[-_LONGEST:].decode("utf-8", "replace").strip().rpartition("\n")[2]
                    raise CtxauditError(f"buildkitd does not start: {line}")
                time.sleep(0.05)
            yield
            process.terminate()
            try:
                process.wait(SHORT_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()


def _options(question: Question) -> Iterator[str]:
    build = question.build
    yield "filename=Dockerfile"
    yield from (f"target={name}" for name in (build.target,) if name)
    yield from (f"build-arg:{name}={value}" for name, value in question.build_args)
    yield f"platform={build.platform}"
