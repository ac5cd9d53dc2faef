"""How long `ctxaudit watch` takes to look again: `python tests/benchmarks/watch.py --at DIR`, a table.

A context of 100,000 small sources, all of which are sent. A file in it grows, and the time runs until its size is
printed, and then until the step that runs again is: with the fifth of a second in which changes are taken together. The
figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tabulate import tabulate

COMMAND = [sys.executable, "-m", "ctxaudit", "watch", "."]
DIRECTORIES = 1000
FILES = 100  # in each of them
ROUNDS = 9
_DOCKERFILE = "FROM scratch\nCOPY . /src\n"
_TICKS = os.sysconf("SC_CLK_TCK")  # of the processor in a second


def made(top: Path) -> Path:
    """Make the context once; a file in it has its number."""
    if not (top / "Dockerfile").exists():
        for number in range(DIRECTORIES):
            directory = top / f"d{number // 10:02}" / f"e{number % 10}"
            directory.mkdir(parents=True, exist_ok=True)
            for file in range(FILES):
                (directory / f"f{file:03}.js").write_text(f"export const x = {file};\n")
        (top / "Dockerfile").write_text(_DOCKERFILE)
    return top


def processor_seconds(process: int) -> float:
    """Return what a process has used of the processor. Source: proc_pid_stat(5), utime and stime."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rounds(context: Path) -> list[tuple[float, float, float]]:
    """Give the seconds of the clock between a change and its size, and its step, and those of the processor in all."""
    found = []
    with subprocess.Popen(COMMAND, cwd=context, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        for number in range(ROUNDS):
            time.sleep(0.5)  # until the watch of the directories stands, and the last change is over
            started, used = time.perf_counter(), processor_seconds(child.pid)
            with (context / f"d{number:02}/e0/f000.js").open("a") as file:
                file.write("// more\n")
            assert child.stdout.readline().startswith("sent ")
            sized = time.perf_counter() - started
            assert child.stdout.readline().startswith("runs again: ")
            found.append((sized, time.perf_counter() - started, processor_seconds(child.pid) - used))
        child.terminate()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="a directory for the context")
    context = made(parser.parse_args().at / "watched")
    sized, stepped, processor = (statistics.median(column) for column in zip(*rounds(context), strict=True))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    rows = [[f"{DIRECTORIES * FILES:,}", f"{sized:.2f}", f"{stepped:.2f}", f"{processor:.2f}", f"{peak:.0f}"]]
    head = ("files", "until the size, s", "until the step, s", "CPU s", "peak MB")
    table = tabulate(rows, head, "github", disable_numparse=True)
    sys.stdout.write(f"{table}\n")


if __name__ == "__main__":
    main()
