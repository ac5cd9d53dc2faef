"""`ctxaudit watch`: what is printed when files change, and how it ends."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ctxaudit.builds.request import request
from ctxaudit.cli.watch import _places
from planted import github
from support import ctxaudit, make_tree, started

TREE: dict[str, str | bytes | None] = {"Dockerfile": "FROM scratch\nCOPY src /src\n", "src/a.txt": "aa", "notes": "x"}
WATCHER = "import watchfiles"  # which takes longer to import than to start
LONGEST = 60  # seconds until a line has to come
START = "sent 2B in 1 file; watching ., Ctrl-C ends"


class Watching:
    """A running `ctxaudit watch`, and the lines that it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        self._process = process
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def line(self) -> str:
        return self._lines.get(timeout=LONGEST)

    def ended(self) -> int:
        """Wait until it ends by itself, and give the status."""
        return self._process.wait(timeout=LONGEST)

    def interrupt(self) -> tuple[int, list[str]]:
        """Press Ctrl-C; give the status, and the lines that nobody has asked for."""
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(timeout=LONGEST)
        self.join()
        return status, [self._lines.get() for _ in range(self._lines.qsize())]

    def join(self) -> None:
        """Wait until all is read that the process said, after its end."""
        self._reader.join(timeout=LONGEST)


@contextmanager
def watching(root: Path, *arguments: str, starts: tuple[str, ...] = (START,)) -> Iterator[Watching]:
    # A shell that starts something in the background has it ignore Ctrl-C, and so do its children.
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program += "; from ctxaudit.__main__ import run; run()"
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    environment = {**os.environ, "COLUMNS": "80"}
    with started(
        "watch", *(arguments or (".",)), before=WATCHER, program=program, cwd=root, env=environment, **streams
    ) as process:
        watched = Watching(process)
        try:
            assert tuple(watched.line() for _ in starts) == starts
            yield watched
        finally:
            process.kill()
            watched.join()  # the pipe that is read must not be closed before


def test_a_change_is_printed_with_the_step_that_runs_again(tmp_path: Path) -> None:
    root = make_tree(tmp_path, TREE)
    with watching(root) as watched:
        (root / "src/b.txt").write_text("bbb")
        assert watched.line() == "sent 5B in 2 files (+3B)"
        assert watched.line() == "runs again: Dockerfile:2 COPY src /src (src/b.txt)"
        (root / "src/b.txt").unlink()
        assert watched.line() == "sent 2B in 1 file (-3B)"
        assert watched.line() == "runs again: Dockerfile:2 COPY src /src (src/b.txt)"
        assert watched.interrupt() == (0, [])


STAGES = """FROM scratch AS make
WORKDIR /work
COPY go.mod ./
RUN fetch
COPY src src
RUN build
FROM scratch
COPY --from=make /work/out /out
COPY notes /notes
"""
STAGED: dict[str, str | bytes | None] = {
    "Dockerfile": STAGES,
    "go.mod": "m",
    "src/a.go": "a",
    "src/b.go": "b",
    "notes": "x",
}
STAGED_START = "sent 4B in 4 files; watching ., Ctrl-C ends"
MADE_AGAIN = (
    "may run again: Dockerfile:8 COPY --from=make /work/out /out (make may make the same files again),"
    " and 1 step after it"
)


def touched(root: Path) -> None:
    os.utime(root / "src/a.go", (1, 1))


def written_again(root: Path) -> None:
    (root / "src/a.go").write_text("a")


def another_content(root: Path) -> None:
    (root / "src/a.go").write_text("z")


def executable(root: Path) -> None:
    (root / "src/b.go").chmod(0o755)


def manifest_and_source(root: Path) -> None:
    (root / "go.mod").write_text("n")
    (root / "src/a.go").write_text("z")


def other_command(root: Path) -> None:
    (root / "Dockerfile").write_text(STAGES.replace("RUN fetch", "RUN fetch --all"))


def other_directory(root: Path) -> None:
    (root / "Dockerfile").write_text(STAGES.replace("/work\n", "/other\n"))


