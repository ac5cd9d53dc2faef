"""`ctxaudit ls PATH`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from ctxaudit.cli import FAILED, Outcome, cli
from ctxaudit.cli.configured import BuildCommand, directories
from ctxaudit.cli.options import (
    build_options,
    builds_of,
    declared_options,
    failed,
    layout_of,
    one_build,
    refuse_several,
)

if TYPE_CHECKING:
    from ctxaudit.builds.request import BuildRequest

_LIST_FORMATS = click.Choice(["names", "raw", "long", "tree", "json"])


@cli.command("ls", cls=BuildCommand)
@click.argument("path", default=".", shell_complete=directories)
@build_options
@declared_options
@click.option("--format", "style", type=_LIST_FORMATS, default="names", show_default=True, help="How a line looks.")
@click.option("-0", "style", flag_value="raw", type=_LIST_FORMATS, help="Raw names, each ended by a NUL.")
@click.option("--long", "style", flag_value="long", type=_LIST_FORMATS, help="Type, bytes, bytes that arrive, name.")
@click.option(
    "--tree", "style", flag_value="tree", type=_LIST_FORMATS, help="Directories with the sizes of all below, and a bar."
)
@click.option("--depth", type=click.IntRange(0), help="With --tree: how many directories deep; 0 for the sum alone.")
@click.option(
    "--sort", "order", type=click.Choice(["sent", "size"]), default="sent", show_default=True, help="What comes first."
)
@click.option("--all", "every", is_flag=True, help="Of every build that the files below PATH declare.")
@click.option("--permitted", is_flag=True, help="What the ignore file lets through, used or not.")
@click.option("--excluded", is_flag=True, help="All that is not sent, instead.")
def list_(
    path: str, style: str, permitted: bool, excluded: bool, depth: int | None, order: str, every: bool, **options: Any
) -> Outcome:
    """List what a build of PATH sends, in the order sent.

    A directory ends in "/". With --tree each directory has the size of all below it; `--sort size` puts the largest
    first, in any format. With --all each build stands under its name.
    """
    from ctxaudit.auditor import stream_context
    from ctxaudit.report import listing

    refuse_several(options, "ls")
    if every and style in ("raw", "json"):
        raise click.UsageError(f"--format {style} has no place for a build's name: list one build, without --all.")
    if depth is not None and style != "tree":
        raise click.UsageError("--depth goes with --tree.")
    by_size = order == "size"
    if by_size and excluded:
        raise click.UsageError("--sort size does not go with --excluded: what is not sent is not measured.")
    sizes = by_size or style in listing.SIZED
    layout = layout_of()

    def listed(build: BuildRequest) -> Iterable[str | bytes]:
        entries = stream_context(build, permitted=permitted, excluded=excluded, sizes=sizes)
        if style == "tree":
            return listing.lines(entries, layout, depth=depth, by_size=by_size, is_sized=not excluded)
        return listing.FORMATS[style](listing.largest_first(entries) if by_size else entries)

    if not every:
        return Outcome(listed(one_build(path, options)))
    builds = builds_of(path, {**options, "every": True})
    errors = failed(builds.failures)
    pieces = listing.titled((build.name, build.shown, listed(build)) for build in builds.requests())
    return Outcome(pieces, FAILED if errors else 0, [*builds.unseen(), *errors])
