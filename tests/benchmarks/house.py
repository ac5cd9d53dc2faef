"""How large ctxaudit is for a reader, and how soon it answers: `python tests/benchmarks/house.py`, a table.

The simplest audit: twelve files, no git, no ignore file. A function counts once, however often it is called. Lambdas,
comprehensions and the bodies of modules and classes do not count.
"""

from __future__ import annotations

import argparse
import ast
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from tabulate import tabulate

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ctxaudit"
SAMPLE = ROOT / "sample_repos" / ".made" / "go-service"
ROUNDS = 15
DOCKERFILE = "FROM alpine:3.22\nCOPY . /src\n"
# Prints the functions called and the modules imported of ctxaudit; a profile hook sees each call of a Python function.
COUNTER = """
import sys
called = set()
def hook(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(sys.argv[1]) and not code.co_name.startswith("<"):
        if code.co_flags & 2:  # CO_NEWLOCALS: a function, not the body of a class
            called.add(code)
sys.setprofile(hook)
from ctxaudit.__main__ import main
main(["."])
sys.setprofile(None)
modules = [name for name in sys.modules if name.partition(".")[0] == "ctxaudit"]
print(len(called), len(modules), file=sys.stderr)
"""


def simplest(directory: Path) -> tuple[int, int]:
    """Audit twelve files, and count the functions of ctxaudit that are called and its modules that are imported."""
    (directory / "Dockerfile").write_text(DOCKERFILE)
    for number in range(11):
        (directory / f"file{number}.txt").write_text("text\n")
    command = [sys.executable, "-c", COUNTER, f"{PACKAGE}{os.sep}"]
    child = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    functions, modules = child.stderr.splitlines()[-1].split()
    return int(functions), int(modules)


def files() -> dict[str, Path]:
    """Map each module of the package to its file."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(tree: ast.Module, modules: Iterable[str]) -> Iterator[str]:
    """Give what a module imports of the package as it is imported itself: nothing in a function or for types alone."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            submodules = [f"{node.module}.{name.name}" for name in node.names]
            inside = [name for name in submodules if name in modules]
            yield from inside
            if node.module in modules and len(inside) < len(submodules):
                yield node.module


def longest_chain(trees: dict[str, ast.Module]) -> list[str]:
    """Return the longest chain of imports: each module imports the next one."""
    edges = {name: set(imported(tree, trees)) - {name} for name, tree in trees.items()}

    @cache
    def chain(name: str) -> tuple[str, ...]:
        return (name, *max(map(chain, sorted(edges[name])), key=len, default=()))

    return list(max(map(chain, sorted(edges)), key=len))


def public_names(tree: ast.Module) -> set[str]:
    """Return the names that a module defines at its top level and that do not begin with "_"."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return {name for name in found if not name.startswith("_")}


@cache
def comments(path: Path) -> tuple[int, int]:
    """Count the comments and the lines that are not blank; `noqa` and `type:` speak to a program, not to a reader."""
    with tokenize.open(path) as stream:
        tokens = [token for token in tokenize.generate_tokens(stream.readline) if token.type == tokenize.COMMENT]
    remarks = sum(not token.string.startswith(("# noqa", "# type:")) for token in tokens)
    return remarks, sum(bool(line.strip()) for line in path.read_text(encoding="utf-8").splitlines())


def processor_time(command: Sequence[str], directory: Path, rounds: int) -> float:
    """Run a command so often, and return the median of its processor seconds, those of its children with them."""
    # A first run does not count: it compiles the modules, which an installation has done.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    taken = []
    for _ in range(rounds + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(taken[1:])


def per_hundred(paths: Iterable[Path]) -> str:
    remarks, lines = (sum(counts) for counts in zip((0, 0), *map(comments, paths), strict=True))
    return f"{100 * remarks / lines:.1f}" if lines else "0.0"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of which the processor time is the median")
    parser.add_argument("--folder", help="count comments in this folder alone: to read all of them takes seconds")
    options = parser.parse_args()
    modules = files()
    trees = {name: ast.parse(file.read_bytes()) for name, file in modules.items()}
    with tempfile.TemporaryDirectory() as directory:
        functions, touched = simplest(Path(directory))
    chain = longest_chain(trees)
    folders = sorted(file.parent for file in PACKAGE.glob("*/__init__.py"))
    commented: Iterable[Path] = modules.values()
    if options.folder:
        folders = [PACKAGE / options.folder]
        commented = folders[0].rglob("*.py")
    loose = [file for file in PACKAGE.glob("*.py") if not file.name.startswith("__")]
    rows: list[tuple[str, object, object]] = [
        ("functions run for the simplest audit", functions, 500),
        ("modules imported for it", touched, 60),
        ("longest chain of imports", len(chain), 16),
        ("loose modules", len(loose), ""),
        ("public names at module level", sum(len(public_names(tree)) for tree in trees.values()), ""),
        ("comments per 100 lines", per_hundred(commented), ""),
    ]
    rows += [(f"- {folder.name}/", per_hundred(folder.rglob("*.py")), "") for folder in folders]
    if SAMPLE.is_dir():  # made by `python sample_repos/make.py`
        audit = [sys.executable, "-m", "ctxaudit", "."]
        rows.append(("processor seconds, go-service", f"{processor_time(audit, SAMPLE, options.rounds):.3f}", "0.15"))
        nothing = [sys.executable, "-c", "pass"]
        rows.append(("- beside python -c pass", f"{processor_time(nothing, SAMPLE, options.rounds):.3f}", ""))
    sys.stdout.write(tabulate(rows, ["", "measured", "at most"], tablefmt="github", disable_numparse=True) + "\n")
    sys.stdout.write(f"\nThe chain: {' > '.join(name.removeprefix('ctxaudit.') for name in chain)}\n")


if __name__ == "__main__":
    main()
