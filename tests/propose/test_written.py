"""After `--write` nothing is left to do or wrong with what was written, and every figure is the one from before."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from golden import DECLARING, SAMPLES

from ctxaudit.builders import BUILDERS
from ctxaudit.values import shown_size
from support import PROJECT, ctxaudit, git, here, make_tree

sys.path.append(str(PROJECT / "tests/benchmarks"))

import projects
import proposed

pytestmark = pytest.mark.usefixtures("covered_elsewhere")

Files = dict[str, str | bytes | None]
Amount = tuple[int, int]
JAR, CLASSES = "PK\3\4" + "x" * 96, "x" * 300
SECRET = "DB_PASSWORD=n0t-a-r3al-0ne\n"
COPY_ALL = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
# Of each tree: what is tracked, and what lies beside it.
SHAPES: dict[str, tuple[Files, Files]] = {
    "a clean repository": (
        {"Dockerfile": COPY_ALL, "a.js": "1", ".dockerignore": ".git\n", ".gitignore": ".env\n"}, {},
    ),
    "one with a proposal": (
        {"Dockerfile": COPY_ALL, "a.js": "1", ".gitignore": ".env\nnode_modules\n", "package.json": "{}"},
        {".env": SECRET, "node_modules/.package-lock.json": "{}", "node_modules/a/a.js": "xx"},
    ),
    "one of junk that git tracks": (
        {
            "Dockerfile": COPY_ALL, ".dockerignore": ".git\n", "a.log": "1", ".DS_Store": "x",
            "node_modules/a/a.js": "1",
        },
        {},
    ),
    "several builds of one ignore file": (
        {
            "compose.yaml": "services:\n  a: {build: {context: ., dockerfile: a.Dockerfile}}\n"
            "  b: {build: {context: ., dockerfile: b.Dockerfile}}\n  c: {build: c}\n",
            "a.Dockerfile": COPY_ALL, "b.Dockerfile": "FROM scratch\nCOPY src target/*.jar /\n",
            "c/Dockerfile": COPY_ALL, "src/a.js": "1", ".gitignore": "target\n.env\n", "c/a.js": "1",
        },
        {"target/a.jar": JAR, "target/classes/A.class": CLASSES, "c/.env": SECRET},
    ),
    "a jar by a wildcard beside classes": (
        {"Dockerfile": COPY_ALL + "COPY target/*.jar a.jar\n", "pom.xml": "<project/>", ".gitignore": "target/\n"},
        {"target/a.jar": JAR, "target/classes/A.class": CLASSES, "target/a.jar.original": "x" * 50},
    ),
    "git's HEAD and refs": (
        {"Dockerfile": COPY_ALL, "v.js": "read('.git/HEAD')\nread('.git/refs/heads/main')\n"}, {},
    ),
    "an output that is started, of a name that goes elsewhere": (
        {
            "Dockerfile": COPY_ALL + 'CMD ["node", "apps/api/dist/i.js"]\n', "package.json": "{}",
            ".gitignore": "dist\n", "apps/api/package.json": "{}", "apps/a/package.json": "{}",
        },
        {"apps/api/dist/i.js": "1", "apps/a/dist/i.js": "22", "dist/x.js": "333"},
    ),
    "a secret that an instruction names": (
        {"Dockerfile": COPY_ALL + "COPY .env.production .env\n", "a.js": "1", ".gitignore": ".env*\n"},
        {".env": SECRET, ".env.production": SECRET, ".env.local": "A=b\n"},
    ),
    "a block that is there, and more junk": (
        {
            "Dockerfile": COPY_ALL, "a.js": "1", ".gitignore": "*.log\n",
            ".dockerignore": "docs\n# >>> ctxaudit\n.git\n# <<< ctxaudit\n",
        },
        {"a.log": "x" * 70},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What the reports of one tree say: bytes and files as JSON has them, the others as they stand there.

    is_known: whether a proposal was looked for in each context. totals: what --diff says that
    the builder of the first one is sent for each ignore file, old and new.
    """

    sent: Amount
    needed: Amount
    is_known: bool
    found: Counter[tuple[str, str]]
    text: str
    totals: list[str]
    check: tuple[int, list[str]]
    markdown: str


