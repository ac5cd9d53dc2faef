"""`ctxaudit schema [report|configuration]`."""

from __future__ import annotations

import click

from ctxaudit.cli.group import cli
from ctxaudit.cli.outcome import Outcome


@cli.command()
@click.argument("what", type=click.Choice(["report", "configuration"]), default="report")
def schema(what: str) -> Outcome:
    """Print the JSON Schema (draft 2020-12) of the JSON report, or of the configuration file."""
    if what == "configuration":
        from ctxaudit.cli import config_schema
        from ctxaudit.report import escape

        return Outcome([escape.document(config_schema.schema())])
    from importlib.resources import files

    return Outcome([files("ctxaudit.report").joinpath("report-1.schema.json").read_bytes()])
