"""The proposal as its users have it: shown, applied, written, looked at again; and what may go wrong on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from golden import SAMPLES
from hypothesis import given
from hypothesis import strategies as st

from ctxaudit import CtxauditError, audit, list_context
from ctxaudit.change import change, write
from ctxaudit.requests.dockerfile import request
from ctxaudit.write import BEGIN, replace_file, unified_diff, with_block, without_block
from support import as_nobody, ctxaudit, git, make_tree

COPY_ALL = "FROM scratch\nCOPY . /\n"
PATTERNS = st.lists(st.sampled_from(["a", "**/b", "!c", "d e", "é"]), max_size=4)
LINES = st.lists(st.sampled_from([b"a", b"# c", b"", b"\xef\xbb\xbfx", b"!y", b"\xff", b" z "]), max_size=5)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_s_diff_applies_and_leaves_nothing_to_propose(samples: Path, sample: str, tmp_path: Path) -> None:
    root = tmp_path / sample
    shutil.copytree(samples / "sample_repos/.made" / sample, root, symlinks=True)
    needed = change(request(root)).proposal.proof
    before = {entry.path for entry in list_context(root).entries if entry.type != "dir"}
    found = {finding.path for finding in audit(root).targets[0].findings if finding.kind}
    answer = ctxaudit(".", "--diff", cwd=root)
    if answer.stdout:
        subprocess.run(["git", "apply", "-"], input=answer.stdout, cwd=root, check=True)
    after = {entry.path for entry in list_context(root).entries}
    assert needed.dropped == 0
    assert ctxaudit(".", "--diff", cwd=root).stdout == b""
    assert ctxaudit(".", "--check", cwd=root).returncode == 0
    lost = before - after
    assert [path for path in lost if not any(path == one or path.startswith(f"{one}/") for one in found)] == []


def test_writing_twice_leaves_one_block_and_the_same_bytes(tmp_path: Path) -> None:
    files = {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}", ".dockerignore": b"# mine\r\n*.log"}
    make_tree(tmp_path, files)
    (tmp_path / ".dockerignore").chmod(0o600)
    assert ctxaudit(".", "--check", cwd=tmp_path).returncode == 1
    assert ctxaudit(".", "--write", "--exit-1-on-change", cwd=tmp_path).returncode == 1
    once = (tmp_path / ".dockerignore").read_bytes()
    assert ctxaudit(".", "--write", "--exit-1-on-change", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".dockerignore").read_bytes() == once
    assert once.startswith(b"# mine\r\n*.log\r\n")
    assert (once.count(BEGIN.encode()), b"**/node_modules\r\n" in once) == (1, True)
    assert without_block(once) == b"# mine\r\n*.log"
    assert (tmp_path / ".dockerignore").stat().st_mode & 0o777 == 0o600


def test_what_the_build_may_need_stays_with_its_reason(tmp_path: Path) -> None:
    make_tree(
        tmp_path,
        {
            "Dockerfile": "FROM scratch\nCOPY . /\nCOPY dist/app.js /app.js\nRUN git describe\n",
            ".dockerignore": "keep/*\n!keep/.venv\n",
            ".gitignore": "dist\n.env\n",
            "package.json": "{}",
            "dist/app.js": "1",
            "tracked/id_rsa": "-----BEGIN OPENSSH PRIVATE KEY-----\nNOT-A-KEY\n",
            "keep/.venv/pyvenv.cfg": "home = /",
            "a/__pycache__/x.pyc": "1",
            ".env": "TOKEN=NOT-A-SECRET-0000",
        },
    )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "tracked")
    proposal = change(request(tmp_path)).proposal
    assert proposal.patterns == ("**/__pycache__", "**/.env")
    kept = {one.path: one.reason for one in proposal.kept}
    assert set(kept) == {".git", "dist", "keep/.venv", "tracked/id_rsa"}
    assert kept["tracked/id_rsa"] == "git tracks it"
    assert "names dist/app.js" in kept["dist"]
    assert "git describe" in kept[".git"]
    assert kept["keep/.venv"].endswith("keeps it: !keep/.venv")


def test_a_secret_s_lines_come_last(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".env": "TOKEN=NOT-A-SECRET-0000", "z/__pycache__/x.pyc": "1"})
    make_tree(tmp_path, {"node_modules/.package-lock.json": "{}"})
    assert change(request(tmp_path)).proposal.patterns == ("**/__pycache__", "**/node_modules", "**/.env")


def test_every_line_is_needed(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".env": "TOKEN=NOT-A-SECRET-0000", "z/__pycache__/x.pyc": "1"})
    make_tree(tmp_path, {"node_modules/.package-lock.json": "{}", "a/node_modules/.package-lock.json": "{}"})
    patterns = change(request(tmp_path)).proposal.patterns
    least = len(list_context(with_lines(tmp_path, patterns)).entries)
    for at in range(len(patterns)):
        fewer = patterns[:at] + patterns[at + 1 :]
        assert len(list_context(with_lines(tmp_path, fewer)).entries) > least


def with_lines(root: Path, patterns: tuple[str, ...]) -> Path:
    (root / ".dockerignore").write_text("".join(f"{pattern}\n" for pattern in patterns))
    return root


def test_the_file_that_the_build_reads_is_the_one_that_is_written(tmp_path: Path) -> None:
    make_tree(tmp_path, {"app.Dockerfile": COPY_ALL, "app.Dockerfile.dockerignore": "x\n", ".dockerignore": "y\n"})
    make_tree(tmp_path, {"node_modules/.package-lock.json": "{}"})
    assert ctxaudit(".", "-f", "app.Dockerfile", "--write", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".dockerignore").read_text() == "y\n"
    assert "**/node_modules" in (tmp_path / "app.Dockerfile.dockerignore").read_text()


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}", ".dockerignore": "a\n"})
    build = request(tmp_path)
    found = change(build)
    make_tree(tmp_path, {".dockerignore": "somebody else's\n"})
    with pytest.raises(CtxauditError, match="it changed while it was looked at"):
        write(build, found)
    assert (tmp_path / ".dockerignore").read_text() == "somebody else's\n"


def test_a_link_inside_is_followed_and_one_that_leaves_is_refused(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "c", {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}", "ig": "x\n"})
    (root / ".dockerignore").symlink_to("ig")
    assert ctxaudit(".", "--write", cwd=root).returncode == 0
    assert "**/node_modules" in (root / "ig").read_text()
    assert (root / ".dockerignore").is_symlink()
    make_tree(tmp_path, {"outside": "keep me\n"})
    (root / ".dockerignore").unlink()
    (root / ".dockerignore").symlink_to("../outside")
    answer = ctxaudit(".", "--write", "--builder", "classic", cwd=root)
    assert (answer.returncode, b"out of the context" in answer.stderr) == (2, True)
    assert (tmp_path / "outside").read_text() == "keep me\n"


def test_a_directory_that_may_not_be_written_loses_nothing() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = make_tree(Path(folder) / "c", {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}"})
        make_tree(root, {".dockerignore": "a\n"})
        answer = as_nobody(os.fspath(root), "--write")
        assert (answer.status, "it cannot be written: permission denied; nothing was changed" in answer.stderr) == (
            2,
            True,
        )
        assert (root / ".dockerignore").read_text() == "a\n"
        assert sorted(os.listdir(root)) == [".dockerignore", "Dockerfile", "node_modules"]


FULL = """
import resource, sys
from pathlib import Path
from ctxaudit.errors import CtxauditError
from ctxaudit.write import replace_file
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    replace_file(Path(sys.argv[1]), b"x" * 1000, Path(sys.argv[1]).parent)
except CtxauditError as error:
    print(error.what)
