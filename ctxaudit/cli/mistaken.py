"""What other tools call it, or what is nearly a name of ours: the sentence that says how it is written here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches

import click

from ctxaudit.errors import CtxauditError

# Options of other tools, and what they are here.
_OPTIONS = {
    **dict.fromkeys(("--list", "--ls", "--files"), "ctxaudit ls"),
    **dict.fromkeys(("--fix", "--apply", "--in-place", "--inplace", "--save"), "--write"),
    **dict.fromkeys(("--dry-run", "--preview", "--show-diff", "--patch"), "--diff"),
    **dict.fromkeys(("--recursive", "--recurse", "--everything"), "--all"),
    **dict.fromkeys(("--dockerfile", "--containerfile"), "--file FILE"),
    **dict.fromkeys(("--context", "--path", "--directory"), "ctxaudit PATH"),
    **dict.fromkeys(("--compare", "--since", "--against"), "--base REF"),
    **dict.fromkeys(("--commit", "--rev", "--ref"), "--at REF"),
    **dict.fromkeys(("--limit", "--size-limit", "--budget"), "--max-size SIZE"),
    **dict.fromkeys(("--strict", "--fail", "--error-on"), "--fail-on warning"),
    **dict.fromkeys(("--exit-zero", "--no-fail"), "--fail-on never"),
    **dict.fromkeys(("--skip", "--disable"), "--ignore NAME"),
    **dict.fromkeys(("--only", "--enable"), "--select NAME"),
    **dict.fromkeys(("--report", "--out"), "--output FORMAT=FILE"),
    **dict.fromkeys(("--rules", "--list-rules"), "ctxaudit explain"),
    **dict.fromkeys(("--dockerignore", "--ignorefile"), "--ignore-file FILE"),
    "--md": "--format markdown",
}
_WORDS = {
    **dict.fromkeys(("list", "files"), "ctxaudit ls"),
    **dict.fromkeys(("scan", "analyze", "analyse", "run", "report"), "ctxaudit audit"),
    **dict.fromkeys(("fix", "write", "apply"), "ctxaudit --write"),
    **dict.fromkeys(("diff", "preview"), "ctxaudit --diff"),
    **dict.fromkeys(("check", "lint"), "ctxaudit --check"),
    **dict.fromkeys(("rules", "rule"), "ctxaudit explain"),
    "all": "ctxaudit --all",
    "bake": "ctxaudit --bake FILE",
    "compose": "ctxaudit --compose FILE",
    "tree": "ctxaudit ls --tree",
    "version": "ctxaudit --version",
}


def option(error: click.NoSuchOption, command: click.Command, others: Iterable[click.Command]) -> click.UsageError:
    """Give the error about an option that does not exist, with what could be meant: a format, another command's."""
    name = error.option_name
    instead = _as_format(name, command) or _OPTIONS.get(name) or _of_another(name, others)
    hidden = {one for option in command.get_params(click.Context(command)) if _is_hidden(option) for one in option.opts}
    close = [one for one in error.possibilities or () if one not in hidden]
    hint = f" Write {instead}." if instead else f" Did you mean {close[0]}?" if close else ""
    return click.UsageError(f"No such option {name!r}.{hint}", error.ctx)


def usage(error: click.UsageError) -> click.UsageError | None:
    """Give the error about a second path, with how several builds are named; None for any other."""
    if not error.message.startswith("Got unexpected extra argument"):
        return None
    extra = error.message.partition("(")[2].rstrip(")")
    return click.UsageError(
        f"One PATH is audited at a time, and {extra} is one more. Write --all for every build.", error.ctx
    )


def word(name: str, commands: Iterable[str]) -> None:
    """Raise CtxauditError for a first word that is neither a path nor a command, and is nearly the name of one."""
    if os.sep in name or name.startswith("-") or os.path.lexists(name):
        return
    close = get_close_matches(name, list(commands), 1, 0.7)
    instead = _WORDS.get(name) or (f"ctxaudit {close[0]}" if close else None)
    if instead is not None:
        raise CtxauditError(f'there is no directory and no command "{name}"', fix=f"{instead}; or name a directory")


def _as_format(name: str, command: click.Command) -> str | None:
    for one in command.params:
        if "--format" in one.opts and isinstance(one.type, click.Choice) and name[2:] in one.type.choices:
            return f"--format {name[2:]}"
    return None


def _of_another(name: str, others: Iterable[click.Command]) -> str | None:
    having = (other for other in others if any(name in one.opts for one in other.params))
    return next((f"ctxaudit {other.name} {name}" for other in having), None)


def _is_hidden(option: click.Parameter) -> bool:
    return isinstance(option, click.Option) and option.hidden
