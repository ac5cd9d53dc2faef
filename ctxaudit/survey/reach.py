"""How far a path gets, which instruction brings it there, and how that instruction is quoted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ctxaudit.dockerfile import Instruction
from ctxaudit.dockerfile.stages import EVERYTHING, Needs, Use
from ctxaudit.errors import CtxauditError, excerpt
from ctxaudit.ignore import has_wildcard
from ctxaudit.ignore.file import written
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Finding, Quote, Reach
from ctxaudit.values import frozen

if TYPE_CHECKING:
    from ctxaudit.survey.plan import Plan

_VALUED = frozenset(("ARG", "ENV", "LABEL"))  # instructions whose words hold values that nobody has to see
_BLANKS = re.compile(r"[ \t]+")
_QUOTED = 200  # characters of a line
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


def quoted(findings: Sequence[Finding], plan: Plan) -> list[Finding]:
    """Give the findings; those that are errors, or are about a line, with what stands there."""
    if not any(map(_is_quoted, findings)):
        return list(findings)
    ignore, source = plan.build.ignore, plan.build.dockerfile
    lines = written(ignore.data)
    instructions = _instructions(plan)
    asks = plan.asks() if instructions else None
    found = []
    for finding in findings:
        at = finding.location
        if at is not None and _is_quoted(finding):
            if source is not None and at.file == source.name and at.line in instructions:
                instruction = instructions[at.line]
                words = [*_words(finding, plan.uses, asks.of(finding.path) if asks and finding.path else ())]
                words += _mounts(instruction, finding)
                finding = replace(finding, quote=_of_instruction(instruction, words))
            elif at.file == ignore.name and 0 < at.line <= len(lines) and lines[at.line - 1]:
                finding = replace(finding, quote=_quote(lines[at.line - 1], lines[at.line - 1]))
        found.append(finding)
    return found


def _is_quoted(finding: Finding) -> bool:
    return finding.quote is None and (finding.severity == "error" or not finding.kind)


def _instructions(plan: Plan) -> dict[int, Instruction]:
    """Give the Dockerfile's instructions by their lines, none where it cannot be read."""
    source = plan.build.dockerfile
    try:
        found = source.parsed().instructions if source and source.data else ()
    except CtxauditError:
        return {}
    return {one.line: one for one in found}


def _words(finding: Finding, uses: Iterable[Use], asks: Iterable[Ask]) -> Iterator[str]:
    """Give the words of the instruction that the finding may be about, the likeliest first."""
    line = finding.location.line if finding.location else 0
    yield from (ask.use.source for ask in asks if ask.use.line == line)
    yield from (use.source for use in uses if use.line == line and _is_named(use, finding.message))
    yield from (finding.path, finding.path.rpartition("/")[2])


def _is_named(use: Use, message: str) -> bool:
    return bool(use.source) and message.startswith(
        (f"{use.instruction} {use.source} ", f"{use.instruction} {use.source}:")
    )


def _mounts(instruction: Instruction, finding: Finding) -> Iterator[str]:
    """Give the mounts of a RUN, those of a tmpfs alone where the finding is about that."""
    for mount in (instruction.trigger or instruction).every("mount"):
        if "tmpfs" in mount or "tmpfs" not in finding.message:
            yield f"--mount={mount}"


def _of_instruction(instruction: Instruction, words: Iterable[str]) -> Quote | None:
    """Quote an instruction, one of several lines up to the word that is marked: what follows may hold a password."""
    inner = instruction.trigger or instruction
    text = instruction.shown if instruction.end_line == instruction.line else _BLANKS.sub(" ", instruction.shown)
    if inner.keyword in _VALUED or (inner.keyword == "RUN" and _holds_secret(instruction.text)):
        return None
    places = (re.search(rf"(?<![^\s=,\"'\[]){re.escape(word)}(?![^\s,\"'\]])", text) for word in words if word)
    match = next(filter(None, places), None) or re.match(r"\S*", text)
    assert match is not None  # the last expression matches ""
    if instruction.end_line > instruction.line:
        text = f"{text[: match.end()]} …" if text[match.end() :].strip() else text
    return _quote(text, match[0], match.start())


def _holds_secret(text: str) -> bool:
    from ctxaudit.secrets.search import search

    return bool(search("Dockerfile", text.encode("utf-8", "surrogateescape"), b""))


def _quote(line: str, marked: str, column: int = 0) -> Quote:
    text, place = excerpt(line, column, _QUOTED)
    return Quote(text, place, max(1, min(len(marked), len(text) - place)))
