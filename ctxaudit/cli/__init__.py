"""The command line: load, audit, render, exit. A command is one file here, named in `COMMANDS`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

import click

from ctxaudit import __version__
from ctxaudit.builders import BUILDERS
from ctxaudit.errors import CtxauditError
from ctxaudit.values import frozen

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# What a command answers. Only `__main__` writes it.

FAILED = 2  # the exit status where the question could not be answered, or not all of the answer be delivered


@frozen
class Outcome:
    """What a command answers: pieces for stdout, made while they are written, the exit status, lines for stderr.

    live: somebody waits for each piece, so that none is held back.
    """

    output: Iterable[str | bytes]
    status: int = 0
    hints: Sequence[str] = ()
    live: bool = False


def terminal_width() -> int:
    """Give the columns of the terminal as `shutil.get_terminal_size` does, at least 40; that takes 2 ms to import."""
    try:
        columns = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        columns = 0
    if columns <= 0:
        try:
            columns = os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 0
        except (AttributeError, ValueError, OSError):
            columns = 0
    return max(40, columns or 80)


def wants_color(choice: str, terminal: bool) -> bool:
    """Whether to colour a stream: as --color says, and else as the environment does.

    Source: https://no-color.org, https://force-color.org and https://bixense.com/clicolors.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and os.environ.get("TERM") != "dumb"


# What other tools call it, or what is nearly a name of ours: the sentence that says how it is written here.

# Options of other tools, and what they are here.
_NEARLY = 0.8  # the likeness of a word that is meant
_OPTIONS = {
    **dict.fromkeys(("--list", "--ls", "--files"), "ctxaudit ls"),
    **dict.fromkeys(("--fix", "--apply", "--in-place", "--inplace", "--save"), "--write"),
    **dict.fromkeys(("--dry-run", "--preview", "--show-diff", "--patch"), "--diff"),
    **dict.fromkeys(("--recursive", "--recurse", "--everything"), "--all"),
    **dict.fromkeys(("--dockerfile", "--containerfile"), "--file FILE"),
    **dict.fromkeys(("--context", "--path", "--directory", "--cwd", "--chdir", "-C"), "ctxaudit PATH"),
    **dict.fromkeys(("--compare", "--since", "--against", "--branch", "--base-ref"), "--base REF"),
    **dict.fromkeys(("--commit", "--rev", "--ref"), "--at REF"),
    **dict.fromkeys(("--limit", "--size-limit", "--budget"), "--max-size SIZE"),
    **dict.fromkeys(("--strict", "--fail", "--error-on"), "--fail-on warning"),
    **dict.fromkeys(("--exit-zero", "--no-fail"), "--fail-on never"),
    **dict.fromkeys(("--severity", "--min-severity", "--level", "--threshold"), "--fail-on SEVERITY"),
    **dict.fromkeys(("--exit-code", "--error-exitcode"), "--check"),
    **dict.fromkeys(("--no-color", "--no-colour", "--no-colors"), "--color never"),
    **dict.fromkeys(("--silent", "--terse"), "--quiet"),
    **dict.fromkeys(("--skip", "--disable"), "--ignore NAME"),
    **dict.fromkeys(("--only", "--enable"), "--select NAME"),
    **dict.fromkeys(("--report", "--out"), "--output FORMAT=FILE"),
    **dict.fromkeys(("--rules", "--list-rules"), "ctxaudit explain"),
    **dict.fromkeys(("--dockerignore", "--ignorefile"), "--ignore-file FILE"),
    "--md": "--format markdown",
    "--watch": "ctxaudit watch",
    "--stdin": "--file -",
    "-l": "ctxaudit ls",
    "-w": "--write",
    **dict.fromkeys(("-a", "-r", "-R"), "--all"),
    **dict.fromkeys(("-d", "-n"), "--diff"),
}
# The same for a list alone, where ls and tree have them.
_OF_LS = {
    "-l": "--long",
    "-a": "--permitted",
    "-L": "--depth NUMBER",
    **dict.fromkeys(("--human", "--human-readable"), "--long"),
    **dict.fromkeys(("-R", "-T"), "--tree"),
    **dict.fromkeys(("-s", "-S", "--size", "--sizes"), "--sort size"),
}
# Values that other tools give to such an option, and what they are here.
_VALUES = {
    "--builder": {word: row.name for row in BUILDERS.values() for word in row.mistaken_for},
    "--color": {**dict.fromkeys(("no", "off", "false"), "never"), **dict.fromkeys(("yes", "on", "true"), "always")},
    "--fail-on": {
        **dict.fromkeys(("none", "no", "off", "false"), "never"),
        **dict.fromkeys(("high", "critical", "fatal"), "error"),
        **dict.fromkeys(("any", "all", "note", "info", "low", "medium"), "warning"),
    },
    "--format": {"md": "markdown", **dict.fromkeys(("table", "plain", "txt"), "text")},
    "--sort": dict.fromkeys(("bytes", "largest"), "size"),
}
_WORDS = {
    **dict.fromkeys(("list", "files", "show"), "ctxaudit ls"),
    **dict.fromkeys(("scan", "analyze", "analyse", "run", "report"), "ctxaudit audit"),
    **dict.fromkeys(("fix", "write", "apply", "init", "generate"), "ctxaudit --write"),
    **dict.fromkeys(("diff", "preview"), "ctxaudit --diff"),
    **dict.fromkeys(("check", "lint"), "ctxaudit --check"),
    **dict.fromkeys(("rules", "rule", "list-rules"), "ctxaudit explain"),
    **dict.fromkeys(("config", "configure", "settings"), "ctxaudit guide configuration"),
    **dict.fromkeys(("docs", "man", "manual"), "ctxaudit guide"),
    **dict.fromkeys(("tree", "size", "sizes", "du"), "ctxaudit ls --tree"),
    "install": "ctxaudit plugin install",
    "secrets": "ctxaudit --select secrets",
    "all": "ctxaudit --all",
    "bake": "ctxaudit --bake FILE",
    "compose": "ctxaudit --compose FILE",
    "version": "ctxaudit --version",
}


