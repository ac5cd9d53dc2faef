"""What the comment says: kept whole for each case, harmless whatever a name is, and equal to what git counts."""

from __future__ import annotations

import html
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from comments import CASES, HEAD, LIMIT, comment, golden_comment, sample_comment
from golden import WHOLE, comment_of_all
from hostile import NAMES, report_with
from markdown_it import MarkdownIt

from ctxaudit.model import Report
from ctxaudit.report import Layout, markdown
from support import ctxaudit

RENDERER = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
TAG = re.compile(r"<(/?[a-z]+\d?)([^>]*)>")


@pytest.mark.parametrize("case", CASES)
def test_the_comment_is_the_golden_one(case: str) -> None:
    assert comment(CASES[case]) == golden_comment(case).read_text()


@pytest.mark.parametrize("sample", WHOLE)
def test_the_comment_about_a_sample_is_the_golden_one(sample: str) -> None:
    assert sample_comment(sample) == golden_comment(f"sample-{sample}").read_text()


def test_the_comment_about_forty_builds_is_the_golden_one(samples: Path) -> None:
    assert comment_of_all(samples, "forty") == golden_comment("sample-forty").read_text()


def shape(html: str) -> list[str]:
    """The tags in order; of a link whether it leads to our own host."""
    found = []
    for tag, attributes in TAG.findall(html):
        ours = re.match(r' href="https://github\.com/o/r/[\w./%~#-]*"$', attributes)
        found.append(f"{tag} ours" if ours else tag + attributes)
    return found


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_hostile_name_is_no_link_no_mention_no_tag_and_breaks_no_table(name: str) -> None:
    harmless, hostile = (RENDERER.render(comment(Report(report_with(one).targets[:1]), 10**6)) for one in ("a", name))
    assert shape(hostile) == shape(harmless) or _only_links_are_gone(shape(hostile), shape(harmless))
    text = re.sub(r"<(code|pre)[^>]*>.*?</\1>", "", re.sub(r' href="[^"]*"', "", hostile), flags=re.DOTALL)
    assert re.search(r"@|#\d|evil|onerror", text) is None


def _only_links_are_gone(hostile: list[str], harmless: list[str]) -> bool:
    """A name that leads out of the repository is not linked."""
    return [tag for tag in hostile if tag not in ("a ours", "/a")] == [
        tag for tag in harmless if tag not in ("a ours", "/a")
    ]


@pytest.mark.parametrize("case", CASES)
def test_it_fits_and_nothing_of_it_is_loaded_from_elsewhere(case: str) -> None:
    text = comment(CASES[case])
    assert len(text) <= LIMIT
    assert "<img" not in RENDERER.render(text)
    assert text.startswith("<!-- ctxaudit:report v1 key=default -->\n")
    assert text.endswith(f"<!-- ctxaudit:run 1234567890/1 {HEAD} -->\n")


def test_what_is_dropped_first_is_the_list_of_all_findings() -> None:
    text = comment(CASES["a-thousand-findings"])
    assert "All 1,000 findings" not in text
    assert "_Shortened: the whole report is in the JSON report._" in text


def counted(root: Path, commit: str) -> tuple[int, int]:
    """Files and bytes of a commit that a build is sent, as `git ls-tree` has them."""
    listed = subprocess.run(["git", "ls-tree", "-rlz", commit], cwd=root, capture_output=True, check=True).stdout
    rows = [line.split(b"\t", 1) for line in listed.split(b"\0") if line]
    sizes = {name.decode(): int(head.split()[3]) for head, name in rows}
    if ".dockerignore" in sizes:
        del sizes["config.yml"]
    return len(sizes), sum(sizes.values())


def test_the_numbers_are_those_of_the_audit_and_of_git(branch: Path, report: Path, job: Callable[..., Any]) -> None:
    (_, base), (_, head) = counted(branch, "main"), counted(branch, "feature")
    size = Layout().size
    heading = f"{size(base)} → {size(head)} ({Layout().growth(head - base)})"
    compared = json.loads(report.read_text())["targets"][0]["comparison"]
    assert (compared["base"]["bytes"], compared["head"]["bytes"]) == (base, head)
    mine = job()
    assert f"### Build context: {heading} :x:\n" in mine.run("--dry-run").stdout
    assert mine.forge.log == []
    assert mine.run().stdout == "comment created\n"
    (body,) = mine.forge.ours
    assert f"### Build context: {heading} :x:\n" in body
    told = re.search(r"Locally: <code>(.*)</code>", body)
    assert told is not None
    program, *arguments = shlex.split(html.unescape(told[1]))
    assert program == "ctxaudit"
    local = ctxaudit(*arguments, "--format", "markdown", cwd=branch).stdout.decode()
    assert f"### Build context: {heading} :x:\n" in local
    assert "; 1 path that the build reads is not sent any more; " in local


def test_a_report_without_news_is_one_line() -> None:
    assert markdown.unchanged(CASES["nothing-changed"], Layout()) == (
        "Build context: 4.12MB → 4.12MB (0B), nothing to act on.\n"
    )
