"""The figure of the headline: what it says is needed is what the builder is sent after `--write`."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctxaudit.values import shown_size
from support import git, here, make_tree

pytestmark = pytest.mark.usefixtures("covered_elsewhere")

DOCKERFILES = (
    "FROM scratch\nCOPY . /\n",
    "FROM scratch\nCOPY src /src\nCOPY package.json /\n",
    "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nCMD node dist/server.js\n",
    "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD node dist/server.js\n",
    "FROM python:3\nCOPY . /app\nENV PATH=/app/.venv/bin:$PATH\nCMD python /app/src/app.py\n",
    "FROM scratch\nCOPY data .env* /\n",
)
FILES = {
    "package.json": '{"scripts": {"build": "tsc"}}',
    "package-lock.json": "{}",
    "src/app.py": "open('data/x.db')\n",
    "src/index.ts": "export {}\n",
    "src/tests/test_a.py": "assert True\n",
    "dist/server.js": "x" * 40,
    "web/dist/a.js": "x" * 50,
    "node_modules/a/index.js": "x" * 60,
    "node_modules/.cache/b": "x" * 70,
    ".venv/bin/python": "x" * 80,
    ".venv/pyvenv.cfg": "home = /usr\n",
    "__pycache__/a.cpython-311.pyc": "x" * 90,
    "data/x.db": "x" * 100,
    "debug.log": "x" * 110,
    "logs/today.log": "x" * 120,
    ".env": "DB_PASSWORD=n0t-a-r3al-0ne\n",
    ".env.example": "DB_PASSWORD=\n",
    "id_rsa": "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n",
    "web/.dockerignore": "*\n",
    "coverage/lcov.info": "x" * 130,
    "a.swp": "x" * 140,
    "README.md": "# x\n",
}
LINKS = {"current": "src", "web/env": "../.env", "loop": "loop", "away": "/nowhere"}
IGNORED = ("node_modules", "dist/", "*.log", ".env*", "!.env.example", "/data", "__pycache__", ".venv/", "coverage")
LINES = ("node_modules", "**/*.log", "*.md", "!README.md", "web", "!web/dist", ".git", "dist*", "# c", "data/*")

# Where the text has its figure: what is needed, of a build of which all is; of one that is sent nothing else.
ROWS = (
    r" needed +([\d,]+)B +([\d,]+) files?\b",
    r" sent +([\d,]+)B +([\d,]+) files?\b",
    r"; ([\d,]+)B in ([\d,]+) files? is needed",
    r": ([\d,]+)B in ([\d,]+) files?(?:,| sent of)",
)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str | bytes | None]:
    files: dict[str, str | bytes | None] = {name: FILES[name] for name in draw(st.sets(st.sampled_from(sorted(FILES))))}
    files["Dockerfile"] = draw(st.sampled_from(DOCKERFILES))
    for name, lines in ((".gitignore", IGNORED), (".dockerignore", LINES)):
        if draw(st.booleans()):
            files[name] = "".join(f"{line}\n" for line in draw(st.lists(st.sampled_from(lines), max_size=5)))
    return files


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=trees(), links=st.sets(st.sampled_from(sorted(LINKS))), is_repository=st.booleans())
def test_what_is_needed_is_what_is_sent_after_the_change(
    files: dict[str, str | bytes | None], links: set[str], is_repository: bool
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = make_tree(Path(directory) / "r", files)
        if is_repository:
            git(root, "init", "-q")
            git(root, "add", "-A")
        for name in links:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).symlink_to(LINKS[name])
        said = needed(str(root))
        assert here(str(root), "--write").status in (0, 1)
        assert said == {sent(str(root))}
        assert needed(str(root)) == said
        # Nothing is left to do: no figure of --diff has another beside it.
        assert here(str(root), "--check", "--fail-on", "never").status == 0
        assert " -> " not in here(str(root), "--diff").stderr
        assert "\nNot needed\n" not in here(str(root), "-v", "--fail-on", "never").stdout


def needed(root: str) -> set[tuple[int, int]]:
    """The bytes and files that are needed, as the text, JSON and --diff say it; Markdown agrees about the bytes."""
    target = json.loads(here(root, "--format", "json", "--fail-on", "never").stdout)["targets"][0]
    totals: dict[str, Any] = target["proposal"]["after"]["buildkit"] if target["proposal"] else target["sent"]
    text = " ".join(here(root, "--bytes", "--fail-on", "never").stdout.split())
    row = next(filter(None, (re.search(line, text, re.MULTILINE) for line in ROWS)), None)
    assert row is not None, text
    assert target["proposal"] is None or target["proposal"]["proof"]["needed"] == totals["files"]
    diff = re.findall("^  BuildKit: (?:.* -> )?(.*)$", here(root, "--diff").stderr, re.MULTILINE)
    assert diff == [f"{shown_size(totals['bytes'])} in {totals['files']:,} file{'' if totals['files'] == 1 else 's'}"]
    markdown = here(root, "--format", "markdown", "--fail-on", "never").stdout
    change = f"{shown_size(target['sent']['bytes'])} \N{RIGHTWARDS ARROW} {shown_size(totals['bytes'])}"
    assert "<b>Proposed change" not in markdown or change in markdown
    html = here(root, "--format", "html", "--fail-on", "never").stdout
    if target["proposal"]:
        assert re.search(rf">Needed<.{{0,80}}{re.escape(shown_size(totals['bytes']))}", html, re.DOTALL)
    return {(totals["bytes"], totals["files"]), (number(row[1]), number(row[2]))}


def sent(root: str) -> tuple[int, int]:
    """The bytes and files of the entries that `ls` lists."""
    entries = json.loads(here("ls", root, "--format", "json").stdout)
    return sum(one["content_bytes"] for one in entries), sum(one["type"] != "dir" for one in entries)


def number(text: str) -> int:
    return int(text.replace(",", ""))
