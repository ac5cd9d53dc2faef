"""The variables that set an option, and those that look so and set nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from ctxaudit.cli.configured import COMMAND_LINE_ONLY, PREFIX, ConfiguredApart, keys

_OTHERS = (
    f"{PREFIX}_CONFIG",
    f"{PREFIX}_GITLAB_TOKEN",
    f"{PREFIX}_HOOK_SECONDS",
)  # of no option that may be configured


def names() -> Iterator[str]:
    """Give every variable that is read."""
    from ctxaudit.cli.group import cli

    yield from _OTHERS
    yield from (_variable(PREFIX, key) for key in keys())
    for name, command in cli.every_command().items():
        if isinstance(command, ConfiguredApart):
            yield from (_variable(f"{PREFIX}_{name.upper()}", key) for key in command.shapes())


def warnings(environment: Mapping[str, str]) -> Iterator[str]:
    """Give a sentence for each variable with our prefix that nobody reads; an empty one counts as unset."""
    given = sorted(name for name, value in environment.items() if value and name.startswith(f"{PREFIX}_"))
    known = set(names()) if given else set()
    for name in given:
        if name not in known:
            yield f"warning: {_without_effect(name, known)}"


def _without_effect(name: str, known: set[str]) -> str:
    alone = {_variable(PREFIX, key): key for key in COMMAND_LINE_ONLY}
    if name in alone:
        return f"{name} has no effect: --{alone[name]} is for the command line alone"
    # Without the prefix, which makes all of them alike.
    ends = {one.removeprefix(PREFIX): one for one in known}
    close = get_close_matches(name.removeprefix(PREFIX), sorted(ends), 1)
    hint = f"; did you mean {ends[close[0]]}?" if close else ""
    return f"{name} has no effect: there is no such variable{hint}"


def _variable(prefix: str, key: str) -> str:
    return f"{prefix}_{key.upper().replace('-', '_')}"
