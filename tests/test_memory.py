"""A large tree takes little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FILES = 100_000
# VmHWM is of this process alone; ru_maxrss remembers the parent that it was forked from.
PEAK = """
import sys
from ctxaudit.__main__ import main
status = main(sys.argv[1:])
peak = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))
sys.stderr.write(f'{status} {peak}')
"""


def test_ls_of_100_000_files_peaks_below_100_MiB(tmp_path: Path) -> None:
    for directory in range(100):
        (tmp_path / str(directory)).mkdir()
        for file in range(FILES // 100):
            (tmp_path / str(directory) / f"{file:04}.txt").touch()
    (tmp_path / ".dockerignore").write_text("*.log\n**/node_modules\n!keep.log\n**/dist\n")
    child = subprocess.run([sys.executable, "-c", PEAK, "ls", tmp_path], capture_output=True, check=True)
    status, peak_kib = map(int, child.stderr.split())
    assert (status, child.stdout.count(b"\n")) == (0, FILES + 100 + 1)
    assert peak_kib < 100 * 1024
