"""Forty builds over one tree beside one of them: `python tests/benchmarks/builds.py --at DIR`, medians and ratios.

A compose file declares forty services of one context, the tree of 100,000 files; each has a Dockerfile of its own, that
copies a package and a service of the monorepo. Once all read one ignore file, once each has its own.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import trees
from run import CTXAUDIT, Tool, compared
from tabulate import tabulate

BUILDS = 40
DOCKERFILE = """\
FROM scratch
COPY team0/package.json team0/yarn.lock /app/
COPY team0/packages/pkg{number:02} /app/package
COPY team0/services/svc{service:02} /app/service
"""


def declare(root: Path, *, own: bool) -> Path:
    """Write the Dockerfiles, and the compose file that names them; *own*: each with an ignore file of its own."""
    services = ["services:"]
    for number in range(BUILDS):
        name = f"docker/{number:02}.Dockerfile"
        (root / "docker").mkdir(exist_ok=True)
        (root / name).write_text(DOCKERFILE.format(number=number, service=number % 20))
        if own:
            (root / f"{name}.dockerignore").write_text(f"{trees.IGNORE}team0/docs/part{number % 20}\n")
        services += [f"  build{number:02}:", "    build:", "      context: .", f"      dockerfile: {name}"]
    (root / "compose.yaml").write_text("\n".join(services) + "\n")
    return root


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", type=Path, required=True, help="the directory in which the trees are made and kept")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rows: list[list[object]] = []
    for name, own in (("one ignore file", False), ("forty ignore files", True)):
        root = trees.make(options.at / f"100k-{name.replace(' ', '-')}", trees.TREES["100k"]())
        declare(root, own=own)
        command = (*CTXAUDIT, "--fail-on", "never", "--compose", "compose.yaml")
        one = Tool(f"one build, {name}", (*command, "--service", "build00"))
        all_ = Tool(f"forty builds, {name}", command)
        runs = compared([one, all_], root, options.rounds)
        for tool in (one, all_):
            cpu, wall, peak = (
                statistics.median(getattr(run, what) for run in runs[tool]) for what in ("cpu", "wall", "peak")
            )
            pairs = zip(runs[tool], runs[one], strict=True)
            rows.append([tool.name, cpu, wall, peak, statistics.median(run.cpu / base.cpu for run, base in pairs)])
    head = ["", "CPU s", "wall s", "peak MB", "CPU / one"]
    sys.stdout.write(tabulate(rows, head, tablefmt="github", floatfmt=("", ".2f", ".2f", ".0f", ".2f")) + "\n")


if __name__ == "__main__":
    main()
