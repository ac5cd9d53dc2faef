"""The command group: its help, and its default command."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import click

from ctxaudit import __version__
from ctxaudit.cli.outcome import Outcome

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Each is a file of this folder, imported when the command is run or its help is shown.
COMMANDS = (
    "audit",
    "cache",
    "comment",
    "completion",
    "explain",
    "guide",
    "help",
    "ls",
    "plugin",
    "schema",
    "watch",
    "why",
)
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class DefaultGroup(click.Group):
    """A group whose first word need not be a command: `ctxaudit .` is `ctxaudit audit .`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.command_named(cmd_name) if cmd_name in COMMANDS else None

    def command_named(self, name: str) -> click.Command:
        """Return a command; its file adds it to the group."""
        import_module(f"ctxaudit.cli.{name}")
        return self.commands[name]

    def every_command(self) -> Mapping[str, click.Command]:
        """Return all commands by name."""
        return {name: self.command_named(name) for name in COMMANDS}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "-V", "--version"}
        asks_for_names = ctx.resilient_parsing and not args  # of a shell that completes the first word
        if not asks_for_names and (not args or (args[0] not in COMMANDS and args[0] not in own)):
            if args and not ctx.resilient_parsing:
                from ctxaudit.cli import mistaken

                mistaken.word(args[0], COMMANDS)
            args = ["audit", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and all that the default one takes; bash forgets the words before a directory."""
        default = self.command_named("audit")
        inner = default.make_context("audit", [], parent=ctx, resilient_parsing=True)
        path = next(one for one in default.params if isinstance(one, click.Argument))
        places = [] if incomplete.startswith("-") else path.shell_complete(inner, incomplete)
        return [*places, *super().shell_complete(ctx, incomplete), *default.shell_complete(inner, incomplete)]


@click.group(cls=DefaultGroup, context_settings=HELP, invoke_without_command=False)
@click.version_option(__version__, "-V", "--version", prog_name="ctxaudit", message="%(prog)s %(version)s")
def cli() -> None:
    """Say what a container build would send to its builder, and what of that is not needed.

    \b
      ctxaudit .                    audit the build context of this directory
      ctxaudit ls services/api      list what a build of services/api sends
      ctxaudit why dist/app.js      every pattern that matches one path

    PATH is the context, as for `docker build`; `ctxaudit PATH` is short for `ctxaudit audit PATH`, and `ctxaudit ./ls`
    reaches a directory that is called like a command.
    """


@cli.result_callback()
def _with_warnings(outcome: Outcome) -> Outcome:
    """Say which variables set nothing, whatever the command answers."""
    from ctxaudit.cli.variables import warnings

    return replace(outcome, hints=[*outcome.hints, *warnings(os.environ)])
