"""Many repositories in one run: what is kept of each, however hostile, and however often the run is killed."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import stat
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import Job, answer, policy, sources, tree, worker
from ctxaudit.fleet.examine import examined
from ctxaudit.fleet.figures import fleet
from ctxaudit.fleet.ledger import opened
from ctxaudit.fleet.report import FORMATS
from ctxaudit.fleet.run import Run
from ctxaudit.report import Layout
from fleet import generated, killed, made_up
from fleet.forked import installed
from support import PROJECT, ctxaudit, git, make_tree

WHO = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def look(home: Path, **more: object) -> dict[str, object]:
    """Look at one repository in this process."""
    return examined(Job(home.name.removesuffix(".git"), "local", os.fspath(home), **more))  # type: ignore[arg-type]


def made(tmp_path: Path, files: generated.Files) -> Path:
    home = tmp_path / "one.git"
    generated.initialize(home)
    generated.commit(home, files)
    return home


STATUSES = {
    **{20: ("failed", "git itself refuses the path '..'"), 21: ("failed", "git itself refuses the path '.git'")},
    **{6: ("no builds", ""), 26: ("empty", ""), 27: ("empty", ""), 28: ("empty", "")},
    29: ("failed", "fatal: bad config line 1"),
}


def test_each_kind_ends_as_a_row(ledger: Path) -> None:
    rows = {row[0].rpartition("k")[2]: row for row in killed.kept(ledger)["audits"]}
    found = {int(kind): (row[4], row[5]) for kind, row in rows.items() if row[4] != "audited"}
    assert {kind: status for kind, (status, _) in found.items()} == {kind: one[0] for kind, one in STATUSES.items()}
    assert [kind for kind, (_, error) in found.items() if not error.startswith(STATUSES[kind][1])] == []


def test_a_known_commit_is_not_looked_at_again(tmp_path: Path) -> None:
    for kind in (0, 6, 20, 26):
        generated.make_one(tmp_path / f"some/k{kind}.git", kind, 0)
    moved = tmp_path / "some/k0.git"
    installed("fleet", tmp_path / "some", "--ledger", tmp_path / "two.sqlite", "--jobs", "1")
    generated.commit(moved, {"Dockerfile": generated.COPIED, "more": b"m" * 5_000}, "more")
    done = installed("fleet", tmp_path / "some", "--ledger", tmp_path / "two.sqlite", "--jobs", "1")
    assert b": 1 audited, 1 empty, 2 unchanged" in done.stderr, done.stderr
    report = json.loads(ctxaudit("fleet", "report", "--ledger", tmp_path / "two.sqlite", "--format", "json").stdout)
    assert {one["repository"]: one["moved_bytes"] for one in report["repositories"] if one["moved_bytes"]} == {
        "k0": 5_000 - len(generated.GOOD[0](0)["app.py"])
    }


def test_nothing_is_run_for_what_did_not_change(tmp_path: Path) -> None:
    for kind in (0, 6, 11, 20):
        generated.make_one(tmp_path / f"some/k{kind}.git", kind, 0)
    asked = ("fleet", tmp_path / "some", "--ledger", tmp_path / "l", "--jobs", "1")
    installed(*asked)
    (tmp_path / "empty").mkdir()
    again = installed(*asked, PATH=os.fspath(tmp_path / "empty"))  # there is no git
    assert (again.returncode, b": 4 unchanged" in again.stderr) == (0, True), again.stderr
    (tmp_path / "some/k6.git/config").write_text("[")
    assert b": 1 failed, 3 unchanged" in installed(*asked).stderr


def test_what_another_policy_has_seen_is_not_taken_for_unchanged(tmp_path: Path) -> None:
    home = tmp_path / "some/a.git"
    generated.make_one(home, 0, 0)
    (tmp_path / "policy.toml").write_text("max-files = 1\n")
    asked = ("fleet", tmp_path / "some", "--ledger", tmp_path / "l", "--jobs", "1")
    said = [installed(*asked).stderr]
    generated.commit(home, {"Dockerfile": generated.COPIED}, "more")
    said += [installed(*asked, *more).stderr for more in (("--policy", tmp_path / "policy.toml"), (), ())]
    assert [one.split(b" s: ")[1] for one in said] == [b"1 audited\n"] * 3 + [b"1 unchanged\n"]


def test_a_run_that_has_looked_at_all_leaves_no_thread(tmp_path: Path) -> None:
    generated.make_one(tmp_path / "some/a.git", 0, 0)
    before = threading.enumerate()
    with opened(os.fspath(tmp_path / "l.sqlite")) as book:
        run = Run(book, book.begin("some", ""), "", lambda count: None)
        job = Job("a", "local", os.fspath(tmp_path / "some/a.git"))
        run.look([job], lambda: ProcessPoolExecutor(1, get_context("spawn"), worker.follow), 1)
    assert (run.count.statuses, threading.enumerate()) == ((("audited", 1),), before)


def test_a_killed_run_goes_on_to_the_same_ledger(repositories: Path, ledger: Path, tmp_path: Path) -> None:
    met = killed.disturbed(repositories, tmp_path / "killed.sqlite", 2, 1, random.Random(23))
    assert sum(met) and killed.kept(tmp_path / "killed.sqlite") == killed.kept(ledger)


def test_what_a_quick_run_kept_of_a_killed_worker_is_no_difference_of_the_last_one(tmp_path: Path) -> None:
    for name, runs in (("whole", ("audited",)), ("again", ("stopped", "audited"))):
        with opened(os.fspath(tmp_path / name)) as book:
            for status in runs:
                run = book.begin("repositories", "")
                commit = "1" if status == "audited" else ""
                book.keep(run, Job("one", "local", "/r"), "", answer(status, commit=commit), 1)
                book.end(run)
    assert killed.kept(tmp_path / "again") == killed.kept(tmp_path / "whole")


@pytest.mark.parametrize("status", ["stopped", "unreachable"])
def test_what_was_stopped_before_the_run_was_ended_is_looked_at_again(status: str, tmp_path: Path) -> None:
    with opened(os.fspath(tmp_path / "l.sqlite")) as book:
        run = book.begin("repositories", "")
        for name, how, commit in (("one", "audited", "1"), ("two", status, "")):
            book.keep(run, Job(name, "local", "/r"), "", answer(how, commit=commit), 1)
        assert (book.begin("repositories", ""), book.done(run)) == (run, {"one"})
        book.keep(run, Job("two", "local", "/r"), "", answer("audited", commit="2"), 1)
        rows = book.database.execute('SELECT repository, "commit", status FROM audits ORDER BY id').fetchall()
        assert [tuple(row) for row in rows] == [("one", "1", "audited"), ("two", "2", "audited")]
        book.end(run)
        book.keep(book.begin("repositories", ""), Job("two", "local", "/r"), "", answer(status), 1)
        (kept,) = book.database.execute("SELECT count(*) FROM audits").fetchone()
        assert kept == 3  # what an earlier run saw stays


@pytest.mark.parametrize("seen", [0, 3], ids=["while it starts its workers", "in the middle"])
def test_ctrl_c_is_two_lines_and_the_same_command_goes_on(
    repositories: Path, ledger: Path, tmp_path: Path, seen: int
) -> None:
    file = tmp_path / "l.sqlite"
    run = killed.start(repositories, file, "--jobs", "2", "--top", "1", start_new_session=True)
    until = time.monotonic() + 60
    while looked_at(file) < seen and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate()[1].decode()
    lines = said.splitlines()
    assert (run.returncode, len(lines), lines[-1]) == (130, 2, "interrupted: the same command goes on"), said
    assert lines[0].startswith("looked at ")
    done = installed("fleet", repositories, "--ledger", file, "--jobs", "2")
    assert (done.returncode, b" before the run was ended" in done.stderr) == (0, looked_at(file) > 0 and seen > 0)
    assert killed.kept(file) == killed.kept(ledger)


def looked_at(ledger: Path) -> int:
    """Give how many repositories a ledger has, -1 where no run has begun."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as database:
        if database.execute("SELECT count(*) FROM runs").fetchone()[0]:
            return int(database.execute("SELECT count(*) FROM seen").fetchone()[0])
    return -1


