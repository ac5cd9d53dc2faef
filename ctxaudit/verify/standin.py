"""The stand-in of a Dockerfile: all that reads the context, and nothing that runs, pulls or fetches.

What a variable stands for, which stages count, and which paths are asked for stays the builder's own to find out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from ctxaudit.dockerfile import Dockerfile, Instruction, Value
from ctxaudit.dockerfile.checks import Mount, read_mount, stands_for
from ctxaudit.dockerfile.stages import MAIN, Needs, Stage, Step
from ctxaudit.errors import DockerfileError

_KEPT = frozenset(("ARG", "ENV", "WORKDIR"))
_COPIES = frozenset(("COPY", "ADD"))
_READ = frozenset(("bind", "tmpfs"))  # mounts whose sources BuildKit asks its client for
_NOTHING = "/.ctxaudit-none*"  # what no stage has; a wildcard that matches nothing fails no build of BuildKit
APART = "/.ctxaudit/"  # where the stand-in puts what has no place of its own


def stand_in(dockerfile: Dockerfile, needs: Needs) -> bytes:
    """Return the stand-in for BuildKit: the stages, and what each instruction asks of the context."""
    return _text([*_directive(dockerfile), *_stages(dockerfile, needs, _Whole(needs))])


def apart(dockerfile: Dockerfile, needs: Needs) -> tuple[bytes, list[str]]:
    """Return the stand-in for a builder that transfers nothing, and the sources of the context.

    Each source is copied into a directory of its own in APART, which its place in the list names.
    """
    taken = _Apart()
    lines = list(_stages(dockerfile, needs, taken))
    lines.append("FROM scratch AS ctxaudit-all")
    lines += [f"COPY --from={stage} {APART} {APART}" for stage in sorted(taken.stages)]
    return _text([*_directive(dockerfile), *lines]), taken.sources


def _directive(dockerfile: Dockerfile) -> list[str]:
    return [f"# escape={dockerfile.escape}"] if dockerfile.escape != "\\" else []


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


class _Whole:
    """Keeps each COPY and ADD as it is, and makes a mount one."""

    def __init__(self, needs: Needs) -> None:
        self._requested = needs.requested
        self._count = 0

    def copy(self, steps: Sequence[Step], sources: Sequence[tuple[str, str]], target: str) -> Iterator[str]:
        yield _copy([word for word, _ in sources], target)

    def mount(self, mount: Mount) -> Iterator[str]:
        # A tmpfs mount names a path, and does not ask for the context.
        if mount.type == "bind" or self._requested:
            self._count += 1
            yield _copy([mount.source or "/"], f"{APART}{self._count}/")

    def depend(self, origin: int) -> Iterator[str]:
        yield f"COPY --from={origin} {_NOTHING} {APART}"


class _Apart:
    """Puts each source into a directory of its own; mounts are not copies."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.stages: set[int] = set()

    def copy(self, steps: Sequence[Step], sources: Sequence[tuple[str, str]], target: str) -> Iterator[str]:
        # What an ONBUILD holds happens in the stages that are built on its own.
        self.stages.update(step.stage for step in steps)
        for word, path in sources:
            yield _copy([word], f"{APART}{len(self.sources)}/")
            self.sources.append(path)

    def mount(self, mount: Mount) -> Iterator[str]:
        return iter(())

    def depend(self, origin: int) -> Iterator[str]:
        return iter(())


def _copy(sources: Sequence[str], target: str) -> str:
    # The words of the JSON form are expanded, and lose their quotes, as those of the other form. ADD would unpack.
    return f"COPY {json.dumps([*sources, target], ensure_ascii=False)}"


def _stages(dockerfile: Dockerfile, needs: Needs, kept: _Whole | _Apart) -> Iterator[str]:
    steps: dict[tuple[str, int], list[Step]] = {}
    for step in needs.steps:
        steps.setdefault((step.keyword, step.line), []).append(step)
    names: dict[str, int] = {stage.name: stage.index for stage in needs.stages if stage.name}
    at = -1
    for instruction in dockerfile.instructions:
        if instruction.keyword == "FROM":
            at += 1
            yield _from(instruction, needs.stages[at])
        elif instruction.keyword in _KEPT:
            yield instruction.text
        elif at >= 0:
            inner, prefix = instruction.trigger or instruction, "ONBUILD " if instruction.trigger else ""
            own_steps = steps.get((inner.keyword, instruction.line), [])
            if own_steps:  # in a stage that counts
                yield from (prefix + line for line in _reduced(inner, own_steps, names, kept))


def _from(instruction: Instruction, stage: Stage) -> str:
    base, *name = instruction.args
    return " ".join(("FROM", base if stage.parent is not None else "scratch", *name))


def _reduced(
    instruction: Instruction, steps: Sequence[Step], names: Mapping[str, int], kept: _Whole | _Apart
) -> Iterator[str]:
    """Give what an instruction of a reachable stage reads of the context, and the stages that it needs."""
    if instruction.keyword in _COPIES:
        if origin := instruction.flag("from"):
            yield from _needed(origin, names, kept)
            return
        words = [word for word in instruction.args[:-1] if not stands_for(word)]
        # What is read stands in the order of the words; a remote source is none of the context.
        sources = zip(words, steps[0].sources, steps[0].reads, strict=False)
        local = [(word, path) for word, path, read in sources if read.source == "context"]
        if local:
            yield from kept.copy(steps, local, instruction.args[-1])
    elif instruction.keyword == "RUN":
        for mount in _mounts(instruction):
            if mount.origin:
                yield from _needed(mount.origin, names, kept)
            elif mount.type in _READ:
                yield from kept.mount(mount)


def _needed(origin: str, names: Mapping[str, int], kept: _Whole | _Apart) -> Iterator[str]:
    index = names.get(origin.lower(), int(origin) if origin.isdecimal() else MAIN)
    if index != MAIN:
        yield from kept.depend(index)


def _mounts(instruction: Instruction) -> Iterator[Mount]:
    for value in instruction.every("mount"):
        try:
            yield read_mount(value, Value)
        except DockerfileError:  # one that only a variable makes right
            continue
