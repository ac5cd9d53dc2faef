"""Why paths of a build's context have to stay: what the project's own files and the commands of the build say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ctxaudit.needed import Keep, Veto, Vetoes
from ctxaudit.needed.image import Image
from ctxaudit.needed.mentioned import Mentioned
from ctxaudit.needed.names import Sources
from ctxaudit.needed.origin import Origin
from ctxaudit.needed.project import Project
from ctxaudit.walk import SnapshotTree

if TYPE_CHECKING:
    from ctxaudit.builds.declared import Beside
    from ctxaudit.survey.plan import Plan
    from ctxaudit.walk import Tree


class Reasons:
    """What several builds ask of the same files, found once."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside
        self._projects: dict[Tree, Project] = {}
        self._sources = Sources()
        self._mentioned: dict[Project, Mentioned] = {}
        self._origins: dict[tuple[object, ...], Origin] = {}
        self._vetoes: dict[tuple[object, ...], Vetoes] = {}

    def project(self, tree: Tree) -> Project:
        """Give the project's own files in a tree."""
        if tree not in self._projects:
            repository = tree.repository
            tracked = tuple(repository.files()) if repository is not None else ()
            root = str(len(self._projects)) if isinstance(tree, SnapshotTree) else os.path.realpath(tree.root)
            self._projects[tree] = Project(tree, tracked or None, self._sources, root)
        return self._projects[tree]

    def origin(self, plan: Plan) -> Origin | None:
        """Give what says whether a build takes a path from the host, None without a Dockerfile that can be read."""
        if plan.needs is None:
            return None
        key = _identity(plan)
        if key not in self._origins:
            name = plan.build.dockerfile.name if plan.build.dockerfile else "Dockerfile"
            project = self.project(plan.tree)
            image = Image(plan.needs, project, self._beside.of(plan.build))
            mentioned = self._mentioned.setdefault(project, Mentioned(project))
            self._origins[key] = Origin(image, name, self._beside.checked(plan.build), mentioned)
        return self._origins[key]

    def vetoes(self, plan: Plan, keep: Keep) -> tuple[Veto, ...]:
        """Give what one detector says must stay in the context of a build."""
        key = _identity(plan)
        if key not in self._vetoes:
            origin = self.origin(plan)
            self._vetoes[key] = Vetoes(plan.tree, plan.needs, origin.image if origin else None)
        return self._vetoes[key].of(keep)


def _identity(plan: Plan) -> tuple[object, ...]:
    """What two plans have in common that ask the same of the same tree."""
    build, source = plan.build, plan.build.dockerfile
    arguments = tuple(sorted(build.build_args.items())), tuple(sorted(build.build_contexts.items()))
    return plan.tree, source and (source.name, source.data), build.target, build.platform, build.key, arguments
