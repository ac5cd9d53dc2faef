"""`ctxaudit` and `python -m ctxaudit`: run a command, write what it answers, give its exit status."""

from __future__ import annotations

import errno
import gc
import io
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from typing import TextIO

# ruff: noqa: E402
_SELDOM = 100_000  # objects made between two looks for cycles: a run is short and makes few
gc.set_threshold(_SELDOM)  # before the imports below, which make a good part of them

import click

from ctxaudit.cli import FAILED, Outcome, cli, terminal_width, wants_color
from ctxaudit.errors import CtxauditError, OutOfReach, masked
from ctxaudit.files import check_directory
from ctxaudit.report import printable_log

_LAST_STREAM = 2
INTERRUPTED = 130
_BROKEN_PIPE = 141
# Faults of what surrounds the process; any other OSError that nobody catches is a fault of ours.
_SURROUNDINGS = {
    errno.ENOSPC: "the output cannot be written: no space is left",
    errno.EDQUOT: "the output cannot be written: the quota is used up",
    errno.EFBIG: "the output cannot be written: the file would be too large",
    errno.EIO: "a device fails to read or to write",
    errno.EMFILE: "this process may not open enough files: raise the limit, ulimit -n",
    errno.ENFILE: "this machine has too many open files",
    errno.ENOMEM: "this machine does not give enough memory",
    errno.EAGAIN: "this machine does not give enough processes",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit status; see `ctxaudit --help`."""
    _open_missing()
    words = sys.argv[1:] if arguments is None else arguments
    try:
        check_directory()
        outcome = cli.main(args=arguments, prog_name="ctxaudit", standalone_mode=False)
        if not isinstance(outcome, Outcome):
            return int(outcome or 0)
        # Ctrl-C is how a command that goes on and on is ended.
        with suppress(KeyboardInterrupt) if outcome.live else nullcontext():
            _write(outcome.output, live=outcome.live)
        for hint in outcome.hints:
            _complain(printable_log(hint), words)
        return outcome.status
    except OutOfReach as error:
        _write([f"nothing to audit: {printable_log(error.said)}\n"])
        return 0
    except CtxauditError as error:
        _complain(f"error: {printable_log(str(error))}", words)
        return FAILED
    except click.ClickException as error:
        _complain(printable_log(masked(_shown(error))), words)
        return FAILED
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _discard(sys.stdout)
        return _BROKEN_PIPE
    except MemoryError:
        _complain("error: this machine does not give enough memory", words)
        return FAILED
    except OSError as error:
        missing = _surroundings(error)
        if not missing:
            raise
        _discard(sys.stdout)
        _complain(f"error: {missing}", words)
        return FAILED


def _surroundings(error: OSError) -> str:
    """Say what the machine does not give, "" where that is not why."""
    try:
        check_directory()  # it may be removed at any moment
    except CtxauditError as gone:
        return str(gone)
    return _SURROUNDINGS.get(error.errno or 0, "")


def _asked(words: Sequence[str]) -> str:
    """Give what --color says; a command line with a mistake in it is not parsed that far."""
    color = ""
    for word, after in zip(words, [*words[1:], ""], strict=False):
        name, given, value = word.partition("=")
        if name == "--color":
            color = value if given else after
    return color if color in ("always", "never") else "auto"


def _open_missing() -> None:
    """Stand in for the streams that a daemon or cron has closed.

    Their numbers are taken first: a pipe that got one would be closed where a program is given its own streams.
    """
    while (spare := os.open(os.devnull, os.O_RDWR)) <= _LAST_STREAM:
        os.set_inheritable(spare, True)
    os.close(spare)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # to the end of the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def run(arguments: Sequence[str] | None = None) -> None:
    """The console script."""
    status = main(arguments)
    # multiprocessing removes its semaphores at the end of Python, and warns of those that are left.
    if threading.active_count() == 1 and "multiprocessing" not in sys.modules and _is_flushed():
        # What the system frees at once need not be freed object by object: a twentieth of a short run.
        os._exit(status)
    sys.exit(status)


def _is_flushed() -> bool:
    """Whether both streams have nothing left to write."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return False
    return True


def _write(output: Iterable[str | bytes], *, live: bool = False) -> None:
    """Write the pieces as they come; live: with nothing held back between two of them."""
    stream = sys.stdout.buffer
    for piece in output:
        stream.write(_encoded(piece, sys.stdout.encoding) if isinstance(piece, str) else piece)
        if live:
            stream.flush()
    stream.flush()


def _shown(error: click.ClickException) -> str:
    """Give how a command is used, and what is wrong with this one."""
    stream = io.StringIO()
    error.show(stream)
    usage = re.sub(r",?\n\t", " ", stream.getvalue())  # click lists choices on lines of their own
    return usage.replace("a valid integer range", "a whole number").rstrip("\n")


def _complain(message: str, words: Sequence[str]) -> None:
    """Write a message to standard error, in colour where the stream shows it."""
    from ctxaudit.report import Layout

    terminal = sys.stderr.isatty()
    layout = Layout(width=terminal_width(), color=wants_color(_asked(words), terminal))
    parts = (layout.fold_message(part) if terminal else part for part in _parts(message))
    text = "\n".join(map(layout.paint_message, parts))
    encoding = sys.stderr.encoding or "utf-8"
    _say(lambda: sys.stderr.write(_encoded(text, encoding).decode(encoding) + "\n"))


def _parts(message: str) -> tuple[str, ...]:
    """Divide what click says: how the command is used, and the error."""
    usage, sign, error = message.rpartition("\n\nError:")
    return (usage, "", f"Error:{error}") if sign else (message,)


def _say(speak: Callable[[], object]) -> None:
    """Write to standard error; where that is full, the status has to do."""
    try:
        speak()
        sys.stderr.flush()
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Send what is left of a stream nowhere, or the interpreter fails to write it on its way out."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _encoded(text: str, encoding: str | None) -> bytes:
    """Give the text in a terminal's encoding; what that cannot hold is spelt out or escaped."""
    try:
        return text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return text.replace("…", "...").replace("█", "#").encode(encoding or "utf-8", "backslashreplace")


if __name__ == "__main__":
    run()
