"""What is proposed, and its proof, in a few lines."""

from __future__ import annotations

from ctxaudit import printable, units
from ctxaudit.model import BUILDER_TITLES, Proposal


def summary(name: str, proposal: Proposal, *, changed: bool, written: bool) -> list[str]:
    """Say what changes, what each builder is then sent, that nothing needed is lost, and what stays and why."""
    patterns = units.count(len(proposal.patterns), "line")
    shown = printable.name(name)
    if not changed:
        lines = [f"{shown}: nothing to change."]
    elif proposal.patterns:
        lines = [f"{shown}: {patterns} of ctxaudit's {'written' if written else 'proposed'}."]
    else:
        lines = [f"{shown}: ctxaudit's block {'is gone' if written else 'may go'}."]
    proof = proposal.proof
    for builder, before in proof.before.items():
        after = proof.after[builder]
        lines.append(
            f"  {BUILDER_TITLES[builder]}: {units.size(before.bytes)} in {units.count(before.files, 'file')}"
            f" -> {units.size(after.bytes)} in {units.count(after.files, 'file')}"
        )
    shared = f", for all {proof.builds} builds together" if proof.builds > 1 else ""
    lines.append(f"  {proof.dropped} of {units.count(proof.needed, 'needed path')} dropped{shared}")
    if len(proposal.patterns) > proof.retained:
        active = units.count(len(proposal.patterns) - proof.retained, "line")
        lines.append(f"  {proof.idle} of {active} idle: without any other, waste comes back or something is lost")
    if proof.retained:
        retained = units.count(proof.retained, "line")
        lines.append(f"  {retained} of the block kept for other machines, without effect here (--prune takes out such)")
    if proof.secrets:
        what = units.count(len(proof.secrets), "secret")
        lines.append(
            f"  {what} excluded although a framework loads it: an image built here loses it, as one from CI does"
        )
    lines += [f"  secret: {printable.name(one.path)}: {one.reason}" for one in proof.secrets]
    lines += [f"  kept: {printable.name(kept.path)}: {kept.reason}" for kept in proposal.kept]
    return lines
