"""The JSON report and its schema: each describes the other, whole."""

from __future__ import annotations

import base64
import json
from typing import Any

import jsonschema_rs
import pytest
from golden import SAMPLES, golden
from hostile import MANY, NAMES, report_with
from mutation import at, mutated, mutations, places

from ctxaudit.report import FORMATS, Layout
from support import ctxaudit

SCHEMA = json.loads(ctxaudit("schema").stdout)
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)


def report(name: str) -> dict[str, Any]:
    return json.loads(FORMATS["json"].render(report_with(name), Layout()))


def closed(schema: Any) -> Any:
    """The schema with every object closed, so that a member which it does not describe is an error."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if "required" in inner else inner


CLOSED = jsonschema_rs.Draft202012Validator(closed(SCHEMA))


def test_the_schema_is_one() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["properties"]["schema"] == {"const": report("a")["schema"]}


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_schema_describes_all_of_a_sample_s_report(sample: str) -> None:
    assert list(CLOSED.iter_errors(json.loads(golden(sample, "json").read_bytes()))) == []


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_the_schema_describes_a_report_of_hostile_names(name: str) -> None:
    text = FORMATS["json"].render(report_with(name), Layout())
    assert list(CLOSED.iter_errors(json.loads(text.encode()))) == []
    (finding, *_) = json.loads(text)["targets"][0]["findings"]
    raw = base64.b64decode(finding["path_b64"]) if "path_b64" in finding else finding["path"].encode()
    assert raw == name.encode("utf-8", "surrogateescape")


def test_each_of_200_names_comes_back_as_its_bytes() -> None:
    for name in MANY:
        read = json.loads(FORMATS["json"].render(report_with(name), Layout()).encode())
        (finding, *_) = read["targets"][0]["findings"]
        raw = base64.b64decode(finding["path_b64"]) if "path_b64" in finding else finding["path"].encode()
        assert (list(CLOSED.iter_errors(read)), raw) == ([], name.encode("utf-8", "surrogateescape")), ascii(name)


def test_every_mutation_is_caught() -> None:
    by_builder = {"before", "after"}  # a member there is a builder, and may be missing
    whole = {**report("a"), "targets": report("a")["targets"][:1]}
    missed = [
        (path, new)
        for path, new in mutations(whole)
        if VALIDATOR.is_valid(mutated(whole, path, new))
        and not (new is None and by_builder & set(path[-2:-1]))
        and not (new == 7 and path[-1] == "line")  # null or any line
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("path", "new"),
    [
        pytest.param(("schema",), "ctxaudit-report/2", id="another schema"),
        pytest.param(("targets", 0, "sent", "bytes"), -1, id="a size below nothing"),
        pytest.param(("targets", 0, "findings", 0, "severity"), "fatal", id="a severity that is none"),
        pytest.param(("targets", 0, "findings", 0, "reach"), "far", id="a reach that is none"),
        pytest.param(("targets", 0, "findings", 0, "rule"), "No Rule", id="a rule's name that is none"),
        pytest.param(("targets", 0, "findings", 0, "location", "line"), 0, id="a line before the first"),
        pytest.param(("targets", 0, "comparison", "base_commit"), "main", id="a commit that is none"),
        pytest.param(("targets", 0, "findings", 0, "path_b64"), "?", id="base64 that is none"),
    ],
)
def test_a_wrong_word_is_caught(path: tuple[str | int, ...], new: object) -> None:
    assert not VALIDATOR.is_valid(mutated(report("a"), path, new))


def test_a_member_that_is_added_later_is_tolerated_everywhere() -> None:
    whole = report("a")
    objects = [(), *(path for path in places(whole) if isinstance(at(whole, path), dict))]
    strict = {"before", "after"}  # a member there is a builder
    refused = [
        path
        for path in objects
        if not strict & set(path[-1:]) and not VALIDATOR.is_valid(mutated(whole, (*path, "added"), "later"))
    ]
    assert refused == []
