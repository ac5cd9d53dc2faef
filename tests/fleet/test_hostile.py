"""Ledgers, lists, policies and clones of strangers: nothing of them runs, writes elsewhere or ends in a traceback."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctxaudit import CtxauditError
from ctxaudit.fleet import Job, branch
from ctxaudit.fleet.examine import examined
from ctxaudit.fleet.ledger import opened
from fleet import generated
from support import ctxaudit, processor_limit

ADDED = "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+1\n"
MARKED = f"more\n\n{branch.MARK}\n"


def clone(root: Path, message: str = "made") -> Path:
    """Make a bare repository whose build has a proposal."""
    home = root / "one.git"
    generated.initialize(home)
    generated.commit(home, generated.GOOD[1](0), message)
    return home


def kept(root: Path, home: Path) -> Path:
    """Write the ledger of a run over one repository."""
    job = Job("one", "local", os.fspath(home))
    with opened(os.fspath(root / "l.sqlite")) as book:
        run = book.begin("x", "")
        book.keep(run, job, "", examined(job), 0)
        book.end(run)
    return root / "l.sqlite"


def report(ledger: Path, *more: str) -> tuple[int, str]:
    done = ctxaudit("fleet", "report", "--ledger", ledger, *more)
    return done.returncode, (done.stdout + done.stderr).decode()


def branched(ledger: Path, name: str = "trim") -> tuple[int, str]:
    who = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = ctxaudit("fleet", "report", "--ledger", ledger, "--branch", name, "--write", **who)
    return done.returncode, done.stderr.decode().splitlines()[-1]


def test_a_signature_and_a_setting_of_the_clone_run_no_program(tmp_path: Path) -> None:
    home = clone(tmp_path)
    said = generated.git(home, "cat-file", "commit", "main").partition(b"\n\n")
    signed = said[0] + b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n a\n -----END PGP SIGNATURE-----\n\n" + said[2]
    commit = generated.git(home, "hash-object", "-t", "commit", "-w", "--stdin", stdin=signed).decode().strip()
    generated.git(home, "update-ref", "refs/heads/main", commit)
    (tmp_path / "gpg").write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    (tmp_path / "gpg").chmod(0o755)
    for key, value in (("log.showSignature", "true"), ("gpg.program", str(tmp_path / "gpg"))):
        generated.git(home, "config", key, value)
    found = examined(Job("one", "local", os.fspath(home), since=time.time()))
    assert (found["status"], (tmp_path / "ran").exists()) == ("older", False)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        pytest.param(("120000", "l", b"a\0b"), "l cannot be checked out: a NUL", id="a link with a NUL"),
        pytest.param(
            ("120000", "l", b""), "l cannot be checked out: no such file or directory", id="a link to nothing"
        ),
        pytest.param(("120000", "l", b"x" * 5_000), "l cannot be checked out: file name too long", id="a long link"),
    ],
)
def test_what_no_checkout_can_hold_is_a_row(entry: tuple[str, str, bytes], said: str, tmp_path: Path) -> None:
    home = clone(tmp_path)
    generated._commit_tree(home, (entry, ("100644", "Dockerfile", generated.COPIED)))
    found = examined(Job("one", "local", os.fspath(home)))
    assert (found["status"], found["error"]) == ("failed", said)


def test_a_content_that_many_files_share_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = clone(tmp_path)
    generated.commit(home, {"Dockerfile": generated.COPIED, **{f"f{one}": b"x" * 1_000_000 for one in range(9)}})
    monkeypatch.setattr("ctxaudit.fleet.tree._MOST_WRITTEN", 8 << 20)
    found = examined(Job("one", "local", os.fspath(home)))
    said = "its files have more than 8.39MB of content to search, the limit of a fleet's audit"
    assert (found["status"], found["error"]) == ("failed", said)


def test_a_branch_that_stands_for_another_one_is_left_alone(tmp_path: Path) -> None:
    home = clone(tmp_path, MARKED)
    generated.git(home, "symbolic-ref", "refs/heads/trim", "refs/heads/main")
    before = generated.git(home, "rev-parse", "main")
    assert branched(kept(tmp_path, home)) == (2, "error: one: the branch trim stands for another one")
    assert generated.git(home, "rev-parse", "main") == before


@pytest.mark.parametrize("name", ["", "-x", "--write", "HEAD", "../tags/x", "a b", "a\nb", "@{-1}", "a..b", "x.lock"])
def test_what_is_no_name_of_a_branch_is_refused_before_anything_is_done(name: str, tmp_path: Path) -> None:
    status, said = report(tmp_path / "none", f"--branch={name}")
    assert (status, "is not the name of a branch" in said, "there is no ledger" in said) == (2, True, False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(
            "UPDATE audits SET \"commit\" = '--index-output=' || '{made}'", "names no commit", id="an option of git's"
        ),
        pytest.param(
            f"UPDATE changes SET diff = '{ADDED}'",
            "proposes a change of x, which is not an ignore file",
            id="a change of another file",
        ),
        pytest.param("UPDATE changes SET diff = 'x'", "No valid patches in input", id="no change"),
        pytest.param(
            "UPDATE repositories SET location = 'x' || char(0)", "names no commit or no", id="a NUL in a place"
        ),
        pytest.param(
            "UPDATE repositories SET location = '/nowhere'", "not a git repository", id="a place that is none"
        ),
    ],
)
def test_a_ledger_of_others_writes_no_branch(change: str, said: str, tmp_path: Path) -> None:
    home = clone(tmp_path)
    ledger = kept(tmp_path, home)
    with sqlite3.connect(ledger) as database:
        database.execute(change.replace("{made}", os.fspath(tmp_path / "made")))
    status, last = branched(ledger)
    assert (status, said in last, (tmp_path / "made").exists()) == (2, True, False), last
    assert generated.git(home, "for-each-ref", "--format=%(refname)") == b"refs/heads/main\n"


HIDDEN = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n AS audit, 'x' AS status FROM c"
SCHEMAS = [
    pytest.param(f"DROP TABLE seen; CREATE VIEW seen AS {HIDDEN}", id="a view without end"),
    pytest.param("DROP TABLE violations", id="a table less"),
    pytest.param("ALTER TABLE runs ADD COLUMN more", id="a column more"),
    pytest.param("CREATE TRIGGER t AFTER UPDATE ON runs BEGIN DELETE FROM audits; END", id="a trigger"),
    pytest.param("UPDATE builds SET sent_bytes = 'many'", id="a word for a number"),
    pytest.param("UPDATE runs SET started = x'ff'", id="bytes for a text"),
]


@pytest.mark.parametrize("change", SCHEMAS)
def test_a_ledger_with_other_tables_is_refused(change: str, tmp_path: Path) -> None:
    ledger = kept(tmp_path, clone(tmp_path))
    with sqlite3.connect(ledger) as database:
        database.executescript(change)
    assert report(ledger)[1].startswith(f"error: {ledger}: its tables are not those of a ledger\n")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE runs SET started = CAST(x'ff' AS TEXT)", id="a text that is not UTF-8"),
        pytest.param("UPDATE audits SET error = CAST(zeroblob(80000000) AS TEXT)", id="a text of 80 MB"),
    ],
)
def test_what_sqlite_says_of_a_ledger_is_one_sentence(change: str, tmp_path: Path) -> None:
    ledger = kept(tmp_path, clone(tmp_path))
    with sqlite3.connect(ledger) as database:
        database.execute(change)
    status, said = report(ledger)
    assert (status, said.startswith(f"error: {ledger}: the ledger cannot be read or written: ")) == (2, True), said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"NOT NULL", b"NOT N\xdcLL", id="a word"),
        pytest.param(b"tableaudits", b"tablea\xffdits", id="the name of a table"),
        pytest.param(b"sqlite_autoindex", b"sqlite_\xd6utoindex", id="the name of an index"),
    ],
)
def test_a_schema_that_is_not_utf_8_is_no_ledgers(old: bytes, new: bytes, tmp_path: Path) -> None:
    ledger = kept(tmp_path, clone(tmp_path))
    with contextlib.closing(sqlite3.connect(ledger)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    assert old in ledger.read_bytes()
    ledger.write_bytes(ledger.read_bytes().replace(old, new))
    said = f"error: {ledger}: it is not a ledger: its schema is not UTF-8\n  fix: name another file with --ledger\n"
    assert report(ledger) == (2, said)


def test_sums_beyond_64_bits_are_numbers(tmp_path: Path) -> None:
    ledger = kept(tmp_path, clone(tmp_path))
    most = (1 << 63) - 1
    with sqlite3.connect(ledger) as database:
        database.execute(f"UPDATE builds SET sent_bytes = {most}")
        database.execute("INSERT INTO builds SELECT audit, 9, 'x', '', '', '', 1, 0, 1, sent_bytes, 0 FROM builds")
        database.execute(f"UPDATE changes SET saved_bytes = {most}")
        database.execute(f"INSERT INTO changes SELECT audit, 9, 'x', '', {most} FROM changes")
    for style in ("text", "html", "csv", "json"):
        status, said = report(ledger, "--format", style)
        assert (status, str(2 * most) in said or "18.45EB" in said) == (0, True), said


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_a_ledger_is_a_file_whatever_its_name_means_to_sqlite(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone(tmp_path / "all")
    monkeypatch.chdir(tmp_path)
    done = ctxaudit("fleet", tmp_path / "all", "--ledger", name, "--jobs", "1")
    assert (done.returncode, (tmp_path / ":memory:").is_file()) == ((0, True) if name else (2, False)), done.stderr


def test_no_format_lets_a_ledger_speak_to_the_terminal_or_the_runner(tmp_path: Path) -> None:
    ledger = kept(tmp_path, clone(tmp_path))
    hostile = "\x1b]0;x\x07\n::error::x\n##[error]x"
    with sqlite3.connect(ledger) as database:
        database.execute("INSERT INTO runs SELECT 0, ?1, ?1, sources, policy, ?1 FROM runs", (hostile,))
        database.execute("UPDATE audits SET status = ?, error = ?", (hostile, hostile))
        for table, column in (("seen", "repository"), ("repositories", "name")):
            database.execute(f"UPDATE {table} SET {column} = ?", (hostile,))
    for style in ("text", "html", "csv", "json"):
        status, said = report(ledger, "--format", style)
        assert (status, "\x1b" in said, "\x07" in said, re.findall("(?m)^ *::.*", said)) == (0, False, False, []), style
        assert "##[" not in said or style == "html", style


def socket_at(place: Path) -> None:
    os.mknod(place, stat.S_IFSOCK | 0o600)


@pytest.mark.parametrize("make", [os.mkfifo, socket_at, Path.mkdir, lambda place: place.symlink_to("/dev/full")])
def test_what_is_no_file_is_no_ledger(make: Callable[[Path], None], tmp_path: Path) -> None:
    clone(tmp_path / "all")
    make(tmp_path / "l")
    done = ctxaudit("fleet", tmp_path / "all", "--ledger", tmp_path / "l")
    assert (done.returncode, done.stderr.startswith(b"error: ")) == (2, True), done.stderr
    assert not os.path.exists("/dev/full-journal")


@pytest.mark.parametrize("make", [Path.mkdir, lambda place: place.symlink_to("/etc/none")])
def test_a_lock_that_is_no_file_is_named(make: Callable[[Path], None], tmp_path: Path) -> None:
    clone(tmp_path / "all")
    make(tmp_path / "l.lock")
    done = ctxaudit("fleet", tmp_path / "all", "--ledger", tmp_path / "l")
    assert (done.returncode, b"l.lock: it cannot be opened" in done.stderr) == (2, True), done.stderr


@pytest.mark.usefixtures("unmeasured")  # there is no room for the data either
def test_a_run_without_room_for_its_ledger_says_so(tmp_path: Path) -> None:
    clone(tmp_path / "all")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (81_920, 81_920));"
        "from ctxaudit.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    command = ["fleet", os.fspath(tmp_path / "all"), "--ledger", os.fspath(tmp_path / "l"), "--jobs", "1"]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, check=False, timeout=120)
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False), done.stderr
    assert b"the ledger cannot be read or written" in done.stderr or b"it is not a ledger" in done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("../x", "is neither a URL of git's nor owner/name", id="a step up"),
        pytest.param("x/..", "is neither a URL of git's nor owner/name", id="a step up at the end"),
        pytest.param("ssh://u:pw1234567@h/x", "a URL with credentials", id="a password for ssh"),
        pytest.param("git://u:pw1234567@h/x", "a URL with credentials", id="a password for git"),
        pytest.param("HTTPS://u:pw1234567@h/x", "a URL with credentials", id="a password for another scheme"),
        pytest.param("--upload-pack=x", "is neither", id="an option"),
        pytest.param("-oProxyCommand=x/y", "is neither", id="an option of ssh"),
        pytest.param("x -oProxyCommand=y", "is neither", id="an option behind a word"),
        pytest.param("ext::sh", "is neither", id="a transport"),
        pytest.param("fd::17/x", "is neither", id="a descriptor"),
        pytest.param("http::ext::x/y", "is neither", id="a transport in another"),
        pytest.param(f"https://h/{'x' * 3_000}", "a line of more than 2,048 characters", id="a long line"),
        pytest.param("::error::x/y", "is neither", id="a command of the runner"),
    ],
)
def test_a_hostile_line_of_a_list_is_refused(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "names").write_text(f"{line}\n")
    done = ctxaudit("fleet", tmp_path / "names", "--ledger", tmp_path / "l")
    assert (done.returncode, said in done.stderr.decode(), (tmp_path / "l").exists()) == (2, True, False), done.stderr
    assert b"pw1234567" not in done.stderr


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("o/" + "r" * 3_000_000, id="a name of three million letters"),
        pytest.param("o/../../x", id="a step up"),
        pytest.param("\x1b[31m::error::x/y", id="an escape and a command"),
        pytest.param(5, id="a number"),
    ],
)
def test_a_forge_that_lists_what_is_no_name_is_refused(name: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from ctxaudit.fleet import forges

    rows = [{"full_name": name}]
    monkeypatch.setattr(forges, "pages", lambda *_: iter(rows))
    with pytest.raises(CtxauditError, match="lists a repository without a valid name") as error:
        list(forges.jobs("github:o"))
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("url", ["ssh://-oProxyCommand=touch%20{ran}/x", "ssh://a@-oProxyCommand=touch%20{ran}/x"])
def test_a_host_that_is_an_option_runs_nothing(url: str, tmp_path: Path) -> None:
    location = url.replace("{ran}", os.fspath(tmp_path / "ran"))
    found = examined(Job("x", "url", location, seconds=10))
    assert (found["status"], (tmp_path / "ran").exists()) == ("unreachable", False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(f"max-files = {'9' * 5_000}", "a number is beyond 64 bits", id="a number of 5,000 digits"),
        pytest.param(f"{'a.' * 20_000}a = 1", "a key has more than 100 parts", id="a key of 20,000 parts"),
        pytest.param(f"x = {'[' * 50_000}", "it is not TOML", id="lists in each other"),
        pytest.param('"\x1b[31m" = 1', "it is not TOML", id="an escape"),
    ],
)
def test_a_policy_that_takes_long_to_read_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(text)
    done = ctxaudit("fleet", tmp_path, "--ledger", tmp_path / "l", "--policy", tmp_path / "p.toml")
    assert (done.returncode, said in done.stderr.decode(), b"\x1b" in done.stderr) == (2, True, False), done.stderr


def test_the_own_file_of_a_repository_that_takes_long_to_read_adds_nothing(tmp_path: Path) -> None:
    home = tmp_path / "one.git"
    generated.initialize(home)
    generated.commit(home, {"ctxaudit.toml": b"a." * 100_000 + b"a = 1", **generated.GOOD[0](0)})
    with processor_limit(5):
        assert examined(Job("one", "local", os.fspath(home)))["status"] == "audited"


@pytest.mark.parametrize(
    "option",
    [
        pytest.param("--time=nan", id="no number"),
        pytest.param("--time=1e308", id="more seconds than a clock has"),
        pytest.param("--since=0001-01-01T00:00+23:00", id="a moment before the first year"),
        pytest.param("--since=9999-12-31T23:59-23:00", id="a moment after the last year"),
    ],
)
def test_a_number_that_no_clock_has_is_a_mistake(option: str, tmp_path: Path) -> None:
    done = ctxaudit("fleet", tmp_path, "--ledger", tmp_path / "l", option)
    assert (done.returncode, f"Invalid value for '{option.partition('=')[0]}'" in done.stderr.decode()) == (2, True)


def test_more_memory_than_a_process_can_have_is_as_much_as_it_can_have(tmp_path: Path) -> None:
    from ctxaudit.processes import limit

    child = os.fork()
    if child == 0:
        status = 1
        try:
            limit(120, 1 << 80)
            limit(9e9, 1 << 40)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("kind", ["github", "gitlab"])
@pytest.mark.parametrize(
    "body",
    [
        *(None, 5, "x", [], [5, None], {}, {"parents": 5, "commit": 5}, {"commit": {"parent_ids": 5}}),
        *(
            {"object": {"sha": "x"}, "type": "file", "content": "\u00e9"},
            {"object": {"sha": "x"}, "parents": [5, None]},
        ),
    ],
    ids=repr,
)
def test_what_a_forge_says_of_a_branch_may_be_anything(kind: str, body: object) -> None:
    from ctxaudit.fleet.pulls import _FORGES

    class Answers:
        def call(self, *_: object, **__: object) -> SimpleNamespace:
            return SimpleNamespace(status=200, headers={}, body=body)

    forge = _FORGES[kind](Answers(), "o/r")  # type: ignore[arg-type]
    questions: tuple[tuple[Callable[..., object], tuple[str, ...]], ...] = (
        *((forge.default, ()), (forge.branch, ("x",)), (forge.content, ("a", "b")), (forge.pulls, ("x",))),
    )
    for ask, words in questions:
        with contextlib.suppress(CtxauditError):
            ask(*words)
