"""`--output FORMAT=FILE`: further reports from the same scan, each written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxaudit.report import FORMATS

if TYPE_CHECKING:
    from ctxaudit.model import Report
    from ctxaudit.report import Layout

Command = TypeVar("Command", bound=Callable[..., Any])
Output = tuple[str, str]
_FIELDS = ("type=", "dest=")
_ENDINGS = (".txt", ".json", ".html", ".sarif", ".md")


def output_options(command: Command) -> Command:
    """`--format` of what goes to stdout, and `--output` for files."""
    formats = click.Choice(list(FORMATS))
    to_stdout = click.option(
        "--format", "format_", type=formats, default="text", show_default=True, help="What goes to stdout."
    )
    to_files = click.option(
        "--output",
        "-o",
        "outputs",
        metavar="FORMAT=FILE",
        multiple=True,
        callback=_parsed,
        help="Write this report, too; may be repeated.",
    )
    return to_stdout(to_files(command))


def needs(formats: Sequence[str]) -> dict[str, bool]:
    """What the audit has to find out for these formats, as `audit_builds` takes it."""
    chosen = [FORMATS[name] for name in formats]
    return {"propose": any(one.proposes for one in chosen), "sizes": any(one.sizes for one in chosen)}


def write_reports(report: Report, layout: Layout, outputs: Sequence[Output]) -> Iterator[str]:
    """Write the files, and give a sentence for each one that cannot be written."""
    from ctxaudit.errors import CtxauditError
    from ctxaudit.files import replace_file

    plain = replace(layout, color=False, shortens=False)
    for name, file in outputs:
        path = Path(file)
        data = FORMATS[name].render(report, plain).encode("utf-8", "backslashreplace")
        try:
            replace_file(path, data, Path(os.path.realpath(path)).parent)
        except CtxauditError as error:
            yield f"error: {error}"


def _parsed(context: click.Context, option: click.Parameter, values: Sequence[str]) -> list[Output]:
    outputs = [_output(value) for value in values if not _is_of_docker(value)]
    files = [os.path.realpath(file) for _, file in outputs]
    if len(set(files)) < len(files):
        raise click.UsageError("two --output name the same file.")
    return outputs


def _is_of_docker(value: str) -> bool:
    """Whether it is what `docker build --output` takes: fields, the type among them, a directory, or "-".

    A name that is a format or ends as a report does is never meant as a directory.
    Source: docker/buildx v0.19, util/buildflags/export.go.
    """
    if "=" in value:
        return any(field.strip().startswith(_FIELDS) for field in value.split(","))
    return value not in FORMATS and not value.lower().endswith(_ENDINGS)


def _output(value: str) -> Output:
    name, _, file = value.partition("=")
    if name not in FORMATS or not file:
        raise click.UsageError(f"--output {value}: write FORMAT=FILE; FORMAT is one of {', '.join(FORMATS)}.")
    if file == "-":
        raise click.UsageError(f"--output {value}: what goes to standard output is --format {name}.")
    return name, file
