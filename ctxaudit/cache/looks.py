"""Which steps of a build run again, from one look at the disk to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from itertools import product
from typing import NamedTuple

from ctxaudit.builds.request import BuildRequest
from ctxaudit.cache.keys import transfers
from ctxaudit.cache.records import NotThere, entry_keys, path_of
from ctxaudit.cache.verdicts import (
    BEFORE,
    FILES,
    INSTRUCTION,
    UNASKED,
    Build,
    Said,
    StepKey,
    compared,
    selected_of,
    step_keys,
)
from ctxaudit.errors import masked
from ctxaudit.model import Location
from ctxaudit.survey.plan import Plan, Trees
from ctxaudit.values import frozen


class Rerun(NamedTuple):
    """A step that begins to run again.

    is_sure: it runs again; otherwise it may. because: why, "" where the paths of the files that differ say so.
    after: how many steps behind it run again with it, or may.
    """

    at: Location
    instruction: str
    is_sure: bool
    because: str
    paths: tuple[str, ...]
    after: int = 0


class Looks:
    """The looks at one build. As for BuildKit the content of a file counts, not its time."""

    def __init__(self) -> None:
        self._last: _Look | None = None
        self._whole: _Look | None = None  # the last one at which the build would not fail
        self._number = 0

    def again(self, build: BuildRequest) -> list[Rerun]:
        """Look again, and give what runs again, in the order of the file; nothing at the first look.

        Of a build that would fail, nothing is given for the steps that do not come to run. Once it is whole again, they
        are compared with the last look at which it was, as the builder has made nothing of them since.
        Raises CtxauditError where the build cannot be read or a file went before it was; such a look does not count.
        """
        self._number += 1
        with Trees() as trees:
            now = _seen(build, trees, self._last.build if self._last else None)
            # The name makes what is unknown of one look equal to nothing of another one.
            look = _Look(now, step_keys(now, str(self._number), {}))
        last, whole = self._last, self._whole
        self._last = look
        self._whole = whole if look.fails else look
        if last is None:
            return []
        known = [*(whole.keys if whole else ()), *last.keys]
        rows = (row for row in compared(known, look.keys) if not row[0].fails)
        return _grouped((whole or last).build, now, frozenset(key.written for key in known), rows)


@frozen
class _Look:
    build: Build
    keys: list[StepKey]

    @property
    def fails(self) -> bool:
        return any(step_key.fails for step_key in self.keys)


def _seen(build: BuildRequest, trees: Trees, before: Build | None) -> Build:
    plan = Plan.of(build, trees=trees)
    sent = transfers(build, plan, trees)
    records = {
        key: transfer.records_again(before.transfers[key], before.sent[key])
        if before is not None and key in before.transfers
        else transfer.records()
        for key, transfer in sent.items()
    }
    return Build(plan, sent, records)


def _grouped(
    before: Build, now: Build, written: frozenset[str], rows: Iterable[tuple[StepKey, Said, str]]
) -> list[Rerun]:
    """Give the steps that begin something; those that follow from it are counted with them.

    written: the instructions of the earlier look, as they stood in the file.
    """
    file = now.plan.build.dockerfile.name if now.plan.build.dockerfile else ""
    differing = cache(lambda context: before.sent[context].differing(now.sent[context]))
    reruns: list[Rerun] = []
    for key, verdict, because in rows:
        last = reruns[-1] if reruns else None
        # A step whose line is the same runs again for what stands before it, as a step of the stage or as ARG and ENV.
        is_as_before = because == INSTRUCTION and key.written in written
        if verdict == "hit" or (because == BEFORE and last is None):
            continue
        if last is not None and (
            because == BEFORE or is_as_before or (verdict == "unknown" and because == last.because)
        ):
            after = last.after + (not key.written.upper().startswith(UNASKED))
            reruns[-1] = last._replace(after=after)
            continue
        paths = tuple(_changed(before, now, key, differing)) if because == FILES else ()
        where = Location(file, key.line)
        reruns.append(Rerun(where, masked(key.written), verdict == "miss", "" if paths else because, paths))
    return reruns


def _changed(before: Build, now: Build, key: StepKey, differing: Callable[[str], set[bytes]]) -> list[str]:
    """Give the paths that differ of those that a step selects: of files, and of directories where no file does.

    differing: the keys that differ in a context.
    """
    keys = set[bytes]()
    for context, selectors in selected_of(now, key):
        for build, selector in product((before, now), selectors):
            if context in before.sent and context in now.sent:
                with suppress(NotThere):
                    keys |= differing(context).intersection(entry_keys(build.sent[context], selector))
    files = [entry_key for entry_key in keys if not entry_key.endswith(b"\0")]
    return sorted(path_of(file).strip("/") or "." for file in files or keys)