def test_what_is_found_is_that_of_a_clean_checkout(tmp_path: Path) -> None:
    files = {"Dockerfile": generated.COPIED, "a": b"a" * 100, ".env": b"TOKEN=" + generated.TOKEN}
    found = look(made(tmp_path, files))
    assert found["status"] == "audited"
    assert found["builds"] == [
        {
            **{"name": "Dockerfile", "context": ".", "dockerfile": "Dockerfile", "ignore_file": "", "seen": True},
            **{"sends_git": True, "sent_files": 3, "sent_bytes": 100 + len(generated.COPIED) + len(files[".env"])},
            "unknowns": 1,
        }
    ]
    leaks = [(one["path"], one["reach"]) for one in found["findings"] if one["leak"]]  # type: ignore[attr-defined]
    assert leaks == [(".env", "final")]
    assert [one["file"] for one in found["changes"]] == [".dockerignore"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["bare", "a clone", "broken"])
def test_what_stands_in_another_work_tree_is_still_itself(kind: str, tmp_path: Path) -> None:
    outer = make_tree(tmp_path / "outer", {"Dockerfile": "FROM scratch\nCOPY . /\n", "other": "o" * 999})
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "x")):
        git(outer, *arguments)
    home = made(outer, generated.GOOD[0](0))
    if kind == "a clone":
        git(outer, "clone", "-q", os.fspath(home), os.fspath(outer / "clone"))
        home = outer / "clone"
    elif kind == "broken":
        home = outer / "broken"
        (home / ".git").mkdir(parents=True)
    found = look(home)
    if kind == "broken":
        assert (found["status"], found["error"]) == ("failed", f"not a git repository: {home}")
    else:
        assert [build["sent_bytes"] for build in found["builds"]] == [  # type: ignore[attr-defined]
            len(b"".join(generated.GOOD[0](0).values()))
        ]


