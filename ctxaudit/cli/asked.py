"""The arguments that ask for the same builds again, wherever the options came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from click.core import ParameterSource

from ctxaudit.builds import FLAGS, VALUED, public
from ctxaudit.cli.group import COMMANDS

_GIVEN = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)  # a configuration file says it again by itself
# What the command line says of builds that files declare, beside what names them.
_BESIDE = frozenset(
    (
        *("--build-arg", "--ignore-file", "--builder", "--builders", "--set", "--var"),
        *("--keep", "--always-ignore", "--for-cache"),
    )
)


def asked(ctx: click.Context, path: str, *, declared: bool) -> tuple[str, ...]:
    """Give the arguments that name all builds; *declared*: files declare them."""
    is_given = ctx.get_parameter_source("path") in _GIVEN
    paths = [_argument(path)] if is_given or not declared else []
    return (*paths, *_options(ctx, VALUED | FLAGS))


def beside(ctx: click.Context) -> tuple[str, ...]:
    """Give those that say more of each build that a file declares."""
    return tuple(_options(ctx, _BESIDE))


def _options(ctx: click.Context, names: frozenset[str]) -> Iterator[str]:
    for option in ctx.command.params:
        name = option.opts[0]
        if name in names and ctx.get_parameter_source(option.name or "") in _GIVEN:
            yield from _words(name, ctx.params[option.name or ""])


def _words(name: str, value: Any) -> Iterator[str]:
    if name in FLAGS:
        yield from [name] * bool(value)
    else:
        for one in (value,) if isinstance(value, str) else value or ():
            yield from (name, public(name, one))


def _argument(path: str) -> str:
    """Give a path as what is neither an option nor a command's name."""
    return f"./{path}" if path.startswith("-") or path in COMMANDS else public("", path)
