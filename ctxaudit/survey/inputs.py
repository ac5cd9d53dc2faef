"""What the RUN instructions of a build read of the context, and do not get."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ctxaudit.dockerfile.stages import Step
from ctxaudit.ignore import has_wildcard
from ctxaudit.ignore.matcher import ancestry
from ctxaudit.needed import Keep, Veto, Vetoes
from ctxaudit.needed.brought import Brought, Fate
from ctxaudit.needed.image import Image, joined
from ctxaudit.needed.inputs import Input, inputs_of
from ctxaudit.needed.lacking import Lacking
from ctxaudit.needed.makers import Deed
from ctxaudit.needed.mentioned import Mentioned
from ctxaudit.needed.names import Sources
from ctxaudit.needed.origin import Origin
from ctxaudit.needed.project import OnDisk, Project
from ctxaudit.rules.catalogue import catalogue
from ctxaudit.survey.plan import Plan
from ctxaudit.values import expression, frozen
from ctxaudit.walk import SnapshotTree

if TYPE_CHECKING:
    from ctxaudit.builds.declared import Beside
    from ctxaudit.walk import Tree

_MOST_NAMES = 2000  # entries of a directory that are looked at for one that is permitted
_MOST_INPUTS = 3000  # of one build: anybody may write a thousand of them
_INSTALLS = ("ci", "clean-install", "install", "i")
_PRODUCTION = frozenset(("--prod", "--production", "--production=true", "-P", "--omit=dev"))
_QUOTED = expression(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_STOPS = expression(r"\bset\s+-\w*e|\bset\s+-o\s+errexit")
_PIPE = expression(r"(?<!\|)\|(?!\|)|(?<!&)&(?![&>])")
_NEXT = expression(r"[;\n`]")
# Scripts in files of these names stop at the first command that fails.
_STOPPING = ("package.json", "composer.json", "Makefile", "makefile", "GNUmakefile")


@frozen
class _Lost:
    """An input that a command does not get.

    line: of its RUN. title: the command as the Dockerfile has it. path: the context path.
    because: what names it, "" for the command itself. is_excluded: a COPY would bring it; else none does.
    fails: the RUN is sure to fail without it.
    """

    line: int
    title: str
    path: str
    because: str
    is_excluded: bool
    fails: bool


def lost_inputs(plan: Plan) -> Iterator[_Lost]:
    """Give each input that is missing where a RUN reads it, once; the first that is sure to fail the build."""
    needs = plan.needs
    build = plan.build
    # NOTE: a named context may stand for any base image.
    if needs is None or needs.foreign or build.key or build.build_contexts or not plan.requested:
        return
    losts: dict[tuple[str, bool], _Lost] = {}
    for lost in _Search(plan).all():
        key = lost.path, lost.is_excluded
        if key not in losts or (lost.fails and not losts[key].fails):
            losts[key] = lost
    yield from losts.values()


class _Search:
    """Looks through one build, twice: as the ignore file leaves the context, and as it lies there."""

    def __init__(self, plan: Plan) -> None:
        assert plan.needs is not None
        self._plan = plan
        self._left = _MOST_INPUTS
        self._image = Image(plan.needs, OnDisk(plan.tree, plan.permits_path))
        whole = Image(plan.needs, OnDisk(plan.tree))
        self._brought = Brought(whole, self._image.deeds, self._arrives)
        self._lacking = Lacking(whole, self._image.deeds, self._arrives)

    def all(self) -> Iterator[_Lost]:
        for stage, steps in self._image.steps.items():
            for number, step in enumerate(steps):
                if step.keyword == "RUN" and not step.unclear:
                    deeds = self._image.deeds(stage, number)
                    for at, deed in enumerate(deeds):
                        if _may_be_skipped(deed):
                            continue
                        is_last = at == len(deeds) - 1
                        yield from self._of(stage, number, at, deed, _is_fatal(step, deed, is_last=is_last))
                elif step.keyword in ("COPY", "ADD") and step.origin in self._image.stages:
                    yield from self._copied(step)

    def _copied(self, step: Step) -> Iterator[_Lost]:
        """What a copy takes out of a stage that would have it of the context."""
        for source in step.sources if not step.unclear else ():
            place = joined("/", source)
            path = "" if has_wildcard(source) else self._lacking.path(step.origin, place)
            tree = self._plan.tree
            is_kept = tree.type(path) == "dir" and self._plan.permits_path(path)
            # The stage has what a link leads to, where that is sent.
            is_linked = any(tree.type(above) == "symlink" for above in ancestry(path)[:-1])
            if path and not is_kept and not is_linked and self._plan.matcher.excludes(self._first(path)):
                yield _Lost(step.line, f"{step.keyword} --from {place}", path, "", is_excluded=True, fails=True)

    def _of(self, stage: int, number: int, at: int, deed: Deed, is_fatal: bool) -> Iterator[_Lost]:
        for file_input in inputs_of(deed, self._image.files(stage, number)):
            self._left -= 1
            if self._left < 0:
                return
            if file_input.manifest and not self._is_read(stage, number, at, file_input.manifest):
                continue
            fate = self._fate(stage, number, at, file_input)
            if fate.path and self._counts(fate, file_input):
                is_excluded = fate.state == "excluded"
                yield _Lost(
                    deed.line, deed.title, fate.path, file_input.because, is_excluded, file_input.fails and is_fatal
                )

    def _is_read(self, stage: int, number: int, at: int, manifest: str) -> bool:
        """Whether the file that names the input is there, and as it is in the context."""
        fate = self._brought.fate(stage, number, at, manifest)
        return fate.state == "there" and not self._brought.may_be_made(stage, number, at, manifest)

    def _fate(self, stage: int, number: int, at: int, file_input: Input) -> Fate:
        """What became of the first place that is lost, where none may hold anything."""
        fates = []
        for place in file_input.places:
            fate = self._brought.fate(stage, number, at, place, file_input.glob)
            # Tools look in several places in turn: one that may hold the file is enough.
            if fate.state in ("there", "unknown"):
                return fate
            fates.append(fate)
        excluded = (fate for fate in fates if fate.state == "excluded")
        return next(excluded, None) or next((fate for fate in fates if fate.path), Fate("missing"))

    def _counts(self, fate: Fate, file_input: Input) -> bool:
        """Whether the project means the file to be there: git tracks it, or nobody says that it does not."""
        repository = self._plan.tree.repository
        if self._plan.tree.type(fate.path) == "dir" and not self._is_missed(fate, file_input):
            return False
        if fate.state == "excluded":
            known = repository is None or repository.tracks(fate.path) or not repository.ignores(fate.path)
            return known and self._plan.matcher.excludes(self._first(fate.path))
        return (
            not file_input.optional
            and self._arrives(fate.path)
            and (repository is None or repository.tracks(fate.path))
        )

    def _is_missed(self, fate: Fate, file_input: Input) -> bool:
        """Whether a command misses a directory: it reads what is in it, or the directory itself is excluded.

        Other instructions may have made the directory of a file that they bring.
        """
        if file_input.directory == "itself":
            return fate.state == "excluded" and not self._plan.permits_path(fate.path)
        return file_input.directory == "a file"

    def _first(self, path: str) -> str:
        """The path itself, of a directory the first file in it."""
        return next(self._files(path), path)

    def _arrives(self, path: str) -> bool:
        """Whether a path is there and permitted, of a directory any file in it."""
        return not path or any(map(self._plan.permits_path, self._files(path)))

    def _files(self, path: str) -> Iterator[str]:
        return _files_below(path, self._plan.tree.type, self._plan.tree.names)


def _files_below(
    path: str, type_of: Callable[[str], str | None], names: Callable[[str], frozenset[str]]
) -> Iterator[str]:
    """Give a path that is not a directory, or what lies below one, as far as that can be looked at."""
    pending, looked = [path], 0
    for entry in pending:  # grows meanwhile
        kind = type_of(entry)
        if kind == "dir" and looked < _MOST_NAMES:
            below = sorted(names(entry))[:_MOST_NAMES]
            looked += len(below)
            pending += [f"{entry}/{name}" for name in below]
        elif kind is not None and kind != "dir":
            yield entry


def _may_be_skipped(deed: Deed) -> bool:
    """Whether a command stands in a script that an installation runs, and this one may not.

    yarn, pnpm and bun skip `prepare` where only what runs in production is installed.
    """
    program, *words = deed.title.split() or [""]
    if not deed.command.file.endswith("package.json") or (words and words[0] not in _INSTALLS and words[0][0] != "-"):
        return False
    env = {name.lower(): value for name, value in deed.command.env.items()}
    is_production = env.get("node_env") == "production" or not _PRODUCTION.isdisjoint(words)
    return "npm_config_ignore_scripts" in env or (program != "npm" and is_production)


def _is_fatal(step: Step, deed: Deed, *, is_last: bool) -> bool:
    """Whether the RUN fails where the command does."""
    if deed.command.file and not deed.command.file.endswith(_STOPPING):
        return False
    text = _QUOTED.sub("", step.text.replace("\\\n", " "))
    if _PIPE.search(text):
        return False
    return is_last or not _NEXT.search(text.strip()) or bool(_STOPS.search(text))


# Why paths of a build's context have to stay: what the project's own files and the commands of the build say.


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
            may_be_new = functools.partial(_may_be_new, tree)
            self._projects[tree] = Project(tree, tracked or None, self._sources, root, may_be_new)
        return self._projects[tree]

    def origin(self, plan: Plan) -> Origin | None:
        """Give what says whether a build takes a path from the host, None without a Dockerfile that can be read."""
        if plan.needs is None:
            return None
        key = _identity(plan)
        if key not in self._origins:
            project = self.project(plan.tree)
            image = Image(plan.needs, project, self._beside.of(plan.build))
            mentioned = self._mentioned.setdefault(project, Mentioned(project))
            self._origins[key] = Origin(image, _dockerfile(plan), self._beside.checked(plan.build), mentioned)
        return self._origins[key]

    def vetoes(self, plan: Plan, keep: Keep) -> tuple[Veto, ...]:
        """Give what one detector says must stay in the context of a build."""
        key = _identity(plan)
        if key not in self._vetoes:
            origin = self.origin(plan)
            self._vetoes[key] = Vetoes(plan.tree, plan.needs, origin.image if origin else None, _dockerfile(plan))
        return self._vetoes[key].of(keep)


def _dockerfile(plan: Plan) -> str:
    """The name of the Dockerfile, as the user would open it."""
    return plan.build.dockerfile.name if plan.build.dockerfile else "Dockerfile"


def _identity(plan: Plan) -> tuple[object, ...]:
    """What two plans have in common that ask the same of the same tree."""
    build, source = plan.build, plan.build.dockerfile
    arguments = tuple(sorted(build.build_args.items())), tuple(sorted(build.build_contexts.items()))
    return plan.tree, source and (source.name, source.data), build.target, build.platform, build.key, arguments


# What lies in a directory that is somebody else's: a repository, an environment of Python, of Conda, a cache.
_FOREIGN = frozenset((".git", "pyvenv.cfg", "conda-meta", "CACHEDIR.TAG"))


def _may_be_new(tree: Tree, path: str, is_dir: bool) -> bool:
    """Whether a path that nobody has added to git yet may be the project's own, or hold such files.

    What a finding is about is not, as a build or a cache.
    """
    repository = tree.repository
    if repository is None or path in repository.ignored_entries:
        return False
    if not is_dir or repository.tracks(path):
        return True
    if not _FOREIGN.isdisjoint(tree.names(path)):
        return False
    try:
        return catalogue().kind_of(tree.place(path, repository)) is None
    except OSError:  # it is gone meanwhile
        return False