def test_a_comment_of_the_repository_silences_nothing(tmp_path: Path) -> None:
    silenced = generated.GOOD[8](0)
    found = look(made(tmp_path, silenced))
    assert [one["path"] for one in found["findings"] if one["leak"]] == [".env"]  # type: ignore[attr-defined]


def test_nothing_is_written_to_a_repository(tmp_path: Path) -> None:
    home = made(tmp_path, generated.GOOD[4](0))
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    look(home)
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def entry(path: str, mode: int = stat.S_IFREG | 0o644, content: bytes = b"x", size: int = 1) -> tree.File:
    return tree.File(path, mode, size, content)


LINK = stat.S_IFLNK | 0o777


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        pytest.param([entry("../x")], "refuses the path '../x'", id="a name that leads out of the tree"),
        pytest.param([entry("/x")], "refuses the path '/x'", id="an absolute name"),
        pytest.param([entry("a/.git/hooks/x")], "refuses the path", id="a file in a directory of git's"),
        pytest.param([entry("a", LINK, b"/tmp"), entry("a/x")], "a cannot be checked out", id="a file below a link"),
        pytest.param([entry("a"), entry("a/x")], "a/x cannot be checked out", id="a file below a file"),
        pytest.param([entry("n" * 300)], "file name too long", id="a name that no file has"),
        pytest.param([entry("d/" * 300 + "x")], "more than 256 directories", id="too many directories"),
    ],
)
def test_a_tree_that_cannot_be_checked_out_is_refused(entries: list[tree.File], said: str, tmp_path: Path) -> None:
    with pytest.raises(CtxauditError, match=said):
        tree.make(entries, tmp_path)


def test_a_large_file_has_its_size_and_no_content(tmp_path: Path) -> None:
    top = tree.make([entry("big", content=b"abc", size=1 << 40)], tmp_path)
    status = (top / "big").stat()
    assert (status.st_size, status.st_blocks < 64) == (1 << 40, True)


_ENDED = """#!/bin/sh
case "$*" in *{command}*) [ -e {mark} ] || {{ : > {mark}; {ends}; }};; esac
exec {git} "$@"
"""


def _looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, ends: str) -> list[dict[str, Any]]:
    """Look twice at one repository, with a git of which the first such command ends so."""
    home = made(tmp_path / "repositories", generated.GOOD[0](0))
    (tmp_path / "bin").mkdir()
    own = tmp_path / "bin/git"
    own.write_text(_ENDED.format(command=command, mark=tmp_path / "mark", ends=ends, git=shutil.which("git")))
    own.chmod(0o755)
    monkeypatch.setenv("PATH", f"{own.parent}:{os.environ['PATH']}")
    keeper = worker.Keeper()
    try:
        job = Job("one", "local", os.fspath(home)).text()
        return [json.loads(keeper.ask(job)) for _ in range(2)]
    finally:
        keeper.close()


