"""The command, run as its users run it."""

from __future__ import annotations

import base64
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from ctxaudit.__main__ import main
from ctxaudit.builds.declared import Declared
from ctxaudit.builds.discover import discover
from ctxaudit.cli import COMMANDS
from ctxaudit.errors import CtxauditError
from ctxaudit.model import Failure
from support import ctxaudit, git, installed, make_tree, ran, started

COPY_ALL = "FROM scratch\nCOPY . /\n"
ASKS = "  Dockerfile:2  COPY .  stage 0: into the final image"
WOULD_ASK = "  Dockerfile:2  COPY .  stage 0: would take it into the final image"
HOSTILE = "a\n\x1b[31mb\udcff\u202e`|<img>.txt"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = make_tree(
        tmp_path / "p",
        {
            "Dockerfile": "FROM scratch\nCOPY . /\n",
            ".dockerignore": "*.log\nnode_modules\n!keep.log\n",
            "a.log": "1",
            "keep.log": "1",
            "src/main.js": "x" * 2000,
            "src/deep/b.log": "1",
            "node_modules/x/index.js": "x",
        },
    )
    git(root, "init", "-q")
    return root


def test_ls_gives_what_is_sent_a_line_each(project: Path) -> None:
    said = ctxaudit("ls", cwd=project).stdout.decode().splitlines()
    assert [line for line in said if not line.startswith(".git/")] == [
        ".dockerignore", "Dockerfile", "keep.log", "src/", "src/deep/", "src/deep/b.log", "src/main.js",
    ]  # fmt: skip


def test_ls_excluded_gives_the_rest(project: Path) -> None:
    said = ctxaudit("ls", "--excluded", cwd=project).stdout.decode().splitlines()
    assert said == ["a.log", "node_modules/", "node_modules/x/", "node_modules/x/index.js"]


def test_ls_long_says_type_and_both_sizes(project: Path) -> None:
    said = ctxaudit("ls", "--long", cwd=project).stdout.decode().splitlines()
    assert "file              2000          2000  src/main.js" in said


def test_ls_tree_indents(project: Path) -> None:
    said = ctxaudit("ls", "--tree", cwd=project).stdout.decode()
    assert [line.rpartition("%")[2] for line in said.splitlines()[-4:]] == [
        *("    src/", "      deep/", "        b.log", "      main.js")
    ]


def test_ls_json_is_an_array_in_the_order_sent(project: Path) -> None:
    said = json.loads(ctxaudit("ls", "--format", "json", cwd=project).stdout)
    assert said[-1] == {"path": "src/main.js", "type": "file", "size": 2000, "content_bytes": 2000}


def test_ls_of_nothing_is_an_empty_array(tmp_path: Path) -> None:
    make_tree(tmp_path, {".dockerignore": "*\n"})
    assert ctxaudit("ls", "--format", "json", cwd=tmp_path).stdout == b"[]\n"


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        pytest.param(
            "a.log",
            [
                "a.log is not sent",
                "  .dockerignore:1  *.log  excludes it",
                "  decided by: .dockerignore:1 *.log",
                WOULD_ASK,
            ],
            id="a file that a pattern excludes",
        ),
        pytest.param(
            "keep.log",
            [
                "keep.log is sent",
                "  .dockerignore:1  *.log      excludes it",
                "  .dockerignore:3  !keep.log  keeps it",
                "  decided by: .dockerignore:3 !keep.log",
                ASKS,
                "  found (log-file): not empty, not tracked by git; stays: .dockerignore:3 keeps it: !keep.log",
            ],
            id="a file that an exception keeps",
        ),
        pytest.param(
            "node_modules/x/index.js",
            [
                "node_modules/x/index.js is not sent",
                "  .dockerignore:2  node_modules  excludes node_modules/ above it",
                "  BuildKit does not look below node_modules/, which is excluded",
                "  decided by: .dockerignore:2 node_modules",
                WOULD_ASK,
            ],
            id="a file below an excluded directory",
        ),
        pytest.param(
            "src/deep/b.log",
            [
                "src/deep/b.log is sent",
                "  no pattern of .dockerignore matches it or a directory above it",
                ASKS,
                "  not needed (log-file): not empty, not tracked by git; proposed, not in the file yet: src/deep/b.log",
            ],
            id="a file that no pattern matches, as a bare name means the root",
        ),
        pytest.param(
            "nope",
            [
                "nope: there is no such path in the context",
                "  a file of that name would be sent",
                "  no pattern of .dockerignore matches it or a directory above it",
                WOULD_ASK,
            ],
            id="a path that is not there",
        ),
    ],
)
def test_why(project: Path, path: str, lines: list[str]) -> None:
    assert ctxaudit("why", path, cwd=project, columns=120).stdout.decode().splitlines() == lines


def test_why_tells_of_a_pattern_that_was_not_asked(tmp_path: Path) -> None:
    make_tree(tmp_path, {".dockerignore": "a\n!a/b\na\n", "a/b": "1"})
    assert ctxaudit("why", "a/b", cwd=tmp_path).stdout.decode().splitlines() == [
        "a/b is sent empty: it is listed, and its content is refused",
        "  .dockerignore:1  a     excludes a/ above it",
        "  .dockerignore:2  !a/b  keeps it",
        "  .dockerignore:3  a     would have excluded a/ above it, but was not asked",
        "                         there",
        "  decided by: .dockerignore:2 !a/b",
    ]


