"""Fuzz the commands: python tests/fuzz/run.py --inputs 100000 --seed 1 --jobs 2

Prints for each target how many inputs were accepted and refused, the faults and the slowest input; ^C prints what it
has so far. The same seed makes the same inputs. `--target NAME --only NUMBER` shows one input, and runs it. `--first`
goes on where another run ended: with `--inputs 100000 --first 40000` the last 60,000 of the same inputs.

The modules are loaded once, and each process is a fork; the trees are made in memory where /dev/shm is one.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from fuzz.running import Ran, input_of, run
from fuzz.targets import TARGETS

_BATCH = 200  # inputs that a process runs without a word
_BATCHES = 5  # of one process: what the modules remember of paths ends with it
_MEMORY = "/dev/shm"
_EACH = 2_000  # inputs between two lines about the progress


class Batch(NamedTuple):
    """Inputs of one target: first <= number < last."""

    target: str
    seed: int
    first: int
    last: int


def main() -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets its background jobs ignore it
    told = _arguments()
    if told.only is not None:
        return _show(told.target, told.seed, told.only)
    names = [target.name for target in TARGETS if told.target in ("", target.name)]
    first, share = (-(-number // len(names)) for number in (told.first, told.inputs))
    steps = range(first, share, _BATCH)
    batches = [Batch(name, told.seed, at, min(at + _BATCH, share)) for at in steps for name in names]
    results: dict[str, list[tuple[int, Ran]]] = defaultdict(list)
    _load(names, told.seed)
    with suppress(KeyboardInterrupt), get_context("fork").Pool(told.jobs, maxtasksperchild=_BATCHES) as pool:
        for batch, found in pool.imap_unordered(_ran, batches):
            before = sum(map(len, results.values()))
            results[batch.target] += found
            sys.stderr.writelines(_progress(batch, found, before))
    faults = sum(bool(one.fault) for found in results.values() for _, one in found)
    sys.stdout.write("\n".join(_table(results)) + "\n")
    return 1 if faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the inputs before it ran already")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--target", default="", choices=["", *(target.name for target in TARGETS)])
    parser.add_argument("--only", type=int, help="the number of one input of --target")
    return parser.parse_args()


def _load(names: list[str], seed: int) -> None:
    """Load the modules that each process would load, and keep them out of each collection of garbage."""
    for name in names:
        _ran(Batch(name, seed, 0, 20))
    gc.collect()
    gc.freeze()


def _progress(batch: Batch, found: list[tuple[int, Ran]], before: int) -> Iterator[str]:
    faulty = ((number, one.fault.strip()) for number, one in found if one.fault)
    yield from (f"{batch.target} {number}: {fault}\n\n" for number, fault in faulty)
    if (now := before + len(found)) // _EACH > before // _EACH:
        yield f"{now:,} inputs\n"


def _ran(batch: Batch) -> tuple[Batch, list[tuple[int, Ran]]]:
    (target,) = (one for one in TARGETS if one.name == batch.target)
    memory = _MEMORY if os.path.isdir(_MEMORY) and os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="ctxaudit-fuzz-", dir=memory) as above:
        return batch, [
            (number, run(input_of(target, batch.seed, number), above)) for number in range(batch.first, batch.last)
        ]


def _show(name: str, seed: int, number: int) -> int:
    (target,) = (one for one in TARGETS if one.name == name)
    given = input_of(target, seed, number)
    sys.stdout.writelines(f"{path}: {data!r}\n" for path, data in given.files.items())
    answer = run(given)
    sys.stdout.write(
        f"ctxaudit {' '.join(given.arguments)}\nstatus {answer.status}, {answer.seconds:.2f} s\n{answer.fault}\n"
    )
    return 1 if answer.fault else 0


def _table(results: dict[str, list[tuple[int, Ran]]]) -> Iterator[str]:
    yield f"{'target':14} {'inputs':>8} {'accepted':>9} {'refused':>8} {'faults':>7} {'slowest':>9}"
    totals: Counter[str] = Counter()
    for target in TARGETS:
        if found := results.get(target.name):
            refused = sum(one.refused for _, one in found)
            faults = sum(bool(one.fault) for _, one in found)
            slowest = max(one.seconds for _, one in found)
            totals.update(inputs=len(found), refused=refused, faults=faults)
            yield _row(target.name, len(found), refused, faults, f"{slowest:7.2f} s")
    yield _row("all", totals["inputs"], totals["refused"], totals["faults"], "")


def _row(name: str, inputs: int, refused: int, faults: int, slowest: str) -> str:
    share = refused / inputs
    return f"{name:14} {inputs:8,} {1 - share:9.0%} {share:8.0%} {faults:7} {slowest:>9}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
