"""A report that comes as a file is read as far as it is what it should be, and no further."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from golden import SAMPLES, golden
from hostile import NAMES, report_with
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ctxaudit.errors import CtxauditError
from ctxaudit.model import Report
from ctxaudit.report import Layout, markdown, received


def received_of(report: Report, folder: Path) -> Report:
    file = folder / "report.json"
    file.write_text(json.dumps(report.to_dict()))
    return received.read(os.fspath(file))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_report_says_the_same_after_the_way_through_json(tmp_path: Path, name: str) -> None:
    report = report_with(name)
    assert markdown.render(received_of(report, tmp_path), Layout()) == markdown.render(report, Layout())


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_report_of_a_sample_is_read(sample: str) -> None:
    document = json.loads(golden(sample, "json").read_text())
    report = received.read(os.fspath(golden(sample, "json")))
    assert report.to_dict() == without_largest(document)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_report_that_was_read_is_written_as_it_was(tmp_path: Path, name: str) -> None:
    report = report_with(name)
    assert received_of(report, tmp_path).to_dict() == without_largest(report.to_dict())


def without_largest(document: dict[str, Any]) -> dict[str, Any]:
    """Take away what a reader passes over."""
    return {**document, "targets": [{**target, "largest": []} for target in document["targets"]]}


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    document = report_with("a").to_dict()
    change(document)
    return json.dumps(document)


DEEP = "[" * 200_000 + "]" * 200_000
WRONG = [
    pytest.param("", "this is not JSON", id="nothing"),
    pytest.param(DEEP, "this is not JSON", id="arrays without end"),
    pytest.param('{"schema": 1' + "0" * 5000 + "}", "this is not JSON", id="a number without end"),
    pytest.param("[]", "schema says something else", id="an array"),
    pytest.param('{"schema": "ctxaudit-report/2"}', "schema says something else", id="another schema"),
    pytest.param('{"schema": "ctxaudit-report/1"}', "targets is not an array", id="no targets"),
    pytest.param(" " * 5_000_001, "a report of more than 5,000,000 bytes is not read", id="five megabytes"),
    pytest.param(
        changed(lambda one: one["targets"][0].update(name=1)),
        "targets[0].name is not of type str",
        id="a number for a name",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["sent"].update(bytes=True)),
        "targets[0].sent.bytes is not of type int",
        id="a truth for a number",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["sent"].update(bytes=10**4000)),
        "targets[0].sent.bytes is too great",
        id="a number that is no size",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0].update(severity="fatal")),
        "targets[0].findings[0].severity is not one of error, warning, note",
        id="a word that is none",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0].update(path="\ud800")),
        "targets[0].findings[0].path is not a string",
        id="half a character",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0].update(path_b64="?")),
        "targets[0].findings[0].path_b64 is not base64",
        id="bytes that are none",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0].update(severity_b64="PGI+")),
        "targets[0].findings[0].severity_b64 stands beside what is not a string",
        id="a word in base64",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0]["location"].update(line_b64="MSk=")),
        "targets[0].findings[0].location.line_b64 stands beside what is not a string",
        id="a number in base64",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0].update(rule="<img src=x>")),
        "targets[0].findings[0].rule is not what the schema says",
        id="markup for the name of a rule",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0].update(rule="a\n")),
        "targets[0].findings[0].rule is not what the schema says",
        id="a line break behind the name of a rule",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0].update(rule_b64="PGI+")),
        "targets[0].findings[0].rule_b64 stands beside what is not a string",
        id="the name of a rule in base64",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0]["location"].update(line=0)),
        "targets[0].findings[0].location.line is not what the schema says",
        id="a line before the first",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["findings"][0].update(bytes=-1)),
        "targets[0].findings[0].bytes is not what the schema says",
        id="less than nothing",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0].update(builder="<img src=x>")),
        "targets[0] has a builder of no such name as builders have",
        id="markup for the name of a builder",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["proposal"].update(after={})),
        "targets[0].proposal has nothing about its own builder",
        id="a proposal without its builder",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0].update(arguments=[{"argument": "."}, {"argument": "--write"}])),
        "targets[0].arguments does more than name a build",
        id="a command that writes",
    ),
    pytest.param(
        changed(lambda one: one.update(arguments=[{"argument": "--output"}, {"argument": "json=/etc/passwd"}])),
        "arguments does more than name a build",
        id="a command that writes a file",
    ),
    pytest.param(
        changed(lambda one: one.update(arguments=["."])), "arguments[0] is not an object", id="a bare argument"
    ),
    pytest.param(
        changed(lambda one: one["shared_contexts"][0].update(builds=[{"name": "web"}])),
        "shared_contexts[0].builds is not what the schema says",
        id="a shared context of one build",
    ),
    pytest.param(
        changed(lambda one: one["targets"][0]["proposal"].update(proof=[])),
        " is not an object",
        id="a proof that is none",
    ),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_no_report_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(CtxauditError) as caught:
        received.read(os.fspath(file))
    assert caught.value.where == os.fspath(file)
    assert caught.value.what.removeprefix("this is not a ctxaudit-report/1: ").endswith(said)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda file: None, id="nothing"),
        pytest.param(Path.mkdir, id="a directory"),
        pytest.param(os.mkfifo, id="a FIFO"),
        pytest.param(lambda file: file.symlink_to("/etc/passwd"), id="a link out of the archive"),
    ],
)
def test_only_a_regular_file_is_read(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "report.json")
    with pytest.raises(CtxauditError, match="this is not a file, or it cannot be read"):
        received.read(os.fspath(tmp_path / "report.json"))


def test_members_that_nobody_knows_are_passed_over(tmp_path: Path) -> None:
    document = {**report_with("a").to_dict(), "later": 1}
    document["targets"][0]["later"] = {"a": []}
    (tmp_path / "report.json").write_text(json.dumps(document))
    assert len(received.read(os.fspath(tmp_path / "report.json")).targets) == 2


def test_a_report_of_an_older_version_is_read_without_what_it_lacks(tmp_path: Path) -> None:
    document = report_with("a").to_dict()
    (target, _) = document["targets"]
    for holder, name in ((document, "arguments"), (target, "arguments"), (target["comparison"], "git_ignored")):
        del holder[name]
    del target["comparison"]["changes"][0]["instruction"]
    (tmp_path / "report.json").write_text(json.dumps(document))
    report = received.read(os.fspath(tmp_path / "report.json"))
    audit = report.targets[0]
    assert (report.arguments, audit.arguments) == (None, ())
    assert audit.comparison is not None
    assert (audit.comparison.git_ignored, audit.comparison.changes[0].instruction) == ((), "")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(list(NAMES.values())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in pairs for place in places(inner, (*path, key)))]


def replaced(document: Any, place: tuple[Any, ...], value: object) -> Any:
    if not place:
        return value
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return document


PLACES = places(report_with("a").to_dict())


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=ANYTHING)
@example(place=("shared_contexts", 0, "builds"), value=[])
def test_whatever_stands_in_a_report_it_is_refused_or_shown(
    tmp_path: Path, place: tuple[Any, ...], value: object
) -> None:
    file = tmp_path / "report.json"
    file.write_text(json.dumps(replaced(report_with("a").to_dict(), place, value)))
    try:
        report = received.read(os.fspath(file))
    except CtxauditError as error:
        assert error.where == os.fspath(file)
    else:
        assert markdown.render(report, Layout(blob="https://forge.test/"))
