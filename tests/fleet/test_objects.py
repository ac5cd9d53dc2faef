"""Repositories as a forge's API has them: audited as a clone is, in how many requests, and when they are fetched."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from git_server import GitServer, serving

from ctxaudit.errors import CtxauditError
from ctxaudit.fleet import Job, examine
from ctxaudit.fleet.forges import MOST_REQUESTS
from ctxaudit.repository.snapshot import checked_out
from fleet import generated
from fleet.forge import TOKEN, Forge, add, head_of, made, serving_api

KINDS = len(generated.GOOD) + len(generated.FAULTY) + len(generated.HOSTILE)
KEY = b'KEY = "lin_api_' + b"R4nd0mT0k3nOfTh1sT3stXq7Wz8Lp2Vn5Bc9Hd3K"[:40] + b'"\n'  # a secret by its content alone


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path / "cache"))
    return tmp_path / "root"


@pytest.fixture
def git(root: Path) -> Iterator[GitServer]:
    with serving(root) as server:
        yield server


@pytest.fixture
def api(root: Path, git: GitServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    with serving_api(root, {}) as server:
        for variable in ("GITHUB_API_URL", "CI_API_V4_URL"):
            monkeypatch.setenv(variable, server.url)
        for variable in ("GITHUB_SERVER_URL", "CI_SERVER_URL"):
            monkeypatch.setenv(variable, git.url)
        for variable in ("GITHUB_TOKEN", "CTXAUDIT_GITLAB_TOKEN"):
            monkeypatch.setenv(variable, TOKEN)
        yield server


def looked_at(api: Forge, git: GitServer, kind: str = "github", **more: Any) -> dict[str, Any]:
    """Look at the repository `o/x` as it is now."""
    api.heads["o/x"] = head_of(api.root / "o/x.git")
    api.asked.clear()
    git.asked.clear()
    return examine.examined(Job("o/x", kind, f"{git.url}/o/x.git", **more))


def of_clone(root: Path, *, searches: bool = True) -> dict[str, Any]:
    """Look at it as it is on the disk, once for a commit: its name says all that is in it."""
    commit = head_of(root / "o/x.git")
    if (commit, searches) not in _OF_CLONES:
        _OF_CLONES[commit, searches] = _of_clone(root / "o/x.git", commit, searches)
    return copy.deepcopy(_OF_CLONES[commit, searches])


_OF_CLONES: dict[tuple[str, bool], dict[str, Any]] = {}


def _of_clone(home: Path, commit: str, searches: bool) -> dict[str, Any]:
    try:
        snapshot = checked_out(os.fspath(home), commit)
    except CtxauditError as error:
        return examine._failed(error, commit)
    return examine._checked_out(Job("o/x", "local", os.fspath(home)), snapshot, searches=searches)


def audit(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in ("etag", "requests")}


@pytest.mark.parametrize("kind", range(KINDS))
def test_an_audit_by_the_api_is_that_of_a_clone(kind: int, root: Path, api: Forge, git: GitServer) -> None:
    made(root, "o/x", kind)
    found, expected = audit(looked_at(api, git)), of_clone(root, searches=found_by_api(git))
    if expected["status"] == "failed":  # of a path that git refuses, which the clone's git says in its own words
        found["error"], expected["error"] = (one["error"][:25] for one in (found, expected))
    assert found == expected
    assert len(api.asked) <= MOST_REQUESTS


def found_by_api(git: GitServer) -> bool:
    return bool(git.asked)


def paths(api: Forge) -> list[str]:
    """What was asked, with the names of objects cut off."""
    return ["/".join(path.split("/")[4:6]) + f" {status}" for path, status in api.asked]


def test_nothing_is_cloned_and_the_content_of_few_files_is_read(root: Path, api: Forge, git: GitServer) -> None:
    sources = {f"src/m{number}.py": b"x = %d\n" % number for number in range(40)}
    sources |= {"a.b": b"1", "a/x": b"2", "a-b/x": b"3", "a0": b"4"}  # git sorts `a` as `a/`
    add(root, "o/x", {**generated.GOOD[3](0), "src/large.bin": b"\0" * 2_000_000, **sources})
    found = looked_at(api, git)
    assert (found["status"], found["content"], found["requests"], git.asked) == ("audited", False, 4, [])
    assert paths(api) == ["commits 200", "git/trees 200", "git/blobs 200", "git/blobs 200"]
    assert found["builds"][0]["sent_bytes"] > 2_000_000
    assert found["builds"][0]["unknowns"] == of_clone(root)["builds"][0]["unknowns"] + 1


def test_two_files_of_one_content_are_one_request(root: Path, api: Forge, git: GitServer) -> None:
    add(root, "o/x", generated.GOOD[4](0))
    found = looked_at(api, git)
    assert (len(found["builds"]), git.asked) == (2, [])
    assert len(api.asked) == len({path for path, _ in api.asked})


def test_secrets_in_content_are_looked_for_where_that_is_asked(root: Path, api: Forge, git: GitServer) -> None:
    add(root, "o/x", {**generated.GOOD[0](0), "config.py": KEY})
    without, found = looked_at(api, git), looked_at(api, git, content=True)
    assert [one["rule"] for one in without["findings"] if one["leak"]] == []
    assert [one["rule"] for one in found["findings"] if one["leak"]] == ["secret-linear-key"]
    assert (audit(found), found["requests"]) == (of_clone(root), 2)


LARGE = {"a/one.bin": b"\0" * 1_200_000, "a/two.bin": b"\1" * 1_100_000, "a b/\u00e4#%.iso": b"\2" * 1_300_000}


def lacks(root: Path, path: str) -> bool:
    """Whether what was fetched has not the content of a file."""
    key = generated.git(root / "o/x.git", "rev-parse", f"HEAD:{path}").decode().strip()
    (cached,) = (root.parent / "cache/ctxaudit/git").glob("*.git")
    return f"?{key}" in generated.git(cached, "rev-list", "--objects", "--all", "--missing=print").decode().split()


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        pytest.param("github", ["commits 200", "git/trees 200", "git/trees 200", "git/trees 200"], id="a list cut off"),
        pytest.param("gitlab", ["commits 200", *["files/{} 200"] * 3], id="a forge whose lists have no sizes"),
    ],
)
def test_a_fetch_omits_what_is_large_and_the_forge_says_how_large(
    kind: str, asked: list[str], root: Path, api: Forge, git: GitServer
) -> None:
    add(root, "o/x", {**generated.GOOD[2](0), **LARGE})
    api.truncated = True
    found = looked_at(api, git, kind)
    assert audit(found) == of_clone(root)
    assert found["requests"] == len(asked) == len(api.asked)
    assert all(lacks(root, path) for path in LARGE)


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_more_large_files_than_requests_are_fetched(kind: str, root: Path, api: Forge, git: GitServer) -> None:
    add(root, "o/x", {**generated.GOOD[0](0), **{f"d{one}/f.bin": bytes([one]) * 1_100_000 for one in range(15)}})
    api.truncated = True
    found = looked_at(api, git, kind)
    assert (audit(found), found["requests"]) == (of_clone(root), {"github": 2, "gitlab": 1}[kind])


def test_a_large_file_that_is_searched_is_fetched_on_its_own(root: Path, api: Forge, git: GitServer) -> None:
    text = KEY + b"#\n" * 600_000
    add(root, "o/x", {**generated.GOOD[0](0), "large.py": text, **LARGE})
    found = looked_at(api, git, content=True)
    assert audit(found) == of_clone(root)
    assert [one["path"] for one in found["findings"] if one["leak"]] == ["large.py"]
    assert (lacks(root, "large.py"), lacks(root, "a/one.bin")) == (False, True)


NAMED = {
    "Dockerfile": b"FROM python:3.12\nCOPY . .\nRUN pip install .\n",
    ".gitignore": b"__pycache__/\n.venv/\n",
    "pyproject.toml": b"[project]\nname = 'x'\nversion = '1'\n",
}
FETCHED = {
    "a list that is cut off": generated.GOOD[0](0),
    "more links than requests": {},
    "more sources that may name a finding than requests": {
        **NAMED, **{f"src/m{number}.py": b"x = %d\n" % number for number in range(30)}
    },
    "files that a checkout writes otherwise": {**generated.GOOD[0](0), ".gitattributes": b"*.py eol=crlf\n"},
    "files that Git LFS holds": {
        **generated.GOOD[0](0),
        ".gitattributes": b"*.bin filter=lfs\n",
        "a.bin": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 5000000\n",
    },
    "a list that is not the tree": generated.GOOD[2](0),
}  # fmt: skip


@pytest.mark.parametrize("why", FETCHED)
def test_what_the_api_does_not_answer_is_fetched(why: str, root: Path, api: Forge, git: GitServer) -> None:
    if FETCHED[why]:
        add(root, "o/x", FETCHED[why])
    else:
        links = [("120000", f"l{number}", b"to%d" % number) for number in range(14)]
        generated._commit_tree(made(root, "o/x"), (*links, ("100644", "Dockerfile", generated.COPIED)))
    api.truncated = "list" in why
    api.lies = "is not the tree" in why
    found = looked_at(api, git)
    assert git.asked
    assert audit(found) == of_clone(root)
    assert found["requests"] == len(api.asked) <= MOST_REQUESTS


def test_a_content_that_is_not_the_files_is_refused(root: Path, api: Forge, git: GitServer) -> None:
    add(root, "o/x", generated.GOOD[0](0))
    key = generated.git(root / "o/x.git", "rev-parse", "HEAD:Dockerfile").decode().strip()
    api.lied[key] = b"FROM scratch\n"
    found = looked_at(api, git)
    assert (found["status"], found["error"]) == (
        "unreachable",
        "the forge gives another content than that of the object",
    )


def test_a_limit_in_the_middle_of_an_audit_is_no_answer_about_its_builds(
    root: Path, api: Forge, git: GitServer
) -> None:
    add(root, "o/x", generated.GOOD[4](0))
    api.refused_below["/git/blobs/"] = (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(2**33)})
    found = looked_at(api, git)
    assert (found["status"], "HTTP 403" in found["error"], found.get("builds")) == ("unreachable", True, None)
    assert paths(api)[2:] == ["git/blobs 403"]


def test_a_renamed_repository_is_asked_for_by_its_new_name(root: Path, api: Forge, git: GitServer) -> None:
    api.heads["o/new"] = add(root, "o/new", generated.GOOD[0](0))
    api.renamed["o/x"] = "o/new"
    found = examine.examined(Job("o/x", "github", f"{git.url}/o/x.git"))
    assert found["status"] == "audited"
    assert [(path.split("/")[3], status) for path, status in api.asked][:3] == [("x", 301), ("new", 200), ("new", 200)]
    assert found["requests"] == len(api.asked)


def test_without_a_token_one_request_is_sent(
    root: Path, api: Forge, git: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    add(root, "o/x", generated.GOOD[2](0))
    found = looked_at(api, git)
    assert (audit(found), found["requests"]) == (of_clone(root), 1)


def test_source_that_is_too_much_is_noticed_after_a_few_files(root: Path, api: Forge, git: GitServer) -> None:
    add(root, "o/x", FETCHED["more sources that may name a finding than requests"])
    looked_at(api, git)
    assert len([one for one in paths(api) if "blobs" in one]) <= 3 + len(NAMED)


def rows_with(**members: object) -> Callable[[Any], object]:
    """Let each row of a list have these members."""
    return lambda body: {**body, "tree": [{**row, **members} for row in body["tree"]]}


def paths_with(old: str, new: str) -> Callable[[Any], object]:
    return lambda body: {**body, "tree": [{**row, "path": row["path"].replace(old, new)} for row in body["tree"]]}


def objects_as(change: Callable[[str], str]) -> Callable[[Any], object]:
    return lambda body: {**body, "tree": [{**row, "sha": change(row["sha"])} for row in body["tree"]]}


@pytest.mark.parametrize(
    "change",
    [
        *(pytest.param(rows_with(size=one), id=f"a size of {one}") for one in (-1, True, 1 << 63, 10**30, 1.5, "5")),
        pytest.param(rows_with(size=float("nan")), id="a size that is no number"),
        pytest.param(paths_with("?", "\ud83d"), id="half a character that stands for another"),
        pytest.param(paths_with("src", "/".join("d" * 300)), id="300 directories within each other"),
        pytest.param(objects_as(str.upper), id="names of objects in capitals"),
        pytest.param(objects_as(lambda key: f"{key[:2]} {key[2:]}"), id="names of objects with a blank"),
        pytest.param(lambda body: {**body, "tree": [None]}, id="a row that is none"),
        pytest.param(lambda body: {**body, "tree": 5}, id="a number for a list"),
        pytest.param(lambda body: [body], id="a list for the whole"),
    ],
)
def test_a_list_that_is_none_is_not_believed(
    change: Callable[[Any], object], root: Path, api: Forge, git: GitServer
) -> None:
    add(root, "o/x", {**generated.GOOD[0](0), "src/?": b"1"})
    api.changed_below["/git/trees/"] = change
    found = looked_at(api, git)
    assert git.asked
    assert audit(found) == of_clone(root)


@pytest.mark.parametrize("said", [None, 5, [], [5], {"tree": 5}, {"tree": [None, 5, {"path": 5}]}], ids=repr)
def test_sizes_that_the_forge_does_not_say_are_fetched(said: object, root: Path, api: Forge, git: GitServer) -> None:
    add(root, "o/x", {**generated.GOOD[2](0), **LARGE})
    api.truncated = True
    api.changed_below["/git/trees/"] = lambda body: body if body["truncated"] else said
    assert audit(looked_at(api, git)) == of_clone(root)


@pytest.mark.parametrize("size", [-1, True, 1 << 63, 10**30])
def test_a_size_of_a_directory_s_list_that_is_none_is_not_believed(
    size: int, root: Path, api: Forge, git: GitServer
) -> None:
    add(root, "o/x", {**generated.GOOD[2](0), **LARGE})
    api.truncated = True
    api.changed_below["/git/trees/"] = lambda body: body if body["truncated"] else rows_with(size=size)(body)
    assert audit(looked_at(api, git)) == of_clone(root)


@pytest.mark.parametrize("size", ["9" * 5_000, str(1 << 63), "-1", "\u00b2", ""])
def test_a_size_of_gitlab_s_that_is_none_is_not_believed(size: str, root: Path, api: Forge, git: GitServer) -> None:
    add(root, "o/x", {**generated.GOOD[2](0), **LARGE})
    api.size_said = size
    assert audit(looked_at(api, git, "gitlab")) == of_clone(root)
