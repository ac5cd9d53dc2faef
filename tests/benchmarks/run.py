"""How fast: each tool as a whole process, in turns on the same tree. `python tests/benchmarks/run.py --help`.

Needs the extra `bench`, a C compiler, GNU du and find, and fd; what is missing is left out, and named. The figures are
medians of the rounds after a warm-up; a ratio compares with `du -s` in the same round, so that it holds where the
machine's speed drifts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import trees
from tabulate import tabulate

HERE = Path(__file__).parent
CTXAUDIT = (sys.executable, "-m", "ctxaudit")
PEERS = (sys.executable, os.fspath(HERE / "peers.py"))


@dataclass(frozen=True)
class Tool:
    """A command, run in the tree. lists: it claims to print the files that a build is sent."""

    name: str
    command: tuple[str, ...]
    lists: bool = False


@dataclass(frozen=True)
class Run:
    """What one process took: seconds of the processor, seconds of the clock, MB at most; what it printed."""

    cpu: float
    wall: float
    peak: float
    files: frozenset[bytes]


def tools(empty: str, walker: str | None) -> Iterator[Tool]:
    """The tools in the order of the table; *empty* is an empty ignore file."""
    yield Tool("du -s", ("du", "-s", "."))
    if walker is not None:
        yield Tool("C: getdents, fstatat", (walker, "."))
    yield Tool("find -printf", ("find", ".", "-printf", "%s %P\n"))
    fd = shutil.which("fdfind") or shutil.which("fd")
    if fd is not None:
        yield Tool("fd, names alone", (fd, "-H", "-I", "-t", "f"))
    yield Tool("ctxaudit ls", (*CTXAUDIT, "ls", "."), lists=True)
    yield Tool("ctxaudit", (*CTXAUDIT, "--fail-on", "never", "."))
    yield Tool("ctxaudit, no ignore file", (*CTXAUDIT, "--fail-on", "never", "--ignore-file", empty, "."))
    yield Tool(
        "ctxaudit, no ignore file, with proposal",
        (*CTXAUDIT, "--fail-on", "never", "--ignore-file", empty, "--format", "json", "."),
    )
    devtools = os.fspath(Path(sys.executable).with_name("docker-devtools"))
    yield Tool("docker-devtools", (devtools, "build-context", "ls", "."), lists=True)
    for peer in ("docker-py", "pathspec"):
        yield Tool(peer, (*PEERS, peer, "."), lists=True)


def measured(tool: Tool, root: Path) -> Run:
    """Run a tool once; raises SystemExit where it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(tool.command, cwd=root, stdout=output, stderr=errors)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            raise (
                ModuleNotFoundError(tool.name)
                if b"ModuleNotFoundError" in errors.read()
                else SystemExit(f"{tool.name}: exit status {child.returncode}")
            )
        output.seek(0)
        lines = output.read().splitlines() if tool.lists else ()
        files = frozenset(line for line in lines if not os.path.isdir(os.path.join(os.fsencode(root), line)))
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1000, files)


def present(candidates: Sequence[Tool], root: Path) -> tuple[list[Tool], list[str]]:
    """The tools that run here, after a warm-up, and the names of the others."""
    found, missing = [], []
    for tool in candidates:
        try:
            measured(tool, root)
        except (FileNotFoundError, ModuleNotFoundError):
            missing.append(tool.name)
        else:
            found.append(tool)
    return found, missing


def compared(candidates: Sequence[Tool], root: Path, rounds: int) -> dict[Tool, list[Run]]:
    """Run the tools in turns."""
    runs: dict[Tool, list[Run]] = {tool: [] for tool in candidates}
    for _ in range(rounds):
        for tool in candidates:
            runs[tool].append(measured(tool, root))
    return runs


def table(runs: dict[Tool, list[Run]]) -> str:
    """A row for each tool: its medians, and the ratios to the first."""
    base = next(iter(runs.values()))
    ours = next((runs[tool][0].files for tool in runs if tool.name == "ctxaudit ls"), frozenset())
    rows = []
    for tool, own in runs.items():
        cpu, wall = (
            statistics.median(getattr(run, what) / getattr(first, what) for run, first in zip(own, base, strict=True))
            for what in ("cpu", "wall")
        )
        medians = [statistics.median(getattr(run, what) for run in own) for what in ("cpu", "wall", "peak")]
        rows.append([tool.name, *medians, cpu, wall, said(tool, own[0].files, ours)])
    head = ["", "CPU s", "wall s", "peak MB", "CPU / du", "wall / du", "files"]
    return tabulate(rows, head, tablefmt="github", floatfmt=("", ".2f", ".2f", ".0f", ".2f", ".2f", ""))


def said(tool: Tool, files: frozenset[bytes], ours: frozenset[bytes]) -> str:
    if not tool.lists:
        return ""
    wrong = len(files ^ ours)
    return f"{len(files):,}" + (f", {wrong:,} of them wrong or missing" if wrong else "")


def walker(folder: Path) -> str | None:
    """Compile the C walker, None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    subprocess.run([compiler, "-O2", "-o", folder / "walker", HERE / "walker.c"], check=True)
    return os.fspath(folder / "walker")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", choices=trees.TREES)
    parser.add_argument("--at", type=Path, required=True, help="the directory in which the trees are made and kept")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--only", action="append", help="names of tools; the first is what the others are compared with"
    )
    options = parser.parse_args()
    root = trees.make(options.at / options.tree, trees.TREES[options.tree]())
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty"
        empty.touch()
        candidates = [
            tool
            for tool in tools(os.fspath(empty), walker(Path(folder)))
            if not options.only or tool.name in options.only
        ]
        found, missing = present(candidates, root)
        sys.stdout.write(table(compared(found, root, options.rounds)) + "\n")
    for name in missing:
        sys.stdout.write(f"not here: {name}\n")


if __name__ == "__main__":
    main()
