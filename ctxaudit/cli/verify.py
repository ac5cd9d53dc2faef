"""`ctxaudit verify PATH`."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ctxaudit.builders import BUILDERS, several
from ctxaudit.cli import Outcome, cli
from ctxaudit.cli.configured import BuildCommand, directories
from ctxaudit.cli.options import build_options, declared_options, layout_of, named_builders, one_build, refuse_several
from ctxaudit.model import DEFAULT_BUILDER

if TYPE_CHECKING:
    from ctxaudit.model import BuilderName
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
        named = _named(options)
        chosen, values = _chosen(engine, named)
        first = named[0] if named else DEFAULT_BUILDER
        options.update(builder=chosen.builder.name, builders=())
        verification = verifying.verify(
            one_build(path, options), chosen, values, real=real, after_proposal=after_proposal
        )
    if engine == "auto" and chosen.builder.name != first:
        verification = replace(verification, notes=(*verification.notes, _instead(chosen, first)))
    return Outcome([report.FORMATS[style](verification, layout_of(top=10))], 0 if verification.is_same else 1)


def _named(options: dict[str, Any]) -> tuple[BuilderName, ...]:
    """Give the builders that the command or the project names, the first one first; () for none."""
    context = click.get_current_context()
    if words := named_builders(context, options["builders"]):
        return tuple(row.name for row in several(",".join(words)))
    source = context.get_parameter_source("builder")
    return (options["builder"],) if source is not None and source.name != "DEFAULT" else ()


def _chosen(name: str, named: Sequence[BuilderName]) -> tuple[Engine, Asked]:
    """Start the engine that is named, or the first that has the rules of a builder that is."""
    from ctxaudit import verify as verifying

    engines = list(verifying.ENGINES.values())
    if name != "auto":
        engine = verifying.ENGINES[name]
        if named and engine.builder.name not in named:
            raise click.UsageError(f"--engine {name} is asked about --builder {engine.builder.name}.")
        return verifying.choose([engine])
    if named:
        engines = [engine for builder in named for engine in engines if engine.builder.name == builder]
        if not engines:
            raise click.UsageError(f"no engine of this machine can be asked about --builder {', '.join(named)}.")
    return verifying.choose(engines)


def _instead(chosen: Engine, first: BuilderName) -> str:
    """Say that the engine has not the rules of the builder that is meant where nobody names one."""
    other = f"{chosen.name} is asked, which has those of {chosen.builder.title}"
    more = f"ctxaudit verify --builder {first} says what is missing"
    return f"no engine with the rules of {BUILDERS[first].title} answers: {other}. {more}"


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
