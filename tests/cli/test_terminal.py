"""The command in a terminal, and in an environment that asks for something: colour, width, encoding."""

from __future__ import annotations

import os
import pty
import shutil
from pathlib import Path

import pytest

from ctxaudit.cli import terminal_width
from support import ctxaudit, installed, make_tree, started

RED = "\x1b[31m"
CLEAN = dict.fromkeys(("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CI"), "")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    key = "-----BEGIN RSA PRIVATE KEY-----\nx\n"
    return make_tree(
        tmp_path / "p", {"Dockerfile": "FROM scratch\nCOPY . /\n", "d/é.key": key, f"{'n' * 90}.key": key * 2}
    )


def in_terminal(root: Path, **environment: str) -> str:
    """What a terminal is sent."""
    parent, child = pty.openpty()
    with started(
        cwd=root,
        stdout=child,
        stderr=child,
        env={**os.environ, **CLEAN, "TERM": "xterm", "COLUMNS": "80", **environment},
    ):
        os.close(child)
        pieces = []
        while True:
            try:
                piece = os.read(parent, 65_536)
            except OSError:  # Linux says so at the end
                break
            pieces.append(piece)
            if not piece:
                break
    os.close(parent)
    return b"".join(pieces).decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        pytest.param({}, True, id="a terminal"),
        pytest.param({"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, id="NO_COLOR wins over FORCE_COLOR"),
        pytest.param({"TERM": "dumb"}, False, id="a dumb terminal"),
        pytest.param({"TERM": "dumb", "FORCE_COLOR": "1"}, True, id="FORCE_COLOR wins over a dumb terminal"),
    ],
)
def test_colour_in_a_terminal(root: Path, environment: dict[str, str], colored: bool) -> None:
    assert (RED in in_terminal(root, **environment)) is colored


@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        pytest.param({}, False, id="a pipe"),
        pytest.param({"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param({"FORCE_COLOR": "0"}, False, id="FORCE_COLOR=0 asks for nothing"),
        pytest.param({"CLICOLOR_FORCE": "1"}, True, id="CLICOLOR_FORCE"),
        pytest.param({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False, id="NO_COLOR wins"),
    ],
)
def test_colour_in_a_pipe(root: Path, environment: dict[str, str], colored: bool) -> None:
    assert (RED.encode() in ctxaudit(cwd=root, **{**CLEAN, **environment}).stdout) is colored


def test_a_dumb_terminal_gets_no_control_character(root: Path) -> None:
    assert "\x1b" not in in_terminal(root, TERM="dumb")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "d/é.key".encode()), ("cp1252", b"d/\xe9.key"), ("cp850", b"d/\x82.key"), ("ascii", rb"d/\xe9.key")],
)
def test_the_console_s_encoding_is_kept(root: Path, encoding: str, name: bytes) -> None:
    answer = installed(cwd=root, PYTHONIOENCODING=encoding)
    assert (answer.returncode, answer.stderr) == (1, b"")
    assert name in answer.stdout
    error = installed("-f", "é…", cwd=root, PYTHONIOENCODING=encoding)
    shown = {"utf-8": "é…", "cp1252": "é…", "cp850": "é...", "ascii": "\\xe9..."}[encoding]
    assert (error.returncode, f"open {shown}:".encode(encoding) in error.stderr) == (2, True)


def test_what_is_cut_short_is_so_in_ascii_too(root: Path) -> None:
    said = in_terminal(root, PYTHONIOENCODING="ascii")
    assert "n...n" in said
    assert "\\u2026" not in said


@pytest.mark.parametrize("columns", [None, "", "120", " 90 ", "wide", "0", "-5", "12"])
def test_the_width_is_what_the_standard_library_says(columns: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    assert terminal_width() == max(40, shutil.get_terminal_size((80, 24)).columns)