def a_source_is_ignored(root: Path) -> None:
    (root / ".dockerignore").write_text("src/b.go\n")


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        pytest.param(touched, [], id="a new time alone"),
        pytest.param(written_again, [], id="the same content written again"),
        pytest.param(
            another_content,
            ["runs again: Dockerfile:5 COPY src src (src/a.go), and 1 step after it", MADE_AGAIN],
            id="another content of the same size",
        ),
        pytest.param(
            executable,
            ["runs again: Dockerfile:5 COPY src src (src/b.go), and 1 step after it", MADE_AGAIN],
            id="another mode",
        ),
        pytest.param(
            manifest_and_source,
            [
                "runs again: Dockerfile:3 COPY go.mod ./ (go.mod), and 1 step after it",
                "runs again: Dockerfile:5 COPY src src (src/a.go), and 1 step after it",
                MADE_AGAIN,
            ],
            id="two steps at once",
        ),
        pytest.param(
            other_command,
            [
                "runs again: Dockerfile:4 RUN fetch --all (the instruction differs, or what ARG and ENV set before it),"
                " and 2 steps after it",
                MADE_AGAIN,
            ],
            id="another RUN",
        ),
        pytest.param(
            other_directory,
            [
                "runs again: Dockerfile:2 WORKDIR /other (the instruction differs, or what ARG and ENV set before it),"
                " and 4 steps after it",
                MADE_AGAIN,
            ],
            id="another WORKDIR",
        ),
        pytest.param(
            a_source_is_ignored,
            [
                "sent 3B in 3 files (-1B)",
                "runs again: Dockerfile:5 COPY src src (src/b.go), and 1 step after it",
                MADE_AGAIN,
            ],
            id="an ignore file that keeps a source out",
        ),
    ],
)
def test_the_steps_are_those_whose_key_changes(
    tmp_path: Path, change: Callable[[Path], None], lines: list[str]
) -> None:
    root = make_tree(tmp_path, STAGED)
    with watching(root, starts=(STAGED_START,)) as watched:
        change(root)
        time.sleep(1)  # more than the pause in which changes are taken together
        (root / "notes").write_text("xyz")
        found = list(iter(watched.line, "runs again: Dockerfile:9 COPY notes /notes (notes)"))
        assert found[-1].startswith("sent ")
        assert found[:-1] == lines


def test_a_change_right_after_the_first_line_is_seen(tmp_path: Path) -> None:
    root = make_tree(tmp_path, TREE)
    with watching(root) as watched:
        (root / "src/a.txt").write_text("aaa")
        assert watched.line() == "sent 3B in 1 file (+1B)"
        assert watched.line() == "runs again: Dockerfile:2 COPY src /src (src/a.txt)"


def test_a_dockerfile_that_is_deleted_is_an_error_until_it_is_there_again(tmp_path: Path) -> None:
    root = make_tree(tmp_path, TREE)
    with watching(root) as watched:
        (root / "Dockerfile").unlink()
        assert watched.line() == "error: Dockerfile is not there any more"
        (root / "Dockerfile").write_text("FROM scratch\nCOPY src /lib\n")
        assert watched.line() == "the build can be read again"
        assert watched.line().startswith("runs again: Dockerfile:2 COPY src /lib (the instruction differs")
        assert watched.interrupt() == (0, [])


def test_a_dockerfile_that_comes_is_the_build_from_then_on(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {"src/a.txt": "aa", "notes": "x"})
    with watching(root, starts=("sent 3B in 2 files; watching ., Ctrl-C ends",)) as watched:
        (root / "Dockerfile").write_text("FROM scratch\nCOPY src /src\n")
        assert watched.line() == "Dockerfile: sent 2B in 1 file; watching ., Ctrl-C ends"
        (root / "src/a.txt").write_text("aaa")
        assert watched.line() == "sent 3B in 1 file (+1B)"
        assert watched.line() == "runs again: Dockerfile:2 COPY src /src (src/a.txt)"
        assert watched.interrupt() == (0, [])


