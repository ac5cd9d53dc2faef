"""What a fleet costs: 10, 100 and 1,000 generated repositories, looked at by two processes, and once more unchanged.

`python tests/benchmarks/fleet.py --at /tmp/fleets` prints the table of the guide `fleet`, and what 10,000 would cost.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)  # for this folder has a fleet.py as well

from fleet import generated

_WORKERS = 10  # of the calculation
_MANY = 10_000


def _timed(*command: str | Path) -> tuple[float, float]:
    """Give the seconds of a command, and those of its processor time and of all that it started."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="a directory that is not there yet")
    parser.add_argument("--counts", type=int, nargs="*", default=[10, 100, 1000])
    asked = parser.parse_args()
    asked.at.mkdir()
    sys.stdout.write("| repositories | first run | each | unchanged | ledger | report |\n|---|---|---|---|---|---|\n")
    each = 0.0
    for count in asked.counts:
        root, ledger = asked.at / f"r{count}", asked.at / f"{count}.sqlite"
        generated.make(root, count)
        command = (sys.executable, "-m", "ctxaudit", "fleet")
        first, _ = _timed(*command, root, "--ledger", ledger, "--jobs", "2")
        again, _ = _timed(*command, root, "--ledger", ledger, "--jobs", "2")
        report, _ = _timed(*command, "report", "--ledger", ledger, "--format", "json")
        each = first / count
        size = ledger.stat().st_size
        cells = (
            f"{count:,}",
            f"{first:.1f} s",
            f"{each:.2f} s",
            f"{again:.1f} s",
            f"{size / 1e6:.1f} MB",
            f"{report:.1f} s",
        )
        sys.stdout.write(f"| {' | '.join(cells)} |\n")
        sys.stdout.flush()
    # Two processes took `each`; ten workers of the same kind take a fifth of it.
    minutes = each * 2 / _WORKERS * _MANY / 60
    sys.stdout.write(f"\n{_MANY:,} repositories on {_WORKERS} workers: {minutes:.0f} minutes, by calculation\n")


if __name__ == "__main__":
    main()
