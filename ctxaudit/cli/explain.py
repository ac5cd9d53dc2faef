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

    NAME may be the title by which a report calls a kind, as "git repository". That of a category lists its rules or
    kinds; without a NAME, all are listed.
    """
    from ctxaudit.report import explain as texts

    if name is None or name in texts.categories():
        return Outcome([texts.overview(layout_of(), name or "")])
    named = [name] if name in texts.names() else texts.titled(name)
    if not named:
        close = get_close_matches(name, texts.names(), 3)
        raise click.UsageError(
            f"there is no rule or kind {name!r}. "
            + (f"Did you mean {', '.join(close)}?" if close else "ctxaudit explain lists them.")
        )
    return Outcome(["\n".join(texts.render(each, layout_of()) for each in named)])