def test_a_change_of_a_named_context_re_runs_the_step_that_reads_it(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY src /src\nCOPY --from=shared . /shared\n"
    root = make_tree(tmp_path / "app", {**TREE, "Dockerfile": dockerfile})
    make_tree(tmp_path / "shared", {"x": "1"})
    with watching(root, "--build-context", "shared=../shared", ".") as watched:
        (tmp_path / "shared/x").write_text("2")
        assert watched.line() == "runs again: Dockerfile:3 COPY --from=shared . /shared (x)"
        assert watched.interrupt() == (0, [])


def test_a_source_that_is_deleted_is_a_finding_and_no_step(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {**TREE, "Dockerfile": "FROM scratch\nCOPY src /src\nCOPY one /one\n", "one": "1"})
    with watching(root, starts=("sent 3B in 2 files; watching ., Ctrl-C ends",)) as watched:
        (root / "one").unlink()
        assert watched.line() == "sent 2B in 1 file (-1B)"
        assert watched.line().startswith("+ error[")
        assert watched.interrupt() == (0, [])


def test_what_the_build_is_not_sent_prints_nothing(tmp_path: Path) -> None:
    root = make_tree(tmp_path, TREE)
    with watching(root) as watched:
        (root / "notes").write_text("other")
        (root / "src/key.pem").write_text("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n")
        said = [watched.line() for _ in range(3)]
        assert [line for line in said if "notes" in line] == []
        assert [line for line in said if line.startswith("+ error[")] != []
        assert watched.interrupt()[0] == 0


def test_a_token_that_is_written_into_a_file_that_was_searched_is_found(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {**TREE, "src/app.py": "x = 1\n"})
    with watching(root, starts=("sent 8B in 2 files; watching ., Ctrl-C ends",)) as watched:
        (root / "src/app.py").write_text(f"TOKEN = '{github()}'\n")
        assert watched.line().startswith("sent ")
        assert watched.line().startswith("+ error[secret-github-token] src/app.py:1 holds ")
        assert watched.line() == "runs again: Dockerfile:2 COPY src /src (src/app.py)"
        (root / "src/app.py").write_text("x = 1\n")
        assert watched.line().startswith("sent ")
        assert watched.line().startswith("- error[secret-github-token] src/app.py:1 holds ")
        assert watched.line() == "runs again: Dockerfile:2 COPY src /src (src/app.py)"
        assert watched.interrupt() == (0, [])


def test_a_dockerfile_that_is_broken_for_a_while_is_one_error(tmp_path: Path) -> None:
    root = make_tree(tmp_path, TREE)
    with watching(root) as watched:
        (root / "Dockerfile").write_text("FROM scratch\nCOPY src\n")
        assert watched.line().startswith("error: Dockerfile:2: COPY requires at least two arguments")
        (root / "Dockerfile").write_text("FROM scratch\nCOPY src /src\n")
        # Of the error there may be more lines: the source, and a mark below it.
        assert "error: " not in "\n".join(iter(watched.line, "the build can be read again"))
        assert watched.interrupt()[0] == 0


COMPOSE = "services:\n  one: {build: .}\n  two: {build: other}\n"
SEVERAL = {**TREE, "compose.yaml": COMPOSE, "other/Dockerfile": "FROM scratch\nCOPY b /b\n", "other/b": "b"}
STARTS = ("one: sent 2B in 1 file; watching ., Ctrl-C ends", "two: sent 1B in 1 file; watching other, Ctrl-C ends")


def test_each_of_several_builds_is_watched_and_its_lines_begin_with_its_name(tmp_path: Path) -> None:
    root = make_tree(tmp_path, SEVERAL)
    with watching(root, "--compose", "compose.yaml", starts=STARTS) as watched:
        (root / "other/b").write_text("bbb")
        assert [watched.line() for _ in range(2)] == [
            "two: sent 3B in 1 file (+2B)",
            "two: runs again: other/Dockerfile:2 COPY b /b (b)",
        ]
        (root / "other/Dockerfile").write_text("FROM scratch\nCOPY b\n")
        assert watched.line().startswith("two: error: other/Dockerfile:2: COPY requires at least two arguments")
        (root / "other/Dockerfile").write_text("FROM scratch\nCOPY b /b\n")
        assert "one: " not in "\n".join(iter(watched.line, "two: the build can be read again"))
        (root / "compose.yaml").write_text("services:\n  two: {build: other}\n")
        assert watched.line() == "one: is no longer declared"
        assert watched.interrupt()[0] == 0


def test_a_build_is_watched_for_each_ignore_file_that_its_builders_read(tmp_path: Path) -> None:
    lines = {".dockerignore": "src/first.txt\n", ".containerignore": ""}
    root = make_tree(tmp_path, {**TREE, "src/first.txt": "b" * 100, **lines})
    differs = "Dockerfile:   warning[builders-differ] Podman takes 1 path that BuildKit does not: src/first.txt"
    starts = (f"Dockerfile: {START}", differs, "Dockerfile (Podman): sent 102B in 2 files; watching ., Ctrl-C ends")
    with watching(root, "--builders", "buildkit,podman", starts=starts) as watched:
        (root / ".containerignore").write_text("src/first.txt\n")
        assert watched.line().startswith("Dockerfile: - warning[builders-differ]")
        assert watched.line().startswith("Dockerfile (Podman): sent 2B in 1 file")
        assert watched.interrupt()[0] == 0


BROAD: dict[str, str | bytes | None] = {"Dockerfile": "FROM scratch\nCOPY . /src\n", "a.log": "1"}
BROAD_START = "sent 26B in 2 files; watching app, Ctrl-C ends"
LOG = "warning[log-file] a.log is 1B: not empty, not tracked by git"


def test_what_is_found_at_the_start_has_no_sign_until_it_goes(tmp_path: Path) -> None:
    make_tree(tmp_path / "app", BROAD)
    with watching(tmp_path, "app", starts=(BROAD_START, f"  {LOG}")) as watched:
        (tmp_path / "app/a.log").unlink()
        assert [watched.line() for _ in range(2)] == ["sent 25B in 1 file (-1B)", f"- {LOG}"]
        assert watched.interrupt()[0] == 0


def test_of_many_findings_at_the_start_ten_are_printed(tmp_path: Path) -> None:
    make_tree(tmp_path / "app", {**BROAD, **{f"{number:02}.log": "1" for number in range(11)}})
    start = "sent 37B in 13 files; watching app, Ctrl-C ends"
    shown = [f"{number:02}.log" for number in range(10)]
    starts = (start, *(f"  {LOG.replace('a.log', name)}" for name in shown), "  and 2 more")
    with watching(tmp_path, "app", starts=starts) as watched:
        assert watched.interrupt() == (0, [])


@pytest.mark.parametrize("name", ["app/ctxaudit.toml", "ctxaudit.toml", "pyproject.toml"])
def test_a_configuration_that_changes_counts_from_then_on(name: str, tmp_path: Path) -> None:
    """One in the context, above it, and of another format."""
    table, other = (
        "[tool.ctxaudit]\n" * name.startswith("pyproject"),
        os.path.relpath("app/other", os.path.dirname(name) or "."),
    )
    make_tree(tmp_path, {"app/.dockerignore": "ctxaudit.toml", name: f'{table}ignore = ["log-file"]\n'})
    make_tree(tmp_path / "app", BROAD)
    make_tree(tmp_path, {".git/HEAD": "ref: refs/heads/main\n"})
    start = "sent 39B in 3 files; watching app, Ctrl-C ends"
    with watching(tmp_path, "app", starts=(start,)) as watched:
        (tmp_path / name).write_text("")
        assert watched.line() == f"+ {LOG}"
        (tmp_path / name).write_text(f'{table}file = "{other}"\nignore = ["log-*"]\n')
        assert watched.line().startswith("error: failed to read dockerfile: open app/other: ")
        assert watched.line().startswith("  fix: ")
        make_tree(tmp_path, {"app/other": "FROM scratch\nCOPY Dockerfile /\n"})
        assert watched.line().startswith("app/other: sent 25B in 1 file; watching app, ")
        (tmp_path / name).write_text(f"{table}filter = 1\n")
        assert watched.line().startswith(f"error: {name}:{1 + bool(table)}: unknown key")
        assert watched.interrupt()[0] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["-f", "-"], "-f -: standard input can be read only once", id="a Dockerfile of standard input"),
        pytest.param(["--at", "HEAD"], "--at names a commit, which does not change", id="a commit"),
        pytest.param(
            ["https://github.com/o/r.git"], "a repository that the builder fetches is not watched", id="a repository"
        ),
    ],
)
def test_what_cannot_change_is_refused(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    done = ctxaudit("watch", *arguments, cwd=make_tree(tmp_path, TREE))
    assert (done.returncode, sentence in done.stderr.decode()) == (2, True)


def test_a_service_that_is_named_is_watched_alone(tmp_path: Path) -> None:
    root = make_tree(tmp_path, SEVERAL)
    with watching(root, "--compose", "compose.yaml", "--service", "one", starts=(START,)) as watched:
        (root / "other/b").write_text("bbb")
        assert watched.interrupt() == (0, [])


def test_a_build_that_cannot_be_read_at_the_start_is_an_error(tmp_path: Path) -> None:
    done = ctxaudit("watch", "nowhere", cwd=tmp_path)
    assert (done.returncode, b"nowhere" in done.stderr) == (2, True)


def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path) -> None:
    hidden = make_tree(tmp_path / "hidden", {"watchfiles.py": "raise ImportError\n"})
    environment = {**os.environ, "PYTHONPATH": os.fspath(hidden)}
    command = [sys.executable, "-m", "ctxaudit", "watch", "."]
    root = make_tree(tmp_path / "app", TREE)
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False)
    assert (done.returncode, b"pipx inject docker-ctxaudit watchfiles" in done.stderr) == (2, True)


