"""A file of what a project knows of: only what is new fails."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.__main__ import main
from support import as_nobody, git, let_everyone_in, make_tree, started

KEY = "-----BEGIN RSA PRIVATE KEY-----\nx\n"
FILES = {"Dockerfile": "FROM scratch\nCOPY . /\n", "a.key": KEY, ".gitignore": "x\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "r", FILES)


def run(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with chdir(root):
        status = main(arguments)
    return status, *capsys.readouterr()


def report(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(capsys, root, "--format=json", *arguments)[1])
    return found


KNOWN = "--baseline=known.json"


def test_what_is_known_fails_no_more_and_is_counted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, root)[0] == 1
    assert run(capsys, root, KNOWN, "--update-baseline")[0] == 0
    assert run(capsys, root, KNOWN)[0] == 0
    found = report(capsys, root, KNOWN)
    known = len(json.loads((root / "known.json").read_bytes())["findings"])
    assert (found["targets"][0]["findings"], found["targets"][0]["withheld"]["known"]) == ([], known)
    assert found["baseline"] == {"file": "known.json", "known": known, "stale": []}
    assert f"{known} findings known from the baseline." in run(capsys, root, KNOWN)[1]


def test_what_is_new_fails(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, root, KNOWN, "--update-baseline")
    make_tree(root, {"b.key": KEY})
    assert run(capsys, root, KNOWN)[0] == 1
    assert [one["path"] for one in report(capsys, root, KNOWN)["targets"][0]["findings"]] == ["b.key"]


def test_growth_and_moved_lines_are_not_new(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, root, KNOWN, "--update-baseline")
    make_tree(root, {"a.key": KEY * 9, "Dockerfile": "FROM scratch\n\n\nCOPY . /\n"})
    assert run(capsys, root, KNOWN)[0] == 0


def test_what_is_gone_is_said_and_taken_out(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, root, KNOWN, "--update-baseline")
    (root / "a.key").unlink()
    status, said, _ = run(capsys, root, KNOWN)
    assert (status, "1 finding of known.json gone: a.key; --update-baseline takes them out." in said) == (0, True)
    assert [one["path"] for one in report(capsys, root, KNOWN)["baseline"]["stale"]] == ["a.key"]
    run(capsys, root, KNOWN, "--update-baseline")
    assert report(capsys, root, KNOWN)["baseline"]["stale"] == []


def test_it_holds_wherever_it_is_run_and_for_other_targets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_tree(tmp_path / "r", {f"{place}/{name}": text for place in "ab" for name, text in FILES.items()})
    for place in "ab":
        run(capsys, root, place, KNOWN, "--update-baseline")
    assert [run(capsys, root, place, KNOWN)[0] for place in "ab"] == [0, 0]
    assert run(capsys, root / "a", "--baseline=../known.json")[0] == 0
    assert report(capsys, root, "a", KNOWN)["baseline"]["stale"] == []


def test_the_file_is_the_same_each_time_and_holds_no_size(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_tree(root, {"dir\udcff/b.key": KEY})
    run(capsys, root, KNOWN, "--update-baseline")
    first = (root / "known.json").read_bytes()
    run(capsys, root, KNOWN, "--update-baseline")
    assert (root / "known.json").read_bytes() == first
    rows = json.loads(first)["findings"]
    assert {tuple(row) for row in rows} == {("target", "fingerprint", "rule", "path")}
    assert [row["path"] for row in rows if row["rule"] == "secret-private-key"] == ["a.key", "dir\\xff/b.key"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(None, "known.json: not a readable regular file", id="a directory"),
        pytest.param("", "known.json:1: it is not JSON", id="empty"),
        pytest.param('{\n"a": }', "known.json:2: it is not JSON", id="broken"),
        pytest.param(b"\xff", "known.json: it is not JSON", id="not UTF-8"),
        pytest.param("[" * 100_000, "known.json: it is not JSON", id="nested without end"),
        pytest.param("[]", "known.json: it is not a ctxaudit-baseline/1", id="a list"),
        pytest.param('{"schema": "ctxaudit-report/1"}', "known.json: it is not a ctxaudit-baseline/1", id="a report"),
        pytest.param(
            '{"schema": "ctxaudit-baseline/1", "findings": [{"rule": "x"}]}',
            "known.json: its finding 1 is not valid",
            id="row",
        ),
    ],
)
def test_what_is_no_baseline_is_an_error(
    root: Path, capsys: pytest.CaptureFixture[str], data: str | bytes | None, said: str
) -> None:
    make_tree(root, {"known.json": data})
    status, out, err = run(capsys, root, KNOWN)
    assert (status, out, err.partition("\n  fix:")[0]) == (2, "", f"error: {said}")


def test_a_missing_or_a_waiting_file_is_an_error(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, root, KNOWN)[0] == 2
    os.mkfifo(root / "known.json")
    assert run(capsys, root, KNOWN)[0] == 2
    assert run(capsys, root, KNOWN, "--update-baseline")[0] == 2


def test_updates_at_once_lose_no_target(tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(4)]
    for name in names:
        make_tree(tmp_path / name, {"Dockerfile": "FROM scratch\nCOPY . /\n", "a.key": KEY})
    update = ("--baseline", "known.json", "--update-baseline")
    runs = [started(*update, name, cwd=tmp_path, stdout=subprocess.DEVNULL) for name in names]
    assert [run.wait() for run in runs] == [0] * 4
    rows = json.loads((tmp_path / "known.json").read_text())["findings"]
    assert {row["target"].split()[0] for row in rows} == set(names)
    assert sorted(os.listdir(tmp_path)) == ["known.json", *names]


def test_it_needs_a_name_to_be_written(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, root, "--update-baseline")[0] == 2


def test_a_file_that_cannot_be_written_stays(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, root, KNOWN, "--update-baseline")
    before = (root / "known.json").read_bytes()
    make_tree(root, {"b.key": KEY})
    let_everyone_in(root)
    answer = as_nobody(str(root), f"--baseline={root / 'known.json'}", "--update-baseline")
    assert (answer.status, (root / "known.json").read_bytes()) == (2, before)


def test_a_file_names_it_relative_to_itself(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_tree(
        root, {"ctxaudit.toml": 'baseline = "sub/known.json"\n', "sub": None, "p/Dockerfile": FILES["Dockerfile"]}
    )
    git(root, "init", "-q")
    make_tree(root, {"p/a.key": KEY})
    assert run(capsys, root / "p", "--update-baseline")[0] == 0
    assert (root / "sub/known.json").is_file()
    assert run(capsys, root, "p")[0] == 0
