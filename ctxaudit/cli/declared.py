"""The options that name files in which builds are declared, and the builds that they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ctxaudit.cli.options import Command, build_of

if TYPE_CHECKING:
    from ctxaudit.model import Audit
    from ctxaudit.requests.declared import Declared
    from ctxaudit.requests.dockerfile import BuildRequest

_SAID_THERE = {
    "dockerfile": "-f",
    "target": "--target",
    "build_args": "--build-arg",
    "build_contexts": "--build-context",
}


def declared_options(command: Command) -> Command:
    """The options that name bake files."""
    for option in reversed(
        (
            click.option("--bake", "bake_files", metavar="FILE", multiple=True, help="The builds of a bake file."),
            click.option("--bake-target", "bake_targets", metavar="NAME", multiple=True, help="This target or group."),
            click.option("--bake-print", is_flag=True, help="Ask docker buildx bake --print what they are."),
        )
    ):
        command = option(command)
    return command


def builds_of(path: str, options: dict[str, Any]) -> tuple[list[BuildRequest], list[Audit]]:
    """Read the builds that the options name, and what is said of those that cannot be looked at."""
    declared = _declared(path, options)
    if declared is None:
        return [build_of(path, options)], []
    builder = options["builder"]
    seen = [one.request(builder=builder, ignore_file=options["ignore_file"]) for one in declared if one.context]
    return seen, [one.unseen(builder=builder) for one in declared if not one.context]


def _declared(path: str, options: dict[str, Any]) -> tuple[Declared, ...] | None:
    """Take the options above out, and read what they name; None where they name nothing."""
    files, targets, printed = (options.pop(name) for name in ("bake_files", "bake_targets", "bake_print"))
    if not files:
        if targets or printed:
            raise click.UsageError("name the bake file with --bake FILE.")
        return None
    if wrong := [flag for name, flag in _SAID_THERE.items() if options[name]]:
        raise click.UsageError(f"the bake file says what is built: leave {wrong[0]} away.")
    if path != ".":
        raise click.UsageError(f"the bake file says what is built: leave {path} away.")
    from ctxaudit.requests import bake

    return bake.printed(files, targets=targets) if printed else bake.declared(files, targets=targets)
