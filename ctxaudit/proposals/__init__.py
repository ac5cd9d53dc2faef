"""The smallest change to one ignore file, and its proof."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from ctxaudit.ignore import DockerignorePattern
from ctxaudit.ignore.matcher import Matcher
from ctxaudit.model import Kept, Proposal
from ctxaudit.proposals import proof
from ctxaudit.proposals.block import Block, merged, without, without_repeats
from ctxaudit.proposals.claims import NOT_PROPOSED, Claims, Ground, Inquiry, claims
from ctxaudit.proposals.headings import grouped, headings
from ctxaudit.survey.plan import Plan
from ctxaudit.values import frozen

if TYPE_CHECKING:
    from ctxaudit.proposals.lines import Try

__all__ = ["NOT_PROPOSED", "Block", "Ground", "Proposing", "Style", "headings"]

Style = Literal["auto", "deny", "allow"]
_NO_BLOCK = Block()


@frozen
class Proposing:
    """The builds that read one ignore file, asked for the lines to propose.

    style: "allow" for a block that names what stays. An allow-list of the user's is added to as it is.
    block: as it stands in the file. A line of it stays as long as it drops nothing needed and no other says the same.
    made: the ignore file itself, by its path in the context, where it is a new one there: "" otherwise.
    """

    inquiry: Inquiry
    style: Style
    block: Block
    made: str = ""

    @classmethod
    def of(
        cls,
        grounds: Sequence[Ground],
        others: Sequence[Plan] = (),
        style: Style = "auto",
        block: Block = _NO_BLOCK,
        made: str = "",
    ) -> Proposing:
        """Ask what was found, and what may be needed.

        grounds: one for each build that reads the ignore file, all of one context; each with the file as the user wrote
        it, without our block, surveyed with leaves collected. others: builds that may read it, too, and are not
        audited.
        """
        style = "deny" if grounds[0].is_allow_list or style == "auto" else style
        if style == "allow":
            return cls(Inquiry(grounds, others), style, block, made)
        inquiry = Inquiry(grounds, others, block.patterns)
        return cls(inquiry, style, replace(block, patterns=inquiry.block))

    def proposal(self) -> Proposal:
        """Find the fewest patterns that exclude what was found, without anything that one of the builds may need.

        Raises CtxauditError where an allow-list is asked for and a build does not say what it needs.
        """
        grounds = self.inquiry.grounds
        if self.style == "allow":
            from ctxaudit.proposals.lines import allow_list

            return _proved(grounds, allow_list(self.inquiry, self.made), self.block, allow=True)
        claimed = claims(self.inquiry)
        if not (claimed.unneeded or self.block.patterns):
            return Proposal((), claimed.kept, proof.of(grounds, claimed))  # no line is needed, and none is there
        from ctxaudit.proposals.lines import deny_list

        return _proved(grounds, deny_list(grounds, claimed), self.block, allow=False)


def _proved(grounds: Sequence[Ground], tries: Iterable[Try], block: Block, *, allow: bool) -> Proposal:
    """Take the first list that keeps what it promises; nothing is proposed without a proof."""
    plan = grounds[0].plan
    for claimed, patterns, fixed in tries:
        stays = _harmless(plan, claimed, block)
        new = [line for line in patterns if line not in stays]
        for lines in (merged(stays, new, allow=allow), merged(stays, patterns, allow=allow), patterns):
            # The block's own lines first: the less a proposal changes of what was accepted before, the better.
            check = proof.Check(plan, claimed, lines)
            if check.holds(lines):
                return _shortened(grounds, claimed, lines, fixed.union(stays), check)
    # No list keeps every promise: keep the needed paths whole, and say which of the rest stays.
    lines = stays if allow else _without_loss(plan, claimed, merged(stays, new, allow=allow))
    rest = _as_far_as(claimed, frozenset(proof.Check(plan, claimed, lines).left(lines)))
    return _shortened(grounds, rest, lines, fixed.union(stays), proof.Check(plan, rest, lines))


def _as_far_as(claimed: Claims, left: Collection[str]) -> Claims:
    """Promise only what does not stay, and say of the rest that it does."""
    kept = (Kept(path, "no line excludes it without excluding something needed") for path in claimed.unneeded)
    return replace(
        claimed,
        unneeded=tuple(path for path in claimed.unneeded if path not in left),
        loaded=tuple(one for one in claimed.loaded if one.path not in left),
        for_cache=tuple(path for path in claimed.for_cache if path not in left),
        remade=tuple(one for one in claimed.remade if one.path not in left),
        absent=claimed.absent - frozenset(left),
        kept=(*claimed.kept, *(one for one in kept if one.path in left and one.path not in claimed.absent)),
    )


def _without_loss(plan: Plan, claimed: Claims, lines: list[str]) -> list[str]:
    """Take out the lines that drop something needed."""
    check = proof.Check(plan, claimed, lines)
    while (path := next(check.dropped(lines), None)) is not None:
        lines = without(lines, path, [builder.dialect for builder in plan.build.proved])
    return lines


def _harmless(plan: Plan, claimed: Claims, block: Block) -> list[str]:
    """The block's lines without those that drop something needed."""
    return _without_loss(plan, claimed, [pattern.written for pattern in block.patterns])


def _shortened(
    grounds: Sequence[Ground], claimed: Claims, lines: Sequence[str], stays: Collection[str], check: proof.Check
) -> Proposal:
    """Take out the new lines that are idle, then those that say what others say."""
    fewer = check.trimmed(lines, stays)
    fewest = without_repeats(grounds[0].plan.matcher.patterns, fewer)
    # Order matters where exceptions stand between lines, so that each arrangement is proved anew.
    shortest = next(one for one in (grouped(fewest), fewest, grouped(fewer), fewer) if check.holds(one))
    proved = proof.of(grounds, claimed, shortest, check, stays)
    unmeasured = tuple(_unmeasured(claimed, shortest))
    unsent = tuple(
        line for line in unmeasured if any(map(Matcher([DockerignorePattern(line)]).excludes, claimed.unsent))
    )
    return Proposal(tuple(shortest), claimed.kept, proved, unmeasured=unmeasured, unsent=unsent)


def _unmeasured(claimed: Claims, lines: Sequence[str]) -> Iterator[str]:
    """Give the lines that exclude what this disk lacks, and nothing that a build is sent from it."""
    here = [path for path in claimed.unneeded if path not in claimed.absent]
    for line in lines:
        excludes = Matcher([DockerignorePattern(line)]).excludes
        if any(map(excludes, claimed.absent)) and not any(map(excludes, here)):
            yield line
