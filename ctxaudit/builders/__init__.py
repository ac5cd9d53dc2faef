"""What each builder is sent. A new builder is one file with a `Selection` and a `Receiver`, and a row in `BUILDERS`."""

from __future__ import annotations

from ctxaudit.builders.base import Builder
from ctxaudit.builders.buildkit import BUILDKIT
from ctxaudit.builders.classic import CLASSIC
from ctxaudit.errors import CtxauditError
from ctxaudit.model import BuilderName

BUILDERS: dict[BuilderName, Builder] = {row.name: row for row in (BUILDKIT, CLASSIC)}


def builder(name: BuilderName) -> Builder:
    """Return the row of a builder; raises CtxauditError, which names those there are, where there is none."""
    if name not in BUILDERS:
        raise CtxauditError(f"there is no builder {name!r}", fix=f"it is {' or '.join(BUILDERS)}")
    return BUILDERS[name]
