"""A line is idle where the others keep the same promises: found without deciding about every path for every line."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctxaudit.builds.request import request as build_request
from ctxaudit.ignore import DockerignorePattern
from ctxaudit.proposals import Check
from ctxaudit.proposals.claims import Claims, Ground, Inquiry, claims
from ctxaudit.proposals.expected import covers, is_disturbed, without_repeats
from ctxaudit.survey import Session
from ctxaudit.survey.plan import Plan
from support import ctxaudit, make_tree, processor_limit

NAMES = ("a", "b", "dist", "x.log")
PATHS = ["/".join(parts) for depth in (1, 2, 3) for parts in itertools.product(NAMES, repeat=depth)]
SEGMENTS = st.sampled_from([*NAMES, *NAMES, "*", "**", "d*", "*.log", "[ab]"])
PATTERNS = st.builds(
    lambda sign, parts: sign + "/".join(parts),
    st.sampled_from(["", "", "!"]),
    st.lists(SEGMENTS, min_size=1, max_size=3),
)
BASES = {"no line of the user's": "", "a few": "dist\n!dist/a\nb/*\n", "an allow-list": "*\n!a\n!b/*/a\n"}


def simply_idle(check: Check, lines: list[str]) -> list[int]:
    return [at for at in range(len(lines)) if check.holds([*lines[:at], *lines[at + 1 :]])]


def simply_trimmed(check: Check, lines: list[str], stays: set[str]) -> list[str]:
    while (at := next((at for at in simply_idle(check, lines) if lines[at] not in stays), None)) is not None:
        lines = [*lines[:at], *lines[at + 1 :]]
    return lines


def simply_repeated(patterns: list[DockerignorePattern], at: int) -> bool:
    others = [number for number in range(len(patterns)) if number != at and not patterns[at].exception]
    covering = [number for number in others if covers(patterns[number], patterns[at])]
    return any(number > at or not is_disturbed(patterns, number, at) for number in covering)


def simply_without_repeats(user: list[DockerignorePattern], lines: list[str]) -> list[str]:
    patterns = [*user, *map(DockerignorePattern, lines)]
    for one in reversed(patterns[len(user) :]):
        at = next(number for number, other in enumerate(patterns) if other is one)
        if simply_repeated(patterns, at):
            del patterns[at]
    return [one.written for one in patterns[len(user) :]]


Case = tuple[Plan, Claims]


@pytest.fixture(scope="module", params=BASES.values(), ids=BASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    root = make_tree(tmp_path_factory.mktemp("proj"), {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "1"})
    (root / ".dockerignore").write_text(request.param)
    plan = Plan.of(build_request(root))
    grounds = [Ground(plan, Session().survey(plan, collect=True))]
    return plan, claims(Inquiry(grounds, ()))


def checked(case: Case, lines: list[str], wrong: bool) -> Check:
    """Give a check for paths of which the lines hold what is promised; wrong: all but one."""
    plan, claimed = case
    every = Check(plan, replace(claimed, needed=(PATHS,), barred=(), unneeded=tuple(PATHS)), lines)
    left, dropped = set(every.left(lines)), set(every.dropped(lines))
    unneeded, needed = [path for path in PATHS if path not in left], [path for path in PATHS if path not in dropped]
    if wrong:
        unneeded += sorted(left)[:1]
    return Check(plan, replace(claimed, needed=(needed,), barred=(), unneeded=tuple(unneeded)), lines)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(PATTERNS, max_size=7), stays=st.sets(st.integers(0, 6), max_size=2), wrong=st.booleans())
def test_the_idle_lines_are_those_of_the_simple_way(case: Case, lines: list[str], stays: set[int], wrong: bool) -> None:
    kept = {lines[at] for at in stays if at < len(lines)}
    check = checked(case, lines, wrong)
    assert list(check.idle(lines)) == simply_idle(check, lines)
    assert check.trimmed(lines, kept) == simply_trimmed(check, lines, kept)


@settings(max_examples=100, deadline=None)
@given(st.lists(PATTERNS, max_size=3), st.lists(PATTERNS, max_size=7))
def test_the_repeated_lines_are_those_of_the_simple_way(user: list[str], lines: list[str]) -> None:
    own = list(map(DockerignorePattern, user))
    assert without_repeats(own, lines) == simply_without_repeats(own, lines)


@pytest.mark.usefixtures("unmeasured")  # it is about time
def test_a_thousand_proposed_lines_take_seconds(tmp_path: Path) -> None:
    """A project has as many names as a stranger likes, of which no two have a line in common."""
    directories = {f"d{at}/p{at * 7919:x}.egg-info/PKG-INFO": "1" for at in range(1_000)}
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", **directories})
    (tmp_path / "d0/a.py").write_text("1")
    with processor_limit(5):
        answer = ctxaudit("--diff", cwd=tmp_path)
    assert answer.stdout.count(b"\n+d") == 1_000, answer
