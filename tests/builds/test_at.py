"""`--at REF` says of a commit what a checkout of it would get, and checks nothing out."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from ctxaudit import CtxauditError, audit, list_context
from ctxaudit.model import BuilderName, Report
from support import ctxaudit as command
from support import git, make_tree

NAMES = st.sampled_from(["a", "b.md", "c/a", "c/d/e", "é", "node_modules/x/package.json", "dist/app.js", ".env"])
LINES = st.lists(st.sampled_from(["*", "!c", "c/d", "**/*.md", "!a", "node_modules", "dist/", "!**/e"]), max_size=4)
DOCKERFILES = st.lists(
    st.sampled_from(["COPY . /", "COPY c /c", "COPY a b.md /", "ADD l /", "RUN --mount=target=/x x"]), max_size=3
)
LINKS = st.dictionaries(st.sampled_from(["l", "c/up"]), st.sampled_from(["a", "c", "../c", "../../out", "/etc"]))


def commit(root: Path, files: dict[str, str | bytes | None]) -> None:
    make_tree(root, files)
    if not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "--allow-empty", "-m", "c")


def plain(report: dict[str, Any]) -> dict[str, Any]:
    """A report without what differs on purpose: the commit, the proposal, where the checkout is."""
    return {**report, "targets": [{**target, "commit": None, "proposal": None} for target in report["targets"]]}


@settings(max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    st.dictionaries(NAMES, st.binary(max_size=40), max_size=6),
    LINKS,
    LINES,
    DOCKERFILES,
    st.sampled_from(["buildkit", "classic"]),
)
@example({"keys/e": b"\xce\xce\xce\xce"}, {}, [], ["COPY . /"], "buildkit")  # a keystore stays in git's history
def test_it_is_the_audit_of_a_checkout(
    files: dict[str, bytes], links: dict[str, str], lines: list[str], instructions: list[str], builder: BuilderName
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, clone = Path(folder) / "r", Path(folder) / "clone"
        make_tree(root, {".dockerignore": ".git\n" + "\n".join(lines), **files})
        make_tree(root, {"Dockerfile": "\n".join(["FROM scratch", *instructions])})
        for path, target in links.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).symlink_to(target)
        commit(root, {})
        git(root, "tag", "v1")
        git(root, "clone", "-q", ".", str(clone))
        commit(root, {"a": "later", "Dockerfile": "FROM scratch\n", ".dockerignore": "later"})
        os.rename(root, f"{root}-moved")
        os.rename(clone, root)
        there = list_context(root, builder=builder), plain(audit(root, builder=builder).to_dict())
        os.rename(root, clone)
        os.rename(f"{root}-moved", root)
        at = list_context(root, builder=builder, at="v1"), plain(audit(root, builder=builder, at="v1").to_dict())
    assert at == there


def test_a_directory_that_is_gone_from_the_disk(tmp_path: Path) -> None:
    commit(tmp_path, {"shop/app.py": "1", "readme": "1"})
    (tmp_path / "shop/app.py").unlink()
    (tmp_path / "shop").rmdir()
    said = command("--at", "HEAD", "shop", cwd=tmp_path)
    assert (said.returncode, said.stdout.decode().startswith("shop: 1B in 1 file")) == (0, True)


PARTIAL: dict[str, str | bytes | None] = {
    "Dockerfile": "FROM scratch\nCOPY . /\n",
    ".dockerignore": "big\n",
    "big/x.bin": b"x" * 5000,
    "app/a": "12345",
}


def partial_clone(root: Path, clone: Path, *, limit: str = "blob:none", bare: bool = False) -> Path:
    """Clone a repository without the content of its files."""
    options = ["--bare"] if bare else ["--no-checkout"]
    git(root, "config", "uploadpack.allowFilter", "true")
    git(root, "clone", "-q", *options, f"--filter={limit}", f"file://{root}", str(clone))
    return clone


def doubts(report: Report) -> list[str]:
    (target,) = report.targets
    return [unknown.what for unknown in target.unknowns]


@pytest.mark.parametrize("bare", [False, True], ids=["with a work tree", "bare"])
def test_of_a_partial_clone_only_what_is_permitted_and_absent_is_unknown(bare: bool, tmp_path: Path) -> None:
    commit(tmp_path / "r", PARTIAL)
    clone = partial_clone(tmp_path / "r", tmp_path / "clone", limit="blob:limit=1000", bare=bare)
    found, whole = audit(clone, at="HEAD"), audit(tmp_path / "r", at="HEAD")
    assert (doubts(found), found.targets[0].sent) == ([], whole.targets[0].sent)
    commit(tmp_path / "r", {".dockerignore": ""})
    later = partial_clone(tmp_path / "r", tmp_path / "later", limit="blob:limit=1000", bare=bare)
    found = audit(later, at="HEAD")
    assert doubts(found) == ["how large big/x.bin is: this clone lacks the content, and 0 is counted"]
    assert found.targets[0].sent.bytes == audit(tmp_path / "r", at="HEAD").targets[0].sent.bytes - 5000


@pytest.mark.parametrize("bare", [False, True], ids=["with a work tree", "bare"])
def test_of_a_clone_without_any_content_the_names_are_known(bare: bool, tmp_path: Path) -> None:
    commit(tmp_path / "r", {**PARTIAL, ".gitattributes": "* text=auto\n"})
    (tmp_path / "r/link").symlink_to("app")
    commit(tmp_path / "r", {})
    clone = partial_clone(tmp_path / "r", tmp_path / "clone", bare=bare)
    found = audit(clone, at="HEAD")
    assert doubts(found) == [
        "what the ignore file excludes: this clone lacks its content",
        "how large .dockerignore is, and 5 more: this clone lacks the content, and 0 is counted",
        "what a checkout does to files: this clone lacks the .gitattributes",
        f"what the build uses: this clone lacks the content of {clone / 'Dockerfile'}",
    ]
    names = [entry.path for entry in list_context(clone, at="HEAD").entries if entry.type != "dir"]
    assert names == [".dockerignore", ".gitattributes", "Dockerfile", "app/a", "big/x.bin", "link"]


@pytest.mark.parametrize("context", ["", "app"])
def test_a_bare_repository_is_like_another(context: str, tmp_path: Path) -> None:
    commit(tmp_path / "r", PARTIAL)
    git(tmp_path, "clone", "-q", "--bare", "r", "bare.git")
    found, other = (audit(tmp_path / name / context, at="HEAD").targets[0] for name in ("bare.git", "r"))
    assert (found.sent, found.permitted) == (other.sent, other.permitted)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "r"
    commit(root, {"svc/Dockerfile": "FROM scratch\nCOPY . /\n", "svc/a": "1", "svc/.dockerignore": "b\n", "svc/b": "2"})
    git(root, "tag", "-a", "-m", "one", "v1")
    git(root, "branch", "old")
    commit(root, {"svc/a": "12345", "svc/.dockerignore": "", "gone/x": "1"})
    git(root, "rm", "-q", "-r", "gone")
    commit(root, {})
    make_tree(root, {"svc/untracked": "x" * 1000})
    return root


@pytest.mark.parametrize(
    ("ref", "sent"),
    [
        pytest.param("v1", {"Dockerfile", "a", ".dockerignore"}, id="an annotated tag"),
        pytest.param("old", {"Dockerfile", "a", ".dockerignore"}, id="a branch"),
        pytest.param("HEAD~2", {"Dockerfile", "a", ".dockerignore"}, id="an expression"),
        pytest.param("HEAD", {"Dockerfile", "a", ".dockerignore", "b"}, id="not what is untracked"),
    ],
)
def test_the_ignore_file_and_the_dockerfile_are_those_of_the_commit(repository: Path, ref: str, sent: set[str]) -> None:
    assert {entry.path for entry in list_context(repository / "svc", at=ref).entries} == sent


def test_a_directory_need_not_be_there_any_more(repository: Path) -> None:
    assert [entry.path for entry in list_context(repository / "gone", at="HEAD~1").entries] == ["x"]


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        pytest.param("nope", "git knows no commit nope", id="no such commit"),
        pytest.param("--upload-pack=x", "git knows no commit --upload-pack=x", id="an option"),
        pytest.param("HEAD:svc", "git knows no commit HEAD:svc", id="a tree"),
        pytest.param("", "git knows no commit ", id="nothing"),
        pytest.param("a\0b", "git knows no commit a\0b", id="a NUL"),
    ],
)
def test_a_ref_that_is_none_is_an_error(repository: Path, ref: str, said: str) -> None:
    with pytest.raises(CtxauditError) as caught:
        list_context(repository / "svc", at=ref)
    assert caught.value.what == said


def test_a_context_that_was_not_there_is_an_error(repository: Path) -> None:
    with pytest.raises(CtxauditError, match="not found"):
        list_context(repository / "gone", at="v1")


def test_a_context_that_is_in_no_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CtxauditError):
        list_context(make_tree(tmp_path, {"a": "1"}), at="HEAD")


def test_a_link_that_leaves_the_repository_leads_to_the_disk(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "r", {"a": "1"})
    make_tree(tmp_path / "out", {"b": "1"})
    (root / "link").symlink_to("../out")
    commit(root, {})
    (root / "link").unlink()
    assert [entry.path for entry in list_context(root / "link", at="HEAD").entries] == ["b"]


def test_a_named_context_is_that_of_the_commit(repository: Path) -> None:
    commit(repository, {"svc/Dockerfile": "FROM scratch\nCOPY --from=old x /\n", "lib/x": "123"})
    make_tree(repository, {"lib/x": "12345"})
    report = audit(repository / "svc", build_contexts={"old": str(repository / "lib")}, at="HEAD")
    assert [(target.context, target.sent.bytes) for target in report.targets][1] == (str(repository / "lib"), 3)


def test_a_bare_repository_has_commits_too(repository: Path, tmp_path: Path) -> None:
    git(repository, "clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    entries = list_context(tmp_path / "bare.git/svc", at="v1", dockerfile=tmp_path / "bare.git/svc/Dockerfile").entries
    assert [entry.path for entry in entries] == [".dockerignore", "Dockerfile", "a"]


def test_a_submodule_whose_commit_is_there_is_that_of_a_checkout(tmp_path: Path) -> None:
    inner, middle, outer = (tmp_path / name for name in ("inner", "middle", "outer"))
    commit(inner, {"x": "1" * 10})
    for root, sub in ((middle, inner), (outer, middle)):
        commit(root, {"own": "1"})
        git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(sub), "d/sub")
        commit(root, {"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": "/.git\n"})
    clone = tmp_path / "clone"
    git(tmp_path, "-c", "protocol.file.allow=always", "clone", "-q", "--recurse-submodules", str(outer), str(clone))
    there, at = list_context(clone), list_context(clone, at="HEAD")
    assert "d/sub/d/sub/x" in {entry.path for entry in at.entries}
    assert at == there


def test_a_submodule_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    commit(tmp_path / "inner", {"x": "1" * 10})
    commit(tmp_path / "outer", {"own": "1"})
    git(
        tmp_path / "outer", "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "inner"), "sub"
    )
    commit(tmp_path / "outer", {"Dockerfile": "FROM scratch\nCOPY . /\n"})
    git(tmp_path, "clone", "-q", str(tmp_path / "outer"), str(tmp_path / "clone"))
    listing = list_context(tmp_path / "clone", at="HEAD")
    assert listing.unknowns[0].what == "what the submodules hold: sub (it is not here)"
    assert [entry.path for entry in listing.entries if entry.path.startswith("sub")] == ["sub"]


@pytest.mark.parametrize("name", ["../../outside", "{absolute}", ""])
def test_a_submodule_s_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    commit(tmp_path / "outside", {"x": "1"})
    git(tmp_path, "clone", "-q", "--bare", "outside", "bare")
    named = name.format(absolute=tmp_path / "bare")
    commit(tmp_path / "outer", {".gitmodules": f'[submodule "{named}"]\n\tpath = sub\n\turl = ../outside\n'})
    head = (tmp_path / "outside/.git/refs/heads/main").read_text()
    git(tmp_path / "outer", "update-index", "--add", "--cacheinfo", f"160000,{head.strip()},sub")
    git(tmp_path / "outer", "commit", "-q", "-m", "s")
    listing = list_context(tmp_path / "outer", at="HEAD")
    assert "sub/x" not in {entry.path for entry in listing.entries}
    assert any("what the submodules hold: sub" in unknown.what for unknown in listing.unknowns)


def test_nothing_of_the_repository_is_run_or_changed(repository: Path, tmp_path: Path) -> None:
    commit(repository, {".gitattributes": "* filter=x\n", "svc/c": "3"})
    ran = tmp_path / "ran"
    for key in ("filter.x.smudge", "filter.x.process", "core.fsmonitor", "core.sshCommand", "diff.external"):
        git(repository, "config", key, f"touch {ran}")
    make_tree(repository / ".git/hooks", {"post-checkout": f"#!/bin/sh\ntouch {ran}\n"})
    (repository / ".git/hooks/post-checkout").chmod(0o755)
    before = {path: path.lstat().st_mtime_ns for path in repository.rglob("*")}
    listing = list_context(repository / "svc", at="HEAD")
    assert [unknown.what for unknown in listing.unknowns] == [
        "what filter=x makes of .dockerignore on a checkout, and of 5 more: counted as git stores it"
    ]
    assert (ran.exists(), before) == (False, {path: path.lstat().st_mtime_ns for path in repository.rglob("*")})


def test_the_text_names_the_commit_and_offers_no_change(repository: Path) -> None:
    commit(
        repository, {"svc/node_modules/x/package.json": "{}", "svc/package.json": "{}", "svc/package-lock.json": "{}"}
    )
    shown = command("svc", "--at", "HEAD", "-v", cwd=repository).stdout.decode()
    head = (repository / ".git/refs/heads/main").read_text()[:12]
    assert f"context svc at {head}" in " ".join(shown.split())
    assert "--diff" not in shown
    answer = command("svc", "--at", "HEAD", "--diff", cwd=repository)
    assert (answer.returncode, answer.stdout) == (2, b"")
    assert b"the files of a commit cannot be changed" in answer.stderr