def mistaken_option(error: click.NoSuchOption, ctx: click.Context, others: Iterable[click.Command]) -> click.UsageError:
    """Give the error about an option that does not exist, with what could be meant: a format, another command's."""
    command, name = ctx.command, error.option_name
    own = _OF_LS.get(name) if command.name == "ls" else None
    instead = own or _as_format(name, command) or _OPTIONS.get(name) or _of_another(name, others)
    if instead is None and get_close_matches(name, ("--version",), 1, _NEARLY):
        instead = "ctxaudit --version"
    hidden = {opt for option in command.get_params(ctx) if _is_hidden(option) for opt in option.opts}
    close = [possibility for possibility in error.possibilities or () if possibility not in hidden]
    hint = f" Write {instead}." if instead else f" Did you mean {close[0]}?" if close else ""
    return click.UsageError(f"No such option {name!r}.{hint}", error.ctx)


def mistaken_dash(arguments: Sequence[str], ctx: click.Context) -> None:
    """Raise UsageError for a long option with one dash, which would be read as letters: `-file` as `-f ile`."""
    names = {name for option in ctx.command.get_params(ctx) for name in option.opts}
    for word in arguments[: arguments.index("--") if "--" in arguments else None]:
        name = f"-{word.partition('=')[0]}"
        if name == "--version" or (len(name) > len("--x") and name in names):
            program = "ctxaudit " * (name == "--version")
            raise click.UsageError(f"No such option {name[1:]!r}. Write {program}{name}.")


def mistaken_path(ctx: click.Context, words: Sequence[str]) -> None:
    """Raise for a command behind an option, which would be read as the PATH of an audit, unless it is a path.

    Of the words before it the first one is an option, and is named without a value, which may be a secret.
    """
    path = ctx.params.get("path", "")
    if ctx.resilient_parsing or ctx.command.name != "audit" or os.path.lexists(path):
        return
    if not words or not words[0].startswith("-"):
        return
    if path in COMMANDS:
        option = words[0].partition("=")[0]
        raise click.UsageError(f"{path} is a command, and comes before its options: ctxaudit {path} {option} ...", ctx)
    _mistaken_word(path, COMMANDS)


def usage(error: click.UsageError) -> click.UsageError | None:
    """Give the error about a second path, with how several builds are named, or about a value; None for any other."""
    if isinstance(error, click.BadParameter) and error.param is not None and isinstance(error.param.type, click.Choice):
        return _mistaken_value(error, error.param, error.param.type)
    if not error.message.startswith("Got unexpected extra argument"):
        return None
    extra = error.message.partition("(")[2].rstrip(")")
    options = {option for parameter in error.ctx.command.params for option in parameter.opts} if error.ctx else set()
    instead = f"-C {extra} for the context" if "-C" in options and os.path.isdir(extra) else "--all for every build"
    return click.UsageError(f"One PATH is audited at a time, and {extra} is one more. Write {instead}.", error.ctx)


