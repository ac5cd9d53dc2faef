"""Every command of the README is run, and prints what the README shows."""

from __future__ import annotations

import re
from pathlib import Path

from golden import CONSOLE, readme

from ctxaudit.cli.group import COMMANDS
from support import PROJECT

README = (PROJECT / "README.md").read_text()


def test_every_output_is_what_the_command_prints(samples: Path) -> None:
    assert len(CONSOLE.findall(README)) >= 5
    assert readme(samples) == README


def test_continuous_integration_runs_the_two_commands_as_they_stand_here() -> None:
    markers = re.findall(r"^<!-- run: (\S+) -->\n```sh\n.+\n```$", README, re.MULTILINE)
    assert f"for name in {' '.join(markers)}; do" in (PROJECT / ".ci/run").read_text()
    assert len(markers) == 2


def test_every_command_and_every_exit_status_is_documented() -> None:
    assert [name for name in COMMANDS if f"ctxaudit {name}" not in README] == []
    assert [status for status in ("0", "1", "2", "130", "141") if f"| {status} |" not in README] == []


def test_no_command_installs_the_unrelated_package_of_the_same_name() -> None:
    assert "pip install ctxaudit" not in README
