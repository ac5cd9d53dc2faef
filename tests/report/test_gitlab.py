"""GitLab's code quality report, held to the fields that its documentation lists."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from golden import WHOLE, golden
from hostile import MANY, NAMES, report_of, report_with
from mutation import mutated, mutations

from ctxaudit.report import Layout, gitlab, printable_text

TEXT = {"type": "string", "minLength": 1}
LINES = {
    "type": "object",
    "required": ["begin"],
    "additionalProperties": False,
    "properties": {"begin": {"type": "integer", "minimum": 1}},
}
LOCATION = {
    "type": "object",
    "required": ["path", "lines"],
    "additionalProperties": False,
    "properties": {"path": {"type": "string", "pattern": "^(?!\\./|/)[^/]"}, "lines": LINES},
}
FIELDS = {
    "description": TEXT,
    "check_name": TEXT,
    "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
    "location": LOCATION,
}
ROW = {"type": "object", "required": [*FIELDS], "additionalProperties": False, "properties": FIELDS}
VALIDATOR = jsonschema_rs.Draft202012Validator({"type": "array", "items": ROW})


@pytest.mark.parametrize("sample", WHOLE)
def test_a_sample_s_report_has_the_documented_fields(sample: str) -> None:
    rows = json.loads(golden(sample, "gitlab").read_bytes())
    assert list(VALIDATOR.iter_errors(rows)) == []
    assert len({row["fingerprint"] for row in rows}) == len(rows)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_report_of_hostile_names_has_the_documented_fields(name: str) -> None:
    rows = json.loads(gitlab.render(report_with(name), Layout()))
    assert list(VALIDATOR.iter_errors(rows)) == []
    of_findings = ["critical", "critical", "major", "info"]
    assert [row["severity"] for row in rows] == ["blocker", "critical", *of_findings, "critical"]
    assert [row["check_name"] for row in rows if row["check_name"].startswith("max-")] == ["max-size"] * 2
    assert len({row["fingerprint"] for row in rows}) == 7


def test_each_of_200_names_has_the_documented_fields_and_its_place() -> None:
    for name in MANY:
        rows = json.loads(gitlab.render(report_with(name), Layout()))
        place = Layout().place(name)
        readings = {place, printable_text(place)}  # GitLab looks a path up by its characters; bytes are escaped
        assert list(VALIDATOR.iter_errors(rows)) == [], ascii(name)
        assert {row["location"]["path"] for row in rows} <= readings, ascii(name)


def test_every_mutation_is_caught() -> None:
    rows = json.loads(gitlab.render(report_with("a"), Layout()))[:1]
    assert [(path, new) for path, new in mutations(rows) if VALIDATOR.is_valid(mutated(rows, path, new))] == []


def test_a_clean_context_is_an_empty_array() -> None:
    assert gitlab.render(report_of(0), Layout()) == "[]\n"
