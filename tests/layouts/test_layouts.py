"""Layouts without a label: the execution of each build says what is needed, and ctxaudit has to agree."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path

import pytest

from layouts.executor import Build, copied, install
from layouts.judge import judge
from layouts.rows import LAYOUTS, Layout
from layouts.table import rows, written
from support import PROJECT, make_tree

# Paths that are sent and not needed, each for a reason that the report gives.
MOST_KEPT_NEEDLESSLY = 8
WRITTEN = (PROJECT / ".github/LAYOUTS.md").read_text()
ROWS = [tuple(line[2:-2].split(" | ")) for line in WRITTEN.splitlines() if line.startswith("| ")][2:]
# Of six ecosystems a layout that needs what its kind alone would exclude.
NEEDING = (
    "npm: installed and built before, on the host",
    "pip: the host's environment is on the PATH",
    "bundler: installed before, on the host",
    "go: built before, on the host, from scratch",
    "maven: built before, on the host",
    "vite: built before, and served from where the copy puts it",
)


@pytest.fixture(scope="session")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("layouts") / "bin")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_image_is_the_same_with_what_is_sent(layout: Layout, tmp_path: Path, standins: Path) -> None:
    judgement = judge(layout, tmp_path, standins)
    assert judgement.before.status == 0, judgement.before.output
    assert judgement.after == judgement.before
    assert [one.path for one in judgement.things if one.is_kept_needlessly and not one.reason] == []
    assert list(rows({layout.name: judgement})) == [row for row in ROWS if row[0] == layout.name]


def test_the_table_counts_its_rows() -> None:
    """The rows are held to what the run gives by the test above."""
    counted = Counter(row[2:4] for row in ROWS)
    assert written(len(LAYOUTS), ROWS) == WRITTEN
    assert counted["needed", "excluded"] == 0
    assert counted["not needed", "sent"] <= MOST_KEPT_NEEDLESSLY


def test_every_ecosystem_is_there_built_in_the_image_and_before() -> None:
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS) >= 40
    ecosystems = Counter(layout.name.partition(":")[0] for layout in LAYOUTS)
    rare = {name for name, count in ecosystems.items() if count < 2}
    assert rare <= {"turbo", "react-scripts", "php", "nginx"}


@pytest.mark.parametrize("name", NEEDING)
def test_without_the_rules_the_check_fails(
    name: str, standins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (layout,) = (one for one in LAYOUTS if one.name == name)
    claims = importlib.import_module("ctxaudit.proposals.claims")
    monkeypatch.setattr(claims._Reasons, "_by_use", lambda reasons, finding: iter(()))
    assert not judge(layout, tmp_path, standins).holds


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
