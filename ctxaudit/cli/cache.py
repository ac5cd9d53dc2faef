"""`ctxaudit cache PATH`."""

from __future__ import annotations

from typing import Any

import click

from ctxaudit.cli.completing import directories, files
from ctxaudit.cli.declared import declared_options, one_build
from ctxaudit.cli.docker import BuildCommand
from ctxaudit.cli.group import cli
from ctxaudit.cli.options import build_options, layout_of
from ctxaudit.cli.outcome import Outcome


@cli.command("cache", cls=BuildCommand)
@click.argument("path", default=".", shell_complete=directories)
@build_options
@declared_options
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
@click.option(
    "--commits", type=click.IntRange(0), default=200, show_default=True, help="The last commits that are looked at."
)
@click.option(
    "--timings", metavar="FILE", shell_complete=files, help="A log of the build: --progress rawjson, or plain."
)
@click.option("--top", type=click.IntRange(0), default=5, show_default=True, help="Paths of a step, 0 for all.")
def cache(path: str, style: str, commits: int, timings: str | None, top: int, **options: Any) -> Outcome:
    """Say what each step of a build selects, how often commits changed that, and what runs again after it.

    The commits are the last ones of the checked-out branch, each against its first parent, by the Dockerfile and
    the ignore file as they are now. With --timings, re-runs are counted in seconds.
    """
    from ctxaudit.cache import timings as logs
    from ctxaudit.cache.steps import cache_report
    from ctxaudit.report.cache import FORMATS

    known = logs.read(timings) if timings else None
    report = cache_report(one_build(path, options), commits=commits, timings=known, hashed=style == "json")
    return Outcome([FORMATS[style](report, layout_of(top=top))])