def look(root: Path, *arguments: str, diff: bool = True) -> Look:
    """Ask for every report of a tree; without the diff its totals are those of --check."""
    with TemporaryDirectory() as folder:
        files = {name: Path(folder, name) for name in ("json", "markdown", "text")}
        outputs = [word for name, file in files.items() for word in ("--output", f"{name}={file}")]
        here(*arguments, str(root), "-v", "--top", "0", "--fail-on", "never", *outputs)
        said = {name: file.read_text() for name, file in files.items()}
    document = json.loads(said["json"])
    sent, needed = document["totals"]["sent"], document["totals"]["needed"]
    checked = here(*arguments, str(root), "--check", "--fail-on", "never", columns=200)
    title = BUILDERS[document["targets"][0]["builder"]].title
    check = (checked.status, _totals(title, checked.stdout))
    return Look(
        sent=(sent["bytes"], sent["files"]),
        needed=(needed["bytes"], needed["files"]) if needed else (0, 0),
        is_known=bool(needed),
        found=Counter((one["rule"], one["path"]) for target in document["targets"] for one in target["findings"]),
        text=" ".join(said["text"].split()),
        totals=_totals(title, here(*arguments, str(root), "--diff", columns=200).stderr) if diff else check[1],
        check=check,
        markdown=next(iter(re.findall("<b>Proposed change to .*?</b>: (.*)</summary>", said["markdown"])), ""),
    )


def _totals(title: str, text: str) -> list[str]:
    """What a builder is sent of the builds of each ignore file."""
    found = re.findall(
        rf"^  {title}: (.*)$|: nothing to change, (.* files?)(?:, for (?:all|both) .*)?[.]$", text, re.MULTILINE
    )
    return [one or other for one, other in found]


def amount(found: Amount) -> str:
    return f"{shown_size(found[0])} in {found[1]:,} file{'' if found[1] == 1 else 's'}"


def shown(found: Amount) -> tuple[str, ...]:
    """How the text says what is needed, of one build and of several."""
    row = f" needed {shown_size(found[0])} {found[1]:,} files"
    alone = (f"{amount(found)}{rest}" for rest in (" is needed", ", all that is permitted", " sent of "))
    return (
        row,
        *alone,
        f"; {shown_size(found[0])} is needed.",
        f" sent, {shown_size(found[0])} of it is needed",
        f", {shown_size(found[0])} sent.",
        f", {shown_size(found[0])} sent;",
    )


def files_of(totals: list[str]) -> int:
    return sum(int(re.findall(r" in ([\d,]+) file", one)[-1].replace(",", "")) for one in totals)


def holds(root: Path, *arguments: str, diff: bool = True) -> None:
    """Write what is proposed, and compare every figure before and after; diff: those of the diff, too."""
    before = look(root, *arguments, diff=diff)
    assert here(*arguments, str(root), "--write").status == 0
    after = look(root, *arguments, diff=diff)
    # What stays in a directory is found by itself once the rest of the directory is excluded.
    known = tuple(f"{path}/" for _, path in before.found if path)
    new = {(rule, path) for rule, path in after.found - before.found if not path.startswith(known)}
    assert {path.rpartition("/")[2] for _, path in new} <= {".dockerignore"}
    assert after.check[0] == 0
    assert not any(" -> " in one for one in after.totals)
    assert before.check == (int(any(" -> " in one for one in before.totals)), before.totals)
    assert after.check == (0, after.totals)
    if not before.is_known:
        return
    assert before.needed == after.sent == after.needed
    assert "Not needed" not in after.text
    for one in (before, after):
        assert any(text in one.text for text in shown(one.needed)), one.text
        assert files_of(one.totals) == before.needed[1]
    if len(before.totals) == 1:
        assert before.totals[0].rpartition(" -> ")[2] == after.totals[0] == amount(before.needed)
    change = f"{shown_size(before.sent[0])} \N{RIGHTWARDS ARROW} {shown_size(before.needed[0])}"
    assert before.markdown.partition(" over all ")[0] in ("", change)
    assert after.markdown == ""