def test_a_name_that_is_not_utf_8_ends_nothing(tmp_path: Path) -> None:
    """What watches the directory cannot tell such a name, and says so by an exception of its own."""
    root = make_tree(tmp_path, TREE)
    with watching(root) as watched:
        (root / "src/é".encode("latin-1").decode("utf-8", "surrogateescape")).write_text("bbb")
        assert watched.line() == "sent 5B in 2 files (+3B)"
        assert watched.line().startswith("+ warning[name-not-utf8] src/\\xe9 is not a UTF-8 name")
        assert watched.line() == 'runs again: Dockerfile:2 COPY src /src ("src/\\xe9")'
        # It is watched anew, and the first change may come before that.
        for number in range(LONGEST):
            (root / "src/c.txt").write_text("c" * (number + 1))
            with contextlib.suppress(queue.Empty):
                assert watched._lines.get(timeout=1).startswith("sent ")
                break
        else:
            pytest.fail("no change was seen")


def test_a_directory_that_is_gone_when_it_is_watched_again_is_an_error(tmp_path: Path) -> None:
    from ctxaudit import CtxauditError
    from ctxaudit.cli.watch import _changes, _Watched

    class Gone:
        def watch(self, *places: str, **options: object) -> Iterator[set[tuple[int, str]]]:
            raise FileNotFoundError(places[0])

    watched = _Watched()
    watched.take({"": request(make_tree(tmp_path / "x", TREE))})
    with pytest.raises(CtxauditError, match="x: it is not there any more"):
        list(_changes(Gone(), watched))


