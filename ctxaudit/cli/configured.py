"""Options that may also come from the environment and from a file: command line > CTXAUDIT_* > file > default."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ctxaudit.builders import BUILDERS
from ctxaudit.builds import public
from ctxaudit.errors import CtxauditError
from ctxaudit.model import DEFAULT_BUILDER

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ctxaudit.policy import Settings, Shape, Value

# What a shell is offered after TAB.


def files(ctx: click.Context, option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell's own completion of files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def directories(ctx: click.Context, option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell's own completion of directories."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def rules(ctx: click.Context, option: click.Parameter, incomplete: str) -> list[str]:
    """The names of rules and kinds."""
    from ctxaudit.report.explain import names

    return [name for name in names() if name.startswith(incomplete)]


# The options of a command in groups, as its help shows them.

OTHERS = "Other options"
GROUPS: dict[str, tuple[str, ...]] = {
    "What is built": (
        *("--file", "--target", "--build-arg", "--build-context", "--platform", "--at", "--ignore-file", "--builder"),
        *(
            "--builders",
            "--context",
            "--all",
            "--compose",
            "--service",
            "--bake",
            "--bake-target",
            "--set",
            "--var",
            "--bake-print",
        ),
    ),
    "What is judged": (
        *("--check", "--fail-on", "--max-size", "--max-files", "--max-growth", "--base", "--select", "--ignore"),
        *("--exclude", "--secrets", "--baseline", "--update-baseline"),
    ),
    "What is changed": (
        *("--diff", "--write", "--exit-1-on-change", "--rewrite", "--prune", "--style", "--per-dockerfile"),
        *("--keep", "--always-ignore", "--for-cache"),
    ),
    "What is shown": (
        *("--format", "-0", "--long", "--tree", "--depth", "--sort", "--permitted", "--excluded", "--output", "--top"),
        *(
            "--engine",
            "--build",
            "--after-proposal",
            "--commits",
            "--timings",
            "--against",
            "--save",
            "--bytes",
            "--verbose",
            "--quiet",
            "--color",
        ),
    ),
}


def grouped(options: Sequence[click.Option]) -> Iterator[tuple[str, list[click.Option]]]:
    """Give the title of each group that is not empty, and its options in the order of the table."""
    left = list(options)
    for title, names in GROUPS.items():
        group = [option for name in names for option in options if name in option.opts]
        left = [option for option in left if option not in group]
        if group:
            yield title, group
    if left:
        yield OTHERS, left


PREFIX = "CTXAUDIT"
# What is done, what is written, or how much is said, is given each time: a configuration may be a stranger's.
COMMAND_LINE_ONLY = frozenset(
    (
        *("diff", "write", "check", "exit-1-on-change", "output", "update-baseline"),
        *("verbose", "quiet", "color", "config", "no-config", "help", "at"),
        *("engine", "build", "after-proposal"),
    )
)
# The same of the commands that have a table of their own.
_ASKED_EACH_TIME = COMMAND_LINE_ONLY | {"report", "dry-run", "timeout", "max-wait"}
_SETTINGS = "ctxaudit.settings"
_ARGUMENTS = "ctxaudit.arguments"
_OWN = ("config", "no_config", "color")  # options that every command has


class Parsed(click.types.StringParamType):
    """A string that stands for something else, as a size does."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from ctxaudit.policy import parsed

        try:
            return parsed(((param and param.name) or "").replace("_", "-"), value)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from error


