"""`ctxaudit why PATH`."""

from __future__ import annotations

from typing import Any

import click

from ctxaudit.cli.completing import directories, files
from ctxaudit.cli.declared import declared_options, one_build
from ctxaudit.cli.docker import BuildCommand
from ctxaudit.cli.group import cli
from ctxaudit.cli.options import build_options, layout_of
from ctxaudit.cli.outcome import Outcome


@cli.command(cls=BuildCommand)
@click.argument("path", shell_complete=files)
@click.option(
    "-C",
    "--context",
    default=".",
    shell_complete=directories,
    show_default=True,
    help="The build context; PATH is relative to it.",
)
@build_options
@declared_options
def why(path: str, context: str, **options: Any) -> Outcome:
    """Say why PATH is sent or not: every pattern that matches it or a directory above it, and the one that decides."""
    from ctxaudit.auditor import explain_path
    from ctxaudit.report.why import render

    return Outcome([render(explain_path(one_build(context, options), path), layout_of())])
