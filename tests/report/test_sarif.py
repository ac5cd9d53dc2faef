"""SARIF: its form, its places, its names from run to run, and the receiver's limits."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema_rs
import pytest
from golden import WHOLE, golden
from hostile import MANY, NAMES, finding, report_of, report_with
from mutation import mutated, mutations

from ctxaudit.model import Budget, Gate, Report
from ctxaudit.report import Layout, sarif
from ctxaudit.rules import kinds
from support import TESTS, ctxaudit, git, make_tree

# The OASIS schema is not ours to ship; this is the part that is written, closed, after the specification.
SCHEMA = json.loads((TESTS / "report/sarif-2.1.0-part.schema.json").read_bytes())
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)


def document(report: Report, layout: Layout | None = None) -> dict[str, Any]:
    return json.loads(sarif.render(report, layout or Layout()))


@pytest.mark.parametrize("sample", WHOLE)
def test_a_sample_s_report_is_valid(sample: str) -> None:
    assert list(VALIDATOR.iter_errors(json.loads(golden(sample, "sarif").read_bytes()))) == []


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_report_of_hostile_names_is_valid(name: str) -> None:
    assert list(VALIDATOR.iter_errors(document(report_with(name)))) == []


def test_a_broken_budget_and_one_that_cannot_be_judged_are_notifications() -> None:
    budgets = (
        Budget("max-size", "1kB", 1000, 5678),
        Budget("max-files", "9", 9, 3),
        Budget("max-files", "9%", 1, None),
    )
    (target,) = report_of(0).targets
    (run,) = document(Report((replace(target, gate=Gate("error", 0, budgets)),)))["runs"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [(note["level"], note["message"]["text"]) for note in notes] == [
        ("error", "over budget: 5.68kB sent, max-size is 1kB: 4.68kB too much"),
        ("warning", "budget unknown: max-files is 9%, and what is sent is not known"),
    ]


def test_every_mutation_is_caught() -> None:
    whole = document(Report(report_with("a").targets[:1]))
    free = {"properties"}  # a bag of ours, and what may be missing
    missing = {"fixes", "logicalLocations", "security-severity"}
    missed = [
        (path, new)
        for path, new in mutations(whole)
        if VALIDATOR.is_valid(mutated(whole, path, new))
        and not (free & set(path[:-1]) and "rules" not in path)
        and not (new is None and path[-1] in missing)
    ]
    assert missed == []


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_an_address_is_relative_and_gives_the_name_back(name: str) -> None:
    (result, *_) = document(report_with(name))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    wanted = Layout().place(name).encode("utf-8", "surrogateescape")
    assert (unquote_to_bytes(place["uri"]), place["uriBaseId"]) == (wanted, "%SRCROOT%")


def test_each_of_200_names_is_valid_and_comes_back() -> None:
    for name in MANY:
        read = document(report_with(name))
        uri = read["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        found = list(VALIDATOR.iter_errors(read)), unquote_to_bytes(uri)
        assert found == ([], Layout().place(name).encode("utf-8", "surrogateescape")), ascii(name)


def test_brackets_in_a_message_make_no_link() -> None:
    (result, *_) = document(report_with("[a](1)\\"))["runs"][0]["results"]
    assert result["message"]["text"].startswith("\\[a\\](1)\\\\ is 1234B")


def test_a_place_is_that_of_the_repository_wherever_ctxaudit_is_started(tmp_path: Path) -> None:
    root = make_tree(
        tmp_path / "r", {"a b/Dockerfile": "FROM scratch\nCOPY . /\n", "a b/.env": "PASSWORD=hunter2hunter"}
    )
    git(root, "init", "-q")
    runs = [
        json.loads(ctxaudit(where, "--format", "sarif", cwd=cwd).stdout)["runs"][0]
        for where, cwd in (("a b", root), (".", root / "a b"), (str(root / "a b"), root))
    ]
    assert runs[0] == runs[1]
    keys = ("automationDetails", "results")
    assert [runs[0][key] for key in keys] == [runs[2][key] for key in keys]
    (secret,) = (result for result in runs[0]["results"] if result["ruleId"] == "secret-dotenv")
    assert secret["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/Dockerfile", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 2},
    }
    assert runs[0]["automationDetails"]["id"] == "ctxaudit/a b/Dockerfile/"
    (change,) = secret["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "a%20b/.dockerignore"
    assert "**/.env\n" in change["replacements"][0]["insertedContent"]["text"]


@pytest.mark.parametrize("sample", WHOLE)
def test_every_place_is_a_file_of_the_sample(samples: Path, sample: str) -> None:
    runs = json.loads(golden(sample, "sarif").read_bytes())["runs"]
    for result in (result for run in runs for result in run["results"]):
        place = result["locations"][0]["physicalLocation"]
        file = samples / "sample_repos/.made" / sample / place["artifactLocation"]["uri"].removeprefix(f"{sample}/")
        assert place["region"]["startLine"] <= file.read_bytes().count(b"\n") + 1


def test_growth_and_an_edit_keep_a_fingerprint_and_another_path_has_another() -> None:
    def fingerprint(**changes: Any) -> str:
        one = replace(finding("a"), **changes)
        (run,) = document(Report((replace(report_of(0).targets[0], findings=(one,)),)))["runs"]
        return run["results"][0]["partialFingerprints"]["ctxauditFinding/v1"]

    first = finding("a")
    assert first.location is not None
    grown = {"bytes": 9, "files": 7, "message": "other", "location": replace(first.location, line=99)}
    assert fingerprint() == fingerprint(**grown)
    assert len({fingerprint(), fingerprint(path="b"), fingerprint(rule="secret-npmrc")}) == 3


def test_only_a_secret_has_a_severity_of_security() -> None:
    everything = tuple(finding("a", "warning", kind.name) for kind in kinds.ALL)
    (run,) = document(Report((replace(report_of(0).targets[0], findings=everything),)))["runs"]
    rated = {rule["id"] for rule in run["tool"]["driver"]["rules"] if "security-severity" in rule["properties"]}
    assert rated == {kind.name for kind in kinds.ALL if kind.category == "secrets"}
    assert list(VALIDATOR.iter_errors(document(Report((replace(report_of(0).targets[0], findings=everything),))))) == []


@pytest.mark.parametrize(
    ("rule", "page"),
    [
        pytest.param("secret-npmrc", "build/building/secrets/", id="a secret: how a build gets one"),
        pytest.param("copy-source-ignored", "reference/build-checks/copy-ignored-file/", id="BuildKit's own check"),
        pytest.param("git-context", "build/concepts/context/#git-repositories", id="a context that is fetched"),
        pytest.param("node-modules", "build/concepts/context/#dockerignore-files", id="all others: ignore files"),
    ],
)
def test_a_rule_names_the_page_of_docker_on_its_subject(rule: str, page: str) -> None:
    one = finding("a", "warning", rule)
    (run,) = document(Report((replace(report_of(0).targets[0], findings=(one,)),)))["runs"]
    assert run["tool"]["driver"]["rules"][0]["helpUri"] == f"https://docs.docker.com/{page}"


def test_each_build_has_a_category_of_its_own() -> None:
    ids = [run["automationDetails"]["id"] for run in document(report_with("a"))["runs"]]
    assert ids == ["ctxaudit/a/", "ctxaudit/a 2/", "ctxaudit/not looked at/"]


def notes(run: dict[str, Any]) -> list[str]:
    return [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]


def test_the_least_severe_beyond_the_limit_are_left_out_and_counted() -> None:
    assert (sarif.RUNS, sarif.RESULTS, sarif.BYTES) == (20, 25_000, 10_000_000)
    (run,) = json.loads(sarif.fitted(report_of(13), Layout(), 10, sarif.BYTES))["runs"]
    assert [result["properties"]["bytes"] for result in run["results"]] == [10**6 - number for number in range(10)]
    assert notes(run) == ["3 findings omitted, the least severe, as code scanning takes no more"]


def test_builds_beyond_the_limit_are_left_out_the_harmless_first() -> None:
    clean, flagged = report_of(0).targets[0], report_of(1).targets[0]
    targets = [replace(clean, dockerfile=f"{number}", name=f"{number}") for number in range(25)]
    targets[24] = replace(flagged, dockerfile="24", name="24")
    runs = document(Report(tuple(targets)))["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == [f"ctxaudit/{number}/" for number in (*range(19), 24)]
    assert notes(runs[-1]) == ["5 builds omitted, as a file may hold 20; audit them apart"]


def test_a_file_that_would_be_too_large_holds_fewer_results() -> None:
    dice = random.Random(1)
    findings = tuple(finding("".join(dice.choices("0123456789abcdef", k=4000)), "warning") for _ in range(40))
    text = sarif.fitted(Report((replace(report_of(0).targets[0], findings=findings),)), Layout(), 40, 50_000)
    (run,) = json.loads(text)["runs"]
    assert len(gzip.compress(text.encode(), mtime=0)) <= 50_000
    assert len(run["results"]) == 10
    assert notes(run) == ["30 findings omitted, the least severe, as code scanning takes no more"]