class _Configured(click.Command):
    """A command that reads its options from the environment and from the file of the context, too."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params += [
            click.Option(
                ["--config"],
                metavar="FILE",
                envvar=f"{PREFIX}_CONFIG",
                shell_complete=files,
                help="Instead of the nearest ctxaudit.toml.",
            ),
            click.Option(["--no-config"], is_flag=True, help="Read no configuration file."),
            click.Option(
                ["--color"], type=click.Choice(["auto", "always", "never"]), default="auto", help="When to colour."
            ),
        ]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        for title, options in grouped([option for option in shown if not option.hidden]):
            with formatter.section(title):
                formatter.write_dl([record for option in options if (record := option.get_help_record(ctx))])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if any(name.startswith(f"{PREFIX}_") for name in os.environ):
            for key, option in self._keys():
                option.envvar = _variable(self._prefix, key)
        ctx.meta[_ARGUMENTS] = tuple(args)
        rest = super().parse_args(ctx, args)
        for name in _OWN:  # which the command itself does not see
            ctx.meta[f"ctxaudit.{name}"] = ctx.params.pop(name)
        if not ctx.resilient_parsing:
            ctx.meta[_SETTINGS] = settings = self._settings(ctx)
            if settings.name:
                self._configure(ctx, self._values(settings))
        return rest

    @property
    def _prefix(self) -> str:
        """Of the variables."""
        return PREFIX

    def _settings(self, ctx: click.Context) -> Settings:
        from ctxaudit.policy import Settings, load

        name = settings_file(ctx)
        return load(name, keys(), _tables(), COMMAND_LINE_ONLY) if name else Settings()

    def _values(self, settings: Settings) -> Mapping[str, Value]:
        """What of the file is about this command."""
        return settings.values

    def _keys(self) -> Iterator[tuple[str, click.Option]]:
        """The options that may be configured; not one that only shares its name with such an option."""
        mine = dict(options(self))
        for key, option in options(_audit()):
            if key in mine and mine[key].name == option.name and key not in COMMAND_LINE_ONLY:
                yield key, mine[key]

    def _configure(self, ctx: click.Context, values: Mapping[str, Value]) -> None:
        """Set what the file sets, and nothing that is given."""
        for key, option in self._keys():
            name = option.name or ""
            if key in values and ctx.get_parameter_source(name) is ParameterSource.DEFAULT:
                try:
                    ctx.params[name] = option.process_value(ctx, values[key].raw)
                except click.UsageError as error:
                    raise CtxauditError(error.message.rstrip(".").lower(), where=values[key].where) from error
                ctx.set_parameter_source(name, ParameterSource.DEFAULT_MAP)


class ConfiguredApart(_Configured):
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
    settings: Settings = ctx.meta[_SETTINGS]
    return settings


def settings_file(ctx: click.Context) -> str | None:
    """Give the file that a command reads as it stands now: the one that is named, or the nearest one; None for none."""
    from ctxaudit.policy import find

    if ctx.meta["ctxaudit.no_config"]:
        return None
    named = ctx.params.get("context") or ctx.params.get("path") or "."
    context = named[0] if isinstance(named, tuple) else named
    # Of what is not a directory, as a URL, the file of the working directory counts.
    return ctx.meta["ctxaudit.config"] or find(Path(context) if os.path.isdir(context) else Path())


def arguments_of(ctx: click.Context) -> tuple[str, ...]:
    """Give the words that a command was given, to read them again by a file that has changed."""
    arguments: tuple[str, ...] = ctx.meta[_ARGUMENTS]
    return arguments


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


def _shape(option: click.Option) -> Shape:
    if option.is_flag:
        return "flag"
    if option.multiple:
        return "list"
    return "number" if isinstance(option.type, click.IntRange) else "text"


def _tables() -> dict[str, dict[str, Shape]]:
    from ctxaudit.cli import cli

    apart = {name: command for name, command in cli.every_command().items() if isinstance(command, ConfiguredApart)}
    return {name: configured_apart.shapes() for name, configured_apart in apart.items()}


def _audit() -> click.Command:
    from ctxaudit.cli import cli

    return cli.command_named("audit")


# The variables that set an option, and those that look so and set nothing.

_OTHERS = (
    f"{PREFIX}_CONFIG",
    f"{PREFIX}_GITLAB_TOKEN",
    f"{PREFIX}_HOOK_SECONDS",
)  # of no option that may be configured


def names() -> Iterator[str]:
    """Give every variable that is read."""
    from ctxaudit.cli import cli

    yield from _OTHERS
    yield from (_variable(PREFIX, key) for key in keys())
    for name, command in cli.every_command().items():
        if isinstance(command, ConfiguredApart):
            yield from (_variable(f"{PREFIX}_{name.upper()}", key) for key in command.shapes())


def warnings(given: Iterable[str]) -> Iterator[str]:
    """Give a sentence for each variable with our prefix that nobody reads."""
    known = set(names())
    for name in given:
        if name not in known:
            yield f"warning: {_without_effect(name, known)}"


def _without_effect(name: str, known: set[str]) -> str:
    alone = {_variable(PREFIX, key): key for key in COMMAND_LINE_ONLY}
    if name in alone:
        return f"{name} has no effect: --{alone[name]} is for the command line alone"
    # Without the prefix, which makes all of them alike.
    ends = {variable.removeprefix(PREFIX): variable for variable in known}
    close = get_close_matches(name.removeprefix(PREFIX), sorted(ends), 1)
    hint = f"; did you mean {ends[close[0]]}?" if close else ""
    return f"{name} has no effect: there is no such variable{hint}"


def _variable(prefix: str, key: str) -> str:
    return f"{prefix}_{key.upper().replace('-', '_')}"


# The options of `docker build` and `podman build` that change nothing of a context: accepted, so that a command can be
# pasted.
#
# Source: docker/buildx v0.19, commands/build.go; docker/cli v27, cli/command/image/build.go; podman-build(1) of 5.4.

_VALUED = (
    *(("--add-host",), ("--allow",), ("--annotation",), ("--attest",), ("--cache-from",), ("--cache-to",), ("--call",)),
    *(("--cgroup-parent",), ("--cpu-period",), ("--cpu-quota",), ("-c", "--cpu-shares"), ("--cpuset-cpus",)),
    *(("--cpuset-mems",), ("--iidfile",), ("--isolation",), ("--label",), ("-m", "--memory"), ("--memory-swap",)),
    *(("--metadata-file",), ("--network",), ("--no-cache-filter",), ("-o", "--output"), ("--progress",)),
    *(("--provenance",), ("--sbom",), ("--secret",), ("--security-opt",), ("--shm-size",), ("--ssh",)),
    *(("-t", "--tag"), ("--ulimit",)),
    # podman's
    *(("--authfile",), ("--cap-add",), ("--cap-drop",), ("--creds",), ("--device",), ("--dns",), ("--env",)),
    *(("--jobs",), ("--logfile",), ("--manifest",), ("--retry",), ("--runtime",), ("--timestamp",), ("--userns",)),
    *(("--volume",),),
)
_FLAGS = (
    *(("--compress",), ("-D", "--debug"), ("--disable-content-trust",), ("--force-rm",), ("--load",), ("--no-cache",)),
    *(("--pull",), ("--push",), ("-q", "--quiet"), ("--rm",), ("--squash",)),
    *(("--layers",), ("--no-hosts",), ("--skip-unused-stages",), ("--squash-all",), ("--tls-verify",)),  # podman's
)
_IMAGE_FORMATS = ("docker", "oci")  # of podman's --format, which has no other value
_BOOLEANS = frozenset(("1", "0", "t", "f", "true", "false"))  # in any case of letters; Go's strconv.ParseBool
# Each with its builder; one with a variable before it comes before the same one without.
_COMMANDS = sorted(
    ((tuple(command.split()), row.name) for row in BUILDERS.values() for command in row.commands),
    key=lambda pair: -len(pair[0]),
)
_OF_DOCKER = ("build", "buildx", "image", "builder")  # commands of docker's, pasted without its name
_DECLARING = {
    **dict.fromkeys(("docker buildx bake", "docker bake"), "--bake FILE"),
    **dict.fromkeys(("docker compose", "podman compose", "nerdctl compose"), "--compose FILE"),
    **dict.fromkeys(("docker-compose", "podman-compose"), "--compose FILE"),
}
_PROGRAMS = frozenset(command[0] for command, _ in _COMMANDS)
# One of these begins what is pasted; without any, the words need not be parsed to see whether they are a command's.
_BEGINNINGS = _PROGRAMS.union(_OF_DOCKER, (declaring.split()[0] for declaring in _DECLARING))
_BEFORE = frozenset(("sudo", "time", "env"))  # words before a command that run it
_ALL_OWN = "ctxaudit.all_own"  # whether each option given is the command's own, so that none of docker's is made


class BuildCommand(_Configured):
    """A command that names builds as `docker build` does."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Give its parameters and docker's; where both have a name, it means what it means here."""
        own = super().get_params(ctx)
        if ctx.meta.get(_ALL_OWN):
            return own
        taken = {name for option in own for name in option.opts}
        return [*own, *(option for option in _options() if taken.isdisjoint(option.opts))]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from ctxaudit.cli import cli, mistaken_dash, mistaken_option, mistaken_path, usage

        given = {word.partition("=")[0] for word in args if word.startswith("-")}
        ctx.meta[_ALL_OWN] = given.issubset(name for option in self.params for name in option.opts)
        has_options = bool(given)
        try:
            words = list(_without_formats(_without_booleans(args))) if has_options else args
            if len(words) > 1 and not _BEGINNINGS.isdisjoint(words) and self._has_two_paths(ctx, words):
                words = _without_words(words)
            if has_options:
                mistaken_dash(words, ctx)
            rest = super().parse_args(ctx, words)
            mistaken_path(ctx, args)
            return rest
        except click.NoSuchOption as error:
            raise mistaken_option(error, ctx, cli.every_command().values()) from error
        except click.UsageError as error:
            mistaken_path(ctx, args)
            if (instead := usage(error)) is None:
                raise
            raise instead from error

    def _has_two_paths(self, ctx: click.Context, arguments: list[str]) -> bool:
        """Whether more than one PATH is given, as by a pasted command; an unknown option counts as one."""
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        return bool(parser.parse_args(list(arguments))[1])


