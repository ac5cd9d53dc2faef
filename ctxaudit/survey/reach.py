"""How far a path gets, and which instruction brings it there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ctxaudit.dockerfile.stages import EVERYTHING, Needs, Use
from ctxaudit.ignore.go_path import has_wildcard
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Reach
from ctxaudit.values import frozen

_RANK: dict[Reach, int] = {"excluded": 0, "permitted": 1, "sent": 2, "intermediate": 3, "final": 4}


@frozen
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
    removed: the paths that the builder removes before the first instruction.
    """

    def __init__(
        self, needs: Needs, patterns: Mapping[Use, Sequence[str] | None], removed: frozenset[str] = frozenset()
    ) -> None:
        self._removed = removed
        self._sent = {use: None if given is None else Matcher.of(given) for use, given in patterns.items()}
        self._copied = {use: None if given is None else _copied(use, given) for use, given in patterns.items()}
        self._final = {stage.index for stage in needs.stages if stage.final}
        self._excludes = {use: Matcher.of(use.exclude) for use in patterns if use.exclude}

    def of(self, path: str) -> Iterator[Ask]:
        """Give every instruction that asks for the path or for something below it, in the order of the file."""
        for use, matcher in self._sent.items():
            # A directory above the source travels as well: `COPY a/b` sends the entry of `a`.
            if matcher is None or matcher.excludes(path) or use.path.startswith(f"{path}/"):
                yield Ask(use, self._reach(use, path))

    def furthest(self, path: str) -> Ask | None:
        """Give the instruction that takes the path furthest, the first of several."""
        return max(self.of(path), key=lambda ask: _RANK[ask.reach], default=None)

    def _reach(self, use: Use, path: str) -> Reach:
        copied = self._copied[use]
        taken = copied is None or copied.excludes(path) or use.path.startswith(f"{path}/")
        # A mount is there while its RUN is, and leaves nothing in a layer.
        if use.instruction == "RUN" or path in self._removed or not taken or self._is_excluded(use, path):
            return "sent"
        return "final" if use.stage_index in self._final else "intermediate"

    def _is_excluded(self, use: Use, path: str) -> bool:
        """Whether COPY --exclude drops it: its patterns look below the source, which itself is never excluded."""
        # With --parents the patterns look at the whole path; else at what is below the source.
        depth = 0 if use.path == EVERYTHING or use.parents else use.path.count("/") + 1
        inside = "/".join(path.split("/")[depth:])
        return bool(inside) and use in self._excludes and self._excludes[use].excludes(inside)


def _copied(use: Use, patterns: Sequence[str]) -> Matcher:
    """What COPY takes of what is sent for it.

    A wildcard that meets a link makes the client send all that the wildcard's own beginning matches; COPY still takes
    only what the whole source matches.
    """
    own = [pattern for pattern in patterns if not (has_wildcard(pattern) and use.path.startswith(f"{pattern}/"))]
    return Matcher.of([*own, use.path])
