"""The manual page as man shows it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ctxaudit.cli.man import page


def test_groff_reads_it_without_a_warning_and_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "ctxaudit.1"
    file.write_text(page())
    shown = subprocess.run(
        ["groff", "-man", "-Tascii", "-P-c", "-ww", "-z", file], capture_output=True, check=True, text=True
    )
    assert (shown.stdout, shown.stderr) == ("", "")
    shown = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou", file], capture_output=True, check=True, text=True)
    assert "--max-size SIZE" in shown.stdout
    assert "audit the build context of this directory" in shown.stdout
