"""What the tests share: recorded rows, trees made from them, and the installed command run as a user runs it."""

from __future__ import annotations

import atexit
import base64
import contextlib
import functools
import inspect
import io
import json
import os
import pkgutil
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from warm import COMMAND, Warm

TESTS = Path(__file__).parent
PROJECT = TESTS.parent
NOBODY = 65534
AT_ONCE = 30  # recorded rows that one test asks: to begin and report a test takes longer than many a row


@contextlib.contextmanager
def without_coverage() -> Iterator[None]:
    """Do not measure the coverage of this process meanwhile: that makes it several times slower.

    `Coverage.start` is not for this: each call wraps `os._exit` once more, and a fork then saves as often at its end.
    """
    measuring = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(measuring)


@contextlib.contextmanager
def processor_limit(seconds: float) -> Iterator[None]:
    """Fail when what is done meanwhile takes more processor time: the limit tells hostile input that never ends."""
    with without_coverage():
        started = time.process_time()
        yield
        taken = time.process_time() - started
    assert taken < seconds


def rows(name: str) -> list[dict[str, Any]]:
    """The recorded rows of one family."""
    with (TESTS / "vectors" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def for_each(recorded: Iterable[dict[str, Any]]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Ask a test of each recorded row, a few dozen in one run of it; each row that fails is named, with its traceback.

    The test takes `row` and, if it makes a tree, a `tmp_path` that is the row's own.
    """
    import pytest  # what is not a test imports this file, too

    whole = [*recorded]
    parts = [whole[first : first + AT_ONCE] for first in range(0, len(whole), AT_ONCE)]

    def in_parts(test: Callable[..., None]) -> Callable[..., None]:
        def asked(part: list[dict[str, Any]], tmp_path: Path, **others: Any) -> None:
            failed = [error for row in part if (error := _failure(test, row, tmp_path, others))]
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(part)} rows", failed)

        names = ["part", "tmp_path", *(inspect.signature(test).parameters.keys() - {"row", "tmp_path"})]
        parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
        functools.update_wrapper(asked, test)
        asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        ids = [f"{part[0]['id']} to {part[-1]['id']}" for part in parts]
        return pytest.mark.parametrize("part", parts, ids=ids)(asked)

    return in_parts


def _failure(test: Callable[..., None], row: dict[str, Any], above: Path, others: dict[str, Any]) -> Exception | None:
    """Ask the test of one row, and return what it raises, with the row's name."""
    if "tmp_path" in inspect.signature(test).parameters:
        others = {**others, "tmp_path": above / row["id"]}
        others["tmp_path"].mkdir()
    try:
        test(row=row, **others)
    except Exception as error:  # noqa: BLE001  # the other rows are asked, too
        error.add_note(f"in the row {row['id']}")
        return error
    return None


def text_of(row: dict[str, Any], key: str) -> Any:
    """The field, with surrogate escapes where it is stored as base64."""
    raw = row.get(f"{key}_b64")
    if raw is None:
        return row.get(key)
    if isinstance(raw, list):
        return [base64.b64decode(one).decode("utf-8", "surrogateescape") for one in raw]
    return base64.b64decode(raw).decode("utf-8", "surrogateescape")


def make_recorded_tree(root: Path, row: dict[str, Any]) -> Path:
    """Make *root* hold the row's files and its ignore file."""
    root.mkdir()
    for entry in row["files"]:
        path = root / text_of(entry, "path")
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry["type"] == "dir":
            path.mkdir(exist_ok=True)
        elif entry["type"] == "symlink":
            path.symlink_to(text_of(entry, "target"))
        elif entry["type"] == "fifo":
            os.mkfifo(path)
        else:
            path.write_bytes(b"x" * entry.get("size", 0))
    ignore_file = text_of(row, "dockerignore")
    if ignore_file is not None:
        (root / ".dockerignore").write_bytes(ignore_file.encode("utf-8", "surrogateescape"))
    for entry in reversed(row["files"]):
        if entry.get("mode") and entry["type"] in ("file", "dir"):
            (root / text_of(entry, "path")).chmod(int(entry["mode"], 8))
    return root


def make_tree(root: Path, files: dict[str, str | bytes | None]) -> Path:
    """Make files of their content; a name that ends in "/" is a directory, None is one as well."""
    root.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = root / name
        if content is None or name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
    return root


# A commit that does not look whether it is to pack takes half as long.
_SETTINGS = ("-c", "init.defaultBranch=main", "-c", "maintenance.auto=false")


def git(root: Path, *arguments: str) -> None:
    """Run git in *root*, with nobody's configuration; a new repository is a copy of one that it made."""
    if arguments == ("init", "-q"):
        shutil.copytree(_new_repository(), root / ".git", dirs_exist_ok=True)
        return
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    subprocess.run(["git", *_SETTINGS, *arguments], cwd=root, env=environment, check=True, capture_output=True)


@functools.cache
def _new_repository() -> Path:
    """Make an empty repository: its copy takes a fifth of the time."""
    place = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, place)
    git(place, "init", "--quiet")
    return place / ".git"


def ctxaudit(
    *arguments: str | Path, cwd: Path | None = None, columns: int = 80, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in this process: the interpreter takes longer to start than the command to run.

    For a test of what only a process of its own has, there is `installed`.
    """
    return in_process(*arguments, cwd=cwd, environment={**os.environ, "COLUMNS": str(columns), **environment})


def in_process(
    *arguments: str | Path, cwd: Path | None, environment: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in this process, in a directory, with these variables and no other."""
    from ctxaudit.__main__ import main

    command = [os.fspath(argument) for argument in arguments]
    with _surroundings(cwd, environment), _streams() as (stdout, stderr):
        status = main(command)
    return subprocess.CompletedProcess(command, status, stdout.getvalue(), stderr.getvalue())


@contextlib.contextmanager
def _surroundings(cwd: Path | None, environment: dict[str, str]) -> Iterator[None]:
    """Stand in *cwd*, with these variables and no other."""
    directory, variables = os.open(".", os.O_RDONLY | os.O_DIRECTORY), dict(os.environ)
    try:
        os.chdir(cwd or ".")
        _set_variables(variables, environment)
        yield
    finally:
        os.fchdir(directory)
        os.close(directory)
        _set_variables(dict(os.environ), variables)


def _set_variables(before: dict[str, str], variables: dict[str, str]) -> None:
    """Change what differs only: a variable that another thread reads is there at every moment."""
    for name in before.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables.items() - before.items())


@contextlib.contextmanager
def _streams() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Stand in for the three standard streams; nothing comes in."""
    raw = io.BytesIO(), io.BytesIO(), io.BytesIO()
    held = tuple(io.TextIOWrapper(one, encoding="utf-8", write_through=True) for one in raw)
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = held
    try:
        yield raw[1], raw[2]
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        for one in held:  # a wrapper that is collected closes what it wraps
            one.detach()


def installed(
    *arguments: str | Path, cwd: Path | None = None, columns: int = 80, before: str = "", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a process of its own; before: as for `started`."""
    return ran(
        *arguments,
        before=before,
        cwd=cwd,
        env={**os.environ, "COLUMNS": str(columns), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def started(*arguments: str | Path, before: str = "", program: str = COMMAND, **options: Any) -> subprocess.Popen[Any]:
    """Start the command, or another program, as a process of its own: a fork of an interpreter that has imported all.

    before: what that interpreter has run before it imported ctxaudit. options: those of `Popen`. With variables that
    have their effect while an interpreter starts, another one starts.
    """
    warm = _warm(before)
    if warm.fits(options.get("env") or os.environ):
        return warm.start(*arguments, program=program, **options)
    how = ["-m", "ctxaudit"] if (before, program) == ("", COMMAND) else ["-c", f"{before}\n{program}"]
    return subprocess.Popen([sys.executable, *how, *arguments], **options)


def ran(
    *arguments: str | Path, stdin: Any = None, input: bytes | None = None, timeout: float | None = None, **options: Any
) -> subprocess.CompletedProcess[Any]:
    """Run the command, or another program, to its end, as `subprocess.run` does; options: those of `started`."""
    if options.pop("capture_output", False):
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started(*arguments, stdin=stdin if input is None else subprocess.PIPE, **options) as process:
        try:
            stdout, stderr = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def typed(line: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a line that a user may type: of ours as a process of its own, and any other in a shell."""
    first, *words = shlex.split(line)
    if first == "ctxaudit":
        return ran(*words, cwd=cwd, capture_output=True)
    return subprocess.run(line, shell=True, cwd=cwd, capture_output=True, check=False)


@functools.cache
def _warm(before: str) -> Warm:
    warm = Warm(before)
    atexit.register(warm.close)
    return warm


def walk_files(root: Path) -> Iterator[str]:
    """Every entry below *root*, relative to it."""
    for directory, directories, files in os.walk(root):
        for name in (*directories, *files):
            yield os.path.relpath(os.path.join(directory, name), root)


@dataclass(frozen=True)
class Answer:
    """What one run of the command said."""

    status: int
    stdout: str
    stderr: str


def here(*arguments: str, columns: int = 80) -> Answer:
    """Run the command line in this process."""
    answer = ctxaudit(*arguments, columns=columns)
    return Answer(answer.returncode, answer.stdout.decode(), answer.stderr.decode())


def let_everyone_in(directory: Path) -> None:
    """Let other users search a temporary directory, which pytest makes for its own user alone."""
    for above in (directory, *directory.parents[: directory.parents.index(Path(tempfile.gettempdir()))]):
        above.chmod(0o755)


def as_nobody(*arguments: str) -> Answer:
    """Run the command line in a child that may read only what anybody may.

    A fork, as the interpreter itself may stand where nobody else can read it; what is imported late is imported first.
    """
    import importlib.readers

    import git  # noqa: F401
    import tabulate  # noqa: F401

    import ctxaudit

    for module in pkgutil.walk_packages(ctxaudit.__path__, "ctxaudit."):
        importlib.import_module(module.name)
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        with os.fdopen(read) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        return Answer(**json.loads(said))
    try:
        os.close(read)
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        os.write(write, json.dumps(asdict(here(*arguments))).encode())
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        # At an exit coverage writes what it has of all tests so far: for seconds, and where nobody may not write.
        os.kill(os.getpid(), signal.SIGKILL)
