"""The rows, a file for each category. A new kind is one more row in the file of its category.

Where several kinds match a path, the first of ALL wins: the secrets first, what needs no name last.
"""

from __future__ import annotations

from ctxaudit.rules.kind import Kind
from ctxaudit.rules.kinds import (
    big_files,
    build_output,
    caches,
    ci,
    coverage,
    databases,
    dependencies,
    docker,
    docs,
    editors,
    environments,
    generic,
    infrastructure,
    logs,
    os_junk,
    secrets,
    version_control,
)

ALL: tuple[Kind, ...] = (
    *secrets.KINDS,
    *version_control.KINDS,
    *dependencies.KINDS,
    *environments.KINDS,
    *databases.KINDS,
    *docker.KINDS,
    *build_output.KINDS,
    *coverage.KINDS,
    *caches.KINDS,
    *infrastructure.KINDS,
    *editors.KINDS,
    *os_junk.KINDS,
    *logs.KINDS,
    *ci.KINDS,
    *docs.KINDS,
    *big_files.KINDS,
    *generic.KINDS,
)
# Asked where no other row holds, of what git lists as ignored alone.
LAST = generic.GIT_IGNORED_ENTRY
# What is small, and read by the builder itself or by people: never worth a line.
NOT_PROPOSED = frozenset(("docker", "continuous integration", "documentation"))
# Kinds of what the project has on purpose.
OF_PROJECT = frozenset(kind.name for kind in ALL if kind.category in NOT_PROPOSED)
# Kinds that may hold a secret.
SECRETS = frozenset(kind.name for kind in ALL if "secret" in kind.harm)
# Kinds of secrets that a file's name tells.
BY_SECRET_NAME = frozenset(kind.name for kind in secrets.KINDS)
# Kinds that a line may be proposed for.
PROPOSED = frozenset(kind.name for kind in ALL if kind.category not in NOT_PROPOSED)
# The categories as they are printed, and with hyphens for their spaces; each with the names of its kinds.
CATEGORIES = {
    spelled: frozenset(kind.name for kind in ALL if kind.category == category)
    for category in sorted({kind.category for kind in ALL})
    for spelled in (category, category.replace(" ", "-"))
}
