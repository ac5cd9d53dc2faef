"""Variables with the prefix of ours: each sets something, or a warning says that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import ctxaudit, make_tree

WARNED = {
    "a missing underscore": (
        {"CTXAUDIT_FAILON": "warning"},
        "warning: CTXAUDIT_FAILON has no effect: there is no such variable; did you mean CTXAUDIT_FAIL_ON?",
    ),
    "a letter too many": (
        {"CTXAUDIT_MAX_SIZES": "1MB"},
        "warning: CTXAUDIT_MAX_SIZES has no effect: there is no such variable; did you mean CTXAUDIT_MAX_SIZE?",
    ),
    "a variable of the comment": (
        {"CTXAUDIT_COMMENT_WEN": "never"},
        "warning: CTXAUDIT_COMMENT_WEN has no effect: there is no such variable; did you mean CTXAUDIT_COMMENT_WHEN?",
    ),
    "like no other": (
        {"CTXAUDIT_XYZZY": "1"},
        "warning: CTXAUDIT_XYZZY has no effect: there is no such variable",
    ),
    "an option of the command line": (
        {"CTXAUDIT_WRITE": "1"},
        "warning: CTXAUDIT_WRITE has no effect: --write is for the command line alone",
    ),
}
SILENT = {
    "an option": {"CTXAUDIT_FAIL_ON": "warning"},
    "an option of the comment": {"CTXAUDIT_COMMENT_KEY": "main"},
    "a token": {"CTXAUDIT_GITLAB_TOKEN": "glpat-none"},
    "an empty one": {"CTXAUDIT_FAILON": ""},
    "another program's": {"CTXAUDITOR_X": "1", "MY_CTXAUDIT_X": "1"},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "x"})


@pytest.mark.parametrize("command", [(".",), ("ls", "."), ("why", "a"), ("--format", "json")])
@pytest.mark.parametrize(("variables", "said"), [pytest.param(*case, id=name) for name, case in WARNED.items()])
def test_a_variable_that_nobody_reads_is_a_warning(
    project: Path, command: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    answer, plain = ctxaudit(*command, cwd=project, **variables), ctxaudit(*command, cwd=project)
    assert (answer.returncode, answer.stdout, answer.stderr.decode()) == (0, plain.stdout, f"{said}\n")


@pytest.mark.parametrize("variables", [pytest.param(case, id=name) for name, case in SILENT.items()])
def test_every_other_variable_is_no_warning(project: Path, variables: dict[str, str]) -> None:
    assert ctxaudit(".", cwd=project, **variables).stderr == b""
