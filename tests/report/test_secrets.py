"""What each format has of a secret: its line in its own file beside the path, how far it gets, what helps."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ctxaudit.report import FORMATS
from planted import PASSWORD, github
from support import ctxaudit, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": f"FROM python\nENV A={github()}\nCOPY . .\nRUN python a.py\n",
    "a.py": f"\nDB_PASSWORD = '{PASSWORD}'\n",
    "app.env": "",
    ".env": f"PORT=3000\n\nA={github()}\n",
}


def said(root: Path, style: str) -> str:
    return ctxaudit("--format", style, cwd=make_tree(root, dict(FILES)), columns=400).stdout.decode()


@pytest.mark.parametrize("style", [name for name in FORMATS if name != "json"])
def test_every_format_has_the_line_of_a_secret_beside_its_path(tmp_path: Path, style: str) -> None:
    text = said(tmp_path, style).replace("`", "")
    assert [place for place in ("a.py:2", ".env:3") if place not in text] == []


@pytest.mark.parametrize("style", [name for name in FORMATS if name != "json"])
def test_the_size_is_said_of_the_file_not_of_its_line(tmp_path: Path, style: str) -> None:
    text = re.sub("<[^>]*>|`", "", said(tmp_path, style))
    size = (tmp_path / ".env").stat().st_size
    assert f".env:3{'a file of' if style == 'html' else ': the file is'} {size}B" in text
    assert f".env:3 is {size}B" not in text


def test_json_and_sarif_have_it_as_a_number(tmp_path: Path) -> None:
    found = json.loads(said(tmp_path / "1", "json"))["targets"][0]["findings"]
    lines = {one["path"]: one["line"] for one in found if one["rule"] in ("secret-password", "secret-dotenv")}
    (run,) = json.loads(said(tmp_path / "2", "sarif"))["runs"]
    rows = {
        one["logicalLocations"][0]["fullyQualifiedName"]: result["properties"]["line"]
        for result in run["results"]
        for one in result["locations"]
        if result["ruleId"] in ("secret-password", "secret-dotenv")
    }
    assert lines == rows == {"a.py": 2, ".env": 3}


def test_sarif_has_a_number_for_the_security_of_each_secret_by_its_tier(tmp_path: Path) -> None:
    (run,) = json.loads(said(tmp_path, "sarif"))["runs"]
    rules = {one["id"]: one["properties"].get("security-severity") for one in run["tool"]["driver"]["rules"]}
    of_secrets = {name: number for name, number in rules.items() if name.startswith("secret-")}
    assert of_secrets == {
        "secret-dotenv": "8.0",
        "secret-in-dockerfile": "8.0",
        "secret-password": "5.0",
    }
    assert {number for name, number in rules.items() if name not in of_secrets} == {None}


@pytest.mark.parametrize("style", ["text", "markdown", "html"])
def test_reports_for_people_say_what_helps(tmp_path: Path, style: str) -> None:
    text = said(tmp_path, style).replace("`", "")
    mount = "Dockerfile:4: RUN --mount=type=secret,id=DB_PASSWORD,env=DB_PASSWORD, instead of the value in a.py:2"
    start = "docker run --env A, instead of the value in Dockerfile:2"
    rotate = "Dockerfile:2: a GitHub personal access token: github.com/settings/tokens"
    assert [step for step in (mount, start, rotate) if step not in text] == []


def test_markdown_says_how_far_each_gets(tmp_path: Path) -> None:
    rows = [line for line in said(tmp_path, "markdown").splitlines() if "`secret-password`" in line]
    assert rows and all("in the final image" in row for row in rows)


REACHING: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM python AS build\nCOPY stage /a\nRUN --mount=type=bind,source=bound,target=/b true\n"
    "FROM python\nCOPY --from=build /etc/issue /\nCOPY image /c\n",
    "image/.env": f"A={github()}\n",
    "stage/.env": f"A={github()}\n#{'x' * 50}\n",
    "bound/.env": f"A={github()}\n#{'x' * 100}\n",
    "image/app.js": "",
}
IN_ORDER = ["image/.env", "stage/.env", "bound/.env"]


@pytest.mark.parametrize("style", FORMATS)
def test_of_secrets_the_one_that_gets_furthest_comes_first_not_the_largest(tmp_path: Path, style: str) -> None:
    make_tree(tmp_path, dict(REACHING))
    text = ctxaudit("--format", style, "--secrets", "names", cwd=tmp_path, columns=400).stdout.decode()
    errors = text.partition("error[")[2] if style == "text" else text  # the text's tables are by size
    assert sorted(IN_ORDER, key=errors.index) == IN_ORDER


def test_of_secrets_of_several_builds_the_one_that_gets_furthest_comes_first(tmp_path: Path) -> None:
    builds = "".join(f"  {name}:\n    build:\n      context: .\n" for name in ("a", "b"))
    make_tree(tmp_path, {**REACHING, "compose.yaml": f"services:\n{builds}"})
    text = ctxaudit("--all", "--format", "markdown", cwd=tmp_path).stdout.decode()
    assert sorted(IN_ORDER, key=text.index) == IN_ORDER
