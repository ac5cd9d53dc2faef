"""The manual page, made of the commands themselves: what `--help` says, as roff."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from ctxaudit import __version__
from ctxaudit.cli import cli

_STATUSES = {
    "0": "Fine.",
    "1": "Findings at or above --fail-on, a broken budget, or something to change with --check.",
    "2": "The question could not be answered.",
    "130": "Interrupted.",
    "141": "The reader of the output went away.",
}
_FILES = {
    "ctxaudit.toml, .ctxaudit.toml, pyproject.toml": "What a project asks, by long options; the nearest counts.",
    ".dockerignore": "The ignore file that is read and written, unless the Dockerfile has one of its own.",
}
_VARIABLES = {
    "CTXAUDIT_*": "An option of the same name, as CTXAUDIT_MAX_SIZE.",
    "NO_COLOR, FORCE_COLOR": "No colour, and colour in any case.",
}


def page() -> str:
    """Give the page in the format of man(7), for section 1."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH CTXAUDIT 1 "" "ctxaudit {__version__}" "User Commands"'
    summary, *description = _paragraphs(cli)
    yield from (".SH NAME", f"ctxaudit \\- {_text(summary[0].lower() + summary[1:].rstrip('.'))}")
    yield from (".SH SYNOPSIS", *(_synopsis(name, command) for name, command in cli.every_command().items()))
    yield from (".SH DESCRIPTION", *_prose(description))
    for name, command in sorted(cli.every_command().items()):
        yield f".SH {_text(f'ctxaudit {name}').upper()}"
        yield from _prose(_paragraphs(command))
        yield from _options(command)
    yield from (".SH EXIT STATUS", *_table(_STATUSES))
    yield from (".SH ENVIRONMENT", *_table(_VARIABLES))
    yield from (".SH FILES", *_table(_FILES))


def _synopsis(name: str, command: click.Command) -> str:
    usage = " ".join(command.collect_usage_pieces(context_of(command)))
    shown = f"ctxaudit [audit] {usage}" if name == "audit" else f"ctxaudit {name} {usage}"
    return f".B {_text(shown)}\n.br"


def _options(command: click.Command) -> Iterator[str]:
    context = context_of(command)
    for option in command.get_params(context):
        record = option.get_help_record(context)
        if record is not None and isinstance(option, click.Option):
            yield from _table({record[0]: record[1]})


def context_of(command: click.Command) -> click.Context:
    """Give the context of a command, with the names of the help option that it takes over from the group."""
    return click.Context(command, help_option_names=cli.context_settings["help_option_names"])


def _paragraphs(command: click.Command) -> list[str]:
    return inspect.cleandoc(command.help or "").split("\n\n")


def _prose(paragraphs: list[str]) -> Iterator[str]:
    """Filled paragraphs, but for those that click must not wrap."""
    for paragraph in paragraphs:
        if paragraph.startswith("\b\n"):
            yield from (".PP", ".nf", *map(_text, paragraph.splitlines()[1:]), ".fi")
        else:
            yield from (".PP", _text(" ".join(paragraph.split())))


def _table(rows: dict[str, str]) -> Iterator[str]:
    for term, text in rows.items():
        yield from (".TP", f".B {_text(term)}", _text(text or "See above."))


def _text(text: str) -> str:
    """Escape what roff would take for a command, and keep a dash a dash."""
    escaped = re.sub(r"`([^`]*)`", r"\1", text).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'", " ")) else escaped
