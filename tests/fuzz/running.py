"""One input: its files in a fresh directory, the command in this process, and what is wrong with its answer."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType
from typing import NamedTuple

from ctxaudit.__main__ import main
from ctxaudit.cli import FAILED
from ctxaudit.errors import CtxauditError
from ctxaudit.report import printable_log
from fuzz.targets import LINKS, TREE, Documents, Input, Manifests, Target

STATUSES = (0, 1, 2)  # as the help of the commands says
SECONDS = 10.0  # of one input, in processor time: how long the clock takes depends on who else works
_PATIENCE = 30  # times as much by the clock: a child that never ends takes no processor time
# A job about a pull request, for `comment`.
_JOB = {
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_EVENT_PATH": "event.json",
    "GITHUB_SHA": "0" * 40,
    "GITHUB_RUN_ID": "1",
    "CI_PROJECT_URL": "https://gitlab.example.org/o/r",
    "CI_PROJECT_ID": "1",
    "CI_MERGE_REQUEST_IID": "1",
    "CI_COMMIT_SHA": "0" * 40,
    "CI_API_V4_URL": "https://gitlab.example.org/api/v4",
    "CI_PIPELINE_ID": "1",
    "CI_JOB_URL": "https://gitlab.example.org/o/r/-/jobs/1",
}


class Ran(NamedTuple):
    """What one run came to.

    refused: whether the command answered with an error alone, and no report. fault: "" for an input that passes.
    """

    status: int
    seconds: float
    refused: bool
    fault: str


class TooSlow(BaseException):
    """The time limit passed."""


def input_of(target: Target | Documents | Manifests, seed: int, number: int) -> Input:
    """Return the same input for the same seed and number, whatever ran before it."""
    return target.input(Random(f"{seed}/{target.name}/{number}"))


def run(given: Input, above: str | None = None) -> Ran:
    """Run the command on the input, in a directory that is made below *above* and removed."""
    top = tempfile.mkdtemp(prefix="ctxaudit-fuzz-", dir=above)
    try:
        _make(Path(top), given)
        with _standing_in(top), _variables(_JOB):
            return _ran(given)
    finally:
        shutil.rmtree(top)


def _make(top: Path, given: Input) -> None:
    for name, data in {**TREE, **given.files}.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name, target in LINKS.items():
        (top / name).symlink_to(target)


def _ran(given: Input) -> Ran:
    started = time.process_time()
    with _streams() as (stdout, stderr):
        try:
            with _time_limit(SECONDS):
                status, fault = main(given.arguments) if given.call is None else _called(given.call), ""
        except TooSlow:
            status, fault = -1, f"more than {SECONDS:g} seconds\n{traceback.format_exc()}"
        except BaseException:  # noqa: BLE001  # whatever the command raises is a fault of the command
            status, fault = -1, traceback.format_exc()
    seconds = time.process_time() - started
    said, complained = stdout.getvalue(), stderr.getvalue()
    return Ran(status, seconds, status == FAILED and not said, fault or _fault(status, said + complained, complained))


def _called(call: Callable[[], object]) -> int:
    """Call what stands for a command; an error on purpose is one of a command."""
    try:
        call()
    except CtxauditError as error:
        sys.stderr.write(f"error: {printable_log(str(error))}\n")
        return FAILED
    return 0


def _fault(status: int, said: bytes, complained: bytes) -> str:
    if status not in STATUSES:
        return f"status {status}"
    if b"Traceback (most recent call last)" in said:
        return "a traceback is printed"
    if status == FAILED and not said.strip():
        return "status 2 without a reason"
    if any(line.startswith(b"::") for line in complained.split(b"\n")):
        return "a command of the runner in an error"
    return ""


@contextmanager
def _standing_in(directory: str) -> Iterator[None]:
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    os.chdir(directory)
    try:
        yield
    finally:
        os.fchdir(before)
        os.close(before)


@contextmanager
def _variables(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _streams() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    before = sys.stdout, sys.stderr
    stdout, stderr = io.BytesIO(), io.BytesIO()
    sys.stdout, sys.stderr = (io.TextIOWrapper(raw, encoding="utf-8", write_through=True) for raw in (stdout, stderr))
    held = sys.stdout, sys.stderr  # a wrapper that is collected closes what it wraps
    try:
        yield stdout, stderr
    finally:
        sys.stdout, sys.stderr = before
        for wrapper in held:
            wrapper.detach()


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def stop(_: int, __: FrameType | None) -> None:
        raise TooSlow

    limits = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, seconds * _PATIENCE))
    before = [(number, signal.signal(number, stop)) for _, number, _ in limits]
    for timer, _, limit in limits:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for timer, _, _ in limits:
            signal.setitimer(timer, 0)
        for number, handler in before:
            signal.signal(number, handler)
