"""Of lines that cannot all be proved, those are proposed that can."""

from __future__ import annotations

from pathlib import Path

from ctxaudit.builds.request import request
from ctxaudit.model import Kept
from ctxaudit.proposals import Block, Ground, _proved
from ctxaudit.proposals.claims import Inquiry, claims
from ctxaudit.proposals.lines import Try
from ctxaudit.survey import Session
from ctxaudit.survey.plan import Plan
from support import make_tree


def test_only_the_line_that_drops_something_needed_is_omitted(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM scratch\nCOPY . /\n", "a.log": "1", "src/a.py": "1", "src/__pycache__/a.pyc": "1"}
    make_tree(tmp_path, files)
    plan = Plan.of(request(tmp_path), wide=True)
    grounds = [Ground(plan, Session().survey(plan, collect=True))]
    proposal = _proved(grounds, [Try(claims(Inquiry(grounds, ())), ["**/*.log", "src"])], Block(), allow=False)
    assert proposal.patterns == ("**/*.log",)
    assert proposal.kept == (Kept("src/__pycache__", "no line excludes it without excluding something needed"),)
    assert proposal.proof.dropped == 0
