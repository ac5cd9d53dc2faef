"""What TAB gives in bash; the other shells are in tests/system."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from support import ctxaudit, make_tree

PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def bash(root: Path, *words: str) -> list[str]:
    """The words that bash offers for the last one."""
    script = ctxaudit("completion", "bash").stdout.decode()
    line = " ".join(map(shlex.quote, words))
    asked = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _ctxaudit_completion ctxaudit"
    answer = subprocess.run(
        ["bash", "--norc", "-eu", "-c", f'compopt() {{ :; }}\n{script}\n{asked}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'],
        cwd=root,
        env={**os.environ, "PATH": PATH},
        capture_output=True,
        check=True,
        text=True,
    )
    assert answer.stderr == ""
    return answer.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param(("comp",), {"completion"}, id="a command"),
        pytest.param(("--max",), {"--max-size", "--max-files", "--max-growth"}, id="an option of the default command"),
        pytest.param(("ls", "--ex"), {"--excluded"}, id="an option of a command"),
        pytest.param((".", "--fail-on", ""), {"error", "warning", "never"}, id="the words of a choice"),
        pytest.param(("explain", "secret-dot"), {"secret-dotenv", "secret-dotenv-vault-key"}, id="a rule to explain"),
        pytest.param(("--ignore", "secret-dot"), {"secret-dotenv", "secret-dotenv-vault-key"}, id="a rule to ignore"),
        pytest.param(("completion", ""), {"bash", "zsh", "fish"}, id="a shell"),
        pytest.param(("nothing-like-it",), set(), id="nothing"),
    ],
)
def test_bash_offers(tmp_path: Path, words: tuple[str, ...], offered: set[str]) -> None:
    assert set(bash(tmp_path, "ctxaudit", *words)) - set(words[-1:]) == offered


def test_a_script_for_each_shell(tmp_path: Path) -> None:
    make_tree(tmp_path, {"ctxaudit.toml": "broken"})
    scripts = [ctxaudit("completion", shell, cwd=tmp_path) for shell in ("bash", "zsh", "fish")]
    assert [(one.returncode, one.stderr) for one in scripts] == [(0, b"")] * 3
    assert all(b"_CTXAUDIT_COMPLETE=" in one.stdout for one in scripts)
    assert ctxaudit("completion", "tcsh").returncode == 2
