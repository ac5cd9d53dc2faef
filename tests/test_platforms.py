"""Where Python has less than on Linux: the second ways, on a Linux whose own are hidden before ctxaudit is imported.

It is no Windows: names have slashes, and programs start as they do here. What is shown is that nothing needs a
descriptor of a directory, a fork, a lock, a group of processes, `poll`, an alarm, limits, extended attributes, or a
user's number.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest

from ctxaudit import processes
from ctxaudit.cli import hook
from ctxaudit.errors import CtxauditError
from ctxaudit.files import hold, let_go
from ctxaudit.fleet import Job
from ctxaudit.fleet.ledger import opened
from ctxaudit.repository.program import Git
from fleet import forked, generated, killed
from support import NOBODY, as_nobody, ctxaudit, git, installed, let_everyone_in, make_tree, ran

# Windows' os.open opens no directory, and no function there takes a descriptor of one.
HIDING = """
import os, select, signal, sys, stat
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in (
    "fork", "geteuid", "getuid", "killpg", "fchmod", "fchown", "fchdir", "listxattr", "getxattr", "setsid", "mkfifo",
    "sched_getaffinity", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC",
):
    delattr(os, name)
for name in ("SIGALRM", "pthread_sigmask", "setitimer"):
    delattr(signal, name)
del select.poll
for known in (os.supports_dir_fd, os.supports_fd, os.supports_effective_ids):
    known.clear()

def without_descriptors(function, is_open):
    def called(path, *arguments, dir_fd=None, effective_ids=False, **options):
        if dir_fd is not None or effective_ids or (isinstance(path, int) and not is_open):
            raise NotImplementedError(f"{function.__name__} takes no descriptor here")
        if is_open and os.path.isdir(path):
            raise PermissionError(13, "Permission denied", path)
        return function(path, *arguments, **options)
    return called

for name in ("open", "access", "unlink", "readlink", "scandir", "listdir", "lstat"):
    setattr(os, name, without_descriptors(getattr(os, name), name == "open"))
own_stat, own_replace = os.stat, os.replace

def status(path, *, dir_fd=None, follow_symlinks=True):
    if dir_fd is not None:
        raise NotImplementedError("stat takes no descriptor here")
    return own_stat(path, follow_symlinks=follow_symlinks)

def replace(source, target, *, src_dir_fd=None, dst_dir_fd=None):
    if src_dir_fd is not None or dst_dir_fd is not None:
        raise NotImplementedError("replace takes no descriptor here")
    return own_replace(source, target)

os.stat, os.replace = status, replace
"""
COMMAND = "import sys; sys.argv[0] = 'ctxaudit'\nfrom ctxaudit.__main__ import run\nrun()\n"
# What is imported late is imported first: the interpreter may stand where nobody else can read it.
AS_NOBODY = f"""
import importlib, os, pkgutil, posix
import git, tabulate
import ctxaudit
for module in pkgutil.walk_packages(ctxaudit.__path__, "ctxaudit."):
    importlib.import_module(module.name)
