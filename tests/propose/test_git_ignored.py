"""The last row of the catalogue: what git ignores, nothing names and no other row is about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ctxaudit import audit
from ctxaudit.builds.request import request
from ctxaudit.proposals.change import change
from support import git, here, make_tree

COPY_ALL = "FROM scratch\nCOPY . .\n"
IGNORED = {".gitignore": "/lab\n*.bin\n*.pb.go\n", ".dockerignore": ".git\n"}
LAB = {"lab/a.txt": "x", "lab/b/c.txt": "x"}
BIG = "x" * 1_000_001


@dataclass(frozen=True)
class Case:
    """files: the tree, all of it tracked but what its .gitignore names. found: kind, severity and path."""

    files: dict[str, str]
    found: tuple[tuple[str, str, str], ...] = ()
    lines: tuple[str, ...] = ()
    kept: tuple[str, ...] = field(default=())


CASES = {
    "a directory that git ignores whole is one finding, and goes by its name": Case(
        {**IGNORED, **LAB, "Dockerfile": COPY_ALL}, (("git-ignored", "note", "lab"),), ("lab",)
    ),
    "one that is large is a warning": Case(
        {**IGNORED, "a.bin": BIG, "Dockerfile": COPY_ALL}, (("git-ignored", "warning", "a.bin"),), ("*.bin",)
    ),
    "generated source is none": Case({**IGNORED, "api/a.pb.go": "package api", "Dockerfile": COPY_ALL}),
    "what an instruction names is none": Case({**IGNORED, **LAB, "Dockerfile": COPY_ALL + "COPY lab/a.txt /\n"}),
    "nor what a variable may name": Case({**IGNORED, **LAB, "Dockerfile": COPY_ALL + "ARG A\nCOPY $A/x /\n"}),
    "nor what lies in a directory with tracked files, which a tool may read whole": Case(
        {
            ".gitignore": "public/pdfs\ndocs/api\n*.ftl\ngen\n*.mo\n*.dat\n", ".dockerignore": ".git\n",
            "public/robots.txt": "", "public/pdfs/a.pdf": "%PDF", "docs/index.md": "#", "docs/api/index.md": "#",
            "src/main/java/A.java": "", "src/main/resources/mail.ftl": "", "src/main/resources/gen/a.txt": "",
            "locale/de/LC_MESSAGES/django.po": "", "locale/de/LC_MESSAGES/django.mo": "",
            "service/data/a/keep.txt": "", "service/gen/a.txt": "", "service/data/b/geo.dat": "",
            "Dockerfile": "FROM node AS build\nCOPY . /s\nFROM node\nCOPY --from=build /s/service /app\n" + COPY_ALL,
        }
    ),
    "nor what lies in a directory that tools read whole by its name": Case(
        {
            ".gitignore": "/static\n/wwwroot/files\n/site/content\n/fonts\n", ".dockerignore": ".git\n",
            "fonts/a.ttf": "x",
            "static/dl/a.txt": "x", "wwwroot/files/a.txt": "x", "site/content/a.md": "#", "Dockerfile": COPY_ALL,
        }
    ),
    "what lies beside a file that only keeps its directory in git is one": Case(
        {".gitignore": "lab/*\n!.gitkeep\n", ".dockerignore": ".git\n", "lab/.gitkeep": "", "lab/a.txt": "x",
         "Dockerfile": COPY_ALL},
        (("git-ignored", "note", "lab/a.txt"),),
        ("lab/*", "!lab/.gitkeep"),
    ),
    "what lies in a directory without tracked files is one": Case(
        {".gitignore": "*.dat\n", ".dockerignore": ".git\n", "lab/b/a.dat": "x", "Dockerfile": COPY_ALL},
        (("git-ignored", "note", "lab/b/a.dat"),),
        ("lab/b/*.dat",),
    ),
    "nor what this build is not sent": Case(
        {**IGNORED, **LAB, "a.txt": "1", "Dockerfile": "FROM scratch\nCOPY a.txt /\n"}
    ),
    "another row's finding in it stands beside it": Case(
        {**IGNORED, **LAB, "lab/node_modules/.package-lock.json": "{}", "Dockerfile": COPY_ALL},
        (("node-modules", "warning", "lab/node_modules"), ("git-ignored", "note", "lab")),
        ("lab",),
    ),
    "what another row keeps in it stays, and the rest goes": Case(
        {
            **IGNORED, **LAB, "lab/requirements.zip": "PK\3\4", "lab/local.db": "SQLite format 3\0",
            "Dockerfile": COPY_ALL, ".dockerignore": ".git\n**/*.db\n!lab/local.db\n",
        },
        (("db-sqlite", "warning", "lab/local.db"), ("git-ignored", "note", "lab")),
        ("lab", "!lab/local.db"),
        ("lab/local.db",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_git_ignores(tmp_path: Path, case: Case) -> None:
    make_tree(tmp_path, case.files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    (found,) = audit(tmp_path).targets
    shown = [one for one in found.findings if one.kind and not one.kind.startswith("docker-")]
    proposal = change([request(tmp_path)]).proposal
    assert tuple((one.kind, one.severity, one.path) for one in shown) == case.found
    assert (proposal.patterns, tuple(one.path for one in proposal.kept)) == (
        case.lines,
        case.kept,
    )
    assert proposal.proof.dropped == 0


def test_a_secret_that_an_instruction_names_is_expected_nowhere_else(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM scratch\nCOPY .npmrc /\nCOPY . /all/\n",
        ".gitignore": ".npmrc\n",
        "config/a.json": "{}",
        "scripts/b.sh": "echo",
    }
    make_tree(tmp_path, files)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "1")
    make_tree(tmp_path, {".npmrc": "//registry.npmjs.org/:_authToken=abc\n"})
    assert ".npmrc" not in "".join(
        line for line in here(str(tmp_path), "--diff").stdout.splitlines(True) if line.startswith("+")
    )
    compared = here(str(tmp_path), "--base", "HEAD", "--format", "json", "--fail-on", "never").stdout
    (target,) = json.loads(compared)["targets"]
    assert [one["path"] for one in target["comparison"]["git_ignored"]] == []
