"""What the stages of a build hold of the project, and what happens in them: instructions, commands, copies.

A path of the context lands at a path of the image, by a COPY of its directory; from there a copy out of the stage takes
it further. With `WORKDIR /app`, `COPY . .` puts `dist/a.js` at `/app/dist/a.js`, and
`COPY --from=build /app/dist /srv` puts that at `/srv/a.js`.
"""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterator

from ctxaudit.dockerfile.stages import EVERYTHING, MAIN, OUTSIDE, Needs, Stage, Step
from ctxaudit.ignore import clean_path, has_wildcard, unescaped
from ctxaudit.ignore.matcher import Matcher, ancestry
from ctxaudit.model import Services, Start
from ctxaudit.needed.makers import Deed, ImageFiles, deeds
from ctxaudit.needed.project import Project, holds_no_project, workdir_of
from ctxaudit.needed.shell import commands
from ctxaudit.values import frozen

# Stands for the working directory of an image that is not known: what is relative to it keeps its place among itself.
SOMEWHERE = "/\N{HORIZONTAL ELLIPSIS}"
_NO_SERVICES = Services()
_DEEPEST = 8  # copies out of copies
_MOST_PLACES = 200
_COPIES = ("COPY", "ADD")
_STARTS = ("ENTRYPOINT", "CMD", "HEALTHCHECK")


@frozen
class Site:
    """Where a path of the context lands: in a stage, by the step of this number, at this path of the image.

    passing: only while that step runs, as a bind mount shows it.
    """

    stage: int
    step: int
    path: str
    passing: bool = False


