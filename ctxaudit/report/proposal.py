"""What is proposed, and its proof, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ctxaudit.model import BuilderName, Loaded, Location, Proposal, Remade, Totals
from ctxaudit.report import printable, words
from ctxaudit.values import and_more, counted, shown_size

MOST_REMADE = 10
MOST_UNMEASURED = 6
MOUNT = "RUN --mount=type=secret"  # what the reason of a login that a command reads ends with


def summary(name: str, proposal: Proposal, *, changed: bool, written: bool) -> list[str]:
    """Say what changes, what each builder is then sent, that nothing needed is lost, and what stays and why."""
    patterns = counted(len(proposal.patterns), "line")
    shown = printable.name(name)
    if not changed:
        lines = [f"{shown}: nothing to change."]
    elif proposal.patterns:
        lines = [f"{shown}: {patterns} of ctxaudit's {'written' if written else 'proposed'}."]
    elif proposal.edit is not None and "# >>> ctxaudit" in proposal.edit.diff:
        lines = [f"{shown}: ctxaudit's block {'is gone' if written else 'may go'}."]
    else:
        lines = [f"{shown}: your own lines {'are tidied' if written else 'can be tidied'}."]
    proof = proposal.proof
    for builder, before in proof.before.items():
        new = f" -> {_amount(proof.after[builder])}" if changed else ""
        lines.append(f"  {words.builder(builder)}: {_amount(before)}{new}")
    shared = f", for all {proof.builds} builds together" if proof.builds > 1 else ""
    lines.append(f"  {proof.dropped} of {counted(proof.needed, 'needed file')} dropped{shared}")
    if measured := max(len(proposal.patterns) - proof.retained - len(proposal.unmeasured), 0):
        lines.append(f"  {_necessity(measured, proof.idle, is_all=measured == len(proposal.patterns))}")
    if proof.retained:
        retained = counted(proof.retained, "line")
        lines.append(f"  {retained} of the block kept for other machines, without effect here (--prune removes them)")
    lines += [f"  {line}" for line in loaded(proof.secrets)]
    lines += [f"  {line}" for line in unmeasured(proposal)]
    lines += [f"  secret: {printable.name(one.path)}: {one.reason}" for one in proof.secrets]
    lines += [f"  {line}" for line in basis(proposal)]
    return lines


def loaded(secrets: Sequence[Loaded]) -> Iterator[str]:
    """Say how many secrets go although the build loads them, and what follows from that."""
    by_command = sum(MOUNT in one.reason for one in secrets)
    if by_framework := len(secrets) - by_command:
        what = counted(by_framework, "secret")
        yield f"{what} excluded although a framework loads it: an image built here loses it, as one from CI does"
    if by_command:
        what = counted(by_command, "secret")
        yield f"{what} excluded although a command of the build reads it: give it to that RUN by a mount instead"


def clean(name: str, proposal: Proposal, builder: BuilderName) -> str:
    """Say in one line that there is nothing to change, and what is sent."""
    builds = proposal.proof.builds
    shared = f", for all {builds} builds together" if builds > 1 else ""
    return f"{printable.name(name)}: nothing to change, {_amount(proposal.proof.after[builder])}{shared}."


def _amount(totals: Totals) -> str:
    return f"{shown_size(totals.bytes)} in {counted(totals.files, 'file')}"


def unmeasured(proposal: Proposal) -> Iterator[str]:
    """Say which lines exclude nothing that is sent from here, so that nobody can say here how much that is."""
    absent = [line for line in proposal.unmeasured if line not in proposal.unsent]
    if absent:
        yield f"for what git ignores and is not here, so not measured: {_named(absent)}"
    if proposal.unsent:
        yield f"for what git ignores and no build is sent from here, so not measured: {_named(proposal.unsent)}"


def _named(lines: Sequence[str]) -> str:
    return printable.text(f"{', '.join(lines[:MOST_UNMEASURED])}{and_more(len(lines) - MOST_UNMEASURED)}")


def basis(proposal: Proposal) -> Iterator[str]:
    """Say what the proof rests on: what is named, what is made again and by which line, what stays and why."""
    proof = proposal.proof
    stay = "stays" if proof.named == 1 else "stay"
    used = ""
    if proof.may_be_used:
        does = "does" if proof.may_be_used == 1 else "do"
        used = f", and so {does} {counted(proof.may_be_used, 'path')} that the image may use"
    other = "other " * bool(proof.for_cache)
    named = counted(proof.named, "path")
    yield f"{named} that instructions name {stay}{used}; no {other}file that git tracks is excluded"
    if proof.for_cache:
        gone = _named(proof.for_cache)
        yield f"for the cache, no longer in the context or in an image that copies all of it: {gone}"
    for title, is_absent in (("made again", False), ("not needed", True)):
        if rows := list(remade([one for one in proof.remade if one.from_checkout == is_absent])):
            yield f"{title}: {'; '.join(rows[:MOST_REMADE])}{and_more(len(rows) - MOST_REMADE, '; ')}"
    for kept in proposal.kept:
        yield f"{'may be used' if kept.may_be_used else 'needed'}: {printable.name(kept.path)}: {kept.reason}"


def remade(rows: Sequence[Remade]) -> Iterator[str]:
    """Say of each command or copy what it makes again: `node_modules: npm ci, Dockerfile:4`."""
    paths: dict[tuple[str, Location, bool], list[str]] = {}
    for one in rows:
        paths.setdefault((one.by, one.where, one.at_start), []).append(one.path)
    for (by, where, at_start), found in paths.items():
        more = and_more(len(found) - 1)
        when = ", when the container starts" if at_start else ""
        yield f"{printable.name(found[0])}{more}: {printable.text(by)}, {where.file}:{where.line}{when}"


def _necessity(lines: int, idle: int, *, is_all: bool) -> str:
    """Say whether each of the lines that were measured is needed, and what for."""
    if idle:
        return f"{idle} of {counted(lines, 'line')} not needed: the same is sent without"
    which = "the line" if lines == 1 else f"each of the {counted(lines, 'line')}"
    which += "" if is_all else " that was measured" if lines == 1 else " that were measured"
    return f"{which} is needed: without it, the builder is sent more, or lacks something that it needs"
