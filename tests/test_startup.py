"""A command imports what it uses, and nothing heavy besides: half of a short run is imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import make_tree

HEAVY = (
    *("ctxaudit.builds.bake", "ctxaudit.builds.compose"),
    *("configparser", "git", "pathspec", "re2", "tabulate", "tempfile", "urllib3", "yaml"),
)
LOADED = f"""
import sys
from ctxaudit.__main__ import main
status = main(sys.argv[1:])
sys.stderr.write(' '.join(name for name in {HEAVY} if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        pytest.param(["--version"], [], id="the version"),
        pytest.param(["--help"], [], id="the help"),
        pytest.param(["ls", "."], ["pathspec", "re2"], id="a list"),
        pytest.param(["."], ["pathspec", "re2"], id="an audit without findings, outside of any repository"),
    ],
)
def test_only_what_is_used_is_imported(tmp_path: Path, arguments: list[str], loaded: list[str]) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "src/main.py": "pass\n"})
    child = subprocess.run([sys.executable, "-c", LOADED, *arguments], cwd=tmp_path, capture_output=True, check=True)
    assert child.stderr.decode().split() == loaded


COMMANDS = """
import sys
from ctxaudit.__main__ import main
main(['.'])
from ctxaudit.cli.group import COMMANDS
sys.stderr.write(' '.join(name for name in COMMANDS if f'ctxaudit.cli.{name}' in sys.modules))
"""


def test_a_command_is_imported_when_it_is_run(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    child = subprocess.run([sys.executable, "-c", COMMANDS], cwd=tmp_path, capture_output=True, check=True)
    assert child.stderr.decode().split() == ["audit"]