@pytest.mark.parametrize(
    ("command", "ends", "number"),
    [
        pytest.param("cat-file", "kill -KILL $$", 9, id="the git that gives contents is killed"),
        pytest.param("ls-tree", "kill -TERM $$", 15, id="the git that lists a commit is ended"),
        pytest.param(
            "ls-tree",
            "echo 'fatal: index-pack died of signal 9' >&2; exit 128",
            9,
            id="git says that a git of its own was killed",
        ),
    ],
)
def test_a_git_that_somebody_ends_says_nothing_of_the_commit(
    command: str, ends: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _looked_at(tmp_path, monkeypatch, command, ends)
    assert (first["status"], first["error"]) == ("stopped", f"git was ended by signal {number}")
    assert second["status"] == "audited"


def test_a_git_that_succeeds_is_whole_whatever_another_machine_says_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "echo 'remote: pack-objects died of signal 9' >&2; exec {git} \"$@\"".format(git=shutil.which("git"))
    both = _looked_at(tmp_path, monkeypatch, "ls-tree", said)
    assert [one["status"] for one in both] == ["audited", "audited"]
    assert (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        pytest.param({"seconds": 0.001}, "it took longer than 0.001 seconds", id="a limit of time"),
        pytest.param({"memory": 1 << 20}, "it needs more than 1.05MB of memory", id="a limit of memory"),
    ],
)
def test_a_limit_ends_a_repository_and_not_its_worker(limits: dict[str, float], error: str, tmp_path: Path) -> None:
    home = made(tmp_path, generated.GOOD[0](0))
    keeper = worker.Keeper()
    try:
        limited = Job("one", "local", os.fspath(home), **limits)  # type: ignore[arg-type]
        first = json.loads(keeper.ask(limited.text()))
        second = json.loads(keeper.ask(Job("one", "local", os.fspath(home)).text()))
    finally:
        keeper.close()
    assert (first["status"], second["status"]) == ("stopped", "audited")
    assert error in first["error"]


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        pytest.param("o/r\n", {"o/r": "https://github.com/o/r.git"}, id="owner and name"),
        pytest.param("# x\n\no/r.git # y\n", {"o/r": "https://github.com/o/r.git"}, id="comments and blank lines"),
        pytest.param("https://h:8/a/b/c.git\n", {"a/b/c": "https://h:8/a/b/c.git"}, id="a URL"),
        pytest.param("git@h.org:a/b.git\n", {"a/b": "git@h.org:a/b.git"}, id="an address of ssh"),
        pytest.param("o/r\no/r\n", {"o/r": "https://github.com/o/r.git"}, id="the same one twice"),
    ],
)
def test_a_file_names_repositories(lines: str, names: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "names").write_text(lines)
    found = sources.jobs([os.fspath(tmp_path / "names")], "https://github.com")
    assert {job.name: job.location for job in found} == names


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param("a b\n", "'a b' is neither a URL of git's nor owner/name", id="two words"),
        pytest.param("https://u:p@h/a/b.git\n", "a URL with credentials", id="a URL with credentials"),
        pytest.param("file:///etc\n", "is neither", id="a file of this machine"),
        pytest.param("ext::sh -c x\n", "is neither", id="a transport that runs a program"),
        pytest.param("https://h/a/b\nhttps://i/a/b\n", "is the name of two repositories", id="two of one name"),
        pytest.param("\n", "it holds no repository", id="none"),
    ],
)
def test_a_file_that_names_none_is_refused(lines: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "names").write_text(lines)
    done = ctxaudit("fleet", tmp_path / "names", "--ledger", tmp_path / "x.sqlite")
    assert (done.returncode, said in done.stderr.decode(), (tmp_path / "x.sqlite").exists()) == (2, True, False)
    assert "is neither" not in said or "fix: write one repository on each line" in done.stderr.decode()
    assert b"u:p" not in done.stderr


def test_a_directory_of_links_is_not_followed(tmp_path: Path) -> None:
    made(tmp_path, {"Dockerfile": generated.COPIED})
    (tmp_path / "fleet/real/.git").mkdir(parents=True)
    (tmp_path / "fleet/link").symlink_to(tmp_path)
    assert [job.name for job in sources.jobs([os.fspath(tmp_path / "fleet")], "")] == ["real"]


def test_a_directory_whose_name_is_not_utf_8_is_a_row_and_gets_its_branch(tmp_path: Path) -> None:
    source = os.fsencode(tmp_path) + b"/a\xe9l"
    os.mkdir(source)
    home = made(tmp_path, generated.GOOD[0](0))
    os.rename(home, source + b"/on\xe9.git")
    arguments = ("fleet", os.fsdecode(source), "--ledger", tmp_path / "l", "--jobs", "1", "--branch", "trim", "--write")
    done = installed(*arguments, "--format", "json", **WHO)
    (row,) = json.loads(done.stdout)["repositories"]
    assert (done.returncode, row["repository"], row["status"]) == (0, "on\\udce9", "audited"), done.stderr
    assert b"on\\udce9: 1 file on trim: " in done.stderr
    again = installed(*arguments, **WHO)
    assert b"1 unchanged" in again.stderr and b"has the proposals already" in again.stderr
    for style in ("text", "html", "csv"):
        assert ctxaudit("fleet", "report", "--ledger", tmp_path / "l", "--format", style).returncode == 0


POLICY = """
max-size = "1MB"
forbid = ["vcs-*"]

[[repository]]
name = "group0/*"
max-size = "10MB"
forbid = []
require = ["ignore-file", "README*"]
"""


