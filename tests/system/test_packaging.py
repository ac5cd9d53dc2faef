"""The distributions as continuous integration builds them, from the index."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from support import PROJECT


def test_the_distributions_are_built_checked_and_listed(tmp_path: Path) -> None:
    command = [PROJECT / ".ci/package", tmp_path / "dist"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    plain = re.sub(r"\x1b\[\d+m", "", built.stdout)
    assert (plain.count("Checking "), plain.count("PASSED")) == (2, 2)
    assert plain.count("ctxaudit/guides/rules.md") == 2
    assert "tests/" not in plain
    assert sorted(path.suffix for path in (tmp_path / "dist").iterdir()) == [".gz", ".whl"]
