"""Measure the bounds of a hostile tree: python tests/benchmarks/bounds.py [--entries 1000000] [--at /dev/shm]

Prints the processor time and the peak memory of `--diff` for 10,000 distinct patterns, of an audit with 200 patterns of
60 kB, of a tree that is 2,000 directories deep, and of one directory with so many entries. Each tree is made below
--at, and removed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

DOCKERFILE = "FROM scratch\nCOPY . /\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--at", default=None)
    parser.add_argument("--entries", type=int, default=1_000_000)
    given = parser.parse_args()
    rows: tuple[tuple[str, Callable[[Path], None], tuple[str, ...]], ...] = (
        ("10,000 distinct patterns, --diff", patterns, ("--diff",)),
        ("200 patterns of 60 kB", long_patterns, ()),
        ("2,000 directories deep", deep, ()),
        ("2,000 directories deep, --diff", deep, ("--diff",)),
        (f"{given.entries:,} entries in one directory", lambda root: flat(root, given.entries), ()),
    )
    for title, make, arguments in rows:
        with tempfile.TemporaryDirectory(dir=given.at) as folder:
            make(Path(folder))
            seconds, peak, status = measured(folder, *arguments)
            subprocess.run(["rm", "-rf", f"{folder}/d"], check=True)  # deeper than Python removes
        sys.stdout.write(f"{title:36} {seconds:6.1f} s {peak / 1e6:6.0f} MB  status {status}\n")
        sys.stdout.flush()
    return 0


def patterns(root: Path) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    lines = (f"{'!' * (at % 50 == 49)}d{at}/*/x{at}*.log" for at in range(10_000))
    (root / ".dockerignore").write_text("\n".join(lines) + "\n")
    for at in range(0, 10_000, 20):
        (root / f"d{at}/a").mkdir(parents=True)
        (root / f"d{at}/a/x{at}.log").write_text("1")
    (root / ".env").write_text("PASSWORD=hunter2hunter2\n")


def long_patterns(root: Path) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    lines = ("/".join(f"n{(7 * number + at) % 10_000:05}" for at in range(9_000))[:60_000] for number in range(200))
    (root / ".dockerignore").write_text("\n".join(lines) + "\n")


def deep(root: Path) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    before = os.open(".", os.O_RDONLY)
    os.chdir(root)
    for _ in range(2_000):  # a path of so many names is longer than the kernel takes at once
        os.mkdir("d")
        os.chdir("d")
    Path(".env").write_text("PASSWORD=hunter2hunter2\n")
    os.fchdir(before)
    os.close(before)


def flat(root: Path, entries: int) -> None:
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "d").mkdir()
    for at in range(entries):
        os.close(os.open(root / f"d/f{at}", os.O_CREAT | os.O_WRONLY))


def measured(folder: str, *arguments: str) -> tuple[float, float, int]:
    """Run one audit; give its processor time in seconds, its peak memory in bytes and its status."""
    command = [sys.executable, "-m", "ctxaudit", folder, "--jobs", "1", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024.0, os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
