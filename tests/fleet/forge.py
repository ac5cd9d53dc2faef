"""A forge on loopback that has real repositories: by pages, with ETags, trees and limits; some are renamed or empty."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fleet import generated

TOKEN = "ghs_s3cretT0kenOfThisTest"


class Forge(ThreadingHTTPServer):
    """What a forge knows.

    heads: by name, "" for an empty one. renamed: old to new. refused: answers to come first. refused_below: how what
    stands in an address is answered; changed_below: what becomes of the body of such an answer. truncated: it cuts off
    each list of a whole tree, and says so unless it lies. lied: by object, the content that is given for it; size_said:
    what GitLab says of any size; etag: what stands for each. asked: path and status of each request; methods: of each.
    pulls: its pull requests.
    """

    daemon_threads = True

    def __init__(self, root: Path, heads: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root
        self.heads = heads
        self.truncated = self.lies = False
        self.refused_below: dict[str, tuple[int, dict[str, str]]] = {}
        self.changed_below: dict[str, Callable[[Any], object]] = {}
        self.pulls: list[dict[str, Any]] = []
        self.lied: dict[str, bytes] = {}
        self.size_said: str | None = None
        self.etag = ""
        self.renamed: dict[str, str] = {}
        self.refused: list[tuple[int, dict[str, str]]] = []
        self.asked: list[tuple[str, int]] = []
        self.methods: list[str] = []
        self.tokens: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # else the head of an answer waits 40 ms for its body
    protocol_version = "HTTP/1.1"
    server: Forge

    def do_GET(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        self.server.methods.append(self.command)
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        said = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
        self.server.tokens.add(said.removeprefix("Bearer "))
        words = [unquote(word, errors="surrogateescape") for word in parts.path.strip("/").split("/")]
        if self.server.refused:
            status, headers = self.server.refused.pop(0)
            self.answer(status, {"message": "slow down"}, headers)
        elif below := next((one for word, one in self.server.refused_below.items() if word in self.path), None):
            self.answer(below[0], {"message": "no"}, below[1])
        elif words in (["users", "o", "repos"], ["groups", "o", "projects"]):
            self.paged(words[0] == "groups", int(query.get("page", "1")))
        elif words[0] == "repos" and words[3:] == ["commits"]:
            self.head("/".join(words[1:-1]), 409, {"message": "Git Repository is empty."})
        elif self.command == "GET" and words[0] == "projects" and words[2:] == ["repository", "commits"]:
            self.head(words[1], 404, {"message": "404 Repository Not Found"})
        elif words[0] == "repos" and words[3:5] == ["git", "trees"] and len(words) == 6:
            self.tree("/".join(words[1:3]), words[5], query)
        elif words[0] == "repos" and words[3:5] == ["git", "blobs"] and len(words) == 6:
            self.blob("/".join(words[1:3]), words[5])
        elif words[0] == "projects" and self.command == "HEAD":
            self.size(words[1], words[4], query["ref"])
        elif words[0] == "projects" and words[1] in self.server.heads:
            if len(words) == 2:
                self.answer(200, {"empty_repo": not self.server.heads[words[1]], "default_branch": "main"})
            else:
                self.merging(words[1], words[2:], query)
        elif words[0] == "repos":
            self.written("/".join(words[1:3]), words[3:], query)
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
        if self.moved(name):
            return
        if not self.server.heads.get(name):
            self.answer(status, body)
        elif self.headers.get("If-None-Match") == f'"{self.server.heads[name]}"':
            self.answer(304)
        else:
            commit, date = self.server.heads[name], "2026-01-01T00:00:00Z"
            tree = generated.git(self.home(name), "rev-parse", f"{commit}^{{tree}}").decode().strip()
            inner = {"committer": {"date": date}, "tree": {"sha": tree}}
            row = {"sha": commit, "id": commit, "commit": inner, "committed_date": date}
            self.answer(200, [row], {"ETag": self.server.etag or f'"{commit}"'})

    def home(self, name: str) -> Path:
        return self.server.root / f"{name}.git"

    def moved(self, name: str) -> bool:
        """Answer that a repository has another name, if it has."""
        if new := self.server.renamed.get(name):
            self.answer(301, None, {"Location": self.path.replace(name, new, 1)})
        return bool(new)

    def tree(self, name: str, tree: str, query: dict[str, str]) -> None:
        if self.moved(name):
            return
        is_whole = "recursive" in query
        listed = generated.git(self.home(name), "ls-tree", "-l", "-z", *(["-r", "-t"] if is_whole else []), tree)
        rows = []
        for line in listed.split(b"\0")[:-1]:
            said, _, path = line.partition(b"\t")
            mode, kind, key, size = said.decode().split()
            row = {"path": path.decode("utf-8", "replace"), "mode": mode, "type": kind, "sha": key}
            rows.append({**row, "size": int(size)} if kind == "blob" else row)
        is_cut = is_whole and self.server.truncated
        said = {"sha": tree, "truncated": is_cut and not self.server.lies}
        self.answer(200, {**said, "tree": rows[: len(rows) // 2] if is_cut else rows})

    def blob(self, name: str, key: str) -> None:
        if self.moved(name):
            return
        data = self.server.lied.get(key, generated.git(self.home(name), "cat-file", "blob", key))
        written = base64.encodebytes(data).decode()
        self.answer(200, {"sha": key, "size": len(data), "encoding": "base64", "content": written})

    def size(self, name: str, path: str, ref: str) -> None:
        size = self.server.size_said
        if size is None:
            size = generated.git(self.home(name), "cat-file", "-s", f"{ref}:{path}").decode().strip()
        self.answer(200, None, {"X-Gitlab-Size": size})

    do_HEAD = do_GET

    do_POST = do_PATCH = do_PUT = do_GET

    def git(self, name: str, *arguments: str, stdin: bytes = b"") -> str:
        return generated.git(self.home(name), *arguments, stdin=stdin).decode().strip()

    def written(self, name: str, words: list[str], query: dict[str, str]) -> None:
        """Answer what a pull request of GitHub asks for."""
        match self.command, *words:
            case ("GET",):
                self.answer(200, {"full_name": name, "default_branch": "main"})
            case "GET", "git", "ref", "heads", *branch:
                commit = self.found(name, f"refs/heads/{'/'.join(branch)}")
                self.answer(200 if commit else 404, {"object": {"sha": commit}} if commit else {"message": "Not Found"})
            case "GET", "git", "commits", commit:
                message = generated.git(self.home(name), "log", "-1", "--format=%B", commit).decode()
                tree, *parents = self.git(name, "log", "-1", "--format=%T %P", commit).split()
                row = {"message": message, "tree": {"sha": tree}, "parents": [{"sha": one} for one in parents]}
                self.answer(200, row)
            case "GET", "contents", *path:
                self.content(name, "/".join(path), query["ref"], "sha")
            case "POST", "git", "blobs":
                data = base64.b64decode(self.body["content"])
                self.answer(201, {"sha": self.git(name, "hash-object", "-w", "--stdin", stdin=data)})
            case "POST", "git", "trees":
                self.git(name, "read-tree", self.body["base_tree"])
                rows = "".join(f"{one['mode']} {one['sha']}\t{one['path']}\n" for one in self.body["tree"])
                self.git(name, "update-index", "--index-info", stdin=rows.encode())
                self.answer(201, {"sha": self.git(name, "write-tree")})
            case "POST", "git", "commits":
                parents = [word for one in self.body["parents"] for word in ("-p", one)]
                made = self.git(name, "commit-tree", self.body["tree"], *parents, stdin=self.body["message"].encode())
                self.answer(201, {"sha": made})
            case ("POST", "git", "refs") | ("PATCH", "git", "refs", "heads", *_):
                ref = self.body.get("ref") or "/".join(words[1:])
                if bool(self.found(name, ref)) == (self.command == "POST"):
                    self.answer(422, {"message": "Reference already exists, or does not"})
                else:
                    self.git(name, "update-ref", ref, self.body["sha"])
                    self.answer(200, {"ref": ref})
            case _, "pulls", *number:
                self.pull(name, number, query.get("head", "").partition(":")[2])
            case _:
                self.answer(404, {"message": "Not Found"})

    def merging(self, name: str, words: list[str], query: dict[str, str]) -> None:
        """Answer what a merge request of GitLab asks for."""
        match self.command, *words:
            case "GET", "repository", "branches", branch:
                commit = self.found(name, f"refs/heads/{branch}")
                if not commit:
                    self.answer(404, {"message": "404 Branch Not Found"})
                    return
                message = generated.git(self.home(name), "log", "-1", "--format=%B", commit).decode()
                parents = self.git(name, "log", "-1", "--format=%P", commit).split()
                self.answer(200, {"commit": {"id": commit, "message": message, "parent_ids": parents}})
            case "GET", "repository", "files", path:
                self.content(name, path, query["ref"], "blob_id")
            case "POST", "repository", "commits":
                self.committed(name)
            case _, "merge_requests", *number:
                self.pull(name, number, query.get("source_branch", ""))
            case _:
                self.answer(404, {"message": "Not Found"})

    def committed(self, name: str) -> None:
        """Make a commit of GitLab's actions: none that creates what is there, or on a branch without force."""
        asked, ref = self.body, f"refs/heads/{self.body['branch']}"
        self.git(name, "read-tree", asked["start_sha"])
        for one in asked["actions"]:
            is_there = bool(self.git(name, "ls-files", "--", one["file_path"]))
            if is_there != (one["action"] == "update") or (self.found(name, ref) and not asked["force"]):
                self.answer(400, {"message": "A file with this name already exists, or does not"})
                return
            blob = self.git(name, "hash-object", "-w", "--stdin", stdin=base64.b64decode(one["content"]))
            self.git(name, "update-index", "--index-info", stdin=f"100644 {blob}\t{one['file_path']}\n".encode())
        tree, message = self.git(name, "write-tree"), asked["commit_message"].encode()
        made = self.git(name, "commit-tree", tree, "-p", asked["start_sha"], stdin=message)
        self.git(name, "update-ref", ref, made)
        self.answer(201, {"id": made})

    def content(self, name: str, path: str, ref: str, key: str) -> None:
        found = self.found(name, f"{ref}:{path}")
        if not found:
            self.answer(404, {"message": "404 File Not Found"})
            return
        data = base64.encodebytes(generated.git(self.home(name), "cat-file", "blob", found)).decode()
        self.answer(200, {"type": "file", key: found, "encoding": "base64", "content": data})

    def found(self, name: str, what: str) -> str:
        """Give the name of an object, "" if there is none."""
        try:
            return self.git(name, "rev-parse", "--verify", "--quiet", what)
        except CalledProcessError:
            return ""

    def pull(self, name: str, number: list[str], branch: str) -> None:
        """List, open or change requests: each has the members of both forges."""
        if self.command == "GET":
            for one in self.server.pulls:
                one["sha"] = one["head"]["sha"] = self.found(name, f"refs/heads/{one['head']['ref']}") or one["sha"]
            self.answer(200, [one for one in reversed(self.server.pulls) if one["head"]["ref"] == branch])
        elif number:
            self.server.pulls[int(number[0]) - 1].update(self.body)
            self.answer(200, {})
        else:
            head = self.body.get("head") or self.body["source_branch"]
            state = "open" if "head" in self.body else "opened"
            count = len(self.server.pulls) + 1
            made = {**self.body, "number": count, "iid": count, "state": state, "sha": "", "head": {"ref": head}}
            made |= {"base": {"ref": self.body["base"]}} if "base" in self.body else {}
            # Both forges refuse a second open one from a branch into another.
            places = [
                (one["head"], one.get("base"), one.get("target_branch"), one["state"]) for one in self.server.pulls
            ]
            if (made["head"], made.get("base"), made.get("target_branch"), state) in places:
                self.answer(422 if "base" in made else 409, {"message": "there is one already"})
                return
            self.server.pulls.append(made)
            self.answer(201, made)

    def answer(self, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
        self.server.asked.append((urlsplit(self.path).path, status))
        for change in (one for word, one in self.server.changed_below.items() if word in self.path):
            body = change(body)
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
        heads[name] = add(root, name, generated.GOOD[0](0))
    with serving_api(root, heads) as server:
        yield server


def add(root: Path, name: str, files: generated.Files) -> str:
    """Make a repository whose server may omit files of a fetch, and give its commit."""
    home = made(root, name)
    generated.commit(home, files)
    return head_of(home)


def made(root: Path, name: str, kind: int | None = None) -> Path:
    """Make a repository of a kind of `generated`, None for an empty one, and give its place."""
    home = root / f"{name}.git"
    home.parent.mkdir(parents=True, exist_ok=True)
    generated.make_one(home, generated.KINDS - 4 if kind is None else kind, 0)
    with (home / "config").open("a") as config:
        config.write("[uploadpack]\n\tallowFilter = true\n")
    return home


def head_of(home: Path) -> str:
    """Give the commit of its HEAD: git says it where no file has it."""
    ref = (home / "HEAD").read_text().strip().removeprefix("ref: ")
    file = home / ref
    return file.read_text().strip() if file.is_file() else generated.git(home, "rev-parse", "HEAD").decode().strip()


@contextmanager
def serving_api(root: Path, heads: dict[str, str]) -> Iterator[Forge]:
    """Serve the API of what a directory has."""
    with Forge(root, heads) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
