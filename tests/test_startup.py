"""A command imports what it uses, and nothing heavy besides: half of a short run is imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import git, make_tree

pytestmark = pytest.mark.usefixtures("unmeasured")

HEAVY = (
    *("ctxaudit.builds.bake", "ctxaudit.builds.compose"),
    *("configparser", "git", "hcl2", "lark", "pathspec", "re2", "regex", "tabulate", "tempfile", "urllib3", "yaml"),
)
LOADED = f"""
import sys
from ctxaudit.__main__ import main
status = main(sys.argv[1:])
sys.stderr.write(' '.join(name for name in {HEAVY} if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        pytest.param(["--version"], [], id="the version"),
        pytest.param(["--help"], [], id="the help"),
        pytest.param(["ls", "."], ["pathspec", "re2"], id="a list"),
        pytest.param(["."], ["pathspec", "re2"], id="an audit without findings, outside of any repository"),
        pytest.param(["../repository"], ["pathspec", "re2"], id="an audit of a work tree, about which git is asked"),
    ],
)
def test_only_what_is_used_is_imported(tmp_path: Path, arguments: list[str], loaded: list[str]) -> None:
    make_tree(tmp_path / "plain", {"Dockerfile": "FROM scratch\nCOPY . /\n", "src/main.py": "pass\n"})
    make_tree(tmp_path / "repository", {"Dockerfile": "FROM scratch\nCOPY src /\n", "src/main.py": "pass\n"})
    git(tmp_path / "repository", "init", "-q")
    child = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], cwd=tmp_path / "plain", capture_output=True, check=True
    )
    assert child.stderr.decode().split() == loaded


COMMANDS = """
import sys
from ctxaudit.__main__ import main
main(['.'])
from ctxaudit.cli import COMMANDS
sys.stderr.write(' '.join(name for name in COMMANDS if f'ctxaudit.cli.{name}' in sys.modules))
"""


def test_a_command_is_imported_when_it_is_run(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    child = subprocess.run([sys.executable, "-c", COMMANDS], cwd=tmp_path, capture_output=True, check=True)
    assert child.stderr.decode().split() == ["audit"]


@pytest.mark.parametrize(
    ("file", "content", "loaded"),
    [
        pytest.param("b.json", '{"target": {"a": {"context": "."}}}', [], id="JSON without an expression"),
        pytest.param("b.json", '{"target": {"a": {"context": "${1 + 1}"}}}', ["hcl2"], id="JSON with an expression"),
        pytest.param("b.hcl", 'target "a" {\n  context = "."\n}\n', ["hcl2"], id="HCL"),
    ],
)
def test_the_parser_of_hcl_is_imported_for_hcl_alone(
    tmp_path: Path, file: str, content: str, loaded: list[str]
) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "2/Dockerfile": "FROM scratch\n", file: content})
    command = [sys.executable, "-c", LOADED, "--bake", file]
    child = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert [name for name in child.stderr.decode().split() if name in ("hcl2", "lark")] == [
        *loaded,
        *(["lark"] if loaded else []),
    ]


MOST_MODULES = 60  # of ctxaudit for the simplest audit; one more is a reason to ask who needs it
MODULES = """
import sys
from ctxaudit.__main__ import main
main(['.'])
sys.stderr.write(' '.join(name for name in sys.modules if name.partition('.')[0] == 'ctxaudit'))
"""


def test_the_simplest_audit_imports_nothing_for_what_is_not_there(tmp_path: Path) -> None:
    """Twelve files, no git, no ignore file, nothing found: no tool of the image, no format and no rule of git's."""
    make_tree(tmp_path, {"Dockerfile": "FROM alpine:3.22\nCOPY . /src\n", **{f"{n}.txt": "text\n" for n in range(11)}})
    child = subprocess.run([sys.executable, "-c", MODULES], cwd=tmp_path, capture_output=True, text=True, check=True)
    modules = child.stderr.split()
    values = ("paths", "veto")  # of `needed`: the values of its answers, and the directories that are nobody's
    absent = ("forge", "builds.bake", "builds.compose", "policy.baseline", "report.html", "report.json", "report.sarif")
    assert [name for name in modules if name.startswith("ctxaudit.needed.") and not name.endswith(values)] == []
    assert [name for name in modules if name.removeprefix("ctxaudit.").startswith(absent)] == []
    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize(("loaded", "is_tidied"), [("sys", False), ("multiprocessing", True)])
def test_what_multiprocessing_leaves_is_removed_at_the_end(loaded: str, is_tidied: bool) -> None:
    """Without semaphores to remove, the end of Python is left out: it frees each object."""
    program = f"import atexit, {loaded}; atexit.register(print, 'tidied'); from ctxaudit.__main__ import run; run()"
    command = [sys.executable, "-c", program, "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[1:] == ["tidied"] * is_tidied


# What a system other than Unix has not; every module is imported, and what needs no disk is asked.
WITHOUT_UNIX = """
import importlib, os, pkgutil, select, signal, sys
for name in ("fcntl", "pwd", "grp", "resource", "termios"):
    sys.modules[name] = None
flags = ("O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK")
functions = ("fork", "forkpty", "register_at_fork", "setsid", "killpg", "sched_getaffinity", "geteuid", "getuid")
files = ("chown", "fchdir", "fchmod", "fchown", "mkfifo", "mknod", "statvfs", "listxattr", "getxattr")
signals = ("SIGKILL", "SIGALRM", "SIGHUP", "pthread_sigmask", "setitimer")
lacking = {os: (*flags, *functions, *files), signal: signals, select: ("poll", "epoll")}
for module, names in lacking.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
for known in (os.supports_dir_fd, os.supports_fd, os.supports_effective_ids, os.supports_follow_symlinks):
    known.clear()
import ctxaudit
for module in pkgutil.walk_packages(ctxaudit.__path__, "ctxaudit."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from ctxaudit.files import lock, read_regular
os.symlink("a", "link")
lock(0, waits=True)
print(ctxaudit.matches(["**/*.log"], "a/b.log"), ctxaudit.parse_ignore(b"/a/"), read_regular("a"), read_regular("link"))
"""


def test_every_module_can_be_imported_without_what_unix_has_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    command = [sys.executable, "-c", WITHOUT_UNIX]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.stderr, answer.returncode) == ("True ['a'] b'x' None\n", "", 0)
