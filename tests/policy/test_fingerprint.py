"""A finding's name from run to run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ctxaudit.model import Finding, Location
from ctxaudit.policy.baseline import LENGTH, fingerprints

FOUND = Finding(
    "log", "log", "warning", "a.log", "file", 1, 10, "final", Location("Dockerfile", 2), "is 10B", "seen", "a.log"
)
RULE = replace(FOUND, rule="ignore-file-unread", kind="", path="", type=None, location=Location(".dockerignore", 1))


def name(finding: Finding, target: str = "api") -> str:
    return next(fingerprints(target, [finding]))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(FOUND, bytes=99, files=9, message="is 99B"), id="another size"),
        pytest.param(replace(FOUND, location=Location("Dockerfile", 7)), id="another line"),
        pytest.param(replace(FOUND, location=None, reach="permitted", severity="note"), id="another reach"),
        pytest.param(replace(FOUND, evidence="other words", pattern="*.log"), id="other words"),
    ],
)
def test_it_stays_with(other: Finding) -> None:
    assert name(other) == name(FOUND)


def test_it_differs_by_what_the_finding_is_about() -> None:
    about = [
        name(FOUND),
        name(FOUND, "web"),
        name(replace(FOUND, path="b.log")),
        name(replace(FOUND, rule="other")),
        name(replace(FOUND, path="\udcff")),
        name(RULE),
        name(replace(RULE, location=Location("Dockerfile.dockerignore", 1))),
    ]
    assert (len(set(about)), {len(one) for one in about}) == (7, {LENGTH})


def test_findings_that_are_alike_are_told_apart_by_their_order() -> None:
    assert len(set(fingerprints("api", [FOUND, FOUND, FOUND]))) == 3
    assert list(fingerprints("api", [RULE, FOUND])) == [name(RULE), name(FOUND)]
