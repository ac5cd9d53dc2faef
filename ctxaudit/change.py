"""The change to one ignore file: proposed, shown, written, and looked at again."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from ctxaudit.errors import CtxauditError
from ctxaudit.files import read_regular
from ctxaudit.ignore.file import NAME, IgnoreFile
from ctxaudit.model import Proposal
from ctxaudit.plan import Plan
from ctxaudit.propose import propose
from ctxaudit.requests.dockerfile import BuildRequest
from ctxaudit.survey import Survey
from ctxaudit.walk import walk
from ctxaudit.write import replace_file, with_block, without_block


@dataclass(frozen=True, slots=True)
class Change:
    """What would be written.

    name: of the ignore file, as the user would open it. old: its bytes, None where there is none.
    """

    name: str
    old: bytes | None
    new: bytes
    proposal: Proposal

    @property
    def is_none(self) -> bool:
        return (self.old or b"") == self.new


def change(build: BuildRequest) -> Change:
    """Propose the smallest change to the ignore file that the build reads, or to a new one at the context root.

    Our own block is taken out first, so that the answer is the same whether it was there or not.
    """
    name = build.ignore.name or os.path.normpath(os.path.join(build.shown, NAME))
    old = _bytes(name)
    user = without_block(old or b"", name)
    ignore = IgnoreFile.read(name, user) if old is not None else build.ignore
    plan = Plan.of(replace(build, ignore=ignore), wide=True)
    survey = Survey(plan, collect=True)
    for node in walk(build.context, plan.selection):
        survey.see(node)
    proposal = propose(plan, survey)
    list(survey.unknowns())
    return Change(name, old, with_block(old or b"", proposal.patterns, name), proposal)


def write(build: BuildRequest, found: Change) -> None:
    """Write the change, look again, and put the old bytes back if the file does not say what was proved.

    Raises CtxauditError, with the file as it was, where another process changed it meanwhile or it cannot be written.
    """
    path = Path(found.name)
    if _bytes(found.name) != found.old:
        raise CtxauditError("it changed while it was looked at", where=found.name, fix="run ctxaudit again")
    root = _root(build, path)
    replace_file(path, found.new, root)
    again = change(replace(build, ignore=IgnoreFile.read(found.name, found.new)))
    if not again.is_none or again.proposal.proof.dropped:
        if found.old is None:
            path.unlink()
        else:
            replace_file(path, found.old, root)
        raise CtxauditError("the written file does not hold what was proved; the old one is back", where=found.name)


def _bytes(name: str) -> bytes | None:
    """The file's bytes, None where there is none; what is there and cannot be read must not be written over."""
    if not os.path.lexists(name):
        return None
    data = read_regular(os.path.realpath(name))
    if data is None:
        raise CtxauditError("it is there and cannot be read", where=name, fix="make it a readable regular file")
    return data


def _root(build: BuildRequest, path: Path) -> Path:
    """The directory that a link must not leave: the context, or that of a Dockerfile which stands outside of it."""
    beside = Path(os.path.realpath(path.parent))
    return build.context if beside.is_relative_to(build.context) else beside
