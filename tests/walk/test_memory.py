"""A large tree takes little memory, and what is not on the way is not read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ctxaudit.auditor import stream_context
from ctxaudit.builds.request import request

FILES = 100_000
# VmHWM is of this process alone; ru_maxrss remembers the parent that it was forked from.
PEAK = """
import sys
from ctxaudit.__main__ import main
status = main(sys.argv[1:])
peak = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))
sys.stderr.write(f'{status} {peak}')
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("large")
    for directory in range(100):
        (root / str(directory)).mkdir()
        for file in range(FILES // 100):
            os.close(os.open(f"{root}/{directory}/{file:04}.txt", os.O_CREAT | os.O_WRONLY))
    (root / ".dockerignore").write_text("*.log\n**/node_modules\n!keep.log\n**/dist\n")
    return root


@pytest.mark.parametrize("command", [["ls"], ["audit", "--format", "json"]], ids=["ls", "the audit"])
def test_100_000_files_peak_below_100_MiB(large: Path, command: list[str]) -> None:
    child = subprocess.run([sys.executable, "-c", PEAK, *command, large], capture_output=True, check=True)
    status, peak_kib = map(int, child.stderr.split())
    assert status == 0
    assert str(FILES + 1).encode() in child.stdout or child.stdout.count(b"\n") == FILES + 100 + 1
    assert peak_kib < 100 * 1024


def test_of_100_000_files_only_the_directories_on_the_way_are_read(large: Path, tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM scratch\nCOPY 7/0001.txt 42 /\n")
    read: list[int] = []
    entries = list(stream_context(request(large, dockerfile=dockerfile), progress=read.append))
    assert (len(entries), sorted(read)) == (2 + 1 + 1000, [101, 1000, 1000])
