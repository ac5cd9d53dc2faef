"""Proposals as a pull request: what the forge is asked, and that there is one of each, whatever happened before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from git_server import serving

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import pulls
from ctxaudit.fleet.branch import TITLE, Proposed
from fleet import generated
from fleet.forge import TOKEN, Forge, add, serving_api
from fleet.forked import installed

NEW = b"# >>> ctxaudit\n.git\n# <<< ctxaudit\n"
DIFF = """\
--- /dev/null
+++ b/.dockerignore
@@ -0,0 +1,3 @@
+# >>> ctxaudit
+.git
+# <<< ctxaudit
"""
WRITES = {
    "github": ["POST"] * 5,  # a blob, a tree, a commit, a ref, a pull request
    "gitlab": ["POST"] * 2,  # a commit, a merge request
}
AGAIN = {"github": ["POST"] * 3 + ["PATCH"] * 2, "gitlab": ["POST", "PUT"]}
pytestmark = pytest.mark.parametrize("kind", ["github", "gitlab"])


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    root = tmp_path / "root"
    with serving_api(root, {"o/x": add(root, "o/x", generated.GOOD[0](0))}) as server:
        for variable in ("GITHUB_API_URL", "CI_API_V4_URL"):
            monkeypatch.setenv(variable, server.url)
        for variable in ("GITHUB_TOKEN", "CTXAUDIT_GITLAB_TOKEN"):
            monkeypatch.setenv(variable, TOKEN)
        yield server


def of(api: Forge, kind: str, diff: str = DIFF) -> Proposed:
    """The proposal at the commit that is the head now."""
    return Proposed("o/x", kind, "", git(api, "rev-parse", "main"), (".dockerignore",), (diff,), 1_000)


def git(api: Forge, *arguments: str) -> str:
    return generated.git(api.root / "o/x.git", *arguments).decode().strip()


def put(api: Forge, one: Proposed, *, write: bool = True) -> tuple[str, list[str]]:
    """Put it, and give what is said and which writes were sent."""
    api.methods.clear()
    said = pulls.put(one, "trim", write=write)
    return said, [method for method in api.methods if method != "GET"]


def test_a_dry_run_writes_nothing(kind: str, api: Forge) -> None:
    said = "o/x: 1 file on trim: a pull request would be opened; --write does so"
    assert put(api, of(api, kind), write=False) == (said, [])
    assert (api.pulls, git(api, "branch", "--list", "trim")) == ([], "")


def test_it_is_one_commit_and_one_request_and_never_two(kind: str, api: Forge) -> None:
    assert put(api, of(api, kind)) == ("o/x: 1 file on trim: #1 is opened", WRITES[kind])
    assert git(api, "diff", "--name-status", "main", "trim") == "A\t.dockerignore"
    assert git(api, "show", "trim:.dockerignore").encode() + b"\n" == NEW
    (pull,) = api.pulls
    into = pull["base"]["ref"] if kind == "github" else pull["target_branch"]
    assert (pull["title"], into) == (TITLE, "main")
    assert "`.dockerignore`" in (pull.get("body") or pull["description"])
    assert put(api, of(api, kind)) == ("o/x: #1 has the proposals already", [])
    assert len(api.pulls) == 1


def test_it_is_updated_in_place_at_another_commit(kind: str, api: Forge) -> None:
    put(api, of(api, kind))
    generated.commit(api.root / "o/x.git", {**generated.GOOD[0](3), ".dockerignore": b"*.md\n"}, "more")
    diff = "--- a/.dockerignore\n+++ b/.dockerignore\n@@ -1 +1,2 @@\n *.md\n+.git\n"
    assert put(api, of(api, kind, diff)) == ("o/x: 1 file on trim: #1 is updated", AGAIN[kind])
    assert git(api, "rev-list", "--count", "main..trim") == "1"
    assert git(api, "show", "trim:.dockerignore") == "*.md\n.git"
    assert len(api.pulls) == 1
    assert put(api, of(api, kind, diff)) == ("o/x: #1 has the proposals already", [])


def test_a_run_that_ended_before_the_request_is_gone_on_with(kind: str, api: Forge) -> None:
    put(api, of(api, kind))
    before = git(api, "rev-parse", "trim")
    api.pulls.clear()
    assert put(api, of(api, kind)) == ("o/x: 1 file on trim: #1 is opened", ["POST"])
    assert git(api, "rev-parse", "trim") == before


def test_what_was_declined_is_not_proposed_again(kind: str, api: Forge) -> None:
    put(api, of(api, kind))
    api.pulls[0]["state"] = "closed"
    assert put(api, of(api, kind)) == ("o/x: the same proposals were declined: #1 is closed", [])
    generated.commit(api.root / "o/x.git", generated.GOOD[0](3), "more")
    assert put(api, of(api, kind)) == ("o/x: the same proposals were declined: #1 is closed", [])
    other = DIFF.replace("+.git\n", "+.git\n+docs\n").replace("+1,3", "+1,4")
    assert put(api, of(api, kind, other))[0] == "o/x: 1 file on trim: #2 is opened"


def more(api: Forge) -> None:
    """Commit something to the main branch that the proposal does not touch."""
    generated.commit(api.root / "o/x.git", generated.GOOD[0](3), "more")


def text_of(api: Forge) -> str:
    return str(api.pulls[0].get("body") or api.pulls[0]["description"])


def test_a_text_that_somebody_wrote_stays_and_the_branch_is_updated(kind: str, api: Forge) -> None:
    put(api, of(api, kind))
    api.pulls[0].update(title="mine", body="my words", description="my words")
    assert put(api, of(api, kind)) == ("o/x: #1 has the proposals already", [])
    more(api)
    said = "o/x: 1 file on trim: #1 is updated, with the text that somebody gave it"
    assert put(api, of(api, kind)) == (said, AGAIN[kind][:-1])
    assert (api.pulls[0]["title"], text_of(api)) == ("mine", "my words")


def test_a_request_for_another_branch_than_the_main_one_is_somebodys_own(kind: str, api: Forge) -> None:
    put(api, of(api, kind))
    api.pulls[0].update(base={"ref": "release"}, target_branch="release")
    before = text_of(api)
    assert put(api, of(api, kind))[0] == "o/x: 1 file on trim: #2 is opened"
    assert text_of(api) == before


def test_a_branch_that_somebody_moves_meanwhile_is_left_alone(kind: str, api: Forge) -> None:
    put(api, of(api, kind))
    more(api)
    theirs = git(api, "rev-parse", "main")

    def moved(body: object) -> object:
        git(api, "update-ref", "refs/heads/trim", theirs)
        return body

    api.changed_below = {"/git/commits" if kind == "github" else "/merge_requests": moved}
    with pytest.raises(CtxauditError, match="the branch trim moved meanwhile"):
        put(api, of(api, kind))
    assert git(api, "rev-parse", "trim") == theirs


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda body: {**body, "content": ""}, id="none"),
        pytest.param(lambda body: {**body, "content": "", "encoding": "none"}, id="none, as of a file of 2 MB"),
        pytest.param(lambda body: {**body, "content": "KgoK"}, id="another one"),
        pytest.param(lambda body: {**body, "sha": "x", "blob_id": "x"}, id="one of an object without a name"),
    ],
)
def test_a_content_that_is_not_the_files_is_not_changed(
    kind: str, change: Callable[[dict[str, object]], object], api: Forge
) -> None:
    generated.commit(api.root / "o/x.git", {**generated.GOOD[0](3), ".dockerignore": b"*\n"}, "more")
    diff = "--- a/.dockerignore\n+++ b/.dockerignore\n@@ -0,0 +1 @@\n+.git\n"
    api.changed_below = {"dockerignore": change}  # type: ignore[dict-item]
    with pytest.raises(CtxauditError, match="the forge gives another content than that of the object"):
        put(api, of(api, kind, diff))
    assert [method for method in api.methods if method != "GET"] == []


@pytest.mark.parametrize("name", [None, "", "x", 5, [], "../../o/y"])
def test_a_tree_or_commit_without_a_name_is_not_built_upon(kind: str, name: object, api: Forge) -> None:
    """GitHub takes a tree without a base for one with these files alone."""
    api.changed_below = {
        "/git/commits/": lambda body: {**body, "tree": {"sha": name}},  # type: ignore[dict-item]
        "/projects/o%2Fx/repository/commits": lambda body: {"id": name},
    }
    with pytest.raises(CtxauditError, match="the forge names no"):
        put(api, of(api, kind))
    assert api.pulls == []
    assert not (kind == "github" and git(api, "branch", "--list", "trim"))


@pytest.mark.parametrize("name", [None, "", 5])
def test_a_repository_without_a_main_branch_gets_no_request(kind: str, name: object, api: Forge) -> None:
    api.changed_below = {"/": lambda body: {**body, "default_branch": name} if "default_branch" in body else body}  # type: ignore[operator, dict-item]
    with pytest.raises(CtxauditError, match="the forge names no main branch"):
        put(api, of(api, kind))
    assert (api.pulls, git(api, "branch", "--list", "trim")) == ([], "")


def test_a_second_run_at_the_same_time_opens_no_second_request(kind: str, api: Forge) -> None:
    one = of(api, kind)

    def other(body: object) -> object:
        api.changed_below.clear()
        assert pulls.put(one, "trim", write=True) == "o/x: 1 file on trim: #1 is opened"
        return body

    api.changed_below = {"/pulls" if kind == "github" else "/merge_requests": other}
    with pytest.raises(CtxauditError, match="HTTP 4"):
        put(api, one)
    assert len(api.pulls) == 1
    assert put(api, one) == ("o/x: #1 has the proposals already", [])


@pytest.mark.parametrize("below", ["/branches/", "/git/ref/heads/", "dockerignore"])
def test_an_answer_that_is_none_is_not_the_lack_of_a_thing(kind: str, below: str, api: Forge) -> None:
    api.changed_below = {below: lambda body: None}
    generated.commit(api.root / "o/x.git", {**generated.GOOD[0](3), ".dockerignore": b""}, "more")
    with pytest.raises(CtxauditError):
        put(api, of(api, kind))
    assert [method for method in api.methods if method != "GET"] == []


@pytest.mark.parametrize("branch", ["%2e%2e/x", "x&y=z#1", "\u202e", "a/\u00e4"], ids=ascii)
def test_a_branch_has_any_name_that_git_takes(kind: str, branch: str, api: Forge) -> None:
    assert pulls.put(of(api, kind), branch, write=True) == f"o/x: 1 file on {branch}: #1 is opened"


def test_a_branch_that_no_forge_can_name_is_refused(kind: str, api: Forge) -> None:
    with pytest.raises(CtxauditError, match="it is not UTF-8"):
        pulls.put(of(api, kind), "trim\udcff", write=True)
    assert api.asked == []


@pytest.mark.parametrize("branch", ["trim", "main"])
def test_a_branch_of_somebody_else_is_left_alone(kind: str, branch: str, api: Forge) -> None:
    git(api, "update-ref", "refs/heads/trim", "main")
    before = git(api, "for-each-ref")
    with pytest.raises(CtxauditError, match=f"the branch {branch} is not ctxaudit's"):
        pulls.put(of(api, kind), branch, write=True)
    assert (git(api, "for-each-ref"), api.pulls) == (before, [])


def test_the_main_branch_is_left_alone_after_the_proposal_was_merged(kind: str, api: Forge) -> None:
    put(api, of(api, kind))
    git(api, "update-ref", "refs/heads/main", "trim")
    with pytest.raises(CtxauditError, match="the branch main is not ctxaudit's"):
        pulls.put(of(api, kind), "main", write=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"files": ("src/a.py",)}, "not an ignore file", id="a file of the project's own"),
        pytest.param({"diffs": (DIFF.replace(".dockerignore", "x.py"),)}, "another file than it names", id="another"),
        pytest.param({"name": "o/../x"}, "names no commit or no repository", id="a name with steps"),
        pytest.param({"name": "o/x?ref=1"}, "names no commit or no repository", id="a name that is no path"),
        pytest.param({"commit": "main"}, "names no commit or no repository", id="a commit by name"),
        pytest.param({"kind": "ftp"}, "names no commit or no repository", id="a forge that is none"),
    ],
)
def test_what_only_another_wrote_into_the_ledger_is_refused(
    kind: str, change: dict[str, object], said: str, api: Forge
) -> None:
    with pytest.raises(CtxauditError, match=said):
        put(api, replace(of(api, kind), **change))  # type: ignore[arg-type]
    assert ("POST" in api.methods, api.pulls) == (False, [])


def test_no_token_is_said_before_anything_is_sent(kind: str, api: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GITHUB_TOKEN", "CTXAUDIT_GITLAB_TOKEN"):
        monkeypatch.delenv(variable)
    with pytest.raises(CtxauditError, match="TOKEN is not set"):
        put(api, of(api, kind))
    assert api.asked == []


def test_the_command_opens_it_and_shows_no_token(kind: str, api: Forge, tmp_path: Path) -> None:
    with serving(tmp_path / "root") as server:
        known = {"GITHUB_SERVER_URL": server.url, "CI_SERVER_URL": server.url, "XDG_CACHE_HOME": os.fspath(tmp_path)}
        ledger = tmp_path / "l.sqlite"
        arguments = ("fleet", f"{kind}:o", "--ledger", ledger, "--jobs", "1", "--branch", "trim", "--write")
        for said in ("1 file on trim: #1 is opened", "#1 has the proposals already"):
            done = installed(*arguments, **known)
            assert (done.returncode, done.stderr.decode().splitlines()[-1]) == (0, f"o/x: {said}"), done.stderr
            assert TOKEN.encode() not in done.stdout + done.stderr + ledger.read_bytes()
    assert git(api, "show", "trim:.dockerignore").encode() + b"\n" == NEW
    assert api.tokens == {TOKEN}
