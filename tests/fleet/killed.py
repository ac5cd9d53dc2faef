"""Kill runs and their workers at random moments, and compare the ledger with that of an undisturbed run.

`python tests/fleet/killed.py --repositories 1000 --moments 20` is the documented run; the tests take a few of each.
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
from contextlib import closing, suppress
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from fleet import generated

_KEYS = 'a.repository, a."commit", a.policy, a.version, a.status'
_TABLES = ("builds", "findings", "changes", "failures", "violations")


def start(root: Path, ledger: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start a run with two workers."""
    command = [sys.executable, "-m", "ctxaudit", "fleet", root, "--ledger", ledger, "--jobs", "2", *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def kept(ledger: Path) -> dict[str, list[tuple[object, ...]]]:
    """Give all that a ledger keeps of its audits, without the times and the numbers of rows."""
    with closing(sqlite3.connect(ledger)) as database:
        asked = {"audits": f"SELECT {_KEYS}, a.error, a.fix FROM audits a"}
        asked |= {table: f"SELECT {_KEYS}, t.* FROM {table} t JOIN audits a ON a.id = t.audit" for table in _TABLES}
        asked["seen"] = (
            "SELECT repository, audit IS NULL FROM seen WHERE run = (SELECT max(id) FROM runs WHERE ended NOT NULL)"
        )
        rows = {name: database.execute(text).fetchall() for name, text in asked.items()}
        # The number of the audit stands after the five columns of its key.
        return {
            name: sorted((*row[:5], *row[5 + (name in _TABLES) :]) for row in found) for name, found in rows.items()
        }


def disturbed(root: Path, ledger: Path, moments: int, seconds: float, choice: random.Random) -> int:
    """Kill the run, or one of its workers, so many times; give how many kills met something; end with a whole run."""
    met = 0
    for number in range(moments):
        run = start(root, ledger)
        with suppress(subprocess.TimeoutExpired):
            run.wait(choice.uniform(0.3, seconds))
        if run.poll() is None:
            victims = _below(run.pid) if number % 2 else [run.pid]
            with suppress(ProcessLookupError):
                os.kill(choice.choice(victims or [run.pid]), signal.SIGKILL)
            met += 1
        if number % 2 == 0:
            run.kill()
        run.communicate()
    run = start(root, ledger)
    _, said = run.communicate()
    assert run.returncode == 0, said
    return met


def _below(process: int) -> list[int]:
    """Give the processes that a process has started, and theirs."""
    found = []
    with suppress(OSError):
        for name in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            found += [int(name), *_below(int(name))]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, default=1000)
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=23)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        root = Path(home) / "repositories"
        generated.make(root, asked.repositories)
        began = time.monotonic()
        run = start(root, Path(home) / "whole.sqlite")
        run.communicate()
        seconds = time.monotonic() - began
        # A kill within the first seconds of each part of the run, so that each finds work to disturb.
        choice = random.Random(asked.seed)
        met = disturbed(root, Path(home) / "killed.sqlite", asked.moments, max(1, seconds / asked.moments), choice)
        same = kept(Path(home) / "whole.sqlite") == kept(Path(home) / "killed.sqlite")
    sys.stdout.write(
        f"{asked.repositories} repositories in {seconds:.0f} s; {met} kills; ledger {'same' if same else 'differs'}\n"
    )
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