class Image:
    """The stages of one build.

    stages: by index, the reachable ones. steps: of each, in order. services: the compose services that use the image.
    """

    def __init__(self, needs: Needs, project: Project, services: Services = _NO_SERVICES) -> None:
        self.project = project
        self.services = services
        self.target = needs.target
        self.stages: dict[int, Stage] = {stage.index: stage for stage in needs.stages if stage.reachable}
        self.steps: dict[int, list[Step]] = {index: [] for index in self.stages}
        for step in needs.steps:
            if step.stage in self.steps:
                self.steps[step.stage].append(step)
        self._done: dict[int, list[tuple[tuple[Deed, ...], dict[str, str]]]] = {index: [] for index in self.stages}
        self.sites = functools.lru_cache(maxsize=1024)(self._sites)
        # Each RUN asks the same of the copies before it, of which a stage may have hundreds.
        self._brought = functools.lru_cache(maxsize=128)(self._brings)
        self.put = functools.lru_cache(maxsize=128)(self._puts)

    def children(self, stage: int) -> Iterator[int]:
        """Give the reachable stages that are built on a stage."""
        return (index for index, other in self.stages.items() if other.parent == stage)

    def lineage(self, stage: int) -> list[int]:
        """Give a stage and those it is built on, the first one first."""
        stages = [stage]
        while (parent := self.stages[stages[0]].parent) is not None and parent in self.stages:
            stages.insert(0, parent)
        return stages

    def base(self, stage: int) -> str:
        """The image that a stage begins with."""
        return self.stages[self.lineage(stage)[0]].base

    def starts(self) -> list[Step]:
        """Give what the container runs, in order: of each keyword the last one counts, and an ENTRYPOINT ends a CMD."""
        last: dict[str, Step] = {}
        for stage in self.lineage(self.target):
            own = {step.keyword for step in self.steps[stage]}
            if "ENTRYPOINT" in own and "CMD" not in own:
                last.pop("CMD", None)
            last |= {step.keyword: step for step in self.steps[stage] if step.keyword in _STARTS}
        return [last[keyword] for keyword in _STARTS if keyword in last]

    @functools.cached_property
    def serviced(self) -> tuple[tuple[Start, tuple[Deed, ...]], ...]:
        """What the compose services start in place of the Dockerfile's own."""
        steps = self.steps[self.target]
        last = steps[-1] if steps else None
        settings = self._after(self.target)
        started = []
        for service in self.services.found:
            inside = self.workdir(last) if last else workdir_of(self.base(self.target)) or SOMEWHERE
            cwd, env = posixpath.join(inside, service.workdir), last.env if last else {}
            for start in service.started:
                shown = commands(start.text, line=start.where.line, cwd=posixpath.normpath(cwd), env=env)
                files = self.files(self.target, len(steps))
                started.append((start, tuple(deeds(shown, files, dict(settings)))))
        return tuple(started)

    def replaced(self) -> frozenset[str]:
        """The keywords of what a service starts otherwise; an entry point takes the place of CMD, too."""
        keywords = {start.keyword for service in self.services.found for start in service.started}
        return frozenset(keywords | ({"CMD"} if "ENTRYPOINT" in keywords else set()))

    def deeds(self, stage: int, number: int) -> tuple[Deed, ...]:
        """Give what the commands of a RUN, CMD, ENTRYPOINT or HEALTHCHECK do, in order."""
        for at in range(len(self._done[stage]), number + 1):
            settings = dict(self._done[stage][-1][1] if at else self._inherited(stage))
            self._done[stage].append((tuple(self._does(stage, at, settings)), settings))
        return self._done[stage][number][0]

    def run(self) -> Iterator[tuple[int, int, Deed]]:
        """Give what all RUN instructions do and come to, with the stage and the number of the step."""
        for stage, steps in self.steps.items():
            for number, step in enumerate(steps):
                if step.keyword == "RUN":
                    yield from ((stage, number, deed) for deed in self.deeds(stage, number))

    def files(self, stage: int, number: int) -> ImageFiles:
        """Give the project's files in the image before a step."""
        return _Files(self, stage, number)

    def holds_project(self, stage: int, number: int, directory: str | None) -> bool:
        """Whether a directory of the image holds the project's own files before a step; one not known may."""
        return directory is None or any(map(self.project.is_dir, self.origins(stage, number, directory)))

    def reaches_target(self, path: str) -> bool:
        """Whether a path of the context may end up in the image that is built."""
        pending = [(site.stage, site.path) for site in self.sites(path) if not site.passing]
        for stage, at in pending:  # grows meanwhile
            if stage == self.target:
                return True
            places = [(child, at) for child in self.children(stage)]
            for step, _, source, target in self.leaving(stage):
                rest = below(at, source)
                if rest is not None and step.keyword in _COPIES:
                    places.append((step.stage, joined(target, rest)))
            pending += [place for place in places if place not in pending and len(pending) < _MOST_PLACES]
        return False

    @functools.cached_property
    def names_all(self) -> bool:
        """Whether each file of the project that gets in lies below a path that an instruction names.

        Others come by a link that is copied, out of an image or a context that may hold anything, or by a mount of a
        service.
        """
        steps = [step for steps in self.steps.values() for step in steps]
        origins = [(step.origin, dict(step.flags).get("from", "$")) for step in steps if step.keyword in _COPIES]
        origins += [(bind.origin, "$") for step in steps for bind in step.binds]
        bases = [(OUTSIDE, stage.base) for stage in self.stages.values() if stage.parent is None]
        sources = {source for step in steps if step.origin == MAIN for source in step.sources}
        sources |= {bind.source for step in steps for bind in step.binds if bind.origin == MAIN}
        return not (
            any(mount.is_bind for service in self.services.found for mount in service.mounts)
            or any(origin == OUTSIDE and not holds_no_project(image) for origin, image in (*origins, *bases))
            or any(self.project.is_link(above) for source in sources for above in ancestry(unescaped(_root(source))))
        )

    def deeds_of(self, step: Step) -> tuple[Deed, ...]:
        """Give what a step does."""
        return self.deeds(step.stage, next(at for at, other in enumerate(self.steps[step.stage]) if other is step))

    def _does(self, stage: int, number: int, settings: dict[str, str]) -> Iterator[Deed]:
        """settings: what the tools were configured with; this adds what the step configures."""
        step = self.steps[stage][number]
        if step.keyword == "RUN" or step.keyword in _STARTS:
            given = settings if step.keyword == "RUN" else dict(settings)
            shown = commands(step.text, line=step.line, cwd=self.workdir(step), env=step.env)
            yield from deeds(shown, self.files(stage, number), given)

    def _inherited(self, stage: int) -> dict[str, str]:
        parent = self.stages[stage].parent
        if parent is None or parent not in self.stages or not self.steps[parent]:
            return {} if parent is None or parent not in self.stages else self._inherited(parent)
        return self._after(parent)

    def _after(self, stage: int) -> dict[str, str]:
        """What the tools are configured with at the end of a stage."""
        if not self.steps[stage]:
            return self._inherited(stage)
        self.deeds(stage, len(self.steps[stage]) - 1)
        return self._done[stage][-1][1]

    def workdir(self, step: Step) -> str:
        """The directory of a step: that of the base image where the Dockerfile sets none."""
        return step.workdir if step.workdir is not None else workdir_of(self.base(step.stage)) or SOMEWHERE

    def landing(self, step: Step) -> str:
        """Where a COPY or ADD puts its sources."""
        if step.target is not None:
            return step.target
        written = step.args[-1] if step.args else "."
        return clean_path(f"{self.workdir(step)}/{'.' if '$' in written else written}")

    def _sites(self, path: str) -> tuple[Site, ...]:
        """Find each place at which a path of the context lands."""
        sites = []
        for stage, steps in self.steps.items():
            for number, step in enumerate(steps):
                if step.keyword in _COPIES and step.origin == MAIN:
                    sites += [Site(stage, number, at) for at in self._landed(step, path)]
                for bind in step.binds:
                    rest = below(path, _root(bind.source)) if bind.origin == MAIN else None
                    if rest is not None:
                        sites.append(Site(stage, number, joined(bind.target, rest), passing=True))
        return tuple(sites)

    def _landed(self, step: Step, path: str) -> Iterator[str]:
        if step.exclude and Matcher.of(step.exclude).excludes(path):
            return
        for source in step.sources:
            if source == EVERYTHING or not has_wildcard(source):
                rest = below(path, _root(unescaped(source)))
                if rest is not None:
                    kept = _root(source) if step.parents else ""
                    # A path that is copied itself: a directory gives its content, a file keeps its name.
                    name = posixpath.basename(source) if not rest and step.into and source != EVERYTHING else ""
                    yield joined(self.landing(step), kept, rest or name)
            else:
                yield from self._landed_by_glob(step, source, path)

    def _landed_by_glob(self, step: Step, source: str, path: str) -> Iterator[str]:
        """A directory that a wildcard matches gives its content; what is matched itself keeps its name."""
        if "**" in source:  # of as many directories as there are
            if Matcher.of([source]).excludes(path):
                yield joined(self.landing(step), path if step.parents else posixpath.basename(path))
            return
        parts, depth = path.split("/"), source.count("/") + 1
        head = "/".join(parts[:depth])
        if len(parts) < depth or not Matcher.of([source]).excludes(head):
            return
        kept = head if step.parents else ""
        rest = "/".join(parts[depth:]) or ("" if step.parents else parts[-1])
        yield joined(self.landing(step), kept, rest)

    def origins(self, stage: int, number: int, path: str, depth: int = 0) -> Iterator[str]:
        """Give the context paths that may stand at a path of the image before a step, the latest copy first."""
        given = set()
        for at, other, source in self._brought(stage, path):
            if at >= number or (other, source) in given:
                continue
            given.add((other, source))
            if other == MAIN:
                yield source.strip("/")
            elif other in self.stages and depth < _DEEPEST:
                yield from self.origins(other, len(self.steps[other]), source, depth + 1)
        parent = self.stages[stage].parent
        if parent in self.stages and parent is not None:
            yield from self.origins(parent, len(self.steps[parent]), path, depth)
        for bind in self.steps[stage][number].binds if number < len(self.steps[stage]) else ():
            rest = below(path, bind.target)
            if rest is not None and bind.origin == MAIN:
                yield joined("/", _root(bind.source), rest).strip("/")

    def _brings(self, stage: int, path: str) -> tuple[tuple[int, int, str], ...]:
        """Give the copies that may bring something to a path, the latest first: number, origin and source of each."""
        numbered = reversed([*enumerate(self.steps[stage])])
        copies = ((number, step) for number, step in numbered if step.keyword in _COPIES)
        return tuple((number, step.origin, source) for number, step in copies for source in self._taken(step, path))

    def _puts(self, stage: int, directory: str) -> tuple[tuple[int, frozenset[str]], ...]:
        """Give the names that the copies of a stage put into a directory, each with the step's number."""
        copies = [
            (at, step) for at, step in enumerate(self.steps[stage]) if step.keyword in _COPIES and step.origin == MAIN
        ]
        return tuple((number, frozenset(self._put(step, directory))) for number, step in copies)

    def _put(self, step: Step, directory: str) -> Iterator[str]:
        """Give the names that a copy puts into a directory: files, and what leads to what it copies."""
        project = self.project
        target = self.landing(step)
        for source in step.sources:
            for path in project.matching(source) if has_wildcard(source) else [source]:
                is_file = project.holds(path)
                if is_file or project.is_dir(path):
                    at = joined(target, posixpath.basename(path)) if is_file and step.into else target
                    yield from (below(at, directory) or "").split("/")[:1]

    def _taken(self, step: Step, path: str) -> Iterator[str]:
        """Give the sources from which a copy may have put a path there, absolute in what it copies from."""
        target = self.landing(step)
        for source in step.sources:
            matched = [source]
            if has_wildcard(source) and step.origin == MAIN:
                matched = list(self.project.matching(source))
            for entry in matched:
                if step.parents:
                    rest = below(path, joined(target, _root(entry)))
                    if rest is not None:
                        yield joined("/", _root(entry), rest)
                    continue
                rest = below(path, target)
                if rest is not None and self._may_be_dir(step, entry):
                    yield joined("/", _root(entry), rest)
                if entry != EVERYTHING and path in (target, joined(target, posixpath.basename(entry))):
                    yield joined("/", entry)

    def _may_be_dir(self, step: Step, entry: str) -> bool:
        return entry == EVERYTHING or step.origin != MAIN or self.project.is_dir(unescaped(entry))

    def leaving(self, stage: int) -> Iterator[tuple[Step, int, str, str]]:
        """Give what takes paths out of a stage: the step, its number, the path and where it stands then."""
        for steps in self.steps.values():
            for number, step in enumerate(steps):
                if step.keyword in _COPIES and step.origin == stage:
                    for source in step.sources:
                        yield step, number, joined("/", _root(source)), self.landing(step)
                for bind in step.binds:
                    if bind.origin == stage:
                        yield step, number, joined("/", _root(bind.source)), bind.target


