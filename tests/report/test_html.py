"""The HTML report as text: what it holds, and that nothing of the tree's becomes markup. tests/system/ runs it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from golden import golden
from hostile import MANY, NAMES, report_with
from twelve import twelve_services

from ctxaudit.auditor import audit_builds
from ctxaudit.builds.request import request
from ctxaudit.model import Report, SizeNode
from ctxaudit.report import FORMATS, Layout, printable_name
from ctxaudit.report.html import prose
from ctxaudit.values import shown_size
from support import ctxaudit, git, installed, make_tree


def html_of(report: Report) -> str:
    return FORMATS["html"].render(report, Layout())


def audited(root: Path) -> Report:
    return audit_builds(request(root), propose=True, sizes=True)


def islands(text: str) -> list[dict[str, Any]]:
    """The data that the script reads."""
    return [json.loads(one) for one in re.findall(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)]


class Structure(HTMLParser):
    """The elements and their attributes, and the texts between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(key for key, _ in attributes)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_two_runs_are_the_same_bytes(samples: Path) -> None:
    root = samples / "sample_repos/.made"
    runs = [installed("go-service", "--format", "html", cwd=root, PYTHONHASHSEED=seed).stdout for seed in "12"]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("sample", ["go-service", "narrow-copy", "sent-empty"])
def test_the_figures_are_those_of_the_json_report(samples: Path, sample: str) -> None:
    root = samples / "sample_repos/.made"
    (target,) = json.loads(golden(sample, "json").read_bytes())["targets"]
    text = ctxaudit(sample, "--format", "html", cwd=root).stdout.decode()
    texts = Structure(text).texts
    (data,) = islands(text)
    sent, after = target["sent"], target["proposal"]["after"][target["builder"]]
    assert (data["bytes"][0], data["files"][0]) == (sent["bytes"], sent["files"])
    assert {
        shown_size(sent["bytes"]),
        f"{sent['files']} files",
        shown_size(after["bytes"]),
        f"{after['files']} files",
    } <= {*texts}
    sized = {data["names"][row] for row in range(len(data["names"]))}
    for finding in (one for one in target["findings"] if one["path"]):
        assert f"{finding['path']}{'/' * (finding['type'] == 'dir')}" in texts
        assert finding["reach"] == "permitted" or any(name.rstrip("/") in finding["path"] for name in sized)
    assert f"{len(target['findings'])}" in texts


def test_the_rows_say_what_is_not_needed_at_every_height(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM scratch\nCOPY . /\n",
        "app/package.json": "{}",
        "app/src/a.js": "12345",
        "app/node_modules/.package-lock.json": "{}",
        "app/node_modules/x/index.js": "x" * 1000,
    }
    (data,) = islands(html_of(audited(make_tree(tmp_path, files))))
    said = {
        name: (size, unneeded, *data["verdicts"][verdict])
        for name, size, unneeded, verdict in zip(
            data["names"], data["bytes"], data["unneeded"], data["verdict"], strict=True
        )
    }
    assert said[""][1:] == (1002, "mixed", "")
    assert said["app/"] == (1009, 1002, "mixed", "")
    assert said["node_modules/"][:3] == (1002, 1002, "warning")
    assert said["index.js"] == (1000, 1000, "warning", "node_modules")
    assert said["src/"] == (5, 0, "rest", "")


