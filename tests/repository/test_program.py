"""Which git program is run, where, and with which settings; and that it ends with the process that started it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from git_server import serving

from ctxaudit.errors import CtxauditError
from ctxaudit.repository import Repository
from ctxaudit.repository.program import Git
from ctxaudit.repository.program import program as git_program
from support import ctxaudit, git, make_tree

FILES: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . .\n",
    ".gitignore": "dist\n",
    "dist/a.js": "1",
    "package.json": "{}",
}
REAL = shutil.which("git")


def repository(root: Path) -> Path:
    make_tree(root, FILES)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    return root


def program(directory: Path, script: str) -> str:
    """Make a git program that does something before it becomes the real one; give a PATH that has it first."""
    make_tree(directory, {"git": f'#!/bin/sh\n{script}\nexec {REAL} "$@"\n'})
    (directory / "git").chmod(0o755)
    return f"{directory}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("path", [".:/usr/bin:/bin", "bin:/usr/bin:/bin", ":/usr/bin:/bin", "/usr/bin:/bin:."])
def test_a_git_program_of_the_audited_tree_is_never_run(path: str, tmp_path: Path) -> None:
    script = "#!/bin/sh\necho ran > ran\nexit 1\n"
    make_tree(tmp_path, {**FILES, "git": script, "bin/git": script})
    git(tmp_path, "init", "-q")
    for name in ("git", "bin/git"):
        (tmp_path / name).chmod(0o755)
    said = ctxaudit(".", "-v", cwd=tmp_path, PATH=path)
    assert said.returncode in (0, 1)
    assert not (tmp_path / "ran").exists()
    assert b"what git ignores and tracks" not in said.stdout


def test_without_a_git_program_the_audit_says_what_it_does_not_know(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . .\n", "package.json": "{}", "dist/a.js": "1"})
    git(tmp_path, "init", "-q")
    said = ctxaudit(".", "-v", cwd=tmp_path, PATH="nowhere")
    assert said.returncode in (0, 1)
    assert "there is no git program" in " ".join(said.stdout.decode().split())


@pytest.mark.parametrize(
    ("arguments", "protocols"),
    [
        pytest.param([".", "-v"], {"none"}, id="what git ignores"),
        pytest.param([".", "--at", "HEAD"], {"none"}, id="a commit"),
        pytest.param([".", "--base", "HEAD"], {"none"}, id="a comparison"),
        pytest.param(["{url}/r"], {"none", "http:https:ssh:git"}, id="a git URL"),
        pytest.param(
            ["{url}/r?keep-git-dir=1"], {"none", "http:https:ssh:git", "file"}, id="a git URL whose .git is kept"
        ),
    ],
)
def test_each_call_has_its_settings_and_is_by_an_absolute_path(
    arguments: list[str], protocols: set[str], tmp_path: Path
) -> None:
    root, log = repository(tmp_path / "served/r.git"), tmp_path / "log"
    path = program(tmp_path / "bin", f'echo "$0|$GIT_ALLOW_PROTOCOL|$GIT_NO_LAZY_FETCH|$*" >> {log}')
    with serving(tmp_path / "served") as server:
        given = [argument.format(url=server.url).replace("/r", "/r.git", 1) for argument in arguments]
        said = ctxaudit(*given, cwd=root, PATH=path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert said.returncode in (0, 1), said.stderr
    calls = [line.split("|") for line in log.read_text().splitlines()]
    calls = [call for call in calls if not call[3].startswith(("http-backend", "upload-pack"))]  # of the server
    assert {call[0] for call in calls} == {os.fspath(tmp_path / "bin/git")}
    assert {call[1] for call in calls} == protocols
    assert {call[2] for call in calls} == {"1"}
    ours = [call[3] for call in calls if call[3] != "version"]
    assert len(ours) >= 2
    for setting in ("core.fsmonitor=false", "core.hooksPath=/dev/null", "credential.helper=", "safe.bareRepository=e"):
        assert [call for call in ours if f"-c {setting}" not in call] == []


def lacking(root: Path, ran: Path) -> Path:
    """A repository that promises an object which it lacks, and names a program that would fetch it."""
    repository(root)
    blob = subprocess.run(["git", "rev-parse", "HEAD:.gitignore"], cwd=root, capture_output=True, text=True, check=True)
    name = blob.stdout.strip()
    (root / ".git/objects" / name[:2] / name[2:]).unlink()
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::sh -c touch% {ran}"),
        ("protocol.ext.allow", "always"),
        ("protocol.allow", "always"),
    ):
        git(root, "config", key, value)
    return root


@pytest.mark.parametrize(
    "script",
    [pytest.param("", id="this git"), pytest.param("unset GIT_NO_LAZY_FETCH", id="a git that fetches by itself")],
)
def test_an_object_that_is_not_here_is_not_fetched_by_a_program_of_the_repository(script: str, tmp_path: Path) -> None:
    root, ran = lacking(tmp_path / "r", tmp_path / "ran"), tmp_path / "ran"
    path = program(tmp_path / "bin", script)
    for arguments in (["--at", "HEAD"], ["--base", "HEAD"], ["-v"]):
        assert ctxaudit(".", *arguments, cwd=root, PATH=path).returncode in (0, 1, 2)
        assert not ran.exists()
    unprotected = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", "cat-file", "-p", "HEAD:.gitignore"], cwd=root, env=unprotected, check=False)
    assert ran.exists()  # git alone would have run it


NAMES = [
    pytest.param("$HOME", id="a variable"),
    pytest.param("${PATH}", id="a variable in braces"),
    pytest.param("~root", id="somebody's home"),
    pytest.param("~", id="one's own home"),
    pytest.param("-C", id="an option"),
    pytest.param("a\nb", id="two lines"),
]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_directory_is_only_a_name(name: str, tmp_path: Path) -> None:
    root = repository(tmp_path / name)
    asked = Repository.of(root)
    assert asked is not None
    assert (asked.ignores("dist"), asked.ignores("package.json"), asked.tracks("package.json"), asked.trouble) == (
        True,
        False,
        True,
        "",
    )
    asked.close()
    found = Git.of(root)
    assert (found.git_dir, found.top) == (root / ".git", root)


def test_a_bare_repository_in_a_work_tree_is_not_asked(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    git(tmp_path, "clone", "-q", "--bare", "r", "r/sub")
    git(root / "sub", "config", "core.worktree", "/")
    assert (Git.of(root / "sub").git_dir, Git.of(root / "sub/refs").top) == (root / ".git", root)


def test_a_bare_repository_alone_is_asked(tmp_path: Path) -> None:
    repository(tmp_path / "r")
    git(tmp_path, "clone", "-q", "--bare", "r", "bare.git")
    found = Git.of(tmp_path / "bare.git/refs")
    assert (found.git_dir, found.top) == (tmp_path / "bare.git", tmp_path / "bare.git")


def test_a_work_tree_elsewhere_is_not_believed(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    git(root, "config", "core.worktree", "/")
    asked = Repository.of(root)
    assert asked is not None
    assert (asked.ignores("dist"), asked.tracks("Dockerfile"), asked.trouble, Git.of(root).top) == (
        True,
        True,
        "",
        root,
    )
    asked.close()


def test_the_repository_of_a_hook_is_not_the_audited_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, other = repository(tmp_path / "r"), repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", os.fspath(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", os.fspath(other))
    assert Git.of(root).git_dir == root / ".git"


PROGRAMS = [
    "core.fsmonitor",
    "core.sshCommand",
    "core.gitProxy",
    "core.pager",
    "pager.ls-files",
    "core.editor",
    "core.askPass",
    "core.alternateRefsCommand",
    "credential.helper",
    "diff.external",
    "diff.x.textconv",
    "diff.x.command",
    "filter.x.clean",
    "filter.x.smudge",
    "filter.x.process",
    "merge.x.driver",
    "gpg.program",
    "uploadpack.packObjectsHook",
    "alias.ls-files",
    "alias.rev-parse",
]
HOOKS = ["post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman", "pre-auto-gc"]


def test_no_program_that_a_repository_names_is_run(tmp_path: Path) -> None:
    root, ran = repository(tmp_path / "r"), tmp_path / "ran"
    make_tree(root, {".gitattributes": "* filter=x diff=x merge=x\n", "web/dist/b.js": "1"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "two")
    for key in PROGRAMS:
        git(root, "config", "-f", ".git/more", key, f"{'!' if key.startswith('alias') else ''}echo {key} >> {ran}")
    git(root, "config", "include.path", "more")
    for hook in HOOKS:
        make_tree(root / ".git/hooks", {hook: f"#!/bin/sh\necho {hook} >> {ran}\n"})
        (root / ".git/hooks" / hook).chmod(0o755)
    for arguments in (["-v"], ["--at", "HEAD"], ["--base", "HEAD~1"], ["--all"], ["--diff"]):
        assert ctxaudit(".", *arguments, cwd=root).returncode in (0, 1)
        assert not ran.exists(), ran.read_text()
    subprocess.run(["git", "status"], cwd=root, check=False, capture_output=True)
    assert ran.exists()  # git alone runs some


# How git ends


def mentioning(text: str) -> list[str]:
    """The processes whose command line holds the text, save this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if text in line and process.name != str(os.getpid()):
            found.append(line)
    return found