def _mistaken_value(
    error: click.BadParameter, option: click.Parameter, choice: click.Choice[str]
) -> click.UsageError | None:
    """Give the error about a value that does not exist, with the one that could be meant; None without one."""
    value = error.message.partition("'")[2].partition("'")[0].lower()
    name = option.opts[-1]
    others = {word: to for word, to in _VALUES.get(name, {}).items() if to in choice.choices}
    begun = [candidate for candidate in choice.choices if value and candidate.startswith(value)]
    # A few letters of another tool's word may be any of ours, which the error names.
    words = [*get_close_matches(value, others, 1, _NEARLY), *choice.choices]
    close = get_close_matches(value, words, 1) or begun
    if not close:
        return None
    meant = f"Write {name} {others[close[0]]}." if close[0] in others else f"Did you mean {close[0]}?"
    return click.BadParameter(f"{error.message.rstrip('.')}. {meant}", error.ctx, option)


def _mistaken_word(name: str, commands: Iterable[str]) -> None:
    """Raise CtxauditError for a first word that names no path, and is nearly the name of a command."""
    if os.sep in name or name.startswith("-"):
        return
    close = get_close_matches(name, list(commands), 1, 0.7)
    instead = _WORDS.get(name) or (f"ctxaudit {close[0]}" if close else None)
    if instead is not None:
        raise CtxauditError(f'there is no directory and no command "{name}"', fix=f"{instead}; or name a directory")


def _as_format(name: str, command: click.Command) -> str | None:
    for parameter in command.params:
        if (
            "--format" in parameter.opts
            and isinstance(parameter.type, click.Choice)
            and name[2:] in parameter.type.choices
        ):
            return f"--format {name[2:]}"
    return None


def _of_another(name: str, others: Iterable[click.Command]) -> str | None:
    having = (other for other in others if any(name in parameter.opts for parameter in other.params))
    return next((f"ctxaudit {other.name} {name}" for other in having), None)


def _is_hidden(option: click.Parameter) -> bool:
    return isinstance(option, click.Option) and option.hidden


# The command group: its help, and its default command.

# Each is a file of this folder, imported when the command is run or its help is shown.
COMMANDS = (
    "audit",
    "cache",
    "comment",
    "completion",
    "explain",
    "fleet",
    "guide",
    "help",
    "ls",
    "lsp",
    "plugin",
    "schema",
    "verify",
    "watch",
    "why",
)
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _DefaultGroup(click.Group):
    """A group whose first word need not be a command: `ctxaudit .` is `ctxaudit audit .`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.command_named(cmd_name) if cmd_name in COMMANDS else None

    def command_named(self, name: str) -> click.Command:
        """Return a command; its file adds it to the group."""
        import_module(f"ctxaudit.cli.{name}")
        return self.commands[name]

    def every_command(self) -> Mapping[str, click.Command]:
        """Return all commands by name."""
        return {name: self.command_named(name) for name in COMMANDS}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"-h", "--help", "-V", "--version"}
        asks_for_names = ctx.resilient_parsing and not args  # of a shell that completes the first word
        if not asks_for_names and (not args or (args[0] not in COMMANDS and args[0] not in own)):
            if args and not ctx.resilient_parsing and not os.path.lexists(args[0]):
                _mistaken_word(args[0], COMMANDS)
            args = ["audit", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands, and all that the default one takes; bash forgets the words before a directory."""
        default = self.command_named("audit")
        inner = default.make_context("audit", [], parent=ctx, resilient_parsing=True)
        path = next(parameter for parameter in default.params if isinstance(parameter, click.Argument))
        places = [] if incomplete.startswith("-") else path.shell_complete(inner, incomplete)
        return [*places, *super().shell_complete(ctx, incomplete), *default.shell_complete(inner, incomplete)]


@click.group(cls=_DefaultGroup, context_settings=HELP, invoke_without_command=False)
@click.version_option(__version__, "-V", "--version", prog_name="ctxaudit", message="%(prog)s %(version)s")
def cli() -> None:
    """Say what a container build would send to its builder, and what of that is not needed.

    \b
      ctxaudit .                    audit the build context of this directory
      ctxaudit ls services/api      list what a build of services/api sends
      ctxaudit why dist/app.js      every pattern that matches one path

    PATH is the context, as for `docker build`; `ctxaudit PATH` is short for `ctxaudit audit PATH`, whose options
    `ctxaudit audit --help` shows. `ctxaudit ./ls` reaches a directory that is called like a command.
    """


@cli.result_callback()
def _with_warnings(outcome: Outcome) -> Outcome:
    """Say which variables set nothing, whatever the command answers."""
    from ctxaudit.cli.configured import PREFIX, warnings

    given = sorted(name for name, value in os.environ.items() if value and name.startswith(f"{PREFIX}_"))
    return replace(outcome, hints=[*outcome.hints, *warnings(given)]) if given else outcome


__all__ = ["Outcome", "cli"]
