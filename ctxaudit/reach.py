"""How far a path gets, and which instruction brings it there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ctxaudit.dockerfile.stages import EVERYTHING, Needs, Use
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Reach

_RANK: dict[Reach, int] = {"excluded": 0, "permitted": 1, "sent": 2, "intermediate": 3, "final": 4}


@dataclass(frozen=True, slots=True)
class Ask:
    """An instruction that asks for a path, and how far it takes it.

    final: into the target's own layers; intermediate: into those of another stage; sent: no layer, as a mount or a
    COPY that excludes it again.
    """

    use: Use
    reach: Reach


class Asks:
    """What the instructions of a build ask of one context.

    patterns: for each use the patterns that the client includes for it alone, links followed; None for everything.
    """

    def __init__(self, needs: Needs, patterns: Mapping[Use, Matcher | None]) -> None:
        self._patterns = patterns
        self._final = {stage.index for stage in needs.stages if stage.final}
        self._excludes = {use: Matcher.of(use.exclude) for use in patterns if use.exclude}

    def of(self, path: str) -> Iterator[Ask]:
        """Give every instruction that asks for the path or for something below it, in the order of the file."""
        for use, matcher in self._patterns.items():
            if matcher is None or matcher.excludes(path) or use.path.startswith(f"{path}/"):
                yield Ask(use, self._reach(use, path))

    def furthest(self, path: str) -> Ask | None:
        """Give the instruction that takes the path furthest, the first of several."""
        return max(self.of(path), key=lambda ask: _RANK[ask.reach], default=None)

    def _reach(self, use: Use, path: str) -> Reach:
        inside = path if use.path == EVERYTHING else path.removeprefix(f"{use.path}/")
        if use.instruction == "RUN" or (use in self._excludes and self._excludes[use].excludes(inside)):
            return "sent"
        return "final" if use.stage_index in self._final else "intermediate"