def test_why_of_a_path_behind_a_link_names_the_one_that_is_in_the_context(tmp_path: Path) -> None:
    make_tree(tmp_path, {"real/f": "1", "Dockerfile": "FROM scratch\nCOPY link /x\n"})
    (tmp_path / "link").symlink_to("real")
    said = [ctxaudit("why", path, cwd=tmp_path).stdout.decode().splitlines() for path in ("link/f", "real/f", "link")]
    assert said[0][:2] == [
        "link/f: there is no such path in the context",
        "  a symlink leads from it to real/f, which is the path to ask about",
    ]
    assert [lines[0] for lines in said[1:]] == ["real/f is sent", "link is sent"]


def test_why_of_what_the_classic_daemon_removes(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {".dockerignore": "Dockerfile\n", "Dockerfile": "FROM scratch\nCOPY . /x\n"}
    make_tree(tmp_path, files)
    said = [
        ctxaudit("why", "--builder", "classic", path, cwd=tmp_path, columns=120).stdout.decode().splitlines()
        for path in ("Dockerfile", ".dockerignore")
    ]
    assert [lines[0] for lines in said] == ["Dockerfile is sent", ".dockerignore is sent"]
    removed = "  the daemon reads it, and removes it before the first instruction, as the ignore file excludes it"
    assert [removed in lines for lines in said] == [True, False]
    assert [lines[-1] for lines in said] == [
        "  Dockerfile:2  COPY .  stage 0: into no layer",
        "  Dockerfile:2  COPY .  stage 0: into the final image",
    ]


@pytest.mark.parametrize("path", ["..", "../x", "a/../../x"])
def test_why_of_a_path_above_the_context_is_an_error(project: Path, path: str) -> None:
    said = ctxaudit("why", path, cwd=project)
    assert (said.returncode, "is not below the context root" in said.stderr.decode()) == (2, True)


def test_why_of_the_root_is_an_error(project: Path) -> None:
    assert ctxaudit("why", ".", cwd=project).returncode == 2


def test_explain_prints_a_rule_a_kind_and_the_list_of_both() -> None:
    assert ctxaudit("explain", "sent-empty").stdout.startswith(
        b"sent-empty (error)\n\nA file is sent, and arrives empty."
    )
    assert ctxaudit("explain", "vcs-git").stdout.startswith(b"vcs-git (warning, version control)")
    assert {"sent-empty", "vcs-git"} <= {line.split()[-2] for line in ctxaudit("explain").stdout.decode().splitlines()}


def test_explain_says_in_words_where_a_kind_is_kept_and_how_a_secret_is_revoked() -> None:
    from ctxaudit.rules.evidence import KEPT_WHERE, Keep

    assert set(KEPT_WHERE) == set(get_args(Keep))
    text = b" ".join(ctxaudit("explain", "js-build").stdout.split())
    assert b"kept where: an instruction names it, or something below or above it source:" in text
    text = b" ".join(ctxaudit("explain", "secret-token-value").stdout.split())
    assert b"Revoke it: make another one at the service that takes it, and withdraw this one." in text


def test_explain_lists_the_kinds_of_a_category() -> None:
    lines = ctxaudit("explain", "secrets").stdout.decode().splitlines()
    assert ("secret-dotenv" in {line.split()[1] for line in lines}, {line.split()[0] for line in lines}) == (
        True,
        {"secrets"},
    )


@pytest.mark.parametrize(
    ("title", "names"),
    [
        pytest.param("git repository", ["vcs-git"], id="a title"),
        pytest.param("Git Repository", ["vcs-git"], id="in another case"),
        pytest.param("environment file", ["env-file-tracked", "env-file-untracked"], id="a title of two kinds"),
    ],
)
def test_explain_takes_the_title_of_the_report(title: str, names: list[str]) -> None:
    answer = ctxaudit("explain", title)
    heads = re.findall(r"^([a-z-]+) \([a-z]+, [a-z ]+\)$", answer.stdout.decode(), re.MULTILINE)
    assert (answer.returncode, heads) == (0, names)


def test_explain_suggests_a_name() -> None:
    answer = ctxaudit("explain", "vcs-gti")
    assert (answer.returncode, b"Did you mean vcs-git" in answer.stderr) == (2, True)


def test_every_explained_text_fits_the_width() -> None:
    from ctxaudit.report import Layout, explain

    for name in explain.names():
        text = explain.render(name, Layout(width=80))
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("https://")]  # an address is whole
        assert max(map(len, lines)) <= 80, name
        assert text.startswith(name)


def test_version_imports_neither_git_nor_tabulate() -> None:
    heavy = "{'git', 'tabulate', 're2', 'pathspec', 'yaml'}"
    code = f"import sys; from ctxaudit.__main__ import main; main(['--version']); print({heavy} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "ctxaudit 0.1.0\nset()\n"


def test_help_shows_an_example_first() -> None:
    said = ctxaudit("--help").stdout.decode()
    assert 0 < said.index("ctxaudit .  ") < said.index("Options:")
    assert ctxaudit("-h").stdout.decode() == said


