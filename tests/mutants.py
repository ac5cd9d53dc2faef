"""Changes the code in one place at a time, and asks the tests of the folder of the same name whether they notice.

    python tests/mutants.py ignore walk builders --sample 100 --seed 1
    python tests/mutants.py ignore --file pattern.py        # every change of one file

A change that no test notices is printed with its line; a dot on standard error is one that is noticed. The tests run
once without a change, and it is written down which lines each one runs, also by the processes that it starts. A change
is given to the tests that run its line, the quickest first, until they have taken `_ENOUGH` seconds.

A run is a fork that has imported what the tests need besides ctxaudit; it finds a copy of the package with the change,
and so does every process that it starts. Docstrings, annotations, decorators, messages of assertions, and what is only
for a type checker stay as they are: no behaviour depends on them, or no test should. So do the numbers in `_BOUNDS`.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import functools
import marshal
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import coverage
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
# Tests of another folder that hold what a folder does: they are asked about the lines that they run.
_BESIDE = {
    "ignore": ("builders/test_dialects.py", "builders/test_lines.py", "builders/test_reads.py"),
    "walk": ("builders/test_recorded.py", "builders/test_recorded_bulk.py", "builds/test_at.py"),
}
# Numbers by whose names nothing but memory or time is bounded, so that one more or less changes no answer.
_BOUNDS = {
    **dict.fromkeys(("maxsize", "maxlen", "_MOST_KEPT", "MOST_NAMES", "_MOST_HELD"), "how much is remembered at once"),
    **dict.fromkeys(("ENOUGH", "PARTS", "_TICKETS"), "into how many pieces helpers divide what they add up"),
    **dict.fromkeys(("_LOOK", "_PIECE"), "how often, and how much of it, is read of what helpers say"),
    "PART": "how many entries of a directory are looked at together",
    "_MOST_INSTRUCTIONS": "how much memory an expression may take",
}
_PATIENCE = 10  # times as long as without a change, and so many seconds more: then a test has noticed
_ENOUGH = 60  # seconds that the tests of one change may take, without it: those that would take more are not asked
_MEMORY = 6 << 30  # bytes that a run may ask for


class Mutant(NamedTuple):
    """One change: where, in words, and what makes it on the tree of the file, given the number of its place.

    lines: those of its statement, without what stands in the body; None outside of functions, which an import runs.
    """

    file: Path
    line: int
    what: str
    place: int
    make: Callable[[ast.AST], object]
    lines: range | None

    def source(self) -> str:
        """Give the file with the change."""
        tree = ast.parse(self.file.read_text())
        self.make(list(_places(tree))[self.place])
        return ast.unparse(ast.fix_missing_locations(tree))


def mutants(file: Path) -> Iterator[Mutant]:
    """Give every change of a file, in the order of its lines."""
    tree = ast.parse(file.read_text())
    lines = dict(_lines(tree, None))
    for place, node in enumerate(_places(tree)):
        for what, make in _changes(node):
            yield Mutant(file, getattr(node, "lineno", 0), what, place, make, lines[node])


def _lines(node: ast.AST, lines: range | None, inside: bool = False) -> Iterator[tuple[ast.AST, range | None]]:
    """Give each node below one with the lines of the statement that runs it."""
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            is_inside = inside or (isinstance(node, ast.FunctionDef) and name == "body")
            own = lines
            if is_inside and isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                own = _header(child)
            yield child, own
            yield from _lines(child, own, is_inside)


def _header(node: ast.stmt | ast.ExceptHandler | ast.match_case) -> range:
    first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if body else getattr(node, "end_lineno", first)
    return range(first, max(first, last) + 1)


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
    """Whether a node is a docstring, for a type checker alone, an assertion, a list of names, or in `_BOUNDS`."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.ClassDef):
        return any(ast.unparse(base) == "Protocol" for base in node.bases)
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) in ("__all__", "__slots__", *_BOUNDS)
    if isinstance(node, ast.keyword):
        return node.arg in ("strict", *_BOUNDS)
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) == "Literal"
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("TypeVar", "cast")
    return (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or isinstance(node, ast.JoinedStr)


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], object]]]:
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


def _swap(operator: ast.AST, put: object) -> Iterator[tuple[str, Callable[[ast.AST], object]]]:
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
    if isinstance(value, str | bytes):  # with a letter, as a codec is known by those of its name
        return value + (b"\x01x" if isinstance(value, bytes) else "\x01x")
    return None