def test_a_working_directory_that_is_removed_ends_it_with_an_error(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "context", TREE)
    with watching(root) as watched:
        shutil.rmtree(root)
        lines = [watched.line()]
        while not lines[-1].startswith(("  fix:", "Traceback")):
            lines.append(watched.line())
        assert watched.ended() == 2
    assert lines[-2:] == ["error: the working directory is not there any more", "  fix: change to another directory"]


def test_the_lines_about_a_hostile_name_are_no_commands(tmp_path: Path) -> None:
    root = make_tree(tmp_path, TREE)
    with watching(root) as watched:
        (root / "src/x\n::stop-commands::y").write_text(f"TOKEN={github()}\n")
        lines = [watched.line() for _ in range(3)]
    assert [line.split(" ")[0] for line in lines] == ["sent", "+", "runs"]
    assert "\\n::stop-commands::y" in lines[1]


def test_a_directory_with_a_colon_in_its_name_is_watched(tmp_path: Path) -> None:
    make_tree(tmp_path, {"app/a": "1", "x:y/Dockerfile": "FROM scratch\nCOPY . /\n"})
    build = request(tmp_path / "app", dockerfile=tmp_path / "x:y/Dockerfile")
    assert [*_places(build)] == [str(tmp_path / "app"), str(tmp_path / "x:y")]


