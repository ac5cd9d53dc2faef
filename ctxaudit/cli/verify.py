"""`ctxaudit verify PATH`."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ctxaudit.builders import BUILDERS
from ctxaudit.cli import Outcome, cli
from ctxaudit.cli.configured import BuildCommand, directories
from ctxaudit.cli.options import build_options, declared_options, layout_of, one_build, refuse_several

if TYPE_CHECKING:
    from ctxaudit.verify import Asked, Engine

_ENGINES = click.Choice(["auto", *(name for builder in BUILDERS.values() for name, _ in builder.engines)])


@cli.command(cls=BuildCommand)
@click.argument("path", default=".", shell_complete=directories)
@build_options
@declared_options
@click.option(
    "--engine",
    "engine",
    type=_ENGINES,
    default="auto",
    show_default=True,
    help="Who is asked; auto is the first there.",
)
@click.option("--build", "real", is_flag=True, help="Build the Dockerfile itself, not a stand-in that runs nothing.")
@click.option(
    "--after-proposal", is_flag=True, help="Ask again with the proposed lines, and compare the files of the images."
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What goes to stdout.",
)
def verify(path: str, engine: str, real: bool, after_proposal: bool, style: str, **options: Any) -> Outcome:
    """Ask this machine's engine what a build sends, and compare.

    Every byte and path is compared. The engine builds a stand-in of the Dockerfile, which runs, pulls and fetches
    nothing. The status is 0 if all is as ctxaudit says, 1 if something differs, 2 if no engine could be asked.
    """
    from ctxaudit import verify as verifying
    from ctxaudit.report import verify as report

    refuse_several(options, "verify")
    with _ends_in_order():
        chosen, values = _chosen(engine, options)
        options["builder"] = chosen.builder.name
        verification = verifying.verify(
            one_build(path, options), chosen, values, real=real, after_proposal=after_proposal
        )
    return Outcome([report.FORMATS[style](verification, layout_of(top=10))], 0 if verification.is_same else 1)


def _chosen(name: str, options: dict[str, Any]) -> tuple[Engine, Asked]:
    """Start the engine that is named, or the first that has the rules of the builder that is named."""
    from ctxaudit import verify as verifying

    engines = list(verifying.ENGINES.values())
    source = click.get_current_context().get_parameter_source("builder")
    is_named = source is not None and source.name != "DEFAULT"
    if name != "auto":
        engine = verifying.ENGINES[name]
        if is_named and options["builder"] != engine.builder.name:
            raise click.UsageError(f"--engine {name} is asked about --builder {engine.builder.name}.")
        return verifying.choose([engine])
    if is_named:
        engines = [engine for engine in engines if engine.builder.name == options["builder"]]
        if not engines:
            raise click.UsageError(f"no engine of this machine can be asked about --builder {options['builder']}.")
    return verifying.choose(engines)


@contextmanager
def _ends_in_order() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does: what the engine was given is taken away first."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