def test_what_stays_of_a_directory_is_not_counted_as_not_needed(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM scratch\nCOPY . /\nCOPY target/*.jar /a.jar\n",
        "pom.xml": "<project/>",
        "target/a.jar": "PK\3\4" + "x" * 96,
        "target/classes/A.class": "x" * 300,
    }
    (data,) = islands(html_of(audited(make_tree(tmp_path, files))))
    unneeded = dict(zip(data["names"], data["unneeded"], strict=True))
    assert {name: unneeded[name] for name in ("", "target/", "a.jar", "classes/", "A.class")} == {
        "": 300, "target/": 300, "a.jar": 0, "classes/": 300, "A.class": 300,
    }  # fmt: skip


def test_a_directory_with_a_finding_that_stays_is_not_of_the_rest(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM scratch\nCOPY . /\nCOPY certs /certs\n",
        "certs/server.key": "-----BEGIN PRIVATE KEY-----\nTHIS IS NOT A KEY\n-----END PRIVATE KEY-----\n",
        "src/Dockerfile": "FROM scratch\n",
    }
    root = make_tree(tmp_path, files)
    git(root, "init", "-q")
    git(root, "add", "-A")
    (data,) = islands(html_of(audited(root)))
    verdicts = [data["verdicts"][verdict][0] for verdict in data["verdict"]]
    said = dict(zip(data["names"], zip(verdicts, data["unneeded"], strict=True), strict=True))
    assert (said["certs/"], said["server.key"][0], said["src/"]) == (("mixed", 0), "error", ("rest", 0))


def test_the_page_has_the_words_of_the_text(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "node_modules/.package-lock.json": "{}" * 99})
    page = html_of(audited(root))
    figures = re.findall(r"<dt>(.*?)</dt><dd><strong>(.*?)</strong>", page)
    assert figures == [("Sent", "220B"), ("Needed", "68B"), ("Findings", "2")]
    assert "30.9% of the bytes are needed" in page


def test_what_is_merged_still_counts_and_a_finding_in_it_has_a_row(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM scratch\nCOPY . /\n",
        "a/big": "x" * 900,
        "a/.env": "API_TOKEN=NOT-A-SECRET\n",
        "a/small": "1",
    }
    (audit,) = audited(make_tree(tmp_path, files)).targets
    sizes = (
        SizeNode("", -1, "dir", 4, audit.sent.bytes),
        SizeNode("a", 0, "dir", 3, 924),
        SizeNode("a/big", 1, "file", 1, 900),
        SizeNode("a", 1, None, 2, 24),
        SizeNode("", 0, None, 1, audit.sent.bytes - 924),
    )
    (data,) = islands(html_of(Report((replace(audit, sizes=sizes),))))
    assert data["names"] == ["", "a/", "big", "(2 smaller files)", "(1 smaller file)", ".env", "Dockerfile"]
    assert (data["nodes"], data["parents"][5:]) == (5, [1, 0])
    assert data["unneeded"] == [23, 23, 0, 23, 0, 23, 0]
    assert [data["verdicts"][verdict][0] for verdict in data["verdict"]] == [
        *("mixed", "mixed", "rest", "merged", "merged", "error", "note")
    ]


def test_the_policy_lets_only_the_page_s_own_style_and_script_run() -> None:
    text = html_of(report_with("a"))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    hashes = {
        tag: base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        for tag, inside in re.findall(r"<(style|script)>(.*?)</\1>", text, re.DOTALL)
    }
    assert policy is not None
    assert policy[1].split("; ") == [
        "default-src 'none'",
        f"script-src 'sha256-{hashes['script']}'",
        f"style-src 'sha256-{hashes['style']}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert len(re.findall("<script>|<style>", text)) == 2


def with_sizes(report: Report, name: str) -> Report:
    nodes = (SizeNode("", -1, "dir", 1, 9), SizeNode(name, 0, "dir", 1, 9), SizeNode(name, 1, None, 1, 9))
    return Report(tuple(replace(audit, sizes=nodes) for audit in report.targets))


def elements(structure: Structure) -> list[tuple[str, tuple[str, ...]]]:
    """Return what a name must not add to; a diff has a line for each newline, and a button for what can be copied."""
    hidden = ("span", ("class",))
    return [one for one in structure.elements if one != hidden and one[0] != "button"]


@cache
def tame_elements() -> list[tuple[str, tuple[str, ...]]]:
    return elements(Structure(html_of(with_sizes(report_with("name"), "name"))))


@pytest.mark.parametrize("name", [*NAMES.values(), *MANY], ids=[*NAMES, *map(ascii, MANY)])
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    text = html_of(with_sizes(report_with(name), name))
    structure = Structure(text)
    assert elements(structure) == tame_elements()
    assert [char for char in text if not char.isprintable() and char not in "\n\t"] == []
    assert text.encode().decode() == text
    assert any(printable_name(name) in one for one in structure.texts)
    assert islands(text)[0]["names"][1] == f"{printable_name(name.rpartition('/')[2])}/"


def test_what_is_escaped_is_not_offered_to_be_copied() -> None:
    offered = [html_of(report_with(name)).count('class="copy"') for name in ("a", "a\tb", "a\rb", "a\udcff")]
    assert offered == [1, 1, 0, 0]


def test_several_builds_have_a_row_and_a_section_each() -> None:
    text = html_of(report_with("api"))
    assert re.findall(r'href="(#build-\d)"|id="(build-\d)"', text) == [
        *[("#build-1", ""), ("#build-2", "")],
        *[("", "build-1"), ("", "build-2")],
    ]


def test_exact_bytes_are_shown_where_they_are_asked_for() -> None:
    text = FORMATS["html"].render(with_sizes(report_with("a"), "a"), Layout(bytes=True))
    assert "5678B" in Structure(text).texts
    assert islands(text)[0]["exact"] is True


def test_a_build_that_needs_no_context_has_no_table(tmp_path: Path) -> None:
    text = html_of(audited(make_tree(tmp_path, {"Dockerfile": "FROM scratch\n", "a": "1"})))
    assert "no instruction needs the context" in Structure(text).texts
    assert islands(text) == []


def test_a_page_without_javascript_shows_the_50_largest(tmp_path: Path) -> None:
    files = {f"{number:03}": "x" * number for number in range(1, 100)}
    text = html_of(audited(make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", **files})))
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert re.findall(r"<code>(\d+)</code>", body) == [f"{number:03}" for number in range(99, 49, -1)]
    assert "The 50 largest of 100 entries." in Structure(text).texts


def test_what_is_not_needed_is_what_the_proposal_excludes(tmp_path: Path) -> None:
    dockerfile = "FROM golang AS build\nCOPY . .\nRUN go build -o /app .\nFROM scratch\nCOPY --from=build /app /app\n"
    make_tree(
        tmp_path, {"Dockerfile": dockerfile, "go.mod": "module x\n", "main.go": "package main\n", ".dockerignore": ""}
    )
    make_tree(
        tmp_path, {"coverage.out": "mode: set\n" * 9_000, ".idea/workspace.xml": "<a/>" * 3_000, "a/.idea/x": "12"}
    )
    audit = ctxaudit("--output", "json=report.json", "--output", "html=page.html", "--format", "markdown", cwd=tmp_path)
    report = json.loads((tmp_path / "report.json").read_bytes())
    target = report["targets"][0]
    assert {one["severity"] for one in target["findings"]} == {"note"}
    block = (
        "# >>> ctxaudit\n**/.idea\n**/coverage.out\n# <<< ctxaudit\n"  # which the ignore file, itself sent, grows by
    )
    excluded = target["sent"]["bytes"] - report["totals"]["needed"]["bytes"] + len(block)
    (data,) = islands((tmp_path / "page.html").read_text())
    assert sorted(data["unneeded"], reverse=True)[:4] == [excluded, 90_000, 12_000, 12_000]
    assert "| 102.12kB | 102.12kB | 7 | 102.00kB |" in audit.stdout.decode()


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("17.20MB -> 3.59kB", '17.20MB <span class="whole">-&gt;</span> 3.59kB'),
        ("git rm --cached it, or", 'git rm <span class="whole">--cached</span> it, or'),
        ("with --always-ignore", 'with <span class="whole">--always-ignore</span>'),
        ("a -->b, --cachedx <i>", "a --&gt;b, --cachedx &lt;i&gt;"),
    ],
)
def test_an_option_and_an_arrow_stay_whole_where_a_line_ends(sentence: str, shown: str) -> None:
    assert prose(sentence) == shown


def test_what_was_not_measured_is_named_for_all_builds_once(tmp_path: Path) -> None:
    audit = ctxaudit("--all", "--format", "html", cwd=twelve_services(tmp_path / "shop"))
    said = "Lines for what git ignores, without effect here, so not measured: **/dist, **/node_modules, **/.env*."
    assert audit.stdout.decode().count(said) == 1