def test_a_service_that_comes_with_a_context_elsewhere_is_watched(tmp_path: Path) -> None:
    one, two = "services:\n  one: {build: ../one}\n", "  two: {build: ../two}\n"
    root = make_tree(tmp_path / "app", {"compose.yaml": one})
    for name in ("one", "two"):
        make_tree(tmp_path / name, TREE)
    with watching(
        root, "--compose", "compose.yaml", starts=("sent 2B in 1 file; watching ../one, Ctrl-C ends",)
    ) as watched:
        (root / "compose.yaml").write_text(one + two)
        assert watched.line() == "two: sent 2B in 1 file; watching ../two, Ctrl-C ends"
        time.sleep(1)  # it is watched once the next change or pause has been told
        (tmp_path / "two/src/a.txt").write_text("other")
        assert watched.line() == "two: sent 5B in 1 file (+3B)"
        assert watched.line() == "two: runs again: ../two/Dockerfile:2 COPY src /src (src/a.txt)"
        assert watched.interrupt() == (0, [])


def test_a_directory_that_is_deleted_and_made_again_is_watched_again(tmp_path: Path) -> None:
    dockerfile = "FROM scratch\nCOPY src /src\nCOPY --from=shared . /shared\n"
    root = make_tree(tmp_path / "app", {**TREE, "Dockerfile": dockerfile})
    make_tree(tmp_path / "shared", {"x": "1"})
    with watching(root, "--build-context", "shared=../shared", ".") as watched:
        shutil.rmtree(tmp_path / "shared")
        assert watched.line().startswith("error: failed to get build context shared: ")
        make_tree(tmp_path / "shared", {"x": "1"})
        while watched.line() != "the build can be read again":
            pass
        (tmp_path / "shared/x").write_text("2")
        assert watched.line() == "runs again: Dockerfile:3 COPY --from=shared . /shared (x)"
        assert watched.interrupt() == (0, [])


def test_an_ignore_file_of_another_builder_that_goes_ends_its_target(tmp_path: Path) -> None:
    root = make_tree(tmp_path, {**TREE, ".dockerignore": "", ".containerignore": "notes\n"})
    differs = "Dockerfile:   warning[builders-differ] Podman does not take 1 path that BuildKit does: notes"
    starts = (f"Dockerfile: {START}", differs, f"Dockerfile (Podman): {START}")
    with watching(root, "--builders", "buildkit,podman", ".", starts=starts) as watched:
        (root / ".containerignore").unlink()
        lines = [watched.line() for _ in range(2)]
        assert lines[0].startswith("Dockerfile: - warning[builders-differ] ")
        said = "is no longer audited by itself: it reads the same ignore file, or fails"
        assert lines[1] == f"Dockerfile (Podman): {said}"
        assert watched.interrupt() == (0, [])


def test_a_file_that_is_written_under_another_name_re_runs_the_step(tmp_path: Path) -> None:
    root = make_tree(tmp_path, TREE)
    os.link(root / "src/a.txt", root / "elsewhere")
    with watching(root) as watched:
        (root / "elsewhere").write_text("bb")
        assert watched.line() == "runs again: Dockerfile:2 COPY src /src (src/a.txt)"
        assert watched.interrupt() == (0, [])


def test_a_context_that_is_deleted_and_made_again_is_watched_again(tmp_path: Path) -> None:
    make_tree(tmp_path / "app", TREE)
    start = "sent 2B in 1 file; watching app, Ctrl-C ends"
    with watching(tmp_path, "app", starts=(start,)) as watched:
        shutil.rmtree(tmp_path / "app")
        while not watched.line().startswith("error: unable to prepare context: "):
            pass
        make_tree(tmp_path / "app", TREE)
        while watched.line() != "the build can be read again":
            pass
        time.sleep(1)
        (tmp_path / "app/src/a.txt").write_text("other")
        assert watched.line() == "sent 5B in 1 file (+3B)"
        assert watched.interrupt()[0] == 0
