"""A real HTTP server on loopback that imitates the API of GitHub, or of GitLab: pages, authors, limits, faults."""

from __future__ import annotations

import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

HEAD = "9f3c2ab" + "0" * 33
TOKEN = "ghs_s3cretT0kenOfThisTest"
ME = "github-actions[bot]"
LONGEST = 65_536
Kind = Literal["github", "gitlab"]
Fault = Callable[["Handler"], bool]  # whether it has answered


@dataclass
class Comment:
    id: int
    author: str
    body: str
    system: bool = False


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    token: str
    body: str


@dataclass
class Forge:
    """What the server knows, and what it was asked.

    faults: by method, the next one first. certificate: a file with its key, for https; "" for http.
    """

    kind: Kind = "github"
    prefix: str = ""
    comments: list[Comment] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    head: str = HEAD
    me: str = ME
    may_ask_who: bool = False
    read_only: bool = False
    page: int = 100
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    log: list[Asked] = field(default_factory=list)
    url: str = ""
    certificate: str = ""

    @property
    def writes(self) -> list[str]:
        return [asked.method for asked in self.log if asked.method != "GET"]

    def add(self, author: str, body: str) -> Comment:
        comment = Comment(max((one.id for one in self.comments), default=0) + 1, author, body)
        self.comments.append(comment)
        return comment

    def fault(self, method: str, *faults: Fault) -> None:
        self.faults.setdefault(method, []).extend(faults)

    @property
    def ours(self) -> list[str]:
        return [one.body for one in self.comments if one.author == self.me]


