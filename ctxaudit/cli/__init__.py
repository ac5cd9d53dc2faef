"""The command line: load, audit, render, exit. A command is one file here, named in `COMMANDS` of `group.py`."""

from __future__ import annotations

from ctxaudit.cli.group import cli
from ctxaudit.cli.outcome import Outcome

__all__ = ["Outcome", "cli"]
