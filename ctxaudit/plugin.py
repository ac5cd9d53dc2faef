"""`docker-ctxaudit`: the command by the name of the distribution, which docker runs as `docker ctxaudit`.

Docker asks each program in its folders of plugins what it is, then gives it all of its own words.
Source: docker/cli v28, cli-plugins/metadata/metadata.go and cli-plugins/manager/manager.go.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from ctxaudit import __main__, __version__

_ASKS = "docker-cli-plugin-metadata"
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
    __main__.run(_without_docker_s(arguments) if _BY_DOCKER in os.environ else None)


def _without_docker_s(arguments: Sequence[str]) -> list[str]:
    """Give what follows the name of the plugin; docker's own options before it say nothing of a context."""
    if _NAME not in arguments:
        return list(arguments)
    at = arguments.index(_NAME)
    rest = list(arguments[at + 1 :])
    return ["help", *rest] if "help" in arguments[:at] else rest
