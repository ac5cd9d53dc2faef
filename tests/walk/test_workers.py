"""Helpers change nothing of what is said, and their end is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import ctxaudit
from ctxaudit.walk import bulk
from support import make_tree, ran

# The command with a lower bar for helpers, and a word on stderr when one is started.
FORKING = """
import os, sys
from ctxaudit.walk import bulk
bulk.ENOUGH = 50
fork = os.fork
def told():
    child = fork()
    if child:
        sys.stderr.write("forked\\n")
    else:
        exec({trouble!r})
    return child
os.fork = told
os.sched_getaffinity = lambda process: set(range({processors}))
from ctxaudit.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Waste in many directories, some of it no plain files; most of it is more than one process takes alone."""
    root = tmp_path_factory.mktemp("workers")
    make_tree(
        root, {f"node_modules/m{module:02}/lib/f{file}.js": "x" * module for module in range(40) for file in range(9)}
    )
    make_tree(root, {f"web/node_modules/m{module}/f.js": "y" for module in range(70)})
    make_tree(root, {f"vendor/node_modules/m{module}/f.js": "z" for module in range(3)})
    make_tree(root, {"package.json": "{}", "web/package.json": "{}", "vendor/package.json": "{}", "src/a.js": "1"})
    make_tree(root, {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    os.link(root / "node_modules/m07/lib/f1.js", root / "node_modules/m07/linked")
    (root / "web/node_modules/link").symlink_to("m1")
    (root / "node_modules/m09/\udcff").touch()
    return root


def run(root: Path, *options: str, trouble: str = "", processors: int = 2) -> subprocess.CompletedProcess[bytes]:
    script = FORKING.format(trouble=trouble, processors=processors)
    return ran(root, "--fail-on", "never", *options, program=script, capture_output=True)


@pytest.mark.parametrize(("style", "builder"), [("json", "buildkit"), ("json", "classic"), ("html", "buildkit")])
@pytest.mark.parametrize(
    ("lines", "adds_up"),
    [
        pytest.param("", True, id="nothing is left out"),
        pytest.param("/vendor\n", True, id="a directory is left out"),
        pytest.param("**/m1*\n", False, id="a pattern may match anywhere"),
        pytest.param("vendor\n!vendor/*/m1\n", False, id="a name may slip through"),
    ],
)
def test_helpers_say_the_same_byte_for_byte(
    root: Path, tmp_path: Path, style: str, builder: str, lines: str, adds_up: bool
) -> None:
    ignore = tmp_path / "ignore"
    ignore.write_text(lines)
    options = ("--format", style, "--builder", builder, "--ignore-file", os.fspath(ignore))
    one, two = run(root, *options, "--jobs", "1"), run(root, *options)
    assert (one.returncode, one.stderr) == (0, b"")
    # The page of the HTML report needs each entry, so that nothing is added up.
    assert (two.returncode, two.stderr) == (0, b"forked\n" * 2 if adds_up and style == "json" else b"")
    assert two.stdout == one.stdout


@pytest.mark.parametrize(
    ("processors", "options", "helpers"),
    [
        pytest.param(1, (), 0, id="one processor"),
        pytest.param(3, (), 3, id="three processors"),
        pytest.param(9, (), 4, id="four unless more are asked for"),
        pytest.param(9, ("--jobs", "6"), 6, id="six are asked for"),
        pytest.param(9, ("--jobs", "1"), 0, id="one is asked for"),
    ],
)
def test_there_are_as_many_helpers_as(root: Path, processors: int, options: tuple[str, ...], helpers: int) -> None:
    answer = run(root, *options, processors=processors)
    assert (answer.returncode, answer.stderr) == (0, b"forked\n" * helpers)
    assert answer.stdout == run(root, "--jobs", "1").stdout


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_met_is_counted_whoever_adds_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    monkeypatch.setattr(bulk, "ENOUGH", 50)
    make_tree(tmp_path, {f"node_modules/m{module}/f{file}.js": "" for module in range(90) for file in range(9)})
    make_tree(tmp_path, {"package.json": "{}", "Dockerfile": "FROM scratch\nCOPY . /\n"})
    counted: list[int] = []
    ctxaudit.audit(tmp_path, jobs=jobs, progress=counted.append)
    assert sum(counted) == 3 + 90 + 90 * 9


def test_the_working_directory_stays(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ENOUGH", 50)
    before = os.stat(".")
    ctxaudit.audit(root, jobs=2)
    assert os.path.samestat(before, os.stat("."))


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        pytest.param(
            "os.kill(os.getpid(), 9)",
            "a process that helps to add up directories was killed by signal 9",
            id="killed",
        ),
        pytest.param("os._exit(3)", "a process that helps to add up directories ended with status 3", id="ended"),
        pytest.param(
            "bulk.Store.below = lambda *rest: 1 / 0",
            "a process that helps to add up directories failed: ZeroDivisionError: division by zero",
            id="failed",
        ),
    ],
)
def test_the_end_of_a_helper_is_told(root: Path, trouble: str, said: str) -> None:
    answer = run(root, trouble=trouble)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert said in answer.stderr.decode()
