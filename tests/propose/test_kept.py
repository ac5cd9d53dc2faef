"""What is kept of a path is found without going through all that is kept."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from ctxaudit.model import Kept, Proof, Proposal
from support import processor_limit

PARTS = st.sampled_from(["a", "b", "a.b", "", "é"])
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
KEPT = st.lists(st.builds(Kept, PATHS, st.just("git tracks it"), others=st.lists(PATHS, max_size=3).map(tuple)))


def proposal_of(kept: list[Kept]) -> Proposal:
    return Proposal((), tuple(kept), Proof(0, 0, 0, 0, {}, {}))


@given(KEPT, PATHS)
@example([Kept("a/b", "two"), Kept("a", "one"), Kept("a/b/c", "three")], "a/b/c/d")
@example([Kept("a/b", "two"), Kept("c", "one", others=("a/b/c", "a/d"))], "a")
@example([Kept("a/b", "two"), Kept("a", "one", others=("a/b", "a/b"))], "a/b")
@example([Kept("a.b", "another name"), Kept("a-b/c", "one")], "a")
def test_the_path_itself_comes_before_what_is_in_it_and_that_before_what_it_is_in(kept: list[Kept], path: str) -> None:
    itself = [row for row in kept if path in row.paths]
    inside = [row for row in kept if any(other.startswith(f"{path}/") for other in row.paths)]
    around = [row for row in kept if any(path.startswith(f"{other}/") for other in row.paths)]
    proposal = proposal_of(kept)
    assert proposal.kept_of(path) == (itself or inside or around)
    assert proposal.keeps(path) == bool(itself)


def test_of_twenty_thousand_kept_paths_each_is_found_in_no_time() -> None:
    paths = [f"{number % 100}/src/{number}.log" for number in range(20_000)]
    proposal = proposal_of([Kept(path, "git tracks it") for path in paths])
    with processor_limit(5):
        assert [proposal.kept_of(path)[0].path for path in paths] == paths