"""


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    make_tree(tmp_path, {"f": "old"})
    said = subprocess.run([sys.executable, "-c", FULL, tmp_path / "f"], capture_output=True, text=True, check=True)
    assert said.stdout.endswith("nothing was changed\n")
    assert ((tmp_path / "f").read_text(), os.listdir(tmp_path)) == ("old", ["f"])


FOREVER = """
import sys
from pathlib import Path
from ctxaudit.write import replace_file
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        replace_file(Path(sys.argv[1]), letter * 100_000, Path(sys.argv[1]).parent)
"""


def test_killed_at_any_moment_the_file_is_one_or_the_other(tmp_path: Path) -> None:
    make_tree(tmp_path, {"f": "a" * 100_000})
    for delay in range(12):
        child = subprocess.Popen([sys.executable, "-c", FOREVER, tmp_path / "f"], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(delay / 500)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert (tmp_path / "f").read_bytes() in (b"a" * 100_000, b"b" * 100_000)


@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), PATTERNS)
def test_the_block_goes_in_and_out_without_a_trace(
    lines: list[bytes], end: bytes, ended: bool, patterns: list[str]
) -> None:
    data = end.join(lines) + end * (ended and bool(lines))
    written = with_block(data, patterns)
    assert without_block(written) == data
    assert with_block(written, patterns) == written
    assert written.startswith(data)


def test_lines_below_the_block_stay_and_the_block_moves_to_the_end() -> None:
    written = with_block(b"a\n", ["x"]) + b"mine\n"
    assert with_block(written, ["y"]) == b"a\nmine\n# >>> ctxaudit\ny\n# <<< ctxaudit\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"# >>> ctxaudit\nx\n", id="a block without an end"),
        pytest.param(b"# <<< ctxaudit\n# >>> ctxaudit\n", id="the markers the wrong way round"),
        pytest.param(with_block(b"", ["x"]) * 2, id="two blocks"),
    ],
)
def test_markers_that_make_no_block_are_refused(data: bytes) -> None:
    with pytest.raises(CtxauditError, match="do not make one block"):
        without_block(data)


@pytest.mark.parametrize("pattern", ["#x", " x", "x ", "a\nb", "\x1b"])
def test_what_no_line_can_mean_is_not_written(pattern: str) -> None:
    with pytest.raises(ValueError, match="no line of an ignore file"):
        with_block(b"", [pattern])


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param("f", b"a\nb\n", b"a\nb\nc\n", id="a line more"),
        pytest.param("f", b"a\nb", b"a\nb\nc\n", id="no end at the end before"),
        pytest.param("f", b"a\r\nb\r\n", b"a\r\nc\r\n", id="carriage returns"),
        pytest.param("f", None, b"a\n", id="a new file"),
        pytest.param("sub/f", None, b"a", id="a new file without an end, in a directory"),
        pytest.param('o"d\té', b"a\n", b"b\n", id="a name that needs quotes"),
    ],
)
def test_git_applies_the_diff(name: str, old: bytes | None, new: bytes, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    if old is not None:
        make_tree(tmp_path, {name: old})
    diff = unified_diff(name, old, new)
    subprocess.run(["git", "apply", "-"], input=diff, cwd=tmp_path, check=True)
    assert (tmp_path / name).read_bytes() == new


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f")
    with pytest.raises(CtxauditError, match="no regular file"):
        replace_file(tmp_path / "f", b"x", tmp_path)


def test_what_a_wildcard_pulls_in_through_a_link_stays(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY conf/*.yml /\n", "conf/a.yml": "1", "data/": None})
    with (tmp_path / "data/big.bin").open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    (tmp_path / "conf/z.yml").symlink_to("../data/big.bin")
    proposal = change(request(tmp_path)).proposal
    assert (proposal.patterns, [one.path for one in proposal.kept]) == ((), ["data/big.bin"])


def test_a_veto_counts_only_for_the_kinds_that_name_it(tmp_path: Path) -> None:
    """package.json names dist/ as what is published: that is output all the same, and the image builds its own."""
    files = {"package.json": '{"files": ["dist"]}', "dist/app.js": "1", ".gitignore": "dist\n", "Dockerfile": COPY_ALL}
    git(make_tree(tmp_path, files), "init", "-q")
    assert change(request(tmp_path)).proposal.patterns == ("dist", ".git")