def test_a_policy_that_is_broken_is_status_1(repositories: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "some"
    for kind, group in ((0, 0), (7, 1), (6, 0)):
        shutil.copytree(next(repositories.glob(f"*/*-k{kind:02}.git")), chosen / f"group{group}" / f"k{kind}")
    (tmp_path / "policy.toml").write_text(POLICY)
    arguments = (
        "fleet",
        chosen,
        "--ledger",
        tmp_path / "l.sqlite",
        "--policy",
        tmp_path / "policy.toml",
        "--jobs",
        "1",
    )
    done = installed(*arguments, "--format", "json")
    rows = {one["repository"]: one["policy"] for one in json.loads(done.stdout)["repositories"]}
    assert (done.returncode, rows) == (
        1,
        {
            "group0/k0": [
                "require: Dockerfile: the build reads no ignore file",
                "require: the repository has no file README*",
            ],
            "group0/k6": [],
            "group1/k7": [
                "max-size: Dockerfile: 3.00MB sent, the limit is 1.00MB",
                "forbid: Dockerfile: vcs-git: .git",
            ],
        },
    )


def test_a_commit_that_is_passed_over_breaks_no_policy_and_its_audit_counts(tmp_path: Path) -> None:
    generated.make_one(tmp_path / "all/old.git", 0, 0)
    (tmp_path / "policy.toml").write_text("max-files = 1\n")
    command = (
        "fleet",
        tmp_path / "all",
        "--ledger",
        tmp_path / "l",
        "--policy",
        tmp_path / "policy.toml",
        "--jobs",
        "1",
    )
    passed = installed(*command, "--since", "7d")
    assert (passed.returncode, passed.stdout.decode().splitlines()[-2:]) == (
        0,
        ["passed over, as their commits are older: 1 repository", "policy: kept by all"],
    )
    assert installed(*command).returncode == 1
    again = installed(*command, "--since", "7d")
    assert (again.returncode, b"1 unchanged" in again.stderr, b"broken by 1 " in again.stdout) == (1, True, True)


def test_a_repository_may_only_tighten_the_policy(tmp_path: Path) -> None:
    own = {"ctxaudit.toml": b'max-files = 1\nmax-size = "9GB"\n', **generated.GOOD[0](0)}
    found = look(made(tmp_path, own), policy='max-size = "10B"\nmax-files = 9\n')
    assert [one["message"] for one in found["violations"]] == [  # type: ignore[attr-defined]
        "69B sent, the limit is 10B",
        "3 files sent, the limit is 1",
    ]


_UNIT = b"[Build]\nImageTag=x\nSetWorkingDirectory=unit\n"
_BY_ITSELF = {"Dockerfile": "", "b.build": "unit/.containerignore"}


@pytest.mark.parametrize(
    ("own", "builds", "changes"),
    [
        pytest.param(b"", _BY_ITSELF, {".dockerignore"}, id="nothing"),
        pytest.param(
            b'builders = ["podman", "buildkit"]\n',
            {**_BY_ITSELF, "Dockerfile (Podman)": ".containerignore"},
            {".dockerignore", ".containerignore"},
            id="several, of which BuildKit stays the first",
        ),
        pytest.param(
            b'builder = "podman"\n',
            {**_BY_ITSELF, "Dockerfile (Podman)": ".containerignore"},
            {".dockerignore", ".containerignore"},
            id="another one",
        ),
        pytest.param(b'builders = ["nobody", 3]\n', _BY_ITSELF, {".dockerignore"}, id="none that exists"),
        pytest.param(b"builders = 3\nbuilder = 4\n", _BY_ITSELF, {".dockerignore"}, id="another type"),
    ],
)
def test_builders_of_a_repository_are_asked_beside_buildkit(
    tmp_path: Path, own: bytes, builds: dict[str, str], changes: set[str]
) -> None:
    files = {
        "ctxaudit.toml": own,
        "Dockerfile": b"FROM scratch\nCOPY . /\n",
        ".containerignore": b"docs\n",
        "unit/b.build": _UNIT,
        "unit/Dockerfile": b"FROM scratch\nCOPY a /\n",
        "unit/.containerignore": b"docs\n",
        "unit/a": b"1",
    }
    found: Any = look(made(tmp_path, files))
    assert {one["name"]: one["ignore_file"] for one in found["builds"]} == builds
    assert {one["file"] for one in found["changes"]} == changes


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("max-files = 9", [("build", "it cannot be looked at: Dockerfile:2: unknown instruction: NOPE")]),
        ("require = ['Dockerfile']", [("build", "it cannot be looked at: Dockerfile:2: unknown instruction: NOPE")]),
        ("[[repository]]\nname = 'another'\nmax-files = 9", []),
    ],
    ids=["a limit", "a file that is there", "a policy that asks nothing of it"],
)
def test_a_build_that_cannot_be_looked_at_breaks_a_policy(
    text: str, broken: list[tuple[str, str]], tmp_path: Path
) -> None:
    found = look(made(tmp_path, {"Dockerfile": b"FROM scratch\nNOPE\n"}), policy=text)
    violations: Any = found["violations"]
    assert [(one["key"], one["message"]) for one in violations] == broken


