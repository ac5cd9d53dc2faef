"""`comment --dry-run` on a laptop: the comment, and what would be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ctxaudit, make_tree

JUNK: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . /\n",
    "package.json": "{}",
    "node_modules/.package-lock.json": "{}",
}
CLEAN: dict[str, str | bytes | None] = {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "1"}
MADE = "dry run: this comment would be created, or the one that is there updated"
NOTHING = "dry run: no comment would be created, as there is nothing to say; one that is there would be"
OUTSIDE = "dry run: without links, as GITHUB_EVENT_PATH names no event"
NO_JOB = {"GITHUB_EVENT_PATH": "", "GITHUB_REPOSITORY": "", "CI_JOB_ID": "", "CI_MERGE_REQUEST_IID": ""}


@pytest.mark.parametrize(
    ("files", "words", "effect"),
    [
        pytest.param(JUNK, [], MADE, id="something to say"),
        pytest.param(CLEAN, [], f"{NOTHING} updated to this line", id="nothing to say"),
        pytest.param(CLEAN, ["--delete-when-resolved"], f"{NOTHING} deleted", id="nothing to say, and deleted then"),
    ],
)
def test_it_says_what_would_be_done(
    tmp_path: Path, files: dict[str, str | bytes | None], words: list[str], effect: str
) -> None:
    make_tree(tmp_path, files)
    ctxaudit(".", "--output", "json=report.json", cwd=tmp_path)
    answer = ctxaudit("comment", "github", "--report", "report.json", "--dry-run", *words, cwd=tmp_path, **NO_JOB)
    assert answer.stdout.decode().startswith("<!-- ctxaudit:report v1 key=default -->\n")
    assert (answer.returncode, answer.stderr.decode().splitlines()) == (0, [OUTSIDE, effect])


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_it_needs_no_job(tmp_path: Path, forge: str) -> None:
    make_tree(tmp_path, JUNK)
    ctxaudit(".", "--output", "json=report.json", cwd=tmp_path)
    answer = ctxaudit("comment", forge, "--report", "report.json", "--dry-run", cwd=tmp_path, **NO_JOB)
    assert (answer.returncode, MADE in answer.stderr.decode()) == (0, True)
    assert "### Build context: " in answer.stdout.decode()


@pytest.mark.parametrize(
    ("forge", "missing", "where"),
    [
        pytest.param("github", "GITHUB_EVENT_PATH names no event", "GitHub Actions", id="GitHub"),
        pytest.param("gitlab", "CI_JOB_ID is not set", "GitLab CI", id="GitLab"),
    ],
)
def test_a_comment_outside_of_a_job_is_refused(tmp_path: Path, forge: str, missing: str, where: str) -> None:
    make_tree(tmp_path, JUNK)
    ctxaudit(".", "--output", "json=report.json", cwd=tmp_path)
    answer = ctxaudit("comment", forge, "--report", "report.json", cwd=tmp_path, **NO_JOB)
    said = f"error: {missing}\n  fix: run it in a job of {where}, or add --dry-run to see the comment here\n"
    assert (answer.returncode, answer.stdout, answer.stderr.decode()) == (2, b"", said)
