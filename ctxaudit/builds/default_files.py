"""The files that compose and bake take by themselves in a directory, by name: neither is imported to find none."""

from __future__ import annotations

import os
from collections.abc import Sequence

_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    *("compose.override.yml", "compose.override.yaml"),
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
)
# In bake's own order: a later file overrides an earlier one.
_BAKE = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")


def compose_files(directory: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the files that compose takes by itself, the file and its override; none if there is no such file.

    names: of the directory's entries.
    """
    main, override = (next((name for name in order if name in names), None) for order in (_COMPOSE, _OVERRIDES))
    found = [name for name in (main, override) if name] if main else []
    return tuple(os.path.normpath(os.path.join(directory, name)) for name in found)


def bake_files(directory: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the files that bake takes by itself, compose files among them; none without one of its own.

    names: of the directory's entries.
    """
    if not set(_BAKE) & set(names):
        return ()
    return tuple(os.path.normpath(os.path.join(directory, name)) for name in (*_COMPOSE, *_BAKE) if name in names)
