"""What must not be lost, and why: each code that can veto an exclusion has a detector here.

A detector over-estimates: what may be needed is. It looks at the project's own manifests and at the commands that run;
what cannot be read or parsed vetoes nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ctxaudit.needed.veto import Keep, Veto

if TYPE_CHECKING:
    from ctxaudit.dockerfile.stages import Needs
    from ctxaudit.needed.facts import Facts
    from ctxaudit.needed.image import Image
    from ctxaudit.needed.paths import Files

__all__ = ["DETECTORS", "Keep", "Veto", "Vetoes", "vetoes"]

# A file of this folder, imported when it is asked, and the function in it: from the facts to its vetoes.
DETECTORS: dict[Keep, tuple[str, str]] = {
    "bind-all": ("runs", "bind_all"),
    "scm": ("scm", "scm"),
    "meta": ("meta", "meta"),
    "embed": ("embed", "embed"),
    "tests": ("runs", "tests"),
    "workspace": ("workspace", "workspace"),
    "go-vendor": ("tools", "go_vendor"),
    "zero-install": ("tools", "zero_install"),
    "wrapper": ("tools", "wrapper"),
    "env-build": ("environment", "env_build"),
    "env-named": ("environment", "env_named"),
    "tool-read": ("environment", "tool_read"),
}


class Vetoes:
    """What must not be excluded from one context, each detector asked once.

    needs: None if no Dockerfile can be read; what manifests say still holds. image: the stages, where they are known.
    """

    def __init__(self, tree: Files, needs: Needs | None, image: Image | None = None) -> None:
        self._tree, self._needs, self._image = tree, needs, image
        self._facts: Facts | None = None
        self._found: dict[Keep, tuple[Veto, ...]] = {}

    def of(self, keep: Keep) -> tuple[Veto, ...]:
        """Give what one detector says; of several reasons for the same path, the first."""
        if keep not in self._found:
            module, function = DETECTORS[keep]
            self._facts = self._facts or self._read()
            found: dict[tuple[str, bool], Veto] = {}
            for veto in getattr(import_module(f"{__name__}.{module}"), function)(self._facts):
                found.setdefault((veto.path, veto.whole), veto)
            self._found[keep] = tuple(found.values())
        return self._found[keep]

    def _read(self) -> Facts:
        from ctxaudit.needed.facts import Facts
        from ctxaudit.needed.image import Image
        from ctxaudit.needed.project import Project

        if self._image is None and self._needs is not None:
            self._image = Image(self._needs, Project(self._tree, None))
        return Facts(self._tree, self._needs, self._image)


def vetoes(tree: Files, needs: Needs | None, image: Image | None = None) -> tuple[Veto, ...]:
    """Give what all detectors say, as `Vetoes` gives what one of them does."""
    found = Vetoes(tree, needs, image)
    return tuple(veto for keep in DETECTORS for veto in found.of(keep))