def wait_for(text: str, *, gone: bool) -> list[str]:
    """Wait until git processes are there, or are gone, at most 20 seconds; give those that are there then."""
    deadline = time.monotonic() + 20
    while bool(found := [line for line in mentioning(text) if "git" in line.split("-C")[0]]) == gone:
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    return found


SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", SIGNALS, ids=[number.name for number in SIGNALS])
def test_a_git_that_waits_for_ever_ends_with_us(number: signal.Signals, tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    make_tree(root, {"sub/": None})
    os.mkfifo(root / "sub/.gitignore")
    run = subprocess.Popen(
        [sys.executable, "-m", "ctxaudit", ".", "-v"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert wait_for(os.fspath(root), gone=False) != []
    run.send_signal(number)
    run.communicate()
    assert wait_for(os.fspath(root), gone=True) == []


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
def test_a_fetch_from_a_silent_server_ends_with_us_and_so_does_what_git_has_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/r.git"
        run = subprocess.Popen(
            [sys.executable, "-m", "ctxaudit", url],
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        connection, _ = silent.accept()
        assert [line for line in mentioning(url) if "remote-http" in line] != []
        run.kill()
        run.communicate()
        assert wait_for(url, gone=True) == []
        connection.close()


def test_a_git_that_waits_for_ever_ends_at_its_limit_and_the_audit_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctxaudit.repository.program.SHORT_LIMIT", 0.3)
    root = repository(tmp_path / "r")
    make_tree(root, {"sub/": None})
    os.mkfifo(root / "sub/.gitignore")
    asked = Repository.of(root)
    assert asked is not None
    assert (asked.ignored_entries, asked.trouble) == (frozenset(), "git ls-files took longer than 0.3 seconds")
    asked.close()


def test_a_helper_that_waits_for_ever_ends_at_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctxaudit.repository.program.SHORT_LIMIT", 0.3)
    root = repository(tmp_path / "r")
    os.mkfifo(tmp_path / "excludes")
    git(root, "config", "core.excludesFile", os.fspath(tmp_path / "excludes"))
    asked = Repository.of(root)
    assert asked is not None
    assert (asked.ignores("x"), asked.trouble) == (False, "git check-ignore took longer than 0.3 seconds")
    start = time.monotonic()
    assert [asked.ignores(name) for name in "abcdefgh"] == [False] * 8
    assert time.monotonic() - start < 0.3
    asked.close()


def a_branch(root: Path) -> Path:
    return root / ".git/refs/heads/main"


def an_included_file(root: Path) -> Path:
    git(root, "config", "include.path", "more")
    return root / ".git/more"


def the_head_of_a_directory_elsewhere(root: Path) -> Path:
    (root / ".git").rename(root / "elsewhere")
    make_tree(root, {".git": "gitdir: elsewhere\n"})
    return root / "elsewhere/HEAD"


@pytest.mark.parametrize("place", [a_branch, an_included_file, the_head_of_a_directory_elsewhere])
def test_a_file_of_git_that_it_waits_for_ends_at_the_limit(
    place: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctxaudit.repository.program.SHORT_LIMIT", 0.3)
    fifo = place(repository(tmp_path / "r"))
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo)
    with pytest.raises(CtxauditError, match=r"git rev-parse took longer than 0\.3 seconds"):
        Git.of(tmp_path / "r").commit("HEAD")


def test_a_commit_whose_object_is_a_fifo_ends_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "r")
    found = Git.of(root)
    name = found.commit("HEAD")
    file = root / ".git/objects" / name[:2] / name[2:]
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(CtxauditError, match=r"git cat-file took longer than 0\.3 seconds"):
        found.run("cat-file", "-p", name, limit=0.3)
    assert ctxaudit("ls", ".", cwd=root).returncode == 0


def test_the_program_is_the_first_file_of_path_that_may_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_tree(tmp_path, {"directory/git/a": "", "plain/git": "", "first/git": "", "second/git": "", "none/a": ""})
    for name in ("first", "second"):
        (tmp_path / name / "git").chmod(0o755)
    path = ":".join(f"{tmp_path}/{name}" for name in ("missing", "none", "directory", "plain", "first", "second"))
    monkeypatch.setenv("PATH", f"relative::{path}")
    assert git_program() == shutil.which("git", path=path) == f"{tmp_path}/first/git"
