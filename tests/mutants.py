"""Changes the code in one place at a time, and asks the tests of the folder of the same name whether they notice.

    python tests/mutants.py ignore walk builders --sample 100 --seed 1
    python tests/mutants.py ignore --file pattern.py        # every change of one file

A change that no test notices is printed with its line; a dot on standard error is one that is noticed. A run is a fork
that has imported what the tests need besides ctxaudit; it finds a copy of the package with the change, and so does
every process that it starts. Docstrings, annotations, decorators and messages stay as they are: no behaviour depends
on them, or no test should.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import hypothesis
import pytest

PROJECT = Path(__file__).resolve().parent.parent
_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    **{ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt},
    **{ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And},
    **{ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd},
    **{ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.FloorDiv: ast.Mult, ast.Break: ast.Continue},
}
_NOT_RUN = {"annotation", "returns", "decorator_list", "type_params", "bases", "keywords_of_a_class"}
# Tests of another folder that hold what a folder does: the builders' recorded answers.
_BESIDE = {
    "ignore": ("builders/test_dialects.py",),
    "walk": ("builders/test_recorded.py", "builders/test_recorded_bulk.py"),
}
_SLOWEST = 8  # times as long as without a change: it counts as noticed


class Mutant(NamedTuple):
    """One change: where, in words, and the source with it."""

    file: Path
    line: int
    what: str
    source: str


def mutants(file: Path) -> Iterator[Mutant]:
    """Give every change of a file, in the order of its lines."""
    tree = ast.parse(file.read_text())
    for at, node in enumerate(_places(tree)):
        for what, make in _changes(node):
            changed = copy.deepcopy(tree)
            make(list(_places(changed))[at])
            source = ast.unparse(ast.fix_missing_locations(changed))
            yield Mutant(file, getattr(node, "lineno", 0), what, source)


def _places(node: ast.AST) -> Iterator[ast.AST]:
    """Give the nodes below one that are run and are no message."""
    for name, value in ast.iter_fields(node):
        if name in _NOT_RUN or _is_raised(node, name):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_passed_over(child):
                yield child
                yield from _places(child)


def _is_raised(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Raise | ast.Assert) or (isinstance(node, ast.AnnAssign) and name == "annotation")


def _is_passed_over(node: ast.AST) -> bool:
    """Whether a node is a docstring, for a type checker alone, or a list of names."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) in ("__all__", "__slots__")
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) == "Literal"
    return (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or isinstance(node, ast.JoinedStr)


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Give the changes of one node, in words, each with what makes it on a copy."""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            yield from _swap(operator, lambda one, new, at=at: one.ops.__setitem__(at, new))  # type: ignore[misc]
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign):
        yield from _swap(node.op, lambda one, new: setattr(one, "op", new))
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "the condition is negated", lambda one: setattr(one, "test", ast.UnaryOp(ast.Not(), one.test))
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "None is returned", lambda one: setattr(one, "value", ast.Constant(None))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not is dropped", lambda one: setattr(one, "op", ast.UAdd()) or setattr(one, "operand", _truth(one))
    elif isinstance(node, ast.Constant) and (new := _another(node.value)) is not None:
        yield f"{node.value!r} is {new!r}", lambda one: setattr(one, "value", new)


def _swap(operator: ast.AST, put: object) -> Iterator[tuple[str, object]]:
    new = _OPERATORS.get(type(operator))
    if new is not None:
        yield f"{type(operator).__name__} is {new.__name__}", lambda one: put(one, new())  # type: ignore[operator]


def _truth(node: ast.UnaryOp) -> ast.expr:
    return ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _another(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str | bytes):
        return value + (b"\x01" if isinstance(value, bytes) else "\x01")
    return None


def run(folder: str, package: Path, limit: float) -> bool:
    """Run the tests of a folder on a copy of the package in a fork; give whether they pass within the limit."""
    child = os.fork()
    if child == 0:
        os._exit(_tests(folder, package))
    deadline = time.monotonic() + limit
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        time.sleep(0.01)
    return os.waitstatus_to_exitcode(ended[1]) == 0


def _tests(folder: str, package: Path) -> int:
    """Give pytest's status; recorded answers come first, as they notice most; what takes long is last."""
    os.setpgid(0, 0)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.path.insert(0, os.fspath(package))
    os.environ["PYTHONPATH"] = os.fspath(package)
    quick = {"database": None, "deadline": None, "phases": (hypothesis.Phase.explicit, hypothesis.Phase.generate)}
    hypothesis.settings.register_profile("mutants", **quick, derandomize=True)  # type: ignore[arg-type]
    hypothesis.settings.load_profile("mutants")
    os.chdir(PROJECT)
    beside = (PROJECT / "tests" / name for name in _BESIDE.get(folder, ()))
    files = sorted(
        [*(PROJECT / "tests" / folder).glob("test_*.py"), *beside],
        key=lambda file: ("recorded" not in file.name, "memory" in file.name, file.name),
    )
    options = ["-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([*options, *map(os.fspath, files)]))


def tried(folder: str, chosen: list[Mutant]) -> Counter[str]:
    """Try each change; print those that no test notices, and count."""
    counts = Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        package = Path(place)
        package.chmod(0o755)  # some tests run as another user
        shutil.copytree(PROJECT / "ctxaudit", package / "ctxaudit")
        started = time.monotonic()
        if not run(folder, package, 3600):
            raise SystemExit(f"the tests of {folder} fail without a change")
        limit = _SLOWEST * (time.monotonic() - started) + 10
        for one in chosen:
            target = package / one.file.relative_to(PROJECT)
            target.write_text(one.source)
            noticed = not run(folder, package, limit)
            shutil.copy2(one.file, target)
            counts["noticed" if noticed else "not noticed"] += 1
            sys.stderr.write("." if noticed else "N")
            sys.stderr.flush()
            if not noticed:
                say(f"  {one.file.relative_to(PROJECT)}:{one.line}: {one.what}")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--sample", type=int, default=0, help="So many of a folder's changes; 0 is all of them.")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--file", default="*.py")
    given = parser.parse_args()
    for folder in given.folders:
        files = sorted((PROJECT / "ctxaudit" / folder).rglob(given.file))
        every = [one for file in files for one in mutants(file)]
        chosen = every
        if given.sample:
            chosen = random.Random(f"{given.seed}/{folder}").sample(every, min(given.sample, len(every)))
        counts = tried(folder, chosen)
        share = counts["noticed"] / max(1, counts.total())
        say(f"{folder}: {counts['noticed']} of {counts.total()} changes noticed ({share:.0%}); there are {len(every)}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
