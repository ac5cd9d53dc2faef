"""The options that several commands share, and what they come to."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ctxaudit.builders import BUILDERS
from ctxaudit.cli.completing import files
from ctxaudit.cli.outcome import wants_color
from ctxaudit.model import DEFAULT_BUILDER

if TYPE_CHECKING:
    from ctxaudit.builds.request import BuildRequest
    from ctxaudit.cli.progress import Progress
    from ctxaudit.report import Layout

Command = TypeVar("Command", bound=Callable[..., Any])


def build_options(command: Command) -> Command:
    """The options that name a build, as `docker build` has them."""
    for option in reversed(
        (
            click.option(
                "-f",
                "--file",
                "dockerfile",
                metavar="FILE",
                shell_complete=files,
                help="The Dockerfile, relative to here; - is stdin.",
            ),
            click.option("--target", metavar="STAGE", help="Stop at this stage."),
            click.option("--build-arg", "build_args", metavar="KEY[=VALUE]", multiple=True, help="As docker build."),
            click.option(
                "--build-context", "build_contexts", metavar="NAME=PATH", multiple=True, help="As docker build."
            ),
            click.option("--platform", default="linux/amd64", show_default=True, help="As docker build."),
            click.option("--at", metavar="REF", help="What git has at this commit, instead of the files on the disk."),
            click.option(
                "--ignore-file", metavar="FILE", shell_complete=files, help="Instead of the one that the builder reads."
            ),
            click.option(
                "--builder",
                type=click.Choice(list(BUILDERS)),
                default=DEFAULT_BUILDER,
                show_default=True,
                help="The builder that is sent the context; classic is DOCKER_BUILDKIT=0.",
            ),
            click.option(
                "--builders",
                metavar="NAME,NAME",
                multiple=True,
                help="Several that run the build: the first is audited, the others are compared with it.",
            ),
        )
    ):
        command = option(command)
    return command


def build_of(path: str, options: dict[str, Any]) -> BuildRequest:
    """Read the build that the options name."""
    from ctxaudit.builds.request import request

    options["build_args"] = build_args_of(options["build_args"])
    options["build_contexts"] = dict(_pair(pair) for pair in options["build_contexts"])
    return request(path, **options)


def build_args_of(pairs: Sequence[str]) -> dict[str, str]:
    """Give the build args; one without a value is taken from the environment, and is omitted if it is not set."""
    return {
        key: value if given else os.environ[key]
        for key, given, value in (pair.partition("=") for pair in pairs)
        if given or key in os.environ
    }


def _pair(text: str) -> tuple[str, str]:
    key, given, value = text.partition("=")
    if not (given and key and value):
        raise click.UsageError(f"--build-context {text}: write NAME=PATH")
    return key, value


def layout_of(**options: Any) -> Layout:
    from ctxaudit.report import Layout

    terminal = sys.stdout.isatty()
    options["directory"], options["root"] = _directories()
    width = shutil.get_terminal_size((80, 24)).columns
    asked = click.get_current_context().meta.get("ctxaudit.color", "auto")
    return Layout(width=max(40, width), color=wants_color(asked, terminal), shortens=terminal, **options)


def _directories() -> tuple[str, str]:
    """The working directory, and that of its repository, "" outside of any."""
    from ctxaudit.repository import Repository

    directory = os.getcwd()
    repository = Repository.of(Path(directory))
    return directory, os.fspath(repository.home) if repository else ""


def progress_line() -> Progress:
    from ctxaudit.cli.progress import Progress

    return Progress(sys.stderr)
