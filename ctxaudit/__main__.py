"""`ctxaudit` and `python -m ctxaudit`: run a command, write what it answers, give its exit status."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Sequence

import click

from ctxaudit.cli import Outcome, cli
from ctxaudit.cli.outcome import FAILED
from ctxaudit.errors import CtxauditError, OutOfReach
from ctxaudit.report import printable

INTERRUPTED = 130
BROKEN_PIPE = 141
SELDOM = 100_000  # objects made between two looks for cycles: a run is short and makes few


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit status; see `ctxaudit --help`."""
    _open_missing()
    try:
        _check_directory()
        outcome = cli.main(args=arguments, prog_name="ctxaudit", standalone_mode=False)
        if not isinstance(outcome, Outcome):
            return int(outcome or 0)
        _write(outcome.output)
        for hint in outcome.hints:
            _complain(printable.log(hint))
        return outcome.status
    except OutOfReach as error:
        _write([f"nothing to audit: {printable.log(error.what)}\n"])
        return 0
    except CtxauditError as error:
        _complain(f"error: {printable.log(str(error))}")
        return FAILED
    except click.ClickException as error:
        error.show()
        return FAILED
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains on its way out
        return BROKEN_PIPE


def _open_missing() -> None:
    """Stand in for the streams that a daemon or cron has closed."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # to the end of the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _check_directory() -> None:
    """Raise CtxauditError where the working directory was removed: every name is relative to it."""
    try:
        os.getcwd()
    except OSError as error:
        raise CtxauditError("the working directory is not there any more", fix="change to another directory") from error


def run() -> None:
    """The console script."""
    gc.set_threshold(SELDOM)
    sys.exit(main())


def _write(output: Iterable[str | bytes]) -> None:
    """Write the pieces as they come."""
    stream = sys.stdout.buffer
    for piece in output:
        stream.write(_encoded(piece, sys.stdout.encoding) if isinstance(piece, str) else piece)
    stream.flush()


def _complain(message: str) -> None:
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(_encoded(message, encoding).decode(encoding) + "\n")


def _encoded(text: str, encoding: str | None) -> bytes:
    """Give the text in a terminal's encoding; what that cannot hold is spelt out or escaped."""
    try:
        return text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return text.replace("…", "...").encode(encoding or "utf-8", "backslashreplace")


if __name__ == "__main__":
    run()