if posix.geteuid() == 0:
    os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
{COMMAND}"""
# Other systems, too, may say how many processors a process has.
NO_FORK = """
import os
del os.fork
os.sched_getaffinity = lambda process: {0, 1}
from ctxaudit.survey import observers
from ctxaudit.walk import bulk
bulk.ENOUGH = observers._WORTH_A_PROCESS = 50
from ctxaudit.__main__ import run
run()
"""
FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM node:22.11.0\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node src/a.js\n",
    ".gitignore": "node_modules\n*.log\n",
    "package.json": "{}",
    "package-lock.json": "{}",
    "src/a.js": "1\n",
    "debug.log": "x\n",
    "node_modules/x/index.js": "x" * 1000,
    "deep/" + "/".join(["d"] * 120) + "/f": "f",
    "names/é": "1",
}


def without_posix(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    with TemporaryDirectory() as temporary:  # as in `hiding`
        environment = {**os.environ, "TMPDIR": temporary}
        return ran(*arguments, before=HIDING, program=COMMAND, env=environment, capture_output=True, timeout=120)


def hiding(tmp_path: Path, more: str = "") -> dict[str, str]:
    """What to set so that a process and all that it starts have only what other platforms have.

    Their temporary directories are their own: one without a lock is a dead process's for who has locks.
    """
    make_tree(tmp_path / "hiding", {"sitecustomize.py": HIDING + more, "temporary": None})
    return {"PYTHONPATH": str(tmp_path / "hiding"), "TMPDIR": str(tmp_path / "hiding/temporary")}


def answer(process: subprocess.CompletedProcess[bytes]) -> tuple[int, bytes, bytes]:
    return process.returncode, process.stdout, process.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_tree(tmp_path / "app", FILES)
    (root / "link").symlink_to("src/a.js")
    (root / "loop").symlink_to("loop")
    git(root, "init", "-q")
    git(root, "add", "src", "Dockerfile", "package.json", "package-lock.json", ".gitignore")
    git(root, "commit", "-q", "-m", "x")
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("audit", "--format", "json"), id="the audit"),
        pytest.param(("audit", "--builder", "classic", "--format", "json"), id="the audit for the classic builder"),
        pytest.param(("audit", "--diff"), id="the proposal"),
        pytest.param(("audit", "--at", "HEAD", "--format", "json"), id="the audit of a commit"),
        pytest.param(("ls", "--builder", "classic"), id="the list, entry by entry"),
        pytest.param(("cache",), id="the cache, with its history"),
    ],
)
def test_the_answers_are_the_same(arguments: tuple[str, ...], root: Path) -> None:
    command, *options = arguments
    there = ctxaudit(command, root, *options)
    assert there.returncode in (0, 1)
    assert answer(without_posix(command, root, *options)) == answer(there)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"Dockerfile": "FROM node:22.11.0\nCOPY . /\n", "src/a.js": "1\n"})
    for name in ("package.json", ".env", ".dockerignore", "compose.yaml", "src/b.py"):
        os.mkfifo(root / name)
    assert answer(without_posix("audit", root)) == answer(ctxaudit("audit", root))


@pytest.mark.parametrize("command", ["why"])
def test_one_path_is_explained(command: str, root: Path) -> None:
    there = ctxaudit(command, "src/a.js", "--context", root)
    assert there.returncode == 0
    assert answer(without_posix(command, "src/a.js", "--context", root)) == answer(there)


def test_the_ignore_file_is_written_and_nothing_else(root: Path) -> None:
    def state() -> Mapping[str, bytes]:
        return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git/" not in str(path)}

    before = state()
    proposed = json.loads(ctxaudit("audit", root, "--format", "json").stdout)["targets"][0]["proposal"]
    done = without_posix("audit", root, "--write")
    assert (done.returncode, done.stderr) == (0, b"")
    after = state()
    written = after.pop(str(root / ".dockerignore")).decode().splitlines()
    assert (written[1:-1], after) == (proposed["patterns"], before)


@pytest.mark.usefixtures("unmeasured")  # of another user, who may not write what was measured
@pytest.mark.parametrize("command", ["ls", "audit", "cache"])
@pytest.mark.parametrize("mode", [0o000, 0o111, 0o444], ids=["closed", "not to be listed", "not to be searched"])
def test_a_directory_that_may_not_be_read_fails_as_for_the_builder(command: str, mode: int, tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY . /\n", "a": "1", "d/x": "1"})
    let_everyone_in(tmp_path)
    (root / "d").chmod(mode)
    there = as_nobody(command, os.fspath(root))
    try:
        streams: dict[str, Any] = {"capture_output": True, "text": True}
        environment = {**os.environ, "COLUMNS": "80"}
        second = ran(command, root, before=HIDING, program=AS_NOBODY, env=environment, **streams)
    finally:
        (root / "d").chmod(0o755)
    assert (there.status, "permission denied" in there.stderr) == (2, True)
    assert (second.returncode, second.stdout, second.stderr) == (there.status, there.stdout, there.stderr)


@pytest.mark.parametrize("arguments", [("audit",), ("ls",), ("ls", "--builder", "classic"), ("cache",)])
def test_a_path_that_is_longer_than_the_system_finds_is_an_error(arguments: tuple[str, ...], tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    held = hold(os.fspath(root))
    for _ in range(25):
        os.mkdir("n" * 200, dir_fd=held)  # type: ignore[arg-type]
        within = hold("n" * 200, held)
        let_go(held)
        held = within
    let_go(held)
    command, *options = arguments
    assert ctxaudit(command, root, *options).returncode == 0
    done = without_posix(command, root, *options)
    assert (done.returncode, b"file name too long" in done.stderr.lower()) == (2, True)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("audit", "--format", "json"), ("ls", "--format", "long"), ("cache",)])
def test_descriptors_need_no_links_of_their_own(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS, which has no /proc: what lies far down is found from its directory."""
    far = "/".join(["d" * 50] * 60)
    files: dict[str, str | bytes | None] = {f"{far}/f": "1", f"{far}/node_modules/x/package.json": "{}"}
    root = make_tree(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY . /\n", **files})
    (root / far / "link").symlink_to("f")
    (root / far / "node_modules/link").symlink_to("x")
    command, *options = arguments
    there = ctxaudit(command, root, *options)
    monkeypatch.setattr("ctxaudit.walk.disk._HAS_LINKS", False)
    assert answer(ctxaudit(command, root, *options)) == answer(there)
    assert there.returncode in (0, 1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pipes that nobody closes
def test_a_git_that_is_ended_and_leaves_another_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without groups of processes what git had started goes on, and holds the pipes."""
    slow = make_tree(tmp_path, {"git": "#!/bin/sh\nsleep 5 & sleep 5\n"}) / "git"
    slow.chmod(0o755)
    for name in ("processes.HAS_GROUPS", "repository.program.HAS_GROUPS"):
        monkeypatch.setattr(f"ctxaudit.{name}", False)
    monkeypatch.setattr("ctxaudit.repository.program._PATIENCE", 0.1)
    start = time.monotonic()
    with pytest.raises(CtxauditError, match=r"took longer than 0\.2 seconds"):
        Git(tmp_path, (os.fspath(slow),), tmp_path, tmp_path).run("status", limit=0.2)
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("has_poll", [True, False], ids=["with poll", "without"])
def test_a_pipe_is_read_in_time(has_poll: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctxaudit.processes._WAITS_FOR_PIPES", has_poll)
    end, start = os.pipe()
    os.write(start, b"abc")
    found = [processes.read_in_time(end, 2, 5), processes.read_in_time(end, 2, 5), processes.read_in_time(end, 2, 0.05)]
    os.close(start)
    found.append(processes.read_in_time(end, 2, 5) if has_poll else b"")
    os.close(end)
    assert found == [b"ab", b"c", None, b""]


def test_a_silent_pipe_is_no_dockerfile(tmp_path: Path) -> None:
    asked = COMMAND.replace(
        "from ctxaudit.__main__", "from ctxaudit.builds import request\nrequest._PATIENCE = 1\nfrom ctxaudit.__main__"
    )
    end, start = os.pipe()
    streams: dict[str, Any] = {"stdin": end, "capture_output": True}
    done = ran(".", "-f", "-", before=HIDING, program=asked, cwd=tmp_path, timeout=60, **streams)
    os.close(end)
    os.close(start)
    assert (done.returncode, b"where nothing came for 1 seconds" in done.stderr) == (2, True)


def test_what_a_killed_run_left_is_removed_after_an_hour(root: Path) -> None:
    """Without locks nobody knows sooner whether another run still writes it."""
    old, new = (root / f".ctxaudit-{digit * 16}" for digit in "0f")
    for left, age in ((old, 4000), (new, 0)):
        left.write_bytes(b"x")
        os.utime(left, (time.time() - age,) * 2)
    assert without_posix("audit", root, "--write").returncode == 0
    assert (old.exists(), new.exists(), (root / ".dockerignore").exists()) == (False, True, True)


def test_a_junction_of_windows_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Go has it, which takes it for no directory: its status says one, and what it leads to lies elsewhere."""
    monkeypatch.setattr("ctxaudit.files._HOLDS_BY_DESCRIPTOR", False)
    assert hold(os.fspath(tmp_path)) == os.fspath(tmp_path)
    status = SimpleNamespace(st_mode=tmp_path.stat().st_mode, st_reparse_tag=0xA0000003)
    monkeypatch.setattr(os, "lstat", lambda path: status)
    with pytest.raises(NotADirectoryError):
        hold(os.fspath(tmp_path))


def test_a_link_is_not_followed_into_a_directory(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    (root / "out").symlink_to(make_tree(tmp_path / "elsewhere", {"hidden": "1"}))
    there = ctxaudit("ls", root)
    assert b"hidden" not in there.stdout
    assert answer(without_posix("ls", root)) == answer(there)


def test_where_nothing_can_be_copied_one_process_does_all(tmp_path: Path) -> None:
    many = {f"node_modules/m{number // 30}/f{number}.js": "x" for number in range(300)}
    searched = {f"src/f{number}.js": "1\n" for number in range(210)}
    root = make_tree(tmp_path / "app", {"Dockerfile": "FROM scratch\nCOPY . /\n", **many, **searched})
    command = [sys.executable, "-c", NO_FORK, "audit", root, "--format", "json"]
    alone = subprocess.run(command, capture_output=True, check=False)
    assert answer(alone) == answer(ctxaudit("audit", root, "--format", "json"))


def test_the_ledger_of_a_fleet_is_the_same(tmp_path: Path) -> None:
    for kind in (0, 2, 4, 5, 12, *range(20, generated.KINDS)):
        generated.make_one(tmp_path / f"all/k{kind}.git", kind, 0)
    for name, run, more in (("with", forked.installed, {}), ("without", installed, hiding(tmp_path))):
        done = run("fleet", tmp_path / "all", "--ledger", tmp_path / name, "--jobs", "2", **more)
        assert (done.returncode, done.stderr[:10]) == (0, b"looked at "), done.stderr
    assert killed.kept(tmp_path / "without") == killed.kept(tmp_path / "with")


def test_the_ledger_of_a_fleet_that_was_killed_is_the_same_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was killed is a row of its own, and its repository is looked at again by the next run."""
    for kind in (0, 2, 4, 5):
        generated.make_one(tmp_path / f"all/k{kind}.git", kind, 0)
    forked.installed("fleet", tmp_path / "all", "--ledger", tmp_path / "whole")
    for name, value in hiding(tmp_path).items():
        monkeypatch.setenv(name, value)
    killed.disturbed(tmp_path / "all", tmp_path / "killed", 2, 1, random.Random(23))
    killed.start(tmp_path / "all", tmp_path / "killed").communicate()
    whole, found = killed.kept(tmp_path / "whole"), killed.kept(tmp_path / "killed")
    found["audits"] = [row for row in found["audits"] if row[4] != "stopped"]
    assert found == whole


@pytest.mark.parametrize("hidden", ["", HIDING], ids=["with an alarm", "without"])
def test_docker_s_hook_ends_in_time_without_a_word(hidden: str) -> None:
    asked = (
        "from ctxaudit.cli import hook\nimport time\nhook._lines = lambda _: time.sleep(30)\nprint(end=hook.answer([]))"
    )
    environment = {**os.environ, hook.SECONDS: "0.05"}
    done = subprocess.run(
        [sys.executable, "-c", f"{hidden}\n{asked}"], env=environment, capture_output=True, timeout=20
    )
    assert answer(done) == (0, b"", b"")


@pytest.mark.parametrize("hidden", [False, True], ids=["with locks", "without"])
def test_two_runs_do_not_write_one_ledger(hidden: bool, root: Path, tmp_path: Path) -> None:
    file, more = tmp_path / "ledger", hiding(tmp_path) if hidden else {}
    run = installed if hidden else forked.installed
    with opened(str(file)) as book, book.only_run():
        beside = run("fleet", root.parent, "--ledger", file, "--jobs", "1", **more)
    assert (beside.returncode, beside.stdout) == (2, b"")
    assert beside.stderr.decode() == f"error: {file}: another run writes this ledger\n  fix: wait for its end\n"
    assert run("fleet", root.parent, "--ledger", file, "--jobs", "1", **more).returncode == 0


def asked(job: Job, tmp_path: Path, more: str = "") -> dict[str, object]:
    """What a worker says of a repository. more: what each process does first."""
    script = f"from ctxaudit.fleet import worker\nprint(worker.answered({job.text()!r}))\n"
    environment = {**os.environ, **hiding(tmp_path, more)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert done.stderr == b""
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_repository_of_a_fleet_has_its_time(root: Path, tmp_path: Path) -> None:
    late, done = (asked(Job("a", "local", str(root), seconds=seconds), tmp_path) for seconds in (0.01, 60))
    assert (late["status"], late["error"]) == ("stopped", "it took longer than 0.01 seconds")
    assert (done["status"], done["error"]) == ("audited", "")


def test_a_process_that_ends_without_an_answer_is_a_row(root: Path, tmp_path: Path) -> None:
    more = "\nif sys.orig_argv[-1] == 'alone':\n    os._exit(3)\n"
    found = asked(Job("a", "local", str(root)), tmp_path, more)
    assert (found["status"], found["error"]) == ("stopped", "its process ended")


def test_the_process_of_a_repository_ends_with_its_owner(tmp_path: Path) -> None:
    environment = {**os.environ, **hiding(tmp_path)}
    command = [sys.executable, "-m", "ctxaudit.fleet.worker", "alone"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        job = Job("a", "url", f"http://127.0.0.1:{server.getsockname()[1]}/a.git")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdin is not None
            process.stdin.write(job.text().encode() + b"\n")
            process.stdin.flush()
            connection, _ = server.accept()  # git waits for an answer
            process.stdin.close()
            assert process.wait(30) == 1
        connection.close()