def test_help_says_a_whole_sentence_of_each_command() -> None:
    _, _, listed = ctxaudit("--help", columns=80).stdout.decode().partition("Commands:\n")
    assert [line for line in listed.splitlines() if not line.endswith(".") or line.endswith("..")] == []
    assert len(listed.splitlines()) == len(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_option_is_help_of_each_command_too(name: str) -> None:
    """In a process of its own, where nobody asked the command for its help before."""
    assert installed(name, "-h").stdout == ctxaudit(name, "--help").stdout


def test_a_word_that_is_no_command_is_a_context(project: Path) -> None:
    assert ctxaudit(os.fspath(project)).stdout == ctxaudit("audit", os.fspath(project)).stdout


def test_the_audit_ends_with_1_only_where_the_threshold_is_met(project: Path) -> None:
    """The `.git` of the project is a warning, and no error is there."""
    statuses = {
        level: ctxaudit(".", "--fail-on", level, cwd=project).returncode for level in ("error", "warning", "never")
    }
    assert statuses == {"error": 0, "warning": 1, "never": 0}


def test_json_has_the_stable_surface(project: Path) -> None:
    report = json.loads(ctxaudit(".", "--format", "json", cwd=project).stdout)
    (target,) = report["targets"]
    assert report["schema"] == "ctxaudit-report/1"
    assert {
        "name",
        "context",
        "dockerfile",
        "builder",
        "ignore_file",
        "permitted",
        "sent",
        "findings",
        "unknowns",
    } <= set(target)
    assert set(target["sent"]) == {"files", "bytes", "transfer_bytes"}
    (finding,) = [finding for finding in target["findings"] if finding["path"] == ".git"]
    assert {"rule", "kind", "severity", "path", "files", "bytes", "reach", "location", "message", "pattern"} <= set(
        finding
    )
    assert (finding["rule"], finding["pattern"], finding["severity"]) == ("vcs-git", ".git", "warning")


def test_two_runs_are_the_same_bytes(project: Path) -> None:
    for style in ("text", "json"):
        assert (
            ctxaudit(".", "--format", style, cwd=project).stdout == ctxaudit(".", "--format", style, cwd=project).stdout
        )


def test_hostile_names_are_escaped_and_whole(tmp_path: Path) -> None:
    make_tree(tmp_path, {HOSTILE: "1", ".dockerignore": ""})
    text = ctxaudit("ls", cwd=tmp_path).stdout
    raw = ctxaudit("ls", "-0", cwd=tmp_path).stdout
    (row,) = [row for row in json.loads(ctxaudit("ls", "--format", "json", cwd=tmp_path).stdout) if "path_b64" in row]
    assert text == b'.dockerignore\n"a\\n\\x1b[31mb\\xff\\u202e`|<img>.txt"\n'
    assert raw == b".dockerignore\0" + os.fsencode(HOSTILE) + b"\0"
    assert base64.b64decode(row["path_b64"]) == os.fsencode(HOSTILE)


def test_a_hostile_name_in_a_report_is_escaped(tmp_path: Path) -> None:
    make_tree(tmp_path, {f"{HOSTILE}/.git/HEAD": "ref: x", f"{HOSTILE}/.git/objects/x": "1"})
    answer = ctxaudit(".", cwd=tmp_path)
    assert b"\x1b" not in answer.stdout
    assert b"\\x1b[31mb\\xff" in answer.stdout
    report = json.loads(ctxaudit(".", "--format", "json", cwd=tmp_path).stdout)
    paths = {base64.b64decode(finding["path_b64"]) for finding in report["targets"][0]["findings"] if finding["kind"]}
    assert paths == {os.fsencode(f"{HOSTILE}/.git")}


def test_an_encoding_that_cannot_hold_a_name_gets_an_escape(tmp_path: Path) -> None:
    make_tree(tmp_path, {"日本.txt": "1"})
    answer = installed("ls", cwd=tmp_path, PYTHONIOENCODING="cp1252")
    assert (answer.returncode, answer.stdout) == (0, b"\\u65e5\\u672c.txt\n")


def test_a_closed_pipe_ends_with_141_and_no_traceback(tmp_path: Path) -> None:
    make_tree(tmp_path, {f"{number:05}": "" for number in range(20_000)})
    script = '"$0" -m ctxaudit ls "$1" | head -1; echo "${PIPESTATUS[0]}"'
    said = subprocess.run(["bash", "-c", script, sys.executable, tmp_path], capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("00000\n141\n", "")


def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    """The reader of a full pipe holds the command up, so that the signal finds it at work.

    The signal is set as a terminal has it: a shell that runs the tests in the background lets them ignore it.
    """
    make_tree(tmp_path, {f"{'x' * 100}{number:05}": "" for number in range(3_000)})
    child = subprocess.Popen(
        [sys.executable, "-m", "ctxaudit", "ls", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert child.stdout is not None
    child.stdout.read(1)
    child.send_signal(signal.SIGINT)
    _, error = child.communicate()
    assert (child.returncode, error) == (130, b"")


def test_an_interrupt_in_the_middle_is_130(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "scandir", interrupted)
    assert main(["ls", os.fspath(tmp_path)]) == 130


def on_terminal(*arguments: str, cwd: Path, **environment: str) -> str:
    """Run the command with a terminal of 80 columns as all its streams, and give what it shows."""
    leader, follower = pty.openpty()
    child = started(
        *arguments,
        cwd=cwd,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={
            **{key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR")},
            "TERM": "xterm",
            "COLUMNS": "80",
            **environment,
        },
    )
    os.close(follower)
    shown = b""
    while select.select([leader], [], [], 30)[0]:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # Linux says so where the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    child.wait()
    return shown.decode()


def test_colour_is_only_for_a_terminal_that_wants_it(project: Path) -> None:
    # A slow machine shows progress, too, which erases its line with an escape of its own.
    assert "\x1b[1m" in on_terminal(".", cwd=project)
    assert not re.search(r"\x1b\[[\d;]*m", on_terminal(".", cwd=project, NO_COLOR="1"))
    assert "\x1b" not in on_terminal(".", cwd=project, TERM="dumb")
    assert b"\x1b" not in ctxaudit(".", cwd=project).stdout


def test_progress_is_shown_after_half_a_second_and_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from ctxaudit.cli.options import progress_on

    class Screen:
        def __init__(self, terminal: bool) -> None:
            self.terminal, self.shown = terminal, ""

        def isatty(self) -> bool:
            return self.terminal

        def write(self, text: str) -> None:
            self.shown += text

        def flush(self) -> None:
            pass

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    screen = Screen(True)
    with progress_on(screen) as advance:  # type: ignore[arg-type]
        assert advance is not None
        advance(1000)
        now[0] += 0.6
        advance(500)
    assert screen.shown == "\rScanning 1,500 entries, 2,500 a second\x1b[K\r\x1b[K"
    with progress_on(Screen(False)) as silent:  # type: ignore[arg-type]
        assert silent is None


@pytest.mark.parametrize(
    ("ignore", "status", "words"),
    [
        pytest.param(b"a\n!\n", 2, b'.dockerignore:2: illegal exclusion pattern: "!"', id="a bare exception"),
        pytest.param(b"a\n\n[a\n", 2, b'.dockerignore:3: syntax error in pattern "[a"', id="a class without an end"),
        pytest.param(b"\\e\n", 2, b'.dockerignore:1: syntax error in pattern "\\e"', id="an escape that Go refuses"),
        pytest.param(b"#" * 65536, 2, b".dockerignore:1: bufio.Scanner: token too long", id="a line of 64 KiB"),
    ],
)
def test_an_ignore_file_that_docker_refuses(tmp_path: Path, ignore: bytes, status: int, words: bytes) -> None:
    make_tree(tmp_path, {".dockerignore": ignore, "x": ""})
    answer = ctxaudit(".", cwd=tmp_path)
    assert (answer.returncode, words in answer.stderr, b"fix: " in answer.stderr, answer.stdout) == (
        status,
        True,
        True,
        b"",
    )


def unread(root: Path, *options: str) -> list[str]:
    report = json.loads(ctxaudit(".", *options, "--format", "json", cwd=root).stdout)
    return [
        finding["message"] for finding in report["targets"][0]["findings"] if finding["rule"] == "inactive-ignore-file"
    ]


def test_an_ignore_file_that_is_a_directory_is_none_for_buildkit_and_said(tmp_path: Path) -> None:
    make_tree(tmp_path, {".dockerignore/x": "", "Dockerfile": "FROM scratch\n"})
    assert unread(tmp_path) == [".dockerignore is not read: it is a directory, which BuildKit takes for no ignore file"]
    assert ctxaudit("ls", "--builder", "classic", cwd=tmp_path).returncode == 2


def test_an_ignore_file_that_is_a_dangling_link_is_none_and_said(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n"})
    (tmp_path / ".dockerignore").symlink_to("nowhere")
    assert unread(tmp_path) == [
        ".dockerignore is not read: it is a dangling link, which the builder takes for no ignore file"
    ]
    assert ctxaudit("ls", "--builder", "classic", cwd=tmp_path).returncode == 0


def test_an_ignore_file_that_is_a_fifo_is_not_opened(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\n"})
    os.mkfifo(tmp_path / ".dockerignore")
    assert unread(tmp_path) == [
        ".dockerignore is not read: it is not a regular file, and the builder reads no ignore file from it"
    ]
    assert ctxaudit("ls", "--builder", "classic", cwd=tmp_path).returncode == 2


def test_an_ignore_file_of_utf_16_is_said(tmp_path: Path) -> None:
    make_tree(tmp_path, {".dockerignore": "*.log\n".encode("utf-16"), "a.log": "", "Dockerfile": "FROM scratch\n"})
    answer = ctxaudit(".", cwd=tmp_path)
    assert (answer.returncode, b".dockerignore is UTF-16" in answer.stdout) == (1, True)


def test_the_dockerfile_s_own_ignore_file_replaces_the_general_one(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {"Dockerfile": COPY_ALL, "Dockerfile.dockerignore": "a\n", ".dockerignore": "b\n", "a": "", "b": ""},
    )
    assert unread(tmp_path) == [".dockerignore is not read: Dockerfile.dockerignore beside the Dockerfile replaces it"]
    assert ctxaudit("ls", cwd=tmp_path).stdout.decode().split() == [
        ".dockerignore",
        "Dockerfile",
        "Dockerfile.dockerignore",
        "b",
    ]
    assert unread(tmp_path, "--builder", "classic") == [
        "Dockerfile.dockerignore is not read: the classic builder reads only .dockerignore"
    ]
    assert "a" in ctxaudit("ls", "--builder", "classic", cwd=tmp_path).stdout.decode().split()


def test_an_ignore_file_in_the_wrong_place_or_of_the_wrong_name_is_said(tmp_path: Path) -> None:
    make_tree(tmp_path, {"docker/Dockerfile": "FROM scratch\n", "docker/.dockerignore": "a\n", ".Dockerignore": "b\n"})
    assert sorted(unread(tmp_path, "-f", "docker/Dockerfile")) == [
        ".Dockerignore is not read: its name is not .dockerignore",
        "docker/.dockerignore is not read: it stands beside the Dockerfile, not at the context root .; BuildKit reads"
        " docker/Dockerfile.dockerignore",
    ]


def test_a_dockerfile_that_is_named_and_not_there_is_an_error(tmp_path: Path) -> None:
    answer = ctxaudit(".", "-f", "nope", cwd=tmp_path)
    assert (answer.returncode, b"failed to read dockerfile" in answer.stderr) == (2, True)


def test_without_a_dockerfile_what_is_used_is_unknown(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "1"})
    (unknown,) = json.loads(ctxaudit(".", "--format", "json", cwd=tmp_path).stdout)["targets"][0]["unknowns"]
    assert "there is no Dockerfile" in unknown["what"]


def test_usage_errors_end_with_2() -> None:
    assert [ctxaudit(*words).returncode for words in (("ls", "--nope"), ("why",), (".", "--top", "x"))] == [2, 2, 2]


def test_errors_print_their_place_their_line_and_how_to_fix_it() -> None:
    error = CtxauditError("what", where="f:1", source="line", column=2, fix="fix it")
    assert str(error) == "f:1: what\n    line\n      ^\n  fix: fix it"


STAGES = "FROM scratch AS first\nCOPY a /\nFROM scratch AS second\nARG WHERE=b\nCOPY $WHERE /\nFROM scratch\nCOPY c /\n"


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        pytest.param([], ["c"], id="the last stage"),
        pytest.param(["--target", "first"], ["a"], id="the stage that is asked for"),
        pytest.param(["--target", "SECOND"], ["b"], id="whatever its case"),
        pytest.param(["--target", "second", "--build-arg", "WHERE=c"], ["c"], id="a build argument"),
        pytest.param(["--target", "second", "--build-arg", "WHERE"], ["a"], id="a build argument of the environment"),
        pytest.param(["--target", "second", "--build-arg", "NOT_SET"], ["b"], id="one that is not set there"),
        pytest.param(["--permitted"], ["Dockerfile", "a", "b", "c", "ig"], id="what is permitted"),
        pytest.param(["--permitted", "--ignore-file", "ig"], ["Dockerfile", "b", "c", "ig"], id="another ignore file"),
        pytest.param(["--builder", "classic"], ["Dockerfile", "a", "b", "c", "ig"], id="the classic builder, all"),
    ],
)
def test_options_that_docker_build_has_mean_what_they_mean_there(
    tmp_path: Path, options: list[str], sent: list[str]
) -> None:
    make_tree(tmp_path, {"a": "", "b": "", "c": "", "ig": "a\n", "Dockerfile": STAGES})
    assert ctxaudit("ls", *options, cwd=tmp_path, WHERE="a").stdout.decode().split() == sent


def test_a_dockerfile_from_standard_input(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": "", "b": "", "Dockerfile.dockerignore": "a\n", ".dockerignore": "Dockerfile*\n"})
    said = ran("ls", "-f", "-", input=b"FROM scratch\nCOPY . /\n", cwd=tmp_path, capture_output=True)
    assert said.returncode == 0
    assert said.stdout.decode().split() == [".dockerignore", "a", "b"]


def test_what_a_dockerfile_from_standard_input_means_is_said(tmp_path: Path) -> None:
    make_tree(tmp_path, {"a": ""})
    said = subprocess.run(
        [sys.executable, "-m", "ctxaudit", ".", "-f", "-"],
        input=b"FROM scratch\nCOPY . /\n",
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert said.stdout.decode().splitlines() == [
        "Dockerfile from standard input: 0B in 1 file, all that is permitted; nothing to",
        "exclude.",
        "assumed: a Dockerfile from standard input has no ignore file of its own.",
    ]


def test_a_platform_decides_its_arguments_and_of_several_the_first_is_looked_at(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nARG TARGETARCH\nCOPY bin/$TARGETARCH /\n"
    make_tree(tmp_path, {"Dockerfile": dockerfile, "bin/arm64": "", "bin/amd64": ""})
    assert "bin/amd64" in ctxaudit("ls", cwd=tmp_path).stdout.decode().split()
    assert "bin/arm64" in ctxaudit("ls", "--platform", "linux/arm64", cwd=tmp_path).stdout.decode().split()
    both = ctxaudit(".", "--platform", "linux/arm64,linux/amd64", cwd=tmp_path).stdout.decode()
    assert "only linux/arm64 of linux/arm64,linux/amd64 is looked at" in " ".join(both.split())


def test_a_stage_that_is_not_there_is_an_error_with_docker_s_words(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": STAGES})
    answer = ctxaudit(".", "--target", "0", cwd=tmp_path)
    assert (answer.returncode, b'target stage "0" could not be found' in answer.stderr) == (2, True)


@pytest.mark.parametrize(
    ("dockerfile", "words"),
    [
        pytest.param(
            b"FROM scratch\nKOPY a /\n", b"Dockerfile:2: unknown instruction: KOPY", id="an unknown instruction"
        ),
        pytest.param(b"FROM scratch\nCOPY <<E /x\nhi\n", b"Dockerfile:2: unterminated heredoc", id="a heredoc's end"),
        pytest.param(b"FROM scratch\nCOPY --nope a /\n", b"Dockerfile:2: unknown flag: --nope", id="a bad flag"),
        pytest.param(b'FROM scratch\nCOPY "a /\n', b"Dockerfile:2: ", id="an unclosed quote"),
        pytest.param(b"", b"the Dockerfile cannot be empty", id="an empty file"),
    ],
)
def test_a_broken_dockerfile_is_an_error_with_its_line(tmp_path: Path, dockerfile: bytes, words: bytes) -> None:
    make_tree(tmp_path, {"Dockerfile": dockerfile, "a": ""})
    answer = ctxaudit(".", cwd=tmp_path)
    assert (answer.returncode, words in answer.stderr, b"Traceback" in answer.stderr) == (2, True, False), answer.stderr


def test_other_dockerfiles_are_named_in_a_hint(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "Dockerfile.test": COPY_ALL, "dev.Dockerfile": COPY_ALL})
    make_tree(tmp_path, {"Dockerfile.dockerignore": ""})
    assert ctxaudit(".", cwd=tmp_path).stderr.decode().splitlines() == [
        "hint: Dockerfile.test is there, too: ctxaudit . -f Dockerfile.test",
        "hint: dev.Dockerfile is there, too: ctxaudit . -f dev.Dockerfile",
    ]
    shown = tmp_path.name
    assert ctxaudit(shown, cwd=tmp_path.parent).stderr.decode().splitlines() == [
        f"hint: Dockerfile.test is there, too: ctxaudit {shown} -f {shown}/Dockerfile.test",
        f"hint: dev.Dockerfile is there, too: ctxaudit {shown} -f {shown}/dev.Dockerfile",
    ]
    assert ctxaudit(".", "--format", "json", cwd=tmp_path).stderr == b""


def test_unknowns_are_listed_and_are_no_error(tmp_path: Path) -> None:
    dockerfile = "# syntax=example.org/frontend\nFROM alpine\nARG WHAT\nCOPY $WHAT$HOME /\n"
    make_tree(tmp_path, {"Dockerfile": dockerfile, "a": ""})
    answer = ctxaudit(".", "-v", cwd=tmp_path)
    said = " ".join(answer.stdout.decode().split())
    for words in ("ONBUILD of alpine", "example.org/frontend", "ARG WHAT", "HOME", "--build-arg WHAT="):
        assert words in said
    assert answer.returncode == 0


def test_a_build_context_needs_a_name_and_a_value(tmp_path: Path) -> None:
    assert ctxaudit(".", "--build-context", "nope", cwd=tmp_path).returncode == 2


def test_the_proposal_and_its_proof_stand_in_the_json(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {
        "Dockerfile": COPY_ALL,
        "a": "12",
        "b/node_modules/.package-lock.json": "{}",
    }
    make_tree(tmp_path, files)
    (target,) = json.loads(ctxaudit(".", "--format", "json", cwd=tmp_path).stdout)["targets"]
    proposal = target["proposal"]
    assert (proposal["patterns"], proposal["kept"]) == (["**/node_modules"], [])
    assert proposal["proof"]["before"]["buildkit"] == target["sent"]
    # The new ignore file is sent, too.
    assert (proposal["proof"]["needed"], proposal["proof"]["dropped"]) == (3, 0)
    (tmp_path / ".dockerignore").write_text(proposal["edit"]["text"])
    for builder in ("buildkit", "classic"):
        after = json.loads(ctxaudit(".", "--builder", builder, "--format", "json", cwd=tmp_path).stdout)["targets"][0]
        assert after["sent"]["bytes"] == proposal["after"][builder]["bytes"]
        assert after["sent"]["files"] == proposal["after"][builder]["files"]


_BELOW = {
    "compose.yaml": "services: {api: {build: api}, web: {build: web}}\n",
    "api/Dockerfile": "FROM scratch\nCOPY a /\n",
    "api/a": "1",
    "web/Dockerfile": "FROM scratch\nCOPY b /\n",
    "web/b": "1",
    "web/node_modules/.package-lock.json": "{}" * 500,
}


@pytest.mark.parametrize(
    ("more", "first", "is_proposed"),
    [
        pytest.param(
            {},
            "No build that is declared here has . as its context; 2 builds declared below it:",
            False,
            id="no build has it",
        ),
        pytest.param(
            {"compose.yaml": "services: {a: {build: {context: ., dockerfile: api/Dockerfile}}}\n"},
            "The command names no Dockerfile; 1 build has this context: a: ctxaudit --all",
            False,
            id="one build has it",
        ),
        pytest.param(
            {"compose.yaml": "services: [\n"},
            "Whether a build has . as its context is not known: compose.yaml: it cannot be",
            False,
            id="a file that cannot be read may declare one",
        ),
    ],
)
def test_a_context_that_no_build_has_gets_no_proposal(
    tmp_path: Path, more: dict[str, str], first: str, is_proposed: bool
) -> None:
    make_tree(tmp_path, {**_BELOW, **more})
    said = ctxaudit(".", cwd=tmp_path).stdout.decode()
    assert said.splitlines()[0] == first
    assert ("Apply:" in said) is is_proposed


_GIT_USED: dict[str, str | bytes | None] = {
    "compose.yaml": "services: {a: {build: {context: ., dockerfile: docker/Dockerfile}}}\n",
    "docker/Dockerfile": "FROM golang:1.25\nCOPY . .\nRUN git describe > version\n",
}


@pytest.mark.parametrize(
    ("files", "options", "heading"),
    [
        pytest.param(_GIT_USED, [], "Usually not needed", id="the command names no Dockerfile"),
        pytest.param(_GIT_USED, ["--format", "markdown"], "**Usually not needed**", id="in Markdown"),
        pytest.param(_GIT_USED, ["-f", "docker/Dockerfile"], "Stays", id="it names one, which uses it"),
        pytest.param({"a": "1"}, [], "Not needed", id="there is none"),
    ],
)
def test_what_is_not_needed_is_only_known_by_a_dockerfile(
    tmp_path: Path, files: dict[str, str | bytes | None], options: list[str], heading: str
) -> None:
    make_tree(tmp_path, files)
    git(tmp_path, "init", "-q")
    said = ctxaudit(".", *options, cwd=tmp_path).stdout.decode().splitlines()
    assert [line for line in said if line.strip("*").startswith(("Not needed", "Usually", "Stays"))] == [heading]


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
@pytest.mark.parametrize(
    ("files", "is_known"),
    [
        pytest.param(_GIT_USED, False, id="the command names no Dockerfile"),
        pytest.param({"Dockerfile": "FROM scratch\nCOPY . .\n"}, True, id="there is one"),
    ],
)
def test_each_format_says_what_is_only_usually_not_needed(
    tmp_path: Path, files: dict[str, str | bytes | None], is_known: bool, name: str
) -> None:
    make_tree(tmp_path, files)
    git(tmp_path, "init", "-q")
    said = ctxaudit(".", "--format", name, cwd=tmp_path).stdout.decode()
    assert ("Not needed" in said, "Usually not needed" in said) == (is_known, not is_known)


@pytest.mark.parametrize(
    ("files", "what"),
    [
        pytest.param(_GIT_USED, "found", id="the command names no Dockerfile"),
        pytest.param({"Dockerfile": "FROM scratch\nCOPY . .\n"}, "not needed", id="there is one"),
    ],
)
def test_why_says_that_a_path_was_found_where_its_use_is_not_known(
    tmp_path: Path, files: dict[str, str | bytes | None], what: str
) -> None:
    make_tree(tmp_path, files)
    git(tmp_path, "init", "-q")
    said = ctxaudit("why", ".git", cwd=tmp_path).stdout.decode().splitlines()
    assert [line.split(" (")[0] for line in said if "vcs-git" in line] == [f"  {what}"]


@pytest.mark.parametrize("options", [[], ["--check"]], ids=["audited", "checked"])
def test_the_builds_below_are_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    make_tree(tmp_path, dict(_BELOW))
    roots: list[str] = []

    def counting(root: str) -> tuple[list[Declared], list[Failure]]:
        roots.append(root)
        return discover(root)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ctxaudit.builds.discover.discover", counting)
    main([".", *options])
    assert roots == ["."]


_NO_CONTEXT = (
    "error: .: no build that is declared here has it as its context, and BuildKit reads .dockerignore at the root of a "
    "build's context; "
    "2 builds declared below it: api, web\n"
    "  fix: ctxaudit --all --{}; if a Dockerfile below is built from here, name it with -f\n"
)
_UNKNOWN = (
    "error: .: whether a build that is declared has it as its context is not known; {}\n"
    "  fix: {}; if a Dockerfile below is built from here, name it with -f\n"
)
_JOB = """\
on: {workflow_dispatch: {inputs: {x: {}}}}
jobs:
  a:
    runs-on: ubuntu-latest
    steps: [{uses: actions/checkout@v4}, {uses: docker/build-push-action@v6, with: {context: "${{ inputs.x }}"}}]
"""


@pytest.mark.parametrize(
    ("more", "options", "status", "said"),
    [
        pytest.param({}, ["--write"], 2, _NO_CONTEXT.format("write"), id="written"),
        pytest.param({}, ["--diff"], 2, _NO_CONTEXT.format("diff"), id="shown"),
        pytest.param({}, ["--check"], 2, _NO_CONTEXT.format("check"), id="checked"),
        pytest.param(
            {".dockerignore": "*.o\n"}, ["--write"], 2, _NO_CONTEXT.format("write"), id="with a file that none reads"
        ),
        pytest.param(
            {},
            ["--write", "--builder", "podman"],
            2,
            _NO_CONTEXT.format("write").replace(
                "BuildKit reads .dockerignore", "Podman reads .containerignore or .dockerignore"
            ),
            id="for podman",
        ),
        pytest.param({}, ["--write", "--builder", "gcloud"], 0, None, id="gcloud uploads it"),
        pytest.param(
            {"compose.yaml": "services: {a: {build: {context: ., dockerfile: api/Dockerfile}}}\n"},
            ["--write"],
            2,
            "error: .: the command names no Dockerfile, so that what the build reads is not known; 1 build has this "
            "context: a\n  fix: ctxaudit --all --write; if a Dockerfile below is built from here, name it with -f\n",
            id="one build has it",
        ),
        pytest.param(
            {"compose.yaml": "services: ["},
            ["--write"],
            2,
            _UNKNOWN.format("compose.yaml: it cannot be read", "fix compose.yaml"),
            id="a compose file that cannot be read beside other builds",
        ),
        pytest.param(
            {"compose.yaml": "services: [", "api/Dockerfile": None, "web/Dockerfile": None},
            ["--diff"],
            2,
            _UNKNOWN.format("compose.yaml: it cannot be read", "fix compose.yaml"),
            id="a compose file that cannot be read alone",
        ),
        pytest.param(
            {"compose.yaml": "a: &a [*a]\n", "deploy/docker-bake.json": "{"},
            ["--check"],
            2,
            _UNKNOWN.format(
                "compose.yaml: it cannot be read, deploy/docker-bake.json: it cannot be read",
                "fix compose.yaml, fix deploy/docker-bake.json",
            ),
            id="several files that cannot be read",
        ),
        pytest.param(
            {".github/workflows/b.yml": _JOB},
            ["--write"],
            2,
            _UNKNOWN.format(
                ".github/workflows/b.yml:5: what docker/build-push-action builds: ${{ inputs.x }}",
                "evaluate the expression",
            ),
            id="a job whose context is not known",
        ),
        pytest.param({"Dockerfile": "FROM scratch\nCOPY . /\n"}, ["--write"], 0, None, id="it has a Dockerfile"),
        pytest.param({}, ["-f", "api/Dockerfile", "--write"], 0, None, id="the command names a Dockerfile"),
    ],
)
def test_a_change_to_an_ignore_file_that_no_build_reads_is_refused(
    tmp_path: Path, more: dict[str, str | None], options: list[str], status: int, said: str | None
) -> None:
    files = {**_BELOW, "core": "\x7fELF" + "x" * 5000, "a.log": "x" * 5000, **more}
    make_tree(tmp_path, {name: text for name, text in files.items() if text is not None})
    answer = ctxaudit(*options, cwd=tmp_path)
    assert answer.returncode == status
    if said is not None:
        assert (answer.stdout, answer.stderr.decode()) == (b"", said)
        ignore = tmp_path / ".dockerignore"
        assert (ignore.read_text() if ignore.exists() else None) == files.get(".dockerignore")


@pytest.mark.parametrize("action", ["--write", "--diff", "--check"])
@pytest.mark.parametrize("name", ["compose.yaml", "docker-bake.json"])
def test_a_file_above_that_cannot_be_read_may_declare_a_build_of_the_directory(
    tmp_path: Path, name: str, action: str
) -> None:
    make_tree(tmp_path, {name: "[", "ci/D": "FROM scratch\n", "app/node_modules/.package-lock.json": "{}"})
    git(tmp_path, "init", "-q")
    answer = ctxaudit("app", action, cwd=tmp_path)
    said = _UNKNOWN.format(f"{name}: it cannot be read", f"fix {name}").replace("error: .:", "error: app:")
    assert (answer.returncode, answer.stdout, answer.stderr.decode()) == (2, b"", said)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param(
            {".dockerignore": "*\n"},
            {".dockerignore is not read: no build that is declared here has . as its context"},
            id="no build has the root as its context",
        ),
        pytest.param({"api/.dockerignore": "x\n"}, set(), id="that of a build"),
        pytest.param({".dockerignore": "*\n", "Dockerfile": "FROM scratch\n"}, set(), id="the root is built, too"),
        pytest.param(
            {".dockerignore": "*\n", "api/Dockerfile": "NOTHING\n"},
            set(),
            id="a build that cannot be read may have it",
        ),
    ],
)
def test_an_ignore_file_at_the_root_that_no_build_reads(tmp_path: Path, more: dict[str, str], said: set[str]) -> None:
    make_tree(tmp_path, {**_BELOW, **more})
    report = json.loads(ctxaudit("--all", "--format", "json", cwd=tmp_path).stdout)
    each = [
        {one["message"] for one in target["findings"] if one["rule"] == "inactive-ignore-file"}
        for target in report["targets"]
    ]
    assert each == [said] * len(each)
    text = " ".join(ctxaudit("--all", cwd=tmp_path).stdout.decode().split())
    assert all(text.count(one) == 1 for one in said)
