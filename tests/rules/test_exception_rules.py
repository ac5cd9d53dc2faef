"""The rules about exceptions that the tree decides: an ignore file, a tree, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit import audit, list_context
from ctxaudit.model import Finding
from support import make_tree

COPY_ALL = "FROM scratch\nCOPY . /\n"
KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n"
Files = dict[str, str | bytes | None]


def findings(root: Path, rule: str) -> list[Finding]:
    return [finding for finding in audit(root).targets[0].findings if finding.rule == rule]


POWERLESS: dict[str, tuple[str, Files, list[tuple[int, str, str]]]] = {
    "a directory of which a wildcard leaves something out": (
        "**/*.log\n!logs\n", {"logs/a.log": "1"}, [(2, "logs/a.log", "!logs/**")],
    ),
    "a directory whose contents an earlier line names": (
        "a/x\n!a/\n", {"a/x": "1", "a/y": "1"}, [(2, "a/x", "!a/**")],
    ),
    "a wildcard for directories": (
        "**/node_modules\n!pack*\n", {"packages/node_modules/x": "1"}, [(2, "packages/node_modules", "!pack*/**")],
    ),
    "an exception that reaches below": ("**/*.log\n!logs/**\n", {"logs/a.log": "1"}, []),
    "a directory that is excluded itself": ("**\n!logs\n", {"logs/a.log": "1"}, []),
    "a directory of which nothing is left out": ("**/*.md\n!logs\n", {"logs/a.log": "1"}, []),
    "what a later line leaves out is meant": ("x\n!logs\nlogs/a.log\n", {"logs/a.log": "1"}, []),
    "a file": ("*.log\n!a.log\n", {"a.log": "1"}, []),
    "a line of our own block": (
        "**/*.log\n# >>> ctxaudit\n!logs\n# <<< ctxaudit\n", {"logs/a.log": "1"}, [],
    ),
    "a directory that is not there": ("**/*.log\n!logs\n", {"src/a.log": "1"}, []),
}  # fmt: skip


@pytest.mark.parametrize(
    ("ignore", "files", "said"), [pytest.param(*case, id=name) for name, case in POWERLESS.items()]
)
def test_powerless_exception(tmp_path: Path, ignore: str, files: Files, said: list[tuple[int, str, str]]) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": ignore, **files})
    found = findings(tmp_path, "powerless-exception")
    assert [(one.location and one.location.line, one.path, *(one.replacement or ())) for one in found] == said


SHALLOW: dict[str, tuple[str, Files, list[tuple[int, str, str]]]] = {
    "a name below a directory": (
        "*\n!*package.json\n", {"package.json": "{}", "apps/web/package.json": "{}"},
        [(2, "apps/web/package.json", "!**/package.json")],
    ),
    "an ending below a directory": ("*\n!*.md\n", {"a.md": "1", "docs/b.md": "1"}, [(2, "docs/b.md", "!**/*.md")]),
    "a directory that is excluded": ("docs\n!*.md\n", {"docs/b.md": "1"}, [(2, "docs/b.md", "!**/*.md")]),
    "several names": (
        "*\n!*package.json\n", {"a/package.json": "{}", "b/x-package.json": "{}"},
        [(2, "a/package.json", "!**/*package.json")],
    ),
    "an exception for every depth": ("*\n!**/*.md\n", {"docs/b.md": "1"}, []),
    "an exception that says the root": ("*\n!/*.md\n", {"docs/b.md": "1"}, []),
    "a name without a wildcard": ("*\n!package.json\n", {"web/package.json": "1"}, []),
    "what a later line excludes": ("*.log\n!*.md\ndocs\n", {"docs/b.md": "1"}, []),
    "what is not excluded": ("*.md\n!*.md\n", {"docs/b.md": "1"}, []),
    "other people's code": ("*\n!*.md\n", {"node_modules/x/b.md": "1"}, []),
}  # fmt: skip


@pytest.mark.parametrize(("ignore", "files", "said"), [pytest.param(*case, id=name) for name, case in SHALLOW.items()])
def test_shallow_exception(tmp_path: Path, ignore: str, files: Files, said: list[tuple[int, str, str]]) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": ignore, **files})
    found = findings(tmp_path, "shallow-exception")
    assert [(one.location and one.location.line, one.path, *(one.replacement or ())) for one in found] == said


@pytest.mark.parametrize("case", [case for case in POWERLESS.values() if case[2]])
@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_the_replacement_line_brings_back_what_the_finding_names(
    tmp_path: Path, case: tuple[str, Files, list[tuple[int, str, str]]], builder: str
) -> None:
    ignore, files, ((line, path, replacement),) = case
    lines = ignore.splitlines()
    root = make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": ignore, **files})
    before = {entry.path for entry in list_context(root, builder=builder).entries}  # type: ignore[arg-type]
    lines[line - 1] = replacement
    make_tree(root, {".dockerignore": "\n".join(lines)})
    after = {entry.path for entry in list_context(root, builder=builder).entries}  # type: ignore[arg-type]
    assert (path in before, path in after, before <= after) == (False, True, True)


def test_a_powerless_exception_says_what_stays_out_and_why(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": "**/*.log\n!logs\n", "logs/a.log": "1"})
    (finding,) = findings(tmp_path, "powerless-exception")
    assert (finding.severity, finding.message) == (
        "warning",
        "!logs does not bring back logs/a.log: logs itself is not excluded, and line 1, **/*.log, still excludes it;"
        " write !logs/**",
    )


@pytest.mark.parametrize(
    ("ignore", "said"),
    [
        pytest.param("**/*.pem\n!certs/dev.pem\n", [(2, "!certs/dev.pem keeps certs/dev.pem")], id="one by name"),
        pytest.param(
            "certs\n!certs/*.pem\n", [(2, "!certs/*.pem keeps certs/dev.pem and 1 other secret")], id="two by wildcard"
        ),
        pytest.param("*.md\n", [], id="sent without an exception, which is another finding"),
        pytest.param("**/*.pem\n", [], id="left out"),
        pytest.param(
            "# >>> ctxaudit\n**/*.pem\n!certs/dev.pem\n# <<< ctxaudit\n", [], id="an exception of our own block"
        ),
    ],
)
def test_kept_secret(tmp_path: Path, ignore: str, said: list[tuple[int, str]]) -> None:
    keys: Files = {"certs/dev.pem": KEY, "certs/prod.pem": KEY}
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": ignore, **keys})
    found = findings(tmp_path, "kept-secret")
    assert [(one.location and one.location.line, one.message) for one in found] == said


@pytest.mark.parametrize(
    ("ignore", "said"),
    [
        pytest.param("# nothing yet\n\n", ["holds no pattern"], id="comments alone"),
        pytest.param("", ["holds no pattern"], id="no byte"),
        pytest.param("dist\n", [], id="a pattern, whatever it matches"),
    ],
)
def test_empty_ignore_file(tmp_path: Path, ignore: str, said: list[str]) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".dockerignore": ignore})
    found = findings(tmp_path, "empty-ignore-file")
    assert [one.message.removeprefix(f"{tmp_path}/.dockerignore ") for one in found] == said
