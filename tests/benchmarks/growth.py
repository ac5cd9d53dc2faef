"""How the cost of `ctxaudit ls` grows: `python tests/benchmarks/growth.py --at DIR`, processor seconds, medians.

The exponent of a row says how the cost grows with what doubles: 1 is linear. Start-up is part of every figure.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import trees
from run import CTXAUDIT, Tool, measured
from tabulate import tabulate

ENTRIES = 20_000  # of each tree of the depth row

Case = tuple[str, int, str, trees.Files, str]  # what grows, how much of it there is, the tree's name, it, the patterns


def patterns(count: int) -> str:
    """That many lines, every fifth an exception with a wildcard."""
    lines = (f"!*/packages/*/name{number}-*" if number % 5 == 4 else f"**/name{number}-*" for number in range(count))
    return "\n".join(lines) + "\n"


def tree(name: str) -> tuple[str, trees.Files]:
    return name, trees.TREES[name]()


def cases(most: int) -> Iterator[Case]:
    for files, name in ((10_000, "10k"), (100_000, "100k"), (1_000_000, "1m")):
        if files <= most:
            yield "files", files, *tree(name), trees.IGNORE
    for count in (5, 50, 100, 500):
        yield "patterns, 100k files", count, *tree("100k"), patterns(count)
    for depth in (10, 100, 1000):
        yield "depth", depth, f"depth-{depth}", trees.deep(ENTRIES // depth // 10, depth), trees.IGNORE
    yield "hostile patterns, 10k files", 1_000, *tree("10k"), patterns(1_000)
    yield "hostile patterns, 10k files", 10_000, *tree("10k"), patterns(10_000)
    for length in (6_000, 60_000):
        yield "length of **/a/**/a/…", length, *tree("10k"), "**/a/" * (length // 5) + "b\n"
        yield "length of a*a*a*…", length, *tree("10k"), "a*" * (length // 2) + "\n"


def rows(found: Sequence[tuple[str, int, float]]) -> Iterator[list[object]]:
    """A row for each case, with the exponent since the one before of the same kind."""
    last: dict[str, tuple[int, float]] = {}
    for what, size, seconds in found:
        exponent = ""
        if what in last:
            before, took = last[what]
            exponent = f"{math.log(seconds / took) / math.log(size / before):.2f}"
        last[what] = size, seconds
        yield [what, f"{size:,}", seconds, exponent]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="the directory in which the trees are made and kept")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=1_000_000, help="files of the largest tree")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        ignore = Path(folder) / "ignore"
        for what, size, name, files, lines in cases(options.most):
            root = trees.make(options.at / name, files)
            ignore.write_text(lines)
            tool = Tool("ctxaudit ls", (*CTXAUDIT, "ls", "--ignore-file", str(ignore), "."))
            seconds = statistics.median(measured(tool, root).cpu for _ in range(options.rounds))
            found.append((what, size, seconds))
    head = ["what grows", "to", "CPU s", "exponent"]
    sys.stdout.write(tabulate(list(rows(found)), head, tablefmt="github", floatfmt=("", "", ".2f", "")) + "\n")


if __name__ == "__main__":
    main()
