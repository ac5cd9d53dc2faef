"""What docker prints after a build: one line about its context, or why a COPY failed.

Docker runs `docker-ctxaudit docker-cli-plugin-hooks JSON` after the command, without the values of its arguments: those
are read from the command line of docker itself, which is the parent. Whatever goes wrong, or takes too long, nothing is
said, and the build's own status stays.
Source: docker/cli v28, cli-plugins/hooks and cli-plugins/manager/hooks.go.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ctxaudit.report import printable_text

SECONDS = "CTXAUDIT_HOOK_SECONDS"
_SECONDS = 0.25  # together with the start of Python less than 0.3 s
_MOST_LINES = 3
_LOST = ("copy-source-ignored", "copy-source-missing", "needed-input-ignored")
_WRITES = ("--write", "--output", "--update-baseline")  # options of ctxaudit: a hint writes nothing
_BRACES = re.compile(r"\{\{+")
_LARGEST = 1 << 16  # bytes of a command line


class _TooLate(BaseException):
    """The time is over. No handler of an ordinary exception may keep it."""


def answer(arguments: Sequence[str]) -> str:
    """Return the JSON that docker reads, "" to say nothing."""
    try:
        with _in_time():
            lines = list(_lines(arguments))
    except (_TooLate, Exception):  # noqa: BLE001  # a hint is never worth a message about itself
        return ""
    # Docker takes {{ for a template of Go's, and prints what a name may have the terminal do.
    text = "\n".join(_BRACES.sub(_apart, printable_text(line)) for line in lines[:_MOST_LINES])
    return json.dumps({"Type": 0, "Template": text}) + "\n" if text else ""


@contextmanager
def _in_time() -> Iterator[None]:
    """Raise _TooLate after the time; where the platform has no alarm, as Windows, end the process without a word."""
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _raise)
        signal.setitimer(signal.ITIMER_REAL, _limit())
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    else:
        clock = threading.Timer(_limit(), os._exit, (0,))
        clock.daemon = True
        clock.start()
        try:
            yield
        finally:
            clock.cancel()


def _apart(braces: re.Match[str]) -> str:
    return " ".join(braces[0])


def _limit() -> float:
    try:
        return max(0.01, float(os.environ.get(SECONDS, _SECONDS)))
    except ValueError:
        return _SECONDS


def _raise(*_: object) -> None:
    raise _TooLate


def _lines(arguments: Sequence[str]) -> Iterator[str]:
    request = json.loads(arguments[0])
    words = _words(str(request.get("RootCmd", "")))
    if words is None or "-" in words:  # a context or Dockerfile of standard input is gone by now
        return
    if any(word.partition("=")[0] in _WRITES for word in words):  # docker refuses some, and means another by --output
        return
    target = _audited(words)
    lost = [finding for finding in target["findings"] if finding["rule"] in _LOST]
    if request.get("CommandError"):
        yield from (f"{_place(finding)}{finding['message']}" for finding in lost)
        return
    yield from _sizes(target)


def _words(command: str) -> list[str] | None:
    """Return what docker was given after the words of the command, None where that is not known."""
    try:
        with open(f"/proc/{os.getppid()}/cmdline", "rb") as file:
            given = file.read(_LARGEST).decode("utf-8", "surrogateescape").rstrip("\0").split("\0")
    except OSError:
        return None
    names = command.split()
    for at in range(len(given) - len(names) + 1):
        if names and given[at : at + len(names)] == names:
            return given[at + len(names) :]
    return None


def _audited(words: Sequence[str]) -> dict[str, Any]:
    from ctxaudit.cli import cli

    # The content of files is not searched: that takes longer than a hint may.
    outcome = cli.main(
        ["audit", *words, "--secrets", "names", "--format", "json"], prog_name="ctxaudit", standalone_mode=False
    )
    report = json.loads("".join(str(piece) for piece in outcome.output))
    target: dict[str, Any] = report["targets"][0]
    return target


def _sizes(target: dict[str, Any]) -> Iterator[str]:
    from ctxaudit.rules.kinds import SECRETS
    from ctxaudit.values import counted, shown_size

    sent = target["sent"]["bytes"]
    findings = [
        finding for finding in target["findings"] if finding["severity"] != "note" and finding["reach"] != "permitted"
    ]
    unneeded = sum(finding["bytes"] for finding in findings if finding["status"] == "not needed")
    secrets = sum(finding["kind"] in SECRETS and finding["severity"] == "error" for finding in findings)
    parts = []
    if unneeded:
        parts.append(f"{shown_size(unneeded)} of it is not needed")
    if secrets:
        parts.append(f"{counted(secrets, 'secret')} in it")
    if parts:
        yield f"ctxaudit: {shown_size(sent)} was sent, {' and '.join(parts)}: docker ctxaudit"


def _place(finding: dict[str, Any]) -> str:
    at = finding.get("location")
    return f"{at['file']}:{at['line']}: " if at else ""
