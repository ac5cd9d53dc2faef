"""`ctxaudit explain NAME`."""

from __future__ import annotations

from difflib import get_close_matches

import click

from ctxaudit.cli import Outcome, cli
from ctxaudit.cli.configured import rules
from ctxaudit.cli.options import layout_of


@cli.command()
@click.argument("name", required=False, shell_complete=rules)
def explain(name: str | None) -> Outcome:
    """Print the text of a rule or a kind.

    The NAME of a category lists its rules or kinds; without a NAME, all are listed.
    """
    from ctxaudit.report import explain as texts

    if name is None or name in texts.categories():
        return Outcome([texts.overview(layout_of(), name or "")])
    if name not in texts.names():
        close = get_close_matches(name, texts.names(), 3)
        raise click.UsageError(
            f"there is no rule or kind {name!r}. "
            + (f"Did you mean {', '.join(close)}?" if close else "ctxaudit explain lists them.")
        )
    return Outcome([texts.render(name, layout_of())])
