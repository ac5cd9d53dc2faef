"""`ctxaudit help [COMMAND]`."""

from __future__ import annotations

from difflib import get_close_matches

import click

from ctxaudit.cli.group import COMMANDS, cli
from ctxaudit.cli.outcome import Outcome


@cli.command("help")
@click.argument("name", metavar="[COMMAND]", required=False)
@click.pass_context
def help_(ctx: click.Context, name: str | None) -> Outcome:
    """Print what `--help` of a command prints; without a COMMAND, that of ctxaudit."""
    above = ctx.find_root()
    if name is None:
        return Outcome([f"{above.get_help()}\n"])
    if name not in COMMANDS:
        close = get_close_matches(name, COMMANDS, 1)
        raise click.UsageError(f"there is no command {name!r}." + (f" Did you mean {close[0]}?" if close else ""))
    with click.Context(cli.command_named(name), info_name=name, parent=above) as inner:
        return Outcome([f"{inner.get_help()}\n"])
