"""`ctxaudit ls PATH`."""

from __future__ import annotations

from typing import Any

import click

from ctxaudit.cli.completing import directories
from ctxaudit.cli.declared import declared_options, one_build
from ctxaudit.cli.docker import BuildCommand
from ctxaudit.cli.group import cli
from ctxaudit.cli.options import build_options
from ctxaudit.cli.outcome import Outcome

LIST_FORMATS = click.Choice(["names", "raw", "long", "tree", "json"])


@cli.command("ls", cls=BuildCommand)
@click.argument("path", default=".", shell_complete=directories)
@build_options
@declared_options
@click.option("--format", "style", type=LIST_FORMATS, default="names", show_default=True, help="How a line looks.")
@click.option("-0", "style", flag_value="raw", type=LIST_FORMATS, help="Raw names, each ended by a NUL.")
@click.option("--long", "style", flag_value="long", type=LIST_FORMATS, help="Type, bytes, bytes that arrive, name.")
@click.option("--tree", "style", flag_value="tree", type=LIST_FORMATS, help="Names below their directories.")
@click.option("--permitted", is_flag=True, help="What the ignore file lets through, used or not.")
@click.option("--excluded", is_flag=True, help="All that is not sent, instead.")
def list_(path: str, style: str, permitted: bool, excluded: bool, **options: Any) -> Outcome:
    """List what a build of PATH sends, in the order sent; a directory ends in "/"."""
    from ctxaudit.auditor import stream_context
    from ctxaudit.report.listing import FORMATS, SIZED

    sizes = style in SIZED
    entries = stream_context(one_build(path, options), permitted=permitted, excluded=excluded, sizes=sizes)
    return Outcome(FORMATS[style](entries))
