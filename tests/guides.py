"""The README and the guides: which they are, and what of them is made from the code.

`python tests/guides.py` makes the tables anew, `python tests/golden.py` also the outputs of the commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from ctxaudit.cli.configured import COMMAND_LINE_ONLY, ConfiguredApart, keys, options
from ctxaudit.cli.docker import accepted
from ctxaudit.cli.group import cli
from ctxaudit.cli.man import context_of
from ctxaudit.policy.config import OF_A_TARGET, Shape
from ctxaudit.report import explain
from ctxaudit.rules import kinds
from ctxaudit.rules.kind import Kind
from ctxaudit.rules.registry import rules
from ctxaudit.secrets.kinds import secret_kinds
from support import PROJECT

README = PROJECT / "README.md"
GUIDES = PROJECT / "ctxaudit/guides"
PAGES = (README, *sorted(GUIDES.glob("*.md")))
_MADE = re.compile(r"(?<=^<!-- made: )([\w-]+)( -->\n).*?(?=^<!-- end -->$)", re.MULTILINE | re.DOTALL)
_METAVARS: dict[type, str] = {click.IntRange: "N", click.FloatRange: "N"}
_KINDS: dict[Shape, str] = {"text": "string", "number": "number", "flag": "true or false", "list": "list of strings"}


def made(text: str) -> str:
    """Return the page with all that is made from the code as it is now."""
    return _MADE.sub(lambda match: "\n".join((match[1] + match[2].rstrip("\n"), *TABLES[match[1]](), "")), text)


def names_of(page: Path) -> list[str]:
    """Return the names of the tables that a page asks for."""
    return [match[1] for match in _MADE.finditer(page.read_text())]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Return the lines of a table; a bar in a cell is escaped."""
    titles = list(head)
    yield f"| {' | '.join(titles)} |"
    yield "|---" * len(titles) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _flags(option: click.Option) -> str:
    """Return the names of an option, and what its value is."""
    value = "" if option.is_flag else f" {_METAVARS.get(type(option.type)) or option.make_metavar(click.Context(cli))}"
    return f"`{', '.join(sorted(option.opts, key=len))}{value}`"


def _default(option: click.Option) -> str:
    """Return the default as it is written, "" if there is none."""
    value: Any = option.to_info_dict()["default"]
    return "" if value is None or option.multiple or option.is_flag or value == "" else f"`{value}`"


def _meaning(option: click.Option) -> str:
    return option.help or ""


def _keys() -> Iterator[str]:
    known = keys()
    rows = (
        (
            _flags(option),
            _KINDS[known[key]],
            _default(option),
            "yes" if key in OF_A_TARGET else "",
            _meaning(option),
        )
        for key, option in options(cli.command_named("audit"))
        if key in known
    )
    return _table(("option", "type in the file", "default", "target", "meaning"), rows)


def _command_line() -> Iterator[str]:
    alone = ((key, option) for key, option in options(cli.command_named("audit")) if key in COMMAND_LINE_ONLY)
    return _table(("option", "meaning"), ((_flags(option), _meaning(option)) for _, option in alone))


def _comment() -> Iterator[str]:
    command = cli.command_named("comment")
    assert isinstance(command, ConfiguredApart)
    shapes = command.shapes()
    rows = (
        (_flags(option), "yes" if key in shapes else "", _default(option), _meaning(option))
        for key, option in options(command)
    )
    return _table(("option", "key", "default", "meaning"), rows)


def _others() -> Iterator[str]:
    shared = {(tuple(option.opts), option.help) for _, option in options(cli.command_named("audit"))}
    described = ("audit", "comment")
    rows = (
        (f"`{name}`", _flags(option), _default(option), _meaning(option))
        for name, command in sorted(cli.every_command().items())
        if name not in described
        for option in command.get_params(context_of(command))
        if isinstance(option, click.Option) and not option.hidden and "--help" not in option.opts
        if (tuple(option.opts), option.help) not in shared
    )
    return _table(("command", "option", "default", "meaning"), rows)


def _accepted() -> Iterator[str]:
    yield ", ".join(f"`{name}`" for name in accepted())


def _rules() -> Iterator[str]:
    yield from ("## Rules", "")
    for rule in rules():
        yield from (f"### `{rule.name}`", "", f"*{rule.severity}*", "", *rule.text.splitlines(), "")
    for category in dict.fromkeys(kind.category for kind in kinds.ALL):
        yield from (f"## {category[0].upper()}{category[1:]}", "")
        for kind in kinds.ALL:
            if kind.category == category:
                yield from _kind(kind)


def _secrets() -> Iterator[str]:
    rows = (
        (f"`{kind.name}`", explain.find(kind.name).severity, kind.words, kind.opens, kind.rotate)
        for kind in secret_kinds().values()
    )
    return _table(("kind", "severity", "what it is", "whoever has it can", "where it is revoked"), rows)


def _kind(kind: Kind) -> Iterator[str]:
    yield from (f"### `{kind.name}`", "", f"*{kind.severity}* — {kind.why}", "")
    yield from (f"- {title}: {_value(title, value)}" for title, value in explain.fields(kind).items())
    yield ""


def _value(title: str, value: str) -> str:
    return " ".join(f"`{one}`" for one in value.split()) if title in ("patterns", "never") else value


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "keys": _keys,
    "command-line": _command_line,
    "comment": _comment,
    "others": _others,
    "accepted": _accepted,
    "rules": _rules,
    "secrets": _secrets,
}


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(made(page.read_text()))
