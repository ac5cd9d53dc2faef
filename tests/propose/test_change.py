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

from ctxaudit import CtxauditError, audit, list_context
from ctxaudit.builds.request import request
from ctxaudit.files import only_writer
from ctxaudit.ignore.file import BEGIN, without_block
from ctxaudit.proposals import NOT_PROPOSED
from ctxaudit.proposals.change import change, write
from ctxaudit.rules import kinds
from support import as_nobody, ctxaudit, git, here, make_tree, ran, started

COPY_ALL = "FROM scratch\nCOPY . /\n"


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_s_diff_applies_and_leaves_nothing_to_propose(samples: Path, sample: str, tmp_path: Path) -> None:
    root = tmp_path / sample
    shutil.copytree(samples / "sample_repos/.made" / sample, root, symlinks=True)
    needed = change([request(root)]).proposal.proof
    before = {entry.path for entry in list_context(root).entries if entry.type != "dir"}
    found = {finding.path for finding in audit(root).targets[0].findings if finding.kind}
    answer = ctxaudit(".", "--diff", cwd=root)
    if answer.stdout:
        subprocess.run(["git", "apply", "-"], input=answer.stdout, cwd=root, check=True)
    after = {entry.path for entry in list_context(root).entries}
    assert needed.dropped == 0
    assert ctxaudit(".", "--diff", cwd=root).stdout == b""
    assert ctxaudit(".", "--check", "--fail-on", "never", cwd=root).returncode == 0
    lost = before - after
    assert [path for path in lost if not any(path == one or path.startswith(f"{one}/") for one in found)] == []


@pytest.mark.parametrize(
    ("words", "before", "status", "said"),
    [
        pytest.param(["--check"], {}, 1, ".dockerignore: ctxaudit proposes 1 line.\n", id="checked"),
        pytest.param(["--check"], {".dockerignore": "**/node_modules\n"}, 0, "", id="nothing to change"),
        pytest.param(["--write"], {}, 0, "", id="written"),
        pytest.param(
            ["--write", "--exit-1-on-change"],
            {},
            1,
            ".dockerignore: ctxaudit wrote 1 line.\n",
            id="written, and failing",
        ),
    ],
)
def test_a_quiet_command_names_the_file_whose_change_is_its_status(
    words: list[str], before: dict[str, str], status: int, said: str, tmp_path: Path
) -> None:
    files = {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}", "package.json": "{}", **before}
    done = ctxaudit("-q", *words, cwd=make_tree(tmp_path, files))
    assert (done.returncode, done.stdout.decode()) == (status, said)


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


@pytest.mark.parametrize(
    "old",
    [
        pytest.param(None, id="no file yet"),
        pytest.param(b"", id="an empty file"),
        pytest.param(b"*.log\n", id="whole lines"),
        pytest.param(b"*.log", id="a last line without an end"),
        pytest.param(b"*.log\r\n\r\n", id="line ends of Windows"),
        pytest.param(b"\xef\xbb\xbf*.log\n# \xff \xc3\xa9\n", id="a byte order mark, and bytes that are not UTF-8"),
        pytest.param(b"*.log\n# >>> ctxaudit\nold\n# <<< ctxaudit\nlast\n", id="an older block in the middle"),
    ],
)
def test_the_edit_that_is_reported_gives_the_file_that_is_written(tmp_path: Path, old: bytes | None) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}", "a.log": "", ".env": "A=b"})
    if old is not None:
        (tmp_path / ".dockerignore").write_bytes(old)
    found = change([request(tmp_path)])
    edit = found.proposal.edit
    assert edit is not None
    lines = (old or b"").decode("utf-8", "surrogateescape").split("\n")
    start, end = (
        sum(len(line) + 1 for line in lines[: line - 1]) + column - 1 for line, column in (edit.start, edit.end)
    )
    text = "\n".join(lines)
    assert (text[:start] + edit.text + text[end:]).encode("utf-8", "surrogateescape") == found.new
    assert edit.file == os.fspath(tmp_path / ".dockerignore")
    write(found)
    assert change([request(tmp_path)]).proposal.edit is None


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
    proposal = change([request(tmp_path)]).proposal
    assert proposal.patterns == ("**/__pycache__", "**/.env")
    kept = {one.path: one.reason for one in proposal.kept}
    assert set(kept) == {".git", "dist", "keep/.venv", "tracked/id_rsa"}
    assert kept["tracked/id_rsa"].startswith("git tracks it; ")
    assert "names dist/app.js" in kept["dist"]
    assert "git describe" in kept[".git"]
    assert kept["keep/.venv"].endswith("keeps it: !keep/.venv")