def test_a_build_that_takes_one_file_is_not_sent_git(tmp_path: Path) -> None:
    found = look(made(tmp_path, {"Dockerfile": b"FROM scratch\nCOPY a /\n", "a": b"1"}))
    builds: Any = found["builds"]
    assert [(one["sent_files"], one["sends_git"]) for one in builds] == [(1, False)]


def test_the_policy_of_the_guide_is_one() -> None:
    block = re.search(r"^```\n(max-size.*?)^```$", (PROJECT / "ctxaudit/guides/fleet.md").read_text(), re.S | re.M)
    assert block is not None
    assert policy.parsed(block[1]).of("web/shop") == policy.Demands(
        200_000_000, 20_000, "error", ("vcs-git", "secret-*"), ("ignore-file",)
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("max-sise = 1", 'unknown key "max-sise"\n  fix: did you mean "max-size"?', id="an unknown key"),
        pytest.param("max-size = true", 'it is a size, as "50MB"', id="a size that is none"),
        pytest.param("forbid = 'x'", '"forbid": it is a list of strings', id="a string for a list"),
        pytest.param("fail-on = 'x'", "it is one of error, warning, note, never", id="an unknown severity"),
        pytest.param("[[repository]]\nmax-files = 1", "has no name", id="a table without a name"),
        pytest.param("x = [", "it is not TOML", id="no TOML"),
        pytest.param(
            "forbid = ['vcs-gitt']",
            'p.toml: "forbid": there is no rule and no kind "vcs-gitt"\n  fix: did you mean "vcs-git"?',
            id="a kind that there is not",
        ),
        pytest.param(
            "[[repository]]\nname = '*'\nforbid = ['vcs-*', 'q*']", 'no kind "q*"', id="a pattern of no kind in a table"
        ),
    ],
)
def test_a_faulty_policy_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(text)
    done = ctxaudit("fleet", tmp_path, "--ledger", tmp_path / "l", "--policy", tmp_path / "p.toml")
    assert (done.returncode, said in done.stderr.decode()) == (2, True), done.stderr


def test_a_ledger_that_nobody_named_is_announced_once(tmp_path: Path) -> None:
    made(tmp_path / "all" / "one", {"Dockerfile": b"FROM scratch\nCOPY . /\n"})
    (tmp_path / "here").mkdir()
    said = "made ctxaudit-fleet.sqlite, which keeps what was found for the next run; --ledger names another file\n"
    first, second = (ctxaudit("fleet", tmp_path / "all", cwd=tmp_path / "here").stderr.decode() for _ in range(2))
    named = ctxaudit("fleet", tmp_path / "all", "--ledger", "l", cwd=tmp_path / "here").stderr.decode()
    assert (first.endswith(f"\n{said}"), "made " in second, "made " in named) == (True, False, False)


def test_a_build_of_two_builders_and_a_named_context_is_one_build(tmp_path: Path) -> None:
    compose = b"services: {a: {build: {context: ., additional_contexts: {lib: lib}}}}\n"
    dockerfile = b"FROM scratch\nCOPY . /\nCOPY --from=lib . /lib\n"
    ignores = {".containerignore": b"docs\n", "ctxaudit.toml": b'builders = ["buildkit", "podman"]\n'}
    made(tmp_path / "one", {"Dockerfile": dockerfile, "compose.yaml": compose, "lib/a": b"1", **ignores})
    done = ctxaudit("fleet", tmp_path, "--ledger", tmp_path / "l")
    assert done.stdout.decode().startswith("1 repository, 1 build: "), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("own", "secrets"),
    [
        pytest.param({}, 1, id="the same ignore file"),
        pytest.param({".containerignore": b"docs\n"}, 1, id="another ignore file"),
        pytest.param({".containerignore": b"docs\n", ".dockerignore": b".env\n"}, 1, id="by the second alone"),
        pytest.param({".containerignore": b".env\n", ".dockerignore": b".env\n"}, 0, id="by none"),
    ],
)
def test_what_two_builders_are_sent_counts_once(tmp_path: Path, own: dict[str, bytes], secrets: int) -> None:
    files = {"Dockerfile": b"FROM scratch\nCOPY . /\n", ".env": b"DB_PASSWORD=" + b"Zk9x81mmAq7", "docs/a": b"1", **own}
    policy_file = tmp_path / "p.toml"
    policy_file.write_text('fail-on = "warning"\nmax-files = 1\n')
    rows = []
    for name, asked in {"one": b"builder = 'buildkit'\n", "two": b"builder = 'podman'\n"}.items():
        made(tmp_path / name, {**files, "ctxaudit.toml": asked})
        ledger = tmp_path / f"{name}.sqlite"
        ctxaudit("fleet", tmp_path / name, "--ledger", ledger, "--policy", policy_file)
        with opened(os.fspath(ledger)) as kept:
            (row,) = fleet(kept).rows
            rows.append(row)
    alone, both = rows
    assert (both.builds, both.sends_git, sum(both.leaks)) == (1, 1, secrets)
    assert both.sent_files == alone.sent_files
    if ".dockerignore" not in own:
        failing = [sum(broken.startswith("fail-on") for broken in row.broken) for row in rows]
        assert (both.leaks, both.errors, failing[1]) == (alone.leaks, alone.errors, failing[0])


