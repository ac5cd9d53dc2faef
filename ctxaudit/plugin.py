"""`docker-ctxaudit`: the command by the name of the distribution, which docker runs as `docker ctxaudit`.

Docker asks each program in its folders of plugins what it is, then gives it all of its own words.
Source: docker/cli v28, cli-plugins/metadata/metadata.go and cli-plugins/manager/manager.go.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence

from ctxaudit import __main__, __version__

_ASKS = "docker-cli-plugin-metadata"
_ASKS_HOOK = "docker-cli-plugin-hooks"  # after a build; see `cli/hook.py`
_COMPLETES = "__complete"  # what cobra, docker's library of commands, asks a program for completion
# How a shell goes on, as cobra numbers it: without file names, with them, with directories alone.
_DIRECTIVES = {"plain": 4, "file": 0, "dir": 16}
_BY_DOCKER = "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"
_NAME = "ctxaudit"
_METADATA = {
    "SchemaVersion": "0.1.0",
    "Vendor": "ctxaudit",
    "Version": __version__,
    "ShortDescription": "Say what a build would send to its builder",
}


def run() -> None:
    """The console script."""
    arguments = sys.argv[1:]
    if arguments == [_ASKS]:
        sys.stdout.write(json.dumps(_METADATA) + "\n")
        return
    if arguments[:2] == [_NAME, _ASKS_HOOK]:
        from ctxaudit.cli.hook import answer

        sys.stdout.write(answer(arguments[2:]))
        return
    if arguments[:1] == [_COMPLETES] and arguments[2:]:
        sys.stdout.write("".join(_completed(arguments[2:])))
        return
    __main__.run(_without_docker_s(arguments) if _BY_DOCKER in os.environ else None)


def _completed(words: Sequence[str]) -> Iterator[str]:
    """Give what completes the last of the words, a line each, and the directive to the shell."""
    from click.shell_completion import ShellComplete

    from ctxaudit.cli import cli

    *before, incomplete = words
    completions = ShellComplete(cli, {}, _NAME, "").get_completions(list(before), incomplete)
    kinds = {completion.type for completion in completions}
    for completion in completions:
        if completion.type == "plain":
            yield f"{completion.value}\t{completion.help}\n" if completion.help else f"{completion.value}\n"
    yield f":{max(_DIRECTIVES.get(kind, 0) for kind in kinds) if len(kinds) == 1 else 0}\n"


def _without_docker_s(arguments: Sequence[str]) -> list[str]:
    """Give what follows the name of the plugin; docker's own options before it say nothing of a context."""
    if _NAME not in arguments:
        return list(arguments)
    at = arguments.index(_NAME)
    rest = list(arguments[at + 1 :])
    return ["help", *rest] if "help" in arguments[:at] else rest