class Test(NamedTuple):
    """What is known of a test.

    seconds: of processors, its children's, too. ran: the lines of each file that it runs, None where it starts what
    leaves no trace.
    """

    seconds: float
    ran: dict[str, frozenset[int]] | None


class _Trace:
    """Writes down which lines each test runs, as if it were the first: also those whose answers are remembered.

    Processes that a test starts write down their own.
    """

    def __init__(self, package: Path, folder: str) -> None:
        self._package, self._place = package, package / "lines"
        files = f"{package}/ctxaudit/{folder}/*"
        self._place.mkdir()
        settings = package / "coverage.ini"
        options = f"include = {files}\nparallel = true\ndata_file = {self._place}/of\npatch = _exit\n"
        settings.write_text(f"[run]\n{options}disable_warnings = no-data-collected\n")
        (package / "sitecustomize.py").write_text("import coverage\ncoverage.process_startup()\n")
        os.environ["COVERAGE_PROCESS_START"] = os.fspath(settings)
        self._tests: dict[str, tuple[float, dict[str, list[int]] | None]] = {}
        self._started = 0
        sys.addaudithook(self._note)
        self._coverage = coverage.Coverage(data_file=None, config_file=False, include=[files])
        self._coverage.start()

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        self._started += event == "os.fork" or (event == "subprocess.Popen" and sys.executable in map(str, arguments))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        for name, module in list(sys.modules.items()):
            for value in vars(module).values() if name.startswith("ctxaudit") else ():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()
        self._started, before = 0, sum(os.times()[:4])
        self._coverage.switch_context(item.nodeid)
        done = yield
        self._tests[item.nodeid] = sum(os.times()[:4]) - before, self._of_children()
        return done

    def _of_children(self) -> dict[str, list[int]] | None:
        ran: dict[str, list[int]] = {}
        for file in self._place.iterdir():
            with contextlib.suppress(coverage.exceptions.DataError):  # it was killed while it wrote
                data = coverage.CoverageData(os.fspath(file))
                data.read()
                for name in data.measured_files():
                    ran.setdefault(os.path.relpath(name, self._package), []).extend(data.lines(name) or ())
                self._started -= 1
            file.unlink()
        return None if self._started > 0 else ran

    def found(self) -> dict[str, tuple[float, dict[str, list[int]] | None]]:
        """Give of each test how many seconds it takes, and its lines."""
        self._coverage.stop()
        data = self._coverage.get_data()
        for file in data.measured_files():
            for line, names in data.contexts_by_lineno(file).items():
                for name in names:
                    ran = self._tests[name][1] if name in self._tests else None
                    if ran is not None:
                        ran.setdefault(os.path.relpath(file, self._package), []).append(line)
        return self._tests


class _Chosen:
    """Runs some tests in this order, each for so many seconds at most."""

    def __init__(self, limits: dict[str, float]) -> None:
        self._limits = limits

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        found = {item.nodeid: item for item in items}
        items[:] = [found[name] for name in self._limits if name in found]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        signal.setitimer(signal.ITIMER_REAL, self._limits[item.nodeid])  # nobody handles it: it ends the process
        done = yield
        signal.setitimer(signal.ITIMER_REAL, 0)
        return done


def run(package: Path, task: Callable[[], int], limit: float) -> bool:
    """Do a task on a copy of the package in a fork; give whether it returns 0 within the limit."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        said = os.open(package / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        sys.path.insert(0, os.fspath(package))
        os.environ["PYTHONPATH"] = os.fspath(package)
        os.chdir(package)  # a process that starts in the project would find the code there
        os._exit(task())
    deadline = time.monotonic() + limit
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):  # also what it has started, and left
        os.killpg(child, signal.SIGKILL)
    if ended == (0, 0):
        os.waitpid(child, 0)
        return False
    return os.waitstatus_to_exitcode(ended[1]) == 0


def _pytest(files: Iterable[str], plugin: object) -> int:
    quick = {"database": None, "deadline": None, "phases": (hypothesis.Phase.explicit, hypothesis.Phase.generate)}
    hypothesis.settings.register_profile("mutants", **quick, derandomize=True)  # type: ignore[arg-type]
    hypothesis.settings.load_profile("mutants")
    settings = ("--rootdir", os.fspath(PROJECT), "-c", os.fspath(PROJECT / "pyproject.toml"))
    options = ["-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    status = pytest.main([*settings, *options, *files], plugins=[plugin])
    return 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED else int(status)


def traced(folder: str, package: Path) -> dict[str, Test]:
    """Run the tests of a folder, and those beside it, without a change."""
    beside = (PROJECT / "tests" / name for name in _BESIDE.get(folder, ()))
    files = [os.fspath(file) for file in (*(PROJECT / "tests" / folder).glob("test_*.py"), *beside)]
    answer = package / "answer"

    def task() -> int:
        trace = _Trace(package, folder)
        status = _pytest(files, trace)
        answer.write_bytes(marshal.dumps(trace.found()))
        return status

    if not run(package, task, 3600):
        raise SystemExit(f"{(package / 'said').read_text()[-4000:]}\nthe tests of {folder} fail without a change")
    found = marshal.loads(answer.read_bytes())
    return {
        name: Test(took, None if ran is None else {file: frozenset(lines) for file, lines in ran.items()})
        for name, (took, ran) in found.items()
    }


class _Work:
    """A folder's changes, tried by several processes, each with a copy of the package."""

    chosen: list[Mutant]
    package: Path
    tests: dict[str, Test]


