"""Kills ctxaudit at random moments while it writes, and looks at what is left, and at what the next run leaves.

    python tests/killed.py --moments 200        # for each writer and each signal: some 20 minutes
    python tests/killed.py --moments 20 --writer write --signal SIGTERM

Half of the moments lie anywhere in a run, the other half within the milliseconds after the first new file is there. A
run is a fork of this process, which has imported all: a run is then short, and most of it is work.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import pkgutil
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import git as _git  # noqa: F401  # what ctxaudit imports late
from git_server import serving

import ctxaudit
from ctxaudit.__main__ import main as run_ctxaudit
from support import git, make_tree, walk_files

SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT")
COLUMNS = ("killed", "old", "new", "rest", "broken", "rest after the next run", "git left")
_LONGEST = 60.0  # seconds for a run that nobody kills
_WRITING = 0.005  # seconds within which a file of a few kB is written
_REST = re.compile(
    r"(^|/)(\.ctxaudit-[0-9a-f]{16}|ctxaudit-\d+-[^/]*|tmp_[^/]*|[^/]*\.new)(/|$)|\.git/.*\.(lock|keep)$"
)
_KEY = "-----BEGIN RSA PRIVATE KEY-----\nx\n"
_OTHER_TARGET = {"target": "elsewhere", "fingerprint": "0" * 32, "rule": "x", "path": "x"}


@dataclass(frozen=True)
class Writer:
    """A command that writes.

    file: what it replaces, "" for the cache. old: the content before.
    """

    arguments: tuple[str, ...]
    file: str
    old: str


WRITERS = {
    "write": Writer((".", "--write"), "project/.dockerignore", "*.log\n"),
    "output": Writer((".", "--output", "json=../out/r.json", "--fail-on=never"), "out/r.json", "old"),
    "update-baseline": Writer(
        (".", "--baseline=../out/known.json", "--update-baseline"),
        "out/known.json",
        json.dumps({"schema": "ctxaudit-baseline/1", "key": "0" * 64, "findings": [_OTHER_TARGET]}),
    ),
    "cache": Writer(("ls", "{url}/r.git?ref=main&keep-git-dir=1"), "", ""),
}


class Place:
    """A project, a cache and a directory for temporary files, as they are before and after a run."""

    def __init__(self, home: Path, writer: Writer, url: str) -> None:
        self.home, self.writer = home, writer
        self.arguments = [argument.format(url=url) for argument in writer.arguments]
        self._saved = home.with_name(f"{home.name}-saved")
        project = make_tree(home / "project", {"Dockerfile": "FROM scratch\nCOPY . /\n", "a.key": _KEY})
        make_tree(project, {"node_modules/.package-lock.json": "{}"})
        make_tree(home, {"tmp/": None, "out/": None, "cache/": None})
        git(project, "init", "-q")
        if writer.file:
            make_tree(home, {writer.file: writer.old})
        else:
            self.finish(["ls", f"{url}/r.git#v1"])
        shutil.copytree(home, self._saved, symlinks=True)
        self.finish()
        self.new, self.answer = self.content(), self.finish()

    def reset(self) -> None:
        shutil.rmtree(self.home)
        shutil.copytree(self._saved, self.home, symlinks=True)

    def content(self) -> str:
        return (self.home / self.writer.file).read_text() if self.writer.file else ""

    def rest(self) -> list[str]:
        """What a run that has ended may not leave."""
        return sorted(
            path for path in walk_files(self.home) if _REST.search(path) and not path.startswith("project/.git/")
        )

    def begin(self, arguments: Sequence[str] | None = None) -> int:
        """Start a run, and give its process."""
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                os._exit(self._run(arguments or self.arguments))
            os._exit(99)
        return child

    def _run(self, arguments: Sequence[str]) -> int:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        output = os.open(self.home / "../said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.environ.update(TMPDIR=str(self.home / "tmp"), XDG_CACHE_HOME=str(self.home / "cache"))
        os.chdir(self.home / "project")
        status = run_ctxaudit(arguments)
        sys.stdout.flush()
        return status

    def finish(self, arguments: Sequence[str] | None = None) -> str:
        """Run to the end; give the status and what it prints."""
        status = waited(self.begin(arguments), _LONGEST)
        return f"{status} {(self.home / '../said').read_text()}"

    def has_begun_to_write(self) -> bool:
        """Whether there is a new file, or the cache is marked as in use."""
        if not self.writer.file:
            return any(lock.stat().st_size for lock in (self.home / "cache/ctxaudit/git").glob("*.lock"))
        return any(name.startswith(".ctxaudit-") for name in os.listdir((self.home / self.writer.file).parent))


def waited(child: int, limit: float) -> int:
    """Wait for a process; give its exit status, negative for a signal."""
    deadline = time.monotonic() + limit
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise SystemExit(f"a run takes longer than {limit:g} seconds")
        time.sleep(0.001)
    return os.waitstatus_to_exitcode(ended[1])


def is_running(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def anywhere(place: Place, child: int, duration: float) -> None:
    time.sleep(random.uniform(0, duration))


def while_it_writes(place: Place, child: int, duration: float) -> None:
    while not place.has_begun_to_write():
        if not is_running(child):
            return
    until = time.perf_counter() + random.uniform(0, _WRITING if place.writer.file else duration)
    while time.perf_counter() < until and is_running(child):
        pass


def look(place: Place, number: int, moment: Callable[[Place, int, float], None], duration: float) -> Iterator[str]:
    """Kill one run, and give the columns that what is left counts in."""
    place.reset()
    child = place.begin()
    moment(place, child, duration)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)
    status = waited(child, _LONGEST)
    if status not in (0, 1):
        yield "killed"
    if place.writer.file:
        yield {place.writer.old: "old", place.new: "new"}.get(place.content(), "broken")
    if place.rest():
        yield "rest"
    if is_git_left(place.home):
        yield "git left"
    answer = place.finish()
    if place.content() != place.new or (place.writer.file == "" and answer != place.answer):
        yield "broken"
    if place.rest():
        yield "rest after the next run"


def is_git_left(home: Path) -> bool:
    """Whether a git of a killed run is there after five seconds."""
    deadline = time.monotonic() + 5
    while any(os.fsencode(home) in line for line in command_lines()):
        if time.monotonic() > deadline:
            return True
        time.sleep(0.01)
    return False


def command_lines() -> Iterator[bytes]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield (process / "cmdline").read_bytes()


def counted(name: str, signals: Sequence[str], moments: int, url: str) -> Iterator[tuple[str, Counter[str]]]:
    """Kill a writer so many times by each signal."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder).resolve() / "place", WRITERS[name], url)
        durations = []
        for _ in range(3):
            place.reset()
            start = time.monotonic()
            place.finish()
            durations.append(time.monotonic() - start)
        for sent in signals:
            columns = Counter[str]()
            for count in range(moments):
                moment = (anywhere, while_it_writes)[count % 2]
                columns.update(look(place, signal.Signals[sent], moment, max(durations)))
            yield sent, columns


