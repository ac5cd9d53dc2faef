"""Budgets, what counts, and the verdict of a report."""

from __future__ import annotations

import json
from contextlib import chdir, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.__main__ import main
from ctxaudit.model import Budget, Gate
from support import git, make_tree

FILES = {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "x" * 900, "deep/b": "x" * 78}  # 1,000 bytes in 3 files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "p", FILES)


def status_of(root: Path, *arguments: str) -> int:
    with chdir(root), redirect_stdout(TextIOWrapper(BytesIO())):
        return main(arguments)


def said_by(root: Path, *arguments: str) -> str:
    with chdir(root), redirect_stdout(TextIOWrapper(BytesIO(), "utf-8")) as stdout:
        main(arguments)
    return stdout.buffer.getvalue().decode()


def report(root: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said_by(root, "--format", "json", *arguments))
    return found["targets"][0]


@pytest.mark.parametrize(
    ("option", "said", "status"),
    [
        pytest.param(
            "--max-size=999", "over budget: 1.00kB sent, max-size is 999B: 1B too much", 1, id="a byte too much"
        ),
        pytest.param("--max-size=1kB", "", 0, id="exactly the size"),
        pytest.param("--max-size=1KiB", "", 0, id="a binary size"),
        pytest.param("--max-files=2", "over budget: 3 files sent, max-files is 2: 1 file too many", 1, id="files"),
        pytest.param("--max-files=3", "", 0, id="exactly the files"),
    ],
)
def test_a_budget_decides_the_exit_status(root: Path, option: str, said: str, status: int) -> None:
    assert [line for line in said_by(root, option).splitlines() if "max-" in line] == ([said] if said else [])
    assert (status_of(root, option), status_of(root, option, "--check")) == (status, status)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        pytest.param((), "there is nothing to compare with: name a commit, as --base origin/main", id="no base"),
        pytest.param(("--base=main",), "what changed since the base is not known", id="outside of a repository"),
    ],
)
@pytest.mark.parametrize("action", [(), ("--check",), ("--format=markdown",), ("--format=html",)], ids=repr)
def test_growth_that_cannot_be_judged_says_what_helps(
    root: Path, options: tuple[str, ...], why: str, action: tuple[str, ...]
) -> None:
    arguments = ("--max-growth=5MB", *options, *action)
    said = " ".join(said_by(root, *arguments).replace("`", "").split())
    assert f"budget unknown: max-growth is 5MB, and {why}" in said
    assert status_of(root, *arguments) == 2


TRACKED = {**FILES, ".env": "PASSWORD=hunter2hunter2\n"}
ERROR = "error[secret-dotenv] Dockerfile:2: .env is 24B: looks like it holds secrets (in the final image)"


@pytest.mark.parametrize(
    ("options", "said", "status"),
    [
        pytest.param((), ERROR, 1, id="a secret that git tracks, which is not proposed to go"),
        pytest.param(("--fail-on=never",), "", 0, id="where no finding is to fail it"),
        pytest.param(("--ignore=secret-dotenv",), "", 0, id="where that is not reported"),
        pytest.param(("--baseline=known.json",), "", 0, id="where it is known"),
    ],
)
def test_check_fails_as_the_audit_does(tmp_path: Path, options: tuple[str, ...], said: str, status: int) -> None:
    root = make_tree(tmp_path / "p", {**TRACKED, ".dockerignore": ".git\nknown.json\n"})
    git(root, "init", "-q")
    git(root, "add", "-A")
    assert status_of(root, "--baseline=known.json", "--update-baseline") == 0
    found = " ".join(said_by(root, "--check", *options).split())
    assert (said in found, "hunter2" in found, "secret-dotenv" in found) == (True, False, bool(said))
    assert (status_of(root, "--check", *options), status_of(root, *options)) == (status, status)


def test_verbose_says_what_holds(root: Path) -> None:
    said = said_by(root, "-v", "--max-size=1kB")
    assert "within budget: 1.00kB sent, max-size is 1.00kB" in said


@pytest.mark.parametrize(
    ("growth", "verdict", "limit"),
    [("99", "failed", 99), ("100", "passed", 100), ("10%", "passed", 100), ("9.9%", "failed", 99)],
)
def test_growth_is_since_the_base(root: Path, growth: str, verdict: str, limit: int) -> None:
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "1")
    git(root, "checkout", "-q", "-b", "work")
    make_tree(root, {"c": "x" * 100})
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "2")
    gate = report(root, "--base=main", f"--max-growth={growth}", "--ignore=vcs-*")["gate"]
    assert gate == {
        "verdict": verdict,
        "fail_on": "error",
        "failing": 0,
        "budgets": [{"name": "max-growth", "given": growth, "limit": limit, "actual": 100, "verdict": verdict}],
    }


