"""What must not be lost, and why: each code that can veto leaving a path out has a detector here.

A detector over-estimates: what may be needed is. It looks at the project's own manifests and at the commands that run;
what cannot be read or parsed vetoes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ctxaudit.dockerfile.stages import Needs
from ctxaudit.needed.embed import embed
from ctxaudit.needed.environment import env_build, env_named
from ctxaudit.needed.facts import Facts
from ctxaudit.needed.image import Image
from ctxaudit.needed.meta import meta
from ctxaudit.needed.paths import Files
from ctxaudit.needed.project import Project
from ctxaudit.needed.runs import bind_all, tests
from ctxaudit.needed.scm import scm
from ctxaudit.needed.tools import go_vendor, wrapper, zero_install
from ctxaudit.needed.veto import Keep, Veto
from ctxaudit.needed.workspace import workspace

__all__ = ["DETECTORS", "Keep", "Veto", "vetoes"]

DETECTORS: dict[Keep, Callable[[Facts], Iterator[Veto]]] = {
    "bind-all": bind_all,
    "scm": scm,
    "meta": meta,
    "embed": embed,
    "tests": tests,
    "workspace": workspace,
    "go-vendor": go_vendor,
    "zero-install": zero_install,
    "wrapper": wrapper,
    "env-build": env_build,
    "env-named": env_named,
}


def vetoes(tree: Files, needs: Needs | None, image: Image | None = None) -> tuple[Veto, ...]:
    """Give what must not be left out, by code; of several reasons for the same path, the first.

    needs: None if no Dockerfile can be read; what manifests say still holds. image: the stages, where they are known.
    """
    if image is None and needs is not None:
        image = Image(needs, Project(tree, None))
    facts = Facts(tree, needs, image)
    found: dict[tuple[Keep, str, bool], Veto] = {}
    for detect in DETECTORS.values():
        for veto in detect(facts):
            found.setdefault((veto.keep, veto.path, veto.whole), veto)
    return tuple(found.values())
