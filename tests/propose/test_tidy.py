"""Hand-written lines, tidied: never by default, always with a diff, and never at the cost of something needed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctxaudit import list_context
from ctxaudit.builds.request import request
from ctxaudit.proposals import rewritten
from ctxaudit.proposals.change import change
from support import ctxaudit, make_tree, processor_limit

COPY_ALL = "FROM scratch\nCOPY . /\n"
TREE: dict[str, str | bytes | None] = {
    "Dockerfile": COPY_ALL, "a.py": "", "build/x": "1", "src/a.py": "", "web/node_modules/.package-lock.json": "{}",
}  # fmt: skip

CASES = {
    "a comment behind a pattern gets out of the way": (
        ".DS_Store # finder\nbuild\n", {".DS_Store": "", "src/.DS_Store": ""}, "**/.DS_Store\nbuild\n",
    ),
    "a comment behind a pattern stays where the pattern alone would drop what the build is sent": (
        "build # output\n", {}, "build # output\n",
    ),
    "a comment behind white space starts its line": ("  # why\nbuild\n", {}, "# why\nbuild\n"),
    "a comment of another language becomes one": ("// why\nbuild\n", {}, "# why\nbuild\n"),
    "the second of two goes, and its comment stays": ("build\n# again\n/build/\n", {}, "build\n# again\n"),
    "what another line covers goes": ("build\nbuild/x\n", {}, "build\n"),
    "of equal lines for what is not here the first stays": ("nope\n/nope\nnope/\nnope\n", {}, "nope\n"),
    "with exceptions as well": ("nope\nnope\nbuild\n!build/x\n", {"build/x": ""}, "nope\nbuild\n!build/x\n"),
    "of lines for what is not here that cover each other one stays": (
        "nope/**\n**/nope/*\n**/nope\nnope/*\n", {}, "nope/**\n**/nope/*\n**/nope\n",
    ),
    "an exception for nothing goes": ("build\n!src\n", {}, "build\n"),
    "a name that nothing has today stays": ("nowhere\nbuild\n", {}, "nowhere\nbuild\n"),
    "so does an exception to a line that excludes it on another disk": (
        "*.py\n!b.py\n", {}, "*.py\n!b.py\n",
    ),
    "and a line whose paths another one excludes on this disk alone": (
        "build/*\n**/x\n", {}, "build/*\n**/x\n",
    ),
    "a known name that nothing has stays": (".DS_Store\nbuild\n", {}, ".DS_Store\nbuild\n"),
    "a name that nearly is there stays, as that is a guess": ("buildd\n", {}, "buildd\n"),
    "an exception out of order stays, as its writer has to say what was meant": (
        "!build/x\nbuild\n", {"build/y": ""}, "!build/x\nbuild\n",
    ),
    "a name as for git means every depth where that drops nothing needed": (
        "*.bak\n", {"a.bak": "", "src/b.bak": ""}, "*.bak\n",
    ),
    "carriage returns, the mark at the start and a missing end stay": (
        "\ufeff  # why\r\nbuild", {}, "\ufeff# why\r\nbuild",
    ),
    "lines go although the verdicts disagree about what is out": (
        "**/*.log\n!logs\nbuild\n/build/\n", {"logs/a.log": ""}, "**/*.log\n!logs\nbuild\n",
    ),
    "a clean file stays as it is": ("# mine\nbuild\n\n", {}, "# mine\nbuild\n\n"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "more", "after"), [pytest.param(*case, id=name) for name, case in CASES.items()])
def test_the_lines_and_what_becomes_of_them(
    tmp_path: Path, before: str, more: dict[str, str | bytes | None], after: str
) -> None:
    make_tree(tmp_path, {**TREE, **more, ".dockerignore": before})
    found = change([request(tmp_path)], rewrite=True)
    assert found.new.decode().partition("# >>> ctxaudit")[0].rstrip("\r\n") == after.rstrip("\r\n")
    assert found.proposal.proof.dropped == 0


def test_a_name_as_for_git_is_widened_over_junk(tmp_path: Path) -> None:
    make_tree(tmp_path, {**TREE, ".dockerignore": "node_modules\n"})
    assert change([request(tmp_path)], rewrite=True).new == b"**/node_modules\n"


def test_it_is_never_done_unasked(tmp_path: Path) -> None:
    make_tree(tmp_path, {**TREE, ".dockerignore": " # why\nnode_modules\n"})
    assert change([request(tmp_path)]).new.startswith(b" # why\nnode_modules\n")


def test_the_diff_applies_and_writing_shows_it(tmp_path: Path) -> None:
    make_tree(tmp_path, {**TREE, ".dockerignore": " # why\nnode_modules\n"})
    shown = ctxaudit(".", "--rewrite", cwd=tmp_path)
    assert (shown.returncode, b"- # why\n" in shown.stdout) == (0, True)
    assert (tmp_path / ".dockerignore").read_text() == " # why\nnode_modules\n"
    written = ctxaudit(".", "--rewrite", "--write", cwd=tmp_path)
    assert (written.returncode, written.stdout) == (0, shown.stdout)
    assert (tmp_path / ".dockerignore").read_text() == "# why\n**/node_modules\n"
    assert ctxaudit(".", "--rewrite", "--check", cwd=tmp_path).returncode == 0
    subprocess.run(["git", "apply", "-R", "-"], input=shown.stdout, cwd=tmp_path, check=True)
    assert (tmp_path / ".dockerignore").read_text() == " # why\nnode_modules\n"


def sent_files(root: Path) -> set[str]:
    return {entry.path for entry in list_context(root).entries if entry.type != "dir"}


LINES = st.lists(
    st.sampled_from(
        ["build", "/build", "build/x", "*.py", "**/*.py", "!a.py", "!src", "src", "src/*", "!src/a.py", "nope",
         "build # x", "# why", "// why", " # why", "node_modules", "", "*", "!build/x"]
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(lines=LINES)
def test_whatever_the_lines_nothing_more_is_sent_and_nothing_needed_lost(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = make_tree(tmp_path_factory.mktemp("r"), {**TREE, ".dockerignore": "".join(f"{line}\n" for line in lines)})
    before = sent_files(root)
    found = change([request(root)], rewrite=True)
    (root / ".dockerignore").write_bytes(found.new)
    after = sent_files(root)
    assert after - before == set()
    assert {path for path in before - after if "node_modules" not in path.split("/")} == set()
    assert change([request(root)], rewrite=True).is_none


def test_only_the_lines_named_change() -> None:
    data = b"\xef\xbb\xbfa\r\n# b\nc\r\nd"
    assert rewritten(data, {1: ("x", "y"), 3: (), 4: ("z",)}) == b"\xef\xbb\xbfx\r\ny\r\n# b\nz"
    assert rewritten(data, {}) == data


LINES = 500
MANY = {
    "lines that one above them covers": lambda at: f"build/f{at}" if at else "build",
    "one line again and again": lambda at: f"d{at % 50}",
    "exceptions to nothing": lambda at: f"{'!' * (at % 2)}a{at}",
    "exceptions below what is excluded": lambda at: f"!d{at - 1}/x" if at % 2 else f"d{at}",
    "a replacement that drops something needed": lambda at: "a.py # why" if at == LINES // 2 else f"**/d{at % 300}/x",
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("line", MANY.values(), ids=MANY)
def test_many_lines_are_tidied_in_seconds(tmp_path: Path, line: Callable[[int], str]) -> None:
    lines = "\n".join(map(line, range(LINES)))
    make_tree(tmp_path, {**TREE, ".dockerignore": f"{lines}\n"})
    with processor_limit(3):
        assert ctxaudit("--rewrite", "--diff", cwd=tmp_path).returncode in (0, 1)
