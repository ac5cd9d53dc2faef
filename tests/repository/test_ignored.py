"""The lines of `.gitignore` mean what they mean to git, whatever they are put together of."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit.repository.ignored import IgnoredNames
from support import git, make_tree

PIECES = [
    "a", "b", "ab", "x", ".", "#", "!", " ", "\\ ", "\t", "à", "/", "/", "*", "**", "***", "?", "\\", "\\a", "\\*", "$",
    "{a,b}", "+", "^", "(", "-", "]", "[a", "[ab]", "[!a]", "[a-c]", "[^/]", "[]a]", "[a-]", "[-a]", "[b-a]", "[--0]",
    "[\\]a]", "[a-\\c]", "[[a]", "[!]a]", "[[:alpha:]]", "[[:digit:][:space:]]", "[[:nope:]]", "[[:a]",
    "[a-[:digit:]]", "[!/]", "[z-a]", "[:]", "[[:]", "[[::]]", "[]", "[!]",
]  # fmt: skip
FILES = [
    "b",
    "x",
    "ab",
    "a/ab",
    "a/b/x",
    "a/b/a b/1",
    "a/x/ab",
    "à",
    "a ",
    "a\t",
    "#",
    "!",
    "$",
    "{a,b}",
    "+",
    "^/(",
    "-/b",
]
FILES += ["]", "[a", "*", "\\/a", "\\a", "aab", "c/aab/b/a", " /b", "Z"]
LINES = st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_tree(tmp_path_factory.mktemp("ignored"), dict.fromkeys(FILES, ""))
    git(root, "init", "-q")
    return root


@given(lines=LINES, end=st.sampled_from(["\n", "\r\n"]))
def test_lines_decide_as_git_decides(tree: Path, lines: list[str], end: str) -> None:
    data = end.join(lines).encode()
    (tree / ".gitignore").write_bytes(data)
    names = IgnoredNames({"": data})
    directories = sorted({parent for file in FILES for parent in map(str, Path(file).parents)} - {"."})
    paths = [*((file, False) for file in FILES), *((directory, True) for directory in directories)]
    assert [str(names.decides(path, is_dir=is_dir)) for path, is_dir in paths] == said(
        tree, [path for path, _ in paths]
    )


def said(tree: Path, paths: list[str]) -> list[str]:
    """Give the line by which git ignores each path, "None" for one that it does not."""
    ask = ["git", "check-ignore", "--no-index", "--stdin", "-z", "-v", "-n"]
    asked = "".join(f"./{path}\0" for path in paths).encode()
    words = subprocess.run(ask, cwd=tree, input=asked, capture_output=True, check=False).stdout.decode().split("\0")
    rows = zip(words[::4], words[1::4], words[2::4], strict=False)
    return [f"{file}:{line}" if pattern and not pattern.startswith("!") else "None" for file, line, pattern in rows]


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        pytest.param(["a", *("b" * 300)], 1, id="a line above three hundred others"),
        pytest.param([*("b" * 300), "a"], 301, id="a line below three hundred others"),
        pytest.param([*("b" * 64), "a", *("b" * 63)], 65, id="a line between others"),
        pytest.param([*("b" * 100), "a", *("b" * 100), "a", "b"], 202, id="the last of two that match"),
        pytest.param(["a", "?" * 1_000_000], 1, id="a line beside one that is too long to mean a path"),
        pytest.param(["a", *("b" * 100), "!a"], None, id="a line that one further down takes back"),
        pytest.param([], None, id="no line"),
    ],
)
def test_the_last_line_that_matches_decides(lines: list[str], number: int | None) -> None:
    line = IgnoredNames({"": "\n".join(lines).encode()}).decides("a", is_dir=False)
    assert (line and line.line) == number


@pytest.mark.parametrize("piece", ["[", "[[:", "[a-", "[^a]", "[a-z]", "*a", "**/a/", "?", "\\", " a", "[:alpha:]"])
@pytest.mark.parametrize("begin", ["", "["])
@pytest.mark.usefixtures("unmeasured")
def test_a_quarter_mebibyte_of_hostile_lines_takes_seconds_and_prints_nothing(
    capfd: pytest.CaptureFixture[str], piece: str, begin: str
) -> None:
    began = time.process_time()
    for length in (1 << 18, 4000):
        line = begin + piece * (length // len(piece))
        IgnoredNames({"": f"{line}\n".encode() * ((1 << 18) // length)}).decides("a/b", is_dir=False)
    assert time.process_time() - began < 3
    assert capfd.readouterr().err == ""
