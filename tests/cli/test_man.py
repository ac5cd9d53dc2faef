"""The manual page: it is in the wheel, and says what the commands say."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import pytest

from ctxaudit.cli import COMMANDS, cli
from ctxaudit.cli.man import context_of, page


def test_the_wheel_has_it_where_man_looks(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("ctxaudit.1")]
        assert name.endswith(".data/data/share/man/man1/ctxaudit.1")
        assert archive.read(name).decode() == page()


@pytest.mark.parametrize("name", COMMANDS)
def test_it_has_every_option_of_a_command_and_no_other(name: str) -> None:
    section = re.split(r"^\.SH ", page(), flags=re.MULTILINE)
    (text,) = [one for one in section if one.startswith(f"CTXAUDIT {name.upper()}\n")]
    shown = {
        word
        for line in re.findall(r"^\.B (.*)$", text, re.MULTILINE)
        for word in re.findall(r"(?<!\S)-[\w-]*\w", line.replace("\\-", "-"))
    }
    command = cli.command_named(name)
    options = [
        one for one in command.get_params(context_of(command)) if isinstance(one, click.Option) and not one.hidden
    ]
    assert shown == {flag for option in options for flag in option.opts}


def test_it_has_every_command_and_every_exit_status() -> None:
    synopsis = page().partition(".SH SYNOPSIS")[2].partition(".SH DESCRIPTION")[0]
    assert [name for name in COMMANDS if name not in synopsis] == []
    statuses = page().partition(".SH EXIT STATUS")[2].partition(".SH ENVIRONMENT")[0]
    assert re.findall(r"^\.B (\d+)$", statuses, re.MULTILINE) == ["0", "1", "2", "130", "141"]


def test_no_line_of_text_is_taken_for_a_command() -> None:
    known = (".TH ", ".SH ", ".PP", ".TP", ".B ", ".br", ".nf", ".fi")
    assert [line for line in page().splitlines() if line.startswith((".", "'")) and not line.startswith(known)] == []
    assert page() == page()


def test_it_is_plain_ascii() -> None:
    """Groff reads a file as Latin-1, whatever the locale is."""
    assert [line for line in page().splitlines() if not line.isascii()] == []


def test_it_is_made_with_click_alone() -> None:
    """The wheel is built where nothing but click is installed."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('pathspec', 're2', 'git', 'tabulate', 'yaml')));"
        "from ctxaudit.cli.man import page; print(page()[:3])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.stderr) == (".TH\n", "")