def _begin(place: Path, chosen: list[Mutant], tests: dict[str, Test]) -> None:
    _Work.package = copied(Path(tempfile.mkdtemp(dir=place)))
    _Work.chosen, _Work.tests = chosen, tests


def copied(place: Path) -> Path:
    """Copy the package to a place; give it."""
    place.chmod(0o755)  # some tests run as another user
    shutil.copytree(PROJECT / "ctxaudit", place / "ctxaudit")
    return place


def _is_noticed(number: int) -> bool:
    """Whether a test notices a change."""
    one = _Work.chosen[number]
    name = os.fspath(one.file.relative_to(PROJECT))
    target = _Work.package / name
    target.write_text(one.source())
    os.utime(target, (number, number))  # what is compiled is remembered by its second
    try:
        return not _passes(_asked(name, one.lines))
    finally:
        shutil.copy2(one.file, target)


def _asked(name: str, lines: range | None) -> list[str]:
    """Give the tests that run some lines of a file: the quickest first, but of a table's rows each one later.

    lines: None for those that an import runs: any test may depend on what they make.
    """
    found, rows = dict[str, float](), Counter[str]()
    for test, (seconds, ran) in sorted(_Work.tests.items(), key=lambda one: one[1].seconds):
        if lines is None or ran is None or not ran.get(name, frozenset()).isdisjoint(lines):
            table = test.partition("[")[0]
            rows[table] += 1
            found[test] = seconds * rows[table]
    asked, left = list[str](), float(_ENOUGH)
    for test in sorted(found, key=found.__getitem__):
        if left > 0:
            asked.append(test)
        left -= _Work.tests[test].seconds
    return asked


def _passes(tests: list[str]) -> bool:
    limits = {test: _PATIENCE * (1 + _Work.tests[test].seconds) for test in tests}
    files = dict.fromkeys(os.fspath(PROJECT / test.partition("::")[0]) for test in tests)
    return not tests or run(_Work.package, lambda: _pytest(files, _Chosen(limits)), _PATIENCE + sum(limits.values()))


def tried(folder: str, chosen: list[Mutant], jobs: int) -> Counter[bool]:
    """Try each change; print those that no test notices, and count."""
    counts = Counter[bool]()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        place.chmod(0o755)
        tests = traced(folder, copied(Path(tempfile.mkdtemp(dir=place))))
        with multiprocessing.get_context("fork").Pool(jobs, _begin, (place, chosen, tests)) as pool:
            for one, is_noticed in zip(chosen, pool.imap(_is_noticed, range(len(chosen))), strict=True):
                counts[is_noticed] += 1
                sys.stderr.write("." if is_noticed else "N")
                sys.stderr.flush()
                if not is_noticed:
                    say(f"  {one.file.relative_to(PROJECT)}:{one.line}: {one.what}")
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--sample", type=int, default=0, help="So many of a folder's changes; 0 is all of them.")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--file", default="*.py")
    parser.add_argument("--jobs", type=int, default=2, help="So many changes are tried at once.")
    given = parser.parse_args()
    for folder in given.folders:
        files = sorted((PROJECT / "ctxaudit" / folder).rglob(given.file))
        every = [one for file in files for one in mutants(file)]
        chosen = every
        if given.sample:
            chosen = random.Random(f"{given.seed}/{folder}").sample(every, min(given.sample, len(every)))
        counts = tried(folder, chosen, given.jobs)
        share = counts[True] / max(1, counts.total())
        say(f"{folder}: {counts[True]} of {counts.total()} changes noticed ({share:.0%}); there are {len(every)}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
