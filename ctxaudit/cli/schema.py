"""`ctxaudit schema [report|configuration]`."""

from __future__ import annotations

from typing import Any

import click

from ctxaudit.cli import Outcome, cli
from ctxaudit.cli.configured import ConfiguredApart, keys, options
from ctxaudit.policy import CHOICES, OF_A_TARGET, PARSERS, SELECTORS, Shape

# The JSON Schema of the configuration file, made of the options themselves.

_TYPES: dict[Shape, dict[str, Any]] = {
    "text": {"type": "string", "minLength": 1},
    "number": {"type": "integer", "minimum": 0, "exclusiveMaximum": 1 << 63},
    "flag": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string", "minLength": 1}},
}
_OF_A_TARGET = {
    "name": "The name of the build, as a report has it.",
    "context": "The context of the build, relative to the file.",
}


def config_schema() -> dict[str, Any]:
    """Give the schema (draft 2020-12) of `ctxaudit.toml`, and of `[tool.ctxaudit]` in `pyproject.toml`."""
    everything = _properties("audit", keys())
    target = {key: value for key, value in everything.items() if key in OF_A_TARGET}
    chosen = {key: {"description": _OF_A_TARGET[key], "type": "string"} for key in sorted(SELECTORS)}
    tables = {
        name: _table(f"The options of `ctxaudit {name}`.", _properties(name, command.shapes()))
        for name, command in cli.every_command().items()
        if isinstance(command, ConfiguredApart)
    }
    targets = _table("What holds for some builds only.", {**chosen, **target})
    targets["anyOf"] = [{"required": [key]} for key in sorted(SELECTORS)]
    whole = _table("The configuration of ctxaudit: its long options.", {**everything, **tables})
    # One key is the stage, and the tables of single targets.
    whole["properties"]["target"] = {"oneOf": [everything["target"], {"type": "array", "items": targets}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:ctxaudit-configuration:1",
        "title": "ctxaudit.toml",
        **whole,
    }


def _table(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "type": "object", "additionalProperties": False, "properties": properties}


def _properties(command: str, shapes: dict[str, Shape]) -> dict[str, Any]:
    known = dict(options(cli.command_named(command)))
    return {key: _property(key, known[key], shape) for key, shape in shapes.items()}


def _property(key: str, option: click.Option, shape: Shape) -> dict[str, Any]:
    described: dict[str, Any] = {"description": option.help or "", **_TYPES[shape]}
    if isinstance(option.type, click.IntRange) and option.type.min is not None:
        described["minimum"] = option.type.min
    if isinstance(option.type, click.Choice):
        described["enum"] = list(CHOICES.get(key, option.type.choices))
    if key in PARSERS:
        described["type"] = ["string", "integer"]  # 5000000 is a size, too
    default = option.to_info_dict()["default"]
    if default is not None and shape in ("text", "number"):
        described["default"] = default
    return described


@cli.command()
@click.argument("what", type=click.Choice(["report", "configuration"]), default="report")
def schema(what: str) -> Outcome:
    """Print the JSON Schema of the JSON report, or of ctxaudit.toml.

    Both are of draft 2020-12.
    """
    if what == "configuration":
        from ctxaudit.report import escape

        return Outcome([escape.document(config_schema())])
    from ctxaudit.model.schema import schema_text

    return Outcome([schema_text()])
