"""`ctxaudit completion SHELL`."""

from __future__ import annotations

import click

from ctxaudit.cli import Outcome, cli

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_CTXAUDIT_COMPLETE"


@cli.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> Outcome:
    """Print the script that completes what is typed in a shell.

    It completes commands, options and names.

    \b
      bash   eval "$(ctxaudit completion bash)"        in ~/.bashrc
      zsh    eval "$(ctxaudit completion zsh)"         in ~/.zshrc
      fish   ctxaudit completion fish | source         in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    return Outcome([kind(cli, {}, "ctxaudit", _VARIABLE).source() + "\n"])