def test_a_secret_s_lines_come_last(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".env": "TOKEN=NOT-A-SECRET-0000", "z/__pycache__/x.pyc": "1"})
    make_tree(tmp_path, {"node_modules/.package-lock.json": "{}"})
    assert change([request(tmp_path)]).proposal.patterns == ("**/__pycache__", "**/node_modules", "**/.env")


def test_every_line_is_needed(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".env": "TOKEN=NOT-A-SECRET-0000", "z/__pycache__/x.pyc": "1"})
    make_tree(tmp_path, {"node_modules/.package-lock.json": "{}", "a/node_modules/.package-lock.json": "{}"})
    patterns = change([request(tmp_path)]).proposal.patterns
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
    found = change([request(tmp_path)])
    make_tree(tmp_path, {".dockerignore": "somebody else's\n"})
    with pytest.raises(CtxauditError, match="it changed while it was looked at"):
        write(found)
    assert (tmp_path / ".dockerignore").read_text() == "somebody else's\n"


def test_a_file_that_an_editor_saves_during_the_write_is_left_alone(tmp_path: Path) -> None:
    """The last look is after the new file is on the disk, which takes longest, and before it takes the name."""
    make_tree(tmp_path, {"f": "old"})
    saved: list[str] = []

    def check() -> None:
        saved.extend(sorted(os.listdir(tmp_path)))
        make_tree(tmp_path, {"f": "an editor's"})
        raise CtxauditError("it changed")

    with only_writer(tmp_path / "f", tmp_path) as target, pytest.raises(CtxauditError, match="it changed"):
        target.replace(b"new", check)
    assert (len(saved), (tmp_path / "f").read_text(), os.listdir(tmp_path)) == (2, "an editor's", ["f"])


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


def test_a_link_is_called_by_its_name_and_the_file_that_changes_by_its_own(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "a/node_modules/.package-lock.json": "{}", "ignored": "*.x\n"})
    (tmp_path / ".dockerignore").symlink_to("ignored")
    shown = ctxaudit(".", "--diff", cwd=tmp_path)
    assert shown.stdout.splitlines()[1:3] == [b"--- a/ignored", b"+++ b/ignored"]
    assert shown.stderr.startswith(b".dockerignore, a link to ignored: ctxaudit proposes 1 line.")
    git(tmp_path, "init", "-q")
    written = ctxaudit(".", "--write", cwd=tmp_path)
    assert written.stdout.startswith(b".dockerignore, a link to ignored: ctxaudit wrote 2 lines.")
    assert ctxaudit(".", "--check", "--fail-on", "never", cwd=tmp_path).returncode == 0
    assert (tmp_path / "ignored").read_text() == "*.x\n# >>> ctxaudit\n**/node_modules\n.git\n# <<< ctxaudit\n"


def test_a_link_to_the_file_of_git_is_not_written_to(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "a/node_modules/.package-lock.json": "{}", ".gitignore": "*.x\n"})
    (tmp_path / ".dockerignore").symlink_to(".gitignore")
    what = ".dockerignore: it is a link to .gitignore, and git would ignore what is proposed for the builder"
    fix = "fix: make it a file of its own: rm .dockerignore && cp .gitignore .dockerignore; or use --per-dockerfile"
    for action in ("--write", "--diff", "--check"):
        refused = ctxaudit(".", action, cwd=tmp_path)
        assert (refused.returncode, refused.stdout) == (2, b"")
        assert (what in refused.stderr.decode(), fix in refused.stderr.decode()) == (True, True)
    assert (tmp_path / ".gitignore").read_text() == "*.x\n"
    audited = ctxaudit(".", cwd=tmp_path, columns=400)
    assert "it is a link to .gitignore" in audited.stdout.decode()
    (tmp_path / ".dockerignore").unlink()
    shutil.copy(tmp_path / ".gitignore", tmp_path / ".dockerignore")
    assert ctxaudit(".", "--write", cwd=tmp_path).returncode == 0
    assert ((tmp_path / ".gitignore").read_text(), ctxaudit(".", "--check", cwd=tmp_path).returncode) == ("*.x\n", 0)


