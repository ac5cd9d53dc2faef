"""The classic builder's findings: what its tar holds, and what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctxaudit import audit, list_context
from ctxaudit.model import BuilderName, Finding
from support import make_tree

Files = dict[str, str | bytes | None]


def errors(root: Path, builder: BuilderName = "classic", dockerfile: str = "Dockerfile") -> list[Finding]:
    (target,) = audit(root, builder=builder, dockerfile=root / dockerfile).targets
    return [finding for finding in target.findings if finding.severity == "error"]


@pytest.mark.parametrize(
    ("ignore", "copy", "rules"),
    [
        pytest.param("*\n!src/a\n", "COPY src /s", [], id="an exception for a file makes its directory"),
        pytest.param("**\n!src/a\n", "ADD src /s", [], id="also behind two stars"),
        pytest.param("*\n!src/d/e\n", "COPY src /s", [], id="a file further down"),
        pytest.param("*\n!src/d/e\n", "COPY src/d /s", [], id="and the directory between"),
        pytest.param("*\n!other\n", "COPY src /s", ["copy-source-ignored"], id="nothing of it is let in"),
        pytest.param("src/*\n", "COPY src /s", ["copy-source-ignored"], id="the directory alone is let in"),
        pytest.param("*\n!src/*/e\n", "COPY src/d /s", ["copy-source-ignored"], id="an exception it does not follow"),
    ],
)
def test_a_source_of_which_the_tar_holds_something(ignore: str, copy: str, rules: list[str], tmp_path: Path) -> None:
    files: Files = {"src/a": "1", "src/b": "1", "src/d/e": "1", "other": "1", "Dockerfile": f"FROM scratch\n{copy}\n"}
    make_tree(tmp_path, {**files, ".dockerignore": ignore})
    assert [finding.rule for finding in errors(tmp_path)] == rules


@pytest.mark.parametrize(
    ("ignore", "copy", "line"),
    [
        pytest.param("*\n!*/app*\n", "COPY conf /", "!conf/app*", id="a star for the directory"),
        pytest.param("*\n!**/app*\n", "COPY conf /", "!conf/**/app*", id="two stars reach any depth"),
        pytest.param("*\n!co*/sub/app*\n", "COPY conf/sub /", "!conf/sub/app*", id="a directory further down"),
        pytest.param("*\n!*/app*\n", "COPY conf/local.ini /", "!conf/local.ini", id="a file that no exception means"),
        pytest.param("*\n!other\n", "COPY conf /", "!conf", id="where no exception means it, all of it"),
    ],
)
def test_the_exception_that_helps_lets_in_no_more_than_was_meant(
    ignore: str, copy: str, line: str, tmp_path: Path
) -> None:
    files: Files = {"conf/app1.ini": "1", "conf/local.ini": "2", "conf/sub/app2.ini": "3", "conf/sub/b": "4"}
    make_tree(tmp_path, {**files, ".dockerignore": ignore, "Dockerfile": f"FROM alpine\n{copy}\n"})
    (finding,) = errors(tmp_path)
    assert (finding.rule, finding.pattern) == ("copy-source-ignored", line)
    before = {entry.path for entry in list_context(tmp_path, permitted=True).entries if entry.type == "file"}
    make_tree(tmp_path, {".dockerignore": f"{ignore}{line}\n"})
    assert errors(tmp_path) == []
    if "*" in line:
        after = {entry.path for entry in list_context(tmp_path, permitted=True).entries if entry.type == "file"}
        assert after == before


@pytest.mark.parametrize(
    ("ignore", "pattern"),
    [
        pytest.param("*\n!ops/**/*.Dockerfile\n", "!ops/prod/web.Dockerfile", id="an exception that is not followed"),
        pytest.param("ops\n!**/*.Dockerfile\n", "!ops/prod/web.Dockerfile", id="a directory that is excluded"),
        pytest.param("*\n", None, id="the client adds an exception of its own"),
        pytest.param("*\n!ops/prod\n", None, id="an exception for its directory"),
        pytest.param("", None, id="no pattern"),
    ],
)
def test_a_dockerfile_that_the_tar_lacks(ignore: str, pattern: str | None, tmp_path: Path) -> None:
    make_tree(tmp_path, {"ops/prod/web.Dockerfile": "FROM busybox\n", ".dockerignore": ignore})
    found = errors(tmp_path, dockerfile="ops/prod/web.Dockerfile")
    assert [(finding.rule, finding.pattern) for finding in found] == [("dockerfile-not-sent", pattern)] * bool(pattern)
    assert errors(tmp_path, "buildkit", "ops/prod/web.Dockerfile") == []
    if pattern:
        make_tree(tmp_path, {".dockerignore": f"{ignore}{pattern}\n"})
        assert errors(tmp_path, dockerfile="ops/prod/web.Dockerfile") == []