def nothing_is_written_twice(root: Path, *arguments: str) -> None:
    written = {path: path.read_bytes() for path in root.glob("**/*.dockerignore")}
    assert here(*arguments, str(root), "--write").status == 0
    assert {path: path.read_bytes() for path in root.glob("**/*.dockerignore")} == written


@pytest.mark.parametrize(("tracked", "beside"), SHAPES.values(), ids=SHAPES)
def test_all_figures_are_the_same_before_and_after(tmp_path: Path, tracked: Files, beside: Files) -> None:
    root = make_tree(tmp_path / "r", tracked)
    git(root, "init", "-q")
    git(root, "add", "-f", ".")
    git(root, "commit", "-qm", "1")
    make_tree(root, beside)
    declared = ("--all",) if "compose.yaml" in tracked else ()
    holds(root, *declared)
    nothing_is_written_twice(root, *declared)
    if not declared:
        entries = json.loads(here("ls", str(root), "--format", "json").stdout)
        listed = sum(one["content_bytes"] for one in entries), sum(one["type"] != "dir" for one in entries)
        assert listed == look(root).needed


@pytest.mark.parametrize("sample", [*SAMPLES, *DECLARING])
def test_a_sample_is_done_after_one_write(tmp_path: Path, samples: Path, sample: str) -> None:
    root = tmp_path / sample
    shutil.copytree(samples / "sample_repos/.made" / sample, root, symlinks=True)
    holds(root, *(["--all"] if sample in DECLARING else []))
    nothing_is_written_twice(root, *(["--all"] if sample in DECLARING else []))


@pytest.mark.parametrize("name", projects.PROJECTS)
def test_a_project_is_done_after_one_write(tmp_path: Path, name: str) -> None:
    """With fewer commands: what the diff says, and a second write, depend on no kind of project."""
    proposed.make(tmp_path, projects.PROJECTS[name])
    holds(tmp_path, "--all", diff=False)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        pytest.param("COPY target/a.jar /\n", "line 2 of Dockerfile names target/a.jar", id="some of it"),
        pytest.param("COPY target /\n", "line 2 of Dockerfile names target", id="all of it"),
    ],
)
def test_what_stays_is_said_of_the_dockerfile_that_is_built(tmp_path: Path, named: str, said: str) -> None:
    root = make_tree(
        tmp_path,
        {
            "Dockerfile": f"FROM scratch\n{named}", "Dockerfile.all": "FROM scratch\n\nCOPY target /\n", "pom.xml": "",
            "target/a.jar": JAR, "target/classes/A.class": CLASSES,
        },
    )  # fmt: skip
    text = ctxaudit(".", cwd=root).stdout.decode()
    assert f"  target/  {said}\n" in text


def test_a_build_that_is_done_is_one_line_among_several(tmp_path: Path) -> None:
    files: Files = {f"{name}/Dockerfile": COPY_ALL for name in "ab"}
    root = make_tree(tmp_path, {**files, "a/.DS_Store": "\0\0\0\1Bud1"})
    lines = ctxaudit("--all", "--check", cwd=root).stdout.decode().splitlines()
    assert lines[0] == "a/.dockerignore: ctxaudit proposes 1 line."
    assert [line for line in lines if line.startswith("b")] == ["b/.dockerignore: nothing to change, 35B in 1 file."]
    assert lines[-1] == "b/.dockerignore: nothing to change, 35B in 1 file."
    assert ctxaudit("b", "--check", cwd=root).stdout.decode().splitlines()[:3] == [
        "b/.dockerignore: nothing to change.",
        "  BuildKit: 35B in 1 file",
        "  the classic builder: 35B in 1 file",
    ]