def test_a_link_to_the_file_of_git_stays_beside_the_own_file_of_a_dockerfile(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "a/node_modules/.package-lock.json": "{}", ".gitignore": "*.x\n"})
    (tmp_path / ".dockerignore").symlink_to(".gitignore")
    assert ctxaudit(".", "--write", "--per-dockerfile", cwd=tmp_path).returncode == 0
    assert "**/node_modules" in (tmp_path / "Dockerfile.dockerignore").read_text()
    assert (tmp_path / ".gitignore").read_text() == "*.x\n"


NPM = {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}", "a/b.js": "1"}
BLOCK = "# >>> ctxaudit\n{}# <<< ctxaudit\n"


@pytest.mark.parametrize(
    ("ignored", "arguments", "proposed", "wrote"),
    [
        pytest.param("", [], "ctxaudit proposes 1 line", "ctxaudit wrote 1 line", id="a new block"),
        pytest.param(
            BLOCK.format("*.x\n*.y\n"), [], "ctxaudit proposes to add 1 line; its block then has 3 lines",
            "ctxaudit added 1 line; its block now has 3 lines", id="one more line of a block",
        ),
        pytest.param(
            BLOCK.format("*.x\n*.y\na/*.js\n**/node_modules\n") + "!a/b.js\n", ["--prune"],
            "3 lines of ctxaudit's block may go", "3 lines of ctxaudit's block removed", id="lines of a block that go",
        ),
        pytest.param(
            BLOCK.format("*.x\n*.y\n"), ["--prune"],
            "ctxaudit proposes to add 1 line and to remove 2 lines; its block then has 1 line",
            "ctxaudit added 1 line and removed 2 lines; its block now has 1 line", id="one for others",
        ),
    ],
)  # fmt: skip
def test_the_lines_that_change_are_counted(
    tmp_path: Path, ignored: str, arguments: list[str], proposed: str, wrote: str
) -> None:
    make_tree(tmp_path, {**NPM, ".dockerignore": ignored} if ignored else NPM)
    shown = ctxaudit(".", "--diff", *arguments, cwd=tmp_path, columns=200).stderr.decode()
    assert shown.splitlines()[0] == f".dockerignore: {proposed}."
    lines = ctxaudit(".", "--write", *arguments, cwd=tmp_path, columns=200).stdout.decode().splitlines()
    assert lines[0] == f".dockerignore: {wrote}."


def test_a_diff_of_a_file_elsewhere_applies_at_the_top_of_its_work_tree(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "r/c", {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}"})
    git(tmp_path / "r", "init", "-q")
    make_tree(tmp_path, {"here/": None})
    for context in ("../r/c", os.fspath(root)):
        shown = ctxaudit(context, "--diff", cwd=tmp_path / "here")
        assert b"+++ b/c/.dockerignore\n" in shown.stdout
        subprocess.run(["git", "apply", "--check", "-"], input=shown.stdout, cwd=tmp_path / "r", check=True)


PLACES = {
    "the root": (".", "services/billing"),
    "the context": ("services/billing", "."),
    "a directory above the context": ("services", "billing"),
    "a directory whose name git quotes": ('süd "x"', "."),
    "a repository inside another one": ("nested", "c"),
    "outside of a repository inside": (".", "nested/c"),
    "a work tree of its own": ("linked/services/billing", "."),
    "a link to the context": ("link", "."),
}


@pytest.mark.parametrize(("directory", "context"), [pytest.param(*case, id=name) for name, case in PLACES.items()])
def test_a_diff_applies_where_it_was_made(tmp_path: Path, directory: str, context: str) -> None:
    app: dict[str, str | bytes | None] = {"Dockerfile": COPY_ALL, "a.py": "1"}
    for place in ("services/billing", 'süd "x"', "nested/c"):
        make_tree(tmp_path / place, app)
    (tmp_path / "link").symlink_to("services/billing")
    for root in (tmp_path, tmp_path / "nested"):
        git(root, "init", "-q")
        git(root, "add", "--", *(["services", 'süd "x"'] if root == tmp_path else ["c"]))
        git(root, "commit", "-qm", "1")
    git(tmp_path, "worktree", "add", "-q", "linked")
    here = tmp_path / directory
    make_tree(here / context, {"node_modules/.package-lock.json": "{}"})
    shown = ctxaudit(context, "--diff", cwd=here)
    subprocess.run(["git", "apply"], input=shown.stdout, cwd=here, check=True)
    assert "**/node_modules\n" in (here / context / ".dockerignore").read_text()
    assert ctxaudit(context, "--diff", cwd=here).stdout == b""


@pytest.mark.parametrize(("place", "is_said"), [("services/auth", True), (".", False), ("services", True)])
def test_a_diff_of_a_file_above_says_where_git_applies_it(tmp_path: Path, place: str, is_said: bool) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}", "services/auth/a": "1"})
    git(tmp_path, "init", "-q")
    here = tmp_path / place
    top = os.path.relpath(tmp_path, here)
    shown = ctxaudit(top, "--diff", cwd=here)
    assert shown.stderr.decode().endswith(f"so pipe this to: git -C {top} apply\n") == is_said
    subprocess.run(["git", "-C", top, "apply"], input=shown.stdout, cwd=here, check=True)
    assert "**/node_modules\n" in (tmp_path / ".dockerignore").read_text()


