"""A real git server on loopback: `git http-backend` behind the standard library's HTTP server."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

USER = "Basic dXNlcjpzM2NyZXQ="  # user:s3cret


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to git, as a CGI program.

    What is below /private/ wants credentials, what is below /moved/ has moved to the server's *elsewhere*.
    """

    disable_nagle_algorithm = True  # else the head of an answer waits 40 ms for its body

    server: GitServer

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.asked.append((path, self.headers.get("Authorization", "")))
        if path.startswith("/moved/"):
            self.send_response(301)
            self.send_header("Location", f"{self.server.elsewhere}{self.path.removeprefix('/moved')}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path.startswith("/private/") and self.headers.get("Authorization") != USER:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=x")
            self.end_headers()
            return
        environment = {
            "GIT_PROJECT_ROOT": os.fspath(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH": os.environ["PATH"],
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", "") if self.server.modern else "",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, content = answer.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


class GitServer(ThreadingHTTPServer):
    """Serves the repositories of a directory.

    asked: path and authorization of each request. modern: protocol 2, which offers every commit. elsewhere: a URL.
    """

    daemon_threads = True

    def __init__(self, root: Path, modern: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.modern = modern
        self.asked: list[tuple[str, str]] = []
        self.elsewhere = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(root: Path, modern: bool = True) -> Iterator[GitServer]:
    with GitServer(root, modern) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