@functools.cache
def _options() -> tuple[click.Option, ...]:
    valued = (click.Option(names, multiple=True, expose_value=False, hidden=True) for names in _VALUED)
    return (*valued, *(click.Option(names, is_flag=True, expose_value=False, hidden=True) for names in _FLAGS))


def accepted() -> list[str]:
    """Give the names of the options that are accepted and change nothing, sorted."""
    return sorted(name for option in _options() for name in option.opts)


def _without_words(arguments: list[str]) -> list[str]:
    """Take the words of a pasted command away; no directory is taken for one, as two paths are never given."""
    before = set(takewhile(_is_before, arguments))
    words = tuple(dropwhile(_is_before, arguments))
    if len(words) > 1 and words[0] in _OF_DOCKER and not os.path.isdir(words[0]):
        words = ("docker", *words)
    for declaring, instead in _DECLARING.items():
        if f"{' '.join(words)} ".startswith(f"{declaring} "):
            raise click.UsageError(f"{declaring} builds what a file declares: ctxaudit {instead}.")
    for command, name in _COMMANDS:
        program = tuple(word for word in command if "=" not in word)
        if words[: len(program)] == program and before.issuperset(command[: -len(program)]):
            # What docker builds by may be configured.
            return [*(() if name == DEFAULT_BUILDER else ("--builder", name)), *words[len(program) :]]
    if len(words) > 1 and words[0] in _PROGRAMS and not words[1].startswith("-"):
        raise click.UsageError(f"{' '.join(words[:2])} builds nothing: write ctxaudit PATH, as for {words[0]} build.")
    return arguments


def _is_before(word: str) -> bool:
    """Whether it stands before a command: `sudo`, or a variable's value."""
    name, sign, _ = word.partition("=")
    return word in _BEFORE or (bool(sign) and name.isidentifier())


def _without_booleans(arguments: list[str]) -> Iterator[str]:
    """Omit flags of docker's that are given with a value, as `--pull=true`."""
    for word in arguments:
        name, _, value = word.partition("=")
        if value.lower() not in _BOOLEANS or not any(name in names for names in _FLAGS):
            yield word


def _without_formats(arguments: Iterable[str]) -> Iterator[str]:
    """Omit podman's formats of an image; every other `--format` is that of a report."""
    words = iter(arguments)
    for word in words:
        if word == "--format":
            value = next(words, None)
            if value not in _IMAGE_FORMATS:
                yield from (word, value) if value is not None else (word,)
        elif word.partition("=")[::2] not in [("--format", name) for name in _IMAGE_FORMATS]:
            yield word