@pytest.mark.parametrize("context", [".", "c"])
def test_a_diff_outside_of_any_repository_is_named_from_where_it_was_made(tmp_path: Path, context: str) -> None:
    make_tree(tmp_path / context, {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}"})
    shown = ctxaudit(context, "--diff", cwd=tmp_path)
    subprocess.run(["git", "apply"], input=shown.stdout, cwd=tmp_path, check=True)
    assert (tmp_path / context / ".dockerignore").is_file()


def test_a_directory_that_may_not_be_written_loses_nothing() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = make_tree(Path(folder) / "c", {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}"})
        make_tree(root, {".dockerignore": "a\n"})
        answer = as_nobody(os.fspath(root), "--write")
        assert (answer.status, "it cannot be written: permission denied; it was not changed" in answer.stderr) == (
            2,
            True,
        )
        assert (root / ".dockerignore").read_text() == "a\n"
        assert sorted(os.listdir(root)) == [".dockerignore", "Dockerfile", "node_modules"]


FULL = """
import resource, sys
from pathlib import Path
from ctxaudit.errors import CtxauditError
from ctxaudit.files import replace_file
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
    assert said.stdout.endswith("it was not changed\n")
    assert ((tmp_path / "f").read_text(), os.listdir(tmp_path)) == ("old", ["f"])


FOREVER = """
import sys
from pathlib import Path
from ctxaudit.files import replace_file
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        replace_file(Path(sys.argv[1]), letter * 100_000, Path(sys.argv[1]).parent)
"""


@pytest.mark.usefixtures("unmeasured")
def test_killed_at_any_moment_the_file_is_one_or_the_other(tmp_path: Path) -> None:
    make_tree(tmp_path, {"f": "a" * 100_000})
    for delay in range(12):
        child = started(tmp_path / "f", program=FOREVER, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(delay / 500)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert (tmp_path / "f").read_bytes() in (b"a" * 100_000, b"b" * 100_000)


STEPS = """
import os, signal, sys
from pathlib import Path
from ctxaudit.files import replace_file

left = int(sys.argv[2])

def counted(name, call):
    def step(*arguments, **options):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*arguments, **options)
    return step

for name in ("open", "stat", "fchown", "fchmod", "fsync", "replace", "unlink", "close"):
    setattr(os, name, counted(name, getattr(os, name)))
replace_file(Path(sys.argv[1]), b"new" * 1000, Path(sys.argv[1]).parent)
os._exit(0)
"""


@pytest.mark.usefixtures("unmeasured")
def test_killed_before_any_step_of_a_write_the_file_is_the_old_or_the_new(tmp_path: Path) -> None:
    seen = []
    for step in range(100):
        (tmp_path / "f").write_bytes(b"old")
        child = ran(tmp_path / "f", str(step), program=STEPS)
        seen.append(((tmp_path / "f").read_bytes(), child.returncode))
        if child.returncode == 0:
            break
    assert seen[0] == (b"old", -signal.SIGKILL)
    assert seen[-1] == (b"new" * 1000, 0)
    assert {data for data, _ in seen} == {b"old", b"new" * 1000}
    assert len(seen) > 8  # the directory, the old file, the new one, its owner, mode and bytes, the swap, the sync


def test_what_a_wildcard_pulls_in_through_a_link_stays(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY conf/*.yml /\n", "conf/a.yml": "1", "data/": None})
    with (tmp_path / "data/big.bin").open("wb") as file:
        file.truncate(60 * 1024 * 1024)
    (tmp_path / "conf/z.yml").symlink_to("../data/big.bin")
    proposal = change([request(tmp_path)]).proposal
    assert (proposal.patterns, [one.path for one in proposal.kept]) == ((), ["data/big.bin"])


def test_a_veto_counts_only_for_the_kinds_that_name_it(tmp_path: Path) -> None:
    """package.json names dist/ as what is published: that is output all the same, and the image builds its own."""
    files = {"package.json": '{"files": ["dist"]}', "dist/app.js": "1", ".gitignore": "dist\n", "Dockerfile": COPY_ALL}
    git(make_tree(tmp_path, files), "init", "-q")
    assert change([request(tmp_path)]).proposal.patterns == ("**/dist", ".git")


def test_a_block_alone_keeps_its_line_ends(tmp_path: Path) -> None:
    """As git checks it out on Windows."""
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}"})
    make_tree(tmp_path, {".dockerignore": "# >>> ctxaudit\r\n**/node_modules\r\n# <<< ctxaudit\r\n"})
    assert change([request(tmp_path)]).is_none


def test_an_ignore_file_beside_a_dockerfile_out_of_the_context_is_written(tmp_path: Path) -> None:
    make_tree(tmp_path / "c", {"node_modules/.package-lock.json": "{}"})
    make_tree(tmp_path / "docker", {"Dockerfile": COPY_ALL, "Dockerfile.dockerignore": "x\n"})
    assert ctxaudit("c", "-f", "docker/Dockerfile", "--write", cwd=tmp_path).returncode == 0
    assert "**/node_modules" in (tmp_path / "docker/Dockerfile.dockerignore").read_text()


def test_broken_markers_are_an_error_at_their_line(tmp_path: Path) -> None:
    make_tree(tmp_path, {"app.Dockerfile": COPY_ALL, "app.Dockerfile.dockerignore": "x\n# >>> ctxaudit\ny\n"})
    answer = ctxaudit(".", "-f", "app.Dockerfile", "--diff", cwd=tmp_path)
    assert (answer.returncode, b"app.Dockerfile.dockerignore:2: " in answer.stderr) == (2, True)


def test_a_family_takes_nothing_along_that_is_not_worth_a_line(tmp_path: Path) -> None:
    """`.git*` would be shorter than `.git`, `.gitlab/x` and the like, and would take the workflows with it."""
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, ".github/workflows/x.yml": "on: push\n", "main.c": "1"})
    git(tmp_path, "init", "-q")
    assert change([request(tmp_path)]).proposal.patterns == (".git",)


def test_what_is_not_proposed_is_named_by_categories_that_there_are() -> None:
    assert {kind.category for kind in kinds.ALL} > NOT_PROPOSED


def test_an_ignore_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}"})
    (tmp_path / ".dockerignore").symlink_to("nowhere")
    answer = ctxaudit(".", "--write", cwd=tmp_path)
    assert (answer.returncode, b".dockerignore: it is there and cannot be read" in answer.stderr) == (2, True)
    assert os.readlink(tmp_path / ".dockerignore") == "nowhere"


def test_nor_is_one_of_another_mode() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = make_tree(Path(folder) / "c", {"Dockerfile": COPY_ALL, "node_modules/.package-lock.json": "{}"})
        make_tree(root, {".dockerignore": "mine\n"})
        root.chmod(0o777)
        (root / ".dockerignore").chmod(0)
        assert as_nobody(os.fspath(root), "--write").status == 2
        assert (root / ".dockerignore").read_text() == "mine\n"


def test_an_audit_stands_where_no_change_can_be_proposed(tmp_path: Path) -> None:
    make_tree(tmp_path, {"Dockerfile": COPY_ALL, "a": "1", ".dockerignore": "# >>> ctxaudit\nx\n"})
    (target,) = audit(tmp_path, propose=True).targets
    assert (target.sent.files, target.proposal) == (3, None)
    assert ["do not make one block" in unknown.what for unknown in target.unknowns] == [True]


@pytest.mark.parametrize(
    ("options", "settings", "said"),
    [
        pytest.param(
            ["--always-ignore", "data"],
            "",
            "hint: the next command does not know --always-ignore of this one: set always-ignore in ctxaudit.toml\n",
            id="a line that a command asks for",
        ),
        pytest.param(
            ["--keep", "data", "--always-ignore", "x"],
            "",
            "hint: the next command does not know --keep and --always-ignore of this one: set keep and always-ignore in"
            " ctxaudit.toml\n",
            id="what a command keeps, too",
        ),
        pytest.param([], 'always-ignore = ["data"]\n', "", id="a line of the project's"),
    ],
)
def test_what_the_next_command_does_not_know_is_said(
    options: list[str], settings: str, said: str, tmp_path: Path
) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n", "data/a": "1", "ctxaudit.toml": settings})
    assert here(str(tmp_path), "--write", *options).stderr == said