def served(root: Path) -> None:
    """Make the repository that the cache is filled from: v1 is fetched before, main is not."""
    work = make_tree(root / "r.git", {"Dockerfile": "FROM scratch\nCOPY . /\n", ".gitattributes": "* text\n"})
    git(work, "init", "-q")
    for number in range(2):
        make_tree(work, {f"d/{file}": f"{number} {file}\n" * 50 for file in range(40)})
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", "x")
        git(work, "tag", f"v{number + 1}")


def serve(root: Path) -> tuple[int, str]:
    """Start the git server as a process of its own; a process with threads is not to fork."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a client that is killed is an error to the server
        with serving(root) as server:
            os.write(write, f"{server.url}\n".encode())
            signal.pause()
    with os.fdopen(read) as stream:
        return child, stream.readline().strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--writer", action="append", choices=WRITERS)
    parser.add_argument("--signal", action="append", choices=SIGNALS)
    given = parser.parse_args()
    for module in pkgutil.walk_packages(ctxaudit.__path__, "ctxaudit."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    with tempfile.TemporaryDirectory() as folder:
        served(Path(folder))
        server, url = serve(Path(folder))
        try:
            return report(given, url)
        finally:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)


def report(given: argparse.Namespace, url: str) -> int:
    """Print a row for each writer and signal; give 1 where anything is broken or left."""
    failed = False
    say(["writer", "signal", "moments", *COLUMNS])
    say(["---"] * (3 + len(COLUMNS)))
    for name in given.writer or WRITERS:
        for sent, columns in counted(name, given.signal or SIGNALS, given.moments, url):
            failed |= any(columns[column] for column in COLUMNS[4:])
            say([name, sent, given.moments, *(columns[column] for column in COLUMNS)])
    return int(failed)


def say(cells: Sequence[object]) -> None:
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
