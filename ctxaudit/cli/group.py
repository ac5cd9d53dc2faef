"""The command group: its help, and its default command."""

from __future__ import annotations

import click

from ctxaudit import __version__

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class DefaultGroup(click.Group):
    """A group whose first word need not be a command: `ctxaudit .` is `ctxaudit audit .`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "-V", "--version"}
        if not args or (args[0] not in self.commands and args[0] not in own):
            args = ["audit", *args]
        return super().parse_args(ctx, args)


@click.group(cls=DefaultGroup, context_settings=HELP, invoke_without_command=False)
@click.version_option(__version__, "-V", "--version", prog_name="ctxaudit", message="%(prog)s %(version)s")
def cli() -> None:
    """Say what a container build would send to its builder, and what of that is not wanted.

    \b
      ctxaudit .                    audit the build context of this directory
      ctxaudit ls services/api      list what a build of services/api sends
      ctxaudit why dist/app.js      every pattern that had a say about one path

    PATH is the context, as for `docker build`; `ctxaudit PATH` is short for `ctxaudit audit PATH`, and `ctxaudit ./ls`
    reaches a directory that is called like a command.
    """