def test_the_text_names_what_matters(ledger: Path) -> None:
    said = ctxaudit("fleet", "report", "--ledger", ledger, "--top", "2").stdout.decode().splitlines()
    assert said[:5] == [
        "50 repositories, 34 builds: 6.01MB sent",
        "26 of the builds are sent .git, which is not counted: how large it is depends on the clone",
        "21 proposals for 21 repositories",
        "secrets: 4 in the image",
        "only the files of each head commit are audited: a working copy may also have files that git does not track",
    ]
    assert said[6:10] == [
        "Secrets",
        "  1  group2/r0002-k02  1 in the image",
        "  1  group2/r0008-k08  1 in the image",
        "  and 2 more",
    ]


def test_the_text_says_which_secrets_it_counts(tmp_path: Path) -> None:
    value = b"    environment:\n      DB_PASSWORD: " + b"Zk9x81mmAq7\n"  # an error that no image gets
    compose = b"services:\n  a:\n    build: .\n" + value
    made(tmp_path / "one", {"Dockerfile": b"FROM scratch\nCOPY a /\n", "a": b"1", "compose.yaml": compose})
    done = ctxaudit("fleet", tmp_path, "--ledger", tmp_path / "l", "--content")
    assert "secrets: none in an image or a stage" in done.stdout.decode().splitlines()
    with opened(os.fspath(tmp_path / "l")) as kept:
        (row,) = fleet(kept).rows
    assert (sum(row.leaks), row.errors) == (0, 1)


def test_the_text_says_why_a_build_could_not_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    made(tmp_path / "all", {"Dockerfile": b"FROM\n", "x/Dockerfile": b"COPY . .\n"})
    installed("fleet", tmp_path / "all", "--ledger", tmp_path / "l", "--jobs", "1")
    said = ctxaudit("fleet", "report", "--ledger", tmp_path / "l").stdout.decode().splitlines()
    assert said[-2:] == [
        "Builds that could not be looked at",
        "  2  one  Dockerfile: Dockerfile:1: FROM requires either one or three arguments",
    ]


def test_no_cell_of_csv_is_a_formula(tmp_path: Path) -> None:
    names = ("=cmd", "+a", "-a", "@a", "plain", "\uff1da", "\uff0ba", "\uff0da", "\uff20a")
    for name in names:
        generated.make_one(tmp_path / "all" / f"{name}.git", 6, 0)
    installed("fleet", tmp_path / "all", "--ledger", tmp_path / "l.sqlite", "--jobs", "1")
    said = ctxaudit("fleet", "report", "--ledger", tmp_path / "l.sqlite", "--format", "csv").stdout.decode()
    rows = list(csv.reader(io.StringIO(said)))
    own = ["'+a", "'-a", "'=cmd", "'@a", "plain", "'\uff0ba", "'\uff0da", "'\uff1da", "'\uff20a"]
    assert [row[0] for row in rows] == ["repository", *own]


def branched(home: Path, *arguments: str) -> tuple[int, str]:
    ledger = home.parent.parent / "l.sqlite"
    done = installed("fleet", home.parent, "--ledger", ledger, "--jobs", "1", "--branch", "trim", *arguments, **WHO)
    return done.returncode, done.stderr.decode().splitlines()[-1]


