"""Builds as compose files declare them, and as `docker compose build` makes them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ctxaudit.builds.compose.builds import builds
from ctxaudit.builds.compose.project import load
from ctxaudit.builds.declared import Declared

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = (
    *("compose.override.yml", "compose.override.yaml"),
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
)


def default_files(directory: str, names: Sequence[str] | None = None) -> tuple[str, ...]:
    """Give the files that compose takes by itself, the file and its override; none where there is none.

    names: of the directory's entries, where they are known.
    """
    there = set(os.listdir(directory) if names is None else names)
    main, override = (next((name for name in order if name in there), None) for order in (NAMES, OVERRIDES))
    found = [name for name in (main, override) if name] if main else []
    return tuple(os.path.normpath(os.path.join(directory, name)) for name in found)


def declared(
    files: Sequence[str],
    *,
    services: Sequence[str] = (),
    profiles: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    anywhere: bool = False,
) -> tuple[Declared, ...]:
    """Give the builds of compose files, in the order of their services.

    files: relative to the working directory, each over the ones before it. services: only these, and what they need.
    profiles: the active ones, None for those of COMPOSE_PROFILES. environment: None for the process's own.
    anywhere: whether what the files name may lie outside of their repository, as for docker: the user named them.
    Raises ComposeError, with file and line, where compose would refuse them.
    """
    project = load(files, os.environ if environment is None else environment, anywhere=anywhere)
    if profiles is None:
        profiles = [name.strip() for name in project.environment.get("COMPOSE_PROFILES", "").split(",")]
    return tuple(builds(project, files, services, profiles))