class Handler(BaseHTTPRequestHandler):
    """Routes of both, as the kind of the forge says."""

    disable_nagle_algorithm = True  # else the head of an answer waits 40 ms for its body

    protocol_version = "HTTP/1.1"
    server: Server

    @property
    def forge(self) -> Forge:
        return self.server.forge

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
        self.forge.log.append(Asked(self.command, self.path, token, body))
        faults = self.forge.faults.get(self.command, [])
        if faults and faults.pop(0)(self):
            return
        if token.removeprefix("Bearer ") != TOKEN:
            self.answer(401, {"message": "Bad credentials"})
        elif not self.headers.get("User-Agent"):
            self.answer(403, {"message": "Request forbidden by administrative rules"})
        else:
            self.route(json.loads(body)["body"] if body else "")

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

    def route(self, text: str) -> None:
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(self.forge.prefix).strip("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        number = path.rpartition("/")[2]
        if path == "user":
            self.user()
        elif path in ("repos/o/r/pulls/7", "projects/5/merge_requests/7"):
            self.answer(200, {"head": {"sha": self.forge.head}, "sha": self.forge.head})
        elif path == "repos/o/r/pulls":
            self.paged([one for one in self.forge.pulls if one["label"] == query["head"]], query)
        elif path in ("repos/o/r/issues/7/comments", "projects/5/merge_requests/7/notes"):
            self.listed(query) if self.command == "GET" else self.written(text)
        elif path.startswith(("repos/o/r/issues/comments/", "projects/5/merge_requests/7/notes/")):
            self.one(int(number), text)
        else:
            self.answer(404, {"message": "Not Found"})

    def user(self) -> None:
        if self.forge.may_ask_who:
            self.answer(200, {"login": self.forge.me, "username": self.forge.me})
        else:
            self.answer(403, {"message": "Resource not accessible by integration"})

    def listed(self, query: dict[str, str]) -> None:
        shown = [
            {
                "id": one.id,
                "body": one.body,
                "system": one.system,
                "user": {"login": one.author},
                "author": {"username": one.author},
            }
            for one in self.forge.comments
        ]
        self.paged(shown, query)

    def paged(self, items: list[dict[str, Any]], query: dict[str, str]) -> None:
        page, size = int(query.get("page", "1")), min(int(query.get("per_page", "30")), self.forge.page)
        more = page * size < len(items)
        rest = "&".join(f"{name}={value}" for name, value in query.items() if name != "page")
        path = urlsplit(self.path).path
        headers = {}
        if self.forge.kind == "gitlab":
            headers["X-Next-Page"] = str(page + 1) if more else ""
        elif more:
            headers["Link"] = (
                f'<{self.forge.url.removesuffix(self.forge.prefix)}{path}?{rest}&page={page + 1}>; rel="next", '
                f'<{self.forge.url}/last>; rel="last"'
            )
        self.answer(200, items[(page - 1) * size : page * size], headers)

    def written(self, text: str) -> None:
        if self.refused(text):
            return
        comment = self.forge.add(self.forge.me, text)
        self.answer(201, {"id": comment.id})

    def one(self, number: int, text: str) -> None:
        if self.refused(text):
            return
        found = [one for one in self.forge.comments if one.id == number]
        if not found:
            self.answer(404, {"message": "Not Found"})
        elif self.command == "DELETE":
            self.forge.comments.remove(found[0])
            self.answer(204)
        else:
            found[0].body = text
            self.answer(200, {"id": number})

    def refused(self, text: str) -> bool:
        if self.forge.read_only:
            self.answer(403, {"message": "Resource not accessible by integration"})
        elif len(text) > LONGEST:
            self.answer(422, {"message": "Body is too long (maximum is 65536 characters)"})
        else:
            return False
        return True

    def answer(self, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, forge: Forge) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.forge = forge
        if forge.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(forge.certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        scheme = "https" if forge.certificate else "http"
        forge.url = f"{scheme}://127.0.0.1:{self.server_port}{forge.prefix}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that gives up is what some tests are about."""


@contextmanager
def served(forge: Forge) -> Iterator[Forge]:
    server = Server(forge)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(code: int, body: object = None, **headers: str) -> Fault:
    """Answer with this status; an underscore in the name of a header stands for a dash."""

    def answer(handler: Handler) -> bool:
        handler.answer(code, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return True

    return answer


def cut(handler: Handler) -> bool:
    """Promise an answer, and close the connection in the middle of it."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"[")
    handler.close_connection = True
    return True


def slow(handler: Handler) -> bool:
    """Answer a byte at a time, for longer than anybody waits."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    with suppress(OSError):
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.05)
    handler.close_connection = True
    return True


def trickled(handler: Handler) -> bool:
    """Answer a byte at a time from the status line on, each soon enough for a socket that waits for the next."""
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 3000:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)
    handler.close_connection = True
    return True


def first(change: Callable[[Forge], object]) -> Fault:
    """Change what the forge knows, and answer as always."""

    def answer(handler: Handler) -> bool:
        change(handler.forge)
        return False

    return answer


def well(handler: Handler) -> bool:
    """Answer as always."""
    return False


@dataclass
class Tunnel:
    """A proxy that passes on what it cannot read.

    heads: what it was asked. passed: all that went through, either way.
    """

    url: str = ""
    heads: list[str] = field(default_factory=list)
    passed: bytearray = field(default_factory=bytearray)


class _TunnelHandler(BaseRequestHandler):
    server: _TunnelServer

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.request.recv(1)
        self.server.tunnel.heads.append(head.decode())
        host, _, port = head.split()[1].decode().partition(":")
        with socket.create_connection((host, int(port))) as there:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            other = {self.request: there, there: self.request}
            with suppress(OSError):
                while True:
                    for ready in select.select(list(other), [], [])[0]:
                        data = ready.recv(2**16)
                        if not data:
                            return
                        self.server.tunnel.passed += data
                        other[ready].sendall(data)


class _TunnelServer(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, tunnel: Tunnel) -> None:
        super().__init__(("127.0.0.1", 0), _TunnelHandler)
        self.tunnel = tunnel
        tunnel.url = f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def tunnelled() -> Iterator[Tunnel]:
    server = _TunnelServer(Tunnel())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.tunnel
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
