"""`ctxaudit guide [NAME]`."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from ctxaudit.cli import Outcome, cli
from ctxaudit.cli.options import layout_of

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_ENDING = ".md"


def names() -> list[str]:
    """Give the names of the guides, sorted."""
    entries = (file.name for file in _folder().iterdir())
    return sorted(name.removesuffix(_ENDING) for name in entries if name.endswith(_ENDING))


def _complete(ctx: click.Context, option: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in names() if name.startswith(incomplete)]


@cli.command()
@click.argument("name", required=False, shell_complete=_complete)
def guide(name: str | None) -> Outcome:
    """Print a guide, as Markdown.

    Without a NAME, list them all.
    """
    if name is None:
        return Outcome([_overview()])
    if name not in names():
        close = get_close_matches(name, names(), 1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(names())}."
        raise click.UsageError(f"there is no guide {name!r}. {hint}")
    from ctxaudit.report.explain import guide_page

    return Outcome([guide_page(_text(name), layout_of())])


def _folder() -> Traversable:
    from importlib.resources import files

    return files("ctxaudit").joinpath("guides")


def _text(name: str) -> str:
    return _folder().joinpath(name + _ENDING).read_text(encoding="utf-8")


def _overview() -> str:
    """Give for each guide its name, and beside it the sentence below its title."""
    layout, rows = layout_of(), list(_rows())
    left = max(len(name) for name, _ in rows) + 2
    lines = (line for name, sentence in rows for line in layout.wrap(f"{name:{left}}{sentence}", " " * left))
    return "".join(f"{line}\n" for line in lines)


def _rows() -> Iterator[tuple[str, str]]:
    yield from ((name, _text(name).split("\n\n")[1]) for name in names())
