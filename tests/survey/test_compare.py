"""What a branch changes in the context, against real repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import ctxaudit
from ctxaudit.model import Amount, Audit, Comparison, Dropped, Location
from support import ctxaudit as command
from support import git, make_tree

FILES = {
    "svc/Dockerfile": "FROM scratch\nCOPY gen /gen\nCOPY . /\n",
    "svc/gen/g": "12",
    "svc/src/a": "1",
    "svc/readme": "12345",
    "other/b": "not in the context",
}


def make_repository(root: Path, files: dict[str, str | bytes | None] | None = None) -> Path:
    """A repository with one commit on main, and the branch work at it."""
    make_tree(root, files or FILES)
    git(root, "init", "-q")
    commit(root, {})
    git(root, "checkout", "-q", "-b", "work")
    return root


def commit(root: Path, files: dict[str, str | bytes | None], *gone: str) -> None:
    make_tree(root, files)
    for name in gone:
        (root / name).unlink()
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", "next")


def audited(context: Path, base: str = "main") -> Audit:
    return ctxaudit.audit(context, base=base).targets[0]


def compared(context: Path, base: str = "main") -> Comparison:
    comparison = audited(context, base).comparison
    assert comparison is not None
    return comparison


def test_both_directions_are_said_with_the_line_that_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_repository(tmp_path / "r"))
    commit(
        tmp_path / "r",
        {
            "svc/new/deep/1": "1" * 100,
            "svc/new/2": "2" * 50,
            "svc/src/a": "1234",
            "svc/.env": "TOKEN=ghp_0123456789abcdefghij0123456789abcdef\n",
            "svc/.dockerignore": "gen\n",
            "other/b": "larger, and not in the context",
        },
        "svc/readme",
    )
    found = compared(Path("svc"))
    assert (found.base and found.base.bytes, found.head and found.head.bytes) == (44, 241)
    assert [(one.path, one.type, one.base, one.head) for one in found.changes] == [
        ("new", "dir", None, Amount(2, 150)),
        (".env", "file", None, Amount(1, 47)),
        ("readme", "file", Amount(1, 5), None),
        (".dockerignore", "file", None, Amount(1, 4)),
        ("src/a", "file", Amount(1, 1), Amount(1, 4)),
        ("gen", "dir", Amount(1, 2), None),
    ]
    assert [(one.path, one.kind) for one in found.changes if one.secret] == [(".env", "secret-dotenv")]
    assert [one.path for one in found.changes if one.volatile] == [".env", ".dockerignore"]
    assert found.changes[0].location == Location("svc/Dockerfile", 3)
    assert {one.path: one.instruction for one in found.changes} == {
        "new": "COPY . /",
        ".env": "COPY . /",
        "readme": "COPY . /",
        ".dockerignore": "COPY . /",
        "src/a": "COPY . /",
        "gen": "COPY gen /gen",
    }
    assert [(one.path, one.excluded_by) for one in found.changes if one.excluded_by] == [
        ("gen", Location("svc/.dockerignore", 1))
    ]
    assert found.dropped == (
        Dropped("gen", Location("svc/Dockerfile", 2), "COPY gen", Location("svc/.dockerignore", 1)),
    )
    assert found.unknowns == ()


def test_what_was_already_dropped_at_base_is_no_change(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {**FILES, "svc/.dockerignore": "gen\n"})
    commit(root, {"svc/src/b": "1"})
    assert compared(root / "svc").dropped == ()


def test_each_side_has_its_own_dockerfile_and_ignore_file(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {**FILES, "svc/.dockerignore": "readme\n"})
    commit(root, {"svc/Dockerfile": "FROM scratch\nCOPY readme /\n"}, "svc/.dockerignore")
    found = compared(root / "svc")
    assert [(one.path, one.growth) for one in found.changes] == [
        ("Dockerfile", -36),
        (".dockerignore", -7),
        ("readme", 5),
        ("gen", -2),
        ("src", -1),
    ]


def test_the_working_tree_does_not_count(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r")
    make_tree(root, {"svc/untracked": "x" * 1000, "svc/src/a": "x" * 1000})
    found = compared(root / "svc")
    assert (found.growth, found.changes) == (0, ())


def test_the_numbers_are_those_of_clean_checkouts(samples: Path, tmp_path: Path) -> None:
    """The transfer, too, to the byte, and what git ls-tree adds up to where the whole tree is sent."""
    root = tmp_path / "r"
    shutil.copytree(samples / "sample_repos/.made/monorepo", root, symlinks=True)
    shutil.rmtree(root / ".git", ignore_errors=True)
    (root / ".dockerignore").unlink(missing_ok=True)
    make_tree(root, {"deep/" + "d" * 200 + "/é\n.txt": "1", "run.sh": "#!"})
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("run.sh")
    git(root, "init", "-q")
    commit(root, {})
    git(root, "checkout", "-q", "-b", "work")
    commit(root, {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    found = compared(root)
    for ref, totals in ((found.base_commit, found.base), (found.head_commit, found.head)):
        clone = tmp_path / ref
        git(tmp_path, "clone", "-q", str(root), str(clone))
        git(clone, "checkout", "-q", ref)
        shutil.rmtree(clone / ".git")
        assert totals == ctxaudit.audit(clone).targets[0].sent
    listed = subprocess.check_output(["git", "ls-tree", "-r", "-l", "-z", "HEAD"], cwd=root).split(b"\0")[:-1]
    sizes = [int(row.split()[3]) for row in listed if not row.startswith(b"120000")]
    assert found.head is not None
    assert (found.head.bytes, found.head.files) == (sum(sizes), len(listed))


def test_a_new_build_grows_from_nothing(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {"readme": "x"})
    commit(root, FILES)
    found = compared(root / "svc")
    assert (found.base, found.growth) == (None, 44)


def test_head_may_be_detached(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r")
    commit(root, {"svc/b": "123"})
    git(root, "checkout", "-q", "--detach")
    assert compared(root / "svc").growth == 3


def test_main_may_have_gone_on(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r")
    commit(root, {"svc/b": "123"})
    git(root, "checkout", "-q", "main")
    commit(root, {"svc/huge": "x" * 9000})
    git(root, "checkout", "-q", "work")
    assert compared(root / "svc").growth == 3


def test_a_file_of_git_lfs_counts_as_its_pointer_says(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {**FILES, ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 123456789\n"
    commit(root, {"svc/model.bin": pointer})
    found = compared(root / "svc")
    assert found.growth == 123_456_789
    assert [unknown.what for unknown in found.unknowns] == [
        "whether a checkout fetches from Git LFS: 1 counted with the size its pointer states"
    ]


def test_a_submodule_is_an_empty_directory_and_said(tmp_path: Path) -> None:
    inner = make_repository(tmp_path / "inner", {"big": "x" * 1000})
    root = make_repository(tmp_path / "r")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "svc/lib")
    commit(root, {})
    found = compared(root / "svc")
    assert (found.growth, [unknown.what for unknown in found.unknowns]) == (0, ["what the submodules hold: lib"])


def test_a_submodule_is_a_repository_of_its_own(tmp_path: Path) -> None:
    inner = make_repository(tmp_path / "inner", {"Dockerfile": "FROM scratch\nCOPY . /\n", "big": "x" * 1000})
    git(inner, "checkout", "-q", "main")
    root = make_repository(tmp_path / "r")
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "lib")
    commit(root / "lib", {"more": "123"})
    assert compared(root / "lib", "HEAD~1").growth == 3


@pytest.mark.parametrize(
    ("base", "said"),
    [
        pytest.param("nope", "git knows no commit nope", id="no such commit"),
        pytest.param("--upload-pack=x", "git knows no commit --upload-pack=x", id="a name that looks like an option"),
        pytest.param("HEAD:svc", "git knows no commit HEAD:svc", id="a tree"),
        pytest.param("a\nb", "git knows no commit a\nb", id="a name with a newline"),
        pytest.param("", "git knows no commit ", id="no name"),
        pytest.param("lonely", "HEAD and lonely have no commit in common", id="another history"),
    ],
)
def test_a_base_that_cannot_be_compared_is_a_sentence(tmp_path: Path, base: str, said: str) -> None:
    root = make_repository(tmp_path / "r")
    git(root, "checkout", "-q", "--orphan", "lonely")
    git(root, "commit", "-q", "-m", "alone")
    git(root, "checkout", "-q", "work")
    audit = audited(root / "svc", base)
    assert audit.comparison is None
    assert [one.what for one in audit.unknowns] == [f"what changed since {base}: {said}"]


def test_a_shallow_clone_says_how_to_fix_it(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r")
    for number in range(3):
        commit(root, {"svc/b": "1" * number})
    git(root, "checkout", "-q", "main")
    commit(root, {"svc/c": "1"})
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", root.as_uri(), "clone")
    git(tmp_path / "clone", "checkout", "-q", "work")
    unknown = audited(tmp_path / "clone/svc", "origin/main").unknowns[-1]
    assert unknown.what == (
        "what changed since origin/main: HEAD and origin/main have no commit in common in this shallow clone"
    )
    assert unknown.settle == "fetch more history: git fetch --unshallow"
    git(tmp_path / "clone", "fetch", "-q", "--unshallow")
    assert compared(tmp_path / "clone/svc", "origin/main").growth == 2


@pytest.mark.parametrize("repository", ["none", "empty", "broken", "without a work tree"])
def test_no_commit_is_a_sentence(tmp_path: Path, repository: str) -> None:
    make_tree(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    if repository != "none":
        git(tmp_path, "init", "-q")
    if repository == "broken":
        (tmp_path / ".git/HEAD").write_bytes(b"\xff\0")
    if repository == "without a work tree":
        git(tmp_path, "config", "core.bare", "true")
    audit = audited(tmp_path)
    assert audit.comparison is None
    assert audit.unknowns[-1].what.startswith("what changed since main: ")


def test_without_git_it_is_a_sentence(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r")
    said = command("svc", "--base", "main", cwd=root, PATH="/nowhere")
    assert b"what changed since main: there is no git program" in b" ".join(said.stdout.split())
    assert said.stderr == b""


def test_a_clone_without_blobs_says_so(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r")
    git(root, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", root.as_uri(), "clone")
    make_tree(tmp_path / "clone/svc", {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    shutil.rmtree(root)
    audit = audited(tmp_path / "clone/svc", "origin/main")
    assert audit.comparison is None
    assert audit.unknowns[-1].what.startswith("what changed since origin/main: ")


def test_what_git_does_not_track_is_a_sentence(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {"readme": "x"})
    make_tree(root, FILES)
    assert audited(root / "svc").unknowns[-1].what == (
        "what changed since main: git tracks neither its context nor its Dockerfile"
    )


def test_nothing_is_checked_out_or_run(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r", {**FILES, ".gitattributes": "* filter=x\n"})
    git(root, "config", "filter.x.smudge", f"touch {tmp_path}/ran")
    git(root, "config", "core.fsmonitor", f"touch {tmp_path}/ran")
    commit(root, {"svc/b": "123"})
    before = sorted(os.listdir(root / ".git"))
    (tmp_path / "ran").unlink(missing_ok=True)
    assert compared(root / "svc").growth == 3
    assert (tmp_path / "ran").exists() is False
    assert sorted(os.listdir(root / ".git")) == before


def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r")
    commit(root, {"svc/a\n\x1b[31mb\udcff\u202e`|<img>.txt": "123"})
    said = command("svc", "--base", "main", cwd=root).stdout
    assert b"\x1b" not in said
    assert b"\\x1b" in said
    report = json.loads(command("svc", "--base", "main", "--format", "json", cwd=root).stdout)
    (change,) = report["targets"][0]["comparison"]["changes"]
    assert (change["path"][:2], "path_b64" in change, change["growth"]) == ("a\n", True, 3)


def test_two_runs_are_the_same_and_the_text_says_it(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "r")
    commit(root, {"svc/b": "1" * 2000, "svc/c": "1"}, "svc/readme")
    first, second = (command("svc", "--base", "main", cwd=root).stdout.decode() for _ in range(2))
    assert first == second
    section = first.partition("Since main")[2].splitlines()[1:5]
    assert section == [
        "  44B in 4 files -> 2.04kB in 5 files (+2.00kB)",
        "  +2.00kB  svc/b       new, svc/Dockerfile:3",
        "      -5B  svc/readme  gone",
        "      +1B  svc/c       new, svc/Dockerfile:3",
    ]


@pytest.mark.parametrize(
    ("words", "base", "said"),
    [
        pytest.param(["svc"], "nope", "error: nothing is compared with nope: git knows no commit nope", id="one build"),
        pytest.param(
            ["--all"], "nope", "error: nothing is compared with nope: git knows no commit nope", id="all builds"
        ),
        pytest.param(["svc", "--format", "json"], "nope", "error: nothing is compared with nope", id="another format"),
        pytest.param(["--all"], "main", "", id="a commit that there is"),
    ],
)
def test_a_base_that_git_does_not_know_fails_the_run(tmp_path: Path, words: list[str], base: str, said: str) -> None:
    root = make_repository(tmp_path / "r")
    answer = command(*words, "--base", base, cwd=root)
    assert (answer.returncode, answer.stderr.decode().startswith(said)) == (2 if said else 0, True)
    assert (answer.stdout != b"", b"fix: fetch it: git fetch origin nope" in answer.stderr) == (True, bool(said))
