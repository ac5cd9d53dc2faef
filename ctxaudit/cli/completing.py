"""What a shell is offered after TAB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def files(ctx: click.Context, option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell's own completion of files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def directories(ctx: click.Context, option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell's own completion of directories."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def rules(ctx: click.Context, option: click.Parameter, incomplete: str) -> list[str]:
    """The names of rules and kinds."""
    from ctxaudit.report.explain import names

    return [name for name in names() if name.startswith(incomplete)]
