"""`ctxaudit schema`."""

from __future__ import annotations

from ctxaudit.cli.group import cli
from ctxaudit.cli.outcome import Outcome


@cli.command()
def schema() -> Outcome:
    """Print the JSON Schema (draft 2020-12) of the JSON report."""
    from importlib.resources import files

    return Outcome([files("ctxaudit.report").joinpath("report-1.schema.json").read_bytes()])
