"""Puts the manual page into the wheel: hatchling runs this while it builds."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPage(BuildHookInterface):
    """Makes `ctxaudit.1` of the commands, which need nothing but click to be looked at."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the page to a real wheel; an editable one has no place for it."""
        if version != "standard":
            return
        sys.path.insert(0, self.root)
        from ctxaudit.cli.man import page

        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "ctxaudit.1"
        file.write_text(page(), encoding="utf-8")
        build_data["shared_data"][str(file)] = "share/man/man1/ctxaudit.1"
