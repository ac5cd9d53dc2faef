"""The ignore engine against the recorded answers of moby/patternmatcher."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

import ctxaudit
from ctxaudit.errors import PatternError
from ctxaudit.ignore.matcher import Matcher
from support import for_each, rows, text_of

MATCH = [row for row in rows("match_vectors") if row.get("clean_path", True)]


@for_each(rows("parse_cases"))
def test_bytes_become_the_patterns_that_docker_reads(row: dict[str, Any]) -> None:
    data = base64.b64decode(row["content_b64"])
    if "error" in row:
        with pytest.raises(PatternError, match=row["error"]):
            ctxaudit.parse_ignore(data)
    else:
        assert ctxaudit.parse_ignore(data) == text_of(row, "patterns")


def verdict(ask: Callable[[], bool]) -> bool | str:
    try:
        return ask()
    except PatternError as error:
        return str(error)


def differs(row: dict[str, Any], answer: str, ask: Callable[[], bool]) -> bool:
    error = row.get("stepped_error" if answer == "stepped" else "error")
    got = verdict(ask)
    return got is not row[answer] if error is None else not isinstance(got, str) or error not in got


@pytest.mark.parametrize("family", sorted({row["family"] for row in MATCH}))
def test_the_stateless_verdict_is_docker_s(family: str) -> None:
    asked = [row for row in MATCH if row["family"] == family]
    wrong = [
        row["id"]
        for row in asked
        if differs(row, "expected", lambda row=row: ctxaudit.matches(text_of(row, "patterns"), text_of(row, "path")))
    ]
    assert (wrong, bool(asked)) == ([], True)


@pytest.mark.parametrize("family", sorted({row["family"] for row in MATCH}))
def test_the_walk_s_verdict_is_docker_s(family: str) -> None:
    asked = [row for row in MATCH if row["family"] == family]
    wrong = [
        row["id"]
        for row in asked
        if differs(
            row,
            "stepped",
            lambda row=row: Matcher.of(text_of(row, "patterns")).trail(text_of(row, "path")).excluded,
        )
    ]
    assert (wrong, bool(asked)) == ([], True)