def test_the_proposals_are_one_commit_on_a_branch_and_never_two(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    home = made(tmp_path / "all", {"a/Dockerfile": generated.COPIED, **generated.GOOD[0](0)})
    assert branched(home) == (0, "one: 1 file on trim would be made; --write does so")
    assert generated.git(home, "branch", "--list") == b"* main\n"
    status, said = branched(home, "--write")
    commit = generated.git(home, "rev-parse", "trim").decode().strip()
    assert (status, said) == (0, f"one: 1 file on trim: {commit[:12]}")
    assert generated.git(home, "diff", "--name-status", "main", "trim") == b"A\t.dockerignore\n"
    assert generated.git(home, "show", "trim:.dockerignore") == b"# >>> ctxaudit\n.git\n# <<< ctxaudit\n"
    assert branched(home, "--write") == (0, "one: trim has the proposals already")
    generated.commit(home, {**generated.GOOD[0](3), "b": b"b"}, "more")
    branched(home, "--write")
    assert generated.git(home, "rev-list", "--count", "main..trim") == b"1\n"


@pytest.mark.parametrize("name", ["one.git", 'a"b\\c:d.git'], ids=["a plain name", "a name that has to be quoted"])
def test_a_branch_that_is_not_written_leaves_no_object(name: str, tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    home = made(tmp_path / "all", generated.GOOD[0](0)).rename(tmp_path / "all" / name)
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    status, said = branched(home)
    assert (status, said.endswith(": 1 file on trim would be made; --write does so")) == (0, True), said
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def test_a_name_of_two_lines_is_one_line_of_what_is_said(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    home = made(tmp_path / "all", generated.GOOD[0](0))
    home.rename(home.with_name("a\nb.git"))
    assert branched(home) == (0, "a\\nb: 1 file on trim would be made; --write does so")


def test_a_branch_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    home = made(tmp_path / "all", generated.GOOD[0](0))
    generated.git(home, "branch", "trim", "main")
    assert branched(home, "--write") == (2, "error: one: the branch trim is not ctxaudit's")
    assert generated.git(home, "rev-parse", "trim") == generated.git(home, "rev-parse", "main")


def test_a_branch_that_is_checked_out_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    home = made(tmp_path / "all", generated.GOOD[0](0))
    branched(home, "--write")
    before = generated.git(home, "rev-parse", "trim")
    generated.git(home, "worktree", "add", "--quiet", os.fspath(tmp_path / "tree"), "trim")
    assert branched(home, "--write") == (0, "one: trim has the proposals already")
    generated.commit(home, generated.GOOD[0](3), "more")
    assert branched(home, "--write") == (2, "error: one: the branch trim is checked out")
    assert generated.git(home, "rev-parse", "trim") == before


def test_the_page_of_a_thousand_hostile_repositories_is_data_and_small() -> None:
    page = FORMATS["html"](made_up.fleet(1_000), Layout())
    assert (len(page.encode()) < 3_000_000, page.count("<script>"), "\x1b" in page, "\u202e" in page) == (
        True,
        1,
        False,
        False,
    )
    assert page.count("<tr>") == 1_001 and page.count("&lt;script&gt;alert(9)") > 0
    hashes = {
        tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag, text in re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL)
    }
    assert all(f"{tag}-src 'sha256-{value}'" in page for tag, value in hashes.items())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "there is no ledger", id="none"),
        pytest.param(b"x" * 5000, "it is not a ledger", id="no database"),
    ],
)
def test_a_report_needs_a_ledger(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "l").write_bytes(content)
    done = ctxaudit("fleet", "report", "--ledger", tmp_path / "l")
    assert (done.returncode, said in done.stderr.decode()) == (2, True)


def test_the_branch_that_head_names_is_left_alone_after_the_proposal_was_merged(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    home = made(tmp_path / "all", generated.GOOD[0](0))
    branched(home, "--write")
    generated.git(home, "update-ref", "refs/heads/main", "trim")
    generated.commit(home, {**generated.GOOD[0](3), "b": b"b"}, "Proposed-by: ctxaudit fleet")
    before = generated.git(home, "rev-parse", "main")
    done = installed(
        "fleet", home.parent, "--ledger", tmp_path / "l", "--jobs", "1", "--branch", "main", "--write", **WHO
    )
    assert (done.returncode, "the one that HEAD names" in done.stderr.decode()) == (2, True), done.stderr
    assert generated.git(home, "rev-parse", "main") == before


@pytest.mark.parametrize("is_ended", [False, True], ids=["in the run that goes on", "in the next run"])
def test_what_stopped_a_look_does_not_stand_for_a_commit_that_is_older_than_asked(
    is_ended: bool, tmp_path: Path
) -> None:
    job = Job("one", "local", os.fspath(tmp_path))
    with opened(os.fspath(tmp_path / "l.sqlite")) as ledger:
        for status in ("stopped", "older"):
            run = ledger.begin("r", "")
            ledger.keep(run, job, "", answer(status, error="ended" if status == "stopped" else ""), 0.1)
            if is_ended:
                ledger.end(run)
        rows = ledger.database.execute("SELECT status, audit FROM seen ORDER BY run DESC LIMIT 1").fetchall()
    assert [tuple(row) for row in rows] == [("older", None)]
