"""What a Makefile is read as is what make does: each command that make would run is among those that are read."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ctxaudit.needed.makers import deeds
from ctxaudit.needed.shell import commands

TARGETS = ("all", "build", "test", "dist/app", "gen", "out")
FILES = ("x", "x.o", "one", "a", "b")  # what is there, and has no rule
ENVIRONMENT = {"C": "envc"}

NAMES = st.sampled_from(["A", "B", "C", "DIR"])
PIECES = st.one_of(
    st.sampled_from(["x", "y", "v1", "v2", "v3", "-o", "a b", "$(wildcard *.c)"]),
    NAMES.map("$({})".format),
    NAMES.map("${{{}}}".format),
    NAMES.map("$({}:.c=.o)".format),
    NAMES.map("$(addprefix p/,$({}))".format),
    NAMES.map("$(or $({}),q)".format),
)
VALUES = st.builds(
    lambda pieces, sign: sign.join(pieces), st.lists(PIECES, min_size=1, max_size=2), st.sampled_from("/ -")
)
WORDS = st.one_of(VALUES, st.sampled_from(["$@", "$<", "$^", "$$X", "k"]))
RECIPE = st.builds(
    "\t{}{} {}".format,
    st.sampled_from(["", "@", "-", "@-", "+"]),
    st.sampled_from(["touch", "mkdir", "cp"]),
    st.lists(WORDS, min_size=1, max_size=2).map(" ".join),
)
ASSIGNMENT = st.builds(
    "{}{} {} {}{}".format,
    st.sampled_from(["", "", "export "]),
    NAMES,
    st.sampled_from(["=", ":=", "?=", "+=", "::="]),
    VALUES,
    st.sampled_from(["", " # c"]),
)
RULE = st.builds(
    lambda target, sign, needs, recipe: "\n".join(
        [f"{target}{sign} {' '.join(n for n in needs if n != target)}", *recipe]
    ),
    st.sampled_from([*TARGETS, "all build", "$(DIR)/app"]),
    st.sampled_from([":", ":", "::", " :"]),
    st.lists(st.sampled_from([*TARGETS[1:], "x", "x.o"]), max_size=2, unique=True),
    st.lists(RECIPE, max_size=2),
)
SIMPLE = st.one_of(
    ASSIGNMENT,
    RULE,
    st.builds(".PHONY: {} {}".format, st.sampled_from(TARGETS), st.sampled_from(TARGETS)),
    st.builds("{}: {} := {}".format, st.sampled_from(TARGETS), NAMES, VALUES),
    st.sampled_from(TARGETS).map(".DEFAULT_GOAL := {}".format),
    NAMES.map("define {}\none\nendef".format),
)
STATEMENT = st.one_of(
    SIMPLE,
    SIMPLE,
    st.builds(
        "{}\n{}\nelse\n{}\nendif".format,
        st.sampled_from(["ifeq ($(A),x)", "ifdef B", "ifneq ($(C),)", "ifndef A"]),
        SIMPLE,
        SIMPLE,
    ),
)
GOALS = st.sampled_from(["", "all", "build", "dist/app", "A=z", "all B=w"])


class OneMakefile:
    """The files of an image whose only file is a Makefile."""

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self, path: str) -> str | None:
        return self._text if path == "/w/Makefile" else None

    def names(self, path: str) -> frozenset[str]:
        return frozenset(["Makefile"] if path == "/w" else [])

    def origin(self, path: str) -> str:
        return path.removeprefix("/w/")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("make")
    for name in FILES:
        (made / name).touch()
    return made


def made_of(directory: Path, text: str, goal: str) -> list[str] | None:
    """The commands that make would run, None where it refuses, drops a need or finds a rule of its own."""
    (directory / "Makefile").write_text(text)
    asked = ["make", "-n", "-r", "--no-print-directory", *goal.split()]
    answer = subprocess.run(
        asked, cwd=directory, env={"PATH": "/usr/bin:/bin", **ENVIRONMENT}, capture_output=True, text=True, timeout=60
    )
    is_refused = answer.returncode != 0 or "Circular" in answer.stderr
    return None if is_refused else [line for line in answer.stdout.splitlines() if not line.startswith("make: ")]


def expression_of(words: Sequence[str]) -> re.Pattern[str]:
    """An expression for a command of which a word that is not known may be anything."""
    return re.compile(r"\s*".join(".*" if "$" in word else re.escape(word) for word in words) + r"\s*")


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(STATEMENT, min_size=2, max_size=6), GOALS)
def test_each_command_that_make_runs_is_read(directory: Path, statements: list[str], goal: str) -> None:
    defined = {target for statement in statements for target in TARGETS if re.search(rf"^{target} ?:", statement, re.M)}
    last = [f"{target}:\n\ttouch end-{target}" for target in TARGETS if target not in defined]
    text = "\n".join([*statements, *last]) + "\n"
    ran = made_of(directory, text, goal)
    assume(ran is not None)
    assert ran is not None
    read = list(deeds(commands(f"make {goal}", line=1, cwd="/w", env=ENVIRONMENT), OneMakefile(text)))
    assume(not any(deed.opaque for deed in read))
    known = [expression_of(deed.command.words) for deed in read]
    shown = [" ".join(shlex.split(line)) for line in ran]
    assert [line for line in shown if not any(each.fullmatch(line) for each in known)] == [], text
