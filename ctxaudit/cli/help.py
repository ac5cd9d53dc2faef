"""`ctxaudit help [COMMAND]`."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import click

from ctxaudit.cli import COMMANDS, Outcome, cli


@cli.command("help")
@click.argument("names", metavar="[COMMAND]", nargs=-1)
@click.pass_context
def help_(ctx: click.Context, names: tuple[str, ...]) -> Outcome:
    """Print what `--help` of a command prints.

    Without a COMMAND, print that of ctxaudit.
    """
    above = ctx.find_root()
    if not names:
        return Outcome([f"{above.get_help()}\n"])
    _check(names[0], COMMANDS, "command")
    inner, inside = click.Context(cli.command_named(names[0]), info_name=names[0], parent=above), names[1:]
    for name in inside:
        words = _words(inner)
        _check(name, words, f"{inner.info_name} command")
        # The word of a command that is no group, as `cache why`, is answered by the command itself.
        command = inner.command.get_command(inner, name) if isinstance(inner.command, click.Group) else inner.command
        assert command is not None
        parent = inner if isinstance(inner.command, click.Group) else above
        info = name if parent is inner else f"{inner.info_name} {name}"
        inner = click.Context(command, info_name=info, parent=parent)
    return Outcome([f"{inner.get_help()}\n"])


def _words(context: click.Context) -> Sequence[str]:
    """Give what may follow a command's name: the commands of a group, or the words that a command knows."""
    if isinstance(context.command, click.Group):
        return context.command.list_commands(context)
    return getattr(context.command, "words", ()) if context.info_name in COMMANDS else ()


def _check(name: str, known: Sequence[str], what: str) -> None:
    """Raise UsageError for a name that is not known, with the one that is meant."""
    if name not in known:
        close = get_close_matches(name, known, 1)
        raise click.UsageError(f"there is no {what} {name!r}." + (f" Did you mean {close[0]}?" if close else ""))
