"""Options that may also come from the environment and from a file: command line > CTXAUDIT_* > file > default."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ctxaudit.builds import public
from ctxaudit.cli.completing import files
from ctxaudit.errors import CtxauditError

if TYPE_CHECKING:
    from ctxaudit.policy import Settings, Shape, Value

PREFIX = "CTXAUDIT"
# What is done, what is written, or how much is said, is given each time: a configuration may be a stranger's.
COMMAND_LINE_ONLY = frozenset(
    (
        *("diff", "write", "check", "exit-1-on-change", "output", "update-baseline"),
        *("verbose", "quiet", "color", "config", "no-config", "help", "at"),
    )
)
# The same of the commands that have a table of their own.
_ASKED_EACH_TIME = COMMAND_LINE_ONLY | {"report", "dry-run", "timeout", "max-wait"}
_SETTINGS = "ctxaudit.settings"


def parse(ctx: click.Context, option: click.Parameter, value: str | None) -> Any:
    """The callback of an option whose text stands for something else."""
    from ctxaudit.policy import parsed

    try:
        return None if value is None else parsed((option.name or "").replace("_", "-"), value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, option) from error


class Configured(click.Command):
    """A command that reads its options from the environment and from the file of the context, too."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params += [
            _own(
                "--config",
                metavar="FILE",
                envvar=f"{PREFIX}_CONFIG",
                shell_complete=files,
                help="Instead of the nearest ctxaudit.toml.",
            ),
            _own("--no-config", is_flag=True, help="Read no configuration file."),
            _own("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to colour."),
        ]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from ctxaudit.cli.grouped import grouped

        shown = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        for title, options in grouped([option for option in shown if not option.hidden]):
            with formatter.section(title):
                formatter.write_dl([record for option in options if (record := option.get_help_record(ctx))])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for key, option in self._keys():
            option.envvar = f"{self._prefix}_{key.upper().replace('-', '_')}"
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            ctx.meta[_SETTINGS] = settings = self._settings(ctx)
            values = self._values(settings)
            for key, option in self._keys():
                source = ctx.get_parameter_source(option.name or "")
                if key in values and source is ParameterSource.DEFAULT:
                    self._set(ctx, option, values[key])
        return rest

    @property
    def _prefix(self) -> str:
        """Of the variables."""
        return PREFIX

    def _settings(self, ctx: click.Context) -> Settings:
        return _settings(ctx)

    def _values(self, settings: Settings) -> Mapping[str, Value]:
        """What of the file is about this command."""
        return settings.values

    def _keys(self) -> Iterator[tuple[str, click.Option]]:
        """The options that may be configured; not one that only shares its name with such an option."""
        mine = dict(options(self))
        for key, option in options(_audit()):
            if key in mine and mine[key].name == option.name and key not in COMMAND_LINE_ONLY:
                yield key, mine[key]

    def _set(self, ctx: click.Context, option: click.Option, value: Value) -> None:
        try:
            ctx.params[option.name or ""] = option.process_value(ctx, value.raw)
        except click.UsageError as error:
            raise CtxauditError(error.message.rstrip(".").lower(), where=value.where) from error
        ctx.set_parameter_source(option.name or "", ParameterSource.DEFAULT_MAP)


class ConfiguredApart(Configured):
    """A command whose options have a table and variables of their own, both called as the command."""

    @property
    def _prefix(self) -> str:
        return f"{PREFIX}_{(self.name or '').upper()}"

    def _values(self, settings: Settings) -> Mapping[str, Value]:
        return settings.tables.get(self.name or "", {})

    def _keys(self) -> Iterator[tuple[str, click.Option]]:
        yield from ((key, option) for key, option in options(self) if key not in _ASKED_EACH_TIME)

    def shapes(self) -> dict[str, Shape]:
        """Give what its table may set, and the shape of each."""
        return {key: _shape(option) for key, option in self._keys()}


def _own(name: str, **options: Any) -> click.Option:
    """An option that the command itself does not see."""

    def keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
        ctx.meta[f"ctxaudit.{option.name}"] = value

    return click.Option([name], expose_value=False, callback=keep, **options)


def options(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    """Give each long option without its dashes."""
    for option in command.params:
        if isinstance(option, click.Option):
            yield from ((name.removeprefix("--"), option) for name in option.opts if name.startswith("--"))


def keys() -> dict[str, Shape]:
    """Give what a file may set: the long options of the audit, and the shape of each."""
    return {key: _shape(option) for key, option in options(_audit()) if key not in COMMAND_LINE_ONLY}


def settings_of(ctx: click.Context) -> Settings:
    """Give what the file says, for a command that wants more of it than its options."""
    found: Settings = ctx.meta[_SETTINGS]
    return found


def fixed(ctx: click.Context) -> frozenset[str]:
    """Give the keys that the command line or the environment sets."""
    sources = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    return frozenset(
        key for key, option in options(ctx.command) if ctx.get_parameter_source(option.name or "") in sources
    )


def origins(ctx: click.Context) -> Iterator[str]:
    """Say of each value that is neither given nor a default where it came from."""
    settings = settings_of(ctx)
    for key, option in options(ctx.command):
        source = ctx.get_parameter_source(option.name or "")
        if source is ParameterSource.ENVIRONMENT and isinstance(option.envvar, str):
            yield f"{key} {_public(key, os.environ[option.envvar].split())} from {option.envvar}"
        elif source is ParameterSource.DEFAULT_MAP and key in settings.values:
            value = settings.values[key]
            raw = _public(key, value.raw) if isinstance(value.raw, list) else value.raw
            yield f"{key} {raw} from {value.where}"
    for table in settings.targets:
        for key, value in table.values.items():
            yield f"{key} {value}, for {table.name or table.context}"


def _public(key: str, values: Sequence[str]) -> str:
    """Give values as anybody may see them: of arguments the names alone."""
    return " ".join(public(f"--{key}", value) for value in values)


def _settings(ctx: click.Context) -> Settings:
    from ctxaudit.policy import Settings, find, load

    if ctx.meta["ctxaudit.no_config"]:
        return Settings()
    name = ctx.meta["ctxaudit.config"] or find(_context(ctx))
    return load(name, keys(), _tables(), COMMAND_LINE_ONLY) if name else Settings()


def _context(ctx: click.Context) -> Path:
    """The directory that is audited; the working directory if that is not a directory."""
    named = ctx.params.get("context") or ctx.params.get("path") or "."
    first = named[0] if isinstance(named, tuple) else named
    return Path(first) if os.path.isdir(first) else Path()


def _shape(option: click.Option) -> Shape:
    if option.is_flag:
        return "flag"
    if option.multiple:
        return "list"
    return "number" if isinstance(option.type, click.IntRange) else "text"


def _tables() -> dict[str, dict[str, Shape]]:
    from ctxaudit.cli.group import cli

    apart = {name: one for name, one in cli.every_command().items() if isinstance(one, ConfiguredApart)}
    return {name: one.shapes() for name, one in apart.items()}


def _audit() -> click.Command:
    from ctxaudit.cli.group import cli

    return cli.command_named("audit")
