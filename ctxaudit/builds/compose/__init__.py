"""Builds as compose files declare them, and as `docker compose build` makes them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ctxaudit.builds.compose.builds import builds
from ctxaudit.builds.compose.project import load
from ctxaudit.builds.declared import Declared


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
