"""The README and the guides: every command is run and prints what is shown, every table is made from the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from golden import CONSOLE, renewed
from guides import GUIDES, PAGES, README, TABLES, names_of

from ctxaudit.builders import BUILDERS
from ctxaudit.cli import COMMANDS
from ctxaudit.cli.configured import COMMAND_LINE_ONLY, keys
from ctxaudit.policy import load
from ctxaudit.report import FORMATS, explain
from support import PROJECT, ctxaudit, here

TEXT = README.read_text()
WORDS = 1_500  # of the README: three minutes
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[object]:
    """Give each block of code in this language, with the page that it stands in."""
    return [
        pytest.param(code, id=f"{page.stem} {number}")
        for page in PAGES
        for number, (found, code) in enumerate(_BLOCK.findall(page.read_text()), 1)
        if found == language
    ]


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_output_and_every_table_is_as_it_is_now(samples: Path, page: Path) -> None:
    """`python tests/golden.py` makes them anew; `python tests/guides.py` the tables alone."""
    assert renewed(samples, page) == page.read_text()


def test_the_commands_that_are_shown_are_in_the_readme_and_in_the_guides() -> None:
    shown = {page.stem: len(CONSOLE.findall(page.read_text())) for page in PAGES}
    assert {stem: count for stem, count in shown.items() if count} == {
        "README": 4, "builds": 3, "deciding": 3, "fixing": 2
    }  # fmt: skip


def test_every_rule_and_kind_stands_in_the_guide_of_rules() -> None:
    text = (GUIDES / "rules.md").read_text()
    assert [name for name in explain.names() if f"### `{name}`" not in text and f"| `{name}` |" not in text] == []


@pytest.mark.parametrize(("guide", "names"), [("reports", list(FORMATS)), ("builders", list(BUILDERS))])
def test_every_format_and_every_builder_has_a_row_in_its_guide(guide: str, names: list[str]) -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", (GUIDES / f"{guide}.md").read_text(), re.MULTILINE)
    assert [name for name in names if name not in rows] == []


def test_every_table_stands_in_one_guide() -> None:
    assert sorted(name for page in PAGES for name in names_of(page)) == sorted(TABLES)


def test_continuous_integration_runs_the_two_commands_as_they_stand_here() -> None:
    markers = re.findall(r"^<!-- run: (\S+) -->\n```sh\n.+\n```$", TEXT, re.MULTILINE)
    assert f"for name in {' '.join(markers)}; do" in (PROJECT / ".ci/run").read_text()
    assert len(markers) == 2


def test_the_readme_is_read_in_three_minutes() -> None:
    assert len(TEXT.split()) <= WORDS


def test_the_re_runs_of_the_example_are_those_that_the_guide_measures() -> None:
    rows = re.findall(r"^\| (?:before|after) \| (\d+ of \d+) \|", (GUIDES / "cache.md").read_text(), re.MULTILINE)
    assert len(rows) == 2
    assert f"`go mod download` of the example at {rows[0]} commits, then at {rows[1]} |" in TEXT


def test_the_projects_of_the_table_are_those_that_the_guide_measures() -> None:
    guide = re.findall(
        r"^\| (.+) \| ([\d,]+) \| ([\d.]+) % / ([\d.]+) % \| 0 \| 0 \| ([\d.]+) \|$",
        (GUIDES / "speed.md").read_text(),
        re.MULTILINE,
    )
    rows = re.findall(r"^\|(.+)\|([\d,]+)\|([\d.]+)%\|([\d.]+)%\|([\d.]+)\|$", TEXT, re.MULTILINE)
    assert (rows, len(rows)) == (guide, 23)
    assert f"<summary>{rows[-1][2]}% of junk, by {rows[-1][4]} lines in the mean</summary>" in TEXT


def test_every_command_and_every_exit_status_is_documented() -> None:
    assert [name for name in COMMANDS if name != "audit" and f"ctxaudit {name}" not in TEXT] == []
    statuses = (GUIDES / "configuration.md").read_text()
    assert [status for status in ("0", "1", "2", "130", "141") if f"| {status} |" not in statuses] == []


def test_the_readme_links_to_every_guide() -> None:
    linked = re.findall(r"\]\(ctxaudit/guides/(\w+)\.md\)", TEXT.partition("\n## More\n")[2])
    assert sorted(linked) == sorted(page.stem for page in GUIDES.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_link_and_every_mention_of_a_guide_leads_somewhere(page: Path) -> None:
    text = _BLOCK.sub("", page.read_text())
    links = [link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []
    mentioned = re.findall(r"guide `(\w+)`", text)
    assert [name for name in mentioned if not (GUIDES / f"{name}.md").exists()] == []


def test_no_command_installs_the_unrelated_package_of_the_same_name() -> None:
    assert [page for page in PAGES if re.search(r"install (-\S+ )*[\"']?ctxaudit\b", page.read_text())] == []


@pytest.mark.parametrize("code", blocks("toml"))
def test_every_configuration_that_is_shown_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ctxaudit.toml").write_text(code)
    assert load("ctxaudit.toml", keys(), {"comment": {"when": "text"}}, COMMAND_LINE_ONLY).values


def test_the_action_and_the_hook_of_the_readme_are_those_of_the_guide() -> None:
    workflow, hooks = (yaml.safe_load(code) for language, code in _BLOCK.findall(TEXT) if language == "yaml")
    used = re.findall(r"uses: (\S+)", TEXT)
    assert [line for line in used if line not in (GUIDES / "ci.md").read_text()] == []
    inputs = yaml.safe_load((PROJECT / "action.yml").read_text())["inputs"]
    (audit,) = workflow["jobs"].values()
    assert [name for name in audit["steps"][1]["with"] if name not in inputs] == []
    known = [hook["id"] for hook in yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())]
    assert [hook["id"] for repo in hooks["repos"] for hook in repo["hooks"] if hook["id"] not in known] == []


def test_the_place_of_the_project_is_explained_wherever_it_stands() -> None:
    pages = [page.stem for page in PAGES if "OWNER" in page.read_text()]
    assert pages == [page.stem for page in PAGES if "`OWNER` is whoever hosts the repository" in page.read_text()]


def test_guide_lists_each_guide_with_its_first_sentence() -> None:
    answer = ctxaudit("guide", columns=400)
    rows = [line.split(None, 1) for line in answer.stdout.decode().splitlines()]
    texts = {page.stem: page.read_text().split("\n\n") for page in sorted(GUIDES.glob("*.md"))}
    assert rows == [[name, parts[1]] for name, parts in texts.items()]
    assert [name for name, (title, sentence, *_) in texts.items() if title[:2] != "# " or "\n" in sentence] == []


@pytest.mark.parametrize("name", sorted(page.stem for page in GUIDES.glob("*.md")))
def test_guide_prints_a_guide_without_its_markers(name: str) -> None:
    lines = (GUIDES / f"{name}.md").read_text().splitlines(keepends=True)
    answer = here("guide", name)
    assert (answer.status, answer.stderr) == (0, "")
    assert answer.stdout == "".join(line for line in lines if not line.startswith("<!-- "))


def test_an_unknown_guide_is_a_usage_error_that_names_the_nearest() -> None:
    answer = here("guide", "config")
    assert (answer.status, answer.stderr.splitlines()[-1]) == (
        2,
        "Error: there is no guide 'config'. Did you mean configuration?",
    )
