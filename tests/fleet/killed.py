"""Kill runs and their workers at random moments, and compare the ledger with that of an undisturbed run, row by row.

`python tests/fleet/killed.py --repositories 1000 --moments 20` is the documented run, and with `--cluster` that on a
Dask cluster of two workers; the tests take a few of each.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from fleet import generated

_CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    cluster.close()
"""
_KEYS = 'a.repository, a."commit", a.policy, a.version, a.status'
_TABLES = ("builds", "findings", "changes", "failures", "violations")
_LAST = "(SELECT max(id) FROM runs WHERE ended NOT NULL)"
# A run that was too quick to be killed keeps what the death of its worker stopped, and the next one looks again.
_OF_LAST = f"a.id IN (SELECT audit FROM seen WHERE run = {_LAST})"
_COUNTS = f"({_OF_LAST} OR a.id NOT IN (SELECT audit FROM seen WHERE audit NOT NULL))"


def start(root: Path, ledger: Path, *more: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a run, with two workers of its own or what else is named. options: of the process."""
    how = more or ("--jobs", "2")
    command = [sys.executable, "-m", "ctxaudit", "fleet", root, "--ledger", ledger, *how]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)


@contextmanager
def cluster() -> Iterator[tuple[str, int]]:
    """Start a Dask cluster of two workers, and give its address and the process that has its workers below it."""
    command = [sys.executable, "-c", _CLUSTER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip(), process.pid
        process.communicate(b"")


def kept(ledger: Path) -> dict[str, list[tuple[object, ...]]]:
    """Give all that a ledger keeps of its audits, without the times and the numbers of rows.

    What an earlier whole run saw, and the last one did not, is history and does not count.
    """
    with closing(sqlite3.connect(ledger)) as database:
        asked = {"audits": f"SELECT {_KEYS}, a.error, a.fix FROM audits a WHERE {_COUNTS}"}
        asked |= {
            table: f"SELECT {_KEYS}, t.* FROM {table} t JOIN audits a ON a.id = t.audit WHERE {_COUNTS}"
            for table in _TABLES
        }
        asked["seen"] = f"SELECT repository, audit IS NULL FROM seen WHERE run = {_LAST}"
        rows = {name: database.execute(text).fetchall() for name, text in asked.items()}
        # The number of the audit stands after the five columns of its key.
        return {
            name: sorted((*row[:5], *row[5 + (name in _TABLES) :]) for row in found) for name, found in rows.items()
        }


@contextmanager
def _workers(on_cluster: bool) -> Iterator[tuple[tuple[str, ...], int]]:
    """Give the options of a run, and the process that has the workers below it, 0 for the run itself."""
    if not on_cluster:
        yield ("--jobs", "2"), 0
        return
    with cluster() as (address, process):
        yield ("--scheduler", address), process


def disturbed(
    root: Path, ledger: Path, moments: int, seconds: float, choice: random.Random, *, on_cluster: bool = False
) -> tuple[int, int]:
    """Kill a worker of a run and then the run, so many times, and end with a whole run.

    seconds: between two kills at most. on_cluster: each time a new one, as Dask gives up a worker that is killed while
    it starts. Gives how many runs and how many workers were killed before they had ended.
    """
    runs = workers = 0
    for _ in range(moments):
        with _workers(on_cluster) as (how, process):
            run = start(root, ledger, *how)
            victims = list[int]()
            while not victims and _is_running(run, choice.uniform(0.3, seconds)):
                victims = _below(process or run.pid)
            workers += bool(victims) and _killed(choice.choice(victims))
            if _is_running(run, choice.uniform(0.3, seconds)):
                runs += _killed(run.pid)
            run.communicate()
    with _workers(on_cluster) as (how, _):
        run = start(root, ledger, *how)
        _, said = run.communicate()
    assert run.returncode == 0, said
    return runs, workers


def _is_running(run: subprocess.Popen[bytes], seconds: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        run.wait(seconds)
    return run.poll() is None


def _killed(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
        return True
    return False


def _below(process: int) -> list[int]:
    """Give the processes that a process has started, from whichever thread, and theirs."""
    found = []
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for name in children.read_text().split():
                found += [int(name), *_below(int(name))]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, default=1000)
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=23)
    parser.add_argument("--cluster", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        root, whole, ledger = Path(home) / "repositories", Path(home) / "whole.sqlite", Path(home) / "killed.sqlite"
        generated.make(root, asked.repositories)
        began = time.monotonic()
        start(root, whole).communicate()
        seconds = time.monotonic() - began
        # Two kills within each part of the run, so that each finds work to disturb.
        choice, each = random.Random(asked.seed), max(1, seconds / asked.moments / 2)
        runs, workers = disturbed(root, ledger, asked.moments, each, choice, on_cluster=asked.cluster)
        undisturbed, resumed = kept(whole), kept(ledger)
        for name in undisturbed:
            for sign, one, other in (("-", undisturbed, resumed), ("+", resumed, undisturbed)):
                sys.stdout.writelines(f"{sign} {name} {row}\n" for row in (Counter(one[name]) - Counter(other[name])))
        same = undisturbed == resumed
    sys.stdout.write(
        f"{asked.repositories} repositories in {seconds:.0f} s; {runs} runs and {workers} workers killed; "
        f"ledger {'same' if same else 'differs'}\n"
    )
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
