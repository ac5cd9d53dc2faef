"""The command line: load, audit, render, exit. A command is one file here, named in the import below."""

from __future__ import annotations

from ctxaudit.cli import audit, comment, completion, explain, help, ls, schema, why  # noqa: F401
from ctxaudit.cli.group import cli
from ctxaudit.cli.outcome import Outcome

__all__ = ["Outcome", "cli"]
