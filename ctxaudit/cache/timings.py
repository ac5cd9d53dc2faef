"""How long the steps of a build took, from what a builder printed about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from ctxaudit.dockerfile.stages import Step
from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular

LARGEST = 64 << 20  # bytes of a log
_LONGEST = 1 << 20  # bytes of a line that is read
_MOST = 10_000  # steps
_NAME = re.compile(r"\[(?P<place>[^\]]{1,400})\] (?:ONBUILD )?(?P<step>.+)", re.DOTALL)
# The number is as wide as the last one of its stage: `build  2/12`. Bake and compose put the build's name first.
_PLACE = re.compile(r"(?P<build>[^\s/]+ (?=\S))??(?:\S+/\S+ )?(?:(?P<stage>[^\s/]+) )? *\d+/\d+")
# GitHub's logs have a time before each line.
_PLAIN = re.compile(r"(?:\d{4}-\d\d-\d\dT[\d:.]+Z )?#(?P<number>\d{1,9}) (?P<rest>.+)")
_DONE = re.compile(r"DONE (?P<seconds>\d{1,9}(?:\.\d{1,9})?)s")
_TIME = re.compile(r"(?P<whole>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)")


class _Vertex(NamedTuple):
    name: str
    seconds: float


class Timings:
    """The seconds of each step that ran, by its stage and by how BuildKit names it."""

    def __init__(self, vertexes: Iterator[_Vertex]) -> None:
        # Of several builds that have the same step, each has its own time.
        self._known: dict[tuple[str, str], dict[str, float]] = {}
        for name, seconds in vertexes:
            match = _NAME.fullmatch(name)
            place = _PLACE.fullmatch(match["place"]) if match else None
            if match is None or place is None or len(self._known) >= _MOST:
                continue
            step = " ".join(match["step"].split())
            self._known.setdefault((place["stage"] or "", step), {})[place["build"] or ""] = seconds

    def of(self, stage: str, step: Step) -> float | None:
        """Give how long a step took, None where the log does not say so.

        BuildKit calls a stage without a name stage-N, and the only one nothing; behind a heredoc it shows its body.
        """
        name = " ".join(step.shown.split())
        times = self._known.get((stage, name)) or self._known.get((f"stage-{stage}", name))
        if times is None:
            alike = [
                seconds for (_, shown), seconds in self._known.items() if shown == name or shown.startswith(f"{name} (")
            ]
            times = alike[0] if len(alike) == 1 else {}
        return next(iter(times.values())) if len(times) == 1 else None

    @property
    def is_empty(self) -> bool:
        """Whether no step was found."""
        return not self._known


def read(file: str) -> Timings:
    """Read what `--progress rawjson` or `--progress plain` printed, or `docker buildx history logs`.

    Raises CtxauditError for a file that holds no step with a time.
    """
    data = read_regular(file, LARGEST + 1)
    if data is None:
        raise CtxauditError("this is not a file, or it cannot be read", where=file)
    if len(data) > LARGEST:
        raise CtxauditError(f"a log of more than {LARGEST:,} bytes is not read", where=file)
    lines = [line for line in data.splitlines() if len(line) <= _LONGEST]
    timings = Timings(_raw(lines) if data.lstrip()[:1] == b"{" else _plain(lines))
    if timings.is_empty:
        raise CtxauditError(
            "no step with a time was found",
            where=file,
            fix="write it with: docker buildx build --progress rawjson . 2> FILE",
        )
    return timings


def _raw(lines: list[bytes]) -> Iterator[_Vertex]:
    """Read a status of BuildKit in each line; of a step the last time counts, as each status says it anew."""
    latest: dict[str, _Vertex] = {}
    for line in lines:
        try:
            status = json.loads(line)
        except (ValueError, RecursionError):
            continue
        vertexes = status.get("vertexes") if isinstance(status, dict) else None
        for vertex in vertexes if isinstance(vertexes, list) else ():
            timed = _vertex(vertex) if isinstance(vertex, dict) else None
            if timed is not None:
                latest[str(vertex.get("digest"))] = timed
    yield from latest.values()


def _vertex(vertex: Mapping[str, object]) -> _Vertex | None:
    """Give a step that ran and ended, None for one that did not, or was cached."""
    name, started, completed = vertex.get("name"), _time(vertex.get("started")), _time(vertex.get("completed"))
    if not isinstance(name, str) or started is None or completed is None or vertex.get("cached"):
        return None
    return _Vertex(name, max(0.0, completed - started))


def _time(text: object) -> float | None:
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        whole = datetime.fromisoformat(match["whole"] + match["zone"].replace("Z", "+00:00"))
    except ValueError:
        return None
    return whole.timestamp() + float(f"0.{match['part'] or 0}")


def _plain(lines: list[bytes]) -> Iterator[_Vertex]:
    """Read `#5 [build 2/3] RUN …` and, later, `#5 DONE 1.2s`."""
    names: dict[str, str] = {}
    for line in lines:
        match = _PLAIN.fullmatch(line.decode("utf-8", "replace").rstrip())
        if match is None:
            continue
        done = _DONE.fullmatch(match["rest"])
        if done and match["number"] in names:
            yield _Vertex(names.pop(match["number"]), float(done["seconds"]))
        elif _NAME.fullmatch(match["rest"]):
            names.setdefault(match["number"], match["rest"])
