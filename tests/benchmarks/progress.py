"""What the progress line costs: `python tests/benchmarks/progress.py --at DIR`, processor seconds and their ratio.

The same audit in turns with a terminal as its stderr, which shows the line, and with a file, which does not.
"""

from __future__ import annotations

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import trees
from run import CTXAUDIT
from tabulate import tabulate


def took(root: Path, ignore: str, errors: int) -> float:
    """Audit once with this ignore file, and give the processor seconds."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"TERM": "xterm"}
    command = [*CTXAUDIT, "--fail-on", "never", "--ignore-file", ignore, "--jobs", "1", "."]
    child = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"exit status {child.returncode}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="the directory in which the trees are made and kept")
    parser.add_argument("--tree", choices=trees.TREES, default="1m")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    root = trees.make(options.at / options.tree, trees.TREES[options.tree]())
    terminal, stderr = pty.openpty()
    lines: list[bytes] = []
    threading.Thread(target=lambda: lines.extend(iter(lambda: os.read(terminal, 4096), b"")), daemon=True).start()
    with tempfile.NamedTemporaryFile() as empty, open(os.devnull, "wb") as nothing:
        took(root, empty.name, nothing.fileno())
        pairs = [
            (took(root, empty.name, nothing.fileno()), took(root, empty.name, stderr)) for _ in range(options.rounds)
        ]
    silent, shown = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(after / before for before, after in pairs)
    updates = b"".join(lines).count(b"Scanning") // options.rounds
    rows = [["without the line", silent, 1.0, ""], ["with it", shown, ratio, f"{updates} updates"]]
    sys.stdout.write(tabulate(rows, ["", "CPU s", "ratio", ""], tablefmt="github", floatfmt=("", ".2f", ".3f")) + "\n")


if __name__ == "__main__":
    main()
