"""How much is shown, and how: --color, --quiet, and the groups of the help."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ctxaudit.cli.group import cli
from ctxaudit.cli.grouped import GROUPS, OTHERS, grouped
from support import ctxaudit, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . /\n",
    "package.json": "{}",
    "node_modules/.package-lock.json": "{}",
    ".env": "PASSWORD=hunter2hunter\n",
}
RED, CYAN, GREEN = "\x1b[31m", "\x1b[36m", "\x1b[32m"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_tree(tmp_path, FILES)


@pytest.mark.parametrize(
    ("words", "environment", "is_coloured"),
    [
        pytest.param([], {}, False, id="a pipe has none"),
        pytest.param(["--color", "always"], {}, True, id="always"),
        pytest.param(["--color", "always"], {"NO_COLOR": "1"}, True, id="the option is above NO_COLOR"),
        pytest.param(["--color", "never"], {"FORCE_COLOR": "1"}, False, id="the option is above FORCE_COLOR"),
        pytest.param([], {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="NO_COLOR is above FORCE_COLOR"),
    ],
)
def test_colour(project: Path, words: list[str], environment: dict[str, str], is_coloured: bool) -> None:
    text = ctxaudit(".", *words, cwd=project, **environment).stdout.decode()
    assert (f"{RED}error[secret-dotenv]" in text, f"{CYAN}ctxaudit . --write" in text) == (is_coloured, is_coloured)


def test_a_coloured_report_says_the_same(project: Path) -> None:
    plain, coloured = (ctxaudit(".", "--color", when, cwd=project).stdout.decode() for when in ("never", "always"))
    assert click.unstyle(coloured) == plain


def test_a_diff_is_coloured_on_request_alone(project: Path) -> None:
    plain, coloured = (
        ctxaudit(".", "--diff", "--color", when, cwd=project).stdout.decode() for when in ("auto", "always")
    )
    assert f"{GREEN}+# >>> ctxaudit" in coloured
    assert click.unstyle(coloured) == plain


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        pytest.param(
            [],
            ["error[secret-dotenv] Dockerfile:2: .env is 23B: looks like it holds secrets (in", "  the final image)"],
            id="what fails is shown",
        ),
        pytest.param(["--fail-on", "never"], [], id="what fails nothing is not"),
        pytest.param(
            ["--fail-on", "never", "--max-files", "1"],
            ["Dockerfile: over budget: 4 files sent, max-files is 1: 3 files too much"],
            id="a broken budget is shown",
        ),
    ],
)
def test_quiet(project: Path, words: list[str], lines: list[str]) -> None:
    assert ctxaudit(".", "--quiet", *words, cwd=project).stdout.decode().splitlines() == lines


def test_quiet_writes_without_the_proof(project: Path) -> None:
    answer = ctxaudit(".", "--quiet", "--write", cwd=project)
    assert (answer.returncode, answer.stdout, (project / ".dockerignore").exists()) == (0, b"", True)


def test_each_option_of_an_audit_is_in_one_group() -> None:
    audit = cli.command_named("audit")
    options = [one for one in audit.params if isinstance(one, click.Option) and not one.hidden]
    found = [(title, option.opts[-1]) for title, group in grouped(options) for option in group]
    assert len(found) == len(options) == len({option for _, option in found})
    assert {option for title, option in found if title == OTHERS} == {"--jobs", "--config", "--no-config"}
    assert {title for title, _ in found} == {*GROUPS, OTHERS}