class _Files:
    """The tracked files in the image before one step of a stage."""

    def __init__(self, image: Image, stage: int, number: int) -> None:
        self._image, self._stage, self._number = image, stage, number

    def text(self, path: str) -> str | None:
        texts = (self._image.project.text(source) for source in self._origins(path))
        return next((text for text in texts if text is not None), None)

    def names(self, path: str) -> frozenset[str]:
        image = self._image
        inside = {name for source in self._origins(path) for name in image.project.children(source)}
        for stage in image.lineage(self._stage):
            for number, names in image.put(stage, path):
                if stage != self._stage or number < self._number:
                    inside |= names
        return frozenset(inside - {""})

    def origin(self, path: str) -> str:
        project = self._image.project
        return next((source for source in self._origins(path) if project.holds(source) or project.is_dir(source)), "")

    def _origins(self, path: str) -> Iterator[str]:
        return self._image.origins(self._stage, self._number, path)


def below(path: str, top: str) -> str | None:
    """Give what stands behind *top* in a path: "" for *top* itself, None for a path elsewhere."""
    path, top = path.strip("/"), top.strip("/")
    if not top or path == top:
        return "" if path == top else path
    return path[len(top) + 1 :] if path.startswith(f"{top}/") else None


def joined(*parts: str) -> str:
    """Join the parts of an absolute path; empty ones count for nothing."""
    return "/" + "/".join(part.strip("/") for part in parts if part.strip("/"))


def _root(source: str) -> str:
    """A source as a path of the context: "" for everything."""
    return "" if source == EVERYTHING else source
