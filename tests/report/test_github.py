"""Workflow commands, read as GitHub's runner reads a line of a log."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import MANY, NAMES, finding, report_of, report_with

from ctxaudit.model import Report
from ctxaudit.report import Layout, escape, github, printable_text, words
from support import ctxaudit, git, make_tree

Command = tuple[str, dict[str, str], str]


def commands(text: str) -> list[Command]:
    """The commands of a log, every line of which must be one."""
    return [command(line) for line in text.removesuffix("\n").split("\n")]


def command(line: str) -> Command:
    found = re.fullmatch(r"::([a-z]+) ([^:]*)::(.*)", line)
    assert found, line
    pairs = (pair.partition("=") for pair in found[2].split(","))
    return found[1], {key: _read(value) for key, _, value in pairs}, _read(found[3])


def _read(text: str) -> str:
    for escaped, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, char)
    return text


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_hostile_name_stays_in_its_property_and_its_text(name: str) -> None:
    said = commands(github.render(report_with(name), Layout()))
    assert [name for name, *_ in said] == ["error"] * 4 + ["warning", "notice"]
    assert {(tuple(properties), properties.get("line")) for _, properties, _ in said} == {
        (("file", "line", "title"), "7"),
        (("file", "line", "title"), "3"),
        (("title",), None),
    }
    assert {properties["file"] for _, properties, _ in said[:-1]} == {printable_text(Layout().place(name))}
    assert said[3][1:] == (
        {"file": printable_text(Layout().place(name)), "line": "7", "title": "max-size"},
        "over budget: 5.68kB sent, max-size is 5.00kB: 678B too much",
    )
    assert said[1][2] == (escape.line(f"{name} is 1234B: {name} (in the final image of {words.title(name)})"))


def test_each_of_200_names_stays_in_its_property_and_its_text() -> None:
    for name in MANY:
        said = commands(github.render(report_with(name), Layout()))
        assert [level for level, *_ in said] == ["error"] * 4 + ["warning", "notice"], ascii(name)
        files = {properties["file"] for _, properties, _ in said[:-1]}
        assert files == {printable_text(Layout().place(name))}, ascii(name)


def test_the_nine_worst_are_shown_and_the_rest_are_counted() -> None:
    target = report_of(13).targets[0]
    findings = (finding("secret", size=1), *target.findings, finding("note", "note"))
    report = Report((replace(target, findings=findings),))
    said = commands(github.render(report, Layout()))
    assert [text.partition(" is")[0] for _, _, text in said[:-1]] == ["secret", *(f"d/{at:06}" for at in range(8))]
    assert said[-1] == ("notice", {"title": "ctxaudit"}, "13.00MB in 13 files sent, and 5 more")
    assert commands(github.render(report, Layout(verbose=True)))[-1][2].endswith(", and 6 more")


def test_the_worst_of_all_builds_come_first() -> None:
    (target,) = report_of(0).targets
    targets = (replace(target, findings=(finding("a", "warning"),)), replace(target, findings=(finding("b"),)))
    said = commands(github.render(Report(targets), Layout()))
    assert [name for name, *_ in said] == ["error", "warning", "notice"]


def test_a_clean_context_is_one_line() -> None:
    assert github.render(report_of(0), Layout()) == "::notice title=ctxaudit::0B in 0 files sent\n"


STAYING: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node\nWORKDIR /a\nCOPY . .\nCMD node dist/a.js\n",
    ".gitignore": "dist\n",
    "package.json": "{}",
    "dist/a.js": "x" * 99,
    "a.log": "x",
}


@pytest.mark.parametrize("style", ["github", "gitlab", "sarif"])
def test_an_annotation_of_what_stays_has_the_reason(tmp_path: Path, style: str) -> None:
    root = make_tree(tmp_path / "p", STAYING)
    git(root, "init", "-q")
    git(root, "add", "-A", ":!a.log")
    text = ctxaudit("--format", style, cwd=root).stdout.decode()
    assert "; stays: `node dist/a.js` in line 4 names it, and nothing is known to make it before" in text
    assert re.search(r"a\.log is 1B", text)
    assert not re.search(r"a\.log is 1B[^\n]*; stays: ", text)
