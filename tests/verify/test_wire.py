"""The socket between docker and its engine: all passes as it is, and the tar that goes by is read."""

from __future__ import annotations

import io
import socket
import tarfile
import threading
from pathlib import Path

import pytest

from ctxaudit import CtxauditError
from ctxaudit.model import Entry
from ctxaudit.verify.wire import Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


class Listener:
    """An engine that answers each request with OK, and keeps what it was sent."""

    def __init__(self, path: Path, ends: bytes) -> None:
        self.heard, self._ends = b"", ends
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            while not self.heard.endswith(self._ends):
                self.heard += connection.recv(1 << 16)
            connection.sendall(OK)

    def end(self) -> None:
        self._thread.join(5)
        self._socket.close()


def archive() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind, content in (
            ("src/", tarfile.DIRTYPE, b""),
            ("src/é" + "x" * 120, tarfile.REGTYPE, b"hello"),
            ("link", tarfile.SYMTYPE, b""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content), "src" if kind == tarfile.SYMTYPE else ""
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


def chunked(data: bytes, size: int) -> bytes:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"


def posted(tmp_path: Path, request: bytes, ends: bytes, added: bytes = b"") -> tuple[Wire, bytes, bytes]:
    """Say something to an engine through the wire; give the wire, what the engine heard, and what it answered."""
    engine = Listener(tmp_path / "engine", ends)
    with Wire(str(tmp_path / "engine"), tmp_path / "s", added, "ours") as wire:
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(tmp_path / "s"))
        with client:
            client.sendall(request)
            answer = client.recv(1 << 16)
            client.shutdown(socket.SHUT_WR)
        engine.end()
    return wire, engine.heard, answer


@pytest.mark.parametrize("size", [100, 1 << 20], ids=["small chunks", "one chunk"])
def test_the_tar_of_the_classic_builder_is_read_and_passed_on(size: int, tmp_path: Path) -> None:
    tar = archive()
    head = b"POST /v1.41/build?dockerfile=Dockerfile&t=x HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire, heard, answer = posted(tmp_path, head + chunked(tar, size), b"0\r\n\r\n")
    assert (heard, answer) == (head + chunked(tar, size), OK)
    assert wire.tar is not None
    assert wire.tar.size == len(tar)
    assert list(wire.tar.entries) == [
        Entry("src", "dir", 0, 0),
        Entry("src/é" + "x" * 120, "file", 5, 5),
        Entry("link", "symlink", 0, 0),
    ]


def test_a_dockerfile_goes_ahead_of_the_tar_and_is_not_counted(tmp_path: Path) -> None:
    tar, added = archive(), b"A" * 1024
    request = b"POST /build?dockerfile=Dockerfile&q=1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(
        tar, 4096
    )
    wire, heard, _ = posted(tmp_path, request, b"0\r\n\r\n", added)
    assert heard.startswith(b"POST /build?q=1&dockerfile=ours HTTP/1.1\r\n")
    assert heard.partition(b"\r\n\r\n")[2] == b"400\r\n" + added + b"\r\n" + chunked(tar, 4096)
    assert wire.tar is not None
    assert wire.tar.size == len(tar)


def test_a_build_of_buildkit_has_no_tar(tmp_path: Path) -> None:
    request = b"POST /v1.41/build?remote=client-session&session=x&version=2 HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    wire, heard, _ = posted(tmp_path, request, b"\r\n\r\n", b"A")
    assert (heard, wire.tar) == (request, None)


def test_any_other_question_passes_as_it_is(tmp_path: Path) -> None:
    request = b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n" + b"POST /v1/x HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
    wire, heard, answer = posted(tmp_path, request, b"body")
    assert (heard, answer, wire.tar, wire.transfers) == (request, OK, None, [])


def test_a_directory_with_too_long_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CtxauditError, match="TMPDIR"), Wire("/engine", tmp_path / ("x" * 120)):
        pass


def test_nobody_else_may_speak_through_it(tmp_path: Path) -> None:
    with Wire(str(tmp_path / "engine"), tmp_path / "s"):
        assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600
