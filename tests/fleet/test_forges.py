"""An organisation or a group of a forge on loopback: pages, ETags, limits, renamed and empty repositories."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from git_server import serving

from fleet import generated
from support import installed

TOKEN = "ghs_s3cretT0kenOfThisTest"


class Forge(ThreadingHTTPServer):
    """What a forge knows. heads: by name, "" for an empty one. renamed: old to new. refused: answers to come first."""

    daemon_threads = True

    def __init__(self, heads: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heads = heads
        self.renamed: dict[str, str] = {}
        self.refused: list[tuple[int, dict[str, str]]] = []
        self.asked: list[tuple[str, int]] = []
        self.tokens: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Forge

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        said = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
        self.server.tokens.add(said.removeprefix("Bearer "))
        words = [unquote(word) for word in parts.path.strip("/").split("/")]
        if self.server.refused:
            status, headers = self.server.refused.pop(0)
            self.answer(status, {"message": "slow down"}, headers)
        elif words in (["users", "o", "repos"], ["groups", "o", "projects"]):
            self.paged(words[0] == "groups", int(query.get("page", "1")))
        elif words[0] == "repos" and words[-1] == "commits":
            self.head("/".join(words[1:-1]), 409, {"message": "Git Repository is empty."})
        elif words[0] == "projects" and words[-1] == "commits":
            self.head(words[1], 404, {"message": "404 Repository Not Found"})
        elif words[0] == "projects" and words[1] in self.server.heads:
            self.answer(200, {"empty_repo": not self.server.heads[words[1]]})
        else:
            self.answer(404, {"message": "Not Found"})

    def paged(self, is_gitlab: bool, page: int) -> None:
        names = sorted({*self.server.heads} - {*self.server.renamed.values()} | {*self.server.renamed})
        rows = [{"full_name": name, "path_with_namespace": name} for name in names[page * 2 - 2 : page * 2]]
        more = page * 2 < len(names)
        path = self.path.partition("&page")[0]
        linked = {"Link": f'<{self.server.url}{path}&page={page + 1}>; rel="next"'} if more else {}
        self.answer(200, rows, {"X-Next-Page": str(page + 1) if more else ""} if is_gitlab else linked)

    def head(self, name: str, status: int, body: object) -> None:
        if name in self.server.renamed:
            self.answer(301, None, {"Location": f"/repos/{self.server.renamed[name]}/commits?per_page=1"})
        elif not self.server.heads.get(name):
            self.answer(status, body)
        elif self.headers.get("If-None-Match") == f'"{self.server.heads[name]}"':
            self.answer(304)
        else:
            commit, date = self.server.heads[name], "2026-01-01T00:00:00Z"
            row = {"sha": commit, "id": commit, "commit": {"committer": {"date": date}}, "committed_date": date}
            self.answer(200, [row], {"ETag": f'"{commit}"'})

    def answer(self, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
        self.server.asked.append((urlsplit(self.path).path, status))
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def forge(root: Path) -> Iterator[Forge]:
    """Serve three repositories, of which one is empty."""
    heads = {"o/empty": ""}
    for name in ("o/a", "o/b"):
        home = root / f"{name}.git"
        home.parent.mkdir(parents=True, exist_ok=True)
        generated.make_one(home, 0, 0)
        heads[name] = generated.git(home, "rev-parse", "HEAD").decode().strip()
    with Forge(heads) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


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
