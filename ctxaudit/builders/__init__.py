"""What each builder is sent. A new builder is one file with a `Selection` and a `Receiver`, and a row in `BUILDERS`."""

from __future__ import annotations

from ctxaudit.builders.base import Builder
from ctxaudit.builders.buildkit import BUILDKIT
from ctxaudit.builders.classic import CLASSIC
from ctxaudit.model import BuilderName

BUILDERS: dict[BuilderName, Builder] = {"buildkit": BUILDKIT, "classic": CLASSIC}
