"""An organisation or a group of a forge on loopback: pages, ETags, limits, renamed and empty repositories."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from git_server import serving

from fleet import generated
from fleet.forge import TOKEN, Forge, add, forge
from fleet.forked import installed


def look(
    kind: str, server: Forge, git: str, home: Path, *more: str
) -> tuple[str, dict[str, str], list[tuple[str, int]]]:
    """Run a fleet; give its summary, how each repository ended, and what the forge was asked."""
    server.asked.clear()
    known = {
        "github": {"GITHUB_API_URL": server.url, "GITHUB_SERVER_URL": git, "GITHUB_TOKEN": TOKEN},
        "gitlab": {"CI_API_V4_URL": server.url, "CI_SERVER_URL": git, "CTXAUDIT_GITLAB_TOKEN": TOKEN},
    }[kind]
    ledger = home / "l.sqlite"
    done = installed(
        "fleet", f"{kind}:o", "--ledger", ledger, "--jobs", "1", "--format", "json", *more,
        XDG_CACHE_HOME=str(home / "cache"), **known,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert TOKEN.encode() not in done.stdout + done.stderr + ledger.read_bytes()
    report: dict[str, Any] = json.loads(done.stdout)
    rows = {one["repository"]: one["status"] for one in report["repositories"]}
    return done.stderr.decode().strip().partition(": ")[2], rows, [*server.asked]


LOOKED_AT = {"o/a": "audited", "o/b": "audited", "o/empty": "empty"}


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_an_unchanged_repository_costs_one_request(kind: str, tmp_path: Path) -> None:
    with forge(tmp_path / "root") as server, serving(tmp_path / "root") as git:
        first = look(kind, server, git.url, tmp_path)
        fetched = len(git.asked)
        second = look(kind, server, git.url, tmp_path)
        assert (first[0], first[1]) == ("2 audited, 1 empty", LOOKED_AT)
        assert (second[0], second[1], len(git.asked) - fetched) == ("1 empty, 2 unchanged", LOOKED_AT, 0)
        lists = (
            ["/orgs/o/repos", "/users/o/repos", "/users/o/repos"] if kind == "github" else ["/groups/o/projects"] * 2
        )
        assert [path for path, _ in first[2][: len(lists)]] == lists
        asked = [status for _, status in second[2][len(lists) :]]
        assert sorted(asked) == ([304, 304, 409] if kind == "github" else [200, 304, 304, 404])
        assert server.tokens == {TOKEN}


def test_a_renamed_repository_is_a_row(tmp_path: Path) -> None:
    with forge(tmp_path / "root") as server, serving(tmp_path / "root") as git:
        server.heads["o/new"] = server.heads.pop("o/a")
        server.renamed["o/a"] = "o/new"
        (tmp_path / "root/o/a.git").rename(tmp_path / "root/o/new.git")
        _, rows, asked = look("github", server, git.url, tmp_path)
        assert rows == LOOKED_AT
        assert [status for path, status in asked if path in ("/repos/o/a/commits", "/repos/o/new/commits")] == [
            301,
            200,
        ]


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        pytest.param(429, {"Retry-After": "0"}, id="too many requests, with a time to wait"),
        pytest.param(403, {"Retry-After": "0"}, id="a second limit, with a time to wait"),
        pytest.param(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, id="a limit that has ended"),
    ],
)
def test_a_limit_is_waited_for(status: int, headers: dict[str, str], tmp_path: Path) -> None:
    with forge(tmp_path / "root") as server, serving(tmp_path / "root") as git:
        server.refused = [(status, headers)]
        _, rows, asked = look("github", server, git.url, tmp_path)
        assert (rows, [code for _, code in asked].count(status)) == (LOOKED_AT, 1)


def test_a_limit_beyond_the_time_of_a_repository_is_a_row_and_tried_again(tmp_path: Path) -> None:
    with forge(tmp_path / "root") as server, serving(tmp_path / "root") as git:
        late = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3_600)}
        whole = server.heads
        look("github", server, git.url, tmp_path)
        server.heads = {**whole, "o/c": "c" * 40}
        server.asked.clear()
        from ctxaudit.fleet import Job
        from ctxaudit.fleet.examine import examined

        server.refused = [(403, late)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GITHUB_API_URL", server.url)
            found = examined(Job("o/c", "github", f"{git.url}/o/c.git"))
        assert (found["status"], len(server.asked)) == ("unreachable", 1)


def test_the_token_goes_to_the_forge_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from ctxaudit.fleet import Job, forges

    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", "https://git.example.org/api/v3")
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    said = [
        forges.secret(Job("o/a", "github", f"https://{host}/o/a.git"))
        for host in ("git.example.org", "github.com", "git.example.org.evil.org")
    ]
    assert said == [f"x-access-token:{TOKEN}", "", ""]


def test_what_was_not_searched_is_said_and_searched_where_it_matters(tmp_path: Path) -> None:
    with forge(tmp_path / "root") as server, serving(tmp_path / "root") as git:
        secret = {"config.py": b'KEY = "lin_api_' + b"R4nd0mT0k3nOfTh1sT3stXq7Wz8Lp2Vn5Bc9Hd3K" + b'"\n'}
        server.heads["o/a"] = add(tmp_path / "root", "o/c", {**generated.GOOD[0](0), **secret})
        server.heads = {"o/c": server.heads["o/a"]}
        ledger = tmp_path / "l.sqlite"
        (tmp_path / "budget.toml").write_text("max-files = 100\n")
        (tmp_path / "forbidden.toml").write_text('forbid = ["secret-linear-*"]\n')
        known = {"GITHUB_API_URL": server.url, "GITHUB_SERVER_URL": git.url, "GITHUB_TOKEN": TOKEN}
        known["XDG_CACHE_HOME"] = str(tmp_path / "cache")

        def run(*more: object) -> tuple[int, list[str], bool]:
            git.asked.clear()
            done = installed("fleet", "github:o", "--ledger", ledger, "--jobs", "1", *more, **known)
            lines = [line for line in done.stdout.decode().splitlines() if line.startswith(("secrets", "by name"))]
            return done.returncode, lines, bool(git.asked)

        alone = "by name alone in the files of 1 repository: which secrets their contents hold is not known without"
        assert run() == (0, ["secrets: none in an image or a stage", f"{alone} --content"], False)
        assert run("--policy", tmp_path / "budget.toml") == (
            0,
            ["secrets: none in an image or a stage", f"{alone} --content"],
            False,
        )
        assert run("--policy", tmp_path / "forbidden.toml") == (1, ["secrets: 1 in the image"], True)
        assert run("--content") == (0, ["secrets: 1 in the image"], False)
        assert run("--content") == (0, ["secrets: 1 in the image"], False)


def test_a_name_in_a_list_is_read_by_the_api_where_there_is_a_token(tmp_path: Path) -> None:
    with forge(tmp_path / "root") as server, serving(tmp_path / "root") as git:
        (tmp_path / "names").write_text("o/a\n")
        known = {"GITHUB_API_URL": server.url, "GITHUB_SERVER_URL": git.url, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        for token, is_asked in (({"GITHUB_TOKEN": TOKEN}, True), ({}, False)):
            server.asked.clear()
            ledger = tmp_path / f"{is_asked}.sqlite"
            done = installed("fleet", tmp_path / "names", "--ledger", ledger, "--jobs", "1", **known, **token)
            assert (done.returncode, bool(server.asked), bool(git.asked)) == (0, is_asked, not is_asked), done.stderr


@pytest.mark.parametrize(
    "etag",
    ["a\r\nX: y", "a\nb", '"a', "\u00e9\u20ac", "\ud800", '"\x00"', f'"{"x" * 100_000}"', '"\u00ff"', " "],
    ids=ascii,
)
def test_an_etag_that_no_forge_gives_is_not_sent(etag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ctxaudit.fleet import Job, forges

    with forge(tmp_path / "root") as server:
        monkeypatch.setenv("GITHUB_API_URL", server.url)
        commit = server.heads["o/a"]
        job = Job("o/a", "github", f"{server.url}/o/a.git", known=commit, etag=f"{commit} {etag}")
        assert forges.head(job, forges.client(job)).etag == f'{commit} "{commit}"'
        assert [status for _, status in server.asked] == [200]


def test_an_etag_of_two_lines_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ctxaudit.fleet import Job, forges

    with forge(tmp_path / "root") as server:
        monkeypatch.setenv("GITHUB_API_URL", server.url)
        monkeypatch.setattr(server, "etag", '"a\r\n b"')
        job = Job("o/a", "github", f"{server.url}/o/a.git")
        assert forges.head(job, forges.client(job)).etag == f"{server.heads['o/a']} "
