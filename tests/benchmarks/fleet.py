"""What a fleet costs: 10, 100 and 1,000 generated repositories, looked at by two processes, and once more unchanged.

`python tests/benchmarks/fleet.py --at /tmp/fleets` prints the table of the guide `fleet`, and what 10,000 would cost;
with the extra `fleet` also the most repositories on a Dask cluster of two workers, and whether its ledger is the same.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)  # for this folder has a fleet.py as well

from fleet import generated, killed

_WORKERS = 10  # of the calculation
_MANY = 10_000
_SUBREAPER = 36  # of prctl: what outlives its parent is this process's child, and its time is counted
FLEET = (sys.executable, "-m", "ctxaudit", "fleet")
COLUMNS = ("repositories", "first run", "each", "processor time", "each", "unchanged", "ledger", "report")


def _timed(*command: str | Path) -> tuple[float, float]:
    """Give the seconds of a command, and those of its processor time and of all that it started."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.monotonic() - began
    _reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _reap() -> None:
    """Wait for the processes whose parents have ended."""
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _on_cluster(root: Path, ledger: Path) -> tuple[float, float]:
    """Give the seconds of a run on a cluster, and those of processor time with the start of the cluster."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with killed.cluster() as (address, _):
        began = time.monotonic()
        subprocess.run((*FLEET, root, "--ledger", ledger, "--scheduler", address), check=True, capture_output=True)
        seconds = time.monotonic() - began
    _reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _said(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="a directory that is not there yet")
    parser.add_argument("--counts", type=int, nargs="*", default=[10, 100, 1000])
    asked = parser.parse_args()
    asked.at.mkdir()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    _said(*COLUMNS)
    _said(*["---"] * len(COLUMNS))
    each = processor = 0.0
    for count in asked.counts:
        root, ledger = asked.at / f"r{count}", asked.at / f"{count}.sqlite"
        generated.make(root, count)
        first, busy = _timed(*FLEET, root, "--ledger", ledger, "--jobs", "2")
        again, _ = _timed(*FLEET, root, "--ledger", ledger, "--jobs", "2")
        report, _ = _timed(*FLEET, "report", "--ledger", ledger, "--format", "json")
        each, processor = first / count, busy / count
        size = f"{ledger.stat().st_size / 1e6:.1f} MB"
        _said(
            *(f"{count:,}", f"{first:.1f} s", f"{each:.2f} s", f"{busy:.1f} s", f"{processor:.2f} s"),
            *(f"{again:.1f} s", size, f"{report:.1f} s"),
        )
    if find_spec("distributed"):
        on_cluster = asked.at / "cluster.sqlite"
        seconds, busy = _on_cluster(root, on_cluster)
        same = "the same" if killed.kept(on_cluster) == killed.kept(ledger) else "ANOTHER"
        sys.stdout.write(f"\n{count:,} on a cluster of two workers: {seconds:.1f} s, {busy:.1f} s of processor time")
        sys.stdout.write(f", {same} ledger\n")
    # Two processes took `each`; ten workers of the same kind take a fifth of it.
    minutes = each * 2 / _WORKERS * _MANY / 60
    sys.stdout.write(f"\n{_MANY:,} repositories on {_WORKERS} workers: {minutes:.0f} minutes, by calculation; with a ")
    sys.stdout.write(f"processor for each {processor / _WORKERS * _MANY / 60:.0f}\n")


if __name__ == "__main__":
    main()
