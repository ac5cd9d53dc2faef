"""Both verdicts, what a verdict knows, and when nothing below can change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit.errors import PatternError
from ctxaudit.ignore.file import IgnoreFile
from ctxaudit.ignore.matcher import Matcher, ancestry

NAMES = st.sampled_from(["a", "b", "ab", "c.md", "x|y"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
SEGMENTS = st.sampled_from(["a", "b", "ab", "*", "**", "?", "a*", "*.md", "**b", "a**", "[ab]", "[^a]", "x|y*", "c.md"])
PATTERNS = st.builds(
    lambda exception, segments: "!" * exception + "/".join(segments),
    st.booleans(),
    st.lists(SEGMENTS, min_size=1, max_size=3),
)


@pytest.mark.parametrize(
    ("patterns", "path", "stateless", "walked"),
    [
        pytest.param(["**/*.md", "!docs"], "docs/a.md", False, True, id="an exception for a directory that was in"),
        pytest.param(["**/*.log", "!logs/**"], "logs/a.log", False, False, id="an exception for the file itself"),
        pytest.param(["**", "!src"], "src/b/c", False, False, id="an exception for a directory that was out"),
        pytest.param(["a", "!a/b", "a"], "a/b", True, False, id="an exclusion repeated after its exception"),
        pytest.param(["*", "!src/keep", "src/**"], "src/keep", True, True, id="a later exclusion of the file itself"),
    ],
)
def test_the_two_verdicts(patterns: list[str], path: str, stateless: bool, walked: bool) -> None:
    matcher = Matcher.of(patterns)
    assert (matcher.excludes(path), matcher.trail(path).excluded) == (stateless, walked)


def test_a_verdict_knows_the_pattern_its_file_and_its_line() -> None:
    matcher = Matcher(IgnoreFile.read(".dockerignore", b"*\n!src\nsrc/tmp\n").patterns)
    by = [matcher.trail(path).by for path in ("a", "src/x", "src/tmp/x")]
    assert [pattern and (pattern.where, pattern.written) for pattern in by] == [
        (".dockerignore:1", "*"),
        (".dockerignore:2", "!src"),
        (".dockerignore:3", "src/tmp"),
    ]


def test_the_steps_say_what_was_not_asked() -> None:
    matcher = Matcher.of(["a", "!a/b", "a"])
    assert [(step.pattern.written, step.at, step.skipped) for step in matcher.steps("a/b")] == [
        ("a", "a", False),
        ("!a/b", "a/b", False),
        ("a", "a", True),
    ]


@settings(max_examples=500)
@given(st.lists(PATTERNS, max_size=6), PATHS)
def test_below_a_final_directory_the_verdict_stays(patterns: list[str], path: str) -> None:
    try:
        matcher = Matcher.of(patterns)
    except PatternError:
        return
    *parents, _ = ancestry(path)
    for parent in parents:
        trail = matcher.trail(parent)
        if matcher.final_below(parent, trail):
            assert matcher.trail(path).excluded is trail.excluded


@settings(max_examples=500)
@given(st.lists(PATTERNS, max_size=6), PATHS)
def test_the_verdicts_agree_where_they_are_said_to(patterns: list[str], path: str) -> None:
    try:
        matcher = Matcher.of(patterns)
    except PatternError:
        return
    if not matcher.may_disagree and not matcher.trail(path).excluded:
        assert not matcher.excludes(path)