def test_a_new_build_may_grow_by_no_share(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "r", {"readme": "x"})
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "1")
    git(root, "checkout", "-q", "-b", "work")
    make_tree(root, {"p/" + name: text for name, text in FILES.items()})
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "2")
    budget = report(root / "p", "--base=main", "--max-growth=10%")["gate"]["budgets"][0]
    assert (budget["limit"], budget["actual"], budget["verdict"]) == (0, 1000, "failed")


def test_what_fails_outweighs_what_is_unknown() -> None:
    unknown, failed, passed = Budget("max-growth", "1B", None, None), Budget("a", "", 1, 2), Budget("a", "", 2, 2)
    assert Gate("error", 0, (unknown, failed, passed)).verdict == "failed"
    assert Gate("error", 0, (unknown, passed)).verdict == "unknown"
    assert Gate("error", 1, (unknown, passed)).verdict == "failed"
    assert Gate("error", 0, (passed,)).verdict == "passed"


SECRET = "-----BEGIN RSA PRIVATE KEY-----\nx\n"


@pytest.mark.parametrize(
    ("options", "rules", "status"),
    [
        pytest.param([], ["secret-private-key", "os-macos"], 1, id="all"),
        pytest.param(["--fail-on=never"], ["secret-private-key", "os-macos"], 0, id="nothing fails"),
        pytest.param(["--select=os-*"], ["os-macos"], 0, id="some are selected"),
        pytest.param(["--ignore=secret-private-key"], ["os-macos"], 0, id="one is not wanted"),
        pytest.param(["--select=os-*", "--ignore=os-*"], [], 0, id="ignore wins"),
        pytest.param(["--select=secrets"], ["secret-private-key"], 1, id="a category is selected"),
        pytest.param(["--ignore=secrets"], ["os-macos"], 0, id="a category is not wanted"),
        pytest.param(["--ignore=continuous-integration"], ["secret-private-key", "os-macos"], 1, id="with a hyphen"),
        pytest.param(["--exclude=certs"], ["os-macos"], 0, id="a directory is left out"),
        pytest.param(["--exclude=**/*.key"], ["os-macos"], 0, id="a pattern as in an ignore file"),
        pytest.param(["--exclude=*", "--exclude=!certs"], ["secret-private-key"], 1, id="an exception"),
    ],
)
def test_what_counts_is_chosen(root: Path, options: list[str], rules: list[str], status: int) -> None:
    make_tree(root, {"certs/a.key": SECRET, ".DS_Store": "\0\0\0\1Bud1"})
    found = report(root, "--ignore=docker-*", *options)
    counted = [one["rule"] for one in found["findings"]]
    assert sorted(counted) == sorted(rules)
    assert found["withheld"] == {"suppressed": 0, "secrets": 0, "deselected": 3 - len(rules), "known": 0}
    assert status_of(root, *options, "--ignore=docker-*") == status


def test_a_table_asks_more_of_one_target(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(
        root, {"ctxaudit.toml": 'max-files = 9\n[[target]]\nname = "Dockerfile"\nmax-files = 2\nfail-on = "never"\n'}
    )
    assert [one["verdict"] for one in report(root)["gate"]["budgets"]] == ["failed"]
    assert report(root)["gate"]["fail_on"] == "never"
    assert report(root, "-f", "./Dockerfile")["gate"]["fail_on"] == "never"
    monkeypatch.setenv("CTXAUDIT_MAX_FILES", "8")
    assert report(root)["gate"]["budgets"][0]["limit"] == 8
    assert report(root, "--max-files=7")["gate"]["budgets"][0]["limit"] == 7


def test_a_table_may_choose_by_context(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "r", {f"{name}/{file}": text for name in "ab" for file, text in FILES.items()})
    make_tree(root, {".git/HEAD": "", "ctxaudit.toml": '[[target]]\ncontext = "a"\nmax-files = 2\n'})
    assert [len(report(root, name)["gate"]["budgets"]) for name in ("a", "b")] == [1, 0]
    assert len(report(root / "a")["gate"]["budgets"]) == 1


def test_a_budget_of_nothing_and_one_without_end(root: Path) -> None:
    assert status_of(root, "--max-size=0") == 1
    assert status_of(root, "--max-size=999999999999999999EB") == 0
