"""Layouts without a label: the execution of each build says what is needed, and ctxaudit has to agree."""

from __future__ import annotations

import importlib
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from layouts.executor import Build, copied, install
from layouts.judge import UNKNOWN, Judgement, judge
from layouts.rows import LAYOUTS, Layout
from layouts.table import table
from support import PROJECT, make_tree

# Layouts in which something that is not needed is sent, each for a reason that the report gives.
MOST_KEPT_NEEDLESSLY = 8
Judge = Callable[[Layout], Judgement]


@pytest.fixture(scope="module")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("layouts") / "bin")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, standins: Path) -> Judge:
    """Judge a layout once, whichever test asks first."""
    known: dict[str, Judgement] = {}

    def answer(layout: Layout) -> Judgement:
        if layout.name not in known:
            place = tmp_path_factory.mktemp("layout")
            known[layout.name] = judge(layout, place, standins)
            shutil.rmtree(place)
        return known[layout.name]

    return answer


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_image_is_the_same_with_what_is_sent(judged: Judge, layout: Layout) -> None:
    judgement = judged(layout)
    assert judgement.before.status == 0, judgement.before.output
    assert judgement.after == judgement.before
    assert [one.path for one in judgement.things if one.is_kept_needlessly and not one.reason] == []


def test_little_is_kept_needlessly(judged: Judge) -> None:
    kept = [one.path for layout in LAYOUTS for one in judged(layout).things if one.is_kept_needlessly]
    assert len(kept) <= MOST_KEPT_NEEDLESSLY, kept


def test_every_ecosystem_is_there_built_in_the_image_and_before() -> None:
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS) >= 40
    ecosystems = Counter(layout.name.partition(":")[0] for layout in LAYOUTS)
    rare = {name for name, count in ecosystems.items() if count < 2}
    assert rare <= {"turbo", "react-scripts", "php", "nginx"}


def test_the_table_is_what_the_run_gives(judged: Judge) -> None:
    written = (PROJECT / ".github/LAYOUTS.md").read_text()
    assert written == table({layout.name: judged(layout) for layout in LAYOUTS})


def _first_that_need(judged: Judge) -> list[Layout]:
    """Of each ecosystem the first layout that needs what its kind alone would exclude, and that no COPY names."""
    found: dict[str, Layout] = {}
    for layout in LAYOUTS:
        needs = any(one.is_needed and one.reason not in ("", UNKNOWN) for one in judged(layout).things)
        if needs and "COPY . " in layout.dockerfile:
            found.setdefault(layout.name.partition(":")[0], layout)
    return list(found.values())


def test_without_the_rules_the_check_fails(
    judged: Judge, standins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = _first_that_need(judged)
    claims = importlib.import_module("ctxaudit.proposals.claims")  # the package has a function of this name
    unused = {name: replace(kind, use="") for name, kind in claims.KINDS.items()}
    monkeypatch.setattr(claims, "KINDS", unused)
    held = [one.name for at, one in enumerate(chosen) if judge(one, tmp_path / str(at), standins).holds]
    assert len(chosen) >= 15
    assert held == []


@pytest.mark.parametrize(
    ("dockerfile", "files", "output"),
    [
        pytest.param(
            "FROM debian\nWORKDIR /a\nCOPY b c\nCMD cat c/x /a/c/x\n", {"b/x": "1\n"}, "1\n1\n", id="a directory"
        ),
        pytest.param("FROM debian\nCOPY x* /a/\nCMD cat /a/x1\n", {"x1": "1\n"}, "1\n", id="a wildcard"),
        pytest.param(
            "FROM debian AS a\nRUN echo 1 > /x\nFROM a AS b\nRUN echo 2 >> /x\nFROM debian\nCOPY --from=b /x /y\n"
            "CMD cat /y\n",
            {},
            "1\n2\n",
            id="a stage built on another, and copied from",
        ),
        pytest.param(
            "FROM debian\nWORKDIR /a\nCOPY . .\nRUN --mount=type=cache,target=/a/c echo 2 > c/x\nCMD cat c/x\n",
            {"c/x": "1\n"},
            "1\n",
            id="a cache lies over what the image has, and is no part of it",
        ),
        pytest.param(
            'FROM debian\nENTRYPOINT ["cat"]\nCMD ["/x"]\nCOPY x /\n', {"x": "1\n"}, "1\n", id="an entrypoint"
        ),
        pytest.param("FROM debian\nCMD missing\n", {}, None, id="a program that no base and no step brings"),
        pytest.param('FROM python\nCOPY a.js .\nCMD ["node", "a.js"]\n', {"a.js": ""}, None, id="no Node.js"),
        pytest.param("FROM debian\nCOPY missing /\n", {}, None, id="a source that is not there"),
        pytest.param("FROM node\nRUN npm ci\n", {}, None, id="an install without a manifest"),
    ],
)
def test_what_the_executor_does(
    tmp_path: Path, standins: Path, dockerfile: str, files: dict[str, str], output: str | None
) -> None:
    source = make_tree(tmp_path / "source", files)
    context = copied(source, tmp_path / "build/context", files)
    outcome = Build(dockerfile, context, tmp_path / "build", standins).outcome()
    said = outcome.output.partition("== started")[2].partition("\n")[2] if not outcome.status else None
    assert said == output
