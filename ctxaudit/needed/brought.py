"""What stands at a place of the image when a command runs: a file of the context, nothing, or nobody knows.

    FROM node:22
    WORKDIR /app
    COPY package.json .        brings /app/package.json
    RUN apt-get update         writes no file of the project
    RUN npm ci                 finds no /app/package-lock.json: no COPY brings it, and nothing before may have made it

Whatever may have put a file there makes the answer unknown: a base image that is not an official one, a copy out of
another image, a command that is not known to write elsewhere.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import Literal

from ctxaudit.dockerfile.stages import EVERYTHING, MAIN, OUTSIDE, Step
from ctxaudit.ignore import has_wildcard
from ctxaudit.needed.bases import holds_no_project
from ctxaudit.needed.image import SOMEWHERE, Image, below, joined
from ctxaudit.needed.makers import Deed
from ctxaudit.needed.writers import may_write
from ctxaudit.values import expression, frozen

__all__ = ["Brought", "Fate"]

_DEEPEST = 6  # copies out of copies
_ARCHIVES = expression(r"\.(?:tar(?:\.\w+)?|t[gx]z|tbz2?|zip)\Z")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Directories in which a base image has files of its own.
_SYSTEM = _words(
    "/bin /boot /dev /etc /lib /lib32 /lib64 /proc /run /sbin /sys /usr/bin /usr/include /usr/lib /usr/libexec "
    "/usr/local/apache2 /usr/local/bin /usr/local/etc /usr/local/include /usr/local/lib /usr/local/share "
    "/usr/local/tomcat /usr/sbin /usr/share /var/cache /var/lib /var/log /var/run"
)
_MOST_MATCHES = 1000
_MOST_COMMANDS = 100_000  # that are looked at for all places of a build


@frozen
class Fate:
    """What became of a place.

    state: "there": a permitted file of the context; "excluded": a COPY would bring it, the ignore file excludes it;
    "missing": no COPY brings it, and nothing else does; "unknown".
    path: of what is excluded or missing, the context path of the file or directory that belongs there.
    """

    state: Literal["there", "excluded", "missing", "unknown"]
    path: str = ""


class Brought:
    """Answers for one build.

    image: its stages, over all files of the context. done: what the commands of a step do.
    arrives: whether a path of the context is there and the ignore file permits it, or something in it.
    """

    def __init__(
        self, image: Image, done: Callable[[int, int], tuple[Deed, ...]], arrives: Callable[[str], bool]
    ) -> None:
        self._image = image
        self._done = done
        self._arrives = arrives
        self._left = _MOST_COMMANDS

    def fate(self, stage: int, number: int, deed: int, place: str, glob: str = "") -> Fate:
        """Say what stands at a place when a command of a step runs.

        deed: the number of the command in its step. glob: the pattern that the end of *place* is, "" for a name.
        """
        if place.startswith(SOMEWHERE) or any(below(place, one) is not None for one in _SYSTEM):
            return Fate("unknown")
        origins = list(dict.fromkeys(self._origins(stage, number, place, glob)))
        if any(map(self._arrives, origins)):
            return Fate("there")
        if self.may_be_made(stage, number, deed, place):
            return Fate("unknown")
        lost = next(filter(self._exists, origins), "")
        if lost:
            return Fate("excluded", lost)
        found = (one for path in self._counterparts(stage, number, place) for one in self._matching(path, glob))
        return Fate("missing", next(filter(self._exists, found), ""))

    def may_be_made(self, stage: int, number: int, deed: int, place: str) -> bool:
        """Whether something other than a COPY of the context may have put a file there by then."""
        step = self._image.steps[stage][number]
        binds = (bind.target for bind in step.binds if bind.origin != MAIN)
        if step.unclear or any(below(place, one) is not None for one in (*step.covers, *step.secrets, *binds)):
            return True
        return self._is_written(stage, number, deed, place) or self._may_stand(stage, number, place, 0)

    def _exists(self, path: str) -> bool:
        return self._image.project.holds(path) or bool(path and self._image.project.is_dir(path))

    def _origins(self, stage: int, number: int, place: str, glob: str) -> Iterator[str]:
        if not glob:
            yield from self._image.origins(stage, number, place)
            return
        folder = _without(place, glob)
        for top in self._image.origins(stage, number, folder):
            yield from self._matching(posixpath.join(top, glob), glob)

    def _matching(self, path: str, glob: str) -> Iterator[str]:
        """The files that a pattern matches, the path itself without a wildcard."""
        if not glob:
            yield path
            return
        folder, _, name = path.rpartition("/")
        if has_wildcard(folder):
            return
        found = self._image.project.matching(name, folder)
        yield from (one for one, _ in zip(found, range(_MOST_MATCHES), strict=False))

    def _is_written(self, stage: int, number: int, deed: int, place: str) -> bool:
        found = self._done(stage, number)[:deed]
        self._left -= len(found)
        if self._left < 0:
            return True
        return any(may_write(one, place, found[at - 1] if at else None) for at, one in enumerate(found))

    def _may_stand(self, stage: int, number: int, place: str, depth: int) -> bool:
        """Whether anything but a COPY of the context may have put a file there before a step."""
        image = self._image
        if depth > _DEEPEST or not holds_no_project(image.base(stage)):
            return True
        for one in image.lineage(stage):
            for at, step in enumerate(image.steps[one][: number if one == stage else None]):
                if step.keyword == "RUN" and self._is_written(one, at, len(self._done(one, at)), place):
                    return True
                if step.keyword in ("COPY", "ADD") and self._is_put(step, place, depth):
                    return True
        return False

    def _is_put(self, step: Step, place: str, depth: int) -> bool:
        rest = below(place, self._image.landing(step))
        if rest is None:
            return step.unclear
        if step.unclear or step.origin == OUTSIDE or any(word.startswith("<<") for word in step.args):
            return True
        if step.origin == MAIN:
            return step.keyword == "ADD" and any(map(_ARCHIVES.search, step.sources))
        end = len(self._image.steps[step.origin])
        names = [rest] if rest else [""]
        # A source that is a file keeps its name in a directory; one that is a directory gives its content.
        places = {joined(source, name) for source in step.sources for name in (*names, "")}
        if step.parents or any(map(has_wildcard, step.sources)):
            return True
        return any(self._may_stand(step.origin, end, one, depth + 1) for one in places)

    def _counterparts(self, stage: int, number: int, place: str) -> Iterator[str]:
        """The context paths that belong at a place, by where the copies of the stage put their sources.

        `COPY web/package.json /app/` shows that /app/package-lock.json is web/package-lock.json; without any copy the
        working directory stands for the root of the context.
        """
        image, found = self._image, False
        steps = [step for one in image.lineage(stage) for step in image.steps[one][: number if one == stage else None]]
        for step in steps:
            if step.keyword not in ("COPY", "ADD") or step.origin != MAIN:
                continue
            for source in step.sources:
                top, folder = self._pair(step, source)
                rest = below(place, folder)
                if rest is not None:
                    found = True
                    yield posixpath.join(top, rest)
        rest = below(place, image.workdir(image.steps[stage][number]))
        if not found and rest:
            yield rest

    def _pair(self, step: Step, source: str) -> tuple[str, str]:
        """A directory of the context, and the directory of the image that a copy makes of it."""
        target = self._image.landing(step)
        if source == EVERYTHING:
            return "", target
        is_dir = not has_wildcard(source) and self._image.project.is_dir(source)
        top = source if is_dir else posixpath.dirname(source)
        folder = target if is_dir or step.into else posixpath.dirname(target)
        while is_dir and top and posixpath.basename(top) == posixpath.basename(folder):
            top, folder = posixpath.dirname(top), posixpath.dirname(folder)
        return top, folder


def _without(place: str, glob: str) -> str:
    """The directory of a place that ends with a pattern."""
    return place[: -len(posixpath.normpath(glob))].rstrip("/") or "/"
