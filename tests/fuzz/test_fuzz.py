"""No input ends in a traceback, an unknown status or a long wait; `python tests/fuzz/run.py` tries many more."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.running import Ran, input_of, run
from fuzz.targets import TARGETS, Documents, Input, Manifests, Target

INPUTS = 40
each_target = pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])


@each_target
def test_inputs_end_in_a_status_and_most_are_read(
    tmp_path: Path, target: Target | Documents | Manifests, request: pytest.FixtureRequest
) -> None:
    if target.name == "dockerfile":  # measured, some of its inputs take the ten seconds that each has
        request.getfixturevalue("unmeasured")
    answers = [run(input_of(target, 1, number), os.fspath(tmp_path)) for number in range(INPUTS)]
    assert {number: answer.fault for number, answer in enumerate(answers) if answer.fault} == {}
    assert sum(answer.refused for answer in answers) < INPUTS / 2


@each_target
@settings(max_examples=5, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_inputs_that_hypothesis_can_shrink_end_in_a_status(
    target: Target | Documents | Manifests, data: st.DataObject
) -> None:
    given_input = target.input(data.draw(st.randoms(use_true_random=False)))
    assert (run(given_input).fault, given_input) == ("", given_input)


def test_an_input_is_made_anew_from_its_seed_and_number() -> None:
    for target in TARGETS:
        assert input_of(target, 7, 3) == target.input(Random(f"7/{target.name}/3"))


@pytest.mark.parametrize(
    ("arguments", "status", "fault"),
    [
        pytest.param(("audit", ".", "--no-config"), 0, "", id="a report"),
        pytest.param(("audit", "--no-such-option"), 2, "", id="a usage error"),
        pytest.param(("audit", "missing"), 2, "", id="an error"),
    ],
)
def test_the_judge_of_an_answer(arguments: tuple[str, ...], status: int, fault: str) -> None:
    answer = run(Input({}, (*arguments, *(("--fail-on", "never") if status == 0 else ()))))
    assert (answer.status, answer.fault) == (status, fault)


def test_an_exception_of_the_command_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> int:
        raise IndexError("x")

    monkeypatch.setattr("fuzz.running.main", broken)
    answer: Ran = run(Input({}, ("audit",)))
    assert answer.fault.endswith("IndexError: x\n")
