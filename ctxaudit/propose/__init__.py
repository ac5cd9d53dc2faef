"""The smallest change to one ignore file, and its proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from ctxaudit.model import Kept, Proposal
from ctxaudit.plan import Plan
from ctxaudit.propose import proof
from ctxaudit.propose.claims import NOT_PROPOSED, Claims, Ground, claims
from ctxaudit.propose.lines import FAMILIES, allow_list, deny_list

__all__ = ["FAMILIES", "NOT_PROPOSED", "STYLES", "Ground", "Style", "propose"]

Style = Literal["auto", "deny", "allow"]
STYLES: tuple[Style, ...] = ("auto", "deny", "allow")


def propose(grounds: Sequence[Ground], others: Sequence[Plan] = (), style: Style = "auto") -> Proposal:
    """Find the fewest patterns that leave out what was found, without anything that one of the builds may need.

    grounds: one for each build that reads the ignore file, all of one context; each with the file as the user wrote
    it, without our block, surveyed with leaves collected. others: builds that may read it, too, and are not audited.
    style: "allow" for a block that names what stays. An allow-list of the user's is added to as it is.
    Raises CtxauditError where an allow-list is asked for and a build does not say what it needs.
    """
    if style == "allow" and not grounds[0].is_allow_list:
        return _proved(grounds, allow_list(grounds, others))
    return _proved(grounds, deny_list(grounds, claims(grounds, others)))


def _proved(grounds: Sequence[Ground], tries: Iterable[tuple[Claims, list[str]]]) -> Proposal:
    """Take the first list that keeps what it promises, each line of it needed; nothing is proposed without a proof."""
    for claimed, patterns in tries:
        check = proof.Check(grounds[0].plan, claimed, patterns)
        if check.holds(patterns):
            lines = check.trimmed(patterns)
            return Proposal(tuple(lines), claimed.kept, proof.of(grounds, claimed, lines, check))
    kept = (Kept(path, "no line leaves it out without touching something needed") for path in claimed.waste)
    nothing = replace(claimed, waste=(), kept=(*claimed.kept, *kept))
    none = proof.Check(grounds[0].plan, nothing, [])
    return Proposal((), nothing.kept, proof.of(grounds, nothing, [], none))
